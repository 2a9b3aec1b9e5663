"""Events for which many are screened at once, with a hard stop at their start."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import Field

from cg_contracts.base import Code, Instant
from cg_kit.http import Body, Done, Door, Limit, needs
from cg_kit.pure import To
from services.screening import queries
from services.screening.domain import gathering
from services.screening.domain.case import Occasion

router = APIRouter()

PLANNERS = ("security-officer", "head-of-service")


class EventPlanned(Body):
    """Where and when; `event_id` when it has an id elsewhere."""

    event_id: UUID | None = None
    place: Code
    purpose: Code = "event_access"
    starts_at: Instant
    ends_at: Instant


class PersonsInvited(Body):
    """Who is to be screened for it; more in a next request."""

    persons: Annotated[list[UUID], Field(min_length=1, max_length=500)]


class TeamDesignated(Body):
    """Who handles all cases of the event."""

    officers: Annotated[list[UUID], Field(min_length=1, max_length=20)]


async def planned(door: Door, event_id: UUID) -> tuple[gathering.Gathering, int]:
    """An event that exists, with its version."""
    return await door.known("gathering", event_id)


@router.post("/events", summary="Plan the screening for an event")
async def plan_event(body: EventPlanned, door: Annotated[Door, needs(*PLANNERS)]) -> Done:
    """The instrument follows from the law of the day: a certificate where it is open, an advice elsewhere."""
    event_id = body.event_id or door.new_id()
    occasion = Occasion(body.place, body.starts_at, body.ends_at, event_id)
    return await door.command(To("gathering", event_id, gathering.Plan(occasion, body.purpose, door.actor.person_id, door.now)))


@router.get("/events/{event_id}", summary="An event and how far its screening is")
async def show_event(event_id: UUID, door: Annotated[Door, needs(*PLANNERS)]) -> queries.gatherings.EventSeen:
    """How many are decided, and how many are not yet; nobody's outcome."""
    state, version = await planned(door, event_id)
    door.tag(version)
    return await queries.gatherings.event_seen(door, event_id, state, version)


@router.get("/events/{event_id}/undecided", summary="Cases of an event that are still to be decided")
async def list_undecided(
    event_id: UUID,
    door: Annotated[Door, needs(*PLANNERS)],
    after: Annotated[UUID | None, Query(description="`next` of the page before.")] = None,
    limit: Limit = 500,
) -> queries.gatherings.Undecided:
    """By their id, for who chases them."""
    await planned(door, event_id)
    return await queries.gatherings.undecided(door, event_id, after, limit)


@router.post("/events/{event_id}/persons", summary="Ask for persons to be screened for an event")
async def invite_persons(event_id: UUID, body: PersonsInvited, door: Annotated[Door, needs(*PLANNERS)]) -> Done:
    """Each gets a case, once; at the start of the event who is undecided has no access."""
    await planned(door, event_id)
    invited = tuple(gathering.Invited(person_id) for person_id in body.persons)
    return await door.command(To("gathering", event_id, gathering.Invite(invited, door.now)))


@router.post("/events/{event_id}/officers", summary="Designate who handles the cases of an event")
async def designate_team(event_id: UUID, body: TeamDesignated, door: Annotated[Door, needs("head-of-service")]) -> Done:
    """All of them, those to come too; never their own (SCR-3)."""
    await planned(door, event_id)
    return await door.command(To("gathering", event_id, gathering.Designate(tuple(body.officers), door.actor.person_id, door.now)))


@router.post("/events/{event_id}/cancellation", summary="Call an event off")
async def call_off(event_id: UUID, door: Annotated[Door, needs(*PLANNERS)]) -> Done:
    """What is undecided will not be decided; what was decided holds for nothing else."""
    await planned(door, event_id)
    return await door.command(To("gathering", event_id, gathering.CallOff(door.actor.person_id, door.now)))
