"""The service behind its door, on a real database and without a broker, and what tests ask of it."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from html import unescape
from re import findall, search
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import asyncpg
import httpx

from cg_cli.servers import House
from cg_contracts.base import CATALOGUE
from cg_contracts.frozen import example
from cg_kit import custody as boxes
from cg_kit.pure import named
from services.integrity.app import SERVICE
from tests.door import Inside, inside

HEAD, ANN, BEA, CONFIDANT, FIRST, SECOND, CG, STRANGER, CHIEF = (
    named("test", "integrity", name) for name in ("head", "ann", "bea", "confidant", "first", "second", "cg", "stranger", "chief")
)
FORM = {"text": "The same three firms, each time.", "category": "procurement", "mode": "anonymous", "lang": "en"}


@dataclass
class Integrity(Inside):
    """integrity; `database` sees everything, as its super user."""

    database: Any = None

    def person(self, role: str) -> UUID:
        return STRANGER

    async def post(self, path: str, role: str, who: UUID | None = None, body: Any = None) -> Any:
        """A command that is done, and what follows from it."""
        return await super().post(path, role, body, who)

    async def refused(self, method: str, path: str, role: str, who: UUID | None = None, body: Any = None) -> tuple[int, str]:
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
        await self.take(account, name, example(CATALOGUE[f"be.police.cg.{name}.v1"]) | data)

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
    async with inside(Integrity, SERVICE, house, name, traced=1.0) as made:
        made.database = await asyncpg.create_pool(house.superuser_url(name), min_size=1, max_size=2)
        yield made
        await made.database.close()


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
