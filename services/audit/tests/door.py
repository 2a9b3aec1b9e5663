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
from services.audit.app import SERVICE
from tests.door import Inside, inside

HEAD, LEAD, ANN, CHIEF, CG, OWNER, STRANGER = (named("test", "door", name) for name in ("head", "lead", "ann", "chief", "cg", "owner", "stranger"))
ISPO, POLICE, OTHER = (named("test", "door", name) for name in ("ispo", "police", "other"))
CHIEFS, OWNERS = (named("test", "door", name) for name in ("post of the chief", "post of the owner"))
WHO = {"head-of-audit": HEAD, "auditor": ANN, "unit-head": CHIEF, "commissioner-general": CG, "person": OWNER}


@dataclass
class Audit(Inside):
    """audit with two units and who heads them."""

    def person(self, role: str) -> UUID:
        return WHO.get(role, STRANGER)

    async def say(self, account: str, name: str, data: dict[str, Any], **more: Any) -> None:
        """A message of another account, taken with all that follows from it."""
        await self.take(account, name, example(CATALOGUE[f"be.police.cg.{name}.v1"]) | data | more)

    async def told(self, key: UUID | str) -> list[dict[str, Any]]:
        """All that was said of this aggregate."""
        rows = await self.pool.fetch("SELECT type, body FROM journal WHERE key = $1 AND topic = 'cg.audit.events' ORDER BY seq", str(key))
        return [{"name": row["type"].split(".")[-2], **json.loads(row["body"])} for row in rows]

    async def names(self, key: UUID | str) -> list[str]:
        """Their names."""
        return [each["name"] for each in await self.told(key)]


@asynccontextmanager
async def behind_the_door(house: House, name: str) -> AsyncIterator[Audit]:
    """The service with a database of this name; two units with who heads them are known."""
    async with inside(Audit, SERVICE, house, name) as made:
        await fill(made)
        yield made


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
