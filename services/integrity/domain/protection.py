"""The protection of a reporter: asked for, given, looked after when a reprisal is alleged, and ended years after the report. It has the report's id."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import assert_never
from uuid import UUID

from cg_kit.pure import Deadline, Due, Refused
from services.integrity.domain.terms import PROTECTION, REMEDY

MOST = 50


class Status(StrEnum):
    """Where it stands."""

    NOT_REQUESTED = "NOT_REQUESTED"
    REQUESTED = "REQUESTED"
    ACTIVE = "ACTIVE"
    UNDER_REVIEW = "UNDER_REVIEW"
    ENDED = "ENDED"


class Finding(StrEnum):
    """What became of a reprisal that was alleged; that there was none, is proven by who is accused of it (Directive 2019/1937, art. 21)."""

    OPEN = "open"
    REMEDIED = "remedied"
    DISMISSED = "dismissed"


@dataclass(frozen=True, slots=True)
class Alleged:
    """A reprisal that was alleged, its text in the vault, and what became of it; `late`: nobody said in time what is done."""

    text: UUID
    at: datetime
    finding: Finding = Finding.OPEN
    reasons: UUID | None = None
    late: bool = False


@dataclass(frozen=True, slots=True)
class Protection:
    """The protection as it stands. `watched`: where in the vault it lies whose staff decisions are to be looked at."""

    status: Status = Status.NOT_REQUESTED
    measures: tuple[str, ...] = ()
    alleged: tuple[Alleged, ...] = ()
    watched: UUID | None = None
    since: datetime | None = None
    concluded_at: datetime | None = None


NEW = Protection()


@dataclass(frozen=True, slots=True)
class AskProtection:
    """The reporter asks for it, in the conversation."""

    at: datetime


@dataclass(frozen=True, slots=True)
class Grant:
    """The handler gives it, with measures as codes."""

    by: UUID
    measures: tuple[str, ...]
    at: datetime


@dataclass(frozen=True, slots=True)
class Allege:
    """The reporter says that something was done to them."""

    text: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class Resolve:
    """The handler has looked into it."""

    by: UUID
    finding: Finding
    reasons: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class WatchOver:
    """Who was allowed to know the reporter has their staff decisions watched, with their consent."""

    by: UUID
    watched: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class CountDown:
    """The report is concluded: from here on the term of protection runs."""

    at: datetime


Command = AskProtection | Grant | Allege | Resolve | WatchOver | CountDown | Due


@dataclass(frozen=True, slots=True)
class ProtectionAsked:
    """It is asked for."""

    at: datetime


@dataclass(frozen=True, slots=True)
class Granted:
    """It holds, with these measures."""

    measures: tuple[str, ...]
    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class RetaliationAlleged:
    """Something is said to have been done to the reporter, and is being looked into."""

    text: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class Resolved:
    """It was looked into."""

    finding: Finding
    reasons: UUID
    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class RemedyMissed:
    """Nobody said in time what is done about it; it is late, and still owed."""

    at: datetime


@dataclass(frozen=True, slots=True)
class Watched:
    """Staff decisions on the reporter are watched; on whom, the vault says."""

    watched: UUID
    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class CountedDown:
    """The term of protection runs."""

    at: datetime


@dataclass(frozen=True, slots=True)
class ProtectionEnded:
    """The term is over."""

    at: datetime


Event = ProtectionAsked | Granted | RetaliationAlleged | Resolved | RemedyMissed | Watched | CountedDown | ProtectionEnded


def decide(protection: Protection, command: Command) -> list[Event] | Refused:
    """What a command makes of it. An allegation is looked into whether or not protection was asked for before."""
    match protection.status, command:
        case Status.UNDER_REVIEW, Due("remedy", at):
            return [RemedyMissed(at)]
        case _, Due("end", at):
            return [ProtectionEnded(at)]
        case _, Due():
            return []
        case _, CountDown(at):
            return [CountedDown(at)] if protection.concluded_at is None else []
        case Status.ENDED, _:
            return Refused("INT-STATE")
        case Status.NOT_REQUESTED, AskProtection(at):
            return [ProtectionAsked(at)]
        case _, AskProtection():
            return []
        case ((Status.REQUESTED | Status.ACTIVE), Grant(by, measures, at)):
            return [Granted(measures, by, at)] if measures != protection.measures or protection.status is Status.REQUESTED else []
        case _, Allege(text, at):
            if len(protection.alleged) >= MOST:
                return Refused("INT-LONG")
            return [RetaliationAlleged(text, at)]
        case Status.UNDER_REVIEW, Resolve(by, finding, reasons, at):
            return Refused("INT-STATE", "finding") if finding is Finding.OPEN else [Resolved(finding, reasons, by, at)]
        case ((Status.ACTIVE | Status.UNDER_REVIEW), WatchOver(by, watched, at)):
            return [Watched(watched, by, at)]
        case _:
            return Refused("INT-STATE")


def evolve(protection: Protection, event: Event) -> Protection:
    """It after an event; once looked into, the protection goes on."""
    match event:
        case ProtectionAsked(at):
            return replace(protection, status=Status.REQUESTED, since=at)
        case Granted(measures):
            return replace(protection, status=Status.ACTIVE, measures=measures)
        case RetaliationAlleged(text, at):
            return replace(protection, status=Status.UNDER_REVIEW, alleged=(*protection.alleged, Alleged(text, at)), since=protection.since or at)
        case Resolved(finding, reasons):
            done = tuple(replace(each, finding=finding, reasons=reasons) if each.finding is Finding.OPEN else each for each in protection.alleged)
            return replace(protection, status=Status.ACTIVE, alleged=done)
        case RemedyMissed():
            late = tuple(replace(each, late=True) if each.finding is Finding.OPEN else each for each in protection.alleged)
            return replace(protection, alleged=late)
        case Watched(watched):
            return replace(protection, watched=watched)
        case CountedDown(at):
            return replace(protection, concluded_at=at)
        case ProtectionEnded():
            return replace(protection, status=Status.ENDED, watched=None)
        case _:
            assert_never(event)


def due(protection: Protection) -> set[Deadline]:
    """The term to say what is done about a reprisal, and the end of the protection."""
    found: set[Deadline] = set()
    if protection.status is Status.UNDER_REVIEW:
        found |= {Deadline("remedy", REMEDY.due(each.at).due) for each in protection.alleged if each.finding is Finding.OPEN and not each.late}
    if protection.concluded_at is not None and protection.status not in {Status.ENDED, Status.NOT_REQUESTED}:
        found.add(Deadline("end", PROTECTION.due(protection.concluded_at).due))
    return found
