"""A clearance application that lies with the security authority: only an imported decision of that authority can end it as granted or refused (SCR-4)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import assert_never
from uuid import UUID

from cg_contracts.levels import Level
from cg_contracts.screening import SETS_TERM, AppealOutcome, Ground, Means, NvoOutcome, Scope
from cg_kit.pure import Deadline, Due, Refused
from cg_kit.pure.terms import day_of
from services.screening.domain.appeal import Against, Brought, Filing, Ruling, bringing, concluded, is_open, pending
from services.screening.domain.impact import Touch, noted
from services.screening.domain.regime import EXTENSIONS, Terms, end_of_term, last_day, whole, years_after


class Status(StrEnum):
    """Where an application stands. Lateness is no status: a late application stays under investigation (SCR-6)."""

    NEW = "NEW"
    UNDER_INVESTIGATION = "UNDER_INVESTIGATION"
    GRANTED = "GRANTED"
    GRANTED_LIMITED = "GRANTED_LIMITED"
    REFUSED = "REFUSED"
    NOTIFIED = "NOTIFIED"
    GRANT_ORDERED = "GRANT_ORDERED"
    CLOSED = "CLOSED"
    WITHDRAWN_BY_PERSON = "WITHDRAWN_BY_PERSON"


DECIDED = frozenset({Status.GRANTED, Status.GRANTED_LIMITED, Status.REFUSED})
OVER = DECIDED | {Status.NOTIFIED, Status.CLOSED}
UNDECIDED = frozenset({Status.UNDER_INVESTIGATION, Status.GRANT_ORDERED})


@dataclass(frozen=True, slots=True)
class Imported:
    """A decision of the security authority as it was imported."""

    decision_ref: str
    outcome: NvoOutcome
    level: Level | None
    decided_at: datetime
    expires_at: datetime | None
    scopes: tuple[Scope, ...] = ()


@dataclass(frozen=True, slots=True)
class Extension:
    """More time that the security authority took, for a reason; its term ran on from its last day."""

    decision_ref: str
    reason_code: str
    more: str
    decided_at: datetime


@dataclass(frozen=True, slots=True)
class Application:
    """An application as it stands. `earlier`: decisions that an appeal has undone; `first_due_at`: the first term, once there is another."""

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
    scopes: tuple[Scope, ...] = ()
    renews: UUID | None = None
    first_due_at: datetime | None = None
    reopened_at: datetime | None = None
    earlier: tuple[Imported, ...] = ()
    appeals: tuple[Brought, ...] = ()
    touched: tuple[Touch, ...] = ()
    need_ended_at: datetime | None = None
    over_at: datetime | None = None
    retained_at: datetime | None = None
    extensions: tuple[Extension, ...] = ()


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
    scopes: tuple[Scope, ...] = ()
    renews: UUID | None = None


@dataclass(frozen=True, slots=True)
class ImportDecision:
    """The security authority has decided; `at` is when this service first had the decision."""

    decision: Imported
    at: datetime


@dataclass(frozen=True, slots=True)
class Extend:
    """The security authority takes more time; `at` is when this service first had that."""

    extension: Extension
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


@dataclass(frozen=True, slots=True)
class Appeal:
    """The appeal body has a letter of the person against what was decided, or was not in time."""

    filing: Filing


@dataclass(frozen=True, slots=True)
class ConcludeAppeal:
    """The appeal body has decided on an appeal against the application, or against its clearance; `decide_before`: the end of the new term that it sets."""

    appeal_id: UUID
    ruling: Ruling
    decide_before: datetime | None
    at: datetime


@dataclass(frozen=True, slots=True)
class TouchBy:
    """A reorganisation touches the post that this is for."""

    touch: Touch


@dataclass(frozen=True, slots=True)
class EndNeed:
    """What the clearance is applied for has ended, or will not come."""

    at: datetime


Command = EndNeed | Receive | ImportDecision | Extend | WithdrawConsent | Notify | Appeal | ConcludeAppeal | TouchBy | Due


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
    scopes: tuple[Scope, ...] = ()
    renews: UUID | None = None


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
    nth: int = 1
    scopes: tuple[Scope, ...] = ()
    renews: UUID | None = None
    need_ended_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class NeedEnded:
    """Nobody needs any more what is applied for; a clearance that still comes of it is reviewed."""

    at: datetime


@dataclass(frozen=True, slots=True)
class RefusalImported:
    """The security authority refuses the clearance."""

    decision: Imported


@dataclass(frozen=True, slots=True)
class TermExtended:
    """The term of the security authority ends later, at `decision_due_at` (exclusive)."""

    extension: Extension
    decision_due_at: datetime


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


@dataclass(frozen=True, slots=True)
class ApplicationAppealed:
    """An appeal is pending; all that the appeal needs to know of the application. `until`: the end of the term for filing, if it has begun."""

    filing: Filing
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
class GrantOrdered:
    """The appeal body orders the security authority to grant: only a grant can be imported from then on."""

    decision_ref: str
    at: datetime


@dataclass(frozen=True, slots=True)
class InvestigationReopened:
    """The appeal body orders a new investigation, or gives extra time: the security authority decides (again) before `decision_due_at`."""

    outcome: AppealOutcome
    decision_due_at: datetime
    at: datetime


@dataclass(frozen=True, slots=True)
class ApplicationTouched:
    """The authority is still to decide, and the post is touched by a reorganisation."""

    touch: Touch


@dataclass(frozen=True, slots=True)
class RetentionEnded:
    """Nothing of this application is of use any more: the file of its case is to be sealed (SCR-13)."""

    case_id: UUID
    at: datetime


Event = (
    Transmitted
    | GrantImported
    | RefusalImported
    | TermExtended
    | ConsentWithdrawn
    | DecisionOverdue
    | Notified
    | AppealWindowClosed
    | ApplicationAppealed
    | AppealConcluded
    | GrantOrdered
    | InvestigationReopened
    | NeedEnded
    | ApplicationTouched
    | RetentionEnded
)


def decide(application: Application, command: Command) -> list[Event] | Refused:
    """What a command makes of an application: the state diagram."""
    match application.status, command:
        case Status.NEW, Receive(case_id, person_id, request_id, requester_ref, level, regime_id, terms, at, scopes, renews):
            assert terms.decision
            due_at = end_of_term(terms.decision, day_of(at))
            return [Transmitted(case_id, person_id, request_id, requester_ref, level, regime_id, terms, at, due_at, scopes, renews)]
        case Status.NEW, ImportDecision() | Extend():
            return Refused("NOT-FOUND", "application_id")
        case Status.NEW, Notify() | Appeal():
            return Refused("NOT-FOUND", "application_id")
        case Status.NEW, TouchBy():
            return []
        case Status.NEW, EndNeed():
            return []
        case Status.NEW, _:
            return Refused("NOT-FOUND")
        case _, EndNeed(at):
            return [] if application.need_ended_at else [NeedEnded(at)]
        case status, TouchBy(touch):
            return [ApplicationTouched(touch)] if status in UNDECIDED and touch not in application.touched else []
        case _, Receive():
            return []
        case _, Appeal(filing):
            return appealing(application, filing)
        case _, ConcludeAppeal():
            return concluding(application, command)
        case _, ImportDecision(decision) if decision in application.earlier:
            return []
        case _, ImportDecision(decision) if decision.decision_ref in {undone.decision_ref for undone in application.earlier}:
            return Refused("SCR-4", "decision_ref")
        case Status.GRANT_ORDERED, ImportDecision(Imported(outcome=NvoOutcome.REFUSED)):
            return Refused("SCR-ORDER", "outcome")
        case ((Status.UNDER_INVESTIGATION | Status.GRANT_ORDERED), ImportDecision(decision, at)):
            return importing(application, decision, at)
        case status, ImportDecision(decision) if status in OVER and application.decision:
            if decision == application.decision:
                return []
            return Refused("SCR-4", "decision_ref" if decision.decision_ref == application.decision.decision_ref else "application_id")
        case _, Extend(extension) if extension in application.extensions:
            return []
        case Status.UNDER_INVESTIGATION, Extend():
            return extending(application, command)
        case _, Extend():
            return Refused("SCR-EXTENSION", "application_id")
        case _, WithdrawConsent(by) if by != application.person_id:
            return Refused("SCR-PERSON")
        case ((Status.UNDER_INVESTIGATION | Status.GRANT_ORDERED), WithdrawConsent(_, at)):
            return [ConsentWithdrawn(at)]
        case Status.WITHDRAWN_BY_PERSON, WithdrawConsent():
            return []
        case Status.UNDER_INVESTIGATION, Due("decision", at) if application.late_at is None:
            assert application.terms
            return [DecisionOverdue(at, end_of_term(application.terms.appeal, last_day(at)))]
        case _, Notify(account) if account != "nvo":
            return Refused("SCR-NOTIFIER", "application_id")
        case ((Status.UNDER_INVESTIGATION | Status.GRANT_ORDERED), Notify()):
            return Refused("SCR-UNDECIDED", "application_id")
        case status, Notify() if status in DECIDED:
            return notifying(application, command)
        case ((Status.NOTIFIED | Status.CLOSED), Notify(_, notified_at)):
            return [] if notified_at == application.notified_at else Refused("SCR-NOTIFIED", "notified_at")
        case _, Due("appeal", at) if application.appeal_until:
            return [AppealWindowClosed(at)]
        case _, Due("retention", at) if application.case_id and application.retained_at is None:
            return [RetentionEnded(application.case_id, at)]
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
    if day_of(decision.decided_at) < day_of(application.reopened_at or application.transmitted_at):
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
        case Imported(scopes=scopes) if not set(scopes) <= set(whole(application.scopes)):
            return Refused("SCR-SCOPE", "scopes")
        case Imported(level=Level() as level, expires_at=datetime() as expires_at):
            assert application.terms.validity_years
            if not decision.decided_at < expires_at <= years_after(decision.decided_at, application.terms.validity_years):
                return Refused("SCR-9", "expires_at")
            asker = (application.person_id, application.request_id, application.requester_ref)
            scopes, nth = decision.scopes or application.scopes, len(granted_before(application)) + 1
            return [GrantImported(decision, *asker, level, expires_at, application.regime_id, nth, scopes, application.renews, application.need_ended_at)]
        case _:
            return Refused("SCR-9", "expires_at")


def extending(application: Application, extend: Extend) -> list[Event] | Refused:
    """For a reason that the rules list, while the term runs: once it has passed, late is late (SCR-6). The first date is kept."""
    it = extend.extension
    assert application.decision_due_at
    assert application.transmitted_at
    if it.decision_ref in {each.decision_ref for each in application.extensions}:
        return Refused("SCR-4", "decision_ref")
    if application.late_at is not None or it.decided_at >= application.decision_due_at:
        return Refused("SCR-EXTENSION", "application_id")
    if it.reason_code not in EXTENSIONS:
        return Refused("SCR-EXTENSION", "reason_code")
    if it.decided_at > extend.at:
        return Refused("SCR-FUTURE", "decided_at")
    if day_of(it.decided_at) < day_of(application.reopened_at or application.transmitted_at):
        return Refused("SCR-4", "decided_at")
    return [TermExtended(it, end_of_term(it.more, last_day(application.decision_due_at)))]


def notifying(application: Application, told: Notify) -> list[Event] | Refused:
    """The term for appeal starts on the day on which the person was told, which lies between the decision and now (SCR-12)."""
    assert application.terms
    assert application.decision
    if told.notified_at > told.at:
        return Refused("SCR-FUTURE", "notified_at")
    if day_of(told.notified_at) < day_of(application.decision.decided_at):
        return Refused("SCR-12", "notified_at")
    return [Notified(told.notified_at, told.means, end_of_term(application.terms.appeal, day_of(told.notified_at)))]


def granted_before(application: Application) -> tuple[Imported, ...]:
    """The grants that an appeal has undone: of each came a clearance."""
    return tuple(each for each in application.earlier if each.outcome in {NvoOutcome.GRANTED, NvoOutcome.GRANTED_LIMITED})


def grounds(application: Application) -> Mapping[Ground, Against]:
    """Against what an appeal lies now, by ground: refused wholly or in part, granted for less than the law allows, or late."""
    terms, decision, due_at = application.terms, application.decision, application.decision_due_at
    if terms is None or application.level is None:
        return {}
    open_to: dict[Ground, Against] = {}
    if decision is not None:
        told = application.notified_at
        against = Against(decision.decided_at, end_of_term(terms.appeal, day_of(told)) if told else None)
        if decision.outcome is NvoOutcome.REFUSED:
            open_to[Ground.REFUSED] = against
        elif decision.level is not application.level:
            open_to[Ground.PARTLY_REFUSED] = against
        if decision.expires_at and terms.validity_years and day_of(decision.expires_at) < day_of(years_after(decision.decided_at, terms.validity_years)):
            open_to[Ground.SHORTENED] = against
    if application.late_at and due_at:
        open_to[Ground.LATE] = Against(due_at, end_of_term(terms.appeal, last_day(due_at)))
    return open_to


def appealing(application: Application, filing: Filing) -> list[Event] | Refused:
    """An appeal is taken whether it is in time or not: that is for the body to say."""
    assert application.person_id
    open_to = grounds(application)
    match bringing(application.appeals, open_to, filing):
        case Refused() as refused:
            return refused
        case None:
            return []
        case brought:
            return [ApplicationAppealed(filing, application.person_id, application.requester_ref, brought.against, open_to[filing.ground].until)]


def concluding(application: Application, conclude: ConcludeAppeal) -> list[Event] | Refused:
    """Founded: the authority must grant. A new investigation or extra time: it has a new term. Otherwise what was decided stands, or is still due.

    The same for an appeal against the clearance, which the application does not know; who has withdrawn is not investigated again.
    """
    ruling, at = conclude.ruling, conclude.at
    mine = any(each.appeal_id == conclude.appeal_id for each in application.appeals)
    if mine and not is_open(application.appeals, conclude.appeal_id):
        return []
    events: list[Event] = [AppealConcluded(conclude.appeal_id, ruling.outcome, at)] if mine else []
    if application.status in {Status.WITHDRAWN_BY_PERSON, Status.GRANT_ORDERED}:
        return events
    if ruling.outcome is AppealOutcome.FOUNDED:
        return [*events, GrantOrdered(ruling.decision_ref, ruling.decided_at)]
    decided_meanwhile = ruling.outcome is AppealOutcome.EXTRA_TIME and application.status is not Status.UNDER_INVESTIGATION
    if ruling.outcome in SETS_TERM and conclude.decide_before and not decided_meanwhile:
        return [*events, InvestigationReopened(ruling.outcome, conclude.decide_before, ruling.decided_at)]
    return events


def undone(application: Application) -> Application:
    """The application with its decision put aside."""
    earlier = (*application.earlier, application.decision) if application.decision else application.earlier
    return replace(application, earlier=earlier, decision=None, notified_at=None, appeal_until=None, over_at=None, retained_at=None, extensions=())


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
                scopes=event.scopes,
                renews=event.renews,
            )
        case GrantImported(decision):
            status = Status.GRANTED_LIMITED if decision.outcome is NvoOutcome.GRANTED_LIMITED else Status.GRANTED
            return replace(application, status=status, decision=decision)
        case TermExtended(extension, decision_due_at):
            first = application.first_due_at or application.decision_due_at
            return replace(application, first_due_at=first, decision_due_at=decision_due_at, extensions=(*application.extensions, extension))
        case NeedEnded(at):
            return replace(application, need_ended_at=at)
        case RefusalImported(decision):
            return replace(application, status=Status.REFUSED, decision=decision)
        case ConsentWithdrawn():
            return replace(application, status=Status.WITHDRAWN_BY_PERSON, appeal_until=None, over_at=event.at)
        case DecisionOverdue(at, appeal_until):
            return replace(application, late_at=at, appeal_until=appeal_until)
        case Notified(notified_at, _, appeal_until):
            return replace(application, status=Status.NOTIFIED, notified_at=notified_at, appeal_until=appeal_until)
        case AppealWindowClosed():
            over = application.status is Status.NOTIFIED and not pending(application.appeals)
            status = Status.CLOSED if over else application.status
            return replace(application, status=status, appeal_until=None, over_at=event.at if over else application.over_at)
        case RetentionEnded(_, at):
            return replace(application, retained_at=at)
        case ApplicationAppealed(filing, against=against, until=until):
            brought = Brought(filing.appeal_id, filing.ground, filing.posted_on, against)
            left = None if until == application.appeal_until else application.appeal_until
            return replace(application, appeals=(*application.appeals, brought), appeal_until=left)
        case AppealConcluded(appeal_id):
            appeals = concluded(application.appeals, appeal_id)
            over = application.status is Status.NOTIFIED and application.appeal_until is None and not pending(appeals)
            closed_at = event.at if over else application.over_at
            return replace(application, status=Status.CLOSED if over else application.status, appeals=appeals, over_at=closed_at)
        case GrantOrdered(_, at):
            return replace(undone(application), status=Status.GRANT_ORDERED, reopened_at=at)
        case InvestigationReopened(_, decision_due_at, at):
            first = application.first_due_at or application.decision_due_at
            fresh = undone(application)
            return replace(fresh, status=Status.UNDER_INVESTIGATION, first_due_at=first, decision_due_at=decision_due_at, late_at=None, reopened_at=at)
        case ApplicationTouched(touch):
            return replace(application, touched=noted(application.touched, touch))
        case _:
            assert_never(event)


def due(application: Application) -> set[Deadline]:
    """The clocks of an application: the authority's term, the term for appeal, and the retention of what is over."""
    deadlines: set[Deadline] = set()
    if application.decision_due_at and application.late_at is None and application.status is Status.UNDER_INVESTIGATION:
        deadlines.add(Deadline("decision", application.decision_due_at))
    if application.appeal_until:
        deadlines.add(Deadline("appeal", application.appeal_until))
    if application.over_at and application.retained_at is None and application.terms:
        deadlines.add(Deadline("retention", end_of_term(application.terms.retention, day_of(last_use(application, application.over_at)))))
    return deadlines


def last_use(application: Application, over_at: datetime) -> datetime:
    """The instant from which on the file is of no more use: all is over, and the clearance that came of it has expired."""
    granted_until = application.decision.expires_at if application.decision else None
    return max(over_at, granted_until) if granted_until else over_at
