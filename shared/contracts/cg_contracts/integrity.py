"""Spoken by the integrity service on cg.integrity.events, once a day, as counts and codes; asked of it on cg.integrity.intake.<account>."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from cg_contracts.base import Code, Fact, Gap, Personal, Ref, Refusal, Rejection, Request, Sign, Tier

REPORTING = "Law of 8 December 2022 (reporting of integrity breaches in federal public bodies and the integrated police)"
REFERRED = "be.police.cg.integrity.IntegrityMatterReferred.v1"

Quarter = Annotated[str, StringConstraints(pattern=r"^[12][0-9]{3}-Q[1-4]$", max_length=7)]
"""A quarter, as `2026-Q4`."""

Words = Annotated[str, StringConstraints(min_length=1, max_length=10_000)]


class MatterCategory(StrEnum):
    """What a matter is about, coarsely."""

    CORRUPTION = "corruption"
    FRAUD = "fraud"
    CONFLICT_OF_INTEREST = "conflict_of_interest"
    ABUSE_OF_POWER = "abuse_of_power"
    MISUSE_OF_DATA = "misuse_of_data"
    PROCUREMENT = "procurement"
    OTHER = "other"


# Asked of integrity


class IntegrityMatterReferredV1(
    Request,
    type="be.police.cg.integrity.IntegrityMatterReferred.v1",
    key="request_id",
    by=("audit",),
    tier=Tier.T3,
    legal_basis=REPORTING,
    purpose="a suspicion of a breach that was met in other work (AUD-8)",
):
    """Work elsewhere has met what smells of a breach: it is handed over with the unit, the day of the facts and what was seen, and nothing is kept there."""

    request_id: UUID
    requester_ref: Ref
    unit_id: UUID
    category: MatterCategory
    facts_on: date | None = None
    what_was_seen: Annotated[Words | None, Personal("what was seen, perhaps of persons")] = None


# Refusals and rejections


class RequestRefusedV1(
    Refusal,
    Fact,
    type="be.police.cg.integrity.RequestRefused.v1",
    key="request_event_id",
    numbered=False,
    tier=Tier.T1,
    legal_basis=REPORTING,
    purpose="answer to who asked",
):
    """A request to integrity was understood and will not be done, for the rule that it names."""


class MessageRejectedV1(
    Rejection,
    Fact,
    type="be.police.cg.integrity.MessageRejected.v1",
    key="topic",
    numbered=False,
    tier=Tier.T1,
    purpose="tells a publisher what to mend",
):
    """What was published to integrity could not be taken as a message, and had no effect."""


class SequenceGapNoticedV1(
    Gap,
    Fact,
    type="be.police.cg.integrity.SequenceGapNoticed.v1",
    key="topic",
    numbered=False,
    tier=Tier.T1,
    purpose="warns a publisher that numbers are missing",
):
    """A message was taken whose `sequence` is not the one after the last that came for its subject: messages may be missing."""


class CanaryV1(
    Sign,
    Fact,
    type="be.police.cg.integrity.Canary.v1",
    key="lane",
    numbered=False,
    tier=Tier.T0,
    purpose="shows each minute that what integrity says reaches who hears it",
):
    """The way from integrity to its listeners is open; nothing else happened, and nobody has to do anything."""


# Reports: counts and codes


class IntegrityMatterTakenV1(
    Fact,
    type="be.police.cg.integrity.IntegrityMatterTaken.v1",
    key="request_id",
    numbered=False,
    answers=(REFERRED,),
    tier=Tier.T1,
    legal_basis=REPORTING,
    purpose="receipt of a hand-over",
):
    """What was referred under this request is with integrity, which says no more of it."""

    request_id: UUID
    requester_ref: Ref


class IntegrityWorkCountedV1(
    Fact,
    type="be.police.cg.integrity.IntegrityWorkCounted.v1",
    key="counted_on",
    numbered=False,
    tier=Tier.T1,
    legal_basis=REPORTING,
    purpose="accountability without a trace",
):
    """At the bulletin of this day at least so many reports were open and had come in this quarter, by tens; said each day, whatever happened."""

    counted_on: date
    open_at_least: Annotated[int, Field(ge=0, multiple_of=10)]
    received_at_least: Annotated[int, Field(ge=0, multiple_of=10)]


class IntegrityQuarterCountedV1(
    Fact,
    type="be.police.cg.integrity.IntegrityQuarterCounted.v1",
    key="quarter",
    numbered=False,
    tier=Tier.T1,
    legal_basis=REPORTING,
    purpose="accountability without a trace",
):
    """In this quarter, now over, so many reports came and so much of what the law grants reporters was done or missed; no numbers where fewer than ten came."""

    quarter: Quarter
    received: Annotated[int, Field(ge=10)] | None = None
    acknowledged: Annotated[int, Field(ge=0)] | None = None
    acknowledgements_missed: Annotated[int, Field(ge=0)] | None = None
    feedback_given: Annotated[int, Field(ge=0)] | None = None
    feedback_missed: Annotated[int, Field(ge=0)] | None = None
    redirected: Annotated[int, Field(ge=0)] | None = None


class IntegrityCaseConcludedV1(
    Fact,
    type="be.police.cg.integrity.IntegrityCaseConcluded.v1",
    key="quarter",
    numbered=False,
    tier=Tier.T1,
    legal_basis=REPORTING,
    purpose="risk and policy, from counts alone",
):
    """At least five reports of this category, in or under a unit of at least ten persons, were concluded so and told of after this quarter: each is told once.

    Without `unit_id` anywhere; `any` where too few share a category or an outcome.
    """

    quarter: Quarter
    category_code: Code
    outcome_code: Code
    unit_id: UUID | None = None
    cases: Annotated[int, Field(ge=5)]


# What the service offers

OFFERED = "Royal Decree of 14 November 2006 (organisation of the police): prevention and integrity"
Units = Annotated[tuple[UUID, ...], Field(min_length=1, max_length=100)]


class TipText(BaseModel):
    """The same in the languages of the house; Dutch and French are always there."""

    model_config = ConfigDict(frozen=True, extra="ignore")
    nl: Words
    fr: Words
    en: Words | None = None


class SurveyScore(BaseModel):
    """The mean answer to a question in tenths, from 10 to 50: in a unit of which at least k answered, or in all."""

    model_config = ConfigDict(frozen=True, extra="ignore")
    question_code: Code
    unit_id: UUID | None = None
    mean_tenths: Annotated[int, Field(ge=10, le=50)]


class IntegrityTrainingProposedV1(
    Fact,
    type="be.police.cg.integrity.IntegrityTrainingProposed.v1",
    key="training_id",
    numbered=False,
    tier=Tier.T1,
    legal_basis=OFFERED,
    purpose="prevention",
):
    """These units are offered a training, because they asked for one or because audit found something there (`finding_id`)."""

    training_id: UUID
    topic_code: Code
    unit_ids: Units
    finding_id: UUID | None = None


class IntegrityTrainingScheduledV1(
    Fact,
    type="be.police.cg.integrity.IntegrityTrainingScheduled.v1",
    key="training_id",
    numbered=False,
    tier=Tier.T1,
    legal_basis=OFFERED,
    purpose="prevention",
):
    """A training takes place on this day, for these units and at most so many."""

    training_id: UUID
    topic_code: Code
    unit_ids: Units
    planned_on: date
    capacity: Annotated[int, Field(ge=1)]


class IntegrityTrainingCompletedV1(
    Fact,
    type="be.police.cg.integrity.IntegrityTrainingCompleted.v1",
    key="training_id",
    numbered=False,
    tier=Tier.T1,
    legal_basis=OFFERED,
    purpose="prevention",
):
    """A training was given, to so many."""

    training_id: UUID
    topic_code: Code
    unit_ids: Units
    attended: Annotated[int, Field(ge=0)]


class IntegrityTipPublishedV1(
    Fact,
    type="be.police.cg.integrity.IntegrityTipPublished.v1",
    key="tip_id",
    numbered=False,
    tier=Tier.T0,
    legal_basis=OFFERED,
    purpose="information",
):
    """A practical tip is out, for these readers."""

    tip_id: UUID
    audience: Code
    text: TipText


class IntegrityCampaignStartedV1(
    Fact,
    type="be.police.cg.integrity.IntegrityCampaignStarted.v1",
    key="campaign_id",
    numbered=False,
    tier=Tier.T0,
    legal_basis=OFFERED,
    purpose="information",
):
    """A campaign runs, for these readers, until this day begins."""

    campaign_id: UUID
    audience: Code
    text: TipText
    until: date


class IntegritySurveyPublishedV1(
    Fact,
    type="be.police.cg.integrity.IntegritySurveyPublished.v1",
    key="survey_id",
    numbered=False,
    tier=Tier.T1,
    legal_basis=OFFERED,
    purpose="policy, from figures that tell of nobody",
):
    """At least so many answered a survey, with these means; of no group of fewer than k, and none that subtraction could find."""

    survey_id: UUID
    topic_code: Code
    respondents_at_least: Annotated[int, Field(ge=5)]
    scores: Annotated[tuple[SurveyScore, ...], Field(max_length=2000)]


class IntegritySurveyResultWithheldV1(
    Fact,
    type="be.police.cg.integrity.IntegritySurveyResultWithheld.v1",
    key="survey_id",
    numbered=False,
    tier=Tier.T1,
    legal_basis=OFFERED,
    purpose="policy, from figures that tell of nobody",
):
    """Too few answered a survey: nothing of it is shown."""

    survey_id: UUID
    topic_code: Code
