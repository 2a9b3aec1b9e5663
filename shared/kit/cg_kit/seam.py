"""The narrow seam: all that the engine asks of store and clock, so that real servers and the simulation run the same engine code."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple, Protocol
from uuid import UUID

from cg_kit.pure.words import Remembered

Key = tuple[str, str]
"""(source, subject): the sender's aggregate. What is parked blocks its key and nothing else."""

Name = tuple[str, UUID]
"""(kind, id): one of our aggregates."""

Place = tuple[str, int]
"""(topic, partition)."""


class Refusal(Exception):
    """The store says no; the transaction is rolled back."""


class NotOurs(Refusal):
    """A position did not stand where this batch began: the partition was taken over, or the table was restored. Seek to the table and go on."""


class Conflict(Refusal):
    """A version or a number was not the expected one although the locks were held: somebody wrote by hand. Take the same batch again."""


class Again(Refusal):
    """A passing failure (connection, deadlock, serialisation, shutdown): take the same work again after a pause."""


class BadData(Refusal):
    """What one record wrote cannot be stored (SQLSTATE 22 or 23): find the record and park it."""


class Record(NamedTuple):
    """One Kafka record as it came. `at` is the broker's append time (real time)."""

    topic: str
    part: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes | None], ...]
    at: datetime


class Move(NamedTuple):
    """A partition's position, moved from `start` to `upto` (both the next offset to read)."""

    topic: str
    part: int
    start: int
    upto: int


class Row(NamedTuple):
    """An aggregate as the store keeps it. `state`, `told` and `matters` are JSON text; `version` counts from 1."""

    id: UUID
    version: int
    state: str
    told: str
    matters: str


class Timer(NamedTuple):
    """A deadline of one aggregate. `trace` and `cause` are those of the step that set it, `matter` the open matter it belongs to."""

    id: UUID
    name: str
    at: datetime
    matter: UUID | None
    trace: str | None
    cause: str
    correlation: str


class Step(NamedTuple):
    """One row of the journal. With a `topic` it is a message that the relay sends; without, it is the record of what happened here.

    `step` is one of event, message, command, deadline, refused, accepted, operated.
    """

    step: str
    id: UUID
    at: datetime
    type: str
    kind: str | None
    aggregate: UUID | None
    version: int | None
    topic: str | None
    key: str | None
    headers: str
    body: str
    actor: str | None
    cause: str
    correlation: str
    seq: int = 0


class Message(NamedTuple):
    """What the relay needs of a row of the journal that is a message: `headers` are its attributes and `body` its data, both JSON text."""

    seq: int
    id: UUID
    topic: str
    type: str
    key: str | None
    headers: str
    body: str


@dataclass(frozen=True, slots=True)
class Parked:
    """A record that waits, with its bytes and the reason. `origin` is record, follow or timer; what it began with is kept as it came."""

    source: str | None
    subject: str | None
    origin: str
    message_id: str | None
    type: str | None
    topic: str
    part: int
    offset: int
    raw: bytes | None
    key: bytes | None
    headers: str
    received_at: datetime
    domain_at: datetime
    rule: str
    field: str | None
    reason: str
    correlation: str | None
    build: str
    tries: int = 0
    next_try_at: datetime | None = None
    state: str = "waiting"
    edited: bytes | None = None
    id: int = 0

    @property
    def block(self) -> Key | None:
        """The key that this record blocks, if it has one."""
        return (self.source, self.subject) if self.source is not None and self.subject is not None else None


@dataclass(frozen=True, slots=True)
class Rejected:
    """A stranger's record that the gate turned away; raw bytes are kept for 14 days."""

    account: str
    message_id: str | None
    type: str | None
    source: str | None
    subject: str | None
    topic: str
    part: int
    offset: int
    raw: bytes | None
    headers: str
    received_at: datetime
    rule: str
    field: str | None
    reason: str
    id: int = 0


@dataclass(frozen=True, slots=True)
class Letter:
    """Personal data that a person's command puts into the vault, about whom, before it is encrypted."""

    ref: UUID
    about: UUID | None
    content: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Entry:
    """Personal data of one message or command, before it is encrypted; `about` is the person's id, `came_at` the real time at which it came."""

    ref: UUID
    about: str | None
    content: bytes
    at: datetime
    came_at: datetime


