"""How much of what was recommended is done, and how old the rest is, by directorate and year."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from pydantic import BaseModel

from cg_contracts.org import UnitKind
from cg_kit.http import Door
from cg_kit.pure.terms import day_of
from services.audit.domain.recommendation import OPEN, Status
from services.audit.domain.scale import Text
from services.audit.domain.unit import Unit
from services.audit.queries import universe

LINES = """
SELECT unit_id, status, (state ->> 'issued_at')::timestamptz AS issued_at, (state ->> 'closed_at')::timestamptz AS closed_at,
       (state ->> 'target_on')::date AS target_on, (state ->> 'first_target_on')::date AS first_target_on,
       jsonb_array_length(state -> 'claims') AS claims,
       (SELECT count(*) FROM jsonb_array_elements(state -> 'claims') c WHERE c ->> 'verified' = 'false') AS not_done
  FROM recommendation_state WHERE unit_id IS NOT NULL
"""

BUCKETS = ((0, 90), (91, 180), (181, 365), (366, None))
"""Ages of what is open, in days."""

DIRECTORATES = frozenset({UnitKind.GENERAL_DIRECTORATE, UnitKind.DIRECTORATE, UnitKind.DECONCENTRATED, UnitKind.SERVICE})


class Counts(BaseModel):
    """What became of the recommendations of a year. `closed_in_time`: by the first date; `rate_pct`: how many of all are closed."""

    issued: int = 0
    closed: int = 0
    closed_in_time: int = 0
    open: int = 0
    late: int = 0
    accepted: int = 0
    claims: int = 0
    not_done: int = 0
    """How often its owners said that something was done which was not, of all claims."""

    @property
    def rate_pct(self) -> int:
        """Closed, in percent of all."""
        return round(100 * self.closed / self.issued) if self.issued else 0


class YearSeen(Counts):
    """The counts of a year, with their rate."""

    year: int
    implemented_pct: int


class DirectorateSeen(BaseModel):
    """A directorate (without one: a unit that stands alone), year by year, and how old what is open there is, by bucket of days."""

    unit_id: UUID
    labels: dict[str, str]
    years: list[YearSeen]
    ageing: list[int]


class FiguresSeen(BaseModel):
    """All directorates that have recommendations, and the whole; `buckets` are the ages in days, the last without an end."""

    on: date
    buckets: list[tuple[int, int | None]]
    directorates: list[DirectorateSeen]
    total: YearSeen
    ageing: list[int]


@dataclass(frozen=True, slots=True)
class Line:
    """What counts of a recommendation."""

    unit_id: UUID
    status: Status
    issued_on: date
    closed_on: date | None
    target_on: date
    first_target_on: date
    claims: int
    not_done: int


def counted(lines: list[Line], units: Mapping[UUID, Unit], on: date) -> FiguresSeen:
    """The figures of a day."""
    found: dict[UUID, dict[int, Counts]] = {}
    ages: dict[UUID, list[int]] = {}
    total, total_ages = Counts(), [0] * len(BUCKETS)
    for line in lines:
        place = directorate(line.unit_id, units)
        ages.setdefault(place, [0] * len(BUCKETS))
        for counts in (found.setdefault(place, {}).setdefault(line.issued_on.year, Counts()), total):
            _count(counts, line, on)
        if line.status in OPEN:
            for each in (ages[place], total_ages):
                each[_bucket((on - line.issued_on).days)] += 1
    seen = [
        DirectorateSeen(
            unit_id=unit_id,
            labels=_labels(units, unit_id),
            years=[_year(year, years[year]) for year in sorted(years, reverse=True)],
            ageing=ages[unit_id],
        )
        for unit_id, years in found.items()
    ]
    ordered = sorted(seen, key=lambda each: (-sum(year.issued for year in each.years), each.labels.get("nl", ""), each.unit_id))
    return FiguresSeen(on=on, buckets=list(BUCKETS), directorates=ordered, total=_year(on.year, total), ageing=total_ages)


def directorate(unit_id: UUID, units: Mapping[UUID, Unit]) -> UUID:
    """The directorate or service in which a unit is: the first at or above it, or the unit itself where there is none."""
    at: UUID | None = unit_id
    for _ in range(len(units) + 1):
        described = units[at].described if at is not None and at in units else None
        if at is None or described is None:
            return unit_id
        if described.kind in DIRECTORATES:
            return at
        at = described.parent_id
    return unit_id


def _count(counts: Counts, line: Line, on: date) -> None:
    counts.issued += 1
    counts.claims += line.claims
    counts.not_done += line.not_done
    if line.status is Status.CLOSED:
        counts.closed += 1
        counts.closed_in_time += line.closed_on is not None and line.closed_on <= line.first_target_on
    elif line.status is Status.RISK_ACCEPTED:
        counts.accepted += 1
    elif line.target_on < on and line.status is not Status.REPORTED_IMPLEMENTED:
        counts.late += 1
    else:
        counts.open += 1


def _bucket(days: int) -> int:
    return next(n for n, (_, most) in enumerate(BUCKETS) if most is None or days <= most)


def _year(year: int, counts: Counts) -> YearSeen:
    return YearSeen(**counts.model_dump(), year=year, implemented_pct=counts.rate_pct)


def _labels(units: Mapping[UUID, Unit], unit_id: UUID) -> Text:
    described = units[unit_id].described if unit_id in units else None
    return described.labels if described is not None else {}


async def figures(door: Door) -> FiguresSeen:
    """The figures of today."""
    lines = [
        Line(
            row["unit_id"],
            Status(row["status"]),
            day_of(row["issued_at"]),
            day_of(row["closed_at"]) if row["closed_at"] else None,
            row["target_on"],
            row["first_target_on"],
            row["claims"],
            row["not_done"],
        )
        for row in await door.fetch(LINES)
    ]
    return counted(lines, await universe.units(door, ended=True), day_of(door.now))
