"""What every contract keeps: a meaning, a basis in law, bounded content, a key that exists, and no person on `.events`."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID

import pytest
from pydantic import ValidationError

from cg_contracts import frozen, org, oversight, screening
from cg_contracts.accounts import OUTSIDE, SERVICES
from cg_contracts.base import CATALOGUE, Code, Contract, Fact, Instant, Personal, Request, Tier, personal_fields
from cg_contracts.levels import Level
from cg_contracts.schema import schema
from cg_contracts.topics import acls, answered_with, intakes, reads, spoken_on, topics, writes

ALL = list(CATALOGUE.values())
FACTS = [c for c in ALL if issubclass(c, Fact)]
REQUESTS = [c for c in ALL if issubclass(c, Request)]
A_PERSON = {
    *("name", "names", "firstname", "lastname", "surname", "family", "alias", "initials", "birth", "birthday", "birthdate", "birthplace", "born"),
    *("national", "nrn", "rrn", "niss", "insz", "rijksregisternummer", "ssn", "passport", "email", "mail", "phone", "telephone", "mobile", "address", "street"),
    *("gender", "sex", "nationality", "religion", "photo", "iban", "badge", "stamnummer", "partner", "spouse", "matricule"),
}
OPAQUE = {"requester_ref", "screening_ref", "request_type", "request_event_id", "field", "roles"}
ATTRIBUTES = {"steps.id", "steps.type", "steps.source", "steps.subject", "steps.causationid", "steps.correlationid"}
"""Texts on facts that are given back as they came, or name a type, a field or a role; and attributes of envelopes, which the gate has looked at."""


def ids(contract: type[Contract]) -> str:
    return contract.about.type.removeprefix("be.police.cg.")


every = pytest.mark.parametrize("contract", ALL, ids=ids)
every_fact = pytest.mark.parametrize("contract", FACTS, ids=ids)
every_request = pytest.mark.parametrize("contract", REQUESTS, ids=ids)


def strings(node: Any, root: dict[str, Any], where: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every text of a schema, with the path of its field."""
    if "$ref" in node:
        node = root["$defs"][node["$ref"].rsplit("/", 1)[1]]
    for branch in node.get("anyOf", ()):
        yield from strings(branch, root, where)
    for name, one in node.get("properties", {}).items():
        yield from strings(one, root, f"{where}.{name}" if where else name)
    if "items" in node:
        yield from strings(node["items"], root, where)
    if node.get("type") == "string":
        yield where, node


def about_a_person(contract: type[Contract]) -> list[str]:
    """What says more of a person than an opaque id: marked, by its name, or (where persons are meant at all) as text that could hold anything."""
    whole = contract.model_json_schema()
    marked = list(personal_fields(contract))
    named = [path for path in paths(whole, whole) if set(re.split(r"[_.]", path.lower())) & A_PERSON]
    free = [
        path
        for path, text in strings(whole, whole)
        if path.rsplit(".", 1)[-1] not in OPAQUE
        and path not in ATTRIBUTES
        and not {"enum", "const", "format"} & text.keys()
        and re.search(text.get("pattern", ""), "85050034718")
    ]
    return marked + named + (free if contract.about.tier in (Tier.T2, Tier.T3) else [])


def paths(node: Any, root: dict[str, Any], where: str = "") -> Iterator[str]:
    if "$ref" in node:
        node = root["$defs"][node["$ref"].rsplit("/", 1)[1]]
    for branch in node.get("anyOf", ()):
        yield from paths(branch, root, where)
    for name, one in node.get("properties", {}).items():
        here = f"{where}.{name}" if where else name
        yield here
        yield from paths(one, root, here)


# What it says


@every
def test_says_in_one_sentence_what_the_world_may_assume(contract: type[Contract]) -> None:
    said = " ".join((contract.__doc__ or "").split())
    assert said.endswith("."), contract
    assert 20 < len(said) <= 300


@every
def test_says_why_it_may_be_said(contract: type[Contract]) -> None:
    assert contract.about.purpose
    assert contract.about.legal_basis or contract.about.tier in (Tier.T0, Tier.T1)


@every
def test_has_the_name_of_its_type_and_lives_with_its_owner(contract: type[Contract]) -> None:
    about = contract.about
    assert about.type == f"be.police.cg.{about.owner}.{about.name}.v{about.version}"
    assert contract.__name__ == f"{about.name}V{about.version}"
    assert contract.__module__ == f"cg_contracts.{about.owner}"
    assert about.owner in SERVICES


