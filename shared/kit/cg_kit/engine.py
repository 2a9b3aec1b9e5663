"""The engine: takes records, commands, deadlines and own events in transactions, so that no service has to know what that needs."""

from __future__ import annotations

import random
import time
import traceback
from collections import defaultdict, deque
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any, NamedTuple, TypeVar
from uuid import UUID

from pydantic_core import from_json, to_json

from cg_contracts.accounts import SERVICES
from cg_contracts.base import CATALOGUE, Contract, Fact, personal_fields
from cg_kit.clock import DailyIds
from cg_kit.cloudevents import Envelope, trace_context
from cg_kit.codec import json_text
from cg_kit.gate import CANARY, Gate, Unheard, gap, letter_key
from cg_kit.gate import Rejected as TurnedAway
from cg_kit.gate import digest as digest_of
from cg_kit.pure.terms import day_of, start_of
from cg_kit.pure.words import Actor, Due, Refused, Remembered, To
from cg_kit.seam import (
    Again,
    Answered,
    BadData,
    Clock,
    Entry,
    Ids,
    KeptOf,
    Key,
    Letter,
    Message,
    Move,
    Name,
    NotOurs,
    Parked,
    Record,
    Rejected,
    Sealed,
    Step,
    Store,
    Timer,
    Tx,
)
from cg_kit.service import Service
from cg_kit.telemetry import Telemetry
from cg_kit.vault import DESTROYED, Vault
from cg_kit.workspace import Done, Origin, Words, Workspace, headers_back, headers_json

MOST_KEYS = 500
"""Aggregates that one transaction locks at most."""

MOST_TARGETS = 5_000
"""Aggregates that one record or own event may command: each is locked at once, and the server's lock table, which all transactions share, holds some 25,000."""

LOOKED_FAR = 1_000_000
"""Rows of the journal without anything to follow after which the follower's place is written down all the same."""

TIMERS_AT_ONCE = 200
FIRST_PAUSE = timedelta(seconds=5)
LONGEST_PAUSE = timedelta(hours=1)
MOST_TRIES = 12
"""A parked record is tried this often by itself, then waits for a person."""

BREAKER_KEYS = 20
BREAKER_SECONDS = 60.0
PAUSE_FIRST, PAUSE_MOST = 0.05, 2.0

T = TypeVar("T")

Failures = defaultdict[str, deque[tuple[float, Key | None]]]
"""By the sign of an error, when it hit which key."""


class RuleRefused(Exception):
    """`decide` refused a person's command; `at` is its place where there were several."""

    def __init__(self, rule: str, field: str | None, at: int = 0) -> None:
        super().__init__(rule)
        self.rule, self.field, self.at = rule, field, at


class Stale(Exception):
    """An aggregate has changed since the person read it."""

    def __init__(self, name: Name, version: int) -> None:
        super().__init__(f"{name[0]} {name[1]} stands at version {version}")
        self.name, self.version = name, version


class OtherBody(Exception):
    """An Idempotency-Key came again with another body."""


class Unknown(Exception):
    """There is no such parked record, or it waits no longer."""


class Halted(Exception):
    """One error hit too many keys in a minute: a bad deploy must not park the house."""

    def __init__(self, why: str, topics: Collection[tuple[str, int]]) -> None:
        super().__init__(why)
        self.why, self.topics = why, topics


@dataclass(frozen=True, slots=True)
class Commanded:
    """What a person's command came to. `step` is the command's id in the journal, `events` the names of what happened."""

    id: UUID
    kind: str
    version: int
    step: UUID
    events: tuple[str, ...]


@dataclass(slots=True)
class Arrival:
    """A record on its way through a batch: what it asks for, or why it cannot."""

    record: Record
    verdict: str
    key: Key | None = None
    origin: Origin | None = None
    tos: list[To] = field(default_factory=list)
    remembered: list[Remembered] = field(default_factory=list)
    letter: UUID | None = None
    digest: bytes = b""
    entry: Entry | None = None
    account: str = ""
    ours: bool = True
    rule: str = ""
    field: str | None = None
    reason: str = ""
    envelope: Envelope | TurnedAway | None = None


@dataclass(slots=True)
class Tally:
    """What the engine has done since it started."""

    records: int = 0
    applied: int = 0
    refused: int = 0
    rejected: int = 0
    parked: int = 0
    duplicates: int = 0
    commands: int = 0
    fired: int = 0
    followed: int = 0
    replayed: int = 0
    handler_seconds: float = 0.0


class Canary(NamedTuple):
    """The last sign of life that came from a service, in real time."""

    sent_at: datetime
    heard_at: datetime


