"""What is kept comes back as it was: every state and event goes through JSON."""

from itertools import product
from typing import Any

import pytest
from pydantic import TypeAdapter

from cg_kit.pure import Refused
from services.screening.domain import aftercare, appeal, application, case, clearance, draft, gathering, impact, officer, person, post, unit
from services.screening.tests import (
    test_aftercare,
    test_appeal,
    test_application,
    test_case,
    test_clearance,
    test_draft,
    test_gathering,
    test_impact,
    test_officer,
    test_person,
    test_post,
)

TRIED: list[tuple[Any, Any]] = [
    (case, test_case),
    (application, test_application),
    (clearance, test_clearance),
    (appeal, test_appeal),
    (person, test_person),
    (gathering, test_gathering),
    (officer, test_officer),
    (post, test_post),
    (unit, test_post.UNITS),
    (impact, test_impact),
    (draft, test_draft),
    (aftercare, test_aftercare),
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


def test_an_open_case_is_small() -> None:
    kept = TypeAdapter(case.Case)
    assert len(kept.dump_json(test_case.CONSENT_PENDING)) < 1400
