"""What is asked of a case, for which place and period, and under which law; an event that starts or is called off ends what is undecided."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import assert_never
from uuid import UUID

from cg_contracts.levels import Level
from cg_contracts.screening import Scope
from cg_contracts.screening import ScreeningKind as Kind
from cg_kit.pure import Deadline, Refused
from cg_kit.pure.terms import day_of
from services.screening.domain.case import consent, verification
from services.screening.domain.case.state import NEW, UNDECIDED, Case, Occasion, Signed, Status
from services.screening.domain.regime import ConsentMode, Terms, end_of_term, regime_on


@dataclass(frozen=True, slots=True)
class Request:
    """An account asks for a screening; `at` is when this service first had the request."""

    request_id: UUID
    requester_ref: str
    asked_by: str
    kind: Kind
    purpose: str
    person_id: UUID
    level: Level | None
    needed_by: date
    person_data: UUID | None
    at: datetime
    scopes: tuple[Scope, ...] = ()
    occasion: Occasion | None = None
    exception_code: str | None = None
    renews: UUID | None = None
    signed: Signed | None = None


@dataclass(frozen=True, slots=True)
class CallOff:
    """The event does not take place."""

    at: datetime


Command = Request | CallOff


@dataclass(frozen=True, slots=True)
class Opened:
    """A case is open, and keeps the terms of this day's regime."""

    request_id: UUID
    requester_ref: str
    asked_by: str
    kind: Kind
    purpose: str
    person_id: UUID
    level: Level | None
    needed_by: date
    person_data: UUID | None
    regime_id: str
    terms: Terms
    decision_due_at: datetime | None
    at: datetime
    scopes: tuple[Scope, ...] = ()
    occasion: Occasion | None = None
    exception_code: str | None = None
    renews: UUID | None = None


@dataclass(frozen=True, slots=True)
class EventStarted:
    """The event has begun and nothing was decided: no access, and none will be given for it."""

    at: datetime


@dataclass(frozen=True, slots=True)
class EventCancelled:
    """What the person was to be screened for does not take place."""

    at: datetime


Event = Opened | EventStarted | EventCancelled


def decide(case: Case, command: Command) -> Sequence[Event | consent.Event | verification.Event] | Refused:
    """Asked once, and the same again changes nothing; called off as long as nothing is decided."""
    match case.status, command:
        case Status.NEW, Request():
            return opening(command)
        case _, Request():
            return [] if asks_the_same(case, command) else Refused("SCR-REQUEST", "request_id")
        case status, CallOff(at):
            return [EventCancelled(at)] if status in UNDECIDED else []
        case _:
            assert_never(command)


def fall_due(case: Case, at: datetime) -> list[Event]:
    """The event begins: undecided is no access."""
    return [EventStarted(at)] if case.status in UNDECIDED else []


def opening(request: Request) -> Sequence[Event | consent.Event | verification.Event] | Refused:
    """A case takes the row of the regime in force when the request came, or there is no such instrument on this day."""
    today = day_of(request.at)
    regime = regime_on(today)
    if regime is None or request.kind not in regime.open:
        return Refused("SCR-REGIME", "kind")
    terms = regime.terms_for(request.kind, request.level)
    if terms is None:
        return Refused("SCR-LEVEL", "required_level")
    if refused := misplaced(request):
        return refused
    opened = Opened(
        request.request_id,
        request.requester_ref,
        request.asked_by,
        request.kind,
        request.purpose,
        request.person_id,
        request.level,
        request.needed_by,
        request.person_data,
        regime.id,
        terms,
        end_of_term(terms.decision, today) if terms.decision and request.kind is not Kind.CLEARANCE else None,
        request.at,
        request.scopes,
        request.occasion,
        request.exception_code,
        request.renews,
    )
    started = verification.started(evolve(NEW, opened), request.person_data, request.at)
    if regime.consent is ConsentMode.OPT_OUT:
        return [opened, consent.ConsentPresumed(request.at), *started]
    if request.signed is None:
        return [opened]
    if request.signed.on > today:
        return Refused("SCR-FUTURE", "signed_on")
    return [opened, consent.Consented(request.at, request.signed), *started]


def misplaced(request: Request) -> Refused | None:
    """A certificate is for a place and a period, an advice may be; and an event that has begun can no longer be asked for."""
    if request.occasion is None:
        return Refused("SCR-OCCASION", "occasion") if request.kind is Kind.CERTIFICATE else None
    if request.kind not in {Kind.CERTIFICATE, Kind.ADVICE}:
        return Refused("SCR-OCCASION", "occasion")
    if request.at >= (request.occasion.starts_at if request.occasion.event_id else request.occasion.ends_at):
        return Refused("SCR-EVENT", "occasion")
    return None


def asks_the_same(case: Case, request: Request) -> bool:
    """Whether a repeated request_id brings what the case was opened for."""
    asked = ("requester_ref", "kind", "purpose", "person_id", "level", "needed_by", "scopes", "occasion", "exception_code", "renews")
    return all(getattr(case, name) == getattr(request, name) for name in asked)


def evolve(case: Case, event: Event) -> Case:
    """The case when it is asked, and when what it is for has begun or does not take place."""
    match event:
        case Opened():
            return Case(
                status=Status.CONSENT_PENDING,
                kind=event.kind,
                regime_id=event.regime_id,
                terms=event.terms,
                person_id=event.person_id,
                request_id=event.request_id,
                requester_ref=event.requester_ref,
                asked_by=event.asked_by,
                purpose=event.purpose,
                level=event.level,
                needed_by=event.needed_by,
                person_data=event.person_data,
                opened_at=event.at,
                decision_due_at=event.decision_due_at,
                scopes=event.scopes,
                occasion=event.occasion,
                exception_code=event.exception_code,
                renews=event.renews,
                acted_at=event.at,
            )
        case EventStarted() | EventCancelled():
            return replace(case, status=Status.CANCELLED, appeal_until=None)
        case _:
            assert_never(event)


def deadlines(case: Case) -> set[Deadline]:
    """The start of the event, while nothing is decided."""
    awaited = case.occasion and case.occasion.event_id and case.status in UNDECIDED
    return {Deadline("event", case.occasion.starts_at)} if case.occasion and awaited else set()
