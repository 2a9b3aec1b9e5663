"""An aftercare case: what was said of a person who has an advice or a clearance is looked into within a term, by an owner, and concluded."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import assert_never
from uuid import UUID

from cg_contracts.screening import Outcome
from cg_kit.pure import Deadline, Due, Refused
from cg_kit.pure.terms import day_of
from services.screening.domain.person import Had, Origin
from services.screening.domain.regime import NEED_REVIEW, end_of_term

REVIEW = "95 days"
"""Within which an aftercare case is concluded: no law says so; the target of UK Security Vetting, which the Public Accounts Committee found missed in 2023."""


class Status(StrEnum):
    """How far the case is. Lateness is no status."""

    NEW = "NEW"
    OPEN = "OPEN"
    IN_REVIEW = "IN_REVIEW"
    CONCLUDED = "CONCLUDED"


class Conclusion(StrEnum):
    """What came of it; the last two of a transfer only."""

    NO_CONSEQUENCE = "no_consequence"
    GUIDANCE_GIVEN = "guidance_given"
    ADVICE_REASSESSED = "advice_reassessed"
    REPORTED_TO_AUTHORITY = "reported_to_authority"
    NEED_CONFIRMED = "need_confirmed"
    NEED_ENDED = "need_ended"


OF_TRANSFER = frozenset({Conclusion.NEED_CONFIRMED, Conclusion.NEED_ENDED})
"""Whether the holder of a clearance who moves still needs to know: one of these is the answer."""


@dataclass(frozen=True, slots=True)
class Task:
    """Something that is to be done before the case can be concluded."""

    code: str
    opened_at: datetime
    done_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Reassessment:
    """An advice that is reassessed because of this case, and what came of it (`over` without outcome: the advice ended by itself)."""

    case_id: UUID
    over: bool = False
    outcome: Outcome | None = None


@dataclass(frozen=True, slots=True)
class Aftercare:
    """An aftercare case as it stands. `content`: the vault's entry with what was said; `authority_ref`: under which the security authority was told."""

    status: Status = Status.NEW
    person_id: UUID | None = None
    origin: Origin | None = None
    category: str = ""
    account: str = ""
    requester_ref: str = ""
    reported_by: UUID | None = None
    content: UUID | None = None
    person_had: tuple[Had, ...] = ()
    opened_at: datetime | None = None
    due_at: datetime | None = None
    late_at: datetime | None = None
    owner: UUID | None = None
    tasks: tuple[Task, ...] = ()
    reassessments: tuple[Reassessment, ...] = ()
    authority_ref: str = ""
    conclusion: Conclusion | None = None
    concluded_at: datetime | None = None
    acted_at: datetime | None = None


NEW = Aftercare()


# Commands


@dataclass(frozen=True, slots=True)
class Open:
    """Something was said of a person who has something here, or they move (`effective_from`: on this day)."""

    person_id: UUID
    origin: Origin
    category: str
    account: str
    requester_ref: str
    reported_by: UUID | None
    content: UUID | None
    person_had: tuple[Had, ...]
    at: datetime
    effective_from: date | None = None


@dataclass(frozen=True, slots=True)
class Own:
    """The head of service gives the case an owner."""

    owner: UUID
    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class AddTask:
    """The owner notes what is to be done."""

    code: str
    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class DoTask:
    """It is done."""

    code: str
    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class ReportToAuthority:
    """The owner has told the security authority, which alone decides on a clearance (SCR-4)."""

    authority_ref: str
    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class NoteReassessment:
    """An advice is reassessed because of this case."""

    case_id: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class NoteReassessed:
    """The reassessment is over."""

    case_id: UUID
    outcome: Outcome | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Conclude:
    """The owner says what came of it."""

    conclusion: Conclusion
    by: UUID
    at: datetime


Command = Open | Own | AddTask | DoTask | ReportToAuthority | NoteReassessment | NoteReassessed | Conclude | Due


# Events


