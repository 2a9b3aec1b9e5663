"""A reorganisation: two people behind it, everything in its place, one moment, and no message that names a unit that is not there."""

from dataclasses import replace
from datetime import date, timedelta
from itertools import product
from typing import Any, get_args
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cg_contracts.org import MappingKind
from cg_kit.pure import Deadline, Due, Refused, named
from cg_kit.pure.terms import start_of
from services.org import outgoing
from services.org.domain import reorganisation, tree
from services.org.domain.reorganisation import (
    ApproveReorganisation,
    Blocked,
    CancelReorganisation,
    Consult,
    Draft,
    Holder,
    Impact,
    ItemKind,
    Mapping,
    MapPosts,
    Plan,
    PostLine,
    ReorganisationTookEffect,
    ReportImpact,
    Schedule,
    Seated,
    Status,
    Unmapped,
)
from services.org.domain.tree import TREE, Establish, NeedUnit, NotePost, Tree, decide, due, evolve, find, unit_on
from services.org.domain.unit import is_one_tree, resolved
from services.org.tests.test_tree import CG, DGA, FIRST, NOON, STANDING, after, said, unit

DAY = date(2026, 7, 1)
AT = start_of(DAY)
SOON = NOON + timedelta(hours=1)
CLERK, CHIEF = named("test", "clerk"), named("test", "chief")
IT = named("test", "reorganisation")
ISPO, IW = unit("ispo", "cg"), unit("iw", "cg")
AUDIT, CONTROL, DESK = named("audit"), unit("control", "cg"), unit("desk", "audit")
HOUSE = after(STANDING, Establish((ISPO, IW), FIRST, NOON))
"""police > cg > audit, ispo, iw; police > dga."""

MERGER = Mapping(MappingKind.MERGE, (AUDIT, ISPO.unit_id), (CONTROL.unit_id,), (CONTROL,))
SPLIT = Mapping(MappingKind.SPLIT, (AUDIT,), (CONTROL.unit_id, ISPO.unit_id), (CONTROL,))
POST, OTHER, HEAD = named("test", "post"), named("test", "other post"), named("test", "head post")
HERE, THERE = Seated(POST, AUDIT), Seated(OTHER, ISPO.unit_id)


def plan(*mappings: Mapping, lines: tuple[PostLine, ...] = (), on: date = DAY) -> Plan:
    return Plan("simpler", "KB 2026", on, mappings, lines)


def draft(*mappings: Mapping, seated: tuple[Seated, ...] = (), lines: tuple[PostLine, ...] = (), on: date = DAY) -> Draft:
    return Draft(IT, plan(*mappings, lines=lines, on=on), seated, CLERK, NOON)


CONSULT = Consult(IT, date(2026, 4, 1), "minutes 7", NOON)
APPROVE = ApproveReorganisation(IT, CHIEF, NOON)


def scheduled(state: Tree, drafted: Draft) -> Tree:
    return after(state, drafted, CONSULT, APPROVE, Schedule(IT, drafted.plan.effective_date, drafted.seated, SOON))


def in_effect(state: Tree, drafted: Draft) -> Tree:
    return after(scheduled(state, drafted), Due(f"reorganisation:{IT}", AT))


def it(state: Tree) -> reorganisation.Reorganisation:
    found = find(state, IT)
    assert found is not None
    return found


def slugs(state: Tree, when: date) -> dict[str, str | None]:
    """The units of a day, each with the one it is under."""
    there = {version.unit.unit_id: version.unit for version in state.versions if version.holds_on(when)}
    return {unit.slug: there[unit.parent_id].slug if unit.parent_id else None for unit in there.values()}


DRAFTED = after(HOUSE, draft(MERGER, seated=(HERE, THERE)))
CONSULTED = after(DRAFTED, CONSULT)
APPROVED = after(CONSULTED, APPROVE)
SCHEDULED = scheduled(HOUSE, draft(MERGER, seated=(HERE, THERE)))
IN_EFFECT = in_effect(HOUSE, draft(MERGER, seated=(HERE, THERE)))
LEFT_OVER = scheduled(HOUSE, draft(SPLIT, seated=(HERE,)))
BLOCKED = after(LEFT_OVER, Due(f"reorganisation:{IT}", AT))
CANCELLED = after(SCHEDULED, CancelReorganisation(IT, "withdrawn", SOON))


