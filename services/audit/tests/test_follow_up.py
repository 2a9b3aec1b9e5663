"""Recommendations behind their door, on a real database: from their issue until audit closes them, through a reorganisation too."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from cg_kit.pure import named
from services.audit.tests.door import ANN, CHIEFS, HEAD, ISPO, OWNER, OWNERS, STRANGER, Audit, issued, tongues

ACTION = {"text": "sleutels beheren", "due_on": "2030-01-01"}


async def test_a_recommendation_from_its_issue_until_audit_closes_it(audit: Audit) -> None:
    path, engagement = await issued(audit)
    (mine,) = [each for each in (await audit.get("/me/recommendations", "person"))["items"] if path.endswith(each["recommendation_id"])]
    assert mine["owner_post_id"] == str(OWNERS)
    assert await audit.refused("POST", f"{path}/response", "person", {"decision": "accepted", "actions": [ACTION]}, STRANGER) == (403, "AUD-OWNER")
    assert await audit.refused("POST", f"{path}/response", "person", {"decision": "accepted"}) == (409, "AUD-ACTIONS")
    await audit.post(f"{path}/response", "person", {"decision": "accepted", "actions": [ACTION]})
    action = (await audit.get(path, "person"))["actions"][0]["action_id"]
    await audit.post(f"{path}/actions/{action}/progress", "person", {"percent": 100})
    assert await audit.refused("POST", f"{path}/verification", "person", {"verified": True}) == (403, "role-needed"), "AUD-4"
    await audit.post(f"{path}/completion", "person", {"evidence": ["foto 12"]})
    assert await audit.refused("POST", f"{path}/verification", "head-of-audit", {"verified": True}, OWNER) == (409, "AUD-4")
    await audit.post(f"{path}/verification", "head-of-audit", {"verified": False})
    await audit.post(f"{path}/completion", "person", {"evidence": ["foto 13"]})
    await audit.post(f"{path}/verification", "auditor", {"verified": True})
    names = await audit.names(path.rpartition("/")[2])
    assert names == [
        "AuditRecommendationIssued",
        "ManagementResponseRecorded",
        "RecommendationReportedDone",
        "RecommendationReopened",
        "RecommendationReportedDone",
        "RecommendationClosed",
    ]
    assert "doe het" not in str(await audit.told(path.rpartition("/")[2]))
    finding = (await audit.get(engagement, "head-of-audit", HEAD))["all_findings"][0]
    assert finding["standing"] == "CLOSED", "nothing is open on it any more"
    assert path.rpartition("/")[2] not in str(await audit.get("/me/recommendations", "person"))


async def test_a_risk_is_accepted_as_it_was_read_and_lapses_when_the_finding_changes(audit: Audit) -> None:
    path, engagement = await issued(audit)
    await audit.post(f"{path}/response", "person", {"decision": "rejected", "rationale": "te duur"})
    attention = await audit.get("/attention", "commissioner-general")
    assert path.rpartition("/")[2] in {each["recommendation_id"] for each in attention["to_decide"]}
    later = (audit.clock.domain() + timedelta(days=300)).date().isoformat()
    assert await audit.refused("POST", f"{path}/risk-acceptance", "commissioner-general", {"content": "0" * 64, "review_on": later}) == (409, "AUD-CONTENT")
    content = (await audit.get(path, "commissioner-general"))["content"]
    await audit.post(f"{path}/risk-acceptance", "commissioner-general", {"content": content, "review_on": later})
    (finding,) = (await audit.get(engagement, "head-of-audit", HEAD))["all_findings"]
    assert finding["standing"] == "CLOSED"
    said = {name: finding[name] for name in ("unit_id", "themes", "condition", "criteria", "cause", "effect")} | {"severity": "critical"}
    evidence = [each["evidence_id"] for each in (await audit.get(engagement, "head-of-audit", HEAD))["evidence"]]
    await audit.post(f"{engagement}/findings/{finding['finding_id']}/supersession", "head-of-audit", said | {"evidence": evidence})
    seen = await audit.get(path, "commissioner-general")
    assert seen["status"] == "ISSUED", "what was accepted says something else now"
    assert (await audit.names(path.rpartition("/")[2]))[-1] == "RiskAcceptanceLapsed"
    assert "CriticalFindingEscalated" in await audit.names(engagement.rpartition("/")[2])
    critical = (await audit.get("/attention", "commissioner-general"))["critical"]
    assert engagement.rpartition("/")[2] in {each["engagement_id"] for each in critical}, "the same day"


async def test_other_bodies_recommendations_are_followed_up_in_the_same_register(audit: Audit) -> None:
    item = {
        "source": "court_of_audit",
        "reference": "RH/2026/12-3",
        "unit_id": str(ISPO),
        "priority": "medium",
        "text": tongues("stel een register op"),
        "target_on": (audit.clock.domain() - timedelta(days=60)).date().isoformat(),
    }
    only_dutch = item | {"reference": "RH/2026/12-4", "text": {"nl": "alleen Nederlands"}}
    assert await audit.refused("POST", "/imports/recommendations", "head-of-audit", {"items": [item, only_dutch]}) == (409, "AUD-LANGUAGES")
    assert await audit.refused("POST", "/imports/recommendations", "head-of-audit", {"items": [item | {"source": "audit"}]}) == (409, "AUD-REFERENCE")
    assert (await audit.get("/recommendations?source=court_of_audit", "auditor"))["items"] == [], "all of them or none"
    await audit.post("/imports/recommendations", "head-of-audit", {"items": [item]})
    await audit.post("/imports/recommendations", "head-of-audit", {"items": [item]})
    (seen,) = (await audit.get("/recommendations?source=court_of_audit&late=true", "auditor"))["items"]
    assert (seen["reference"], seen["days_late"], seen["owner_post_id"]) == ("RH/2026/12-3", 60, str(CHIEFS)), "the head of the unit answers for it"
    told = await audit.told(seen["recommendation_id"])
    assert [each["name"] for each in told].count("AuditRecommendationIssued") == 1
    assert [each["escalated_to"] for each in told if each["name"] == "ActionOverdue"] == ["owner", "director", "commissioner_general"]
    assert seen["recommendation_id"] in {each["recommendation_id"] for each in (await audit.get("/attention", "commissioner-general"))["late"]}


async def test_a_plan_that_is_approved_plans_its_engagements(audit: Audit) -> None:
    line = {"kind": "assurance", "title": tongues("Wapenbeheer"), "unit_ids": [str(ISPO)], "reason_code": "risk", "starts_on": "2031-03-01", "days": 40}
    await audit.post("/plans/2031", "head-of-audit", {"lines": [line], "capacity_days": 100})
    await audit.post("/plans/2031/submission", "head-of-audit")
    assert await audit.refused("POST", "/plans/2031/approval", "head-of-audit") == (403, "role-needed")
    assert await audit.refused("POST", "/plans/2031/approval", "commissioner-general", who=HEAD) == (409, "AUD-EYES")
    await audit.post("/plans/2031/approval", "commissioner-general")
    seen = await audit.get("/plans/2031", "auditor")
    planned = (await audit.get("/engagements?status=PLANNED", "head-of-audit"))["items"]
    assert [each["engagement_id"] for each in planned] == [seen["approved"]["lines"][0]["engagement_id"]]
    assert await audit.names(seen["plan_id"]) == ["AuditPlanApproved"]
    assert await audit.refused("GET", "/plans/2032", "auditor") == (404, "NOT-FOUND")


async def test_aud_7_ownership_follows_a_reorganisation_and_falls_to_the_commissioner_general(audit: Audit) -> None:
    unit, into, heads, owners = (named("test", "reorganised", name) for name in ("unit", "into", "heads", "owners"))

    async def established(unit_id: Any, slug: str) -> None:
        about = {"unit_id": str(unit_id), "slug": slug, "parent_id": None}
        await audit.say("org", "org.OrgUnitEstablished", about, effective_from="2020-01-01")

    async def opened(post_id: Any, unit_id: Any, is_head: bool) -> None:
        await audit.say("org", "org.PostOpened", {"post_id": str(post_id), "unit_id": str(unit_id), "is_head": is_head})

    await established(unit, "old")
    await opened(owners, unit, False)
    item = {"source": "comite_p", "reference": "P/1", "unit_id": str(unit), "owner_post_id": str(owners), "priority": "low", "text": tongues("x")}
    made = await audit.post("/imports/recommendations", "head-of-audit", {"items": [item | {"target_on": "2032-01-01"}]})
    path = f"/recommendations/{made['id']}"
    await established(into, "new")
    today = audit.clock.domain().date().isoformat()
    await audit.say("org", "org.PostAbolished", {"post_id": str(owners), "effective_from": today})
    assert (await audit.get(path, "head-of-audit"))["owner_post_id"] is None, "until there is a head the commissioner-general answers for it"
    plan = {"reorganisation_id": str(named("test", "merge")), "effective_date": today, "posts": []}
    mapping = {"kind": "merge", "from_unit_ids": [str(unit)], "to_unit_ids": [str(into)]}
    await audit.say("org", "org.ReorganisationScheduled", plan | {"mappings": [mapping]})
    reported = await audit.pool.fetchval("SELECT body FROM journal WHERE type LIKE '%ReorganisationImpactReported%' AND key = $1", plan["reorganisation_id"])
    assert json.loads(reported) == {"reorganisation_id": plan["reorganisation_id"], "open_items": 1, "unmapped_total": 0, "unmapped_ids": [], "posts": []}
    await audit.say("org", "org.ReorganisationTookEffect", plan | {"mappings": [mapping]})
    await opened(heads, into, True)
    seen = await audit.get(path, "head-of-audit")
    assert (seen["unit_id"], seen["owner_post_id"]) == (str(into), str(heads)), "who heads what came of its unit"
    assert await audit.refused("POST", f"{path}/place", "head-of-audit", {"unit_id": str(into), "post_id": str(heads)}) == (409, "AUD-7")
    await audit.post(f"{path}/place", "head-of-audit", {"unit_id": str(into), "post_id": str(CHIEFS)})
    abolition = {"kind": "abolish", "from_unit_ids": [str(into)], "to_unit_ids": []}
    await audit.say("org", "org.ReorganisationTookEffect", plan | {"reorganisation_id": str(named("test", "end")), "mappings": [abolition]})
    assert (await audit.get(path, "head-of-audit"))["owner_post_id"] is None, "no successor: the commissioner-general"
    own = (await audit.get("/attention", "commissioner-general"))["own"]
    assert made["id"] in {each["recommendation_id"] for each in own}
    assert "RecommendationReowned" in await audit.names(made["id"])


async def test_aud_5_a_third_extension_waits_for_the_commissioner_general(audit: Audit) -> None:
    path, _ = await issued(audit)
    await audit.post(f"{path}/response", "person", {"decision": "accepted", "actions": [ACTION]})
    for n, by in ((150, "head-of-audit"), (160, "head-of-audit"), (170, "commissioner-general")):
        to = (audit.clock.domain() + timedelta(days=n)).date().isoformat()
        await audit.post(f"{path}/extension", "person", {"to": to, "reason": "levering te laat"})
        if by == "commissioner-general":
            assert await audit.refused("POST", f"{path}/extension/decision", "head-of-audit", {"granted": True}) == (409, "AUD-5")
        await audit.post(f"{path}/extension/decision", by, {"granted": True})
    seen = await audit.get(path, "auditor", ANN)
    assert seen["extensions"] == 3
    assert seen["first_target_on"] < seen["target_on"]
