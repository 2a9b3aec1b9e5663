"""The register of recommendations, what is late, and what the commissioner-general has to look at."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from pydantic import BaseModel

from cg_contracts.audit import Decision, RecommendationSource, Severity
from cg_kit.http import Door
from cg_kit.pure.terms import day_of
from services.audit.domain import recommendation
from services.audit.domain.recommendation import OWED, OWN_EXTENSIONS, Status, days_late, extensions
from services.audit.queries import posts

REGISTER = """
SELECT id FROM recommendation_state
 WHERE ($1::text IS NULL OR status = $1) AND ($2::text IS NULL OR state ->> 'source' = $2)
   AND (NOT $3 OR (status = ANY ($6) AND (state ->> 'target_on')::date < $4)) AND ($5::uuid IS NULL OR id > $5)
 ORDER BY id LIMIT $7
"""

MINE = """
SELECT id FROM recommendation_state
 WHERE status <> 'CLOSED' AND (owner_post_id = ANY ($1) OR unit_id = ANY ($2)) ORDER BY state ->> 'target_on', id LIMIT $3
"""

ATTENTION = """
SELECT id FROM recommendation_state
 WHERE status <> 'CLOSED'
   AND (status = 'REJECTED' OR state -> 'unplaced' <> '[]' OR owner_post_id IS NULL OR state #> '{asked,-1,granted}' = 'null'
        OR (status = ANY ($2) AND (state ->> 'target_on')::date < $1::date - 30))
 ORDER BY state ->> 'target_on', id LIMIT 500
