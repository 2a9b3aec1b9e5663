"""What screening says of a person for a post, and what it means for the assignment (ORG-3): late is never positive, and nothing comes back by itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import assert_never
from uuid import UUID

from cg_contracts.levels import Level
from cg_contracts.org import Sensitivity
from cg_kit.pure import Refused
from services.org.domain.post import access, holding
from services.org.domain.post.fitness import clearance, enough, is_fit
from services.org.domain.post.holding import Confirmed, Rejected, suspending
from services.org.domain.post.state import Advice, Assignment, Clearance, Post, Standing


@dataclass(frozen=True, slots=True)
class NoteCase:
    """Screening has opened a case."""

    assignment_id: UUID
    case_id: UUID
    due_at: datetime | None


@dataclass(frozen=True, slots=True)
class NoteApplication:
    """Screening has sent the application for a clearance to the security authority."""

    assignment_id: UUID
    case_id: UUID
    application_id: UUID
    due_at: datetime


@dataclass(frozen=True, slots=True)
class NoteTerm:
    """The term for deciding ends at another instant than was said."""

    assignment_id: UUID
    due_at: datetime


@dataclass(frozen=True, slots=True)
class NoteLate:
    """The term for deciding ended without a decision."""

    assignment_id: UUID
    due_at: datetime


@dataclass(frozen=True, slots=True)
class Reject:
    """Screening says no, or that no decision will come."""

    assignment_id: UUID
    reason_code: str
    at: datetime


@dataclass(frozen=True, slots=True)
class TakeAdvice:
    """Screening gives a positive advice."""

    assignment_id: UUID
    advice: Advice
    at: datetime


@dataclass(frozen=True, slots=True)
class LoseAdvice:
    """An advice no longer counts."""

    assignment_id: UUID
    case_id: UUID
    at: datetime
    reason_code: str = "advice_expired"


@dataclass(frozen=True, slots=True)
class NoteAppeal:
    """The appeal body gives the person right about what the assignment was rejected or suspended for."""

    assignment_id: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class TakeClearance:
    """The security authority has granted a clearance; it is of use after the briefing."""

    assignment_id: UUID
    clearance_id: UUID
    level: Level
    expires_at: datetime
    at: datetime


@dataclass(frozen=True, slots=True)
class Brief:
    """The person was briefed on a clearance."""

    assignment_id: UUID
    clearance_id: UUID
    given_at: datetime
    at: datetime


@dataclass(frozen=True, slots=True)
class LoseClearance:
    """A clearance is gone (`remaining` none), or lowered to `remaining`."""

    assignment_id: UUID
    clearance_id: UUID
    remaining: Level | None
    reason_code: str
    at: datetime


Command = NoteCase | NoteApplication | NoteTerm | NoteLate | Reject | TakeAdvice | LoseAdvice | NoteAppeal | TakeClearance | Brief | LoseClearance


@dataclass(frozen=True, slots=True)
class CaseNoted:
    """Screening's case is known."""

    assignment_id: UUID
    case_id: UUID
    due_at: datetime | None


@dataclass(frozen=True, slots=True)
class ApplicationNoted:
    """The application for a clearance is known."""

    assignment_id: UUID
    case_id: UUID
    application_id: UUID
    due_at: datetime


@dataclass(frozen=True, slots=True)
class TermNoted:
    """It is decided before this instant, or said to be late."""

    assignment_id: UUID
    due_at: datetime


@dataclass(frozen=True, slots=True)
class LateNoted:
    """No decision in time. Late is not positive: nothing else changes."""

    assignment_id: UUID
    due_at: datetime


@dataclass(frozen=True, slots=True)
class AdviceTaken:
    """A positive advice is there."""

    assignment_id: UUID
    person_id: UUID
    advice: Advice


@dataclass(frozen=True, slots=True)
class AdviceLapsed:
    """The advice no longer counts."""

    assignment_id: UUID


