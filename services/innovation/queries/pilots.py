"""Pilots with their gates and guests, what waits for whom, and partners."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from pydantic import BaseModel

from cg_contracts.innovation import AiClass, Colour, Disposal, Gate, PartnerKind
from cg_kit.http import Door
from services.innovation.domain import partner, pilot
from services.innovation.domain.external import Standing

LISTED = """
SELECT id, version, status, idea_id, (state ->> 'unit_id')::uuid AS unit_id, (state ->> 'lead')::uuid AS lead, (state ->> 'ends_on')::date AS ends_on,
       (state ->> 'stalled')::int AS stalled,
       ARRAY(SELECT g ->> 'gate' FROM jsonb_array_elements(state -> 'gates') g
              WHERE status = 'PRECHECKS' AND g ->> 'colour' IS NULL AND NOT (g ->> 'released')::bool) AS waits_for,
       EXISTS (SELECT FROM jsonb_array_elements(state -> 'gates') g WHERE g ->> 'late_at' IS NOT NULL) AS gate_late,
       state ->> 'data_late_at' IS NOT NULL AND state ->> 'disposal' IS NULL AS data_late
  FROM pilot_state WHERE ($1::text IS NULL OR status = $1) AND id > $2 ORDER BY id LIMIT $3
"""

GATES = """
SELECT p.id AS pilot_id, p.idea_id, g ->> 'gate' AS gate, (g ->> 'gate_id')::uuid AS gate_id, (g ->> 'due_at')::timestamptz AS due_at,
       g ->> 'late_at' IS NOT NULL AS late, p.state ->> 'hypothesis' AS hypothesis
  FROM pilot_state p CROSS JOIN LATERAL jsonb_array_elements(p.state -> 'gates') g
 WHERE p.status = 'PRECHECKS' AND g ->> 'gate' = ANY ($1) AND g ->> 'colour' IS NULL AND NOT (g ->> 'released')::bool ORDER BY due_at, p.id LIMIT $2
"""

PARTNERS = """
SELECT id, version, state ->> 'status' AS status, state ->> 'name' AS name, state ->> 'kind' AS kind, (state ->> 'contact')::uuid AS contact,
       (state ->> 'until')::date AS until, ARRAY(SELECT jsonb_array_elements_text(state -> 'themes')) AS theme_codes
  FROM partner_state WHERE ($1::text IS NULL OR state ->> 'status' = $1) AND id > $2 ORDER BY id LIMIT $3
"""


class PilotRow(BaseModel):
    """A pilot in a list; `waits_for`: the gates that have not answered, the visible reason why it does not go on."""

    pilot_id: UUID
    version: int
    status: pilot.Status
    idea_id: UUID
    unit_id: UUID | None
    lead: UUID
    ends_on: date | None
    stalled: int
    waits_for: list[Gate]
    gate_late: bool
    data_late: bool


class Pilots(BaseModel):
    """Pilots in order of their id; `next` is where the next page begins."""

    items: list[PilotRow]
    next: UUID | None


class GateSeen(BaseModel):
    """A gate: of whom it was asked, by when, and what was said."""

    gate: Gate
    gate_id: UUID
    asked_of: str
    role: str | None
    due_at: datetime
    late: bool
    colour: Colour | None
    code: str
    text: str
    account: str
    answered_at: datetime | None
    released: bool


class MeasuredSeen(BaseModel):
    """A measure at an instant."""

    value: Decimal
    at: datetime


class KpiSeen(BaseModel):
    """What is measured, what is aimed at, and what was found."""

    code: str
    target: Decimal
    found: list[MeasuredSeen]


class GuestSeen(BaseModel):
    """Somebody from outside, and whether they may come in now."""

    person_id: UUID
    partner_id: UUID
    standing: Standing
    valid_until: datetime | None
    may_enter: bool


class PilotSeen(BaseModel):
    """A pilot whole."""

    pilot_id: UUID
    version: int
    status: pilot.Status
    idea_id: UUID
    hypothesis: str
    unit_id: UUID | None
    lead: UUID
    sponsor: UUID
    budget: Decimal
    personal_data: bool
    police_systems: bool
    staff_affected: bool
    uses_ai: bool
    ai_class: AiClass | None
    kpis: list[KpiSeen]
    stop_criteria: list[str]
    gates: list[GateSeen]
    waits_for: list[Gate]
    guests: list[GuestSeen]
    cleared_at: datetime | None
    started_at: datetime | None
    ends_on: date | None
    extended: bool
    outcome_code: str | None
    outcome_text: str | None
    data_due_at: datetime | None
    data_late: bool
    disposal: Disposal | None
    proof_ref: str
    stalled: int


class OpenGate(BaseModel):
    """A gate that waits for the caller's answer."""

    pilot_id: UUID
    idea_id: UUID
    gate: Gate
    gate_id: UUID
    due_at: datetime
    late: bool
    hypothesis: str


