"""The gate: every rule turns away what it is for, names the field, gives nothing back, and lets through what is right."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cg_contracts import org, screening
from cg_contracts.accounts import source_of
from cg_contracts.base import CATALOGUE, Contract, Request
from cg_contracts.frozen import example
from cg_contracts.schema import whole_schema
from cg_contracts.topics import speakers
from cg_kit import cloudevents
from cg_kit.gate import CANARY, RULES, UNHEARD, Gate, Passed, Rejected, Unheard, digest, gap, letter_key, national_number, schema_of
from cg_kit.seam import Record

NOW = datetime(2026, 4, 15, 8, tzinfo=UTC)
NUMBER = "85073003328"
"""A national register number that belongs to nobody: its check digits are right."""

SCREENING = Gate(
    "screening",
    (org.AssignmentEndedV1,),
    (screening.ScreeningRequestedV1, screening.NvoDecisionReceivedV1, screening.DecisionNotifiedV1),
)
PERSON = "01936b2e-8c00-7000-8000-000000000051"
ASKED = {
    "request_id": "01936b2e-8c00-7000-8000-000000000052",
    "requester_ref": "REC/2026/7",
    "kind": "recruitment",
    "purpose": "recruitment",
    "person_id": PERSON,
    "needed_by": "2026-06-01",
}


def record(value: bytes | None, headers: list[tuple[str, bytes]] | list[tuple[str, bytes | None]], at: datetime = NOW) -> Record:
    return Record("cg.screening.intake.hr", 0, 0, None, value, tuple(headers), at)


def asked(data: dict[str, Any] | None = None, account: str = "hr", **attributes: str | None) -> Record:
    """hr's request for a screening, with fields of the data and attributes changed or (None) left out."""
    said = {field: value for field, value in {**ASKED, **(data or {})}.items() if value is not None}
    named = {
        "id": "1",
        "source": source_of(account),
        "type": screening.ScreeningRequestedV1.about.type,
        "subject": PERSON,
        "time": "2026-04-15T08:00:00Z",
        **attributes,
    }
    return record(json.dumps(said).encode(), cloudevents.headers({name: text for name, text in named.items() if text is not None}))


def verdict(given_record: Record, account: str = "hr") -> tuple[str, str | None]:
    found = SCREENING.check_intake(given_record, account)
    assert isinstance(found, Rejected), found
    assert found.rule in RULES
    assert found.mend
    return found.rule, found.field


# -- what is right


@pytest.mark.parametrize("contract", [c for c in CATALOGUE.values() if issubclass(c, Request)], ids=lambda c: c.about.type)
def test_the_frozen_examples_pass(contract: type[Contract]) -> None:
    for account in speakers(contract):
        said = example(contract)
        kinds = contract.about.by[account]
        if kinds is not None and said["kind"] not in kinds:
            continue
        message = contract.model_validate(said)
        attributes = {
            "id": "1",
            "source": source_of(account),
            "type": contract.about.type,
            "subject": message.subject,
            "dataschema": schema_of(contract.about.type),
        }
        found = Gate(contract.about.owner, (), (contract,)).check_intake(record(json.dumps(said).encode(), cloudevents.headers(attributes)), account)
        assert isinstance(found, Passed)
        assert found.message == message
        assert found.key == (source_of(account), message.subject)


def test_structured_mode_passes_as_binary_does() -> None:
    binary = asked()
    attributes = {name[3:]: (raw or b"").decode() for name, raw in binary.headers if name.startswith("ce_")}
    structured = record(cloudevents.structured(attributes, binary.value or b""), [("content-type", b"application/cloudevents+json")])
    first, second = SCREENING.check_intake(binary, "hr"), SCREENING.check_intake(structured, "hr")
    assert isinstance(first, Passed)
    assert isinstance(second, Passed)
    assert (first.message, first.key) == (second.message, second.key)
    assert digest(first.envelope, first.message) == digest(second.envelope, second.message)


def test_time_and_subject_may_be_absent() -> None:
    found = SCREENING.check_intake(asked(subject=None, time=None), "hr")
    assert isinstance(found, Passed)
    assert found.envelope.subject == PERSON


def test_the_schema_s_name_is_the_one_in_the_schema() -> None:
    for contract in CATALOGUE.values():
        assert whole_schema(contract)["$id"] == schema_of(contract.about.type)


# -- what is wrong

