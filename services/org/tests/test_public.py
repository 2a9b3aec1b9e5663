"""What anybody may see: the tree as linked data that means what it should, as a picture that holds together, and as a page in three languages."""

from __future__ import annotations

import json
import re
import warnings
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from html.parser import HTMLParser
from typing import Any
from xml.etree import ElementTree

import httpx
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from rdflib import DCTERMS, ORG, PROV, RDF, SKOS, XSD, Graph, Literal, Namespace, URIRef

from cg_cli.seed import REFERENCE, heads, post_id, unit_id
from cg_contracts.org import UnitKind
from cg_kit.pure import named
from cg_kit.pure.terms import start_of
from cg_kit.pure.tongues import said
from services.org.api import picture
from services.org.api.linked import document, uri
from services.org.api.wording import WORDS
from services.org.domain import post
from services.org.queries.units import UnitSeen
from services.org.tests.door import Org, a_post, appointed, opened, registered, unit
from services.org.tests.test_api_zones import a_zone, zoned
from services.org.tests.test_reorganisation_api import approved, built, merger, plan, soon

DCAT = Namespace("http://www.w3.org/ns/dcat#")


def graph(text: str) -> Graph:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # the library's parser uses what the library calls old
        return Graph().parse(data=text, format="json-ld")


def about(what: str, id_: Any) -> URIRef:
    return URIRef(uri(what, id_))


# Linked data


async def test_the_tree_is_w3c_org_for_whoever_asks(org: Org) -> None:
    answer = await org.http.get("/organisation.jsonld")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/ld+json")
    known = graph(answer.text)
    police, cg, audit = (about("unit", named("api", slug)) for slug in ("police", "cg", "audit"))
    assert {(cg, ORG.subOrganizationOf, police), (audit, ORG.subOrganizationOf, cg), (police, ORG.hasSubOrganization, cg)} <= set(known)
    assert set(known.objects(audit, SKOS.prefLabel)) == {Literal("audit", "nl"), Literal("audit", "fr")}
    [period] = known.objects(audit, DCTERMS.temporal)
    assert known.value(period, DCAT.startDate) == Literal("2014-10-01", datatype=XSD.date)


async def test_no_person_and_nothing_that_is_asked_of_a_post_is_public(org: Org) -> None:
    body = {**a_post("audit", "public head", "clearance_required", is_head=True), "post_id": str(named("api", "head of", "audit"))}
    heading = await opened(org, body)
    plain = await opened(org, a_post("audit", "no head", "none", None))
    person_id = await registered(org, "Ann")
    await appointed(org, plain, person_id, date(2026, 1, 1))
    for path in ("/organisation.jsonld", "/organisation", "/organisation.svg"):
        text = (await org.http.get(path)).text
        assert person_id not in text
        assert plain not in text
        assert "GEHEIM" not in text
        assert "clearance_required" not in text
    known = graph((await org.http.get("/organisation.jsonld")).text)
    assert (about("post", heading), ORG.postIn, about("unit", named("api", "audit"))) in known
    assert not list(known.subject_objects(ORG.heldBy))


async def test_what_has_not_changed_is_not_sent_again(org: Org) -> None:
    for path in ("/organisation.jsonld", "/organisation", "/organisation.svg"):
        first = await org.http.get(path)
        again = await org.http.get(path, headers={"if-none-match": f'W/"x", {first.headers["etag"]}'})
        assert (again.status_code, again.content) == (304, b"")
        other = await org.http.get(path, params={"on": "2013-01-01"}, headers={"if-none-match": first.headers["etag"]})
        assert other.status_code == 200


def reference() -> tuple[list[UnitSeen], dict[Any, post.Post]]:
    """The units of the reference data, and the posts that head them."""
    house = yaml.safe_load((REFERENCE / "organisation.yaml").read_text(encoding="utf-8"))
    units = []
    for one in house["units"]:
        role, _, elsewhere = one["head"].partition("@")
        parent = unit_id(one["parent"]) if one["parent"] else None
        head = post_id(elsewhere or one["slug"], role)
        units.append(seen(one["slug"], one["kind"], parent, one["labels"], head, unit_id(one["slug"])))
    ids = {str(unit.unit_id): unit.unit_id for unit in units}
    posts = {}
    for id_, body in heads(house).items():
        place = ids[body["unit_id"]]
        seat = post.Seat(place, body["role"], body["labels"], True, body["sensitivity"], None, (), "KB", date(2014, 10, 1))
        posts[id_] = post.Post(post.Status.VACANT, seat, approved_by=named("chief"))
    return units, posts


