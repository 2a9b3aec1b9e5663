"""Who may do what: each account on each topic, and each database role, tried on the real servers; exactly what is declared passes."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import asyncpg
import pytest
from confluent_kafka import Consumer, KafkaError, KafkaException, Message, Producer, TopicPartition
from confluent_kafka._model import ConsumerGroupTopicPartitions
from confluent_kafka.admin import (
    AclBinding,
    AclOperation,
    AclPermissionType,
    AdminClient,
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
    NewTopic,
    ResourcePatternType,
    ResourceType,
)

from cg_cli.provision import hears
from cg_cli.servers import admin_client
from cg_contracts.accounts import OUTSIDE, SERVICES
from cg_contracts.topics import acls, topics
from tests.system.house import PATIENCE, City, until

ACCOUNTS = (*SERVICES, *OUTSIDE)
TOPICS = tuple(topic.name for topic in topics())
GROUPS = (*ACCOUNTS, *(f"{account}.more" for account in ACCOUNTS), "anybody")
DECLARED = acls(hears())
NO = {KafkaError.TOPIC_AUTHORIZATION_FAILED, KafkaError.GROUP_AUTHORIZATION_FAILED, KafkaError.CLUSTER_AUTHORIZATION_FAILED}
Pairs = set[tuple[str, str]]


def declared(resource: str, operation: str, names: tuple[str, ...]) -> Pairs:
    """The pairs of account and name for which the contracts declare a right."""
    return {
        (acl.account, name)
        for acl in DECLARED
        if (acl.resource, acl.operation) == (resource, operation)
        for name in names
        if name == acl.name or (acl.pattern == "PREFIXED" and name.startswith(acl.name))
    }


def by_everybody(attempt: Callable[[str], set[str]]) -> Pairs:
    """What each account achieved, all trying at once."""
    with ThreadPoolExecutor(len(ACCOUNTS)) as pool:
        tries = {account: pool.submit(attempt, account) for account in ACCOUNTS}
        return {(account, name) for account, tried in tries.items() for name in tried.result()}


def passed(done: dict[Any, Future[Any]]) -> set[str]:
    """The names whose request was not refused for want of a right; whatever else went wrong, the broker let it in."""
    through = set()
    for name, one in done.items():
        try:
            one.result(PATIENCE)
        except KafkaException as error:
            if error.args[0].code() in NO:
                continue
        through.add(str(getattr(name, "name", name)))
    return through


HARMLESS: list[tuple[str, str | bytes | None]] = [("ce_type", b"be.police.cg.access.Tried.v1")]
"""What is written where it may be: a type that nobody hears."""


@pytest.fixture(scope="module")
def written(city: City) -> Iterator[Pairs]:
    """Who could write where. What that left with the services is given up afterwards, as an operator would."""

    def attempt(account: str) -> set[str]:
        through: set[str] = set()
        producer = Producer({**city.home.client_config(account), "log_level": 0, "message.timeout.ms": int(PATIENCE * 1000)})
        failed: list[KafkaError] = []

        def delivered(error: KafkaError | None, record: Message[Any, Any]) -> None:
            if error is None:
                through.add(str(record.topic()))
            elif error.code() not in NO:
                failed.append(error)

        for topic in TOPICS:
            producer.produce(topic, b'{"offset_seconds": 0}', "tried", 0, delivered, headers=HARMLESS)
        assert producer.flush(PATIENCE) == 0
        assert failed == []
        return through

    try:
        done = by_everybody(attempt)
        parked = {topic for account, topic in done if account in SERVICES and ".intake." in topic}
        until(lambda: {row["topic"] for row in city.parked()} >= parked, "what services wrote is parked")
        yield done
    finally:
        for row in city.parked():
            city.does(row["service"], f"/ops/parked/{row['id']}/discard", "operator", {"reason": "a test of access wrote it"})


def test_write(written: Pairs) -> None:
    assert written == declared("TOPIC", "WRITE", TOPICS)


def test_what_an_account_tried_and_may_not_is_written_down(city: City, written: Pairs) -> None:
    tried = {(account, topic) for account in ACCOUNTS for topic in TOPICS} - declared("TOPIC", "WRITE", TOPICS)

    def on_record() -> Pairs:
        log = (city.home.logs / "kafka.log").read_text(encoding="utf-8")
        return set(re.findall(r"Principal = User:(\S+) is Denied operation = \w+ from host = \S+ on resource = Topic:LITERAL:(\S+) ", log))

    until(lambda: on_record() >= tried, "all that was tried in vain is in the broker's log")


def test_read(city: City, written: Pairs) -> None:
    """Who may read gets the last record, or is told that there is none."""
    last = last_records(city)
    assert all(last[topic] >= 0 for _, topic in written)

    def attempt(account: str) -> set[str]:
        consumer = Consumer(
            {**city.home.client_config(account), "group.id": account, "enable.auto.commit": False, "enable.partition.eof": True, "log_level": 0}
        )
        through: set[str] = set()
        refused: set[str] = set()
        try:
            for topic in TOPICS:
                about = consumer.list_topics(topic, timeout=PATIENCE).topics[topic].error
                if about is not None and about.code() in NO:
                    refused.add(topic)
            consumer.assign([TopicPartition(topic, 0, max(0, last[topic])) for topic in TOPICS if topic not in refused])
            limit = time.monotonic() + PATIENCE
            while len(through | refused) < len(TOPICS):
                assert time.monotonic() < limit, f"{account}: no word about {set(TOPICS) - through - refused}"
                record = consumer.poll(0.5)
                if record is None:
                    continue
                error = record.error()
                if error is None or error.code() == KafkaError._PARTITION_EOF:
                    through.add(str(record.topic()))
                elif error.code() in NO:
                    refused.add(str(record.topic()))
        finally:
            consumer.close()
        assert not through & refused
        return through

    assert by_everybody(attempt) == declared("TOPIC", "READ", TOPICS)


def last_records(city: City) -> dict[str, int]:
    """Where the last record of each topic's first partition lies; -1 where there is none."""
    consumer = Consumer({**city.home.client_config("admin"), "group.id": "admin", "log_level": 0})
    try:
        return {topic: consumer.get_watermark_offsets(TopicPartition(topic, 0), timeout=PATIENCE)[1] - 1 for topic in TOPICS}
    finally:
        consumer.close()