@every
def test_its_keys_are_fields_that_are_there(contract: type[Contract]) -> None:
    keys = contract.about.keys
    for key in keys:
        assert key in contract.model_fields
        assert contract.model_fields[key].is_required() == (len(keys) == 1)


@every
def test_every_text_is_bounded(contract: type[Contract]) -> None:
    made = schema(contract)
    unbounded = [path for path, text in strings(made, made) if not {"enum", "const", "format", "maxLength"} & text.keys()]
    assert not unbounded


@every
def test_field_names_are_snake_case_and_times_carry_their_offset(contract: type[Contract]) -> None:
    made = schema(contract)
    assert not [path for path in paths(made, made) if not re.fullmatch(r"[a-z][a-z0-9_.]*", path)]
    assert not [path for path, text in strings(made, made) if path.endswith("_at") and text.get("format") != "date-time"]


# The frozen example


@every
def test_the_frozen_example_is_understood_and_says_the_same_again(contract: type[Contract]) -> None:
    data = frozen.example(contract)
    message = contract.model_validate_json(json.dumps(data), strict=True)
    again = contract.model_validate_json(message.model_dump_json(exclude_none=True), strict=True)
    assert again == message
    assert message.subject in data.values()
    assert set(data) <= set(contract.model_fields)


def test_there_is_no_example_or_baseline_of_what_is_not_said() -> None:
    for folder in ("examples", "baseline"):
        files = set((frozen.FILES / folder).glob("*/*.json"))
        assert files == {frozen.path(folder, type_) for type_ in CATALOGUE}


# Who says it, and what answers it


WAITS_FOR_ITS_SERVICE = {"innovation.PilotGateAnswered.v1"}
"""Said by services that do not exist yet; until then people with their roles say it over HTTP."""


@every_request
def test_a_request_is_said_by_accounts_that_exist_and_refused_by_a_fact(contract: type[Contract]) -> None:
    about = contract.about
    assert about.by or ids(contract) in WAITS_FOR_ITS_SERVICE
    assert set(about.by) <= {*SERVICES, *OUTSIDE}
    assert about.owner not in about.by
    assert "operator" not in about.by
    refusal = CATALOGUE[about.refusal or f"be.police.cg.{about.owner}.RequestRefused.v1"]
    assert issubclass(refusal, Fact)
    assert refusal.about.owner == about.owner
    assert {"rule", "field"} <= set(refusal.model_fields)
    needed = {name for name, field in refusal.model_fields.items() if field.is_required()} - {"rule"}
    assert needed <= {*contract.model_fields, "request_type", "request_event_id"}


@every_request
def test_a_request_that_is_restricted_by_kind_has_those_kinds(contract: type[Contract]) -> None:
    for kinds in contract.about.by.values():
        if kinds is not None:
            form = contract.model_fields["kind"].annotation
            assert form is not None
            assert kinds <= {str(one) for one in form}


@every_fact
def test_what_a_fact_answers_is_a_request_and_its_echo_is_given_back(contract: type[Contract]) -> None:
    for type_ in contract.about.answers:
        asked = CATALOGUE[type_]
        assert issubclass(asked, Request)
        assert asked.about.owner == contract.about.owner
        echoed = {"request_id", "requester_ref"} & set(asked.model_fields)
        assert echoed <= set(contract.model_fields)


# Persons


@every_fact
def test_no_fact_says_more_of_a_person_than_an_opaque_id(contract: type[Contract]) -> None:
    assert not about_a_person(contract)
    assert contract.about.tier in (Tier.T2, Tier.T3) or "person_id" not in contract.model_fields


PLANTED: list[tuple[Any, str]] = [
    (Annotated[UUID, Personal("id")], "planted"),
    (str, "planted"),
    (screening.PersonData, "planted"),
    (org.Names, "who"),
    (datetime, "birth_date"),
    (Code, "surname"),
    (int, "national_number"),
    (Code | None, "holder_email"),
    (Annotated[str, "eleven digits"], "code"),
]


