"""Who held the post when, as was known at an instant: never overwritten, only superseded (ORG-6); and its correction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from uuid import UUID

from cg_contracts.org import AppointmentKind, Sensitivity
from cg_kit.pure import Refused
from cg_kit.pure.terms import day_of, start_of
from services.org.domain import absence
from services.org.domain.post.fitness import is_fit
from services.org.domain.post.state import HELD, Assignment, Post, Spell, Standing


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
class Corrected:
    """The person held the post in another period than was known; what was known stays readable."""

    assignment_id: UUID
    valid_from: date
    valid_to: date | None
    reason_code: str
    decision_ref: str
    at: datetime


def spells(it: Assignment) -> tuple[Spell, ...]:
    """All that was ever known of when the person held the post. One that was kept before its history was counts as known since it was proposed."""
    if it.history or it.standing not in HELD | {Standing.ENDED}:
        return it.history
    return (Spell(Standing.ACTIVE if it.standing is Standing.ENDED else it.standing, it.valid_from, it.valid_to, it.recorded_at),)


def known(it: Assignment) -> list[Spell]:
    """When the person held the post and is to hold it, as we know it now, the earliest first."""
    return sorted((each for each in spells(it) if each.superseded_at is None), key=lambda each: each.valid_from)


def holders(post: Post, on: date, known_at: datetime) -> list[tuple[Assignment, Spell]]:
    """Who holds the post on a day, as was known at an instant: who acts before who is suspended or away, and no interim beside a holder who acts."""
    found = [(it, each) for it in post.assignments for each in spells(it) if each.holds(on, known_at)]
    idle = {it.id for it, each in found if each.standing is Standing.SUSPENDED or absence.was_away(it.absences, on, known_at)}
    if any(it.kind is not AppointmentKind.INTERIM and it.id not in idle for it, _ in found):
        found = [(it, each) for it, each in found if it.kind is not AppointmentKind.INTERIM]
    return sorted(found, key=lambda one: one[0].id in idle)


def remembered(before: Assignment, after: Assignment, at: datetime, *, extended: bool = False) -> Assignment:
    """The assignment after a change, with its history: what no longer holds is superseded, what holds instead is recorded."""
    held = [(each.standing, each.valid_from, each.valid_to) for each in known(before)]
    if after.standing in HELD and after.standing is not before.standing:
        since = max(day_of(at), after.valid_from)
        began = [(standing, start, since if end is None else min(end, since)) for standing, start, end in held if standing is not Standing.CONFIRMED]
        held = [*began, (after.standing, since, None)]
    if held:
        held[-1] = (held[-1][0], held[-1][1], after.valid_to)
    if held and extended:
        held[0] = (held[0][0], after.valid_from, held[0][2])
    fitted = [(standing, max(start, after.valid_from), earlier(end, after.valid_to)) for standing, start, end in held]
    now = [each for each in fitted if each[2] is None or each[1] < each[2]]
    old = tuple(
        each if each.superseded_at is not None or (each.standing, each.valid_from, each.valid_to) in now else replace(each, superseded_at=at)
        for each in spells(before)
    )
    there = {(each.standing, each.valid_from, each.valid_to) for each in old if each.superseded_at is None}
    return replace(after, history=(*old, *(Spell(*each, at) for each in now if each not in there)))


def earlier(one: date | None, other: date | None) -> date | None:
    """The first of two days, of which none is never."""
    return min((each for each in (one, other) if each is not None), default=None)


def decide(post: Post, it: Assignment, command: Correct) -> Sequence[Corrected] | Refused:
    """A new record for what turns out to have been; who holds the post still, still does, and who does not, does not (ORG-6)."""
    if it.standing not in {Standing.ACTIVE, Standing.SUSPENDED, Standing.ENDED}:
        return Refused("ORG-STATE")
    start, end, at = command.valid_from, command.valid_to, command.at
    held = known(it)
    if not held:
        return Refused("ORG-STATE")  # ended before it began
    if (start, end) == (held[0].valid_from, held[-1].valid_to):
        return []
    seats = [each for each in (*post.earlier, post.seat) if each]
    if start > day_of(at) or start < min(each.valid_from for each in seats):
        return Refused("ORG-PERIOD", "valid_from")
    if it.standing is Standing.ENDED:
        if end is None or end > day_of(at) or end < start or (seats[-1].valid_to is not None and end > seats[-1].valid_to):
            return Refused("ORG-PERIOD", "valid_to")
    elif end != it.valid_to or start == end:
        return Refused("ORG-PERIOD", "valid_to")  # a day to come is not corrected: the assignment is ended on another
    if post.seat is not None and post.seat.sensitivity is not Sensitivity.NONE:
        if start < held[0].valid_from and (it.confirmed_at is None or start < day_of(it.confirmed_at)):
            return Refused("ORG-3", "valid_from")
        was = held[-1]
        later = end is not None and was.valid_to is not None and end > was.valid_to
        if later and was.standing is Standing.ACTIVE and end is not None and not is_fit(post, it, start_of(end) - timedelta(microseconds=1)):
            return Refused("ORG-3", "valid_to")
    corrected = Corrected(it.id, start, end, command.reason_code, command.decision_ref, at)
    after = evolve(it, corrected)
    if any(clash(after, other, day_of(at)) for other in post.assignments if other.id != it.id):
        return Refused("ORG-2", "valid_from")
    return [corrected]


def evolve(it: Assignment, event: Corrected) -> Assignment:
    """The assignment with its other period, and beside it what was known before."""
    return remembered(it, replace(it, valid_from=event.valid_from, valid_to=event.valid_to), event.at, extended=True)


def clash(it: Assignment, other: Assignment, today: date) -> bool:
    """Whether two held the post on one day, other than an interim for who was suspended or away."""
    return any(
        (mine.valid_to is None or theirs.valid_from < mine.valid_to)
        and (theirs.valid_to is None or mine.valid_from < theirs.valid_to)
        and not stood_in(it, mine, other, theirs, today)
        and not stood_in(other, theirs, it, mine, today)
        for mine in known(it)
        for theirs in known(other)
    )


def stood_in(interim: Assignment, acting: Spell, holder: Assignment, held: Spell, today: date) -> bool:
    """Whether on all days that they share the one stood in and the other was suspended or away; on days to come the one stands down by itself."""
    if interim.kind is not AppointmentKind.INTERIM or holder.kind is AppointmentKind.INTERIM:
        return False
    since, until = max(acting.valid_from, held.valid_from), earlier(earlier(acting.valid_to, held.valid_to), today + timedelta(days=1))
    return held.standing is Standing.SUSPENDED or since > today or absence.covers(holder.absences, since, until)
