"""Who looked up whom, for the data protection officer."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from cg_kit.http import Door, Limit, needs
from services.org import queries

router = APIRouter()


@router.get("/reads", summary="Who looked up whom, when and what for")
async def list_reads(
    door: Annotated[Door, needs("dpo")],
    person_id: Annotated[UUID | None, Query(description="Only readings that named this person.")] = None,
    actor: Annotated[UUID | None, Query(description="Only readings by this person.")] = None,
    after: Annotated[int | None, Query(ge=1, le=2**63 - 1, description="`next` of the page before.")] = None,
    limit: Limit = 500,
) -> queries.reads.ReadsSeen:
    """The latest first. That it was asked about a person is recorded too."""
    if person_id is not None:
        await queries.reads.record(door, "reads", [person_id])
    return await queries.reads.reads(door, person_id, actor, after, limit)
