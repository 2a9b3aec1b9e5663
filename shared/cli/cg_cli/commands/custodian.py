"""`cg custodian`: the two who open an identity together. The private half of a key is a file of theirs, and is used on their own machine only."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer

from cg_cli.asking import Asker, Refused, Silent
from cg_cli.home import DEFAULT, Home, Trouble
from cg_cli.options import HomeOption
from cg_cli.people import person_of

KeyOption = Annotated[Path, typer.Option("--key", help="The file with your private key, as `cg custodian keygen` made it.")]
SeatOption = Annotated[int, typer.Option("--seat", min=1, max=2, help="Which of the two custodians you are.")]


def register(app: typer.Typer) -> None:
    """Adds `cg custodian ...`."""
    group = typer.Typer(help="Open together who reported to integrity: two keys, two persons, a reason.", no_args_is_help=True)
    for name, command in (("keygen", keygen), ("offer", offer), ("confirm", confirm), ("unlock", unlock), ("read", read)):
        group.command(name)(command)
    app.add_typer(group, name="custodian")


def keygen(file: Annotated[Path, typer.Argument(metavar="FILE", help="Where the private key goes; nothing else has it.")]) -> None:
    """Make a key pair: the private half goes to a file that only you can read, the public half is printed."""
    from cg_kit.custody import keygen as made  # noqa: PLC0415

    private, public = made()
    try:
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
            out.write(private + "\n")
    except FileExistsError:
        raise Trouble(f"{file} exists: a key that was used before opens what was sealed to it, and is never overwritten") from None
    except OSError as error:
        raise Trouble(f"cannot write {file}: {error.strerror}") from None
    typer.echo(public)


def offer(key: KeyOption, seat: SeatOption, home: HomeOption = DEFAULT) -> None:
    """Offer your public key for your seat; the head of service confirms it."""
    from cg_kit.custody import public_of  # noqa: PLC0415

    public = public_of(_private(key))
    with _as("custodian", home, seat) as asker:
        asker.tell("integrity", "/custody/keys", {"seat": seat, "public_key": public})
    typer.echo(f"offered for seat {seat}: {public}")


def confirm(seat: SeatOption, public: Annotated[str, typer.Argument(metavar="PUBLIC-KEY")], home: HomeOption = DEFAULT) -> None:
    """Confirm a custodian's public key, as the head of service, after comparing it with them."""
    with _as("head-of-service", home) as asker:
        asker.tell("integrity", "/custody/keys/confirmation", {"seat": seat, "public_key": public})
    typer.echo(f"identities are sealed to this key of seat {seat} from now on")


def unlock(
    key: KeyOption,
    seat: SeatOption,
    request: Annotated[UUID | None, typer.Argument(metavar="[REQUEST]", help="The request to decide; without it, those that wait are listed.")] = None,
    deny: Annotated[str | None, typer.Option("--deny", help="Say no, for this reason, which who asked sees.")] = None,
    home: HomeOption = DEFAULT,
) -> None:
    """List the requests that wait for you, or hand your half on to who asked; it is in clear on this machine only, and never on the way."""
    from cg_kit.custody import Unsealable, handed_on  # noqa: PLC0415

    private = _private(key)
    with _as("custodian", home, seat) as asker:
        wanted = asker.ask("integrity", "/custody/requests")["items"]
        if request is None:
            for each in wanted:
                typer.echo(f"{each['request_id']}  {each['ground']}{'  handed on' if each['handed_on'] else ''}  {each['reason']}")
            typer.echo(f"{len(wanted)} wait" if wanted else "Nothing waits.", err=True)
            return
        found = next((each for each in wanted if each["request_id"] == str(request)), None)
        if found is None:
            raise Trouble(f"no request {request} waits for you")
        path = f"/custody/requests/{found['report_id']}/{request}"
        if deny is not None:
            asker.tell("integrity", f"{path}/denial", {"reason": deny})
            typer.echo("denied")
            return
        try:
            half = handed_on(private, found["half"], found["public_key"])
        except Unsealable as error:
            raise Trouble(f"{error}: is it the key that was confirmed when the report came?") from None
        asker.tell("integrity", f"{path}/half", {"sealed": half})
    typer.echo("your half is handed on; with the other custodian's it opens the identity for who asked")


def read(
    report: Annotated[UUID, typer.Argument(metavar="REPORT", help="The report that you handle.")],
    key: KeyOption,
    as_person: Annotated[UUID | None, typer.Option("--as", help="Your id, as the desk knows it.")] = None,
    home: HomeOption = DEFAULT,
) -> None:
    """Read who reported, as the handler who asked with the public half of this key, once both custodians have handed on theirs."""
    from cg_kit.custody import Unsealable, opened  # noqa: PLC0415

    with _as("integrity-handler", home, person=as_person) as asker:
        mine = asker.ask("integrity", f"/reports/{report}/identity/requests")["items"]
    ready = [each for each in mine if each["box"]]
    if not ready:
        said = "; ".join(f"{each['verdict']}{': ' + each['denied_reason'] if each['denied_reason'] else ''}" for each in mine)
        raise Trouble(f"nothing to read: {said or 'you have asked for nothing'}")
    try:
        content = opened(_private(key), ready[-1]["box"], (ready[-1]["halves"][0], ready[-1]["halves"][1]))
    except Unsealable as error:
        raise Trouble(f"{error}: is it the key that you asked with?") from None
    for name, text in content.items():
        typer.echo(f"{name}: {text}")


def _private(file: Path) -> str:
    from cg_kit.custody import Unsealable, public_of  # noqa: PLC0415

    try:
        private = file.read_text().strip()
        public_of(private)
    except OSError as error:
        raise Trouble(f"cannot read {file}: {error.strerror}") from None
    except (Unsealable, ValueError, TypeError):
        raise Trouble(f"{file} holds no private key") from None
    return private


@contextmanager
def _as(role: str, home: Path, seat: int = 1, person: UUID | None = None) -> Iterator[Asker]:
    """Asks in a role; the sample house has two custodians."""
    who = person or (person_of("custodian 2") if role == "custodian" and seat == 2 else None)
    with Asker(Home(home), role, who) as asker:
        try:
            yield asker
        except (Silent, Refused) as why:
            raise Trouble(str(why)) from None
