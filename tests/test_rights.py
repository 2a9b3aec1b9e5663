"""What each role of the database may do: each tries everything on all that the catalogue knows, on the real server, and exactly what is written passes."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from typing import Any

import asyncpg
import pytest

from cg_cli.servers import House
from cg_contracts.accounts import SERVICES
from cg_kit.migrate import migrate

ENGINE = {
    "journal": "SELECT INSERT",
    "journal_export": "SELECT INSERT",
    "journal_kept": "SELECT",
    "journal_dropped": "SELECT",
    "relay": "SELECT UPDATE",
    "follower": "SELECT INSERT UPDATE",
    "position": "SELECT INSERT UPDATE",
    "taken_as_read": "SELECT INSERT",
    "generation": "SELECT",
    "inbox": "SELECT INSERT",
    "counted": "SELECT INSERT UPDATE DELETE",
    "idempotency": "SELECT INSERT DELETE",
    "blocked": "SELECT INSERT UPDATE DELETE",
    "parked": "SELECT INSERT UPDATE",
    "parked_action": "SELECT INSERT",
    "rejected": "SELECT INSERT DELETE",
    "timer": "SELECT INSERT UPDATE DELETE",
    "vault": "SELECT INSERT",
    "vault_key": "SELECT",
    "vault_read": "SELECT INSERT",
    "forgotten": "SELECT",
    "denied": "SELECT INSERT",
    "replay": "SELECT INSERT UPDATE(state,ended_at,why,stopped_by)",
    "replay_place": "SELECT INSERT UPDATE(next,counts)",
    "migration": "",
}
"""What a running service may do with the engine's tables. Nobody but their owner changes what is written once, or writes past the trigger into a partition."""

OF_A_SERVICE = (
    (r"journal_\d+|inbox_\d+", ""),
    (r"\w+_state", "SELECT INSERT UPDATE"),
    (r"\w+_read|remembered", "SELECT INSERT"),
    (r"participation|ballot", "SELECT INSERT UPDATE"),  # of a survey: no row of its own for who took part, nor for an answer
)
"""And with the others, by their names: what an aggregate is, who read what, what oversight heard, and what integrity's surveys keep."""

FUNCTIONS = {"extend_journal", "forget", "kept_of", "mentions", "move", "rotate_inbox", "take", "vault_keys"}
"""What a running service may call of the engine's."""

OWN_FUNCTIONS = {"instant_of"}
"""And of its own: what only computes."""

ROLES = tuple(role for service in SERVICES for role in (service, f"{service}_owner"))

TABLES = """
SELECT c.oid::regclass::text, array_agg(quote_ident(a.attname) ORDER BY a.attnum)
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
 WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' GROUP BY 1 ORDER BY 1
"""
ROUTINES = """
SELECT p.proname, format('SELECT %I(%s)', p.proname, (
         SELECT string_agg(CASE WHEN t.typcategory = 'A' THEN '''{}''::' ELSE 'NULL::' END || t.oid::regtype, ', ' ORDER BY n)
           FROM unnest(p.proargtypes) WITH ORDINALITY u(type, n) JOIN pg_type t ON t.oid = u.type))
  FROM pg_proc p WHERE p.pronamespace = 'public'::regnamespace AND p.prorettype <> 'trigger'::regtype
"""
SEQUENCES = "SELECT c.oid::regclass::text FROM pg_class c WHERE c.relkind = 'S'"
SCHEMAS = "SELECT quote_ident(nspname) FROM pg_namespace WHERE nspname !~ '^pg_temp|^pg_toast'"


@pytest.fixture(scope="module")
async def made(house: House) -> House:
    """A house whose databases have all their tables, and two partitions of the inbox, as after its first weeks."""
    for service in SERVICES:
        await migrate(house.database_url(service, owner=True), f"services.{service}", service)
    return house


