"""What traces promise: one from the publisher on, matters that hold it together, a new one after a day, and failures always on show."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.trace import StatusCode

from cg_cli.servers import House
from cg_contracts.org import AssignmentEndedV1
from cg_contracts.screening import DecisionNotifiedV1, ScreeningRequestedV1
from cg_kit.pure import To, on
from services.screening.domain import case

from .running import HR, ORG, Bench, Raises, Wrapped, raising, running, variant

TRACE, SPAN = "a" * 32, "b" * 16
OTHER_TRACE, OTHER_SPAN = "c" * 32, "d" * 16
THEIRS, OTHERS = f"00-{TRACE}-{SPAN}-01", f"00-{OTHER_TRACE}-{OTHER_SPAN}-01"


@pytest.fixture
async def bench(house: House) -> AsyncIterator[Bench]:
    async with running(house) as made:
        yield made


def place(context: Any) -> tuple[str, str]:
    """A span's context as two texts."""
    return f"{context.trace_id:032x}", f"{context.span_id:016x}"


def parent(span: ReadableSpan) -> tuple[str, str] | None:
    return place(span.parent) if span.parent else None


def links(span: ReadableSpan) -> list[tuple[str, str]]:
    return [place(link.context) for link in span.links]


async def sent(bench: Bench, type_: str) -> tuple[str, str]:
    """The trace context with which a message of this type goes out, as trace and span."""
    (context,) = {headers["traceparent"] for name, headers, _ in await bench.said("cg.screening.events") if name == type_}
    _, trace, span, _ = context.split("-")
    return trace, span


def told(bench: Bench, id_: UUID) -> Any:
    """Hr says something about an open case."""
    body = DecisionNotifiedV1.model_validate({"case_id": id_, "notified_at": datetime(2026, 1, 5, tzinfo=UTC), "means": "handed_over"})
    return bench.message(HR, body, {"traceparent": OTHERS})


def designating(bench: Bench, **rest: Any) -> Any:
    """An engine at which what hr says about a case changes it."""

    def react(message: DecisionNotifiedV1, cause: Any) -> Any:
        assert message.case_id
        yield To("case", message.case_id, case.Designate((bench.ids.new(),), bench.ids.new(), cause.at))

    return bench.engine(variant(accepts=(on(DecisionNotifiedV1, react),)), **rest)


async def test_the_publisher_s_span_is_the_parent_and_our_span_goes_out_with_what_is_said(bench: Bench) -> None:
    record = bench.asked({"traceparent": THEIRS})
    await bench.feed(record)
    (span,) = bench.spans()
    assert span.name == "process screening requested"
    assert parent(span) == (TRACE, SPAN)
    assert await sent(bench, "ScreeningCaseOpened") == place(span.context)


async def test_a_request_on_an_open_matter_is_a_child_of_the_matter_and_linked_to_its_own(bench: Bench) -> None:
    record = bench.asked({"traceparent": THEIRS})
    await bench.feed(record)
    await bench.feed(told(bench, bench.case(record)), engine=designating(bench))
    opening, later = bench.spans()
    assert parent(later) == place(opening.context)
    assert links(later) == [(OTHER_TRACE, OTHER_SPAN)]
    stories = {row[0] for row in await bench.rows("SELECT correlation FROM journal WHERE topic IS DISTINCT FROM 'cg.screening.steps'")}
    assert stories == {(dict(record.headers)["ce_id"] or b"").decode()}


async def test_a_person_s_command_on_an_open_matter_is_a_child_of_the_matter(bench: Bench) -> None:
    record = bench.asked({"traceparent": THEIRS})
    await bench.feed(record)
    await bench.command(To("case", bench.case(record), case.Designate((bench.ids.new(),), bench.ids.new(), bench.clock.domain())), traceparent=OTHERS)
    opening, later = bench.spans()
    assert later.name == "command designate"
    assert parent(later) == place(opening.context)
    assert links(later) == [(OTHER_TRACE, OTHER_SPAN)]


async def test_after_more_than_a_day_a_matter_goes_on_in_a_new_trace_linked_back(bench: Bench) -> None:
    record = bench.asked({"traceparent": THEIRS})
    await bench.feed(record)
    bench.clock.later = timedelta(hours=23)
    await bench.feed(told(bench, bench.case(record)), engine=designating(bench))
    bench.clock.later = timedelta(hours=25)
    await bench.feed(told(bench, bench.case(record)), engine=designating(bench, ratio=1.0))
    opening, within, after = bench.spans()
    assert parent(within) == place(opening.context)
    assert parent(after) is None
    assert place(after.context)[0] not in (TRACE, OTHER_TRACE)
    assert links(after) == [place(opening.context), (OTHER_TRACE, OTHER_SPAN)]
    assert len({row[0] for row in await bench.rows("SELECT correlation FROM journal WHERE topic IS DISTINCT FROM 'cg.screening.steps'")}) == 1


