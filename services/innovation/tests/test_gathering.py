"""Events: each rule as a sentence that may be false, and every command in every state."""

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import product
from typing import Any

import pytest

from cg_contracts.innovation import EventKind
from cg_kit.pure import Cause, Deadline, Due, Refused, named
from cg_kit.pure.terms import BRUSSELS
from services.innovation.domain.gathering import (
    NEW,
    Announce,
    Cancel,
    CloseJudging,
    DeclareTie,
    FollowUp,
    FollowUpOverdue,
    FormTeam,
    Gathering,
    Judge,
    Leave,
    NameJury,
    Occasion,
    Output,
    PlanEvent,
    Ranked,
    Register,
    Status,
    Team,
    decide,
    due,
    evolve,
)
from services.innovation.domain.words import Why
from services.innovation.outgoing import gathering_tells
from services.innovation.reactions import submit_outputs

NOON = datetime(2026, 4, 15, 12, tzinfo=BRUSSELS)
EVENT, OFFICER, ANN, BO, CAS, COACH, J1, J2, RED, BLUE, UNIT, IDEA = (
    named("test", name) for name in ("event", "officer", "ann", "bo", "cas", "coach", "j1", "j2", "red", "blue", "unit", "idea")
)
WHEN = (NOON + timedelta(days=10), NOON + timedelta(days=20), NOON + timedelta(days=22))
OCCASION = Occasion(EventKind.HACKATHON, (("nl", "Hackathon"), ("fr", "Hackathon")), ("drones",), (), True, 3, *WHEN)
PLAN = PlanEvent(OCCASION, OFFICER, NOON)
TEAM = Team(RED, "Rood", None, (ANN,), (COACH,))
BLUES = Team(BLUE, "Blauw", None, (BO,))
JURY = NameJury((J1, J2), OFFICER, NOON)
OUTPUT = Output(IDEA, "Drone", "Zoeken duurt", ("drones",), UNIT, ANN)
WHY = Why("rain", "Het regent.", OFFICER)


def given(*commands: Any, start: Gathering = NEW) -> Gathering:
    """The event after these commands, each of which changes it."""
    state = start
    for command in commands:
        events = decide(state, command)
        assert isinstance(events, list), (command, events)
        assert events, command
        for event in events:
            state = evolve(state, event)
    return state


def fired(state: Gathering) -> Gathering:
    """The event after its clock has fallen due."""
    (clock,) = due(state)
    return given(Due(clock.name, clock.at), start=state)


PLANNED = given(PLAN)
OPEN = given(Announce(OFFICER, NOON), Register(ANN, False, False, NOON), Register(BO, True, True, NOON), start=PLANNED)
TEAMS = given(FormTeam(TEAM, NOON), FormTeam(BLUES, NOON), JURY, start=OPEN)
RUNNING = fired(fired(TEAMS))
SCORED = given(Judge(RED, 7, J1, NOON), Judge(BLUE, 9, J1, NOON), Judge(RED, 7, J2, NOON), Judge(BLUE, 8, J2, NOON), start=RUNNING)
JUDGED = given(CloseJudging(OFFICER, NOON), start=SCORED)
STATES = {
    "new": NEW,
    "planned": PLANNED,
    "open": OPEN,
    "with teams": TEAMS,
    "closed": fired(TEAMS),
    "running": RUNNING,
    "scored": SCORED,
    "judged": JUDGED,
    "followed up": given(FollowUp((OUTPUT,), OFFICER, NOON), start=JUDGED),
    "cancelled": given(Cancel(WHY, NOON), start=OPEN),
}
COMMANDS: list[Any] = [
    PLAN,
    PlanEvent(replace(OCCASION, seats=9), OFFICER, NOON),
    Announce(OFFICER, NOON),
    Register(ANN, False, False, NOON),
    Register(CAS, True, False, NOON),
    Register(CAS, False, False, NOON),
    Leave(ANN, NOON),
    FormTeam(TEAM, NOON),
    FormTeam(replace(TEAM, coaches=(J1,)), NOON),
    JURY,
    NameJury((ANN,), OFFICER, NOON),
    DeclareTie(RED, J1, NOON),
    Judge(RED, 5, J1, NOON),
    Judge(RED, 5, ANN, NOON),
    CloseJudging(OFFICER, NOON),
    FollowUp((OUTPUT,), OFFICER, NOON),
    Cancel(WHY, NOON),
    Due("no", NOON),
]


@pytest.mark.parametrize(("name", "command"), list(product(STATES, COMMANDS)))
def test_whatever_is_decided_changes_the_event_is_told_and_is_decided_once(name: str, command: Any) -> None:
    state = STATES[name]
    decided = decide(state, command)
    if isinstance(decided, Refused):
        return
    for event in decided:
        after = evolve(state, event)
        assert after != state
        state = after
        list(gathering_tells(EVENT, event, state))
    assert decide(state, command) in ([], Refused("INN-FROZEN"))