@pytest.mark.parametrize(("form", "name"), PLANTED)
def test_a_planted_field_is_found(form: Any, name: str) -> None:
    body = {"__annotations__": {"case_id": UUID, name: form}, "__module__": __name__, "__doc__": "Planted."}
    type_ = "be.police.cg.screening.Planted.v1"
    try:
        planted = type(Fact)("PlantedV1", (Fact,), body, type=type_, key="case_id")
        assert about_a_person(planted)
        with pytest.raises(AssertionError):
            test_no_fact_says_more_of_a_person_than_an_opaque_id(planted)
    finally:
        CATALOGUE.pop(type_, None)


def test_personal_data_enters_only_where_it_is_marked() -> None:
    marked = {ids(c): personal_fields(c) for c in ALL if personal_fields(c)}
    assert marked == {
        "org.PersonRegistered.v1": ("names",),
        "screening.ScreeningRequested.v1": ("person_data",),
        "integrity.IntegrityMatterReferred.v1": ("what_was_seen",),
    }
    for contract in REQUESTS:
        whole = contract.model_json_schema()
        named = {path.split(".")[0] for path in paths(whole, whole) if set(re.split(r"[_.]", path)) & A_PERSON}
        assert named <= set(personal_fields(contract))


# Alternatives


CASE, APPLICATION = UUID(int=1), UUID(int=2)
NOON = datetime(2026, 4, 15, 10, tzinfo=UTC)


@pytest.mark.parametrize("given", [{}, {"case_id": CASE, "application_id": APPLICATION}])
def test_of_alternative_keys_exactly_one_is_there(given: dict[str, UUID]) -> None:
    with pytest.raises(ValidationError, match="exactly one of case_id, application_id") as raised:
        screening.AppealWindowOpenedV1(**given, appeal_until=NOON)
    assert raised.value.errors()[0]["ctx"]["field"] == "case_id"


def test_the_subject_is_the_alternative_that_is_there() -> None:
    assert screening.AppealWindowOpenedV1(case_id=CASE, appeal_until=NOON).subject == str(CASE)
    assert screening.AppealWindowOpenedV1(application_id=APPLICATION, appeal_until=NOON).subject == str(APPLICATION)


def test_an_assignment_rests_on_one_ground_at_most() -> None:
    data = frozen.example(org.AssignmentConfirmedV1)
    with pytest.raises(ValidationError, match="at most one"):
        org.AssignmentConfirmedV1.model_validate(data | {"case_id": str(CASE)})


@pytest.mark.parametrize(("outcome", "missing"), [("granted", "level"), ("granted_limited", "expires_at"), ("lowered", "level")])
def test_a_decision_says_what_it_grants(outcome: str, missing: str) -> None:
    data = {name: value for name, value in frozen.example(screening.NvoDecisionReceivedV1).items() if name != missing}
    with pytest.raises(ValidationError) as raised:
        screening.NvoDecisionReceivedV1.model_validate(data | {"outcome": outcome})
    assert raised.value.errors()[0]["ctx"]["field"] == missing


def test_only_a_recruitment_brings_person_data() -> None:
    data = frozen.example(screening.ScreeningRequestedV1)
    person = {"names": {"given": "A", "family": "B"}, "birth_date": "1990-01-01", "national_number": "90010100123"}
    assert screening.ScreeningRequestedV1.model_validate(data | {"kind": "recruitment", "person_data": person})
    with pytest.raises(ValidationError, match="recruitment"):
        screening.ScreeningRequestedV1.model_validate(data | {"person_data": person})


def test_a_request_takes_no_field_that_it_does_not_know_and_a_fact_ignores_it() -> None:
    with pytest.raises(ValidationError):
        org.PersonLeftV1.model_validate(frozen.example(org.PersonLeftV1) | {"why": "secret"})
    assert not hasattr(org.PostOpenedV1.model_validate(frozen.example(org.PostOpenedV1) | {"later": 1}), "later")


def test_an_instant_without_offset_is_refused() -> None:
    with pytest.raises(ValidationError, match="timezone"):
        screening.ConsentGivenV1.model_validate({"case_id": str(CASE), "at": "2026-04-15T10:00:00"})


def test_a_clearance_covers_its_own_level_and_those_below() -> None:
    assert [level.value for level in Level] == ["BEPERKT", "VERTROUWELIJK", "GEHEIM", "ZEER_GEHEIM"]
    assert Level.GEHEIM.covers(Level.VERTROUWELIJK)
    assert Level.GEHEIM.covers(Level.GEHEIM)
    assert not Level.GEHEIM.covers(Level.ZEER_GEHEIM)


# A contract that is declared wrongly cannot be imported


