"""What bad input gets: each is turned away, refused or taken as promised, with rule and field, to whoever sent it; everybody else's messages go on."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from confluent_kafka import KafkaError, KafkaException, TopicPartition
from confluent_kafka.admin import OffsetSpec

from cg_cli.commands.account import kcat
from cg_cli.people import person_of
from cg_cli.servers import admin_client
from cg_contracts.accounts import SERVICES, source_of
from cg_kit.gate import RULES
from cg_kit.pure import named
from tests.system.house import IDS, City, Draft, Ear, Headers, Place, until

NUMBER = "85.07.30-033.28"
"""A national register number with a right check, as the public documentation of the register has it."""

SENT: dict[str, tuple[Place, str, str | None]] = {}
"""What was turned away so far: case to place, rule and field."""

GOOD: list[str] = []
"""The request ids of what was right, and was published beside it."""

Change = Callable[[Draft], object]


def structured(draft: Draft, **more: Any) -> None:
    """The same event in structured mode, with more members."""
    event = {name[3:]: draft.get(name) for name, _ in draft.headers if name.startswith("ce_")}
    draft.value = json.dumps(event | {"data": draft.data} | more).encode()
    draft.headers = [("content-type", b"application/cloudevents+json")]


def cut(draft: Draft) -> None:
    structured(draft)
    draft.value = (draft.value or b"")[:-1]


def padded(draft: Draft) -> None:
    draft.value = (draft.value or b"") + b" " * 100_000


def said_at(moment: datetime) -> Change:
    return lambda draft: draft.set("ce_time", moment.isoformat(timespec="milliseconds"))


def other_type(name: str) -> Change:
    return lambda draft: draft.set("ce_type", f"be.police.cg.{name}")


def lacking(name: str) -> Change:
    return lambda draft: draft.without(f"ce_{name}")


def twice(draft: Draft) -> None:
    draft.headers.append(("ce_source", draft.get("ce_source").encode()))


def bare(value: bytes | None) -> Change:
    def change(draft: Draft) -> None:
        draft.value, draft.headers = value, []

    return change


def valued(value: bytes | None) -> Change:
    return lambda draft: setattr(draft, "value", value)


NOW = datetime.now(UTC)
ASK, DECIDE, REGISTER = ("ScreeningRequested", "hr"), ("NvoDecisionReceived", "nvo"), ("PersonRegistered", "hr")

TURNED_AWAY: dict[str, tuple[tuple[str, str], Change, str, str | None]] = {
    "bytes that are no JSON": (ASK, valued(b'{"request_id": '), "not-json", "data"),
    "bytes that are no text": (ASK, valued(b"\xff\xfe\x00\x9f"), "unstorable-text", "data"),
    "bytes in another encoding": (ASK, valued('{"requester_ref": "\u00e9"}'.encode("latin-1")), "not-json", "data"),
    "bytes without any header": (ASK, bare(b"hello"), "not-json", "data"),
    "JSON without any attribute": (ASK, bare(b"{}"), "attribute-missing", "specversion"),
    "a name twice in one object": (ASK, valued(b'{"kind": "recruitment", "kind": "recruitment"}'), "not-json", "data"),
    "an event in structured mode that is cut off": (ASK, cut, "not-json", "data"),
    "structured mode, data given twice": (ASK, lambda draft: structured(draft, data_base64="e30="), "data-twice", "data_base64"),
    "structured mode without data": (ASK, lambda draft: structured(draft, data=None), "no-data", "data"),
    "a header that is not UTF-8": (ASK, lambda draft: draft.set("ce_subject", b"\xff\xfe"), "header-encoding", "ce_subject"),
    "a header that is null": (ASK, lambda draft: draft.set("ce_time", None), "header-null", "ce_time"),
    "a header of no event that is null": (ASK, lambda draft: draft.set("x-trace", None), "header-null", "x-trace"),
    "a header twice": (ASK, twice, "header-twice", "ce_source"),
    "no value": (ASK, valued(None), "no-data", "data"),
    "an empty value": (ASK, valued(b""), "no-data", "data"),
    "an unknown type": (ASK, other_type("screening.ScreeningDesired.v1"), "unknown-type", "type"),
    "a type of nobody": (ASK, lambda draft: draft.set("ce_type", "hello"), "unknown-type", "type"),
    "an unknown version": (ASK, other_type("screening.ScreeningRequested.v9"), "unknown-version", "type"),
    **{f"no {name}": (ASK, lacking(name), "attribute-missing", name) for name in ("specversion", "id", "source", "type")},
    "an empty id": (ASK, lambda draft: draft.set("ce_id", ""), "attribute-invalid", "id"),
    "another specversion": (ASK, lambda draft: draft.set("ce_specversion", "0.3"), "attribute-invalid", "specversion"),
    "a time that is none": (ASK, lambda draft: draft.set("ce_time", "yesterday"), "attribute-invalid", "time"),
    "a time without offset": (ASK, lambda draft: draft.set("ce_time", "2026-04-15T10:00:00"), "attribute-invalid", "time"),
    "an attribute with a capital": (ASK, lambda draft: draft.set("ce_Urgent", "yes"), "attribute-invalid", "Urgent"),
    "an attribute that is too long": (ASK, lambda draft: draft.set("ce_correlationid", "x" * 300), "attribute-invalid", "correlationid"),
    "data that is said to be XML": (ASK, lambda draft: draft.set("content-type", "application/xml"), "attribute-invalid", "datacontenttype"),
    "another schema": (ASK, lambda draft: draft.set("ce_dataschema", "https://example.org/schema"), "attribute-invalid", "dataschema"),
    "the source of another": (ASK, lambda draft: draft.set("ce_source", source_of("nvo")), "source-differs", "source"),
    "a type of another account": (ASK, other_type("screening.NvoDecisionReceived.v1"), "not-allowed", "type"),
    "a fact": (ASK, other_type("screening.ScreeningCaseOpened.v1"), "not-allowed", "type"),
    "a type of another service": (ASK, other_type("org.PersonRegistered.v1"), "not-allowed", "type"),
    "a kind that is not for this account": (ASK, lambda draft: draft.put(kind="clearance", person_data=None), "not-allowed", "kind"),
    "a national register number in subject": (ASK, lambda draft: draft.set("ce_subject", NUMBER), "personal-data", "subject"),
    "a national register number in id": (ASK, lambda draft: draft.set("ce_id", "85073003328"), "personal-data", "id"),
    "a national register number in an extension": (ASK, lambda draft: draft.set("ce_file", NUMBER), "personal-data", "file"),
    "a national register number in a text that others see": (
        ASK,
        lambda draft: draft.put(requester_ref=f"candidate {NUMBER}"),
        "personal-data",
        "requester_ref",
    ),
    "100 kB": (ASK, padded, "too-large", "data"),
    "an event from next year": (ASK, said_at(NOW + timedelta(days=365)), "time-ahead", "time"),
    "an event of six minutes ahead": (ASK, said_at(NOW + timedelta(minutes=30)), "time-ahead", "time"),
    "an event of last year": (ASK, said_at(NOW - timedelta(days=365)), "time-behind", "time"),
    "subject that is not the key": (ASK, lambda draft: draft.set("ce_subject", str(uuid4())), "subject-differs", "subject"),
    "a text that no database keeps": (ASK, lambda draft: draft.put(requester_ref="\x00"), "unstorable-text", "requester_ref"),
    "a lone surrogate": (ASK, lambda draft: draft.put(requester_ref="\ud800"), "unstorable-text", "requester_ref"),
    "a header with U+0000": (ASK, lambda draft: draft.set("ce_correlationid", "a\x00"), "unstorable-text", "correlationid"),
    "a field that is missing": (ASK, lambda draft: draft.put(needed_by=None), "data-invalid", "needed_by"),
    "a field that is not in the contract": (ASK, lambda draft: draft.put(urgent=True), "data-invalid", "urgent"),
    "a field of another type": (ASK, lambda draft: draft.put(needed_by="soon"), "data-invalid", "needed_by"),
    "a field within a field": (
        ASK,
        lambda draft: draft.put(person_data={"names": {"given": "A", "family": "B"}, "birth_date": "1990-02-30", "national_number": "90010100178"}),
        "data-invalid",
        "person_data.birth_date",
    ),
    "data that is no object": (ASK, valued(b"[]"), "data-invalid", "data"),
    "a grant that names no level": (DECIDE, lambda draft: draft.put(level=None, outcome="granted"), "data-invalid", "level"),
    "two keys": (DECIDE, lambda draft: draft.put(application_id=str(uuid4()), clearance_id=str(uuid4())), "data-invalid", "application_id"),
    "a person without names": (REGISTER, lambda draft: draft.put(names=None), "data-invalid", "names"),
    "a language that is none": (REGISTER, lambda draft: draft.put(language="xx"), "data-invalid", "language"),
}
"""Case: what is published by whom, how it is spoiled, and the rule and field that its publisher is told."""


def right(city: City, **fields: Any) -> Draft:
    """A request that opens a case, and is answered on hr's topic."""
    draft = city.draft("ScreeningRequested", "hr", person_data=None, **fields)
    GOOD.append(draft.data["request_id"])
    return draft


