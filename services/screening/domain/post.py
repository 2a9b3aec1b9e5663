"""A sensitive post as org tells it: its unit, what it asks, and who holds it. Other posts are not kept."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import assert_never
from uuid import UUID

from cg_contracts.levels import Level
from cg_contracts.org import Sensitivity
from cg_kit.pure import Deadline, Due, Refused


class Standing(StrEnum):
    """How far a holder is, in org's words."""

    CONFIRMED = "confirmed"
    ACTIVE = "active"
    SUSPENDED = "suspended"


@dataclass(frozen=True, slots=True)
class Holder:
    """Somebody in the post."""

    assignment_id: UUID
    person_id: UUID
    standing: Standing
    since: datetime


@dataclass(frozen=True, slots=True)
class Post:
    """A sensitive post as it stands; without a unit it is not one, or is no more."""

    unit_id: UUID | None = None
    role: str = ""
    sensitivity: Sensitivity = Sensitivity.NONE
    level: Level | None = None
    holders: tuple[Holder, ...] = ()


NEW = Post()


# Commands


@dataclass(frozen=True, slots=True)
class Open:
    """Org has opened a post."""

    unit_id: UUID
    role: str
    sensitivity: Sensitivity
    level: Level | None


@dataclass(frozen=True, slots=True)
class Move:
    """The post is in another unit."""

    unit_id: UUID


@dataclass(frozen=True, slots=True)
class Abolish:
    """The post is no more."""


@dataclass(frozen=True, slots=True)
class Hold:
    """An assignment to the post is this far."""

    holder: Holder


@dataclass(frozen=True, slots=True)
class Leave:
    """An assignment to the post has ended."""

    assignment_id: UUID


Command = Open | Move | Abolish | Hold | Leave | Due


# Events


@dataclass(frozen=True, slots=True)
class Opened:
    """A sensitive post exists."""

    unit_id: UUID
    role: str
    sensitivity: Sensitivity
    level: Level | None


@dataclass(frozen=True, slots=True)
class Moved:
    """It is in another unit."""

    unit_id: UUID


@dataclass(frozen=True, slots=True)
class Abolished:
    """It is no more."""


@dataclass(frozen=True, slots=True)
class Held:
    """Somebody holds it, in this standing."""

    holder: Holder


@dataclass(frozen=True, slots=True)
class Left:
    """Somebody holds it no more."""

    assignment_id: UUID


Event = Opened | Moved | Abolished | Held | Left


def decide(post: Post, command: Command) -> list[Event] | Refused:
    """What org says is so; of a post that is not sensitive nothing is kept."""
    match command:
        case Open(sensitivity=Sensitivity.NONE):
            return []
        case Open(unit_id, role, sensitivity, level):
            return [] if post.unit_id else [Opened(unit_id, role, sensitivity, level)]
        case _ if post.unit_id is None:
            return []
        case Move(unit_id):
            return [] if unit_id == post.unit_id else [Moved(unit_id)]
        case Abolish():
            return [Abolished()]
        case Hold(holder):
            return [] if holder in post.holders else [Held(holder)]
        case Leave(assignment_id):
            return [Left(assignment_id)] if any(each.assignment_id == assignment_id for each in post.holders) else []
        case Due():
            return []
        case _:
            assert_never(command)


def evolve(post: Post, event: Event) -> Post:
    """The post after an event."""
    match event:
        case Opened(unit_id, role, sensitivity, level):
            return Post(unit_id, role, sensitivity, level)
        case Moved(unit_id):
            return replace(post, unit_id=unit_id)
        case Abolished():
            return NEW
        case Held(holder):
            return replace(post, holders=(*(each for each in post.holders if each.assignment_id != holder.assignment_id), holder))
        case Left(assignment_id):
            return replace(post, holders=tuple(each for each in post.holders if each.assignment_id != assignment_id))
        case _:
            assert_never(event)


def due(_post: Post) -> set[Deadline]:
    """No deadline runs here: a post's are org's."""
    return set()
