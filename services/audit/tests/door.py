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
from services.audit.app import SERVICE

HEAD, LEAD, ANN, CHIEF, CG, OWNER, STRANGER = (named("test", "door", name) for name in ("head", "lead", "ann", "chief", "cg", "owner", "stranger"))
ISPO, POLICE, OTHER = (named("test", "door", name) for name in ("ispo", "police", "other"))
CHIEFS, OWNERS = (named("test", "door", name) for name in ("post of the chief", "post of the owner"))
WHO = {"head-of-audit": HEAD, "auditor": ANN, "unit-head": CHIEF, "commissioner-general": CG, "person": OWNER}


@dataclass
class Audit:
    """The service in this process, with its real database and without a broker: records are handed to the engine."""

    engine: Engine
    clock: SystemClock
    http: httpx.AsyncClient
    key: dict[str, Any]
    pool: Any
    offsets: dict[tuple[str, int], int] = field(default_factory=dict)

    async def ask(self, method: str, path: str, role: str, who: UUID | None = None, body: Any = None, **headers: str) -> httpx.Response:
        """A request by a person in a role."""
        pass_ = token(self.key, who or WHO.get(role, STRANGER), [role], self.clock.real())
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
        """Why something is not done."""
        answer = await self.ask(method, path, role, who, body)
        assert answer.status_code >= 400, answer.text
        problem = answer.json()
        assert set(problem["texts"]) == {"nl", "fr", "en"}
        return answer.status_code, problem["rule"]

    async def say(self, account: str, name: str, data: dict[str, Any], **more: Any) -> None:
        """A message of another account, taken with all that follows from it."""
        contract = CATALOGUE[f"be.police.cg.{name}.v1"]
        place = (f"cg.audit.intake.{account}" if issubclass(contract, Request) else f"cg.{account}.events", 0)
        message = contract.model_validate(example(contract) | data | more)
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

    async def told(self, key: UUID | str) -> list[dict[str, Any]]:
        """All that was said of this aggregate."""
        rows = await self.pool.fetch("SELECT type, body FROM journal WHERE key = $1 AND topic = 'cg.audit.events' ORDER BY seq", str(key))
        return [{"name": row["type"].split(".")[-2], **json.loads(row["body"])} for row in rows]

    async def names(self, key: UUID | str) -> list[str]:
        """Their names."""
        return [each["name"] for each in await self.told(key)]

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


@asynccontextmanager
async def behind_the_door(house: House, name: str) -> AsyncIterator[Audit]:
    """The service with a database of this name; two units with who heads them are known."""
    server = await asyncpg.connect(house.superuser_url())
    await server.execute(f"CREATE DATABASE {name} OWNER audit_owner")
    await server.close()
    inside = await asyncpg.connect(house.superuser_url(name))
    for statement in granting_sql("audit"):
        await inside.execute(statement.replace("DATABASE audit ", f"DATABASE {name} "))
    await inside.close()
    owner, runtime = (house.database_url("audit", owner=owner).replace("@/audit?", f"@/{name}?") for owner in (True, False))
    await migrate(owner, "services.audit", "audit")
    store = await open_store(runtime, None, "audit door")
    pool = await open_pool(runtime, None, "audit door reads", size=2)
    clock = SystemClock()
    engine = Engine(SERVICE, store, clock, RisingIds(), Tracing("audit", "test", None, 0.0), Vault.from_file(house.home.secret_file("vault", "audit")))
    settings = SimpleNamespace(jwks_file=house.home.jwks, jwks_url=None, issuer=None, instance="audit-0")
    app = application(engine, settings, pool)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://audit") as http:
        made = Audit(engine, clock, http, house.home.issuer_key(), pool)
        await fill(made)
        yield made
    pool.terminate()
    await store.close()


def tongues(words: str) -> dict[str, str]:
    return {"nl": words, "fr": words}


