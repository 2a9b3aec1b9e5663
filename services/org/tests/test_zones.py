"""Police zones: each number and municipality in one zone on every day, merged at one moment, and under nobody."""

from dataclasses import fields, replace
from datetime import UTC, date, datetime, timedelta
from itertools import product
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cg_contracts import org
from cg_contracts.base import CATALOGUE
from cg_contracts.org import UnitKind, ZoneKind
from cg_kit.pure import Cause, Deadline, Due, Refused, named
from cg_kit.pure.terms import start_of
from services.org import outgoing, reactions
from services.org.domain import plans, tree, zones
from services.org.domain.unit import Unit, is_one_tree
from services.org.domain.zones import (
    NEW,
    ZONES,
    CancelMerger,
    Change,
    Changed,
    Corrected,
    Establish,
    Link,
    Linked,
    Merge,
    Municipality,
    Relink,
    Zone,
    Zones,
    decide,
    due,
    evolve,
    zone_on,
)

NOON = datetime(2026, 4, 15, 10, tzinfo=UTC)
TODAY = date(2026, 4, 15)
FIRST = date(2014, 10, 1)
TO_COME = date(2027, 1, 1)
LATER = date(2028, 1, 1)
CSD, OTHER_CSD, MERGER = named("csd"), named("other csd"), named("merger")


def zone(name: str, *municipalities: str, number: str | None = None, **more: Any) -> Zone:
    codes = municipalities or (f"99{sum(name.encode()) % 1000:03}",)
    kind = ZoneKind.ONE_MUNICIPALITY if len(codes) == 1 else ZoneKind.MULTI_MUNICIPALITY
    them = tuple(Municipality(code, {"nl": code, "fr": code}) for code in codes)
    made = Zone(named("zone", name), number or f"99{sum(name.encode()) % 100:02}", kind, them, CSD, {"nl": name, "fr": name}, "KB")
    return replace(made, **more)


NORTH, EAST, WEST = zone("north", "99001", number="9901"), zone("east", "99002", "99003", number="9902"), zone("west", "99004", number="9903")
BOTH = zone("north east", "99001", "99002", "99003", number="9904")
MERGE = Merge(MERGER, (NORTH.zone_id, EAST.zone_id), BOTH, TO_COME, NOON)


def after(state: Zones, *commands: Any) -> Zones:
    for command in commands:
        events = decide(state, command)
        assert not isinstance(events, Refused), f"{command} is refused: {events}"
        for event in events:
            state = evolve(state, event)
    return state


def told(state: Zones, *commands: Any) -> list[str]:
    names = []
    for command in commands:
        events = decide(state, command)
        assert not isinstance(events, Refused)
        for event in events:
            state = evolve(state, event)
            names += [message.about.name for message in outgoing.tell_zones(ZONES, event, state)]
    return names


def on(state: Zones, which: Zone, when: date) -> Zone | None:
    version = zone_on(state, which.zone_id, when)
    return version and version.zone


def the_day(state: Zones, when: date) -> set[str]:
    return {version.zone.zone_number for version in state.versions if version.holds_on(when)}


STANDING = after(NEW, Establish((NORTH, EAST, WEST), FIRST, NOON))
MERGING = after(STANDING, MERGE)
MERGED = after(MERGING, Due("effect", start_of(TO_COME)))


class TestOrg5:
    def test_org_5_no_contract_about_zones_names_a_parent(self) -> None:
        about = [contract for contract in CATALOGUE.values() if "zone_id" in contract.model_fields or "to_zone_id" in contract.model_fields]
        assert len(about) >= 19
        assert not [name for contract in about for name in contract.model_fields if "parent" in name]

    def test_org_5_no_state_of_a_zone_has_a_parent(self) -> None:
        assert not [each.name for kept in (Zone, zones.Version, Zones, plans.Plan, plans.Plans) for each in fields(kept) if "parent" in each.name]

    def test_org_5_the_tree_does_not_contain_zones(self) -> None:
        assert not [kind for kind in UnitKind if "zone" in kind]
        unit = Unit(named("fedpol"), "fedpol", UnitKind.FORMAL_ORGANIZATION, None, {"nl": "x", "fr": "x"}, "KB")
        csd = replace(unit, unit_id=CSD, slug="csd-a", kind=UnitKind.DECONCENTRATED, parent_id=unit.unit_id)
        house = tree.decide(tree.NEW, tree.Establish((unit, csd), FIRST, NOON))
        assert isinstance(house, list)
        assert is_one_tree([event.unit for event in house]), "it is whole without its zones"
        assert not is_one_tree([unit, csd, replace(unit, unit_id=NORTH.zone_id, slug="z", parent_id=None)]), "a zone would be a second root"

    def test_org_5_a_zone_goes_on_when_its_directorate_is_abolished(self) -> None:
        assert on(STANDING, NORTH, LATER) == NORTH


