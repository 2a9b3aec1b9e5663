"""An appeal: each rule as a sentence that may be false, and every command in every state."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import product
from typing import Any

import pytest

from cg_contracts.screening import AppealOutcome, Ground, Instrument
from cg_contracts.screening import ScreeningKind as Kind
from cg_kit.pure import Due, Refused, named
from services.screening import outgoing
from services.screening.domain.appeal import (
    NEW,
    PENDING,
    Appeal,
    Designate,
    File,
    Filing,
    Hear,
    PlanHearing,
    Rule,
    Ruled,
    Ruling,
    RulingOverdue,
    SendFile,
    Status,
    Target,
    decide,
    due,
    evolve,
)
from services.screening.domain.regime import BRUSSELS, TERMS

NOON = datetime(2026, 4, 15, 12, tzinfo=BRUSSELS)
LATER = NOON + timedelta(days=20)
PERSON, CLERK, HEAD, STRANGER = (named("test", name) for name in ("person", "clerk", "head", "stranger"))
APPEAL, TARGET = named("test", "appeal"), named("test", "target")
FILING = Filing(APPEAL, named("test", "lodged"), "BO/1", Ground.NEGATIVE, NOON.date(), NOON)
FILE = File(FILING, Instrument.ADVICE, Target.CASE, TARGET, None, PERSON, "post:1/assignment:2", datetime(2026, 4, 24, tzinfo=BRUSSELS))
CLEARANCE = replace(
    FILE, filing=replace(FILING, ground=Ground.LATE), instrument=Instrument.CLEARANCE, target=Target.APPLICATION, application_id=TARGET, until=None
)
CERTIFICATE = replace(FILE, filing=replace(FILING, ground=Ground.REFUSED), instrument=Instrument.CERTIFICATE)


def given(*commands: Any, start: Appeal = NEW) -> Appeal:
    """The appeal after these commands, each of which changes it."""
    state = start
    for command in commands:
        events = decide(state, command)
        assert not isinstance(events, Refused), (command, events)
        assert events, command
        for event in events:
            state = evolve(state, event)
    return state


def rule(outcome: AppealOutcome, within: str | None = None, valid_until: datetime | None = None) -> Rule:
    return Rule(Ruling("BO/1", outcome, LATER, within, valid_until), LATER)


HANDLED = Designate((CLERK,), HEAD, NOON)
HEARING = datetime(2026, 5, 4, 14, tzinfo=BRUSSELS)
PLAN = PlanHearing(date(2026, 4, 29), HEARING, CLERK, NOON)
FILED = given(FILE, HANDLED)
ADMISSIBILITY = given(SendFile(("annex_3",), CLERK, NOON), start=FILED)
CONSULTED = given(PLAN, start=ADMISSIBILITY)
HEARD = given(Hear(HEARING, CLERK, LATER), start=CONSULTED)
DECIDED = given(rule(AppealOutcome.UNFOUNDED), start=HEARD)
LATE = given(Due("decision", FILED.decision_due_at or NOON), start=FILED)
STATES = {
    "new": NEW,
    "filed": FILED,
    "admissibility": ADMISSIBILITY,
    "file consultation": CONSULTED,
    "heard": HEARD,
    "decided": DECIDED,
    "late": LATE,
    "clearance": given(CLEARANCE, HANDLED),
    "certificate": given(CERTIFICATE),
}
COMMANDS: list[Any] = [
    FILE,
    CLEARANCE,
    Designate((STRANGER,), HEAD, LATER),
    Designate((PERSON,), HEAD, LATER),
    SendFile((), CLERK, LATER),
    SendFile((), STRANGER, LATER),
    replace(PLAN, by=PERSON),
    PLAN,
    replace(PLAN, consultation_from=date(2026, 4, 30)),
    replace(PLAN, hearing_at=NOON - timedelta(hours=1)),
    Hear(HEARING, CLERK, LATER),
    Hear(LATER + timedelta(days=1), CLERK, LATER),
    rule(AppealOutcome.UNFOUNDED),
    rule(AppealOutcome.FOUNDED),
    rule(AppealOutcome.FOUNDED, valid_until=LATER + timedelta(days=400)),
    rule(AppealOutcome.FOUNDED, valid_until=LATER + timedelta(days=4000)),
    rule(AppealOutcome.REINVESTIGATE, "60 days"),
    Rule(Ruling("BO/1", AppealOutcome.UNFOUNDED, LATER), NOON),
    Rule(Ruling("BO/1", AppealOutcome.UNFOUNDED, NOON - timedelta(days=2)), LATER),
    Due("decision", LATER),
    Due("no such clock", LATER),
]


@pytest.mark.parametrize(("name", "command"), list(product(STATES, COMMANDS)))
def test_whatever_is_decided_changes_the_appeal_and_can_be_told(name: str, command: Any) -> None:
    state = STATES[name]
    decided = decide(state, command)
    if isinstance(decided, Refused):
        return
    for event in decided:
        after = evolve(state, event)
        assert after != state
        for message in outgoing.appeal_tells(APPEAL, event, after):
            assert message.subject == str(APPEAL)
        state = after
    if isinstance(command, Due):
        assert decide(state, command) == ([] if STATES[name] is not NEW else Refused("NOT-FOUND")), "a clock strikes once"


@pytest.mark.parametrize("name", STATES)
def test_a_deadline_that_falls_due_runs_no_longer(name: str) -> None:
    for deadline in due(STATES[name]):
        assert deadline not in due(given(Due(deadline.name, deadline.at), start=STATES[name]))


# The body's own term (DL-10), from the day of filing


@pytest.mark.parametrize(
    ("file", "due_at"),
    [
        (FILE, datetime(2026, 5, 16, tzinfo=BRUSSELS)),  # 30 days to Friday 15 May
        (CERTIFICATE, datetime(2026, 5, 1, tzinfo=BRUSSELS)),  # 15 days to Thursday 30 April
        (CLEARANCE, datetime(2026, 6, 16, tzinfo=BRUSSELS)),  # 60 days to Sunday 14 June, so Monday
    ],
)
def test_dl_10_the_body_decides_within_its_term(file: File, due_at: datetime) -> None:
    assert given(file).decision_due_at == due_at


def test_dl_08_and_dl_09_the_windows_are_those_of_the_instruments() -> None:
    assert (TERMS[Kind.CLEARANCE].appeal, TERMS[Kind.ADVICE].appeal) == ("30 days", "8 days")


def test_a_body_that_is_late_is_said_to_be_and_can_still_decide() -> None:
    assert decide(FILED, Due("decision", LATER)) == [RulingOverdue(LATER)]
    (said,) = outgoing.appeal_tells(APPEAL, RulingOverdue(LATER), LATE)
    assert said.about.name == "AppealDecisionDeadlineMissed"
    assert given(rule(AppealOutcome.UNFOUNDED), start=LATE).status is Status.DECIDED


# SCR-12: the day of posting counts


@pytest.mark.parametrize(("posted_on", "in_time"), [(date(2026, 4, 23), True), (date(2026, 4, 24), False)])
def test_scr_12_the_last_day_is_in_time_and_late_filing_is_only_flagged(posted_on: date, in_time: bool) -> None:
    filed = given(replace(FILE, filing=replace(FILING, posted_on=posted_on, at=NOON + timedelta(days=30))))
    assert (filed.status, filed.in_time) == (Status.FILED, in_time)


def test_before_the_person_was_notified_every_day_is_in_time() -> None:
    assert given(replace(FILE, until=None)).in_time


# The procedure


def test_the_file_is_read_at_least_five_days_before_the_hearing() -> None:
    assert decide(ADMISSIBILITY, replace(PLAN, consultation_from=date(2026, 4, 30))) == Refused("SCR-CONSULTATION", "consultation_from")
    assert decide(CONSULTED, Hear(HEARING - timedelta(days=1), CLERK, LATER)) == Refused("SCR-CONSULTATION", "held_at")
    assert decide(CONSULTED, Hear(datetime(1, 1, 2, tzinfo=BRUSSELS), CLERK, LATER)) == Refused("SCR-CONSULTATION", "held_at")
    moved = given(replace(PLAN, hearing_at=HEARING + timedelta(days=7)), start=CONSULTED)
    assert (moved.status, moved.hearing_at) == (Status.FILE_CONSULTATION, HEARING + timedelta(days=7))


def test_nothing_is_heard_before_the_file_was_there() -> None:
    assert decide(FILED, PLAN) == Refused("SCR-STATE")
    assert decide(ADMISSIBILITY, Hear(HEARING, CLERK, LATER)) == Refused("SCR-STATE")


def test_scr_3_nobody_handles_their_own_appeal_nor_without_need() -> None:
    assert decide(FILED, SendFile((), PERSON, NOON)) == Refused("SCR-3")
    assert decide(FILED, SendFile((), STRANGER, NOON)) == Refused("SCR-NEED")
    assert decide(FILED, Designate((PERSON,), HEAD, NOON)) == Refused("SCR-3", "officers")


@pytest.mark.parametrize("state", [FILED, ADMISSIBILITY, CONSULTED, HEARD, LATE])
def test_the_body_decides_when_it_will_and_once(state: Appeal) -> None:
    assert state.status in PENDING
    decided = given(rule(AppealOutcome.INADMISSIBLE), start=state)
    assert decide(decided, rule(AppealOutcome.INADMISSIBLE)) == []
    assert decide(decided, rule(AppealOutcome.FOUNDED)) == Refused("SCR-APPEALED", "decision_ref")
    assert due(decided) == set()


# Outcomes by instrument


@pytest.mark.parametrize("outcome", [AppealOutcome.REINVESTIGATE, AppealOutcome.EXTRA_TIME])
def test_a_new_term_is_set_for_a_clearance_only(outcome: AppealOutcome) -> None:
    for file in (FILE, CERTIFICATE):
        assert decide(given(file), rule(outcome, "60 days")) == Refused("SCR-OUTCOME", "outcome")
    decided = decide(given(CLEARANCE), rule(outcome, "60 days"))
    assert isinstance(decided, list)
    (ruled,) = decided
    assert isinstance(ruled, Ruled)
    assert ruled.decide_before == datetime(2026, 7, 7, tzinfo=BRUSSELS), "60 days from Tuesday 5 May to Saturday 4 July, so Monday"


def test_only_an_advice_is_given_by_the_body_and_for_five_years_at_most() -> None:
    assert decide(given(CERTIFICATE), rule(AppealOutcome.FOUNDED, valid_until=LATER + timedelta(days=9))) == Refused("SCR-OUTCOME", "valid_until")
    assert decide(FILED, rule(AppealOutcome.FOUNDED, valid_until=LATER + timedelta(days=4000))) == Refused("SCR-9", "valid_until")
    assert decide(FILED, rule(AppealOutcome.FOUNDED, valid_until=LATER)) == Refused("SCR-9", "valid_until")


@pytest.mark.parametrize("outcome", list(AppealOutcome))
def test_scr_5_the_decision_is_told_by_its_code_alone(outcome: AppealOutcome) -> None:
    within = "60 days" if outcome in {AppealOutcome.REINVESTIGATE, AppealOutcome.EXTRA_TIME} else None
    decided = decide(given(CLEARANCE), rule(outcome, within))
    assert isinstance(decided, list)
    (said,) = outgoing.appeal_tells(APPEAL, decided[0], given(CLEARANCE))
    assert said.model_dump()["outcome"] is outcome
    assert said.model_dump()["application_id"] == TARGET
