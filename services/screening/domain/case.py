"""A screening case: advice or certificate from request to final, recruitment or nuclear verification up to its answer, clearance up to its transmission."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import assert_never
from uuid import UUID

from cg_contracts.levels import Level
from cg_contracts.screening import AppealOutcome, FilesResult, Ground, Means, Outcome, Scope
from cg_contracts.screening import ScreeningKind as Kind
from cg_kit.pure import Deadline, Due, Refused
from services.screening.domain.appeal import Against, Brought, Filing, Ruling, bringing, concluded, is_open, pending
from services.screening.domain.impact import Touch, noted
from services.screening.domain.regime import (
    BY_ID,
    INVESTIGATION_ONLY,
    LONGEST_SUSPENSION,
    SUSPENSIONS,
    ConsentMode,
    Source,
    Terms,
    day_of,
    end_of_term,
    last_day,
    regime_on,
    start_of,
    years_after,
)


class Status(StrEnum):
    """Where a case stands. Lateness is no status: a late case stays where it is (SCR-6)."""

    NEW = "NEW"
    CONSENT_PENDING = "CONSENT_PENDING"
    INCOMPLETE = "INCOMPLETE"
    IN_VERIFICATION = "IN_VERIFICATION"
    ASSESSMENT = "ASSESSMENT"
    PREPARED = "PREPARED"
    WITH_SECURITY_OFFICER = "WITH_SECURITY_OFFICER"
    AT_CG = "AT_CG"
    CENTRALISED = "CENTRALISED"
    TRANSMITTED = "TRANSMITTED"
    DECIDED = "DECIDED"
    ANSWERED = "ANSWERED"
    NOTIFIED = "NOTIFIED"
    UNDER_APPEAL = "UNDER_APPEAL"
    GRANT_ORDERED = "GRANT_ORDERED"
    REASSESSMENT = "REASSESSMENT"
    FINAL = "FINAL"
    CLOSED_NO_CONSENT = "CLOSED_NO_CONSENT"
    CANCELLED = "CANCELLED"


UNDECIDED = frozenset(
    {
        Status.CONSENT_PENDING,
        Status.INCOMPLETE,
        Status.IN_VERIFICATION,
        Status.ASSESSMENT,
        Status.PREPARED,
        Status.WITH_SECURITY_OFFICER,
        Status.AT_CG,
        Status.CENTRALISED,
    }
)
"""A case that this service still has to bring to its decision, answer or transmission."""


OVER = frozenset({Status.FINAL, Status.CLOSED_NO_CONSENT, Status.CANCELLED})
"""Nothing more is to be done here; once its retention has ended, the file is sealed (SCR-13)."""

AFTER_DECISION = frozenset({Status.DECIDED, Status.NOTIFIED, Status.FINAL})
"""Where a positive advice rests until somebody has reason to look at it again."""


class Result(StrEnum):
    """What a source said, without its content."""

    NOTHING_FOUND = "NOTHING_FOUND"
    INFO_FOUND = "INFO_FOUND"
    NO_ANSWER = "NO_ANSWER"


class Tie(StrEnum):
    """Why somebody may not handle a case (SCR-3)."""

    PARTNER = "partner"
    COLLEAGUE = "colleague"
    OTHER = "other"


SELF = "screening"
"""Who asked for a case that this house opened by itself: for an event, from a file, to renew a clearance. Who asked so also notifies."""

ANSWERED_ONLY = frozenset({Kind.RECRUITMENT, Kind.NUCLEAR})
"""What this service looks up and does not decide: the deliberation commission and nuclear control do."""


@dataclass(frozen=True, slots=True)
class Occasion:
    """The place and period that a case is for. With an event, undecided at its start means no access, and nothing is granted afterwards."""

    place: str
    starts_at: datetime
    ends_at: datetime
    event_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Signed:
    """A consent on paper: the reference of the form, the day of its signature, and the security officer who brings it in."""

    form: str
    on: date
    by: UUID


@dataclass(frozen=True, slots=True)
class Suspension:
    """The term for deciding stands still from `since` until it is resumed, at `until` at the latest."""

    reason_code: str
    since: datetime
    until: datetime
    resumed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Check:
    """One source that is asked about the person, with its own clock. `content` is the vault's entry; `extended_for`: why it has more time."""

    source: Source
    asked_at: datetime
    due_at: datetime
    result: Result | None = None
    answered_at: datetime | None = None
    content: UUID | None = None
    late: bool = False
    first_due_at: datetime | None = None
    extended_for: str = ""


@dataclass(frozen=True, slots=True)
class Assessment:
    """What an officer proposes; the reasons are the vault's entry."""

    by: UUID
    proposal: Outcome
    reasons: UUID | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Decision:
    """What was decided, by whom (none: by the appeal body); the reasons, full and notifiable, are the vault's entry (SCR-5).

    `withheld`: why the person is told none, as a code; then there is no notifiable text.
    """

    outcome: Outcome
    by: UUID | None
    valid_until: datetime | None
    reasons: UUID | None
    withheld: str | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """A case as it stands. Instants are aware; `person_data` is the vault's entry with names and numbers.

    While the advice is reassessed, `reassessed_for` is the aftercare case that is the reason, and `before` where the case stood. `reassessed_at`: when
    a reassessment made the advice negative. `monitoring_stopped_at`: when the person withdrew consent although the advice goes on (effect on validity U: none).
    """

    status: Status = Status.NEW
    kind: Kind | None = None
    regime_id: str = ""
    terms: Terms | None = None
    person_id: UUID | None = None
    request_id: UUID | None = None
    requester_ref: str = ""
    asked_by: str = ""
    purpose: str = ""
    level: Level | None = None
    needed_by: date | None = None
    person_data: UUID | None = None
    opened_at: datetime | None = None
    decision_due_at: datetime | None = None
    late_at: datetime | None = None
    consented_at: datetime | None = None
    checks: tuple[Check, ...] = ()
    officers: tuple[UUID, ...] = ()
    excluded: tuple[UUID, ...] = ()
    missing: tuple[str, ...] = ()
    assessment: Assessment | None = None
    decision: Decision | None = None
    result: FilesResult | None = None
    decided_at: datetime | None = None
    notified_at: datetime | None = None
    appeal_until: datetime | None = None
    need_ended_at: datetime | None = None
    expired_at: datetime | None = None
    scopes: tuple[Scope, ...] = ()
    occasion: Occasion | None = None
    exception_code: str | None = None
    renews: UUID | None = None
    abandoned_at: datetime | None = None
    appeals: tuple[Brought, ...] = ()
    reassessed_for: UUID | None = None
    before: Status | None = None
    reassessed_at: datetime | None = None
    monitoring_stopped_at: datetime | None = None
    suspensions: tuple[Suspension, ...] = ()
    first_due_at: datetime | None = None
    touched: tuple[Touch, ...] = ()
    acted_at: datetime | None = None
    over_at: datetime | None = None
    sealed_at: datetime | None = None


