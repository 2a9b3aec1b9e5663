"""A person over all their cases: each rule as a sentence that may be false."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import product
from typing import Any

import pytest
from hypothesis import given as all_of
from hypothesis import strategies as st

from cg_contracts.levels import Level
from cg_contracts.screening import Scope
from cg_contracts.screening import ScreeningKind as Kind
from cg_kit.pure import Due, Refused, named
from services.screening import outgoing
from services.screening.domain.case import Request
from services.screening.domain.impact import Touch
from services.screening.domain.person import (
    NEW,
    Ask,
    CaseNeeded,
    ClearanceDropped,
    ClearanceFound,
    EndUse,
    Had,
    Held,
    HolderTransferred,
    Keep,
    LoseClearance,
    NoteAbandoned,
    NoteAnswer,
    NoteClearance,
    NoteTransfer,
    NoteUse,
    Nuclear,
    Origin,
    Person,
    Report,
    Reported,
    Thing,
    TouchUse,
    UseEnded,
    decide,
    due,
    evolve,
)
from services.screening.domain.regime import BRUSSELS, Renewal, years_after

NOON = datetime(2026, 4, 15, 12, tzinfo=BRUSSELS)
LATER = NOON + timedelta(days=20)
PERSON, FIRST, SECOND, USE, OTHER = (named("test", name) for name in ("person", "first", "second", "use", "other use"))
ASKED = Request(named("test", "request"), "FANC/1", "fanc", Kind.NUCLEAR, "site_access", PERSON, None, date(2026, 7, 1), None, NOON)
AGAIN = replace(ASKED, request_id=named("test", "again"), at=LATER)


def given(*commands: Any, start: Person = NEW) -> Person:
    """The person after these commands."""
    state = start
    for command in commands:
        events = decide(state, command)
        assert isinstance(events, list), (command, events)
        for event in events:
            state = evolve(state, event)
    return state


CLEARED = replace(ASKED, kind=Kind.CLEARANCE, level=Level.GEHEIM)
EXPIRY = datetime(2031, 4, 1, tzinfo=BRUSSELS)
LOW = Held(named("test", "low"), Level.VERTROUWELIJK, (), EXPIRY, Renewal())
HIGH = Held(named("test", "high"), Level.ZEER_GEHEIM, (Scope.NATIONAL, Scope.NATO), EXPIRY - timedelta(days=90), Renewal(apply="10 months before"))
HOLDER = given(NoteClearance(LOW), NoteClearance(HIGH))
RUNNING = given(Ask(FIRST, USE, ASKED))
ANSWERED = given(NoteAnswer(FIRST, LATER), start=RUNNING)
REUSING = given(NoteUse(USE, HIGH.clearance_id), start=HOLDER)
REPORT = Report(named("test", "report"), Origin.ADVERSE_INFORMATION, "other", named("test", "asked"), "OM/1", "justice", None, None, NOON)
TOLD = replace(REPORT, report_id=named("test", "told"), origin=Origin.CHANGE_OF_CIRCUMSTANCES, request_id=None, requester_ref="", account="", by=PERSON)
VERIFIED = given(Keep(FIRST))
STATES = {
    "verified": VERIFIED,
    "reported": given(REPORT, start=VERIFIED),
    "new": NEW,
    "running": RUNNING,
    "answered": ANSWERED,
    "holder": HOLDER,
    "reusing": REUSING,
}
MOVE = NoteTransfer(named("test", "unit"), date(2026, 5, 1), LATER)
COMMANDS: list[Any] = [
    MOVE,
    TouchUse(USE, Touch(named("test", "reorganisation"), date(2026, 7, 1), named("test", "post"), True)),
    Ask(FIRST, USE, ASKED),
    Ask(SECOND, OTHER, AGAIN),
    Ask(SECOND, OTHER, replace(AGAIN, exception_code="bridging_clearance")),
    Ask(SECOND, OTHER, replace(AGAIN, exception_code="because")),
    NoteAnswer(FIRST, LATER),
    NoteAbandoned(FIRST),
    Ask(FIRST, USE, CLEARED),
    Ask(FIRST, USE, replace(CLEARED, level=Level.BEPERKT)),
    NoteClearance(LOW),
    LoseClearance(HIGH.clearance_id, FIRST, USE, CLEARED),
    NoteUse(USE, HIGH.clearance_id),
    EndUse(USE, LATER),
    Keep(FIRST),
    REPORT,
    TOLD,
    Due("no such clock", NOON),
]


@pytest.mark.parametrize(("name", "command"), list(product(STATES, COMMANDS)))
def test_whatever_is_decided_is_decided_once(name: str, command: Any) -> None:
    state = STATES[name]
    decided = decide(state, command)
    if isinstance(decided, Refused):
        return
    for event in decided:
        state = evolve(state, event)
    assert due(state) == set()
    if not isinstance(command, Ask | LoseClearance | TouchUse | NoteTransfer):
        assert decide(state, command) == []


def test_scr_10_no_nuclear_verification_within_three_years_of_the_previous_one() -> None:
    assert decide(ANSWERED, Ask(SECOND, OTHER, AGAIN)) == Refused("SCR-10", "kind")
    three_years_on = replace(AGAIN, at=years_after(LATER, 3))
    assert decide(ANSWERED, Ask(SECOND, OTHER, three_years_on)) == [CaseNeeded(SECOND, three_years_on)]


@all_of(st.timedeltas(timedelta(0), timedelta(days=4000)))
def test_scr_10_on_every_day(passed: timedelta) -> None:
    asked = replace(AGAIN, at=LATER + passed)
    assert isinstance(decide(ANSWERED, Ask(SECOND, OTHER, asked)), Refused) is (asked.at < years_after(LATER, 3))


def test_scr_10_nor_beside_one_that_runs() -> None:
    assert decide(RUNNING, Ask(SECOND, OTHER, AGAIN)) == Refused("SCR-10", "kind")
    assert decide(RUNNING, Ask(FIRST, USE, ASKED)) == [CaseNeeded(FIRST, ASKED)], "the same request again is for the case to say"


def test_scr_10_but_for_a_reason_that_the_rules_list() -> None:
    bridging = replace(AGAIN, exception_code="bridging_clearance")
    assert decide(ANSWERED, Ask(SECOND, OTHER, bridging)) == [CaseNeeded(SECOND, bridging)]
    assert decide(ANSWERED, Ask(SECOND, OTHER, replace(AGAIN, exception_code="because"))) == Refused("SCR-10", "exception_code")


def test_scr_10_what_never_was_answered_stands_in_nobodys_way() -> None:
    assert given(NoteAbandoned(FIRST), start=RUNNING) == NEW


def test_what_the_law_refuses_leaves_no_trace_on_the_person() -> None:
    before = replace(ASKED, at=datetime(1990, 1, 1, tzinfo=BRUSSELS))
    assert decide(NEW, Ask(FIRST, USE, before)) == Refused("SCR-REGIME", "kind")


def test_the_three_years_count_from_the_answer() -> None:
    assert ANSWERED.nuclear == (Nuclear(FIRST, LATER),)


def test_a_clearance_that_is_high_and_wide_enough_answers_before_a_new_enquiry_is_opened() -> None:
    assert decide(HOLDER, Ask(FIRST, USE, CLEARED)) == [ClearanceFound(HIGH.clearance_id, FIRST, USE, CLEARED)]
    low = replace(CLEARED, level=Level.VERTROUWELIJK)
    assert decide(HOLDER, Ask(FIRST, USE, low)) == [ClearanceFound(LOW.clearance_id, FIRST, USE, low)], "the last to expire"
    nato = replace(low, scopes=(Scope.NATO,))
    assert decide(HOLDER, Ask(FIRST, USE, nato)) == [ClearanceFound(HIGH.clearance_id, FIRST, USE, nato)]
    eu = replace(low, scopes=(Scope.EU,))
    assert decide(HOLDER, Ask(FIRST, USE, eu)) == [CaseNeeded(FIRST, eu)]
    assert decide(NEW, Ask(FIRST, USE, CLEARED)) == [CaseNeeded(FIRST, CLEARED)]


def test_a_clearance_that_was_lost_is_dropped_and_the_next_one_is_looked_at() -> None:
    low = replace(CLEARED, level=Level.VERTROUWELIJK)
    decided = decide(HOLDER, LoseClearance(LOW.clearance_id, FIRST, USE, low))
    assert decided == [ClearanceDropped(LOW.clearance_id), ClearanceFound(HIGH.clearance_id, FIRST, USE, low)]
    decided = decide(HOLDER, LoseClearance(HIGH.clearance_id, FIRST, USE, CLEARED))
    assert decided == [ClearanceDropped(HIGH.clearance_id), CaseNeeded(FIRST, CLEARED)]


def test_what_was_answered_by_a_clearance_is_answered_once() -> None:
    assert decide(REUSING, Ask(FIRST, USE, CLEARED)) == []


def test_when_it_ends_all_clearances_that_it_rested_on_hear_it() -> None:
    twice = given(NoteUse(USE, LOW.clearance_id), start=REUSING)
    assert decide(twice, EndUse(USE, LATER)) == [UseEnded(USE, (HIGH.clearance_id, LOW.clearance_id), LATER)]
    assert decide(NEW, EndUse(USE, LATER)) == []


# What is said of somebody


def test_what_is_said_of_somebody_who_has_nothing_here_is_not_kept() -> None:
    assert decide(NEW, REPORT) == Refused("SCR-UNKNOWN", "person_id")


def test_a_report_names_all_that_the_person_has_and_counts_once() -> None:
    both = given(Keep(FIRST), start=HOLDER)
    assert decide(both, Keep(FIRST)) == []
    had = (Had(Thing.CLEARANCE, LOW.clearance_id), Had(Thing.CLEARANCE, HIGH.clearance_id), Had(Thing.CASE, FIRST))
    assert decide(both, REPORT) == [Reported(REPORT, had)]
    assert decide(given(REPORT, start=both), REPORT) == []


def test_only_an_authority_is_answered_and_not_a_word_of_what_the_person_has() -> None:
    (said,) = outgoing.person_tells(PERSON, Reported(REPORT, ()), NEW)
    assert set(said.model_dump(exclude_none=True)) == {"aftercare_id", "request_id", "requester_ref"}
    assert said.subject == str(REPORT.report_id)
    assert list(outgoing.person_tells(PERSON, Reported(TOLD, ()), NEW)) == []


def test_the_clearances_of_who_moves_are_asked_whether_they_are_needed() -> None:
    assert decide(HOLDER, MOVE) == [HolderTransferred((LOW.clearance_id, HIGH.clearance_id), MOVE.to_unit_id, MOVE.effective_from, LATER)]
    assert decide(VERIFIED, MOVE) == [], "who holds none is not looked at"
    assert decide(HOLDER, replace(MOVE, at=EXPIRY)) == [], "nor what has expired"
