"""HTTP in to commands, and HTTP out from queries."""

from __future__ import annotations

from fastapi import APIRouter

router = APIRouter()
