"""Somebody who can judge ideas: what they know, and the unit they are in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from cg_kit.pure import Deadline, Due, Refused


@dataclass(frozen=True, slots=True)
class Evaluator:
    """One person; without themes they judge nothing."""

    themes: tuple[str, ...] = ()
    unit_id: UUID | None = None
    since: datetime | None = None


NEW = Evaluator()


@dataclass(frozen=True, slots=True)
class Enlist:
    """An innovation officer says what the person can judge; with no themes, nothing any more."""

    themes: tuple[str, ...]
    unit_id: UUID | None
    by: UUID
    at: datetime


Command = Enlist | Due


@dataclass(frozen=True, slots=True)
class Enlisted:
    """The person can judge this."""

    themes: tuple[str, ...]
    unit_id: UUID | None
    by: UUID
    at: datetime


Event = Enlisted


def decide(evaluator: Evaluator, command: Command) -> list[Event] | Refused:
    """What is said is so, once."""
    match command:
        case Enlist(themes, unit_id, by, at):
            wanted = tuple(sorted(set(themes)))
            return [] if (wanted, unit_id) == (evaluator.themes, evaluator.unit_id) else [Enlisted(wanted, unit_id, by, at)]
        case Due():
            return []


def evolve(_evaluator: Evaluator, event: Event) -> Evaluator:
    """The evaluator after an event."""
    return Evaluator(event.themes, event.unit_id, event.at)


def due(_evaluator: Evaluator) -> set[Deadline]:
    """No clock runs."""
    return set()
