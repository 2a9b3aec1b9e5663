"""The consent of the person concerned: given here or on a form, presumed where the regime says so, refused, withdrawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import assert_never
from uuid import UUID

from cg_contracts.screening import ScreeningKind as Kind
from cg_kit.pure import Refused
from cg_kit.pure.terms import day_of
from services.screening.domain.case import verification
from services.screening.domain.case.state import AFTER_DECISION, UNDECIDED, Case, Signed, Status, in_force
from services.screening.domain.regime import BY_ID, ConsentMode


@dataclass(frozen=True, slots=True)
class Consent:
    """The person concerned agrees."""

    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class BringConsent:
    """A security officer brings in the form on which the person has agreed."""

    signed: Signed
    at: datetime


@dataclass(frozen=True, slots=True)
class RefuseConsent:
    """The person concerned does not agree."""

    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class WithdrawConsent:
    """The person concerned no longer agrees."""

    by: UUID
    at: datetime


Command = Consent | BringConsent | RefuseConsent | WithdrawConsent


@dataclass(frozen=True, slots=True)
class ConsentPresumed:
    """The regime of this case takes silence for consent."""

    at: datetime


@dataclass(frozen=True, slots=True)
class Consented:
    """The person agreed, here or on a form that was brought in."""

    at: datetime
    signed: Signed | None = None


@dataclass(frozen=True, slots=True)
class ConsentRefused:
    """The person did not agree: nothing was or will be checked."""

    at: datetime


@dataclass(frozen=True, slots=True)
class ConsentWithdrawn:
    """The person agreed before, and no longer does."""

    at: datetime


@dataclass(frozen=True, slots=True)
class MonitoringStopped:
    """The person no longer agrees that their advice be followed up."""

    at: datetime


Event = ConsentPresumed | Consented | ConsentRefused | ConsentWithdrawn | MonitoringStopped


def decide(case: Case, command: Command) -> Sequence[Event | verification.Event] | Refused:
    """With consent the sources are asked; without, nothing is or will be. After a positive advice, only its follow-up can be stopped."""
    match case.status, command:
        case Status.CONSENT_PENDING, Consent(_, at):
            return [Consented(at), *verification.started(case, case.person_data, at)]
        case Status.CONSENT_PENDING, BringConsent(signed, at) if signed.on > day_of(at):
            return Refused("SCR-FUTURE", "signed_on")
        case Status.CONSENT_PENDING, BringConsent(signed, at):
            return [Consented(at, signed), *verification.started(case, case.person_data, at)]
        case Status.CONSENT_PENDING, RefuseConsent(_, at):
            return [ConsentRefused(at), *verification.abandoned(case, at)]
        case Status.CLOSED_NO_CONSENT, RefuseConsent():
            return []
        case Status.CANCELLED, WithdrawConsent():
            return []
        case status, RefuseConsent(_, at) if status in UNDECIDED and may_still_refuse(case):
            return [ConsentRefused(at), *verification.abandoned(case, at)]
        case status, WithdrawConsent(_, at) if status in UNDECIDED and case.consented_at:
            return [ConsentWithdrawn(at), *verification.abandoned(case, at)]
        case status, WithdrawConsent(_, at) if status in AFTER_DECISION | {Status.REASSESSMENT} and in_force(case, at):
            return [] if case.monitoring_stopped_at else [MonitoringStopped(at)]
        case status, Consent() | BringConsent() if case.consented_at and status is not Status.CANCELLED:
            return []
        case _:
            return Refused("SCR-STATE")


def may_still_refuse(case: Case) -> bool:
    """Where silence was taken for consent, the person may still strike out the notice and send it back."""
    return BY_ID[case.regime_id].consent is ConsentMode.OPT_OUT


def evolve(case: Case, event: Event) -> Case:
    """The case after the person has spoken, or after silence."""
    match event:
        case ConsentPresumed(at) | Consented(at):
            return replace(case, status=Status.WITH_SECURITY_OFFICER if case.kind is Kind.CLEARANCE else Status.INCOMPLETE, consented_at=at)
        case ConsentRefused():
            return replace(case, status=Status.CLOSED_NO_CONSENT, appeal_until=None)
        case ConsentWithdrawn():
            return replace(case, status=Status.CANCELLED, appeal_until=None)
        case MonitoringStopped(at):
            return replace(case, monitoring_stopped_at=at)
        case _:
            assert_never(event)
