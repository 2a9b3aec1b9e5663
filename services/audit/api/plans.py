"""The audit plan of a year."""

from __future__ import annotations

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path
from pydantic import Field

from cg_contracts.audit import EngagementType
from cg_contracts.base import Code
from cg_kit.http import Body, Done, Door, needs
from cg_kit.pure import To, named
from services.audit import queries
from services.audit.api.shared import AUDITOR, COMMISSIONER, HEAD, Tongues, Units
from services.audit.domain import plan

router = APIRouter()

Year = Annotated[int, Path(ge=2000, le=2200)]


class LineGiven(Body):
    """An engagement of the plan, and why it is in it; without `engagement_id` it is given one."""

    engagement_id: UUID | None = None
    kind: EngagementType
    title: Tongues
    unit_ids: Units
    reason_code: Code
    starts_on: date
    days: Annotated[int, Field(ge=1, le=1000)]
    follows: list[UUID] = Field(default_factory=list, max_length=200)


class PlanDrafted(Body):
    """The engagements, the days there are, and how many percent of them are kept for what nobody planned."""

    lines: Annotated[list[LineGiven], Field(min_length=1, max_length=plan.MOST)]
    capacity_days: Annotated[int, Field(ge=1, le=100_000)]
    contingency_pct: Annotated[int, Field(ge=0, le=90)] = 15


class PlanReturned(Body):
    """Why it is to be made otherwise."""

    reason_code: Code


def plan_for(year: int) -> UUID:
    """The one plan of a year."""
    return named("audit plan", year)


async def command(door: Door, year: int, it: plan.Command) -> Done:
    """A command for the plan of a year."""
    return await door.command(To("plan", plan_for(year), it))


@router.get("/plans/{year}", summary="The audit plan of a year")
async def show_plan(year: Year, door: Annotated[Door, needs(AUDITOR, HEAD, COMMISSIONER)]) -> queries.plans.PlanSeen:
    """What is proposed, and what was approved last."""
    found = await door.known("plan", plan_for(year))
    door.tag(found[1])
    return queries.plans.plan_seen(plan_for(year), found[0])


@router.post("/plans/{year}", summary="Draft the plan of a year, or revise it")
async def draft_plan(year: Year, body: PlanDrafted, door: Annotated[Door, needs(HEAD)]) -> Done:
    """What was approved holds until the commissioner-general has approved something else."""
    await queries.universe.must_exist(door, [unit_id for line in body.lines for unit_id in line.unit_ids])
    lines = tuple(
        plan.Line(
            line.engagement_id or door.new_id(),
            line.kind,
            line.title.text(),
            tuple(dict.fromkeys(line.unit_ids)),
            line.reason_code,
            line.starts_on,
            line.days,
            tuple(line.follows),
        )
        for line in body.lines
    )
    content = plan.Content(lines, body.capacity_days, body.contingency_pct)
    return await command(door, year, plan.DraftPlan(year, content, door.actor.person_id, door.now))


@router.post("/plans/{year}/submission", summary="Submit the plan to the commissioner-general")
async def submit_plan(year: Year, door: Annotated[Door, needs(HEAD)]) -> Done:
    """The days of its engagements fit in what there is, less the contingency."""
    return await command(door, year, plan.Submit(door.actor.person_id, door.now))


@router.post("/plans/{year}/approval", summary="Approve the plan")
async def approve_plan(year: Year, door: Annotated[Door, needs(COMMISSIONER)]) -> Done:
    """By the commissioner-general, never who submitted it; its engagements are planned by this."""
    return await command(door, year, plan.Approve(door.actor.person_id, door.now))


@router.post("/plans/{year}/return", summary="Send the plan back")
async def return_plan(year: Year, body: PlanReturned, door: Annotated[Door, needs(COMMISSIONER)]) -> Done:
    """To be drafted otherwise."""
    return await command(door, year, plan.Return(body.reason_code, door.actor.person_id, door.now))


@router.post("/plans/{year}/closure", summary="Close the plan of a year that ends")
async def close_plan(year: Year, door: Annotated[Door, needs(HEAD)]) -> Done:
    """From December on."""
    return await command(door, year, plan.ClosePlan(door.actor.person_id, door.now))
