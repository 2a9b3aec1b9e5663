"""Police zones: who polices where, who supports them, and how they merge."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import Field, StringConstraints

from cg_contracts.base import Ref
from cg_contracts.org import Labels, Municipality, UnitKind, ZoneKind
from cg_kit.http import Body, Done, Door, needs
from cg_kit.pure import To
from cg_kit.pure.terms import day_of
from services.org import queries
from services.org.api.shared import STRUCTURE, KnownAt, OnDay
from services.org.domain import tree, zones

router = APIRouter()


class ZoneGiven(Body):
    """What is to be true of a police zone; `korpschef_post_id` is the head's post that lies in the zone."""

    zone_number: Annotated[str, StringConstraints(pattern=r"^[0-9]{4}$")]
    kind: ZoneKind
    municipalities: Annotated[list[Municipality], Field(min_length=1, max_length=60)]
    csd_id: UUID
    korpschef_post_id: UUID | None = None
    labels: Labels
    legal_basis: Ref

    def zone(self, zone_id: UUID) -> zones.Zone:
        """The same in the domain's words."""
        municipalities = tuple(zones.Municipality(each.nis_code, each.labels.model_dump(exclude_none=True)) for each in self.municipalities)
        labels = self.labels.model_dump(exclude_none=True)
        return zones.Zone(zone_id, self.zone_number, self.kind, municipalities, self.csd_id, labels, self.legal_basis, self.korpschef_post_id)


class NewZone(ZoneGiven):
    """A zone to be established; without `zone_id` it is given one."""

    zone_id: UUID | None = None


class ZonesEstablished(Body):
    """Zones that begin to exist on the same day."""

    valid_from: date
    zones: Annotated[list[NewZone], Field(min_length=1, max_length=40)]


class ZoneChanged(ZoneGiven):
    """How a zone is from a day on; a day in the past is a correction (ORG-6)."""

    valid_from: date


class ZonesLinked(Body):
    """The zones that are linked to another coordination and support directorate from a day on."""

    zone_ids: Annotated[list[UUID], Field(min_length=1, max_length=200)]
    csd_id: UUID
    valid_from: date


class ZonesMerged(Body):
    """The zones that end on a day, and the one that takes their place; without ids the merger and the new zone are given one."""

    merger_id: UUID | None = None
    from_zone_ids: Annotated[list[UUID], Field(min_length=2, max_length=40)]
    zone: NewZone
    valid_from: date


@router.get("/zones", summary="The police zones on a day, as known at an instant")
async def list_zones(
    door: Annotated[Door, needs()],
    on: OnDay = None,
    known_at: KnownAt = None,
    csd_id: Annotated[UUID | None, Query(description="Only those linked to this directorate.")] = None,
    own: Annotated[bool, Query(description="Only those that the caller leads today, or that are linked to a directorate that the caller heads.")] = False,
    unlinked: Annotated[bool, Query(description="Only those whose link leads to a unit that does not exist on the day: to be linked to another.")] = False,
) -> queries.zones.ZonesSeen:
    """All zones of the day, in order of their number."""
    when, known = on or day_of(door.now), known_at or door.now
    items = await queries.zones.zones(door, when, known)
    if csd_id is not None:
        items = [zone for zone in items if zone.csd_id == csd_id]
    if own:
        theirs = await own_zones(door)
        items = [zone for zone in items if zone.zone_id in theirs]
    if unlinked:
        there = {unit.unit_id for unit in await queries.units.units(door, when, known)}
        items = [zone for zone in items if zone.csd_id not in there]
    return queries.zones.ZonesSeen(items=items)


@router.get("/zone-mergers", summary="Mergers of zones")
async def list_mergers(door: Annotated[Door, needs()]) -> queries.zones.MergersSeen:
    """Those to come, in effect and cancelled."""
    return queries.zones.MergersSeen(items=await queries.zones.mergers(door))


@router.get("/zones/{zone_id}", summary="One police zone on a day, as known at an instant")
async def show_zone(zone_id: UUID, door: Annotated[Door, needs()], on: OnDay = None, known_at: KnownAt = None) -> queries.zones.ZoneSeen:
    """The zone as it is on that day."""
    seen = await queries.zones.zones(door, on or day_of(door.now), known_at or door.now, zone_id)
    if not seen:
        raise door.missing("ORG-ZONE")
    return seen[0]


