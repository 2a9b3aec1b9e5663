"""One promise to one debtor: open from its trigger until its proof, moved, reminded, escalated; late is on record, and the first due instant for ever."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import assert_never
from uuid import UUID

from cg_contracts.obligations import NAMED, Obligation
from cg_contracts.oversight import DebtorKind
from cg_kit.pure import Deadline, Due, Refused, named
from cg_kit.pure.terms import Term

MOST_KEPT = 8
"""Of what was said of an obligation and is heard before its trigger so much is kept: partitions are not read in the order of one another."""


class Sort(StrEnum):
    """What may be heard before the trigger."""

    MEET = "MEET"
    MOVE = "MOVE"
    SUSPEND = "SUSPEND"
    CANCEL = "CANCEL"


class Status(StrEnum):
    """How far it is. Lateness is no status."""

    NEW = "NEW"
    OPEN = "OPEN"
    SUSPENDED = "SUSPENDED"
    MET = "MET"
    CANCELLED = "CANCELLED"


@dataclass(frozen=True, slots=True)
class Debtor:
    """Who owes it: the name of a service or account, or the id of a post, unit or zone."""

    kind: DebtorKind
    name: str

    @property
    def party(self) -> UUID | None:
        """The post, unit or zone of the organisation that this is."""
        return UUID(self.name) if self.kind in {DebtorKind.POST, DebtorKind.UNIT, DebtorKind.ZONE} else None


@dataclass(frozen=True, slots=True)
class Proof:
    """A message that may prove it: which, of which type, and when it was heard first."""

    id: str
    type: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Early:
    """What was heard before the trigger: a proof (with its type), another due instant, or that because of a message the clock stops or nothing is owed."""

    sort: Sort
    at: datetime
    id: str = ""
    type: str = ""
    due_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Owed:
    """An obligation as it stands. `since`: from when the present due instant holds; `before`: on whose list it stands; `early`: what came too soon."""

    status: Status = Status.NEW
    name: str = ""
    about: str = ""
    debtor: Debtor | None = None
    because_of: str = ""
    trigger: str = ""
    opened_at: datetime | None = None
    since: datetime | None = None
    first_due_at: datetime | None = None
    due_at: datetime | None = None
    missed_at: datetime | None = None
    reminded: tuple[int, ...] = ()
    escalated: tuple[int, ...] = ()
    shown_to: tuple[str, ...] = ()
    before: tuple[str, ...] = ()
    early: tuple[Early, ...] = ()
    proof: Proof | None = None
    late: bool = False
    ended_at: datetime | None = None
    round: int = 0


NEW = Owed()


def obligation_for(name: str, about: str, debtor: str) -> UUID:
    """The obligation of this name about this thing, of this service or account (\"\": of who the trigger names)."""
    return named("obligation", name, about, debtor)


# Commands


@dataclass(frozen=True, slots=True)
class Open:
    """The trigger was heard."""

    name: str
    about: str
    debtor: Debtor
    because_of: str
    trigger: str
    due_at: datetime
    at: datetime


@dataclass(frozen=True, slots=True)
class Meet:
    """The proof was heard. `ordered` (of the others too): it and the trigger are heard in the order in which they were said, so what is not open is over."""

    proof: Proof
    ordered: bool


@dataclass(frozen=True, slots=True)
class Move:
    """Another due instant holds from now on."""

    due_at: datetime
    at: datetime
    ordered: bool = False


@dataclass(frozen=True, slots=True)
class Reown:
    """Somebody else owes it from now on."""

    debtor: Debtor
    at: datetime


@dataclass(frozen=True, slots=True)
class Suspend:
    """Its clock stops until the trigger is said anew, or it is moved."""

    because_of: str
    at: datetime
    ordered: bool = False


@dataclass(frozen=True, slots=True)
class Cancel:
    """Nothing is owed any more."""

    because_of: str
    at: datetime
    ordered: bool = False


Command = Open | Meet | Move | Reown | Suspend | Cancel | Due


# Events


@dataclass(frozen=True, slots=True)
class Opened:
    """It is owed, and on the list of these from this day on."""

    name: str
    about: str
    debtor: Debtor
    because_of: str
    trigger: str
    due_at: datetime
    at: datetime
    shown_to: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CameEarly:
    """It came before what it is about."""

    early: Early


@dataclass(frozen=True, slots=True)
class Met:
    """What was owed is done, in time or not."""

    proof: Proof
    debtor: Debtor
    late: bool
    late_against_first: bool


@dataclass(frozen=True, slots=True)
class Moved:
    """It is due at another instant."""

    due_at: datetime
    at: datetime


@dataclass(frozen=True, slots=True)
class Reowned:
    """Somebody else owes it."""

    debtor: Debtor
    at: datetime


@dataclass(frozen=True, slots=True)
class Suspended:
    """Its clock stands still."""

    because_of: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Reminded:
    """So many days are left."""

    days: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Missed:
    """It is late."""

    at: datetime


@dataclass(frozen=True, slots=True)
class Escalated:
    """It is so many days late that it is put before this role."""

    days: int
    to: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Cancelled:
    """Nothing is owed any more."""

    because_of: str
    debtor: Debtor
    at: datetime


Event = Opened | CameEarly | Met | Moved | Reowned | Suspended | Reminded | Missed | Escalated | Cancelled

RUNS = frozenset({Status.OPEN, Status.SUSPENDED})


def decide(owed: Owed, command: Command) -> list[Event] | Refused:
    """What a command makes of an obligation: the state diagram. Nothing is refused, because nobody is asked: what was said was said."""
    match owed.status, command:
        case status, Open() if status in RUNS:
            return moving(owed, command.due_at, command.at)
        case _, Open(because_of=because_of) if because_of == owed.because_of:
            return []
        case _, Open(name, about, debtor, because_of, trigger, due_at, at):
            promise = NAMED.get(name)
            return afresh(owed, Opened(name, about, debtor, because_of, trigger, due_at, at, promise.shown_to if promise else ()))
        case status, Meet(proof, ordered) if status in RUNS:
            assert owed.opened_at
            assert owed.first_due_at
            assert owed.debtor
            return [meeting(proof, owed.debtor, owed.due_at or proof.at, owed.first_due_at)] if ordered or proof.at >= owed.opened_at else []
        case status, Cancel(because_of, at, ordered) if status in RUNS:
            assert owed.opened_at
            assert owed.debtor
            return [Cancelled(because_of, owed.debtor, at)] if ordered or at >= owed.opened_at else []
        case status, Reown(debtor, at) if status in RUNS and debtor != owed.debtor:
            return [Reowned(debtor, at)]
        case status, Move(due_at, at) if status in RUNS:
            assert owed.since
            return moving(owed, due_at, at) if at >= owed.since else []
        case Status.OPEN, Suspend(because_of, at):
            assert owed.since
            return [Suspended(because_of, at)] if at >= owed.since else []
        case status, Meet() | Move() | Suspend() | Cancel() if status not in RUNS:
            return keeping(owed, command)
        case Status.OPEN, Due("missed", at) if owed.missed_at is None:
            return [Missed(at)]
        case Status.OPEN, Due(name, at):
            return passing(owed, name, at)
        case _:
            return []


def afresh(owed: Owed, opened: Opened) -> list[Event]:
    """It is owed; what was said of it since the trigger and heard before that counts, in the order in which it was said."""
    events: list[Event] = [opened]
    state = evolve(owed, opened)
    for each in sorted(state.early, key=lambda each: each.at):
        if state.status in RUNS and isinstance(more := decide(state, said(each)), list):
            events += more
            for event in more:
                state = evolve(state, event)
    return events


def keeping(owed: Owed, command: Meet | Move | Suspend | Cancel) -> list[Event]:
    """What is said of an obligation that is not open is kept, unless it is of one that is over."""
    match command:
        case Meet(Proof(id_, type_, at)):
            early = Early(Sort.MEET, at, id_, type_)
        case Move(due_at, at):
            early = Early(Sort.MOVE, at, due_at=due_at)
        case Suspend(because_of, at):
            early = Early(Sort.SUSPEND, at, because_of)
        case Cancel(because_of, at):
            early = Early(Sort.CANCEL, at, because_of)
    over = owed.ended_at is not None and early.at <= owed.ended_at
    return [] if command.ordered or over or early in owed.early else [CameEarly(early)]


def said(early: Early) -> Meet | Move | Suspend | Cancel:
    """What was heard too early, as it was said."""
    match early.sort:
        case Sort.MEET:
            return Meet(Proof(early.id, early.type, early.at), False)
        case Sort.MOVE:
            assert early.due_at
            return Move(early.due_at, early.at)
        case Sort.SUSPEND:
            return Suspend(early.id, early.at)
        case Sort.CANCEL:
            return Cancel(early.id, early.at)


def moving(owed: Owed, due_at: datetime, at: datetime) -> list[Event]:
    """Another due instant holds, and the clock runs again."""
    return [] if due_at == owed.due_at and owed.status is Status.OPEN else [Moved(due_at, at)]


def meeting(proof: Proof, debtor: Debtor, due_at: datetime, first_due_at: datetime) -> Met:
    """The due instant is the first that is too late."""
    return Met(proof, debtor, proof.at >= due_at, proof.at >= first_due_at)


def passing(owed: Owed, name: str, at: datetime) -> list[Event]:
    """A reminder, or the next of the ladder."""
    sort, _, days = name.partition(":")
    match sort:
        case "remind" if int(days) not in owed.reminded and owed.missed_at is None:
            return [Reminded(int(days), at)]
        case "escalate" if int(days) not in owed.escalated:
            to = dict(promise.escalates).get(int(days)) if (promise := declared(owed)) else None
            return [Escalated(int(days), to, at)] if to else []
        case _:
            return []


def evolve(owed: Owed, event: Event) -> Owed:
    """The obligation after an event."""
    match event:
        case Opened(name, about, debtor, because_of, trigger, due_at, at, shown):
            begun = Owed(Status.OPEN, name, about, debtor, because_of, trigger, at, at, due_at, due_at, shown_to=shown, before=shown)
            return replace(begun, early=tuple(each for each in owed.early if each.at >= at), round=owed.round + 1)
        case CameEarly(early):
            return replace(owed, early=(*owed.early, early)[-MOST_KEPT:])
        case Met(proof, _, late):
            return replace(owed, status=Status.MET, proof=proof, late=late, ended_at=proof.at, early=after(owed, proof.at))
        case Moved(due_at, at):
            return replace(owed, status=Status.OPEN, due_at=due_at, since=at, missed_at=None, reminded=(), escalated=(), before=owed.shown_to)
        case Reowned(debtor):
            return replace(owed, debtor=debtor)
        case Suspended():
            return replace(owed, status=Status.SUSPENDED, due_at=None)
        case Reminded(days):
            return replace(owed, reminded=(*owed.reminded, days))
        case Missed(at):
            return replace(owed, missed_at=at, late=True)
        case Escalated(days, to):
            before = owed.before if to in owed.before else (*owed.before, to)
            return replace(owed, escalated=(*owed.escalated, days), before=before)
        case Cancelled(_, _, at):
            return replace(owed, status=Status.CANCELLED, ended_at=at, early=after(owed, at))
        case _:
            assert_never(event)


def after(owed: Owed, at: datetime) -> tuple[Early, ...]:
    """What came early and is not of the round that ended at this instant."""
    return tuple(each for each in owed.early if each.at > at)


def declared(owed: Owed) -> Obligation | None:
    """What the contracts say of it; None once it is no longer declared."""
    return NAMED.get(owed.name)


def due(owed: Owed) -> set[Deadline]:
    """The clock of an open obligation: reminders that lie ahead, the due instant, and once it is late the ladder."""
    promise = declared(owed)
    if owed.status is not Status.OPEN or promise is None:
        return set()
    assert owed.due_at
    assert owed.since
    if owed.missed_at is not None:
        return {Deadline(f"escalate:{days}", days_after(owed.due_at, days)) for days, _ in promise.escalates if days not in owed.escalated}
    reminders = {
        Deadline(f"remind:{days}", Term(days * 24, "hours", before=True).due(owed.due_at).due) for days in promise.reminders if days not in owed.reminded
    }
    return {Deadline("missed", owed.due_at), *(each for each in reminders if each.at > owed.since)}


def days_after(due_at: datetime, days: int) -> datetime:
    """So many times 24 hours later."""
    return Term(days * 24, "hours").due(due_at).due if days else due_at
