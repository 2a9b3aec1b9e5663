"""A case: each rule as a sentence that may be false, and every command in every state."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import product
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given as all_of
from hypothesis import strategies as st

from cg_contracts.levels import Level
from cg_contracts.screening import AppealOutcome, FilesResult, Ground, Means, Outcome
from cg_contracts.screening import ScreeningKind as Kind
from cg_kit.pure import Deadline, Due, Refused, named
from services.screening import outgoing
from services.screening.domain.appeal import Filing, Ruling
from services.screening.domain.case import (
    NEW,
    SELF,
    AdviceExpired,
    AnswerCheck,
    Appeal,
    AppealConcluded,
    AppealWindowClosed,
    Assess,
    Assessed,
    BringConsent,
    CallOff,
    Case,
    CaseAppealed,
    CheckExtended,
    CheckOverdue,
    ConcludeAppeal,
    Consent,
    Consented,
    ConsentPresumed,
    ConsentRefused,
    ConsentWithdrawn,
    Decide,
    Decided,
    DecisionOverdue,
    Designate,
    Doubt,
    EndNeed,
    EnterPerson,
    Examine,
    Exclude,
    ExtendCheck,
    FoundComplete,
    FoundIncomplete,
    GivenOnAppeal,
    GrantOrdered,
    MonitoringStopped,
    NeedEnded,
    NoteFee,
    Notified,
    Notify,
    Occasion,
    OfficersDesignated,
    Opened,
    PersonEntered,
    Reassessed,
    ReassessmentOpened,
    RecruitmentAnswered,
    RefuseConsent,
    Request,
    Result,
    Resume,
    Seal,
    Sealed,
    SentToAuthority,
    Signed,
    Status,
    Submit,
    Submitted,
    Suspend,
    Tie,
    TouchBy,
    Transmit,
    VerificationCompleted,
    VerificationStarted,
    WithdrawConsent,
    advice_counts,
    decide,
    due,
    evolve,
    grounds,
)
from services.screening.domain.impact import Touch
from services.screening.domain.regime import BRUSSELS, BY_ID, CANDIDATES, INVESTIGATION_ONLY, NUCLEAR_FILES, VERIFICATION, Source, years_after

NOON = datetime(2026, 4, 15, 12, tzinfo=BRUSSELS)
LATER = NOON + timedelta(days=3)
PERSON, CLERK, VERIFIER, DECIDER, HEAD, STRANGER = (named("test", name) for name in ("person", "clerk", "verifier", "decider", "head", "stranger"))
VAULT = named("test", "vault")
CASE = named("test", "case")
ASKED = Request(named("test", "request"), "post:1/assignment:2", "org", Kind.ADVICE, "appointment", PERSON, None, date(2026, 7, 1), None, NOON)


def given(*commands: Any, start: Case = NEW) -> Case:
    """The case after these commands, each of which changes it."""
    case = start
    for command in commands:
        events = decide(case, command)
        assert not isinstance(events, Refused), (command, events)
        assert events, command
        for event in events:
            case = evolve(case, event)
    return case


def all_in(sources: tuple[Source, ...], result: Result = Result.NOTHING_FOUND) -> list[AnswerCheck]:
    return [AnswerCheck(source, result, None, VERIFIER, LATER) for source in sources]


HANDLED = Designate((CLERK, VERIFIER, DECIDER), HEAD, NOON)
CONSENT_PENDING = given(ASKED, HANDLED)
INCOMPLETE = given(Consent(PERSON, NOON), start=CONSENT_PENDING)
IN_VERIFICATION = given(EnterPerson(VAULT, False, CLERK, NOON), start=INCOMPLETE)
ASSESSMENT = given(*all_in(VERIFICATION), start=IN_VERIFICATION)
PREPARED = given(Assess(Outcome.POSITIVE, None, VERIFIER, LATER), start=ASSESSMENT)
POSITIVE = given(Decide(Outcome.POSITIVE, None, None, DECIDER, LATER), start=PREPARED)
NEGATIVE = given(Decide(Outcome.NEGATIVE, None, VAULT, DECIDER, LATER), start=PREPARED)
NOTIFIED = given(Notify("hr", LATER, Means.REGISTERED_LETTER, LATER), start=NEGATIVE)
FINAL = given(Due("appeal", NOTIFIED.appeal_until or NOON), start=NOTIFIED)
LATE = given(Due("decision", IN_VERIFICATION.decision_due_at or NOON), start=IN_VERIFICATION)
SOURCE_LATE = given(Due("check:national_register", IN_VERIFICATION.checks[0].due_at), start=IN_VERIFICATION)
REFUSED = given(RefuseConsent(PERSON, NOON), start=CONSENT_PENDING)
CANCELLED = given(WithdrawConsent(PERSON, NOON), start=INCOMPLETE)
CANDIDATE = replace(ASKED, asked_by="hr", kind=Kind.RECRUITMENT, person_data=VAULT)
CHECKED_CANDIDATE = given(CANDIDATE, HANDLED, Consent(PERSON, NOON))
ANSWERED = given(*all_in(CANDIDATES), start=CHECKED_CANDIDATE)
NUCLEAR = replace(ASKED, asked_by="fanc", kind=Kind.NUCLEAR)
CHECKED_SITE = given(NUCLEAR, HANDLED, Consent(PERSON, NOON), EnterPerson(VAULT, False, CLERK, NOON))
SUMMIT = Occasion("justus_lipsius", datetime(2026, 5, 4, 8, tzinfo=BRUSSELS), datetime(2026, 5, 6, 20, tzinfo=BRUSSELS), named("test", "summit"))
FOR_SUMMIT = replace(ASKED, asked_by=SELF, occasion=SUMMIT)
SUMMIT_PREPARED = given(
    FOR_SUMMIT,
    HANDLED,
    Consent(PERSON, NOON),
    EnterPerson(VAULT, False, CLERK, NOON),
    *all_in(VERIFICATION),
    Assess(Outcome.POSITIVE, None, VERIFIER, LATER),
)
SUSPENDED = given(Suspend("foreign_authority", date(2026, 4, 28), HEAD, LATER), start=IN_VERIFICATION)
CLEARANCE = replace(ASKED, kind=Kind.CLEARANCE, level=Level.GEHEIM)
WITH_SECURITY_OFFICER = given(CLEARANCE, HANDLED, Consent(PERSON, NOON))
WITH_NAMES = given(EnterPerson(VAULT, True, CLERK, NOON), start=WITH_SECURITY_OFFICER)
AT_CG = given(Submit(CLERK, NOON), start=WITH_NAMES)
CENTRALISED = given(Examine((), CLERK, NOON), start=AT_CG)
TRANSMITTED = given(Transmit(CLERK, LATER), start=CENTRALISED)
ENDED = given(EndNeed(LATER), start=POSITIVE)
PRESUMED = given(replace(ASKED, at=datetime(2022, 3, 1, 12, tzinfo=BRUSSELS), person_data=VAULT))

APPEAL = named("test", "appeal")


def lodged(ground: Ground = Ground.NEGATIVE, posted_on: date = LATER.date(), appeal_id: UUID = APPEAL) -> Appeal:
    return Appeal(Filing(appeal_id, named("test", "lodged"), "BO/1", ground, posted_on, LATER + timedelta(days=60)))


def ruled(outcome: AppealOutcome, valid_until: datetime | None = None) -> ConcludeAppeal:
    return ConcludeAppeal(APPEAL, Ruling("BO/1", outcome, LATER + timedelta(days=40), None, valid_until), LATER + timedelta(days=41))


UNDER_APPEAL = given(lodged(), start=NOTIFIED)
LATE_APPEALED = given(lodged(Ground.LATE, date(2026, 5, 18)), start=LATE)
CERTIFIED = replace(NOTIFIED, kind=Kind.CERTIFICATE)
ORDERED = given(lodged(Ground.REFUSED), ruled(AppealOutcome.FOUNDED), start=CERTIFIED)

AFTERCARE = named("test", "aftercare")
REASSESSMENT = given(Doubt(AFTERCARE, LATER), start=given(Notify("hr", LATER, Means.REGISTERED_LETTER, LATER), start=POSITIVE))
PREPARED_AGAIN = given(Assess(Outcome.NEGATIVE, VAULT, VERIFIER, LATER), start=REASSESSMENT)
REASSESSED = given(Decide(Outcome.NEGATIVE, None, VAULT, DECIDER, LATER), start=PREPARED_AGAIN)

SEALED = given(Due("seal", LATER + timedelta(days=4000)), start=FINAL)

STATES: dict[str, Case] = {
    "new": NEW,
    "consent pending": CONSENT_PENDING,
    "incomplete": INCOMPLETE,
    "in verification": IN_VERIFICATION,
    "late": LATE,
    "source late": SOURCE_LATE,
    "assessment": ASSESSMENT,
    "prepared": PREPARED,
    "positive": POSITIVE,
    "negative": NEGATIVE,
    "notified": NOTIFIED,
    "final": FINAL,
    "refused": REFUSED,
    "cancelled": CANCELLED,
    "candidate": CHECKED_CANDIDATE,
    "last source of a candidate": given(*all_in(CANDIDATES[1:]), start=CHECKED_CANDIDATE),
    "last source": given(*all_in(VERIFICATION[:1] + VERIFICATION[2:]), start=IN_VERIFICATION),
    "answered": ANSWERED,
    "nuclear": CHECKED_SITE,
    "last source of a nuclear verification": given(*all_in(NUCLEAR_FILES[1:]), start=CHECKED_SITE),
    "nuclear answered": given(*all_in(NUCLEAR_FILES), start=CHECKED_SITE),
    "asked for a summit": given(FOR_SUMMIT, HANDLED),
    "prepared for a summit": SUMMIT_PREPARED,
    "granted for a summit": given(Decide(Outcome.POSITIVE, None, None, DECIDER, LATER), start=SUMMIT_PREPARED),
    "summit begun": given(Due("event", SUMMIT.starts_at), start=SUMMIT_PREPARED),
    "suspended": SUSPENDED,
    "resumed": given(Due("resume", datetime(2026, 4, 28, tzinfo=BRUSSELS)), start=SUSPENDED),
    "with security officer": WITH_SECURITY_OFFICER,
    "with names": WITH_NAMES,
    "at CG": AT_CG,
    "centralised": CENTRALISED,
    "transmitted": TRANSMITTED,
    "need ended": ENDED,
    "presumed": PRESUMED,
    "under appeal": UNDER_APPEAL,
    "late and appealed": LATE_APPEALED,
    "certificate under appeal": given(lodged(Ground.REFUSED), start=CERTIFIED),
    "grant ordered": ORDERED,
    "sealed": SEALED,
    "reassessment": REASSESSMENT,
    "reassessment before notification": given(Doubt(AFTERCARE, LATER), start=POSITIVE),
    "prepared again": PREPARED_AGAIN,
    "reassessed": REASSESSED,
    "monitoring stopped": given(WithdrawConsent(PERSON, LATER), start=POSITIVE),
    "given on appeal": given(ruled(AppealOutcome.FOUNDED), start=UNDER_APPEAL),
}
TOUCHED = TouchBy(Touch(named("test", "reorganisation"), date(2026, 7, 1), named("test", "post"), True))
PAY = NoteFee(date(2026, 4, 14), "+++090/9337/55493+++", CLERK, LATER)
COMMANDS: list[Any] = [
    PAY,
    replace(PAY, payment_ref="another"),
    TOUCHED,
    ASKED,
    replace(ASKED, at=datetime(2022, 3, 1, 12, tzinfo=BRUSSELS)),
    replace(ASKED, purpose="another"),
    CANDIDATE,
    CLEARANCE,
    NUCLEAR,
    FOR_SUMMIT,
    replace(FOR_SUMMIT, signed=Signed("F/1", date(2026, 4, 14), CLERK), person_data=VAULT),
    replace(FOR_SUMMIT, signed=Signed("F/1", date(2026, 8, 14), CLERK)),
    Consent(PERSON, LATER),
    BringConsent(Signed("F/1", date(2026, 4, 14), CLERK), LATER),
    BringConsent(Signed("F/1", date(2026, 8, 14), CLERK), LATER),
    BringConsent(Signed("F/1", date(2026, 4, 14), STRANGER), LATER),
    CallOff(LATER),
    Consent(STRANGER, LATER),
    RefuseConsent(PERSON, LATER),
    WithdrawConsent(PERSON, LATER),
    Designate((STRANGER,), HEAD, LATER),
    Exclude(VERIFIER, Tie.COLLEAGUE, HEAD, LATER),
    EnterPerson(VAULT, False, CLERK, LATER),
    EnterPerson(VAULT, True, CLERK, LATER),
    AnswerCheck(Source.CRIMINAL_RECORD, Result.NO_ANSWER, None, VERIFIER, LATER),
    AnswerCheck(Source.INTELLIGENCE_SERVICES, Result.NOTHING_FOUND, None, VERIFIER, LATER),
    AnswerCheck(Source.COHABITANTS, Result.NOTHING_FOUND, None, VERIFIER, LATER),
    Assess(Outcome.NEGATIVE, VAULT, VERIFIER, LATER),
    Decide(Outcome.POSITIVE, None, None, DECIDER, LATER),
    Decide(Outcome.NEGATIVE, None, VAULT, DECIDER, LATER),
    Decide(Outcome.NEGATIVE, None, None, DECIDER, LATER),
    Suspend("foreign_authority", date(2026, 4, 28), HEAD, LATER),
    Suspend("no_such_reason", date(2026, 4, 28), HEAD, LATER),
    Resume(HEAD, LATER),
    Due("resume", datetime(2026, 4, 28, tzinfo=BRUSSELS)),
    Submit(CLERK, LATER),
    Examine((), CLERK, LATER),
    Examine(("questionnaire",), CLERK, LATER),
    Transmit(CLERK, LATER),
    Notify("hr", LATER, Means.HANDED_OVER, LATER),
    Notify("fanc", LATER, Means.HANDED_OVER, LATER),
    Notify(SELF, LATER, Means.HANDED_OVER, LATER),
    Due("event", SUMMIT.starts_at),
    Notify("nvo", LATER, Means.HANDED_OVER, LATER),
    EndNeed(LATER),
    Doubt(AFTERCARE, LATER),
    ExtendCheck(Source.CRIMINAL_RECORD, 60, "foreign_authority", VERIFIER, LATER),
    Seal(LATER),
    Due("seal", LATER),
    lodged(),
    lodged(Ground.LATE, date(2026, 5, 18), named("test", "another appeal")),
    ruled(AppealOutcome.FOUNDED),
    ruled(AppealOutcome.UNFOUNDED),
    Due("decision", datetime(2026, 5, 16, tzinfo=BRUSSELS)),
    Due("check:criminal_record", LATER),
    Due("appeal", LATER),
    Due("expiry", LATER),
    Due("no such clock", LATER),
]


@pytest.mark.parametrize(("name", "command"), list(product(STATES, COMMANDS)))
def test_whatever_is_decided_changes_the_case_and_can_be_told(name: str, command: Any) -> None:
    state = STATES[name]
    decided = decide(state, command)
    if isinstance(decided, Refused):
        return
    for event in decided:
        after = evolve(state, event)
        assert after != state
        for message in outgoing.case_tells(CASE, event, after):
            assert message.subject == str(CASE)
        state = after
    if isinstance(command, Due):
        assert decide(state, command) == ([] if STATES[name] is not NEW else Refused("NOT-FOUND")), "a clock strikes once"


@pytest.mark.parametrize("name", STATES)
def test_a_deadline_that_falls_due_runs_no_longer(name: str) -> None:
    state = STATES[name]
    for deadline in due(state):
        after = given(Due(deadline.name, deadline.at), start=state)
        assert deadline not in due(after)


# The fee


@pytest.mark.parametrize(("state", "amount"), [(INCOMPLETE, "50.00"), (CHECKED_SITE, "50.00"), (WITH_SECURITY_OFFICER, None), (CHECKED_CANDIDATE, "free")])
def test_a_fee_is_asked_where_the_law_of_the_day_has_one_and_noted_once(state: Case, amount: str | None) -> None:
    assert state.kind
    fees = {kind: str(fee) if fee else None for kind, fee in BY_ID[state.regime_id].fees.items()}
    assert fees.get(state.kind, "free") == amount
    if amount == "free":
        assert decide(state, PAY) == Refused("SCR-FEE")
        return
    paid = given(PAY, start=state)
    assert (paid.status, due(paid)) == (state.status, due(state)), "paid or not, it goes on"
    assert decide(paid, PAY) == []
    assert decide(paid, replace(PAY, payment_ref="another")) == Refused("SCR-FEE", "payment_ref")
    assert decide(state, replace(PAY, paid_on=date(2027, 1, 1))) == Refused("SCR-FUTURE", "paid_on")
    assert decide(state, replace(PAY, by=STRANGER)) == Refused("SCR-NEED")


# Opening, by the law of the day


def test_an_advice_is_due_thirty_days_after_receipt() -> None:
    decided = decide(NEW, ASKED)
    assert isinstance(decided, list)
    (opened,) = decided
    assert isinstance(opened, Opened)
    assert opened.regime_id == "2025"
    assert opened.decision_due_at == datetime(2026, 5, 16, tzinfo=BRUSSELS), "30 days to Friday 15 May, the whole day"


@pytest.mark.parametrize("request_", [CLEARANCE, CANDIDATE])
def test_no_term_runs_for_a_clearance_before_transmission_nor_for_a_candidate(request_: Request) -> None:
    assert given(request_).decision_due_at is None


def test_consent_does_not_move_the_term() -> None:
    assert INCOMPLETE.decision_due_at == CONSENT_PENDING.decision_due_at


def test_a_kind_that_the_law_has_closed_is_refused() -> None:
    assert decide(NEW, replace(ASKED, kind=Kind.CERTIFICATE)) == Refused("SCR-REGIME", "kind")


def test_a_case_keeps_the_law_of_the_day_on_which_it_was_asked() -> None:
    assert PRESUMED.regime_id == "1998-classic"
    assert given(replace(ASKED, at=datetime(2024, 12, 31, 23, 30, tzinfo=BRUSSELS))).regime_id == "2024"
    assert given(replace(ASKED, at=datetime(2024, 12, 31, 23, 30, tzinfo=UTC))).regime_id == "2025", "the day in Brussels counts"


@pytest.mark.parametrize("level", [None, Level.BEPERKT])
def test_a_clearance_is_for_a_level_that_has_one(level: Level | None) -> None:
    assert decide(NEW, replace(CLEARANCE, level=level)) == Refused("SCR-LEVEL", "required_level")


def test_the_same_request_again_changes_nothing() -> None:
    assert decide(CONSENT_PENDING, replace(ASKED, at=LATER)) == []


def test_another_request_of_the_same_number_is_refused() -> None:
    assert decide(CONSENT_PENDING, replace(ASKED, person_id=STRANGER)) == Refused("SCR-REQUEST", "request_id")


# SCR-1: consent


@pytest.mark.parametrize("state", [CONSENT_PENDING, INCOMPLETE])
def test_scr_1_nothing_is_checked_before_consent(state: Case) -> None:
    answer = AnswerCheck(Source.CRIMINAL_RECORD, Result.NOTHING_FOUND, None, VERIFIER, NOON)
    assert decide(state, answer) == Refused("SCR-1")
    assert state.checks == ()


def test_scr_1_with_consent_all_sources_are_asked_at_once() -> None:
    case = given(replace(ASKED, person_data=VAULT))
    decided = decide(case, Consent(PERSON, NOON))
    assert isinstance(decided, list)
    assert [type(event) for event in decided] == [Consented, VerificationStarted]
    assert {check.source for check in IN_VERIFICATION.checks} == set(VERIFICATION)


def test_scr_1_before_the_reform_silence_was_consent_and_could_be_broken() -> None:
    asked = replace(ASKED, at=datetime(2022, 3, 1, 12, tzinfo=BRUSSELS), person_data=VAULT)
    decided = decide(NEW, asked)
    assert isinstance(decided, list)
    assert [type(event) for event in decided] == [Opened, ConsentPresumed, VerificationStarted]
    assert decide(PRESUMED, RefuseConsent(PERSON, NOON)) == [ConsentRefused(NOON)]
    assert decide(IN_VERIFICATION, RefuseConsent(PERSON, NOON)) == Refused("SCR-STATE")


@pytest.mark.parametrize("command", [Consent(HEAD, NOON), RefuseConsent(HEAD, NOON), WithdrawConsent(HEAD, NOON)])
def test_only_the_person_concerned_consents(command: Any) -> None:
    assert decide(INCOMPLETE, command) == Refused("SCR-PERSON")


def test_a_consent_on_paper_is_brought_by_who_handles_the_case_and_was_signed_by_then() -> None:
    signed = Signed("F/1", LATER.date(), CLERK)
    assert decide(CONSENT_PENDING, BringConsent(signed, LATER)) == [Consented(LATER, signed)]
    assert decide(CONSENT_PENDING, BringConsent(replace(signed, by=STRANGER), LATER)) == Refused("SCR-NEED")
    tomorrow = replace(signed, on=LATER.date() + timedelta(days=1))
    assert decide(CONSENT_PENDING, BringConsent(tomorrow, LATER)) == Refused("SCR-FUTURE", "signed_on")
    assert decide(NEW, replace(ASKED, signed=tomorrow, at=LATER)) == Refused("SCR-FUTURE", "signed_on")


def test_who_does_not_consent_is_not_screened() -> None:
    assert decide(CONSENT_PENDING, RefuseConsent(PERSON, NOON)) == [ConsentRefused(NOON)]
    (said,) = outgoing.case_tells(CASE, ConsentRefused(NOON), REFUSED)
    assert said.model_dump()["reason_code"] == "consent_refused"


@pytest.mark.parametrize("state", [INCOMPLETE, IN_VERIFICATION, ASSESSMENT, PREPARED, WITH_SECURITY_OFFICER, AT_CG, CENTRALISED])
def test_consent_can_be_withdrawn_until_the_decision(state: Case) -> None:
    assert decide(state, WithdrawConsent(PERSON, LATER)) == [ConsentWithdrawn(LATER)]
    after = evolve(state, ConsentWithdrawn(LATER))
    assert {deadline.name for deadline in due(after)} == {"seal"}
    told = list(outgoing.case_tells(CASE, ConsentWithdrawn(LATER), after))
    assert [message.about.name for message in told] == ["ConsentWithdrawn", "ScreeningCancelled"]


@pytest.mark.parametrize("state", [NEGATIVE, NOTIFIED, FINAL, ANSWERED, TRANSMITTED])
def test_a_decision_is_not_undone_by_withdrawing_consent(state: Case) -> None:
    assert decide(state, WithdrawConsent(PERSON, LATER)) == Refused("SCR-STATE")


# Who handles it


@pytest.mark.parametrize(
    ("state", "command"),
    [
        (INCOMPLETE, EnterPerson(VAULT, False, STRANGER, NOON)),
        (IN_VERIFICATION, AnswerCheck(Source.CRIMINAL_RECORD, Result.NOTHING_FOUND, None, STRANGER, NOON)),
        (ASSESSMENT, Assess(Outcome.POSITIVE, None, STRANGER, NOON)),
        (PREPARED, Decide(Outcome.POSITIVE, None, None, STRANGER, NOON)),
        (WITH_NAMES, Submit(STRANGER, NOON)),
        (AT_CG, Examine((), STRANGER, NOON)),
        (CENTRALISED, Transmit(STRANGER, NOON)),
    ],
)
def test_only_designated_officers_need_to_know(state: Case, command: Any) -> None:
    assert decide(state, command) == Refused("SCR-NEED")


def test_scr_3_who_prepared_does_not_decide() -> None:
    assert decide(PREPARED, Decide(Outcome.POSITIVE, None, None, VERIFIER, LATER)) == Refused("SCR-3")


def test_scr_3_nobody_handles_their_own_case() -> None:
    assert decide(CONSENT_PENDING, Designate((PERSON,), HEAD, NOON)) == Refused("SCR-3", "officers")
    assert decide(CONSENT_PENDING, Designate((STRANGER,), PERSON, NOON)) == Refused("SCR-3")
    assert decide(PREPARED, Exclude(VERIFIER, Tie.COLLEAGUE, PERSON, LATER)) == Refused("SCR-3")
    own = replace(PREPARED, officers=(*PREPARED.officers, PERSON))
    assert decide(own, Decide(Outcome.POSITIVE, None, None, PERSON, LATER)) == Refused("SCR-3")


def test_scr_3_who_has_a_tie_with_the_person_is_kept_away() -> None:
    kept_away = given(Exclude(DECIDER, Tie.PARTNER, HEAD, NOON), start=PREPARED)
    assert DECIDER not in kept_away.officers
    assert decide(kept_away, Decide(Outcome.POSITIVE, None, None, DECIDER, LATER)) == Refused("SCR-3")
    assert decide(kept_away, Designate((DECIDER,), HEAD, LATER)) == Refused("SCR-3", "officers")


# Checks


def test_each_source_has_its_own_clock() -> None:
    clocks = {deadline.name for deadline in due(IN_VERIFICATION)} - {"decision"}
    assert clocks == {f"check:{source}" for source in VERIFICATION}
    answered = given(*all_in(VERIFICATION[:3]), start=IN_VERIFICATION)
    assert {d.name for d in due(answered)} - {"decision"} == {f"check:{source}" for source in VERIFICATION[3:]}


def test_a_late_source_is_marked_and_may_still_answer() -> None:
    assert [check.source for check in SOURCE_LATE.checks if check.late] == [Source.NATIONAL_REGISTER]
    assert SOURCE_LATE.status is Status.IN_VERIFICATION
    assert given(*all_in((Source.NATIONAL_REGISTER,)), start=SOURCE_LATE)
    event = decide(IN_VERIFICATION, Due("check:national_register", LATER))
    assert event == [CheckOverdue(Source.NATIONAL_REGISTER, LATER)]


def test_the_last_source_opens_the_assessment() -> None:
    before = given(*all_in(VERIFICATION[1:]), start=IN_VERIFICATION)
    decided = decide(before, all_in(VERIFICATION[:1])[0])
    assert isinstance(decided, list)
    assert decided[-1] == VerificationCompleted(LATER)


def test_a_source_answers_once() -> None:
    once = given(*all_in(VERIFICATION[:1]), start=IN_VERIFICATION)
    assert decide(once, all_in(VERIFICATION[:1])[0]) == []
    assert decide(once, all_in(VERIFICATION[:1], Result.INFO_FOUND)[0]) == Refused("SCR-CHECK", "source")


def test_scr_8_no_cohabitants_in_an_advice() -> None:
    assert decide(INCOMPLETE, EnterPerson(VAULT, True, CLERK, NOON)) == Refused("SCR-8", "cohabitants")
    assert not INVESTIGATION_ONLY & set(VERIFICATION + CANDIDATES)
    for source in INVESTIGATION_ONLY:
        assert decide(IN_VERIFICATION, AnswerCheck(source, Result.INFO_FOUND, VAULT, VERIFIER, NOON)) == Refused("SCR-8", "source")
    assert decide(WITH_SECURITY_OFFICER, EnterPerson(VAULT, True, CLERK, NOON)) == [PersonEntered(VAULT, CLERK, NOON)]


@pytest.mark.parametrize(
    ("first", "others", "answer"),
    [
        (Result.NOTHING_FOUND, Result.NOTHING_FOUND, FilesResult.NOTHING_FOUND),
        (Result.INFO_FOUND, Result.NO_ANSWER, FilesResult.INFORMATION_FOUND),
        (Result.NO_ANSWER, Result.NOTHING_FOUND, FilesResult.INCOMPLETE),
    ],
)
def test_a_recruitment_is_answered_and_never_decided_here(first: Result, others: Result, answer: FilesResult) -> None:
    before = given(*all_in(CANDIDATES[1:], others), start=CHECKED_CANDIDATE)
    decided = decide(before, all_in(CANDIDATES[:1], first)[0])
    assert isinstance(decided, list)
    assert decided[-1] == RecruitmentAnswered(answer, LATER)
    assert decide(ANSWERED, Assess(Outcome.POSITIVE, None, VERIFIER, LATER)) == Refused("SCR-STATE")
    assert decide(ANSWERED, Decide(Outcome.POSITIVE, None, None, DECIDER, LATER)) == Refused("SCR-STATE")


# The decision


def test_all_sources_come_before_the_assessment_and_it_before_the_decision() -> None:
    assert decide(IN_VERIFICATION, Assess(Outcome.POSITIVE, None, VERIFIER, LATER)) == Refused("SCR-CHECKS")
    assert decide(ASSESSMENT, Decide(Outcome.POSITIVE, None, None, DECIDER, LATER)) == Refused("SCR-ASSESS")
    assert decide(ASSESSMENT, Assess(Outcome.POSITIVE, VAULT, VERIFIER, LATER)) == [Assessed(Outcome.POSITIVE, VAULT, VERIFIER, LATER)]


def test_scr_5_a_negative_advice_says_no_reason() -> None:
    (event,) = [e for e in decide(PREPARED, Decide(Outcome.NEGATIVE, None, VAULT, DECIDER, LATER)) if isinstance(e, Decided)]
    (said,) = outgoing.case_tells(CASE, event, NEGATIVE)
    assert set(said.model_dump(exclude_none=True)) == {"case_id", "request_id", "requester_ref", "outcome"}
    assert decide(PREPARED, Decide(Outcome.NEGATIVE, None, None, DECIDER, LATER)) == Refused("SCR-REASONS", "reasons")


def test_scr_9_a_positive_advice_holds_for_five_years_at_most() -> None:
    longest = years_after(LATER, 5)
    assert POSITIVE.decision
    assert POSITIVE.decision.valid_until == datetime(2031, 4, 18, tzinfo=BRUSSELS)
    assert decide(PREPARED, Decide(Outcome.POSITIVE, longest, None, DECIDER, LATER)) == [Decided(Outcome.POSITIVE, longest, None, DECIDER, LATER)]
    too_long = longest + timedelta(seconds=1)
    assert decide(PREPARED, Decide(Outcome.POSITIVE, too_long, None, DECIDER, LATER)) == Refused("SCR-9", "valid_until")
    assert decide(PREPARED, Decide(Outcome.POSITIVE, LATER, None, DECIDER, LATER)) == Refused("SCR-9", "valid_until")
    assert decide(PREPARED, Decide(Outcome.NEGATIVE, longest, VAULT, DECIDER, LATER)) == Refused("SCR-9", "valid_until")


@all_of(st.datetimes(datetime(2025, 1, 2), datetime(2060, 1, 1), timezones=st.just(BRUSSELS)))  # noqa: DTZ001
def test_scr_9_whenever_it_is_decided(at: datetime) -> None:
    (event,) = decide(PREPARED, Decide(Outcome.POSITIVE, None, None, DECIDER, at))  # type: ignore[misc]
    assert at < event.valid_until <= years_after(at, 5)


def test_scr_9_an_advice_that_has_expired_no_longer_counts() -> None:
    assert POSITIVE.decision
    assert POSITIVE.decision.valid_until
    end = POSITIVE.decision.valid_until
    assert Deadline("expiry", end) in due(POSITIVE)
    assert advice_counts(POSITIVE, end - timedelta(seconds=1))
    assert not advice_counts(POSITIVE, end)
    expired = evolve(POSITIVE, AdviceExpired(end))
    assert not advice_counts(expired, NOON)
    (said,) = outgoing.case_tells(CASE, AdviceExpired(end), expired)
    assert said.about.name == "SecurityAdviceExpired"


def test_scr_6_late_is_not_positive_and_opens_an_appeal() -> None:
    due_at = datetime(2026, 5, 16, tzinfo=BRUSSELS)
    (event,) = decide(IN_VERIFICATION, Due("decision", due_at))  # type: ignore[misc]
    assert event == DecisionOverdue(due_at, datetime(2026, 5, 27, tzinfo=BRUSSELS)), "8 days from 15 May end on a Saturday; Whit Monday follows"
    assert LATE.status is IN_VERIFICATION.status
    assert LATE.decision is None
    assert LATE.decision_due_at == IN_VERIFICATION.decision_due_at, "the first due date stays"
    assert given(*all_in(VERIFICATION), start=LATE).status is Status.ASSESSMENT, "late action is not blocked"
    assert [m.about.name for m in outgoing.case_tells(CASE, event, LATE)] == ["DecisionDeadlineMissed", "AppealWindowOpened"]


# SCR-12: notification and appeal


def test_scr_12_the_appeal_against_an_advice_runs_eight_days_from_notification() -> None:
    told = Notify("hr", datetime(2026, 4, 23, 10, tzinfo=BRUSSELS), Means.REGISTERED_LETTER, datetime(2026, 4, 24, 9, tzinfo=BRUSSELS))
    decided = decide(NEGATIVE, told)
    assert decided == [Notified(told.notified_at, told.means, datetime(2026, 5, 5, tzinfo=BRUSSELS))], "1 May and a weekend move it to Monday 4 May"


def test_scr_12_the_window_closes_by_itself_and_then_it_is_final() -> None:
    assert NOTIFIED.appeal_until
    assert due(NOTIFIED) == {Deadline("appeal", NOTIFIED.appeal_until)}
    assert decide(NOTIFIED, Due("appeal", NOTIFIED.appeal_until)) == [AppealWindowClosed(NOTIFIED.appeal_until)]
    assert FINAL.status is Status.FINAL


def test_scr_12_nobody_is_notified_before_the_decision_or_in_the_future() -> None:
    assert decide(PREPARED, Notify("hr", LATER, Means.HANDED_OVER, LATER)) == Refused("SCR-UNDECIDED", "case_id")
    assert decide(NEGATIVE, Notify("hr", LATER - timedelta(days=1), Means.HANDED_OVER, LATER)) == Refused("SCR-12", "notified_at")
    assert decide(NEGATIVE, Notify("hr", LATER + timedelta(seconds=1), Means.HANDED_OVER, LATER)) == Refused("SCR-FUTURE", "notified_at")
    first = datetime.min.replace(tzinfo=BRUSSELS)
    assert decide(NEGATIVE, Notify("hr", first, Means.HANDED_OVER, LATER)) == Refused("SCR-12", "notified_at")


def test_only_hr_says_that_an_advice_was_notified_and_once() -> None:
    assert decide(NEGATIVE, Notify("nvo", LATER, Means.HANDED_OVER, LATER)) == Refused("SCR-NOTIFIER", "case_id")
    assert decide(TRANSMITTED, Notify("hr", LATER, Means.HANDED_OVER, LATER)) == Refused("SCR-NOTIFIER", "case_id")
    assert decide(NOTIFIED, Notify("hr", LATER, Means.REGISTERED_LETTER, LATER)) == []
    again = LATER + timedelta(days=1)
    assert decide(NOTIFIED, Notify("hr", again, Means.REGISTERED_LETTER, again)) == Refused("SCR-NOTIFIED", "notified_at")


# A clearance on its way


def test_an_incomplete_application_goes_back_and_starts_no_term() -> None:
    assert decide(WITH_SECURITY_OFFICER, Submit(CLERK, NOON)) == Refused("SCR-INCOMPLETE", "person_data")
    assert decide(WITH_NAMES, Submit(CLERK, NOON)) == [Submitted(CLERK, NOON)]
    assert decide(AT_CG, Examine(("photo",), CLERK, NOON)) == [FoundIncomplete(("photo",), CLERK, NOON)]
    back = given(Examine(("photo",), CLERK, NOON), start=AT_CG)
    assert (back.status, back.missing, due(back)) == (Status.WITH_SECURITY_OFFICER, ("photo",), set())
    assert decide(AT_CG, Transmit(CLERK, NOON)) == Refused("SCR-INCOMPLETE")
    assert decide(AT_CG, Examine((), CLERK, NOON)) == [FoundComplete(CLERK, NOON)]


def test_what_is_transmitted_says_all_that_the_application_needs() -> None:
    (event,) = decide(CENTRALISED, Transmit(CLERK, LATER))  # type: ignore[misc]
    assert isinstance(event, SentToAuthority)
    assert (event.person_id, event.level, event.regime_id, event.terms.decision) == (PERSON, Level.GEHEIM, "2025", "6 months")
    assert list(outgoing.case_tells(CASE, event, TRANSMITTED)) == [], "the application tells it"


# The end of the need


def test_an_ended_assignment_is_recorded_once_and_unknown_ones_do_no_harm() -> None:
    assert decide(POSITIVE, EndNeed(LATER)) == [NeedEnded(LATER)]
    assert decide(ENDED, EndNeed(LATER)) == []
    assert decide(NEW, EndNeed(LATER)) == []


def test_only_an_open_case_is_touched_by_a_reorganisation_and_once() -> None:
    assert decide(NEW, TOUCHED) == decide(POSITIVE, TOUCHED) == []
    [touched] = decide(CONSENT_PENDING, TOUCHED)  # type: ignore[misc]
    assert decide(evolve(CONSENT_PENDING, touched), TOUCHED) == []
    another_day = TouchBy(replace(TOUCHED.touch, effective_date=date(2026, 9, 1)))
    moved = given(another_day, start=evolve(CONSENT_PENDING, touched))
    assert moved.touched == (another_day.touch,)


def test_nothing_can_be_done_with_a_case_that_does_not_exist() -> None:
    for command in COMMANDS:
        if not isinstance(command, Request | EndNeed | TouchBy):
            assert decide(NEW, command) == Refused("NOT-FOUND", "case_id" if isinstance(command, Appeal) else None)


def test_designating_somebody_twice_changes_nothing() -> None:
    assert decide(CONSENT_PENDING, Designate((VERIFIER,), HEAD, LATER)) == []
    assert decide(CONSENT_PENDING, Designate((VERIFIER, STRANGER), HEAD, LATER)) == [OfficersDesignated((STRANGER,), HEAD, LATER)]


# Appeals (SCR-12)


def test_an_advice_is_appealed_when_negative_and_when_late() -> None:
    assert set(grounds(NOTIFIED)) == {Ground.NEGATIVE}
    assert set(grounds(LATE)) == {Ground.LATE}
    assert set(grounds(CERTIFIED)) == {Ground.REFUSED}
    assert [dict(grounds(state)) for state in (POSITIVE, IN_VERIFICATION, TRANSMITTED, ANSWERED)] == [{}] * 4
    assert decide(NOTIFIED, lodged(Ground.LATE)) == Refused("SCR-GROUND", "ground")
    assert decide(POSITIVE, lodged()) == Refused("SCR-GROUND", "ground")


def test_scr_6_a_late_decision_can_be_appealed_from_the_lapse_of_its_term() -> None:
    decided = decide(LATE, lodged(Ground.LATE, date(2026, 5, 18)))
    assert isinstance(decided, list)
    (appealed,) = decided
    assert isinstance(appealed, CaseAppealed)
    assert appealed.until == LATE.appeal_until
    assert LATE_APPEALED.status is Status.IN_VERIFICATION, "late action is never blocked"
    assert LATE_APPEALED.appeal_until is None
    assert decide(LATE, lodged(Ground.LATE, date(2026, 5, 15))) == Refused("SCR-12", "posted_on"), "it was not late yet"


def test_scr_12_an_appeal_out_of_time_is_taken_for_the_body_to_judge() -> None:
    assert FINAL.appeal_until is None
    decided = decide(FINAL, lodged(posted_on=LATER.date() + timedelta(days=30)))
    assert isinstance(decided, list)
    (appealed,) = decided
    assert isinstance(appealed, CaseAppealed)
    assert appealed.until == NOTIFIED.appeal_until
    assert evolve(FINAL, appealed).status is Status.UNDER_APPEAL


def test_there_is_one_appeal_against_a_decision() -> None:
    assert decide(UNDER_APPEAL, lodged()) == []
    assert decide(UNDER_APPEAL, lodged(Ground.LATE)) == Refused("SCR-REQUEST", "request_id")
    assert decide(UNDER_APPEAL, lodged(appeal_id=STRANGER)) == Refused("SCR-APPEALED", "ground")
    over = given(ruled(AppealOutcome.UNFOUNDED), start=UNDER_APPEAL)
    assert over.status is Status.FINAL
    assert decide(over, lodged(appeal_id=STRANGER)) == Refused("SCR-APPEALED", "ground"), "no further appeal"
    assert decide(over, ruled(AppealOutcome.FOUNDED)) == []


def test_the_appeal_body_itself_gives_the_advice() -> None:
    decided = decide(UNDER_APPEAL, ruled(AppealOutcome.FOUNDED))
    assert isinstance(decided, list)
    assert [type(event) for event in decided] == [AppealConcluded, GivenOnAppeal]
    after = given(ruled(AppealOutcome.FOUNDED), start=UNDER_APPEAL)
    assert advice_counts(after, LATER + timedelta(days=42))
    (said,) = outgoing.case_tells(CASE, decided[1], after)
    assert said.model_dump()["outcome"] is Outcome.POSITIVE
    assert {deadline.name for deadline in due(after)} == {"expiry", "seal"}
    until = NOON + timedelta(days=300)
    assert given(ruled(AppealOutcome.FOUNDED, until), start=UNDER_APPEAL).decision == replace(after.decision, valid_until=until)  # type: ignore[type-var]


def test_a_certificate_must_be_granted_when_the_appeal_is_founded() -> None:
    assert ORDERED.status is Status.GRANT_ORDERED
    assert any(isinstance(event, GrantOrdered) for event in decide(given(lodged(Ground.REFUSED), start=CERTIFIED), ruled(AppealOutcome.FOUNDED)))  # type: ignore[union-attr]
    at = LATER + timedelta(days=50)
    assert decide(ORDERED, Decide(Outcome.NEGATIVE, None, VAULT, DECIDER, at)) == Refused("SCR-ORDER", "outcome")
    assert given(Decide(Outcome.POSITIVE, None, None, DECIDER, at), start=ORDERED).status is Status.DECIDED


def test_what_nuclear_control_made_of_the_answer_is_appealed_and_it_alone_grants() -> None:
    answered = replace(ANSWERED, kind=Kind.NUCLEAR, notified_at=LATER, status=Status.NOTIFIED)
    assert set(grounds(answered)) == {Ground.REFUSED}
    after = given(lodged(Ground.REFUSED), ruled(AppealOutcome.FOUNDED), start=answered)
    assert (after.status, after.result) == (Status.FINAL, ANSWERED.result)


@pytest.mark.parametrize("outcome", [AppealOutcome.INADMISSIBLE, AppealOutcome.WITHOUT_OBJECT, AppealOutcome.UNFOUNDED])
def test_otherwise_what_was_decided_stands(outcome: AppealOutcome) -> None:
    after = given(ruled(outcome), start=UNDER_APPEAL)
    assert (after.status, after.decision) == (Status.FINAL, NOTIFIED.decision)
    late = given(ruled(outcome), start=LATE_APPEALED)
    assert late.status is Status.IN_VERIFICATION, "and what is due is still due"


# Reassessment on new facts


def test_a_positive_advice_is_looked_at_again_and_counts_until_it_is_said_not_to() -> None:
    assert decide(POSITIVE, Doubt(AFTERCARE, LATER)) == [ReassessmentOpened(AFTERCARE, LATER)]
    assert (REASSESSMENT.status, REASSESSMENT.before) == (Status.REASSESSMENT, Status.NOTIFIED)
    assert advice_counts(REASSESSMENT, LATER)
    assert decide(REASSESSMENT, Doubt(STRANGER, LATER)) == []


@pytest.mark.parametrize("state", [IN_VERIFICATION, PREPARED, NOTIFIED, FINAL, ANSWERED, TRANSMITTED, CANCELLED])
def test_what_is_no_positive_advice_is_not_reassessed(state: Case) -> None:
    assert decide(state, Doubt(AFTERCARE, LATER)) == []


def test_scr_3_a_reassessment_has_four_eyes() -> None:
    assert decide(REASSESSMENT, Decide(Outcome.NEGATIVE, None, VAULT, DECIDER, LATER)) == Refused("SCR-ASSESS")
    assert decide(PREPARED_AGAIN, Decide(Outcome.NEGATIVE, None, VAULT, VERIFIER, LATER)) == Refused("SCR-3")
    assert decide(PREPARED_AGAIN, Decide(Outcome.NEGATIVE, None, None, DECIDER, LATER)) == Refused("SCR-REASONS", "reasons")
    assert decide(PREPARED_AGAIN, Decide(Outcome.POSITIVE, LATER + timedelta(days=9), None, DECIDER, LATER)) == Refused("SCR-9", "valid_until")


def test_an_advice_that_stays_positive_keeps_its_validity() -> None:
    after = given(Decide(Outcome.POSITIVE, None, None, DECIDER, LATER), start=PREPARED_AGAIN)
    assert (after.status, after.decision, after.before) == (Status.NOTIFIED, REASSESSMENT.decision, None)
    (said,) = outgoing.case_tells(CASE, Reassessed(AFTERCARE, Outcome.POSITIVE, None, DECIDER, LATER), after)
    assert (said.about.name, said.model_dump()["outcome"]) == ("SecurityAdviceReassessed", Outcome.POSITIVE)


def test_an_advice_that_becomes_negative_is_notified_and_can_be_appealed() -> None:
    assert not advice_counts(REASSESSED, LATER)
    assert due(REASSESSED) == set()
    notified = given(Notify("hr", LATER, Means.REGISTERED_LETTER, LATER), start=REASSESSED)
    assert {deadline.name for deadline in due(notified)} == {"appeal"}
    assert set(grounds(notified)) == {Ground.REASSESSED}
    assert set(grounds(replace(notified, kind=Kind.CERTIFICATE))) == {Ground.WITHDRAWN}
    after = given(lodged(Ground.REASSESSED), ruled(AppealOutcome.FOUNDED), Doubt(AFTERCARE, LATER), start=notified)
    assert after.status is Status.REASSESSMENT, "positive again, and so again open to new facts"


def test_an_advice_that_expires_meanwhile_is_not_reassessed_any_more() -> None:
    assert REASSESSMENT.decision
    assert REASSESSMENT.decision.valid_until
    after = given(Due("expiry", REASSESSMENT.decision.valid_until), start=REASSESSMENT)
    assert after.status is Status.NOTIFIED
    (said,) = [said for event in decide(REASSESSMENT, Due("expiry", LATER)) for said in outgoing.case_tells(CASE, event, after)]  # type: ignore[union-attr]
    assert said.about.name == "SecurityAdviceExpired"


def test_a_notification_during_the_reassessment_opens_the_window() -> None:
    doubted = given(Doubt(AFTERCARE, LATER), start=POSITIVE)
    told = given(Notify("hr", LATER, Means.REGISTERED_LETTER, LATER), start=doubted)
    assert (told.status, told.before) == (Status.REASSESSMENT, Status.NOTIFIED)
    assert told.appeal_until
    closed = given(Due("appeal", told.appeal_until), start=told)
    assert closed.before is Status.FINAL


def test_consent_withdrawn_for_an_advice_in_force_stops_monitoring_and_no_more() -> None:
    assert decide(POSITIVE, WithdrawConsent(PERSON, LATER)) == [MonitoringStopped(LATER)]
    after = given(WithdrawConsent(PERSON, LATER), start=POSITIVE)
    assert decide(after, WithdrawConsent(PERSON, LATER)) == []
    assert advice_counts(after, LATER)
    (said,) = outgoing.case_tells(CASE, MonitoringStopped(LATER), after)
    assert said.about.name == "ConsentWithdrawn"


# Consultations with clocks of their own


def test_a_source_gets_more_time_for_a_reason_and_its_first_date_is_kept() -> None:
    asked = ExtendCheck(Source.INTERNATIONAL_POLICE, 30, "foreign_authority", VERIFIER, LATER)
    assert decide(IN_VERIFICATION, asked) == [
        CheckExtended(Source.INTERNATIONAL_POLICE, datetime(2026, 5, 19, tzinfo=BRUSSELS), "foreign_authority", VERIFIER, LATER)
    ], "30 days to Monday 18 May"
    after = given(asked, start=SOURCE_LATE)
    (check,) = [check for check in after.checks if check.source is Source.INTERNATIONAL_POLICE]
    assert (check.first_due_at, check.late, check.extended_for) == (IN_VERIFICATION.checks[0].due_at, False, "foreign_authority")
    assert after.decision_due_at == SOURCE_LATE.decision_due_at, "the term for deciding does not move"
    assert decide(after, ExtendCheck(Source.INTERNATIONAL_POLICE, 5, "foreign_authority", VERIFIER, LATER)) == Refused("SCR-EXTEND", "days")
    assert decide(ANSWERED, asked) == Refused("SCR-STATE")


# SCR-13: retention


def test_scr_13_what_is_over_is_sealed_when_its_retention_ends() -> None:
    assert FINAL.over_at == NOTIFIED.appeal_until
    assert due(FINAL) == {Deadline("seal", datetime(2031, 4, 29, tzinfo=BRUSSELS))}, "5 years from 28 April 2026, as the term for appeal was over"
    candidate = given(Notify("hr", LATER, Means.REGISTERED_LETTER, LATER), start=ANSWERED)
    over = given(Due("appeal", candidate.appeal_until or NOON), start=candidate)
    assert [deadline.at.year for deadline in due(over)] == [2028], "a recruitment is not kept as long"
    assert {deadline.name for deadline in due(REFUSED)} == {"seal"}


def test_scr_13_a_positive_advice_is_kept_while_it_counts_and_then_as_long() -> None:
    notified = given(Notify("hr", LATER, Means.REGISTERED_LETTER, LATER), start=POSITIVE)
    over = given(Due("appeal", notified.appeal_until or NOON), start=notified)
    assert over.decision
    assert over.decision.valid_until
    (sealing,) = [deadline for deadline in due(over) if deadline.name == "seal"]
    assert sealing.at > years_after(over.decision.valid_until, 5)


def test_scr_13_a_sealed_file_is_closed_to_all_but_an_appeal_opens_it() -> None:
    for command in COMMANDS:
        if isinstance(command, Consent | Designate | AnswerCheck | Assess | Decide | Submit | Transmit | Exclude | EnterPerson):
            assert decide(SEALED, command) == Refused("SCR-13")
    assert decide(SEALED, Seal(LATER)) == []
    assert due(SEALED) == set()
    assert given(lodged(), start=SEALED).sealed_at is None
    assert decide(TRANSMITTED, Seal(LATER)) == [Sealed(LATER)], "a clearance's file lies in its case"


def test_a_clock_that_strikes_is_nobody_acting_on_the_case() -> None:
    assert LATE.acted_at == IN_VERIFICATION.acted_at == NOON
    assert ASSESSMENT.acted_at == LATER


# The reasons, full and notifiable


def test_the_person_may_be_told_none_for_a_reason_on_record() -> None:
    withheld = given(Decide(Outcome.NEGATIVE, None, VAULT, DECIDER, LATER, "state_security"), start=PREPARED)
    assert withheld.decision
    assert withheld.decision.withheld == "state_security"
    assert decide(PREPARED, Decide(Outcome.NEGATIVE, None, None, DECIDER, LATER, "state_security")) == Refused("SCR-REASONS", "reasons"), "the full ones always"
