"""What each event of our own tells the others: ids, codes and states, never a word of what was found."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from cg_contracts import audit
from cg_contracts.base import Contract
from services.audit.domain import engagement, unit
from services.audit.domain.engagement import scope_units
from services.audit.domain.finding import STANDS, Said


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
