"""A reorganisation through the door, on a real database: its steps and who takes them, what it touches, its one moment, and what is found afterwards."""

from __future__ import annotations

import json
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from cg_kit.pure import named
from cg_kit.pure.terms import day_of, start_of
from services.org.tests.door import CHIEF, CLERK, HEAD, Org, a_post, appointed, opened, registered, unit

Q = "org-administrator"


def api(name: str) -> str:
    return str(named("api", name))


async def built(org: Org, slug: str, *parents: str) -> None:
    """A unit, and units under it."""
    units = [unit(slug, "cg"), *(unit(each, slug) for each in parents)]
    await org.post("/units", Q, {"valid_from": "2014-10-01", "units": units})


def plan(*mappings: dict[str, Any], on: date, posts: tuple[dict[str, Any], ...] = ()) -> dict[str, Any]:
    return {"reason": "simpler", "legal_basis": "KB 2026", "effective_date": on.isoformat(), "mappings": list(mappings), "posts": list(posts)}


def merger(*sources: str, into: str) -> dict[str, Any]:
    return {"kind": "merge", "from_unit_ids": [api(each) for each in sources], "to_unit_ids": [api(into)], "units": [unit(into, "cg")]}


def gone(slug: str, *successors: str) -> dict[str, Any]:
    return {"kind": "abolish", "from_unit_ids": [api(slug)], "to_unit_ids": [api(each) for each in successors]}


async def approved(org: Org, body: dict[str, Any]) -> str:
    """The address of a reorganisation that two people stand behind."""
    done = await org.post("/reorganisations", Q, body)
    assert done["events"] == ["Drafted"]
    found = (await org.get("/reorganisations?status=draft", Q))["items"]
    at = f"/reorganisations/{next(each['reorganisation_id'] for each in found if each['mappings'][0]['from_unit_ids'] == body['mappings'][0]['from_unit_ids'])}"
    await org.post(f"{at}/consultation", Q, {"held_on": day_of(org.clock.domain()).isoformat(), "record_ref": "minutes 7"})
    await org.post(f"{at}/approval", "appointing-authority", who=CHIEF)
    return at


def soon(org: Org) -> date:
    return day_of(org.clock.domain()) + timedelta(days=30)


async def told(org: Org, name: str) -> list[dict[str, Any]]:
    """What was said under this name, in order."""
    return [json.loads(step.body) for step in await org.engine.store.outbox(0, 100_000) if step.type == f"be.police.cg.org.{name}.v1"]


