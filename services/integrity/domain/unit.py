"""A unit as org tells it: from which day under which other one, and until when; so that the line above somebody is known as of any day."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import assert_never
from uuid import UUID

from cg_kit.pure import Deadline, Due, Refused

TOP, HOME = "cg", "cg-integ"
"""The slugs of the commissioner-general's own unit and of this service."""


@dataclass(frozen=True, slots=True)
class Version:
    """How a unit is from a day on."""

    since: date
    parent_id: UUID | None
    slug: str
    nl: str
    fr: str
    en: str | None = None


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit's versions, in the order of their days; `until`: the first day on which it is no more."""

    versions: tuple[Version, ...] = ()
    until: date | None = None


NEW = Unit()


@dataclass(frozen=True, slots=True)
class Know:
    """Org says how the unit is from a day on."""

    version: Version


@dataclass(frozen=True, slots=True)
class End:
    """Org says from which day on it is no more."""

    until: date


Command = Know | End | Due


@dataclass(frozen=True, slots=True)
class Known:
    """The unit is so from a day on."""

    version: Version


@dataclass(frozen=True, slots=True)
class UnitEnded:
    """The unit is no more from a day on."""

    until: date


Event = Known | UnitEnded


def decide(unit: Unit, command: Command) -> list[Event] | Refused:
    """What org says is so, once."""
    match command:
        case Know(version):
            return [] if version in unit.versions else [Known(version)]
        case End(until):
            return [] if unit.until == until else [UnitEnded(until)]
        case Due():
            return []
        case _:
            assert_never(command)


def evolve(unit: Unit, event: Event) -> Unit:
    """The unit after an event; what is said of the same day again replaces what was said."""
    match event:
        case Known(version):
            others = (each for each in unit.versions if each.since != version.since)
            return replace(unit, versions=tuple(sorted((*others, version), key=lambda each: each.since)))
        case UnitEnded(until):
            return replace(unit, until=until)
        case _:
            assert_never(event)


def on_day(unit: Unit, day: date) -> Version | None:
    """How the unit is on a day; before its first, as it began, for org may tell of it from its load on only."""
    if not unit.versions:
        return None
    return next((each for each in reversed(unit.versions) if each.since <= day), unit.versions[0])


def due(_unit: Unit) -> set[Deadline]:
    """No deadline runs."""
    return set()
