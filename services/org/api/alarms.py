"""What is not as it should be in the record."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter

from cg_kit.http import Door, needs
from services.org import queries
from services.org.api.shared import STAFF

router = APIRouter()


@router.get("/alarms", summary="Units without a head or with two, assignments that end soon, links to nothing")
async def list_alarms(door: Annotated[Door, needs(*STAFF, "unit-head", "operator")]) -> queries.alarms.AlarmsSeen:
    """As of today. A unit head sees the own subtree; who is concerned is shown to staff and to that head. Each check says what it looked at."""
    roles = door.actor.roles
    within = None if roles & {*STAFF, "operator"} else await queries.units.headed_by(door, door.actor.person_id)
    return await queries.alarms.alarms(door, within, with_persons=within is not None or bool(roles & set(STAFF)))
