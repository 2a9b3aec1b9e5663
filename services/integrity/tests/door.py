"""The service behind its door, on a real database and without a broker, and what tests ask of it."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from html import unescape
from re import findall, search
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import asyncpg
import httpx

from cg_cli.provision import granting_sql
from cg_cli.servers import House
from cg_contracts.accounts import source_of
from cg_contracts.base import CATALOGUE, Request
from cg_contracts.frozen import example
from cg_kit import custody as boxes
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
from services.integrity.app import SERVICE

HEAD, ANN, BEA, CONFIDANT, FIRST, SECOND, CG, STRANGER, CHIEF = (
    named("test", "integrity", name) for name in ("head", "ann", "bea", "confidant", "first", "second", "cg", "stranger", "chief")
)
FORM = {"text": "The same three firms, each time.", "category": "procurement", "mode": "anonymous", "lang": "en"}


@dataclass
class Integrity:
    """The service in this process: records are handed to the engine."""

    engine: Engine
    clock: SystemClock
    http: httpx.AsyncClient
    key: dict[str, Any]
    database: asyncpg.Pool[asyncpg.Record]
    offsets: dict[tuple[str, int], int] = field(default_factory=dict)

    async def ask(self, method: str, path: str, role: str, who: UUID = STRANGER, body: Any = None, **headers: str) -> httpx.Response:
        """A request by a person in a role."""
        pass_ = token(self.key, who, [role], self.clock.real())
        return await self.http.request(method, path, json=body, headers={"authorization": f"Bearer {pass_}", **headers})

    async def get(self, path: str, role: str, who: UUID) -> Any:
        """What is answered to who may ask."""
        answer = await self.ask("GET", path, role, who)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def post(self, path: str, role: str, who: UUID, body: Any = None) -> Any:
        """A command that is done, and what follows from it."""
        answer = await self.ask("POST", path, role, who, body)
        assert answer.status_code == 200, answer.text
        await self.settle()
        return answer.json()

    async def refused(self, method: str, path: str, role: str, who: UUID, body: Any = None) -> tuple[int, str]:
        """Why something is not done, told in three languages."""
        answer = await self.ask(method, path, role, who, body)
        assert answer.status_code >= 400, answer.text
        problem = answer.json()
        assert len(set(problem["texts"].values())) == 3, problem
        return answer.status_code, problem["rule"]

    async def send(self, path: str, **filled: str) -> httpx.Response:
        """A form of the reporter's page."""
        answer = await self.http.post(path, content=urlencode(filled), headers={"content-type": "application/x-www-form-urlencoded"})
        await self.settle()
        return answer

    async def reported(self, **filled: str) -> str:
        """A report; the code of its receipt."""
        answer = await self.send("/report", **FORM | filled)
        assert answer.status_code == 200, shown(answer)
        found = search(r'class="code">([0-9A-Z-]+)<', answer.text)
        assert found
        return found[1]

    async def say(self, account: str, name: str, data: dict[str, Any]) -> None:
        """A message of another account, taken with all that follows from it."""
        contract = CATALOGUE[f"be.police.cg.{name}.v1"]
        place = (f"cg.integrity.intake.{account}" if issubclass(contract, Request) else f"cg.{account}.events", 0)
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
        """Domain time moves on, and what falls due is done."""
        self.clock.move(until - self.clock.real())
        await self.settle()

    async def told(self) -> list[dict[str, Any]]:
        """All that was published so far."""
        rows = await self.database.fetch("SELECT type, topic, headers::text, body::text FROM journal WHERE topic IS NOT NULL ORDER BY seq")
        return [{"name": row["type"].split(".")[-2], "topic": row["topic"], **json.loads(row["body"])} for row in rows]

    async def parked(self) -> int:
        """What waits for a person."""
        found: int = await self.database.fetchval("SELECT count(*) FROM parked")
        return found


def shown(answer: httpx.Response) -> str:
    """The words of a page."""
    return unescape(" ".join(findall(r">([^<]+)<", answer.text.partition("</style>")[2])))