"""

CRITICAL = """
SELECT e.id AS engagement_id, (f ->> 'finding_id')::uuid AS finding_id, (f #>> '{said,unit_id}')::uuid AS unit_id, (f ->> 'raised_at')::timestamptz AS raised_at
  FROM engagement_state e, jsonb_array_elements(e.state -> 'findings') f
 WHERE e.state -> 'findings' @> '[{"said": {"severity": "critical"}}]' AND f #>> '{said,severity}' = 'critical' AND f ->> 'standing' IN ('RAISED', 'RESPONDED')
 ORDER BY raised_at, finding_id LIMIT 500
"""


class Line(BaseModel):
    """A recommendation; `days_late` against the date that holds, `days_late_first` against the first one."""

    recommendation_id: UUID
    source: RecommendationSource
    reference: str
    engagement_id: UUID | None
    unit_id: UUID
    owner_post_id: UUID | None
    priority: Severity
    status: Status
    text: dict[str, str]
    response_due_at: datetime
    target_on: date
    first_target_on: date
    extensions: int
    days_late: int
    days_late_first: int


class Register(BaseModel):
    """Recommendations; `next` begins the next page."""

    items: list[Line]
    next: UUID | None = None


class ActionSeen(BaseModel):
    """A step of the plan."""

    action_id: UUID
    text: str
    due_on: date
    percent: int


class AskedSeen(BaseModel):
    """A later date that was asked for; `granted` is empty until it is decided."""

    to: date
    reason: str
    by: UUID
    at: datetime
    granted: bool | None
    decided_by: UUID | None


class AcceptanceSeen(BaseModel):
    """A risk that was accepted, of which content, until when; `lapsed_at` when it is no more."""

    content: str
    review_on: date
    by: UUID
    at: datetime
    lapsed_at: datetime | None


class ClaimSeen(BaseModel):
    """That it was said to be done, and what audit saw."""

    evidence: list[str]
    note: str
    by: UUID
    at: datetime
    verified: bool | None
    verified_by: UUID | None
    verified_at: datetime | None


class RecommendationSeen(Line):
    """A recommendation with its history; `content` is the digest to name when its risk is accepted."""

    finding_ids: list[UUID]
    content: str
    decision: Decision | None
    rationale: str
    actions: list[ActionSeen]
    asked: list[AskedSeen]
    acceptances: list[AcceptanceSeen]
    claims: list[ClaimSeen]
    unplaced: list[UUID]


class CriticalSeen(BaseModel):
    """A critical finding that stands."""

    engagement_id: UUID
    finding_id: UUID
    unit_id: UUID
    raised_at: datetime


class Attention(BaseModel):
    """What the commissioner-general has to look at, the oldest first."""

    critical: list[CriticalSeen]
    late: list[Line]
    to_decide: list[Line]
    """Rejected ones (accept the risk, or overrule) and third extensions."""
    own: list[Line]
    """Those that nobody else answers for, after a reorganisation or because there is no head."""


def line(recommendation_id: UUID, it: recommendation.Recommendation, at: datetime) -> dict[str, object]:
    """What every list says of a recommendation."""
    late, late_first = days_late(it, day_of(at)) if it.status in (*OWED, Status.CLOSED) else (0, 0)
    return {
        "recommendation_id": recommendation_id,
        "source": it.source,
        "reference": it.reference,
        "engagement_id": it.engagement_id,
        "unit_id": it.unit_id,
        "owner_post_id": it.owner_post_id,
        "priority": it.priority,
        "status": it.status,
        "text": it.text,
        "response_due_at": it.response_due_at,
        "target_on": it.target_on,
        "first_target_on": it.first_target_on,
        "extensions": extensions(it),
        "days_late": late,
        "days_late_first": late_first,
    }


def recommendation_seen(recommendation_id: UUID, it: recommendation.Recommendation, at: datetime) -> RecommendationSeen:
    """A recommendation as it is shown."""
    return RecommendationSeen.model_validate(
        {
            **line(recommendation_id, it, at),
            "finding_ids": it.finding_ids,
            "content": it.content,
            "decision": it.decision,
            "rationale": it.rationale,
            "actions": [ActionSeen(action_id=each.action_id, text=each.text, due_on=each.due_on, percent=each.percent) for each in it.actions],
            "asked": [AskedSeen(to=each.to, reason=each.reason, by=each.by, at=each.at, granted=each.granted, decided_by=each.decided_by) for each in it.asked],
            "acceptances": [
                AcceptanceSeen(content=each.content, review_on=each.review_on, by=each.by, at=each.at, lapsed_at=each.lapsed_at) for each in it.acceptances
            ],
            "claims": [
                ClaimSeen(
                    evidence=list(each.evidence),
                    note=each.note,
                    by=each.by,
                    at=each.at,
                    verified=each.verified,
                    verified_by=each.verified_by,
                    verified_at=each.verified_at,
                )
                for each in it.claims
            ],
            "unplaced": it.unplaced,
        }
    )


async def _lines(door: Door, ids: list[UUID]) -> list[Line]:
    states = await door.states("recommendation", ids)
    return [Line.model_validate(line(each, states[each][0], door.now)) for each in ids if each in states]


async def register(door: Door, status: Status | None, source: RecommendationSource | None, late: bool, after: UUID | None, limit: int) -> Register:
    """A page of the register."""
    owed = [each.value for each in OWED]
    rows = await door.fetch(REGISTER, status, source, late, day_of(door.now), after, owed, limit)
    ids = [row["id"] for row in rows]
    return Register(items=await _lines(door, ids), next=ids[-1] if len(ids) == limit else None)


async def mine(door: Door, limit: int) -> Register:
    """Those that the caller answers for, the first due first."""
    held = await posts.held_now(door, door.actor.person_id)
    headed = await posts.headed_by(door, door.actor.person_id)
    return Register(items=await _lines(door, [row["id"] for row in await door.fetch(MINE, list(held), list(headed), limit)]))


async def attention(door: Door) -> Attention:
    """What stands out today."""
    critical = [CriticalSeen(**dict(row)) for row in await door.fetch(CRITICAL)]
    ids = [row["id"] for row in await door.fetch(ATTENTION, day_of(door.now), [each.value for each in OWED])]
    states = await door.states("recommendation", ids)
    seen = {each: Line.model_validate(line(each, states[each][0], door.now)) for each in ids if each in states}
    third = {each for each in seen if (asked := states[each][0].asked) and asked[-1].granted is None and extensions(states[each][0]) >= OWN_EXTENSIONS}
    return Attention(
        critical=critical,
        late=[each for each in seen.values() if each.days_late > 30],
        to_decide=[each for each in seen.values() if each.status is Status.REJECTED or each.recommendation_id in third],
        own=[each for each in seen.values() if each.owner_post_id is None or states[each.recommendation_id][0].unplaced],
    )
