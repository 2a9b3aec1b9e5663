"""A report: from its receipt to its archive. Both legal clocks run for each, a deputy takes over before they are missed, and nobody in its line handles it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import assert_never
from uuid import UUID

from cg_kit.pure import Deadline, Due, Refused
from cg_kit.pure.terms import Reckoned, Term, day_of, start_of
from services.integrity.domain.terms import ACKNOWLEDGE, CHECK_INS, DEPUTY_ACKNOWLEDGES, DEPUTY_GIVES_FEEDBACK, FEEDBACK, FEEDBACK_WARNINGS, REFERRAL, RETENTION

MOST_REFERRALS = 20
MOST_MESSAGES = 500
MOST_NAMED = 100


class Mode(StrEnum):
    """How a report came: with the reporter's name, with a name that stays between the custodians, without any, or from another service."""

    SIGNED = "signed"
    CONFIDENTIAL = "confidential"
    ANONYMOUS = "anonymous"
    REFERRED = "referred"


class Category(StrEnum):
    """What a report is about, coarsely; the last is outside the law on reports and goes to the psychosocial adviser."""

    CORRUPTION = "corruption"
    FRAUD = "fraud"
    CONFLICT_OF_INTEREST = "conflict_of_interest"
    ABUSE_OF_POWER = "abuse_of_power"
    MISUSE_OF_DATA = "misuse_of_data"
    PROCUREMENT = "procurement"
    OTHER = "other"
    PSYCHOSOCIAL = "psychosocial"


class Destination(StrEnum):
    """To whom a report can be referred."""

    PSYCHOSOCIAL = "psychosocial"
    COMITE_P = "comite_p"
    AIG = "aig"
    DISCIPLINARY = "disciplinary"
    PROSECUTOR = "prosecutor"
    AUDIT = "audit"


class Status(StrEnum):
    """Where a report stands."""

    NEW = "NEW"
    RECEIVED = "RECEIVED"
    ACKNOWLEDGED = "ACKNOWLEDGED"
    ASSESSMENT = "ASSESSMENT"
    ADMISSIBLE = "ADMISSIBLE"
    INADMISSIBLE = "INADMISSIBLE"
    REDIRECTED = "REDIRECTED"
    INVESTIGATION = "INVESTIGATION"
    REPORTED_TO_CG = "REPORTED_TO_CG"
    MEASURES_DECIDED = "MEASURES_DECIDED"
    CONCLUDED = "CONCLUDED"
    ARCHIVED = "ARCHIVED"


class Owed(StrEnum):
    """How it is with something that is owed to the reporter by law."""

    DUE = "DUE"
    MET = "MET"
    MISSED = "MISSED"


class Answer(StrEnum):
    """What became of a referral."""

    SENT = "sent"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    SILENT = "silent"


class Outcome(StrEnum):
    """How a report ended."""

    FOUNDED = "founded"
    PARTLY_FOUNDED = "partly_founded"
    UNFOUNDED = "unfounded"
    UNDECIDABLE = "undecidable"
    INADMISSIBLE = "inadmissible"
    REFERRED = "referred"


class Side(StrEnum):
    """Who wrote a message, or did what the reporter can see."""

    REPORTER = "reporter"
    SERVICE = "service"


@dataclass(frozen=True, slots=True)
class Change:
    """Something the reporter can see: on which day, what (a code), and for a message where its text lies in the vault."""

    on: date
    code: str
    side: Side = Side.SERVICE
    text: UUID | None = None


@dataclass(frozen=True, slots=True)
class Referral:
    """A report in the hands of another body, and what came of it; `receipt` is that body's own reference."""

    id: UUID
    destination: Destination
    sent_at: datetime
    answer: Answer = Answer.SENT
    receipt: str | None = None


@dataclass(frozen=True, slots=True)
class Measure:
    """What the commissioner-general decided against somebody named, and whether it bears on a clearance."""

    measure_code: str
    subject_id: UUID
    clearance_relevant: bool


