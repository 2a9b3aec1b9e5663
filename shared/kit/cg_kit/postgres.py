"""The store on PostgreSQL: set-based statements, one round trip each, in the lock order of the seam."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from operator import attrgetter
from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import UUID

import asyncpg
from pydantic_core import from_json, to_json

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
    Refusal,
    Rejected,
    Replay,
    ReplayPlace,
    Row,
    Sealed,
    Step,
    Timer,
)

if TYPE_CHECKING:
    from asyncpg.pool import PoolConnectionProxy

    Pool = asyncpg.Pool[asyncpg.Record]
    Connection = asyncpg.Connection[asyncpg.Record] | PoolConnectionProxy[asyncpg.Record]

BY_KEY = {
    "enable_seqscan": "off",
    "enable_hashjoin": "off",
    "enable_mergejoin": "off",
    "plan_cache_mode": "force_generic_plan",
    "jit": "off",
}
"""Every statement of the engine finds rows by key; a plan made while the tables were empty must not scan them when they are full."""

REJECTED_KEPT = timedelta(days=14)
ANSWERS_KEPT = timedelta(days=14)
COUNTED_KEPT = timedelta(days=400)
"""How long the last `sequence` of a stranger's aggregate is remembered after it came; then a gap before the next one is not noticed."""

GENERATION = timedelta(days=21)
"""An inbox generation: the retention of an intake topic and the window of a replay."""

LOCKS_WANTED = 256


class Unsuitable(Exception):
    """The server's settings do not carry the engine."""


def columns(rows: Iterable[tuple[Any, ...]], width: int) -> list[tuple[Any, ...]]:
    """Rows as columns, also when there are none."""
    return list(zip(*rows, strict=True)) or [()] * width


def refusal(error: BaseException) -> Refusal:
    """What a failure of the database means to the engine."""
    if isinstance(error, asyncpg.PostgresError):
        state = error.sqlstate or ""
        if state[:2] in {"22", "23", "54"}:
            return BadData(f"{state} {error}")
        return Again(f"{state} {error}")
    if isinstance(error, asyncpg.DataError | UnicodeEncodeError):
        return BadData(str(error))
    return Again(f"{type(error).__name__} {error}")


FAILURES = (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, OSError, EOFError, UnicodeEncodeError)

STEP_FIELDS = Step._fields[:-1]
"""All columns of the journal that are written; the last field, `seq`, the database draws."""
STEP_COLUMNS = ", ".join((*STEP_FIELDS, "seq"))

PARKED_FIELDS = tuple(f.name for f in fields(Parked) if f.name != "id")
PARKED_TUPLE = attrgetter(*PARKED_FIELDS)
PARKED_COLUMNS = ", ".join(f'"{name}"' for name in (*PARKED_FIELDS, "id"))

REJECTED_FIELDS = tuple(f.name for f in fields(Rejected) if f.name != "id")
REJECTED_TUPLE = attrgetter(*REJECTED_FIELDS)
REJECTED_COLUMNS = ", ".join(f'"{name}"' for name in (*REJECTED_FIELDS, "id"))

MOVE_ONE = "UPDATE position SET next = $4 WHERE topic = $1 AND part = $2 AND next = $3"

MOVE = "SELECT move($1, $2, $3, $4)"

TAKE = "SELECT known, known_digest FROM take($1, $2)"

BLOCKED = """
SELECT b.source, b.subject FROM blocked b JOIN unnest($1::text[], $2::text[]) u(source, subject) ON b.source = u.source AND b.subject = u.subject
ORDER BY 1, 2 FOR SHARE OF b
"""

COUNTED = """
SELECT c.source, c.subject, c.last FROM counted c JOIN unnest($1::text[], $2::text[]) u(source, subject) ON c.source = u.source AND c.subject = u.subject
ORDER BY 1, 2 FOR UPDATE OF c
"""

COUNT = """
INSERT INTO counted AS c (source, subject, last) SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[]) ORDER BY 1, 2
ON CONFLICT (source, subject) DO UPDATE SET last = greatest(c.last, excluded.last), at = now()
"""

LOCK = """
SELECT count(pg_advisory_xact_lock(k)) FROM (SELECT DISTINCT hashtextextended(u, 0) k FROM unnest($1::text[]) u ORDER BY 1) x
"""

LOAD = "SELECT id, version, state, told, matters FROM {kind}_state WHERE id = ANY($1::uuid[])"

