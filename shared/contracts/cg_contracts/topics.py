"""Which topics exist and who may do what on the broker: all of it follows from the contracts and from what each service hears."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from cg_contracts import audit, innovation, integrity, org, oversight, screening
from cg_contracts.accounts import OUTSIDE, SERVICES
from cg_contracts.base import CATALOGUE, Contract, Fact, Request

DAY_MS = 24 * 60 * 60 * 1000
FOR_EVER = {"retention.ms": "-1", "retention.bytes": "-1"}
STAMPED = {"message.timestamp.type": "LogAppendTime"}
"""The broker's own time stands on every record, so nobody can date a record."""

CLOCK = "cg.clock"
"""Domain time, which only the account `clock` moves."""

ANSWERS = "cg.answers."
"""What a topic with answers begins with; the account follows."""

WRITES_NOTHING = frozenset({"operator"})
MODULES = (org, screening, audit, integrity, innovation, oversight)
"""The modules of contracts, one for each service; importing them fills the catalogue."""

Hears = Mapping[str, Iterable[type[Fact]]]
"""Service -> the facts of others that its table names."""


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic as it is to be made: number of partitions and the broker's settings for it."""

    name: str
    partitions: int
    config: Mapping[str, str] = field(hash=False)


@dataclass(frozen=True, slots=True, order=True)
class Acl:
    """One thing an account may do. `resource`: TOPIC or GROUP; `operation`: READ or WRITE; `pattern`: LITERAL or PREFIXED."""

    account: str
    resource: str
    name: str
    operation: str
    pattern: str = "LITERAL"


def events_topic(service: str) -> str:
    """Where a service tells its facts."""
    return f"cg.{service}.events"


def steps_topic(service: str) -> str:
    """Where a service says what it did with what came to it; only oversight reads it."""
    return f"cg.{service}.steps"


def told_on(fact: type[Contract]) -> tuple[str, ...]:
    """The topics on which a fact is told: its owner's `.events`, and what every service says of its work on the `.steps` of each."""
    if fact is oversight.StepsTakenV1:
        return tuple(steps_topic(service) for service in SERVICES)
    return (events_topic(fact.about.owner),)


def intake_topic(service: str, account: str) -> str:
    """Where this account asks things of that service."""
    return f"cg.{service}.intake.{account}"


def answers_topic(account: str) -> str:
    """Where an outside account reads what became of its requests."""
    return f"{ANSWERS}{account}"


def publishers() -> tuple[str, ...]:
    """The outside accounts that can be answered: all but who only reads and who only moves the clock."""
    return tuple(account for account in OUTSIDE if account not in WRITES_NOTHING | {"clock"})


def requests_to(service: str) -> tuple[type[Contract], ...]:
    """What can be asked of a service."""
    return tuple(c for c in CATALOGUE.values() if issubclass(c, Request) and c.about.owner == service)


def intakes(service: str) -> tuple[str, ...]:
    """The intake topics of a service, one for each account that may ask it something, service or stranger alike."""
    accounts = sorted({account for contract in requests_to(service) for account in contract.about.by})
    return tuple(intake_topic(service, account) for account in accounts)


def words_to_publishers(owner: str) -> frozenset[str]:
    """The types that a service says on answers topics only: what became of a record that was published."""
    return frozenset(f"be.police.cg.{owner}.{name}.v1" for name in ("MessageRejected", "SequenceGapNoticed"))


def answered_with(account: str) -> tuple[type[Contract], ...]:
    """What an outside account may find on its answers topic: answers and refusals of its own requests, and what was rejected."""
    asked = {c.about.type: c for c in CATALOGUE.values() if account in c.about.by}
    owners = {c.about.owner for c in asked.values()}
    refusals = {c.about.refusal or f"be.police.cg.{c.about.owner}.RequestRefused.v1" for c in asked.values()}
    rejections = {type_ for owner in owners for type_ in words_to_publishers(owner)}
    return tuple(c for c in CATALOGUE.values() if set(c.about.answers) & asked.keys() or c.about.type in refusals | rejections)


