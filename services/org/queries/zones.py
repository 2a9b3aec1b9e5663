"""Police zones on a day, as known when, their mergers, and whose zones they are."""

from __future__ import annotations

import json
from datetime import date, datetime
from uuid import UUID

from pydantic import BaseModel

from cg_contracts.org import Labels, Municipality, ZoneKind
from cg_kit.http import Door
from cg_kit.pure.terms import day_of
from services.org.domain.zones import ZONES
from services.org.queries.units import HEADS, headed_by

VERSIONS = """
SELECT v -> 'zone' AS zone, (v ->> 'valid_from')::date AS valid_from, (v ->> 'valid_to')::date AS valid_to,
       (v ->> 'recorded_at')::timestamptz AS recorded_at, (v ->> 'superseded_at')::timestamptz AS superseded_at
  FROM zones_state z, jsonb_array_elements(z.state -> 'versions') v
 WHERE z.id = $1 AND ($2::uuid IS NULL OR v #>> '{zone,zone_id}' = $2::text)
 ORDER BY v #>> '{zone,zone_number}', v ->> 'valid_from', v ->> 'recorded_at'
"""

MERGERS = """
SELECT m AS merger
  FROM zones_state z, jsonb_array_elements(z.state -> 'mergers') m
 WHERE z.id = $1
 ORDER BY m ->> 'valid_from' DESC, m ->> 'recorded_at' DESC
"""


class ZoneSeen(BaseModel):
    """A police zone in [valid_from, valid_to), as known in [recorded_at, superseded_at); `csd_id` is a link, nothing is above a zone."""

    zone_id: UUID
    zone_number: str
    kind: ZoneKind
    municipalities: list[Municipality]
    csd_id: UUID
    korpschef_post_id: UUID | None
    labels: Labels
    legal_basis: str
    valid_from: date
    valid_to: date | None
    recorded_at: datetime
    superseded_at: datetime | None


class ZonesSeen(BaseModel):
    """Police zones, in order of their number."""

    items: list[ZoneSeen]


class MergerSeen(BaseModel):
    """A merger: registered, and then in effect or cancelled."""

    merger_id: UUID
    from_zone_ids: list[UUID]
    to_zone_id: UUID
    valid_from: date
    recorded_at: datetime
    took_effect_at: datetime | None
    cancelled_at: datetime | None


class MergersSeen(BaseModel):
    """Mergers, the latest first."""

    items: list[MergerSeen]


async def versions(door: Door, zone_id: UUID | None = None) -> list[ZoneSeen]:
    """Every version of every zone, or of one, also those that were superseded."""
    rows = await door.fetch(VERSIONS, ZONES, zone_id)
    periods = ("valid_from", "valid_to", "recorded_at", "superseded_at")
    return [ZoneSeen.model_validate(json.loads(row["zone"]) | {name: row[name] for name in periods}) for row in rows]


async def zones(door: Door, on: date, known_at: datetime, zone_id: UUID | None = None) -> list[ZoneSeen]:
    """The zones (or one) as they are on a day, as was known at an instant."""
    return [
        seen
        for seen in await versions(door, zone_id)
        if seen.valid_from <= on
        and (seen.valid_to is None or on < seen.valid_to)
        and seen.recorded_at <= known_at
        and (seen.superseded_at is None or known_at < seen.superseded_at)
    ]


async def mergers(door: Door) -> list[MergerSeen]:
    """All mergers that were ever registered."""
    found = (json.loads(row["merger"]) for row in await door.fetch(MERGERS, ZONES))
    return [MergerSeen.model_validate(merger | {"merger_id": merger["id"]}) for merger in found]


async def led_by(door: Door, person_id: UUID) -> set[UUID]:
    """The zones whose post of korpschef this person holds today."""
    held = {row["id"] for row in await door.fetch(HEADS, person_id)}
    today = await zones(door, day_of(door.now), door.now) if held else []
    return {zone.zone_id for zone in today if zone.korpschef_post_id in held}


async def in_district_of(door: Door, person_id: UUID) -> set[UUID]:
    """The zones that are linked today to a directorate that this person heads."""
    headed = await headed_by(door, person_id)
    today = await zones(door, day_of(door.now), door.now) if headed else []
    return {zone.zone_id for zone in today if zone.csd_id in headed}
