"""Whether a record may come in: envelope, contract, what this account may say, personal data where none belongs, time and size; pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from hashlib import blake2b, sha256
from typing import Annotated, Any, NamedTuple, get_args, get_origin

from pydantic import ValidationError

from cg_contracts.accounts import SERVICES, source_of
from cg_contracts.base import CATALOGUE, Contract, Personal, Request
from cg_contracts.topics import intake_topic
from cg_kit.cloudevents import CORE, Broken, Envelope, decode, is_json, partial
from cg_kit.seam import Record
from cg_kit.uuids import UUID

SIZE_LIMIT = 64 * 1024
"""Bytes of a record's value and headers together."""

AHEAD = timedelta(minutes=5)
BEHIND = timedelta(days=30)

RULES: dict[str, tuple[str, str]] = {
    "too-large": ("Value and headers together are larger than 64 KiB.", "Send what the contract asks and nothing else."),
    "no-data": ("The record has no value, or the event no data.", "Send the data as JSON; a record without a value is not a message."),
    "not-json": ("The value is not JSON in UTF-8, is nested too deeply, or has a name twice in one object.", "Write it with a JSON library (RFC 8259)."),
    "data-twice": ("The event has `data` and `data_base64`.", "Give one of the two, rather `data`."),
    "header-null": ("A header of the record has no value.", "Give it a value or leave it out."),
    "header-encoding": ("A header of the record is not UTF-8.", "Write headers in UTF-8."),
    "header-twice": ("A header of the record is there twice.", "Set each header once."),
    "unstorable-text": ("A text has U+0000 or a lone surrogate, also as an escape in JSON.", "Leave it out: no database keeps it."),
    "attribute-missing": ("A required attribute is missing.", "Give `specversion`, `id`, `source`, `type`."),
    "attribute-invalid": ("An attribute is not as CloudEvents 1.0 or the contract says.", "See the field: form of `time`, names in a-z0-9, JSON only."),
    "unknown-type": ("No contract has this type.", "Look it up: `cg contracts list`."),
    "unknown-version": ("The type is known, in another version.", "Send one of the versions that the answer names."),
    "not-allowed": ("This account may not say this type, or not with this `kind`, on this topic.", "`cg account NAME` says what it writes where."),
    "source-differs": ("`source` is not that of the account that writes the topic.", "Use the source of `cg account NAME`."),
    "personal-data": ("A national register number stands in an attribute or in a text that others see.", "Use an id that says nothing about a person."),
    "time-ahead": ("`time` is more than 5 minutes ahead of the broker.", "Set the clock; `time` is when you write, a planned date stands in `data`."),
    "time-behind": ("`time` is more than 30 days behind the broker.", "`time` is when you write; when it happened stands in `data`."),
    "data-invalid": ("The data breaks the contract at this field.", "`cg contracts show TYPE` and `cg contracts example TYPE`."),
    "subject-differs": ("`subject` is not the key that stands in the data.", "Make them equal, or leave `subject` out."),
    "id-reused": ("The same `source` and `id` came before with other content.", "A new message gets a new id; a repetition is byte for byte the same."),
}
"""Every rule by which a record can be turned away: what it means, how to mend it. `id-reused` is found with the inbox, all others here."""

_VERSION = re.compile(r"(.+)\.v\d+")
_FIELD = re.compile(r"[a-z][a-z0-9_]{0,63}")
_NATIONAL = re.compile(r"(?<![0-9A-Za-z])\d{2}[ ./-]?\d{2}[ ./-]?\d{2}[ ./-]?\d{3}[ ./-]?\d{2}(?![0-9A-Za-z])")
_NOT_DIGIT = re.compile(r"\D")
_ZERO = timedelta(0)


class Key(NamedTuple):
    """The sender's aggregate: what is parked blocks this and nothing else."""

    source: str
    subject: str


class Passed(NamedTuple):
    """May come in. `envelope.subject` is set, also where the sender left it to the data."""

    envelope: Envelope
    message: Contract
    key: Key


