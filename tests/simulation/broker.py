"""A broker in memory: topics, partitions, offsets, processes whose shares overlap as they change, and senders that fail half way."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any
from zlib import crc32

from aiokafka import TopicPartition

from cg_kit.relay import record_of
from cg_kit.seam import Message, Place
from tests.simulation.virtual import BEGIN

PARTITIONS = {"events": 3, "intake": 2, "answers": 1, ".steps": 1}


@dataclass(frozen=True, slots=True)
class Raw:
    """A record as aiokafka gives it."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes | None], ...]
    timestamp: int


@dataclass(slots=True)
class Member:
    """One process of a service; what it believes to have lags behind what was decided."""

    name: str
    reader: Any
    gone_at: float | None = None


@dataclass(slots=True)
class Group:
    """A service's processes, and who was given which partition."""

    members: dict[str, Member] = field(default_factory=dict)
    owners: dict[Place, str] = field(default_factory=dict)


class Broker:
    """All topics. Appending stamps the broker's time."""

    def __init__(self, loop: asyncio.AbstractEventLoop, chance: random.Random) -> None:
        self.loop, self.chance = loop, chance
        self.logs: dict[Place, list[Raw]] = {}
        self.groups: dict[str, Group] = {}
        self.readers: list[asyncio.Event] = []
        self.tasks: set[asyncio.Task[None]] = set()

    def parts(self, topic: str) -> int:
        """How many partitions a topic has."""
        return next(n for name, n in PARTITIONS.items() if name in topic)

    def log(self, place: Place) -> list[Raw]:
        """All records of a partition."""
        return self.logs.setdefault(place, [])

    def append(self, topic: str, key: bytes | None, value: bytes | None, headers: Iterable[tuple[str, bytes | None]]) -> Raw:
        """Puts a record at the end of its key's partition."""
        part = crc32(key or b"") % self.parts(topic)
        log = self.log((topic, part))
        stamp = int(BEGIN.timestamp() * 1000 + self.loop.time() * 1000)
        raw = Raw(topic, part, len(log), key, value, tuple(headers), stamp)
        log.append(raw)
        for event in self.readers:
            event.set()
        return raw

    # -- groups ---------------------------------------------------------------------------------------------------

    def later(self, seconds: float, work: Callable[[], Awaitable[None]]) -> None:
        """Does something after a while, outside of any instance."""

        async def run() -> None:
            await asyncio.sleep(seconds)
            await work()

        task = self.loop.create_task(run())
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    def join(self, group: str, member: Member) -> None:
        """A process comes, or comes back under its name."""
        self.groups.setdefault(group, Group()).members[member.name] = member
        self.rebalance(group)

    def leave(self, group: str, name: str, *, expires: float) -> None:
        """A process is gone; the others get its partitions when it is taken for dead, unless it is back before."""
        found = self.groups.get(group, Group()).members.get(name)
        if found is None:
            return
        found.gone_at = self.loop.time()

        async def expire() -> None:
            here = self.groups[group]
            if here.members.get(name) is found:
                del here.members[name]
                self.rebalance(group)

        self.later(expires, expire)

    def rebalance(self, group: str, *, shuffle: bool = False) -> None:
        """Gives each partition one owner. Old and new owners hear of it at different times."""
        here = self.groups[group]
        names = sorted(here.members)
        if not names:
            here.owners.clear()
            return
        places = sorted({place for member in here.members.values() for place in member.reader.places})
        owners = {place: self.chance.choice(names) if shuffle else names[n % len(names)] for n, place in enumerate(places)}
        here.owners = owners
        for name, member in here.members.items():
            mine = {place for place, owner in owners.items() if owner == name}

            async def tell(member: Member = member, mine: set[Place] = mine) -> None:
                if here.members.get(member.name) is member and member.gone_at is None:
                    await member.reader.own(mine)

            self.later(self.chance.choice((0.0, 0.01, 0.3, 1.5)), tell)


