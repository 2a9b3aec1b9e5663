"""Theme days, workshops and hackathons."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import Field

from cg_contracts.base import Instant
from cg_contracts.innovation import EventKind
from cg_contracts.org import Labels
from cg_kit.http import Body, Done, Door, Limit, needs
from cg_kit.pure import To, named
from services.innovation import queries
from services.innovation.api.shared import OFFICER, Reasoned, Themes, Title, Words
from services.innovation.api.trends import titles_of
from services.innovation.domain import gathering
from services.innovation.domain.external import Standing

router = APIRouter()

Anybody = Annotated[Door, needs()]
Officer = Annotated[Door, needs(OFFICER)]
Persons = Annotated[list[UUID], Field(default_factory=list, max_length=50)]


class EventPlanned(Body):
    """What, where and when; `on_premises`: who comes from outside needs a positive advice."""

    kind: EventKind
    title: Labels
    theme_codes: Themes
    challenges: Annotated[list[UUID], Field(default_factory=list, max_length=20)]
    on_premises: bool = True
    seats: Annotated[int, Field(ge=1, le=2000)]
    registration_until: Instant
    starts_at: Instant
    ends_at: Instant


class GuestRegistered(Body):
    """Somebody from outside."""

    person_id: UUID


class TeamFormed(Body):
    """Who works together, on which challenge."""

    team_id: UUID | None = None
    name: Title
    challenge_id: UUID | None = None
    members: Annotated[list[UUID], Field(min_length=1, max_length=20)]
    coaches: Persons


class JuryNamed(Body):
    """Who judges."""

    jury: Annotated[list[UUID], Field(min_length=1, max_length=20)]


class TieDeclared(Body):
    """The team in which the juror has an interest."""

    team_id: UUID


class TeamJudged(Body):
    """From 1 to 10."""

    team_id: UUID
    points: Annotated[int, Field(ge=1, le=10)]


class OutputTold(Body):
    """An idea that came of it, and who proposes it."""

    title: Title
    problem: Words
    theme_codes: Themes
    unit_id: UUID
    proposer: UUID
    challenge_id: UUID | None = None
    team_id: UUID | None = None


class FollowedUp(Body):
    """What came of it; nothing, if that is so."""

    outputs: Annotated[list[OutputTold], Field(max_length=100)]


@router.get("/events", summary="Events")
async def list_events(
    door: Anybody,
    status: Annotated[gathering.Status | None, Query()] = None,
    after: Annotated[UUID | None, Query(description="`next` of the page before.")] = None,
    limit: Limit = 100,
) -> queries.trends.Events:
    """Theme days, workshops, hackathons."""
    return await queries.trends.events(door, status, after, limit)


@router.post("/events", summary="Plan an event")
async def plan(body: EventPlanned, door: Officer) -> Done:
    """Before it is announced."""
    when = (body.registration_until, body.starts_at, body.ends_at)
    themes, challenges = tuple(body.theme_codes), tuple(body.challenges)
    occasion = gathering.Occasion(body.kind, titles_of(body.title), themes, challenges, body.on_premises, body.seats, *when)
    return await door.command(To("gathering", door.new_id(), gathering.PlanEvent(occasion, door.actor.person_id, door.now)))


@router.get("/events/{event_id}", summary="An event")
async def show_event(event_id: UUID, door: Anybody) -> queries.trends.EventSeen:
    """Its teams, its jury, and once judged their order."""
    state, version = await door.known("gathering", event_id)
    door.tag(version)
    return queries.trends.event_seen(door, event_id, state, version)


@router.post("/events/{event_id}/announcement", summary="Announce an event")
async def announce(event_id: UUID, door: Officer) -> Done:
    """From now on people can register."""
    return await door.command(To("gathering", event_id, gathering.Announce(door.actor.person_id, door.now)))


@router.post("/events/{event_id}/registration", summary="Register for an event")
async def register(event_id: UUID, door: Anybody) -> Done:
    """Oneself."""
    return await door.command(To("gathering", event_id, gathering.Register(door.actor.person_id, False, False, door.now)))


@router.post("/events/{event_id}/registration/withdrawal", summary="Do not take part after all")
async def leave(event_id: UUID, door: Anybody) -> Done:
    """Before it begins."""
    return await door.command(To("gathering", event_id, gathering.Leave(door.actor.person_id, door.now)))


@router.post("/events/{event_id}/guests", summary="Register somebody from outside")
async def register_guest(event_id: UUID, body: GuestRegistered, door: Officer) -> Done:
    """On premises only who has a positive advice that holds (INN-3)."""
    found = await door.state("external", body.person_id)
    holds = found is not None and found[0].standing is Standing.POSITIVE and (found[0].valid_until is None or door.now < found[0].valid_until)
    read = {("external", body.person_id): found[1]} if found else {}
    return await door.command(To("gathering", event_id, gathering.Register(body.person_id, True, holds, door.now)), read=read)


@router.post("/events/{event_id}/teams", summary="Form a team")
async def form_team(event_id: UUID, body: TeamFormed, door: Officer) -> Done:
    """Of who is registered, and without anybody of the jury (INN-5)."""
    team = gathering.Team(body.team_id or door.new_id(), body.name, body.challenge_id, tuple(body.members), tuple(body.coaches))
    return await door.command(To("gathering", event_id, gathering.FormTeam(team, door.now)))


@router.post("/events/{event_id}/jury", summary="Name the jury")
async def name_jury(event_id: UUID, body: JuryNamed, door: Officer) -> Done:
    """Nobody who takes part in or coaches a team (INN-5)."""
    return await door.command(To("gathering", event_id, gathering.NameJury(tuple(body.jury), door.actor.person_id, door.now)))


@router.post("/events/{event_id}/ties", summary="Declare an interest in a team")
async def declare_tie(event_id: UUID, body: TieDeclared, door: Anybody) -> Done:
    """By the juror, who does not judge it."""
    return await door.command(To("gathering", event_id, gathering.DeclareTie(body.team_id, door.actor.person_id, door.now)))


@router.post("/events/{event_id}/points", summary="Judge a team")
async def judge(event_id: UUID, body: TeamJudged, door: Anybody) -> Done:
    """By a juror without an interest in it."""
    return await door.command(To("gathering", event_id, gathering.Judge(body.team_id, body.points, door.actor.person_id, door.now)))


@router.post("/events/{event_id}/ranking", summary="Close the judging")
async def close(event_id: UUID, door: Officer) -> Done:
    """Once every juror has judged; nothing changes after that (INN-5)."""
    return await door.command(To("gathering", event_id, gathering.CloseJudging(door.actor.person_id, door.now)))


@router.post("/events/{event_id}/follow-up", summary="Say what came of an event")
async def follow_up(event_id: UUID, body: FollowedUp, door: Officer) -> Done:
    """Each becomes an idea with its clocks."""
    outputs = tuple(
        gathering.Output(
            named("output", event_id, n), each.title, each.problem, tuple(each.theme_codes), each.unit_id, each.proposer, each.challenge_id, each.team_id
        )
        for n, each in enumerate(body.outputs)
    )
    return await door.command(To("gathering", event_id, gathering.FollowUp(outputs, door.actor.person_id, door.now)))


@router.post("/events/{event_id}/cancellation", summary="Cancel an event")
async def cancel(event_id: UUID, body: Reasoned, door: Officer) -> Done:
    """Before it begins."""
    return await door.command(To("gathering", event_id, gathering.Cancel(body.why(door), door.now)))
