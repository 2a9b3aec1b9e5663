"""Whether the contracts of today still keep what was released, seen from who reads: a change that breaks is shown with a document that breaks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from jsonschema_rs import Draft202012Validator

Json = dict[str, Any]
SAID = frozenset({"title", "description", "$id", "$schema", "x-personal"})
"""What a schema only says to people."""

TEXTS = ("a", "A", "Ab", "a1", "1", "a_b", "a-b", "a.b", "a b", "a/b", "SCR-1", "é", "2025", "2025-x", "01234567890")


@dataclass(frozen=True, slots=True)
class Break:
    """A change that breaks a reader: which message, why, and where there is one a document that was understood and no longer is."""

    type: str
    why: str
    document: Json | None


def breaks(released: Mapping[str, Json], today: Mapping[str, Json]) -> Iterator[Break]:
    """Every change of a released contract that a reader would stumble over. Both map a type to what `cg_contracts.frozen.release` says of it."""
    for type_, before in released.items():
        now = today.get(type_)
        if now is None:
            yield Break(type_, "it is gone: what was said can no longer be read", before["example"])
            continue
        yield from _rules(before, now)
        yield from _reading(before, now)


def _rules(before: Json, now: Json) -> Iterator[Break]:
    """What stands beside the schema."""
    type_, document = before["type"], before["example"]
    if now["kind"] != before["kind"]:
        yield Break(type_, f"it was a {before['kind']} and is a {now['kind']}", document)
    if now["key"] != before["key"]:
        yield Break(type_, f"its key was {before['key']} and is {now['key']}: the order of one subject's messages is lost", document)
    if before["numbered"] and not now["numbered"]:
        yield Break(type_, "it was numbered by sequence and no longer is", document)
    if now["example"] != before["example"]:
        yield Break(type_, "its frozen example was edited", now["example"])
    if gone := set(before["answers"]) - set(now["answers"]):
        yield Break(type_, f"it no longer answers {', '.join(sorted(gone))}", document)
    for account, kinds in before["by"].items():
        if account not in now["by"]:
            yield Break(type_, f"{account} could say it and no longer may", document)
        elif (left := now["by"][account]) is not None and (lost := sorted(set(kinds or ["any other"]) - set(left))):
            yield Break(type_, f"{account} could say it with kind {', '.join(lost)} and no longer may", {**document, "kind": lost[0]})


def _reading(before: Json, now: Json) -> Iterator[Break]:
    """Old documents stay readable; what a service says today is also read by who knows the released version."""
    old, new = before["schema"], now["schema"]
    if _bare(old) == _bare(new):
        return
    type_ = before["type"]
    examples = [before["example"], now["example"]]
    said = "what was said under the released version is no longer understood"
    yield from (Break(type_, f"{said}: {why}", document) for why, document in _unread(old, new, examples))
    if before["kind"] == "fact":
        said = "who knows the released version does not understand what is said now"
        yield from (Break(type_, f"{said}: {why}", document) for why, document in _unread(new, old, examples))


def _unread(written: Json, read: Json, examples: list[Json]) -> Iterator[tuple[str, Json | None]]:
    """Documents that follow one schema and not the other, one for each reason."""
    writes = Draft202012Validator(written, validate_formats=True)
    reads = Draft202012Validator(read, validate_formats=True)
    seen: set[tuple[str, str]] = set()
    for document in _documents(written, read, examples):
        if not writes.is_valid(document):
            continue
        for error in reads.iter_errors(document):
            where = ".".join(str(part) for part in error.instance_path)
            reason = (where, ".".join(str(part) for part in error.schema_path))
            if reason not in seen:
                seen.add(reason)
                yield (f"{where}: {error.message}" if where else error.message), document
    found = {where for where, _ in seen}
    patterns = dict(_patterns(written, written))
    for where, pattern in _patterns(read, read):
        if where in patterns and where not in found and pattern not in ("", patterns[where]):
            yield f"{where}: the pattern {pattern} may leave out what could be said", None


def _documents(written: Json, read: Json, examples: list[Json]) -> Iterator[Json]:
    """Documents at the edges of a schema: every field left out, null, and with each value at which either schema changes its mind."""
    edges = sorted({edge + step for schema in (written, read) for edge in _numbers(schema) for step in (-1, 0, 1) if 0 <= edge + step <= 10_000})
    texts = [*TEXTS, *_codes(written), *_codes(read), *("a" * n for n in edges), *("1" * n for n in edges)]
    for example in examples:
        full = {name: _some(one, written) for name, one in written.get("properties", {}).items()} | example
        alternatives = [set(one["required"]) for one in written.get("oneOf", ())]
        for start in (example, full):
            for chosen in alternatives or [set()]:
                others = set().union(*alternatives) - chosen
                base = {name: value for name, value in start.items() if name not in others}
                base |= {name: full[name] for name in chosen if name not in base}
                yield base
                yield from _around(base, written, written, texts, edges)


def _around(base: Json, schema: Json, root: Json, texts: list[str], edges: list[int]) -> Iterator[Json]:
    for name in list(base):
        yield {key: value for key, value in base.items() if key != name}
    for name, one in schema.get("properties", {}).items():
        for value in _values(one, root, texts, edges, base.get(name)):
            yield {**base, name: value}


def _values(schema: Json, root: Json, texts: list[str], edges: list[int], held: Any) -> Iterator[Any]:
    schema = _resolved(schema, root)
    if "anyOf" in schema:
        for one in schema["anyOf"]:
            yield from _values(one, root, texts, edges, held)
        return
    match schema.get("type"):
        case "object":
            inner = held if isinstance(held, dict) else {name: _some(one, root) for name, one in schema.get("properties", {}).items()}
            yield inner
            yield from _around(inner, schema, root, texts, edges)
        case "array":
            yield []
            yield [_some(schema.get("items", {}), root)]
        case "string":
            yield from ("01936b2e-8c00-7000-8000-0000000000a1", "2026-04-15", "2026-04-15T10:00:00+02:00", "2026-04-15T08:00:00Z", "", *texts)
        case "integer" | "number":
            yield from (-1, 0, 1, *edges)
        case "boolean":
            yield from (True, False)
        case "null":
            yield None
        case _:
            yield from (None, "a", 1)


def _some(schema: Json, root: Json) -> Any:
    """One value that follows the schema, where the type alone decides."""
    schema = _resolved(schema, root)
    if "anyOf" in schema:
        return _some(next((one for one in schema["anyOf"] if one.get("type") != "null"), {"type": "null"}), root)
    if "enum" in schema:
        return schema["enum"][0]
    match schema.get("type"):
        case "object":
            return {name: _some(one, root) for name, one in schema.get("properties", {}).items()}
        case "array":
            return []
        case "integer" | "number":
            return schema.get("minimum", 0)
        case "boolean":
            return True
        case "null":
            return None
    by_format = {"uuid": "01936b2e-8c00-7000-8000-0000000000a1", "date": "2026-04-15", "date-time": "2026-04-15T10:00:00+02:00"}
    if schema.get("format") in by_format:
        return by_format[schema["format"]]
    fits = Draft202012Validator(schema)
    return next((text for text in (*TEXTS, "a" * schema.get("minLength", 1)) if fits.is_valid(text)), "a")


def _resolved(schema: Json, root: Json) -> Json:
    while "$ref" in schema:
        schema = root["$defs"][schema["$ref"].rsplit("/", 1)[1]]
    return schema


def _bare(schema: Any) -> Any:
    if isinstance(schema, dict):
        return {key: _bare(value) for key, value in schema.items() if key not in SAID or not isinstance(value, str | bool)}
    return [_bare(one) for one in schema] if isinstance(schema, list) else schema


def _nodes(schema: Any) -> Iterator[Json]:
    if isinstance(schema, dict):
        yield schema
        for value in schema.values():
            yield from _nodes(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from _nodes(value)


def _numbers(schema: Json) -> Iterator[int]:
    for node in _nodes(schema):
        yield from (node[word] for word in ("minLength", "maxLength", "minimum", "maximum", "minItems", "maxItems") if isinstance(node.get(word), int))


def _codes(schema: Json) -> Iterator[str]:
    for node in _nodes(schema):
        yield from (code for code in _list(node.get("enum")) if isinstance(code, str))


def _list(value: Any) -> Iterable[Any]:
    return value if isinstance(value, list) else ()


def _patterns(schema: Json, root: Json, where: str = "") -> Iterator[tuple[str, str]]:
    """The pattern of every text that is no code, date or id, with the path of its field; empty where anything goes."""
    for name, one in _resolved(schema, root).get("properties", {}).items():
        here = f"{where}.{name}" if where else name
        for part in (_resolved(branch, root) for branch in (one, *_list(one.get("anyOf")))):
            if part.get("type") == "string" and not {"enum", "format"} & part.keys():
                yield here, part.get("pattern", "")
            yield from _patterns(part, root, here)