class TestSteps:
    def test_who_proposes_does_not_approve(self) -> None:
        assert decide(CONSULTED, replace(APPROVE, by=CLERK)) == Refused("ORG-FOUR-EYES")

    def test_nothing_is_approved_before_the_unions_were_consulted_nor_scheduled_before_it_is_approved(self) -> None:
        assert decide(DRAFTED, APPROVE) == Refused("ORG-STATE")
        assert decide(CONSULTED, Schedule(IT, DAY, (), NOON)) == Refused("ORG-STATE")

    def test_a_consultation_is_over_when_it_is_entered(self) -> None:
        assert decide(DRAFTED, replace(CONSULT, on=date(2026, 4, 16))) == Refused("ORG-CONSULTATION", "held_on")

    def test_proposed_otherwise_it_is_consulted_on_and_approved_anew(self) -> None:
        again = after(APPROVED, replace(draft(SPLIT, seated=(HERE,)), by=CHIEF))
        assert (it(again).status, it(again).approved_by, it(again).drafted_by) == (Status.DRAFT, None, CHIEF)

    def test_what_is_scheduled_is_not_proposed_otherwise(self) -> None:
        assert decide(SCHEDULED, draft(SPLIT, seated=(HERE,))) == Refused("ORG-STATE")

    @pytest.mark.parametrize("on", [date(2026, 4, 15), date(2020, 1, 1)])
    def test_it_takes_effect_on_a_day_to_come(self, on: date) -> None:
        assert decide(HOUSE, draft(MERGER, on=on)) == Refused("ORG-EFFECTIVE-DATE", "effective_date")
        assert decide(APPROVED, Schedule(IT, on, (), NOON)) == Refused("ORG-EFFECTIVE-DATE", "effective_date")

    def test_only_what_is_scheduled_is_told_and_has_a_deadline(self) -> None:
        assert [name for name, _ in said(HOUSE, draft(MERGER), CONSULT, APPROVE)] == []
        assert [name for name, _ in said(APPROVED, CancelReorganisation(IT, "withdrawn", NOON))] == []
        assert due(APPROVED) == set()
        assert due(SCHEDULED) == {Deadline(f"reorganisation:{IT}", AT, IT)}

    def test_the_schedule_says_which_posts_go_where_and_who_lives_in_them(self) -> None:
        seated = (replace(HERE, holders=(Holder(named("a"), CHIEF),)), THERE)
        [(name, told)] = said(after(HOUSE, draft(MERGER, seated=seated), CONSULT, APPROVE), Schedule(IT, DAY, seated, SOON))
        assert name == "ReorganisationScheduled"
        assert [(each.post_id, each.to_unit_id, [one.assignment_id for one in each.holders]) for each in told.posts] == [
            (POST, CONTROL.unit_id, [named("a")]),
            (OTHER, CONTROL.unit_id, []),
        ]

    def test_a_cancelled_one_is_told_and_changes_nothing(self) -> None:
        assert [name for name, _ in said(SCHEDULED, CancelReorganisation(IT, "withdrawn", SOON))] == ["ReorganisationCancelled"]
        assert (due(CANCELLED), CANCELLED.versions) == (set(), HOUSE.versions)

    def test_one_touches_no_more_posts_than_go_in_one_transaction(self) -> None:
        many = tuple(Seated(named(n), AUDIT) for n in range(reorganisation.MOST_POSTS + 1))
        assert decide(HOUSE, draft(MERGER, seated=many)) == Refused("ORG-REORGANISATION-SIZE", "mappings")


