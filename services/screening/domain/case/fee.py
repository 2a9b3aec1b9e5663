"""The fee for an instrument, by the law of the day on which it was asked; that it was paid is noted, and stands in nobody's way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

from cg_kit.pure import Refused
from cg_kit.pure.terms import day_of
from services.screening.domain.case.state import Case, Paid
from services.screening.domain.regime import BY_ID


@dataclass(frozen=True, slots=True)
class NoteFee:
    """The clerk has seen the payment."""

    paid_on: date
    payment_ref: str
    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class FeePaid:
    """The fee was paid on this day, under this reference."""

    paid_on: date
    payment_ref: str
    by: UUID
    at: datetime


Command = NoteFee
Event = FeePaid


def decide(case: Case, command: NoteFee) -> Sequence[FeePaid] | Refused:
    """Once, where the law asks a fee, and not before it was paid."""
    paid = Paid(command.paid_on, command.payment_ref)
    if case.kind not in BY_ID[case.regime_id].fees or case.fee not in {None, paid}:
        return Refused("SCR-FEE", "payment_ref" if case.fee else None)
    if command.paid_on > day_of(command.at):
        return Refused("SCR-FUTURE", "paid_on")
    return [] if case.fee else [FeePaid(command.paid_on, command.payment_ref, command.by, command.at)]


def evolve(case: Case, event: FeePaid) -> Case:
    """The case with its fee paid."""
    return replace(case, fee=Paid(event.paid_on, event.payment_ref))
