"""The unit tree on a day, as known when."""

from __future__ import annotations

import json
from datetime import date, datetime
from uuid import UUID

from pydantic import BaseModel

from cg_contracts.org import Labels, UnitKind
from cg_kit.http import Door
from services.org.domain.tree import TREE
from services.org.domain.words import day

VERSIONS = """
SELECT v -> 'unit' AS unit, (v ->> 'valid_from')::date AS valid_from, (v ->> 'valid_to')::date AS valid_to,
       (v ->> 'recorded_at')::timestamptz AS recorded_at, (v ->> 'superseded_at')::timestamptz AS superseded_at
  FROM tree_state t, jsonb_array_elements(t.state -> 'versions') v
 WHERE t.id = $1 AND ($2::uuid IS NULL OR v #>> '{unit,unit_id}' = $2::text)
 ORDER BY v #>> '{unit,slug}', v ->> 'valid_from', v ->> 'recorded_at'
"""

HEADS = """
SELECT id FROM post_state
 WHERE is_head AND state -> 'assignments' @> jsonb_build_array(jsonb_build_object('person_id', ($1::uuid)::text, 'standing', 'active'))
"""


class UnitSeen(BaseModel):
    """A unit in [valid_from, valid_to), as known in [recorded_at, superseded_at)."""

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


class UnitsSeen(BaseModel):
    """The units of a day."""

    items: list[UnitSeen]


async def versions(door: Door, unit_id: UUID | None = None) -> list[UnitSeen]:
    """Every version of every unit, or of one, also those that were superseded."""
    rows = await door.fetch(VERSIONS, TREE, unit_id)
    periods = ("valid_from", "valid_to", "recorded_at", "superseded_at")
    return [UnitSeen.model_validate(json.loads(row["unit"]) | {name: row[name] for name in periods}) for row in rows]


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
    """The units that a person heads today, with all units under them today: rights follow the tree, a move leaves none behind."""
    heads = {row["id"] for row in await door.fetch(HEADS, person_id)}
    today = await units(door, day(door.now), door.now) if heads else []
    under = {unit.unit_id for unit in today if unit.head_post_id in heads}
    while more := {unit.unit_id for unit in today if unit.parent_id in under} - under:
        under |= more
    return under
