"""Engagements from their plan to their closing."""

from __future__ import annotations

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import Field

from cg_contracts.audit import EngagementType
from cg_contracts.base import Code
from cg_kit.http import Body, Done, Door, Limit, needs
from cg_kit.pure import To
from services.audit import queries
from services.audit.api.shared import AUDITOR, COMMISSIONER, HEAD, MANAGER, Short, Tongues, Units, Words, known, must_work_on, order
from services.audit.domain import engagement
from services.audit.domain.engagement import Status

router = APIRouter()


class BriefGiven(Body):
    """What is to be audited, why, when and for how many days; a follow-up names the recommendations that it verifies."""

    kind: EngagementType
    title: Tongues
    unit_ids: Units
    reason_code: Code
    starts_on: date
    days: Annotated[int, Field(ge=1, le=1000)]
    follows: list[UUID] = Field(default_factory=list, max_length=200)

    def brief(self) -> engagement.Brief:
        """The same in the domain's words."""
        units = tuple(dict.fromkeys(self.unit_ids))
        return engagement.Brief(self.kind, self.title.text(), units, self.reason_code, self.starts_on, self.days, None, tuple(self.follows))


class EngagementPlanned(BriefGiven):
    """An engagement outside the year plan; without `engagement_id` it is given one."""

    engagement_id: UUID | None = None


class TeamGiven(Body):
    """Who leads, and who else works on it."""

    lead: UUID
    team: list[UUID] = Field(default_factory=list, max_length=30)


class EngagementAnnounced(TeamGiven):
    """Who has it, and when the work begins."""

    starts_on: date


class EngagementDeferred(Body):
    """To which day, and why."""

    starts_on: date
    reason_code: Code


class EngagementStopped(Body):
    """Why it will not take place."""

    reason_code: Code


class ScopeGiven(Body):
    """The objectives, what is looked at and what is not, and against what (laws, circulars such as CP3, standards)."""

    objectives: Tongues
    included: Tongues
    excluded: Tongues = Field(default_factory=Tongues)
    criteria: Annotated[list[Short], Field(min_length=1, max_length=50)]


class IndependenceDeclared(Body):
    """For these units the caller declares to have been responsible for nothing during the last twelve months."""

    unit_ids: Units


class ProgrammeDrawnUp(Body):
    """The work programme."""

    programme: Words


class ReportConcluded(Body):
    """The opinion of the report."""

    opinion: Tongues


class ReplyGiven(Body):
    """What the unit says of the draft."""

    unit_id: UUID
    text: Words


@router.get("/engagements", summary="Engagements")
async def list_engagements(
    door: Annotated[Door, needs(AUDITOR, HEAD, COMMISSIONER)],
    status: Annotated[Status | None, Query()] = None,
    after: Annotated[UUID | None, Query(description="`next` of the page before.")] = None,
    limit: Limit = 500,
) -> queries.engagements.EngagementsSeen:
    """How far each is; an auditor sees those on whose team they are."""
    mine = None if door.actor.roles & {HEAD, COMMISSIONER} else door.actor.person_id
    return await queries.engagements.engagements(door, status, mine, after, limit)


@router.get("/engagements/{engagement_id}", summary="An engagement with its working papers")
async def show_engagement(engagement_id: UUID, door: Annotated[Door, needs(AUDITOR, HEAD)]) -> queries.engagements.EngagementSeen:
    """For its team and the head of audit."""
    it, version = await known(door, engagement_id)
    must_work_on(door, it)
    door.tag(version)
    return queries.engagements.engagement_seen(engagement_id, it, version)


@router.post("/engagements", summary="Plan an engagement outside the year plan")
async def plan_engagement(body: EngagementPlanned, door: Annotated[Door, needs(HEAD)]) -> Done:
    """Of any kind; those of the year plan come with its approval."""
    brief = EngagementPlanned.brief(body)
    await queries.universe.must_exist(door, brief.unit_ids)
    return await door.command(To("engagement", body.engagement_id or door.new_id(), engagement.Plan(brief, door.actor.person_id, door.now)))


@router.post("/engagements/{engagement_id}/confirmation", summary="Plan what was proposed, or take up again what was put off")
async def confirm_engagement(engagement_id: UUID, body: BriefGiven, door: Annotated[Door, needs(HEAD)]) -> Done:
    """Signals of others propose special engagements; only the head of audit plans them."""
    brief = body.brief()
    await queries.universe.must_exist(door, brief.unit_ids)
    return await order(door, engagement_id, engagement.Confirm(brief, door.actor.person_id, door.now))


@router.post("/engagements/{engagement_id}/announcement", summary="Announce an engagement to its units")
async def announce_engagement(engagement_id: UUID, body: EngagementAnnounced, door: Annotated[Door, needs(HEAD)]) -> Done:
    """With the lead auditor and the team who have it from now on."""
    announce = engagement.Announce(body.lead, tuple(dict.fromkeys(body.team)), body.starts_on, door.actor.person_id, door.now)
    return await order(door, engagement_id, announce)


