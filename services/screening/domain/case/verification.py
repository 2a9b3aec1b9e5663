"""The sources that are asked about the person, each with its own clock, up to the last answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import assert_never
from uuid import UUID

from cg_contracts.screening import FilesResult
from cg_contracts.screening import ScreeningKind as Kind
from cg_kit.pure import Deadline, Refused
from cg_kit.pure.terms import day_of
from services.screening.domain.case.state import ANSWERED_ONLY, Case, Check, Result, Status
from services.screening.domain.regime import BY_ID, INVESTIGATION_ONLY, Source, end_of_term


@dataclass(frozen=True, slots=True)
class AnswerCheck:
    """A verifier enters what a source said."""

    source: Source
    result: Result
    content: UUID | None
    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class ExtendCheck:
    """A source, mostly abroad, gets so many days from now on, for a reason."""

    source: Source
    days: int
    reason_code: str
    by: UUID
    at: datetime


Command = AnswerCheck | ExtendCheck


@dataclass(frozen=True, slots=True)
class VerificationStarted:
    """All sources of the case are asked at once."""

    checks: tuple[Check, ...]
    at: datetime
    person_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class CheckAnswered:
    """One source has answered."""

    source: Source
    result: Result
    content: UUID | None
    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class CheckOverdue:
    """One source has not answered in its time."""

    source: Source
    at: datetime


@dataclass(frozen=True, slots=True)
class CheckExtended:
    """A source has until then (exclusive)."""

    source: Source
    due_at: datetime
    reason_code: str
    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class VerificationCompleted:
    """All sources are in: the case can be assessed."""

    at: datetime


@dataclass(frozen=True, slots=True)
class RecruitmentAnswered:
    """All sources are in: the deliberation commission can decide."""

    result: FilesResult
    at: datetime


@dataclass(frozen=True, slots=True)
class NuclearAnswered:
    """All sources are in: nuclear control can decide."""

    person_id: UUID
    result: FilesResult
    at: datetime


@dataclass(frozen=True, slots=True)
class NuclearAbandoned:
    """A nuclear verification ends without an answer, and so is no earlier one to who asks again (SCR-10)."""

    person_id: UUID
    at: datetime


Event = VerificationStarted | CheckAnswered | CheckOverdue | CheckExtended | VerificationCompleted | RecruitmentAnswered | NuclearAnswered | NuclearAbandoned


def decide(case: Case, command: Command) -> Sequence[Event] | Refused:
    """Nothing is asked before consent (SCR-1), nor of a source that only an investigation may ask (SCR-8); each answers once."""
    match case.status, command:
        case ((Status.CONSENT_PENDING | Status.INCOMPLETE), AnswerCheck()):
            return Refused("SCR-1")
        case _, AnswerCheck(source) if source in INVESTIGATION_ONLY:
            return Refused("SCR-8", "source")
        case _, AnswerCheck(source, result) if (check := asked(case, source)) and check.result is not None:
            return [] if check.result is result else Refused("SCR-CHECK", "source")
        case Status.IN_VERIFICATION, AnswerCheck(source):
            return answered(case, command) if asked(case, source) else Refused("SCR-CHECK", "source")
        case Status.IN_VERIFICATION, ExtendCheck():
            return extending(case, command)
        case _:
            return Refused("SCR-STATE")


def fall_due(case: Case, name: str, at: datetime) -> list[Event]:
    """A source is late; nothing else follows."""
    check = next((each for each in case.checks if name == f"check:{each.source}" and each.result is None), None)
    return [CheckOverdue(check.source, at)] if case.status is Status.IN_VERIFICATION and check and not check.late else []


def started(case: Case, person_data: UUID | None, at: datetime) -> list[Event]:
    """With consent given and the person known by name, all sources of the kind are asked at once; a clearance is investigated elsewhere."""
    regime = BY_ID[case.regime_id]
    sources = regime.sources.get(case.kind, ()) if case.kind else ()
    if person_data is None or not sources:
        return []
    due_at = end_of_term(regime.check, day_of(at))
    return [VerificationStarted(tuple(Check(source, at, due_at) for source in sources), at, case.person_id)]


def abandoned(case: Case, at: datetime) -> list[Event]:
    """What ends a nuclear verification before its answer frees the person to be asked about again."""
    return [NuclearAbandoned(case.person_id, at)] if case.kind is Kind.NUCLEAR and case.person_id else []


def asked(case: Case, source: Source) -> Check | None:
    """The check of a source in this case."""
    return next((check for check in case.checks if check.source is source), None)


def answered(case: Case, answer: AnswerCheck) -> list[Event]:
    """One more source is in; the last one opens the assessment, or is the answer where this service does not decide."""
    events: list[Event] = [CheckAnswered(answer.source, answer.result, answer.content, answer.by, answer.at)]
    results = {check.result for check in case.checks if check.source is not answer.source} | {answer.result}
    if None in results:
        return events
    if case.kind not in ANSWERED_ONLY:
        return [*events, VerificationCompleted(answer.at)]
    found = FilesResult.NOTHING_FOUND
    if Result.INFO_FOUND in results:
        found = FilesResult.INFORMATION_FOUND
    elif Result.NO_ANSWER in results:
        found = FilesResult.INCOMPLETE
    if case.kind is Kind.RECRUITMENT:
        return [*events, RecruitmentAnswered(found, answer.at)]
    assert case.person_id
    return [*events, NuclearAnswered(case.person_id, found, answer.at)]


def extending(case: Case, extend: ExtendCheck) -> list[Event] | Refused:
    """More time for a source that has not answered; never less."""
    check = asked(case, extend.source)
    if check is None or check.result is not None:
        return Refused("SCR-CHECK", "source")
    due_at = end_of_term(f"{extend.days} days", day_of(extend.at))
    if due_at <= check.due_at:
        return Refused("SCR-EXTEND", "days")
    return [CheckExtended(extend.source, due_at, extend.reason_code, extend.by, extend.at)]


def extended(check: Check, due_at: datetime, reason_code: str) -> Check:
    """The check with more time; its first date is kept."""
    return replace(check, due_at=due_at, first_due_at=check.first_due_at or check.due_at, extended_for=reason_code, late=False)


def evolve(case: Case, event: Event) -> Case:
    """The case with what its sources say."""
    match event:
        case VerificationStarted(checks):
            return replace(case, status=Status.IN_VERIFICATION, checks=checks)
        case CheckAnswered(source, result, content, _, at):
            return replace(case, checks=tuple(replace(c, result=result, content=content, answered_at=at) if c.source is source else c for c in case.checks))
        case CheckOverdue(source):
            return replace(case, checks=tuple(replace(c, late=True) if c.source is source else c for c in case.checks))
        case CheckExtended(source, due_at, reason_code):
            return replace(case, checks=tuple(extended(c, due_at, reason_code) if c.source is source else c for c in case.checks))
        case VerificationCompleted():
            return replace(case, status=Status.ASSESSMENT)
        case RecruitmentAnswered(result, at) | NuclearAnswered(_, result, at):
            return replace(case, status=Status.ANSWERED, result=result, decided_at=at)
        case NuclearAbandoned(_, at):
            return replace(case, abandoned_at=at)
        case _:
            assert_never(event)


def deadlines(case: Case) -> set[Deadline]:
    """The clock of each source that has not answered and is not late yet."""
    if case.status is not Status.IN_VERIFICATION:
        return set()
    return {Deadline(f"check:{check.source}", check.due_at) for check in case.checks if check.result is None and not check.late}
