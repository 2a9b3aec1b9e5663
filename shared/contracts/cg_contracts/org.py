"""Spoken by the organisation service on cg.org.events, and asked of it on cg.org.intake.<account>; keyed by what it is about."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Annotated, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from cg_contracts.base import Code, Fact, Gap, Instant, Personal, Ref, Refusal, Rejection, Request, Rule, Sign, Tier, blame
from cg_contracts.levels import Level

STAFFING = "Law of 7 December 1998 (integrated police), art. 99; Royal Decree of 14 November 2006"
SECRECY = "Law of 11 December 1998 (classification, clearances, security advice)"
ZONING = "Law of 7 December 1998 (integrated police, structured on two levels), art. 3"
PLANNING = "Law of 7 December 1998 (integrated police, structured on two levels); circular PLP 35"
NAME = Annotated[str, StringConstraints(min_length=1, max_length=100)]
LABEL = Annotated[str, StringConstraints(min_length=1, max_length=200)]


class Language(StrEnum):
    """The national languages of Belgium."""

    NL = "nl"
    FR = "fr"
    DE = "de"


class Sensitivity(StrEnum):
    """What a post asks of its holder before the holder may start."""

    NONE = "none"
    ADVICE_REQUIRED = "advice_required"
    CLEARANCE_REQUIRED = "clearance_required"


class AppointmentKind(StrEnum):
    """How a post is held; only an interim may overlap with an absent holder."""

    PERMANENT = "permanent"
    MANDATE = "mandate"
    INTERIM = "interim"
    DETACHED = "detached"


class EvaluationKind(StrEnum):
    """When in a term a mandate is evaluated."""

    MID_TERM = "mid_term"
    FINAL = "final"


class EvaluationOutcome(StrEnum):
    """What an evaluation commission finds of a mandate: goed/bon, voldoende/satisfaisant, onvoldoende/insuffisant."""

    GOOD = "good"
    SUFFICIENT = "sufficient"
    INSUFFICIENT = "insufficient"


class UnitKind(StrEnum):
    """What an organisational unit is."""

    FORMAL_ORGANIZATION = "formal_organization"
    UNIT = "unit"
    GENERAL_DIRECTORATE = "general_directorate"
    DIRECTORATE = "directorate"
    DECONCENTRATED = "deconcentrated"
    SERVICE = "service"


class ZoneKind(StrEnum):
    """Whether a police zone covers one municipality or several."""

    ONE_MUNICIPALITY = "one_municipality"
    MULTI_MUNICIPALITY = "multi_municipality"


class ApprovalGround(StrEnum):
    """What the approval of a zonal security plan rests on: a decision of the ministers, or the end of their term without one."""

    EXPLICIT = "explicit"
    TACIT = "tacit"


class MappingKind(StrEnum):
    """What a reorganisation does with units. A unit that is not among those that come of it ends."""

    RENAME = "rename"
    MERGE = "merge"
    SPLIT = "split"
    MOVE = "move"
    CREATE = "create"
    ABOLISH = "abolish"


class Labels(BaseModel):
    """A label in the languages of the house; Dutch and French are always there."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    nl: LABEL
    fr: LABEL
    en: LABEL | None = None
    de: LABEL | None = None


class Municipality(BaseModel):
    """A municipality by its number in the national statistics (NIS)."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    nis_code: Annotated[str, StringConstraints(pattern=r"^[0-9]{5}$", max_length=5)]
    labels: Labels


class ZonalPriority(BaseModel):
    """What a zonal security plan puts first; without `nvp_ref`, the priority of the national security plan that it works out, it is the zone's own."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    code: Code
    nvp_ref: Code | None = None


class Names(BaseModel):
    """How a person is called."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    given: NAME
    family: NAME


ZONE_NUMBER = Annotated[str, StringConstraints(pattern=r"^[0-9]{4}$", max_length=4)]
MUNICIPALITIES = Annotated[tuple[Municipality, ...], Field(min_length=1, max_length=60)]
PRIORITIES = Annotated[tuple[ZonalPriority, ...], Field(min_length=1, max_length=40)]
UNITS = Field(max_length=50)


class UnitMapping(BaseModel):
    """Units before a reorganisation, and those that come of them."""

    model_config = ConfigDict(frozen=True, extra="ignore")
    kind: MappingKind
    from_unit_ids: Annotated[tuple[UUID, ...], UNITS] = ()
    to_unit_ids: Annotated[tuple[UUID, ...], UNITS] = ()


class TouchedHolder(BaseModel):
    """An assignment that lives in a post that is touched, and whose it is."""

    model_config = ConfigDict(frozen=True, extra="ignore")
    assignment_id: UUID
    person_id: UUID


class TouchedPost(BaseModel):
    """A post that a reorganisation touches: where it goes (none: it ends, or nobody has said yet), and who holds it or is proposed for it."""

    model_config = ConfigDict(frozen=True, extra="ignore")
    post_id: UUID
    to_unit_id: UUID | None = None
    holders: Annotated[tuple[TouchedHolder, ...], Field(max_length=10)] = ()


class PostImpact(BaseModel):
    """How much of a service hangs on one post."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    post_id: UUID
    open_items: Annotated[int, Field(ge=0)]