@router.post("/engagements/{engagement_id}/deferral", summary="Put an engagement off")
async def defer_engagement(engagement_id: UUID, body: EngagementDeferred, door: Annotated[Door, needs(HEAD)]) -> Done:
    """Before the planning of the work has begun."""
    return await order(door, engagement_id, engagement.Defer(body.starts_on, body.reason_code, door.actor.person_id, door.now))


@router.post("/engagements/{engagement_id}/cancellation", summary="Give an engagement up")
async def cancel_engagement(engagement_id: UUID, body: EngagementStopped, door: Annotated[Door, needs(HEAD)]) -> Done:
    """Before the planning of the work has begun; no directorate can."""
    return await order(door, engagement_id, engagement.Cancel(body.reason_code, door.actor.person_id, door.now))


@router.post("/engagements/{engagement_id}/team", summary="Change who works on an engagement")
async def set_team(engagement_id: UUID, body: TeamGiven, door: Annotated[Door, needs(HEAD)]) -> Done:
    """Once the fieldwork has begun only who has declared to be independent (AUD-2)."""
    return await order(door, engagement_id, engagement.SetTeam(body.lead, tuple(dict.fromkeys(body.team)), door.actor.person_id, door.now))


@router.post("/engagements/{engagement_id}/scope", summary="Say what is looked at")
async def set_scope(engagement_id: UUID, body: ScopeGiven, door: Annotated[Door, needs(AUDITOR, HEAD)]) -> Done:
    """By the lead auditor."""
    scope = engagement.Scope(body.objectives.text(), body.included.text(), body.excluded.text(), tuple(body.criteria))
    return await order(door, engagement_id, engagement.SetScope(scope, door.actor.person_id, door.now))


@router.post("/engagements/{engagement_id}/declarations", summary="Declare to be independent of units in scope")
async def declare_independence(engagement_id: UUID, body: IndependenceDeclared, door: Annotated[Door, needs(AUDITOR, HEAD)]) -> Done:
    """For oneself; refused where org knows that the caller held a post in the unit during the last twelve months (AUD-2)."""
    held = await queries.posts.held_lately(door, door.actor.person_id)
    return await order(door, engagement_id, engagement.Declare(door.actor.person_id, tuple(dict.fromkeys(body.unit_ids)), held, door.now))


@router.post("/engagements/{engagement_id}/programme", summary="Draw up the work programme")
async def draw_up(engagement_id: UUID, body: ProgrammeDrawnUp, door: Annotated[Door, needs(AUDITOR, HEAD)]) -> Done:
    """By the lead auditor."""
    return await order(door, engagement_id, engagement.DrawUp(body.programme, door.actor.person_id, door.now))


@router.post("/engagements/{engagement_id}/programme/approval", summary="Approve the work programme and begin the fieldwork")
async def approve_programme(engagement_id: UUID, door: Annotated[Door, needs(HEAD)]) -> Done:
    """By another than who drew it up, once the whole team has declared (AUD-2)."""
    return await order(door, engagement_id, engagement.ApproveProgramme(door.actor.person_id, door.now))


@router.post("/engagements/{engagement_id}/conclusion", summary="End the fieldwork with an opinion")
async def conclude(engagement_id: UUID, body: ReportConcluded, door: Annotated[Door, needs(AUDITOR, HEAD)]) -> Done:
    """By the lead auditor; the report is a draft from now on."""
    return await order(door, engagement_id, engagement.Conclude(body.opinion.text(), door.actor.person_id, door.now))


@router.post("/engagements/{engagement_id}/draft", summary="Send the draft report to the units")
async def send_draft(engagement_id: UUID, door: Annotated[Door, needs(AUDITOR, HEAD)]) -> Done:
    """By the lead auditor; the units have 15 working days to reply."""
    return await order(door, engagement_id, engagement.SendDraft(door.actor.person_id, door.now))


@router.post("/engagements/{engagement_id}/replies", summary="Reply to the draft report for a unit")
async def reply(engagement_id: UUID, body: ReplyGiven, door: Annotated[Door, needs(MANAGER)]) -> Done:
    """By who heads the unit, or a unit above it; a late reply is taken as long as the report is not final."""
    await known(door, engagement_id)
    if body.unit_id not in await queries.posts.headed_by(door, door.actor.person_id):
        raise door.deny("AUD-NEED")
    command = engagement.TakeReply(body.unit_id, body.text, door.actor.person_id, door.now)
    return await door.command(To("engagement", engagement_id, command))


@router.post("/engagements/{engagement_id}/report", summary="Make the report final")
async def finalise(engagement_id: UUID, door: Annotated[Door, needs(HEAD)]) -> Done:
    """By another than the lead auditor, once every unit has replied or its silence is on record; from now on nothing in it changes (AUD-3)."""
    return await order(door, engagement_id, engagement.Finalise(door.actor.person_id, door.now))


@router.post("/engagements/{engagement_id}/closure", summary="Close an engagement")
async def close_engagement(engagement_id: UUID, door: Annotated[Door, needs(HEAD)]) -> Done:
    """Its recommendations are followed up until audit closes each (AUD-4)."""
    return await order(door, engagement_id, engagement.Close(door.actor.person_id, door.now))
