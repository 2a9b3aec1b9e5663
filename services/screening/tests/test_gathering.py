"""An event for which many are screened: each rule as a sentence that may be false, and every command in every state."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import product
from typing import Any

import pytest

from cg_contracts.screening import ScreeningKind as Kind
from cg_kit.pure import Cause, Due, Refused, named
from services.screening.domain import case
from services.screening.domain.case import Occasion, Signed
from services.screening.domain.gathering import (
    MOST,
    NEW,
    CallOff,
    Designate,
    EventCalledOff,
    Gathering,
    Invite,
    Invited,
    PersonsInvited,
    Plan,
    Planned,
    TeamDesignated,
    decide,
    due,
    evolve,
)
from services.screening.domain.regime import BRUSSELS
from services.screening.reactions import cancel_for_event, case_of_event, designate_for_event, open_for_event

NOON = datetime(2026, 4, 15, 12, tzinfo=BRUSSELS)
EVENT, ANN, BO, OFFICER, HEAD = (named("test", name) for name in ("event", "ann", "bo", "officer", "head"))
SUMMIT = Occasion("justus_lipsius", datetime(2026, 5, 4, 8, tzinfo=BRUSSELS), datetime(2026, 5, 6, 20, tzinfo=BRUSSELS), EVENT)
PLAN = Plan(SUMMIT, "event_access", HEAD, NOON)
INVITE = Invite((Invited(ANN), Invited(BO)), NOON)
TEAM = Designate((OFFICER,), HEAD, NOON)


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


PLANNED = given(PLAN)
INVITED = given(INVITE, start=PLANNED)
STATES = {
    "new": NEW,
    "planned": PLANNED,
    "invited": INVITED,
    "with a team": given(TEAM, start=INVITED),
    "called off": given(CallOff(HEAD, NOON), start=INVITED),
}
COMMANDS: list[Any] = [
    PLAN,
    replace(PLAN, at=SUMMIT.starts_at),
    replace(PLAN, at=datetime(1990, 1, 1, tzinfo=BRUSSELS)),
    replace(PLAN, purpose="another"),
    INVITE,
    Invite((Invited(HEAD), Invited(HEAD)), NOON),
    Invite((Invited(HEAD),), SUMMIT.starts_at),
    Invite(tuple(Invited(named("many", n)) for n in range(MOST)), NOON),
    TEAM,
    CallOff(HEAD, NOON),
    Due("no such clock", NOON),
]


@pytest.mark.parametrize(("name", "command"), list(product(STATES, COMMANDS)))
def test_whatever_is_decided_changes_the_event_and_is_decided_once(name: str, command: Any) -> None:
    state = STATES[name]
    decided = decide(state, command)
    if isinstance(decided, Refused):
        return
    for event in decided:
        after = evolve(state, event)
        assert after != state
        state = after
    assert decide(state, command) == []
    assert due(state) == set()


def test_the_instrument_is_that_of_the_law_of_the_day() -> None:
    assert decide(NEW, PLAN) == [Planned(Kind.ADVICE, SUMMIT, "event_access", HEAD, NOON)]
    in_2024 = datetime(2024, 3, 1, tzinfo=BRUSSELS)
    (planned,) = decide(NEW, replace(PLAN, at=in_2024))  # type: ignore[misc]
    assert planned.kind is Kind.CERTIFICATE


def test_nobody_is_asked_for_once_it_has_begun() -> None:
    assert decide(NEW, replace(PLAN, at=SUMMIT.starts_at)) == Refused("SCR-EVENT", "starts_at")
    assert decide(PLANNED, replace(INVITE, at=SUMMIT.starts_at)) == Refused("SCR-EVENT", "event_id")


def test_each_person_is_asked_for_once() -> None:
    more = Invite((Invited(ANN), Invited(HEAD), Invited(HEAD)), NOON)
    assert decide(INVITED, more) == [PersonsInvited((Invited(HEAD),), Kind.ADVICE, SUMMIT, "event_access", (), HEAD, NOON)]
    assert decide(INVITED, INVITE) == []


def test_every_person_gets_a_case_that_the_team_handles() -> None:
    signed = Signed("F/1", date(2026, 4, 14), OFFICER)
    event = PersonsInvited((Invited(ANN, HEAD, signed),), Kind.ADVICE, SUMMIT, "event_access", (OFFICER,), HEAD, NOON)
    ask, designate = open_for_event(event, Cause("1", "type", "source", "", NOON, aggregate=EVENT))
    assert ask.id == designate.id == case_of_event(EVENT, ANN)
    opened = case.decide(case.NEW, ask.command)
    assert isinstance(opened, list)
    assert [type(each) for each in opened] == [case.Opened, case.Consented, case.VerificationStarted], "SCR-1: the consent was brought in"
    assert designate.command == case.Designate((OFFICER,), HEAD, NOON)


def test_the_team_and_the_cancellation_reach_every_case() -> None:
    cause = Cause("1", "type", "source", "", NOON, aggregate=EVENT)
    assert [to.id for to in designate_for_event(TeamDesignated((OFFICER,), (ANN, BO), HEAD, NOON), cause)] == [
        case_of_event(EVENT, ANN),
        case_of_event(EVENT, BO),
    ]
    assert [to.command for to in cancel_for_event(EventCalledOff((ANN, BO), NOON), cause)] == [case.CallOff(NOON)] * 2
    assert decide(INVITED, CallOff(HEAD, NOON)) == [EventCalledOff((ANN, BO), NOON)]


def test_an_event_has_its_bounds() -> None:
    assert decide(INVITED, Invite(tuple(Invited(named("many", n)) for n in range(MOST)), NOON)) == Refused("SCR-EVENT-SIZE", "persons")
    assert decide(NEW, INVITE) == Refused("NOT-FOUND", "event_id")
    assert decide(NEW, replace(PLAN, occasion=replace(SUMMIT, ends_at=SUMMIT.starts_at))) == Refused("SCR-OCCASION", "ends_at")
    assert decide(INVITED, replace(PLAN, occasion=replace(SUMMIT, ends_at=SUMMIT.ends_at + timedelta(days=1)))) == Refused("SCR-REQUEST", "event_id")
