"""What a reorganisation touches here: gathered once org has scheduled it, and reported to org as one figure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import assert_never
from uuid import UUID

from cg_kit.pure import Deadline, Due, Refused


class Status(StrEnum):
    """Whether everything was asked, and whether it was reported."""

    NEW = "NEW"
    ASKED = "ASKED"
    ANSWERED = "ANSWERED"
    REPORTED = "REPORTED"


@dataclass(frozen=True, slots=True)
class Touch:
    """A reorganisation of a day touches a unit that ends, or a post; `placed`: what hangs on it has one place to go."""

    reorganisation_id: UUID
    effective_date: date
    placed: bool


@dataclass(frozen=True, slots=True)
class Item:
    """Something open that hangs on a unit, or on a post."""

    id: UUID
    post_id: UUID | None
    placed: bool


@dataclass(frozen=True, slots=True)
class Impact:
    """One reorganisation, as it was scheduled last."""

    status: Status = Status.NEW
    effective_date: date | None = None
    items: tuple[Item, ...] = ()


NEW = Impact()


@dataclass(frozen=True, slots=True)
class Ask:
    """A reorganisation is scheduled: units that it ends and posts that it touches are asked."""

    effective_date: date
    units: tuple[tuple[UUID, Touch], ...]
    posts: tuple[tuple[UUID, Touch], ...]


@dataclass(frozen=True, slots=True)
class Add:
    """These hang on one of them."""

    effective_date: date
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Gather:
    """Whoever was asked has had the question, or has answered."""

    effective_date: date


Command = Ask | Add | Gather | Due


@dataclass(frozen=True, slots=True)
class UnitAsked:
    """A unit is asked what is open in it."""

    unit_id: UUID
    touch: Touch


@dataclass(frozen=True, slots=True)
class PostAsked:
    """A post is asked what it owns."""

    post_id: UUID
    touch: Touch


@dataclass(frozen=True, slots=True)
class ImpactAsked:
    """All were asked; what is known of an earlier day counts no longer."""

    effective_date: date


@dataclass(frozen=True, slots=True)
class ItemsAdded:
    """More hangs on it."""

    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Answered:
    """Own events are followed in their order: what follows this one comes behind all answers."""

    effective_date: date


@dataclass(frozen=True, slots=True)
class ImpactReported:
    """What there is was reported."""

    effective_date: date


Event = UnitAsked | PostAsked | ImpactAsked | ItemsAdded | Answered | ImpactReported


def decide(impact: Impact, command: Command) -> list[Event] | Refused:
    """What follows; what belongs to another day than the one that was scheduled last is late, and does nothing."""
    match impact.status, command:
        case _, Due():
            return []
        case _, Ask(effective_date, units, posts):
            if effective_date == impact.effective_date:
                return []
            return [*(UnitAsked(*each) for each in units), *(PostAsked(*each) for each in posts), ImpactAsked(effective_date)]
        case _ if command.effective_date != impact.effective_date:
            return []
        case _, Add(_, items):
            new = tuple(each for each in dict.fromkeys(items) if each not in impact.items)
            return [ItemsAdded(new)] if new else []
        case Status.ASKED, Gather(effective_date):
            return [Answered(effective_date)]
        case Status.ANSWERED, Gather(effective_date):
            return [ImpactReported(effective_date)]
        case _:
            return []


def evolve(impact: Impact, event: Event) -> Impact:
    """The impact after an event."""
    match event:
        case UnitAsked() | PostAsked():
            return impact
        case ImpactAsked(effective_date):
            return Impact(Status.ASKED, effective_date)
        case ItemsAdded(items):
            return replace(impact, items=(*impact.items, *items))
        case Answered():
            return replace(impact, status=Status.ANSWERED)
        case ImpactReported():
            return replace(impact, status=Status.REPORTED)
        case _:
            assert_never(event)


def due(_impact: Impact) -> set[Deadline]:
    """No deadline runs here: org's does, and oversight's."""
    return set()


def unplaced(impact: Impact) -> tuple[UUID, ...]:
    """What hangs on a unit that does not end in one other, and on no post that goes somewhere: nobody knows yet where it goes."""
    followed = {each.id for each in impact.items if each.post_id is not None and each.placed}
    return tuple(dict.fromkeys(each.id for each in impact.items if each.post_id is None and not each.placed and each.id not in followed))
