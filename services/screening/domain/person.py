"""A person over all their cases: the clearances that may answer a new request, and the nuclear verifications, none of which is made too soon (SCR-10)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import assert_never
from uuid import UUID

from cg_contracts.levels import Level
from cg_contracts.screening import Scope
from cg_contracts.screening import ScreeningKind as Kind
from cg_kit.pure import Deadline, Due, Refused
from cg_kit.pure.terms import day_of
from services.screening.domain import case
from services.screening.domain.clearance import reusable
from services.screening.domain.impact import Touch
from services.screening.domain.regime import Renewal, regime_on, years_after


class Thing(StrEnum):
    """What a person may have here; the kind of the aggregate."""

    CASE = "case"
    CLEARANCE = "clearance"


class Origin(StrEnum):
    """Who says something of a person: an authority by its message, the person or a security officer over HTTP, or org of a transfer."""

    ADVERSE_INFORMATION = "adverse_information"
    CHANGE_OF_CIRCUMSTANCES = "change_of_circumstances"
    TRANSFER = "transfer"


@dataclass(frozen=True, slots=True)
class Had:
    """One thing that the person has, whatever became of it: a case in which they are verified or applied for, or a clearance."""

    thing: Thing
    id: UUID


@dataclass(frozen=True, slots=True)
class Nuclear:
    """A nuclear verification, of the instant at which it was answered, or asked while it runs."""

    case_id: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class Held:
    """A clearance that was granted; whether it still counts, and at which level, the clearance itself says when it is to be reused."""

    clearance_id: UUID
    level: Level
    scopes: tuple[Scope, ...]
    expires_at: datetime
    renewal: Renewal


@dataclass(frozen=True, slots=True)
class Use:
    """What rests on clearances that were granted for something else."""

    id: UUID
    clearances: tuple[UUID, ...]


@dataclass(frozen=True, slots=True)
class Person:
    """What counts over the cases of one person, by opaque ids only."""

    nuclear: tuple[Nuclear, ...] = ()
    clearances: tuple[Held, ...] = ()
    uses: tuple[Use, ...] = ()
    had: tuple[Had, ...] = ()
    reports: tuple[UUID, ...] = ()


NEW = Person()


# Commands


@dataclass(frozen=True, slots=True)
class Ask:
    """A screening is asked that depends on what the person has; `use` is the application that it would lead to."""

    case_id: UUID
    use: UUID
    request: case.Request


@dataclass(frozen=True, slots=True)
class NoteAnswer:
    """A nuclear verification was answered."""

    case_id: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class NoteAbandoned:
    """A nuclear verification ended without an answer."""

    case_id: UUID


@dataclass(frozen=True, slots=True)
class NoteClearance:
    """A clearance was granted."""

    held: Held


@dataclass(frozen=True, slots=True)
class LoseClearance:
    """A clearance does not answer this request any more."""

    clearance_id: UUID
    case_id: UUID
    use: UUID
    request: case.Request


@dataclass(frozen=True, slots=True)
class NoteUse:
    """A clearance was reused."""

    use: UUID
    clearance_id: UUID


@dataclass(frozen=True, slots=True)
class EndUse:
    """What a clearance may have been reused for has ended."""

    use: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class Keep:
    """This case is about the person, who is verified or applied for in it."""

    case_id: UUID


@dataclass(frozen=True, slots=True)
class Report:
    """Something is said of the person. `content` is the vault's entry; `account` or `by` says who."""

    report_id: UUID
    origin: Origin
    category: str
    request_id: UUID | None
    requester_ref: str
    account: str
    content: UUID | None
    by: UUID | None
    at: datetime


@dataclass(frozen=True, slots=True)
class TouchUse:
    """A reorganisation touches the post that a clearance may have been reused for."""

    use: UUID
    touch: Touch


@dataclass(frozen=True, slots=True)
class NoteTransfer:
    """The person is employed in another unit from a day on."""

    to_unit_id: UUID
    effective_from: date
    at: datetime


Command = Ask | NoteAnswer | NoteAbandoned | NoteClearance | LoseClearance | NoteUse | EndUse | Keep | Report | TouchUse | NoteTransfer | Due


# Events


@dataclass(frozen=True, slots=True)
class CaseNeeded:
    """Nothing the person has answers the request: a case is to be opened for it."""

    case_id: UUID
    request: case.Request


@dataclass(frozen=True, slots=True)
class ClearanceFound:
    """A clearance that the person holds may answer the request."""

    clearance_id: UUID
    case_id: UUID
    use: UUID
    request: case.Request


@dataclass(frozen=True, slots=True)
class NuclearNoted:
    """A nuclear verification was answered at this instant."""

    case_id: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class NuclearForgotten:
    """A nuclear verification that never was answered is no earlier one."""

    case_id: UUID


@dataclass(frozen=True, slots=True)
class ClearanceNoted:
    """The person has this clearance."""

    held: Held


@dataclass(frozen=True, slots=True)
class ClearanceDropped:
    """This clearance no longer answers requests."""

    clearance_id: UUID


@dataclass(frozen=True, slots=True)
class UseNoted:
    """This rests on this clearance."""

    use: UUID
    clearance_id: UUID


@dataclass(frozen=True, slots=True)
class UseEnded:
    """Nothing rests on these clearances for this reason any more."""

    use: UUID
    clearances: tuple[UUID, ...]
    at: datetime


@dataclass(frozen=True, slots=True)
class Kept:
    """This case is about the person."""

    case_id: UUID


@dataclass(frozen=True, slots=True)
class Reported:
    """Something is said of the person; with all that they have."""

    report: Report
    person_had: tuple[Had, ...]


