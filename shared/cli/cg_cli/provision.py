"""Makes the broker and the databases be as the contracts declare, and nothing more; can be repeated at any time."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from contextlib import suppress
from importlib import import_module
from typing import TYPE_CHECKING, Any

from cg_cli.home import Home, Trouble
from cg_contracts import topics as contracts
from cg_contracts.accounts import SERVICES
from cg_contracts.base import Fact

if TYPE_CHECKING:
    from collections.abc import Iterable

    from confluent_kafka.admin import AclBinding, AdminClient, UserScramCredentialAlteration

ITERATIONS = 4096


def hears() -> dict[str, list[type[Fact]]]:
    """The contracts of other services that each service hears, from its table; a service that cannot be loaded hears nothing."""
    heard: dict[str, list[type[Fact]]] = {}
    for service in SERVICES:
        try:
            table = import_module(f"services.{service}.app").SERVICE
        except ImportError as error:  # its own process says so, louder
            if error.name is None or not error.name.startswith("services"):
                raise
            continue
        heard[service] = [entry.what for entry in table.hears]
    return heard


def broker(home: Home) -> None:
    """Accounts, topics and rights on the embedded broker."""
    from confluent_kafka import KafkaException  # noqa: PLC0415

    from cg_cli.servers import admin_client  # noqa: PLC0415

    client = admin_client(home)
    try:
        accounts(client, {account: home.secret("kafka", account) for account in home.accounts})
        topics_and_rights(client)
    except KafkaException as error:
        raise Trouble(f"the broker does not answer while topics and rights are made: {error.args[0].str()}") from error


def accounts(client: AdminClient, passwords: Mapping[str, str]) -> None:
    """Sees that each account can log in with its password."""
    from confluent_kafka.admin import ScramCredentialInfo, ScramMechanism, UserScramCredentialUpsertion  # noqa: PLC0415

    wanted: list[UserScramCredentialAlteration] = [
        UserScramCredentialUpsertion(account, ScramCredentialInfo(ScramMechanism.SCRAM_SHA_512, ITERATIONS), password.encode())
        for account, password in passwords.items()
    ]
    _await(client.alter_user_scram_credentials(wanted))


def close_account(client: AdminClient, account: str) -> None:
    """Takes an account's login away; what it wrote stays."""
    from confluent_kafka import KafkaException  # noqa: PLC0415
    from confluent_kafka.admin import ScramMechanism, UserScramCredentialDeletion  # noqa: PLC0415

    for done in client.alter_user_scram_credentials([UserScramCredentialDeletion(account, ScramMechanism.SCRAM_SHA_512)]).values():
        with suppress(KafkaException):
            done.result(timeout=30)


def topics_and_rights(client: AdminClient) -> None:
    """Sees that there are exactly the declared rights, and at least the declared topics with their settings."""
    topics(client, contracts.topics())
    rights(client, contracts.acls(hears()))


def topics(client: AdminClient, declared: Iterable[contracts.Topic]) -> None:
    """Makes topics that are missing and gives those that are there their settings. Partitions of a topic never change."""
    from confluent_kafka.admin import AlterConfigOpType, ConfigEntry, ConfigResource, NewTopic  # noqa: PLC0415

    wanted = {topic.name: topic for topic in declared}
    there = client.list_topics(timeout=30).topics
    for name in wanted.keys() & there.keys():
        if len(there[name].partitions) != wanted[name].partitions:
            raise Trouble(f"topic {name} has {len(there[name].partitions)} partitions, declared are {wanted[name].partitions}; a topic never grows")
    new = [NewTopic(one.name, one.partitions, 1, config=dict(one.config)) for name, one in wanted.items() if name not in there]
    if new:
        _await(client.create_topics(new))
    old = [
        ConfigResource(
            ConfigResource.Type.TOPIC,
            name,
            incremental_configs=[ConfigEntry(key, value, incremental_operation=AlterConfigOpType.SET) for key, value in wanted[name].config.items()],
        )
        for name in wanted.keys() & there.keys()
        if wanted[name].config
    ]
    if old:
        _await(client.incremental_alter_configs(old))


