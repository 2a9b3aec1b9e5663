"""A post with its assignments and the access that goes with them: one aggregate, because ORG-2 and ORG-3 are about all of it at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import partial
from typing import assert_never
from uuid import UUID

from cg_contracts.levels import Level
from cg_contracts.org import AppointmentKind, Sensitivity
from cg_kit.pure import Deadline, Due, Refused, named
from cg_kit.pure.terms import Term
from services.org.domain import absence, mandate
from services.org.domain.absence import Absences, RegisterAbsence, Return, Returned
from services.org.domain.mandate import Appointed, DeclareVacancy, LeavingPlanned, Mandate, MandateOver, Renewed, TermBegan, VacancyDeclared
from services.org.domain.words import Labels, day, morning

REVOCATION = timedelta(hours=1)
"""Within this time of its suspension somebody confirms that access is technically off (ruling on entitlements)."""

UNATTENDED = Term(20, "working_days")
"""For so long at most nobody may act in a post that heads a unit, neither a holder nor an interim; then it is told (ours)."""


class Status(StrEnum):
    """Whether the post can be filled. It exists for others once it is approved."""

    NEW = "new"
    PROPOSED = "proposed"
    VACANT = "vacant"
    RESERVED = "reserved"
    FILLED = "filled"
    ABOLISHED = "abolished"


class Standing(StrEnum):
    """How far an assignment is."""

    PROPOSED = "proposed"
    SCREENING_PENDING = "screening_pending"
    CONFIRMED = "confirmed"
    ACTIVE = "active"
    SUSPENDED = "suspended"
    REJECTED = "rejected"
    ENDED = "ended"


class Access(StrEnum):
    """Whether an entitlement lets its holder in. Revoked: a security officer has confirmed that it is technically off."""

    GRANTED = "granted"
    SUSPENDED = "suspended"
    REVOKED = "revoked"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class Resource:
    """Something that the post gives access to, and the level of clearance that this takes (none: no clearance)."""

    code: str
    required_level: Level | None = None


@dataclass(frozen=True, slots=True)
class Entitlement:
    """The holder's access to one resource, in [valid_from, valid_to)."""

    id: UUID
    resource: Resource
    access: Access
    valid_from: datetime
    recorded_at: datetime
    valid_to: datetime | None = None
    reason_code: str | None = None
    revoke_by: datetime | None = None
    late: bool = False


@dataclass(frozen=True, slots=True)
class Advice:
    """A positive security advice, which counts before the instant `until` (none: no end was said)."""

    case_id: UUID
    until: datetime | None


@dataclass(frozen=True, slots=True)
class Clearance:
    """A clearance, which counts from its briefing on and before it expires."""

    id: UUID
    level: Level
    expires_at: datetime
    briefed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Spell:
    """How the post is held in [valid_from, valid_to), as we knew it in [recorded_at, superseded_at). Never overwritten: only superseded (ORG-6)."""

    standing: Standing
    valid_from: date
    valid_to: date | None
    recorded_at: datetime
    superseded_at: datetime | None = None

    def holds(self, on: date, known_at: datetime) -> bool:
        """Whether this was known at an instant, and is about that day."""
        known = self.recorded_at <= known_at and (self.superseded_at is None or known_at < self.superseded_at)
        return known and self.valid_from <= on and (self.valid_to is None or on < self.valid_to)


@dataclass(frozen=True, slots=True)
class Assignment:
    """One person in the post, in [valid_from, valid_to), with what it rests on and the access it gives; `history` is all that was ever known of who held it."""

    id: UUID
    request_id: UUID
    person_id: UUID
    kind: AppointmentKind
    decision_ref: str
    valid_from: date
    recorded_at: datetime
    valid_to: date | None = None
    standing: Standing = Standing.PROPOSED
    case_id: UUID | None = None
    application_id: UUID | None = None
    decision_due_at: datetime | None = None
    missed_due_at: datetime | None = None
    advice: Advice | None = None
    clearances: tuple[Clearance, ...] = ()
    confirmed_at: datetime | None = None
    reason_code: str | None = None
    entitlements: tuple[Entitlement, ...] = ()
    history: tuple[Spell, ...] = ()
    appeal_won_at: datetime | None = None
    absences: Absences = ()
    is_detached: bool = False


@dataclass(frozen=True, slots=True)
class Seat:
    """What a post is in [valid_from, valid_to): its place, its role, what it asks of its holder and what it gives access to."""

    unit_id: UUID
    role: str
    labels: Labels
    is_head: bool
    sensitivity: Sensitivity
    required_level: Level | None
    resources: tuple[Resource, ...]
    legal_basis: str
    valid_from: date
    valid_to: date | None = None
    is_mandate: bool = False


@dataclass(frozen=True, slots=True)
class Post:
    """A post, what it was before it moved, everybody who was ever proposed for it, its mandates, and since when nobody has acted in it."""

    status: Status = Status.NEW
    seat: Seat | None = None
    proposed_by: UUID | None = None
    approved_by: UUID | None = None
    recorded_at: datetime | None = None
    assignments: tuple[Assignment, ...] = ()
    earlier: tuple[Seat, ...] = ()
    mandates: tuple[Mandate, ...] = ()
    unattended_since: datetime | None = None
    unattended_told: bool = False
    approved_at: datetime | None = None


NEW = Post()


@dataclass(frozen=True, slots=True)
class Open:
    """Somebody proposes that there be such a post."""

    seat: Seat
    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class Approve:
    """Somebody approves a proposed post."""

    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class Move:
    """From a day on the post is in another unit."""

    to_unit_id: UUID
    is_head: bool
    on: date
    reorganisation_id: UUID | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Abolish:
    """From a day on there is no such post, and who holds it holds it no longer."""

    on: date
    reason_code: str
    reorganisation_id: UUID | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Propose:
    """A person who exists is to hold the post."""

    assignment_id: UUID
    request_id: UUID
    person_id: UUID
    kind: AppointmentKind
    planned_start: date
    decision_ref: str
    at: datetime
    planned_end: date | None = None


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