NEW = Case()


# Commands


@dataclass(frozen=True, slots=True)
class Request:
    """An account asks for a screening; `at` is when this service first had the request."""

    request_id: UUID
    requester_ref: str
    asked_by: str
    kind: Kind
    purpose: str
    person_id: UUID
    level: Level | None
    needed_by: date
    person_data: UUID | None
    at: datetime
    scopes: tuple[Scope, ...] = ()
    occasion: Occasion | None = None
    exception_code: str | None = None
    renews: UUID | None = None
    signed: Signed | None = None


@dataclass(frozen=True, slots=True)
class Consent:
    """The person concerned agrees."""

    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class BringConsent:
    """A security officer brings in the form on which the person has agreed."""

    signed: Signed
    at: datetime


@dataclass(frozen=True, slots=True)
class CallOff:
    """The event does not take place."""

    at: datetime


@dataclass(frozen=True, slots=True)
class RefuseConsent:
    """The person concerned does not agree."""

    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class WithdrawConsent:
    """The person concerned no longer agrees."""

    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class Designate:
    """The head of service puts officers on the case: from now on they need to know."""

    officers: tuple[UUID, ...]
    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class Exclude:
    """Somebody may not handle the case, because of a tie with the person."""

    officer: UUID
    tie: Tie
    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class EnterPerson:
    """A security officer has entered names and numbers in the vault; `cohabitants`: whether they name people who live with the person."""

    person_data: UUID
    cohabitants: bool
    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class AnswerCheck:
    """A verifier enters what a source said."""

    source: Source
    result: Result
    content: UUID | None
    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class Assess:
    """An officer prepares the decision."""

    proposal: Outcome
    reasons: UUID | None
    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class Decide:
    """A designated officer decides; without `valid_until` a positive advice holds as long as the regime allows.

    `reasons` hold a full text and a notifiable one, or `withheld` says by a code why the person is told none.
    """

    outcome: Outcome
    valid_until: datetime | None
    reasons: UUID | None
    by: UUID
    at: datetime
    withheld: str | None = None


@dataclass(frozen=True, slots=True)
class Suspend:
    """The head of service lets the term for deciding stand still until a day, for a reason that the rules list."""

    reason_code: str
    until: date
    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class Resume:
    """The head of service lets the term run again before that day."""

    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class Submit:
    """The security officer hands the application in at the CG."""

    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class Examine:
    """The clerk says what is missing from the application; nothing missing: it is complete and centralised."""

    missing: tuple[str, ...]
    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class Transmit:
    """The clerk sends the application to the security authority."""

    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class Notify:
    """An account says when the person was told; `at` is when this service first had that."""

    account: str
    notified_at: datetime
    means: Means
    at: datetime


@dataclass(frozen=True, slots=True)
class EndNeed:
    """The assignment for which the screening was asked has ended."""

    at: datetime


@dataclass(frozen=True, slots=True)
class Appeal:
    """The appeal body has a letter of the person against what was decided, or was not in time."""

    filing: Filing


@dataclass(frozen=True, slots=True)
class ConcludeAppeal:
    """The appeal body has decided."""

    appeal_id: UUID
    ruling: Ruling
    at: datetime


@dataclass(frozen=True, slots=True)
class Doubt:
    """Something was said of the person that bears on a positive advice."""

    aftercare_id: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class TouchBy:
    """A reorganisation touches the post that this is for."""

    touch: Touch


@dataclass(frozen=True, slots=True)
class ExtendCheck:
    """A source, mostly abroad, gets so many days from now on, for a reason."""

    source: Source
    days: int
    reason_code: str
    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class Seal:
    """The retention of what the case led to has ended."""

    at: datetime


Command = (
    Request
    | Consent
    | BringConsent
    | CallOff
    | RefuseConsent
    | WithdrawConsent
    | Designate
    | Exclude
    | EnterPerson
    | AnswerCheck
    | Assess
    | Decide
    | Suspend
    | Resume
    | Submit
    | Examine
    | Transmit
    | Notify
    | EndNeed
    | Appeal
    | ConcludeAppeal
    | Doubt
    | TouchBy
    | ExtendCheck
    | Seal
    | Due
)


# Events


@dataclass(frozen=True, slots=True)
class Opened:
    """A case is open, and keeps the terms of this day's regime."""

    request_id: UUID
    requester_ref: str
    asked_by: str
    kind: Kind
    purpose: str
    person_id: UUID
    level: Level | None
    needed_by: date
    person_data: UUID | None
    regime_id: str
    terms: Terms
    decision_due_at: datetime | None
    at: datetime
    scopes: tuple[Scope, ...] = ()
    occasion: Occasion | None = None
    exception_code: str | None = None
    renews: UUID | None = None


@dataclass(frozen=True, slots=True)
class ConsentPresumed:
    """The regime of this case takes silence for consent."""

    at: datetime


@dataclass(frozen=True, slots=True)
class Consented:
    """The person agreed, here or on a form that was brought in."""

    at: datetime
    signed: Signed | None = None


@dataclass(frozen=True, slots=True)
class ConsentRefused:
    """The person did not agree: nothing was or will be checked."""

    at: datetime


@dataclass(frozen=True, slots=True)
class ConsentWithdrawn:
    """The person agreed before, and no longer does."""

    at: datetime


