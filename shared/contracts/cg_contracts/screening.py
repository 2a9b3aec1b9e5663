"""Spoken by the screening service on cg.screening.events, and asked of it on cg.screening.intake.<account>; keyed by case, application or clearance."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Annotated, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from cg_contracts.base import Code, Fact, FieldPath, Gap, Instant, Personal, Ref, Refusal, Rejection, Request, Rule, Sign, Tier, blame
from cg_contracts.levels import Level
from cg_contracts.org import Names

SECRECY = "Law of 11 December 1998 (classification, clearances, security advice), as reformed by the law of 7 April 2023"
APPEAL = "Law of 11 December 1998 establishing the appeal body for clearances, certificates and advice"
SCREENED = "be.police.cg.screening.ScreeningRequested.v1"

RegimeId = Annotated[str, StringConstraints(pattern=r"^[12][0-9]{3}(-[a-z]{1,30})?$", max_length=35)]
"""The legal regime a case is kept under, as `2025` or `1998-classic`."""


class ScreeningKind(StrEnum):
    """What is asked for. Which kinds are open on a day, the regime in force says; since 2025 certificates are closed to new requests."""

    ADVICE = "advice"
    CERTIFICATE = "certificate"
    NUCLEAR = "nuclear"
    RECRUITMENT = "recruitment"
    CLEARANCE = "clearance"


class Outcome(StrEnum):
    """What an advice says; never why (SCR-5)."""

    POSITIVE = "positive"
    NEGATIVE = "negative"


class Scope(StrEnum):
    """Whose classified information a clearance opens, or that on nuclear material (levels with NUC); without any named, national."""

    NATIONAL = "national"
    NATO = "nato"
    EU = "eu"
    NUCLEAR = "nuclear"


Scopes = Annotated[tuple[Scope, ...], Field(max_length=4)]
"""Whose classified information; empty in a request: national."""


class FilesResult(StrEnum):
    """What the databases hold on a person on whom somebody else decides: the deliberation commission on a candidate, nuclear control on who enters a site."""

    NOTHING_FOUND = "nothing_found"
    INFORMATION_FOUND = "information_found"
    INCOMPLETE = "incomplete"


class NvoOutcome(StrEnum):
    """What the security authority decided."""

    GRANTED = "granted"
    GRANTED_LIMITED = "granted_limited"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    LOWERED = "lowered"


class Means(StrEnum):
    """How a person was told of a decision."""

    REGISTERED_LETTER = "registered_letter"
    HANDED_OVER = "handed_over"
    ELECTRONIC_REGISTERED = "electronic_registered"


Within = Annotated[str, StringConstraints(pattern=r"^[1-9][0-9]{0,2} (days?|months?)$", max_length=20)]
"""A legal term in words, as `60 days` or `3 months`."""


class PersonData(BaseModel):
    """Who is to be screened, for who is not yet known by an id anywhere else; kept in the vault."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    names: Names
    birth_date: date
    national_number: Annotated[str, StringConstraints(pattern=r"^\d{11}$", max_length=11)]


