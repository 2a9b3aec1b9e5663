"""A post, unit or zone of the organisation, as far as it owes something: where it is, what it owes, and who owes that when it is gone."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import assert_never
from uuid import UUID

from cg_contracts.oversight import DebtorKind
from cg_kit.pure import Deadline, Due, Refused
from services.oversight.domain.obligation import Debtor


@dataclass(frozen=True, slots=True)
class Party:
    """As it stands. `within`: the unit in which a post or unit is."""

    kind: DebtorKind | None = None
    within: UUID | None = None
    owes: tuple[UUID, ...] = ()
    heir: Debtor | None = None


NEW = Party()


# Commands


@dataclass(frozen=True, slots=True)
class Place:
    """It is in this unit (or in none)."""

    kind: DebtorKind
    within: UUID | None


@dataclass(frozen=True, slots=True)
class Owe:
    """It owes this."""

    kind: DebtorKind
    obligation_id: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class Settle:
    """It owes this no longer."""

    obligation_id: UUID


@dataclass(frozen=True, slots=True)
class End:
    """It is no more. `heir`: who is in its place; without one, the unit in which it was."""

    heir: Debtor | None
    at: datetime


Command = Place | Owe | Settle | End | Due


# Events


@dataclass(frozen=True, slots=True)
class Placed:
    """It is in this unit."""

    kind: DebtorKind
    within: UUID | None


@dataclass(frozen=True, slots=True)
class Burdened:
    """It owes this."""

    kind: DebtorKind
    obligation_id: UUID


@dataclass(frozen=True, slots=True)
class Settled:
    """It owes this no longer."""

    obligation_id: UUID


@dataclass(frozen=True, slots=True)
class Succeeded:
    """What it owed is owed by its heir from now on."""

    obligations: tuple[UUID, ...]
    heir: Debtor
    at: datetime


Event = Placed | Burdened | Settled | Succeeded


def decide(party: Party, command: Command) -> list[Event] | Refused:
    """What a command makes of it. What comes to who is gone is passed on at once."""
    match command:
        case Place(kind, within):
            return [] if (kind, within) == (party.kind, party.within) else [Placed(kind, within)]
        case Owe(_, obligation_id, at) if party.heir is not None:
            return [Succeeded((obligation_id,), party.heir, at)]
        case Owe(kind, obligation_id):
            return [] if obligation_id in party.owes else [Burdened(kind, obligation_id)]
        case Settle(obligation_id):
            return [Settled(obligation_id)] if obligation_id in party.owes else []
        case End(heir, at):
            heir = heir or (Debtor(DebtorKind.UNIT, str(party.within)) if party.within else None)
            return [Succeeded(party.owes, heir, at)] if heir is not None and heir != party.heir else []
        case _:
            return []


def evolve(party: Party, event: Event) -> Party:
    """The party after an event."""
    match event:
        case Placed(kind, within):
            return replace(party, kind=kind, within=within, heir=None)
        case Burdened(kind, obligation_id):
            return replace(party, kind=party.kind or kind, owes=(*party.owes, obligation_id))
        case Settled(obligation_id):
            return replace(party, owes=tuple(each for each in party.owes if each != obligation_id))
        case Succeeded(_, heir):
            return replace(party, owes=(), heir=heir)
        case _:
            assert_never(event)


def due(_party: Party) -> set[Deadline]:
    """It has no clock of its own."""
    return set()
