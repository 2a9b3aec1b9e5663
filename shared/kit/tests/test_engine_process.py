"""The engine with its reader and relay on a real broker: ended in the middle, taken for dead, without a broker, and put back from a copy."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import asyncpg
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from cg_cli.servers import House
from cg_kit.postgres import open_store
from cg_kit.pure import To
from cg_kit.reader import record_of
from cg_kit.seam import NotOurs, Record
from cg_kit.serve import Process
from cg_kit.settings import Settings
from services.screening.domain import case

from .running import HR, ORG, Bench, running

EVENTS = "cg.screening.events"


@pytest.fixture
async def bench(house: House) -> AsyncIterator[Bench]:
    async with running(house) as made:
        yield made


def variables(bench: Bench, **more: str) -> dict[str, str]:
    """How a process of the service finds this bench's database."""
    usual = bench.house.home.environment("screening", traces=False)
    del usual["CG_DATABASE_PASSWORD_FILE"]
    return {**usual, "CG_DATABASE_URL": bench.url, "CG_CLOCK": "real", **more}


def process_of(bench: Bench, monkeypatch: pytest.MonkeyPatch, **more: str) -> Process:
    """A process of the service, inside this one."""
    for name, value in variables(bench, **more).items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("CG_DATABASE_PASSWORD_FILE", raising=False)
    return Process(bench.usual.service, Settings())  # type: ignore[call-arg]


async def until(what: Callable[[], Awaitable[bool]], seconds: float = 60) -> None:
    """Waits for a condition; asks again each twentieth of a second."""
    async with asyncio.timeout(seconds):
        while not await what():  # noqa: ASYNC110  (processes and a database have no event to wait for)
            await asyncio.sleep(0.05)


async def publish(house: House, records: Iterable[Record]) -> None:
    """Gives records to the broker, all acknowledged, each partition's in order."""
    producer = AIOKafkaProducer(**house.aiokafka_config(), enable_idempotence=True)
    await producer.start()
    try:
        sent = [await producer.send(r.topic, value=r.value, key=r.key, headers=list(r.headers), partition=r.part) for r in records]
        await asyncio.gather(*sent)
    finally:
        await producer.stop()


@asynccontextmanager
async def reading(house: House, topic: str) -> AsyncIterator[tuple[AIOKafkaConsumer, dict[TopicPartition, int]]]:
    """A consumer of all partitions of a topic, and where they end now."""
    consumer = AIOKafkaConsumer(**house.aiokafka_config(), enable_auto_commit=False, fetch_max_wait_ms=100)
    await consumer.start()
    try:
        await consumer._client.force_metadata_update()
        parts = [TopicPartition(topic, part) for part in sorted(consumer.partitions_for_topic(topic) or {0})]
        consumer.assign(parts)
        yield consumer, await consumer.end_offsets(parts)
    finally:
        await consumer.stop()


async def ends_of(house: House, topic: str) -> dict[TopicPartition, int]:
    """Where the partitions of a topic end now."""
    async with reading(house, topic) as (_, ends):
        return ends


async def since(house: House, topic: str, starts: dict[TopicPartition, int]) -> list[Any]:
    """All that was published on a topic after these places."""
    found: list[Any] = []
    async with reading(house, topic) as (consumer, ends):
        for tp, start in starts.items():
            consumer.seek(tp, start)
        while any([await consumer.position(tp) < end for tp, end in ends.items()]):
            for records in (await consumer.getmany(timeout_ms=500)).values():
                found.extend(records)
    return found


async def opened_once(bench: Bench, records: Iterable[Record]) -> None:
    """Each of these requests has opened its case, once."""
    opened = Counter(row[0] for row in await bench.rows("SELECT aggregate FROM journal WHERE step = 'event' AND type = 'Opened'"))
    wanted = [bench.case(record) for record in records]
    assert {id_: opened[id_] for id_ in wanted} == dict.fromkeys(wanted, 1)
    assert set(opened.values()) <= {1}