@dataclass(frozen=True, slots=True)
class Report:
    """A report as it stands. No name of a reporter, no hour: every instant is the beginning of a day."""

    status: Status = Status.NEW
    mode: Mode = Mode.ANONYMOUS
    category: Category = Category.OTHER
    unit_id: UUID | None = None
    facts_on: date | None = None
    contact: bool = True
    received_at: datetime | None = None
    acknowledgement: Owed = Owed.DUE
    acknowledged_at: datetime | None = None
    feedback: Owed = Owed.DUE
    feedback_at: datetime | None = None
    handler: UUID | None = None
    recused: tuple[UUID, ...] = ()
    named: tuple[UUID, ...] = ()
    excluded: tuple[UUID, ...] = ()
    top: bool = False
    admissibility: str | None = None
    reasons: UUID | None = None
    referrals: tuple[Referral, ...] = ()
    measures: tuple[Measure, ...] = ()
    outcome: Outcome | None = None
    concluded_at: datetime | None = None
    false_proof: UUID | None = None
    changes: tuple[Change, ...] = ()
    seen: int = 0
    unread: int = 0
    untended: bool = False
    agreed: bool = False


NEW = Report()

OPEN = frozenset(Status) - {Status.NEW, Status.CONCLUDED, Status.ARCHIVED}
"""The service still has something to do."""


# Commands


@dataclass(frozen=True, slots=True)
class Receive:
    """A reporter reports. `excluded`: who may not handle it as far as the unit says; `top`: the commissioner-general or the service itself is concerned."""

    mode: Mode
    category: Category
    unit_id: UUID | None
    facts_on: date | None
    contact: bool
    text: UUID
    excluded: tuple[UUID, ...]
    top: bool
    referral_id: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class TakeReferred:
    """Another service refers a matter."""

    request_id: UUID
    requester_ref: str
    category: Category
    unit_id: UUID
    facts_on: date | None
    text: UUID | None
    at: datetime


@dataclass(frozen=True, slots=True)
class GiveTo:
    """The desk has found who handles it; `None`: nobody is there who may."""

    handler: UUID | None


@dataclass(frozen=True, slots=True)
class Claim:
    """A handler takes a report that nobody has."""

    by: UUID
    excluded: tuple[UUID, ...]
    top: bool
    at: datetime


@dataclass(frozen=True, slots=True)
class Cover:
    """The handler is away: somebody else has to take it."""

    absent: UUID


@dataclass(frozen=True, slots=True)
class Recuse:
    """The handler hands it over, because they know somebody in it; no reason has to be given."""

    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class Name:
    """The handler puts on record whom the report names; `excluded` is the line of all of them as of the facts' date."""

    by: UUID
    persons: tuple[UUID, ...]
    facts_on: date | None
    excluded: tuple[UUID, ...]
    top: bool
    at: datetime


@dataclass(frozen=True, slots=True)
class Acknowledge:
    """The handler confirms to the reporter that the report was received."""

    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class Assess:
    """The handler begins to assess whether it is admissible; without an acknowledgement only where the reporter wants no contact."""

    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class Admit:
    """It is admissible."""

    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class FindInadmissible:
    """It is not, for this reason; feedback is owed all the same (INT-4)."""

    by: UUID
    reason_code: str
    reasons: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class Redirect:
    """The report goes to another body; to the psychosocial adviser only if the reporter agreed."""

    by: UUID
    referral_id: UUID
    destination: Destination
    agreed: bool
    at: datetime


@dataclass(frozen=True, slots=True)
class RecordAnswer:
    """The other body accepted or refused; its reference is the receipt of the hand-over."""

    by: UUID
    referral_id: UUID
    answer: Answer
    receipt: str | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Investigate:
    """The investigation begins."""

    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class ReportToCg:
    """The commissioner-general gets the facts, not the identity."""

    by: UUID
    findings: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class DecideMeasures:
    """The commissioner-general decides; a measure is against somebody named."""

    by: UUID
    measures: tuple[Measure, ...]
    at: datetime


@dataclass(frozen=True, slots=True)
class Conclude:
    """The handler closes the report. `path`: from the smallest unit with k members up, for what is counted."""

    by: UUID
    outcome: Outcome
    path: tuple[UUID, ...]
    at: datetime


