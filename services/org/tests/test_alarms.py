"""What alarms say of the head of a unit and of the unit above it, for each way in which either may be amiss; with a database: `test_two_times.py`."""

from dataclasses import replace
from datetime import date
from uuid import UUID

import pytest

from cg_contracts.org import Labels, UnitKind
from cg_kit.pure import named
from cg_kit.pure.terms import day_of
from services.org.domain.post import Abolish, Post
from services.org.queries.alarms import Found, look_at_heads, loose
from services.org.queries.units import UnitSeen
from services.org.tests.test_post import ACTIVE, BOB, CHIEF, CLEARED, LATER, POST, START, SUSPENDED, UNIT, VACANT, after

ABOLISHED = after(VACANT, Abolish(START, "reorganisation", named("test", "reorganisation"), LATER))


def seen(unit_id: UUID, parent_id: UUID | None, head: UUID | None = None, since: date = START) -> UnitSeen:
    """A unit with what alarms look at."""
    return UnitSeen.model_construct(
        unit_id=unit_id,
        slug=str(unit_id),
        kind=UnitKind.SERVICE,
        parent_id=parent_id,
        labels=Labels(nl="Dienst", fr="Service"),
        head_post_id=head,
        valid_from=since,
    )


def heads(head: UUID | None, *posts: tuple[UUID, Post]) -> list[tuple[str, str, int]]:
    """Each alarm about the unit: which check, what, and of how many persons."""
    unit = seen(UNIT, None, head)
    found = Found({UNIT: unit})
    look_at_heads(found, [unit], dict(posts), day_of(LATER), LATER)
    assert (found.looked_at["no_head"], found.looked_at["two_heads"]) == (1, 1)
    return [(each.check, each.what, len(each.person_ids)) for each in found.items]


def test_a_unit_at_whose_head_somebody_acts_is_well() -> None:
    assert heads(POST, (POST, ACTIVE)) == []


@pytest.mark.parametrize(
    ("head", "posts", "what", "persons"),
    [
        (None, (), "no_post", 0),
        (POST, (), "post_unknown", 0),
        (POST, ((POST, ABOLISHED),), "post_unknown", 0),
        (POST, ((POST, VACANT),), "vacant", 0),
        (POST, ((POST, SUSPENDED),), "absent", 1),
    ],
)
def test_a_unit_without_a_head_is_told_with_why(head: UUID | None, posts: tuple[tuple[UUID, Post], ...], what: str, persons: int) -> None:
    assert heads(head, *posts) == [("no_head", what, persons)]


def test_two_who_act_at_one_head_are_told() -> None:
    [taken] = ACTIVE.assignments
    second = replace(ACTIVE, seat=replace(CLEARED, is_head=True), assignments=(replace(taken, person_id=BOB),))
    assert heads(POST, (POST, ACTIVE), (CHIEF, second)) == [("two_heads", "two_heads", 2)]


def test_a_unit_under_one_that_is_not_there_and_a_second_root_are_told() -> None:
    root, child, orphan, second = (named("unit", name) for name in ("root", "child", "orphan", "second root"))
    there = [seen(root, None), seen(child, root), seen(orphan, named("unit", "gone")), seen(second, None, since=day_of(LATER))]
    assert {unit.unit_id for unit in loose(there, {unit.unit_id: unit for unit in there})} == {orphan, second}
