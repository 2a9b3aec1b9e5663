"""What those who handle a case see and do."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field, StringConstraints

from cg_contracts.base import Code, Instant, Ref
from cg_contracts.org import Names
from cg_contracts.screening import Means, Outcome
from cg_kit.http import Body, Done, Door, Limit, Refusing, needs
from services.screening import queries
from services.screening.api.shared import NUMBER, OFFICERS, Held, OfficersDesignated, Purpose, Reasons, Words, known, must_know, opened, order
from services.screening.domain import case
from services.screening.domain.regime import Source

router = APIRouter()


class OfficerExcluded(Body):
    """Who may not handle the case, and why."""

    officer: UUID
    tie: case.Tie


class PersonGiven(Body):
    """Who is to be screened; goes to the vault. Cohabitants belong to an application for a clearance only (SCR-8)."""

    names: Names
    birth_date: date
    national_number: Annotated[str, StringConstraints(pattern=r"^\d{11}$")]
    cohabitants: list[Names] = Field(default_factory=list, max_length=20)


class PersonSeen(BaseModel):
    """What the vault holds on the person; this reading is recorded."""

    names: Names
    birth_date: date
    national_number: str
    cohabitants: list[Names] = []


class FeePaid(Body):
    """When, and under which reference of the payment."""

    paid_on: date
    payment_ref: Ref


class CheckAnswered(Body):
    """What the source said; its content goes to the vault."""

    result: case.Result
    content: Words | None = None


class CheckExtended(Body):
    """For how many days from now, and why."""

    days: Annotated[int, Field(ge=1, le=365)]
    reason_code: Code


class CaseAssessed(Body):
    """What is proposed to who decides; the reasons go to the vault."""

    proposal: Outcome
    reasons: Words | None = None


class CaseDecided(Body):
    """The decision; without `valid_until` a positive one holds as long as the regime allows. The reasons go to the vault and nowhere else (SCR-5)."""

    outcome: Outcome
    valid_until: Instant | None = None
    reasons: Reasons | None = None


class CompletenessFound(Body):
    """What is missing; nothing: the application is complete."""

    missing: list[Code] = Field(default_factory=list, max_length=20)


class FormSigned(Body):
    """The reference of the form, which says nothing of the person, and the day of its signature."""

    form: Annotated[str, StringConstraints(pattern=f"^{NUMBER.pattern}$")]
    signed_on: date


class TermSuspended(Body):
    """Why the term stands still, and until which day at the latest."""

    reason_code: Code
    until: date


class NotificationGiven(Body):
    """When and how the person was told of the outcome."""

    notified_at: Instant
    means: Means


# Who handles a case


@router.get("/cases", summary="Cases to handle")
async def list_cases(
    door: Annotated[Door, needs(*OFFICERS, "head-of-service")],
    status: Annotated[case.Status | None, Query()] = None,
    after: Annotated[UUID | None, Query(description="`next` of the page before.")] = None,
    limit: Limit = 500,
) -> queries.cases.CaseLines:
    """An officer sees the cases they are designated for, the head of service all."""
    return await queries.cases.cases(door, status, after, limit)


@router.get("/cases/{case_id}", summary="A case")
async def show_case(case_id: UUID, door: Annotated[Door, needs(*OFFICERS, "head-of-service")]) -> queries.cases.CaseSeen:
    """For the officers designated to it, and for the head of service; names, contents and reasons are read apart."""
    state, version = await known(door, case_id)
    if "head-of-service" not in door.actor.roles or door.actor.person_id == state.person_id:
        must_know(door, state)
    door.tag(version)
    return await queries.cases.case_seen(door, case_id, state, version)


@router.get("/cases/{case_id}/status", summary="A case's status and validity")
async def show_status(case_id: UUID, door: Annotated[Door, needs("hr-officer", "unit-head", "security-officer")]) -> queries.cases.CaseStatus:
    """For who has to plan with it: no outcome but the validity of a positive advice, nor that it is being reassessed."""
    state, version = await known(door, case_id)
    assert state.kind
    door.tag(version)
    valid_until = state.decision.valid_until if state.decision else None
    return queries.cases.CaseStatus(case_id=case_id, kind=state.kind, status=state.before or state.status, valid_until=valid_until)


@router.get("/cases/{case_id}/terms", summary="A case's due dates, explained")
async def show_terms(case_id: UUID, door: Annotated[Door, needs(*OFFICERS, "head-of-service")]) -> queries.terms.TermsSeen:
    """Each with what it starts from, why it ends on that day, and the law that says so; also those of its application and clearance."""
    state, version = await known(door, case_id)
    if "head-of-service" not in door.actor.roles or door.actor.person_id == state.person_id:
        must_know(door, state)
    door.tag(version)
    return await queries.terms.terms_of(door, case_id, state)


@router.post("/cases/{case_id}/suspension", summary="Suspend the term for deciding")
async def suspend_term(case_id: UUID, body: TermSuspended, door: Annotated[Door, needs("head-of-service")]) -> Done:
    """For a reason that the rules list, until a day; it then runs again by itself, and ends later by as many days as it stood still."""
    return await order(door, case_id, case.Suspend(body.reason_code, body.until, door.actor.person_id, door.now))


@router.post("/cases/{case_id}/suspension/end", summary="Let the term for deciding run again")
async def resume_term(case_id: UUID, door: Annotated[Door, needs("head-of-service")]) -> Done:
    """Before the day that was planned."""
    return await order(door, case_id, case.Resume(door.actor.person_id, door.now))


@router.post("/cases/{case_id}/officers", summary="Designate officers")
async def designate_officers(case_id: UUID, body: OfficersDesignated, door: Annotated[Door, needs("head-of-service")]) -> Done:
    """From now on they need to know; never the person concerned or who has a tie with them (SCR-3)."""
    return await order(door, case_id, case.Designate(tuple(body.officers), door.actor.person_id, door.now))


@router.post("/cases/{case_id}/exclusions", summary="Keep an officer from a case")
async def exclude_officer(case_id: UUID, body: OfficerExcluded, door: Annotated[Door, needs(*OFFICERS, "head-of-service")]) -> Done:
    """By the head of service, or by the officer about themselves (SCR-3)."""
    if "head-of-service" not in door.actor.roles and body.officer != door.actor.person_id:
        raise door.deny("SCR-3")
    return await order(door, case_id, case.Exclude(body.officer, body.tie, door.actor.person_id, door.now))


@router.post("/cases/{case_id}/person", summary="Enter names and numbers")
async def enter_person(case_id: UUID, body: PersonGiven, door: Annotated[Door, needs("security-officer")]) -> Done:
    """To the vault; a verification starts when this and the consent are there."""
    held = {"person_data": body.model_dump(mode="json")}
    return await order(door, case_id, lambda ref: case.EnterPerson(ref, bool(body.cohabitants), door.actor.person_id, door.now), held)


@router.get("/cases/{case_id}/person", summary="Read names and numbers")
async def read_person(case_id: UUID, purpose: Purpose, door: Annotated[Door, needs(*OFFICERS)]) -> PersonSeen:
    """For the officers designated to the case; the reading is recorded with its purpose (SCR-11)."""
    state, _ = await known(door, case_id)
    must_know(door, state)
    return PersonSeen.model_validate((await opened(door, state.person_data, purpose))["person_data"])


@router.post("/cases/{case_id}/consent/form", summary="Bring in a consent on paper")
async def bring_consent(case_id: UUID, body: FormSigned, door: Annotated[Door, needs("security-officer")]) -> Done:
    """Of a person who cannot log in: the form stays in the unit's archive under this reference."""
    signed = case.Signed(body.form, body.signed_on, door.actor.person_id)
    return await order(door, case_id, case.BringConsent(signed, door.now))