class KeyOf(NamedTuple):
    """A person's key, encrypted as it is kept, and when they were forgotten: what came before that has no key any more."""

    wrapped: bytes | None
    forgotten_at: datetime | None = None


class KeptOf(NamedTuple):
    """What can be read of a person: entries of the vault, copies of records that were parked or turned away, and the parked ones that wait still."""

    entries: int
    copies: int
    turned_away: int
    waiting: list[int]


@dataclass(frozen=True, slots=True)
class Sealed:
    """Personal data of one message or command, already encrypted."""

    ref: UUID
    about: str | None
    sealed: bytes
    at: datetime


@dataclass(frozen=True, slots=True)
class Answered:
    """What an Idempotency-Key was answered with."""

    digest: bytes
    response: str


@dataclass(frozen=True, slots=True)
class Replay:
    """What an operator has read again of one topic: from an instant or an offset, to one or to where we stood. `actor` is JSON text.

    `dry`: only say what would happen; `again`: each record counts as a new one, though its effect was had.
    """

    id: UUID
    at: datetime
    actor: str
    reason: str
    topic: str
    part: int | None = None
    types: tuple[str, ...] | None = None
    from_at: datetime | None = None
    from_offset: int | None = None
    to_at: datetime | None = None
    to_offset: int | None = None
    dry: bool = False
    again: bool = False
    tried: UUID | None = None
    rate: int = 500
    state: str = "asked"
    ended_at: datetime | None = None
    why: str | None = None
    stopped_by: str | None = None


@dataclass(frozen=True, slots=True)
class ReplayPlace:
    """How far a replay is in one partition, and what became of the records so far."""

    replay: UUID
    part: int
    start: int
    next: int
    until: int
    counts: Mapping[str, int]


class Tx(Protocol):
    """One transaction. Lock classes always in this order: position, inbox or idempotency key, blocked, aggregates, journal."""

    async def move(self, moves: Sequence[Move]) -> None:
        """Moves positions by compare-and-set; raises NotOurs."""

    async def take(self, letters: Mapping[UUID, bytes]) -> dict[UUID, bytes]:
        """Puts message keys with their digests in the inbox; returns those it knew already with the digest it knew."""

    async def replay(self, replay: UUID, part: int, start: int, upto: int) -> None:
        """Moves the place of a running replay by compare-and-set, in the class of positions; raises NotOurs."""

    async def replayed(self, replay: UUID, part: int, counts: Mapping[str, int]) -> None:
        """Adds what became of records to a replay whose place was moved."""

    async def remembers(self) -> datetime:
        """Since when the inbox forgets nothing; it stays so until the transaction ends."""

    async def known(self, letters: Collection[UUID]) -> set[UUID]:
        """Which of these message keys the inbox has; puts nothing in it."""

    async def counted(self, highest: Mapping[Key, int]) -> dict[Key, int]:
        """Remembers the highest `sequence` that a stranger sent for each key; returns those remembered before."""

    async def idempotent(self, account: str, key: str) -> Answered | None:
        """Locks an Idempotency-Key and returns what it was answered with before."""

    async def answer(self, account: str, key: str, answered: Answered) -> None:
        """Remembers the answer for an Idempotency-Key."""

    async def blocked(self, keys: Collection[Key]) -> set[Key]:
        """Which of these keys have something parked; held against drains until the transaction ends."""

    async def lock(self, names: Collection[Name]) -> None:
        """Locks aggregates, sorted, in a statement of its own; they need not exist."""

    async def load(self, kind: str, ids: Collection[UUID]) -> dict[UUID, Row]:
        """The rows of these aggregates, read after the lock."""

    async def save(self, kind: str, rows: Sequence[tuple[Row, int]]) -> None:
        """Writes rows, each with the version it was loaded at (0: new); raises Conflict."""

    async def set_timers(self, kind: str, ids: Collection[UUID], wanted: Sequence[Timer]) -> None:
        """Makes the open timers of these aggregates equal to `wanted`; fired ones are remembered and never set again."""

    async def fire(self, kind: str, ids: Collection[UUID], upto: datetime) -> list[Timer]:
        """Marks as fired what is due at `upto` of these aggregates (which are locked), in order of (at, name)."""

    async def park(self, parked: Sequence[Parked]) -> None:
        """Keeps records that wait, and blocks their keys."""

    async def reject(self, rejected: Sequence[Rejected]) -> None:
        """Keeps what was turned away."""

    async def vault_keys(self, fresh: Mapping[str, tuple[bytes, datetime]]) -> dict[str, KeyOf]:
        """The key of each of these persons; who has none gets the fresh one, unless they were forgotten at or after the instant beside it, when the latest
        of what is to be sealed came. Held until the transaction ends."""

    async def forget(self, about: str, at: datetime) -> KeptOf:
        """Destroys what can be read of a person, but for records that wait, and remembers it; returns what it was."""

    async def seal(self, entries: Sequence[Sealed]) -> None:
        """Puts entries in the vault; an entry that is there already stays."""

    async def remember(self, rows: Sequence[Remembered]) -> None:
        """Keeps envelopes of what was heard; one that is there already stays."""

    async def follow(self, name: str, start: int, upto: int) -> None:
        """Moves a local follower's cursor by compare-and-set; raises NotOurs."""

    async def hold(self, key: Key) -> bool:
        """Takes a blocked key for draining; False when it is not blocked or another drain has it."""

    async def waiting(self, key: Key, limit: int) -> list[Parked]:
        """The records that wait behind a held key, oldest first."""

    async def parked_row(self, parked_id: int) -> Parked | None:
        """One parked record, whatever its state; held until the transaction ends."""

    async def settle(
        self, parked_id: int, state: str, tries: int, next_try_at: datetime | None, build: str, reason: str | None, rule: str | None = None
    ) -> None:
        """Sets what became of a parked record: waiting (and for which reason and rule now, if another), applied, discarded."""

    async def acted(self, parked_id: int, actor: str, what: str, diff: str | None, reason: str | None, at: datetime) -> None:
        """Records what a person did to a parked record; never overwritten."""

    async def edit(self, parked_id: int, edited: bytes) -> None:
        """Puts a person's version beside the raw record, which stays."""

    async def unblock(self, key: Key) -> None:
        """Unblocks a held key if nothing waits behind it."""

    async def journal(self, steps: Sequence[Step]) -> None:
        """Appends to the journal: always the last statement of a transaction."""


