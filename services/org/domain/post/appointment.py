"""A person is proposed for a post that nobody holds on those days (ORG-2); who stands in stands down when the holder acts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from cg_contracts.org import AppointmentKind, Sensitivity
from cg_kit.pure import Refused, named
from cg_kit.pure.terms import day_of
from services.org.domain import absence, mandate
from services.org.domain.mandate import Appointed
from services.org.domain.post.holding import Confirmed, Ended, Rejected, leaving
from services.org.domain.post.state import LIVE, Assignment, Post, Standing, find, mandate_by


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


Event = Proposed | ScreeningAsked


def decide(post: Post, command: Propose) -> Sequence[Event | Appointed | Confirmed] | Refused:
    """Once; of a kind that the post has; for a mandate, who was selected for it. Screening is asked where the post is sensitive."""
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
    events: list[Event | Appointed | Confirmed] = [
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
    there = [it for it in post.assignments if it.standing in LIVE | {Standing.ENDED} and meets(post, it, start, end)]
    if kind is not AppointmentKind.INTERIM:
        return any(it.kind is not AppointmentKind.INTERIM for it in there)
    return any(it.kind is AppointmentKind.INTERIM or not leaves_room(it, start) for it in there)


def meets(post: Post, it: Assignment, start: date, end: date | None) -> bool:
    """Whether the assignment shares a day with [start, end). A mandate that may be renewed has no end yet."""
    held = mandate_by(post, it.id)
    until = None if held is not None and mandate.may_go_on(held) else it.valid_to
    return (until is None or start < until) and (end is None or it.valid_from < end) and it.valid_from != it.valid_to


def leaves_room(it: Assignment, start: date) -> bool:
    """Whether an interim can begin on a day while this person is to hold, or holds, the post."""
    if it.standing in {Standing.PROPOSED, Standing.SCREENING_PENDING, Standing.SUSPENDED}:
        return True
    return absence.is_away(it.absences, start) or (it.standing is Standing.CONFIRMED and start < it.valid_from)


def stood_down(post: Post, holder: Assignment, at: datetime) -> list[Ended | Rejected]:
    """Who stands in for a holder that acts stands down, unless the holder will be away by then."""
    if holder.kind is AppointmentKind.INTERIM:
        return []
    events: list[Ended | Rejected] = []
    for it in post.assignments:
        first = max(day_of(at), it.valid_from)
        if it.kind is AppointmentKind.INTERIM and it.standing in LIVE and meets(post, holder, first, None) and not absence.is_away(holder.absences, first):
            events.append(leaving(it, day_of(at), "holder_acts", at))
    return events


def proposed(event: Proposed) -> Assignment:
    """The assignment as it begins."""
    return Assignment(
        event.assignment_id,
        event.request_id,
        event.person_id,
        event.kind,
        event.decision_ref,
        event.planned_start,
        event.at,
        event.planned_end,
    )