@dataclass(frozen=True, slots=True)
class GiveFeedback:
    """The handler tells the reporter what is done, or why nothing is."""

    by: UUID
    text: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class Write:
    """The handler writes to the reporter."""

    by: UUID
    text: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class WriteBack:
    """The reporter writes, with the code of the receipt."""

    text: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class AgreeToBeKnown:
    """The reporter says that the handler may know who they are."""

    at: datetime


@dataclass(frozen=True, slots=True)
class Visit:
    """The reporter has seen this many changes."""

    upto: int


@dataclass(frozen=True, slots=True)
class Show:
    """Something for the reporter to find in the conversation: who asks to know them, what was done about a reprisal."""

    code: str
    at: datetime


@dataclass(frozen=True, slots=True)
class HoldFalse:
    """The report was false and its maker knew; with the proof of that (INT-9)."""

    by: UUID
    proof: UUID | None
    at: datetime


Command = (
    Receive
    | TakeReferred
    | GiveTo
    | Claim
    | Cover
    | Recuse
    | Name
    | Acknowledge
    | Assess
    | Admit
    | FindInadmissible
    | Redirect
    | RecordAnswer
    | Investigate
    | ReportToCg
    | DecideMeasures
    | Conclude
    | GiveFeedback
    | Write
    | WriteBack
    | AgreeToBeKnown
    | Visit
    | Show
    | HoldFalse
    | Due
)


# Events


@dataclass(frozen=True, slots=True)
class Received:
    """A report is there, and both clocks run."""

    mode: Mode
    category: Category
    unit_id: UUID | None
    facts_on: date | None
    contact: bool
    text: UUID | None
    excluded: tuple[UUID, ...]
    top: bool
    at: datetime
    request_id: UUID | None = None
    requester_ref: str = ""


@dataclass(frozen=True, slots=True)
class HandlerWanted:
    """Somebody is to be found who may handle it and is there; the desk looks, past these."""

    but: tuple[UUID, ...]


@dataclass(frozen=True, slots=True)
class Given:
    """This person handles it from now on."""

    handler: UUID
    how: str


@dataclass(frozen=True, slots=True)
class NobodyFound:
    """Nobody at the desk may handle it: the head of service sees it among what has no handler."""


@dataclass(frozen=True, slots=True)
class Recused:
    """The handler has stepped back, and never handles this one again."""

    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class Named:
    """These persons are named in it; these may not handle it."""

    persons: tuple[UUID, ...]
    facts_on: date | None
    excluded: tuple[UUID, ...]
    top: bool
    at: datetime


@dataclass(frozen=True, slots=True)
class Dropped:
    """The handler turned out to be in its line: it is taken from them at once."""

    handler: UUID


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """The reporter was told that the report is there; `late`: after the term."""

    at: datetime
    late: bool


@dataclass(frozen=True, slots=True)
class AcknowledgementMissed:
    """Nobody acknowledged in time; it is late, and still owed."""

    at: datetime


@dataclass(frozen=True, slots=True)
class AssessmentBegun:
    """It is being looked at whether it is admissible."""

    at: datetime


@dataclass(frozen=True, slots=True)
class Admitted:
    """It is admissible."""

    at: datetime


@dataclass(frozen=True, slots=True)
class FoundInadmissible:
    """It is not, for this reason."""

    reason_code: str
    reasons: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class Redirected:
    """It is with another body, which has a term to answer."""

    referral_id: UUID
    destination: Destination
    at: datetime


@dataclass(frozen=True, slots=True)
class ReferralAnswered:
    """That body accepted or refused."""

    referral_id: UUID
    answer: Answer
    receipt: str | None
    at: datetime


@dataclass(frozen=True, slots=True)
class ReferralSilent:
    """That body said nothing in its term: the report is back."""

    referral_id: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class InvestigationBegun:
    """It is being investigated."""

    at: datetime


@dataclass(frozen=True, slots=True)
class ReportedToCg:
    """The commissioner-general has the facts."""

    findings: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class MeasuresDecided:
    """The commissioner-general has decided, perhaps that nothing has to be done."""

    measures: tuple[Measure, ...]
    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class Concluded:
    """It is closed."""

    outcome: Outcome
    category: Category
    path: tuple[UUID, ...]
    at: datetime


