"""Aftercare cases, to their owner and the head of service."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel

from cg_contracts.screening import Outcome
from cg_kit.http import Door
from services.screening.domain import aftercare, person

AFTERCARE = """
SELECT id FROM aftercare_state
 WHERE id > $2 AND ($1::bool OR status <> 'CONCLUDED') AND ($4::text IS NULL OR state ->> 'owner' = $4) ORDER BY id LIMIT $3
"""


class HadSeen(BaseModel):
    """A case or a clearance that the person had when the report came."""

    thing: person.Thing
    id: UUID


class TaskSeen(BaseModel):
    """Something that is to be done before the conclusion."""

    code: str
    opened_at: datetime
    done_at: datetime | None


class ReassessmentSeen(BaseModel):
    """An advice that is looked at again because of this case."""

    case_id: UUID
    over: bool
    outcome: Outcome | None


class AftercareSeen(BaseModel):
    """An aftercare case; what was said in words is read from the vault."""

    aftercare_id: UUID
    version: int
    status: aftercare.Status
    person_id: UUID
    origin: person.Origin
    category: str
    account: str
    requester_ref: str
    content: bool
    person_had: list[HadSeen]
    opened_at: datetime
    due_at: datetime
    late: bool
    owner: UUID | None
    tasks: list[TaskSeen]
    reassessments: list[ReassessmentSeen]
    authority_ref: str | None
    conclusion: aftercare.Conclusion | None
    concluded_at: datetime | None


class AftercaresSeen(BaseModel):
    """Aftercare cases in order of their id; `next` is where the next page begins."""

    items: list[AftercareSeen]
    next: UUID | None


def aftercare_seen(aftercare_id: UUID, state: aftercare.Aftercare, version: int) -> AftercareSeen:
    """An aftercare case in full."""
    assert state.person_id
    assert state.origin
    assert state.opened_at
    assert state.due_at
    return AftercareSeen(
        aftercare_id=aftercare_id,
        version=version,
        status=state.status,
        person_id=state.person_id,
        origin=state.origin,
        category=state.category,
        account=state.account,
        requester_ref=state.requester_ref,
        content=state.content is not None,
        person_had=[HadSeen(thing=each.thing, id=each.id) for each in state.person_had],
        opened_at=state.opened_at,
        due_at=state.due_at,
        late=state.late_at is not None,
        owner=state.owner,
        tasks=[TaskSeen(code=each.code, opened_at=each.opened_at, done_at=each.done_at) for each in state.tasks],
        reassessments=[ReassessmentSeen(case_id=each.case_id, over=each.over, outcome=each.outcome) for each in state.reassessments],
        authority_ref=state.authority_ref or None,
        conclusion=state.conclusion,
        concluded_at=state.concluded_at,
    )


async def aftercares(door: Door, concluded: bool, after: UUID | None, limit: int) -> AftercaresSeen:
    """All for the head of service; for an officer those they own."""
    owner = None if "head-of-service" in door.actor.roles else str(door.actor.person_id)
    rows = await door.fetch(AFTERCARE, concluded, after or UUID(int=0), limit, owner)
    found = [(row["id"], await door.state("aftercare", row["id"])) for row in rows]
    items = [aftercare_seen(id_, *kept) for id_, kept in found if kept is not None]
    return AftercaresSeen(items=items, next=items[-1].aftercare_id if len(items) == limit else None)
