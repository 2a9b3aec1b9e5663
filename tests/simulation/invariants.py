"""What must hold at the end of every seed, read from stores and topics alone."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from pydantic_core import from_json

from cg_contracts.accounts import OUTSIDE
from cg_contracts.base import CATALOGUE, Contract
from cg_contracts.oversight import StepsTakenV1
from cg_kit.pure import Cause
from cg_kit.seam import Parked, Step
from cg_kit.service import topics_of
from services.oversight import reactions
from services.oversight.domain.obligation import Cancel, Meet, Open
from tests.simulation.broker import Raw
from tests.simulation.world import SERVICES, World, words_of

APPLIED = {"event", "accepted", "refused"}


def headers(raw: Raw) -> dict[str, str]:
    """The attributes of a record, as far as they can be read."""
    return {name.removeprefix("ce_"): value.decode(errors="replace") for name, value in raw.headers if value is not None}


class Journal:
    """One service's journal, with the cause of each step read once."""

    def __init__(self, world: World, name: str) -> None:
        self.name = name
        self.store = world.stores[name]
        rows: dict[int, Step] = self.store.table("journal")
        self.steps = [rows[seq] for seq in sorted(rows)]
        self.by_cause: dict[tuple[str, str], list[Step]] = defaultdict(list)
        for step in self.steps:
            if step.step in APPLIED and (cause := from_json(step.headers).get("cause")):
                self.by_cause[cause["sort"], cause["id"]].append(step)


def violations(world: World) -> list[str]:
    """Every promise that was broken."""
    journals = {name: Journal(world, name) for name in SERVICES}
    found: list[str] = []
    for name, journal in journals.items():
        for check in (inputs, versions, timers, sent, applied_in_order, deadlines_after_backlog, commands_once, parked_keys):
            found += [f"{name}: {check.__name__}: {what}" for what in check(world, journal)]
        del name
    found += [f"listener: {what}" for what in sequences(world)]
    found += [f"answers: {what}" for what in answers(world, journals)]
    found += [f"oversight: remembered: {what}" for what in remembered(world, journals)]
    found += [f"oversight: owed: {what}" for what in owed(world)]
    found += [f"oversight: promised: {what}" for what in promised(world)]
    return found


def heard(world: World, name: str) -> Iterator[Raw]:
    """All records of the topics that a service reads."""
    for topic in topics_of(SERVICES[name]):
        for part in range(world.broker.parts(topic)):
            yield from world.broker.log((topic, part))


def inputs(world: World, journal: Journal) -> Iterator[str]:
    """Every request has exactly one outcome: applied, refused, rejected or parked; a fact has no effect twice."""
    parked: dict[tuple[str, int, int], Parked] = {}
    for one in journal.store.table("parked").values():
        if one.origin == "record":
            if (one.topic, one.part, one.offset) in parked:
                yield f"{one.topic}/{one.part}/{one.offset} is parked twice"
            parked[one.topic, one.part, one.offset] = one
    rejected = Counter((one.topic, one.part, one.offset) for one in journal.store.table("rejected").values())
    first: dict[tuple[str, str], Raw] = {}
    for raw in heard(world, journal.name):
        about = headers(raw)
        place = (raw.topic, raw.partition, raw.offset)
        identity = (about.get("source", ""), about.get("id", ""))
        aside = rejected[place] + (place in parked and parked[place].state != "applied")
        again = first.get(identity)
        if again is not None and identity != ("", ""):
            if again.value == raw.value and aside and not rejected[again.topic, again.partition, again.offset]:
                yield f"{place} came before and was not dropped"
            if again.value != raw.value and aside != 1:
                yield f"{place} came before with other content and was neither rejected nor parked"
            continue
        first[identity] = raw
        sort = "request" if ".intake." in raw.topic else "fact"
        rows = journal.by_cause[sort, about.get("id", "")]
        twice = [key for key, n in Counter((s.type, s.kind, s.aggregate, s.body) for s in rows if s.step == "event").items() if n > 1]
        if twice:
            yield f"{place} {about.get('type')} had an effect twice: {twice[0][0]}"
        if sort == "request":
            outcomes = any(s.step == "event" for s in rows) + sum(s.step in ("accepted", "refused") for s in rows) + aside
            if outcomes != 1:
                yield f"{place} {about.get('type')} {about.get('id')} has {outcomes} outcomes: {[(s.step, s.seq) for s in rows]}"


