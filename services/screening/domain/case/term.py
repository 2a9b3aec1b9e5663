"""The term for deciding: it runs, stands still for a listed reason, runs again, and passes without a decision (SCR-6)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import assert_never
from uuid import UUID

from cg_kit.pure import Deadline, Refused
from cg_kit.pure.terms import day_of, start_of
from services.screening.domain.case.state import UNDECIDED, Case, Suspension
from services.screening.domain.regime import LONGEST_SUSPENSION, SUSPENSIONS, end_of_term, last_day


@dataclass(frozen=True, slots=True)
class Suspend:
    """The head of service lets the term for deciding stand still until a day, for a reason that the rules list."""

    reason_code: str
    until: date
    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class Resume:
    """The head of service lets the term run again before that day."""

    by: UUID
    at: datetime


Command = Suspend | Resume


@dataclass(frozen=True, slots=True)
class TermSuspended:
    """The term for deciding stands still, until then at the latest."""

    reason_code: str
    until: datetime
    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class TermResumed:
    """The term runs again, and ends later by as many days as it stood still."""

    decision_due_at: datetime
    by: UUID | None
    at: datetime


@dataclass(frozen=True, slots=True)
class DecisionOverdue:
    """The term for deciding ended without a decision; the person may appeal until then (exclusive)."""

    at: datetime
    appeal_until: datetime


Event = TermSuspended | TermResumed | DecisionOverdue


def decide(case: Case, command: Command) -> Sequence[Event] | Refused:
    """It stands still while it runs and is not late; it runs again when somebody says so, or on its day."""
    match command:
        case Suspend() if case.status in UNDECIDED and case.late_at is None and case.decision_due_at:
            return suspending(case, command)
        case Suspend():
            return Refused("SCR-SUSPEND")
        case Resume(by, at):
            return [TermResumed(resumed_due(case, at), by, at)] if suspended(case) else []
        case _:
            assert_never(command)


def fall_due(case: Case, name: str, at: datetime) -> list[Event]:
    """The day until which it stood still has come, or its last day is over: then an appeal is open."""
    if name == "resume":
        return [TermResumed(resumed_due(case, at), None, at)] if suspended(case) else []
    if case.status not in UNDECIDED or case.late_at is not None:
        return []
    assert case.terms
    return [DecisionOverdue(at, end_of_term(case.terms.appeal, last_day(at)))]


def suspended(case: Case) -> Suspension | None:
    """The suspension that runs, if the case is still to be decided."""
    last = case.suspensions[-1] if case.suspensions else None
    return last if last and last.resumed_at is None and case.status in UNDECIDED else None


def suspending(case: Case, suspend: Suspend) -> list[Event] | Refused:
    """For a listed reason, until a day to come."""
    if suspended(case):
        return Refused("SCR-SUSPEND")
    if suspend.reason_code not in SUSPENSIONS:
        return Refused("SCR-SUSPEND", "reason_code")
    if not day_of(suspend.at) < suspend.until <= last_day(end_of_term(LONGEST_SUSPENSION, day_of(suspend.at))):
        return Refused("SCR-SUSPEND", "until")
    return [TermSuspended(suspend.reason_code, start_of(suspend.until), suspend.by, suspend.at)]


def stood_still(case: Case, at: datetime) -> int:
    """The days on which the term stood still, up to this instant."""
    return sum((day_of(each.resumed_at or at) - day_of(each.since)).days for each in case.suspensions)


def resumed_due(case: Case, at: datetime) -> datetime:
    """When the term ends that runs again from now on: its raw end moves by the days it stood still, then the rule for weekends and holidays applies."""
    assert case.terms
    assert case.terms.decision
    assert case.opened_at
    return end_of_term(case.terms.decision, day_of(case.opened_at), stood_still(case, at))


def evolve(case: Case, event: Event) -> Case:
    """The case with its term; the first date is kept."""
    match event:
        case TermSuspended(reason_code, until, _, at):
            return replace(case, suspensions=(*case.suspensions, Suspension(reason_code, at, until)), first_due_at=case.first_due_at or case.decision_due_at)
        case TermResumed(decision_due_at, _, at):
            *earlier, last = case.suspensions
            return replace(case, suspensions=(*earlier, replace(last, resumed_at=at)), decision_due_at=decision_due_at)
        case DecisionOverdue(at, appeal_until):
            return replace(case, late_at=at, appeal_until=appeal_until)
        case _:
            assert_never(event)


def deadlines(case: Case) -> set[Deadline]:
    """Its end, or while it stands still the day on which it runs again."""
    if running := suspended(case):
        return {Deadline("resume", running.until)}
    runs = case.late_at is None and case.status in UNDECIDED
    return {Deadline("decision", case.decision_due_at)} if case.decision_due_at and runs else set()
