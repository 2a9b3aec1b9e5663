"""Mandates: the vacancy, the selection, evaluations and renewal, each step by who may take it."""

from __future__ import annotations

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from pydantic import Field

from cg_contracts.base import Code, Ref
from cg_contracts.org import EvaluationKind, EvaluationOutcome
from cg_kit.http import Body, Done, Door, Limit, needs
from cg_kit.pure import To
from cg_kit.pure.terms import day_of
from cg_kit.seam import Name
from services.org import queries
from services.org.api.posts import found_post
from services.org.domain import mandate, person, post, tree

router = APIRouter()

MANAGING = ("org-administrator", "appointing-authority", "hr-officer")
"""Who may see the mandates of every post; a commission member sees the own files, a holder the own mandates."""

MEMBER = "commission-member"


class VacancyDeclared(Body):
    """From when a mandate is to be filled, and by which decision."""

    mandate_id: UUID | None = None
    vacant_from: date
    decision_ref: Ref


class MemberGiven(Body):
    """Who sits in the commission, and as what (`chair`, `inspector_general`, `other_director_general`)."""

    person_id: UUID
    capacity: Code


class CommissionGiven(Body):
    """Who selects, or evaluates."""

    members: Annotated[list[MemberGiven], Field(min_length=1, max_length=10)]


class CandidateProposed(Body):
    """Whom the selection commission proposes."""

    person_id: UUID


class MissionLetterGiven(Body):
    """Where the objectives stand."""

    mission_letter_ref: Ref


class EvaluationGiven(Body):
    """What the commission found."""

    outcome: EvaluationOutcome


class RenewalDecided(Body):
    """Another term or none, by which act; `until` only when the act gives another term than five years."""

    renewed: bool
    until: date | None = None
    decision_ref: Ref


class Leaving(Body):
    """The first day on which the holder no longer holds the mandate."""

    on: date


@router.get("/posts/{post_id}/mandates", summary="All mandates of a post")
async def list_mandates(post_id: UUID, door: Annotated[Door, needs(*MANAGING)]) -> queries.mandates.MandatesSeen:
    """The oldest first."""
    state, version = await found_post(door, post_id)
    door.tag(version)
    return await queries.mandates.of_post(door, post_id, state, version)


@router.post("/posts/{post_id}/mandates", summary="Declare a mandate vacant")
async def declare_vacancy(post_id: UUID, body: VacancyDeclared, door: Annotated[Door, needs("org-administrator", "appointing-authority")]) -> Done:
    """Once it is certain that the present holder, if any, goes by then; without `mandate_id` it is given one."""
    await found_post(door, post_id)
    mandate_id = body.mandate_id or door.new_id()
    return await _command(door, post_id, mandate_id, mandate.DeclareVacancy(mandate_id, body.vacant_from, body.decision_ref, door.now))


@router.post("/posts/{post_id}/mandates/{mandate_id}/cancellation", summary="Stop filling a mandate")
async def cancel_vacancy(post_id: UUID, mandate_id: UUID, door: Annotated[Door, needs("org-administrator", "appointing-authority")]) -> Done:
    """Before somebody is appointed."""
    await _mandate(door, post_id, mandate_id)
    return await _command(door, post_id, mandate_id, mandate.CancelVacancy(mandate_id, door.now))


@router.post("/posts/{post_id}/mandates/{mandate_id}/commissions/{purpose}", summary="Compose a commission")
async def compose_commission(
    post_id: UUID, mandate_id: UUID, purpose: mandate.Purpose, body: CommissionGiven, door: Annotated[Door, needs("appointing-authority")]
) -> Done:
    """Without who is selected or evaluated, and without anybody who reports to them (ORG-8)."""
    _, it = await _mandate(door, post_id, mandate_id)
    members = tuple(mandate.Member(each.person_id, each.capacity) for each in body.members)
    reporting, read = await _reporting(door, {each.person_id for each in members}, post_id, it.person_id)
    command = mandate.ComposeCommission(mandate_id, purpose, members, reporting, door.now)
    return await _command(door, post_id, it.assignment_id or mandate_id, command, read)


