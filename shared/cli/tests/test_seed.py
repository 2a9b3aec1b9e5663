"""The reference data: it is the tree of the domain, it is enough for a story, and org takes it as it stands."""

from datetime import UTC, datetime
from typing import Any

import yaml
from pydantic import TypeAdapter

from cg_cli import seed
from cg_contracts.org import Labels, Language, Names, UnitKind
from cg_kit.pure import Refused
from services.org.api import posts as api
from services.org.api import zones as zone_api
from services.org.domain import post, tree, zones
from services.org.domain.unit import Unit

NOON = datetime(2026, 4, 15, 10, tzinfo=UTC)


def read(name: str) -> dict[str, Any]:
    data: dict[str, Any] = yaml.safe_load((seed.REFERENCE / f"{name}.yaml").read_text(encoding="utf-8"))
    return data


HOUSE, SAMPLE = read("organisation"), read("sample")
UNITS = {unit["slug"]: unit for unit in HOUSE["units"]}
SERVICES = {"cg-apbo", "cg-audit", "cg-iw", "cg-ispo", "cg-integ", "cg-innov", "cg-clear"}


def test_the_tree_is_that_of_the_domain() -> None:
    assert len([slug for slug in UNITS if slug.startswith("csd-")]) == 13
    assert {"fedpol", "cg", "dga", "dgj", "dgr", "cg-int", "cg-com", "cg-pbw", *SERVICES} == {slug for slug in UNITS if not slug.startswith("csd-")}
    assert {UNITS[slug]["parent"] for slug in ("cg", "dga", "dgj", "dgr")} == {"fedpol"}


def established() -> tree.Tree:
    """The tree as org keeps it once the seed has filled it in."""
    units = tuple(
        Unit(
            seed.unit_id(unit["slug"]),
            unit["slug"],
            UnitKind(unit["kind"]),
            seed.unit_id(unit["parent"]) if unit["parent"] else None,
            Labels(**unit["labels"]).model_dump(exclude_none=True),
            HOUSE["legal_basis"],
            seed.head_of(unit),
        )
        for unit in HOUSE["units"]
    )
    state, events = tree.NEW, tree.decide(tree.NEW, tree.Establish(units, HOUSE["valid_from"], NOON))
    assert not isinstance(events, Refused)
    for event in events:
        state = tree.evolve(state, event)
    return state


def test_org_takes_the_tree() -> None:
    assert len(established().versions) == len(UNITS)


def test_the_directors_coordinators_report_to_the_commissioner_general_directly() -> None:
    state, chief = established(), seed.post_id("cg", "commissioner_general")
    for slug in (slug for slug in UNITS if slug.startswith("csd-")):
        director = seed.post_id(slug, "coordinating_director")
        assert seed.head_of(UNITS[slug]) == director
        assert tree.reports_to(state, director, seed.unit_id(slug), NOON.date()) == chief


def test_the_directors_general_report_to_the_commissioner_general_who_reports_to_nobody_here() -> None:
    state, chief = established(), seed.post_id("cg", "commissioner_general")
    for slug in ("dga", "dgj", "dgr"):
        assert tree.reports_to(state, seed.head_of(UNITS[slug]), seed.unit_id(slug), NOON.date()) == chief
    assert tree.reports_to(state, chief, seed.unit_id("cg"), NOON.date()) is None


def test_every_unit_has_a_head_and_a_label_in_three_languages() -> None:
    assert all(set(unit["labels"]) == {"nl", "fr", "en"} for unit in UNITS.values())
    assert len(seed.heads(HOUSE)) == len(UNITS) - 1, "the commissioner-general heads both the police and the office"


def test_two_hundred_sensitive_posts_are_vacant_and_ask_for_different_things() -> None:
    posts = seed.vacancies(HOUSE, SAMPLE)
    asked = {(body["sensitivity"], body.get("required_level")) for body in posts.values()}
    assert len(posts) == 200
    assert asked == {
        ("advice_required", None),
        ("clearance_required", "VERTROUWELIJK"),
        ("clearance_required", "GEHEIM"),
        ("clearance_required", "ZEER_GEHEIM"),
    }


def test_org_takes_every_post() -> None:
    for id_, body in (seed.heads(HOUSE) | seed.vacancies(HOUSE, SAMPLE)).items():
        given = TypeAdapter(api.PostProposed).validate_python({**body, "post_id": str(id_)})
        assert str(given.unit_id) in {str(seed.unit_id(slug)) for slug in UNITS}
        assert not isinstance(post.decide(post.NEW, post.Open(given.seat(), seed.PROPOSER, NOON)), Refused)


def test_org_takes_every_zone_one_in_each_district_with_a_number_no_real_one_has() -> None:
    given = [TypeAdapter(zone_api.NewZone).validate_python(zone) for zone in seed.zones(SAMPLE)]
    them = tuple(each.zone(each.zone_id) for each in given if each.zone_id)
    assert not isinstance(zones.decide(zones.NEW, zones.Establish(them, HOUSE["valid_from"], NOON)), Refused)
    assert sorted(str(zone.csd_id) for zone in them) == sorted(str(seed.unit_id(slug)) for slug in UNITS if slug.startswith("csd-"))
    assert all(zone.zone_number.startswith("99") and all(each.nis_code.startswith("99") for each in zone.municipalities) for zone in them)


def test_every_zone_has_the_post_of_its_korpschef() -> None:
    posts = seed.chiefs(HOUSE, SAMPLE)
    assert {(zone["korpschef_post_id"], zone["zone_id"]) for zone in seed.zones(SAMPLE)} == {(str(id_), body["unit_id"]) for id_, body in posts.items()}
    for id_, body in posts.items():
        given = TypeAdapter(api.PostProposed).validate_python({**body, "post_id": str(id_)})
        assert not isinstance(post.decide(post.NEW, post.Open(given.seat(), seed.PROPOSER, NOON)), Refused)


def test_there_is_somebody_for_every_vacancy() -> None:
    persons = SAMPLE["persons"]
    assert len(persons) >= 200
    assert len({(one["given"], one["family"]) for one in persons}) == len(persons)
    assert {Language(one["language"]) for one in persons} == set(Language)
    assert all(Names(given=one["given"], family=one["family"]) for one in persons)