class TestMappings:
    """Each kind, and the state of the tree the day before and on the day."""

    @pytest.mark.parametrize(
        ("mapping", "gone", "there"),
        [
            (Mapping(MappingKind.RENAME, (AUDIT,), (AUDIT,), (replace(unit("audit", "cg"), slug="ia"),)), {"audit"}, {"ia": "cg"}),
            (Mapping(MappingKind.MOVE, (AUDIT,), (AUDIT,), (unit("audit", "dga"),)), set(), {"audit": "dga"}),
            (MERGER, {"audit", "ispo"}, {"control": "cg"}),
            (Mapping(MappingKind.MERGE, (AUDIT, ISPO.unit_id), (AUDIT,)), {"ispo"}, {"audit": "cg"}),
            (SPLIT, {"audit"}, {"control": "cg", "ispo": "cg"}),
            (Mapping(MappingKind.SPLIT, (AUDIT,), (AUDIT, CONTROL.unit_id), (CONTROL,)), set(), {"audit": "cg", "control": "cg"}),
            (Mapping(MappingKind.CREATE, (), (CONTROL.unit_id,), (CONTROL,)), set(), {"control": "cg"}),
            (Mapping(MappingKind.ABOLISH, (AUDIT,), ()), {"audit"}, {}),
            (Mapping(MappingKind.ABOLISH, (AUDIT,), (ISPO.unit_id,)), {"audit"}, {"ispo": "cg"}),
        ],
        ids=["rename", "move", "merge in a new one", "merge in one of them", "split", "split off", "create", "abolish", "abolish with a successor"],
    )
    def test_the_units_become_others_at_one_moment(self, mapping: Mapping, gone: set[str], there: dict[str, str]) -> None:
        state = in_effect(HOUSE, draft(mapping))
        assert it(state).status is Status.IN_EFFECT
        assert slugs(state, DAY - timedelta(days=1)) == slugs(HOUSE, DAY)
        expected = {slug: parent for slug, parent in slugs(HOUSE, DAY).items() if slug not in gone} | there
        assert slugs(state, DAY) == expected

    @pytest.mark.parametrize(
        "mapping",
        [
            Mapping(MappingKind.RENAME, (AUDIT,), (AUDIT,), (unit("audit", "dga", "moved"),)),
            Mapping(MappingKind.RENAME, (AUDIT,), (AUDIT,)),
            Mapping(MappingKind.MOVE, (AUDIT,), (AUDIT,), (replace(unit("audit", "cg"), slug="ia"),)),
            Mapping(MappingKind.MERGE, (AUDIT,), (CONTROL.unit_id,), (CONTROL,)),
            Mapping(MappingKind.SPLIT, (AUDIT,), (CONTROL.unit_id,), (CONTROL,)),
            Mapping(MappingKind.SPLIT, (AUDIT,), (CONTROL.unit_id, CONTROL.unit_id), (CONTROL,)),
            Mapping(MappingKind.CREATE, (), (ISPO.unit_id,), (ISPO,)),
            Mapping(MappingKind.CREATE, (), ()),
            Mapping(MappingKind.ABOLISH, (AUDIT,), (AUDIT,)),
            Mapping(MappingKind.ABOLISH, (), ()),
            Mapping(MappingKind.MERGE, (AUDIT, ISPO.unit_id), (CONTROL.unit_id,), (CONTROL, IW)),
        ],
    )
    def test_a_mapping_is_what_its_kind_says(self, mapping: Mapping) -> None:
        assert decide(HOUSE, draft(mapping)) == Refused("ORG-MAPPING", "mappings")

    def test_the_first_units_may_be_created_so_too(self) -> None:
        root = Mapping(MappingKind.CREATE, (), (named("root"),), (unit("root", None),))
        assert slugs(in_effect(tree.NEW, draft(root)), DAY) == {"root": None}
        assert decide(tree.NEW, draft(replace(root, units=(unit("root", "nowhere"),)))) == Refused("ORG-1", "parent_id")

    def test_no_unit_becomes_two_things(self) -> None:
        assert decide(HOUSE, draft(MERGER, Mapping(MappingKind.ABOLISH, (AUDIT,), ()))) == Refused("ORG-MAPPING", "mappings")
        assert decide(HOUSE, draft(MERGER, Mapping(MappingKind.CREATE, (), (CONTROL.unit_id,), (CONTROL,)))) == Refused("ORG-MAPPING", "mappings")

    def test_org_9_what_ends_is_there_and_what_goes_on_does_too(self) -> None:
        gone = Mapping(MappingKind.ABOLISH, (named("nowhere"),), ())
        assert decide(HOUSE, draft(gone)) == Refused("ORG-UNIT", "from_unit_ids")
        assert decide(HOUSE, draft(Mapping(MappingKind.ABOLISH, (AUDIT,), (named("nowhere"),)))) == Refused("ORG-9", "to_unit_ids")
        into_what_ends = (Mapping(MappingKind.ABOLISH, (AUDIT,), (ISPO.unit_id,)), Mapping(MappingKind.ABOLISH, (ISPO.unit_id,), ()))
        assert decide(HOUSE, draft(*into_what_ends)) == Refused("ORG-9", "to_unit_ids")

    def test_posts_may_move_and_end_while_all_units_stay(self) -> None:
        lines = (PostLine(POST, DGA.unit_id), PostLine(OTHER, None))
        placed = took_effect(scheduled(HOUSE, draft(seated=(HERE, THERE), lines=lines))).outcome.posts
        assert [(each.post_id, each.to_unit_id) for each in placed] == [(POST, DGA.unit_id), (OTHER, None)]
        assert decide(HOUSE, draft()) == Refused("ORG-MAPPING", "mappings")

    def test_org_9_no_post_is_sent_where_nothing_is(self) -> None:
        for nowhere in (named("nowhere"), AUDIT):
            lines = (PostLine(POST, nowhere),)
            assert decide(HOUSE, draft(MERGER, seated=(HERE,), lines=lines)) == Refused("ORG-9", "to_unit_id")

    def test_only_posts_that_are_there_are_sent_and_each_once(self) -> None:
        assert decide(HOUSE, draft(MERGER, lines=(PostLine(POST, None),))) == Refused("ORG-POST", "post_id")
        twice = (PostLine(POST, None), PostLine(POST, CONTROL.unit_id))
        assert decide(HOUSE, draft(MERGER, seated=(HERE,), lines=twice)) == Refused("ORG-POST", "post_id")

    def test_org_1_what_makes_no_tree_is_not_proposed(self) -> None:
        loop = Mapping(MappingKind.MOVE, (CG.unit_id,), (CG.unit_id,), (replace(CG, parent_id=AUDIT),))
        assert decide(HOUSE, draft(loop)) == Refused("ORG-1", "parent_id")
        second = replace(CONTROL, slug="dga")
        assert decide(HOUSE, draft(replace(MERGER, units=(second,)))) == Refused("ORG-UNIT-EXISTS", "slug")

    def test_an_id_that_was_used_is_not_used_again(self) -> None:
        again = Mapping(MappingKind.CREATE, (), (AUDIT,), (unit("audit", "cg"),))
        assert decide(IN_EFFECT, replace(draft(again, on=date(2027, 1, 1)), reorganisation_id=OTHER)) == Refused("ORG-UNIT-EXISTS", "unit_id")

    def test_the_short_name_of_what_ends_may_go_on(self) -> None:
        heir = replace(CONTROL, slug="audit")
        assert slugs(in_effect(HOUSE, draft(replace(MERGER, units=(heir,)))), DAY)["audit"] == "cg"


