"""An engine of the screening service on a database of its own, fed with records as the broker would give them."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import count
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import asyncpg
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from cg_cli.servers import House
from cg_contracts.accounts import source_of
from cg_contracts.base import Contract
from cg_contracts.org import AssignmentEndedV1
from cg_contracts.screening import ScreeningRequestedV1
from cg_kit.clock import RisingIds, SystemClock
from cg_kit.engine import Commanded, Engine
from cg_kit.migrate import migrate
from cg_kit.postgres import PostgresStore, open_store
from cg_kit.pure import To, on
from cg_kit.pure.words import Actor, On
from cg_kit.seam import Message, Place, Record, Store
from cg_kit.service import Service
from cg_kit.telemetry import Tracing
from cg_kit.vault import Vault
from services.screening.app import SERVICE
from services.screening.reactions import case_for

HR, ORG, FACTS = "cg.screening.intake.hr", "cg.screening.intake.org", "cg.org.events"
TEMPLATE = "engine_template"
NUMBERS = count(1)

Reaction = Callable[[Any, Any], Iterable[To]]


class Raises(Exception):
    """What a reaction raises in a test."""


class Clock(SystemClock):
    """The machine's time, and `later` that."""

    later = timedelta(0)

    def real(self) -> datetime:
        """Now, in UTC, or later."""
        return super().real() + self.later


