"""The law as dated data: no day without its row, no row edited, and terms that end when the law says."""

import itertools
from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cg_contracts.levels import Level
from cg_contracts.screening import Scope
from cg_contracts.screening import ScreeningKind as Kind
from cg_kit.pure.terms import day_of, day_off, start_of
from services.screening.domain.regime import BRUSSELS, MARKINGS, REGIMES, day_before, end_of_term, last_day, regime_on, years_after

DAYS = st.dates(date(2000, 1, 1), date(2090, 12, 31))


def test_the_rows_follow_each_other_without_gap() -> None:
    for earlier, later in itertools.pairwise(REGIMES):
        assert earlier.until == later.since
    assert REGIMES[-1].until is None
    assert regime_on(date(1990, 1, 1)) is None


@given(DAYS)
def test_every_day_has_one_row(day: date) -> None:
    assert [r for r in REGIMES if r.since <= day and (r.until is None or day < r.until)] == [regime_on(day)]


@pytest.mark.parametrize(
    ("day", "id_"), [(date(2023, 12, 31), "1998-classic"), (date(2024, 1, 1), "2024"), (date(2024, 12, 31), "2024"), (date(2025, 1, 1), "2025")]
)
def test_the_law_changes_at_midnight_in_brussels(day: date, id_: str) -> None:
    found = regime_on(day)
    assert found is not None
    assert found.id == id_


@pytest.mark.parametrize("regime", REGIMES, ids=lambda regime: regime.id)
def test_every_instrument_has_its_terms(regime: object) -> None:
    row = next(r for r in REGIMES if r is regime)
    for kind in (Kind.ADVICE, Kind.RECRUITMENT):
        assert row.terms_for(kind, None)
        assert row.sources[kind]
    for level in (Level.VERTROUWELIJK, Level.GEHEIM, Level.ZEER_GEHEIM):
        terms = row.terms_for(Kind.CLEARANCE, level)
        assert terms
        assert terms.appeal == "30 days"
        assert row.renewal[level]
    advice = row.terms_for(Kind.ADVICE, None)
    assert advice
    assert (advice.appeal, advice.decision, advice.validity_years) == ("8 days", "30 days", 5)


@given(DAYS, st.sampled_from(["8 days", "16 days", "30 days", "6 months", "9 months", "10 working days"]))
def test_a_term_ends_after_a_working_day_and_never_early(term_start: date, term: str) -> None:
    end = end_of_term(term, term_start)
    assert end.time() == datetime.min.time()
    assert day_off(last_day(end)) is None
    number, unit = term.split(" ", 1)
    least = {"days": 1, "months": 28, "working days": 1}[unit]
    assert last_day(end) >= term_start + timedelta(days=int(number) * least)


@given(DAYS, st.sampled_from(["3 months before", "7 months before", "10 months before", "12 months before", "15 months before"]))
def test_what_counts_back_never_rolls(day: date, term: str) -> None:
    before = day_before(term, day)
    months = int(term.split(maxsplit=1)[0])
    assert (day.year * 12 + day.month) - (before.year * 12 + before.month) == months
    assert before.day <= day.day


@given(st.datetimes(datetime(2000, 1, 1), datetime(2080, 1, 1), timezones=st.just(BRUSSELS)), st.integers(1, 5))  # noqa: DTZ001
def test_years_later_is_the_same_day(at: datetime, years: int) -> None:
    later = years_after(at, years)
    assert later.year == at.year + years
    assert (later.month, later.day) == (at.month, at.day) or (at.month, at.day, later.day) == (2, 29, 28)


@given(DAYS)
def test_a_day_begins_in_brussels(day: date) -> None:
    assert day_of(start_of(day)) == day
    assert day_of(start_of(day) - timedelta(seconds=1)) == day - timedelta(days=1)


def test_a_level_has_a_name_in_each_scope_and_a_nuclear_one_its_suffix() -> None:
    assert {scope: set(names) for scope, names in MARKINGS.items()} == {scope: set(Level) for scope in Scope}
    assert MARKINGS[Scope.NUCLEAR][Level.ZEER_GEHEIM] == "ZEER GEHEIM - NUC"
    assert len({name for names in MARKINGS.values() for name in names.values()}) == len(Scope) * len(Level)
