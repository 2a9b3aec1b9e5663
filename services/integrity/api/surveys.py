"""Surveys: written, approved by the data protection officer, answered by who cannot be found again, and shown as far as that tells of nobody."""

from __future__ import annotations

import base64
import binascii
import hashlib
import secrets
from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, Field, StringConstraints

from cg_contracts.base import Code
from cg_kit.http import Body, Done, Door, Refusing, needs, public
from cg_kit.pure import To
from cg_kit.pure.terms import day_of
from services.integrity import queries
from services.integrity.api.shared import Text
from services.integrity.domain import survey
from services.integrity.domain.terms import K

router = APIRouter(tags=["surveys"])

Officer = Annotated[Door, needs("integrity-handler", "head-of-service")]


class QuestionAsked(Body):
    """A question that is answered from 1 to 5."""

    code: Code
    text: Text


class SurveyWritten(Body):
    """What is asked, of whom, and until when."""

    topic_code: Code
    questions: Annotated[list[QuestionAsked], Field(min_length=1, max_length=30)]
    groups: Annotated[list[UUID], Field(max_length=60)] = Field(default_factory=list)
    k: Annotated[int, Field(ge=1, le=1000)] = K
    closes_on: date


class BallotCast(Body):
    """Answers with the token that was given for taking part; no other trace of who sends it."""

    token: Annotated[str, StringConstraints(max_length=100)]
    group: UUID | None = None
    answers: Annotated[list[int], Field(min_length=1, max_length=30)]


class TakingPart(BaseModel):
    """A token that is written down nowhere here."""

    token: str


class ScoreSeen(BaseModel):
    """The mean of a question, in a group or in all."""

    question: str
    group: UUID | None
    mean: float


class SurveySeen(BaseModel):
    """A survey, with what may be shown of its answers once it was published."""

    survey_id: UUID
    status: survey.Status
    topic_code: str
    questions: list[QuestionAsked]
    groups: list[UUID]
    k: int
    closes_on: date
    locked: bool
    respondents_at_least: int | None
    scores: list[ScoreSeen]


async def known(door: Door, survey_id: UUID) -> survey.Survey:
    """A survey that exists."""
    found = await door.known("survey", survey_id)
    state: survey.Survey = found[0]
    return state


@router.post("/surveys", summary="Write a survey")
async def write(body: SurveyWritten, door: Officer) -> Done:
    """A draft, which the data protection officer approves."""
    return await door.command(To("survey", door.new_id(), written(body, door)))


@router.post("/surveys/{survey_id}/text", summary="Write a survey anew")
async def rewrite(survey_id: UUID, body: SurveyWritten, door: Officer) -> Done:
    """While nobody has answered; it is then approved anew (INT-8)."""
    await known(door, survey_id)
    return await door.command(To("survey", survey_id, written(body, door)))


def written(body: SurveyWritten, door: Door) -> survey.Write:
    """The survey that a body says."""
    questions = tuple(survey.Question(each.code, each.text.nl, each.text.fr, each.text.en) for each in body.questions)
    return survey.Write(body.topic_code, questions, tuple(dict.fromkeys(body.groups)), body.k, body.closes_on, door.actor.person_id, door.now)


@router.post("/surveys/{survey_id}/approval", summary="Approve a survey")
async def approve(survey_id: UUID, door: Annotated[Door, needs("dpo")]) -> Done:
    """By the data protection officer, who did not write it."""
    await known(door, survey_id)
    return await door.command(To("survey", survey_id, survey.ApproveSurvey(door.actor.person_id, door.now)))


@router.post("/surveys/{survey_id}/opening", summary="Open a survey")
async def open_survey(survey_id: UUID, door: Officer) -> Done:
    """It can be answered until its last day, or until it is closed."""
    await known(door, survey_id)
    return await door.command(To("survey", survey_id, survey.OpenSurvey(door.now)))


@router.post("/surveys/{survey_id}/closing", summary="Close a survey")
async def close(survey_id: UUID, door: Officer) -> Done:
    """Who took part is destroyed with it."""
    await known(door, survey_id)
    return await door.command(To("survey", survey_id, survey.CloseSurvey(door.now)))