@dataclass(frozen=True, slots=True)
class OfficersDesignated:
    """These officers need to know."""

    officers: tuple[UUID, ...]
    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class OfficerExcluded:
    """This officer may not handle the case."""

    officer: UUID
    tie: Tie
    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class PersonEntered:
    """Names and numbers are in the vault."""

    person_data: UUID
    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class VerificationStarted:
    """All sources of the case are asked at once."""

    checks: tuple[Check, ...]
    at: datetime
    person_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class CheckAnswered:
    """One source has answered."""

    source: Source
    result: Result
    content: UUID | None
    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class CheckOverdue:
    """One source has not answered in its time."""

    source: Source
    at: datetime


@dataclass(frozen=True, slots=True)
class VerificationCompleted:
    """All sources are in: the case can be assessed."""

    at: datetime


@dataclass(frozen=True, slots=True)
class RecruitmentAnswered:
    """All sources are in: the deliberation commission can decide."""

    result: FilesResult
    at: datetime


@dataclass(frozen=True, slots=True)
class NuclearAnswered:
    """All sources are in: nuclear control can decide."""

    person_id: UUID
    result: FilesResult
    at: datetime


@dataclass(frozen=True, slots=True)
class NuclearAbandoned:
    """A nuclear verification ends without an answer, and so is no earlier one to who asks again (SCR-10)."""

    person_id: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class EventCancelled:
    """What the person was to be screened for does not take place."""

    at: datetime


@dataclass(frozen=True, slots=True)
class EventStarted:
    """The event has begun and nothing was decided: no access, and none will be given for it."""

    at: datetime


@dataclass(frozen=True, slots=True)
class Assessed:
    """An officer has prepared the decision."""

    proposal: Outcome
    reasons: UUID | None
    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class Decided:
    """The advice is given."""

    outcome: Outcome
    valid_until: datetime | None
    reasons: UUID | None
    by: UUID
    at: datetime
    withheld: str | None = None


@dataclass(frozen=True, slots=True)
class TermSuspended:
    """The term for deciding stands still, until then at the latest."""

    reason_code: str
    until: datetime
    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class TermResumed:
    """The term runs again, and ends later by as many days as it stood still."""

    decision_due_at: datetime
    by: UUID | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Submitted:
    """The application is at the CG."""

    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class FoundIncomplete:
    """The application goes back to the security officer; no term runs."""

    missing: tuple[str, ...]
    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class FoundComplete:
    """The application is complete, and centralised with those of the integrated police."""

    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class SentToAuthority:
    """The application leaves for the security authority; all that the application needs to know of the case."""

    person_id: UUID
    request_id: UUID
    requester_ref: str
    level: Level
    regime_id: str
    terms: Terms
    by: UUID
    at: datetime
    scopes: tuple[Scope, ...] = ()
    renews: UUID | None = None


@dataclass(frozen=True, slots=True)
class DecisionOverdue:
    """The term for deciding ended without a decision; the person may appeal until then (exclusive)."""

    at: datetime
    appeal_until: datetime


@dataclass(frozen=True, slots=True)
class Notified:
    """The person was told, and may appeal until then (exclusive)."""

    notified_at: datetime
    means: Means
    appeal_until: datetime


@dataclass(frozen=True, slots=True)
class AppealWindowClosed:
    """The term for appeal is over."""

    at: datetime


@dataclass(frozen=True, slots=True)
class AdviceExpired:
    """A positive advice no longer counts."""

    at: datetime


@dataclass(frozen=True, slots=True)
class NeedEnded:
    """What the screening was asked for is over."""

    at: datetime


@dataclass(frozen=True, slots=True)
class CaseAppealed:
    """An appeal is pending; all that the appeal needs to know of the case. `until`: the end of the term for filing, if it has begun."""

    filing: Filing
    kind: Kind
    person_id: UUID
    requester_ref: str
    against: datetime
    until: datetime | None


@dataclass(frozen=True, slots=True)
class AppealConcluded:
    """The appeal body has decided, and there is no further appeal."""

    appeal_id: UUID
    outcome: AppealOutcome
    at: datetime


@dataclass(frozen=True, slots=True)
class GivenOnAppeal:
    """The appeal body itself gives a positive advice."""

    decision_ref: str
    valid_until: datetime
    at: datetime


@dataclass(frozen=True, slots=True)
class GrantOrdered:
    """The appeal body orders the authority to grant."""

    decision_ref: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ReassessmentOpened:
    """A positive advice is looked at again; it counts until it is said not to."""

    aftercare_id: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class Reassessed:
    """The advice stays positive or is negative now; without an outcome it ended by itself meanwhile."""

    aftercare_id: UUID
    outcome: Outcome | None
    reasons: UUID | None
    by: UUID | None
    at: datetime
    withheld: str | None = None


@dataclass(frozen=True, slots=True)
class MonitoringStopped:
    """The person no longer agrees that their advice be followed up."""

    at: datetime


@dataclass(frozen=True, slots=True)
class CaseTouched:
    """The case is open, and its post touched by a reorganisation."""

    touch: Touch


@dataclass(frozen=True, slots=True)
class CheckExtended:
    """A source has until then (exclusive)."""

    source: Source
    due_at: datetime
    reason_code: str
    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class Sealed:
    """The file is closed to everybody; what it holds of the person waits to be destroyed (SCR-13)."""

    at: datetime


Event = (
    Opened
    | ConsentPresumed
    | Consented
    | ConsentRefused
    | ConsentWithdrawn
    | OfficersDesignated
    | OfficerExcluded
    | PersonEntered
    | VerificationStarted
    | CheckAnswered
    | CheckOverdue
    | VerificationCompleted
    | RecruitmentAnswered
    | NuclearAnswered
    | NuclearAbandoned
    | EventStarted
    | EventCancelled
    | Assessed
    | Decided
    | TermSuspended
    | TermResumed
    | Submitted
    | FoundIncomplete
    | FoundComplete
    | SentToAuthority
    | DecisionOverdue
    | Notified
    | AppealWindowClosed
    | AdviceExpired
    | NeedEnded
    | CaseAppealed
    | AppealConcluded
    | GivenOnAppeal
    | GrantOrdered
    | ReassessmentOpened
    | Reassessed
    | MonitoringStopped
    | CaseTouched
    | CheckExtended
    | Sealed
)


# The state diagram


