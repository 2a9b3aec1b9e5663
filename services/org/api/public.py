"""What anybody may see of the organisation, without logging in: the tree of a day as a page, as a picture and as linked data."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response

from cg_kit.http import Door, language_of, public
from cg_kit.pure.terms import day_of
from services.org import queries
from services.org.api import linked, page, picture
from services.org.api.shared import OnDay
from services.org.domain import post
from services.org.queries.units import UnitSeen
from services.org.queries.zones import ZoneSeen

router = APIRouter()

Anybody = Annotated[Door, public()]
Language = Annotated[str | None, Query(max_length=20, description="nl, fr or en; by default what the browser likes best.")]

SAFE = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "public, max-age=60",
}
"""Nothing is loaded from elsewhere, and nothing runs."""


@router.get(
    "/organisation.jsonld", summary="The public tree on a day as W3C ORG", response_class=Response, responses={200: {"content": {"application/ld+json": {}}}}
)
async def show_linked(request: Request, door: Anybody, on: OnDay = None) -> Response:
    """JSON-LD with its context inside: units, the posts that head them, police zones beside them, and what became of what; no holders."""
    when = on or day_of(door.now)
    units = await queries.units.units(door, when, door.now)
    zones, became = await queries.zones.zones(door, when, door.now), await queries.changes.changes(door, when)
    document = linked.document(units, await _heads(door, units), zones, became)
    return _answer(request, json.dumps(document, ensure_ascii=False, indent=1), "application/ld+json")


@router.get("/organisation.svg", summary="The public tree on a day as a picture", response_class=Response, responses={200: {"content": {"image/svg+xml": {}}}})
async def show_picture(
    request: Request,
    door: Anybody,
    on: OnDay = None,
    lang: Language = None,
    narrow: Annotated[bool, Query(description="For a small screen.")] = False,
) -> Response:
    """Drawn here; loads nothing."""
    when, language = on or day_of(door.now), language_of(request, lang)
    units = await queries.units.units(door, when, door.now)
    zones = page.linked_to(await queries.zones.zones(door, when, door.now), units)
    drawn = picture.svg(units, when, language, picture.NARROW if narrow else picture.WIDE, base=f"organisation?on={when}&lang={language}", zones=zones)
    return _answer(request, drawn, "image/svg+xml; charset=utf-8", language)


@router.get("/organisation", summary="The public tree on a day as a page", response_class=Response, responses={200: {"content": {"text/html": {}}}})
async def show_page(
    request: Request,
    door: Anybody,
    on: Annotated[str | None, Query(max_length=40, description="The day asked about; by default, and when it is none, today in Brussels.")] = None,
    lang: Language = None,
) -> Response:
    """A picture and a list, in three languages, on any day."""
    language, today = language_of(request, lang), day_of(door.now)
    try:
        when, wrong = date.fromisoformat(on) if on else today, None
    except ValueError:
        when, wrong = today, on
    units = await queries.units.units(door, when, door.now)
    heads = {post_id: (state.seat.labels, state.seat.unit_id) for post_id, state in (await _heads(door, units)).items() if state.seat is not None}
    asked = page.Asked(when, today, language, await _changes(door), wrong)
    shown = page.Shown(units, heads, await queries.zones.zones(door, when, door.now), await queries.changes.changes(door, when))
    return _answer(request, page.page(shown, asked), "text/html; charset=utf-8", language)


async def _heads(door: Door, units: Iterable[UnitSeen]) -> dict[UUID, post.Post]:
    """The posts that head these units and exist."""
    found = await door.states("post", [unit.head_post_id for unit in units if unit.head_post_id is not None])
    return {post_id: state for post_id, (state, _) in found.items() if state.approved_by is not None}


async def _changes(door: Door) -> tuple[date, ...]:
    """The days on which, as far as is known now, something in the tree or in the zones beside it changes."""
    ever: list[UnitSeen | ZoneSeen] = [*await queries.units.versions(door), *await queries.zones.versions(door)]
    known = [version for version in ever if version.superseded_at is None]
    return tuple(sorted({each for version in known for each in (version.valid_from, version.valid_to) if each is not None}))


def _answer(request: Request, text: str, media_type: str, language: str | None = None) -> Response:
    """The answer, or, for who has it already, that it has not changed."""
    body = text.encode()
    tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    headers = SAFE | {"ETag": tag} | ({"Content-Language": language, "Vary": "Accept-Language"} if language else {})
    known = {each.strip().removeprefix("W/") for each in request.headers.get("if-none-match", "").split(",")}
    if tag in known or "*" in known:
        return Response(status_code=304, headers=headers)
    return Response(body, media_type=media_type, headers=headers)
