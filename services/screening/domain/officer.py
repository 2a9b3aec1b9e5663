"""A security officer: for which units, on which clearance, from when to when. Without a clearance of their own nobody is one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import assert_never
from uuid import UUID

from cg_kit.pure import Deadline, Due, Refused
from cg_kit.pure.terms import start_of


@dataclass(frozen=True, slots=True)
class Charge:
    """The officer of one unit in [since, until), on this clearance."""

    unit_id: UUID
    clearance_id: UUID
    since: date
    until: date | None = None


@dataclass(frozen=True, slots=True)
class Officer:
    """What one person is a security officer of; ended charges are in the journal."""

    charges: tuple[Charge, ...] = ()


NEW = Officer()


# Commands


@dataclass(frozen=True, slots=True)
class Appoint:
    """The head of service appoints somebody; `clearance_id`: the clearance of theirs that can be used now, if they have one."""

    person_id: UUID
    unit_id: UUID
    clearance_id: UUID | None
    since: date
    until: date | None
    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class Dismiss:
    """The head of service ends it."""

    unit_id: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class LoseClearance:
    """The clearance no longer counts."""

    clearance_id: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class ReplaceClearance:
    """The clearance was renewed by another, which is of use."""

    clearance_id: UUID
    by: UUID


Command = Appoint | Dismiss | LoseClearance | ReplaceClearance | Due


# Events


@dataclass(frozen=True, slots=True)
class Appointed:
    """The person is the unit's security officer from a day on."""

    person_id: UUID
    charge: Charge
    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class Lapsed:
    """The person is no longer the unit's security officer."""

    unit_id: UUID
    reason_code: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ClearanceReplaced:
    """The charges that rested on one clearance rest on another."""

    clearance_id: UUID
    by: UUID


Event = Appointed | Lapsed | ClearanceReplaced


def decide(officer: Officer, command: Command) -> list[Event] | Refused:
    """What a command makes of an officer."""
    match command:
        case Appoint():
            return appointing(officer, command)
        case Dismiss(unit_id, at):
            return [Lapsed(unit_id, "dismissed", at)] if charge(officer, unit_id) else Refused("NOT-FOUND", "unit_id")
        case LoseClearance(clearance_id, at):
            return [Lapsed(each.unit_id, "clearance_lost", at) for each in officer.charges if each.clearance_id == clearance_id]
        case ReplaceClearance(clearance_id, by):
            return [ClearanceReplaced(clearance_id, by)] if any(each.clearance_id == clearance_id for each in officer.charges) else []
        case Due(name, at):
            return [Lapsed(each.unit_id, "term_ended", at) for each in officer.charges if name == f"end:{each.unit_id}"]
        case _:
            assert_never(command)


def appointing(officer: Officer, appoint: Appoint) -> list[Event] | Refused:
    """Somebody who is cleared, and not by themselves; once for each unit."""
    if appoint.by == appoint.person_id:
        return Refused("SCR-3")
    if appoint.clearance_id is None:
        return Refused("SCR-OFFICER-CLEARED", "person_id")
    if appoint.until is not None and appoint.until <= appoint.since:
        return Refused("SCR-OFFICER-TERM", "until")
    new = Charge(appoint.unit_id, appoint.clearance_id, appoint.since, appoint.until)
    known = charge(officer, appoint.unit_id)
    if known is None:
        return [Appointed(appoint.person_id, new, appoint.by, appoint.at)]
    return [] if known == new else Refused("SCR-OFFICER-TERM", "unit_id")


def charge(officer: Officer, unit_id: UUID) -> Charge | None:
    """The charge of a unit, begun or still to begin."""
    return next((each for each in officer.charges if each.unit_id == unit_id), None)


def in_charge(officer: Officer, day: date) -> tuple[UUID, ...]:
    """The units of which the person is the security officer on a day."""
    return tuple(each.unit_id for each in officer.charges if each.since <= day and (each.until is None or day < each.until))


def evolve(officer: Officer, event: Event) -> Officer:
    """The officer after an event."""
    match event:
        case Appointed(_, new):
            return Officer((*officer.charges, new))
        case Lapsed(unit_id):
            return Officer(tuple(each for each in officer.charges if each.unit_id != unit_id))
        case ClearanceReplaced(clearance_id, by):
            return Officer(tuple(replace(each, clearance_id=by) if each.clearance_id == clearance_id else each for each in officer.charges))
        case _:
            assert_never(event)


def due(officer: Officer) -> set[Deadline]:
    """The end of each charge that has one."""
    return {Deadline(f"end:{each.unit_id}", start_of(each.until)) for each in officer.charges if each.until}
