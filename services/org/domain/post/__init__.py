"""A post with its assignments and the access that goes with them: one aggregate, because ORG-2 and ORG-3 are about all of it at once.

Each concern has a module with its commands, its events and its part of the state diagram; `mandate` and `absence` are part of it too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import assert_never
from uuid import UUID

from cg_contracts.org import AppointmentKind, Sensitivity
from cg_kit.pure import Deadline, Due, Refused
from cg_kit.pure.terms import day_of
from services.org.domain import absence, mandate
from services.org.domain.absence import Returned
from services.org.domain.mandate import DeclareVacancy, LeavingPlanned, MandateOver, Renewed, TermBegan, TermCorrected
from services.org.domain.post import access, appointment, holding, record, screened, seat, tenure
from services.org.domain.post.access import REVOCATION, AccessGranted, AccessRevoked, AccessSuspended, ConfirmRevocation, RevocationMissed
from services.org.domain.post.appointment import Propose, Proposed, ScreeningAsked
from services.org.domain.post.fitness import cleared_to, is_fit
from services.org.domain.post.holding import Confirmed, DetachmentBegan, End, Ended, EndPlanned, Reactivate, Reconfirmed, Rejected, Started, Suspended
from services.org.domain.post.record import Correct, Corrected, holders, known, spells
from services.org.domain.post.screened import (
    AdviceLapsed,
    AdviceTaken,
    AppealWon,
    ApplicationNoted,
    Brief,
    BriefingNoted,
    CaseNoted,
    ClearanceLapsed,
    ClearanceTaken,
    LateNoted,
    LoseAdvice,
    LoseClearance,
    NoteAppeal,
    NoteApplication,
    NoteCase,
    NoteLate,
    NoteTerm,
    Reject,
    TakeAdvice,
    TakeClearance,
    TermNoted,
)
from services.org.domain.post.seat import UNATTENDED, Abolish, Abolished, Approve, Approved, Move, Moved, Open, Opened, UnattendedNoticed, is_there
from services.org.domain.post.state import (
    HELD,
    LIVE,
    NEW,
    Access,
    Advice,
    Assignment,
    Clearance,
    Entitlement,
    Post,
    Resource,
    Seat,
    Spell,
    Standing,
    Status,
    acts,
    entitled,
    find,
    mandate_by,
    mandate_of,
)

AboutAssignment = screened.Command | holding.Command | Correct | absence.Command
Command = seat.Command | Propose | AboutAssignment | ConfirmRevocation | mandate.Command | Due
OfAssignment = ScreeningAsked | screened.Event | holding.Event | Corrected | access.Event | absence.Event
Event = seat.Event | Proposed | OfAssignment | mandate.Event


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
        decided = [*following(post, event), *decided]
    return made


def decide_alone(post: Post, command: Command) -> Sequence[Event] | Refused:
    """What follows from the command itself: each concern decides on its own, and nobody holds what nobody approved."""
    if isinstance(command, seat.Command):
        return seat.decide(post, command)
    match post.status, command:
        case Status.NEW, _:
            return Refused("ORG-POST", "post_id")
        case Status.PROPOSED, _:
            return Refused("ORG-POST-CLOSED", "post_id")
        case Status.ABOLISHED, Propose() | DeclareVacancy():
            return Refused("ORG-POST-ABOLISHED", "post_id")
        case _, Propose():
            return appointment.decide(post, command)
        case _, ConfirmRevocation():
            return access.decide(post, command)
        case _, Due(name, at):
            return fall_due(post, name, at)
        case _:
            if isinstance(command, mandate.Command):
                return tenure.decide(post, command)
            it = find(post, command.assignment_id)
            return Refused("ORG-ASSIGNMENT", "assignment_id") if it is None else decide_assignment(post, it, command)


def decide_assignment(post: Post, it: Assignment, command: AboutAssignment) -> Sequence[Event] | Refused:
    """What follows for one assignment of the post."""
    if isinstance(command, screened.Command):
        return screened.decide(post, it, command)
    if isinstance(command, holding.Command):
        return holding.decide(post, it, command)
    if isinstance(command, Correct):
        return record.decide(post, it, command)
    return absence.decide(it.absences, command) if it.standing in {Standing.ACTIVE, Standing.SUSPENDED} else Refused("ORG-STATE")


def fall_due(post: Post, name: str, at: datetime) -> Sequence[Event]:
    """What follows when a deadline has come: of the post, of access, of a mandate, or of an assignment."""
    what, _, which = name.partition(":")
    if what == "unattended":
        return seat.fall_due(post, at)
    if what == "revoke":
        return access.fall_due(post, UUID(which), at)
    if (held := mandate_of(post, UUID(which))) is not None:
        return mandate.fall_due(held, what, at)
    it = find(post, UUID(which))
    if it is None:
        return []
    if what in {"absence", "return"}:
        return absence.fall_due(it.id, it.absences, what, at) if it.standing in HELD else []
    return (what == "end" and tenure.fall_due(post, it, at)) or holding.fall_due(post, it, what, at)


def following(post: Post, event: Event) -> Sequence[Event]:
    """What one event means for the rest of the post, which is as it is after the event."""
    match event:
        case Started(assignment_id, at):
            it = find(post, assignment_id)
            assert it is not None
            return [*(tenure.begun(post, it, at) or holding.detached(it, at)), *appointment.stood_down(post, it, at)]
        case Returned(assignment_id, _, at):
            it = find(post, assignment_id)
            assert it is not None
            return appointment.stood_down(post, it, at) if it.standing is Standing.ACTIVE else []
        case Rejected(assignment_id, _, reason_code, at):
            return tenure.left(post, assignment_id, day_of(at), reason_code, at)
        case Ended(assignment_id, _, on, reason_code, at):
            return tenure.left(post, assignment_id, on, reason_code, at)
        case EndPlanned():
            return tenure.leaving(post, event)
        case Corrected():
            return tenure.corrected(post, event)
        case TermBegan() | Renewed() | LeavingPlanned() | TermCorrected() | MandateOver():
            return tenure.of_assignment(post, event)
        case Abolished(at=at):
            return tenure.cancelled(post, at)
        case _:
            return []


def evolve(post: Post, event: Event) -> Post:
    """The post after an event, and since when nobody has acted in it."""
    after = evolved(post, event)
    if after.status in {Status.NEW, Status.PROPOSED, Status.ABOLISHED} or any(acts(it) for it in after.assignments):
        return after if after.unattended_since is None else replace(after, unattended_since=None, unattended_told=False)
    return after if after.unattended_since is not None else replace(after, unattended_since=getattr(event, "at", None))


def evolved(post: Post, event: Event) -> Post:
    """What an event changes: each concern takes its own."""
    if isinstance(event, mandate.Event):
        return replace(post, mandates=tenure.evolve(post, event))
    if isinstance(event, seat.Event):
        return seat.evolve(post, event)
    if isinstance(event, Proposed):
        return settled(post, (*post.assignments, appointment.proposed(event)))
    return settled(post, tuple(evolve_assignment(each, event) if each.id == event.assignment_id else each for each in post.assignments))


def settled(post: Post, assignments: tuple[Assignment, ...]) -> Post:
    """The post with these assignments, and the status that follows from them; with only an interim it can still be filled."""
    if post.status is Status.ABOLISHED:
        return replace(post, assignments=assignments)
    standings = {it.standing for it in assignments if it.kind is not AppointmentKind.INTERIM}
    status = Status.FILLED if standings & HELD else Status.RESERVED if standings & LIVE else Status.VACANT
    return replace(post, status=status, assignments=assignments)


def evolve_assignment(it: Assignment, event: OfAssignment) -> Assignment:
    """The assignment after an event about it."""
    if isinstance(event, screened.Event):
        return screened.evolve(it, event)
    if isinstance(event, holding.Event):
        return holding.evolve(it, event)
    if isinstance(event, access.Event):
        return access.evolve(it, event)
    match event:
        case ScreeningAsked():
            return replace(it, standing=Standing.SCREENING_PENDING)
        case Corrected():
            return record.evolve(it, event)
        case absence.AbsenceRegistered() | absence.AbsenceBegan() | Returned():
            return replace(it, absences=absence.evolve(it.absences, event))
        case _:
            assert_never(event)


def due(post: Post) -> set[Deadline]:
    """What runs for assignments, for mandates and for access that must be off; and how long nobody may act in a post that heads a unit."""
    running = seat.deadlines(post)
    for it in post.assignments:
        running |= holding.deadlines(post, it) | set(access.deadlines(it))
        if it.standing in HELD:
            running |= set(absence.deadlines(it.id, it.absences))
    for held in post.mandates:
        running |= set(mandate.deadlines(held))
    return running
