"""Appeals: to the person concerned, and to who prepares the file for the appeal body."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from pydantic import BaseModel

from cg_contracts.screening import AppealOutcome, Ground, Instrument
from cg_kit.http import Door
from services.screening.domain import appeal

APPEALS_OF_PERSON = "SELECT id FROM appeal_state WHERE person_id = $1 ORDER BY state ->> 'posted_on', id LIMIT 500"

ALL_APPEALS = """
SELECT id FROM appeal_state WHERE id > $2 AND ($1::bool OR status <> 'DECIDED') ORDER BY id LIMIT $3
"""

APPEALS_OF_OFFICER = """
SELECT id FROM appeal_state WHERE id > $2 AND ($1::bool OR status <> 'DECIDED') AND state -> 'officers' ? $4::text ORDER BY id LIMIT $3
"""


class MyAppeal(BaseModel):
    """What the person sees of their appeal."""

    appeal_id: UUID
    instrument: Instrument
    status: appeal.Status
    posted_on: date
    decision_before: datetime | None
    consultation_from: date | None
    hearing_at: datetime | None
    outcome: AppealOutcome | None


class MyAppeals(BaseModel):
    """All appeals of the person who asks, the oldest first."""

    items: list[MyAppeal]


class AppealSeen(BaseModel):
    """An appeal; its motives are with the body and in the vault."""

    appeal_id: UUID
    version: int
    status: appeal.Status
    instrument: Instrument
    ground: Ground
    requester_ref: str
    case_id: UUID | None
    application_id: UUID | None
    clearance_id: UUID | None
    person_id: UUID
    posted_on: date
    in_time: bool
    decision_due_at: datetime
    late: bool
    officers: list[UUID]
    file_sent_at: datetime | None
    removed: list[str]
    consultation_from: date | None
    hearing_at: datetime | None
    heard_at: datetime | None
    decision_ref: str | None
    outcome: AppealOutcome | None
    decided_at: datetime | None


class AppealsSeen(BaseModel):
    """Appeals in order of their id; `next` is where the next page begins."""

    items: list[AppealSeen]
    next: UUID | None


def appeal_seen(appeal_id: UUID, state: appeal.Appeal, version: int) -> AppealSeen:
    """An appeal in full."""
    assert state.instrument
    assert state.ground
    assert state.person_id
    assert state.posted_on
    assert state.decision_due_at
    return AppealSeen(
        appeal_id=appeal_id,
        version=version,
        status=state.status,
        instrument=state.instrument,
        ground=state.ground,
        requester_ref=state.requester_ref,
        case_id=state.target_id if state.target is appeal.Target.CASE else None,
        application_id=state.application_id,
        clearance_id=state.target_id if state.target is appeal.Target.CLEARANCE else None,
        person_id=state.person_id,
        posted_on=state.posted_on,
        in_time=state.in_time,
        decision_due_at=state.decision_due_at,
        late=state.late_at is not None,
        officers=list(state.officers),
        file_sent_at=state.file_sent_at,
        removed=list(state.removed),
        consultation_from=state.consultation_from,
        hearing_at=state.hearing_at,
        heard_at=state.heard_at,
        decision_ref=state.ruling.decision_ref if state.ruling else None,
        outcome=state.ruling.outcome if state.ruling else None,
        decided_at=state.ruling.decided_at if state.ruling else None,
    )


async def my_appeals(door: Door) -> MyAppeals:
    """The appeals of the person who asks."""
    items = []
    for row in await door.fetch(APPEALS_OF_PERSON, door.actor.person_id):
        found = await door.state("appeal", row["id"])
        assert found is not None
        seen = appeal_seen(row["id"], *found)
        items.append(
            MyAppeal(
                appeal_id=seen.appeal_id,
                instrument=seen.instrument,
                status=seen.status,
                posted_on=seen.posted_on,
                decision_before=None if seen.outcome else seen.decision_due_at,
                consultation_from=seen.consultation_from,
                hearing_at=seen.hearing_at,
                outcome=seen.outcome,
            )
        )
    return MyAppeals(items=items)


async def appeals(door: Door, decided: bool, after: UUID | None, limit: int) -> AppealsSeen:
    """All appeals for the head of service; for a clerk those they are designated for."""
    start = after or UUID(int=0)
    if "head-of-service" in door.actor.roles:
        rows = await door.fetch(ALL_APPEALS, decided, start, limit)
    else:
        rows = await door.fetch(APPEALS_OF_OFFICER, decided, start, limit, str(door.actor.person_id))
    found = [(row["id"], await door.state("appeal", row["id"])) for row in rows]
    items = [appeal_seen(id_, *kept) for id_, kept in found if kept is not None]
    return AppealsSeen(items=items, next=items[-1].appeal_id if len(items) == limit else None)
