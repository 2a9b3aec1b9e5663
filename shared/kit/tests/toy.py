"""A service as small as one can be, for tests of the kit: a jar that is opened, takes coins up to a limit, and is counted on a day."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from types import SimpleNamespace
from uuid import UUID

from cg_kit.pure import Deadline, Due, Refused


@dataclass(frozen=True, slots=True)
class Jar:
    open: bool = False
    coins: int = 0
    owner: UUID | None = None
    count_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Open:
    owner: UUID | None = None
    count_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Put:
    coins: int


@dataclass(frozen=True, slots=True)
class Opened:
    owner: UUID | None
    count_at: datetime | None


@dataclass(frozen=True, slots=True)
class Filled:
    coins: int


@dataclass(frozen=True, slots=True)
class Counted:
    at: datetime


Command = Open | Put | Due
Event = Opened | Filled | Counted


def decide(jar: Jar, command: Command) -> list[Event] | Refused:
    match command:
        case Open(owner, count_at):
            return [] if jar.open else [Opened(owner, count_at)]
        case Due(_, at):
            return [Counted(at)]
        case Put() if not jar.open:
            return Refused("NOT-FOUND")
        case Put(13):
            raise RuntimeError("thirteen secrets of the house")
        case Put(coins) if jar.coins + coins > 10:
            return Refused("JAR-FULL", "coins")
        case Put(coins):
            return [Filled(coins)]


def evolve(jar: Jar, event: Event) -> Jar:
    match event:
        case Opened(owner, count_at):
            return replace(jar, open=True, owner=owner, count_at=count_at)
        case Filled(coins):
            return replace(jar, coins=jar.coins + coins)
        case Counted():
            return replace(jar, count_at=None)


def due(jar: Jar) -> set[Deadline]:
    return {Deadline("count", jar.count_at)} if jar.count_at else set()


jar = SimpleNamespace(NEW=Jar(), Command=Command, Event=Event, decide=decide, evolve=evolve, due=due)
