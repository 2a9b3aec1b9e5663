"""A survey whose anonymity nobody can take back: who took part stands apart from what was answered, and no figure tells of fewer than k."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import assert_never
from uuid import UUID

from cg_kit.pure import Deadline, Due, Refused
from cg_kit.pure.terms import day_of, start_of
from services.integrity.domain.terms import FLOOR, K

LOWEST, HIGHEST = 1, 5
"""The scale of every question."""


class Status(StrEnum):
    """Where a survey stands."""

    NEW = "NEW"
    DRAFT = "DRAFT"
    APPROVED = "APPROVED"
    OPEN = "OPEN"
    CLOSED = "CLOSED"
    ANALYSED = "ANALYSED"
    PUBLISHED = "PUBLISHED"
    WITHHELD = "WITHHELD"


@dataclass(frozen=True, slots=True)
class Question:
    """A question by its code, answered from 1 to 5."""

    code: str
    nl: str
    fr: str
    en: str | None = None


@dataclass(frozen=True, slots=True)
class Ballot:
    """What somebody answered, and of which group they say they are; nothing else of them is known."""

    group: UUID | None
    answers: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Score:
    """The mean of a question in a group (None: in all)."""

    question: str
    group: UUID | None
    mean: float


@dataclass(frozen=True, slots=True)
class Table:
    """What may be shown: how many answered, as a multiple of k, and the scores of groups of at least k of which none can be found by subtraction."""

    at_least: int
    scores: tuple[Score, ...]


@dataclass(frozen=True, slots=True)
class Survey:
    """A survey as it stands. Answers and who took part are not in it."""

    status: Status = Status.NEW
    topic_code: str = ""
    questions: tuple[Question, ...] = ()
    groups: tuple[UUID, ...] = ()
    k: int = K
    closes_on: date | None = None
    written_by: UUID | None = None
    locked: bool = False
    table: Table | None = None


NEW = Survey()


@dataclass(frozen=True, slots=True)
class Write:
    """Somebody writes it, or writes it anew while nobody has answered: then it is approved anew."""

    topic_code: str
    questions: tuple[Question, ...]
    groups: tuple[UUID, ...]
    k: int
    closes_on: date
    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class ApproveSurvey:
    """The data protection officer agrees."""

    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class OpenSurvey:
    """It can be answered from now on."""

    at: datetime


@dataclass(frozen=True, slots=True)
class Lock:
    """There is a first answer."""

    at: datetime


@dataclass(frozen=True, slots=True)
class CloseSurvey:
    """It can be answered no more."""

    at: datetime


@dataclass(frozen=True, slots=True)
class Analyse:
    """What may be shown of the answers."""

    table: Table
    at: datetime


@dataclass(frozen=True, slots=True)
class PublishSurvey:
    """It is shown, or withheld where there is nothing that may be."""

    by: UUID
    at: datetime


Command = Write | ApproveSurvey | OpenSurvey | Lock | CloseSurvey | Analyse | PublishSurvey | Due


@dataclass(frozen=True, slots=True)
class SurveyWritten:
    """It is written, and not approved."""

    topic_code: str
    questions: tuple[Question, ...]
    groups: tuple[UUID, ...]
    k: int
    closes_on: date
    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class SurveyApproved:
    """It may be opened."""

    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class SurveyOpened:
    """It can be answered."""

    at: datetime


@dataclass(frozen=True, slots=True)
class Locked:
    """Nothing of it changes any more."""

    at: datetime


@dataclass(frozen=True, slots=True)
class SurveyClosed:
    """It can be answered no more, and who took part is destroyed."""

    at: datetime


@dataclass(frozen=True, slots=True)
class Analysed:
    """What may be shown is known."""

    table: Table
    at: datetime


@dataclass(frozen=True, slots=True)
class SurveyPublished:
    """It is shown."""

    topic_code: str
    table: Table
    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class SurveyWithheld:
    """Too few answered: nothing is shown."""

    topic_code: str
    by: UUID
    at: datetime


Event = SurveyWritten | SurveyApproved | SurveyOpened | Locked | SurveyClosed | Analysed | SurveyPublished | SurveyWithheld


def decide(survey: Survey, command: Command) -> list[Event] | Refused:
    """What a command makes of a survey."""
    match survey.status, command:
        case Status.OPEN, Due(_, at):
            return [SurveyClosed(at)]
        case _, Due():
            return []
        case _, Write() if survey.locked or survey.status in {Status.CLOSED, Status.ANALYSED, Status.PUBLISHED, Status.WITHHELD}:
            return Refused("INT-8")
        case _, Write():
            return writing(survey, command)
        case Status.NEW, _:
            return Refused("NOT-FOUND", "survey_id")
        case Status.DRAFT, ApproveSurvey(by, at):
            return Refused("INT-EYES") if by == survey.written_by else [SurveyApproved(by, at)]
        case Status.APPROVED, OpenSurvey(at):
            assert survey.closes_on
            return [SurveyOpened(at)] if day_of(at) < survey.closes_on else Refused("INT-PAST", "closes_on")
        case Status.OPEN, Lock(at):
            return [] if survey.locked else [Locked(at)]
        case Status.OPEN, CloseSurvey(at):
            return [SurveyClosed(at)]
        case Status.CLOSED, Analyse(table, at):
            return [Analysed(table, at)]
        case Status.ANALYSED, PublishSurvey(by, at):
            assert survey.table
            shown = bool(survey.table.scores)
            return [SurveyPublished(survey.topic_code, survey.table, by, at) if shown else SurveyWithheld(survey.topic_code, by, at)]
        case _:
            return Refused("INT-STATE")


def writing(survey: Survey, write: Write) -> list[Event] | Refused:
    """Never below the floor, each code once."""
    if write.k < FLOOR:
        return Refused("INT-7", "k")
    if not write.questions or len({each.code for each in write.questions}) != len(write.questions):
        return Refused("INT-QUESTIONS", "questions")
    if write.closes_on <= day_of(write.at):
        return Refused("INT-PAST", "closes_on")
    same = (survey.topic_code, survey.questions, survey.groups, survey.k, survey.closes_on, survey.written_by)
    if same == (write.topic_code, write.questions, write.groups, write.k, write.closes_on, write.by):
        return []
    return [SurveyWritten(write.topic_code, write.questions, write.groups, write.k, write.closes_on, write.by, write.at)]


def fits(survey: Survey, ballot: Ballot) -> bool:
    """Whether this can be an answer: every question, on its scale, of a group that can be named."""
    within = all(LOWEST <= answer <= HIGHEST for answer in ballot.answers)
    return within and len(ballot.answers) == len(survey.questions) and (ballot.group is None or ballot.group in survey.groups)


def tabulate(survey: Survey, ballots: Sequence[Ballot]) -> Table:
    """What may be shown. Groups below k are joined with the next smallest until together they are k or more, so that subtraction finds no fewer (INT-7)."""
    k = survey.k
    if len(ballots) < k:
        return Table(0, ())
    by_group = {group: [each for each in ballots if each.group == group] for group in (*survey.groups, None)}
    shown = sorted((group for group in survey.groups if len(by_group[group]) >= k), key=lambda group: (len(by_group[group]), str(group)))
    hidden = sum(len(each) for group, each in by_group.items() if group not in shown)
    while shown and 0 < hidden < k:
        hidden += len(by_group[shown.pop(0)])
    scores = [
        Score(question.code, group, round(sum(each.answers[n] for each in of) / len(of), 1))
        for group, of in [(None, list(ballots)), *((group, by_group[group]) for group in sorted(shown, key=str))]
        for n, question in enumerate(survey.questions)
    ]
    return Table(len(ballots) - len(ballots) % k, tuple(scores))


def evolve(survey: Survey, event: Event) -> Survey:
    """The survey after an event."""
    match event:
        case SurveyWritten(topic_code, questions, groups, k, closes_on, by):
            return Survey(Status.DRAFT, topic_code, questions, groups, k, closes_on, by)
        case SurveyApproved():
            return replace(survey, status=Status.APPROVED)
        case SurveyOpened():
            return replace(survey, status=Status.OPEN)
        case Locked():
            return replace(survey, locked=True)
        case SurveyClosed():
            return replace(survey, status=Status.CLOSED)
        case Analysed(table):
            return replace(survey, status=Status.ANALYSED, table=table)
        case SurveyPublished():
            return replace(survey, status=Status.PUBLISHED)
        case SurveyWithheld():
            return replace(survey, status=Status.WITHHELD)
        case _:
            assert_never(event)


def due(survey: Survey) -> set[Deadline]:
    """The end of the time to answer."""
    return {Deadline("close", start_of(survey.closes_on))} if survey.status is Status.OPEN and survey.closes_on else set()
