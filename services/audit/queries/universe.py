"""The audit universe, the most urgent first."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime
from uuid import UUID

from pydantic import BaseModel

from cg_contracts.org import UnitKind
from cg_kit.http import Door
from cg_kit.pure.terms import day_of
from services.audit.domain import unit
from services.audit.domain.scale import YEAR, Text, since

UNITS = "SELECT id FROM unit_state WHERE state ->> 'described' IS NOT NULL AND ($1 OR state ->> 'ended_on' IS NULL)"


class RatingSeen(BaseModel):
    """How a process is rated; without a process, the unit as a whole."""

    process: str | None
    inherent_risk: int
    control_maturity: int
    by: UUID
    at: datetime


class SignalSeen(BaseModel):
    """Something that was said of the unit within the year, and how heavy it weighs."""

    signal: str
    said_by: str
    weight: int
    at: datetime


class UnitSeen(BaseModel):
    """A unit with its risk: the higher the score (to 100), the more urgent an audit."""

    unit_id: UUID
    slug: str
    kind: UnitKind
    parent_id: UUID | None
    labels: dict[str, str]
    ended_on: date | None
    head_post_id: UUID | None
    score: int
    ratings: list[RatingSeen]
    signals: list[SignalSeen]
    last_audited_on: date | None
    open_engagements: int
    open_recommendations: int


class Universe(BaseModel):
    """Units, the most urgent first."""

    items: list[UnitSeen]


def unit_seen(unit_id: UUID, it: unit.Unit, at: datetime) -> UnitSeen:
    """A unit as it is shown."""
    described = it.described
    first = since(YEAR, at)
    return UnitSeen(
        unit_id=unit_id,
        slug=described.slug if described else "",
        kind=described.kind if described else UnitKind.UNIT,
        parent_id=described.parent_id if described else None,
        labels=described.labels if described else {},
        ended_on=it.ended_on,
        head_post_id=it.head_post_id,
        score=unit.score(it, at),
        ratings=[
            RatingSeen(process=each.process or None, inherent_risk=each.inherent, control_maturity=each.maturity, by=each.by, at=each.at) for each in it.ratings
        ],
        signals=[
            SignalSeen(signal=each.code, said_by=each.said_by, weight=each.weight, at=each.at) for each in reversed(it.signals) if day_of(each.at) >= first
        ],
        last_audited_on=day_of(it.last_audited_at) if it.last_audited_at else None,
        open_engagements=sum(each.what is unit.What.ENGAGEMENT for each in it.open),
        open_recommendations=sum(each.what is unit.What.RECOMMENDATION for each in it.open),
    )


async def units(door: Door, ended: bool = False) -> dict[UUID, unit.Unit]:
    """All units that org has told of."""
    ids = [row["id"] for row in await door.fetch(UNITS, ended)]
    return {unit_id: state for unit_id, (state, _) in (await door.states("unit", ids)).items()}


async def universe(door: Door, ended: bool, limit: int) -> Universe:
    """The universe as it stands now."""
    seen = [unit_seen(unit_id, it, door.now) for unit_id, it in (await units(door, ended)).items()]
    return Universe(items=sorted(seen, key=lambda each: (-each.score, each.slug))[:limit])


async def labels(door: Door, unit_ids: Collection[UUID]) -> dict[UUID, Text]:
    """What these units are called."""
    found = await door.states("unit", list(unit_ids))
    return {unit_id: state.described.labels for unit_id, (state, _) in found.items() if state.described}


async def must_exist(door: Door, unit_ids: Sequence[UUID]) -> None:
    """Each is a unit that lives; raises what says that one is not."""
    found = await door.states("unit", unit_ids)
    if any(each not in found or found[each][0].described is None or found[each][0].ended_on is not None for each in unit_ids):
        raise door.missing("AUD-UNIT")
