"""A screening case: advice or certificate from request to final, recruitment or nuclear verification up to its answer, clearance up to its transmission.

Each concern has a module with its commands, its events and its part of the state diagram; here they are one aggregate.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import assert_never

from cg_kit.pure import Deadline, Due, Refused
from services.screening.domain.case import asking, consent, contest, decision, fee, handling, keeping, term, transmission, verification
from services.screening.domain.case.asking import CallOff, EventCancelled, EventStarted, Opened, Request, opening
from services.screening.domain.case.consent import (
    BringConsent,
    Consent,
    Consented,
    ConsentPresumed,
    ConsentRefused,
    ConsentWithdrawn,
    MonitoringStopped,
    RefuseConsent,
    WithdrawConsent,
)
from services.screening.domain.case.contest import (
    Appeal,
    AppealConcluded,
    AppealWindowClosed,
    CaseAppealed,
    ConcludeAppeal,
    GivenOnAppeal,
    GrantOrdered,
    Notified,
    Notify,
    grounds,
)
from services.screening.domain.case.decision import AdviceExpired, Assess, Assessed, Decide, Decided, Doubt, Reassessed, ReassessmentOpened
from services.screening.domain.case.fee import FeePaid, NoteFee
from services.screening.domain.case.handling import Designate, EnterPerson, Exclude, OfficerExcluded, OfficersDesignated, PersonEntered, Tie
from services.screening.domain.case.keeping import CaseTouched, EndNeed, NeedEnded, Seal, Sealed, TouchBy, last_use
from services.screening.domain.case.state import (
    AFTER_DECISION,
    ANSWERED_ONLY,
    NEW,
    OVER,
    SELF,
    UNDECIDED,
    Assessment,
    Case,
    Check,
    Decision,
    Occasion,
    Paid,
    Result,
    Signed,
    Status,
    Suspension,
    advice_counts,
    in_force,
)
from services.screening.domain.case.term import DecisionOverdue, Resume, Suspend, TermResumed, TermSuspended, stood_still, suspended
from services.screening.domain.case.transmission import Examine, FoundComplete, FoundIncomplete, SentToAuthority, Submit, Submitted, Transmit
from services.screening.domain.case.verification import (
    AnswerCheck,
    CheckAnswered,
    CheckExtended,
    CheckOverdue,
    ExtendCheck,
    NuclearAbandoned,
    NuclearAnswered,
    RecruitmentAnswered,
    VerificationCompleted,
    VerificationStarted,
    asked,
)

Command = (
    asking.Command
    | consent.Command
    | handling.Command
    | verification.Command
    | decision.Command
    | term.Command
    | transmission.Command
    | contest.Command
    | keeping.Command
    | NoteFee
    | Due
)
Event = (
    asking.Event
    | consent.Event
    | handling.Event
    | verification.Event
    | decision.Event
    | term.Event
    | transmission.Event
    | contest.Event
    | keeping.Event
    | FeePaid
)


BY_PERSON = consent.Command | handling.Command | verification.Command | Assess | Decide | term.Command | transmission.Command | NoteFee
"""What somebody does with the file: not once it is sealed (SCR-13)."""


def decide(case: Case, command: Command) -> list[Event] | Refused:
    """What a command makes of a case: whether there is one, who may, and then the state diagram of what the command is about."""
    if case.status is Status.NEW and not isinstance(command, Request):
        return unknown(command)
    if refused := barred(case, command):
        return refused
    decided = decide_about(case, command)
    return decided if isinstance(decided, Refused) else [*decided]


def unknown(command: Command) -> list[Event] | Refused:
    """What is said of a case that is not here: an assignment may have had none."""
    match command:
        case EndNeed() | TouchBy():
            return []
        case Appeal():
            return Refused("NOT-FOUND", "case_id")
        case _:
            return Refused("NOT-FOUND")


def barred(case: Case, command: Command) -> Refused | None:
    """Why this person may not give this command, whatever the state: consent is the person's own, officers need to know (SCR-3)."""
    if case.sealed_at and isinstance(command, BY_PERSON):
        return Refused("SCR-13")
    match command:
        case Consent(by=by) | RefuseConsent(by=by) | WithdrawConsent(by=by) if by != case.person_id:
            return Refused("SCR-PERSON")
        case BringConsent(Signed(by=by)):
            return Refused("SCR-NEED") if by not in case.officers else None
        case Suspend(by=by) | Resume(by=by):
            return Refused("SCR-3") if by == case.person_id else None
        case (
            Designate(by=by)
            | EnterPerson(by=by)
            | AnswerCheck(by=by)
            | ExtendCheck(by=by)
            | Assess(by=by)
            | Decide(by=by)
            | Submit(by=by)
            | Examine(by=by)
            | Transmit(by=by)
            | NoteFee(by=by)
        ):
            if by == case.person_id or by in case.excluded:
                return Refused("SCR-3")
            if by not in case.officers and not isinstance(command, Designate):
                return Refused("SCR-NEED")
            if isinstance(command, Decide) and case.assessment and by == case.assessment.by:
                return Refused("SCR-3")
            return None
        case Exclude(by=by) if by == case.person_id:
            return Refused("SCR-3")
        case _:
            return None


