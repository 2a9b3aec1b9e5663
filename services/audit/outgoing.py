"""What each event of our own tells the others: ids, codes and states, never a word of what was found."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from uuid import UUID

from cg_contracts import audit, integrity, org
from cg_contracts.base import Contract
from cg_kit.pure.terms import day_of
from services.audit.domain import engagement, impact, plan, recommendation, unit
from services.audit.domain.engagement import scope_units
from services.audit.domain.finding import STANDS, Said
from services.audit.domain.recommendation import days_late, extensions


def nothing(_id: UUID, _event: object, _state: object) -> Iterable[Contract]:
    """What is kept for ourselves alone is told to nobody."""
    return ()


def unit_tells(unit_id: UUID, event: unit.Event, _state: unit.Unit) -> Iterable[Contract]:
    """The public messages of one event of a unit."""
    if isinstance(event, unit.Heard):
        yield audit.AuditRiskSignalReceivedV1(unit_id=unit_id, signal=event.signal.code, said_by=event.signal.said_by, score=event.score)


def engagement_tells(engagement_id: UUID, event: engagement.Event, state: engagement.Engagement) -> Iterable[Contract]:
    """The public messages of one event of an engagement."""
    assert state.brief
    about = {"engagement_id": engagement_id, "unit_ids": scope_units(state)}
    match event:
        case engagement.Announced(starts_on=starts_on):
            yield audit.AuditEngagementAnnouncedV1(**about, kind=state.brief.kind, starts_on=starts_on)
        case engagement.FieldworkStarted():
            yield audit.AuditFieldworkStartedV1(**about, kind=state.brief.kind)
        case engagement.Deferred(reason=reason) if state.announced_at:
            yield audit.AuditEngagementCalledOffV1(**about, deferred=True, reason_code=reason)
        case engagement.EngagementCancelled(reason=reason) if state.announced_at:
            yield audit.AuditEngagementCalledOffV1(**about, deferred=False, reason_code=reason)
        case engagement.FindingRaised(finding_id, said, repeats, classification, supersedes):
            yield audit.AuditFindingRaisedV1(
                engagement_id=engagement_id,
                finding_id=finding_id,
                unit_id=said.unit_id,
                severity=said.severity,
                themes=said.themes,
                classification=classification,
                repeats=repeats[:20],
                supersedes=supersedes,
            )
        case engagement.Escalated(finding_id):
            said = _said(state, finding_id)
            yield audit.CriticalFindingEscalatedV1(engagement_id=engagement_id, finding_id=finding_id, unit_id=said.unit_id, themes=said.themes)
        case engagement.FindingSuperseded(finding_id, by_finding_id):
            unit_id = _said(state, finding_id).unit_id
            yield audit.AuditFindingSupersededV1(engagement_id=engagement_id, finding_id=finding_id, unit_id=unit_id, superseded_by=by_finding_id)
        case engagement.FindingClosed(finding_id):
            yield audit.AuditFindingClosedV1(engagement_id=engagement_id, finding_id=finding_id, unit_id=_said(state, finding_id).unit_id)
        case engagement.Referred(referral) if referral.destination is engagement.Destination.INTEGRITY:
            yield integrity.IntegrityMatterReferredV1(
                request_id=referral.matter_id,
                requester_ref=f"engagement:{engagement_id}",
                unit_id=referral.unit_id,
                category=referral.category,
                facts_on=referral.facts_on,
            )
        case engagement.DraftSent(reply_due_at):
            yield audit.AuditDraftReportIssuedV1(**about, reply_due_at=reply_due_at)
        case engagement.Replied(reply, late):
            yield audit.AuditReplyRecordedV1(engagement_id=engagement_id, unit_id=reply.unit_id, replied=True, late=late)
        case engagement.StayedSilent(unit_id):
            yield audit.AuditReplyRecordedV1(engagement_id=engagement_id, unit_id=unit_id, replied=False)
        case engagement.Finalised():
            stands = [each for each in state.findings if each.standing in STANDS]
            yield audit.AuditFinalReportIssuedV1(**about, kind=state.brief.kind, findings=len(stands), recommendations=len(state.advices))
        case engagement.EngagementClosed():
            yield audit.AuditEngagementClosedV1(**about)
        case _:
            pass


def _said(state: engagement.Engagement, finding_id: UUID) -> Said:
    finding = engagement.find(state, finding_id)
    assert finding
    return finding.said


def plan_tells(plan_id: UUID, event: plan.Event, state: plan.AuditPlan) -> Iterable[Contract]:
    """The public messages of one event of a plan."""
    match event:
        case plan.PlanApproved():
            assert state.approved
            lines = state.approved.lines
            yield audit.AuditPlanApprovedV1(
                plan_id=plan_id,
                year=state.year,
                version=state.version,
                engagement_ids=tuple(line.engagement_id for line in lines),
                unit_ids=tuple(dict.fromkeys(unit_id for line in lines for unit_id in line.unit_ids))[:500],
            )
        case plan.ApprovalOverdue(at):
            yield audit.AuditPlanDeadlineMissedV1(plan_id=plan_id, year=state.year, due_at=at)
        case _:
            pass


def recommendation_tells(recommendation_id: UUID, event: recommendation.Event, state: recommendation.Recommendation) -> Iterable[Contract]:
    """The public messages of one event of a recommendation."""
    assert state.unit_id
    assert state.target_on
    assert state.first_target_on
    assert state.response_due_at
    about = {"recommendation_id": recommendation_id, "unit_id": state.unit_id, "owner_post_id": state.owner_post_id}
    match event:
        case recommendation.Issued():
            yield audit.AuditRecommendationIssuedV1(
                **about,
                source=event.source,
                engagement_id=event.engagement_id,
                finding_ids=event.finding_ids,
                priority=event.priority,
                response_due_at=event.response_due_at,
                target_on=event.target_on,
            )
        case recommendation.RecommendationAnswered(_, decision, late=late):
            yield audit.ManagementResponseRecordedV1(**about, decision=decision, late=late)
        case recommendation.ResponseOverdue(at):
            yield audit.ManagementResponseOverdueV1(**about, due_at=at)
        case recommendation.RiskAccepted(accepted):
            yield audit.RiskAcceptedByManagementV1(**about, review_on=accepted.review_on)
        case recommendation.AcceptanceLapsed(reason, response_due_at):
            yield audit.RiskAcceptanceLapsedV1(**about, reason_code=reason, response_due_at=response_due_at)
        case recommendation.Overruled():
            yield audit.RecommendationOverruledV1(**about)
        case recommendation.Extended(target_on):
            yield audit.RecommendationExtendedV1(**about, target_on=target_on, first_target_on=state.first_target_on, extensions=extensions(state))
        case recommendation.Reminded(_, days):
            yield audit.RecommendationDueSoonV1(**about, target_on=state.target_on, days_left=days)
        case recommendation.OverdueEscalated(_, to, at=at):
            now, first = days_late(state, day_of(at))
            yield audit.ActionOverdueV1(
                **about,
                target_on=state.target_on,
                first_target_on=state.first_target_on,
                days_late=now,
                days_late_first=first,
                escalated_to=to,
            )
        case recommendation.ReportedDone():
            yield audit.RecommendationReportedDoneV1(**about)
        case recommendation.Reopened(at=at):
            reopened = sum(claim.verified is False for claim in state.claims)
            yield audit.RecommendationReopenedV1(**about, days_late=days_late(state, day_of(at))[0], reopened=reopened)
        case recommendation.RecommendationClosed(at=at):
            now, first = days_late(state, day_of(at))
            yield audit.RecommendationClosedV1(**about, days_late=now, days_late_first=first)
        case recommendation.Reowned(from_post_id, from_unit_id, _, _, reason):
            yield audit.RecommendationReownedV1(**about, from_post_id=from_post_id, from_unit_id=from_unit_id, reason_code=reason)
        case recommendation.Unplaced():
            yield audit.RecommendationUnplacedV1(recommendation_id=recommendation_id, unit_id=state.unit_id)
        case _:
            pass


def impact_tells(reorganisation_id: UUID, _event: impact.Event, state: impact.Impact) -> Iterable[Contract]:
    """What a reorganisation touches here, in one message; once more when something was found late."""
    if state.status is impact.Status.REPORTED:
        left = impact.unplaced(state)
        posts = Counter(each.post_id for each in state.items if each.post_id is not None)
        yield org.ReorganisationImpactReportedV1(
            reorganisation_id=reorganisation_id,
            open_items=len({each.id for each in state.items}),
            unmapped_total=len(left),
            unmapped_ids=left[:100],
            posts=tuple(org.PostImpact(post_id=post_id, open_items=n) for post_id, n in list(posts.items())[:500]),
        )
