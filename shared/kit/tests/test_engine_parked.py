"""What is parked: followers and deadlines that raise, and what a new build, a pause or a person does about it."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from cg_cli.servers import House
from cg_contracts.accounts import source_of
from cg_contracts.org import AssignmentEndedV1
from cg_contracts.screening import ScreeningRequestedV1
from cg_kit import postgres
from cg_kit.engine import FIRST_PAUSE, Unknown
from cg_kit.pure import Deadline, Due, To, on
from services.screening.domain import case

from .running import ORG, Bench, Raises, Wrapped, raising, running, variant, with_domain


@pytest.fixture
async def bench(house: House) -> AsyncIterator[Bench]:
    async with running(house) as made:
        yield made


PERSON = '{"person_id": "00000000-0000-7000-8000-000000000001", "roles": ["operator"]}'


async def parked_requests(bench: Bench, count: int = 3) -> list[UUID]:
    """Requests of one key, parked because the reaction raises; returns the cases that they ask for."""
    person = bench.ids.new()
    records = [bench.asked(topic=ORG, person_id=person, requester_ref=f"REF-{n}") for n in range(count)]
    await bench.feed(*records, engine=bench.engine(variant(accepts=(raising(ScreeningRequestedV1),))))
    return [bench.case(record) for record in records]


async def opened(bench: Bench) -> list[UUID]:
    """The cases that were opened, in the order in which that happened."""
    return [row[0] for row in await bench.rows("SELECT aggregate FROM journal WHERE step = 'event' AND type = 'Opened' ORDER BY seq")]


# -- what raises besides reactions -------------------------------------------------------------------------------------------


async def test_a_follower_that_raises_is_parked_and_later_events_of_its_aggregate_wait_behind_it(bench: Bench) -> None:
    first, second = bench.asked(topic=ORG), bench.asked(topic=ORG)
    await bench.feed(first, second)
    bad, good = bench.case(first), bench.case(second)

    def follow(event: case.OfficersDesignated, cause: Any) -> Any:
        yield To("case", cause.aggregate, case.EndNeed(event.at))

    def fails(event: case.OfficersDesignated, cause: Any) -> Any:
        if cause.aggregate == bad:
            raise Raises("in the follower")
        yield from follow(event, cause)

    instants = [bench.clock.domain() + timedelta(minutes=n) for n in range(3)]
    for id_, at in ((bad, instants[0]), (good, instants[1]), (bad, instants[2])):
        await bench.command(To("case", id_, case.Designate((bench.ids.new(),), bench.ids.new(), at)))
    broken = bench.engine(variant(follows=(on(case.OfficersDesignated, fails),)))
    while await broken.follow():
        pass
    assert await bench.parked() == [("code-raised", "waiting"), ("behind", "waiting")]
    assert (await bench.state("case", good)).need_ended_at == instants[1]
    assert (await bench.state("case", bad)).need_ended_at is None

    mended = bench.engine(variant(follows=(on(case.OfficersDesignated, follow),)), build="2")
    assert await mended.retry() == 1
    assert [state for _, state in await bench.parked()] == ["applied", "applied"]
    assert (await bench.state("case", bad)).need_ended_at == instants[0]  # the first was first
    assert await bench.value("SELECT count(*) FROM blocked") == 0


async def test_a_deadline_that_raises_is_parked_and_the_later_one_of_its_aggregate_waits_behind_it(bench: Bench) -> None:
    first, second = bench.asked(topic=ORG), bench.asked(topic=ORG)
    soon = bench.clock.domain() + timedelta(hours=1)
    sick: UUID | None = None

    def due(state: case.Case) -> set[Deadline]:
        return set() if state.status is case.Status.NEW else {Deadline("decision", soon), Deadline("later", soon + timedelta(hours=1))}

    def decide(state: case.Case, command: Any) -> Any:
        if isinstance(command, Due):
            if state.request_id == sick:
                raise Raises("in the deadline")
            return [case.NeedEnded(command.at)]
        return case.decide(state, command)

    service = with_domain("case", due=due, decide=decide)
    await bench.feed(first, second, engine=bench.engine(service))
    sick = UUID(json.loads(first.value or b"{}")["request_id"])
    upto = soon + timedelta(hours=2)
    while await bench.engine(service).fire(upto):
        pass
    assert await bench.parked() == [("code-raised", "waiting"), ("behind", "waiting")]
    assert (await bench.events(bench.case(second)))[-2:] == ["NeedEnded", "NeedEnded"]
    assert "NeedEnded" not in await bench.events(bench.case(first))

    sick = None
    assert await bench.engine(service, build="2").retry() == 1
    bodies = await bench.rows("SELECT body FROM journal WHERE aggregate = $1 AND type = 'NeedEnded' ORDER BY seq", bench.case(first))
    assert [datetime.fromisoformat(json.loads(row[0])["at"]) for row in bodies] == [soon, soon + timedelta(hours=1)]
    assert await bench.value("SELECT count(*) FROM blocked") == 0


# -- retry -------------------------------------------------------------------------------------------------------------


async def test_what_is_parked_is_taken_in_order_by_a_new_build(bench: Bench) -> None:
    cases = await parked_requests(bench)
    assert await bench.usual.retry() == 0  # the same build, and the pause is not over
    assert await bench.engine(build="2").retry() == 1
    assert await opened(bench) == cases
    assert {state for _, state in await bench.parked()} == {"applied"}
    assert await bench.value("SELECT count(*) FROM blocked") == 0
    await bench.feed(bench.asked(topic=ORG))
    assert len(await opened(bench)) == 4


async def test_what_is_parked_is_taken_again_when_its_pause_is_over_and_one_that_fails_again_stays_the_head(bench: Bench) -> None:
    cases = await parked_requests(bench)
    tries = await bench.value("SELECT tries FROM parked ORDER BY id LIMIT 1")
    later = bench.engine(variant(accepts=(raising(ScreeningRequestedV1, lambda message: message.requester_ref == "REF-1"),)))
    await bench.rows("UPDATE parked SET next_try_at = next_try_at - $1::interval", FIRST_PAUSE * 2)
    assert await later.retry() == 1
    assert await opened(bench) == cases[:1]
    assert await bench.parked() == [("code-raised", "applied"), ("code-raised", "waiting"), ("behind", "waiting")]
    assert await bench.value("SELECT tries FROM parked ORDER BY id OFFSET 1 LIMIT 1") == tries + 1
    assert await bench.value("SELECT next_try_at > now() FROM parked ORDER BY id OFFSET 1 LIMIT 1")
    assert await bench.value("SELECT count(*) FROM blocked") == 1


async def test_what_waited_counts_from_the_instant_at_which_it_first_came(bench: Bench) -> None:
    (id_,) = await parked_requests(bench, 1)
    came = bench.clock.domain()
    bench.clock.move(timedelta(days=9))
    await bench.engine(build="2").retry()
    assert abs((await bench.state("case", id_)).opened_at - came) < timedelta(minutes=1)


# -- the consumer beside those that drain --------------------------------------------------------------------------------

STUCK = """
SELECT count(*) FROM parked p WHERE state = 'waiting' AND NOT EXISTS (SELECT FROM blocked b WHERE (b.source, b.subject) = (p.source, p.subject))
"""


@pytest.mark.parametrize("shared", [True, False])
async def test_a_record_that_comes_while_its_key_is_drained_waits_behind_it_and_without_the_lock_it_would_wait_for_ever(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, shared: bool
) -> None:
    if not shared:
        monkeypatch.setattr(postgres, "BLOCKED", postgres.BLOCKED.replace("FOR SHARE OF b", ""))
    person = bench.ids.new()
    first, second = bench.asked(topic=ORG, person_id=person), bench.asked(topic=ORG, person_id=person)
    await bench.feed(first, engine=bench.engine(variant(accepts=(raising(ScreeningRequestedV1),))))
    mended = bench.engine(build="2")

    def spoil(tx: Any) -> None:
        park = tx.park

        async def meanwhile(rows: Any) -> None:
            await mended.drain((source_of("org"), str(person)))
            await park(rows)

        tx.park = meanwhile

    await bench.feed(second, engine=bench.engine(store=Wrapped(bench.store, spoil)))
    assert await bench.value(STUCK) == (0 if shared else 1)
    await mended.retry()
    assert await opened(bench) == [bench.case(record) for record in ((first, second) if shared else (first,))]


async def test_a_consumer_and_two_that_drain_break_no_order_and_leave_nothing_stuck(bench: Bench) -> None:
    chance = random.Random(4)
    opening = [bench.asked(topic=ORG) for _ in range(6)]
    await bench.feed(*opening)
    posts = {bench.ids.new(): bench.case(record) for record in opening}
    failed: set[UUID] = set()

    def designate(fact: AssignmentEndedV1, cause: Any) -> Any:
        if fact.assignment_id.int % 5 == 0 and fact.assignment_id not in failed:
            failed.add(fact.assignment_id)
            raise Raises("the first time")
        yield To("case", posts[fact.post_id], case.Designate((fact.assignment_id,), fact.person_id, cause.at))

    service = variant(hears=(on(AssignmentEndedV1, designate),))

    def spoil(tx: Any) -> None:
        for name in ("blocked", "load", "park", "hold", "waiting", "unblock", "journal"):
            setattr(tx, name, paused(getattr(tx, name)))

    def paused(call: Any) -> Any:
        async def later(*given: Any) -> Any:
            found = await call(*given)
            await asyncio.sleep(chance.random() * 0.005)
            return found

        return later

    done = asyncio.Event()

    async def consume() -> None:
        engine = bench.engine(service, store=Wrapped(bench.store, spoil))
        for _ in range(50):
            records = [bench.ended(post=post) for post in chance.choices(list(posts), k=8)]
            for record in records:
                said[posts[UUID((record.key or b"").decode())]].append(UUID(json.loads(record.value or b"{}")["assignment_id"]))
            await bench.feed(*records, engine=engine)
        done.set()

    async def drain() -> None:
        engine = bench.engine(service, store=Wrapped(bench.store, spoil))
        while (keys := await bench.rows("SELECT source, subject FROM blocked")) or not done.is_set():
            for source, subject in keys:
                await engine.drain((source, subject))

    said: dict[UUID, list[UUID]] = {id_: [] for id_ in posts.values()}
    async with asyncio.timeout(60):
        await asyncio.gather(consume(), drain(), drain())
    assert {id_: list((await bench.state("case", id_)).officers) for id_ in said} == said
    assert await bench.value(STUCK) == 0
    assert {state for _, state in await bench.parked()} == {"applied"}
    assert {rule for rule, _ in await bench.parked()} == {"code-raised", "behind"}


# -- persons -----------------------------------------------------------------------------------------------------------


async def test_an_edit_is_taken_and_the_record_as_it_came_is_kept_with_the_difference(bench: Bench) -> None:
    person = bench.ids.new()
    right = bench.asked(topic=ORG, person_id=person)
    wrong, behind = right._replace(value=(right.value or b"").replace(b"REF-1", b"")), bench.asked(topic=ORG, person_id=person)
    await bench.feed(wrong, behind)
    id_ = await bench.value("SELECT min(id) FROM parked")
    difference = json.dumps({"requester_ref": ["", "REF-1"]})
    await bench.usual.operate(id_, "edit", PERSON, "org sent it empty", edited=right.value, diff=difference)
    assert await opened(bench) == [bench.case(right), bench.case(behind)]
    (row,) = await bench.rows("SELECT raw, edited, state FROM parked WHERE id = $1", id_)
    assert (row["raw"], row["edited"], row["state"]) == (wrong.value, right.value, "applied")
    (act,) = await bench.rows("SELECT what, diff, reason, actor FROM parked_action WHERE parked_id = $1", id_)
    assert (act["what"], json.loads(act["diff"]), act["reason"], json.loads(act["actor"])) == (
        "edit",
        json.loads(difference),
        "org sent it empty",
        json.loads(PERSON),
    )


async def test_an_edit_that_is_still_wrong_stays_the_head(bench: Bench) -> None:
    cases = await parked_requests(bench)
    id_ = await bench.value("SELECT min(id) FROM parked")
    await bench.usual.operate(id_, "edit", PERSON, "a try", edited=b"{", diff="{}")
    assert await opened(bench) == []
    assert {state for _, state in await bench.parked()} == {"waiting"}
    await bench.usual.operate(id_, "discard", PERSON, "given up")
    assert await opened(bench) == cases[1:]


async def test_what_is_discarded_has_no_effect_and_the_next_goes_on(bench: Bench) -> None:
    cases = await parked_requests(bench)
    id_ = await bench.value("SELECT min(id) FROM parked")
    await bench.usual.operate(id_, "discard", PERSON, "sent by mistake")
    assert await opened(bench) == cases[1:]
    assert [state for _, state in await bench.parked()] == ["discarded", "applied", "applied"]
    assert await bench.value("SELECT reason FROM parked_action WHERE parked_id = $1", id_) == "sent by mistake"
    assert await bench.value("SELECT raw IS NOT NULL FROM parked WHERE id = $1", id_)
    with pytest.raises(Unknown):
        await bench.usual.operate(id_, "retry", PERSON, None)


async def test_a_later_one_that_is_discarded_leaves_the_head_where_it_is(bench: Bench) -> None:
    cases = await parked_requests(bench)
    last = await bench.value("SELECT max(id) FROM parked")
    broken = bench.engine(variant(accepts=(raising(ScreeningRequestedV1),)))
    await broken.operate(last, "discard", PERSON, "not this one")
    assert [state for _, state in await bench.parked()] == ["waiting", "waiting", "discarded"]
    await bench.engine(build="2").retry()
    assert await opened(bench) == cases[:2]
