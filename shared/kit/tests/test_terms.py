"""Legal time: a table of days, and what holds for every term from every instant."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cg_kit.pure.terms import BRUSSELS, Term, day_off, legal_holidays, valid_until


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


INSTANTS = st.datetimes(at("2000-01-01"), at("2090-01-01"), timezones=st.sampled_from([UTC, BRUSSELS]))
LENGTHS = st.integers(1, 400)


def noon(day: str) -> datetime:
    return datetime.fromisoformat(f"{day}T12:00").replace(tzinfo=BRUSSELS)


@pytest.mark.parametrize(
    ("term", "start", "raw", "due"),
    [
        ("8 days", "2026-04-15", "2026-04-23", "2026-04-23"),
        ("8 days", "2026-04-23", "2026-05-01", "2026-05-04"),
        ("30 days", "2026-03-06", "2026-04-05", "2026-04-07"),
        ("20 working days", "2026-04-01", "2026-04-30", "2026-04-30"),
        ("3 months", "2026-11-30", "2027-02-28", "2027-03-01"),
        ("7 months before", "2026-06-30", "2025-11-30", "2025-11-30"),
    ],
)
def test_the_table_of_days(term: str, start: str, raw: str, due: str) -> None:
    reckoned = Term.parse(term).due(noon(start))
    assert (reckoned.raw_date.isoformat(), reckoned.due_date.isoformat()) == (raw, due)
    assert reckoned.due == datetime.combine(date.fromisoformat(due) + timedelta(days=1), datetime.min.time(), BRUSSELS)


@pytest.mark.parametrize(
    ("term", "start", "due"),
    [
        ("72 hours", "2026-03-28T14:30+01:00", "2026-03-31T15:30:00+02:00"),
        ("8 hours", "2026-03-29T01:30+01:00", "2026-03-29T10:30:00+02:00"),
        ("8 hours", "2026-10-25T01:00+02:00", "2026-10-25T08:00:00+01:00"),
        ("1 hour before", "2026-03-29T03:30+02:00", "2026-03-29T01:30:00+01:00"),
    ],
)
def test_hours_run_on_the_clock_also_when_it_is_changed(term: str, start: str, due: str) -> None:
    assert Term.parse(term).due(at(start)).due.isoformat() == due


def test_the_due_instant_is_exclusive() -> None:
    assert Term(8, "days").due(at("2026-04-15T10:00+02:00")).due.isoformat() == "2026-04-24T00:00:00+02:00"


def test_the_day_of_an_instant_is_the_day_in_brussels() -> None:
    assert Term(8, "days").due(at("2026-04-14T22:30Z")).due_date == date(2026, 4, 23)


def test_the_explanation_names_why() -> None:
    said = Term(8, "days").due(noon("2026-04-23")).explanation
    assert "Labour Day" in said
    assert "2026-05-03 is a Sunday (weekend)" in said
    assert "Monday 2026-05-04" in said
    assert "Easter Monday" in Term(20, "working_days").due(noon("2026-04-01")).explanation


def test_a_suspension_moves_the_raw_date_and_then_the_rule_applies() -> None:
    plain = Term(8, "days").due(noon("2026-04-15"))
    moved = Term(8, "days").due(noon("2026-04-15"), shift_days=8)
    assert plain.due_date == date(2026, 4, 23)
    assert (moved.raw_date, moved.due_date) == (date(2026, 5, 1), date(2026, 5, 4))


def test_validity_never_rolls_and_never_exceeds_its_term() -> None:
    assert Term(1, "days", rolls=False).due(noon("2026-05-01")).due_date == date(2026, 5, 2)
    assert Term(5, "years").due(noon("2021-05-01")).due_date == date(2026, 5, 1)
    assert valid_until(noon("2026-04-15"), Term(5, "years")).isoformat() == "2031-04-15T00:00:00+02:00"
    assert valid_until(noon("2024-02-29"), Term(5, "years")).isoformat() == "2029-02-28T00:00:00+01:00"


@pytest.mark.parametrize("year", [1975, 2024, 2025, 2026, 2027, 2038, 2099])
def test_there_are_ten_legal_holidays(year: int) -> None:
    easter_monday = next(day for day, name in legal_holidays(year).items() if name == "Easter Monday")
    moving = {easter_monday, easter_monday + timedelta(38), easter_monday + timedelta(49)}
    fixed = {date(year, *day) for day in ((1, 1), (5, 1), (7, 21), (8, 15), (11, 1), (11, 11), (12, 25))}
    assert set(legal_holidays(year)) == moving | fixed


def test_what_the_civil_service_has_off_besides_is_a_working_day() -> None:
    assert [day_off(date(2026, *day)) for day in ((11, 2), (12, 28))] == [None, None]


@pytest.mark.parametrize("text", ["", "days", "8", "-8 days", "0 days", "8.5 days", "8 weeks", "8 days after", "eight days", "9999999 days", "٨ days"])
def test_what_is_no_term_is_said_to_be_none(text: str) -> None:
    with pytest.raises(ValueError, match="term"):
        Term.parse(text)


def test_an_instant_without_offset_is_no_start() -> None:
    with pytest.raises(ValueError, match="offset"):
        Term(8, "days").due(at("2026-04-15T10:00"))


@pytest.mark.parametrize("term", ["999999 years", "999999 months before", "999999 working days"])
def test_a_term_beyond_the_calendar_is_refused(term: str) -> None:
    with pytest.raises(ValueError, match="calendar"):
        Term.parse(term).due(noon("2026-04-15") if "before" in term else noon("9998-01-01"))


@given(LENGTHS, INSTANTS)
def test_t3_hours_are_elapsed_time(n: int, start: datetime) -> None:
    assert Term(n, "hours").due(start).due.astimezone(UTC) - start.astimezone(UTC) == timedelta(hours=n)


@given(LENGTHS, st.sampled_from(["days", "months", "working_days"]), INSTANTS, st.integers(0, 60))
def test_t1_what_rolls_ends_on_the_first_working_day_not_before_the_raw_date(n: int, unit: str, start: datetime, shift: int) -> None:
    reckoned = Term.parse(f"{n} {unit}").due(start, shift)
    assert day_off(reckoned.due_date) is None
    assert 0 <= (reckoned.due_date - reckoned.raw_date).days <= 5
    assert all(day_off(reckoned.raw_date + timedelta(i)) for i in range((reckoned.due_date - reckoned.raw_date).days))
    assert reckoned.due == datetime.combine(reckoned.due_date + timedelta(1), datetime.min.time(), BRUSSELS)
    assert start.astimezone(UTC) < reckoned.due.astimezone(UTC)


@given(LENGTHS, st.sampled_from(["days", "months", "years", "working_days"]), INSTANTS)
def test_what_counts_back_never_rolls(n: int, unit: str, start: datetime) -> None:
    reckoned = Term.parse(f"{n} {unit} before").due(start)
    assert reckoned.due_date == reckoned.raw_date


@given(st.integers(1, 200), INSTANTS)
@example(3, noon("2026-11-30"))
def test_t2_months_keep_the_day_number_or_take_the_last_of_the_month(n: int, start: datetime) -> None:
    first = start.astimezone(BRUSSELS).date()
    raw = Term(n, "months").due(start).raw_date
    assert (raw.year * 12 + raw.month) - (first.year * 12 + first.month) == n
    assert raw.day == first.day or (raw.day < first.day and (raw + timedelta(1)).day == 1)


@given(LENGTHS, INSTANTS)
def test_t4_so_many_working_days_lie_in_between(n: int, start: datetime) -> None:
    first = start.astimezone(BRUSSELS).date()
    last = Term(n, "working_days").due(start).due_date
    assert sum(day_off(first + timedelta(i)) is None for i in range(1, (last - first).days + 1)) == n


@given(st.builds(Term, LENGTHS, st.sampled_from(["hours", "days", "months", "years", "working_days"]), st.booleans()))
def test_a_term_reads_what_it_writes(term: Term) -> None:
    assert Term.parse(str(term)) == term
