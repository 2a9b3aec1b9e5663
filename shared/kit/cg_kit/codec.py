"""JSON as the journal and the rows of aggregates keep it, of frozen dataclasses, ids, instants, enums; to read it back is pydantic's, which checks."""

from __future__ import annotations

from typing import Any

import msgspec
from pydantic_core import to_jsonable_python

_encode = msgspec.json.Encoder(enc_hook=to_jsonable_python).encode


def json_text(value: Any) -> str:
    """A value as JSON."""
    return _encode(value).decode()
