"""That a holder is away for a while: the post stays theirs, and an interim may stand in. Part of the post's aggregate."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import assert_never
from uuid import UUID

from cg_kit.pure import Deadline, Refused
from cg_kit.pure.terms import day_of, start_of


class Phase(StrEnum):
    """Whether the absence is still to come, has begun, or is over."""

    REGISTERED = "registered"
    BEGUN = "begun"
    OVER = "over"


@dataclass(frozen=True, slots=True)
class Absence:
    """Away in [since, until) (none: until further notice), as we knew it in [recorded_at, superseded_at).

    `detachment_id` names the assignment elsewhere for which the person left."""

    since: date
    until: date | None
    reason_code: str
    recorded_at: datetime
    phase: Phase = Phase.REGISTERED
    detachment_id: UUID | None = None
    superseded_at: datetime | None = None


Absences = tuple[Absence, ...]


@dataclass(frozen=True, slots=True)
class RegisterAbsence:
    """The holder is or will be away; said again with the same first day, the period is changed."""

    assignment_id: UUID
    since: date
    until: date | None
    reason_code: str
    at: datetime
    detachment_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Return:
    """The holder is back, or will not leave after all; from a detachment only if that is why they left."""

    assignment_id: UUID
    at: datetime
    detachment_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class AbsenceRegistered:
    """It is known when the holder is away."""

    assignment_id: UUID
    since: date
    until: date | None
    reason_code: str
    detachment_id: UUID | None
    at: datetime


@dataclass(frozen=True, slots=True)
class AbsenceBegan:
    """The holder is away from now on."""

    assignment_id: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class Returned:
    """The holder is back."""

    assignment_id: UUID
    on: date
    at: datetime


Command = RegisterAbsence | Return
Event = AbsenceRegistered | AbsenceBegan | Returned


def decide(absences: Absences, command: Command) -> list[Event] | Refused:
    """What follows for one holder."""
    known = open_one(absences)
    match command:
        case RegisterAbsence(assignment_id, since, until, reason_code, at, detachment_id):
            if until is not None and until <= max(since, day_of(at)):
                return Refused("ORG-PERIOD", "until")
            if known is not None and known.since != since:
                return Refused("ORG-ABSENT", "since")
            if known is not None and (known.until, known.reason_code) == (until, reason_code):
                return []
            registered = AbsenceRegistered(assignment_id, since, until, reason_code, detachment_id, at)
            begins = known is None and since <= day_of(at)
            return [registered, AbsenceBegan(assignment_id, at)] if begins else [registered]
        case Return(assignment_id, at, detachment_id):
            if known is None or (detachment_id is not None and known.detachment_id != detachment_id):
                return []
            return [Returned(assignment_id, day_of(at), at)]
        case _:
            assert_never(command)


def evolve(absences: Absences, event: Event) -> Absences:
    """The absences after an event."""
    known = open_one(absences)
    match event:
        case AbsenceRegistered(_, since, until, reason_code, detachment_id, at):
            if known is None:
                return (*absences, Absence(since, until, reason_code, at, detachment_id=detachment_id))
            return _superseded(absences, replace(known, until=until, reason_code=reason_code, detachment_id=detachment_id), at)
        case AbsenceBegan():
            return (*absences[:-1], replace(absences[-1], phase=Phase.BEGUN))
        case Returned(_, on, at):
            over = replace(absences[-1], phase=Phase.OVER, until=max(on, absences[-1].since))
            return (*absences[:-1], over) if over.until == absences[-1].until else _superseded(absences, over, at)
        case _:
            assert_never(event)


def deadlines(assignment_id: UUID, absences: Absences) -> Iterator[Deadline]:
    """When an absence begins and ends by itself."""
    known = open_one(absences)
    if known is not None and known.phase is Phase.REGISTERED:
        yield Deadline(f"absence:{assignment_id}", start_of(known.since), assignment_id)
    if known is not None and known.until is not None:
        yield Deadline(f"return:{assignment_id}", start_of(known.until), assignment_id)


def fall_due(assignment_id: UUID, absences: Absences, what: str, at: datetime) -> list[Event]:
    """What such a deadline means when it has come."""
    if Deadline(f"{what}:{assignment_id}", at, assignment_id) not in set(deadlines(assignment_id, absences)):
        return []
    return [AbsenceBegan(assignment_id, at)] if what == "absence" else [Returned(assignment_id, day_of(at), at)]


def open_one(absences: Absences) -> Absence | None:
    """The absence that is not over; there is one at most."""
    return absences[-1] if absences and absences[-1].phase is not Phase.OVER else None


def is_away(absences: Absences, on: date) -> bool:
    """Whether the holder is away on a day, as far as is known."""
    return any(each.superseded_at is None and _holds(each, on) for each in absences)


def was_away(absences: Absences, on: date, known_at: datetime) -> bool:
    """Whether the holder is away on a day, as was known at an instant."""
    known = (each for each in absences if each.recorded_at <= known_at and (each.superseded_at is None or known_at < each.superseded_at))
    return any(_holds(each, on) for each in known)


def covers(absences: Absences, since: date, until: date | None) -> bool:
    """Whether the holder is away on all of these days."""
    now = (each for each in absences if each.superseded_at is None)
    return any(each.since <= since and (each.until is None or (until is not None and until <= each.until)) for each in now)


def is_gone(absences: Absences) -> bool:
    """Whether the holder is away now."""
    known = open_one(absences)
    return known is not None and known.phase is Phase.BEGUN


def _holds(each: Absence, on: date) -> bool:
    return each.since <= on and (each.until is None or on < each.until)


def _superseded(absences: Absences, by: Absence, at: datetime) -> Absences:
    """The last one stays on record, and this holds instead."""
    return (*absences[:-1], replace(absences[-1], superseded_at=at), replace(by, recorded_at=at))
