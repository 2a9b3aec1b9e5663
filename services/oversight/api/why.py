"""Why anything happened."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path

from cg_kit.http import Door, needs
from services.oversight import queries
from services.oversight.api.obligations import SEE

router = APIRouter()


@router.get("/why/{id}", summary="Why something happened, and what came of it")
async def show_why(
    id_: Annotated[str, Path(alias="id", min_length=1, max_length=256, description="The id of a message, a person's command or a deadline.")],
    door: Annotated[Door, needs(*SEE)],
) -> queries.why.WhySeen:
    """Back to the first cause and forward to all effects, by envelopes: no content is kept here."""
    found = await queries.why.why(door, id_)
    if found is None:
        raise door.missing()
    return found