async def all_open(bench: Bench, records: Iterable[Record]) -> bool:
    """Whether each of these requests has its case."""
    wanted = [bench.case(record) for record in records]
    return bool(await bench.value("SELECT count(*) FROM case_state WHERE id = ANY($1)", wanted) == len(wanted))


async def all_sent(bench: Bench) -> bool:
    """Whether the relay is past all messages."""
    return bool(await bench.value("SELECT last >= (SELECT coalesce(max(seq), 0) FROM journal WHERE topic IS NOT NULL) FROM relay"))


async def sent_in_order(bench: Bench, starts: dict[TopicPartition, int]) -> None:
    """Every message of the journal is on the topic, each key's in the order of the journal when each is counted at its first time."""
    wanted: dict[str, list[str]] = defaultdict(list)
    for row in await bench.rows("SELECT id, key FROM journal WHERE topic = $1 ORDER BY seq", EVENTS):
        wanted[row["key"]].append(str(row["id"]))
    known = {id_ for ids in wanted.values() for id_ in ids}
    got: dict[str, dict[str, None]] = defaultdict(dict)
    for record in await since(bench.house, EVENTS, starts):
        id_ = dict(record.headers)["ce_id"].decode()
        if id_ in known:
            got[record.key.decode()].setdefault(id_)
    assert {key: list(ids) for key, ids in got.items()} == dict(wanted)


# -- ended in the middle -------------------------------------------------------------------------------------------------------


async def test_a_process_that_is_killed_in_the_middle_goes_on_where_it_stood(bench: Bench, house: House) -> None:
    starts = await ends_of(house, EVENTS)
    records = [bench.asked(topic=ORG, part=n % 3) for n in range(6000)]
    await publish(house, records)
    environment = {**os.environ, **variables(bench)}
    environment.pop("CG_DATABASE_PASSWORD_FILE", None)

    async def start() -> asyncio.subprocess.Process:
        quiet = asyncio.subprocess.DEVNULL
        return await asyncio.create_subprocess_exec(
            sys.executable, "-m", "cg_kit", "serve", "services.screening.app:SERVICE", env=environment, stdout=quiet, stderr=quiet
        )

    async def begun() -> bool:
        return bool(await bench.value("SELECT count(*) FROM case_state") > 0)

    running_ = await start()
    try:
        await until(begun)
        running_.send_signal(signal.SIGKILL)
        await running_.wait()
        taken = await bench.value("SELECT count(*) FROM case_state")
        assert 0 < taken < 6000
        running_ = await start()
        await until(lambda: all_open(bench, records))
        await until(lambda: all_sent(bench))
    finally:
        if running_.returncode is None:
            running_.kill()
            await running_.wait()
    await opened_once(bench, records)
    await sent_in_order(bench, starts)