@dataclass(frozen=True, slots=True)
class AftercareOpened:
    """The case is open, and its term runs."""

    person_id: UUID
    origin: Origin
    category: str
    account: str
    requester_ref: str
    reported_by: UUID | None
    content: UUID | None
    person_had: tuple[Had, ...]
    due_at: datetime
    at: datetime


@dataclass(frozen=True, slots=True)
class OwnerPut:
    """The case has this owner."""

    owner: UUID
    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class TaskAdded:
    """Something is to be done."""

    code: str
    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class TaskDone:
    """It is done."""

    code: str
    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class ReportedToAuthority:
    """The security authority knows."""

    authority_ref: str
    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class ReassessmentNoted:
    """An advice is reassessed because of this case."""

    case_id: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class ReassessmentOver:
    """The reassessment is over."""

    case_id: UUID
    outcome: Outcome | None
    at: datetime


@dataclass(frozen=True, slots=True)
class AftercareConcluded:
    """What came of it. `unneeded`: the clearances that the person no longer needs."""

    conclusion: Conclusion
    by: UUID
    at: datetime
    unneeded: tuple[Had, ...] = ()


@dataclass(frozen=True, slots=True)
class AftercareOverdue:
    """The term ended without a conclusion."""

    at: datetime


Event = AftercareOpened | OwnerPut | TaskAdded | TaskDone | ReportedToAuthority | ReassessmentNoted | ReassessmentOver | AftercareConcluded | AftercareOverdue


def decide(aftercare: Aftercare, command: Command) -> list[Event] | Refused:
    """What a command makes of an aftercare case: the state diagram."""
    match aftercare.status, command:
        case Status.NEW, Open(person_id, origin, category, account, requester_ref, reported_by, content, person_had, at, effective_from):
            due_at = end_of_term(REVIEW if effective_from is None else NEED_REVIEW, max(day_of(at), effective_from or day_of(at)))
            return [AftercareOpened(person_id, origin, category, account, requester_ref, reported_by, content, person_had, due_at, at)]
        case Status.NEW, _:
            return Refused("NOT-FOUND")
        case _, Open():
            return []
        case _, NoteReassessment(case_id, at):
            running = any(each.case_id == case_id and not each.over for each in aftercare.reassessments)
            return [] if running else [ReassessmentNoted(case_id, at)]
        case _, NoteReassessed(case_id, outcome, at):
            running = any(each.case_id == case_id and not each.over for each in aftercare.reassessments)
            return [ReassessmentOver(case_id, outcome, at)] if running else []
        case status, Due("review", at) if status is not Status.CONCLUDED and aftercare.late_at is None:
            return [AftercareOverdue(at)]
        case _, Due():
            return []

        case _, command if refused := barred(aftercare, command):
            return refused
        case Status.CONCLUDED, Conclude(conclusion):
            return [] if conclusion is aftercare.conclusion else Refused("SCR-STATE")
        case Status.CONCLUDED, _:
            return Refused("SCR-STATE")
        case _, Own(owner) if owner == aftercare.person_id:
            return Refused("SCR-3", "owner")
        case _, Own(owner, by, at):
            return [] if owner == aftercare.owner else [OwnerPut(owner, by, at)]
        case _, AddTask(code, by, at):
            return [] if code in open_tasks(aftercare) else [TaskAdded(code, by, at)]
        case _, DoTask(code, by, at):
            return [TaskDone(code, by, at)] if code in open_tasks(aftercare) else Refused("SCR-TASK-UNKNOWN", "code")
        case _, ReportToAuthority(authority_ref, by, at):
            return [] if authority_ref == aftercare.authority_ref else [ReportedToAuthority(authority_ref, by, at)]
        case _, Conclude():
            return concluding(aftercare, command)
        case _:
            return Refused("SCR-STATE")


