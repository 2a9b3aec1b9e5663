"""Reads again what was read before, as an operator asked, beside the live reading: each effect once, on record, resumed after a kill."""

from __future__ import annotations

import asyncio
import time
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from cg_kit.cloudevents import JSON, Envelope
from cg_kit.engine import MOST_KEYS, Arrival, Engine, Failures, Halted, Tally, blame, origin_of
from cg_kit.postgres import PostgresStore, replays
from cg_kit.pure import named
from cg_kit.reader import record_of
from cg_kit.seam import Again, BadData, Conflict, NotOurs, Parked, Place, Record, Replay, ReplayPlace, Tx

log = structlog.get_logger("cg.replay")

AT_ONCE = 100
"""Records of one transaction: few, because the live reading waits behind it."""

LOOK_EVERY = 1.0
SKEW = timedelta(hours=1)
"""How far the broker's clock and the database's may differ."""

SILENT_SECONDS = 30.0

COUNTED = ("read", "unheard", "turned_away", "forgotten", "taken", "fresh", "applied", "refused", "parked")
"""What became of the records of a replay.

`unheard`: of no type that is heard, or of none that was asked for. `turned_away`: the gate would not have it, which its publisher was told when it came.
`forgotten`: older than the inbox remembers, so nobody can say whether it was taken. `taken`: it had its effect before. `fresh`: the rest: it was `applied`,
`refused` or `parked`, or would be looked at, if the run is dry.
"""


