"""What routes share."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints

from cg_contracts.base import Code
from cg_kit.http import Body, Door
from services.innovation.domain.words import Why

Title = Annotated[str, StringConstraints(min_length=3, max_length=200, strip_whitespace=True)]
Words = Annotated[str, StringConstraints(min_length=1, max_length=10_000, strip_whitespace=True)]
Themes = Annotated[list[Code], Field(min_length=1, max_length=10)]

OFFICER, BOARD, UNIT_HEAD, SPONSOR = "innovation-officer", "steering-board", "unit-head", "sponsor"


class Reasoned(Body):
    """A decision with its reason: a code, which may be told outside, and a sentence for whoever it concerns."""

    code: Code
    text: Words

    def why(self, door: Door) -> Why:
        """As the caller's."""
        return Why(self.code, self.text, door.actor.person_id)
