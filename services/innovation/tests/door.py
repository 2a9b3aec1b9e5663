"""The service behind its door, on a real database and without a broker, and what tests ask of it."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from cg_cli.servers import House
from cg_contracts.base import CATALOGUE
from cg_contracts.frozen import example
from cg_kit.pure import named
from services.innovation.app import SERVICE
from tests.door import Inside, inside


def who(name: str) -> UUID:
    """Somebody."""
    return named("test", "innovation", name)


ANN, OFFICER, BOARD, OWNER, EVA, EVI, HEAD, SPONSOR = map(who, ("ann", "innovation-officer", "steering-board", "owner", "eva", "evi", "unit-head", "sponsor"))
UNIT, UNIT2 = who("unit"), who("unit 2")
WHY = {"code": "fits_the_plan", "text": "Het past in het plan."}


@dataclass
class Innovation(Inside):
    """innovation."""

    def person(self, role: str) -> UUID:
        return who(role)

    async def get(self, path: str, role: str = "person", who: UUID | None = None) -> Any:
        """What is answered to who may ask."""
        return await super().get(path, role, who)

    async def say(self, account: str, name: str, **data: Any) -> None:
        """A message of another account, taken with all that follows from it."""
        await self.take(account, name, example(CATALOGUE[f"be.police.cg.{name}.v1"]) | data)

    async def told(self, subject: str) -> list[dict[str, Any]]:
        """What was told of something, in order: the names, and what they say."""
        rows = await self.pool.fetch("SELECT type, body::text FROM journal WHERE topic IS NOT NULL ORDER BY seq")
        found = [(row["type"].split(".")[-2], json.loads(row["body"])) for row in rows]
        return [{"name": name, **data} for name, data in found if subject in data.values()]


@asynccontextmanager
async def behind_the_door(house: House, name: str) -> AsyncIterator[Innovation]:
    """The service with a database of this name."""
    async with inside(Innovation, SERVICE, house, name) as made:
        yield made


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
