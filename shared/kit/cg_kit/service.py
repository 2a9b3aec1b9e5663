"""A service as data: what it keeps, hears, accepts and follows, in one table."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol
from uuid import UUID

from cg_contracts.base import Contract
from cg_contracts.topics import told_on, topics
from cg_kit.pure.words import Deadline, On, Refused, Remembered
from cg_kit.seam import Place

if TYPE_CHECKING:
    from fastapi import APIRouter


class Domain(Protocol):
    """What an aggregate's module offers: its state before anything happened, the union of its events (of its commands too), and three pure functions."""

    @property
    def NEW(self) -> Any:  # noqa: N802  (a constant of the module)
        """The state of an aggregate to which nothing ever happened."""

    @property
    def Event(self) -> Any:  # noqa: N802
        """The union of all that happens to it: what the journal keeps."""

    def decide(self, state: Any, command: Any, /) -> list[Any] | Refused:
        """What a command makes of it."""

    def evolve(self, state: Any, event: Any, /) -> Any:
        """The state after an event."""

    def due(self, state: Any, /) -> set[Deadline]:
        """The deadlines that run while the state is as it is."""


@dataclass(frozen=True, slots=True)
class Aggregate:
    """What a service keeps: its kind (also the table's name), its domain module, and how its events are told to others."""

    kind: str
    domain: Domain
    tell: Callable[[UUID, Any, Any], Iterable[Contract]]
    """`tell(id, event, state)`: the public messages of one event; `state` is the state after it."""
    hidden: bool = False
    """Nothing that is asked of it goes to `.steps`, where who asked, in which role and when could be read."""


@dataclass(frozen=True, slots=True)
class Service:
    """The whole service. `hears`: facts of others; `accepts`: requests to its intake; `follows`: own events that command other aggregates."""

    name: str
    keeps: tuple[Aggregate, ...]
    hears: tuple[On, ...] = ()
    accepts: tuple[On, ...] = ()
    follows: tuple[On, ...] = ()
    api: APIRouter | None = None
    rules: dict[str, dict[str, str]] | None = None
    """The text of each rule a person may meet, as rule -> {nl, fr, en}."""
    holds: str | None = None
    """SQL for what of a person ($1) is not over, as (kind, id): while there is any, the person is not forgotten unless that is said."""
    discreet: bool = False
    """Whoever reads its journal, logs and traces learns no hour: rows, ids and instants are of the day, what began with a person
    leaves no trace, and nothing of it goes to `.steps`."""
    bodies: Mapping[str, int] | None = None
    """Where a larger body than usual is taken over HTTP: the beginning of the path -> bytes."""
    remembers: Callable[[Contract, Remembered], Iterable[Remembered]] | None = None
    """What of each fact that is heard is kept in the table `remembered`, in the transaction that takes it; given is the fact and its own envelope."""


def topics_of(service: Service) -> list[str]:
    """The topics that a service reads: the intakes of all who may ask it, and the facts it hears."""
    intakes = {f"cg.{service.name}.intake.{account}" for row in service.accepts for account in row.what.about.by}
    facts = {topic for row in service.hears for topic in told_on(row.what)}
    return sorted(intakes | facts)


def places_of(service: Service) -> list[Place]:
    """Their partitions, as many as are declared: a topic never grows."""
    declared = {topic.name: topic.partitions for topic in topics()}
    return [(name, part) for name in topics_of(service) for part in range(declared[name])]
