"""The words between a service's pure functions and the engine that runs them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha1
from typing import Any, NamedTuple
from uuid import UUID

from cg_kit import uuids


@dataclass(frozen=True, slots=True)
class Deadline:
    """A deadline that runs while the state is as it is; `matter` names the open matter it belongs to, by default the aggregate."""

    name: str
    at: datetime
    matter: UUID | None = None


@dataclass(frozen=True, slots=True)
class Due:
    """The command an aggregate gets, once for ever, when its deadline `name` of instant `at` has fallen due."""

    name: str
    at: datetime


@dataclass(frozen=True, slots=True)
class To:
    """A command for one aggregate. `matter` names the open matter inside it (an assignment inside its post), by default the aggregate itself."""

    kind: str
    id: UUID
    command: Any
    matter: UUID | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """`decide` says no, with the rule's name (`SCR-1`) and, where one field is to blame, that field."""

    rule: str
    field: str | None = None


@dataclass(frozen=True, slots=True)
class Actor:
    """The person behind a command: who, in which roles, and why."""

    person_id: UUID
    roles: frozenset[str]
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Cause:
    """Why a reaction runs.

    `id` is the message (or command, or deadline) that began this step, `at` the instant of domain time at which this service first had it,
    `account` the broker account that said it ("" for a person or a deadline), `vault` the entry that holds the message's personal data,
    `aggregate` the one whose own event is followed.
    """

    id: str
    type: str
    source: str
    account: str
    at: datetime
    vault: UUID | None = None
    actor: Actor | None = None
    aggregate: UUID | None = None


class Remembered(NamedTuple):
    """The envelope of something that was heard, as a service that remembers keeps it: `service` did `step` with it, for the first time at `at` (real time)."""

    id: str
    service: str
    step: str
    type: str
    source: str
    subject: str | None
    at: datetime
    causationid: str | None
    correlationid: str | None
    rule: str | None = None
    roles: str | None = None


@dataclass(frozen=True, slots=True)
class On:
    """One row of a service's table: this message (or own event) makes these commands."""

    what: type[Any]
    reaction: Callable[[Any, Cause], Iterable[To]] = field(repr=False)


def on(what: type[Any], reaction: Callable[[Any, Cause], Iterable[To]]) -> On:
    """Says which pure function turns this message, or this event of our own, into commands."""
    return On(what, reaction)


HOUSE = UUID("5b0f6c8e-7a5e-5c55-9c0a-2d1f0c9a4e01").bytes
"""Namespace of the names below."""


def named(*parts: object) -> UUID:
    """The id that belongs to a name, always the same: what a request opens is `named(account, request_id)`, so nobody can reach into another's."""
    name = "\n".join(map(str, parts))
    made = int.from_bytes(sha1(HOUSE + name.encode()).digest()[:16])  # noqa: S324  (RFC 9562 says SHA-1)
    return uuids.UUID((made & ~(0xF << 76 | 0x3 << 62) | 0x5 << 76 | 0x2 << 62).to_bytes(16))
