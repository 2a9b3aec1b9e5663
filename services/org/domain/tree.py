"""The tree of units with its dated versions: one aggregate, because ORG-1 is about all of it at once."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import assert_never
from uuid import UUID

from cg_contracts.org import UnitKind
from cg_kit.pure import Deadline, Due, Refused, named
from services.org.domain.words import Labels, day

TREE = named("org", "tree")
"""The id of the one tree there is."""


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
    """A unit as it is in [valid_from, valid_to), as we knew it in [recorded_at, superseded_at). Never overwritten: only superseded."""

    unit: Unit
    valid_from: date
    valid_to: date | None
    recorded_at: datetime
    superseded_at: datetime | None = None

    def holds_on(self, when: date) -> bool:
        """Whether this is, as we know it now, how the unit is on that day."""
        return self.superseded_at is None and self.valid_from <= when and (self.valid_to is None or when < self.valid_to)


@dataclass(frozen=True, slots=True)
class Tree:
    """Every version of every unit that was ever known."""

    versions: tuple[Version, ...] = ()


NEW = Tree()


@dataclass(frozen=True, slots=True)
class Establish:
    """Units begin to exist on a day, parents and children together."""

    units: tuple[Unit, ...]
    valid_from: date
    at: datetime


@dataclass(frozen=True, slots=True)
class Change:
    """From `valid_from` until the next change that is already known, the unit is like this."""

    unit: Unit
    valid_from: date
    at: datetime


@dataclass(frozen=True, slots=True)
class Established:
    """A unit exists from a day on."""

    unit: Unit
    valid_from: date
    at: datetime


@dataclass(frozen=True, slots=True)
class Changed:
    """A unit becomes different, today or later."""

    unit: Unit
    valid_from: date
    at: datetime


@dataclass(frozen=True, slots=True)
class Corrected:
    """It turns out that a unit was different since a day in the past."""

    unit: Unit
    valid_from: date
    at: datetime


Command = Establish | Change | Due
Event = Established | Changed | Corrected


def decide(tree: Tree, command: Command) -> list[Event] | Refused:
    """Says yes only to what leaves one tree with one root on every day."""
    match command:
        case Establish(units, valid_from, at):
            new = [unit for unit in units if not _was_established(tree, unit, valid_from)]
            if {unit.unit_id for unit in new} & {version.unit.unit_id for version in tree.versions}:
                return Refused("ORG-UNIT-EXISTS", "unit_id")
            return _if_one_tree(tree, [Established(unit, valid_from, at) for unit in new])
        case Change(unit, valid_from, at):
            current = unit_on(tree, unit.unit_id, valid_from)
            if current is None:
                return Refused("ORG-UNIT", "unit_id")
            if current.unit == unit:
                return []
            if valid_from < day(at):  # ORG-6
                return _if_one_tree(tree, [Corrected(unit, valid_from, at)])
            return _if_one_tree(tree, [Changed(unit, valid_from, at)])
        case Due():
            return []
        case _:
            assert_never(command)


def evolve(tree: Tree, event: Event) -> Tree:
    """The tree after an event: what was known before is superseded and stays readable."""
    match event:
        case Established(unit, valid_from, at):
            return Tree((*tree.versions, Version(unit, valid_from, None, at)))
        case Changed(unit, valid_from, at) | Corrected(unit, valid_from, at):
            return Tree(tuple(part for version in tree.versions for part in _split(version, unit, valid_from, at)))
        case _:
            assert_never(event)


def due(_tree: Tree) -> set[Deadline]:
    """No deadline: what holds on a day is read from the versions."""
    return set()


def unit_on(tree: Tree, unit_id: UUID, when: date) -> Version | None:
    """The unit as it is on a day, as we know it now."""
    return next((version for version in tree.versions if version.unit.unit_id == unit_id and version.holds_on(when)), None)


def is_one_tree(units: Collection[Unit]) -> bool:
    """ORG-1 on one day: no unit twice, one root, and every unit hangs under it."""
    parents = {unit.unit_id: unit.parent_id for unit in units}
    roots = {unit_id for unit_id, parent in parents.items() if parent is None}
    under = level = roots
    while level := {unit_id for unit_id, parent in parents.items() if parent in level} - under:
        under = under | level
    return len(roots) == 1 and len(parents) == len(units) and under == parents.keys()


def _if_one_tree(tree: Tree, events: list[Event]) -> list[Event] | Refused:
    """The events, unless on some day after them the units were no single tree or two had one slug."""
    for event in events:
        tree = evolve(tree, event)
    for when in sorted({version.valid_from for version in tree.versions}):
        units = [version.unit for version in tree.versions if version.holds_on(when)]
        if units and not is_one_tree(units):
            return Refused("ORG-1", "parent_id")
        if len({unit.slug for unit in units}) < len(units):
            return Refused("ORG-UNIT-EXISTS", "slug")
    return events


def _was_established(tree: Tree, unit: Unit, valid_from: date) -> bool:
    return any(version.unit == unit and version.valid_from == valid_from for version in tree.versions)


def _split(version: Version, unit: Unit, valid_from: date, at: datetime) -> tuple[Version, ...]:
    """The version as it stays on record, the part of it before the change, and the changed rest."""
    if version.unit.unit_id != unit.unit_id or not version.holds_on(valid_from):
        return (version,)
    before = (replace(version, valid_to=valid_from, recorded_at=at),) if version.valid_from < valid_from else ()
    return (replace(version, superseded_at=at), *before, replace(version, unit=unit, valid_from=valid_from, recorded_at=at))
