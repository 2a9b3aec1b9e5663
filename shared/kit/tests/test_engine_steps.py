"""What a service tells of its own work on `.steps`: the envelope of each thing that came and what was made of it, with its transaction, and no content."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from cg_cli.servers import House
from cg_contracts.org import AssignmentEndedV1, ReorganisationTookEffectV1
from cg_contracts.oversight import StepsTakenV1
from cg_contracts.screening import Outcome, ScreeningRequestedV1
from cg_kit.engine import RuleRefused
from cg_kit.pure import To, on
from services.screening.app import SERVICE
from services.screening.domain import case

from .running import FACTS, ORG, Bench, raising, running, variant

STEPS = "cg.screening.steps"


@pytest.fixture
async def bench(house: House) -> AsyncIterator[Bench]:
    async with running(house) as made:
        yield made


async def told(bench: Bench) -> list[dict[str, Any]]:
    """All steps in their order, each of a message that keeps its contract."""
    messages = [StepsTakenV1.model_validate(body) for _, _, body in await bench.said(STEPS)]
    assert {message.service for message in messages} <= {"screening"}
    return [step.model_dump(mode="json", exclude_none=True, exclude_defaults=True) for message in messages for step in message.steps]


def id_of(record: Any) -> str:
    return (dict(record.headers)["ce_id"] or b"").decode()


async def test_what_was_asked_is_told_with_what_became_of_it_and_without_content(bench: Bench) -> None:
    taken, ill = bench.asked(topic=ORG), bench.asked(topic=ORG, requester_ref="candidate 7")
    refused = bench.asked(topic=ORG, request=UUID(json.loads(taken.value or b"{}")["request_id"]), requester_ref="REF-2")
    bad = bench.asked({"subject": "other"})
    service = variant(accepts=(raising(ScreeningRequestedV1, lambda message: message.requester_ref == "candidate 7"),))
    await bench.feed(taken, refused, ill, bad, engine=bench.engine(service))
    found = {step["id"]: step for step in await told(bench)}
    assert {id_: (step["step"], step.get("rule")) for id_, step in found.items()} == {
        id_of(taken): ("accepted", None),
        id_of(refused): ("refused", "SCR-REQUEST"),
        id_of(ill): ("parked", "code-raised"),
        id_of(bad): ("rejected", "subject-differs"),
    }
    assert {name for step in found.values() for name in step} == {"id", "step", "type", "source", "subject", "at", "correlationid", "rule"}
    assert len(await bench.said(STEPS)) == 1
    assert "candidate 7" not in json.dumps(list(found.values()))


async def test_who_commanded_is_told_by_role_alone_and_a_refused_command_too(bench: Bench) -> None:
    record = bench.asked(topic=ORG)
    await bench.feed(record)
    id_, by = bench.case(record), bench.ids.new()
    done = await bench.command(To("case", id_, case.Designate((bench.ids.new(),), by, bench.clock.domain())), by=by, reason="because she knows him")
    with pytest.raises(RuleRefused):
        await bench.command(To("case", id_, case.Assess(Outcome.POSITIVE, None, by, bench.clock.domain())), by=by)
    _, commanded, refused = await told(bench)
    assert (commanded["step"], commanded["id"], commanded["subject"], commanded["roles"]) == ("commanded", str(done.step), str(id_), ["decider"])
    assert commanded["correlationid"] == id_of(record)
    assert (refused["step"], refused["type"]) == ("refused", "Assess")
    assert str(by) not in json.dumps([commanded, refused])
    assert "because" not in json.dumps([commanded, refused])


async def test_a_deadline_that_fell_is_told(bench: Bench) -> None:
    record = bench.asked(topic=ORG)
    await bench.feed(record)
    ((name, at),) = await bench.deadlines("case", bench.case(record))
    await bench.usual.fire(at + timedelta(days=1))
    _, due = await told(bench)
    assert (due["step"], due["type"], due["subject"], due["correlationid"]) == ("due", name, str(bench.case(record)), id_of(record))


async def test_a_fact_with_an_effect_is_told_and_one_without_only_where_that_proves_a_promise(bench: Bench) -> None:
    nothing = variant(hears=(on(AssignmentEndedV1, lambda fact, cause: ()), on(ReorganisationTookEffectV1, lambda fact, cause: ())))
    took = ReorganisationTookEffectV1(reorganisation_id=bench.ids.new(), effective_date="2030-01-01", decision_ref="KB 1", mappings=())  # type: ignore[arg-type]
    fact = bench.message(FACTS, took)
    await bench.feed(bench.ended(), fact, engine=bench.engine(nothing))
    assert [(step["step"], step["id"], step["subject"]) for step in await told(bench)] == [("accepted", id_of(fact), str(took.reorganisation_id))]


async def test_of_a_hidden_aggregate_nothing_is_told(bench: Bench) -> None:
    hidden = replace(SERVICE, keeps=tuple(replace(each, hidden=each.kind == "case") for each in SERVICE.keeps))
    record = bench.asked(topic=ORG)
    await bench.feed(record, engine=bench.engine(hidden))
    await bench.command(To("case", bench.case(record), case.Designate((bench.ids.new(),), bench.ids.new(), bench.clock.domain())), engine=bench.engine(hidden))
    ((_, at),) = await bench.deadlines("case", bench.case(record))
    await bench.engine(hidden).fire(at)
    assert await told(bench) == []
    assert len(await bench.events(bench.case(record))) > 2


async def test_more_than_fit_in_one_message_are_told_in_several(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cg_kit.workspace.MOST_STEPS", 2)
    records = [bench.asked(topic=ORG) for _ in range(5)]
    await bench.feed(*records)
    assert [len(body["steps"]) for _, _, body in await bench.said(STEPS)] == [2, 2, 1]
    assert [step["id"] for step in await told(bench)] == [id_of(each) for each in records]
