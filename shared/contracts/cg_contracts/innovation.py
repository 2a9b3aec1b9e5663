"""Spoken by the innovation service on cg.innovation.events, keyed by what it is about; texts and reasons stay there, codes travel."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import Field

from cg_contracts.accounts import SERVICES
from cg_contracts.base import Code, Fact, Gap, Instant, Ref, Refusal, Rejection, Request, Sign, Tier
from cg_contracts.org import Labels

TASK = "Royal Decree of 14 November 2006 (organisation and competences of the Federal Police); task of the innovation service"
CHANNEL = "ideas that are answered"
TRIED = "ideas that are tried out with care"
NETWORK = "a network inside and outside"
AHEAD = "opportunities and threats seen early"
CULTURE = "a culture of innovation"

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


class Gate(StrEnum):
    """What may have to say yes before a pilot: data protection, security of information, law, welfare, the AI act, money, screening of externals."""

    DPIA = "dpia"
    INFOSEC = "infosec"
    LEGAL = "legal"
    WELFARE = "welfare"
    AI_ACT = "ai_act"
    BUDGET = "budget"
    SCREENING = "screening"


class Colour(StrEnum):
    """What a gate says: yes or no."""

    GREEN = "green"
    RED = "red"


class AiClass(StrEnum):
    """The class of a use of artificial intelligence (regulation 2024/1689)."""

    MINIMAL = "minimal"
    LIMITED = "limited"
    HIGH_RISK = "high_risk"
    PROHIBITED = "prohibited"


class Disposal(StrEnum):
    """What became of a pilot's data."""

    DELETED = "deleted"
    HANDED_OVER = "handed_over"


class PartnerKind(StrEnum):
    """What a partner is."""

    SME = "sme"
    UNIVERSITY = "university"
    POLICE = "police"
    INDUSTRY = "industry"
    PUBLIC_BODY = "public_body"


class Ring(StrEnum):
    """How close to the house a trend is taken, from the edge of the radar to its middle."""

    WATCH = "watch"
    EXPLORE = "explore"
    TRIAL = "trial"
    ADOPT = "adopt"


class Impact(StrEnum):
    """What a trend brings."""

    OPPORTUNITY = "opportunity"
    THREAT = "threat"
    BOTH = "both"


class Steeple(StrEnum):
    """Where a trend comes from."""

    SOCIAL = "social"
    TECHNOLOGICAL = "technological"
    ECONOMIC = "economic"
    ENVIRONMENTAL = "environmental"
    POLITICAL = "political"
    LEGAL = "legal"
    ETHICAL = "ethical"


class Horizon(StrEnum):
    """How far off a trend is, in years."""

    NEAR = "0_to_2_years"
    MIDDLE = "2_to_5_years"
    FAR = "over_5_years"


class Origin(StrEnum):
    """Where a challenge comes from."""

    AUDIT_FINDING = "audit_finding"
    TREND = "trend"
    SERVICE = "service"


class EventKind(StrEnum):
    """What kind of event it is."""

    THEME_DAY = "theme_day"
    WORKSHOP = "workshop"
    HACKATHON = "hackathon"


ANSWERS = {
    "ispo": ("dpia", "infosec", "ai_act"),
    "policy": ("legal",),
    "prevention": ("welfare",),
    "internalops": ("budget",),
}
"""Which service answers which gate. Until a service exists a person with its role does, over HTTP; its right to say it comes with its account."""


# Asked of innovation


class PilotGateAnsweredV1(
    Request,
    type="be.police.cg.innovation.PilotGateAnswered.v1",
    key="pilot_id",
    by={account: gates for account, gates in ANSWERS.items() if account in SERVICES},
    tier=Tier.T1,
    legal_basis=TASK,
    purpose=TRIED,
):
    """A service says whether a pilot may go ahead as far as it is concerned; what it finds stays with it, under the reference it gives."""

    pilot_id: UUID
    kind: Gate
    colour: Colour
    reason_code: Code
    answer_ref: Ref
    ai_class: AiClass | None = None


# Refusals


class RequestRefusedV1(
    Refusal,
    Fact,
    type="be.police.cg.innovation.RequestRefused.v1",
    key="request_event_id",
    numbered=False,
    tier=Tier.T1,
    legal_basis=TASK,
    purpose="answer to who asked",
):
    """A request to innovation was understood and will not be done, for the rule that it names."""


class MessageRejectedV1(
    Rejection,
    Fact,
    type="be.police.cg.innovation.MessageRejected.v1",
    key="topic",
    numbered=False,
    tier=Tier.T1,
    purpose="tells a publisher what to mend",
):
    """What was published to innovation could not be taken as a message, and had no effect."""


