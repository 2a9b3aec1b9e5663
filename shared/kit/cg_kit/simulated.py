"""A small model of the seam for deterministic simulation: tables, locks, sequences, READ COMMITTED. One suite holds it to PostgreSQL."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Hashable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from cg_kit.pure.words import Remembered
from cg_kit.seam import (
    Again,
    Answered,
    BadData,
    Conflict,
    KeptOf,
    Key,
    KeyOf,
    Message,
    Move,
    Name,
    NotOurs,
    Parked,
    Place,
    Rejected,
    Row,
    Sealed,
    Step,
    Timer,
)

Pause = Callable[[str], Awaitable[None]]
"""Called before and after each statement and each commit, with what comes or came: here a scheduler lets others run, or raises."""

EPOCH = datetime(2020, 1, 1, tzinfo=UTC)
LARGEST_BODY = 900_000
LOOKED_AT = 10_000
GONE: Any = object()
"""What a deleted row holds until its transaction ends."""


def mentions(raw: bytes | None, about: str) -> bool:
    """Whether a record as it came names this person's id, however written."""
    return raw is not None and about.replace("-", "").lower().encode() in raw.lower().replace(b"-", b"")


async def at_once(_: str) -> None:
    """The pause of a store that nobody schedules: lets others run."""
    await asyncio.sleep(0)


class Lock:
    """One lock, of a row or an advisory one: who holds it, who waits, in order of arrival."""

    __slots__ = ("holders", "queue")

    def __init__(self) -> None:
        self.holders: dict[SimulatedTx, bool] = {}
        self.queue: deque[tuple[SimulatedTx, bool, asyncio.Future[None]]] = deque()

    def lets(self, tx: SimulatedTx, exclusive: bool) -> bool:
        """Whether the others that hold it let this one in."""
        others = [held for holder, held in self.holders.items() if holder is not tx]
        return not others or not (exclusive or any(others))

    def grant(self, tx: SimulatedTx, exclusive: bool) -> None:
        """Gives it; what is held exclusively stays so."""
        self.holders[tx] = self.holders.get(tx, False) or exclusive


