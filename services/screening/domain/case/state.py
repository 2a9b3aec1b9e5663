"""What a case is: where it stands, and what it holds of each of its concerns."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from cg_contracts.levels import Level
from cg_contracts.screening import FilesResult, Outcome, Scope
from cg_contracts.screening import ScreeningKind as Kind
from services.screening.domain.appeal import Brought
from services.screening.domain.impact import Touch
from services.screening.domain.regime import Source, Terms


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
class Paid:
    """That the fee was paid, and under which reference."""

    on: date
    payment_ref: str


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
    fee: Paid | None = None


NEW = Case()


def in_force(case: Case, at: datetime) -> bool:
    """Whether this case holds a positive advice or certificate that has not ended at this instant, wherever it counts."""
    return bool(case.decision and case.decision.valid_until and case.expired_at is None and at < case.decision.valid_until)


def advice_counts(case: Case, at: datetime, place: str | None = None) -> bool:
    """Whether this case holds a positive advice that counts at this instant; what is for a place and a period counts there and then only."""
    if not in_force(case, at):
        return False
    return case.occasion is None if place is None else bool(case.occasion and case.occasion.place == place and case.occasion.starts_at <= at)
