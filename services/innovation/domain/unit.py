"""A unit of the organisation, with what is open for it here: it goes where a reorganisation says."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import assert_never
from uuid import UUID

from cg_kit.pure import Deadline, Due, Refused


class What(StrEnum):
    """What may belong to a unit."""

    IDEA = "idea"
    PILOT = "pilot"


@dataclass(frozen=True, slots=True)
class Item:
    """Something that belongs, or once belonged, to the unit; whether it is still open, it says itself."""

    what: What
    id: UUID


@dataclass(frozen=True, slots=True)
class Touch:
    """A reorganisation of a day ends a unit; `placed`: it is clear which one comes after it."""

    reorganisation_id: UUID
    effective_date: date
    unit_id: UUID
    placed: bool


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit as it stands. `ended_at`: since when it is no more; `successors`: what came of it."""

    items: tuple[Item, ...] = ()
    ended_at: datetime | None = None
    successors: tuple[UUID, ...] = ()


NEW = Unit()


@dataclass(frozen=True, slots=True)
class Note:
    """Something belongs to the unit."""

    item: Item
    at: datetime


@dataclass(frozen=True, slots=True)
class TouchBy:
    """A reorganisation is scheduled that ends the unit."""

    touch: Touch


@dataclass(frozen=True, slots=True)
class End:
    """The unit is no more, and these come after it."""

    successors: tuple[UUID, ...]
    at: datetime


Command = Note | TouchBy | End | Due


@dataclass(frozen=True, slots=True)
class Noted:
    """Something belongs to the unit."""

    item: Item


@dataclass(frozen=True, slots=True)
class UnitTouched:
    """All that may be open for the unit is asked."""

    touch: Touch
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Ended:
    """What belonged to the unit belongs to this one from now on; none: that is for somebody to say."""

    items: tuple[Item, ...]
    successors: tuple[UUID, ...]
    at: datetime


Event = Noted | UnitTouched | Ended


def decide(unit: Unit, command: Command) -> list[Event] | Refused:
    """What org says is so; what comes for a unit that is no more goes on to what came after it."""
    match command:
        case Note(item, at):
            if item in unit.items:
                return []
            return [Noted(item)] if unit.ended_at is None else [Noted(item), Ended((item,), unit.successors, at)]
        case TouchBy(touch):
            return [UnitTouched(touch, unit.items)] if unit.items else []
        case End(successors, at):
            return [Ended(unit.items, successors, at)] if unit.ended_at is None else []
        case Due():
            return []
        case _:
            assert_never(command)


def evolve(unit: Unit, event: Event) -> Unit:
    """The unit after an event."""
    match event:
        case Noted(item):
            return replace(unit, items=(*unit.items, item))
        case UnitTouched():
            return unit
        case Ended(_, successors, at):
            return replace(unit, ended_at=unit.ended_at or at, successors=successors)
        case _:
            assert_never(event)


def due(_unit: Unit) -> set[Deadline]:
    """No clock runs."""
    return set()


def after(unit: Ended) -> UUID | None:
    """The unit that comes after it, if that is clear."""
    return unit.successors[0] if len(unit.successors) == 1 else None
