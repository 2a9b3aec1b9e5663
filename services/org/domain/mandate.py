"""A mandate: a post held for a term, from the declared vacancy to its end. Part of the post's aggregate; `post` decides what it means for the assignment."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import assert_never
from uuid import UUID

from cg_contracts.org import EvaluationKind, EvaluationOutcome
from cg_kit.pure import Deadline, Refused
from cg_kit.pure.terms import Term, day_of, start_of, valid_until

TERM = Term(5, "years")
"""How long a term lasts unless the act says otherwise (DL-15; org.mandateYears)."""

MID_TERM_BEGINS, MID_TERM_ENDS = Term(2, "years"), Term(3, "years")
"""The third year of the first term, in which the mandate is evaluated (DL-15, rules of 2004 for directors; org.midTermYear)."""

WINDOW_OPENS, WINDOW_CLOSES = Term(12, "months", before=True), Term(6, "months", before=True)
"""Between these the holder may ask for renewal (GPI 43 says that they ask; when is uncertain: the closing is org.renewalRequestMonths, the opening is ours)."""

FEWEST = 3
"""Members of a commission: two heads or deputies and the inspector-general (rules of 2004 and 2006 for directors)."""


class Stage(StrEnum):
    """How far a mandate is. `ENDED`: for another reason than the four before it, which is named. `CANCELLED`: no term ever began."""

    VACANCY_DECLARED = "vacancy_declared"
    SELECTION = "selection"
    PROPOSED = "proposed"
    APPOINTED = "appointed"
    RUNNING = "running"
    MID_TERM_EVALUATED = "mid_term_evaluated"
    RENEWAL_REQUESTED = "renewal_requested"
    FINAL_EVALUATED = "final_evaluated"
    RENEWED = "renewed"
    NOT_RENEWED = "not_renewed"
    RESIGNED = "resigned"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    ENDED = "ended"
    CANCELLED = "cancelled"


TO_FILL = frozenset({Stage.VACANCY_DECLARED, Stage.SELECTION, Stage.PROPOSED, Stage.APPOINTED})
"""No term has begun."""

RENEWABLE = frozenset({Stage.RUNNING, Stage.MID_TERM_EVALUATED})
"""The holder may ask for renewal, in its window."""

OUTCOMES = frozenset({"resigned", "withdrawn", "expired", "not_renewed", "not_requested"})
"""Why a mandate ends by its own rules; any other code is that of its assignment."""

LEFT_EARLY = {"resigned": Stage.RESIGNED, "withdrawn": Stage.WITHDRAWN}
"""The stage of who leaves before the end, by outcome code."""


class Purpose(StrEnum):
    """What a commission is for."""

    SELECTION = "selection"
    MID_TERM = "mid_term"
    FINAL = "final"


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody in a commission, and as what."""

    person_id: UUID
    capacity: str


