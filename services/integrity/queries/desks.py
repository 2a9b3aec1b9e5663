"""The desk, and what waits there."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel

from cg_kit.http import Door
from services.integrity.domain import desk, report

OPEN = "SELECT id FROM report_state WHERE status <> ALL ($1) ORDER BY id LIMIT 1000"


class MemberSeen(BaseModel):
    """Somebody at the desk."""

    person_id: UUID
    part: desk.Part
    away: bool
    reports: int


class Waits(BaseModel):
    """An open report of which somebody should know: without handler, late, or near to it."""

    report_id: UUID
    handler: UUID | None
    received_at: datetime
    acknowledge_by: datetime | None
    feedback_by: datetime | None
    acknowledgement: report.Owed
    feedback: report.Owed
    nobody_found: bool
    refer_to_comite_p: bool
    unread: int


class DeskSeen(BaseModel):
    """The desk as it is now."""

    members: list[MemberSeen]
    waits: list[Waits]


async def desk_seen(door: Door) -> DeskSeen:
    """All of it."""
    found = await door.state("desk", desk.DESK)
    state = found[0] if found else desk.NEW
    rows = await door.fetch(OPEN, sorted(set(report.Status) - report.OPEN))
    reports = await door.states("report", [row["id"] for row in rows])
    return DeskSeen(
        members=[MemberSeen(person_id=m.person_id, part=m.part, away=bool(m.away), reports=len(desk.of(state, m.person_id))) for m in state.members],
        waits=[waits(id_, each) for id_, (each, _) in sorted(reports.items())],
    )


def waits(report_id: UUID, state: report.Report) -> Waits:
    """One report, by number and day."""
    assert state.received_at
    return Waits(
        report_id=report_id,
        handler=state.handler,
        received_at=state.received_at,
        acknowledge_by=report.acknowledge_by(state) if state.contact and state.acknowledged_at is None else None,
        feedback_by=report.feedback_by(state) if state.contact and state.feedback_at is None else None,
        acknowledgement=state.acknowledgement,
        feedback=state.feedback,
        nobody_found=state.untended,
        refer_to_comite_p=state.top and not any(each.destination is report.Destination.COMITE_P for each in state.referrals),
        unread=state.unread,
    )
