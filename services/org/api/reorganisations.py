"""Reorganisations: proposed, consulted on, approved by somebody else, scheduled, and what they touch."""

from __future__ import annotations

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import Field

from cg_contracts.base import Code, Ref
from cg_contracts.org import MappingKind
from cg_kit.http import Body, Done, Door, needs
from cg_kit.pure import To
from services.org import queries
from services.org.api.shared import STAFF
from services.org.api.units import UnitGiven
from services.org.domain import reorganisation, tree

router = APIRouter()

READERS = ("org-administrator", "appointing-authority", "hr-officer", "unit-head", "operator")
"""Who may know of a reorganisation before it takes effect."""


class UnitDescribed(UnitGiven):
    """A unit that is new, or different, from the effective date on."""

    unit_id: UUID


class MappingGiven(Body):
    """Units that become others. A unit of `from_unit_ids` that is not in `to_unit_ids` ends; `units` describes those that are new or different."""

    kind: MappingKind
    from_unit_ids: list[UUID] = Field(default_factory=list, max_length=50)
    to_unit_ids: list[UUID] = Field(default_factory=list, max_length=50)
    units: list[UnitDescribed] = Field(default_factory=list, max_length=50)

    def mapping(self) -> reorganisation.Mapping:
        """The same in the domain's words."""
        units = tuple(each.unit(each.unit_id) for each in self.units)
        return reorganisation.Mapping(self.kind, tuple(self.from_unit_ids), tuple(self.to_unit_ids), units)


class PostLineGiven(Body):
    """Where a post goes; with no unit it ends, and a running mandate ends with it only when `ends_mandate` says so."""

    post_id: UUID
    to_unit_id: UUID | None
    ends_mandate: bool = False

    def line(self) -> reorganisation.PostLine:
        """The same in the domain's words."""
        return reorganisation.PostLine(self.post_id, self.to_unit_id, self.ends_mandate)


Lines = Annotated[list[PostLineGiven], Field(max_length=reorganisation.MOST_POSTS)]


class ReorganisationDrafted(Body):
    """A proposal; posts of a unit that ends go to its one successor, each other post needs a line of its own, and with no mapping only posts move or end."""

    reason: Ref
    legal_basis: Ref
    effective_date: date
    mappings: list[MappingGiven] = Field(default_factory=list, max_length=100)
    posts: Lines = Field(default_factory=list)

    def plan(self) -> reorganisation.Plan:
        """The same in the domain's words."""
        mappings = tuple(each.mapping() for each in self.mappings)
        return reorganisation.Plan(self.reason, self.legal_basis, self.effective_date, mappings, tuple(each.line() for each in self.posts))


class NewReorganisation(ReorganisationDrafted):
    """A first proposal; without `reorganisation_id` it is given one."""

    reorganisation_id: UUID | None = None


class UnionsConsulted(Body):
    """When the trade unions were consulted, and where that is on record."""

    held_on: date
    record_ref: Ref


class ReorganisationDated(Body):
    """The day on which it takes effect; by default the one that was proposed."""

    effective_date: date | None = None


class PostsPlaced(Body):
    """Where more posts go."""

    posts: Annotated[Lines, Field(min_length=1)]


class ReorganisationStopped(Body):
    """Why it will not take effect."""

    reason_code: Code


@router.get("/reorganisations", summary="Reorganisations")
async def list_reorganisations(
    door: Annotated[Door, needs(*READERS)], status: Annotated[reorganisation.Status | None, Query()] = None
) -> queries.reorganisations.ReorganisationsSeen:
    """The one that takes effect first comes first."""
    found = await door.state("tree", tree.TREE)
    return queries.reorganisations.reorganisations_seen(found[0] if found else tree.NEW, status)


@router.get("/reorganisations/{reorganisation_id}", summary="A reorganisation as it stands")
async def show_reorganisation(reorganisation_id: UUID, door: Annotated[Door, needs(*READERS)]) -> queries.reorganisations.ReorganisationSeen:
    """Its mappings, who proposed and who approved it, and, when it did not take effect, why."""
    _, version, it = await _found(door, reorganisation_id)
    door.tag(version)
    return queries.reorganisations.reorganisation_seen(it)


@router.get("/reorganisations/{reorganisation_id}/impact", summary="What a reorganisation touches, here and at other services")
async def show_impact(reorganisation_id: UUID, door: Annotated[Door, needs(*READERS)]) -> queries.reorganisations.ImpactSeen:
    """As things stand now, with what has no place yet. Holders are shown to staff, and to a unit head for the own subtree; that they were is recorded."""
    state, version, it = await _found(door, reorganisation_id)
    door.tag(version)
    seen_in = None if door.actor.roles & set(STAFF) else await queries.units.headed_by(door, door.actor.person_id) if "unit-head" in door.actor.roles else set()
    seen = await queries.reorganisations.impact(door, state, it, seen_in)
    await queries.reads.record(door, "impact", {holder.person_id for each in seen.posts for holder in each.holders})
    return seen