MAPPINGS = Annotated[tuple[UnitMapping, ...], Field(max_length=100)]


def one_at_most(case_id: UUID | None, application_id: UUID | None) -> None:
    """An outcome rests on a case, on an application, or on neither when the post is not sensitive."""
    if case_id is not None and application_id is not None:
        raise blame("application_id", "one-at-most", "at most one of case_id, application_id may be there")


# Asked of org


class PersonRegisteredV1(
    Request,
    type="be.police.cg.org.PersonRegistered.v1",
    key="person_id",
    by=("hr",),
    tier=Tier.T2,
    legal_basis=STAFFING,
    purpose="who can hold a post",
):
    """The staff system knows a person of this id, who can from now on be appointed."""

    person_id: UUID
    names: Annotated[Names, Personal("names")]
    language: Language


class PersonTransferredV1(
    Request,
    type="be.police.cg.org.PersonTransferred.v1",
    key="person_id",
    by=("hr",),
    tier=Tier.T2,
    legal_basis=STAFFING,
    purpose="who can hold a post",
):
    """The staff system moves a person to another unit from a date on."""

    person_id: UUID
    unit_id: UUID
    effective_from: date


class PersonLeftV1(
    Request,
    type="be.police.cg.org.PersonLeft.v1",
    key="person_id",
    by=("hr",),
    tier=Tier.T2,
    legal_basis=STAFFING,
    purpose="who can hold a post",
):
    """A person leaves the police, the date being the first day on which they no longer belong to it."""

    person_id: UUID
    left_on: date


class AppointmentRequestedV1(
    Request,
    type="be.police.cg.org.AppointmentRequested.v1",
    key="person_id",
    by=("hr",),
    refusal="be.police.cg.org.RequestRefused.v1",
    tier=Tier.T2,
    legal_basis=STAFFING,
    purpose="filling of posts",
):
    """The appointing authority has decided that a person is to hold a post, and asks that it be made so if nothing stands in the way."""

    request_id: UUID
    post_id: UUID
    person_id: UUID
    kind: AppointmentKind
    planned_start: date
    planned_end: date | None = None
    decision_ref: Ref


class ReorganisationImpactReportedV1(
    Request,
    type="be.police.cg.org.ReorganisationImpactReported.v1",
    key="reorganisation_id",
    by=("screening", "audit", "innovation"),
    tier=Tier.T1,
    legal_basis=STAFFING,
    purpose="reorganisation with nothing forgotten",
):
    """A service has this many things open that hang on what a reorganisation touches, and of these do not know where they go; it blocks nothing."""

    reorganisation_id: UUID
    open_items: Annotated[int, Field(ge=0)]
    unmapped_total: Annotated[int, Field(ge=0)] = 0
    unmapped_ids: Annotated[tuple[UUID, ...], Field(max_length=100)] = ()
    posts: Annotated[tuple[PostImpact, ...], Field(max_length=500)] = ()


# Refusals


class RequestRefusedV1(
    Refusal,
    Fact,
    type="be.police.cg.org.RequestRefused.v1",
    key="request_event_id",
    numbered=False,
    tier=Tier.T2,
    legal_basis=STAFFING,
    purpose="answer to who asked",
):
    """A request to org was understood and will not be done, for the rule that it names."""


class MessageRejectedV1(
    Rejection,
    Fact,
    type="be.police.cg.org.MessageRejected.v1",
    key="topic",
    numbered=False,
    tier=Tier.T1,
    purpose="tells a publisher what to mend",
):
    """What was published to org could not be taken as a message, and had no effect."""


class SequenceGapNoticedV1(
    Gap,
    Fact,
    type="be.police.cg.org.SequenceGapNoticed.v1",
    key="topic",
    numbered=False,
    tier=Tier.T1,
    purpose="warns a publisher that numbers are missing",
):
    """A message was taken whose `sequence` is not the one after the last that came for its subject: messages may be missing."""


class CanaryV1(
    Sign,
    Fact,
    type="be.police.cg.org.Canary.v1",
    key="lane",
    numbered=False,
    tier=Tier.T0,
    purpose="shows each minute that what org says reaches who hears it",
):
    """The way from org's journal to its listeners is open; nothing else happened, and nobody has to do anything."""


# Units and posts


class OrgUnitEstablishedV1(
    Fact,
    type="be.police.cg.org.OrgUnitEstablished.v1",
    key="unit_id",
    numbered=False,
    tier=Tier.T0,
    legal_basis=STAFFING,
    purpose="the structure of the house",
):
    """A unit of this kind exists under its parent from this date on; `change_id` names this change when it takes effect later."""

    unit_id: UUID
    slug: Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,63}$", max_length=64)]
    kind: UnitKind
    parent_id: UUID | None = None
    labels: Labels
    effective_from: date
    change_id: UUID | None = None
    predecessor_ids: Annotated[tuple[UUID, ...], UNITS] = ()
    reorganisation_id: UUID | None = None


