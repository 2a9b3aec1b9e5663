"""The door for people, on a real database: an engagement from its plan to its closing, and who may do and see what on the way."""

from __future__ import annotations

import json
from datetime import timedelta

from cg_kit.pure import named
from services.audit.tests.door import ANN, CHIEFS, HEAD, ISPO, LEAD, OTHER, STRANGER, Audit, drafted, in_fieldwork, planned, raised, tongues


async def test_an_engagement_from_its_plan_to_its_closing(audit: Audit) -> None:
    path = await in_fieldwork(audit)
    engagement_id = path.rpartition("/")[2]
    finding_id = await raised(audit, path)
    recommendation = {"finding_ids": [finding_id], "unit_id": str(ISPO), "text": tongues("doe het"), "priority": "high"}
    await audit.post(f"{path}/recommendations", "auditor", recommendation)
    await audit.post(f"{path}/conclusion", "auditor", {"opinion": tongues("beheerst")}, LEAD)
    await audit.post(f"{path}/draft", "auditor", who=LEAD)
    assert await audit.refused("POST", f"{path}/report", "head-of-audit") == (409, "AUD-REPLY")
    await audit.post(f"{path}/replies", "unit-head", {"unit_id": str(ISPO), "text": "wij zijn het eens"})
    await audit.post(f"{path}/report", "head-of-audit")
    await audit.post(f"{path}/closure", "head-of-audit")
    assert await audit.names(engagement_id) == [
        "AuditEngagementAnnounced",
        "AuditFieldworkStarted",
        "AuditFindingRaised",
        "AuditDraftReportIssued",
        "AuditReplyRecorded",
        "AuditFinalReportIssued",
        "AuditEngagementClosed",
    ]
    told = await audit.told(engagement_id)
    assert told[2] == told[2] | {"finding_id": finding_id, "unit_id": str(ISPO), "severity": "high", "themes": ["personnel_security"]}
    assert "toegang" not in str(told), "the text of a finding is on no topic"
    seen = await audit.get(f"/universe/{ISPO}", "auditor")
    assert seen["last_audited_on"] is not None
    assert seen["open_engagements"] == 0
    assert [each["signal"] for each in seen["signals"]] == ["finding_high"]


async def test_aud_2_who_held_a_post_in_the_unit_cannot_declare(audit: Audit) -> None:
    path = await planned(audit)
    post_id = str(named("test", "post of ann"))
    await audit.say("org", "org.PostOpened", {"post_id": post_id, "unit_id": str(ISPO)})
    held = {"assignment_id": str(named("a", post_id)), "post_id": post_id, "person_id": str(ANN)}
    await audit.say("org", "org.AssignmentStarted", held)
    assert await audit.refused("POST", f"{path}/declarations", "auditor", {"unit_ids": [str(ISPO)]}) == (409, "AUD-2")
    assert await audit.refused("POST", f"{path}/programme/approval", "head-of-audit") == (409, "AUD-2")
    await audit.say("org", "org.AssignmentEnded", {**held, "reason_code": "moved", "ended_at": (audit.clock.domain() - timedelta(days=400)).isoformat()})
    await audit.post(f"{path}/declarations", "auditor", {"unit_ids": [str(ISPO)]})


async def test_aud_6_the_unit_reads_a_finding_from_its_discussion_on(audit: Audit) -> None:
    path = await in_fieldwork(audit)
    finding_id = await drafted(audit, path)

    async def shown() -> set[str]:
        return {each["finding_id"] for each in (await audit.get(f"/units/{ISPO}/findings", "unit-head"))["items"]}

    assert finding_id not in await shown()
    await audit.post(f"{path}/findings/{finding_id}/discussion", "auditor")
    assert finding_id in await shown()
    assert await audit.refused("GET", f"/units/{OTHER}/findings", "unit-head") == (403, "AUD-NEED")
    assert await audit.refused("GET", f"/units/{ISPO}/findings", "unit-head", who=STRANGER) == (403, "AUD-NEED")
    assert await audit.refused("GET", path, "unit-head") == (403, "role-needed"), "working papers are for the team"
    assert await audit.refused("GET", path, "auditor", who=STRANGER) == (403, "AUD-NEED")
    denied = await audit.pool.fetchval("SELECT count(*) FROM denied WHERE rule = 'AUD-NEED'")
    assert denied == 3, "each is on record"


async def test_a_repeat_is_flagged_when_drafting(audit: Audit) -> None:
    first = await raised(audit, await in_fieldwork(audit, unit=OTHER), theme="budget", unit=OTHER)
    path = await in_fieldwork(audit, unit=OTHER)
    await drafted(audit, path, theme="budget", unit=OTHER)
    await drafted(audit, path, theme="staff", unit=OTHER)
    seen = (await audit.get(path, "auditor"))["all_findings"]
    assert [each["repeats"] for each in seen] == [[first], []]