# As text: the server copies an array of jsonb once more for each of its elements.
UPDATE = """
UPDATE {kind}_state s SET version = u.version, state = u.state::jsonb, told = u.told::jsonb, matters = u.matters::jsonb, recorded_at = now()
FROM unnest($1::uuid[], $2::int[], $3::text[], $4::text[], $5::text[], $6::int[]) u(id, version, state, told, matters, was)
WHERE s.id = u.id AND s.version = u.was
"""

SYNC_TIMERS = """
WITH want AS MATERIALIZED (
  SELECT * FROM unnest($3::uuid[], $4::text[], $5::timestamptz[], $6::uuid[], $7::text[], $8::text[], $9::text[])
    w(id, name, at, matter, trace, cause, correlation)),
gone AS (
  DELETE FROM timer t WHERE t.kind = $1 AND t.id = ANY($2::uuid[]) AND t.fired_at IS NULL
     AND (t.id, t.name, t.at) NOT IN (SELECT w.id, w.name, w.at FROM want w))
INSERT INTO timer (kind, id, name, at, matter, trace, cause, correlation)
SELECT $1, w.id, w.name, w.at, w.matter, w.trace, w.cause, w.correlation FROM want w ON CONFLICT DO NOTHING
"""

FIRE = """
UPDATE timer SET fired_at = $3 WHERE kind = $1 AND id = ANY($2::uuid[]) AND fired_at IS NULL AND at <= $3
RETURNING id, name, at, matter, trace, cause, correlation
"""

PARK = f"""
INSERT INTO parked ({", ".join(f'"{name}"' for name in PARKED_FIELDS)})
VALUES ({", ".join(f"${n}" for n in range(1, len(PARKED_FIELDS) + 1))})
"""

# A key not seen as blocked may have been blocked by another transaction since: then its row is locked, so that no drain unblocks it before we commit.
BLOCK = """
INSERT INTO blocked AS b (source, subject) SELECT * FROM unnest($1::text[], $2::text[]) u(source, subject) ORDER BY 1, 2
ON CONFLICT (source, subject) DO UPDATE SET since = b.since
"""

REJECT = f"""
INSERT INTO rejected ({", ".join(f'"{name}"' for name in REJECTED_FIELDS)})
VALUES ({", ".join(f"${n}" for n in range(1, len(REJECTED_FIELDS) + 1))})
"""

SEAL = """
INSERT INTO vault (ref, about, sealed, at) SELECT * FROM unnest($1::uuid[], $2::text[], $3::bytea[], $4::timestamptz[]) ON CONFLICT DO NOTHING
"""

REMEMBER = """
INSERT INTO remembered (id, service, step, type, source, subject, at, causationid, correlationid, rule, roles)
SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::timestamptz[],
                     $8::text[], $9::text[], $10::text[], $11::text[])
ON CONFLICT DO NOTHING
"""

OUTBOX = f"SELECT {', '.join(Message._fields)} FROM journal WHERE seq > $1 AND topic IS NOT NULL ORDER BY seq LIMIT $2"

# In one statement, hence one snapshot: what is visible is a prefix of seq, so all up to the highest seen was looked through.
LOOKED_AT = 10_000
EVENTS = f"""
SELECT {STEP_COLUMNS}, NULL::bigint AS top FROM (
  SELECT * FROM journal WHERE seq > $1 AND seq <= $1 + {LOOKED_AT} AND step = 'event' AND type = ANY($2::text[]) ORDER BY seq LIMIT $3) j
UNION ALL
SELECT {", ".join("NULL" for _ in STEP_FIELDS)}, NULL, coalesce((SELECT max(seq) FROM journal), 0)
"""

DUE = "SELECT kind, id FROM timer WHERE fired_at IS NULL AND at <= $1 GROUP BY kind, id ORDER BY min(at), kind, id LIMIT $2"

POSITIONS = """
INSERT INTO position (topic, part, next) SELECT * FROM unnest($1::text[], $2::int[], $3::bigint[]) ORDER BY 1, 2 ON CONFLICT DO NOTHING
"""

STANDS = """
SELECT p.topic, p.part, p.next, p.caught_up_at
FROM position p JOIN unnest($1::text[], $2::int[]) u(topic, part) ON p.topic = u.topic AND p.part = u.part
"""

CAUGHT_UP = """
WITH held AS MATERIALIZED (
  SELECT p.topic, p.part FROM position p JOIN unnest($1::text[], $2::int[]) u(topic, part) ON p.topic = u.topic AND p.part = u.part
  ORDER BY 1, 2 FOR UPDATE OF p)
UPDATE position p SET caught_up_at = greatest(p.caught_up_at, $3) FROM held h WHERE p.topic = h.topic AND p.part = h.part
"""

