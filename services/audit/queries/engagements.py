"""Engagements as their team sees them, and findings as the audited unit does."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from pydantic import BaseModel

from cg_contracts.audit import EngagementType, Severity, Theme
from cg_contracts.integrity import MatterCategory
from cg_contracts.levels import Level
from cg_kit.http import Door
from cg_kit.pure.terms import start_of
from services.audit.domain import engagement, finding
from services.audit.domain.engagement import Status
from services.audit.domain.finding import SHOWN, Standing
from services.audit.domain.scale import REPEAT, since

ENGAGEMENTS = """
SELECT id FROM engagement_state
 WHERE ($1::text IS NULL OR status = $1) AND ($2::uuid IS NULL OR state -> 'team' ? ($2::uuid)::text) AND ($3::uuid IS NULL OR id > $3)
 ORDER BY id LIMIT $4
"""

REPEATS = """
SELECT (f ->> 'finding_id')::uuid AS finding_id
  FROM engagement_state e, jsonb_array_elements(e.state -> 'findings') f
 WHERE e.id <> $4 AND e.state -> 'findings' @> jsonb_build_array(jsonb_build_object('said', jsonb_build_object('unit_id', ($1::uuid)::text)))
   AND f #>> '{said,unit_id}' = $1::text AND f #> '{said,themes}' ?| $2::text[] AND f ->> 'standing' = ANY ($5) AND (f ->> 'raised_at')::timestamptz >= $3
 ORDER BY f ->> 'raised_at' DESC LIMIT 20
"""

ON_UNIT = """
SELECT id FROM engagement_state
 WHERE state -> 'findings' @> jsonb_build_array(jsonb_build_object('said', jsonb_build_object('unit_id', ($1::uuid)::text))) ORDER BY id DESC LIMIT 200
"""


class EngagementLine(BaseModel):
    """How far an engagement is."""

    engagement_id: UUID
    kind: EngagementType
    title: dict[str, str]
    unit_ids: list[UUID]
    status: Status
    starts_on: date
    lead: UUID | None
    findings: int
    reply_due_at: datetime | None


class EngagementsSeen(BaseModel):
    """Engagements; `next` begins the next page."""

    items: list[EngagementLine]
    next: UUID | None


class FindingSeen(BaseModel):
    """A finding. `repeats`: earlier ones on a theme in the unit, within three years."""

    finding_id: UUID
    engagement_id: UUID
    unit_id: UUID
    themes: list[Theme]
    severity: Severity
    standing: Standing
    condition: dict[str, str]
    criteria: dict[str, str]
    cause: dict[str, str]
    effect: dict[str, str]
    repeats: list[UUID]
    raised_at: datetime | None
    supersedes: UUID | None
    superseded_by: UUID | None


class FindingsSeen(BaseModel):
    """Findings on a unit, the last first."""

    items: list[FindingSeen]


class EvidenceSeen(BaseModel):
    """A working paper."""

    evidence_id: UUID
    ref: str
    classification: Level | None
    note: str | None
    by: UUID
    at: datetime


class AdviceSeen(BaseModel):
    """A recommendation as it is drafted, or went out."""

    recommendation_id: UUID
    finding_ids: list[UUID]
    unit_id: UUID
    text: dict[str, str]
    priority: Severity
    owner_post_id: UUID | None
    target_on: date | None
    issued_at: datetime | None


class ReplySeen(BaseModel):
    """What a unit said of the draft; without a text it said nothing in time."""

    unit_id: UUID
    text: str | None
    at: datetime


class ReferralSeen(BaseModel):
    """A matter that is somebody else's."""

    matter_id: UUID
    unit_id: UUID
    destination: engagement.Destination
    category: MatterCategory
    facts_on: date | None
    finding_id: UUID | None
    at: datetime
    answer: str | None


class ScopeSeen(BaseModel):
    """What is looked at."""

    objectives: dict[str, str]
    included: dict[str, str]
    excluded: dict[str, str]
    criteria: list[str]


class DeclarationSeen(BaseModel):
    """Who declared to be independent of what, when."""

    person_id: UUID
    unit_id: UUID
    at: datetime


class EngagementSeen(EngagementLine):
    """An engagement with its working papers."""

    version: int
    team: list[UUID]
    scope: ScopeSeen | None
    programme: str
    declarations: list[DeclarationSeen]
    evidence: list[EvidenceSeen]
    all_findings: list[FindingSeen]
    recommendations: list[AdviceSeen]
    referrals: list[ReferralSeen]
    opinion: dict[str, str] | None
    replies: list[ReplySeen]
    final_at: datetime | None