def versions(world: World, journal: Journal) -> Iterator[str]:
    """An aggregate's events are numbered without gaps in the order of the journal, and together they are its state."""
    events: dict[tuple[str, Any], list[Step]] = defaultdict(list)
    for step in journal.steps:
        if step.step == "event" and step.kind:
            events[step.kind, step.aggregate].append(step)
    for kind, kept in words_of(journal.name).kept.items():
        rows = journal.store.table(kind)
        for id_ in rows.keys() | {i for k, i in events if k == kind}:
            steps = events[kind, id_]
            if [s.version for s in steps] != list(range(1, len(steps) + 1)):
                yield f"{kind} {id_} has versions {[s.version for s in steps]}"
                continue
            if id_ not in rows or rows[id_].version != len(steps):
                yield f"{kind} {id_} stands at {rows[id_].version if id_ in rows else None} after {len(steps)} events"
                continue
            state = kept.new
            for step in steps:
                state = kept.evolve(state, kept.events[step.type].validate_json(step.body))
            if state != kept.state.validate_json(rows[id_].state):
                yield f"{kind} {id_} is not what its events say"


def timers(world: World, journal: Journal) -> Iterator[str]:
    """Open timers are what `due` says, less what has fired; nothing fires twice."""
    table = journal.store.table("timer")
    for kind, kept in words_of(journal.name).kept.items():
        for id_, row in journal.store.table(kind).items():
            due = {(d.name, d.at) for d in kept.due(kept.state.validate_json(row.state))}
            opened = {(key[2], key[3]) for key, (_, fired_at) in table.items() if key[:2] == (kind, id_) and fired_at is None}
            fired = {(key[2], key[3]) for key, (_, fired_at) in table.items() if key[:2] == (kind, id_) and fired_at is not None}
            if opened - due or due - opened - fired:
                yield f"{kind} {id_} wants {sorted(due)} but {sorted(opened)} are open"
    fired_steps = Counter((s.kind, s.aggregate, s.type, from_json(s.headers)["at"]) for s in journal.steps if s.step == "deadline")
    for key, n in fired_steps.items():
        if n > 1:
            yield f"{key} fired {n} times"


def sent(world: World, journal: Journal) -> Iterator[str]:
    """What stands in the journal stands on its topic, in the same order; copies come later than the first of each."""
    wanted: dict[str, list[str]] = defaultdict(list)
    for step in journal.steps:
        if step.topic is not None:
            wanted[step.topic].append(str(step.id))
    order = {(topic, id_): n for topic, ids in wanted.items() for n, id_ in enumerate(ids)}
    for topic, ids in wanted.items():
        got: set[str] = set()
        for part in range(world.broker.parts(topic)):
            seen: list[int] = []
            for raw in world.broker.log((topic, part)):
                id_ = headers(raw).get("id", "")
                if (topic, id_) in order and id_ not in got:
                    got.add(id_)
                    seen.append(order[topic, id_])
            if seen != sorted(seen):
                yield f"{topic}/{part} is not in the order of the journal"
        if missing := [id_ for id_ in ids if id_ not in got]:
            yield f"{len(missing)} messages of {topic} were never sent, the first {missing[0]}"


def applied_in_order(world: World, journal: Journal) -> Iterator[str]:
    """What one sender says of one subject is applied in the order in which it was said."""
    passed = {(one.topic, one.part, one.offset) for one in journal.store.table("parked").values() if one.state == "discarded"}
    last: dict[tuple[str, str, str], int] = {}
    known: set[tuple[str, str]] = set()
    for raw in heard(world, journal.name):
        about = headers(raw)
        identity = (about.get("source", ""), about.get("id", ""))
        sort = "request" if ".intake." in raw.topic else "fact"
        rows = journal.by_cause[sort, identity[1]]
        if not rows or identity in known or (raw.topic, raw.partition, raw.offset) in passed:
            continue
        known.add(identity)
        key = (raw.topic, about["source"], about["subject"])
        if rows[0].seq < last.get(key, 0):
            yield f"{about['type']} of {about['subject']} was applied before one that was said earlier"
        last[key] = max(last.get(key, 0), rows[-1].seq)