@asynccontextmanager
async def behind_the_door(house: House, name: str) -> AsyncIterator[Integrity]:
    """The service with a database of this name."""
    server = await asyncpg.connect(house.superuser_url())
    await server.execute(f"CREATE DATABASE {name} OWNER integrity_owner")
    await server.close()
    inside = await asyncpg.connect(house.superuser_url(name))
    for statement in granting_sql("integrity"):
        await inside.execute(statement.replace("DATABASE integrity ", f"DATABASE {name} "))
    await inside.close()
    owner, runtime = (house.database_url("integrity", owner=owner).replace("@/integrity?", f"@/{name}?") for owner in (True, False))
    await migrate(owner, "services.integrity", "integrity")
    store = await open_store(runtime, None, "integrity door")
    pool = await open_pool(runtime, None, "integrity door reads", size=2)
    clock = SystemClock()
    vault = Vault.from_file(house.home.secret_file("vault", "integrity"))
    engine = Engine(SERVICE, store, clock, RisingIds(), Tracing("integrity", "test", None, 1.0), vault)
    settings = SimpleNamespace(jwks_file=house.home.jwks, jwks_url=None, issuer=None, instance="integrity-0")
    app = application(engine, settings, pool)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://integrity") as http:
        database = await asyncpg.create_pool(house.superuser_url(name), min_size=1, max_size=2)
        yield Integrity(engine, clock, http, house.home.issuer_key(), database)
        await database.close()
    pool.terminate()
    await store.close()


UNITS = {"fedpol": None, "cg": "fedpol", "dgr": "cg", "dgr-log": "dgr", "cg-integ": "cg"}


def uid(*parts: object) -> UUID:
    return named("test", "integrity", *parts)


async def organised(integrity: Integrity) -> None:
    """A small house as org tells it: CHIEF heads dgr until June 2025, then somebody else; CG heads the office; ANN and BEA work here."""
    for slug, parent in UNITS.items():
        established = {"unit_id": str(uid(slug)), "slug": slug, "parent_id": str(uid(parent)) if parent else None, "effective_from": "2020-01-01"}
        await integrity.say("org", "org.OrgUnitEstablished", established | {"labels": {"nl": f"Dienst {slug}", "fr": f"Service {slug}", "en": f"Unit {slug}"}})
    for slug, who in {"cg": CG, "dgr": CHIEF, "dgr-log": uid("log chief"), "cg-integ": HEAD}.items():
        await seated(integrity, slug, f"head of {slug}", who, is_head=True)
    for n in range(12):
        await seated(integrity, "dgr", f"dgr {n}", uid("officer", n))
    await seated(integrity, "dgr-log", "buyer", uid("buyer"))


async def seated(integrity: Integrity, slug: str, name: str, who: UUID, *, is_head: bool = False, since: str = "2020-01-01") -> UUID:
    """A post with somebody in it; the id of the assignment."""
    post_id, assignment_id = str(uid("post", name)), uid("assignment", name, who)
    opened = {"post_id": post_id, "unit_id": str(uid(slug)), "is_head": is_head, "effective_from": since}
    await integrity.say("org", "org.PostOpened", opened)
    started = {"assignment_id": str(assignment_id), "post_id": post_id, "person_id": str(who), "started_at": f"{since}T00:00:00+01:00"}
    await integrity.say("org", "org.AssignmentStarted", started)
    return assignment_id


async def staffed(integrity: Integrity) -> dict[UUID, str]:
    """A desk of two handlers and a confidant, and two custodians; their private keys."""
    for who, part in ((ANN, "handler"), (BEA, "handler"), (CONFIDANT, "confidant")):
        await integrity.post("/desk/members", "head-of-service", HEAD, {"person_id": str(who), "part": part})
    privates: dict[UUID, str] = {}
    for seat, who in ((1, FIRST), (2, SECOND)):
        privates[who], public = boxes.keygen()
        await integrity.post("/custody/keys", "custodian", who, {"seat": seat, "public_key": public})
        await integrity.post("/custody/keys/confirmation", "head-of-service", HEAD, {"seat": seat, "public_key": public})
    return privates