@dataclass(frozen=True, slots=True)
class Reactivate:
    """Somebody lets a suspended person act in the post again."""

    assignment_id: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class End:
    """The person no longer holds the post from a day on."""

    assignment_id: UUID
    on: date
    reason_code: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Correct:
    """It turns out that the person held the post in another period; `valid_from` equal to `valid_to`: never."""

    assignment_id: UUID
    valid_from: date
    valid_to: date | None
    reason_code: str
    decision_ref: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ConfirmRevocation:
    """A security officer confirms that the person's access is technically off."""

    entitlement_id: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class Opened:
    """A post is proposed."""

    seat: Seat
    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class Approved:
    """The post exists, and is vacant."""

    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class Moved:
    """The post is in another unit, with all that it is and who holds it."""

    from_unit_id: UUID
    to_unit_id: UUID
    is_head: bool
    on: date
    reorganisation_id: UUID | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Abolished:
    """The post exists no longer."""

    on: date
    reason_code: str
    reorganisation_id: UUID | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Proposed:
    """The post is reserved for a person."""

    assignment_id: UUID
    request_id: UUID
    person_id: UUID
    kind: AppointmentKind
    planned_start: date
    decision_ref: str
    at: datetime
    planned_end: date | None = None


@dataclass(frozen=True, slots=True)
class ScreeningAsked:
    """The post is sensitive: screening is asked under `request_id`."""

    assignment_id: UUID
    request_id: UUID


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


@dataclass(frozen=True, slots=True)
class Confirmed:
    """Nothing stands in the way any more: the person starts on the planned day."""

    assignment_id: UUID
    reason_code: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Rejected:
    """The person will not hold the post."""

    assignment_id: UUID
    person_id: UUID
    reason_code: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Started:
    """The person acts in the post from now on."""

    assignment_id: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class Suspended:
    """The person may not act in the post."""

    assignment_id: UUID
    reason_code: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Reconfirmed:
    """The suspension is lifted before the planned day: the person starts on it."""

    assignment_id: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class EndPlanned:
    """The assignment ends on a day to come."""

    assignment_id: UUID
    on: date
    reason_code: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Ended:
    """The person no longer holds the post."""

    assignment_id: UUID
    person_id: UUID
    on: date
    reason_code: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Corrected:
    """The person held the post in another period than was known; what was known stays readable."""

    assignment_id: UUID
    valid_from: date
    valid_to: date | None
    reason_code: str
    decision_ref: str
    at: datetime


@dataclass(frozen=True, slots=True)
class DetachmentBegan:
    """The person works here from now on, and is away from what they hold elsewhere."""

    assignment_id: UUID
    person_id: UUID
    until: date | None
    at: datetime


@dataclass(frozen=True, slots=True)
class UnattendedNoticed:
    """For too long nobody has acted in the post."""

    since: datetime
    due_at: datetime


@dataclass(frozen=True, slots=True)
class AccessGranted:
    """The holder has access to a resource, for the first time or again."""

    assignment_id: UUID
    entitlement_id: UUID
    resource: Resource
    at: datetime


@dataclass(frozen=True, slots=True)
class AccessSuspended:
    """The holder may not use a resource; that it is technically off is to be confirmed by `revoke_by`."""

    assignment_id: UUID
    entitlement_id: UUID
    reason_code: str
    at: datetime
    revoke_by: datetime


@dataclass(frozen=True, slots=True)
class AccessRevoked:
    """Access to a resource is technically off."""

    assignment_id: UUID
    entitlement_id: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class RevocationMissed:
    """Nobody has confirmed in time that access is off."""

    assignment_id: UUID
    entitlement_id: UUID
    due_at: datetime


Command = (
    Open
    | Approve
    | Move
    | Abolish
    | Propose
    | NoteCase
    | NoteApplication
    | NoteLate
    | Reject
    | TakeAdvice
    | LoseAdvice
    | NoteAppeal
    | TakeClearance
    | Brief
    | LoseClearance
    | Reactivate
    | End
    | Correct
    | ConfirmRevocation
    | absence.Command
    | mandate.Command
    | Due
)
Own = (
    Opened
    | Approved
    | Moved
    | Abolished
    | Proposed
    | ScreeningAsked
    | CaseNoted
    | ApplicationNoted
    | LateNoted
    | AdviceTaken
    | AdviceLapsed
    | AppealWon
    | ClearanceTaken
    | BriefingNoted
    | ClearanceLapsed
    | Confirmed
    | Rejected
    | Started
    | Suspended
    | Reconfirmed
    | EndPlanned
    | Ended
    | Corrected
    | AccessGranted
    | AccessSuspended
    | AccessRevoked
    | RevocationMissed
    | DetachmentBegan
    | UnattendedNoticed
    | absence.Event
)
Event = Own | mandate.Event
AboutAssignment = (
    NoteCase
    | NoteApplication
    | NoteLate
    | Reject
    | TakeAdvice
    | LoseAdvice
    | NoteAppeal
    | TakeClearance
    | Brief
    | LoseClearance
    | Reactivate
    | End
    | Correct
    | absence.Command
)

LIVE = frozenset({Standing.PROPOSED, Standing.SCREENING_PENDING, Standing.CONFIRMED, Standing.ACTIVE, Standing.SUSPENDED})
HELD = frozenset({Standing.CONFIRMED, Standing.ACTIVE, Standing.SUSPENDED})


def decide(post: Post, command: Command) -> list[Event] | Refused:
    """What follows for the post, with what each event means for the rest of it: for an interim when the holder comes, for a mandate and its assignment."""
    decided = decide_alone(post, command)
    if isinstance(decided, Refused):
        return decided
    made: list[Event] = []
    while decided:
        event, *decided = decided
        post = evolve(post, event)
        made.append(event)
        decided = [*_consequences(post, event), *decided]
    return made


