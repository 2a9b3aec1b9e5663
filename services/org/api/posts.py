"""Posts, who holds them, and the access that goes with them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import Field

from cg_contracts.base import Code, Ref
from cg_contracts.levels import Level
from cg_contracts.org import AppointmentKind, Labels, Sensitivity
from cg_kit.http import AsWritten, Body, Done, Door, Limit, Refusing, needs, status_of
from cg_kit.pure import Refused, To
from cg_kit.pure.terms import day_of
from services.org import queries
from services.org.api.shared import STAFF, STRUCTURE, Purpose
from services.org.domain import person, post, tree, zones

router = APIRouter()


class ResourceGiven(Body):
    """What a post gives access to, and the level that this takes."""

    code: Code
    required_level: Level | None = None


class PostProposed(Body):
    """A post that there is to be; without `post_id` it is given one. `unit_id` names the unit that it is in, or the police zone."""

    post_id: UUID | None = None
    unit_id: UUID
    role: Code
    labels: Labels
    is_head: bool = False
    is_mandate: bool = False
    sensitivity: Sensitivity
    required_level: Level | None = None
    resources: list[ResourceGiven] = Field(default_factory=list, max_length=20)
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
            is_mandate=self.is_mandate,
        )


class Appointment(Body):
    """Who is to hold the post, as what, by which act; a detachment has an end, a mandate only when the act gives another term than five years."""

    person_id: UUID
    kind: AppointmentKind
    planned_start: date
    planned_end: date | None = None
    decision_ref: Ref


class AssignmentEnded(Body):
    """Why and from which day on a person no longer holds a post."""

    on: date
    reason_code: Code


@router.get("/posts", summary="Posts, without their holders")
async def list_posts(
    door: Annotated[Door, needs(*STRUCTURE)],
    vacant: Annotated[bool | None, Query(description="Only those that can be filled now, or only those that cannot.")] = None,
    sensitive: Annotated[bool | None, Query(description="Only those that ask for an advice or a clearance, or only those that do not.")] = None,
    mandate: Annotated[bool | None, Query(description="Only those that are held by mandate, or only those that are not.")] = None,
    unit_id: Annotated[UUID | None, Query()] = None,
    after: Annotated[UUID | None, Query(description="`next` of the page before.")] = None,
    limit: Limit = 500,
) -> queries.posts.PostsSeen:
    """In order of their id."""
    return await queries.posts.posts(door, after, vacant, sensitive, mandate, None if unit_id is None else {unit_id}, limit)


@router.get("/posts/{post_id}", summary="A post with its assignments")
async def show_post(
    post_id: UUID,
    door: Annotated[Door, needs(*STRUCTURE)],
    on: Annotated[date | None, AsWritten, Query(description="Only the assignments of this day.")] = None,
    purpose: Purpose = None,
) -> queries.posts.PostSeen:
    """Holders are shown to staff, and to a unit head for the own subtree; that they were is recorded."""
    state, version = await found_post(door, post_id)
    found = await door.state("tree", tree.TREE)
    above = tree.reports_to(found[0], post_id, state.seat.unit_id, on or day_of(door.now)) if found and state.seat else None
    seen = queries.posts.post_seen(post_id, state, version, on, above, with_holders=await sees_holders(door, state))
    await queries.reads.record(door, "post", {each.person_id for each in seen.assignments}, purpose)
    door.tag(version)
    return seen


@router.post("/posts", summary="Propose a post")
async def propose_post(body: PostProposed, door: Annotated[Door, needs("org-administrator")]) -> Done:
    """It exists once somebody else approves it; the unit, or the police zone, must exist on its first day, and still."""
    read = await _place(door, body.unit_id, body.valid_from)
    proposed = post.Open(body.seat(), door.actor.person_id, door.now)
    return await door.command(To("post", body.post_id or door.new_id(), proposed), read=read)


@router.post("/posts/{post_id}/approval", summary="Approve a proposed post")
async def approve_post(post_id: UUID, door: Annotated[Door, needs("org-administrator", "appointing-authority")]) -> Done:
    """By somebody else than who proposed it, while its unit is there."""
    state, _ = await found_post(door, post_id)
    read = await _place(door, state.seat.unit_id, state.seat.valid_from) if state.seat else {}
    return await door.command(To("post", post_id, post.Approve(door.actor.person_id, door.now)), read=read)


@router.post("/posts/{post_id}/appointments", summary="Appoint a person, an interim or a mandate holder")
async def appoint(post_id: UUID, body: Appointment, door: Annotated[Door, needs("hr-officer", "appointing-authority")]) -> Done:
    """As the staff system asks it: the person is held to exist, then the post takes them and asks for screening where it is sensitive."""
    state, version = await found_post(door, post_id)
    if await door.state("person", body.person_id) is None:
        raise door.missing("ORG-PERSON")
    assignment_id, request_id = door.new_id(), door.new_id()
    wanted = post.Propose(assignment_id, request_id, body.person_id, body.kind, body.planned_start, body.decision_ref, door.now, body.planned_end)
    refused = post.decide(state, wanted)
    if isinstance(refused, Refused):
        raise Refusing(status_of(refused.rule), refused.rule, field=refused.field)
    holding = person.Holding(post_id, assignment_id)
    asked = person.Appoint(request_id, holding, body.kind, body.planned_start, body.decision_ref, door.now, body.planned_end)
    return await door.command(To("person", body.person_id, asked, matter=assignment_id), read={("post", post_id): version})


@router.post("/posts/{post_id}/assignments/{assignment_id}/end", summary="End an assignment")
async def end_assignment(post_id: UUID, assignment_id: UUID, body: AssignmentEnded, door: Annotated[Door, needs("hr-officer", "appointing-authority")]) -> Done:
    """At once, or on a day to come."""
    await found_assignment(door, post_id, assignment_id)
    return await door.command(To("post", post_id, post.End(assignment_id, body.on, body.reason_code, door.now), matter=assignment_id))


@router.post("/posts/{post_id}/assignments/{assignment_id}/reactivation", summary="Let a suspended person act in the post again")
async def reactivate_assignment(post_id: UUID, assignment_id: UUID, door: Annotated[Door, needs("hr-officer", "appointing-authority")]) -> Done:
    """Never automatic: a valid clearance and a new briefing, or a new advice, are there (ORG-3)."""
    await found_assignment(door, post_id, assignment_id)
    return await door.command(To("post", post_id, post.Reactivate(assignment_id, door.now), matter=assignment_id))


@router.get("/entitlements/owed", summary="Suspended access that nobody has confirmed to be off")
async def list_owed(door: Annotated[Door, needs("security-officer", "operator")], limit: Limit = 500) -> queries.posts.OwesSeen:
    """The most urgent first; that persons were named is recorded."""
    seen = await queries.posts.owed(door, limit)
    await queries.reads.record(door, "owed", {each.person_id for each in seen.items})
    return seen


@router.post("/posts/{post_id}/entitlements/{entitlement_id}/revocation", summary="Confirm that access is technically off")
async def confirm_revocation(post_id: UUID, entitlement_id: UUID, door: Annotated[Door, needs("security-officer")]) -> Done:
    """Due within an hour of the suspension; later it is late, and still owed."""
    state, _ = await found_post(door, post_id)
    found = post.entitled(state, entitlement_id)
    if found is None:
        raise door.missing("ORG-ENTITLEMENT")
    return await door.command(To("post", post_id, post.ConfirmRevocation(entitlement_id, door.now), matter=found[0].id))


async def _place(door: Door, unit_id: UUID, since: date) -> Mapping[tuple[str, UUID], int]:
    """What was read to see that a post can lie there since a day and still: it is never told in a unit that is not there (ORG-9)."""
    days = {since, max(since, day_of(door.now))}
    units = await door.state("tree", tree.TREE)
    if units is not None and all(tree.unit_on(units[0], unit_id, when) for when in days):
        return {("tree", tree.TREE): units[1]}
    all_zones = await door.state("zones", zones.ZONES)
    if all_zones is not None and all(zones.zone_on(all_zones[0], unit_id, when) for when in days):
        return {("zones", zones.ZONES): all_zones[1]}
    raise door.missing("ORG-UNIT")


async def found_post(door: Door, post_id: UUID) -> tuple[post.Post, int]:
    """The post; raises what says that it does not exist."""
    found = await door.state("post", post_id)
    if found is None:
        raise door.missing("ORG-POST")
    return found


async def found_assignment(door: Door, post_id: UUID, assignment_id: UUID) -> None:
    """Raises what says that the assignment does not exist."""
    state, _ = await found_post(door, post_id)
    if post.find(state, assignment_id) is None:
        raise door.missing("ORG-ASSIGNMENT")


async def sees_holders(door: Door, state: post.Post) -> bool:
    """Whether the caller may know who holds the post: staff of the personnel service, who heads a unit above it today, and the korpschef of its zone."""
    roles, caller = door.actor.roles, door.actor.person_id
    if roles & set(STAFF):
        return True
    if state.seat is None:
        return False
    if "unit-head" in roles and state.seat.unit_id in await queries.units.headed_by(door, caller):
        return True
    return "korpschef" in roles and state.seat.unit_id in await queries.zones.led_by(door, caller)
