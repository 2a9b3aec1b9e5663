"""Ideas from their submission to their adoption."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import Field, StringConstraints

from cg_contracts.base import Code
from cg_contracts.innovation import BenefitOutcome
from cg_kit.http import AsWritten, Body, Done, Door, Limit, needs
from cg_kit.pure import To
from services.innovation import queries
from services.innovation.api.shared import BOARD, OFFICER, UNIT_HEAD, Reasoned, Themes, Title, Words
from services.innovation.domain import idea

router = APIRouter()

Anybody = Annotated[Door, needs()]
Officer = Annotated[Door, needs(OFFICER)]


class IdeaSubmitted(Body):
    """An idea: a title, the problem that it solves, and whose work it is about."""

    title: Title
    problem: Words
    theme_codes: Themes
    unit_id: UUID
    challenge_id: UUID | None = None


class IdeaTriaged(Body):
    """What it is about, and who brings it further."""

    theme_codes: Themes
    owner: UUID


class OwnerNamed(Body):
    """Who brings it further."""

    owner: UUID


class UnitNamed(Body):
    """Whose it is."""

    unit_id: UUID


class IdeaParked(Reasoned):
    """Not now; taken up again on that day."""

    until: date


class ConceptWritten(Body):
    """How it would work."""

    concept: Words


class MergedInto(Reasoned):
    """The idea that it is the same as."""

    into: UUID


class AdoptionOffered(Body):
    """The unit that is to own it, and what it is to bring."""

    unit_id: UUID
    benefit: Words


class AdoptionAccepted(Body):
    """The unit that accepts, and who owns it there."""

    unit_id: UUID
    owner: UUID


class AdoptionDeclined(Reasoned):
    """The unit that does not."""

    unit_id: UUID


class BenefitTold(Body):
    """What it has brought by now."""

    months: Annotated[int, Field(ge=1, le=120)]
    outcome: BenefitOutcome
    text: Words


@router.get("/ideas", summary="Ideas")
async def list_ideas(
    door: Anybody,
    status: Annotated[idea.Status | None, Query()] = None,
    theme: Annotated[Code | None, Query()] = None,
    unit_id: Annotated[UUID | None, Query()] = None,
    after: Annotated[UUID | None, Query(description="`next` of the page before.")] = None,
    limit: Limit = 100,
) -> queries.ideas.Ideas:
    """All of them, for everybody in the house."""
    return await queries.ideas.listed(door, status, theme, unit_id, after, limit)


@router.get("/ideas/similar", summary="Ideas that are like what is being written")
async def find_similar(
    door: Anybody,
    text: Annotated[str, StringConstraints(min_length=3, max_length=2000), Query(description="What is written so far.")],
    most: Annotated[int, Query(ge=1, le=50)] = 10,
) -> queries.ideas.Similar:
    """Somebody may have tried it already: what became of it, and whom to ask."""
    return await queries.ideas.similar(door, text, most)


@router.get("/ideas/unanswered", summary="Ideas that wait for their answer")
async def list_unanswered(door: Anybody, limit: Limit = 100) -> queries.ideas.AllUnanswered:
    """Visible to all, most urgent first."""
    return await queries.ideas.unanswered(door, limit)


@router.get("/ideas/stuck", summary="Ideas that do not go on by themselves")
async def list_stuck(door: Annotated[Door, needs(OFFICER, BOARD)], limit: Limit = 100) -> queries.ideas.StuckIdeas:
    """Late, idle, without an owner or a unit, or not reviewed."""
    return await queries.ideas.stuck(door, limit)


@router.post("/ideas", summary="Propose an idea")
async def submit(body: IdeaSubmitted, door: Anybody) -> Done:
    """It is triaged within 10 working days, and answered with a reason within 20."""
    command = idea.Submit(body.title, body.problem, tuple(body.theme_codes), body.unit_id, door.actor.person_id, door.now, body.challenge_id)
    return await door.command(To("idea", door.new_id(), command))


@router.get("/ideas/{idea_id}", summary="An idea")
async def show_idea(idea_id: UUID, door: Anybody) -> queries.ideas.IdeaSeen:
    """Where it stands and why, for the proposer and everybody else (INN-7)."""
    state, version = await door.known("idea", idea_id)
    door.tag(version)
    return queries.ideas.seen(door, idea_id, state, version)


@router.post("/ideas/{idea_id}/support", summary="Support an idea, and hear every later step")
async def support(idea_id: UUID, door: Anybody) -> Done:
    """Once for each person, whatever is merged."""
    return await door.command(To("idea", idea_id, idea.Support(door.actor.person_id, door.now)))


@router.post("/ideas/{idea_id}/support/withdrawal", summary="Support an idea no longer")
async def unsupport(idea_id: UUID, door: Anybody) -> Done:
    """And hear no more of it."""
    return await door.command(To("idea", idea_id, idea.Unsupport(door.actor.person_id, door.now)))


@router.post("/ideas/{idea_id}/triage", summary="Triage an idea")
async def triage(idea_id: UUID, body: IdeaTriaged, door: Officer) -> Done:
    """What it is about, and whose it is to bring further; not by who proposed it."""
    return await door.command(To("idea", idea_id, idea.Triage(tuple(body.theme_codes), body.owner, door.actor.person_id, door.now)))


@router.post("/ideas/{idea_id}/owner", summary="Give an idea another owner")
async def own(idea_id: UUID, body: OwnerNamed, door: Officer) -> Done:
    """Who brings it further from now on."""
    return await door.command(To("idea", idea_id, idea.Own(body.owner, door.actor.person_id, door.now)))


@router.post("/ideas/{idea_id}/unit", summary="Say whose an idea is, where a reorganisation left that open")
async def place(idea_id: UUID, body: UnitNamed, door: Officer) -> Done:
    """Once."""
    return await door.command(To("idea", idea_id, idea.Place(body.unit_id, door.actor.person_id, door.now)))


@router.post("/ideas/{idea_id}/qualification", summary="Answer: worth working out")
async def qualify(idea_id: UUID, body: Reasoned, door: Officer) -> Done:
    """With a reason, as every answer."""
    return await door.command(To("idea", idea_id, idea.Qualify(body.why(door), door.now)))


@router.post("/ideas/{idea_id}/parking", summary="Answer: not now")
async def park(idea_id: UUID, body: IdeaParked, door: Officer) -> Done:
    """Taken up again on its day."""
    return await door.command(To("idea", idea_id, idea.Park(body.why(door), body.until, door.now)))


@router.post("/ideas/{idea_id}/rejection", summary="Answer: no")
async def reject(idea_id: UUID, body: Reasoned, door: Officer) -> Done:
    """With a reason, as every answer."""
    return await door.command(To("idea", idea_id, idea.Reject(body.why(door), door.now)))


@router.post("/ideas/{idea_id}/resumption", summary="Take a parked idea up again")
async def resume(idea_id: UUID, body: Reasoned, door: Officer) -> Done:
    """Before its day."""
    return await door.command(To("idea", idea_id, idea.Resume(body.why(door), door.now)))


@router.post("/ideas/{idea_id}/concept", summary="Write down how it would work")
async def work_out(idea_id: UUID, body: ConceptWritten, door: Anybody) -> Done:
    """By its owner."""
    return await door.command(To("idea", idea_id, idea.WorkOut(body.concept, door.actor.person_id, door.now)))


@router.post("/ideas/{idea_id}/validation", summary="Find a concept good enough to be tried or done")
async def validate(idea_id: UUID, body: Reasoned, door: Annotated[Door, needs(BOARD)]) -> Done:
    """By the steering board, on scores that are closed."""
    return await door.command(To("idea", idea_id, idea.Validate(body.why(door), door.now)))


@router.post("/ideas/{idea_id}/merger", summary="Merge an idea into the one that it is the same as")
async def merge(idea_id: UUID, body: MergedInto, door: Officer) -> Done:
    """Both texts stay, who follows one follows the other, and it can be separated again."""
    other, version = await door.known("idea", body.into)
    takes = body.into != idea_id and other.status in idea.TAKING
    return await door.command(To("idea", idea_id, idea.Merge(body.into, takes, body.why(door), door.now)), read={("idea", body.into): version})


@router.post("/ideas/{idea_id}/separation", summary="Separate an idea that is not the same after all")
async def separate(idea_id: UUID, body: Reasoned, door: Officer) -> Done:
    """It stands where it stood."""
    return await door.command(To("idea", idea_id, idea.Separate(body.why(door), door.now)))


@router.post("/ideas/{idea_id}/offer", summary="Ask a unit to take over what works")
async def offer(idea_id: UUID, body: AdoptionOffered, door: Officer) -> Done:
    """It answers within 20 working days."""
    return await door.command(To("idea", idea_id, idea.Offer(body.unit_id, body.benefit, door.actor.person_id, door.now)))


@router.post("/ideas/{idea_id}/adoption", summary="Take over what was offered")
async def accept(idea_id: UUID, body: AdoptionAccepted, door: Annotated[Door, needs(UNIT_HEAD)]) -> Done:
    """By the head of the unit (INN-8)."""
    return await door.command(To("idea", idea_id, idea.Accept(body.unit_id, body.owner, door.actor.person_id, door.now)))


@router.post("/ideas/{idea_id}/refusal", summary="Do not take over what was offered")
async def decline(idea_id: UUID, body: AdoptionDeclined, door: Annotated[Door, needs(UNIT_HEAD)]) -> Done:
    """With a reason; another unit can be asked."""
    return await door.command(To("idea", idea_id, idea.Decline(body.unit_id, body.why(door), door.now)))


@router.post("/ideas/{idea_id}/benefit", summary="Say what an idea has brought")
async def review(idea_id: UUID, body: BenefitTold, door: Anybody) -> Done:
    """By its owner, 6 and 12 months after adoption."""
    return await door.command(To("idea", idea_id, idea.ReviewBenefit(body.months, body.outcome, body.text, door.actor.person_id, door.now)))


@router.get("/me/notices", summary="What happened to the ideas that I follow")
async def my_notices(
    door: Anybody,
    after: Annotated[datetime, AsWritten, Query(description="`next` of the page before.")] = datetime.fromisoformat("2020-01-01T00:00:00+01:00"),
    limit: Limit = 100,
) -> queries.ideas.Notices:
    """Every step, from the idea through its pilots to its realisation, with the reason."""
    return await queries.ideas.notices(door, after, limit)