class Replayer:
    """The transactions of replays: those of the live reading, with a place of their own instead of the position."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._failures: Failures = defaultdict(deque)

    async def take(self, replay: Replay, part: int, start: int, upto: int, records: Sequence[Record]) -> None:
        """Takes records of one partition, in order, and moves the replay's place from `start` to `upto`. Raises NotOurs, Again, Conflict, Halted."""
        arrivals = [self._prepared(replay, record) for record in records]
        if len(arrivals) > 1 and len({(to.kind, to.id) for a in arrivals for to in a.tos}) > MOST_KEYS:
            await self._halves(replay, part, start, upto, records)
            return
        try:
            await self._transaction(replay, part, start, upto, arrivals)
        except BadData as error:
            if len(records) > 1:
                await self._halves(replay, part, start, upto, records)
                return
            arrivals = [self._prepared(replay, record) for record in records]
            blame(arrivals[0], "data-unstorable", None, str(error))
            await self._transaction(replay, part, start, upto, arrivals)

    async def _halves(self, replay: Replay, part: int, start: int, upto: int, records: Sequence[Record]) -> None:
        middle = len(records) // 2
        border = records[middle].offset
        await self.take(replay, part, start, border, records[:middle])
        await self.take(replay, part, border, upto, records[middle:])

    def _prepared(self, replay: Replay, record: Record) -> Arrival:
        arrival = self.engine.prepare(record)
        envelope = arrival.envelope
        if replay.types is not None and envelope is not None and envelope.type not in replay.types:
            arrival.verdict = "skip"
        elif replay.again and not replay.dry and arrival.verdict != "skip" and isinstance(envelope, Envelope):
            return self.engine.prepare(renamed(record, envelope, replay))
        return arrival

    async def _transaction(self, replay: Replay, part: int, start: int, upto: int, arrivals: list[Arrival]) -> None:
        engine = self.engine
        counts: Counter[str] = Counter(read=len(arrivals), unheard=sum(a.verdict == "skip" for a in arrivals))
        heard = [arrival for arrival in arrivals if arrival.verdict != "skip"]
        letters = {a.letter: a.digest for a in reversed(heard) if a.letter is not None}  # what has none was turned away by the gate, then as now
        counts["turned_away"] = sum(a.letter is None for a in heard)
        async with engine.store.transaction() as tx:
            await tx.replay(replay.id, part, start, upto)
            heard = await self._unknown(tx, replay, [a for a in heard if a.letter is not None], letters, counts)
            counts["fresh"] = len(heard)
            work = engine._workspace()
            parked: list[Parked] = []
            if not replay.dry and heard:
                parked = await self._apply(tx, work, heard, counts)
                await tx.remember([row for arrival in heard for row in arrival.remembered])
            await tx.replayed(replay.id, part, +counts)  # without those that are none
            await tx.journal(work.written())
        engine._committed(work)
        for arrival in heard:
            if arrival.verdict == "parked":
                engine.telemetry.failed(origin_of(arrival, engine.clock), arrival.rule, arrival.reason)
        engine.tally.replayed += len(arrivals)
        engine.tally.parked += len(parked)

    async def _unknown(self, tx: Tx, replay: Replay, heard: list[Arrival], letters: Mapping[Any, bytes], counts: Counter[str]) -> list[Arrival]:
        """Those that had no effect yet, as far as can be known."""
        if not replay.again:
            since = await tx.remembers() + SKEW
            old = {a.letter for a in heard if a.record.at < since} - {None}
            counts["forgotten"] = sum(a.letter in old for a in heard)
            heard = [a for a in heard if a.letter not in old]
            letters = {letter: digest for letter, digest in letters.items() if letter not in old}
        if replay.dry:
            taken: Collection[Any] = set() if replay.again else await tx.known(letters)
        else:
            taken = await tx.take(letters)
        fresh: list[Arrival] = []
        seen = set(taken)
        for arrival in heard:
            if arrival.letter in seen:
                counts["taken"] += 1
            else:
                seen.add(arrival.letter)
                fresh.append(arrival)
        return fresh

    async def _apply(self, tx: Tx, work: Any, heard: list[Arrival], counts: Counter[str]) -> list[Parked]:
        engine = self.engine
        blocked = await tx.blocked({a.key for a in heard if a.key is not None})
        await engine._load(tx, work, {(to.kind, to.id) for a in heard if a.verdict == "pass" for to in a.tos})
        parked: list[Parked] = []
        tally = Tally()
        for arrival in heard:
            if arrival.key in blocked:
                blame(arrival, "behind", None, "an earlier record of the same source and subject is parked")
            elif arrival.verdict == "pass":
                engine._apply(work, arrival, tally)
            if arrival.verdict != "pass":
                arrival.verdict = "parked"
                parked.append(engine._park(arrival))
                work.took("parked", origin_of(arrival, engine.clock), arrival.tos, rule=arrival.rule)
                if arrival.key is not None:
                    blocked.add(arrival.key)
        engine.breaker(parked, self._failures)
        await engine._save(tx, work)
        await tx.park(parked)
        await engine._seal(tx, [a.entry for a in heard if a.entry is not None and a.verdict == "pass"])
        counts.update(applied=tally.applied, refused=tally.refused, parked=len(parked))
        return parked


def renamed(record: Record, envelope: Envelope, replay: Replay) -> Record:
    """The record as a new message of the same story: its id is made of the replay, the source and the id, so that each replay has its effect once."""
    id_ = str(named("replay", replay.id, envelope.source, envelope.id))
    attributes = envelope.attributes() | {"id": id_, "correlationid": envelope.correlationid or envelope.id}
    content_type = attributes.pop("datacontenttype", JSON)
    headers = (*((f"ce_{name}", text.encode()) for name, text in attributes.items()), ("content-type", content_type.encode()))
    return record._replace(value=envelope.data, headers=headers)