@dataclass(frozen=True, slots=True)
class FeedbackGiven:
    """The reporter was told what is done; `late`: after the term."""

    text: UUID
    at: datetime
    late: bool


@dataclass(frozen=True, slots=True)
class FeedbackNear:
    """So many days are left to tell the reporter what is done."""

    days: int


@dataclass(frozen=True, slots=True)
class FeedbackMissed:
    """The reporter was not told in time; it is late, and still owed."""

    at: datetime


@dataclass(frozen=True, slots=True)
class Written:
    """A message in the conversation."""

    side: Side
    text: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class AgreedToBeKnown:
    """The reporter has said that the handler may know who they are; the custodians still decide."""

    at: datetime


@dataclass(frozen=True, slots=True)
class Visited:
    """The reporter has seen this many changes."""

    upto: int


@dataclass(frozen=True, slots=True)
class AskedAfter:
    """The reporter finds the question whether anything was done to them."""

    months: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Shown:
    """The reporter finds it in the conversation."""

    code: str
    at: datetime


@dataclass(frozen=True, slots=True)
class HeldFalse:
    """It is proven that the report was false and that its maker knew."""

    proof: UUID
    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class Archived:
    """The retention has ended: nobody reads the file any more."""

    at: datetime


Event = (
    Received
    | HandlerWanted
    | Given
    | NobodyFound
    | Recused
    | Named
    | Dropped
    | Acknowledged
    | AcknowledgementMissed
    | AssessmentBegun
    | Admitted
    | FoundInadmissible
    | Redirected
    | ReferralAnswered
    | ReferralSilent
    | InvestigationBegun
    | ReportedToCg
    | MeasuresDecided
    | Concluded
    | FeedbackGiven
    | FeedbackNear
    | FeedbackMissed
    | Written
    | AgreedToBeKnown
    | Visited
    | AskedAfter
    | Shown
    | HeldFalse
    | Archived
)


def decide(report: Report, command: Command) -> list[Event] | Refused:
    """What a command makes of a report."""
    match report.status, command:
        case Status.NEW, Receive():
            return receiving(command)
        case Status.NEW, TakeReferred(request_id, ref, category, unit_id, facts_on, text, at):
            return [Received(Mode.REFERRED, category, unit_id, facts_on, False, text, (), False, at, request_id, ref)]
        case _, Receive() | TakeReferred():
            return []
        case Status.NEW, Due():
            return []
        case Status.NEW, _:
            return Refused("NOT-FOUND", "report_id")
        case _, Due(name, at):
            return falling_due(report, name, at)
        case Status.ARCHIVED, _:
            return Refused("INT-10")
        case _, GiveTo(handler):
            return being_given(report, handler)
        case _, Claim():
            return claiming(report, command)
        case _, Cover(absent):
            return [HandlerWanted((*report.excluded, *report.recused, absent))] if report.handler == absent and report.status in OPEN else []
        case _, Visit(upto):
            return [Visited(upto)] if report.seen < upto <= len(report.changes) else []
        case _, WriteBack(text, at):
            return [Written(Side.REPORTER, text, at)] if len(report.changes) < MOST_MESSAGES else Refused("INT-LONG")
        case _, AgreeToBeKnown(at):
            if report.mode not in {Mode.SIGNED, Mode.CONFIDENTIAL}:
                return Refused("INT-STATE")
            return [] if report.agreed else [AgreedToBeKnown(at)]
        case _, Show(code, at):
            return [Shown(code, at)]
        case _, DecideMeasures():
            return measuring(report, command)
        case _, HoldFalse(by, proof, at):
            return holding_false(report, by, proof, at)
        case _:
            return handling(report, command)