class OrgUnitChangedV1(
    Fact,
    type="be.police.cg.org.OrgUnitChanged.v1",
    key="unit_id",
    numbered=False,
    tier=Tier.T0,
    legal_basis=STAFFING,
    purpose="the structure of the house",
):
    """From this date on the unit is as this says; before it, it stays as it was. `change_id` names this change when it takes effect later."""

    unit_id: UUID
    slug: Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,63}$", max_length=64)]
    kind: UnitKind
    parent_id: UUID | None = None
    labels: Labels
    effective_from: date
    change_id: UUID | None = None
    reorganisation_id: UUID | None = None


class OrgUnitChangeTookEffectV1(
    Fact,
    type="be.police.cg.org.OrgUnitChangeTookEffect.v1",
    key="unit_id",
    numbered=False,
    tier=Tier.T0,
    legal_basis=STAFFING,
    purpose="the structure of the house",
):
    """The date has come of a change that was told before under this `change_id`, and nothing has replaced it: the unit is now as this says."""

    unit_id: UUID
    change_id: UUID
    slug: Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,63}$", max_length=64)]
    kind: UnitKind
    parent_id: UUID | None = None
    labels: Labels
    effective_from: date


class OrgUnitAbolishedV1(
    Fact,
    type="be.police.cg.org.OrgUnitAbolished.v1",
    key="unit_id",
    numbered=False,
    tier=Tier.T0,
    legal_basis=STAFFING,
    purpose="the structure of the house",
):
    """From this date on the unit does not exist any more, and whatever names it means its successors; without any it has simply ended."""

    unit_id: UUID
    successor_ids: Annotated[tuple[UUID, ...], UNITS] = ()
    effective_from: date
    reorganisation_id: UUID


class OrgUnitCorrectedV1(
    Fact,
    type="be.police.cg.org.OrgUnitCorrected.v1",
    key="unit_id",
    numbered=False,
    tier=Tier.T0,
    legal_basis=STAFFING,
    purpose="the structure of the house",
):
    """What was said of the unit from a date in the past on was wrong, and this is what holds from that date; the earlier record stays readable (ORG-6)."""

    unit_id: UUID
    slug: Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,63}$", max_length=64)]
    kind: UnitKind
    parent_id: UUID | None = None
    labels: Labels
    effective_from: date
    recorded_at: Instant


class PostOpenedV1(
    Fact,
    type="be.police.cg.org.PostOpened.v1",
    key="post_id",
    tier=Tier.T1,
    legal_basis=STAFFING,
    purpose="filling of posts",
):
    """A post exists in a unit, may be held, and asks this of its holder."""

    post_id: UUID
    unit_id: UUID
    role: Code
    is_head: bool = False
    is_mandate: bool = False
    sensitivity: Sensitivity
    required_level: Level | None = None
    effective_from: date


class PostMovedV1(
    Fact,
    type="be.police.cg.org.PostMoved.v1",
    key="post_id",
    tier=Tier.T1,
    legal_basis=STAFFING,
    purpose="filling of posts",
):
    """From this date on the post is in another unit, with whoever holds it and with what it asks of them; until then it was in the first."""

    post_id: UUID
    from_unit_id: UUID
    to_unit_id: UUID
    is_head: bool = False
    effective_from: date
    reorganisation_id: UUID | None = None


class PostAbolishedV1(
    Fact,
    type="be.police.cg.org.PostAbolished.v1",
    key="post_id",
    tier=Tier.T1,
    legal_basis=STAFFING,
    purpose="filling of posts",
):
    """From this date on the post does not exist any more, and nobody holds it or can be proposed for it."""

    post_id: UUID
    reason_code: Code
    effective_from: date
    reorganisation_id: UUID | None = None


class HeadPostUnattendedV1(
    Fact,
    type="be.police.cg.org.HeadPostUnattended.v1",
    key="post_id",
    tier=Tier.T1,
    legal_basis=STAFFING,
    purpose="no unit stays without a head unseen",
):
    """For longer than is allowed nobody has acted in this post, which heads a unit: no holder who is there, and no interim."""

    post_id: UUID
    unit_id: UUID
    since_at: Instant
    due_at: Instant


# Reorganisations


class ReorganisationScheduledV1(
    Fact,
    type="be.police.cg.org.ReorganisationScheduled.v1",
    key="reorganisation_id",
    numbered=False,
    tier=Tier.T2,
    legal_basis=STAFFING,
    purpose="reorganisation with nothing forgotten",
):
    """Units become others as this date begins, if everything has its place by then; who keeps something of them or of these posts reports it to org."""

    reorganisation_id: UUID
    effective_date: date
    mappings: MAPPINGS
    posts: Annotated[tuple[TouchedPost, ...], Field(max_length=500)] = ()


class ReorganisationTookEffectV1(
    Fact,
    type="be.police.cg.org.ReorganisationTookEffect.v1",
    key="reorganisation_id",
    numbered=False,
    tier=Tier.T1,
    legal_basis=STAFFING,
    purpose="reorganisation with nothing forgotten",
):
    """Since this date began the units are as the mappings say, and each is told of apart; posts that move or end follow."""

    reorganisation_id: UUID
    effective_date: date
    decision_ref: Ref
    mappings: MAPPINGS


