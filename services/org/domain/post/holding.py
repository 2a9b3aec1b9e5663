"""How somebody comes to act in a post, may not any more, and leaves it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import assert_never
from uuid import UUID

from cg_contracts.org import AppointmentKind
from cg_kit.pure import Deadline, Refused
from cg_kit.pure.terms import day_of, start_of
from services.org.domain.post import access
from services.org.domain.post.fitness import fit_until, is_fit
from services.org.domain.post.record import remembered
from services.org.domain.post.state import HELD, LIVE, Assignment, Post, Standing


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


Command = Reactivate | End


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
class DetachmentBegan:
    """The person works here from now on, and is away from what they hold elsewhere."""

    assignment_id: UUID
    person_id: UUID
    until: date | None
    at: datetime


Event = Confirmed | Rejected | Started | Suspended | Reconfirmed | EndPlanned | Ended | DetachmentBegan


def decide(post: Post, it: Assignment, command: Command) -> Sequence[Event | access.Event] | Refused:
    """A suspension is lifted by a person only; who is not confirmed yet does not leave but is rejected."""
    match it.standing, command:
        case Standing.SUSPENDED, Reactivate(_, at):
            return reactivating(post, it, at)
        case ((Standing.CONFIRMED | Standing.ACTIVE), Reactivate()):
            return []
        case Standing.SCREENING_PENDING, End(_, _, reason_code, at):
            return [Rejected(it.id, it.person_id, reason_code, at)]
        case ((Standing.CONFIRMED | Standing.ACTIVE | Standing.SUSPENDED), End(_, on, reason_code, at)):
            return ending(it, on, reason_code, at)
        case ((Standing.ENDED | Standing.REJECTED), End()):
            return []
        case _:
            return Refused("ORG-STATE")


def starting(post: Post, it: Assignment, at: datetime) -> list[Event | access.Event]:
    """The person starts, or starts again, with the access that goes with it."""
    return [Started(it.id, at), *access.granted(post, it, at)]


def reactivating(post: Post, it: Assignment, at: datetime) -> list[Event | access.Event] | Refused:
    """By a person only: the ground is there again. Who stood in stands down."""
    if not is_fit(post, it, at):
        return Refused("ORG-3")
    return [Reconfirmed(it.id, at)] if at < start_of(it.valid_from) else starting(post, it, at)


def suspending(post: Post, it: Assignment, reason_code: str, at: datetime) -> list[Event | access.Event]:
    """The person may not act in the post, nor use what is above the level that is left."""
    return [Suspended(it.id, reason_code, at), *access.suspended(post, it, reason_code, at)]


def ending(it: Assignment, on: date, reason_code: str, at: datetime) -> list[Event] | Refused:
    """On a day to come it is planned."""
    if it.valid_to is not None and on > it.valid_to:
        return Refused("ORG-2", "on")  # a successor may count on the day
    if on <= day_of(at):
        return [Ended(it.id, it.person_id, on, reason_code, at)]
    return [] if on == it.valid_to else [EndPlanned(it.id, on, reason_code, at)]


def leaving(it: Assignment, on: date, reason_code: str, at: datetime) -> Ended | Rejected:
    """The end of an assignment that lives: of who is not confirmed yet, a rejection."""
    return Ended(it.id, it.person_id, on, reason_code, at) if it.standing in HELD else Rejected(it.id, it.person_id, reason_code, at)


def ended_all(post: Post, on: date, reason_code: str, at: datetime) -> list[Ended | Rejected]:
    """The end of every assignment that lives."""
    return [leaving(it, on, reason_code, at) for it in post.assignments if it.standing in LIVE]


def fall_due(post: Post, it: Assignment, what: str, at: datetime) -> list[Event | access.Event]:
    """The planned first day, if the person is fit on it; the ground on which they act has lapsed; or the planned end."""
    match what, it:
        case "start", Assignment(standing=Standing.CONFIRMED) if it.valid_to is None or at < start_of(it.valid_to):
            return starting(post, it, at) if is_fit(post, it, at) else [Suspended(it.id, "not_fit_at_start", at)]
        case "lapse", Assignment(standing=Standing.CONFIRMED | Standing.ACTIVE) if not is_fit(post, it, at):
            return suspending(post, it, "advice_expired" if it.advice else "clearance_expired", at)
        case "end", Assignment(valid_to=date() as on) if at == start_of(on) and it.standing in LIVE:
            return [leaving(it, on, (it.reason_code or "planned_end") if it.standing in HELD else "period_over", at)]
        case _:
            return []


def detached(it: Assignment, at: datetime) -> list[Event]:
    """With the first day in the post a detachment takes the person from what they hold elsewhere."""
    begins = it.kind is AppointmentKind.DETACHED and not it.is_detached
    return [DetachmentBegan(it.id, it.person_id, it.valid_to, at)] if begins else []


def evolve(it: Assignment, event: Event) -> Assignment:
    """The assignment after the event, and beside it what was known before."""
    after = _changed(it, event)
    same = (after.standing, after.valid_from, after.valid_to) == (it.standing, it.valid_from, it.valid_to)
    return after if same else remembered(it, after, event.at)


def _changed(it: Assignment, event: Event) -> Assignment:
    match event:
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
        case Ended(_, _, on, reason_code, at):
            return replace(it, standing=Standing.ENDED, reason_code=reason_code, valid_to=max(on, it.valid_from), entitlements=access.expired(it, at))
        case DetachmentBegan():
            return replace(it, is_detached=True)
        case _:
            assert_never(event)


def deadlines(post: Post, it: Assignment) -> set[Deadline]:
    """The planned first day, the lapse of what the post asks, and the planned end."""
    running = set()
    if it.standing is Standing.CONFIRMED and it.confirmed_at is not None:
        running.add(Deadline(f"start:{it.id}", max(start_of(it.valid_from), it.confirmed_at), it.id))
    if it.standing in {Standing.CONFIRMED, Standing.ACTIVE} and (until := fit_until(post, it)) is not None:
        running.add(Deadline(f"lapse:{it.id}", until, it.id))
    if it.standing in LIVE and it.valid_to is not None:
        running.add(Deadline(f"end:{it.id}", start_of(it.valid_to), it.id))
    return running
