"""Who heads what, and who held a post where."""

from __future__ import annotations

from uuid import UUID

from cg_kit.http import Door
from cg_kit.pure.terms import start_of
from services.audit.domain.scale import INDEPENDENCE, since

HEADED_BY = """
WITH RECURSIVE under AS (
  SELECT p.unit_id AS id FROM post_state p
   WHERE (p.state ->> 'is_head')::boolean AND p.unit_id IS NOT NULL
     AND p.state -> 'holders' @> jsonb_build_array(jsonb_build_object('person_id', ($1::uuid)::text, 'until', NULL, 'suspended', false))
  UNION
  SELECT u.id FROM unit_state u JOIN under ON (u.state #>> '{described,parent_id}')::uuid = under.id WHERE u.state ->> 'ended_on' IS NULL
)
SELECT id FROM under
"""

HELD_LATELY = """
SELECT DISTINCT p.unit_id FROM post_state p, jsonb_array_elements(p.state -> 'holders') h
 WHERE p.unit_id IS NOT NULL AND p.state -> 'holders' @> jsonb_build_array(jsonb_build_object('person_id', ($1::uuid)::text))
   AND h ->> 'person_id' = $1::text AND (h ->> 'until' IS NULL OR (h ->> 'until')::timestamptz >= $2)
"""

HELD_NOW = """
SELECT p.id FROM post_state p
 WHERE p.unit_id IS NOT NULL AND p.state -> 'holders' @> jsonb_build_array(jsonb_build_object('person_id', ($1::uuid)::text, 'until', NULL, 'suspended', false))
"""


async def headed_by(door: Door, person_id: UUID) -> set[UUID]:
    """The units at whose head a person acts today, with all units under them."""
    return {row["id"] for row in await door.fetch(HEADED_BY, person_id)}


async def held_now(door: Door, person_id: UUID) -> set[UUID]:
    """The posts in which a person acts today."""
    return {row["id"] for row in await door.fetch(HELD_NOW, person_id)}


async def held_lately(door: Door, person_id: UUID) -> tuple[UUID, ...]:
    """The units in which a person held a post during the last twelve months."""
    return tuple(row["unit_id"] for row in await door.fetch(HELD_LATELY, person_id, start_of(since(INDEPENDENCE, door.now))))