def decide(case: Case, command: Command) -> list[Event] | Refused:
    """What a command makes of a case: the state diagram."""
    match case.status, command:
        case Status.NEW, Request():
            return opening(command)
        case Status.NEW, EndNeed() | TouchBy():
            return []
        case status, TouchBy(touch):
            return [CaseTouched(touch)] if status in UNDECIDED and touch not in case.touched else []
        case Status.NEW, Appeal():
            return Refused("NOT-FOUND", "case_id")
        case Status.NEW, _:
            return Refused("NOT-FOUND")
        case _, Request():
            return [] if asks_the_same(case, command) else Refused("SCR-REQUEST", "request_id")
        case _, EndNeed(at):
            return [] if case.need_ended_at else [NeedEnded(at)]
        case _, Appeal(filing):
            return appealing(case, filing)
        case _, ConcludeAppeal():
            return concluding(case, command)
        case status, Doubt(aftercare_id, at):
            return [ReassessmentOpened(aftercare_id, at)] if status in AFTER_DECISION and in_force(case, at) else []
        case _, Seal(at) | Due("seal", at):
            return [] if case.sealed_at else [Sealed(at)]

        # who may
        case _, command if refused := barred(case, command):
            return refused
        case _, Designate(officers) if case.person_id in officers or set(officers) & set(case.excluded):
            return Refused("SCR-3", "officers")
        case _, Designate(officers, by, at):
            added = tuple(officer for officer in dict.fromkeys(officers) if officer not in case.officers)
            return [OfficersDesignated(added, by, at)] if added else []
        case _, Exclude(officer, tie, by, at):
            return [] if officer in case.excluded else [OfficerExcluded(officer, tie, by, at)]

        # consent
        case Status.CONSENT_PENDING, Consent(_, at):
            return [Consented(at), *started(case, case.person_data, at)]
        case Status.CONSENT_PENDING, BringConsent(signed, at) if signed.on > day_of(at):
            return Refused("SCR-FUTURE", "signed_on")
        case Status.CONSENT_PENDING, BringConsent(signed, at):
            return [Consented(at, signed), *started(case, case.person_data, at)]
        case Status.CONSENT_PENDING, RefuseConsent(_, at):
            return [ConsentRefused(at), *abandoned(case, at)]
        case Status.CLOSED_NO_CONSENT, RefuseConsent():
            return []
        case Status.CANCELLED, WithdrawConsent():
            return []
        case status, RefuseConsent(_, at) if status in UNDECIDED and may_still_refuse(case):
            return [ConsentRefused(at), *abandoned(case, at)]
        case status, WithdrawConsent(_, at) if status in UNDECIDED and case.consented_at:
            return [ConsentWithdrawn(at), *abandoned(case, at)]
        case status, WithdrawConsent(_, at) if status in AFTER_DECISION | {Status.REASSESSMENT} and in_force(case, at):
            return [] if case.monitoring_stopped_at else [MonitoringStopped(at)]
        case status, Consent() | BringConsent() if case.consented_at and status is not Status.CANCELLED:
            return []

        # the file
        case _, EnterPerson(cohabitants=True) if case.kind is not Kind.CLEARANCE:
            return Refused("SCR-8", "cohabitants")
        case status, EnterPerson(data) if status in UNDECIDED and data == case.person_data:
            return []
        case Status.INCOMPLETE, EnterPerson(data, _, by, at):
            return [PersonEntered(data, by, at), *started(case, data, at)]
        case status, EnterPerson(data, _, by, at) if status in UNDECIDED:
            return [PersonEntered(data, by, at)]

        # verification
        case ((Status.CONSENT_PENDING | Status.INCOMPLETE), AnswerCheck()):
            return Refused("SCR-1")
        case _, AnswerCheck(source) if source in INVESTIGATION_ONLY:
            return Refused("SCR-8", "source")
        case _, AnswerCheck(source, result) if (check := asked(case, source)) and check.result is not None:
            return [] if check.result is result else Refused("SCR-CHECK", "source")
        case Status.IN_VERIFICATION, AnswerCheck(source):
            return answered(case, command) if asked(case, source) else Refused("SCR-CHECK", "source")
        case Status.IN_VERIFICATION, ExtendCheck():
            return extending(case, command)
        case Status.IN_VERIFICATION, Due(name, at) if (check := clock(case, name)) and not check.late:
            return [CheckOverdue(check.source, at)]

        # decision
        case Status.IN_VERIFICATION, Assess():
            return Refused("SCR-CHECKS")
        case Status.ASSESSMENT, Assess(proposal, reasons, by, at):
            return [Assessed(proposal, reasons, by, at)]
        case Status.REASSESSMENT, Assess(proposal, reasons, by, at) if case.assessment is None:
            return [Assessed(proposal, reasons, by, at)]
        case Status.REASSESSMENT, Decide() if case.assessment:
            return reassessing(case, command)
        case ((Status.ASSESSMENT | Status.REASSESSMENT), Decide()):
            return Refused("SCR-ASSESS")
        case Status.GRANT_ORDERED, Decide(Outcome.NEGATIVE):
            return Refused("SCR-ORDER", "outcome")
        case ((Status.PREPARED | Status.GRANT_ORDERED), Decide()):
            return deciding(case, command)

        # a clearance, on its way to the security authority
        case Status.WITH_SECURITY_OFFICER, Submit() if case.person_data is None:
            return Refused("SCR-INCOMPLETE", "person_data")
        case Status.WITH_SECURITY_OFFICER, Submit(by, at):
            return [Submitted(by, at)]
        case Status.AT_CG, Examine((), by, at):
            return [FoundComplete(by, at)]
        case Status.AT_CG, Examine(missing, by, at):
            return [FoundIncomplete(missing, by, at)]
        case Status.AT_CG, Transmit():
            return Refused("SCR-INCOMPLETE")
        case Status.CENTRALISED, Transmit(by, at):
            assert case.person_id
            assert case.request_id
            assert case.level
            assert case.terms
            return [
                SentToAuthority(case.person_id, case.request_id, case.requester_ref, case.level, case.regime_id, case.terms, by, at, case.scopes, case.renews)
            ]

        # the term, too late, told, over
        case status, Suspend() if status in UNDECIDED and case.late_at is None and case.decision_due_at:
            return suspending(case, command)
        case _, Suspend():
            return Refused("SCR-SUSPEND")
        case _, Resume(by, at) if suspended(case):
            return [TermResumed(resumed_due(case, at), by, at)]
        case _, Resume():
            return []
        case _, Due("resume", at) if suspended(case):
            return [TermResumed(resumed_due(case, at), None, at)]
        case status, Due("decision", at) if status in UNDECIDED and case.late_at is None:
            assert case.terms
            return [DecisionOverdue(at, end_of_term(case.terms.appeal, last_day(at)))]
        case status, Due("event", at) if status in UNDECIDED:
            return [EventStarted(at)]
        case status, CallOff(at) if status in UNDECIDED:
            return [EventCancelled(at)]
        case _, CallOff():
            return []
        case _, Notify(account) if account != notifier(case):
            return Refused("SCR-NOTIFIER", "case_id")
        case status, Notify() if status in UNDECIDED:
            return Refused("SCR-UNDECIDED", "case_id")
        case status, Notify() if status in {Status.DECIDED, Status.ANSWERED} or (status is Status.REASSESSMENT and case.notified_at is None):
            return notifying(case, command)
        case status, Notify(_, notified_at) if status in {Status.NOTIFIED, Status.UNDER_APPEAL, Status.GRANT_ORDERED, Status.REASSESSMENT, Status.FINAL}:
            return [] if notified_at == case.notified_at else Refused("SCR-NOTIFIED", "notified_at")
        case _, Due("appeal", at) if case.appeal_until:
            return [AppealWindowClosed(at)]
        case Status.REASSESSMENT, Due("expiry", at) if case.expired_at is None and case.reassessed_for:
            return [AdviceExpired(at), Reassessed(case.reassessed_for, None, None, None, at)]
        case _, Due("expiry", at) if case.expired_at is None:
            return [AdviceExpired(at)]
        case _, Due():
            return []
        case _:
            return Refused("SCR-STATE")


