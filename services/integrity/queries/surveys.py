"""Who took part and what was answered, which nothing joins."""

from __future__ import annotations

import json
from uuid import UUID

from cg_kit.http import Door
from services.integrity.domain.survey import Ballot

TAKE_PART = """
INSERT INTO participation AS p (survey_id, persons) VALUES ($1, ARRAY[$2])
ON CONFLICT (survey_id) DO UPDATE SET persons = (SELECT array_agg(each ORDER BY each) FROM unnest(p.persons || excluded.persons) each)
 WHERE NOT p.persons @> excluded.persons
RETURNING survey_id
"""

CAST = """
INSERT INTO ballot AS b (survey_id, heap, spent, ballots) VALUES ($1, $2, ARRAY[$3], jsonb_build_array($4::jsonb))
ON CONFLICT (survey_id, heap) DO UPDATE
   SET spent = (SELECT array_agg(each ORDER BY each) FROM unnest(b.spent || excluded.spent) each),
       ballots = (SELECT jsonb_agg(each ORDER BY each) FROM jsonb_array_elements(b.ballots || excluded.ballots) each)
 WHERE NOT b.spent @> excluded.spent
RETURNING survey_id
"""

HEAPS = 64
"""Each heap is written as a whole, sorted: what lies in it tells nothing of when it came."""

ALL = "SELECT ballots::text FROM ballot WHERE survey_id = $1"


async def take_part(door: Door, survey_id: UUID, person_id: UUID) -> bool:
    """Notes that somebody takes part; False: they do already."""
    return bool(await door.fetch(TAKE_PART, survey_id, str(person_id)))


async def cast(door: Door, survey_id: UUID, token: bytes, ballot: Ballot) -> bool:
    """Keeps an answer; False: there is one of this token."""
    text = json.dumps({"group": str(ballot.group) if ballot.group else None, "answers": list(ballot.answers)})
    return bool(await door.fetch(CAST, survey_id, token[0] % HEAPS, token.hex(), text))


async def ballots(door: Door, survey_id: UUID) -> list[Ballot]:
    """All answers."""
    found = [each for row in await door.fetch(ALL, survey_id) for each in json.loads(row["ballots"])]
    return [Ballot(UUID(each["group"]) if each["group"] else None, tuple(each["answers"])) for each in found]
