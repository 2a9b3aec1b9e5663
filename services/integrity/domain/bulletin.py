"""What others hear, once a day at one hour and in no order of its own: work by tens, endings by quarter where there are enough, and what the service offers."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import assert_never
from uuid import UUID

from cg_kit.pure import Deadline, Due, Refused, named
from cg_kit.pure.terms import BRUSSELS, day_of, start_of
from services.integrity.domain.terms import BULLETIN, FLOOR, K, quarter_of

DAILY = named("integrity", "bulletin")
"""There is one."""

ANY = "any"
"""A category or an outcome that is not told, because too few share it."""


@dataclass(frozen=True, slots=True)
class Item:
    """A message that waits for the bulletin: its type, and its data as JSON."""

    type: str
    data: str


@dataclass(frozen=True, slots=True)
class Ending:
    """How a report ended, coarsely: from the smallest unit with k members upwards."""

    category: str
    outcome: str
    path: tuple[UUID, ...]


@dataclass(frozen=True, slots=True)
class Cell:
    """So many reports of a category, in or under a unit, ended so."""

    category: str
    outcome: str
    unit_id: UUID | None
    cases: int


@dataclass(frozen=True, slots=True)
class Bulletin:
    """What waits to be told. `counts` are those of the quarter of `last`, the last day that was told; `endings` those that no count has held yet."""

    last: date | None = None
    opened: int = 0
    counts: dict[str, int] = field(default_factory=dict)
    endings: tuple[Ending, ...] = ()
    items: tuple[Item, ...] = ()


NEW = Bulletin()


@dataclass(frozen=True, slots=True)
class Count:
    """Something happened that is counted."""

    what: str
    on: date


@dataclass(frozen=True, slots=True)
class CountEnding:
    """A report ended."""

    ending: Ending
    on: date


@dataclass(frozen=True, slots=True)
class Queue:
    """A message that concerns no report waits for the next bulletin."""

    item: Item
    on: date


Command = Count | CountEnding | Queue | Due


@dataclass(frozen=True, slots=True)
class Counted:
    """One more."""

    what: str
    on: date


@dataclass(frozen=True, slots=True)
class EndingCounted:
    """One more report has ended."""

    ending: Ending
    on: date


@dataclass(frozen=True, slots=True)
class Queued:
    """A message waits."""

    item: Item
    on: date


@dataclass(frozen=True, slots=True)
class Told:
    """The bulletin of a day: open work by tens, and what waited."""

    on: date
    open_at_least: int
    received_at_least: int
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class QuarterTold:
    """The counts of a quarter that is over: exact where there were k reports, else none."""

    quarter: str
    counts: dict[str, int]
    enough: bool
    cells: tuple[Cell, ...]
    left: tuple[Ending, ...]


Event = Counted | EndingCounted | Queued | Told | QuarterTold


def decide(bulletin: Bulletin, command: Command) -> list[Event] | Refused:
    """What a command makes of it."""
    match command:
        case Count(what, on):
            return [Counted(what, on)]
        case CountEnding(ending, on):
            return [EndingCounted(ending, on)]
        case Queue(item, on):
            return [] if item in bulletin.items else [Queued(item, on)]
        case Due(_, at):
            return telling(bulletin, at)
        case _:
            assert_never(command)


def telling(bulletin: Bulletin, at: datetime) -> list[Event]:
    """First the quarter that is over, then the day. Items go in the order of their text, not of their coming."""
    assert bulletin.last is not None
    today = day_of(at)
    told: list[Event] = []
    counts = bulletin.counts
    if quarter_of(today) != quarter_of(bulletin.last):
        cells, left = cells_of(bulletin.endings)
        told.append(QuarterTold(quarter_of(bulletin.last), counts, counts.get("received", 0) >= K, cells, left))
        counts = {}
    items = tuple(sorted(bulletin.items, key=lambda item: (item.type, item.data)))
    return [*told, Told(today, by_k(bulletin.opened), by_k(counts.get("received", 0)), items)]


def by_k(n: int) -> int:
    """The multiple of k below: what is told of a number."""
    return n - n % K


def cells_of(endings: tuple[Ending, ...]) -> tuple[tuple[Cell, ...], tuple[Ending, ...]]:
    """Counts of at least the floor. What is too few in a unit is counted in the one above; at the top without outcome, then without category; else it waits.

    Each ending is in one cell or in none, so that nothing can be found by subtraction.
    """
    cells: list[Cell] = []
    waiting = list(endings)
    for depth in range(max((len(each.path) for each in endings), default=0)):
        waiting = swept(waiting, cells, depth)
    for keep_category in (True, False):
        groups: dict[str, list[Ending]] = {}
        for each in waiting:
            groups.setdefault(each.category if keep_category else ANY, []).append(each)
        waiting = []
        for category, group in sorted(groups.items()):
            if len(group) >= FLOOR:
                cells.append(Cell(category, ANY, None, len(group)))
            else:
                waiting += group
    return tuple(cells), tuple(waiting)


def swept(waiting: list[Ending], cells: list[Cell], depth: int) -> list[Ending]:
    """Takes out those of which, so many units up, there are enough; gives back the others."""
    at = Counter((each.category, each.outcome, each.path[depth]) for each in waiting if depth < len(each.path))
    enough = {key: n for key, n in at.items() if n >= FLOOR}
    cells += [Cell(category, outcome, unit_id, n) for (category, outcome, unit_id), n in sorted(enough.items(), key=str)]
    return [each for each in waiting if depth >= len(each.path) or (each.category, each.outcome, each.path[depth]) not in enough]


def evolve(bulletin: Bulletin, event: Event) -> Bulletin:
    """The bulletin after an event."""
    match event:
        case Counted(what, on):
            counts = {**bulletin.counts, what: bulletin.counts.get(what, 0) + 1}
            opened = bulletin.opened + {"received": 1, "concluded": -1}.get(what, 0)
            return replace(bulletin, last=bulletin.last or on, counts=counts, opened=opened)
        case EndingCounted(ending, on):
            return replace(bulletin, last=bulletin.last or on, endings=(*bulletin.endings, ending))
        case Queued(item, on):
            return replace(bulletin, last=bulletin.last or on, items=(*bulletin.items, item))
        case Told(on):
            return replace(bulletin, last=on, items=())
        case QuarterTold(left=left):
            return replace(bulletin, counts={}, endings=left)
        case _:
            assert_never(event)


def due(bulletin: Bulletin) -> set[Deadline]:
    """Each day at the same hour, whether or not there is anything to tell: that there is, says nothing."""
    if bulletin.last is None:
        return set()
    next_ = start_of(bulletin.last + timedelta(days=1))
    return {Deadline("bulletin", datetime.combine(next_.date(), BULLETIN, BRUSSELS))}
