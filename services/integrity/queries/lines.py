"""Who stands above whom as of a day, from what org has told."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from uuid import UUID

from cg_kit.http import Door
from services.integrity.domain import line, post, unit

OF_PERSONS = """
SELECT id FROM post_state
 WHERE state -> 'stays' @> ANY (ARRAY(SELECT jsonb_build_array(jsonb_build_object('person_id', each)) FROM unnest($1::text[]) each)) LIMIT 1000
"""

OF_UNITS = """
SELECT id FROM post_state
 WHERE state -> 'places' @> ANY (ARRAY(SELECT jsonb_build_array(jsonb_build_object('unit_id', each)) FROM unnest($1::text[]) each)) LIMIT 5000
"""

ALL_UNITS = "SELECT id FROM unit_state ORDER BY id LIMIT 5000"


async def line_of(door: Door, named: Collection[UUID], unit_id: UUID | None, day: date) -> line.Line:
    """The line above these persons and this unit, as of a day."""
    units = await units_known(door)
    theirs = await posts(door, OF_PERSONS, named)
    start = [place.unit_id for each in theirs.values() if (place := post.place_on(each, day))]
    climbed = {each for first in [*start, *([unit_id] if unit_id else [])] for each in line.upwards(first, day, units)}
    over = await posts(door, OF_UNITS, climbed)
    return line.above(day, named, unit_id, theirs | over, units)


async def path_of(door: Door, unit_id: UUID | None, day: date, k: int) -> tuple[UUID, ...]:
    """From the smallest unit with k persons in or under it, upwards."""
    if unit_id is None:
        return ()
    units = await units_known(door)
    return line.counted(unit_id, day, await posts(door, OF_UNITS, list(units)), units, k)


async def units_known(door: Door) -> dict[UUID, unit.Unit]:
    """Every unit."""
    rows = await door.fetch(ALL_UNITS)
    return {id_: state for id_, (state, _) in (await door.states("unit", [row["id"] for row in rows])).items()}


async def posts(door: Door, sql: str, of: Collection[UUID]) -> dict[UUID, post.Post]:
    """The posts that this finds."""
    rows = await door.fetch(sql, [str(each) for each in of]) if of else []
    return {id_: state for id_, (state, _) in (await door.states("post", [row["id"] for row in rows])).items()}
