"""An event for which many are screened at once: its place and period, who is asked for, and who handles their cases."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import assert_never
from uuid import UUID

from cg_contracts.screening import ScreeningKind as Kind
from cg_kit.pure import Deadline, Due, Refused
from cg_kit.pure.terms import day_of
from services.screening.domain.case import Occasion, Signed
from services.screening.domain.regime import regime_on

MOST = 2000
"""Persons that one event can have; a larger one is planned as several (a choice of this house: its row holds them all)."""


class Status(StrEnum):
    """Whether persons can be asked for."""

    NEW = "NEW"
    PLANNED = "PLANNED"
    CALLED_OFF = "CALLED_OFF"


@dataclass(frozen=True, slots=True)
class Invited:
    """Somebody who is to be screened for the event; names and numbers lie in the vault, a consent on paper in the unit's archive."""

    person_id: UUID
    person_data: UUID | None = None
    signed: Signed | None = None


@dataclass(frozen=True, slots=True)
class Gathering:
    """An event as it stands. Where its cases stand, the cases say."""

    status: Status = Status.NEW
    kind: Kind | None = None
    purpose: str = ""
    occasion: Occasion | None = None
    persons: tuple[UUID, ...] = ()
    officers: tuple[UUID, ...] = ()
    planned_by: UUID | None = None
    planned_at: datetime | None = None


NEW = Gathering()


# Commands


@dataclass(frozen=True, slots=True)
class Plan:
    """Somebody says where and when the event is; the instrument follows from the law of the day."""

    occasion: Occasion
    purpose: str
    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class Invite:
    """These persons are to be screened for it."""

    invited: tuple[Invited, ...]
    at: datetime


@dataclass(frozen=True, slots=True)
class Designate:
    """The head of service says who handles all cases of the event, those to come too."""

    officers: tuple[UUID, ...]
    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class CallOff:
    """The event does not take place."""

    by: UUID
    at: datetime


Command = Plan | Invite | Designate | CallOff | Due


# Events


@dataclass(frozen=True, slots=True)
class Planned:
    """Persons can be asked for, with this instrument."""

    kind: Kind
    occasion: Occasion
    purpose: str
    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class PersonsInvited:
    """A case is to be opened for each of these, handled by these officers."""

    invited: tuple[Invited, ...]
    kind: Kind
    occasion: Occasion
    purpose: str
    officers: tuple[UUID, ...]
    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class TeamDesignated:
    """These officers handle the cases of all of these persons."""

    officers: tuple[UUID, ...]
    persons: tuple[UUID, ...]
    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class EventCalledOff:
    """The cases of these persons are not needed."""

    persons: tuple[UUID, ...]
    at: datetime


Event = Planned | PersonsInvited | TeamDesignated | EventCalledOff


def decide(gathering: Gathering, command: Command) -> list[Event] | Refused:
    """What a command makes of an event."""
    match gathering.status, command:
        case _, Due():
            return []
        case Status.NEW, Plan():
            return planning(command)
        case Status.NEW, _:
            return Refused("NOT-FOUND", "event_id")
        case _, Plan(occasion, purpose):
            return [] if (occasion, purpose) == (gathering.occasion, gathering.purpose) else Refused("SCR-REQUEST", "event_id")
        case Status.CALLED_OFF, CallOff():
            return []
        case Status.CALLED_OFF, _:
            return Refused("SCR-STATE")
        case _, Invite():
            return inviting(gathering, command)
        case _, Designate(officers, by, at):
            added = tuple(officer for officer in dict.fromkeys(officers) if officer not in gathering.officers)
            return [TeamDesignated(added, gathering.persons, by, at)] if added else []
        case _, CallOff(_, at):
            return [EventCalledOff(gathering.persons, at)]
        case _:
            return Refused("SCR-STATE")


def planning(plan: Plan) -> list[Event] | Refused:
    """A certificate where the law of the day still has it, an advice elsewhere; for an event to come."""
    regime = regime_on(day_of(plan.at))
    if regime is None:
        return Refused("SCR-REGIME")
    if plan.occasion.ends_at <= plan.occasion.starts_at:
        return Refused("SCR-OCCASION", "ends_at")
    if plan.at >= plan.occasion.starts_at:
        return Refused("SCR-EVENT", "starts_at")
    kind = Kind.CERTIFICATE if Kind.CERTIFICATE in regime.open else Kind.ADVICE
    return [Planned(kind, plan.occasion, plan.purpose, plan.by, plan.at)]


def inviting(gathering: Gathering, invite: Invite) -> list[Event] | Refused:
    """Each person once, and before the event begins."""
    assert gathering.kind
    assert gathering.occasion
    assert gathering.planned_by
    if invite.at >= gathering.occasion.starts_at:
        return Refused("SCR-EVENT", "event_id")
    new = tuple({each.person_id: each for each in invite.invited if each.person_id not in gathering.persons}.values())
    if len(gathering.persons) + len(new) > MOST:
        return Refused("SCR-EVENT-SIZE", "persons")
    if not new:
        return []
    return [PersonsInvited(new, gathering.kind, gathering.occasion, gathering.purpose, gathering.officers, gathering.planned_by, invite.at)]


def evolve(gathering: Gathering, event: Event) -> Gathering:
    """The event after an event."""
    match event:
        case Planned(kind, occasion, purpose, by, at):
            return Gathering(Status.PLANNED, kind, purpose, occasion, planned_by=by, planned_at=at)
        case PersonsInvited(invited):
            return replace(gathering, persons=gathering.persons + tuple(each.person_id for each in invited))
        case TeamDesignated(officers):
            return replace(gathering, officers=gathering.officers + officers)
        case EventCalledOff():
            return replace(gathering, status=Status.CALLED_OFF)
        case _:
            assert_never(event)


def due(_gathering: Gathering) -> set[Deadline]:
    """No deadline runs for an event: its start is a hard stop in each of its cases."""
    return set()
