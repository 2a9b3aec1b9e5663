"""CloudEvents 1.0 over Kafka, binary and structured mode: any bytes become an envelope, or `Broken` with the rule, the field and the mend."""

from __future__ import annotations

import json
import re
from base64 import b64decode
from collections.abc import Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Any, NamedTuple, NoReturn

STRUCTURED = "application/cloudevents"
JSON = "application/json"
TEXT_LIMIT = 256
"""Characters of an attribute that is kept, indexed or given back."""

EXTENSION_LIMIT = 2048
"""Characters of any other attribute."""

CORE = ("id", "source", "type", "subject")
_KNOWN = frozenset({*CORE, "specversion", "time", "datacontenttype", "dataschema", "traceparent", "tracestate", "correlationid", "causationid", "sequence"})
_SHORT = frozenset({*CORE, "correlationid", "causationid", "partitionkey"})
_NAME = re.compile(r"[a-z0-9]+")
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")
_TIME = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(?:\.\d{1,18})?(?:[Zz]|[+-]\d\d:\d\d)")
_TRACEPARENT = re.compile(r"(?!ff)([0-9a-f]{2})-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(-.*)?")
_INTEGER = re.compile(r"\d{1,18}")
_JSON_TYPE = re.compile(r"[\w.+-]+/(?:[\w.+-]+\+)?json\s*(?:;.*)?", re.IGNORECASE)

Headers = Sequence[tuple[str, bytes | None]]
NO_EXTENSIONS: Mapping[str, str] = MappingProxyType({})


class Envelope(NamedTuple):
    """A CloudEvent as it came, its attributes read. `data` is JSON in UTF-8; `extensions` holds the attributes that have no field here.

    `traceparent` is None when it is absent or not valid (W3C Trace Context: an invalid one is ignored); `sequence` when it is no whole number.
    """

    id: str
    source: str
    type: str
    data: bytes
    subject: str | None = None
    time: datetime | None = None
    traceparent: str | None = None
    tracestate: str | None = None
    correlationid: str | None = None
    causationid: str | None = None
    sequence: int | None = None
    datacontenttype: str | None = None
    dataschema: str | None = None
    extensions: Mapping[str, str] = NO_EXTENSIONS

    def attributes(self) -> dict[str, str]:
        """All attributes as text, by name, as they are sent."""
        named = {
            "specversion": "1.0",
            "id": self.id,
            "source": self.source,
            "type": self.type,
            "subject": self.subject,
            "time": None if self.time is None else self.time.isoformat().replace("+00:00", "Z"),
            "traceparent": self.traceparent,
            "tracestate": self.tracestate,
            "correlationid": self.correlationid,
            "causationid": self.causationid,
            "sequence": None if self.sequence is None else str(self.sequence),
            "datacontenttype": self.datacontenttype,
            "dataschema": self.dataschema,
        }
        return {name: text for name, text in named.items() if text is not None} | dict(self.extensions)


class Broken(Exception):
    """These bytes are no CloudEvent: which rule, which attribute or header, how to mend it; `partial` holds what could be read of id, source, type, subject."""

    def __init__(self, rule: str, field: str | None, mend: str, partial: Mapping[str, str] | None = None) -> None:
        super().__init__(f"{rule}: {field}: {mend}")
        self.rule = rule
        self.field = field
        self.mend = mend
        self.partial: Mapping[str, str] = partial or {}


def decode(value: bytes | None, headers: Headers, *, ours: bool = False) -> Envelope:
    """Reads one Kafka record. With `ours` the data is not looked through for what our own serialiser cannot write; raises `Broken` and nothing else."""
    attributes: dict[str, str] = {}
    record: dict[str, str] = {}
    for name, raw in headers:
        if raw is None:
            raise Broken("header-null", shown(name), "give the header a value, or leave it out", partial(headers))
        try:
            text = raw.decode()
        except UnicodeDecodeError:
            raise Broken("header-encoding", shown(name), "write the header's value in UTF-8", partial(headers)) from None
        if name[:3] == "ce_":
            into, key = attributes, name[3:]
        else:
            into, key = record, name.lower()
            if "\ufffd" in name:  # what a reader puts for bytes that are no text
                raise Broken("header-encoding", shown(name), "write the header's name in UTF-8", partial(headers))
        if "\x00" in text:
            raise Broken("unstorable-text", shown(key), "leave U+0000 out", partial(headers))
        if key in into:
            raise Broken("header-twice", shown(name), "set the header once", partial(headers))
        into[key] = text
    content_type = record.get("content-type")
    if content_type is not None and content_type[: len(STRUCTURED)].lower() == STRUCTURED:
        attributes, data = _structured(value, content_type, headers)
    else:
        if not value:
            raise Broken("no-data", "data", "send the event's data as the record's value", partial(headers))
        if not attributes:
            _no_attributes(value)
        if content_type is not None:
            attributes["datacontenttype"] = content_type
        data = value
        if not ours:
            try:
                _look(_load(data), data)
            except Broken as broken:
                broken.partial = partial(headers)
                raise
    try:
        return _envelope(attributes, record, data)
    except Broken as broken:
        broken.partial = _fit(attributes)
        raise


