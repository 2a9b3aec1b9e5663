"""What the person concerned sees and does."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter

from cg_contracts.screening import Outcome
from cg_kit.http import Done, Door, needs
from cg_kit.pure import To
from services.screening import queries
from services.screening.api.shared import known, opened, order
from services.screening.domain import application, case
from services.screening.reactions import application_for

router = APIRouter()


# The person concerned


@router.get("/me/cases", summary="My cases: phase and expected date")
async def list_my_cases(door: Annotated[Door, needs("person")]) -> queries.cases.MyCases:
    """No outcome before it was notified, and never a reason."""
    return await queries.cases.my_cases(door)


@router.get("/me/cases/{case_id}/reasons", summary="The reasons of a negative decision about me")
async def read_my_reasons(case_id: UUID, door: Annotated[Door, needs("person")]) -> queries.cases.MyReasons:
    """Once the person was notified: the text for them, or why there is none; never the full reasons (SCR-5)."""
    state, _ = await known(door, case_id)
    if state.person_id != door.actor.person_id:
        raise door.deny("SCR-PERSON")
    if state.sealed_at:
        raise door.deny("SCR-13")
    if state.decision is None or state.decision.outcome is not Outcome.NEGATIVE or state.notified_at is None:
        raise door.missing()
    if state.decision.withheld:
        return queries.cases.MyReasons(withheld=state.decision.withheld)
    held = await opened(door, state.decision.reasons, "notification")
    return queries.cases.MyReasons(reasons=held["reasons"]["notifiable"])


@router.post("/cases/{case_id}/consent", summary="Give consent")
async def give_consent(case_id: UUID, door: Annotated[Door, needs("person")]) -> Done:
    """By the person concerned; before it nothing is checked (SCR-1)."""
    return await order(door, case_id, case.Consent(door.actor.person_id, door.now))


@router.post("/cases/{case_id}/consent/refusal", summary="Refuse consent")
async def refuse_consent(case_id: UUID, door: Annotated[Door, needs("person")]) -> Done:
    """By the person concerned; the case ends without a check."""
    return await order(door, case_id, case.RefuseConsent(door.actor.person_id, door.now))


@router.post("/cases/{case_id}/consent/withdrawal", summary="Withdraw consent")
async def withdraw_consent(case_id: UUID, door: Annotated[Door, needs("person")]) -> Done:
    """By the person concerned, before the decision; also when the application lies with the security authority."""
    state, _ = await known(door, case_id)
    if state.status is not case.Status.TRANSMITTED:
        return await order(door, case_id, case.WithdrawConsent(door.actor.person_id, door.now))
    if state.person_id != door.actor.person_id:
        raise door.deny("SCR-PERSON")
    return await door.command(To("application", application_for(case_id), application.WithdrawConsent(door.actor.person_id, door.now)))
