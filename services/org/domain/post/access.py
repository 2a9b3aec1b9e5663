"""The access that goes with a post: granted to who acts in it, suspended at once, technically off when somebody confirms it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import assert_never
from uuid import UUID

from cg_contracts.org import Sensitivity
from cg_kit.pure import Deadline, Refused, named
from services.org.domain.post.fitness import cleared_to, covers, is_fit
from services.org.domain.post.state import Access, Assignment, Entitlement, Post, Resource, entitled

REVOCATION = timedelta(hours=1)
"""Within this time of its suspension somebody confirms that access is technically off (ruling on entitlements)."""


@dataclass(frozen=True, slots=True)
class ConfirmRevocation:
    """A security officer confirms that the person's access is technically off."""

    entitlement_id: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class AccessGranted:
    """The holder has access to a resource, for the first time or again."""

    assignment_id: UUID
    entitlement_id: UUID
    resource: Resource
    at: datetime


@dataclass(frozen=True, slots=True)
class AccessSuspended:
    """The holder may not use a resource; that it is technically off is to be confirmed by `revoke_by`."""

    assignment_id: UUID
    entitlement_id: UUID
    reason_code: str
    at: datetime
    revoke_by: datetime


@dataclass(frozen=True, slots=True)
class AccessRevoked:
    """Access to a resource is technically off."""

    assignment_id: UUID
    entitlement_id: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class RevocationMissed:
    """Nobody has confirmed in time that access is off."""

    assignment_id: UUID
    entitlement_id: UUID
    due_at: datetime


Event = AccessGranted | AccessSuspended | AccessRevoked | RevocationMissed


def decide(post: Post, command: ConfirmRevocation) -> Sequence[Event] | Refused:
    """Only what is suspended can be off."""
    match entitled(post, command.entitlement_id):
        case None:
            return Refused("ORG-ENTITLEMENT", "entitlement_id")
        case it, Entitlement(access=Access.SUSPENDED):
            return [AccessRevoked(it.id, command.entitlement_id, command.at)]
        case _, Entitlement(access=Access.REVOKED):
            return []
        case _:
            return Refused("ORG-STATE")


def suspended(post: Post, it: Assignment, reason_code: str, at: datetime) -> list[Event]:
    """Suspends what is above the remaining level; without the advice that the post asks, everything."""
    level = cleared_to(it, at)
    everything = post.seat is not None and post.seat.sensitivity is Sensitivity.ADVICE_REQUIRED and not is_fit(post, it, at)
    return [
        AccessSuspended(it.id, each.id, reason_code, at, at + REVOCATION)
        for each in it.entitlements
        if each.access is Access.GRANTED and (everything or not covers(level, each.resource.required_level))
    ]


def granted(post: Post, it: Assignment, at: datetime) -> list[Event]:
    """Access to all resources of the post that the clearance covers, for who starts in it, or starts again."""
    level = cleared_to(it, at)
    again = {each.resource: each.id for each in it.entitlements if each.access is Access.SUSPENDED}
    has = {each.resource for each in it.entitlements if each.access is Access.GRANTED}
    resources = [each for each in (post.seat.resources if post.seat else ()) if each not in has and covers(level, each.required_level)]
    return [AccessGranted(it.id, again.get(each) or named("entitlement", it.id, each.code, at.isoformat()), each, at) for each in resources]


def expired(it: Assignment, at: datetime) -> tuple[Entitlement, ...]:
    """The entitlements of who no longer holds the post: what was granted ends with it."""
    return tuple(replace(each, access=Access.EXPIRED, valid_to=at, recorded_at=at) if each.access is Access.GRANTED else each for each in it.entitlements)


def fall_due(post: Post, entitlement_id: UUID, at: datetime) -> list[Event]:
    """Nobody has confirmed in time."""
    owed = entitled(post, entitlement_id)
    return [] if owed is None or owed[1].access is not Access.SUSPENDED or owed[1].late else [RevocationMissed(owed[0].id, owed[1].id, at)]


def evolve(it: Assignment, event: Event) -> Assignment:
    """The assignment with the access that it gives."""
    match event:
        case AccessGranted(_, entitlement_id, resource, at):
            others = tuple(each for each in it.entitlements if each.id != entitlement_id)
            since = next((each.valid_from for each in it.entitlements if each.id == entitlement_id), at)
            return replace(it, entitlements=(*others, Entitlement(entitlement_id, resource, Access.GRANTED, since, at)))
        case AccessSuspended(_, entitlement_id, reason_code, at, revoke_by):
            change = partial(replace, access=Access.SUSPENDED, recorded_at=at, reason_code=reason_code, revoke_by=revoke_by)
            return _changed(it, entitlement_id, change)
        case AccessRevoked(_, entitlement_id, at):
            return _changed(it, entitlement_id, partial(replace, access=Access.REVOKED, recorded_at=at, valid_to=at))
        case RevocationMissed(_, entitlement_id, _):
            return _changed(it, entitlement_id, partial(replace, late=True))
        case _:
            assert_never(event)


def _changed(it: Assignment, entitlement_id: UUID, change: Callable[[Entitlement], Entitlement]) -> Assignment:
    return replace(it, entitlements=tuple(change(each) if each.id == entitlement_id else each for each in it.entitlements))


def deadlines(it: Assignment) -> Iterator[Deadline]:
    """By when it must be confirmed that access is off."""
    for each in it.entitlements:
        if each.access is Access.SUSPENDED and each.revoke_by is not None and not each.late:
            yield Deadline(f"revoke:{each.id}", each.revoke_by, it.id)
