"""An aftercare case: each rule as a sentence that may be false, and every command in every state."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import product
from typing import Any

import pytest

from cg_contracts.screening import Outcome
from cg_kit.pure import Deadline, Due, Refused, named
from services.screening.domain.aftercare import (
    NEW,
    AddTask,
    Aftercare,
    AftercareConcluded,
    Conclude,
    Conclusion,
    DoTask,
    NoteReassessed,
    NoteReassessment,
    Open,
    Own,
    ReportToAuthority,
    Status,
    decide,
    due,
    evolve,
)
from services.screening.domain.person import Had, Origin, Thing
from services.screening.domain.regime import BRUSSELS

NOON = datetime(2026, 4, 15, 12, tzinfo=BRUSSELS)
LATER = NOON + timedelta(days=3)
PERSON, OWNER, HEAD, STRANGER = (named("test", name) for name in ("person", "owner", "head", "stranger"))
CASE = named("test", "case")
OPEN = Open(PERSON, Origin.ADVERSE_INFORMATION, "other", "justice", "OM/1", None, None, (Had(Thing.CASE, CASE),), NOON)


def given(*commands: Any, start: Aftercare = NEW) -> Aftercare:
    """The case after these commands, each of which changes it."""
    state = start
    for command in commands:
        events = decide(state, command)
        assert not isinstance(events, Refused), (command, events)
        assert events, command
        for event in events:
            state = evolve(state, event)
    return state


def conclude(conclusion: Conclusion = Conclusion.NO_CONSEQUENCE, by: Any = OWNER) -> Conclude:
    return Conclude(conclusion, by, LATER)


OPENED = given(OPEN)
OWNED = given(Own(OWNER, HEAD, NOON), start=OPENED)
TASKED = given(AddTask("interview", OWNER, LATER), start=OWNED)
REASSESSING = given(NoteReassessment(CASE, NOON), start=OWNED)
REASSESSED = given(NoteReassessed(CASE, Outcome.NEGATIVE, LATER), start=REASSESSING)
TOLD = given(ReportToAuthority("NVO/9", OWNER, LATER), start=OWNED)
MOVED = replace(OPEN, origin=Origin.TRANSFER, category="transfer", account="org", person_had=(Had(Thing.CLEARANCE, CASE),), effective_from=date(2026, 5, 1))
MOVING = given(MOVED, Own(OWNER, HEAD, NOON))
CONCLUDED = given(conclude(), start=OWNED)
LATE = given(Due("review", OPENED.due_at or NOON), start=OPENED)
STATES = {
    "new": NEW,
    "open": OPENED,
    "owned": OWNED,
    "tasked": TASKED,
    "task done": given(DoTask("interview", OWNER, LATER), start=TASKED),
    "reassessing": REASSESSING,
    "reassessed": REASSESSED,
    "told": TOLD,
    "concluded": CONCLUDED,
    "moving": MOVING,
    "late": LATE,
}
COMMANDS: list[Any] = [
    OPEN,
    MOVED,
    Own(OWNER, HEAD, LATER),
    Own(PERSON, HEAD, LATER),
    Own(STRANGER, PERSON, LATER),
    AddTask("interview", OWNER, LATER),
    AddTask("interview", STRANGER, LATER),
    DoTask("interview", OWNER, LATER),
    ReportToAuthority("NVO/9", OWNER, LATER),
    NoteReassessment(CASE, LATER),
    NoteReassessed(CASE, Outcome.POSITIVE, LATER),
    NoteReassessed(CASE, None, LATER),
    *(conclude(conclusion) for conclusion in Conclusion),
    Due("review", LATER),
    Due("no such clock", LATER),
]


@pytest.mark.parametrize(("name", "command"), list(product(STATES, COMMANDS)))
def test_whatever_is_decided_changes_the_case(name: str, command: Any) -> None:
    state = STATES[name]
    decided = decide(state, command)
    if isinstance(decided, Refused):
        return
    for event in decided:
        after = evolve(state, event)
        assert after != state
        state = after
    if isinstance(command, Due):
        assert decide(state, command) == ([] if STATES[name] is not NEW else Refused("NOT-FOUND")), "a clock strikes once"


@pytest.mark.parametrize("name", STATES)
def test_a_deadline_that_falls_due_runs_no_longer(name: str) -> None:
    for deadline in due(STATES[name]):
        assert deadline not in due(given(Due(deadline.name, deadline.at), start=STATES[name]))


def test_its_own_clock_runs_until_it_is_concluded() -> None:
    assert due(OPENED) == due(OWNED) == {Deadline("review", datetime(2026, 7, 21, tzinfo=BRUSSELS))}, "95 days to Sunday 19 July, so Monday"
    assert due(CONCLUDED) == set()
    assert (LATE.status, LATE.late_at) == (Status.OPEN, OPENED.due_at)


def test_whether_who_moves_needs_to_know_is_looked_into_within_ten_working_days_of_the_move() -> None:
    assert due(MOVING) == {Deadline("review", datetime(2026, 5, 19, tzinfo=BRUSSELS))}, "from Labour Day on, without Ascension Day"
    assert decide(MOVING, conclude()) == Refused("SCR-CONCLUSION", "conclusion"), "the question has an answer of its own"
    assert decide(OWNED, conclude(Conclusion.NEED_ENDED)) == Refused("SCR-CONCLUSION", "conclusion")
    assert decide(MOVING, conclude(Conclusion.NEED_CONFIRMED)) == [AftercareConcluded(Conclusion.NEED_CONFIRMED, OWNER, LATER)]
    assert decide(MOVING, conclude(Conclusion.NEED_ENDED)) == [AftercareConcluded(Conclusion.NEED_ENDED, OWNER, LATER, MOVED.person_had)]
    assert due(given(replace(MOVED, effective_from=date(2026, 1, 1)))) == {Deadline("review", datetime(2026, 4, 30, tzinfo=BRUSSELS))}, (
        "from when we hear of it"
    )


def test_scr_3_nobody_looks_into_themselves_and_the_owner_alone_needs_to_know() -> None:
    assert decide(OPENED, Own(PERSON, HEAD, NOON)) == Refused("SCR-3", "owner")
    assert decide(OPENED, Own(OWNER, PERSON, NOON)) == Refused("SCR-3")
    assert decide(OWNED, AddTask("interview", STRANGER, NOON)) == Refused("SCR-NEED")
    assert decide(OPENED, conclude()) == Refused("SCR-NEED"), "not without an owner"


def test_nothing_is_concluded_before_all_is_done() -> None:
    assert decide(TASKED, conclude()) == Refused("SCR-TASKS")
    assert decide(REASSESSING, conclude()) == Refused("SCR-REASSESSING")
    assert decide(TASKED, DoTask("another", OWNER, LATER)) == Refused("SCR-TASK-UNKNOWN", "code")


def test_a_conclusion_says_what_was_done() -> None:
    for conclusion, state in ((Conclusion.ADVICE_REASSESSED, REASSESSED), (Conclusion.REPORTED_TO_AUTHORITY, TOLD)):
        assert decide(OWNED, conclude(conclusion)) == Refused("SCR-CONCLUSION", "conclusion")
        assert decide(state, conclude(conclusion)) == [AftercareConcluded(conclusion, OWNER, LATER)]
    ended = given(NoteReassessed(CASE, None, LATER), start=REASSESSING)
    assert decide(ended, conclude(Conclusion.ADVICE_REASSESSED)) == Refused("SCR-CONCLUSION", "conclusion"), "the advice ended by itself"


def test_what_is_concluded_stays_so() -> None:
    assert decide(CONCLUDED, conclude()) == []
    assert decide(CONCLUDED, conclude(Conclusion.GUIDANCE_GIVEN)) == Refused("SCR-STATE")
    assert decide(CONCLUDED, AddTask("interview", OWNER, LATER)) == Refused("SCR-STATE")