def barred(case: Case, command: Command) -> Refused | None:
    """Why this person may not give this command, whatever the state: consent is the person's own, officers need to know (SCR-3)."""
    if case.sealed_at and not isinstance(command, Notify | CallOff | Due):
        return Refused("SCR-13")
    match command:
        case Consent(by=by) | RefuseConsent(by=by) | WithdrawConsent(by=by) if by != case.person_id:
            return Refused("SCR-PERSON")
        case BringConsent(Signed(by=by)):
            return Refused("SCR-NEED") if by not in case.officers else None
        case Suspend(by=by) | Resume(by=by):
            return Refused("SCR-3") if by == case.person_id else None
        case (
            Designate(by=by)
            | EnterPerson(by=by)
            | AnswerCheck(by=by)
            | ExtendCheck(by=by)
            | Assess(by=by)
            | Decide(by=by)
            | Submit(by=by)
            | Examine(by=by)
            | Transmit(by=by)
        ):
            if by == case.person_id or by in case.excluded:
                return Refused("SCR-3")
            if by not in case.officers and not isinstance(command, Designate):
                return Refused("SCR-NEED")
            if isinstance(command, Decide) and case.assessment and by == case.assessment.by:
                return Refused("SCR-3")
            return None
        case Exclude(by=by) if by == case.person_id:
            return Refused("SCR-3")
        case _:
            return None


def opening(request: Request) -> list[Event] | Refused:
    """A case takes the row of the regime in force when the request came, or there is no such instrument on this day."""
    today = day_of(request.at)
    regime = regime_on(today)
    if regime is None or request.kind not in regime.open:
        return Refused("SCR-REGIME", "kind")
    terms = regime.terms_for(request.kind, request.level)
    if terms is None:
        return Refused("SCR-LEVEL", "required_level")
    if refused := misplaced(request):
        return refused
    opened = Opened(
        request.request_id,
        request.requester_ref,
        request.asked_by,
        request.kind,
        request.purpose,
        request.person_id,
        request.level,
        request.needed_by,
        request.person_data,
        regime.id,
        terms,
        end_of_term(terms.decision, today) if terms.decision and request.kind is not Kind.CLEARANCE else None,
        request.at,
        request.scopes,
        request.occasion,
        request.exception_code,
        request.renews,
    )
    if regime.consent is ConsentMode.OPT_IN and request.signed:
        if request.signed.on > today:
            return Refused("SCR-FUTURE", "signed_on")
        return [opened, Consented(request.at, request.signed), *started(evolve(NEW, opened), request.person_data, request.at)]
    if regime.consent is ConsentMode.OPT_IN:
        return [opened]
    presumed: list[Event] = [opened, ConsentPresumed(request.at)]
    return presumed + started(evolve(NEW, opened), request.person_data, request.at)


def misplaced(request: Request) -> Refused | None:
    """A certificate is for a place and a period, an advice may be; and an event that has begun can no longer be asked for."""
    if request.occasion is None:
        return Refused("SCR-OCCASION", "occasion") if request.kind is Kind.CERTIFICATE else None
    if request.kind not in {Kind.CERTIFICATE, Kind.ADVICE}:
        return Refused("SCR-OCCASION", "occasion")
    if request.at >= (request.occasion.starts_at if request.occasion.event_id else request.occasion.ends_at):
        return Refused("SCR-EVENT", "occasion")
    return None


def asks_the_same(case: Case, request: Request) -> bool:
    """Whether a repeated request_id brings what the case was opened for."""
    asked = ("requester_ref", "kind", "purpose", "person_id", "level", "needed_by", "scopes", "occasion", "exception_code", "renews")
    return all(getattr(case, name) == getattr(request, name) for name in asked)


def notifier(case: Case) -> str:
    """Who tells the person of the outcome: who decides, or who asked; of a clearance, its application says."""
    if case.kind is Kind.NUCLEAR:
        return "fanc"
    return "" if case.kind is Kind.CLEARANCE else SELF if case.asked_by == SELF else "hr"


def abandoned(case: Case, at: datetime) -> list[Event]:
    """What ends a nuclear verification before its answer frees the person to be asked about again."""
    return [NuclearAbandoned(case.person_id, at)] if case.kind is Kind.NUCLEAR and case.person_id else []


def may_still_refuse(case: Case) -> bool:
    """Where silence was taken for consent, the person may still strike out the notice and send it back."""
    return BY_ID[case.regime_id].consent is ConsentMode.OPT_OUT


