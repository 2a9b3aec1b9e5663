"""Measures one reaction, `ScreeningRequested` to `ScreeningCaseOpened`: the real service, the practical ceiling and FastStream's own, interleaved."""

from __future__ import annotations

import asyncio
import json
import os
import statistics
import subprocess
import sys
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import asyncpg
from confluent_kafka import Consumer, KafkaException, Producer, TopicPartition

from cg_cli.home import ADMIN, Trouble
from cg_cli.servers import House, temporary
from cg_contracts.accounts import source_of
from cg_kit.clock import RisingIds
from cg_kit.cloudevents import headers
from cg_kit.migrate import migrate

FILLED = 20_000
"""Requests on a filled topic; FastStream's own gets fewer, or it would not end."""

FILLED_SLOW = 1_000
RATE = 200
"""Requests a second while latency is measured."""

SECONDS = 8
IGNORED = RATE
"""Requests at the start of the latency measure that do not count."""

PATIENCE = 120.0
EVENTS_CONFIG = {"message.timestamp.type": "LogAppendTime"}


class Racer(ABC):
    """One way to react: its process, the topic it is asked on and the topic it answers on."""

    name = ""
    filled = FILLED
    latency = True

    def __init__(self, house: House, log: Path) -> None:
        self.house, self.log = house, log
        self.process: subprocess.Popen[bytes] | None = None

    asked_on = ""
    answered_on = ""
    asker = ADMIN
    reader = ADMIN

    @abstractmethod
    def prepare(self) -> None:
        """What is made once."""

    @abstractmethod
    def start(self) -> None:
        """Starts the process."""

    def ended(self) -> bool:
        """Whether the process has ended by itself."""
        return self.process is not None and self.process.poll() is not None

    def end(self) -> None:
        """Ends the process in peace."""
        if self.process is not None:
            self.process.terminate()
            try:
                self.process.wait(15)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
            self.process = None


class Ours(Racer):
    """The screening service as it is: contracts, rules, traces (one in ten, to the trace server), parking, deadlines."""

    name = "ours"
    asked_on, answered_on = "cg.screening.intake.hr", "cg.screening.events"
    asker, reader = "hr", "operator"

    def prepare(self) -> None:
        asyncio.run(migrate(self.house.database_url("screening", owner=True), "services.screening", "screening"))

    def start(self) -> None:
        environment = os.environ | self.house.home.environment("screening") | {"OTEL_TRACES_SAMPLER_ARG": "0.1"}
        with self.log.open("ab") as log:
            command = [sys.executable, "-m", "cg_kit", "serve", "services.screening.app:SERVICE"]
            self.process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)


class ByHand(Racer):
    """A program of `bench/` with a database and topics of its own, both made as the service's are."""

    module = ""

    def prepare(self) -> None:
        async def database() -> None:
            connection = await asyncpg.connect(self.house.superuser_url())
            await connection.execute(f"CREATE DATABASE bench_{self.name}")
            await connection.close()
            await migrate(self.house.superuser_url(f"bench_{self.name}"), "services.screening", "screening")

        asyncio.run(database())
        self.asked_on, self.answered_on = f"bench.{self.name}.intake", f"bench.{self.name}.events"
        self.house.create_topics({self.asked_on: 3}, EVENTS_CONFIG)
        self.house.create_topics({self.answered_on: 12}, EVENTS_CONFIG)
        self.house.create_topics({f"bench.{self.name}.answers": 1, f"bench.{self.name}.steps": 3})

    def start(self) -> None:
        settings = {
            "kafka": self.house.aiokafka_config(),
            "database": self.house.superuser_url(f"bench_{self.name}"),
            "topic": self.asked_on,
            "events": self.answered_on,
            "answers": f"bench.{self.name}.answers",
            "steps": f"bench.{self.name}.steps",
        }
        self.log.write_bytes(b"")
        with self.log.open("ab") as log:
            self.process = subprocess.Popen([sys.executable, "-m", self.module], stdin=subprocess.PIPE, stdout=log, stderr=log)
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(settings).encode())
        self.process.stdin.close()