class SequenceGapNoticedV1(
    Gap,
    Fact,
    type="be.police.cg.innovation.SequenceGapNoticed.v1",
    key="topic",
    numbered=False,
    tier=Tier.T1,
    purpose="warns a publisher that numbers are missing",
):
    """A message was taken whose `sequence` is not the one after the last that came for its subject: messages may be missing."""


class CanaryV1(
    Sign,
    Fact,
    type="be.police.cg.innovation.Canary.v1",
    key="lane",
    numbered=False,
    tier=Tier.T0,
    purpose="shows each minute that what innovation says reaches who hears it",
):
    """The way from innovation's journal to its listeners is open; nothing else happened, and nobody has to do anything."""


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


# Pilots


class PilotProposedV1(Fact, type="be.police.cg.innovation.PilotProposed.v1", key="pilot_id", tier=Tier.T1, legal_basis=TASK, purpose=TRIED):
    """An idea is to be tried out in this unit; these gates will have to say yes first."""

    pilot_id: UUID
    idea_id: UUID
    unit_id: UUID
    gates: Annotated[tuple[Gate, ...], Field(max_length=10)]
    uses_ai: bool
    ai_class: AiClass | None = None


class PilotGateRequestedV1(Fact, type="be.police.cg.innovation.PilotGateRequested.v1", key="pilot_id", tier=Tier.T1, legal_basis=TASK, purpose=TRIED):
    """This service, or until it exists a person with its role, is to say before this instant whether the pilot may go ahead as far as it is concerned."""

    pilot_id: UUID
    gate_id: UUID
    gate: Gate
    asked_of: Code
    due_at: Instant


class PilotGateClosedV1(Fact, type="be.police.cg.innovation.PilotGateClosed.v1", key="pilot_id", tier=Tier.T1, legal_basis=TASK, purpose=TRIED):
    """The gate has said yes (green) or no (red); one no stops the pilot."""

    pilot_id: UUID
    gate_id: UUID
    gate: Gate
    colour: Colour
    reason_code: Code
    at: Instant


class PilotGateDeadlineMissedV1(Fact, type="be.police.cg.innovation.PilotGateDeadlineMissed.v1", key="pilot_id", tier=Tier.T1, legal_basis=TASK, purpose=TRIED):
    """The gate has not answered before this instant: the pilot waits for it, and its answer is still owed."""

    pilot_id: UUID
    gate_id: UUID
    gate: Gate
    asked_of: Code
    due_at: Instant


class PilotGateReleasedV1(Fact, type="be.police.cg.innovation.PilotGateReleased.v1", key="pilot_id", tier=Tier.T1, legal_basis=TASK, purpose=TRIED):
    """The pilot will not be: what was asked need not be answered, and what was reserved or promised for it is free again."""

    pilot_id: UUID
    gate_id: UUID
    gate: Gate
    reason_code: Code
    at: Instant


class PilotClearedV1(Fact, type="be.police.cg.innovation.PilotCleared.v1", key="pilot_id", tier=Tier.T1, legal_basis=TASK, purpose=TRIED):
    """Every gate has said yes; the steering board can decide."""

    pilot_id: UUID
    at: Instant


class PilotApprovedV1(Fact, type="be.police.cg.innovation.PilotApproved.v1", key="pilot_id", tier=Tier.T1, legal_basis=TASK, purpose=TRIED):
    """The steering board lets the pilot go ahead, every required gate being green (INN-1)."""

    pilot_id: UUID
    reason_code: Code
    at: Instant


class PilotRejectedV1(Fact, type="be.police.cg.innovation.PilotRejected.v1", key="pilot_id", tier=Tier.T1, legal_basis=TASK, purpose=TRIED):
    """The pilot will not be, because the AI act prohibits it (INN-2) or the steering board says no."""

    pilot_id: UUID
    reason_code: Code
    at: Instant


class PilotStartedV1(Fact, type="be.police.cg.innovation.PilotStarted.v1", key="pilot_id", tier=Tier.T1, legal_basis=TASK, purpose=TRIED):
    """The pilot runs until this day, with measures and stop criteria on record (INN-4) and everybody from outside screened (INN-3)."""

    pilot_id: UUID
    idea_id: UUID
    unit_id: UUID | None = None
    ends_on: date
    at: Instant


class PilotExtendedV1(Fact, type="be.police.cg.innovation.PilotExtended.v1", key="pilot_id", tier=Tier.T1, legal_basis=TASK, purpose=TRIED):
    """The pilot runs until this day instead; it is extended once at most."""

    pilot_id: UUID
    ends_on: date
    reason_code: Code
    at: Instant


