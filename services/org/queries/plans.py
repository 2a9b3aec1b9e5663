"""Zonal security plans: those of a zone, and those that wait for somebody."""

from __future__ import annotations

import json
from collections.abc import Collection
from datetime import date, datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel

from cg_contracts.org import ApprovalGround, ZonalPriority
from cg_kit.http import Door
from cg_kit.pure.terms import start_of
from services.org.domain import plans
from services.org.queries.posts import NIL

PLANS = """
SELECT s.id AS zone_id, s.version, p AS plan
  FROM plans_state s, jsonb_array_elements(s.state -> 'plans') p
 WHERE ($1::uuid[] IS NULL OR s.id = ANY ($1))
   AND ($2::text IS NULL OR p ->> 'status' = $2)
   AND (NOT $3 OR (p ->> 'status' = 'submitted_to_ministers' AND (p ->> 'approval_due_at')::timestamptz <= $4))
   AND (p ->> 'id')::uuid > $5
 ORDER BY (p ->> 'id')::uuid LIMIT $6
"""


class StepSeen(BaseModel):
    """A status that the plan reached: on which day, by which decision, recorded when."""

    status: plans.Status
    on: date
    ref: str | None
    recorded_at: datetime


class AddendumSeen(BaseModel):
    """An addendum, for the days in [period_from, period_to)."""

    addendum_id: UUID
    period_from: date
    period_to: date
    standing: plans.Standing
    priorities: list[ZonalPriority]
    adopted_on: date
    decision_ref: str
    recorded_at: datetime


class PlanSeen(BaseModel):
    """A plan for the days in [period_from, period_to), with all its steps. `approval_is_due`: a person is to enter what became of it."""

    zone_id: UUID
    plan_id: UUID
    version: int
    period_from: date
    period_to: date
    status: plans.Status
    priorities: list[ZonalPriority]
    approval_due_at: datetime | None
    approval_due_explained: str | None
    approval_is_due: bool
    ground: ApprovalGround | None
    reason_code: str | None
    steps: list[StepSeen]
    addenda: list[AddendumSeen]


class PlansSeen(BaseModel):
    """Plans; `next`, when there is more, is what to give as `after`."""

    items: list[PlanSeen]
    next: UUID | None = None


async def listed(door: Door, within: Collection[UUID] | None, status: plans.Status | None, approval_is_due: bool, after: UUID | None, limit: int) -> PlansSeen:
    """Plans of these zones (none: of all), in order of their id."""
    zones = None if within is None else list(within)
    rows = await door.fetch(PLANS, zones, status, approval_is_due, door.now, after or NIL, limit + 1)
    items = [_seen(row["zone_id"], row["version"], json.loads(row["plan"]), door.now) for row in rows]
    return PlansSeen(items=items[:limit], next=items[limit - 1].plan_id if len(items) > limit else None)


async def of_zone(door: Door, zone_id: UUID) -> list[PlanSeen]:
    """All plans that a zone ever had, the latest first."""
    rows = await door.fetch(PLANS, [zone_id], None, False, door.now, NIL, None)
    items = [_seen(row["zone_id"], row["version"], json.loads(row["plan"]), door.now) for row in rows]
    return sorted(items, key=lambda plan: plan.period_from, reverse=True)


def is_public(plan: PlanSeen) -> bool:
    """Whether everybody may read it: it is in force, or was."""
    return any(step.status is plans.Status.IN_FORCE for step in plan.steps)


def _seen(zone_id: UUID, version: int, plan: dict[str, Any], now: datetime) -> PlanSeen:
    """A plan as it lies in the state, with its term in words."""
    seen = PlanSeen.model_validate(
        plan
        | {
            "zone_id": zone_id,
            "plan_id": plan["id"],
            "version": version,
            "approval_due_explained": None,
            "approval_is_due": False,
            "addenda": [each | {"addendum_id": each["id"]} for each in plan["addenda"]],
        }
    )
    if seen.status is not plans.Status.SUBMITTED_TO_MINISTERS or seen.approval_due_at is None:
        return seen
    return seen.model_copy(
        update={"approval_due_explained": plans.TACIT.due(start_of(seen.steps[-1].on)).explanation, "approval_is_due": seen.approval_due_at <= now}
    )
