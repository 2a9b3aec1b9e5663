"""A theme day, a workshop or a hackathon: announced, with teams and a jury that has no stake in them, and with ideas as what comes of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from statistics import mean
from typing import assert_never
from uuid import UUID

from cg_contracts.innovation import EventKind
from cg_kit.pure import Deadline, Due, Refused
from services.innovation.domain.words import Why, ends

FOLLOW_UP = "20 working days"
"""Within which something is said to have come of it (a choice of this house)."""


class Status(StrEnum):
    """Where an event stands."""

    NEW = "NEW"
    PLANNED = "PLANNED"
    REGISTRATION_OPEN = "REGISTRATION_OPEN"
    REGISTRATION_CLOSED = "REGISTRATION_CLOSED"
    RUNNING = "RUNNING"
    JUDGED = "JUDGED"
    FOLLOWED_UP = "FOLLOWED_UP"
    CANCELLED = "CANCELLED"


BEFORE = frozenset({Status.PLANNED, Status.REGISTRATION_OPEN, Status.REGISTRATION_CLOSED})
FORMING = frozenset({Status.REGISTRATION_OPEN, Status.REGISTRATION_CLOSED, Status.RUNNING})
"""In which teams and jury are made up."""


@dataclass(frozen=True, slots=True)
class Occasion:
    """What, where and when; `on_premises`: people from outside need a positive advice to take part (INN-3)."""

    kind: EventKind
    titles: tuple[tuple[str, str], ...]
    themes: tuple[str, ...]
    challenges: tuple[UUID, ...]
    on_premises: bool
    seats: int
    registration_until: datetime
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class Team:
    """Who works together on which challenge, and who coaches them."""

    team_id: UUID
    name: str
    challenge_id: UUID | None
    members: tuple[UUID, ...]
    coaches: tuple[UUID, ...] = ()


@dataclass(frozen=True, slots=True)
class Points:
    """What a juror gives a team, from 1 to 10."""

    juror: UUID
    team_id: UUID
    points: int


@dataclass(frozen=True, slots=True)
class Tie:
    """A juror who has an interest in a team, and does not judge it."""

    juror: UUID
    team_id: UUID


@dataclass(frozen=True, slots=True)
class Output:
    """What came of it: an idea, with who proposes it; `team_id`: whose it was."""

    idea_id: UUID
    title: str
    problem: str
    themes: tuple[str, ...]
    unit_id: UUID
    proposer: UUID
    challenge_id: UUID | None = None
    team_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Gathering:
    """An event as it stands."""

    status: Status = Status.NEW
    occasion: Occasion | None = None
    registered: tuple[UUID, ...] = ()
    teams: tuple[Team, ...] = ()
    jury: tuple[UUID, ...] = ()
    ties: tuple[Tie, ...] = ()
    scores: tuple[Points, ...] = ()
    ranking: tuple[UUID, ...] = ()
    outputs: tuple[Output, ...] = ()
    follow_up_late_at: datetime | None = None
    cancelled: Why | None = None


NEW = Gathering()


@dataclass(frozen=True, slots=True)
class PlanEvent:
    """Somebody plans it."""

    occasion: Occasion
    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class Announce:
    """It is made known, and people can register."""

    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class Register:
    """Somebody takes part. `cleared`: for who is from outside, whether a positive advice holds, as far as was read."""

    person_id: UUID
    external: bool
    cleared: bool
    at: datetime


@dataclass(frozen=True, slots=True)
class Leave:
    """Somebody does not after all."""

    person_id: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class FormTeam:
    """These work together."""

    team: Team
    at: datetime


@dataclass(frozen=True, slots=True)
class NameJury:
    """These judge."""

    jury: tuple[UUID, ...]
    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class DeclareTie:
    """A juror has an interest in a team."""

    team_id: UUID
    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class Judge:
    """A juror gives a team points."""

    team_id: UUID
    points: int
    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class CloseJudging:
    """All points are in: the ranking is made, and stands."""

    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class FollowUp:
    """This came of it."""

    outputs: tuple[Output, ...]
    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class Cancel:
    """It does not take place."""

    why: Why
    at: datetime


Command = PlanEvent | Announce | Register | Leave | FormTeam | NameJury | DeclareTie | Judge | CloseJudging | FollowUp | Cancel | Due


@dataclass(frozen=True, slots=True)
class EventPlanned:
    """It is planned."""

    occasion: Occasion
    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class Announced:
    """People can register."""

    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class Registered:
    """Somebody takes part."""

    person_id: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class Left:
    """Somebody does not any more."""

    person_id: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class RegistrationClosed:
    """Nobody can register any more."""

    at: datetime


@dataclass(frozen=True, slots=True)
class Begun:
    """It has begun."""

    at: datetime


@dataclass(frozen=True, slots=True)
class TeamFormed:
    """These work together."""

    team: Team
    at: datetime


@dataclass(frozen=True, slots=True)
class JuryNamed:
    """These judge."""

    jury: tuple[UUID, ...]
    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class TieDeclared:
    """A juror does not judge this team."""

    tie: Tie
    at: datetime


@dataclass(frozen=True, slots=True)
class Judged:
    """A juror gave a team points."""

    points: Points
    at: datetime


@dataclass(frozen=True, slots=True)
class Ranked:
    """The teams, best first; nobody changes their points any more."""

    ranking: tuple[UUID, ...]
    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class FollowedUp:
    """These ideas came of it."""

    outputs: tuple[Output, ...]
    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class FollowUpOverdue:
    """Nothing is said to have come of it in time."""

    at: datetime


@dataclass(frozen=True, slots=True)
class Cancelled:
    """It does not take place."""

    why: Why
    at: datetime


Event = (
    EventPlanned
    | Announced
    | Registered
    | Left
    | RegistrationClosed
    | Begun
    | TeamFormed
    | JuryNamed
    | TieDeclared
    | Judged
    | Ranked
    | FollowedUp
    | FollowUpOverdue
    | Cancelled
)


def decide(gathering: Gathering, command: Command) -> list[Event] | Refused:
    """What a command makes of an event."""
    match gathering.status, command:
        case _, Due(name, at):
            return fallen_due(gathering, name, at)
        case Status.NEW, PlanEvent(occasion, by, at):
            if not at < occasion.registration_until <= occasion.starts_at < occasion.ends_at:
                return Refused("INN-DATE", "starts_at")
            return [EventPlanned(occasion, by, at)]
        case Status.NEW, _:
            return Refused("NOT-FOUND", "event_id")
        case _, PlanEvent(occasion):
            return [] if occasion == gathering.occasion else Refused("INN-STATE", "event_id")
        case Status.CANCELLED, Cancel():
            return []
        case Status.CANCELLED, _:
            return Refused("INN-STATE")
        case Status.PLANNED, Announce(by, at):
            return [Announced(by, at)]
        case _, Announce():
            return []
        case Status.REGISTRATION_OPEN, Register():
            return registering(gathering, command)
        case _, Leave(person_id, at) if gathering.status in BEFORE:
            return [Left(person_id, at)] if person_id in gathering.registered else []
        case _, (FormTeam() | NameJury() | DeclareTie() | Judge() | CloseJudging()):
            return judging(gathering, command)
        case ((Status.RUNNING | Status.JUDGED), FollowUp(outputs, by, at)):
            if is_contest(gathering) and gathering.status is not Status.JUDGED:
                return Refused("INN-5")
            return [FollowedUp(outputs, by, at)]
        case Status.FOLLOWED_UP, FollowUp(outputs):
            return [] if outputs == gathering.outputs else Refused("INN-STATE")
        case _, Cancel(why, at) if gathering.status in BEFORE:
            return [Cancelled(why, at)]
        case _:
            return Refused("INN-STATE")


def registering(gathering: Gathering, register: Register) -> list[Event] | Refused:
    """While there are seats; on premises nobody from outside without a positive advice (INN-3)."""
    assert gathering.occasion
    if register.person_id in gathering.registered:
        return []
    if gathering.occasion.on_premises and register.external and not register.cleared:
        return Refused("INN-3", "person_id")
    if len(gathering.registered) >= gathering.occasion.seats:
        return Refused("INN-FULL")
    return [Registered(register.person_id, register.at)]


def judging(gathering: Gathering, command: FormTeam | NameJury | DeclareTie | Judge | CloseJudging) -> list[Event] | Refused:
    """A juror neither takes part in nor coaches a team (INN-5); who has another tie with one does not judge it."""
    if gathering.status is Status.JUDGED:
        return Refused("INN-FROZEN")
    if gathering.status not in FORMING:
        return Refused("INN-STATE")
    if not is_contest(gathering):
        return Refused("INN-KIND")
    match command:
        case FormTeam(team, at):
            if {*team.members, *team.coaches} & set(gathering.jury):
                return Refused("INN-5", "members")
            if not set(team.members) <= set(gathering.registered):
                return Refused("INN-REGISTERED", "members")
            if team in gathering.teams:
                return []
            judged = any(each.team_id == team.team_id for each in gathering.scores)
            return Refused("INN-FROZEN", "team_id") if judged else [TeamFormed(team, at)]
        case NameJury(jury, by, at):
            wanted = tuple(dict.fromkeys(jury))
            if set(wanted) & involved(gathering):
                return Refused("INN-5", "jury")
            if {each.juror for each in gathering.scores} - set(wanted):
                return Refused("INN-FROZEN", "jury")
            return [] if wanted == gathering.jury else [JuryNamed(wanted, by, at)]
        case DeclareTie(team_id, by, at):
            if by not in gathering.jury:
                return Refused("INN-JURY")
            if not any(each.team_id == team_id for each in gathering.teams):
                return Refused("NOT-FOUND", "team_id")
            tie = Tie(by, team_id)
            return [] if tie in gathering.ties else [TieDeclared(tie, at)]
        case Judge(team_id, points, by, at):
            if gathering.status is not Status.RUNNING:
                return Refused("INN-STATE")
            if by not in gathering.jury:
                return Refused("INN-JURY")
            if not any(each.team_id == team_id for each in gathering.teams):
                return Refused("NOT-FOUND", "team_id")
            if Tie(by, team_id) in gathering.ties:
                return Refused("INN-5")
            given = Points(by, team_id, points)
            return [] if given in gathering.scores else [Judged(given, at)]
        case CloseJudging(by, at):
            if gathering.status is not Status.RUNNING or not gathering.teams or missing(gathering):
                return Refused("INN-SCORES")
            return [Ranked(ranked(gathering), by, at)]
        case _:
            assert_never(command)


def is_contest(gathering: Gathering) -> bool:
    """Whether teams compete."""
    return gathering.occasion is not None and gathering.occasion.kind is EventKind.HACKATHON


def involved(gathering: Gathering) -> set[UUID]:
    """Who takes part in a team or coaches one."""
    return {person for each in gathering.teams for person in (*each.members, *each.coaches)}


def missing(gathering: Gathering) -> list[Tie]:
    """Which juror is still to judge which team; and a team that nobody can judge."""
    given = {(each.juror, each.team_id) for each in gathering.scores}
    free = [Tie(juror, team.team_id) for team in gathering.teams for juror in gathering.jury if Tie(juror, team.team_id) not in gathering.ties]
    nobody = [Tie(UUID(int=0), team.team_id) for team in gathering.teams if not any(each.team_id == team.team_id for each in free)]
    return [*(each for each in free if (each.juror, each.team_id) not in given), *nobody]


def ranked(gathering: Gathering) -> tuple[UUID, ...]:
    """Best mean first; who is equal stands in the order in which the teams were formed."""
    counted = [each for each in gathering.scores if Tie(each.juror, each.team_id) not in gathering.ties]
    means = {team.team_id: mean(each.points for each in counted if each.team_id == team.team_id) for team in gathering.teams}
    return tuple(sorted(means, key=lambda team_id: -means[team_id]))


def fallen_due(gathering: Gathering, name: str, at: datetime) -> list[Event]:
    """What a clock means that still runs when it falls due."""
    if Deadline(name, at) not in due(gathering):
        return []
    match name:
        case "registration":
            return [RegistrationClosed(at)]
        case "start":
            return [Begun(at)]
        case _:
            return [FollowUpOverdue(at)]


def evolve(gathering: Gathering, event: Event) -> Gathering:
    """The event after an event."""
    match event:
        case EventPlanned(occasion):
            return Gathering(Status.PLANNED, occasion)
        case Announced():
            return replace(gathering, status=Status.REGISTRATION_OPEN)
        case Registered(person_id):
            return replace(gathering, registered=(*gathering.registered, person_id))
        case Left(person_id):
            teams = (replace(each, members=tuple(one for one in each.members if one != person_id)) for each in gathering.teams)
            return replace(gathering, registered=tuple(each for each in gathering.registered if each != person_id), teams=tuple(teams))
        case RegistrationClosed():
            return replace(gathering, status=Status.REGISTRATION_CLOSED)
        case Begun():
            return replace(gathering, status=Status.RUNNING)
        case TeamFormed(team):
            return replace(gathering, teams=(*(each for each in gathering.teams if each.team_id != team.team_id), team))
        case JuryNamed(jury):
            return replace(gathering, jury=jury)
        case TieDeclared(tie):
            return replace(gathering, ties=(*gathering.ties, tie))
        case Judged(points):
            kept = (each for each in gathering.scores if (each.juror, each.team_id) != (points.juror, points.team_id))
            return replace(gathering, scores=(*kept, points))
        case Ranked(ranking):
            return replace(gathering, status=Status.JUDGED, ranking=ranking)
        case FollowedUp(outputs):
            return replace(gathering, status=Status.FOLLOWED_UP, outputs=outputs)
        case FollowUpOverdue(at):
            return replace(gathering, follow_up_late_at=at)
        case Cancelled(why):
            return replace(gathering, status=Status.CANCELLED, cancelled=why)
        case _:
            assert_never(event)


def due(gathering: Gathering) -> set[Deadline]:
    """When registration closes, when it begins, and by when something has come of it."""
    if gathering.occasion is None:
        return set()
    match gathering.status:
        case Status.REGISTRATION_OPEN:
            return {Deadline("registration", gathering.occasion.registration_until)}
        case Status.REGISTRATION_CLOSED:
            return {Deadline("start", gathering.occasion.starts_at)}
        case Status.RUNNING | Status.JUDGED if gathering.follow_up_late_at is None:
            return {Deadline("follow-up", ends(gathering.occasion.ends_at, FOLLOW_UP))}
        case _:
            return set()
