"""An audit engagement from its plan to its closing, with all that it finds: one aggregate, because a report stands or falls as a whole."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import assert_never
from uuid import UUID

from cg_contracts.audit import EngagementType, Severity
from cg_contracts.integrity import MatterCategory
from cg_contracts.levels import Level
from cg_kit.pure import Deadline, Due, Refused
from cg_kit.pure.terms import day_of
from services.audit.domain.finding import STANDS, Advice, Evidence, Finding, Said, Standing, content, unfit
from services.audit.domain.scale import INDEPENDENCE, RIGHT_OF_REPLY, Text, beyond, missing, since

Kind = EngagementType

MOST = 200
"""Findings, recommendations and pieces of evidence, each, that one engagement can hold; a larger one is planned as several."""


class Status(StrEnum):
    """Where an engagement is."""

    NEW = "NEW"
    PROPOSED = "PROPOSED"
    PLANNED = "PLANNED"
    ANNOUNCED = "ANNOUNCED"
    PLANNING = "PLANNING"
    FIELDWORK = "FIELDWORK"
    DRAFT_REPORT = "DRAFT_REPORT"
    RIGHT_OF_REPLY = "RIGHT_OF_REPLY"
    FINAL_REPORT = "FINAL_REPORT"
    CLOSED = "CLOSED"
    DEFERRED = "DEFERRED"
    CANCELLED = "CANCELLED"


OPEN = tuple(status for status in Status if status not in (Status.NEW, Status.CLOSED, Status.CANCELLED))
WORKING = (Status.FIELDWORK, Status.DRAFT_REPORT, Status.RIGHT_OF_REPLY)
"""While something can still be found."""
REPORTED = (Status.FINAL_REPORT, Status.CLOSED)
"""Once what was found is frozen (AUD-3)."""


class Destination(StrEnum):
    """To whom a matter is referred that is not audit's (AUD-8)."""

    INTEGRITY = "integrity"
    PROSECUTOR = "prosecutor"


@dataclass(frozen=True, slots=True)
class Brief:
    """What is to be audited, why, when and for how long."""

    kind: EngagementType
    title: Text
    unit_ids: tuple[UUID, ...]
    reason: str
    starts_on: date
    days: int
    plan_id: UUID | None = None
    follows: tuple[UUID, ...] = ()
    """Recommendations that a follow-up verifies."""


@dataclass(frozen=True, slots=True)
class Scope:
    """The objectives, what is looked at and what is not, and against what."""

    objectives: Text
    included: Text
    excluded: Text
    criteria: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Declaration:
    """An auditor declares to have been responsible for nothing in this unit during the last twelve months."""

    person_id: UUID
    unit_id: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class Reply:
    """What a unit says of the draft; without a text it has said nothing in time."""

    unit_id: UUID
    text: str | None
    by: UUID | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Referral:
    """A matter that went to integrity or to the prosecutor; what was seen lies in the vault (`sealed`), for the lead auditor and the head of audit."""

    matter_id: UUID
    unit_id: UUID
    destination: Destination
    category: MatterCategory
    facts_on: date | None
    finding_id: UUID | None
    sealed: UUID | None
    by: UUID
    at: datetime
    answer: str | None = None


@dataclass(frozen=True, slots=True)
class Engagement:
    """An engagement as it stands."""

    status: Status = Status.NEW
    brief: Brief | None = None
    lead: UUID | None = None
    team: tuple[UUID, ...] = ()
    scope: Scope | None = None
    declarations: tuple[Declaration, ...] = ()
    programme: str = ""
    programme_by: UUID | None = None
    evidence: tuple[Evidence, ...] = ()
    findings: tuple[Finding, ...] = ()
    advices: tuple[Advice, ...] = ()
    referrals: tuple[Referral, ...] = ()
    opinion: Text | None = None
    reply_due_at: datetime | None = None
    replies: tuple[Reply, ...] = ()
    announced_at: datetime | None = None
    final_at: datetime | None = None
    gone: tuple[UUID, ...] = ()
    """Units of the brief that ended since."""
    moved_to: tuple[UUID, ...] = ()
    """Units that came of them."""


NEW = Engagement()


# Commands


@dataclass(frozen=True, slots=True)
class Plan:
    """An engagement is planned."""

    brief: Brief
    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class Propose:
    """What others report of a unit proposes a special engagement."""

    unit_id: UUID
    codes: tuple[str, ...]
    at: datetime


@dataclass(frozen=True, slots=True)
class Confirm:
    """The head of audit wants what was proposed."""

    brief: Brief
    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class Announce:
    """The units are told; a lead auditor and a team have it."""

    lead: UUID
    team: tuple[UUID, ...]
    starts_on: date
    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class Defer:
    """It is put off to a later day."""

    starts_on: date
    reason: str
    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class Cancel:
    """It will not take place."""

    reason: str
    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class SetTeam:
    """Who leads and who works on it from now on."""

    lead: UUID
    team: tuple[UUID, ...]
    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class SetScope:
    """The lead auditor says what is looked at, or changes it, and the units see it."""

    scope: Scope
    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class Declare:
    """A member of the team declares to be independent of these units; `held`: units in which org had them in a post within the twelve months."""

    person_id: UUID
    unit_ids: tuple[UUID, ...]
    held: tuple[UUID, ...]
    at: datetime


