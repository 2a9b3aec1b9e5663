"""What is kept comes back as it was: every state and event goes through JSON."""

from itertools import product
from typing import Any, get_args

import pytest
from pydantic import TypeAdapter

from cg_kit.pure import Refused
from services.org.domain import person, plans, post, tree, zones
from services.org.tests import test_holding, test_mandate, test_person, test_plans, test_post, test_reorganisation, test_tree, test_zones

STATES: list[tuple[Any, Any]] = [
    *((post, state) for tried in (test_post, test_holding, test_mandate) for state in tried.STATES.values()),
    *((person, state) for state in test_person.STATES.values()),
    *((tree, state) for tried in (test_tree, test_reorganisation) for state in tried.STATES.values()),
    *((zones, state) for state in test_zones.STATES.values()),
    *((plans, state) for state in test_plans.STATES.values()),
]


@pytest.mark.parametrize(("domain", "state"), STATES, ids=lambda each: getattr(each, "__name__", "").rpartition(".")[2])
def test_a_state_comes_back(domain: Any, state: Any) -> None:
    kept = TypeAdapter(type(domain.NEW))
    assert kept.validate_json(kept.dump_json(state)) == state


TRIED: dict[Any, tuple[Any, ...]] = {
    post: (test_post, test_holding, test_mandate),
    person: (test_person,),
    tree: (test_tree, test_reorganisation),
    zones: (test_zones,),
    plans: (test_plans,),
}


@pytest.mark.parametrize("domain", TRIED, ids=lambda each: each.__name__.rpartition(".")[2])
def test_an_event_comes_back(domain: Any) -> None:
    seen = set()
    for state, command in (each for tried in TRIED[domain] for each in product(tried.STATES.values(), tried.COMMANDS)):
        decided = domain.decide(state, command)
        for event in [] if isinstance(decided, Refused) else decided:
            kept = TypeAdapter(type(event))
            assert kept.validate_json(kept.dump_json(event)) == event
            seen.add(type(event))
    assert seen == set(get_args(domain.Event)), "every event is reached"