class ReorganisationBlockedV1(
    Fact,
    type="be.police.cg.org.ReorganisationBlocked.v1",
    key="reorganisation_id",
    numbered=False,
    tier=Tier.T1,
    legal_basis=STAFFING,
    purpose="reorganisation with nothing forgotten",
):
    """A reorganisation did not take effect on its date, for this rule; nothing has changed, and it waits to be mended and scheduled anew."""

    reorganisation_id: UUID
    effective_date: date
    rule: Rule
    unmapped_total: Annotated[int, Field(ge=0)] = 0
    unmapped_ids: Annotated[tuple[UUID, ...], Field(max_length=100)] = ()


class ReorganisationCancelledV1(
    Fact,
    type="be.police.cg.org.ReorganisationCancelled.v1",
    key="reorganisation_id",
    numbered=False,
    tier=Tier.T1,
    legal_basis=STAFFING,
    purpose="reorganisation with nothing forgotten",
):
    """A reorganisation that was scheduled will not take effect."""

    reorganisation_id: UUID
    reason_code: Code


# Persons


class PersonUnitChangedV1(
    Fact,
    type="be.police.cg.org.PersonUnitChanged.v1",
    key="person_id",
    tier=Tier.T2,
    legal_basis=STAFFING,
    purpose="need to know after a transfer",
):
    """The person is employed in another unit from this date on; the posts that they hold go on until that is said of each."""

    person_id: UUID
    from_unit_id: UUID
    to_unit_id: UUID
    effective_from: date


# Assignments


class AppointmentProposedV1(
    Fact,
    type="be.police.cg.org.AppointmentProposed.v1",
    key="post_id",
    answers=("be.police.cg.org.AppointmentRequested.v1",),
    tier=Tier.T2,
    legal_basis=STAFFING,
    purpose="filling of posts",
):
    """The post is reserved for this person; what the post's sensitivity asks for is being sought, and nobody else can be proposed meanwhile."""

    assignment_id: UUID
    request_id: UUID
    post_id: UUID
    person_id: UUID
    kind: AppointmentKind
    sensitivity: Sensitivity
    required_level: Level | None = None
    planned_start: date
    planned_end: date | None = None


class AssignmentConfirmedV1(
    Fact,
    type="be.police.cg.org.AssignmentConfirmed.v1",
    key="post_id",
    answers=("be.police.cg.org.AppointmentRequested.v1",),
    tier=Tier.T2,
    legal_basis=STAFFING,
    purpose="filling of posts",
):
    """Nothing stands in the way: the person takes the post on its start date. At most one of case_id and application_id says what it rests on."""

    assignment_id: UUID
    request_id: UUID
    post_id: UUID
    person_id: UUID
    case_id: UUID | None = None
    application_id: UUID | None = None
    reason_code: Code
    planned_start: date
    planned_end: date | None = None

    @model_validator(mode="after")
    def _rests_on_one(self) -> Self:
        one_at_most(self.case_id, self.application_id)
        return self


class AssignmentRejectedV1(
    Fact,
    type="be.police.cg.org.AssignmentRejected.v1",
    key="post_id",
    answers=("be.police.cg.org.AppointmentRequested.v1",),
    tier=Tier.T2,
    legal_basis=STAFFING,
    purpose="filling of posts",
):
    """The person will not hold the post by this request, and the post is vacant again. At most one of case_id and application_id says what it rests on."""

    assignment_id: UUID
    request_id: UUID
    post_id: UUID
    person_id: UUID
    case_id: UUID | None = None
    application_id: UUID | None = None
    reason_code: Code

    @model_validator(mode="after")
    def _rests_on_one(self) -> Self:
        one_at_most(self.case_id, self.application_id)
        return self


class AssignmentStartedV1(
    Fact,
    type="be.police.cg.org.AssignmentStarted.v1",
    key="post_id",
    tier=Tier.T2,
    legal_basis=STAFFING,
    purpose="filling of posts",
):
    """The person holds the post from this instant on, with the access that goes with it."""

    assignment_id: UUID
    post_id: UUID
    person_id: UUID
    started_at: Instant


class AssignmentSuspendedV1(
    Fact,
    type="be.police.cg.org.AssignmentSuspended.v1",
    key="post_id",
    tier=Tier.T2,
    legal_basis=SECRECY,
    purpose="no work without the clearance it needs",
):
    """The person may no longer act in the post, which stays theirs until a person re-activates or ends the assignment."""

    assignment_id: UUID
    post_id: UUID
    person_id: UUID
    reason_code: Code
    suspended_at: Instant


class AssignmentEndedV1(
    Fact,
    type="be.police.cg.org.AssignmentEnded.v1",
    key="post_id",
    tier=Tier.T2,
    legal_basis=STAFFING,
    purpose="filling of posts",
):
    """The person no longer holds the post; their need to know from it has ended, and unless somebody else holds it the post is vacant."""

    assignment_id: UUID
    post_id: UUID
    person_id: UUID
    reason_code: Code
    ended_at: Instant


