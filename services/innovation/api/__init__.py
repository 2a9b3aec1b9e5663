"""HTTP in to commands, and HTTP out from queries: anybody may propose and support, each decision has its role, and each refusal is recorded."""

from __future__ import annotations

from fastapi import APIRouter

from services.innovation.api import evaluation, events, ideas, partners, pilots, trends

router = APIRouter()
for each in (ideas, evaluation, pilots, partners, trends, events):
    router.include_router(each.router)
