"""Why anything happened: back to the first cause, and forward to all effects, from the envelopes that were heard."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import BaseModel

from cg_kit.http import Door

DEEPEST = 200
MOST = 2000

# Each step of both recursions is one reading of an index: LATERAL with a LIMIT leaves the planner no other way, however large the table is.

BACK = f"""
WITH RECURSIVE up AS (
  SELECT * FROM (SELECT id, cause, 0 AS depth FROM remembered WHERE id = $1 ORDER BY cause IS NULL LIMIT 1) asked
  UNION ALL
  SELECT c.id, c.cause, up.depth + 1 FROM up
  CROSS JOIN LATERAL (SELECT r.id, r.cause FROM remembered r WHERE r.id = up.cause ORDER BY r.cause IS NULL LIMIT 1) c
  WHERE up.depth < {DEEPEST})
SELECT id, min(depth) AS depth FROM up GROUP BY id
"""

FORWARD = f"""
WITH RECURSIVE down AS (
  SELECT $1::text AS id, 0 AS depth
  UNION
  SELECT e.id, down.depth + 1 FROM down
  CROSS JOIN LATERAL (SELECT DISTINCT r.id FROM remembered r WHERE r.cause = down.id LIMIT {MOST + 1}) e
  WHERE down.depth < {DEEPEST})
SELECT id, depth FROM down WHERE depth > 0 LIMIT {MOST + 1}
"""

ENVELOPES = """
SELECT r.* FROM unnest($1::text[]) u(id)
CROSS JOIN LATERAL (SELECT id, service, step, type, source, subject, at, causationid, correlationid, cause, rule, roles FROM remembered r
                     WHERE r.id = u.id ORDER BY r.step <> 'said', r.at LIMIT 20) r
"""


class TakenSeen(BaseModel):
    """What one service made of it."""

    service: str
    step: str
    at: datetime
    rule: str | None


class StepSeen(BaseModel):
    """A message, a person's command or a deadline. `service`: whose it is; `taken`: what others made of it; `depth`: how many steps from the one asked for."""

    id: str
    type: str
    source: str
    service: str
    step: str
    subject: str | None
    at: datetime
    cause: str | None
    causationid: str | None
    correlationid: str | None
    rule: str | None
    roles: list[str]
    taken: list[TakenSeen]
    depth: int


class WhySeen(BaseModel):
    """`causes`: from the one asked for back to the first; `effects`: all that came of it; `whole`: whether that is all."""

    id: str
    first: str
    causes: list[StepSeen]
    effects: list[StepSeen]
    correlations: list[str]
    whole: bool


async def why(door: Door, id_: str) -> WhySeen | None:
    """The chain around a message, a command or a deadline; None when it was never heard of."""
    back = {row["id"]: row["depth"] for row in await door.fetch(BACK, id_)}
    if not back:
        return None
    forward: dict[str, int] = {}
    rows = await door.fetch(FORWARD, id_)
    for row in rows:
        forward.setdefault(row["id"], row["depth"])
    for known in back:
        forward.pop(known, None)
    envelopes: dict[str, list[Any]] = {}
    for row in await door.fetch(ENVELOPES, [*back, *forward]):
        envelopes.setdefault(row["id"], []).append(row)
    causes = [step(envelopes[each], depth) for each, depth in sorted(back.items(), key=lambda pair: pair[1])]
    effects = sorted((step(envelopes[each], depth) for each, depth in forward.items()), key=lambda each: (each.at, each.depth, each.id))
    correlations = sorted({row["correlationid"] for row in envelopes[id_] if row["correlationid"]})
    return WhySeen(id=id_, first=causes[-1].id, causes=causes, effects=effects, correlations=correlations, whole=len(rows) <= MOST)


def step(rows: list[Any], depth: int) -> StepSeen:
    """One message with all that was made of it: the first row says whose it is."""
    first = rows[0]
    own = first["step"] in {"said", "commanded", "due"}
    return StepSeen(
        id=first["id"],
        type=first["type"],
        source=first["source"],
        service=first["service"],
        step=first["step"],
        subject=first["subject"],
        at=first["at"],
        cause=first["cause"],
        causationid=first["causationid"],
        correlationid=first["correlationid"],
        rule=next((row["rule"] for row in rows if row["rule"]), None),
        roles=(first["roles"] or "").split(),
        taken=[TakenSeen(service=row["service"], step=row["step"], at=row["at"], rule=row["rule"]) for row in rows[1 if own else 0 :]],
        depth=depth,
    )
