"""That a holder is away, and back."""

from __future__ import annotations

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter

from cg_contracts.base import Code
from cg_kit.http import Body, Done, Door, needs
from cg_kit.pure import To
from services.org.api.posts import found_assignment
from services.org.domain import absence

router = APIRouter()


class AbsenceGiven(Body):
    """From and until when (the first day back; none: until further notice) the holder is away, and why."""

    since: date
    until: date | None = None
    reason_code: Code


@router.post("/posts/{post_id}/assignments/{assignment_id}/absence", summary="Register that a holder is away")
async def register_absence(post_id: UUID, assignment_id: UUID, body: AbsenceGiven, door: Annotated[Door, needs("hr-officer")]) -> Done:
    """An interim may stand in from then on; said again with the same first day, the period is changed. Why is told to nobody."""
    await found_assignment(door, post_id, assignment_id)
    command = absence.RegisterAbsence(assignment_id, body.since, body.until, body.reason_code, door.now)
    return await door.command(To("post", post_id, command, matter=assignment_id))


@router.post("/posts/{post_id}/assignments/{assignment_id}/return", summary="Register that a holder is back")
async def register_return(post_id: UUID, assignment_id: UUID, door: Annotated[Door, needs("hr-officer")]) -> Done:
    """From today on; who stood in stands down."""
    await found_assignment(door, post_id, assignment_id)
    return await door.command(To("post", post_id, absence.Return(assignment_id, door.now), matter=assignment_id))