BAD: list[tuple[str, Record, str, str | None]] = [
    ("too large a value", asked()._replace(value=b" " * 100_000), "too-large", "data"),
    ("too large headers", asked()._replace(headers=(*asked().headers, ("x", b"x" * 70_000))), "too-large", "data"),
    ("an unknown type", asked(type="be.police.cg.screening.Nothing.v1"), "unknown-type", "type"),
    ("a type of somebody else", asked(type="com.example.hello"), "unknown-type", "type"),
    ("an unknown version", asked(type="be.police.cg.screening.ScreeningRequested.v2"), "unknown-version", "type"),
    ("a type of another account", asked(type=screening.NvoDecisionReceivedV1.about.type), "not-allowed", "type"),
    ("a request of another service", asked(type=org.AppointmentRequestedV1.about.type), "not-allowed", "type"),
    ("a fact", asked(type=screening.ScreeningDecidedV1.about.type), "not-allowed", "type"),
    ("a kind of another account", asked({"kind": "advice"}), "not-allowed", "kind"),
    ("another source", asked(source=source_of("nvo")), "source-differs", "source"),
    ("a number in the subject", asked(subject=NUMBER), "personal-data", "subject"),
    ("a number in the id", asked(id=f"hr-{NUMBER}"), "personal-data", "id"),
    ("a number in the partition key", asked(partitionkey="85.07.30-033.28"), "personal-data", "partitionkey"),
    ("a number in the correlation", asked(correlationid="85 07 30 033 28"), "personal-data", "correlationid"),
    ("a number in a text", asked({"requester_ref": "850730-033-28"}), "personal-data", "requester_ref"),
    ("next year", asked(time="2027-04-15T08:00:00Z"), "time-ahead", "time"),
    ("six minutes ahead", asked(time="2026-04-15T10:06:00+02:00"), "time-ahead", "time"),
    ("last year", asked(time="2025-04-15T08:00:00Z"), "time-behind", "time"),
    ("the year one", asked(time="0001-01-01T00:00:00+14:00"), "time-behind", "time"),
    ("not JSON", asked(datacontenttype="application/xml"), "attribute-invalid", "datacontenttype"),
    ("another schema", asked(dataschema="https://example.org/schema"), "attribute-invalid", "dataschema"),
    ("another subject", asked(subject="01936b2e-8c00-7000-8000-000000000099"), "subject-differs", "subject"),
    ("a missing field", asked({"needed_by": None}), "data-invalid", "needed_by"),
    ("an unknown field", asked({"why": "because"}), "data-invalid", "why"),
    ("a wrong value", asked({"person_id": "secret-value"}), "data-invalid", "person_id"),
    ("a number for a date", asked({"needed_by": 20260601}), "data-invalid", "needed_by"),
    ("a code that is none", asked({"purpose": "Secret Value"}), "data-invalid", "purpose"),
    ("a wrong value inside", asked({"person_data": {"names": {"given": "A", "family": ""}}}), "data-invalid", "person_data.names.family"),
    ("a name that is a number", asked({"85.07.30-033.28": 1}), "data-invalid", "data"),
    ("a list", asked()._replace(value=b"[]"), "data-invalid", "data"),
    ("nested too deeply", asked()._replace(value=b'{"a": ' * 300 + b"1" + b"}" * 300), "not-json", "data"),
    ("no value", asked()._replace(value=None), "no-data", "data"),
]


@pytest.mark.parametrize(("bad", "rule", "field"), [case[1:] for case in BAD], ids=[case[0] for case in BAD])
def test_what_is_wrong_has_a_rule_and_a_field(bad: Record, rule: str, field: str | None) -> None:
    assert verdict(bad) == (rule, field)


@pytest.mark.parametrize("bad", [case[1] for case in BAD], ids=[case[0] for case in BAD])
def test_nothing_of_the_payload_is_given_back(bad: Record) -> None:
    found = SCREENING.check_intake(bad, "hr")
    assert isinstance(found, Rejected)
    said = f"{found.mend} {found.field} {found.id} {found.subject}".lower()
    assert "secret" not in said
    assert not national_number(said)
    assert len(found.mend) <= 500


def test_a_rejection_says_whose_it_is() -> None:
    found = SCREENING.check_intake(asked(time="2027-04-15T08:00:00Z"), "hr")
    assert isinstance(found, Rejected)
    assert (found.id, found.type, found.source, found.subject) == ("1", screening.ScreeningRequestedV1.about.type, source_of("hr"), PERSON)


def test_a_mend_names_the_version_the_topic_and_the_kinds() -> None:
    mends = [SCREENING.check_intake(asked(type=t), "hr") for t in ("be.police.cg.screening.ScreeningRequested.v2", org.AppointmentRequestedV1.about.type)]
    mends.append(SCREENING.check_intake(asked({"kind": "advice"}), "hr"))
    for found, expected in zip(mends, ("ScreeningRequested.v1", "cg.org.intake.hr", "recruitment"), strict=True):
        assert isinstance(found, Rejected)
        assert expected in found.mend


def test_a_whole_message_is_blamed_on_its_field() -> None:
    decision = {"decision_ref": "N", "application_id": PERSON, "outcome": "granted", "decided_at": "2026-04-15T08:00:00Z"}
    attributes = {"id": "1", "source": source_of("nvo"), "type": screening.NvoDecisionReceivedV1.about.type}
    assert verdict(record(json.dumps(decision).encode(), cloudevents.headers(attributes)), "nvo") == ("data-invalid", "level")
    neither = {"decision_ref": "N", "outcome": "refused", "decided_at": "2026-04-15T08:00:00Z"}
    assert verdict(record(json.dumps(neither).encode(), cloudevents.headers(attributes)), "nvo")[0] == "data-invalid"