async def engagements(door: Door, status: Status | None, member: UUID | None, after: UUID | None, limit: int) -> EngagementsSeen:
    """A page of engagements, all or those of a member of their teams."""
    ids = [row["id"] for row in await door.fetch(ENGAGEMENTS, status, member, after, limit)]
    states = await door.states("engagement", ids)
    items = [EngagementLine(**_line(each, states[each][0])) for each in ids if each in states]
    return EngagementsSeen(items=items, next=ids[-1] if len(ids) == limit else None)


def engagement_seen(engagement_id: UUID, it: engagement.Engagement, version: int) -> EngagementSeen:
    """An engagement as its team sees it."""
    scope = it.scope
    return EngagementSeen.model_validate(
        {
            **_line(engagement_id, it),
            "version": version,
            "team": it.team,
            "scope": None
            if scope is None
            else {"objectives": scope.objectives, "included": scope.included, "excluded": scope.excluded, "criteria": scope.criteria},
            "programme": it.programme,
            "declarations": [{"person_id": each.person_id, "unit_id": each.unit_id, "at": each.at} for each in it.declarations],
            "evidence": [
                EvidenceSeen(evidence_id=each.evidence_id, ref=each.ref, classification=each.classification, note=each.note, by=each.by, at=each.at)
                for each in it.evidence
            ],
            "all_findings": [finding_seen(engagement_id, each) for each in it.findings],
            "recommendations": [
                AdviceSeen(
                    recommendation_id=each.recommendation_id,
                    finding_ids=list(each.finding_ids),
                    unit_id=each.unit_id,
                    text=each.text,
                    priority=each.priority,
                    owner_post_id=each.owner_post_id,
                    target_on=each.target_on,
                    issued_at=each.issued_at,
                )
                for each in it.advices
            ],
            "referrals": [
                ReferralSeen(
                    matter_id=each.matter_id,
                    unit_id=each.unit_id,
                    destination=each.destination,
                    category=each.category,
                    facts_on=each.facts_on,
                    finding_id=each.finding_id,
                    at=each.at,
                    answer=each.answer,
                )
                for each in it.referrals
            ],
            "opinion": it.opinion,
            "replies": [ReplySeen(unit_id=each.unit_id, text=each.text, at=each.at) for each in it.replies],
            "final_at": it.final_at,
        }
    )


def _line(engagement_id: UUID, it: engagement.Engagement) -> dict[str, object]:
    assert it.brief
    return {
        "engagement_id": engagement_id,
        "kind": it.brief.kind,
        "title": it.brief.title,
        "unit_ids": engagement.scope_units(it),
        "status": it.status,
        "starts_on": it.brief.starts_on,
        "lead": it.lead,
        "findings": sum(each.standing in finding.STANDS for each in it.findings),
        "reply_due_at": it.reply_due_at,
    }


def finding_seen(engagement_id: UUID, it: finding.Finding) -> FindingSeen:
    """A finding as it is shown."""
    return FindingSeen(
        finding_id=it.finding_id,
        engagement_id=engagement_id,
        unit_id=it.said.unit_id,
        themes=list(it.said.themes),
        severity=it.said.severity,
        standing=it.standing,
        condition=it.said.condition,
        criteria=it.said.criteria,
        cause=it.said.cause,
        effect=it.said.effect,
        repeats=list(it.repeats),
        raised_at=it.raised_at,
        supersedes=it.supersedes,
        superseded_by=it.superseded_by,
    )


async def repeats(door: Door, unit_id: UUID, themes: tuple[Theme, ...], engagement_id: UUID) -> tuple[UUID, ...]:
    """Findings of other engagements on one of these themes in the unit, raised within three years."""
    first = start_of(since(REPEAT, door.now))
    rows = await door.fetch(REPEATS, unit_id, [theme.value for theme in themes], first, engagement_id, [each.value for each in finding.STANDS])
    return tuple(row["finding_id"] for row in rows)


async def findings(door: Door, unit_id: UUID) -> FindingsSeen:
    """What the unit may read (AUD-6)."""
    ids = [row["id"] for row in await door.fetch(ON_UNIT, unit_id)]
    states = await door.states("engagement", ids)
    shown = [finding_seen(each, it) for each in ids if each in states for it in states[each][0].findings if it.said.unit_id == unit_id and it.standing in SHOWN]
    return FindingsSeen(items=shown)
