"""What the service offers: trainings, tips and campaigns, and help that leaders ask for."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, Field

from cg_contracts.base import Code
from cg_kit.http import Body, Done, Door, needs, public
from cg_kit.pure import To
from services.integrity.api.shared import Text, Words
from services.integrity.domain import tip, tool, training

router = APIRouter(tags=["offers"])

Service = Annotated[Door, needs("integrity-handler", "confidant", "head-of-service")]

OPEN_TRAININGS = "SELECT id FROM training_state WHERE state ->> 'status' IN ('PROPOSED', 'SCHEDULED') ORDER BY id LIMIT 1000"

OUT = "SELECT id FROM tip_state WHERE state ->> 'status' = 'PUBLISHED' ORDER BY id DESC LIMIT 200"

ASKED = "SELECT id FROM tool_state WHERE state ->> 'status' IN ('ASKED', 'ACCEPTED') ORDER BY id LIMIT 1000"

MINE = "SELECT id FROM tool_state WHERE state ->> 'by' = $1 ORDER BY id LIMIT 1000"


class TrainingProposed(Body):
    """A training for units."""

    topic_code: Code
    unit_ids: Annotated[list[UUID], Field(min_length=1, max_length=100)]


class TrainingScheduled(Body):
    """When, for which units, and for how many at most."""

    unit_ids: Annotated[list[UUID], Field(min_length=1, max_length=100)]
    planned_on: date
    capacity: Annotated[int, Field(ge=1, le=2000)]


class TrainingGiven(Body):
    """To how many."""

    attended: Annotated[int, Field(ge=0, le=2000)]


class ReasonCode(Body):
    """Why, as a code."""

    reason_code: Code


class TrainingSeen(BaseModel):
    """A training that is proposed or scheduled."""

    training_id: UUID
    status: training.Status
    topic_code: str
    unit_ids: list[UUID]
    finding_id: UUID | None
    planned_on: date | None
    capacity: int


class TipWritten(Body):
    """A tip, or with a last day a campaign."""

    text: Text
    audience: Code
    until: date | None = None


class TipSeen(BaseModel):
    """What is out."""

    tip_id: UUID
    sort: tip.Sort
    text: Text
    audience: str
    until: date | None


class HelpAsked(Body):
    """What a leader needs for the team; the words stay in the vault."""

    unit_id: UUID
    topic_code: Code
    words: Words


class HelpAnswered(Body):
    """Yes or no, and what follows."""

    accepted: bool
    answer: Words


class HelpSeen(BaseModel):
    """A request and how it is with it."""

    request_id: UUID
    unit_id: UUID
    topic_code: str
    status: tool.Status
    asked_at: datetime
    late: bool
    words: str | None
    answer: str | None


@router.post("/trainings", summary="Propose a training to units")
async def propose(body: TrainingProposed, door: Service) -> Done:
    """Audit's findings about integrity propose one by themselves."""
    return await door.command(To("training", door.new_id(), training.Propose(body.topic_code, tuple(body.unit_ids), None, door.now)))


@router.get("/trainings", summary="Trainings that are proposed or scheduled")
async def list_trainings(door: Service) -> list[TrainingSeen]:
    """In the order of their coming."""
    states = await door.states("training", [row["id"] for row in await door.fetch(OPEN_TRAININGS)])
    return [
        TrainingSeen(
            training_id=id_,
            status=state.status,
            topic_code=state.topic_code,
            unit_ids=list(state.unit_ids),
            finding_id=state.finding_id,
            planned_on=state.planned_on,
            capacity=state.capacity,
        )
        for id_, (state, _) in sorted(states.items())
    ]


@router.post("/trainings/{training_id}/schedule", summary="Schedule a training")
async def schedule(training_id: UUID, body: TrainingScheduled, door: Service) -> Done:
    """Also on another day than before."""
    command = training.Schedule(tuple(body.unit_ids), body.planned_on, body.capacity, door.now)
    return await door.command(To("training", training_id, command))


@router.post("/trainings/{training_id}/completion", summary="Say that a training was given")
async def complete(training_id: UUID, body: TrainingGiven, door: Service) -> Done:
    """To how many, never to whom."""
    return await door.command(To("training", training_id, training.Complete(body.attended, door.now)))


@router.post("/trainings/{training_id}/cancellation", summary="Call a training off")
async def cancel(training_id: UUID, body: ReasonCode, door: Service) -> Done:
    """Or decline what was proposed."""
    return await door.command(To("training", training_id, training.Cancel(body.reason_code, door.now)))


