"""The instruments beside the advice and the clearance: nuclear verifications, certificates, and what is for a place, a period or an event."""

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from hypothesis import given as all_of
from hypothesis import strategies as st

from cg_contracts.screening import FilesResult, Means, Outcome
from cg_contracts.screening import ScreeningKind as Kind
from cg_kit.pure import Deadline, Due, Refused
from cg_kit.pure.terms import day_of, start_of
from services.screening import outgoing
from services.screening.domain.case import (
    NEW,
    SELF,
    Assess,
    Case,
    Consent,
    Decide,
    EventStarted,
    Notified,
    Notify,
    NuclearAbandoned,
    NuclearAnswered,
    Occasion,
    RefuseConsent,
    Resume,
    Status,
    Suspend,
    TermResumed,
    WithdrawConsent,
    advice_counts,
    decide,
    due,
)
from services.screening.domain.regime import BRUSSELS, NUCLEAR_FILES, REGIMES, VERIFICATION, end_of_term, years_after
from services.screening.tests.test_case import (
    ASKED,
    CASE,
    CHECKED_SITE,
    DECIDER,
    FOR_SUMMIT,
    HANDLED,
    HEAD,
    IN_VERIFICATION,
    LATE,
    LATER,
    NOON,
    NUCLEAR,
    PERSON,
    SUMMIT,
    SUMMIT_PREPARED,
    SUSPENDED,
    VAULT,
    VERIFIER,
    all_in,
    given,
)

IN_2024 = datetime(2024, 6, 3, 12, tzinfo=BRUSSELS)
PALACE = Occasion("royal_palace", datetime(2024, 7, 21, tzinfo=BRUSSELS), datetime(2024, 7, 22, tzinfo=BRUSSELS))
CERTIFICATE = replace(ASKED, kind=Kind.CERTIFICATE, occasion=PALACE, at=IN_2024)
ENDED = given(*all_in(NUCLEAR_FILES), start=CHECKED_SITE)
INSTANTS = st.datetimes(datetime(2025, 1, 2), datetime(2060, 1, 1), timezones=st.just(BRUSSELS))  # noqa: DTZ001


def prepared(start: Case) -> Case:
    """The case with all sources in, and prepared."""
    return given(*all_in(VERIFICATION), Assess(Outcome.POSITIVE, None, VERIFIER, LATER), start=start)


# Nuclear


def test_a_nuclear_verification_looks_at_police_and_intelligence_files_only() -> None:
    assert tuple(check.source for check in CHECKED_SITE.checks) == NUCLEAR_FILES
    assert CHECKED_SITE.decision_due_at == datetime(2026, 5, 16, tzinfo=BRUSSELS), "a month from 15 April: to Friday 15 May, the whole day"


def test_a_nuclear_verification_is_answered_and_never_decided_here() -> None:
    decided = decide(given(*all_in(NUCLEAR_FILES[1:]), start=CHECKED_SITE), all_in(NUCLEAR_FILES[:1])[0])
    assert isinstance(decided, list)
    assert decided[-1] == NuclearAnswered(PERSON, FilesResult.NOTHING_FOUND, LATER)
    (said,) = outgoing.case_tells(CASE, decided[-1], ENDED)
    assert set(said.model_dump()) == {"case_id", "request_id", "requester_ref", "result_code"}
    assert decide(ENDED, Decide(Outcome.POSITIVE, None, None, DECIDER, LATER)) == Refused("SCR-STATE")


def test_scr_12_nuclear_control_notifies_its_own_decision_and_the_person_has_eight_days() -> None:
    told = datetime(2026, 4, 23, 10, tzinfo=BRUSSELS)
    decided = decide(ENDED, Notify("fanc", told, Means.REGISTERED_LETTER, told))
    assert decided == [Notified(told, Means.REGISTERED_LETTER, datetime(2026, 5, 5, tzinfo=BRUSSELS))]
    assert decide(ENDED, Notify("hr", told, Means.REGISTERED_LETTER, told)) == Refused("SCR-NOTIFIER", "case_id")


@pytest.mark.parametrize("command", [RefuseConsent(PERSON, NOON), WithdrawConsent(PERSON, NOON)])
def test_scr_10_a_verification_that_ends_without_an_answer_is_let_go_of(command: RefuseConsent | WithdrawConsent) -> None:
    start = given(NUCLEAR) if isinstance(command, RefuseConsent) else CHECKED_SITE
    decided = decide(start, command)
    assert isinstance(decided, list)
    assert decided[-1] == NuclearAbandoned(PERSON, NOON)


# Certificates


@pytest.mark.parametrize("regime", REGIMES, ids=lambda regime: regime.id)
def test_a_certificate_is_asked_only_while_the_law_has_it(regime: object) -> None:
    row = next(r for r in REGIMES if r is regime)
    at = start_of(row.since) + timedelta(days=30)
    place = Occasion("justus_lipsius", at + timedelta(days=20), at + timedelta(days=22))
    decided = decide(NEW, replace(CERTIFICATE, at=at, occasion=place))
    assert (decided == Refused("SCR-REGIME", "kind")) is (row.id == "2025")