def started(case: Case, person_data: UUID | None, at: datetime) -> list[Event]:
    """With consent given and the person known by name, all sources of the kind are asked at once; a clearance is investigated elsewhere."""
    regime = BY_ID[case.regime_id]
    sources = regime.sources.get(case.kind, ()) if case.kind else ()
    if person_data is None or not sources:
        return []
    due_at = end_of_term(regime.check, day_of(at))
    return [VerificationStarted(tuple(Check(source, at, due_at) for source in sources), at, case.person_id)]


def asked(case: Case, source: Source) -> Check | None:
    """The check of a source in this case."""
    return next((check for check in case.checks if check.source is source), None)


def clock(case: Case, name: str) -> Check | None:
    """The check whose clock has this name."""
    return next((check for check in case.checks if name == f"check:{check.source}" and check.result is None), None)


def answered(case: Case, answer: AnswerCheck) -> list[Event]:
    """One more source is in; the last one opens the assessment, or is the answer where this service does not decide."""
    events: list[Event] = [CheckAnswered(answer.source, answer.result, answer.content, answer.by, answer.at)]
    results = {check.result for check in case.checks if check.source is not answer.source} | {answer.result}
    if None in results:
        return events
    if case.kind not in ANSWERED_ONLY:
        return [*events, VerificationCompleted(answer.at)]
    found = FilesResult.NOTHING_FOUND
    if Result.INFO_FOUND in results:
        found = FilesResult.INFORMATION_FOUND
    elif Result.NO_ANSWER in results:
        found = FilesResult.INCOMPLETE
    if case.kind is Kind.RECRUITMENT:
        return [*events, RecruitmentAnswered(found, answer.at)]
    assert case.person_id
    return [*events, NuclearAnswered(case.person_id, found, answer.at)]


def extending(case: Case, extend: ExtendCheck) -> list[Event] | Refused:
    """More time for a source that has not answered; never less."""
    check = asked(case, extend.source)
    if check is None or check.result is not None:
        return Refused("SCR-CHECK", "source")
    due_at = end_of_term(f"{extend.days} days", day_of(extend.at))
    if due_at <= check.due_at:
        return Refused("SCR-EXTEND", "days")
    return [CheckExtended(extend.source, due_at, extend.reason_code, extend.by, extend.at)]


def extended(check: Check, due_at: datetime, reason_code: str) -> Check:
    """The check with more time; its first date is kept."""
    return replace(check, due_at=due_at, first_due_at=check.first_due_at or check.due_at, extended_for=reason_code, late=False)


def deciding(case: Case, decision: Decide) -> list[Event] | Refused:
    """A positive one holds for the regime's years at most (SCR-9), and never beyond what it is for; a negative one needs its reasons, full and notifiable."""
    assert case.terms
    assert case.terms.validity_years
    if case.occasion and case.occasion.event_id and decision.at >= case.occasion.starts_at:
        return Refused("SCR-EVENT")
    longest = years_after(decision.at, case.terms.validity_years)
    if decision.outcome is Outcome.NEGATIVE:
        if decision.valid_until is not None:
            return Refused("SCR-9", "valid_until")
        if decision.reasons is None:
            return Refused("SCR-REASONS", "reasons")
        return [Decided(Outcome.NEGATIVE, None, decision.reasons, decision.by, decision.at, decision.withheld)]
    valid_until = decision.valid_until or start_of(day_of(longest))
    if case.occasion:
        longest = min(longest, case.occasion.ends_at)
        valid_until = min(valid_until, longest) if decision.valid_until is None else valid_until
    if not decision.at < valid_until <= longest:
        return Refused("SCR-OCCASION" if case.occasion and valid_until > case.occasion.ends_at else "SCR-9", "valid_until")
    return [Decided(Outcome.POSITIVE, valid_until, decision.reasons, decision.by, decision.at)]


def reassessing(case: Case, decision: Decide) -> list[Event] | Refused:
    """An advice that is looked at again keeps its validity, or becomes negative with its reasons; by somebody who did not prepare it (SCR-3)."""
    assert case.reassessed_for
    if decision.valid_until is not None:
        return Refused("SCR-9", "valid_until")
    if decision.outcome is Outcome.NEGATIVE and decision.reasons is None:
        return Refused("SCR-REASONS", "reasons")
    return [Reassessed(case.reassessed_for, decision.outcome, decision.reasons, decision.by, decision.at, decision.withheld)]


def suspended(case: Case) -> Suspension | None:
    """The suspension that runs, if the case is still to be decided."""
    last = case.suspensions[-1] if case.suspensions else None
    return last if last and last.resumed_at is None and case.status in UNDECIDED else None


def suspending(case: Case, suspend: Suspend) -> list[Event] | Refused:
    """For a listed reason, until a day to come."""
    if suspended(case):
        return Refused("SCR-SUSPEND")
    if suspend.reason_code not in SUSPENSIONS:
        return Refused("SCR-SUSPEND", "reason_code")
    if not day_of(suspend.at) < suspend.until <= last_day(end_of_term(LONGEST_SUSPENSION, day_of(suspend.at))):
        return Refused("SCR-SUSPEND", "until")
    return [TermSuspended(suspend.reason_code, start_of(suspend.until), suspend.by, suspend.at)]


def stood_still(case: Case, at: datetime) -> int:
    """The days on which the term stood still, up to this instant."""
    return sum((day_of(each.resumed_at or at) - day_of(each.since)).days for each in case.suspensions)


def resumed_due(case: Case, at: datetime) -> datetime:
    """When the term ends that runs again from now on: its raw end moves by the days it stood still, then the rule for weekends and holidays applies."""
    assert case.terms
    assert case.terms.decision
    assert case.opened_at
    return end_of_term(case.terms.decision, day_of(case.opened_at), stood_still(case, at))


def notifying(case: Case, told: Notify) -> list[Event] | Refused:
    """The term for appeal starts on the day on which the person was told, which lies between the decision and now (SCR-12)."""
    assert case.terms
    assert case.decided_at
    if told.notified_at > told.at:
        return Refused("SCR-FUTURE", "notified_at")
    if day_of(told.notified_at) < day_of(case.decided_at):
        return Refused("SCR-12", "notified_at")
    return [Notified(told.notified_at, told.means, end_of_term(case.terms.appeal, day_of(told.notified_at)))]


