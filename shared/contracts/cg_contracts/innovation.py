"""Spoken by the innovation service on cg.innovation.events, keyed by what it is about; texts and reasons stay there, codes travel."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import Field, StringConstraints

from cg_contracts.base import Code, Fact, FieldPath, Id, Instant, Rule, Tier

TASK = "Royal Decree of 14 November 2006 (organisation and competences of the Federal Police); task of the innovation service"
CHANNEL = "ideas that are answered"

Themes = Annotated[tuple[Code, ...], Field(max_length=20)]
"""What something is about, as codes."""


class PilotStage(StrEnum):
    """How far a pilot has come, for the idea that it tries out."""

    PROPOSED = "proposed"
    APPROVED = "approved"
    REJECTED = "rejected"
    STARTED = "started"
    EXTENDED = "extended"
    ENDED = "ended"
    STOPPED = "stopped"
    SCALED = "scaled"


class BenefitOutcome(StrEnum):
    """What an idea has brought, some time after a unit adopted it."""

    REALISED = "realised"
    PARTLY_REALISED = "partly_realised"
    NOT_REALISED = "not_realised"


# Refusals


class RequestRefusedV1(
    Fact,
    type="be.police.cg.innovation.RequestRefused.v1",
    key="request_event_id",
    numbered=False,
    tier=Tier.T1,
    legal_basis=TASK,
    purpose="answer to who asked",
):
    """A request to innovation was understood and will not be done, for the rule that it names."""

    request_type: Id
    request_event_id: Id
    request_id: UUID | None = None
    rule: Rule
    field: FieldPath | None = None


class MessageRejectedV1(
    Fact,
    type="be.police.cg.innovation.MessageRejected.v1",
    key="topic",
    numbered=False,
    tier=Tier.T1,
    purpose="tells a publisher what to mend",
):
    """What was published to innovation could not be taken as a message, and had no effect."""

    message_id: Id | None = None
    message_type: Id | None = None
    message_source: Id | None = None
    topic: Id
    partition: Annotated[int, Field(ge=0)]
    offset: Annotated[int, Field(ge=0)]
    rule: Rule
    field: FieldPath | None = None
    mend: Annotated[str, StringConstraints(max_length=500)]


class SequenceGapNoticedV1(
    Fact,
    type="be.police.cg.innovation.SequenceGapNoticed.v1",
    key="topic",
    numbered=False,
    tier=Tier.T1,
    purpose="warns a publisher that numbers are missing",
):
    """A message was taken whose `sequence` is not the one after the last that came for its subject: messages may be missing."""

    message_id: Id
    message_type: Id
    message_subject: Id
    topic: Id
    partition: Annotated[int, Field(ge=0)]
    offset: Annotated[int, Field(ge=0)]
    expected: Annotated[int, Field(ge=1)]
    received: Annotated[int, Field(ge=1)]


class CanaryV1(
    Fact,
    type="be.police.cg.innovation.Canary.v1",
    key="lane",
    numbered=False,
    tier=Tier.T0,
    purpose="shows each minute that what innovation says reaches who hears it",
):
    """The way from innovation's journal to its listeners is open; nothing else happened, and nobody has to do anything."""

    lane: Code
    sent_at: Instant


# Ideas


class IdeaSubmittedV1(Fact, type="be.police.cg.innovation.IdeaSubmitted.v1", key="idea_id", tier=Tier.T1, legal_basis=TASK, purpose=CHANNEL):
    """A member of staff has an idea, which is triaged and then answered with a reason before these instants, or said to be late."""

    idea_id: UUID
    unit_id: UUID
    theme_codes: Themes
    challenge_id: UUID | None = None
    triage_due_at: Instant
    answer_due_at: Instant


class IdeaTriagedV1(Fact, type="be.police.cg.innovation.IdeaTriaged.v1", key="idea_id", tier=Tier.T1, legal_basis=TASK, purpose=CHANNEL):
    """Somebody brings the idea further, and it is judged."""

    idea_id: UUID
    theme_codes: Themes


class IdeaTriageDeadlineMissedV1(
    Fact, type="be.police.cg.innovation.IdeaTriageDeadlineMissed.v1", key="idea_id", tier=Tier.T1, legal_basis=TASK, purpose=CHANNEL
):
    """Nobody has looked at the idea before this instant; it is late, and still to be done."""

    idea_id: UUID
    due_at: Instant


class IdeaAnswerDeadlineMissedV1(
    Fact, type="be.police.cg.innovation.IdeaAnswerDeadlineMissed.v1", key="idea_id", tier=Tier.T1, legal_basis=TASK, purpose=CHANNEL
):
    """The idea has no reasoned answer before this instant; it is late, and still owed."""

    idea_id: UUID
    due_at: Instant


class IdeaQualifiedV1(Fact, type="be.police.cg.innovation.IdeaQualified.v1", key="idea_id", tier=Tier.T1, legal_basis=TASK, purpose=CHANNEL):
    """The answer to the idea is that it is worth working out, for this reason."""

    idea_id: UUID
    reason_code: Code
    at: Instant


