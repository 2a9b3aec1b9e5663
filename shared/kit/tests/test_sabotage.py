"""What once broke a promise of the engine, tried on a real PostgreSQL: each test fails without its remedy."""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import signal
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from itertools import count
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import asyncpg
import psutil
import pytest
from aiokafka import TopicPartition
from aiokafka.errors import KafkaConnectionError
from faststream.kafka import KafkaBroker

from cg_cli.servers import House
from cg_contracts.accounts import source_of
from cg_contracts.org import PersonRegisteredV1
from cg_kit.clock import RisingIds, SystemClock
from cg_kit.engine import Engine, Halted
from cg_kit.migrate import migrate
from cg_kit.postgres import GENERATION, PostgresStore, open_store
from cg_kit.pure.words import On, Refused, To
from cg_kit.reader import Reader
from cg_kit.relay import KafkaSender
from cg_kit.seam import Record, Step
from cg_kit.serve import Process, Runtime, again_and_again
from cg_kit.service import Aggregate, Service
from cg_kit.telemetry import Tracing
from cg_kit.vault import Vault

from . import toy

TOPIC = "cg.org.intake.hr"
PLACE = (TOPIC, 0)
NUMBERS = count(1)
UNSTORABLE = datetime(9999, 12, 31, 23, tzinfo=timezone(timedelta(hours=-12)))
"""An instant that is no date in UTC any more: a timer at it cannot be written."""


class Works:
    """An engine with the toy's jars; what a record asks for is looked up in `asks`, by its person."""

    def __init__(self, store: PostgresStore, clock: SystemClock) -> None:
        self.store, self.clock, self.ids = store, clock, RisingIds()
        self.asks: dict[UUID, list[To]] = {}
        self.offset = 0
        self.domain = SimpleNamespace(**vars(toy.jar))
        self.tracing = Tracing("toy", "toy-0", None, 0.0)

    def engine(self) -> Engine:
        def react(message: PersonRegisteredV1, cause: Any) -> list[To]:
            return self.asks[message.person_id]

        service = Service("org", (Aggregate("jar", self.domain, lambda id_, event, state: ()),), accepts=(On(PersonRegisteredV1, react),))
        return Engine(service, self.store, self.clock, self.ids, self.tracing, Vault(secrets.token_bytes(32)))

    def record(self, *tos: To, headers: tuple[tuple[str, bytes], ...] = (), person: UUID | None = None) -> Record:
        """A request of the account hr that asks for this."""
        person = person or self.ids.new()
        self.asks[person] = list(tos)
        value = json.dumps({"person_id": str(person), "names": {"given": "Anna", "family": "Peeters"}, "language": "nl"}).encode()
        ce = {"specversion": "1.0", "id": str(self.ids.new()), "source": source_of("hr"), "type": PersonRegisteredV1.about.type}
        made = tuple((f"ce_{name}", text.encode()) for name, text in ce.items())
        self.offset += 1
        return Record(TOPIC, 0, self.offset - 1, None, value, (*made, ("content-type", b"application/json"), *headers), self.clock.real())

    async def batch(self, engine: Engine, *records: Record) -> None:
        await self.store.positions({PLACE: 0})
        await engine.batch(records, {PLACE: records[0].offset})

    async def all(self, sql: str) -> list[Any]:
        return [row[0] for row in await self.store.pool.fetch(sql)]

    async def again(self, engine: Engine) -> None:
        """Tries what is parked as if its pause were over."""
        await self.store.pool.execute("UPDATE parked SET next_try_at = now() - interval '1 minute' WHERE state = 'waiting'")
        await engine.retry()

    def jar(self) -> UUID:
        return self.ids.new()


@pytest.fixture(scope="module")
async def template(house: House) -> str:
    admin = await asyncpg.connect(house.superuser_url())
    await admin.execute("CREATE DATABASE sabotage")
    await admin.close()
    await migrate(house.superuser_url("sabotage"), "cg_contracts", "postgres")
    owner = await asyncpg.connect(house.superuser_url("sabotage"))
    async with owner.transaction():
        await owner.execute("SELECT set_config('cg.runtime', 'postgres', true)")
        await owner.execute("SELECT keeps('jar')")
    await owner.close()
    return "sabotage"


