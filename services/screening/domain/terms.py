"""Each due date explained: from what it starts, by which term, why it ends on that day, and which law says so."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from cg_contracts.screening import ScreeningKind as Kind
from cg_kit.pure.terms import Reckoned, day_of
from services.screening.domain import application, case, clearance
from services.screening.domain.regime import BY_ID, NEED_REVIEW, last_day, reckoned

Certainty = StrEnum("Certainty", {"READ": "read", "KNOWN": "known", "UNCERTAIN": "uncertain", "CHOSEN": "chosen"})
"""Whether the article was read in a public source, is general knowledge, is uncertain, or is a choice of this house and no law."""


class Standing(StrEnum):
    """How a term stands."""

    RUNNING = "running"
    SUSPENDED = "suspended"
    MET = "met"
    MISSED = "missed"
    PASSED = "passed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Basis:
    """The law that sets a term. An article without a source that was read says so."""

    law: str
    article: str
    certainty: Certainty


SECRECY = "Law of 11 December 1998 on classification, security clearances, certificates and advice"
BODY = "Law of 11 December 1998 establishing the appeal body for security clearances, certificates and advice"
EXECUTION = "Royal Decree of 24 March 2000 executing the law of 11 December 1998"
STATUTE = "Royal Decree of 30 March 2001 on the legal position of the personnel of the police services"
HOUSE = "Working rule of this service"
AUTHORITY = "Advice of the security authority on renewing a clearance"
AGENCY = "Law of 15 April 1994 on protection against ionising radiation and on the Federal Agency for Nuclear Control"
COUNTED = "Judicial Code, art. 52 to 54: the first day is not counted, the last day is, and moves to the next working day"

BASES: dict[tuple[str, Kind | None], Basis] = {
    ("decision", Kind.ADVICE): Basis(SECRECY, "art. 22quinquies", Certainty.UNCERTAIN),
    ("decision", Kind.CERTIFICATE): Basis(SECRECY, "art. 22bis to 22quater", Certainty.UNCERTAIN),
    ("decision", Kind.NUCLEAR): Basis(SECRECY, "art. 8bis", Certainty.UNCERTAIN),
    ("decision", Kind.CLEARANCE): Basis(EXECUTION, "chapter on the term of the investigation", Certainty.UNCERTAIN),
    ("appeal", Kind.ADVICE): Basis(BODY, "art. 4, par. 3", Certainty.KNOWN),
    ("appeal", Kind.CERTIFICATE): Basis(BODY, "art. 4, par. 2", Certainty.KNOWN),
    ("appeal", Kind.NUCLEAR): Basis(BODY, "art. 4, par. 2", Certainty.KNOWN),
    ("appeal", Kind.CLEARANCE): Basis(BODY, "art. 4, par. 1", Certainty.KNOWN),
    ("appeal", Kind.RECRUITMENT): Basis(STATUTE, "appeal to the minister", Certainty.UNCERTAIN),
    ("validity", Kind.ADVICE): Basis(SECRECY, "art. 22quinquies", Certainty.UNCERTAIN),
    ("validity", Kind.CERTIFICATE): Basis(SECRECY, "art. 22bis", Certainty.UNCERTAIN),
    ("validity", Kind.CLEARANCE): Basis(EXECUTION, "five years at most", Certainty.READ),
    ("again", Kind.NUCLEAR): Basis(AGENCY, "rules on certificates", Certainty.UNCERTAIN),
    ("renewal", Kind.CLEARANCE): Basis(AUTHORITY, "seven months before expiry, ten for ZEER GEHEIM", Certainty.READ),
    ("invitation", Kind.CLEARANCE): Basis(HOUSE, "invitation to renew", Certainty.CHOSEN),
    ("at risk", Kind.CLEARANCE): Basis(HOUSE, "gap in cover is near", Certainty.CHOSEN),
    ("review", Kind.CLEARANCE): Basis(HOUSE, "review of the need to know", Certainty.CHOSEN),
    ("source", None): Basis(HOUSE, "answer of a source", Certainty.CHOSEN),
    ("retention", None): Basis(HOUSE, "retention of a file that is over", Certainty.UNCERTAIN),
    ("suspension", None): Basis(HOUSE, "suspension with its reason on record", Certainty.UNCERTAIN),
    ("event", None): Basis(HOUSE, "undecided at the start of an event is no access", Certainty.CHOSEN),
    ("ruling", Kind.ADVICE): Basis(BODY, "art. 9", Certainty.UNCERTAIN),
    ("ruling", Kind.CERTIFICATE): Basis(BODY, "art. 9", Certainty.UNCERTAIN),
    ("ruling", Kind.CLEARANCE): Basis(BODY, "art. 9", Certainty.UNCERTAIN),
    ("aftercare", None): Basis(HOUSE, "review of what is said of a person later", Certainty.CHOSEN),
    ("body", None): Basis(BODY, "new term set by the appeal body", Certainty.READ),
}
"""Which law sets which term. Articles marked uncertain were not read in the text of the law."""


@dataclass(frozen=True, slots=True)
class Explained:
    """A due date with all that it rests on. `due_at` is the first instant that is too late; `raw_date` the day before weekends and holidays moved it."""

    name: str
    standing: Standing
    starts_with: str
    start_date: date
    term: str
    raw_date: date
    due_date: date
    due_at: datetime
    explanation: str
    basis: Basis


def basis(name: str, kind: Kind | None) -> Basis:
    """The law of a term, for the instrument or for all alike."""
    return BASES.get((name, kind)) or BASES[name, None]


def of_case(state: case.Case, now: datetime) -> Iterator[Explained]:
    """The terms of a case, those that run and those that are over."""
    assert state.kind
    assert state.terms
    if state.decision_due_at and state.opened_at and state.terms.decision:
        ended = _ended(state.late_at, state.decided_at, state.status in {case.Status.CANCELLED, case.Status.CLOSED_NO_CONSENT})
        still = state.suspensions and case.suspended(state)
        days = case.stood_still(state, now)
        standing = Standing.SUSPENDED if still and ended is Standing.RUNNING else ended
        first = reckoned(state.terms.decision, day_of(state.opened_at), days)
        yield _counted("decision", state.kind, standing, "receipt of the request", day_of(state.opened_at), state.terms.decision, first)
    for each in state.suspensions:
        standing = Standing.PASSED if each.resumed_at else Standing.RUNNING
        why = f"The term for deciding stands still because of {each.reason_code}, until this day at the latest."
        yield _fixed("suspension", None, standing, each.reason_code, day_of(each.since), "until a day", each.until, why)
    if state.occasion and state.occasion.event_id and state.opened_at:
        standing = Standing.MET if state.decided_at else Standing.RUNNING if state.status in case.UNDECIDED else Standing.CANCELLED
        if state.status is case.Status.CANCELLED and now >= state.occasion.starts_at:
            standing = Standing.MISSED
        why = "The start of the event is a hard stop: who has no decision by then gets no access, and none is dated back."
        yield _fixed("event", None, standing, "start of the event", day_of(state.opened_at), "start of the event", state.occasion.starts_at, why)
    for check in state.checks:
        standing = Standing.MISSED if check.late else Standing.MET if check.result else Standing.RUNNING
        term = BY_ID[state.regime_id].check
        if check.extended_for:
            why = f"The source has more time because of {check.extended_for}; its first term ended before {check.first_due_at:%Y-%m-%d}."
            yield _fixed(f"source:{check.source}", None, standing, "question to the source", day_of(check.asked_at), "extended", check.due_at, why)
            continue
        yield _counted(f"source:{check.source}", None, standing, "question to the source", day_of(check.asked_at), term, None)
    if state.notified_at:
        yield _appeal(state.kind, state.terms.appeal, "notification of the decision", day_of(state.notified_at), now)
    if state.late_at and state.decision_due_at and state.kind is not Kind.RECRUITMENT:
        yield _appeal(state.kind, state.terms.appeal, "last day of the term for deciding", last_day(state.decision_due_at), now)
    if state.decision and state.decision.valid_until and state.decided_at:
        standing = Standing.PASSED if state.expired_at else Standing.RUNNING
        years = f"{state.terms.validity_years} years at most"
        yield _fixed("validity", state.kind, standing, "decision", day_of(state.decided_at), years, state.decision.valid_until, VALIDITY)
    if state.status in case.OVER and state.over_at:
        standing = Standing.PASSED if state.sealed_at else Standing.RUNNING
        start = day_of(case.last_use(state, state.over_at))
        yield _counted("retention", None, standing, "end of all use of the file", start, state.terms.retention, None)


VALIDITY = "What was decided holds until this day and no longer; validity never moves for weekends or holidays (SCR-9)."


def of_application(state: application.Application, now: datetime) -> Iterator[Explained]:
    """The terms of an application at the security authority."""
    assert state.terms
    assert state.terms.decision
    assert state.transmitted_at
    assert state.decision_due_at
    over = state.status is application.Status.WITHDRAWN_BY_PERSON
    standing = _ended(state.late_at, state.decision.decided_at if state.decision else None, over)
    if state.reopened_at and not state.extensions:
        why = "The appeal body has set this term, from the day of its decision."
        yield _fixed("decision", None, standing, "decision of the appeal body", day_of(state.reopened_at), "set by the appeal body", state.decision_due_at, why)
    elif state.extensions:
        last = state.extensions[-1]
        why = f"The security authority took {last.more} more because of {last.reason_code}; its first term ended before {state.first_due_at:%Y-%m-%d}."
        start = day_of(state.transmitted_at)
        yield _fixed("decision", Kind.CLEARANCE, standing, "transmission to the security authority", start, "extended", state.decision_due_at, why)
    else:
        yield _counted("decision", Kind.CLEARANCE, standing, "transmission to the security authority", day_of(state.transmitted_at), state.terms.decision, None)
    if state.notified_at:
        yield _appeal(Kind.CLEARANCE, state.terms.appeal, "notification of the decision", day_of(state.notified_at), now)
    if state.late_at:
        yield _appeal(Kind.CLEARANCE, state.terms.appeal, "last day of the term for deciding", last_day(state.decision_due_at), now)
    if state.over_at:
        standing = Standing.PASSED if state.retained_at else Standing.RUNNING
        start = day_of(application.last_use(state, state.over_at))
        yield _counted("retention", None, standing, "end of all use of the file", start, state.terms.retention, None)


def of_clearance(state: clearance.Clearance, now: datetime) -> Iterator[Explained]:
    """The terms of a clearance: what is said before it expires, its end, its review, and the term for appeal against its loss."""
    assert state.renewal
    assert state.expires_at
    assert state.granted_at
    end, lives = day_of(state.expires_at), state.status in clearance.LIVE
    for name, milestone, term in (
        ("invitation", clearance.Milestone.INVITE, state.renewal.invite),
        ("renewal", clearance.Milestone.APPLY, state.renewal.apply),
        ("at risk", clearance.Milestone.AT_RISK, state.renewal.at_risk),
    ):
        standing = Standing.PASSED if milestone in state.passed else Standing.RUNNING if lives else Standing.CANCELLED
        yield _counted(name, Kind.CLEARANCE, standing, "expiry of the clearance", end, term, None)
    standing = Standing.PASSED if state.status is clearance.Status.EXPIRED else Standing.RUNNING if lives else Standing.CANCELLED
    yield _fixed("validity", Kind.CLEARANCE, standing, "decision of the authority", day_of(state.granted_at), "5 years at most", state.expires_at, VALIDITY)
    if state.review_at:
        ended = max((use.ended_at for use in clearance.needs(state) if use.ended_at), default=state.granted_at)
        standing = Standing.RUNNING if lives else Standing.PASSED
        yield _counted("review", Kind.CLEARANCE, standing, "end of the last need to know", day_of(ended), NEED_REVIEW, None)
    if state.notified_at:
        yield _appeal(Kind.CLEARANCE, state.appeal, "notification of the withdrawal or lowering", day_of(state.notified_at), now)


def _ended(late_at: datetime | None, decided_at: datetime | None, cancelled: bool) -> Standing:
    if late_at:
        return Standing.MISSED
    if decided_at:
        return Standing.MET
    return Standing.CANCELLED if cancelled else Standing.RUNNING


def _appeal(kind: Kind, term: str, starts_with: str, start: date, now: datetime) -> Explained:
    found = reckoned(term, start)
    return _counted("appeal", kind, Standing.RUNNING if now < found.due else Standing.PASSED, starts_with, start, term, found)


def _counted(name: str, kind: Kind | None, standing: Standing, starts_with: str, start: date, term: str, found: Reckoned | None) -> Explained:
    found = found or reckoned(term, start)
    law = basis(name.partition(":")[0], kind)
    return Explained(name, standing, starts_with, start, term, found.raw_date, found.due_date, found.due, found.explanation, law)


def _fixed(name: str, kind: Kind | None, standing: Standing, starts_with: str, start: date, term: str, due_at: datetime, why: str) -> Explained:
    law = basis("body", None) if term == "set by the appeal body" else basis(name.partition(":")[0], kind)
    return Explained(name, standing, starts_with, start, term, last_day(due_at), last_day(due_at), due_at, why, law)
