"""Who held a post, and who was responsible for a unit: on a day, as was known at an instant."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from pydantic import BaseModel

from cg_contracts.org import AppointmentKind, Labels, UnitKind
from cg_kit.http import Door
from services.org.domain import absence, post
from services.org.queries import reads
from services.org.queries.units import UnitSeen

EMPTY: dict[str, dict[str, str]] = {
    "no_post": {
        "nl": "Voor deze eenheid is geen ambt aan het hoofd aangewezen.",
        "fr": "Aucun emploi n'est désigné à la tête de cette unité.",
        "en": "No post is named as the head of this unit.",
    },
    "post_unknown": {
        "nl": "Het aangewezen ambt bestond niet, voor zover toen bekend: nog niet goedgekeurd, of afgeschaft.",
        "fr": "L'emploi désigné n'existait pas, d'après ce qui était connu alors : pas encore approuvé, ou supprimé.",
        "en": "The post that is named did not exist, as far as was known then: not approved yet, or abolished.",
    },
    "vacant": {
        "nl": "Niemand bekleedde dit ambt op die dag, voor zover toen bekend.",
        "fr": "Personne n'occupait cet emploi ce jour-là, d'après ce qui était connu alors.",
        "en": "Nobody held this post on that day, as far as was known then.",
    },
}
"""Why nobody is named."""


class HolderSeen(BaseModel):
    """Who held the post in [valid_from, valid_to), as known in [recorded_at, superseded_at).

    `standing`: active; suspended (holds it, may not act); confirmed (is to hold it). `away`: holds it, and was away on that day."""

    assignment_id: UUID
    person_id: UUID
    kind: AppointmentKind
    standing: post.Standing
    away: bool
    valid_from: date
    valid_to: date | None
    recorded_at: datetime
    superseded_at: datetime | None


class HoldersSeen(BaseModel):
    """Who held a post on a day, as was known at an instant; who acts in it first. `why` says why nobody is named."""

    post_id: UUID
    on: date
    known_at: datetime
    holders: list[HolderSeen]
    why: str | None
    texts: dict[str, str] | None


class UnitHeadSeen(BaseModel):
    """A unit, the post at its head, and who held that. `why` says why nobody is named."""

    unit_id: UUID
    slug: str
    kind: UnitKind
    parent_id: UUID | None
    labels: Labels
    head_post_id: UUID | None
    head_labels: Labels | None
    holders: list[HolderSeen]
    why: str | None
    texts: dict[str, str] | None


class ResponsibleSeen(BaseModel):
    """Who was responsible for which unit on a day, as was known at an instant."""

    on: date
    known_at: datetime
    items: list[UnitHeadSeen]


async def holders(door: Door, post_id: UUID, state: post.Post, on: date, known_at: datetime, purpose: str | None) -> HoldersSeen:
    """Who held a post; that it was asked is recorded."""
    found = _seen(state, on, known_at)
    await reads.record(door, "holders", {each.person_id for each in found}, purpose)
    why = None if found else "vacant" if post.is_there(state, on, known_at) else "post_unknown"
    return HoldersSeen(post_id=post_id, on=on, known_at=known_at, holders=found, why=why, texts=EMPTY[why] if why else None)


async def responsible(door: Door, units: list[UnitSeen], on: date, known_at: datetime, purpose: str | None) -> ResponsibleSeen:
    """Who was at the head of these units; that it was asked is recorded."""
    states = await door.states("post", [unit.head_post_id for unit in units if unit.head_post_id is not None])
    items = [_unit_head(unit, states[unit.head_post_id][0] if unit.head_post_id in states else None, on, known_at) for unit in units]
    await reads.record(door, "responsible", {each.person_id for item in items for each in item.holders}, purpose)
    return ResponsibleSeen(on=on, known_at=known_at, items=items)


def _unit_head(unit: UnitSeen, state: post.Post | None, on: date, known_at: datetime) -> UnitHeadSeen:
    there = state is not None and post.is_there(state, on, known_at)
    found = _seen(state, on, known_at) if state is not None else []
    why = None if found else "no_post" if unit.head_post_id is None else "vacant" if there else "post_unknown"
    return UnitHeadSeen(
        unit_id=unit.unit_id,
        slug=unit.slug,
        kind=unit.kind,
        parent_id=unit.parent_id,
        labels=unit.labels,
        head_post_id=unit.head_post_id,
        head_labels=Labels.model_validate(state.seat.labels) if there and state is not None and state.seat is not None else None,
        holders=found,
        why=why,
        texts=EMPTY[why] if why else None,
    )


def _seen(state: post.Post, on: date, known_at: datetime) -> list[HolderSeen]:
    return [
        HolderSeen(
            assignment_id=it.id,
            person_id=it.person_id,
            kind=it.kind,
            standing=spell.standing,
            away=absence.was_away(it.absences, on, known_at),
            valid_from=spell.valid_from,
            valid_to=spell.valid_to,
            recorded_at=spell.recorded_at,
            superseded_at=spell.superseded_at,
        )
        for it, spell in post.holders(state, on, known_at)
    ]
