"""Lines of a file: kept while something is missing, and asked for once nothing is."""

from dataclasses import replace
from datetime import date, datetime
from itertools import product
from typing import Any

import pytest
from hypothesis import given as all_of
from hypothesis import strategies as st

from cg_contracts.levels import Level
from cg_contracts.screening import ScreeningKind as Kind
from cg_kit.pure import Cause, Due, Refused, named
from services.screening.domain import case, gathering, person
from services.screening.domain.case import Signed
from services.screening.domain.draft import (
    CHECKLIST,
    NEW,
    PERSON,
    Completed,
    Draft,
    Drop,
    Dropped,
    Enter,
    Entered,
    Row,
    Signer,
    Status,
    Wanted,
    decide,
    due,
    evolve,
    lacks,
)
from services.screening.domain.regime import BRUSSELS
from services.screening.reactions import ask_for_line

NOON = datetime(2026, 4, 15, 12, tzinfo=BRUSSELS)
LATER = datetime(2026, 5, 20, 12, tzinfo=BRUSSELS)
UNIT, CASE, ANN, VAULT, OFFICER, POST, EVENT = (named("test", name) for name in ("unit", "case", "ann", "vault", "officer", "post", "event"))
ADVICE = Row(Wanted.ADVICE, PERSON, "sensitive_post", date(2026, 7, 1))
PARTLY = replace(ADVICE, personal=("given", "family"), purpose=None)
CLEARANCE = replace(ADVICE, wanted=Wanted.CLEARANCE, level=Level.GEHEIM, post_id=POST, signers=(Signer.PERSON, Signer.OFFICER))
SUMMIT = Row(Wanted.EVENT, PERSON, event_id=EVENT, consent=Signed("F2026/1", date(2026, 4, 14), OFFICER))
ENTER = Enter(UNIT, "2026-1", CASE, ANN, ADVICE, VAULT, OFFICER, NOON)


def given(*commands: Any, start: Draft = NEW) -> Draft:
    """The line after these commands, each of which changes it."""
    state = start
    for command in commands:
        events = decide(state, command)
        assert isinstance(events, list), (command, events)
        assert events, command
        for event in events:
            state = evolve(state, event)
    return state


INCOMPLETE = given(replace(ENTER, row=PARTLY))
SUBMITTED = given(ENTER)
STATES = {"new": NEW, "incomplete": INCOMPLETE, "submitted": SUBMITTED, "dropped": given(Drop(NOON), start=INCOMPLETE)}
COMMANDS: list[Any] = [
    ENTER,
    replace(ENTER, row=PARTLY),
    replace(ENTER, row=CLEARANCE),
    replace(ENTER, row=SUMMIT),
    replace(ENTER, at=datetime(1990, 1, 1, tzinfo=BRUSSELS)),
    Drop(NOON),
    Due("no such clock", NOON),
]


@pytest.mark.parametrize(("name", "command"), list(product(STATES, COMMANDS)))
def test_a_line_starts_no_term_and_is_submitted_once(name: str, command: Any) -> None:
    state = STATES[name]
    decided = decide(state, command)
    for event in [] if isinstance(decided, Refused) else decided:
        state = evolve(state, event)
    assert due(state) == set()
    if state.status is Status.SUBMITTED:
        assert isinstance(decide(state, replace(ENTER, row=CLEARANCE)), Refused) or state.row == CLEARANCE


def test_a_line_that_misses_something_is_kept_with_what_it_misses() -> None:
    missing = ("birth_date", "national_number", "purpose")
    assert decide(NEW, replace(ENTER, row=PARTLY)) == [Entered(UNIT, "2026-1", CASE, ANN, PARTLY, VAULT, missing, OFFICER, NOON)]
    assert (INCOMPLETE.status, INCOMPLETE.missing) == (Status.INCOMPLETE, missing)


def test_the_term_runs_from_the_day_on_which_the_line_is_complete() -> None:
    decided = decide(INCOMPLETE, replace(ENTER, at=LATER))
    assert isinstance(decided, list)
    assert [type(event) for event in decided] == [Entered, Completed]
    (to,) = ask_for_line(decided[1], Cause("1", "t", "s", "", LATER))  # type: ignore[arg-type]
    assert (to.kind, to.id, to.command.asked_by, to.command.requester_ref) == ("case", CASE, case.SELF, f"draft:{CASE}")
    opened = case.decide(case.NEW, to.command)
    assert isinstance(opened, list)
    assert opened[0].decision_due_at == datetime(2026, 6, 20, tzinfo=BRUSSELS), "30 days from 20 May, not from 15 April"  # type: ignore[union-attr]


@pytest.mark.parametrize("wanted", Wanted)
def test_each_kind_has_its_checklist(wanted: Wanted) -> None:
    assert lacks(Row(wanted)) == CHECKLIST[wanted]
    assert all(lacks(row) == () for row in (ADVICE, CLEARANCE, SUMMIT))


def test_a_complete_line_goes_where_it_is_answered() -> None:
    cause = Cause("1", "t", "s", "", NOON)
    (to,) = ask_for_line(decide(NEW, replace(ENTER, row=CLEARANCE))[1], cause)  # type: ignore[index,arg-type]
    assert (to.kind, to.id, type(to.command), to.command.request.kind) == ("person", ANN, person.Ask, Kind.CLEARANCE)
    (to,) = ask_for_line(decide(NEW, replace(ENTER, row=SUMMIT))[1], cause)  # type: ignore[index,arg-type]
    assert (to.kind, to.id) == ("gathering", EVENT)
    assert to.command == gathering.Invite((gathering.Invited(ANN, VAULT, SUMMIT.consent),), NOON)


def test_what_the_law_refuses_is_refused_with_its_line() -> None:
    assert decide(NEW, replace(ENTER, at=datetime(1990, 1, 1, tzinfo=BRUSSELS))) == Refused("SCR-REGIME", "kind")


def test_what_was_submitted_or_dropped_stays_so() -> None:
    assert decide(SUBMITTED, ENTER) == []
    assert decide(SUBMITTED, replace(ENTER, row=CLEARANCE)) == Refused("SCR-DRAFT", "reference")
    assert decide(INCOMPLETE, Drop(NOON)) == [Dropped(NOON)]
    assert decide(STATES["dropped"], ENTER) == Refused("SCR-DRAFT", "reference")
    assert decide(SUBMITTED, Drop(NOON)) == Refused("SCR-DRAFT")
    assert decide(NEW, Drop(NOON)) == Refused("NOT-FOUND")


@all_of(st.sampled_from(list(Wanted)), st.sets(st.sampled_from(PERSON)), st.booleans(), st.booleans(), st.sets(st.sampled_from(list(Signer))), st.booleans())
def test_a_line_is_asked_for_exactly_when_nothing_is_missing(
    wanted: Wanted, personal: set[str], purpose: bool, level: bool, signers: set[Signer], rest: bool
) -> None:
    row = Row(
        wanted,
        tuple(sorted(personal)),
        "sensitive_post" if purpose else None,
        date(2026, 7, 1) if rest else None,
        Level.GEHEIM if level else None,
        (),
        POST if rest else None,
        tuple(sorted(signers)),
        EVENT if rest else None,
    )
    decided = decide(NEW, replace(ENTER, row=row))
    assert isinstance(decided, list)
    assert isinstance(decided[-1], Completed) is not bool(lacks(row))
