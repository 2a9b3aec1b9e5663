"""A training: proposed to units, also because of what audit found there; then scheduled, given, and counted."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import assert_never
from uuid import UUID

from cg_kit.pure import Deadline, Due, Refused
from cg_kit.pure.terms import day_of


class Status(StrEnum):
    """Where a training stands."""

    NEW = "NEW"
    PROPOSED = "PROPOSED"
    SCHEDULED = "SCHEDULED"
    COMPLETED = "COMPLETED"
    CANCELLED = "CANCELLED"


@dataclass(frozen=True, slots=True)
class Training:
    """A training as it stands; `finding_id`: what audit raised, where it began with that."""

    status: Status = Status.NEW
    topic_code: str = ""
    unit_ids: tuple[UUID, ...] = ()
    finding_id: UUID | None = None
    planned_on: date | None = None
    capacity: int = 0
    attended: int | None = None


NEW = Training()


@dataclass(frozen=True, slots=True)
class Propose:
    """A training is proposed to units."""

    topic_code: str
    unit_ids: tuple[UUID, ...]
    finding_id: UUID | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Schedule:
    """It takes place on a day, for so many."""

    unit_ids: tuple[UUID, ...]
    planned_on: date
    capacity: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Complete:
    """It was given to so many."""

    attended: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Cancel:
    """It does not take place."""

    reason_code: str
    at: datetime


Command = Propose | Schedule | Complete | Cancel | Due


@dataclass(frozen=True, slots=True)
class TrainingProposed:
    """These units are offered a training."""

    topic_code: str
    unit_ids: tuple[UUID, ...]
    finding_id: UUID | None
    at: datetime


@dataclass(frozen=True, slots=True)
class TrainingScheduled:
    """It takes place on this day."""

    topic_code: str
    unit_ids: tuple[UUID, ...]
    planned_on: date
    capacity: int
    at: datetime


@dataclass(frozen=True, slots=True)
class TrainingCompleted:
    """It was given."""

    topic_code: str
    unit_ids: tuple[UUID, ...]
    attended: int
    at: datetime


@dataclass(frozen=True, slots=True)
class TrainingCancelled:
    """It does not take place."""

    reason_code: str
    at: datetime


Event = TrainingProposed | TrainingScheduled | TrainingCompleted | TrainingCancelled


def decide(training: Training, command: Command) -> list[Event] | Refused:
    """What a command makes of a training."""
    match training.status, command:
        case _, Due():
            return []
        case Status.NEW, Propose(topic_code, unit_ids, finding_id, at):
            return [TrainingProposed(topic_code, unit_ids, finding_id, at)] if unit_ids else Refused("INT-UNITS", "unit_ids")
        case _, Propose():
            return []
        case Status.NEW, _:
            return Refused("NOT-FOUND", "training_id")
        case ((Status.PROPOSED | Status.SCHEDULED), Schedule(unit_ids, planned_on, capacity, at)):
            if planned_on < day_of(at):
                return Refused("INT-PAST", "planned_on")
            if (unit_ids, planned_on, capacity) == (training.unit_ids, training.planned_on, training.capacity):
                return []
            return [TrainingScheduled(training.topic_code, unit_ids, planned_on, capacity, at)] if unit_ids else Refused("INT-UNITS", "unit_ids")
        case Status.SCHEDULED, Complete(attended, at):
            assert training.planned_on
            if day_of(at) < training.planned_on:
                return Refused("INT-PAST", "planned_on")
            if attended > training.capacity:
                return Refused("INT-CAPACITY", "attended")
            return [TrainingCompleted(training.topic_code, training.unit_ids, attended, at)]
        case ((Status.PROPOSED | Status.SCHEDULED), Cancel(reason_code, at)):
            return [TrainingCancelled(reason_code, at)]
        case Status.CANCELLED, Cancel():
            return []
        case _:
            return Refused("INT-STATE")


def evolve(training: Training, event: Event) -> Training:
    """The training after an event."""
    match event:
        case TrainingProposed(topic_code, unit_ids, finding_id):
            return Training(Status.PROPOSED, topic_code, unit_ids, finding_id)
        case TrainingScheduled(_, unit_ids, planned_on, capacity):
            return replace(training, status=Status.SCHEDULED, unit_ids=unit_ids, planned_on=planned_on, capacity=capacity)
        case TrainingCompleted(attended=attended):
            return replace(training, status=Status.COMPLETED, attended=attended)
        case TrainingCancelled():
            return replace(training, status=Status.CANCELLED)
        case _:
            assert_never(event)


def due(_training: Training) -> set[Deadline]:
    """No deadline runs."""
    return set()
