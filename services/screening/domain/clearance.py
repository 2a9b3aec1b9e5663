"""A security clearance: granted by the security authority, of use after a briefing, renewed in time or expired, and taken away by that authority only."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from functools import lru_cache
from typing import assert_never
from uuid import UUID

from cg_contracts.levels import Level
from cg_contracts.screening import NvoOutcome
from cg_kit.pure import Deadline, Due, Refused
from services.screening.domain.application import Imported
from services.screening.domain.regime import BY_ID, Renewal, day_before, day_of, start_of


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
    """A clearance as it stands; it keeps the renewal terms of the regime under which it was granted."""

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


Command = Grant | Brief | ImportDecision | EndNeed | Due


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


Event = Granted | Briefed | RenewalApproached | RenewalDue | Expired | Withdrawn | Lowered | NeedEnded


def decide(clearance: Clearance, command: Command) -> list[Event] | Refused:
    """What a command makes of a clearance: the state diagram."""
    match clearance.status, command:
        case Status.NEW, Grant(application_id, decision, person_id, request_id, requester_ref, level, expires_at, regime_id):
            renewal = BY_ID[regime_id].renewal[level]
            return [Granted(application_id, decision, person_id, request_id, requester_ref, level, expires_at, renewal)]
        case Status.NEW, EndNeed():
            return []
        case Status.NEW, ImportDecision():
            return Refused("NOT-FOUND", "clearance_id")
        case Status.NEW, _:
            return Refused("NOT-FOUND")
        case _, Grant():
            return []
        case _, EndNeed(at):
            return [] if clearance.need_ended_at else [NeedEnded(at)]
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
            return replace(clearance, status=Status.WITHDRAWN, decisions=(*clearance.decisions, decision), ended_at=decision.decided_at)
        case Lowered(decision, level):
            return replace(clearance, decisions=(*clearance.decisions, decision), level=level)
        case NeedEnded(at):
            return replace(clearance, need_ended_at=at)
        case _:
            assert_never(event)


def due(clearance: Clearance) -> set[Deadline]:
    """The clocks of a live clearance: its milestones before expiry, and its expiry."""
    if clearance.status not in LIVE:
        return set()
    assert clearance.renewal
    assert clearance.expires_at
    ahead = {Deadline(m, at) for m, at in milestones(clearance.renewal, clearance.expires_at) if m not in clearance.passed}
    return ahead | {Deadline("expiry", clearance.expires_at)}


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