def window(case: Case) -> datetime | None:
    """The end (exclusive) of the term for appeal against the decision: none before the person was notified (SCR-12)."""
    assert case.terms
    return end_of_term(case.terms.appeal, day_of(case.notified_at)) if case.notified_at else None


def grounds(case: Case) -> Mapping[Ground, Against]:
    """Against what an appeal to the body lies now, by ground (domain.md 4.3). A clearance is decided on its application; a recruitment has another appeal;
    whether nuclear control refused on what it was answered, it says itself."""
    if case.terms is None or case.kind in {Kind.CLEARANCE, Kind.RECRUITMENT}:
        return {}
    open_to: dict[Ground, Against] = {}
    if case.decision and case.decided_at and case.decision.outcome is Outcome.NEGATIVE:
        first, again = (Ground.NEGATIVE, Ground.REASSESSED) if case.kind is Kind.ADVICE else (Ground.REFUSED, Ground.WITHDRAWN)
        open_to[again if case.reassessed_at else first] = Against(case.decided_at, window(case))
    if case.kind is Kind.NUCLEAR and case.decided_at:
        open_to[Ground.REFUSED] = Against(case.decided_at, window(case))
    if case.late_at and case.decision_due_at:
        open_to[Ground.LATE] = Against(case.decision_due_at, end_of_term(case.terms.appeal, last_day(case.decision_due_at)))
    return open_to


def appealing(case: Case, filing: Filing) -> list[Event] | Refused:
    """An appeal is taken whether it is in time or not: that is for the body to say."""
    assert case.kind
    assert case.person_id
    match bringing(case.appeals, grounds(case), filing):
        case Refused() as refused:
            return refused
        case None:
            return []
        case brought:
            until = grounds(case)[filing.ground].until
            return [CaseAppealed(filing, case.kind, case.person_id, case.requester_ref, brought.against, until)]


def concluding(case: Case, conclude: ConcludeAppeal) -> list[Event] | Refused:
    """Founded: the body itself gives the advice; a certificate must now be granted by who decides on it, if that is here. Otherwise what was decided stands,
    or is still due."""
    if not is_open(case.appeals, conclude.appeal_id):
        return []
    ruling, at = conclude.ruling, conclude.at
    events: list[Event] = [AppealConcluded(conclude.appeal_id, ruling.outcome, at)]
    if ruling.outcome is not AppealOutcome.FOUNDED or case.kind in ANSWERED_ONLY:
        return events
    if case.kind is Kind.ADVICE:
        assert case.terms
        assert case.terms.validity_years
        longest = start_of(day_of(years_after(ruling.decided_at, case.terms.validity_years)))
        until = ruling.valid_until or longest
        return [*events, GivenOnAppeal(ruling.decision_ref, min(until, case.occasion.ends_at) if case.occasion else until, at)]
    return [*events, GrantOrdered(ruling.decision_ref, at)]


BY_ITSELF = DecisionOverdue | CheckOverdue | AppealWindowClosed | AdviceExpired | Sealed | CaseTouched
"""What happens to a case without anybody acting on it."""


def evolve(case: Case, event: Event) -> Case:
    """The case after an event, with when somebody last acted on it and since when it is over."""
    after = evolved(case, event)
    acted_at = case.acted_at if isinstance(event, BY_ITSELF) else instant(event)
    over_at = None if after.status not in OVER else case.over_at if case.status in OVER else instant(event)
    if (acted_at, over_at) == (after.acted_at, after.over_at):
        return after
    return replace(after, acted_at=acted_at, over_at=over_at)


def instant(event: Event) -> datetime | None:
    """When it happened, as far as an event knows."""
    match event:
        case Notified(notified_at):
            return notified_at
        case CaseAppealed(filing):
            return filing.at
        case CaseTouched():
            return None
        case _:
            return event.at


