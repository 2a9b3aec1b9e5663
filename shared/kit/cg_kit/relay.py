"""The relay: sends the journal's messages in the order in which they were committed, one relay at a time."""

from __future__ import annotations

import asyncio
import time
import zlib
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import Any, Protocol

import structlog
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError
from pydantic_core import from_json

from cg_kit.seam import Step, Store
from cg_kit.telemetry import Telemetry

log = structlog.get_logger("cg.relay")

AT_ONCE = 2000
IN_CE = ("content-type", b"application/json")


class Sender(Protocol):
    """Sends messages in order; raises when any of them was not acknowledged, and then sends nothing that comes later."""

    async def send(self, steps: Sequence[Step]) -> None:
        """All acknowledged, or an exception."""


class Deposed(Exception):
    """Another relay has taken over."""


class Relay:
    """Reads after its cursor, sends, advances. Of two that believe they lead, the first occurrence of each message is still in order."""

    def __init__(self, store: Store, sender: Sender) -> None:
        self.store, self.sender = store, sender
        self.last, self.epoch = 0, 0
        self.sent = 0

    async def take_over(self) -> None:
        """Begins a new epoch; the relay before it is deposed."""
        self.last, self.epoch = await self.store.take_relay()

    async def step(self) -> int:
        """Sends what is next; returns how many messages. Raises Deposed, or what the sender raised."""
        steps = await self.store.outbox(self.last, AT_ONCE)
        if not steps:
            return 0
        await self.sender.send(steps)
        if not await self.store.relayed(steps[-1].seq, self.epoch):
            raise Deposed
        self.last = steps[-1].seq
        self.sent += len(steps)
        return len(steps)


def record_of(step: Step) -> tuple[bytes, bytes | None, list[tuple[str, bytes]]]:
    """Value, key and headers of a message in Kafka binary mode."""
    attributes: dict[str, str] = from_json(step.headers)
    content_type = attributes.pop("datacontenttype", "application/json")
    headers = [("ce_" + name, value.encode()) for name, value in attributes.items()]
    headers.append(("content-type", content_type.encode()))
    traceparent = attributes.get("traceparent")
    if traceparent is not None:
        headers.append(("traceparent", traceparent.encode()))
    return step.body.encode(), step.key.encode() if step.key else None, headers


def partition_of(key: bytes | None, every: Sequence[int], _available: Sequence[int]) -> int:
    """The partition of a key: always the same for the same key. CRC-32, because the client library's own hash is written in Python."""
    return every[zlib.crc32(key or b"") % len(every)]


class KafkaSender:
    """Sends through an idempotent producer. After any failure the producer is dropped, so that nothing of a lost batch overtakes."""

    def __init__(self, settings: dict[str, Any], telemetry: Telemetry) -> None:
        self.settings, self.telemetry = settings, telemetry
        self.producer: AIOKafkaProducer | None = None

    async def send(self, steps: Sequence[Step]) -> None:
        """All acknowledged by every replica, or an exception."""
        producer = await self._started()
        began = time.time_ns()
        try:
            futures: list[Awaitable[Any]] = []
            traced: list[str] = []
            for step in steps:
                value, key, headers = record_of(step)
                futures.append(await producer.send(step.topic, value=value, key=key, headers=headers))
                if headers[-1][0] == "traceparent" and headers[-1][1].endswith(b"-01"):
                    traced.append(headers[-1][1].decode())
            await asyncio.gather(*futures)
        except BaseException:
            await self.drop()
            raise
        if traced:
            self.telemetry.batch("send", steps[0].topic or "", traced, began)

    async def _started(self) -> AIOKafkaProducer:
        if self.producer is None:
            producer = AIOKafkaProducer(
                **self.settings,
                enable_idempotence=True,
                acks="all",
                linger_ms=0,
                max_batch_size=262144,
                partitioner=partition_of,
                request_timeout_ms=15000,
                metadata_max_age_ms=60000,
            )
            try:
                await producer.start()
            except BaseException:
                await producer.stop()
                raise
            self.producer = producer
        return self.producer

    async def drop(self) -> None:
        """Gives the producer up, and what it still holds: left to itself it would send that whenever the broker is back, and stay for ever."""
        producer, self.producer = self.producer, None
        if producer is None:
            return
        ending = asyncio.ensure_future(producer.stop())
        if not (await asyncio.wait({ending}, timeout=2))[0]:
            sending = producer._sender.sender_task
            for _ in range(3):  # the first time it waits for what is on its way, the second it ends that too
                sending.cancel()
                await asyncio.wait({sending}, timeout=0.2)
            await asyncio.wait({ending}, timeout=2)
            producer._message_accumulator.fail_all(KafkaError("given up"))
        if not ending.done():
            ending.cancel()
        elif (error := ending.exception()) is not None:
            log.debug("producer ended badly", error=str(error))


class Leadership(Protocol):
    """Who may be the relay: held on a session of its own."""

    async def acquire(self) -> bool:
        """True while this process holds it."""

    async def held(self) -> bool:
        """Whether it is still held."""


async def run(relay: Relay, leadership: Leadership, wake: asyncio.Event, stopped: Callable[[], bool]) -> None:
    """Leads when it can, sends when woken, polls as guarantee, and begins again at its cursor after any failure."""
    pause = 0.05
    while not stopped():
        try:
            if not await leadership.acquire():
                await asyncio.sleep(1)
                continue
            await relay.take_over()
            log.info("relay leads", last=relay.last, epoch=relay.epoch)
            pause = 0.05
            checked = time.monotonic()
            while not stopped():
                wake.clear()
                if await relay.step() == 0:
                    with suppress(TimeoutError):
                        await asyncio.wait_for(wake.wait(), 0.5)
                if time.monotonic() - checked > 2:
                    checked = time.monotonic()
                    if not await leadership.held():
                        break
        except Deposed:
            log.warning("relay deposed", last=relay.last, epoch=relay.epoch)
        except Exception as error:
            log.warning("relay begins again at its cursor", last=relay.last, error=f"{type(error).__name__}: {error}")
            await asyncio.sleep(pause)
            pause = min(pause * 2, 2.0)