@router.post("/posts/{post_id}/mandates/{mandate_id}/candidate", summary="Propose a candidate")
async def propose_candidate(post_id: UUID, mandate_id: UUID, body: CandidateProposed, door: Annotated[Door, needs(MEMBER)]) -> Done:
    """By a member of the selection commission, none of whom is or reports to the candidate (ORG-8)."""
    it = await _own_file(door, post_id, mandate_id, mandate.Purpose.SELECTION)
    if await door.state("person", body.person_id) is None:
        raise door.missing("ORG-PERSON")
    reporting, read = await _reporting(door, mandate.seated(it), post_id, body.person_id)
    return await _command(door, post_id, mandate_id, mandate.ProposeCandidate(mandate_id, body.person_id, reporting, door.actor.person_id, door.now), read)


@router.post("/posts/{post_id}/mandates/{mandate_id}/mission-letter", summary="Note the mission letter")
async def note_mission_letter(post_id: UUID, mandate_id: UUID, body: MissionLetterGiven, door: Annotated[Door, needs("appointing-authority")]) -> Done:
    """The objectives against which the holder is evaluated."""
    _, it = await _mandate(door, post_id, mandate_id)
    return await _command(door, post_id, it.assignment_id or mandate_id, mandate.NoteMissionLetter(mandate_id, body.mission_letter_ref, door.now))


@router.post("/posts/{post_id}/mandates/{mandate_id}/evaluations/{kind}", summary="Tell what the evaluation commission found")
async def evaluate(post_id: UUID, mandate_id: UUID, kind: EvaluationKind, body: EvaluationGiven, door: Annotated[Door, needs(MEMBER)]) -> Done:
    """By a member; who reports to whom is looked up again (ORG-8)."""
    it = await _own_file(door, post_id, mandate_id, mandate.Purpose(kind))
    sitting = mandate.commission(it, mandate.Purpose(kind))
    members = {each.person_id for each in sitting.members} if sitting else set[UUID]()
    reporting, read = await _reporting(door, members, post_id, it.person_id)
    command = mandate.Evaluate(mandate_id, kind, body.outcome, reporting, door.actor.person_id, door.now)
    return await _command(door, post_id, it.assignment_id or mandate_id, command, read)


@router.post("/posts/{post_id}/mandates/{mandate_id}/continuation", summary="Let a mandate run on after its mid-term evaluation")
async def continue_mandate(post_id: UUID, mandate_id: UUID, door: Annotated[Door, needs("appointing-authority")]) -> Done:
    """Otherwise it is withdrawn."""
    _, it = await _mandate(door, post_id, mandate_id)
    return await _command(door, post_id, it.assignment_id or mandate_id, mandate.Continue(mandate_id, door.now))


@router.post("/posts/{post_id}/mandates/{mandate_id}/renewal", summary="Give another term, or none")
async def decide_renewal(post_id: UUID, mandate_id: UUID, body: RenewalDecided, door: Annotated[Door, needs("appointing-authority")]) -> Done:
    """After the final evaluation."""
    _, it = await _mandate(door, post_id, mandate_id)
    command = mandate.DecideRenewal(mandate_id, body.renewed, body.until, body.decision_ref, door.now)
    return await _command(door, post_id, it.assignment_id or mandate_id, command)


@router.post("/posts/{post_id}/mandates/{mandate_id}/withdrawal", summary="Withdraw a mandate")
async def withdraw_mandate(post_id: UUID, mandate_id: UUID, body: Leaving, door: Annotated[Door, needs("appointing-authority")]) -> Done:
    """From today on, or from a day to come before its end."""
    _, it = await _mandate(door, post_id, mandate_id)
    return await _command(door, post_id, it.assignment_id or mandate_id, mandate.Leave(mandate_id, body.on, "withdrawn", door.now))


