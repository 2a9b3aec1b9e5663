"""The door for people, on a real database: from a request to its decision, and who may do and see what on the way."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest

from cg_cli.servers import House
from cg_kit.auth import token
from cg_kit.pure import named
from services.screening import app
from services.screening.app import SERVICE
from services.screening.domain.regime import BRUSSELS, CANDIDATES, NUCLEAR_FILES, VERIFICATION
from services.screening.reactions import application_for, case_for, case_of_event, clearance_for
from tests.door import Inside, inside

HEAD, OFFICER, CLERK, VERIFIER, DECIDER, STRANGER = (named("test", "door", name) for name in ("head", "officer", "clerk", "verifier", "decider", "stranger"))
WHO = {"head-of-service": HEAD, "security-officer": OFFICER, "clearance-clerk": CLERK, "verifier": VERIFIER, "decider": DECIDER}
MIGRATIONS = Path(app.__file__).parent / "migrations"
NAMES = {"names": {"given": "Ann", "family": "Voorbeeld"}, "birth_date": "1990-02-01", "national_number": "90020112345"}


@dataclass
class Screening(Inside):
    """screening, and what tests ask of it."""

    def person(self, role: str) -> UUID:
        return WHO.get(role, STRANGER)

    async def say(self, account: str, name: str, data: dict[str, Any]) -> list[dict[str, Any]]:
        """A message of another account, taken with all that follows from it; what was answered to that account or said of it."""
        return await self.said(await self.take(account, name, data))

    async def said(self, cause: str) -> list[dict[str, Any]]:
        """The messages that this cause led to, without copies to answers topics."""
        rows = await self.pool.fetch(
            "SELECT type, body FROM journal WHERE cause = $1 AND step = 'message' AND topic = 'cg.screening.events' ORDER BY seq", cause
        )
        return [{"name": row["type"].split(".")[-2], **json.loads(row["body"])} for row in rows]

    async def told(self, key: UUID) -> list[str]:
        """The names of all that was said of this aggregate."""
        rows = await self.pool.fetch("SELECT type FROM journal WHERE key = $1 AND topic = 'cg.screening.events' ORDER BY seq", str(key))
        return [row["type"].split(".")[-2] for row in rows]

    async def asked(self, account: str, kind: str, **more: Any) -> tuple[UUID, UUID]:
        """A case that was opened, with its officers, and the person concerned."""
        request_id, person_id = self.engine.ids.new(), self.engine.ids.new()
        data = {
            "request_id": str(request_id),
            "requester_ref": "post:1/assignment:2",
            "kind": kind,
            "purpose": "appointment",
            "person_id": str(person_id),
            "needed_by": "2099-01-01",
        }
        (opened,) = await self.say(account, "screening.ScreeningRequested", data | more)
        assert opened["name"] == "ScreeningCaseOpened"
        case_id = case_for(account, request_id)
        assert opened["case_id"] == str(case_id)
        await self.post(f"/cases/{case_id}/officers", "head-of-service", {"officers": [str(who) for who in (OFFICER, CLERK, VERIFIER, DECIDER)]})
        return case_id, person_id

    async def verified(self) -> tuple[UUID, UUID]:
        """An advice of which all sources are in and that is prepared."""
        case_id, person_id = await self.asked("org", "advice")
        await self.post(f"/cases/{case_id}/person", "security-officer", NAMES)
        await self.post(f"/cases/{case_id}/consent", "person", who=person_id)
        for source in VERIFICATION:
            await self.post(f"/cases/{case_id}/checks/{source}", "verifier", {"result": "NOTHING_FOUND"})
        await self.post(f"/cases/{case_id}/assessment", "verifier", {"proposal": "positive", "reasons": "nothing stands in the way"})
        return case_id, person_id

    async def transmitted(self, level: str = "GEHEIM") -> tuple[UUID, UUID]:
        """A clearance whose application lies with the security authority."""
        case_id, person_id = await self.asked("org", "clearance", required_level=level)
        await self.transmit(case_id, person_id)
        return case_id, person_id

    async def transmit(self, case_id: UUID, person_id: UUID) -> None:
        """What a clearance takes before its application lies with the security authority."""
        officers = [str(who) for who in (OFFICER, CLERK, VERIFIER, DECIDER)]
        await self.post(f"/cases/{case_id}/officers", "head-of-service", {"officers": officers})
        await self.post(f"/cases/{case_id}/consent", "person", who=person_id)
        await self.post(f"/cases/{case_id}/person", "security-officer", {**NAMES, "cohabitants": [{"given": "Bo", "family": "Exemple"}]})
        await self.post(f"/cases/{case_id}/submission", "security-officer")
        await self.post(f"/cases/{case_id}/completeness", "clearance-clerk", {"missing": []})
        await self.post(f"/cases/{case_id}/transmission", "clearance-clerk")

    def decision(self, outcome: str, **more: Any) -> dict[str, Any]:
        """A decision of the security authority, of now."""
        return {"decision_ref": f"NVO/{self.engine.ids.new()}", "outcome": outcome, "decided_at": self.clock.domain().isoformat(), **more}

    async def granted(self, level: str = "GEHEIM") -> tuple[UUID, UUID]:
        """A clearance that was granted, and its holder."""
        case_id, person_id = await self.transmitted(level)
        expires_at = (self.clock.domain() + timedelta(days=5 * 365)).isoformat()
        await self.say(
            "nvo", "screening.NvoDecisionReceived", self.decision("granted", application_id=str(application_for(case_id)), level=level, expires_at=expires_at)
        )
        return clearance_for(application_for(case_id)), person_id


@pytest.fixture(scope="module")
async def screening(house: House) -> AsyncIterator[Screening]:
    async with inside(Screening, SERVICE, house, "screening_door") as made:
        yield made


async def test_an_advice_from_request_to_final(screening: Screening) -> None:
    case_id, person_id = await screening.verified()
    done = await screening.post(f"/cases/{case_id}/decision", "decider", {"outcome": "positive"})
    assert done["events"] == ["Decided"]
    seen = await screening.get(f"/cases/{case_id}", "decider")
    assert (seen["status"], seen["outcome"], seen["prepared_by"], seen["decided_by"]) == ("DECIDED", "positive", str(VERIFIER), str(DECIDER))
    waiting = (await screening.get("/ops/open?type=DecisionNotified&account=hr", "operator"))["items"]
    assert str(case_id) in {each["case_id"] for each in waiting}

    told = {"case_id": str(case_id), "notified_at": screening.clock.domain().isoformat(), "means": "registered_letter"}
    (window,) = await screening.say("hr", "screening.DecisionNotified", told)
    assert window["name"] == "AppealWindowOpened"
    await screening.pass_time(datetime.fromisoformat(window["appeal_until"]))
    assert (await screening.get(f"/cases/{case_id}", "head-of-service"))["status"] == "FINAL"
    assert await screening.told(case_id) == [
        "ScreeningCaseOpened",
        "ConsentGiven",
        "VerificationStarted",
        *["SourceCheckCompleted"] * len(VERIFICATION),
        "ScreeningDecided",
        "AppealWindowOpened",
    ]
    validity = await screening.get(f"/validity?person_id={person_id}&purpose=planning", "unit-head")
    assert validity["usable"]
    await screening.pass_time(datetime.fromisoformat(validity["until"]))
    assert (await screening.told(case_id))[-1] == "SecurityAdviceExpired"
    assert not (await screening.get(f"/validity?person_id={person_id}&purpose=planning", "unit-head"))["usable"]


async def test_a_candidate_is_answered_to_hr(screening: Screening) -> None:
    case_id, person_id = await screening.asked("hr", "recruitment", person_data=NAMES)
    await screening.post(f"/cases/{case_id}/consent", "person", who=person_id)
    read = await screening.get(f"/cases/{case_id}/person?purpose=verification", "verifier")
    assert read["names"]["given"] == "Ann"
    for source in CANDIDATES:
        done = await screening.post(f"/cases/{case_id}/checks/{source}", "verifier", {"result": "INFO_FOUND", "content": "a note"})
    assert done["events"] == ["CheckAnswered", "RecruitmentAnswered"]
    copies = await screening.pool.fetch("SELECT type FROM journal WHERE key = $1 AND topic = 'cg.answers.hr'", str(case_id))
    assert [row["type"].split(".")[-2] for row in copies] == ["ScreeningCaseOpened", "RecruitmentScreeningAnswered"]


async def test_a_clearance_from_application_to_withdrawal(screening: Screening) -> None:
    clearance_id, person_id = await screening.granted()
    ask = f"/validity?person_id={person_id}&level=VERTROUWELIJK&purpose=access"
    assert not (await screening.get(ask, "security-officer"))["usable"], "SCR-2: not briefed"
    assert await screening.refused("POST", f"/clearances/{clearance_id}/briefing", "security-officer", who=person_id) == (403, "SCR-3")
    await screening.post(f"/clearances/{clearance_id}/briefing", "security-officer")
    assert (await screening.get(ask, "security-officer"))["usable"]
    (withdrawn,) = await screening.say("nvo", "screening.NvoDecisionReceived", screening.decision("withdrawn", clearance_id=str(clearance_id)))
    assert (withdrawn["name"], withdrawn["person_id"]) == ("ClearanceWithdrawn", str(person_id))
    assert not (await screening.get(ask, "security-officer"))["usable"]
    assert [each["status"] for each in (await screening.get(f"/clearances?person_id={person_id}", "security-officer"))["items"]] == ["WITHDRAWN"]
    assert await screening.told(clearance_id) == ["ClearanceGranted", "SecurityBriefingGiven", "ClearanceWithdrawn"]


async def test_a_clearance_is_spoken_of_and_expires(screening: Screening) -> None:
    clearance_id, _ = await screening.granted("ZEER_GEHEIM")
    expires_at = (await screening.get(f"/clearances/{clearance_id}", "security-officer"))["expires_at"]
    await screening.pass_time(datetime.fromisoformat(expires_at) - timedelta(days=1))
    seen = await screening.get(f"/clearances/{clearance_id}", "security-officer")
    assert seen["renewal"] == ["invite", "apply", "at_risk"]
    await screening.pass_time(datetime.fromisoformat(expires_at))
    assert (await screening.told(clearance_id))[1:] == ["ClearanceRenewalDue", "ClearanceExpired"]


async def test_scr_6_a_late_decision_is_said_to_be_late_and_listed(screening: Screening) -> None:
    case_id, _ = await screening.transmitted()
    application_id = application_for(case_id)
    sent = (await screening.get(f"/cases/{case_id}", "clearance-clerk"))["application"]
    await screening.pass_time(datetime.fromisoformat(sent["decision_due_at"]))
    assert await screening.told(application_id) == ["ClearanceApplicationTransmitted", "DecisionDeadlineMissed", "AppealWindowOpened"]
    late = (await screening.get("/late", "head-of-service"))["items"]
    (mine,) = [each for each in late if each["application_id"] == str(application_id)]
    assert mine["law"].startswith("Royal Decree of 24 March 2000")
    assert await screening.refused("GET", "/late", "verifier") == (403, "role-needed")
    assert (await screening.get(f"/cases/{case_id}", "clearance-clerk"))["application"]["status"] == "UNDER_INVESTIGATION"
    refusing = screening.decision("refused", application_id=str(application_id))
    (refused,) = await screening.say("nvo", "screening.NvoDecisionReceived", refusing)
    assert refused["name"] == "ClearanceRefused"
    assert await screening.say("nvo", "screening.NvoDecisionReceived", refusing) == [], "SCR-4: once"


async def test_who_lived_abroad_is_investigated_for_longer(screening: Screening) -> None:
    case_id, _ = await screening.transmitted()
    application_id = application_for(case_id)
    first = (await screening.get(f"/cases/{case_id}", "clearance-clerk"))["application"]["decision_due_at"]
    open_ones = (await screening.get("/ops/open?type=NvoExtensionReceived&limit=1000", "operator"))["items"]
    assert str(application_id) in {each["application_id"] for each in open_ones}
    more = {"decision_ref": f"NVO/{screening.engine.ids.new()}", "application_id": str(application_id), "more": "3 months"}
    more |= {"decided_at": screening.clock.domain().isoformat()}
    (refused,) = await screening.say("nvo", "screening.NvoExtensionReceived", more | {"reason_code": "busy"})
    assert (refused["name"], refused["rule"], refused["field"]) == ("RequestRefused", "SCR-EXTENSION", "reason_code")
    (extended,) = await screening.say("nvo", "screening.NvoExtensionReceived", more | {"reason_code": "stay_abroad"})
    assert (extended["name"], extended["reason_code"]) == ("DecisionTermExtended", "stay_abroad")
    (decision,) = (await screening.get(f"/cases/{case_id}/terms", "head-of-service"))["items"]
    assert decision["standing"] == "running"
    assert datetime.fromisoformat(decision["due_at"]) == datetime.fromisoformat(extended["due_at"])
    assert "stay_abroad" in decision["explanation"]
    await screening.pass_time(datetime.fromisoformat(first))
    assert await screening.told(application_id) == ["ClearanceApplicationTransmitted", "DecisionTermExtended"], "not late yet"
    assert screening.clock.domain() < datetime.fromisoformat(extended["due_at"])


async def test_the_clerk_notes_that_a_fee_was_paid(screening: Screening) -> None:
    case_id, _ = await screening.asked("org", "advice")
    assert (await screening.get(f"/cases/{case_id}", "clearance-clerk"))["fee"] == {"amount": "50.00", "paid_on": None, "payment_ref": None}
    paid = {"paid_on": screening.clock.domain().date().isoformat(), "payment_ref": "+++090/9337/55493+++"}
    await screening.post(f"/cases/{case_id}/fee", "clearance-clerk", paid)
    assert (await screening.get(f"/cases/{case_id}", "clearance-clerk"))["fee"] == {"amount": "50.00", **paid}
    assert await screening.refused("POST", f"/cases/{case_id}/fee", "clearance-clerk", paid | {"payment_ref": "x"}) == (409, "SCR-FEE")
    candidate, _ = await screening.asked("hr", "recruitment", person_data=NAMES)
    assert (await screening.get(f"/cases/{candidate}", "clearance-clerk"))["fee"] is None


async def test_a_late_source_is_listed(screening: Screening) -> None:
    case_id, person_id = await screening.asked("hr", "recruitment", person_data=NAMES)
    await screening.post(f"/cases/{case_id}/consent", "person", who=person_id)
    due_at = (await screening.get(f"/cases/{case_id}", "verifier"))["checks"][0]["due_at"]
    await screening.pass_time(datetime.fromisoformat(due_at))
    late = [each["source"] for each in (await screening.get("/late?limit=1000", "head-of-service"))["items"] if each["case_id"] == str(case_id)]
    assert sorted(late) == sorted(CANDIDATES)


async def test_a_decision_about_nothing_is_refused(screening: Screening) -> None:
    (refused,) = await screening.say("nvo", "screening.NvoDecisionReceived", screening.decision("refused", application_id=str(STRANGER)))
    assert (refused["name"], refused["rule"], refused["field"]) == ("RequestRefused", "NOT-FOUND", "application_id")


async def test_each_due_date_is_explained_with_its_law(screening: Screening) -> None:
    case_id, _ = await screening.transmitted()
    items = (await screening.get(f"/cases/{case_id}/terms", "head-of-service"))["items"]
    (decision,) = items
    assert (decision["of"], decision["name"], decision["standing"], decision["term"]) == ("application", "decision", "running", "6 months")
    assert decision["law"]
    assert decision["explanation"].startswith("6 months from ")
    sent = (await screening.get(f"/cases/{case_id}", "clearance-clerk"))["application"]
    assert decision["due_at"] == sent["decision_due_at"]
    assert await screening.refused("GET", f"/cases/{case_id}/terms", "verifier", who=STRANGER) == (403, "SCR-NEED")


async def test_a_suspended_term_runs_again_by_itself_and_ends_later(screening: Screening) -> None:
    case_id, _ = await screening.asked("org", "advice")
    first = (await screening.get(f"/cases/{case_id}", "verifier"))["decision_due_at"]
    until = (screening.clock.domain() + timedelta(days=20)).date()
    path = f"/cases/{case_id}/suspension"
    assert await screening.refused("POST", path, "head-of-service", {"reason_code": "holiday", "until": until.isoformat()}) == (409, "SCR-SUSPEND")
    await screening.post(path, "head-of-service", {"reason_code": "foreign_authority", "until": until.isoformat()})
    await screening.pass_time(datetime.fromisoformat(first))
    seen = await screening.get(f"/cases/{case_id}", "verifier")
    assert (seen["late"], seen["first_due_at"]) == (False, first)
    assert seen["decision_due_at"] > first
    assert (await screening.told(case_id))[1:] == ["DecisionTermSuspended", "DecisionTermResumed"]
    assert (await screening.post(f"{path}/end", "head-of-service"))["events"] == []


async def test_f10_many_are_screened_for_an_event_and_its_start_is_a_hard_stop(screening: Screening) -> None:
    starts_at = screening.clock.domain() + timedelta(days=10)
    plan = {"place": "justus_lipsius", "starts_at": starts_at.isoformat(), "ends_at": (starts_at + timedelta(days=2)).isoformat()}
    event_id = (await screening.post("/events", "security-officer", plan))["id"]
    persons = [screening.engine.ids.new() for _ in range(5)]
    await screening.post(f"/events/{event_id}/officers", "head-of-service", {"officers": [str(who) for who in (OFFICER, VERIFIER, DECIDER, CLERK)]})
    for few in (persons[:3], persons):
        await screening.post(f"/events/{event_id}/persons", "security-officer", {"persons": [str(each) for each in few]})
    cases = [case_of_event(UUID(event_id), each) for each in persons]
    for case_id in cases[:2]:
        await screening.post(f"/cases/{case_id}/person", "security-officer", NAMES)
        signed_on = screening.clock.domain().date().isoformat()
        await screening.post(f"/cases/{case_id}/consent/form", "security-officer", {"form": "F2026/1", "signed_on": signed_on})
        for source in VERIFICATION:
            await screening.post(f"/cases/{case_id}/checks/{source}", "verifier", {"result": "NOTHING_FOUND"})
        await screening.post(f"/cases/{case_id}/assessment", "verifier", {"proposal": "positive"})
    await screening.post(f"/cases/{cases[0]}/decision", "decider", {"outcome": "positive"})
    await screening.post(f"/cases/{cases[2]}/consent/refusal", "person", who=persons[2])
    progress = (await screening.get(f"/events/{event_id}", "head-of-service"))["progress"]
    assert (progress["asked"], progress["undecided"], progress["positive"], progress["no_consent"]) == (5, 3, 1, 1)
    left = (await screening.get(f"/events/{event_id}/undecided", "security-officer"))["items"]
    assert {UUID(each) for each in left} == {cases[1], cases[3], cases[4]}
    at_the_door = f"/validity?person_id={persons[0]}&place=justus_lipsius&purpose=badge"
    assert not (await screening.get(at_the_door, "security-officer"))["usable"], "not before it begins"
    told = {"notified_at": screening.clock.domain().isoformat(), "means": "handed_over"}
    await screening.post(f"/cases/{cases[0]}/notification", "clearance-clerk", told)

    await screening.pass_time(starts_at)
    progress = (await screening.get(f"/events/{event_id}", "head-of-service"))["progress"]
    assert (progress["undecided"], progress["positive"], progress["cancelled"]) == (0, 1, 3)
    assert (await screening.told(cases[1]))[-1] == "ScreeningCancelled"
    assert await screening.refused("POST", f"/cases/{cases[1]}/decision", "decider", {"outcome": "positive"}) == (409, "SCR-STATE")
    assert (await screening.get(at_the_door, "security-officer"))["usable"]
    assert not (await screening.get(f"/validity?person_id={persons[0]}&purpose=badge", "security-officer"))["usable"], "at that place only"
    late = {"persons": [str(STRANGER)]}
    assert await screening.refused("POST", f"/events/{event_id}/persons", "security-officer", late) == (409, "SCR-EVENT")
    await screening.pass_time(starts_at + timedelta(days=2))
    assert not (await screening.get(at_the_door, "security-officer"))["usable"]


async def test_the_security_officer_of_a_unit_reads_its_register_and_nobody_elses(screening: Screening) -> None:
    unit_id, other, role = screening.engine.ids.new(), screening.engine.ids.new(), "security-officer"
    post_id, assignment_id = screening.engine.ids.new(), screening.engine.ids.new()
    clearance_id, person_id = await screening.granted()
    path = f"/units/{unit_id}/officers"
    assert await screening.refused("POST", path, "head-of-service", {"person_id": str(person_id)}) == (409, "SCR-OFFICER-CLEARED"), "not briefed"
    await screening.post(f"/clearances/{clearance_id}/briefing", "security-officer")
    register = f"/units/{unit_id}/register?purpose=yearly_review"
    assert await screening.refused("GET", register, role, who=person_id) == (403, "SCR-OFFICER")
    await screening.post(path, "head-of-service", {"person_id": str(person_id)})
    assert await screening.told(person_id) == ["SecurityOfficerAppointed"]

    opened = {"post_id": str(post_id), "unit_id": str(unit_id), "role": "analyst", "sensitivity": "clearance_required", "required_level": "GEHEIM"}
    await screening.say("org", "org.PostOpened", opened | {"effective_from": "2026-01-01"})
    held, held_by = await screening.granted()
    await screening.post(f"/clearances/{held}/briefing", "security-officer")
    assignment = {"assignment_id": str(assignment_id), "post_id": str(post_id), "person_id": str(held_by)}
    await screening.say("org", "org.AssignmentStarted", assignment | {"started_at": screening.clock.domain().isoformat()})
    seen = await screening.get(register, role, person_id)
    (line,) = seen["items"]
    assert (line["person_id"], line["cover"], line["clearance_id"], line["standing"]) == (str(held_by), "covered", str(held), "active")
    assert [each["person_id"] for each in seen["officers"]] == [str(person_id)]
    read = await screening.pool.fetchrow("SELECT actor, purpose, persons FROM register_read WHERE unit_id = $1", unit_id)
    assert read is not None
    assert (read["actor"], read["purpose"], read["persons"]) == (person_id, "yearly_review", [held_by])
    assert await screening.refused("GET", f"/units/{other}/register?purpose=curiosity", role, who=person_id) == (403, "SCR-OFFICER")

    moved = {"from_unit_id": str(unit_id), "to_unit_id": str(other), "effective_from": "2026-01-01", "post_id": str(post_id)}
    await screening.say("org", "org.PostMoved", moved)
    took = {"reorganisation_id": str(STRANGER), "effective_date": "2026-01-01", "decision_ref": "d"}
    mapping = {"kind": "merge", "from_unit_ids": [str(unit_id)], "to_unit_ids": [str(other)]}
    await screening.say("org", "org.ReorganisationTookEffect", took | {"mappings": [mapping]})
    assert len((await screening.get(f"/units/{other}/register?purpose=yearly_review", role, person_id))["items"]) == 1, "F7: what came of the unit is theirs"
    await screening.say("nvo", "screening.NvoDecisionReceived", screening.decision("withdrawn", clearance_id=str(held)))
    (line,) = (await screening.get(f"/units/{other}/register?purpose=yearly_review", "head-of-service"))["items"]
    assert (line["cover"], line["standing"]) == ("ended", "active"), "somebody works without"
    await screening.say("nvo", "screening.NvoDecisionReceived", screening.decision("withdrawn", clearance_id=str(clearance_id)))
    assert (await screening.told(person_id))[-1] == "SecurityOfficerEnded"
    assert await screening.refused("GET", f"/units/{other}/register?purpose=yearly_review", role, who=person_id) == (403, "SCR-OFFICER")


async def test_a_zone_sends_a_table_of_which_only_complete_lines_start_a_term(screening: Screening) -> None:
    unit_id, role = screening.engine.ids.new(), "security-officer"
    clearance_id, sender = await screening.granted()
    await screening.post(f"/clearances/{clearance_id}/briefing", role)
    await screening.post(f"/units/{unit_id}/officers", "head-of-service", {"person_id": str(sender)})
    pass_ = token(screening.key, sender, [role], screening.clock.real())

    async def send(table: str, query: str = "", who: str = pass_) -> httpx.Response:
        headers = {"authorization": f"Bearer {who}", "content-type": "text/csv"}
        answer = await screening.http.post(f"/imports/screenings?unit_id={unit_id}{query}", content=table.encode(), headers=headers)
        await screening.settle()
        return answer

    needed_by = (screening.clock.domain() + timedelta(days=60)).date().isoformat()
    head = "reference;kind;given;family;birth_date;national_number;purpose;needed_by\n"
    right = f"2026-1;advice;Ann;Voorbeeld;1990-02-01;90.02.01-997.04;sensitive_post;{needed_by}\n"
    partly = f"2026-2;advice;Bo;Exemple;;;sensitive_post;{needed_by}\n"
    wrong = "Janssens;advices;Bo;Exemple;yesterday;90020112345;sensitive_post;\n"
    stranger = token(screening.key, STRANGER, [role], screening.clock.real())
    assert (await send(head + right, who=stranger)).json()["rule"] == "SCR-OFFICER"

    dry = (await send(head + right + partly + wrong, "&dry_run=true")).json()
    assert {(error["line"], error["field"]) for error in dry["errors"]} == {(4, "reference"), (4, "kind"), (4, "birth_date"), (4, "national_number")}
    refused = await send(head + right + partly + wrong)
    assert (refused.status_code, refused.json()["rule"]) == (409, "table")
    assert (await send("")).status_code == 422
    assert (await screening.get(f"/drafts?unit_id={unit_id}", role, sender))["items"] == [], "nothing was done"

    done = (await send(head + right + partly)).json()
    (taken,) = done["complete"]
    (waits,) = done["incomplete"]
    assert waits["missing"] == ["birth_date", "national_number"]
    assert (await screening.told(UUID(taken["case_id"]))) == ["ScreeningCaseOpened"]
    assert [each["missing"] for each in (await screening.get(f"/drafts?unit_id={unit_id}", role, sender))["items"]] == [waits["missing"]]
    await screening.post(f"/cases/{taken['case_id']}/officers", "head-of-service", {"officers": [str(VERIFIER)]})
    assert (await screening.get(f"/cases/{taken['case_id']}/person?purpose=check", "verifier"))["names"] == NAMES["names"]

    mended = f"2026-2;advice;Bo;Exemple;1990-02-01;90020199704;sensitive_post;{needed_by}\n"
    again = (await send(head + right + mended)).json()
    assert (again["unchanged"], len(again["complete"]), again["incomplete"]) == (1, 1, [])
    assert (await screening.get(f"/drafts?unit_id={unit_id}", role, sender))["items"] == []
    everything = str(await screening.pool.fetch("SELECT body FROM journal")) + str(await screening.pool.fetch("SELECT state FROM draft_state"))
    assert "Exemple" not in everything
    assert "90020199704" not in everything


async def test_an_event_that_is_called_off_ends_its_cases(screening: Screening) -> None:
    starts_at = screening.clock.domain() + timedelta(days=10)
    plan = {"place": "egmont", "starts_at": starts_at.isoformat(), "ends_at": (starts_at + timedelta(days=2)).isoformat()}
    event_id = (await screening.post("/events", "head-of-service", plan))["id"]
    await screening.post(f"/events/{event_id}/persons", "head-of-service", {"persons": [str(STRANGER)]})
    await screening.post(f"/events/{event_id}/cancellation", "head-of-service")
    assert (await screening.told(case_of_event(UUID(event_id), STRANGER)))[-1] == "ScreeningCancelled"
    assert await screening.refused("GET", f"/events/{STRANGER}", "head-of-service") == (404, "NOT-FOUND")


async def test_a_closed_kind_is_rejected_with_its_rule(screening: Screening) -> None:
    data = {
        "request_id": str(screening.engine.ids.new()),
        "requester_ref": "me",
        "kind": "clearance",
        "purpose": "appointment",
        "person_id": str(STRANGER),
        "needed_by": "2099-01-01",
        "required_level": "BEPERKT",
    }
    (rejected,) = await screening.say("org", "screening.ScreeningRequested", data)
    assert (rejected["name"], rejected["rule"], rejected["requester_ref"]) == ("ScreeningRequestRejected", "SCR-LEVEL", "me")


async def test_scr_1_only_the_person_consents_and_nothing_is_checked_before(screening: Screening) -> None:
    case_id, person_id = await screening.asked("org", "advice")
    assert await screening.refused("POST", f"/cases/{case_id}/checks/criminal_record", "verifier", {"result": "NOTHING_FOUND"}) == (409, "SCR-1")
    assert await screening.refused("POST", f"/cases/{case_id}/consent", "person") == (403, "SCR-PERSON")
    assert (await screening.http.post(f"/cases/{case_id}/consent")).status_code == 401
    assert await screening.refused("POST", f"/cases/{case_id}/consent", "verifier") == (403, "role-needed")
    await screening.post(f"/cases/{case_id}/consent/refusal", "person", who=person_id)
    assert (await screening.told(case_id))[-1] == "ScreeningCancelled"


async def test_consent_is_withdrawn_here_and_at_the_security_authority(screening: Screening) -> None:
    case_id, person_id = await screening.verified()
    await screening.post(f"/cases/{case_id}/consent/withdrawal", "person", who=person_id)
    assert (await screening.told(case_id))[-2:] == ["ConsentWithdrawn", "ScreeningCancelled"]
    sent_id, holder = await screening.transmitted()
    assert await screening.refused("POST", f"/cases/{sent_id}/consent/withdrawal", "person") == (403, "SCR-PERSON")
    await screening.post(f"/cases/{sent_id}/consent/withdrawal", "person", who=holder)
    assert (await screening.told(application_for(sent_id)))[-1] == "ScreeningCancelled"
    assert (await screening.get("/me/cases", "person", holder))["items"][0]["phase"] == "closed"


async def test_scr_3_who_prepared_does_not_decide_and_it_is_recorded(screening: Screening) -> None:
    case_id, person_id = await screening.verified()
    path = f"/cases/{case_id}/decision"
    assert await screening.refused("POST", path, "decider", {"outcome": "positive"}, VERIFIER) == (403, "SCR-3")
    assert await screening.refused("POST", path, "decider", {"outcome": "positive"}, person_id) == (403, "SCR-3")
    rows = await screening.pool.fetch("SELECT rule FROM denied WHERE route = $1 ORDER BY at", f"POST {path}")
    assert [row["rule"] for row in rows] == ["SCR-3", "SCR-3"]
    await screening.post(f"/cases/{case_id}/exclusions", "decider", {"officer": str(DECIDER), "tie": "partner"})
    assert await screening.refused("POST", path, "decider", {"outcome": "positive"}) == (403, "SCR-3")
    other = {"officer": str(CLERK), "tie": "colleague"}
    assert await screening.refused("POST", f"/cases/{case_id}/exclusions", "verifier", other) == (403, "SCR-3")


async def test_scr_5_reasons_are_read_in_the_vault_only(screening: Screening) -> None:
    case_id, _ = await screening.verified()
    reasons = {"full": "the whole secret story", "notifiable": "what may be said"}
    assert await screening.refused("POST", f"/cases/{case_id}/decision", "decider", {"outcome": "negative"}) == (409, "SCR-REASONS")
    await screening.post(f"/cases/{case_id}/decision", "decider", {"outcome": "negative", "reasons": reasons})
    assert (await screening.get(f"/cases/{case_id}/reasons?purpose=appeal", "decider"))["held"]["reasons"] == reasons
    everything = str(await screening.pool.fetch("SELECT body, headers FROM journal")) + str(await screening.pool.fetch("SELECT state FROM case_state"))
    assert "secret story" not in everything
    assert "Voorbeeld" not in everything
    assert "90020112345" not in everything


async def test_the_person_reads_what_they_are_told_once_notified_and_never_the_full_reasons(screening: Screening) -> None:
    case_id, person_id = await notified(screening)
    path = f"/me/cases/{case_id}/reasons"
    assert await screening.get(path, "person", person_id) == {"reasons": "what may be said", "withheld": None}
    assert await screening.refused("GET", path, "person") == (403, "SCR-PERSON")
    read = await screening.pool.fetchval("SELECT purpose FROM vault_read ORDER BY at DESC LIMIT 1")
    assert read == "notification", "SCR-11"
    other, person_id = await screening.verified()
    reasons = {"full": "the whole secret story"}
    decision = {"outcome": "negative", "reasons": reasons}
    assert await screening.refused("POST", f"/cases/{other}/decision", "decider", decision) == (409, "SCR-REASONS")
    reasons["withheld"] = "state_security"
    await screening.post(f"/cases/{other}/decision", "decider", decision)
    assert await screening.refused("GET", f"/me/cases/{other}/reasons", "person", who=person_id) == (404, "NOT-FOUND"), "not before the notification"
    told = {"case_id": str(other), "notified_at": screening.clock.domain().isoformat(), "means": "registered_letter"}
    await screening.say("hr", "screening.DecisionNotified", told)
    assert await screening.get(f"/me/cases/{other}/reasons", "person", person_id) == {"reasons": None, "withheld": "state_security"}
    assert await screening.refused("GET", f"/cases/{other}/reasons?purpose=appeal", "verifier") == (403, "role-needed"), "deciders alone read the full ones"


async def test_a_source_abroad_gets_more_time(screening: Screening) -> None:
    case_id, person_id = await screening.asked("hr", "recruitment", person_data=NAMES)
    await screening.post(f"/cases/{case_id}/consent", "person", who=person_id)
    path = f"/cases/{case_id}/checks/{CANDIDATES[0]}/extension"
    await screening.post(path, "verifier", {"days": 60, "reason_code": "foreign_authority"})
    (check,) = [each for each in (await screening.get(f"/cases/{case_id}", "verifier"))["checks"] if each["extended_for"]]
    assert check["first_due_at"] < check["due_at"]
    assert await screening.refused("POST", path, "verifier", {"days": 0, "reason_code": "foreign_authority"}) == (422, "invalid")


async def test_scr_8_no_cohabitants_in_an_advice(screening: Screening) -> None:
    case_id, _ = await screening.asked("org", "advice")
    body = {**NAMES, "cohabitants": [{"given": "Bo", "family": "Exemple"}]}
    assert await screening.refused("POST", f"/cases/{case_id}/person", "security-officer", body) == (409, "SCR-8")


async def test_scr_11_each_reading_of_the_vault_is_recorded_with_its_purpose(screening: Screening) -> None:
    case_id, _ = await screening.verified()
    before = await screening.pool.fetchval("SELECT count(*) FROM vault_read")
    assert await screening.refused("GET", f"/cases/{case_id}/person", "decider") == (422, "invalid"), "no reading without a purpose"
    assert await screening.refused("GET", f"/cases/{case_id}/person?purpose=curiosity", "decider", who=STRANGER) == (403, "SCR-NEED")
    assert await screening.pool.fetchval("SELECT count(*) FROM vault_read") == before
    await screening.get(f"/cases/{case_id}/person?purpose=decision", "decider")
    row = await screening.pool.fetchrow("SELECT actor, purpose FROM vault_read ORDER BY at DESC LIMIT 1")
    assert row is not None
    assert (json.loads(row["actor"])["person_id"], row["purpose"]) == (str(DECIDER), "decision")


async def test_each_question_about_validity_is_recorded(screening: Screening) -> None:
    person_id = screening.engine.ids.new()
    await screening.get(f"/validity?person_id={person_id}&level=GEHEIM&purpose=access", "unit-head")
    row = await screening.pool.fetchrow("SELECT * FROM validity_read WHERE person_id = $1", person_id)
    assert row is not None
    assert (row["actor"], row["level"], row["purpose"], row["usable"]) == (STRANGER, "GEHEIM", "access", False)


async def test_everybody_sees_what_they_need_and_no_more(screening: Screening) -> None:
    case_id, person_id = await screening.verified()
    assert await screening.refused("GET", f"/cases/{case_id}", "verifier", who=STRANGER) == (403, "SCR-NEED")
    assert await screening.refused("GET", f"/cases/{case_id}", "decider", who=person_id) == (403, "SCR-3")
    assert await screening.refused("GET", f"/cases/{case_id}", "hr-officer") == (403, "role-needed")
    assert set(await screening.get(f"/cases/{case_id}/status", "hr-officer")) == {"case_id", "kind", "status", "valid_until"}
    (mine,) = (await screening.get("/me/cases", "person", person_id))["items"]
    assert set(mine) == {"case_id", "kind", "phase", "expected_before"}
    await screening.post(f"/cases/{case_id}/decision", "decider", {"outcome": "positive"})
    assert (await screening.get("/me/cases", "person", person_id))["items"][0]["phase"] == "decision", "no outcome before it is notified"
    listed = (await screening.get("/cases?limit=1000", "verifier"))["items"]
    assert str(case_id) in {each["case_id"] for each in listed}
    assert (await screening.get("/cases", "verifier", STRANGER))["items"] == []


async def test_the_end_of_an_assignment_ends_the_need_to_know(screening: Screening) -> None:
    assignment_id = screening.engine.ids.new()
    request_id = named("screening-request", assignment_id)
    data = {
        "request_id": str(request_id),
        "requester_ref": "post:1/assignment:2",
        "kind": "advice",
        "purpose": "appointment",
        "person_id": str(STRANGER),
        "needed_by": "2099-01-01",
    }
    await screening.say("org", "screening.ScreeningRequested", data)
    ended = {
        "assignment_id": str(assignment_id),
        "post_id": str(STRANGER),
        "person_id": str(STRANGER),
        "reason_code": "left",
        "ended_at": screening.clock.domain().isoformat(),
    }
    await screening.say("org", "org.AssignmentEnded", ended)
    assert (await screening.get(f"/cases/{case_for('org', request_id)}", "head-of-service"))["need_ended_at"] is not None


def asking(screening: Screening, kind: str, person_id: UUID, **more: Any) -> dict[str, Any]:
    """A request for this person, under an id of its own."""
    data = {"requester_ref": f"post:{screening.engine.ids.new()}", "kind": kind, "purpose": "appointment", "person_id": str(person_id)}
    needed_by = (screening.clock.domain() + timedelta(days=60)).date().isoformat()
    return data | {"request_id": str(screening.engine.ids.new()), "needed_by": needed_by} | more


async def test_scr_10_a_nuclear_verification_for_nuclear_control_and_none_again_too_soon(screening: Screening) -> None:
    case_id, person_id = await screening.asked("fanc", "nuclear", requester_ref="FANC/1")
    again = asking(screening, "nuclear", person_id)
    (rejected,) = await screening.say("fanc", "screening.ScreeningRequested", again)
    assert (rejected["name"], rejected["rule"]) == ("ScreeningRequestRejected", "SCR-10")
    await screening.post(f"/cases/{case_id}/person", "security-officer", NAMES)
    await screening.post(f"/cases/{case_id}/consent", "person", who=person_id)
    for source in NUCLEAR_FILES:
        await screening.post(f"/cases/{case_id}/checks/{source}", "verifier", {"result": "NOTHING_FOUND"})
    assert (await screening.told(case_id))[-1] == "NuclearVerificationAnswered"
    copies = await screening.pool.fetch("SELECT type FROM journal WHERE key = $1 AND topic = 'cg.answers.fanc'", str(case_id))
    assert [row["type"].split(".")[-2] for row in copies] == ["ScreeningCaseOpened", "NuclearVerificationAnswered"]
    assert str(case_id) in {each["case_id"] for each in (await screening.get("/ops/open?type=DecisionNotified&account=fanc", "operator"))["items"]}
    told = {"case_id": str(case_id), "notified_at": screening.clock.domain().isoformat(), "means": "registered_letter"}
    (window,) = await screening.say("fanc", "screening.DecisionNotified", told)
    assert window["name"] == "AppealWindowOpened"
    (rejected,) = await screening.say("fanc", "screening.ScreeningRequested", asking(screening, "nuclear", person_id))
    assert rejected["rule"] == "SCR-10"
    (opened,) = await screening.say("fanc", "screening.ScreeningRequested", asking(screening, "nuclear", person_id, exception_code="bridging_clearance"))
    assert opened["name"] == "ScreeningCaseOpened"


async def test_a_certificate_is_closed_to_new_requests_in_the_law_of_today(screening: Screening) -> None:
    starts_at = screening.clock.domain() + timedelta(days=30)
    occasion = {"place": "royal_palace", "starts_at": starts_at.isoformat(), "ends_at": (starts_at + timedelta(days=1)).isoformat()}
    (rejected,) = await screening.say("org", "screening.ScreeningRequested", asking(screening, "certificate", STRANGER, occasion=occasion))
    assert (rejected["name"], rejected["rule"], rejected["field"]) == ("ScreeningRequestRejected", "SCR-REGIME", "kind")


async def test_a_clearance_is_reused_for_a_second_post_briefed_for_it_and_lost_for_both(screening: Screening) -> None:
    clearance_id, person_id = await screening.granted()
    await screening.post(f"/clearances/{clearance_id}/briefing", "security-officer")
    asked = asking(screening, "clearance", person_id, required_level="VERTROUWELIJK")
    (reused,) = await screening.say("org", "screening.ScreeningRequested", asked)
    assert (reused["name"], reused["clearance_id"], reused["request_id"], reused["level"]) == (
        "ClearanceReused",
        str(clearance_id),
        asked["request_id"],
        "GEHEIM",
    )
    assert await screening.refused("GET", f"/cases/{case_for('org', UUID(asked['request_id']))}", "head-of-service") == (404, "NOT-FOUND")
    await screening.post(f"/clearances/{clearance_id}/briefing", "security-officer", {"request_id": asked["request_id"]})
    seen = await screening.get(f"/clearances/{clearance_id}", "security-officer")
    assert [use["briefed_at"] is not None for use in seen["needed_for"]] == [True, True]
    assert seen["markings"] == ["GEHEIM"]
    higher = asking(screening, "clearance", person_id, required_level="ZEER_GEHEIM")
    (opened,) = await screening.say("org", "screening.ScreeningRequested", higher)
    assert opened["name"] == "ScreeningCaseOpened", "a higher one is a new enquiry"
    await screening.say("nvo", "screening.NvoDecisionReceived", screening.decision("withdrawn", clearance_id=str(clearance_id)))
    third = asking(screening, "clearance", person_id, required_level="VERTROUWELIJK")
    (opened,) = await screening.say("org", "screening.ScreeningRequested", third)
    assert opened["name"] == "ScreeningCaseOpened", "what was withdrawn answers nothing any more"


async def test_a_clearance_from_before_persons_were_kept_answers_a_new_request(screening: Screening) -> None:
    clearance_id, person_id = await screening.granted()
    known = "SELECT state -> 'clearances' FROM person_state WHERE id = $1"
    written = await screening.pool.fetchval(known, person_id)
    await screening.pool.execute("UPDATE person_state SET state = state - 'clearances', version = version + 1 WHERE id = $1", person_id)
    for _ in range(2):
        await screening.pool.execute((MIGRATIONS / "0009_clearances_for_reuse.sql").read_text())
        assert await screening.pool.fetchval(known, person_id) == written
    again = {"request_id": str(screening.engine.ids.new()), "requester_ref": "post:9", "kind": "clearance", "purpose": "appointment"}
    asked = again | {"person_id": str(person_id), "required_level": "VERTROUWELIJK", "needed_by": screening.clock.domain().date().isoformat()}
    (reused,) = await screening.say("org", "screening.ScreeningRequested", asked)
    assert (reused["name"], reused["clearance_id"]) == ("ClearanceReused", str(clearance_id))


async def test_a_clearance_that_nobody_needs_is_given_up(screening: Screening) -> None:
    clearance_id, person_id = await screening.granted()
    await screening.post(f"/clearances/{clearance_id}/briefing", "security-officer")
    assignment_id = screening.engine.ids.new()
    asked = asking(screening, "clearance", person_id, required_level="GEHEIM", request_id=str(named("screening-request", assignment_id)))
    await screening.say("org", "screening.ScreeningRequested", asked)
    path = f"/clearances/{clearance_id}/relinquishment"
    assert await screening.refused("POST", path, "security-officer") == (409, "SCR-NEEDED")
    assert await screening.refused("POST", path, "person", who=STRANGER) == (403, "SCR-PERSON")
    ended = {"assignment_id": str(assignment_id), "post_id": str(STRANGER), "person_id": str(person_id), "reason_code": "left"}
    await screening.say("org", "org.AssignmentEnded", ended | {"ended_at": screening.clock.domain().isoformat()})
    seen = await screening.get(f"/clearances/{clearance_id}", "security-officer")
    assert [use["ended_at"] is None for use in seen["needed_for"]] == [True, False]
    await screening.post(path, "person", who=person_id)
    assert (await screening.told(clearance_id))[-1] == "ClearanceRelinquished"


async def test_a_renewal_gives_a_new_clearance_that_takes_the_place_of_the_old(screening: Screening) -> None:
    old, person_id = await screening.granted()
    await screening.post(f"/clearances/{old}/briefing", "security-officer")
    path = f"/clearances/{old}/renewal"
    assert await screening.refused("POST", path, "unit-head") == (409, "SCR-RENEWAL")
    expires_at = datetime.fromisoformat((await screening.get(f"/clearances/{old}", "security-officer"))["expires_at"])
    await screening.pass_time(expires_at - timedelta(days=200))
    assert await screening.refused("POST", path, "unit-head", who=person_id) == (403, "SCR-3")
    await screening.post(path, "unit-head")
    assert (await screening.post(path, "unit-head"))["events"] == [], "one at a time"
    (first,) = (await screening.get(f"/clearances/{old}", "security-officer"))["renewals"]
    await screening.post(f"/cases/{first}/consent/refusal", "person", who=person_id)
    await screening.post(path, "unit-head")
    case_id = UUID((await screening.get(f"/clearances/{old}", "security-officer"))["renewals"][1])
    await screening.transmit(case_id, person_id)
    granting = screening.decision("granted", application_id=str(application_for(case_id)), level="GEHEIM")
    await screening.say("nvo", "screening.NvoDecisionReceived", granting | {"expires_at": (screening.clock.domain() + timedelta(days=1800)).isoformat()})
    new = clearance_for(application_for(case_id))
    assert await screening.told(new) == ["ClearanceGranted", "ClearanceReused"]
    assert (await screening.get(f"/clearances/{old}", "security-officer"))["status"] == "ACTIVE"
    await screening.post(f"/clearances/{new}/briefing", "security-officer")
    assert await screening.told(old) == ["ClearanceGranted", "SecurityBriefingGiven", "ClearanceRenewalDue", "ClearanceRenewed"]
    validity = await screening.get(f"/validity?person_id={person_id}&level=GEHEIM&purpose=access", "security-officer")
    assert (validity["usable"], datetime.fromisoformat(validity["until"]) > expires_at) == (True, True)
    await screening.pass_time(expires_at)
    assert (await screening.told(old))[-1] == "ClearanceRenewed", "it never expires as well"


async def test_what_does_not_exist_is_not_found(screening: Screening) -> None:
    for path, role in ((f"/cases/{STRANGER}", "verifier"), (f"/cases/{STRANGER}/status", "hr-officer"), (f"/clearances/{STRANGER}", "security-officer")):
        assert await screening.refused("GET", path, role) == (404, "NOT-FOUND")
    assert await screening.refused("POST", f"/cases/{STRANGER}/consent", "person") == (404, "NOT-FOUND")
    assert await screening.refused("POST", f"/clearances/{STRANGER}/briefing", "security-officer") == (404, "NOT-FOUND")


async def test_open_applications_are_listed_for_examples(screening: Screening) -> None:
    case_id, _ = await screening.transmitted()
    items = (await screening.get("/ops/open?type=NvoDecisionReceived&limit=1000", "operator"))["items"]
    assert (str(application_for(case_id)), "GEHEIM") in {(each["application_id"], each["level"]) for each in items}
    assert await screening.refused("GET", "/ops/open?type=NvoDecisionReceived", "verifier") == (403, "role-needed")


# Appeals


async def notified(screening: Screening) -> tuple[UUID, UUID]:
    """A negative advice of which the person was notified."""
    case_id, person_id = await screening.verified()
    reasons = {"full": "the whole story", "notifiable": "what may be said"}
    await screening.post(f"/cases/{case_id}/decision", "decider", {"outcome": "negative", "reasons": reasons})
    told = {"case_id": str(case_id), "notified_at": screening.clock.domain().isoformat(), "means": "registered_letter"}
    await screening.say("hr", "screening.DecisionNotified", told)
    return case_id, person_id


async def lodged(screening: Screening, ground: str, **target: UUID) -> dict[str, Any]:
    """What the appeal body is answered when it announces an appeal."""
    about = {name: str(value) for name, value in target.items()}
    posted_on = screening.clock.domain().astimezone(BRUSSELS).date().isoformat()
    data = {"request_id": str(screening.engine.ids.new()), "requester_ref": "BO/1", "ground": ground, "posted_on": posted_on}
    (said,) = await screening.say("appeals", "screening.AppealLodged", data | about)
    return said


async def ruled(screening: Screening, appeal_id: str, outcome: str, **more: Any) -> list[dict[str, Any]]:
    """What is said once the appeal body has decided."""
    decided = {"appeal_id": appeal_id, "decision_ref": "BO/1", "outcome": outcome, "decided_at": screening.clock.domain().isoformat()}
    return await screening.say("appeals", "screening.AppealDecisionReceived", decided | more)


async def test_a_negative_advice_is_appealed_and_the_body_gives_a_positive_one(screening: Screening) -> None:
    case_id, person_id = await notified(screening)
    filed = await lodged(screening, "negative", case_id=case_id)
    assert (filed["name"], filed["in_time"], filed["instrument"], filed["person_id"]) == ("AppealFiled", True, "advice", str(person_id))
    appeal_id = filed["appeal_id"]
    assert (await screening.get(f"/cases/{case_id}", "decider"))["status"] == "UNDER_APPEAL"
    assert [each["phase"] for each in (await screening.get("/me/cases", "person", person_id))["items"]] == ["under_appeal"]

    assert await screening.refused("POST", f"/appeals/{appeal_id}/file", "clearance-clerk", {}) == (403, "SCR-NEED")
    await screening.post(f"/appeals/{appeal_id}/officers", "head-of-service", {"officers": [str(CLERK)]})
    await screening.post(f"/appeals/{appeal_id}/file", "clearance-clerk", {"removed": ["source_of_intelligence"]})
    now = screening.clock.domain().astimezone(BRUSSELS)
    plan = {"consultation_from": now.date().isoformat(), "hearing_at": (now + timedelta(days=3)).isoformat()}
    assert await screening.refused("POST", f"/appeals/{appeal_id}/hearing", "clearance-clerk", plan) == (409, "SCR-CONSULTATION")
    plan["hearing_at"] = (now + timedelta(days=6)).isoformat()
    await screening.post(f"/appeals/{appeal_id}/hearing", "clearance-clerk", plan)
    assert await screening.refused("POST", f"/appeals/{appeal_id}/hearing/held", "clearance-clerk") == (409, "SCR-CONSULTATION")
    await screening.pass_time(now + timedelta(days=6))
    await screening.post(f"/appeals/{appeal_id}/hearing/held", "clearance-clerk")
    assert [each["status"] for each in (await screening.get("/me/appeals", "person", person_id))["items"]] == ["HEARD"]

    decided, positive = await ruled(screening, appeal_id, "founded")
    assert (decided["name"], decided["screening_ref"], decided["outcome"]) == ("AppealDecided", "post:1/assignment:2", "founded")
    assert (positive["name"], positive["outcome"], positive["case_id"]) == ("ScreeningDecided", "positive", str(case_id))
    assert (await screening.get(f"/validity?person_id={person_id}&purpose=planning", "unit-head"))["usable"]
    copies = await screening.pool.fetch("SELECT type FROM journal WHERE key = $1 AND topic = 'cg.answers.appeals' ORDER BY seq", appeal_id)
    assert [row["type"].split(".")[-2] for row in copies] == ["AppealFiled", "AppealDecided"]


async def test_scr_6_a_late_clearance_is_appealed_and_the_body_gives_extra_time(screening: Screening) -> None:
    case_id, _ = await screening.transmitted()
    application_id = application_for(case_id)
    assert (await lodged(screening, "late", application_id=application_id))["rule"] == "SCR-GROUND"
    due_at = (await screening.get(f"/cases/{case_id}", "clearance-clerk"))["application"]["decision_due_at"]
    await screening.pass_time(datetime.fromisoformat(due_at))
    filed = await lodged(screening, "late", application_id=application_id)
    (decided,) = await ruled(screening, filed["appeal_id"], "extra_time", within="60 days")
    assert datetime.fromisoformat(decided["decide_before"]) > screening.clock.domain()
    sent = (await screening.get(f"/cases/{case_id}", "clearance-clerk"))["application"]
    assert (sent["decision_due_at"], sent["late"]) == (decided["decide_before"], False)


async def test_f2_an_appeal_against_a_withdrawal_leads_to_another_clearance_that_needs_a_briefing(screening: Screening) -> None:
    clearance_id, person_id = await screening.granted()
    await screening.post(f"/clearances/{clearance_id}/briefing", "security-officer")
    await screening.say("nvo", "screening.NvoDecisionReceived", screening.decision("withdrawn", clearance_id=str(clearance_id)))
    told = {"clearance_id": str(clearance_id), "notified_at": screening.clock.domain().isoformat(), "means": "registered_letter"}
    (window,) = await screening.say("nvo", "screening.ClearanceDecisionNotified", told)
    assert (window["name"], window["clearance_id"]) == ("ClearanceAppealWindowOpened", str(clearance_id))
    filed = await lodged(screening, "withdrawn", clearance_id=clearance_id)
    (decided,) = await ruled(screening, filed["appeal_id"], "founded")
    assert decided["clearance_id"] == str(clearance_id)

    application_id = (await screening.get(f"/appeals/{filed['appeal_id']}", "head-of-service"))["application_id"]
    expires_at = (screening.clock.domain() + timedelta(days=1000)).isoformat()
    grant = screening.decision("granted", application_id=application_id, level="GEHEIM", expires_at=expires_at)
    refuse = screening.decision("refused", application_id=application_id)
    assert [said["rule"] for said in await screening.say("nvo", "screening.NvoDecisionReceived", refuse)] == ["SCR-ORDER"]
    granted, reused = await screening.say("nvo", "screening.NvoDecisionReceived", grant)
    assert (granted["name"], granted["person_id"]) == ("ClearanceGranted", str(person_id))
    assert (reused["name"], reused["requester_ref"]) == ("ClearanceReused", granted["requester_ref"]), "what needed the one before needs this one"
    assert granted["clearance_id"] == str(clearance_for(UUID(application_id), 2))
    ask = f"/validity?person_id={person_id}&level=GEHEIM&purpose=access"
    assert not (await screening.get(ask, "security-officer"))["usable"], "SCR-2: briefed anew"
    await screening.post(f"/clearances/{granted['clearance_id']}/briefing", "security-officer")
    assert (await screening.get(ask, "security-officer"))["usable"]


async def test_what_can_be_appealed_and_decided_is_listed_for_examples(screening: Screening) -> None:
    case_id, _ = await notified(screening)
    items = (await screening.get("/ops/open?type=AppealLodged&limit=1000", "operator"))["items"]
    assert {"case_id": str(case_id), "ground": "negative"}.items() <= next(each for each in items if each["case_id"] == str(case_id)).items()
    filed = await lodged(screening, "negative", case_id=case_id)
    items = (await screening.get("/ops/open?type=AppealDecisionReceived&limit=1000", "operator"))["items"]
    assert filed["appeal_id"] in {each["appeal_id"] for each in items}
    assert await screening.refused("GET", f"/appeals/{filed['appeal_id']}", "clearance-clerk") == (403, "SCR-NEED")
    assert await screening.refused("GET", f"/appeals/{STRANGER}", "clearance-clerk") == (404, "NOT-FOUND")
    listed = (await screening.get("/appeals?limit=1000", "head-of-service"))["items"]
    assert filed["appeal_id"] in {each["appeal_id"] for each in listed}
    assert (await screening.get("/appeals", "clearance-clerk"))["next"] is None


# Aftercare


async def reported(screening: Screening, person_id: UUID) -> list[dict[str, Any]]:
    """What justice is answered when it reports something of a person."""
    data = {"request_id": str(screening.engine.ids.new()), "requester_ref": "OM/1", "person_id": str(person_id), "category": "proceedings"}
    return await screening.say("justice", "screening.AdverseInformationReported", data)


async def test_adverse_information_has_an_advice_looked_at_again_by_four_eyes(screening: Screening) -> None:
    case_id, person_id = await screening.verified()
    await screening.post(f"/cases/{case_id}/decision", "decider", {"outcome": "positive"})
    assert str(person_id) in {each["person_id"] for each in (await screening.get("/ops/open?type=AdverseInformationReported&limit=1000", "operator"))["items"]}
    (recorded,) = await reported(screening, person_id)
    assert recorded["name"] == "AdverseInformationRecorded"
    aftercare_id = recorded["aftercare_id"]
    seen = await screening.get(f"/aftercare/{aftercare_id}", "head-of-service")
    assert (seen["status"], seen["origin"], seen["account"], seen["owner"]) == ("OPEN", "adverse_information", "justice", None)
    assert seen["reassessments"] == [{"case_id": str(case_id), "over": False, "outcome": None}]
    assert (await screening.get(f"/cases/{case_id}", "decider"))["status"] == "REASSESSMENT"
    assert (await screening.get(f"/cases/{case_id}/status", "hr-officer"))["status"] == "DECIDED", "who plans with it does not learn of it"
    assert (await screening.get(f"/validity?person_id={person_id}&purpose=planning", "unit-head"))["usable"]

    await screening.post(f"/cases/{case_id}/assessment", "verifier", {"proposal": "negative", "reasons": "new facts"})
    reasons = {"full": "new facts in full", "notifiable": "new facts"}
    decision = {"outcome": "negative", "reasons": reasons}
    assert await screening.refused("POST", f"/cases/{case_id}/decision", "decider", decision, VERIFIER) == (403, "SCR-3")
    await screening.post(f"/cases/{case_id}/decision", "decider", decision)
    assert (await screening.told(case_id))[-1] == "SecurityAdviceReassessed"
    assert not (await screening.get(f"/validity?person_id={person_id}&purpose=planning", "unit-head"))["usable"]

    await screening.post(f"/aftercare/{aftercare_id}/owner", "head-of-service", {"owner": str(VERIFIER)})
    assert await screening.refused("GET", f"/aftercare/{aftercare_id}", "decider") == (403, "SCR-NEED")
    await screening.post(f"/aftercare/{aftercare_id}/conclusion", "verifier", {"conclusion": "advice_reassessed"})
    assert aftercare_id not in {each["aftercare_id"] for each in (await screening.get("/aftercare", "verifier"))["items"]}


async def test_what_is_reported_of_somebody_who_has_nothing_here_is_refused_and_not_kept(screening: Screening) -> None:
    (refused,) = await reported(screening, screening.engine.ids.new())
    assert (refused["name"], refused["rule"]) == ("RequestRefused", "SCR-UNKNOWN")
    assert await screening.refused("POST", "/me/circumstances", "person", {"category": "partner"}) == (404, "SCR-UNKNOWN")


async def test_a_change_of_circumstances_is_looked_into(screening: Screening) -> None:
    clearance_id, person_id = await screening.granted()
    await screening.post("/me/circumstances", "person", {"category": "partner", "said": "I live with somebody"}, person_id)
    assert await screening.refused("POST", "/aftercare", "security-officer", {"category": "debts", "person_id": str(OFFICER)}) == (403, "SCR-3")
    await screening.post("/aftercare", "security-officer", {"category": "debts", "person_id": str(person_id)})
    cases = [each for each in (await screening.get("/aftercare?limit=1000", "head-of-service"))["items"] if each["person_id"] == str(person_id)]
    assert [(each["category"], each["content"]) for each in cases] == [("partner", True), ("debts", False)]
    assert {had["id"] for had in cases[0]["person_had"]} >= {str(clearance_id)}
    path = f"/aftercare/{cases[0]['aftercare_id']}"
    await screening.post(f"{path}/owner", "head-of-service", {"owner": str(OFFICER)})
    assert (await screening.get(f"{path}/content?purpose=aftercare", "security-officer"))["held"] == {"said": "I live with somebody"}
    await screening.post(f"{path}/tasks", "security-officer", {"code": "interview"})
    assert await screening.refused("POST", f"{path}/conclusion", "security-officer", {"conclusion": "no_consequence"}) == (409, "SCR-TASKS")
    await screening.post(f"{path}/tasks/interview/done", "security-officer")
    await screening.post(f"{path}/authority", "security-officer", {"ref": "NVO/2026/9"})
    await screening.post(f"{path}/conclusion", "security-officer", {"conclusion": "reported_to_authority"})
    assert (await screening.get(path, "security-officer"))["status"] == "CONCLUDED"


async def moved(screening: Screening, person_id: UUID) -> str:
    """The review that opens when org says that a person moves."""
    on = screening.clock.domain().date().isoformat()
    units = {"from_unit_id": str(screening.engine.ids.new()), "to_unit_id": str(screening.engine.ids.new())}
    assert await screening.say("org", "org.PersonUnitChanged", {"person_id": str(person_id), **units, "effective_from": on}) == []
    cases = (await screening.get("/aftercare?limit=1000", "head-of-service"))["items"]
    (review,) = [each["aftercare_id"] for each in cases if (each["person_id"], each["origin"]) == (str(person_id), "transfer")]
    return str(review)


async def test_a_transfer_has_the_need_to_know_looked_into_and_what_nobody_needs_is_given_up(screening: Screening) -> None:
    clearance_id, person_id = await screening.granted()
    await screening.post(f"/clearances/{clearance_id}/briefing", "security-officer")
    review = await moved(screening, person_id)
    await screening.post(f"/aftercare/{review}/owner", "head-of-service", {"owner": str(OFFICER)})
    assert await screening.refused("POST", f"/aftercare/{review}/conclusion", "security-officer", {"conclusion": "no_consequence"}) == (409, "SCR-CONCLUSION")
    await screening.post(f"/aftercare/{review}/conclusion", "security-officer", {"conclusion": "need_ended"})
    assert (await screening.get(f"/clearances/{clearance_id}", "security-officer"))["status"] == "ACTIVE", "a new post may take it up"
    await screening.pass_time(screening.clock.domain() + timedelta(days=30))
    assert await screening.told(clearance_id) == ["ClearanceGranted", "SecurityBriefingGiven", "ClearanceRelinquished"]


async def test_a_transfer_after_which_the_need_is_confirmed_changes_nothing(screening: Screening) -> None:
    clearance_id, person_id = await screening.granted()
    review = await moved(screening, person_id)
    seen = await screening.get(f"/aftercare/{review}", "head-of-service")
    assert (seen["account"], seen["status"]) == ("org", "OPEN")
    await screening.post(f"/aftercare/{review}/owner", "head-of-service", {"owner": str(OFFICER)})
    await screening.post(f"/aftercare/{review}/conclusion", "security-officer", {"conclusion": "need_confirmed"})
    await screening.pass_time(screening.clock.domain() + timedelta(days=30))
    assert await screening.told(clearance_id) == ["ClearanceGranted"]


async def test_the_owner_of_an_aftercare_case_has_an_advice_reassessed(screening: Screening) -> None:
    case_id, person_id = await screening.verified()
    await screening.post(f"/cases/{case_id}/decision", "decider", {"outcome": "positive"})
    await screening.post("/aftercare", "security-officer", {"category": "stay_abroad", "person_id": str(person_id)})
    (opened,) = [each for each in (await screening.get("/aftercare?limit=1000", "head-of-service"))["items"] if each["person_id"] == str(person_id)]
    path = f"/aftercare/{opened['aftercare_id']}"
    assert await screening.refused("POST", f"{path}/reassessment", "verifier", {"case_id": str(case_id)}) == (403, "SCR-NEED")
    await screening.post(f"{path}/owner", "head-of-service", {"owner": str(VERIFIER)})
    assert await screening.refused("POST", f"{path}/reassessment", "verifier", {"case_id": str(STRANGER)}) == (404, "NOT-FOUND")
    await screening.post(f"{path}/reassessment", "verifier", {"case_id": str(case_id)})
    assert [each["over"] for each in (await screening.get(path, "verifier"))["reassessments"]] == [False]


async def test_consent_withdrawn_after_the_decision_stops_monitoring(screening: Screening) -> None:
    case_id, person_id = await screening.verified()
    await screening.post(f"/cases/{case_id}/decision", "decider", {"outcome": "positive"})
    done = await screening.post(f"/cases/{case_id}/consent/withdrawal", "person", who=person_id)
    assert done["events"] == ["MonitoringStopped"]
    assert (await screening.get(f"/cases/{case_id}", "decider"))["monitoring_stopped_at"]


# Forgetting (SCR-13)


async def test_scr_13_nobody_is_forgotten_while_something_is_not_over_unless_that_is_said(screening: Screening) -> None:
    case_id, person_id = await screening.verified()
    path = f"/vault/{person_id}"
    assert await screening.refused("GET", path, "decider") == (403, "role-needed")
    kept = await screening.get(path, "dpo")
    assert kept["holds"] == [{"kind": "case", "id": str(case_id)}]
    assert kept["entries"] == 2
    assert await screening.refused("POST", f"{path}/forgetting", "dpo", {"reason": "asked"}) == (409, "held")
    await screening.post(f"{path}/forgetting", "dpo", {"reason": "asked", "despite_holds": True})
    assert await screening.refused("GET", f"/cases/{case_id}/person?purpose=verification", "decider") == (404, "forgotten")
    assert (await screening.get(f"/cases/{case_id}", "decider"))["status"] == "PREPARED", "what happened is still there"
    record = await screening.pool.fetchval("SELECT body::text FROM journal WHERE type = 'PersonForgotten' ORDER BY seq DESC LIMIT 1")
    assert json.loads(record)["despite"] == [f"case:{case_id}"]


async def test_scr_13_what_is_over_holds_nobody(screening: Screening) -> None:
    case_id, person_id = await screening.verified()
    await screening.post(f"/cases/{case_id}/decision", "decider", {"outcome": "positive"})
    told = {"case_id": str(case_id), "notified_at": screening.clock.domain().isoformat(), "means": "registered_letter"}
    (window,) = await screening.say("hr", "screening.DecisionNotified", told)
    await screening.pass_time(datetime.fromisoformat(window["appeal_until"]))
    assert [hold["kind"] for hold in (await screening.get(f"/vault/{person_id}", "dpo"))["holds"]] == ["advice"]
    until = (await screening.get(f"/cases/{case_id}", "head-of-service"))["valid_until"]
    await screening.pass_time(datetime.fromisoformat(until))
    assert (await screening.get(f"/vault/{person_id}", "dpo"))["holds"] == []
    gone = await screening.post(f"/vault/{person_id}/forgetting", "head-of-service", {"reason": "retention is over"})
    assert gone["entries"] == 2


async def test_scr_13_a_file_is_sealed_when_its_retention_ends(screening: Screening) -> None:
    case_id, person_id = await screening.asked("org", "advice")
    await screening.post(f"/cases/{case_id}/consent/refusal", "person", who=person_id)
    await screening.pass_time(screening.clock.domain() + timedelta(days=5 * 366 + 5))
    assert (await screening.get(f"/cases/{case_id}", "head-of-service"))["sealed_at"]
    assert await screening.refused("GET", f"/cases/{case_id}", "decider") == (403, "SCR-13")
    assert await screening.refused("POST", f"/cases/{case_id}/consent", "person", who=person_id) == (403, "SCR-13")


# What the head of service keeps an eye on


async def stuck(screening: Screening, id_: Any) -> list[str]:
    """Why something is stuck."""
    return sorted(each["what"] for each in (await screening.get("/watch?limit=1000", "head-of-service"))["items"] if each["id"] == str(id_))


async def test_what_would_not_go_on_by_itself_is_watched(screening: Screening) -> None:
    case_id, person_id = await screening.verified()
    assert await stuck(screening, case_id) == []
    for officer in (OFFICER, CLERK, DECIDER):
        await screening.post(f"/cases/{case_id}/exclusions", "head-of-service", {"officer": str(officer), "tie": "other"})
    assert await stuck(screening, case_id) == ["without_task"], "only who prepared it is left, and may not decide"
    await screening.post(f"/cases/{case_id}/exclusions", "head-of-service", {"officer": str(VERIFIER), "tie": "other"})
    assert await stuck(screening, case_id) == ["without_owner"]
    await screening.pass_time(screening.clock.domain() + timedelta(days=11))
    assert "idle" in await stuck(screening, case_id)
    assert await screening.refused("GET", "/watch", "decider") == (403, "role-needed")

    await screening.post("/aftercare", "security-officer", {"category": "debts", "person_id": str(person_id)})
    (opened,) = [each for each in (await screening.get("/aftercare?limit=1000", "head-of-service"))["items"] if each["person_id"] == str(person_id)]
    assert await stuck(screening, opened["aftercare_id"]) == ["without_owner"]
    await screening.post(f"/aftercare/{opened['aftercare_id']}/owner", "head-of-service", {"owner": str(OFFICER)})
    assert await stuck(screening, opened["aftercare_id"]) == ["without_task"]
    await screening.post(f"/aftercare/{opened['aftercare_id']}/tasks", "security-officer", {"code": "interview"})
    assert await stuck(screening, opened["aftercare_id"]) == []


async def test_lateness_is_counted_from_the_date_that_holds_and_from_the_first(screening: Screening) -> None:
    case_id, person_id = await screening.asked("hr", "recruitment", person_data=NAMES)
    await screening.post(f"/cases/{case_id}/consent", "person", who=person_id)
    body = {"days": 60, "reason_code": "foreign_authority"}
    await screening.post(f"/cases/{case_id}/checks/{CANDIDATES[0]}/extension", "verifier", body)
    (check,) = [each for each in (await screening.get(f"/cases/{case_id}", "verifier"))["checks"] if each["extended_for"]]
    await screening.pass_time(datetime.fromisoformat(check["due_at"]) + timedelta(days=4))
    lines = [each for each in (await screening.get("/late?limit=1000", "head-of-service"))["items"] if each["case_id"] == str(case_id)]
    assert len(lines) == len(CANDIDATES), "each consultation has a clock of its own"
    (abroad,) = [each for each in lines if each["source"] == CANDIDATES[0]]
    assert abroad["days_late"] == 5
    assert abroad["days_late_first"] > 40


async def test_an_appeal_and_an_aftercare_case_past_their_term_are_late(screening: Screening) -> None:
    case_id, person_id = await notified(screening)
    filed = await lodged(screening, "negative", case_id=case_id)
    await screening.post("/aftercare", "security-officer", {"category": "debts", "person_id": str(person_id)})
    await screening.pass_time(screening.clock.domain() + timedelta(days=100))
    late = (await screening.get("/late?limit=1000", "head-of-service"))["items"]
    assert filed["appeal_id"] in {each["appeal_id"] for each in late}
    assert {"appeal", "aftercare"} <= {each["what"] for each in late}


async def test_the_pipeline_of_renewals_and_who_works_without(screening: Screening) -> None:
    clearance_id, person_id = await screening.granted()
    post_id, assignment_id = screening.engine.ids.new(), screening.engine.ids.new()
    opened = {"post_id": str(post_id), "unit_id": str(STRANGER), "role": "analyst", "is_head": False, "sensitivity": "clearance_required"}
    await screening.say("org", "org.PostOpened", opened | {"required_level": "GEHEIM", "effective_from": "2026-01-01"})
    held = {"assignment_id": str(assignment_id), "post_id": str(post_id), "person_id": str(person_id)}
    await screening.say("org", "org.AssignmentStarted", held | {"started_at": screening.clock.domain().isoformat()})

    async def works_without() -> bool:
        seen = await screening.get("/renewals?limit=1000", "head-of-service")
        return str(post_id) in {each["post_id"] for each in seen["uncovered"]}

    assert await works_without(), "SCR-2: not briefed"
    await screening.post(f"/clearances/{clearance_id}/briefing", "security-officer")
    assert not await works_without()
    expires_at = datetime.fromisoformat((await screening.get(f"/clearances/{clearance_id}", "security-officer"))["expires_at"])
    await screening.pass_time(expires_at - timedelta(days=200))
    (line,) = [each for each in (await screening.get("/renewals", "head-of-service"))["ending"] if each["clearance_id"] == str(clearance_id)]
    assert (line["stage"], line["in_renewal"]) == ("apply", False)
    await screening.pass_time(expires_at)
    assert await works_without(), "SCR-7"


async def test_scr_13_who_is_to_be_forgotten_is_watched(screening: Screening) -> None:
    case_id, person_id = await screening.asked("hr", "recruitment", person_data=NAMES)
    await screening.post(f"/cases/{case_id}/consent/refusal", "person", who=person_id)
    await screening.pass_time(screening.clock.domain() + timedelta(days=2 * 366 + 5))
    assert await stuck(screening, case_id) == ["to_forget"]
    await screening.post(f"/vault/{person_id}/forgetting", "dpo", {"reason": "retention is over"})
    assert await stuck(screening, case_id) == []
