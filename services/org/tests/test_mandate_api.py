"""Mandates, interims and detachment through the door: each step by who may take it, and years that pass."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from cg_kit.pure import named
from cg_kit.pure.terms import day_of, start_of
from services.org.domain import mandate
from services.org.tests.door import CHIEF, STRANGER, Org, a_post, appointed, assignment, opened, registered

AUTHORITY, MEMBER = "appointing-authority", "commission-member"


async def told(org: Org, post_id: str) -> list[str]:
    """The names of all that was told of a post, in order."""
    outbox = await org.engine.store.outbox(0, 100_000)
    return [step.type.split(".")[-2] for step in outbox if step.topic == "cg.org.events" and step.key == post_id]


async def a_mandate_post(org: Org, name: str, unit: str = "audit", **more: Any) -> str:
    return await opened(org, {**a_post(unit, name, "none", None), "is_mandate": True, **more})


async def given(org: Org, post_id: str, person_id: str, kind: str, start: date, until: date | None = None) -> str:
    """An appointment by a person; the id of its assignment."""
    body = {"person_id": person_id, "kind": kind, "planned_start": start.isoformat(), "decision_ref": "act"}
    await org.post(f"/posts/{post_id}/appointments", "hr-officer", body | ({"planned_end": until.isoformat()} if until else {}))
    found = await org.get(f"/posts/{post_id}", "hr-officer")
    return next(str(each["assignment_id"]) for each in reversed(found["assignments"]) if each["person_id"] == person_id)


async def the(org: Org, post_id: str) -> dict[str, Any]:
    """The only mandate of a post."""
    [found] = (await org.get(f"/posts/{post_id}/mandates", "hr-officer"))["items"]
    return dict(found)


async def commission(org: Org, name: str, members: int = 3) -> list[str]:
    return [await registered(org, f"{name} {n}") for n in range(members)]


def seats(members: list[str]) -> dict[str, Any]:
    return {"members": [{"person_id": each, "capacity": "member"} for each in members]}


def today(org: Org) -> date:
    return day_of(org.clock.domain())


async def passes(org: Org, until: datetime) -> None:
    await org.pass_time(max(until, org.clock.domain()))
    await org.settle()


async def test_a_mandate_from_its_vacancy_over_a_renewal_to_its_end(org: Org) -> None:
    post_id, holder, judges = await a_mandate_post(org, "whole life"), await registered(org, "Wies"), await commission(org, "judge")
    declared = {"vacant_from": today(org).isoformat(), "decision_ref": "M 1"}
    await org.post(f"/posts/{post_id}/mandates", AUTHORITY, declared)
    path = f"/posts/{post_id}/mandates/{(await the(org, post_id))['mandate_id']}"
    early = await org.ask(
        "POST", f"/posts/{post_id}/appointments", AUTHORITY, CHIEF, {"person_id": holder, "kind": "mandate", "planned_start": "2026-01-01", "decision_ref": "d"}
    )
    assert (early.status_code, early.json()["rule"]) == (409, "ORG-MANDATE-SELECTION")
    await org.post(f"{path}/commissions/selection", AUTHORITY, seats(judges))
    await org.post(f"{path}/candidate", MEMBER, {"person_id": holder}, UUID(judges[1]))
    it = await given(org, post_id, holder, "mandate", today(org))
    running = await the(org, post_id)
    assert (running["stage"], running["term_no"], running["assignment_id"]) == ("running", 1, it)
    [term] = running["terms"]
    assert date.fromisoformat(term["ends_on"]) == mandate.term_end(date.fromisoformat(term["starts_on"])), "ORG-7"

    start, end = date.fromisoformat(term["starts_on"]), date.fromisoformat(term["ends_on"])
    await passes(org, start_of(date(start.year + 3, 1, 15)))
    await org.post(f"{path}/commissions/mid_term", AUTHORITY, seats(judges))
    await org.post(f"{path}/evaluations/mid_term", MEMBER, {"outcome": "good"}, UUID(judges[0]))
    await org.post(f"{path}/continuation", AUTHORITY)

    mine = (await org.get("/me/mandates", "person", UUID(holder)))["items"][0]
    shut = await org.ask("POST", f"/me/mandates/{post_id}/{mine['mandate_id']}/renewal-request", "person", UUID(holder))
    assert (shut.status_code, shut.json()["rule"]) == (409, "ORG-MANDATE-WINDOW")
    await passes(org, datetime.fromisoformat(mine["renewal_from"]) + timedelta(days=3))
    await org.post(f"/me/mandates/{post_id}/{mine['mandate_id']}/renewal-request", "person", None, UUID(holder))
    await org.post(f"{path}/commissions/final", AUTHORITY, seats(judges))
    await org.post(f"{path}/evaluations/final", MEMBER, {"outcome": "good"}, UUID(judges[2]))
    await org.post(f"{path}/renewal", AUTHORITY, {"renewed": True, "decision_ref": "act 2"})
    await passes(org, start_of(end))
    assert ((await the(org, post_id))["term_no"], (await assignment(org, post_id, it))["standing"]) == (2, "active")

    await org.post(f"{path}/withdrawal", AUTHORITY, {"on": (today(org) + timedelta(days=10)).isoformat()})
    await passes(org, start_of(today(org) + timedelta(days=10)))
    assert ((await the(org, post_id))["stage"], (await assignment(org, post_id, it))["standing"]) == ("withdrawn", "ended")
    said = [each for each in await told(org, post_id) if each.startswith("Mandate")]
    assert said == [
        "MandateVacancyDeclared",
        "MandateStarted",
        "MandateMidTermEvaluationDue",
        "MandateEvaluated",
        "MandateRenewalWindowOpened",
        "MandateRenewalRequested",
        "MandateEvaluated",
        "MandateRenewed",
        "MandateStarted",
        "MandateEndPlanned",
        "MandateEnded",
    ]


async def test_org_8_who_reports_to_the_holder_is_in_no_commission(org: Org) -> None:
    head = named("api", "head of", "ispo")
    post_id = await a_mandate_post(org, "head of ispo", "ispo", post_id=str(head), is_head=True)
    holder, judges = await registered(org, "Xan"), await commission(org, "under", 2)
    below, beside = await registered(org, "Below"), await registered(org, "Beside")
    await given(org, post_id, holder, "mandate", today(org))
    await appointed(org, await opened(org, a_post("ispo", "below", "none", None)), below, today(org))
    await appointed(org, await opened(org, a_post("audit", "beside", "none", None)), beside, today(org))
    path = f"/posts/{post_id}/mandates/{(await the(org, post_id))['mandate_id']}"
    for conflicted in (holder, below):
        refused = await org.ask("POST", f"{path}/commissions/mid_term", AUTHORITY, CHIEF, seats([*judges, conflicted]))
        assert (refused.status_code, refused.json()["rule"]) == (409, "ORG-8")
    await org.post(f"{path}/commissions/mid_term", AUTHORITY, seats([*judges, beside]))

    start = date.fromisoformat((await the(org, post_id))["terms"][0]["starts_on"])
    await passes(org, start_of(date(start.year + 3, 1, 15)))
    await appointed(org, await opened(org, a_post("ispo", "moved below", "none", None)), beside, today(org))
    refused = await org.ask("POST", f"{path}/evaluations/mid_term", MEMBER, UUID(judges[0]), {"outcome": "good"})
    assert (refused.status_code, refused.json()["rule"]) == (409, "ORG-8"), "looked at again"


async def test_a_member_sees_the_own_files_and_a_holder_the_own_mandates(org: Org) -> None:
    post_id, holder, judges = await a_mandate_post(org, "private"), await registered(org, "Yara"), await commission(org, "seen")
    await given(org, post_id, holder, "mandate", today(org))
    path = f"/posts/{post_id}/mandates/{(await the(org, post_id))['mandate_id']}"
    await org.post(f"{path}/commissions/mid_term", AUTHORITY, seats(judges))
    assert [each["post_id"] for each in (await org.get("/me/commissions", MEMBER, UUID(judges[2])))["items"]] == [post_id]
    assert (await org.get("/me/commissions", MEMBER, STRANGER))["items"] == []
    assert [each["post_id"] for each in (await org.get("/me/mandates", "person", UUID(holder)))["items"]] == [post_id]
    assert (await org.get("/me/mandates", "person", STRANGER))["items"] == []

    me = path.removeprefix("/posts/").replace("/mandates/", "/")
    for way, role, who, body in (
        (f"{path}/evaluations/mid_term", MEMBER, STRANGER, {"outcome": "good"}),
        (f"/me/mandates/{me}/renewal-request", "person", STRANGER, None),
        (f"/me/mandates/{me}/resignation", "person", STRANGER, {"on": today(org).isoformat()}),
    ):
        denied = await org.ask("POST", way, role, who, body)
        assert (denied.status_code, denied.json()["rule"]) == (403, "ORG-NEED-TO-KNOW")
    assert (await org.ask("GET", f"/posts/{post_id}/mandates", "reader")).status_code == 403
    assert (await org.ask("POST", f"{path}/withdrawal", "hr-officer", CHIEF, {"on": "2030-01-01"})).status_code == 403


async def test_who_resigns_leaves_on_the_day_and_the_staff_is_told_both_times(org: Org) -> None:
    post_id, holder = await a_mandate_post(org, "resigned"), await registered(org, "Zeno")
    await given(org, post_id, holder, "mandate", today(org))
    on = today(org) + timedelta(days=30)
    await org.post(f"/me/mandates/{post_id}/{(await the(org, post_id))['mandate_id']}/resignation", "person", {"on": on.isoformat()}, UUID(holder))
    assert (await told(org, post_id))[-2:].count("MandateEndPlanned") == 1
    await passes(org, start_of(on))
    assert (await told(org, post_id))[-2:] == ["MandateEnded", "AssignmentEnded"]
    assert (await org.get(f"/posts/{post_id}", "reader"))["status"] == "vacant"


async def test_the_staff_system_gives_a_mandate_and_is_refused_a_wrong_kind(org: Org) -> None:
    post_id, holder = await a_mandate_post(org, "by the staff system"), await registered(org, "Abe")
    asked = {"post_id": post_id, "person_id": holder, "planned_start": today(org).isoformat()}
    await org.say("hr", "org.AppointmentRequested", asked | {"request_id": str(org.engine.ids.new()), "kind": "permanent"})
    await org.say("hr", "org.AppointmentRequested", asked | {"request_id": str(org.engine.ids.new()), "kind": "mandate"})
    assert (await the(org, post_id))["stage"] == "running"
    answers = [
        json.loads(step.body) for step in await org.engine.store.outbox(0, 100_000) if step.topic == "cg.answers.hr" and step.type.endswith("Refused.v1")
    ]
    assert "ORG-MANDATE-KIND" in {each["rule"] for each in answers}


async def test_org_2_an_interim_stands_in_and_stands_down(org: Org) -> None:
    post_id, holder, other = await a_mandate_post(org, "stood in"), await registered(org, "Bea"), await registered(org, "Carl")
    it = await given(org, post_id, holder, "mandate", today(org))
    interim = {"person_id": other, "kind": "interim", "planned_start": today(org).isoformat(), "decision_ref": "a.i."}
    refused = await org.ask("POST", f"/posts/{post_id}/appointments", "hr-officer", CHIEF, interim)
    assert (refused.status_code, refused.json()["rule"]) == (409, "ORG-2")
    back = today(org) + timedelta(days=90)
    await org.post(
        f"/posts/{post_id}/assignments/{it}/absence", "hr-officer", {"since": today(org).isoformat(), "until": back.isoformat(), "reason_code": "leave"}
    )
    stood_in = await given(org, post_id, other, "interim", today(org))
    assert (await assignment(org, post_id, stood_in))["standing"] == "active"
    assert (await the(org, post_id))["person_id"] == holder, "ORG-7: an interim is no mandate term"
    await passes(org, start_of(back))
    assert (await assignment(org, post_id, stood_in))["standing"] == "ended"
    assert [each for each in await told(org, post_id) if each in ("InterimDesignated", "HolderAbsenceStarted", "HolderReturned")] == [
        "HolderAbsenceStarted",
        "InterimDesignated",
        "HolderReturned",
    ]
    outbox = await org.engine.store.outbox(0, 100_000)
    assert not [step for step in outbox if step.key == post_id and '"leave"' in str(step.body)], "why somebody is away is told to nobody"


async def test_who_is_detached_is_away_from_home_until_the_detachment_ends(org: Org) -> None:
    home, away, person = (
        await opened(org, a_post("audit", "home", "none", None)),
        await opened(org, a_post("ispo", "away", "none", None)),
        await registered(org, "Dirk"),
    )
    it = await appointed(org, home, person, today(org))
    until = today(org) + timedelta(days=60)
    lent = await given(org, away, person, "detached", today(org), until)
    [absence] = (await assignment(org, home, it))["absences"]
    assert (absence["reason_code"], absence["phase"], absence["valid_to"]) == ("detached", "begun", until.isoformat())
    assert (await assignment(org, away, lent))["standing"] == "active"
    await passes(org, start_of(until))
    assert (await assignment(org, away, lent))["standing"] == "ended"
    assert (await assignment(org, home, it))["absences"][0]["phase"] == "over"

    again = await given(org, away, person, "detached", today(org), today(org) + timedelta(days=60))
    await org.post(f"/posts/{away}/assignments/{again}/end", "hr-officer", {"on": today(org).isoformat(), "reason_code": "back_early"})
    assert [each["phase"] for each in (await assignment(org, home, it))["absences"]] == ["over", "over"], "home at once when it ends early"


async def test_a_head_post_in_which_nobody_acts_is_told(org: Org) -> None:
    post_id = await opened(org, {**a_post("audit", "empty head", "none", None), "is_head": True})
    await passes(org, org.clock.domain() + timedelta(days=45))
    assert (await told(org, post_id)) == ["PostOpened", "HeadPostUnattended"]


async def test_what_does_not_exist_is_not_found(org: Org) -> None:
    post_id = await a_mandate_post(org, "known")
    for way, role, body in (
        (f"/posts/{STRANGER}/mandates", AUTHORITY, {"vacant_from": "2030-01-01", "decision_ref": "d"}),
        (f"/posts/{post_id}/mandates/{STRANGER}/cancellation", AUTHORITY, None),
        (f"/posts/{post_id}/mandates/{STRANGER}/continuation", AUTHORITY, None),
        (f"/posts/{post_id}/appointments", "hr-officer", {"person_id": str(STRANGER), "kind": "mandate", "planned_start": "2030-01-01", "decision_ref": "d"}),
        (f"/posts/{post_id}/assignments/{STRANGER}/return", "hr-officer", None),
        (f"/posts/{STRANGER}/assignments/{STRANGER}/absence", "hr-officer", {"since": "2030-01-01", "reason_code": "leave"}),
    ):
        assert (await org.ask("POST", way, role, CHIEF, body)).status_code == 404, way
