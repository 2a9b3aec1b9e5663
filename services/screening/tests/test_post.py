"""Sensitive posts as org tells them, and the units that came of others."""

from datetime import datetime
from itertools import product
from types import SimpleNamespace
from typing import Any

import pytest

from cg_contracts.levels import Level
from cg_contracts.org import Sensitivity
from cg_kit.pure import Due, named
from services.screening.domain import post, unit
from services.screening.domain.post import NEW, Abolish, Abolished, Held, Hold, Holder, Leave, Move, Open, Opened, Post, Standing, decide, due, evolve
from services.screening.domain.regime import BRUSSELS

NOON = datetime(2026, 4, 15, 12, tzinfo=BRUSSELS)
UNIT, OTHER, ANN, ASSIGNMENT = (named("test", name) for name in ("unit", "other", "ann", "assignment"))
OPEN = Open(UNIT, "analyst", Sensitivity.CLEARANCE_REQUIRED, Level.GEHEIM)
HOLDER = Holder(ASSIGNMENT, ANN, Standing.CONFIRMED, NOON)
ACTIVE = Holder(ASSIGNMENT, ANN, Standing.ACTIVE, NOON)


def given(*commands: Any, start: Post = NEW) -> Post:
    """The post after these commands."""
    state = start
    for command in commands:
        for event in decide(state, command):  # type: ignore[union-attr]
            state = evolve(state, event)
    return state


OPENED = given(OPEN)
STATES = {"new": NEW, "open": OPENED, "held": given(Hold(HOLDER), start=OPENED)}
COMMANDS: list[Any] = [
    OPEN,
    Open(UNIT, "clerk", Sensitivity.NONE, None),
    Move(OTHER),
    Abolish(),
    Hold(HOLDER),
    Hold(ACTIVE),
    Leave(ASSIGNMENT),
    Due("no", NOON),
]
UNITS = SimpleNamespace(
    STATES={"lives": unit.NEW, "ended": unit.Unit((OTHER,))},
    COMMANDS=[unit.Succeed((OTHER,)), unit.Succeed(()), Due("no", NOON)],
)


@pytest.mark.parametrize(("name", "command"), list(product(STATES, COMMANDS)))
def test_whatever_is_said_is_kept_once(name: str, command: Any) -> None:
    after = given(command, start=STATES[name])
    assert due(after) == set()
    assert decide(after, command) == []


def test_of_a_post_that_is_not_sensitive_nothing_is_kept() -> None:
    assert decide(NEW, Open(UNIT, "clerk", Sensitivity.NONE, None)) == []
    assert decide(NEW, Hold(HOLDER)) == []
    assert decide(NEW, OPEN) == [Opened(UNIT, "analyst", Sensitivity.CLEARANCE_REQUIRED, Level.GEHEIM)]


def test_a_holder_stands_in_one_standing() -> None:
    held = given(Hold(HOLDER), Hold(ACTIVE), start=OPENED)
    assert decide(OPENED, Hold(HOLDER)) == [Held(HOLDER)]
    assert held.holders == (ACTIVE,)
    assert given(Leave(ASSIGNMENT), start=held).holders == ()
    assert decide(held, Abolish()) == [Abolished()]
    assert given(Abolish(), start=held) == post.NEW


def test_f7_what_came_of_a_unit_is_known_once() -> None:
    assert unit.decide(unit.NEW, unit.Succeed((OTHER,))) == [unit.Succeeded((OTHER,))]
    assert unit.evolve(unit.NEW, unit.Succeeded((OTHER,))) == unit.Unit((OTHER,))
    assert unit.decide(unit.Unit((OTHER,)), unit.Succeed((OTHER,))) == []
    assert unit.due(unit.NEW) == set()
