"""The service behind its door, on a real database and without a broker, and what tests ask of it."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import asyncpg
import httpx

from cg_cli.provision import granting_sql
from cg_cli.servers import House
from cg_contracts.accounts import source_of
from cg_contracts.base import CATALOGUE, Request
from cg_contracts.frozen import example
from cg_kit.auth import token
from cg_kit.clock import RisingIds, SystemClock
from cg_kit.engine import Engine
from cg_kit.http import application
from cg_kit.migrate import migrate
from cg_kit.postgres import open_pool, open_store
from cg_kit.pure import named
from cg_kit.seam import Record
from cg_kit.telemetry import Tracing
from cg_kit.vault import Vault
from services.innovation.app import SERVICE


def who(name: str) -> UUID:
    """Somebody."""
    return named("test", "innovation", name)


ANN, OFFICER, BOARD, OWNER, EVA, EVI, HEAD, SPONSOR = map(who, ("ann", "innovation-officer", "steering-board", "owner", "eva", "evi", "unit-head", "sponsor"))
UNIT, UNIT2 = who("unit"), who("unit 2")
WHY = {"code": "fits_the_plan", "text": "Het past in het plan."}


@dataclass
class Innovation:
    """The service in this process; records are handed to the engine."""

    engine: Engine
    clock: SystemClock
    http: httpx.AsyncClient
    key: dict[str, Any]
    pool: Any
    offsets: dict[tuple[str, int], int] = field(default_factory=dict)

    async def ask(self, method: str, path: str, role: str, person: UUID | None = None, body: Any = None, **headers: str) -> httpx.Response:
        """A request by a person in a role."""
        pass_ = token(self.key, person or who(role), [role], self.clock.real())
        return await self.http.request(method, path, json=body, headers={"authorization": f"Bearer {pass_}", **headers})

    async def get(self, path: str, role: str = "person", person: UUID | None = None) -> Any:
        """What is answered to who may ask."""
        answer = await self.ask("GET", path, role, person)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def post(self, path: str, role: str, body: Any = None, person: UUID | None = None) -> Any:
        """A command that is done, and what follows from it."""
        answer = await self.ask("POST", path, role, person, body)
        assert answer.status_code == 200, answer.text
        await self.settle()
        return answer.json()

    async def refused(self, method: str, path: str, role: str, body: Any = None, person: UUID | None = None) -> tuple[int, str]:
        """Why something is not done."""
        answer = await self.ask(method, path, role, person, body)
        assert answer.status_code >= 400, answer.text
        problem = answer.json()
        assert set(problem["texts"]) == {"nl", "fr", "en"}
        assert problem["texts"]["nl"] != problem["rule"], f"{problem['rule']} has no text"
        return answer.status_code, problem["rule"]

    async def say(self, account: str, name: str, **data: Any) -> None:
        """A message of another account, taken with all that follows from it."""
        contract = CATALOGUE[f"be.police.cg.{name}.v1"]
        place = (f"cg.innovation.intake.{account}" if issubclass(contract, Request) else f"cg.{account}.events", 0)
        message = contract.model_validate(example(contract) | data)
        envelope = {
            "specversion": "1.0",
            "id": str(self.engine.ids.new()),
            "source": source_of(account),
            "type": contract.about.type,
            "subject": message.subject,
            "time": self.clock.real().isoformat(),
            "datacontenttype": "application/json",
            "data": json.loads(message.model_dump_json(exclude_none=True)),
        }
        offset = self.offsets.setdefault(place, (await self.engine.store.positions({place: 0}))[place])
        headers = (("content-type", b"application/cloudevents+json"),)
        record = Record(place[0], 0, offset, message.subject.encode(), json.dumps(envelope).encode(), headers, self.clock.real())
        self.offsets |= await self.engine.batch([record], {place: offset})
        await self.settle()

    async def settle(self) -> None:
        """Lets followers and deadlines do what they have to."""
        before = None
        while before != (before := (self.engine.tally.followed, self.engine.tally.fired)) or before is None:
            while await self.engine.follow():
                pass
            while await self.engine.fire(self.clock.domain()):
                pass

    async def pass_time(self, until: datetime) -> None:
        """Domain time moves on."""
        self.clock.move(until - self.clock.real())
        await self.settle()

    async def told(self, subject: str) -> list[dict[str, Any]]:
        """What was told of something, in order: the names, and what they say."""
        rows = await self.pool.fetch("SELECT type, body::text FROM journal WHERE topic IS NOT NULL ORDER BY seq")
        found = [(row["type"].split(".")[-2], json.loads(row["body"])) for row in rows]
        return [{"name": name, **data} for name, data in found if subject in data.values()]


@asynccontextmanager
async def behind_the_door(house: House, name: str) -> AsyncIterator[Innovation]:
    """The service with a database of this name."""
    server = await asyncpg.connect(house.superuser_url())
    await server.execute(f"CREATE DATABASE {name} OWNER innovation_owner")
    await server.close()
    inside = await asyncpg.connect(house.superuser_url(name))
    for statement in granting_sql("innovation"):
        await inside.execute(statement.replace("DATABASE innovation ", f"DATABASE {name} "))
    await inside.close()
    owner, runtime = (house.database_url("innovation", owner=owner).replace("@/innovation?", f"@/{name}?") for owner in (True, False))
    await migrate(owner, "services.innovation", "innovation")
    store = await open_store(runtime, None, "innovation door")
    pool = await open_pool(runtime, None, "innovation door reads", size=2)
    clock = SystemClock()
    vault = Vault.from_file(house.home.secret_file("vault", "innovation"))
    engine = Engine(SERVICE, store, clock, RisingIds(), Tracing("innovation", "test", None, 0.0), vault)
    settings = SimpleNamespace(jwks_file=house.home.jwks, jwks_url=None, issuer=None, instance="innovation-0")
    async with httpx.AsyncClient(transport=httpx.ASGITransport(application(engine, settings, pool)), base_url="http://innovation") as http:
        yield Innovation(engine, clock, http, house.home.issuer_key(), pool)
    pool.terminate()
    await store.close()


async def submitted(it: Innovation, title: str, problem: str = "Het duurt te lang.", person: UUID = ANN, **more: Any) -> str:
    """An idea that somebody proposed."""
    body = {"title": title, "problem": problem, "theme_codes": ["drones"], "unit_id": str(UNIT), **more}
    return str((await it.post("/ideas", "person", body, person))["id"])


async def validated(it: Innovation, title: str) -> str:
    """An idea that the board found good enough."""
    idea_id = await submitted(it, title)
    for person in (EVA, EVI):
        await it.post(f"/evaluators/{person}", "innovation-officer", {"theme_codes": ["drones"]})
    await it.post(f"/ideas/{idea_id}/triage", "innovation-officer", {"theme_codes": ["drones"], "owner": str(OWNER)})
    await it.post(f"/ideas/{idea_id}/evaluators", "innovation-officer", {"persons": [str(EVA), str(EVI)]})
    for person, points in ((EVA, 5), (EVI, 2)):
        await it.post(f"/ideas/{idea_id}/scores", "person", {"impact": points, "feasibility": 4, "fit": 4, "risk": 1}, person)
    await it.post(f"/ideas/{idea_id}/qualification", "innovation-officer", WHY)
    await it.post(f"/ideas/{idea_id}/concept", "person", {"concept": "Zo zou het werken."}, OWNER)
    await it.post(f"/ideas/{idea_id}/validation", "steering-board", WHY)
    return idea_id