class TestPosts:
    def test_posts_go_to_the_one_unit_that_goes_on(self) -> None:
        placed = took_effect(SCHEDULED).outcome.posts
        assert {(each.post_id, each.to_unit_id) for each in placed} == {(POST, CONTROL.unit_id), (OTHER, CONTROL.unit_id)}

    def test_a_post_goes_where_its_line_says_or_ends(self) -> None:
        lines = (PostLine(POST, IW.unit_id), PostLine(OTHER, None))
        placed = took_effect(scheduled(HOUSE, draft(MERGER, seated=(HERE, THERE), lines=lines))).outcome.posts
        assert [(each.post_id, each.to_unit_id) for each in placed] == [(POST, IW.unit_id), (OTHER, None)]

    def test_a_post_of_a_unit_that_stays_goes_only_where_a_line_says(self) -> None:
        off = Mapping(MappingKind.SPLIT, (AUDIT,), (AUDIT, CONTROL.unit_id), (CONTROL,))
        lines = (PostLine(POST, CONTROL.unit_id),)
        placed = took_effect(scheduled(HOUSE, draft(off, seated=(HERE,), lines=lines))).outcome.posts
        assert [(each.post_id, each.to_unit_id) for each in placed] == [(POST, CONTROL.unit_id)]

    def test_only_who_heads_the_new_unit_is_its_head(self) -> None:
        headed = replace(MERGER, units=(replace(CONTROL, head_post_id=POST),))
        placed = took_effect(scheduled(HOUSE, draft(headed, seated=(HERE, THERE)))).outcome.posts
        assert {each.post_id: each.is_head for each in placed} == {POST: True, OTHER: False}

    def test_posts_opened_since_are_known_on_the_day(self) -> None:
        opened = after(SCHEDULED, NotePost(Seated(HEAD, AUDIT), SOON))
        assert HEAD in {each.post_id for each in took_effect(opened).outcome.posts}

    def test_posts_of_units_that_stay_are_no_concern(self) -> None:
        assert decide(SCHEDULED, NotePost(Seated(HEAD, DGA.unit_id), SOON)) == []

    def test_posts_that_moved_away_since_are_forgotten(self) -> None:
        assert POST not in {each.post_id for each in took_effect(after(SCHEDULED, NotePost(Seated(POST, DGA.unit_id), SOON))).outcome.posts}

    def test_org_9_a_post_that_was_opened_while_its_unit_ended_goes_after_it(self) -> None:
        assert decide(IN_EFFECT, NotePost(Seated(HEAD, AUDIT), AT)) == [tree.Redirected(HEAD, CONTROL.unit_id, DAY, AT)]
        ended = in_effect(HOUSE, draft(Mapping(MappingKind.ABOLISH, (AUDIT,), ())))
        assert decide(ended, NotePost(Seated(HEAD, AUDIT), AT)) == Refused("ORG-9", "unit_id")

    def test_two_reorganisations_of_one_day_know_of_each_others_posts(self) -> None:
        second = Mapping(MappingKind.ABOLISH, (IW.unit_id,), (DGA.unit_id,))
        first = draft(Mapping(MappingKind.ABOLISH, (AUDIT,), (IW.unit_id,)), seated=(HERE,))
        both = after(HOUSE, Draft(OTHER, plan(second), (), CLERK, NOON), Consult(OTHER, CONSULT.on, "m", NOON), ApproveReorganisation(OTHER, CHIEF, NOON))
        both = scheduled(after(both, Schedule(OTHER, DAY, (), NOON)), first)
        done = after(both, Due(f"reorganisation:{IT}", AT))
        events = decide(done, Due(f"reorganisation:{OTHER}", AT))
        assert not isinstance(events, Refused)
        [effect] = events
        assert isinstance(effect, ReorganisationTookEffect)
        assert [(each.post_id, each.to_unit_id) for each in effect.outcome.posts] == [(POST, DGA.unit_id)]