@dataclass(frozen=True, slots=True)
class Commission:
    """Who selects the holder, or evaluates them in a term."""

    purpose: Purpose
    term_no: int
    members: tuple[Member, ...]
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What a commission found of a term."""

    kind: EvaluationKind
    term_no: int
    outcome: EvaluationOutcome
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class Office:
    """One term, in [start, end), by an act."""

    no: int
    start: date
    end: date
    decision_ref: str
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class Leaving:
    """That the mandate ends on a day and is not renewed, as is known before."""

    on: date
    outcome_code: str


@dataclass(frozen=True, slots=True)
class Mandate:
    """A mandate with its terms, of which so many have begun; `told` are the deadlines that were said in the present one."""

    id: UUID
    stage: Stage
    decision_ref: str
    recorded_at: datetime
    vacant_from: date | None = None
    commissions: tuple[Commission, ...] = ()
    person_id: UUID | None = None
    assignment_id: UUID | None = None
    terms: tuple[Office, ...] = ()
    begun: int = 0
    mission_letter_ref: str | None = None
    evaluations: tuple[Evaluation, ...] = ()
    renewal_requested_at: datetime | None = None
    told: tuple[str, ...] = ()
    leaving: Leaving | None = None
    ended_on: date | None = None


@dataclass(frozen=True, slots=True)
class DeclareVacancy:
    """The mandate is to be filled from a day on."""

    mandate_id: UUID
    vacant_from: date
    decision_ref: str
    at: datetime


@dataclass(frozen=True, slots=True)
class CancelVacancy:
    """The procedure stops."""

    mandate_id: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class ComposeCommission:
    """These people select or evaluate; `reporting` are those of them who report to whom it is about."""

    mandate_id: UUID
    purpose: Purpose
    members: tuple[Member, ...]
    reporting: tuple[UUID, ...]
    at: datetime


@dataclass(frozen=True, slots=True)
class ProposeCandidate:
    """A member of the selection commission tells whom it proposes; `reporting` are those members who report to that person."""

    mandate_id: UUID
    person_id: UUID
    reporting: tuple[UUID, ...]
    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class NoteMissionLetter:
    """Where the objectives stand against which the holder is evaluated."""

    mandate_id: UUID
    mission_letter_ref: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Evaluate:
    """A member of the commission tells what it found; `reporting` as when it was composed, looked up again."""

    mandate_id: UUID
    kind: EvaluationKind
    outcome: EvaluationOutcome
    reporting: tuple[UUID, ...]
    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class Continue:
    """The appointing authority has seen the mid-term evaluation, and lets the mandate run."""

    mandate_id: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class RequestRenewal:
    """The holder asks for another term."""

    mandate_id: UUID
    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class DecideRenewal:
    """The appointing authority gives another term (until `until`, when the act says so) or does not."""

    mandate_id: UUID
    renewed: bool
    until: date | None
    decision_ref: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Leave:
    """The mandate ends before its time: its holder resigns, or the appointing authority withdraws it."""

    mandate_id: UUID
    on: date
    outcome_code: str
    at: datetime


@dataclass(frozen=True, slots=True)
class VacancyDeclared:
    """There is to be a holder from a day on."""

    mandate_id: UUID
    vacant_from: date
    decision_ref: str
    at: datetime


@dataclass(frozen=True, slots=True)
class VacancyCancelled:
    """There is to be no holder by this procedure."""

    mandate_id: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class CommissionComposed:
    """A commission can begin."""

    mandate_id: UUID
    purpose: Purpose
    members: tuple[Member, ...]
    at: datetime


@dataclass(frozen=True, slots=True)
class CandidateProposed:
    """The selection commission proposes this person."""

    mandate_id: UUID
    person_id: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class Appointed:
    """By an act the person is to hold the mandate, through an assignment; without a declared vacancy this opens it."""

    mandate_id: UUID
    assignment_id: UUID
    person_id: UUID
    decision_ref: str
    at: datetime


@dataclass(frozen=True, slots=True)
class AppointmentFailed:
    """The assignment was rejected or ended before the term began: back to the selection, if there was one."""

    mandate_id: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class TermBegan:
    """The holder begins a term."""

    mandate_id: UUID
    office: Office


@dataclass(frozen=True, slots=True)
class MissionLetterNoted:
    """It is known where the objectives stand."""

    mandate_id: UUID
    mission_letter_ref: str


@dataclass(frozen=True, slots=True)
class MidTermFellDue:
    """The year of the mid-term evaluation has begun."""

    mandate_id: UUID
    due_at: datetime


@dataclass(frozen=True, slots=True)
class EvaluationLate:
    """The year of the mid-term evaluation is over without one. It can still be done."""

    mandate_id: UUID
    due_at: datetime


@dataclass(frozen=True, slots=True)
class Evaluated:
    """The commission has evaluated the term."""

    mandate_id: UUID
    kind: EvaluationKind
    outcome: EvaluationOutcome
    at: datetime


@dataclass(frozen=True, slots=True)
class Continued:
    """After the mid-term evaluation the mandate runs on."""

    mandate_id: UUID


@dataclass(frozen=True, slots=True)
class WindowOpened:
    """From now on the holder may ask for renewal."""

    mandate_id: UUID
    closes_at: datetime


@dataclass(frozen=True, slots=True)
class RenewalRequested:
    """The holder has asked for another term."""

    mandate_id: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class Renewed:
    """Another term follows on this one."""

    mandate_id: UUID
    office: Office


@dataclass(frozen=True, slots=True)
class LeavingPlanned:
    """It is known that the mandate ends on a day to come, and why."""

    mandate_id: UUID
    on: date
    outcome_code: str
    at: datetime


@dataclass(frozen=True, slots=True)
class TermCorrected:
    """The first term ran from another day than was known, and so to another unless an act or what was said since says otherwise; `ended_on`: for one that
    has ended."""

    mandate_id: UUID
    office: Office
    ended_on: date | None
    at: datetime


@dataclass(frozen=True, slots=True)
class MandateOver:
    """The mandate has ended."""

    mandate_id: UUID
    on: date
    outcome_code: str
    at: datetime


Command = (
    DeclareVacancy | CancelVacancy | ComposeCommission | ProposeCandidate | NoteMissionLetter | Evaluate | Continue | RequestRenewal | DecideRenewal | Leave
)
Event = (
    VacancyDeclared
    | VacancyCancelled
    | CommissionComposed
    | CandidateProposed
    | Appointed
    | AppointmentFailed
    | TermBegan
    | MissionLetterNoted
    | MidTermFellDue
    | EvaluationLate
    | Evaluated
    | Continued
    | WindowOpened
    | RenewalRequested
    | Renewed
    | LeavingPlanned
    | TermCorrected
    | MandateOver
)


def decide(it: Mandate, command: Command) -> list[Event] | Refused:
    """What follows for the mandate: its state diagram."""
    match it.stage, command:
        case _, DeclareVacancy(_, vacant_from, decision_ref):
            return [] if (vacant_from, decision_ref) == (it.vacant_from, it.decision_ref) else Refused("ORG-MANDATE-EXISTS", "mandate_id")
        case Stage.VACANCY_DECLARED | Stage.SELECTION | Stage.PROPOSED, CancelVacancy(_, at):
            return [VacancyCancelled(it.id, at)]
        case Stage.CANCELLED, CancelVacancy():
            return []
        case _, ComposeCommission():
            return _compose(it, command)
        case Stage.SELECTION, ProposeCandidate(_, person_id, reporting, by, at):
            return _if_seated(it, Purpose.SELECTION, person_id, reporting, by) or [CandidateProposed(it.id, person_id, at)]
        case Stage.PROPOSED, ProposeCandidate(_, person_id) if person_id == it.person_id:
            return []
        case _, NoteMissionLetter(_, mission_letter_ref) if it.ended_on is None and it.stage is not Stage.CANCELLED:
            return [] if it.mission_letter_ref == mission_letter_ref else [MissionLetterNoted(it.id, mission_letter_ref)]
        case _, Evaluate():
            return _evaluate(it, command)
        case Stage.MID_TERM_EVALUATED, Continue():
            return [Continued(it.id)]
        case Stage.RUNNING, Continue() if evaluation(it, EvaluationKind.MID_TERM):
            return []
        case _, RequestRenewal(_, by) if by != it.person_id:
            return Refused("ORG-NEED-TO-KNOW")
        case Stage.RUNNING | Stage.MID_TERM_EVALUATED, RequestRenewal(_, _, at):
            opens_at, closes_at = window(office(it))
            open_now = it.leaving is None and opens_at <= at < closes_at
            return [RenewalRequested(it.id, at)] if open_now else Refused("ORG-MANDATE-WINDOW")
        case Stage.RENEWAL_REQUESTED | Stage.FINAL_EVALUATED, RequestRenewal():
            return []
        case Stage.FINAL_EVALUATED, DecideRenewal(_, True, until, decision_ref, at) if it.leaving is None:
            ending = office(it)
            if until is not None and until <= ending.end:
                return Refused("ORG-PERIOD", "until")
            return [Renewed(it.id, Office(ending.no + 1, ending.end, until or term_end(ending.end), decision_ref, at))]
        case Stage.FINAL_EVALUATED, DecideRenewal(renewed=False, at=at):
            return [LeavingPlanned(it.id, office(it).end, "not_renewed", at)]
        case (Stage.RENEWED, DecideRenewal(renewed=True)) | (Stage.NOT_RENEWED, DecideRenewal(renewed=False)):
            return []
        case _, Leave(_, on, outcome_code, at) if runs(it):
            if it.leaving == Leaving(on, outcome_code):
                return []
            if not day_of(at) <= on < (it.leaving.on if it.leaving else last_end(it)):
                return Refused("ORG-PERIOD", "on")  # never later than is known: a successor may count on the day
            ends = MandateOver if on == day_of(at) else LeavingPlanned
            return [ends(it.id, on, outcome_code, at)]
        case _:
            return Refused("ORG-STATE")


def fall_due(it: Mandate, what: str, at: datetime) -> list[Event]:
    """What a deadline of the mandate means when it has come."""
    if Deadline(f"{what}:{it.id}", at, it.assignment_id) not in set(deadlines(it)):
        return []
    match what:
        case "mid_term":
            return [MidTermFellDue(it.id, mid_term(office(it))[1])]
        case "mid_term_late":
            return [EvaluationLate(it.id, at)]
        case "window":
            return [WindowOpened(it.id, window(office(it))[1])]
        case "unrequested":
            return [LeavingPlanned(it.id, office(it).end, "not_requested", at)]
        case _:
            return [TermBegan(it.id, it.terms[-1])]


def deadlines(it: Mandate) -> Iterator[Deadline]:
    """What runs for the mandate; the end of a term is a deadline of the assignment."""
    if not runs(it):
        return
    now = office(it)
    opens_at, closes_at = window(now)
    begins_at, ends_at = mid_term(now)
    due: dict[str, datetime] = {}
    if now.no == 1 and it.leaving is None and evaluation(it, EvaluationKind.MID_TERM) is None and begins_at < start_of(now.end):
        due |= {"mid_term": begins_at, "mid_term_late": ends_at}
    if it.stage in RENEWABLE and it.leaving is None:
        due |= {"window": opens_at, "unrequested": closes_at}
    if it.begun < len(it.terms) and (it.leaving is None or it.leaving.on > it.terms[-1].start):
        due["term"] = start_of(it.terms[-1].start)
    yield from (Deadline(f"{what}:{it.id}", at, it.assignment_id) for what, at in due.items() if what not in it.told)


def evolve(it: Mandate, event: Event) -> Mandate:
    """The mandate after an event about it."""
    match event:
        case VacancyDeclared():
            return it
        case VacancyCancelled():
            return replace(it, stage=Stage.CANCELLED)
        case CommissionComposed(_, purpose, members, at):
            made = Commission(purpose, it.begun, members, at)
            others = tuple(each for each in it.commissions if (each.purpose, each.term_no) != (purpose, made.term_no))
            return replace(it, commissions=(*others, made), stage=Stage.SELECTION if purpose is Purpose.SELECTION else it.stage)
        case CandidateProposed(_, person_id, _):
            return replace(it, stage=Stage.PROPOSED, person_id=person_id)
        case Appointed(_, assignment_id, person_id, decision_ref, _):
            return replace(it, stage=Stage.APPOINTED, assignment_id=assignment_id, person_id=person_id, decision_ref=decision_ref)
        case AppointmentFailed():
            back = Stage.SELECTION if commission(it, Purpose.SELECTION) else Stage.CANCELLED
            return replace(it, stage=back, person_id=None, assignment_id=None)
        case TermBegan(_, begun):
            terms = it.terms if begun in it.terms else (*it.terms, begun)
            stage = Stage.RUNNING if it.leaving is None else it.stage
            return replace(it, stage=stage, terms=terms, begun=begun.no, renewal_requested_at=None, told=())
        case MissionLetterNoted(_, mission_letter_ref):
            return replace(it, mission_letter_ref=mission_letter_ref)
        case MidTermFellDue():
            return replace(it, told=(*it.told, "mid_term"))
        case EvaluationLate():
            return replace(it, told=(*it.told, "mid_term_late"))
        case Evaluated(_, kind, outcome, at):
            stage = Stage.MID_TERM_EVALUATED if kind is EvaluationKind.MID_TERM else Stage.FINAL_EVALUATED
            return replace(it, stage=stage, evaluations=(*it.evaluations, Evaluation(kind, it.begun, outcome, at)))
        case Continued():
            return replace(it, stage=Stage.RUNNING)
        case WindowOpened():
            return replace(it, told=(*it.told, "window"))
        case RenewalRequested(_, at):
            return replace(it, stage=Stage.RENEWAL_REQUESTED, renewal_requested_at=at)
        case Renewed(_, granted):
            return replace(it, stage=Stage.RENEWED, terms=(*it.terms, granted))
        case LeavingPlanned(_, on, outcome_code, _):
            stage = Stage.NOT_RENEWED if outcome_code == "not_renewed" else LEFT_EARLY.get(outcome_code, it.stage)
            return replace(it, stage=stage, leaving=Leaving(on, outcome_code))
        case TermCorrected(_, corrected, ended_on, _):
            return replace(it, terms=(corrected, *it.terms[1:]), ended_on=ended_on)
        case MandateOver(_, on, outcome_code, _):
            return replace(it, stage=_ended(it, outcome_code), ended_on=on)
        case _:
            assert_never(event)


def declared(event: VacancyDeclared) -> Mandate:
    """The mandate that a declared vacancy begins."""
    return Mandate(event.mandate_id, Stage.VACANCY_DECLARED, event.decision_ref, event.at, vacant_from=event.vacant_from)


def opened(event: Appointed) -> Mandate:
    """The mandate that an act begins whose procedure was held elsewhere."""
    return evolve(Mandate(event.mandate_id, Stage.APPOINTED, event.decision_ref, event.at), event)


def runs(it: Mandate) -> bool:
    """Whether a term has begun and the mandate has not ended."""
    return it.begun > 0 and it.ended_on is None


def to_be_filled(it: Mandate) -> bool:
    """Whether a holder is being looked for, or is appointed and has not begun."""
    return it.stage in TO_FILL


def may_go_on(it: Mandate) -> bool:
    """Whether the mandate may still outlast its present term, so that nobody can be to succeed."""
    return it.stage is Stage.APPOINTED or (runs(it) and it.leaving is None)


def office(it: Mandate) -> Office:
    """The term that runs now."""
    return it.terms[it.begun - 1]


def last_end(it: Mandate) -> date:
    """The end of the last term that is granted."""
    return it.terms[-1].end


def first(it: Mandate, on: date, until: date | None, at: datetime) -> TermBegan:
    """The first term, from a day on, until the day that the act says."""
    return TermBegan(it.id, Office(1, on, until or term_end(on), it.decision_ref, at))


def over(it: Mandate, on: date, reason_code: str, at: datetime) -> list[Event]:
    """What the end of the assignment means for the mandate."""
    if it.stage is Stage.APPOINTED:
        return [AppointmentFailed(it.id, at)]
    return [MandateOver(it.id, on, reason_code, at)] if runs(it) else []


def corrected(it: Mandate, start: date, end: date | None, at: datetime) -> list[Event]:
    """What it means that the assignment was held in another period (ORG-7): a term of the usual length ends as much earlier or later.

    Its end stays where an act set another length, another term is granted, or it was said that and when the mandate ends: a successor may count on that day.
    """
    if not it.terms:
        return []
    was = it.terms[0]
    stays = was.end != term_end(was.start) or len(it.terms) > 1 or it.leaving is not None or it.ended_on is not None
    now = replace(was, start=start, end=was.end if stays else term_end(start))
    ended_on = it.ended_on if it.ended_on is None else end
    same = (now, ended_on) == (was, it.ended_on)
    return [] if same else [TermCorrected(it.id, replace(now, recorded_at=at), ended_on, at)]


def outcome_at_end(it: Mandate) -> str:
    """Why the mandate ends on the day it was to end."""
    if it.leaving is None or it.leaving.outcome_code == "not_requested":
        return "expired"
    return it.leaving.outcome_code


def term_end(start: date) -> date:
    """ORG-7: the first day after a term that starts on a day."""
    return day_of(valid_until(start_of(start), TERM))


def mid_term(of: Office) -> tuple[datetime, datetime]:
    """The year in which the term is evaluated: its first instant, and the first that is too late."""
    start = start_of(of.start)
    return valid_until(start, MID_TERM_BEGINS), valid_until(start, MID_TERM_ENDS)


def window(of: Office) -> tuple[datetime, datetime]:
    """When renewal may be asked: the first instant, and the first that is too late."""
    end = start_of(of.end)
    return start_of(WINDOW_OPENS.due(end).due_date), WINDOW_CLOSES.due(end).due


def commission(it: Mandate, purpose: Purpose) -> Commission | None:
    """The commission that selects, or that evaluates in the present term."""
    return next((each for each in it.commissions if each.purpose is purpose and each.term_no == it.begun), None)


def evaluation(it: Mandate, kind: EvaluationKind) -> Evaluation | None:
    """The evaluation of the present term."""
    return next((each for each in it.evaluations if each.kind is kind and each.term_no == it.begun), None)


def seated(it: Mandate) -> set[UUID]:
    """Everybody who is or was in a commission for this mandate."""
    return {member.person_id for each in it.commissions for member in each.members}


def conflicted(members: Collection[UUID], about: UUID | None, reporting: Collection[UUID]) -> bool:
    """ORG-8: whether somebody would judge themselves, or the one they report to."""
    return about in members or not set(members).isdisjoint(reporting)


def _compose(it: Mandate, command: ComposeCommission) -> list[Event] | Refused:
    needed = {
        Purpose.SELECTION: frozenset({Stage.VACANCY_DECLARED, Stage.SELECTION}),
        Purpose.MID_TERM: frozenset({Stage.RUNNING}),
        Purpose.FINAL: frozenset({Stage.RENEWAL_REQUESTED}),
    }
    purpose, members = command.purpose, [each.person_id for each in command.members]
    if it.stage not in needed[purpose] or (purpose is Purpose.MID_TERM and evaluation(it, EvaluationKind.MID_TERM)):
        return Refused("ORG-STATE")
    if len(members) < FEWEST or len(set(members)) < len(members):
        return Refused("ORG-COMMISSION", "members")
    if conflicted(members, it.person_id, command.reporting):
        return Refused("ORG-8", "members")
    there = commission(it, purpose)
    return [] if there is not None and there.members == command.members else [CommissionComposed(it.id, purpose, command.members, command.at)]


def _evaluate(it: Mandate, command: Evaluate) -> list[Event] | Refused:
    kind, at = command.kind, command.at
    found = evaluation(it, kind)
    if found is not None:
        return [] if found.outcome is command.outcome else Refused("ORG-MANDATE-EVALUATED", "outcome")
    if it.stage is not {EvaluationKind.MID_TERM: Stage.RUNNING, EvaluationKind.FINAL: Stage.RENEWAL_REQUESTED}[kind]:
        return Refused("ORG-STATE")
    if kind is EvaluationKind.MID_TERM and at < mid_term(office(it))[0]:
        return Refused("ORG-MANDATE-MID-TERM")
    return _if_seated(it, Purpose(kind), it.person_id, command.reporting, command.by) or [Evaluated(it.id, kind, command.outcome, at)]


def _if_seated(it: Mandate, purpose: Purpose, about: UUID | None, reporting: tuple[UUID, ...], by: UUID) -> Refused | None:
    """Why this person cannot speak for the commission, or the commission not about that person."""
    sitting = commission(it, purpose)
    if sitting is None:
        return Refused("ORG-COMMISSION")
    members = [each.person_id for each in sitting.members]
    if by not in members:
        return Refused("ORG-NEED-TO-KNOW")
    return Refused("ORG-8") if conflicted(members, about, reporting) else None


def _ended(it: Mandate, outcome_code: str) -> Stage:
    if it.stage is Stage.NOT_RENEWED and outcome_code == "not_renewed":
        return Stage.NOT_RENEWED
    return LEFT_EARLY.get(outcome_code, Stage.EXPIRED if outcome_code == "expired" else Stage.ENDED)
