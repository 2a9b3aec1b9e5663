"""What services owe each other."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from cg_contracts.base import Code
from cg_kit.http import Door, needs
from services.oversight import queries
from services.oversight.queries.obligations import Which

router = APIRouter()

SEE = ("operator", "commissioner-general")
"""Who sees what is owed in the whole house."""


@router.get("/obligations", summary="What is owed")
async def list_obligations(
    door: Annotated[Door, needs(*SEE)],
    which: Annotated[Which, Query(description="Owed now, met, owed no more, or all.")] = Which.OPEN,
    late: Annotated[bool, Query(description="Only what is late, or was.")] = False,
    unit: Annotated[UUID | None, Query(description="Owed by this unit, the units under it, or a post in one of these.")] = None,
    debtor: Annotated[str | None, Query(max_length=200, pattern=r"^[A-Za-z0-9-]+$", description="Owed by this service, account, post, unit or zone.")] = None,
    name: Annotated[Code | None, Query(description="Of this name.")] = None,
    about: Annotated[str | None, Query(max_length=200, description="About this thing: with `which=all` the ledger of who has done what it asks for.")] = None,
    before: Annotated[Code | None, Query(description="On the list of this role: from its first day, or since it is late.")] = None,
    after: Annotated[UUID | None, Query(description="`next` of the page before.")] = None,
    limit: Annotated[int, Query(ge=1, le=1000, description="How many at most.")] = 500,
) -> queries.obligations.ObligationsSeen:
    """By the due instant."""
    return await queries.obligations.obligations(door, which, late, unit, debtor, name, about, before, after, limit)


@router.get("/obligations/declared", summary="Every promise that is declared")
async def list_declared(door: Annotated[Door, needs(*SEE)]) -> queries.obligations.KindsSeen:
    """With how it is kept, or what it waits for."""
    return await queries.obligations.kinds(door)


@router.get("/obligations/{obligation_id}", summary="One obligation")
async def show_obligation(obligation_id: UUID, door: Annotated[Door, needs(*SEE)]) -> queries.obligations.ObligationSeen:
    """How it stands; its history is the story of `because_of`."""
    found = await door.state("obligation", obligation_id)
    if found is None or found[0].debtor is None:
        raise door.missing()
    door.tag(found[1])
    return queries.obligations.seen(obligation_id, *found)
