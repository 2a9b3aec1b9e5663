"""The register of recommendations, of audit and of other bodies: answered, done, verified."""

from __future__ import annotations

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import Field, StrictBool, StringConstraints

from cg_contracts.audit import Decision, RecommendationSource, Severity
from cg_kit.engine import RuleRefused
from cg_kit.http import Blamed, Body, Done, Door, Limit, Refusing, needs
from cg_kit.pure import To, named
from services.audit import queries
from services.audit.api.shared import AUDITOR, COMMISSIONER, HEAD, MANAGER, Short, Tongues, Words
from services.audit.domain import recommendation
from services.audit.domain.recommendation import Status

router = APIRouter()

OWNER = "person"
"""Whoever holds the post that answers for it."""

Lately = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


class ActionGiven(Body):
    """A step of the plan."""

    action_id: UUID | None = None
    text: Words
    due_on: date


class Answered(Body):
    """What is accepted comes with actions, what is not with reasons."""

    decision: Decision
    rationale: Annotated[str, StringConstraints(max_length=10_000)] = ""
    actions: list[ActionGiven] = Field(default_factory=list, max_length=recommendation.MOST_ACTIONS)


class RiskTaken(Body):
    """`content` is the digest of what was read, as the recommendation shows it; until which day the risk is accepted."""

    content: Lately
    review_on: date


class ActionsGiven(Body):
    """More steps."""

    actions: Annotated[list[ActionGiven], Field(min_length=1, max_length=recommendation.MOST_ACTIONS)]


class ActionProgressed(Body):
    """How far the action is, in percent."""

    percent: Annotated[int, Field(ge=0, le=100)]


class ExtensionAsked(Body):
    """A later day, and why."""

    to: date
    reason: Words


class Decided(Body):
    """Yes or no."""

    granted: StrictBool


class DoneReported(Body):
    """Where it can be seen that it is done."""

    evidence: Annotated[list[Short], Field(min_length=1, max_length=20)]
    note: Annotated[str, StringConstraints(max_length=10_000)] = ""


class Looked(Body):
    """Whether audit has seen that it is done."""

    verified: StrictBool


class Placed(Body):
    """In which unit it is, and which post answers for it."""

    unit_id: UUID
    post_id: UUID


class ExternalGiven(Body):
    """A recommendation of another body, under its reference and with its own deadline."""

    source: RecommendationSource
    reference: Short
    unit_id: UUID
    owner_post_id: UUID | None = None
    priority: Severity
    text: Tongues
    target_on: date


class ExternalsGiven(Body):
    """Several; all are taken, or none."""

    items: Annotated[list[ExternalGiven], Field(min_length=1, max_length=200)]


async def known(door: Door, recommendation_id: UUID) -> tuple[recommendation.Recommendation, int]:
    """A recommendation that exists, with its version."""
    return await door.known("recommendation", recommendation_id)


async def must_answer(door: Door, it: recommendation.Recommendation) -> None:
    """Who holds the owner's post answers for it, or who heads its unit or one above; without an owner, the commissioner-general."""
    if COMMISSIONER in door.actor.roles and it.owner_post_id is None:
        return
    if it.owner_post_id in await queries.posts.held_now(door, door.actor.person_id):
        return
    if it.unit_id not in await queries.posts.headed_by(door, door.actor.person_id):
        raise door.deny("AUD-OWNER")


async def order(door: Door, recommendation_id: UUID, command: recommendation.Command, *, owner: bool = False) -> Done:
    """A command for a recommendation; some are its owner's alone."""
    it, _ = await known(door, recommendation_id)
    if owner:
        await must_answer(door, it)
    return await door.command(To("recommendation", recommendation_id, command))


def actions_of(door: Door, given: list[ActionGiven]) -> tuple[recommendation.Action, ...]:
    """The same in the domain's words."""
    return tuple(recommendation.Action(each.action_id or door.new_id(), each.text, each.due_on) for each in given)


