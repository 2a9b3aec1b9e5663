"""One AsyncAPI 3.0 document of the whole system: every topic, who sends and who receives on it, and every message with its CloudEvents headers."""

from __future__ import annotations

from typing import Any

from cg_contracts import __version__
from cg_contracts.accounts import OUTSIDE, SERVICES, source_of
from cg_contracts.base import CATALOGUE, Contract, Fact
from cg_contracts.frozen import example, kind
from cg_contracts.schema import described, schema
from cg_contracts.topics import CLOCK, Hears, Topic, reads, speakers, spoken_on, topics, writes

CLOCK_MESSAGE = "cg.clock.Moved"
EXAMPLE_ID = "01936b2e-8c00-7000-8000-0000000000e1"


def document(hears: Hears) -> dict[str, Any]:
    """The document, as plain data; `hears` says which facts each service's table names."""
    schemas: dict[str, Any] = {}
    for contract in CATALOGUE.values():
        made = schema(contract, "#/components/schemas/{model}")
        schemas |= made.pop("$defs", {})
        schemas[contract.about.type] = made
    return {
        "asyncapi": "3.0.0",
        "id": "tag:police.be,2026:cg",
        "info": {
            "title": "Commissariaat-generaal",
            "version": __version__,
            "description": "What the services of the Commissariaat-generaal of the Belgian Federal Police tell each other and the outside over Kafka.",
            "license": {"name": "See the repository"},
            "contact": {"name": "Commissariaat-generaal", "url": "https://www.politie.be"},
            "tags": [{"name": service} for service in SERVICES],
        },
        "defaultContentType": "application/json",
        "servers": _servers(),
        "channels": {topic.name: _channel(topic) for topic in topics()},
        "operations": _operations(hears),
        "components": {
            "schemas": schemas,
            "messages": {c.about.type: _message(c) for c in CATALOGUE.values() if speakers(c)} | {CLOCK_MESSAGE: _clock()},
            "securitySchemes": {
                "scram": {"type": "scramSha512", "description": "Each account has its own user name and password, and may do what its operations here say."}
            },
        },
    }


def _servers() -> dict[str, Any]:
    security = [{"$ref": "#/components/securitySchemes/scram"}]
    return {
        "embedded": {
            "host": "127.0.0.1:19092",
            "protocol": "kafka",
            "protocolVersion": "4.2",
            "description": "The house that `cg up` starts in its default home.",
            "security": security,
        },
        "deployed": {
            "host": "{broker}",
            "protocol": "kafka-secure",
            "protocolVersion": "4.2",
            "description": "A deployed house, over TLS.",
            "variables": {"broker": {"default": "kafka:9093", "description": "Host and port of a broker."}},
            "security": security,
        },
    }


def _channel(topic: Topic) -> dict[str, Any]:
    names = [CLOCK_MESSAGE] if topic.name == CLOCK else [c.about.type for c in spoken_on(topic.name)]
    return {
        "address": topic.name,
        "title": topic.name,
        "description": _what(topic.name),
        "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in names},
        "bindings": {
            "kafka": {
                "topic": topic.name,
                "partitions": topic.partitions,
                "topicConfiguration": {
                    "cleanup.policy": [topic.config["cleanup.policy"]],
                    **({"retention.ms": int(topic.config["retention.ms"])} if "retention.ms" in topic.config else {}),
                },
                "bindingVersion": "0.5.0",
            }
        },
    }


def _what(topic: str) -> str:
    if topic == CLOCK:
        return "By how much domain time is ahead of real time, where that may be moved."
    if topic.startswith("cg.answers."):
        return f"What became of the requests of {topic.removeprefix('cg.answers.')}: answers, refusals and rejections."
    owner, _, account = topic.removeprefix("cg.").partition(".intake.")
    if owner.endswith(".steps"):
        return f"What {owner.removesuffix('.steps')} did with what came to it, without content; for oversight alone."
    return (
        f"What {account} asks of {owner}." if account else f"What happened, as {owner.removesuffix('.events')} tells it; kept for ever, without personal data."
    )


def _operations(hears: Hears) -> dict[str, Any]:
    operations: dict[str, Any] = {}
    for account in (*SERVICES, *OUTSIDE):
        for action, verb, names in (("send", "writes", writes(account)), ("receive", "reads", reads(account, hears))):
            for topic in names:
                messages = _clock_or(topic, account, action, hears)
                if messages:
                    operations[f"{account}.{verb}.{topic}"] = {
                        "action": action,
                        "title": f"{account} {verb} {topic}",
                        "summary": f"{account} {verb} {topic}.",
                        "channel": {"$ref": f"#/channels/{_pointer(topic)}"},
                        "messages": [{"$ref": f"#/channels/{_pointer(topic)}/messages/{_pointer(name)}"} for name in messages],
                        "tags": [{"name": account}],
                    }
    return operations


