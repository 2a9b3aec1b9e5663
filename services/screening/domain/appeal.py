"""An appeal before the appeal body: from the registered letter to the body's decision, with the body's own term; what follows is for what was appealed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import assert_never
from uuid import UUID

from cg_contracts.screening import SETS_TERM, AppealOutcome, Ground, Instrument
from cg_kit.pure import Deadline, Due, Refused
from cg_kit.pure.terms import day_of, start_of
from services.screening.domain.regime import day_before, end_of_term, years_after

BODY_TERMS: Mapping[Instrument, str] = {Instrument.CLEARANCE: "60 days", Instrument.CERTIFICATE: "15 days", Instrument.ADVICE: "30 days"}
"""Within which the body decides, from the day of filing (comiteri.be, procedure before the appeal body)."""

CONSULTATION = "5 days before"
"""How long before the hearing, at the latest, the person and their lawyer may read the file (comiteri.be, consultation of the file)."""

LONGEST_ADVICE = 5
"""Years for which an advice that the body gives may hold (SCR-9)."""


class Status(StrEnum):
    """How far the procedure is. Lateness of the body is no status."""

    NEW = "NEW"
    FILED = "FILED"
    ADMISSIBILITY = "ADMISSIBILITY"
    FILE_CONSULTATION = "FILE_CONSULTATION"
    HEARD = "HEARD"
    DECIDED = "DECIDED"


PENDING = frozenset({Status.FILED, Status.ADMISSIBILITY, Status.FILE_CONSULTATION, Status.HEARD})


class Target(StrEnum):
    """What keeps the decision that is appealed; the kind of the aggregate."""

    CASE = "case"
    APPLICATION = "application"
    CLEARANCE = "clearance"


@dataclass(frozen=True, slots=True)
class Filing:
    """An appeal as the body announces it; `at` is when this service first had it."""

    appeal_id: UUID
    request_id: UUID
    requester_ref: str
    ground: Ground
    posted_on: date
    at: datetime


@dataclass(frozen=True, slots=True)
class Brought:
    """What a case, an application or a clearance remembers of an appeal against it; `against` is the instant of the decision or of the lapse of its term."""

    appeal_id: UUID
    ground: Ground
    posted_on: date
    against: datetime
    over: bool = False


@dataclass(frozen=True, slots=True)
class Against:
    """A decision, or a term that lapsed, against which an appeal lies, until an instant (exclusive; none: the person was not notified yet)."""

    at: datetime
    until: datetime | None


@dataclass(frozen=True, slots=True)
class Ruling:
    """What the body decided."""

    decision_ref: str
    outcome: AppealOutcome
    decided_at: datetime
    within: str | None = None
    valid_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Appeal:
    """An appeal as it stands."""

    status: Status = Status.NEW
    request_id: UUID | None = None
    requester_ref: str = ""
    instrument: Instrument | None = None
    ground: Ground | None = None
    target: Target | None = None
    target_id: UUID | None = None
    application_id: UUID | None = None
    person_id: UUID | None = None
    screening_ref: str = ""
    posted_on: date | None = None
    in_time: bool = True
    decision_due_at: datetime | None = None
    late_at: datetime | None = None
    officers: tuple[UUID, ...] = ()
    file_sent_at: datetime | None = None
    removed: tuple[str, ...] = ()
    consultation_from: date | None = None
    hearing_at: datetime | None = None
    heard_at: datetime | None = None
    ruling: Ruling | None = None
    acted_at: datetime | None = None


NEW = Appeal()


# Commands


@dataclass(frozen=True, slots=True)
class File:
    """The target takes the appeal. `application_id`: the application that a clearance came of; `until`: the end of the term for filing, if it has begun."""

    filing: Filing
    instrument: Instrument
    target: Target
    target_id: UUID
    application_id: UUID | None
    person_id: UUID
    screening_ref: str
    until: datetime | None


@dataclass(frozen=True, slots=True)
class Designate:
    """The head of service puts officers on the appeal."""

    officers: tuple[UUID, ...]
    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class SendFile:
    """The file goes to the body, without the parts that police or intelligence services asked to remove."""

    removed: tuple[str, ...]
    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class PlanHearing:
    """The body opens the file for consultation and sets the hearing."""

    consultation_from: date
    hearing_at: datetime
    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class Hear:
    """The person was heard, or did not appear."""

    held_at: datetime
    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class Rule:
    """The body has decided; `at` is when this service first had the decision."""

    ruling: Ruling
    at: datetime


Command = File | Designate | SendFile | PlanHearing | Hear | Rule | Due


# Events


@dataclass(frozen=True, slots=True)
class Filed:
    """The appeal is pending, and the body's term runs."""

    filing: Filing
    instrument: Instrument
    target: Target
    target_id: UUID
    application_id: UUID | None
    person_id: UUID
    screening_ref: str
    in_time: bool
    decision_due_at: datetime


