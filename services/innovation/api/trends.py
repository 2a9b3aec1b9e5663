"""Trends, the radar as figures and as a picture, and the challenges that ask for ideas."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Response
from pydantic import Field

from cg_contracts.base import Ref
from cg_contracts.innovation import Horizon, Impact, Origin, Ring, Steeple
from cg_contracts.org import Labels
from cg_kit.http import Body, Done, Door, Limit, needs
from cg_kit.pure import To
from services.innovation import queries
from services.innovation.api.radar import page
from services.innovation.api.shared import OFFICER, Reasoned, Themes
from services.innovation.domain import challenge, trend

router = APIRouter()

Anybody = Annotated[Door, needs()]
Officer = Annotated[Door, needs(OFFICER)]
ROLES = tuple(sorted(set(trend.CONCERNED.values())))


class TrendDetected(Body):
    """What was seen, where it comes from, and where it was read."""

    title: Labels
    steeple: Steeple
    sources: Annotated[list[Ref], Field(default_factory=list, max_length=20)]
    theme_codes: Themes


class TrendAssessed(Reasoned):
    """How far off, and what it brings."""

    horizon: Horizon
    impact: Impact


class TrendMoved(Reasoned):
    """The ring that it is put on."""

    ring: Ring


class ChallengePosed(Body):
    """What ideas are asked for."""

    title: Labels
    theme_codes: Themes
    unit_id: UUID | None = None


def titles_of(labels: Labels) -> tuple[tuple[str, str], ...]:
    """A title by language."""
    return tuple(labels.model_dump(exclude_none=True).items())


@router.get("/radar", summary="The radar")
async def show_radar(door: Anybody) -> queries.trends.Radar:
    """Every trend with each of its moves."""
    return await queries.trends.radar(door)


@router.get("/radar/picture", summary="The radar as a picture", response_class=Response)
async def show_picture(door: Anybody, language: Annotated[Literal["nl", "fr", "en"], Query()] = "nl") -> Response:
    """A page in one of three languages, with the same in words below it."""
    found = await queries.trends.radar(door)
    return Response(page(found.items, door.now, language), media_type="text/html; charset=utf-8")


@router.post("/trends", summary="Note a trend")
async def detect(body: TrendDetected, door: Anybody) -> Done:
    """Anybody may have seen it."""
    command = trend.Detect(titles_of(body.title), body.steeple, tuple(body.sources), tuple(body.theme_codes), door.actor.person_id, door.now)
    return await door.command(To("trend", door.new_id(), command))


@router.get("/trends/{trend_id}", summary="A trend")
async def show_trend(trend_id: UUID, door: Anybody) -> queries.trends.TrendSeen:
    """With its whole history."""
    state, version = await door.known("trend", trend_id)
    door.tag(version)
    return queries.trends.trend_seen(door, trend_id, state, version)


@router.post("/trends/{trend_id}/assessment", summary="Weigh a trend")
async def assess(trend_id: UUID, body: TrendAssessed, door: Officer) -> Done:
    """How far off, threat or opportunity."""
    return await door.command(To("trend", trend_id, trend.Assess(body.horizon, body.impact, body.why(door), door.now)))


@router.post("/trends/{trend_id}/ring", summary="Move a trend on the radar")
async def move(trend_id: UUID, body: TrendMoved, door: Officer) -> Done:
    """With its reason; whom a threat concerns is told."""
    return await door.command(To("trend", trend_id, trend.PutOn(body.ring, body.why(door), door.now)))


@router.post("/trends/{trend_id}/review", summary="Look at a trend and leave it where it is")
async def look(trend_id: UUID, body: Reasoned, door: Officer) -> Done:
    """Each quarter."""
    return await door.command(To("trend", trend_id, trend.Look(body.why(door), door.now)))


@router.post("/trends/{trend_id}/retirement", summary="Take a trend off the radar")
async def retire(trend_id: UUID, body: Reasoned, door: Officer) -> Done:
    """With its reason."""
    return await door.command(To("trend", trend_id, trend.Retire(body.why(door), door.now)))


@router.post("/trends/{trend_id}/acknowledgements/{service}", summary="Say that a service knows of a threat")
async def acknowledge(trend_id: UUID, service: Literal["ispo", "policy", "coordination", "international"], door: Annotated[Door, needs(*ROLES)]) -> Done:
    """By a person with its role, as long as the service does not exist."""
    if trend.CONCERNED[service] not in door.actor.roles:
        raise door.deny("INN-SIGNAL-ROLE")
    return await door.command(To("trend", trend_id, trend.Acknowledge(service, door.actor.person_id, door.now)))


@router.get("/challenges", summary="Challenges to answer")
async def list_challenges(
    door: Anybody,
    status: Annotated[challenge.Status | None, Query()] = challenge.Status.OPEN,
    after: Annotated[UUID | None, Query(description="`next` of the page before.")] = None,
    limit: Limit = 100,
) -> queries.trends.Challenges:
    """What audit found, what the radar shows, what somebody asks; where a finding stands and how severe it is only officers see."""
    return await queries.trends.challenges(door, status, after, limit, whole=OFFICER in door.actor.roles)


@router.post("/challenges", summary="Ask for ideas")
async def pose(body: ChallengePosed, door: Officer) -> Done:
    """In the service's own name."""
    command = challenge.Pose(Origin.SERVICE, None, titles_of(body.title), tuple(body.theme_codes), body.unit_id, "", door.now)
    return await door.command(To("challenge", door.new_id(), command))


@router.post("/challenges/{challenge_id}/closing", summary="Ask for no more ideas")
async def close(challenge_id: UUID, body: Reasoned, door: Officer) -> Done:
    """With a reason."""
    return await door.command(To("challenge", challenge_id, challenge.Close(body.why(door), door.now)))