class TestVersions:
    def test_the_same_zones_again_change_nothing(self) -> None:
        assert decide(STANDING, Establish((NORTH, EAST), FIRST, NOON)) == []

    @pytest.mark.parametrize(
        ("added", "refused"),
        [
            (replace(NORTH, legal_basis="other"), Refused("ORG-ZONE-EXISTS", "zone_id")),
            (zone("new", "99009", number="9901"), Refused("ORG-ZONE-EXISTS", "zone_number")),
            (zone("new", "99002", number="9909"), Refused("ORG-ZONE-MUNICIPALITY", "municipalities")),
            (zone("new", "99009", number="9909", kind=ZoneKind.MULTI_MUNICIPALITY), Refused("ORG-ZONE-KIND", "kind")),
            (zone("new", "99009", "99010", number="9909", kind=ZoneKind.ONE_MUNICIPALITY), Refused("ORG-ZONE-KIND", "kind")),
        ],
        ids=["other zone", "number", "municipality", "one in multi", "two in one"],
    )
    def test_what_is_in_another_zone_already_is_refused(self, added: Zone, refused: Refused) -> None:
        assert decide(STANDING, Establish((added,), TODAY, NOON)) == refused

    def test_a_municipality_goes_over_only_when_the_other_zone_lets_it_go(self) -> None:
        grown = replace(NORTH, kind=ZoneKind.MULTI_MUNICIPALITY, municipalities=(*NORTH.municipalities, EAST.municipalities[0]))
        shrunk = replace(EAST, kind=ZoneKind.ONE_MUNICIPALITY, municipalities=EAST.municipalities[1:])
        assert decide(STANDING, Change(grown, TO_COME, NOON)) == Refused("ORG-ZONE-MUNICIPALITY", "municipalities")
        assert on(after(STANDING, Change(shrunk, TO_COME, NOON), Change(grown, TO_COME, NOON)), NORTH, TO_COME) == grown

    def test_what_is_so_already_changes_nothing(self) -> None:
        assert decide(STANDING, Change(NORTH, TODAY, NOON)) == []

    def test_a_zone_that_does_not_exist_on_the_day_does_not_change(self) -> None:
        assert decide(STANDING, Change(NORTH, FIRST - timedelta(days=1), NOON)) == Refused("ORG-ZONE", "zone_id")

    def test_org_6_a_change_in_the_past_is_a_correction_and_the_earlier_record_stays(self) -> None:
        renamed = replace(NORTH, labels={"nl": "Noord", "fr": "Nord"})
        assert decide(STANDING, Change(renamed, date(2020, 1, 1), NOON)) == [Corrected(renamed, date(2020, 1, 1), NOON)]
        corrected = after(STANDING, Change(renamed, date(2020, 1, 1), NOON))
        assert [(each.zone, each.valid_from, each.valid_to) for each in corrected.versions if each.superseded_at == NOON] == [(NORTH, FIRST, None)]

    def test_a_change_to_come_is_told_when_it_is_registered_and_when_it_takes_effect(self) -> None:
        renamed = replace(NORTH, labels={"nl": "Noord", "fr": "Nord"})
        assert told(STANDING, Change(renamed, TO_COME, NOON), Due("effect", start_of(TO_COME))) == ["PoliceZoneChanged", "PoliceZoneTookEffect"]

    def test_a_change_of_today_or_of_the_past_is_told_once(self) -> None:
        assert told(STANDING, Change(replace(NORTH, legal_basis="KB 2"), TODAY, NOON)) == ["PoliceZoneChanged"]
        assert due(STANDING) == set()

    def test_what_is_replaced_before_its_day_never_takes_effect(self) -> None:
        first, second = replace(NORTH, legal_basis="KB 2"), replace(NORTH, legal_basis="KB 3")
        state = after(STANDING, Change(first, TO_COME, NOON), Change(second, TO_COME, NOON))
        assert decide(state, Due("effect", start_of(TO_COME))) == [zones.TookEffect(NORTH.zone_id, TO_COME)]
        assert on(state, NORTH, TO_COME) == second