async def test_a_merger_from_proposal_to_effect(org: Org) -> None:
    await built(org, "desk-a", "desk-a1")
    await built(org, "desk-b")
    held, ending = await opened(org, a_post("desk-a", "a analyst", "none", None)), await opened(org, a_post("desk-b", "b clerk", "none", None))
    person_id, other = await registered(org, "Ina"), await registered(org, "Jo")
    it = await appointed(org, held, person_id, day_of(org.clock.domain()))
    lost = await appointed(org, ending, other, day_of(org.clock.domain()))
    await org.say("hr", "org.PersonTransferred", {"person_id": other, "unit_id": api("desk-b"), "effective_from": day_of(org.clock.domain()).isoformat()})
    on = soon(org)
    at = await approved(org, plan(merger("desk-a", "desk-b", into="desk-c"), on=on, posts=({"post_id": ending, "to_unit_id": None},)))

    seen = await org.get(f"{at}/impact", Q)
    assert seen["rule"] is None
    assert seen["total"] == {"posts": 2, "holders": 2, "mandates": 0, "units": 1, "employed": 1, "unmapped": 0}
    assert {each["post_id"]: (each["to_unit_id"], each["ends"]) for each in seen["posts"]} == {held: (api("desk-c"), False), ending: (None, True)}
    assert {each["holders"][0]["person_id"] for each in seen["posts"]} == {person_id, other}
    assert [(each["slug"], each["to_parent_id"]) for each in seen["units"]] == [("desk-a1", api("desk-c"))]
    assert [(each["service"], each["reported_at"]) for each in seen["services"]] == [("audit", None), ("innovation", None), ("screening", None)]

    await org.post(f"{at}/schedule", Q, {})
    [scheduled] = [each for each in await told(org, "ReorganisationScheduled") if each["reorganisation_id"] in at]
    assert {each["post_id"]: [one["assignment_id"] for one in each["holders"]] for each in scheduled["posts"]} == {held: [it], ending: [lost]}
    reported = {"open_items": 3, "unmapped_total": 0, "unmapped_ids": [], "posts": [{"post_id": held, "open_items": 3}]}
    await org.say("screening", "org.ReorganisationImpactReported", {"reorganisation_id": at.rpartition("/")[2], **reported})
    seen = await org.get(f"{at}/impact", Q)
    assert {each["service"]: each["open_items"] for each in seen["services"]} == {"audit": 0, "innovation": 0, "screening": 3}
    assert {each["post_id"]: each["open_elsewhere"] for each in seen["posts"]} == {held: 3, ending: 0}
    late = await opened(org, a_post("desk-a", "a late one", "none", None))

    await org.pass_time(start_of(on))
    await org.settle()
    assert (await org.get(at, Q))["status"] == "in_effect"
    assert [(await org.get(f"/posts/{each}", "hr-officer"))["unit_id"] for each in (held, late)] == [api("desk-c")] * 2
    moved = await org.get(f"/posts/{held}", "hr-officer")
    assert (moved["assignments"][0]["standing"], moved["earlier"][0]["unit_id"]) == ("active", api("desk-a"))
    ended = await org.get(f"/posts/{ending}", "hr-officer")
    assert (ended["status"], ended["assignments"][0]["standing"], ended["assignments"][0]["reason_code"]) == ("abolished", "ended", "reorganisation")
    assert other in {each["person_id"] for each in (await org.get("/persons?unassigned=true&limit=1000", "operator"))["items"]}

    before, after = (on - timedelta(days=1)).isoformat(), on.isoformat()
    assert (await org.get(f"/units/{api('desk-a')}?on={before}", "reader"))["successor_ids"] == [api("desk-c")]
    absent = await org.ask("GET", f"/units/{api('desk-a')}?on={after}", "reader")
    assert (absent.status_code, absent.json()["rule"], absent.json()["errors"][0]["mend"]) == (404, "ORG-UNIT-ABOLISHED", api("desk-c"))
    assert [each["slug"] for each in (await org.get(f"/units/{api('desk-a')}/successors?on={after}", "reader"))["items"]] == ["desk-c"]
    assert [each["slug"] for each in (await org.get(f"/units/{api('desk-a')}/successors?on={before}", "reader"))["items"]] == ["desk-a"]
    assert set((await org.get(f"/units/{api('desk-c')}", "reader"))["predecessor_ids"]) == {api("desk-a"), api("desk-b")}
    assert (await org.get(f"/units/{api('desk-a1')}", "reader"))["parent_id"] == api("desk-c")

    names = [step.type.rsplit(".", 2)[-2] for step in await org.engine.store.outbox(0, 100_000)]
    for name, times in (("ReorganisationTookEffect", 1), ("PostMoved", 2), ("PostAbolished", 1), ("OrgUnitAbolished", 2)):
        assert names.count(name) == times, name


async def test_org_9_nobody_is_transferred_to_and_no_post_opened_in_a_unit_that_has_ended(org: Org) -> None:
    await built(org, "desk-d")
    proposed = a_post("desk-d", "proposed only", "none", None)
    await org.post("/posts", Q, proposed)
    on = soon(org)
    at = await approved(org, plan(gone("desk-d"), on=on, posts=({"post_id": proposed["post_id"], "to_unit_id": None},)))
    await org.post(f"{at}/schedule", Q, {})
    await org.pass_time(start_of(on))
    await org.settle()
    person_id = await registered(org, "Kim")
    await org.say("hr", "org.PersonTransferred", {"person_id": person_id, "unit_id": api("desk-d"), "effective_from": on.isoformat()})
    assert (await org.get(f"/persons/{person_id}", "hr-officer"))["employments"][-1]["unit_id"] is None
    [refused] = [each for each in await told(org, "RequestRefused") if each["request_type"].endswith("PersonTransferred.v1")][:1]
    assert (refused["rule"], refused["field"]) == ("ORG-UNIT", "unit_id")
    past = await org.ask("POST", "/posts", Q, CLERK, {**a_post("desk-d", "too late", "none", None), "valid_from": "2020-01-01"})
    assert (past.status_code, past.json()["rule"]) == (404, "ORG-UNIT")
    approval = await org.ask("POST", f"/posts/{proposed['post_id']}/approval", "appointing-authority", CHIEF)
    assert approval.status_code == 404
    assert (await org.get(f"/units/{api('desk-d')}/successors", "reader"))["items"] == []
    unknown = await org.ask("GET", f"/units/{api('never')}/successors", "reader")
    assert (unknown.status_code, unknown.json()["rule"]) == (404, "ORG-UNIT")