READY_TO_RETRY = """
SELECT b.source, b.subject FROM blocked b
LEFT JOIN LATERAL (SELECT p.next_try_at, p.build FROM parked p
                   WHERE p.source = b.source AND p.subject = b.subject AND p.state = 'waiting' ORDER BY p.id LIMIT 1) head ON true
WHERE head.next_try_at <= $1 OR head.build IS DISTINCT FROM $2 ORDER BY b.since, 1, 2 LIMIT $3
"""


REPLAY_MOVE = """
UPDATE replay_place SET next = $4 WHERE replay = $1 AND part = $2 AND next = $3 AND EXISTS (SELECT FROM replay WHERE id = $1 AND state = 'running' FOR SHARE)
"""

REPLAY_FIELDS = tuple(f.name for f in fields(Replay))
REPLAY_COLUMNS = ", ".join(REPLAY_FIELDS)


class PostgresTx:
    """One transaction, already begun on its connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._seen_blocked: set[Key] = set()

    async def move(self, moves: Sequence[Move]) -> None:
        if len(moves) == 1:
            moved = int((await self._connection.execute(MOVE_ONE, *moves[0])).rsplit(" ", 1)[-1])
        elif moves:
            moved = await self._connection.fetchval(MOVE, *columns(moves, 4))
        else:
            return
        if moved != len(moves):
            raise NotOurs(f"{len(moves) - moved} of {len(moves)} positions stood elsewhere")

    async def take(self, letters: Mapping[UUID, bytes]) -> dict[UUID, bytes]:
        if not letters:
            return {}
        return dict(await self._connection.fetch(TAKE, list(letters), list(letters.values())))  # type: ignore[arg-type]

    async def replay(self, replay: UUID, part: int, start: int, upto: int) -> None:
        if await self._connection.execute(REPLAY_MOVE, replay, part, start, upto) != "UPDATE 1":
            raise NotOurs(f"replay {replay} does not stand at {start} of {part}, or runs no more")

    async def replayed(self, replay: UUID, part: int, counts: Mapping[str, int]) -> None:
        before = from_json(await self._connection.fetchval("SELECT counts FROM replay_place WHERE replay = $1 AND part = $2", replay, part))
        after = to_json({name: before.get(name, 0) + counts.get(name, 0) for name in {**before, **counts}}).decode()
        await self._connection.execute("UPDATE replay_place SET counts = $3 WHERE replay = $1 AND part = $2", replay, part, after)

    async def remembers(self) -> datetime:
        await self._connection.execute("SELECT pg_advisory_xact_lock_shared(hashtextextended('cg.inbox', 0))")
        since: datetime = await self._connection.fetchval("SELECT greatest(remembers, 'epoch') FROM generation")
        return since

    async def known(self, letters: Collection[UUID]) -> set[UUID]:
        sql = "SELECT i.key FROM inbox i, generation g WHERE i.gen IN (g.gen, g.gen - 1) AND i.key = ANY ($1::uuid[])"
        return {key for (key,) in await self._connection.fetch(sql, list(letters))}

    async def counted(self, highest: Mapping[Key, int]) -> dict[Key, int]:
        if not highest:
            return {}
        sources, subjects, numbers = columns([(*key, number) for key, number in sorted(highest.items())], 3)
        before = await self._connection.fetch(COUNTED, sources, subjects)
        await self._connection.execute(COUNT, sources, subjects, numbers)
        return {(source, subject): last for source, subject, last in before}

    async def idempotent(self, account: str, key: str) -> Answered | None:
        await self._connection.execute("SELECT pg_advisory_xact_lock(hashtextextended('cg.idempotency:' || $1 || ':' || $2, 0))", account, key)
        row = await self._connection.fetchrow("SELECT digest, response FROM idempotency WHERE account = $1 AND key = $2", account, key)
        return Answered(*row) if row else None

    async def answer(self, account: str, key: str, answered: Answered) -> None:
        await self._connection.execute(
            "INSERT INTO idempotency (account, key, digest, response) VALUES ($1, $2, $3, $4)", account, key, answered.digest, answered.response
        )

    async def blocked(self, keys: Collection[Key]) -> set[Key]:
        if not keys:
            return set()
        seen: set[Key] = {(source, subject) for source, subject in await self._connection.fetch(BLOCKED, *columns(keys, 2))}
        self._seen_blocked |= seen
        return seen

    async def lock(self, names: Collection[Name]) -> None:
        if names:
            await self._connection.fetchval(LOCK, [f"{kind}:{id_}" for kind, id_ in names])

    async def load(self, kind: str, ids: Collection[UUID]) -> dict[UUID, Row]:
        if not ids:
            return {}
        return {row[0]: Row(*row) for row in await self._connection.fetch(LOAD.format(kind=kind), list(ids))}

    async def save(self, kind: str, rows: Sequence[tuple[Row, int]]) -> None:
        new = [row for row, was in rows if was == 0]
        old = [(*row, was) for row, was in rows if was != 0]
        if new:
            try:
                await self._connection.copy_records_to_table(f"{kind}_state", records=new, columns=Row._fields)
            except asyncpg.UniqueViolationError as error:
                raise Conflict(f"{kind}: {error}") from error
        if old:
            saved = int((await self._connection.execute(UPDATE.format(kind=kind), *columns(old, 6))).rsplit(" ", 1)[-1])
            if saved != len(old):
                raise Conflict(f"{len(old) - saved} of {len(old)} rows of {kind} had another version")

    async def set_timers(self, kind: str, ids: Collection[UUID], wanted: Sequence[Timer]) -> None:
        if ids:
            await self._connection.execute(SYNC_TIMERS, kind, list(ids), *columns(wanted, 7))

    async def fire(self, kind: str, ids: Collection[UUID], upto: datetime) -> list[Timer]:
        if not ids:
            return []
        fired = [Timer(*row) for row in await self._connection.fetch(FIRE, kind, list(ids), upto)]
        return sorted(fired, key=lambda timer: (timer.at, timer.name))

    async def park(self, parked: Sequence[Parked]) -> None:
        keys: set[Key] = {(one.source, one.subject) for one in parked if one.source is not None and one.subject is not None}
        if new := keys - self._seen_blocked:
            await self._connection.execute(BLOCK, *columns(new, 2))
            self._seen_blocked |= new
        if parked:
            await self._connection.executemany(PARK, map(PARKED_TUPLE, parked))

    async def reject(self, rejected: Sequence[Rejected]) -> None:
        if rejected:
            await self._connection.executemany(REJECT, map(REJECTED_TUPLE, rejected))

    async def vault_keys(self, fresh: Mapping[str, tuple[bytes, datetime]]) -> dict[str, KeyOf]:
        keys, came = [key for key, _ in fresh.values()], [at for _, at in fresh.values()]
        rows = await self._connection.fetch("SELECT about, wrapped, forgotten_at FROM vault_keys($1, $2, $3)", list(fresh), keys, came)
        return {row["about"]: KeyOf(row["wrapped"], row["forgotten_at"]) for row in rows}

    async def forget(self, about: str, at: datetime) -> KeptOf:
        (row,) = await self._connection.fetch("SELECT * FROM forget($1, $2)", about, at)
        return KeptOf(*row)

    async def seal(self, entries: Sequence[Sealed]) -> None:
        if entries:
            await self._connection.execute(SEAL, *columns([(entry.ref, entry.about, entry.sealed, entry.at) for entry in entries], 4))

    async def remember(self, rows: Sequence[Remembered]) -> None:
        if rows:
            await self._connection.execute(REMEMBER, *columns(rows, len(Remembered._fields)))

    async def follow(self, name: str, start: int, upto: int) -> None:
        done = await self._connection.execute("UPDATE follower SET last = $3 WHERE name = $1 AND last = $2", name, start, upto)
        if done != "UPDATE 1":
            raise NotOurs(f"follower {name} does not stand at {start}")

    async def hold(self, key: Key) -> bool:
        row = await self._connection.fetchrow("SELECT since FROM blocked WHERE source = $1 AND subject = $2 FOR UPDATE SKIP LOCKED", *key)
        if row is not None:
            self._seen_blocked.add(key)
        return row is not None

    async def waiting(self, key: Key, limit: int) -> list[Parked]:
        rows = await self._connection.fetch(
            f"SELECT {PARKED_COLUMNS} FROM parked WHERE source = $1 AND subject = $2 AND state = 'waiting' ORDER BY id LIMIT $3", *key, limit
        )
        return [Parked(*row) for row in rows]

    async def parked_row(self, parked_id: int) -> Parked | None:
        row = await self._connection.fetchrow(f"SELECT {PARKED_COLUMNS} FROM parked WHERE id = $1 FOR UPDATE", parked_id)
        return Parked(*row) if row else None

    async def settle(
        self, parked_id: int, state: str, tries: int, next_try_at: datetime | None, build: str, reason: str | None, rule: str | None = None
    ) -> None:
        await self._connection.execute(
            "UPDATE parked SET state = $2, tries = $3, next_try_at = $4, build = $5, reason = coalesce($6, reason), rule = coalesce($7, rule) WHERE id = $1",
            parked_id,
            state,
            tries,
            next_try_at,
            build,
            reason,
            rule,
        )

    async def acted(self, parked_id: int, actor: str, what: str, diff: str | None, reason: str | None, at: datetime) -> None:
        await self._connection.execute(
            "INSERT INTO parked_action (parked_id, at, actor, what, diff, reason) VALUES ($1, $2, $3, $4, $5, $6)", parked_id, at, actor, what, diff, reason
        )

    async def edit(self, parked_id: int, edited: bytes) -> None:
        await self._connection.execute("UPDATE parked SET edited = $2 WHERE id = $1", parked_id, edited)

    async def unblock(self, key: Key) -> None:
        await self._connection.execute(
            """DELETE FROM blocked WHERE source = $1 AND subject = $2
               AND NOT EXISTS (SELECT FROM parked WHERE source = $1 AND subject = $2 AND state = 'waiting')""",
            *key,
        )

    async def journal(self, steps: Sequence[Step]) -> None:
        if steps:
            await self._connection.copy_records_to_table("journal", records=[step[:-1] for step in steps], columns=STEP_FIELDS)


class PostgresStore:
    """A service's own database, through a pool of the runtime role."""

    def __init__(self, pool: Pool) -> None:
        self.pool = pool

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[PostgresTx]:
        try:
            async with self.pool.acquire() as connection, connection.transaction():
                yield PostgresTx(connection)
        except FAILURES as error:
            raise refusal(error) from error

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[Connection]:
        """A connection for single statements, each its own transaction."""
        try:
            async with self.pool.acquire() as connection:
                yield connection
        except FAILURES as error:
            raise refusal(error) from error

    async def positions(self, places: Mapping[Place, int]) -> dict[Place, int]:
        if not places:
            return {}
        topics, parts, starts = columns([(*place, start) for place, start in places.items()], 3)
        async with self._connection() as connection:
            await connection.execute(POSITIONS, topics, parts, starts)
            return {(topic, part): start for topic, part, start, _ in await connection.fetch(STANDS, topics, parts)}

    async def caught_up(self, places: Collection[Place], at: datetime) -> None:
        if places:
            async with self._connection() as connection:
                await connection.execute(CAUGHT_UP, *columns(places, 2), at)

    async def watermark(self, places: Collection[Place]) -> datetime | None:
        if not places:
            return None
        async with self._connection() as connection:
            reached = [row[3] for row in await connection.fetch(STANDS, *columns(places, 2))]
        return None if len(reached) < len(places) or None in reached else min(reached)

    async def due(self, upto: datetime, limit: int) -> list[tuple[str, UUID]]:
        async with self._connection() as connection:
            return [(kind, id_) for kind, id_ in await connection.fetch(DUE, upto, limit)]

    async def take_relay(self) -> tuple[int, int]:
        async with self._connection() as connection:
            row = await connection.fetchrow("UPDATE relay SET epoch = epoch + 1 RETURNING last, epoch")
        if row is None:
            raise Again("the relay's row is missing")
        return row[0], row[1]

    async def relayed(self, last: int, epoch: int) -> bool:
        async with self._connection() as connection:
            return bool(await connection.execute("UPDATE relay SET last = $1 WHERE epoch = $2 AND last <= $1", last, epoch) == "UPDATE 1")

    async def outbox(self, after: int, limit: int) -> list[Message]:
        async with self._connection() as connection:
            return [Message(*row) for row in await connection.fetch(OUTBOX, after, limit)]

    async def cursor(self, name: str) -> int:
        async with self._connection() as connection:
            await connection.execute("INSERT INTO follower (name, last) VALUES ($1, 0) ON CONFLICT DO NOTHING", name)
            return int(await connection.fetchval("SELECT last FROM follower WHERE name = $1", name))

    async def events(self, after: int, types: Collection[str], limit: int) -> tuple[list[Step], int]:
        async with self._connection() as connection:
            *rows, end = await connection.fetch(EVENTS, after, list(types), limit)
        steps = [Step(*row[:-1]) for row in rows]
        if len(steps) == limit:
            return steps, steps[-1].seq
        return steps, max(after, min(end["top"], after + LOOKED_AT))

    async def ready_to_retry(self, now: datetime, build: str, limit: int) -> list[Key]:
        async with self._connection() as connection:
            return [(source, subject) for source, subject in await connection.fetch(READY_TO_RETRY, now, build, limit)]

    async def next_replay(self) -> Replay | None:
        """The oldest replay that is not at its end."""
        async with self._connection() as connection:
            rows = await connection.fetch(f"SELECT {REPLAY_COLUMNS} FROM replay WHERE state IN ('asked', 'running') ORDER BY at LIMIT 1")
        return replay_of(rows[0]) if rows else None

    async def begin_replay(self, replay: UUID, places: Mapping[int, tuple[int, int]]) -> None:
        """Sets where a replay begins and ends in each partition, unless that was done."""
        async with self._connection() as connection, connection.transaction():
            begun = await connection.execute("UPDATE replay SET state = 'running' WHERE id = $1 AND state = 'asked'", replay)
            if begun == "UPDATE 1":
                rows = [(replay, part, start, max(start, until)) for part, (start, until) in sorted(places.items())]
                await connection.executemany("INSERT INTO replay_place (replay, part, start, next, until) VALUES ($1, $2, $3, $3, $4)", rows)

    async def end_replay(self, replay: UUID, state: str, at: datetime, why: str | None = None, by: str | None = None) -> bool:
        """Says that a replay is done, or stopped and why; False when it was at its end before."""
        sql = "UPDATE replay SET state = $2, ended_at = $3, why = $4, stopped_by = $5 WHERE id = $1 AND state IN ('asked', 'running')"
        async with self._connection() as connection:
            return bool(await connection.execute(sql, replay, state, at, why, by) == "UPDATE 1")

    async def keep_house(self, now: datetime) -> None:
        """Adds journal partitions ahead, forgets what was rejected, answered or counted long ago, and begins a new inbox generation when the time has come.

        `now` is real time. To be called at start and daily.
        """
        async with self._connection() as connection:
            await connection.execute("SELECT extend_journal()")
            await connection.execute("DELETE FROM rejected WHERE received_at < $1", now - REJECTED_KEPT)
            await connection.execute("DELETE FROM idempotency WHERE at < $1", now - ANSWERS_KEPT)
            await connection.execute("DELETE FROM counted WHERE at < $1", now - COUNTED_KEPT)
            async with connection.transaction():  # the lock first, or two replicas would rotate twice and forget what has just been taken
                await connection.execute("SELECT pg_advisory_xact_lock(hashtextextended('cg.inbox', 0))")
                since: datetime = await connection.fetchval("SELECT since FROM generation")
                if since < now - GENERATION:
                    await connection.execute("SELECT rotate_inbox()")

    async def rotate_inbox(self) -> int:
        """Begins a new generation of the inbox and forgets the one before the previous."""
        async with self._connection() as connection:
            return int(await connection.fetchval("SELECT rotate_inbox()"))

    async def close(self) -> None:
        """Closes the pool at once."""
        self.pool.terminate()


