"""HTTP in to commands, and HTTP out from queries."""

from __future__ import annotations

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from cg_contracts.base import Code, Instant, Ref
from cg_contracts.levels import Level
from cg_contracts.org import Labels, Sensitivity, UnitKind
from cg_kit.http import AsWritten, Done, Door, needs
from cg_kit.pure import To
from services.org import queries
from services.org.domain import post, tree
from services.org.domain.words import day

router = APIRouter()

Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,63}$")]
Limit = Annotated[int, Query(ge=1, le=1000, description="How many at most.")]
OnDay = Annotated[date | None, AsWritten, Query(description="The day asked about; by default today in Brussels.")]

STRUCTURE = ("reader", "org-administrator", "appointing-authority", "hr-officer", "unit-head", "security-officer", "operator")
"""Who may look up units and posts without their holders."""

STAFF = ("org-administrator", "appointing-authority", "hr-officer", "security-officer")
"""Who may see the holders of every post; a unit head sees those of the own subtree."""


class Body(BaseModel):
    """A request body; fields that are not known are refused."""

    model_config = ConfigDict(extra="forbid")


class UnitGiven(Body):
    """What is to be true of a unit."""

    slug: Slug
    kind: UnitKind
    parent_id: UUID | None = None
    labels: Labels
    legal_basis: Ref
    head_post_id: UUID | None = None

    def unit(self, unit_id: UUID) -> tree.Unit:
        """The same in the domain's words."""
        return tree.Unit(unit_id, self.slug, self.kind, self.parent_id, self.labels.model_dump(exclude_none=True), self.legal_basis, self.head_post_id)


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


class ResourceGiven(Body):
    """What a post gives access to, and the level that this takes."""

    code: Code
    required_level: Level | None = None


class PostProposed(Body):
    """A post that there is to be; without `post_id` it is given one."""

    post_id: UUID | None = None
    unit_id: UUID
    role: Code
    labels: Labels
    is_head: bool = False
    sensitivity: Sensitivity
    required_level: Level | None = None
    resources: Annotated[list[ResourceGiven], Field(max_length=20)] = []
    legal_basis: Ref
    valid_from: date

    def seat(self) -> post.Seat:
        """The same in the domain's words."""
        return post.Seat(
            self.unit_id,
            self.role,
            self.labels.model_dump(exclude_none=True),
            self.is_head,
            self.sensitivity,
            self.required_level,
            tuple(post.Resource(each.code, each.required_level) for each in self.resources),
            self.legal_basis,
            self.valid_from,
        )


class AssignmentEnded(Body):
    """Why and from which day on a person no longer holds a post."""

    on: date
    reason_code: Code


@router.get("/units", summary="The unit tree on a day, as known at an instant")
async def list_units(
    door: Annotated[Door, needs()],
    on: OnDay = None,
    known_at: Annotated[Instant | None, AsWritten, Query(description="As was known then; by default now.")] = None,
) -> queries.UnitsSeen:
    """All units of the day, in order of their short name."""
    return queries.UnitsSeen(items=await queries.units(door, on or day(door.now), known_at or door.now))


@router.get("/units/{unit_id}", summary="One unit on a day, as known at an instant")
async def show_unit(
    unit_id: UUID, door: Annotated[Door, needs()], on: OnDay = None, known_at: Annotated[Instant | None, AsWritten, Query()] = None
) -> queries.UnitSeen:
    """The unit as it is on that day."""
    seen = await queries.units(door, on or day(door.now), known_at or door.now)
    found = next((unit for unit in seen if unit.unit_id == unit_id), None)
    if found is None:
        raise door.missing("ORG-UNIT")
    return found


@router.get("/units/{unit_id}/versions", summary="All that was ever known of a unit")
async def list_versions(unit_id: UUID, door: Annotated[Door, needs(*STRUCTURE)]) -> queries.UnitsSeen:
    """Every version, also those that were superseded."""
    items = await queries.versions(door, unit_id)
    if not items:
        raise door.missing("ORG-UNIT")
    return queries.UnitsSeen(items=items)


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


@router.get("/posts", summary="Posts, without their holders")
async def list_posts(
    door: Annotated[Door, needs(*STRUCTURE)],
    vacant: Annotated[bool | None, Query(description="Only those that can be filled now, or only those that cannot.")] = None,
    sensitive: Annotated[bool | None, Query(description="Only those that ask for an advice or a clearance, or only those that do not.")] = None,
    unit_id: Annotated[UUID | None, Query()] = None,
    after: Annotated[UUID | None, Query(description="`next` of the page before.")] = None,
    limit: Limit = 500,
) -> queries.PostsSeen:
    """In order of their id."""
    return await queries.posts(door, after, vacant, sensitive, None if unit_id is None else {unit_id}, limit)


@router.get("/posts/{post_id}", summary="A post with its assignments")
async def show_post(
    post_id: UUID,
    door: Annotated[Door, needs(*STRUCTURE)],
    on: Annotated[date | None, AsWritten, Query(description="Only the assignments of this day.")] = None,
) -> queries.PostSeen:
    """Holders are shown to staff, and to a unit head for the own subtree."""
    state, version = await _post(door, post_id)
    door.tag(version)
    return queries.post_seen(post_id, state, version, on, with_holders=await _sees_holders(door, state))