def decide_alone(post: Post, command: Command) -> list[Event] | Refused:
    """What follows from the command itself; what is about one assignment is decided in `decide_assignment`, about a mandate in `mandate`."""
    match post.status, command:
        case Status.NEW, Open(seat, by, at):
            return Refused("ORG-POST-LEVEL", "required_level") if lacks_level(seat) else [Opened(seat, by, at)]
        case Status.NEW, _:
            return Refused("ORG-POST", "post_id")
        case _, Open(seat):
            same = any(seat == replace(each, valid_to=None) for each in (*post.earlier, post.seat) if each)
            return [] if same else Refused("ORG-POST-EXISTS", "post_id")
        case Status.ABOLISHED, Move() | Abolish():
            return []
        case _, Move():
            return _move(post, command)
        case _, Abolish(on, reason_code, reorganisation_id, at):
            return [*_end_all(post, on, reason_code, at), Abolished(on, reason_code, reorganisation_id, at)]
        case Status.ABOLISHED, Approve() | Propose() | DeclareVacancy():
            return Refused("ORG-POST-ABOLISHED", "post_id")
        case Status.PROPOSED, Approve(by, at):
            return Refused("ORG-FOUR-EYES") if by == post.proposed_by else [Approved(by, at)]
        case _, Approve():
            return []
        case Status.PROPOSED, _:
            return Refused("ORG-POST-CLOSED", "post_id")  # nobody holds what nobody approved
        case _, Propose():
            return _propose(post, command)
        case _, ConfirmRevocation(entitlement_id, at):
            return _confirm_revocation(post, entitlement_id, at)
        case _, Due(name, at):
            return _fall_due(post, name, at)
        case _, DeclareVacancy():
            return _declare_vacancy(post, command)
        case _:
            if isinstance(command, mandate.Command):
                return _decide_mandate(post, command)
            assignment = find(post, command.assignment_id)
            return Refused("ORG-ASSIGNMENT", "assignment_id") if assignment is None else decide_assignment(post, assignment, command)


def decide_assignment(post: Post, it: Assignment, command: AboutAssignment) -> list[Event] | Refused:
    """What follows for one assignment of the post: the state diagram of the assignment."""
    match it.standing, command:
        case _, NoteCase(_, case_id) if it.case_id == case_id:
            return []
        case Standing.SCREENING_PENDING, NoteCase(_, case_id, due_at):
            return [CaseNoted(it.id, case_id, due_at)]
        case _, NoteApplication(_, _, application_id) if it.application_id == application_id:
            return []
        case Standing.SCREENING_PENDING, NoteApplication(_, case_id, application_id, due_at):
            return [ApplicationNoted(it.id, case_id, application_id, due_at)]
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
            return _confirmed_if_fit(post, AdviceTaken(it.id, it.person_id, advice), "advice_positive", at)
        case ((Standing.CONFIRMED | Standing.ACTIVE | Standing.SUSPENDED), TakeAdvice(_, advice)):
            return [AdviceTaken(it.id, it.person_id, advice)]
        case _, LoseAdvice(_, case_id, at, reason_code):
            if it.advice is None or it.advice.case_id != case_id:
                return []
            return _after_loss(post, AdviceLapsed(it.id), reason_code, at)
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
            return _confirmed_if_fit(post, BriefingNoted(it.id, clearance_id, given_at), "clearance_granted", at)
        case ((Standing.CONFIRMED | Standing.ACTIVE | Standing.SUSPENDED), Brief(_, clearance_id, given_at, _)):
            return [BriefingNoted(it.id, clearance_id, given_at)]  # after a suspension a person re-activates
        case _, LoseClearance(_, clearance_id, remaining, reason_code, at):
            lost = clearance(it, clearance_id)
            if lost is None or lost.level == remaining:
                return []
            return _after_loss(post, ClearanceLapsed(it.id, clearance_id, remaining), reason_code, at)

        case Standing.SUSPENDED, Reactivate(_, at):
            return _reactivate(post, it, at)
        case ((Standing.CONFIRMED | Standing.ACTIVE), Reactivate()):
            return []

        case Standing.SCREENING_PENDING, End(_, _, reason_code, at):
            return [Rejected(it.id, it.person_id, reason_code, at)]
        case ((Standing.CONFIRMED | Standing.ACTIVE | Standing.SUSPENDED), End(_, on, reason_code, at)):
            return _end(it, on, reason_code, at)
        case ((Standing.ENDED | Standing.REJECTED), End()):
            return []
        case ((Standing.ACTIVE | Standing.SUSPENDED | Standing.ENDED), Correct()):
            return _correct(post, it, command)
        case ((Standing.ACTIVE | Standing.SUSPENDED), RegisterAbsence() | Return()):
            decided = absence.decide(it.absences, command)
            return decided if isinstance(decided, Refused) else [*decided]
        case _:
            return Refused("ORG-STATE")


def evolve(post: Post, event: Event) -> Post:
    """The post after an event, and since when nobody has acted in it."""
    after = _changed(post, event)
    if after.status in {Status.NEW, Status.PROPOSED, Status.ABOLISHED} or any(acts(it) for it in after.assignments):
        return after if after.unattended_since is None else replace(after, unattended_since=None, unattended_told=False)
    return after if after.unattended_since is not None else replace(after, unattended_since=getattr(event, "at", None))


def _changed(post: Post, event: Event) -> Post:
    if isinstance(event, mandate.Event):
        return replace(post, mandates=_mandates_after(post, event))
    match event:
        case Opened(seat, by, at):
            return Post(Status.PROPOSED, seat, proposed_by=by, recorded_at=at)
        case Approved(by, at):
            return replace(post, status=Status.VACANT, approved_by=by, recorded_at=at, approved_at=at)
        case Moved(_, to_unit_id, is_head, on, _, at):
            return _moved(post, to_unit_id, is_head, on, at)
        case Abolished(on, _, _, at):
            return replace(post, status=Status.ABOLISHED, seat=replace(post.seat, valid_to=on) if post.seat else None, recorded_at=at)
        case Proposed(assignment_id, request_id, person_id, kind, planned_start, decision_ref, at, planned_end):
            proposed = Assignment(assignment_id, request_id, person_id, kind, decision_ref, planned_start, at, planned_end)
            return _settled(post, (*post.assignments, proposed))
        case UnattendedNoticed():
            return replace(post, unattended_told=True)
        case _:
            changed = (evolve_assignment(each, event) if each.id == event.assignment_id else each for each in post.assignments)
            return _settled(post, tuple(changed))


