"""What the trace server shows: the publisher's own trace through both services, matters under what opened them, linked to each caller's own."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from uuid import UUID

import httpx
import pytest

from cg_contracts.accounts import source_of
from cg_kit.pure import named
from tests.system.house import IDS, City, Draft, Ear, until

Spans = dict[str, dict[str, Any]]


def traceparent(*, sampled: bool = True) -> str:
    """A trace context of a caller's own."""
    return f"00-{IDS.new().int:032x}-{IDS.new().int & 0xFFFFFFFFFFFFFFFF | 1:016x}-{'01' if sampled else '00'}"


def parts(context: str) -> tuple[str, str]:
    """Trace and span of a context."""
    _, trace, span, _ = context.split("-")
    return trace, span


def spans(city: City, trace: str) -> Spans:
    """The spans of a trace that the server has now, by id."""
    answer = httpx.get(f"{city.home.traces_url}/api/v2/trace/{trace}", timeout=20, trust_env=False)
    assert answer.status_code in (200, 404)
    return {span["id"]: span for span in answer.json()} if answer.status_code == 200 else {}


def shown(city: City, trace: str, *names: str) -> Spans:
    """The trace, once these spans are in it; services send theirs within a second or two."""

    def there() -> Spans | None:
        found = spans(city, trace)
        return found if set(names) <= {span["name"] for span in found.values() if acts(span)} else None

    found: Spans = until(there, f"{names} in trace {trace}", every=0.2)
    return found


def acts(span: dict[str, Any]) -> bool:
    """Whether it is of a service that does something about it; oversight hears everything too."""
    return bool(span["localEndpoint"]["serviceName"] != "oversight")


def one(found: Spans, name: str, fits: Callable[[dict[str, Any]], bool] = lambda _: True) -> dict[str, Any]:
    """The one span of a name."""
    (span,) = [span for span in found.values() if span["name"] == name and acts(span) and fits(span)]
    return span


def appointment(city: City, hr: Ear, context: str) -> tuple[Draft, UUID]:
    """The staff system asks, in a trace of its own, that a post be filled that needs an advice; the case that screening opens for it."""
    posts = city.asks("org", "/posts", vacant=True, sensitive=True, limit=500)["items"]
    post = next(post["post_id"] for post in posts if post["sensitivity"] == "advice_required")
    draft = city.draft("AppointmentRequested", "hr", post_id=post).set("ce_traceparent", context)
    city.publish(draft)
    proposed = hr.answer(draft.id, "AppointmentProposed")
    case = named("org", named("screening-request", UUID(proposed.data["assignment_id"])))
    with city.door("screening", "head-of-service") as head:
        until(lambda: head.get(f"/cases/{case}").status_code == 200, f"the case {case}")
    return draft, case