def opened(ear: Ear, draft: Draft) -> None:
    """The case that this request opens is heard of."""
    asked = draft.data["request_id"]
    ear.waits(lambda h: h.name == "ScreeningCaseOpened" and h.data["request_id"] == asked, f"the case of {asked}")


def rejected(case: str, ear: Ear, place: Place, rule: str, field: str | None, id_: str | None = None) -> None:
    """Its publisher is told the rule, the field and how to mend it."""
    said = ear.about(place)
    assert (said.name, said.data["rule"], said.data.get("field")) == ("MessageRejected", rule, field), dict(said.data)
    assert said.data["mend"]
    assert said.about["source"] == source_of(place.topic.split(".")[1])
    if id_ is not None:
        assert (said.data["message_id"], said.about["causationid"]) == (id_, id_)
    SENT[case] = (place, rule, field)


def spoiled(city: City, what: tuple[str, str], change: Change) -> Draft:
    """A draft with one thing wrong. The security authority speaks of an application that nobody has."""
    name, account = what
    draft = decision(application_id=str(uuid4()), outcome="refused") if name == "NvoDecisionReceived" else city.draft(name, account)
    change(draft)
    return draft


def decision(**fields: Any) -> Draft:
    """What the security authority says; about what does not exist, if it has to be."""
    data = {"decision_ref": f"NVO/2026/{uuid4().int % 100000}", "decided_at": datetime.now(UTC).isoformat(), **fields}
    subject = str(fields.get("application_id") or fields.get("clearance_id"))
    headers: Headers = [
        ("ce_specversion", b"1.0"),
        ("ce_id", str(IDS.new()).encode()),
        ("ce_source", source_of("nvo").encode()),
        ("ce_type", b"be.police.cg.screening.NvoDecisionReceived.v1"),
        ("ce_subject", subject.encode()),
        ("content-type", b"application/json"),
    ]
    return Draft("nvo", "cg.screening.intake.nvo", subject, json.dumps(data).encode(), headers)