@dataclass(frozen=True, slots=True)
class Rejected:
    """May not come in. `mend` never gives back what stood in the message; id, type, source and subject are those that could be read and be given back."""

    rule: str
    field: str | None
    mend: str
    id: str | None = None
    type: str | None = None
    source: str | None = None
    subject: str | None = None


@dataclass(frozen=True, slots=True)
class Unheard:
    """A fact that this service does not listen to."""


UNHEARD = Unheard()
CANARY = Unheard()
"""The sign of life that each service gives each minute: not listened to either, but noted."""


class Gate:
    """The gate of one service: which facts it hears, which requests it accepts, and from whom."""

    def __init__(self, service: str, heard: Iterable[type[Contract]], accepted: Iterable[type[Contract]]) -> None:
        self.service = service
        self._heard = {fact.about.type.encode(): fact for fact in heard}
        self._heard_names = {type_.rpartition(b".v")[0] for type_ in self._heard}
        self._accepted = {request.about.type: request for request in accepted}
        self._texts = {contract: _texts(contract) for contract in self._accepted.values()}

    def check_intake(self, record: Record, account: str) -> Passed | Rejected:
        """Checks a record on this service's intake topic of that account."""
        headers = record.headers
        size = len(record.value) if record.value is not None else 0
        for name, raw in headers:
            if raw is not None:
                size += len(name) + len(raw)
        if size > SIZE_LIMIT:
            return Rejected("too-large", "data", "at most 64 KiB, value and headers together", **_clean(partial(headers)))
        try:
            envelope = decode(record.value, headers, ours=account in SERVICES)
        except Broken as broken:
            return _rejected(broken)
        try:
            message = self._intake(envelope, record, account)
            return _passed(envelope, message)
        except Broken as broken:
            broken.partial = {name: text for name in CORE if (text := getattr(envelope, name)) is not None}
            return _rejected(broken)

    def check_fact(self, record: Record, owner: str) -> Passed | Rejected | Unheard:
        """Checks a record on that service's `.events` topic; looks at nothing but the type when it is not one that is heard."""
        for name, raw in record.headers:
            if name == "ce_type" and raw is not None:
                if raw not in self._heard and raw.rpartition(b".v")[0] not in self._heard_names:
                    return CANARY if raw.endswith(b".Canary.v1") else UNHEARD
                break
        try:
            envelope = decode(record.value, record.headers, ours=True)
            contract = self._heard.get(envelope.type.encode())
            if contract is None:
                if envelope.type.rpartition(".v")[0].encode() not in self._heard_names:
                    return UNHEARD
                raise _unknown_version(envelope.type, [type_.decode() for type_ in self._heard])
            _source(envelope, owner)
            return _passed(envelope, _validate(contract, envelope.data))
        except Broken as broken:
            found = {**partial(record.headers), **broken.partial}
            key = (record.key or b"").decode(errors="replace")[:256].replace("\x00", "\ufffd") or None
            return Rejected(broken.rule, broken.field, broken.mend, found.get("id"), found.get("type"), source_of(owner), found.get("subject", key))

    def _intake(self, envelope: Envelope, record: Record, account: str) -> Contract:
        contract = self._accepted.get(envelope.type)
        if contract is None:
            raise self._stranger_type(envelope.type, account)
        if account not in contract.about.by:
            raise self._not_allowed(envelope.type, account)
        _source(envelope, account)
        _nothing_personal(envelope)
        if envelope.time is not None:
            behind = record.at - envelope.time
            if behind < _ZERO and -behind > AHEAD:
                raise Broken("time-ahead", "time", "at most 5 minutes ahead of the broker's clock")
            if behind > BEHIND:
                raise Broken("time-behind", "time", "at most 30 days behind the broker's clock")
        if envelope.datacontenttype is not None and not is_json(envelope.datacontenttype):
            raise Broken("attribute-invalid", "datacontenttype", "application/json")
        if envelope.dataschema is not None and envelope.dataschema != schema_of(envelope.type):
            raise Broken("attribute-invalid", "dataschema", f"{schema_of(envelope.type)}, or leave it out")
        message = _validate(contract, envelope.data)
        kinds = contract.about.by[account]
        if kinds is not None and getattr(message, "kind", None) not in kinds:
            raise Broken("not-allowed", "kind", f"for this account: {', '.join(sorted(kinds))}")
        for name in self._texts[contract]:
            if (text := getattr(message, name)) is not None and national_number(text):
                raise Broken("personal-data", name, "no national register number here")
        return message

    def _stranger_type(self, type_: str, account: str) -> Broken:
        known = CATALOGUE.get(type_)
        if known is None:
            return _unknown_version(type_, list(self._accepted))
        return self._not_allowed(type_, account)

    def _not_allowed(self, type_: str, account: str) -> Broken:
        known = CATALOGUE[type_]
        if issubclass(known, Request) and known.about.owner != self.service and account in known.about.by:
            return Broken("not-allowed", "type", f"this type goes to {intake_topic(known.about.owner, account)}")
        here = sorted(request.about.type for request in self._accepted.values() if account in request.about.by)
        return Broken("not-allowed", "type", f"this account may say {', '.join(here) or 'nothing'} here")


