"""Who looked up whom: each answer that names persons is recorded before it is given."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from pydantic import BaseModel

from cg_kit.http import Door

RECORD = """
INSERT INTO person_read (at, actor, roles, what, persons, many, purpose, reason) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING id
"""

READS = """
SELECT id, at, actor, roles, what, persons, many, purpose, reason
  FROM person_read
 WHERE ($1::uuid IS NULL OR persons @> ARRAY[$1]) AND ($2::uuid IS NULL OR actor = $2) AND ($3::bigint IS NULL OR id < $3)
 ORDER BY id DESC LIMIT $4
"""


class ReadSeen(BaseModel):
    """One answer that named persons: who asked (`actor`), in which roles, what they looked at, whom it named, and what for if they said so."""

    id: int
    at: datetime
    actor: UUID
    roles: list[str]
    what: str
    persons: list[UUID]
    many: int
    purpose: str | None
    reason: str | None


class ReadsSeen(BaseModel):
    """Readings, the latest first; `next`, when there is more, is what to give as `after`."""

    items: list[ReadSeen]
    next: int | None


async def record(door: Door, what: str, persons: Collection[UUID], purpose: str | None = None, many: int | None = None) -> None:
    """Keeps that the caller is about to be told of these persons; of nobody: nothing to keep."""
    if persons or many:
        named = sorted(set(persons))
        await door.fetch(
            RECORD,
            door.now,
            door.actor.person_id,
            sorted(door.actor.roles),
            what,
            named,
            len(named) if many is None else many,
            purpose,
            door.actor.reason,
        )


async def reads(door: Door, person_id: UUID | None, actor: UUID | None, after: int | None, limit: int) -> ReadsSeen:
    """Who looked up a person, or whom somebody looked up."""
    rows = await door.fetch(READS, person_id, actor, after, limit + 1)
    items = [ReadSeen.model_validate(dict(row)) for row in rows[:limit]]
    return ReadsSeen(items=items, next=items[-1].id if len(rows) > limit else None)
