"""What routes share."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any
from uuid import UUID

from pydantic import StringConstraints

from cg_contracts.base import Code
from cg_kit.http import Body, Done, Door
from cg_kit.pure import To
from cg_kit.pure.terms import day_of
from services.integrity import queries
from services.integrity.domain import desk, report

Words = Annotated[str, StringConstraints(min_length=1, max_length=10_000)]
Short = Annotated[str, StringConstraints(min_length=1, max_length=200)]

AT_THE_DESK = ("integrity-handler", "confidant")
"""Who may handle reports; which ones, the desk says."""


class Text(Body):
    """The same in the languages of the house; Dutch and French are always there."""

    nl: Words
    fr: Words
    en: Words | None = None


async def known(door: Door, report_id: UUID) -> tuple[report.Report, int]:
    """A report that exists, with its version."""
    return await door.known("report", report_id)


async def handled(door: Door, report_id: UUID) -> tuple[report.Report, int]:
    """A report that the caller handles: at the desk, and not in its line as it is known at this moment (INT-3)."""
    state, version = await known(door, report_id)
    if state.handler != door.actor.person_id:
        raise door.deny("INT-HANDLER")
    if state.status is report.Status.ARCHIVED:
        raise door.deny("INT-10")
    at = (await queries.lines.line_of(door, state.named, state.unit_id, facts_day(door, state))).excluded
    if door.actor.person_id in at or door.actor.person_id in state.excluded:
        raise door.deny("INT-3")
    return state, version


async def at_the_desk(door: Door) -> None:
    """The caller is appointed to the desk."""
    found = await door.state("desk", desk.DESK)
    if found is None or desk.member(found[0], door.actor.person_id) is None:
        raise door.deny("INT-DESK")


def facts_day(door: Door, state: report.Report) -> date:
    """The day of the facts, else of the receipt."""
    return state.facts_on or day_of(state.received_at or door.now)


async def order(door: Door, report_id: UUID, command: Any) -> Done:
    """A command about a report that the caller handles."""
    await handled(door, report_id)
    return await door.command(To("report", report_id, command))


class ReasonGiven(Body):
    """Why, as a code, and in words that stay in the vault."""

    reason_code: Code
    reasons: Words
