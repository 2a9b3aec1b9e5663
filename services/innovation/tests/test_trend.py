"""Trends and challenges: each rule as a sentence that may be false, and every command in every state."""

from dataclasses import replace
from datetime import datetime
from itertools import product
from types import SimpleNamespace
from typing import Any

import pytest

from cg_contracts import frozen
from cg_contracts.audit import AuditFindingRaisedV1
from cg_contracts.innovation import Horizon, Impact, Origin, Ring, Steeple
from cg_kit.pure import Cause, Deadline, Due, Refused, named
from cg_kit.pure.terms import BRUSSELS
from services.innovation.domain import challenge
from services.innovation.domain.trend import (
    CONCERNED,
    NEW,
    Acknowledge,
    Assess,
    Detect,
    Look,
    PutOn,
    PutOnRing,
    Retire,
    ReviewDue,
    Signalled,
    SignalOverdue,
    Trend,
    decide,
    due,
    evolve,
    is_stale,
)
from services.innovation.domain.words import Why
from services.innovation.outgoing import challenge_tells, trend_tells
from services.innovation.reactions import challenge_for, pose_finding, pose_trend

NOON = datetime(2026, 4, 15, 12, tzinfo=BRUSSELS)
TREND, ANN, IDEA, UNIT = (named("test", name) for name in ("trend", "ann", "idea", "unit"))
TITLES = (("nl", "Deepfakes"), ("fr", "Hypertrucages"))
WHY = Why("seen_abroad", "In Nederland gezien.", ANN)
DETECT = Detect(TITLES, Steeple.TECHNOLOGICAL, ("Europol",), ("fraud",), ANN, NOON)
THREAT = Assess(Horizon.NEAR, Impact.THREAT, WHY, NOON)


def given(*commands: Any, start: Any = NEW, domain: Any = None) -> Any:
    """The state after these commands, each of which changes it."""
    state = start
    for command in commands:
        events = (domain.decide if domain else decide)(state, command)
        assert isinstance(events, list), (command, events)
        assert events, command
        for event in events:
            state = (domain.evolve if domain else evolve)(state, event)
    return state


DETECTED = given(DETECT)
ASSESSED = given(THREAT, start=DETECTED)
ON_RADAR = given(PutOn(Ring.WATCH, WHY, NOON), start=ASSESSED)
CHANCE = given(replace(THREAT, impact=Impact.OPPORTUNITY), PutOn(Ring.TRIAL, WHY, NOON), start=DETECTED)
STATES = {
    "new": NEW,
    "detected": DETECTED,
    "assessed": ASSESSED,
    "on radar": ON_RADAR,
    "opportunity": CHANCE,
    "retired": given(Retire(WHY, NOON), start=ON_RADAR),
}
COMMANDS: list[Any] = [
    DETECT,
    replace(DETECT, steeple=Steeple.LEGAL),
    THREAT,
    PutOn(Ring.WATCH, WHY, NOON),
    PutOn(Ring.ADOPT, WHY, NOON),
    Look(WHY, NOON),
    Retire(WHY, NOON),
    Acknowledge("ispo", ANN, NOON),
    Due("no", NOON),
]


@pytest.mark.parametrize(("name", "command"), list(product(STATES, COMMANDS)))
def test_whatever_is_decided_changes_the_trend_is_told_and_is_decided_once(name: str, command: Any) -> None:
    state = STATES[name]
    decided = decide(state, command)
    if isinstance(decided, Refused):
        return
    for event in decided:
        after = evolve(state, event)
        assert after != state
        state = after
        list(trend_tells(TREND, event, state))
    assert decide(state, command) == []


def test_each_move_is_dated_with_its_reason_and_author() -> None:
    moved = given(PutOn(Ring.EXPLORE, WHY, NOON), Look(WHY, NOON), start=ON_RADAR)
    assert [(each.ring, each.at, each.why) for each in moved.moves] == [(Ring.WATCH, NOON, WHY), (Ring.EXPLORE, NOON, WHY), (None, NOON, WHY)]
    assert decide(DETECTED, PutOn(Ring.WATCH, WHY, NOON)) == Refused("INN-STATE"), "not before it was weighed"


