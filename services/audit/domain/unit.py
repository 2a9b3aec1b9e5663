"""A unit of the audit universe: as org tells it, rated by auditors, rescored by what others report, and what of audit's is open in it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import assert_never
from uuid import UUID

from cg_contracts.org import UnitKind
from cg_kit.pure import Deadline, Due, Refused
from cg_kit.pure.terms import day_of
from services.audit.domain.impact import Touch
from services.audit.domain.scale import QUARTER, YEAR, Text, since

ATTENTION = 3
"""Signals of other services within a quarter that propose a special engagement (a choice)."""

MOST_SIGNALS = 200
"""Signals that are kept; older ones are in the journal."""


class What(StrEnum):
    """What of audit's may be open in a unit."""

    ENGAGEMENT = "engagement"
    RECOMMENDATION = "recommendation"


@dataclass(frozen=True, slots=True)
class Item:
    """Something open."""

    what: What
    id: UUID


@dataclass(frozen=True, slots=True)
class Described:
    """A unit as org describes it."""

    slug: str
    kind: UnitKind
    parent_id: UUID | None
    labels: Text
    since: date


@dataclass(frozen=True, slots=True)
class Rating:
    """How risky a process of the unit is in itself, and how mature its controls are, each from 1 to 5; the process without a code is the unit as a whole."""

    process: str
    inherent: int
    maturity: int
    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class Signal:
    """Something that was said of the unit, by whom, and how heavy it weighs."""

    code: str
    said_by: str
    weight: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit as it stands; `described` is empty until org has told of it."""

    described: Described | None = None
    ended_on: date | None = None
    successors: tuple[UUID, ...] = ()
    head_post_id: UUID | None = None
    ratings: tuple[Rating, ...] = ()
    signals: tuple[Signal, ...] = ()
    last_audited_at: datetime | None = None
    proposed_at: datetime | None = None
    open: tuple[Item, ...] = ()
    waiting: tuple[UUID, ...] = ()
    """Recommendations that wait for a head who answers for them."""


NEW = Unit()


# Commands


@dataclass(frozen=True, slots=True)
class Note:
    """Org says how the unit is from a day on."""

    described: Described
    at: datetime


@dataclass(frozen=True, slots=True)
class End:
    """Org says that the unit is no more, and what goes on in its place."""

    on: date
    successors: tuple[UUID, ...]
    reorganisation_id: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class SetHead:
    """This post heads the unit."""

    post_id: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class LoseHead:
    """This post heads the unit no more."""

    post_id: UUID


@dataclass(frozen=True, slots=True)
class FindHead:
    """A recommendation in the unit needs somebody who answers for it."""

    recommendation_id: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class Rate:
    """An auditor rates a process of the unit, or the unit as a whole."""

    process: str
    inherent: int
    maturity: int
    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class Hear:
    """Something was said of the unit."""

    signal: Signal


@dataclass(frozen=True, slots=True)
class Attach:
    """Something of audit's is open here."""

    item: Item


@dataclass(frozen=True, slots=True)
class Detach:
    """It is open here no more."""

    item: Item


@dataclass(frozen=True, slots=True)
class NoteAudited:
    """A report on the unit is final."""

    at: datetime


@dataclass(frozen=True, slots=True)
class Inherit:
    """The unit goes on in the place of another, with what was known of that."""

    ratings: tuple[Rating, ...]
    signals: tuple[Signal, ...]
    last_audited_at: datetime | None


@dataclass(frozen=True, slots=True)
class TouchBy:
    """A reorganisation that is scheduled touches it."""

    touch: Touch


Command = Note | End | SetHead | LoseHead | FindHead | Rate | Hear | Attach | Detach | NoteAudited | Inherit | TouchBy | Due


# Events


@dataclass(frozen=True, slots=True)
class Noted:
    """The unit is like this."""

    described: Described


@dataclass(frozen=True, slots=True)
class UnitEnded:
    """The unit is no more; what was open in it goes where it went."""

    on: date
    successors: tuple[UUID, ...]
    reorganisation_id: UUID
    open: tuple[Item, ...]
    ratings: tuple[Rating, ...]
    signals: tuple[Signal, ...]
    last_audited_at: datetime | None
    at: datetime