@dataclass(frozen=True, slots=True)
class DrawUp:
    """The lead auditor draws up the work programme."""

    programme: str
    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class ApproveProgramme:
    """The head of audit approves the work programme, and the fieldwork begins."""

    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class AddEvidence:
    """An auditor files a working paper."""

    evidence: Evidence


@dataclass(frozen=True, slots=True)
class DraftFinding:
    """An auditor drafts a finding, or drafts it otherwise; `repeats`: earlier ones on a theme in the unit."""

    finding_id: UUID
    said: Said
    repeats: tuple[UUID, ...]
    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class DiscussFinding:
    """It was discussed with the audited unit, which may read it from now on (AUD-6)."""

    finding_id: UUID
    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class RaiseFinding:
    """The lead auditor or the head of audit validates it."""

    finding_id: UUID
    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class DropFinding:
    """It turns out to be none."""

    finding_id: UUID
    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class Supersede:
    """A raised finding is replaced by another, whatever the state of the report (AUD-3)."""

    finding_id: UUID
    new_id: UUID
    said: Said
    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class Refer:
    """What was found is not audit's: it goes to integrity or the prosecutor, and not into the report (AUD-8)."""

    matter_id: UUID
    unit_id: UUID
    destination: Destination
    category: MatterCategory
    facts_on: date | None
    finding_id: UUID | None
    sealed: UUID | None
    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class NoteReferred:
    """Who it was referred to says what becomes of it."""

    matter_id: UUID
    answer: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Recommend:
    """An auditor drafts a recommendation, or drafts it otherwise."""

    recommendation_id: UUID
    finding_ids: tuple[UUID, ...]
    unit_id: UUID
    text: Text
    priority: Severity
    owner_post_id: UUID | None
    target_on: date | None
    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class Conclude:
    """The lead auditor ends the fieldwork with an opinion: the report is drafted."""

    opinion: Text
    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class SendDraft:
    """The draft goes to the units, who may reply."""

    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class TakeReply:
    """A unit replies."""

    unit_id: UUID
    text: str
    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class Finalise:
    """The head of audit makes the report final."""

    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class NoteResponse:
    """A recommendation was answered."""

    recommendation_id: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class NoteOver:
    """Nothing is open on a recommendation any more; or something is again."""

    recommendation_id: UUID
    over: bool
    at: datetime


@dataclass(frozen=True, slots=True)
class CloseFinding:
    """Audit closes a finding on which nothing is open (AUD-4)."""

    finding_id: UUID
    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class Close:
    """The head of audit closes the engagement."""

    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class Remap:
    """A unit in scope ended, and these go on."""

    unit_id: UUID
    successors: tuple[UUID, ...]
    at: datetime


Command = (
    Plan
    | Propose
    | Confirm
    | Announce
    | Defer
    | Cancel
    | SetTeam
    | SetScope
    | Declare
    | DrawUp
    | ApproveProgramme
    | AddEvidence
    | DraftFinding
    | DiscussFinding
    | RaiseFinding
    | DropFinding
    | Supersede
    | Refer
    | NoteReferred
    | Recommend
    | Conclude
    | SendDraft
    | TakeReply
    | Finalise
    | NoteResponse
    | NoteOver
    | CloseFinding
    | Close
    | Remap
    | Due
)


# Events


@dataclass(frozen=True, slots=True)
class EngagementPlanned:
    """It is planned."""

    brief: Brief
    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class SpecialProposed:
    """It is proposed, for what others reported."""

    brief: Brief
    at: datetime


@dataclass(frozen=True, slots=True)
class Announced:
    """The units know."""

    lead: UUID
    team: tuple[UUID, ...]
    starts_on: date
    at: datetime


@dataclass(frozen=True, slots=True)
class Deferred:
    """It is put off."""

    starts_on: date
    reason: str
    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class EngagementCancelled:
    """It will not take place."""

    units: tuple[UUID, ...]
    reason: str
    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class TeamSet:
    """Who leads and who works on it."""

    lead: UUID
    team: tuple[UUID, ...]
    at: datetime


@dataclass(frozen=True, slots=True)
class ScopeSet:
    """What is looked at."""

    scope: Scope
    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class Declared:
    """Somebody is independent of these units."""

    declarations: tuple[Declaration, ...]


@dataclass(frozen=True, slots=True)
class DrawnUp:
    """There is a work programme, to be approved by somebody else."""

    programme: str
    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class FieldworkStarted:
    """The work programme is approved, and the work has begun."""

    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class EvidenceAdded:
    """A working paper is filed."""

    evidence: Evidence


@dataclass(frozen=True, slots=True)
class FindingDrafted:
    """A finding is drafted, or drafted otherwise."""

    finding_id: UUID
    said: Said
    repeats: tuple[UUID, ...]
    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class FindingDiscussed:
    """The audited unit may read it."""

    finding_id: UUID
    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class FindingRaised:
    """It stands."""

    finding_id: UUID
    said: Said
    repeats: tuple[UUID, ...]
    classification: Level | None
    supersedes: UUID | None
    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class Escalated:
    """It is critical: the commissioner-general has it today."""

    finding_id: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class FindingDropped:
    """It is none."""

    finding_id: UUID
    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class FindingSuperseded:
    """Another stands in its place; recommendations on it rest on that."""

    finding_id: UUID
    by_finding_id: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class AdviceRestated:
    """What an issued recommendation rests on says something else now."""

    recommendation_id: UUID
    finding_ids: tuple[UUID, ...]
    content: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Referred:
    """The matter is somebody else's."""

    referral: Referral


