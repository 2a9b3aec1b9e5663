"""One line of a file from a zone or directorate: kept with what is missing until it is complete, and only then a request whose term runs."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import assert_never
from uuid import UUID

from cg_contracts.levels import Level
from cg_contracts.screening import Scope
from cg_contracts.screening import ScreeningKind as Kind
from cg_kit.pure import Deadline, Due, Refused
from cg_kit.pure.terms import day_of
from services.screening.domain import case
from services.screening.domain.case import SELF, Signed


class Status(StrEnum):
    """Where a line stands. No term runs before it is submitted."""

    NEW = "NEW"
    INCOMPLETE = "INCOMPLETE"
    SUBMITTED = "SUBMITTED"
    DROPPED = "DROPPED"


class Wanted(StrEnum):
    """What a line asks for; for an event the instrument follows from the law of the day."""

    ADVICE = "advice"
    CLEARANCE = "clearance"
    EVENT = "event"


class Signer(StrEnum):
    """Who has signed the questionnaire of an application for a clearance."""

    PERSON = "person"
    PARTNER = "partner"
    OFFICER = "officer"


PERSON = ("given", "family", "birth_date", "national_number")
CHECKLIST: dict[Wanted, tuple[str, ...]] = {
    Wanted.ADVICE: (*PERSON, "purpose", "needed_by"),
    Wanted.CLEARANCE: (*PERSON, "purpose", "needed_by", "level", "post_id", "signed_by_person", "signed_by_officer"),
    Wanted.EVENT: (*PERSON, "event_id"),
}
"""What each kind of line needs before it leaves (the security authority's page on a first application; for an advice and an event a choice of this house)."""


@dataclass(frozen=True, slots=True)
class Row:
    """What a line says, without the person: of names and numbers only which of them are there."""

    wanted: Wanted
    personal: tuple[str, ...] = ()
    purpose: str | None = None
    needed_by: date | None = None
    level: Level | None = None
    scopes: tuple[Scope, ...] = ()
    post_id: UUID | None = None
    signers: tuple[Signer, ...] = ()
    event_id: UUID | None = None
    consent: Signed | None = None


@dataclass(frozen=True, slots=True)
class Draft:
    """A line as it stands; `person_data` is the vault's entry."""

    status: Status = Status.NEW
    unit_id: UUID | None = None
    reference: str = ""
    person_id: UUID | None = None
    row: Row | None = None
    person_data: UUID | None = None
    missing: tuple[str, ...] = ()
    entered_at: datetime | None = None
    case_id: UUID | None = None


NEW = Draft()


# Commands


@dataclass(frozen=True, slots=True)
class Enter:
    """A security officer sends the line, for the first time or mended; `case_id` is the case that it opens once it is complete."""

    unit_id: UUID
    reference: str
    case_id: UUID
    person_id: UUID
    row: Row
    person_data: UUID | None
    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class Drop:
    """The line is not needed."""

    at: datetime


Command = Enter | Drop | Due


# Events


@dataclass(frozen=True, slots=True)
class Entered:
    """The line is kept, with what is missing."""

    unit_id: UUID
    reference: str
    case_id: UUID
    person_id: UUID
    row: Row
    person_data: UUID | None
    missing: tuple[str, ...]
    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class Completed:
    """Nothing is missing: this is asked, and from now on a term may run. For an event the event asks."""

    case_id: UUID
    request: case.Request
    event_id: UUID | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Dropped:
    """The line is not needed."""

    at: datetime


Event = Entered | Completed | Dropped


def decide(draft: Draft, command: Command) -> list[Event] | Refused:
    """What a command makes of a line."""
    match draft.status, command:
        case _, Due():
            return []
        case ((Status.NEW | Status.INCOMPLETE), Enter()):
            return entering(command)
        case Status.SUBMITTED, Enter() if same(draft, command):
            return []
        case _, Enter():
            return Refused("SCR-DRAFT", "reference")
        case Status.INCOMPLETE, Drop(at):
            return [Dropped(at)]
        case Status.DROPPED, Drop():
            return []
        case Status.NEW, Drop():
            return Refused("NOT-FOUND")
        case _:
            return Refused("SCR-DRAFT")


def entering(enter: Enter) -> list[Event] | Refused:
    """Kept while something is missing; complete, it is asked for, if the law of the day has it."""
    missing = lacks(enter.row)
    entered = Entered(enter.unit_id, enter.reference, enter.case_id, enter.person_id, enter.row, enter.person_data, missing, enter.by, enter.at)
    if missing:
        return [entered]
    request = asked(enter)
    if enter.row.wanted is not Wanted.EVENT and isinstance(refused := case.opening(request), Refused):
        return refused
    return [entered, Completed(enter.case_id, request, enter.row.event_id, enter.at)]


def lacks(row: Row) -> tuple[str, ...]:
    """What the checklist of its kind still misses."""
    there = {*row.personal, *(f"signed_by_{signer}" for signer in row.signers)}
    there |= {name for name in ("purpose", "needed_by", "level", "post_id", "event_id") if getattr(row, name) is not None}
    return tuple(name for name in CHECKLIST[row.wanted] if name not in there)


def asked(enter: Enter) -> case.Request:
    """The request that a complete line makes, in this house's own name; nothing of the file stands on it."""
    row = enter.row
    kind = Kind.CLEARANCE if row.wanted is Wanted.CLEARANCE else Kind.ADVICE
    needed_by = row.needed_by or day_of(enter.at)
    return case.Request(
        enter.case_id,
        f"draft:{enter.case_id}",
        SELF,
        kind,
        row.purpose or "event_access",
        enter.person_id,
        row.level,
        needed_by,
        enter.person_data,
        enter.at,
        row.scopes,
        signed=row.consent,
    )


def same(draft: Draft, enter: Enter) -> bool:
    """Whether the line says again what was submitted, as far as it is not in the vault."""
    return (draft.row, draft.person_id) == (enter.row, enter.person_id)


def evolve(draft: Draft, event: Event) -> Draft:
    """The line after an event."""
    match event:
        case Entered():
            return Draft(
                Status.INCOMPLETE,
                event.unit_id,
                event.reference,
                event.person_id,
                event.row,
                event.person_data,
                event.missing,
                event.at,
                event.case_id,
            )
        case Completed():
            return replace(draft, status=Status.SUBMITTED)
        case Dropped():
            return replace(draft, status=Status.DROPPED)
        case _:
            assert_never(event)


def due(_draft: Draft) -> set[Deadline]:
    """A line that is not complete starts no term."""
    return set()
