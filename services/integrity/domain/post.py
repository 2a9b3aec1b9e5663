"""A post as org tells it: in which unit, whether it heads it, and who held it from when to when."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import assert_never
from uuid import UUID

from cg_kit.pure import Deadline, Due, Refused


@dataclass(frozen=True, slots=True)
class Place:
    """Where a post is from a day on."""

    since: date
    unit_id: UUID
    is_head: bool


@dataclass(frozen=True, slots=True)
class Stay:
    """Somebody in the post, as its holder or standing in: in [since, until)."""

    assignment_id: UUID
    person_id: UUID
    since: date
    until: date | None = None
    interim: bool = False


@dataclass(frozen=True, slots=True)
class Act:
    """A staff decision on somebody that may weigh on them, on a day."""

    person_id: UUID
    code: str
    on: date


@dataclass(frozen=True, slots=True)
class Post:
    """A post's places, who was in it, and decisions on them."""

    places: tuple[Place, ...] = ()
    stays: tuple[Stay, ...] = ()
    until: date | None = None
    acts: tuple[Act, ...] = ()


NEW = Post()


@dataclass(frozen=True, slots=True)
class Put:
    """Org says where the post is from a day on."""

    place: Place


@dataclass(frozen=True, slots=True)
class Abolish:
    """Org says from which day on it is no more."""

    until: date


@dataclass(frozen=True, slots=True)
class Hold:
    """Org says who is in it from when on, and until when where that is known."""

    stay: Stay


@dataclass(frozen=True, slots=True)
class EndStay:
    """Org says that somebody is no longer in it."""

    assignment_id: UUID
    until: date


@dataclass(frozen=True, slots=True)
class NoteAct:
    """Org says that somebody in it was suspended, or evaluated badly."""

    act: Act


Command = Put | Abolish | Hold | EndStay | NoteAct | Due


@dataclass(frozen=True, slots=True)
class Placed:
    """The post is there from a day on."""

    place: Place


@dataclass(frozen=True, slots=True)
class Gone:
    """The post is no more from a day on."""

    until: date


@dataclass(frozen=True, slots=True)
class Stayed:
    """Somebody is in it."""

    stay: Stay


@dataclass(frozen=True, slots=True)
class StayEnded:
    """Somebody is no longer in it."""

    assignment_id: UUID
    until: date


@dataclass(frozen=True, slots=True)
class ActNoted:
    """There was a decision on somebody in it."""

    act: Act


Event = Placed | Gone | Stayed | StayEnded | ActNoted


def decide(post: Post, command: Command) -> list[Event] | Refused:
    """What org says is so, once."""
    match command:
        case Put(place):
            return [] if place in post.places else [Placed(place)]
        case Abolish(until):
            return [] if post.until == until else [Gone(until)]
        case Hold(stay):
            return [] if stay in post.stays else [Stayed(stay)]
        case EndStay(assignment_id, until):
            known = [each for each in post.stays if each.assignment_id == assignment_id and not each.interim]
            return [StayEnded(assignment_id, until)] if any(each.until != until for each in known) else []
        case NoteAct(act):
            return [] if act in post.acts else [ActNoted(act)]
        case Due():
            return []
        case _:
            assert_never(command)


def evolve(post: Post, event: Event) -> Post:
    """The post after an event; what is said of the same day, or of the same assignment, again replaces what was said."""
    match event:
        case Placed(place):
            others = (each for each in post.places if each.since != place.since)
            return replace(post, places=tuple(sorted((*others, place), key=lambda each: each.since)))
        case Gone(until):
            return replace(post, until=until)
        case Stayed(stay):
            same = (stay.assignment_id, stay.person_id, stay.interim)
            kept = tuple(each for each in post.stays if (each.assignment_id, each.person_id, each.interim) != same)
            return replace(post, stays=(*kept, stay))
        case StayEnded(assignment_id, until):
            ended = tuple(
                replace(each, until=until) if each.assignment_id == assignment_id and (not each.interim or each.until is None or each.until > until) else each
                for each in post.stays
            )
            return replace(post, stays=ended)
        case ActNoted(act):
            return replace(post, acts=(*post.acts, act))
        case _:
            assert_never(event)


def acts_on(post: Post, person_id: UUID, since: date) -> tuple[Act, ...]:
    """Decisions on somebody since a day: suspended, evaluated badly, moved away from the post."""
    ended = (Act(person_id, "left_post", each.until) for each in post.stays if each.person_id == person_id and each.until is not None and not each.interim)
    return tuple(each for each in (*post.acts, *ended) if each.person_id == person_id and each.on >= since)


def place_on(post: Post, day: date) -> Place | None:
    """Where the post is on a day; before its first, where it began."""
    if not post.places:
        return None
    return next((each for each in reversed(post.places) if each.since <= day), post.places[0])


def in_it(post: Post, day: date) -> tuple[UUID, ...]:
    """Who was in it on a day, holders and who stood in."""
    return tuple(each.person_id for each in post.stays if each.since <= day and (each.until is None or day < each.until))


def due(_post: Post) -> set[Deadline]:
    """No deadline runs."""
    return set()