@router.get("/me/mandates", summary="My mandates, with the days on which I may ask for renewal")
async def my_mandates(door: Annotated[Door, needs("person")]) -> queries.mandates.MandatesSeen:
    """Those that I hold or held."""
    return await queries.mandates.held(door, door.actor.person_id)


@router.post("/me/mandates/{post_id}/{mandate_id}/renewal-request", summary="Ask for another term")
async def request_renewal(post_id: UUID, mandate_id: UUID, door: Annotated[Door, needs("person")]) -> Done:
    """By the holder, within the window."""
    it = await _held(door, post_id, mandate_id)
    return await _command(door, post_id, it.assignment_id or mandate_id, mandate.RequestRenewal(mandate_id, door.actor.person_id, door.now))


@router.post("/me/mandates/{post_id}/{mandate_id}/resignation", summary="Resign from a mandate")
async def resign(post_id: UUID, mandate_id: UUID, body: Leaving, door: Annotated[Door, needs("person")]) -> Done:
    """By the holder, from today on or from a day to come."""
    it = await _held(door, post_id, mandate_id)
    return await _command(door, post_id, it.assignment_id or mandate_id, mandate.Leave(mandate_id, body.on, "resigned", door.now))


@router.get("/me/commissions", summary="The mandates whose holder I am to select or evaluate")
async def my_commissions(door: Annotated[Door, needs(MEMBER)], limit: Limit = 500) -> queries.mandates.MandatesSeen:
    """The own files only."""
    return await queries.mandates.seated(door, door.actor.person_id, limit)


async def _command(door: Door, post_id: UUID, matter: UUID, command: mandate.Command, read: dict[Name, int] | None = None) -> Done:
    return await door.command(To("post", post_id, command, matter=matter), read=read)


async def _mandate(door: Door, post_id: UUID, mandate_id: UUID) -> tuple[post.Post, mandate.Mandate]:
    state, _ = await found_post(door, post_id)
    it = post.mandate_of(state, mandate_id)
    if it is None:
        raise door.missing("ORG-MANDATE")
    return state, it


async def _own_file(door: Door, post_id: UUID, mandate_id: UUID, purpose: mandate.Purpose) -> mandate.Mandate:
    """The mandate, if the caller sits in this commission for it."""
    _, it = await _mandate(door, post_id, mandate_id)
    sitting = mandate.commission(it, purpose)
    if sitting is None or door.actor.person_id not in {each.person_id for each in sitting.members}:
        raise door.deny("ORG-NEED-TO-KNOW")
    return it


async def _held(door: Door, post_id: UUID, mandate_id: UUID) -> mandate.Mandate:
    """The mandate, if the caller holds it."""
    _, it = await _mandate(door, post_id, mandate_id)
    if it.person_id != door.actor.person_id:
        raise door.deny("ORG-NEED-TO-KNOW")
    return it


async def _reporting(door: Door, members: set[UUID], post_id: UUID, about: UUID | None) -> tuple[tuple[UUID, ...], dict[Name, int]]:
    """Which members report to the holder of the post or to the person, today; with the versions of all that was read. Raises when a member is unknown."""
    read: dict[Name, int] = {}
    posts: dict[UUID, set[UUID]] = {}
    units: dict[UUID, UUID] = {}
    for each in members | ({about} if about else set()):
        found = await door.state("person", each)
        if found is None or found[0].status is person.Status.LEFT:
            raise door.missing("ORG-PERSON")
        read["person", each] = found[1]
        posts[each] = {it.holding.post_id for it in found[0].appointments if it.standing is person.Standing.HELD}
    for each in {post_id}.union(*posts.values()):
        state, version = await found_post(door, each)
        read["post", each] = version
        if state.seat is not None:
            units[each] = state.seat.unit_id
    known = await door.state("tree", tree.TREE)
    assert known is not None
    read["tree", tree.TREE] = known[1]
    theirs = {post_id} | (posts[about] if about else set())
    led = tree.led_by(known[0], theirs, day_of(door.now))
    return tuple(sorted(each for each in members if any(units.get(it) in led and it not in theirs for it in posts[each]))), read
