"""What the head of service keeps an eye on: what is late, what is stuck, and which clearances end."""

from __future__ import annotations

import json
from datetime import datetime
from enum import StrEnum
from typing import Literal
from uuid import UUID

from pydantic import BaseModel

from cg_contracts.levels import Level
from cg_contracts.screening import ScreeningKind as Kind
from cg_kit.http import Door
from cg_kit.pure.terms import day_of
from services.screening.domain import case, clearance, terms
from services.screening.domain.regime import last_day

IDLE_DAYS = {"advice": 10, "certificate": 3, "nuclear": 5, "recruitment": 10, "clearance": 20, "appeal": 15, "aftercare": 20}
"""Days after which something that nobody acts on is said to be idle, by kind (a choice of this house)."""

LATE = """
SELECT 'decision' AS what, id AS case_id, NULL::uuid AS application_id, NULL::uuid AS appeal_id, NULL::uuid AS aftercare_id, NULL::text AS source,
       (state ->> 'decision_due_at')::timestamptz AS due_at, coalesce(state ->> 'first_due_at', state ->> 'decision_due_at')::timestamptz AS first_due_at,
       state ->> 'kind' AS kind
  FROM case_state WHERE state ->> 'late_at' IS NOT NULL AND status = ANY ($1)
UNION ALL
SELECT 'decision', (state ->> 'case_id')::uuid, id, NULL, NULL, NULL,
       (state ->> 'decision_due_at')::timestamptz, coalesce(state ->> 'first_due_at', state ->> 'decision_due_at')::timestamptz, 'clearance'
  FROM application_state WHERE status = 'UNDER_INVESTIGATION' AND state ->> 'late_at' IS NOT NULL
UNION ALL
SELECT 'source', id, NULL, NULL, NULL, c ->> 'source', (c ->> 'due_at')::timestamptz, coalesce(c ->> 'first_due_at', c ->> 'due_at')::timestamptz, NULL
  FROM case_state, jsonb_array_elements(state -> 'checks') c
 WHERE status = 'IN_VERIFICATION' AND (c ->> 'late')::boolean AND c ->> 'result' IS NULL
UNION ALL
SELECT 'appeal', NULL, NULL, id, NULL, NULL, (state ->> 'decision_due_at')::timestamptz, (state ->> 'decision_due_at')::timestamptz, state ->> 'instrument'
  FROM appeal_state WHERE status <> 'DECIDED' AND state ->> 'late_at' IS NOT NULL
UNION ALL
SELECT 'aftercare', NULL, NULL, NULL, id, NULL, (state ->> 'due_at')::timestamptz, (state ->> 'due_at')::timestamptz, NULL
  FROM aftercare_state WHERE status <> 'CONCLUDED' AND state ->> 'late_at' IS NOT NULL
 ORDER BY due_at, case_id LIMIT $2
"""

WATCHED = """
WITH pending AS (
  SELECT state ->> 'kind' AS kind, id, status, coalesce(state ->> 'acted_at', state ->> 'opened_at')::timestamptz AS acted_at,
         state -> 'officers' = '[]' AS unowned,
         state -> 'officers' <> '[]' AND state #>> '{assessment,by}' IS NOT NULL AND status IN ('PREPARED', 'REASSESSMENT')
           AND NOT EXISTS (SELECT FROM jsonb_array_elements_text(state -> 'officers') o WHERE o <> state #>> '{assessment,by}') AS taskless,
         CASE WHEN status = ANY ($1) AND state #>> '{suspensions,-1,resumed_at}' IS NULL
              THEN (state #>> '{suspensions,-1,until}')::timestamptz END AS still_until
    FROM case_state WHERE status = ANY ($2)
  UNION ALL
  SELECT 'appeal', id, status, coalesce(state ->> 'acted_at', state ->> 'posted_on')::timestamptz, coalesce(state -> 'officers' = '[]', true), false, NULL
    FROM appeal_state WHERE status <> 'DECIDED'
  UNION ALL
  SELECT 'aftercare', id, status, coalesce(state ->> 'acted_at', state ->> 'opened_at')::timestamptz, state ->> 'owner' IS NULL,
         status = 'IN_REVIEW' AND NOT jsonb_path_exists(state, '$.tasks[*] ? (@.done_at == null)')
           AND NOT jsonb_path_exists(state, '$.reassessments[*] ? (@.over == false)'), NULL
    FROM aftercare_state WHERE status <> 'CONCLUDED'
)
SELECT what, kind, id, status, since
  FROM pending, LATERAL (VALUES
    ('without_owner', acted_at, unowned),
    ('without_task', acted_at, taskless),
    ('idle', acted_at, acted_at < $3::timestamptz - make_interval(days => ($4::jsonb ->> kind)::int)),
    ('suspended_past_end', still_until, still_until <= $3::timestamptz)) found(what, since, stuck)
 WHERE stuck
 ORDER BY since, id, what LIMIT $5
"""

TO_FORGET = """
SELECT DISTINCT ON (person_id) state ->> 'kind' AS kind, id, status, (state ->> 'sealed_at')::timestamptz AS since, person_id
  FROM case_state WHERE state ->> 'sealed_at' IS NOT NULL AND (SELECT entries FROM kept_of(person_id::text)) > 0
 ORDER BY person_id, since LIMIT $1
"""