class OpenGates(BaseModel):
    """Those that wait, most urgent first."""

    items: list[OpenGate]


class PartnerSeen(BaseModel):
    """A partner."""

    partner_id: UUID
    version: int
    status: partner.Status
    name: str
    kind: PartnerKind
    contact: UUID
    until: date | None
    theme_codes: list[str]


class Partners(BaseModel):
    """Partners in order of their id; `next` is where the next page begins."""

    items: list[PartnerSeen]
    next: UUID | None


async def listed(door: Door, status: pilot.Status | None, after: UUID | None, limit: int) -> Pilots:
    """Pilots by their id."""
    rows = await door.fetch(LISTED, status, after or UUID(int=0), limit)
    items = [PilotRow(pilot_id=row["id"], **{k: v for k, v in row.items() if k != "id"}) for row in rows]
    return Pilots(items=items, next=items[-1].pilot_id if len(items) == limit else None)


def seen(door: Door, pilot_id: UUID, state: pilot.Pilot, version: int) -> PilotSeen:
    """A pilot as it stands now."""
    assert state.idea_id
    assert state.lead
    assert state.sponsor
    gates = [
        GateSeen(
            gate=each.gate,
            gate_id=each.gate_id,
            asked_of=pilot.KEEPERS[each.gate].service,
            role=pilot.KEEPERS[each.gate].role,
            due_at=each.due_at,
            late=each.late_at is not None,
            colour=each.colour,
            code=each.code,
            text=each.text,
            account=each.account,
            answered_at=each.answered_at,
            released=each.released,
        )
        for each in state.gates
    ]
    return PilotSeen(
        pilot_id=pilot_id,
        version=version,
        status=state.status,
        idea_id=state.idea_id,
        hypothesis=state.hypothesis,
        unit_id=state.unit_id,
        lead=state.lead,
        sponsor=state.sponsor,
        budget=state.budget,
        personal_data=state.nature.personal_data,
        police_systems=state.nature.police_systems,
        staff_affected=state.nature.staff_affected,
        uses_ai=state.nature.uses_ai,
        ai_class=state.nature.ai_class,
        kpis=[KpiSeen(code=each.code, target=each.target, found=[MeasuredSeen(value=m.value, at=m.at) for m in each.found]) for each in state.kpis],
        stop_criteria=list(state.stop_criteria),
        gates=gates,
        waits_for=[each.gate for each in gates if each.colour is None and not each.released],
        guests=[
            GuestSeen(
                person_id=each.person_id,
                partner_id=each.partner_id,
                standing=each.standing,
                valid_until=each.valid_until,
                may_enter=state.status in pilot.LIVE and pilot.may_enter(each, door.now),
            )
            for each in state.guests
        ],
        cleared_at=state.cleared_at,
        started_at=state.started_at,
        ends_on=state.ends_on,
        extended=state.extended,
        outcome_code=state.outcome.code if state.outcome else None,
        outcome_text=state.outcome.text if state.outcome else None,
        data_due_at=state.data_due_at,
        data_late=state.data_late_at is not None,
        disposal=state.disposal,
        proof_ref=state.proof_ref,
        stalled=state.stalled,
    )


async def open_gates(door: Door, gates: list[Gate], limit: int) -> OpenGates:
    """The gates that the caller's roles answer."""
    return OpenGates(items=[OpenGate(**dict(row)) for row in await door.fetch(GATES, gates, limit)])


async def partners(door: Door, status: partner.Status | None, after: UUID | None, limit: int) -> Partners:
    """Partners by their id."""
    rows = await door.fetch(PARTNERS, status, after or UUID(int=0), limit)
    items = [PartnerSeen(partner_id=row["id"], **{k: v for k, v in row.items() if k != "id"}) for row in rows]
    return Partners(items=items, next=items[-1].partner_id if len(items) == limit else None)