async def test_one_that_is_taken_for_dead_and_still_believes_that_it_owns_all_does_nothing_twice(
    bench: Bench, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    starts = await ends_of(house, EVENTS)
    rightful = process_of(bench, monkeypatch)
    zombie = process_of(
        bench,
        monkeypatch,
        CG_INSTANCE="screening-9",
        CG_KAFKA_USERNAME="admin",
        CG_KAFKA_PASSWORD_FILE=str(house.home.secret_file("kafka", "admin")),
    )
    await rightful.start()
    await zombie.start()
    zombie.engine.service = replace(zombie.service, name="zombie")  # a group of its own: the broker gives it every partition as well
    try:
        records = [bench.asked(topic=(ORG, HR)[n % 2], part=n % 3) for n in range(1500)]
        for n in range(0, len(records), 100):
            await publish(house, records[n : n + 100])
        await until(lambda: all_open(bench, records))
        await until(lambda: all_sent(bench))
        assert all(one.runtime.reader is not None and one.runtime.reader.stands for one in (rightful, zombie))
    finally:
        await rightful.stop()
        await zombie.stop()
    await opened_once(bench, records)
    await sent_in_order(bench, starts)
    assert zombie.engine.tally.duplicates == rightful.engine.tally.duplicates == 0  # the positions kept them apart, not the inbox


# -- without a broker --------------------------------------------------------------------------------------------------------------


async def test_while_the_broker_is_away_commands_are_taken_and_what_they_say_is_sent_when_it_is_back(
    bench: Bench, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    starts = await ends_of(house, EVENTS)
    process = process_of(bench, monkeypatch)
    await process.start()

    async def ready() -> bool:
        return process.runtime.ready()

    try:
        person = bench.ids.new()
        record = bench.asked(topic=ORG, person_id=person)
        await publish(house, [record])
        await until(lambda: all_open(bench, [record]))
        await until(lambda: all_sent(bench))
        await until(ready)
        house.kill("kafka")
        try:
            done = await bench.command(To("case", bench.case(record), case.Consent(person, bench.clock.domain())), by=person, engine=process.engine)
            assert "Consented" in done.events
            assert not await all_sent(bench)
        finally:
            house.start("kafka")
        await until(lambda: all_sent(bench))
        after = bench.asked(topic=ORG)
        await publish(house, [after])
        await until(lambda: all_open(bench, [after]))
        await until(lambda: all_sent(bench))
        await until(ready)
        assert not process.failed.is_set()
    finally:
        await process.stop()
    await opened_once(bench, [record, after])
    await sent_in_order(bench, starts)


# -- put back from a copy ----------------------------------------------------------------------------------------------------------


async def test_a_copy_of_the_database_reads_on_from_where_the_copy_stands(bench: Bench, house: House) -> None:
    records = [bench.asked(topic=ORG) for _ in range(10)]
    await bench.feed(*records[:6])
    stands = await bench.store.positions({(ORG, 0): 0})
    await bench.store.close()
    admin = await asyncpg.connect(house.superuser_url())
    copy = f"{bench.database}_copy"

    async def copied() -> bool:
        try:
            await admin.execute(f"CREATE DATABASE {copy} TEMPLATE {bench.database}")
        except asyncpg.ObjectInUseError:  # the closed sessions are still ending
            return False
        return True

    await until(copied)
    bench.store = await open_store(bench.url, None, "test")
    bench.usual = bench.engine()
    await bench.feed(*records[6:])  # the original went on
    original, bench.store = bench.store, await open_store(house.superuser_url(copy), None, "test")
    try:
        engine = bench.engine()
        assert await bench.store.positions({(ORG, 0): 0}) == stands == {(ORG, 0): 6}
        with pytest.raises(NotOurs):  # who still stands where the original stood is sent back to where the copy stands
            await engine.batch([bench.asked(topic=ORG)], {(ORG, 0): 10})
        await bench.feed(*records[6:], engine=engine)
        assert engine.tally.duplicates == 0
        await opened_once(bench, records)
        assert await bench.value("SELECT next FROM position WHERE topic = $1", ORG) == 10
    finally:
        await bench.store.close()
        bench.store = original
        await admin.execute(f"DROP DATABASE {copy} WITH (FORCE)")
        await admin.close()


async def test_a_service_on_a_copy_takes_from_a_broker_that_was_kept_what_the_copy_lacks(bench: Bench, house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = [bench.asked(topic=ORG, part=n % 3) for n in range(60)], [bench.asked(topic=ORG, part=n % 3) for n in range(60)]
    starts = await ends_of(house, ORG)
    await publish(house, [*first, *second])
    lying = [record_of(raw) for raw in await since(house, ORG, starts)]
    wanted = {bench.case(record) for record in first}
    await bench.store.positions({(tp.topic, tp.partition): start for tp, start in starts.items()})
    for tp in starts:
        mine = [r for r in lying if r.part == tp.partition and bench.case(r) in wanted]
        await bench.feed(*mine)
    assert await all_open(bench, first)
    committed = process_of(bench, monkeypatch)  # the group's own commits on the broker are those of other tests, far from here
    await committed.start()
    try:
        await until(lambda: all_open(bench, second))
        await until(lambda: all_sent(bench))
    finally:
        await committed.stop()
    await opened_once(bench, [*first, *second])
    assert committed.engine.tally.duplicates == 0
