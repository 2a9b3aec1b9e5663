"""Legal time in Belgium: when a term of hours, days, months, years or working days ends, and why then."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from types import MappingProxyType
from typing import Literal
from zoneinfo import ZoneInfo

from holidays import country_holidays

BRUSSELS = ZoneInfo("Europe/Brussels")
ON_A_SUNDAY_ANYWAY = frozenset({"Easter Sunday", "Pentecost"})
"""What the library lists beyond the ten legal holidays."""

Unit = Literal["hours", "days", "months", "years", "working_days"]
TERM = re.compile(r"(?P<n>[0-9]{1,6}) +(?P<unit>hour|day|month|year|working day)s?(?P<before> +before)?")
UNITS: dict[str, Unit] = {"hour": "hours", "day": "days", "month": "months", "year": "years", "working day": "working_days"}


@dataclass(frozen=True, slots=True)
class Reckoned:
    """The end of a term.

    `due` is the first instant that is too late, in Europe/Brussels; `due_date` the last day in time; `raw_date` the day before any rule for
    weekends and holidays moved it; `explanation` a sentence that says why.
    """

    due: datetime
    due_date: date
    raw_date: date
    explanation: str


@dataclass(frozen=True, slots=True)
class Term:
    """A length of legal time, as `Term(8, "days")`.

    A term in days or months whose last day is a Saturday, Sunday or legal holiday ends on the next working day (T1, T2), unless `rolls` is False,
    as for validity and foreign requests. Hours run on the clock (T3); years, and what counts back (`before`), never roll.
    """

    n: int
    unit: Unit
    before: bool = False
    rolls: bool = True

    def __post_init__(self) -> None:
        if not 1 <= self.n <= 999_999 or self.unit not in UNITS.values():
            raise ValueError(f"a term is 1 to 999999 of {', '.join(UNITS.values())}, not {self.n} {self.unit}")

    @classmethod
    def parse(cls, text: str) -> Term:
        """Reads `8 days`, `72 hours`, `3 months`, `5 years`, `20 working days`, `7 months before`; anything else is a ValueError."""
        found = TERM.fullmatch(text.strip().lower().replace("_", " "))
        if found is None:
            raise ValueError(f"{text!r} is not a term such as '8 days', '72 hours', '3 months', '20 working days' or '7 months before'")
        return cls(int(found["n"]), UNITS[found["unit"]], before=found["before"] is not None)

    def __str__(self) -> str:
        name = self.unit.replace("_", " ")
        return f"{self.n} {name[:-1] if self.n == 1 else name}{' before' if self.before else ''}"

    def due(self, start: datetime, shift_days: int = 0) -> Reckoned:
        """When the term that starts at this instant ends. A suspension of `shift_days` moves the raw end by as many days; then the rule applies."""
        if start.tzinfo is None:
            raise ValueError("a term starts at an instant with an offset")
        if shift_days < 0:
            raise ValueError("a suspension cannot shorten a term")
        try:
            return self._hours(start, shift_days) if self.unit == "hours" else self._calendar(start, shift_days)
        except (OverflowError, ValueError) as beyond:
            raise ValueError(f"{self} from {start.isoformat()} lies outside the calendar") from beyond

    def _hours(self, start: datetime, shift_days: int) -> Reckoned:
        end = start.astimezone(UTC) + timedelta(hours=-self.n if self.before else self.n) + timedelta(days=shift_days)
        due = end.astimezone(BRUSSELS)
        begun = start.astimezone(BRUSSELS)
        way = f"{self} {begun.isoformat()}" if self.before else f"{self} from {begun.isoformat()}"
        change = ""
        if begun.utcoffset() != due.utcoffset():
            change = "; summer time starts or ends in between, which does not change the hours that pass"
        said = f"{way} run on the clock, weekends and holidays included{_suspended(shift_days)}, and end at {due.isoformat()}{change}."
        return Reckoned(due, due.date(), due.date(), said)

    def _calendar(self, start: datetime, shift_days: int) -> Reckoned:
        first = start.astimezone(BRUSSELS).date()
        raw, skipped = self._raw(first)
        raw += timedelta(days=shift_days)
        last = raw
        moved: list[str] = []
        if self._may_roll():
            while (why := day_off(last)) is not None:
                moved.append(f"{last.isoformat()} is {why}")
                last += timedelta(days=1)
        due = start_of(last + timedelta(days=1))
        said = f"{self} {_day(first)} is {_day(raw)}" if self.before else f"{self} from {_day(first)} (that day not counted) end on {_day(raw)}"
        if skipped:
            said += f", leaving out {_listed(skipped)}"
        said += _suspended(shift_days)
        if self.unit in ("months", "years") and not shift_days and raw.day != first.day:
            said += f", the last day of that month, which has no day {first.day}"
        if moved:
            said += f"; {_listed(moved)}, so the term moves to the next working day, {_day(last)}"
        elif not self._may_roll() and (why := day_off(last)) is not None:
            said += f"; that is {why}, but such a term does not move"
        return Reckoned(due, last, raw, f"{said}. The whole day counts: it is too late from {due.isoformat()} on.")

    def _may_roll(self) -> bool:
        return self.rolls and not self.before and self.unit in ("days", "months", "working_days")

    def _raw(self, first: date) -> tuple[date, list[str]]:
        """The day it ends by counting alone, and for working days what was left out on the way."""
        sign = -1 if self.before else 1
        match self.unit:
            case "months":
                return _months_on(first, sign * self.n), []
            case "years":
                return _months_on(first, sign * self.n * 12), []
            case "working_days":
                return _working_days_on(first, sign, self.n)
            case _:
                return first + timedelta(days=sign * self.n), []


def day_of(at: datetime) -> date:
    """The calendar day of an instant in Brussels; at the edges of the calendar, which have none, the day as written."""
    try:
        return at.astimezone(BRUSSELS).date()
    except OverflowError:
        return at.date()


def start_of(day: date) -> datetime:
    """The instant at which a day begins in Brussels."""
    return datetime.combine(day, time(), BRUSSELS)


def valid_until(start: datetime, term: Term) -> datetime:
    """The instant at which something valid for this long from the day of `start` on stops being so.

    The first day counts, so the last is the day before the anniversary, and nothing is ever valid longer than its term (SCR-9). Never rolls.
    """
    reckoned = Term(term.n, term.unit, rolls=False).due(start)
    return reckoned.due if term.unit == "hours" else start_of(reckoned.due_date)


@lru_cache(maxsize=512)
def legal_holidays(year: int) -> Mapping[date, str]:
    """The ten legal holidays of a year (T4: law of 4 January 1974 and Royal Decree of 18 April 1974), with their English names."""
    listed = country_holidays("BE", years=year, language="en_US")
    return MappingProxyType({day: name.replace("Labor", "Labour") for day, name in sorted(listed.items()) if name not in ON_A_SUNDAY_ANYWAY})


def day_off(day: date) -> str | None:
    """Why nobody works on this day (`a Saturday (weekend)`, `a legal holiday (Easter Monday)`), or None on a working day."""
    if (name := legal_holidays(day.year).get(day)) is not None:
        return f"a legal holiday ({name})"
    return f"a {day:%A} (weekend)" if day.weekday() >= 5 else None


def _months_on(first: date, months: int) -> date:
    """The same day number so many months on; where the month is shorter, its last day (T2)."""
    year, month = divmod(first.year * 12 + first.month - 1 + months, 12)
    next_month = date(year + (month == 11), (month + 1) % 12 + 1, 1)
    return date(year, month + 1, min(first.day, (next_month - timedelta(days=1)).day))


def _working_days_on(first: date, sign: int, n: int) -> tuple[date, list[str]]:
    day, left, skipped = first, n, list[str]()
    while left:
        day += timedelta(days=sign)
        if (why := day_off(day)) is None:
            left -= 1
        elif why.startswith("a legal holiday") and day.weekday() < 5:
            skipped.append(f"{day.isoformat()}, {why}")
    return day, ["weekends", *skipped]


def _day(day: date) -> str:
    return f"{day:%A} {day.isoformat()}"


def _listed(parts: list[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def _suspended(shift_days: int) -> str:
    return f", moved by {shift_days} days of suspension" if shift_days else ""
