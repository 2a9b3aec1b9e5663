"""Clearances, and whether a person's clearance or advice counts."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from cg_contracts.levels import Level
from cg_contracts.screening import NvoOutcome, Scope
from cg_kit.http import Door
from services.screening.domain import application, case, clearance
from services.screening.domain.regime import MARKINGS, whole
from services.screening.queries.cases import CASES_OF_PERSON, states_of
from services.screening.reactions import application_for

CLEARANCES_OF_PERSON = "SELECT id FROM clearance_state WHERE person_id = $1 ORDER BY state ->> 'expires_at', id LIMIT 500"

RECORD_VALIDITY_READ = """
INSERT INTO validity_read (at, actor, roles, person_id, level, purpose, usable) VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING at
"""


class UseSeen(BaseModel):
    """What a clearance is or was needed for, with the briefing for it."""

    model_config = ConfigDict(from_attributes=True)

    request_id: UUID
    requester_ref: str
    since: datetime
    briefed_at: datetime | None
    ended_at: datetime | None


class ClearanceSeen(BaseModel):
    """A clearance in the register of the security officers."""

    clearance_id: UUID
    version: int
    status: clearance.Status
    person_id: UUID
    level: Level
    markings: list[str]
    """What the holder may see, in the words of each scope."""
    granted_at: datetime
    expires_at: datetime
    briefed_at: datetime | None
    renewal: list[clearance.Milestone]
    notified_at: datetime | None
    appeal_until: datetime | None
    needed_for: list[UseSeen]
    review_before: datetime | None
    renews: UUID | None
    renewals: list[UUID]
    """The cases by which a new clearance was applied for."""
    renewed_by: UUID | None


class ClearancesSeen(BaseModel):
    """Clearances of one person, the first to expire first."""

    items: list[ClearanceSeen]


class Validity(BaseModel):
    """Whether a person's clearance (or, without a level, positive advice) counts now, up to which level and until when."""

    person_id: UUID
    usable: bool
    level: Level | None
    until: datetime | None


def clearance_seen(clearance_id: UUID, state: clearance.Clearance, version: int) -> ClearanceSeen:
    """A clearance with the milestones that it has passed."""
    assert state.person_id
    assert state.level
    assert state.granted_at
    assert state.expires_at
    return ClearanceSeen(
        clearance_id=clearance_id,
        version=version,
        status=state.status,
        person_id=state.person_id,
        level=state.level,
        markings=[MARKINGS[scope][state.level] for scope in whole(state.scopes)],
        granted_at=state.granted_at,
        expires_at=state.expires_at,
        briefed_at=state.briefed_at,
        renewal=list(state.passed),
        notified_at=state.notified_at,
        appeal_until=state.appeal_until,
        needed_for=[UseSeen.model_validate(use) for use in clearance.needs(state)],
        review_before=state.review_at,
        renews=state.renews,
        renewals=list(state.renewals),
        renewed_by=state.renewed_by,
    )


async def clearances(door: Door, person_id: UUID) -> ClearancesSeen:
    """All clearances that a person has or had."""
    return ClearancesSeen(items=[clearance_seen(*found) for found in await states_of(door, "clearance", CLEARANCES_OF_PERSON, person_id)])


async def is_over(door: Door, case_id: UUID, read: dict[tuple[str, UUID], int]) -> bool:
    """Whether an application for renewal has ended without a new clearance; notes in `read` what that rests on."""
    found = await door.state("case", case_id)
    if found is None:
        return False
    read["case", case_id] = found[1]
    if found[0].status in {case.Status.CLOSED_NO_CONSENT, case.Status.CANCELLED}:
        return True
    sent = await door.state("application", application_for(case_id))
    if sent is None:
        return False
    read["application", application_for(case_id)] = sent[1]
    refused = sent[0].decision is not None and sent[0].decision.outcome is NvoOutcome.REFUSED
    return refused or sent[0].status is application.Status.WITHDRAWN_BY_PERSON


async def validity(door: Door, person_id: UUID, level: Level | None, scope: Scope, place: str | None, purpose: str) -> Validity:
    """Yes or no for a purpose; that it was asked, by whom and what for, is recorded first."""
    if level is None:
        held = [state for _, state, _ in await states_of(door, "case", CASES_OF_PERSON, person_id) if case.advice_counts(state, door.now, place)]
        until = max((state.decision.valid_until for state in held), default=None)
        seen = Validity(person_id=person_id, usable=bool(held), level=None, until=until)
    else:
        states = [
            state for _, state, _ in await states_of(door, "clearance", CLEARANCES_OF_PERSON, person_id) if clearance.usable(state, level, door.now, scope)
        ]
        best = max(states, key=lambda state: (state.level.rank, state.expires_at), default=None)
        seen = Validity(person_id=person_id, usable=best is not None, level=best.level if best else None, until=best.expires_at if best else None)
    await door.fetch(RECORD_VALIDITY_READ, door.now, door.actor.person_id, sorted(door.actor.roles), person_id, level, purpose, seen.usable)
    return seen