class SimulatedStore:
    """What one service's database would do, in memory. Only a commit makes anything visible to others."""

    def __init__(self, pause: Pause = at_once, now: Callable[[], datetime] = lambda: EPOCH) -> None:
        self.pause, self.now = pause, now
        self.tables: dict[str, dict[Any, Any]] = {}
        self.locks: dict[Hashable, Lock] = {}
        self.sequences: dict[str, int] = {}
        self.table("relay")[()] = (0, 0)
        self.table("generation")[()] = 1
        self.table("remembers")[()] = EPOCH

    def table(self, name: str) -> dict[Any, Any]:
        """The committed rows of a table, by key."""
        return self.tables.setdefault(name, {})

    def draw(self, sequence: str) -> int:
        """The next number; never given back."""
        self.sequences[sequence] = self.sequences.get(sequence, 0) + 1
        return self.sequences[sequence]

    def _waits_for(self, tx: SimulatedTx) -> Iterator[SimulatedTx]:
        if tx.waits is not None:
            lock = self.locks[tx.waits]
            yield from lock.holders
            for other, _, _ in lock.queue:
                if other is tx:
                    break
                yield other

    def deadlocked(self, tx: SimulatedTx) -> bool:
        """Whether this transaction waits, through others, for itself."""
        seen: set[SimulatedTx] = set()
        front = [other for other in self._waits_for(tx) if other is not tx]
        while front:
            other = front.pop()
            if other is tx:
                return True
            if other not in seen:
                seen.add(other)
                front.extend(self._waits_for(other))
        return False

    def wake(self, key: Hashable) -> None:
        """Lets in whom a released lock now lets in, in order of arrival."""
        lock = self.locks[key]
        while lock.queue:
            tx, exclusive, future = lock.queue[0]
            if not future.done() and not lock.lets(tx, exclusive):
                break
            lock.queue.popleft()
            if not future.done():
                lock.grant(tx, exclusive)
                tx.held.add(key)
                tx.waits = None
                future.set_result(None)
        if not lock.queue and not lock.holders:
            del self.locks[key]

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[SimulatedTx]:
        """As the seam says. A pause that raises before the commit rolls back; one that raises after it leaves the commit standing."""
        tx = self.begin()
        try:
            yield tx
            await self.pause("before commit")
            tx.commit()
        finally:
            tx.end()
        await self.pause("after commit")

    def begin(self) -> SimulatedTx:
        """A new transaction."""
        return SimulatedTx(self)

    async def positions(self, places: Mapping[Place, int]) -> dict[Place, int]:
        async with self.transaction() as tx:
            for place in sorted(places):
                await tx.insert("position", place, (places[place], None))
        async with self.transaction() as tx:
            return {place: found[0] for place in places if (found := tx.see("position", place))}

    async def caught_up(self, places: Collection[Place], at: datetime) -> None:
        async with self.transaction() as tx:
            for place in sorted(places):
                await tx.acquire(("position", place))
                if found := tx.see("position", place):
                    tx.put("position", place, (found[0], max(found[1] or at, at)))

    async def watermark(self, places: Collection[Place]) -> datetime | None:
        await self.pause("watermark")
        reached = [found[1] for place in places if (found := self.table("position").get(place))]
        return None if not reached or len(reached) < len(places) or None in reached else min(reached)

    async def due(self, upto: datetime, limit: int) -> list[tuple[str, UUID]]:
        await self.pause("due")
        first: dict[tuple[str, UUID], datetime] = {}
        for (kind, id_, _, at), (_, fired_at) in self.table("timer").items():
            if fired_at is None and at <= upto:
                first[kind, id_] = min(first.get((kind, id_), at), at)
        return sorted(first, key=lambda name: (first[name], *name))[:limit]

    async def take_relay(self) -> tuple[int, int]:
        async with self.transaction() as tx:
            await tx.acquire(("relay", ()))
            last, epoch = tx.see("relay", ())
            tx.put("relay", (), (last, epoch + 1))
        return last, epoch + 1

    async def relayed(self, last: int, epoch: int) -> bool:
        async with self.transaction() as tx:
            await tx.acquire(("relay", ()))
            before, mine = tx.see("relay", ())
            if mine == epoch and before <= last:
                tx.put("relay", (), (last, epoch))
        return bool(mine == epoch and before <= last)

    async def outbox(self, after: int, limit: int) -> list[Message]:
        await self.pause("outbox")
        told = [Message(s.seq, s.id, s.topic, s.type, s.key, s.headers, s.body) for s in self._journal(after) if s.topic is not None]
        return told[:limit]

    def _journal(self, after: int) -> list[Step]:
        rows = self.table("journal")
        return [rows[seq] for seq in sorted(seq for seq in rows if seq > after)]

    async def cursor(self, name: str) -> int:
        async with self.transaction() as tx:
            await tx.insert("follower", name, 0)
        return int(self.table("follower")[name])

    async def events(self, after: int, types: Collection[str], limit: int) -> tuple[list[Step], int]:
        await self.pause("events")
        upto = min(max(self.table("journal"), default=0), after + LOOKED_AT)
        steps = [step for step in self._journal(after) if step.seq <= upto and step.step == "event" and step.type in types][:limit]
        return steps, steps[-1].seq if len(steps) == limit else max(after, upto)

    async def ready_to_retry(self, now: datetime, build: str, limit: int) -> list[Key]:
        await self.pause("ready to retry")
        ready: list[tuple[datetime, Key]] = []
        for key, since in self.table("blocked").items():
            head = min((p for p in self.table("parked").values() if p.block == key and p.state == "waiting"), key=lambda p: p.id, default=None)
            if head is None or head.build != build or (head.next_try_at is not None and head.next_try_at <= now):
                ready.append((since, key))
        return [key for _, key in sorted(ready)][:limit]

    async def rotate_inbox(self) -> int:
        """Begins a new generation of the inbox and forgets the one before the previous."""
        async with self.transaction() as tx:
            await tx.acquire("inbox")
            gen: int = tx.see("generation", ()) + 1
            for key in list(self.table("inbox")):
                if key[0] == gen - 2:
                    tx.put("inbox", key, GONE)
            tx.put("generation", (), gen)
            since = tx.see("since", ()) or EPOCH
            tx.put("remembers", (), since)
            tx.put("since", (), self.now())
        return gen


