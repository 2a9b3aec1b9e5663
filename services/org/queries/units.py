"""The unit tree on a day, as known when."""

from __future__ import annotations

import json
from collections import defaultdict
from datetime import date, datetime
from uuid import UUID

from pydantic import BaseModel

from cg_contracts.org import Labels, UnitKind
from cg_kit.http import Door
from cg_kit.pure.terms import day_of
from services.org.domain.tree import TREE

VERSIONS = """
SELECT v -> 'unit' AS unit, (v ->> 'valid_from')::date AS valid_from, (v ->> 'valid_to')::date AS valid_to,
       (v ->> 'recorded_at')::timestamptz AS recorded_at, (v ->> 'superseded_at')::timestamptz AS superseded_at,
       coalesce(v -> 'successor_ids', '[]') AS successor_ids
  FROM tree_state t, jsonb_array_elements(t.state -> 'versions') v
 WHERE t.id = $1
 ORDER BY v #>> '{unit,slug}', v ->> 'valid_from', v ->> 'recorded_at'
"""

HEADS = """
SELECT p.id FROM post_state p, jsonb_array_elements(p.state -> 'assignments') a
 WHERE p.is_head AND p.state -> 'assignments' @> jsonb_build_array(jsonb_build_object('person_id', ($1::uuid)::text, 'standing', 'active'))
   AND a ->> 'person_id' = $1::text AND a ->> 'standing' = 'active' AND a #>> '{absences,-1,phase}' IS DISTINCT FROM 'begun'
"""
"""Posts at the head of something in which a person acts: not one who is suspended or away, but who stands in."""


class UnitSeen(BaseModel):
    """A unit in [valid_from, valid_to), as known in [recorded_at, superseded_at); `successor_ids` go on when it ends with that period."""

    unit_id: UUID
    slug: str
    kind: UnitKind
    parent_id: UUID | None
    labels: Labels
    legal_basis: str
    head_post_id: UUID | None
    valid_from: date
    valid_to: date | None
    recorded_at: datetime
    superseded_at: datetime | None
    predecessor_ids: list[UUID]
    successor_ids: list[UUID]


class UnitsSeen(BaseModel):
    """The units of a day."""

    items: list[UnitSeen]


async def versions(door: Door, unit_id: UUID | None = None) -> list[UnitSeen]:
    """Every version of every unit, or of one, also those that were superseded."""
    rows = [(json.loads(row["unit"]), [UUID(each) for each in json.loads(row["successor_ids"])], row) for row in await door.fetch(VERSIONS, TREE)]
    before: dict[UUID, list[UUID]] = defaultdict(list)
    for unit, successor_ids, row in rows:
        for each in successor_ids if row["superseded_at"] is None else ():
            before[each].append(UUID(unit["unit_id"]))
    periods = ("valid_from", "valid_to", "recorded_at", "superseded_at")
    return [
        UnitSeen.model_validate(
            unit | {name: row[name] for name in periods} | {"successor_ids": successor_ids, "predecessor_ids": before.get(UUID(unit["unit_id"]), [])}
        )
        for unit, successor_ids, row in rows
        if unit_id is None or UUID(unit["unit_id"]) == unit_id
    ]


async def units(door: Door, on: date, known_at: datetime) -> list[UnitSeen]:
    """The units as they are on a day, as was known at an instant."""
    return [
        seen
        for seen in await versions(door)
        if seen.valid_from <= on
        and (seen.valid_to is None or on < seen.valid_to)
        and seen.recorded_at <= known_at
        and (seen.superseded_at is None or known_at < seen.superseded_at)
    ]


async def headed_by(door: Door, person_id: UUID) -> set[UUID]:
    """The units at whose head a person acts today, with all units under them today: rights follow post and tree, and leave with them."""
    heads = {row["id"] for row in await door.fetch(HEADS, person_id)}
    today = await units(door, day_of(door.now), door.now) if heads else []
    under = {unit.unit_id for unit in today if unit.head_post_id in heads}
    while more := {unit.unit_id for unit in today if unit.parent_id in under} - under:
        under |= more
    return under
