"""A service behind its door, on a real database and without a broker: what the tests of every service ask of it."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from types import SimpleNamespace
from typing import Any, TypeVar
from uuid import UUID

import asyncpg
import httpx

from cg_cli.provision import granting_sql
from cg_cli.servers import House
from cg_contracts.accounts import source_of
from cg_contracts.base import CATALOGUE, Request
from cg_kit.auth import token
from cg_kit.clock import RisingIds, SystemClock
from cg_kit.engine import Engine
from cg_kit.http import application
from cg_kit.migrate import migrate
from cg_kit.postgres import open_pool, open_store
from cg_kit.pure import named
from cg_kit.seam import Record
from cg_kit.service import Service
from cg_kit.telemetry import Tracing
from cg_kit.vault import Vault


@dataclass
class Inside:
    """A service in this process, with its real database and without a broker: records are handed to the engine."""

    engine: Engine
    clock: SystemClock
    http: httpx.AsyncClient
    key: dict[str, Any]
    pool: asyncpg.Pool[asyncpg.Record]
    offsets: dict[tuple[str, int], int] = field(default_factory=dict)

    def person(self, role: str) -> UUID:
        """Who comes in a role when nobody is named."""
        return named("test", "door", role)

    async def ask(self, method: str, path: str, role: str, who: UUID | None = None, body: Any = None, **headers: str) -> httpx.Response:
        """A request by a person in a role."""
        pass_ = token(self.key, who or self.person(role), [role], self.clock.real())
        return await self.http.request(method, path, json=body, headers={"authorization": f"Bearer {pass_}", **headers})

    async def get(self, path: str, role: str, who: UUID | None = None) -> Any:
        """What is answered to who may ask."""
        answer = await self.ask("GET", path, role, who)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def post(self, path: str, role: str, body: Any = None, who: UUID | None = None) -> Any:
        """A command that is done, and what follows from it."""
        answer = await self.ask("POST", path, role, who, body)
        assert answer.status_code == 200, answer.text
        await self.settle()
        return answer.json()

    async def refused(self, method: str, path: str, role: str, body: Any = None, who: UUID | None = None) -> tuple[int, str]:
        """Why something is not done, told in three languages."""
        answer = await self.ask(method, path, role, who, body)
        assert answer.status_code >= 400, answer.text
        problem = answer.json()
        assert set(problem["texts"]) == {"nl", "fr", "en"}
        assert problem["texts"]["nl"] != problem["rule"], f"{problem['rule']} has no text"
        return answer.status_code, problem["rule"]

    async def take(self, account: str, name: str, data: dict[str, Any], topic: str | None = None, **attributes: str) -> str:
        """A message of another account, taken with all that follows from it; its id. A request comes on this account's intake topic, a fact on its events."""
        contract = CATALOGUE[f"be.police.cg.{name}.v1"]
        message = contract.model_validate(data)
        id_ = str(self.engine.ids.new())
        envelope = {
            "specversion": "1.0",
            "id": id_,
            "source": source_of(account),
            "type": contract.about.type,
            "subject": message.subject,
            "time": self.clock.real().isoformat(),
            "datacontenttype": "application/json",
            "data": json.loads(message.model_dump_json(exclude_none=True)),
        } | attributes
        usual = f"cg.{self.engine.service.name}.intake.{account}" if issubclass(contract, Request) else f"cg.{account}.events"
        place = (topic or usual, 0)
        offset = self.offsets.setdefault(place, (await self.engine.store.positions({place: 0}))[place])
        headers = (("content-type", b"application/cloudevents+json"),)
        record = Record(place[0], 0, offset, message.subject.encode(), json.dumps(envelope).encode(), headers, self.clock.real())
        self.offsets |= await self.engine.batch([record], {place: offset})
        await self.settle()
        return id_

    async def settle(self) -> None:
        """Lets followers and deadlines do what they have to."""
        before = None
        while before != (before := (self.engine.tally.followed, self.engine.tally.fired)) or before is None:
            while await self.engine.follow():
                pass
            while await self.engine.fire(self.clock.domain()):
                pass

    async def pass_time(self, until: datetime) -> None:
        """Domain time moves on, and what falls due is done."""
        self.clock.move(until - self.clock.real())
        await self.settle()


Made = TypeVar("Made", bound=Inside)


@asynccontextmanager
async def inside(made: type[Made], service: Service, house: House, database: str, traced: float = 0.0) -> AsyncIterator[Made]:
    """A service with a database of this name; `traced`: which share of what it does is."""
    name = service.name
    server = await asyncpg.connect(house.superuser_url())
    await server.execute(f"CREATE DATABASE {database} OWNER {name}_owner")
    await server.close()
    granting = await asyncpg.connect(house.superuser_url(database))
    for statement in granting_sql(name):
        await granting.execute(statement.replace(f"DATABASE {name} ", f"DATABASE {database} "))
    await granting.close()
    owner, runtime = (house.database_url(name, owner=owner).replace(f"@/{name}?", f"@/{database}?") for owner in (True, False))
    await migrate(owner, f"services.{name}", name)
    store = await open_store(runtime, None, f"{name} door")
    pool = await open_pool(runtime, None, f"{name} door reads", size=2)
    clock = SystemClock()
    vault = Vault.from_file(house.home.secret_file("vault", name))
    engine = Engine(service, store, clock, RisingIds(), Tracing(name, "test", None, traced), vault)
    settings: Any = SimpleNamespace(jwks_file=house.home.jwks, jwks_url=None, issuer=None, instance=f"{name}-0")
    async with httpx.AsyncClient(transport=httpx.ASGITransport(application(engine, settings, pool)), base_url=f"http://{name}") as http:
        yield made(engine, clock, http, house.home.issuer_key(), pool)
    pool.terminate()
    await store.close()
