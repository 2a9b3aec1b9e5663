"""Who held which post, and who answered for which unit: on a day, as was known at an instant."""

from __future__ import annotations

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from cg_contracts.base import Code, Ref
from cg_kit.http import Body, Done, Door, needs
from cg_kit.pure import To
from cg_kit.pure.terms import day_of
from services.org import queries
from services.org.api.posts import found_assignment, found_post, sees_holders
from services.org.api.shared import STAFF, KnownAt, OnDay, Purpose, Slug
from services.org.domain import post

router = APIRouter()


class AssignmentCorrected(Body):
    """When a person held a post, as it turns out; `valid_from` equal to `valid_to`: never. The period that was known stays readable."""

    valid_from: date
    valid_to: date | None = None
    reason_code: Code
    decision_ref: Ref


@router.get("/posts/{post_id}/holders", summary="Who held a post on a day, as known at an instant")
async def show_holders(
    post_id: UUID, door: Annotated[Door, needs(*STAFF, "unit-head", "korpschef")], on: OnDay = None, known_at: KnownAt = None, purpose: Purpose = None
) -> queries.holders.HoldersSeen:
    """Staff of the personnel service sees all, a unit head the own subtree as it is today, a korpschef the own zone; the reading is recorded."""
    state, _ = await found_post(door, post_id)
    if not await sees_holders(door, state):
        raise door.deny("ORG-NEED-TO-KNOW")
    return await queries.holders.holders(door, post_id, state, on or day_of(door.now), known_at or door.now, purpose)


@router.get("/responsible", summary="Who was responsible for units on a day, as known at an instant")
async def list_responsible(
    door: Annotated[Door, needs(*STAFF, "unit-head")],
    on: OnDay = None,
    known_at: KnownAt = None,
    unit_id: UUID | None = None,
    slug: Annotated[Slug | None, Query(description="The unit's short name on that day.")] = None,
    purpose: Purpose = None,
) -> queries.holders.ResponsibleSeen:
    """Of all units of that day, or of one; a unit head sees the own subtree as it is today. The reading is recorded."""
    when, known = on or day_of(door.now), known_at or door.now
    units = await queries.units.units(door, when, known)
    asked = [unit for unit in units if unit_id in (None, unit.unit_id) and slug in (None, unit.slug)]
    if not asked and (unit_id or slug):
        raise door.missing("ORG-UNIT")
    if door.actor.roles.isdisjoint(STAFF):
        own = await queries.units.headed_by(door, door.actor.person_id)
        if unit_id or slug:
            if asked[0].unit_id not in own:
                raise door.deny("ORG-NEED-TO-KNOW")
        else:
            asked = [unit for unit in asked if unit.unit_id in own]
    return await queries.holders.responsible(door, asked, when, known, purpose)


@router.post("/posts/{post_id}/assignments/{assignment_id}/correction", summary="Correct when a person held a post")
async def correct_assignment(
    post_id: UUID, assignment_id: UUID, body: AssignmentCorrected, door: Annotated[Door, needs("hr-officer", "appointing-authority")]
) -> Done:
    """A new record, never an overwrite, and told as a correction (ORG-6)."""
    await found_assignment(door, post_id, assignment_id)
    command = post.Correct(assignment_id, body.valid_from, body.valid_to, body.reason_code, body.decision_ref, door.now)
    return await door.command(To("post", post_id, command, matter=assignment_id))