@dataclass(frozen=True, slots=True)
class AppealWon:
    """The appeal was founded. Nothing comes back by itself: who appoints may ask again, or lift the suspension once the ground is there."""

    assignment_id: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class ClearanceTaken:
    """A clearance is there, not yet of use."""

    assignment_id: UUID
    clearance: Clearance


@dataclass(frozen=True, slots=True)
class BriefingNoted:
    """The clearance can be used."""

    assignment_id: UUID
    clearance_id: UUID
    given_at: datetime


@dataclass(frozen=True, slots=True)
class ClearanceLapsed:
    """The clearance is gone, or lower."""

    assignment_id: UUID
    clearance_id: UUID
    remaining: Level | None


Event = CaseNoted | ApplicationNoted | TermNoted | LateNoted | AdviceTaken | AdviceLapsed | AppealWon | ClearanceTaken | BriefingNoted | ClearanceLapsed
Following = holding.Event | access.Event
"""What may follow for the assignment."""


def decide(post: Post, it: Assignment, command: Command) -> Sequence[Event | Following] | Refused:
    """Each is noted once. A positive answer confirms who waits for it; a loss rejects, or suspends at once."""
    match it.standing, command:
        case _, NoteCase(_, case_id) if it.case_id == case_id:
            return []
        case Standing.SCREENING_PENDING, NoteCase(_, case_id, due_at):
            return [CaseNoted(it.id, case_id, due_at)]
        case _, NoteApplication(_, _, application_id) if it.application_id == application_id:
            return []
        case Standing.SCREENING_PENDING, NoteApplication(_, case_id, application_id, due_at):
            return [ApplicationNoted(it.id, case_id, application_id, due_at)]
        case Standing.SCREENING_PENDING, NoteTerm(_, due_at):
            return [] if due_at == it.decision_due_at else [TermNoted(it.id, due_at)]
        case _, NoteTerm():
            return []  # what runs after a decision is for screening alone
        case _, NoteLate(_, due_at) if it.missed_due_at == due_at:
            return []
        case Standing.SCREENING_PENDING, NoteLate(_, due_at):
            return [LateNoted(it.id, due_at)]  # never positive by silence
        case Standing.SCREENING_PENDING, Reject(_, reason_code, at):
            return [Rejected(it.id, it.person_id, reason_code, at)]
        case Standing.REJECTED, Reject():
            return []
        case _, TakeAdvice(_, advice) if it.advice == advice:
            return []
        case _, TakeAdvice() if post.seat is None or post.seat.sensitivity is not Sensitivity.ADVICE_REQUIRED:
            return Refused("ORG-3")  # an advice is no clearance
        case Standing.SCREENING_PENDING, TakeAdvice(_, advice, at):
            return confirmed_if_fit(post, it, AdviceTaken(it.id, it.person_id, advice), "advice_positive", at)
        case ((Standing.CONFIRMED | Standing.ACTIVE | Standing.SUSPENDED), TakeAdvice(_, advice)):
            return [AdviceTaken(it.id, it.person_id, advice)]
        case _, LoseAdvice(_, case_id, at, reason_code):
            if it.advice is None or it.advice.case_id != case_id:
                return []
            return after_loss(post, it, AdviceLapsed(it.id), reason_code, at)
        case ((Standing.REJECTED | Standing.SUSPENDED), NoteAppeal(_, at)):
            return [] if it.appeal_won_at else [AppealWon(it.id, at)]
        case _, NoteAppeal():
            return []
        case _, TakeClearance(_, clearance_id) if clearance(it, clearance_id):
            return []
        case Standing.SCREENING_PENDING, TakeClearance(_, clearance_id, level, expires_at, at):
            taken = ClearanceTaken(it.id, Clearance(clearance_id, level, expires_at))
            return [taken] if enough(post, level) else [taken, Rejected(it.id, it.person_id, "clearance_level_too_low", at)]
        case ((Standing.CONFIRMED | Standing.ACTIVE | Standing.SUSPENDED), TakeClearance(_, clearance_id, level, expires_at, _)):
            return [ClearanceTaken(it.id, Clearance(clearance_id, level, expires_at))]
        case _, Brief(_, clearance_id) if clearance(it, clearance_id) is None:
            return Refused("ORG-CLEARANCE", "clearance_id")
        case _, Brief(_, clearance_id) if _briefed(it, clearance_id):
            return []
        case Standing.SCREENING_PENDING, Brief(_, clearance_id, given_at, at):
            return confirmed_if_fit(post, it, BriefingNoted(it.id, clearance_id, given_at), "clearance_granted", at)
        case ((Standing.CONFIRMED | Standing.ACTIVE | Standing.SUSPENDED), Brief(_, clearance_id, given_at, _)):
            return [BriefingNoted(it.id, clearance_id, given_at)]  # after a suspension a person re-activates
        case _, LoseClearance(_, clearance_id, remaining, reason_code, at):
            lost = clearance(it, clearance_id)
            if lost is None or lost.level == remaining:
                return []
            return after_loss(post, it, ClearanceLapsed(it.id, clearance_id, remaining), reason_code, at)
        case _:
            return Refused("ORG-STATE")


