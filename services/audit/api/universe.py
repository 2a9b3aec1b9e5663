"""The audit universe: every unit with its risk, and how auditors rate it."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import Field

from cg_contracts.base import Code
from cg_kit.http import Body, Done, Door, Limit, needs
from cg_kit.pure import To
from services.audit import queries
from services.audit.api.shared import AUDITOR, COMMISSIONER, HEAD
from services.audit.domain import unit

router = APIRouter()

Score = Annotated[int, Field(ge=1, le=5)]


class UnitRated(Body):
    """How risky a process is in itself, and how mature its controls are; without a process, the unit as a whole."""

    process: Code | None = None
    inherent_risk: Score
    control_maturity: Score


@router.get("/universe", summary="The audit universe")
async def list_universe(
    door: Annotated[Door, needs(AUDITOR, HEAD, COMMISSIONER)],
    ended: Annotated[bool, Query(description="Also units that are no more.")] = False,
    limit: Limit = 500,
) -> queries.universe.Universe:
    """All units, the most urgent to audit first, with what makes them so."""
    return await queries.universe.universe(door, ended, limit)


@router.get("/universe/{unit_id}", summary="A unit of the universe")
async def show_unit(unit_id: UUID, door: Annotated[Door, needs(AUDITOR, HEAD, COMMISSIONER)]) -> queries.universe.UnitSeen:
    """Its ratings, and each signal of the last year."""
    found = await door.known("unit", unit_id)
    door.tag(found[1])
    return queries.universe.unit_seen(unit_id, found[0], door.now)


@router.post("/universe/{unit_id}/rating", summary="Rate a process of a unit")
async def rate_unit(unit_id: UUID, body: UnitRated, door: Annotated[Door, needs(AUDITOR, HEAD)]) -> Done:
    """From 1 (low) to 5; a later rating takes the place of the one before."""
    rate = unit.Rate(body.process or "", body.inherent_risk, body.control_maturity, door.actor.person_id, door.now)
    return await door.command(To("unit", unit_id, rate))
