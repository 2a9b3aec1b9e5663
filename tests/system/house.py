"""A whole house as tests use it: commands of `cg`, tools that we did not write at the broker, ears on its topics, and the doors of its services."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stderr, redirect_stdout, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
from confluent_kafka import Consumer, KafkaError, KafkaException, Message, Producer, TopicPartition

from cg_cli.examples import ABOUT_THE_HOUSE, event, fresh
from cg_cli.home import Home
from cg_cli.main import run
from cg_cli.people import person_of
from cg_cli.servers import admin_client
from cg_cli.status import status
from cg_contracts.accounts import SERVICES, source_of
from cg_contracts.base import CATALOGUE, Contract
from cg_kit.auth import token
from cg_kit.clock import RisingIds

PATIENCE = 40.0
"""Seconds for what must follow; it follows within a few milliseconds where nothing else runs on the machine."""

IDS = RisingIds()
Headers = list[tuple[str, str | bytes | None]]


def now() -> datetime:
    """Real time."""
    return datetime.now(UTC)


def until(done: Callable[[], Any], what: str, seconds: float = PATIENCE, every: float = 0.05) -> Any:
    """Waits for a condition and gives its value; fails with what it waited for."""
    limit = time.monotonic() + seconds
    while not (value := done()):
        assert time.monotonic() < limit, f"not within {seconds:g} s: {what}"
        time.sleep(every)
    return value


@dataclass(frozen=True, slots=True)
class Place:
    """Where a record lies."""

    topic: str
    partition: int
    offset: int


@dataclass(frozen=True, slots=True)
class Heard:
    """A record as an ear read it: `about` holds the CloudEvents attributes."""

    place: Place
    about: Mapping[str, str]
    data: Mapping[str, Any]
    at: float

    @property
    def name(self) -> str:
        """The short name of its type."""
        return self.about.get("type", "").rsplit(".", 2)[-2] if "." in self.about.get("type", "") else ""


@dataclass(slots=True)
class Draft:
    """A record before it is published, in all that a publisher can get wrong."""

    account: str
    topic: str
    key: str | None
    value: bytes | None
    headers: Headers

    def set(self, name: str, text: str | bytes | None) -> Draft:
        """With this value of a header, in the place of what stood there."""
        raw = text.encode() if isinstance(text, str) else text
        names = [known for known, _ in self.headers]
        if name in names:
            self.headers[names.index(name)] = (name, raw)
        else:
            self.headers.append((name, raw))
        return self

    def without(self, name: str) -> Draft:
        """Without a header."""
        self.headers = [(known, raw) for known, raw in self.headers if known != name]
        return self

    def get(self, name: str) -> str:
        """What a header says."""
        raw = next(raw for known, raw in self.headers if known == name)
        return raw.decode() if isinstance(raw, bytes) else raw or ""

    def put(self, **fields: Any) -> Draft:
        """With these fields in the data; None leaves one out."""
        data = json.loads(self.value or b"{}") | fields
        self.value = json.dumps({name: value for name, value in data.items() if value is not None}).encode()
        return self

    @property
    def id(self) -> str:
        """The event's id."""
        return self.get("ce_id")

    @property
    def data(self) -> dict[str, Any]:
        """What it says."""
        return dict(json.loads(self.value or b"{}"))


class Ear:
    """Reads topics as an account, from now on or from the beginning, in a thread of its own; survives the broker's end."""

    def __init__(self, home: Home, account: str, topics: Sequence[str], *, beginning: bool = False, take: Callable[[Heard], None] | None = None) -> None:
        self.heard: list[Heard] = []
        self._take = take or self.heard.append
        self._news = threading.Condition()
        self._stop = threading.Event()
        self._consumer = Consumer(
            {
                **home.client_config(account),
                "group.id": f"{account}.{IDS.new()}",
                "enable.auto.commit": False,
                "auto.offset.reset": "earliest",
                "reconnect.backoff.max.ms": 500,
                "fetch.error.backoff.ms": 50,
                "log_level": 0,
            }
        )
        places = [TopicPartition(topic, part) for topic in topics for part in self._consumer.list_topics(topic, timeout=PATIENCE).topics[topic].partitions]
        for place in places:
            low, high = self._consumer.get_watermark_offsets(place, timeout=PATIENCE)
            place.offset = low if beginning else high
        self._consumer.assign(places)
        self._thread = threading.Thread(target=self._listen, name=f"ear of {account}", daemon=True)
        self._thread.start()

    def _listen(self) -> None:
        while not self._stop.is_set():
            records = self._consumer.consume(500, 0.1)
            if not records:
                continue
            with self._news:
                for record in records:
                    if record.error() is None:
                        self._take(heard_of(record))
                self._news.notify_all()

    def waits(self, fits: Callable[[Heard], bool], what: str, seconds: float = PATIENCE) -> Heard:
        """The first record that fits, as soon as it is here."""
        limit = time.monotonic() + seconds
        looked = 0
        with self._news:
            while True:
                for heard in self.heard[looked:]:
                    if fits(heard):
                        return heard
                looked = len(self.heard)
                left = limit - time.monotonic()
                assert left > 0, f"not heard within {seconds:g} s: {what}; heard were {[(h.name, dict(h.data)) for h in self.heard[-5:]]}"
                self._news.wait(left)

    def answer(self, to: str, name: str | None = None) -> Heard:
        """What answers the event with this id, or rejects it."""
        return self.waits(lambda h: to in (h.about.get("causationid"), h.data.get("message_id")) and name in (None, h.name), f"{name or 'an answer'} to {to}")

    def about(self, place: Place) -> Heard:
        """The rejection of the record that lies there."""
        where = (place.topic, place.partition, place.offset)
        return self.waits(lambda h: (h.data.get("topic"), h.data.get("partition"), h.data.get("offset")) == where, f"what is said about {place}")

    def close(self) -> None:
        """Stops reading."""
        self._stop.set()
        self._thread.join(10)
        self._consumer.close()


