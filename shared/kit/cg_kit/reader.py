"""The reader: takes records from the broker to the engine, each partition from where the database says it stands."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Collection, Iterable, Mapping, Set
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError
from faststream import AckPolicy
from faststream.kafka import KafkaBroker
from faststream.kafka import TopicPartition as Declared
from pydantic_core import from_json

from cg_kit import lenient
from cg_kit.clock import SystemClock
from cg_kit.engine import PAUSE_FIRST, PAUSE_MOST, Arrival, Engine, Halted
from cg_kit.seam import Again, Conflict, NotOurs, Place, Record, Store
from cg_kit.telemetry import Telemetry

log = structlog.get_logger("cg.reader")

MOST_RECORDS = 500
MOST_BYTES = 1 << 20
AT_ONCE = 2
"""Batches that are with the database at the same time, each of partitions of its own: while one is stored, another is decided."""

WORTH = 50
"""Records from which on a batch is taken beside another; fewer wait for it, because transactions of their own would cost them more than the wait."""

STUCK_SECONDS = 30.0
MOST_CANARIES = 500
"""Offsets that a partition's place in the database may stand behind because only canaries came: so many are read again after a restart, and no more."""

WAITING = "waits for its partitions"


def record_of(raw: Any) -> Record:
    """A consumed record in the engine's words; a header's value may be missing."""
    return Record(raw.topic, raw.partition, raw.offset, raw.key, raw.value, raw.headers, datetime.fromtimestamp(raw.timestamp / 1000, UTC))


async def room(taken: dict[asyncio.Task[None], set[Place]], places: Set[Place], most: int = AT_ONCE) -> None:
    """Waits until none of the batches taken holds one of these places and another may be taken, of `most`; raises what one of them raised."""
    while True:
        for done in [task for task in taken if task.done()]:
            del taken[done]
            done.result()
        if len(taken) < most and all(held.isdisjoint(places) for held in taken.values()):
            return
        await asyncio.wait(taken, return_when=asyncio.FIRST_COMPLETED)