class Bench:
    """One service's database, and engines on it. Time is the machine's: `clock.move` moves domain time alone, `clock.later` moves both."""

    def __init__(self, house: House, database: str, store: PostgresStore) -> None:
        self.house, self.database, self.store = house, database, store
        self.clock, self.ids = Clock(), RisingIds()
        self.exporter = InMemorySpanExporter()
        self.tracing = Tracing("screening", "screening-0", self.exporter, 0.0)
        self.vault = Vault(bytes(32))
        self.ends: dict[Place, int] = defaultdict(int)
        self.stands: dict[Place, int] = {}
        self.usual = self.engine()

    @property
    def url(self) -> str:
        """The database as its owner."""
        return self.house.superuser_url(self.database)

    def engine(self, service: Service = SERVICE, *, build: str = "1", store: Store | None = None, ratio: float | None = None) -> Engine:
        """An engine of this service, or of a variant of it, on the same database. `ratio`: how much of the traces that we begin is sampled."""
        if ratio is not None:
            self.tracing.ratio = ratio
        return Engine(service, store or self.store, self.clock, self.ids, self.tracing, self.vault, build=build)

    # -- records ---------------------------------------------------------------------------------------------------

    def record(self, topic: str, value: bytes | None, headers: dict[str, str], *, part: int = 0, at: datetime | None = None) -> Record:
        """The next record of a partition."""
        offset = self.ends[topic, part]
        self.ends[topic, part] += 1
        made = tuple((name if name in ("content-type", "traceparent") else f"ce_{name}", text.encode()) for name, text in headers.items())
        key = headers.get("subject")
        return Record(topic, part, offset, key.encode() if key else None, value, made, at or self.clock.real())

    def message(self, topic: str, message: Contract, attributes: Mapping[str, str] | None = None, *, part: int = 0, at: datetime | None = None) -> Record:
        """What the account of this topic says, with the attributes that it must have and these."""
        account = topic.rpartition(".")[2] if ".intake." in topic else topic.split(".")[1]
        headers = {
            "specversion": "1.0",
            "id": str(self.ids.new()),
            "source": source_of(account),
            "type": message.about.type,
            "subject": message.subject,
            "time": (at or self.clock.real()).isoformat(),
            "content-type": "application/json",
        }
        return self.record(topic, message.model_dump_json(exclude_none=True).encode(), {**headers, **(attributes or {})}, part=part, at=at)

    def asked(self, attributes: Mapping[str, str] | None = None, *, request: UUID | None = None, topic: str = HR, part: int = 0, **more: Any) -> Record:
        """A request for a screening: of hr for a candidate, of org for an advice."""
        return self.message(topic, self.request(request=request, topic=topic, **more), attributes, part=part)

    def request(self, *, request: UUID | None = None, topic: str = HR, **more: Any) -> ScreeningRequestedV1:
        """The same as a message."""
        body = {
            "request_id": request or self.ids.new(),
            "requester_ref": "REF-1",
            "kind": "recruitment" if topic == HR else "advice",
            "purpose": "recruitment",
            "person_id": self.ids.new(),
            "needed_by": "2027-06-01",
        }
        return ScreeningRequestedV1.model_validate({**body, **more})

    def ended(self, *, post: UUID | None = None, assignment: UUID | None = None, part: int = 0, type_: str = "") -> Record:
        """Org says that an assignment has ended."""
        fact = AssignmentEndedV1(
            assignment_id=assignment or self.ids.new(),
            post_id=post or self.ids.new(),
            person_id=self.ids.new(),
            reason_code="transfer",
            ended_at=self.clock.domain(),
        )
        return self.message(FACTS, fact, {"type": type_} if type_ else None, part=part)

    def again(self, record: Record, body: dict[str, Any] | None = None, *, part: int = 0) -> Record:
        """The same message once more as a producer sends it, or with another body."""
        offset = self.ends[record.topic, part]
        self.ends[record.topic, part] += 1
        return record._replace(part=part, offset=offset, value=json.dumps(body).encode() if body else record.value)

    def case(self, record: Record) -> UUID:
        """The case that a request opens."""
        return case_for("hr" if record.topic == HR else "org", UUID(json.loads(record.value or b"{}")["request_id"]))

    # -- what the engine does ------------------------------------------------------------------------------------------

    async def feed(self, *records: Record, engine: Engine | None = None) -> None:
        """Takes these records in one batch, from where their partitions stand."""
        places = {(r.topic, r.part) for r in records}
        stands = await self.store.positions(dict.fromkeys(places, 0))
        self.stands.update(await (engine or self.usual).batch(list(records), stands))

    async def command(self, to: To, *, by: UUID | None = None, engine: Engine | None = None, **more: Any) -> Commanded:
        """A person's command."""
        actor = more.pop("actor", None) or Actor(by or self.ids.new(), frozenset({"decider"}), more.pop("reason", None))
        return await (engine or self.usual).command(lambda ref: to, actor=actor, at=self.clock.domain(), **more)

    # -- what is kept ------------------------------------------------------------------------------------------------

    async def rows(self, sql: str, *values: Any) -> list[asyncpg.Record]:
        """What a query finds."""
        found: list[asyncpg.Record] = await self.store.pool.fetch(sql, *values)
        return found

    async def value(self, sql: str, *values: Any) -> Any:
        """The one value that a query finds."""
        return await self.store.pool.fetchval(sql, *values)

    async def events(self, aggregate: UUID) -> list[str]:
        """The names of what happened to an aggregate."""
        return [row[0] for row in await self.rows("SELECT type FROM journal WHERE step = 'event' AND aggregate = $1 ORDER BY seq", aggregate)]

    async def said(self, topic: str) -> list[tuple[str, dict[str, Any], dict[str, Any]]]:
        """What the journal holds for a topic: type (short), headers, body."""
        found = await self.rows("SELECT type, headers, body FROM journal WHERE topic = $1 ORDER BY seq", topic)
        return [(row[0].split(".")[-2], json.loads(row[1]), json.loads(row[2])) for row in found]

    async def parked(self) -> list[tuple[str, str]]:
        """What is parked: the rule, and the state of waiting or not, in order."""
        return [(row[0], row[1]) for row in await self.rows("SELECT rule, state FROM parked ORDER BY id")]

    async def nothing(self) -> bool:
        """Whether no table but those with a row from the start holds anything that a record could have left."""
        tables = ("inbox", "journal", "parked", "blocked", "rejected", "timer", "vault", "case_state", "application_state", "clearance_state")
        return not any([await self.value(f"SELECT EXISTS (SELECT FROM {table})") for table in tables])

    async def deadlines(self, kind: str, id_: UUID) -> set[tuple[str, datetime]]:
        """The open timers of an aggregate."""
        return {(row[0], row[1]) for row in await self.rows("SELECT name, at FROM timer WHERE kind = $1 AND id = $2 AND fired_at IS NULL", kind, id_)}

    async def state(self, kind: str, id_: UUID) -> Any:
        """The state of an aggregate."""
        async with self.store.transaction() as tx:
            row = (await tx.load(kind, [id_]))[id_]
        return self.usual.words.state(kind, row)

    def spans(self) -> Sequence[ReadableSpan]:
        """What was exported until now."""
        self.tracing.provider.force_flush()
        return self.exporter.get_finished_spans()