def heard_of(record: Message) -> Heard:
    """A consumed record with its attributes read."""
    headers: list[tuple[str, Any]] = list(record.headers() or ())  # type: ignore[arg-type]
    about = {name[3:]: (raw or b"").decode(errors="replace") for name, raw in headers if name.startswith("ce_")}
    place = Place(record.topic() or "", record.partition() or 0, record.offset() or 0)
    with suppress(ValueError):
        data = json.loads(record.value() or b"{}")
        return Heard(place, about, data if isinstance(data, dict) else {}, time.monotonic())
    return Heard(place, about, {}, time.monotonic())


@dataclass(slots=True)
class City:
    """Everything that runs in one home, with the doors to it."""

    home: Home
    _producers: dict[str, Producer] = field(default_factory=dict)

    # -- commands ------------------------------------------------------------------------------------------------

    def cg(self, *words: str, given: str | None = None, fine: bool = True, apart: bool = False) -> subprocess.CompletedProcess[str]:
        """`cg WORDS` about this home; with `fine`, it must end with 0. It runs in this process, which saves a second each time, unless `apart`."""
        with environment(CG_HOME=str(self.home.path)):
            if apart or given is not None:
                command = [sys.executable, "-m", "cg_cli.main", *words]
                done = subprocess.run(command, input=given, capture_output=True, text=True, check=False, timeout=150)
            else:
                out, err = io.StringIO(), io.StringIO()
                with redirect_stdout(out), redirect_stderr(err):
                    code = run(list(words))
                done = subprocess.CompletedProcess(words, code, out.getvalue(), err.getvalue())
        assert "Traceback" not in done.stdout + done.stderr, done.stderr
        assert done.returncode == 0 or not fine, f"cg {' '.join(words)}: {done.returncode}: {done.stderr}"
        return done

    def told(self, *words: str) -> Any:
        """The one JSON document that a command prints, and nothing else."""
        return json.loads(self.cg(*words, "--json").stdout)

    def pid(self, part: str) -> int:
        """The number of a part's process, while it lives."""
        house = status(self.home)
        return int((house["parts"] | house["services"])[part]["pid"])

    # -- the broker ----------------------------------------------------------------------------------------------

    def producer(self, account: str) -> Producer:
        """A producer of confluent-kafka, as an outside system would configure it."""
        if account not in self._producers:
            self._producers[account] = Producer(
                {**self.home.client_config(account), "acks": "all", "linger.ms": 0, "message.max.bytes": 4_000_000, "log_level": 0}
            )
        return self._producers[account]

    def publish(self, *drafts: Draft, partition: int | None = None) -> list[Place]:
        """Publishes records in their order; gives where they lie. Raises KafkaException when the broker does not take one."""
        places: list[Place | None] = [None] * len(drafts)
        failed: list[KafkaError] = []

        def noting(number: int) -> Callable[[KafkaError | None, Message], None]:
            def note(error: KafkaError | None, record: Message) -> None:
                if error is not None:
                    failed.append(error)
                else:
                    places[number] = Place(record.topic() or "", record.partition() or 0, record.offset() or 0)

            return note

        for number, draft in enumerate(drafts):
            lane = -1 if partition is None else partition
            self.producer(draft.account).produce(draft.topic, draft.value, draft.key, lane, noting(number), headers=draft.headers)
        for account in {draft.account for draft in drafts}:
            assert self.producer(account).flush(PATIENCE) == 0
        if failed:
            raise KafkaException(failed[0])
        return [place for place in places if place is not None]

    def draft(self, name: str, account: str, **fields: Any) -> Draft:
        """A record that is right in everything, as `cg contracts example` makes it; `fields` of the data may be set."""
        contract = contract_of(name)
        said = event(contract, account, self.home)["data"] if contract.about.type in ABOUT_THE_HOUSE else fresh(contract, account, now())
        data = {field: value for field, value in (said | fields).items() if value is not None}
        subject = contract.model_validate(data).subject
        headers: Headers = [
            ("ce_specversion", b"1.0"),
            ("ce_id", str(IDS.new()).encode()),
            ("ce_source", source_of(account).encode()),
            ("ce_type", contract.about.type.encode()),
            ("ce_subject", subject.encode()),
            ("ce_time", now().isoformat(timespec="milliseconds").encode()),
            ("content-type", b"application/json"),
        ]
        value = json.dumps(data, default=str).encode()
        return Draft(account, f"cg.{contract.about.owner}.intake.{account}", subject, value, headers)

    def ear(self, account: str, *topics: str, beginning: bool = False) -> Ear:
        """An ear on what an account may read."""
        wanted = topics or ([f"cg.{service}.events" for service in SERVICES] if account == "operator" else [f"cg.answers.{account}"])
        return Ear(self.home, account, wanted, beginning=beginning)

    def records(self, topics: Collection[str] | None = None) -> Iterator[Message]:
        """Every record that lies on the broker now, of these topics or of all, read by its super user."""
        names = topics if topics is not None else [name for name in admin_client(self.home).list_topics(timeout=PATIENCE).topics if name.startswith("cg.")]
        consumer = Consumer({**self.home.client_config("admin"), "group.id": f"admin.{IDS.new()}", "enable.auto.commit": False, "log_level": 0})
        try:
            left: dict[tuple[str, int], int] = {}
            places = []
            for name in names:
                for part in consumer.list_topics(name, timeout=PATIENCE).topics[name].partitions:
                    low, high = consumer.get_watermark_offsets(TopicPartition(name, part), timeout=PATIENCE)
                    if high > low:
                        left[name, part] = high
                        places.append(TopicPartition(name, part, low))
            consumer.assign(places)
            limit = time.monotonic() + PATIENCE * 2
            while left:
                assert time.monotonic() < limit, f"not read to the end: {left}"
                for record in consumer.consume(500, 0.2):
                    if record.error() is not None:
                        continue
                    yield record
                    place = (record.topic() or "", record.partition() or 0)
                    if (record.offset() or 0) + 1 >= left.get(place, 1 << 62):
                        del left[place]
                for name, part in list(left):
                    if consumer.position([TopicPartition(name, part)])[0].offset >= left[name, part]:
                        del left[name, part]
        finally:
            consumer.close()

    # -- the services --------------------------------------------------------------------------------------------

    def token(self, *roles: str, person: UUID | None = None, seconds: int = 3600) -> str:
        """A token of the house's own issuer, valid for so many seconds; expired since so many when they are negative."""
        issued = now() if seconds > 0 else now() + timedelta(seconds=2 * seconds)
        return token(self.home.issuer_key(), person or person_of(roles[0]), roles, issued, seconds=abs(seconds))

    @contextmanager
    def door(self, service: str, *roles: str, person: UUID | None = None) -> Iterator[httpx.Client]:
        """A person in these roles at a service's door; without a role, nobody known."""
        headers = {"Authorization": f"Bearer {self.token(*roles, person=person)}"} if roles else {}
        with httpx.Client(base_url=self.home.service_url(service), headers=headers, timeout=30, trust_env=False, verify=False) as client:
            yield client

    def asks(self, service: str, path: str, *roles: str, **params: Any) -> Any:
        """What a service answers to a question of a person in these roles (operator, when none is given)."""
        with self.door(service, *(roles or ("operator",))) as door:
            answer = door.get(path, params=params)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def does(self, service: str, path: str, role: str, body: Any = None, *, person: UUID | None = None, fine: bool = True) -> httpx.Response:
        """A command of a person."""
        with self.door(service, role, person=person) as door:
            answer = door.post(path, json=body)
        assert answer.is_success or not fine, f"{role} {path}: {answer.status_code} {answer.text}"
        return answer

    def parked(self, **params: Any) -> list[dict[str, Any]]:
        """What waits in any service that runs."""
        return [row for service in self.running() for row in self.asks(service, "/ops/parked", **params)["rows"]]

    def running(self) -> list[str]:
        """The services that were started."""
        return [name for name, part in status(self.home)["services"].items() if part["state"] != "stopped"]

    def close(self) -> None:
        """Lets the producers go."""
        for producer in self._producers.values():
            producer.flush(5)
        self._producers.clear()


@contextmanager
def environment(**variables: str) -> Iterator[None]:
    """These variables, for as long as the block lasts."""
    before = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def contract_of(name: str) -> type[Contract]:
    """The contract of a short name that one service has, or of `service.Name`."""
    owner, _, short = name.rpartition(".")
    return next(c for c in CATALOGUE.values() if c.about.name == short and owner in ("", c.about.owner))
