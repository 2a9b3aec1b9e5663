"""Who reported, sealed: a box that two custodians open together for one reader, who gave a reason; each request is decided, recorded, and ends."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import assert_never
from uuid import UUID

from cg_kit.pure import Deadline, Due, Refused
from services.integrity.domain.terms import OPENING

MOST_REQUESTS = 20


class Ground(StrEnum):
    """Why the identity may be opened: the reporter agreed, or a law demands it (Directive 2019/1937, art. 16)."""

    CONSENT = "consent"
    LAW = "law"


class Verdict(StrEnum):
    """What became of a request."""

    ASKED = "asked"
    OPENED = "opened"
    DENIED = "denied"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Half:
    """One custodian's half of the key to the box, sealed to them."""

    custodian: UUID
    sealed: str


@dataclass(frozen=True, slots=True)
class Asking:
    """A request to know: by whom, why, sealed to which key of theirs, and the halves that were handed on to it."""

    id: UUID
    by: UUID
    ground: Ground
    reason: UUID
    public_key: str
    asked_at: datetime
    verdict: Verdict = Verdict.ASKED
    handed: tuple[Half, ...] = ()
    denied_by: UUID | None = None
    denied_reason: UUID | None = None
    opened_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Identity:
    """The box of one report, the two halves, and who asked."""

    box: str = ""
    halves: tuple[Half, ...] = ()
    askings: tuple[Asking, ...] = ()


NEW = Identity()


@dataclass(frozen=True, slots=True)
class Seal:
    """The identity comes in sealed; it was in clear in no row, log or message."""

    box: str
    halves: tuple[Half, ...]
    at: datetime


@dataclass(frozen=True, slots=True)
class Ask:
    """The handler asks to know who reported; `agreed`: the reporter said yes in advance or in the conversation."""

    request_id: UUID
    by: UUID
    ground: Ground
    reason: UUID
    public_key: str
    agreed: bool
    at: datetime


@dataclass(frozen=True, slots=True)
class HandOn:
    """A custodian opens their half on their own machine and hands it on, sealed to the reader."""

    request_id: UUID
    custodian: UUID
    sealed: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Deny:
    """A custodian says no, and why."""

    request_id: UUID
    custodian: UUID
    reason: UUID
    at: datetime


Command = Seal | Ask | HandOn | Deny | Due


@dataclass(frozen=True, slots=True)
class SealedIn:
    """The identity is kept, for nobody to read alone."""

    box: str
    halves: tuple[Half, ...]
    at: datetime


@dataclass(frozen=True, slots=True)
class Asked:
    """Somebody asks to know, and both custodians are to decide."""

    asking: Asking


@dataclass(frozen=True, slots=True)
class HandedOn:
    """One custodian agrees."""

    request_id: UUID
    half: Half
    at: datetime


@dataclass(frozen=True, slots=True)
class Opened:
    """Both agreed: who asked can read it, for a while."""

    request_id: UUID
    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class Denied:
    """One custodian does not agree, and nobody reads it."""

    request_id: UUID
    custodian: UUID
    reason: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class Ended:
    """The request is over; the halves that were handed on are gone from here."""

    request_id: UUID
    at: datetime


Event = SealedIn | Asked | HandedOn | Opened | Denied | Ended


def decide(identity: Identity, command: Command) -> list[Event] | Refused:
    """What a command makes of it."""
    match command:
        case Seal(box, halves, at):
            if identity.box:
                return []
            return [SealedIn(box, halves, at)] if len({each.custodian for each in halves}) == 2 else Refused("INT-CUSTODIANS")
        case Due(name, at):
            request_id = UUID(name.partition(":")[2])
            return [Ended(request_id, at)] if any(each.id == request_id and each.verdict is not Verdict.ENDED for each in identity.askings) else []
        case _ if not identity.box:
            return Refused("NOT-FOUND", "report_id")
        case Ask():
            return asking(identity, command)
        case HandOn(request_id, custodian, sealed, at):
            return handing(identity, request_id, Half(custodian, sealed), at)
        case Deny(request_id, custodian, reason, at):
            known = open_request(identity, request_id, custodian)
            return known if isinstance(known, Refused) else [Denied(request_id, custodian, reason, at)]
        case _:
            assert_never(command)


def asking(identity: Identity, ask: Ask) -> list[Event] | Refused:
    """By who is no custodian of it; where the ground is consent, only when the reporter gave it."""
    if any(each.id == ask.request_id for each in identity.askings):
        return []
    if any(half.custodian == ask.by for half in identity.halves):
        return Refused("INT-1")
    if ask.ground is Ground.CONSENT and not ask.agreed:
        return Refused("INT-CONSENT", "ground")
    if any(each.verdict is Verdict.ASKED for each in identity.askings) or len(identity.askings) >= MOST_REQUESTS:
        return Refused("INT-ASKED")
    return [Asked(Asking(ask.request_id, ask.by, ask.ground, ask.reason, ask.public_key, ask.at))]


def handing(identity: Identity, request_id: UUID, half: Half, at: datetime) -> list[Event] | Refused:
    """Two of two: the second opens it."""
    known = open_request(identity, request_id, half.custodian)
    if isinstance(known, Refused):
        return known
    if any(each.custodian == half.custodian for each in known.handed):
        return []
    handed = HandedOn(request_id, half, at)
    return [handed, Opened(request_id, known.by, at)] if len(known.handed) == 1 else [handed]


def open_request(identity: Identity, request_id: UUID, custodian: UUID) -> Asking | Refused:
    """A request that this custodian can still decide."""
    known = next((each for each in identity.askings if each.id == request_id), None)
    if known is None:
        return Refused("NOT-FOUND", "request_id")
    if custodian not in {half.custodian for half in identity.halves} or custodian == known.by:
        return Refused("INT-1")
    return known if known.verdict is Verdict.ASKED else Refused("INT-STATE")


def evolve(identity: Identity, event: Event) -> Identity:
    """The box after an event."""
    match event:
        case SealedIn(box, halves):
            return Identity(box, halves)
        case Asked(new):
            return replace(identity, askings=(*identity.askings, new))
        case HandedOn(request_id, half):
            return changed(identity, request_id, lambda each: replace(each, handed=(*each.handed, half)))
        case Opened(request_id, _, at):
            return changed(identity, request_id, lambda each: replace(each, verdict=Verdict.OPENED, opened_at=at))
        case Denied(request_id, custodian, reason):
            return changed(identity, request_id, lambda each: replace(each, verdict=Verdict.DENIED, denied_by=custodian, denied_reason=reason, handed=()))
        case Ended(request_id):
            return changed(identity, request_id, lambda each: replace(each, verdict=Verdict.ENDED, handed=()))
        case _:
            assert_never(event)


def changed(identity: Identity, request_id: UUID, change: Callable[[Asking], Asking]) -> Identity:
    """The box with one request changed."""
    return replace(identity, askings=tuple(change(each) if each.id == request_id else each for each in identity.askings))


def due(identity: Identity) -> set[Deadline]:
    """Each request ends, decided or not."""
    running = {Verdict.ASKED, Verdict.OPENED}
    return {Deadline(f"end:{each.id}", OPENING.due(each.opened_at or each.asked_at).due) for each in identity.askings if each.verdict in running}