async def nothing_to_reset(_: Any) -> None:
    """Sessions of the engine change no settings and keep no session locks; asking the server to reset them would cost a round trip each time."""


async def open_pool(url: str, password: str | None, application: str, *, size: int = 4, by_key: bool = False) -> Pool:
    """A pool of at most `size` connections. `by_key`: for the engine's statements; without, for queries that may scan."""
    try:
        return await asyncpg.create_pool(
            url,
            password=password,
            min_size=1,
            max_size=size,
            max_inactive_connection_lifetime=0,
            max_cached_statement_lifetime=0,
            timeout=10,
            command_timeout=60,
            reset=nothing_to_reset,
            server_settings={
                "application_name": application,
                "default_transaction_isolation": "read committed",
                "statement_timeout": "30s",
                "idle_in_transaction_session_timeout": "60s",
                "tcp_keepalives_idle": "10",
                **(BY_KEY if by_key else {}),
            },
        )
    except FAILURES as error:
        raise refusal(error) from error


async def open_store(url: str, password: str | None, application: str, *, size: int = 4) -> PostgresStore:
    """The store, when the server is there and carries the engine; raises Again while it is away, Unsuitable when its settings do not do."""
    pool = await open_pool(url, password, application, size=size, by_key=True)
    try:
        locks = int(await pool.fetchval("SHOW max_locks_per_transaction"))
        if locks < LOCKS_WANTED:
            raise Unsuitable(f"max_locks_per_transaction is {locks}, the engine needs {LOCKS_WANTED}: a batch locks up to 500 aggregates")
    except FAILURES as error:
        pool.terminate()
        raise refusal(error) from error
    except Unsuitable:
        pool.terminate()
        raise
    return PostgresStore(pool)


