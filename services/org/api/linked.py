"""The public tree as linked data: the W3C Organization Ontology in JSON-LD. No holder, no vacancy, nothing that is asked of a post."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

from cg_contracts.org import UnitKind
from cg_kit.pure.terms import start_of
from services.org.domain import post
from services.org.queries.changes import ChangeSeen
from services.org.queries.units import UnitSeen
from services.org.queries.zones import ZoneSeen

CONTEXT: dict[str, Any] = {
    "org": "http://www.w3.org/ns/org#",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "dct": "http://purl.org/dc/terms/",
    "dcat": "http://www.w3.org/ns/dcat#",
    "prov": "http://www.w3.org/ns/prov#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
    "id": "@id",
    "type": "@type",
    "label": {"@id": "skos:prefLabel", "@container": "@language"},
    "identifier": "dct:identifier",
    "basis": {"@id": "dct:source"},
    "kind": {"@id": "org:classification", "@type": "@id"},
    "unitOf": {"@id": "org:unitOf", "@type": "@id"},
    "hasUnit": {"@id": "org:hasUnit", "@type": "@id"},
    "partOf": {"@id": "org:subOrganizationOf", "@type": "@id"},
    "hasPart": {"@id": "org:hasSubOrganization", "@type": "@id"},
    "linkedTo": {"@id": "org:linkedTo", "@type": "@id"},
    "original": {"@id": "org:originalOrganization", "@type": "@id"},
    "resulting": {"@id": "org:resultingOrganization", "@type": "@id"},
    "changedBy": {"@id": "org:changedBy", "@type": "@id"},
    "resultedFrom": {"@id": "org:resultedFrom", "@type": "@id"},
    "at": {"@id": "prov:startedAtTime", "@type": "xsd:dateTime"},
    "hasPost": {"@id": "org:hasPost", "@type": "@id"},
    "postIn": {"@id": "org:postIn", "@type": "@id"},
    "role": {"@id": "org:role", "@type": "@id"},
    "reportsTo": {"@id": "org:reportsTo", "@type": "@id"},
    "valid": {"@id": "dct:temporal"},
    "from": {"@id": "dcat:startDate", "@type": "xsd:date"},
    "to": {"@id": "dcat:endDate", "@type": "xsd:date"},
}
"""The names used below: those of the ontology, with `dct:temporal` for the days on which a version holds."""

HOUSE = "tag:police.be,2026:cg/org"


def uri(what: str, id_: UUID | str) -> str:
    """The name of a thing in the world; it never changes and is never given to another."""
    return f"{HOUSE}/{what}/{id_}"


def document(units: Iterable[UnitSeen], heads: Mapping[UUID, post.Post], zones: Iterable[ZoneSeen] = (), changes: Sequence[ChangeSeen] = ()) -> dict[str, Any]:
    """All units of a day with the posts that head them, the police zones beside them, and how units of before became others."""
    there = {unit.unit_id: unit for unit in units}
    before = {unit.unit_id: unit for change in reversed(changes) for unit in (*change.originals, *change.results) if unit.unit_id not in there}
    nodes = {unit.unit_id: _unit(unit, there, heads) for unit in there.values()} | {unit.unit_id: _unit(unit, {}, {}) for unit in before.values()}
    for change in changes:
        _note(change, nodes)
    kinds = _kinds([*there.values(), *before.values()])
    graph = [*nodes.values(), *_posts(there, heads), *(_zone(zone, there) for zone in zones), *map(_change, changes), *kinds]
    return {"@context": CONTEXT, "@graph": graph}


def _note(change: ChangeSeen, nodes: Mapping[UUID, dict[str, Any]]) -> None:
    for units, word in ((change.originals, "changedBy"), (change.results, "resultedFrom")):
        for unit in units:
            nodes[unit.unit_id].setdefault(word, []).append(uri("change", change.change_id))


def _change(change: ChangeSeen) -> dict[str, Any]:
    return {
        "id": uri("change", change.change_id),
        "type": "org:ChangeEvent",
        "identifier": change.kind,
        "basis": change.legal_basis,
        "original": [uri("unit", unit.unit_id) for unit in change.originals],
        "resulting": [uri("unit", unit.unit_id) for unit in change.results],
        "at": start_of(change.on).isoformat(),
    }


def _zone(zone: ZoneSeen, there: Mapping[UUID, UnitSeen]) -> dict[str, Any]:
    """A police zone is an organisation of its own (ORG-5): linked to a directorate, part of nothing."""
    return {
        "id": uri("zone", zone.zone_id),
        "type": "org:FormalOrganization",
        "identifier": zone.zone_number,
        "label": zone.labels.model_dump(exclude_none=True),
        "basis": zone.legal_basis,
        **({"linkedTo": uri("unit", zone.csd_id)} if zone.csd_id in there else {}),
        "valid": _period(zone),
    }


def _period(one: UnitSeen | ZoneSeen) -> dict[str, Any]:
    return {"type": "dct:PeriodOfTime", "from": one.valid_from.isoformat(), **({"to": one.valid_to.isoformat()} if one.valid_to else {})}


def _unit(unit: UnitSeen, there: Mapping[UUID, UnitSeen], heads: Mapping[UUID, post.Post]) -> dict[str, Any]:
    formal = unit.kind is UnitKind.FORMAL_ORGANIZATION
    whole = _formal(unit, there)
    children = [each for each in there.values() if each.parent_id == unit.unit_id]
    parts = [uri("unit", each.unit_id) for each in there.values() if each is not unit and _formal(each, there) is unit] if formal else []
    posts = [uri("post", post_id) for post_id in _heading(there, heads) if _seat(heads[post_id]).unit_id == unit.unit_id]
    made: dict[str, Any] = {
        "id": uri("unit", unit.unit_id),
        "type": "org:FormalOrganization" if formal else "org:OrganizationalUnit",
        "identifier": unit.slug,
        "label": unit.labels.model_dump(exclude_none=True),
        "kind": uri("kind", unit.kind),
        "basis": unit.legal_basis,
        "unitOf": uri("unit", whole.unit_id) if whole is not None and not formal else None,
        "hasUnit": parts,
        "partOf": uri("unit", unit.parent_id) if unit.parent_id is not None and unit.parent_id in there else None,
        "hasPart": [uri("unit", each.unit_id) for each in children],
        "hasPost": posts,
        "valid": _period(unit),
    }
    return {name: value for name, value in made.items() if value not in (None, [])}


def _formal(unit: UnitSeen, there: Mapping[UUID, UnitSeen]) -> UnitSeen | None:
    """The formal organisation that a unit is part of: `org:unitOf` points at one, `org:subOrganizationOf` at whatever is directly above."""
    above = there.get(unit.parent_id) if unit.parent_id else None
    for _ in there:
        if above is None or above.kind is UnitKind.FORMAL_ORGANIZATION:
            return above
        above = there.get(above.parent_id) if above.parent_id else None
    return None


def _heading(there: Mapping[UUID, UnitSeen], heads: Mapping[UUID, post.Post]) -> list[UUID]:
    return sorted({unit.head_post_id for unit in there.values() if unit.head_post_id in heads and unit.head_post_id is not None})


def _posts(there: Mapping[UUID, UnitSeen], heads: Mapping[UUID, post.Post]) -> Iterator[dict[str, Any]]:
    for post_id in _heading(there, heads):
        seat = _seat(heads[post_id])
        above = reports_to(post_id, there)
        yield {
            "id": uri("post", post_id),
            "type": "org:Post",
            "label": seat.labels,
            "postIn": uri("unit", seat.unit_id),
            "role": "org:Head",
            **({"reportsTo": uri("post", above)} if above is not None and above in heads else {}),
        }


def reports_to(post_id: UUID, there: Mapping[UUID, UnitSeen]) -> UUID | None:
    """The post that the head of a unit reports to: that of the nearest unit above which another post heads."""
    headed = [unit for unit in there.values() if unit.head_post_id == post_id]
    depth = {unit.unit_id: len(list(_above(unit, there))) for unit in headed}
    for unit in _above(min(headed, key=lambda unit: depth[unit.unit_id]), there) if headed else ():
        if unit.head_post_id not in (None, post_id):
            return unit.head_post_id
    return None


def _above(unit: UnitSeen, there: Mapping[UUID, UnitSeen]) -> Iterator[UnitSeen]:
    for _ in there:
        if unit.parent_id is None or unit.parent_id not in there:
            return
        unit = there[unit.parent_id]
        yield unit


def _kinds(units: Iterable[UnitSeen]) -> Iterator[dict[str, Any]]:
    for kind in sorted({unit.kind for unit in units}):
        yield {"id": uri("kind", kind), "type": "skos:Concept", "label": KINDS[kind]}


def _seat(state: post.Post) -> post.Seat:
    assert state.seat is not None
    return state.seat


KINDS: dict[UnitKind, dict[str, str]] = {
    UnitKind.FORMAL_ORGANIZATION: {"nl": "Organisatie", "fr": "Organisation", "en": "Organisation"},
    UnitKind.UNIT: {"nl": "Eenheden", "fr": "Unités", "en": "Units"},
    UnitKind.GENERAL_DIRECTORATE: {"nl": "Algemene directies", "fr": "Directions générales", "en": "General directorates"},
    UnitKind.DIRECTORATE: {"nl": "Directies", "fr": "Directions", "en": "Directorates"},
    UnitKind.DECONCENTRATED: {"nl": "Gedeconcentreerde directies", "fr": "Directions déconcentrées", "en": "Deconcentrated directorates"},
    UnitKind.SERVICE: {"nl": "Diensten", "fr": "Services", "en": "Services"},
}
"""The kinds of unit, as the head of a group of them."""
