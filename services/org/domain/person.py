"""A person as the organisation knows them: that they exist, which posts they hold, and which advice or clearance each of these rests on."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import assert_never
from uuid import UUID

from cg_contracts.levels import Level
from cg_contracts.org import AppointmentKind, Language
from cg_kit.pure import Deadline, Due, Refused
from cg_kit.pure.terms import day_of


class Status(StrEnum):
    """Whether the person belongs to the police."""

    NEW = "new"
    PRESENT = "present"
    LEFT = "left"


class Standing(StrEnum):
    """What became of an appointment: asked by hr, held once the post has taken it, over when it was rejected or ended."""

    ASKED = "asked"
    HELD = "held"
    OVER = "over"


@dataclass(frozen=True, slots=True)
class Holding:
    """An assignment in its post."""

    post_id: UUID
    assignment_id: UUID


@dataclass(frozen=True, slots=True)
class Appointment:
    """What hr asked for this person, under the id of the assignment that comes of it. `homes`: what the person is away from while detached by it."""

    request_id: UUID
    holding: Holding
    kind: AppointmentKind
    planned_start: date
    decision_ref: str
    recorded_at: datetime
    standing: Standing = Standing.ASKED
    planned_end: date | None = None
    homes: tuple[Holding, ...] = ()


@dataclass(frozen=True, slots=True)
class Employment:
    """The unit (none: not known) that the person is employed in, in [valid_from, valid_to), as we knew it in [recorded_at, superseded_at)."""

    unit_id: UUID | None
    valid_from: date
    valid_to: date | None
    recorded_at: datetime
    superseded_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Ground:
    """A clearance, or an advice under the id of its case, with the assignments that rest on it and those it was briefed for."""

    id: UUID
    level: Level | None
    holdings: tuple[Holding, ...]
    briefed: tuple[UUID, ...] = ()
    lost_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Person:
    """One person. The names lie in the vault, under the reference `vault`."""

    status: Status = Status.NEW
    vault: UUID | None = None
    language: Language | None = None
    employments: tuple[Employment, ...] = ()
    appointments: tuple[Appointment, ...] = ()
    grounds: tuple[Ground, ...] = ()


NEW = Person()


@dataclass(frozen=True, slots=True)
class Register:
    """The staff system knows this person."""

    vault: UUID | None
    language: Language
    at: datetime


@dataclass(frozen=True, slots=True)
class Transfer:
    """The person is employed in another unit from a day on."""

    unit_id: UUID
    effective_from: date
    at: datetime


@dataclass(frozen=True, slots=True)
class Leave:
    """The person no longer belongs to the police from a day on."""

    left_on: date
    at: datetime


@dataclass(frozen=True, slots=True)
class Appoint:
    """Hr asks that the person hold a post."""

    request_id: UUID
    holding: Holding
    kind: AppointmentKind
    planned_start: date
    decision_ref: str
    at: datetime
    planned_end: date | None = None


@dataclass(frozen=True, slots=True)
class Hold:
    """The post has taken the person."""

    assignment_id: UUID


@dataclass(frozen=True, slots=True)
class Release:
    """The assignment was rejected or has ended."""

    assignment_id: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class Detach:
    """The person works elsewhere from now on, through this assignment."""

    assignment_id: UUID
    until: date | None
    at: datetime


@dataclass(frozen=True, slots=True)
class RestOnAdvice:
    """An assignment rests on a positive advice."""

    case_id: UUID
    holding: Holding


@dataclass(frozen=True, slots=True)
class LoseAdvice:
    """An advice no longer counts."""

    case_id: UUID
    at: datetime
    reason_code: str = "advice_expired"


@dataclass(frozen=True, slots=True)
class RestOnClearance:
    """A clearance was granted for an assignment."""

    clearance_id: UUID
    level: Level
    expires_at: datetime
    holding: Holding
    at: datetime


@dataclass(frozen=True, slots=True)
class Brief:
    """A security officer has briefed the person on a clearance, for an assignment."""

    clearance_id: UUID
    given_at: datetime
    holding: Holding
    at: datetime


@dataclass(frozen=True, slots=True)
class LoseClearance:
    """A clearance was withdrawn or has expired (`remaining` none), or was lowered to `remaining`."""

    clearance_id: UUID
    remaining: Level | None
    reason_code: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Registered:
    """The person exists from a day on."""

    vault: UUID | None
    language: Language
    at: datetime


@dataclass(frozen=True, slots=True)
class Reregistered:
    """The staff system says other names or another language than before."""

    vault: UUID | None
    language: Language
    at: datetime


@dataclass(frozen=True, slots=True)
class Transferred:
    """The person is employed in another unit from a day on."""

    unit_id: UUID
    effective_from: date
    at: datetime


@dataclass(frozen=True, slots=True)
class Left:
    """The person leaves, and with them all that they hold."""

    left_on: date
    holdings: tuple[Holding, ...]
    at: datetime


@dataclass(frozen=True, slots=True)
class Asked:
    """The person exists and may be appointed; whether the post takes them is for the post to say."""

    request_id: UUID
    holding: Holding
    kind: AppointmentKind
    planned_start: date
    decision_ref: str
    at: datetime
    planned_end: date | None = None


@dataclass(frozen=True, slots=True)
class Held:
    """The post has taken the person."""

    assignment_id: UUID


@dataclass(frozen=True, slots=True)
class Released:
    """The person no longer has this assignment."""

    assignment_id: UUID


@dataclass(frozen=True, slots=True)
class Detached:
    """The person is away from what they hold, to work elsewhere through this assignment."""

    assignment_id: UUID
    homes: tuple[Holding, ...]
    until: date | None
    at: datetime


@dataclass(frozen=True, slots=True)
class DetachmentOver:
    """The person comes back to what they hold."""

    assignment_id: UUID
    homes: tuple[Holding, ...]
    at: datetime


@dataclass(frozen=True, slots=True)
class AdviceRestedOn:
    """An assignment rests on this advice."""

    case_id: UUID
    holding: Holding


@dataclass(frozen=True, slots=True)
class AdviceLost:
    """The advice no longer counts for what rests on it."""

    case_id: UUID
    holdings: tuple[Holding, ...]
    at: datetime
    reason_code: str = "advice_expired"


@dataclass(frozen=True, slots=True)
class ClearanceRestedOn:
    """An assignment may rest on this clearance once the person is briefed."""

    clearance_id: UUID
    level: Level
    expires_at: datetime
    holding: Holding
    at: datetime


@dataclass(frozen=True, slots=True)
class Briefed:
    """The person was briefed on a clearance for an assignment."""

    clearance_id: UUID
    given_at: datetime
    holding: Holding
    at: datetime


@dataclass(frozen=True, slots=True)
class ClearanceLost:
    """The clearance is gone or lower for what rests on it."""

    clearance_id: UUID
    remaining: Level | None
    reason_code: str
    holdings: tuple[Holding, ...]
    at: datetime


Command = Register | Transfer | Leave | Appoint | Hold | Release | Detach | RestOnAdvice | LoseAdvice | RestOnClearance | Brief | LoseClearance | Due
Event = (
    Registered
    | Reregistered
    | Transferred
    | Left
    | Asked
    | Held
    | Released
    | Detached
    | DetachmentOver
    | AdviceRestedOn
    | AdviceLost
    | ClearanceRestedOn
    | Briefed
    | ClearanceLost
)


def decide(person: Person, command: Command) -> list[Event] | Refused:
    """What follows for the person; who does not exist is refused everything but to be registered."""
    match person.status, command:
        case Status.NEW, Register(vault, language, at):
            return [Registered(vault, language, at)]
        case Status.NEW, _:
            return Refused("ORG-PERSON", "person_id")
        case _, Register(vault, language, at):
            return [] if (vault, language) == (person.vault, person.language) else [Reregistered(vault, language, at)]
        case Status.LEFT, Transfer() | Appoint():
            return Refused("ORG-PERSON", "person_id")
        case Status.LEFT, Leave():
            return []
        case _, Transfer(unit_id, effective_from, at):
            later = [each for each in employed(person) if each.valid_to is None or effective_from < each.valid_to]
            there = all(each.unit_id == unit_id for each in later) and any(each.valid_from <= effective_from for each in later)
            return [] if there else [Transferred(unit_id, effective_from, at)]
        case _, Leave(left_on, at):
            return [Left(left_on, tuple(each.holding for each in person.appointments if each.standing is Standing.HELD), at)]
        case _, Appoint(request_id, holding, kind, planned_start, decision_ref, at, planned_end):
            known = appointment(person, holding.assignment_id)
            if known is None:
                return [Asked(request_id, holding, kind, planned_start, decision_ref, at, planned_end)]
            asked = (known.holding, known.kind, known.planned_start, known.decision_ref, known.planned_end)
            same = asked == (holding, kind, planned_start, decision_ref, planned_end)
            return [] if same else Refused("ORG-REQUEST-REUSED", "request_id")
        case _, Hold(assignment_id):
            known = appointment(person, assignment_id)
            return [Held(assignment_id)] if known is not None and known.standing is Standing.ASKED else []
        case _, Release(assignment_id, at):
            known = appointment(person, assignment_id)
            if known is None or known.standing is Standing.OVER:
                return []
            released = Released(assignment_id)
            return [released, DetachmentOver(assignment_id, known.homes, at)] if known.homes else [released]
        case _, Detach(assignment_id, until, at):
            known = appointment(person, assignment_id)
            homes = tuple(each.holding for each in person.appointments if each.standing is Standing.HELD and each.holding.assignment_id != assignment_id)
            if known is None or known.standing is Standing.OVER or known.homes or not homes:
                return []
            return [Detached(assignment_id, homes, until, at)]
        case _, RestOnAdvice(case_id, holding):
            known_advice = ground(person, case_id)
            counts = known_advice is not None and known_advice.lost_at is None
            return [] if counts and holding in rests_on(person, case_id) else [AdviceRestedOn(case_id, holding)]  # lost, and positive again
        case _, RestOnClearance(clearance_id, level, expires_at, holding, at):
            known = appointment(person, holding.assignment_id)
            clearance = ground(person, clearance_id)
            if known is None or known.holding != holding:
                return Refused("ORG-ASSIGNMENT", "requester_ref")
            if clearance is not None and clearance.lost_at is not None:
                return Refused("ORG-CLEARANCE", "clearance_id")
            return [] if holding in rests_on(person, clearance_id) else [ClearanceRestedOn(clearance_id, level, expires_at, holding, at)]
        case _, Brief(clearance_id, given_at, holding, at):
            clearance = ground(person, clearance_id)
            if clearance is None or clearance.lost_at is not None or holding not in clearance.holdings:
                return Refused("ORG-CLEARANCE", "clearance_id")
            return [] if holding.assignment_id in clearance.briefed else [Briefed(clearance_id, given_at, holding, at)]
        case _, LoseAdvice(case_id, at, reason_code):
            advice = ground(person, case_id)
            if advice is None:
                return Refused("ORG-ADVICE", "case_id")
            return [] if advice.lost_at is not None else [AdviceLost(case_id, advice.holdings, at, reason_code)]
        case _, LoseClearance(clearance_id, remaining, reason_code, at):
            clearance = ground(person, clearance_id)
            if clearance is None:
                return Refused("ORG-CLEARANCE", "clearance_id")
            if clearance.lost_at is not None or clearance.level == remaining:
                return []
            return [ClearanceLost(clearance_id, remaining, reason_code, clearance.holdings, at)]
        case _, Due():
            return []
        case _:
            return Refused("ORG-STATE")


def evolve(person: Person, event: Event) -> Person:
    """The person after an event."""
    match event:
        case Registered(vault, language, at):
            return Person(Status.PRESENT, vault, language, (Employment(None, day_of(at), None, at),))
        case Reregistered(vault, language, _):
            return replace(person, vault=vault, language=language)
        case Transferred(unit_id, effective_from, at):
            return replace(person, employments=(*_until(person, effective_from, at), Employment(unit_id, effective_from, None, at)))
        case Left(left_on, _, at):
            return replace(person, status=Status.LEFT, employments=_until(person, left_on, at))
        case Asked(request_id, holding, kind, planned_start, decision_ref, at, planned_end):
            asked = Appointment(request_id, holding, kind, planned_start, decision_ref, at, planned_end=planned_end)
            return replace(person, appointments=(*person.appointments, asked))
        case Held(assignment_id):
            return _appointment(person, assignment_id, standing=Standing.HELD)
        case Released(assignment_id):
            return _appointment(person, assignment_id, standing=Standing.OVER)
        case Detached(assignment_id, homes, _, _):
            return _appointment(person, assignment_id, homes=homes)
        case DetachmentOver(assignment_id):
            return _appointment(person, assignment_id, homes=())
        case AdviceRestedOn(case_id, holding):
            return _resting(person, case_id, None, holding)
        case ClearanceRestedOn(clearance_id, level, _, holding, _):
            return _resting(person, clearance_id, level, holding)
        case Briefed(clearance_id, _, holding, _):
            return replace(
                person,
                grounds=tuple(replace(each, briefed=(*each.briefed, holding.assignment_id)) if each.id == clearance_id else each for each in person.grounds),
            )
        case AdviceLost(case_id, at=at):
            return _lost(person, case_id, None, at)
        case ClearanceLost(clearance_id, remaining, _, _, at):
            return _lost(person, clearance_id, remaining, at)
        case _:
            assert_never(event)


def due(_person: Person) -> set[Deadline]:
    """No deadline runs for a person: those of an assignment run in its post."""
    return set()


def appointment(person: Person, assignment_id: UUID) -> Appointment | None:
    """What hr asked under this assignment's id."""
    return next((each for each in person.appointments if each.holding.assignment_id == assignment_id), None)