# What operators read. These take any pool; they change nothing but what they record.


@dataclass(frozen=True, slots=True)
class Counts:
    """The state of a service's work. `backlog` counts messages not yet sent, `unsent_since` is the journal instant of the oldest."""

    backlog: int
    unsent_since: datetime | None
    journal: int
    parked: int
    blocked: int
    rejected: int
    timers_open: int
    timers_overdue: int
    next_deadline_at: datetime | None


@dataclass(frozen=True, slots=True)
class OpenTimer:
    """A timer with its aggregate's kind and whether it fired."""

    kind: str
    timer: Timer
    fired_at: datetime | None


@dataclass(frozen=True, slots=True)
class Standing:
    """Where the reading of one partition stands."""

    topic: str
    part: int
    next: int
    caught_up_at: datetime | None


@dataclass(frozen=True, slots=True)
class Acted:
    """What a person did to a parked record. `actor` and `diff` are JSON text."""

    parked_id: int
    at: datetime
    actor: str
    what: str
    diff: str | None
    reason: str | None


COUNTS = """
SELECT (SELECT count(*) FROM journal, relay WHERE seq > last AND topic IS NOT NULL),
       (SELECT at FROM journal WHERE seq > (SELECT last FROM relay) AND topic IS NOT NULL ORDER BY seq LIMIT 1),
       (SELECT coalesce(max(seq), 0) FROM journal),
       (SELECT count(*) FROM parked WHERE state = 'waiting'),
       (SELECT count(*) FROM blocked),
       (SELECT count(*) FROM rejected),
       (SELECT count(*) FROM timer WHERE fired_at IS NULL),
       (SELECT count(*) FROM timer WHERE fired_at IS NULL AND at <= $1),
       (SELECT min(at) FROM timer WHERE fired_at IS NULL)
"""


