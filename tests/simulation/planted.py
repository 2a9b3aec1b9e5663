"""Faults that the simulation must find: each is the real engine, store or relay with one safeguard taken out."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from cg_kit.engine import Engine
from cg_kit.reader import Reader
from cg_kit.relay import Deposed, Relay
from cg_kit.seam import Key, Move, Parked, Timer
from cg_kit.simulated import GONE, SimulatedStore, SimulatedTx
from tests.simulation.world import Plant


def store_of(tx: type[SimulatedTx]) -> type[SimulatedStore]:
    """A store whose transactions are of this class."""

    class Planted(SimulatedStore):
        def begin(self) -> SimulatedTx:
            return tx(self)

    return Planted


class PositionFirst(SimulatedTx):
    """Commits the position before the work."""

    async def move(self, moves: Sequence[Move]) -> None:
        await super().move(moves)
        self.commit()


class NoInbox(SimulatedTx):
    """Forgets what a producer has sent before."""

    async def take(self, letters: Mapping[UUID, bytes]) -> dict[UUID, bytes]:
        return {}


class NoJournalLock(SimulatedTx):
    """Draws journal numbers without the lock, and not all at once."""

    async def journal_lock(self) -> None:
        return


class NoParkedOrder(SimulatedTx):
    """Lets later records pass what is parked."""

    async def blocked(self, keys: Collection[Key]) -> set[Key]:
        return set()


class LastParkedFirst(SimulatedTx):
    """Drains what is parked in the wrong order."""

    async def waiting(self, key: Key, limit: int) -> list[Parked]:
        return (await super().waiting(key, limit))[::-1]


class NoShare(SimulatedTx):
    """Looks at what is blocked without holding it against drains."""

    async def blocked(self, keys: Collection[Key]) -> set[Key]:
        async with self.statement("blocked"):
            seen = {key for key in keys if self.see("blocked", key) is not None}
            self.seen_blocked |= seen
            return seen


class FiredForgotten(SimulatedTx):
    """Deletes fired timers instead of remembering them, so that a state that still wants one sets it again."""

    async def fire(self, kind: str, ids: Collection[UUID], upto: datetime) -> list[Timer]:
        fired = await super().fire(kind, ids, upto)
        for timer in fired:
            self.put("timer", (kind, timer.id, timer.name, timer.at), GONE)
        return fired


class BatchBlind(Engine):
    """Takes a message twice when it stands twice in one batch."""

    async def _unread(self, tx: Any, arrivals: Any, count: Any) -> Any:
        letters = {a.letter: a.digest for a in arrivals if a.letter is not None}
        known = await tx.take(letters)
        return [a for a in arrivals if a.verdict != "skip" and a.letter not in known]


class AdvanceFirst(Relay):
    """Moves its cursor before the broker has the messages."""

    async def step(self) -> int:
        steps = await self.store.outbox(self.last, 2000)
        if not steps:
            return 0
        if not await self.store.relayed(steps[-1].seq, self.epoch):
            raise Deposed
        self.last = steps[-1].seq
        await self.sender.send(steps)
        return len(steps)


class WallClock(Reader):
    """Fires at the wall clock, whatever still lies in the topics."""

    async def fire(self, now: datetime) -> None:
        while await self.engine.fire(now):
            pass


PLANTS = {
    plant.name: plant
    for plant in (
        Plant(),
        Plant("position-first", store=store_of(PositionFirst)),
        Plant("no-inbox", store=store_of(NoInbox)),
        Plant("no-journal-lock", store=store_of(NoJournalLock)),
        Plant("no-parked-order", store=store_of(NoParkedOrder)),
        Plant("last-parked-first", store=store_of(LastParkedFirst)),
        Plant("no-share", store=store_of(NoShare)),
        Plant("fired-forgotten", store=store_of(FiredForgotten)),
        Plant("batch-blind", engine=BatchBlind),
        Plant("advance-first", relay=AdvanceFirst),
        Plant("wall-clock", reader=WallClock),
    )
}