def took_effect(state: Tree) -> ReorganisationTookEffect:
    events = decide(state, Due(f"reorganisation:{IT}", AT))
    assert not isinstance(events, Refused)
    [event] = events
    assert isinstance(event, ReorganisationTookEffect), event
    return event


class TestOrg4:
    """ORG-4: a unit ends only when every post, running mandate and unit under it has a place or is said to end."""

    GONE = Mapping(MappingKind.ABOLISH, (AUDIT,), ())
    UNDER = after(HOUSE, Establish((DESK,), FIRST, NOON))

    def blockage(self, state: Tree) -> Blocked:
        events = decide(state, Due(f"reorganisation:{IT}", AT))
        assert not isinstance(events, Refused)
        [event] = events
        assert isinstance(event, Blocked), event
        return event

    @pytest.mark.parametrize("mapping", [SPLIT, GONE])
    def test_org_4_a_post_without_a_place_blocks(self, mapping: Mapping) -> None:
        blocked = self.blockage(scheduled(HOUSE, draft(mapping, seated=(HERE,))))
        assert (blocked.blockage.rule, blocked.blockage.unmapped) == ("ORG-4", (Unmapped(ItemKind.POST, POST),))

    def test_org_4_a_mandate_ends_only_when_that_is_said(self) -> None:
        running = replace(HERE, mandate=True)
        lines = (PostLine(POST, None),)
        blocked = self.blockage(scheduled(HOUSE, draft(self.GONE, seated=(running,), lines=lines)))
        assert blocked.blockage.unmapped == (Unmapped(ItemKind.MANDATE, POST),)
        took_effect(scheduled(HOUSE, draft(self.GONE, seated=(running,), lines=(replace(lines[0], ends_mandate=True),))))

    def test_org_4_a_mandate_that_began_since_blocks_too(self) -> None:
        state = scheduled(HOUSE, draft(self.GONE, seated=(HERE,), lines=(PostLine(POST, None),)))
        took_effect(state)
        assert self.blockage(after(state, tree.NoteMandate(POST, True))).blockage.unmapped == (Unmapped(ItemKind.MANDATE, POST),)
        took_effect(after(state, tree.NoteMandate(POST, True), tree.NoteMandate(POST, False)))

    @pytest.mark.parametrize("mapping", [SPLIT, GONE])
    def test_org_4_a_unit_without_a_place_blocks(self, mapping: Mapping) -> None:
        blocked = self.blockage(scheduled(self.UNDER, draft(mapping)))
        assert blocked.blockage.unmapped == (Unmapped(ItemKind.UNIT, DESK.unit_id),)

    def test_org_4_a_unit_under_one_that_ends_goes_along_or_where_it_is_said(self) -> None:
        assert slugs(in_effect(self.UNDER, draft(MERGER)), DAY)["desk"] == "control"
        moved = Mapping(MappingKind.MOVE, (DESK.unit_id,), (DESK.unit_id,), (unit("desk", "iw"),))
        assert slugs(in_effect(self.UNDER, draft(SPLIT, moved)), DAY)["desk"] == "iw"
        assert "desk" not in slugs(in_effect(self.UNDER, draft(SPLIT, Mapping(MappingKind.ABOLISH, (DESK.unit_id,), ()))), DAY)

    def test_org_4_what_other_services_have_open_never_blocks(self) -> None:
        reported = after(SCHEDULED, ReportImpact(IT, Impact("screening", 12, 1, (POST,), SOON)))
        took_effect(reported)
        assert it(reported).impacts == (Impact("screening", 12, 1, (POST,), SOON),)

    def test_a_blocked_one_changes_nothing_and_says_why(self) -> None:
        assert (BLOCKED.versions, it(BLOCKED).status, due(BLOCKED)) == (LEFT_OVER.versions, Status.APPROVED, set())
        assert it(BLOCKED).blocked is not None
        [(name, told)] = said(LEFT_OVER, Due(f"reorganisation:{IT}", AT))
        assert (name, told.rule, told.unmapped_ids) == ("ReorganisationBlocked", "ORG-4", (POST,))

    def test_a_blocked_one_is_mended_and_scheduled_anew(self) -> None:
        later = date(2026, 9, 1)
        mended = after(BLOCKED, MapPosts(IT, (PostLine(POST, CONTROL.unit_id),), (HERE,), CHIEF, AT), Schedule(IT, later, (HERE,), AT))
        assert it(mended).blocked is None
        done = after(mended, Due(f"reorganisation:{IT}", start_of(later)))
        assert it(done).status is Status.IN_EFFECT
        assert "control" in slugs(done, later)
        assert "control" not in slugs(done, DAY)

    def test_what_breaks_the_tree_meanwhile_blocks(self) -> None:
        taken = after(SCHEDULED, Establish((replace(unit("another", "cg"), slug="control"),), date(2026, 6, 1), SOON))
        assert self.blockage(taken).blockage.rule == "ORG-UNIT-EXISTS"
        under = after(SCHEDULED, Establish((DESK,), date(2026, 8, 1), SOON))
        assert self.blockage(under).blockage.rule == "ORG-1"

    def test_after_the_approval_who_proposed_says_no_more(self) -> None:
        line = (PostLine(POST, CONTROL.unit_id),)
        assert decide(LEFT_OVER, MapPosts(IT, line, (HERE,), CLERK, SOON)) == Refused("ORG-FOUR-EYES")
        settled = scheduled(HOUSE, draft(SPLIT, seated=(HERE,), lines=line))
        assert decide(settled, MapPosts(IT, (PostLine(POST, ISPO.unit_id),), (HERE,), CHIEF, SOON)) == Refused("ORG-FOUR-EYES")

    def test_before_it_who_proposed_says_where_posts_go(self) -> None:
        told = after(HOUSE, draft(SPLIT, seated=(HERE,)), MapPosts(IT, (PostLine(POST, CONTROL.unit_id),), (HERE,), CLERK, SOON))
        assert it(told).plan.lines == (PostLine(POST, CONTROL.unit_id),)

    def test_a_line_that_ends_a_mandate_is_mended_by_somebody_else(self) -> None:
        running = replace(HERE, mandate=True)
        state = after(scheduled(HOUSE, draft(self.GONE, seated=(running,), lines=(PostLine(POST, None),))), Due(f"reorganisation:{IT}", AT))
        mended = after(state, MapPosts(IT, (PostLine(POST, None, True),), (running,), CHIEF, AT))
        assert it(mended).plan.lines == (PostLine(POST, None, True),)


