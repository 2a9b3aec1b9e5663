"""The catalogue for people to read: every message, who says it, who listens, what for, its key, how sensitive it is, and its fields."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from cg_contracts.accounts import OUTSIDE, SERVICES
from cg_contracts.base import CATALOGUE, Contract, Tier, personal_fields
from cg_contracts.frozen import kind
from cg_contracts.schema import described, schema
from cg_contracts.topics import Hears, listeners, speakers, topics

TIERS = {
    Tier.T0: "publishable",
    Tier.T1: "internal, no person data",
    Tier.T2: "personal, by opaque id only",
    Tier.T3: "case data, outcome codes only",
}


def markdown(hears: Hears) -> str:
    """The page `docs/events.md`; `hears` says which facts each service's table names."""
    return "\n".join(_page(hears)) + "\n"


def _page(hears: Hears) -> Iterator[str]:
    yield "# Every message"
    yield ""
    yield "Generated from `shared/contracts` by `uv run cg contracts docs`; a test holds it fresh. A fact is what happened, in the words of who says it, on"
    yield "`cg.<owner>.events`; a request is what somebody asks of its owner, on `cg.<owner>.intake.<account>`. What answers a request of an outside account"
    yield "is also copied to `cg.answers.<account>`. Types begin with `be.police.cg.`; bodies are JSON, in a CloudEvent."
    yield ""
    yield (
        "Tiers: "
        + "; ".join(f"{tier.value} {said}" for tier, said in TIERS.items())
        + ". A field marked *personal* goes to the receiver's vault and nowhere else."
    )
    yield ""
    yield f"Accounts: services {', '.join(SERVICES)}; outside " + ", ".join(f"{account} ({what})" for account, what in OUTSIDE.items()) + "."
    yield ""
    for service in SERVICES:
        yield f"- [{service}](#{service}): " + ", ".join(f"[{c.about.name}](#{_anchor(c)})" for c in _of(service))
    yield ""
    yield "## Topics"
    yield ""
    yield "| topic | partitions | kept |"
    yield "|---|---|---|"
    for topic in topics():
        retention = topic.config.get("retention.ms")
        kept = "compacted" if retention is None else "for ever" if retention == "-1" else f"{int(retention) // 86_400_000} days"
        yield f"| `{topic.name}` | {topic.partitions} | {kept} |"
    for service in SERVICES:
        yield ""
        yield f"## {service}"
        for contract in _of(service):
            yield ""
            yield from described_fully(contract, hears)


def _of(service: str) -> list[type[Contract]]:
    return [c for c in CATALOGUE.values() if c.about.owner == service]


def _anchor(contract: type[Contract]) -> str:
    return f"{contract.about.owner}{contract.about.name}v{contract.about.version}".lower()


def described_fully(contract: type[Contract], hears: Hears) -> Iterator[str]:
    """The lines of one message's part of the page."""
    about = contract.about
    yield f"### {about.owner}.{about.name}.v{about.version}"
    yield ""
    yield described(contract)
    yield ""
    said = [f"{account} ({', '.join(sorted(kinds))})" if (kinds := about.by.get(account)) else account for account in speakers(contract)]
    heard = listeners(contract, hears)
    yield f"{kind(contract).capitalize()}, said by {', '.join(said) or 'nobody yet'}; read by {', '.join(heard) if heard else 'nobody yet'}."
    yield f"Key `{about.key.replace('|', '` or `')}`{', numbered by `sequence`' if about.numbered else ''}. Tier {about.tier}. Purpose: {about.purpose}."
    if about.legal_basis:
        yield f"Legal basis: {about.legal_basis}."
    if about.answers:
        yield f"Answers {', '.join(_short(name) for name in about.answers)}."
    if kind(contract) == "request":
        yield f"Refused by {_short(about.refusal or f'be.police.cg.{about.owner}.RequestRefused.v1')}."
    yield ""
    yield "| field | is | |"
    yield "|---|---|---|"
    made = schema(contract)
    definitions = made.get("$defs", {})
    required = made.get("required", [])
    personal = personal_fields(contract)
    for name, field in made.get("properties", {}).items():
        marks = [mark for mark, holds in (("optional", name not in required), ("*personal*", name in personal)) if holds]
        yield f"| `{name}` | {_form(field, definitions)} | {', '.join(marks)} |"


def _short(type_: str) -> str:
    return "`" + type_.removeprefix("be.police.cg.") + "`"


def _form(field: dict[str, Any], definitions: dict[str, Any]) -> str:
    """What a field holds, in words."""
    if "$ref" in field:
        return _form(definitions[field["$ref"].rsplit("/", 1)[1]], definitions)
    if "anyOf" in field:
        return _form(next(one for one in field["anyOf"] if one.get("type") != "null"), definitions)
    if "enum" in field:
        return " ".join(f"`{code}`" for code in field["enum"])
    if field.get("type") == "array":
        return f"at most {field['maxItems']} of {_form(field['items'], definitions)}"
    if field.get("type") == "object":
        return "{" + ", ".join(f"`{name}` {_form(one, definitions)}" for name, one in field.get("properties", {}).items()) + "}"
    if "format" in field:
        return {"uuid": "UUID", "date": "date", "date-time": "instant with its offset"}[field["format"]]
    if "pattern" in field:
        return f"text `{field['pattern']}`"
    if field.get("type") == "string":
        return f"text, at most {field['maxLength']} characters"
    return {"integer": "whole number", "boolean": "true or false"}[field["type"]]
