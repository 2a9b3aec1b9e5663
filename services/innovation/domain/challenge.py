"""A challenge to answer: what audit found, what the radar shows, or what somebody asks; ideas answer it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import assert_never
from uuid import UUID

from cg_contracts.innovation import Origin
from cg_kit.pure import Deadline, Due, Refused
from services.innovation.domain.words import Why


class Status(StrEnum):
    """Whether it can be answered."""

    NEW = "NEW"
    OPEN = "OPEN"
    CLOSED = "CLOSED"


@dataclass(frozen=True, slots=True)
class Challenge:
    """A challenge as it stands; `ideas`: those that answer it."""

    status: Status = Status.NEW
    origin: Origin | None = None
    source_id: UUID | None = None
    titles: tuple[tuple[str, str], ...] = ()
    themes: tuple[str, ...] = ()
    unit_id: UUID | None = None
    severity: str = ""
    ideas: tuple[UUID, ...] = ()
    opened_at: datetime | None = None
    closed: Why | None = None


NEW = Challenge()


@dataclass(frozen=True, slots=True)
class Pose:
    """It is there to be answered."""

    origin: Origin
    source_id: UUID | None
    titles: tuple[tuple[str, str], ...]
    themes: tuple[str, ...]
    unit_id: UUID | None
    severity: str
    at: datetime


@dataclass(frozen=True, slots=True)
class NoteIdea:
    """An idea answers it."""

    idea_id: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class Close:
    """It need not be answered any more."""

    why: Why
    at: datetime


Command = Pose | NoteIdea | Close | Due


@dataclass(frozen=True, slots=True)
class Posed:
    """It is there to be answered."""

    origin: Origin
    source_id: UUID | None
    titles: tuple[tuple[str, str], ...]
    themes: tuple[str, ...]
    unit_id: UUID | None
    severity: str
    at: datetime


@dataclass(frozen=True, slots=True)
class IdeaNoted:
    """An idea answers it."""

    idea_id: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class Closed:
    """It need not be answered any more."""

    why: Why
    at: datetime


Event = Posed | IdeaNoted | Closed


def decide(challenge: Challenge, command: Command) -> list[Event] | Refused:
    """What a command makes of a challenge."""
    match challenge.status, command:
        case _, Due():
            return []
        case Status.NEW, Pose(origin, source_id, titles, themes, unit_id, severity, at):
            return [Posed(origin, source_id, titles, themes, unit_id, severity, at)]
        case Status.NEW, _:
            return Refused("NOT-FOUND", "challenge_id")
        case _, Pose():
            return []
        case _, NoteIdea(idea_id, at):
            return [] if idea_id in challenge.ideas else [IdeaNoted(idea_id, at)]
        case Status.OPEN, Close(why, at):
            return [Closed(why, at)]
        case _, Close():
            return []
        case _:
            assert_never(command)


def evolve(challenge: Challenge, event: Event) -> Challenge:
    """The challenge after an event."""
    match event:
        case Posed():
            return Challenge(Status.OPEN, event.origin, event.source_id, event.titles, event.themes, event.unit_id, event.severity, opened_at=event.at)
        case IdeaNoted(idea_id):
            return replace(challenge, ideas=(*challenge.ideas, idea_id))
        case Closed(why):
            return replace(challenge, status=Status.CLOSED, closed=why)
        case _:
            assert_never(event)


def due(_challenge: Challenge) -> set[Deadline]:
    """No clock runs: the ideas have theirs."""
    return set()