async def asked(house: House, database: str, sql: str) -> list[Any]:
    """What the catalogue says, as the super user sees it."""
    connection = await asyncpg.connect(house.superuser_url(database))
    try:
        return list(await connection.fetch(sql))
    finally:
        await connection.close()


async def opened(house: House, role: str, database: str, password: str | None = None) -> Any:
    """A connection as a role."""
    secret = house.home.secret("postgres", role) if password is None else password
    return await asyncpg.connect(host=str(house.home.socket_dir), user=role, password=secret, database=database)


async def let(connection: Any, statement: str) -> bool:
    """Whether a role is let do this, whatever comes of it; it is undone in any case."""
    try:
        await connection.execute(f"BEGIN; SET LOCAL statement_timeout = '5s'; SET LOCAL client_min_messages = error; {statement}")
    except asyncpg.InsufficientPrivilegeError:
        return False
    except asyncpg.QueryCanceledError:
        raise
    except asyncpg.PostgresError:
        return True
    finally:
        await connection.execute("ROLLBACK")
    return True


async def through(house: House, role: str, database: str, tries: Mapping[str, str]) -> set[str]:
    """The names of what passed."""
    connection = await opened(house, role, database)
    try:
        return {name for name, statement in tries.items() if await let(connection, statement)}
    finally:
        await connection.close()


def attempts(table: str, columns: list[str]) -> dict[str, str]:
    """Each right, and the least that needs it and no other."""
    return {
        f"SELECT {table}": f"SELECT FROM {table} LIMIT 0",
        f"INSERT {table}": f"INSERT INTO {table} DEFAULT VALUES",
        f"DELETE {table}": f"DELETE FROM {table} WHERE false",
        f"TRUNCATE {table}": f"TRUNCATE {table}",
        **{f"UPDATE {table}.{column}": f"UPDATE {table} SET {column} = DEFAULT WHERE false" for column in columns},
    }


def may(table: str, columns: list[str]) -> set[str]:
    """What the running service may do with a table; with one that is written nowhere, nothing."""
    known = ENGINE.get(table.strip('"')) or next((rights for name, rights in OF_A_SERVICE if re.fullmatch(name, table)), "")
    found = set()
    for right in known.split():
        name, _, some = right.rstrip(")").partition("(")
        found |= {f"UPDATE {table}.{column}" for column in (some.split(",") if some else columns)} if name == "UPDATE" else {f"{name} {table}"}
    return found


@pytest.mark.parametrize("service", SERVICES)
async def test_on_each_table_a_role_can_do_what_is_written_and_nothing_else(made: House, service: str) -> None:
    tables: dict[str, list[str]] = {row[0]: row[1] for row in await asked(made, service, TABLES)}
    assert {name.strip('"') for name in tables} > set(ENGINE) | {"journal_0", "journal_1", "inbox_1"}
    tries = {name: statement for table, columns in tables.items() for name, statement in attempts(table, columns).items()}
    assert await through(made, service, service, tries) == {right for table, columns in tables.items() for right in may(table, columns)}
    assert await through(made, f"{service}_owner", service, tries) == set(tries), "who migrates owns all"


async def test_a_right_too_many_would_be_found(made: House) -> None:
    """Whoever gives more in a migration has to write it here, or the tests above fail."""
    owner = await opened(made, "org_owner", "org")
    try:
        await owner.execute("GRANT DELETE ON journal TO org; GRANT UPDATE (sealed) ON vault TO org; CREATE TABLE plain (n int); GRANT SELECT ON plain TO org")
        tries = attempts("journal", ["body"]) | attempts("vault", ["about", "sealed"]) | attempts("plain", ["n"])
        declared = may("journal", ["body"]) | may("vault", ["about", "sealed"]) | may("plain", ["n"])
        assert await through(made, "org", "org", tries) - declared == {"DELETE journal", "UPDATE vault.sealed", "SELECT plain"}
    finally:
        await owner.execute("REVOKE DELETE ON journal FROM org; REVOKE UPDATE (sealed) ON vault FROM org; DROP TABLE plain")
        await owner.close()


