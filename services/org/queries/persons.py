"""Persons, without their names."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from pydantic import BaseModel

from cg_contracts.org import AppointmentKind, Language
from cg_kit.http import Door
from services.org.domain import person
from services.org.queries.posts import NIL

PERSONS = """
SELECT id, version, status, language, assigned
  FROM person_state
 WHERE id > $1 AND ($2::boolean IS NULL OR assigned <> $2) AND ($2 IS NOT TRUE OR status = 'present')
 ORDER BY id LIMIT $3
"""


class PersonListed(BaseModel):
    """A person without names."""

    person_id: UUID
    version: int
    status: person.Status
    language: Language
    assigned: bool


class PersonsSeen(BaseModel):
    """Persons in order of their id; `next`, when there is more, is what to give as `after`."""

    items: list[PersonListed]
    next: UUID | None


class AppointmentSeen(BaseModel):
    """What was asked for a person, and what became of it."""

    assignment_id: UUID
    post_id: UUID
    request_id: UUID
    kind: AppointmentKind
    planned_start: date
    planned_end: date | None
    standing: person.Standing
    recorded_at: datetime


class EmploymentSeen(BaseModel):
    """Where a person is employed, in [valid_from, valid_to), as known in [recorded_at, superseded_at)."""

    unit_id: UUID | None
    valid_from: date
    valid_to: date | None
    recorded_at: datetime
    superseded_at: datetime | None


class PersonSeen(PersonListed):
    """A person with all that they hold or held; names are read apart."""

    employments: list[EmploymentSeen]
    appointments: list[AppointmentSeen]


class NamesSeen(BaseModel):
    """How a person is called."""

    person_id: UUID
    given: str
    family: str


async def persons(door: Door, after: UUID | None, unassigned: bool | None, limit: int) -> PersonsSeen:
    """Persons without names."""
    rows = await door.fetch(PERSONS, after or NIL, unassigned, limit + 1)
    items = [PersonListed(person_id=row["id"], **{name: row[name] for name in ("version", "status", "language", "assigned")}) for row in rows]
    return PersonsSeen(items=items[:limit], next=items[limit - 1].person_id if len(items) > limit else None)


def person_seen(person_id: UUID, state: person.Person, version: int, known_at: datetime) -> PersonSeen:
    """A person without names, with the employments that were known at an instant."""
    assert state.language is not None
    return PersonSeen(
        person_id=person_id,
        version=version,
        status=state.status,
        language=state.language,
        assigned=any(each.standing is person.Standing.HELD for each in state.appointments),
        employments=[
            EmploymentSeen(
                unit_id=each.unit_id,
                valid_from=each.valid_from,
                valid_to=each.valid_to,
                recorded_at=each.recorded_at,
                superseded_at=each.superseded_at,
            )
            for each in state.employments
            if each.recorded_at <= known_at and (each.superseded_at is None or known_at < each.superseded_at)
        ],
        appointments=[
            AppointmentSeen(
                assignment_id=each.holding.assignment_id,
                post_id=each.holding.post_id,
                request_id=each.request_id,
                kind=each.kind,
                planned_start=each.planned_start,
                planned_end=each.planned_end,
                standing=each.standing,
                recorded_at=each.recorded_at,
            )
            for each in state.appointments
        ],
    )
