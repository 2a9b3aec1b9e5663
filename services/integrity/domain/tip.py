"""A tip or a campaign: what the service tells everybody or some, in two languages at least, read by a second person before it goes out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import assert_never
from uuid import UUID

from cg_kit.pure import Deadline, Due, Refused
from cg_kit.pure.terms import day_of, start_of


class Sort(StrEnum):
    """A single piece of advice, or several weeks of information."""

    TIP = "tip"
    CAMPAIGN = "campaign"


class Status(StrEnum):
    """Where it stands."""

    NEW = "NEW"
    DRAFT = "DRAFT"
    PUBLISHED = "PUBLISHED"
    WITHDRAWN = "WITHDRAWN"
    ENDED = "ENDED"


@dataclass(frozen=True, slots=True)
class Text:
    """The same in the languages of the house."""

    nl: str
    fr: str
    en: str | None = None


@dataclass(frozen=True, slots=True)
class Tip:
    """A tip or a campaign as it stands; a campaign has an end."""

    status: Status = Status.NEW
    sort: Sort = Sort.TIP
    text: Text | None = None
    audience: str = ""
    until: date | None = None
    written_by: UUID | None = None
    published_at: datetime | None = None


NEW = Tip()


@dataclass(frozen=True, slots=True)
class Draft:
    """Somebody writes it, or writes it anew before it is out."""

    sort: Sort
    text: Text
    audience: str
    until: date | None
    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class Publish:
    """Somebody else reads it and sends it out."""

    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class Withdraw:
    """It no longer holds."""

    by: UUID
    at: datetime


Command = Draft | Publish | Withdraw | Due


@dataclass(frozen=True, slots=True)
class Drafted:
    """It is written."""

    sort: Sort
    text: Text
    audience: str
    until: date | None
    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class TipPublished:
    """It is out."""

    sort: Sort
    text: Text
    audience: str
    until: date | None
    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class TipWithdrawn:
    """It no longer holds."""

    at: datetime


@dataclass(frozen=True, slots=True)
class CampaignEnded:
    """Its last day is over."""

    at: datetime


Event = Drafted | TipPublished | TipWithdrawn | CampaignEnded


def decide(tip: Tip, command: Command) -> list[Event] | Refused:
    """What a command makes of it."""
    match tip.status, command:
        case Status.PUBLISHED, Due(_, at):
            return [CampaignEnded(at)]
        case _, Due():
            return []
        case ((Status.NEW | Status.DRAFT), Draft(sort, text, audience, until, by, at)):
            if (sort is Sort.CAMPAIGN) != (until is not None) or (until is not None and until <= day_of(at)):
                return Refused("INT-PAST", "until")
            same = (tip.sort, tip.text, tip.audience, tip.until, tip.written_by) == (sort, text, audience, until, by)
            return [] if same else [Drafted(sort, text, audience, until, by, at)]
        case Status.NEW, _:
            return Refused("NOT-FOUND", "tip_id")
        case Status.DRAFT, Publish(by, at):
            if by == tip.written_by:
                return Refused("INT-EYES")
            assert tip.text
            if tip.until is not None and tip.until <= day_of(at):
                return Refused("INT-PAST", "until")
            return [TipPublished(tip.sort, tip.text, tip.audience, tip.until, by, at)]
        case Status.PUBLISHED, Publish():
            return []
        case Status.PUBLISHED, Withdraw(at=at):
            return [TipWithdrawn(at)]
        case Status.WITHDRAWN, Withdraw():
            return []
        case _:
            return Refused("INT-STATE")


def evolve(tip: Tip, event: Event) -> Tip:
    """It after an event."""
    match event:
        case Drafted(sort, text, audience, until, by):
            return Tip(Status.DRAFT, sort, text, audience, until, by)
        case TipPublished(at=at):
            return replace(tip, status=Status.PUBLISHED, published_at=at)
        case TipWithdrawn():
            return replace(tip, status=Status.WITHDRAWN)
        case CampaignEnded():
            return replace(tip, status=Status.ENDED)
        case _:
            assert_never(event)


def due(tip: Tip) -> set[Deadline]:
    """The end of a campaign."""
    return {Deadline("end", start_of(tip.until))} if tip.status is Status.PUBLISHED and tip.until else set()