class Engine:
    """All transactions of one service. It knows its store and clock by the seam only."""

    def __init__(
        self,
        service: Service,
        store: Store,
        clock: Clock,
        ids: Ids,
        telemetry: Telemetry,
        vault: Vault,
        *,
        build: str = "0",
        on_commit: Callable[[bool], None] = lambda followed: None,
    ) -> None:
        self.service, self.store, self.clock = service, store, clock
        self.ids = DailyIds(ids) if service.discreet else ids
        self.telemetry, self.vault, self.build, self.on_commit = telemetry, vault, build, on_commit
        self.words = Words(service)
        self.gate = Gate(service.name, tuple(self.words.hears), tuple(self.words.accepts))
        self.tally = Tally()
        self._cursor: int | None = None
        self._looked = 0
        self.canaries: dict[str, Canary] = {}
        self._failures: Failures = defaultdict(deque)
        self._personal = {contract: personal_fields(contract) for contract in self.words.accepts}

    # -- batches of records --------------------------------------------------------------------------------------

    async def batch(self, records: Sequence[Record], starts: Mapping[tuple[str, int], int]) -> dict[tuple[str, int], int]:
        """Takes records (each partition's in the order of their offsets) in one transaction; returns where each partition now stands.

        `starts` is where each partition stood. Raises NotOurs (seek and go on), Again (same batch after a pause), Halted.
        """
        return await self.take([self.prepare(record) for record in records], starts)

    async def take(self, arrivals: list[Arrival], starts: Mapping[tuple[str, int], int]) -> dict[tuple[str, int], int]:
        """The same for records that were prepared before; after an exception they are to be prepared anew."""
        began = time.perf_counter()
        stands = dict(starts)
        await self._take(arrivals, stands)
        self.tally.handler_seconds += time.perf_counter() - began
        return stands

    async def _take(self, arrivals: list[Arrival], stands: dict[tuple[str, int], int]) -> None:
        if len(arrivals) > 1 and sum(len(a.tos) for a in arrivals) > MOST_KEYS and len({(to.kind, to.id) for a in arrivals for to in a.tos}) > MOST_KEYS:
            await self._halves(arrivals, stands)
            return
        try:
            await self._transaction(arrivals, stands)
        except BadData as error:
            arrivals = [self.prepare(arrival.record) for arrival in arrivals]  # what the attempt made of them rests on what is undone
            if len(arrivals) > 1:
                await self._halves(arrivals, stands)
                return
            blame(arrivals[0], "data-unstorable", None, str(error))
            await self._transaction(arrivals, stands)

    async def _halves(self, arrivals: list[Arrival], stands: dict[tuple[str, int], int]) -> None:
        middle = len(arrivals) // 2
        await self._take(arrivals[:middle], stands)
        await self._take(arrivals[middle:], stands)

    async def _transaction(self, arrivals: list[Arrival], stands: dict[tuple[str, int], int]) -> None:
        upto: dict[tuple[str, int], int] = {}
        for arrival in arrivals:
            upto[arrival.record.topic, arrival.record.part] = arrival.record.offset + 1
        moves = [Move(topic, part, stands[topic, part], end) for (topic, part), end in upto.items()]
        count = Tally()
        async with self.store.transaction() as tx:
            await tx.move(moves)
            work = self._workspace()
            fresh = await self._unread(tx, arrivals, count)
            await self._number(tx, work, fresh)
            blocked = await tx.blocked({a.key for a in fresh if a.key is not None})
            await self._load(tx, work, {(to.kind, to.id) for a in fresh if a.verdict == "pass" for to in a.tos})
            parked: list[Parked] = []
            rejected: list[Rejected] = []
            failures: list[tuple[Origin, str, str]] = []
            for arrival in fresh:
                if arrival.verdict == "pass" and arrival.key not in blocked:
                    self._apply(work, arrival, count)
                if arrival.verdict == "rejected":
                    rejected.append(self._reject(work, arrival))
                    work.took("rejected", origin_of(arrival, self.clock), (), rule=arrival.rule)
                    failures.append((origin_of(arrival, self.clock), arrival.rule, arrival.reason))
                elif arrival.verdict == "parked" or arrival.key in blocked:
                    if arrival.key in blocked:
                        blame(arrival, "behind", None, "an earlier record of the same source and subject is parked")
                    parked.append(self._park(arrival))
                    work.took("parked", origin_of(arrival, self.clock), arrival.tos, rule=arrival.rule)
                    failures.append((origin_of(arrival, self.clock), arrival.rule, arrival.reason))
                    if arrival.key is not None:
                        blocked.add(arrival.key)
            self.breaker(parked, self._failures)
            await self._save(tx, work)
            await tx.park(parked)
            await tx.reject(rejected)
            await self._seal(tx, [a.entry for a in fresh if a.entry is not None and a.verdict == "pass"])
            await tx.remember([row for a in fresh for row in a.remembered])
            await tx.journal(work.written())
        stands.update(upto)
        self._committed(work)
        for origin, rule, reason in failures:
            self.telemetry.failed(origin, rule, reason)
        tally = self.tally
        tally.records += len(arrivals)
        tally.parked += len(parked)
        tally.rejected += len(rejected)
        tally.applied += count.applied
        tally.refused += count.refused
        tally.duplicates += count.duplicates

    async def _unread(self, tx: Tx, arrivals: list[Arrival], count: Tally) -> list[Arrival]:
        """Drops what a producer sent twice; turns away what came again under the same id with other content."""
        letters = {a.letter: a.digest for a in reversed(arrivals) if a.letter is not None}
        known = await tx.take(letters) if letters else {}
        taken: set[UUID] = set()
        fresh: list[Arrival] = []
        for arrival in arrivals:
            if arrival.verdict == "skip":
                continue
            if arrival.letter is not None:
                before = known.get(arrival.letter)
                if before is None and arrival.letter in taken:
                    before = letters[arrival.letter]
                taken.add(arrival.letter)
                if before is not None:
                    if before == arrival.digest:
                        count.duplicates += 1
                        continue
                    blame(arrival, "id-reused", "id", "the same source and id came before with other content; a new event needs a new id")
            fresh.append(arrival)
        return fresh

    async def _number(self, tx: Tx, work: Workspace, arrivals: list[Arrival]) -> None:
        """Warns a stranger whose `sequence` leaves a gap; the event itself is taken."""
        numbered = [
            (a, a.envelope, a.key, a.envelope.sequence)
            for a in arrivals
            if not a.ours and a.key is not None and isinstance(a.envelope, Envelope) and a.envelope.sequence is not None and a.verdict == "pass"
        ]
        if not numbered:
            return
        highest: dict[Key, int] = {}
        for _, _, key, number in numbered:
            highest[key] = max(number, highest.get(key, 0))
        last = await tx.counted(highest)
        contract = CATALOGUE[f"be.police.cg.{self.service.name}.SequenceGapNoticed.v1"]
        for arrival, envelope, key, number in numbered:
            before = last.get(key)
            last[key] = max(number, before or 0)
            if gap(before, envelope) is None or before is None:
                continue
            record = arrival.record
            told = {"message_id": short_text(envelope.id), "message_type": envelope.type, "message_subject": key[1], "expected": before + 1, "received": number}
            fact = contract.model_validate({**told, "topic": record.topic, "partition": record.part, "offset": record.offset})
            assert isinstance(fact, Fact)
            work.tell_publisher(arrival.account, fact, origin_of(arrival, self.clock))

    def _apply(self, work: Workspace, arrival: Arrival, count: Tally) -> None:
        origin = arrival.origin
        assert origin is not None
        if not arrival.tos and origin.sort == "fact":  # nothing follows from it here: it stands in no trace as if something did
            count.applied += 1
            work.accept(origin, Done(), ())
            return
        try:
            done = work.apply(origin, arrival.tos)
            if done.refused is not None:
                work.refuse(done, origin)
        except Exception as error:
            blame(arrival, "code-raised", None, where(error))
            return
        if done.refused is not None:
            count.refused += 1
            arrival.entry = None
            return
        count.applied += 1
        work.accept(origin, done, arrival.tos)
        work.keep(done)

    # -- from a record to commands -------------------------------------------------------------------------------

    def prepare(self, record: Record, at: datetime | None = None, received: datetime | None = None) -> Arrival:
        """Passes a record through the gate and the service's reaction: pure, before any transaction. `at` is kept from its first receipt."""
        _, owner, sort, *rest = record.topic.split(".")
        account = rest[0] if sort == "intake" else owner
        ours = account in SERVICES
        verdict = self.gate.check_intake(record, account) if sort == "intake" else self.gate.check_fact(record, owner)
        if isinstance(verdict, Unheard):
            if verdict is CANARY:
                self._hear(owner, record)
                return Arrival(record, "skip", rule="canary")
            return Arrival(record, "skip")
        arrival = Arrival(record, "pass", account=account, ours=ours)
        if isinstance(verdict, TurnedAway):
            arrival.envelope = verdict
            if ours and verdict.source and verdict.subject:
                arrival.key = (verdict.source, verdict.subject)
            blame(arrival, verdict.rule, verdict.field, verdict.mend)
            return arrival
        envelope, message = verdict.envelope, verdict.message
        arrival.envelope, arrival.key = envelope, verdict.key
        arrival.letter, arrival.digest = letter_key(envelope, ours), digest_of(envelope, message)
        at = at or self.clock.domain(record.at)
        arrival.origin = origin = Origin(
            "request" if sort == "intake" else "fact",
            envelope.id,
            envelope.type,
            envelope.source,
            account,
            at,
            time=envelope.time,
            traceparent=known_part(envelope.traceparent),
            causationid=envelope.causationid,
            correlation=envelope.correlationid or envelope.id,
            place=f"{record.topic}|{record.part}|{record.offset}",
            subject=envelope.subject,
        )
        try:
            if self.service.remembers is not None:
                arrival.remembered = list(self.service.remembers(message, envelope_of(envelope, account, record)))
            self._react(arrival, origin, message)
        except Exception as error:
            blame(arrival, "code-raised", None, where(error))
        return arrival

    def _react(self, arrival: Arrival, origin: Origin, message: Contract) -> None:
        contract = type(message)
        reaction = self.words.accepts.get(contract)
        if reaction is not None:
            echo = {name: getattr(message, name) for name in self.words.echoes[contract]}
            origin.request = {"type": origin.type, "id": origin.id, "account": origin.account, "echo": echo}
            personal = {name: value for name in self._personal[contract] if (value := getattr(message, name)) is not None}
            if personal:
                assert arrival.letter is not None
                about = str(getattr(message, "person_id", "")) or None
                arrival.entry = Entry(arrival.letter, about, to_json(personal), origin.at, arrival.record.at)
                origin.vault = arrival.letter
                message = message.model_copy(update=dict.fromkeys(self._personal[contract]))
        else:
            reaction = self.words.hears[contract]
        arrival.tos = list(reaction(message, origin.cause()))
        if (reason := too_many(arrival.tos)) is not None:
            blame(arrival, "too-many-targets", None, reason)

    # -- parking and rejecting -----------------------------------------------------------------------------------

    def _park(self, arrival: Arrival) -> Parked:
        record, envelope = arrival.record, arrival.envelope
        return Parked(
            source=arrival.key[0] if arrival.key else None,
            subject=arrival.key[1] if arrival.key else None,
            origin="record",
            message_id=envelope.id if envelope else None,
            type=envelope.type if envelope else None,
            topic=record.topic,
            part=record.part,
            offset=record.offset,
            raw=record.value,
            key=record.key,
            headers=headers_json(record.headers),
            received_at=record.at,
            domain_at=arrival.origin.at if arrival.origin else self.clock.domain(record.at),
            rule=arrival.rule,
            field=arrival.field,
            reason=arrival.reason,
            correlation=arrival.origin.correlation if arrival.origin else (envelope.id if envelope else None),
            build=self.build,
            next_try_at=self.clock.real() + FIRST_PAUSE,
        )

    def _reject(self, work: Workspace, arrival: Arrival) -> Rejected:
        record, envelope = arrival.record, arrival.envelope
        contract = CATALOGUE[f"be.police.cg.{self.service.name}.MessageRejected.v1"]
        told = {
            "message_id": short_text(envelope.id) if envelope else None,
            "message_type": short_text(envelope.type) if envelope else None,
            "message_source": short_text(envelope.source) if envelope else None,
            "topic": record.topic,
            "partition": record.part,
            "offset": record.offset,
            "rule": arrival.rule,
            "field": short_text(arrival.field),
            "mend": arrival.reason[:500],
        }
        fact = contract.model_validate({k: v for k, v in told.items() if v is not None})
        assert isinstance(fact, Fact)
        work.tell_publisher(arrival.account, fact, origin_of(arrival, self.clock))
        return Rejected(
            account=arrival.account,
            message_id=fact_field(fact, "message_id"),
            type=fact_field(fact, "message_type"),
            source=fact_field(fact, "message_source"),
            subject=short_text(envelope.subject) if envelope else None,
            topic=record.topic,
            part=record.part,
            offset=record.offset,
            raw=record.value,
            headers=headers_json(record.headers),
            received_at=record.at,
            rule=arrival.rule,
            field=arrival.field,
            reason=arrival.reason,
        )

    def breaker(self, parked: Iterable[Parked], failures: Failures) -> None:
        """Stops the partition when one error hits more than twenty keys in a minute; `failures` are those of that minute."""
        now = time.monotonic()
        for row in parked:
            if row.rule == "behind":
                continue
            sign = f"{row.type} {row.rule} {row.reason.partition(':')[0]}"  # without the error's text: that names the record's own values
            seen = failures[sign]
            seen.append((now, row.block))
            while seen and now - seen[0][0] > BREAKER_SECONDS:
                seen.popleft()
            if len({key for _, key in seen}) > BREAKER_KEYS:
                seen.clear()
                raise Halted(f"more than {BREAKER_KEYS} keys failed in a minute with: {row.rule} {row.reason}", [(row.topic, row.part)])

    # -- commands of people --------------------------------------------------------------------------------------

    async def command(
        self,
        make: Callable[[UUID | None], To],
        *,
        actor: Actor,
        at: datetime,
        read: Mapping[Name, int] | None = None,
        expected: int | None = None,
        personal: Mapping[str, Any] | None = None,
        about: UUID | None = None,
        idempotency: tuple[str, bytes] | None = None,
        traceparent: str | None = None,
    ) -> Commanded:
        """Takes a person's command in one transaction, with the same locks as a batch.

        `at` is domain time; `read` names what the person's decision rests on, with the versions it was read at; `expected` is If-Match;
        `personal` goes to the vault as data about the person `about`, and `make` gets the entry's id. Raises RuleRefused, Stale, OtherBody, Again.
        """
        ref = self.ids.new() if personal else None
        to = make(ref)
        name = (to.kind, to.id)
        versions = dict(read or {}) if expected is None else {**(read or {}), name: expected}
        letters = [Letter(ref, about, personal)] if personal and ref is not None else []
        return await self.commands(
            [to], type(to.command).__name__, actor=actor, at=at, read=versions, letters=letters, idempotency=idempotency, traceparent=traceparent
        )

    async def commands(
        self,
        tos: Sequence[To],
        type_: str,
        *,
        actor: Actor,
        at: datetime,
        read: Mapping[Name, int] | None = None,
        letters: Sequence[Letter] = (),
        idempotency: tuple[str, bytes] | None = None,
        traceparent: str | None = None,
    ) -> Commanded:
        """Takes what a person asks of several aggregates in one transaction, all of it or nothing; `type_` is what the step is called."""
        step = self.ids.new()
        only = tos[0] if len(tos) == 1 else None
        who = str(actor.person_id)
        async with self.store.transaction() as tx:
            if idempotency is not None:
                prior = await tx.idempotent(who, idempotency[0])
                if prior is not None:
                    return again(prior, idempotency[1])
            work = self._workspace()
            await self._load(tx, work, {*((to.kind, to.id) for to in tos), *(read or {})})
            for other, version in (read or {}).items():
                if work.slot(*other).version != version:
                    raise Stale(other, work.slot(*other).version)
            vault = letters[0].ref if only is not None and letters else None
            origin = Origin("command", str(step), type_, self.words.source, "", at, traceparent=traceparent, actor=actor, vault=vault)
            opening = Step(
                "command",
                step,
                work.now,
                origin.type,
                only.kind if only else None,
                only.id if only else None,
                None,
                None,
                None,
                json_text({"at": at}),
                "{}",
                json_text({"person_id": who, "roles": sorted(actor.roles), "reason": actor.reason}),
                str(step),
                str(step),
            )
            done = work.apply(origin, tos, opening=opening)
            if done.refused is not None:
                work.refuse(done, origin)
            else:
                work.keep(done)
                work.took("commanded", origin, tos)
                await self._save(tx, work)
                came = self.clock.real()
                await self._seal(tx, [Entry(each.ref, str(each.about) if each.about else None, to_json(each.content), at, came) for each in letters])
            first = tos[0]
            result = Commanded(first.id, first.kind, work.slot(first.kind, first.id).version, step, tuple(done.events))
            if done.refused is None and idempotency is not None:
                await tx.answer(who, idempotency[0], Answered(idempotency[1], json_text(asdict(result))))
            await tx.journal(work.written())
        self._committed(work)
        self.tally.commands += 1
        if done.refused is not None:
            raise RuleRefused(done.refused.rule, done.refused.field, next((n for n, to in enumerate(tos) if to is done.to), 0))
        return result

    # -- deadlines -----------------------------------------------------------------------------------------------

    async def fire(self, upto: datetime) -> int:
        """Fires what is due at `upto` (domain time, never past the watermark), at most 200 aggregates; returns how many aggregates it took."""
        return await blaming(lambda most, fault: self._fire_some(upto, most, fault), TIMERS_AT_ONCE)

    async def _fire_some(self, upto: datetime, most: int, fault: str) -> int:
        names = await self.store.due(upto, most)
        if not names:
            return 0
        async with self.store.transaction() as tx:
            work = self._workspace()
            blocked = await tx.blocked({self._own_key(*name) for name in names})
            free = [name for name in names if self._own_key(*name) not in blocked]
            await self._load(tx, work, set(names))
            parked: list[Parked] = []
            for kind in sorted({kind for kind, _ in names}):
                for timer in await tx.fire(kind, [id_ for k, id_ in names if k == kind], upto):
                    if (kind, timer.id) in free:
                        row = self._fire(work, kind, timer, fault)
                        if row is not None:
                            parked.append(row)
                            free.remove((kind, timer.id))
                    else:
                        parked.append(self._park_own("timer", kind, timer.id, timer.name, timer, timer.correlation, "behind", "an earlier one is parked"))
            self.breaker(parked, self._failures)
            await self._save(tx, work)
            await tx.park(parked)
            for one in parked:
                work.took_parked(one)
            await tx.journal(work.written())
        self._committed(work)
        self.tally.fired += len(names)
        return len(names)

    def _fire(self, work: Workspace, kind: str, timer: Timer, fault: str) -> Parked | None:
        if fault:
            return self._park_own("timer", kind, timer.id, timer.name, timer, timer.correlation, "data-unstorable", fault)
        try:
            done = self._fall_due(work, kind, timer)
        except Exception as error:
            return self._park_own("timer", kind, timer.id, timer.name, timer, timer.correlation, "code-raised", where(error))
        if done is not None:
            work.keep(done)
        return None

    def _fall_due(self, work: Workspace, kind: str, timer: Timer) -> Done | None:
        """What a deadline does; None when the state no longer wants it."""
        slot = work.slot(kind, timer.id)
        if (timer.name, timer.at) not in slot.runs:
            return None
        step = self.ids.new()
        matter = slot.matters.get(str(timer.matter or timer.id))
        origin = Origin(
            "deadline",
            str(step),
            timer.name.split(":", 1)[0],
            self.words.source,
            "",
            timer.at,
            traceparent=timer.trace,
            causationid=timer.cause,
            correlation=timer.correlation,
            since=datetime.fromisoformat(matter["at"]) if matter else None,
            request=None,
        )
        headers = json_text({"at": timer.at, "name": timer.name})
        opening = Step(
            "deadline", step, work.now, timer.name, kind, timer.id, None, None, None, headers, "{}", None, timer.cause or str(step), timer.correlation
        )
        tos = [To(kind, timer.id, Due(timer.name, timer.at), timer.matter)]
        done = work.apply(origin, tos, opening=opening)
        work.took("due", origin, tos)
        return done

    # -- own events that command other aggregates ------------------------------------------------------------------

    async def follow(self) -> int:
        """Takes the next own events that command other aggregates; returns how many. Raises NotOurs when another replica follows."""
        if not self.words.follows:
            return 0
        return await blaming(self._follow_some, MOST_KEYS)

    async def _follow_some(self, most: int, fault: str) -> int:
        if self._cursor is None:
            self._cursor = self._looked = await self.store.cursor("local")
        start = self._cursor
        rows, upto = await self.store.events(self._looked, tuple(self.words.follows), most)
        if not rows:
            self._looked = upto
            if upto - start > LOOKED_FAR:
                await self._looked_to(start, upto)
            return 0
        plans: list[tuple[Step, Origin, list[To], str]] = []
        names: set[Name] = set()
        for row in rows:
            origin, tos, reason = self._followed(row)
            more = {(to.kind, to.id) for to in tos}
            if plans and len(names | more) > MOST_KEYS:
                upto = plans[-1][0].seq
                break
            names |= more
            plans.append((row, origin, tos, reason))
        self._cursor = None
        async with self.store.transaction() as tx:
            await tx.follow("local", start, upto)
            work = self._workspace()
            keys = {self._own_key(row.kind, row.aggregate) for row, _, _, _ in plans}
            blocked = await tx.blocked(keys)
            await self._load(tx, work, names)
            parked: list[Parked] = []
            for row, origin, tos, raised in plans:
                key = self._own_key(row.kind, row.aggregate)
                reason = "an earlier one is parked" if key in blocked else raised or fault or self._follow(work, origin, tos)
                if reason:
                    rule = "behind" if key in blocked else "code-raised" if reason != fault else "data-unstorable"
                    blocked.add(key)
                    parked.append(self._park_own("follow", row.kind, row.aggregate, row.type, row, row.correlation, rule, reason))
            self.breaker(parked, self._failures)
            await self._save(tx, work)
            await tx.park(parked)
            for one in parked:
                work.took_parked(one)
            await tx.journal(work.written())
        self._committed(work)
        self._cursor = self._looked = upto
        self.tally.followed += len(plans)
        return len(plans)

    async def _looked_to(self, start: int, upto: int) -> None:
        """Remembers how far the journal was looked through though nothing was found, so that it may be dropped up to there."""
        self._cursor = None  # asked again, unless all goes well
        async with self.store.transaction() as tx:
            await tx.follow("local", start, upto)
        self._cursor = upto

    def _followed(self, row: Step) -> tuple[Origin, list[To], str]:
        kept = from_json(row.headers)
        cause = kept["cause"]
        origin = Origin(
            "follow",
            cause["id"],
            cause["type"],
            cause["source"],
            cause["account"],
            datetime.fromisoformat(cause["at"]),
            time=cause.get("time"),
            traceparent=kept["traceparent"],
            causationid=cause.get("causationid"),
            correlation=row.correlation,
            request=cause.get("request"),
            aggregate=row.aggregate,
            label=row.type,
        )
        try:
            event = self.words.kept[self.words.follow_kind[row.type]].events[row.type].validate_json(row.body)
            tos = list(self.words.follows[row.type].reaction(event, origin.cause()))
            reason = too_many(tos)
            return origin, [] if reason else tos, reason or ""
        except Exception as error:
            return origin, [], where(error)

    def _follow(self, work: Workspace, origin: Origin, tos: list[To]) -> str:
        if not tos:
            return ""
        try:
            done = work.apply(origin, tos)
            if done.refused is not None:
                work.refuse(done, origin)
            else:
                work.keep(done)
        except Exception as error:
            return where(error)
        return ""

    # -- what is parked ------------------------------------------------------------------------------------------

    async def retry(self) -> int:
        """Tries parked keys again whose pause is over or whose build was another; returns how many keys it took."""
        keys = await self.store.ready_to_retry(self.clock.real(), self.build, 20)
        for key in keys:
            await self.drain(key)
        return len(keys)

    async def drain(self, key: Key) -> None:
        """Applies what waits behind a key, in order, until one fails again; that one stays the head."""
        await blaming(lambda most, fault: self._drain_some(key, most, fault), 100)

    async def _drain_some(self, key: Key, most: int, fault: str) -> int:
        async with self.store.transaction() as tx:
            if not await tx.hold(key):
                return 0
            rows = await tx.waiting(key, most)
            work = self._workspace()
            await self._drain(tx, work, rows, fault)
            await tx.unblock(key)
            await tx.journal(work.written())
        self._committed(work)
        return len(rows)

    async def _drain(self, tx: Tx, work: Workspace, rows: Sequence[Parked], fault: str = "") -> None:
        plans: list[tuple[Parked, Origin | None, list[To], tuple[str, str], Entry | None]] = []
        names: set[Name] = set()
        for parked in rows:
            plan = self._revived(parked)
            more = {(to.kind, to.id) for to in plan[2]}
            if plans and len(names | more) > MOST_TARGETS:
                break
            plans.append(plan)
            names |= more
        await self._load(tx, work, names)
        for row, origin, tos, failed, entry in plans:
            rule, reason = failed
            kept = entry  # personal data of what is refused is not
            if fault:
                rule, reason = "data-unstorable", fault
            if not rule:
                try:  # pure code only: what the store raises undoes all of it
                    if origin is None:
                        fallen = self._fall_due(work, row.topic, timer_of(row))
                        if fallen is not None:
                            work.keep(fallen)
                    elif (done := work.apply(origin, tos)).refused is not None:
                        work.refuse(done, origin)
                        kept = None
                    else:
                        work.keep(done)
                        work.accept(origin, done, tos)
                except Exception as error:
                    rule, reason = "code-raised", where(error)
            if rule:
                tries = row.tries + 1
                pause = min(FIRST_PAUSE * 2 ** min(tries, MOST_TRIES), LONGEST_PAUSE)
                next_try = self.clock.real() + pause if tries < MOST_TRIES else None
                await tx.settle(row.id, "waiting", tries, next_try, self.build, reason, rule)
                break
            await tx.settle(row.id, "applied", row.tries + 1, None, self.build, None)
            if kept is not None:
                await self._seal(tx, [kept])
        await self._save(tx, work)

    def _revived(self, row: Parked) -> tuple[Parked, Origin | None, list[To], tuple[str, str], Entry | None]:
        """What a parked record asks for now; a deadline has no origin before it falls due."""
        try:
            return self._read_again(row)
        except Exception as error:  # as a person edited it, it may be anything
            return row, None, [], ("code-raised", where(error)), None

    def _read_again(self, row: Parked) -> tuple[Parked, Origin | None, list[To], tuple[str, str], Entry | None]:
        if row.origin == "record":
            record = Record(row.topic, row.part, row.offset, row.key, row.edited or row.raw, headers_back(row.headers), row.received_at)
            arrival = self.prepare(record, row.domain_at)
            failed = (arrival.rule, arrival.reason) if arrival.verdict in ("parked", "rejected") else ("", "")
            if row.rule == "id-reused" and row.edited is None:  # only a person can say which of the two was meant
                failed = (row.rule, row.reason)
            return row, arrival.origin, arrival.tos, failed, arrival.entry
        if row.origin == "follow":
            kept = from_json(row.edited or row.raw or b"{}")
            step = Step(
                **{
                    **kept,
                    "id": UUID(kept["id"]),
                    "at": datetime.fromisoformat(kept["at"]),
                    "aggregate": UUID(kept["aggregate"]),
                }
            )
            origin, tos, raised = self._followed(step)
            return row, origin, tos, ("code-raised", raised) if raised else ("", ""), None
        timer = timer_of(row)
        return row, None, [To(row.topic, timer.id, Due(timer.name, timer.at), timer.matter)], ("", ""), None

    async def operate(self, parked_id: int, what: str, actor: str, reason: str | None, edited: bytes | None = None, diff: str | None = None) -> None:
        """What a person does to a parked record: `retry`, `edit` (with its diff), `discard`; recorded. Raises Unknown."""
        async with self.store.transaction() as tx:
            row = await tx.parked_row(parked_id)
            if row is None or row.state != "waiting":
                raise Unknown(str(parked_id))
            if row.block is not None and not await tx.hold(row.block):
                raise Again("the key is being drained")
            await tx.acted(parked_id, actor, what, diff, reason, self.clock.real())
            if what == "discard":
                await tx.settle(parked_id, "discarded", row.tries, None, self.build, reason)
            else:
                if edited is not None:
                    await tx.edit(parked_id, edited)
                await tx.settle(parked_id, "waiting", row.tries, self.clock.real(), self.build, None)
            if row.block is not None:
                await tx.unblock(row.block)
        if row.block is not None:
            await self.drain(row.block)
        elif what != "discard":
            await blaming(lambda _, fault: self._alone(parked_id, fault), 1)

    async def _alone(self, parked_id: int, fault: str) -> int:
        """Tries a record again that is behind no key."""
        async with self.store.transaction() as tx:
            row = await tx.parked_row(parked_id)
            if row is None or row.state != "waiting":
                return 0
            work = self._workspace()
            await self._drain(tx, work, [row], fault)
            await tx.journal(work.written())
        self._committed(work)
        return 1

    # -- personal data -------------------------------------------------------------------------------------------

    async def _seal(self, tx: Tx, entries: Sequence[Entry]) -> None:
        """Puts entries in the vault, each with the key of the person it is about; of who was forgotten since it came nothing is put back."""
        if not entries:
            return
        latest: dict[str, datetime] = {}
        for entry in entries:
            if entry.about is not None:
                latest[entry.about] = max(entry.came_at, latest.get(entry.about, entry.came_at))
        keys = await tx.vault_keys({about: (self.vault.fresh(about), latest[about]) for about in sorted(latest)}) if latest else {}
        sealed: list[Sealed] = []
        for entry in entries:
            key = keys[entry.about] if entry.about is not None else None
            if key is not None and (key.wrapped is None or (key.forgotten_at is not None and entry.came_at <= key.forgotten_at)):
                sealed.append(Sealed(entry.ref, entry.about, DESTROYED, entry.at))
            else:
                sealed.append(self.vault.seal(entry, key.wrapped if key is not None else None))
        await tx.seal(sealed)

    async def forget(self, person_id: UUID, actor: Actor, reason: str, despite: Sequence[str]) -> KeptOf:
        """Destroys what can be read of a person, and keeps on record who had it done, why, and what was not over. Raises RuleRefused, Again."""
        step = self.ids.new()
        async with self.store.transaction() as tx:
            gone = await tx.forget(str(person_id), self.clock.real())
            if gone.waiting:
                raise RuleRefused("record-waits", None)
            work = self._workspace()
            body = {"person_id": person_id, "entries": gone.entries, "copies": gone.copies, "turned_away": gone.turned_away, "despite": despite}
            who = json_text({"person_id": actor.person_id, "roles": sorted(actor.roles), "reason": reason})
            told = Step("operated", step, work.now, "PersonForgotten", None, None, None, None, None, "{}", json_text(body), who, str(step), str(step))
            await tx.journal([told])
        self._committed(work)
        return gone

    # -- canaries ------------------------------------------------------------------------------------------------

    async def canary(self, send: Callable[[Sequence[Message]], Awaitable[None]]) -> None:
        """Says on our `.events` topic that the way from the journal to the listeners is open; each minute on another lane, that partitions take turns.

        A service that is discreet sends it past its journal, where the rows between two would be known to the minute.
        """
        now = self.clock.real()
        contract = CATALOGUE[f"be.police.cg.{self.service.name}.Canary.v1"]
        fact = contract.model_validate({"lane": f"lane_{now.minute}", "sent_at": now})
        assert isinstance(fact, Fact)
        work = Workspace(self.words, self.telemetry, self.ids, now)
        work.tell("canary", self.words.topics[contract], fact)
        if self.service.discreet:
            await send([Message(0, s.id, s.topic or "", s.type, s.key, s.headers, s.body) for s in work.steps])
            return
        async with self.store.transaction() as tx:
            await tx.journal(work.steps)
        self._committed(work)

    def _hear(self, service: str, record: Record) -> None:
        """Notes another service's canary; what is read again is none."""
        sent = [raw for name, raw in record.headers if name == "ce_time" and raw is not None]
        with suppress(ValueError, IndexError):
            sent_at, before = datetime.fromisoformat(sent[0].decode("ascii")), self.canaries.get(service)
            if before is None or sent_at > before.sent_at:
                self.canaries[service] = Canary(sent_at, self.clock.real())

    # -- shared --------------------------------------------------------------------------------------------------

    def now(self) -> datetime:
        """Domain time as a person's command has it."""
        return start_of(day_of(self.clock.domain())) if self.service.discreet else self.clock.domain()

    def _workspace(self) -> Workspace:
        real = self.clock.real()
        return Workspace(self.words, self.telemetry, self.ids, start_of(day_of(real)) if self.service.discreet else real)

    async def _load(self, tx: Tx, work: Workspace, names: Collection[Name]) -> None:
        await tx.lock(names)
        kinds: dict[str, list[UUID]] = {}
        for kind, id_ in names:
            kinds.setdefault(kind, []).append(id_)
        for kind, ids in sorted(kinds.items()):
            work.fill(kind, ids, await tx.load(kind, ids))

    async def _save(self, tx: Tx, work: Workspace) -> None:
        for kind, rows in work.rows().items():
            await tx.save(kind, rows)
        for kind, (ids, timers) in work.timers().items():
            await tx.set_timers(kind, ids, timers)

    def _committed(self, work: Workspace) -> None:
        if work.steps:
            self.on_commit(any(step.type in self.words.follows for step in work.steps))
        self.telemetry.end(work.spans)

    def _own_key(self, kind: str | None, id_: UUID | None) -> Key:
        return self.words.source, f"{kind}:{id_}"

    def _park_own(self, origin: str, kind: str | None, id_: UUID | None, type_: str, what: Step | Timer, correlation: str, rule: str, reason: str) -> Parked:
        source, subject = self._own_key(kind, id_)
        raw = to_json(what._asdict())
        now = self.clock.real()
        return Parked(
            source=source,
            subject=subject,
            origin=origin,
            message_id=str(what.id),
            type=type_,
            topic=kind or "",
            part=0,
            offset=what.seq if isinstance(what, Step) else 0,
            raw=raw,
            key=None,
            headers="[]",
            received_at=now,
            domain_at=self.clock.domain(now),
            rule=rule,
            field=None,
            reason=reason,
            correlation=correlation,
            build=self.build,
            next_try_at=now + FIRST_PAUSE,
        )