@router.get("/recommendations", summary="The register of recommendations")
async def list_recommendations(
    door: Annotated[Door, needs(AUDITOR, HEAD, COMMISSIONER)],
    status: Annotated[Status | None, Query()] = None,
    source: Annotated[RecommendationSource | None, Query()] = None,
    late: Annotated[bool, Query(description="Only those whose date is over.")] = False,
    after: Annotated[UUID | None, Query(description="`next` of the page before.")] = None,
    limit: Limit = 500,
) -> queries.recommendations.Register:
    """Of audit and of other bodies alike, with how late each is against both of its dates."""
    return await queries.recommendations.register(door, status, source, late, after, limit)


@router.get("/me/recommendations", summary="Recommendations that I answer for")
async def list_mine(door: Annotated[Door, needs(OWNER, MANAGER)], limit: Limit = 500) -> queries.recommendations.Register:
    """Those of my posts, and of the units that I head."""
    return await queries.recommendations.mine(door, limit)


@router.get("/attention", summary="The commissioner-general's list")
async def show_attention(door: Annotated[Door, needs(COMMISSIONER, HEAD)]) -> queries.recommendations.Attention:
    """Critical findings since the day on which they were raised, what is late by more than thirty days, and what only the commissioner-general decides."""
    return await queries.recommendations.attention(door)


@router.post("/imports/recommendations", summary="Import recommendations of other bodies")
async def import_externals(body: ExternalsGiven, door: Annotated[Door, needs(HEAD)]) -> Done:
    """From the court of audit, Comité P, the general inspectorate or the COC, once for each reference; all of them or none."""
    await queries.universe.must_exist(door, [each.unit_id for each in body.items])
    tos = []
    for each in body.items:
        if each.source is RecommendationSource.AUDIT:
            raise Refusing(409, "AUD-REFERENCE", field="source")
        digest = recommendation.external_content(each.source, each.reference, each.text.text())
        issue = recommendation.Issue(
            each.source,
            each.reference,
            None,
            (),
            each.unit_id,
            each.owner_post_id,
            each.priority,
            each.text.text(),
            each.target_on,
            digest,
            door.actor.person_id,
            door.now,
        )
        tos.append(To("recommendation", external_for(each.source, each.reference), issue))
    try:
        return await door.commands(tos, "ImportRecommendations")
    except RuleRefused as refused:
        blamed = Blamed(field=f"items.{refused.at}.{refused.field or 'reference'}", mend=refused.rule, rule=refused.rule)
        raise Refusing(409, refused.rule, field=blamed.field, errors=[blamed]) from None


def external_for(source: RecommendationSource, reference: str) -> UUID:
    """A body's reference is taken once."""
    return named("external recommendation", source.value, reference.strip())


@router.get("/recommendations/{recommendation_id}", summary="A recommendation")
async def show_recommendation(
    recommendation_id: UUID, door: Annotated[Door, needs(AUDITOR, HEAD, COMMISSIONER, OWNER, MANAGER)]
) -> queries.recommendations.RecommendationSeen:
    """With its text, answers, actions, dates and claims; for audit, the commissioner-general, and who answers for it."""
    it, version = await known(door, recommendation_id)
    if not door.actor.roles & {AUDITOR, HEAD, COMMISSIONER}:
        await must_answer(door, it)
    door.tag(version)
    return queries.recommendations.recommendation_seen(recommendation_id, it, door.now)


@router.post("/recommendations/{recommendation_id}/response", summary="Answer a recommendation")
async def respond(recommendation_id: UUID, body: Answered, door: Annotated[Door, needs(OWNER, MANAGER, COMMISSIONER)]) -> Done:
    """By its owner; a late answer is taken, and said to be late."""
    command = recommendation.Respond(body.decision, body.rationale, actions_of(door, body.actions), door.actor.person_id, door.now)
    return await order(door, recommendation_id, command, owner=True)


