"""One transaction's work in memory: pure functions run over loaded aggregates; nothing here does I/O, so what one record did can be dropped."""

from __future__ import annotations

import base64
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, get_args
from uuid import UUID

from pydantic import TypeAdapter
from pydantic_core import from_json

from cg_contracts.accounts import OUTSIDE, source_of
from cg_contracts.base import CATALOGUE, Contract, Fact, Request
from cg_contracts.obligations import ACKNOWLEDGED
from cg_contracts.oversight import MOST_STEPS, StepsTakenV1
from cg_contracts.topics import events_topic, intake_topic, steps_topic
from cg_kit.codec import json_text
from cg_kit.pure.terms import day_of, start_of
from cg_kit.pure.words import Actor, Cause, Refused, To
from cg_kit.seam import Ids, Name, Parked, Row, Step, Timer
from cg_kit.service import Aggregate, Service
from cg_kit.telemetry import Span, Telemetry

A_DAY = timedelta(days=1)
STEPS = StepsTakenV1.about.type


@dataclass(slots=True)
class Origin:
    """What began a piece of work: a request, a fact, a command of a person, a deadline, or (`follow`) an own event of such a chain.

    `label` is what the step is called in its trace. `request` travels along a chain that began with a request, so that a refusal further on
    can still answer it: {type, id, account, echo}.
    """

    sort: str
    id: str
    type: str
    source: str
    account: str
    at: datetime
    time: datetime | str | None = None
    traceparent: str | None = None
    causationid: str | None = None
    correlation: str | None = None
    request: dict[str, Any] | None = None
    actor: Actor | None = None
    vault: UUID | None = None
    aggregate: UUID | None = None
    since: datetime | None = None
    place: str = ""
    label: str = ""
    subject: str | None = None

    def cause(self) -> Cause:
        """What pure code may know of it."""
        return Cause(self.id, self.type, self.source, self.account, self.at, self.vault, self.actor, self.aggregate)

    def kept(self) -> dict[str, Any]:
        """What the journal keeps of it beside each event."""
        kept: dict[str, Any] = {"sort": self.sort, "id": self.id, "type": self.type, "source": self.source, "account": self.account, "at": self.at}
        for name in ("time", "traceparent", "causationid", "request"):
            value = getattr(self, name)
            if value is not None:
                kept[name] = value
        return kept


@dataclass(slots=True)
class Slot:
    """One aggregate while a transaction works on it. `loaded` is the version it was read at (0: new)."""

    loaded: int
    version: int
    state: Any
    told: dict[str, int]
    matters: dict[str, dict[str, Any]]
    ran: frozenset[tuple[str, datetime]]
    runs: dict[tuple[str, datetime], Timer | None]

    def copy(self) -> Slot:
        """A copy whose changes can be dropped."""
        return Slot(self.loaded, self.version, self.state, self.told.copy(), self.matters.copy(), self.ran, self.runs)


@dataclass(slots=True)
class Done:
    """What applying one origin came to: steps for the journal, or the refusal of the whole request by what was `to` do it."""

    steps: list[Step] = field(default_factory=list)
    slots: dict[Name, Slot] = field(default_factory=dict)
    refused: Refused | None = None
    to: To | None = None
    events: list[str] = field(default_factory=list)
    span: Span | None = None
    correlation: str = ""
    rule: str | None = None
    """The rule by which the last part was refused of what is taken in parts."""


class Kept:
    """How one kind of aggregate is read and written: its functions and codecs."""

    __slots__ = ("decide", "due", "events", "evolve", "kind", "new", "state", "tell")

    def __init__(self, aggregate: Aggregate) -> None:
        domain = aggregate.domain
        self.kind = aggregate.kind
        self.new = domain.NEW
        self.decide = domain.decide
        self.evolve = domain.evolve
        self.due = domain.due
        self.tell = aggregate.tell
        self.state: TypeAdapter[Any] = TypeAdapter(type(domain.NEW))
        self.events: dict[str, TypeAdapter[Any]] = {event.__name__: TypeAdapter(event) for event in get_args(domain.Event) or (domain.Event,)}


