"""Which of a service's processes reads which partitions, and which one relays: shared out by locks in its database, taken over when one dies or hangs."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Collection, Iterable
from typing import TYPE_CHECKING

import asyncpg
import structlog

from cg_kit.postgres import FAILURES, refusal
from cg_kit.seam import Place, Refusal

if TYPE_CHECKING:
    from asyncpg.pool import PoolConnectionProxy

    Connection = asyncpg.Connection[asyncpg.Record] | PoolConnectionProxy[asyncpg.Record]

log = structlog.get_logger("cg.replicas")

LOOK_EVERY = 0.25
"""Seconds between two looks at who is there. Each look is also the sign of life that the others see."""

DEAD_AFTER = 1.5
"""Seconds without a sign of life after which the others end a process's sessions and take what it had: it hangs, or its machine does."""

RELAY = "relay"
"""The duty of sending what the journal holds."""

COMMITTED = "cg_committed"
"""The channel on which a process that does not relay says that it has committed something."""

MEMBERS = """
SELECT left(application_name, -5) AS name, extract(epoch FROM clock_timestamp() - state_change)::float8 AS silent FROM pg_stat_activity
 WHERE datname = current_database() AND usename = session_user AND right(application_name, 5) = ' duty'
"""
"""Processes of this service by the session on which each holds its duties; the server knows since when each has said nothing. Nothing is written."""

END = """
SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
 WHERE datname = current_database() AND usename = session_user AND split_part(application_name, ' ', 1) = ANY ($1::text[])
"""

TAKE = "SELECT duty FROM unnest($1::text[]) duty WHERE pg_try_advisory_lock(hashtextextended('cg.duty:' || duty, 0))"
LEAVE = "SELECT count(pg_advisory_unlock(hashtextextended('cg.duty:' || duty, 0))) FROM unnest($1::text[]) duty"

HOLDERS = """
SELECT duty, split_part(a.application_name, ' ', 1) AS name
  FROM unnest($1::text[]) duty, LATERAL (SELECT hashtextextended('cg.duty:' || duty, 0) AS key) k
  JOIN pg_locks l ON l.locktype = 'advisory' AND l.granted AND l.objsubid = 1
   AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
   AND l.classid = ((key >> 32) & 4294967295)::oid AND l.objid = (key & 4294967295)::oid
  JOIN pg_stat_activity a USING (pid)
"""


def share(places: Iterable[Place], names: Collection[str], mine: str) -> set[Place]:
    """The partitions that fall to one of these processes: dealt out like cards, so that all deal alike."""
    order = sorted(names)
    return {place for number, place in enumerate(sorted(places)) if order[number % len(order)] == mine}


def duty(place: Place) -> str:
    """The name under which a partition is locked."""
    return f"{place[0]}/{place[1]}"


class Replica:
    """This process among those of its service.

    It holds a lock for each duty (a partition, the relay) on a session of its own: the server frees them the moment that the process or its connection ends.
    Of one that hangs, the others end all sessions, so that no transaction of it stays open and holds rows. What it still does when it wakes is harmless:
    positions and the relay's cursor move by compare-and-set.
    """

    def __init__(
        self,
        url: str,
        name: str,
        places: Collection[Place],
        own: Callable[[Collection[Place]], Awaitable[None]],
        committed: Callable[[], None] = lambda: None,
    ) -> None:
        if " " in name:
            raise ValueError(f"a process's name has no space: {name!r}")
        self.url, self.name, self.places = url, name, frozenset(places)
        self.mine: set[Place] = set()
        self.relays = False
        self._own, self._committed = own, committed
        self._session: Connection | None = None
        self._there = {name}
        self._looked = time.monotonic()

    async def run(self, stopped: Callable[[], bool]) -> None:
        """Looks who is there, takes and leaves, until stopped."""
        while not stopped():
            try:
                await self.look()
            except Refusal as error:
                await self._lose(str(error)[:300])
            await asyncio.sleep(LOOK_EVERY)

    async def look(self) -> None:
        """Takes what falls to this process and is free, and leaves what falls to others. Raises Again while the server is away."""
        try:
            session = await self._connected()
            was, self._looked = self._looked, time.monotonic()
            silent = {row["name"]: row["silent"] for row in await session.fetch(MEMBERS)}
            there = {name for name, seconds in silent.items() if seconds < DEAD_AFTER} | {self.name}
            if self._looked - was > DEAD_AFTER / 2:  # we were away ourselves: too late to judge who was silent meanwhile
                log.warning("was away", seconds=round(self._looked - was, 1))
                there |= silent.keys()
            gone = (silent.keys() | self._there) - there
            if gone:
                log.warning("takes over", gone=sorted(gone), sessions_ended=await session.fetchval(END, sorted(gone)))
            self._there = there
            await self._settle(session, share(self.places, there, self.name))
        except FAILURES as error:
            raise refusal(error) from error

    async def _settle(self, session: Connection, wanted: set[Place]) -> None:
        leaving = self.mine - wanted
        if leaving:
            self.mine -= leaving
            await self._own(self.mine)
            await session.execute(LEAVE, [duty(place) for place in leaving])
        missing = {duty(place): place for place in wanted - self.mine}
        if not self.relays:
            asked = [RELAY, *missing]
        elif missing:
            asked = list(missing)
        else:
            return
        taken = {row["duty"] for row in await session.fetch(TAKE, asked)}
        if RELAY in taken:
            self.relays = True
        fresh = {missing[name] for name in taken if name in missing}
        if fresh:
            self.mine |= fresh
            await self._own(self.mine)

    async def _connected(self) -> Connection:
        if self._session is None or self._session.is_closed():
            if self._session is not None:
                await self._lose("the session was ended")
            self._session = await asyncpg.connect(
                self.url,
                timeout=5,
                command_timeout=5,
                server_settings={"application_name": f"{self.name} duty", "tcp_keepalives_idle": "10"},
            )
            await self._session.add_listener(COMMITTED, lambda *_: self._committed())
        return self._session

    async def _lose(self, why: str) -> None:
        """Without the session no lock is held any more."""
        log.warning("all duties are lost", why=why)
        session, self._session = self._session, None
        if session is not None:
            session.terminate()
        self.relays = False
        if self.mine:
            self.mine = set()
            await self._own(self.mine)

    async def acquire(self) -> bool:
        """Whether this process is the one that relays."""
        return self.relays

    async def close(self) -> None:
        """Leaves all to the others, at once."""
        self.relays, self.mine = False, set()
        if self._session is not None:
            self._session.terminate()


async def holders(pool: asyncpg.Pool[asyncpg.Record], places: Iterable[Place]) -> dict[str, str]:
    """Which process has each duty now: partitions as `topic/number`, and `relay`."""
    return {row["duty"]: row["name"] for row in await pool.fetch(HOLDERS, [RELAY, *map(duty, places)])}
