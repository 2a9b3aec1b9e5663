"""An application at the security authority: each rule as a sentence that may be false, and every command in every state."""

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import product
from typing import Any

import pytest

from cg_contracts.levels import Level
from cg_contracts.screening import Means, NvoOutcome
from cg_kit.pure import Deadline, Due, Refused, named
from services.screening import outgoing
from services.screening.domain.application import (
    NEW,
    AppealWindowClosed,
    Application,
    ConsentWithdrawn,
    DecisionOverdue,
    GrantImported,
    ImportDecision,
    Imported,
    Notified,
    Notify,
    Receive,
    RefusalImported,
    Status,
    WithdrawConsent,
    decide,
    due,
    evolve,
)
from services.screening.domain.regime import BRUSSELS, BY_ID, Kind, years_after

NOON = datetime(2026, 4, 15, 12, tzinfo=BRUSSELS)
LATER = NOON + timedelta(days=100)
PERSON = named("test", "person")
APPLICATION = named("test", "application")
TERMS = BY_ID["2025"].terms_for(Kind.CLEARANCE, Level.GEHEIM)
assert TERMS
RECEIVED = Receive(named("test", "case"), PERSON, named("test", "request"), "post:1/assignment:2", Level.GEHEIM, "2025", TERMS, NOON)


def given(*commands: Any, start: Application = NEW) -> Application:
    """The application after these commands, each of which changes it."""
    state = start
    for command in commands:
        events = decide(state, command)
        assert not isinstance(events, Refused), (command, events)
        assert events, command
        for event in events:
            state = evolve(state, event)
    return state


def decision(outcome: NvoOutcome, level: Level | None = None, expires_at: datetime | None = None, ref: str = "NVO/1") -> ImportDecision:
    return ImportDecision(Imported(ref, outcome, level, LATER, expires_at), LATER)


FIVE_YEARS = years_after(LATER, 5)
GRANT = decision(NvoOutcome.GRANTED, Level.GEHEIM, FIVE_YEARS)
LIMITED = decision(NvoOutcome.GRANTED_LIMITED, Level.VERTROUWELIJK, FIVE_YEARS)
REFUSE = decision(NvoOutcome.REFUSED)
TELL = Notify("nvo", LATER, Means.REGISTERED_LETTER, LATER)

OPEN = given(RECEIVED)
GRANTED = given(GRANT, start=OPEN)
REFUSED = given(REFUSE, start=OPEN)
LATE = given(Due("decision", OPEN.decision_due_at or NOON), start=OPEN)
NOTIFIED = given(TELL, start=REFUSED)
CLOSED = given(Due("appeal", NOTIFIED.appeal_until or NOON), start=NOTIFIED)
WITHDRAWN = given(WithdrawConsent(PERSON, LATER), start=OPEN)
STATES = {
    "new": NEW,
    "open": OPEN,
    "late": LATE,
    "granted": GRANTED,
    "limited": given(LIMITED, start=OPEN),
    "refused": REFUSED,
    "notified": NOTIFIED,
    "closed": CLOSED,
    "withdrawn": WITHDRAWN,
}
COMMANDS: list[Any] = [
    RECEIVED,
    GRANT,
    LIMITED,
    REFUSE,
    decision(NvoOutcome.WITHDRAWN, ref="NVO/2"),
    decision(NvoOutcome.GRANTED, None, None),
    WithdrawConsent(PERSON, LATER),
    TELL,
    replace(TELL, account="hr"),
    Due("decision", datetime(2026, 10, 16, tzinfo=BRUSSELS)),
    Due("appeal", LATER),
]


@pytest.mark.parametrize(("name", "command"), list(product(STATES, COMMANDS)))
def test_whatever_is_decided_changes_the_application_and_can_be_told(name: str, command: Any) -> None:
    state = STATES[name]
    decided = decide(state, command)
    if isinstance(decided, Refused):
        return
    for event in decided:
        after = evolve(state, event)
        assert after != state
        for message in outgoing.application_tells(APPLICATION, event, after):
            assert message.subject == str(APPLICATION)
        state = after


@pytest.mark.parametrize("name", STATES)
def test_a_deadline_that_falls_due_runs_no_longer(name: str) -> None:
    for deadline in due(STATES[name]):
        assert deadline not in due(given(Due(deadline.name, deadline.at), start=STATES[name]))


@pytest.mark.parametrize(
    ("level", "due_at"),
    [
        (Level.VERTROUWELIJK, datetime(2026, 10, 16, tzinfo=BRUSSELS)),
        (Level.GEHEIM, datetime(2026, 10, 16, tzinfo=BRUSSELS)),
        (Level.ZEER_GEHEIM, datetime(2027, 1, 16, tzinfo=BRUSSELS)),
    ],
)
def test_the_authority_has_six_months_and_nine_for_the_highest_level(level: Level, due_at: datetime) -> None:
    terms = BY_ID["2025"].terms_for(Kind.CLEARANCE, level)
    assert terms
    assert due(given(replace(RECEIVED, level=level, terms=terms))) == {Deadline("decision", due_at)}


def test_scr_4_only_an_imported_decision_grants_or_refuses() -> None:
    assert decide(OPEN, GRANT) == [
        GrantImported(GRANT.decision, PERSON, RECEIVED.request_id, RECEIVED.requester_ref, Level.GEHEIM, FIVE_YEARS, "2025"),
    ]
    assert decide(OPEN, REFUSE) == [RefusalImported(REFUSE.decision)]
    for command in COMMANDS:
        if not isinstance(command, ImportDecision):
            after = decide(OPEN, command)
            if isinstance(after, list):
                assert all(evolve(OPEN, event).status not in {Status.GRANTED, Status.GRANTED_LIMITED, Status.REFUSED} for event in after)