@pytest.mark.parametrize("case", TURNED_AWAY)
def test_is_turned_away_with_rule_and_field_and_the_next_goes_on(city: City, hr: Ear, nvo: Ear, case: str) -> None:
    what, change, rule, field = TURNED_AWAY[case]
    bad, good = spoiled(city, what, change), right(city)
    place, _ = city.publish(bad, good, partition=1)
    named_in_headers = [bad.get(name) for name, raw in bad.headers if name == "ce_id" and raw] if rule != "personal-data" else []
    rejected(case, nvo if bad.account == "nvo" else hr, place, rule, field, named_in_headers[0] if named_in_headers else None)
    opened(hr, good)


def test_every_rule_of_the_gate_is_tried() -> None:
    assert {rule for _, _, rule, _ in TURNED_AWAY.values()} | {"id-reused"} == set(RULES)


# -- the broker's own limit ------------------------------------------------------------------------------------------


def test_two_megabytes_are_refused_by_the_broker_at_the_producer(city: City, hr: Ear) -> None:
    bad, good = right(city), right(city)
    GOOD.remove(bad.data["request_id"])
    bad.value = (bad.value or b"") + b" " * 2_000_000
    with pytest.raises(KafkaException) as refused:
        city.publish(bad, partition=1)
    assert refused.value.args[0].code() == KafkaError.MSG_SIZE_TOO_LARGE
    city.publish(good, partition=1)
    opened(hr, good)