class PilotEndedV1(Fact, type="be.police.cg.innovation.PilotEnded.v1", key="pilot_id", tier=Tier.T1, legal_basis=TASK, purpose=TRIED):
    """The pilot has reached its last day, and is evaluated."""

    pilot_id: UUID
    at: Instant


class PilotStoppedV1(Fact, type="be.police.cg.innovation.PilotStopped.v1", key="pilot_id", tier=Tier.T1, legal_basis=TASK, purpose=TRIED):
    """The pilot has ended without being taken further, for this reason; its data, if it has any, are deleted or handed over before that instant."""

    pilot_id: UUID
    idea_id: UUID
    reason_code: Code
    data_due_at: Instant | None = None
    at: Instant


class PilotScaledV1(Fact, type="be.police.cg.innovation.PilotScaled.v1", key="pilot_id", tier=Tier.T1, legal_basis=TASK, purpose=TRIED):
    """What was tried works, and a unit is looked for that owns it; nothing is bought by that."""

    pilot_id: UUID
    idea_id: UUID
    reason_code: Code
    at: Instant


class PilotDataDisposedV1(Fact, type="be.police.cg.innovation.PilotDataDisposed.v1", key="pilot_id", tier=Tier.T1, legal_basis=TASK, purpose=TRIED):
    """The data of the pilot are deleted or handed over, and there is proof (INN-6)."""

    pilot_id: UUID
    disposal: Disposal
    proof_ref: Ref
    at: Instant


class PilotDataDeadlineMissedV1(Fact, type="be.police.cg.innovation.PilotDataDeadlineMissed.v1", key="pilot_id", tier=Tier.T1, legal_basis=TASK, purpose=TRIED):
    """A pilot has ended and there is no proof that its data are gone; it is late, and still owed (INN-6)."""

    pilot_id: UUID
    due_at: Instant


class PilotExternalBarredV1(
    Fact, type="be.police.cg.innovation.PilotExternalBarred.v1", key="pilot_id", tier=Tier.T2, legal_basis=TASK, purpose="no access without screening"
):
    """This person from outside may not, or no longer, come on premises or see data for the pilot (INN-3)."""

    pilot_id: UUID
    person_id: UUID
    at: Instant


class PilotStalledV1(Fact, type="be.police.cg.innovation.PilotStalled.v1", key="pilot_id", tier=Tier.T1, legal_basis=TASK, purpose="pilots that are not lost"):
    """Nothing has moved since this instant: the lead is told the first time, the head of the service the second."""

    pilot_id: UUID
    unit_id: UUID | None = None
    nth: Annotated[int, Field(ge=1, le=2)]
    since_at: Instant


# Partners


class PartnerEngagedV1(Fact, type="be.police.cg.innovation.PartnerEngaged.v1", key="organisation_id", tier=Tier.T1, legal_basis=TASK, purpose=NETWORK):
    """The innovation service works with an organisation of this kind from now on; whoever comes from it is screened first."""

    organisation_id: UUID
    kind: PartnerKind
    at: Instant


class PartnerAgreementSignedV1(
    Fact, type="be.police.cg.innovation.PartnerAgreementSigned.v1", key="organisation_id", tier=Tier.T1, legal_basis=TASK, purpose=NETWORK
):
    """There is an agreement with the partner until this day; it buys nothing."""

    organisation_id: UUID
    agreement_ref: Ref
    until: date


class PartnerEndedV1(Fact, type="be.police.cg.innovation.PartnerEnded.v1", key="organisation_id", tier=Tier.T1, legal_basis=TASK, purpose=NETWORK):
    """The innovation service works with the partner no longer."""

    organisation_id: UUID
    reason_code: Code
    at: Instant


# Trends


class TrendMovedV1(Fact, type="be.police.cg.innovation.TrendMoved.v1", key="trend_id", tier=Tier.T1, legal_basis=TASK, purpose=AHEAD):
    """The trend is on this ring of the radar from now on, for this reason."""

    trend_id: UUID
    ring: Ring
    impact: Impact
    steeple: Steeple
    horizon: Horizon
    theme_codes: Themes
    reason_code: Code
    at: Instant


class TrendSignalledV1(Fact, type="be.police.cg.innovation.TrendSignalled.v1", key="trend_id", tier=Tier.T1, legal_basis=TASK, purpose=AHEAD):
    """The trend threatens what these services answer for: each, or until it exists a person with its role, says before this instant that it knows."""

    trend_id: UUID
    services: Annotated[tuple[Code, ...], Field(max_length=20)]
    due_at: Instant