async def test_a_fact_and_a_follower_carry_on_the_trace_of_their_cause(bench: Bench) -> None:
    record = bench.asked({"traceparent": THEIRS}, topic=ORG)
    await bench.feed(record)
    id_ = bench.case(record)

    def designate(fact: AssignmentEndedV1, cause: Any) -> Any:
        yield To("case", id_, case.Designate((bench.ids.new(),), bench.ids.new(), cause.at))

    def follow(event: case.OfficersDesignated, cause: Any) -> Any:
        yield To("case", id_, case.EndNeed(event.at))

    engine = bench.engine(variant(hears=(on(AssignmentEndedV1, designate),), follows=(on(case.OfficersDesignated, follow),)))
    fact = bench.ended()
    fact = fact._replace(headers=(*fact.headers, ("ce_traceparent", OTHERS.encode())))
    await bench.feed(fact, engine=engine)
    while await engine.follow():
        pass
    _, heard, followed = bench.spans()
    assert parent(heard) == (OTHER_TRACE, OTHER_SPAN)
    assert parent(followed) == place(heard.context)


async def test_a_late_deadline_has_a_trace_of_its_own_linked_back_and_is_exported_unsampled(bench: Bench) -> None:
    record = bench.asked({"traceparent": THEIRS[:-2] + "00"}, topic=ORG)
    await bench.feed(record)
    assert list(bench.spans()) == []
    bench.clock.later = timedelta(days=200)
    assert await bench.usual.fire(bench.clock.domain()) == 1
    (span,) = bench.spans()
    assert span.name == "deadline decision"
    assert parent(span) is None
    assert [trace for trace, _ in links(span)] == [TRACE]
    assert links(span) == [await sent(bench, "ScreeningCaseOpened")]


@pytest.mark.parametrize("ours", [True, False])
async def test_what_is_parked_or_turned_away_is_exported_though_its_trace_is_not_sampled(bench: Bench, ours: bool) -> None:
    record = bench.asked({"traceparent": THEIRS[:-2] + "00"}, topic=ORG if ours else HR)
    if ours:
        await bench.feed(record, engine=bench.engine(variant(accepts=(raising(ScreeningRequestedV1),))))
    else:
        await bench.feed(record._replace(value=b"{}"))
    (span,) = bench.spans()
    assert parent(span) == (TRACE, SPAN)
    assert span.status.status_code is StatusCode.ERROR
    assert span.attributes
    assert span.attributes["cg.rule"] == (await bench.value("SELECT rule FROM parked UNION ALL SELECT rule FROM rejected"))


async def test_what_is_not_sampled_is_not_exported_and_goes_out_not_sampled(bench: Bench) -> None:
    await bench.feed(bench.asked({"traceparent": THEIRS[:-2] + "00"}))
    assert list(bench.spans()) == []
    (context,) = [headers["traceparent"] for _, headers, _ in await bench.said("cg.screening.events")]
    assert context.startswith(f"00-{TRACE}-")
    assert context.endswith("-00")


async def test_what_was_rolled_back_is_on_no_page(bench: Bench) -> None:
    async def fails(steps: Any) -> None:
        raise Raises("just before the commit")

    def spoil(tx: Any) -> None:
        tx.journal = fails

    record = bench.asked({"traceparent": THEIRS})
    with pytest.raises(Raises):
        await bench.feed(record, engine=bench.engine(store=Wrapped(bench.store, spoil)))
    assert list(bench.spans()) == []
    await bench.feed(record)
    assert len(bench.spans()) == 1


async def test_each_step_says_what_caused_it(bench: Bench) -> None:
    record = bench.asked({"traceparent": THEIRS})
    await bench.feed(record)
    id_ = (dict(record.headers)["ce_id"] or b"").decode()
    assert {row[0] for row in await bench.rows("SELECT cause FROM journal WHERE topic IS DISTINCT FROM 'cg.screening.steps'")} == {id_}
    (headers,) = [json.loads(row[0]) for row in await bench.rows("SELECT headers FROM journal WHERE topic = 'cg.screening.events'")]
    assert headers["causationid"] == headers["correlationid"] == id_