class Wrapped:
    """A store whose transactions are first given to `spoil`."""

    def __init__(self, store: Any, spoil: Any) -> None:
        self._store, self._spoil = store, spoil

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Any]:
        async with self._store.transaction() as tx:
            self._spoil(tx)
            yield tx


class Recorder:
    """A sender that remembers what it sent, and fails before the messages that `fails` names by their number."""

    def __init__(self, fails: Iterable[int] = ()) -> None:
        self.sent: list[Message] = []
        self.fails = set(fails)
        self.tried = 0

    async def send(self, steps: Sequence[Message]) -> None:
        """Sends one by one until one fails."""
        for step in steps:
            self.tried += 1
            if self.tried in self.fails:
                raise OSError("the broker is away")
            self.sent.append(step)


def variant(*, accepts: Sequence[On] = (), hears: Sequence[On] = (), follows: Sequence[On] = ()) -> Service:
    """The screening service with some rows of its table replaced by these."""

    def mixed(old: tuple[On, ...], new: Sequence[On]) -> tuple[On, ...]:
        replaced = {row.what for row in new}
        return tuple(row for row in old if row.what not in replaced) + tuple(new)

    return replace(SERVICE, accepts=mixed(SERVICE.accepts, accepts), hears=mixed(SERVICE.hears, hears), follows=mixed(SERVICE.follows, follows))


def raising(what: type[Any], when: Callable[[Any], bool] = lambda message: True) -> On:
    """A row whose reaction raises for some messages and else does what the service does."""
    usual: Reaction = next(row.reaction for row in (*SERVICE.accepts, *SERVICE.hears, *SERVICE.follows) if row.what is what)

    def reaction(message: Any, cause: Any) -> Iterable[To]:
        if when(message):
            raise Raises("on purpose")
        return usual(message, cause)

    return on(what, reaction)


def with_domain(kind: str, service: Service = SERVICE, **functions: Any) -> Service:
    """A service with some functions of one aggregate replaced."""
    keeps = tuple(replace(one, domain=SimpleNamespace(**{**vars(one.domain), **functions})) if one.kind == kind else one for one in service.keeps)
    return replace(service, keeps=keeps)


@asynccontextmanager
async def running(house: House) -> AsyncIterator[Bench]:
    """A bench on a fresh database, which is removed afterwards."""
    admin = await asyncpg.connect(house.superuser_url())
    if not await admin.fetchval("SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)", TEMPLATE):
        await admin.execute(f"CREATE DATABASE {TEMPLATE}")
        await migrate(house.superuser_url(TEMPLATE), "services.screening", "screening")
    name = f"engine_{next(NUMBERS)}"
    await admin.execute(f"CREATE DATABASE {name} TEMPLATE {TEMPLATE}")
    store = await open_store(house.superuser_url(name), None, "test")
    bench = Bench(house, name, store)
    try:
        yield bench
    finally:
        bench.tracing.close()
        await store.close()
        await admin.execute(f"DROP DATABASE {name} WITH (FORCE)")
        await admin.close()