@pytest.fixture
async def works(house: House, template: str) -> AsyncIterator[Works]:
    name = f"sabotage_{next(NUMBERS)}"
    admin = await asyncpg.connect(house.superuser_url())
    await admin.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
    store = await open_store(house.superuser_url(name), None, "sabotage", size=4)
    yield Works(store, SystemClock())
    await store.close()
    await admin.execute(f"DROP DATABASE {name} WITH (FORCE)")
    await admin.close()


def reader_of(works: Works, engine: Engine) -> Reader:
    return Reader(engine, works.store, works.clock, KafkaBroker("localhost:1"), [PLACE], works.tracing)


class Consumer:
    """As much of a consumer as the reader asks for; `at` is where it stands."""

    def __init__(self, records: list[Record]) -> None:
        self.records, self.at, self.parts = records, 0, [TopicPartition(TOPIC, 0)]
        self.fetches = 0

    def pause(self, *parts: TopicPartition) -> None:
        pass

    def resume(self, *parts: TopicPartition) -> None:
        pass

    async def beginning_offsets(self, parts: list[TopicPartition]) -> dict[TopicPartition, int]:
        return dict.fromkeys(parts, 0)

    async def end_offsets(self, parts: list[TopicPartition]) -> dict[TopicPartition, int]:
        return dict.fromkeys(parts, len(self.records))

    def seek(self, part: TopicPartition, at: int) -> None:
        self.at = at

    async def getmany(self, **_: Any) -> dict[TopicPartition, list[Any]]:
        await asyncio.sleep(0.01)
        self.fetches += 1
        if self.fetches == 2:
            raise KafkaConnectionError("the coordinator went away")
        found = [r for r in self.records if r.offset >= self.at]
        self.at = len(self.records)
        return {
            self.parts[0]: [SimpleNamespace(**{**r._asdict(), "partition": r.part, "timestamp": r.at.timestamp() * 1000, "headers": r.headers}) for r in found]
        }


# -- records of strangers ------------------------------------------------------------------------------------------------


async def test_a_trace_context_that_is_no_text_does_not_end_the_reader(works: Works) -> None:
    engine = works.engine()
    reader = reader_of(works, engine)
    await works.store.positions({PLACE: 0})
    reader.stands[PLACE] = 0
    record = works.record(To("jar", works.jar(), toy.Open()), headers=(("ce_traceparent", b"\xff" * 52 + b"-01"),))
    await reader._take([engine.prepare(record)], reader._era)
    assert reader.stands[PLACE] == 1
    assert await works.all("SELECT rule FROM rejected") == ["header-encoding"]


async def test_what_a_later_trace_context_says_besides_is_not_kept(works: Works) -> None:
    engine = works.engine()
    tail = b"85.07.30-033.28"
    trace = b"01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    await works.batch(engine, works.record(To("jar", works.jar(), toy.Open()), headers=(("traceparent", trace + b"-" + tail),)))
    kept = await works.all("SELECT headers::text || body::text FROM journal")
    assert kept
    assert not any(tail.decode() in text for text in kept)


# -- one aggregate, one key ------------------------------------------------------------------------------------------------


async def test_an_aggregate_that_cannot_be_read_stops_its_own_records_only(works: Works) -> None:
    engine = works.engine()
    bad, good = works.jar(), works.jar()
    await works.batch(engine, works.record(To("jar", bad, toy.Open())), works.record(To("jar", good, toy.Open())))
    await works.store.pool.execute('UPDATE jar_state SET state = \'{"coins": "many"}\' WHERE id = $1', bad)
    await works.batch(engine, works.record(To("jar", bad, toy.Put(1))), works.record(To("jar", good, toy.Put(1))))
    assert await works.all("SELECT rule FROM parked WHERE state = 'waiting'") == ["code-raised"]
    assert await works.all(f"SELECT state ->> 'coins' FROM jar_state WHERE id = '{good}'") == ["1"]
    await works.store.pool.execute('UPDATE jar_state SET state = \'{"open": true, "coins": 0, "owner": null, "count_at": null}\' WHERE id = $1', bad)
    await works.again(engine)
    assert await works.all(f"SELECT state ->> 'coins' FROM jar_state WHERE id = '{bad}'") == ["1"]