@router.get("/zones/{zone_id}/versions", summary="All that was ever known of a police zone")
async def list_zone_versions(zone_id: UUID, door: Annotated[Door, needs(*STRUCTURE)]) -> queries.zones.ZonesSeen:
    """Every version, also those that were superseded."""
    items = await queries.zones.versions(door, zone_id)
    if not items:
        raise door.missing("ORG-ZONE")
    return queries.zones.ZonesSeen(items=items)


@router.post("/zones", summary="Establish police zones")
async def establish_zones(body: ZonesEstablished, door: Annotated[Door, needs("org-administrator")]) -> Done:
    """All of them or none; to say again what is so already changes nothing."""
    read = await linkable(door, {each.csd_id for each in body.zones}, body.valid_from)
    them = tuple(each.zone(each.zone_id or door.new_id()) for each in body.zones)
    return await door.command(To("zones", zones.ZONES, zones.Establish(them, body.valid_from, door.now)), read=read)


@router.post("/zone-links", summary="Link zones to another coordination and support directorate from a day on")
async def link_zones(body: ZonesLinked, door: Annotated[Door, needs("org-administrator")]) -> Done:
    """Holds until the next link that is already known; a day in the past is a correction."""
    read = await linkable(door, {body.csd_id}, body.valid_from)
    command = zones.Link(tuple(body.zone_ids), body.csd_id, body.valid_from, door.now)
    return await door.command(To("zones", zones.ZONES, command), read=read)


@router.post("/zone-mergers", summary="Merge zones on a day")
async def merge_zones(body: ZonesMerged, door: Annotated[Door, needs("org-administrator")]) -> Done:
    """They end and the new one begins at the same moment; their plans end with them."""
    read = await linkable(door, {body.zone.csd_id}, body.valid_from)
    merger_id = body.merger_id or door.new_id()
    command = zones.Merge(merger_id, tuple(body.from_zone_ids), body.zone.zone(body.zone.zone_id or door.new_id()), body.valid_from, door.now)
    return await door.command(To("zones", zones.ZONES, command, matter=merger_id), read=read)


@router.post("/zone-mergers/{merger_id}/cancellation", summary="Cancel a merger before its day")
async def cancel_merger(merger_id: UUID, door: Annotated[Door, needs("org-administrator")]) -> Done:
    """The zones go on as they were."""
    return await door.command(To("zones", zones.ZONES, zones.CancelMerger(merger_id, door.now), matter=merger_id))


@router.post("/zones/{zone_id}/changes", summary="Change or correct a police zone from a day on")
async def change_zone(zone_id: UUID, body: ZoneChanged, door: Annotated[Door, needs("org-administrator")]) -> Done:
    """Holds until the next change that is already known; what was known before stays readable."""
    found = await door.state("zones", zones.ZONES)
    if found is None or zones.zone_on(found[0], zone_id, body.valid_from) is None:
        raise door.missing("ORG-ZONE")
    read = await linkable(door, {body.csd_id}, body.valid_from)
    return await door.command(To("zones", zones.ZONES, zones.Change(body.zone(zone_id), body.valid_from, door.now), matter=zone_id), read=read)


async def linkable(door: Door, csd_ids: Collection[UUID], when: date) -> Mapping[tuple[str, UUID], int]:
    """What was read to see that each of these is a deconcentrated directorate on that day."""
    found = await door.state("tree", tree.TREE)
    linked = [tree.unit_on(found[0], csd_id, when) for csd_id in csd_ids] if found else [None]
    if found is None or any(version is None or version.unit.kind is not UnitKind.DECONCENTRATED for version in linked):
        raise door.missing("ORG-ZONE-LINK")
    return {("tree", tree.TREE): found[1]}


async def own_zones(door: Door) -> set[UUID]:
    """The zones that the caller leads, and those of the caller's district."""
    theirs: set[UUID] = set()
    if "korpschef" in door.actor.roles:
        theirs |= await queries.zones.led_by(door, door.actor.person_id)
    if "dirco" in door.actor.roles:
        theirs |= await queries.zones.in_district_of(door, door.actor.person_id)
    return theirs
