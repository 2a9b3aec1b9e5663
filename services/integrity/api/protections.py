"""The protection of reporters: given, looked after when a reprisal is alleged, and staff decisions on them noticed without telling anybody who they are."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, Field

from cg_contracts.base import Code
from cg_kit.http import Body, Done, Door, Refusing, needs
from cg_kit.pure import To
from cg_kit.pure.terms import day_of
from services.integrity import queries
from services.integrity.api.reports import Purpose
from services.integrity.api.shared import AT_THE_DESK, Words, handled
from services.integrity.domain import post, protection

router = APIRouter(tags=["protection"])

Handler = Annotated[Door, needs(*AT_THE_DESK)]


class MeasuresGiven(Body):
    """What is done to protect the reporter, as codes."""

    measures: Annotated[list[Code], Field(min_length=1, max_length=20)]


class Looked(Body):
    """What became of a reprisal that was alleged, and why."""

    finding: protection.Finding
    reasons: Words


class PersonWatched(Body):
    """Whose staff decisions are to be noticed: of who agreed to it, by who was allowed to know them."""

    person_id: UUID


class AllegedSeen(BaseModel):
    """A reprisal that was alleged."""

    at: datetime
    text: str | None
    finding: protection.Finding
    late: bool


class ProtectionSeen(BaseModel):
    """How it is with the protection."""

    status: protection.Status
    measures: list[str]
    alleged: list[AllegedSeen]
    watched: bool


class Alert(BaseModel):
    """A staff decision on a protected reporter, since they reported. Nobody outside learns that it was noticed."""

    code: str
    on: date


async def protected(door: Door, report_id: UUID) -> protection.Protection:
    """The protection that belongs to a report that the caller handles."""
    await handled(door, report_id)
    found = await door.state("protection", report_id)
    return found[0] if found else protection.NEW


@router.get("/reports/{report_id}/protection", summary="How it is with a reporter's protection")
async def show(report_id: UUID, door: Handler, purpose: Purpose) -> ProtectionSeen:
    """With what was alleged; the reading is recorded."""
    state = await protected(door, report_id)
    held = await door.read_vaults([each.text for each in state.alleged], purpose)
    alleged = [AllegedSeen(at=each.at, text=held.get(each.text, {}).get("text"), finding=each.finding, late=each.late) for each in state.alleged]
    return ProtectionSeen(status=state.status, measures=list(state.measures), alleged=alleged, watched=state.watched is not None)


@router.post("/reports/{report_id}/protection", summary="Protect a reporter")
async def grant(report_id: UUID, body: MeasuresGiven, door: Handler) -> Done:
    """Which the reporter sees in the conversation."""
    await protected(door, report_id)
    return await door.command(To("protection", report_id, protection.Grant(door.actor.person_id, tuple(body.measures), door.now)))


@router.post("/reports/{report_id}/protection/resolution", summary="Say what became of a reprisal that was alleged")
async def resolve(report_id: UUID, body: Looked, door: Handler) -> Done:
    """Remedied or dismissed, with reasons; the protection goes on."""
    await protected(door, report_id)

    def command(ref: UUID | None) -> To:
        assert ref
        return To("protection", report_id, protection.Resolve(door.actor.person_id, body.finding, ref, door.now))

    return await door.command(command, personal={"text": body.reasons}, about=report_id)


@router.post("/reports/{report_id}/protection/watch", summary="Have staff decisions on a reporter noticed")
async def watch(report_id: UUID, body: PersonWatched, door: Handler) -> Done:
    """By who opened the identity with both custodians; whose it is lies in the vault (INT-5)."""
    await protected(door, report_id)
    found = await door.state("identity", report_id)
    opened = found is not None and any(each.by == door.actor.person_id and each.opened_at is not None for each in found[0].askings)
    if not opened:
        raise door.deny("INT-1")

    def command(ref: UUID | None) -> To:
        assert ref
        return To("protection", report_id, protection.WatchOver(door.actor.person_id, ref, door.now))

    return await door.command(command, personal={"person_id": str(body.person_id)}, about=report_id)


@router.get("/reports/{report_id}/protection/alerts", summary="Staff decisions on a protected reporter")
async def list_alerts(report_id: UUID, door: Handler, purpose: Purpose) -> list[Alert]:
    """Moves, suspensions and bad evaluations since the report came: found when asked, written down nowhere, told to nobody else (INT-5)."""
    state, _ = await handled(door, report_id)
    found = await door.state("protection", report_id)
    if found is None or found[0].watched is None:
        raise Refusing(409, "INT-STATE")
    assert state.received_at
    person_id = UUID((await door.read_vault(found[0].watched, purpose))["person_id"])
    posts = await queries.lines.posts(door, queries.lines.OF_PERSONS, [person_id])
    acts = {act for each in posts.values() for act in post.acts_on(each, person_id, day_of(state.received_at))}
    return [Alert(code=act.code, on=act.on) for act in sorted(acts, key=lambda act: (act.on, act.code))]
