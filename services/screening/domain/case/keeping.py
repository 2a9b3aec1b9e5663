"""Until when a case is of use: the need for it ends, a reorganisation touches its post, its file is sealed (SCR-13)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import assert_never

from cg_kit.pure import Deadline
from cg_kit.pure.terms import day_of
from services.screening.domain.case.state import OVER, UNDECIDED, Case
from services.screening.domain.impact import Touch, noted
from services.screening.domain.regime import end_of_term


@dataclass(frozen=True, slots=True)
class EndNeed:
    """The assignment for which the screening was asked has ended."""

    at: datetime


@dataclass(frozen=True, slots=True)
class TouchBy:
    """A reorganisation touches the post that this is for."""

    touch: Touch


@dataclass(frozen=True, slots=True)
class Seal:
    """The retention of what the case led to has ended."""

    at: datetime


Command = EndNeed | TouchBy | Seal


@dataclass(frozen=True, slots=True)
class NeedEnded:
    """What the screening was asked for is over."""

    at: datetime


@dataclass(frozen=True, slots=True)
class CaseTouched:
    """The case is open, and its post touched by a reorganisation."""

    touch: Touch


@dataclass(frozen=True, slots=True)
class Sealed:
    """The file is closed to everybody; what it holds of the person waits to be destroyed (SCR-13)."""

    at: datetime


Event = NeedEnded | CaseTouched | Sealed


def decide(case: Case, command: Command) -> Sequence[Event]:
    """Each is noted once."""
    match command:
        case EndNeed(at):
            return [] if case.need_ended_at else [NeedEnded(at)]
        case TouchBy(touch):
            return [CaseTouched(touch)] if case.status in UNDECIDED and touch not in case.touched else []
        case Seal(at):
            return fall_due(case, at)
        case _:
            assert_never(command)


def fall_due(case: Case, at: datetime) -> list[Event]:
    """The retention has ended."""
    return [] if case.sealed_at else [Sealed(at)]


def evolve(case: Case, event: Event) -> Case:
    """The case with what became of its use."""
    match event:
        case NeedEnded(at):
            return replace(case, need_ended_at=at)
        case CaseTouched(touch):
            return replace(case, touched=noted(case.touched, touch))
        case Sealed(at):
            return replace(case, sealed_at=at)
        case _:
            assert_never(event)


def deadlines(case: Case) -> set[Deadline]:
    """The end of its retention, once it is over."""
    if case.status not in OVER or case.sealed_at or case.terms is None or case.over_at is None:
        return set()
    return {Deadline("seal", end_of_term(case.terms.retention, day_of(last_use(case, case.over_at))))}


def last_use(case: Case, over_at: datetime) -> datetime:
    """The instant from which on the file is of no more use: all is over, and a positive advice does not count any more."""
    return max(over_at, case.decision.valid_until) if case.decision and case.decision.valid_until else over_at
