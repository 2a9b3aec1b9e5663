"""The door of reporters: no token, no log, no trace, no time of day; a code that only they have opens the conversation again."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import date
from typing import Annotated, Any
from urllib.parse import parse_qsl
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response

from cg_kit import custody as boxes
from cg_kit.http import Door, Refusing, language_of, public
from cg_kit.pure import To, named
from cg_kit.pure.terms import day_of, start_of
from cg_kit.seam import Letter
from services.integrity import queries
from services.integrity.api import page
from services.integrity.domain import custody, identity, protection, report, unit
from services.integrity.domain.terms import ACKNOWLEDGE, FEEDBACK

router = APIRouter(tags=["reporters"])

Anybody = Annotated[Door, public()]

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's: nobody takes one character for another."""

LENGTH, GROUP = 20, 4
"""A hundred bits: a code cannot be guessed, nor found from what is kept of it."""

LONGEST = 10_000

SAFE = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
"""Nothing is loaded from elsewhere, nothing runs, nothing is kept in the browser."""

FORM: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {"application/x-www-form-urlencoded": {"schema": {"type": "object", "additionalProperties": {"type": "string"}}}},
    }
}

HTML: dict[int | str, dict[str, Any]] = {200: {"content": {"text/html": {}}}, 422: {"content": {"text/html": {}}}, 404: {"content": {"text/html": {}}}}


def fresh_code() -> str:
    """A new code."""
    text = "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))
    return "-".join(text[n : n + GROUP] for n in range(0, LENGTH, GROUP))


def read_code(text: str) -> str | None:
    """A code as somebody typed it, in the form in which it was given; None: it is none."""
    bare = "".join(c for c in text.upper() if c.isalnum()).translate(str.maketrans("OIL", "011"))
    if len(bare) != LENGTH or any(c not in ALPHABET for c in bare):
        return None
    return "-".join(bare[n : n + GROUP] for n in range(0, LENGTH, GROUP))


def report_of(code: str) -> UUID:
    """The report that a code opens. The code itself is kept nowhere."""
    return named("receipt", hashlib.sha256(b"commissariaat/receipt/" + code.encode()).hexdigest())


async def fields(request: Request) -> dict[str, str]:
    """What a form sent; what cannot be stored is left out."""
    try:
        text = (await request.body()).decode("ascii")
        pairs = parse_qsl(text, keep_blank_values=True, max_num_fields=30, errors="strict")
    except ValueError:
        raise Refusing(422, "invalid", field="body", mend="a form, as a browser sends it") from None
    return {name: value.replace("\r\n", "\n").strip() for name, value in pairs if "\x00" not in value}


def answer(text: str, language: str, status: int = 200) -> Response:
    """A page."""
    return Response(text, status, SAFE | {"Content-Language": language}, "text/html; charset=utf-8")


async def seated(door: Door) -> tuple[custody.Key, ...]:
    """The custodians, when there are two."""
    found = await door.state("custody", custody.CUSTODY)
    return found[0].seated if found and len(found[0].seated) == len(custody.SEATS) else ()


async def blank(door: Door, language: str, filled: Mapping[str, str] | None = None, wrong: Sequence[str] = ()) -> str:
    """The first page."""
    today = day_of(door.now)
    units = [
        (id_, getattr(version, language, None) or version.nl)
        for id_, state in (await queries.lines.units_known(door)).items()
        if (version := unit.on_day(state, today)) is not None and (state.until is None or today < state.until)
    ]
    code = read_code((filled or {}).get("code", "")) or fresh_code()
    form = page.Form(code, today, sorted(units, key=lambda each: each[1].casefold()), bool(await seated(door)), filled or {}, wrong)
    return page.start(form, language)


@router.get("/report", summary="The reporter's page", response_class=Response, responses=HTML)
async def show_form(
    request: Request,
    door: Anybody,
    lang: Annotated[str | None, Query(max_length=20, description="nl, fr or en; by default what the browser likes best.")] = None,
) -> Response:
    """A form, and the way back to a conversation; in three languages."""
    language = language_of(request, lang)
    return answer(await blank(door, language), language)