def deadlines_after_backlog(world: World, journal: Journal) -> Iterator[str]:
    """A deadline fires only after all that was said before its instant has been taken."""
    requests: list[tuple[datetime, int, str]] = []
    known: set[str] = set()
    parked = {one.message_id for one in journal.store.table("parked").values()}
    for raw in heard(world, journal.name):
        id_ = headers(raw).get("id", "")
        rows = journal.by_cause["request" if ".intake." in raw.topic else "fact", id_]
        if rows and id_ not in known and id_ not in parked:
            known.add(id_)
            requests.append((datetime.fromtimestamp(raw.timestamp / 1000, world.now().tzinfo), rows[0].seq, id_))
    for step in journal.steps:
        if step.step != "deadline":
            continue
        at = datetime.fromisoformat(from_json(step.headers)["at"])
        offset = max((offset for real, offset in world.moves if real <= step.at), default=None)
        for said, seq, id_ in requests:
            if seq > step.seq and (said + offset if offset is not None else said) <= at and said <= step.at:
                yield f"deadline {step.type} of {at} fired before {id_}, said at {said}"
                return


def commands_once(world: World, journal: Journal) -> Iterator[str]:
    """A person's command that was sent again has one effect."""
    effects: Counter[tuple[str, str, str]] = Counter()
    applied = {from_json(s.headers)["cause"]["id"] for s in journal.steps if s.step == "event" and from_json(s.headers)["cause"]["sort"] == "command"}
    for step in journal.steps:
        if step.step == "command" and str(step.id) in applied:
            effects[step.type, step.actor or "", from_json(step.headers)["at"]] += 1
    for (type_, _, at), n in effects.items():
        if n > 1:
            yield f"command {type_} of {at} had an effect {n} times"


def parked_keys(world: World, journal: Journal) -> Iterator[str]:
    """What waits is behind a blocked key, and a blocked key has something waiting."""
    waiting = {one.block for one in journal.store.table("parked").values() if one.state == "waiting" and one.block is not None}
    blocked = set(journal.store.table("blocked"))
    if waiting != blocked:
        yield f"waiting {sorted(waiting - blocked)} without a block, blocked {sorted(blocked - waiting)} without a record"


def sequences(world: World) -> Iterator[str]:
    """At every listener the numbers of an aggregate's facts rise by one, once repeated records are dropped."""
    for (topic, part), log in world.broker.logs.items():
        if not topic.endswith(".events"):
            continue
        last: dict[str, int] = {}
        seen: set[str] = set()
        for raw in log:
            about = headers(raw)
            if about["id"] in seen or "sequence" not in about:
                continue
            seen.add(about["id"])
            if int(about["sequence"]) != last.get(about["subject"], 0) + 1:
                yield f"{topic}/{part} {about['subject']} has {about['sequence']} after {last.get(about['subject'], 0)}"
            last[about["subject"]] = int(about["sequence"])


def remembered(world: World, journals: dict[str, Journal]) -> Iterator[str]:
    """Oversight remembers every fact that was told, and every command and every request that was taken, but what is hidden from it."""
    kept = world.stores["oversight"].table("remembered")
    passed = {(one.topic, one.part, one.offset) for one in world.stores["oversight"].table("parked").values() if one.state == "discarded"}
    if passed:
        return
    for (topic, _), log in world.broker.logs.items():
        if topic.endswith(".events"):
            for raw in log:
                if (headers(raw)["id"], topic.split(".")[1], "said") not in kept:
                    yield f"{headers(raw)['type']} {headers(raw)['id']} was told and is not remembered"
    for name, journal in journals.items():
        if SERVICES[name].discreet:
            if secret := [key for key in kept if key[1] == name and key[2] != "said"]:
                yield f"{secret[0]} of {name}, which is discreet, is known"
            continue
        refused = {step.cause for step in journal.steps if step.step == "refused"}
        hidden = words_of(name).hidden
        for step in journal.steps:
            if step.step == "command" and step.kind not in hidden and str(step.id) not in refused and (str(step.id), name, "commanded") not in kept:
                yield f"command {step.type} {step.id} of {name} is not remembered"
        for (sort, cause), rows in journal.by_cause.items():
            if (
                sort == "request"
                and rows
                and hidden.isdisjoint(row.kind for row in rows)
                and not {(cause, name, step) for step in ("accepted", "refused")} & kept.keys()
            ):
                yield f"request {cause} of {name} was taken and is not remembered"