def seen(slug: str, kind: str, parent: Any, labels: Any, head: Any = None, id_: Any = None, since: date = date(2014, 10, 1)) -> UnitSeen:
    return UnitSeen(
        unit_id=id_ or named(slug),
        slug=slug,
        kind=UnitKind(kind),
        parent_id=parent,
        labels=labels,
        legal_basis="KB",
        head_post_id=head,
        valid_from=since,
        valid_to=None,
        recorded_at=datetime(2026, 1, 1, tzinfo=UTC),
        superseded_at=None,
        predecessor_ids=[],
        successor_ids=[],
    )


def test_the_reference_tree_means_what_the_ontology_says() -> None:
    units, posts = reference()
    known = graph(json.dumps(document(units, posts)))
    fedpol = about("unit", unit_id("fedpol"))
    assert (fedpol, RDF.type, ORG.FormalOrganization) in known
    others = {about("unit", each.unit_id) for each in units} - {fedpol}
    assert set(known.subjects(RDF.type, ORG.OrganizationalUnit)) == others
    assert set(known.subject_objects(ORG.unitOf)) == {(each, fedpol) for each in others}  # its range is a formal organisation
    assert set(known.objects(fedpol, ORG.hasUnit)) == others
    for each in units:
        above = {about("unit", each.parent_id)} if each.parent_id else set()
        assert set(known.objects(about("unit", each.unit_id), ORG.subOrganizationOf)) == above
    assert len(set(known.subjects(RDF.type, ORG.Post))) == len(posts)
    labels = {each.language for each in known.objects(about("unit", unit_id("cg")), SKOS.prefLabel) if isinstance(each, Literal)}
    assert labels == {"nl", "fr", "en"}


def test_the_directors_coordinators_and_directors_general_report_to_the_commissioner_general_directly() -> None:
    units, posts = reference()
    known = graph(json.dumps(document(units, posts)))
    chief = about("post", post_id("cg", "commissioner_general"))
    to_chief = [each for each in units if each.slug.startswith("csd-") or each.kind is UnitKind.GENERAL_DIRECTORATE]
    assert len(to_chief) >= 15
    for each in to_chief:
        assert set(known.objects(about("post", each.head_post_id), ORG.reportsTo)) == {chief}, each.slug
    assert not set(known.objects(chief, ORG.reportsTo))


async def test_org_5_a_police_zone_is_linked_and_part_of_nothing(org: Org) -> None:
    await zoned(org, a_zone("public", "9811"))
    known = graph((await org.http.get("/organisation.jsonld")).text)
    zone, csd = about("zone", named("api zone", "public")), about("unit", named("api", "csd-north"))
    assert (zone, RDF.type, ORG.FormalOrganization) in known
    assert set(known.objects(zone, ORG.linkedTo)) == {csd}
    assert not {*known.objects(zone, ORG.unitOf), *known.objects(zone, ORG.subOrganizationOf), *known.subjects(ORG.hasUnit, zone)}
    text = (await page(org, lang="nl")).text
    assert "1 politiezone, verbonden" in text
    assert "politiezones, verbonden en niet ondergeschikt: PZ public" in text
    assert "PZ public" not in (await page(org, lang="nl", on="2014-12-01")).text