class Ceiling(ByHand):
    """The hand-written batch loop."""

    name, module = "ceiling", "bench.ceiling"


class FastStreamAlone(ByHand):
    """FastStream's own at-least-once."""

    name, module = "faststream", "bench.faststream_alone"
    filled = FILLED_SLOW
    latency = False


class Track:
    """Publishes requests to a racer and reads its reactions, with the same client library for each racer."""

    def __init__(self, racer: Racer) -> None:
        self.racer, self.ids = racer, RisingIds()
        house = racer.house
        self.producer = Producer({**house.client_config(racer.asker), "acks": "all", "linger.ms": 0, "queue.buffering.max.messages": 200_000, "log_level": 0})
        group = f"{'operator' if racer.reader == 'operator' else 'bench'}.{self.ids.new()}"
        self.consumer = Consumer(
            {**house.client_config(racer.reader), "group.id": group, "enable.auto.commit": False, "fetch.wait.max.ms": 100, "log_level": 0}
        )
        parts = [TopicPartition(racer.answered_on, n) for n in range(12)]
        for part in parts:
            part.offset = self._end(part)
        self.consumer.assign(parts)

    def _end(self, part: TopicPartition) -> int:
        until = time.monotonic() + 30
        while True:
            try:
                return int(self.consumer.get_watermark_offsets(part, timeout=30)[1])
            except KafkaException:  # a topic that was made a moment ago is not known everywhere yet
                if time.monotonic() > until:
                    raise
                time.sleep(0.1)

    def close(self) -> None:
        """Lets go of the broker."""
        self.consumer.close()

    def ask(self) -> str:
        """Publishes one request; returns its request_id."""
        person, request = str(self.ids.new()), str(self.ids.new())
        attributes = {
            "id": str(self.ids.new()),
            "source": source_of("hr"),
            "type": "be.police.cg.screening.ScreeningRequested.v1",
            "subject": person,
            "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "datacontenttype": "application/json",
        }
        data = {
            "request_id": request,
            "requester_ref": f"file {request[-6:]}",
            "kind": "recruitment",
            "purpose": "recruitment",
            "person_id": person,
            "needed_by": "2030-01-01",
        }
        self.producer.produce(self.racer.asked_on, json.dumps(data).encode(), key=person, headers=dict(headers(attributes)))
        self.producer.poll(0)
        return request

    def fill(self, count: int) -> None:
        """Fills the topic while nobody reads it."""
        for _ in range(count):
            self.ask()
        if self.producer.flush(60):
            raise Trouble("the broker did not take all requests")

    def drained(self, count: int) -> float:
        """Reactions a second while the topic is emptied: from the first reading that finds some (which do not count) to the last."""
        seen: set[bytes] = set()
        head, first, last = 0, 0.0, 0.0
        until = time.monotonic() + PATIENCE
        while len(seen) < count:
            read = [value for record in self.consumer.consume(200, timeout=0.02) if record.error() is None and (value := record.value())]
            values = [value for value in read if b'"request_id"' in value]  # and no canary
            if values:
                last = time.perf_counter()
                seen.update(values)
                if not head:
                    head, first = len(seen), last
            if time.monotonic() > until or self.racer.ended():
                raise Trouble(f"{self.racer.name} answered {len(seen)} of {count} requests in {PATIENCE:.0f} s: {self.racer.log.read_text()[-500:]}")
        if head == count:
            raise Trouble(f"{count} requests are too few: all reactions came in one reading")
        return (count - head) / (last - first)

    def latencies(self) -> list[float]:
        """Milliseconds from publishing to reading, at a steady rate."""
        sent: dict[str, float] = {}
        took: dict[str, float] = {}
        order: list[str] = []
        total = RATE * SECONDS
        began = time.perf_counter()
        until = began + SECONDS + 30
        while len(took) < total:
            due = min(total, int((time.perf_counter() - began) * RATE) + 1)
            while len(sent) < due:
                at = time.perf_counter()
                request = self.ask()
                sent[request] = at
                order.append(request)
            record = self.consumer.poll(0.001)
            now = time.perf_counter()
            if record is not None and record.error() is None:
                request = json.loads(record.value() or b"{}").get("request_id")
                if request in sent and request not in took:
                    took[request] = (now - sent[request]) * 1000
            if now > until:
                raise Trouble(f"{self.racer.name} answered {len(took)} of {total} requests at {RATE} a second")
        return [took[request] for request in order[IGNORED:]]