def rights(client: AdminClient, declared: Iterable[contracts.Acl]) -> None:
    """Adds rights that are declared and missing, takes away those that are there and not declared, and comes back when these are in force.

    The controller confirms a right before the broker acts on it, by up to a second. Raises `Trouble` when that takes more than 30 s.
    """
    from confluent_kafka.admin import AclBindingFilter, AclOperation, AclPermissionType, ResourcePatternType, ResourceType  # noqa: PLC0415

    wanted = {_key(binding): binding for one in declared for binding in [_binding(one)]}
    everything = AclBindingFilter(ResourceType.ANY, None, ResourcePatternType.ANY, None, None, AclOperation.ANY, AclPermissionType.ANY)  # type: ignore[arg-type]
    there = {_key(binding): binding for binding in client.describe_acls(everything).result(timeout=30)}
    new = [binding for key, binding in wanted.items() if key not in there]
    if new:
        _await(client.create_acls(new))
    extra = [
        AclBindingFilter(one.restype, one.name, one.resource_pattern_type, one.principal, one.host, one.operation, one.permission_type)
        for key, one in there.items()
        if key not in wanted
    ]
    if extra:
        _await(client.delete_acls(extra))
    until = time.monotonic() + 30
    while new or extra:
        if {_key(binding) for binding in client.describe_acls(everything).result(timeout=30)} == wanted.keys():
            return
        if time.monotonic() > until:
            raise Trouble("the broker confirmed the declared rights, and does not act on them after 30 s")
        time.sleep(0.05)


def _binding(acl: contracts.Acl) -> AclBinding:
    from confluent_kafka.admin import AclBinding, AclOperation, AclPermissionType, ResourcePatternType, ResourceType  # noqa: PLC0415

    return AclBinding(
        ResourceType[acl.resource],
        acl.name,
        ResourcePatternType[acl.pattern],
        f"User:{acl.account}",
        "*",
        AclOperation[acl.operation],
        AclPermissionType.ALLOW,
    )


def _key(binding: AclBinding) -> tuple[str, ...]:
    return (
        str(binding.restype),
        binding.name,
        str(binding.resource_pattern_type),
        binding.principal,
        binding.host,
        str(binding.operation),
        str(binding.permission_type),
    )


def _await(done: Mapping[Any, Any]) -> None:
    from confluent_kafka import KafkaError, KafkaException  # noqa: PLC0415

    for name, one in done.items():
        try:
            one.result(timeout=30)
        except KafkaException as error:
            if error.args[0].code() != KafkaError.TOPIC_ALREADY_EXISTS:
                raise Trouble(f"the broker refused {name}: {error.args[0].str()}") from error


def database_sql(service: str, password: str, owner_password: str) -> list[str]:
    """The statements that make one service's roles and database, each of which may be repeated; run as super user on `postgres`.

    `<service>_owner` owns the database and migrates it; `<service>` runs with what the migrations grant it; nobody else may connect.
    """
    statements = [f"DO $$ BEGIN CREATE ROLE {role}; EXCEPTION WHEN duplicate_object THEN NULL; END $$" for role in (f"{service}_owner", service)]
    login = "LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS"
    statements += [f"ALTER ROLE {service}_owner {login} PASSWORD '{owner_password}'", f"ALTER ROLE {service} {login} PASSWORD '{password}'"]
    return statements


def granting_sql(service: str) -> list[str]:
    """The statements that close a service's database to all but its two roles; run as super user in it. Rights on tables come with the migrations."""
    return [
        f"REVOKE ALL ON DATABASE {service} FROM PUBLIC",
        f"GRANT CONNECT ON DATABASE {service} TO {service}",
        "REVOKE ALL ON SCHEMA public FROM PUBLIC",
        f"ALTER SCHEMA public OWNER TO {service}_owner",
        f"GRANT USAGE ON SCHEMA public TO {service}",
    ]


def databases(home: Home) -> None:
    """Roles and databases of all services on the embedded server."""
    passwords = {role: home.secret("postgres", role) for service in SERVICES for role in (service, f"{service}_owner")}
    asyncio.run(make_databases({"host": str(home.socket_dir), "user": "postgres", "password": home.secret("postgres", "postgres")}, passwords))


async def make_databases(server: Mapping[str, Any], passwords: Mapping[str, str]) -> None:
    """Roles and databases of all services on a server, given the super user's connection and a password for each role."""
    import asyncpg  # noqa: PLC0415

    connection = await asyncpg.connect(**server, database="postgres")
    try:
        there = {row["datname"] for row in await connection.fetch("SELECT datname FROM pg_database")}
        for service in SERVICES:
            for statement in database_sql(service, passwords[service], passwords[f"{service}_owner"]):
                await connection.execute(statement)
            if service not in there:
                await connection.execute(f"CREATE DATABASE {service} OWNER {service}_owner")
        for database in ("postgres", "template1"):
            await connection.execute(f"REVOKE CONNECT ON DATABASE {database} FROM PUBLIC")
    finally:
        await connection.close()
    for service in SERVICES:
        connection = await asyncpg.connect(**server, database=service)
        try:
            for statement in granting_sql(service):
                await connection.execute(statement)
        finally:
            await connection.close()
