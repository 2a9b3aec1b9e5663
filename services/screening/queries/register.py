"""The register of a unit's security officer: who holds which clearance or advice until when, who renews, and who sits without one."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from pydantic import BaseModel

from cg_contracts.levels import Level
from cg_contracts.org import Sensitivity
from cg_kit.http import Door
from cg_kit.pure.terms import day_of
from services.screening.domain import case, clearance, officer, post

POSTS_OF_UNIT = "SELECT id FROM post_state WHERE unit_id = $1 ORDER BY id LIMIT 1000"

OFFICERS_OF_UNIT = "SELECT id FROM officer_state WHERE state -> 'charges' @> jsonb_build_array(jsonb_build_object('unit_id', $1::text)) ORDER BY id LIMIT 100"

HELD_BY = """
SELECT 'clearance' AS kind, id, person_id FROM clearance_state WHERE person_id = ANY ($1)
UNION ALL
SELECT 'case', id, person_id FROM case_state WHERE person_id = ANY ($1) AND state ->> 'kind' = 'advice'
"""

RECORD_READ = "INSERT INTO register_read (at, actor, roles, unit_id, purpose, persons) VALUES ($1, $2, $3, $4, $5, $6) RETURNING at"

DEEPEST = 10
"""Reorganisations that are followed from a unit to what is there now."""


class Cover(StrEnum):
    """Whether the holder has what the post asks, today."""

    COVERED = "covered"
    ENDING = "ending"
    ENDED = "ended"
    NONE = "none"


class RegisterLine(BaseModel):
    """A holder of a sensitive post. `cover` ended or none while the standing is active: somebody works without what the post asks."""

    post_id: UUID
    role: str
    asks: Sensitivity
    required_level: Level | None
    person_id: UUID
    assignment_id: UUID
    standing: post.Standing
    cover: Cover
    level: Level | None
    until: datetime | None
    clearance_id: UUID | None
    case_id: UUID | None
    in_renewal: bool


class Charged(BaseModel):
    """A security officer of the unit."""

    person_id: UUID
    unit_id: UUID
    since: date
    until: date | None


class Register(BaseModel):
    """The register of a unit as it is now; that it was read, and about whom, is recorded."""

    unit_id: UUID
    officers: list[Charged]
    items: list[RegisterLine]


async def now_of(door: Door, unit_id: UUID) -> set[UUID]:
    """The unit itself, or what came of it when it was reorganised."""
    found, ends = set[UUID](), {unit_id}
    for _ in range(DEEPEST):
        ended = await door.states("unit", sorted(ends))
        found |= ends - ended.keys()
        ends = {each for state, _ in ended.values() for each in state.successors}
        if not ends:
            break
    return found | ends


async def charged(door: Door, person_id: UUID) -> set[UUID]:
    """The units of which a person is the security officer today, as they are after reorganisations."""
    kept = await door.state("officer", person_id)
    units = officer.in_charge(kept[0], day_of(door.now)) if kept else ()
    return {each for unit_id in units for each in await now_of(door, unit_id)}


async def officers_of(door: Door, unit_id: UUID) -> list[Charged]:
    """Who is or is to be the security officer of the unit."""
    rows = await door.fetch(OFFICERS_OF_UNIT, str(unit_id))
    kept = await door.states("officer", [row["id"] for row in rows])
    found = [(person_id, officer.charge(state, unit_id)) for person_id, (state, _) in sorted(kept.items())]
    return [Charged(person_id=person_id, unit_id=unit_id, since=each.since, until=each.until) for person_id, each in found if each]


async def register(door: Door, unit_id: UUID, purpose: str) -> Register:
    """Everybody who holds a sensitive post of the unit; recorded before it is shown."""
    posts = await door.states("post", [row["id"] for row in await door.fetch(POSTS_OF_UNIT, unit_id)])
    persons = sorted({holder.person_id for state, _ in posts.values() for holder in state.holders})
    rows = await door.fetch(HELD_BY, persons)
    kept: dict[str, dict[UUID, tuple[Any, int]]] = {
        kind: await door.states(kind, [row["id"] for row in rows if row["kind"] == kind]) for kind in ("clearance", "case")
    }
    items = []
    for post_id, (state, _) in sorted(posts.items()):
        for holder in state.holders:
            mine = {kind: {id_: found for id_, (found, _) in of.items() if found.person_id == holder.person_id} for kind, of in kept.items()}
            cover = by_clearance(mine["clearance"], state.level, door.now) if state.level else by_advice(mine["case"], door.now)
            items.append(
                RegisterLine(
                    post_id=post_id,
                    role=state.role,
                    asks=state.sensitivity,
                    required_level=state.level,
                    person_id=holder.person_id,
                    assignment_id=holder.assignment_id,
                    standing=holder.standing,
                    **cover,
                )
            )
    await door.fetch(RECORD_READ, door.now, door.actor.person_id, sorted(door.actor.roles), unit_id, purpose, persons)
    return Register(unit_id=unit_id, officers=await officers_of(door, unit_id), items=items)


def by_clearance(held: dict[UUID, clearance.Clearance], needed: Level, now: datetime) -> dict[str, Any]:
    """The clearance that covers the post, or else the last one there was."""
    usable = {id_: each for id_, each in held.items() if clearance.usable(each, needed, now)}
    found = max((usable or held).items(), key=lambda one: (one[1].expires_at, one[0]), default=None)
    if found is None:
        return {"cover": Cover.NONE, "level": None, "until": None, "clearance_id": None, "case_id": None, "in_renewal": False}
    id_, best = found
    ending = clearance.Milestone.APPLY in best.passed
    cover = (Cover.ENDING if ending else Cover.COVERED) if usable else Cover.ENDED if best.status not in clearance.LIVE else Cover.NONE
    renews = bool(best.renewals) and best.status in clearance.LIVE
    return {"cover": cover, "level": best.level, "until": best.expires_at, "clearance_id": id_, "case_id": None, "in_renewal": renews}


def by_advice(held: dict[UUID, case.Case], now: datetime) -> dict[str, Any]:
    """The advice that counts, or else the last positive one."""
    positive = {id_: each for id_, each in held.items() if each.decision and each.decision.valid_until and each.occasion is None}
    counting = {id_: each for id_, each in positive.items() if case.advice_counts(each, now)}
    found = max((counting or positive).items(), key=lambda one: (one[1].decision.valid_until if one[1].decision else now, one[0]), default=None)
    if found is None or found[1].decision is None:
        return {"cover": Cover.NONE, "level": None, "until": None, "clearance_id": None, "case_id": None, "in_renewal": False}
    cover = Cover.COVERED if counting else Cover.ENDED
    return {"cover": cover, "level": None, "until": found[1].decision.valid_until, "clearance_id": None, "case_id": found[0], "in_renewal": False}