def ground(person: Person, ground_id: UUID) -> Ground | None:
    """The advice or clearance of this id."""
    return next((each for each in person.grounds if each.id == ground_id), None)


def rests_on(person: Person, ground_id: UUID) -> tuple[Holding, ...]:
    """What rests on this advice or clearance, also when it is lost."""
    known = ground(person, ground_id)
    return () if known is None else known.holdings


def employed(person: Person) -> list[Employment]:
    """Where the person was and is employed, as we know it now."""
    return [each for each in person.employments if each.superseded_at is None]


def unit_before(person: Person, on: date) -> UUID | None:
    """The unit that the person was employed in up to a day; none: not known, or they were not here."""
    return next((each.unit_id for each in employed(person) if each.valid_to == on), None)


def _until(person: Person, end: date, at: datetime) -> tuple[Employment, ...]:
    """All that was known, with what goes on after the end superseded by the part of it before the end."""
    kept: list[Employment] = []
    for each in person.employments:
        if each.superseded_at is not None or (each.valid_to is not None and each.valid_to <= end):
            kept.append(each)
        else:
            kept.append(replace(each, superseded_at=at))
            if each.valid_from < end:
                kept.append(replace(each, valid_to=end, recorded_at=at))
    return tuple(kept)


def _appointment(person: Person, assignment_id: UUID, **changes: Standing | tuple[Holding, ...]) -> Person:
    changed = (replace(each, **changes) if each.holding.assignment_id == assignment_id else each for each in person.appointments)  # type: ignore[arg-type]
    return replace(person, appointments=tuple(changed))


def _resting(person: Person, ground_id: UUID, level: Level | None, holding: Holding) -> Person:
    known = ground(person, ground_id)
    if known is None:
        return replace(person, grounds=(*person.grounds, Ground(ground_id, level, (holding,))))
    more = replace(known, holdings=tuple(dict.fromkeys((*known.holdings, holding))), lost_at=None)
    return replace(person, grounds=tuple(more if each.id == ground_id else each for each in person.grounds))


def _lost(person: Person, ground_id: UUID, remaining: Level | None, at: datetime) -> Person:
    lost = (replace(each, level=remaining, lost_at=None if remaining else at) if each.id == ground_id else each for each in person.grounds)
    return replace(person, grounds=tuple(lost))