async def test_a_deadline_of_an_aggregate_that_cannot_be_read_stops_no_other(works: Works) -> None:
    engine = works.engine()
    bad, good, past = works.jar(), works.jar(), datetime(2026, 1, 1, tzinfo=UTC)
    await works.batch(engine, works.record(To("jar", bad, toy.Open(None, past))), works.record(To("jar", good, toy.Open(None, past))))
    await works.store.pool.execute('UPDATE jar_state SET state = \'{"coins": "many"}\' WHERE id = $1', bad)
    await engine.fire(works.clock.domain())
    assert await works.all("SELECT aggregate FROM journal WHERE type = 'Counted'") == [good]
    assert await works.all("SELECT origin FROM parked WHERE state = 'waiting'") == ["timer"]


async def test_a_refusal_that_cannot_be_told_parks_its_record(works: Works) -> None:
    works.domain.decide = _refusing_badly
    engine = works.engine()
    jar = works.jar()
    await works.batch(engine, works.record(To("jar", jar, toy.Open())), works.record(To("jar", jar, toy.Put(3))), works.record(To("jar", jar, toy.Put(1))))
    assert await works.all("SELECT rule FROM parked WHERE state = 'waiting'") == ["code-raised"]
    assert await works.all("SELECT state ->> 'coins' FROM jar_state") == ["1"]
    assert await works.all("SELECT step FROM journal WHERE step = 'refused'") == []


def _refusing_badly(jar: toy.Jar, command: Any) -> Any:
    return Refused("no rule has such a name") if command == toy.Put(3) else toy.decide(jar, command)


# -- what is parked --------------------------------------------------------------------------------------------------------


async def test_what_a_person_made_unreadable_fails_alone(works: Works) -> None:
    failing = [True]
    works.domain.decide = lambda jar, command: 1 / 0 if failing and isinstance(command, toy.Due) else toy.decide(jar, command)
    engine = works.engine()
    await works.batch(engine, works.record(To("jar", works.jar(), toy.Open(None, datetime(2026, 1, 1, tzinfo=UTC)))))
    await engine.fire(works.clock.domain())
    [parked] = await works.all("SELECT id FROM parked WHERE origin = 'timer'")
    await engine.operate(parked, "edit", '{"person_id": "p"}', "why", b"{}", "{}")
    await works.again(engine)
    assert await works.all("SELECT rule FROM parked WHERE state = 'waiting'") == ["code-raised"]


async def test_a_parked_deadline_does_not_outlive_its_reason(works: Works) -> None:
    failing = [True]
    works.domain.decide = lambda jar, command: 1 / 0 if failing and isinstance(command, toy.Due) else toy.decide(jar, command)
    works.domain.due = lambda jar: toy.due(jar) if jar.coins == 0 else set()
    engine = works.engine()
    met, unmet, past = works.jar(), works.jar(), datetime(2026, 1, 1, tzinfo=UTC)
    await works.batch(engine, *(works.record(To("jar", jar, toy.Open(None, past))) for jar in (met, unmet)))
    await engine.fire(works.clock.domain())
    await works.batch(engine, works.record(To("jar", met, toy.Put(1))))
    failing.clear()
    await works.again(engine)
    assert await works.all("SELECT state FROM parked") == ["applied", "applied"]
    assert await works.all("SELECT aggregate FROM journal WHERE type = 'Counted'") == [unmet]
    [deadline] = await works.all("SELECT id::text FROM journal WHERE step = 'deadline'")
    assert await works.all("SELECT cause FROM journal WHERE type = 'Counted'") == [deadline]


async def test_the_breaker_knows_one_fault_by_its_place_whatever_value_it_names(works: Works) -> None:
    works.domain.decide = _naming_values
    engine = works.engine()
    with pytest.raises(Halted):
        await works.batch(engine, *(works.record(To("jar", works.jar(), toy.Put(n))) for n in range(30)))
    assert len(engine._failures) == 1


def _naming_values(jar: toy.Jar, command: toy.Put) -> Any:
    raise KeyError(command.coins)