@router.post("/cases/{case_id}/checks/{source}", summary="Enter what a source said")
async def answer_check(case_id: UUID, source: Source, body: CheckAnswered, door: Annotated[Door, needs("verifier")]) -> Done:
    """The last source opens the assessment; in a recruitment it is the answer."""
    held = None if body.content is None else {"content": body.content}
    return await order(door, case_id, lambda ref: case.AnswerCheck(source, body.result, ref, door.actor.person_id, door.now), held)


@router.get("/cases/{case_id}/checks/{source}/content", summary="Read what a source said")
async def read_check(case_id: UUID, source: Source, purpose: Purpose, door: Annotated[Door, needs("verifier", "decider")]) -> Held:
    """For the officers designated to the case; the reading is recorded with its purpose (SCR-11)."""
    state, _ = await known(door, case_id)
    must_know(door, state)
    check = case.asked(state, source)
    return Held(held=await opened(door, check.content if check else None, purpose))


@router.post("/cases/{case_id}/checks/{source}/extension", summary="Give a source more time")
async def extend_check(case_id: UUID, source: Source, body: CheckExtended, door: Annotated[Door, needs("verifier")]) -> Done:
    """As an authority abroad needs it; the reason and the first date are kept, and the term for deciding does not move."""
    return await order(door, case_id, case.ExtendCheck(source, body.days, body.reason_code, door.actor.person_id, door.now))


@router.post("/cases/{case_id}/assessment", summary="Prepare the decision")
async def assess_case(case_id: UUID, body: CaseAssessed, door: Annotated[Door, needs("verifier", "decider")]) -> Done:
    """Who prepares does not decide (SCR-3)."""
    held = None if body.reasons is None else {"reasons": body.reasons}
    return await order(door, case_id, lambda ref: case.Assess(body.proposal, ref, door.actor.person_id, door.now), held)


