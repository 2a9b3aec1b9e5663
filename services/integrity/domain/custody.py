"""The two custodians: whose public keys identities are sealed to. A key counts only when the head of service has confirmed it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import assert_never
from uuid import UUID

from cg_kit.pure import Deadline, Due, Refused, named

CUSTODY = named("integrity", "custody")
"""There is one."""

SEATS = (1, 2)


@dataclass(frozen=True, slots=True)
class Key:
    """A custodian's public key; the private half is in a file of theirs and nowhere else."""

    seat: int
    person_id: UUID
    public_key: str


@dataclass(frozen=True, slots=True)
class Custody:
    """Who sits in which seat now, and which keys wait to be confirmed."""

    seated: tuple[Key, ...] = ()
    offered: tuple[Key, ...] = ()


NEW = Custody()


@dataclass(frozen=True, slots=True)
class Offer:
    """A custodian says what their public key is, for a seat."""

    seat: int
    person_id: UUID
    public_key: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Confirm:
    """The head of service, who has compared the key with the custodian, confirms it; from then on identities are sealed to it."""

    seat: int
    public_key: str
    by: UUID
    at: datetime


Command = Offer | Confirm | Due


@dataclass(frozen=True, slots=True)
class Offered:
    """A key waits to be confirmed."""

    key: Key
    at: datetime


@dataclass(frozen=True, slots=True)
class Seated:
    """Identities are sealed to this key from now on; older ones stay sealed to the key before."""

    key: Key
    by: UUID
    at: datetime


Event = Offered | Seated


def decide(custody: Custody, command: Command) -> list[Event] | Refused:
    """Two seats, two persons, and nobody confirms their own key."""
    match command:
        case Offer(seat, person_id, public_key, at):
            key = Key(seat, person_id, public_key)
            if any(each.person_id == person_id and each.seat != seat for each in (*custody.seated, *custody.offered)):
                return Refused("INT-CUSTODIANS", "seat")
            return [] if key in custody.seated or key in custody.offered else [Offered(key, at)]
        case Confirm(seat, public_key, by, at):
            offered = next((each for each in custody.offered if each.seat == seat), None)
            if offered is None or offered.public_key != public_key:
                known = any(each.seat == seat and each.public_key == public_key for each in custody.seated)
                return [] if known else Refused("INT-KEY", "public_key")
            return Refused("INT-CUSTODIANS") if by == offered.person_id else [Seated(offered, by, at)]
        case Due():
            return []
        case _:
            assert_never(command)


def evolve(custody: Custody, event: Event) -> Custody:
    """The seats after an event."""
    match event:
        case Offered(key):
            return replace(custody, offered=(*(each for each in custody.offered if each.seat != key.seat), key))
        case Seated(key):
            seated = tuple(sorted((*(each for each in custody.seated if each.seat != key.seat), key), key=lambda each: each.seat))
            return Custody(seated, tuple(each for each in custody.offered if each.seat != key.seat))
        case _:
            assert_never(event)


def due(_custody: Custody) -> set[Deadline]:
    """No deadline runs."""
    return set()