def test_a_certificate_names_its_place_and_period_and_is_due_in_eight_days() -> None:
    assert decide(NEW, replace(CERTIFICATE, occasion=None)) == Refused("SCR-OCCASION", "occasion")
    assert decide(NEW, replace(ASKED, kind=Kind.RECRUITMENT, occasion=SUMMIT)) == Refused("SCR-OCCASION", "occasion")
    assert given(CERTIFICATE).decision_due_at == datetime(2024, 6, 12, tzinfo=BRUSSELS)


def test_a_certificate_counts_at_its_place_in_its_period_and_nowhere_else() -> None:
    case = prepared(given(replace(CERTIFICATE, person_data=VAULT), HANDLED, Consent(PERSON, IN_2024)))
    granted = given(Decide(Outcome.POSITIVE, None, None, DECIDER, IN_2024), start=case)
    assert granted.decision
    assert granted.decision.valid_until == PALACE.ends_at
    there = PALACE.starts_at + timedelta(hours=1)
    assert advice_counts(granted, there, "royal_palace")
    assert not advice_counts(granted, there)
    assert not advice_counts(granted, there, "justus_lipsius")
    assert not advice_counts(granted, PALACE.starts_at - timedelta(seconds=1), "royal_palace")
    assert not advice_counts(granted, PALACE.ends_at, "royal_palace")


# Events


def test_what_is_for_an_event_never_outlives_it() -> None:
    granted = given(Decide(Outcome.POSITIVE, None, None, DECIDER, LATER), start=SUMMIT_PREPARED)
    assert granted.decision
    assert granted.decision.valid_until == SUMMIT.ends_at
    too_long = SUMMIT.ends_at + timedelta(seconds=1)
    assert decide(SUMMIT_PREPARED, Decide(Outcome.POSITIVE, too_long, None, DECIDER, LATER)) == Refused("SCR-OCCASION", "valid_until")


def test_at_its_start_undecided_means_no_access() -> None:
    assert Deadline("event", SUMMIT.starts_at) in due(SUMMIT_PREPARED)
    assert decide(SUMMIT_PREPARED, Due("event", SUMMIT.starts_at)) == [EventStarted(SUMMIT.starts_at)]
    stopped = given(Due("event", SUMMIT.starts_at), start=SUMMIT_PREPARED)
    assert (stopped.status, {deadline.name for deadline in due(stopped)}) == (Status.CANCELLED, {"seal"})
    (said,) = outgoing.case_tells(CASE, EventStarted(SUMMIT.starts_at), stopped)
    assert (said.about.name, said.model_dump()["reason_code"]) == ("ScreeningCancelled", "event_started")


@all_of(st.timedeltas(timedelta(0), timedelta(days=400)))
def test_no_access_is_dated_back_however_late_the_timer(late: timedelta) -> None:
    begun = SUMMIT.starts_at + late
    assert decide(SUMMIT_PREPARED, Decide(Outcome.POSITIVE, None, None, DECIDER, begun)) == Refused("SCR-EVENT")
    stopped = given(Due("event", SUMMIT.starts_at), start=SUMMIT_PREPARED)
    assert decide(stopped, Decide(Outcome.POSITIVE, None, None, DECIDER, begun)) == Refused("SCR-STATE")


def test_an_event_that_has_begun_is_no_longer_asked_for() -> None:
    assert decide(NEW, replace(FOR_SUMMIT, at=SUMMIT.starts_at)) == Refused("SCR-EVENT", "occasion")
    place = replace(SUMMIT, event_id=None)
    assert isinstance(decide(NEW, replace(FOR_SUMMIT, at=SUMMIT.starts_at, occasion=place)), list), "a period may be half over"


def test_who_opened_a_case_by_itself_notifies_it_by_itself() -> None:
    granted = given(Decide(Outcome.POSITIVE, None, None, DECIDER, LATER), start=SUMMIT_PREPARED)
    assert decide(granted, Notify("hr", LATER, Means.HANDED_OVER, LATER)) == Refused("SCR-NOTIFIER", "case_id")
    assert given(Notify(SELF, LATER, Means.HANDED_OVER, LATER), start=granted).status is Status.NOTIFIED


# A suspension


def test_a_suspension_moves_the_end_by_the_days_it_lasted_and_then_the_rule_applies() -> None:
    assert due(SUSPENDED).isdisjoint(due(IN_VERIFICATION) - {d for d in due(IN_VERIFICATION) if d.name.startswith("check")})
    until = datetime(2026, 4, 28, tzinfo=BRUSSELS)
    assert Deadline("resume", until) in due(SUSPENDED)
    (event,) = decide(SUSPENDED, Due("resume", until))  # type: ignore[misc]
    assert event == TermResumed(datetime(2026, 5, 27, tzinfo=BRUSSELS), None, until), "15 May and 10 days is Whit Monday: Tuesday 26 May"
    resumed = given(Due("resume", until), start=SUSPENDED)
    assert (resumed.first_due_at, resumed.decision_due_at) == (IN_VERIFICATION.decision_due_at, event.decision_due_at)
    assert [m.about.name for m in outgoing.case_tells(CASE, event, resumed)] == ["DecisionTermResumed"]