async def test_what_others_report_rescores_the_unit_and_proposes_a_special_engagement(audit: Audit) -> None:
    unit_id, post_id = str(named("test", "busy unit")), str(named("test", "busy post"))
    await audit.say("org", "org.OrgUnitEstablished", {"unit_id": unit_id, "slug": "busy", "parent_id": None}, effective_from="2020-01-01")
    await audit.say("org", "org.PostOpened", {"post_id": post_id, "unit_id": unit_id})
    before = (await audit.get(f"/universe/{unit_id}", "head-of-audit"))["score"]
    await audit.say("org", "org.HeadPostUnattended", {"unit_id": unit_id, "post_id": post_id})
    await audit.say("org", "org.AccessRevocationDeadlineMissed", {"post_id": post_id})
    await audit.say("org", "org.MandateEvaluationDeadlineMissed", {"post_id": post_id})
    after = await audit.get(f"/universe/{unit_id}", "head-of-audit")
    assert after["score"] == before + 4 + 5 + 2
    assert await audit.names(unit_id) == ["AuditRiskSignalReceived"] * 3
    proposed = (await audit.get("/engagements?status=PROPOSED", "head-of-audit"))["items"]
    (special,) = [each for each in proposed if each["unit_ids"] == [unit_id]]
    assert special["kind"] == "special"
    universe = (await audit.get("/universe", "commissioner-general"))["items"]
    assert [each["score"] for each in universe] == sorted((each["score"] for each in universe), reverse=True)


async def test_a_finding_that_smells_of_a_breach_goes_elsewhere(audit: Audit) -> None:
    path = await in_fieldwork(audit)
    finding_id = await drafted(audit, path)
    matter_id = str(audit.engine.ids.new())
    body = {"matter_id": matter_id, "unit_id": str(ISPO), "destination": "integrity", "category": "fraud", "finding_id": finding_id}
    await audit.post(f"{path}/referrals", "auditor", body | {"what_was_seen": "wat gezien werd"})
    asked = await audit.pool.fetchrow("SELECT type, body FROM journal WHERE topic = 'cg.integrity.intake.audit'")
    assert asked["type"] == "be.police.cg.integrity.IntegrityMatterReferred.v1"
    assert "wat gezien werd" not in str(await audit.pool.fetch("SELECT body FROM journal")), "what was seen lies in the vault alone"
    read = f"{path}/referrals/{matter_id}?purpose=follow_up"
    assert (await audit.get(read, "auditor", LEAD))["held"] == {"what_was_seen": "wat gezien werd"}
    assert await audit.refused("GET", read, "auditor") == (403, "AUD-NEED"), "only the lead auditor and the head of audit"
    assert await audit.pool.fetchval("SELECT count(*) FROM vault_read WHERE purpose = 'follow_up'") == 1
    await audit.say("integrity", "integrity.IntegrityMatterTaken", {"request_id": matter_id, "requester_ref": json.loads(asked["body"])["requester_ref"]})
    assert (await audit.get(path, "head-of-audit", HEAD))["referrals"][0]["answer"] == "taken"
    seen = await audit.get(path, "head-of-audit", HEAD)
    assert [each["standing"] for each in seen["all_findings"]] == ["REFERRED"]
    assert await audit.refused("POST", f"{path}/findings/{finding_id}/validation", "auditor", who=LEAD) == (409, "AUD-DISCUSS")


async def test_bad_input_is_refused_by_its_rule(audit: Audit) -> None:
    path = await planned(audit)
    assert await audit.refused("POST", "/engagements", "auditor", {}) == (403, "role-needed")
    assert await audit.refused("POST", "/engagements", "head-of-audit", {}) == (422, "invalid")
    nowhere = {"kind": "assurance", "title": tongues("x"), "unit_ids": [str(STRANGER)], "reason_code": "x", "starts_on": "2027-01-01", "days": 1}
    assert await audit.refused("POST", "/engagements", "head-of-audit", nowhere) == (404, "AUD-UNIT")
    only_dutch = nowhere | {"unit_ids": [str(ISPO)], "title": {"nl": "alleen Nederlands"}}
    assert await audit.refused("POST", "/engagements", "head-of-audit", only_dutch) == (409, "AUD-LANGUAGES")
    assert await audit.refused("POST", f"{path}/scope", "auditor", {"objectives": tongues("x"), "included": tongues("x"), "criteria": ["CP3"]}) == (
        409,
        "AUD-LEAD",
    )
    assert await audit.refused("POST", f"{path}/replies", "unit-head", {"unit_id": str(ISPO), "text": "te vroeg"}) == (409, "AUD-STATE")
    assert await audit.refused("POST", f"/engagements/{STRANGER}/closure", "head-of-audit") == (404, "NOT-FOUND")
    assert await audit.refused("POST", f"/universe/{ISPO}/rating", "auditor", {"inherent_risk": 9, "control_maturity": 1}) == (422, "invalid")
    assert (await audit.get(f"/universe/{ISPO}", "auditor"))["head_post_id"] == str(CHIEFS)