@dataclass(frozen=True, slots=True)
class HeadSet:
    """This post heads the unit, or none does."""

    post_id: UUID | None


@dataclass(frozen=True, slots=True)
class HeadFound:
    """This post answers for the recommendation; without one the commissioner-general does, until there is a head."""

    recommendation_id: UUID
    post_id: UUID | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Forwarded:
    """The unit is no more: the one that goes on is asked."""

    recommendation_id: UUID
    to_unit_id: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class Rated:
    """A process has this rating."""

    rating: Rating


@dataclass(frozen=True, slots=True)
class Heard:
    """The signal counts, and the risk is this high."""

    signal: Signal
    score: int


@dataclass(frozen=True, slots=True)
class AttentionRaised:
    """So many signals of others came within a quarter that a special engagement is proposed."""

    codes: tuple[str, ...]
    at: datetime


@dataclass(frozen=True, slots=True)
class Attached:
    """Something is open here."""

    item: Item


@dataclass(frozen=True, slots=True)
class Detached:
    """It is open here no more."""

    item: Item


@dataclass(frozen=True, slots=True)
class Audited:
    """The unit was audited."""

    at: datetime


@dataclass(frozen=True, slots=True)
class Inherited:
    """What was known of another unit is known of this one."""

    ratings: tuple[Rating, ...]
    signals: tuple[Signal, ...]
    last_audited_at: datetime | None


@dataclass(frozen=True, slots=True)
class UnitTouched:
    """This is open in it, and hangs on the reorganisation."""

    touch: Touch
    open: tuple[Item, ...]


Event = Noted | UnitEnded | HeadSet | HeadFound | Forwarded | Rated | Heard | AttentionRaised | Attached | Detached | Audited | Inherited | UnitTouched


def decide(unit: Unit, command: Command) -> list[Event] | Refused:
    """What a command makes of a unit; what org says is so."""
    match command:
        case Note(described, at):
            return _noting(unit, described, at)
        case End(on, successors, reorganisation_id, at):
            if unit.ended_on is not None:
                return []
            return [UnitEnded(on, successors, reorganisation_id, unit.open, unit.ratings, unit.signals, unit.last_audited_at, at)]
        case SetHead(post_id, at):
            if unit.head_post_id == post_id:
                return []
            return [HeadSet(post_id), *(HeadFound(each, post_id, at) for each in unit.waiting)]
        case FindHead(recommendation_id, at):
            return _heading(unit, recommendation_id, at)
        case LoseHead(post_id):
            return [HeadSet(None)] if unit.head_post_id == post_id else []
        case Rate(process, inherent, maturity, by, at):
            return _rating(unit, Rating(process, inherent, maturity, by, at))
        case Hear(signal):
            return _hearing(unit, signal)
        case Attach(item):
            return [] if item in unit.open else [Attached(item)]
        case Detach(item):
            return [Detached(item)] if item in unit.open else []
        case NoteAudited(at):
            return [] if unit.last_audited_at is not None and unit.last_audited_at >= at else [Audited(at)]
        case Inherit(ratings, signals, last_audited_at):
            inherited = Inherited(ratings, signals, last_audited_at)
            return [] if evolve(unit, inherited) == unit else [inherited]
        case TouchBy(touch):
            return [UnitTouched(touch, unit.open)] if unit.open else []
        case Due():
            return []
        case _:
            assert_never(command)


def _noting(unit: Unit, described: Described, at: datetime) -> list[Event]:
    """A change for a day to come is told again on its day; one that was overtaken changes nothing."""
    known = unit.described
    if described.since > day_of(at) or (known is not None and (described.since < known.since or described == known)):
        return []
    return [Noted(described)]