@dataclass(frozen=True, slots=True)
class ReferralAnswered:
    """They say what becomes of it."""

    matter_id: UUID
    answer: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Recommended:
    """A recommendation is drafted, or drafted otherwise."""

    advice: Advice


@dataclass(frozen=True, slots=True)
class AdviceIssued:
    """A recommendation goes to who is to answer it."""

    advice: Advice
    content: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Concluded:
    """The report is drafted."""

    opinion: Text
    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class DraftSent:
    """The units may reply until an instant."""

    reply_due_at: datetime
    at: datetime


@dataclass(frozen=True, slots=True)
class Replied:
    """A unit has replied, in time or late."""

    reply: Reply
    late: bool


@dataclass(frozen=True, slots=True)
class StayedSilent:
    """A unit has not replied in time."""

    unit_id: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class Finalised:
    """The report is final; `audited`: the units on which it gives assurance, which advice does not."""

    audited: tuple[UUID, ...]
    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class AdviceAnswered:
    """A recommendation was answered."""

    recommendation_id: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class AdviceOver:
    """Nothing is open on a recommendation, or something is again."""

    recommendation_id: UUID
    over: bool
    at: datetime


@dataclass(frozen=True, slots=True)
class FindingClosed:
    """Nothing is open on it."""

    finding_id: UUID
    by: UUID | None
    at: datetime


@dataclass(frozen=True, slots=True)
class EngagementClosed:
    """The work is over."""

    units: tuple[UUID, ...]
    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class ScopeRemapped:
    """A unit in scope goes on as these."""

    unit_id: UUID
    successors: tuple[UUID, ...]
    at: datetime


Event = (
    EngagementPlanned
    | SpecialProposed
    | Announced
    | Deferred
    | EngagementCancelled
    | TeamSet
    | ScopeSet
    | Declared
    | DrawnUp
    | FieldworkStarted
    | EvidenceAdded
    | FindingDrafted
    | FindingDiscussed
    | FindingRaised
    | Escalated
    | FindingDropped
    | FindingSuperseded
    | AdviceRestated
    | Referred
    | ReferralAnswered
    | Recommended
    | AdviceIssued
    | Concluded
    | DraftSent
    | Replied
    | StayedSilent
    | Finalised
    | AdviceAnswered
    | AdviceOver
    | FindingClosed
    | EngagementClosed
    | ScopeRemapped
)


def decide(it: Engagement, command: Command) -> list[Event] | Refused:
    """What a command makes of an engagement."""
    match it.status, command:
        case _, Due(name, at):
            return _fall_due(it, name, at)
        case Status.NEW, Plan(brief, by, at):
            return _unfit_brief(brief) or [EngagementPlanned(brief, by, at)]
        case Status.NEW, Propose(unit_id, codes, at):
            return [SpecialProposed(_proposal(unit_id, codes, at), at)]
        case Status.NEW, _:
            return [] if isinstance(command, (NoteReferred, NoteResponse, NoteOver, Remap)) else Refused("NOT-FOUND", "engagement_id")
        case _, Plan(brief):
            return [] if brief == it.brief else Refused("AUD-STATE")
        case _, Propose():
            return []
        case Status.PROPOSED | Status.DEFERRED, Confirm(brief, by, at):
            return _unfit_brief(brief) or [EngagementPlanned(brief, by, at)]
        case Status.PLANNED | Status.DEFERRED, Announce():
            return _announcing(it, command)
        case Status.PLANNED | Status.ANNOUNCED, Defer(starts_on, reason, by, at):
            return [Deferred(starts_on, reason, by, at)] if starts_on > day_of(at) else Refused("AUD-DATE", "starts_on")
        case Status.PROPOSED | Status.PLANNED | Status.ANNOUNCED | Status.DEFERRED, Cancel(reason, by, at):
            return [EngagementCancelled(scope_units(it), reason, by, at)]
        case Status.CANCELLED, Cancel():
            return []
        case ((Status.ANNOUNCED | Status.PLANNING), SetTeam(lead, team, by, at)):
            return _staffing(it, lead, team, at)
        case ((Status.FIELDWORK | Status.DRAFT_REPORT | Status.RIGHT_OF_REPLY), SetTeam(lead, team, by, at)):
            return _undeclared(it, _all(lead, team), at) or _staffing(it, lead, team, at)
        case ((Status.ANNOUNCED | Status.PLANNING | Status.FIELDWORK), SetScope(scope, by, at)):
            return _scoping(it, scope, by, at)
        case ((Status.ANNOUNCED | Status.PLANNING | Status.FIELDWORK | Status.DRAFT_REPORT | Status.RIGHT_OF_REPLY), Declare()):
            return _declaring(it, command)
        case Status.PLANNING, DrawUp(programme, by, at):
            if by != it.lead:
                return Refused("AUD-LEAD")
            return [] if programme == it.programme else [DrawnUp(programme, by, at)]
        case Status.PLANNING, ApproveProgramme(by, at):
            return _starting(it, by, at)
        case Status.RIGHT_OF_REPLY, TakeReply(unit_id, text, by, at):
            return _replying(it, Reply(unit_id, text, by, at))
        case Status.RIGHT_OF_REPLY | Status.DRAFT_REPORT, Finalise(by, at):
            return _finalising(it, by, at)
        case (
            (Status.FIELDWORK | Status.DRAFT_REPORT | Status.RIGHT_OF_REPLY),
            (AddEvidence() | DraftFinding() | DiscussFinding() | RaiseFinding() | DropFinding() | Refer() | Recommend() | Conclude() | SendDraft()),
        ):
            return _working(it, command)
        case _, Supersede():
            return _superseding(it, command)
        case _, NoteReferred(matter_id, answer, at):
            known = next((each for each in it.referrals if each.matter_id == matter_id), None)
            return [] if known is None or known.answer == answer else [ReferralAnswered(matter_id, answer, at)]
        case _, NoteResponse(recommendation_id, at):
            known_advice = _advice(it, recommendation_id)
            return [] if known_advice is None or known_advice.responded else [AdviceAnswered(recommendation_id, at)]
        case _, NoteOver(recommendation_id, over, at):
            return _noting_over(it, recommendation_id, over, at)
        case Status.FINAL_REPORT | Status.CLOSED, CloseFinding(finding_id, by, at):
            return _closing_finding(it, finding_id, by, at)
        case Status.FINAL_REPORT, Close(by, at):
            return [EngagementClosed(scope_units(it), by, at)]
        case Status.CLOSED, Close():
            return []
        case _, Remap(unit_id, successors, at):
            return [ScopeRemapped(unit_id, successors, at)] if unit_id in scope_units(it) and it.status in OPEN and successors else []
        case Status.CLOSED | Status.FINAL_REPORT, AddEvidence() | DraftFinding() | Recommend() | RaiseFinding() | DropFinding():
            return Refused("AUD-3")
        case _:
            return Refused("AUD-STATE")