def barred(aftercare: Aftercare, command: Command) -> Refused | None:
    """Why this person may not give this command, whatever the state: nobody looks into themselves, and the owner alone needs to know (SCR-3)."""
    match command:
        case Own(by=by) | AddTask(by=by) | DoTask(by=by) | ReportToAuthority(by=by) | Conclude(by=by):
            if by == aftercare.person_id:
                return Refused("SCR-3")
            return None if by == aftercare.owner or isinstance(command, Own) else Refused("SCR-NEED")
        case _:
            return None


def open_tasks(aftercare: Aftercare) -> frozenset[str]:
    """What is still to be done."""
    return frozenset(task.code for task in aftercare.tasks if task.done_at is None)


def concluding(aftercare: Aftercare, conclude: Conclude) -> list[Event] | Refused:
    """Not before all tasks are done and no reassessment runs, and a conclusion says what was done."""
    if open_tasks(aftercare):
        return Refused("SCR-TASKS")
    if any(not each.over for each in aftercare.reassessments):
        return Refused("SCR-REASSESSING")
    if conclude.conclusion is Conclusion.ADVICE_REASSESSED and not any(each.outcome for each in aftercare.reassessments):
        return Refused("SCR-CONCLUSION", "conclusion")
    if conclude.conclusion is Conclusion.REPORTED_TO_AUTHORITY and not aftercare.authority_ref:
        return Refused("SCR-CONCLUSION", "conclusion")
    if conclude.conclusion is not Conclusion.REPORTED_TO_AUTHORITY and (conclude.conclusion in OF_TRANSFER) is not (aftercare.origin is Origin.TRANSFER):
        return Refused("SCR-CONCLUSION", "conclusion")
    unneeded = aftercare.person_had if conclude.conclusion is Conclusion.NEED_ENDED else ()
    return [AftercareConcluded(conclude.conclusion, conclude.by, conclude.at, unneeded)]


def evolve(aftercare: Aftercare, event: Event) -> Aftercare:
    """The case after an event."""
    match event:
        case AftercareOpened():
            return Aftercare(
                status=Status.OPEN,
                person_id=event.person_id,
                origin=event.origin,
                category=event.category,
                account=event.account,
                requester_ref=event.requester_ref,
                reported_by=event.reported_by,
                content=event.content,
                person_had=event.person_had,
                opened_at=event.at,
                due_at=event.due_at,
                acted_at=event.at,
            )
        case OwnerPut(owner, _, at):
            return replace(aftercare, status=Status.IN_REVIEW, owner=owner, acted_at=at)
        case TaskAdded(code, _, at):
            return replace(aftercare, tasks=(*aftercare.tasks, Task(code, at)), acted_at=at)
        case TaskDone(code, _, at):
            done = (replace(each, done_at=at) if each.code == code and each.done_at is None else each for each in aftercare.tasks)
            return replace(aftercare, tasks=tuple(done), acted_at=at)
        case ReportedToAuthority(authority_ref, _, at):
            return replace(aftercare, authority_ref=authority_ref, acted_at=at)
        case ReassessmentNoted(case_id, at):
            return replace(aftercare, reassessments=(*aftercare.reassessments, Reassessment(case_id)), acted_at=at)
        case ReassessmentOver(case_id, outcome, at):
            over = (Reassessment(case_id, True, outcome) if each.case_id == case_id and not each.over else each for each in aftercare.reassessments)
            return replace(aftercare, reassessments=tuple(over), acted_at=at)
        case AftercareConcluded(conclusion, _, at):
            return replace(aftercare, status=Status.CONCLUDED, conclusion=conclusion, concluded_at=at, acted_at=at)
        case AftercareOverdue(at):
            return replace(aftercare, late_at=at)
        case _:
            assert_never(event)


def due(aftercare: Aftercare) -> set[Deadline]:
    """The clock of an open aftercare case: the term for concluding it."""
    if aftercare.status in {Status.NEW, Status.CONCLUDED} or aftercare.late_at is not None:
        return set()
    assert aftercare.due_at
    return {Deadline("review", aftercare.due_at)}