@contextmanager
def racing(racer: Racer) -> Iterator[Track]:
    """A track for one round; the racer's process ends with it."""
    track = Track(racer)
    try:
        yield track
    finally:
        racer.end()
        track.close()


def drain(track: Track, count: int) -> float:
    """Fills the topic, starts the racer, and returns how many reactions a second it brings."""
    track.fill(count)
    track.racer.start()
    return track.drained(count)


def percentile(values: list[float], share: float) -> float:
    """The value below which this share of the values lies."""
    ranked = sorted(values)
    return ranked[min(len(ranked) - 1, int(len(ranked) * share))]


def spread(values: list[float]) -> dict[str, float]:
    """Least, middle and greatest."""
    return {"min": round(min(values), 2), "median": round(statistics.median(values), 2), "max": round(max(values), 2)}


def measure(rounds: int, say: Callable[[str], None]) -> dict[str, Any]:
    """All rounds in a home of their own, removed after; raises Trouble."""
    rates: dict[str, list[float]] = {"ours": [], "ceiling": [], "faststream": []}
    p50: dict[str, list[float]] = {"ours": [], "ceiling": []}
    p99: dict[str, list[float]] = {"ours": [], "ceiling": []}
    say("starts the servers")
    with temporary({"kafka", "postgres", "traces"}) as house:
        racers: list[Racer] = [kind(house, house.home.logs / f"bench-{kind.name}.log") for kind in (Ours, Ceiling, FastStreamAlone)]
        for racer in racers:
            racer.prepare()
        for racer in racers:
            say(f"starts once, not counted: {racer.name}")
            with racing(racer) as track:
                drain(track, racer.filled // 5)
        for number in range(rounds):
            for racer in racers[number % 3 :] + racers[: number % 3]:
                say(f"round {number + 1} of {rounds}: {racer.name}")
                with racing(racer) as track:
                    rates[racer.name].append(drain(track, racer.filled))
                    if racer.latency:
                        took = track.latencies()
                        p50[racer.name].append(percentile(took, 0.5))
                        p99[racer.name].append(percentile(took, 0.99))
    ratio = {
        "reactions_to_ceiling": round(statistics.median(rates["ours"]) / statistics.median(rates["ceiling"]), 3),
        "reactions_to_faststream": round(statistics.median(rates["ours"]) / statistics.median(rates["faststream"]), 1),
        "p50_to_ceiling": round(statistics.median(p50["ours"]) / statistics.median(p50["ceiling"]), 2),
        "p99_to_ceiling": round(statistics.median(p99["ours"]) / statistics.median(p99["ceiling"]), 2),
    }
    return {
        "reactions_per_s": spread(rates["ours"]),
        "faststream_per_s": spread(rates["faststream"]),
        "ceiling_per_s": spread(rates["ceiling"]),
        "p50_ms": spread(p50["ours"]),
        "p99_ms": spread(p99["ours"]),
        "ceiling_p50_ms": spread(p50["ceiling"]),
        "ceiling_p99_ms": spread(p99["ceiling"]),
        "ratios": ratio,
        "rounds": rounds,
    }