def test_one_trace_from_the_publisher_through_both_services(city: City, hr: Ear) -> None:
    mine, theirs, later = traceparent(), traceparent(), traceparent()
    draft, case = appointment(city, hr, mine)
    with city.door("screening", "person", person=UUID(draft.data["person_id"])) as door:
        assert door.post(f"/cases/{case}/consent", headers={"traceparent": theirs}).is_success
    told = Draft("hr", "cg.screening.intake.hr", str(case), None, list(draft.headers))
    told.value = json.dumps({"case_id": str(case), "notified_at": "2026-01-01T00:00:00Z", "means": "handed_over"}).encode()
    told.set("ce_id", str(IDS.new())).set("ce_subject", str(case)).set("ce_type", "be.police.cg.screening.DecisionNotified.v1")
    city.publish(told.set("ce_traceparent", later))
    assert hr.answer(told.id).data["rule"] == "SCR-UNDECIDED"

    trace, span = parts(mine)
    names = "process appointment requested", "process screening requested", "process screening case opened", "command consent", "process decision notified"
    found = shown(city, trace, *names)
    assert {one["traceId"] for one in found.values()} == {trace}

    # a chain: each step under the step that said what it is about
    began = one(found, "process appointment requested")
    assert (began["localEndpoint"]["serviceName"], began["parentId"], began["kind"]) == ("org", span, "CONSUMER")
    asked = one(found, "follow asked")
    assert asked["parentId"] == began["id"]
    proposed = one(found, "follow proposed")
    assert proposed["parentId"] == asked["id"]
    opens = one(found, "process screening requested")
    assert (opens["localEndpoint"]["serviceName"], opens["kind"]) == ("screening", "CONSUMER")
    assert found[opens["parentId"]]["localEndpoint"]["serviceName"] == "org"
    back = one(found, "process screening case opened")
    assert (back["localEndpoint"]["serviceName"], back["parentId"]) == ("org", opens["id"])

    # a person's command and a stranger's message about the open case: under what opened it, linked to their own
    consent = one(found, "command consent")
    assert (consent["parentId"], consent["kind"]) == (opens["id"], "SERVER")
    assert "/".join(parts(theirs)) in consent["tags"]["cg.linked"].split()
    notified = one(found, "process decision notified")
    assert notified["parentId"] == opens["id"]
    assert "/".join(parts(later)) in notified["tags"]["cg.linked"].split()

    # names and attributes of OpenTelemetry's conventions
    assert began["tags"]["messaging.destination.name"] == "cg.org.intake.hr"
    assert began["tags"]["messaging.system"] == "kafka"
    assert began["tags"]["cloudevents.event_id"] == began["tags"]["messaging.message.id"] == draft.id
    assert {one["tags"]["messaging.message.conversation_id"] for one in found.values()} == {draft.id}

    # the journals say the same of each message as the spans
    for row in city.told("story", draft.id):
        if row["step"] == "message" and row["source"] in (source_of("org"), source_of("screening")):
            where, made_in = parts(row["traceparent"])
            assert where == trace
            assert made_in in found, row["type"]


def test_what_is_not_sampled_is_on_no_page_and_in_every_story(city: City, hr: Ear) -> None:
    quiet, loud = traceparent(sampled=False), traceparent()
    draft, case = appointment(city, hr, quiet)
    city.does("screening", f"/cases/{case}/consent", "person", person=UUID(draft.data["person_id"]))
    seen = city.draft("ScreeningRequested", "hr", person_data=None).set("ce_traceparent", loud)
    city.publish(seen)
    hr.answer(seen.id)
    shown(city, parts(loud)[0], "process screening requested")  # sent later, and here already
    assert spans(city, parts(quiet)[0]) == {}
    rows = city.told("story", draft.id)
    names = {row["type"].split(".")[-2] if "." in row["type"] else row["type"] for row in rows}
    assert {"AppointmentRequested", "AppointmentProposed", "ScreeningRequested", "ScreeningCaseOpened", "Consent", "ConsentGiven"} <= names
    ids = {row["id"] for row in rows}
    assert [row["id"] for row in rows if row["causationid"] is None] == [draft.id]
    assert {row["causationid"] for row in rows} - ids == {None}
    assert {row["correlationid"] for row in rows} == {draft.id}
    assert {row["traceparent"][:36] + row["traceparent"][-2:] for row in rows} == {quiet[:36] + "00"}


@pytest.mark.parametrize("sampled", [True, False])
def test_what_was_turned_away_always_has_its_span(city: City, hr: Ear, sampled: bool) -> None:
    context = traceparent(sampled=sampled)
    bad = city.draft("ScreeningRequested", "hr").put(kind="nonsense").set("ce_traceparent", context)
    city.publish(bad)
    assert hr.answer(bad.id).name == "MessageRejected"
    found = shown(city, parts(context)[0], "process screening requested")
    failed = one(found, "process screening requested")
    assert failed["parentId"] == parts(context)[1]
    assert failed["tags"]["cg.rule"] == "data-invalid"
    assert failed["tags"]["error.type"] == "data-invalid"