# -- the same id -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("together", [True, False], ids=["in one batch", "one after the other"])
def test_the_same_id_with_the_same_content_counts_once(city: City, hr: Ear, facts: Ear, together: bool) -> None:
    draft, good = right(city), right(city)
    if together:
        city.publish(draft, draft, good, partition=2)
    else:
        city.publish(draft, partition=2)
        opened(hr, draft)
        city.publish(draft, partition=0)  # wherever it lies
        city.publish(good, partition=0)
    opened(hr, good)
    opened(facts, good)
    assert len([h for h in hr.heard if h.data.get("request_id") == draft.data["request_id"]]) == 1
    assert len([h for h in facts.heard if h.data.get("request_id") == draft.data["request_id"]]) == 1
    assert not [h for h in hr.heard if h.data.get("message_id") == draft.id]


@pytest.mark.parametrize("together", [True, False], ids=["in one batch", "one after the other"])
def test_the_same_id_with_other_content_is_turned_away_and_the_first_stays(city: City, hr: Ear, together: bool) -> None:
    first, other, good = right(city), right(city), right(city)
    GOOD.remove(other.data["request_id"])
    other.set("ce_id", first.id)
    if together:
        _, place, _ = city.publish(first, other, good, partition=2)
    else:
        city.publish(first, partition=2)
        opened(hr, first)
        place, _ = city.publish(other, good, partition=0)
    rejected(f"id reused {together}", hr, place, "id-reused", "id", first.id)
    opened(hr, first)
    opened(hr, good)
    assert not [h for h in hr.heard if h.data.get("request_id") == other.data["request_id"]]


def test_white_space_and_the_order_of_names_are_no_other_content(city: City, hr: Ear) -> None:
    first, again, good = right(city), right(city), right(city)
    GOOD.remove(again.data["request_id"])
    again.headers, again.key = list(first.headers), first.key
    again.value = json.dumps(dict(reversed(first.data.items())), indent=3).encode()
    city.publish(first, again, good, partition=2)
    opened(hr, good)
    assert not [h for h in hr.heard if h.name == "MessageRejected" and h.data.get("message_id") == first.id]


# -- a gap -----------------------------------------------------------------------------------------------------------


def test_a_gap_in_sequence_is_a_warning_and_the_event_is_taken(city: City, hr: Ear) -> None:
    one = right(city)
    row = [one, *(right(city, person_id=one.data["person_id"]) for _ in range(3))]
    for draft, number in zip(row, (1, 2, 6, 7), strict=True):
        draft.set("ce_sequence", str(number))
    *_, place, _ = city.publish(*row, partition=0)
    for draft in row:
        opened(hr, draft)
    warned = [h for h in hr.heard if h.name == "SequenceGapNoticed" and h.data["message_subject"] == row[0].data["person_id"]]
    assert [(h.data["message_id"], h.data["expected"], h.data["received"], h.data["offset"]) for h in warned] == [(row[2].id, 3, 6, place.offset)]


# -- understood, and refused -----------------------------------------------------------------------------------------


def refused(ear: Ear, draft: Draft, name: str, rule: str, field: str | None) -> None:
    """Its publisher is told by the contract's refusal, which names the request, the rule and the field."""
    said = ear.answer(draft.id)
    assert (said.name, said.data["rule"], said.data.get("field")) == (name, rule, field), dict(said.data)
    assert said.data.get("request_id") == draft.data.get("request_id")


def vacant(city: City) -> str:
    """A vacant sensitive post."""
    return str(city.draft("AppointmentRequested", "hr").data["post_id"])


def test_a_person_that_does_not_exist(city: City, hr: Ear) -> None:
    nobody = str(uuid4())
    bad = city.draft("AppointmentRequested", "hr", person_id=nobody)
    city.publish(bad)
    refused(hr, bad, "RequestRefused", "ORG-PERSON", "person_id")