class Words:
    """A service's table made ready for use; made once at start."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self.name = service.name
        self.source = source_of(service.name)
        self.kept = {a.kind: Kept(a) for a in service.keeps}
        self.hears = {row.what: row.reaction for row in service.hears}
        self.accepts = {row.what: row.reaction for row in service.accepts}
        self.follows = {row.what.__name__: row for row in service.follows}
        self.follow_kind: dict[str, str] = {}
        for row in service.follows:
            owners = [k.kind for k in self.kept.values() if row.what.__name__ in k.events and row.what in get_args_of(service, k.kind)]
            if len(owners) != 1:
                raise TypeError(f"{service.name}: {row.what.__qualname__} in `follows` is an event of {len(owners)} kinds; it must be of one")
            self.follow_kind[row.what.__name__] = owners[0]
        clashes = [n for n in self.follows if sum(n in k.events for k in self.kept.values()) > 1]
        if clashes:
            raise TypeError(f"{service.name}: events in `follows` need names of their own: {', '.join(clashes)}")
        self.echoes = {c: echoes_of(c) for c in self.accepts}
        self.hidden = frozenset(a.kind for a in service.keeps if a.hidden or service.discreet)
        self.steps = steps_topic(service.name)
        self.topics = {
            contract: events_topic(contract.about.owner) if issubclass(contract, Fact) else intake_topic(contract.about.owner, service.name)
            for contract in CATALOGUE.values()
        }

    def state(self, kind: str, row: Row) -> Any:
        """The state that a row holds."""
        return self.kept[kind].state.validate_json(row.state)


def get_args_of(service: Service, kind: str) -> tuple[type[Any], ...]:
    """The event classes of one kind."""
    domain = next(a.domain for a in service.keeps if a.kind == kind)
    return get_args(domain.Event) or (domain.Event,)


def refusal_of(contract: type[Request]) -> type[Fact]:
    """The fact that refuses this request: its own, or the service's `RequestRefused`."""
    about = contract.about
    name = about.refusal or f"be.police.cg.{about.owner}.RequestRefused.v1"
    refusal = CATALOGUE[name]
    if not issubclass(refusal, Fact):
        raise TypeError(f"{name} refuses {about.type} but is no fact")
    return refusal


def echoes_of(contract: type[Request]) -> tuple[str, ...]:
    """The fields of a request that its refusal gives back."""
    return tuple(name for name in refusal_of(contract).model_fields if name in contract.model_fields)


