"""An application at the security authority: each rule as a sentence that may be false, and every command in every state."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import product
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given as all_of
from hypothesis import strategies as st

from cg_contracts.levels import Level
from cg_contracts.screening import AppealOutcome, Ground, Means, NvoOutcome, Scope
from cg_kit.pure import Deadline, Due, Refused, named
from cg_kit.pure.terms import day_off
from services.screening import outgoing
from services.screening.domain.appeal import Filing, Ruling
from services.screening.domain.application import (
    NEW,
    Appeal,
    AppealWindowClosed,
    Application,
    ConcludeAppeal,
    ConsentWithdrawn,
    DecisionOverdue,
    EndNeed,
    Extend,
    Extension,
    GrantImported,
    ImportDecision,
    Imported,
    Notified,
    Notify,
    Receive,
    RefusalImported,
    RetentionEnded,
    Status,
    TermExtended,
    TouchBy,
    WithdrawConsent,
    decide,
    due,
    evolve,
    grounds,
)
from services.screening.domain.impact import Touch
from services.screening.domain.regime import BRUSSELS, BY_ID, EXTENSIONS, Kind, end_of_term, last_day, years_after

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
APPEAL = named("test", "appeal")
RULED_AT = LATER + timedelta(days=40)
NEW_TERM = datetime(2027, 3, 1, tzinfo=BRUSSELS)


def lodged(ground: Ground, posted_on: date = LATER.date(), appeal_id: UUID = APPEAL) -> Appeal:
    return Appeal(Filing(appeal_id, named("test", "lodged"), "BO/1", ground, posted_on, LATER + timedelta(days=200)))


def ruled(outcome: AppealOutcome, appeal_id: UUID = APPEAL) -> ConcludeAppeal:
    before = NEW_TERM if outcome in {AppealOutcome.REINVESTIGATE, AppealOutcome.EXTRA_TIME} else None
    return ConcludeAppeal(appeal_id, Ruling("BO/1", outcome, RULED_AT, "90 days" if before else None), before, RULED_AT + timedelta(days=1))


ABROAD = Extend(Extension("NVO/7", "stay_abroad", "3 months", LATER), LATER)
APPEALED = given(lodged(Ground.REFUSED), start=NOTIFIED)
LATE_APPEALED = given(lodged(Ground.LATE, date(2026, 10, 20)), start=LATE)
ORDERED = given(ruled(AppealOutcome.FOUNDED), start=APPEALED)
REOPENED = given(ruled(AppealOutcome.REINVESTIGATE), start=APPEALED)
AFTER = Imported("NVO/9", NvoOutcome.GRANTED, Level.GEHEIM, RULED_AT + timedelta(days=2), years_after(RULED_AT + timedelta(days=2), 5))
STATES = {
    "new": NEW,
    "open": OPEN,
    "late": LATE,
    "extended": given(ABROAD, start=OPEN),
    "granted": GRANTED,
    "limited": given(LIMITED, start=OPEN),
    "refused": REFUSED,
    "appealed": APPEALED,
    "late and appealed": LATE_APPEALED,
    "grant ordered": ORDERED,
    "reopened": REOPENED,
    "notified": NOTIFIED,
    "closed": CLOSED,
    "withdrawn": WITHDRAWN,
    "unneeded": given(EndNeed(LATER), start=OPEN),
}
TOUCHED = TouchBy(Touch(named("test", "reorganisation"), date(2026, 7, 1), named("test", "post"), True))
COMMANDS: list[Any] = [
    EndNeed(LATER),
    TOUCHED,
    Due("retention", LATER),
    lodged(Ground.REFUSED),
    lodged(Ground.LATE, date(2026, 10, 20)),
    ruled(AppealOutcome.FOUNDED),
    ruled(AppealOutcome.UNFOUNDED),
    ruled(AppealOutcome.EXTRA_TIME),
    ImportDecision(AFTER, RULED_AT + timedelta(days=3)),
    RECEIVED,
    GRANT,
    LIMITED,
    REFUSE,
    decision(NvoOutcome.WITHDRAWN, ref="NVO/2"),
    decision(NvoOutcome.GRANTED, None, None),
    ABROAD,
    replace(ABROAD, extension=replace(ABROAD.extension, decision_ref="NVO/8", reason_code="busy")),
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


def test_who_lived_abroad_is_investigated_for_longer_and_the_first_date_is_kept() -> None:
    extended = given(ABROAD, start=OPEN)
    assert OPEN.decision_due_at == datetime(2026, 10, 16, tzinfo=BRUSSELS)
    assert due(extended) == {Deadline("decision", datetime(2027, 1, 16, tzinfo=BRUSSELS))}
    assert extended.first_due_at == OPEN.decision_due_at
    assert decide(extended, ABROAD) == [], "said again"
    assert decide(extended, replace(ABROAD, extension=replace(ABROAD.extension, more="6 months"))) == Refused("SCR-4", "decision_ref")


def test_scr_6_a_term_that_has_passed_is_not_extended() -> None:
    assert decide(LATE, ABROAD) == Refused("SCR-EXTENSION", "application_id")
    assert decide(GRANTED, ABROAD) == Refused("SCR-EXTENSION", "application_id")
    assert decide(NEW, ABROAD) == Refused("NOT-FOUND", "application_id")


def test_the_authority_takes_more_time_only_for_a_reason_that_the_rules_list() -> None:
    for reason_code in EXTENSIONS:
        assert isinstance(decide(OPEN, replace(ABROAD, extension=replace(ABROAD.extension, reason_code=reason_code))), list)
    assert decide(OPEN, replace(ABROAD, extension=replace(ABROAD.extension, reason_code="busy"))) == Refused("SCR-EXTENSION", "reason_code")
    before, after = (replace(ABROAD, extension=replace(ABROAD.extension, decided_at=at)) for at in (NOON - timedelta(days=1), LATER + timedelta(days=1)))
    assert decide(OPEN, before) == Refused("SCR-4", "decided_at")
    assert decide(OPEN, after) == Refused("SCR-FUTURE", "decided_at")


@all_of(st.integers(1, 400), st.sampled_from(["days", "months"]), st.integers(0, 150))
def test_dl_11_an_extension_runs_on_from_the_last_day_and_ends_on_a_working_day(amount: int, unit: str, after: int) -> None:
    taken_at = NOON + timedelta(days=after)
    decided = decide(OPEN, Extend(Extension("NVO/7", "stay_abroad", f"{amount} {unit}", taken_at), taken_at))
    assert isinstance(decided, list)
    (extended,) = decided
    assert isinstance(extended, TermExtended)
    assert OPEN.decision_due_at
    assert extended.decision_due_at == end_of_term(f"{amount} {unit}", last_day(OPEN.decision_due_at)) > OPEN.decision_due_at
    assert day_off(last_day(extended.decision_due_at)) is None


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


def test_of_what_was_never_transmitted_nobody_is_told_and_nothing_appealed() -> None:
    assert decide(NEW, TELL) == decide(NEW, lodged(Ground.REFUSED)) == Refused("NOT-FOUND", "application_id")


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


def test_no_scope_is_granted_that_was_not_applied_for() -> None:
    wider = replace(GRANT, decision=replace(GRANT.decision, scopes=(Scope.NATIONAL, Scope.NATO)))
    assert decide(OPEN, wider) == Refused("SCR-SCOPE", "scopes")
    assert given(wider, start=given(replace(RECEIVED, scopes=(Scope.NATO, Scope.NATIONAL)))).status is Status.GRANTED


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
    assert {deadline.name for deadline in due(WITHDRAWN)} == {"retention"}
    (said,) = outgoing.application_tells(APPLICATION, ConsentWithdrawn(LATER), WITHDRAWN)
    assert said.model_dump()["reason_code"] == "consent_withdrawn"


# Appeals (SCR-12)


def test_a_clearance_is_appealed_when_refused_wholly_or_partly_for_less_than_five_years_or_late() -> None:
    assert set(grounds(REFUSED)) == {Ground.REFUSED}
    assert set(grounds(given(LIMITED, start=OPEN))) == {Ground.PARTLY_REFUSED}
    short = decision(NvoOutcome.GRANTED, Level.GEHEIM, LATER + timedelta(days=700))
    assert set(grounds(given(short, start=OPEN))) == {Ground.SHORTENED}
    assert set(grounds(LATE)) == {Ground.LATE}
    assert [dict(grounds(state)) for state in (GRANTED, OPEN, WITHDRAWN)] == [{}] * 3


def test_scr_12_the_window_for_a_clearance_is_thirty_days_from_notification() -> None:
    against = grounds(NOTIFIED)[Ground.REFUSED]
    assert against.until == NOTIFIED.appeal_until == datetime(2026, 8, 25, tzinfo=BRUSSELS), "30 days to Sunday 23 August, so Monday"
    assert {deadline.name for deadline in due(APPEALED)} == set(), "once appealed the window is used"


def test_scr_4_the_appeal_body_orders_and_only_the_authority_grants() -> None:
    assert (ORDERED.status, ORDERED.decision, ORDERED.earlier) == (Status.GRANT_ORDERED, None, (NOTIFIED.decision,))
    at = RULED_AT + timedelta(days=3)
    refuse = ImportDecision(replace(AFTER, outcome=NvoOutcome.REFUSED, level=None, expires_at=None), at)
    assert decide(ORDERED, refuse) == Refused("SCR-ORDER", "outcome")
    granted = decide(ORDERED, ImportDecision(AFTER, at))
    assert isinstance(granted, list)
    assert [type(event) for event in granted] == [GrantImported]
    assert decide(ORDERED, REFUSE) == [], "the decision that was undone comes again"
    assert decide(ORDERED, ImportDecision(replace(AFTER, decision_ref="NVO/1"), at)) == Refused("SCR-4", "decision_ref")
    assert decide(ORDERED, ImportDecision(replace(AFTER, decided_at=LATER), at)) == Refused("SCR-4", "decided_at"), "before the appeal body had decided"


def test_after_an_appeal_a_second_grant_is_another_clearance() -> None:
    short = given(decision(NvoOutcome.GRANTED, Level.GEHEIM, LATER + timedelta(days=700)), TELL, lodged(Ground.SHORTENED), start=OPEN)
    granted = decide(given(ruled(AppealOutcome.FOUNDED), start=short), ImportDecision(AFTER, RULED_AT + timedelta(days=3)))
    assert isinstance(granted, list)
    (event,) = granted
    assert isinstance(event, GrantImported)
    assert event.nth == 2


@pytest.mark.parametrize("outcome", [AppealOutcome.REINVESTIGATE, AppealOutcome.EXTRA_TIME])
def test_the_appeal_body_sets_a_new_term_and_the_first_date_is_kept(outcome: AppealOutcome) -> None:
    after = given(ruled(outcome), start=LATE_APPEALED)
    assert (after.status, after.decision_due_at, after.first_due_at, after.late_at) == (Status.UNDER_INVESTIGATION, NEW_TERM, LATE.decision_due_at, None)
    assert due(after) == {Deadline("decision", NEW_TERM)}
    again = given(Due("decision", NEW_TERM), start=after)
    assert set(grounds(again)) == {Ground.LATE}, "SCR-6: late again"
    assert decide(again, lodged(Ground.LATE, NEW_TERM.date(), named("test", "second"))) != Refused("SCR-APPEALED", "ground")


def test_extra_time_is_of_no_use_once_it_was_decided() -> None:
    decided = given(REFUSE, start=LATE_APPEALED)
    after = given(ruled(AppealOutcome.EXTRA_TIME), start=decided)
    assert (after.status, after.decision) == (Status.REFUSED, decided.decision)


@pytest.mark.parametrize("outcome", [AppealOutcome.INADMISSIBLE, AppealOutcome.WITHOUT_OBJECT, AppealOutcome.UNFOUNDED])
def test_otherwise_what_was_decided_stands(outcome: AppealOutcome) -> None:
    after = given(ruled(outcome), start=APPEALED)
    assert (after.status, after.decision) == (Status.CLOSED, NOTIFIED.decision)
    assert given(ruled(outcome), start=LATE_APPEALED).status is Status.UNDER_INVESTIGATION


def test_an_appeal_against_the_withdrawal_of_its_clearance_reopens_the_application() -> None:
    other = named("test", "against the clearance")
    assert given(ruled(AppealOutcome.FOUNDED, other), start=GRANTED).status is Status.GRANT_ORDERED
    assert given(ruled(AppealOutcome.REINVESTIGATE, other), start=GRANTED).status is Status.UNDER_INVESTIGATION
    assert decide(GRANTED, ruled(AppealOutcome.UNFOUNDED, other)) == []


def test_scr_13_the_file_is_sealed_when_the_retention_of_what_came_of_it_ends() -> None:
    assert {deadline.name for deadline in due(CLOSED)} == {"retention"}
    told = given(TELL, start=GRANTED)
    closed = given(Due("appeal", told.appeal_until or NOON), start=told)
    (kept,) = due(closed)
    assert kept.at > years_after(FIVE_YEARS, 5), "five years after the clearance has expired"
    assert decide(closed, Due("retention", kept.at)) == [RetentionEnded(named("test", "case"), kept.at)]
    assert due(given(Due("retention", kept.at), start=closed)) == set()


def test_what_nobody_needs_any_more_is_said_to_the_clearance_that_still_comes_of_it() -> None:
    (event,) = decide(STATES["unneeded"], GRANT)  # type: ignore[misc]
    assert event.need_ended_at == LATER
    assert decide(NEW, EndNeed(LATER)) == []
