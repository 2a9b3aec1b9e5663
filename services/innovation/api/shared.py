"""What routes share."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from fastapi import Query
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from cg_contracts.base import Code
from cg_kit.http import Door
from services.innovation.domain.words import Why

Limit = Annotated[int, Query(ge=1, le=1000, description="How many at most.")]
Title = Annotated[str, StringConstraints(min_length=3, max_length=200, strip_whitespace=True)]
Words = Annotated[str, StringConstraints(min_length=1, max_length=10_000, strip_whitespace=True)]
Themes = Annotated[list[Code], Field(min_length=1, max_length=10)]

OFFICER, BOARD, UNIT_HEAD, SPONSOR = "innovation-officer", "steering-board", "unit-head", "sponsor"


class Body(BaseModel):
    """A request body; fields that are not known are refused."""

    model_config = ConfigDict(extra="forbid")


class Reasoned(Body):
    """A decision with its reason: a code, which may be told outside, and a sentence for whoever it concerns."""

    code: Code
    text: Words

    def why(self, door: Door) -> Why:
        """As the caller's."""
        return Why(self.code, self.text, door.actor.person_id)


async def known(door: Door, kind: str, id_: UUID) -> tuple[Any, int]:
    """What exists, with its version."""
    found = await door.state(kind, id_)
    if found is None:
        raise door.missing()
    return found
