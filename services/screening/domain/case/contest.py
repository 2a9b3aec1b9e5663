"""The person is told, may appeal within a term by instrument (SCR-12), and what the appeal body decides follows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import assert_never
from uuid import UUID

from cg_contracts.screening import AppealOutcome, Ground, Means, Outcome
from cg_contracts.screening import ScreeningKind as Kind
from cg_kit.pure import Deadline, Refused
from cg_kit.pure.terms import day_of, start_of
from services.screening.domain.appeal import Against, Brought, Filing, Ruling, bringing, concluded, is_open, pending
from services.screening.domain.case.state import ANSWERED_ONLY, SELF, UNDECIDED, Case, Decision, Status
from services.screening.domain.regime import end_of_term, last_day, years_after


@dataclass(frozen=True, slots=True)
class Notify:
    """An account says when the person was told; `at` is when this service first had that."""

    account: str
    notified_at: datetime
    means: Means
    at: datetime


@dataclass(frozen=True, slots=True)
class Appeal:
    """The appeal body has a letter of the person against what was decided, or was not in time."""

    filing: Filing


@dataclass(frozen=True, slots=True)
class ConcludeAppeal:
    """The appeal body has decided."""

    appeal_id: UUID
    ruling: Ruling
    at: datetime


Command = Notify | Appeal | ConcludeAppeal


@dataclass(frozen=True, slots=True)
class Notified:
    """The person was told, and may appeal until then (exclusive)."""

    notified_at: datetime
    means: Means
    appeal_until: datetime


@dataclass(frozen=True, slots=True)
class AppealWindowClosed:
    """The term for appeal is over."""

    at: datetime


@dataclass(frozen=True, slots=True)
class CaseAppealed:
    """An appeal is pending; all that the appeal needs to know of the case. `until`: the end of the term for filing, if it has begun."""

    filing: Filing
    kind: Kind
    person_id: UUID
    requester_ref: str
    against: datetime
    until: datetime | None


@dataclass(frozen=True, slots=True)
class AppealConcluded:
    """The appeal body has decided, and there is no further appeal."""

    appeal_id: UUID
    outcome: AppealOutcome
    at: datetime


@dataclass(frozen=True, slots=True)
class GivenOnAppeal:
    """The appeal body itself gives a positive advice."""

    decision_ref: str
    valid_until: datetime
    at: datetime


@dataclass(frozen=True, slots=True)
class GrantOrdered:
    """The appeal body orders the authority to grant."""

    decision_ref: str
    at: datetime


Event = Notified | AppealWindowClosed | CaseAppealed | AppealConcluded | GivenOnAppeal | GrantOrdered


def decide(case: Case, command: Command) -> Sequence[Event] | Refused:
    """Told once, by who notifies this kind, after the decision; appealed on a ground that there is."""
    match case.status, command:
        case _, Appeal(filing):
            return appealing(case, filing)
        case _, ConcludeAppeal():
            return concluding(case, command)
        case _, Notify(account) if account != notifier(case):
            return Refused("SCR-NOTIFIER", "case_id")
        case status, Notify() if status in UNDECIDED:
            return Refused("SCR-UNDECIDED", "case_id")
        case status, Notify() if status in {Status.DECIDED, Status.ANSWERED} or (status is Status.REASSESSMENT and case.notified_at is None):
            return notifying(case, command)
        case status, Notify(_, notified_at) if status in {Status.NOTIFIED, Status.UNDER_APPEAL, Status.GRANT_ORDERED, Status.REASSESSMENT, Status.FINAL}:
            return [] if notified_at == case.notified_at else Refused("SCR-NOTIFIED", "notified_at")
        case _:
            return Refused("SCR-STATE")


def fall_due(case: Case, at: datetime) -> list[Event]:
    """The term for appeal is over."""
    return [AppealWindowClosed(at)] if case.appeal_until else []


def notifier(case: Case) -> str:
    """Who tells the person of the outcome: who decides, or who asked; of a clearance, its application says."""
    if case.kind is Kind.NUCLEAR:
        return "fanc"
    return "" if case.kind is Kind.CLEARANCE else SELF if case.asked_by == SELF else "hr"


def notifying(case: Case, told: Notify) -> list[Event] | Refused:
    """The term for appeal starts on the day on which the person was told, which lies between the decision and now (SCR-12)."""
    assert case.terms
    assert case.decided_at
    if told.notified_at > told.at:
        return Refused("SCR-FUTURE", "notified_at")
    if day_of(told.notified_at) < day_of(case.decided_at):
        return Refused("SCR-12", "notified_at")
    return [Notified(told.notified_at, told.means, end_of_term(case.terms.appeal, day_of(told.notified_at)))]


def window(case: Case) -> datetime | None:
    """The end (exclusive) of the term for appeal against the decision: none before the person was notified (SCR-12)."""
    assert case.terms
    return end_of_term(case.terms.appeal, day_of(case.notified_at)) if case.notified_at else None


def grounds(case: Case) -> Mapping[Ground, Against]:
    """Against what an appeal to the body lies now, by ground. A clearance is decided on its application; a recruitment has another appeal;
    whether nuclear control refused on what it was answered, it says itself."""
    if case.terms is None or case.kind in {Kind.CLEARANCE, Kind.RECRUITMENT}:
        return {}
    open_to: dict[Ground, Against] = {}
    if case.decision and case.decided_at and case.decision.outcome is Outcome.NEGATIVE:
        first, again = (Ground.NEGATIVE, Ground.REASSESSED) if case.kind is Kind.ADVICE else (Ground.REFUSED, Ground.WITHDRAWN)
        open_to[again if case.reassessed_at else first] = Against(case.decided_at, window(case))
    if case.kind is Kind.NUCLEAR and case.decided_at:
        open_to[Ground.REFUSED] = Against(case.decided_at, window(case))
    if case.late_at and case.decision_due_at:
        open_to[Ground.LATE] = Against(case.decision_due_at, end_of_term(case.terms.appeal, last_day(case.decision_due_at)))
    return open_to


def appealing(case: Case, filing: Filing) -> list[Event] | Refused:
    """An appeal is taken whether it is in time or not: that is for the body to say."""
    assert case.kind
    assert case.person_id
    match bringing(case.appeals, grounds(case), filing):
        case Refused() as refused:
            return refused
        case None:
            return []
        case brought:
            until = grounds(case)[filing.ground].until
            return [CaseAppealed(filing, case.kind, case.person_id, case.requester_ref, brought.against, until)]


def concluding(case: Case, conclude: ConcludeAppeal) -> list[Event] | Refused:
    """Founded: the body itself gives the advice; a certificate must now be granted by who decides on it, if that is here. Otherwise what was decided stands,
    or is still due."""
    if not is_open(case.appeals, conclude.appeal_id):
        return []
    ruling, at = conclude.ruling, conclude.at
    events: list[Event] = [AppealConcluded(conclude.appeal_id, ruling.outcome, at)]
    if ruling.outcome is not AppealOutcome.FOUNDED or case.kind in ANSWERED_ONLY:
        return events
    if case.kind is Kind.ADVICE:
        assert case.terms
        assert case.terms.validity_years
        longest = start_of(day_of(years_after(ruling.decided_at, case.terms.validity_years)))
        until = ruling.valid_until or longest
        return [*events, GivenOnAppeal(ruling.decision_ref, min(until, case.occasion.ends_at) if case.occasion else until, at)]
    return [*events, GrantOrdered(ruling.decision_ref, at)]


def evolve(case: Case, event: Event) -> Case:
    """The case with the term for appeal, the appeals that were brought, and what came of them."""
    match event:
        case Notified(notified_at, _, appeal_until) if case.status is Status.REASSESSMENT:
            return replace(case, before=Status.NOTIFIED, notified_at=notified_at, appeal_until=appeal_until)
        case Notified(notified_at, _, appeal_until):
            status = Status.UNDER_APPEAL if pending(case.appeals) else Status.NOTIFIED
            return replace(case, status=status, notified_at=notified_at, appeal_until=appeal_until)
        case AppealWindowClosed():
            before = Status.FINAL if case.before is Status.NOTIFIED else case.before
            return replace(case, status=Status.FINAL if case.status is Status.NOTIFIED else case.status, before=before, appeal_until=None)
        case CaseAppealed(filing, against=against, until=until):
            status = Status.UNDER_APPEAL if case.status in {Status.NOTIFIED, Status.FINAL} else case.status
            brought = Brought(filing.appeal_id, filing.ground, filing.posted_on, against)
            left = None if until == case.appeal_until else case.appeal_until
            return replace(case, status=status, appeals=(*case.appeals, brought), appeal_until=left, sealed_at=None)
        case AppealConcluded(appeal_id):
            appeals = concluded(case.appeals, appeal_id)
            over = case.status is Status.UNDER_APPEAL and not pending(appeals)
            return replace(case, status=closed(case) if over else case.status, appeals=appeals)
        case GivenOnAppeal(_, valid_until, at):
            given = Decision(Outcome.POSITIVE, None, valid_until, None)
            return replace(case, status=Status.FINAL, decision=given, decided_at=at, expired_at=None, appeal_until=None, reassessed_at=None)
        case GrantOrdered():
            return replace(case, status=Status.GRANT_ORDERED, appeal_until=None)
        case _:
            assert_never(event)


def closed(case: Case) -> Status:
    """Where a case stands once no appeal is pending."""
    return Status.NOTIFIED if case.appeal_until else Status.FINAL


def deadlines(case: Case) -> set[Deadline]:
    """The end of the term for appeal."""
    return {Deadline("appeal", case.appeal_until)} if case.appeal_until else set()