class Workspace:
    """Aggregates of one transaction, and what has been done to them so far."""

    def __init__(self, words: Words, telemetry: Telemetry, ids: Ids, now: datetime) -> None:
        self.words = words
        self.telemetry = telemetry
        self.ids = ids
        self.now = now
        self.stamp = now.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
        self.slots: dict[Name, Slot] = {}
        self.unreadable: dict[Name, Exception] = {}
        self.steps: list[Step] = []
        self.spans: list[Span] = []
        self.taken: list[dict[str, Any]] = []

    def fill(self, kind: str, ids: Iterable[UUID], rows: Mapping[UUID, Row]) -> None:
        """Puts loaded aggregates on the desk; those that do not exist stand there as new. One that cannot be read fails who asks for it, nobody else."""
        kept = self.words.kept[kind]
        for id_ in ids:
            row = rows.get(id_)
            if row is None:
                self.slots[kind, id_] = Slot(0, 0, kept.new, {}, {}, frozenset(), {})
            else:
                try:
                    state = kept.state.validate_json(row.state)
                    runs: dict[tuple[str, datetime], Timer | None] = {(d.name, d.at): None for d in kept.due(state)}
                except Exception as error:
                    self.unreadable[kind, id_] = error
                    continue
                self.slots[kind, id_] = Slot(row.version, row.version, state, from_json(row.told), from_json(row.matters), frozenset(runs), runs)

    def slot(self, kind: str, id_: UUID) -> Slot:
        """An aggregate as it stands now in this transaction; raises what reading its state raised."""
        if (kind, id_) in self.unreadable:
            raise self.unreadable[kind, id_]
        return self.slots[kind, id_]

    # -- applying ------------------------------------------------------------------------------------------------

    def apply(self, origin: Origin, tos: Sequence[To], *, opening: Step | None = None) -> Done:
        """Runs the commands of one origin. Raises what pure code raises; then nothing of it is kept. Call `keep` to keep it."""
        done = Done()
        span, correlation = self._context(origin, tos[0] if tos else None)
        done.span, done.correlation = span, correlation
        origin.correlation = correlation
        if opening is not None:
            done.steps.append(opening._replace(headers=with_trace(opening.headers, span.traceparent), correlation=correlation))
        kept_cause = None
        whole = origin.sort == "request" or (origin.sort == "follow" and origin.request is not None) or origin.sort == "command"
        for to in tos:
            name = (to.kind, to.id)
            slot = done.slots.get(name)
            if slot is None:
                slot = self.slot(*name).copy()
                done.slots[name] = slot
            kept = self.words.kept[to.kind]
            events = kept.decide(slot.state, to.command)
            if isinstance(events, Refused):
                if whole:
                    return Done(refused=events, to=to, span=span, correlation=correlation)
                done.steps.append(self.refusal(origin, correlation, events, to))
                done.rule = events.rule
                continue
            if not events:
                continue
            own = str(to.id)
            matter = own if to.matter is None else str(to.matter)
            if matter not in slot.matters:
                slot.matters[matter] = self._opened(origin, span, correlation)
            if kept_cause is None:
                kept_cause = json_text({"cause": self._cause(origin), "traceparent": span.traceparent, "matter": matter})
            for event in events:
                slot.state = kept.evolve(slot.state, event)
                slot.version += 1
                type_ = type(event).__name__
                done.events.append(type_)
                id_, body = self.ids.new(), json_text(event)
                done.steps.append(Step("event", id_, self.now, type_, to.kind, to.id, slot.version, None, None, kept_cause, body, None, origin.id, correlation))
                for message in kept.tell(to.id, event, slot.state):
                    self._tell(done, origin, span, correlation, slot, to, own, matter, message)
            wanted = kept.due(slot.state)
            if wanted or slot.runs:
                before = slot.runs
                slot.runs = {
                    (d.name, d.at): before[d.name, d.at]
                    if (d.name, d.at) in before
                    else Timer(to.id, d.name, d.at, d.matter, span.traceparent, origin.id, correlation)
                    for d in wanted
                }
        return done

    def keep(self, done: Done) -> None:
        """Makes what one origin did part of the transaction."""
        self.slots.update(done.slots)
        self.steps.extend(done.steps)
        if done.span is not None:
            self.spans.append(done.span)

    def _cause(self, origin: Origin) -> dict[str, Any]:
        kept = origin.kept()
        if self.words.service.discreet:
            kept["at"] = start_of(day_of(origin.at))
            kept.pop("time", None)
        return kept

    def _context(self, origin: Origin, to: To | None) -> tuple[Span, str]:
        matter = None
        if to is not None:
            matters = self.slot(to.kind, to.id).matters
            matter = matters.get(str(to.matter or to.id)) if matters else None
        own = origin.traceparent
        parent, links = own, []
        correlation = origin.correlation or (matter["c"] if matter else None) or origin.id
        if self.words.service.discreet and origin.sort not in ("request", "fact"):
            return Span(None), correlation
        if matter is not None and origin.sort in ("request", "command"):
            correlation = matter["c"]
            parent, links = matter["t"], [own] if own else []
            if self.now - datetime.fromisoformat(matter["at"]) > A_DAY:
                parent, links = None, [matter["t"], *links]
        elif origin.sort == "deadline" and own is not None and origin.since is not None and self.now - origin.since > A_DAY:
            parent, links = None, [own]
        span = self.telemetry.begin(origin, parent, links, correlation)
        return span, correlation

    def _opened(self, origin: Origin, span: Span, correlation: str) -> dict[str, Any]:
        matter: dict[str, Any] = {"t": span.traceparent, "c": correlation, "at": self.stamp}
        if origin.request is not None:
            matter["request"] = {"type": origin.request["type"], "id": origin.request["id"], "account": origin.request["account"]}
        return matter

    def _tell(self, done: Done, origin: Origin, span: Span, correlation: str, slot: Slot, to: To, own: str, matter: str, message: Contract) -> None:
        contract = type(message)
        about = contract.about
        topic = self.words.topics[contract]
        if about.owner != self.words.name and isinstance(message, Fact):
            raise TypeError(f"{about.type} is not a fact of {self.words.name}")
        subject = message.subject
        number = None
        if about.numbered and subject == own:
            number = slot.told[topic] = slot.told.get(topic, 0) + 1
        step = self._message(origin, span.traceparent, correlation, topic, message, subject, number, to)
        done.steps.append(step)
        asker = self._asker(origin, slot, matter, about.answers) if about.answers else None
        if asker is not None:
            done.steps.append(step._replace(topic=f"cg.answers.{asker}"))

    def _asker(self, origin: Origin, slot: Slot, matter: str, answers: tuple[str, ...]) -> str | None:
        request = origin.request
        if request is None or request["type"] not in answers:
            request = slot.matters[matter].get("request")
        if request is not None and request["type"] in answers and request["account"] in OUTSIDE:
            return str(request["account"])
        return None

    def _message(
        self, origin: Origin, traceparent: str | None, correlation: str, topic: str, message: Contract, subject: str, number: int | None, to: To | None
    ) -> Step:
        id_, type_ = self.ids.new(), message.about.type
        headers: dict[str, str] = {
            "specversion": "1.0",
            "id": str(id_),
            "source": self.words.source,
            "type": type_,
            "subject": subject,
            "time": self.stamp,
            "datacontenttype": "application/json",
            "correlationid": correlation,
            "causationid": origin.id,
        }
        if traceparent is not None:
            headers["traceparent"] = traceparent
        if number is not None:
            headers["sequence"] = str(number)
            headers["sequencetype"] = "Integer"
        kind, aggregate = (to.kind, to.id) if to else (None, None)
        body = message.__pydantic_serializer__.to_json(message, exclude_none=True).decode()
        return Step("message", id_, self.now, type_, kind, aggregate, None, topic, subject, json_text(headers), body, None, origin.id, correlation)

    # -- what is told of our own work ------------------------------------------------------------------------------

    def took(self, step: str, origin: Origin, tos: Iterable[To], *, correlation: str | None = None, rule: str | None = None) -> None:
        """Notes the envelope of what came and what was made of it, unless it is about an aggregate of which nothing is told."""
        if self.words.service.discreet or not self.words.hidden.isdisjoint(to.kind for to in tos):
            return
        first = next(iter(tos), None)
        subject = origin.subject or (str(first.id) if first is not None else None)
        noted = {
            "id": origin.id,
            "step": step,
            "type": origin.type,
            "source": origin.source,
            "subject": subject,
            "at": origin.time or self.stamp,
            "causationid": origin.causationid,
            "correlationid": correlation or origin.correlation or origin.id,
            "rule": rule,
            "roles": sorted(origin.actor.roles) if origin.actor is not None else None,
        }
        self.taken.append({name: value for name, value in noted.items() if value is not None})

    def took_parked(self, row: Parked) -> None:
        """Notes that an own event or a deadline is parked, in the words of who would have taken it."""
        if not self.words.service.discreet and row.topic not in self.words.hidden:
            noted = {"id": row.message_id, "step": "parked", "type": row.type, "source": self.words.source, "subject": row.subject, "rule": row.rule}
            self.taken.append({**noted, "at": self.stamp, "correlationid": row.correlation})

    def accept(self, origin: Origin, done: Done, tos: Sequence[To]) -> None:
        """Notes that a message was taken: with effect, refused by its rule, or (a request, or a fact that is to be acknowledged) without any."""
        if done.rule is not None and not done.events:
            self.took("refused", origin, tos, rule=done.rule)
        elif done.steps:
            self.took("accepted", origin, tos)
        elif origin.sort == "request":
            self.accepted(origin, done)
            self.took("accepted", origin, tos)
        elif origin.type in ACKNOWLEDGED:
            self.took("accepted", origin, ())

    def written(self) -> list[Step]:
        """What the journal is to hold: the steps, and what is told of them, at most so many in one message."""
        return [*self.steps, *(self._told(self.taken[start : start + MOST_STEPS]) for start in range(0, len(self.taken), MOST_STEPS))]

    def _told(self, taken: Sequence[dict[str, Any]]) -> Step:
        id_, name = self.ids.new(), self.words.name
        headers = {
            "specversion": "1.0",
            "id": str(id_),
            "source": self.words.source,
            "type": STEPS,
            "subject": name,
            "time": self.stamp,
            "datacontenttype": "application/json",
        }
        body = json_text({"service": name, "steps": taken})
        return Step("message", id_, self.now, STEPS, None, None, None, self.words.steps, name, json_text(headers), body, None, str(id_), str(id_))

    # -- refusing and rejecting ----------------------------------------------------------------------------------

    def refusal(self, origin: Origin, correlation: str, refused: Refused, to: To | None, traceparent: str | None = None) -> Step:
        """The journal's record of a refusal."""
        who = origin.actor
        return Step(
            step="refused",
            id=self.ids.new(),
            at=self.now,
            type=origin.type,
            kind=to.kind if to else None,
            aggregate=to.id if to else None,
            version=None,
            topic=None,
            key=None,
            headers=json_text({"cause": self._cause(origin), "traceparent": traceparent}),
            body=json_text({"rule": refused.rule, "field": refused.field, "command": type(to.command).__name__ if to else None}),
            actor=json_text({"person_id": who.person_id, "roles": sorted(who.roles), "reason": who.reason}) if who else None,
            cause=origin.id,
            correlation=correlation,
        )

    def refuse(self, done: Done, origin: Origin) -> None:
        """Answers the request that began this chain with the contract's refusal fact, copied to an outside asker; keeps nothing when it raises."""
        refused, span = done.refused, done.span
        assert refused is not None
        assert span is not None
        correlation = done.correlation
        steps = [self.refusal(origin, correlation, refused, done.to, span.traceparent)]
        request = origin.request
        if request is not None:
            contract = CATALOGUE[request["type"]]
            assert issubclass(contract, Request)
            fact = self._refusal_fact(contract, request, refused)
            step = self._message(origin, span.traceparent, correlation, self.words.topics[type(fact)], fact, fact.subject, None, None)
            steps.append(step)
            if request["account"] in OUTSIDE:
                steps.append(step._replace(topic=f"cg.answers.{request['account']}"))
        self.took("refused", origin, (done.to,) if done.to is not None else (), correlation=correlation, rule=refused.rule)
        self.spans.append(span)
        self.steps.extend(steps)

    def _refusal_fact(self, contract: type[Request], request: dict[str, Any], refused: Refused) -> Fact:
        refusal = refusal_of(contract)
        given = {**request["echo"], "rule": refused.rule, "field": refused.field}
        if "request_type" in refusal.model_fields:
            given |= {"request_type": request["type"], "request_event_id": request["id"]}
        return refusal.model_validate({k: v for k, v in given.items() if v is not None})

    def tell_publisher(self, account: str, fact: Fact, origin: Origin) -> None:
        """Tells a stranger, on its own answers topic only, what became of its record."""
        correlation = origin.correlation or origin.id
        step = self._message(origin, origin.traceparent, correlation, f"cg.answers.{account}", fact, fact.subject, None, None)
        self.steps.append(step)

    def tell(self, cause: str, topic: str, fact: Fact) -> None:
        """Says something that nobody and no event caused."""
        origin = Origin(cause, cause, cause, self.words.source, "", self.now)
        self.steps.append(self._message(origin, None, cause, topic, fact, fact.subject, None, None))

    def accepted(self, origin: Origin, done: Done) -> None:
        """Records a request that had no effect because the state already shows it."""
        traceparent = done.span.traceparent if done.span else None
        self.steps.append(
            Step(
                step="accepted",
                id=self.ids.new(),
                at=self.now,
                type=origin.type,
                kind=None,
                aggregate=None,
                version=None,
                topic=None,
                key=None,
                headers=json_text({"cause": self._cause(origin), "traceparent": traceparent}),
                body="{}",
                actor=None,
                cause=origin.id,
                correlation=done.correlation,
            )
        )

    # -- what is to be written -----------------------------------------------------------------------------------

    def rows(self) -> dict[str, list[tuple[Row, int]]]:
        """Changed aggregates by kind, each with the version it was loaded at."""
        rows: dict[str, list[tuple[Row, int]]] = {}
        for (kind, id_), slot in self.slots.items():
            if slot.version != slot.loaded:
                row = Row(id_, slot.version, json_text(slot.state), json_text(slot.told), json_text(slot.matters))
                rows.setdefault(kind, []).append((row, slot.loaded))
        return rows

    def timers(self) -> dict[str, tuple[list[UUID], list[Timer]]]:
        """Aggregates whose deadlines changed, by kind, with all deadlines that now run."""
        timers: dict[str, tuple[list[UUID], list[Timer]]] = {}
        for (kind, id_), slot in self.slots.items():
            if slot.version == slot.loaded or slot.runs.keys() == slot.ran:
                continue
            ids, rows = timers.setdefault(kind, ([], []))
            ids.append(id_)
            rows.extend(timer or Timer(id_, name, at, None, None, "", "") for (name, at), timer in slot.runs.items())
        return timers


def with_trace(headers: str, traceparent: str | None) -> str:
    """The same headers with the trace context of the step."""
    return json_text({**from_json(headers), "traceparent": traceparent})


def headers_json(headers: Collection[tuple[str, bytes | None]]) -> str:
    """Kafka headers as JSON: pairs of name and base64 value, in their order, doubles kept."""
    return json_text([[name, None if value is None else base64.b64encode(value).decode()] for name, value in headers])


def headers_back(text: str) -> tuple[tuple[str, bytes | None], ...]:
    """The headers that `headers_json` kept."""
    return tuple((name, None if value is None else base64.b64decode(value)) for name, value in from_json(text))
