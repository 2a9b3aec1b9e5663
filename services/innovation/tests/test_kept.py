"""What is kept comes back as it was: every state and event goes through JSON."""

from itertools import product
from typing import Any

import pytest
from pydantic import TypeAdapter

from cg_kit.pure import Refused
from services.innovation.domain import challenge, evaluator, external, gathering, idea, impact, partner, pilot, trend, unit
from services.innovation.tests import test_evaluator, test_external, test_gathering, test_idea, test_pilot, test_trend, test_unit

TRIED: list[tuple[Any, Any]] = [
    (idea, test_idea),
    (evaluator, test_evaluator),
    (pilot, test_pilot),
    (external, test_external),
    (partner, test_external.PARTNERS),
    (trend, test_trend),
    (challenge, test_trend.CHALLENGES),
    (gathering, test_gathering),
    (unit, test_unit),
    (impact, test_unit.IMPACTS),
]


@pytest.mark.parametrize(("domain", "tried"), TRIED, ids=[domain.__name__.rsplit(".", 1)[1] for domain, _ in TRIED])
def test_states_and_events_come_back(domain: Any, tried: Any) -> None:
    kept = TypeAdapter(type(domain.NEW))
    for state in tried.STATES.values():
        assert kept.validate_json(kept.dump_json(state)) == state
        assert domain.due(kept.validate_json(kept.dump_json(state))) == domain.due(state)
    for state, command in product(tried.STATES.values(), tried.COMMANDS):
        decided = domain.decide(state, command)
        for event in [] if isinstance(decided, Refused) else decided:
            one = TypeAdapter(type(event))
            assert one.validate_json(one.dump_json(event)) == event


@pytest.mark.parametrize(("domain", "tried"), TRIED, ids=[domain.__name__.rsplit(".", 1)[1] for domain, _ in TRIED])
def test_state_that_older_code_wrote_still_loads(domain: Any, tried: Any) -> None:
    kept = TypeAdapter(type(domain.NEW))
    assert kept.validate_json("{}") == domain.NEW