def evolve_assignment(it: Assignment, event: Own) -> Assignment:
    """The assignment after an event about it, and beside it what was known before."""
    after = _after(it, event)
    if (after.standing, after.valid_from, after.valid_to) == (it.standing, it.valid_from, it.valid_to) and not isinstance(event, Corrected):
        return after
    match event:
        case Confirmed(at=at) | Started(at=at) | Suspended(at=at) | Reconfirmed(at=at) | EndPlanned(at=at) | Ended(at=at) | Corrected(at=at):
            return replace(after, history=_remembered(it, after, at, extended=isinstance(event, Corrected)))
        case _:
            return after  # proposed, screened, rejected: nobody holds the post by it


def _after(it: Assignment, event: Own) -> Assignment:
    match event:
        case Opened() | Approved() | Moved() | Abolished() | Proposed() | UnattendedNoticed():
            return it
        case ScreeningAsked():
            return replace(it, standing=Standing.SCREENING_PENDING)
        case CaseNoted(_, case_id, due_at):
            return replace(it, case_id=case_id, decision_due_at=due_at)
        case ApplicationNoted(_, case_id, application_id, due_at):
            return replace(it, case_id=case_id, application_id=application_id, decision_due_at=due_at)
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
        case Confirmed(_, reason_code, at):
            return replace(it, standing=Standing.CONFIRMED, reason_code=reason_code, confirmed_at=at)
        case Rejected(_, _, reason_code, _):
            return replace(it, standing=Standing.REJECTED, reason_code=reason_code, valid_to=it.valid_from)
        case Started():
            return replace(it, standing=Standing.ACTIVE, reason_code=None)
        case Suspended(_, reason_code, _):
            return replace(it, standing=Standing.SUSPENDED, reason_code=reason_code)
        case Reconfirmed():
            return replace(it, standing=Standing.CONFIRMED, reason_code=None)
        case EndPlanned(_, on, reason_code, _):
            return replace(it, valid_to=on, reason_code=reason_code)
        case Corrected(_, valid_from, valid_to, _, _, _):
            return replace(it, valid_from=valid_from, valid_to=valid_to)
        case Ended(_, _, on, reason_code, at):
            over = (replace(each, access=Access.EXPIRED, valid_to=at, recorded_at=at) if each.access is Access.GRANTED else each for each in it.entitlements)
            return replace(it, standing=Standing.ENDED, reason_code=reason_code, valid_to=max(on, it.valid_from), entitlements=tuple(over))
        case AccessGranted(_, entitlement_id, resource, at):
            others = tuple(each for each in it.entitlements if each.id != entitlement_id)
            since = next((each.valid_from for each in it.entitlements if each.id == entitlement_id), at)
            return replace(it, entitlements=(*others, Entitlement(entitlement_id, resource, Access.GRANTED, since, at)))
        case AccessSuspended(_, entitlement_id, reason_code, at, revoke_by):
            suspended = partial(replace, access=Access.SUSPENDED, recorded_at=at, reason_code=reason_code, revoke_by=revoke_by)
            return _access(it, entitlement_id, suspended)
        case AccessRevoked(_, entitlement_id, at):
            return _access(it, entitlement_id, partial(replace, access=Access.REVOKED, recorded_at=at, valid_to=at))
        case RevocationMissed(_, entitlement_id, _):
            return _access(it, entitlement_id, partial(replace, late=True))
        case DetachmentBegan():
            return replace(it, is_detached=True)
        case absence.AbsenceRegistered() | absence.AbsenceBegan() | Returned():
            return replace(it, absences=absence.evolve(it.absences, event))
        case _:
            assert_never(event)


def spells(it: Assignment) -> tuple[Spell, ...]:
    """All that was ever known of when the person held the post. One that was kept before its history was counts as known since it was proposed."""
    if it.history or it.standing not in HELD | {Standing.ENDED}:
        return it.history
    return (Spell(Standing.ACTIVE if it.standing is Standing.ENDED else it.standing, it.valid_from, it.valid_to, it.recorded_at),)


def known(it: Assignment) -> list[Spell]:
    """When the person held the post and is to hold it, as we know it now, the earliest first."""
    return sorted((each for each in spells(it) if each.superseded_at is None), key=lambda each: each.valid_from)


def is_there(post: Post, on: date, known_at: datetime) -> bool:
    """Whether the post was known, at an instant, to be there on a day: approved, and not abolished by then."""
    since = post.approved_at or post.recorded_at  # one that was approved before this was kept has not moved since
    if post.approved_by is None or since is None or known_at < since or post.seat is None:
        return False
    gone = post.status is Status.ABOLISHED and post.recorded_at is not None and post.recorded_at <= known_at
    return not (gone and post.seat.valid_to is not None and post.seat.valid_to <= on)


def holders(post: Post, on: date, known_at: datetime) -> list[tuple[Assignment, Spell]]:
    """Who holds the post on a day, as was known at an instant: who acts before who is suspended or away, and no interim beside a holder who acts."""
    found = [(it, each) for it in post.assignments for each in spells(it) if each.holds(on, known_at)]
    idle = {it.id for it, each in found if each.standing is Standing.SUSPENDED or absence.was_away(it.absences, on, known_at)}
    if any(it.kind is not AppointmentKind.INTERIM and it.id not in idle for it, _ in found):
        found = [(it, each) for it, each in found if it.kind is not AppointmentKind.INTERIM]
    return sorted(found, key=lambda one: one[0].id in idle)


def _remembered(before: Assignment, after: Assignment, at: datetime, *, extended: bool) -> tuple[Spell, ...]:
    """The history after a change: what no longer holds is superseded, what holds instead is recorded."""
    held = [(each.standing, each.valid_from, each.valid_to) for each in known(before)]
    if after.standing in HELD and after.standing is not before.standing:
        since = max(day(at), after.valid_from)
        began = [(standing, start, since if end is None else min(end, since)) for standing, start, end in held if standing is not Standing.CONFIRMED]
        held = [*began, (after.standing, since, None)]
    if held:
        held[-1] = (held[-1][0], held[-1][1], after.valid_to)
    if held and extended:
        held[0] = (held[0][0], after.valid_from, held[0][2])
    fitted = [(standing, max(start, after.valid_from), _earlier(end, after.valid_to)) for standing, start, end in held]
    now = [each for each in fitted if each[2] is None or each[1] < each[2]]
    old = tuple(
        each if each.superseded_at is not None or (each.standing, each.valid_from, each.valid_to) in now else replace(each, superseded_at=at)
        for each in spells(before)
    )
    there = {(each.standing, each.valid_from, each.valid_to) for each in old if each.superseded_at is None}
    return (*old, *(Spell(*each, at) for each in now if each not in there))