class Consumer:
    """What the reader uses of aiokafka's consumer."""

    def __init__(self, broker: Broker, places: Iterable[TopicPartition], pause: Callable[[str], Awaitable[None]]) -> None:
        self.broker, self.pause_ = broker, pause
        self.mine = set(places)
        self.at: dict[TopicPartition, int] = {}
        self.paused: set[TopicPartition] = set()
        self.news = asyncio.Event()
        broker.readers.append(self.news)

    def assignment(self) -> set[TopicPartition]:
        """What this consumer believes to have."""
        return set(self.mine)

    async def beginning_offsets(self, places: Iterable[TopicPartition]) -> dict[TopicPartition, int]:
        """Nothing is ever removed."""
        await self.pause_("beginning offsets")
        return dict.fromkeys(places, 0)

    async def end_offsets(self, places: Iterable[TopicPartition]) -> dict[TopicPartition, int]:
        """Where the next record will be."""
        await self.pause_("end offsets")
        return {place: len(self.broker.log((place.topic, place.partition))) for place in places}

    def highwater(self, place: TopicPartition) -> int:
        """Where the next record will be."""
        return len(self.broker.log((place.topic, place.partition)))

    def seek(self, place: TopicPartition, offset: int) -> None:
        """Reads on from there."""
        self.at[place] = offset

    def pause(self, *places: TopicPartition) -> None:
        """Reads nothing of these."""
        self.paused.update(places)

    def resume(self, *places: TopicPartition) -> None:
        """Reads these again."""
        self.paused.difference_update(places)
        self.news.set()

    async def getmany(self, *places: TopicPartition, timeout_ms: int, max_records: int) -> dict[TopicPartition, list[Raw]]:
        """Records from where each partition stands; of all that it has, or of these."""
        self.news.clear()
        await self.pause_("fetch")
        found = self._fetch(max_records, places)
        if not found and timeout_ms:
            try:
                await asyncio.wait_for(self.news.wait(), timeout_ms / 1000)
            except TimeoutError:
                return {}
            found = self._fetch(max_records, places)
        return found

    def _fetch(self, most: int, places: Sequence[TopicPartition]) -> dict[TopicPartition, list[Raw]]:
        found: dict[TopicPartition, list[Raw]] = {}
        most = min(most, self.broker.chance.choice((1, 3, 20, 500)))
        read = self.mine - self.paused
        for place in sorted(read.intersection(places) if places else read):
            at = self.at.get(place, 0)
            records = self.broker.log((place.topic, place.partition))[at : at + most]
            if records and most > 0:
                found[place] = records
                self.at[place] = at + len(records)
                most -= len(records)
        return found

    async def commit(self, _places: Any) -> None:
        """A courtesy that nobody reads."""


class Subscriber:
    """What the reader uses of FastStream's subscriber."""

    def __init__(self, broker: Broker, places: Sequence[Any], pause: Callable[[str], Awaitable[None]]) -> None:
        self.broker, self.pause = broker, pause
        self.places = [TopicPartition(place.topic, place.partition) for place in places]
        self.consumer: Consumer | None = None

    async def start(self) -> None:
        """Connects."""
        self.consumer = Consumer(self.broker, self.places, self.pause)


class Connection:
    """One instance's connection, as the reader's constructor wants it."""

    def __init__(self, broker: Broker, pause: Callable[[str], Awaitable[None]]) -> None:
        self.broker, self.pause = broker, pause

    def subscriber(self, partitions: Sequence[Any], **_: Any) -> Subscriber:
        """Not started yet."""
        return Subscriber(self.broker, partitions, self.pause)


class Sender:
    """Sends what the relay gives it; may fail before or after any record."""

    def __init__(self, broker: Broker, pause: Callable[[str], Awaitable[None]], fails: Callable[[], bool]) -> None:
        self.broker, self.pause, self.fails = broker, pause, fails

    async def send(self, steps: Sequence[Message]) -> None:
        """In order; after a failure nothing later."""
        for step in steps:
            if self.fails():
                raise OSError("the broker is away")
            value, key, headers = record_of(step)
            assert step.topic is not None
            self.broker.append(step.topic, key, value, headers)
            if self.fails():
                raise OSError("no acknowledgement")
        await self.pause("sent")