class AssignmentEndPlannedV1(
    Fact,
    type="be.police.cg.org.AssignmentEndPlanned.v1",
    key="post_id",
    tier=Tier.T2,
    legal_basis=STAFFING,
    purpose="filling of posts",
):
    """The person holds the post until this day, on which it falls vacant; when the day has come `AssignmentEnded` says so."""

    assignment_id: UUID
    post_id: UUID
    person_id: UUID
    reason_code: Code
    ends_on: date


class AssignmentCorrectedV1(
    Fact,
    type="be.police.cg.org.AssignmentCorrected.v1",
    key="post_id",
    tier=Tier.T2,
    legal_basis=STAFFING,
    purpose="who answers for what was done on a day",
):
    """What was said of when the person held the post was wrong: they held it in [effective_from, effective_to), and never if the two are equal.

    What was known before stays readable (ORG-6)."""

    assignment_id: UUID
    post_id: UUID
    person_id: UUID
    effective_from: date
    effective_to: date | None = None
    reason_code: Code
    recorded_at: Instant


class InterimDesignatedV1(
    Fact,
    type="be.police.cg.org.InterimDesignated.v1",
    key="post_id",
    tier=Tier.T2,
    legal_basis=STAFFING,
    purpose="someone acts while the holder is away",
):
    """This person stands in for an absent or missing holder from this date on, and until the other one if it is there; never a term of a mandate."""

    assignment_id: UUID
    post_id: UUID
    person_id: UUID
    effective_from: date
    effective_to: date | None = None


class HolderAbsenceRegisteredV1(
    Fact,
    type="be.police.cg.org.HolderAbsenceRegistered.v1",
    key="post_id",
    tier=Tier.T2,
    legal_basis=STAFFING,
    purpose="someone acts while the holder is away",
):
    """The holder is away in this period (without end: until further notice); the post stays theirs, and an interim may stand in."""

    assignment_id: UUID
    post_id: UUID
    person_id: UUID
    effective_from: date
    effective_to: date | None = None


class HolderAbsenceStartedV1(
    Fact,
    type="be.police.cg.org.HolderAbsenceStarted.v1",
    key="post_id",
    tier=Tier.T2,
    legal_basis=STAFFING,
    purpose="someone acts while the holder is away",
):
    """The holder is away from now on."""

    assignment_id: UUID
    post_id: UUID
    person_id: UUID
    started_at: Instant


class HolderReturnedV1(
    Fact,
    type="be.police.cg.org.HolderReturned.v1",
    key="post_id",
    tier=Tier.T2,
    legal_basis=STAFFING,
    purpose="someone acts while the holder is away",
):
    """The holder is back, or will not be away after all; whoever stood in no longer does."""

    assignment_id: UUID
    post_id: UUID
    person_id: UUID
    returned_at: Instant


# Mandates


class MandateVacancyDeclaredV1(
    Fact,
    type="be.police.cg.org.MandateVacancyDeclared.v1",
    key="post_id",
    tier=Tier.T1,
    legal_basis=STAFFING,
    purpose="terms of mandates",
):
    """A post that is held by mandate is to be filled from this date on, by a selection."""

    mandate_id: UUID
    post_id: UUID
    vacant_from: date


class MandateStartedV1(
    Fact,
    type="be.police.cg.org.MandateStarted.v1",
    key="post_id",
    tier=Tier.T2,
    legal_basis=STAFFING,
    purpose="terms of mandates",
):
    """The holder begins this term of the mandate, which lasts until its end date (the first day after it) unless it is ended before."""

    mandate_id: UUID
    post_id: UUID
    person_id: UUID
    term_no: Annotated[int, Field(ge=1)]
    assignment_id: UUID
    starts_on: date
    ends_on: date


class MandateTermCorrectedV1(
    Fact,
    type="be.police.cg.org.MandateTermCorrected.v1",
    key="post_id",
    tier=Tier.T2,
    legal_basis=STAFFING,
    purpose="terms of mandates",
):
    """What was said of the first term of the mandate was wrong: it began on this date, and lasts until its end date unless it is or was ended before."""

    mandate_id: UUID
    post_id: UUID
    person_id: UUID
    term_no: Annotated[int, Field(ge=1)]
    starts_on: date
    ends_on: date


class MandateMidTermEvaluationDueV1(
    Fact,
    type="be.police.cg.org.MandateMidTermEvaluationDue.v1",
    key="post_id",
    tier=Tier.T2,
    legal_basis=STAFFING,
    purpose="terms of mandates",
):
    """The year has begun in which the mandate is to be evaluated, before this instant."""

    mandate_id: UUID
    post_id: UUID
    person_id: UUID
    term_no: Annotated[int, Field(ge=1)]
    due_at: Instant