def schema_of(type_: str) -> str:
    """The `dataschema` of a type; it may be left out."""
    return f"tag:police.be,2026:schema/{type_}"


def letter_key(envelope: Envelope, ours: bool) -> UUID:
    """Under which key the inbox knows a message: our own ids are UUIDs already; of strangers it is made of source and id."""
    if ours:
        try:
            return UUID(envelope.id)
        except ValueError:
            pass
    return UUID(sha256(f"{envelope.source}\n{envelope.id}".encode()).digest()[:16])


def digest(envelope: Envelope, message: Contract) -> bytes:
    """What a message says: 16 bytes over type, subject and the validated data. White space and the order of names do not count."""
    data = message.__pydantic_serializer__.to_json(message, exclude_unset=True, exclude_none=True)
    subject = envelope.subject or message.subject
    return blake2b(b"%b\n%b\n%b" % (envelope.type.encode(), subject.encode(), data), digest_size=16).digest()


def gap(last: int | None, envelope: Envelope) -> str | None:
    """The warning that a publisher is owed when numbers are missing before this one; the event itself is taken. `last` is the number before."""
    if last is None or envelope.sequence is None or envelope.sequence <= last + 1:
        return None
    return f"sequence {last + 1} to {envelope.sequence - 1} did not come"


def national_number(text: str) -> bool:
    """Whether a Belgian national register number stands in a text: eleven digits, also with the usual separators, of which the last two are right modulo 97."""
    if _NATIONAL.search(text) is None:
        return False
    for found in _NATIONAL.finditer(text):
        digits = _NOT_DIGIT.sub("", found[0])
        number, check = int(digits[:9]), int(digits[9:])
        if check in (97 - number % 97, 97 - (2_000_000_000 + number) % 97):
            return True
    return False


def _passed(envelope: Envelope, message: Contract) -> Passed:
    subject = message.subject
    if envelope.subject is None:
        envelope = envelope._replace(subject=subject)
    elif envelope.subject != subject:
        raise Broken("subject-differs", "subject", f"the value of {' or '.join(message.about.keys)}, or leave it out")
    return Passed(envelope, message, Key(envelope.source, subject))


def _source(envelope: Envelope, account: str) -> None:
    if envelope.source != source_of(account):
        raise Broken("source-differs", "source", f"{source_of(account)} on this topic")


def _nothing_personal(envelope: Envelope) -> None:
    together = f"{envelope.id}\n{envelope.subject}\n{envelope.correlationid}\n{envelope.causationid}"
    if envelope.extensions:
        together = "\n".join((together, *envelope.extensions.values()))
    if not national_number(together):
        return
    named = {name: getattr(envelope, name) for name in ("id", "subject", "correlationid", "causationid")} | dict(envelope.extensions)
    for name, text in named.items():
        if text is not None and national_number(text):
            raise Broken("personal-data", name, "no national register number here: an id that says nothing about a person")


