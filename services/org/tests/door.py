"""The service behind its door, on a real database and without a broker, and what tests ask of it."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
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
from services.org.app import SERVICE
from services.org.outgoing import requester_ref

CLERK, CHIEF, HEAD, STRANGER, OFFICER = (named("test", "api", name) for name in ("clerk", "chief", "head", "stranger", "officer"))
PARENTS = {"police": None, "cg": "police", "audit": "cg", "ispo": "cg"}


@dataclass
class Org:
    """The service in this process, with its real database and without a broker: records are handed to the engine."""

    engine: Engine
    clock: SystemClock
    http: httpx.AsyncClient
    key: dict[str, Any]
    pool: Any
    offsets: dict[tuple[str, int], int] = field(default_factory=dict)

    async def ask(self, method: str, path: str, role: str, who: UUID = STRANGER, body: Any = None, **headers: str) -> httpx.Response:
        """A request by a person in a role."""
        pass_ = token(self.key, who, [role], self.clock.real())
        return await self.http.request(method, path, json=body, headers={"authorization": f"Bearer {pass_}", **headers})

    async def get(self, path: str, role: str, who: UUID = STRANGER) -> Any:
        """What is answered to who may ask."""
        answer = await self.ask("GET", path, role, who)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def post(self, path: str, role: str, body: Any = None, who: UUID = CLERK) -> Any:
        """A command that is done, and what follows from it."""
        answer = await self.ask("POST", path, role, who, body)
        assert answer.status_code == 200, answer.text
        await self.settle()
        return answer.json()

    async def say(self, account: str, name: str, data: dict[str, Any]) -> None:
        """A message of another account, taken with all that follows from it."""
        contract = CATALOGUE[f"be.police.cg.{name}.v1"]
        place = (f"cg.org.intake.{account}" if issubclass(contract, Request) else f"cg.{account}.events", 0)
        whole = {key: value for key, value in example(contract).items() if key not in ("application_id", "case_id")} | data
        message = contract.model_validate(whole)
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

    def pass_time(self, until: datetime) -> None:
        """Domain time moves on."""
        self.clock.move(until - self.clock.real())


@asynccontextmanager
async def behind_the_door(house: House, name: str) -> AsyncIterator[Org]:
    """The service with a database of this name, and a small tree in it."""
    server = await asyncpg.connect(house.superuser_url())
    await server.execute(f"CREATE DATABASE {name} OWNER org_owner")
    await server.close()
    inside = await asyncpg.connect(house.superuser_url(name))
    for statement in granting_sql("org"):
        await inside.execute(statement.replace("DATABASE org ", f"DATABASE {name} "))
    await inside.close()
    owner, runtime = (house.database_url("org", owner=owner).replace("@/org?", f"@/{name}?") for owner in (True, False))
    await migrate(owner, "services.org", "org")
    store = await open_store(runtime, None, "org door")
    pool = await open_pool(runtime, None, "org door reads", size=2)
    clock = SystemClock()
    engine = Engine(SERVICE, store, clock, RisingIds(), Tracing("org", "test", None, 0.0), Vault.from_file(house.home.secret_file("vault", "org")))
    settings = SimpleNamespace(jwks_file=house.home.jwks, jwks_url=None, issuer=None, instance="org-0")
    app = application(engine, settings, pool)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://org") as http:
        made = Org(engine, clock, http, house.home.issuer_key(), pool)
        await fill(made)
        yield made
    pool.terminate()
    await store.close()


def unit(slug: str, parent: str | None) -> dict[str, Any]:
    return {
        "unit_id": str(named("api", slug)),
        "slug": slug,
        "kind": "unit",
        "parent_id": str(named("api", parent)) if parent else None,
        "labels": {"nl": slug, "fr": slug},
        "legal_basis": "KB 2006",
        "head_post_id": str(named("api", "head of", slug)),
    }


def a_post(unit: str, name: str, sensitivity: str = "clearance_required", level: str | None = "GEHEIM", *, is_head: bool = False) -> dict[str, Any]:
    return {
        "post_id": str(named("api", name)),
        "unit_id": str(named("api", unit)),
        "role": "analyst",
        "labels": {"nl": name, "fr": name},
        "is_head": is_head,
        "sensitivity": sensitivity,
        "required_level": level,
        "resources": [{"code": "building"}, *([{"code": "secret_register", "required_level": level}] if level else [])],
        "legal_basis": "KB 2006",
        "valid_from": "2020-01-01",
    }


async def fill(org: Org) -> None:
    await org.post("/units", "org-administrator", {"valid_from": "2014-10-01", "units": [unit(slug, parent) for slug, parent in PARENTS.items()]})


async def opened(org: Org, body: dict[str, Any]) -> str:
    """A post that exists, by two people."""
    await org.post("/posts", "org-administrator", body)
    await org.post(f"/posts/{body['post_id']}/approval", "appointing-authority", who=CHIEF)
    return str(body["post_id"])


async def registered(org: Org, name: str) -> str:
    """A person whom the staff system has registered."""
    person_id = str(named("api", name))
    await org.say("hr", "org.PersonRegistered", {"person_id": person_id, "names": {"given": name, "family": "Voorbeeld"}, "language": "nl"})
    return person_id


async def appointed(org: Org, post_id: str, person_id: str, start: date) -> str:
    """An appointment asked by the staff system; the id of its assignment."""
    request_id = org.engine.ids.new()
    asked = {"request_id": str(request_id), "post_id": post_id, "person_id": person_id, "kind": "permanent", "planned_start": start.isoformat()}
    await org.say("hr", "org.AppointmentRequested", asked)
    return str(named("hr", request_id))


async def cleared(org: Org, post_id: str, assignment_id: str, person_id: str) -> str:
    """A clearance with its briefing for this assignment; its id."""
    clearance_id = str(org.engine.ids.new())
    about = {
        "clearance_id": clearance_id,
        "person_id": person_id,
        "requester_ref": requester_ref(UUID(post_id), UUID(assignment_id)),
    }
    later = (org.clock.domain() + timedelta(days=1000)).isoformat()
    granted = about | {"application_id": str(org.engine.ids.new()), "level": "GEHEIM", "expires_at": later}
    await org.say("screening", "screening.ClearanceGranted", granted)
    await org.say("screening", "screening.SecurityBriefingGiven", about)
    return clearance_id


async def assignment(org: Org, post_id: str, assignment_id: str) -> dict[str, Any]:
    shown = await org.get(f"/posts/{post_id}", "hr-officer")
    return next(each for each in shown["assignments"] if each["assignment_id"] == assignment_id)


def bearer(org: Org) -> dict[str, str]:
    return {"authorization": f"Bearer {token(org.key, STRANGER, ['reader'], org.clock.real())}"}