def handling(report: Report, command: Command) -> list[Event] | Refused:
    """What only the handler does, who is not in its line (INT-3)."""
    by = getattr(command, "by", None)
    if by is None or by != report.handler:
        return Refused("INT-HANDLER")
    if by in report.excluded:
        return Refused("INT-3")
    match report.status, command:
        case _, Recuse(by, at):
            return [Recused(by, at), HandlerWanted((*report.excluded, *report.recused, by))] if report.status in OPEN else Refused("INT-STATE")
        case _, Name():
            return naming(report, command)
        case _, Write(text=text, at=at):
            if not report.contact:
                return Refused("INT-NO-CONTACT")
            return [Written(Side.SERVICE, text, at)] if len(report.changes) < MOST_MESSAGES else Refused("INT-LONG")
        case _, Acknowledge(at=at):
            if report.acknowledged_at is not None:
                return []
            return [Acknowledged(at, at >= acknowledge_by(report))] if report.status in OPEN else Refused("INT-STATE")
        case _, GiveFeedback(text=text, at=at):
            if report.status in {Status.RECEIVED, Status.ACKNOWLEDGED} or report.feedback_at is not None:
                return Refused("INT-STATE")
            return [FeedbackGiven(text, at, at >= feedback_by(report))]
        case Status.ACKNOWLEDGED, Assess(at=at):
            return [AssessmentBegun(at)]
        case Status.RECEIVED, Assess(at=at):
            return Refused("INT-ACKNOWLEDGE") if report.contact else [AssessmentBegun(at)]
        case Status.ASSESSMENT | Status.ADMISSIBLE | Status.INVESTIGATION, Redirect():
            return redirecting(report, command)
        case Status.RECEIVED | Status.ACKNOWLEDGED, Redirect() if report.top:
            return redirecting(report, command)
        case Status.REDIRECTED, RecordAnswer():
            return answering(report, command)
        case Status.INADMISSIBLE | Status.MEASURES_DECIDED, Conclude():
            return concluding(report, command)
        case Status.REDIRECTED, Conclude():
            return concluding(report, command) if report.referrals[-1].answer is Answer.ACCEPTED else Refused("INT-REFERRAL")
        case _ if report.top and isinstance(command, Admit | FindInadmissible | Investigate | ReportToCg):
            return Refused("INT-3")
        case Status.ASSESSMENT, Admit(at=at):
            return Refused("INT-SCOPE") if report.category is Category.PSYCHOSOCIAL else [Admitted(at)]
        case Status.ASSESSMENT, FindInadmissible(_, reason_code, reasons, at):
            return [FoundInadmissible(reason_code, reasons, at)]
        case Status.ADMISSIBLE, Investigate(at=at):
            return [InvestigationBegun(at)]
        case Status.INVESTIGATION, ReportToCg(_, findings, at):
            return [ReportedToCg(findings, at)]
        case _:
            return Refused("INT-STATE")


def receiving(receive: Receive) -> list[Event] | Refused:
    """A report that concerns the top goes to Comité P at once, whoever would handle it (INT-3)."""
    if receive.facts_on is not None and receive.facts_on > day_of(receive.at):
        return Refused("INT-FACTS", "facts_on")
    received = Received(
        receive.mode, receive.category, receive.unit_id, receive.facts_on, receive.contact, receive.text, receive.excluded, receive.top, receive.at
    )
    away: list[Event] = [Redirected(receive.referral_id, Destination.COMITE_P, receive.at)] if receive.top else []
    return [received, *away, HandlerWanted(receive.excluded)]


def being_given(report: Report, handler: UUID | None) -> list[Event] | Refused:
    """Never to somebody in its line, nor back to who stepped back."""
    if report.status not in OPEN or (handler is not None and handler == report.handler):
        return []
    if handler is None:
        return [NobodyFound()] if not report.untended else []
    if handler in report.excluded or handler in report.recused:
        return Refused("INT-3")
    return [Given(handler, "deputy" if report.handler else "desk")]


def claiming(report: Report, claim: Claim) -> list[Event] | Refused:
    """What has no handler, by who is not in its line."""
    if report.status not in OPEN:
        return Refused("INT-STATE")
    if report.handler == claim.by:
        return []
    if report.handler is not None:
        return Refused("INT-HANDLER")
    excluded = joined(report.excluded, claim.excluded)
    if claim.by in excluded or claim.by in report.recused:
        return Refused("INT-3")
    known = excluded == report.excluded and claim.top <= report.top
    learnt: list[Event] = [] if known else [Named((), report.facts_on, excluded, report.top or claim.top, claim.at)]
    return [*learnt, Given(claim.by, "claim")]


