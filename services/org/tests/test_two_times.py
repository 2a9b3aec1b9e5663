"""Who held what on that date, as was known then; who may see it; and who looked."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import httpx

from cg_kit.auth import token
from cg_kit.pure import named
from cg_kit.pure.terms import day_of, start_of
from services.org.tests.door import OFFICER, STRANGER, Org, a_post, appointed, opened, registered, unit
from services.org.tests.test_reorganisation_api import approved, built, gone, plan


async def asked(org: Org, path: str, role: str = "hr-officer", who: UUID = STRANGER, **params: str) -> httpx.Response:
    return await org.http.get(path, params=params, headers={"authorization": f"Bearer {token(org.key, who, [role], org.clock.real())}"})


async def holders(org: Org, post_id: str, on: date, **params: str) -> list[tuple[str, str]]:
    answer = await asked(org, f"/posts/{post_id}/holders", on=on.isoformat(), **params)
    assert answer.status_code == 200, answer.text
    return [(each["person_id"], each["standing"]) for each in answer.json()["holders"]]


async def reads(org: Org, person_id: str, **params: str) -> list[dict[str, Any]]:
    answer = await asked(org, "/reads", "dpo", OFFICER, person_id=person_id, **params)
    assert answer.status_code == 200, answer.text
    return [each for each in answer.json()["items"] if each["what"] != "reads"]


async def held(org: Org, unit: str, name: str, *, is_head: bool = False) -> tuple[str, str, str]:
    """A post that somebody holds: its id, the person's and the assignment's."""
    body = a_post(unit, name, "none", None, is_head=is_head)
    if is_head:
        body["post_id"] = str(named("api", "head of", unit))
    post_id, person_id = await opened(org, body), await registered(org, f"holder of {name}")
    return post_id, person_id, await appointed(org, post_id, person_id, day_of(org.clock.domain()))


async def told(org: Org, post_id: str) -> list[str]:
    """What was said of a post, in order."""
    return [said.type.split(".")[-2] for said in await org.engine.store.outbox(0, 100_000) if said.topic == "cg.org.events" and said.key == post_id]


async def test_org_6_an_end_that_is_corrected_later_still_shows_what_was_known(org: Org) -> None:
    post_id, person_id, it = await held(org, "audit", "corrected")
    start = day_of(org.clock.domain())
    await org.pass_time(org.clock.domain() + timedelta(days=60))
    await org.settle()
    before_the_end = org.clock.domain().isoformat()
    await org.pass_time(org.clock.domain() + timedelta(minutes=1))
    ended = start + timedelta(days=50)
    await org.post(f"/posts/{post_id}/assignments/{it}/end", "hr-officer", {"on": ended.isoformat(), "reason_code": "moved"})
    before_the_correction = (org.clock.domain()).isoformat()
    await org.pass_time(org.clock.domain() + timedelta(minutes=1))
    correction = {"valid_from": start.isoformat(), "valid_to": (start + timedelta(days=20)).isoformat(), "reason_code": "end_wrong", "decision_ref": "D 9"}
    done = await org.post(f"/posts/{post_id}/assignments/{it}/correction", "hr-officer", correction)
    assert done["events"] == ["Corrected"]

    thirtieth, fiftyfifth = start + timedelta(days=30), start + timedelta(days=55)
    assert await holders(org, post_id, thirtieth) == []
    assert await holders(org, post_id, thirtieth, known_at=before_the_correction) == [(person_id, "active")]
    assert await holders(org, post_id, fiftyfifth, known_at=before_the_correction) == []
    assert await holders(org, post_id, fiftyfifth, known_at=before_the_end) == [(person_id, "active")]
    assert (await told(org, post_id))[-3:] == ["AssignmentEnded", "AssignmentCorrected", "AssignmentCorrected"]


async def test_an_end_to_come_is_told_when_it_is_registered_and_when_it_comes(org: Org) -> None:
    post_id, _, it = await held(org, "audit", "told twice")
    last = day_of(org.clock.domain()) + timedelta(days=10)
    await org.post(f"/posts/{post_id}/assignments/{it}/end", "hr-officer", {"on": last.isoformat(), "reason_code": "retired"})
    await org.pass_time(org.clock.domain() + timedelta(days=11))
    await org.settle()
    assert (await told(org, post_id))[-2:] == ["AssignmentEndPlanned", "AssignmentEnded"]


async def test_a_correction_that_cannot_be_is_refused_with_its_rule(org: Org) -> None:
    post_id, _, it = await held(org, "audit", "not corrected")
    later = {"valid_from": (day_of(org.clock.domain()) + timedelta(days=9)).isoformat(), "reason_code": "start_wrong", "decision_ref": "D 9"}
    answer = await org.ask("POST", f"/posts/{post_id}/assignments/{it}/correction", "hr-officer", body=later)
    assert (answer.status_code, answer.json()["rule"], answer.json()["field"]) == (409, "ORG-PERIOD", "valid_from")
    assert (await org.ask("POST", f"/posts/{post_id}/assignments/{it}/correction", "org-administrator", body=later)).status_code == 403


async def test_who_was_responsible_is_said_of_each_unit_and_why_nobody_is(org: Org) -> None:
    post_id, person_id, _ = await held(org, "ispo", "head of ispo", is_head=True)
    items = {each["slug"]: each for each in (await asked(org, "/responsible", purpose="audit")).json()["items"]}
    assert [each["person_id"] for each in items["ispo"]["holders"]] == [person_id]
    assert (items["ispo"]["head_post_id"], items["ispo"]["why"]) == (post_id, None)
    assert (items["audit"]["why"], items["audit"]["texts"]["en"][:8]) == ("post_unknown", "The post")
    [alone] = (await asked(org, "/responsible", slug="ispo")).json()["items"]
    assert alone == items["ispo"]
    long_ago = (await asked(org, "/responsible", on="2020-01-01", slug="ispo")).json()["items"][0]
    assert (long_ago["holders"], long_ago["why"]) == ([], "vacant")
    assert (await asked(org, "/responsible", slug="nowhere")).status_code == 404


async def test_rights_follow_the_post_and_are_gone_with_it_at_once(org: Org) -> None:
    heading, head, it = await held(org, "cg", "head of cg", is_head=True)
    inside, holder, _ = await held(org, "audit", "under cg")
    outside, _, _ = await held(org, "police", "above cg")
    by = {"role": "unit-head", "who": UUID(head)}
    assert [each["person_id"] for each in (await asked(org, f"/posts/{inside}/holders", **by)).json()["holders"]] == [holder]
    denied = await asked(org, f"/posts/{outside}/holders", **by)
    assert (denied.status_code, denied.json()["rule"]) == (403, "ORG-NEED-TO-KNOW")
    assert {each["slug"] for each in (await asked(org, "/responsible", **by)).json()["items"]} == {"cg", "audit", "ispo"}
    assert (await asked(org, "/responsible", slug="police", **by)).json()["rule"] == "ORG-NEED-TO-KNOW"

    moved = {name: value for name, value in unit("audit", "police").items() if name != "unit_id"}
    today = day_of(org.clock.domain()).isoformat()
    await org.post(f"/units/{named('api', 'audit')}/changes", "org-administrator", {**moved, "valid_from": today})
    assert (await asked(org, f"/posts/{inside}/holders", **by)).status_code == 403
    assert (await asked(org, f"/posts/{inside}", **by)).json()["assignments"] == []
    assert {each["slug"] for each in (await asked(org, "/responsible", **by)).json()["items"]} == {"cg", "ispo"}

    await org.post(f"/posts/{heading}/assignments/{it}/absence", "hr-officer", {"since": today, "reason_code": "illness"})
    assert (await asked(org, "/responsible", **by)).json()["items"] == [], "who is away does not act"
    [away] = (await asked(org, f"/posts/{heading}/holders")).json()["holders"]
    assert (away["standing"], away["away"]) == ("active", True)
    await org.post(f"/posts/{heading}/assignments/{it}/return", "hr-officer")
    assert {each["slug"] for each in (await asked(org, "/responsible", **by)).json()["items"]} == {"cg", "ispo"}

    await org.post(f"/posts/{heading}/assignments/{it}/end", "hr-officer", {"on": today, "reason_code": "moved"})
    assert (await asked(org, "/responsible", **by)).json()["items"] == []
    assert (await asked(org, f"/posts/{heading}/holders", **by)).status_code == 403
    moved_back = {name: value for name, value in unit("audit", "cg").items() if name != "unit_id"}
    await org.post(f"/units/{named('api', 'audit')}/changes", "org-administrator", {**moved_back, "valid_from": today})


async def test_who_looked_up_whom_is_kept_and_shown_to_the_data_protection_officer_alone(org: Org) -> None:
    post_id, person_id, _ = await held(org, "audit", "looked up")
    assert await reads(org, person_id) == []
    await asked(org, f"/posts/{post_id}/holders", who=UUID(int=1), purpose="audit_2026")
    await asked(org, f"/posts/{post_id}", who=UUID(int=2))
    await asked(org, f"/persons/{person_id}", who=UUID(int=3), purpose="appointment")
    await asked(org, f"/persons/{person_id}/names", who=UUID(int=3), purpose="appointment")
    seen = await reads(org, person_id)
    assert [(each["actor"][-1], each["what"], each["purpose"], each["roles"]) for each in reversed(seen)] == [
        ("1", "holders", "audit_2026", ["hr-officer"]),
        ("2", "post", None, ["hr-officer"]),
        ("3", "person", "appointment", ["hr-officer"]),
        ("3", "names", "appointment", ["hr-officer"]),
    ]
    assert all(person_id in each["persons"] for each in seen)
    for role in ("hr-officer", "operator", "org-administrator"):
        assert (await asked(org, "/reads", role, person_id=person_id)).status_code == 403


async def test_who_may_not_see_holders_leaves_no_reading(org: Org) -> None:
    post_id, person_id, _ = await held(org, "audit", "not looked up")
    await asked(org, f"/posts/{post_id}", "reader")
    assert (await asked(org, f"/posts/{post_id}/holders", "reader")).status_code == 403
    assert await reads(org, person_id) == []


async def test_readings_are_shown_page_by_page_the_latest_first(org: Org) -> None:
    post_id, _, _ = await held(org, "audit", "often")
    who = UUID(int=77)
    for n in range(5):
        await asked(org, f"/posts/{post_id}/holders", who=who, purpose=f"time_{n}")
    found: list[str] = []
    after: dict[str, str] = {}
    while True:
        page = (await asked(org, "/reads", "dpo", OFFICER, actor=str(who), limit="2", **after)).json()
        found += [each["purpose"] for each in page["items"]]
        if page["next"] is None:
            break
        after = {"after": str(page["next"])}
    assert found == [f"time_{n}" for n in reversed(range(5))]


async def test_that_persons_were_listed_is_kept_without_each_of_them(org: Org) -> None:
    who = UUID(int=78)
    await asked(org, "/persons", who=who)
    [listed] = (await asked(org, "/reads", "dpo", OFFICER, actor=str(who))).json()["items"]
    assert (listed["what"], listed["persons"]) == ("persons", [])
    assert listed["many"] > 0


async def test_org_6_where_somebody_was_employed_is_answered_as_it_was_known(org: Org) -> None:
    person_id = await registered(org, "moved about")
    await org.say("hr", "org.PersonTransferred", {"person_id": person_id, "unit_id": str(named("api", "audit")), "effective_from": "2026-01-01"})
    known = org.clock.domain().isoformat()
    await org.pass_time(org.clock.domain() + timedelta(minutes=1))
    await org.say("hr", "org.PersonTransferred", {"person_id": person_id, "unit_id": str(named("api", "ispo")), "effective_from": "2026-01-01"})
    units = [each["unit_id"] for each in (await asked(org, f"/persons/{person_id}")).json()["employments"]]
    then = [each["unit_id"] for each in (await asked(org, f"/persons/{person_id}", known_at=known)).json()["employments"]]
    assert (units, then) == ([str(named("api", "ispo"))], [str(named("api", "audit"))])


async def test_alarms_say_what_is_amiss_and_what_was_looked_at(org: Org) -> None:
    post_id, person_id, it = await held(org, "audit", "ends soon")
    soon = day_of(org.clock.domain()) + timedelta(days=29)
    await org.post(f"/posts/{post_id}/assignments/{it}/end", "hr-officer", {"on": soon.isoformat(), "reason_code": "retired"})
    other, _, later = await held(org, "audit", "ends later")
    after = day_of(org.clock.domain()) + timedelta(days=31)
    await org.post(f"/posts/{other}/assignments/{later}/end", "hr-officer", {"on": after.isoformat(), "reason_code": "retired"})
    seen = (await asked(org, "/alarms")).json()
    ending = {each["post_id"]: each for each in seen["items"] if each["check"] == "ending_soon"}
    assert ending[post_id]["person_ids"] == [person_id]
    assert ending[post_id]["texts"]["en"] == f"assignment ends on {soon}"
    assert other not in ending
    headless = {each["slug"]: each["what"] for each in seen["items"] if each["check"] == "no_head"}
    assert headless["police"] == "post_unknown"
    checks = {each["check"]: each for each in seen["checks"]}
    assert checks.keys() == {"no_head", "two_heads", "ending_soon", "lost_unit", "lost_link"}
    assert (checks["two_heads"]["found"], checks["two_heads"]["looked_at"]) == (0, 4)
    assert (await reads(org, person_id))[0]["what"] == "alarms"
    assert all(each["person_ids"] == [] for each in (await asked(org, "/alarms", "operator")).json()["items"])
    assert (await asked(org, "/alarms", "reader")).status_code == 403


async def test_two_heads_and_a_lost_unit_are_noticed(org: Org) -> None:
    await held(org, "police", "head of police", is_head=True)
    second = await opened(org, a_post("police", "second head", "none", None, is_head=True))
    await appointed(org, second, await registered(org, "second"), day_of(org.clock.domain()))
    lost, today = await registered(org, "lost"), day_of(org.clock.domain())
    await built(org, "to-end")
    await org.say("hr", "org.PersonTransferred", {"person_id": lost, "unit_id": str(named("api", "to-end")), "effective_from": today.isoformat()})
    at = await approved(org, plan(gone("to-end"), on=today + timedelta(days=1)))
    await org.post(f"{at}/schedule", "org-administrator", {})
    await org.pass_time(start_of(today + timedelta(days=1)))
    await org.settle()
    items = (await asked(org, "/alarms")).json()["items"]
    [double] = [each for each in items if each["check"] == "two_heads"]
    assert (double["slug"], len(double["person_ids"]), double["texts"]["fr"]) == ("police", 2, "2 personnes à la tête")
    assert [(each["what"], each["person_ids"]) for each in items if each["check"] == "lost_unit"] == [("employment_lost", [lost])]