def client(city: City, account: str) -> AdminClient:
    """What administers, as an account that should not."""
    return AdminClient({**city.home.client_config(account), "log_level": 0})


def test_group(city: City) -> None:
    """A group is used by committing a position for it, of a topic that the account may read."""
    readable = {account: sorted(topic for who, topic in declared("TOPIC", "READ", TOPICS) if who == account)[0] for account in ACCOUNTS}

    def attempt(account: str) -> set[str]:
        admin = client(city, account)
        return passed(
            {
                group: admin.alter_consumer_group_offsets([ConsumerGroupTopicPartitions(group, [TopicPartition(readable[account], 0, 0)])])[group]
                for group in GROUPS
            }
        )

    assert by_everybody(attempt) == declared("GROUP", "READ", GROUPS)


def test_nobody_creates_deletes_or_changes_anything(city: City) -> None:
    before = everything(admin_client(city.home))
    super_user = [AclBinding(ResourceType.TOPIC, "*", ResourcePatternType.LITERAL, "User:*", "*", AclOperation.ALL, AclPermissionType.ALLOW)]

    def attempt(account: str) -> set[str]:
        admin = client(city, account)
        new = [NewTopic(name, 1, 1) for name in (*TOPICS, f"cg.{account}.more", f"cg.answers.{account}.more", "anything")]
        through = {f"create {name}" for name in passed(admin.create_topics(new))}
        through |= {f"delete {name}" for name in passed(admin.delete_topics(list(TOPICS)))}
        shorter = [ConfigEntry("retention.ms", "1", incremental_operation=AlterConfigOpType.SET)]
        settings = [ConfigResource(ConfigResource.Type.TOPIC, name, incremental_configs=shorter) for name in TOPICS]
        through |= {f"change {name}" for name in passed(admin.incremental_alter_configs(settings))}
        through |= {f"delete group {name}" for name in passed(admin.delete_consumer_groups(list(GROUPS)))}
        through |= {f"allow {name}" for name in passed(admin.create_acls(super_user))}
        return through

    assert by_everybody(attempt) == set()
    assert everything(admin_client(city.home)) == before
    assert {name for name in before if name.startswith("cg.")} == set(TOPICS)


def everything(admin: AdminClient) -> dict[str, int]:
    """Topics and how many partitions they have."""
    return {name: len(topic.partitions) for name, topic in admin.list_topics(timeout=PATIENCE).topics.items()}