@pytest.mark.parametrize(
    ("name", "type_", "says"),
    [
        ("ThingV1", "be.police.cg.org.Thing", "is not be.police"),
        ("ThingV2", "be.police.cg.org.Thing.v1", "is called ThingV1"),
        ("PostOpenedV1", "be.police.cg.org.PostOpened.v1", "declared twice"),
    ],
)
def test_a_wrong_declaration_is_an_error(name: str, type_: str, says: str) -> None:
    with pytest.raises(TypeError, match=says):
        type(Fact)(name, (Fact,), {"__annotations__": {"post_id": UUID, "at": Instant}, "__module__": __name__}, type=type_, key="post_id")


# Topics and rights


def test_topics_are_those_of_the_architecture() -> None:
    made = {topic.name: (topic.partitions, topic.config.get("retention.ms")) for topic in topics()}
    assert made["cg.org.events"] == (12, "-1")
    assert made["cg.screening.intake.nvo"] == (3, str(14 * 86_400_000))
    assert made["cg.answers.hr"] == (1, str(90 * 86_400_000))
    assert made["cg.clock"] == (1, None)
    assert intakes("screening") == tuple(
        f"cg.screening.intake.{account}" for account in ("appeals", "fanc", "hr", "innovation", "inspection", "justice", "nvo", "org")
    )


def test_each_account_writes_and_reads_its_own_and_no_more() -> None:
    hears = {"org": [screening.ClearanceGrantedV1], "screening": [org.AssignmentEndedV1]}
    assert writes("hr") == ("cg.org.intake.hr", "cg.screening.intake.hr")
    assert reads("hr", hears) == ("cg.answers.hr",)
    assert writes("operator") == ()
    assert reads("operator", hears) == (*(f"cg.{service}.events" for service in SERVICES), "cg.clock")
    assert writes("clock") == ("cg.clock",)
    assert reads("org", hears) == ("cg.screening.events", *(f"cg.org.intake.{account}" for account in ("audit", "hr", "innovation", "screening")), "cg.clock")
    assert [a for a in acls(hears) if a.operation == "WRITE" and a.name == "cg.clock"] == [
        a for a in acls(hears) if a.account == "clock" and a.operation == "WRITE"
    ]
    for service in SERVICES:
        assert {a.account for a in acls(hears) if a.operation == "WRITE" and a.name == f"cg.{service}.events"} == {service}
        assert {a.account for a in acls(hears) if a.operation == "WRITE" and a.name == f"cg.{service}.steps"} == {service}
        assert {a.account for a in acls(hears) if a.operation == "READ" and a.name == f"cg.{service}.steps"} == set()
    for listener in SERVICES:  # who names it hears every service, and nobody else may
        assert set(reads(listener, {listener: [oversight.StepsTakenV1]})) >= {f"cg.{service}.steps" for service in SERVICES}
    for outside in OUTSIDE:
        assert {a.account for a in acls(hears) if a.operation == "READ" and a.name == f"cg.answers.{outside}"} <= {outside}


def test_a_stranger_finds_its_answers_refusals_and_rejections() -> None:
    answers = {ids(c) for c in answered_with("appeals")}
    refused = {"screening.RequestRefused.v1", "screening.MessageRejected.v1", "screening.SequenceGapNoticed.v1"}
    assert answers == refused | {"screening.AppealFiled.v1", "screening.AppealDecided.v1"}
    assert org.MessageRejectedV1 not in spoken_on("cg.org.events")


# The package


def test_each_service_gives_a_sign_of_life_that_is_said_on_its_events() -> None:
    for service in SERVICES:
        canary = CATALOGUE[f"be.police.cg.{service}.Canary.v1"]
        assert canary in spoken_on(f"cg.{service}.events")
        assert not canary.about.numbered


def test_the_wheel_depends_on_pydantic_alone() -> None:
    project = tomllib.loads((frozen.FILES / "pyproject.toml").read_text())["project"]
    assert [re.split(r"[<>=~! ]", one)[0] for one in project["dependencies"]] == ["pydantic"]
    allowed = {"cg_contracts", "pydantic", "pydantic_core", "__future__"}
    for file in (frozen.FILES / "cg_contracts").glob("*.py"):
        for module in re.findall(r"^(?:from|import) ([a-z_]+)", file.read_text(), re.M):
            assert module in allowed or module in __import__("sys").stdlib_module_names, (file.name, module)