def _clock_or(topic: str, account: str, action: str, hears: Hears) -> list[str]:
    if topic == CLOCK:
        return [CLOCK_MESSAGE]
    spoken = spoken_on(topic)
    if action == "send" and topic.startswith("cg.answers."):
        spoken = tuple(c for c in spoken if c.about.owner == account)
    if action == "receive" and account in SERVICES and topic.endswith(".events"):
        heard = tuple(hears.get(account, ()))
        spoken = tuple(c for c in spoken if c in heard)
    return [c.about.type for c in spoken]


def _message(contract: type[Contract]) -> dict[str, Any]:
    about = contract.about
    data = example(contract)
    subject = next(str(data[key]) for key in about.keys if data.get(key) is not None)
    speaker = speakers(contract)[0]
    headers = {
        "ce_specversion": "1.0",
        "ce_id": EXAMPLE_ID,
        "ce_source": source_of(speaker),
        "ce_type": about.type,
        "ce_subject": subject,
        "ce_time": "2026-04-15T08:00:00Z",
        "content-type": "application/json",
    }
    said = f"{described(contract)}\n\nKind: {kind(contract)}. Said by: {', '.join(speakers(contract))}. Key: {about.key}. Tier: {about.tier}."
    return {
        "name": about.type,
        "title": f"{about.name} v{about.version}",
        "summary": described(contract),
        "description": said + (f" Legal basis: {about.legal_basis}. Purpose: {about.purpose}." if about.legal_basis else f" Purpose: {about.purpose}."),
        "contentType": "application/json",
        "correlationId": {"location": "$message.header#/ce_correlationid"},
        "tags": [{"name": about.owner}, {"name": kind(contract)}],
        "headers": _headers(contract),
        "payload": {"$ref": f"#/components/schemas/{about.type}"},
        "bindings": {"kafka": {"key": {"type": "string", "description": f"The subject: {about.key}."}, "bindingVersion": "0.5.0"}},
        "examples": [{"name": "frozen", "summary": "The frozen example of this version.", "headers": headers, "payload": data}],
    }


def _headers(contract: type[Contract]) -> dict[str, Any]:
    """CloudEvents 1.0 in Kafka's binary mode; the structured mode is taken as well."""
    about = contract.about
    sources = [source_of(account) for account in speakers(contract)]
    text = {"type": "string", "minLength": 1, "maxLength": 256}
    properties: dict[str, Any] = {
        "ce_specversion": {"type": "string", "const": "1.0"},
        "ce_id": {**text, "description": "Unique with the source; the same id with the same content is taken once."},
        "ce_source": {"type": "string", "enum": sources},
        "ce_type": {"type": "string", "const": about.type},
        "ce_subject": {**text, "description": f"The key, {about.key}; taken from the data when absent."},
        "ce_time": {"type": "string", "format": "date-time", "description": "Real time, when it was written; no legal clock starts from it."},
        "ce_correlationid": {**text, "description": "The same on everything that goes back to one first message."},
        "ce_causationid": {**text, "description": "The id of the message that caused this one."},
        "ce_traceparent": {"type": "string", "description": "W3C trace context; equal to the header traceparent, which wins."},
        "traceparent": {"type": "string", "description": "W3C trace context."},
        "content-type": {"type": "string", "const": "application/json"},
    }
    if issubclass(contract, Fact) and about.numbered:
        properties["ce_sequence"] = {"type": "string", "pattern": "^[1-9][0-9]*$", "description": "1, 2, 3 ... for each subject on this topic."}
        properties["ce_sequencetype"] = {"type": "string", "const": "Integer"}
    required = ["ce_specversion", "ce_id", "ce_source", "ce_type", "ce_time", "content-type"]
    return {"type": "object", "required": required, "properties": properties}


def _clock() -> dict[str, Any]:
    return {
        "name": CLOCK_MESSAGE,
        "title": "Domain time moved",
        "summary": "The offset of domain time from real time; only forward.",
        "contentType": "application/json",
        "payload": {
            "type": "object",
            "required": ["offset_seconds"],
            "properties": {"offset_seconds": {"type": "number", "minimum": 0, "description": "Domain time less real time."}},
        },
    }


def _pointer(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")