def confirmed_if_fit(post: Post, it: Assignment, ground: AdviceTaken | BriefingNoted, reason_code: str, at: datetime) -> list[Event | Following] | Refused:
    """Confirmed by itself once the ground is there, unless it has lapsed meanwhile or is not enough."""
    return [ground, Confirmed(it.id, reason_code, at)] if is_fit(post, evolve(it, ground), at) else Refused("ORG-3")


def after_loss(post: Post, it: Assignment, loss: AdviceLapsed | ClearanceLapsed, reason_code: str, at: datetime) -> list[Event | Following]:
    """The loss, with what it means for the assignment and at once for its access."""
    after = evolve(it, loss)
    match after.standing:
        case Standing.SCREENING_PENDING:
            return [loss, Rejected(it.id, it.person_id, reason_code, at)]
        case Standing.CONFIRMED | Standing.ACTIVE if not is_fit(post, after, at):
            return [loss, *suspending(post, after, reason_code, at)]
        case _:
            return [loss, *access.suspended(post, after, reason_code, at)]


def _briefed(it: Assignment, clearance_id: UUID) -> bool:
    held = clearance(it, clearance_id)
    return held is not None and held.briefed_at is not None


def evolve(it: Assignment, event: Event) -> Assignment:
    """The assignment with what it rests on."""
    match event:
        case CaseNoted(_, case_id, due_at):
            return replace(it, case_id=case_id, decision_due_at=due_at)
        case ApplicationNoted(_, case_id, application_id, due_at):
            return replace(it, case_id=case_id, application_id=application_id, decision_due_at=due_at)
        case TermNoted(_, due_at):
            return replace(it, decision_due_at=due_at)
        case LateNoted(_, due_at):
            return replace(it, missed_due_at=due_at)
        case AdviceTaken(_, _, advice):
            return replace(it, advice=advice, case_id=advice.case_id)
        case AdviceLapsed():
            return replace(it, advice=None)
        case AppealWon(_, at):
            return replace(it, appeal_won_at=at)
        case ClearanceTaken(_, taken):
            return replace(it, clearances=(*it.clearances, taken))
        case BriefingNoted(_, clearance_id, given_at):
            briefed = (replace(each, briefed_at=given_at) if each.id == clearance_id else each for each in it.clearances)
            return replace(it, clearances=tuple(briefed))
        case ClearanceLapsed(_, clearance_id, None):
            return replace(it, clearances=tuple(each for each in it.clearances if each.id != clearance_id))
        case ClearanceLapsed(_, clearance_id, level):
            lowered = (replace(each, level=level or each.level) if each.id == clearance_id else each for each in it.clearances)
            return replace(it, clearances=tuple(lowered))
        case _:
            assert_never(event)