def test_a_post_that_does_not_exist(city: City, hr: Ear) -> None:
    bad = city.draft("AppointmentRequested", "hr", post_id=str(uuid4()))
    city.publish(bad)
    refused(hr, bad, "RequestRefused", "ORG-POST", "post_id")


def test_a_second_holder_for_a_post(city: City, hr: Ear) -> None:
    first = city.draft("AppointmentRequested", "hr")
    second = city.draft("AppointmentRequested", "hr", post_id=first.data["post_id"])
    while second.data["person_id"] == first.data["person_id"]:
        second = city.draft("AppointmentRequested", "hr", post_id=first.data["post_id"])
    city.publish(first, partition=0)
    hr.answer(first.id, "AppointmentProposed")
    city.publish(second, partition=0)
    refused(hr, second, "RequestRefused", "ORG-2", "post_id")


def test_a_request_id_that_meant_something_else(city: City, hr: Ear) -> None:
    first, second = right(city), right(city)
    GOOD.remove(second.data["request_id"])
    second.put(request_id=first.data["request_id"])
    city.publish(first, second, partition=0)
    refused(hr, second, "ScreeningRequestRejected", "SCR-REQUEST", "request_id")


def test_a_decision_about_nothing(city: City, nvo: Ear) -> None:
    bad = decision(application_id=str(uuid4()), outcome="refused")
    city.publish(bad)
    said = nvo.answer(bad.id)
    assert said.name == "RequestRefused"
    assert said.data["rule"] == "NOT-FOUND"


# -- at the door -----------------------------------------------------------------------------------------------------


def denials(city: City, service: str) -> int:
    """How many denials a service has on record."""
    import asyncio  # noqa: PLC0415

    import asyncpg  # noqa: PLC0415

    async def count() -> int:
        connection = await asyncpg.connect(city.home.database_url(service, password=True))
        try:
            return int(await connection.fetchval("SELECT count(*) FROM denied"))
        finally:
            await connection.close()

    return asyncio.run(count())


@pytest.fixture(scope="module")
def case_id(city: City, hr: Ear) -> UUID:
    """A case whose decision the sample verifier has prepared."""
    draft = city.draft("AppointmentRequested", "hr")
    posts = city.asks("org", "/posts", vacant=True, sensitive=True, limit=500)["items"]
    draft.put(post_id=next(post["post_id"] for post in posts if post["sensitivity"] == "advice_required"))
    city.publish(draft)
    proposed = hr.answer(draft.id, "AppointmentProposed")
    made = named("org", named("screening-request", UUID(proposed.data["assignment_id"])))
    with city.door("screening", "head-of-service") as head:
        until(lambda: head.get(f"/cases/{made}").status_code == 200, f"the case {made}")
        officers = [str(person_of(role)) for role in ("security-officer", "verifier", "decider")]
        assert head.post(f"/cases/{made}/officers", json={"officers": officers}).is_success
    city.does("screening", f"/cases/{made}/consent", "person", person=UUID(draft.data["person_id"]))
    known = {"names": {"given": "Invented", "family": "Person"}, "birth_date": "1990-01-01", "national_number": "90010100178"}
    city.does("screening", f"/cases/{made}/person", "security-officer", known)
    for check in city.asks("screening", f"/cases/{made}", "head-of-service")["checks"]:
        city.does("screening", f"/cases/{made}/checks/{check['source']}", "verifier", {"result": "NOTHING_FOUND"})
    city.does("screening", f"/cases/{made}/assessment", "decider", {"proposal": "positive"})
    return made


def test_a_command_without_a_token(city: City, case_id: UUID) -> None:
    before = denials(city, "screening")
    with city.door("screening") as door:
        answer = door.post(f"/cases/{case_id}/decision", json={"outcome": "positive"})
    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["www-authenticate"].startswith("Bearer")
    assert answer.json()["rule"]
    until(lambda: denials(city, "screening") > before, "the denial on record")


