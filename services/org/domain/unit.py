"""A unit and its dated versions: what the tree, and a reorganisation of it, say about units on a day."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

from cg_contracts.org import UnitKind
from cg_kit.pure import named
from services.org.domain.words import Labels


@dataclass(frozen=True, slots=True)
class Unit:
    """What is true of a unit from a date on; `legal_basis` is the decision that made it so."""

    unit_id: UUID
    slug: str
    kind: UnitKind
    parent_id: UUID | None
    labels: Labels
    legal_basis: str
    head_post_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Version:
    """A unit as it is in [valid_from, valid_to), as we knew it in [recorded_at, superseded_at). Never overwritten: only superseded.

    `change_id` names what made it so; `successor_ids` are the units that go on when this is the last version of a unit that has ended.
    """

    unit: Unit
    valid_from: date
    valid_to: date | None
    recorded_at: datetime
    superseded_at: datetime | None = None
    change_id: UUID | None = None
    successor_ids: tuple[UUID, ...] = ()

    def holds_on(self, when: date) -> bool:
        """Whether this is, as we know it now, how the unit is on that day."""
        return self.superseded_at is None and self.valid_from <= when and (self.valid_to is None or when < self.valid_to)


def change_for(unit_id: UUID, valid_from: date, at: datetime) -> UUID:
    """The id of the change of a unit that was recorded at an instant."""
    return named("unit-change", unit_id, valid_from, at.isoformat())


def units_on(versions: Iterable[Version], when: date) -> dict[UUID, Unit]:
    """The units of a day by their id, as we know them now."""
    return {version.unit.unit_id: version.unit for version in versions if version.holds_on(when)}


def as_known(versions: Iterable[Version], at: datetime) -> list[Version]:
    """The versions that were current at an instant of record."""
    then = (version for version in versions if version.recorded_at <= at and (version.superseded_at is None or at < version.superseded_at))
    return [replace(version, superseded_at=None) for version in then]


def established(versions: tuple[Version, ...], unit: Unit, valid_from: date, at: datetime) -> tuple[Version, ...]:
    """With one more unit."""
    return (*versions, Version(unit, valid_from, None, at, change_id=change_for(unit.unit_id, valid_from, at)))


def changed(versions: tuple[Version, ...], unit: Unit, valid_from: date, at: datetime) -> tuple[Version, ...]:
    """With the unit like this from a day on until the next change that is already known."""
    return tuple(part for version in versions for part in _split(version, unit, valid_from, at))


def abolished(versions: tuple[Version, ...], unit_id: UUID, on: date, successor_ids: tuple[UUID, ...], at: datetime) -> tuple[Version, ...]:
    """With the unit ended on a day, whatever was planned for it later, and continued by its successors."""
    return tuple(part for version in versions for part in _end(version, unit_id, on, successor_ids, at))


def is_one_tree(units: Collection[Unit]) -> bool:
    """ORG-1 on one day: no unit twice, one root, and every unit hangs under it."""
    return bool(units) and len({unit.unit_id for unit in units}) == len(units) and not loose(units)


def loose(units: Collection[Unit]) -> set[UUID]:
    """The units of one day that hang under no root, and all roots if there are several."""
    parents = {unit.unit_id: unit.parent_id for unit in units}
    roots = {unit_id for unit_id, parent in parents.items() if parent is None}
    under = level = roots
    while level := {unit_id for unit_id, parent in parents.items() if parent in level} - under:
        under = under | level
    return (parents.keys() - under) | (roots if len(roots) > 1 else set())


def fault(versions: Iterable[Version], since: date) -> tuple[str, str] | None:
    """The rule, with the field to blame, that is broken on some day from `since` on; before it nothing has changed."""
    current = [version for version in versions if version.superseded_at is None]
    for when in sorted({since, *(version.valid_from for version in current), *(version.valid_to for version in current if version.valid_to)}):
        units = [version.unit for version in current if version.holds_on(when)] if when >= since else []
        if units and not is_one_tree(units):
            return "ORG-1", "parent_id"
        if len({unit.slug for unit in units}) < len(units):
            return "ORG-UNIT-EXISTS", "slug"
    return None


def resolved(versions: Iterable[Version], unit_id: UUID, when: date) -> tuple[UUID, ...]:
    """ORG-9: the units of a day that a unit is or is continued by; none when it has ended without a successor, or did not exist yet."""
    current = [version for version in versions if version.superseded_at is None]
    there = units_on(current, when)
    found: dict[UUID, None] = {}
    asked, seen = [unit_id], {unit_id}
    while asked:
        one = asked.pop(0)
        if one in there:
            found[one] = None
            continue
        heirs = ending(current, one, when)
        more = [each for each in (heirs.successor_ids if heirs else ()) if each not in seen]
        seen.update(more)
        asked.extend(more)
    return tuple(found)


def ending(versions: Iterable[Version], unit_id: UUID, when: date) -> Version | None:
    """The last version of a unit that has ended by that day; none when it exists on that day or did not exist before."""
    ever = [version for version in versions if version.unit.unit_id == unit_id and version.superseded_at is None and version.valid_from <= when]
    last = max(ever, key=lambda version: version.valid_from, default=None)
    return last if last is not None and last.valid_to is not None and last.valid_to <= when else None


def _split(version: Version, unit: Unit, valid_from: date, at: datetime) -> tuple[Version, ...]:
    """The version as it stays on record, the part of it before the change, and the changed rest."""
    if version.unit.unit_id != unit.unit_id or not version.holds_on(valid_from):
        return (version,)
    before = (replace(version, valid_to=valid_from, recorded_at=at, successor_ids=()),) if version.valid_from < valid_from else ()
    rest = replace(version, unit=unit, valid_from=valid_from, recorded_at=at, change_id=change_for(unit.unit_id, valid_from, at))
    return (replace(version, superseded_at=at), *before, rest)


def _end(version: Version, unit_id: UUID, on: date, successor_ids: tuple[UUID, ...], at: datetime) -> tuple[Version, ...]:
    """The version as it stays on record, and the part of it before the end."""
    if version.unit.unit_id != unit_id or version.superseded_at is not None or (version.valid_to is not None and version.valid_to < on):
        return (version,)
    before = (replace(version, valid_to=on, recorded_at=at, successor_ids=successor_ids),) if version.valid_from < on else ()
    return (replace(version, superseded_at=at), *before)