def _unfit_brief(brief: Brief) -> Refused | None:
    if not brief.unit_ids:
        return Refused("AUD-SCOPE", "unit_ids")
    if (lacks := missing(title=brief.title)) is not None:
        return Refused("AUD-LANGUAGES", lacks)
    if brief.days < 1:
        return Refused("AUD-CAPACITY", "days")
    return Refused("AUD-FOLLOW-UP", "follows") if brief.kind is Kind.FOLLOW_UP and not brief.follows else None


def _proposal(unit_id: UUID, codes: tuple[str, ...], at: datetime) -> Brief:
    title = {"nl": "Bijzondere audit na signalen", "fr": "Audit particulier à la suite de signaux", "en": "Special audit after signals"}
    return Brief(Kind.SPECIAL, title, (unit_id,), ",".join(dict.fromkeys(codes)), day_of(at), 10)


def _all(lead: UUID, team: tuple[UUID, ...]) -> tuple[UUID, ...]:
    return tuple(dict.fromkeys((lead, *team)))


def _announcing(it: Engagement, said: Announce) -> list[Event] | Refused:
    if said.starts_on < day_of(said.at):
        return Refused("AUD-DATE", "starts_on")
    return [Announced(said.lead, _all(said.lead, said.team), said.starts_on, said.at)]


def _staffing(it: Engagement, lead: UUID, team: tuple[UUID, ...], at: datetime) -> list[Event] | Refused:
    new = _all(lead, team)
    return [] if (it.lead, it.team) == (lead, new) else [TeamSet(lead, new, at)]


def _scoping(it: Engagement, scope: Scope, by: UUID, at: datetime) -> list[Event] | Refused:
    """Objectives in both languages and at least one criterion; whoever leads says it."""
    if by != it.lead:
        return Refused("AUD-LEAD")
    if (lacks := missing(objectives=scope.objectives, included=scope.included)) is not None:
        return Refused("AUD-LANGUAGES", lacks)
    if not scope.criteria:
        return Refused("AUD-SCOPE", "criteria")
    return [] if scope == it.scope else [ScopeSet(scope, by, at)]


def _declaring(it: Engagement, said: Declare) -> list[Event] | Refused:
    """For oneself, for units in scope, and not against what org knows: who held a post there within the twelve months is not independent of it (AUD-2)."""
    if said.person_id not in it.team:
        return Refused("AUD-TEAM")
    if set(said.unit_ids) - set(scope_units(it)):
        return Refused("AUD-SCOPE", "unit_ids")
    if set(said.unit_ids) & set(said.held):
        return Refused("AUD-2", "unit_ids")
    new = tuple(
        Declaration(said.person_id, unit_id, said.at) for unit_id in dict.fromkeys(said.unit_ids) if not _declared(it, said.person_id, unit_id, said.at)
    )
    return [Declared(new)] if new else []


def _declared(it: Engagement, person_id: UUID, unit_id: UUID, at: datetime) -> bool:
    first = since(INDEPENDENCE, at)
    return any((each.person_id, each.unit_id) == (person_id, unit_id) and day_of(each.at) >= first for each in it.declarations)