@pytest.mark.parametrize("bad", ["nonsense", "expired", "forged"])
def test_a_command_with_a_token_that_proves_nothing(city: City, case_id: UUID, bad: str) -> None:
    right_one = city.token("decider")
    head, payload, signature = right_one.split(".")
    bearer = {"nonsense": "x", "expired": city.token("decider", seconds=-7200), "forged": f"{head}.{payload}.{signature[::-1]}"}[bad]
    with city.door("screening") as door:
        answer = door.post(f"/cases/{case_id}/decision", json={"outcome": "positive"}, headers={"Authorization": f"Bearer {bearer}"})
    assert answer.status_code == 401
    assert bearer not in answer.text or bad == "nonsense"


def test_a_command_with_the_wrong_role(city: City, case_id: UUID) -> None:
    before = denials(city, "screening")
    answer = city.does("screening", f"/cases/{case_id}/decision", "verifier", {"outcome": "positive"}, fine=False)
    assert answer.status_code == 403
    assert set(answer.json()["texts"]) == {"nl", "fr", "en"}
    until(lambda: denials(city, "screening") > before, "the denial on record")


def test_a_decision_by_somebody_who_prepared_the_case(city: City, case_id: UUID) -> None:
    answer = city.does("screening", f"/cases/{case_id}/decision", "decider", {"outcome": "positive"}, fine=False)
    assert answer.status_code == 403
    assert answer.json()["rule"] == "SCR-3"
    assert all(answer.json()["texts"].values())
    assert city.asks("screening", f"/cases/{case_id}", "head-of-service")["outcome"] is None


# -- with a tool that everybody has ----------------------------------------------------------------------------------


@pytest.mark.skipif(shutil.which("kcat") is None, reason="needs kcat: apt-get install kcat")
def test_kcat_is_told_the_same(city: City, hr: Ear, tmp_path: Path) -> None:
    settings = tmp_path / "kcat.conf"
    settings.write_text("".join(f"{name}={value}\n" for name, value in kcat(city.home, "hr").items()))
    draft = right(city)
    GOOD.remove(draft.data["request_id"])
    doubled = [*draft.headers, ("ce_type", b"be.police.cg.screening.ScreeningRequested.v1")]
    words = [word for name, raw in doubled for word in ("-H", f"{name}={draft.get(name)}")]
    command = ["kcat", "-F", str(settings), "-P", "-t", draft.topic, "-k", str(draft.key), *words]
    done = subprocess.run(command, input=draft.value, capture_output=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    said = hr.answer(draft.id)
    assert (said.data["rule"], said.data["field"]) == ("header-twice", "ce_type")


# -- afterwards ------------------------------------------------------------------------------------------------------


def test_an_operator_finds_all_that_was_turned_away(city: City) -> None:
    rows = city.told("parked", "--rejected")
    listed = {(row["topic"], row["partition"], row["offset"]): row for row in rows}
    for case, (place, rule, field) in SENT.items():
        row = listed[place.topic, place.partition, place.offset]
        assert (row["rule"], row["field"]) == (rule, field), case
        assert row["service"] == place.topic.split(".")[1]
        assert row["reason"]
        assert row["state"] == "rejected"


def test_rejections_stand_on_no_topic_that_others_read(city: City, facts: Ear) -> None:
    assert not [h for h in facts.heard if h.name == "MessageRejected"]


def test_nothing_was_lost_and_nothing_waits(city: City, hr: Ear) -> None:
    for request in GOOD:
        assert len([h for h in hr.heard if h.name == "ScreeningCaseOpened" and h.data["request_id"] == request]) == 1
    admin = admin_client(city.home)
    for service in SERVICES:
        stands = {(row["topic"], row["part"]): row["next"] for row in city.asks(service, "/ops/status")["partitions"]}
        for topic in {topic for topic, _ in stands if ".intake." in topic}:
            for part in admin.list_topics(topic, timeout=20).topics[topic].partitions:
                place = TopicPartition(topic, part)
                end = admin.list_offsets({place: OffsetSpec.latest()})[place].result(20).offset  # type: ignore[no-untyped-call]
                assert stands.get((topic, part), 0) == end, (topic, part)
    assert city.parked() == []
