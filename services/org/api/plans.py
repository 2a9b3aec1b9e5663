"""Zonal security plans: the korpschef leads the own zone's through its steps, the ministers' decisions are entered, the DirCo reads those of the district."""

from __future__ import annotations

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import Field

from cg_contracts.base import Code, Ref
from cg_contracts.org import ApprovalGround, ZonalPriority
from cg_kit.http import Body, Done, Door, Limit, needs
from cg_kit.pure import To
from services.org import queries
from services.org.api.zones import own_zones
from services.org.domain import plans, zones

router = APIRouter()

SEES_ALL = frozenset({"org-administrator", "appointing-authority", "operator"})
LEADS = ("korpschef", "org-administrator")
"""Who leads a plan through its steps: the korpschef for the own zone, an administrator for a zone that asks it."""


class PlanPrepared(Body):
    """The period of a plan, from the first day to the day after the last; without `period_to`, six years."""

    period_from: date
    period_to: date | None = None


class Priorities(Body):
    """What a plan puts first."""

    priorities: Annotated[list[ZonalPriority], Field(min_length=1, max_length=40)]

    def words(self) -> tuple[plans.Priority, ...]:
        """The same in the domain's words."""
        return tuple(plans.Priority(each.code, each.nvp_ref) for each in self.priorities)


class CouncilDecided(Body):
    """The day and the decision of the zonal security council."""

    on: date
    decision_ref: Ref


class PlanSubmitted(Body):
    """The day on which the ministers received the plan: their term starts."""

    on: date


class PlanApproved(Body):
    """By a decision of the ministers, or tacitly because their term has passed."""

    ground: ApprovalGround
    on: date
    decision_ref: Ref | None = None


class PlanReturned(Body):
    """The day, the decision and the reason of the ministers."""

    on: date
    decision_ref: Ref
    reason_code: Code


class AddendumAdopted(Priorities):
    """What changes, and for which days within the plan's period; without `addendum_id` it is given one."""

    addendum_id: UUID | None = None
    period_from: date
    period_to: date
    on: date
    decision_ref: Ref


class PlanEvaluated(Body):
    """The day and the report of the evaluation."""

    on: date
    report_ref: Ref


@router.get("/plans", summary="Zonal security plans of the caller's zones, or of all")
async def list_plans(
    door: Annotated[Door, needs(*SEES_ALL, "korpschef", "dirco")],
    status: Annotated[plans.Status | None, Query()] = None,
    approval_is_due: Annotated[bool, Query(description="Only those whose term for the ministers has ended: somebody is to enter what became of them.")] = False,
    after: Annotated[UUID | None, Query(description="`next` of the page before.")] = None,
    limit: Limit = 500,
) -> queries.plans.PlansSeen:
    """In order of their id."""
    within = None if door.actor.roles & SEES_ALL else await own_zones(door)
    return await queries.plans.listed(door, within, status, approval_is_due, after, limit)


@router.get("/zones/{zone_id}/plans", summary="The zonal security plans of a zone")
async def list_plans_of_zone(zone_id: UUID, door: Annotated[Door, needs("reader", *SEES_ALL, "korpschef", "dirco")]) -> queries.plans.PlansSeen:
    """The latest first. Plans that never were in force are shown to whom they concern only."""
    found = await queries.plans.of_zone(door, zone_id)
    sees_all = await _concerns(door, zone_id)
    return queries.plans.PlansSeen(items=[plan for plan in found if sees_all or queries.plans.is_public(plan)])


@router.get("/zones/{zone_id}/plans/{plan_id}", summary="A zonal security plan with its steps and addenda")
async def show_plan(zone_id: UUID, plan_id: UUID, door: Annotated[Door, needs("reader", *SEES_ALL, "korpschef", "dirco")]) -> queries.plans.PlanSeen:
    """Before it is in force, for whom it concerns only."""
    found = next((plan for plan in await queries.plans.of_zone(door, zone_id) if plan.plan_id == plan_id), None)
    if not (found and queries.plans.is_public(found)) and not await _concerns(door, zone_id):
        raise door.deny("ORG-ZONE-OWN")
    if found is None:
        raise door.missing("ORG-ZVP")
    door.tag(found.version)
    return found


@router.post("/zones/{zone_id}/plans", summary="Begin to prepare a zonal security plan")
async def prepare_plan(zone_id: UUID, body: PlanPrepared, door: Annotated[Door, needs(*LEADS)]) -> Done:
    """For a period in which the zone exists and has no other plan."""
    await _leads(door, zone_id)
    found = await door.state("zones", zones.ZONES)
    if found is None or zones.zone_on(found[0], zone_id, body.period_from) is None:
        raise door.missing("ORG-ZONE")
    plan_id = plans.plan_of(zone_id, body.period_from)
    command = plans.Prepare(plan_id, body.period_from, body.period_to or plans.full_period(body.period_from), door.now)
    return await door.command(To("plans", zone_id, command, matter=plan_id), read={("zones", zones.ZONES): found[1]})