def _earlier(one: date | None, other: date | None) -> date | None:
    return min((each for each in (one, other) if each is not None), default=None)


def due(post: Post) -> set[Deadline]:
    """What runs for assignments, for mandates and for access that must be off; and how long nobody may act in a post that heads a unit."""
    running = {deadline for it in post.assignments for deadline in _deadlines(post, it)}
    running |= {deadline for each in post.mandates for deadline in mandate.deadlines(each)}
    if (by := _attended_by(post)) is not None:
        running.add(Deadline("unattended", by))
    return running


def _attended_by(post: Post) -> datetime | None:
    """The instant by which somebody must act in a post that heads a unit; a post that is still to begin waits for its first day."""
    seat, since = post.seat, post.unattended_since
    if seat is None or since is None or post.unattended_told or not seat.is_head:
        return None
    return UNATTENDED.due(max(since, morning(seat.valid_from))).due


def _deadlines(post: Post, it: Assignment) -> Iterator[Deadline]:
    if it.standing is Standing.CONFIRMED and it.confirmed_at is not None:
        yield Deadline(f"start:{it.id}", max(morning(it.valid_from), it.confirmed_at), it.id)
    if it.standing in {Standing.CONFIRMED, Standing.ACTIVE} and (until := fit_until(post, it)) is not None:
        yield Deadline(f"lapse:{it.id}", until, it.id)
    if it.standing in LIVE and it.valid_to is not None:
        yield Deadline(f"end:{it.id}", morning(it.valid_to), it.id)
    if it.standing in HELD:
        yield from absence.deadlines(it.id, it.absences)
    for each in it.entitlements:
        if each.access is Access.SUSPENDED and each.revoke_by is not None and not each.late:
            yield Deadline(f"revoke:{each.id}", each.revoke_by, it.id)


def find(post: Post, assignment_id: UUID) -> Assignment | None:
    """The assignment of this id."""
    return next((each for each in post.assignments if each.id == assignment_id), None)


def entitled(post: Post, entitlement_id: UUID) -> tuple[Assignment, Entitlement] | None:
    """The entitlement of this id, with the assignment that gives it."""
    return next(((it, each) for it in post.assignments for each in it.entitlements if each.id == entitlement_id), None)


def mandate_of(post: Post, mandate_id: UUID) -> Mandate | None:
    """The mandate of this id."""
    return next((each for each in post.mandates if each.id == mandate_id), None)


def mandate_by(post: Post, assignment_id: UUID) -> Mandate | None:
    """The mandate that is held through this assignment."""
    return next((each for each in post.mandates if each.assignment_id == assignment_id), None)


def acts(it: Assignment) -> bool:
    """Whether the person acts in the post now."""
    return it.standing is Standing.ACTIVE and not absence.is_gone(it.absences)


def clearance(it: Assignment, clearance_id: UUID) -> Clearance | None:
    """The clearance of this id that the assignment may rest on."""
    return next((each for each in it.clearances if each.id == clearance_id), None)


def lacks_level(seat: Seat) -> bool:
    """A post that asks for a clearance says of which level, and no other post does."""
    return (seat.sensitivity is Sensitivity.CLEARANCE_REQUIRED) is (seat.required_level is None)


def enough(post: Post, level: Level) -> bool:
    """Whether a clearance of this level is what the post asks."""
    needed = post.seat.required_level if post.seat else None
    return needed is None or level.covers(needed)


def cleared_to(it: Assignment, at: datetime) -> Level | None:
    """The highest level at which the person may see things at an instant: granted, briefed, not expired."""
    usable = (each.level for each in it.clearances if each.briefed_at is not None and at < each.expires_at)
    return max(usable, key=lambda level: level.rank, default=None)


def is_fit(post: Post, it: Assignment, at: datetime) -> bool:
    """ORG-3: whether what the post asks of its holder is there at an instant."""
    match post.seat:
        case Seat(sensitivity=Sensitivity.ADVICE_REQUIRED):
            return it.advice is not None and (it.advice.until is None or at < it.advice.until)
        case Seat(sensitivity=Sensitivity.CLEARANCE_REQUIRED):
            level = cleared_to(it, at)
            return level is not None and enough(post, level)
        case _:
            return True


def fit_until(post: Post, it: Assignment) -> datetime | None:
    """The instant from which on the holder is no longer fit, as far as is known now."""
    match post.seat:
        case Seat(sensitivity=Sensitivity.ADVICE_REQUIRED):
            return it.advice.until if it.advice else None
        case Seat(sensitivity=Sensitivity.CLEARANCE_REQUIRED):
            return max((each.expires_at for each in it.clearances if each.briefed_at is not None and enough(post, each.level)), default=None)
        case _:
            return None


def _settled(post: Post, assignments: tuple[Assignment, ...]) -> Post:
    """The post with these assignments, and the status that follows from them; with only an interim it can still be filled."""
    if post.status is Status.ABOLISHED:
        return replace(post, assignments=assignments)
    standings = {it.standing for it in assignments if it.kind is not AppointmentKind.INTERIM}
    status = Status.FILLED if standings & HELD else Status.RESERVED if standings & LIVE else Status.VACANT
    return replace(post, status=status, assignments=assignments)


def _move(post: Post, command: Move) -> list[Event]:
    seat = post.seat
    if seat is None or (seat.unit_id, seat.is_head) == (command.to_unit_id, command.is_head):
        return []
    return [Moved(seat.unit_id, command.to_unit_id, command.is_head, command.on, command.reorganisation_id, command.at)]