class Occasion(BaseModel):
    """The place and period that a certificate or advice is asked for, and holds for at most; with an event, its start is a hard stop for who is undecided."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    place: Code
    event_id: UUID | None = None
    starts_at: Instant
    ends_at: Instant

    @model_validator(mode="after")
    def _ends_after_it_starts(self) -> Self:
        if self.ends_at <= self.starts_at:
            raise blame("occasion.ends_at", "ends-first", "occasion.ends_at must lie after occasion.starts_at")
        return self


# Asked of screening


class ScreeningRequestedV1(
    Request,
    type="be.police.cg.screening.ScreeningRequested.v1",
    key="person_id",
    by={"org": ("advice", "certificate", "clearance"), "hr": ("recruitment",), "fanc": ("nuclear",), "innovation": ("advice",)},
    refusal="be.police.cg.screening.ScreeningRequestRejected.v1",
    tier=Tier.T3,
    legal_basis=SECRECY,
    purpose="screening before access",
):
    """Somebody asks that a person be screened before they hold a post, enter a site or see classified information."""

    request_id: UUID
    requester_ref: Ref
    kind: ScreeningKind
    purpose: Code
    person_id: UUID
    required_level: Level | None = None
    scopes: Scopes = ()
    occasion: Occasion | None = None
    exception_code: Code | None = None
    needed_by: date
    person_data: Annotated[PersonData | None, Personal("names, date of birth, national register number")] = None

    @model_validator(mode="after")
    def _known_by_id(self) -> Self:
        if self.person_data is not None and self.kind is not ScreeningKind.RECRUITMENT:
            raise blame("person_data", "no-person-data", "only a recruitment may bring person_data; all others are known by person_id")
        return self


class NvoDecisionReceivedV1(
    Request,
    type="be.police.cg.screening.NvoDecisionReceived.v1",
    key="application_id|clearance_id",
    by=("nvo",),
    tier=Tier.T3,
    legal_basis=SECRECY,
    purpose="import of the authority's decisions",
):
    """The security authority has decided on an application, or on a clearance that it granted before (SCR-4: nobody else can)."""

    decision_ref: Ref
    application_id: UUID | None = None
    clearance_id: UUID | None = None
    outcome: NvoOutcome
    level: Level | None = None
    scopes: Scopes = ()
    decided_at: Instant
    expires_at: Instant | None = None

    @model_validator(mode="after")
    def _says_what_it_grants(self) -> Self:
        if self.outcome in {NvoOutcome.GRANTED, NvoOutcome.GRANTED_LIMITED, NvoOutcome.LOWERED} and self.level is None:
            raise blame("level", "missing", f"level must be there when the outcome is {self.outcome}")
        if self.outcome in {NvoOutcome.GRANTED, NvoOutcome.GRANTED_LIMITED} and self.expires_at is None:
            raise blame("expires_at", "missing", f"expires_at must be there when the outcome is {self.outcome}")
        return self


class NvoExtensionReceivedV1(
    Request,
    type="be.police.cg.screening.NvoExtensionReceived.v1",
    key="application_id",
    by=("nvo",),
    tier=Tier.T3,
    legal_basis=SECRECY,
    purpose="import of the authority's decisions",
):
    """The security authority takes so much more time for an application, as it does for who has lived abroad; its term runs on from its last day."""

    decision_ref: Ref
    application_id: UUID
    reason_code: Code
    more: Within
    decided_at: Instant


class DecisionNotifiedV1(
    Request,
    type="be.police.cg.screening.DecisionNotified.v1",
    key="case_id|application_id",
    by=("hr", "nvo", "fanc"),
    tier=Tier.T3,
    legal_basis=APPEAL,
    purpose="start of the appeal term",
):
    """Who told the person of a decision says when; from then on the term for appeal runs."""

    case_id: UUID | None = None
    application_id: UUID | None = None
    notified_at: Instant
    means: Means


# Refusals


class ScreeningRequestRejectedV1(
    Fact,
    type="be.police.cg.screening.ScreeningRequestRejected.v1",
    key="request_id",
    numbered=False,
    answers=(SCREENED,),
    tier=Tier.T3,
    legal_basis=SECRECY,
    purpose="answer to who asked",
):
    """No case is opened for this request, for the rule that it names."""

    request_id: UUID
    requester_ref: Ref
    rule: Rule
    field: FieldPath | None = None


class RequestRefusedV1(
    Refusal,
    Fact,
    type="be.police.cg.screening.RequestRefused.v1",
    key="request_event_id",
    numbered=False,
    tier=Tier.T3,
    legal_basis=SECRECY,
    purpose="answer to who asked",
):
    """A request to screening was understood and will not be done, for the rule that it names."""


class MessageRejectedV1(
    Rejection,
    Fact,
    type="be.police.cg.screening.MessageRejected.v1",
    key="topic",
    numbered=False,
    tier=Tier.T1,
    purpose="tells a publisher what to mend",
):
    """What was published to screening could not be taken as a message, and had no effect."""


class SequenceGapNoticedV1(
    Gap,
    Fact,
    type="be.police.cg.screening.SequenceGapNoticed.v1",
    key="topic",
    numbered=False,
    tier=Tier.T1,
    purpose="warns a publisher that numbers are missing",
):
    """A message was taken whose `sequence` is not the one after the last that came for its subject: messages may be missing."""


class CanaryV1(
    Sign,
    Fact,
    type="be.police.cg.screening.Canary.v1",
    key="lane",
    numbered=False,
    tier=Tier.T0,
    purpose="shows each minute that what screening says reaches who hears it",
):
    """The way from screening's journal to its listeners is open; nothing else happened, and nobody has to do anything."""


