"""HTTP in to commands, and HTTP out from queries: each role sees what it needs to know, and each refusal by a person's role or tie is recorded."""

from __future__ import annotations

from fastapi import APIRouter

from services.org.api import absences, alarms, holders, imports, mandates, persons, plans, posts, public, reads, reorganisations, units, zones

router = APIRouter()
for each in (units, reorganisations, posts, mandates, absences, holders, persons, zones, plans, alarms, reads, imports, public):
    router.include_router(each.router)
