"""A trend on the radar: seen, weighed, moved from ring to ring with a reason each time, looked at each quarter, and said to whom it threatens."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import assert_never
from uuid import UUID

from cg_contracts.innovation import Horizon, Impact, Ring, Steeple
from cg_kit.pure import Deadline, Due, Refused
from services.innovation.domain.words import Why, ends

REVIEW, STALE = "3 months", "12 months"
"""How often a trend is looked at; not looked at for so long, it is grey on the radar."""

WITHIN = "20 working days"
"""For a service to acknowledge that it was told of a threat (a choice of this house)."""

CONCERNED = {"ispo": "security-adviser", "policy": "policy-adviser", "coordination": "dirco", "international": "international-officer"}
"""Whom a threat concerns, each with the role of the person who acknowledges it until the service exists."""


class Status(StrEnum):
    """Where a trend stands."""

    NEW = "NEW"
    DETECTED = "DETECTED"
    ASSESSED = "ASSESSED"
    ON_RADAR = "ON_RADAR"
    RETIRED = "RETIRED"


@dataclass(frozen=True, slots=True)
class Move:
    """Where it was put, when, by whom and why; without ring it was looked at and left."""

    at: datetime
    ring: Ring | None
    why: Why


@dataclass(frozen=True, slots=True)
class Signal:
    """A service that was told of a threat, and whether it has said that it knows."""

    service: str
    due_at: datetime
    late_at: datetime | None = None
    by: UUID | None = None
    acknowledged_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Trend:
    """A trend as it stands."""

    status: Status = Status.NEW
    titles: tuple[tuple[str, str], ...] = ()
    steeple: Steeple | None = None
    sources: tuple[str, ...] = ()
    themes: tuple[str, ...] = ()
    horizon: Horizon | None = None
    impact: Impact | None = None
    ring: Ring | None = None
    moves: tuple[Move, ...] = ()
    signals: tuple[Signal, ...] = ()
    detected_at: datetime | None = None
    reviewed_at: datetime | None = None
    review_said_at: datetime | None = None


NEW = Trend()


@dataclass(frozen=True, slots=True)
class Detect:
    """Somebody has seen something; its title in the languages of the house."""

    titles: tuple[tuple[str, str], ...]
    steeple: Steeple
    sources: tuple[str, ...]
    themes: tuple[str, ...]
    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class Assess:
    """How far off it is, and whether it is a threat."""

    horizon: Horizon
    impact: Impact
    why: Why
    at: datetime


@dataclass(frozen=True, slots=True)
class PutOn:
    """It is put on this ring."""

    ring: Ring
    why: Why
    at: datetime


@dataclass(frozen=True, slots=True)
class Look:
    """It was looked at, and stays where it is."""

    why: Why
    at: datetime


@dataclass(frozen=True, slots=True)
class Retire:
    """It is no trend any more."""

    why: Why
    at: datetime


@dataclass(frozen=True, slots=True)
class Acknowledge:
    """A service knows of the threat."""

    service: str
    by: UUID
    at: datetime


Command = Detect | Assess | PutOn | Look | Retire | Acknowledge | Due


@dataclass(frozen=True, slots=True)
class Detected:
    """It was seen."""

    titles: tuple[tuple[str, str], ...]
    steeple: Steeple
    sources: tuple[str, ...]
    themes: tuple[str, ...]
    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class Assessed:
    """It was weighed."""

    horizon: Horizon
    impact: Impact
    why: Why
    at: datetime


@dataclass(frozen=True, slots=True)
class PutOnRing:
    """It is on this ring, which whoever it concerns hears."""

    ring: Ring
    impact: Impact
    titles: tuple[tuple[str, str], ...]
    themes: tuple[str, ...]
    why: Why
    at: datetime


@dataclass(frozen=True, slots=True)
class Signalled:
    """These services are told of the threat, and say that they know before that instant."""

    services: tuple[str, ...]
    due_at: datetime
    at: datetime


@dataclass(frozen=True, slots=True)
class Looked:
    """It was looked at."""

    why: Why
    at: datetime


@dataclass(frozen=True, slots=True)
class Retired:
    """It is no trend any more."""

    why: Why
    at: datetime


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """A service knows."""

    service: str
    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class SignalOverdue:
    """A service has not said so in time."""

    service: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ReviewDue:
    """It was not looked at for a quarter."""

    at: datetime


Event = Detected | Assessed | PutOnRing | Signalled | Looked | Retired | Acknowledged | SignalOverdue | ReviewDue


def decide(trend: Trend, command: Command) -> list[Event] | Refused:
    """What a command makes of a trend."""
    match trend.status, command:
        case _, Due(name, at):
            return fallen_due(trend, name, at)
        case Status.NEW, Detect(titles, steeple, sources, themes, by, at):
            return [Detected(titles, steeple, sources, themes, by, at)]
        case Status.NEW, _:
            return Refused("NOT-FOUND", "trend_id")
        case _, Detect(titles, steeple):
            return [] if (titles, steeple) == (trend.titles, trend.steeple) else Refused("INN-STATE", "trend_id")
        case Status.RETIRED, Retire():
            return []
        case Status.RETIRED, _:
            return Refused("INN-STATE")
        case _, Assess(horizon, impact, why, at):
            return [] if (horizon, impact) == (trend.horizon, trend.impact) else [Assessed(horizon, impact, why, at)]
        case ((Status.ASSESSED | Status.ON_RADAR), PutOn()):
            return putting(trend, command)
        case Status.ON_RADAR, Look(why, at):
            return [] if trend.moves[-1:] == (Move(at, None, why),) else [Looked(why, at)]
        case _, Retire(why, at):
            return [Retired(why, at)]
        case _, Acknowledge(service, by, at):
            told = next((each for each in trend.signals if each.service == service), None)
            if told is None:
                return Refused("INN-SIGNAL", "service")
            return [] if told.acknowledged_at else [Acknowledged(service, by, at)]
        case _:
            return Refused("INN-STATE")


def putting(trend: Trend, put: PutOn) -> list[Event]:
    """Whoever a threat concerns is told the first time, and has to say that they know."""
    if put.ring is trend.ring:
        return []
    assert trend.impact
    moved = PutOnRing(put.ring, trend.impact, trend.titles, trend.themes, put.why, put.at)
    told = {each.service for each in trend.signals}
    new = tuple(service for service in CONCERNED if service not in told) if trend.impact is not Impact.OPPORTUNITY else ()
    return [moved, Signalled(new, ends(put.at, WITHIN), put.at)] if new else [moved]


def fallen_due(trend: Trend, name: str, at: datetime) -> list[Event]:
    """What a clock means that still runs when it falls due."""
    if Deadline(name, at) not in due(trend):
        return []
    kind, _, service = name.partition(":")
    return [SignalOverdue(service, at)] if kind == "signal" else [ReviewDue(at)]


def is_stale(trend: Trend, at: datetime) -> bool:
    """Whether it was not looked at for a year."""
    return trend.reviewed_at is not None and ends(trend.reviewed_at, STALE) <= at


def evolve(trend: Trend, event: Event) -> Trend:
    """The trend after an event."""
    match event:
        case Detected(titles, steeple, sources, themes, _, at):
            return Trend(Status.DETECTED, titles, steeple, sources, themes, detected_at=at, reviewed_at=at)
        case Assessed(horizon, impact, _, at):
            status = Status.ASSESSED if trend.status is Status.DETECTED else trend.status
            return replace(trend, status=status, horizon=horizon, impact=impact, reviewed_at=at, review_said_at=None)
        case PutOnRing(ring, _, _, _, why, at):
            moves = (*trend.moves, Move(at, ring, why))
            return replace(trend, status=Status.ON_RADAR, ring=ring, moves=moves, reviewed_at=at, review_said_at=None)
        case Signalled(services, due_at):
            return replace(trend, signals=(*trend.signals, *(Signal(service, due_at) for service in services)))
        case Looked(why, at):
            return replace(trend, moves=(*trend.moves, Move(at, None, why)), reviewed_at=at, review_said_at=None)
        case Retired(why, at):
            return replace(trend, status=Status.RETIRED, moves=(*trend.moves, Move(at, None, why)))
        case Acknowledged(service, by, at):
            signals = (replace(each, by=by, acknowledged_at=at) if each.service == service else each for each in trend.signals)
            return replace(trend, signals=tuple(signals))
        case SignalOverdue(service, at):
            return replace(trend, signals=tuple(replace(each, late_at=at) if each.service == service else each for each in trend.signals))
        case ReviewDue(at):
            return replace(trend, review_said_at=at)
        case _:
            assert_never(event)


def due(trend: Trend) -> set[Deadline]:
    """The next look, and what services are still to acknowledge."""
    if trend.status in (Status.NEW, Status.RETIRED):
        return set()
    open_still = (each for each in trend.signals if each.acknowledged_at is None and each.late_at is None)
    found = {Deadline(f"signal:{each.service}", each.due_at) for each in open_still}
    if trend.reviewed_at and trend.review_said_at is None:
        found.add(Deadline("review", ends(trend.reviewed_at, REVIEW)))
    return found