class Reader:
    """Reads those of the service's partitions that fall to this process. `stands` is where each stands in the database, `passed` after the canaries there."""

    def __init__(self, engine: Engine, store: Store, clock: SystemClock, broker: KafkaBroker, places: Collection[Place], telemetry: Telemetry) -> None:
        self.engine, self.store, self.clock, self.telemetry = engine, store, clock, telemetry
        self.places = tuple(places)
        self.mine: set[Place] = set()
        self.stands: dict[Place, int] = {}
        self.passed: dict[Place, int] = {}
        self.halted: dict[Place, str] = {}
        self.stopping = False
        self.moved = asyncio.Event()
        self.moved_at = time.monotonic()
        self.why = WAITING
        self.deadlines_stopped = ""
        lenient.install()
        self.subscriber = broker.subscriber(
            partitions=[Declared(*place) for place in self.places],
            batch=True,
            max_records=MOST_RECORDS,
            group_id=engine.service.name,
            auto_offset_reset="earliest",
            fetch_max_wait_ms=500,
            ack_policy=AckPolicy.MANUAL,
        )
        self._left: list[Any] = []
        self._era = 0
        self._committed: dict[Place, int] = {}

    @property
    def consumer(self) -> AIOKafkaConsumer:
        """The client library's consumer, through the subscriber's public attribute."""
        consumer = self.subscriber.consumer
        if consumer is None:
            raise Again("the consumer is not started")
        return consumer

    # -- which partitions ----------------------------------------------------------------------------------------

    async def own(self, places: Collection[Place]) -> None:
        """Reads these from now on and no others. A batch in flight meets the fence in the database; the loop asks it where they stand before it reads."""
        consumer = self.consumer
        gone, new = self.mine.difference(places), set(places) - self.mine
        self.mine = set(places)
        self._forget(gone | new)
        for place in gone:  # whoever reads a stopped one now sees for himself
            self.halted.pop(place, None)
        consumer.pause(*(TopicPartition(*place) for place in self.places if place not in self.mine))
        consumer.resume(*(TopicPartition(*place) for place in new))
        self.why = "" if self.mine else WAITING

    def _forget(self, places: Iterable[Place]) -> None:
        """Where these stand is to be asked again; what was fetched before is not to be taken."""
        self._era += 1
        for place in places:
            self.stands.pop(place, None)
            self.passed.pop(place, None)

    async def _find_places(self) -> None:
        """Asks the database where new partitions stand, and seeks there."""
        new = [TopicPartition(*place) for place in self.mine if place not in self.stands and place not in self.halted]
        if not new:
            return
        first = await self.consumer.beginning_offsets(new)
        last = await self.consumer.end_offsets(new)
        stand = await self.store.positions({(tp.topic, tp.partition): first[tp] for tp in new})
        self._left = [r for r in self._left if (r.topic, r.partition) not in stand]
        for tp in new:
            place = (tp.topic, tp.partition)
            at = stand[place]
            if place not in self.mine:  # not any more
                continue
            if at < first[tp] or at > last[tp]:
                why = f"{tp.topic}/{tp.partition} stands at {at} but the broker holds {first[tp]} to {last[tp]}: a rewound or shortened topic"
                self._halt({place: why})
                continue
            self.consumer.seek(tp, at)
            self.stands[place] = at

    def _halt(self, why: Mapping[Place, str]) -> None:
        for place, reason in why.items():
            log.error("partition stopped", topic=place[0], partition=place[1], why=reason)
            self.halted[place] = reason
            self._forget([place])
            with suppress(KafkaError):  # no longer ours: then nobody has to pause it here
                self.consumer.pause(TopicPartition(*place))

    async def release(self, topic: str, part: int) -> None:
        """Lets a stopped partition go on (after a person has mended why)."""
        self.halted.pop((topic, part), None)
        self.consumer.resume(TopicPartition(topic, part))

    # -- the loop ------------------------------------------------------------------------------------------------

    async def _reconnect(self) -> None:
        """With a new consumer: one whose background task has ended with an error says that same error for ever. Without a broker it stays without."""
        log.warning("reads with a new consumer", why=self.why)
        await self._drop()
        try:
            await self.subscriber.start()
        except (KafkaError, OSError, RuntimeError) as error:
            log.warning("no new consumer yet", error=str(error)[:300])
            await self._drop()
            return
        self.consumer.pause(*(TopicPartition(*place) for place in self.places if place not in self.mine or place in self.halted))

    async def _drop(self) -> None:
        """Gives the consumer up. One whose coordination has died says so once more when it ends, and leaves its connections open."""
        consumer, self._left = self.subscriber.consumer, []
        self._forget(self.mine)
        if consumer is None:
            return
        try:
            await asyncio.wait_for(self.subscriber.stop(), PAUSE_MOST)
        except (KafkaError, OSError, RuntimeError, TimeoutError) as error:
            log.warning("the consumer ended badly", error=str(error)[:300])
            for part in (consumer._fetcher, consumer._client):
                with suppress(KafkaError, OSError, RuntimeError, TimeoutError):
                    await asyncio.wait_for(part.close(), PAUSE_MOST)
        self.subscriber.consumer = None

    async def run(self) -> None:
        """Reads until stopped. Never raises for a record: what fails for a passing reason is taken again, for ever.

        While batches are with the database the next is fetched and prepared; it is taken when none of them holds one of its partitions,
        and only if no place was lost meanwhile.
        """
        pause = PAUSE_FIRST
        taken: dict[asyncio.Task[None], set[Place]] = {}
        try:
            while not self.stopping:
                places: set[Place] = set()
                try:
                    await self._find_places()
                    era = self._era
                    arrivals = [self.engine.prepare(record) for record in await self._next(set().union(*taken.values()))]
                    places = {(a.record.topic, a.record.part) for a in arrivals}
                    await room(taken, places, AT_ONCE if len(arrivals) >= WORTH else 1)
                    if self._era != era:
                        self._forget(places)
                    elif all(self._is_passing(arrival) for arrival in arrivals):
                        self._pass(arrivals)
                    else:
                        taken[asyncio.create_task(self._take(arrivals, era))] = places
                    pause = PAUSE_FIRST
                except (Again, KafkaError, OSError) as error:
                    self._forget(places)
                    self.why = f"waits: {type(error).__name__}: {error}"[:300]
                    log.warning("reader waits", error=self.why)
                    await asyncio.sleep(pause)
                    pause = min(pause * 2, PAUSE_MOST)
                    if self.subscriber.consumer is None or (isinstance(error, KafkaError) and not error.retriable):
                        await self._reconnect()
        except BaseException:
            for task in taken:
                task.cancel()
            raise
        await asyncio.gather(*taken)

    async def _next(self, held: Set[Place]) -> list[Record]:
        """What is to be taken next; rather of partitions that no batch holds, when something of them is there."""
        raw = self._left
        if not raw:
            fetched: Mapping[TopicPartition, list[Any]] = {}
            free = [TopicPartition(*place) for place in self.stands.keys() - held]
            if held and free:
                fetched = await self.consumer.getmany(*free, timeout_ms=0, max_records=MOST_RECORDS)
            if not fetched:
                fetched = await self.consumer.getmany(timeout_ms=500, max_records=MOST_RECORDS)
            raw = [r for records in fetched.values() for r in records]
        size = 0
        for count, record in enumerate(raw):
            size += len(record.value or b"") + 200
            if size > MOST_BYTES and count:
                break
        else:
            count = len(raw)
        self._left = raw[count:]
        return [record_of(r) for r in raw[:count] if (r.topic, r.partition) in self.stands]

    def _is_passing(self, arrival: Arrival) -> bool:
        place = (arrival.record.topic, arrival.record.part)
        return arrival.rule == "canary" and arrival.record.offset - self.stands.get(place, 0) < MOST_CANARIES

    def _pass(self, canaries: list[Arrival]) -> None:
        """Nothing is written for canaries alone: our place moves on with the next record that is none, or they are passed once more."""
        for arrival in canaries:
            self.passed[arrival.record.topic, arrival.record.part] = arrival.record.offset + 1
            self.moved.set()
            self.why = ""

    def _read_to(self, place: Place) -> int:
        """Up to where a partition has been read; the database may stand before canaries."""
        return max(self.stands.get(place, 0), self.passed.get(place, 0))

    async def _take(self, arrivals: list[Arrival], era: int) -> None:
        """Takes records that were sought and fetched in this era."""
        records = [arrival.record for arrival in arrivals]
        places = {(r.topic, r.part) for r in records}
        began = time.time_ns()
        pause = PAUSE_FIRST
        while not self.stopping and self._era == era:
            try:
                stands = await self.engine.take(arrivals, {place: self.stands[place] for place in places})
            except NotOurs:
                log.info("positions moved elsewhere: seeking again", places=sorted(places))
                self._forget(places)
                return
            except Halted as halted:
                before = self._era
                self._halt(dict.fromkeys(halted.topics, halted.why))
                era += self._era - before
                records = [r for r in records if (r.topic, r.part) not in self.halted]
                places = {(r.topic, r.part) for r in records}
                if not records:
                    return
                arrivals = [self.engine.prepare(record) for record in records]
                continue
            except (Again, Conflict) as error:
                self.why = f"database: {error}"[:300]
                log.warning("batch is taken again", error=str(error)[:300])
                await asyncio.sleep(pause)
                pause = min(pause * 2, PAUSE_MOST)
                arrivals = [self.engine.prepare(record) for record in records]
                continue
            if self._era != era:  # assigned anew meanwhile: where it was sought then may be before this batch
                break
            self.stands.update(stands)
            self.why = ""
            self.moved_at = time.monotonic()
            self.moved.set()
            traces = [t for a in arrivals if a.origin is not None and (t := a.origin.traceparent) is not None and t.endswith("-01")]
            if traces:
                self.telemetry.batch("poll", records[0].topic, traces, began)
            return
        # Partitions were given or taken on the way: the others' records were fetched, hence they are sought again, or they would be passed over.
        self._forget(places)

    async def courtesy(self) -> None:
        """Tells Kafka once a second where we stand, for lag displays only."""
        while not self.stopping:
            await asyncio.sleep(1)
            moved = {place: at for place in self.stands if self._committed.get(place) != (at := self._read_to(place))}
            if not moved or self.subscriber.consumer is None:
                continue
            try:
                await self.consumer.commit({TopicPartition(*place): at for place, at in moved.items()})
                self._committed.update(moved)
            except Exception as error:
                log.debug("courtesy commit failed", error=str(error))

    # -- health --------------------------------------------------------------------------------------------------

    def lag(self) -> dict[Place, int]:
        """Records not yet taken, by partition, as far as the last fetch knows."""
        lags: dict[Place, int] = {}
        for place in self.stands:
            high = self.consumer.highwater(TopicPartition(*place))
            lags[place] = max(0, high - self._read_to(place)) if high is not None else 0
        return lags

    def assigned(self) -> bool:
        """Whether this process has partitions and knows where all of them stand."""
        return bool(self.mine) and len(self.stands) + len(self.halted) >= len(self.mine)

    def progress(self) -> bool:
        """Lag that stands still for half a minute is a failure, however green the rest."""
        if not any(self.lag().values()):
            self.moved_at = time.monotonic()  # whoever has nothing to do does not stand still
        return time.monotonic() - self.moved_at <= STUCK_SECONDS

    # -- deadlines -----------------------------------------------------------------------------------------------

    async def deadlines(self) -> None:
        """Fires what is due, never before the backlog of that instant has been read."""
        while not self.stopping:
            await asyncio.sleep(0.5)
            try:
                now = self.clock.domain()
                if self.assigned() and await self.store.due(now, 1):
                    await self.fire(now)
            except (Again, Conflict, KafkaError, OSError) as error:
                log.warning("deadlines wait", error=str(error)[:300])
            except Halted as halted:
                log.error("deadlines stopped", why=halted.why)
                self.deadlines_stopped = halted.why
                return

    async def fire(self, now: datetime) -> None:
        """Waits until our partitions are read to their end of this moment, then fires up to the watermark over all of them."""
        ends = await self.consumer.end_offsets([TopicPartition(*place) for place in self.stands])
        limit = time.monotonic() + 10
        behind = {(tp.topic, tp.partition): end for tp, end in ends.items()}
        while behind := {place: end for place, end in behind.items() if self._read_to(place) < end}:
            self.moved.clear()
            left = limit - time.monotonic()
            if left <= 0 or self.stopping:
                break
            try:
                await asyncio.wait_for(self.moved.wait(), left)
            except TimeoutError:
                break
        read = [(tp.topic, tp.partition) for tp in ends if (tp.topic, tp.partition) not in behind]
        await self.store.caught_up([place for place in read if place in self.stands], now)
        mark = await self.store.watermark(self.places)
        if mark is None:
            return
        while not self.stopping and await self.engine.fire(min(now, mark)):
            pass


