"""HTTP in to commands, and HTTP out from queries: working papers are for the team, findings for the audited unit from their discussion on (AUD-6)."""

from __future__ import annotations

from fastapi import APIRouter

from services.audit.api import engagements, findings, plans, recommendations, reports, universe

router = APIRouter()
for each in (universe, plans, engagements, findings, recommendations, reports):
    router.include_router(each.router)