def naming(report: Report, name: Name) -> list[Event] | Refused:
    """Who turns out to be in its line loses it at once."""
    if report.status not in OPEN:
        return Refused("INT-STATE")
    if name.facts_on is not None and name.facts_on > day_of(name.at):
        return Refused("INT-FACTS", "facts_on")
    persons = joined(report.named, name.persons)
    if len(persons) > MOST_NAMED:
        return Refused("INT-LONG", "persons")
    excluded = joined(report.excluded, (*name.persons, *name.excluded))
    facts_on = name.facts_on or report.facts_on
    top = report.top or name.top
    if (persons, excluded, facts_on, top) == (report.named, report.excluded, report.facts_on, report.top):
        return []
    named: list[Event] = [Named(persons, facts_on, excluded, top, name.at)]
    if report.handler in excluded:
        return [Dropped(name.by), *named, HandlerWanted((*excluded, *report.recused))]
    return named


def redirecting(report: Report, redirect: Redirect) -> list[Event] | Refused:
    """What concerns the top goes to Comité P and nowhere else (INT-3); to the psychosocial adviser only what the reporter agreed to."""
    if report.top and redirect.destination is not Destination.COMITE_P:
        return Refused("INT-3", "destination")
    if redirect.destination is Destination.PSYCHOSOCIAL and not redirect.agreed:
        return Refused("INT-AGREED", "agreed")
    if len(report.referrals) >= MOST_REFERRALS:
        return Refused("INT-LONG", "destination")
    return [Redirected(redirect.referral_id, redirect.destination, redirect.at)]


def answering(report: Report, answer: RecordAnswer) -> list[Event] | Refused:
    """Of the referral that is out; accepted only with the other body's own reference."""
    known = report.referrals[-1]
    if known.id != answer.referral_id or known.answer is not Answer.SENT:
        return Refused("INT-REFERRAL", "referral_id")
    if answer.answer not in {Answer.ACCEPTED, Answer.REFUSED}:
        return Refused("INT-REFERRAL", "answer")
    if answer.answer is Answer.ACCEPTED and not answer.receipt:
        return Refused("INT-REFERRAL", "receipt")
    return [ReferralAnswered(answer.referral_id, answer.answer, answer.receipt, answer.at)]


def measuring(report: Report, decide_: DecideMeasures) -> list[Event] | Refused:
    """By the commissioner-general, who is not in it, against who is named and nobody else (INT-6)."""
    if report.status is not Status.REPORTED_TO_CG:
        return Refused("INT-STATE")
    if report.top or decide_.by in report.named:
        return Refused("INT-3")
    if any(measure.subject_id not in report.named for measure in decide_.measures):
        return Refused("INT-6", "measures")
    return [MeasuresDecided(decide_.measures, decide_.by, decide_.at)]


def concluding(report: Report, conclude: Conclude) -> list[Event] | Refused:
    """Not before the reporter heard what came of it (INT-4), and so that it fits how it went."""
    if report.feedback_at is None and report.contact:
        return Refused("INT-4")
    fitting = {
        Status.INADMISSIBLE: {Outcome.INADMISSIBLE},
        Status.REDIRECTED: {Outcome.REFERRED},
        Status.MEASURES_DECIDED: {Outcome.FOUNDED, Outcome.PARTLY_FOUNDED, Outcome.UNFOUNDED, Outcome.UNDECIDABLE},
    }[report.status]
    if conclude.outcome not in fitting:
        return Refused("INT-OUTCOME", "outcome")
    return [Concluded(conclude.outcome, report.category, conclude.path, conclude.at)]


def holding_false(report: Report, by: UUID, proof: UUID | None, at: datetime) -> list[Event] | Refused:
    """That nothing was found proves nothing (INT-9)."""
    if report.false_proof is not None:
        return []
    if proof is None or report.outcome is not Outcome.UNFOUNDED:
        return Refused("INT-9", "proof")
    return [HeldFalse(proof, by, at)]


