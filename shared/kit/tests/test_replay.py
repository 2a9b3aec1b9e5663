"""What is read again has its effect once, in order, on record, and goes on where it stood; the real engine on a real PostgreSQL, the last on a real broker."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from cg_cli.servers import House
from cg_contracts.org import AssignmentEndedV1
from cg_contracts.screening import PersonData, ScreeningRequestedV1
from cg_kit.engine import Engine, Halted
from cg_kit.postgres import GENERATION, ask_replay, replays
from cg_kit.pure import named
from cg_kit.pure.words import Actor
from cg_kit.replay import COUNTED, Replayer, Replays
from cg_kit.seam import NotOurs, Record, Replay
from cg_kit.service import places_of
from cg_kit.vault import DESTROYED

from .running import HR, ORG, Bench, raising, running, variant
from .test_engine_process import all_open, ends_of, opened_once, process_of, publish, until

ACTOR = '{"person_id": "p", "roles": ["operator"]}'


@pytest.fixture
async def bench(house: House) -> AsyncIterator[Bench]:
    async with running(house) as made:
        yield made


class Job:
    """A replay of given records of one partition, as if they lay on the topic."""

    def __init__(self, bench: Bench, records: Sequence[Record], engine: Engine | None = None, **more: Any) -> None:
        self.bench, self.records = bench, list(records)
        self.replayer = Replayer(engine or bench.usual)
        first = records[0]
        self.replay = Replay(bench.ids.new(), bench.clock.real(), ACTOR, "tested", first.topic, first.part, from_offset=first.offset, **more)
        self.start, self.until = first.offset, records[-1].offset + 1

    async def begin(self) -> Job:
        await ask_replay(self.bench.store.pool, self.replay)
        await self.bench.store.begin_replay(self.replay.id, {self.records[0].part: (self.start, self.until)})
        return self

    async def take(self, start: int | None = None) -> dict[str, int]:
        await self.replayer.take(self.replay, self.records[0].part, self.start if start is None else start, self.until, self.records)
        return await self.counts()

    async def counts(self) -> dict[str, int]:
        ((_, (place,)),) = await replays(self.bench.store.pool, id_=self.replay.id)
        assert set(place.counts) <= set(COUNTED)
        return {name: n for name, n in place.counts.items() if n}


async def replayed(bench: Bench, records: Sequence[Record], engine: Engine | None = None, **more: Any) -> dict[str, int]:
    """What became of them."""
    return await (await Job(bench, records, engine, **more).begin()).take()


# -- effects once --------------------------------------------------------------------------------------------------------------


async def test_what_had_its_effect_has_none_again(bench: Bench) -> None:
    asked, refused = [bench.asked() for _ in range(5)], bench.asked()
    refused = refused._replace(value=(refused.value or b"").replace(b'"recruitment"', b'"advice"'))  # hr may not ask that
    fact = bench.ended()
    await bench.feed(*asked, refused)
    await bench.feed(fact)
    before = await bench.value("SELECT max(seq) FROM journal"), await bench.value("SELECT count(*) FROM rejected")
    stands = await bench.rows("SELECT topic, part, next FROM position ORDER BY 1, 2")
    assert await replayed(bench, [*asked, refused]) == {"read": 6, "taken": 5, "turned_away": 1}
    assert await replayed(bench, [fact]) == {"read": 1, "taken": 1}
    assert (await bench.value("SELECT max(seq) FROM journal"), await bench.value("SELECT count(*) FROM rejected")) == before  # nobody is told again
    assert await bench.rows("SELECT topic, part, next FROM position ORDER BY 1, 2") == stands


async def test_what_was_not_heard_when_it_came_is_taken_now_once_and_in_order(bench: Bench) -> None:
    deaf = bench.engine(replace(variant(), hears=()))
    facts = [bench.ended() for _ in range(3)]
    await bench.feed(*facts, engine=deaf)
    heard: list[UUID] = []

    def remember(fact: AssignmentEndedV1, cause: Any) -> Any:
        heard.append(fact.assignment_id)
        return ()

    mended = bench.engine(variant(hears=(replace(raising(AssignmentEndedV1), reaction=remember),)), build="2")
    assert await replayed(bench, facts, mended, dry=True) == {"read": 3, "fresh": 3}
    assert await replayed(bench, facts, mended) == {"read": 3, "fresh": 3, "applied": 3}
    assert heard[-3:] == [UUID(json.loads(f.value or b"")["assignment_id"]) for f in facts]
    assert await replayed(bench, facts, mended) == {"read": 3, "taken": 3}


async def test_a_dry_run_says_what_would_happen_and_does_nothing(bench: Bench) -> None:
    taken, fresh, broken = bench.asked(), bench.asked(), bench.asked()
    broken = broken._replace(value=b"no json")
    await bench.feed(taken)
    tables = [row[0] for row in await bench.rows("SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace")]
    counted = {t: await bench.value(f"SELECT count(*) FROM {t}") for t in tables if not t.startswith("replay")}
    assert await replayed(bench, [taken, fresh, broken], dry=True) == {"read": 3, "taken": 1, "fresh": 1, "turned_away": 1}
    assert {t: await bench.value(f"SELECT count(*) FROM {t}") for t in counted} == counted
    assert await replayed(bench, [taken, fresh, broken], dry=True, again=True) == {"read": 3, "fresh": 2, "turned_away": 1}


async def test_again_gives_each_record_a_new_identity_and_its_effect_once_more_on_record(bench: Bench) -> None:
    post = bench.ids.new()
    fact = bench.ended(post=post)
    seen: list[Any] = []

    def remember(message: AssignmentEndedV1, cause: Any) -> Any:
        seen.append((cause.id, cause.at))
        return ()

    engine = bench.engine(variant(hears=(replace(raising(AssignmentEndedV1), reaction=remember),)))
    await bench.feed(fact, engine=engine)
    job = await Job(bench, [fact], engine, again=True).begin()
    assert await job.take() == {"read": 1, "fresh": 1, "applied": 1}
    id_ = dict(fact.headers)["ce_id"] or b""
    source = dict(fact.headers)["ce_source"] or b""
    assert [one[0] for one in seen if one[0] != id_.decode()] == [str(named("replay", job.replay.id, source.decode(), id_.decode()))]
    assert {one[1] for one in seen} == {fact.at}  # first had when it came, whatever the day
    with pytest.raises(NotOurs):  # the same stretch of the same replay is not taken twice
        await job.take()
    await bench.rows("UPDATE replay_place SET next = start WHERE replay = $1", job.replay.id)
    assert (await job.take())["taken"] == 1  # and if it were, its effect is not


async def test_a_strangers_request_again_is_of_the_same_story_and_opens_nothing_twice(bench: Bench) -> None:
    record = bench.asked()
    await bench.feed(record)
    assert await replayed(bench, [record], again=True) == {"read": 1, "fresh": 1, "applied": 1}
    await opened_once(bench, [record])
    assert len({row[0] for row in await bench.rows("SELECT correlation FROM journal WHERE topic IS DISTINCT FROM 'cg.screening.steps'")}) == 1


# -- what the inbox does not know --------------------------------------------------------------------------------------------------


async def test_what_is_older_than_the_inbox_remembers_is_left_alone_unless_again(bench: Bench) -> None:
    old, young = bench.asked(), bench.asked()
    await bench.feed(old, young)
    bench.clock.later = GENERATION + timedelta(days=1)
    await bench.store.rotate_inbox()
    assert await replayed(bench, [old, young]) == {"read": 2, "taken": 2}  # the first generation knows all since the beginning
    await bench.rows("UPDATE generation SET since = now() + interval '30 days'")
    await bench.store.rotate_inbox()
    fresh = bench.message(HR, bench.request(), at=bench.clock.real() + timedelta(days=31))
    assert await bench.value("SELECT count(*) FROM inbox") == 0
    assert await replayed(bench, [old, young, fresh]) == {"read": 3, "forgotten": 2, "fresh": 1, "applied": 1}
    assert await replayed(bench, [old, young], again=True) == {"read": 2, "fresh": 2, "applied": 2}


async def test_only_the_types_that_were_asked_for(bench: Bench) -> None:
    records = [bench.asked(), bench.asked()]
    assert await replayed(bench, records, types=("be.police.cg.screening.NvoDecisionReceived.v1",)) == {"read": 2, "unheard": 2}
    assert await replayed(bench, records, types=(ScreeningRequestedV1.about.type,)) == {"read": 2, "fresh": 2, "applied": 2}


# -- beside the live reading -----------------------------------------------------------------------------------------------------


async def test_a_parked_key_is_respected_and_what_fails_is_parked(bench: Bench) -> None:
    post, other = bench.ids.new(), bench.ids.new()
    first, second, third = bench.ended(post=post), bench.ended(post=post), bench.ended(post=other)
    sick = bench.engine(variant(hears=(raising(AssignmentEndedV1, lambda fact: fact.post_id == post),)))
    assert await replayed(bench, [first, second, third], sick) == {"read": 3, "fresh": 3, "applied": 1, "parked": 2}
    assert await bench.parked() == [("code-raised", "waiting"), ("behind", "waiting")]
    fourth = bench.ended(post=post)
    assert await replayed(bench, [fourth]) == {"read": 1, "fresh": 1, "parked": 1}
    await bench.rows("UPDATE parked SET next_try_at = now() - interval '1 minute'")
    await bench.usual.retry()
    assert {state for _, state in await bench.parked()} == {"applied"}


async def test_one_error_at_more_than_twenty_keys_stops_the_replay_and_not_the_live_reading(bench: Bench) -> None:
    facts = [bench.ended() for _ in range(30)]
    sick = bench.engine(variant(hears=(raising(AssignmentEndedV1, lambda fact: True),)))
    job = await Job(bench, facts, sick).begin()
    with pytest.raises(Halted):
        await job.take()
    assert await job.counts() == {}
    assert await bench.parked() == []
    await bench.feed(*[bench.ended() for _ in range(20)], engine=sick)
    assert len(await bench.parked()) == 20


async def test_live_and_replay_race_for_the_same_records_and_each_has_one_effect(bench: Bench) -> None:
    records = [bench.asked() for _ in range(200)]
    job = await Job(bench, records).begin()

    async def live() -> None:
        for n in range(0, 200, 20):
            await bench.feed(*records[n : n + 20])

    await asyncio.gather(live(), job.take())
    await opened_once(bench, records)
    assert await bench.parked() == []


async def test_one_record_that_cannot_be_stored_is_parked_alone(bench: Bench) -> None:
    records = [bench.asked() for _ in range(8)]
    job = await Job(bench, records).begin()
    usual = job.replayer.engine._apply

    def worse(work: Any, arrival: Any, count: Any) -> None:
        usual(work, arrival, count)
        if arrival.record == records[5]:
            work.steps[-1] = work.steps[-1]._replace(body='{"a": "\\u0000"}')

    job.replayer.engine._apply = worse  # type: ignore[method-assign]
    assert await job.take() == {"read": 8, "fresh": 8, "applied": 7, "parked": 1}
    assert await bench.parked() == [("data-unstorable", "waiting")]


# -- killed, stopped, and to its end, on a real broker -----------------------------------------------------------------------------


# -- who was forgotten ---------------------------------------------------------------------------------------------------------


async def test_what_was_said_of_a_person_before_they_were_forgotten_is_not_put_back_when_it_is_read_again(bench: Bench) -> None:
    person = bench.ids.new()
    data = PersonData.model_validate({"names": {"given": "Anna", "family": "Peeters"}, "birth_date": date(1985, 7, 30), "national_number": "85073003328"})
    readable = "SELECT entries FROM kept_of($1)"
    first = bench.asked(person_id=person, person_data=data)
    late = bench.asked(person_id=person, person_data=data)  # lies on the topic and is not read yet
    await bench.feed(first)
    assert await bench.value(readable, str(person)) == 1
    await bench.usual.forget(person, Actor(bench.ids.new(), frozenset({"dpo"})), "retention is over", [])
    assert await replayed(bench, [first], again=True) == {"read": 1, "fresh": 1, "applied": 1}
    await bench.feed(late)
    assert await bench.value("SELECT count(*) FROM journal WHERE step = 'event' AND type = 'Opened'") == 2, "the rest of what they say has its effect"
    sealed = [row["sealed"] for row in await bench.rows("SELECT sealed FROM vault WHERE about = $1", str(person))]
    assert sealed == [DESTROYED] * 3
    assert await bench.value("SELECT count(*) FROM vault_key") == await bench.value(readable, str(person)) == 0
    await bench.feed(bench.asked(person_id=person, person_data=data))
    assert await bench.value(readable, str(person)) == 1, "who comes back is somebody new"


async def ask(bench: Bench, **more: Any) -> Replay:
    """A replay as the door keeps it."""
    replay = Replay(**{"id": bench.ids.new(), "at": bench.clock.real(), "actor": ACTOR, "reason": "tested", "rate": 5000, **more})
    await ask_replay(bench.store.pool, replay)
    return replay


async def test_a_replay_goes_on_where_another_was_killed_and_never_passes_the_live_reading(bench: Bench, house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    starts = {tp.partition: end for tp, end in (await ends_of(house, ORG)).items()}
    for part, start in starts.items():
        await bench.store.positions({(ORG, part): start})
    records = [bench.asked(topic=ORG, part=n % 3) for n in range(300)]
    began = bench.clock.real()
    await publish(house, records[:240])
    await bench.rows("UPDATE position SET next = next + 80 WHERE topic = $1", ORG)  # passed them unheard
    await publish(house, records[240:])  # and is not here yet
    replay = await ask(bench, topic=ORG, from_at=began, rate=100)
    leads = [True]
    engine = bench.engine()
    client = house.aiokafka_config("screening")
    one = Replays(engine, bench.store, client, places_of(bench.usual.service), lambda: leads[0], lambda: not leads[0])
    taken: list[int] = []
    take = one.replayer.take

    async def some(job: Replay, part: int, start: int, upto: int, batch: Sequence[Record]) -> None:
        taken.append(part)
        if len(taken) == 3:
            leads[0] = False
            raise asyncpg.InterfaceError("killed")
        await take(job, part, start, upto, batch)

    one.replayer.take = some  # type: ignore[method-assign]
    with pytest.raises(asyncpg.InterfaceError):
        await one.run()
    ((half, places),) = await replays(bench.store.pool, id_=replay.id)
    assert half.state == "running"
    assert 0 < sum(place.next - place.start for place in places) < 240
    assert {place.part: place.until for place in places} == {part: start + 80 for part, start in starts.items()}
    done = [False]
    other = Replays(bench.engine(), bench.store, client, places_of(bench.usual.service), lambda: True, lambda: done[0])
    running_ = asyncio.create_task(other.run())

    async def ended() -> bool:
        return (await replays(bench.store.pool, id_=replay.id))[0][0].state == "done"

    await until(ended)
    done[0] = True
    await running_
    ((_, places),) = await replays(bench.store.pool, id_=replay.id)
    assert all(place.next == place.until for place in places)
    assert sum(place.counts.get("applied", 0) for place in places) >= 240
    await opened_once(bench, records[:240])
    assert not await all_open(bench, records[240:])
    process = process_of(bench, monkeypatch)  # the live reading goes on where it stood, and takes those that it had not
    await process.start()
    try:
        await until(lambda: all_open(bench, records))
    finally:
        await process.stop()
    await opened_once(bench, records)


async def test_a_process_does_what_an_operator_asks_and_stops_when_told(bench: Bench, house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    starts = {tp.partition: end for tp, end in (await ends_of(house, HR)).items()}
    records = [bench.asked(part=0) for _ in range(100)]
    await publish(house, records)
    for part, start in starts.items():
        await bench.store.positions({(HR, part): start + (100 if part == 0 else 0)})
    first = await ask(bench, topic=HR, part=0, from_offset=starts[0], rate=20)
    process = process_of(bench, monkeypatch)
    await process.start()

    async def some() -> bool:
        return sum(place.counts.get("applied", 0) for place in (await replays(bench.store.pool, id_=first.id))[0][1]) >= 20

    async def state(replay: Replay, wanted: str) -> bool:
        return (await replays(bench.store.pool, id_=replay.id))[0][0].state == wanted

    try:
        await until(some)
        assert await bench.store.end_replay(first.id, "stopped", bench.clock.real(), "enough", ACTOR)
        ((_, (place,)),) = await replays(bench.store.pool, id_=first.id)
        await asyncio.sleep(2)
        assert (await replays(bench.store.pool, id_=first.id))[0][1] == [place]
        assert place.counts["applied"] < 100
        second = await ask(bench, topic=HR, part=0, from_offset=starts[0], to_offset=starts[0] + 50)
        await until(lambda: state(second, "done"))
        ((_, (end,)),) = await replays(bench.store.pool, id_=second.id)
        assert (end.start, end.until) == (starts[0], starts[0] + 50)
        assert end.counts["taken"] == min(50, place.counts["applied"])
        third = await ask(bench, topic=HR, from_at=records[0].at - timedelta(minutes=1), rate=1000)
        await until(lambda: state(third, "done"))
        await until(lambda: all_open(bench, records))
    finally:
        await process.stop()
    await opened_once(bench, records)
