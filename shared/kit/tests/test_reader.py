"""The reader's loop alone: which batches are with the database together, and which wait for each other."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
from aiokafka import TopicPartition
from aiokafka.structs import ConsumerRecord
from faststream.kafka import KafkaBroker

from cg_kit.clock import SystemClock
from cg_kit.engine import Arrival
from cg_kit.reader import Reader
from cg_kit.seam import Place, Record
from cg_kit.telemetry import Tracing

TOPIC = "cg.toy.intake.hr"
NOW = datetime(2026, 4, 15, tzinfo=UTC)


class Consumer:
    """Brings one record of a partition at each fetch."""

    def __init__(self, parts: Sequence[int]) -> None:
        self.parts = list(parts)
        self.at = dict.fromkeys(set(parts), 0)

    async def getmany(self, *asked: TopicPartition, timeout_ms: int, **_: Any) -> dict[TopicPartition, list[Any]]:
        found = next((part for part in self.parts if not asked or TopicPartition(TOPIC, part) in asked), None)
        if found is None:
            await asyncio.sleep(timeout_ms / 1000)
            return {}
        self.parts.remove(found)
        self.at[found] += 1
        record = ConsumerRecord(TOPIC, found, self.at[found] - 1, int(NOW.timestamp() * 1000), 1, None, b"{}", None, 0, 2, ())
        return {TopicPartition(TOPIC, found): [record]}


class Engine:
    """Takes a batch when it is told to; `with_it` is what it has at the moment."""

    service = type("Service", (), {"name": "toy"})

    def __init__(self) -> None:
        self.go = asyncio.Semaphore(0)
        self.with_it: list[tuple[int, int]] = []
        self.done: list[tuple[int, int]] = []

    def prepare(self, record: Record) -> Arrival:
        return Arrival(record, "skip")

    async def take(self, arrivals: Sequence[Arrival], starts: Mapping[Place, int]) -> dict[Place, int]:
        mine = [(a.record.part, a.record.offset) for a in arrivals]
        self.with_it += mine
        await self.go.acquire()
        for one in mine:
            self.with_it.remove(one)
        self.done += mine
        return {place: at + 1 for place, at in starts.items()}


async def settled(engine: Engine, wanted: list[tuple[int, int]]) -> None:
    """It has these, and no more though there was time for it."""
    for _ in range(200):
        await asyncio.sleep(0.02)
        if sorted(engine.with_it) == wanted:
            break
    await asyncio.sleep(0.05)
    assert sorted(engine.with_it) == wanted


def reading(engine: Any, parts: Sequence[int]) -> Reader:
    """A reader of three partitions, which is brought a record of each of these in turn."""
    places = [(TOPIC, part) for part in range(3)]
    reader = Reader(engine, Any, SystemClock(), KafkaBroker("localhost:1"), places, Tracing("toy", "0", None, 0.0))  # type: ignore[arg-type]
    subscriber: Any = reader.subscriber
    subscriber.consumer = Consumer(parts)
    reader.mine, reader.stands = set(places), dict.fromkeys(places, 0)
    return reader


async def test_batches_of_different_partitions_go_together_two_at_a_time_and_those_of_one_wait_for_each_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cg_kit.reader.WORTH", 1)
    engine = Engine()
    reader = reading(engine, [0, 0, 1, 2])
    running = asyncio.create_task(reader.run())
    await settled(engine, [(0, 0), (1, 0)])
    engine.go.release()
    await settled(engine, [(1, 0), (2, 0)])
    engine.go.release()
    await settled(engine, [(0, 1), (2, 0)])
    reader.stopping = True
    engine.go.release()
    engine.go.release()
    await asyncio.wait_for(running, 5)
    assert [offset for part, offset in engine.done if part == 0] == [0, 1]
    assert reader.stands == {(TOPIC, 0): 2, (TOPIC, 1): 1, (TOPIC, 2): 1}


async def test_a_batch_of_few_records_waits_for_the_one_before() -> None:
    engine = Engine()
    reader = reading(engine, [0, 1])
    running = asyncio.create_task(reader.run())
    await settled(engine, [(0, 0)])
    engine.go.release()
    await settled(engine, [(1, 0)])
    reader.stopping = True
    engine.go.release()
    await asyncio.wait_for(running, 5)
    assert engine.done == [(0, 0), (1, 0)]
