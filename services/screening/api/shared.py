"""What routes share."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Annotated, Any
from uuid import UUID

from fastapi import Query
from pydantic import BaseModel, Field, StringConstraints

from cg_contracts.base import Code
from cg_kit.http import Body, Done, Door
from cg_kit.pure import To
from services.screening.domain import case

Purpose = Annotated[Code, Query(description="What it is read for; recorded with the reading.")]
Words = Annotated[str, StringConstraints(min_length=1, max_length=10_000)]

NUMBER = re.compile(r"[A-Z]{0,5}[0-9][0-9/.-]{0,34}")
"""What a unit calls a line or a form: a number of its own, in which no name fits."""

OFFICERS = ("security-officer", "clearance-clerk", "verifier", "decider")
"""Who may be designated to handle a case."""


class OfficersDesignated(Body):
    """Who handles the matter, and so needs to know."""

    officers: Annotated[list[UUID], Field(min_length=1, max_length=20)]


class Reasons(Body):
    """The full reasons, for deciders alone, and those of which the person is notified; or, as a code, why the person is told none."""

    full: Words
    notifiable: Words | None = None
    withheld: Code | None = None


class Held(BaseModel):
    """What an entry of the vault holds; this reading is recorded."""

    held: dict[str, Any]


# What routes share


async def known(door: Door, case_id: UUID) -> tuple[case.Case, int]:
    """A case that exists, with its version."""
    return await door.known("case", case_id)


def must_know(door: Door, state: case.Case) -> None:
    """Only who is designated reads a case, nobody their own (SCR-3), and nobody a sealed one (SCR-13)."""
    if state.sealed_at:
        raise door.deny("SCR-13")
    if door.actor.person_id == state.person_id or door.actor.person_id in state.excluded:
        raise door.deny("SCR-3")
    if door.actor.person_id not in state.officers:
        raise door.deny("SCR-NEED")


async def opened(door: Door, ref: UUID | None, purpose: str) -> dict[str, Any]:
    """What the vault holds under this entry, if there is one."""
    if ref is None:
        raise door.missing()
    return await door.read_vault(ref, purpose)


async def order(door: Door, case_id: UUID, command: case.Command | Callable[[Any], case.Command], personal: dict[str, Any] | None = None) -> Done:
    """A command for a case, if this person may give it; `personal` goes to the vault, and the command gets the entry's id."""
    state, _ = await known(door, case_id)
    refused = case.barred(state, command(None) if callable(command) else command)
    if refused is not None:
        raise door.deny(refused.rule)
    if callable(command):
        make = command
        return await door.command(lambda ref: To("case", case_id, make(ref)), personal=personal, about=state.person_id)
    return await door.command(To("case", case_id, command))
