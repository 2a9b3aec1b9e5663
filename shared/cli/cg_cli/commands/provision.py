"""`cg provision`: what a deployment runs once before its services: accounts, topics and rights on the broker, roles and databases."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import typer

from cg_cli.home import MECHANISM, Trouble
from cg_contracts.accounts import OUTSIDE, SERVICES


def register(app: typer.Typer) -> None:
    """Adds the command."""
    app.command("provision")(provision)


def provision() -> None:
    """Make a broker and a PostgreSQL of your own be as the contracts declare; it can be repeated.

    Broker: CG_KAFKA_BOOTSTRAP, CG_KAFKA_SECURITY, CG_KAFKA_CA_FILE, CG_KAFKA_ADMIN, CG_KAFKA_ADMIN_PASSWORD_FILE.
    PostgreSQL: CG_DATABASE_ADMIN_URL, CG_DATABASE_ADMIN_PASSWORD_FILE. Passwords of accounts (kafka-ACCOUNT) and roles
    (postgres-ROLE): files in the folder CG_SECRETS.
    """
    from confluent_kafka.admin import AdminClient  # noqa: PLC0415

    from cg_cli import provision as provisioning  # noqa: PLC0415

    secrets = Path(_set("CG_SECRETS"))
    config: dict[str, str | int | float | bool] = {
        "bootstrap.servers": _set("CG_KAFKA_BOOTSTRAP"),
        "security.protocol": os.environ.get("CG_KAFKA_SECURITY", "SASL_SSL"),
        "sasl.mechanism": MECHANISM,
        "sasl.username": os.environ.get("CG_KAFKA_ADMIN", "admin"),
        "sasl.password": _read(Path(_set("CG_KAFKA_ADMIN_PASSWORD_FILE"))),
    }
    if "CG_KAFKA_CA_FILE" in os.environ:
        config["ssl.ca.location"] = os.environ["CG_KAFKA_CA_FILE"]
    client = AdminClient(config)
    provisioning.accounts(client, {account: _read(secrets / f"kafka-{account}") for account in (*SERVICES, *OUTSIDE)})
    provisioning.topics_and_rights(client)
    typer.echo("the broker has its accounts, topics and rights")
    server = {"dsn": _set("CG_DATABASE_ADMIN_URL"), "password": _read(Path(_set("CG_DATABASE_ADMIN_PASSWORD_FILE")))}
    roles = [role for service in SERVICES for role in (service, f"{service}_owner")]
    asyncio.run(provisioning.make_databases(server, {role: _read(secrets / f"postgres-{role}") for role in roles}))
    typer.echo("PostgreSQL has its roles and databases")


def _set(variable: str) -> str:
    value = os.environ.get(variable)
    if not value:
        raise Trouble(f"{variable} is not set (cg provision --help)")
    return value


def _read(path: Path) -> str:
    try:
        return path.read_text().strip()
    except OSError as error:
        raise Trouble(f"{path} cannot be read: {error.strerror}") from error
