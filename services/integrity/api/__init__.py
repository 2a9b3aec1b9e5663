"""HTTP in to commands, and HTTP out from queries: what reporters meet keeps no trace of them, what the service reads is recorded."""

from __future__ import annotations

from fastapi import APIRouter

from services.integrity.api import custody, desk, offers, protections, reporter, reports, surveys

router = APIRouter()
for each in (reporter, reports, protections, desk, custody, surveys, offers):
    router.include_router(each.router)