def blame(arrival: Arrival, rule: str, field: str | None, reason: str) -> None:
    """Turns an arrival away: a stranger's is rejected, our own is parked, and so is whatever our code could not take."""
    ours = arrival.ours or rule in ("code-raised", "data-unstorable", "too-many-targets", "behind")
    arrival.verdict = "parked" if ours else "rejected"
    arrival.rule, arrival.field, arrival.reason = rule, field, reason


def too_many(tos: Sequence[To]) -> str | None:
    """Why these are not commanded in one transaction."""
    targets = len({(to.kind, to.id) for to in tos}) if len(tos) > MOST_TARGETS else 0
    if targets <= MOST_TARGETS:
        return None
    return f"it commands {targets} aggregates at once and {MOST_TARGETS} is the most: spread it over own events that are followed"


def envelope_of(envelope: Envelope, account: str, record: Record) -> Remembered:
    """A fact's own envelope, as it can be remembered."""
    at = envelope.time or record.at
    return Remembered(envelope.id, account, "said", envelope.type, envelope.source, envelope.subject, at, envelope.causationid, envelope.correlationid)


def timer_of(row: Parked) -> Timer:
    """The deadline that was parked."""
    kept = from_json(row.edited or row.raw or b"{}")
    matter = UUID(kept["matter"]) if kept["matter"] else None
    return Timer(UUID(kept["id"]), kept["name"], datetime.fromisoformat(kept["at"]), matter, kept["trace"], kept["cause"], kept["correlation"])


