"""Pilots from their proposal to their end, and the gates on the way."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import Field

from cg_contracts.base import Code, Ref
from cg_contracts.innovation import AiClass, Colour, Disposal, Gate
from cg_kit.http import Body, Done, Door, Limit, needs
from cg_kit.pure import To
from services.innovation import queries
from services.innovation.api.shared import BOARD, OFFICER, SPONSOR, Reasoned, Words
from services.innovation.domain import idea, partner, pilot

router = APIRouter()

Anybody = Annotated[Door, needs()]
Board = Annotated[Door, needs(BOARD)]
Money = Annotated[Decimal, Field(ge=0, le=100_000_000, decimal_places=2, max_digits=11)]
Number = Annotated[Decimal, Field(ge=-1_000_000_000, le=1_000_000_000, decimal_places=4, max_digits=14)]

KEEPERS = tuple(sorted({keeper.role for keeper in pilot.KEEPERS.values() if keeper.role}))


class PilotProposed(Body):
    """An idea that is to be tried: what is expected, where, who vouches for it, and what it touches."""

    idea_id: UUID
    hypothesis: Words
    unit_id: UUID
    sponsor: UUID
    budget: Money = Decimal(0)
    personal_data: bool = False
    police_systems: bool = False
    staff_affected: bool = False
    externals: bool = False
    uses_ai: bool = False
    ai_class: AiClass | None = None


class KpiAimed(Body):
    """What is measured, and what is aimed at."""

    code: Code
    target: Number


class PilotPlanned(Body):
    """How it is seen whether it works, and when it is stopped."""

    kpis: Annotated[list[KpiAimed], Field(min_length=1, max_length=20)]
    stop_criteria: Annotated[list[Words], Field(min_length=1, max_length=20)]


class GateAnswered(Reasoned):
    """Yes or no, with the reason; for the AI act also the class."""

    colour: Colour
    ai_class: AiClass | None = None


class GuestInvited(Body):
    """Somebody of a partner."""

    person_id: UUID
    partner_id: UUID


class PilotStarted(Body):
    """Its last day is the one before this."""

    ends_on: date


class Measured(Body):
    """What was found."""

    code: Code
    value: Number


class PilotExtended(Reasoned):
    """Until when, and why."""

    until: date


class DataDisposed(Body):
    """What became of the data, and the proof of it."""

    disposal: Disposal
    proof_ref: Ref


class UnitNamed(Body):
    """Where it is."""

    unit_id: UUID


@router.get("/pilots", summary="Pilots")
async def list_pilots(
    door: Anybody,
    status: Annotated[pilot.Status | None, Query()] = None,
    after: Annotated[UUID | None, Query(description="`next` of the page before.")] = None,
    limit: Limit = 100,
) -> queries.pilots.Pilots:
    """With what each waits for."""
    return await queries.pilots.listed(door, status, after, limit)


@router.get("/me/gates", summary="Gates that wait for my answer")
async def my_gates(door: Annotated[Door, needs(*KEEPERS)], limit: Limit = 100) -> queries.pilots.OpenGates:
    """By the caller's roles, most urgent first."""
    mine = [gate for gate, keeper in pilot.KEEPERS.items() if keeper.role in door.actor.roles]
    return await queries.pilots.open_gates(door, mine, limit)


@router.post("/pilots", summary="Propose to try an idea out")
async def propose(body: PilotProposed, door: Anybody) -> Done:
    """Of a validated idea; what must say yes follows from what it touches."""
    found, version = await door.known("idea", body.idea_id)
    stopped = found.status is idea.Status.EVALUATED
    ready = found.status is idea.Status.VALIDATED or stopped
    nature = pilot.Nature(body.personal_data, body.police_systems, body.staff_affected, body.externals, body.uses_ai, body.ai_class)
    pilot_id = door.new_id()
    command = pilot.Propose(pilot_id, body.idea_id, ready, body.hypothesis, nature, body.budget, body.unit_id, body.sponsor, door.actor.person_id, door.now)
    return await door.command(To("pilot", pilot_id, command), read={("idea", body.idea_id): version})


@router.get("/pilots/{pilot_id}", summary="A pilot")
async def show_pilot(pilot_id: UUID, door: Anybody) -> queries.pilots.PilotSeen:
    """With its gates, and who from outside may come in."""
    state, version = await door.known("pilot", pilot_id)
    door.tag(version)
    return queries.pilots.seen(door, pilot_id, state, version)


@router.post("/pilots/{pilot_id}/plan", summary="Say what is measured and when it is stopped")
async def plan(pilot_id: UUID, body: PilotPlanned, door: Anybody) -> Done:
    """By the lead, before it runs (INN-4)."""
    kpis = tuple(pilot.Kpi(each.code, each.target) for each in body.kpis)
    return await door.command(To("pilot", pilot_id, pilot.Plan(kpis, tuple(body.stop_criteria), door.actor.person_id, door.now)))


