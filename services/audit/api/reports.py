"""Reports to read and to print, in three languages, for who may read them."""

from __future__ import annotations

import asyncio
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response

from cg_kit.http import Door, language_of, needs
from services.audit import queries
from services.audit.api import chart
from services.audit.api.paper import pdf
from services.audit.api.report import Known, Seat, report
from services.audit.api.shared import AUDITOR, COMMISSIONER, HEAD, MANAGER, known
from services.audit.domain import engagement
from services.audit.domain.engagement import REPORTED, Status, scope_units

router = APIRouter()

Language = Annotated[Literal["nl", "fr", "en"] | None, Query(description="By default what the reader likes best.")]
READERS = (AUDITOR, HEAD, COMMISSIONER, MANAGER)
WRITTEN = (Status.DRAFT_REPORT, Status.RIGHT_OF_REPLY, *REPORTED)

SAFE = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
"""Nothing is loaded from elsewhere, nothing runs, and nothing is kept on the way."""


@router.get("/engagements/{engagement_id}/report", summary="The report as a page", response_class=Response, responses={200: {"content": {"text/html": {}}}})
async def show_report(engagement_id: UUID, request: Request, door: Annotated[Door, needs(*READERS)], lang: Language = None) -> Response:
    """As a draft from its conclusion on for the team, once it was sent for who heads the units; as final for the commissioner-general too."""
    language = language_of(request, lang)
    page = await _page(door, engagement_id, language)
    return Response(page, media_type="text/html; charset=utf-8", headers=SAFE | {"Content-Language": language, "Vary": "Accept-Language"})


@router.get(
    "/engagements/{engagement_id}/report.pdf", summary="The report on paper", response_class=Response, responses={200: {"content": {"application/pdf": {}}}}
)
async def print_report(engagement_id: UUID, request: Request, door: Annotated[Door, needs(*READERS)], lang: Language = None) -> Response:
    """The same page as a PDF."""
    language = language_of(request, lang)
    page = await _page(door, engagement_id, language)
    made = await asyncio.to_thread(pdf, page, f"audit {engagement_id}")
    headers = SAFE | {"Content-Language": language, "Content-Disposition": f'inline; filename="audit-{str(engagement_id)[-6:]}-{language}.pdf"'}
    return Response(made, media_type="application/pdf", headers=headers)


@router.get("/figures", summary="Implementation and ageing by directorate and year")
async def show_figures(door: Annotated[Door, needs(*READERS)]) -> queries.figures.FiguresSeen:
    """Counts alone: of what was recommended in a year, how much is closed, open, late, or accepted as a risk, and how old the rest is."""
    return await queries.figures.figures(door)


@router.get("/figures.svg", summary="The same as a picture", response_class=Response, responses={200: {"content": {"image/svg+xml": {}}}})
async def draw_figures(request: Request, door: Annotated[Door, needs(*READERS)], lang: Language = None) -> Response:
    """Drawn here; loads nothing."""
    language = language_of(request, lang)
    drawn = chart.svg(await queries.figures.figures(door), language)
    return Response(drawn, media_type="image/svg+xml; charset=utf-8", headers=SAFE | {"Content-Language": language, "Vary": "Accept-Language"})


@router.get("/figures.html", summary="The same as a page", response_class=Response, responses={200: {"content": {"text/html": {}}}})
async def page_figures(request: Request, door: Annotated[Door, needs(*READERS)], lang: Language = None) -> Response:
    """The picture, and the table that it is drawn from, to print."""
    language = language_of(request, lang)
    page = chart.page(await queries.figures.figures(door), language)
    return Response(page, media_type="text/html; charset=utf-8", headers=SAFE | {"Content-Language": language, "Vary": "Accept-Language"})


async def _page(door: Door, engagement_id: UUID, language: str) -> str:
    it, _ = await known(door, engagement_id)
    await _must_read(door, it)
    if it.status not in WRITTEN:
        raise door.missing("AUD-REPORT-UNKNOWN")
    units = {*scope_units(it), *(each.said.unit_id for each in it.findings), *(each.unit_id for each in it.replies)}
    posts = await door.states("post", [each.owner_post_id for each in it.advices if each.owner_post_id])
    seats = {post_id: Seat(state.unit_id, state.role, state.is_head) for post_id, (state, _) in posts.items()}
    labels = await queries.universe.labels(door, units | {each.unit_id for each in seats.values() if each.unit_id})
    return report(engagement_id, it, Known(labels, seats, door.now), language)


async def _must_read(door: Door, it: engagement.Engagement) -> None:
    """The team and the head of audit; who heads a unit in scope once the draft was sent; the commissioner-general once it is final."""
    if HEAD in door.actor.roles or door.actor.person_id in it.team:
        return
    if COMMISSIONER in door.actor.roles and it.status in REPORTED:
        return
    sent = it.status in (Status.RIGHT_OF_REPLY, *REPORTED)
    if not (MANAGER in door.actor.roles and sent and set(scope_units(it)) & await queries.posts.headed_by(door, door.actor.person_id)):
        raise door.deny("AUD-NEED")
