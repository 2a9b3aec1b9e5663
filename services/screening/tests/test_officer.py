"""Security officers: nobody is one without a clearance of their own."""

from dataclasses import replace
from datetime import date, datetime
from itertools import product
from typing import Any

import pytest

from cg_kit.pure import Deadline, Due, Refused, named
from services.screening import outgoing
from services.screening.domain.officer import (
    NEW,
    Appoint,
    Appointed,
    Charge,
    ClearanceReplaced,
    Dismiss,
    Lapsed,
    LoseClearance,
    Officer,
    ReplaceClearance,
    decide,
    due,
    evolve,
    in_charge,
)
from services.screening.domain.regime import BRUSSELS

NOON = datetime(2026, 4, 15, 12, tzinfo=BRUSSELS)
ANN, HEAD, UNIT, OTHER, CLEARANCE, NEXT = (named("test", name) for name in ("ann", "head", "unit", "other", "clearance", "next"))
APPOINT = Appoint(ANN, UNIT, CLEARANCE, date(2026, 5, 1), date(2028, 5, 1), HEAD, NOON)
END = datetime(2028, 5, 1, tzinfo=BRUSSELS)


def given(*commands: Any, start: Officer = NEW) -> Officer:
    """The officer after these commands, each of which changes them."""
    state = start
    for command in commands:
        events = decide(state, command)
        assert isinstance(events, list), (command, events)
        assert events, command
        for event in events:
            state = evolve(state, event)
    return state


APPOINTED = given(APPOINT)
STATES = {"new": NEW, "appointed": APPOINTED, "of two units": given(replace(APPOINT, unit_id=OTHER, until=None), start=APPOINTED)}
COMMANDS: list[Any] = [
    APPOINT,
    replace(APPOINT, clearance_id=None),
    replace(APPOINT, by=ANN),
    replace(APPOINT, until=date(2026, 5, 1)),
    Dismiss(UNIT, NOON),
    LoseClearance(CLEARANCE, NOON),
    ReplaceClearance(CLEARANCE, NEXT),
    Due(f"end:{UNIT}", END),
]


@pytest.mark.parametrize(("name", "command"), list(product(STATES, COMMANDS)))
def test_whatever_is_decided_changes_the_officer_and_can_be_told(name: str, command: Any) -> None:
    state = STATES[name]
    decided = decide(state, command)
    for event in [] if isinstance(decided, Refused) else decided:
        after = evolve(state, event)
        assert after != state
        for message in outgoing.officer_tells(ANN, event, after):
            assert message.subject == str(ANN)
        state = after


def test_who_is_not_cleared_is_no_security_officer() -> None:
    assert decide(NEW, replace(APPOINT, clearance_id=None)) == Refused("SCR-OFFICER-CLEARED", "person_id")
    assert decide(NEW, APPOINT) == [Appointed(ANN, Charge(UNIT, CLEARANCE, date(2026, 5, 1), date(2028, 5, 1)), HEAD, NOON)]


def test_it_lapses_for_all_units_when_the_clearance_is_lost() -> None:
    assert decide(STATES["of two units"], LoseClearance(CLEARANCE, NOON)) == [Lapsed(UNIT, "clearance_lost", NOON), Lapsed(OTHER, "clearance_lost", NOON)]
    assert decide(APPOINTED, LoseClearance(NEXT, NOON)) == []


def test_a_renewed_clearance_changes_nothing_for_the_units() -> None:
    assert decide(APPOINTED, ReplaceClearance(CLEARANCE, NEXT)) == [ClearanceReplaced(CLEARANCE, NEXT)]
    renewed = given(ReplaceClearance(CLEARANCE, NEXT), start=APPOINTED)
    assert in_charge(renewed, date(2026, 5, 1)) == (UNIT,)
    assert decide(renewed, LoseClearance(CLEARANCE, NOON)) == []


def test_nobody_appoints_themselves_nor_twice_with_other_dates() -> None:
    assert decide(NEW, replace(APPOINT, by=ANN)) == Refused("SCR-3")
    assert decide(APPOINTED, APPOINT) == []
    assert decide(APPOINTED, replace(APPOINT, until=None)) == Refused("SCR-OFFICER-TERM", "unit_id")
    assert decide(NEW, replace(APPOINT, until=APPOINT.since)) == Refused("SCR-OFFICER-TERM", "until")


def test_a_charge_begins_and_ends_on_its_days() -> None:
    assert in_charge(APPOINTED, date(2026, 4, 30)) == ()
    assert in_charge(APPOINTED, date(2028, 4, 30)) == (UNIT,)
    assert in_charge(APPOINTED, date(2028, 5, 1)) == ()
    assert due(APPOINTED) == {Deadline(f"end:{UNIT}", END)}
    assert decide(APPOINTED, Due(f"end:{UNIT}", END)) == [Lapsed(UNIT, "term_ended", END)]
    assert decide(given(Dismiss(UNIT, NOON), start=APPOINTED), Dismiss(UNIT, NOON)) == Refused("NOT-FOUND", "unit_id")
