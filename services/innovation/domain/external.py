"""Somebody from outside who is to come on premises or see data: screened first, once for all pilots, and again when that lapses (INN-3)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import assert_never
from uuid import UUID

from cg_kit.pure import Deadline, Due, Refused, named


class Standing(StrEnum):
    """Whether the person may come in; only a positive advice that holds lets them."""

    NOT_ASKED = "not_asked"
    ASKED = "asked"
    POSITIVE = "positive"
    NEGATIVE = "negative"
    LAPSED = "lapsed"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class External:
    """One person as they stand; `uses`: the pilots that they are for, `nth`: how often screening was asked."""

    standing: Standing = Standing.NOT_ASKED
    uses: tuple[UUID, ...] = ()
    nth: int = 0
    case_id: UUID | None = None
    valid_until: datetime | None = None


NEW = External()


@dataclass(frozen=True, slots=True)
class Use:
    """A pilot wants the person by that day."""

    person_id: UUID
    pilot_id: UUID
    needed_by: date
    at: datetime


@dataclass(frozen=True, slots=True)
class Unuse:
    """A pilot does not any more."""

    pilot_id: UUID


@dataclass(frozen=True, slots=True)
class Answer:
    """Screening has answered the request of this number."""

    nth: int
    standing: Standing
    case_id: UUID | None
    valid_until: datetime | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Lapse:
    """The advice of this case counts no longer."""

    case_id: UUID
    standing: Standing
    at: datetime


Command = Use | Unuse | Answer | Lapse | Due


@dataclass(frozen=True, slots=True)
class Used:
    """A pilot wants the person, who stands like this."""

    pilot_id: UUID
    person_id: UUID
    standing: Standing
    valid_until: datetime | None
    at: datetime


@dataclass(frozen=True, slots=True)
class ScreeningAsked:
    """Screening is asked, for the nth time."""

    person_id: UUID
    nth: int
    needed_by: date
    at: datetime


@dataclass(frozen=True, slots=True)
class Unused:
    """A pilot does not want the person any more."""

    pilot_id: UUID


@dataclass(frozen=True, slots=True)
class Answered:
    """The person stands like this from now on, for each of these pilots."""

    standing: Standing
    case_id: UUID | None
    valid_until: datetime | None
    uses: tuple[UUID, ...]
    at: datetime


Event = Used | ScreeningAsked | Unused | Answered

AGAIN = frozenset({Standing.NOT_ASKED, Standing.LAPSED, Standing.CLOSED})
"""In which screening is asked (again): not after a no."""


def decide(external: External, command: Command) -> list[Event] | Refused:
    """What a command makes of a person from outside."""
    match command:
        case Use(person_id, pilot_id, needed_by, at):
            if pilot_id in external.uses:
                return []
            lapsed = external.standing is Standing.POSITIVE and external.valid_until is not None and external.valid_until <= at
            standing = Standing.LAPSED if lapsed else external.standing
            asked = [ScreeningAsked(person_id, external.nth + 1, needed_by, at)] if standing in AGAIN else []
            now = Standing.ASKED if asked else standing
            return [Used(pilot_id, person_id, now, external.valid_until if now is Standing.POSITIVE else None, at), *asked]
        case Unuse(pilot_id):
            return [Unused(pilot_id)] if pilot_id in external.uses else []
        case Answer(nth, standing, case_id, valid_until, at):
            if nth != external.nth or external.standing is not Standing.ASKED:
                return []
            return [Answered(standing, case_id, valid_until, external.uses, at)]
        case Lapse(case_id, standing, at):
            if case_id != external.case_id or external.standing is not Standing.POSITIVE:
                return []
            return [Answered(standing, case_id, None, external.uses, at)]
        case Due():
            return []
        case _:
            assert_never(command)


def evolve(external: External, event: Event) -> External:
    """The person after an event."""
    match event:
        case Used(pilot_id):
            return replace(external, uses=(*external.uses, pilot_id))
        case ScreeningAsked(_, nth):
            return replace(external, standing=Standing.ASKED, nth=nth, case_id=None, valid_until=None)
        case Unused(pilot_id):
            return replace(external, uses=tuple(each for each in external.uses if each != pilot_id))
        case Answered(standing, case_id, valid_until):
            return replace(external, standing=standing, case_id=case_id, valid_until=valid_until)
        case _:
            assert_never(event)


def due(_external: External) -> set[Deadline]:
    """Screening keeps the clocks, and says when an advice has expired."""
    return set()


def request_for(person_id: UUID, nth: int) -> UUID:
    """The id of the request to screening."""
    return named("external", person_id, nth)


def reference(person_id: UUID, nth: int) -> str:
    """What screening gives back with every answer, so that it finds the person without looking."""
    return f"external:{person_id}/{nth}"


def ours(requester_ref: str) -> tuple[UUID, int] | None:
    """Whom an answer is about, if it answers us."""
    start, _, rest = requester_ref.partition(":")
    person, _, nth = rest.partition("/")
    try:
        return (UUID(person), int(nth)) if start == "external" else None
    except ValueError:
        return None
