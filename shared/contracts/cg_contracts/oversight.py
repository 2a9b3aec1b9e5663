"""Spoken by oversight on cg.oversight.events, keyed by obligation; and what every service says of its own work on cg.<service>.steps, keyed by service."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from cg_contracts.base import Code, Fact, Id, Instant, Ref, Rule, Sign, Tier

CONTROL = "Law of 7 December 1998 (integrated police), art. 99 and 100: the commissioner-general sees to an efficient internal working"


class StepKind(StrEnum):
    """What a service did with what came to it. `due`: a deadline of its own fell."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    PARKED = "parked"
    REJECTED = "rejected"
    COMMANDED = "commanded"
    DUE = "due"


class Step(BaseModel):
    """The envelope of what a service accepted, refused, parked, rejected or was commanded: attributes and roles, no content."""

    model_config = ConfigDict(frozen=True, extra="ignore")
    id: Id
    step: StepKind
    type: Id
    source: Id
    subject: Id | None = None
    at: Instant
    causationid: Id | None = None
    correlationid: Id | None = None
    rule: Rule | None = None
    roles: Annotated[tuple[Ref, ...], Field(max_length=20)] = ()


MOST_STEPS = 400
"""Steps of one record; a batch that took more is told in several."""


class StepsTakenV1(
    Fact,
    type="be.police.cg.oversight.StepsTaken.v1",
    key="service",
    numbered=False,
    tier=Tier.T2,
    legal_basis=CONTROL,
    purpose="why anything happened can be shown, and that what was owed was done",
):
    """The service took these steps in one transaction, in this order: what came to it and what it made of that, without content."""

    service: Code
    steps: Annotated[tuple[Step, ...], Field(min_length=1, max_length=MOST_STEPS)]


class CanaryV1(
    Sign,
    Fact,
    type="be.police.cg.oversight.Canary.v1",
    key="lane",
    numbered=False,
    tier=Tier.T0,
    purpose="shows each minute that what oversight says reaches who hears it",
):
    """The way from oversight's journal to its listeners is open; nothing else happened, and nobody has to do anything."""


# Obligations


class DebtorKind(StrEnum):
    """What owes something: a service of the house, an account outside it, or a post, unit or zone by its id."""

    SERVICE = "service"
    ACCOUNT = "account"
    POST = "post"
    UNIT = "unit"
    ZONE = "zone"


class Debtor(BaseModel):
    """Who owes it: the name of a service or account, or the id of a post, unit or zone."""

    model_config = ConfigDict(frozen=True, extra="ignore")
    kind: DebtorKind
    id: Ref


class ObligationOpenedV1(
    Fact,
    type="be.police.cg.oversight.ObligationOpened.v1",
    key="obligation_id",
    tier=Tier.T1,
    legal_basis=CONTROL,
    purpose="promises between services are kept",
):
    """Because of this message the debtor owes what the obligation of this name says, before the due instant."""

    obligation_id: UUID
    obligation: Code
    concerns: Ref
    owed_by: Debtor
    because_of: Id
    due_at: Instant


class ObligationMovedV1(
    Fact,
    type="be.police.cg.oversight.ObligationMoved.v1",
    key="obligation_id",
    tier=Tier.T1,
    legal_basis=CONTROL,
    purpose="promises between services are kept",
):
    """The obligation is owed by this debtor before this instant from now on; none while it is suspended. The first due instant stays what it was."""

    obligation_id: UUID
    obligation: Code
    owed_by: Debtor
    due_at: Instant | None = None
    first_due_at: Instant


class ObligationRemindedV1(
    Fact,
    type="be.police.cg.oversight.ObligationReminded.v1",
    key="obligation_id",
    tier=Tier.T1,
    legal_basis=CONTROL,
    purpose="promises between services are kept",
):
    """The debtor has this many days left for what it owes."""

    obligation_id: UUID
    obligation: Code
    owed_by: Debtor
    due_at: Instant
    days_left: Annotated[int, Field(ge=1)]


class ObligationMetV1(
    Fact,
    type="be.police.cg.oversight.ObligationMet.v1",
    key="obligation_id",
    tier=Tier.T1,
    legal_basis=CONTROL,
    purpose="promises between services are kept",
):
    """The message named here is the proof that what was owed is done; `late` says whether it came after the due instant."""

    obligation_id: UUID
    obligation: Code
    owed_by: Debtor
    proof: Id
    met_at: Instant
    late: bool
    late_against_first: bool


class ObligationMissedV1(
    Fact,
    type="be.police.cg.oversight.ObligationMissed.v1",
    key="obligation_id",
    tier=Tier.T1,
    legal_basis=CONTROL,
    purpose="promises between services are kept",
):
    """The due instant has passed without proof; it is late, still owed, and may still be done."""

    obligation_id: UUID
    obligation: Code
    owed_by: Debtor
    due_at: Instant
    first_due_at: Instant


class ObligationEscalatedV1(
    Fact,
    type="be.police.cg.oversight.ObligationEscalated.v1",
    key="obligation_id",
    tier=Tier.T1,
    legal_basis=CONTROL,
    purpose="promises between services are kept",
):
    """What is owed is so many days late that it is put before whoever holds this role."""

    obligation_id: UUID
    obligation: Code
    owed_by: Debtor
    to: Code
    days_late: Annotated[int, Field(ge=0)]


class ObligationCancelledV1(
    Fact,
    type="be.police.cg.oversight.ObligationCancelled.v1",
    key="obligation_id",
    tier=Tier.T1,
    legal_basis=CONTROL,
    purpose="promises between services are kept",
):
    """Because of this message nothing is owed any more."""

    obligation_id: UUID
    obligation: Code
    owed_by: Debtor
    because_of: Id