def _moved(post: Post, to_unit_id: UUID, is_head: bool, on: date, at: datetime) -> Post:
    """The post in its new place; what it was stays on record, unless it was to begin later only."""
    was = post.seat
    if was is None:
        return post
    earlier = (*post.earlier, replace(was, valid_to=on)) if was.valid_from < on else post.earlier
    return replace(post, seat=replace(was, unit_id=to_unit_id, is_head=is_head, valid_from=max(on, was.valid_from)), earlier=earlier, recorded_at=at)


def _end_all(post: Post, on: date, reason_code: str, at: datetime) -> list[Event]:
    """The end of every assignment that lives."""
    living = (it for it in post.assignments if it.standing in LIVE)
    return [Ended(it.id, it.person_id, on, reason_code, at) if it.standing in HELD else Rejected(it.id, it.person_id, reason_code, at) for it in living]


def _propose(post: Post, command: Propose) -> list[Event] | Refused:
    known = find(post, command.assignment_id)
    if known is not None:
        return [] if known.person_id == command.person_id else Refused("ORG-REQUEST-REUSED", "request_id")
    assert post.seat is not None
    kind, start, end = command.kind, command.planned_start, command.planned_end
    if (end is None and kind is AppointmentKind.DETACHED) or (end is not None and end <= start):
        return Refused("ORG-PERIOD", "planned_end")  # a detachment always has an end
    if kind in ({AppointmentKind.PERMANENT} if post.seat.is_mandate else {AppointmentKind.MANDATE}):
        return Refused("ORG-MANDATE-KIND", "kind")
    if is_taken(post, kind, start, end):
        return Refused("ORG-2", "post_id")
    events: list[Event] = [
        Proposed(command.assignment_id, command.request_id, command.person_id, kind, start, command.decision_ref, command.at, end),
    ]
    if kind is AppointmentKind.MANDATE:
        wanted = next((each for each in post.mandates if mandate.to_be_filled(each)), None)
        if wanted is not None and (wanted.stage is not mandate.Stage.PROPOSED or wanted.person_id != command.person_id):
            return Refused("ORG-MANDATE-SELECTION", "person_id")
        mandate_id = named("mandate", command.assignment_id) if wanted is None else wanted.id
        events.append(Appointed(mandate_id, command.assignment_id, command.person_id, command.decision_ref, command.at))
    if post.seat.sensitivity is not Sensitivity.NONE:
        return [*events, ScreeningAsked(command.assignment_id, named("screening-request", command.assignment_id))]
    return [*events, Confirmed(command.assignment_id, "not_sensitive", command.at)]


def is_taken(post: Post, kind: AppointmentKind, start: date, end: date | None = None) -> bool:
    """ORG-2: whether somebody holds the post, or is to, on a day in [start, end). On the first day an interim finds its holder away, not begun, or none."""
    there = [it for it in post.assignments if it.standing in LIVE | {Standing.ENDED} and _meets(post, it, start, end)]
    if kind is not AppointmentKind.INTERIM:
        return any(it.kind is not AppointmentKind.INTERIM for it in there)
    return any(it.kind is AppointmentKind.INTERIM or not _leaves_room(it, start) for it in there)


def _meets(post: Post, it: Assignment, start: date, end: date | None) -> bool:
    """Whether the assignment shares a day with [start, end). A mandate that may be renewed has no end yet."""
    held = mandate_by(post, it.id)
    until = None if held is not None and mandate.may_go_on(held) else it.valid_to
    return (until is None or start < until) and (end is None or it.valid_from < end) and it.valid_from != it.valid_to


def _leaves_room(it: Assignment, start: date) -> bool:
    """Whether an interim can begin on a day while this person is to hold, or holds, the post."""
    if it.standing in {Standing.PROPOSED, Standing.SCREENING_PENDING, Standing.SUSPENDED}:
        return True
    return absence.is_away(it.absences, start) or (it.standing is Standing.CONFIRMED and start < it.valid_from)


def _consequences(post: Post, event: Event) -> list[Event]:
    """What one event means for the rest of the post, which is as it is after the event."""
    match event:
        case Started(assignment_id, at):
            it = find(post, assignment_id)
            assert it is not None
            return [*_first_day(post, it, at), *_stood_down(post, it, at)]
        case Returned(assignment_id, _, at):
            it = find(post, assignment_id)
            assert it is not None
            return _stood_down(post, it, at) if it.standing is Standing.ACTIVE else []
        case Rejected(assignment_id, _, reason_code, at):
            held = mandate_by(post, assignment_id)
            return [] if held is None else [*mandate.over(held, day(at), reason_code, at)]
        case Ended(assignment_id, _, on, reason_code, at):
            held = mandate_by(post, assignment_id)
            return [] if held is None else [*mandate.over(held, on, reason_code, at)]
        case EndPlanned(assignment_id, on, reason_code, at):
            held = mandate_by(post, assignment_id)
            sooner = held is not None and mandate.runs(held) and on < mandate.last_end(held) and (held.leaving is None or held.leaving.on != on)
            return [LeavingPlanned(held.id, on, reason_code, at)] if held is not None and sooner else []
        case TermBegan() | Renewed() | LeavingPlanned() | MandateOver():
            return _of_mandate(post, event)
        case Abolished(at=at):
            return [mandate.VacancyCancelled(each.id, at) for each in post.mandates if mandate.to_be_filled(each)]
        case _:
            return []


def _first_day(post: Post, it: Assignment, at: datetime) -> list[Event]:
    """With the first day in the post a mandate begins its term, and a detachment takes the person from what they hold elsewhere."""
    held = mandate_by(post, it.id)
    if held is not None and held.stage is mandate.Stage.APPOINTED:
        return [mandate.first(held, max(day(at), it.valid_from), it.valid_to, at)]
    if it.kind is AppointmentKind.DETACHED and not it.is_detached:
        return [DetachmentBegan(it.id, it.person_id, it.valid_to, at)]
    return []


