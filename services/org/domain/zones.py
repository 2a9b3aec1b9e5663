"""All police zones with their dated versions and mergers: one aggregate, because no number and no municipality may be in two zones on any day."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import assert_never
from uuid import UUID

from cg_contracts.org import ZoneKind
from cg_kit.pure import Deadline, Due, Refused, named
from cg_kit.pure.terms import day_of, start_of
from services.org.domain.words import Labels

ZONES = named("org", "zones")
"""The id of the one map of zones there is."""


@dataclass(frozen=True, slots=True)
class Municipality:
    """A municipality by its number in the national statistics (NIS)."""

    nis_code: str
    labels: Labels


@dataclass(frozen=True, slots=True)
class Zone:
    """What is true of a police zone from a date on; `legal_basis` is the decision that made it so.

    A zone is autonomous: `csd_id` is the coordination and support directorate that it is linked to, never a parent (ORG-5).
    """

    zone_id: UUID
    zone_number: str
    kind: ZoneKind
    municipalities: tuple[Municipality, ...]
    csd_id: UUID
    labels: Labels
    legal_basis: str
    korpschef_post_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Version:
    """A zone as it is in [valid_from, valid_to), as we knew it in [recorded_at, superseded_at). Never overwritten: only superseded.

    `ahead`: it was registered before its first day, which has not come yet.
    """

    zone: Zone
    valid_from: date
    valid_to: date | None
    recorded_at: datetime
    superseded_at: datetime | None = None
    ahead: bool = False

    def holds_on(self, when: date) -> bool:
        """Whether this is, as we know it now, how the zone is on that day."""
        return self.superseded_at is None and self.valid_from <= when and (self.valid_to is None or when < self.valid_to)


@dataclass(frozen=True, slots=True)
class Merger:
    """Zones that end on a day, on which another takes their place."""

    id: UUID
    from_zone_ids: tuple[UUID, ...]
    to_zone_id: UUID
    valid_from: date
    recorded_at: datetime
    took_effect_at: datetime | None = None
    cancelled_at: datetime | None = None

    def is_to_come(self) -> bool:
        """Whether it is registered and its day has not come."""
        return self.took_effect_at is None and self.cancelled_at is None


@dataclass(frozen=True, slots=True)
class Zones:
    """Every version of every zone that was ever known, and every merger."""

    versions: tuple[Version, ...] = ()
    mergers: tuple[Merger, ...] = ()


NEW = Zones()


@dataclass(frozen=True, slots=True)
class Establish:
    """Zones begin to exist on a day."""

    zones: tuple[Zone, ...]
    valid_from: date
    at: datetime


@dataclass(frozen=True, slots=True)
class Change:
    """From `valid_from` until the next change that is already known, the zone is like this."""

    zone: Zone
    valid_from: date
    at: datetime


@dataclass(frozen=True, slots=True)
class Link:
    """From `valid_from` until the next link that is already known, the zones are linked to this directorate."""

    zone_ids: tuple[UUID, ...]
    csd_id: UUID
    valid_from: date
    at: datetime


@dataclass(frozen=True, slots=True)
class Relink:
    """A directorate ends and one other goes on: from `valid_from` the zones that are linked to the first are linked to the other."""

    from_csd_id: UUID
    to_csd_id: UUID
    valid_from: date
    at: datetime


@dataclass(frozen=True, slots=True)
class Merge:
    """Zones end on a day, on which the new zone begins with all their municipalities."""

    merger_id: UUID
    from_zone_ids: tuple[UUID, ...]
    zone: Zone
    valid_from: date
    at: datetime


@dataclass(frozen=True, slots=True)
class CancelMerger:
    """A merger that is registered will not happen."""

    merger_id: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class Established:
    """A zone exists from a day on."""

    zone: Zone
    valid_from: date
    at: datetime


@dataclass(frozen=True, slots=True)
class Changed:
    """A zone becomes different, today or later."""

    zone: Zone
    valid_from: date
    at: datetime


@dataclass(frozen=True, slots=True)
class Linked:
    """A zone becomes linked to another directorate, today or later."""

    zone: Zone
    valid_from: date
    at: datetime


@dataclass(frozen=True, slots=True)
class Corrected:
    """It turns out that a zone was different since a day in the past."""

    zone: Zone
    valid_from: date
    at: datetime


@dataclass(frozen=True, slots=True)
class MergerRegistered:
    """Zones are to end on a day, on which the new zone takes their place."""

    merger_id: UUID
    from_zone_ids: tuple[UUID, ...]
    zone: Zone
    valid_from: date
    at: datetime


@dataclass(frozen=True, slots=True)
class MergerCancelled:
    """The zones go on as they were."""

    merger_id: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class TookEffect:
    """What was registered of a zone ahead of its day holds now."""

    zone_id: UUID
    valid_from: date


@dataclass(frozen=True, slots=True)
class MergerTookEffect:
    """The zones no longer exist, and the new zone is in their place."""

    merger_id: UUID
    from_zone_ids: tuple[UUID, ...]
    at: datetime


Command = Establish | Change | Link | Relink | Merge | CancelMerger | Due
Event = Established | Changed | Linked | Corrected | MergerRegistered | MergerCancelled | TookEffect | MergerTookEffect


def decide(zones: Zones, command: Command) -> list[Event] | Refused:
    """Says yes only to what leaves every number and every municipality in one zone at most, on every day."""
    match command:
        case Establish(them, valid_from, at):
            new = [zone for zone in them if not _was_established(zones, zone, valid_from)]
            if {zone.zone_id for zone in new} & {version.zone.zone_id for version in zones.versions}:
                return Refused("ORG-ZONE-EXISTS", "zone_id")
            return _if_one_map(zones, [Established(zone, valid_from, at) for zone in new])
        case Change(zone, valid_from, at):
            current = zone_on(zones, zone.zone_id, valid_from)
            if current is None:
                return Refused("ORG-ZONE", "zone_id")
            if current.zone == zone:
                return []
            return _if_one_map(zones, [Corrected(zone, valid_from, at) if valid_from < day_of(at) else Changed(zone, valid_from, at)])  # ORG-6
        case Link(zone_ids, csd_id, valid_from, at):
            if any(zone_on(zones, zone_id, valid_from) is None for zone_id in zone_ids):
                return Refused("ORG-ZONE", "zone_ids")
            return [event for zone_id in dict.fromkeys(zone_ids) for event in _link(zones, zone_id, csd_id, valid_from, at)]
        case Relink():
            return list(_relink(zones, command))
        case Merge():
            return _merge(zones, command)
        case CancelMerger(merger_id, at):
            return _cancel(zones, merger_id, at)
        case Due(_, at):
            return _take_effect(zones, at)
        case _:
            assert_never(command)


def evolve(zones: Zones, event: Event) -> Zones:
    """The zones after an event: what was known before is superseded and stays readable."""
    match event:
        case Established(zone, valid_from, at):
            return replace(zones, versions=(*zones.versions, _begun(zone, valid_from, at)))
        case Changed(zone, valid_from, at) | Linked(zone, valid_from, at) | Corrected(zone, valid_from, at):
            return replace(zones, versions=tuple(part for version in zones.versions for part in _split(version, zone, valid_from, at)))
        case MergerRegistered(merger_id, from_zone_ids, zone, valid_from, at):
            kept = (part for version in zones.versions for part in (_ended(version, valid_from, at) if version.zone.zone_id in from_zone_ids else (version,)))
            merger = Merger(merger_id, from_zone_ids, zone.zone_id, valid_from, at)
            return Zones((*kept, _begun(zone, valid_from, at)), (*zones.mergers, merger))
        case MergerCancelled(merger_id, at):
            merger = find(zones, merger_id)
            return _with(_restored(zones, merger, at), replace(merger, cancelled_at=at))
        case TookEffect(zone_id, valid_from):
            return replace(zones, versions=tuple(_begins(version, zone_id, valid_from) for version in zones.versions))
        case MergerTookEffect(merger_id, _, at):
            return _with(zones, replace(find(zones, merger_id), took_effect_at=at))
        case _:
            assert_never(event)


def due(zones: Zones) -> set[Deadline]:
    """The days on which something begins to hold that was registered ahead: one moment for all of a day."""
    ahead = {version.valid_from for version in zones.versions if version.superseded_at is None and version.ahead}
    return {Deadline("effect", start_of(when)) for when in ahead | {merger.valid_from for merger in zones.mergers if merger.is_to_come()}}


def zone_on(zones: Zones, zone_id: UUID, when: date) -> Version | None:
    """The zone as it is on a day, as we know it now."""
    return next((version for version in zones.versions if version.zone.zone_id == zone_id and version.holds_on(when)), None)


def find(zones: Zones, merger_id: UUID) -> Merger:
    """A merger that is there."""
    return next(merger for merger in zones.mergers if merger.id == merger_id)


def _merge(zones: Zones, command: Merge) -> list[Event] | Refused:
    known = next((merger for merger in zones.mergers if merger.id == command.merger_id), None)
    if known is not None:
        asked = (set(command.from_zone_ids), command.zone.zone_id, command.valid_from, None)
        same = (set(known.from_zone_ids), known.to_zone_id, known.valid_from, known.cancelled_at) == asked
        return [] if same else Refused("ORG-ZONE-EXISTS", "merger_id")
    if len(set(command.from_zone_ids)) < 2:
        return Refused("ORG-ZONE-MERGER", "from_zone_ids")
    ending = [version for zone_id in command.from_zone_ids if (version := zone_on(zones, zone_id, command.valid_from))]
    if len(ending) < len(command.from_zone_ids) or not all(_began_before(zones, version.zone, command.valid_from) for version in ending):
        return Refused("ORG-ZONE", "from_zone_ids")
    if any(version.zone.zone_id == command.zone.zone_id for version in zones.versions):
        return Refused("ORG-ZONE-EXISTS", "zone_id")
    if {code for version in ending for code in _codes(version.zone)} - set(_codes(command.zone)):
        return Refused("ORG-ZONE-MUNICIPALITY", "municipalities")  # none is left without a zone
    registered = MergerRegistered(command.merger_id, tuple(dict.fromkeys(command.from_zone_ids)), command.zone, command.valid_from, command.at)
    at_once = [MergerTookEffect(command.merger_id, registered.from_zone_ids, command.at)] if command.valid_from <= day_of(command.at) else []
    return _if_one_map(zones, [registered, *at_once])


def _cancel(zones: Zones, merger_id: UUID, at: datetime) -> list[Event] | Refused:
    merger = next((each for each in zones.mergers if each.id == merger_id), None)
    if merger is None:
        return Refused("ORG-ZONE-MERGER-UNKNOWN", "merger_id")
    if merger.cancelled_at is not None:
        return []
    if not merger.is_to_come() or any(other.is_to_come() and merger.to_zone_id in other.from_zone_ids for other in zones.mergers):
        return Refused("ORG-STATE")  # it has happened, or another rests on it
    return _if_one_map(zones, [MergerCancelled(merger_id, at)])


def _take_effect(zones: Zones, at: datetime) -> list[Event]:
    begun = [version for version in zones.versions if version.superseded_at is None and version.ahead and start_of(version.valid_from) <= at]
    merged = [merger for merger in zones.mergers if merger.is_to_come() and start_of(merger.valid_from) <= at]
    return [
        *(TookEffect(version.zone.zone_id, version.valid_from) for version in begun),
        *(MergerTookEffect(merger.id, merger.from_zone_ids, at) for merger in merged),
    ]


def _link(zones: Zones, zone_id: UUID, csd_id: UUID, valid_from: date, at: datetime) -> Iterator[Event]:
    """Through changes of something else that are already known, until the next link."""
    known = [version for version in zones.versions if version.zone.zone_id == zone_id and version.superseded_at is None]
    later = sorted((each for each in known if each.valid_to is None or each.valid_to > valid_from), key=lambda version: version.valid_from)
    for version in later:
        if version.zone.csd_id != later[0].zone.csd_id:
            return
        if version.zone.csd_id != csd_id:
            since = max(valid_from, version.valid_from)
            linked = replace(version.zone, csd_id=csd_id)
            yield Corrected(linked, since, at) if since < day_of(at) else Linked(linked, since, at)  # ORG-6


def _relink(zones: Zones, command: Relink) -> Iterator[Event]:
    """Whatever is known of the day and of later days, so that no zone names a directorate that is not there (ORG-9)."""
    for version in zones.versions:
        ends_before = version.valid_to is not None and version.valid_to <= command.valid_from
        if version.superseded_at is None and not ends_before and version.zone.csd_id == command.from_csd_id:
            yield Linked(replace(version.zone, csd_id=command.to_csd_id), max(command.valid_from, version.valid_from), command.at)


def _if_one_map(zones: Zones, events: list[Event]) -> list[Event] | Refused:
    """The events, unless on some day after them a zone were not of its kind, or a number or a municipality were in two."""
    for event in events:
        zones = evolve(zones, event)
    for when in sorted({version.valid_from for version in zones.versions if version.superseded_at is None}):
        of_the_day = [version.zone for version in zones.versions if version.holds_on(when)]
        if any((len(zone.municipalities) == 1) is not (zone.kind is ZoneKind.ONE_MUNICIPALITY) for zone in of_the_day):
            return Refused("ORG-ZONE-KIND", "kind")
        if _twice([zone.zone_number for zone in of_the_day]):
            return Refused("ORG-ZONE-EXISTS", "zone_number")
        if _twice([code for zone in of_the_day for code in _codes(zone)]):
            return Refused("ORG-ZONE-MUNICIPALITY", "municipalities")
    return events


def _twice(them: list[str]) -> bool:
    return any(count > 1 for count in Counter(them).values())


def _codes(zone: Zone) -> list[str]:
    return [municipality.nis_code for municipality in zone.municipalities]


def _began_before(zones: Zones, zone: Zone, when: date) -> bool:
    return any(version.zone.zone_id == zone.zone_id and version.superseded_at is None and version.valid_from < when for version in zones.versions)


def _was_established(zones: Zones, zone: Zone, valid_from: date) -> bool:
    return any(version.zone == zone and version.valid_from == valid_from for version in zones.versions)


def _begun(zone: Zone, valid_from: date, at: datetime) -> Version:
    return Version(zone, valid_from, None, at, ahead=valid_from > day_of(at))


def _begins(version: Version, zone_id: UUID, valid_from: date) -> Version:
    it = version.superseded_at is None and version.zone.zone_id == zone_id and version.valid_from == valid_from
    return replace(version, ahead=False) if it else version


def _split(version: Version, zone: Zone, valid_from: date, at: datetime) -> tuple[Version, ...]:
    """The version as it stays on record, the part of it before the change, and the changed rest."""
    if version.zone.zone_id != zone.zone_id or not version.holds_on(valid_from):
        return (version,)
    before = (replace(version, valid_to=valid_from, recorded_at=at),) if version.valid_from < valid_from else ()
    rest = replace(version, zone=zone, valid_from=valid_from, recorded_at=at, ahead=valid_from > day_of(at))
    return (replace(version, superseded_at=at, ahead=False), *before, rest)


def _ended(version: Version, on: date, at: datetime) -> tuple[Version, ...]:
    """The version as it stays on record, and the part of it before the zone's end."""
    if version.superseded_at is not None or (version.valid_to is not None and version.valid_to <= on):
        return (version,)
    before = (replace(version, valid_to=on, recorded_at=at),) if version.valid_from < on else ()
    return (replace(version, superseded_at=at, ahead=False), *before)


