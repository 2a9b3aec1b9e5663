"""What is decided, by somebody who did not prepare it (SCR-3), for how long it holds, and how a positive advice is looked at again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import assert_never
from uuid import UUID

from cg_contracts.screening import Outcome
from cg_kit.pure import Deadline, Refused
from cg_kit.pure.terms import day_of, start_of
from services.screening.domain.case.state import AFTER_DECISION, Assessment, Case, Decision, Status, in_force
from services.screening.domain.regime import years_after


@dataclass(frozen=True, slots=True)
class Assess:
    """An officer prepares the decision."""

    proposal: Outcome
    reasons: UUID | None
    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class Decide:
    """A designated officer decides; without `valid_until` a positive advice holds as long as the regime allows.

    `reasons` hold a full text and a notifiable one, or `withheld` says by a code why the person is told none.
    """

    outcome: Outcome
    valid_until: datetime | None
    reasons: UUID | None
    by: UUID
    at: datetime
    withheld: str | None = None


@dataclass(frozen=True, slots=True)
class Doubt:
    """Something was said of the person that bears on a positive advice."""

    aftercare_id: UUID
    at: datetime


Command = Assess | Decide | Doubt


@dataclass(frozen=True, slots=True)
class Assessed:
    """An officer has prepared the decision."""

    proposal: Outcome
    reasons: UUID | None
    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class Decided:
    """The advice is given."""

    outcome: Outcome
    valid_until: datetime | None
    reasons: UUID | None
    by: UUID
    at: datetime
    withheld: str | None = None


@dataclass(frozen=True, slots=True)
class AdviceExpired:
    """A positive advice no longer counts."""

    at: datetime


@dataclass(frozen=True, slots=True)
class ReassessmentOpened:
    """A positive advice is looked at again; it counts until it is said not to."""

    aftercare_id: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class Reassessed:
    """The advice stays positive or is negative now; without an outcome it ended by itself meanwhile."""

    aftercare_id: UUID
    outcome: Outcome | None
    reasons: UUID | None
    by: UUID | None
    at: datetime
    withheld: str | None = None


Event = Assessed | Decided | AdviceExpired | ReassessmentOpened | Reassessed


def decide(case: Case, command: Command) -> Sequence[Event] | Refused:
    """Prepared once all sources are in, then decided; the same for an advice that is looked at again."""
    match case.status, command:
        case status, Doubt(aftercare_id, at):
            return [ReassessmentOpened(aftercare_id, at)] if status in AFTER_DECISION and in_force(case, at) else []
        case Status.IN_VERIFICATION, Assess():
            return Refused("SCR-CHECKS")
        case Status.ASSESSMENT, Assess(proposal, reasons, by, at):
            return [Assessed(proposal, reasons, by, at)]
        case Status.REASSESSMENT, Assess(proposal, reasons, by, at) if case.assessment is None:
            return [Assessed(proposal, reasons, by, at)]
        case Status.REASSESSMENT, Decide() if case.assessment:
            return reassessing(case, command)
        case ((Status.ASSESSMENT | Status.REASSESSMENT), Decide()):
            return Refused("SCR-ASSESS")
        case Status.GRANT_ORDERED, Decide(Outcome.NEGATIVE):
            return Refused("SCR-ORDER", "outcome")
        case ((Status.PREPARED | Status.GRANT_ORDERED), Decide()):
            return deciding(case, command)
        case _:
            return Refused("SCR-STATE")


def fall_due(case: Case, at: datetime) -> list[Event]:
    """What was decided no longer counts; then there is nothing to look at again."""
    if case.expired_at is not None:
        return []
    if case.status is Status.REASSESSMENT and case.reassessed_for:
        return [AdviceExpired(at), Reassessed(case.reassessed_for, None, None, None, at)]
    return [AdviceExpired(at)]


def deciding(case: Case, decision: Decide) -> list[Event] | Refused:
    """A positive one holds for the regime's years at most (SCR-9), and never beyond what it is for; a negative one needs its reasons, full and notifiable."""
    assert case.terms
    assert case.terms.validity_years
    if case.occasion and case.occasion.event_id and decision.at >= case.occasion.starts_at:
        return Refused("SCR-EVENT")
    longest = years_after(decision.at, case.terms.validity_years)
    if decision.outcome is Outcome.NEGATIVE:
        if decision.valid_until is not None:
            return Refused("SCR-9", "valid_until")
        if decision.reasons is None:
            return Refused("SCR-REASONS", "reasons")
        return [Decided(Outcome.NEGATIVE, None, decision.reasons, decision.by, decision.at, decision.withheld)]
    valid_until = decision.valid_until or start_of(day_of(longest))
    if case.occasion:
        longest = min(longest, case.occasion.ends_at)
        valid_until = min(valid_until, longest) if decision.valid_until is None else valid_until
    if not decision.at < valid_until <= longest:
        return Refused("SCR-OCCASION" if case.occasion and valid_until > case.occasion.ends_at else "SCR-9", "valid_until")
    return [Decided(Outcome.POSITIVE, valid_until, decision.reasons, decision.by, decision.at)]


def reassessing(case: Case, decision: Decide) -> list[Event] | Refused:
    """An advice that is looked at again keeps its validity, or becomes negative with its reasons; by somebody who did not prepare it (SCR-3)."""
    assert case.reassessed_for
    if decision.valid_until is not None:
        return Refused("SCR-9", "valid_until")
    if decision.outcome is Outcome.NEGATIVE and decision.reasons is None:
        return Refused("SCR-REASONS", "reasons")
    return [Reassessed(case.reassessed_for, decision.outcome, decision.reasons, decision.by, decision.at, decision.withheld)]


def evolve(case: Case, event: Event) -> Case:
    """The case with what was proposed, decided and decided again."""
    match event:
        case Assessed(proposal, reasons, by, at):
            prepared = case.status if case.status is Status.REASSESSMENT else Status.PREPARED
            return replace(case, status=prepared, assessment=Assessment(by, proposal, reasons, at))
        case Decided(outcome, valid_until, reasons, by, at, withheld):
            return replace(case, status=Status.DECIDED, decision=Decision(outcome, by, valid_until, reasons, withheld), decided_at=at)
        case AdviceExpired(at):
            return replace(case, expired_at=at)
        case ReassessmentOpened(aftercare_id):
            return replace(case, status=Status.REASSESSMENT, before=case.status, reassessed_for=aftercare_id, assessment=None)
        case Reassessed(_, Outcome.NEGATIVE, reasons, by, at, withheld):
            now = Decision(Outcome.NEGATIVE, by, None, reasons, withheld)
            fresh = replace(case, reassessed_for=None, before=None, notified_at=None, appeal_until=None)
            return replace(fresh, status=Status.DECIDED, decision=now, decided_at=at, reassessed_at=at)
        case Reassessed():
            return replace(case, status=case.before or Status.FINAL, before=None, reassessed_for=None)
        case _:
            assert_never(event)


def deadlines(case: Case) -> set[Deadline]:
    """The end of a positive advice or certificate."""
    return {Deadline("expiry", case.decision.valid_until)} if case.decision and case.decision.valid_until and case.expired_at is None else set()