def evolved(case: Case, event: Event) -> Case:
    """What an event changes."""
    match event:
        case Opened():
            return Case(
                status=Status.CONSENT_PENDING,
                kind=event.kind,
                regime_id=event.regime_id,
                terms=event.terms,
                person_id=event.person_id,
                request_id=event.request_id,
                requester_ref=event.requester_ref,
                asked_by=event.asked_by,
                purpose=event.purpose,
                level=event.level,
                needed_by=event.needed_by,
                person_data=event.person_data,
                opened_at=event.at,
                decision_due_at=event.decision_due_at,
                scopes=event.scopes,
                occasion=event.occasion,
                exception_code=event.exception_code,
                renews=event.renews,
                acted_at=event.at,
            )
        case ConsentPresumed(at) | Consented(at):
            return replace(case, status=Status.WITH_SECURITY_OFFICER if case.kind is Kind.CLEARANCE else Status.INCOMPLETE, consented_at=at)
        case ConsentRefused():
            return replace(case, status=Status.CLOSED_NO_CONSENT, appeal_until=None)
        case ConsentWithdrawn():
            return replace(case, status=Status.CANCELLED, appeal_until=None)
        case OfficersDesignated(officers):
            return replace(case, officers=case.officers + officers)
        case OfficerExcluded(officer):
            return replace(case, excluded=(*case.excluded, officer), officers=tuple(o for o in case.officers if o != officer))
        case PersonEntered(data):
            return replace(case, person_data=data)
        case VerificationStarted(checks):
            return replace(case, status=Status.IN_VERIFICATION, checks=checks)
        case CheckAnswered(source, result, content, _, at):
            return replace(case, checks=tuple(replace(c, result=result, content=content, answered_at=at) if c.source is source else c for c in case.checks))
        case CheckOverdue(source):
            return replace(case, checks=tuple(replace(c, late=True) if c.source is source else c for c in case.checks))
        case VerificationCompleted():
            return replace(case, status=Status.ASSESSMENT)
        case NuclearAbandoned(_, at):
            return replace(case, abandoned_at=at)
        case EventStarted() | EventCancelled():
            return replace(case, status=Status.CANCELLED, appeal_until=None)
        case RecruitmentAnswered(result, at) | NuclearAnswered(_, result, at):
            return replace(case, status=Status.ANSWERED, result=result, decided_at=at)
        case Assessed(proposal, reasons, by, at):
            prepared = case.status if case.status is Status.REASSESSMENT else Status.PREPARED
            return replace(case, status=prepared, assessment=Assessment(by, proposal, reasons, at))
        case Decided(outcome, valid_until, reasons, by, at, withheld):
            return replace(case, status=Status.DECIDED, decision=Decision(outcome, by, valid_until, reasons, withheld), decided_at=at)
        case CheckExtended(source, due_at, reason_code):
            return replace(case, checks=tuple(extended(c, due_at, reason_code) if c.source is source else c for c in case.checks))
        case Sealed(at):
            return replace(case, sealed_at=at)
        case TermSuspended(reason_code, until, _, at):
            return replace(case, suspensions=(*case.suspensions, Suspension(reason_code, at, until)), first_due_at=case.first_due_at or case.decision_due_at)
        case TermResumed(decision_due_at, _, at):
            *earlier, last = case.suspensions
            return replace(case, suspensions=(*earlier, replace(last, resumed_at=at)), decision_due_at=decision_due_at)
        case Submitted():
            return replace(case, status=Status.AT_CG, missing=())
        case FoundIncomplete(missing):
            return replace(case, status=Status.WITH_SECURITY_OFFICER, missing=missing)
        case FoundComplete():
            return replace(case, status=Status.CENTRALISED)
        case SentToAuthority():
            return replace(case, status=Status.TRANSMITTED)
        case DecisionOverdue(at, appeal_until):
            return replace(case, late_at=at, appeal_until=appeal_until)
        case Notified(notified_at, _, appeal_until) if case.status is Status.REASSESSMENT:
            return replace(case, before=Status.NOTIFIED, notified_at=notified_at, appeal_until=appeal_until)
        case Notified(notified_at, _, appeal_until):
            status = Status.UNDER_APPEAL if pending(case.appeals) else Status.NOTIFIED
            return replace(case, status=status, notified_at=notified_at, appeal_until=appeal_until)
        case CaseAppealed(filing, against=against, until=until):
            status = Status.UNDER_APPEAL if case.status in {Status.NOTIFIED, Status.FINAL} else case.status
            brought = Brought(filing.appeal_id, filing.ground, filing.posted_on, against)
            left = None if until == case.appeal_until else case.appeal_until
            return replace(case, status=status, appeals=(*case.appeals, brought), appeal_until=left, sealed_at=None)
        case AppealConcluded(appeal_id):
            appeals = concluded(case.appeals, appeal_id)
            over = case.status is Status.UNDER_APPEAL and not pending(appeals)
            return replace(case, status=closed(case) if over else case.status, appeals=appeals)
        case GivenOnAppeal(_, valid_until, at):
            given = Decision(Outcome.POSITIVE, None, valid_until, None)
            return replace(case, status=Status.FINAL, decision=given, decided_at=at, expired_at=None, appeal_until=None, reassessed_at=None)
        case ReassessmentOpened(aftercare_id):
            return replace(case, status=Status.REASSESSMENT, before=case.status, reassessed_for=aftercare_id, assessment=None)
        case Reassessed(_, Outcome.NEGATIVE, reasons, by, at, withheld):
            now = Decision(Outcome.NEGATIVE, by, None, reasons, withheld)
            fresh = replace(case, reassessed_for=None, before=None, notified_at=None, appeal_until=None)
            return replace(fresh, status=Status.DECIDED, decision=now, decided_at=at, reassessed_at=at)
        case Reassessed():
            return replace(case, status=case.before or Status.FINAL, before=None, reassessed_for=None)
        case MonitoringStopped(at):
            return replace(case, monitoring_stopped_at=at)
        case GrantOrdered():
            return replace(case, status=Status.GRANT_ORDERED, appeal_until=None)
        case AppealWindowClosed():
            before = Status.FINAL if case.before is Status.NOTIFIED else case.before
            return replace(case, status=Status.FINAL if case.status is Status.NOTIFIED else case.status, before=before, appeal_until=None)
        case AdviceExpired(at):
            return replace(case, expired_at=at)
        case NeedEnded(at):
            return replace(case, need_ended_at=at)
        case CaseTouched(touch):
            return replace(case, touched=noted(case.touched, touch))
        case _:
            assert_never(event)


def closed(case: Case) -> Status:
    """Where a case stands once no appeal is pending."""
    return Status.NOTIFIED if case.appeal_until else Status.FINAL


def due(case: Case) -> set[Deadline]:
    """The clocks of a case: its decision, each source, the start of its event, the term for appeal, and the end of a positive advice or certificate."""
    deadlines: set[Deadline] = set()
    if case.occasion and case.occasion.event_id and case.status in UNDECIDED:
        deadlines.add(Deadline("event", case.occasion.starts_at))
    if running := suspended(case):
        deadlines.add(Deadline("resume", running.until))
    elif case.decision_due_at and case.late_at is None and case.status in UNDECIDED:
        deadlines.add(Deadline("decision", case.decision_due_at))
    if case.status is Status.IN_VERIFICATION:
        deadlines.update(Deadline(f"check:{check.source}", check.due_at) for check in case.checks if check.result is None and not check.late)
    if case.appeal_until:
        deadlines.add(Deadline("appeal", case.appeal_until))
    if case.decision and case.decision.valid_until and case.expired_at is None:
        deadlines.add(Deadline("expiry", case.decision.valid_until))
    if case.status in OVER and case.sealed_at is None and case.terms and case.over_at:
        deadlines.add(Deadline("seal", end_of_term(case.terms.retention, day_of(last_use(case, case.over_at)))))
    return deadlines


def last_use(case: Case, over_at: datetime) -> datetime:
    """The instant from which on the file is of no more use: all is over, and a positive advice does not count any more."""
    return max(over_at, case.decision.valid_until) if case.decision and case.decision.valid_until else over_at


def in_force(case: Case, at: datetime) -> bool:
    """Whether this case holds a positive advice or certificate that has not ended at this instant, wherever it counts."""
    return bool(case.decision and case.decision.valid_until and case.expired_at is None and at < case.decision.valid_until)


def advice_counts(case: Case, at: datetime, place: str | None = None) -> bool:
    """Whether this case holds a positive advice that counts at this instant; what is for a place and a period counts there and then only."""
    if not in_force(case, at):
        return False
    return case.occasion is None if place is None else bool(case.occasion and case.occasion.place == place and case.occasion.starts_at <= at)