def _restored(zones: Zones, merger: Merger, at: datetime) -> Zones:
    """Without the merger: the new zone is not there, the others have no end by it, and what it took away is known again."""
    on = merger.valid_from
    lost = [
        version
        for version in zones.versions
        if version.zone.zone_id in merger.from_zone_ids and version.superseded_at == merger.recorded_at and version.valid_from >= on
    ]
    again = tuple(replace(version, recorded_at=at, superseded_at=None, ahead=version.valid_from > day_of(at)) for version in lost)

    def restored(version: Version) -> tuple[Version, ...]:
        if version.superseded_at is not None:
            return (version,)
        if version.zone.zone_id == merger.to_zone_id:
            return (replace(version, superseded_at=at, ahead=False),)
        until = min((each.valid_from for each in lost if each.zone.zone_id == version.zone.zone_id), default=None)
        if version.zone.zone_id in merger.from_zone_ids and version.valid_to == on and until != on:
            return (replace(version, superseded_at=at, ahead=False), replace(version, valid_to=until, recorded_at=at))
        return (version,)

    return replace(zones, versions=(*(part for version in zones.versions for part in restored(version)), *again))


def _with(zones: Zones, merger: Merger) -> Zones:
    return replace(zones, mergers=tuple(merger if each.id == merger.id else each for each in zones.mergers))
