"""What never changes any more: one frozen example of each message, and the contracts as they were released."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from cg_contracts.base import Contract, Request
from cg_contracts.schema import whole_schema

_HERE = Path(__file__).parent
FILES = _HERE if (_HERE / "examples").is_dir() else _HERE.parent
"""The folder with `examples` and `baseline`: inside an installed package, beside it in the repository."""


def path(folder: str, about_type: str) -> Path:
    """The file of a message: `<folder>/<owner>/<Name>.v<N>.json`."""
    *_, owner, name, version = about_type.split(".")
    return FILES / folder / owner / f"{name}.{version}.json"


def example(contract: type[Contract]) -> dict[str, Any]:
    """The frozen example of a message's data. Never edited once released: a change is a new version."""
    data: dict[str, Any] = json.loads(path("examples", contract.about.type).read_text())
    return data


def release(contract: type[Contract]) -> dict[str, Any]:
    """All of a contract that others rely on, as the baseline keeps it."""
    about = contract.about
    return {
        "type": about.type,
        "kind": kind(contract),
        "key": about.key,
        "by": {account: None if kinds is None else sorted(kinds) for account, kinds in sorted(about.by.items())},
        "answers": sorted(about.answers),
        "refusal": about.refusal,
        "numbered": about.numbered,
        "example": example(contract),
        "schema": whole_schema(contract),
    }


def baseline() -> dict[str, dict[str, Any]]:
    """The released contracts by type."""
    released = (json.loads(file.read_text()) for file in sorted((FILES / "baseline").glob("*/*.json")))
    return {one["type"]: one for one in released}


def kind(contract: type[Contract]) -> str:
    """`fact` or `request`."""
    return "request" if issubclass(contract, Request) else "fact"