@dataclass(frozen=True, slots=True)
class UseTouched:
    """These clearances were reused for a post that a reorganisation touches."""

    clearances: tuple[UUID, ...]
    touch: Touch


@dataclass(frozen=True, slots=True)
class HolderTransferred:
    """The person holds these clearances, and moves: whether they still need to know is to be looked into."""

    clearances: tuple[UUID, ...]
    to_unit_id: UUID
    effective_from: date
    at: datetime


Event = (
    CaseNeeded
    | ClearanceFound
    | NuclearNoted
    | NuclearForgotten
    | ClearanceNoted
    | ClearanceDropped
    | UseNoted
    | UseEnded
    | Kept
    | Reported
    | UseTouched
    | HolderTransferred
)


def decide(person: Person, command: Command) -> list[Event] | Refused:
    """What a command makes of a person."""
    match command:
        case Ask(case_id, use, request):
            if isinstance(refused := case.opening(request), Refused):
                return refused  # or the person would be held to a verification that never was opened
            if any(each.id == use for each in person.uses):
                return []
            return too_soon(person, case_id, request) or [answer(person, case_id, use, request)]
        case LoseClearance(clearance_id, case_id, use, request):
            dropped = ClearanceDropped(clearance_id)
            return [dropped, answer(evolve(person, dropped), case_id, use, request)]
        case NoteAnswer(case_id, at):
            return [NuclearNoted(case_id, at)] if Nuclear(case_id, at) not in person.nuclear else []
        case NoteAbandoned(case_id):
            return [NuclearForgotten(case_id)] if any(each.case_id == case_id for each in person.nuclear) else []
        case NoteClearance(held):
            return [] if held in person.clearances else [ClearanceNoted(held)]
        case NoteUse(use, clearance_id):
            return [] if clearance_id in resting(person, use) else [UseNoted(use, clearance_id)]
        case EndUse(use, at):
            return [UseEnded(use, clearances, at)] if (clearances := resting(person, use)) else []
        case Keep(case_id):
            return [] if Had(Thing.CASE, case_id) in person.had else [Kept(case_id)]
        case Report() if not person.had:
            return Refused("SCR-UNKNOWN", "person_id")  # it would be kept for nothing
        case Report(report_id) if report_id in person.reports:
            return []
        case Report():
            return [Reported(command, person.had)]
        case TouchUse(use, touch):
            return [UseTouched(clearances, touch)] if (clearances := resting(person, use)) else []
        case NoteTransfer(to_unit_id, effective_from, at):
            running = tuple(held.clearance_id for held in person.clearances if at < held.expires_at)
            return [HolderTransferred(running, to_unit_id, effective_from, at)] if running else []
        case Due():
            return []
        case _:
            assert_never(command)


def answer(person: Person, case_id: UUID, use: UUID, request: case.Request) -> CaseNeeded | ClearanceFound:
    """A clearance that the person holds, the last to expire of those that are high and wide enough; else a case."""
    if request.kind is Kind.CLEARANCE:
        fit = [held for held in person.clearances if reusable(held.level, held.scopes, held.expires_at, held.renewal, request)]
        if fit:
            return ClearanceFound(max(fit, key=lambda held: held.expires_at).clearance_id, case_id, use, request)
    return CaseNeeded(case_id, request)


def too_soon(person: Person, case_id: UUID, request: case.Request) -> Refused | None:
    """SCR-10: no nuclear verification within the regime's years of the previous one (its answer; sources differ), but for a listed reason."""
    regime = regime_on(day_of(request.at))
    if request.kind is not Kind.NUCLEAR or regime is None:
        return None
    if request.exception_code is not None:
        return None if request.exception_code in regime.nuclear_exceptions else Refused("SCR-10", "exception_code")
    earlier = (each for each in person.nuclear if each.case_id != case_id)
    return Refused("SCR-10", "kind") if any(request.at < years_after(each.at, regime.nuclear_years) for each in earlier) else None


def resting(person: Person, use: UUID) -> tuple[UUID, ...]:
    """The clearances that were reused for this."""
    return next((each.clearances for each in person.uses if each.id == use), ())


def evolve(person: Person, event: Event) -> Person:
    """The person after an event."""
    match event:
        case CaseNeeded(case_id, request):
            known = request.kind is not Kind.NUCLEAR or any(each.case_id == case_id for each in person.nuclear)
            return person if known else replace(person, nuclear=(*person.nuclear, Nuclear(case_id, request.at)))
        case ClearanceFound() | UseTouched() | HolderTransferred():
            return person
        case NuclearNoted(case_id, at):
            return replace(person, nuclear=(*(each for each in person.nuclear if each.case_id != case_id), Nuclear(case_id, at)))
        case NuclearForgotten(case_id):
            return replace(person, nuclear=tuple(each for each in person.nuclear if each.case_id != case_id))
        case ClearanceNoted(held):
            had = Had(Thing.CLEARANCE, held.clearance_id)
            return replace(person, clearances=(*person.clearances, held), had=person.had if had in person.had else (*person.had, had))
        case ClearanceDropped(clearance_id):
            return replace(person, clearances=tuple(held for held in person.clearances if held.clearance_id != clearance_id))
        case UseNoted(use, clearance_id):
            others = tuple(each for each in person.uses if each.id != use)
            return replace(person, uses=(*others, Use(use, (*resting(person, use), clearance_id))))
        case UseEnded(use):
            return replace(person, uses=tuple(each for each in person.uses if each.id != use))
        case Kept(case_id):
            return replace(person, had=(*person.had, Had(Thing.CASE, case_id)))
        case Reported(report):
            return replace(person, reports=(*person.reports, report.report_id))
        case _:
            assert_never(event)


def due(_person: Person) -> set[Deadline]:
    """No deadline runs for a person: those of a case run in the case."""
    return set()