async def test_org_4_what_has_no_place_is_named_blocks_and_is_mended(org: Org) -> None:
    await built(org, "desk-e", "desk-e1")
    post_id = await opened(org, a_post("desk-e", "e analyst", "none", None))
    on = soon(org)
    at = await approved(org, plan(gone("desk-e"), on=on))
    seen = await org.get(f"{at}/impact", "appointing-authority")
    assert (seen["rule"], seen["total"]["unmapped"]) == ("ORG-4", 2)
    assert {(each["what"], each["id"]) for each in seen["unmapped"]} == {("post", post_id), ("unit", api("desk-e1"))}
    await org.post(f"{at}/schedule", Q, {})
    await org.pass_time(start_of(on))
    await org.settle()
    blocked = await org.get(at, Q)
    assert (blocked["status"], blocked["blocked"]["rule"], len(blocked["blocked"]["unmapped"])) == ("approved", "ORG-4", 2)
    assert (await org.get(f"/units/{api('desk-e')}", "reader"))["slug"] == "desk-e"
    assert {each["rule"] for each in await told(org, "ReorganisationBlocked")} == {"ORG-4"}

    later = soon(org)
    again = plan(gone("desk-e", "audit"), on=later)
    await org.post(f"{at}/revision", Q, again)
    await org.post(f"{at}/consultation", Q, {"held_on": day_of(org.clock.domain()).isoformat(), "record_ref": "minutes 8"})
    await org.post(f"{at}/approval", "appointing-authority", who=CHIEF)
    await org.post(f"{at}/schedule", "appointing-authority", {"effective_date": later.isoformat()})
    await org.pass_time(start_of(later))
    await org.settle()
    assert (await org.get(at, Q))["status"] == "in_effect"
    assert (await org.get(f"/posts/{post_id}", "reader"))["unit_id"] == api("audit")


async def test_a_post_without_a_place_is_given_one_by_somebody_else_after_the_approval(org: Org) -> None:
    await built(org, "desk-f")
    post_id = await opened(org, a_post("desk-f", "f analyst", "none", None))
    at = await approved(org, plan(gone("desk-f", "audit", "ispo"), on=soon(org)))
    line = {"posts": [{"post_id": post_id, "to_unit_id": api("ispo")}]}
    own = await org.ask("POST", f"{at}/posts", Q, CLERK, line)
    assert (own.status_code, own.json()["rule"]) == (409, "ORG-FOUR-EYES")
    await org.post(f"{at}/posts", "appointing-authority", line, who=CHIEF)
    assert (await org.get(f"{at}/impact", Q))["total"]["unmapped"] == 0
    await org.post(f"{at}/cancellation", Q, {"reason_code": "withdrawn"})
    assert (await org.get(at, Q))["status"] == "cancelled"


async def test_org_4_a_mandate_ends_with_its_post_only_when_that_is_said(org: Org) -> None:
    await built(org, "desk-m")
    post_id = await opened(org, {**a_post("desk-m", "m director", "none", None), "is_mandate": True})
    holder = await registered(org, "Nel")
    at = await approved(org, plan(gone("desk-m"), on=soon(org), posts=({"post_id": post_id, "to_unit_id": None},)))
    await org.post(f"{at}/schedule", Q, {})
    held = {"person_id": holder, "kind": "mandate", "planned_start": day_of(org.clock.domain()).isoformat(), "decision_ref": "act"}
    await org.post(f"/posts/{post_id}/appointments", "hr-officer", held)
    seen = await org.get(f"{at}/impact", Q)
    assert (seen["total"]["mandates"], seen["unmapped"]) == (1, [{"what": "mandate", "id": post_id}])
    await org.pass_time(start_of(soon(org)))
    await org.settle()
    assert (await org.get(at, Q))["blocked"]["unmapped"] == [{"what": "mandate", "id": post_id}]
    said = {"posts": [{"post_id": post_id, "to_unit_id": None, "ends_mandate": True}]}
    await org.post(f"{at}/posts", "appointing-authority", said, who=CHIEF)
    later = soon(org)
    await org.post(f"{at}/schedule", Q, {"effective_date": later.isoformat()})
    await org.pass_time(start_of(later))
    await org.settle()
    assert (await org.get(at, Q))["status"] == "in_effect"
    [mandate] = (await org.get(f"/posts/{post_id}/mandates", "hr-officer"))["items"]
    assert (mandate["stage"], mandate["ended_on"]) == ("ended", later.isoformat())


