"""Security officers, and the registers of their units."""

from __future__ import annotations

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter

from cg_contracts.levels import Level
from cg_kit.http import Body, Done, Door, needs
from cg_kit.pure import To
from cg_kit.pure.terms import day_of
from services.screening import queries
from services.screening.api.shared import Purpose
from services.screening.domain import clearance, officer

router = APIRouter()


class OfficerAppointed(Body):
    """Who, and for how long; from today when nothing else is said."""

    person_id: UUID
    since: date | None = None
    until: date | None = None


async def must_be_charged(door: Door, unit_id: UUID) -> None:
    """Only the unit's own security officer, and the head of service."""
    if "head-of-service" not in door.actor.roles and unit_id not in await queries.register.charged(door, door.actor.person_id):
        raise door.deny("SCR-OFFICER")


@router.post("/units/{unit_id}/officers", summary="Appoint a security officer")
async def appoint_officer(unit_id: UUID, body: OfficerAppointed, door: Annotated[Door, needs("head-of-service")]) -> Done:
    """Somebody who holds a clearance that can be used; it lapses when that is lost."""
    held = await queries.cases.states_of(door, "clearance", queries.clearances.CLEARANCES_OF_PERSON, body.person_id)
    usable = [(id_, state, version) for id_, state, version in held if clearance.usable(state, Level.VERTROUWELIJK, door.now)]
    best = max(usable, key=lambda one: (one[1].expires_at, one[0]), default=None)
    appoint = officer.Appoint(body.person_id, unit_id, best[0] if best else None, body.since or day_of(door.now), body.until, door.actor.person_id, door.now)
    return await door.command(To("officer", body.person_id, appoint), read={("clearance", best[0]): best[2]} if best else None)


@router.post("/units/{unit_id}/officers/{person_id}/dismissal", summary="Dismiss a security officer")
async def dismiss_officer(unit_id: UUID, person_id: UUID, door: Annotated[Door, needs("head-of-service")]) -> Done:
    """From now on."""
    return await door.command(To("officer", person_id, officer.Dismiss(unit_id, door.now)))


@router.get("/units/{unit_id}/register", summary="The register of a unit")
async def show_register(unit_id: UUID, purpose: Purpose, door: Annotated[Door, needs("security-officer", "head-of-service")]) -> queries.register.Register:
    """For the unit's own security officer: who holds which clearance or advice until when, who renews, who works without; the reading is recorded (SCR-11)."""
    await must_be_charged(door, unit_id)
    return await queries.register.register(door, unit_id, purpose)