async def counts(pool: Pool, now: datetime) -> Counts:
    """The state of the work; `now` is domain time, for what is overdue."""
    row = await pool.fetchrow(COUNTS, now)
    assert row is not None
    return Counts(*row)


async def standings(pool: Pool) -> list[Standing]:
    """All positions."""
    return [Standing(*row) for row in await pool.fetch("SELECT topic, part, next, caught_up_at FROM position ORDER BY 1, 2")]


async def journal_of(pool: Pool, id_: UUID) -> list[Step]:
    """The steps with this id, in order."""
    return [Step(*row) for row in await pool.fetch(f"SELECT {STEP_COLUMNS} FROM journal WHERE id = $1 ORDER BY seq", id_)]


async def journal_correlated(pool: Pool, correlation: str, *, after: int = 0, limit: int = 10_000) -> list[Step]:
    """The steps of one story, in order."""
    sql = f"SELECT {STEP_COLUMNS} FROM journal WHERE correlation = $1 AND seq > $2 ORDER BY seq LIMIT $3"
    return [Step(*row) for row in await pool.fetch(sql, correlation, after, limit)]


async def journal_about(pool: Pool, kind: str, aggregate: UUID, *, limit: int = 10_000) -> list[Step]:
    """The steps of one aggregate, in order; reads the whole journal, hence for a person's question only."""
    sql = f"SELECT {STEP_COLUMNS} FROM journal WHERE kind = $1 AND aggregate = $2 ORDER BY seq LIMIT $3"
    return [Step(*row) for row in await pool.fetch(sql, kind, aggregate, limit)]