async def test_a_mandate_moves_with_its_post(org: Org) -> None:
    await built(org, "desk-n")
    post_id = await opened(org, {**a_post("desk-n", "n director", "none", None), "is_mandate": True})
    held = {"person_id": await registered(org, "Oda"), "kind": "mandate", "planned_start": day_of(org.clock.domain()).isoformat(), "decision_ref": "act"}
    await org.post(f"/posts/{post_id}/appointments", "hr-officer", held)
    on = soon(org)
    at = await approved(org, plan(gone("desk-n", "audit"), on=on))
    await org.post(f"{at}/schedule", Q, {})
    await org.pass_time(start_of(on))
    await org.settle()
    [mandate] = (await org.get(f"/posts/{post_id}/mandates", "hr-officer"))["items"]
    assert (mandate["stage"], (await org.get(f"/posts/{post_id}", "reader"))["unit_id"]) == ("running", api("audit"))


async def test_each_step_is_taken_by_who_may_and_a_reader_does_not_see_what_is_only_planned(org: Org) -> None:
    await built(org, "desk-g")
    body = plan(gone("desk-g", "audit"), on=soon(org))
    for role in ("reader", "appointing-authority", "unit-head"):
        assert (await org.ask("POST", "/reorganisations", role, body=body)).status_code == 403
    assert (await org.ask("GET", "/reorganisations", "reader")).status_code == 403
    done = await org.post("/reorganisations", Q, {**body, "reorganisation_id": api("g")})
    assert done["kind"] == "tree"
    at = f"/reorganisations/{api('g')}"
    assert (await org.ask("POST", f"{at}/approval", "org-administrator", CLERK)).status_code == 403
    early = await org.ask("POST", f"{at}/approval", "appointing-authority", CHIEF)
    assert (early.status_code, early.json()["rule"]) == (409, "ORG-STATE")
    await org.post(f"{at}/consultation", Q, {"held_on": day_of(org.clock.domain()).isoformat(), "record_ref": "minutes 9"})
    own = await org.ask("POST", f"{at}/approval", "appointing-authority", CLERK)
    assert (own.status_code, own.json()["rule"]) == (409, "ORG-FOUR-EYES")
    unknown = await org.ask("GET", f"/reorganisations/{api('nothing')}", Q)
    assert (unknown.status_code, unknown.json()["rule"]) == (404, "ORG-REORGANISATION")


async def test_a_unit_head_sees_what_it_touches_and_the_holders_of_the_own_subtree(org: Org) -> None:
    await built(org, "desk-h")
    await built(org, "desk-i")
    heading = await opened(org, {**a_post("desk-h", "h head", "none", None, is_head=True), "post_id": str(named("api", "head of", "desk-h"))})
    head, other = await registered(org, "Lea"), await registered(org, "Mo")
    await appointed(org, heading, head, day_of(org.clock.domain()))
    elsewhere = await opened(org, a_post("desk-i", "i clerk", "none", None))
    await appointed(org, elsewhere, other, day_of(org.clock.domain()))
    body = plan(merger("desk-h", "desk-i", into="desk-j"), on=soon(org))
    await org.post("/reorganisations", Q, {**body, "reorganisation_id": api("h")})
    seen = await org.get(f"/reorganisations/{api('h')}/impact", "unit-head", UUID(head))
    assert {each["post_id"]: len(each["holders"]) for each in seen["posts"]} == {heading: 1, elsewhere: 0}
    assert seen["total"]["holders"] == 2
    nobody = await org.get(f"/reorganisations/{api('h')}/impact", "unit-head", HEAD)
    assert [each["holders"] for each in nobody["posts"]] == [[], []]


async def test_a_change_to_come_is_told_again_on_its_day(org: Org) -> None:
    await built(org, "desk-k")
    on = soon(org)
    await org.post(f"/units/{api('desk-k')}/changes", Q, {**{k: v for k, v in unit("desk-k", "audit").items() if k != "unit_id"}, "valid_from": on.isoformat()})
    [registered_] = [each for each in await told(org, "OrgUnitChanged") if each["unit_id"] == api("desk-k")]
    assert not await told(org, "OrgUnitChangeTookEffect")
    await org.pass_time(start_of(on))
    await org.settle()
    [took] = await told(org, "OrgUnitChangeTookEffect")
    assert (took["change_id"], took["parent_id"]) == (registered_["change_id"], api("audit"))
