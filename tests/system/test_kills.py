"""kill -9 of each service, of the broker and of PostgreSQL under 300 requests a second: every request has exactly one case, in order, and soon."""

from __future__ import annotations

import json
import os
import signal
import threading
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import httpx
import pytest
from confluent_kafka import KafkaError, Message, Producer

from cg_cli.processes import Known, last_lines
from cg_cli.status import status
from cg_contracts.accounts import source_of
from cg_kit.pure import named
from tests.system.house import IDS, City, Ear, Heard, now, until

RATE = 300
"""Requests a second."""

KILLED = ("screening", "kafka", "postgres", "org", "screening", "postgres", "kafka", "screening", "org", "postgres")
PERSONS = [str(IDS.new()) for _ in range(60)]
BACK_WITHIN = 15.0
"""Seconds after a part's return in which lag must be under a second again, on two cores that are not asked for more than twice what they can give."""


@dataclass(slots=True)
class Asked:
    """One request: of whom, and when it was given to the producer (monotonic seconds)."""

    person: str
    number: int
    at: float


@dataclass(slots=True)
class Load:
    """A staff system that asks for screenings at a steady rate, and notes what it is answered."""

    city: City
    asked: dict[str, Asked] = field(default_factory=dict)
    waiting: dict[str, float] = field(default_factory=dict)
    answers: list[Heard] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    slowest: float = 0.0
    _stop: threading.Event = field(default_factory=threading.Event)

    def ask(self) -> None:
        """Asks until it is stopped. The producer is idempotent, as everybody's should be; it outlives the broker."""
        producer = Producer(
            {
                **self.city.home.client_config("hr"),
                "enable.idempotence": True,
                "linger.ms": 5,
                "delivery.timeout.ms": 120_000,
                "queue.buffering.max.messages": 1_000_000,
                "reconnect.backoff.max.ms": 500,
                "log_level": 0,
            }
        )
        began, number = time.monotonic(), 0
        while not self._stop.is_set():
            for _ in range(min(RATE, int((time.monotonic() - began) * RATE) - number)):
                number += 1
                self._one(producer, number)
            producer.poll(0)
            self._stop.wait(1 / RATE * 3)
        if producer.flush(60):
            self.failed.append("not all could be published")

    def _one(self, producer: Producer, number: int) -> None:
        request, person = str(IDS.new()), PERSONS[number % len(PERSONS)]
        said = {
            "request_id": request,
            "requester_ref": f"candidate/{number}",
            "kind": "recruitment",
            "purpose": "recruitment",
            "person_id": person,
            "needed_by": "2030-01-01",
        }
        headers: list[tuple[str, str | bytes | None]] = [
            ("ce_specversion", "1.0"),
            ("ce_id", str(IDS.new())),
            ("ce_source", source_of("hr")),
            ("ce_type", "be.police.cg.screening.ScreeningRequested.v1"),
            ("ce_subject", person),
            ("ce_time", now().isoformat(timespec="milliseconds")),
            ("content-type", "application/json"),
        ]
        at = time.monotonic()
        self.asked[request] = Asked(person, number, at)
        self.waiting[request] = at
        producer.produce("cg.screening.intake.hr", json.dumps(said).encode(), person, headers=headers, on_delivery=self._delivered)

    def _delivered(self, error: KafkaError | None, _: Message[Any, Any]) -> None:
        if error is not None:
            self.failed.append(str(error))

    def take(self, heard: Heard) -> None:
        """Notes an answer."""
        self.answers.append(heard)
        asked_at = self.waiting.pop(str(heard.data.get("request_id")), None)
        if asked_at is not None:
            self.slowest = max(self.slowest, heard.at - asked_at)

    def lag(self) -> float:
        """Seconds for which the oldest request that is not answered has been waiting."""
        oldest = next(iter(list(self.waiting.values())[:1]), None)
        return 0.0 if oldest is None else time.monotonic() - oldest

    def stop(self) -> None:
        """Asks no more."""
        self._stop.set()


@contextmanager
def loaded(city: City) -> Iterator[Load]:
    """Requests come for as long as the block lasts; then all must be answered."""
    load = Load(city)
    ear = Ear(city.home, "hr", ["cg.answers.hr"], take=load.take)
    asking = threading.Thread(target=load.ask, daemon=True)
    asking.start()
    try:
        yield load
        load.stop()
        asking.join(90)
        until(lambda: not load.waiting, f"{len(load.waiting)} requests are not answered", 60)
    finally:
        load.stop()
        asking.join(90)
        ear.close()