def _stood_down(post: Post, holder: Assignment, at: datetime) -> list[Event]:
    """Who stands in for a holder that acts stands down, unless the holder will be away by then."""
    if holder.kind is AppointmentKind.INTERIM:
        return []
    events: list[Event] = []
    for it in post.assignments:
        first = max(day(at), it.valid_from)
        if it.kind is AppointmentKind.INTERIM and it.standing in LIVE and _meets(post, holder, first, None) and not absence.is_away(holder.absences, first):
            over = it.standing in HELD
            events.append(Ended(it.id, it.person_id, day(at), "holder_acts", at) if over else Rejected(it.id, it.person_id, "holder_acts", at))
    return events


def _of_mandate(post: Post, event: TermBegan | Renewed | LeavingPlanned | MandateOver) -> list[Event]:
    """What a step of a mandate means for the assignment through which it is held."""
    held = mandate_of(post, event.mandate_id)
    it = find(post, held.assignment_id) if held is not None and held.assignment_id is not None else None
    if it is None or it.standing not in HELD:
        return []
    match event:
        case MandateOver(_, on, outcome_code, at):
            return [Ended(it.id, it.person_id, on, _because(outcome_code), at)]
        case TermBegan(_, office):
            on, reason_code, at = office.end, "mandate_term", office.recorded_at
        case Renewed(_, office):
            on, reason_code, at = office.end, "mandate_renewed", office.recorded_at
        case LeavingPlanned(_, on, outcome_code, at):
            reason_code = _because(outcome_code)
        case _:
            assert_never(event)
    return [] if on == it.valid_to else [EndPlanned(it.id, on, reason_code, at)]


def _because(outcome_code: str) -> str:
    """Why the assignment ends with its mandate; another reason than a mandate's own was the assignment's to begin with."""
    return f"mandate_{outcome_code}" if outcome_code in mandate.OUTCOMES else outcome_code


def _declare_vacancy(post: Post, command: DeclareVacancy) -> list[Event] | Refused:
    """Once for the next holder, and only when it is certain that the present one goes."""
    known = mandate_of(post, command.mandate_id)
    if known is not None:
        return [*decided] if not isinstance(decided := mandate.decide(known, command), Refused) else decided
    if post.seat is None or not post.seat.is_mandate:
        return Refused("ORG-MANDATE-KIND")
    if any(mandate.to_be_filled(each) for each in post.mandates):
        return Refused("ORG-MANDATE-EXISTS")
    if is_taken(post, AppointmentKind.MANDATE, command.vacant_from):
        return Refused("ORG-2", "vacant_from")
    return [VacancyDeclared(command.mandate_id, command.vacant_from, command.decision_ref, command.at)]


def _decide_mandate(post: Post, command: mandate.Command) -> list[Event] | Refused:
    known = mandate_of(post, command.mandate_id)
    decided = Refused("ORG-MANDATE", "mandate_id") if known is None else mandate.decide(known, command)
    return decided if isinstance(decided, Refused) else [*decided]


def _mandates_after(post: Post, event: mandate.Event) -> tuple[Mandate, ...]:
    known = mandate_of(post, event.mandate_id)
    match event:
        case VacancyDeclared() if known is None:
            return (*post.mandates, mandate.declared(event))
        case Appointed() if known is None:
            return (*post.mandates, mandate.opened(event))
        case _:
            return tuple(mandate.evolve(each, event) if each.id == event.mandate_id else each for each in post.mandates)


def _confirmed_if_fit(post: Post, ground: AdviceTaken | BriefingNoted, reason_code: str, at: datetime) -> list[Event] | Refused:
    """Confirmed by itself once the ground is there, unless it has lapsed meanwhile or is not enough."""
    after = find(evolve(post, ground), ground.assignment_id)
    if after is None or not is_fit(post, after, at):
        return Refused("ORG-3")
    return [ground, Confirmed(ground.assignment_id, reason_code, at)]


def _after_loss(post: Post, loss: AdviceLapsed | ClearanceLapsed, reason_code: str, at: datetime) -> list[Event]:
    """The loss, with what it means for the assignment and at once for its access."""
    after = evolve(post, loss)
    it = find(after, loss.assignment_id)
    assert it is not None
    match it.standing:
        case Standing.SCREENING_PENDING:
            return [loss, Rejected(it.id, it.person_id, reason_code, at)]
        case Standing.CONFIRMED | Standing.ACTIVE if not is_fit(after, it, at):
            return [loss, Suspended(it.id, reason_code, at), *_suspend_access(after, it, reason_code, at)]
        case _:
            return [loss, *_suspend_access(after, it, reason_code, at)]


def _suspend_access(post: Post, it: Assignment, reason_code: str, at: datetime) -> list[Event]:
    """Suspends what is above the remaining level; without the advice that the post asks, everything."""
    level = cleared_to(it, at)
    everything = post.seat is not None and post.seat.sensitivity is Sensitivity.ADVICE_REQUIRED and not is_fit(post, it, at)
    return [
        AccessSuspended(it.id, each.id, reason_code, at, at + REVOCATION)
        for each in it.entitlements
        if each.access is Access.GRANTED and (everything or not _covers(level, each.resource.required_level))
    ]


def _start(post: Post, it: Assignment, at: datetime) -> list[Event]:
    """The person starts, or starts again, with access to all resources of the post that the clearance covers."""
    level = cleared_to(it, at)
    again = {each.resource: each.id for each in it.entitlements if each.access is Access.SUSPENDED}
    has = {each.resource for each in it.entitlements if each.access is Access.GRANTED}
    resources = [each for each in (post.seat.resources if post.seat else ()) if each not in has and _covers(level, each.required_level)]
    return [
        Started(it.id, at),
        *(AccessGranted(it.id, again.get(each) or named("entitlement", it.id, each.code, at.isoformat()), each, at) for each in resources),
    ]


def _reactivate(post: Post, it: Assignment, at: datetime) -> list[Event] | Refused:
    """By a person only: the ground is there again. Who stood in stands down."""
    if not is_fit(post, it, at):
        return Refused("ORG-3")
    return [Reconfirmed(it.id, at)] if at < morning(it.valid_from) else _start(post, it, at)