def _undeclared(it: Engagement, team: tuple[UUID, ...], at: datetime) -> Refused | None:
    """Each has declared to be independent of each unit in scope, no longer than twelve months ago (AUD-2)."""
    return None if all(_declared(it, person_id, unit_id, at) for person_id in team for unit_id in scope_units(it)) else Refused("AUD-2", "team")


def _starting(it: Engagement, by: UUID, at: datetime) -> list[Event] | Refused:
    if it.scope is None or not it.programme:
        return Refused("AUD-PROGRAMME")
    if by == it.programme_by:
        return Refused("AUD-EYES")
    return _undeclared(it, it.team, at) or [FieldworkStarted(by, at)]


def _working(it: Engagement, command: Command) -> list[Event] | Refused:
    """What the team does between the beginning of the fieldwork and the final report."""
    match command:
        case AddEvidence(evidence):
            return _barred(it, evidence.by, evidence.at) or _filing(it, evidence)
        case DraftFinding(by=by, at=at):
            return _barred(it, by, at) or _drafting(it, command)
        case DiscussFinding(finding_id, by, at):
            finding = find(it, finding_id)
            if finding is None:
                return Refused("NOT-FOUND", "finding_id")
            if finding.standing is Standing.DISCUSSED:
                return []
            return _barred(it, by, at) or ([FindingDiscussed(finding_id, by, at)] if finding.standing is Standing.DRAFT else Refused("AUD-STATE"))
        case RaiseFinding(finding_id, by, at):
            return _raising(it, finding_id, by, at)
        case DropFinding(finding_id, by, at):
            finding = find(it, finding_id)
            if finding is None:
                return Refused("NOT-FOUND", "finding_id")
            if finding.standing is Standing.DROPPED:
                return []
            return [FindingDropped(finding_id, by, at)] if finding.standing in (Standing.DRAFT, Standing.DISCUSSED) else Refused("AUD-3", "finding_id")
        case Refer():
            return _referring(it, command)
        case Recommend(by=by, at=at):
            return _barred(it, by, at) or _recommending(it, command)
        case Conclude(opinion, by, at):
            if by != it.lead:
                return Refused("AUD-LEAD")
            if (lacks := missing(opinion=opinion)) is not None:
                return Refused("AUD-LANGUAGES", lacks)
            return [] if opinion == it.opinion else [Concluded(opinion, by, at)]
        case SendDraft(by, at):
            return _sending(it, by, at)
        case _:
            return Refused("AUD-STATE")


def _barred(it: Engagement, by: UUID, at: datetime) -> Refused | None:
    """Only the team works on it, and only who has declared to be independent."""
    return Refused("AUD-TEAM") if by not in it.team else _undeclared(it, (by,), at)


def _filing(it: Engagement, evidence: Evidence) -> list[Event] | Refused:
    """A working paper once; of something classified, where it is kept and nothing of what it says (AUD-9)."""
    if evidence.classification is not None and evidence.note:
        return Refused("AUD-9", "note")
    known = next((each for each in it.evidence if each.evidence_id == evidence.evidence_id), None)
    if known is not None:
        return [] if replace(known, at=evidence.at) == evidence else Refused("AUD-3", "evidence_id")
    return [EvidenceAdded(evidence)] if len(it.evidence) < MOST else Refused("AUD-SIZE")


def _drafting(it: Engagement, said: DraftFinding) -> list[Event] | Refused:
    if it.brief is not None and it.brief.kind is Kind.ADVISORY:
        return Refused("AUD-ADVISORY")
    if said.said.unit_id not in scope_units(it):
        return Refused("AUD-SCOPE", "unit_id")
    known = find(it, said.finding_id)
    if known is None:
        return [FindingDrafted(said.finding_id, said.said, said.repeats, said.by, said.at)] if len(it.findings) < MOST else Refused("AUD-SIZE")
    if known.standing not in (Standing.DRAFT, Standing.DISCUSSED):
        return Refused("AUD-3", "finding_id")
    return [] if known.said == said.said else [FindingDrafted(said.finding_id, said.said, said.repeats, said.by, said.at)]


def _raising(it: Engagement, finding_id: UUID, by: UUID, at: datetime) -> list[Event] | Refused:
    """By another than who drafted it, with all that AUD-1 asks, and once it was discussed."""
    finding = find(it, finding_id)
    if finding is None:
        return Refused("NOT-FOUND", "finding_id")
    if finding.standing in STANDS:
        return []
    if finding.standing is not Standing.DISCUSSED:
        return Refused("AUD-DISCUSS", "finding_id")
    if by == finding.drafted_by:
        return Refused("AUD-EYES")
    if (lacks := unfit(finding.said, tuple(each.evidence_id for each in it.evidence))) is not None:
        return lacks
    return _standing(it, FindingRaised(finding_id, finding.said, finding.repeats, classified(it, finding.said), None, by, at))


def _standing(it: Engagement, raised: FindingRaised) -> list[Event]:
    """A critical finding is the commissioner-general's the same day, and its recommendations do not wait for the report."""
    events: list[Event] = [raised]
    if raised.said.severity is Severity.CRITICAL:
        events.append(Escalated(raised.finding_id, raised.at))
        after = evolve(it, raised)
        events += [AdviceIssued(each, content(each, after.findings), raised.at) for each in after.advices if _goes_out(after, each)]
    return events


