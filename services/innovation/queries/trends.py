"""The radar, challenges to answer, and events."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel

from cg_contracts.innovation import EventKind, Horizon, Impact, Origin, Ring, Steeple
from cg_kit.http import Door
from services.innovation.domain import challenge, gathering, trend

TRENDS = "SELECT id FROM trend_state WHERE state ->> 'status' <> 'RETIRED' ORDER BY id LIMIT 1000"

CHALLENGES = """
SELECT id FROM challenge_state WHERE ($1::text IS NULL OR state ->> 'status' = $1) AND id > $2 ORDER BY id LIMIT $3
"""

EVENTS = "SELECT id FROM gathering_state WHERE ($1::text IS NULL OR state ->> 'status' = $1) AND id > $2 ORDER BY id LIMIT $3"


class MoveSeen(BaseModel):
    """Where a trend was put, when, by whom and why; without ring it was looked at, or retired."""

    at: datetime
    ring: Ring | None
    code: str
    text: str
    by: UUID


class SignalSeen(BaseModel):
    """A service that was told of a threat."""

    service: str
    role: str
    due_at: datetime
    late: bool
    acknowledged_at: datetime | None


class TrendSeen(BaseModel):
    """A trend with its whole history; `stale`: not looked at for a year."""

    trend_id: UUID
    version: int
    status: trend.Status
    titles: dict[str, str]
    steeple: Steeple
    sources: list[str]
    theme_codes: list[str]
    horizon: Horizon | None
    impact: Impact | None
    ring: Ring | None
    stale: bool
    reviewed_at: datetime
    moves: list[MoveSeen]
    signals: list[SignalSeen]


class Radar(BaseModel):
    """All trends that are not retired."""

    items: list[TrendSeen]


class ChallengeSeen(BaseModel):
    """A challenge; how severe a finding is, and where, only officers see."""

    challenge_id: UUID
    version: int
    status: challenge.Status
    origin: Origin
    titles: dict[str, str]
    theme_codes: list[str]
    unit_id: UUID | None
    severity: str
    ideas: list[UUID]
    opened_at: datetime


class Challenges(BaseModel):
    """Challenges in order of their id; `next` is where the next page begins."""

    items: list[ChallengeSeen]
    next: UUID | None


class TeamSeen(BaseModel):
    """A team."""

    team_id: UUID
    name: str
    challenge_id: UUID | None
    members: list[UUID]
    coaches: list[UUID]


class EventSeen(BaseModel):
    """An event; who registered only officers see, and of the points only the ranking."""

    event_id: UUID
    version: int
    status: gathering.Status
    kind: EventKind
    titles: dict[str, str]
    theme_codes: list[str]
    challenges: list[UUID]
    on_premises: bool
    seats: int
    taken: int
    registration_until: datetime
    starts_at: datetime
    ends_at: datetime
    registered_me: bool
    teams: list[TeamSeen]
    jury: list[UUID]
    ranking: list[UUID]
    ideas: list[UUID]
    follow_up_late: bool


class Events(BaseModel):
    """Events in order of their id; `next` is where the next page begins."""

    items: list[EventSeen]
    next: UUID | None


def trend_seen(door: Door, trend_id: UUID, state: trend.Trend, version: int) -> TrendSeen:
    """A trend as it stands now."""
    assert state.steeple
    assert state.reviewed_at
    return TrendSeen(
        trend_id=trend_id,
        version=version,
        status=state.status,
        titles=dict(state.titles),
        steeple=state.steeple,
        sources=list(state.sources),
        theme_codes=list(state.themes),
        horizon=state.horizon,
        impact=state.impact,
        ring=state.ring,
        stale=trend.is_stale(state, door.now),
        reviewed_at=state.reviewed_at,
        moves=[MoveSeen(at=each.at, ring=each.ring, code=each.why.code, text=each.why.text, by=each.why.by) for each in state.moves],
        signals=[
            SignalSeen(
                service=each.service,
                role=trend.CONCERNED[each.service],
                due_at=each.due_at,
                late=each.late_at is not None,
                acknowledged_at=each.acknowledged_at,
            )
            for each in state.signals
        ],
    )


async def radar(door: Door) -> Radar:
    """Every trend that is not retired."""
    ids = [row["id"] for row in await door.fetch(TRENDS)]
    return Radar(items=[trend_seen(door, trend_id, *found) for trend_id, found in sorted((await door.states("trend", ids)).items())])


def challenge_seen(challenge_id: UUID, state: challenge.Challenge, version: int, *, whole: bool) -> ChallengeSeen:
    """A challenge as it stands now."""
    assert state.origin
    assert state.opened_at
    return ChallengeSeen(
        challenge_id=challenge_id,
        version=version,
        status=state.status,
        origin=state.origin,
        titles=dict(state.titles),
        theme_codes=list(state.themes),
        unit_id=state.unit_id if whole or state.origin is not Origin.AUDIT_FINDING else None,
        severity=state.severity if whole else "",
        ideas=list(state.ideas),
        opened_at=state.opened_at,
    )


async def challenges(door: Door, status: challenge.Status | None, after: UUID | None, limit: int, *, whole: bool) -> Challenges:
    """Challenges by their id."""
    ids = [row["id"] for row in await door.fetch(CHALLENGES, status, after or UUID(int=0), limit)]
    found = await door.states("challenge", ids)
    items = [challenge_seen(each, *found[each], whole=whole) for each in ids if each in found]
    return Challenges(items=items, next=ids[-1] if len(ids) == limit else None)


def event_seen(door: Door, event_id: UUID, state: gathering.Gathering, version: int) -> EventSeen:
    """An event as it stands now."""
    it = state.occasion
    assert it
    return EventSeen(
        event_id=event_id,
        version=version,
        status=state.status,
        kind=it.kind,
        titles=dict(it.titles),
        theme_codes=list(it.themes),
        challenges=list(it.challenges),
        on_premises=it.on_premises,
        seats=it.seats,
        taken=len(state.registered),
        registration_until=it.registration_until,
        starts_at=it.starts_at,
        ends_at=it.ends_at,
        registered_me=door.actor.person_id in state.registered,
        teams=[
            TeamSeen(team_id=each.team_id, name=each.name, challenge_id=each.challenge_id, members=list(each.members), coaches=list(each.coaches))
            for each in state.teams
        ],
        jury=list(state.jury),
        ranking=list(state.ranking),
        ideas=[each.idea_id for each in state.outputs],
        follow_up_late=state.follow_up_late_at is not None,
    )


async def events(door: Door, status: gathering.Status | None, after: UUID | None, limit: int) -> Events:
    """Events by their id."""
    ids = [row["id"] for row in await door.fetch(EVENTS, status, after or UUID(int=0), limit)]
    found = await door.states("gathering", ids)
    return Events(items=[event_seen(door, each, *found[each]) for each in ids if each in found], next=ids[-1] if len(ids) == limit else None)
