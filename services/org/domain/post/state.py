"""What a post is: its seat, who was ever proposed for it, what that rests on, the access that goes with it, and its mandates."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from cg_contracts.levels import Level
from cg_contracts.org import AppointmentKind, Sensitivity
from services.org.domain import absence
from services.org.domain.absence import Absences
from services.org.domain.mandate import Mandate
from services.org.domain.words import Labels


class Status(StrEnum):
    """Whether the post can be filled. It exists for others once it is approved."""

    NEW = "new"
    PROPOSED = "proposed"
    VACANT = "vacant"
    RESERVED = "reserved"
    FILLED = "filled"
    ABOLISHED = "abolished"


class Standing(StrEnum):
    """How far an assignment is."""

    PROPOSED = "proposed"
    SCREENING_PENDING = "screening_pending"
    CONFIRMED = "confirmed"
    ACTIVE = "active"
    SUSPENDED = "suspended"
    REJECTED = "rejected"
    ENDED = "ended"


class Access(StrEnum):
    """Whether an entitlement lets its holder in. Revoked: a security officer has confirmed that it is technically off."""

    GRANTED = "granted"
    SUSPENDED = "suspended"
    REVOKED = "revoked"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class Resource:
    """Something that the post gives access to, and the level of clearance that this takes (none: no clearance)."""

    code: str
    required_level: Level | None = None


@dataclass(frozen=True, slots=True)
class Entitlement:
    """The holder's access to one resource, in [valid_from, valid_to)."""

    id: UUID
    resource: Resource
    access: Access
    valid_from: datetime
    recorded_at: datetime
    valid_to: datetime | None = None
    reason_code: str | None = None
    revoke_by: datetime | None = None
    late: bool = False


@dataclass(frozen=True, slots=True)
class Advice:
    """A positive security advice, which counts before the instant `until` (none: no end was said)."""

    case_id: UUID
    until: datetime | None


@dataclass(frozen=True, slots=True)
class Clearance:
    """A clearance, which counts from its briefing on and before it expires."""

    id: UUID
    level: Level
    expires_at: datetime
    briefed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Spell:
    """How the post is held in [valid_from, valid_to), as we knew it in [recorded_at, superseded_at). Never overwritten: only superseded (ORG-6)."""

    standing: Standing
    valid_from: date
    valid_to: date | None
    recorded_at: datetime
    superseded_at: datetime | None = None

    def holds(self, on: date, known_at: datetime) -> bool:
        """Whether this was known at an instant, and is about that day."""
        known = self.recorded_at <= known_at and (self.superseded_at is None or known_at < self.superseded_at)
        return known and self.valid_from <= on and (self.valid_to is None or on < self.valid_to)


@dataclass(frozen=True, slots=True)
class Assignment:
    """One person in the post, in [valid_from, valid_to), with what it rests on and the access it gives; `history` is all that was ever known of who held it."""

    id: UUID
    request_id: UUID
    person_id: UUID
    kind: AppointmentKind
    decision_ref: str
    valid_from: date
    recorded_at: datetime
    valid_to: date | None = None
    standing: Standing = Standing.PROPOSED
    case_id: UUID | None = None
    application_id: UUID | None = None
    decision_due_at: datetime | None = None
    missed_due_at: datetime | None = None
    advice: Advice | None = None
    clearances: tuple[Clearance, ...] = ()
    confirmed_at: datetime | None = None
    reason_code: str | None = None
    entitlements: tuple[Entitlement, ...] = ()
    history: tuple[Spell, ...] = ()
    appeal_won_at: datetime | None = None
    absences: Absences = ()
    is_detached: bool = False


@dataclass(frozen=True, slots=True)
class Seat:
    """What a post is in [valid_from, valid_to): its place, its role, what it asks of its holder and what it gives access to."""

    unit_id: UUID
    role: str
    labels: Labels
    is_head: bool
    sensitivity: Sensitivity
    required_level: Level | None
    resources: tuple[Resource, ...]
    legal_basis: str
    valid_from: date
    valid_to: date | None = None
    is_mandate: bool = False


@dataclass(frozen=True, slots=True)
class Post:
    """A post, what it was before it moved, everybody who was ever proposed for it, its mandates, and since when nobody has acted in it."""

    status: Status = Status.NEW
    seat: Seat | None = None
    proposed_by: UUID | None = None
    approved_by: UUID | None = None
    recorded_at: datetime | None = None
    assignments: tuple[Assignment, ...] = ()
    earlier: tuple[Seat, ...] = ()
    mandates: tuple[Mandate, ...] = ()
    unattended_since: datetime | None = None
    unattended_told: bool = False
    approved_at: datetime | None = None


NEW = Post()


LIVE = frozenset({Standing.PROPOSED, Standing.SCREENING_PENDING, Standing.CONFIRMED, Standing.ACTIVE, Standing.SUSPENDED})


HELD = frozenset({Standing.CONFIRMED, Standing.ACTIVE, Standing.SUSPENDED})


def find(post: Post, assignment_id: UUID) -> Assignment | None:
    """The assignment of this id."""
    return next((each for each in post.assignments if each.id == assignment_id), None)


def entitled(post: Post, entitlement_id: UUID) -> tuple[Assignment, Entitlement] | None:
    """The entitlement of this id, with the assignment that gives it."""
    return next(((it, each) for it in post.assignments for each in it.entitlements if each.id == entitlement_id), None)


def mandate_of(post: Post, mandate_id: UUID) -> Mandate | None:
    """The mandate of this id."""
    return next((each for each in post.mandates if each.id == mandate_id), None)


def mandate_by(post: Post, assignment_id: UUID) -> Mandate | None:
    """The mandate that is held through this assignment."""
    return next((each for each in post.mandates if each.assignment_id == assignment_id), None)


def acts(it: Assignment) -> bool:
    """Whether the person acts in the post now."""
    return it.standing is Standing.ACTIVE and not absence.is_gone(it.absences)