@router.post("/pilots/{pilot_id}/endorsement", summary="Vouch for a pilot: its gates are asked")
async def endorse(pilot_id: UUID, door: Annotated[Door, needs(SPONSOR)]) -> Done:
    """By the sponsor, who is not its lead."""
    return await door.command(To("pilot", pilot_id, pilot.Endorse(door.actor.person_id, door.now)))


@router.post("/pilots/{pilot_id}/gates/{gate}", summary="Answer a gate")
async def answer(pilot_id: UUID, gate: Gate, body: GateAnswered, door: Annotated[Door, needs(*KEEPERS)]) -> Done:
    """By a person with the role of its service, as long as that service does not exist; with the same effect."""
    if pilot.KEEPERS[gate].role not in door.actor.roles:
        raise door.deny("INN-GATE-ROLE")
    command = pilot.AnswerGate(gate, body.colour, body.code, body.text, door.actor.person_id, "", door.now, body.ai_class)
    return await door.command(To("pilot", pilot_id, command))


@router.post("/pilots/{pilot_id}/guests", summary="Invite somebody from outside")
async def invite(pilot_id: UUID, body: GuestInvited, door: Anybody) -> Done:
    """By the lead; screening is asked, and nobody comes in before a positive decision (INN-3)."""
    found = await door.state("partner", body.partner_id)
    works = found is not None and found[0].status in partner.WORKING
    read = {("partner", body.partner_id): found[1]} if found else {}
    command = pilot.Invite(body.person_id, body.partner_id, works, door.actor.person_id, door.now)
    return await door.command(To("pilot", pilot_id, command), read=read)


@router.post("/pilots/{pilot_id}/guests/{person_id}/removal", summary="Do without somebody from outside")
async def uninvite(pilot_id: UUID, person_id: UUID, door: Anybody) -> Done:
    """By the lead."""
    return await door.command(To("pilot", pilot_id, pilot.Uninvite(person_id, door.actor.person_id, door.now)))


@router.post("/pilots/{pilot_id}/approval", summary="Let a pilot go ahead")
async def approve(pilot_id: UUID, body: Reasoned, door: Board) -> Done:
    """Only when every required gate is green (INN-1)."""
    return await door.command(To("pilot", pilot_id, pilot.Approve(body.why(door), door.now)))


@router.post("/pilots/{pilot_id}/rejection", summary="Do not let a pilot go ahead")
async def reject(pilot_id: UUID, body: Reasoned, door: Board) -> Done:
    """The gates are released."""
    return await door.command(To("pilot", pilot_id, pilot.RejectPilot(body.why(door), door.now)))


@router.post("/pilots/{pilot_id}/start", summary="Start a pilot")
async def start(pilot_id: UUID, body: PilotStarted, door: Anybody) -> Done:
    """By the lead, for six months at most."""
    return await door.command(To("pilot", pilot_id, pilot.Start(body.ends_on, door.actor.person_id, door.now)))


@router.post("/pilots/{pilot_id}/measures", summary="Note what was measured")
async def measure(pilot_id: UUID, body: Measured, door: Anybody) -> Done:
    """By the lead."""
    return await door.command(To("pilot", pilot_id, pilot.Measure(body.code, body.value, door.actor.person_id, door.now)))


@router.post("/pilots/{pilot_id}/extension", summary="Let a pilot run longer")
async def extend(pilot_id: UUID, body: PilotExtended, door: Board) -> Done:
    """Once, and by three months at most."""
    return await door.command(To("pilot", pilot_id, pilot.Extend(body.until, body.why(door), door.now)))


@router.post("/pilots/{pilot_id}/stop", summary="Stop a pilot")
async def stop(pilot_id: UUID, body: Reasoned, door: Annotated[Door, needs(OFFICER, BOARD, SPONSOR)]) -> Done:
    """At any moment; what it promised or was promised is released, and its data are to be disposed of."""
    return await door.command(To("pilot", pilot_id, pilot.Stop(body.why(door), door.now)))


@router.post("/pilots/{pilot_id}/scaling", summary="Take what was tried further")
async def scale(pilot_id: UUID, body: Reasoned, door: Board) -> Done:
    """Once it was evaluated and its data are gone (INN-6)."""
    return await door.command(To("pilot", pilot_id, pilot.Scale(body.why(door), door.now)))


@router.post("/pilots/{pilot_id}/disposal", summary="Say that the data of a pilot are gone")
async def dispose(pilot_id: UUID, body: DataDisposed, door: Annotated[Door, needs("dpo", OFFICER)]) -> Done:
    """With the proof (INN-6)."""
    return await door.command(To("pilot", pilot_id, pilot.Dispose(body.disposal, body.proof_ref, door.actor.person_id, door.now)))


@router.post("/pilots/{pilot_id}/unit", summary="Say in which unit a pilot is, where a reorganisation left that open")
async def place(pilot_id: UUID, body: UnitNamed, door: Annotated[Door, needs(OFFICER)]) -> Done:
    """Once."""
    return await door.command(To("pilot", pilot_id, pilot.Place(body.unit_id, door.actor.person_id, door.now)))