def _end(it: Assignment, on: date, reason_code: str, at: datetime) -> list[Event] | Refused:
    if it.valid_to is not None and on > it.valid_to:
        return Refused("ORG-2", "on")  # a successor may count on the day
    if on <= day(at):
        return [Ended(it.id, it.person_id, on, reason_code, at)]
    return [] if on == it.valid_to else [EndPlanned(it.id, on, reason_code, at)]


def _correct(post: Post, it: Assignment, command: Correct) -> list[Event] | Refused:
    """A new record for what turns out to have been; who holds the post still, still does, and who does not, does not (ORG-6)."""
    start, end, at = command.valid_from, command.valid_to, command.at
    held = known(it)
    if not held:
        return Refused("ORG-STATE")  # ended before it began
    if (start, end) == (held[0].valid_from, held[-1].valid_to):
        return []
    seats = [each for each in (*post.earlier, post.seat) if each]
    if start > day(at) or start < min(each.valid_from for each in seats):
        return Refused("ORG-PERIOD", "valid_from")
    if it.standing is Standing.ENDED:
        if end is None or end > day(at) or end < start or (seats[-1].valid_to is not None and end > seats[-1].valid_to):
            return Refused("ORG-PERIOD", "valid_to")
    elif end != it.valid_to or start == end:
        return Refused("ORG-PERIOD", "valid_to")  # a day to come is not corrected: the assignment is ended on another
    if post.seat is not None and post.seat.sensitivity is not Sensitivity.NONE:
        if start < held[0].valid_from and (it.confirmed_at is None or start < day(it.confirmed_at)):
            return Refused("ORG-3", "valid_from")
        was = held[-1]
        later = end is not None and was.valid_to is not None and end > was.valid_to
        if later and was.standing is Standing.ACTIVE and end is not None and not is_fit(post, it, morning(end) - timedelta(microseconds=1)):
            return Refused("ORG-3", "valid_to")
    corrected = Corrected(it.id, start, end, command.reason_code, command.decision_ref, at)
    after = evolve_assignment(it, corrected)
    if any(_clash(after, other, day(at)) for other in post.assignments if other.id != it.id):
        return Refused("ORG-2", "valid_from")
    return [corrected]


def _clash(it: Assignment, other: Assignment, today: date) -> bool:
    """Whether two held the post on one day, other than an interim for who was suspended or away."""
    return any(
        (mine.valid_to is None or theirs.valid_from < mine.valid_to)
        and (theirs.valid_to is None or mine.valid_from < theirs.valid_to)
        and not _stood_in(it, mine, other, theirs, today)
        and not _stood_in(other, theirs, it, mine, today)
        for mine in known(it)
        for theirs in known(other)
    )


def _stood_in(interim: Assignment, acting: Spell, holder: Assignment, held: Spell, today: date) -> bool:
    """Whether on all days that they share the one stood in and the other was suspended or away; on days to come the one stands down by itself."""
    if interim.kind is not AppointmentKind.INTERIM or holder.kind is AppointmentKind.INTERIM:
        return False
    since, until = max(acting.valid_from, held.valid_from), _earlier(_earlier(acting.valid_to, held.valid_to), today + timedelta(days=1))
    return held.standing is Standing.SUSPENDED or since > today or absence.covers(holder.absences, since, until)


def _confirm_revocation(post: Post, entitlement_id: UUID, at: datetime) -> list[Event] | Refused:
    match entitled(post, entitlement_id):
        case None:
            return Refused("ORG-ENTITLEMENT", "entitlement_id")
        case it, Entitlement(access=Access.SUSPENDED):
            return [AccessRevoked(it.id, entitlement_id, at)]
        case _, Entitlement(access=Access.REVOKED):
            return []
        case _:
            return Refused("ORG-STATE")


def _fall_due(post: Post, name: str, at: datetime) -> list[Event] | Refused:
    what, _, which = name.partition(":")
    if what == "unattended":
        since = post.unattended_since
        return [UnattendedNoticed(since, at)] if since is not None and at == _attended_by(post) else []
    if what == "revoke":
        owed = entitled(post, UUID(which))
        return [] if owed is None or owed[1].access is not Access.SUSPENDED or owed[1].late else [RevocationMissed(owed[0].id, owed[1].id, at)]
    held = mandate_of(post, UUID(which))
    if held is not None:
        return [*mandate.fall_due(held, what, at)]
    it = find(post, UUID(which))
    match what, it:
        case "start", Assignment(standing=Standing.CONFIRMED) if it.valid_to is None or at < morning(it.valid_to):
            return _start(post, it, at) if is_fit(post, it, at) else [Suspended(it.id, "not_fit_at_start", at)]
        case "lapse", Assignment(standing=Standing.CONFIRMED | Standing.ACTIVE) if not is_fit(post, it, at):
            reason_code = "advice_expired" if it.advice else "clearance_expired"
            return [Suspended(it.id, reason_code, at), *_suspend_access(post, it, reason_code, at)]
        case "end", Assignment(valid_to=date() as on) if at == morning(on):
            return _planned_end(post, it, on, at)
        case (("absence" | "return"), Assignment()) if it.standing in HELD:
            return [*absence.fall_due(it.id, it.absences, what, at)]
        case _:
            return []


def _planned_end(post: Post, it: Assignment, on: date, at: datetime) -> list[Event]:
    held = mandate_by(post, it.id)
    if held is not None and mandate.runs(held):
        return [MandateOver(held.id, on, mandate.outcome_at_end(held), at)]
    if it.standing in HELD:
        return [Ended(it.id, it.person_id, on, it.reason_code or "planned_end", at)]
    return [Rejected(it.id, it.person_id, "period_over", at)] if it.standing in LIVE else []


def _covers(level: Level | None, needed: Level | None) -> bool:
    return needed is None or (level is not None and level.covers(needed))


def _briefed(it: Assignment, clearance_id: UUID) -> bool:
    held = clearance(it, clearance_id)
    return held is not None and held.briefed_at is not None


def _access(it: Assignment, entitlement_id: UUID, change: Callable[[Entitlement], Entitlement]) -> Assignment:
    return replace(it, entitlements=tuple(change(each) if each.id == entitlement_id else each for each in it.entitlements))
