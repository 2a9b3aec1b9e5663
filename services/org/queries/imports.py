"""What a table would change: the record held against it, line by line."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from uuid import UUID

from pydantic import BaseModel

from cg_kit.http import Blamed, Door
from services.org.domain import person

PRESENT = "SELECT id FROM person_state WHERE status = 'present' AND NOT id = ANY ($1) ORDER BY id"


class Was(BaseModel):
    """One field that becomes different. Of names is said only that they do: `before` and `after` are left out."""

    field: str
    before: str | None = None
    after: str | None = None


class RowNew(BaseModel):
    """A line that is about something new."""

    line: int
    id: UUID
    name: str | None
    valid_from: date


class RowChanged(RowNew):
    """A line that changes what is known; `correction`: of days that are over."""

    correction: bool
    fields: list[Was]


class RowMissing(BaseModel):
    """Something that stands in the record and not in the table."""

    id: UUID
    name: str | None


class Report(BaseModel):
    """What a table does (or, in a dry run, would do). With errors nothing is done; then the difference is that of the lines without.

    `missing`: what stands in the record and not in the table; it stays as it is, and `note` says how it could end.
    """

    dry_run: bool
    done: bool
    lines: int
    errors: list[Blamed]
    new: list[RowNew]
    changed: list[RowChanged]
    unchanged: int
    missing: list[RowMissing]
    note: dict[str, str]


UNITS_NOTE = {
    "nl": "Wat ontbreekt in de tabel, blijft bestaan: een eenheid eindigt enkel door een reorganisatie, die zegt wie haar opvolgt.",
    "fr": "Ce qui manque dans le tableau subsiste : une unité ne prend fin que par une réorganisation, qui dit qui lui succède.",
    "en": "What is missing from the table stays: a unit ends by a reorganisation only, which says what succeeds it.",
}

STAFF_NOTE = {
    "nl": "Wie ontbreekt in de tabel, blijft in dienst: dat iemand vertrekt, zegt het personeelssysteem (PersonLeft).",
    "fr": "Qui manque dans le tableau reste en service : un départ est annoncé par le système du personnel (PersonLeft).",
    "en": "Who is missing from the table stays: that somebody leaves is said by the staff system (PersonLeft).",
}


async def others_present(door: Door, but: list[UUID]) -> list[RowMissing]:
    """Those who belong to the police and are not among these."""
    return [RowMissing(id=row["id"], name=None) for row in await door.fetch(PRESENT, but)]


async def names_of(door: Door, states: Mapping[UUID, tuple[person.Person, int]]) -> dict[UUID, dict[str, str]]:
    """The names of persons, to be held against a table's; that they were read is recorded."""
    refs = {state.vault: person_id for person_id, (state, _) in states.items() if state.vault is not None}
    return {refs[ref]: held["names"] for ref, held in (await door.read_vaults(list(refs), "staff_import")).items()}
