"""What deadlines promise: equal to what the state says, once for ever, never early, never before the backlog; and the journal's order beside it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka import TopicPartition
from faststream.kafka import KafkaBroker

from cg_cli.servers import House
from cg_contracts.org import AssignmentEndedV1
from cg_contracts.screening import ConsentGivenV1, Outcome
from cg_kit.engine import Engine
from cg_kit.pure import Deadline, Due, To, on
from cg_kit.reader import Reader
from cg_kit.service import Service
from services.screening.domain import case

from .running import FACTS, HR, ORG, Bench, Wrapped, running, variant, with_domain

DAY = timedelta(days=1)


@pytest.fixture
async def bench(house: House) -> AsyncIterator[Bench]:
    async with running(house) as made:
        yield made


def reader_of(bench: Bench, engine: Engine, ends: dict[tuple[str, int], int]) -> tuple[Reader, asyncio.Event]:
    """A reader whose broker holds this much, and what tells that it has asked."""
    asked = asyncio.Event()

    async def end_offsets(parts: list[TopicPartition]) -> dict[TopicPartition, int]:
        asked.set()
        return {tp: ends[tp.topic, tp.partition] for tp in parts}

    reader = Reader(engine, bench.store, bench.clock, KafkaBroker("localhost:1"), sorted(ends), bench.tracing)
    reader.subscriber = SimpleNamespace(consumer=SimpleNamespace(end_offsets=end_offsets))  # type: ignore[assignment]
    return reader, asked


async def fired(bench: Bench, engine: Engine, upto: datetime) -> int:
    """Fires all that is due."""
    taken = 0
    while some := await engine.fire(upto):
        taken += some
    return taken


# -- equal to what the state says ----------------------------------------------------------------------------------------------


async def test_after_each_change_the_open_timers_are_what_the_state_says(bench: Bench) -> None:
    officer, decider, person = bench.ids.new(), bench.ids.new(), bench.ids.new()
    record = bench.asked(topic=ORG, person_id=person)
    await bench.feed(record)
    id_ = bench.case(record)
    seen: list[frozenset[str]] = []

    async def compare() -> None:
        state = await bench.state("case", id_)
        assert await bench.deadlines("case", id_) == {(one.name, one.at) for one in case.due(state)}
        seen.append(frozenset(one.name for one in case.due(state)))

    now = bench.clock.domain()
    await compare()
    for command in (
        case.Consent(person, now),
        case.Designate((officer, decider), bench.ids.new(), now),
        case.EnterPerson(bench.ids.new(), False, officer, now),
    ):
        await bench.command(To("case", id_, command))
        await compare()
    checks = (await bench.state("case", id_)).checks
    assert len(checks) > 2
    for check in checks:
        await bench.command(To("case", id_, case.AnswerCheck(check.source, case.Result.NOTHING_FOUND, None, officer, now)))
        await compare()
    await bench.command(To("case", id_, case.Assess(Outcome.POSITIVE, None, officer, now)))
    await compare()
    await bench.command(To("case", id_, case.Decide(Outcome.POSITIVE, None, None, decider, now)))
    await compare()
    assert len(set(seen)) > 5
    assert seen[-1] == {"expiry"}


async def test_a_deadline_that_is_met_does_not_fire(bench: Bench) -> None:
    person = bench.ids.new()
    record = bench.asked(topic=ORG, person_id=person)
    await bench.feed(record)
    await bench.command(To("case", bench.case(record), case.RefuseConsent(person, bench.clock.domain())))
    assert await fired(bench, bench.usual, bench.clock.domain() + 400 * DAY) == 0
    assert "DecisionOverdue" not in await bench.events(bench.case(record))


# -- once for ever, and never early ----------------------------------------------------------------------------------------------


async def test_a_deadline_fires_at_its_instant_and_not_before_and_carries_it(bench: Bench) -> None:
    record = bench.asked(topic=ORG)
    await bench.feed(record)
    ((_, at),) = await bench.deadlines("case", bench.case(record))
    assert await bench.usual.fire(at - timedelta(microseconds=1)) == 0
    assert await bench.usual.fire(at + 3 * DAY) == 1
    (row,) = await bench.rows("SELECT body FROM journal WHERE type = 'DecisionOverdue'")
    assert datetime.fromisoformat(json.loads(row[0])["at"]) == at


async def test_a_deadline_fires_once_for_ever_also_after_the_clock_goes_back(bench: Bench) -> None:
    at = bench.clock.domain() + DAY

    def due(state: case.Case) -> set[Deadline]:  # says the same deadline again and again, but not while suspended
        return set() if state.status is case.Status.NEW or len(state.officers) % 2 else {Deadline("again", at)}

    def decide(state: case.Case, command: Any) -> Any:
        return [case.NeedEnded(command.at)] if isinstance(command, Due) else case.decide(state, command)

    engine = bench.engine(with_domain("case", due=due, decide=decide))
    record = bench.asked(topic=ORG)
    await bench.feed(record, engine=engine)
    id_ = bench.case(record)
    for upto in (at, at + DAY, at - DAY, at, at + 400 * DAY):
        await fired(bench, engine, upto)
    assert (await bench.events(id_)).count("NeedEnded") == 1
    for upto in (at - DAY, at + DAY, at - DAY, at + 2 * DAY):
        await bench.command(To("case", id_, case.Designate((bench.ids.new(),), bench.ids.new(), at)), engine=engine)
        await fired(bench, engine, upto)
    assert (await bench.events(id_)).count("NeedEnded") == 1


async def test_two_that_fire_at_once_fire_each_deadline_once(bench: Bench) -> None:
    records = [bench.asked(topic=ORG) for _ in range(40)]
    await bench.feed(*records)
    upto = bench.clock.domain() + 400 * DAY
    await asyncio.gather(*(fired(bench, bench.engine(), upto - n * DAY) for n in range(3)))
    overdue = await bench.rows("SELECT aggregate, count(*) FROM journal WHERE type = 'DecisionOverdue' GROUP BY 1")
    assert [row[1] for row in overdue] == [1] * 40


async def test_domain_time_only_goes_forward(bench: Bench) -> None:
    real = bench.clock.real()
    assert bench.clock.move(DAY)
    assert not bench.clock.move(DAY)
    assert not bench.clock.move(DAY / 2)
    assert not bench.clock.move(-DAY)
    assert bench.clock.domain(real) == real + DAY
    assert bench.clock.move(2 * DAY)
    assert bench.clock.domain(real) == real + 2 * DAY


# -- not before the backlog ------------------------------------------------------------------------------------------------------


async def test_what_lies_in_the_backlog_is_taken_before_the_deadline_that_it_meets(bench: Bench) -> None:
    person = bench.ids.new()
    record = bench.asked(topic=ORG, person_id=person)

    def refuse(fact: AssignmentEndedV1, cause: Any) -> Any:
        yield To("case", bench.case(record), case.RefuseConsent(person, cause.at))

    engine = bench.engine(variant(hears=(on(AssignmentEndedV1, refuse),)))
    await bench.feed(record, engine=engine)
    await bench.store.positions({(FACTS, 0): 0})
    reader, asked = reader_of(bench, engine, {(FACTS, 0): 1})
    reader.stands = {(FACTS, 0): 0}
    bench.clock.move(400 * DAY)
    firing = asyncio.create_task(reader.fire(bench.clock.domain()))
    await asked.wait()
    assert await bench.value("SELECT count(*) FROM timer WHERE fired_at IS NOT NULL") == 0
    await bench.feed(bench.ended(), engine=engine)
    reader.stands = {(FACTS, 0): 1}
    reader.moved.set()
    await firing
    assert (await bench.events(bench.case(record)))[-1] == "ConsentRefused"
    assert await bench.value("SELECT count(*) FROM journal WHERE step = 'deadline'") == 0


async def test_nothing_fires_past_what_another_reader_has_read(bench: Bench) -> None:
    record = bench.asked(topic=ORG)
    await bench.feed(record)
    ((_, at),) = await bench.deadlines("case", bench.case(record))
    other = (HR, 1)
    await bench.store.positions({other: 0})
    reader, _ = reader_of(bench, bench.usual, {(ORG, 0): 1, other: 7})
    reader.stands = {(ORG, 0): 1}
    bench.clock.move(400 * DAY)
    now = bench.clock.domain()
    await reader.fire(now)  # nobody has ever read the other one
    assert await bench.events(bench.case(record)) == ["Opened"]
    await bench.store.caught_up([other], at - timedelta(seconds=1))
    await reader.fire(now)  # it is behind
    assert await bench.events(bench.case(record)) == ["Opened"]
    await bench.store.caught_up([other], at)
    await reader.fire(now)
    assert await bench.events(bench.case(record)) == ["Opened", "DecisionOverdue"]


# -- the journal, with two engines at once ---------------------------------------------------------------------------------------


def telling(service: Service) -> Service:
    """The same service, which tells of each designation."""

    def tell(id_: Any, event: Any, state: Any) -> Any:
        if isinstance(event, case.OfficersDesignated):
            yield ConsentGivenV1(case_id=id_, at=event.at)

    return replace(service, keeps=tuple(replace(one, tell=tell) if one.kind == "case" else one for one in service.keeps))


async def test_who_takes_its_id_first_and_its_aggregate_second_is_second_in_the_journal(bench: Bench) -> None:
    opening = bench.asked(topic=ORG)
    await bench.feed(opening)
    id_ = bench.case(opening)

    def designate(fact: AssignmentEndedV1, cause: Any) -> Any:
        yield To("case", id_, case.Designate((fact.assignment_id,), fact.person_id, cause.at))

    service = telling(variant(hears=(on(AssignmentEndedV1, designate),)))
    taken, go_on = asyncio.Event(), asyncio.Event()

    def spoil(tx: Any) -> None:
        take = tx.take

        async def slow(letters: Any) -> Any:
            known = await take(letters)
            taken.set()
            await go_on.wait()
            return known

        tx.take = slow

    early, late = bench.ended(part=0), bench.ended(part=1)
    first = asyncio.create_task(bench.feed(early, engine=bench.engine(service, store=Wrapped(bench.store, spoil))))
    await taken.wait()
    await bench.feed(late, engine=bench.engine(service))
    go_on.set()
    await first
    rows = await bench.rows("SELECT version, cause, xmin::text::bigint AS began FROM journal WHERE type = 'OfficersDesignated' ORDER BY seq")
    assert [row["version"] for row in rows] == [2, 3]
    assert [row["cause"] for row in rows] == [(dict(record.headers)["ce_id"] or b"").decode() for record in (late, early)]
    assert rows[0]["began"] > rows[1]["began"]  # by the numbers of their transactions the order would be wrong
    told = await bench.rows("SELECT headers FROM journal WHERE topic = 'cg.screening.events' ORDER BY seq")
    assert [json.loads(row[0])["sequence"] for row in told] == ["1", "2", "3"]


async def test_versions_and_sequences_have_no_gap_and_stand_in_order_though_two_engines_write_the_same_aggregates(bench: Bench) -> None:
    opening = [bench.asked(topic=ORG) for _ in range(3)]
    await bench.feed(*opening)
    cases = [bench.case(record) for record in opening]

    def designate(fact: AssignmentEndedV1, cause: Any) -> Any:
        for id_ in cases:
            yield To("case", id_, case.Designate((fact.assignment_id,), fact.person_id, cause.at))

    service = telling(variant(hears=(on(AssignmentEndedV1, designate),)))

    async def one(part: int) -> None:
        engine = bench.engine(service)
        for _ in range(10):
            await bench.feed(*[bench.ended(part=part) for _ in range(7)], engine=engine)

    await asyncio.gather(one(0), one(1))
    total = 2 * 10 * 7
    for id_ in cases:
        versions = [row[0] for row in await bench.rows("SELECT version FROM journal WHERE aggregate = $1 AND step = 'event' ORDER BY seq", id_)]
        assert versions == list(range(1, total + 2))
        told = await bench.rows("SELECT headers FROM journal WHERE topic = 'cg.screening.events' AND key = $1 ORDER BY seq", str(id_))
        assert [int(json.loads(row[0])["sequence"]) for row in told] == list(range(1, total + 2))
        assert len((await bench.state("case", id_)).officers) == total
    numbers = [row[0] for row in await bench.rows("SELECT seq FROM journal ORDER BY seq")]
    assert numbers == list(range(1, len(numbers) + 1))
