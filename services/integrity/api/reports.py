"""Reports, for who handles them: nobody else reads one, and nobody in its line handles it (INT-3)."""

from __future__ import annotations

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from cg_contracts.base import Code
from cg_kit.http import Body, Done, Door, needs
from cg_kit.pure import To
from cg_kit.pure.terms import day_of
from services.integrity import queries
from services.integrity.api.shared import AT_THE_DESK, ReasonGiven, Short, Words, at_the_desk, facts_day, handled, known, order
from services.integrity.domain import report
from services.integrity.domain.terms import K

router = APIRouter(tags=["reports"])

Handler = Annotated[Door, needs(*AT_THE_DESK)]
Purpose = Annotated[Code, Query(description="What it is read for; recorded with the reading.")]


class TextSeen(BaseModel):
    """A text of the conversation, in the order of its days."""

    on: date
    code: str
    side: report.Side
    text: str


class PersonsNamed(Body):
    """Whom the report names, and the day of the facts where it is known better than before."""

    persons: Annotated[list[UUID], Field(min_length=1, max_length=50)]
    facts_on: date | None = None


class Sent(Body):
    """To whom; `agreed`: the reporter said yes to it."""

    destination: report.Destination
    agreed: bool = False


class Answered(Body):
    """What the other body said, with its own reference where it accepted."""

    answer: report.Answer
    receipt: Short | None = None


class Said(Body):
    """A text, for the vault."""

    text: Words


class MeasureTaken(Body):
    """A measure against somebody whom the report names."""

    measure_code: Code
    subject_id: UUID
    clearance_relevant: bool = False


class MeasuresTaken(Body):
    """What was decided; perhaps nothing."""

    measures: Annotated[list[MeasureTaken], Field(max_length=20)]


class Ended(Body):
    """How it ended."""

    outcome: report.Outcome


class Proven(Body):
    """What proves that the report was false and that its maker knew."""

    proof: Words | None = None


@router.get("/reports", summary="What I handle, and what nobody has")
async def list_mine(door: Handler) -> queries.reports.Mine:
    """By number and day."""
    await at_the_desk(door)
    return await queries.reports.mine(door)


@router.get("/reports/{report_id}", summary="A report that I handle")
async def show_report(report_id: UUID, door: Handler) -> queries.reports.ReportSeen:
    """All but the texts."""
    state, version = await handled(door, report_id)
    door.tag(version)
    return queries.reports.report_seen(report_id, state, version)


@router.get("/reports/{report_id}/texts", summary="Read the texts of a report")
async def read_texts(report_id: UUID, door: Handler, purpose: Purpose) -> list[TextSeen]:
    """What the reporter wrote and was written to them; the reading is recorded."""
    state, _ = await handled(door, report_id)
    held = await door.read_vaults([each.text for each in state.changes if each.text], purpose)
    return [
        TextSeen(on=each.on, code=each.code, side=each.side, text=held[each.text]["text"])
        for each in state.changes
        if each.text is not None and each.text in held
    ]


@router.post("/reports/{report_id}/claim", summary="Take a report that nobody has")
async def claim(report_id: UUID, door: Handler) -> Done:
    """Refused to who is in its line."""
    await at_the_desk(door)
    state, version = await known(door, report_id)
    line = await queries.lines.line_of(door, state.named, state.unit_id, facts_day(door, state))
    if door.actor.person_id in line.excluded:
        raise door.deny("INT-3")
    command = report.Claim(door.actor.person_id, line.excluded, line.top, door.now)
    return await door.command(To("report", report_id, command), read={("report", report_id): version})


@router.post("/reports/{report_id}/recusal", summary="Hand a report over because of a tie")
async def recuse(report_id: UUID, door: Handler) -> Done:
    """In one step and without a reason; the desk finds another, and it never comes back."""
    state, _ = await known(door, report_id)
    if state.handler != door.actor.person_id:
        raise door.deny("INT-HANDLER")
    return await door.command(To("report", report_id, report.Recuse(door.actor.person_id, door.now)))


@router.post("/reports/{report_id}/persons", summary="Put on record whom a report names")
async def name_persons(report_id: UUID, body: PersonsNamed, door: Handler) -> Done:
    """Whoever stood above them on the day of the facts never handles it: a handler who did loses it at once."""
    state, version = await handled(door, report_id)
    day = body.facts_on or facts_day(door, state)
    line = await queries.lines.line_of(door, {*state.named, *body.persons}, state.unit_id, day)
    command = report.Name(door.actor.person_id, tuple(body.persons), body.facts_on, line.excluded, line.top, door.now)
    return await door.command(To("report", report_id, command), read={("report", report_id): version})


@router.post("/reports/{report_id}/acknowledgement", summary="Acknowledge a report to its reporter")
async def acknowledge(report_id: UUID, door: Handler) -> Done:
    """Within seven days of its receipt; late is on record."""
    return await order(door, report_id, report.Acknowledge(door.actor.person_id, door.now))


@router.post("/reports/{report_id}/assessment", summary="Begin to assess a report")
async def assess(report_id: UUID, door: Handler) -> Done:
    """After the acknowledgement, unless the reporter wants no contact."""
    return await order(door, report_id, report.Assess(door.actor.person_id, door.now))


