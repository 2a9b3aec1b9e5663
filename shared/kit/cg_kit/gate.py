"""The gate: says of each record whether it is an event that this account may say to this service, and if not, why and how to mend it."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from pydantic import ValidationError

from cg_contracts.accounts import source_of
from cg_contracts.base import CATALOGUE, TYPE, Contract, Fact, Request
from cg_kit import cloudevents
from cg_kit.cloudevents import Broken, Envelope
from cg_kit.seam import Key, Record

LARGEST = 64 * 1024
AHEAD = timedelta(minutes=5)
BEHIND = timedelta(days=30)
NATIONAL = re.compile(r"\d{11}|\d{2}\.\d{2}\.\d{2}-\d{3}\.\d{2}|\d{6}[ -]\d{3}[ -.]\d{2}")


@dataclass(frozen=True, slots=True)
class Passed:
    """An event that passed: its envelope, its message, and its key (source, subject)."""

    envelope: Envelope
    message: Contract
    key: Key


@dataclass(frozen=True, slots=True)
class Parts:
    """What could be read of a record that did not pass."""

    id: str | None = None
    type: str | None = None
    source: str | None = None
    subject: str | None = None
    traceparent: str | None = None
    correlationid: str | None = None


@dataclass(frozen=True, slots=True)
class Rejected:
    """A record that did not pass: the rule, the field, and how to mend it, without a word of its content."""

    rule: str
    field: str | None
    mend: str
    envelope: Parts | None = None


class Gate:
    """The gate of one service, made from the facts it hears and the requests it accepts."""

    def __init__(self, service: str, heard: Iterable[type[Contract]], accepted: Iterable[type[Contract]]) -> None:
        self.service = service
        self.heard = {c.about.type: c for c in heard}
        self.heard_names = {c.about.type.rpartition(".v")[0].encode() for c in self.heard.values()}
        self.accepted = {c.about.type: c for c in accepted}
        self.wire = {type_.encode() for type_ in self.heard}

    def check_fact(self, record: Record, owner: str) -> Passed | Rejected | None:
        """A fact of one of our own services; None when its type is not heard here."""
        for name, raw in record.headers:
            if name == "ce_type":
                if raw is not None and raw not in self.wire and raw.rpartition(b".v")[0] not in self.heard_names:
                    return None
                break
        try:
            envelope = cloudevents.decode(record.value, record.headers)
        except Broken as broken:
            return Rejected(broken.rule, broken.field, broken.mend, parts(broken))
        contract = self.heard.get(envelope.type)
        if contract is None:
            if envelope.type.rpartition(".v")[0].encode() not in self.heard_names:
                return None
            return self._no(envelope, "unknown-version", "type", f"{envelope.type} is a version that this build does not know")
        if envelope.source != source_of(owner):
            return self._no(envelope, "source-differs", "source", f"what stands on this topic is said by {source_of(owner)}")
        return self._read(envelope, contract)

    def check_intake(self, record: Record, account: str) -> Passed | Rejected:
        """A request on the intake topic of an account."""
        if record.value is not None and len(record.value) > LARGEST:
            partial = {n[3:]: v.decode("utf-8", "replace") for n, v in record.headers if v is not None and n in ("ce_id", "ce_type", "ce_source", "ce_subject")}
            return Rejected("too-large", "data", f"data is at most {LARGEST} bytes (64 KiB); this is {len(record.value)}", parts_of(partial))
        try:
            envelope = cloudevents.decode(record.value, record.headers)
        except Broken as broken:
            return Rejected(broken.rule, broken.field, broken.mend, parts(broken))
        contract = self.accepted.get(envelope.type)
        if contract is None:
            return self._unknown(envelope)
        if account not in contract.about.by:
            said_by = ", ".join(sorted(contract.about.by)) or "nobody"
            return self._no(envelope, "not-allowed", "type", f"{account} may not say {contract.about.name}; it is said by {said_by}")
        if envelope.source != source_of(account):
            return self._no(envelope, "source-differs", "source", f"as {account} the source is {source_of(account)}")
        personal = self._personal(envelope)
        if personal is not None:
            mend = "a national register number may not stand in an attribute: use the person's opaque id"
            seen = {name: text for name in Parts.__dataclass_fields__ if (text := getattr(envelope, name)) is not None}
            return Rejected("personal-data", personal, mend, parts_of(seen))
        if envelope.time is not None:
            if envelope.time > record.at + AHEAD:
                return self._no(envelope, "time-ahead", "time", "time is at most 5 minutes ahead of the broker's clock")
            if envelope.time < record.at - BEHIND:
                return self._no(envelope, "time-behind", "time", "time is at most 30 days back: publish a new event")
        if envelope.dataschema is not None and envelope.dataschema != f"tag:police.be,2026:schema/{envelope.type}":
            return self._no(envelope, "attribute-invalid", "dataschema", f"leave dataschema out, or write tag:police.be,2026:schema/{envelope.type}")
        verdict = self._read(envelope, contract)
        kinds = contract.about.by[account]
        if isinstance(verdict, Passed) and kinds is not None:
            kind = getattr(verdict.message, "kind", None)
            if kind is not None and str(kind) not in kinds:
                return self._no(envelope, "not-allowed", "kind", f"{account} may ask for {', '.join(sorted(kinds))} only")
        return verdict

    def _read(self, envelope: Envelope, contract: type[Contract]) -> Passed | Rejected:
        data = envelope.data
        try:
            if not cloudevents.storable(data):
                return self._no(envelope, "unstorable-text", "data", cloudevents.UNSTORABLE)
            message = contract.model_validate_json(data)
        except ValidationError as error:
            return self._invalid(envelope, contract, error)
        except (ValueError, RecursionError):
            return self._no(envelope, "not-json", "data", "data is not JSON in UTF-8")
        subject = message.subject
        if envelope.subject is not None and envelope.subject != subject:
            return self._no(envelope, "subject-differs", "subject", f"subject is the value of {contract.about.key}, or left out")
        return Passed(envelope, message, (envelope.source, subject))

    def _invalid(self, envelope: Envelope, contract: type[Contract], error: ValidationError) -> Rejected:
        first = error.errors(include_url=False, include_input=False)[0]
        if first["type"] == "json_invalid":
            return self._no(envelope, "not-json", "data", "data is not JSON in UTF-8")
        context = first.get("ctx") or {}
        path = str(context.get("field") or ".".join(map(str, first["loc"])) or "data")
        mend = {"missing": "this field must be there", "extra_forbidden": f"{contract.about.name} has no such field"}.get(first["type"], first["msg"])
        return self._no(envelope, "data-invalid", path[:200], mend[:300])

    def _unknown(self, envelope: Envelope) -> Rejected:
        name = envelope.type.rpartition(".v")[0]
        versions = sorted(t for t in self.accepted if t.rpartition(".v")[0] == name)
        if versions:
            return self._no(envelope, "unknown-version", "type", f"known: {', '.join(versions)}")
        if TYPE.fullmatch(envelope.type) and envelope.type in CATALOGUE:
            contract = CATALOGUE[envelope.type]
            why = "is a fact: only its service says it" if issubclass(contract, Fact) else f"is asked of {contract.about.owner}"
            return self._no(envelope, "not-allowed", "type", f"{contract.about.name} {why}")
        known = ", ".join(sorted(c.about.name for c in self.accepted.values() if issubclass(c, Request)))
        return self._no(envelope, "unknown-type", "type", f"this service knows no such type; it accepts: {known}")

    def _personal(self, envelope: Envelope) -> str | None:
        for name in ("subject", "id", "correlationid", "causationid"):
            text = getattr(envelope, name)
            if text is not None and is_national_number(text):
                return name
        return next((name for name, text in envelope.extensions.items() if is_national_number(text)), None)

    def _no(self, envelope: Envelope, rule: str, field: str | None, mend: str) -> Rejected:
        seen = Parts(envelope.id, envelope.type, envelope.source, envelope.subject, envelope.traceparent, envelope.correlationid)
        return Rejected(rule, field, mend, seen)


def is_national_number(text: str) -> bool:
    """Whether a text is a Belgian national register number: eleven digits whose last two are 97 minus the rest modulo 97 (2000s: with a 2 before)."""
    if not 11 <= len(text) <= 15 or NATIONAL.fullmatch(text) is None:
        return False
    digits = "".join(filter(str.isdigit, text))
    body, check = int(digits[:9]), int(digits[9:])
    return check in (97 - body % 97, 97 - (2_000_000_000 + body) % 97)


def parts(broken: Broken) -> Parts | None:
    """What could be read of a broken record."""
    return parts_of(broken.partial)


def parts_of(partial: dict[str, str]) -> Parts | None:
    """The identity among these attributes, text that can be stored only, and no personal number."""
    kept = {
        name: text
        for name, text in partial.items()
        if name in Parts.__dataclass_fields__ and "\x00" not in text and text.isprintable() and not is_national_number(text)
    }
    return Parts(**kept) if kept else None


def letter_key(envelope: Envelope, ours: bool) -> UUID:
    """Under which the inbox knows an event: our own ids as they are, a stranger's with its source hashed to 16 bytes."""
    if ours:
        try:
            return UUID(envelope.id)
        except ValueError:
            pass
    return UUID(bytes=hashlib.sha256(f"{envelope.source}\n{envelope.id}".encode()).digest()[:16])


def digest(envelope: Envelope) -> bytes:
    """What must be equal when the same id comes again: type, subject and data, whatever the order of its names."""
    try:
        canonical = json.dumps(json.loads(envelope.data), sort_keys=True, separators=(",", ":")).encode()
    except ValueError:
        canonical = envelope.data
    return hashlib.sha256(f"{envelope.type}\n{envelope.subject or ''}\n".encode() + canonical).digest()[:16]
