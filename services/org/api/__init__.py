"""HTTP in to commands, and HTTP out from queries: each role sees what it needs to know, and each refusal by a person's role or tie is recorded."""

from __future__ import annotations

from fastapi import APIRouter

from services.org.api import alarms, holders, persons, plans, posts, reads, reorganisations, units, zones

router = APIRouter()
for each in (units, reorganisations, posts, holders, persons, zones, plans, alarms, reads):
    router.include_router(each.router)
