"""The line above somebody as of a day: who is named, who headed their units, and whoever headed those above, up to the top."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from services.integrity.domain import post, unit


@dataclass(frozen=True, slots=True)
class Line:
    """Who may not handle a report, whether it concerns the top, and the units from the one concerned upwards."""

    excluded: tuple[UUID, ...]
    top: bool
    units: tuple[UUID, ...]


def above(
    day: date,
    named: Collection[UUID],
    unit_id: UUID | None,
    posts: Mapping[UUID, post.Post],
    units: Mapping[UUID, unit.Unit],
) -> Line:
    """The line of these persons and of this unit on that day.

    The top is concerned when somebody named headed the commissioner-general's unit or belonged to this service, or when one of the two is the unit meant.
    """
    own = [place.unit_id for each in posts.values() if not set(post.in_it(each, day)).isdisjoint(named) and (place := post.place_on(each, day))]
    start = [*own, *([unit_id] if unit_id else [])]
    climbed = tuple(dict.fromkeys(each for first in start for each in upwards(first, day, units)))
    heads = [
        person
        for each in posts.values()
        if (place := post.place_on(each, day)) is not None and place.is_head and place.unit_id in climbed
        for person in post.in_it(each, day)
    ]
    slugs = {slug_of(each, day, units) for each in ([unit_id] if unit_id else [])}
    theirs = {slug_of(each, day, units) for each in own}
    top = not slugs.isdisjoint({unit.TOP, unit.HOME}) or unit.HOME in theirs or heads_top(named, day, posts, units)
    return Line(tuple(dict.fromkeys((*named, *heads))), top, climbed)


def heads_top(named: Collection[UUID], day: date, posts: Mapping[UUID, post.Post], units: Mapping[UUID, unit.Unit]) -> bool:
    """Whether one of these is the commissioner-general."""
    for each in posts.values():
        place = post.place_on(each, day)
        if place is not None and place.is_head and slug_of(place.unit_id, day, units) == unit.TOP and not set(post.in_it(each, day)).isdisjoint(named):
            return True
    return False


def upwards(unit_id: UUID, day: date, units: Mapping[UUID, unit.Unit]) -> Iterable[UUID]:
    """A unit and those above it."""
    seen: set[UUID] = set()
    at: UUID | None = unit_id
    while at is not None and at not in seen:
        seen.add(at)
        yield at
        version = unit.on_day(units[at], day) if at in units else None
        at = version.parent_id if version else None


def slug_of(unit_id: UUID, day: date, units: Mapping[UUID, unit.Unit]) -> str | None:
    """What a unit is called in short."""
    version = unit.on_day(units[unit_id], day) if unit_id in units else None
    return version.slug if version else None


def counted(start: UUID | None, day: date, posts: Mapping[UUID, post.Post], units: Mapping[UUID, unit.Unit], k: int) -> tuple[UUID, ...]:
    """From the smallest unit with at least k persons in or under it, upwards: what a count may name (INT-2)."""
    if start is None:
        return ()
    path = list(upwards(start, day, units))
    return tuple(path[next((n for n, each in enumerate(path) if members(each, day, posts, units) >= k), len(path)) :])


def members(unit_id: UUID, day: date, posts: Mapping[UUID, post.Post], units: Mapping[UUID, unit.Unit]) -> int:
    """How many persons are in a unit or under it."""
    found: set[UUID] = set()
    for each in posts.values():
        place = post.place_on(each, day)
        if place is not None and unit_id in upwards(place.unit_id, day, units):
            found.update(post.in_it(each, day))
    return len(found)
