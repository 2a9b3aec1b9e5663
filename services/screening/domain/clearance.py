"""A security clearance: granted by the security authority, of use after a briefing, renewed in time or expired, and taken away by that authority only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from functools import lru_cache
from typing import assert_never
from uuid import UUID

from cg_contracts.levels import Level
from cg_contracts.screening import AppealOutcome, Ground, Means, NvoOutcome
from cg_contracts.screening import ScreeningKind as Kind
from cg_kit.pure import Deadline, Due, Refused
from services.screening.domain.appeal import Against, Brought, Filing, Ruling, bringing, concluded, is_open
from services.screening.domain.application import Imported
from services.screening.domain.regime import BY_ID, Renewal, day_before, day_of, end_of_term, start_of


class Status(StrEnum):
    """Where a clearance stands. A clearance that is due for renewal stays active until it expires (SCR-7)."""

    NEW = "NEW"
    GRANTED = "GRANTED"
    ACTIVE = "ACTIVE"
    EXPIRED = "EXPIRED"
    WITHDRAWN = "WITHDRAWN"


LIVE = frozenset({Status.GRANTED, Status.ACTIVE})


class Milestone(StrEnum):
    """What is said of a clearance before it expires, in this order."""

    INVITE = "invite"
    APPLY = "apply"
    AT_RISK = "at_risk"


@dataclass(frozen=True, slots=True)
class Clearance:
    """A clearance as it stands; it keeps the terms for renewal and appeal of the regime under which it was granted."""

    status: Status = Status.NEW
    application_id: UUID | None = None
    person_id: UUID | None = None
    request_id: UUID | None = None
    requester_ref: str = ""
    level: Level | None = None
    granted_at: datetime | None = None
    expires_at: datetime | None = None
    renewal: Renewal | None = None
    briefed_at: datetime | None = None
    passed: tuple[Milestone, ...] = ()
    decisions: tuple[Imported, ...] = ()
    need_ended_at: datetime | None = None
    ended_at: datetime | None = None
    appeal: str = "30 days"
    notified_at: datetime | None = None
    appeal_until: datetime | None = None
    appeals: tuple[Brought, ...] = ()


NEW = Clearance()


# Commands


@dataclass(frozen=True, slots=True)
class Grant:
    """An application was granted."""

    application_id: UUID
    decision: Imported
    person_id: UUID
    request_id: UUID
    requester_ref: str
    level: Level
    expires_at: datetime
    regime_id: str


@dataclass(frozen=True, slots=True)
class Brief:
    """A security officer has briefed the holder at `given_at`; `at` is now."""

    by: UUID
    given_at: datetime
    at: datetime


@dataclass(frozen=True, slots=True)
class ImportDecision:
    """The security authority has decided on a clearance that it granted; `at` is when this service first had the decision."""

    decision: Imported
    at: datetime


@dataclass(frozen=True, slots=True)
class EndNeed:
    """The assignment for which the clearance was asked has ended."""

    at: datetime


@dataclass(frozen=True, slots=True)
class Notify:
    """The authority says when the holder was told that the clearance is withdrawn or lowered; `at` is when this service first had that."""

    notified_at: datetime
    means: Means
    at: datetime


@dataclass(frozen=True, slots=True)
class Appeal:
    """The appeal body has a letter of the holder against the withdrawal or the lowering."""

    filing: Filing


@dataclass(frozen=True, slots=True)
class ConcludeAppeal:
    """The appeal body has decided; what the authority must do then is for the application."""

    appeal_id: UUID
    ruling: Ruling
    at: datetime


Command = Grant | Brief | ImportDecision | EndNeed | Notify | Appeal | ConcludeAppeal | Due


# Events


@dataclass(frozen=True, slots=True)
class Granted:
    """The clearance exists."""

    application_id: UUID
    decision: Imported
    person_id: UUID
    request_id: UUID
    requester_ref: str
    level: Level
    expires_at: datetime
    renewal: Renewal
    appeal: str = "30 days"


@dataclass(frozen=True, slots=True)
class Briefed:
    """The holder was briefed."""

    by: UUID
    given_at: datetime


@dataclass(frozen=True, slots=True)
class RenewalApproached:
    """An instant before expiry has come at which the holder is invited to renew, or the gap is near."""

    milestone: Milestone
    at: datetime


@dataclass(frozen=True, slots=True)
class RenewalDue:
    """The application for renewal must be in by this day."""

    apply_by: date
    at: datetime


@dataclass(frozen=True, slots=True)
class Expired:
    """The clearance no longer counts."""

    at: datetime


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """The security authority has withdrawn the clearance."""

    decision: Imported


@dataclass(frozen=True, slots=True)
class Lowered:
    """The security authority has lowered the clearance to this level."""

    decision: Imported
    level: Level


@dataclass(frozen=True, slots=True)
class NeedEnded:
    """The holder no longer needs to know."""

    at: datetime


@dataclass(frozen=True, slots=True)
class Notified:
    """The holder was told, and may appeal until then (exclusive)."""

    notified_at: datetime
    means: Means
    appeal_until: datetime


@dataclass(frozen=True, slots=True)
class AppealWindowClosed:
    """The term for appeal is over."""

    at: datetime


@dataclass(frozen=True, slots=True)
class ClearanceAppealed:
    """An appeal is pending; all that the appeal needs to know of the clearance. `until`: the end of the term for filing, if it has begun."""

    filing: Filing
    application_id: UUID
    person_id: UUID
    requester_ref: str
    against: datetime
    until: datetime | None


@dataclass(frozen=True, slots=True)
class AppealConcluded:
    """The appeal body has decided. Whatever it says, this clearance does not come back: a new one does, if the authority grants it."""

    appeal_id: UUID
    outcome: AppealOutcome
    at: datetime


Event = (
    Granted
    | Briefed
    | RenewalApproached
    | RenewalDue
    | Expired
    | Withdrawn
    | Lowered
    | NeedEnded
    | Notified
    | AppealWindowClosed
    | ClearanceAppealed
    | AppealConcluded
)


def decide(clearance: Clearance, command: Command) -> list[Event] | Refused:
    """What a command makes of a clearance: the state diagram."""
    match clearance.status, command:
        case Status.NEW, Grant(application_id, decision, person_id, request_id, requester_ref, level, expires_at, regime_id):
            regime = BY_ID[regime_id]
            terms = (regime.renewal[level], regime.terms[Kind.CLEARANCE].appeal)
            return [Granted(application_id, decision, person_id, request_id, requester_ref, level, expires_at, *terms)]
        case Status.NEW, EndNeed():
            return []
        case Status.NEW, ImportDecision() | Notify() | Appeal():
            return Refused("NOT-FOUND", "clearance_id")
        case Status.NEW, _:
            return Refused("NOT-FOUND")
        case _, Grant():
            return []
        case _, EndNeed(at):
            return [] if clearance.need_ended_at else [NeedEnded(at)]
        case _, Appeal(filing):
            return appealing(clearance, filing)
        case _, ConcludeAppeal(appeal_id, ruling, at):
            return [AppealConcluded(appeal_id, ruling.outcome, at)] if is_open(clearance.appeals, appeal_id) else []
        case _, Notify() if taken_away(clearance) is None:
            return Refused("SCR-UNDECIDED", "clearance_id")
        case _, Notify(notified_at) if clearance.notified_at:
            return [] if notified_at == clearance.notified_at else Refused("SCR-NOTIFIED", "notified_at")
        case _, Notify():
            return notifying(clearance, command)
        case _, Due("appeal", at) if clearance.appeal_until:
            return [AppealWindowClosed(at)]
        case _, ImportDecision(decision) if decision in clearance.decisions:
            return []
        case _, ImportDecision(decision) if decision.decision_ref in {known.decision_ref for known in clearance.decisions}:
            return Refused("SCR-4", "decision_ref")
        case status, ImportDecision(decision, at) if status in LIVE:
            return importing(clearance, decision, at)
        case _, Brief(by) if by == clearance.person_id:
            return Refused("SCR-3")
        case _, Brief(_, given_at, at) if given_at > at:
            return Refused("SCR-FUTURE", "given_at")
        case _, Brief(_, given_at) if clearance.granted_at and day_of(given_at) < day_of(clearance.granted_at):
            return Refused("SCR-2", "given_at")
        case status, Brief() if status in LIVE and clearance.need_ended_at:
            return Refused("SCR-2")
        case Status.GRANTED, Brief(by, given_at):
            return [Briefed(by, given_at)]
        case Status.ACTIVE, Brief(by, given_at) if clearance.briefed_at and given_at >= clearance.briefed_at:
            return [Briefed(by, given_at)] if given_at > clearance.briefed_at else []
        case status, Due("expiry", at) if status in LIVE:
            return [Expired(at)]
        case status, Due(Milestone.APPLY, at) if status in LIVE and Milestone.APPLY not in clearance.passed:
            assert clearance.renewal
            assert clearance.expires_at
            return [RenewalDue(day_before(clearance.renewal.apply, day_of(clearance.expires_at)), at)]
        case status, Due((Milestone.INVITE | Milestone.AT_RISK) as name, at) if status in LIVE and name not in clearance.passed:
            return [RenewalApproached(Milestone(name), at)]
        case _, Due():
            return []
        case _:
            return Refused("SCR-STATE")


def importing(clearance: Clearance, decision: Imported, at: datetime) -> list[Event] | Refused:
    """On a clearance the authority can only take away: all of it, or the levels above a lower one."""
    assert clearance.level
    assert clearance.granted_at
    if decision.decided_at > at:
        return Refused("SCR-FUTURE", "decided_at")
    if day_of(decision.decided_at) < day_of(clearance.granted_at):
        return Refused("SCR-4", "decided_at")
    match decision:
        case Imported(outcome=NvoOutcome.WITHDRAWN):
            return [Withdrawn(decision)]
        case Imported(outcome=NvoOutcome.LOWERED, level=Level() as level) if level is not Level.BEPERKT and level.rank < clearance.level.rank:
            return [Lowered(decision, level)]
        case Imported(outcome=NvoOutcome.LOWERED):
            return Refused("SCR-LEVEL", "level")
        case _:
            return Refused("SCR-4", "outcome")


def taken_away(clearance: Clearance) -> Imported | None:
    """The last decision by which the authority withdrew or lowered the clearance."""
    last = clearance.decisions[-1] if clearance.decisions else None
    return last if last is not None and last.outcome in {NvoOutcome.WITHDRAWN, NvoOutcome.LOWERED} else None


def notifying(clearance: Clearance, told: Notify) -> list[Event] | Refused:
    """The term for appeal starts on the day on which the holder was told, which lies between the decision and now (SCR-12)."""
    decision = taken_away(clearance)
    assert decision
    if told.notified_at > told.at:
        return Refused("SCR-FUTURE", "notified_at")
    if day_of(told.notified_at) < day_of(decision.decided_at):
        return Refused("SCR-12", "notified_at")
    return [Notified(told.notified_at, told.means, end_of_term(clearance.appeal, day_of(told.notified_at)))]


def grounds(clearance: Clearance) -> Mapping[Ground, Against]:
    """Against what an appeal lies now: withdrawal, wholly or of the levels above a lower one (domain.md 4.3). All else is appealed at the application."""
    decision = taken_away(clearance)
    if decision is None:
        return {}
    told = clearance.notified_at
    return {Ground.WITHDRAWN: Against(decision.decided_at, end_of_term(clearance.appeal, day_of(told)) if told else None)}


def appealing(clearance: Clearance, filing: Filing) -> list[Event] | Refused:
    """An appeal is taken whether it is in time or not: that is for the body to say. It is not suspensive."""
    assert clearance.application_id
    assert clearance.person_id
    open_to = grounds(clearance)
    match bringing(clearance.appeals, open_to, filing):
        case Refused() as refused:
            return refused
        case None:
            return []
        case brought:
            until = open_to[filing.ground].until
            return [ClearanceAppealed(filing, clearance.application_id, clearance.person_id, clearance.requester_ref, brought.against, until)]


def evolve(clearance: Clearance, event: Event) -> Clearance:
    """The clearance after an event."""
    match event:
        case Granted():
            return Clearance(
                status=Status.GRANTED,
                application_id=event.application_id,
                person_id=event.person_id,
                request_id=event.request_id,
                requester_ref=event.requester_ref,
                level=event.level,
                granted_at=event.decision.decided_at,
                expires_at=event.expires_at,
                renewal=event.renewal,
                decisions=(event.decision,),
                appeal=event.appeal,
            )
        case Briefed(_, given_at):
            return replace(clearance, status=Status.ACTIVE, briefed_at=given_at)
        case RenewalApproached(milestone):
            return replace(clearance, passed=(*clearance.passed, milestone))
        case RenewalDue():
            return replace(clearance, passed=(*clearance.passed, Milestone.APPLY))
        case Expired(at):
            return replace(clearance, status=Status.EXPIRED, ended_at=at)
        case Withdrawn(decision):
            taken = decided_again(clearance, decision)
            return replace(taken, status=Status.WITHDRAWN, ended_at=decision.decided_at)
        case Lowered(decision, level):
            return replace(decided_again(clearance, decision), level=level)
        case Notified(notified_at, _, appeal_until):
            return replace(clearance, notified_at=notified_at, appeal_until=appeal_until)
        case AppealWindowClosed():
            return replace(clearance, appeal_until=None)
        case ClearanceAppealed(filing, against=against):
            brought = Brought(filing.appeal_id, filing.ground, filing.posted_on, against)
            return replace(clearance, appeals=(*clearance.appeals, brought), appeal_until=None)
        case AppealConcluded(appeal_id):
            return replace(clearance, appeals=concluded(clearance.appeals, appeal_id))
        case NeedEnded(at):
            return replace(clearance, need_ended_at=at)
        case _:
            assert_never(event)


def decided_again(clearance: Clearance, decision: Imported) -> Clearance:
    """The clearance with a new decision of the authority, of which the holder is not notified yet."""
    return replace(clearance, decisions=(*clearance.decisions, decision), notified_at=None, appeal_until=None)


def due(clearance: Clearance) -> set[Deadline]:
    """The clocks of a clearance: while it lives its milestones before expiry and its expiry, and the term for appeal."""
    window = {Deadline("appeal", clearance.appeal_until)} if clearance.appeal_until else set()
    if clearance.status not in LIVE:
        return window
    assert clearance.renewal
    assert clearance.expires_at
    ahead = {Deadline(m, at) for m, at in milestones(clearance.renewal, clearance.expires_at) if m not in clearance.passed}
    return ahead | window | {Deadline("expiry", clearance.expires_at)}


@lru_cache(maxsize=4096)
def milestones(renewal: Renewal, expires_at: datetime) -> tuple[tuple[Milestone, datetime], ...]:
    """When each milestone of a clearance begins: the start of its day in Brussels."""
    end = day_of(expires_at)
    return (
        (Milestone.INVITE, start_of(day_before(renewal.invite, end))),
        (Milestone.APPLY, start_of(day_before(renewal.apply, end))),
        (Milestone.AT_RISK, start_of(day_before(renewal.at_risk, end))),
    )


def usable(clearance: Clearance, needed: Level, at: datetime) -> bool:
    """SCR-2: granted and briefed, not expired, withdrawn or too low, and the holder still needs to know. A pending renewal changes nothing (SCR-7)."""
    return (
        clearance.status is Status.ACTIVE
        and clearance.level is not None
        and clearance.level.covers(needed)
        and clearance.need_ended_at is None
        and clearance.expires_at is not None
        and at < clearance.expires_at
    )
