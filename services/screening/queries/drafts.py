"""Lines of files that wait to be completed."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel

from cg_kit.http import Blamed, Door
from services.screening.domain import draft

INCOMPLETE_OF_UNIT = "SELECT id FROM draft_state WHERE unit_id = $1 AND status = 'INCOMPLETE' AND id > $2 ORDER BY id LIMIT $3"


class LineTaken(BaseModel):
    """A line that is complete, and the case that it opens (for a clearance that the person holds already: none is opened)."""

    line: int
    reference: str
    draft_id: UUID
    case_id: UUID


class LineIncomplete(BaseModel):
    """A line that is kept, and what it misses."""

    line: int
    reference: str
    draft_id: UUID
    missing: list[str]


class IntakeReport(BaseModel):
    """What a table brings, or would bring. Only complete lines are asked for; no term runs for the others."""

    dry_run: bool
    lines: int
    errors: list[Blamed]
    complete: list[LineTaken]
    incomplete: list[LineIncomplete]
    unchanged: int
    """Lines that were submitted before."""


class DraftSeen(BaseModel):
    """A line that waits, without the person."""

    draft_id: UUID
    reference: str
    wanted: draft.Wanted
    missing: list[str]
    entered_at: datetime


class DraftsSeen(BaseModel):
    """Lines of a unit that wait, in order of their id; `next` is where the next page begins."""

    items: list[DraftSeen]
    next: UUID | None


async def incomplete(door: Door, unit_id: UUID, after: UUID | None, limit: int) -> DraftsSeen:
    """What a unit still has to complete."""
    rows = await door.fetch(INCOMPLETE_OF_UNIT, unit_id, after or UUID(int=0), limit)
    kept = await door.states("draft", [row["id"] for row in rows])
    items = [
        DraftSeen(draft_id=id_, reference=state.reference, wanted=state.row.wanted, missing=list(state.missing), entered_at=state.entered_at)
        for id_, (state, _) in sorted(kept.items())
    ]
    return DraftsSeen(items=items, next=items[-1].draft_id if len(items) == limit else None)
