"""HTTP in to commands, and HTTP out from queries: each role sees what it needs to know, and each refusal by a person's role or tie is recorded."""

from __future__ import annotations

from fastapi import APIRouter

from services.org.api import persons, plans, posts, units, zones

router = APIRouter()
for each in (units, posts, persons, zones, plans):
    router.include_router(each.router)
