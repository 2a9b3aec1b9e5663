"""A clearance application that lies with the security authority: only an imported decision of that authority can end it as granted or refused (SCR-4)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import assert_never
from uuid import UUID

from cg_contracts.levels import Level
from cg_contracts.screening import Means, NvoOutcome
from cg_kit.pure import Deadline, Due, Refused
from services.screening.domain.regime import Terms, day_of, end_of_term, last_day, years_after


class Status(StrEnum):
    """Where an application stands. Lateness is no status: a late application stays under investigation (SCR-6)."""

    NEW = "NEW"
    UNDER_INVESTIGATION = "UNDER_INVESTIGATION"
    GRANTED = "GRANTED"
    GRANTED_LIMITED = "GRANTED_LIMITED"
    REFUSED = "REFUSED"
    NOTIFIED = "NOTIFIED"
    CLOSED = "CLOSED"
    WITHDRAWN_BY_PERSON = "WITHDRAWN_BY_PERSON"


DECIDED = frozenset({Status.GRANTED, Status.GRANTED_LIMITED, Status.REFUSED})
OVER = DECIDED | {Status.NOTIFIED, Status.CLOSED}


@dataclass(frozen=True, slots=True)
class Imported:
    """A decision of the security authority as it was imported."""

    decision_ref: str
    outcome: NvoOutcome
    level: Level | None
    decided_at: datetime
    expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class Application:
    """An application as it stands."""

    status: Status = Status.NEW
    case_id: UUID | None = None
    person_id: UUID | None = None
    request_id: UUID | None = None
    requester_ref: str = ""
    level: Level | None = None
    regime_id: str = ""
    terms: Terms | None = None
    transmitted_at: datetime | None = None
    decision_due_at: datetime | None = None
    late_at: datetime | None = None
    decision: Imported | None = None
    notified_at: datetime | None = None
    appeal_until: datetime | None = None


NEW = Application()


# Commands


@dataclass(frozen=True, slots=True)
class Receive:
    """A case's application goes to the security authority, under the terms of its case."""

    case_id: UUID
    person_id: UUID
    request_id: UUID
    requester_ref: str
    level: Level
    regime_id: str
    terms: Terms
    at: datetime


@dataclass(frozen=True, slots=True)
class ImportDecision:
    """The security authority has decided; `at` is when this service first had the decision."""

    decision: Imported
    at: datetime


@dataclass(frozen=True, slots=True)
class WithdrawConsent:
    """The person concerned no longer agrees."""

    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class Notify:
    """An account says when the person was told; `at` is when this service first had that."""

    account: str
    notified_at: datetime
    means: Means
    at: datetime


Command = Receive | ImportDecision | WithdrawConsent | Notify | Due


# Events


@dataclass(frozen=True, slots=True)
class Transmitted:
    """The application is with the security authority, whose term runs to `decision_due_at` (exclusive)."""

    case_id: UUID
    person_id: UUID
    request_id: UUID
    requester_ref: str
    level: Level
    regime_id: str
    terms: Terms
    at: datetime
    decision_due_at: datetime


@dataclass(frozen=True, slots=True)
class GrantImported:
    """The security authority grants a clearance; all that the clearance needs to know of the application."""

    decision: Imported
    person_id: UUID
    request_id: UUID
    requester_ref: str
    level: Level
    expires_at: datetime
    regime_id: str


@dataclass(frozen=True, slots=True)
class RefusalImported:
    """The security authority refuses the clearance."""

    decision: Imported


@dataclass(frozen=True, slots=True)
class ConsentWithdrawn:
    """The person withdrew before the security authority had decided."""

    at: datetime


@dataclass(frozen=True, slots=True)
class DecisionOverdue:
    """The term ended without a decision; the person may appeal until then (exclusive)."""

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


Event = Transmitted | GrantImported | RefusalImported | ConsentWithdrawn | DecisionOverdue | Notified | AppealWindowClosed