async def test_units_that_became_others_are_a_change_event(org: Org) -> None:
    await built(org, "old-a")
    await built(org, "old-b")
    on = soon(org)
    at = await approved(org, plan(merger("old-a", "old-b", into="new-c"), on=on))
    await org.post(f"{at}/schedule", "org-administrator", {})
    assert not list(graph((await org.http.get(f"/organisation.jsonld?on={on}")).text).subjects(RDF.type, ORG.ChangeEvent)), "not before it is in effect"
    await org.pass_time(start_of(on))
    await org.settle()
    known = graph((await org.http.get("/organisation.jsonld")).text)
    [event] = known.subjects(RDF.type, ORG.ChangeEvent)
    a, b, c = (about("unit", named("api", slug)) for slug in ("old-a", "old-b", "new-c"))
    assert set(known.objects(event, ORG.originalOrganization)) == {a, b}
    assert set(known.objects(event, ORG.resultingOrganization)) == {c}
    assert set(known.objects(c, ORG.resultedFrom)) == set(known.objects(a, ORG.changedBy)) == {event}
    assert datetime.fromisoformat(str(known.value(event, PROV.startedAtTime))) == start_of(on)
    assert not list(known.objects(a, ORG.subOrganizationOf)), "it is under nothing any more"
    [period] = known.objects(a, DCTERMS.temporal)
    assert known.value(period, DCAT.endDate) == Literal(on.isoformat(), datatype=XSD.date)
    assert f"{said(on, 'en')}: old-a, old-b → new-c" in (await page(org, lang="en")).text
    before = graph((await org.http.get(f"/organisation.jsonld?on={on - timedelta(days=1)}")).text)
    assert not list(before.subjects(RDF.type, ORG.ChangeEvent))
    assert (a, ORG.subOrganizationOf, about("unit", named("api", "cg"))) in before


# The picture


def overlap(boxes: Iterable[picture.Box]) -> list[tuple[str, str]]:
    boxes = list(boxes)
    return [
        (one.unit.slug, other.unit.slug)
        for n, one in enumerate(boxes)
        for other in boxes[n + 1 :]
        if one.x < other.x + other.width and other.x < one.x + one.width and one.y < other.y + other.height and other.y < one.y + one.height
    ]


def holds_together(units: list[UnitSeen], language: str, measure: picture.Measure) -> None:
    children = picture.children_of(units, language)
    for top in children[None]:
        block = picture.laid_out(top, children, language, measure)
        assert overlap(block.boxes) == []
        for box in block.boxes:
            assert box.x >= 0
            assert box.y >= 0
            assert box.x + box.width <= block.width + 0.01
            assert box.y + box.height <= block.height + 0.01
        for a, b, c, d in block.lines:
            assert a == c or b == d, "a line runs straight"
            for box in block.boxes:
                inside = min(a, c) < box.x + box.width - 1 and max(a, c) > box.x + 1 and min(b, d) < box.y + box.height - 1 and max(b, d) > box.y + 1
                assert not inside, f"a line crosses {box.unit.slug}"


@pytest.mark.parametrize("language", ["nl", "fr", "en"])
@pytest.mark.parametrize("measure", [picture.WIDE, picture.NARROW], ids=["wide", "narrow"])
def test_the_reference_tree_fits_and_no_box_lies_on_another(language: str, measure: picture.Measure) -> None:
    units, _ = reference()
    children = picture.children_of(units, language)
    block = picture.laid_out(children[None][0], children, language, measure)
    assert len(block.boxes) == len(units)
    assert block.width <= measure.whole
    holds_together(units, language, measure)


words_of_labels = st.sampled_from(["Directie", "Coördinatie-", "en", "steundirectie", "van", "de", "informatiebeveiligingsbeleidsondersteuning", "A", "(ISPO)"])


@st.composite
def trees(draw: Any) -> list[UnitSeen]:
    parents = [None, *(draw(st.integers(0, n)) for n in range(draw(st.integers(0, 40))))]
    return [
        seen(
            f"u{n}",
            draw(st.sampled_from(list(UnitKind))),
            None if parent is None else named(f"u{parent}"),
            {"nl": " ".join(draw(st.lists(words_of_labels, min_size=1, max_size=8)))[:200], "fr": "Direction", "en": None},
        )
        for n, parent in enumerate(parents)
    ]


@settings(max_examples=60, deadline=None)
@given(trees(), st.sampled_from([picture.WIDE, picture.NARROW]))
def test_no_tree_makes_boxes_lie_on_each_other(units: list[UnitSeen], measure: picture.Measure) -> None:
    holds_together(units, "nl", measure)