class MandateEvaluationDeadlineMissedV1(
    Fact,
    type="be.police.cg.org.MandateEvaluationDeadlineMissed.v1",
    key="post_id",
    tier=Tier.T2,
    legal_basis=STAFFING,
    purpose="terms of mandates",
):
    """The mandate was not evaluated before this instant; it is late, and still to be done."""

    mandate_id: UUID
    post_id: UUID
    person_id: UUID
    term_no: Annotated[int, Field(ge=1)]
    due_at: Instant


class MandateEvaluatedV1(
    Fact,
    type="be.police.cg.org.MandateEvaluated.v1",
    key="post_id",
    tier=Tier.T2,
    legal_basis=STAFFING,
    purpose="terms of mandates",
):
    """The evaluation commission has evaluated this term of the mandate; what follows from it is decided by somebody else."""

    mandate_id: UUID
    post_id: UUID
    person_id: UUID
    term_no: Annotated[int, Field(ge=1)]
    kind: EvaluationKind
    outcome: EvaluationOutcome
    evaluated_at: Instant


class MandateRenewalWindowOpenedV1(
    Fact,
    type="be.police.cg.org.MandateRenewalWindowOpened.v1",
    key="post_id",
    tier=Tier.T2,
    legal_basis=STAFFING,
    purpose="terms of mandates",
):
    """The holder may ask for renewal before this instant."""

    mandate_id: UUID
    post_id: UUID
    person_id: UUID
    term_no: Annotated[int, Field(ge=1)]
    closes_at: Instant


class MandateRenewalRequestedV1(
    Fact,
    type="be.police.cg.org.MandateRenewalRequested.v1",
    key="post_id",
    tier=Tier.T2,
    legal_basis=STAFFING,
    purpose="terms of mandates",
):
    """The holder has asked for another term, and is to be evaluated."""

    mandate_id: UUID
    post_id: UUID
    person_id: UUID
    term_no: Annotated[int, Field(ge=1)]
    requested_at: Instant


class MandateRenewedV1(
    Fact,
    type="be.police.cg.org.MandateRenewed.v1",
    key="post_id",
    tier=Tier.T2,
    legal_basis=STAFFING,
    purpose="terms of mandates",
):
    """The mandate is given another term, of this number, which begins where the present one ends."""

    mandate_id: UUID
    post_id: UUID
    person_id: UUID
    term_no: Annotated[int, Field(ge=1)]
    starts_on: date
    ends_on: date


class MandateEndPlannedV1(
    Fact,
    type="be.police.cg.org.MandateEndPlanned.v1",
    key="post_id",
    tier=Tier.T2,
    legal_basis=STAFFING,
    purpose="terms of mandates",
):
    """It is known that the mandate ends on this date, for this reason, so that its succession can be prepared."""

    mandate_id: UUID
    post_id: UUID
    person_id: UUID
    term_no: Annotated[int, Field(ge=1)]
    ends_on: date
    outcome_code: Code


class MandateEndedV1(
    Fact,
    type="be.police.cg.org.MandateEnded.v1",
    key="post_id",
    tier=Tier.T2,
    legal_basis=STAFFING,
    purpose="terms of mandates",
):
    """The mandate has ended on this date with this outcome, and with it the assignment: the post is vacant."""

    mandate_id: UUID
    post_id: UUID
    person_id: UUID
    term_no: Annotated[int, Field(ge=1)]
    ended_on: date
    outcome_code: Code


# Access


class AccessEntitlementGrantedV1(
    Fact,
    type="be.police.cg.org.AccessEntitlementGranted.v1",
    key="post_id",
    tier=Tier.T2,
    legal_basis=SECRECY,
    purpose="access follows the post",
):
    """The person may use this resource because of the post that they hold."""

    entitlement_id: UUID
    person_id: UUID
    post_id: UUID
    resource: Code
    required_level: Level | None = None
    granted_at: Instant


class AccessEntitlementSuspendedV1(
    Fact,
    type="be.police.cg.org.AccessEntitlementSuspended.v1",
    key="post_id",
    tier=Tier.T2,
    legal_basis=SECRECY,
    purpose="access follows the clearance",
):
    """The person may not use this resource any more; that access is technically off is to be confirmed before the due instant."""

    entitlement_id: UUID
    person_id: UUID
    post_id: UUID
    resource: Code
    reason_code: Code
    suspended_at: Instant
    revocation_due_at: Instant


class AccessEntitlementRevokedV1(
    Fact,
    type="be.police.cg.org.AccessEntitlementRevoked.v1",
    key="post_id",
    tier=Tier.T2,
    legal_basis=SECRECY,
    purpose="access follows the clearance",
):
    """A security officer has confirmed that the person's access to this resource is technically off."""

    entitlement_id: UUID
    person_id: UUID
    post_id: UUID
    resource: Code
    reason_code: Code
    revoked_at: Instant


class AccessRevocationDeadlineMissedV1(
    Fact,
    type="be.police.cg.org.AccessRevocationDeadlineMissed.v1",
    key="post_id",
    tier=Tier.T2,
    legal_basis=SECRECY,
    purpose="access follows the clearance",
):
    """Nobody confirmed within the hour that access to this resource is off; it is late, and still owed."""

    entitlement_id: UUID
    person_id: UUID
    post_id: UUID
    resource: Code
    due_at: Instant


