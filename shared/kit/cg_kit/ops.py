"""What operators ask a running service: health, journal, parked and rejected records, deadlines."""

from __future__ import annotations

from fastapi import APIRouter

router = APIRouter(prefix="/ops", tags=["operators"])