class IdeaParkedV1(Fact, type="be.police.cg.innovation.IdeaParked.v1", key="idea_id", tier=Tier.T1, legal_basis=TASK, purpose=CHANNEL):
    """The answer to the idea is not now, for this reason; it is taken up again on that day."""

    idea_id: UUID
    reason_code: Code
    until: date
    at: Instant


class IdeaRejectedV1(Fact, type="be.police.cg.innovation.IdeaRejected.v1", key="idea_id", tier=Tier.T1, legal_basis=TASK, purpose=CHANNEL):
    """The answer to the idea is no, for this reason."""

    idea_id: UUID
    reason_code: Code
    at: Instant


class IdeaResumedV1(Fact, type="be.police.cg.innovation.IdeaResumed.v1", key="idea_id", tier=Tier.T1, legal_basis=TASK, purpose=CHANNEL):
    """What was parked is taken up again."""

    idea_id: UUID
    at: Instant


class IdeaValidatedV1(Fact, type="be.police.cg.innovation.IdeaValidated.v1", key="idea_id", tier=Tier.T1, legal_basis=TASK, purpose=CHANNEL):
    """The steering board finds the concept good enough to be tried in a pilot, or done."""

    idea_id: UUID
    reason_code: Code
    at: Instant


class IdeaMergedV1(Fact, type="be.police.cg.innovation.IdeaMerged.v1", key="idea_id", tier=Tier.T1, legal_basis=TASK, purpose=CHANNEL):
    """The idea goes on as part of another one, and whoever followed it follows that one; it can be separated again."""

    idea_id: UUID
    into_idea_id: UUID
    reason_code: Code
    at: Instant


class IdeaSeparatedV1(Fact, type="be.police.cg.innovation.IdeaSeparated.v1", key="idea_id", tier=Tier.T1, legal_basis=TASK, purpose=CHANNEL):
    """The idea stands on its own again, where it stood before it was merged."""

    idea_id: UUID
    from_idea_id: UUID
    reason_code: Code
    at: Instant


class IdeaStalledV1(Fact, type="be.police.cg.innovation.IdeaStalled.v1", key="idea_id", tier=Tier.T1, legal_basis=TASK, purpose="ideas that are not lost"):
    """Nothing has moved since this instant: the owner is told the first time, the head of the service the second."""

    idea_id: UUID
    unit_id: UUID | None = None
    nth: Annotated[int, Field(ge=1, le=2)]
    since_at: Instant


class IdeaAdoptionOfferedV1(
    Fact, type="be.police.cg.innovation.IdeaAdoptionOffered.v1", key="idea_id", tier=Tier.T1, legal_basis=TASK, purpose="ideas that are realised"
):
    """A unit is asked to take over what works, and answers before this instant."""

    idea_id: UUID
    unit_id: UUID
    due_at: Instant


class IdeaAdoptionDeadlineMissedV1(
    Fact, type="be.police.cg.innovation.IdeaAdoptionDeadlineMissed.v1", key="idea_id", tier=Tier.T1, legal_basis=TASK, purpose="ideas that are realised"
):
    """The unit has not said before this instant whether it takes over what it was offered; its answer is still owed."""

    idea_id: UUID
    unit_id: UUID | None = None
    due_at: Instant


class IdeaAdoptionDeclinedV1(
    Fact, type="be.police.cg.innovation.IdeaAdoptionDeclined.v1", key="idea_id", tier=Tier.T1, legal_basis=TASK, purpose="ideas that are realised"
):
    """The unit does not take it over, for this reason; another one can be asked."""

    idea_id: UUID
    unit_id: UUID
    reason_code: Code
    at: Instant


class IdeaAdoptedV1(Fact, type="be.police.cg.innovation.IdeaAdopted.v1", key="idea_id", tier=Tier.T1, legal_basis=TASK, purpose="ideas that are realised"):
    """The unit has accepted to own it from now on (INN-8); what it brings is looked at after 6 and 12 months."""

    idea_id: UUID
    unit_id: UUID
    at: Instant


class BenefitReviewDueV1(
    Fact, type="be.police.cg.innovation.BenefitReviewDue.v1", key="idea_id", tier=Tier.T1, legal_basis=TASK, purpose="what realised ideas bring"
):
    """So many months after its adoption the owner is to say, before this instant, what the idea has brought."""

    idea_id: UUID
    unit_id: UUID | None = None
    months: Annotated[int, Field(ge=1, le=120)]
    due_at: Instant


class BenefitReviewDeadlineMissedV1(
    Fact, type="be.police.cg.innovation.BenefitReviewDeadlineMissed.v1", key="idea_id", tier=Tier.T1, legal_basis=TASK, purpose="what realised ideas bring"
):
    """The owner has not said what the idea has brought; it is late, and still owed."""

    idea_id: UUID
    unit_id: UUID | None = None
    months: Annotated[int, Field(ge=1, le=120)]
    due_at: Instant


class BenefitReviewedV1(
    Fact, type="be.police.cg.innovation.BenefitReviewed.v1", key="idea_id", tier=Tier.T1, legal_basis=TASK, purpose="what realised ideas bring"
):
    """What the idea has brought by then, as its owner says; others may reuse it."""

    idea_id: UUID
    unit_id: UUID | None = None
    months: Annotated[int, Field(ge=1, le=120)]
    outcome: BenefitOutcome
    at: Instant
