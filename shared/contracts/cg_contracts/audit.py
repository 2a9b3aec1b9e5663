"""Spoken by internal audit on cg.audit.events: ids, codes and states, never a word of a finding; keyed by what it is about."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import Field

from cg_contracts.base import Code, Fact, Gap, Instant, Refusal, Rejection, Sign, Tier
from cg_contracts.levels import Level

AUDITING = "Law of 7 December 1998 (integrated police), art. 99: the commissioner-general has audits carried out; IIA Global Internal Audit Standards 2024"
UNITS = Annotated[tuple[UUID, ...], Field(min_length=1, max_length=50)]


class EngagementType(StrEnum):
    """What an audit engagement (auditopdracht, mission d'audit) is for."""

    ASSURANCE = "assurance"
    ADVISORY = "advisory"
    FOLLOW_UP = "follow_up"
    SPECIAL = "special"


class Severity(StrEnum):
    """How bad a finding is: law breached or safety threatened now, a key control missing, a control weak, an improvement."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


class Theme(StrEnum):
    """What a finding is about: who reacts to it, follows from this."""

    INTEGRITY = "integrity"
    PERSONNEL_SECURITY = "personnel_security"
    INFORMATION_SECURITY = "information_security"
    PRIVACY = "privacy"
    BUDGET = "budget"
    STAFF = "staff"
    SAFETY = "safety"
    GOVERNANCE = "governance"
    OPERATIONS = "operations"
    LEGALITY = "legality"


class RecommendationSource(StrEnum):
    """Who recommends: audit itself, or another body whose recommendations are followed up in the same register."""

    AUDIT = "audit"
    COURT_OF_AUDIT = "court_of_audit"
    COMITE_P = "comite_p"
    GENERAL_INSPECTORATE = "general_inspectorate"
    COC = "coc"
    OTHER = "other"


class Decision(StrEnum):
    """What management says to a recommendation."""

    ACCEPTED = "accepted"
    PARTIALLY_ACCEPTED = "partially_accepted"
    REJECTED = "rejected"


class EscalatedTo(StrEnum):
    """Who is told of a recommendation that is late: its owner, the director above, the commissioner-general."""

    OWNER = "owner"
    DIRECTOR = "director"
    COMMISSIONER_GENERAL = "commissioner_general"


THEMES = Annotated[tuple[Theme, ...], Field(min_length=1, max_length=10)]


# Refusals


class RequestRefusedV1(
    Refusal,
    Fact,
    type="be.police.cg.audit.RequestRefused.v1",
    key="request_event_id",
    numbered=False,
    tier=Tier.T1,
    legal_basis=AUDITING,
    purpose="answer to who asked",
):
    """A request to audit was understood and will not be done, for the rule that it names."""


class MessageRejectedV1(
    Rejection,
    Fact,
    type="be.police.cg.audit.MessageRejected.v1",
    key="topic",
    numbered=False,
    tier=Tier.T1,
    purpose="tells a publisher what to mend",
):
    """What was published to audit could not be taken as a message, and had no effect."""


class SequenceGapNoticedV1(
    Gap,
    Fact,
    type="be.police.cg.audit.SequenceGapNoticed.v1",
    key="topic",
    numbered=False,
    tier=Tier.T1,
    purpose="warns a publisher that numbers are missing",
):
    """A message was taken whose `sequence` is not the one after the last that came for its subject: messages may be missing."""


class CanaryV1(
    Sign,
    Fact,
    type="be.police.cg.audit.Canary.v1",
    key="lane",
    numbered=False,
    tier=Tier.T0,
    purpose="shows each minute that what audit says reaches who hears it",
):
    """The way from audit's journal to its listeners is open; nothing else happened, and nobody has to do anything."""


# The universe


class AuditRiskSignalReceivedV1(
    Fact,
    type="be.police.cg.audit.AuditRiskSignalReceived.v1",
    key="unit_id",
    tier=Tier.T1,
    legal_basis=AUDITING,
    purpose="audit where the risk is",
):
    """Something that was said of a unit, here or by another service, counts in its risk, which is this high from now on."""

    unit_id: UUID
    signal: Code
    said_by: Code
    score: Annotated[int, Field(ge=0, le=100)]


# Engagements


class AuditEngagementAnnouncedV1(
    Fact,
    type="be.police.cg.audit.AuditEngagementAnnounced.v1",
    key="engagement_id",
    tier=Tier.T1,
    legal_basis=AUDITING,
    purpose="units know that they are audited",
):
    """These units are told that they will be audited, of what kind, and when the work begins."""

    engagement_id: UUID
    unit_ids: UNITS
    kind: EngagementType
    starts_on: date


class AuditFieldworkStartedV1(
    Fact,
    type="be.police.cg.audit.AuditFieldworkStarted.v1",
    key="engagement_id",
    tier=Tier.T1,
    legal_basis=AUDITING,
    purpose="units know that they are audited",
):
    """The work programme is approved, every auditor has declared to be independent of every unit in scope (AUD-2), and work in the units has begun."""

    engagement_id: UUID
    unit_ids: UNITS
    kind: EngagementType


class AuditEngagementCalledOffV1(
    Fact,
    type="be.police.cg.audit.AuditEngagementCalledOff.v1",
    key="engagement_id",
    tier=Tier.T1,
    legal_basis=AUDITING,
    purpose="units know that they are audited",
):
    """An engagement does not take place as planned: it is put off, or will not take place at all."""

    engagement_id: UUID
    unit_ids: UNITS
    deferred: bool
    reason_code: Code


class AuditFindingRaisedV1(
    Fact,
    type="be.police.cg.audit.AuditFindingRaised.v1",
    key="engagement_id",
    tier=Tier.T3,
    legal_basis=AUDITING,
    purpose="what is wrong is mended",
):
    """A gap between what is and what should be, with its cause, effect and evidence, stands in this unit; what it says stays with audit and the unit."""

    engagement_id: UUID
    finding_id: UUID
    unit_id: UUID
    severity: Severity
    themes: THEMES
    classification: Level | None = None
    """The highest level of the annexes that it refers to; itself it is not classified."""
    repeats: Annotated[tuple[UUID, ...], Field(max_length=20)] = ()
    """Earlier findings on one of the themes in the unit, of the last three years."""
    supersedes: UUID | None = None


class CriticalFindingEscalatedV1(
    Fact,
    type="be.police.cg.audit.CriticalFindingEscalated.v1",
    key="engagement_id",
    tier=Tier.T3,
    legal_basis=AUDITING,
    purpose="the commissioner-general knows the same day",
):
    """A critical finding stands on the commissioner-general's list since the day on which it was raised, before any report."""

    engagement_id: UUID
    finding_id: UUID
    unit_id: UUID
    themes: THEMES


class AuditFindingSupersededV1(
    Fact,
    type="be.police.cg.audit.AuditFindingSuperseded.v1",
    key="engagement_id",
    tier=Tier.T3,
    legal_basis=AUDITING,
    purpose="what is wrong is mended",
):
    """A finding no longer counts: another, told of apart, stands in its place (AUD-3)."""

    engagement_id: UUID
    finding_id: UUID
    unit_id: UUID
    superseded_by: UUID


class AuditFindingClosedV1(
    Fact,
    type="be.police.cg.audit.AuditFindingClosed.v1",
    key="engagement_id",
    tier=Tier.T3,
    legal_basis=AUDITING,
    purpose="what is wrong is mended",
):
    """Nothing is open any more on a finding; only audit closes one (AUD-4)."""

    engagement_id: UUID
    finding_id: UUID
    unit_id: UUID


class AuditDraftReportIssuedV1(
    Fact,
    type="be.police.cg.audit.AuditDraftReportIssued.v1",
    key="engagement_id",
    tier=Tier.T1,
    legal_basis=AUDITING,
    purpose="right of reply",
):
    """The audited units may read the draft of the report, and reply to it until this instant."""

    engagement_id: UUID
    unit_ids: UNITS
    reply_due_at: Instant


class AuditReplyRecordedV1(
    Fact,
    type="be.police.cg.audit.AuditReplyRecorded.v1",
    key="engagement_id",
    tier=Tier.T1,
    legal_basis=AUDITING,
    purpose="right of reply",
):
    """A unit has replied to the draft, in time or late; or it has not (`replied` is false), which is on record and keeps nothing from going on."""

    engagement_id: UUID
    unit_id: UUID
    replied: bool
    late: bool = False


class AuditFinalReportIssuedV1(
    Fact,
    type="be.police.cg.audit.AuditFinalReportIssued.v1",
    key="engagement_id",
    tier=Tier.T1,
    legal_basis=AUDITING,
    purpose="what is wrong is mended",
):
    """The report is final: what it finds is frozen (AUD-3), and each recommendation is told of apart to who is to answer it."""

    engagement_id: UUID
    unit_ids: UNITS
    kind: EngagementType
    findings: Annotated[int, Field(ge=0)]
    recommendations: Annotated[int, Field(ge=0)]


class AuditEngagementClosedV1(
    Fact,
    type="be.police.cg.audit.AuditEngagementClosed.v1",
    key="engagement_id",
    tier=Tier.T1,
    legal_basis=AUDITING,
    purpose="what is wrong is mended",
):
    """The work on an engagement is over; its recommendations are followed up until audit closes each."""

    engagement_id: UUID
    unit_ids: UNITS


# The year plan


class AuditPlanApprovedV1(
    Fact,
    type="be.police.cg.audit.AuditPlanApproved.v1",
    key="plan_id",
    tier=Tier.T1,
    legal_basis=AUDITING,
    purpose="audit where the risk is",
):
    """These engagements are to take place in this year, by the commissioner-general's approval; a later version takes the place of the one before."""

    plan_id: UUID
    year: Annotated[int, Field(ge=2000, le=2200)]
    version: Annotated[int, Field(ge=1)]
    engagement_ids: Annotated[tuple[UUID, ...], Field(max_length=200)]
    unit_ids: Annotated[tuple[UUID, ...], Field(max_length=500)]


class AuditPlanDeadlineMissedV1(
    Fact,
    type="be.police.cg.audit.AuditPlanDeadlineMissed.v1",
    key="plan_id",
    tier=Tier.T1,
    legal_basis=AUDITING,
    purpose="audit where the risk is",
):
    """The plan of this year was not approved before the last day of the year before; it still can be."""

    plan_id: UUID
    year: Annotated[int, Field(ge=2000, le=2200)]
    due_at: Instant


# Recommendations; one without an owner's post is the commissioner-general's


class AuditRecommendationIssuedV1(
    Fact,
    type="be.police.cg.audit.AuditRecommendationIssued.v1",
    key="recommendation_id",
    tier=Tier.T1,
    legal_basis=AUDITING,
    purpose="what was recommended is done",
):
    """Who owns this recommendation, of audit or of another body, is to answer it by the first instant, and to have it done by the day."""

    recommendation_id: UUID
    unit_id: UUID
    owner_post_id: UUID | None = None
    source: RecommendationSource
    engagement_id: UUID | None = None
    finding_ids: Annotated[tuple[UUID, ...], Field(max_length=50)] = ()
    priority: Severity
    response_due_at: Instant
    target_on: date


class ManagementResponseRecordedV1(
    Fact,
    type="be.police.cg.audit.ManagementResponseRecorded.v1",
    key="recommendation_id",
    tier=Tier.T1,
    legal_basis=AUDITING,
    purpose="what was recommended is done",
):
    """Management has answered: it will be done, in part, or not; a late answer counts."""

    recommendation_id: UUID
    unit_id: UUID
    owner_post_id: UUID | None = None
    decision: Decision
    late: bool = False


class ManagementResponseOverdueV1(
    Fact,
    type="be.police.cg.audit.ManagementResponseOverdue.v1",
    key="recommendation_id",
    tier=Tier.T1,
    legal_basis=AUDITING,
    purpose="what was recommended is done",
):
    """Nobody has answered in time; the answer is late, and still owed."""

    recommendation_id: UUID
    unit_id: UUID
    owner_post_id: UUID | None = None
    due_at: Instant


class RiskAcceptedByManagementV1(
    Fact,
    type="be.police.cg.audit.RiskAcceptedByManagement.v1",
    key="recommendation_id",
    tier=Tier.T3,
    legal_basis=AUDITING,
    purpose="what was recommended is done",
):
    """What was rejected is not done: the commissioner-general accepts the risk, as it was stated, until this day."""

    recommendation_id: UUID
    unit_id: UUID
    owner_post_id: UUID | None = None
    review_on: date


class RiskAcceptanceLapsedV1(
    Fact,
    type="be.police.cg.audit.RiskAcceptanceLapsed.v1",
    key="recommendation_id",
    tier=Tier.T3,
    legal_basis=AUDITING,
    purpose="what was recommended is done",
):
    """The risk is accepted no more, because what it rests on changed or its day has come; the recommendation is to be answered anew."""

    recommendation_id: UUID
    unit_id: UUID
    owner_post_id: UUID | None = None
    reason_code: Code
    response_due_at: Instant


class RecommendationOverruledV1(
    Fact,
    type="be.police.cg.audit.RecommendationOverruled.v1",
    key="recommendation_id",
    tier=Tier.T1,
    legal_basis=AUDITING,
    purpose="what was recommended is done",
):
    """What management rejected is to be done all the same, by the commissioner-general's decision."""

    recommendation_id: UUID
    unit_id: UUID
    owner_post_id: UUID | None = None


class RecommendationExtendedV1(
    Fact,
    type="be.police.cg.audit.RecommendationExtended.v1",
    key="recommendation_id",
    tier=Tier.T1,
    legal_basis=AUDITING,
    purpose="what was recommended is done",
):
    """It is due on a later day; the first one is kept, and lateness is shown against both."""

    recommendation_id: UUID
    unit_id: UUID
    owner_post_id: UUID | None = None
    target_on: date
    first_target_on: date
    extensions: Annotated[int, Field(ge=1)]


class RecommendationDueSoonV1(
    Fact,
    type="be.police.cg.audit.RecommendationDueSoon.v1",
    key="recommendation_id",
    tier=Tier.T1,
    legal_basis=AUDITING,
    purpose="what was recommended is done",
):
    """So many days are left before it is due."""

    recommendation_id: UUID
    unit_id: UUID
    owner_post_id: UUID | None = None
    target_on: date
    days_left: Annotated[int, Field(ge=0)]


class ActionOverdueV1(
    Fact,
    type="be.police.cg.audit.ActionOverdue.v1",
    key="recommendation_id",
    tier=Tier.T1,
    legal_basis=AUDITING,
    purpose="what was recommended is done",
):
    """It is late by so many days, against the date that holds and against the first one, and this one is told."""

    recommendation_id: UUID
    unit_id: UUID
    owner_post_id: UUID | None = None
    target_on: date
    first_target_on: date
    days_late: Annotated[int, Field(ge=1)]
    days_late_first: Annotated[int, Field(ge=1)]
    escalated_to: EscalatedTo


class RecommendationReportedDoneV1(
    Fact,
    type="be.police.cg.audit.RecommendationReportedDone.v1",
    key="recommendation_id",
    tier=Tier.T1,
    legal_basis=AUDITING,
    purpose="what was recommended is done",
):
    """Its owner says that it is done; audit has not looked yet, and only audit closes it (AUD-4)."""

    recommendation_id: UUID
    unit_id: UUID
    owner_post_id: UUID | None = None


class RecommendationReopenedV1(
    Fact,
    type="be.police.cg.audit.RecommendationReopened.v1",
    key="recommendation_id",
    tier=Tier.T1,
    legal_basis=AUDITING,
    purpose="what was recommended is done",
):
    """Audit has looked, and it is not done."""

    recommendation_id: UUID
    unit_id: UUID
    owner_post_id: UUID | None = None
    days_late: Annotated[int, Field(ge=0)]
    reopened: Annotated[int, Field(ge=1)]


class RecommendationClosedV1(
    Fact,
    type="be.police.cg.audit.RecommendationClosed.v1",
    key="recommendation_id",
    tier=Tier.T1,
    legal_basis=AUDITING,
    purpose="what was recommended is done",
):
    """Audit has seen that it is done, so many days late against either date."""

    recommendation_id: UUID
    unit_id: UUID
    owner_post_id: UUID | None = None
    days_late: Annotated[int, Field(ge=0)]
    days_late_first: Annotated[int, Field(ge=0)]


class RecommendationReownedV1(
    Fact,
    type="be.police.cg.audit.RecommendationReowned.v1",
    key="recommendation_id",
    tier=Tier.T1,
    legal_basis=AUDITING,
    purpose="what was recommended is done",
):
    """Another post answers for it from now on, or it is in another unit (AUD-7)."""

    recommendation_id: UUID
    unit_id: UUID
    owner_post_id: UUID | None = None
    from_post_id: UUID | None = None
    from_unit_id: UUID
    reason_code: Code


class RecommendationUnplacedV1(
    Fact,
    type="be.police.cg.audit.RecommendationUnplaced.v1",
    key="recommendation_id",
    tier=Tier.T1,
    legal_basis=AUDITING,
    purpose="what was recommended is done",
):
    """Ten working days after its unit was split nobody has said to which part it belongs: the commissioner-general is told."""

    recommendation_id: UUID
    unit_id: UUID
