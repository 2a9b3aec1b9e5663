"""A leader asks for a tool or a training for the team, and is answered in the service's own time."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import assert_never
from uuid import UUID

from cg_kit.pure import Deadline, Due, Refused
from services.integrity.domain.terms import TOOL


class Status(StrEnum):
    """Where a request stands."""

    NEW = "NEW"
    ASKED = "ASKED"
    ACCEPTED = "ACCEPTED"
    DECLINED = "DECLINED"
    DELIVERED = "DELIVERED"


@dataclass(frozen=True, slots=True)
class Tool:
    """A request as it stands; the leader's words lie in the vault."""

    status: Status = Status.NEW
    unit_id: UUID | None = None
    topic_code: str = ""
    words: UUID | None = None
    by: UUID | None = None
    asked_at: datetime | None = None
    answer: UUID | None = None
    late: bool = False


NEW = Tool()


@dataclass(frozen=True, slots=True)
class AskTool:
    """A leader asks."""

    unit_id: UUID
    topic_code: str
    words: UUID
    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class AnswerTool:
    """The service says yes or no, and what follows."""

    accepted: bool
    answer: UUID
    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class Deliver:
    """The team has it."""

    by: UUID
    at: datetime


Command = AskTool | AnswerTool | Deliver | Due


@dataclass(frozen=True, slots=True)
class ToolAsked:
    """A request is there, and its term runs."""

    unit_id: UUID
    topic_code: str
    words: UUID
    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class ToolAnswered:
    """The leader has an answer."""

    accepted: bool
    answer: UUID
    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class Delivered:
    """The team has it."""

    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class AnswerMissed:
    """The term is over without an answer; it is late, and still owed."""

    at: datetime


Event = ToolAsked | ToolAnswered | Delivered | AnswerMissed


def decide(tool: Tool, command: Command) -> list[Event] | Refused:
    """What a command makes of a request."""
    match tool.status, command:
        case Status.NEW, AskTool(unit_id, topic_code, words, by, at):
            return [ToolAsked(unit_id, topic_code, words, by, at)]
        case _, AskTool():
            return []
        case Status.ASKED, Due(_, at):
            return [] if tool.late else [AnswerMissed(at)]
        case _, Due():
            return []
        case Status.NEW, _:
            return Refused("NOT-FOUND", "request_id")
        case Status.ASKED, AnswerTool(accepted, answer, by, at):
            return Refused("INT-EYES") if by == tool.by else [ToolAnswered(accepted, answer, by, at)]
        case Status.ACCEPTED, Deliver(by, at):
            return [Delivered(by, at)]
        case Status.DELIVERED, Deliver():
            return []
        case _:
            return Refused("INT-STATE")


def evolve(tool: Tool, event: Event) -> Tool:
    """The request after an event."""
    match event:
        case ToolAsked(unit_id, topic_code, words, by, at):
            return Tool(Status.ASKED, unit_id, topic_code, words, by, at)
        case ToolAnswered(accepted, answer):
            return replace(tool, status=Status.ACCEPTED if accepted else Status.DECLINED, answer=answer)
        case Delivered():
            return replace(tool, status=Status.DELIVERED)
        case AnswerMissed():
            return replace(tool, late=True)
        case _:
            assert_never(event)


def due(tool: Tool) -> set[Deadline]:
    """The term for an answer."""
    return {Deadline("answer", TOOL.due(tool.asked_at).due)} if tool.status is Status.ASKED and tool.asked_at and not tool.late else set()
