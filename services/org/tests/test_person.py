"""A person: that they exist, what they hold, and what that rests on."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import product
from typing import Any, get_args

import pytest

from cg_contracts.levels import Level
from cg_contracts.org import AppointmentKind, Language, PersonUnitChangedV1
from cg_kit.pure import Due, Refused, named
from services.org import outgoing
from services.org.domain import person
from services.org.domain.person import (
    NEW,
    AdviceLost,
    Appoint,
    Asked,
    Brief,
    Briefed,
    ClearanceLost,
    Detach,
    Detached,
    DetachmentOver,
    Hold,
    Holding,
    Leave,
    Left,
    LoseAdvice,
    LoseClearance,
    Person,
    Register,
    Registered,
    Release,
    Released,
    Reregistered,
    RestOnAdvice,
    RestOnClearance,
    Standing,
    Status,
    Transfer,
    decide,
    due,
    evolve,
)

NOON = datetime(2026, 4, 15, 10, tzinfo=UTC)
YEARS = NOON + timedelta(days=1800)
START = date(2026, 6, 1)
ANN, VAULT, CASE, CLEARANCE, REQUEST, UNIT = (named("test", name) for name in ("ann", "vault", "case", "clearance", "request", "unit"))
HOLDING, SECOND = (Holding(named("test", "post", n), named("test", "assignment", n)) for n in (1, 2))

REGISTER = Register(VAULT, Language.NL, NOON)
APPOINT = Appoint(REQUEST, HOLDING, AppointmentKind.PERMANENT, START, "decision 7", NOON)
REST = RestOnClearance(CLEARANCE, Level.GEHEIM, YEARS, HOLDING, NOON)
BRIEF = Brief(CLEARANCE, NOON, HOLDING, NOON)
WITHDRAW = LoseClearance(CLEARANCE, None, "clearance_withdrawn", NOON)


def after(state: Person, *commands: Any) -> Person:
    for command in commands:
        events = decide(state, command)
        assert not isinstance(events, Refused), f"{command} is refused: {events}"
        for event in events:
            state = evolve(state, event)
    return state


PRESENT = after(NEW, REGISTER)
ASKED = after(PRESENT, APPOINT)
HELD = after(ASKED, Hold(HOLDING.assignment_id))
CLEARED = after(HELD, REST)
BRIEFED = after(CLEARED, BRIEF)


def test_a_person_exists_once_registered() -> None:
    assert decide(NEW, REGISTER) == [Registered(VAULT, Language.NL, NOON)]


def test_registering_the_same_again_changes_nothing() -> None:
    assert decide(PRESENT, REGISTER) == []


def test_registering_other_names_is_a_change() -> None:
    assert decide(PRESENT, replace(REGISTER, vault=CASE)) == [Reregistered(CASE, Language.NL, NOON)]


def test_who_does_not_exist_is_not_appointed() -> None:
    assert decide(NEW, APPOINT) == Refused("ORG-PERSON", "person_id")


def test_who_has_left_is_not_appointed() -> None:
    assert decide(after(PRESENT, Leave(START, NOON)), APPOINT) == Refused("ORG-PERSON", "person_id")


def test_an_appointment_is_for_the_post_to_take() -> None:
    assert decide(PRESENT, APPOINT) == [Asked(REQUEST, HOLDING, AppointmentKind.PERMANENT, START, "decision 7", NOON)]


def test_the_same_request_again_changes_nothing_and_another_under_its_id_is_refused() -> None:
    assert decide(ASKED, APPOINT) == []
    assert decide(ASKED, replace(APPOINT, planned_start=date(2027, 1, 1))) == Refused("ORG-REQUEST-REUSED", "request_id")


def test_who_leaves_takes_all_holdings_with_them() -> None:
    assert decide(HELD, Leave(START, NOON)) == [Left(START, (HOLDING,), NOON)]
    assert decide(after(HELD, Release(HOLDING.assignment_id, NOON)), Leave(START, NOON)) == [Left(START, (), NOON)]


def test_a_transfer_closes_the_employment_before() -> None:
    moved = after(PRESENT, Transfer(UNIT, START, NOON))
    assert [(each.unit_id, each.valid_to) for each in person.employed(moved)] == [(None, START), (UNIT, None)]


def test_org_6_where_somebody_was_thought_to_be_employed_stays_readable() -> None:
    later = NOON + timedelta(days=90)
    moved = after(PRESENT, Transfer(UNIT, START, NOON), Transfer(CASE, date(2026, 5, 1), later))
    assert [(each.unit_id, each.valid_from, each.valid_to) for each in person.employed(moved)] == [
        (None, date(2026, 4, 15), date(2026, 5, 1)),
        (CASE, date(2026, 5, 1), None),
    ]
    assert [(each.unit_id, each.valid_from) for each in moved.employments if each.superseded_at == later] == [(None, date(2026, 4, 15)), (UNIT, START)]


def test_who_is_employed_there_already_is_not_moved_again() -> None:
    moved = after(PRESENT, Transfer(UNIT, START, NOON))
    assert decide(moved, Transfer(UNIT, date(2027, 1, 1), NOON)) == []
    assert decide(moved, Transfer(UNIT, date(2026, 5, 1), NOON)) == [person.Transferred(UNIT, date(2026, 5, 1), NOON)]


def test_a_lost_clearance_concerns_all_that_rests_on_it_and_nothing_else() -> None:
    twice = after(BRIEFED, replace(APPOINT, holding=SECOND), replace(REST, holding=SECOND))
    other = after(twice, replace(REST, clearance_id=CASE, holding=SECOND))
    assert decide(other, WITHDRAW) == [ClearanceLost(CLEARANCE, None, "clearance_withdrawn", (HOLDING, SECOND), NOON)]
    assert decide(other, replace(WITHDRAW, clearance_id=CASE))[0].holdings == (SECOND,)  # type: ignore[index,union-attr]


def test_a_lost_clearance_grants_nothing_any_more() -> None:
    lost = after(BRIEFED, WITHDRAW)
    assert decide(lost, replace(REST, holding=HOLDING)) == Refused("ORG-CLEARANCE", "clearance_id")
    assert decide(lost, BRIEF) == Refused("ORG-CLEARANCE", "clearance_id")


def test_a_clearance_nobody_knows_is_refused_never_raised() -> None:
    assert decide(PRESENT, WITHDRAW) == decide(HELD, BRIEF) == Refused("ORG-CLEARANCE", "clearance_id")
    assert decide(PRESENT, REST) == Refused("ORG-ASSIGNMENT", "requester_ref")
    assert decide(PRESENT, LoseAdvice(CASE, NOON)) == Refused("ORG-ADVICE", "case_id")


def test_a_clearance_is_briefed_for_each_assignment() -> None:
    twice = after(BRIEFED, replace(APPOINT, holding=SECOND), replace(REST, holding=SECOND))
    assert decide(twice, BRIEF) == []
    assert decide(twice, replace(BRIEF, holding=SECOND)) == [Briefed(CLEARANCE, NOON, SECOND, NOON)]


def test_a_lost_advice_concerns_what_rests_on_it() -> None:
    assert decide(after(HELD, RestOnAdvice(CASE, HOLDING)), LoseAdvice(CASE, NOON)) == [AdviceLost(CASE, (HOLDING,), NOON)]


def test_an_advice_that_is_positive_again_can_be_lost_again() -> None:
    lost = after(HELD, RestOnAdvice(CASE, HOLDING), LoseAdvice(CASE, NOON, "advice_reassessed"))
    again = after(lost, RestOnAdvice(CASE, HOLDING))
    assert decide(again, RestOnAdvice(CASE, HOLDING)) == []
    assert decide(again, LoseAdvice(CASE, NOON)) == [AdviceLost(CASE, (HOLDING,), NOON)]


def test_who_is_detached_is_away_from_what_they_hold_until_they_come_back() -> None:
    two = after(HELD, replace(APPOINT, holding=SECOND, kind=AppointmentKind.DETACHED, planned_end=date(2026, 12, 1)), Hold(SECOND.assignment_id))
    gone = decide(two, Detach(SECOND.assignment_id, date(2026, 12, 1), NOON))
    assert gone == [Detached(SECOND.assignment_id, (HOLDING,), date(2026, 12, 1), NOON)]
    lent = after(two, Detach(SECOND.assignment_id, date(2026, 12, 1), NOON))
    assert decide(lent, Detach(SECOND.assignment_id, date(2026, 12, 1), NOON)) == []
    assert decide(lent, Release(SECOND.assignment_id, NOON)) == [Released(SECOND.assignment_id), DetachmentOver(SECOND.assignment_id, (HOLDING,), NOON)]


STATES = {
    "new": NEW,
    "present": PRESENT,
    "asked": ASKED,
    "held": HELD,
    "cleared": CLEARED,
    "briefed": BRIEFED,
    "lost": after(BRIEFED, WITHDRAW),
    "advised": after(HELD, RestOnAdvice(CASE, HOLDING)),
    "over": after(HELD, Release(HOLDING.assignment_id, NOON)),
    "left": after(HELD, Leave(START, NOON)),
    "two": after(HELD, replace(APPOINT, holding=SECOND), Hold(SECOND.assignment_id)),
    "detached": after(HELD, replace(APPOINT, holding=SECOND), Hold(SECOND.assignment_id), Detach(SECOND.assignment_id, START, NOON)),
}
COMMANDS = [
    REGISTER,
    replace(REGISTER, language=Language.FR),
    Transfer(UNIT, START, NOON),
    Leave(START, NOON),
    APPOINT,
    replace(APPOINT, holding=SECOND),
    Hold(HOLDING.assignment_id),
    Hold(SECOND.assignment_id),
    Release(HOLDING.assignment_id, NOON),
    Release(SECOND.assignment_id, NOON),
    Detach(SECOND.assignment_id, START, NOON),
    RestOnAdvice(CASE, HOLDING),
    LoseAdvice(CASE, NOON),
    REST,
    replace(REST, holding=SECOND),
    BRIEF,
    WITHDRAW,
    replace(WITHDRAW, remaining=Level.BEPERKT),
    Due("nothing", NOON),
]


@pytest.mark.parametrize(("name", "command"), list(product(STATES, COMMANDS)), ids=lambda each: each if isinstance(each, str) else type(each).__name__)
def test_whatever_is_decided_changes_the_person_and_can_be_told(name: str, command: person.Command) -> None:
    state = STATES[name]
    decided = decide(state, command)
    for event in [] if isinstance(decided, Refused) else decided:
        later = evolve(state, event)
        assert later != state, f"{event} changes nothing"
        assert all(message.subject == str(ANN) for message in outgoing.tell_person(ANN, event, later))
        assert due(later) == set()
        state = later


def test_every_command_is_tried_above() -> None:
    assert {type(each) for each in COMMANDS} == set(get_args(person.Command))
    assert {state.status for state in STATES.values()} == set(Status)
    assert {each.standing for state in STATES.values() for each in state.appointments} == set(Standing)


def told(state: Person, command: person.Command) -> list[Any]:
    """What is told of a person when this is done."""
    decided = decide(state, command)
    assert isinstance(decided, list)
    return [message for event in decided for message in outgoing.tell_person(ANN, event, after(state, command))]


def test_that_a_person_moves_from_one_unit_to_another_is_told_and_where_they_first_came_is_not() -> None:
    placed = after(PRESENT, Transfer(UNIT, START, NOON))
    assert told(PRESENT, Transfer(UNIT, START, NOON)) == []
    moved = PersonUnitChangedV1(person_id=ANN, from_unit_id=UNIT, to_unit_id=CASE, effective_from=START + timedelta(days=30))
    assert told(placed, Transfer(CASE, START + timedelta(days=30), NOON)) == [moved]
    assert told(placed, Transfer(CASE, START, NOON)) == [], "it was said of this day where they come"
    for command in (APPOINT, Leave(START, NOON), REGISTER):
        assert told(placed, command) == []