def _goes_out(it: Engagement, advice: Advice) -> bool:
    """A recommendation on a critical finding that stands, not issued yet."""
    resting = [finding for finding in it.findings if finding.finding_id in advice.finding_ids]
    urgent = any(finding.standing in STANDS and finding.said.severity is Severity.CRITICAL for finding in resting)
    return advice.issued_at is None and urgent and all(finding.standing in STANDS for finding in resting)


def classified(it: Engagement, said: Said) -> Level | None:
    """The highest level among what bears a finding out."""
    levels = [each.classification for each in it.evidence if each.evidence_id in said.evidence and each.classification is not None]
    return max(levels, key=lambda level: level.rank, default=None)


def _superseding(it: Engagement, said: Supersede) -> list[Event] | Refused:
    """What was raised is never edited: another finding takes its place, with all that AUD-1 asks, by somebody else than who raised it (AUD-3)."""
    old = find(it, said.finding_id)
    if it.status not in (*WORKING, *REPORTED):
        return Refused("AUD-STATE")
    if old is None:
        return Refused("NOT-FOUND", "finding_id")
    if old.superseded_by == said.new_id:
        return []
    if old.standing not in STANDS or find(it, said.new_id) is not None:
        return Refused("AUD-STATE", "finding_id")
    if said.by == old.raised_by:
        return Refused("AUD-EYES")
    if said.said.unit_id not in (*scope_units(it), old.said.unit_id):
        return Refused("AUD-SCOPE", "unit_id")
    if (lacks := unfit(said.said, tuple(each.evidence_id for each in it.evidence))) is not None:
        return lacks
    gone = FindingSuperseded(said.finding_id, said.new_id, said.at)
    raised = FindingRaised(said.new_id, said.said, old.repeats, classified(it, said.said), said.finding_id, said.by, said.at)
    after = evolve(evolve(it, gone), raised)
    restated = [
        AdviceRestated(each.recommendation_id, each.finding_ids, content(each, after.findings), said.at)
        for each in after.advices
        if said.new_id in each.finding_ids and each.issued_at is not None
    ]
    return [gone, *_standing(evolve(it, gone), raised), *restated]


def _referring(it: Engagement, said: Refer) -> list[Event] | Refused:
    """A finding that is referred is in no report; a matter can also be referred that never was one (AUD-8)."""
    if (bar := _barred(it, said.by, said.at)) is not None:
        return bar
    known = next((each for each in it.referrals if each.matter_id == said.matter_id), None)
    if known is not None:
        return [] if known.category == said.category else Refused("AUD-8", "matter_id")
    if said.unit_id not in scope_units(it):
        return Refused("AUD-SCOPE", "unit_id")
    if said.finding_id is not None:
        finding = find(it, said.finding_id)
        if finding is None or finding.said.unit_id != said.unit_id:
            return Refused("NOT-FOUND", "finding_id")
        if finding.standing not in (Standing.DRAFT, Standing.DISCUSSED):
            return Refused("AUD-8", "finding_id")
    return [Referred(Referral(said.matter_id, said.unit_id, said.destination, said.category, said.facts_on, said.finding_id, said.sealed, said.by, said.at))]


def _recommending(it: Engagement, said: Recommend) -> list[Event] | Refused:
    if (lacks := missing(text=said.text)) is not None:
        return Refused("AUD-LANGUAGES", lacks)
    if said.unit_id not in scope_units(it):
        return Refused("AUD-SCOPE", "unit_id")
    if said.target_on is not None and (said.target_on <= day_of(said.at) or beyond(said.target_on)):
        return Refused("AUD-DATE", "target_on")
    resting = [find(it, finding_id) for finding_id in said.finding_ids]
    if any(each is None or each.standing in (Standing.DROPPED, Standing.REFERRED, Standing.SUPERSEDED) for each in resting):
        return Refused("NOT-FOUND", "finding_ids")
    if not resting and it.brief is not None and it.brief.kind is not Kind.ADVISORY:
        return Refused("AUD-RESTS", "finding_ids")
    advice = Advice(said.recommendation_id, said.finding_ids, said.unit_id, said.text, said.priority, said.owner_post_id, said.target_on, said.by)
    known = _advice(it, said.recommendation_id)
    if known is not None and known.issued_at is not None:
        return Refused("AUD-3", "recommendation_id")
    if known == advice:
        return []
    if known is None and len(it.advices) >= MOST:
        return Refused("AUD-SIZE")
    after = evolve(it, Recommended(advice))
    out: list[Event] = [AdviceIssued(advice, content(advice, after.findings), said.at)] if _goes_out(after, advice) else []
    return [Recommended(advice), *out]


def _sending(it: Engagement, by: UUID, at: datetime) -> list[Event] | Refused:
    """The lead auditor sends it once nothing is left in draft."""
    if it.status is Status.RIGHT_OF_REPLY:
        return []
    if by != it.lead:
        return Refused("AUD-LEAD")
    return _unready(it) or [DraftSent(RIGHT_OF_REPLY.due(at).due, at)]


def _unready(it: Engagement) -> Refused | None:
    """A report needs an opinion, and no finding on which nothing was decided."""
    if it.opinion is None:
        return Refused("AUD-OPINION")
    return Refused("AUD-1", "findings") if any(each.standing in (Standing.DRAFT, Standing.DISCUSSED) for each in it.findings) else None