class Store(Protocol):
    """A service's own database."""

    def transaction(self) -> AbstractAsyncContextManager[Tx]:
        """READ COMMITTED; commits at a clean exit, rolls back at an exception. Raises Again, BadData, NotOurs, Conflict."""

    async def positions(self, places: Mapping[Place, int]) -> dict[Place, int]:
        """Where to read on in these partitions; one that is unknown begins at the offset given."""

    async def caught_up(self, places: Collection[Place], at: datetime) -> None:
        """Says that these partitions were read to their end of the instant `at` (domain time)."""

    async def watermark(self, places: Collection[Place]) -> datetime | None:
        """The earliest `caught_up` of these partitions; None while one was never caught up."""

    async def due(self, upto: datetime, limit: int) -> list[tuple[str, UUID]]:
        """Aggregates with an open timer that is due, in order of `at`."""

    async def take_relay(self) -> tuple[int, int]:
        """Takes the relay over: (last sequence sent, new epoch)."""

    async def relayed(self, last: int, epoch: int) -> bool:
        """Advances the relay; False when deposed."""

    async def outbox(self, after: int, limit: int) -> list[Message]:
        """Messages to send after this sequence, in order."""

    async def cursor(self, name: str) -> int:
        """Where a local follower stands."""

    async def events(self, after: int, types: Collection[str], limit: int) -> tuple[list[Step], int]:
        """Own events of these types after this sequence, in order, and the sequence up to which the journal was looked through."""

    async def ready_to_retry(self, now: datetime, build: str, limit: int) -> list[Key]:
        """Blocked keys whose head may be tried again: its pause is over or the build is new."""


class Clock(Protocol):
    """Real time, and domain time: real time plus an offset that may only grow."""

    def real(self) -> datetime:
        """Now, in UTC."""

    def domain(self, real: datetime | None = None) -> datetime:
        """Domain time of a real instant, by default of now."""


class Ids(Protocol):
    """Makes ids that rise with time (UUIDv7)."""

    def new(self) -> UUID:
        """A new id."""


Json = dict[str, Any]