def kill(city: City, part: str) -> int:
    """Ends a part as a power cut would; `cg status` knows at once."""
    pid = city.pid(part)
    known = Known.of(pid)
    assert known is not None
    os.kill(pid, signal.SIGKILL)
    until(lambda: not known.is_alive, f"{part} is gone", every=0.002)
    house = status(city.home)
    assert house["ready"] is False
    seen = (house["parts"] | house["services"])[part]
    assert seen["pid"] != pid
    assert seen["state"] in ("starting", "ready"), seen  # whoever is very fast is ready again
    return pid


def ready(city: City, part: str) -> bool:
    """Whether the part takes work."""
    house = status(city.home)
    return bool((house["parts"] | house["services"])[part]["state"] == "ready")


def patience() -> float:
    """What is promised, longer by as much as others keep the machine from us: a queue of eight for two cores takes twice the time."""
    return BACK_WITHIN * max(1.0, os.getloadavg()[0] / (2 * (os.cpu_count() or 1)))


def where_it_waits(city: City, load: Load) -> str:
    """What a person would look at: how much waits before the service, in it and behind it, and what it said last."""
    said = f"{len(load.asked)} asked, {len(load.waiting)} open, failed {load.failed[:3]}"
    with suppress(AssertionError, httpx.HTTPError):
        now_ = city.asks("screening", "/ops/status")
        said += f"; lag {now_['lag']}, relay {now_['relay']}, why {now_['why']}"
    return f"{said}; {last_lines(city.home.logs / 'screening.log', 15)}"


def in_order(load: Load, lane: Iterable[Heard]) -> None:
    """Along one partition, the cases of each person come in the order in which they were asked for; what comes again does not count."""
    last: dict[str, int] = defaultdict(int)
    seen: set[str] = set()
    for heard in lane:
        asked = load.asked.get(str(heard.data.get("request_id")))
        if heard.name != "ScreeningCaseOpened" or asked is None or heard.about["id"] in seen:
            continue
        seen.add(heard.about["id"])
        assert asked.number > last[asked.person], f"request {asked.number} of {asked.person} after {last[asked.person]}"
        last[asked.person] = asked.number


@pytest.mark.timeout(400)
def test_ten_kills_under_load(city: City) -> None:
    facts = city.ear("operator", "cg.screening.events")
    try:
        with loaded(city) as load:
            until(lambda: len(load.answers) > RATE and load.lag() < 1, "the first answers")
            for number, part in enumerate(KILLED):
                gone = kill(city, part)
                if number == KILLED.index("kafka"):
                    told = city.told("status")
                    assert told["ready"] is False
                    assert told["parts"]["kafka"]["state"] != "ready" or told["parts"]["kafka"]["pid"] != gone
                until(lambda: ready(city, part), f"{part} is back", 60, every=0.2)  # noqa: B023
                try:
                    until(lambda: load.lag() < 1, f"lag under a second after {part} is back", patience(), every=0.02)
                except AssertionError as late:
                    raise AssertionError(f"{late}; {where_it_waits(city, load)}") from None
        nothing_lost(city, load, facts)
    finally:
        facts.close()


def nothing_lost(city: City, load: Load, facts: Ear) -> None:
    """Every request has exactly one case, said once however often it came, in order; nothing waits, and what services said of it can be read by machines."""
    assert load.failed == []
    until(lambda: status(city.home)["ready"], "all is well again")
    until(lambda: len({h.data["request_id"] for h in facts.heard if h.data.get("request_id") in load.asked}) == len(load.asked), "all on .events")
    for heard, where in ((facts.heard, "facts"), (load.answers, "answers")):
        said: dict[str, set[tuple[str, str]]] = defaultdict(set)
        for one in heard:
            if one.data.get("request_id") in load.asked:
                assert one.name == "ScreeningCaseOpened"
                said[one.data["request_id"]].add((one.about["id"], one.data["case_id"]))
        assert said.keys() == load.asked.keys(), where
        assert {len(ways) for ways in said.values()} == {1}, where
        for request, ways in said.items():
            assert {case for _, case in ways} == {str(named("hr", UUID(request)))}

    # in order: on the one partition of answers, and on each partition of facts
    in_order(load, load.answers)
    lanes: dict[int, list[Heard]] = defaultdict(list)
    for fact in facts.heard:
        lanes[fact.place.partition].append(fact)
    for lane in lanes.values():
        in_order(load, lane)
    assert {h.about["sequence"] for h in facts.heard if h.data.get("request_id") in load.asked} == {"1"}
    assert city.parked() == []

    # what services said of it can be read by machines, line by line
    for service in city.running():
        for line in (city.home.logs / f"{service}.log").read_text().splitlines():
            assert {"event", "level", "timestamp"} <= json.loads(line).keys(), line
