"""What is said of a person after the decision, and what its owner does with it."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from cg_contracts.base import Code, Ref
from cg_kit.http import Body, Done, Door, Limit, needs
from cg_kit.pure import To
from services.screening import queries
from services.screening.api.shared import Held, Purpose, Words, opened
from services.screening.domain import aftercare, case, person

router = APIRouter()

OWNERS = ("verifier", "decider", "security-officer")
"""Who may own an aftercare case."""


class Circumstance(StrEnum):
    """What has changed in somebody's life that bears on their advice or clearance."""

    PARTNER = "partner"
    COHABITANT = "cohabitant"
    RESIDENCE = "residence"
    STAY_ABROAD = "stay_abroad"
    NATIONALITY = "nationality"
    DEBTS = "debts"
    PROCEEDINGS = "proceedings"
    OTHER = "other"


class MyCircumstances(Body):
    """What has changed; the words go to the vault."""

    category: Circumstance
    said: Words | None = None


class Circumstances(MyCircumstances):
    """What has changed for somebody else."""

    person_id: UUID


class OwnerGiven(Body):
    """Who looks into it."""

    owner: UUID


class TaskGiven(Body):
    """What is to be done, as a code."""

    code: Code


class CaseNamed(Body):
    """The case whose positive advice is to be looked at again."""

    case_id: UUID


class AuthorityTold(Body):
    """Under which reference the security authority was told."""

    ref: Ref


class Concluded(Body):
    """What came of it."""

    conclusion: aftercare.Conclusion


# What is said


@router.post("/me/circumstances", summary="Tell of a change in my circumstances")
async def tell_my_circumstances(body: MyCircumstances, door: Annotated[Door, needs("person")]) -> Done:
    """By the person concerned; it opens an aftercare case."""
    return await report(door, door.actor.person_id, body)


@router.post("/aftercare", summary="Tell of a change in somebody's circumstances")
async def tell_circumstances(body: Circumstances, door: Annotated[Door, needs("security-officer")]) -> Done:
    """By a security officer, about somebody else; it opens an aftercare case."""
    if body.person_id == door.actor.person_id:
        raise door.deny("SCR-3")
    return await report(door, body.person_id, body)


async def report(door: Door, person_id: UUID, body: MyCircumstances) -> Done:
    """A report of a person; `id` of the answer is theirs, not that of the case, which opens a moment later."""
    held = None if body.said is None else {"said": body.said}
    origin, report_id, by = person.Origin.CHANGE_OF_CIRCUMSTANCES, door.new_id(), door.actor.person_id
    return await door.command(
        lambda ref: To("person", person_id, person.Report(report_id, origin, body.category.value, None, "", "", ref, by, door.now)),
        personal=held,
        about=person_id,
    )


# Who looks into it


@router.get("/aftercare", summary="Aftercare cases")
async def list_aftercare(
    door: Annotated[Door, needs(*OWNERS, "head-of-service")],
    concluded: Annotated[bool, Query(description="Also those that are concluded.")] = False,
    after: Annotated[UUID | None, Query(description="`next` of the page before.")] = None,
    limit: Limit = 500,
) -> queries.aftercare.AftercaresSeen:
    """An officer sees those they own, the head of service all."""
    return await queries.aftercare.aftercares(door, concluded, after, limit)


@router.get("/aftercare/{aftercare_id}", summary="An aftercare case")
async def show_aftercare(aftercare_id: UUID, door: Annotated[Door, needs(*OWNERS, "head-of-service")]) -> queries.aftercare.AftercareSeen:
    """For its owner and the head of service, never for the person concerned."""
    state, version = await known(door, aftercare_id)
    if door.actor.person_id == state.person_id:
        raise door.deny("SCR-3")
    if "head-of-service" not in door.actor.roles and door.actor.person_id != state.owner:
        raise door.deny("SCR-NEED")
    door.tag(version)
    return queries.aftercare.aftercare_seen(aftercare_id, state, version)


@router.get("/aftercare/{aftercare_id}/content", summary="Read what was said")
async def read_content(aftercare_id: UUID, purpose: Purpose, door: Annotated[Door, needs(*OWNERS)]) -> Held:
    """For its owner; the reading is recorded with its purpose (SCR-11)."""
    state, _ = await known(door, aftercare_id)
    if door.actor.person_id == state.person_id:
        raise door.deny("SCR-3")
    if door.actor.person_id != state.owner:
        raise door.deny("SCR-NEED")
    return Held(held=await opened(door, state.content, purpose))


@router.post("/aftercare/{aftercare_id}/owner", summary="Give an aftercare case an owner")
async def give_owner(aftercare_id: UUID, body: OwnerGiven, door: Annotated[Door, needs("head-of-service")]) -> Done:
    """From now on they need to know; never the person concerned (SCR-3)."""
    return await order(door, aftercare_id, aftercare.Own(body.owner, door.actor.person_id, door.now))


@router.post("/aftercare/{aftercare_id}/tasks", summary="Note a task")
async def add_task(aftercare_id: UUID, body: TaskGiven, door: Annotated[Door, needs(*OWNERS)]) -> Done:
    """By the owner."""
    return await order(door, aftercare_id, aftercare.AddTask(body.code, door.actor.person_id, door.now))


@router.post("/aftercare/{aftercare_id}/tasks/{code}/done", summary="Say that a task is done")
async def do_task(aftercare_id: UUID, code: Code, door: Annotated[Door, needs(*OWNERS)]) -> Done:
    """By the owner."""
    return await order(door, aftercare_id, aftercare.DoTask(code, door.actor.person_id, door.now))


@router.post("/aftercare/{aftercare_id}/reassessment", summary="Have an advice reassessed")
async def reassess(aftercare_id: UUID, body: CaseNamed, door: Annotated[Door, needs(*OWNERS)]) -> Done:
    """By the owner; the officers designated to that case then prepare and decide, as they did before."""
    state, version = await known(door, aftercare_id)
    if refused := aftercare.barred(state, aftercare.AddTask("reassess", door.actor.person_id, door.now)):
        raise door.deny(refused.rule)
    if person.Had(person.Thing.CASE, body.case_id) not in state.person_had:
        raise door.missing()
    return await door.command(To("case", body.case_id, case.Doubt(aftercare_id, door.now)), read={("aftercare", aftercare_id): version})


@router.post("/aftercare/{aftercare_id}/authority", summary="Record that the security authority was told")
async def tell_authority(aftercare_id: UUID, body: AuthorityTold, door: Annotated[Door, needs(*OWNERS)]) -> Done:
    """It alone decides on a clearance (SCR-4)."""
    return await order(door, aftercare_id, aftercare.ReportToAuthority(body.ref, door.actor.person_id, door.now))


@router.post("/aftercare/{aftercare_id}/conclusion", summary="Conclude an aftercare case")
async def conclude(aftercare_id: UUID, body: Concluded, door: Annotated[Door, needs(*OWNERS)]) -> Done:
    """By the owner, once all tasks are done and no reassessment runs."""
    return await order(door, aftercare_id, aftercare.Conclude(body.conclusion, door.actor.person_id, door.now))


async def known(door: Door, aftercare_id: UUID) -> tuple[aftercare.Aftercare, int]:
    """An aftercare case that exists, with its version."""
    return await door.known("aftercare", aftercare_id)


async def order(door: Door, aftercare_id: UUID, command: aftercare.Command) -> Done:
    """A command for an aftercare case, if this person may give it."""
    state, _ = await known(door, aftercare_id)
    if refused := aftercare.barred(state, command):
        raise door.deny(refused.rule)
    return await door.command(To("aftercare", aftercare_id, command))
