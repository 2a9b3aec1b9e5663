"""Units that became others: each reorganisation that took effect, by what it did with units, with how these were before and after."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID

from pydantic import BaseModel

from cg_contracts.org import MappingKind
from cg_kit.http import Door
from cg_kit.pure import named
from cg_kit.pure.terms import day_of
from services.org.domain import tree
from services.org.domain.reorganisation import Status
from services.org.queries.units import UnitSeen, versions


class ChangeSeen(BaseModel):
    """Units that ended or changed so much that they became others, and what came of them."""

    change_id: UUID
    kind: MappingKind
    on: date
    legal_basis: str
    originals: list[UnitSeen]
    results: list[UnitSeen]


async def changes(door: Door, until: date) -> list[ChangeSeen]:
    """Those that took effect by that day, the latest first. A unit that was renamed or moved is still itself: that is no change of this kind."""
    found = await door.state("tree", tree.TREE)
    done = [each for each in found[0].reorganisations if each.status is Status.IN_EFFECT and each.in_effect_at is not None] if found else []
    if not done:
        return []
    known = [version for version in await versions(door) if version.superseded_at is None]

    def on(unit_ids: tuple[UUID, ...], when: date) -> list[UnitSeen]:
        return [unit for unit in known if unit.unit_id in unit_ids and unit.valid_from <= when and (unit.valid_to is None or when < unit.valid_to)]

    return [
        ChangeSeen(
            change_id=named("change", each.id, n),
            kind=mapping.kind,
            on=when,
            legal_basis=each.plan.legal_basis,
            originals=on(mapping.from_ids, when - timedelta(days=1)),
            results=on(mapping.to_ids, when),
        )
        for each in sorted(done, key=lambda each: (each.in_effect_at, each.id), reverse=True)
        if (when := day_of(each.in_effect_at)) <= until
        for n, mapping in enumerate(each.plan.mappings)
        if set(mapping.from_ids) != set(mapping.to_ids)
    ]