@given(
    st.binary(max_size=300) | st.none(),
    st.lists(st.tuples(st.sampled_from(["ce_id", "ce_type", "ce_source", "ce_time", "content-type", "b3"]), st.none() | st.binary())),
)
def test_no_record_raises(value: bytes | None, headers: list[tuple[str, bytes | None]]) -> None:
    for given_headers in (headers, [*asked().headers, *headers]):
        assert isinstance(SCREENING.check_intake(record(value, given_headers), "hr"), Rejected)
        assert isinstance(SCREENING.check_fact(record(value, given_headers), "org"), Rejected | Unheard)


@given(st.datetimes(timezones=st.timezones() | st.just(UTC)))
def test_no_time_raises(at: datetime) -> None:
    assert isinstance(SCREENING.check_intake(asked(time=at.isoformat()), "hr"), Passed | Rejected)


# -- facts


def fact(changes: dict[str, Any] | None = None, **attributes: str | None) -> Record:
    said = example(org.AssignmentEndedV1)
    named = {
        "id": PERSON,
        "source": source_of("org"),
        "type": org.AssignmentEndedV1.about.type,
        "subject": org.AssignmentEndedV1.model_validate(said).subject,
        "sequence": "3",
        **attributes,
    }
    value = json.dumps({field: value for field, value in {**said, **(changes or {})}.items() if value is not None}).encode()
    return record(value, cloudevents.headers({name: text for name, text in named.items() if text is not None}))


def test_a_fact_that_is_heard_passes_also_with_fields_of_tomorrow() -> None:
    found = SCREENING.check_fact(fact({"tomorrow": 1}), "org")
    assert isinstance(found, Passed)
    assert (found.message, found.envelope.sequence) == (org.AssignmentEndedV1.model_validate(example(org.AssignmentEndedV1)), 3)
    assert letter_key(found.envelope, ours=True) == UUID(PERSON)


def test_a_fact_that_is_not_heard_is_not_even_looked_at() -> None:
    assert SCREENING.check_fact(fact(type="be.police.cg.org.PostOpened.v7")._replace(value=None), "org") is UNHEARD


def test_a_canary_is_noted_by_its_type_alone() -> None:
    assert SCREENING.check_fact(fact(type="be.police.cg.org.Canary.v1")._replace(value=None), "org") is CANARY


@pytest.mark.parametrize(
    ("bad", "rule"),
    [
        (fact(type="be.police.cg.org.AssignmentEnded.v2"), "unknown-version"),
        (fact({"post_id": None}), "data-invalid"),
        (fact({"post_id": 1}), "data-invalid"),
        (fact(source=source_of("hr")), "source-differs"),
        (fact(subject=PERSON), "subject-differs"),
        (fact(id=None), "attribute-missing"),
        (fact()._replace(value=None), "no-data"),
    ],
)
def test_a_broken_fact_has_a_rule_and_a_key_to_park_it_by(bad: Record, rule: str) -> None:
    found = SCREENING.check_fact(bad, "org")
    assert isinstance(found, Rejected)
    assert (found.rule, found.source) == (rule, source_of("org"))
    assert found.subject


def test_a_fact_without_readable_attributes_is_parked_by_its_record_key() -> None:
    found = SCREENING.check_fact(record(b"{}", [("ce_subject", None)])._replace(key=b"the-key"), "org")
    assert isinstance(found, Rejected)
    assert found.subject == "the-key"


# -- the small things


def test_a_letter_of_a_stranger_is_known_by_source_and_id() -> None:
    first = SCREENING.check_intake(asked(), "hr")
    assert isinstance(first, Passed)
    keys = {letter_key(first.envelope._replace(**change), ours=False) for change in ({}, {"id": "2"}, {"source": "x"}, {"subject": "x"})}
    assert len(keys) == 3


def test_a_digest_says_what_is_said_and_not_how() -> None:
    plain, spaced, other = asked(), asked()._replace(value=json.dumps(dict(reversed(ASKED.items())), indent=3).encode()), asked({"requester_ref": "REC/2026/8"})
    found = [SCREENING.check_intake(one, "hr") for one in (plain, spaced, other)]
    digests = [digest(one.envelope, one.message) for one in found if isinstance(one, Passed)]
    assert digests[0] == digests[1] != digests[2]
    assert {len(one) for one in digests} == {16}


def test_a_gap_is_a_warning() -> None:
    found = SCREENING.check_fact(fact(sequence="9"), "org")
    assert isinstance(found, Passed)
    assert gap(7, found.envelope)
    assert (gap(None, found.envelope), gap(8, found.envelope), gap(9, found.envelope)) == (None, None, None)


@pytest.mark.parametrize("text", [NUMBER, "85.07.30-033.28", "850730-033-28", "urn:x:85073003328", "00012556777", "(85 07 30 033 28)"])
def test_a_national_register_number_is_seen(text: str) -> None:
    assert national_number(text)


@pytest.mark.parametrize("text", ["85073003329", "8507300332", "850730033281", "A85073003328", "01936b2e-8c00-7000-8000-000000000051", ""])
def test_other_numbers_are_not(text: str) -> None:
    assert not national_number(text)


@given(st.uuids())
def test_no_uuid_is_taken_for_one(id_: UUID) -> None:
    assert not national_number(str(id_))