@router.post("/surveys/{survey_id}/analysis", summary="Find what may be shown of a survey")
async def analyse(survey_id: UUID, door: Officer) -> Done:
    """Groups of at least k, none of which can be found by subtraction (INT-7)."""
    state = await known(door, survey_id)
    table = survey.tabulate(state, await queries.surveys.ballots(door, survey_id))
    return await door.command(To("survey", survey_id, survey.Analyse(table, door.now)))


@router.post("/surveys/{survey_id}/publication", summary="Publish or withhold a survey")
async def publish(survey_id: UUID, door: Annotated[Door, needs("head-of-service")]) -> Done:
    """Withheld where nothing may be shown; others hear it with the next bulletin, and the answers are destroyed."""
    await known(door, survey_id)
    return await door.command(To("survey", survey_id, survey.PublishSurvey(door.actor.person_id, door.now)))


@router.get("/surveys/{survey_id}", summary="A survey")
async def show(survey_id: UUID, door: Annotated[Door, needs()]) -> SurveySeen:
    """Its questions; its figures once they are published; never who took part."""
    state = await known(door, survey_id)
    assert state.closes_on
    table = state.table if state.status is survey.Status.PUBLISHED else None
    return SurveySeen(
        survey_id=survey_id,
        status=state.status,
        topic_code=state.topic_code,
        questions=[QuestionAsked(code=each.code, text=Text(nl=each.nl, fr=each.fr, en=each.en)) for each in state.questions],
        groups=list(state.groups),
        k=state.k,
        closes_on=state.closes_on,
        locked=state.locked,
        respondents_at_least=table.at_least if table else None,
        scores=[ScoreSeen(question=each.question, group=each.group, mean=each.mean) for each in table.scores] if table else [],
    )


@router.post("/surveys/{survey_id}/participation", summary="Take part in a survey")
async def take_part(survey_id: UUID, door: Annotated[Door, needs()]) -> TakingPart:
    """Once for each person. The token that comes back is made of chance and kept nowhere: nothing joins it to who asked for it."""
    await answerable(door, survey_id)
    if not await queries.surveys.take_part(door, survey_id, door.actor.person_id):
        raise Refusing(409, "INT-PART")
    chance = secrets.token_bytes(20)
    return TakingPart(token=base64.b32encode(chance + door.mark("ballot", survey_id, chance.hex())[:20]).decode().rstrip("="))


@router.post("/surveys/{survey_id}/ballots", summary="Answer a survey")
async def cast(survey_id: UUID, body: BallotCast, door: Annotated[Door, public()]) -> TakingPart:
    """Without a login, and with nothing but the token, which counts once."""
    state = await answerable(door, survey_id)
    token = own_token(door, survey_id, body.token)
    ballot = survey.Ballot(body.group, tuple(body.answers))
    if not survey.fits(state, ballot):
        raise Refusing(422, "INT-QUESTIONS", field="answers")
    if not await queries.surveys.cast(door, survey_id, hashlib.sha256(token).digest(), ballot):
        raise Refusing(409, "INT-PART", field="token")
    if not state.locked:
        await door.command(To("survey", survey_id, survey.Lock(door.now)))
    return TakingPart(token="spent")  # noqa: S106  (says that it is)


async def answerable(door: Door, survey_id: UUID) -> survey.Survey:
    """A survey that can be answered today."""
    state = await known(door, survey_id)
    if state.status is not survey.Status.OPEN or state.closes_on is None or day_of(door.now) >= state.closes_on:
        raise Refusing(409, "INT-STATE")
    return state


def own_token(door: Door, survey_id: UUID, text: str) -> bytes:
    """The chance in a token that was given here for this survey."""
    try:
        raw = base64.b32decode(text.upper() + "=" * (-len(text) % 8))
    except (binascii.Error, ValueError):
        raw = b""
    if len(raw) != 40 or not secrets.compare_digest(raw[20:], door.mark("ballot", survey_id, raw[:20].hex())[:20]):
        raise Refusing(422, "INT-TOKEN", field="token")
    return raw[:20]