async def parked_list(pool: Pool, *, state: str | None = "waiting", correlation: str | None = None, after: int = 0, limit: int = 1_000) -> list[Parked]:
    """Parked records in order of parking, by default those that wait; `state` None: all."""
    sql = f"""SELECT {PARKED_COLUMNS} FROM parked
              WHERE id > $1 AND ($2::text IS NULL OR state = $2) AND ($3::text IS NULL OR correlation = $3) ORDER BY id LIMIT $4"""
    return [Parked(*row) for row in await pool.fetch(sql, after, state, correlation, limit)]


async def parked_actions(pool: Pool, parked_id: int) -> list[Acted]:
    """What people did to a parked record, in order."""
    sql = "SELECT parked_id, at, actor, what, diff, reason FROM parked_action WHERE parked_id = $1 ORDER BY at"
    return [Acted(*row) for row in await pool.fetch(sql, parked_id)]


async def rejected_list(pool: Pool, *, account: str | None = None, after: int = 0, limit: int = 1_000) -> list[Rejected]:
    """What the gate turned away, in order."""
    sql = f"SELECT {REJECTED_COLUMNS} FROM rejected WHERE id > $1 AND ($2::text IS NULL OR account = $2) ORDER BY id LIMIT $3"
    return [Rejected(*row) for row in await pool.fetch(sql, after, account, limit)]


