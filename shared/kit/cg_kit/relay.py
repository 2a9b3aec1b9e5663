"""The relay: sends the journal's messages in the order in which they were committed, one relay at a time."""

from __future__ import annotations

import asyncio
import time
import zlib
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any, Protocol
from uuid import UUID

import structlog
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError
from aiokafka.producer.message_accumulator import BatchBuilder
from pydantic_core import from_json

from cg_kit.seam import Message, Store
from cg_kit.telemetry import Telemetry

log = structlog.get_logger("cg.relay")

AT_ONCE = 2000
LOOK_EVERY = 0.1
"""Seconds between two looks whether it is our turn to lead."""


class Sender(Protocol):
    """Sends messages in order; raises when any of them was not acknowledged, and then sends nothing that comes later."""

    async def send(self, messages: Sequence[Message]) -> None:
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
        messages = await self.store.outbox(self.last, AT_ONCE)
        if not messages:
            return 0
        await self.sender.send(messages)
        if not await self.store.relayed(messages[-1].seq, self.epoch):
            raise Deposed
        self.last = messages[-1].seq
        self.sent += len(messages)
        return len(messages)


def record_of(message: Message) -> tuple[bytes, bytes | None, list[tuple[str, bytes]]]:
    """Value, key and headers of a message in Kafka binary mode."""
    attributes: dict[str, str] = from_json(message.headers)
    content_type = attributes.pop("datacontenttype", "application/json")
    headers = [("ce_" + name, value.encode()) for name, value in attributes.items()]
    headers.append(("content-type", content_type.encode()))
    traceparent = attributes.get("traceparent")
    if traceparent is not None:
        headers.append(("traceparent", traceparent.encode()))
    return message.body.encode(), message.key.encode() if message.key else None, headers


def partition_of(key: bytes | None, every: Sequence[int]) -> int:
    """The partition of a key: always the same for the same key. CRC-32, because the client library's own hash is written in Python."""
    return every[zlib.crc32(key or b"") % len(every)]


class KafkaSender:
    """Sends through an idempotent producer. After any failure the producer is dropped, so that nothing of a lost batch overtakes."""

    def __init__(self, settings: dict[str, Any], telemetry: Telemetry) -> None:
        self.settings, self.telemetry = settings, telemetry
        self.producer: AIOKafkaProducer | None = None
        self._starting = asyncio.Lock()

    async def send(self, messages: Sequence[Message]) -> None:
        """All acknowledged by every replica, or an exception. Batches are built here, one a partition: nothing is awaited for each message."""
        producer = await self._started()
        began = time.time_ns()
        sent: list[asyncio.Future[Any]] = []
        try:
            parts = {topic: sorted(await producer.partitions_for(topic)) for topic in {message.topic for message in messages}}
            batches: dict[tuple[str, int], list[BatchBuilder]] = {}
            traced: list[str] = []
            before: UUID | None = None
            for message in messages:
                if message.id != before:  # else the copy for who asked, on another topic
                    before, (value, key, headers) = message.id, record_of(message)
                filled = batches.setdefault((message.topic, partition_of(key, parts[message.topic])), [])
                if not filled or filled[-1].append(timestamp=None, key=key, value=value, headers=headers) is None:
                    filled.append(producer.create_batch())
                    filled[-1].append(timestamp=None, key=key, value=value, headers=headers)
                if headers[-1][0] == "traceparent" and headers[-1][1].endswith(b"-01"):
                    traced.append(headers[-1][1].decode())
            for (topic, part), filled in batches.items():
                for batch in filled:
                    sent.append(await producer.send_batch(batch, topic, partition=part))
                    sent[-1].add_done_callback(noticed)
            await asyncio.wait(sent, return_when=asyncio.FIRST_EXCEPTION)
            for one in sent:
                if one.done():
                    one.result()
        except BaseException:
            await self.drop()
            raise
        if traced:
            self.telemetry.batch("send", messages[0].topic, traced, began)

    async def _started(self) -> AIOKafkaProducer:
        async with self._starting:  # a sign of life may be sent past the relay
            if self.producer is None:
                producer = AIOKafkaProducer(
                    **self.settings,
                    enable_idempotence=True,
                    acks="all",
                    linger_ms=0,
                    max_batch_size=262144,
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


def noticed(sent: asyncio.Future[Any]) -> None:
    """Sees that what became of a batch was asked for, also when its sending was given up."""
    if not sent.cancelled():
        sent.exception()


class Leadership(Protocol):
    """Who may be the relay: held on a session of its own."""

    async def acquire(self) -> bool:
        """True while this process holds it."""


async def run(relay: Relay, leadership: Leadership, wake: asyncio.Event, stopped: Callable[[], bool]) -> None:
    """Leads when it can, sends when woken, polls as guarantee, and begins again at its cursor after any failure."""
    pause = 0.05
    while not stopped():
        try:
            if not await leadership.acquire():
                await asyncio.sleep(LOOK_EVERY)
                continue
            await relay.take_over()
            log.info("relay leads", last=relay.last, epoch=relay.epoch)
            pause = 0.05
            while not stopped() and await leadership.acquire():
                wake.clear()
                if await relay.step() < AT_ONCE:  # all of it: what is committed from now on wakes us
                    with suppress(TimeoutError):
                        await asyncio.wait_for(wake.wait(), 0.5)
        except Deposed:
            log.warning("relay deposed", last=relay.last, epoch=relay.epoch)
        except Exception as error:
            log.warning("relay begins again at its cursor", last=relay.last, error=f"{type(error).__name__}: {error}")
            await asyncio.sleep(pause)
            pause = min(pause * 2, 2.0)