class TestOrg9:
    """ORG-9: no event carries the id of a unit that cannot be resolved at its date."""

    def test_org_9_a_unit_that_ended_is_found_again_through_its_successors(self) -> None:
        for gone in (AUDIT, ISPO.unit_id):
            assert resolved(IN_EFFECT.versions, gone, DAY) == (CONTROL.unit_id,)
            assert resolved(IN_EFFECT.versions, gone, DAY - timedelta(days=1)) == (gone,)

    def test_org_9_through_several_reorganisations(self) -> None:
        again = draft(Mapping(MappingKind.SPLIT, (CONTROL.unit_id,), (IW.unit_id, DGA.unit_id)), on=date(2027, 1, 1))
        state = after(IN_EFFECT, replace(again, reorganisation_id=OTHER, at=AT), Consult(OTHER, CONSULT.on, "m", AT), ApproveReorganisation(OTHER, CHIEF, AT))
        state = after(state, Schedule(OTHER, date(2027, 1, 1), (), AT), Due(f"reorganisation:{OTHER}", start_of(date(2027, 1, 1))))
        assert set(resolved(state.versions, AUDIT, date(2027, 1, 1))) == {IW.unit_id, DGA.unit_id}
        assert resolved(state.versions, AUDIT, date(2026, 12, 31)) == (CONTROL.unit_id,)

    def test_org_9_what_needs_a_unit_is_refused_where_it_is_no_more(self) -> None:
        assert decide(IN_EFFECT, NeedUnit(AUDIT, DAY)) == Refused("ORG-UNIT", "unit_id")
        assert decide(IN_EFFECT, NeedUnit(AUDIT, DAY - timedelta(days=1))) == []

    def test_org_9_a_change_known_for_later_ends_with_the_unit(self) -> None:
        changed = after(HOUSE, tree.Change(replace(unit("audit", "cg"), slug="ia"), date(2027, 1, 1), NOON))
        state = in_effect(changed, draft(MERGER))
        assert unit_on(state, AUDIT, date(2027, 1, 1)) is None
        assert [name for name, _ in said(state, Due("day:2027-01-01", start_of(date(2027, 1, 1))))] == []
        assert resolved(state.versions, AUDIT, date(2027, 1, 1)) == (CONTROL.unit_id,)

    def test_org_9_a_unit_that_changes_and_ends_on_one_day_is_found_again_too(self) -> None:
        changed = after(HOUSE, tree.Change(replace(unit("audit", "cg"), slug="ia"), DAY, NOON))
        assert resolved(in_effect(changed, draft(MERGER)).versions, AUDIT, DAY) == (CONTROL.unit_id,)

    def test_the_effect_is_told_in_an_order_in_which_each_unit_is_known(self) -> None:
        under = unit("desk", "control")
        mapping = Mapping(MappingKind.CREATE, (), (under.unit_id,), (under,))
        told = said(scheduled(HOUSE, draft(mapping, MERGER, seated=(HERE, THERE))), Due(f"reorganisation:{IT}", AT))
        assert [(name, getattr(message, "slug", None)) for name, message in told] == [
            ("ReorganisationTookEffect", None),
            ("OrgUnitEstablished", "control"),
            ("OrgUnitEstablished", "desk"),
            ("OrgUnitAbolished", None),
            ("OrgUnitAbolished", None),
        ]
        assert set(told[1][1].predecessor_ids) == {AUDIT, ISPO.unit_id}
        assert {message.successor_ids for name, message in told if name == "OrgUnitAbolished"} == {(CONTROL.unit_id,)}


