"""What is not as it should be in the record: units without a head or with two, assignments that end soon, what hangs on a unit that does not exist."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from pydantic import BaseModel

from cg_contracts.org import Labels
from cg_kit.http import Door
from cg_kit.pure.terms import day_of
from services.org.domain import absence, post
from services.org.queries import reads
from services.org.queries.units import UnitSeen, units
from services.org.queries.zones import zones

HORIZON = timedelta(days=30)
"""An assignment that ends within this time is told (a choice of this house)."""

HEADS = "SELECT id FROM post_state WHERE is_head"

ENDING = """
SELECT p.id AS post_id, p.unit_id, p.state #> '{seat,labels}' AS labels, a ->> 'person_id' AS person_id, (a ->> 'valid_to')::date AS valid_to
  FROM post_state p, jsonb_array_elements(p.state -> 'assignments') a
 WHERE a ->> 'standing' IN ('confirmed', 'active', 'suspended') AND (a ->> 'valid_to')::date <= $1
 ORDER BY valid_to, p.id
"""

HELD = """
SELECT p.unit_id FROM post_state p, jsonb_array_elements(p.state -> 'assignments') a
 WHERE a ->> 'standing' IN ('confirmed', 'active', 'suspended')
"""

POSTS = """
SELECT id, unit_id, state #> '{seat,labels}' AS labels FROM post_state
 WHERE status IN ('vacant', 'reserved', 'filled') AND (state #>> '{seat,valid_from}')::date <= $1
"""

EMPLOYED = """
SELECT p.id AS person_id, (e ->> 'unit_id')::uuid AS unit_id
  FROM person_state p, jsonb_array_elements(p.state -> 'employments') e
 WHERE p.status = 'present' AND e ->> 'superseded_at' IS NULL AND e ->> 'unit_id' IS NOT NULL
   AND (e ->> 'valid_from')::date <= $1 AND (e ->> 'valid_to' IS NULL OR $1 < (e ->> 'valid_to')::date)
"""

CHECKS: dict[str, dict[str, str]] = {
    "no_head": {
        "nl": "Elke eenheid heeft vandaag iemand aan het hoofd.",
        "fr": "Chaque unité a aujourd'hui quelqu'un à sa tête.",
        "en": "Each unit has somebody at its head today.",
    },
    "two_heads": {
        "nl": "Geen eenheid heeft er vandaag twee.",
        "fr": "Aucune unité n'en a deux aujourd'hui.",
        "en": "No unit has two of them today.",
    },
    "ending_soon": {
        "nl": "Geen aanstelling eindigt binnen 30 dagen.",
        "fr": "Aucune désignation ne prend fin dans les 30 jours.",
        "en": "No assignment ends within 30 days.",
    },
    "lost_unit": {
        "nl": "Elke eenheid, elk ambt en elke tewerkstelling hangt aan een eenheid (een ambt: of een zone) die vandaag bestaat.",
        "fr": "Chaque unité, chaque emploi et chaque affectation relève d'une unité (un emploi: ou d'une zone) qui existe aujourd'hui.",
        "en": "Each unit, post and employment belongs to a unit (a post: or to a police zone) that exists today.",
    },
    "lost_link": {
        "nl": "Elke politiezone is verbonden met een directie die vandaag bestaat.",
        "fr": "Chaque zone de police est liée à une direction qui existe aujourd'hui.",
        "en": "Each police zone is linked to a directorate that exists today.",
    },
}
"""What should be true; an alarm says where it is not."""

WHAT: dict[str, dict[str, str]] = {
    "no_post": {"nl": "geen ambt aan het hoofd aangewezen", "fr": "aucun emploi désigné à la tête", "en": "no post is named as its head"},
    "post_unknown": {"nl": "het ambt aan het hoofd bestaat niet", "fr": "l'emploi à la tête n'existe pas", "en": "the post at its head does not exist"},
    "vacant": {"nl": "het ambt aan het hoofd is vacant", "fr": "l'emploi à la tête est vacant", "en": "the post at its head is vacant"},
    "absent": {
        "nl": "wie aan het hoofd staat is geschorst of afwezig, en niemand neemt waar",
        "fr": "le titulaire est suspendu ou absent, et personne ne le remplace",
        "en": "who is at its head is suspended or away, and nobody stands in",
    },
    "two_heads": {"nl": "{many} personen aan het hoofd", "fr": "{many} personnes à la tête", "en": "{many} persons at its head"},
    "ending_soon": {"nl": "aanstelling eindigt op {on}", "fr": "désignation jusqu'au {on}", "en": "assignment ends on {on}"},
    "no_parent": {"nl": "hangt onder geen eenheid die bestaat", "fr": "ne relève d'aucune unité existante", "en": "is under no unit that exists"},
    "post_lost": {"nl": "ambt in een eenheid die niet bestaat", "fr": "emploi dans une unité qui n'existe pas", "en": "post in a unit that does not exist"},
    "zone_unlinked": {
        "nl": "zone verbonden met een eenheid die niet bestaat",
        "fr": "zone liée à une unité qui n'existe pas",
        "en": "police zone linked to a unit that does not exist",
    },
    "employment_lost": {
        "nl": "{many} personen tewerkgesteld in een eenheid die niet bestaat",
        "fr": "{many} personnes affectées à une unité qui n'existe pas",
        "en": "{many} persons employed in a unit that does not exist",
    },
}
"""What is wrong, in words."""


class AlarmSeen(BaseModel):
    """One thing that is not as it should be. Whom it is about is there for who may know, and where it is about somebody."""

    check: str
    what: str
    texts: dict[str, str]
    unit_id: UUID | None
    slug: str | None
    labels: Labels | None
    post_id: UUID | None = None
    zone_id: UUID | None = None
    on: date | None = None
    person_ids: list[UUID] = []


class CheckSeen(BaseModel):
    """What was looked at and what was found: with nothing found, `texts` is what holds, and with nothing looked at there was nothing to find."""

    check: str
    looked_at: int
    found: int
    texts: dict[str, str]


class AlarmsSeen(BaseModel):
    """Each check, also those that found nothing, and each alarm."""

    on: date
    checks: list[CheckSeen]
    items: list[AlarmSeen]


@dataclass(slots=True)
class Found:
    """What one look at the record came to."""

    units: dict[UUID, UnitSeen]
    looked_at: dict[str, int] = field(default_factory=lambda: dict.fromkeys(CHECKS, 0))
    items: list[AlarmSeen] = field(default_factory=list)

    def add(self, check: str, what: str, unit_id: UUID | None, persons: Iterable[UUID] = (), **more: Any) -> None:
        unit = self.units.get(unit_id) if unit_id else None
        persons = sorted(persons)
        texts = {language: text.format(many=len(persons), on=more.get("on")) for language, text in WHAT[what].items()}
        labels = more.pop("labels", None) or (unit.labels if unit else None)
        slug = unit.slug if unit else None
        self.items.append(AlarmSeen(check=check, what=what, texts=texts, unit_id=unit_id, slug=slug, labels=labels, person_ids=persons, **more))


async def alarms(door: Door, within: set[UUID] | None, *, with_persons: bool) -> AlarmsSeen:
    """All that is amiss today, in these units or (none named) everywhere; that somebody was named is recorded."""
    today = day_of(door.now)
    all_units = await units(door, today, door.now)
    found = Found({unit.unit_id: unit for unit in all_units})
    asked = [unit for unit in all_units if within is None or unit.unit_id in within]
    look_at_heads(found, asked, await _head_posts(door), today, door.now)
    await _look_at_ends(found, within, today, door)
    await _look_at_links(found, asked, within, today, door)
    if not with_persons:
        found.items = [item.model_copy(update={"person_ids": []}) for item in found.items]
    await reads.record(door, "alarms", {person for item in found.items for person in item.person_ids})
    checks = [
        CheckSeen(check=check, looked_at=found.looked_at[check], found=sum(item.check == check for item in found.items), texts=texts)
        for check, texts in CHECKS.items()
    ]
    return AlarmsSeen(on=today, checks=checks, items=found.items)


async def _head_posts(door: Door) -> dict[UUID, post.Post]:
    found = await door.states("post", [row["id"] for row in await door.fetch(HEADS)])
    return {id_: state for id_, (state, _) in found.items()}


def look_at_heads(found: Found, asked: Collection[UnitSeen], heads: dict[UUID, post.Post], today: date, known_at: datetime) -> None:
    """Whether somebody acts at the head of each unit, and nobody beside them."""
    of_unit: dict[UUID, set[UUID]] = defaultdict(set)
    for post_id, state in heads.items():
        if state.seat is not None and state.approved_by is not None:
            of_unit[state.seat.unit_id].add(post_id)
    for unit in asked:
        found.looked_at["no_head"] += 1
        found.looked_at["two_heads"] += 1
        posts = of_unit[unit.unit_id] | ({unit.head_post_id} if unit.head_post_id else set())
        held = [(it, spell.standing) for post_id in posts if post_id in heads for it, spell in post.holders(heads[post_id], today, known_at)]
        acting = {it.person_id for it, standing in held if standing is post.Standing.ACTIVE and not absence.is_away(it.absences, today)}
        if len(acting) > 1:
            found.add("two_heads", "two_heads", unit.unit_id, acting)
        if not acting:
            head = heads.get(unit.head_post_id) if unit.head_post_id else None
            unknown = head is None or not post.is_there(head, today, known_at)
            what = "no_post" if unit.head_post_id is None else "post_unknown" if unknown else "absent" if held else "vacant"
            found.add("no_head", what, unit.unit_id, {it.person_id for it, _ in held}, post_id=unit.head_post_id)


async def _look_at_ends(found: Found, within: set[UUID] | None, today: date, door: Door) -> None:
    found.looked_at["ending_soon"] = sum(within is None or row["unit_id"] in within for row in await door.fetch(HELD))
    for row in await door.fetch(ENDING, today + HORIZON):
        if within is None or row["unit_id"] in within:
            labels = Labels.model_validate(json.loads(row["labels"]))
            found.add("ending_soon", "ending_soon", row["unit_id"], [UUID(row["person_id"])], post_id=row["post_id"], on=row["valid_to"], labels=labels)


async def _look_at_links(found: Found, asked: Collection[UnitSeen], within: set[UUID] | None, today: date, door: Door) -> None:
    found.looked_at["lost_unit"] += len(asked)
    for unit in loose(asked, found.units):
        found.add("lost_unit", "no_parent", unit.unit_id)
    if within is not None:
        return  # what belongs to no unit is in nobody's subtree
    of_today = {zone.zone_id: zone for zone in await zones(door, today, door.now)}
    for zone in of_today.values():
        found.looked_at["lost_link"] += 1
        if zone.csd_id not in found.units:
            found.add("lost_link", "zone_unlinked", zone.csd_id, zone_id=zone.zone_id, labels=zone.labels)
    for row in await door.fetch(POSTS, today):
        found.looked_at["lost_unit"] += 1
        if row["unit_id"] not in found.units and row["unit_id"] not in of_today:
            found.add("lost_unit", "post_lost", row["unit_id"], post_id=row["id"], labels=Labels.model_validate(json.loads(row["labels"])))
    lost: dict[UUID, list[UUID]] = defaultdict(list)
    for row in await door.fetch(EMPLOYED, today):
        found.looked_at["lost_unit"] += 1
        if row["unit_id"] not in found.units:
            lost[row["unit_id"]].append(row["person_id"])
    for unit_id, persons in sorted(lost.items()):
        found.add("lost_unit", "employment_lost", unit_id, persons)


def loose(asked: Collection[UnitSeen], there: dict[UUID, UnitSeen]) -> Iterator[UnitSeen]:
    """Units whose parent does not exist, and every root but the first: ORG-1 lets none of them come to be, and here it is looked at."""
    roots = sorted((unit for unit in there.values() if unit.parent_id is None), key=lambda unit: (unit.valid_from, unit.slug))
    for unit in asked:
        if (unit.parent_id is None and unit.unit_id != roots[0].unit_id) or (unit.parent_id is not None and unit.parent_id not in there):
            yield unit