ENDING = """
SELECT id AS clearance_id, person_id, state ->> 'level' AS level, (state ->> 'expires_at')::timestamptz AS expires_at,
       state -> 'passed' ->> -1 AS stage, coalesce(jsonb_array_length(state -> 'renewals'), 0) > 0 AS in_renewal
  FROM clearance_state WHERE status IN ('GRANTED', 'ACTIVE') AND state -> 'passed' <> '[]'
 ORDER BY expires_at, id LIMIT $1
"""

UNCOVERED = """
SELECT p.id AS post_id, p.unit_id, p.state ->> 'level' AS required_level,
       (h ->> 'person_id')::uuid AS person_id, (h ->> 'assignment_id')::uuid AS assignment_id,
       last.id AS clearance_id, last.status, last.ended_at
  FROM post_state p
  CROSS JOIN LATERAL jsonb_array_elements(p.state -> 'holders') h
  LEFT JOIN LATERAL (
    SELECT c.id, c.status, (c.state ->> 'ended_at')::timestamptz AS ended_at FROM clearance_state c
     WHERE c.person_id = (h ->> 'person_id')::uuid ORDER BY c.state ->> 'expires_at' DESC LIMIT 1) last ON true
 WHERE p.state ->> 'level' IS NOT NULL AND h ->> 'standing' = 'active'
   AND NOT EXISTS (
     SELECT FROM clearance_state c
      WHERE c.person_id = (h ->> 'person_id')::uuid AND c.status = 'ACTIVE' AND (c.state ->> 'expires_at')::timestamptz > $1
        AND array_position($2::text[], c.state ->> 'level') >= array_position($2::text[], p.state ->> 'level'))
 ORDER BY p.id, person_id LIMIT $3
"""


class LateLine(BaseModel):
    """Something that is late: since when, and by how many days, against the date that holds now and against the first one."""

    what: Literal["decision", "source", "appeal", "aftercare"]
    case_id: UUID | None
    application_id: UUID | None
    appeal_id: UUID | None
    aftercare_id: UUID | None
    source: str | None
    due_at: datetime
    days_late: int
    first_due_at: datetime
    days_late_first: int
    law: str
    article: str
    certainty: terms.Certainty
    """Whether the article was read, is known, is uncertain, or is a choice of this house."""


class LateLines(BaseModel):
    """All that is late, the longest first."""

    items: list[LateLine]


class Stuck(StrEnum):
    """Why something would not go on by itself."""

    WITHOUT_OWNER = "without_owner"
    WITHOUT_TASK = "without_task"
    IDLE = "idle"
    SUSPENDED_PAST_END = "suspended_past_end"
    TO_FORGET = "to_forget"


class WatchLine(BaseModel):
    """Something that is stuck. `kind`: the instrument of a case, or appeal or aftercare; `person_id`: who is to be forgotten."""

    what: Stuck
    kind: str
    id: UUID
    status: str
    since: datetime
    days: int
    person_id: UUID | None = None


class Watch(BaseModel):
    """All that is stuck, the longest first."""

    items: list[WatchLine]


class EndingLine(BaseModel):
    """A clearance of which the end is near: the last milestone it has passed, and whether it is being renewed."""

    clearance_id: UUID
    person_id: UUID
    level: Level
    expires_at: datetime
    stage: clearance.Milestone
    in_renewal: bool


class UncoveredLine(BaseModel):
    """Somebody who acts in a post that asks for a clearance they do not have (any more)."""

    post_id: UUID
    unit_id: UUID
    required_level: Level
    person_id: UUID
    assignment_id: UUID
    clearance_id: UUID | None
    status: clearance.Status | None
    ended_at: datetime | None


class Renewals(BaseModel):
    """The pipeline of renewals, the first to expire first; and who works without, which org is to suspend."""

    ending: list[EndingLine]
    uncovered: list[UncoveredLine]


async def late(door: Door, limit: int) -> LateLines:
    """What is late today."""
    today = day_of(door.now)
    items = []
    for row in await door.fetch(LATE, sorted(case.UNDECIDED), limit):
        said = dict(row)
        kind = said.pop("kind")
        law = terms.basis("ruling" if said["what"] == "appeal" else said["what"], kind and Kind(kind))
        days = {name: (today - last_day(said[of])).days for name, of in (("days_late", "due_at"), ("days_late_first", "first_due_at"))}
        items.append(LateLine(**said, **days, law=law.law, article=law.article, certainty=law.certainty))
    return LateLines(items=items)


async def watch(door: Door, limit: int) -> Watch:
    """What is stuck now."""
    pending = case.UNDECIDED | {case.Status.GRANT_ORDERED, case.Status.REASSESSMENT, case.Status.DECIDED, case.Status.ANSWERED}
    rows = [dict(row) for row in await door.fetch(WATCHED, sorted(case.UNDECIDED), sorted(pending), door.now, json.dumps(IDLE_DAYS), limit)]
    rows += [{"what": Stuck.TO_FORGET, **dict(row)} for row in await door.fetch(TO_FORGET, limit)]
    items = [WatchLine(**row, days=max((day_of(door.now) - day_of(row["since"])).days, 0)) for row in rows]
    return Watch(items=sorted(items, key=lambda item: (item.since, item.id))[:limit])


async def renewals(door: Door, limit: int) -> Renewals:
    """What ends, and who works without."""
    ending = [EndingLine(**dict(row)) for row in await door.fetch(ENDING, limit)]
    uncovered = [UncoveredLine(**dict(row)) for row in await door.fetch(UNCOVERED, door.now, list(Level), limit)]
    return Renewals(ending=ending, uncovered=uncovered)
