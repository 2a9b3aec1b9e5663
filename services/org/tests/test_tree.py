"""The unit tree: one tree on every day, and nothing that was ever known is lost."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cg_contracts.org import UnitKind
from cg_kit.pure import Due, Refused, named
from cg_kit.pure.terms import start_of
from services.org import outgoing
from services.org.domain.tree import (
    NEW,
    TREE,
    Change,
    Changed,
    Corrected,
    Establish,
    Tree,
    decide,
    due,
    evolve,
    reports_to,
    unit_on,
)
from services.org.domain.unit import Unit, is_one_tree

NOON = datetime(2026, 4, 15, 10, tzinfo=UTC)
TODAY = date(2026, 4, 15)
FIRST = date(2014, 10, 1)


def unit(slug: str, parent: str | None, name: str | None = None) -> Unit:
    name = name or slug
    return Unit(named(slug), slug, UnitKind.UNIT, named(parent) if parent else None, {"nl": name, "fr": name}, "KB 2006")


POLICE, CG, AUDIT, DGA = unit("police", None), unit("cg", "police"), unit("audit", "cg"), unit("dga", "police")
HOUSE = Establish((POLICE, CG, AUDIT, DGA), FIRST, NOON)


def after(state: Tree, *commands: Any) -> Tree:
    for command in commands:
        events = decide(state, command)
        assert not isinstance(events, Refused), f"{command} is refused: {events}"
        for event in events:
            state = evolve(state, event)
    return state


STANDING = after(NEW, HOUSE)


def test_a_tree_is_established_parents_and_children_together() -> None:
    assert [version.unit for version in STANDING.versions if version.holds_on(TODAY)] == list(HOUSE.units)


def test_the_same_units_again_change_nothing() -> None:
    assert decide(STANDING, HOUSE) == []


def test_a_unit_that_exists_is_not_established_as_another() -> None:
    assert decide(STANDING, replace(HOUSE, units=(replace(CG, legal_basis="KB 2014"),))) == Refused("ORG-UNIT-EXISTS", "unit_id")


def test_two_units_do_not_share_a_short_name() -> None:
    assert decide(STANDING, Establish((replace(unit("other", "cg"), slug="audit"),), TODAY, NOON)) == Refused("ORG-UNIT-EXISTS", "slug")


@pytest.mark.parametrize("added", [unit("second-root", None), unit("orphan", "nowhere"), unit("itself", "itself")])
def test_org_1_a_second_root_an_orphan_and_a_loop_are_refused(added: Unit) -> None:
    assert decide(STANDING, Establish((added,), TODAY, NOON)) == Refused("ORG-1", "parent_id")


def test_org_1_a_parent_must_exist_on_the_childs_first_day() -> None:
    assert decide(STANDING, Establish((unit("early", "audit"),), FIRST - timedelta(days=1), NOON)) == Refused("ORG-1", "parent_id")


def test_org_1_no_unit_comes_under_its_own_child() -> None:
    assert decide(STANDING, Change(replace(CG, parent_id=named("audit")), TODAY, NOON)) == Refused("ORG-1", "parent_id")


def test_org_1_a_move_that_makes_a_loop_only_later_is_refused() -> None:
    later = after(STANDING, Change(replace(DGA, parent_id=named("audit")), date(2027, 1, 1), NOON))
    assert decide(later, Change(replace(AUDIT, parent_id=named("dga")), TODAY, NOON)) == Refused("ORG-1", "parent_id")


def test_a_change_to_come_holds_from_its_day() -> None:
    renamed = replace(AUDIT, labels={"nl": "Audit", "fr": "Audit"})
    state = after(STANDING, Change(renamed, date(2027, 1, 1), NOON))
    assert unit_on(state, AUDIT.unit_id, date(2026, 12, 31)).unit == AUDIT  # type: ignore[union-attr]
    assert unit_on(state, AUDIT.unit_id, date(2027, 1, 1)).unit == renamed  # type: ignore[union-attr]


def test_a_change_holds_until_the_next_that_is_known() -> None:
    first, second = (replace(AUDIT, labels={"nl": name, "fr": name}) for name in ("een", "twee"))
    state = after(STANDING, Change(second, date(2028, 1, 1), NOON), Change(first, date(2027, 1, 1), NOON))
    assert unit_on(state, AUDIT.unit_id, date(2027, 12, 31)).unit == first  # type: ignore[union-attr]
    assert unit_on(state, AUDIT.unit_id, date(2028, 1, 1)).unit == second  # type: ignore[union-attr]


def test_what_is_so_already_changes_nothing() -> None:
    assert decide(STANDING, Change(AUDIT, TODAY, NOON)) == []


def test_a_unit_that_does_not_exist_on_the_day_does_not_change() -> None:
    assert decide(STANDING, Change(AUDIT, FIRST - timedelta(days=1), NOON)) == Refused("ORG-UNIT", "unit_id")


def test_org_6_a_change_in_the_past_is_a_correction_and_the_earlier_record_stays() -> None:
    moved = replace(AUDIT, parent_id=POLICE.unit_id)
    events = decide(STANDING, Change(moved, date(2020, 1, 1), NOON))
    assert events == [Corrected(moved, date(2020, 1, 1), NOON)]
    corrected = after(STANDING, Change(moved, date(2020, 1, 1), NOON))
    kept = [version for version in corrected.versions if version.superseded_at == NOON]
    assert [(version.unit, version.valid_from, version.valid_to) for version in kept] == [(AUDIT, FIRST, None)]


def test_org_6_a_correction_is_told_with_the_instant_of_its_record() -> None:
    moved = replace(AUDIT, parent_id=POLICE.unit_id)
    [said] = outgoing.tell_tree(TREE, Corrected(moved, date(2020, 1, 1), NOON), STANDING)
    assert (said.about.name, said.effective_from, said.recorded_at) == ("OrgUnitCorrected", date(2020, 1, 1), NOON)  # type: ignore[attr-defined]


def test_a_change_of_today_is_no_correction() -> None:
    assert decide(STANDING, Change(replace(AUDIT, slug="ia"), TODAY, NOON)) == [Changed(replace(AUDIT, slug="ia"), TODAY, NOON)]


def said(state: Tree, *commands: Any) -> list[tuple[str, Any]]:
    """The messages of these commands, each with its content."""
    messages: list[tuple[str, Any]] = []
    for command in commands:
        events = decide(state, command)
        assert not isinstance(events, Refused), events
        for event in events:
            state = evolve(state, event)
            messages += [(message.about.name, message) for message in outgoing.tell_tree(TREE, event, state)]
    return messages


class TestTakingEffect:
    RENAMED = replace(AUDIT, labels={"nl": "Audit", "fr": "Audit"})
    DAY = date(2027, 1, 1)
    CHANGE = Change(RENAMED, DAY, NOON)

    def test_a_change_is_told_when_it_is_recorded_and_when_it_takes_effect(self) -> None:
        state = after(STANDING, self.CHANGE)
        [deadline] = due(state)
        [(registered, first), (took, second)] = [*said(STANDING, self.CHANGE), *said(state, Due(deadline.name, deadline.at))]
        assert (registered, took) == ("OrgUnitChanged", "OrgUnitChangeTookEffect")
        assert (first.change_id, first.effective_from) == (second.change_id, second.effective_from)
        assert deadline.at == start_of(self.DAY)

    def test_what_takes_effect_at_once_is_told_once(self) -> None:
        assert due(after(STANDING, Change(self.RENAMED, TODAY, NOON))) == set()

    def test_a_change_that_was_replaced_does_not_take_effect(self) -> None:
        other = replace(AUDIT, slug="ia")
        state = after(STANDING, self.CHANGE, Change(other, self.DAY, NOON + timedelta(hours=1)))
        [(_, told)] = said(state, Due("day:2027-01-01", start_of(self.DAY)))
        assert told.slug == "ia"

    def test_a_later_change_does_not_make_another_of_an_earlier_one(self) -> None:
        [(_, first)] = said(STANDING, self.CHANGE)
        state = after(STANDING, self.CHANGE, Change(replace(AUDIT, slug="ia"), date(2028, 1, 1), NOON + timedelta(hours=1)))
        [(_, told)] = said(state, Due("day:2027-01-01", start_of(self.DAY)))
        assert told.change_id == first.change_id

    def test_all_changes_of_one_day_wait_for_one_deadline_and_leave_none_behind(self) -> None:
        state = after(STANDING, self.CHANGE, Establish((unit("new", "cg"),), self.DAY, NOON))
        [deadline] = due(state)
        assert [name for name, _ in said(state, Due(deadline.name, deadline.at))] == ["OrgUnitChangeTookEffect"] * 2
        assert due(after(state, Due(deadline.name, deadline.at))) == set()


HEADS = {"police": named("chief"), "cg": named("chief"), "audit": named("auditor"), "dga": named("director")}
HEADED = after(NEW, replace(HOUSE, units=tuple(replace(each, head_post_id=HEADS[each.slug]) for each in HOUSE.units)))


@pytest.mark.parametrize(
    ("post", "of", "to"),
    [("auditor", "audit", "chief"), ("director", "dga", "chief"), ("clerk", "audit", "auditor"), ("chief", "cg", None), ("chief", "police", None)],
)
def test_one_reports_to_the_head_of_the_unit_and_a_head_to_the_next_head_above(post: str, of: str, to: str | None) -> None:
    assert reports_to(HEADED, named(post), named(of), TODAY) == (named(to) if to else None)


STATES = {
    "new": NEW,
    "standing": STANDING,
    "awaiting": after(STANDING, TestTakingEffect.CHANGE),
}
COMMANDS = [
    HOUSE,
    Change(replace(AUDIT, slug="ia"), TODAY, NOON),
    Change(replace(AUDIT, slug="ia"), date(2020, 1, 1), NOON),
    Due("day:2027-01-01", start_of(TestTakingEffect.DAY)),
]
SLUGS = ["police", "cg", "dga", "dgj", "audit", "ia", "csd"]
DAYS = [FIRST, date(2020, 1, 1), TODAY, date(2027, 1, 1)]
units = st.builds(unit, st.sampled_from(SLUGS), st.sampled_from([None, *SLUGS]), st.sampled_from("ab"))
commands = st.one_of(
    st.builds(lambda them, day: Establish(tuple(them), day, NOON), st.lists(units, min_size=1, max_size=3), st.sampled_from(DAYS)),
    st.builds(lambda it, day, hours: Change(it, day, NOON + timedelta(hours=hours)), units, st.sampled_from(DAYS), st.integers(0, 3)),
)


@settings(max_examples=300, deadline=None)
@given(st.lists(commands, max_size=12))
def test_org_1_and_org_6_hold_whatever_is_asked(asked: list[Any]) -> None:
    state = STANDING
    for command in asked:
        decided = decide(state, command)
        before = state
        for event in [] if isinstance(decided, Refused) else decided:
            later = evolve(state, event)
            assert later != state
            assert list(outgoing.tell_tree(TREE, event, later))
            state = later
        assert {deadline.at for deadline in due(state)} == {start_of(each.on) for each in state.awaited}
        for day in DAYS:
            assert is_one_tree([version.unit for version in state.versions if version.holds_on(day)]), "ORG-1"
        ever = [(version.unit, version.valid_from, version.recorded_at) for version in state.versions]
        assert all((version.unit, version.valid_from, version.recorded_at) in ever for version in before.versions), "ORG-6"
        for known in {version.unit.unit_id for version in state.versions}:
            assert periods_do_not_overlap(state, known)


def periods_do_not_overlap(state: Tree, unit_id: UUID) -> bool:
    now = sorted((v.valid_from, v.valid_to or date.max) for v in state.versions if v.unit.unit_id == unit_id and v.superseded_at is None)
    return all(earlier[1] <= later[0] for earlier, later in pairwise(now))
