"""The service behind its door, on a real database and without a broker, and what tests ask of it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from cg_cli.servers import House
from cg_contracts.base import CATALOGUE
from cg_contracts.frozen import example
from cg_kit.auth import token
from cg_kit.pure import named
from services.org.app import SERVICE
from services.org.outgoing import requester_ref
from tests.door import Inside, inside

CLERK, CHIEF, HEAD, STRANGER, OFFICER = (named("test", "api", name) for name in ("clerk", "chief", "head", "stranger", "officer"))
PARENTS = {"police": None, "cg": "police", "audit": "cg", "ispo": "cg"}


@dataclass
class Org(Inside):
    """org with a small tree."""

    def person(self, role: str) -> UUID:
        return STRANGER

    async def post(self, path: str, role: str, body: Any = None, who: UUID | None = None) -> Any:
        """A command that is done, and what follows from it."""
        return await super().post(path, role, body, who or CLERK)

    async def say(self, account: str, name: str, data: dict[str, Any]) -> None:
        """A message of another account, taken with all that follows from it."""
        whole = example(CATALOGUE[f"be.police.cg.{name}.v1"])
        await self.take(account, name, {key: value for key, value in whole.items() if key not in ("application_id", "case_id")} | data)


@asynccontextmanager
async def behind_the_door(house: House, name: str) -> AsyncIterator[Org]:
    """The service with a database of this name, and a small tree in it."""
    async with inside(Org, SERVICE, house, name) as made:
        await fill(made)
        yield made


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
