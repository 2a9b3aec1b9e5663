"""The plan of a year."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from pydantic import BaseModel

from cg_contracts.audit import EngagementType
from services.audit.domain import plan


class LineSeen(BaseModel):
    """An engagement of the plan."""

    engagement_id: UUID
    kind: EngagementType
    title: dict[str, str]
    unit_ids: list[UUID]
    reason_code: str
    starts_on: date
    days: int


class ContentSeen(BaseModel):
    """What is planned, with the days that it takes of those there are."""

    lines: list[LineSeen]
    capacity_days: int
    contingency_pct: int
    planned_days: int


class PlanSeen(BaseModel):
    """A plan: what is proposed, and what was approved last. `late`: it was not approved before the last day of the year before."""

    plan_id: UUID
    year: int
    status: plan.Status
    version: int
    late: bool
    proposed: ContentSeen | None
    approved: ContentSeen | None
    approved_by: UUID | None
    approved_at: datetime | None


def plan_seen(plan_id: UUID, it: plan.AuditPlan) -> PlanSeen:
    """A plan as it is shown."""
    return PlanSeen(
        plan_id=plan_id,
        year=it.year,
        status=it.status,
        version=it.version,
        late=it.late,
        proposed=_content(it.content),
        approved=_content(it.approved),
        approved_by=it.approved_by,
        approved_at=it.approved_at,
    )


def _content(it: plan.Content | None) -> ContentSeen | None:
    if it is None:
        return None
    lines = [
        LineSeen(
            engagement_id=line.engagement_id,
            kind=line.kind,
            title=line.title,
            unit_ids=list(line.unit_ids),
            reason_code=line.reason,
            starts_on=line.starts_on,
            days=line.days,
        )
        for line in it.lines
    ]
    return ContentSeen(lines=lines, capacity_days=it.capacity_days, contingency_pct=it.contingency_pct, planned_days=sum(line.days for line in it.lines))