@router.post("/zones/{zone_id}/plans/{plan_id}/draft", summary="Write the plan, or write it anew")
async def draft_plan(zone_id: UUID, plan_id: UUID, body: Priorities, door: Annotated[Door, needs(*LEADS)]) -> Done:
    """Also after the ministers have returned it."""
    await _leads(door, zone_id)
    return await _do(door, zone_id, plans.Draft(plan_id, body.words(), door.now))


@router.post("/zones/{zone_id}/plans/{plan_id}/abandonment", summary="Give up a plan that is not adopted")
async def abandon_plan(zone_id: UUID, plan_id: UUID, door: Annotated[Door, needs(*LEADS)]) -> Done:
    """Its period is free again."""
    await _leads(door, zone_id)
    return await _do(door, zone_id, plans.Abandon(plan_id, door.now))


@router.post("/zones/{zone_id}/plans/{plan_id}/adoption", summary="Enter that the zonal security council has adopted the plan")
async def adopt_plan(zone_id: UUID, plan_id: UUID, body: CouncilDecided, door: Annotated[Door, needs(*LEADS)]) -> Done:
    """It works out at least one priority of the national security plan."""
    await _leads(door, zone_id)
    return await _do(door, zone_id, plans.Adopt(plan_id, body.on, body.decision_ref, door.now))


@router.post("/zones/{zone_id}/plans/{plan_id}/submission", summary="Enter that the plan was submitted to the ministers")
async def submit_plan(zone_id: UUID, plan_id: UUID, body: PlanSubmitted, door: Annotated[Door, needs(*LEADS)]) -> Done:
    """At the end of their term somebody is asked what became of it; silence by itself approves nothing."""
    await _leads(door, zone_id)
    return await _do(door, zone_id, plans.Submit(plan_id, body.on, door.now))


@router.post("/zones/{zone_id}/plans/{plan_id}/approval", summary="Enter that the plan is approved, explicitly or tacitly")
async def approve_plan(zone_id: UUID, plan_id: UUID, body: PlanApproved, door: Annotated[Door, needs("org-administrator")]) -> Done:
    """Tacit: with its date, after the ministers' term, and only when they have not decided."""
    return await _do(door, zone_id, plans.Approve(plan_id, body.ground, body.on, body.decision_ref, door.now))


@router.post("/zones/{zone_id}/plans/{plan_id}/return", summary="Enter that the ministers have returned the plan")
async def return_plan(zone_id: UUID, plan_id: UUID, body: PlanReturned, door: Annotated[Door, needs("org-administrator")]) -> Done:
    """The zone writes it anew."""
    return await _do(door, zone_id, plans.Return(plan_id, body.on, body.decision_ref, body.reason_code, door.now))


@router.post("/zones/{zone_id}/plans/{plan_id}/addenda", summary="Enter that the council has adopted an addendum to the plan in force")
async def adopt_addendum(zone_id: UUID, plan_id: UUID, body: AddendumAdopted, door: Annotated[Door, needs(*LEADS)]) -> Done:
    """For days within the plan's period."""
    await _leads(door, zone_id)
    addendum_id = body.addendum_id or door.new_id()
    command = plans.AdoptAddendum(plan_id, addendum_id, body.period_from, body.period_to, body.words(), body.on, body.decision_ref, door.now)
    return await _do(door, zone_id, command)


@router.post("/zones/{zone_id}/plans/{plan_id}/evaluation", summary="Enter that the plan was evaluated")
async def evaluate_plan(zone_id: UUID, plan_id: UUID, body: PlanEvaluated, door: Annotated[Door, needs(*LEADS)]) -> Done:
    """It stays in force until its period ends."""
    await _leads(door, zone_id)
    return await _do(door, zone_id, plans.Evaluate(plan_id, body.on, body.report_ref, door.now))


async def _do(door: Door, zone_id: UUID, command: plans.AboutPlan) -> Done:
    found = await door.state("plans", zone_id)
    if found is None or plans.find(found[0], command.plan_id) is None:
        raise door.missing("ORG-ZVP")
    return await door.command(To("plans", zone_id, command, matter=command.plan_id))


async def _leads(door: Door, zone_id: UUID) -> None:
    """Whoever is no administrator acts for the own zone only, by the post of korpschef that they hold today."""
    if "org-administrator" not in door.actor.roles and zone_id not in await queries.zones.led_by(door, door.actor.person_id):
        raise door.deny("ORG-ZONE-OWN")


async def _concerns(door: Door, zone_id: UUID) -> bool:
    return bool(door.actor.roles & SEES_ALL) or zone_id in await own_zones(door)