@router.post("/report", summary="Report", response_class=Response, responses=HTML, openapi_extra=FORM)
async def send_report(request: Request, door: Anybody) -> Response:
    """Answers with the receipt: the code, the terms, and the hash of the text. Sent twice it is one report."""
    filled = await fields(request)
    language = language_of(request, filled.get("lang"))
    code = read_code(filled.get("code", "")) or fresh_code()
    keys = await seated(door)
    wrong, mode, facts_on, unit_id = amiss(filled, day_of(door.now), bool(keys))
    if wrong:
        return answer(await blank(door, language, filled, wrong), language, 422)
    report_id = report_of(code)
    text = filled["text"]
    line = await queries.lines.line_of(door, (), unit_id, facts_on or day_of(door.now))
    ref = door.new_id()
    contact = not filled.get("contact")
    receive = report.Receive(
        mode,
        report.Category(filled["category"]),
        unit_id,
        facts_on,
        contact,
        ref,
        line.excluded,
        line.top or bool(filled.get("top")),
        door.new_id(),
        door.now,
    )
    tos = [To("report", report_id, receive)]
    if mode is not report.Mode.ANONYMOUS:
        first, second = keys
        box = boxes.seal({"name": filled["name"], "reach": filled["reach"]}, first.public_key, second.public_key)
        halves = (identity.Half(first.person_id, box.halves[0]), identity.Half(second.person_id, box.halves[1]))
        tos.append(To("identity", report_id, identity.Seal(box.box, halves, door.now)))
    await door.commands(tos, "Receive", letters=[Letter(ref, report_id, {"text": text})])
    acknowledge_by = ACKNOWLEDGE.due(door.now).due_date
    promised = (acknowledge_by, FEEDBACK.due(start_of(acknowledge_by)).due_date) if contact else (None, None)
    proof = hashlib.sha256(text.encode()).hexdigest()
    return answer(page.receipt(page.Receipt(code, proof, *promised), language), language)


def amiss(filled: Mapping[str, str], today: date, vaulted: bool) -> tuple[list[str], report.Mode, date | None, UUID | None]:
    """What is wrong with a form, and what was chosen in it."""
    wrong: list[str] = []
    facts_on, unit_id, mode = None, None, report.Mode.ANONYMOUS
    if not 0 < len(filled.get("text", "")) <= LONGEST:
        wrong.append("wrong text")
    if filled.get("category") not in set(report.Category):
        wrong.append("wrong category")
    if raw := filled.get("facts_on"):
        with suppress(ValueError):
            facts_on = date.fromisoformat(raw)
        if facts_on is None or facts_on > today:
            wrong.append("wrong day")
    if raw := filled.get("unit_id"):
        try:
            unit_id = UUID(raw)
        except ValueError:
            wrong.append("wrong")
    chosen = filled.get("mode", "anonymous")
    if chosen not in {"anonymous", "confidential", "signed"} or (chosen != "anonymous" and not vaulted):
        wrong.append("wrong")
    else:
        mode = report.Mode(chosen)
    if mode is not report.Mode.ANONYMOUS and not (0 < len(filled.get("name", "")) <= 200 and 0 < len(filled.get("reach", "")) <= 200):
        wrong.append("wrong identity")
    return wrong, mode, facts_on, unit_id


@router.post("/report/conversation", summary="Open a conversation", response_class=Response, responses=HTML, openapi_extra=FORM)
async def open_conversation(request: Request, door: Anybody) -> Response:
    """By its code: what changed since the last visit, then all of it."""
    return await talk(request, door)


@router.post("/report/message", summary="Write in a conversation", response_class=Response, responses=HTML, openapi_extra=FORM)
async def write_back(request: Request, door: Anybody) -> Response:
    """By the reporter."""
    filled = await fields(request)
    code = read_code(filled.get("code", ""))
    text = filled.get("text", "")
    if code is None or await door.state("report", report_of(code)) is None or not 0 < len(text) <= LONGEST:
        return await talk(request, door, wrong=["wrong text"])
    report_id = report_of(code)

    def command(ref: UUID | None) -> To:
        assert ref
        return To("report", report_id, report.WriteBack(ref, door.now))

    try:
        await door.command(command, personal={"text": text}, about=report_id)
    except Refusing as refused:
        return await talk(request, door, wrong=["full" if refused.rule == "INT-LONG" else "closed"])
    return await talk(request, door, note="written")


