"""Mandates with their terms, commissions and evaluations, each for who may see them."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from asyncpg import Record
from pydantic import BaseModel, TypeAdapter

from cg_contracts.org import EvaluationKind, EvaluationOutcome
from cg_kit.http import Door
from services.org.domain import mandate, person, post
from services.org.queries import reads

SEATED = """
SELECT p.id AS post_id, p.version, m AS mandate
  FROM post_state p, jsonb_array_elements(p.state -> 'mandates') m
 WHERE p.seated <> '[]' AND p.seated @> to_jsonb($1::uuid)
   AND jsonb_path_query_array(m, '$.commissions[*].members[*].person_id') @> to_jsonb($1::uuid)
 ORDER BY m ->> 'recorded_at', m ->> 'id' LIMIT $2
"""

HELD = """
SELECT p.id AS post_id, p.version, m AS mandate
  FROM post_state p, jsonb_array_elements(p.state -> 'mandates') m
 WHERE p.id = ANY ($1::uuid[]) AND m ->> 'person_id' = $2::text AND (m ->> 'begun')::int > 0
 ORDER BY m ->> 'recorded_at', m ->> 'id'
"""

KEPT = TypeAdapter(mandate.Mandate)


class TermSeen(BaseModel):
    """One term, in [starts_on, ends_on)."""

    term_no: int
    starts_on: date
    ends_on: date
    decision_ref: str


class MemberSeen(BaseModel):
    """Who sits in a commission, and as what."""

    person_id: UUID
    capacity: str


class CommissionSeen(BaseModel):
    """A commission and the term it is about (0: the selection)."""

    purpose: mandate.Purpose
    term_no: int
    members: list[MemberSeen]
    recorded_at: datetime


class EvaluationSeen(BaseModel):
    """What was found of a term."""

    kind: EvaluationKind
    term_no: int
    outcome: EvaluationOutcome
    recorded_at: datetime


class MandateSeen(BaseModel):
    """A mandate; `renewal_from` and `renewal_before` say when the holder may ask for renewal of the present term."""

    mandate_id: UUID
    post_id: UUID
    version: int
    stage: mandate.Stage
    person_id: UUID | None
    assignment_id: UUID | None
    vacant_from: date | None
    decision_ref: str
    mission_letter_ref: str | None
    term_no: int
    terms: list[TermSeen]
    commissions: list[CommissionSeen]
    evaluations: list[EvaluationSeen]
    renewal_from: datetime | None
    renewal_before: datetime | None
    ends_on: date | None
    outcome_code: str | None
    ended_on: date | None
    recorded_at: datetime


class MandatesSeen(BaseModel):
    """Mandates, the oldest first."""

    items: list[MandateSeen]


async def seated(door: Door, member: UUID, limit: int) -> MandatesSeen:
    """The mandates of which this person is or was to select or evaluate the holder."""
    return await _seen(door, await door.fetch(SEATED, member, limit))


async def held(door: Door, holder: UUID) -> MandatesSeen:
    """The mandates that this person holds or held."""
    found = await door.state("person", holder)
    if found is None:
        return MandatesSeen(items=[])
    state: person.Person = found[0]
    return await _seen(door, await door.fetch(HELD, list({each.holding.post_id for each in state.appointments}), str(holder)))


async def of_post(door: Door, post_id: UUID, state: post.Post, version: int) -> MandatesSeen:
    """All mandates of a post; that it was asked is recorded."""
    return await _recorded(door, [mandate_seen(post_id, version, each) for each in state.mandates])


async def _seen(door: Door, rows: list[Record]) -> MandatesSeen:
    return await _recorded(door, [mandate_seen(row["post_id"], row["version"], KEPT.validate_json(row["mandate"])) for row in rows])


async def _recorded(door: Door, items: list[MandateSeen]) -> MandatesSeen:
    members = {one.person_id for item in items for each in item.commissions for one in each.members}
    await reads.record(door, "mandates", members | {item.person_id for item in items if item.person_id})
    return MandatesSeen(items=items)


def mandate_seen(post_id: UUID, version: int, it: mandate.Mandate) -> MandateSeen:
    """A mandate as all see it who may see it."""
    opens_at, closes_at = mandate.window(mandate.office(it)) if mandate.runs(it) else (None, None)
    return MandateSeen(
        mandate_id=it.id,
        post_id=post_id,
        version=version,
        stage=it.stage,
        person_id=it.person_id,
        assignment_id=it.assignment_id,
        vacant_from=it.vacant_from,
        decision_ref=it.decision_ref,
        mission_letter_ref=it.mission_letter_ref,
        term_no=it.begun,
        terms=[TermSeen(term_no=each.no, starts_on=each.start, ends_on=each.end, decision_ref=each.decision_ref) for each in it.terms],
        commissions=[
            CommissionSeen(
                purpose=each.purpose,
                term_no=each.term_no,
                members=[MemberSeen(person_id=one.person_id, capacity=one.capacity) for one in each.members],
                recorded_at=each.recorded_at,
            )
            for each in it.commissions
        ],
        evaluations=[EvaluationSeen(kind=each.kind, term_no=each.term_no, outcome=each.outcome, recorded_at=each.recorded_at) for each in it.evaluations],
        renewal_from=opens_at,
        renewal_before=closes_at,
        ends_on=it.leaving.on if it.leaving else None,
        outcome_code=it.leaving.outcome_code if it.leaving else None,
        ended_on=it.ended_on,
        recorded_at=it.recorded_at,
    )