def test_inn_5_a_juror_neither_takes_part_nor_coaches() -> None:
    assert decide(TEAMS, NameJury((ANN,), OFFICER, NOON)) == Refused("INN-5", "jury")
    assert decide(TEAMS, NameJury((COACH,), OFFICER, NOON)) == Refused("INN-5", "jury")
    assert decide(TEAMS, FormTeam(replace(TEAM, coaches=(J1,)), NOON)) == Refused("INN-5", "members")


def test_inn_5_who_has_an_interest_in_a_team_does_not_judge_it() -> None:
    tied = given(DeclareTie(RED, J1, NOON), start=RUNNING)
    assert decide(tied, Judge(RED, 9, J1, NOON)) == Refused("INN-5")
    assert decide(RUNNING, Judge(RED, 9, ANN, NOON)) == Refused("INN-JURY")
    rest = given(Judge(BLUE, 6, J1, NOON), Judge(RED, 8, J2, NOON), Judge(BLUE, 6, J2, NOON), start=tied)
    assert decide(rest, CloseJudging(OFFICER, NOON)) == [Ranked((RED, BLUE), OFFICER, NOON)]
    nobody = given(DeclareTie(RED, J2, NOON), start=tied)
    assert decide(given(Judge(BLUE, 6, J1, NOON), Judge(BLUE, 6, J2, NOON), start=nobody), CloseJudging(OFFICER, NOON)) == Refused("INN-SCORES")
    after = given(DeclareTie(BLUE, J1, NOON), start=SCORED)
    assert decide(after, CloseJudging(OFFICER, NOON)) == [Ranked((BLUE, RED), OFFICER, NOON)], "points given before do not count"


def test_inn_5_points_are_frozen_once_judged() -> None:
    assert decide(RUNNING, CloseJudging(OFFICER, NOON)) == Refused("INN-SCORES")
    assert JUDGED.ranking == (BLUE, RED)
    for command in (Judge(RED, 10, J1, NOON), DeclareTie(RED, J1, NOON), JURY, FormTeam(TEAM, NOON), CloseJudging(OFFICER, NOON)):
        assert decide(JUDGED, command) == Refused("INN-FROZEN")
    assert decide(SCORED, FollowUp((OUTPUT,), OFFICER, NOON)) == Refused("INN-5")


def test_inn_3_on_premises_nobody_from_outside_without_a_positive_advice() -> None:
    assert decide(OPEN, Register(CAS, True, False, NOON)) == Refused("INN-3", "person_id")
    elsewhere = replace(OPEN, occasion=replace(OCCASION, on_premises=False))
    assert len(decide(elsewhere, Register(CAS, True, False, NOON))) == 1  # type: ignore[arg-type]


def test_it_has_its_bounds() -> None:
    full = given(Register(CAS, False, False, NOON), start=OPEN)
    assert decide(full, Register(OFFICER, False, False, NOON)) == Refused("INN-FULL")
    assert decide(OPEN, FormTeam(replace(TEAM, members=(CAS,)), NOON)) == Refused("INN-REGISTERED", "members")
    late = replace(OCCASION, starts_at=OCCASION.ends_at)
    assert decide(NEW, PlanEvent(late, OFFICER, NOON)) == Refused("INN-DATE", "starts_at")
    day = replace(OPEN, occasion=replace(OCCASION, kind=EventKind.THEME_DAY))
    assert decide(day, FormTeam(TEAM, NOON)) == Refused("INN-KIND")
    assert len(decide(replace(day, status=Status.RUNNING), FollowUp((), OFFICER, NOON))) == 1  # type: ignore[arg-type]


def test_what_comes_of_it_are_ideas_with_their_clocks_or_it_is_late() -> None:
    (clock,) = due(JUDGED)
    assert decide(JUDGED, Due("follow-up", clock.at)) == [FollowUpOverdue(clock.at)]
    late = fired(JUDGED)
    assert due(late) == set()
    (event,) = decide(late, FollowUp((OUTPUT,), OFFICER, NOON))  # type: ignore[misc]
    (to,) = submit_outputs(event, Cause("1", "t", "s", "", NOON, aggregate=EVENT))  # type: ignore[arg-type]
    assert (to.kind, to.id, to.command.by, to.command.at) == ("idea", IDEA, ANN, NOON)
    assert due(OPEN) == {Deadline("registration", WHEN[0])}
    assert due(fired(OPEN)) == {Deadline("start", WHEN[1])}