def test_whom_a_threat_concerns_is_told_once_and_says_that_they_know() -> None:
    events = decide(ASSESSED, PutOn(Ring.WATCH, WHY, NOON))
    assert isinstance(events, list)
    assert isinstance(events[0], PutOnRing)
    assert isinstance(events[1], Signalled)
    assert events[1].services == tuple(CONCERNED)
    assert len(decide(ON_RADAR, PutOn(Ring.EXPLORE, WHY, NOON))) == 1  # type: ignore[arg-type]
    assert len(CHANCE.signals) == 0, "an opportunity concerns nobody like that"
    clock = Deadline("signal:ispo", events[1].due_at)
    assert clock in due(ON_RADAR)
    assert decide(ON_RADAR, Due(clock.name, clock.at)) == [SignalOverdue("ispo", clock.at)]
    assert clock not in due(given(Acknowledge("ispo", ANN, NOON), start=ON_RADAR))
    late = given(Due(clock.name, clock.at), start=ON_RADAR)
    assert given(Acknowledge("ispo", ANN, NOON), start=late).signals[0].late_at == clock.at


def test_it_is_looked_at_each_quarter_and_grey_after_a_year() -> None:
    clock = next(each for each in due(ON_RADAR) if each.name == "review")
    assert clock.at == datetime(2026, 7, 16, tzinfo=BRUSSELS)
    assert decide(ON_RADAR, Due("review", clock.at)) == [ReviewDue(clock.at)]
    said = given(Due("review", clock.at), start=ON_RADAR)
    assert "review" not in {each.name for each in due(said)}
    assert "review" in {each.name for each in due(given(Look(WHY, NOON), start=said))}
    assert [is_stale(ON_RADAR, datetime(2027, 4, day, tzinfo=BRUSSELS)) for day in (15, 16)] == [False, True]
    assert due(STATES["retired"]) == set()


FINDING = frozen.example(AuditFindingRaisedV1)
POSE = challenge.Pose(Origin.SERVICE, None, TITLES, ("fraud",), UNIT, "", NOON)
POSED = given(POSE, start=challenge.NEW, domain=challenge)
CHALLENGES = SimpleNamespace(
    STATES={"new": challenge.NEW, "posed": POSED, "closed": given(challenge.Close(WHY, NOON), start=POSED, domain=challenge)},
    COMMANDS=[POSE, challenge.NoteIdea(IDEA, NOON), challenge.Close(WHY, NOON), Due("no", NOON)],
)


@pytest.mark.parametrize(("name", "command"), list(product(CHALLENGES.STATES, CHALLENGES.COMMANDS)))
def test_whatever_is_decided_changes_the_challenge_and_is_decided_once(name: str, command: Any) -> None:
    state = CHALLENGES.STATES[name]
    decided = challenge.decide(state, command)
    if isinstance(decided, Refused):
        return
    for event in decided:
        after = challenge.evolve(state, event)
        assert after != state
        state = after
        list(challenge_tells(TREND, event, state))
    assert challenge.decide(state, command) == []
    assert challenge.due(state) == set()


def test_what_audit_found_is_a_challenge_and_what_supersedes_it_closes_it() -> None:
    fact = AuditFindingRaisedV1.model_validate(FINDING | {"supersedes": str(IDEA)})
    posed, closed = pose_finding(fact, Cause("1", "t", "s", "audit", NOON))
    assert (posed.id, posed.command.origin, posed.command.unit_id) == (challenge_for(fact.finding_id), Origin.AUDIT_FINDING, fact.unit_id)
    assert posed.command.themes == tuple(FINDING["themes"])
    assert (closed.id, closed.command.why.code) == (challenge_for(IDEA), "superseded")
    state = given(posed.command, start=challenge.NEW, domain=challenge)
    (told,) = challenge_tells(posed.id, challenge.decide(challenge.NEW, posed.command)[0], state)  # type: ignore[index]
    assert not {"unit_id", "severity", "source_id"} & set(type(told).model_fields), "whose it was stays here"


def test_an_opportunity_taken_closer_asks_for_ideas() -> None:
    cause = Cause("1", "t", "s", "", NOON, aggregate=TREND)
    event = PutOnRing(Ring.TRIAL, Impact.OPPORTUNITY, TITLES, ("fraud",), WHY, NOON)
    (to,) = pose_trend(event, cause)
    assert to.command.origin is Origin.TREND
    assert list(pose_trend(replace(event, ring=Ring.WATCH), cause)) == []
    assert list(pose_trend(replace(event, impact=Impact.THREAT), cause)) == []


def test_a_trend_of_older_code_is_kept() -> None:
    assert Trend().signals == ()