# A case


class ScreeningCaseOpenedV1(
    Fact,
    type="be.police.cg.screening.ScreeningCaseOpened.v1",
    key="case_id",
    answers=(SCREENED,),
    tier=Tier.T3,
    legal_basis=SECRECY,
    purpose="screening before access",
):
    """A case is open for the request under the regime of this day; where the law sets a term it is decided before the due instant or said to be late."""

    case_id: UUID
    request_id: UUID
    requester_ref: Ref
    kind: ScreeningKind
    regime_id: RegimeId
    decision_due_at: Instant | None = None


class ConsentGivenV1(
    Fact,
    type="be.police.cg.screening.ConsentGiven.v1",
    key="case_id",
    tier=Tier.T3,
    legal_basis=SECRECY,
    purpose="screening before access",
):
    """The person agrees to be verified; before this nothing was checked (SCR-1)."""

    case_id: UUID
    at: Instant


class ConsentWithdrawnV1(
    Fact,
    type="be.police.cg.screening.ConsentWithdrawn.v1",
    key="case_id",
    tier=Tier.T3,
    legal_basis=SECRECY,
    purpose="screening before access",
):
    """The person no longer agrees; nothing more is checked."""

    case_id: UUID
    at: Instant


class VerificationStartedV1(
    Fact,
    type="be.police.cg.screening.VerificationStarted.v1",
    key="case_id",
    tier=Tier.T3,
    legal_basis=SECRECY,
    purpose="screening before access",
):
    """The sources of the case are being asked, all at once."""

    case_id: UUID
    at: Instant


class SourceCheckCompletedV1(
    Fact,
    type="be.police.cg.screening.SourceCheckCompleted.v1",
    key="case_id",
    tier=Tier.T3,
    legal_basis=SECRECY,
    purpose="screening before access",
):
    """One source has answered; what it said stays in the case."""

    case_id: UUID
    source: Code
    at: Instant


class ScreeningDecidedV1(
    Fact,
    type="be.police.cg.screening.ScreeningDecided.v1",
    key="case_id",
    answers=(SCREENED,),
    tier=Tier.T3,
    legal_basis=SECRECY,
    purpose="screening before access",
):
    """The advice or certificate is given by somebody who did not prepare it (SCR-3), or by the appeal body; a positive one holds until the instant it names."""

    case_id: UUID
    request_id: UUID
    requester_ref: Ref
    outcome: Outcome
    valid_until: Instant | None = None


class RecruitmentScreeningAnsweredV1(
    Fact,
    type="be.police.cg.screening.RecruitmentScreeningAnswered.v1",
    key="case_id",
    answers=(SCREENED,),
    tier=Tier.T3,
    legal_basis="Royal Decree of 30 March 2001 (legal position of police staff), irreproachable conduct of candidates",
    purpose="recruitment",
):
    """The databases were asked about a candidate; the deliberation commission can decide."""

    case_id: UUID
    request_id: UUID
    requester_ref: Ref
    result_code: FilesResult


class NuclearVerificationAnsweredV1(
    Fact,
    type="be.police.cg.screening.NuclearVerificationAnswered.v1",
    key="case_id",
    answers=(SCREENED,),
    tier=Tier.T3,
    legal_basis=SECRECY,
    purpose="support of nuclear control",
):
    """The databases were asked about who is to enter a nuclear site; nuclear control can decide, and alone decides."""

    case_id: UUID
    request_id: UUID
    requester_ref: Ref
    result_code: FilesResult


class ScreeningCancelledV1(
    Fact,
    type="be.police.cg.screening.ScreeningCancelled.v1",
    key="case_id|application_id",
    answers=(SCREENED,),
    tier=Tier.T3,
    legal_basis=SECRECY,
    purpose="screening before access",
):
    """The case or application ends without a decision, and none will come."""

    case_id: UUID | None = None
    application_id: UUID | None = None
    request_id: UUID
    requester_ref: Ref
    reason_code: Code
    due_at: Instant | None = None


