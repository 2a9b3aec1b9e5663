"""The desk: who handles reports, and what waits there; the head of service sees that, and no report."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter

from cg_kit.http import Body, Done, Door, needs
from cg_kit.pure import To
from services.integrity import queries
from services.integrity.domain import desk

router = APIRouter(tags=["desk"])


class MemberNamed(Body):
    """Somebody for the desk."""

    person_id: UUID
    part: desk.Part = desk.Part.HANDLER


@router.post("/desk/members", summary="Put somebody at the desk")
async def join(body: MemberNamed, door: Annotated[Door, needs("head-of-service")]) -> Done:
    """They handle what the desk gives them, and nothing in whose line they are."""
    return await door.command(To("desk", desk.DESK, desk.Join(body.person_id, body.part, door.actor.person_id, door.now)))


@router.post("/desk/members/{person_id}/departure", summary="Take somebody from the desk")
async def leave(person_id: UUID, door: Annotated[Door, needs("head-of-service")]) -> Done:
    """What they have goes to others at once."""
    return await door.command(To("desk", desk.DESK, desk.Leave(person_id, door.now)))


@router.get("/desk", summary="Who is at the desk, and what waits there")
async def show_desk(door: Annotated[Door, needs("head-of-service", "integrity-handler", "confidant")]) -> queries.desks.DeskSeen:
    """Members with how much each has, what nobody has, what is late or near; by number and day, without content."""
    return await queries.desks.desk_seen(door)