def decide(application: Application, command: Command) -> list[Event] | Refused:
    """What a command makes of an application: the state diagram."""
    match application.status, command:
        case Status.NEW, Receive(case_id, person_id, request_id, requester_ref, level, regime_id, terms, at):
            assert terms.decision
            due_at = end_of_term(terms.decision, day_of(at))
            return [Transmitted(case_id, person_id, request_id, requester_ref, level, regime_id, terms, at, due_at)]
        case Status.NEW, ImportDecision():
            return Refused("NOT-FOUND", "application_id")
        case Status.NEW, Notify():
            return Refused("NOT-FOUND", "application_id")
        case Status.NEW, _:
            return Refused("NOT-FOUND")
        case _, Receive():
            return []
        case Status.UNDER_INVESTIGATION, ImportDecision(decision, at):
            return importing(application, decision, at)
        case status, ImportDecision(decision) if status in OVER and application.decision:
            if decision == application.decision:
                return []
            return Refused("SCR-4", "decision_ref" if decision.decision_ref == application.decision.decision_ref else "application_id")
        case _, WithdrawConsent(by) if by != application.person_id:
            return Refused("SCR-PERSON")
        case Status.UNDER_INVESTIGATION, WithdrawConsent(_, at):
            return [ConsentWithdrawn(at)]
        case Status.WITHDRAWN_BY_PERSON, WithdrawConsent():
            return []
        case Status.UNDER_INVESTIGATION, Due("decision", at) if application.late_at is None:
            assert application.terms
            return [DecisionOverdue(at, end_of_term(application.terms.appeal, last_day(at)))]
        case _, Notify(account) if account != "nvo":
            return Refused("SCR-NOTIFIER", "application_id")
        case Status.UNDER_INVESTIGATION, Notify():
            return Refused("SCR-UNDECIDED", "application_id")
        case status, Notify() if status in DECIDED:
            return notifying(application, command)
        case ((Status.NOTIFIED | Status.CLOSED), Notify(_, notified_at)):
            return [] if notified_at == application.notified_at else Refused("SCR-NOTIFIED", "notified_at")
        case _, Due("appeal", at) if application.appeal_until:
            return [AppealWindowClosed(at)]
        case _, Due():
            return []
        case _:
            return Refused("SCR-STATE")


def importing(application: Application, decision: Imported, at: datetime) -> list[Event] | Refused:
    """A decision of the authority can grant what was asked, less of it, or nothing; never more, nor for longer than the law allows (SCR-9)."""
    assert application.person_id
    assert application.request_id
    assert application.level
    assert application.transmitted_at
    assert application.terms
    if decision.decided_at > at:
        return Refused("SCR-FUTURE", "decided_at")
    if day_of(decision.decided_at) < day_of(application.transmitted_at):
        return Refused("SCR-4", "decided_at")
    match decision:
        case Imported(outcome=NvoOutcome.REFUSED):
            return [RefusalImported(decision)]
        case Imported(outcome=NvoOutcome.WITHDRAWN | NvoOutcome.LOWERED):
            return Refused("SCR-4", "outcome")
        case Imported(level=level) if level is None or level is Level.BEPERKT or not application.level.covers(level):
            return Refused("SCR-LEVEL", "level")
        case Imported(outcome=NvoOutcome.GRANTED, level=level) if level is not application.level:
            return Refused("SCR-LEVEL", "level")
        case Imported(level=Level() as level, expires_at=datetime() as expires_at):
            assert application.terms.validity_years
            if not decision.decided_at < expires_at <= years_after(decision.decided_at, application.terms.validity_years):
                return Refused("SCR-9", "expires_at")
            return [GrantImported(decision, application.person_id, application.request_id, application.requester_ref, level, expires_at, application.regime_id)]
        case _:
            return Refused("SCR-9", "expires_at")


def notifying(application: Application, told: Notify) -> list[Event] | Refused:
    """The term for appeal starts on the day on which the person was told, which lies between the decision and now (SCR-12)."""
    assert application.terms
    assert application.decision
    if told.notified_at > told.at:
        return Refused("SCR-FUTURE", "notified_at")
    if day_of(told.notified_at) < day_of(application.decision.decided_at):
        return Refused("SCR-12", "notified_at")
    return [Notified(told.notified_at, told.means, end_of_term(application.terms.appeal, day_of(told.notified_at)))]


def evolve(application: Application, event: Event) -> Application:
    """The application after an event."""
    match event:
        case Transmitted():
            return Application(
                status=Status.UNDER_INVESTIGATION,
                case_id=event.case_id,
                person_id=event.person_id,
                request_id=event.request_id,
                requester_ref=event.requester_ref,
                level=event.level,
                regime_id=event.regime_id,
                terms=event.terms,
                transmitted_at=event.at,
                decision_due_at=event.decision_due_at,
            )
        case GrantImported(decision):
            status = Status.GRANTED_LIMITED if decision.outcome is NvoOutcome.GRANTED_LIMITED else Status.GRANTED
            return replace(application, status=status, decision=decision)
        case RefusalImported(decision):
            return replace(application, status=Status.REFUSED, decision=decision)
        case ConsentWithdrawn():
            return replace(application, status=Status.WITHDRAWN_BY_PERSON, appeal_until=None)
        case DecisionOverdue(at, appeal_until):
            return replace(application, late_at=at, appeal_until=appeal_until)
        case Notified(notified_at, _, appeal_until):
            return replace(application, status=Status.NOTIFIED, notified_at=notified_at, appeal_until=appeal_until)
        case AppealWindowClosed():
            status = Status.CLOSED if application.status is Status.NOTIFIED else application.status
            return replace(application, status=status, appeal_until=None)
        case _:
            assert_never(event)


def due(application: Application) -> set[Deadline]:
    """The clocks of an application: the authority's term, and the term for appeal."""
    deadlines: set[Deadline] = set()
    if application.decision_due_at and application.late_at is None and application.status is Status.UNDER_INVESTIGATION:
        deadlines.add(Deadline("decision", application.decision_due_at))
    if application.appeal_until:
        deadlines.add(Deadline("appeal", application.appeal_until))
    return deadlines
