"""What a batch of records promises: one transaction, effects once, and a failure that holds up nothing but its key."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from cg_cli.servers import House
from cg_contracts.org import AssignmentEndedV1
from cg_contracts.screening import ScreeningRequestedV1
from cg_kit.engine import Halted
from cg_kit.pure import To, on
from cg_kit.seam import BadData, NotOurs, Row
from cg_kit.workspace import headers_back
from services.screening.app import SERVICE
from services.screening.domain import case
from services.screening.reactions import case_for

from .running import FACTS, HR, ORG, Bench, Raises, Wrapped, raising, running, variant, with_domain


@pytest.fixture
async def bench(house: House) -> AsyncIterator[Bench]:
    async with running(house) as made:
        yield made


# -- one transaction ---------------------------------------------------------------------------------------------------


async def test_what_fails_before_the_commit_leaves_nothing(bench: Bench) -> None:
    async def fails(steps: Any) -> None:
        await journal(steps)
        raise Raises("just before the commit")

    journal: Any = None

    def spoil(tx: Any) -> None:
        nonlocal journal
        journal, tx.journal = tx.journal, fails

    records = [bench.asked(), bench.asked(topic=ORG), bench.ended()]
    with pytest.raises(Raises):
        await bench.feed(*records, engine=bench.engine(store=Wrapped(bench.store, spoil)))
    assert await bench.nothing()
    assert await bench.value("SELECT max(next) FROM position") == 0

    await bench.feed(*records)
    assert await bench.value("SELECT count(*) FROM case_state") == 2
    assert await bench.value("SELECT min(next) FROM position") == 1


async def test_what_is_cancelled_before_the_commit_leaves_nothing(bench: Bench) -> None:
    written = asyncio.Event()

    def spoil(tx: Any) -> None:
        journal = tx.journal

        async def hangs(steps: Any) -> None:
            await journal(steps)
            written.set()
            await asyncio.Event().wait()

        tx.journal = hangs

    record = bench.asked()
    feeding = asyncio.create_task(bench.feed(record, engine=bench.engine(store=Wrapped(bench.store, spoil))))
    await written.wait()
    feeding.cancel()
    with pytest.raises(asyncio.CancelledError):
        await feeding
    assert await bench.nothing()
    assert await bench.value("SELECT max(next) FROM position") == 0
    await bench.feed(record)
    assert (await bench.events(bench.case(record))).count("Opened") == 1


async def test_more_aggregates_than_may_be_locked_at_once_are_taken_in_parts_and_in_order(bench: Bench) -> None:
    records = [bench.asked() for _ in range(1200)]
    transactions = 0

    def count(tx: Any) -> None:
        nonlocal transactions
        transactions += 1

    await bench.feed(*records, engine=bench.engine(store=Wrapped(bench.store, count)))
    assert transactions == 4
    opened = [row[0] for row in await bench.rows("SELECT aggregate FROM journal WHERE step = 'event' AND type = 'Opened' ORDER BY seq")]
    assert opened == [bench.case(record) for record in records]
    assert await bench.value("SELECT next FROM position") == 1200


async def test_what_comes_again_after_its_commit_is_not_ours_any_more(bench: Bench) -> None:
    record = bench.asked()
    await bench.feed(record)
    before = await bench.value("SELECT count(*) FROM journal")
    with pytest.raises(NotOurs):
        await bench.usual.batch([record], {(HR, 0): 0})
    assert await bench.value("SELECT count(*) FROM journal") == before
    assert (await bench.events(bench.case(record))).count("Opened") == 1


async def test_of_two_that_take_the_same_batch_at_once_one_is_refused(bench: Bench) -> None:
    records = [bench.asked() for _ in range(20)]
    await bench.store.positions({(HR, 0): 0})
    done = await asyncio.gather(*(bench.engine().batch(records, {(HR, 0): 0}) for _ in range(2)), return_exceptions=True)
    assert sorted(type(one).__name__ for one in done) == ["NotOurs", "dict"]
    assert await bench.value("SELECT count(*) FROM journal WHERE step = 'event' AND type = 'Opened'") == 20


# -- the same id ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("topic", [HR, ORG])
async def test_the_same_id_twice_in_one_batch_counts_once(bench: Bench, topic: str) -> None:
    record = bench.asked(topic=topic)
    await bench.feed(record, bench.again(record))
    assert (await bench.events(bench.case(record))).count("Opened") == 1
    assert await bench.value("SELECT count(*) FROM journal WHERE step = 'accepted'") == 0  # the second never reached the state
    assert bench.usual.tally.duplicates == 1


async def test_the_same_id_in_two_batches_counts_once(bench: Bench) -> None:
    record = bench.asked()
    await bench.feed(record)
    await bench.feed(bench.again(record))
    assert bench.usual.tally.duplicates == 1
    assert await bench.value("SELECT count(*) FROM journal WHERE step = 'accepted'") == 0


async def test_the_same_id_in_two_partitions_at_once_counts_once(bench: Bench) -> None:
    first = [bench.asked() for _ in range(30)]
    second = [bench.again(record, part=1) for record in first]
    one, two = bench.engine(), bench.engine()
    await asyncio.gather(bench.feed(*first, engine=one), bench.feed(*second, engine=two))
    assert one.tally.duplicates + two.tally.duplicates == 30
    assert await bench.value("SELECT count(*) FROM journal WHERE step = 'event' AND type = 'Opened'") == 30


async def test_the_same_id_over_a_border_of_generations_counts_once(bench: Bench) -> None:
    record = bench.asked()
    await bench.feed(record)
    await bench.store.rotate_inbox()
    await bench.feed(bench.again(record))
    assert bench.usual.tally.duplicates == 1


@pytest.mark.parametrize("together", [True, False])
async def test_the_same_id_with_other_content_is_turned_away_and_its_publisher_told(bench: Bench, together: bool) -> None:
    record = bench.asked()
    other = bench.again(record, {**json.loads(record.value or b"{}"), "requester_ref": "REF-2"})
    if together:
        await bench.feed(record, other)
    else:
        await bench.feed(record)
        await bench.feed(other)
    (told,) = [(headers, body) for type_, headers, body in await bench.said("cg.answers.hr") if type_ == "MessageRejected"]
    id_ = dict(record.headers)["ce_id"]
    assert told[1]["rule"] == "id-reused"
    assert told[1]["field"] == "id"
    assert told[1]["message_id"] == (id_ or b"").decode()
    assert await bench.value("SELECT count(*) FROM rejected WHERE rule = 'id-reused'") == 1
    assert (await bench.state("case", bench.case(record))).requester_ref == "REF-1"
    assert await bench.parked() == []


# -- what is turned away -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "rule", "field"),
    [(b"no json", None, None), (b'{"request_id": 1}', "data-invalid", "request_id"), (None, None, None), (b"\xff\x00\xfe", None, None)],
)
async def test_what_a_stranger_says_wrongly_is_answered_and_kept_as_it_came_and_holds_up_nobody(
    bench: Bench, value: bytes | None, rule: str | None, field: str | None
) -> None:
    person = bench.ids.new()
    right = bench.asked(person_id=person)
    wrong, after, other = right._replace(value=value), bench.asked(person_id=person), bench.asked(topic=ORG)
    await bench.feed(wrong, after, other)
    (told,) = [body for type_, _, body in await bench.said("cg.answers.hr") if type_ == "MessageRejected"]
    assert told["message_id"] == (dict(right.headers)["ce_id"] or b"").decode()
    assert (told["topic"], told["partition"], told["offset"]) == (HR, 0, wrong.offset)
    assert told["rule"]
    assert told["mend"]
    if rule is not None:
        assert (told["rule"], told["field"]) == (rule, field)
    (kept,) = await bench.rows("SELECT raw, headers, rule, account FROM rejected")
    assert (kept["raw"], kept["rule"], kept["account"]) == (value, told["rule"], "hr")
    assert headers_back(kept["headers"]) == wrong.headers
    assert await bench.parked() == []
    assert await bench.events(bench.case(after))
    assert await bench.events(bench.case(other))
    assert bench.usual.tally.rejected == 1
    corrected = bench.again(right)
    await bench.feed(corrected)  # the same id: what was turned away was never taken
    assert await bench.events(bench.case(corrected))


# -- what is parked ------------------------------------------------------------------------------------------------------


async def test_a_broken_request_of_our_own_is_parked_and_later_ones_of_its_key_wait_behind_it(bench: Bench) -> None:
    person = bench.ids.new()
    broken = bench.asked(topic=ORG, person_id=person)
    broken = broken._replace(value=b'{"request_id": 1}')
    behind, free = bench.asked(topic=ORG, person_id=person), bench.asked(topic=ORG)
    await bench.feed(broken, behind, free)
    later = bench.asked(topic=ORG, person_id=person)
    await bench.feed(later)
    rules = [rule for rule, _ in await bench.parked()]
    assert len(rules) == 3
    assert rules[0] != "behind"
    assert rules[1:] == ["behind", "behind"]
    assert await bench.events(bench.case(free))
    assert not await bench.events(bench.case(behind))
    assert not await bench.events(bench.case(later))
    assert await bench.value("SELECT count(*) FROM rejected") == 0


async def test_a_fact_of_an_unknown_version_is_parked_and_later_ones_of_its_key_wait_behind_it(bench: Bench) -> None:
    post = bench.ids.new()
    unknown = bench.ended(post=post, type_="be.police.cg.org.AssignmentEnded.v9")
    behind, other = bench.ended(post=post), bench.ended()
    await bench.feed(unknown, behind, other)
    await bench.feed(bench.ended(post=post))
    first, *rest = [rule for rule, _ in await bench.parked()]
    assert first not in ("behind", "code-raised")
    assert rest == ["behind", "behind"]
    assert [row[0] for row in await bench.rows("SELECT subject FROM blocked")] == [str(post)]
    assert bench.usual.tally.parked == 3
    assert bench.usual.tally.applied == 1


async def test_a_reaction_that_raises_parks_its_record_and_the_rest_of_the_batch_goes_on(bench: Bench) -> None:
    bad = bench.ids.new()
    engine = bench.engine(variant(accepts=(raising(ScreeningRequestedV1, lambda message: message.person_id == bad),)))
    records = [bench.asked(), bench.asked(person_id=bad), bench.asked(person_id=bad), bench.asked()]
    await bench.feed(*records, engine=engine)
    assert [rule for rule, _ in await bench.parked()] == ["code-raised", "behind"]
    assert [bool(await bench.events(bench.case(record))) for record in records] == [True, False, False, True]
    assert await bench.value("SELECT reason FROM parked ORDER BY id LIMIT 1")
    assert await bench.value("SELECT next FROM position") == 4


async def test_what_a_record_did_before_it_raised_is_not_kept(bench: Bench) -> None:
    def half(message: ScreeningRequestedV1, cause: Any) -> Any:
        yield from usual(message, cause)
        yield To("case", case_for("hr", message.request_id), "no command at all")

    usual = next(row.reaction for row in bench.usual.service.accepts if row.what is ScreeningRequestedV1)

    def raises(state: Any, command: Any) -> Any:
        if command == "no command at all":
            raise Raises("at the second command")
        return case.decide(state, command)

    engine = bench.engine(with_domain("case", variant(accepts=(on(ScreeningRequestedV1, half),)), decide=raises))
    await bench.feed(bench.asked(), engine=engine)
    assert [rule for rule, _ in await bench.parked()] == ["code-raised"]
    assert await bench.rows("SELECT topic FROM journal") == [("cg.screening.steps",)]
    assert await bench.value("SELECT count(*) FROM case_state") == 0


# -- what is refused -----------------------------------------------------------------------------------------------------


async def test_a_refused_request_is_answered_on_the_events_and_under_the_same_id_to_who_asked(bench: Bench) -> None:
    first = bench.asked()
    await bench.feed(first)
    other = bench.asked(request=UUID(json.loads(first.value or b"{}")["request_id"]), requester_ref="REF-2")
    await bench.feed(other)
    (public,) = [row for row in await bench.said("cg.screening.events") if row[0] == "ScreeningRequestRejected"]
    (copied,) = [row for row in await bench.said("cg.answers.hr") if row[0] == "ScreeningRequestRejected"]
    assert public == copied
    assert public[1]["id"] == copied[1]["id"]
    assert public[2] == {
        "request_id": json.loads(other.value or b"{}")["request_id"],
        "requester_ref": "REF-2",
        "rule": "SCR-REQUEST",
        "field": "request_id",
    }
    assert public[1]["causationid"] == (dict(other.headers)["ce_id"] or b"").decode()
    assert await bench.parked() == []


async def test_a_refused_request_of_our_own_service_is_answered_on_the_events_alone(bench: Bench) -> None:
    first = bench.asked(topic=ORG)
    await bench.feed(first)
    await bench.feed(bench.asked(topic=ORG, request=UUID(json.loads(first.value or b"{}")["request_id"]), requester_ref="REF-2"))
    assert "ScreeningRequestRejected" in [row[0] for row in await bench.said("cg.screening.events")]
    assert await bench.value("SELECT count(*) FROM journal WHERE topic LIKE 'cg.answers.%'") == 0


async def test_what_a_fact_asks_and_is_refused_is_in_the_journal_and_nothing_more(bench: Bench) -> None:
    missing = bench.ids.new()

    def asks(fact: AssignmentEndedV1, cause: Any) -> Any:
        yield To("case", missing, case.Consent(fact.person_id, cause.at))

    await bench.feed(bench.ended(), engine=bench.engine(variant(hears=(on(AssignmentEndedV1, asks),))))
    (row,) = await bench.rows("SELECT step, kind, aggregate, body, topic FROM journal WHERE topic IS DISTINCT FROM 'cg.screening.steps'")
    assert (row["step"], row["kind"], row["aggregate"], row["topic"]) == ("refused", "case", missing, None)
    assert json.loads(row["body"])["rule"] == "NOT-FOUND"
    assert await bench.parked() == []
    assert await bench.value("SELECT count(*) FROM rejected") == 0


def refused_later(missing: UUID) -> Any:
    """A follower that asks for what is refused."""

    def follow(event: case.Opened | case.OfficersDesignated, cause: Any) -> Any:
        yield To("case", missing, case.Consent(missing, event.at))

    return follow


@pytest.mark.parametrize("topic", [HR, ORG])
async def test_what_an_own_event_asks_and_is_refused_refuses_the_request_that_began_the_chain(bench: Bench, topic: str) -> None:
    record = bench.asked(topic=topic)
    cases = tuple(aggregate for aggregate in SERVICE.keeps if aggregate.kind == "case")  # other kinds have an event of that name too
    engine = bench.engine(replace(SERVICE, keeps=cases, follows=(on(case.Opened, refused_later(bench.ids.new())),)))
    await bench.feed(record, engine=engine)
    while await engine.follow():
        pass
    (public,) = [row for row in await bench.said("cg.screening.events") if row[0] == "ScreeningRequestRejected"]
    assert public[2]["request_id"] == json.loads(record.value or b"{}")["request_id"]
    assert public[2]["rule"] == "NOT-FOUND"
    assert public[1]["correlationid"] == (dict(record.headers)["ce_id"] or b"").decode()
    copied = [row for row in await bench.said("cg.answers.hr") if row[0] == "ScreeningRequestRejected"]
    assert copied == ([public] if topic == HR else [])
    assert await bench.value("SELECT count(*) FROM journal WHERE step = 'refused'") == 1
    assert await bench.parked() == []


async def test_what_an_own_event_asks_and_is_refused_is_in_the_journal_when_a_person_began_the_chain(bench: Bench) -> None:
    record = bench.asked(topic=ORG)
    await bench.feed(record)
    said = await bench.value("SELECT count(*) FROM journal WHERE topic = 'cg.screening.events'")
    engine = bench.engine(variant(follows=(on(case.OfficersDesignated, refused_later(bench.ids.new())),)))
    await bench.command(To("case", bench.case(record), case.Designate((bench.ids.new(),), bench.ids.new(), bench.clock.domain())))
    while await engine.follow():
        pass
    (row,) = await bench.rows("SELECT body FROM journal WHERE step = 'refused'")
    assert json.loads(row["body"])["rule"] == "NOT-FOUND"
    assert await bench.value("SELECT count(*) FROM journal WHERE topic = 'cg.screening.events'") == said
    assert await bench.parked() == []


# -- data that cannot be stored, and the breaker ---------------------------------------------------------------------------


async def test_the_one_record_that_cannot_be_stored_is_found_and_parked_alone(bench: Bench) -> None:
    records = [bench.asked(requester_ref="UNSTORABLE" if n == 11 else f"REF-{n}") for n in range(16)]
    tries = 0

    def spoil(tx: Any) -> None:
        nonlocal tries
        tries += 1
        save = tx.save

        async def picky(kind: str, rows: list[tuple[Row, int]]) -> None:
            if any("UNSTORABLE" in row.state for row, _ in rows):
                raise BadData("22P05 cannot be stored")
            await save(kind, rows)

        tx.save = picky

    await bench.feed(*records, engine=bench.engine(store=Wrapped(bench.store, spoil)))
    assert await bench.parked() == [("data-unstorable", "waiting")]
    assert await bench.value('SELECT "offset" FROM parked') == 11
    assert await bench.value("SELECT count(*) FROM case_state") == 15
    assert await bench.value("SELECT next FROM position") == 16
    assert tries < 16


async def test_one_error_at_more_than_twenty_keys_stops_and_parks_nothing(bench: Bench) -> None:
    engine = bench.engine(variant(hears=(raising(AssignmentEndedV1),)))
    await bench.feed(*[bench.ended() for _ in range(20)], engine=engine)
    assert len(await bench.parked()) == 20
    with pytest.raises(Halted) as halted:
        await bench.feed(*[bench.ended() for _ in range(5)], engine=engine)
    assert set(halted.value.topics) == {(FACTS, 0)}
    assert "Raises" in halted.value.why
    assert len(await bench.parked()) == 20
    assert await bench.value("SELECT next FROM position") == 20


async def test_many_failures_of_one_key_do_not_stop_the_partition(bench: Bench) -> None:
    post = bench.ids.new()
    await bench.feed(*[bench.ended(post=post) for _ in range(40)], engine=bench.engine(variant(hears=(raising(AssignmentEndedV1),))))
    assert [rule for rule, _ in await bench.parked()] == ["code-raised"] + ["behind"] * 39


@pytest.mark.parametrize("heard", [True, False])
async def test_the_same_id_of_our_own_with_other_content_is_parked_and_not_applied_by_itself(bench: Bench, heard: bool) -> None:
    taken: list[str] = []

    def note(fact: AssignmentEndedV1, cause: Any) -> Any:
        taken.append(fact.reason_code)
        return ()

    service = variant(hears=(on(AssignmentEndedV1, note),))
    record = bench.ended() if heard else bench.asked(topic=ORG)
    body = json.loads(record.value or b"{}")
    other = bench.again(record, {**body, "reason_code": "resignation"} if heard else {**body, "request_id": str(bench.ids.new())})
    await bench.feed(record, other, engine=bench.engine(service))
    taken.clear()
    for build in ("1", "2"):
        await bench.rows("UPDATE parked SET next_try_at = now() - interval '1 minute'")
        await bench.engine(service, build=build).retry()
    assert await bench.parked() == [("id-reused", "waiting")]
    assert await bench.value("SELECT count(*) FROM case_state") == (0 if heard else 1)
    assert await bench.value("SELECT count(*) FROM rejected") == 0
