"""An organisation outside that the service works with, and the agreement between them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import assert_never
from uuid import UUID

from cg_contracts.innovation import PartnerKind
from cg_kit.pure import Deadline, Due, Refused
from cg_kit.pure.terms import day_of, start_of
from services.innovation.domain.words import Why


class Status(StrEnum):
    """How close the two are."""

    NEW = "NEW"
    PROSPECT = "PROSPECT"
    ENGAGED = "ENGAGED"
    UNDER_AGREEMENT = "UNDER_AGREEMENT"
    ENDED = "ENDED"


WORKING = frozenset({Status.ENGAGED, Status.UNDER_AGREEMENT})
"""In which people of the partner can be brought in."""


@dataclass(frozen=True, slots=True)
class Partner:
    """A partner as it stands."""

    status: Status = Status.NEW
    name: str = ""
    kind: PartnerKind | None = None
    themes: tuple[str, ...] = ()
    contact: UUID | None = None
    agreement_ref: str = ""
    until: date | None = None
    since: datetime | None = None
    ended: Why | None = None


NEW = Partner()


@dataclass(frozen=True, slots=True)
class Meet:
    """An organisation that may be of use; `contact`: who of us keeps the contact."""

    name: str
    kind: PartnerKind
    themes: tuple[str, ...]
    contact: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class Engage:
    """We begin to work together."""

    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class Sign:
    """There is an agreement, until that day."""

    agreement_ref: str
    until: date
    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class EndPartner:
    """We work together no longer."""

    why: Why
    at: datetime


Command = Meet | Engage | Sign | EndPartner | Due


@dataclass(frozen=True, slots=True)
class Met:
    """It is known."""

    name: str
    kind: PartnerKind
    themes: tuple[str, ...]
    contact: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class Engaged:
    """We work together."""

    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class Signed:
    """There is an agreement."""

    agreement_ref: str
    until: date
    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class AgreementOver:
    """The agreement has reached its day; we still work together."""

    at: datetime


@dataclass(frozen=True, slots=True)
class PartnerOver:
    """We work together no longer."""

    why: Why
    at: datetime


Event = Met | Engaged | Signed | AgreementOver | PartnerOver


def decide(partner: Partner, command: Command) -> list[Event] | Refused:
    """What a command makes of a partner."""
    match partner.status, command:
        case _, Due(name, at):
            return [AgreementOver(at)] if Deadline(name, at) in due(partner) else []
        case Status.NEW, Meet(name, kind, themes, contact, at):
            return [Met(name, kind, themes, contact, at)]
        case Status.NEW, _:
            return Refused("NOT-FOUND", "partner_id")
        case _, Meet(name, kind):
            return [] if (name, kind) == (partner.name, partner.kind) else Refused("INN-STATE", "partner_id")
        case Status.PROSPECT, Engage(by, at):
            return [Engaged(by, at)]
        case ((Status.ENGAGED | Status.UNDER_AGREEMENT), Engage()):
            return []
        case ((Status.ENGAGED | Status.UNDER_AGREEMENT), Sign(agreement_ref, until, by, at)):
            if until <= day_of(at):
                return Refused("INN-DATE", "until")
            return [] if (agreement_ref, until) == (partner.agreement_ref, partner.until) else [Signed(agreement_ref, until, by, at)]
        case Status.ENDED, EndPartner():
            return []
        case _, EndPartner(why, at):
            return [PartnerOver(why, at)]
        case _:
            return Refused("INN-STATE")


def evolve(partner: Partner, event: Event) -> Partner:
    """The partner after an event."""
    match event:
        case Met(name, kind, themes, contact, at):
            return Partner(Status.PROSPECT, name, kind, themes, contact, since=at)
        case Engaged():
            return replace(partner, status=Status.ENGAGED)
        case Signed(agreement_ref, until):
            return replace(partner, status=Status.UNDER_AGREEMENT, agreement_ref=agreement_ref, until=until)
        case AgreementOver():
            return replace(partner, status=Status.ENGAGED, agreement_ref="", until=None)
        case PartnerOver(why):
            return replace(partner, status=Status.ENDED, ended=why)
        case _:
            assert_never(event)


def due(partner: Partner) -> set[Deadline]:
    """The end of the agreement."""
    return {Deadline("agreement", start_of(partner.until))} if partner.until and partner.status is Status.UNDER_AGREEMENT else set()