def headers(attributes: Mapping[str, str]) -> list[tuple[str, bytes]]:
    """The headers of a record in binary mode: one `ce_` header for each attribute, the content type, and the trace context also as record headers."""
    sent = [(f"ce_{name}", text.encode()) for name, text in attributes.items() if name not in ("datacontenttype", "specversion")]
    sent.append(("ce_specversion", b"1.0"))
    sent.append(("content-type", attributes.get("datacontenttype", JSON).encode()))
    sent.extend((name, attributes[name].encode()) for name in ("traceparent", "tracestate") if name in attributes)
    return sent


def structured(attributes: Mapping[str, str], data: bytes) -> bytes:
    """The value of a record in structured mode; its header is `content-type: application/cloudevents+json`."""
    event = {"specversion": "1.0", **attributes, "data": json.loads(data)}
    return json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode()


def partial(headers: Headers) -> dict[str, str]:
    """What can be read of id, source, type and subject from `ce_` headers that may be broken."""
    found: dict[str, str] = {}
    for name, raw in headers:
        if raw is not None and name.startswith("ce_") and name[3:] in CORE:
            found.setdefault(name[3:], raw.decode(errors="replace"))
    return _fit(found)


def is_json(content_type: str) -> bool:
    """Whether a media type says JSON: `application/json`, `text/json`, `application/anything+json`."""
    return content_type == JSON or _JSON_TYPE.fullmatch(content_type) is not None


def shown(name: str) -> str:
    """A name from outside as it may be given back: short, without anything that cannot be stored."""
    return _CONTROL.sub("?", name[:100]) or "?"


def _fit(attributes: Mapping[str, str]) -> dict[str, str]:
    return {
        name: text
        for name in CORE
        if isinstance(text := attributes.get(name), str) and 0 < len(text) <= TEXT_LIMIT and not _CONTROL.search(text) and "\ufffd" not in text
    }


def _envelope(attributes: dict[str, str], record: Mapping[str, str], data: bytes) -> Envelope:
    extensions: dict[str, str] = {}
    for name, text in attributes.items():
        if name in _KNOWN and len(text) <= TEXT_LIMIT and text.isprintable():
            continue
        if name not in _KNOWN:
            if _NAME.fullmatch(name) is None:
                raise Broken("attribute-invalid", shown(name), "names of attributes have only a-z and 0-9")
            extensions[name] = text
        if len(text) > TEXT_LIMIT and (name in _SHORT or len(text) > EXTENSION_LIMIT):
            raise Broken("attribute-invalid", name, f"at most {TEXT_LIMIT if name in _SHORT else EXTENSION_LIMIT} characters")
        if not text.isprintable() and _CONTROL.search(text):
            raise Broken("attribute-invalid", name, "leave control characters out")
    version = attributes.get("specversion")
    if version != "1.0":
        rule = "attribute-missing" if version is None else "attribute-invalid"
        raise Broken(rule, "specversion", "say 1.0")
    for name in ("id", "source", "type"):
        if not attributes.get(name):
            rule = "attribute-missing" if name not in attributes else "attribute-invalid"
            raise Broken(rule, name, f"every event has a non-empty {name}")
    subject = attributes.get("subject")
    if subject == "":
        raise Broken("attribute-invalid", "subject", "not empty: give the key's value, or leave it out")
    traceparent = trace_context(record.get("traceparent")) or trace_context(attributes.get("traceparent"))
    tracestate = record.get("tracestate", attributes.get("tracestate")) if traceparent is not None else None
    if "sequence" in attributes and _INTEGER.fullmatch(attributes["sequence"]) is None:
        extensions["sequence"] = attributes["sequence"]
    return Envelope(
        attributes["id"],
        attributes["source"],
        attributes["type"],
        data,
        subject,
        _time(attributes["time"]) if "time" in attributes else None,
        traceparent,
        tracestate if tracestate is None or len(tracestate) <= 512 else None,
        attributes.get("correlationid") or None,
        attributes.get("causationid") or None,
        int(attributes["sequence"]) if "sequence" in attributes and "sequence" not in extensions else None,
        attributes.get("datacontenttype"),
        attributes.get("dataschema"),
        extensions,
    )