@router.post("/cases/{case_id}/decision", summary="Decide")
async def decide_case(case_id: UUID, body: CaseDecided, door: Annotated[Door, needs("decider")]) -> Done:
    """By a designated officer who did not prepare it and is not the person concerned (SCR-3)."""
    held = None if body.reasons is None else {"reasons": body.reasons.model_dump(exclude_none=True)}
    if body.reasons is not None and (body.reasons.notifiable is None) is (body.reasons.withheld is None):
        raise Refusing(409, "SCR-REASONS", field="reasons.notifiable")
    withheld = body.reasons.withheld if body.reasons else None
    return await order(door, case_id, lambda ref: case.Decide(body.outcome, body.valid_until, ref, door.actor.person_id, door.now, withheld), held)


@router.get("/cases/{case_id}/reasons", summary="Read the reasons of the decision")
async def read_reasons(case_id: UUID, purpose: Purpose, door: Annotated[Door, needs("decider")]) -> Held:
    """For the deciders designated to the case; the reading is recorded with its purpose (SCR-11)."""
    state, _ = await known(door, case_id)
    must_know(door, state)
    return Held(held=await opened(door, state.decision.reasons if state.decision else None, purpose))


@router.post("/cases/{case_id}/fee", summary="Note that the fee was paid")
async def note_fee(case_id: UUID, body: FeePaid, door: Annotated[Door, needs("clearance-clerk")]) -> Done:
    """By a clerk designated to the case, where the law asks a fee; unpaid, it stands in nobody's way."""
    return await order(door, case_id, case.NoteFee(body.paid_on, body.payment_ref, door.actor.person_id, door.now))


@router.post("/cases/{case_id}/submission", summary="Submit an application for a clearance")
async def submit_application(case_id: UUID, door: Annotated[Door, needs("security-officer")]) -> Done:
    """By the security officer, once the person has consented and is known by name."""
    return await order(door, case_id, case.Submit(door.actor.person_id, door.now))


@router.post("/cases/{case_id}/completeness", summary="Say whether an application is complete")
async def examine_application(case_id: UUID, body: CompletenessFound, door: Annotated[Door, needs("clearance-clerk")]) -> Done:
    """What is missing sends it back; an incomplete application starts no term."""
    return await order(door, case_id, case.Examine(tuple(body.missing), door.actor.person_id, door.now))


@router.post("/cases/{case_id}/transmission", summary="Transmit an application to the security authority")
async def transmit_application(case_id: UUID, door: Annotated[Door, needs("clearance-clerk")]) -> Done:
    """From here on the authority's term runs."""
    return await order(door, case_id, case.Transmit(door.actor.person_id, door.now))


@router.post("/cases/{case_id}/notification", summary="Record that the person was told")
async def record_notification(case_id: UUID, body: NotificationGiven, door: Annotated[Door, needs("clearance-clerk")]) -> Done:
    """Of a case that this service opened by itself (for an event, from a file): the term for appeal runs from that day. Others say it by message."""
    state, _ = await known(door, case_id)
    must_know(door, state)
    return await order(door, case_id, case.Notify(case.SELF, body.notified_at, body.means, door.now))


@router.get("/ops/open", tags=["operators"], summary="Open matters that an outside account may speak about")
async def list_open(
    type: Annotated[
        Literal[
            "NvoDecisionReceived",
            "NvoExtensionReceived",
            "DecisionNotified",
            "ClearanceDecisionNotified",
            "AdverseInformationReported",
            "AppealLodged",
            "AppealDecisionReceived",
        ],
        Query(),
    ],
    door: Annotated[Door, needs("operator")],
    account: Annotated[Literal["hr", "nvo", "fanc", "screening"], Query(description="For `DecisionNotified`: who has to notify.")] = "hr",
    limit: Limit = 200,
) -> queries.cases.Opens:
    """Ids only, for examples and for whoever looks why an answer is missing."""
    match type:
        case "NvoDecisionReceived":
            return await queries.cases.undecided_applications(door, limit)
        case "NvoExtensionReceived":
            return await queries.cases.running_applications(door, limit)
        case "DecisionNotified":
            return await queries.cases.to_notify(door, account, limit)
        case "ClearanceDecisionNotified":
            return await queries.cases.clearances_to_notify(door, limit)
        case "AdverseInformationReported":
            return await queries.cases.verified_persons(door, limit)
        case "AppealLodged":
            return await queries.cases.to_appeal(door, limit)
        case "AppealDecisionReceived":
            return await queries.cases.under_appeal(door, limit)