@dataclass(frozen=True, slots=True)
class OfficersPut:
    """These officers need to know."""

    officers: tuple[UUID, ...]
    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class FileSent:
    """The body has the file and looks whether the appeal is admissible."""

    removed: tuple[str, ...]
    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class HearingPlanned:
    """The person and their lawyer may read the file, without copies, and are heard on this day."""

    consultation_from: date
    hearing_at: datetime
    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class Heard:
    """The hearing was held."""

    held_at: datetime
    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class RulingOverdue:
    """The body's term ended without a decision that is known here."""

    at: datetime


@dataclass(frozen=True, slots=True)
class Ruled:
    """The body has decided; all that what was appealed needs to know of it. `decide_before`: the end (exclusive) of the new term that it sets."""

    ruling: Ruling
    target: Target
    target_id: UUID
    application_id: UUID | None
    decide_before: datetime | None
    at: datetime


Event = Filed | OfficersPut | FileSent | HearingPlanned | Heard | RulingOverdue | Ruled


def decide(appeal: Appeal, command: Command) -> list[Event] | Refused:
    """What a command makes of an appeal: the state diagram."""
    match appeal.status, command:
        case Status.NEW, File(filing, instrument, target, target_id, application_id, person_id, screening_ref, until):
            in_time = until is None or start_of(filing.posted_on) < until
            due_at = end_of_term(BODY_TERMS[instrument], filing.posted_on)
            return [Filed(filing, instrument, target, target_id, application_id, person_id, screening_ref, in_time, due_at)]
        case Status.NEW, Rule():
            return Refused("NOT-FOUND", "appeal_id")
        case Status.NEW, _:
            return Refused("NOT-FOUND")
        case _, File():
            return []
        case _, Rule(ruling, at):
            return ruled(appeal, ruling, at)
        case status, Due("decision", at) if status in PENDING and appeal.late_at is None:
            return [RulingOverdue(at)]
        case _, Due():
            return []

        case _, command if refused := barred(appeal, command):
            return refused
        case status, _ if status not in PENDING:
            return Refused("SCR-STATE")
        case _, Designate(officers) if appeal.person_id in officers:
            return Refused("SCR-3", "officers")
        case _, Designate(officers, by, at):
            added = tuple(officer for officer in dict.fromkeys(officers) if officer not in appeal.officers)
            return [OfficersPut(added, by, at)] if added else []
        case Status.FILED, SendFile(removed, by, at):
            return [FileSent(removed, by, at)]
        case ((Status.ADMISSIBILITY | Status.FILE_CONSULTATION), PlanHearing(consultation_from, hearing_at, by, at)):
            if hearing_at < at:
                return Refused("SCR-PAST", "hearing_at")
            if consultation_from > day_before(CONSULTATION, day_of(hearing_at)):
                return Refused("SCR-CONSULTATION", "consultation_from")
            same = (consultation_from, hearing_at) == (appeal.consultation_from, appeal.hearing_at)
            return [] if same else [HearingPlanned(consultation_from, hearing_at, by, at)]
        case Status.FILE_CONSULTATION, Hear(held_at, by, at):
            assert appeal.consultation_from
            if held_at > at:
                return Refused("SCR-FUTURE", "held_at")
            if day_of(held_at) <= appeal.consultation_from or appeal.consultation_from > day_before(CONSULTATION, day_of(held_at)):
                return Refused("SCR-CONSULTATION", "held_at")
            return [Heard(held_at, by, at)]
        case _:
            return Refused("SCR-STATE")


def barred(appeal: Appeal, command: Command) -> Refused | None:
    """Why this person may not give this command, whatever the state: nobody handles their own appeal, and officers need to know (SCR-3)."""
    match command:
        case Designate(by=by) | SendFile(by=by) | PlanHearing(by=by) | Hear(by=by):
            if by == appeal.person_id:
                return Refused("SCR-3")
            return None if by in appeal.officers or isinstance(command, Designate) else Refused("SCR-NEED")
        case _:
            return None