STATES = {
    "none": HOUSE,
    "drafted": DRAFTED,
    "consulted": CONSULTED,
    "approved": APPROVED,
    "scheduled": SCHEDULED,
    "left over": LEFT_OVER,
    "blocked": BLOCKED,
    "in effect": IN_EFFECT,
    "cancelled": CANCELLED,
    "reported": after(SCHEDULED, ReportImpact(IT, Impact("screening", 12, 1, (POST,), SOON))),
}
COMMANDS: list[Any] = [
    draft(MERGER, seated=(HERE, THERE)),
    draft(SPLIT, seated=(HERE,)),
    CONSULT,
    replace(CONSULT, record_ref="other"),
    APPROVE,
    replace(APPROVE, by=CLERK),
    Schedule(IT, DAY, (HERE, THERE), SOON),
    Schedule(IT, date(2026, 9, 1), (HERE, THERE), SOON),
    MapPosts(IT, (PostLine(POST, CONTROL.unit_id),), (HERE, THERE), CHIEF, SOON),
    MapPosts(IT, (PostLine(POST, None),), (HERE, THERE), CLERK, SOON),
    CancelReorganisation(IT, "withdrawn", SOON),
    ReportImpact(IT, Impact("screening", 3, 0, (), SOON)),
    NotePost(Seated(HEAD, AUDIT), SOON),
    NotePost(Seated(POST, DGA.unit_id), SOON),
    NotePost(Seated(HEAD, AUDIT), AT),
    tree.NoteMandate(POST, True),
    tree.NoteMandate(POST, False),
    NeedUnit(AUDIT, DAY),
    Due(f"reorganisation:{IT}", AT),
]


@pytest.mark.parametrize(("name", "command"), list(product(STATES, COMMANDS)), ids=lambda each: each if isinstance(each, str) else type(each).__name__)
def test_whatever_is_decided_changes_the_tree_and_can_be_told(name: str, command: Any) -> None:
    state = STATES[name]
    if isinstance(command, Due) and command.name not in {deadline.name for deadline in due(state)}:
        return
    decided = decide(state, command)
    for event in [] if isinstance(decided, Refused) else decided:
        later = evolve(state, event)
        assert later != state or isinstance(event, tree.Redirected), f"{event} changes nothing"
        list(outgoing.tell_tree(TREE, event, later))
        due(later)
        state = later


