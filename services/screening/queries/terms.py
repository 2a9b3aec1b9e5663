"""The terms of a case, of its application and of its clearance, each explained."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Literal
from uuid import UUID

from pydantic import BaseModel

from cg_kit.http import Door
from services.screening.domain import case, terms
from services.screening.reactions import application_for, clearance_of


class TermSeen(BaseModel):
    """A due date with what it starts from, why it ends then, and the law that says so."""

    of: Literal["case", "application", "clearance"]
    name: str
    standing: terms.Standing
    starts_with: str
    start_date: date
    term: str
    raw_date: date
    """The day it ends by counting alone, before weekends and holidays."""
    due_date: date
    due_at: datetime
    """The first instant that is too late."""
    explanation: str
    law: str
    article: str
    certainty: terms.Certainty
    """Whether the article was read, is known, is uncertain, or is a choice of this house."""


class TermsSeen(BaseModel):
    """All terms of a case and what came of it. `counted`: how days are counted."""

    case_id: UUID
    counted: str
    items: list[TermSeen]


async def terms_of(door: Door, case_id: UUID, state: case.Case) -> TermsSeen:
    """The case's own terms, then those of its application, then those of its clearance."""
    items = [*_seen("case", terms.of_case(state, door.now))]
    application_id = application_for(case_id)
    if state.status is case.Status.TRANSMITTED and (sent := await door.state("application", application_id)):
        items += _seen("application", terms.of_application(sent[0], door.now))
        clearance_id = clearance_of(application_id, sent[0])
        if clearance_id and (granted := await door.state("clearance", clearance_id)):
            items += _seen("clearance", terms.of_clearance(granted[0], door.now))
    return TermsSeen(case_id=case_id, counted=terms.COUNTED, items=items)


def _seen(of: Literal["case", "application", "clearance"], found: Iterable[terms.Explained]) -> Iterable[TermSeen]:
    for each in found:
        yield TermSeen(
            of=of,
            name=each.name,
            standing=each.standing,
            starts_with=each.starts_with,
            start_date=each.start_date,
            term=each.term,
            raw_date=each.raw_date,
            due_date=each.due_date,
            due_at=each.due_at,
            explanation=each.explanation,
            law=each.basis.law,
            article=each.basis.article,
            certainty=each.basis.certainty,
        )