class TestLinks:
    def test_several_zones_are_linked_to_another_directorate_on_one_day(self) -> None:
        command = Link((NORTH.zone_id, EAST.zone_id, NORTH.zone_id), OTHER_CSD, TO_COME, NOON)
        assert told(STANDING, command, Due("effect", start_of(TO_COME))) == ["PoliceZoneLinked"] * 2 + ["PoliceZoneTookEffect"] * 2
        assert on(after(STANDING, command), NORTH, TO_COME) == replace(NORTH, csd_id=OTHER_CSD)
        assert on(after(STANDING, command), NORTH, TODAY) == NORTH

    def test_a_link_holds_through_other_changes_until_the_next_link(self) -> None:
        third = named("third csd")
        state = after(
            STANDING,
            Change(replace(NORTH, legal_basis="KB 2"), TO_COME, NOON),
            Link((NORTH.zone_id,), third, LATER, NOON),
            Link((NORTH.zone_id,), OTHER_CSD, TODAY, NOON),
        )
        links = [on(state, NORTH, when) for when in (FIRST, TODAY, TO_COME, LATER)]
        assert [each and each.csd_id for each in links] == [CSD, OTHER_CSD, OTHER_CSD, third]

    def test_org_9_no_zone_names_a_directorate_that_has_ended_now_or_later(self) -> None:
        state = after(
            STANDING,
            Change(replace(NORTH, legal_basis="KB 2"), TO_COME, NOON),
            Link((NORTH.zone_id,), named("third csd"), LATER, NOON),
            Relink(CSD, OTHER_CSD, TODAY, NOON),
        )
        links = [on(state, NORTH, when) for when in (FIRST, TODAY, TO_COME, LATER)]
        assert [each and each.csd_id for each in links] == [CSD, OTHER_CSD, OTHER_CSD, named("third csd")]
        assert decide(state, Relink(CSD, OTHER_CSD, TODAY, NOON)) == []

    def test_org_6_a_link_in_the_past_is_a_correction(self) -> None:
        assert decide(STANDING, Link((NORTH.zone_id,), OTHER_CSD, FIRST, NOON)) == [Corrected(replace(NORTH, csd_id=OTHER_CSD), FIRST, NOON)]

    def test_the_same_link_again_changes_nothing(self) -> None:
        assert decide(STANDING, Link((NORTH.zone_id,), CSD, TODAY, NOON)) == []

    def test_a_zone_that_does_not_exist_is_not_linked(self) -> None:
        assert decide(STANDING, Link((NORTH.zone_id, BOTH.zone_id), OTHER_CSD, TODAY, NOON)) == Refused("ORG-ZONE", "zone_ids")