class DecisionDeadlineMissedV1(
    Fact,
    type="be.police.cg.screening.DecisionDeadlineMissed.v1",
    key="case_id|application_id",
    answers=(SCREENED,),
    tier=Tier.T3,
    legal_basis=SECRECY,
    purpose="no decision in time",
):
    """The term for deciding ended without a decision: the person may appeal, and late is not positive (SCR-6)."""

    case_id: UUID | None = None
    application_id: UUID | None = None
    request_id: UUID
    requester_ref: Ref
    reason_code: Code
    due_at: Instant


class DecisionTermSuspendedV1(
    Fact,
    type="be.police.cg.screening.DecisionTermSuspended.v1",
    key="case_id",
    answers=(SCREENED,),
    tier=Tier.T3,
    legal_basis=SECRECY,
    purpose="no decision in time",
):
    """The term for deciding stands still for this reason, and runs again at this instant at the latest."""

    case_id: UUID
    request_id: UUID
    requester_ref: Ref
    reason_code: Code
    until: Instant


class DecisionTermResumedV1(
    Fact,
    type="be.police.cg.screening.DecisionTermResumed.v1",
    key="case_id",
    answers=(SCREENED,),
    tier=Tier.T3,
    legal_basis=SECRECY,
    purpose="no decision in time",
):
    """The term for deciding runs again: it is decided before this due instant, later by as many days as it stood still, or said to be late."""

    case_id: UUID
    request_id: UUID
    requester_ref: Ref
    due_at: Instant


class DecisionTermExtendedV1(
    Fact,
    type="be.police.cg.screening.DecisionTermExtended.v1",
    key="application_id",
    answers=(SCREENED, "be.police.cg.screening.NvoExtensionReceived.v1"),
    tier=Tier.T3,
    legal_basis=SECRECY,
    purpose="no decision in time",
):
    """The security authority takes more time for this reason: it decides before this due instant, or is said to be late."""

    application_id: UUID
    request_id: UUID
    requester_ref: Ref
    reason_code: Code
    due_at: Instant


class SecurityAdviceExpiredV1(
    Fact,
    type="be.police.cg.screening.SecurityAdviceExpired.v1",
    key="case_id",
    tier=Tier.T3,
    legal_basis=SECRECY,
    purpose="no access on an old advice",
):
    """The positive advice or the certificate of this case no longer counts."""

    case_id: UUID
    person_id: UUID
    at: Instant


class AppealWindowOpenedV1(
    Fact,
    type="be.police.cg.screening.AppealWindowOpened.v1",
    key="case_id|application_id",
    answers=("be.police.cg.screening.DecisionNotified.v1",),
    tier=Tier.T3,
    legal_basis=APPEAL,
    purpose="right of appeal",
):
    """The person may appeal, by registered letter posted before this instant (exclusive)."""

    case_id: UUID | None = None
    application_id: UUID | None = None
    appeal_until: Instant


# An application and its clearance


class ClearanceApplicationTransmittedV1(
    Fact,
    type="be.police.cg.screening.ClearanceApplicationTransmitted.v1",
    key="application_id",
    answers=(SCREENED,),
    tier=Tier.T3,
    legal_basis=SECRECY,
    purpose="screening before access",
):
    """The application is complete and lies with the security authority, whose term now runs."""

    application_id: UUID
    case_id: UUID
    request_id: UUID
    requester_ref: Ref
    level: Level
    scopes: Scopes = (Scope.NATIONAL,)
    due_at: Instant


class ClearanceGrantedV1(
    Fact,
    type="be.police.cg.screening.ClearanceGranted.v1",
    key="clearance_id",
    answers=(SCREENED,),
    tier=Tier.T3,
    legal_basis=SECRECY,
    purpose="access to classified information",
):
    """The security authority grants a clearance at this level, which may be lower than asked; it is of use only after the briefing (SCR-2)."""

    clearance_id: UUID
    application_id: UUID
    person_id: UUID
    request_id: UUID
    requester_ref: Ref
    level: Level
    scopes: Scopes = (Scope.NATIONAL,)
    expires_at: Instant