def _time(text: str) -> datetime:
    if _TIME.fullmatch(text) is None:
        raise Broken("attribute-invalid", "time", "as RFC 3339 with an offset: 2026-04-15T10:00:00Z")
    try:
        return datetime.fromisoformat(text.upper())
    except ValueError:
        raise Broken("attribute-invalid", "time", "a date and time that exist, as RFC 3339") from None


def trace_context(text: str | None) -> str | None:
    """A W3C traceparent as it came; None when it is not one."""
    if text is None:
        return None
    found = _TRACEPARENT.fullmatch(text)
    return None if found is None or (found[1] == "00" and found[2] is not None) else text


def _structured(value: bytes | None, content_type: str, headers: Headers) -> tuple[dict[str, str], bytes]:
    form = content_type[len(STRUCTURED) :].partition(";")[0].strip().lower()
    if form not in ("", "+json"):
        raise Broken("attribute-invalid", "content-type", "one event in JSON: application/cloudevents+json", partial(headers))
    if not value:
        raise Broken("no-data", "data", "send the event as the record's value")
    event = _load(value)
    if not isinstance(event, dict):
        raise Broken("not-json", None, "the record's value is one JSON object: attributes and data")
    known = _fit(event)
    try:
        _look(event, value)
        attributes: dict[str, str] = {}
        for name, given in event.items():
            if name in ("data", "data_base64") or given is None:
                continue
            if isinstance(given, str):
                attributes[name] = given
            elif name in _KNOWN and name != "sequence":
                raise Broken("attribute-invalid", name, "a text")
            elif isinstance(given, bool):
                attributes[name] = "true" if given else "false"
            elif isinstance(given, int):
                attributes[name] = str(given)
            else:
                raise Broken("attribute-invalid", shown(name), "an attribute is a text, a whole number, true or false")
        return attributes, _data(event)
    except Broken as broken:
        broken.partial = known
        raise


def _data(event: Mapping[str, Any]) -> bytes:
    data, encoded = event.get("data"), event.get("data_base64")
    if encoded is None:
        if data is None:
            raise Broken("no-data", "data", "give the event its data")
        return json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode()
    if data is not None:
        raise Broken("data-twice", "data_base64", "give data or data_base64, not both")
    try:
        decoded = b64decode(encoded, validate=True)
    except (ValueError, TypeError):
        raise Broken("not-json", "data_base64", "base64 of JSON, or give data") from None
    if not decoded:
        raise Broken("no-data", "data_base64", "give the event its data")
    _look(_load(decoded), decoded)
    return decoded


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise Broken("not-json", "data", "a name stands twice in one object: each name once")
    return found


def _finite(text: str) -> float:
    number = float(text)
    if number - number != 0:
        raise ValueError("out of range")
    return number


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


_DECODER = json.JSONDecoder(object_pairs_hook=_unique, parse_float=_finite, parse_constant=_no_constant)


def _load(value: bytes) -> Any:
    if b"\x00" in value:
        raise Broken("unstorable-text", "data", "JSON in UTF-8, without U+0000")
    try:
        return _DECODER.decode(value.decode())
    except (ValueError, RecursionError):
        raise Broken("not-json", "data", "JSON (RFC 8259) in UTF-8, not deeply nested") from None


def _look(parsed: Any, value: bytes) -> None:
    """Looks for text that no database can store; only where the bytes have an escape that could stand for it."""
    if b"\\u0000" not in value and b"\\ud" not in value and b"\\uD" not in value:
        return
    first = parsed.items() if isinstance(parsed, dict) else (("data", parsed),)
    for name, inside in first:
        stack = [name, inside]
        while stack:
            match stack.pop():
                case str() as text:
                    if "\x00" in text or not _encodes(text):
                        raise Broken("unstorable-text", shown(name), "leave U+0000 and lone surrogates out")
                case dict() as found:
                    stack.extend(found)
                    stack.extend(found.values())
                case list() as found:
                    stack.extend(found)


def _encodes(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _no_attributes(value: bytes) -> NoReturn:
    parsed = _load(value)
    if isinstance(parsed, dict) and "specversion" in parsed:
        raise Broken("attribute-missing", "content-type", "say content-type: application/cloudevents+json for an event in structured mode", _fit(parsed))
    raise Broken("attribute-missing", "specversion", "say ce_specversion, ce_id, ce_source and ce_type as headers, or send the event in structured mode")