class TestMergers:
    def test_zones_end_and_the_new_one_begins_at_one_moment(self) -> None:
        assert the_day(MERGING, TO_COME - timedelta(days=1)) == {"9901", "9902", "9903"}
        assert the_day(MERGING, TO_COME) == {"9903", "9904"}
        assert due(MERGING) == {Deadline("effect", start_of(TO_COME))}
        assert due(MERGED) == set()

    def test_a_merger_is_told_when_it_is_registered_and_when_it_takes_effect(self) -> None:
        assert told(STANDING, MERGE) == ["PoliceZoneEstablished", "PoliceZoneMergerScheduled"]
        assert told(MERGING, Due("effect", start_of(TO_COME))) == ["PoliceZoneTookEffect", "PoliceZonesMerged"]

    def test_a_merger_of_the_past_takes_effect_at_once(self) -> None:
        past = replace(MERGE, valid_from=date(2020, 1, 1))
        assert told(STANDING, past) == ["PoliceZoneEstablished", "PoliceZoneMergerScheduled", "PoliceZonesMerged"]
        assert due(after(STANDING, past)) == set()

    @pytest.mark.parametrize(
        ("asked", "refused"),
        [
            (replace(MERGE, from_zone_ids=(NORTH.zone_id, NORTH.zone_id)), Refused("ORG-ZONE-MERGER", "from_zone_ids")),
            (replace(MERGE, from_zone_ids=(NORTH.zone_id, BOTH.zone_id)), Refused("ORG-ZONE", "from_zone_ids")),
            (replace(MERGE, valid_from=FIRST), Refused("ORG-ZONE", "from_zone_ids")),
            (replace(MERGE, valid_from=date.min), Refused("ORG-ZONE", "from_zone_ids")),
            (replace(MERGE, zone=WEST), Refused("ORG-ZONE-EXISTS", "zone_id")),
            (replace(MERGE, zone=replace(BOTH, municipalities=BOTH.municipalities[:2])), Refused("ORG-ZONE-MUNICIPALITY", "municipalities")),
            (replace(MERGE, zone=replace(BOTH, zone_number="9903")), Refused("ORG-ZONE-EXISTS", "zone_number")),
        ],
        ids=["one zone", "not there", "first day", "first of all days", "into a zone that is there", "one left out", "number"],
    )
    def test_what_is_no_merger_is_refused(self, asked: Merge, refused: Refused) -> None:
        assert decide(STANDING, asked) == refused

    def test_the_new_zone_may_take_the_number_of_an_old_one(self) -> None:
        assert the_day(after(STANDING, replace(MERGE, zone=replace(BOTH, zone_number="9901"))), TO_COME) == {"9901", "9903"}

    def test_the_same_merger_again_changes_nothing_and_another_under_its_id_is_refused(self) -> None:
        assert decide(MERGING, MERGE) == []
        assert decide(MERGING, replace(MERGE, valid_from=LATER)) == Refused("ORG-ZONE-EXISTS", "merger_id")

    def test_a_zone_that_is_to_end_merges_only_once(self) -> None:
        other = Merge(named("other merger"), (EAST.zone_id, WEST.zone_id), zone("east west", "99002", "99003", "99004", number="9905"), LATER, NOON)
        assert decide(MERGING, other) == Refused("ORG-ZONE", "from_zone_ids")

    def test_a_cancelled_merger_leaves_the_zones_as_they_would_have_been(self) -> None:
        renamed = replace(NORTH, labels={"nl": "Noord", "fr": "Nord"})
        state = after(STANDING, Change(renamed, LATER, NOON))
        later = NOON + timedelta(hours=1)
        moved = replace(EAST, legal_basis="KB 2")
        state = after(state, replace(MERGE, at=later), Change(moved, date(2026, 12, 1), later), CancelMerger(MERGER, later + timedelta(hours=1)))
        assert [on(state, NORTH, when) for when in (TODAY, TO_COME, LATER)] == [NORTH, NORTH, renamed]
        assert [on(state, EAST, when) for when in (TODAY, TO_COME)] == [EAST, moved]
        assert on(state, BOTH, LATER) is None
        assert told(MERGING, CancelMerger(MERGER, NOON)) == ["PoliceZoneMergerCancelled"]
        assert decide(state, CancelMerger(MERGER, NOON)) == []
        assert decide(state, Due("effect", start_of(TO_COME))) == [zones.TookEffect(EAST.zone_id, date(2026, 12, 1))], "nothing of the merger"
        assert decide(state, MERGE) == Refused("ORG-ZONE-EXISTS", "merger_id")

    def test_what_has_happened_or_carries_another_is_not_cancelled(self) -> None:
        assert decide(MERGED, CancelMerger(MERGER, NOON)) == Refused("ORG-STATE")
        assert decide(STANDING, CancelMerger(MERGER, NOON)) == Refused("ORG-ZONE-MERGER-UNKNOWN", "merger_id")
        whole = zone("all", "99001", "99002", "99003", "99004", number="9906")
        chained = after(MERGING, Merge(named("second"), (BOTH.zone_id, WEST.zone_id), whole, LATER, NOON))
        assert decide(chained, CancelMerger(MERGER, NOON)) == Refused("ORG-STATE")

    def test_the_plans_of_zones_that_ended_end(self) -> None:
        [event] = [each for each in decide(MERGING, Due("effect", start_of(TO_COME))) if isinstance(each, zones.MergerTookEffect)]  # type: ignore[union-attr]
        asked = list(reactions.end_plans(event, Cause("1", "t", "s", "", NOON)))
        assert [(to.kind, to.id) for to in asked] == [("plans", NORTH.zone_id), ("plans", EAST.zone_id)]
        assert {to.command for to in asked} == {plans.EndZone(start_of(TO_COME))}