class SimulatedTx:
    """One transaction: its writes are its own until the commit, its locks are held to its end."""

    def __init__(self, store: SimulatedStore) -> None:
        self.store = store
        self.writes: dict[tuple[str, Any], Any] = {}
        self.held: set[Hashable] = set()
        self.waits: Hashable | None = None
        self.seen_blocked: set[Key] = set()

    # -- rows and locks -------------------------------------------------------------------------------------------

    def see(self, table: str, key: Any) -> Any:
        """A row as this transaction sees it now: its own write, else what is committed; None when there is none."""
        found = self.writes.get((table, key), self.store.table(table).get(key))
        return None if found is GONE else found

    def rows(self, table: str) -> dict[Any, Any]:
        """All rows of a table as this transaction sees them now."""
        rows = dict(self.store.table(table))
        rows.update({key: value for (name, key), value in self.writes.items() if name == table})
        return {key: value for key, value in rows.items() if value is not GONE}

    def put(self, table: str, key: Any, value: Any) -> None:
        """Writes a row that is locked."""
        self.writes[table, key] = value

    async def acquire(self, key: Hashable, *, exclusive: bool = True) -> None:
        """Takes a lock; waits for whoever holds it. Raises Again instead of waiting for ever."""
        lock = self.store.locks.setdefault(key, Lock())
        mine = lock.holders.get(self)
        if mine is not None and (mine or not exclusive):
            return
        if lock.lets(self, exclusive) and (mine is not None or not lock.queue):
            lock.grant(self, exclusive)
            self.held.add(key)
            return
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        entry = (self, exclusive, future)
        (lock.queue.appendleft if mine is not None else lock.queue.append)(entry)
        self.waits = key
        try:
            if self.store.deadlocked(self):
                raise Again("40P01 deadlock detected")
            await future
        finally:
            self.waits = None
            if entry in lock.queue:
                lock.queue.remove(entry)
                self.store.wake(key)

    async def insert(self, table: str, key: Any, value: Any) -> bool:
        """Inserts a row if there is none, as ON CONFLICT DO NOTHING: waits for another transaction that writes the same key."""
        if self.see(table, key) is not None:
            writer = any(holder is not self and (table, key) in holder.writes for holder in self.store.locks.get((table, key), Lock()).holders)
            if not writer:
                return False
        await self.acquire((table, key))
        if self.see(table, key) is not None:
            return False
        self.put(table, key, value)
        return True

    def commit(self) -> None:
        """Makes all writes visible at once."""
        for (table, key), value in self.writes.items():
            if value is GONE:
                self.store.table(table).pop(key, None)
            else:
                self.store.table(table)[key] = value
        self.writes = {}

    def end(self) -> None:
        """Forgets what was not committed and releases the locks."""
        self.writes = {}
        for key in sorted(self.held, key=repr):
            self.store.locks[key].holders.pop(self, None)
            self.store.wake(key)
        self.held = set()

    @asynccontextmanager
    async def statement(self, what: str) -> AsyncIterator[None]:
        """Lets others run before and after."""
        await self.store.pause(f"before {what}")
        yield
        await self.store.pause(f"after {what}")

    # -- the seam -------------------------------------------------------------------------------------------------

    async def move(self, moves: Sequence[Move]) -> None:
        if not moves:
            return
        async with self.statement("move"):
            for topic, part, start, upto in sorted(moves):
                await self.acquire(("position", (topic, part)))
                found = self.see("position", (topic, part))
                if found is None or found[0] != start:
                    raise NotOurs(f"{topic} {part} does not stand at {start}")
                self.put("position", (topic, part), (upto, found[1]))

    async def take(self, letters: Mapping[UUID, bytes]) -> dict[UUID, bytes]:
        if not letters:
            return {}
        async with self.statement("take"):
            await self.acquire("inbox", exclusive=False)
            gen: int = self.see("generation", ())
            known: dict[UUID, bytes] = {}
            for key in sorted(letters):
                before = self.see("inbox", (gen - 1, key))
                if before is None and not await self.insert("inbox", (gen, key), letters[key]):
                    before = self.see("inbox", (gen, key))
                if before is not None:
                    known[key] = before
        return known

    async def replay(self, replay: UUID, part: int, start: int, upto: int) -> None:
        async with self.statement("replay"):
            await self.acquire(("replay_place", (replay, part)))
            found = self.see("replay_place", (replay, part))
            if found is None or found[0] != start:
                raise NotOurs(f"replay {replay} does not stand at {start} of {part}")
            self.put("replay_place", (replay, part), (upto, found[1]))

    async def replayed(self, replay: UUID, part: int, counts: Mapping[str, int]) -> None:
        async with self.statement("replayed"):
            upto, before = self.see("replay_place", (replay, part))
            self.put("replay_place", (replay, part), (upto, {name: before.get(name, 0) + counts.get(name, 0) for name in {**before, **counts}}))

    async def remembers(self) -> datetime:
        async with self.statement("remembers"):
            await self.acquire("inbox", exclusive=False)
            since: datetime = self.see("remembers", ())
        return since

    async def known(self, letters: Collection[UUID]) -> set[UUID]:
        async with self.statement("known"):
            gen: int = self.see("generation", ())
            return {key for key in letters if any(self.see("inbox", (g, key)) is not None for g in (gen, gen - 1))}

    async def counted(self, highest: Mapping[Key, int]) -> dict[Key, int]:
        if not highest:
            return {}
        async with self.statement("counted"):
            before: dict[Key, int] = {}
            for key, number in sorted(highest.items()):
                await self.acquire(("counted", key))
                last: int | None = self.see("counted", key)
                if last is not None:
                    before[key] = last
                self.put("counted", key, max(last or 0, number))
        return before

    async def idempotent(self, account: str, key: str) -> Answered | None:
        async with self.statement("idempotent"):
            await self.acquire(("idempotent", account, key))
            found: Answered | None = self.see("idempotency", (account, key))
        return found

    async def answer(self, account: str, key: str, answered: Answered) -> None:
        async with self.statement("answer"):
            if not await self.insert("idempotency", (account, key), answered):
                raise BadData("23505 idempotency")

    async def blocked(self, keys: Collection[Key]) -> set[Key]:
        if not keys:
            return set()
        async with self.statement("blocked"):
            seen: set[Key] = set()
            for key in sorted(key for key in keys if self.see("blocked", key) is not None):
                await self.acquire(("blocked", key), exclusive=False)
                if self.see("blocked", key) is not None:
                    seen.add(key)
            self.seen_blocked |= seen
        return seen

    async def lock(self, names: Collection[Name]) -> None:
        if names:
            async with self.statement("lock"):
                for name in sorted(names):
                    await self.acquire(("aggregate", *name))

    async def load(self, kind: str, ids: Collection[UUID]) -> dict[UUID, Row]:
        if not ids:
            return {}
        async with self.statement("load"):
            return {id_: row for id_ in ids if (row := self.see(kind, id_)) is not None}

    async def save(self, kind: str, rows: Sequence[tuple[Row, int]]) -> None:
        if not rows:
            return
        async with self.statement("save"):
            for row, was in sorted(rows, key=lambda pair: pair[0].id):
                storable(row.state, row.told, row.matters)
                await self.acquire((kind, row.id))
                found = self.see(kind, row.id)
                if (found.version if found else 0) != was:
                    raise Conflict(f"{kind} {row.id} has another version than {was}")
                self.put(kind, row.id, row)

    async def set_timers(self, kind: str, ids: Collection[UUID], wanted: Sequence[Timer]) -> None:
        if not ids:
            return
        async with self.statement("set timers"):
            rows = self.rows("timer")
            keep = {(kind, timer.id, timer.name, timer.at) for timer in wanted}
            for key, (_, fired_at) in sorted(rows.items(), key=lambda row: row[0]):
                if key[0] == kind and key[1] in ids and fired_at is None and key not in keep:
                    await self.acquire(("timer", key))
                    self.put("timer", key, GONE)
            for timer in wanted:
                await self.insert("timer", (kind, timer.id, timer.name, timer.at), (timer, None))

    async def fire(self, kind: str, ids: Collection[UUID], upto: datetime) -> list[Timer]:
        if not ids:
            return []
        fired: list[Timer] = []
        async with self.statement("fire"):
            for key in sorted(self.rows("timer")):
                if key[0] == kind and key[1] in ids and key[3] <= upto:
                    await self.acquire(("timer", key))
                    found = self.see("timer", key)
                    if found is not None and found[1] is None:
                        self.put("timer", key, (found[0], upto))
                        fired.append(found[0])
        return sorted(fired, key=lambda timer: (timer.at, timer.name))

    async def park(self, parked: Sequence[Parked]) -> None:
        if not parked:
            return
        async with self.statement("park"):
            for key in sorted({one.block for one in parked if one.block is not None} - self.seen_blocked):
                await self.acquire(("blocked", key))
                self.put("blocked", key, self.see("blocked", key) or self.store.now())
                self.seen_blocked.add(key)
            for one in parked:
                storable(one.headers, one.reason, one.field, one.source, one.subject)
                number = self.store.draw("parked")
                self.put("parked", number, replace(one, id=number))

    async def reject(self, rejected: Sequence[Rejected]) -> None:
        if not rejected:
            return
        async with self.statement("reject"):
            for one in rejected:
                storable(one.headers, one.reason, one.field, one.source, one.subject)
                number = self.store.draw("rejected")
                self.put("rejected", number, replace(one, id=number))

    async def vault_keys(self, fresh: Mapping[str, tuple[bytes, datetime]]) -> dict[str, KeyOf]:
        async with self.statement("vault_keys"):
            for about, (key, came_at) in sorted(fresh.items()):
                forgotten_at = self.see("forgotten", about)
                if forgotten_at is None or forgotten_at < came_at:
                    await self.insert("vault_key", about, key)
                    await self.acquire(("vault_key", about))
            return {about: KeyOf(self.see("vault_key", about), self.see("forgotten", about)) for about in fresh}

    async def forget(self, about: str, at: datetime) -> KeptOf:
        async with self.statement("forget"):
            await self.acquire(("vault_key", about))
            keyed = self.see("vault_key", about) is not None
            entries = [
                one for one in self.rows("vault").values() if one.about == about and (one.sealed[:1] == b"\x01" or (one.sealed[:1] == b"\x02" and keyed))
            ]
            records = [one for one in self.rows("parked").values() if one.origin == "record" and (mentions(one.raw, about) or mentions(one.edited, about))]
            turned_away = [one for one in self.rows("rejected").values() if mentions(one.raw, about)]
            done = [one for one in records if one.state != "waiting"]
            if keyed:
                self.put("vault_key", about, GONE)
            for entry in [one for one in self.rows("vault").values() if one.about == about]:
                self.put("vault", entry.ref, replace(entry, sealed=b"\x00"))
            self.put("forgotten", about, max(at, self.see("forgotten", about) or at))
            for one in done:
                self.put("parked", one.id, replace(one, raw=None, edited=None))
            for one in turned_away:
                self.put("rejected", one.id, replace(one, raw=None))
            return KeptOf(len(entries), len(done), len(turned_away), sorted(one.id for one in records if one.state == "waiting"))

    async def seal(self, entries: Sequence[Sealed]) -> None:
        if not entries:
            return
        async with self.statement("seal"):
            for entry in entries:
                await self.insert("vault", entry.ref, entry)

    async def remember(self, rows: Sequence[Remembered]) -> None:
        if not rows:
            return
        async with self.statement("remember"):
            for row in sorted(rows):
                await self.insert("remembered", (row.id, row.service, row.step), row)

    async def follow(self, name: str, start: int, upto: int) -> None:
        async with self.statement("follow"):
            await self.acquire(("follower", name))
            if self.see("follower", name) != start:
                raise NotOurs(f"follower {name} does not stand at {start}")
            self.put("follower", name, upto)

    async def hold(self, key: Key) -> bool:
        async with self.statement("hold"):
            lock = self.store.locks.get(("blocked", key))
            if self.see("blocked", key) is None or (lock is not None and not lock.lets(self, True)):
                return False
            await self.acquire(("blocked", key))
            self.seen_blocked.add(key)
        return True

    async def waiting(self, key: Key, limit: int) -> list[Parked]:
        async with self.statement("waiting"):
            rows = [one for _, one in sorted(self.rows("parked").items()) if one.block == key and one.state == "waiting"]
        return rows[:limit]

    async def parked_row(self, parked_id: int) -> Parked | None:
        async with self.statement("parked row"):
            await self.acquire(("parked", parked_id))
            found: Parked | None = self.see("parked", parked_id)
        return found

    async def settle(
        self, parked_id: int, state: str, tries: int, next_try_at: datetime | None, build: str, reason: str | None, rule: str | None = None
    ) -> None:
        async with self.statement("settle"):
            await self.acquire(("parked", parked_id))
            row: Parked = self.see("parked", parked_id)
            reason, rule = reason or row.reason, rule or row.rule
            self.put("parked", parked_id, replace(row, state=state, tries=tries, next_try_at=next_try_at, build=build, reason=reason, rule=rule))

    async def acted(self, parked_id: int, actor: str, what: str, diff: str | None, reason: str | None, at: datetime) -> None:
        async with self.statement("acted"):
            self.put("parked_action", self.store.draw("parked_action"), (parked_id, at, actor, what, diff, reason))

    async def edit(self, parked_id: int, edited: bytes) -> None:
        async with self.statement("edit"):
            await self.acquire(("parked", parked_id))
            self.put("parked", parked_id, replace(self.see("parked", parked_id), edited=edited))

    async def unblock(self, key: Key) -> None:
        async with self.statement("unblock"):
            if not any(one.block == key and one.state == "waiting" for one in self.rows("parked").values()):
                await self.acquire(("blocked", key))
                self.put("blocked", key, GONE)

    async def journal(self, steps: Sequence[Step]) -> None:
        if not steps:
            return
        async with self.statement("journal"):
            await self.journal_lock()
            for step in steps:
                storable(step.headers, step.body, step.key)
                if step.topic is not None and len(step.body) >= LARGEST_BODY:
                    raise BadData("23514 fits_the_broker")
                seq = self.store.draw("journal")
                self.put("journal", seq, step._replace(seq=seq))

    async def journal_lock(self) -> None:
        """What the trigger does before numbers are drawn."""
        await self.acquire("journal")


def storable(*texts: str | None) -> None:
    """PostgreSQL keeps no NUL character, neither as text nor inside JSON."""
    for text in texts:
        if text is not None and ("\0" in text or "\\u0000" in text):
            raise BadData("22P05 \\u0000 cannot be stored")