class TrendSignalAcknowledgedV1(Fact, type="be.police.cg.innovation.TrendSignalAcknowledged.v1", key="trend_id", tier=Tier.T1, legal_basis=TASK, purpose=AHEAD):
    """The service knows of the threat."""

    trend_id: UUID
    service: Code
    at: Instant


class TrendSignalDeadlineMissedV1(
    Fact, type="be.police.cg.innovation.TrendSignalDeadlineMissed.v1", key="trend_id", tier=Tier.T1, legal_basis=TASK, purpose=AHEAD
):
    """The service has not said in time that it knows of the threat; it is late, and still owed."""

    trend_id: UUID
    service: Code
    due_at: Instant


class TrendReviewDueV1(Fact, type="be.police.cg.innovation.TrendReviewDue.v1", key="trend_id", tier=Tier.T1, legal_basis=TASK, purpose=AHEAD):
    """The trend was not looked at for a quarter, and is to be."""

    trend_id: UUID
    due_at: Instant


class TrendRetiredV1(Fact, type="be.police.cg.innovation.TrendRetired.v1", key="trend_id", tier=Tier.T1, legal_basis=TASK, purpose=AHEAD):
    """It is no trend any more, for this reason."""

    trend_id: UUID
    reason_code: Code
    at: Instant


# Challenges and events


class ChallengeOpenedV1(Fact, type="be.police.cg.innovation.ChallengeOpened.v1", key="challenge_id", tier=Tier.T1, legal_basis=TASK, purpose=CHANNEL):
    """Ideas are asked for that answer this; what lies behind it stays with innovation."""

    challenge_id: UUID
    origin: Origin
    theme_codes: Themes
    at: Instant


class ChallengeAnsweredV1(Fact, type="be.police.cg.innovation.ChallengeAnswered.v1", key="challenge_id", tier=Tier.T1, legal_basis=TASK, purpose=CHANNEL):
    """An idea was proposed that answers the challenge."""

    challenge_id: UUID
    idea_id: UUID
    at: Instant


class ChallengeClosedV1(Fact, type="be.police.cg.innovation.ChallengeClosed.v1", key="challenge_id", tier=Tier.T1, legal_basis=TASK, purpose=CHANNEL):
    """The challenge need not be answered any more, for this reason."""

    challenge_id: UUID
    reason_code: Code
    at: Instant


class HackathonAnnouncedV1(Fact, type="be.police.cg.innovation.HackathonAnnounced.v1", key="event_id", tier=Tier.T0, legal_basis=TASK, purpose=CULTURE):
    """There will be a hackathon, for which people can register until that instant."""

    event_id: UUID
    title: Labels
    theme_codes: Themes
    registration_until_at: Instant
    starts_at: Instant
    ends_at: Instant


class InnovationEventAnnouncedV1(
    Fact, type="be.police.cg.innovation.InnovationEventAnnounced.v1", key="event_id", tier=Tier.T1, legal_basis=TASK, purpose=CULTURE
):
    """There will be a theme day or a workshop, for which people can register until that instant."""

    event_id: UUID
    kind: EventKind
    title: Labels
    theme_codes: Themes
    registration_until_at: Instant
    starts_at: Instant
    ends_at: Instant


class HackathonAwardedV1(Fact, type="be.police.cg.innovation.HackathonAwarded.v1", key="event_id", tier=Tier.T0, legal_basis=TASK, purpose=CULTURE):
    """The jury has judged the teams, and this is their order, the best first; a prize buys nothing."""

    event_id: UUID
    team_ids: Annotated[tuple[UUID, ...], Field(max_length=200)]
    at: Instant


class InnovationEventFollowedUpV1(
    Fact, type="be.police.cg.innovation.InnovationEventFollowedUp.v1", key="event_id", tier=Tier.T1, legal_basis=TASK, purpose=CULTURE
):
    """These ideas came of the event, each with its own clocks."""

    event_id: UUID
    idea_ids: Annotated[tuple[UUID, ...], Field(max_length=200)]
    at: Instant


class InnovationEventFollowUpMissedV1(
    Fact, type="be.police.cg.innovation.InnovationEventFollowUpMissed.v1", key="event_id", tier=Tier.T1, legal_basis=TASK, purpose=CULTURE
):
    """Nothing is said to have come of the event before this instant; it is late, and still owed."""

    event_id: UUID
    due_at: Instant


class InnovationEventCancelledV1(
    Fact, type="be.police.cg.innovation.InnovationEventCancelled.v1", key="event_id", tier=Tier.T0, legal_basis=TASK, purpose=CULTURE
):
    """An event that was announced does not take place."""

    event_id: UUID
    reason_code: Code
    at: Instant