@pytest.mark.parametrize("service", SERVICES)
async def test_nobody_but_the_owner_makes_anything_or_moves_the_journal_s_numbers(made: House, service: str) -> None:
    sequences = [row[0] for row in await asked(made, service, SEQUENCES)]
    assert "journal_seq_seq" in sequences
    tries = {f"nextval {name}": f"SELECT nextval('{name}')" for name in sequences}
    tries |= {f"setval {name}": f"SELECT setval('{name}', 1)" for name in sequences}
    tries |= {f"in {name}": f"CREATE TABLE {name}.mine (x int)" for (name,) in await asked(made, service, SCHEMAS)}
    tries |= {"schema": "CREATE SCHEMA mine", "temporary": "CREATE TEMP TABLE mine (x int)", "index": "CREATE INDEX ON journal (at)"}
    tries |= {"trigger": "ALTER TABLE journal DISABLE TRIGGER ALL", "drop": "DROP TABLE journal_0", "own": f"ALTER TABLE vault OWNER TO {service}"}
    assert await through(made, service, service, tries) == set()
    refused = {"in pg_catalog", "in information_schema", "own"}
    assert await through(made, f"{service}_owner", service, tries) == set(tries) - refused


@pytest.mark.parametrize("service", SERVICES)
async def test_the_running_service_calls_the_engine_s_functions_and_no_others(made: House, service: str) -> None:
    tries: dict[str, str] = {row[1]: row[0] for row in await asked(made, service, ROUTINES)}
    assert set(tries.values()) - OWN_FUNCTIONS == FUNCTIONS | {"keeps", "drop_journal"}
    passed = await through(made, service, service, {call: call for call in tries})
    assert passed == {call for call, name in tries.items() if name in FUNCTIONS | OWN_FUNCTIONS}


async def test_a_role_reaches_its_own_database_with_its_own_password_and_is_nobody_else(made: House) -> None:
    databases = [row[0] for row in await asked(made, "postgres", "SELECT datname FROM pg_database WHERE datallowconn")]
    others = [row[0] for row in await asked(made, "postgres", "SELECT quote_ident(rolname) FROM pg_roles")]
    assert {*SERVICES, "postgres", "template1"} <= set(databases)

    async def reached(role: str, database: str) -> bool:
        try:
            await (await opened(made, role, database)).close()
        except asyncpg.InsufficientPrivilegeError:
            return False
        return True

    pairs = [(role, database) for role in ROLES for database in databases if database in (*SERVICES, "postgres", "template1")]
    found = await asyncio.gather(*(reached(*pair) for pair in pairs))
    assert {pair for pair, let_in in zip(pairs, found, strict=True) if let_in} == {(role, role.removesuffix("_owner")) for role in ROLES}
    for role in ROLES:
        became = await through(made, role, role.removesuffix("_owner"), {other: f"SET ROLE {other}" for other in others})
        assert became == ({role, "pg_database_owner"} if role.endswith("_owner") else {role})
        for password in ("", made.home.secret("postgres", next(other for other in ROLES if other != role))):
            with pytest.raises((asyncpg.InvalidPasswordError, asyncpg.InvalidAuthorizationSpecificationError)):
                await opened(made, role, role.removesuffix("_owner"), password)


@pytest.mark.parametrize("service", SERVICES)
async def test_what_was_tried_and_may_not_be_is_written_down_with_who_tried_it(made: House, service: str) -> None:
    assert await through(made, service, service, {"delete": "DELETE FROM journal WHERE seq = 4711"}) == set()
    log = (made.home.logs / "postgres.log").read_text(encoding="utf-8")
    assert re.search(rf"{service}@{service} ERROR:  permission denied for table journal\n.*{service}@{service} STATEMENT:  .*WHERE seq = 4711", log)
