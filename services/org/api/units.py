"""The unit tree: who is where, and how it changes."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import Field

from cg_contracts.base import Instant, Ref
from cg_contracts.org import Labels, UnitKind
from cg_kit.http import AsWritten, Blamed, Body, Done, Door, Refusing, needs
from cg_kit.pure import To
from cg_kit.pure.terms import day_of
from services.org import queries
from services.org.api.shared import STRUCTURE, OnDay, Slug
from services.org.domain import tree
from services.org.domain.unit import Unit, as_known, ending, resolved

router = APIRouter()


class UnitGiven(Body):
    """What is to be true of a unit."""

    slug: Slug
    kind: UnitKind
    parent_id: UUID | None = None
    labels: Labels
    legal_basis: Ref
    head_post_id: UUID | None = None

    def unit(self, unit_id: UUID) -> Unit:
        """The same in the domain's words."""
        return Unit(unit_id, self.slug, self.kind, self.parent_id, self.labels.model_dump(exclude_none=True), self.legal_basis, self.head_post_id)


class NewUnit(UnitGiven):
    """A unit to be established; without `unit_id` it is given one."""

    unit_id: UUID | None = None


class UnitsEstablished(Body):
    """Units that begin to exist on the same day, parents and children together."""

    valid_from: date
    units: Annotated[list[NewUnit], Field(min_length=1, max_length=200)]


class UnitChanged(UnitGiven):
    """How a unit is from a day on; a day in the past is a correction (ORG-6)."""

    valid_from: date


@router.get("/units", summary="The unit tree on a day, as known at an instant")
async def list_units(
    door: Annotated[Door, needs()],
    on: OnDay = None,
    known_at: Annotated[Instant | None, AsWritten, Query(description="As was known then; by default now.")] = None,
) -> queries.units.UnitsSeen:
    """All units of the day, in order of their short name."""
    return queries.units.UnitsSeen(items=await queries.units.units(door, on or day_of(door.now), known_at or door.now))


@router.get("/units/{unit_id}", summary="One unit on a day, as known at an instant")
async def show_unit(
    unit_id: UUID, door: Annotated[Door, needs()], on: OnDay = None, known_at: Annotated[Instant | None, AsWritten, Query()] = None
) -> queries.units.UnitSeen:
    """The unit as it is on that day; of one that has ended by then, the rule says so and each successor is named."""
    when, known = on or day_of(door.now), known_at or door.now
    seen = await queries.units.units(door, when, known)
    found = next((unit for unit in seen if unit.unit_id == unit_id), None)
    if found is None:
        raise await _absent(door, unit_id, when, known)
    return found


@router.get("/units/{unit_id}/successors", summary="What a unit is, or is continued by, on a day")
async def list_successors(unit_id: UUID, door: Annotated[Door, needs()], on: OnDay = None) -> queries.units.UnitsSeen:
    """ORG-9: whoever still names a unit that has ended finds here what it means on that day; nothing, when it ended without a successor."""
    when, state = on or day_of(door.now), await _tree(door)
    if not any(version.unit.unit_id == unit_id for version in state.versions):
        raise door.missing("ORG-UNIT")
    heirs = resolved(state.versions, unit_id, when)
    return queries.units.UnitsSeen(items=[unit for unit in await queries.units.units(door, when, door.now) if unit.unit_id in heirs])


@router.get("/units/{unit_id}/versions", summary="All that was ever known of a unit")
async def list_versions(unit_id: UUID, door: Annotated[Door, needs(*STRUCTURE)]) -> queries.units.UnitsSeen:
    """Every version, also those that were superseded."""
    items = await queries.units.versions(door, unit_id)
    if not items:
        raise door.missing("ORG-UNIT")
    return queries.units.UnitsSeen(items=items)


@router.post("/units", summary="Establish units")
async def establish_units(body: UnitsEstablished, door: Annotated[Door, needs("org-administrator")]) -> Done:
    """All of them or none; to say again what is so already changes nothing."""
    units = tuple(each.unit(each.unit_id or door.new_id()) for each in body.units)
    return await door.command(To("tree", tree.TREE, tree.Establish(units, body.valid_from, door.now)))


@router.post("/units/{unit_id}/changes", summary="Change or correct a unit from a day on")
async def change_unit(unit_id: UUID, body: UnitChanged, door: Annotated[Door, needs("org-administrator")]) -> Done:
    """Holds until the next change that is already known; what was known before stays readable."""
    found = await door.state("tree", tree.TREE)
    if found is None or tree.unit_on(found[0], unit_id, body.valid_from) is None:
        raise door.missing("ORG-UNIT")
    return await door.command(To("tree", tree.TREE, tree.Change(body.unit(unit_id), body.valid_from, door.now)))


async def _tree(door: Door) -> tree.Tree:
    found = await door.state("tree", tree.TREE)
    return found[0] if found else tree.NEW


async def _absent(door: Door, unit_id: UUID, when: date, known_at: datetime) -> Refusing:
    """Why a unit is not there on a day: it has ended, and then who goes on is named; or it is not known."""
    last = ending(as_known((await _tree(door)).versions, known_at), unit_id, when)
    if last is None:
        return door.missing("ORG-UNIT")
    successors = [Blamed(field="successor_id", mend=str(each)) for each in last.successor_ids]
    return Refusing(404, "ORG-UNIT-ABOLISHED", field="unit_id", errors=successors)