def spoken_on(topic: str) -> tuple[type[Contract], ...]:
    """The messages of a topic."""
    if topic.startswith(ANSWERS):
        return answered_with(topic.removeprefix(ANSWERS))
    owner, _, account = topic.removeprefix("cg.").partition(".intake.")
    if account:
        return tuple(c for c in requests_to(owner) if account in c.about.by)
    if owner.endswith(".steps"):
        return (oversight.StepsTakenV1,)
    owner = owner.removesuffix(".events")
    apart = words_to_publishers(owner) | {oversight.StepsTakenV1.about.type}
    return tuple(c for c in CATALOGUE.values() if issubclass(c, Fact) and c.about.owner == owner and c.about.type not in apart)


def listeners(contract: type[Contract], hears: Hears) -> tuple[str, ...]:
    """The accounts that get this message: who hears a fact or is asked a request, who asked what it answers, and `operator` for what stands on `.events`."""
    if issubclass(contract, Request):
        return (contract.about.owner,)
    services = [service for service in SERVICES if contract in tuple(hears.get(service, ()))]
    outside = [account for account in publishers() if contract in answered_with(account)]
    reader = ["operator"] if contract in spoken_on(events_topic(contract.about.owner)) else []
    return (*services, *outside, *reader)


def speakers(contract: type[Contract]) -> tuple[str, ...]:
    """The accounts that may say this message."""
    if contract is oversight.StepsTakenV1:
        return SERVICES
    return tuple(contract.about.by) if issubclass(contract, Request) else (contract.about.owner,)


def topics() -> tuple[Topic, ...]:
    """Every topic of the house."""
    found: list[Topic] = []
    for service in SERVICES:
        found.append(Topic(events_topic(service), 12, {"cleanup.policy": "delete", **FOR_EVER, **STAMPED}))
        found.extend(Topic(name, 3, {"cleanup.policy": "delete", "retention.ms": str(14 * DAY_MS), **STAMPED}) for name in intakes(service))
        found.append(Topic(steps_topic(service), 3, {"cleanup.policy": "delete", "retention.ms": str(90 * DAY_MS), **STAMPED}))
    kept = {"cleanup.policy": "delete", "retention.ms": str(90 * DAY_MS), **STAMPED}
    found.extend(Topic(answers_topic(account), 1, kept) for account in publishers())
    found.append(Topic(CLOCK, 1, {"cleanup.policy": "compact", **STAMPED}))
    return tuple(found)


def writes(account: str) -> tuple[str, ...]:
    """The topics an account may write."""
    asks = sorted(intake_topic(c.about.owner, account) for c in CATALOGUE.values() if issubclass(c, Request) and account in c.about.by)
    mine: list[str] = list(dict.fromkeys(asks))
    if account in SERVICES:
        mine = [events_topic(account), steps_topic(account), *mine, *(answers_topic(outside) for outside in publishers())]
    if account == "clock":
        mine.append(CLOCK)
    return tuple(mine)


def reads(account: str, hears: Hears) -> tuple[str, ...]:
    """The topics an account may read; `hears` says which facts each service's table names."""
    if account in SERVICES:
        heard = sorted({topic for fact in hears.get(account, ()) for topic in told_on(fact)})
        return (*heard, *intakes(account), CLOCK)
    if account == "operator":
        return (*(events_topic(service) for service in SERVICES), CLOCK)
    if account == "clock":
        return (CLOCK,)
    return (answers_topic(account),)


def acls(hears: Hears) -> tuple[Acl, ...]:
    """Everything that is allowed on the broker; what is not here is forbidden. A group is named for its account (or `<account>.<more>` for strangers)."""
    rights: set[Acl] = set()
    for account in (*SERVICES, *OUTSIDE):
        rights.update(Acl(account, "TOPIC", topic, "WRITE") for topic in writes(account))
        rights.update(Acl(account, "TOPIC", topic, "READ") for topic in reads(account, hears))
        rights.add(Acl(account, "GROUP", account, "READ"))
        if account in OUTSIDE:
            rights.add(Acl(account, "GROUP", f"{account}.", "READ", "PREFIXED"))
    return tuple(sorted(rights))