def where(error: BaseException) -> str:
    """What was raised, and where, in one line that is the same for the same fault."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f"{frames[-1].name} line {frames[-1].lineno}" if frames else "?"
    return f"{type(error).__name__} in {place}: {error}"[:500] if len(str(error)) < 200 else f"{type(error).__name__} in {place}"


def origin_of(arrival: Arrival, clock: Clock) -> Origin:
    """The origin of an arrival, as far as it can be known."""
    if arrival.origin is not None:
        return arrival.origin
    record, seen = arrival.record, arrival.envelope
    place = f"{record.topic}|{record.part}|{record.offset}"
    at = clock.domain(record.at)
    traces = [raw for name, raw in record.headers if name in ("traceparent", "ce_traceparent") and raw is not None]
    trace = known_part(trace_context(traces[0].decode("ascii", "replace"))) if traces else None
    unknown = f"{record.topic}/{record.part}/{record.offset}"
    if seen is None:
        return Origin("request", unknown, "unknown", "unknown", arrival.account, at, traceparent=trace, place=place)
    return Origin(
        "request",
        short_text(seen.id) or unknown,
        short_text(seen.type) or "unknown",
        short_text(seen.source) or "unknown",
        arrival.account,
        at,
        traceparent=trace,
        place=place,
    )


def known_part(traceparent: str | None) -> str | None:
    """A trace context without what a later version adds: any text may stand there, and the journal and the trace server would keep it."""
    return traceparent[:55] if traceparent else None


def fact_field(fact: Fact, name: str) -> str | None:
    """A text field of a fact."""
    value = getattr(fact, name)
    return None if value is None else str(value)


def short_text(text: str | None) -> str | None:
    """At most 200 characters of a stranger's text."""
    return text[:200] if text else None


