"""The register of clearances, and whether one counts."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from cg_contracts.base import Code, Instant
from cg_contracts.levels import Level
from cg_contracts.screening import Scope
from cg_kit.http import Body, Done, Door, needs
from cg_kit.pure import To, named
from services.screening import queries
from services.screening.api.shared import Purpose
from services.screening.domain import clearance

router = APIRouter()


class BriefingGiven(Body):
    """When the holder was briefed; by default now. With `request_id` for what was asked under it, without for all that still needs a briefing."""

    given_at: Instant | None = None
    request_id: UUID | None = None


async def held(door: Door, clearance_id: UUID) -> tuple[clearance.Clearance, int]:
    """A clearance that exists, with its version."""
    return await door.known("clearance", clearance_id)


# Clearances


@router.get("/clearances", summary="Clearances of a person")
async def list_clearances(person_id: UUID, door: Annotated[Door, needs("security-officer", "head-of-service")]) -> queries.clearances.ClearancesSeen:
    """The register."""
    return await queries.clearances.clearances(door, person_id)


@router.get("/clearances/{clearance_id}", summary="A clearance")
async def show_clearance(clearance_id: UUID, door: Annotated[Door, needs("security-officer", "head-of-service")]) -> queries.clearances.ClearanceSeen:
    """With the milestones before expiry that it has passed, and what it is needed for."""
    state, version = await held(door, clearance_id)
    door.tag(version)
    return queries.clearances.clearance_seen(clearance_id, state, version)


@router.post("/clearances/{clearance_id}/briefing", summary="Record a security briefing")
async def record_briefing(clearance_id: UUID, door: Annotated[Door, needs("security-officer")], body: BriefingGiven | None = None) -> Done:
    """By a security officer, never the holder; from then on the clearance can be used (SCR-2)."""
    state, _ = await held(door, clearance_id)
    if state.person_id == door.actor.person_id:
        raise door.deny("SCR-3")
    given = body or BriefingGiven()
    brief = clearance.Brief(door.actor.person_id, given.given_at or door.now, door.now, given.request_id)
    return await door.command(To("clearance", clearance_id, brief))


@router.post("/clearances/{clearance_id}/relinquishment", summary="Give a clearance up")
async def relinquish(clearance_id: UUID, door: Annotated[Door, needs("person", "security-officer")]) -> Done:
    """By its holder at any time; by a security officer once nobody needs it."""
    state, _ = await held(door, clearance_id)
    if state.person_id != door.actor.person_id and "security-officer" not in door.actor.roles:
        raise door.deny("SCR-PERSON")
    return await door.command(To("clearance", clearance_id, clearance.Relinquish(door.actor.person_id, door.now)))


@router.post("/clearances/{clearance_id}/renewal", summary="Ask that a clearance be renewed")
async def ask_renewal(clearance_id: UUID, door: Annotated[Door, needs("unit-head")]) -> Done:
    """By the chief, who so confirms the need to know: a case for a new clearance is opened. The old one counts until that is of use, or it expires (SCR-7)."""
    state, version = await held(door, clearance_id)
    if state.person_id == door.actor.person_id:
        raise door.deny("SCR-3")
    read = {("clearance", clearance_id): version}
    over = True
    if state.renewals:
        over = await queries.clearances.is_over(door, state.renewals[-1], read)
    ask = clearance.AskRenewal(named("renewal", clearance_id, len(state.renewals) if over else len(state.renewals) - 1), over, door.actor.person_id, door.now)
    return await door.command(To("clearance", clearance_id, ask), read=read)


@router.get("/validity", summary="Does a person's clearance or advice count?")
async def check_validity(
    person_id: UUID,
    purpose: Purpose,
    door: Annotated[Door, needs("hr-officer", "unit-head", "security-officer", "head-of-service")],
    level: Annotated[Level | None, Query(description="The level needed; without it a positive advice is asked about.")] = None,
    scope: Annotated[Scope, Query(description="Whose classified information.")] = Scope.NATIONAL,
    place: Annotated[Code | None, Query(description="Instead of a level: the place to be entered, for which an advice or certificate was given.")] = None,
) -> queries.clearances.Validity:
    """Yes or no, level and until, for a purpose; that it was asked is recorded."""
    return await queries.clearances.validity(door, person_id, level, scope, place, purpose)
