"""The codec: whatever bytes come, an envelope or `Broken`; what we and the CloudEvents SDK write is read as it was meant."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from cloudevents.core.bindings import kafka
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent
from hypothesis import given
from hypothesis import strategies as st

from cg_kit import cloudevents
from cg_kit.cloudevents import Broken, Envelope, decode

TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
OTHER_TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
STRUCTURED = ("content-type", b"application/cloudevents+json; charset=utf-8")
MINIMUM = {"specversion": "1.0", "id": "1", "source": "/s", "type": "t"}

TEXT = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Cn")), min_size=1, max_size=60)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | TEXT, lambda inner: st.lists(inner) | st.dictionaries(TEXT, inner), max_leaves=10
)
ATTRIBUTES = st.fixed_dictionaries(
    {"id": TEXT, "source": TEXT, "type": TEXT},
    optional={
        "subject": TEXT,
        "time": st.datetimes(timezones=st.just(UTC)).map(lambda at: at.isoformat()),
        "traceparent": st.just(TRACE),
        "correlationid": TEXT,
        "causationid": TEXT,
        "sequence": st.integers(1, 10**17).map(str),
        "partitionkey": TEXT,
        "x1": TEXT,
    },
)


def binary(changes: dict[str, str | None] | None = None, *more: tuple[str, bytes | None]) -> list[tuple[str, bytes | None]]:
    """The headers of a right event in binary mode, with attributes changed or (None) left out, and more headers."""
    attributes = {**MINIMUM, **(changes or {})}
    return [(f"ce_{name}", text.encode()) for name, text in attributes.items() if text is not None] + list(more)


def broken(value: bytes | None, headers: list[tuple[str, bytes | None]]) -> tuple[str, str | None]:
    with pytest.raises(Broken) as caught:
        decode(value, headers)
    assert caught.value.mend
    return caught.value.rule, caught.value.field


def event(**members: Any) -> bytes:
    return json.dumps({**MINIMUM, "data": {"a": 1}, **members}).encode()


# -- what is right comes back as it was sent


@given(ATTRIBUTES, VALUES.filter(lambda value: value is not None))
def test_what_is_sent_in_binary_mode_comes_back(attributes: dict[str, str], data: Any) -> None:
    value = json.dumps(data).encode()
    read = decode(value, cloudevents.headers(attributes))
    assert same(read.attributes(), {**attributes, "specversion": "1.0", "datacontenttype": "application/json"})
    assert read.data == value


@given(ATTRIBUTES, VALUES.filter(lambda value: value is not None))
def test_what_is_sent_in_structured_mode_comes_back(attributes: dict[str, str], data: Any) -> None:
    read = decode(cloudevents.structured(attributes, json.dumps(data).encode()), [STRUCTURED])
    assert same(read.attributes(), {**attributes, "specversion": "1.0"})
    assert json.loads(read.data) == data


def same(read: dict[str, str], sent: dict[str, str]) -> bool:
    """Equal, where an instant may be written in another way."""
    times = [datetime.fromisoformat(side.pop("time")) if "time" in side else None for side in (read, sent)]
    return read == sent and times[0] == times[1]


@given(
    st.binary(max_size=200) | st.none(),
    st.lists(st.tuples(st.text(max_size=20) | st.sampled_from(["ce_id", "ce_type", "content-type"]), st.none() | st.binary())),
)
def test_no_bytes_raise_anything_but_broken(value: bytes | None, headers: list[tuple[str, bytes | None]]) -> None:
    for given_headers in (headers, [*headers, *binary()], [STRUCTURED, *headers]):
        try:
            assert isinstance(decode(value, given_headers), Envelope)
        except Broken as reason:
            f"{reason.rule} {reason.field}".encode()


@given(st.dictionaries(st.sampled_from([*MINIMUM, "data", "data_base64", "time", "sequence", "x"]) | st.text(max_size=8), VALUES | st.text(st.characters())))
def test_no_members_raise_anything_but_broken(members: dict[str, Any]) -> None:
    for start in ({}, MINIMUM):
        try:
            decode(json.dumps({**start, **members}).encode(), [STRUCTURED])
        except Broken as reason:
            str(reason.field).encode()
            json.dumps(dict(reason.partial)).encode()


@given(ATTRIBUTES.filter(lambda attributes: "sequence" not in attributes))
def test_what_the_sdk_writes_is_read(attributes: dict[str, str]) -> None:
    said = {**attributes, "time": datetime(2026, 4, 15, 8, tzinfo=UTC), "datacontenttype": "application/json"}
    made = CloudEvent(said, {"a": "b"})
    for message in (kafka.to_binary(made, JSONFormat()), kafka.to_structured(made, JSONFormat())):
        read = decode(message.value, list(message.headers.items()))
        assert (read.id, read.source, read.type, read.time) == (attributes["id"], attributes["source"], attributes["type"], said["time"])
        assert json.loads(read.data) == {"a": "b"}
        assert read.extensions.get("x1") == attributes.get("x1")


@given(ATTRIBUTES)
def test_what_we_write_is_read_by_the_sdk(attributes: dict[str, str]) -> None:
    headers = cloudevents.headers(attributes)
    assert len(dict(headers)) == len(headers)
    read = kafka.from_binary(kafka.KafkaMessage(dict(headers), None, b'{"a": 1}'), JSONFormat())
    assert (read.get_id(), read.get_source(), read.get_type(), read.get_data()) == (attributes["id"], attributes["source"], attributes["type"], {"a": 1})
    assert read.get_datacontenttype() == "application/json"


# -- what is wrong, with rule and field

BAD_BINARY: list[tuple[str, bytes | None, list[tuple[str, bytes | None]], str, str | None]] = [
    ("no value", None, binary(), "no-data", "data"),
    ("an empty value", b"", binary(), "no-data", "data"),
    ("no JSON", b"{", binary(), "not-json", "data"),
    ("no UTF-8", b'"\xff"', binary(), "not-json", "data"),
    ("UTF-16", '{"a": 1}'.encode("utf-16-le"), binary(), "unstorable-text", "data"),
    ("NaN", b'{"a": NaN}', binary(), "not-json", "data"),
    ("Infinity", b'{"a": -Infinity}', binary(), "not-json", "data"),
    ("a number out of range", b'{"a": 1e999}', binary(), "not-json", "data"),
    ("a number of ten thousand digits", b"1" * 10_000, binary(), "not-json", "data"),
    ("a name twice", b'{"a": 1, "a": 2}', binary(), "not-json", "data"),
    ("deeply nested", b"[" * 100_000, binary(), "not-json", "data"),
    ("deeply nested and closed", b"[" * 50_000 + b"]" * 50_000, binary(), "not-json", "data"),
    ("U+0000 escaped", b'{"name": "a\\u0000"}', binary(), "unstorable-text", "name"),
    ("U+0000 as it is", b'{"name": "a\x00"}', binary(), "unstorable-text", "data"),
    ("a lone surrogate", b'{"a": ["\\ud83d"]}', binary(), "unstorable-text", "a"),
    ("a lone surrogate in capitals", b'{"a": {"\\uDC00": 1}}', binary(), "unstorable-text", "a"),
    ("U+0000 in an attribute", b"{}", binary({"subject": "a\x00"}), "unstorable-text", "subject"),
    ("a null header", b"{}", binary({}, ("ce_subject", None)), "header-null", "ce_subject"),
    ("a null header of somebody else", b"{}", binary({}, ("b3", None)), "header-null", "b3"),
    ("a header that is no UTF-8", b"{}", binary({}, ("ce_subject", b"\xff")), "header-encoding", "ce_subject"),
    ("a header twice", b"{}", binary({}, ("ce_id", b"2")), "header-twice", "ce_id"),
    ("a content type twice", b"{}", binary({}, ("content-type", b"application/json"), ("Content-Type", b"application/json")), "header-twice", "Content-Type"),
    ("no id", b"{}", binary({"id": None}), "attribute-missing", "id"),
    ("no source", b"{}", binary({"source": None}), "attribute-missing", "source"),
    ("no type", b"{}", binary({"type": None}), "attribute-missing", "type"),
    ("no specversion", b"{}", binary({"specversion": None}), "attribute-missing", "specversion"),
    ("an old specversion", b"{}", binary({"specversion": "0.3"}), "attribute-invalid", "specversion"),
    ("an empty id", b"{}", binary({"id": ""}), "attribute-invalid", "id"),
    ("an endless id", b"{}", binary({"id": "x" * 257}), "attribute-invalid", "id"),
    ("an endless extension", b"{}", binary({"x": "x" * 2049}), "attribute-invalid", "x"),
    ("a control character", b"{}", binary({"subject": "a\nb"}), "attribute-invalid", "subject"),
    ("an empty subject", b"{}", binary({"subject": ""}), "attribute-invalid", "subject"),
    ("a name with a capital", b"{}", binary({"myName": "x"}), "attribute-invalid", "myName"),
    ("time without offset", b"{}", binary({"time": "2026-04-15T10:00:00"}), "attribute-invalid", "time"),
    ("time that does not exist", b"{}", binary({"time": "2026-02-30T10:00:00Z"}), "attribute-invalid", "time"),
    ("a week for a time", b"{}", binary({"time": "2026-W16-3T10:00:00Z"}), "attribute-invalid", "time"),
    ("nothing but JSON", b"{}", [], "attribute-missing", "specversion"),
    ("nothing but bytes", b"hello", [], "not-json", "data"),
    ("an event without its content type", event(), [], "attribute-missing", "content-type"),
]

BAD_STRUCTURED: list[tuple[str, bytes | None, str, str | None]] = [
    ("no value", None, "no-data", "data"),
    ("no JSON", b"{", "not-json", "data"),
    ("no object", b"[1]", "not-json", None),
    ("no data", event(data=None), "no-data", "data"),
    ("data and data_base64", event(data_base64="e30="), "data-twice", "data_base64"),
    ("data_base64 that is none", event(data=None, data_base64="***"), "not-json", "data_base64"),
    ("data_base64 that is a number", event(data=None, data_base64=1), "not-json", "data_base64"),
    ("data_base64 of no JSON", event(data=None, data_base64=base64.b64encode(b"hello").decode()), "not-json", "data"),
    ("a number for an id", event(id=5), "attribute-invalid", "id"),
    ("an object for an extension", event(x={}), "attribute-invalid", "x"),
    ("a fraction for an extension", event(x=1.5), "attribute-invalid", "x"),
    ("a null id", event(id=None), "attribute-missing", "id"),
    ("an attribute twice", b'{"id": "1", "id": "2"}', "not-json", "data"),
    ("U+0000 in the id", event(id="a\x00"), "unstorable-text", "id"),
    ("a lone surrogate in the data", event(data={"a": "\ud800"}), "unstorable-text", "data"),
]


@pytest.mark.parametrize(("value", "headers", "rule", "field"), [case[1:] for case in BAD_BINARY], ids=[case[0] for case in BAD_BINARY])
def test_what_is_wrong_in_binary_mode_has_a_rule(value: bytes | None, headers: list[tuple[str, bytes | None]], rule: str, field: str | None) -> None:
    assert broken(value, headers) == (rule, field)


@pytest.mark.parametrize(("value", "rule", "field"), [case[1:] for case in BAD_STRUCTURED], ids=[case[0] for case in BAD_STRUCTURED])
def test_what_is_wrong_in_structured_mode_has_a_rule(value: bytes | None, rule: str, field: str | None) -> None:
    assert broken(value, [STRUCTURED]) == (rule, field)


@pytest.mark.parametrize("form", ["application/cloudevents-batch+json", "application/cloudevents+avro"])
def test_only_one_event_in_json_is_structured_mode(form: str) -> None:
    assert broken(event(), [("content-type", form.encode())]) == ("attribute-invalid", "content-type")


def test_what_could_be_read_travels_with_the_reason() -> None:
    with pytest.raises(Broken) as caught:
        decode(b"{", binary({"subject": "s"}, ("ce_time", b"\xff")))
    assert caught.value.partial == {"id": "1", "source": "/s", "type": "t", "subject": "s"}
    with pytest.raises(Broken) as caught:
        decode(event(time="soon"), [STRUCTURED])
    assert caught.value.partial == {"id": "1", "source": "/s", "type": "t"}


# -- details of the standards


def test_null_is_absent_and_numbers_and_truth_are_text() -> None:
    read = decode(event(subject=None, sequence=7, urgent=True, level=3), [STRUCTURED])
    assert (read.subject, read.sequence, read.extensions) == (None, 7, {"urgent": "true", "level": "3"})


def test_base64_of_json_is_data() -> None:
    assert decode(event(data=None, data_base64=base64.b64encode(b'{"b": 2}').decode()), [STRUCTURED]).data == b'{"b": 2}'


def test_a_sequence_that_is_no_number_is_an_extension() -> None:
    read = decode(b"{}", binary({"sequence": "0a"}))
    assert (read.sequence, read.extensions) == (None, {"sequence": "0a"})


def test_an_escaped_backslash_is_no_escape() -> None:
    assert decode(b'{"a": "\\\\u0000"}', binary()).data == b'{"a": "\\\\u0000"}'


def test_a_whole_surrogate_pair_is_text() -> None:
    assert decode(b'{"a": "\\ud83d\\ude00"}', binary())


def test_the_record_s_own_traceparent_wins() -> None:
    assert decode(b"{}", binary({"traceparent": TRACE}, ("traceparent", OTHER_TRACE.encode()))).traceparent == OTHER_TRACE
    assert decode(event(traceparent=TRACE), [STRUCTURED, ("traceparent", OTHER_TRACE.encode())]).traceparent == OTHER_TRACE


@pytest.mark.parametrize(
    "bad", ["", "x", TRACE.upper(), "ff" + TRACE[2:], TRACE + "-00", "00-" + "0" * 32 + TRACE[35:], TRACE[:36] + "0" * 16 + "-01", TRACE[:-3]]
)
def test_an_invalid_traceparent_is_ignored(bad: str) -> None:
    assert decode(b"{}", binary({"tracestate": "a=b"}, ("traceparent", bad.encode()))).traceparent is None
    read = decode(b"{}", binary({"traceparent": TRACE, "tracestate": "a=b"}, ("traceparent", bad.encode())))
    assert (read.traceparent, read.tracestate) == (TRACE, "a=b")


def test_a_later_version_of_traceparent_may_say_more() -> None:
    assert decode(b"{}", binary({"traceparent": "01" + TRACE[2:] + "-more"})).traceparent == "01" + TRACE[2:] + "-more"
