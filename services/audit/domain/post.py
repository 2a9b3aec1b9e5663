"""A post as org tells it: its unit, whether it heads it, who holds or lately held it, and the recommendations that it owns."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import assert_never
from uuid import UUID

from cg_kit.pure import Deadline, Due, Refused
from services.audit.domain.impact import Touch


@dataclass(frozen=True, slots=True)
class Holder:
    """Somebody who acts in the post, or did until some instant; `suspended`: it is theirs, and they may not act."""

    assignment_id: UUID
    person_id: UUID
    since: datetime
    until: datetime | None = None
    suspended: bool = False


@dataclass(frozen=True, slots=True)
class Post:
    """A post as it stands; without a unit it is not known, or is no more."""

    unit_id: UUID | None = None
    is_head: bool = False
    holders: tuple[Holder, ...] = ()
    owns: tuple[UUID, ...] = ()
    role: str = ""


NEW = Post()

MOST_HOLDERS = 30
"""Holders that are kept: those of now, and the last before them."""


# Commands


@dataclass(frozen=True, slots=True)
class Open:
    """Org has opened a post."""

    unit_id: UUID
    is_head: bool
    at: datetime
    role: str = ""


@dataclass(frozen=True, slots=True)
class Move:
    """The post is in another unit."""

    unit_id: UUID
    is_head: bool
    at: datetime


@dataclass(frozen=True, slots=True)
class Abolish:
    """The post is no more."""

    at: datetime


@dataclass(frozen=True, slots=True)
class Hold:
    """Somebody acts in the post, or may not act any more."""

    holder: Holder


@dataclass(frozen=True, slots=True)
class Leave:
    """An assignment has ended."""

    assignment_id: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class Own:
    """The post answers for a recommendation."""

    recommendation_id: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class Disown:
    """It answers for it no more."""

    recommendation_id: UUID


@dataclass(frozen=True, slots=True)
class SayWhere:
    """The unit of a recommendation was split: which part it belongs to is where its owner is."""

    recommendation_id: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class PassOn:
    """Something was said of the post that counts for its unit."""

    code: str
    said_by: str
    weight: int
    at: datetime


@dataclass(frozen=True, slots=True)
class TouchBy:
    """A reorganisation that is scheduled touches it."""

    touch: Touch


Command = Open | Move | Abolish | Hold | Leave | Own | Disown | SayWhere | PassOn | TouchBy | Due


# Events


@dataclass(frozen=True, slots=True)
class PostOpened:
    """A post exists."""

    unit_id: UUID
    is_head: bool
    at: datetime
    role: str = ""


@dataclass(frozen=True, slots=True)
class PostMoved:
    """It is in another unit, with what it owns."""

    from_unit_id: UUID
    unit_id: UUID
    is_head: bool
    owns: tuple[UUID, ...]
    at: datetime


@dataclass(frozen=True, slots=True)
class PostAbolished:
    """It is no more; what it owned needs another owner."""

    unit_id: UUID
    owns: tuple[UUID, ...]
    at: datetime


@dataclass(frozen=True, slots=True)
class Held:
    """Somebody holds it."""

    holder: Holder


@dataclass(frozen=True, slots=True)
class Left:
    """Somebody holds it no more."""

    assignment_id: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class Owned:
    """It answers for a recommendation."""

    recommendation_id: UUID


@dataclass(frozen=True, slots=True)
class NotThere:
    """It was given a recommendation and is no more, or was never known: somebody else has to answer."""

    recommendation_id: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class Disowned:
    """It answers for it no more."""

    recommendation_id: UUID


@dataclass(frozen=True, slots=True)
class SaidWhere:
    """The owner of the recommendation is in this unit."""

    recommendation_id: UUID
    unit_id: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class PassedOn:
    """What was said counts for its unit."""

    unit_id: UUID
    code: str
    said_by: str
    weight: int
    at: datetime


@dataclass(frozen=True, slots=True)
class PostTouched:
    """It owns this, which hangs on the reorganisation."""

    touch: Touch
    owns: tuple[UUID, ...]


Event = PostOpened | PostMoved | PostAbolished | Held | Left | Owned | NotThere | Disowned | SaidWhere | PassedOn | PostTouched


def decide(post: Post, command: Command) -> list[Event] | Refused:
    """What org says is so."""
    match command:
        case Open(unit_id, is_head, at, role):
            return [] if post.unit_id else [PostOpened(unit_id, is_head, at, role)]
        case Move(unit_id, is_head, at):
            if post.unit_id is None or (unit_id, is_head) == (post.unit_id, post.is_head):
                return []
            return [PostMoved(post.unit_id, unit_id, is_head, post.owns, at)]
        case Abolish(at):
            return [PostAbolished(post.unit_id, post.owns, at)] if post.unit_id else []
        case Hold(holder):
            return [] if post.unit_id is None or holder in post.holders else [Held(holder)]
        case Leave(assignment_id, at):
            return [Left(assignment_id, at)] if any(each.assignment_id == assignment_id and each.until is None for each in post.holders) else []
        case Own(recommendation_id, at):
            if post.unit_id is None:
                return [NotThere(recommendation_id, at)]
            return [] if recommendation_id in post.owns else [Owned(recommendation_id)]
        case Disown(recommendation_id):
            return [Disowned(recommendation_id)] if recommendation_id in post.owns else []
        case SayWhere(recommendation_id, at):
            return [SaidWhere(recommendation_id, post.unit_id, at)] if post.unit_id else []
        case PassOn(code, said_by, weight, at):
            return [PassedOn(post.unit_id, code, said_by, weight, at)] if post.unit_id else []
        case TouchBy(touch):
            return [PostTouched(touch, post.owns)] if post.owns else []
        case Due():
            return []
        case _:
            assert_never(command)


def evolve(post: Post, event: Event) -> Post:
    """The post after an event."""
    match event:
        case PostOpened(unit_id, is_head, _, role):
            return replace(post, unit_id=unit_id, is_head=is_head, role=role)
        case PostMoved(_, unit_id, is_head):
            return replace(post, unit_id=unit_id, is_head=is_head)
        case PostAbolished():
            return replace(post, unit_id=None, is_head=False, owns=())
        case Held(holder):
            others = tuple(each for each in post.holders if each.assignment_id != holder.assignment_id)
            return replace(post, holders=(*others, holder)[-MOST_HOLDERS:])
        case Left(assignment_id, at):
            return replace(post, holders=tuple(replace(each, until=at) if each.assignment_id == assignment_id else each for each in post.holders))
        case Owned(recommendation_id):
            return replace(post, owns=(*post.owns, recommendation_id))
        case Disowned(recommendation_id):
            return replace(post, owns=tuple(each for each in post.owns if each != recommendation_id))
        case NotThere() | SaidWhere() | PassedOn() | PostTouched():
            return post
        case _:
            assert_never(event)


def due(_post: Post) -> set[Deadline]:
    """No deadline runs here: a post's are org's."""
    return set()
