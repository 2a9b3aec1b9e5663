"""A clearance on its way to the security authority: handed in by the security officer, examined and centralised by the clerk, sent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import assert_never
from uuid import UUID

from cg_contracts.levels import Level
from cg_contracts.screening import Scope
from cg_kit.pure import Refused
from services.screening.domain.case.state import Case, Status
from services.screening.domain.regime import Terms


@dataclass(frozen=True, slots=True)
class Submit:
    """The security officer hands the application in at the CG."""

    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class Examine:
    """The clerk says what is missing from the application; nothing missing: it is complete and centralised."""

    missing: tuple[str, ...]
    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class Transmit:
    """The clerk sends the application to the security authority."""

    by: UUID
    at: datetime


Command = Submit | Examine | Transmit


@dataclass(frozen=True, slots=True)
class Submitted:
    """The application is at the CG."""

    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class FoundIncomplete:
    """The application goes back to the security officer; no term runs."""

    missing: tuple[str, ...]
    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class FoundComplete:
    """The application is complete, and centralised with those of the integrated police."""

    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class SentToAuthority:
    """The application leaves for the security authority; all that the application needs to know of the case."""

    person_id: UUID
    request_id: UUID
    requester_ref: str
    level: Level
    regime_id: str
    terms: Terms
    by: UUID
    at: datetime
    scopes: tuple[Scope, ...] = ()
    renews: UUID | None = None


Event = Submitted | FoundIncomplete | FoundComplete | SentToAuthority


def decide(case: Case, command: Command) -> Sequence[Event] | Refused:
    """What is incomplete goes back, and no term runs; what is complete is sent."""
    match case.status, command:
        case Status.WITH_SECURITY_OFFICER, Submit() if case.person_data is None:
            return Refused("SCR-INCOMPLETE", "person_data")
        case Status.WITH_SECURITY_OFFICER, Submit(by, at):
            return [Submitted(by, at)]
        case Status.AT_CG, Examine((), by, at):
            return [FoundComplete(by, at)]
        case Status.AT_CG, Examine(missing, by, at):
            return [FoundIncomplete(missing, by, at)]
        case Status.AT_CG, Transmit():
            return Refused("SCR-INCOMPLETE")
        case Status.CENTRALISED, Transmit(by, at):
            assert case.person_id
            assert case.request_id
            assert case.level
            assert case.terms
            return [
                SentToAuthority(case.person_id, case.request_id, case.requester_ref, case.level, case.regime_id, case.terms, by, at, case.scopes, case.renews)
            ]
        case _:
            return Refused("SCR-STATE")


def evolve(case: Case, event: Event) -> Case:
    """The case with where its application is."""
    match event:
        case Submitted():
            return replace(case, status=Status.AT_CG, missing=())
        case FoundIncomplete(missing):
            return replace(case, status=Status.WITH_SECURITY_OFFICER, missing=missing)
        case FoundComplete():
            return replace(case, status=Status.CENTRALISED)
        case SentToAuthority():
            return replace(case, status=Status.TRANSMITTED)
        case _:
            assert_never(event)