def owed(world: World) -> Iterator[str]:
    """What is owed is met, late, or not yet due; what was met has its proof, and nothing is owed that no message opened."""
    kept = {key[0] for key in world.stores["oversight"].table("remembered")}
    state = words_of("oversight").kept["obligation"].state
    for id_, row in world.stores["oversight"].table("obligation").items():
        it = state.validate_json(row.state)
        if it.status == "NEW":
            continue
        if it.because_of not in kept:
            yield f"{it.name} {id_} was opened by {it.because_of}, which nobody said"
        if it.status == "MET" and (it.proof is None or it.proof.id not in kept):
            yield f"{it.name} {id_} was met without proof"
        if it.status == "OPEN" and it.due_at <= world.now() and it.missed_at is None:
            yield f"{it.name} {id_} is late since {it.due_at} and nobody was told"


def promised(world: World) -> Iterator[str]:
    """What was said opened and met what the declarations say, whatever was read first: an obligation is met, late, or open since nobody has said its proof.

    Where the clock was moved before the trigger was read, a proof that has no order with it may have been read before that move, hence earlier than it.
    """
    kept, table = words_of("oversight").kept["obligation"], world.stores["oversight"].table("obligation")
    if any(one.state == "discarded" for one in world.stores["oversight"].table("parked").values()):
        return
    opened: dict[UUID, list[tuple[int, str]]] = defaultdict(list)
    over: dict[UUID, list[tuple[int, bool]]] = defaultdict(list)
    for (topic, _), log in world.broker.logs.items():
        if topic.endswith((".events", ".steps")):
            for raw in log:
                about = headers(raw)
                message = CATALOGUE[about["type"]].model_validate_json(raw.value or b"")
                for id_, command in meant(message, Cause(about["id"], about["type"], about["source"], topic.split(".")[1], world.now())):
                    if isinstance(command, Open):
                        opened[id_].append((raw.timestamp, command.because_of))
                    else:
                        over[id_].append((raw.timestamp, command.ordered))
    for id_, said in opened.items():
        state = kept.state.validate_json(table[id_].state) if id_ in table else kept.new
        if state.status == "NEW":
            yield f"{id_} was opened by {said[0][1]} and is not there"
        elif state.status == "OPEN":
            began = min(at for at, because in said if because == state.because_of)
            moved = state.opened_at - datetime.fromtimestamp(began / 1000, UTC) > timedelta(seconds=1)
            if any(at > max(began, *(at for at, _ in said)) for at, ordered in over[id_] if ordered or not moved):
                yield f"{state.name} {id_} is open though its proof was said"


def meant(message: Contract, cause: Cause) -> Iterator[tuple[UUID, Any]]:
    """What a message opens, proves or ends of what is owed."""
    reaction = reactions.hear_steps if isinstance(message, StepsTakenV1) else reactions.hear
    for to in reaction(message, cause):  # type: ignore[arg-type]
        if to.kind == "obligation" and isinstance(to.command, Open | Meet | Cancel):
            yield to.id, to.command


def answers(world: World, journals: dict[str, Journal]) -> Iterator[str]:
    """Each outside account finds on its answers topic what became of each request."""
    for name, journal in journals.items():
        told: dict[str, list[str]] = defaultdict(list)
        for account in OUTSIDE:
            for raw in world.broker.log((f"cg.answers.{account}", 0)):
                told[headers(raw).get("causationid", "")].append(headers(raw)["type"].rsplit(".", 2)[-2])
        rejections = Counter(
            (data["topic"], data["partition"], data["offset"])
            for account in OUTSIDE
            for raw in world.broker.log((f"cg.answers.{account}", 0))
            if headers(raw)["type"].endswith(".MessageRejected.v1")
            for data in [from_json(raw.value or b"{}")]
        )
        for one in journal.store.table("rejected").values():
            if not rejections[one.topic, one.part, one.offset]:
                yield f"{name}: {one.topic}/{one.part}/{one.offset} was rejected and nobody was told"
        for raw in heard(world, name):
            _, _, account = raw.topic.partition(".intake.")
            if account not in OUTSIDE:
                continue
            about = headers(raw)
            rows = journal.by_cause["request", about.get("id", "")]
            said = told[about.get("id", "")]
            if any(s.step == "refused" for s in rows) and not any("Refused" in s or "Rejected" in s for s in said):
                yield f"{name}: {about['type']} {about['id']} was refused and nobody was told"
            if "ScreeningRequested" in about.get("type", "") and any(s.step == "event" for s in rows) and "ScreeningCaseOpened" not in said:
                yield f"{name}: {about['id']} opened a case and nobody was told"
            if (
                "AppointmentRequested" in about.get("type", "")
                and any(s.step == "event" for s in rows)
                and not ({"AppointmentProposed", "RequestRefused"} & set(said))
            ):
                yield f"{name}: {about['id']} was taken and nobody was told"