def test_scr_4_a_decision_is_imported_once() -> None:
    assert decide(GRANTED, GRANT) == []
    assert decide(CLOSED, REFUSE) == []
    assert decide(GRANTED, REFUSE) == Refused("SCR-4", "decision_ref")
    assert decide(GRANTED, decision(NvoOutcome.REFUSED, ref="NVO/2")) == Refused("SCR-4", "application_id")
    assert decide(NEW, GRANT) == Refused("NOT-FOUND", "application_id")


@pytest.mark.parametrize("outcome", [NvoOutcome.WITHDRAWN, NvoOutcome.LOWERED])
def test_scr_4_what_was_never_granted_is_not_taken_away(outcome: NvoOutcome) -> None:
    assert decide(OPEN, decision(outcome, Level.VERTROUWELIJK)) == Refused("SCR-4", "outcome")


@pytest.mark.parametrize(
    ("outcome", "level"),
    [
        (NvoOutcome.GRANTED, Level.ZEER_GEHEIM),
        (NvoOutcome.GRANTED, Level.VERTROUWELIJK),
        (NvoOutcome.GRANTED_LIMITED, Level.ZEER_GEHEIM),
        (NvoOutcome.GRANTED_LIMITED, Level.BEPERKT),
    ],
)
def test_nothing_above_or_beside_what_was_applied_for_is_granted(outcome: NvoOutcome, level: Level) -> None:
    assert decide(OPEN, decision(outcome, level, FIVE_YEARS)) == Refused("SCR-LEVEL", "level")


def test_a_limited_grant_is_lower_or_shorter() -> None:
    shorter = decision(NvoOutcome.GRANTED_LIMITED, Level.GEHEIM, FIVE_YEARS - timedelta(days=400))
    assert given(shorter, start=OPEN).status is Status.GRANTED_LIMITED
    assert given(LIMITED, start=OPEN).status is Status.GRANTED_LIMITED


@pytest.mark.parametrize("expires_at", [FIVE_YEARS + timedelta(seconds=1), LATER, None, datetime.max.replace(tzinfo=BRUSSELS)])
def test_scr_9_a_clearance_holds_for_five_years_at_most(expires_at: datetime | None) -> None:
    assert decide(OPEN, decision(NvoOutcome.GRANTED, Level.GEHEIM, expires_at)) == Refused("SCR-9", "expires_at")


def test_a_decision_is_dated_between_transmission_and_now() -> None:
    ahead = ImportDecision(replace(GRANT.decision, decided_at=LATER + timedelta(seconds=1)), LATER)
    assert decide(OPEN, ahead) == Refused("SCR-FUTURE", "decided_at")
    before = ImportDecision(replace(GRANT.decision, decided_at=NOON - timedelta(days=1)), LATER)
    assert decide(OPEN, before) == Refused("SCR-4", "decided_at")


def test_scr_6_late_is_neither_granted_nor_refused_and_opens_an_appeal() -> None:
    due_at = datetime(2026, 10, 16, tzinfo=BRUSSELS)
    decided = decide(OPEN, Due("decision", due_at))
    assert decided == [DecisionOverdue(due_at, datetime(2026, 11, 17, tzinfo=BRUSSELS))], "30 days from 15 October end on a Saturday"
    assert LATE.status is Status.UNDER_INVESTIGATION
    assert given(GRANT, start=LATE).status is Status.GRANTED


def test_scr_12_the_appeal_about_a_clearance_runs_thirty_days_from_notification() -> None:
    told = datetime(2026, 9, 1, 9, tzinfo=BRUSSELS)
    assert decide(REFUSED, replace(TELL, notified_at=told, at=told)) == [Notified(told, TELL.means, datetime(2026, 10, 2, tzinfo=BRUSSELS))]
    assert decide(REFUSED, replace(TELL, account="hr")) == Refused("SCR-NOTIFIER", "application_id")
    assert decide(OPEN, TELL) == Refused("SCR-UNDECIDED", "application_id")
    assert decide(REFUSED, replace(TELL, notified_at=LATER + timedelta(hours=1))) == Refused("SCR-FUTURE", "notified_at")
    assert decide(REFUSED, replace(TELL, notified_at=LATER - timedelta(days=1))) == Refused("SCR-12", "notified_at")
    assert decide(NOTIFIED, TELL) == []
    assert NOTIFIED.appeal_until
    assert decide(NOTIFIED, Due("appeal", NOTIFIED.appeal_until)) == [AppealWindowClosed(NOTIFIED.appeal_until)]
    assert CLOSED.status is Status.CLOSED


def test_the_person_may_withdraw_until_the_authority_has_decided() -> None:
    assert decide(OPEN, WithdrawConsent(PERSON, LATER)) == [ConsentWithdrawn(LATER)]
    assert decide(OPEN, WithdrawConsent(named("test", "somebody else"), LATER)) == Refused("SCR-PERSON")
    assert decide(GRANTED, WithdrawConsent(PERSON, LATER)) == Refused("SCR-STATE")
    assert decide(WITHDRAWN, GRANT) == Refused("SCR-STATE")
    assert due(WITHDRAWN) == set()
    (said,) = outgoing.application_tells(APPLICATION, ConsentWithdrawn(LATER), WITHDRAWN)
    assert said.model_dump()["reason_code"] == "consent_withdrawn"