async def test_a_part_that_the_breaker_stops_does_not_end_the_process(works: Works) -> None:
    engine = works.engine()
    process = object.__new__(Process)
    process.failed = asyncio.Event()
    process.runtime = runtime = Runtime(engine, SimpleNamespace())  # type: ignore[arg-type]

    async def work() -> int:
        raise Halted("a bad deploy", [("jar", 0)])

    process.run("follower", again_and_again("follower", work, None, 0.1, runtime))
    await asyncio.wait(runtime.tasks.values())
    await asyncio.sleep(0)
    assert not process.failed.is_set()
    assert "follower stopped: a bad deploy" in runtime.why()


# -- the vault -------------------------------------------------------------------------------------------------------------


async def test_personal_data_is_kept_of_what_is_applied_after_its_batch_was_halved(works: Works) -> None:
    engine = works.engine()
    jar, other = works.jar(), works.jar()
    await works.batch(engine, works.record(To("jar", jar, toy.Open())))
    await works.store.pool.execute("DELETE FROM vault")
    # Together the second is refused, because the first fills the jar; the first cannot be stored, so the second is applied after all.
    fills = works.record(To("jar", jar, toy.Put(10)), To("jar", other, toy.Open(None, UNSTORABLE)))
    person = works.ids.new()
    await works.batch(engine, fills, works.record(To("jar", jar, toy.Put(1)), person=person))
    assert await works.all("SELECT rule FROM parked") == ["data-unstorable"]
    assert await works.all(f"SELECT state ->> 'coins' FROM jar_state WHERE id = '{jar}'") == ["1"]
    assert await works.all(f"SELECT about FROM vault WHERE about = '{person}'") == [str(person)]


async def test_personal_data_of_a_parked_request_is_sealed_as_it_is_applied_or_not_at_all(works: Works) -> None:
    failing = [True]
    works.domain.decide = lambda jar, command: 1 / 0 if failing else toy.decide(jar, command)
    engine = works.engine()
    jar = works.jar()
    opens, refused = works.record(To("jar", jar, toy.Open())), works.record(To("jar", works.jar(), toy.Put(1)))
    await works.batch(engine, opens, refused)
    first, _ = await works.all("SELECT id FROM parked ORDER BY id")
    assert opens.value is not None
    await engine.operate(first, "edit", '{"person_id": "p"}', "why", opens.value.replace(b"Anna", b"Anne"), "{}")
    failing.clear()
    await works.again(engine)
    assert await works.all("SELECT state FROM parked") == ["applied", "applied"]
    [entry] = await works.store.pool.fetch("SELECT ref, sealed, about, wrapped FROM vault LEFT JOIN vault_key USING (about)")
    assert b"Anne" in engine.vault.open(*entry)


# -- places ----------------------------------------------------------------------------------------------------------------


async def test_a_batch_that_commits_after_its_partition_was_assigned_anew_is_not_taken_twice(works: Works) -> None:
    engine = works.engine()
    nonsense = [replace_value(works.record(), b"no json") for _ in range(3)]
    reader = reader_of(works, engine)
    consumer = Consumer(nonsense)
    reader.subscriber.consumer = consumer  # type: ignore[assignment]
    await reader.own([PLACE])
    take, times = engine.take, count()

    async def slow(arrivals: Any, starts: Any) -> Any:
        if next(times) == 0:
            await reader.own([])
            await reader.own([PLACE])
            async with asyncio.timeout(10):
                while reader.stands.get(PLACE) != 0:  # noqa: ASYNC110  (found again, where it stood before this batch)
                    await asyncio.sleep(0.01)
        return await take(arrivals, starts)

    engine.take = slow  # type: ignore[method-assign]
    running = asyncio.create_task(reader.run())
    async with asyncio.timeout(10):
        while reader.stands.get(PLACE) != 3:  # noqa: ASYNC110  (read to the end, also what was fetched meanwhile)
            await asyncio.sleep(0.01)
    reader.stopping = True
    await running
    assert await works.all('SELECT "offset" FROM rejected ORDER BY id') == [0, 1, 2]
    assert await works.all("SELECT next FROM position") == [3]


def replace_value(record: Record, value: bytes) -> Record:
    return record._replace(value=value)