@router.post("/reports/{report_id}/admission", summary="Find a report admissible")
async def admit(report_id: UUID, door: Handler) -> Done:
    """Not what is outside the law on reports, nor what concerns the top."""
    return await order(door, report_id, report.Admit(door.actor.person_id, door.now))


@router.post("/reports/{report_id}/inadmissibility", summary="Find a report inadmissible")
async def find_inadmissible(report_id: UUID, body: ReasonGiven, door: Handler) -> Done:
    """With reasons; the reporter is told all the same (INT-4)."""
    await handled(door, report_id)

    def command(ref: UUID | None) -> To:
        assert ref
        return To("report", report_id, report.FindInadmissible(door.actor.person_id, body.reason_code, ref, door.now))

    return await door.command(command, personal={"text": body.reasons}, about=report_id)


@router.post("/reports/{report_id}/referrals", summary="Refer a report to another body")
async def redirect(report_id: UUID, body: Sent, door: Handler) -> Done:
    """It has ten working days to accept or refuse; after silence the report is back."""
    return await order(door, report_id, report.Redirect(door.actor.person_id, door.new_id(), body.destination, body.agreed, door.now))


@router.post("/reports/{report_id}/referrals/{referral_id}/answer", summary="Record what the other body answered")
async def record_answer(report_id: UUID, referral_id: UUID, body: Answered, door: Handler) -> Done:
    """Accepted, with the receipt of the hand-over, or refused."""
    return await order(door, report_id, report.RecordAnswer(door.actor.person_id, referral_id, body.answer, body.receipt, door.now))


@router.post("/reports/{report_id}/investigation", summary="Begin to investigate a report")
async def investigate(report_id: UUID, door: Handler) -> Done:
    """Of what is admissible."""
    return await order(door, report_id, report.Investigate(door.actor.person_id, door.now))


@router.post("/reports/{report_id}/findings", summary="Report the facts to the commissioner-general")
async def report_to_cg(report_id: UUID, body: Said, door: Handler) -> Done:
    """The facts, never who reported."""
    await handled(door, report_id)

    def command(ref: UUID | None) -> To:
        assert ref
        return To("report", report_id, report.ReportToCg(door.actor.person_id, ref, door.now))

    return await door.command(command, personal={"text": body.text}, about=report_id)


@router.get("/reports/{report_id}/findings", summary="Read the facts that were reported to the commissioner-general")
async def read_findings(report_id: UUID, door: Annotated[Door, needs("commissioner-general")], purpose: Purpose) -> TextSeen:
    """By the commissioner-general, who is not in it."""
    state, _ = await known(door, report_id)
    if state.top or door.actor.person_id in state.named:
        raise door.deny("INT-3")
    if state.status is not report.Status.REPORTED_TO_CG or state.reasons is None:
        raise door.missing()
    held = await door.read_vault(state.reasons, purpose)
    return TextSeen(on=day_of(door.now), code="findings", side=report.Side.SERVICE, text=held["text"])


@router.post("/reports/{report_id}/measures", summary="Decide on a report")
async def decide_measures(report_id: UUID, body: MeasuresTaken, door: Annotated[Door, needs("commissioner-general")]) -> Done:
    """Against who is named and nobody else; perhaps nothing (INT-6)."""
    await known(door, report_id)
    measures = tuple(report.Measure(each.measure_code, each.subject_id, each.clearance_relevant) for each in body.measures)
    return await door.command(To("report", report_id, report.DecideMeasures(door.actor.person_id, measures, door.now)))


@router.post("/reports/{report_id}/feedback", summary="Tell the reporter what is done")
async def give_feedback(report_id: UUID, body: Said, door: Handler) -> Done:
    """Within three months of the acknowledgement, also of what is inadmissible (INT-4); late is on record."""
    await handled(door, report_id)

    def command(ref: UUID | None) -> To:
        assert ref
        return To("report", report_id, report.GiveFeedback(door.actor.person_id, ref, door.now))

    return await door.command(command, personal={"text": body.text}, about=report_id)


@router.post("/reports/{report_id}/messages", summary="Write to the reporter")
async def write(report_id: UUID, body: Said, door: Handler) -> Done:
    """Into the conversation that the receipt opens."""
    await handled(door, report_id)

    def command(ref: UUID | None) -> To:
        assert ref
        return To("report", report_id, report.Write(door.actor.person_id, ref, door.now))

    return await door.command(command, personal={"text": body.text}, about=report_id)


@router.post("/reports/{report_id}/conclusion", summary="Conclude a report")
async def conclude(report_id: UUID, body: Ended, door: Handler) -> Done:
    """After the reporter heard; what is counted of it names no unit of fewer than ten."""
    state, _ = await handled(door, report_id)
    path = await queries.lines.path_of(door, state.unit_id, day_of(door.now), K)
    return await door.command(To("report", report_id, report.Conclude(door.actor.person_id, body.outcome, path, door.now)))


@router.post("/reports/{report_id}/falsity", summary="Hold a report to be knowingly false")
async def hold_false(report_id: UUID, body: Proven, door: Annotated[Door, needs("head-of-service")]) -> Done:
    """Only with proof of that (INT-9)."""
    await known(door, report_id)

    def command(ref: UUID | None) -> To:
        return To("report", report_id, report.HoldFalse(door.actor.person_id, ref, door.now))

    return await door.command(command, personal={"text": body.proof} if body.proof else None, about=report_id)
