"""Persons, their appointments and, with a purpose, their names."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from cg_contracts.base import Code
from cg_kit.http import Door, Limit, needs
from services.org import queries
from services.org.api.shared import KnownAt, Purpose

router = APIRouter()


@router.get("/persons", summary="Persons, without their names")
async def list_persons(
    door: Annotated[Door, needs("hr-officer", "org-administrator", "appointing-authority", "operator")],
    unassigned: Annotated[bool | None, Query(description="Only those present who hold no post and are proposed for none, or only the others.")] = None,
    after: Annotated[UUID | None, Query(description="`next` of the page before.")] = None,
    limit: Limit = 500,
) -> queries.persons.PersonsSeen:
    """In order of their id. That they were listed is recorded, not each of them: an id says nothing about a person."""
    seen = await queries.persons.persons(door, after, unassigned, limit)
    await queries.reads.record(door, "persons", (), many=len(seen.items))
    return seen


@router.get("/persons/{person_id}", summary="A person with their appointments, without names")
async def show_person(
    person_id: UUID, door: Annotated[Door, needs("hr-officer", "appointing-authority", "person")], known_at: KnownAt = None, purpose: Purpose = None
) -> queries.persons.PersonSeen:
    """Each person sees themselves; staff of the personnel service sees all, and the reading is recorded."""
    if not door.actor.roles & {"hr-officer", "appointing-authority"} and door.actor.person_id != person_id:
        raise door.deny("ORG-NEED-TO-KNOW")
    found = await door.state("person", person_id)
    if found is None:
        raise door.missing("ORG-PERSON")
    await queries.reads.record(door, "person", [person_id], purpose)
    door.tag(found[1])
    return queries.persons.person_seen(person_id, *found, known_at or door.now)


@router.get("/persons/{person_id}/names", summary="A person's names; the reading is recorded with its purpose")
async def read_names(person_id: UUID, purpose: Annotated[Code, Query()], door: Annotated[Door, needs("hr-officer")]) -> queries.persons.NamesSeen:
    """From the vault."""
    found = await door.state("person", person_id)
    if found is None or found[0].vault is None:
        raise door.missing("ORG-PERSON")
    await queries.reads.record(door, "names", [person_id], purpose)
    held = await door.read_vault(found[0].vault, purpose)
    return queries.persons.NamesSeen(person_id=person_id, **held["names"])
