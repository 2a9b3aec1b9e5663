"""Who judges ideas, and what they find."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from pydantic import Field, StringConstraints

from cg_contracts.base import Code
from cg_kit.http import Body, Done, Door, needs
from cg_kit.pure import To
from services.innovation import queries
from services.innovation.api.shared import BOARD, OFFICER
from services.innovation.domain import evaluator, idea

router = APIRouter()

Anybody = Annotated[Door, needs()]
Officer = Annotated[Door, needs(OFFICER)]
Point = Annotated[int, Field(ge=1, le=5)]


class EvaluatorEnlisted(Body):
    """What somebody can judge; with nothing, no more."""

    theme_codes: Annotated[list[Code], Field(max_length=20)]
    unit_id: UUID | None = None


class EvaluatorsAsked(Body):
    """Who is to judge it."""

    persons: Annotated[list[UUID], Field(min_length=1, max_length=20)]


class Scored(Body):
    """What an evaluator finds, each from 1 to 5."""

    impact: Point
    feasibility: Point
    fit: Point
    risk: Point
    remark: Annotated[str, StringConstraints(max_length=2000)] = ""


@router.post("/evaluators/{person_id}", summary="Say what somebody can judge")
async def enlist(person_id: UUID, body: EvaluatorEnlisted, door: Officer) -> Done:
    """By theme, and with the unit whose ideas they do not judge."""
    return await door.command(To("evaluator", person_id, evaluator.Enlist(tuple(body.theme_codes), body.unit_id, door.actor.person_id, door.now)))


@router.get("/ideas/{idea_id}/evaluators/candidates", summary="Who may judge an idea")
async def list_candidates(idea_id: UUID, door: Officer) -> queries.ideas.Candidates:
    """Who knows one of its themes and has no stake in it, who has least to do first."""
    state, _ = await door.known("idea", idea_id)
    return await queries.ideas.candidates(door, state)


@router.post("/ideas/{idea_id}/evaluators", summary="Ask evaluators")
async def ask(idea_id: UUID, body: EvaluatorsAsked, door: Officer) -> Done:
    """Each by their expertise, none with a stake in it."""
    found = await door.states("evaluator", body.persons)
    experts = tuple(
        idea.Expert(person_id, found[person_id][0].themes if person_id in found else (), found[person_id][0].unit_id if person_id in found else None)
        for person_id in dict.fromkeys(body.persons)
    )
    read = {("evaluator", person_id): version for person_id, (_, version) in found.items()}
    return await door.command(To("idea", idea_id, idea.AskEvaluators(experts, door.actor.person_id, door.now)), read=read)


@router.get("/me/evaluations", summary="What I am still to judge")
async def my_evaluations(door: Anybody) -> queries.ideas.AllToEvaluate:
    """Most urgent first."""
    return await queries.ideas.to_evaluate(door)


@router.post("/ideas/{idea_id}/scores", summary="Judge an idea")
async def score(idea_id: UUID, body: Scored, door: Anybody) -> Done:
    """By who was asked, without seeing the others; the last one closes the round."""
    scores = idea.Scores(body.impact, body.feasibility, body.fit, body.risk)
    return await door.command(To("idea", idea_id, idea.Score(scores, body.remark, door.actor.person_id, door.now)))


@router.post("/ideas/{idea_id}/conflict", summary="Step out of judging an idea")
async def step_out(idea_id: UUID, door: Anybody) -> Done:
    """Because one has an interest in it."""
    return await door.command(To("idea", idea_id, idea.DeclareConflict(door.actor.person_id, door.now)))


@router.post("/ideas/{idea_id}/scores/closing", summary="Wait for no more scores")
async def close(idea_id: UUID, door: Officer) -> Done:
    """When there are two at least."""
    return await door.command(To("idea", idea_id, idea.CloseScores(door.actor.person_id, door.now)))


@router.get("/ideas/{idea_id}/scores", summary="How an idea was judged")
async def show_scores(idea_id: UUID, door: Annotated[Door, needs(OFFICER, BOARD)]) -> queries.ideas.ScoresSeen:
    """Once closed: each value without a name, and how far they are apart. Before that nobody sees them."""
    state, _ = await door.known("idea", idea_id)
    if state.scored_at is None:
        raise door.deny("INN-BLIND")
    return queries.ideas.scores(state)


@router.get("/ideas/{idea_id}/scores/mine", summary="How I judged an idea")
async def show_mine(idea_id: UUID, door: Anybody) -> queries.ideas.MyScore:
    """And nobody else's."""
    state, _ = await door.known("idea", idea_id)
    mine = next((each for each in state.evaluations if each.person_id == door.actor.person_id), None)
    if mine is None:
        raise door.deny("INN-EVALUATOR")
    return queries.ideas.my_score(state, mine)
