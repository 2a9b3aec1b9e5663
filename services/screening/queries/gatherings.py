"""Events, and how far the screening for them is."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel

from cg_contracts.screening import ScreeningKind
from cg_kit.http import Door
from services.screening.domain import case, gathering

PROGRESS = """
SELECT count(*) AS asked,
       count(*) FILTER (WHERE status = ANY ($2)) AS undecided,
       count(*) FILTER (WHERE status = 'CONSENT_PENDING') AS awaiting_consent,
       count(*) FILTER (WHERE status = ANY ($2) AND state ->> 'late_at' IS NOT NULL) AS late,
       count(*) FILTER (WHERE state #>> '{decision,outcome}' = 'positive') AS positive,
       count(*) FILTER (WHERE state #>> '{decision,outcome}' = 'negative') AS negative,
       count(*) FILTER (WHERE status = 'CLOSED_NO_CONSENT') AS no_consent,
       count(*) FILTER (WHERE status = 'CANCELLED') AS cancelled
  FROM case_state WHERE state #>> '{occasion,event_id}' = $1
"""

UNDECIDED = """
SELECT id FROM case_state WHERE state #>> '{occasion,event_id}' = $1 AND status = ANY ($2) AND id > $3 ORDER BY id LIMIT $4
"""


class Progress(BaseModel):
    """How many of those asked for are decided. Who is undecided when the event starts has no access, and their case is cancelled."""

    asked: int
    undecided: int
    awaiting_consent: int
    late: int
    positive: int
    negative: int
    no_consent: int
    cancelled: int


class EventSeen(BaseModel):
    """An event with its progress."""

    event_id: UUID
    version: int
    status: gathering.Status
    kind: ScreeningKind
    purpose: str
    place: str
    starts_at: datetime
    ends_at: datetime
    officers: list[UUID]
    persons: int
    progress: Progress


class Undecided(BaseModel):
    """Cases of an event that are still to be decided, in order of their id; `next` is where the next page begins."""

    items: list[UUID]
    next: UUID | None


async def event_seen(door: Door, event_id: UUID, state: gathering.Gathering, version: int) -> EventSeen:
    """An event as it stands now."""
    assert state.kind
    assert state.occasion
    (row,) = await door.fetch(PROGRESS, str(event_id), sorted(case.UNDECIDED))
    return EventSeen(
        event_id=event_id,
        version=version,
        status=state.status,
        kind=state.kind,
        purpose=state.purpose,
        place=state.occasion.place,
        starts_at=state.occasion.starts_at,
        ends_at=state.occasion.ends_at,
        officers=list(state.officers),
        persons=len(state.persons),
        progress=Progress(**dict(row)),
    )


async def undecided(door: Door, event_id: UUID, after: UUID | None, limit: int) -> Undecided:
    """What is still to be done before the event."""
    rows = await door.fetch(UNDECIDED, str(event_id), sorted(case.UNDECIDED), after or UUID(int=0), limit)
    items = [row["id"] for row in rows]
    return Undecided(items=items, next=items[-1] if len(items) == limit else None)
