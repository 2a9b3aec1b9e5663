"""Who can judge, and what."""

from datetime import datetime
from itertools import product
from typing import Any

import pytest

from cg_kit.pure import Due, named
from cg_kit.pure.terms import BRUSSELS
from services.innovation.domain.evaluator import NEW, Enlist, Evaluator, decide, due, evolve

NOON = datetime(2026, 4, 15, 12, tzinfo=BRUSSELS)
OFFICER, UNIT = named("test", "officer"), named("test", "unit")
STATES = {"new": NEW, "enlisted": Evaluator(("drones", "law"), UNIT, NOON)}
COMMANDS: list[Any] = [Enlist(("law", "drones"), UNIT, OFFICER, NOON), Enlist((), None, OFFICER, NOON), Due("no", NOON)]


@pytest.mark.parametrize(("name", "command"), list(product(STATES, COMMANDS)))
def test_what_is_said_is_kept_once(name: str, command: Any) -> None:
    state = STATES[name]
    decided = decide(state, command)
    assert isinstance(decided, list)
    for event in decided:
        state = evolve(state, event)
    assert decide(state, command) == []
    assert due(state) == set()
