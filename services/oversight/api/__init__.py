"""HTTP out from queries: what is owed, and why anything happened. Nothing is commanded here: what was said was said."""

from __future__ import annotations

from fastapi import APIRouter

from services.oversight.api import obligations, why

router = APIRouter()
for each in (obligations, why):
    router.include_router(each.router)