@router.post("/reorganisations", summary="Propose a reorganisation")
async def draft_reorganisation(body: NewReorganisation, door: Annotated[Door, needs("org-administrator")]) -> Done:
    """It changes nothing before it was consulted on, approved by somebody else, scheduled, and its day has come."""
    return await _draft(door, body.reorganisation_id or door.new_id(), body.plan())


@router.post("/reorganisations/{reorganisation_id}/revision", summary="Propose a reorganisation otherwise")
async def revise_reorganisation(reorganisation_id: UUID, body: ReorganisationDrafted, door: Annotated[Door, needs("org-administrator")]) -> Done:
    """It is consulted on and approved anew; one that is scheduled is cancelled first."""
    await _found(door, reorganisation_id)
    return await _draft(door, reorganisation_id, body.plan())


@router.post("/reorganisations/{reorganisation_id}/consultation", summary="Enter that the trade unions were consulted")
async def enter_consultation(reorganisation_id: UUID, body: UnionsConsulted, door: Annotated[Door, needs("org-administrator")]) -> Done:
    """Before it is approved."""
    await _found(door, reorganisation_id)
    return await _command(door, reorganisation.Consult(reorganisation_id, body.held_on, body.record_ref, door.now))


@router.post("/reorganisations/{reorganisation_id}/approval", summary="Approve a reorganisation")
async def approve_reorganisation(reorganisation_id: UUID, door: Annotated[Door, needs("appointing-authority")]) -> Done:
    """By somebody else than who proposed it."""
    await _found(door, reorganisation_id)
    return await _command(door, reorganisation.ApproveReorganisation(reorganisation_id, door.actor.person_id, door.now))


@router.post("/reorganisations/{reorganisation_id}/schedule", summary="Give an approved reorganisation its day")
async def schedule_reorganisation(
    reorganisation_id: UUID, body: ReorganisationDated, door: Annotated[Door, needs("org-administrator", "appointing-authority")]
) -> Done:
    """The others are told, and report what they have open; it takes effect as the day begins, unless something here has no place by then (ORG-4)."""
    _, version, it = await _found(door, reorganisation_id)
    seated = await queries.reorganisations.seated(door, it.plan)
    command = reorganisation.Schedule(reorganisation_id, body.effective_date or it.plan.effective_date, seated, door.now)
    return await _command(door, command, version)


@router.post("/reorganisations/{reorganisation_id}/posts", summary="Say where posts go")
async def place_posts(reorganisation_id: UUID, body: PostsPlaced, door: Annotated[Door, needs("org-administrator", "appointing-authority")]) -> Done:
    """After the approval by somebody else than who proposed it, and only for posts that have no place yet."""
    _, version, it = await _found(door, reorganisation_id)
    lines = tuple(each.line() for each in body.posts)
    seated = await queries.reorganisations.seated(door, it.plan, [line.post_id for line in lines])
    return await _command(door, reorganisation.MapPosts(reorganisation_id, lines, seated, door.actor.person_id, door.now), version)


@router.post("/reorganisations/{reorganisation_id}/cancellation", summary="Give up a reorganisation")
async def cancel_reorganisation(
    reorganisation_id: UUID, body: ReorganisationStopped, door: Annotated[Door, needs("org-administrator", "appointing-authority")]
) -> Done:
    """Before it is in effect."""
    await _found(door, reorganisation_id)
    return await _command(door, reorganisation.CancelReorganisation(reorganisation_id, body.reason_code, door.now))


async def _draft(door: Door, reorganisation_id: UUID, plan: reorganisation.Plan) -> Done:
    found = await door.state("tree", tree.TREE)
    seated = await queries.reorganisations.seated(door, plan)
    command = reorganisation.Draft(reorganisation_id, plan, seated, door.actor.person_id, door.now)
    return await _command(door, command, found[1] if found else 0)


async def _found(door: Door, reorganisation_id: UUID) -> tuple[tree.Tree, int, reorganisation.Reorganisation]:
    found = await door.state("tree", tree.TREE)
    it = tree.find(found[0], reorganisation_id) if found else None
    if found is None or it is None:
        raise door.missing("ORG-REORGANISATION")
    return found[0], found[1], it


async def _command(door: Door, command: reorganisation.Command, version: int | None = None) -> Done:
    """`version` is the tree's as the posts were looked up: they may not have been opened, or the plan changed, in between."""
    read = {} if version is None else {("tree", tree.TREE): version}
    return await door.command(To("tree", tree.TREE, command, matter=command.reorganisation_id), read=read)
