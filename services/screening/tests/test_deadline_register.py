"""The rows of the deadline register that are screening's (DL-08 to DL-14) and the rulings on its terms: each by a property that names it, reckoned anew."""

from calendar import monthrange
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from hypothesis import given as all_of
from hypothesis import strategies as st

from cg_contracts.levels import Level
from cg_contracts.screening import Ground, Means, NvoOutcome, Outcome
from cg_contracts.screening import ScreeningKind as Kind
from cg_kit.pure import Deadline, Due, Refused
from cg_kit.pure.terms import day_off
from services.screening.domain import aftercare, appeal, application, case, clearance
from services.screening.domain.regime import BRUSSELS, BY_ID, RENEWAL
from services.screening.tests import test_aftercare, test_appeal, test_application, test_case, test_clearance

DAYS = st.dates(date(2025, 1, 2), date(2060, 1, 1))
LEVELS = st.sampled_from([Level.VERTROUWELIJK, Level.GEHEIM, Level.ZEER_GEHEIM])


def noon(day: date) -> datetime:
    return datetime.combine(day, time(12), BRUSSELS)


def months_on(day: date, n: int) -> date:
    """The same day number so many months on, or the last day of that month (T2)."""
    year, month = divmod(day.year * 12 + day.month - 1 + n, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def until_after(last: date) -> datetime:
    """The first instant that is too late, when the last day may be moved: to the next working day (T1)."""
    while day_off(last):
        last += timedelta(days=1)
    return datetime.combine(last + timedelta(days=1), time(), BRUSSELS)


def events(domain: Any, state: Any, command: Any) -> list[Any]:
    decided = domain.decide(state, command)
    assert isinstance(decided, list), decided
    return decided


@all_of(DAYS)
def test_dl_08_thirty_days_to_appeal_against_a_refused_clearance(told: date) -> None:
    refused = replace(test_application.REFUSED, decision=replace(test_application.REFUSE.decision, decided_at=noon(told)))
    [notified] = events(application, refused, application.Notify("nvo", noon(told), Means.REGISTERED_LETTER, noon(told)))
    assert notified.appeal_until == until_after(told + timedelta(days=30))


@all_of(DAYS)
def test_dl_08_thirty_days_to_appeal_against_a_withdrawn_clearance(told: date) -> None:
    withdrawn = test_clearance.decision(NvoOutcome.WITHDRAWN).decision
    lost = replace(test_clearance.WITHDRAWN, decisions=(replace(withdrawn, decided_at=noon(told)),))
    [notified] = events(clearance, lost, clearance.Notify(noon(told), Means.REGISTERED_LETTER, noon(told)))
    assert notified.appeal_until == until_after(told + timedelta(days=30))


@all_of(DAYS, st.sampled_from([Kind.ADVICE, Kind.CERTIFICATE, Kind.NUCLEAR]))
def test_dl_09_eight_days_to_appeal_against_an_advice_or_a_certificate(told: date, kind: Kind) -> None:
    decided = replace(test_case.NEGATIVE, kind=kind, terms=BY_ID["2024"].terms[kind], decided_at=noon(told))
    account = "fanc" if kind is Kind.NUCLEAR else "hr"
    [notified] = events(case, decided, case.Notify(account, noon(told), Means.REGISTERED_LETTER, noon(told)))
    assert notified.appeal_until == until_after(told + timedelta(days=8))


@all_of(DAYS)
def test_dl_08_and_dl_09_the_term_runs_also_from_the_last_day_for_deciding(at: date) -> None:
    late = test_case.given(replace(test_case.ASKED, at=noon(at)))
    assert late.decision_due_at
    [overdue] = events(case, late, Due("decision", late.decision_due_at))
    assert overdue.appeal_until == until_after((late.decision_due_at - timedelta(days=1)).date() + timedelta(days=8))
    asked = test_application.given(replace(test_application.RECEIVED, at=noon(at)))
    assert asked.decision_due_at
    [overdue] = events(application, asked, Due("decision", asked.decision_due_at))
    assert overdue.appeal_until == until_after((asked.decision_due_at - timedelta(days=1)).date() + timedelta(days=30))


@pytest.mark.parametrize(("filing", "days"), [(test_appeal.CLEARANCE, 60), (test_appeal.CERTIFICATE, 15), (test_appeal.FILE, 30)])
@all_of(posted=DAYS)
def test_dl_10_the_body_decides_in_sixty_fifteen_or_thirty_days(filing: appeal.File, days: int, posted: date) -> None:
    [filed] = events(appeal, appeal.NEW, replace(filing, filing=replace(filing.filing, posted_on=posted)))
    assert filed.decision_due_at == until_after(posted + timedelta(days=days))


@all_of(DAYS, LEVELS)
def test_dl_11_six_months_for_a_clearance_and_nine_for_the_highest(at: date, level: Level) -> None:
    terms = BY_ID["2025"].terms_for(Kind.CLEARANCE, level)
    assert terms
    [sent] = events(application, application.NEW, replace(test_application.RECEIVED, level=level, terms=terms, at=noon(at)))
    assert sent.decision_due_at == until_after(months_on(at, 9 if level is Level.ZEER_GEHEIM else 6))


@all_of(DAYS, st.integers(0, 400))
def test_dl_12_thirty_days_for_an_advice_from_receipt_and_consent_moves_nothing(at: date, agreed: int) -> None:
    asked = test_case.given(replace(test_case.ASKED, at=noon(at)))
    assert asked.decision_due_at == until_after(at + timedelta(days=30))
    [consented] = events(case, asked, case.Consent(test_case.PERSON, noon(at + timedelta(days=agreed))))
    assert case.evolve(asked, consented).decision_due_at == asked.decision_due_at


@all_of(DAYS, LEVELS)
def test_dl_13_renewal_is_spoken_of_so_many_months_before_expiry_and_never_rolls(expires: date, level: Level) -> None:
    expires_at = datetime.combine(expires, time(), BRUSSELS)
    spoken = {"invite": 15, "apply": 10, "at_risk": 3} if level is Level.ZEER_GEHEIM else {"invite": 12, "apply": 7, "at_risk": 3}
    said = {str(milestone): at for milestone, at in clearance.milestones(RENEWAL[level], expires_at)}
    assert said == {name: datetime.combine(months_on(expires, -months), time(), BRUSSELS) for name, months in spoken.items()}
    held = replace(test_clearance.ACTIVE, level=level, renewal=RENEWAL[level], expires_at=expires_at)
    [due] = events(clearance, held, Due("apply", said["apply"]))
    assert due.apply_by == months_on(expires, -spoken["apply"])


@all_of(DAYS, st.integers(-2, 2))
def test_dl_14_a_clearance_holds_for_five_years_at_most(at: date, days: int) -> None:
    decided_at = noon(at)
    running = test_application.given(replace(test_application.RECEIVED, at=decided_at))
    longest = noon(months_on(at, 60))
    granted = application.Imported("NVO/1", NvoOutcome.GRANTED, Level.GEHEIM, decided_at, longest + timedelta(days=days))
    decided = application.decide(running, application.ImportDecision(granted, decided_at))
    assert decided == Refused("SCR-9", "expires_at") if days > 0 else isinstance(decided, list)


@all_of(DAYS, st.integers(-2, 2))
def test_dl_14_an_advice_holds_for_five_years_at_most(at: date, days: int) -> None:
    prepared = replace(test_case.PREPARED, occasion=None)
    until = noon(months_on(at, 60)) + timedelta(days=days)
    decided = case.decide(prepared, case.Decide(Outcome.POSITIVE, until, None, test_case.DECIDER, noon(at)))
    assert decided == Refused("SCR-9", "valid_until") if days > 0 else isinstance(decided, list)


# The rulings


@all_of(DAYS, st.integers(1, 150))
def test_ruling_a_suspension_moves_the_raw_date_by_its_days_and_then_the_rule_applies(at: date, days: int) -> None:
    asked = test_case.given(replace(test_case.ASKED, at=noon(at)))
    still = test_case.given(case.Suspend("foreign_authority", at + timedelta(days=days), test_case.HEAD, noon(at)), start=asked)
    runs = test_case.given(case.Resume(test_case.HEAD, noon(at + timedelta(days=days))), start=still)
    assert runs.decision_due_at == until_after(at + timedelta(days=30 + days))
    assert runs.first_due_at == asked.decision_due_at


@all_of(DAYS)
def test_ruling_what_nobody_needs_waits_ten_working_days(at: date) -> None:
    [ended] = events(clearance, test_clearance.ACTIVE, clearance.EndNeed(noon(at)))
    assert ended.review_at == working_days_on(at, 10)


@all_of(DAYS, st.integers(-60, 60))
def test_ruling_a_transfer_is_looked_into_within_ten_working_days_of_the_move(heard: date, later: int) -> None:
    moves = heard + timedelta(days=later)
    [opened] = events(aftercare, aftercare.NEW, replace(test_aftercare.MOVED, at=noon(heard), effective_from=moves))
    assert opened.due_at == working_days_on(max(heard, moves), 10)


@all_of(DAYS)
def test_ruling_an_aftercare_case_is_concluded_within_ninety_five_days(at: date) -> None:
    opened = test_aftercare.given(replace(test_aftercare.OPEN, at=noon(at)))
    assert aftercare.due(opened) == {Deadline("review", until_after(at + timedelta(days=95)))}


@all_of(DAYS)
def test_ruling_each_source_answers_within_ten_working_days(at: date) -> None:
    asked = test_case.given(replace(test_case.ASKED, at=noon(at), person_data=test_case.VAULT), case.Consent(test_case.PERSON, noon(at)))
    assert {check.due_at for check in asked.checks} == {working_days_on(at, 10)}


@all_of(DAYS)
def test_ruling_an_appeal_is_in_time_up_to_the_last_day(posted: date) -> None:
    until = datetime.combine(posted + timedelta(days=1), time(), BRUSSELS)
    for end, in_time in ((until, True), (until - timedelta(days=1), False), (None, True)):
        [filed] = events(appeal, appeal.NEW, replace(test_appeal.FILE, filing=replace(test_appeal.FILING, posted_on=posted, ground=Ground.NEGATIVE), until=end))
        assert filed.in_time is in_time


def working_days_on(day: date, n: int) -> datetime:
    """The end of the n-th working day after a day."""
    while n:
        day += timedelta(days=1)
        n -= day_off(day) is None
    return datetime.combine(day + timedelta(days=1), time(), BRUSSELS)