def _heading(unit: Unit, recommendation_id: UUID, at: datetime) -> list[Event]:
    """Of a unit that was split nobody can tell which part is meant: the head of audit says it."""
    if unit.ended_on is None:
        return [HeadFound(recommendation_id, unit.head_post_id, at)]
    if len(unit.successors) == 1:
        return [Forwarded(recommendation_id, unit.successors[0], at)]
    return [] if unit.successors else [HeadFound(recommendation_id, None, at)]


def _rating(unit: Unit, rating: Rating) -> list[Event] | Refused:
    if unit.described is None or unit.ended_on is not None:
        return Refused("AUD-UNIT", "unit_id")
    if not (1 <= rating.inherent <= 5 and 1 <= rating.maturity <= 5):
        return Refused("AUD-RATING")
    known = next((each for each in unit.ratings if each.process == rating.process), None)
    if known is not None and (known.inherent, known.maturity) == (rating.inherent, rating.maturity):
        return []
    return [Rated(rating)]


def _hearing(unit: Unit, signal: Signal) -> list[Event]:
    """Each signal counts; when others have sent enough of them within a quarter, once in a quarter, a special engagement is proposed."""
    if signal in unit.signals:
        return []
    after = evolve(unit, Heard(signal, 0))
    events: list[Event] = [Heard(signal, score(after, signal.at))]
    first = since(QUARTER, signal.at)
    lately = tuple(each.code for each in after.signals if each.said_by != "audit" and day_of(each.at) >= first)
    asked = unit.proposed_at is not None and day_of(unit.proposed_at) >= first
    if signal.said_by != "audit" and len(lately) >= ATTENTION and not asked and unit.ended_on is None and unit.described is not None:
        events.append(AttentionRaised(lately, signal.at))
    return events


def evolve(unit: Unit, event: Event) -> Unit:
    """The unit after an event."""
    match event:
        case Noted(described):
            return replace(unit, described=described)
        case UnitEnded(on, successors):
            return replace(unit, ended_on=on, successors=successors, open=(), waiting=())
        case HeadSet(post_id):
            return replace(unit, head_post_id=post_id)
        case HeadFound(recommendation_id, post_id=post_id):
            others = tuple(each for each in unit.waiting if each != recommendation_id)
            return replace(unit, waiting=others if post_id else (*others, recommendation_id))
        case Forwarded() | UnitTouched():
            return unit
        case Rated(rating):
            return replace(unit, ratings=(*(each for each in unit.ratings if each.process != rating.process), rating))
        case Heard(signal):
            return replace(unit, signals=(*unit.signals, signal)[-MOST_SIGNALS:])
        case AttentionRaised(_, at):
            return replace(unit, proposed_at=at)
        case Attached(item):
            return replace(unit, open=(*unit.open, item))
        case Detached(item):
            return replace(unit, open=tuple(each for each in unit.open if each != item), waiting=tuple(each for each in unit.waiting if each != item.id))
        case Audited(at):
            return replace(unit, last_audited_at=at)
        case Inherited(ratings, signals, last_audited_at):
            mine = {each.process for each in unit.ratings}
            return replace(
                unit,
                ratings=(*unit.ratings, *(each for each in ratings if each.process not in mine)),
                signals=tuple(sorted({*unit.signals, *signals}, key=lambda each: (each.at, each.code)))[-MOST_SIGNALS:],
                last_audited_at=unit.last_audited_at or last_audited_at,
            )
        case _:
            assert_never(event)


def due(_unit: Unit) -> set[Deadline]:
    """No deadline runs for a unit."""
    return set()


def score(unit: Unit, at: datetime) -> int:
    """How urgent an audit is, from 0 to 100.

    Twice the worst rating (inherent risk times missing maturity, at most 25; 9 where nobody rated), up to 25 for the signals of a year,
    5 for each year since the last audit up to 25 (25 when there was none).
    """
    rated = max((each.inherent * (6 - each.maturity) for each in unit.ratings), default=9)
    first = since(YEAR, at)
    heard = min(sum(each.weight for each in unit.signals if day_of(each.at) >= first), 25)
    years = 5 if unit.last_audited_at is None else max((day_of(at) - day_of(unit.last_audited_at)).days, 0) // 365
    return 2 * rated + heard + min(5 * years, 25)
