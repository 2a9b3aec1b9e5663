"""Reports as their handler sees them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel

from cg_kit.http import Door
from services.integrity.domain import report
from services.integrity.queries.desks import Waits, waits

OF_HANDLER = "SELECT id FROM report_state WHERE handler = $1 AND status <> ALL ($2) ORDER BY id LIMIT 1000"

OF_NOBODY = "SELECT id FROM report_state WHERE handler IS NULL AND status <> ALL ($1) ORDER BY id LIMIT 1000"


class ReferralSeen(BaseModel):
    """A referral, and what came of it."""

    referral_id: UUID
    destination: report.Destination
    sent_at: datetime
    answer: report.Answer
    receipt: str | None


class ChangeSeen(BaseModel):
    """Something that both sides see."""

    on: date
    code: str
    side: report.Side
    has_text: bool


class ReportSeen(BaseModel):
    """A report without its texts, which are read apart and on record."""

    report_id: UUID
    version: int
    status: report.Status
    mode: report.Mode
    category: report.Category
    unit_id: UUID | None
    facts_on: date | None
    contact: bool
    received_at: datetime
    clocks: Waits
    named: list[UUID]
    concerns_top: bool
    admissibility: str | None
    referrals: list[ReferralSeen]
    measures: list[dict[str, Any]]
    outcome: report.Outcome | None
    may_know_who: bool
    changes: list[ChangeSeen]


class Mine(BaseModel):
    """What the caller handles, and what nobody has yet and can be claimed."""

    mine: list[Waits]
    unclaimed: list[Waits]


async def mine(door: Door) -> Mine:
    """Open reports of the caller, and of nobody."""
    closed = sorted(set(report.Status) - report.OPEN)
    own = await door.fetch(OF_HANDLER, door.actor.person_id, closed)
    free = await door.fetch(OF_NOBODY, closed)
    states = await door.states("report", [row["id"] for row in (*own, *free)])
    seen = {id_: waits(id_, state) for id_, (state, _) in states.items()}
    return Mine(mine=[seen[row["id"]] for row in own if row["id"] in seen], unclaimed=[seen[row["id"]] for row in free if row["id"] in seen])


def report_seen(report_id: UUID, state: report.Report, version: int) -> ReportSeen:
    """A report as it stands."""
    assert state.received_at
    return ReportSeen(
        report_id=report_id,
        version=version,
        status=state.status,
        mode=state.mode,
        category=state.category,
        unit_id=state.unit_id,
        facts_on=state.facts_on,
        contact=state.contact,
        received_at=state.received_at,
        clocks=waits(report_id, state),
        named=list(state.named),
        concerns_top=state.top,
        admissibility=state.admissibility,
        referrals=[
            ReferralSeen(referral_id=each.id, destination=each.destination, sent_at=each.sent_at, answer=each.answer, receipt=each.receipt)
            for each in state.referrals
        ],
        measures=[
            {"measure_code": each.measure_code, "subject_id": str(each.subject_id), "clearance_relevant": each.clearance_relevant} for each in state.measures
        ],
        outcome=state.outcome,
        may_know_who=state.agreed,
        changes=[ChangeSeen(on=each.on, code=each.code, side=each.side, has_text=each.text is not None) for each in state.changes],
    )