def test_a_suspension_has_a_reason_that_the_rules_list_and_an_end_to_come() -> None:
    def tried(reason_code: str, until: date, start: Case = IN_VERIFICATION) -> object:
        return decide(start, Suspend(reason_code, until, HEAD, LATER))

    assert tried("consent", date(2026, 4, 28)) == Refused("SCR-SUSPEND", "reason_code")
    assert tried("foreign_authority", day_of(LATER)) == Refused("SCR-SUSPEND", "until")
    assert tried("foreign_authority", date(2027, 4, 28)) == Refused("SCR-SUSPEND", "until")
    assert tried("foreign_authority", date(2026, 4, 28), SUSPENDED) == Refused("SCR-SUSPEND")
    assert tried("foreign_authority", date(2026, 4, 28), LATE) == Refused("SCR-SUSPEND"), "a term that has ended does not stand still"
    assert tried("foreign_authority", date(2026, 4, 28), given(replace(ASKED, kind=Kind.RECRUITMENT))) == Refused("SCR-SUSPEND")
    assert decide(IN_VERIFICATION, Suspend("foreign_authority", date(2026, 4, 28), PERSON, LATER)) == Refused("SCR-3")


@all_of(st.integers(1, 150), st.integers(0, 150))
def test_the_days_that_it_stood_still_count_and_no_others(planned: int, lasted: int) -> None:
    until = day_of(LATER) + timedelta(days=planned)
    case = given(Suspend("foreign_authority", until, HEAD, LATER), start=IN_VERIFICATION)
    back = min(start_of(until), LATER + timedelta(days=lasted))
    after = given(Resume(HEAD, back), start=case)
    assert after.decision_due_at == end_of_term("30 days", day_of(NOON), (day_of(back) - day_of(LATER)).days)
    assert decide(after, Resume(HEAD, back)) == []


# All terms


@all_of(INSTANTS, st.sampled_from([(Kind.ADVICE, "30 days"), (Kind.NUCLEAR, "1 month")]))
def test_the_term_for_deciding_runs_from_the_day_of_receipt(at: datetime, instrument: tuple[Kind, str]) -> None:
    kind, term = instrument
    case = given(replace(ASKED, kind=kind, at=at))
    assert case.decision_due_at == end_of_term(term, day_of(at))
    assert case.decision_due_at is not None
    assert case.decision_due_at > at


@all_of(st.datetimes(datetime(1999, 1, 1), datetime(2024, 12, 1), timezones=st.just(BRUSSELS)))  # noqa: DTZ001
def test_a_certificate_is_decided_in_eight_days_and_holds_to_the_end_of_its_period(at: datetime) -> None:
    place = Occasion("justus_lipsius", at + timedelta(days=20), at + timedelta(days=22))
    case = given(replace(CERTIFICATE, at=at, occasion=place))
    assert case.decision_due_at == end_of_term("8 days", day_of(at))


@all_of(INSTANTS, st.timedeltas(timedelta(hours=1), timedelta(days=3000)), st.integers(1, 24 * 4000))
def test_scr_9_whatever_the_period_nothing_holds_longer_than_five_years(at: datetime, ahead: timedelta, hours: int) -> None:
    place = Occasion("justus_lipsius", at + ahead, at + ahead + timedelta(hours=hours))
    case = replace(SUMMIT_PREPARED, occasion=place)
    decided = decide(case, Decide(Outcome.POSITIVE, None, None, DECIDER, at))
    assert isinstance(decided, list)
    (event,) = decided
    valid_until = event.valid_until  # type: ignore[union-attr]
    assert at < valid_until <= min(years_after(at, 5), place.ends_at)


@all_of(INSTANTS, st.integers(0, 400))
def test_scr_12_eight_days_from_the_day_of_notification(at: datetime, later: int) -> None:
    answered = replace(ENDED, decided_at=at)
    told = at + timedelta(days=later)
    decided = decide(answered, Notify("fanc", told, Means.REGISTERED_LETTER, told))
    assert decided == [Notified(told, Means.REGISTERED_LETTER, end_of_term("8 days", day_of(told)))]


@pytest.mark.parametrize(
    ("start", "end"),
    [(date(2026, 4, 15), date(2026, 4, 23)), (date(2026, 4, 23), date(2026, 5, 4))],
)
def test_the_vectors_of_the_appeal_term(start: date, end: date) -> None:
    assert end_of_term("8 days", start) == start_of(end + timedelta(days=1))