# Police zones: linked to a coordination and support directorate, never under it (ORG-5)


class PoliceZoneEstablishedV1(
    Fact,
    type="be.police.cg.org.PoliceZoneEstablished.v1",
    key="zone_id",
    numbered=False,
    tier=Tier.T0,
    legal_basis=ZONING,
    purpose="who polices where, and who supports it",
):
    """There is to be a police zone like this from this date on; `csd_id` is the directorate that it is linked to, which is not above it."""

    zone_id: UUID
    zone_number: ZONE_NUMBER
    kind: ZoneKind
    municipalities: MUNICIPALITIES
    csd_id: UUID
    korpschef_post_id: UUID | None = None
    labels: Labels
    effective_from: date


class PoliceZoneChangedV1(
    Fact,
    type="be.police.cg.org.PoliceZoneChanged.v1",
    key="zone_id",
    numbered=False,
    tier=Tier.T0,
    legal_basis=ZONING,
    purpose="who polices where, and who supports it",
):
    """From this date on the zone is as this says; before it, it stays as it was."""

    zone_id: UUID
    zone_number: ZONE_NUMBER
    kind: ZoneKind
    municipalities: MUNICIPALITIES
    csd_id: UUID
    korpschef_post_id: UUID | None = None
    labels: Labels
    effective_from: date


class PoliceZoneLinkedV1(
    Fact,
    type="be.police.cg.org.PoliceZoneLinked.v1",
    key="zone_id",
    numbered=False,
    tier=Tier.T0,
    legal_basis=ZONING,
    purpose="who polices where, and who supports it",
):
    """From this date on the zone is linked to this coordination and support directorate; nothing else about it changes."""

    zone_id: UUID
    csd_id: UUID
    effective_from: date


class PoliceZoneCorrectedV1(
    Fact,
    type="be.police.cg.org.PoliceZoneCorrected.v1",
    key="zone_id",
    numbered=False,
    tier=Tier.T0,
    legal_basis=ZONING,
    purpose="who polices where, and who supports it",
):
    """What was said of the zone from a date in the past on was wrong, and this is what holds from that date; the earlier record stays readable (ORG-6)."""

    zone_id: UUID
    zone_number: ZONE_NUMBER
    kind: ZoneKind
    municipalities: MUNICIPALITIES
    csd_id: UUID
    korpschef_post_id: UUID | None = None
    labels: Labels
    effective_from: date
    recorded_at: Instant


class PoliceZoneTookEffectV1(
    Fact,
    type="be.police.cg.org.PoliceZoneTookEffect.v1",
    key="zone_id",
    numbered=False,
    tier=Tier.T0,
    legal_basis=ZONING,
    purpose="who polices where, and who supports it",
):
    """The day has begun from which the zone is as this says; it had been registered ahead."""

    zone_id: UUID
    zone_number: ZONE_NUMBER
    kind: ZoneKind
    municipalities: MUNICIPALITIES
    csd_id: UUID
    korpschef_post_id: UUID | None = None
    labels: Labels
    effective_from: date


class PoliceZoneMergerScheduledV1(
    Fact,
    type="be.police.cg.org.PoliceZoneMergerScheduled.v1",
    key="to_zone_id",
    numbered=False,
    tier=Tier.T0,
    legal_basis=ZONING,
    purpose="who polices where, and who supports it",
):
    """On this date these zones are to end, and the new zone is to take their place."""

    merger_id: UUID
    from_zone_ids: Annotated[tuple[UUID, ...], Field(min_length=2, max_length=40)]
    to_zone_id: UUID
    effective_from: date


class PoliceZoneMergerCancelledV1(
    Fact,
    type="be.police.cg.org.PoliceZoneMergerCancelled.v1",
    key="to_zone_id",
    numbered=False,
    tier=Tier.T0,
    legal_basis=ZONING,
    purpose="who polices where, and who supports it",
):
    """The merger that was to take place on this date will not: the zones go on, and the new zone will not be there."""

    merger_id: UUID
    from_zone_ids: Annotated[tuple[UUID, ...], Field(min_length=2, max_length=40)]
    to_zone_id: UUID
    effective_from: date


class PoliceZonesMergedV1(
    Fact,
    type="be.police.cg.org.PoliceZonesMerged.v1",
    key="to_zone_id",
    numbered=False,
    tier=Tier.T0,
    legal_basis=ZONING,
    purpose="who polices where, and who supports it",
):
    """Since this date these zones no longer exist, and the new zone is in the place of them all."""

    merger_id: UUID
    from_zone_ids: Annotated[tuple[UUID, ...], Field(min_length=2, max_length=40)]
    to_zone_id: UUID
    effective_from: date


# Zonal security plans


