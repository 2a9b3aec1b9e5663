"""The register of clearances, and whether one counts."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from cg_contracts.base import Instant
from cg_contracts.levels import Level
from cg_kit.http import Done, Door, needs
from cg_kit.pure import To
from services.screening import queries
from services.screening.api.shared import Body, Purpose
from services.screening.domain import clearance

router = APIRouter()


class BriefingGiven(Body):
    """When the holder was briefed; by default now."""

    given_at: Instant | None = None


# Clearances


@router.get("/clearances", summary="Clearances of a person")
async def list_clearances(person_id: UUID, door: Annotated[Door, needs("security-officer", "head-of-service")]) -> queries.clearances.ClearancesSeen:
    """The register."""
    return await queries.clearances.clearances(door, person_id)


@router.get("/clearances/{clearance_id}", summary="A clearance")
async def show_clearance(clearance_id: UUID, door: Annotated[Door, needs("security-officer", "head-of-service")]) -> queries.clearances.ClearanceSeen:
    """With the milestones before expiry that it has passed."""
    found = await door.state("clearance", clearance_id)
    if found is None:
        raise door.missing()
    door.tag(found[1])
    return queries.clearances.clearance_seen(clearance_id, *found)


@router.post("/clearances/{clearance_id}/briefing", summary="Record a security briefing")
async def record_briefing(clearance_id: UUID, door: Annotated[Door, needs("security-officer")], body: BriefingGiven | None = None) -> Done:
    """By a security officer, never the holder; from then on the clearance can be used (SCR-2)."""
    found = await door.state("clearance", clearance_id)
    if found is None:
        raise door.missing()
    if found[0].person_id == door.actor.person_id:
        raise door.deny("SCR-3")
    given_at = (body.given_at if body else None) or door.now
    return await door.command(To("clearance", clearance_id, clearance.Brief(door.actor.person_id, given_at, door.now)))


@router.get("/validity", summary="Does a person's clearance or advice count?")
async def check_validity(
    person_id: UUID,
    purpose: Purpose,
    door: Annotated[Door, needs("hr-officer", "unit-head", "security-officer", "head-of-service")],
    level: Annotated[Level | None, Query(description="The level needed; without it a positive advice is asked about.")] = None,
) -> queries.clearances.Validity:
    """Yes or no, level and until, for a purpose; that it was asked is recorded."""
    return await queries.clearances.validity(door, person_id, level, purpose)
