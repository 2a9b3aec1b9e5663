"""The audit plan of a year: made by the head of audit within the days there are, approved by the commissioner-general, revised only with their approval."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import assert_never
from uuid import UUID

from cg_contracts.audit import EngagementType
from cg_kit.pure import Deadline, Due, Refused
from cg_kit.pure.terms import day_of, start_of
from services.audit.domain.scale import Text, missing

MOST = 100
"""Engagements in one plan."""


class Status(StrEnum):
    """Where a plan is."""

    NEW = "NEW"
    DRAFT = "DRAFT"
    SUBMITTED = "SUBMITTED"
    APPROVED = "APPROVED"
    IN_EXECUTION = "IN_EXECUTION"
    CLOSED = "CLOSED"


@dataclass(frozen=True, slots=True)
class Line:
    """An engagement of the plan, and why it is in it."""

    engagement_id: UUID
    kind: EngagementType
    title: Text
    unit_ids: tuple[UUID, ...]
    reason: str
    starts_on: date
    days: int
    follows: tuple[UUID, ...] = ()


@dataclass(frozen=True, slots=True)
class Content:
    """The engagements, the days there are, and how many percent of these are kept for what nobody planned."""

    lines: tuple[Line, ...]
    capacity_days: int
    contingency_pct: int


@dataclass(frozen=True, slots=True)
class AuditPlan:
    """A plan as it stands; `approved`: what was approved last, which holds until something else is."""

    status: Status = Status.NEW
    year: int = 0
    version: int = 0
    content: Content | None = None
    approved: Content | None = None
    submitted_by: UUID | None = None
    approved_by: UUID | None = None
    approved_at: datetime | None = None
    late: bool = False


NEW = AuditPlan()


# Commands


@dataclass(frozen=True, slots=True)
class DraftPlan:
    """The head of audit drafts the plan, or drafts it otherwise; once it was approved, that is a revision."""

    year: int
    content: Content
    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class Submit:
    """It goes to the commissioner-general."""

    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class Approve:
    """The commissioner-general approves it."""

    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class Return:
    """The commissioner-general wants it otherwise."""

    reason: str
    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class ClosePlan:
    """The year is over."""

    by: UUID
    at: datetime


Command = DraftPlan | Submit | Approve | Return | ClosePlan | Due


# Events


@dataclass(frozen=True, slots=True)
class PlanDrafted:
    """This is proposed."""

    year: int
    content: Content
    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class Submitted:
    """It waits for the commissioner-general."""

    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class PlanApproved:
    """It holds; `new` are planned and `gone` are not any more."""

    new: tuple[Line, ...]
    gone: tuple[UUID, ...]
    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class Returned:
    """It is to be made otherwise."""

    reason: str
    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class Begun:
    """Its year has begun."""

    at: datetime


@dataclass(frozen=True, slots=True)
class ApprovalOverdue:
    """It was not approved before the last day of the year before."""

    at: datetime


@dataclass(frozen=True, slots=True)
class PlanClosed:
    """Its year is over."""

    by: UUID
    at: datetime


Event = PlanDrafted | Submitted | PlanApproved | Returned | Begun | ApprovalOverdue | PlanClosed


def decide(plan: AuditPlan, command: Command) -> list[Event] | Refused:
    """What a command makes of a plan."""
    match plan.status, command:
        case _, Due(name, at):
            return _fall_due(plan, name, at)
        case Status.NEW, DraftPlan(year, content, by, at):
            return _unfit(year, content) or [PlanDrafted(year, content, by, at)]
        case Status.NEW, _:
            return Refused("NOT-FOUND", "year")
        case ((Status.DRAFT | Status.SUBMITTED | Status.APPROVED | Status.IN_EXECUTION), DraftPlan(year, content, by, at)):
            return _unfit(year, content) or ([] if content == plan.content else [PlanDrafted(plan.year, content, by, at)])
        case Status.DRAFT, Submit(by, at):
            assert plan.content
            return _over(plan.content) or [Submitted(by, at)]
        case Status.SUBMITTED, Submit():
            return []
        case Status.SUBMITTED, Approve(by, at):
            return _approving(plan, by, at)
        case ((Status.APPROVED | Status.IN_EXECUTION), Approve(by)):
            return [] if by == plan.approved_by else Refused("AUD-STATE")
        case Status.SUBMITTED, Return(reason, by, at):
            return [Returned(reason, by, at)]
        case Status.IN_EXECUTION, ClosePlan(by, at):
            return [PlanClosed(by, at)] if day_of(at) > date(plan.year, 12, 1) else Refused("AUD-YEAR")
        case Status.CLOSED, ClosePlan():
            return []
        case _:
            return Refused("AUD-STATE")


def _unfit(year: int, content: Content) -> Refused | None:
    """Each engagement once, in the year, with a title in both languages and a unit; a follow-up says of what."""
    if not 2000 <= year <= 2200:
        return Refused("AUD-YEAR", "year")
    if len(content.lines) > MOST:
        return Refused("AUD-SIZE", "lines")
    if len({line.engagement_id for line in content.lines}) < len(content.lines):
        return Refused("AUD-STATE", "engagement_id")
    for line in content.lines:
        if line.starts_on.year != year:
            return Refused("AUD-YEAR", "starts_on")
        if (lacks := missing(title=line.title)) is not None:
            return Refused("AUD-LANGUAGES", lacks)
        if not line.unit_ids:
            return Refused("AUD-SCOPE", "unit_ids")
        if line.days < 1:
            return Refused("AUD-CAPACITY", "days")
        if line.kind is EngagementType.FOLLOW_UP and not line.follows:
            return Refused("AUD-FOLLOW-UP", "follows")
    return None


def _over(content: Content) -> Refused | None:
    """The days fit in what there is, less what is kept for what nobody planned."""
    if not content.lines:
        return Refused("AUD-SCOPE", "lines")
    asked = 100 * sum(line.days for line in content.lines)
    return Refused("AUD-CAPACITY", "lines") if asked > content.capacity_days * (100 - content.contingency_pct) else None


def _approving(plan: AuditPlan, by: UUID, at: datetime) -> list[Event] | Refused:
    """By another than who submitted it."""
    assert plan.content
    if by == plan.submitted_by:
        return Refused("AUD-EYES")
    before = {line.engagement_id for line in plan.approved.lines} if plan.approved else set()
    new = tuple(line for line in plan.content.lines if line.engagement_id not in before)
    gone = tuple(sorted(before - {line.engagement_id for line in plan.content.lines}))
    events: list[Event] = [PlanApproved(new, gone, by, at)]
    return [*events, Begun(at)] if at >= start_of(date(plan.year, 1, 1)) else events


def _fall_due(plan: AuditPlan, name: str, at: datetime) -> list[Event]:
    if Deadline(name, at) not in due(plan):
        return []
    return [ApprovalOverdue(at)] if name == "approval" else [Begun(at)]


def evolve(plan: AuditPlan, event: Event) -> AuditPlan:
    """The plan after an event."""
    match event:
        case PlanDrafted(year, content):
            return replace(plan, status=Status.DRAFT, year=year, content=content)
        case Submitted(by):
            return replace(plan, status=Status.SUBMITTED, submitted_by=by)
        case PlanApproved(_, _, by, at):
            return replace(plan, status=Status.APPROVED, version=plan.version + 1, approved=plan.content, approved_by=by, approved_at=at)
        case Returned():
            return replace(plan, status=Status.DRAFT)
        case Begun():
            return replace(plan, status=Status.IN_EXECUTION)
        case ApprovalOverdue():
            return replace(plan, late=True)
        case PlanClosed():
            return replace(plan, status=Status.CLOSED)
        case _:
            assert_never(event)


def due(plan: AuditPlan) -> set[Deadline]:
    """Its approval, before 31 December of the year before; once it is approved, the beginning of its year."""
    match plan.status:
        case Status.DRAFT | Status.SUBMITTED if plan.approved is None and not plan.late:
            return {Deadline("approval", start_of(date(plan.year - 1, 12, 31)))}
        case Status.APPROVED:
            return {Deadline("year", start_of(date(plan.year, 1, 1)))}
        case _:
            return set()