class Replays:
    """Runs the replays that were asked for, one after the other, in the process that `leads`; goes on where another was killed."""

    def __init__(
        self, engine: Engine, store: PostgresStore, client: Mapping[str, Any], places: Collection[Place], leads: Callable[[], bool], stopped: Callable[[], bool]
    ) -> None:
        self.replayer = Replayer(engine)
        self.engine, self.store, self.client, self.places = engine, store, client, places
        self.leads, self.stopped = leads, stopped

    async def run(self) -> None:
        """Until stopped. What fails for a passing reason is taken again."""
        while not self.stopped():
            await asyncio.sleep(LOOK_EVERY)
            try:
                if self.leads() and (replay := await self.store.next_replay()) is not None:
                    await self._one(replay)
            except (Again, Conflict, NotOurs, KafkaError, OSError) as error:
                log.warning("replay waits", error=f"{type(error).__name__}: {error}"[:300])

    async def _one(self, replay: Replay) -> None:
        consumer = AIOKafkaConsumer(**self.client, enable_auto_commit=False, fetch_max_wait_ms=100)
        await consumer.start()
        try:
            if replay.state == "asked":
                await self.store.begin_replay(replay.id, await self._range(consumer, replay))
                log.info("replay begins", replay=str(replay.id), topic=replay.topic, dry=replay.dry, again=replay.again)
            ((_, places),) = await replays(self.store.pool, id_=replay.id)
            for place in places:
                if not await self._part(consumer, replay, place):
                    return
            if await self.store.end_replay(replay.id, "done", self.engine.clock.real()):
                log.info("replay is done", replay=str(replay.id))
        except Halted as halted:
            log.error("replay stopped", replay=str(replay.id), why=halted.why)
            await self.store.end_replay(replay.id, "stopped", self.engine.clock.real(), halted.why)
        finally:
            await consumer.stop()

    async def _range(self, consumer: AIOKafkaConsumer, replay: Replay) -> dict[int, tuple[int, int]]:
        """From where to where in each partition; never past what the live reading has taken."""
        parts = [TopicPartition(*place) for place in self.places if place[0] == replay.topic and replay.part in (None, place[1])]
        first = await consumer.beginning_offsets(parts)
        stands = await self.store.positions({(tp.topic, tp.partition): first[tp] for tp in parts})
        start = await self._offsets(consumer, parts, replay.from_at, replay.from_offset)
        end = await self._offsets(consumer, parts, replay.to_at, replay.to_offset)
        found: dict[int, tuple[int, int]] = {}
        for tp in parts:
            stood = stands[tp.topic, tp.partition]
            begin = min(max(start.get(tp, stood), first[tp]), stood)
            found[tp.partition] = (begin, max(begin, min(end.get(tp, stood), stood)))
        return found

    async def _offsets(self, consumer: AIOKafkaConsumer, parts: list[TopicPartition], at: datetime | None, offset: int | None) -> dict[TopicPartition, int]:
        """The first offset of each partition at or after an instant, as far as there is one."""
        if at is None:
            return dict.fromkeys(parts, offset) if offset is not None else {}
        found = await consumer.offsets_for_times(dict.fromkeys(parts, int(at.timestamp() * 1000)))
        return {tp: one.offset for tp, one in found.items() if one is not None}

    async def _part(self, consumer: AIOKafkaConsumer, replay: Replay, place: ReplayPlace) -> bool:
        """Replays one partition to its end; False when this process is to do no more of it."""
        tp = TopicPartition(replay.topic, place.part)
        at = place.next
        consumer.assign([tp])
        consumer.seek(tp, at)
        heard_at = time.monotonic()
        most = min(AT_ONCE, replay.rate)
        while at < place.until:
            if self.stopped() or not self.leads():
                return False
            began = time.monotonic()
            fetched = (await consumer.getmany(tp, timeout_ms=500, max_records=most)).get(tp, [])
            records = [record_of(raw) for raw in fetched if raw.offset < place.until]
            if len(records) < len(fetched):
                upto = place.until
            elif records:
                upto = records[-1].offset + 1
            else:  # what lies between may be no records
                upto = min(await consumer.position(tp), place.until)
                if upto == at:
                    if began - heard_at > SILENT_SECONDS:
                        raise Again(f"nothing comes of {tp.topic}/{tp.partition} from {at} on")
                    continue
            heard_at = began
            await self.replayer.take(replay, place.part, at, upto, records)
            at = upto
            await asyncio.sleep(max(0.0, began + len(records) / replay.rate - time.monotonic()))
        return True