def test_every_command_about_a_reorganisation_is_tried_above() -> None:
    assert {type(each) for each in COMMANDS} >= set(get_args(reorganisation.Command))


# Whatever is asked

IDS = [named(slug) for slug in ("police", "cg", "audit", "dga", "ispo", "iw", "new-1", "new-2")]
described = st.builds(
    unit, st.sampled_from(["audit", "ispo", "new-1", "new-2"]), st.sampled_from(["police", "cg", "dga", "iw", "new-1"]), st.sampled_from("ab")
)
some_ids = st.lists(st.sampled_from(IDS), max_size=2).map(tuple)
mappings = st.builds(Mapping, st.sampled_from(MappingKind), some_ids, some_ids, st.lists(described, max_size=2).map(tuple))
good = st.sampled_from(
    [
        MERGER,
        SPLIT,
        Mapping(MappingKind.ABOLISH, (AUDIT,), (ISPO.unit_id,)),
        Mapping(MappingKind.ABOLISH, (ISPO.unit_id,), (IW.unit_id,)),
        Mapping(MappingKind.MOVE, (DGA.unit_id,), (DGA.unit_id,), (unit("dga", "cg"),)),
    ]
)
seats = st.lists(
    st.builds(Seated, st.sampled_from([POST, OTHER, HEAD]), st.sampled_from(IDS), mandate=st.booleans()), max_size=3, unique_by=lambda s: s.post_id
)
plans = st.builds(
    lambda maps, lines, on: plan(*maps, lines=tuple(lines), on=on),
    st.lists(good | mappings, min_size=1, max_size=2),
    st.lists(st.builds(PostLine, st.sampled_from([POST, OTHER]), st.sampled_from([None, *IDS]), st.booleans()), max_size=1),
    st.sampled_from([DAY, date(2026, 9, 1)]),
)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(st.sampled_from([IT, OTHER, HEAD]), plans, seats), min_size=1, max_size=3))
def test_org_1_org_4_and_org_9_hold_whatever_is_reorganised(asked: list[tuple[UUID, Plan, list[Seated]]]) -> None:
    state = HOUSE
    for which, proposed, seated in asked:
        steps: list[Any] = [
            Draft(which, proposed, tuple(seated), CLERK, NOON),
            Consult(which, CONSULT.on, "m", NOON),
            ApproveReorganisation(which, CHIEF, NOON),
            Schedule(which, proposed.effective_date, tuple(seated), NOON),
        ]
        for command in steps:
            decided = decide(state, command)
            for event in [] if isinstance(decided, Refused) else decided:
                state = evolve(state, event)
    for deadline in sorted(due(state), key=lambda each: (each.at, each.name)):
        decided = decide(state, Due(deadline.name, deadline.at))
        assert not isinstance(decided, Refused)
        for event in decided:
            before, state = state, evolve(state, event)
            check(before, state, event)


def check(before: Tree, state: Tree, event: Any) -> None:
    for when in (FIRST, DAY - timedelta(days=1), DAY, date(2026, 9, 1), date(2030, 1, 1)):
        assert is_one_tree([version.unit for version in state.versions if version.holds_on(when)]), "ORG-1"
    if isinstance(event, Blocked):
        assert state.versions == before.versions
        return
    ended = {each.unit_id for each in event.outcome.abolished}
    placed = {each.post_id for each in event.outcome.posts}
    touched = find(before, event.reorganisation_id)
    assert touched is not None
    assert {each.post_id for each in touched.seated if each.unit_id in ended} <= placed, "ORG-4"
    for message in outgoing.tell_tree(TREE, event, state):
        content = message.model_dump()
        on = content.get("effective_from") or content["effective_date"]
        named_ids = [content.get("parent_id"), *content.get("successor_ids", ())]
        if message.about.name in {"OrgUnitEstablished", "OrgUnitChanged"}:
            named_ids.append(content["unit_id"])
        for unit_id in filter(None, named_ids):
            assert unit_on(state, unit_id, on), "ORG-9"
        for unit_id in (content["unit_id"],) if message.about.name == "OrgUnitAbolished" else ():
            assert unit_on(state, unit_id, on - timedelta(days=1)), "ORG-9"
            assert set(resolved(state.versions, unit_id, on)) == set(content["successor_ids"]), "ORG-9"
    for each in event.outcome.posts:
        assert each.to_unit_id is None or unit_on(state, each.to_unit_id, event.on), "ORG-9"
