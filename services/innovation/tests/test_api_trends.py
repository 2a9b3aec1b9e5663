"""The door for people, on a real database: the radar, challenges, and a hackathon from its announcement to the ideas that came of it."""

from __future__ import annotations

from datetime import timedelta
from xml.etree import ElementTree

from cg_contracts.innovation import Steeple
from services.innovation.api.radar import WORDS
from services.innovation.reactions import challenge_for
from services.innovation.tests.door import ANN, UNIT, WHY, Innovation, submitted, who

OFFICER = "innovation-officer"


async def on_radar(it: Innovation, nl: str, steeple: str, impact: str, ring: str) -> str:
    """A trend on a ring."""
    body = {"title": {"nl": nl, "fr": f"{nl} (fr)"}, "steeple": steeple, "sources": ["Europol Innovation Lab"], "theme_codes": ["fraud"]}
    trend_id = str((await it.post("/trends", "person", body))["id"])
    weighed = {"horizon": "0_to_2_years", "impact": impact, **WHY}
    assert await it.refused("POST", f"/trends/{trend_id}/ring", OFFICER, {"ring": ring, **WHY}) == (409, "INN-STATE")
    await it.post(f"/trends/{trend_id}/assessment", OFFICER, weighed)
    await it.post(f"/trends/{trend_id}/ring", OFFICER, {"ring": ring, **WHY})
    return trend_id


async def test_a_threat_is_told_and_acknowledged_and_the_radar_is_a_picture_in_three_languages(innovation: Innovation) -> None:
    it = innovation
    trend_id = await on_radar(it, "Hypertrucages <deepfakes>", "technological", "threat", "watch")
    await on_radar(it, "Burgers melden met beeld", "social", "opportunity", "trial")
    told = await it.told(trend_id)
    assert [each["name"] for each in told] == ["TrendMoved", "TrendSignalled"]
    assert await it.refused("POST", f"/trends/{trend_id}/acknowledgements/ispo", "policy-adviser") == (403, "INN-SIGNAL-ROLE")
    await it.post(f"/trends/{trend_id}/acknowledgements/ispo", "security-adviser")
    await it.pass_time(it.clock.domain() + timedelta(days=40))
    seen = await it.get(f"/trends/{trend_id}")
    assert {each["service"]: each["late"] for each in seen["signals"]} == {"ispo": False, "policy": True, "coordination": True, "international": True}
    assert [(each["ring"], each["code"], each["by"]) for each in seen["moves"]] == [("watch", "fits_the_plan", str(who(OFFICER)))]
    for language in ("nl", "fr", "en"):
        answer = await it.ask("GET", f"/radar/picture?language={language}", "person")
        assert answer.headers["content-type"] == "text/html; charset=utf-8"
        picture = ElementTree.fromstring(answer.text[answer.text.index("<svg") : answer.text.index("</svg>") + 6])
        texts = {"".join(each.itertext()) for each in picture.iter("{http://www.w3.org/2000/svg}text")}
        assert {str(WORDS[language][sector.value]) for sector in Steeple} <= texts
        assert "Hypertrucages &lt;deepfakes&gt;" in answer.text
    assert not (await it.get(f"/trends/{trend_id}"))["stale"]
    await it.pass_time(it.clock.domain() + timedelta(days=340))
    assert (await it.get(f"/trends/{trend_id}"))["stale"]
    assert 'class="stale"' in (await it.ask("GET", "/radar/picture", "person")).text
    assert [each["name"] for each in await it.told(trend_id)].count("TrendReviewDue") == 1