def test_a_wrong_password_opens_nothing(city: City) -> None:
    for mechanism in ("SCRAM-SHA-512", "PLAIN"):
        told: list[int] = []
        config = {**city.home.client_config("hr"), "sasl.mechanism": mechanism, "sasl.password": "0" * 64, "log_level": 0}
        stranger = Producer({**config, "error_cb": lambda error, told=told: told.append(error.code())})
        ended: list[int | None] = []
        stranger.produce("cg.org.intake.hr", b"{}", on_delivery=lambda error, _, ended=ended: ended.append(error and error.code()))
        limit = time.monotonic() + PATIENCE
        while KafkaError._AUTHENTICATION not in told:
            assert time.monotonic() < limit, f"the broker does not refuse a wrong password with {mechanism}"
            stranger.poll(0.1)
        stranger.purge()
        assert stranger.flush(PATIENCE) == 0
        assert ended == [KafkaError._PURGE_QUEUE], "the message left, or ended otherwise than by being given up here"


# -- PostgreSQL ------------------------------------------------------------------------------------------------------

ROLES = tuple(f"{service}{suffix}" for service in SERVICES for suffix in ("", "_owner"))
DATABASES = (*SERVICES, "postgres", "template1")


def in_database(city: City, role: str, database: str, work: Callable[[Any], Awaitable[Any]]) -> Any:
    """Does something in a database as a role, with that role's password."""

    async def connected() -> Any:
        connection = await asyncpg.connect(
            host=str(city.home.socket_dir), user=role, password=city.home.secret("postgres", role), database=database, timeout=PATIENCE
        )
        try:
            return await work(connection)
        finally:
            await connection.close()

    return asyncio.run(connected())


async def nothing(_: Any) -> None:
    """Only the connection is tried."""


def test_each_role_reaches_one_database(city: City) -> None:
    reached = set()
    for role in ROLES:
        for database in DATABASES:
            try:
                in_database(city, role, database, nothing)
            except asyncpg.InsufficientPrivilegeError:
                continue
            reached.add((role, database))
    assert reached == {(role, role.removesuffix("_owner")) for role in ROLES}


FORBIDDEN = (
    "UPDATE journal SET body = '{}'",
    "DELETE FROM journal",
    "TRUNCATE journal",
    "INSERT INTO journal_0 OVERRIDING SYSTEM VALUE SELECT * FROM journal LIMIT 1",
    "UPDATE journal_0 SET body = '{}'",
    "DROP TABLE journal_0",
    "ALTER TABLE journal DISABLE TRIGGER ALL",
    "UPDATE vault SET sealed = ''",
    "DELETE FROM vault",
    "DELETE FROM vault_read",
    "UPDATE vault_read SET purpose = 'none'",
    "DELETE FROM denied",
    "DELETE FROM parked",
    "DELETE FROM parked_action",
    "UPDATE parked_action SET reason = 'none'",
    "DELETE FROM inbox",
    "UPDATE rejected SET rule = 'none'",
    "CREATE TABLE mine (x int)",
    "CREATE SCHEMA mine",
    "CREATE FUNCTION mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "CREATE ROLE mine",
    "SET ROLE postgres",
    "COPY journal TO PROGRAM 'true'",
    "SELECT pg_read_file('/etc/passwd')",
)
"""What no running service may do in its own database."""


@pytest.mark.parametrize("service", SERVICES)
def test_what_is_written_once_is_never_changed(city: City, service: str) -> None:
    async def tried(connection: Any) -> list[str]:
        through = []
        for statement in FORBIDDEN:
            transaction = connection.transaction()
            await transaction.start()
            try:
                await connection.execute(statement)
                through.append(statement)
            except asyncpg.InsufficientPrivilegeError:
                pass
            finally:
                await transaction.rollback()
        return through

    assert in_database(city, service, service, tried) == []
    assert in_database(city, service, service, lambda connection: connection.fetchval("SELECT count(*) FROM journal")) > 0


@pytest.mark.parametrize("service", SERVICES)
def test_the_owner_is_no_super_user_and_the_runtime_role_is_not_the_owner(city: City, service: str) -> None:
    async def owned(connection: Any) -> tuple[set[str], set[str]]:
        owners = await connection.fetch("SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname = 'public'")
        strong = await connection.fetch("SELECT rolname FROM pg_roles WHERE rolsuper OR rolcreaterole OR rolcreatedb OR rolbypassrls OR rolreplication")
        return {row[0] for row in owners}, {row[0] for row in strong}

    owners, strong = in_database(city, service, service, owned)
    assert owners == {f"{service}_owner"}
    assert not strong & set(ROLES)

    async def member(connection: Any) -> bool:
        return bool(await connection.fetchval("SELECT pg_has_role($1, $2, 'MEMBER')", service, f"{service}_owner"))

    assert in_database(city, service, service, member) is False