class ZonalSecurityPlanAdoptedV1(
    Fact,
    type="be.police.cg.org.ZonalSecurityPlanAdopted.v1",
    key="zone_id",
    tier=Tier.T1,
    legal_basis=PLANNING,
    purpose="which priorities a zone works on",
):
    """The zonal security council has adopted the zone's plan for the days from period_from to before period_to; it is not yet approved."""

    zone_id: UUID
    plan_id: UUID
    period_from: date
    period_to: date
    priorities: PRIORITIES
    adopted_on: date


class ZonalSecurityPlanSubmittedV1(
    Fact,
    type="be.police.cg.org.ZonalSecurityPlanSubmitted.v1",
    key="zone_id",
    tier=Tier.T1,
    legal_basis=PLANNING,
    purpose="which priorities a zone works on",
):
    """The plan was submitted to the ministers, whose term ends at this instant."""

    zone_id: UUID
    plan_id: UUID
    submitted_on: date
    approval_due_at: Instant


class ZonalSecurityPlanApprovalDueV1(
    Fact,
    type="be.police.cg.org.ZonalSecurityPlanApprovalDue.v1",
    key="zone_id",
    tier=Tier.T1,
    legal_basis=PLANNING,
    purpose="which priorities a zone works on",
):
    """The ministers' term has ended and no decision is known: somebody is to enter what became of the plan, which silence by itself does not approve."""

    zone_id: UUID
    plan_id: UUID
    due_at: Instant


class ZonalSecurityPlanApprovedV1(
    Fact,
    type="be.police.cg.org.ZonalSecurityPlanApproved.v1",
    key="zone_id",
    tier=Tier.T1,
    legal_basis=PLANNING,
    purpose="which priorities a zone works on",
):
    """The plan is approved, by a decision of the ministers or tacitly, and comes into force on the first day of its period."""

    zone_id: UUID
    plan_id: UUID
    period_from: date
    period_to: date
    ground: ApprovalGround
    approved_on: date


class ZonalSecurityPlanReturnedV1(
    Fact,
    type="be.police.cg.org.ZonalSecurityPlanReturned.v1",
    key="zone_id",
    tier=Tier.T1,
    legal_basis=PLANNING,
    purpose="which priorities a zone works on",
):
    """The ministers have sent the plan back for this reason, and the zone rewrites it."""

    zone_id: UUID
    plan_id: UUID
    reason_code: Code
    returned_on: date


class ZonalSecurityPlanEnteredIntoForceV1(
    Fact,
    type="be.police.cg.org.ZonalSecurityPlanEnteredIntoForce.v1",
    key="zone_id",
    tier=Tier.T0,
    legal_basis=PLANNING,
    purpose="which priorities a zone works on",
):
    """From this date on the zone works by this plan."""

    zone_id: UUID
    plan_id: UUID
    period_from: date
    period_to: date
    priorities: PRIORITIES
    effective_from: date


class ZonalSecurityPlanAddendumAdoptedV1(
    Fact,
    type="be.police.cg.org.ZonalSecurityPlanAddendumAdopted.v1",
    key="zone_id",
    tier=Tier.T1,
    legal_basis=PLANNING,
    purpose="which priorities a zone works on",
):
    """The zonal security council changes the plan in force, for the days from period_from to before period_to."""

    zone_id: UUID
    plan_id: UUID
    addendum_id: UUID
    period_from: date
    period_to: date
    priorities: PRIORITIES
    adopted_on: date


class ZonalSecurityPlanAddendumEnteredIntoForceV1(
    Fact,
    type="be.police.cg.org.ZonalSecurityPlanAddendumEnteredIntoForce.v1",
    key="zone_id",
    tier=Tier.T0,
    legal_basis=PLANNING,
    purpose="which priorities a zone works on",
):
    """From this date on the zone works by this addendum too."""

    zone_id: UUID
    plan_id: UUID
    addendum_id: UUID
    priorities: PRIORITIES
    effective_from: date


class ZonalSecurityPlanAddendumExpiredV1(
    Fact,
    type="be.police.cg.org.ZonalSecurityPlanAddendumExpired.v1",
    key="zone_id",
    tier=Tier.T0,
    legal_basis=PLANNING,
    purpose="which priorities a zone works on",
):
    """The zone no longer works by this addendum."""

    zone_id: UUID
    plan_id: UUID
    addendum_id: UUID


class ZonalSecurityPlanEvaluatedV1(
    Fact,
    type="be.police.cg.org.ZonalSecurityPlanEvaluated.v1",
    key="zone_id",
    tier=Tier.T1,
    legal_basis=PLANNING,
    purpose="which priorities a zone works on",
):
    """The execution of the plan was evaluated; it stays in force until its period ends."""

    zone_id: UUID
    plan_id: UUID
    evaluated_on: date


class ZonalSecurityPlanExpiredV1(
    Fact,
    type="be.police.cg.org.ZonalSecurityPlanExpired.v1",
    key="zone_id",
    tier=Tier.T0,
    legal_basis=PLANNING,
    purpose="which priorities a zone works on",
):
    """The plan no longer counts, because its period or its zone has ended or the zone gave it up; `was_in_force` says whether it ever counted."""

    zone_id: UUID
    plan_id: UUID
    reason_code: Code
    was_in_force: bool
    expired_at: Instant