def _unknown_version(type_: str, known: Iterable[str]) -> Broken:
    name = _VERSION.fullmatch(type_)
    others = sorted(other for other in known if name is not None and other.rpartition(".v")[0] == name[1])
    if others:
        return Broken("unknown-version", "type", f"known are {', '.join(others)}")
    return Broken("unknown-type", "type", "cg contracts list says which types there are")


def _texts(contract: type[Contract]) -> tuple[str, ...]:
    """The fields with free text that others will see."""
    return tuple(
        name for name, info in contract.model_fields.items() if not any(isinstance(mark, Personal) for mark in info.metadata) and _is_text(info.annotation)
    )


def _is_text(annotation: Any) -> bool:
    return annotation is str or any(_is_text(inner) for inner in get_args(annotation)[: 1 if get_origin(annotation) is Annotated else None])


def _validate(contract: type[Contract], data: bytes) -> Contract:
    try:
        return contract.model_validate_json(data, strict=True)
    except ValidationError as error:
        raise _blamed(error, contract) from None


def _blamed(error: ValidationError, contract: type[Contract]) -> Broken:
    first: Mapping[str, Any] = error.errors(include_url=False, include_input=False)[0]
    kind, context = first["type"], first.get("ctx", {})
    if kind == "json_invalid":
        return Broken("not-json", "data", "JSON (RFC 8259) in UTF-8, not deeply nested")
    path: list[str] = []
    for part in first["loc"]:
        if isinstance(part, str) and _FIELD.fullmatch(part) is None:
            break
        path.append(str(part))
    if "field" in context:
        path.append(str(context["field"]))
    return Broken("data-invalid", ".".join(path)[:200] or "data", str(context["mend"]) if "mend" in context else _mend(kind, context, contract))


_MENDS = {
    "missing": "must be there",
    "extra_forbidden": "is not in the contract: leave it out",
    "enum": "one of {expected}",
    "literal_error": "one of {expected}",
    "string_type": "a text",
    "string_too_short": "at least {min_length} characters",
    "string_too_long": "at most {max_length} characters",
    "string_pattern_mismatch": "must match {pattern}",
    "timezone_aware": "with an offset, as 2026-04-15T10:00:00Z",
    "model_type": "a JSON object",
    "model_attributes_type": "a JSON object",
    "greater_than": "more than {gt}",
    "greater_than_equal": "at least {ge}",
    "less_than": "less than {lt}",
    "less_than_equal": "at most {le}",
    "too_long": "at most {max_length} of them",
    "too_short": "at least {min_length} of them",
}
_KINDS = {
    "uuid": "a UUID in its usual form",
    "datetime": "an instant as RFC 3339 with an offset, as 2026-04-15T10:00:00Z",
    "date": "a date as 2026-04-15",
    "int": "a whole number",
    "bool": "true or false",
    "decimal": "a decimal number in a text",
    "list": "a JSON array",
    "tuple": "a JSON array",
    "dict": "a JSON object",
}


def _mend(kind: str, context: Mapping[str, Any], contract: type[Contract]) -> str:
    if kind in _MENDS:
        try:
            return _MENDS[kind].format(**context)
        except (KeyError, IndexError):
            pass
    return _KINDS.get(kind.partition("_")[0], f"as cg contracts show {contract.about.type} says")


def _rejected(broken: Broken) -> Rejected:
    field = None if broken.field is not None and national_number(broken.field) else broken.field
    return Rejected(broken.rule, field, broken.mend, **_clean(broken.partial))


def _clean(found: Mapping[str, str]) -> dict[str, str]:
    """What may be given back: nothing that has a national register number in it."""
    return {name: text for name, text in found.items() if not national_number(text)}


__all__ = ["RULES", "UNHEARD", "Gate", "Key", "Passed", "Rejected", "Unheard", "digest", "gap", "letter_key", "national_number", "schema_of"]