class ClockReader:
    """Follows the one compacted topic that moves domain time."""

    TOPIC = "cg.clock"

    def __init__(self, settings: dict[str, Any], clock: SystemClock) -> None:
        self.settings, self.clock = settings, clock
        self.consumer: AIOKafkaConsumer | None = None
        self.stopping = False

    async def start(self) -> None:
        """Reads what was said before we start."""
        consumer = AIOKafkaConsumer(**self.settings, enable_auto_commit=False, fetch_max_wait_ms=500)
        await consumer.start()
        self.consumer = consumer
        tp = TopicPartition(self.TOPIC, 0)
        consumer.assign([tp])
        await consumer.seek_to_beginning(tp)
        end = (await consumer.end_offsets([tp]))[tp]
        while await consumer.position(tp) < end and not self.stopping:
            await self._step(500)

    async def run(self) -> None:
        """Follows until stopped."""
        while not self.stopping:
            try:
                await self._step(1000)
            except (KafkaError, OSError) as error:
                log.warning("clock waits", error=str(error))
                await asyncio.sleep(0.5)

    async def _step(self, timeout_ms: int) -> None:
        assert self.consumer is not None
        for records in (await self.consumer.getmany(timeout_ms=timeout_ms)).values():
            for record in records:
                try:
                    seconds = from_json(record.value)["offset_seconds"]
                    moved = self.clock.move(timedelta(seconds=float(seconds)))
                except (ValueError, KeyError, TypeError, OverflowError) as error:
                    log.error("the clock's record is not understood", error=str(error), offset=record.offset)
                    continue
                if moved:
                    log.info("domain time moved", offset_seconds=seconds)

    async def stop(self) -> None:
        """Ends the consumer."""
        self.stopping = True
        if self.consumer is not None:
            await self.consumer.stop()