@router.post("/posts", summary="Propose a post")
async def propose_post(body: PostProposed, door: Annotated[Door, needs("org-administrator")]) -> Done:
    """It exists once somebody else approves it; the unit must exist on its first day."""
    found = await door.state("tree", tree.TREE)
    if found is None or tree.unit_on(found[0], body.unit_id, body.valid_from) is None:
        raise door.missing("ORG-UNIT")
    proposed = post.Open(body.seat(), door.actor.person_id, door.now)
    return await door.command(To("post", body.post_id or door.new_id(), proposed), read={("tree", tree.TREE): found[1]})


@router.post("/posts/{post_id}/approval", summary="Approve a proposed post")
async def approve_post(post_id: UUID, door: Annotated[Door, needs("org-administrator", "appointing-authority")]) -> Done:
    """By somebody else than who proposed it."""
    await _post(door, post_id)
    return await door.command(To("post", post_id, post.Approve(door.actor.person_id, door.now)))


@router.post("/posts/{post_id}/assignments/{assignment_id}/end", summary="End an assignment")
async def end_assignment(post_id: UUID, assignment_id: UUID, body: AssignmentEnded, door: Annotated[Door, needs("hr-officer", "appointing-authority")]) -> Done:
    """At once, or on a day to come."""
    await _assignment(door, post_id, assignment_id)
    return await door.command(To("post", post_id, post.End(assignment_id, body.on, body.reason_code, door.now), matter=assignment_id))


@router.post("/posts/{post_id}/assignments/{assignment_id}/reactivation", summary="Let a suspended person act in the post again")
async def reactivate_assignment(post_id: UUID, assignment_id: UUID, door: Annotated[Door, needs("hr-officer", "appointing-authority")]) -> Done:
    """Never automatic: a valid clearance and a new briefing, or a new advice, are there (ORG-3)."""
    await _assignment(door, post_id, assignment_id)
    return await door.command(To("post", post_id, post.Reactivate(assignment_id, door.now), matter=assignment_id))


@router.get("/entitlements/owed", summary="Suspended access that nobody has confirmed to be off")
async def list_owed(door: Annotated[Door, needs("security-officer", "operator")], limit: Limit = 500) -> queries.OwesSeen:
    """The most urgent first."""
    return await queries.owed(door, limit)


@router.post("/posts/{post_id}/entitlements/{entitlement_id}/revocation", summary="Confirm that access is technically off")
async def confirm_revocation(post_id: UUID, entitlement_id: UUID, door: Annotated[Door, needs("security-officer")]) -> Done:
    """Due within an hour of the suspension; later it is late, and still owed."""
    state, _ = await _post(door, post_id)
    found = post.entitled(state, entitlement_id)
    if found is None:
        raise door.missing("ORG-ENTITLEMENT")
    return await door.command(To("post", post_id, post.ConfirmRevocation(entitlement_id, door.now), matter=found[0].id))


@router.get("/persons", summary="Persons, without their names")
async def list_persons(
    door: Annotated[Door, needs("hr-officer", "org-administrator", "appointing-authority", "operator")],
    unassigned: Annotated[bool | None, Query(description="Only those present who hold no post and are proposed for none, or only the others.")] = None,
    after: Annotated[UUID | None, Query(description="`next` of the page before.")] = None,
    limit: Limit = 500,
) -> queries.PersonsSeen:
    """In order of their id."""
    return await queries.persons(door, after, unassigned, limit)


@router.get("/persons/{person_id}", summary="A person with their appointments, without names")
async def show_person(person_id: UUID, door: Annotated[Door, needs("hr-officer", "appointing-authority", "person")]) -> queries.PersonSeen:
    """Each person sees themselves; staff of the personnel service sees all."""
    if not door.actor.roles & {"hr-officer", "appointing-authority"} and door.actor.person_id != person_id:
        raise door.deny("ORG-NEED-TO-KNOW")
    found = await door.state("person", person_id)
    if found is None:
        raise door.missing("ORG-PERSON")
    door.tag(found[1])
    return queries.person_seen(person_id, *found)


@router.get("/persons/{person_id}/names", summary="A person's names; the reading is recorded with its purpose")
async def read_names(person_id: UUID, purpose: Annotated[Code, Query()], door: Annotated[Door, needs("hr-officer")]) -> queries.NamesSeen:
    """From the vault."""
    found = await door.state("person", person_id)
    if found is None or found[0].vault is None:
        raise door.missing("ORG-PERSON")
    held = await door.read_vault(found[0].vault, purpose)
    return queries.NamesSeen(person_id=person_id, **held["names"])


async def _post(door: Door, post_id: UUID) -> tuple[post.Post, int]:
    found = await door.state("post", post_id)
    if found is None:
        raise door.missing("ORG-POST")
    return found


async def _assignment(door: Door, post_id: UUID, assignment_id: UUID) -> None:
    state, _ = await _post(door, post_id)
    if post.find(state, assignment_id) is None:
        raise door.missing("ORG-ASSIGNMENT")


async def _sees_holders(door: Door, state: post.Post) -> bool:
    if door.actor.roles & set(STAFF):
        return True
    if "unit-head" not in door.actor.roles or state.seat is None:
        return False
    return state.seat.unit_id in await queries.headed_by(door, door.actor.person_id)
