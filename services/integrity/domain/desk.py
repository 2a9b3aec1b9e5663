"""The desk: who handles reports, who is away, and who has which. It finds a handler, and another one as soon as that one is away."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import assert_never
from uuid import UUID

from cg_kit.pure import Deadline, Due, Refused, named

DESK = named("integrity", "desk")
"""There is one."""

MOST_MEMBERS = 50


class Part(StrEnum):
    """What somebody at the desk is: a handler, or a confidant, who receives and advises outside the hierarchical line and handles where no handler may."""

    HANDLER = "handler"
    CONFIDANT = "confidant"


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody at the desk; `away`: the assignments from which the staff system says that they are absent."""

    person_id: UUID
    part: Part
    away: tuple[UUID, ...] = ()


@dataclass(frozen=True, slots=True)
class Holding:
    """A report that is open, and who has it."""

    report_id: UUID
    handler: UUID


@dataclass(frozen=True, slots=True)
class Desk:
    """Who is there, and what each has open."""

    members: tuple[Member, ...] = ()
    holdings: tuple[Holding, ...] = ()


NEW = Desk()


@dataclass(frozen=True, slots=True)
class Join:
    """The head of service puts somebody at the desk."""

    person_id: UUID
    part: Part
    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class Leave:
    """Somebody is no longer at the desk; what they had goes to others."""

    person_id: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class NoteAbsence:
    """The staff system says that a person is away."""

    person_id: UUID
    assignment_id: UUID


@dataclass(frozen=True, slots=True)
class NoteReturn:
    """And that they are back."""

    person_id: UUID
    assignment_id: UUID


@dataclass(frozen=True, slots=True)
class Find:
    """A handler is wanted for a report, past these."""

    report_id: UUID
    but: tuple[UUID, ...]


@dataclass(frozen=True, slots=True)
class NoteHolding:
    """Who has a report; nobody: it is closed, or waits for somebody."""

    report_id: UUID
    handler: UUID | None


Command = Join | Leave | NoteAbsence | NoteReturn | Find | NoteHolding | Due


@dataclass(frozen=True, slots=True)
class Joined:
    """Somebody is at the desk."""

    person_id: UUID
    part: Part
    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class Left:
    """Somebody is no longer at the desk, and these reports want another handler."""

    person_id: UUID
    reports: tuple[UUID, ...]
    at: datetime


@dataclass(frozen=True, slots=True)
class WentAway:
    """Somebody at the desk is away, and these reports want another handler."""

    person_id: UUID
    assignment_id: UUID
    reports: tuple[UUID, ...]


@dataclass(frozen=True, slots=True)
class CameBack:
    """Somebody at the desk is back."""

    person_id: UUID
    assignment_id: UUID


@dataclass(frozen=True, slots=True)
class Found:
    """This person handles it; `None`: nobody is there who may."""

    report_id: UUID
    handler: UUID | None


@dataclass(frozen=True, slots=True)
class Held:
    """Who has a report now."""

    report_id: UUID
    handler: UUID | None


Event = Joined | Left | WentAway | CameBack | Found | Held


def decide(desk: Desk, command: Command) -> list[Event] | Refused:
    """What a command makes of the desk."""
    match command:
        case Join(person_id, part, by, at):
            known = member(desk, person_id)
            if known is not None and known.part is part:
                return []
            return [Joined(person_id, part, by, at)] if len(desk.members) < MOST_MEMBERS or known else Refused("INT-LONG", "person_id")
        case Leave(person_id, at):
            return [Left(person_id, of(desk, person_id), at)] if member(desk, person_id) else Refused("NOT-FOUND", "person_id")
        case NoteAbsence(person_id, assignment_id):
            known = member(desk, person_id)
            if known is None or assignment_id in known.away:
                return []
            return [WentAway(person_id, assignment_id, () if known.away else of(desk, person_id))]
        case NoteReturn(person_id, assignment_id):
            known = member(desk, person_id)
            return [CameBack(person_id, assignment_id)] if known is not None and assignment_id in known.away else []
        case Find(report_id, but):
            return [Found(report_id, free(desk, but))]
        case NoteHolding(report_id, handler):
            before = next((each.handler for each in desk.holdings if each.report_id == report_id), None)
            return [Held(report_id, handler)] if before != handler else []
        case Due():
            return []
        case _:
            assert_never(command)


def free(desk: Desk, but: tuple[UUID, ...]) -> UUID | None:
    """Of those who are there and may, the handler who has least, and a confidant where there is no handler."""
    able = [each for each in desk.members if not each.away and each.person_id not in but]
    if not able:
        return None
    handlers = [each for each in able if each.part is Part.HANDLER] or able
    return min(handlers, key=lambda each: (len(of(desk, each.person_id)), str(each.person_id))).person_id


def of(desk: Desk, person_id: UUID) -> tuple[UUID, ...]:
    """The reports that somebody has."""
    return tuple(each.report_id for each in desk.holdings if each.handler == person_id)


def member(desk: Desk, person_id: UUID) -> Member | None:
    """Somebody at the desk."""
    return next((each for each in desk.members if each.person_id == person_id), None)


def evolve(desk: Desk, event: Event) -> Desk:
    """The desk after an event."""
    match event:
        case Joined(person_id, part):
            known = member(desk, person_id)
            others = tuple(each for each in desk.members if each.person_id != person_id)
            return replace(desk, members=(*others, replace(known, part=part) if known else Member(person_id, part)))
        case Left(person_id):
            return replace(desk, members=tuple(each for each in desk.members if each.person_id != person_id))
        case WentAway(person_id, assignment_id):
            return replace(desk, members=moved(desk, person_id, lambda away: (*away, assignment_id)))
        case CameBack(person_id, assignment_id):
            return replace(desk, members=moved(desk, person_id, lambda away: tuple(each for each in away if each != assignment_id)))
        case Found():
            return desk
        case Held(report_id, handler):
            others_ = tuple(each for each in desk.holdings if each.report_id != report_id)
            return replace(desk, holdings=(*others_, Holding(report_id, handler)) if handler else others_)
        case _:
            assert_never(event)


def moved(desk: Desk, person_id: UUID, change: Callable[[tuple[UUID, ...]], tuple[UUID, ...]]) -> tuple[Member, ...]:
    """The members, with the absences of one changed."""
    return tuple(replace(each, away=change(each.away)) if each.person_id == person_id else each for each in desk.members)


def due(_desk: Desk) -> set[Deadline]:
    """No deadline runs: reports have their own."""
    return set()