@router.post("/report/agreement", summary="Agree to be known", response_class=Response, responses=HTML, openapi_extra=FORM)
async def agree(request: Request, door: Anybody) -> Response:
    """By the reporter; the custodians still decide."""
    code = read_code((await fields(request)).get("code", ""))
    if code is not None and await door.state("report", report_of(code)) is not None:
        with suppress(Refusing):
            await door.command(To("report", report_of(code), report.AgreeToBeKnown(door.now)))
    return await talk(request, door)


@router.post("/report/protection", summary="Ask for protection", response_class=Response, responses=HTML, openapi_extra=FORM)
async def ask_protection(request: Request, door: Anybody) -> Response:
    """By the reporter."""
    code = read_code((await fields(request)).get("code", ""))
    if code is not None and await door.state("report", report_of(code)) is not None:
        with suppress(Refusing):
            await door.command(To("protection", report_of(code), protection.AskProtection(door.now)))
    return await talk(request, door)


@router.post("/report/reprisal", summary="Say that something was done to me", response_class=Response, responses=HTML, openapi_extra=FORM)
async def allege(request: Request, door: Anybody) -> Response:
    """By the reporter, also long after the end; somebody looks into it."""
    filled = await fields(request)
    code = read_code(filled.get("code", ""))
    text = filled.get("text", "")
    if code is None or await door.state("report", report_of(code)) is None or not 0 < len(text) <= LONGEST:
        return await talk(request, door, wrong=["wrong text"])
    report_id = report_of(code)

    def command(ref: UUID | None) -> To:
        assert ref
        return To("protection", report_id, protection.Allege(ref, door.now))

    try:
        await door.command(command, personal={"text": text}, about=report_id)
    except Refusing:
        return await talk(request, door, wrong=["closed"])
    return await talk(request, door, note="alleged")


async def talk(request: Request, door: Door, note: str = "", wrong: Sequence[str] = ()) -> Response:
    """The conversation that a code opens; afterwards what was shown counts as seen."""
    filled = await fields(request)
    language = language_of(request, filled.get("lang"))
    code = read_code(filled.get("code", ""))
    found = await door.state("report", report_of(code)) if code else None
    if code is None or found is None:
        return answer(await blank(door, language, wrong=["wrong code"]), language, 404)
    state: report.Report = found[0]
    is_open = state.status is not report.Status.ARCHIVED
    refs = [each.text for each in state.changes if each.text] if is_open else []
    held = await door.read_vaults(refs, "conversation") if refs else {}
    now = door.now
    waits_ack = state.contact and state.acknowledged_at is None and state.status in report.OPEN
    waits_feedback = state.contact and state.feedback_at is None and state.status in report.OPEN
    late = (waits_ack and now >= report.acknowledge_by(state)) or (waits_feedback and now >= report.feedback_by(state))
    guarded = await door.state("protection", report_of(code))
    shown = page.Talk(
        code=code,
        changes=state.changes,
        texts={ref: content["text"] for ref, content in held.items()},
        seen=state.seen,
        next_acknowledgement=ACKNOWLEDGE.due(state.received_at or now).due_date if waits_ack else None,
        next_feedback=report.feedback_day(state) if waits_feedback else None,
        late=late,
        may_agree=state.mode in {report.Mode.SIGNED, report.Mode.CONFIDENTIAL},
        agreed=state.agreed,
        is_open=is_open,
        protection=(guarded[0] if guarded else protection.NEW).status,
        note=note,
        wrong=wrong,
    )
    text = page.conversation(shown, language)
    if state.seen < len(state.changes) and is_open:
        with suppress(Refusing):
            await door.command(To("report", report_of(code), report.Visit(len(state.changes))))
    return answer(text, language, 422 if wrong else 200)