def again(prior: Answered, digest: bytes) -> Commanded:
    """The same answer to the same command."""
    if prior.digest != digest:
        raise OtherBody
    kept = from_json(prior.response)
    return Commanded(UUID(kept["id"]), kept["kind"], kept["version"], UUID(kept["step"]), tuple(kept["events"]))


async def blaming(work: Callable[[int, str], Awaitable[int]], most: int) -> int:
    """Takes many at once; when their data cannot be stored, takes the first alone; when that one is to blame, has it parked with the fault."""
    fault = ""
    for limit in (most, 1):
        try:
            return await work(limit, "")
        except BadData as error:
            fault = str(error)
    return await work(1, fault)


async def patiently(work: Callable[[], Awaitable[T]], stopped: Callable[[], bool], pause: Callable[[float], Awaitable[None]]) -> T | None:
    """Does the same work until it succeeds, with growing pauses; None when stopped meanwhile. Only Again is taken again."""
    delay = PAUSE_FIRST
    while not stopped():
        try:
            return await work()
        except Again:
            await pause(delay * (0.5 + random.random()))  # noqa: S311  (jitter)
            delay = min(delay * 2, PAUSE_MOST)
    return None


__all__ = ["Arrival", "Commanded", "Done", "Engine", "Halted", "NotOurs", "OtherBody", "Refused", "RuleRefused", "Stale", "Unknown", "patiently"]