class ClearanceReusedV1(
    Fact,
    type="be.police.cg.screening.ClearanceReused.v1",
    key="clearance_id",
    answers=(SCREENED,),
    tier=Tier.T3,
    legal_basis=SECRECY,
    purpose="access to classified information",
):
    """The request is answered by a clearance that the person holds already, at this level; for this request it is of use only after a briefing (SCR-2)."""

    clearance_id: UUID
    person_id: UUID
    request_id: UUID
    requester_ref: Ref
    level: Level
    scopes: Scopes = (Scope.NATIONAL,)
    expires_at: Instant


class ClearanceRefusedV1(
    Fact,
    type="be.police.cg.screening.ClearanceRefused.v1",
    key="application_id",
    answers=(SCREENED,),
    tier=Tier.T3,
    legal_basis=SECRECY,
    purpose="access to classified information",
):
    """The security authority refuses the clearance."""

    application_id: UUID
    person_id: UUID
    request_id: UUID
    requester_ref: Ref


class SecurityBriefingGivenV1(
    Fact,
    type="be.police.cg.screening.SecurityBriefingGiven.v1",
    key="clearance_id",
    answers=(SCREENED,),
    tier=Tier.T3,
    legal_basis=SECRECY,
    purpose="access to classified information",
):
    """A security officer has briefed the holder: from now on the clearance can be used for this request, and the one it `replaces` no longer counts."""

    clearance_id: UUID
    person_id: UUID
    request_id: UUID
    requester_ref: Ref
    given_at: Instant
    replaces: UUID | None = None


class ClearanceRenewalDueV1(
    Fact,
    type="be.police.cg.screening.ClearanceRenewalDue.v1",
    key="clearance_id",
    tier=Tier.T3,
    legal_basis=SECRECY,
    purpose="renewal in time",
):
    """The clearance is to be applied for again by this date, or it will lapse before the authority can decide."""

    clearance_id: UUID
    person_id: UUID
    level: Level
    expires_at: Instant
    apply_by: date


class ClearanceExpiredV1(
    Fact,
    type="be.police.cg.screening.ClearanceExpired.v1",
    key="clearance_id",
    tier=Tier.T3,
    legal_basis=SECRECY,
    purpose="no access without a clearance",
):
    """The clearance no longer counts, also while a renewal is pending (SCR-7)."""

    clearance_id: UUID
    person_id: UUID
    at: Instant


class ClearanceWithdrawnV1(
    Fact,
    type="be.police.cg.screening.ClearanceWithdrawn.v1",
    key="clearance_id",
    tier=Tier.T3,
    legal_basis=SECRECY,
    purpose="no access without a clearance",
):
    """The security authority has withdrawn the clearance: access that rests on it must be off within the hour."""

    clearance_id: UUID
    person_id: UUID
    at: Instant


class ClearanceLoweredV1(
    Fact,
    type="be.police.cg.screening.ClearanceLowered.v1",
    key="clearance_id",
    tier=Tier.T3,
    legal_basis=SECRECY,
    purpose="no access above the clearance",
):
    """The security authority has lowered the clearance to this level: access above it must be off within the hour."""

    clearance_id: UUID
    person_id: UUID
    level: Level
    at: Instant


# Appeals


class Instrument(StrEnum):
    """What an appeal is about; grounds, terms and outcomes differ. A nuclear verification ends in a certificate."""

    CLEARANCE = "clearance"
    CERTIFICATE = "certificate"
    ADVICE = "advice"


class Ground(StrEnum):
    """Why somebody appeals. Clearance: refused (wholly or partly), withdrawn, for less than five years, late; certificate: refused, withdrawn, late;
    advice: negative, positive and reassessed to negative, late."""

    REFUSED = "refused"
    PARTLY_REFUSED = "partly_refused"
    WITHDRAWN = "withdrawn"
    SHORTENED = "shortened"
    NEGATIVE = "negative"
    REASSESSED = "reassessed"
    LATE = "late"


class AppealOutcome(StrEnum):
    """What the appeal body decided. The last two are for a clearance only, and set a new term."""

    INADMISSIBLE = "inadmissible"
    WITHOUT_OBJECT = "without_object"
    UNFOUNDED = "unfounded"
    FOUNDED = "founded"
    REINVESTIGATE = "reinvestigate"
    EXTRA_TIME = "extra_time"


SETS_TERM = frozenset({AppealOutcome.REINVESTIGATE, AppealOutcome.EXTRA_TIME})
"""Outcomes that give the authority a new term."""

