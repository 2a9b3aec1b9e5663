"""The door for people, on a real database: a pilot with somebody from outside, from its proposal to what became of it (F8), and its failure branches."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from services.innovation.tests.door import OWNER, SPONSOR, UNIT, UNIT2, WHY, Innovation, validated, who

GREEN = {"colour": "green", "code": "looked_at", "text": "In orde."}
PLAN = {"kpis": [{"code": "minutes", "target": "30"}], "stop_criteria": ["Een ongeval."]}
ROLES = {"dpia": "dpo", "legal": "legal-adviser", "budget": "budget-holder", "ai_act": "ai-adviser", "infosec": "security-adviser"}


async def proposed(it: Innovation, title: str, **more: Any) -> tuple[str, str]:
    """A pilot of a validated idea, and the idea."""
    idea_id = await validated(it, title)
    body = {"idea_id": idea_id, "hypothesis": "Het gaat sneller.", "unit_id": str(UNIT), "sponsor": str(SPONSOR), **more}
    return str((await it.post("/pilots", "person", body, OWNER))["id"]), idea_id


async def with_guest(it: Innovation, pilot_id: str, name: str) -> UUID:
    """Somebody of a small enterprise is invited."""
    partner_id = (await it.post("/partners", "innovation-officer", {"name": name, "kind": "sme", "theme_codes": ["drones"], "contact": str(OWNER)}))["id"]
    guest = {"person_id": str(who(name)), "partner_id": partner_id}
    assert await it.refused("POST", f"/pilots/{pilot_id}/guests", "person", guest, OWNER) == (409, "INN-PARTNER")
    await it.post(f"/partners/{partner_id}/engagement", "innovation-officer")
    await it.post(f"/pilots/{pilot_id}/guests", "person", guest, OWNER)
    return who(name)


async def test_f8_a_pilot_with_an_enterprise_from_proposal_to_adoption(innovation: Innovation) -> None:
    it = innovation
    pilot_id, idea_id = await proposed(it, "Drone met een kmo", personal_data=True, externals=True, budget="12500.00")
    guest = await with_guest(it, pilot_id, "kmo een")
    (asked,) = [each for each in await it.told(str(guest)) if each["name"] == "ScreeningRequested"]
    assert (asked["kind"], asked["person_id"]) == ("advice", str(guest)), "screening is really asked"
    await it.post(f"/pilots/{pilot_id}/endorsement", "sponsor")
    seen = await it.get(f"/pilots/{pilot_id}")
    assert set(seen["waits_for"]) == {"dpia", "legal", "budget", "screening"}
    assert await it.refused("POST", f"/pilots/{pilot_id}/approval", "steering-board", WHY) == (409, "INN-1")
    assert pilot_id in {each["pilot_id"] for each in (await it.get("/me/gates", "dpo"))["items"]}
    assert await it.refused("POST", f"/pilots/{pilot_id}/gates/legal", "dpo", GREEN) == (403, "INN-GATE-ROLE")
    for gate in ("dpia", "legal", "budget"):
        await it.post(f"/pilots/{pilot_id}/gates/{gate}", ROLES[gate], GREEN)
    assert (await it.get(f"/pilots/{pilot_id}"))["waits_for"] == ["screening"]
    until = (it.clock.domain() + timedelta(days=365)).isoformat()
    mine = {"request_id": asked["request_id"], "requester_ref": asked["requester_ref"]}
    await it.say("screening", "screening.ScreeningDecided", **mine, case_id=str(who("case")), outcome="positive", valid_until=until)
    seen = await it.get(f"/pilots/{pilot_id}")
    assert (seen["waits_for"], seen["cleared_at"] is not None, seen["guests"][0]["may_enter"]) == ([], True, True)
    await it.post(f"/pilots/{pilot_id}/approval", "steering-board", WHY)
    ends_on = str(it.clock.domain().date() + timedelta(days=90))
    assert await it.refused("POST", f"/pilots/{pilot_id}/start", "person", {"ends_on": ends_on}, OWNER) == (409, "INN-4")
    await it.post(f"/pilots/{pilot_id}/plan", "person", PLAN, OWNER)
    await it.post(f"/pilots/{pilot_id}/start", "person", {"ends_on": ends_on}, OWNER)
    assert (await it.get(f"/ideas/{idea_id}"))["status"] == "PILOTING"
    await it.post(f"/pilots/{pilot_id}/measures", "person", {"code": "minutes", "value": "28.5"}, OWNER)
    await it.pass_time(it.clock.domain() + timedelta(days=91))
    assert (await it.get(f"/pilots/{pilot_id}"))["status"] == "EVALUATING"
    assert await it.refused("POST", f"/pilots/{pilot_id}/scaling", "steering-board", WHY) == (409, "INN-6")
    await it.post(f"/pilots/{pilot_id}/disposal", "dpo", {"disposal": "deleted", "proof_ref": "PV 2026/12"})
    await it.post(f"/pilots/{pilot_id}/scaling", "steering-board", WHY)
    assert (await it.get(f"/ideas/{idea_id}"))["status"] == "EVALUATED"
    await it.post(f"/ideas/{idea_id}/offer", "innovation-officer", {"unit_id": str(UNIT2), "benefit": "Een uur"})
    await it.post(f"/ideas/{idea_id}/adoption", "unit-head", {"unit_id": str(UNIT2), "owner": str(OWNER)})
    names = [each["name"] for each in await it.told(pilot_id)]
    assert names == [
        "PilotProposed",
        *["PilotGateRequested"] * 4,
        *["PilotGateClosed"] * 4,
        "PilotCleared",
        "PilotApproved",
        "PilotStarted",
        "PilotEnded",
        "PilotDataDisposed",
        "PilotScaled",
    ]
    heard = [each["what"] for each in (await it.get(f"/ideas/{idea_id}"))["steps"]]
    assert [each for each in heard if each.startswith("PILOT_")] == ["PILOT_PROPOSED", "PILOT_APPROVED", "PILOT_STARTED", "PILOT_ENDED", "PILOT_SCALED"]


async def test_f8_a_no_of_one_gate_stops_it_and_releases_the_others(innovation: Innovation) -> None:
    it = innovation
    pilot_id, idea_id = await proposed(it, "Gezichten herkennen", personal_data=True, budget="40000")
    await it.post(f"/pilots/{pilot_id}/endorsement", "sponsor")
    await it.post(f"/pilots/{pilot_id}/gates/budget", "budget-holder", GREEN)
    no = {"colour": "red", "code": "no_legal_ground", "text": "Er is geen wettelijke grond."}
    await it.post(f"/pilots/{pilot_id}/gates/legal", "legal-adviser", no)
    told = await it.told(pilot_id)
    assert [(each["name"], each.get("gate")) for each in told[-4:]] == [
        ("PilotGateClosed", "legal"),
        ("PilotStopped", None),
        ("PilotGateReleased", "dpia"),
        ("PilotGateReleased", "budget"),
    ]
    assert (await it.get(f"/ideas/{idea_id}"))["status"] == "VALIDATED"
    heard = (await it.get("/me/notices", who=who("ann")))["items"]
    assert ("PILOT_STOPPED", "gate_red", "Er is geen wettelijke grond.") in {(each["what"], each["code"], each["text"]) for each in heard}
    assert await it.refused("POST", f"/pilots/{pilot_id}/gates/dpia", "dpo", GREEN) == (409, "INN-STATE")


async def test_f8_what_the_ai_act_prohibits_is_rejected_and_an_idea_that_is_not_ready_is_not_tried(innovation: Innovation) -> None:
    it = innovation
    idea_id = await validated(it, "Emoties lezen")
    body = {"idea_id": idea_id, "hypothesis": "Het werkt.", "unit_id": str(UNIT), "sponsor": str(SPONSOR), "uses_ai": True}
    assert await it.refused("POST", "/pilots", "person", body, OWNER) == (409, "INN-2")
    pilot_id = (await it.post("/pilots", "person", {**body, "ai_class": "prohibited"}, OWNER))["id"]
    assert (await it.get(f"/pilots/{pilot_id}"))["status"] == "REJECTED"
    fresh = (await it.post("/ideas", "person", {"title": "Vers", "problem": "p", "theme_codes": ["drones"], "unit_id": str(UNIT)}))["id"]
    assert await it.refused("POST", "/pilots", "person", {**body, "idea_id": fresh, "ai_class": "limited"}, OWNER) == (409, "INN-IDEA")
    assert await it.refused("POST", "/pilots", "person", {**body, "ai_class": "limited"}, SPONSOR) == (409, "INN-SPONSOR")


async def test_inn_3_who_is_refused_or_lapses_does_not_come_in(innovation: Innovation) -> None:
    it = innovation
    pilot_id, _ = await proposed(it, "Sensoren aan huis")
    guest = await with_guest(it, pilot_id, "kmo twee")
    await it.post(f"/pilots/{pilot_id}/endorsement", "sponsor")
    (asked,) = [each for each in await it.told(str(guest)) if each["name"] == "ScreeningRequested"]
    mine = {"request_id": asked["request_id"], "requester_ref": asked["requester_ref"], "case_id": str(who("case 2"))}
    await it.say("screening", "screening.ScreeningDecided", request_id=str(who("r")), requester_ref="post:x", case_id=str(who("other")), outcome="positive")
    assert (await it.get(f"/pilots/{pilot_id}"))["guests"][0]["standing"] == "asked", "an answer to somebody else"
    await it.say("screening", "screening.ScreeningDecided", **mine, outcome="positive", valid_until=(it.clock.domain() + timedelta(days=800)).isoformat())
    assert (await it.get(f"/pilots/{pilot_id}"))["guests"][0]["may_enter"]
    await it.say("screening", "screening.SecurityAdviceReassessed", **mine, person_id=str(guest), outcome="negative")
    seen = await it.get(f"/pilots/{pilot_id}")
    assert (seen["guests"][0]["standing"], seen["waits_for"]) == ("negative", ["legal", "screening"])
    assert [each["person_id"] for each in await it.told(pilot_id) if each["name"] == "PilotExternalBarred"] == [str(guest)]
    await it.post(f"/pilots/{pilot_id}/guests/{guest}/removal", "person", who=OWNER)
    assert (await it.get(f"/pilots/{pilot_id}"))["waits_for"] == ["legal"], "nobody from outside is left"
    await it.post(f"/pilots/{pilot_id}/gates/legal", "legal-adviser", GREEN)
    await it.post(f"/pilots/{pilot_id}/approval", "steering-board", WHY)


async def test_a_gate_that_is_late_shows_as_the_reason_why_a_pilot_waits(innovation: Innovation) -> None:
    it = innovation
    pilot_id, _ = await proposed(it, "Niemand antwoordt", staff_affected=True)
    await it.post(f"/pilots/{pilot_id}/endorsement", "sponsor")
    await it.pass_time(it.clock.domain() + timedelta(days=45))
    rows = {each["pilot_id"]: each for each in (await it.get("/pilots?status=PRECHECKS&limit=1000"))["items"]}
    assert (rows[pilot_id]["gate_late"], sorted(rows[pilot_id]["waits_for"])) == (True, ["legal", "welfare"])
    assert [each["name"] for each in await it.told(pilot_id)][-2:] == ["PilotGateDeadlineMissed"] * 2
    await it.post(f"/pilots/{pilot_id}/gates/welfare", "prevention-adviser", GREEN)
    late = {"ends_on": str(date(2030, 1, 1))}
    assert await it.refused("POST", f"/pilots/{pilot_id}/start", "person", late, OWNER) == (409, "INN-STATE")
