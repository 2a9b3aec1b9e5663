"""JSON Schema of a message body, as a publisher or listener in any language reads it."""

from __future__ import annotations

from typing import Any

from cg_contracts.base import Contract, personal_fields

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def schema(contract: type[Contract], definitions: str = "#/$defs/{model}") -> dict[str, Any]:
    """The schema of the data of one message; shared parts stand in `$defs`, referred to as `definitions` says."""
    made = contract.model_json_schema(ref_template=definitions)
    made = {"title": contract.about.type, "description": described(contract), **{k: v for k, v in made.items() if k not in {"title", "description"}}}
    for name in personal_fields(contract):
        made["properties"][name]["x-personal"] = True
    if len(contract.about.keys) > 1:
        made["oneOf"] = [{"required": [key], "properties": {key: {"type": "string"}}} for key in contract.about.keys]
    return made


def whole_schema(contract: type[Contract]) -> dict[str, Any]:
    """The same as a document of its own."""
    return {"$schema": DIALECT, "$id": f"tag:police.be,2026:schema/{contract.about.type}", **schema(contract)}


def described(contract: type[Contract]) -> str:
    """The sentence that says what the world may now assume."""
    return " ".join((contract.__doc__ or "").split())