def decide_about(case: Case, command: Command) -> Sequence[Event] | Refused:
    """Each concern decides on its own commands."""
    if isinstance(command, asking.Command):
        return asking.decide(case, command)
    if isinstance(command, consent.Command):
        return consent.decide(case, command)
    if isinstance(command, handling.Command):
        return handling.decide(case, command)
    if isinstance(command, verification.Command):
        return verification.decide(case, command)
    if isinstance(command, decision.Command):
        return decision.decide(case, command)
    if isinstance(command, term.Command):
        return term.decide(case, command)
    if isinstance(command, transmission.Command):
        return transmission.decide(case, command)
    if isinstance(command, contest.Command):
        return contest.decide(case, command)
    if isinstance(command, keeping.Command):
        return keeping.decide(case, command)
    if isinstance(command, NoteFee):
        return fee.decide(case, command)
    return fall_due(case, command.name, command.at)


def fall_due(case: Case, name: str, at: datetime) -> Sequence[Event]:
    """What follows when one of the clocks has run out."""
    match name:
        case "event":
            return asking.fall_due(case, at)
        case "decision" | "resume":
            return term.fall_due(case, name, at)
        case "appeal":
            return contest.fall_due(case, at)
        case "expiry":
            return decision.fall_due(case, at)
        case "seal":
            return keeping.fall_due(case, at)
        case _:
            return verification.fall_due(case, name, at)


BY_ITSELF = DecisionOverdue | CheckOverdue | AppealWindowClosed | AdviceExpired | Sealed | CaseTouched
"""What happens to a case without anybody acting on it."""


def evolve(case: Case, event: Event) -> Case:
    """The case after an event, with when somebody last acted on it and since when it is over."""
    after = evolved(case, event)
    acted_at = case.acted_at if isinstance(event, BY_ITSELF) else instant(event)
    over_at = None if after.status not in OVER else case.over_at if case.status in OVER else instant(event)
    if (acted_at, over_at) == (after.acted_at, after.over_at):
        return after
    return replace(after, acted_at=acted_at, over_at=over_at)


def instant(event: Event) -> datetime | None:
    """When it happened, as far as an event knows."""
    match event:
        case Notified(notified_at):
            return notified_at
        case CaseAppealed(filing):
            return filing.at
        case CaseTouched():
            return None
        case _:
            return event.at


def evolved(case: Case, event: Event) -> Case:
    """What an event changes: each concern takes its own."""
    if isinstance(event, asking.Event):
        return asking.evolve(case, event)
    if isinstance(event, consent.Event):
        return consent.evolve(case, event)
    if isinstance(event, handling.Event):
        return handling.evolve(case, event)
    if isinstance(event, verification.Event):
        return verification.evolve(case, event)
    if isinstance(event, decision.Event):
        return decision.evolve(case, event)
    if isinstance(event, term.Event):
        return term.evolve(case, event)
    if isinstance(event, transmission.Event):
        return transmission.evolve(case, event)
    if isinstance(event, contest.Event):
        return contest.evolve(case, event)
    if isinstance(event, keeping.Event):
        return keeping.evolve(case, event)
    if isinstance(event, FeePaid):
        return fee.evolve(case, event)
    assert_never(event)


def due(case: Case) -> set[Deadline]:
    """The clocks of a case: the start of its event, each source, its decision, the term for appeal, the end of what was decided, and its retention."""
    return (
        asking.deadlines(case)
        | verification.deadlines(case)
        | term.deadlines(case)
        | contest.deadlines(case)
        | decision.deadlines(case)
        | keeping.deadlines(case)
    )