def test_a_label_is_text_and_never_markup() -> None:
    text = picture.svg([seen("x", "unit", None, {"nl": "<script>&\"'", "fr": "x"})], date(2026, 1, 1), "nl", picture.WIDE)
    assert "<script>" not in text
    assert "".join(ElementTree.fromstring(text).itertext()).count("<script>&") >= 1


async def test_the_picture_stands_alone_and_names_itself(org: Org) -> None:
    answer = await org.http.get("/organisation.svg?lang=fr&on=2026-01-01")
    root = ElementTree.fromstring(answer.text)
    [title] = root.findall("{http://www.w3.org/2000/svg}title")
    assert title.text == "Organisation de la police, 1er janvier 2026"
    assert root.findall("{http://www.w3.org/2000/svg}desc")
    assert len(root.findall(".//{http://www.w3.org/2000/svg}a")) >= 4
    assert "http" not in answer.text.replace("http://www.w3.org/2000/svg", "")


# The page


class Read(HTMLParser):
    """What a page has: its elements with their attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in {"meta", "input", "br", "path", "rect"}:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


async def page(org: Org, **params: str) -> httpx.Response:
    answer = await org.http.get("/organisation", params=params)
    assert answer.status_code == 200
    return answer


@pytest.mark.parametrize("language", ["nl", "fr", "en"])
async def test_the_page_speaks_three_languages_and_loads_nothing(org: Org, language: str) -> None:
    answer = await page(org, lang=language, on="2026-01-01")
    read = Read(answer.text)
    assert read.open == []
    assert read.elements[0] == ("html", {"lang": language})
    assert said(date(2026, 1, 1), language) in answer.text
    assert WORDS[language]["public"] in answer.text
    ids = [attrs["id"] for _, attrs in read.elements if "id" in attrs]
    assert len(ids) == len(set(ids))
    targets = [str(attrs["href"]) for tag, attrs in read.elements if tag == "a" and str(attrs["href"]).startswith("#")]
    assert {target[1:] for target in targets} <= set(ids)
    assert not [attrs for tag, attrs in read.elements if tag in {"script", "link", "img", "iframe"} or "src" in attrs]
    assert not re.search(r"https?://(?!www\.w3\.org/2000/svg)", answer.text)
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")
    assert answer.headers["content-language"] == language


async def test_the_browser_s_language_is_taken_when_none_is_asked(org: Org) -> None:
    assert (await org.http.get("/organisation", headers={"accept-language": "fr-BE, en;q=0.5"})).headers["content-language"] == "fr"
    assert (await org.http.get("/organisation?lang=xx", headers={"accept-language": "nl"})).headers["content-language"] == "nl"


async def test_an_empty_day_says_why_and_a_day_that_is_none_too(org: Org) -> None:
    empty = (await page(org, on="1999-01-01", lang="nl")).text
    assert "Op 1 januari 1999 is er geen enkele eenheid." in empty
    assert '<a href="?on=2014-10-01&amp;lang=nl">1 oktober 2014</a>' in empty
    wrong = (await page(org, on="<b>gisteren", lang="nl")).text
    assert "“&lt;b&gt;gisteren” is geen dag" in wrong
    assert (await org.http.get("/organisation.svg?on=gisteren")).status_code == 422


async def test_a_change_to_come_is_said_with_its_day(org: Org) -> None:
    moved = {name: value for name, value in unit("ispo", "police").items() if name != "unit_id"}
    await org.post(f"/units/{named('api', 'ispo')}/changes", "org-administrator", {**moved, "valid_from": "2030-01-01"})
    assert re.search(r"This picture holds from [^<]* to 1 January 2030, when", (await page(org, lang="en", on="2029-12-01")).text)
    assert "This picture holds since 1 January 2030" in (await page(org, lang="en", on="2031-01-01")).text


def test_every_word_is_there_in_three_languages() -> None:
    assert WORDS["nl"].keys() == WORDS["fr"].keys() == WORDS["en"].keys()
    for name, text in WORDS["nl"].items():
        assert set(re.findall(r"{\w+}", text)) == set(re.findall(r"{\w+}", WORDS["fr"][name])) == set(re.findall(r"{\w+}", WORDS["en"][name])), name
