"""HTTP in to commands, and HTTP out from queries: each role sees what it needs to know, and each refusal by a person's role or tie is recorded."""

from __future__ import annotations

from fastapi import APIRouter

from services.screening.api import aftercare, appeals, cases, clearances, concerned, drafts, gatherings, registers, watch

router = APIRouter()
for each in (concerned, cases, clearances, appeals, aftercare, gatherings, registers, drafts, watch):
    router.include_router(each.router)
