"""The door for people, on a real database: who may do and see what, and what is answered."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any
from uuid import UUID

from cg_kit.pure import named
from cg_kit.pure.terms import day_of, start_of
from services.org.tests.door import (
    CHIEF,
    CLERK,
    HEAD,
    OFFICER,
    PARENTS,
    STRANGER,
    Org,
    a_post,
    appointed,
    assignment,
    bearer,
    cleared,
    opened,
    registered,
    unit,
)


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
    it = await appointed(org, post_id, person_id, day_of(org.clock.domain()))
    assert (await assignment(org, post_id, it))["standing"] == "screening_pending"
    assert person_id not in {each["person_id"] for each in (await org.get("/persons?unassigned=true&limit=1000", "operator"))["items"]}
    clearance_id = await cleared(org, post_id, it, person_id)
    assert (await assignment(org, post_id, it))["standing"] == "active"

    await org.say("screening", "screening.ClearanceWithdrawn", {"clearance_id": clearance_id, "person_id": person_id})
    assert (await assignment(org, post_id, it))["standing"] == "suspended"
    [owed] = [each for each in (await org.get("/entitlements/owed", "security-officer"))["items"] if each["post_id"] == post_id]
    assert owed["resource"] == "secret_register"

    await org.pass_time(org.clock.domain() + timedelta(hours=1))
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
    it = await appointed(org, post_id, person_id, day_of(org.clock.domain()))
    last = day_of(org.clock.domain()) + timedelta(days=40)
    await org.post(f"/posts/{post_id}/assignments/{it}/end", "hr-officer", {"on": last.isoformat(), "reason_code": "retired"})
    assert (await assignment(org, post_id, it))["standing"] == "active"
    await org.pass_time(start_of(last))
    await org.settle()
    assert (await assignment(org, post_id, it))["standing"] == "ended"
    assert (await org.get(f"/posts/{post_id}", "reader"))["status"] == "vacant"


async def test_a_unit_head_sees_the_holders_of_the_own_subtree_and_no_other(org: Org) -> None:
    heading = await opened(org, {**a_post("cg", "head of cg", "none", None, is_head=True), "post_id": str(named("api", "head of", "cg"))})
    head = await registered(org, "Eva")
    await appointed(org, heading, head, day_of(org.clock.domain()))
    inside, outside = await opened(org, a_post("audit", "inside", "none", None)), await opened(org, a_post("police", "outside", "none", None))
    for number, each in enumerate((inside, outside)):
        await appointed(org, each, await registered(org, f"Fons {number}"), day_of(org.clock.domain()))
    assert len((await org.get(f"/posts/{inside}", "unit-head", UUID(head)))["assignments"]) == 1
    assert (await org.get(f"/posts/{outside}", "unit-head", UUID(head)))["assignments"] == []
    assert (await org.get(f"/posts/{inside}", "unit-head", HEAD))["assignments"] == []
    assert (await org.get(f"/posts/{inside}", "reader", UUID(head)))["assignments"] == []


async def test_org_2_a_second_holder_is_refused_and_the_staff_system_is_told(org: Org) -> None:
    post_id = await opened(org, a_post("audit", "taken", "none", None))
    await appointed(org, post_id, await registered(org, "Gil"), day_of(org.clock.domain()))
    other = await registered(org, "Hans")
    it = await appointed(org, post_id, other, day_of(org.clock.domain()))
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
