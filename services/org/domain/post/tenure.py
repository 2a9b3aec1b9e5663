"""A post that is held by mandate: what a step of the mandate means for the assignment, and the reverse."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import assert_never
from uuid import UUID

from cg_contracts.org import AppointmentKind
from cg_kit.pure import Refused
from cg_kit.pure.terms import day_of, start_of
from services.org.domain import mandate
from services.org.domain.mandate import Appointed, DeclareVacancy, LeavingPlanned, Mandate, MandateOver, Renewed, TermBegan, TermCorrected, VacancyDeclared
from services.org.domain.post.appointment import is_taken
from services.org.domain.post.holding import Ended, EndPlanned
from services.org.domain.post.record import Corrected
from services.org.domain.post.state import HELD, Assignment, Post, find, mandate_by, mandate_of


def decide(post: Post, command: mandate.Command) -> Sequence[mandate.Event] | Refused:
    """A vacancy is declared once for the next holder, and only when it is certain that the present one goes; all else is the mandate's own."""
    known = mandate_of(post, command.mandate_id)
    if known is not None:
        return mandate.decide(known, command)
    if not isinstance(command, DeclareVacancy):
        return Refused("ORG-MANDATE", "mandate_id")
    if post.seat is None or not post.seat.is_mandate:
        return Refused("ORG-MANDATE-KIND")
    if any(mandate.to_be_filled(each) for each in post.mandates):
        return Refused("ORG-MANDATE-EXISTS")
    if is_taken(post, AppointmentKind.MANDATE, command.vacant_from):
        return Refused("ORG-2", "vacant_from")
    return [VacancyDeclared(command.mandate_id, command.vacant_from, command.decision_ref, command.at)]


def evolve(post: Post, event: mandate.Event) -> tuple[Mandate, ...]:
    """The mandates of the post after an event about one of them."""
    known = mandate_of(post, event.mandate_id)
    match event:
        case VacancyDeclared() if known is None:
            return (*post.mandates, mandate.declared(event))
        case Appointed() if known is None:
            return (*post.mandates, mandate.opened(event))
        case _:
            return tuple(mandate.evolve(each, event) if each.id == event.mandate_id else each for each in post.mandates)


def begun(post: Post, it: Assignment, at: datetime) -> list[mandate.Event]:
    """With the first day in the post a mandate begins its term."""
    held = mandate_by(post, it.id)
    if held is None or held.stage is not mandate.Stage.APPOINTED:
        return []
    return [mandate.first(held, max(day_of(at), it.valid_from), it.valid_to, at)]


def left(post: Post, assignment_id: UUID, on: date, reason_code: str, at: datetime) -> list[mandate.Event]:
    """With the assignment the mandate ends."""
    held = mandate_by(post, assignment_id)
    return [] if held is None else [*mandate.over(held, on, reason_code, at)]


def leaving(post: Post, planned: EndPlanned) -> list[mandate.Event]:
    """That the assignment ends before the term does is known of the mandate too."""
    held = mandate_by(post, planned.assignment_id)
    if held is None or not mandate.runs(held) or planned.on >= mandate.last_end(held) or (held.leaving is not None and held.leaving.on == planned.on):
        return []
    return [LeavingPlanned(held.id, planned.on, planned.reason_code, planned.at)]


def corrected(post: Post, it: Corrected) -> list[mandate.Event]:
    """The term is that of the assignment."""
    held = mandate_by(post, it.assignment_id)
    return [] if held is None else mandate.corrected(held, it.valid_from, it.valid_to, it.at)


def fall_due(post: Post, it: Assignment, at: datetime) -> list[mandate.Event]:
    """The end of a term that nothing follows."""
    held = mandate_by(post, it.id)
    if held is None or not mandate.runs(held) or it.valid_to is None or at != start_of(it.valid_to):
        return []
    return [MandateOver(held.id, it.valid_to, mandate.outcome_at_end(held), at)]


def of_assignment(post: Post, event: TermBegan | Renewed | LeavingPlanned | TermCorrected | MandateOver) -> list[Ended | EndPlanned]:
    """What a step of a mandate means for the assignment through which it is held."""
    held = mandate_of(post, event.mandate_id)
    it = find(post, held.assignment_id) if held is not None and held.assignment_id is not None else None
    if it is None or it.standing not in HELD:
        return []
    match event:
        case MandateOver(_, on, outcome_code, at):
            return [Ended(it.id, it.person_id, on, because(outcome_code), at)]
        case TermBegan(_, office):
            on, reason_code, at = office.end, "mandate_term", office.recorded_at
        case TermCorrected(_, _, _, at):
            assert held is not None
            on, reason_code = held.leaving.on if held.leaving else mandate.last_end(held), "mandate_term"
        case Renewed(_, office):
            on, reason_code, at = office.end, "mandate_renewed", office.recorded_at
        case LeavingPlanned(_, on, outcome_code, at):
            reason_code = because(outcome_code)
        case _:
            assert_never(event)
    return [] if on == it.valid_to else [EndPlanned(it.id, on, reason_code, at)]


def because(outcome_code: str) -> str:
    """Why the assignment ends with its mandate; another reason than a mandate's own was the assignment's to begin with."""
    return f"mandate_{outcome_code}" if outcome_code in mandate.OUTCOMES else outcome_code


def cancelled(post: Post, at: datetime) -> list[mandate.Event]:
    """Nobody is looked for any more."""
    return [mandate.VacancyCancelled(each.id, at) for each in post.mandates if mandate.to_be_filled(each)]