def falling_due(report: Report, name: str, at: datetime) -> list[Event] | Refused:
    """What a clock does."""
    wanted: list[Event] = [HandlerWanted((*report.excluded, *report.recused, *([report.handler] if report.handler else ())))]
    match name.split(":"):
        case ["deputy"]:
            return wanted
        case ["acknowledgement"]:
            return [AcknowledgementMissed(at)]
        case ["feedback-near", days]:
            return [FeedbackNear(int(days)), *(wanted if int(days) == DEPUTY_GIVES_FEEDBACK else [])]
        case ["feedback"]:
            return [FeedbackMissed(at)]
        case ["referral", referral_id]:
            return [ReferralSilent(UUID(referral_id), at)]
        case ["check-in", months]:
            return [AskedAfter(int(months), at)]
        case ["retention"]:
            return [Archived(at)]
        case _:
            return []


def evolve(report: Report, event: Event) -> Report:
    """The report after an event."""
    match event:
        case Received(mode, category, unit_id, facts_on, contact, text, excluded, top, at):
            return Report(
                status=Status.RECEIVED,
                mode=mode,
                category=category,
                unit_id=unit_id,
                facts_on=facts_on,
                contact=contact,
                received_at=at,
                excluded=excluded,
                top=top,
                changes=(Change(day_of(at), "received", Side.REPORTER, text),),
                seen=1,
                unread=1,
                agreed=mode is Mode.SIGNED,
            )
        case HandlerWanted():
            return report
        case Given(handler, _):
            return replace(report, handler=handler, untended=False)
        case NobodyFound():
            return replace(report, untended=True)
        case Recused(by):
            return replace(report, handler=None, recused=(*report.recused, by))
        case Named(persons, facts_on, excluded, top):
            return replace(report, named=joined(report.named, persons), facts_on=facts_on, excluded=excluded, top=top)
        case Dropped():
            return replace(report, handler=None)
        case Acknowledged(at, late):
            status = Status.ACKNOWLEDGED if report.status is Status.RECEIVED else report.status
            met = Owed.MISSED if late else Owed.MET
            return shown(replace(report, status=status, acknowledgement=met, acknowledged_at=at), at, "acknowledged")
        case AcknowledgementMissed():
            return replace(report, acknowledgement=Owed.MISSED)
        case AssessmentBegun(at):
            return shown(replace(report, status=Status.ASSESSMENT, unread=0), at, "assessment")
        case Admitted(at):
            return shown(replace(report, status=Status.ADMISSIBLE, admissibility="admissible"), at, "admissible")
        case FoundInadmissible(reason_code, reasons, at):
            return shown(replace(report, status=Status.INADMISSIBLE, admissibility=reason_code, reasons=reasons), at, "inadmissible")
        case Redirected(referral_id, destination, at):
            referrals = (*report.referrals, Referral(referral_id, destination, at))
            return shown(replace(report, status=Status.REDIRECTED, referrals=referrals), at, f"redirected_{destination}")
        case ReferralAnswered(referral_id, answer, receipt, at):
            status = Status.REDIRECTED if answer is Answer.ACCEPTED else Status.ASSESSMENT
            return shown(replace(report, status=status, referrals=answered(report, referral_id, answer, receipt)), at, f"referral_{answer}")
        case ReferralSilent(referral_id, at):
            back = replace(report, status=Status.ASSESSMENT, referrals=answered(report, referral_id, Answer.SILENT, None))
            return shown(back, at, "referral_silent")
        case InvestigationBegun(at):
            return shown(replace(report, status=Status.INVESTIGATION), at, "investigation")
        case ReportedToCg(findings, at):
            return shown(replace(report, status=Status.REPORTED_TO_CG, reasons=findings), at, "reported_to_cg")
        case MeasuresDecided(measures, _, at):
            return shown(replace(report, status=Status.MEASURES_DECIDED, measures=measures), at, "measures_decided")
        case Concluded(outcome, _, _, at):
            return shown(replace(report, status=Status.CONCLUDED, outcome=outcome, concluded_at=at), at, f"concluded_{outcome}")
        case FeedbackGiven(text, at, late):
            told = replace(report, feedback=Owed.MISSED if late else Owed.MET, feedback_at=at)
            return shown(told, at, "feedback", text)
        case FeedbackNear():
            return report
        case FeedbackMissed():
            return replace(report, feedback=Owed.MISSED)
        case Written(Side.REPORTER, text, at):
            change = Change(day_of(at), "message", Side.REPORTER, text)
            return replace(report, changes=(*report.changes, change), unread=report.unread + 1)
        case Written(_, text, at):
            return shown(replace(report, unread=0), at, "message", text)
        case AgreedToBeKnown(at):
            return replace(report, agreed=True, changes=(*report.changes, Change(day_of(at), "agreed", Side.REPORTER)))
        case Visited(upto):
            return replace(report, seen=upto)
        case AskedAfter(months, at):
            return shown(report, at, f"check_in_{months}")
        case Shown(code, at):
            return shown(report, at, code)
        case HeldFalse(proof):
            return replace(report, false_proof=proof)
        case Archived():
            return replace(report, status=Status.ARCHIVED)
        case _:
            assert_never(event)


