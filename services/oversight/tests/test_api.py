"""The door, on a real database: what is owed from its trigger to its proof, and why anything happened."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import httpx
import pytest

from cg_cli.servers import House
from cg_contracts.accounts import source_of
from cg_contracts.base import CATALOGUE
from cg_contracts.frozen import example
from cg_contracts.obligations import OBLIGATIONS, WAITING
from cg_kit.pure import named
from services.oversight.app import SERVICE
from tests.door import Inside, inside

WHO = named("test", "oversight", "commissioner-general")
UNIT, ABOVE, HEIR, POST = (str(named("test", "oversight", name)) for name in ("unit", "above", "heir", "post"))


@dataclass
class Oversight(Inside):
    """oversight, and what tests ask of it."""

    async def asked(self, path: str, role: str = "commissioner-general", **params: Any) -> httpx.Response:
        """A question of a person in a role."""
        return await self.ask("GET", f"{path}?{urlencode(params)}" if params else path, role, WHO)

    async def shown(self, path: str, **params: Any) -> Any:
        """What is answered to who may ask."""
        answer = await self.asked(path, **params)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def owed(self, about: str) -> list[dict[str, Any]]:
        """What is or was owed about this thing."""
        return [each for each in (await self.shown("/obligations", which="all", limit=1000))["items"] if each["about"] == about]

    async def say(self, name: str, cause: str | None = None, correlation: str | None = None, **data: Any) -> str:
        """A fact of a service, or what it did, taken with all that follows from it; its id."""
        contract = CATALOGUE[f"be.police.cg.{name}.v1"]
        whole = {key: value for key, value in example(contract).items() if key not in ("application_id", "case_id", "clearance_id")} | data
        links = {"causationid": cause, "correlationid": correlation or cause}
        about = {key: value for key, value in links.items() if value is not None}
        if name == "oversight.StepsTaken":
            return await self.take(str(whole["service"]), name, whole, f"cg.{whole['service']}.steps", **about)
        return await self.take(contract.about.owner, name, whole, **about)

    async def took(self, service: str, *steps: dict[str, Any]) -> str:
        """What a service says that it did."""
        now = self.clock.real().isoformat()
        return await self.say("oversight.StepsTaken", service=service, steps=[{"at": now, "source": source_of(service), **step} for step in steps])

    async def told(self, obligation_id: str) -> list[str]:
        """What was said of an obligation."""
        rows = await self.pool.fetch("SELECT type FROM journal WHERE key = $1 AND topic = 'cg.oversight.events' ORDER BY seq", obligation_id)
        return [row["type"].split(".")[-2].removeprefix("Obligation") for row in rows]


@pytest.fixture(scope="module")
async def oversight(house: House) -> AsyncIterator[Oversight]:
    async with inside(Oversight, SERVICE, house, "oversight_door") as made:
        yield made


def new(oversight: Oversight) -> str:
    return str(oversight.engine.ids.new())


async def test_access_that_must_be_off_is_owed_by_the_post_and_met_in_time(oversight: Oversight) -> None:
    entitlement, due = new(oversight), oversight.clock.domain() + timedelta(hours=1)
    about = {"entitlement_id": entitlement, "post_id": POST}
    because = await oversight.say("org.AccessEntitlementSuspended", **about, revocation_due_at=due.isoformat())
    (owed,) = await oversight.owed(entitlement)
    assert (owed["name"], owed["status"], owed["because_of"]) == ("access_off", "OPEN", because)
    assert owed["owed_by"] == {"kind": "post", "name": POST}
    proof = await oversight.say("org.AccessEntitlementRevoked", **about)
    (owed,) = await oversight.owed(entitlement)
    assert (owed["status"], owed["late"], owed["proof"]) == ("MET", False, proof)
    assert await oversight.told(owed["obligation_id"]) == ["Opened", "Met"]


async def test_late_it_is_missed_escalated_and_listed_and_still_met(oversight: Oversight) -> None:
    entitlement, due = new(oversight), oversight.clock.domain() + timedelta(hours=1)
    about = {"entitlement_id": entitlement, "post_id": POST}
    await oversight.say("org.AccessEntitlementSuspended", **about, revocation_due_at=due.isoformat())
    await oversight.pass_time(due + timedelta(hours=30))
    (late,) = [each for each in (await oversight.shown("/obligations", late=True))["items"] if each["about"] == entitlement]
    assert late["before"] == ["security_officer", "commissioner_general"]
    await oversight.say("org.AccessEntitlementRevoked", **about)
    (owed,) = await oversight.owed(entitlement)
    assert (owed["status"], owed["late"], owed["first_due_at"]) == ("MET", True, late["first_due_at"])
    assert await oversight.told(owed["obligation_id"]) == ["Opened", "Missed", "Escalated", "Escalated", "Met"]


async def test_each_service_owes_the_impact_of_a_reorganisation_and_a_request_that_org_took_proves_it(oversight: Oversight) -> None:
    reorganisation = new(oversight)
    day = (oversight.clock.domain() + timedelta(days=90)).date().isoformat()
    await oversight.say("org.ReorganisationScheduled", reorganisation_id=reorganisation, effective_date=day)
    debtors = {each["owed_by"]["name"] for each in await oversight.owed(reorganisation)}
    assert "screening" in debtors
    reported = {"id": new(oversight), "type": "be.police.cg.org.ReorganisationImpactReported.v1", "source": source_of("screening"), "subject": reorganisation}
    await oversight.took("org", {**reported, "step": "parked", "rule": "code-raised"})
    assert {each["status"] for each in await oversight.owed(reorganisation)} == {"OPEN"}
    await oversight.took("org", {**reported, "step": "accepted"})
    status = {each["owed_by"]["name"]: each["status"] for each in await oversight.owed(reorganisation)}
    assert status.pop("screening") == "MET"
    assert set(status.values()) <= {"OPEN"}
    await oversight.say("org.ReorganisationCancelled", reorganisation_id=reorganisation)
    assert {each["status"] for each in await oversight.owed(reorganisation)} <= {"MET", "CANCELLED"}


async def test_the_ledger_of_a_reorganisation_says_who_has_answered_and_who_has_acted(oversight: Oversight) -> None:
    reorganisation, now = new(oversight), oversight.clock.domain()
    await oversight.say("org.ReorganisationScheduled", reorganisation_id=reorganisation, effective_date=(now + timedelta(days=40)).date().isoformat())
    took = await oversight.say("org.ReorganisationTookEffect", reorganisation_id=reorganisation)

    async def ledger() -> dict[tuple[str, str], str]:
        items = (await oversight.shown("/obligations", which="all", about=reorganisation))["items"]
        return {(each["owed_by"]["name"], each["name"]): each["status"] for each in items}

    promised = {each.name: each.owed_by.names for each in OBLIGATIONS if each.name in ("impact_of_a_reorganisation", "reorganisation_followed")}
    assert set(await ledger()) == {(service, name) for name, services in promised.items() for service in services}
    acted = {"id": took, "type": "be.police.cg.org.ReorganisationTookEffect.v1", "source": source_of("org"), "subject": reorganisation, "step": "accepted"}
    for service in ("org", "screening"):  # that org heard of it proves nothing: org owes nothing
        await oversight.took(service, acted)
    assert {key for key, status in (await ledger()).items() if status == "MET"} == {("screening", "reorganisation_followed")}


async def test_what_is_late_enough_is_on_the_list_of_the_commissioner_general(oversight: Oversight) -> None:
    entitlement, due = new(oversight), oversight.clock.domain() + timedelta(hours=1)
    await oversight.say("org.AccessEntitlementSuspended", entitlement_id=entitlement, post_id=POST, revocation_due_at=due.isoformat())

    async def on(role: str) -> bool:
        return entitlement in {each["about"] for each in (await oversight.shown("/obligations", before=role, limit=1000))["items"]}

    await oversight.pass_time(due)
    assert (await on("security_officer"), await on("commissioner_general")) == (True, False)
    await oversight.pass_time(due + timedelta(days=1))
    assert await on("commissioner_general")


async def test_a_term_that_stands_still_is_not_owed_by_an_instant_and_runs_again(oversight: Oversight) -> None:
    case, now = new(oversight), oversight.clock.domain()
    first, second = (now + timedelta(days=days) for days in (30, 44))
    await oversight.say("screening.ScreeningCaseOpened", case_id=case, decision_due_at=first.isoformat())
    await oversight.say("screening.DecisionTermSuspended", case_id=case, until=second.isoformat())
    (owed,) = await oversight.owed(case)
    assert (owed["status"], owed["due_at"]) == ("SUSPENDED", None)
    await oversight.say("screening.DecisionTermResumed", case_id=case, due_at=second.isoformat())
    (owed,) = await oversight.owed(case)
    assert (owed["status"], datetime.fromisoformat(owed["due_at"]), datetime.fromisoformat(owed["first_due_at"])) == ("OPEN", second, first)


async def test_what_is_owed_in_a_unit_is_found_also_under_it_and_follows_a_reorganisation(oversight: Oversight) -> None:
    await oversight.say("org.OrgUnitEstablished", unit_id=UNIT, parent_id=ABOVE)
    await oversight.say("org.PostOpened", post_id=POST, unit_id=UNIT)
    entitlement, due = new(oversight), oversight.clock.domain() + timedelta(hours=1)
    await oversight.say("org.AccessEntitlementSuspended", entitlement_id=entitlement, post_id=POST, revocation_due_at=due.isoformat())

    async def found(unit: str) -> list[str]:
        return [each["about"] for each in (await oversight.shown("/obligations", unit=unit))["items"]]

    assert entitlement in await found(UNIT)
    assert entitlement in await found(ABOVE)
    await oversight.say("org.PostAbolished", post_id=POST)
    (owed,) = await oversight.owed(entitlement)
    assert owed["owed_by"] == {"kind": "unit", "name": UNIT}
    await oversight.say("org.OrgUnitAbolished", unit_id=UNIT, successor_ids=[HEIR])
    (owed,) = await oversight.owed(entitlement)
    assert owed["owed_by"] == {"kind": "unit", "name": HEIR}
    assert await oversight.told(owed["obligation_id"]) == ["Opened", "Moved", "Moved"]
    assert entitlement not in await found(ABOVE)


async def test_an_appeal_moves_the_term_of_the_authority_and_the_first_stays(oversight: Oversight) -> None:
    application, now = new(oversight), oversight.clock.domain()
    first, second = (now + timedelta(days=days) for days in (180, 270))
    await oversight.say("screening.ClearanceApplicationTransmitted", application_id=application, case_id=new(oversight), due_at=first.isoformat())
    await oversight.say("screening.AppealDecided", application_id=application, outcome="extra_time", decide_before=second.isoformat())
    (owed,) = await oversight.owed(application)
    assert (datetime.fromisoformat(owed["first_due_at"]), datetime.fromisoformat(owed["due_at"])) == (first, second)
    await oversight.say("screening.ClearanceGranted", clearance_id=new(oversight), application_id=application)
    (owed,) = await oversight.owed(application)
    assert owed["status"] == "MET"


async def test_a_renewal_is_met_by_the_case_that_is_opened_for_it(oversight: Oversight) -> None:
    clearance = new(oversight)
    day = (oversight.clock.domain() + timedelta(days=60)).date().isoformat()
    await oversight.say("screening.ClearanceRenewalDue", clearance_id=clearance, apply_by=day)
    await oversight.say("screening.ScreeningCaseOpened", case_id=new(oversight), requester_ref="candidate 7")
    (owed,) = await oversight.owed(clearance)
    assert owed["status"] == "OPEN"
    await oversight.say("screening.ScreeningCaseOpened", case_id=new(oversight), requester_ref=f"clearance:{clearance}/renewal")
    (owed,) = await oversight.owed(clearance)
    assert owed["status"] == "MET"


async def test_pages_follow_one_another_and_name_everything_once(oversight: Oversight) -> None:
    whole = [each["obligation_id"] for each in (await oversight.shown("/obligations", which="all", limit=1000))["items"]]
    pages, after = [], {}
    while True:
        page = await oversight.shown("/obligations", which="all", limit=2, **after)
        pages += [each["obligation_id"] for each in page["items"]]
        if page["next"] is None:
            break
        after = {"after": page["next"]}
    assert pages == whole
    assert len(set(whole)) == len(whole) > 2
    one = await oversight.shown(f"/obligations/{whole[0]}")
    assert one["obligation_id"] == whole[0]


async def test_every_promise_is_shown_also_what_waits(oversight: Oversight) -> None:
    shown = (await oversight.shown("/obligations/declared"))["items"]
    assert [each["name"] for each in shown] == [each.name for each in (*OBLIGATIONS, *WAITING)]
    assert {each["name"] for each in shown if each["waits_for"]} == {each.name for each in WAITING}
    assert sum(each["met"] + each["met_late"] for each in shown) > 2


# Why


async def test_why_goes_back_to_the_first_cause_and_forward_to_all_effects(oversight: Oversight) -> None:
    asked, command, deadline = new(oversight), new(oversight), new(oversight)
    org, stranger = source_of("org"), source_of("hr")
    await oversight.took("org", {"id": asked, "type": "AppointmentRequested", "source": stranger, "step": "accepted", "correlationid": asked})
    proposed = await oversight.say("org.AppointmentProposed", cause=asked)
    opened = await oversight.say("screening.ScreeningCaseOpened", cause=proposed, correlation=asked, case_id=new(oversight))
    await oversight.took("screening", {"id": command, "type": "Decide", "step": "commanded", "correlationid": asked, "roles": ["decider"]})
    decided = await oversight.say("screening.ScreeningDecided", cause=command, correlation=asked, case_id=new(oversight))
    await oversight.took("org", {"id": deadline, "type": "start", "source": org, "step": "due", "causationid": decided, "correlationid": asked})
    started = await oversight.say("org.AssignmentStarted", cause=deadline, correlation=asked)

    why = await oversight.shown(f"/why/{started}")
    assert [each["id"] for each in why["causes"]] == [started, deadline, decided, command, asked]
    assert (why["first"], why["effects"], why["correlations"], why["whole"]) == (asked, [], [asked], True)
    why = await oversight.shown(f"/why/{asked}")
    ids = [each["id"] for each in why["effects"]]
    assert {proposed, opened, command, decided, deadline, started} <= set(ids)
    assert "be.police.cg.oversight.ObligationOpened.v1" not in {each["type"] for each in why["effects"]}
    (by,) = [each for each in why["effects"] if each["id"] == command]
    assert (by["service"], by["step"], by["roles"]) == ("screening", "commanded", ["decider"])
    (taken,) = (await oversight.shown(f"/why/{asked}"))["causes"]
    assert [(each["service"], each["step"]) for each in taken["taken"]] == [("org", "accepted")]


async def test_a_circle_of_causes_ends(oversight: Oversight) -> None:
    one, other = new(oversight), new(oversight)
    await oversight.took(
        "org",
        {"id": one, "type": "X", "step": "accepted", "causationid": other, "correlationid": one},
        {"id": other, "type": "Y", "step": "accepted", "causationid": one, "correlationid": one},
    )
    why = await oversight.shown(f"/why/{one}")
    assert {each["id"] for each in why["causes"]} == {one, other}


async def test_what_nobody_heard_of_is_not_there(oversight: Oversight) -> None:
    for path in (f"/why/{new(oversight)}", f"/obligations/{new(oversight)}"):
        answer = await oversight.asked(path)
        assert (answer.status_code, answer.json()["rule"]) == (404, "NOT-FOUND"), path
        assert set(answer.json()["texts"]) == {"nl", "fr", "en"}


@pytest.mark.parametrize("path", ["/obligations", "/obligations/declared", f"/obligations/{UUID(int=1)}", "/why/x"])
async def test_only_who_sees_to_the_whole_house_sees_it(oversight: Oversight, path: str) -> None:
    for role in ("head", "hr-officer", "person"):
        answer = await oversight.asked(path, role)
        assert (answer.status_code, answer.json()["rule"]) == (403, "role-needed")
    assert (await oversight.asked(path, "operator")).status_code in (200, 404)
