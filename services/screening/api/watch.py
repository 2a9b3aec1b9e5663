"""What the head of service keeps an eye on."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter

from cg_kit.http import Door, Limit, needs
from services.screening import queries

router = APIRouter()


@router.get("/late", summary="What is late")
async def list_late(door: Annotated[Door, needs("head-of-service")], limit: Limit = 500) -> queries.watch.LateLines:
    """Decisions without one in time, sources that do not answer, appeals and aftercare cases past their term; the longest first."""
    return await queries.watch.late(door, limit)


@router.get("/watch", summary="What is stuck")
async def list_stuck(door: Annotated[Door, needs("head-of-service")], limit: Limit = 500) -> queries.watch.Watch:
    """What is open without an owner, without anybody who can do what comes next, without anybody acting on it, or suspended past its end; and whose
    retention has ended, so that they are to be forgotten."""
    return await queries.watch.watch(door, limit)


@router.get("/renewals", summary="Which clearances end, and who works without")
async def list_renewals(door: Annotated[Door, needs("head-of-service")], limit: Limit = 500) -> queries.watch.Renewals:
    """From the invitation to renew on; and who acts in a post without the clearance that it asks."""
    return await queries.watch.renewals(door, limit)