def _replying(it: Engagement, reply: Reply) -> list[Event] | Refused:
    assert it.reply_due_at
    assert reply.text
    if reply.unit_id not in scope_units(it):
        return Refused("AUD-SCOPE", "unit_id")
    known = next((each for each in it.replies if each.unit_id == reply.unit_id and each.text is not None), None)
    if known is not None and known.text == reply.text:
        return []
    return [Replied(reply, reply.at >= it.reply_due_at)]


def _finalising(it: Engagement, by: UUID, at: datetime) -> list[Event] | Refused:
    """Once every unit has replied, or its silence is on record; advice alone needs no right of reply."""
    advisory = it.brief is not None and it.brief.kind is Kind.ADVISORY
    if it.status is Status.DRAFT_REPORT and not advisory:
        return Refused("AUD-REPLY")
    if not advisory and set(scope_units(it)) - {each.unit_id for each in it.replies}:
        return Refused("AUD-REPLY")
    if by == it.lead:
        return Refused("AUD-EYES")
    if (lacks := _unready(it)) is not None:
        return lacks
    issued = [AdviceIssued(each, content(each, it.findings), at) for each in it.advices if each.issued_at is None and _rests(it, each)]
    return [Finalised(() if advisory else scope_units(it), by, at), *issued]


def _rests(it: Engagement, advice: Advice) -> bool:
    """Whether what it rests on still stands."""
    return all(finding is not None and finding.standing in STANDS for finding in (find(it, each) for each in advice.finding_ids))


def _noting_over(it: Engagement, recommendation_id: UUID, over: bool, at: datetime) -> list[Event]:
    known = _advice(it, recommendation_id)
    if known is None or known.over == over:
        return []
    event = AdviceOver(recommendation_id, over, at)
    after = evolve(it, event)
    return [event, *(FindingClosed(each.finding_id, None, at) for each in after.findings if _nothing_open(after, each))]


def _nothing_open(it: Engagement, finding: Finding) -> bool:
    """It was answered, and every recommendation on it is over."""
    resting = [each for each in it.advices if finding.finding_id in each.finding_ids]
    return finding.standing in (Standing.RAISED, Standing.RESPONDED) and bool(resting) and all(each.over for each in resting)


def _closing_finding(it: Engagement, finding_id: UUID, by: UUID, at: datetime) -> list[Event] | Refused:
    finding = find(it, finding_id)
    if finding is None:
        return Refused("NOT-FOUND", "finding_id")
    if finding.standing is Standing.CLOSED:
        return []
    if finding.standing not in STANDS or any(finding_id in each.finding_ids and not each.over for each in it.advices):
        return Refused("AUD-4", "finding_id")
    return [FindingClosed(finding_id, by, at)]


def _fall_due(it: Engagement, name: str, at: datetime) -> list[Event]:
    """The term for replying is over: who said nothing has said nothing, and that is on record."""
    if name != "reply" or it.status is not Status.RIGHT_OF_REPLY or at != it.reply_due_at:
        return []
    replied = {each.unit_id for each in it.replies}
    return [StayedSilent(unit_id, at) for unit_id in scope_units(it) if unit_id not in replied]