STATES = {
    "new": NEW,
    "standing": STANDING,
    "to change": after(STANDING, Change(replace(NORTH, legal_basis="KB 2"), TO_COME, NOON)),
    "to link": after(STANDING, Link((NORTH.zone_id,), OTHER_CSD, TO_COME, NOON)),
    "merging": MERGING,
    "merged": MERGED,
    "cancelled": after(MERGING, CancelMerger(MERGER, NOON)),
}
COMMANDS = [
    Establish((NORTH, EAST, WEST), FIRST, NOON),
    Establish((zone("new", "99009", number="9909"),), LATER, NOON),
    *(Change(replace(NORTH, legal_basis="KB 9"), when, NOON) for when in (FIRST, TODAY, TO_COME, LATER)),
    *(Link((NORTH.zone_id, WEST.zone_id), OTHER_CSD, when, NOON) for when in (FIRST, TODAY, LATER)),
    Relink(CSD, OTHER_CSD, TODAY, NOON),
    MERGE,
    replace(MERGE, merger_id=named("early"), valid_from=TODAY),
    Merge(named("second"), (BOTH.zone_id, WEST.zone_id), zone("all", "99001", "99002", "99003", "99004", number="9906"), LATER, NOON),
    CancelMerger(MERGER, NOON),
    Due("effect", start_of(TO_COME)),
    Due("effect", start_of(LATER)),
]


@pytest.mark.parametrize(("name", "command"), list(product(STATES, COMMANDS)), ids=lambda each: each if isinstance(each, str) else type(each).__name__)
def test_whatever_is_decided_changes_the_zones_and_can_be_told(name: str, command: zones.Command) -> None:
    state = STATES[name]
    decided = decide(state, command)
    for event in [] if isinstance(decided, Refused) else decided:
        later = evolve(state, event)
        assert later != state, f"{event} changes nothing"
        assert list(outgoing.tell_zones(ZONES, event, later)), "T0: everything about zones is told"
        due(later)
        state = later


def test_every_command_is_tried_above() -> None:
    assert {type(each) for each in COMMANDS} == set(get_args(zones.Command))


DAYS = [FIRST, date(2020, 1, 1), TODAY, TO_COME, LATER]
ALL = [NORTH, EAST, WEST, BOTH]
at = st.integers(0, 5).map(lambda hours: NOON + timedelta(hours=hours))
changed = st.builds(
    lambda it, other, basis: replace(it, municipalities=other.municipalities, kind=other.kind, legal_basis=basis),
    st.sampled_from(ALL),
    st.sampled_from(ALL),
    st.sampled_from(["KB", "KB 2"]),
)
commands = st.one_of(
    st.builds(lambda it, when, at: Establish((it,), when, at), changed, st.sampled_from(DAYS), at),
    st.builds(Change, changed, st.sampled_from(DAYS), at),
    st.builds(lambda it, csd, when, at: Link((it.zone_id,), csd, when, at), st.sampled_from(ALL), st.sampled_from([CSD, OTHER_CSD]), st.sampled_from(DAYS), at),
    st.builds(lambda when, at: replace(MERGE, valid_from=when, at=at), st.sampled_from(DAYS), at),
    st.builds(lambda at: CancelMerger(MERGER, at), at),
    st.sampled_from([Due("effect", start_of(when)) for when in DAYS]),
)


@settings(max_examples=300, deadline=None)
@given(st.lists(commands, max_size=12))
def test_one_map_and_org_6_hold_whatever_is_asked(asked: list[Any]) -> None:
    state = STANDING
    for command in asked:
        decided = decide(state, command)
        before = state
        for event in [] if isinstance(decided, Refused) else decided:
            later = evolve(state, event)
            assert later != state
            assert list(outgoing.tell_zones(ZONES, event, later))
            state = later
        for when in DAYS:
            of_the_day = [version.zone for version in state.versions if version.holds_on(when)]
            codes = [each.nis_code for it in of_the_day for each in it.municipalities]
            assert len({it.zone_number for it in of_the_day}) == len({it.zone_id for it in of_the_day}) == len(of_the_day)
            assert len(set(codes)) == len(codes)
        ever = [(version.zone, version.valid_from, version.recorded_at) for version in state.versions]
        assert all((version.zone, version.valid_from, version.recorded_at) in ever for version in before.versions), "ORG-6"
        assert {deadline.name for deadline in due(state)} <= {"effect"}


def test_a_zone_is_told_whole() -> None:
    [said] = outgoing.tell_zones(ZONES, Changed(EAST, TO_COME, NOON), STANDING)
    assert isinstance(said, org.PoliceZoneChangedV1)
    assert [each.nis_code for each in said.municipalities] == ["99002", "99003"]
    [linked] = outgoing.tell_zones(ZONES, Linked(EAST, TO_COME, NOON), STANDING)
    assert linked == org.PoliceZoneLinkedV1(zone_id=EAST.zone_id, csd_id=CSD, effective_from=TO_COME)