async def timers(pool: Pool, *, fired: bool = False, upto: datetime | None = None, limit: int = 1_000) -> list[OpenTimer]:
    """Open timers by instant; with `fired`, those that fired, the last first."""
    sql = f"""SELECT kind, id, name, at, matter, trace, cause, correlation, fired_at FROM timer
              WHERE fired_at IS {"NOT" if fired else ""} NULL AND ($1::timestamptz IS NULL OR at <= $1)
              ORDER BY {"fired_at DESC" if fired else "at"}, name LIMIT $2"""
    return [OpenTimer(row[0], Timer(*row[1:8]), row[8]) for row in await pool.fetch(sql, upto, limit)]


class Kept(NamedTuple):
    """An entry of the vault, still encrypted, with the key of the person it is about, if there is one."""

    sealed: bytes
    about: str | None
    wrapped: bytes | None


async def read_sealed(pool: Pool, refs: Sequence[UUID], actor: str, purpose: str, at: datetime) -> dict[UUID, Kept]:
    """Entries of the vault. The readings are recorded (`actor` is JSON text) in the same transaction, or nothing is returned."""
    sql = "SELECT v.ref, v.sealed, v.about, k.wrapped FROM vault v LEFT JOIN vault_key k ON k.about = v.about WHERE v.ref = ANY ($1)"
    async with pool.acquire() as connection, connection.transaction():
        found = {row["ref"]: Kept(row["sealed"], row["about"], row["wrapped"]) for row in await connection.fetch(sql, list(refs))}
        if found:
            await connection.execute(
                "INSERT INTO vault_read (ref, at, actor, purpose) SELECT ref, $2, $3, $4 FROM unnest($1::uuid[]) ref", list(found), at, actor, purpose
            )
    return found


def replay_of(row: asyncpg.Record) -> Replay:
    """A replay as it was kept."""
    kept = dict(row)
    return Replay(**{**kept, "types": tuple(kept["types"]) if kept["types"] is not None else None})


async def ask_replay(pool: Pool, replay: Replay) -> None:
    """Keeps what an operator asks to have read again."""
    values = [getattr(replay, name) for name in REPLAY_FIELDS]
    await pool.execute(f"INSERT INTO replay ({REPLAY_COLUMNS}) VALUES ({', '.join(f'${n}' for n in range(1, len(values) + 1))})", *values)


async def replays(pool: Pool, *, id_: UUID | None = None, limit: int = 100) -> list[tuple[Replay, list[ReplayPlace]]]:
    """Replays with how far they are, the latest first; or the one with this id."""
    sql = f"SELECT {REPLAY_COLUMNS} FROM replay WHERE $1::uuid IS NULL OR id = $1 ORDER BY at DESC LIMIT $2"
    found = [replay_of(row) for row in await pool.fetch(sql, id_, limit)]
    columns_ = "replay, part, start, next, until, counts"
    places: dict[UUID, list[ReplayPlace]] = {one.id: [] for one in found}
    for row in await pool.fetch(f"SELECT {columns_} FROM replay_place WHERE replay = ANY ($1::uuid[]) ORDER BY 1, 2", list(places)):
        places[row["replay"]].append(ReplayPlace(**{**row, "counts": from_json(row["counts"])}))
    return [(one, places[one.id]) for one in found]


async def take_as_read(pool: Pool, place: Place, upto: datetime, at: datetime, actor: str, reason: str) -> bool:
    """Lets deadlines up to `upto` (domain time) fire though nobody reads this partition; recorded in the same transaction. False when it has no position."""
    async with pool.acquire() as connection, connection.transaction():
        known = bool(await connection.fetchval("SELECT EXISTS (SELECT FROM position WHERE topic = $1 AND part = $2)", *place))
        if known:
            await connection.execute(CAUGHT_UP, [place[0]], [place[1]], upto)
            sql = "INSERT INTO taken_as_read (topic, part, upto, at, actor, reason) VALUES ($1, $2, $3, $4, $5, $6)"
            await connection.execute(sql, *place, upto, at, actor, reason)
    return known


async def record_denied(pool: Pool, at: datetime, actor: str | None, roles: Collection[str], route: str, rule: str) -> None:
    """Keeps that HTTP denied something to somebody (`actor`: who it said it was, if it said so)."""
    await pool.execute("INSERT INTO denied (at, actor, roles, route, rule) VALUES ($1, $2, $3, $4, $5)", at, actor, sorted(roles), route, rule)