async def test_a_partition_that_comes_while_deadlines_wait_is_not_taken_for_read(works: Works) -> None:
    engine = works.engine()
    reader = reader_of(works, engine)
    consumer = Consumer([works.record()])
    reader.subscriber.consumer = consumer  # type: ignore[assignment]
    await works.store.positions({PLACE: 0, (TOPIC, 1): 0})
    reader.stands[PLACE] = 0

    async def meanwhile() -> None:
        await asyncio.sleep(0.05)
        consumer.parts.append(TopicPartition(TOPIC, 1))
        reader.stands[TOPIC, 1] = 0
        reader.stands[PLACE] = 1
        reader.moved.set()

    await asyncio.gather(reader.fire(works.clock.domain()), meanwhile())
    assert await works.all("SELECT part FROM position WHERE caught_up_at IS NOT NULL") == [0]


async def test_two_replicas_that_keep_house_at_once_begin_one_generation(works: Works) -> None:
    await works.store.pool.execute("UPDATE generation SET since = since - $1::interval * 2", GENERATION)
    async with works.store.pool.acquire() as connection, connection.transaction():
        await connection.execute("SELECT pg_advisory_xact_lock_shared(hashtextextended('cg.inbox', 0))")
        keeping = [asyncio.create_task(works.store.keep_house(works.clock.real())) for _ in range(2)]
        await asyncio.sleep(0.3)
    await asyncio.gather(*keeping)
    assert await works.all("SELECT gen FROM generation") == [2]


async def test_a_producer_that_was_given_up_leaves_nothing_behind(house: House) -> None:
    house.create_topics({"sabotage.given.up": 1})
    sender = KafkaSender(house.aiokafka_config(), Tracing("toy", "toy-0", None, 0.0))
    made = [Step("message", RisingIds().new(), datetime.now(UTC), "t", None, None, None, "sabotage.given.up", "k", "{}", "{}", None, "c", "s", 1)]
    before = asyncio.all_tasks()
    await sender.send(made)
    broker = house.pid("kafka")
    try:
        stop(broker)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(sender.send(made), 1)
    finally:
        os.kill(broker, signal.SIGCONT)
        await sender.drop()
    assert asyncio.all_tasks() == before


def stop(pid: int) -> None:
    """Stops a process, and waits until each of its threads has stopped: the signal reaches them one after the other."""
    os.kill(pid, signal.SIGSTOP)
    while any(psutil.Process(thread.id).status() != psutil.STATUS_STOPPED for thread in psutil.Process(pid).threads()):
        time.sleep(0.01)


async def test_what_one_of_ours_said_twice_under_one_id_waits_for_a_person(works: Works) -> None:
    engine = works.engine()
    arrival = engine.prepare(works.record())
    arrival.rule, arrival.reason = "id-reused", "the same id came before with other content"
    row = engine._park(arrival)
    assert engine._revived(row)[3][0] == "id-reused"
    assert engine._revived(replace(row, edited=arrival.record.value))[3] == ("", "")


async def test_what_commands_more_aggregates_than_can_be_locked_is_parked_with_the_reason(works: Works, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cg_kit.engine.MOST_TARGETS", 3)
    engine = works.engine()
    many = works.record(*(To("jar", works.jar(), toy.Open()) for _ in range(4)))
    await works.batch(engine, many, works.record(*(To("jar", works.jar(), toy.Open()) for _ in range(3))))
    assert await works.all("SELECT rule FROM parked") == ["too-many-targets"]
    assert "commands 4 aggregates at once and 3 is the most" in (await works.all("SELECT reason FROM parked"))[0]
    assert len(await works.all("SELECT id FROM jar_state")) == 3
    await works.again(engine)
    assert await works.all("SELECT rule FROM parked WHERE state = 'waiting'") == ["too-many-targets"]
    monkeypatch.setattr("cg_kit.engine.MOST_TARGETS", 4)  # a mended build
    await works.again(engine)
    assert len(await works.all("SELECT id FROM jar_state")) == 7


async def test_as_many_aggregates_as_may_be_commanded_at_once_can_be_locked(works: Works) -> None:
    engine = works.engine()
    await works.batch(engine, works.record(*(To("jar", works.jar(), toy.Open()) for _ in range(5000))))
    assert await works.all("SELECT count(*) FROM jar_state") == [5000]
    assert await works.all("SELECT rule FROM parked") == []
