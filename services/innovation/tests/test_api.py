"""The door for people, on a real database: an idea from its submission to what it brought, and who may do and see what on the way."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from cg_kit.pure import named
from services.innovation.tests.door import ANN, BOARD, EVA, EVI, OFFICER, OWNER, UNIT, UNIT2, WHY, Innovation, submitted, validated, who


async def test_an_idea_is_answered_with_its_reason_and_its_followers_hear_it(innovation: Innovation) -> None:
    it = innovation
    idea_id = await submitted(it, "Drone zoekt vermiste personen")
    await it.post(f"/ideas/{idea_id}/support", "person", who=who("bo"))
    waiting = {each["idea_id"]: each for each in (await it.get("/ideas/unanswered"))["items"]}
    assert not waiting[idea_id]["late"], "the list is for everybody"
    assert await it.refused("POST", f"/ideas/{idea_id}/triage", "person", {"theme_codes": ["drones"], "owner": str(OWNER)}) == (403, "role-needed")
    own = {"theme_codes": ["drones"], "owner": str(OWNER)}
    assert await it.refused("POST", f"/ideas/{idea_id}/triage", "innovation-officer", own, who=ANN) == (409, "INN-SELF")
    await it.post(f"/ideas/{idea_id}/triage", "innovation-officer", own)
    assert await it.refused("POST", f"/ideas/{idea_id}/rejection", "innovation-officer", {"code": "no"}) == (422, "invalid"), "no answer without a reason"
    await it.post(f"/ideas/{idea_id}/rejection", "innovation-officer", {"code": "done_before", "text": "Zone West probeerde dit in 2024."})
    for person in (ANN, who("bo")):
        heard = [each for each in (await it.get("/me/notices", who=person))["items"] if each["idea_id"] == idea_id]
        assert [(each["what"], each["code"]) for each in heard] == [("SUBMITTED", "submitted"), ("TRIAGED", "triaged"), ("REJECTED", "done_before")]
        assert heard[-1]["text"] == "Zone West probeerde dit in 2024."
    assert [each["name"] for each in await it.told(idea_id)] == ["IdeaSubmitted", "IdeaTriaged", "IdeaRejected"]
    assert not (await it.get("/me/notices", who=who("nobody")))["items"]
    assert await it.refused("GET", f"/ideas/{UUID(int=7)}", "person") == (404, "NOT-FOUND")


async def test_similar_ideas_are_found_while_writing_in_three_languages(innovation: Innovation) -> None:
    it = innovation
    nl = await submitted(it, "Bodycams automatisch opladen", "De batterijen van bodycams zijn leeg bij het begin van de dienst.")
    fr = await submitted(it, "Traduction des auditions", "Les interprètes manquent pour les auditions de nuit.")
    found = (await it.get("/ideas/similar?text=een batterij voor de bodycam die leeg is"))["items"]
    assert found[0]["idea_id"] == nl, "another form of the word"
    assert (await it.get("/ideas/similar?text=un interprète pour une audition"))["items"][0]["idea_id"] == fr
    assert (await it.get("/ideas/similar?text=zzzz"))["items"] == []
    assert (await it.get("/ideas/similar?text=de het een le la the"))["items"] == [], "words that say nothing"


async def test_duplicates_are_merged_with_each_voice_once_and_separated(innovation: Innovation) -> None:
    it = innovation
    kept, twin = await submitted(it, "Slim rooster"), await submitted(it, "Rooster dat slim is", person=who("cas"))
    for idea_id in (kept, twin):
        await it.post(f"/ideas/{idea_id}/support", "person", who=who("bo"))
    await it.post(f"/ideas/{twin}/merger", "innovation-officer", {"into": kept, **WHY})
    assert (await it.get(f"/ideas/{kept}"))["votes"] == 3
    assert (await it.get(f"/ideas/{twin}"))["title"] == "Rooster dat slim is", "both texts stay"
    assert await it.refused("POST", f"/ideas/{twin}/support", "person") == (409, "INN-MERGED")
    await it.post(f"/ideas/{kept}/triage", "innovation-officer", {"theme_codes": ["planning"], "owner": str(OWNER)})
    heard = (await it.get("/me/notices", who=who("cas")))["items"]
    assert [each["what"] for each in heard if each["idea_id"] == kept][-1] == "TRIAGED", "who followed the twin hears of the other"
    await it.post(f"/ideas/{twin}/separation", "innovation-officer", WHY)
    assert ((await it.get(f"/ideas/{kept}"))["votes"], (await it.get(f"/ideas/{twin}"))["votes"]) == (2, 2)
    assert await it.refused("POST", f"/ideas/{twin}/merger", "innovation-officer", {"into": str(UUID(int=9)), **WHY}) == (404, "NOT-FOUND")
    assert await it.refused("POST", f"/ideas/{twin}/merger", "innovation-officer", {"into": twin, **WHY}) == (409, "INN-MERGE")


async def test_evaluators_are_found_by_expertise_and_score_blind(innovation: Innovation) -> None:
    it = innovation
    idea_id = await submitted(it, "Geluid herkennen", theme_codes=["acoustics"])
    for person, themes, unit in ((EVA, ["acoustics"], None), (EVI, ["acoustics", "law"], str(UNIT2)), (who("same unit"), ["acoustics"], str(UNIT))):
        await it.post(f"/evaluators/{person}", "innovation-officer", {"theme_codes": themes, "unit_id": unit})
    await it.post(f"/ideas/{idea_id}/triage", "innovation-officer", {"theme_codes": ["acoustics"], "owner": str(OWNER)})
    found = (await it.get(f"/ideas/{idea_id}/evaluators/candidates", "innovation-officer"))["items"]
    assert {each["person_id"] for each in found} == {str(EVA), str(EVI)}, "nobody of its own unit"
    wrong = {"persons": [str(who("same unit"))]}
    assert await it.refused("POST", f"/ideas/{idea_id}/evaluators", "innovation-officer", wrong) == (409, "INN-CONFLICT")
    assert await it.refused("POST", f"/ideas/{idea_id}/evaluators", "innovation-officer", {"persons": [str(OFFICER)]}) == (409, "INN-EXPERTISE")
    await it.post(f"/ideas/{idea_id}/evaluators", "innovation-officer", {"persons": [str(EVA), str(EVI)]})
    (queued,) = [each for each in (await it.get("/me/evaluations", who=EVA))["items"] if each["idea_id"] == idea_id]
    assert "proposer" not in queued
    assert await it.refused("POST", f"/ideas/{idea_id}/scores", "person", {"impact": 9, "feasibility": 1, "fit": 1, "risk": 1}, EVA) == (422, "invalid")
    await it.post(f"/ideas/{idea_id}/scores", "person", {"impact": 5, "feasibility": 4, "fit": 4, "risk": 1}, EVA)
    assert idea_id not in {each["idea_id"] for each in (await it.get("/me/evaluations", who=EVA))["items"]}
    assert await it.refused("GET", f"/ideas/{idea_id}/scores", "innovation-officer") == (403, "INN-BLIND")
    assert await it.refused("GET", f"/ideas/{idea_id}/scores/mine", "person", who=ANN) == (403, "INN-EVALUATOR")
    assert (await it.get(f"/ideas/{idea_id}/scores/mine", who=EVA))["impact"] == 5
    await it.post(f"/ideas/{idea_id}/scores", "person", {"impact": 1, "feasibility": 4, "fit": 2, "risk": 1}, EVI)
    closed = await it.get(f"/ideas/{idea_id}/scores", "steering-board", BOARD)
    assert closed["impact"] == {"values": [1, 5], "mean": 3.0, "deviation": 2.83}, "the spread, not only the mean"
    assert "evaluations" not in await it.get(f"/ideas/{idea_id}")


async def test_late_stalled_and_the_benefit_a_year_later(innovation: Innovation) -> None:
    it = innovation
    late = await submitted(it, "Niemand kijkt hiernaar")
    idea_id = await validated(it, "Kleine verbetering zonder proef")
    offer = {"unit_id": str(UNIT2), "benefit": "Een uur minder per dienst"}
    await it.post(f"/ideas/{idea_id}/offer", "innovation-officer", offer)
    wrong = {"unit_id": str(UNIT), "owner": str(OWNER)}
    assert await it.refused("POST", f"/ideas/{idea_id}/adoption", "unit-head", wrong) == (409, "INN-8")
    await it.post(f"/ideas/{idea_id}/adoption", "unit-head", {"unit_id": str(UNIT2), "owner": str(OWNER)})
    await it.pass_time(it.clock.domain() + timedelta(days=230))
    assert [each["name"] for each in await it.told(late)] == ["IdeaSubmitted", "IdeaTriageDeadlineMissed", "IdeaAnswerDeadlineMissed"]
    stuck = {each["idea_id"]: each["why"] for each in (await it.get("/ideas/stuck", "innovation-officer"))["items"]}
    assert (stuck[late], stuck[idea_id]) == ("not_triaged", "benefit_not_reviewed")
    await it.post(f"/ideas/{late}/triage", "innovation-officer", {"theme_codes": ["drones"], "owner": str(OWNER)})
    await it.post(f"/ideas/{late}/qualification", "innovation-officer", WHY)
    assert (await it.get(f"/ideas/{late}"))["answer_late"], "late action is never blocked, and late stays on record"
    told = await it.told(idea_id)
    assert [each["name"] for each in told][-3:] == ["IdeaAdopted", "BenefitReviewDue", "BenefitReviewDeadlineMissed"]
    assert await it.refused("POST", f"/ideas/{idea_id}/benefit", "person", {"months": 6, "outcome": "realised", "text": "ja"}, ANN) == (409, "INN-OWNER")
    await it.post(f"/ideas/{idea_id}/benefit", "person", {"months": 6, "outcome": "partly_realised", "text": "Een half uur."}, OWNER)
    (review,) = (await it.get(f"/ideas/{idea_id}"))["reviews"]
    assert (review["outcome"], review["late"]) == ("partly_realised", True)
    await it.pass_time(it.clock.domain() + timedelta(days=100))
    assert [each["nth"] for each in await it.told(late) if each["name"] == "IdeaStalled"] == [1, 2], "the owner, then the head"


async def test_f7_ideas_go_with_their_unit_and_org_is_told_what_is_open(innovation: Innovation) -> None:
    it = innovation
    old, new, other, gone = (str(named("reorganised", name)) for name in ("old", "new", "other", "gone"))
    kept = await submitted(it, "Blijft bij de opvolger", unit_id=old)
    split = await submitted(it, "Weet niet waarheen", unit_id=gone)
    done = await submitted(it, "Is al beantwoord", unit_id=old)
    await it.post(f"/ideas/{done}/rejection", "innovation-officer", WHY)
    plan = {
        "reorganisation_id": str(named("reorganised", "plan")),
        "mappings": [
            {"kind": "merge", "from_unit_ids": [old], "to_unit_ids": [new]},
            {"kind": "split", "from_unit_ids": [gone], "to_unit_ids": [new, other]},
        ],
    }
    await it.say("org", "org.ReorganisationScheduled", **plan, effective_date="2027-01-01", posts=[])
    (told,) = [each for each in await it.told(plan["reorganisation_id"]) if each["name"] == "ReorganisationImpactReported"]
    assert (told["open_items"], told["unmapped_total"], told["unmapped_ids"]) == (2, 1, [split])
    await it.say("org", "org.ReorganisationTookEffect", **plan, effective_date="2027-01-01")
    assert (await it.get(f"/ideas/{kept}"))["unit_id"] == new
    assert (await it.get(f"/ideas/{split}"))["unit_id"] is None
    await it.post(f"/ideas/{split}/unit", "innovation-officer", {"unit_id": other})
    assert (await it.get(f"/ideas/{split}"))["unit_id"] == other
    late = await submitted(it, "Voor een eenheid die er niet meer is", unit_id=old)
    assert (await it.get(f"/ideas/{late}"))["unit_id"] == new