async def fill(audit: Audit) -> None:
    for unit_id, slug, parent in ((POLICE, "fedpol", None), (ISPO, "cg-ispo", POLICE), (OTHER, "cg-innov", POLICE)):
        about = {"unit_id": str(unit_id), "slug": slug, "kind": "service", "parent_id": str(parent) if parent else None, "labels": tongues(slug)}
        await audit.say("org", "org.OrgUnitEstablished", about, effective_from="2020-01-01")
    for post_id, is_head, who in ((CHIEFS, True, CHIEF), (OWNERS, False, OWNER)):
        await audit.say("org", "org.PostOpened", {"post_id": str(post_id), "unit_id": str(ISPO), "is_head": is_head})
        held = {"assignment_id": str(named("assignment", post_id)), "post_id": str(post_id), "person_id": str(who), "started_at": "2026-01-05T08:00:00+01:00"}
        await audit.say("org", "org.AssignmentStarted", held)


async def planned(audit: Audit, kind: str = "assurance", unit: UUID = ISPO, **more: Any) -> str:
    """An engagement that is announced, in the hands of a lead auditor and a team."""
    today = audit.clock.domain().date().isoformat()
    body = {"kind": kind, "title": tongues("Toegangsbeheer"), "unit_ids": [str(unit)], "reason_code": "year_plan", "starts_on": today, "days": 15} | more
    made = await audit.post("/engagements", "head-of-audit", body)
    path = f"/engagements/{made['id']}"
    await audit.post(f"{path}/announcement", "head-of-audit", {"lead": str(LEAD), "team": [str(ANN)], "starts_on": today})
    scope = {"objectives": tongues("nagaan"), "included": tongues("alles"), "criteria": ["CP3"]}
    await audit.post(f"{path}/scope", "auditor", scope, LEAD)
    await audit.post(f"{path}/programme", "auditor", {"programme": "interviews"}, LEAD)
    return path


async def in_fieldwork(audit: Audit, kind: str = "assurance", unit: UUID = ISPO, **more: Any) -> str:
    """One whose fieldwork has begun."""
    path = await planned(audit, kind, unit, **more)
    for who in (LEAD, ANN):
        await audit.post(f"{path}/declarations", "auditor", {"unit_ids": [str(unit)]}, who)
    await audit.post(f"{path}/programme/approval", "head-of-audit")
    return path


async def drafted(audit: Audit, path: str, severity: str = "high", theme: str = "personnel_security", unit: UUID = ISPO) -> str:
    """A finding in draft, with evidence; its id."""
    evidence = str(audit.engine.ids.new())
    await audit.post(f"{path}/evidence", "auditor", {"evidence_id": evidence, "ref": "WP/1", "note": "lijst"})
    texts = {name: tongues(f"{name} van de toegang") for name in ("condition", "criteria", "cause", "effect")}
    finding_id = str(audit.engine.ids.new())
    body = {"finding_id": finding_id, "unit_id": str(unit), "themes": [theme], "severity": severity, "evidence": [evidence], **texts}
    await audit.post(f"{path}/findings", "auditor", body)
    return finding_id


async def raised(audit: Audit, path: str, severity: str = "high", theme: str = "personnel_security", unit: UUID = ISPO) -> str:
    """A finding that stands; its id."""
    finding_id = await drafted(audit, path, severity, theme, unit)
    await audit.post(f"{path}/findings/{finding_id}/discussion", "auditor")
    await audit.post(f"{path}/findings/{finding_id}/validation", "auditor", who=LEAD)
    return finding_id


async def issued(audit: Audit, severity: str = "high", unit: UUID = ISPO, owner: UUID | None = OWNERS) -> tuple[str, str]:
    """A recommendation of a final report, with the path of its engagement."""
    path = await in_fieldwork(audit, unit=unit)
    finding_id = await raised(audit, path, severity, unit=unit)
    recommendation_id = str(audit.engine.ids.new())
    body = {"recommendation_id": recommendation_id, "finding_ids": [finding_id], "unit_id": str(unit), "text": tongues("doe het"), "priority": severity}
    await audit.post(f"{path}/recommendations", "auditor", body | {"owner_post_id": str(owner) if owner else None})
    await audit.post(f"{path}/conclusion", "auditor", {"opinion": tongues("beheerst")}, LEAD)
    await audit.post(f"{path}/draft", "auditor", who=LEAD)
    await audit.post(f"{path}/replies", "unit-head", {"unit_id": str(unit), "text": "wij zijn het eens"})
    await audit.post(f"{path}/report", "head-of-audit")
    return f"/recommendations/{recommendation_id}", path