LODGED = "be.police.cg.screening.AppealLodged.v1"


class ClearanceDecisionNotifiedV1(
    Request,
    type="be.police.cg.screening.ClearanceDecisionNotified.v1",
    key="clearance_id",
    by=("nvo",),
    tier=Tier.T3,
    legal_basis=APPEAL,
    purpose="start of the appeal term",
):
    """The security authority says when it told the holder that the clearance is withdrawn or lowered; from then on the term for appeal runs."""

    clearance_id: UUID
    notified_at: Instant
    means: Means


class ClearanceAppealWindowOpenedV1(
    Fact,
    type="be.police.cg.screening.ClearanceAppealWindowOpened.v1",
    key="clearance_id",
    answers=("be.police.cg.screening.ClearanceDecisionNotified.v1",),
    tier=Tier.T3,
    legal_basis=APPEAL,
    purpose="right of appeal",
):
    """The holder may appeal against the withdrawal or lowering, by registered letter posted before this instant (exclusive); it suspends nothing."""

    clearance_id: UUID
    appeal_until: Instant


class AppealLodgedV1(
    Request,
    type="be.police.cg.screening.AppealLodged.v1",
    key="case_id|application_id|clearance_id",
    by=("appeals",),
    tier=Tier.T3,
    legal_basis=APPEAL,
    purpose="appeal",
):
    """The appeal body has a registered letter of the person or their lawyer against what was decided, or not decided in time, in this case or for this
    application or clearance; the day of its posting is the day of filing (SCR-12)."""

    request_id: UUID
    requester_ref: Ref
    case_id: UUID | None = None
    application_id: UUID | None = None
    clearance_id: UUID | None = None
    ground: Ground
    posted_on: date


class AppealDecisionReceivedV1(
    Request,
    type="be.police.cg.screening.AppealDecisionReceived.v1",
    key="appeal_id",
    by=("appeals",),
    tier=Tier.T3,
    legal_basis=APPEAL,
    purpose="import of the appeal body's decisions",
):
    """The appeal body has decided on an appeal; there is no further one. `within` is the new term that it sets, from the day of the decision."""

    appeal_id: UUID
    decision_ref: Ref
    outcome: AppealOutcome
    decided_at: Instant
    within: Within | None = None
    valid_until: Instant | None = None

    @model_validator(mode="after")
    def _says_what_it_sets(self) -> Self:
        if (self.outcome in SETS_TERM) is (self.within is None):
            raise blame("within", "term-set", f"within must be there when the outcome is {' or '.join(sorted(SETS_TERM))}, and only then")
        if self.valid_until is not None and self.outcome is not AppealOutcome.FOUNDED:
            raise blame("valid_until", "only-founded", "only an advice that the appeal body gives itself has a valid_until")
        return self


class AppealFiledV1(
    Fact,
    type="be.police.cg.screening.AppealFiled.v1",
    key="appeal_id",
    answers=(LODGED,),
    tier=Tier.T3,
    legal_basis=APPEAL,
    purpose="appeal",
):
    """An appeal is pending, and what it is about still stands; `in_time` says whether it was posted within the term as known here, which the body decides on.
    The body decides before the due instant, or is said to be late."""

    appeal_id: UUID
    request_id: UUID
    requester_ref: Ref
    instrument: Instrument
    ground: Ground
    case_id: UUID | None = None
    application_id: UUID | None = None
    clearance_id: UUID | None = None
    person_id: UUID
    posted_on: date
    in_time: bool
    decision_due_at: Instant


class AppealDecisionDeadlineMissedV1(
    Fact,
    type="be.police.cg.screening.AppealDecisionDeadlineMissed.v1",
    key="appeal_id",
    tier=Tier.T3,
    legal_basis=APPEAL,
    purpose="appeal",
):
    """The appeal body's term ended without a decision that is known here; the appeal stays pending."""

    appeal_id: UUID
    due_at: Instant


