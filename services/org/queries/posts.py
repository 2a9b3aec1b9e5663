"""Posts with their assignments, and the access that is still to be taken away."""

from __future__ import annotations

import json
from datetime import date, datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel

from cg_contracts.levels import Level
from cg_contracts.org import AppointmentKind, Labels, Sensitivity
from cg_kit.http import Door
from services.org.domain import absence, post

POSTS = """
SELECT id, version, status, state -> 'seat' AS seat
  FROM post_state
 WHERE id > $1
   AND ($2::boolean IS NULL OR (status = 'vacant') = $2)
   AND ($3::boolean IS NULL OR (sensitivity <> 'none') = $3)
   AND ($4::boolean IS NULL OR is_mandate = $4)
   AND ($5::uuid[] IS NULL OR unit_id = ANY ($5))
 ORDER BY id LIMIT $6
"""

OWED = """
SELECT p.id AS post_id, a ->> 'person_id' AS person_id, e AS entitlement
  FROM post_state p, jsonb_array_elements(p.state -> 'assignments') a, jsonb_array_elements(a -> 'entitlements') e
 WHERE p.owes AND e ->> 'access' = 'suspended'
 ORDER BY e ->> 'revoke_by', e ->> 'id' LIMIT $1
"""

NIL = UUID(int=0)


class ResourceSeen(BaseModel):
    """What a post gives access to, and the level that this takes."""

    code: str
    required_level: Level | None


class PostListed(BaseModel):
    """A post without its holders."""

    post_id: UUID
    version: int
    status: post.Status
    unit_id: UUID
    role: str
    labels: Labels
    is_head: bool
    is_mandate: bool = False
    sensitivity: Sensitivity
    required_level: Level | None
    valid_from: date


class PostsSeen(BaseModel):
    """Posts in order of their id; `next`, when there is more, is what to give as `after`."""

    items: list[PostListed]
    next: UUID | None


class EntitlementSeen(BaseModel):
    """Access to one resource; `revoke_by` is the instant by which it is to be off, `late` that this was missed."""

    entitlement_id: UUID
    resource: str
    required_level: Level | None
    access: post.Access
    reason_code: str | None
    revoke_by: datetime | None
    late: bool
    valid_from: datetime
    valid_to: datetime | None
    recorded_at: datetime


class AbsenceSeen(BaseModel):
    """That the holder is, was or will be away, in [valid_from, valid_to)."""

    valid_from: date
    valid_to: date | None
    reason_code: str
    phase: absence.Phase
    recorded_at: datetime


class AssignmentSeen(BaseModel):
    """One person in a post; that there is a case is shown, never what is in it."""

    assignment_id: UUID
    request_id: UUID
    person_id: UUID
    kind: AppointmentKind
    standing: post.Standing
    reason_code: str | None
    decision_ref: str
    decision_due_at: datetime | None
    late: bool
    valid_from: date
    valid_to: date | None
    recorded_at: datetime
    appeal_won_at: datetime | None
    absences: list[AbsenceSeen]
    entitlements: list[EntitlementSeen]


class PlaceSeen(BaseModel):
    """Where a post was in [valid_from, valid_to), before it moved."""

    unit_id: UUID
    is_head: bool
    valid_from: date
    valid_to: date | None


class PostSeen(PostListed):
    """A post with the assignments of a day (none: all that ever were), to whom it reports, and where it was before."""

    legal_basis: str
    valid_to: date | None
    reports_to_post_id: UUID | None
    earlier: list[PlaceSeen]
    resources: list[ResourceSeen]
    recorded_at: datetime
    assignments: list[AssignmentSeen]


class OwedSeen(EntitlementSeen):
    """Suspended access of which nobody has confirmed that it is technically off."""

    post_id: UUID
    person_id: UUID


class OwesSeen(BaseModel):
    """What is owed, the most urgent first."""

    items: list[OwedSeen]


async def posts(
    door: Door, after: UUID | None, vacant: bool | None, sensitive: bool | None, mandate: bool | None, within: set[UUID] | None, limit: int
) -> PostsSeen:
    """Posts without their holders."""
    rows = await door.fetch(POSTS, after or NIL, vacant, sensitive, mandate, None if within is None else list(within), limit + 1)
    items = [PostListed.model_validate(json.loads(row["seat"]) | {"post_id": row["id"], "version": row["version"], "status": row["status"]}) for row in rows]
    return PostsSeen(items=items[:limit], next=items[limit - 1].post_id if len(items) > limit else None)


async def owed(door: Door, limit: int) -> OwesSeen:
    """Suspended access that is not yet confirmed to be off."""
    rows = await door.fetch(OWED, limit)
    items = [OwedSeen.model_validate(_flat(json.loads(row["entitlement"])) | {"post_id": row["post_id"], "person_id": row["person_id"]}) for row in rows]
    return OwesSeen(items=items)


def post_seen(post_id: UUID, state: post.Post, version: int, on: date | None, reports_to: UUID | None, with_holders: bool) -> PostSeen:
    """A post as its reader may see it."""
    seat = state.seat
    assert seat is not None
    assert state.recorded_at is not None
    of_the_day = (it for it in state.assignments if on is None or (it.valid_from <= on and (it.valid_to is None or on < it.valid_to)))
    return PostSeen(
        post_id=post_id,
        version=version,
        status=state.status,
        unit_id=seat.unit_id,
        role=seat.role,
        labels=Labels.model_validate(seat.labels),
        is_head=seat.is_head,
        is_mandate=seat.is_mandate,
        sensitivity=seat.sensitivity,
        required_level=seat.required_level,
        valid_from=seat.valid_from,
        legal_basis=seat.legal_basis,
        valid_to=seat.valid_to,
        reports_to_post_id=reports_to,
        earlier=[PlaceSeen(unit_id=each.unit_id, is_head=each.is_head, valid_from=each.valid_from, valid_to=each.valid_to) for each in state.earlier],
        resources=[ResourceSeen(code=each.code, required_level=each.required_level) for each in seat.resources],
        recorded_at=state.recorded_at,
        assignments=[_assignment_seen(it) for it in of_the_day] if with_holders else [],
    )


def _assignment_seen(it: post.Assignment) -> AssignmentSeen:
    return AssignmentSeen(
        assignment_id=it.id,
        request_id=it.request_id,
        person_id=it.person_id,
        kind=it.kind,
        standing=it.standing,
        reason_code=it.reason_code,
        decision_ref=it.decision_ref,
        decision_due_at=it.decision_due_at,
        late=it.missed_due_at is not None,
        valid_from=it.valid_from,
        valid_to=it.valid_to,
        recorded_at=it.recorded_at,
        appeal_won_at=it.appeal_won_at,
        absences=[
            AbsenceSeen(valid_from=each.since, valid_to=each.until, reason_code=each.reason_code, phase=each.phase, recorded_at=each.recorded_at)
            for each in it.absences
            if each.superseded_at is None
        ],
        entitlements=[
            EntitlementSeen(
                entitlement_id=each.id,
                resource=each.resource.code,
                required_level=each.resource.required_level,
                access=each.access,
                reason_code=each.reason_code,
                revoke_by=each.revoke_by,
                late=each.late,
                valid_from=each.valid_from,
                valid_to=each.valid_to,
                recorded_at=each.recorded_at,
            )
            for each in it.entitlements
        ],
    )


def _flat(entitlement: dict[str, Any]) -> dict[str, Any]:
    """An entitlement as it lies in the state, with its resource in its own fields."""
    resource = entitlement["resource"]
    return entitlement | {"entitlement_id": entitlement["id"], "resource": resource["code"], "required_level": resource["required_level"]}
