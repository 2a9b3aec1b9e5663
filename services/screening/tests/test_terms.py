"""Each due date explained: no deadline without its law, and the date that is explained is the date that runs."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given as all_of
from hypothesis import strategies as st

from cg_contracts.screening import ScreeningKind as Kind
from cg_kit.pure.terms import day_of, start_of
from services.screening.domain import application, case, clearance, terms
from services.screening.domain.regime import BRUSSELS, REGIMES
from services.screening.domain.terms import Certainty, Standing, of_application, of_case, of_clearance
from services.screening.tests import test_application, test_case, test_clearance
from services.screening.tests.test_case import ASKED, SUSPENDED, given

NOW = datetime(2026, 4, 20, 12, tzinfo=BRUSSELS)
TRIED: list[tuple[Any, Any, Any]] = [
    (case, test_case.STATES, of_case),
    (application, test_application.STATES, of_application),
    (clearance, test_clearance.STATES, of_clearance),
]
NAMES = {"check": "source", "expiry": "validity", "invite": "invitation", "apply": "renewal", "at_risk": "at risk", "resume": "suspension", "seal": "retention"}


@pytest.mark.parametrize(("domain", "states", "explain"), TRIED, ids=["case", "application", "clearance"])
def test_every_deadline_that_runs_is_explained(domain: Any, states: dict[str, Any], explain: Any) -> None:
    for name, state in states.items():
        if state == domain.NEW:
            continue
        explained = {(each.name, each.due_at) for each in explain(state, NOW)}
        for deadline in domain.due(state):
            first, colon, rest = deadline.name.partition(":")
            said = NAMES.get(first, first) + colon + rest
            at = start_of(day_of(deadline.at) + timedelta(days=1)) if first in set(clearance.Milestone) else deadline.at  # said as its day begins
            assert (said, at) in explained, (name, deadline, explained)


def test_every_instrument_has_its_law() -> None:
    for regime in REGIMES:
        for kind in Kind:
            frame = regime.terms[kind]
            assert terms.basis("appeal", kind).law
            assert frame.decision is None or terms.basis("decision", kind).law
            assert frame.validity_years is None or terms.basis("validity", kind).law
    assert all(basis.article for basis in terms.BASES.values())


def test_what_is_a_choice_of_the_house_says_so() -> None:
    assert {basis.law for basis in terms.BASES.values() if basis.certainty is Certainty.CHOSEN} == {terms.HOUSE}


def test_a_holiday_that_moves_the_end_is_named() -> None:
    (decision,) = of_case(given(replace(ASKED, at=datetime(2026, 3, 6, 12, tzinfo=BRUSSELS))), NOW)
    assert (decision.raw_date, decision.due_date) == (date(2026, 4, 5), date(2026, 4, 7))
    assert "Easter" in decision.explanation
    assert decision.basis.article == "art. 22quinquies"


def test_a_term_that_stands_still_says_so() -> None:
    found = {each.name: each for each in of_case(SUSPENDED, NOW)}
    assert found["decision"].standing is Standing.SUSPENDED
    assert found["suspension"].standing is Standing.RUNNING
    assert "suspension" in found["decision"].explanation


@all_of(st.datetimes(datetime(2025, 1, 2), datetime(2060, 1, 1), timezones=st.just(BRUSSELS)), st.sampled_from([Kind.ADVICE, Kind.NUCLEAR]))  # noqa: DTZ001
def test_what_is_explained_is_what_runs(at: datetime, kind: Kind) -> None:
    state = given(replace(ASKED, kind=kind, at=at))
    (decision,) = of_case(state, at)
    assert decision.due_at == state.decision_due_at
    assert decision.start_date == at.date()
    assert decision.raw_date <= decision.due_date < decision.raw_date + timedelta(days=6)