class AppealDecidedV1(
    Fact,
    type="be.police.cg.screening.AppealDecided.v1",
    key="appeal_id",
    answers=("be.police.cg.screening.AppealDecisionReceived.v1",),
    tier=Tier.T3,
    legal_basis=APPEAL,
    purpose="appeal",
):
    """The appeal body has decided. Founded: a positive advice follows at once, a clearance or certificate when its authority has granted it as it now must;
    nothing that was refused or suspended comes back by itself. `screening_ref` is what the requester of the screening gave it."""

    appeal_id: UUID
    request_id: UUID
    requester_ref: Ref
    instrument: Instrument
    ground: Ground
    outcome: AppealOutcome
    case_id: UUID | None = None
    application_id: UUID | None = None
    clearance_id: UUID | None = None
    person_id: UUID
    screening_ref: Ref
    decided_at: Instant
    decide_before: Instant | None = None


class SecurityOfficerAppointedV1(
    Fact,
    type="be.police.cg.screening.SecurityOfficerAppointed.v1",
    key="person_id",
    tier=Tier.T2,
    legal_basis=SECRECY,
    purpose="who is responsible for security in a unit",
):
    """The person, who holds a clearance that can be used, is the security officer of the unit from this date on, up to the second one if it is there."""

    person_id: UUID
    unit_id: UUID
    effective_from: date
    effective_until: date | None = None


class SecurityOfficerEndedV1(
    Fact,
    type="be.police.cg.screening.SecurityOfficerEnded.v1",
    key="person_id",
    tier=Tier.T2,
    legal_basis=SECRECY,
    purpose="who is responsible for security in a unit",
):
    """The person is no longer the security officer of the unit: dismissed, at the end of the term, or because the clearance was lost."""

    person_id: UUID
    unit_id: UUID
    reason_code: Code
    at: Instant


class ClearanceRenewedV1(
    Fact,
    type="be.police.cg.screening.ClearanceRenewed.v1",
    key="clearance_id",
    tier=Tier.T3,
    legal_basis=SECRECY,
    purpose="renewal in time",
):
    """The clearance no longer counts, because the one that renews it is of use."""

    clearance_id: UUID
    renewed_by: UUID
    person_id: UUID
    at: Instant


class ClearanceRelinquishedV1(
    Fact,
    type="be.police.cg.screening.ClearanceRelinquished.v1",
    key="clearance_id",
    tier=Tier.T3,
    legal_basis=SECRECY,
    purpose="no access without a need to know",
):
    """The clearance is given up by its holder, or because nobody needs it any more, and no longer counts."""

    clearance_id: UUID
    person_id: UUID
    reason_code: Code
    at: Instant


# Aftercare


class AdverseCategory(StrEnum):
    """What kind of thing an authority has learnt of a person; never what."""

    PROCEEDINGS = "proceedings"
    CONVICTION = "conviction"
    DISCIPLINE = "discipline"
    SECURITY_BREACH = "security_breach"
    EXTREMISM = "extremism"
    FOREIGN_INTEREST = "foreign_interest"
    OTHER = "other"


class AdverseInformationReportedV1(
    Request,
    type="be.police.cg.screening.AdverseInformationReported.v1",
    key="person_id",
    by=("justice", "inspection"),
    tier=Tier.T3,
    legal_basis=SECRECY,
    purpose="reassessment on new facts",
):
    """An authority has learnt something of a person that bears on their advice or clearance; what it is, it says on request under its own reference."""

    request_id: UUID
    requester_ref: Ref
    person_id: UUID
    category: AdverseCategory


class AdverseInformationRecordedV1(
    Fact,
    type="be.police.cg.screening.AdverseInformationRecorded.v1",
    key="aftercare_id",
    numbered=False,
    answers=("be.police.cg.screening.AdverseInformationReported.v1",),
    tier=Tier.T3,
    legal_basis=SECRECY,
    purpose="answer to who reported",
):
    """What was reported is looked into in an aftercare case; the positive advices that the person has are reassessed."""

    aftercare_id: UUID
    request_id: UUID
    requester_ref: Ref


class SecurityAdviceReassessedV1(
    Fact,
    type="be.police.cg.screening.SecurityAdviceReassessed.v1",
    key="case_id",
    tier=Tier.T3,
    legal_basis=SECRECY,
    purpose="no access on an advice that does not hold",
):
    """A positive advice was looked at again by somebody who did not prepare it: it stays positive, or no longer counts from now on."""

    case_id: UUID
    person_id: UUID
    request_id: UUID
    requester_ref: Ref
    outcome: Outcome