@router.post("/recommendations/{recommendation_id}/risk-acceptance", summary="Accept the risk of what was rejected")
async def accept_risk(recommendation_id: UUID, body: RiskTaken, door: Annotated[Door, needs(COMMISSIONER)]) -> Done:
    """Of exactly what was read: when that says something else, or the day has come, it lapses by itself."""
    return await order(door, recommendation_id, recommendation.AcceptRisk(body.content, body.review_on, door.actor.person_id, door.now))


@router.post("/recommendations/{recommendation_id}/overruling", summary="Have it done all the same")
async def overrule(recommendation_id: UUID, door: Annotated[Door, needs(COMMISSIONER)]) -> Done:
    """What was rejected is accepted by this."""
    return await order(door, recommendation_id, recommendation.Overrule(door.actor.person_id, door.now))


@router.post("/recommendations/{recommendation_id}/actions", summary="Plan more actions")
async def add_actions(recommendation_id: UUID, body: ActionsGiven, door: Annotated[Door, needs(OWNER, MANAGER, COMMISSIONER)]) -> Done:
    """By its owner."""
    command = recommendation.AddActions(actions_of(door, body.actions), door.actor.person_id, door.now)
    return await order(door, recommendation_id, command, owner=True)


@router.post("/recommendations/{recommendation_id}/actions/{action_id}/progress", summary="Say how far an action is")
async def progress(recommendation_id: UUID, action_id: UUID, body: ActionProgressed, door: Annotated[Door, needs(OWNER, MANAGER, COMMISSIONER)]) -> Done:
    """By its owner."""
    command = recommendation.Progress(action_id, body.percent, door.actor.person_id, door.now)
    return await order(door, recommendation_id, command, owner=True)


@router.post("/recommendations/{recommendation_id}/extension", summary="Ask for a later date")
async def ask_extension(recommendation_id: UUID, body: ExtensionAsked, door: Annotated[Door, needs(OWNER, MANAGER, COMMISSIONER)]) -> Done:
    """By its owner; the first date is kept for ever."""
    command = recommendation.AskExtension(body.to, body.reason, door.actor.person_id, door.now)
    return await order(door, recommendation_id, command, owner=True)


@router.post("/recommendations/{recommendation_id}/extension/decision", summary="Decide on a later date")
async def decide_extension(recommendation_id: UUID, body: Decided, door: Annotated[Door, needs(HEAD, COMMISSIONER)]) -> Done:
    """By the head of audit twice; a third is the commissioner-general's (AUD-5)."""
    commissioner = COMMISSIONER in door.actor.roles
    return await order(door, recommendation_id, recommendation.DecideExtension(body.granted, commissioner, door.actor.person_id, door.now))


@router.post("/recommendations/{recommendation_id}/completion", summary="Say that it is done")
async def report_done(recommendation_id: UUID, body: DoneReported, door: Annotated[Door, needs(OWNER, MANAGER, COMMISSIONER)]) -> Done:
    """By its owner; it is not closed by this (AUD-4)."""
    command = recommendation.ReportDone(tuple(body.evidence), body.note, door.actor.person_id, door.now)
    return await order(door, recommendation_id, command, owner=True)


@router.post("/recommendations/{recommendation_id}/verification", summary="Verify that it is done")
async def verify(recommendation_id: UUID, body: Looked, door: Annotated[Door, needs(AUDITOR, HEAD)]) -> Done:
    """Only audit closes (AUD-4), never who said that it was done; what is not done goes on."""
    return await order(door, recommendation_id, recommendation.Verify(body.verified, door.actor.person_id, door.now))


@router.post("/recommendations/{recommendation_id}/place", summary="Say where it is after a split, and who answers for it")
async def place(recommendation_id: UUID, body: Placed, door: Annotated[Door, needs(HEAD)]) -> Done:
    """Also when somebody else than now is to answer for it."""
    await queries.universe.must_exist(door, [body.unit_id])
    return await order(door, recommendation_id, recommendation.Place(body.unit_id, body.post_id, door.actor.person_id, door.now))
