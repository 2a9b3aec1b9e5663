"""The servers of a test's house are real, closed to strangers, and keep what they confirmed when they are killed."""

from __future__ import annotations

import asyncpg
import pytest
from confluent_kafka import Consumer, KafkaException, Producer, TopicPartition
from confluent_kafka.admin import AdminClient

from cg_cli.servers import House


async def test_a_role_reaches_its_own_database_only(house: House) -> None:
    connection = await asyncpg.connect(house.database_url("org"))
    assert await connection.fetchval("SELECT current_user") == "org"
    await connection.close()
    for url in (house.database_url("org").replace("/org?", "/screening?"), house.database_url("org").replace("/org?", "/postgres?")):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await asyncpg.connect(url)


async def test_a_role_without_its_password_is_not_let_in(house: House) -> None:
    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(house.home.database_url("org").replace("org@", "org:wrong@"))


async def test_the_runtime_role_makes_no_tables_and_has_only_what_is_granted(house: House) -> None:
    owner, runs = await asyncpg.connect(house.database_url("org", owner=True)), await asyncpg.connect(house.database_url("org"))
    await owner.execute("CREATE TABLE probe (id int)")
    for statement in ("SELECT FROM probe", "CREATE TABLE other (id int)", "DROP TABLE probe"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await runs.execute(statement)
    await owner.execute("DROP TABLE probe")
    await owner.close()
    await runs.close()


def test_a_stranger_is_not_let_in_on_the_broker(house: House) -> None:
    for port in ("kafka", "controller"):
        for login in ({}, {"security.protocol": "SASL_PLAINTEXT", "sasl.mechanism": "SCRAM-SHA-512", "sasl.username": "hr", "sasl.password": "guess"}):
            client = AdminClient({"bootstrap.servers": f"127.0.0.1:{house.home.ports[port]}", "log_level": 0, **login})
            with pytest.raises(KafkaException):
                client.list_topics(timeout=2)


def test_what_was_confirmed_is_there_after_a_kill(house: House) -> None:
    house.create_topics({"survivor": 1})
    producer = Producer({**house.client_config(), "acks": "all", "enable.idempotence": True, "log_level": 0})
    producer.produce("survivor", b"before")
    assert producer.flush(20) == 0
    house.restart("kafka")
    house.restart("postgres")
    producer.produce("survivor", b"after")
    assert producer.flush(30) == 0
    consumer = Consumer({**house.client_config(), "group.id": "survivor", "log_level": 0})
    assert consumer.get_watermark_offsets(TopicPartition("survivor", 0), timeout=10) == (0, 2)
    consumer.close()
