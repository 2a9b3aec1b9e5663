"""Who handles a case, and the names and numbers with which they do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import assert_never
from uuid import UUID

from cg_contracts.screening import ScreeningKind as Kind
from cg_kit.pure import Refused
from services.screening.domain.case import verification
from services.screening.domain.case.state import UNDECIDED, Case, Status


class Tie(StrEnum):
    """Why somebody may not handle a case (SCR-3)."""

    PARTNER = "partner"
    COLLEAGUE = "colleague"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Designate:
    """The head of service puts officers on the case: from now on they need to know."""

    officers: tuple[UUID, ...]
    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class Exclude:
    """Somebody may not handle the case, because of a tie with the person."""

    officer: UUID
    tie: Tie
    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class EnterPerson:
    """A security officer has entered names and numbers in the vault; `cohabitants`: whether they name people who live with the person."""

    person_data: UUID
    cohabitants: bool
    by: UUID
    at: datetime


Command = Designate | Exclude | EnterPerson


@dataclass(frozen=True, slots=True)
class OfficersDesignated:
    """These officers need to know."""

    officers: tuple[UUID, ...]
    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class OfficerExcluded:
    """This officer may not handle the case."""

    officer: UUID
    tie: Tie
    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class PersonEntered:
    """Names and numbers are in the vault."""

    person_data: UUID
    by: UUID
    at: datetime


Event = OfficersDesignated | OfficerExcluded | PersonEntered


def decide(case: Case, command: Command) -> Sequence[Event | verification.Event] | Refused:
    """Nobody with a tie handles the case (SCR-3); once the person is known by name and has agreed, the sources are asked."""
    match case.status, command:
        case _, Designate(officers) if case.person_id in officers or set(officers) & set(case.excluded):
            return Refused("SCR-3", "officers")
        case _, Designate(officers, by, at):
            added = tuple(officer for officer in dict.fromkeys(officers) if officer not in case.officers)
            return [OfficersDesignated(added, by, at)] if added else []
        case _, Exclude(officer, tie, by, at):
            return [] if officer in case.excluded else [OfficerExcluded(officer, tie, by, at)]
        case _, EnterPerson(cohabitants=True) if case.kind is not Kind.CLEARANCE:
            return Refused("SCR-8", "cohabitants")
        case status, EnterPerson(data) if status in UNDECIDED and data == case.person_data:
            return []
        case Status.INCOMPLETE, EnterPerson(data, _, by, at):
            return [PersonEntered(data, by, at), *verification.started(case, data, at)]
        case status, EnterPerson(data, _, by, at) if status in UNDECIDED:
            return [PersonEntered(data, by, at)]
        case _:
            return Refused("SCR-STATE")


def evolve(case: Case, event: Event) -> Case:
    """The case with who handles it."""
    match event:
        case OfficersDesignated(officers):
            return replace(case, officers=case.officers + officers)
        case OfficerExcluded(officer):
            return replace(case, excluded=(*case.excluded, officer), officers=tuple(o for o in case.officers if o != officer))
        case PersonEntered(data):
            return replace(case, person_data=data)
        case _:
            assert_never(event)