@router.post("/tips", summary="Write a tip or a campaign")
async def write_tip(body: TipWritten, door: Service) -> Done:
    """Somebody else reads it before it goes out."""
    return await door.command(To("tip", door.new_id(), drafted(body, door)))


@router.post("/tips/{tip_id}/text", summary="Write a tip or a campaign anew")
async def rewrite_tip(tip_id: UUID, body: TipWritten, door: Service) -> Done:
    """Before it is out."""
    if await door.state("tip", tip_id) is None:
        raise door.missing()
    return await door.command(To("tip", tip_id, drafted(body, door)))


def drafted(body: TipWritten, door: Door) -> tip.Draft:
    """What a body says."""
    sort = tip.Sort.TIP if body.until is None else tip.Sort.CAMPAIGN
    text = tip.Text(body.text.nl, body.text.fr, body.text.en)
    return tip.Draft(sort, text, body.audience, body.until, door.actor.person_id, door.now)


@router.post("/tips/{tip_id}/publication", summary="Send a tip or a campaign out")
async def publish_tip(tip_id: UUID, door: Service) -> Done:
    """By another than who wrote it; others hear it with the next bulletin."""
    return await door.command(To("tip", tip_id, tip.Publish(door.actor.person_id, door.now)))


@router.post("/tips/{tip_id}/withdrawal", summary="Take a tip or a campaign back")
async def withdraw_tip(tip_id: UUID, door: Service) -> Done:
    """It no longer holds."""
    return await door.command(To("tip", tip_id, tip.Withdraw(door.actor.person_id, door.now)))


@router.get("/tips", summary="Tips and campaigns that are out")
async def list_tips(door: Annotated[Door, public()]) -> list[TipSeen]:
    """For everybody, without logging in."""
    states = await door.states("tip", [row["id"] for row in await door.fetch(OUT)])
    return [
        TipSeen(
            tip_id=id_,
            sort=state.sort,
            text=Text(nl=state.text.nl, fr=state.text.fr, en=state.text.en),
            audience=state.audience,
            until=state.until,
        )
        for id_, (state, _) in sorted(states.items(), reverse=True)
    ]


@router.post("/tools", summary="Ask for a tool or a training for my team")
async def ask(body: HelpAsked, door: Annotated[Door, needs("unit-head")]) -> Done:
    """Answered within ten working days."""
    request_id = door.new_id()

    def command(ref: UUID | None) -> To:
        assert ref
        return To("tool", request_id, tool.AskTool(body.unit_id, body.topic_code, ref, door.actor.person_id, door.now))

    return await door.command(command, personal={"text": body.words}, about=request_id)


@router.get("/tools", summary="Requests of leaders")
async def list_asked(door: Annotated[Door, needs("integrity-handler", "confidant", "head-of-service", "unit-head")]) -> list[HelpSeen]:
    """A leader sees their own, the service those that are open; each reading is recorded."""
    leader = door.actor.roles.isdisjoint({"integrity-handler", "confidant", "head-of-service"})
    rows = await (door.fetch(MINE, str(door.actor.person_id)) if leader else door.fetch(ASKED))
    states = {id_: state for id_, (state, _) in (await door.states("tool", [row["id"] for row in rows])).items()}
    held = await door.read_vaults([ref for state in states.values() for ref in (state.words, state.answer) if ref], "request_of_leader")
    return [
        HelpSeen(
            request_id=id_,
            unit_id=state.unit_id,
            topic_code=state.topic_code,
            status=state.status,
            asked_at=state.asked_at,
            late=state.late,
            words=held.get(state.words, {}).get("text"),
            answer=held.get(state.answer, {}).get("text") if state.answer else None,
        )
        for id_, state in sorted(states.items())
    ]


@router.post("/tools/{request_id}/answer", summary="Answer a leader")
async def answer(request_id: UUID, body: HelpAnswered, door: Service) -> Done:
    """Yes or no, and what follows."""
    if await door.state("tool", request_id) is None:
        raise door.missing()

    def command(ref: UUID | None) -> To:
        assert ref
        return To("tool", request_id, tool.AnswerTool(body.accepted, ref, door.actor.person_id, door.now))

    return await door.command(command, personal={"text": body.answer}, about=request_id)


@router.post("/tools/{request_id}/delivery", summary="Say that a team has what was asked for")
async def deliver(request_id: UUID, door: Service) -> Done:
    """After a yes."""
    return await door.command(To("tool", request_id, tool.Deliver(door.actor.person_id, door.now)))