def evolve(it: Engagement, event: Event) -> Engagement:
    """The engagement after an event."""
    match event:
        case EngagementPlanned(brief) | SpecialProposed(brief):
            return replace(it, brief=brief, status=Status.PLANNED if isinstance(event, EngagementPlanned) else Status.PROPOSED)
        case Announced(lead, team, starts_on, at):
            assert it.brief
            return replace(it, status=Status.ANNOUNCED, lead=lead, team=team, announced_at=at, brief=replace(it.brief, starts_on=starts_on))
        case Deferred(starts_on):
            assert it.brief
            return replace(it, status=Status.DEFERRED, brief=replace(it.brief, starts_on=starts_on))
        case EngagementCancelled():
            return replace(it, status=Status.CANCELLED)
        case TeamSet(lead, team):
            return replace(it, lead=lead, team=team)
        case ScopeSet(scope):
            return replace(it, scope=scope, status=Status.PLANNING if it.status is Status.ANNOUNCED else it.status)
        case Declared(declarations):
            same = {(each.person_id, each.unit_id) for each in declarations}
            return replace(it, declarations=(*(each for each in it.declarations if (each.person_id, each.unit_id) not in same), *declarations))
        case DrawnUp(programme, by):
            return replace(it, programme=programme, programme_by=by)
        case FieldworkStarted():
            return replace(it, status=Status.FIELDWORK)
        case EvidenceAdded(evidence):
            return replace(it, evidence=(*it.evidence, evidence))
        case FindingDrafted(finding_id, said, repeats, by):
            known = find(it, finding_id)
            made = Finding(finding_id, said, Standing.DRAFT, by, repeats) if known is None else replace(known, said=said, repeats=repeats, drafted_by=by)
            return _with(it, made)
        case FindingDiscussed(finding_id):
            return _stands(it, finding_id, Standing.DISCUSSED)
        case FindingDropped(finding_id):
            return _stands(it, finding_id, Standing.DROPPED)
        case FindingRaised(finding_id, said, repeats, _, supersedes, by, at):
            known = find(it, finding_id)
            drafted_by = known.drafted_by if known is not None else by
            made = Finding(finding_id, said, Standing.RAISED, drafted_by, repeats, raised_at=at, raised_by=by, supersedes=supersedes)
            return _with(it, made)
        case FindingSuperseded(finding_id, by_finding_id):
            known = find(it, finding_id)
            assert known
            moved = replace(it, advices=tuple(_resting_on(each, finding_id, by_finding_id) for each in it.advices))
            return _with(moved, replace(known, standing=Standing.SUPERSEDED, superseded_by=by_finding_id))
        case Referred(referral):
            after = replace(it, referrals=(*it.referrals, referral))
            return after if referral.finding_id is None else _stands(after, referral.finding_id, Standing.REFERRED)
        case ReferralAnswered(matter_id, answer):
            return replace(it, referrals=tuple(replace(each, answer=answer) if each.matter_id == matter_id else each for each in it.referrals))
        case Recommended(advice):
            return _advised(it, advice)
        case AdviceIssued(advice, _, at):
            return _advised(it, replace(advice, issued_at=at))
        case Concluded(opinion):
            return replace(it, opinion=opinion, status=Status.DRAFT_REPORT if it.status is Status.FIELDWORK else it.status)
        case DraftSent(reply_due_at):
            return replace(it, status=Status.RIGHT_OF_REPLY, reply_due_at=reply_due_at)
        case Replied(reply):
            return replace(it, replies=(*(each for each in it.replies if each.unit_id != reply.unit_id), reply))
        case StayedSilent(unit_id, at):
            return replace(it, replies=(*it.replies, Reply(unit_id, None, None, at)))
        case Finalised(at=at):
            return replace(it, status=Status.FINAL_REPORT, final_at=at)
        case AdviceAnswered(recommendation_id):
            return _responded(it, recommendation_id)
        case AdviceOver(recommendation_id, over):
            known_advice = _advice(it, recommendation_id)
            assert known_advice
            after = _advised(it, replace(known_advice, over=over))
            reopened = [each for each in after.findings if recommendation_id in _of(after, each) and each.standing is Standing.CLOSED and not over]
            for each in reopened:
                after = _stands(after, each.finding_id, Standing.RESPONDED)
            return after
        case FindingClosed(finding_id):
            return _stands(it, finding_id, Standing.CLOSED)
        case EngagementClosed():
            return replace(it, status=Status.CLOSED)
        case ScopeRemapped(unit_id, successors):
            more = tuple(each for each in successors if each not in scope_units(it) and each != unit_id)
            return replace(it, gone=(*it.gone, unit_id), moved_to=(*it.moved_to, *more))
        case Escalated() | AdviceRestated():
            return it
        case _:
            assert_never(event)


def due(it: Engagement) -> set[Deadline]:
    """The term for replying to the draft."""
    return {Deadline("reply", it.reply_due_at)} if it.status is Status.RIGHT_OF_REPLY and it.reply_due_at else set()


def scope_units(it: Engagement) -> tuple[UUID, ...]:
    """The units that it is about: those of the brief, or what came of them since."""
    planned = it.brief.unit_ids if it.brief is not None else ()
    return tuple(each for each in dict.fromkeys((*planned, *it.moved_to)) if each not in it.gone)


def find(it: Engagement, finding_id: UUID) -> Finding | None:
    """The finding of this id."""
    return next((each for each in it.findings if each.finding_id == finding_id), None)


def _advice(it: Engagement, recommendation_id: UUID) -> Advice | None:
    return next((each for each in it.advices if each.recommendation_id == recommendation_id), None)


def _of(it: Engagement, finding: Finding) -> set[UUID]:
    """The recommendations on a finding."""
    return {each.recommendation_id for each in it.advices if finding.finding_id in each.finding_ids}


def _with(it: Engagement, finding: Finding) -> Engagement:
    if find(it, finding.finding_id) is None:
        return replace(it, findings=(*it.findings, finding))
    return replace(it, findings=tuple(finding if each.finding_id == finding.finding_id else each for each in it.findings))


def _stands(it: Engagement, finding_id: UUID, standing: Standing) -> Engagement:
    finding = find(it, finding_id)
    assert finding
    return _with(it, replace(finding, standing=standing))


def _advised(it: Engagement, advice: Advice) -> Engagement:
    if _advice(it, advice.recommendation_id) is None:
        return replace(it, advices=(*it.advices, advice))
    return replace(it, advices=tuple(advice if each.recommendation_id == advice.recommendation_id else each for each in it.advices))


def _resting_on(advice: Advice, old: UUID, new: UUID) -> Advice:
    return replace(advice, finding_ids=tuple(new if each == old else each for each in advice.finding_ids))


def _responded(it: Engagement, recommendation_id: UUID) -> Engagement:
    """A finding is answered when all recommendations on it are."""
    advice = _advice(it, recommendation_id)
    assert advice
    after = _advised(it, replace(advice, responded=True))
    for finding in after.findings:
        resting = [each for each in after.advices if finding.finding_id in each.finding_ids]
        if finding.standing is Standing.RAISED and resting and all(each.responded for each in resting):
            after = _stands(after, finding.finding_id, Standing.RESPONDED)
    return after
