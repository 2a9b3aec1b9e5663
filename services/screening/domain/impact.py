"""What a reorganisation touches here: gathered once org has scheduled it, and reported to org as one figure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import assert_never
from uuid import UUID

from cg_kit.pure import Deadline, Due, Refused

ROUNDS = 2
"""What was asked answers in the first; clearances that were reused are found in it, and answer in the second."""


class Status(StrEnum):
    """Whether everything was asked, and whether it was reported."""

    NEW = "NEW"
    ASKED = "ASKED"
    REPORTED = "REPORTED"


class What(StrEnum):
    """What may hang on a post."""

    CASE = "case"
    APPLICATION = "application"
    CLEARANCE = "clearance"


@dataclass(frozen=True, slots=True)
class Touch:
    """A reorganisation of a day touches the post that something is for; `placed`: the post goes to a unit, and does not end."""

    reorganisation_id: UUID
    effective_date: date
    post_id: UUID
    placed: bool


@dataclass(frozen=True, slots=True)
class Holder:
    """An assignment in a post, and whose it is."""

    assignment_id: UUID
    person_id: UUID


@dataclass(frozen=True, slots=True)
class Post:
    """A post that is touched, and who sits in it."""

    touch: Touch
    holders: tuple[Holder, ...]


@dataclass(frozen=True, slots=True)
class Item:
    """Something open that hangs on a post."""

    what: What
    id: UUID
    post_id: UUID
    placed: bool


@dataclass(frozen=True, slots=True)
class Impact:
    """One reorganisation, as it was scheduled last."""

    status: Status = Status.NEW
    effective_date: date | None = None
    items: tuple[Item, ...] = ()
    rounds: int = 0


NEW = Impact()


# Commands


@dataclass(frozen=True, slots=True)
class Ask:
    """A reorganisation is scheduled: all that may hang on its posts is asked."""

    effective_date: date
    posts: tuple[Post, ...]


@dataclass(frozen=True, slots=True)
class Add:
    """Something open hangs on one of its posts."""

    effective_date: date
    item: Item


@dataclass(frozen=True, slots=True)
class Gather:
    """Whoever was asked in this round has answered."""

    effective_date: date


Command = Ask | Add | Gather | Due


# Events


@dataclass(frozen=True, slots=True)
class PostAsked:
    """All that may hang on one post is asked."""

    post: Post


@dataclass(frozen=True, slots=True)
class ImpactAsked:
    """Every post was asked; what is known of an earlier day counts no longer."""

    effective_date: date


@dataclass(frozen=True, slots=True)
class ItemAdded:
    """One more."""

    item: Item


@dataclass(frozen=True, slots=True)
class RoundOver:
    """Those who were asked in this round have answered, and some asked others."""

    effective_date: date


@dataclass(frozen=True, slots=True)
class ImpactReported:
    """What there is was reported."""

    effective_date: date


Event = PostAsked | ImpactAsked | ItemAdded | RoundOver | ImpactReported


def decide(impact: Impact, command: Command) -> list[Event] | Refused:
    """What follows; what belongs to another day than the one that was scheduled last is late, and does nothing."""
    match impact.status, command:
        case _, Ask(effective_date, posts):
            return [] if effective_date == impact.effective_date else [*(PostAsked(each) for each in posts), ImpactAsked(effective_date)]
        case _, Due():
            return []
        case _ if command.effective_date != impact.effective_date:
            return []
        case _, Add(_, item):
            return [] if item in impact.items else [ItemAdded(item)]
        case Status.ASKED, Gather(effective_date):
            return [RoundOver(effective_date)] if impact.rounds < ROUNDS else [ImpactReported(effective_date)]
        case _:
            return []


def evolve(impact: Impact, event: Event) -> Impact:
    """The impact after an event."""
    match event:
        case PostAsked():
            return impact
        case ImpactAsked(effective_date):
            return Impact(Status.ASKED, effective_date)
        case ItemAdded(item):
            return replace(impact, items=(*impact.items, item))
        case RoundOver():
            return replace(impact, rounds=impact.rounds + 1)
        case ImpactReported():
            return replace(impact, status=Status.REPORTED)
        case _:
            assert_never(event)


def due(_impact: Impact) -> set[Deadline]:
    """No deadline: it is reported at once."""
    return set()


def noted(touches: tuple[Touch, ...], touch: Touch) -> tuple[Touch, ...]:
    """With one more; of one reorganisation and post only the last counts."""
    same = (touch.reorganisation_id, touch.post_id)
    return (*(each for each in touches if (each.reorganisation_id, each.post_id) != same), touch)
