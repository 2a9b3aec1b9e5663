"""The post itself: proposed, approved by somebody else, moved, abolished; and for how long nobody may act in one that heads a unit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import assert_never
from uuid import UUID

from cg_kit.pure import Deadline, Refused
from cg_kit.pure.terms import Term, start_of
from services.org.domain.post import holding
from services.org.domain.post.fitness import lacks_level
from services.org.domain.post.state import Post, Seat, Status

UNATTENDED = Term(20, "working_days")
"""For so long at most nobody may act in a post that heads a unit, neither a holder nor an interim; then it is told (ours)."""


@dataclass(frozen=True, slots=True)
class Open:
    """Somebody proposes that there be such a post."""

    seat: Seat
    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class Approve:
    """Somebody approves a proposed post."""

    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class Move:
    """From a day on the post is in another unit."""

    to_unit_id: UUID
    is_head: bool
    on: date
    reorganisation_id: UUID | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Abolish:
    """From a day on there is no such post, and who holds it holds it no longer."""

    on: date
    reason_code: str
    reorganisation_id: UUID | None
    at: datetime


Command = Open | Approve | Move | Abolish


@dataclass(frozen=True, slots=True)
class Opened:
    """A post is proposed."""

    seat: Seat
    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class Approved:
    """The post exists, and is vacant."""

    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class Moved:
    """The post is in another unit, with all that it is and who holds it."""

    from_unit_id: UUID
    to_unit_id: UUID
    is_head: bool
    on: date
    reorganisation_id: UUID | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Abolished:
    """The post exists no longer."""

    on: date
    reason_code: str
    reorganisation_id: UUID | None
    at: datetime


@dataclass(frozen=True, slots=True)
class UnattendedNoticed:
    """For too long nobody has acted in the post."""

    since: datetime
    due_at: datetime


Event = Opened | Approved | Moved | Abolished | UnattendedNoticed


def decide(post: Post, command: Command) -> Sequence[Event | holding.Event] | Refused:
    """Opened once, approved by somebody else; moved and abolished whatever its status, and then who holds it holds it no longer."""
    match post.status, command:
        case Status.NEW, Open(seat, by, at):
            return Refused("ORG-POST-LEVEL", "required_level") if lacks_level(seat) else [Opened(seat, by, at)]
        case Status.NEW, _:
            return Refused("ORG-POST", "post_id")
        case _, Open(seat):
            same = any(seat == replace(each, valid_to=None) for each in (*post.earlier, post.seat) if each)
            return [] if same else Refused("ORG-POST-EXISTS", "post_id")
        case Status.ABOLISHED, Move() | Abolish():
            return []
        case _, Move():
            return moving(post, command)
        case _, Abolish(on, reason_code, reorganisation_id, at):
            return [*holding.ended_all(post, on, reason_code, at), Abolished(on, reason_code, reorganisation_id, at)]
        case Status.ABOLISHED, Approve():
            return Refused("ORG-POST-ABOLISHED", "post_id")
        case Status.PROPOSED, Approve(by, at):
            return Refused("ORG-FOUR-EYES") if by == post.proposed_by else [Approved(by, at)]
        case _, Approve():
            return []
        case _:
            assert_never(command)


def moving(post: Post, command: Move) -> list[Event]:
    """From its unit to another, or to its head or away from it; nothing else of it changes."""
    seat = post.seat
    if seat is None or (seat.unit_id, seat.is_head) == (command.to_unit_id, command.is_head):
        return []
    return [Moved(seat.unit_id, command.to_unit_id, command.is_head, command.on, command.reorganisation_id, command.at)]


def evolve(post: Post, event: Event) -> Post:
    """The post as it is proposed, approved, moved, abolished."""
    match event:
        case Opened(seat, by, at):
            return Post(Status.PROPOSED, seat, proposed_by=by, recorded_at=at)
        case Approved(by, at):
            return replace(post, status=Status.VACANT, approved_by=by, recorded_at=at, approved_at=at)
        case Moved(_, to_unit_id, is_head, on, _, at):
            return moved(post, to_unit_id, is_head, on, at)
        case Abolished(on, _, _, at):
            return replace(post, status=Status.ABOLISHED, seat=replace(post.seat, valid_to=on) if post.seat else None, recorded_at=at)
        case UnattendedNoticed():
            return replace(post, unattended_told=True)
        case _:
            assert_never(event)


def moved(post: Post, to_unit_id: UUID, is_head: bool, on: date, at: datetime) -> Post:
    """The post in its new place; what it was stays on record, unless it was to begin later only."""
    was = post.seat
    if was is None:
        return post
    earlier = (*post.earlier, replace(was, valid_to=on)) if was.valid_from < on else post.earlier
    return replace(post, seat=replace(was, unit_id=to_unit_id, is_head=is_head, valid_from=max(on, was.valid_from)), earlier=earlier, recorded_at=at)


def is_there(post: Post, on: date, known_at: datetime) -> bool:
    """Whether the post was known, at an instant, to be there on a day: approved, and not abolished by then."""
    since = post.approved_at or post.recorded_at  # one that was approved before this was kept has not moved since
    if post.approved_by is None or since is None or known_at < since or post.seat is None:
        return False
    gone = post.status is Status.ABOLISHED and post.recorded_at is not None and post.recorded_at <= known_at
    return not (gone and post.seat.valid_to is not None and post.seat.valid_to <= on)


def attended_by(post: Post) -> datetime | None:
    """The instant by which somebody must act in a post that heads a unit; a post that is still to begin waits for its first day."""
    seat, since = post.seat, post.unattended_since
    if seat is None or since is None or post.unattended_told or not seat.is_head:
        return None
    return UNATTENDED.due(max(since, start_of(seat.valid_from))).due


def fall_due(post: Post, at: datetime) -> list[Event]:
    """For too long nobody has acted in it."""
    since = post.unattended_since
    return [UnattendedNoticed(since, at)] if since is not None and at == attended_by(post) else []


def deadlines(post: Post) -> set[Deadline]:
    """How long nobody may act in it."""
    by = attended_by(post)
    return set() if by is None else {Deadline("unattended", by)}
