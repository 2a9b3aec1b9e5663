"""The door for people, on a real database: who may do and see what, and what is answered."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import asyncpg
import httpx
import pytest

from cg_cli.provision import granting_sql
from cg_cli.servers import House
from cg_contracts.accounts import source_of
from cg_contracts.base import CATALOGUE
from cg_contracts.frozen import example
from cg_kit.auth import token
from cg_kit.clock import RisingIds, SystemClock
from cg_kit.engine import Engine
from cg_kit.http import application
from cg_kit.migrate import migrate
from cg_kit.postgres import open_pool, open_store
from cg_kit.pure import named
from cg_kit.seam import Record
from cg_kit.telemetry import Tracing
from cg_kit.vault import Vault
from services.org.app import SERVICE
from services.org.domain.words import day, morning
from services.org.outgoing import requester_ref

CLERK, CHIEF, HEAD, STRANGER, OFFICER = (named("test", "api", name) for name in ("clerk", "chief", "head", "stranger", "officer"))
PARENTS = {"police": None, "cg": "police", "audit": "cg", "ispo": "cg"}


@dataclass
class Org:
    """The service in this process, with its real database and without a broker: records are handed to the engine."""

    engine: Engine
    clock: SystemClock
    http: httpx.AsyncClient
    key: dict[str, Any]
    offsets: dict[tuple[str, int], int] = field(default_factory=dict)

    async def ask(self, method: str, path: str, role: str, who: UUID = STRANGER, body: Any = None, **headers: str) -> httpx.Response:
        """A request by a person in a role."""
        pass_ = token(self.key, who, [role], self.clock.real())
        return await self.http.request(method, path, json=body, headers={"authorization": f"Bearer {pass_}", **headers})

    async def get(self, path: str, role: str, who: UUID = STRANGER) -> Any:
        """What is answered to who may ask."""
        answer = await self.ask("GET", path, role, who)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def post(self, path: str, role: str, body: Any = None, who: UUID = CLERK) -> Any:
        """A command that is done, and what follows from it."""
        answer = await self.ask("POST", path, role, who, body)
        assert answer.status_code == 200, answer.text
        await self.settle()
        return answer.json()

    async def say(self, account: str, name: str, data: dict[str, Any]) -> None:
        """A message of another account, taken with all that follows from it."""
        contract = CATALOGUE[f"be.police.cg.{name}.v1"]
        ours = account == "screening"
        place = (f"cg.{account}.events" if ours else f"cg.org.intake.{account}", 0)
        whole = {key: value for key, value in example(contract).items() if key not in ("application_id", "case_id")} | data
        message = contract.model_validate(whole)
        envelope = {
            "specversion": "1.0",
            "id": str(self.engine.ids.new()),
            "source": source_of(account),
            "type": contract.about.type,
            "subject": message.subject,
            "time": self.clock.real().isoformat(),
            "datacontenttype": "application/json",
            "data": json.loads(message.model_dump_json(exclude_none=True)),
        }
        offset = self.offsets.setdefault(place, (await self.engine.store.positions({place: 0}))[place])
        headers = (("content-type", b"application/cloudevents+json"),)
        record = Record(place[0], 0, offset, message.subject.encode(), json.dumps(envelope).encode(), headers, self.clock.real())
        self.offsets |= await self.engine.batch([record], {place: offset})
        await self.settle()

    async def settle(self) -> None:
        """Lets followers and deadlines do what they have to."""
        before = None
        while before != (before := (self.engine.tally.followed, self.engine.tally.fired)) or before is None:
            while await self.engine.follow():
                pass
            while await self.engine.fire(self.clock.domain()):
                pass

    def pass_time(self, until: datetime) -> None:
        """Domain time moves on."""
        self.clock.move(until - self.clock.real())


@pytest.fixture(scope="module")
async def org(house: House) -> AsyncIterator[Org]:
    server = await asyncpg.connect(house.superuser_url())
    await server.execute("CREATE DATABASE org_door OWNER org_owner")
    await server.close()
    inside = await asyncpg.connect(house.superuser_url("org_door"))
    for statement in granting_sql("org"):
        await inside.execute(statement.replace("DATABASE org ", "DATABASE org_door "))
    await inside.close()
    owner, runtime = (house.database_url("org", owner=owner).replace("@/org?", "@/org_door?") for owner in (True, False))
    await migrate(owner, "services.org", "org")
    store = await open_store(runtime, None, "org door")
    pool = await open_pool(runtime, None, "org door reads", size=2)
    clock = SystemClock()
    engine = Engine(SERVICE, store, clock, RisingIds(), Tracing("org", "test", None, 0.0), Vault.from_file(house.home.secret_file("vault", "org")))
    settings = SimpleNamespace(jwks_file=house.home.jwks, jwks_url=None, issuer=None, instance="org-0")
    app = application(engine, settings, pool)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://org") as http:
        made = Org(engine, clock, http, house.home.issuer_key())
        await fill(made)
        yield made
    pool.terminate()
    await store.close()


def unit(slug: str, parent: str | None) -> dict[str, Any]:
    return {
        "unit_id": str(named("api", slug)),
        "slug": slug,
        "kind": "unit",
        "parent_id": str(named("api", parent)) if parent else None,
        "labels": {"nl": slug, "fr": slug},
        "legal_basis": "KB 2006",
        "head_post_id": str(named("api", "head of", slug)),
    }


def a_post(unit: str, name: str, sensitivity: str = "clearance_required", level: str | None = "GEHEIM", *, is_head: bool = False) -> dict[str, Any]:
    return {
        "post_id": str(named("api", name)),
        "unit_id": str(named("api", unit)),
        "role": "analyst",
        "labels": {"nl": name, "fr": name},
        "is_head": is_head,
        "sensitivity": sensitivity,
        "required_level": level,
        "resources": [{"code": "building"}, *([{"code": "secret_register", "required_level": level}] if level else [])],
        "legal_basis": "KB 2006",
        "valid_from": "2020-01-01",
    }


async def fill(org: Org) -> None:
    await org.post("/units", "org-administrator", {"valid_from": "2014-10-01", "units": [unit(slug, parent) for slug, parent in PARENTS.items()]})


async def opened(org: Org, body: dict[str, Any]) -> str:
    """A post that exists, by two people."""
    await org.post("/posts", "org-administrator", body)
    await org.post(f"/posts/{body['post_id']}/approval", "appointing-authority", who=CHIEF)
    return str(body["post_id"])


async def registered(org: Org, name: str) -> str:
    """A person whom the staff system has registered."""
    person_id = str(named("api", name))
    await org.say("hr", "org.PersonRegistered", {"person_id": person_id, "names": {"given": name, "family": "Voorbeeld"}, "language": "nl"})
    return person_id


async def appointed(org: Org, post_id: str, person_id: str, start: date) -> str:
    """An appointment asked by the staff system; the id of its assignment."""
    request_id = org.engine.ids.new()
    asked = {"request_id": str(request_id), "post_id": post_id, "person_id": person_id, "kind": "permanent", "planned_start": start.isoformat()}
    await org.say("hr", "org.AppointmentRequested", asked)
    return str(named("hr", request_id))


async def cleared(org: Org, post_id: str, assignment_id: str, person_id: str) -> str:
    """A clearance with its briefing for this assignment; its id."""
    clearance_id = str(org.engine.ids.new())
    about = {
        "clearance_id": clearance_id,
        "person_id": person_id,
        "requester_ref": requester_ref(UUID(post_id), UUID(assignment_id)),
    }
    later = (org.clock.domain() + timedelta(days=1000)).isoformat()
    granted = about | {"application_id": str(org.engine.ids.new()), "level": "GEHEIM", "expires_at": later}
    await org.say("screening", "screening.ClearanceGranted", granted)
    await org.say("screening", "screening.SecurityBriefingGiven", about)
    return clearance_id


async def assignment(org: Org, post_id: str, assignment_id: str) -> dict[str, Any]:
    shown = await org.get(f"/posts/{post_id}", "hr-officer")
    return next(each for each in shown["assignments"] if each["assignment_id"] == assignment_id)


async def test_the_tree_is_shown_to_whoever_has_a_token(org: Org) -> None:
    items = (await org.get("/units", "reader"))["items"]
    assert {item["slug"] for item in items} >= set(PARENTS)
    assert (await org.http.get("/units")).status_code == 401


async def test_only_an_administrator_changes_the_tree(org: Org) -> None:
    answer = await org.ask("POST", "/units", "hr-officer", body={"valid_from": "2020-01-01", "units": [unit("x", "cg")]})
    assert (answer.status_code, answer.json()["rule"]) == (403, "role-needed")


async def test_org_1_is_answered_with_its_rule_and_text(org: Org) -> None:
    answer = await org.ask("POST", "/units", "org-administrator", body={"valid_from": "2020-01-01", "units": [unit("second", None)]})
    problem = answer.json()
    assert (answer.status_code, problem["rule"], problem["field"]) == (409, "ORG-1", "parent_id")
    assert problem["texts"]["nl"].startswith("Op elke dag")


async def test_org_6_a_correction_is_seen_and_what_was_known_before_too(org: Org) -> None:
    before = org.clock.domain()
    moved = {name: value for name, value in unit("ispo", "police").items() if name != "unit_id"}
    unit_id = named("api", "ispo")
    await org.post(f"/units/{unit_id}/changes", "org-administrator", {**moved, "valid_from": "2021-01-01"})
    of_2022 = await org.get(f"/units/{unit_id}?on=2022-01-01", "reader")
    as_known = (await org.http.get(f"/units/{unit_id}", params={"on": "2022-01-01", "known_at": before.isoformat()}, headers=bearer(org))).json()
    assert of_2022["parent_id"] == str(named("api", "police"))
    assert as_known["parent_id"] == str(named("api", "cg"))
    assert len((await org.get(f"/units/{unit_id}/versions", "reader"))["items"]) == 3


def bearer(org: Org) -> dict[str, str]:
    return {"authorization": f"Bearer {token(org.key, STRANGER, ['reader'], org.clock.real())}"}


async def test_a_post_needs_two_people_and_a_unit(org: Org) -> None:
    body = a_post("audit", "auditor")
    await org.post("/posts", "org-administrator", body)
    own = await org.ask("POST", f"/posts/{body['post_id']}/approval", "org-administrator", CLERK)
    assert (own.status_code, own.json()["rule"]) == (409, "ORG-FOUR-EYES")
    assert (await org.post(f"/posts/{body['post_id']}/approval", "appointing-authority", who=CHIEF))["events"] == ["Approved"]
    nowhere = await org.ask("POST", "/posts", "org-administrator", body={**a_post("audit", "other"), "unit_id": str(STRANGER)})
    assert (nowhere.status_code, nowhere.json()["rule"]) == (404, "ORG-UNIT")


async def test_posts_are_listed_page_by_page_and_by_what_they_ask(org: Org) -> None:
    wanted = {await opened(org, a_post("audit", f"listed {n}")) for n in range(3)}
    plain = await opened(org, a_post("audit", "plain", "none", None))
    found: list[dict[str, Any]] = []
    path = "/posts?vacant=true&sensitive=true&limit=2"
    page = await org.get(path, "operator")
    while True:
        found += page["items"]
        if page["next"] is None:
            break
        page = await org.get(f"{path}&after={page['next']}", "operator")
    ids = [each["post_id"] for each in found]
    assert wanted <= set(ids)
    assert plain not in ids
    assert ids == sorted(set(ids))


async def test_what_does_not_exist_is_not_found(org: Org) -> None:
    for path in (f"/posts/{STRANGER}", f"/units/{STRANGER}", f"/persons/{STRANGER}"):
        assert (await org.ask("GET", path, "hr-officer")).status_code == 404
    for path in (f"/posts/{STRANGER}/approval", f"/posts/{STRANGER}/assignments/{STRANGER}/reactivation"):
        assert (await org.ask("POST", path, "appointing-authority")).status_code == 404


async def test_names_are_for_hr_and_every_reading_is_recorded(org: Org) -> None:
    person_id = await registered(org, "Ann")
    assert (await org.get(f"/persons/{person_id}/names?purpose=appointment", "hr-officer"))["given"] == "Ann"
    assert (await org.ask("GET", f"/persons/{person_id}/names?purpose=appointment", "security-officer")).status_code == 403
    assert "Ann" not in json.dumps(await org.get(f"/persons/{person_id}", "hr-officer"))


async def test_a_person_sees_themselves_and_nobody_else(org: Org) -> None:
    person_id = await registered(org, "Bob")
    assert (await org.get(f"/persons/{person_id}", "person", UUID(person_id)))["person_id"] == person_id
    denied = await org.ask("GET", f"/persons/{person_id}", "person", STRANGER)
    assert (denied.status_code, denied.json()["rule"]) == (403, "ORG-NEED-TO-KNOW")


async def test_a_clearance_leads_to_the_post_and_its_withdrawal_out_of_it(org: Org) -> None:
    post_id, person_id = await opened(org, a_post("ispo", "custodian")), await registered(org, "Cis")
    assert person_id in {each["person_id"] for each in (await org.get("/persons?unassigned=true&limit=1000", "operator"))["items"]}
    it = await appointed(org, post_id, person_id, day(org.clock.domain()))
    assert (await assignment(org, post_id, it))["standing"] == "screening_pending"
    assert person_id not in {each["person_id"] for each in (await org.get("/persons?unassigned=true&limit=1000", "operator"))["items"]}
    clearance_id = await cleared(org, post_id, it, person_id)
    assert (await assignment(org, post_id, it))["standing"] == "active"

    await org.say("screening", "screening.ClearanceWithdrawn", {"clearance_id": clearance_id, "person_id": person_id})
    assert (await assignment(org, post_id, it))["standing"] == "suspended"
    [owed] = [each for each in (await org.get("/entitlements/owed", "security-officer"))["items"] if each["post_id"] == post_id]
    assert owed["resource"] == "secret_register"

    org.pass_time(org.clock.domain() + timedelta(hours=1))
    await org.settle()
    [late] = [each for each in (await org.get("/entitlements/owed", "security-officer"))["items"] if each["post_id"] == post_id]
    assert late["late"]
    confirmed = await org.post(f"/posts/{post_id}/entitlements/{owed['entitlement_id']}/revocation", "security-officer", who=OFFICER)
    assert confirmed["events"] == ["AccessRevoked"]

    refused = await org.ask("POST", f"/posts/{post_id}/assignments/{it}/reactivation", "hr-officer")
    assert (refused.status_code, refused.json()["rule"]) == (409, "ORG-3")
    await cleared(org, post_id, it, person_id)
    assert (await assignment(org, post_id, it))["standing"] == "suspended"
    back = await org.post(f"/posts/{post_id}/assignments/{it}/reactivation", "hr-officer")
    assert back["events"] == ["Started", "AccessGranted"]


async def test_an_assignment_is_ended_on_a_day_to_come(org: Org) -> None:
    post_id, person_id = await opened(org, a_post("audit", "planner", "none", None)), await registered(org, "Dia")
    it = await appointed(org, post_id, person_id, day(org.clock.domain()))
    last = day(org.clock.domain()) + timedelta(days=40)
    await org.post(f"/posts/{post_id}/assignments/{it}/end", "hr-officer", {"on": last.isoformat(), "reason_code": "retired"})
    assert (await assignment(org, post_id, it))["standing"] == "active"
    org.pass_time(morning(last))
    await org.settle()
    assert (await assignment(org, post_id, it))["standing"] == "ended"
    assert (await org.get(f"/posts/{post_id}", "reader"))["status"] == "vacant"


async def test_a_unit_head_sees_the_holders_of_the_own_subtree_and_no_other(org: Org) -> None:
    heading = await opened(org, {**a_post("cg", "head of cg", "none", None, is_head=True), "post_id": str(named("api", "head of", "cg"))})
    head = await registered(org, "Eva")
    await appointed(org, heading, head, day(org.clock.domain()))
    inside, outside = await opened(org, a_post("audit", "inside", "none", None)), await opened(org, a_post("police", "outside", "none", None))
    for number, each in enumerate((inside, outside)):
        await appointed(org, each, await registered(org, f"Fons {number}"), day(org.clock.domain()))
    assert len((await org.get(f"/posts/{inside}", "unit-head", UUID(head)))["assignments"]) == 1
    assert (await org.get(f"/posts/{outside}", "unit-head", UUID(head)))["assignments"] == []
    assert (await org.get(f"/posts/{inside}", "unit-head", HEAD))["assignments"] == []
    assert (await org.get(f"/posts/{inside}", "reader", UUID(head)))["assignments"] == []


async def test_org_2_a_second_holder_is_refused_and_the_staff_system_is_told(org: Org) -> None:
    post_id = await opened(org, a_post("audit", "taken", "none", None))
    await appointed(org, post_id, await registered(org, "Gil"), day(org.clock.domain()))
    other = await registered(org, "Hans")
    it = await appointed(org, post_id, other, day(org.clock.domain()))
    assert it not in {each["assignment_id"] for each in (await org.get(f"/posts/{post_id}", "hr-officer"))["assignments"]}
    told = await org.engine.store.outbox(0, 100_000)
    refusals = [json.loads(step.body) for step in told if step.topic == "cg.answers.hr" and step.type.endswith("RequestRefused.v1")]
    assert [(each["rule"], each["field"]) for each in refusals] == [("ORG-2", "post_id")]
    assert other in {each["person_id"] for each in (await org.get("/persons?unassigned=true&limit=1000", "operator"))["items"]}


async def test_the_same_key_does_it_once(org: Org) -> None:
    body = a_post("audit", "once")
    first, second = [await org.ask("POST", "/posts", "org-administrator", CLERK, body, **{"idempotency-key": "once"}) for _ in range(2)]
    assert first.json() == second.json()
    other = await org.ask("POST", "/posts", "org-administrator", CLERK, {**body, "role": "other"}, **{"idempotency-key": "once"})
    assert other.status_code == 422
