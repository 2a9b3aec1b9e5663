"""Forgetting a person, on record: what can be read of them is destroyed, what happened stays. By the head of service or the data protection officer."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, StrictBool, StringConstraints

from cg_kit.http import Door, Refusing, needs

router = APIRouter(tags=["forgetting"])


class Hold(BaseModel):
    """Something that is not over, for which the person's data may still be needed."""

    kind: str
    id: str


class KeptOf(BaseModel):
    """What this service can read of a person: entries of its vault, and copies of records that were parked or turned away. `waiting`: parked records that
    wait still, and have to be taken or discarded first. `forgotten_at`: when the person was forgotten here the last time, if ever."""

    person_id: UUID
    entries: int
    copies: int
    turned_away: int
    waiting: list[int]
    forgotten_at: datetime | None = None
    holds: list[Hold]


class Forgetting(BaseModel):
    """Why, and whether also although something is not over."""

    model_config = ConfigDict(extra="forbid")
    reason: Annotated[str, StringConstraints(min_length=1, max_length=200)]
    despite_holds: StrictBool = False


@router.get("/vault/{person_id}", summary="What can be read of a person here")
async def show_kept(person_id: UUID, door: Annotated[Door, needs("head-of-service", "dpo")]) -> KeptOf:
    """Numbers only; nothing is opened."""
    (row,) = await door.fetch("SELECT kept_of.*, (SELECT at FROM forgotten WHERE about = $1) AS forgotten_at FROM kept_of($1)", str(person_id))
    holds = [Hold(kind=each["kind"], id=str(each["id"])) for each in await door.fetch(door.holds, person_id)] if door.holds else []
    return KeptOf(person_id=person_id, holds=holds, **dict(row))


@router.post("/vault/{person_id}/forgetting", summary="Forget a person")
async def forget(person_id: UUID, body: Forgetting, door: Annotated[Door, needs("head-of-service", "dpo")]) -> KeptOf:
    """Destroys the person's key, and what was kept in clear; the journal stays. Refused while something is not over, unless that is said."""
    kept = await show_kept(person_id, door)
    if kept.waiting:
        raise Refusing(409, "record-waits")
    if kept.holds and not body.despite_holds:
        raise Refusing(409, "held", field="despite_holds")
    gone = await door.forget(person_id, body.reason, [f"{each.kind}:{each.id}" for each in kept.holds])
    return kept.model_copy(update={"entries": gone.entries, "copies": gone.copies, "turned_away": gone.turned_away})
