"""CloudEvents 1.0 over Kafka, in binary and structured mode: read from strangers without ever trusting a header, written the same way each time."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

NAME = re.compile(r"[a-z0-9]{1,40}")
TRACEPARENT = re.compile(r"(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")
KNOWN = ("id", "source", "type", "subject", "traceparent", "tracestate", "correlationid", "causationid", "dataschema")
DEEPEST = 64


class Broken(Exception):
    """A record that is no event: the rule it breaks, the field, how to mend it, and what of it could be read."""

    def __init__(self, rule: str, field: str | None, mend: str, partial: Mapping[str, str] | None = None) -> None:
        super().__init__(f"{rule}: {mend}")
        self.rule, self.field, self.mend = rule, field, mend
        self.partial = dict(partial or {})


@dataclass(frozen=True, slots=True)
class Envelope:
    """The attributes of an event, and its data as JSON bytes. What is absent is None."""

    id: str
    source: str
    type: str
    subject: str | None
    time: datetime | None
    traceparent: str | None
    tracestate: str | None
    correlationid: str | None
    causationid: str | None
    sequence: int | None
    dataschema: str | None
    data: bytes
    extensions: dict[str, str] = field(default_factory=dict)
    datacontenttype: str | None = None


def decode(value: bytes | None, headers: Iterable[tuple[str, bytes | None]]) -> Envelope:
    """The event that a record holds; raises Broken and nothing else."""
    attributes: dict[str, str] = {}
    content_type = trace = ""
    twice: str | None = None
    for name, raw in headers:
        if name.startswith("ce_"):
            key = name[3:]
        elif name.lower() in ("content-type", "traceparent"):
            key = name.lower()
        else:
            continue
        if raw is None:
            raise Broken("header-null", name, f"give the header {name} a value or leave it out", attributes)
        try:
            text = raw.decode()
        except UnicodeDecodeError:
            raise Broken("header-encoding", name, f"write the header {name} in UTF-8", attributes) from None
        if key == "content-type":
            twice = name if content_type else twice
            content_type = text
        elif key == "traceparent" and name[:3] != "ce_":
            twice = name if trace else twice
            trace = text
        else:
            twice = name if key in attributes else twice
            attributes[key] = text
    if twice is not None:
        raise Broken("header-twice", twice, f"send the header {twice} once", attributes)
    if value is None:
        raise Broken("no-data", "data", "send the event's data as the record's value; a record without a value says nothing", attributes)
    if content_type[:23].lower() == "application/cloudevents":
        return _structured(value, content_type, trace)
    if not attributes:
        raise Broken(
            "attribute-missing", "specversion", "send CloudEvents 1.0: headers ce_specversion, ce_id, ce_source, ce_type and content-type (binary mode)"
        )
    if content_type:
        attributes["datacontenttype"] = content_type
    return _envelope(attributes, value, trace)


def _structured(value: bytes, content_type: str, trace: str) -> Envelope:
    if content_type.split(";", maxsplit=1)[0].strip().lower() not in ("application/cloudevents", "application/cloudevents+json"):
        raise Broken("attribute-invalid", "content-type", "structured mode is application/cloudevents+json, one event a record")
    whole = parse(value)
    if not isinstance(whole, dict):
        raise Broken("not-json", None, "structured mode is one JSON object with the attributes and data")
    partial = {k: v for k, v in whole.items() if k in KNOWN and isinstance(v, str)}
    if "data" in whole and "data_base64" in whole:
        raise Broken("attribute-invalid", "data_base64", "send either data or data_base64", partial)
    if "data_base64" in whole:
        try:
            data = base64.b64decode(whole["data_base64"], validate=True)
        except (binascii.Error, ValueError, TypeError):
            raise Broken("attribute-invalid", "data_base64", "data_base64 holds base64", partial) from None
        parse(data, partial)
    elif whole.get("data") is None:
        raise Broken("no-data", "data", "give the event its data", partial)
    else:
        try:
            data = json.dumps(whole["data"], ensure_ascii=False, separators=(",", ":")).encode()
        except UnicodeEncodeError:
            raise Broken("unstorable-text", "data", UNSTORABLE, partial) from None
    attributes: dict[str, str] = {}
    for name, given in whole.items():
        if name in ("data", "data_base64") or given is None:
            continue
        if isinstance(given, bool):
            attributes[name] = "true" if given else "false"
        elif isinstance(given, str | int):
            attributes[name] = str(given)
        else:
            raise Broken("attribute-invalid", name[:40], "an attribute is text, a whole number, true or false", partial)
    return _envelope(attributes, data, trace)


def _envelope(attributes: dict[str, str], data: bytes, trace: str) -> Envelope:
    if attributes.get("specversion") != "1.0":
        rule = "attribute-invalid" if "specversion" in attributes else "attribute-missing"
        raise Broken(rule, "specversion", "specversion is 1.0", attributes)
    for required in ("id", "source", "type"):
        if not attributes.get(required):
            raise Broken("attribute-missing", required, f"every event has a {required}", attributes)
    for name, text in attributes.items():
        if NAME.fullmatch(name) is None:
            raise Broken("attribute-invalid", name[:40], "names of attributes are of a-z and 0-9, at most 40 long", attributes)
        if "\x00" in text or not _encodes(text):
            raise Broken("unstorable-text", name, UNSTORABLE, {})
        if len(text) > 1000:
            raise Broken("attribute-invalid", name, "an attribute is at most 1,000 characters long", attributes)
    rest = dict(attributes)
    known = {name: rest.pop(name, None) or None for name in KNOWN}
    rest.pop("specversion")
    kind = rest.pop("datacontenttype", None)
    if (
        kind is not None
        and kind.split(";")[0].strip().lower() not in ("application/json", "text/json")
        and not kind.split(";")[0].strip().lower().endswith("+json")
    ):
        raise Broken("attribute-invalid", "datacontenttype", "data is JSON: application/json", attributes)
    time = rest.pop("time", None)
    number = rest.pop("sequence", None)
    traceparent = trace or known["traceparent"]
    return Envelope(
        id=known["id"] or "",
        source=known["source"] or "",
        type=known["type"] or "",
        subject=known["subject"],
        time=_time(time, attributes) if time else None,
        traceparent=traceparent if traceparent and TRACEPARENT.fullmatch(traceparent) else None,
        tracestate=known["tracestate"],
        correlationid=known["correlationid"],
        causationid=known["causationid"],
        sequence=_sequence(number, attributes) if number else None,
        dataschema=known["dataschema"],
        data=data,
        extensions=rest,
        datacontenttype=kind,
    )


def _time(text: str, partial: Mapping[str, str]) -> datetime:
    try:
        time = datetime.fromisoformat(text.replace("z", "Z").replace("t", "T"))
    except ValueError:
        time = None
    if time is None or time.tzinfo is None or len(text) < 20:
        raise Broken("attribute-invalid", "time", "time is RFC 3339 with its offset, as 2026-04-15T10:00:00+02:00", partial)
    return time


def _sequence(text: str, partial: Mapping[str, str]) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > 18:
        raise Broken("attribute-invalid", "sequence", "sequence is a whole number from 1", partial)
    return int(text)


UNSTORABLE = "text may hold no U+0000 and no lone surrogate"


def _encodes(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def storable(data: bytes) -> bool:
    """Whether JSON bytes hold only text that can be stored; exact, and cheap where nothing is suspicious."""
    if b"\x00" in data:
        return False
    if b"\\u0000" not in data and b"\\ud" not in data and b"\\uD" not in data:
        return True
    return _clean(json.loads(data))


def _clean(value: Any) -> bool:
    match value:
        case str():
            return "\x00" not in value and _encodes(value)
        case dict():
            return all(_clean(k) and _clean(v) for k, v in value.items())
        case list():
            return all(map(_clean, value))
        case _:
            return True


def parse(data: bytes, partial: Mapping[str, str] | None = None) -> Any:
    """JSON in UTF-8: no NaN, no name twice in one object, not deeper than 64; raises Broken."""
    try:
        if data.count(b"[") + data.count(b"{") > DEEPEST and _depth(data) > DEEPEST:
            raise Broken("not-json", None, f"JSON may be nested at most {DEEPEST} deep", partial)
        return json.loads(data.decode(), parse_constant=_no_constant, object_pairs_hook=_once)
    except UnicodeDecodeError:
        raise Broken("not-json", None, "data is JSON in UTF-8", partial) from None
    except (ValueError, RecursionError) as error:
        raise Broken("not-json", None, f"data is not JSON: {str(error)[:100]}", partial) from None


def _depth(data: bytes) -> int:
    depth = deepest = 0
    text = False
    skip = False
    for byte in data:
        if text:
            if skip:
                skip = False
            elif byte == 0x5C:
                skip = True
            elif byte == 0x22:
                text = False
        elif byte == 0x22:
            text = True
        elif byte in (0x5B, 0x7B):
            depth += 1
            deepest = max(deepest, depth)
        elif byte in (0x5D, 0x7D):
            depth -= 1
    return deepest


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise ValueError("a name stands twice in one object")
    return made


def headers(attributes: Mapping[str, str]) -> list[tuple[str, bytes]]:
    """An event's attributes as Kafka headers in binary mode."""
    made = [("ce_" + name, text.encode()) for name, text in attributes.items() if name != "datacontenttype"]
    made.append(("content-type", attributes.get("datacontenttype", "application/json").encode()))
    if "traceparent" in attributes:
        made.append(("traceparent", attributes["traceparent"].encode()))
    return made
