"""What those see and do who bring the file to the appeal body; what the body decides comes as its message."""

from __future__ import annotations

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import Field

from cg_contracts.base import Code, Instant
from cg_kit.http import Body, Done, Door, Limit, needs
from cg_kit.pure import To
from services.screening import queries
from services.screening.api.shared import OfficersDesignated
from services.screening.domain import appeal

router = APIRouter()


class FileSent(Body):
    """The file is with the body; `removed`: the parts, by code, that police or intelligence services asked to remove."""

    removed: list[Code] = Field(default_factory=list, max_length=50)


class HearingPlanned(Body):
    """From which day the file can be consulted, at least five days before the hearing."""

    consultation_from: date
    hearing_at: Instant


class HearingHeld(Body):
    """When the hearing was held; by default now."""

    held_at: Instant | None = None


# The person concerned


@router.get("/me/appeals", summary="My appeals")
async def list_my_appeals(door: Annotated[Door, needs("person")]) -> queries.appeals.MyAppeals:
    """How far each is, and by when the body decides."""
    return await queries.appeals.my_appeals(door)


# Who handles it


@router.get("/appeals", summary="Appeals")
async def list_appeals(
    door: Annotated[Door, needs("clearance-clerk", "head-of-service")],
    decided: Annotated[bool, Query(description="Also those that are decided.")] = False,
    after: Annotated[UUID | None, Query(description="`next` of the page before.")] = None,
    limit: Limit = 500,
) -> queries.appeals.AppealsSeen:
    """A clerk sees those they are designated for, the head of service all."""
    return await queries.appeals.appeals(door, decided, after, limit)


@router.get("/appeals/{appeal_id}", summary="An appeal")
async def show_appeal(appeal_id: UUID, door: Annotated[Door, needs("clearance-clerk", "head-of-service")]) -> queries.appeals.AppealSeen:
    """For the clerks designated to it, and for the head of service."""
    state, version = await known(door, appeal_id)
    if door.actor.person_id == state.person_id:
        raise door.deny("SCR-3")
    if "head-of-service" not in door.actor.roles and door.actor.person_id not in state.officers:
        raise door.deny("SCR-NEED")
    door.tag(version)
    return queries.appeals.appeal_seen(appeal_id, state, version)


@router.post("/appeals/{appeal_id}/officers", summary="Designate clerks to an appeal")
async def designate_to_appeal(appeal_id: UUID, body: OfficersDesignated, door: Annotated[Door, needs("head-of-service")]) -> Done:
    """From now on they need to know; never the person concerned (SCR-3)."""
    return await order(door, appeal_id, appeal.Designate(tuple(body.officers), door.actor.person_id, door.now))


@router.post("/appeals/{appeal_id}/file", summary="Record that the body has the file")
async def send_file(appeal_id: UUID, body: FileSent, door: Annotated[Door, needs("clearance-clerk")]) -> Done:
    """The body now looks whether the appeal is admissible."""
    return await order(door, appeal_id, appeal.SendFile(tuple(body.removed), door.actor.person_id, door.now))


@router.post("/appeals/{appeal_id}/hearing", summary="Record consultation and hearing")
async def plan_hearing(appeal_id: UUID, body: HearingPlanned, door: Annotated[Door, needs("clearance-clerk")]) -> Done:
    """As the body has set them; a new date takes the place of the one before."""
    return await order(door, appeal_id, appeal.PlanHearing(body.consultation_from, body.hearing_at, door.actor.person_id, door.now))


@router.post("/appeals/{appeal_id}/hearing/held", summary="Record that the hearing was held")
async def hold_hearing(appeal_id: UUID, door: Annotated[Door, needs("clearance-clerk")], body: HearingHeld | None = None) -> Done:
    """The body then decides."""
    held_at = (body.held_at if body else None) or door.now
    return await order(door, appeal_id, appeal.Hear(held_at, door.actor.person_id, door.now))


async def known(door: Door, appeal_id: UUID) -> tuple[appeal.Appeal, int]:
    """An appeal that exists, with its version."""
    return await door.known("appeal", appeal_id)


async def order(door: Door, appeal_id: UUID, command: appeal.Command) -> Done:
    """A command for an appeal, if this person may give it."""
    state, _ = await known(door, appeal_id)
    if refused := appeal.barred(state, command):
        raise door.deny(refused.rule)
    return await door.command(To("appeal", appeal_id, command))
