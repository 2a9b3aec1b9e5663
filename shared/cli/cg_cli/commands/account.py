"""`cg account`, `cg token`: how an outside system, and a person, are let in."""

from __future__ import annotations

import json
import secrets
import shlex
import time
from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID

import typer

from cg_cli.home import DEFAULT, Home, Trouble, write
from cg_cli.options import HomeOption, JsonOption
from cg_contracts.accounts import OUTSIDE, SERVICES, source_of

ACTIONS = ("add", "rotate", "close")
FORMATS = ("env", "kcat")
HOURS = 8


def register(app: typer.Typer) -> None:
    """Adds the commands."""
    app.command("account")(account)
    app.command("token")(token)


def account(
    words: Annotated[list[str], typer.Argument(metavar="[add|rotate|close] NAME", help="An account; with a word before it, what to do with it.")],
    home: HomeOption = DEFAULT,
    as_json: JsonOption = False,
    form: Annotated[str | None, typer.Option("--format", metavar="env|kcat", help="As variables for a shell, or as a file for kcat -F.")] = None,
) -> None:
    """Say how an account connects to the broker, and what it may write and read.

    `rotate NAME` gives it a new password, `close NAME` takes its login away, `add NAME` gives it back; for these the house must run, and its broker
    starts again.
    """
    if len(words) == 1:
        action, name = None, words[0]
    elif len(words) == 2 and words[0] in ACTIONS:
        action, name = words
    else:
        raise typer.BadParameter(f"one NAME, or one of {', '.join(ACTIONS)} and a NAME")
    if name not in (*SERVICES, *OUTSIDE):
        raise typer.BadParameter(f"{name} is no account; accounts are {', '.join((*SERVICES, *OUTSIDE))}")
    if form is not None and form not in FORMATS:
        raise typer.BadParameter(f"{form} is no format; formats are {', '.join(FORMATS)}", param_hint="--format")
    if form is not None and as_json:
        raise typer.BadParameter("--json is a format too: one of the two", param_hint="--format")
    here = Home(home)
    if action is not None:
        _change(here, action, name)
        if action == "close":
            return
    said = describe(here, name)
    if as_json:
        typer.echo(json.dumps(said, indent=2))
    elif form == "env":
        typer.echo("\n".join(f"export {variable}={shlex.quote(value)}" for variable, value in _variables(said).items()))
    elif form == "kcat":
        typer.echo("\n".join(f"{key}={value}" for key, value in kcat(here, name).items()))
    else:
        for key, value in said.items():
            typer.echo(f"{key:18}{', '.join(value) if isinstance(value, list) else value}")


def describe(home: Home, name: str) -> dict[str, Any]:
    """How an account connects, under which source it speaks, and the topics that it may write and read."""
    from cg_cli.provision import hears  # noqa: PLC0415
    from cg_contracts.topics import reads, writes  # noqa: PLC0415

    login = home.credentials(name)
    return {
        "bootstrap": login.bootstrap,
        "security_protocol": login.security_protocol,
        "mechanism": login.mechanism,
        "username": login.username,
        "password": login.password,
        "source": source_of(name),
        "writes": list(writes(name)),
        "reads": list(reads(name, hears())),
    }


def kcat(home: Home, name: str) -> dict[str, str]:
    """A configuration file for kcat. Outside accounts log in with PLAIN, which every kcat can do (see docs/adr/0005)."""
    return {**home.client_config(name), **({"sasl.mechanism": "PLAIN"} if name in OUTSIDE else {})}


def _variables(said: dict[str, Any]) -> dict[str, str]:
    return {
        "KAFKA_BOOTSTRAP_SERVERS": said["bootstrap"],
        "KAFKA_SECURITY_PROTOCOL": said["security_protocol"],
        "KAFKA_SASL_MECHANISM": said["mechanism"],
        "KAFKA_SASL_USERNAME": said["username"],
        "KAFKA_SASL_PASSWORD": said["password"],
        "CG_SOURCE": said["source"],
    }


def _change(home: Home, action: str, name: str) -> None:
    if name in SERVICES:
        raise Trouble(f"{name} is a service: its account is the house's own; `cg reset` makes new ones")
    if not home.exists or not home.is_held:
        raise Trouble(f"the house at {home} does not run; accounts change on the running broker")
    from cg_cli import provision  # noqa: PLC0415
    from cg_cli.servers import admin_client  # noqa: PLC0415

    client = admin_client(home)
    if action == "close":
        provision.close_account(client, name)
        home.close_account(name)
        restart_broker(home)
        typer.echo(f"{name} is closed: it cannot log in any more")
        return
    if action == "add":
        home.open_account(name)
    password = secrets.token_hex(32) if action == "rotate" else home.secret("kafka", name)
    provision.accounts(client, {name: password})
    write(home.secret_file("kafka", name), password)
    restart_broker(home)


def restart_broker(home: Home) -> None:
    """Lets the supervisor start the broker again: it reads who may log in with PLAIN only then, and connections of a closed account end. Raises `Trouble`."""
    from cg_cli.servers import Kafka  # noqa: PLC0415
    from cg_cli.supervisor import known_of, noted  # noqa: PLC0415

    kafka = Kafka(home)
    kafka.prepare()
    known = known_of(noted(home).get("parts", {}).get("kafka", {}))
    process = known.process if known else None
    if process is None:
        return
    typer.echo("the broker starts again, so that it knows; services wait for it", err=True)
    process.terminate()
    until = time.monotonic() + 60
    while time.monotonic() < until:
        again = known_of(noted(home).get("parts", {}).get("kafka", {}))
        if again is not None and again != known and again.is_alive and kafka.is_ready(again.pid):
            return
        time.sleep(0.2)
    raise Trouble("the broker did not come back within a minute; see `cg status`")


def token(
    roles: Annotated[str, typer.Option("--as", metavar="ROLE[,ROLE]", help="The roles that the token carries.")],
    home: HomeOption = DEFAULT,
    person: Annotated[UUID | None, typer.Option("--person", metavar="PERSON_ID", help="Whose it is; default: the sample person of the first role.")] = None,
) -> None:
    """Print a bearer token for the house's HTTP, valid for eight hours."""
    from cg_cli.people import ROLES  # noqa: PLC0415

    named = [role.strip() for role in roles.split(",") if role.strip()]
    unknown = ", ".join(role for role in named if role not in ROLES)
    if unknown or not named:
        raise typer.BadParameter(f"{unknown or 'nothing'} is no role; roles are {', '.join(ROLES)}", param_hint="--as")
    typer.echo(made_token(Home(home), named, person))


def made_token(home: Home, roles: list[str], person: UUID | None = None) -> str:
    """A token of the house's own issuer for these roles."""
    from cg_cli.people import person_of  # noqa: PLC0415
    from cg_kit.auth import token as signed  # noqa: PLC0415

    if not home.exists:
        raise Trouble(f"there is no house at {home}: start it with `cg up`")
    return signed(home.issuer_key(), person or person_of(roles[0]), roles, datetime.now(UTC), seconds=HOURS * 3600)