def shown(report: Report, at: datetime, code: str, text: UUID | None = None) -> Report:
    """The report with one more thing for the reporter to see."""
    return replace(report, changes=(*report.changes, Change(day_of(at), code, Side.SERVICE, text)))


def answered(report: Report, referral_id: UUID, answer: Answer, receipt: str | None) -> tuple[Referral, ...]:
    """The referrals, with what came of one."""
    return tuple(replace(each, answer=answer, receipt=receipt) if each.id == referral_id else each for each in report.referrals)


def joined(known: tuple[UUID, ...], more: tuple[UUID, ...]) -> tuple[UUID, ...]:
    """Each once."""
    return tuple(dict.fromkeys((*known, *more)))


def acknowledge_by(report: Report) -> datetime:
    """The first instant that is too late to acknowledge."""
    assert report.received_at
    return ACKNOWLEDGE.due(report.received_at).due


def feedback_by(report: Report) -> datetime:
    """The first instant that is too late to tell the reporter what is done: counted from the acknowledgement, else from the end of the term for it."""
    return feedback_term(report).due


def feedback_day(report: Report) -> date:
    """The last day in time to do so."""
    return feedback_term(report).due_date


def feedback_term(report: Report) -> Reckoned:
    """The term for feedback."""
    assert report.received_at
    latest = start_of(ACKNOWLEDGE.due(report.received_at).due_date)
    return FEEDBACK.due(min(report.acknowledged_at or latest, latest))


def due(report: Report) -> set[Deadline]:
    """Both clocks with their warnings, the term of who was asked, the questions after the end, and the retention."""
    found: set[Deadline] = set()
    if report.status is Status.NEW or report.status is Status.ARCHIVED or report.received_at is None:
        return found
    if report.status is not Status.CONCLUDED:
        if report.acknowledged_at is None and report.contact:
            if report.acknowledgement is Owed.DUE:
                found.add(Deadline("acknowledgement", acknowledge_by(report)))
            found.add(Deadline("deputy", DEPUTY_ACKNOWLEDGES.due(report.received_at).due))
        if report.feedback_at is None and report.contact:
            late = feedback_by(report)
            if report.feedback is Owed.DUE:
                found.add(Deadline("feedback", late))
            found |= {Deadline(f"feedback-near:{days}", Term(days, "days", before=True).due(late).due) for days in FEEDBACK_WARNINGS}
        found |= {Deadline(f"referral:{each.id}", REFERRAL.due(each.sent_at).due) for each in report.referrals if each.answer is Answer.SENT}
    elif report.concluded_at is not None:
        if report.contact:
            found |= {Deadline(f"check-in:{months}", Term(months, "months").due(report.concluded_at).due) for months in CHECK_INS}
        found.add(Deadline("retention", RETENTION.due(report.concluded_at).due))
    return found
