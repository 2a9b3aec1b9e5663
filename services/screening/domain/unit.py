"""A unit that a reorganisation has ended, and what came of it: who was its security officer is theirs."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from cg_kit.pure import Deadline, Due, Refused


@dataclass(frozen=True, slots=True)
class Unit:
    """The units that came of it; none while it lives."""

    successors: tuple[UUID, ...] = ()


NEW = Unit()


@dataclass(frozen=True, slots=True)
class Succeed:
    """Org says what came of the unit."""

    by: tuple[UUID, ...]


Command = Succeed | Due


@dataclass(frozen=True, slots=True)
class Succeeded:
    """The unit is no more, and these came of it."""

    by: tuple[UUID, ...]


Event = Succeeded


def decide(unit: Unit, command: Command) -> list[Event] | Refused:
    """What org says is so, once."""
    match command:
        case Succeed(by):
            return [Succeeded(by)] if by and by != unit.successors else []
        case Due():
            return []


def evolve(_unit: Unit, event: Event) -> Unit:
    """The unit after an event."""
    return Unit(event.by)


def due(_unit: Unit) -> set[Deadline]:
    """No deadline runs."""
    return set()