async def test_what_audit_found_is_shown_as_a_challenge_and_answered(innovation: Innovation) -> None:
    it = innovation
    finding = who("finding")
    await it.say("audit", "audit.AuditFindingRaised", finding_id=str(finding), unit_id=str(UNIT), severity="high", themes=["integrity"])
    challenge_id = str(challenge_for(finding))
    seen = {each["challenge_id"]: each for each in (await it.get("/challenges?limit=1000"))["items"]}[challenge_id]
    assert (seen["origin"], seen["unit_id"], seen["severity"]) == ("audit_finding", None, ""), "whose it is only officers see"
    whole = {each["challenge_id"]: each for each in (await it.get("/challenges?limit=1000", OFFICER))["items"]}[challenge_id]
    assert (whole["unit_id"], whole["severity"], whole["theme_codes"]) == (str(UNIT), "high", ["integrity"])
    idea_id = await submitted(it, "Vier ogen bij elke inbeslagname", challenge_id=challenge_id)
    assert [(each["name"], each.get("idea_id")) for each in await it.told(challenge_id)] == [
        ("ChallengeOpened", None),
        ("IdeaSubmitted", idea_id),
        ("ChallengeAnswered", idea_id),
    ]
    await it.post(f"/challenges/{challenge_id}/closing", OFFICER, WHY)
    assert challenge_id not in {each["challenge_id"] for each in (await it.get("/challenges?limit=1000"))["items"]}


async def test_a_hackathon_with_teams_a_jury_and_the_ideas_that_came_of_it(innovation: Innovation) -> None:
    it = innovation
    now = it.clock.domain()
    times = {name: (now + timedelta(days=days)).isoformat() for name, days in (("registration_until", 5), ("starts_at", 10), ("ends_at", 12))}
    body = {"kind": "hackathon", "title": {"nl": "Slim", "fr": "Malin"}, "theme_codes": ["drones"], "seats": 10, **times}
    event_id = str((await it.post("/events", OFFICER, body))["id"])
    await it.post(f"/events/{event_id}/announcement", OFFICER)
    await it.post(f"/events/{event_id}/registration", "person", who=ANN)
    await it.post(f"/events/{event_id}/registration", "person", who=who("bo"))
    assert await it.refused("POST", f"/events/{event_id}/guests", OFFICER, {"person_id": str(who("stranger"))}) == (409, "INN-3")
    red, blue = who("red"), who("blue")
    for team_id, member in ((red, ANN), (blue, who("bo"))):
        team = {"team_id": str(team_id), "name": "Ploeg", "members": [str(member)], "coaches": []}
        await it.post(f"/events/{event_id}/teams", OFFICER, team)
    assert await it.refused("POST", f"/events/{event_id}/jury", OFFICER, {"jury": [str(ANN)]}) == (409, "INN-5")
    await it.post(f"/events/{event_id}/jury", OFFICER, {"jury": [str(who("j1")), str(who("j2"))]})
    await it.pass_time(now + timedelta(days=11))
    await it.post(f"/events/{event_id}/ties", "person", {"team_id": str(red)}, who("j1"))
    assert await it.refused("POST", f"/events/{event_id}/points", "person", {"team_id": str(red), "points": 9}, who("j1")) == (409, "INN-5")
    for juror, team_id, points in (("j1", blue, 6), ("j2", blue, 6), ("j2", red, 8)):
        await it.post(f"/events/{event_id}/points", "person", {"team_id": str(team_id), "points": points}, who(juror))
    await it.post(f"/events/{event_id}/ranking", OFFICER)
    late = {"team_id": str(blue), "points": 10}
    assert await it.refused("POST", f"/events/{event_id}/points", "person", late, who("j2")) == (409, "INN-FROZEN")
    output = {"title": "Drone die luistert", "problem": "Zoeken duurt.", "theme_codes": ["drones"], "unit_id": str(UNIT), "proposer": str(ANN)}
    await it.post(f"/events/{event_id}/follow-up", OFFICER, {"outputs": [output]})
    seen = await it.get(f"/events/{event_id}")
    assert (seen["status"], seen["ranking"]) == ("FOLLOWED_UP", [str(red), str(blue)])
    (idea_id,) = seen["ideas"]
    assert (await it.get(f"/ideas/{idea_id}"))["status"] == "SUBMITTED"
    assert [each["name"] for each in await it.told(event_id)] == ["HackathonAnnounced", "HackathonAwarded", "InnovationEventFollowedUp"]
