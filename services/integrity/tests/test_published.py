"""Through the door: reports and who may handle them, surveys, protection and offers; and over everything that was published, nobody can be found in it."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from cg_contracts.base import CATALOGUE
from cg_kit import custody as boxes
from cg_kit.pure.terms import BRUSSELS
from services.integrity.api.reporter import read_code, report_of
from services.integrity.domain.terms import K
from services.integrity.tests.door import ANN, BEA, CG, CHIEF, CONFIDANT, FIRST, HEAD, SECOND, STRANGER, UNITS, Integrity, organised, shown, staffed, uid

HANDLER = "integrity-handler"
LEADER, DPO = uid("leader"), uid("dpo")


@pytest.fixture(scope="module")
async def privates(integrity: Integrity) -> dict[UUID, str]:
    await organised(integrity)
    return await staffed(integrity)


async def of(integrity: Integrity, code: str) -> dict[str, Any]:
    state: dict[str, Any] = json.loads(await integrity.database.fetchval("SELECT state::text FROM report_state WHERE id = $1", report_of(code)))
    return state


async def handler_of(integrity: Integrity, code: str) -> UUID:
    return UUID((await of(integrity, code))["handler"])


async def assessed(integrity: Integrity, **filled: str) -> tuple[str, UUID, UUID]:
    code = await integrity.reported(**filled)
    who, report_id = await handler_of(integrity, code), report_of(code)
    for step in ("acknowledgement", "assessment"):
        await integrity.post(f"/reports/{report_id}/{step}", HANDLER, who)
    return code, report_id, who


# The reporter


async def test_a_reporter_talks_without_being_known_and_sees_what_changed(integrity: Integrity, privates: dict[UUID, str]) -> None:
    first = await integrity.http.get("/report?lang=fr")
    assert (first.status_code, first.headers["content-language"]) == (200, "fr")
    assert "Que s'est-il passé ?" in shown(first)
    assert "set-cookie" not in first.headers
    assert "script" not in first.text
    code = await integrity.reported(text="He signs for his brother's firm.", unit_id=str(uid("dgr-log")), facts_on="2025-06-01")
    who, report_id = await handler_of(integrity, code), report_of(code)
    quiet = shown(await integrity.send("/report/conversation", code=code.lower().replace("-", " "), lang="en"))
    assert "Nothing has changed since your last visit." in quiet
    assert "We acknowledge your report by" in quiet
    await integrity.post(f"/reports/{report_id}/acknowledgement", HANDLER, who)
    await integrity.post(f"/reports/{report_id}/messages", HANDLER, who, {"text": "Do you have an invoice?"})
    news = shown(await integrity.send("/report/conversation", code=code, lang="nl"))
    assert news.index("Nieuw sinds uw vorige bezoek") < news.index("Do you have an invoice?") < news.index("Eerder")
    again = shown(await integrity.send("/report/conversation", code=code, lang="en"))
    assert "Nothing has changed since your last visit." in again
    await integrity.send("/report/message", code=code, text="Yes, number 17.", lang="en")
    texts = await integrity.get(f"/reports/{report_id}/texts?purpose=handling", HANDLER, who)
    assert [each["text"] for each in texts] == ["He signs for his brother's firm.", "Do you have an invoice?", "Yes, number 17."]


async def test_a_form_that_is_sent_twice_is_one_report_and_what_is_wrong_is_kept(integrity: Integrity, privates: dict[UUID, str]) -> None:
    filled = {"text": "Once.", "category": "fraud", "mode": "anonymous", "lang": "en", "code": "0000-1111-2222-3333-4444"}
    assert (await integrity.send("/report", **filled)).status_code == 200
    before = await integrity.database.fetchval("SELECT count(*) FROM report_state")
    assert (await integrity.send("/report", **filled)).status_code == 200
    assert await integrity.database.fetchval("SELECT count(*) FROM report_state") == before
    wrong = await integrity.send("/report", **filled | {"category": "", "facts_on": "2999-01-01", "text": "Kept <b>words</b>."})
    assert wrong.status_code == 422
    assert "Choose what it is about." in shown(wrong)
    assert "lies in the future" in shown(wrong)
    assert "Kept &lt;b&gt;words&lt;/b&gt;." in wrong.text
    assert (await integrity.send("/report/conversation", code="0000-0000-0000-0000-0000", lang="nl")).status_code == 404
    assert (await integrity.http.post("/report", content=b"\xff\x00")).status_code == 422


def test_a_code_is_read_as_people_type_it() -> None:
    assert read_code("o1il-abcd efgh jkmn pqrs") == "0111-ABCD-EFGH-JKMN-PQRS"
    assert read_code("short") is None
    assert read_code("") is None
    assert report_of("0111-ABCD-EFGH-JKMN-PQRS") != report_of("0111-ABCD-EFGH-JKMN-PQRT")


# Who handles it


async def test_int_3_the_line_is_that_of_the_facts_date(integrity: Integrity, privates: dict[UUID, str]) -> None:
    """Who was chief then may not handle it, who became so later may; and who turns out to have been loses it at once."""
    now_chief, then_chief = uid("now chief"), uid("then chief")
    await integrity.say("org", "org.OrgUnitEstablished", a_unit("changing", "dgr"))
    post_id = str(uid("post", "head of changing"))
    await integrity.say("org", "org.PostOpened", {"post_id": post_id, "unit_id": str(uid("changing")), "is_head": True, "effective_from": "2020-01-01"})
    for who, start, end in ((then_chief, "2020-01-01", "2024-01-01"), (now_chief, "2024-01-01", None)):
        assignment_id = str(uid("assignment", who))
        about = {"assignment_id": assignment_id, "post_id": post_id, "person_id": str(who)}
        await integrity.say("org", "org.AssignmentStarted", about | {"started_at": f"{start}T00:00:00+01:00"})
        if end:
            await integrity.say("org", "org.AssignmentEnded", about | {"ended_at": f"{end}T00:00:00+01:00"})
        await integrity.post("/desk/members", "head-of-service", HEAD, {"person_id": str(who), "part": "handler"})
    code = await integrity.reported(unit_id=str(uid("changing")), facts_on="2023-05-01")
    state = await of(integrity, code)
    assert {str(then_chief), str(CHIEF), str(CG)} <= set(state["excluded"])
    assert str(now_chief) not in state["excluded"]
    assert state["handler"] not in state["excluded"]
    handler = UUID(state["handler"])
    await integrity.post(f"/reports/{report_of(code)}/recusal", HANDLER, handler)
    assert await handler_of(integrity, code) != handler, "the desk has found another"
    assert await integrity.refused("POST", f"/reports/{report_of(code)}/recusal", HANDLER, handler) == (403, "INT-HANDLER")
    later = await integrity.reported(facts_on="2023-05-01")
    who = await handler_of(integrity, later)
    await integrity.post(f"/reports/{report_of(later)}/persons", HANDLER, who, {"persons": [str(who)]})
    assert (await of(integrity, later))["handler"] not in (None, str(who))
    # what org says only later is heeded all the same, at the next look
    kept = await integrity.reported(unit_id=str(uid("changing")), facts_on="2024-06-01")
    mine = await handler_of(integrity, kept)
    corrected = {"assignment_id": str(uid("assignment", "late")), "post_id": post_id, "person_id": str(mine), "effective_from": "2024-06-01"}
    await integrity.say("org", "org.AssignmentCorrected", corrected | {"effective_to": "2024-07-01"})
    assert await integrity.refused("GET", f"/reports/{report_of(kept)}", HANDLER, mine) == (403, "INT-3")
    for who in (then_chief, now_chief):
        await integrity.post(f"/desk/members/{who}/departure", "head-of-service", HEAD)


async def test_int_3_the_top_goes_to_comite_p(integrity: Integrity, privates: dict[UUID, str]) -> None:
    for filled in ({"top": "yes"}, {"unit_id": str(uid("cg-integ"))}, {"unit_id": str(uid("cg"))}):
        state = await of(integrity, await integrity.reported(**filled))
        assert (state["status"], state["referrals"][-1]["destination"]) == ("REDIRECTED", "comite_p")
    _, report_id, who = await assessed(integrity)
    await integrity.post(f"/reports/{report_id}/persons", HANDLER, who, {"persons": [str(CG)]})
    assert await integrity.refused("POST", f"/reports/{report_id}/admission", HANDLER, who) == (409, "INT-3")
    assert await integrity.refused("POST", f"/reports/{report_id}/referrals", HANDLER, who, {"destination": "aig"}) == (409, "INT-3")
    await integrity.post(f"/reports/{report_id}/referrals", HANDLER, who, {"destination": "comite_p"})


async def test_nobody_reads_a_report_but_who_handles_it(integrity: Integrity, privates: dict[UUID, str]) -> None:
    code = await integrity.reported()
    who, path = await handler_of(integrity, code), f"/reports/{report_of(code)}"
    other = BEA if who == ANN else ANN
    for role, person in ((HANDLER, other), ("confidant", CONFIDANT), (HANDLER, STRANGER)):
        assert await integrity.refused("GET", path, role, person) == (403, "INT-HANDLER")
    for role, person in (("head-of-service", HEAD), ("custodian", FIRST), ("commissioner-general", CG), ("operator", STRANGER)):
        assert await integrity.refused("GET", path, role, person) == (403, "role-needed")
    assert await integrity.refused("GET", "/reports", HANDLER, STRANGER) == (403, "INT-DESK")
    seen = json.dumps(await integrity.get("/desk", "head-of-service", HEAD))
    assert "procurement" not in seen


async def test_whoever_is_away_loses_it_and_the_deputy_takes_over_in_time(integrity: Integrity, privates: dict[UUID, str]) -> None:
    code = await integrity.reported()
    who = await handler_of(integrity, code)
    absence = {"assignment_id": str(uid("assignment", who)), "post_id": str(uid("post", "x")), "person_id": str(who)}
    await integrity.say("org", "org.HolderAbsenceStarted", absence | {"started_at": integrity.clock.domain().isoformat()})
    deputy = await handler_of(integrity, code)
    assert deputy != who
    await integrity.say("org", "org.HolderReturned", absence | {"returned_at": integrity.clock.domain().isoformat()})
    await integrity.pass_time(integrity.clock.domain() + timedelta(days=6, hours=2))
    assert await handler_of(integrity, code) != deputy, "five days without an acknowledgement"
    assert (await of(integrity, code))["acknowledgement"] == "DUE", "and before it was missed"


async def test_what_audit_refers_is_claimed_by_who_may(integrity: Integrity, privates: dict[UUID, str]) -> None:
    asked = {"request_id": str(integrity.engine.ids.new()), "unit_id": str(uid("dgr-log")), "requester_ref": "engagement:7", "facts_on": "2025-06-01"}
    await integrity.say("audit", "integrity.IntegrityMatterReferred", asked)
    assert await integrity.parked() == 0
    report_id = await integrity.database.fetchval("SELECT id FROM report_state WHERE state ->> 'mode' = 'referred'")
    await integrity.post("/desk/members", "head-of-service", HEAD, {"person_id": str(CHIEF), "part": "handler"})
    state = json.loads(await integrity.database.fetchval("SELECT state::text FROM report_state WHERE id = $1", report_id))
    if state["handler"]:
        await integrity.post(f"/reports/{report_id}/recusal", HANDLER, UUID(state["handler"]))
    assert await integrity.refused("POST", f"/reports/{report_id}/claim", HANDLER, CHIEF) in {(403, "INT-3"), (409, "INT-HANDLER")}
    await integrity.post(f"/desk/members/{CHIEF}/departure", "head-of-service", HEAD)
    await integrity.pass_time(integrity.clock.domain() + timedelta(days=2))
    told = [each for each in await integrity.told() if each["name"] == "IntegrityMatterTaken"]
    assert [(each["request_id"], each["requester_ref"]) for each in told] == [(asked["request_id"], "engagement:7")]


async def test_a_report_goes_its_way_to_a_measure_and_is_closed(integrity: Integrity, privates: dict[UUID, str]) -> None:
    code, report_id, who = await assessed(integrity, unit_id=str(uid("dgr-log")), facts_on="2025-06-01")
    buyer = uid("buyer")
    await integrity.post(f"/reports/{report_id}/persons", HANDLER, who, {"persons": [str(buyer)]})
    for step in ("admission", "investigation"):
        await integrity.post(f"/reports/{report_id}/{step}", HANDLER, who)
    await integrity.post(f"/reports/{report_id}/findings", HANDLER, who, {"text": "The offers came from one address."})
    read = await integrity.get(f"/reports/{report_id}/findings?purpose=decision", "commissioner-general", CG)
    assert read["text"] == "The offers came from one address."
    measure = {"measure_code": "reprimand", "subject_id": str(STRANGER), "clearance_relevant": True}
    path = f"/reports/{report_id}/measures"
    assert await integrity.refused("POST", path, "commissioner-general", CG, {"measures": [measure]}) == (409, "INT-6")
    await integrity.post(path, "commissioner-general", CG, {"measures": [measure | {"subject_id": str(buyer)}]})
    assert await integrity.refused("POST", f"/reports/{report_id}/conclusion", HANDLER, who, {"outcome": "founded"}) == (409, "INT-4")
    await integrity.post(f"/reports/{report_id}/feedback", HANDLER, who, {"text": "A measure was taken."})
    await integrity.post(f"/reports/{report_id}/conclusion", HANDLER, who, {"outcome": "founded"})
    page = shown(await integrity.send("/report/conversation", code=code, lang="fr"))
    assert "Clos : fondé." in page
    path_ = (await integrity.database.fetchval("SELECT body::text FROM journal WHERE type = 'Concluded' ORDER BY seq DESC LIMIT 1")) or ""
    assert str(uid("dgr-log")) not in path_, "INT-2: a unit of two is not named, the one above it is"
    assert str(uid("dgr")) in path_
    assert not [each for each in await integrity.told() if "screening" in each["topic"]], "INT-6: nothing flows by itself"


# Protection


async def test_protection_goes_on_after_the_end_and_a_reprisal_is_looked_into(integrity: Integrity, privates: dict[UUID, str]) -> None:
    """INT-5: a staff decision on a protected reporter is noticed by who may know them, and in no row, topic or message of anybody else."""
    code, report_id, who = await assessed(integrity, mode="signed", name="Ann Voorbeeld", reach="ann@example.org")
    await integrity.send("/report/protection", code=code, lang="en")
    await integrity.post(f"/reports/{report_id}/protection", HANDLER, who, {"measures": ["no_move_without_notice"]})
    reporter = uid("officer", 3)
    watch = {"person_id": str(reporter)}
    assert await integrity.refused("POST", f"/reports/{report_id}/protection/watch", HANDLER, who, watch) == (403, "INT-1")
    private, public = boxes.keygen()
    await integrity.post(f"/reports/{report_id}/identity/requests", HANDLER, who, {"ground": "consent", "reason": "To watch over them.", "public_key": public})
    for custodian in (FIRST, SECOND):
        wanted = next(each for each in await integrity.get("/custody/requests", "custodian", custodian) if each["report_id"] == str(report_id))
        half = boxes.handed_on(privates[custodian], wanted["half"], public)
        await integrity.post(f"/custody/requests/{report_id}/{wanted['request_id']}/half", "custodian", custodian, {"sealed": half})
    await integrity.post(f"/reports/{report_id}/protection/watch", HANDLER, who, watch)
    before = len(await integrity.told())
    suspended = {"assignment_id": str(uid("assignment", "dgr 3", reporter)), "post_id": str(uid("post", "dgr 3")), "person_id": str(reporter)}
    at = (integrity.clock.domain() + timedelta(hours=1)).isoformat()
    await integrity.say("org", "org.AssignmentSuspended", suspended | {"reason_code": "clearance_withdrawn", "suspended_at": at})
    alerts = await integrity.get(f"/reports/{report_id}/protection/alerts?purpose=protection", HANDLER, who)
    assert [each["code"] for each in alerts] == ["suspended"]
    assert len(await integrity.told()) == before, "org is not told who is protected"
    rows = await integrity.database.fetch("SELECT body::text b, headers::text h FROM journal WHERE kind IN ('protection', 'identity', 'report')")
    assert str(reporter) not in " ".join(row["b"] + row["h"] for row in rows)
    await integrity.send("/report/reprisal", code=code, text="They took my duty away.", lang="en")
    seen = await integrity.get(f"/reports/{report_id}/protection?purpose=protection", HANDLER, who)
    assert (seen["status"], seen["alleged"][0]["text"]) == ("UNDER_REVIEW", "They took my duty away.")
    await integrity.post(f"/reports/{report_id}/protection/resolution", HANDLER, who, {"finding": "remedied", "reasons": "The duty is given back."})
    assert "What was done to you was put right." in shown(await integrity.send("/report/conversation", code=code, lang="en"))
    assert private


# Surveys


QUESTIONS = [
    {"code": "speak_up", "text": {"nl": "Durf ik spreken?", "fr": "Puis-je parler ?"}},
    {"code": "heard", "text": {"nl": "Gehoord?", "fr": "Entendu ?"}},
]


async def test_int_8_the_anonymity_of_a_survey_cannot_be_taken_back(integrity: Integrity, privates: dict[UUID, str]) -> None:
    """Who took part stands apart from what was answered, in no order; it is gone at the close; and after the first answer nothing changes."""
    closes_on = (integrity.clock.domain() + timedelta(days=30)).date().isoformat()
    asked = {"topic_code": "trust", "questions": QUESTIONS, "groups": [str(uid("dgr")), str(uid("cg"))], "closes_on": closes_on}
    assert await integrity.refused("POST", "/surveys", HANDLER, ANN, asked | {"k": 4}) == (409, "INT-7")
    survey_id = (await integrity.post("/surveys", HANDLER, ANN, asked))["id"]
    path = f"/surveys/{survey_id}"
    assert await integrity.refused("POST", f"{path}/participation", "person", uid("voter", 0)) == (409, "INT-STATE")
    await integrity.post(f"{path}/approval", "dpo", DPO)
    await integrity.post(f"{path}/opening", HANDLER, ANN)
    mark = await integrity.database.fetchval("SELECT max(seq) FROM journal")
    for n in range(27):
        token = (await integrity.ask("POST", f"{path}/participation", "person", uid("voter", n))).json()["token"]
        group = str(uid("dgr" if n < 14 else "cg")) if n < 24 else None
        ballot = {"token": token, "group": group, "answers": [1 + n % 5, 3]}
        answer = await integrity.http.post(f"{path}/ballots", json=ballot)
        assert answer.status_code == 200, answer.text
        again = await integrity.http.post(f"{path}/ballots", json=ballot)
        assert (again.status_code, again.json()["rule"]) == (409, "INT-PART")
    assert await integrity.refused("POST", f"{path}/participation", "person", uid("voter", 0)) == (409, "INT-PART")
    forged = await integrity.http.post(f"{path}/ballots", json={"token": "A" * 64, "answers": [1, 1]})
    assert (forged.status_code, forged.json()["rule"]) == (422, "INT-TOKEN")
    assert await integrity.refused("POST", f"{path}/text", HANDLER, ANN, asked | {"topic_code": "other"}) == (409, "INT-8")
    journal = await integrity.database.fetch(
        "SELECT type, actor::text FROM journal WHERE seq > $1 AND aggregate = $2 AND step <> 'refused'", mark, UUID(survey_id)
    )
    assert {row["type"] for row in journal} == {"Lock", "Locked"}, "neither taking part nor an answer is a row of the journal"
    heaps = await integrity.database.fetch("SELECT ballots::text, spent FROM ballot WHERE survey_id = $1", UUID(survey_id))
    for heap in heaps:
        kept = json.loads(heap["ballots"])
        assert kept == sorted(kept, key=lambda each: json.dumps(each, sort_keys=True)) or len(kept) < 2 or heap["spent"] == sorted(heap["spent"])
        assert str(uid("voter", 3)) not in heap["ballots"]
    assert await integrity.database.fetchval("SELECT cardinality(persons) FROM participation WHERE survey_id = $1", UUID(survey_id)) == 27
    await integrity.post(f"{path}/closing", HANDLER, ANN)
    assert await integrity.database.fetchval("SELECT persons FROM participation WHERE survey_id = $1", UUID(survey_id)) == []
    await integrity.post(f"{path}/analysis", HANDLER, ANN)
    await integrity.post(f"{path}/publication", "head-of-service", HEAD)
    seen = await integrity.get(path, "person", STRANGER)
    assert seen["respondents_at_least"] == 20
    assert {each["group"] for each in seen["scores"]} == {None, str(uid("dgr"))}, "INT-7: three without a group would be found by subtraction from cg's ten"
    assert await integrity.database.fetchval("SELECT string_agg(ballots::text, '') FROM ballot WHERE survey_id = $1", UUID(survey_id)) == "[]" * len(heaps)


# What the service offers


async def test_a_finding_about_integrity_proposes_a_training_to_its_unit(integrity: Integrity, privates: dict[UUID, str]) -> None:
    finding_id = str(integrity.engine.ids.new())
    raised = {"finding_id": finding_id, "engagement_id": str(integrity.engine.ids.new()), "unit_id": str(uid("dgr-log"))}
    await integrity.say("audit", "audit.AuditFindingRaised", raised | {"themes": ["budget"], "supersedes": None})
    assert not [each for each in await integrity.get("/trainings", HANDLER, ANN) if each["finding_id"]]
    await integrity.say("audit", "audit.AuditFindingRaised", raised | {"themes": ["integrity", "budget"], "supersedes": None})
    (training,) = [each for each in await integrity.get("/trainings", HANDLER, ANN) if each["finding_id"] == finding_id]
    assert (training["status"], training["unit_ids"]) == ("PROPOSED", [str(uid("dgr-log"))])
    path = f"/trainings/{training['training_id']}"
    on = (integrity.clock.domain() + timedelta(days=10)).date()
    await integrity.post(f"{path}/schedule", HANDLER, ANN, {"unit_ids": training["unit_ids"], "planned_on": on.isoformat(), "capacity": 20})
    assert await integrity.refused("POST", f"{path}/completion", HANDLER, ANN, {"attended": 12}) == (409, "INT-PAST")
    await integrity.pass_time(datetime.combine(on, datetime.min.time(), BRUSSELS) + timedelta(hours=12))
    assert await integrity.refused("POST", f"{path}/completion", HANDLER, ANN, {"attended": 21}) == (409, "INT-CAPACITY")
    await integrity.post(f"{path}/completion", HANDLER, ANN, {"attended": 12})


async def test_tips_campaigns_and_what_leaders_ask(integrity: Integrity, privates: dict[UUID, str]) -> None:
    until = (integrity.clock.domain() + timedelta(days=20)).date().isoformat()
    for more in ({}, {"until": until}):
        tip = {"text": {"nl": "Vraag raad.", "fr": "Demandez conseil."}, "audience": "all_staff"} | more
        tip_id = (await integrity.post("/tips", HANDLER, ANN, tip))["id"]
        assert await integrity.refused("POST", f"/tips/{tip_id}/publication", HANDLER, ANN) == (409, "INT-EYES")
        await integrity.post(f"/tips/{tip_id}/publication", HANDLER, BEA)
    out = (await integrity.http.get("/tips")).json()
    assert {each["sort"] for each in out} == {"tip", "campaign"}
    asked = {"unit_id": str(uid("dgr")), "topic_code": "dilemma_training", "words": "My team wants to talk about gifts."}
    request_id = (await integrity.post("/tools", "unit-head", LEADER, asked))["id"]
    (waiting,) = await integrity.get("/tools", HANDLER, ANN)
    assert (waiting["status"], waiting["words"]) == ("ASKED", asked["words"])
    await integrity.pass_time(integrity.clock.domain() + timedelta(days=21))
    assert (await integrity.get("/tools", HANDLER, ANN))[0]["late"]
    await integrity.post(f"/tools/{request_id}/answer", HANDLER, ANN, {"accepted": True, "answer": "We come on Friday."})
    assert (await integrity.get("/tools", "unit-head", LEADER))[0]["answer"] == "We come on Friday."
    await integrity.post(f"/tools/{request_id}/delivery", HANDLER, ANN)
    assert await integrity.get("/tools", "unit-head", uid("another leader")) == []


# Over everything that was published: last


async def test_int_2_no_listener_can_tell_a_reporter_a_small_unit_or_the_hour(integrity: Integrity, privates: dict[UUID, str]) -> None:
    """Six reports of one small unit end alike, a quarter goes by; then everything that ever went to a topic is read."""
    codes = []
    for n in range(6):
        code, report_id, who = await assessed(integrity, category="fraud", unit_id=str(uid("dgr-log")), text=f"Nr {n}.")
        await integrity.post(f"/reports/{report_id}/inadmissibility", HANDLER, who, {"reason_code": "too_vague", "reasons": "No facts."})
        await integrity.post(f"/reports/{report_id}/feedback", HANDLER, who, {"text": "We cannot look into this."})
        await integrity.post(f"/reports/{report_id}/conclusion", HANDLER, who, {"outcome": "inadmissible"})
        codes.append(code)
    await integrity.pass_time(integrity.clock.domain() + timedelta(days=95))
    rows = await integrity.database.fetch("SELECT type, topic, key, headers::text, body::text FROM journal WHERE topic IS NOT NULL ORDER BY seq")
    assert {row["topic"] for row in rows} == {"cg.integrity.events"}, "nothing on .steps, nothing on another's intake"
    report_ids = {str(row["id"]) for row in await integrity.database.fetch("SELECT id FROM report_state")}
    people = {str(each) for each in (ANN, BEA, CONFIDANT, FIRST, SECOND, HEAD, CG, CHIEF, *(uid("voter", n) for n in range(27)), uid("officer", 3))}
    small = {str(uid(slug)) for slug in UNITS if slug in ("dgr-log", "cg-integ")}
    days: dict[str, int] = {}
    for row in rows:
        contract = CATALOGUE[row["type"]]
        whole = row["headers"] + row["body"] + (row["key"] or "")
        assert contract.about.tier in ("T0", "T1")
        assert not any(each in whole for each in (*report_ids, *people)), row["type"]
        name = contract.about.name
        if "Case" in name or "Work" in name or "Quarter" in name or "Survey" in name:
            assert not any(each in whole for each in small), f"{name} names a unit of fewer than {K}"
        body = json.loads(row["body"])
        for field in ("open_at_least", "received_at_least", "respondents_at_least"):
            assert body.get(field, 0) % K == 0
        if name == "IntegrityWorkCounted":
            days[body["counted_on"]] = days.get(body["counted_on"], 0) + 1
        assert "T" not in body.get("counted_on", "")
        assert not any(key.endswith("_at") for key in body), "no instant in any body"
        headers = json.loads(row["headers"])
        assert datetime.fromisoformat(headers["time"]).astimezone(BRUSSELS).strftime("%H:%M:%S.%f") == "00:00:00.000000"
        assert "traceparent" not in headers
        assert headers["correlationid"] not in report_ids
    assert set(days.values()) == {1}, "once a day"
    first, last = date.fromisoformat(min(days)), date.fromisoformat(max(days))
    assert len(days) == (last - first).days + 1, "each day, whatever happened"
    ended = [json.loads(row["body"]) for row in rows if row["type"].endswith("IntegrityCaseConcluded.v1")]
    assert ended
    assert all(each["cases"] >= 5 for each in ended)
    steps = await integrity.database.fetch("SELECT headers::text FROM journal WHERE step = 'deadline' AND type = 'bulletin'")
    assert {json.loads(row["headers"])["at"][11:16] for row in steps} <= {"06:00", "04:00", "05:00"}
    caused = await integrity.database.fetch("SELECT DISTINCT j.cause FROM journal j WHERE j.topic IS NOT NULL")
    bulletins = {str(row["id"]) for row in await integrity.database.fetch("SELECT id FROM journal WHERE step = 'deadline' AND type = 'bulletin'")}
    assert {row["cause"] for row in caused} <= bulletins, "and the cause of each is the bulletin, not what it tells of"
    assert await integrity.parked() == 0


def a_unit(slug: str, parent: str) -> dict[str, Any]:
    return {
        "unit_id": str(uid(slug)),
        "slug": slug,
        "parent_id": str(uid(parent)),
        "effective_from": "2020-01-01",
        "labels": {"nl": slug, "fr": slug, "en": slug},
    }
