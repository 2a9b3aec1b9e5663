"""What a reorganisation touches here: gathered once org has scheduled it, and reported to org as one figure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import assert_never

from cg_kit.pure import Deadline, Due, Refused
from services.innovation.domain.unit import Item, Touch

ROUNDS = 2
"""Units answer with what belongs to them in the first; in the second each of that says whether it is open."""


class Status(StrEnum):
    """Whether everything was asked, and whether it was reported."""

    NEW = "NEW"
    ASKED = "ASKED"
    REPORTED = "REPORTED"


@dataclass(frozen=True, slots=True)
class Impact:
    """One reorganisation, as it was scheduled last; `unplaced`: what has no place in it."""

    status: Status = Status.NEW
    effective_date: date | None = None
    items: tuple[Item, ...] = ()
    unplaced: tuple[Item, ...] = ()
    rounds: int = 0


NEW = Impact()


@dataclass(frozen=True, slots=True)
class Ask:
    """A reorganisation is scheduled: the units that it ends are asked."""

    effective_date: date
    touches: tuple[Touch, ...]


@dataclass(frozen=True, slots=True)
class Add:
    """Something open belongs to one of them."""

    touch: Touch
    item: Item


@dataclass(frozen=True, slots=True)
class Gather:
    """Whoever was asked in this round has answered."""

    effective_date: date


Command = Ask | Add | Gather | Due


@dataclass(frozen=True, slots=True)
class UnitAsked:
    """One unit is asked."""

    touch: Touch


@dataclass(frozen=True, slots=True)
class ImpactAsked:
    """Every unit was asked; what is known of an earlier day counts no longer."""

    effective_date: date


@dataclass(frozen=True, slots=True)
class ItemAdded:
    """One more."""

    item: Item
    placed: bool


@dataclass(frozen=True, slots=True)
class RoundOver:
    """Those who were asked in this round have answered, and some asked others."""

    effective_date: date


@dataclass(frozen=True, slots=True)
class ImpactReported:
    """What there is was reported."""

    effective_date: date


Event = UnitAsked | ImpactAsked | ItemAdded | RoundOver | ImpactReported


def decide(impact: Impact, command: Command) -> list[Event] | Refused:
    """What follows; what belongs to another day than the one that was scheduled last is late, and does nothing."""
    match impact.status, command:
        case _, Ask(effective_date, touches):
            return [] if effective_date == impact.effective_date else [*(UnitAsked(each) for each in touches), ImpactAsked(effective_date)]
        case _, Add(touch, item):
            return [ItemAdded(item, touch.placed)] if touch.effective_date == impact.effective_date and item not in impact.items else []
        case Status.ASKED, Gather(effective_date) if effective_date == impact.effective_date:
            return [RoundOver(effective_date)] if impact.rounds < ROUNDS else [ImpactReported(effective_date)]
        case _:
            return []


def evolve(impact: Impact, event: Event) -> Impact:
    """The impact after an event."""
    match event:
        case UnitAsked():
            return impact
        case ImpactAsked(effective_date):
            return Impact(Status.ASKED, effective_date)
        case ItemAdded(item, placed):
            return replace(impact, items=(*impact.items, item), unplaced=impact.unplaced if placed else (*impact.unplaced, item))
        case RoundOver():
            return replace(impact, rounds=impact.rounds + 1)
        case ImpactReported():
            return replace(impact, status=Status.REPORTED)
        case _:
            assert_never(event)


def due(_impact: Impact) -> set[Deadline]:
    """No clock runs: it is reported at once."""
    return set()