def ruled(appeal: Appeal, ruling: Ruling, at: datetime) -> list[Event] | Refused:
    """The body may decide at any moment from filing on, once; on a certificate or an advice it sets no new term."""
    assert appeal.target
    assert appeal.target_id
    assert appeal.posted_on
    if appeal.ruling is not None:
        return [] if ruling == appeal.ruling else Refused("SCR-APPEALED", "decision_ref")
    if ruling.outcome in SETS_TERM and appeal.instrument is not Instrument.CLEARANCE:
        return Refused("SCR-OUTCOME", "outcome")
    if ruling.decided_at > at:
        return Refused("SCR-FUTURE", "decided_at")
    if day_of(ruling.decided_at) < appeal.posted_on:
        return Refused("SCR-12", "decided_at")
    if ruling.valid_until is not None:
        if appeal.instrument is not Instrument.ADVICE:
            return Refused("SCR-OUTCOME", "valid_until")
        if not ruling.decided_at < ruling.valid_until <= years_after(ruling.decided_at, LONGEST_ADVICE):
            return Refused("SCR-9", "valid_until")
    decide_before = end_of_term(ruling.within, day_of(ruling.decided_at)) if ruling.within else None
    return [Ruled(ruling, appeal.target, appeal.target_id, appeal.application_id, decide_before, at)]


def evolve(appeal: Appeal, event: Event) -> Appeal:
    """The appeal after an event."""
    match event:
        case Filed(filing):
            return Appeal(
                status=Status.FILED,
                request_id=filing.request_id,
                requester_ref=filing.requester_ref,
                instrument=event.instrument,
                ground=filing.ground,
                target=event.target,
                target_id=event.target_id,
                application_id=event.application_id,
                person_id=event.person_id,
                screening_ref=event.screening_ref,
                posted_on=filing.posted_on,
                in_time=event.in_time,
                decision_due_at=event.decision_due_at,
                acted_at=filing.at,
            )
        case OfficersPut(officers, _, at):
            return replace(appeal, officers=appeal.officers + officers, acted_at=at)
        case FileSent(removed, _, at):
            return replace(appeal, status=Status.ADMISSIBILITY, file_sent_at=at, removed=removed, acted_at=at)
        case HearingPlanned(consultation_from, hearing_at, _, at):
            return replace(appeal, status=Status.FILE_CONSULTATION, consultation_from=consultation_from, hearing_at=hearing_at, acted_at=at)
        case Heard(held_at, _, at):
            return replace(appeal, status=Status.HEARD, heard_at=held_at, acted_at=at)
        case RulingOverdue(at):
            return replace(appeal, late_at=at)
        case Ruled(ruling, at=at):
            return replace(appeal, status=Status.DECIDED, ruling=ruling, acted_at=at)
        case _:
            assert_never(event)


def due(appeal: Appeal) -> set[Deadline]:
    """The clock of a pending appeal: the body's term."""
    if appeal.status not in PENDING or appeal.late_at is not None:
        return set()
    assert appeal.decision_due_at
    return {Deadline("decision", appeal.decision_due_at)}


# What an appeal means for what it is against


def bringing(appeals: tuple[Brought, ...], open_to: Mapping[Ground, Against], filing: Filing) -> Brought | Refused | None:
    """What the target remembers of a new appeal, why it cannot be one, or None when it is known already.

    An appeal that is posted after its term is taken: whether it is admissible is for the body to say. Against one decision there is one appeal.
    """
    known = next((each for each in appeals if each.appeal_id == filing.appeal_id), None)
    if known is not None:
        return None if (known.ground, known.posted_on) == (filing.ground, filing.posted_on) else Refused("SCR-REQUEST", "request_id")
    against = open_to.get(filing.ground)
    if against is None:
        return Refused("SCR-GROUND", "ground")
    if filing.posted_on > day_of(filing.at):
        return Refused("SCR-FUTURE", "posted_on")
    if filing.posted_on < day_of(against.at):
        return Refused("SCR-12", "posted_on")
    if any((each.ground, each.against) == (filing.ground, against.at) for each in appeals):
        return Refused("SCR-APPEALED", "ground")
    return Brought(filing.appeal_id, filing.ground, filing.posted_on, against.at)


def pending(appeals: tuple[Brought, ...]) -> bool:
    """Whether the body still has to decide on one of them."""
    return any(not each.over for each in appeals)


def concluded(appeals: tuple[Brought, ...], appeal_id: UUID) -> tuple[Brought, ...]:
    """The same with this one decided."""
    return tuple(replace(each, over=True) if each.appeal_id == appeal_id else each for each in appeals)


def is_open(appeals: tuple[Brought, ...], appeal_id: UUID) -> bool:
    """Whether this one is pending."""
    return any(each.appeal_id == appeal_id and not each.over for each in appeals)
