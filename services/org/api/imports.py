"""Tables of units and of staff: with a dry run, a difference, and each error by its line; done whole or not at all."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request

from cg_contracts.org import Language, UnitKind
from cg_kit.engine import RuleRefused
from cg_kit.gate import national_number
from cg_kit.http import Blamed, Door, Refusing, needs
from cg_kit.pure import Refused, To
from cg_kit.pure.tables import Amiss, Column, Fault, Line, a_day, an_id, read_table
from cg_kit.pure.terms import day_of
from cg_kit.seam import Letter
from services.org import queries
from services.org.domain import person, tree
from services.org.domain.unit import Unit, loose
from services.org.domain.words import Labels
from services.org.queries.imports import STAFF_NOTE, UNITS_NOTE, Report, RowChanged, RowMissing, RowNew, Was

router = APIRouter()

BODIES = {"/imports/": 2 * 1024 * 1024}
"""Bytes of a table, which is larger than a command."""

MOST_UNITS, MOST_STAFF = 1_000, 5_000
"""Lines of one table."""

MOST_ERRORS = 200
"""Errors that are told; with so many the table is another one than was meant."""

UNREADABLE = {"table-encoding", "unstorable-text"}
"""The rules of a file that is no text at all."""

ANOTHER = "table-header"
"""The rule of a file that is another table, of which there is nothing to say a difference."""

LABELS = ("nl", "fr", "en", "de")

DryRun = Annotated[bool, Query(description="Only say what would be done.")]
BODY: dict[str, Any] = {"requestBody": {"required": True, "content": {"text/csv": {"schema": {"type": "string", "minLength": 1}}}}}


def text(most: int) -> Callable[[str], str]:
    """Reads a text of at most so many characters in which no national register number stands."""

    def read(raw: str) -> str:
        if len(raw) > most:
            raise Amiss(f"at most {most} characters, not {len(raw)}")
        if any(not character.isprintable() for character in raw):
            raise Amiss("one line of printable characters")
        if national_number(raw):
            raise Amiss("no national register number here", "personal-data")
        return raw

    return read


def slug(raw: str) -> str:
    """Reads a unit's short name."""
    low = raw.lower()
    if not 1 <= len(low) <= 64 or not all(c in "abcdefghijklmnopqrstuvwxyz0123456789-" for c in low) or low[0] == "-":
        raise Amiss("a short name of a-z, 0-9 and -, such as csd-luik")
    return low


def one_of(kind: type[UnitKind] | type[Language]) -> Callable[[str], Any]:
    """Reads one of a list of words."""

    def read(raw: str) -> Any:
        try:
            return kind(raw.lower())
        except ValueError:
            raise Amiss(f"one of {', '.join(kind)}") from None

    return read


UNITS = {
    "slug": Column(slug),
    "kind": Column(one_of(UnitKind)),
    "parent": Column(slug, filled=False),
    "nl": Column(text(200)),
    "fr": Column(text(200)),
    "en": Column(text(200), filled=False),
    "de": Column(text(200), filled=False),
    "legal_basis": Column(text(200)),
    "valid_from": Column(a_day),
    "head_post_id": Column(an_id, filled=False),
    "unit_id": Column(an_id, filled=False),
}

STAFF = {
    "person_id": Column(an_id),
    "given": Column(text(100)),
    "family": Column(text(100)),
    "language": Column(one_of(Language)),
    "unit": Column(slug),
    "from": Column(a_day),
}


@dataclass(slots=True)
class Difference:
    """What is found while the lines are held against the record."""

    faults: list[Fault]
    new: list[RowNew] = field(default_factory=list)
    changed: list[RowChanged] = field(default_factory=list)
    unchanged: int = 0
    missing: list[RowMissing] = field(default_factory=list)

    def report(self, lines: int, note: dict[str, str], *, dry_run: bool) -> Report:
        """What is answered; raises the errors when something was to be done."""
        errors = blamed(self.faults)
        if errors and not dry_run:
            raise Refusing(409, "table", errors=errors)
        return Report(
            dry_run=dry_run,
            done=not dry_run,
            lines=lines,
            errors=errors,
            new=self.new,
            changed=self.changed,
            unchanged=self.unchanged,
            missing=self.missing,
            note=note,
        )


def blamed(faults: Iterable[Fault]) -> list[Blamed]:
    """The errors in the order of their lines, and how many more there are than are told."""
    ordered = sorted(faults, key=lambda fault: fault.line)
    errors = [Blamed(field=fault.column or "line", mend=fault.mend, line=fault.line, rule=fault.rule) for fault in ordered[:MOST_ERRORS]]
    if len(ordered) > MOST_ERRORS:
        errors.append(Blamed(field="line", mend=f"{len(ordered) - MOST_ERRORS} more", line=ordered[MOST_ERRORS].line, rule="table-size"))
    return errors


async def table(request: Request, columns: dict[str, Column], most: int) -> tuple[list[Line], list[Fault]]:
    """The lines of the request's body."""
    sort = request.headers.get("content-type", "text/csv").partition(";")[0].strip().lower()
    if sort != "text/csv":
        raise Refusing(422, "invalid", field="Content-Type", mend="text/csv; charset=utf-8")
    body = await request.body()
    if not body:
        raise Refusing(422, "invalid", field="body", mend=f"a table whose first line names the columns: {', '.join(columns)}")
    lines, faults = read_table(body, columns, most)
    if any(fault.rule in UNREADABLE for fault in faults):
        raise Refusing(422, "table", errors=blamed(faults))  # no text: there is nothing to say a difference of
    if any(fault.rule == ANOTHER for fault in faults):
        raise Refusing(409, "table", errors=blamed(faults))
    return lines, faults


# Units


@router.post("/imports/units", summary="Take a table of units", openapi_extra=BODY)
async def import_units(request: Request, door: Annotated[Door, needs("org-administrator")], dry_run: DryRun = False) -> Report:
    """CSV in UTF-8, separated by commas, semicolons or tabs. A unit that exists is known by its `unit_id`, or by its short name on the day.

    An optional column that is left out leaves what is known. All lines are done, or none.
    """
    lines, faults = await table(request, UNITS, MOST_UNITS)
    found = await door.state("tree", tree.TREE)
    state, version = found or (tree.NEW, 0)
    difference = Difference(faults)
    rows, after = units_of(lines, state, difference, door)
    blame_the_tree(after, rows, difference)
    report = difference.report(len(lines), UNITS_NOTE, dry_run=dry_run)
    if not dry_run and after != state:
        command = tree.Enter(tuple((unit, line["valid_from"]) for line, unit in rows), door.now)
        await door.command(To("tree", tree.TREE, command), read={("tree", tree.TREE): version} if found else None)
    return report


def units_of(lines: Iterable[Line], state: tree.Tree, difference: Difference, door: Door) -> tuple[list[tuple[Line, Unit]], tree.Tree]:
    """The units that the lines say, in order of their day, with what each changes; and the tree as it would be."""
    today, then = day_of(door.now), state
    rows: list[tuple[Line, Unit]] = []
    ids: dict[str, UUID] = {}
    seen: dict[tuple[UUID, date], int] = {}
    lines = sorted(lines, key=lambda line: (line["valid_from"], line.number))
    for line in lines:
        ids.setdefault(line["slug"], line["unit_id"] or known_id(state, line["slug"], line["valid_from"]) or door.new_id())
    for line in lines:
        when, unit_id = line["valid_from"], line["unit_id"] or ids[line["slug"]]
        parent_id = line["parent"] and (known_id(then, line["parent"], when, exactly=True) or ids.get(line["parent"]))
        before = tree.unit_on(then, unit_id, when)
        if (unit_id, when) in seen:
            difference.faults.append(Fault(line.number, "slug", "ORG-UNIT-EXISTS", f"line {seen[unit_id, when]} is about the same unit from the same day on"))
            continue
        seen[unit_id, when] = line.number
        if line["parent"] is not None and parent_id is None:
            difference.faults.append(Fault(line.number, "parent", "ORG-UNIT", f"there is no unit {line['parent']} on {when}, and none in this table"))
            continue
        unit = unit_of(line, unit_id, parent_id, before.unit if before else None)
        entered = tree.entered(then, [(unit, when)], door.now)
        if isinstance(entered, Refused):
            mend = "this unit exists, and not on this day: a table does not move a start, and brings nothing back"
            difference.faults.append(Fault(line.number, entered.field, entered.rule, mend))
            continue
        rows.append((line, unit))
        if before is None:
            difference.new.append(RowNew(line=line.number, id=unit_id, name=unit.slug, valid_from=when))
        elif not entered:
            difference.unchanged += 1
        else:
            fields = differing(before.unit, unit, then, when, ids)
            difference.changed.append(RowChanged(line=line.number, id=unit_id, name=unit.slug, valid_from=when, correction=when < today, fields=fields))
        for event in entered:
            then = tree.evolve(then, event)
    named = {unit_id for unit_id, _ in seen}
    there = sorted((each.unit for each in state.versions if each.holds_on(today) and each.unit.unit_id not in named), key=lambda unit: unit.slug)
    difference.missing = [RowMissing(id=unit.unit_id, name=unit.slug) for unit in there]
    return rows, then


def known_id(state: tree.Tree, name: str, when: date, *, exactly: bool = False) -> UUID | None:
    """The unit of this short name: on the day, or else (not `exactly`) on any day as we know it now."""
    live = [each for each in state.versions if each.superseded_at is None and each.unit.slug == name]
    on_the_day = [each for each in live if each.holds_on(when)]
    return next((each.unit.unit_id for each in (on_the_day or ([] if exactly else live))), None)


def unit_of(line: Line, unit_id: UUID, parent_id: UUID | None, before: Unit | None) -> Unit:
    """The unit as a line says it; a column that is not there leaves what is known."""
    labels: Labels = {name: line[name] for name in LABELS if line[name] is not None}
    if before is not None:
        labels |= {name: before.labels[name] for name in LABELS if name not in line and name in before.labels}
    head = line["head_post_id"] if "head_post_id" in line or before is None else before.head_post_id
    if before is not None and "parent" not in line:
        parent_id = before.parent_id
    made = Unit(unit_id, line["slug"], line["kind"], parent_id, labels, line["legal_basis"], head)
    return (
        made
        if before is None
        else replace(before, **{name: getattr(made, name) for name in ("slug", "kind", "parent_id", "labels", "legal_basis", "head_post_id")})
    )


def differing(before: Unit, after: Unit, state: tree.Tree, when: date, ids: dict[str, UUID]) -> list[Was]:
    """What becomes different of a unit, in words that a person reads."""
    names = {each.unit.unit_id: each.unit.slug for each in state.versions if each.holds_on(when)}
    names |= {unit_id: name for name, unit_id in ids.items() if unit_id not in names}

    def words(unit: Unit) -> dict[str, str | None]:
        return {
            "slug": unit.slug,
            "kind": unit.kind,
            "parent": names.get(unit.parent_id) if unit.parent_id else None,
            **{name: unit.labels.get(name) for name in LABELS},
            "legal_basis": unit.legal_basis,
            "head_post_id": str(unit.head_post_id) if unit.head_post_id else None,
        }

    was, now = words(before), words(after)
    return [Was(field=name, before=was[name], after=now[name]) for name in was if was[name] != now[name]]


def blame_the_tree(after: tree.Tree, rows: list[tuple[Line, Unit]], difference: Difference) -> None:
    """Says of each line that leaves more or less than one tree on some day, or two units of one name, that it does (ORG-1)."""
    lines: dict[UUID, Line] = {unit.unit_id: line for line, unit in rows}
    blamed: set[tuple[int, str]] = set()

    def blame(unit_id: UUID, column: str, rule: str, mend: str) -> None:
        line = lines.get(unit_id)
        if line is not None and (line.number, rule) not in blamed:
            blamed.add((line.number, rule))
            difference.faults.append(Fault(line.number, column, rule, mend))

    for when in sorted({each.valid_from for each in after.versions if each.superseded_at is None}):
        units = [each.unit for each in after.versions if each.holds_on(when)]
        for unit_id in loose(units):
            blame(unit_id, "parent", "ORG-1", f"on {when} it hangs under no root, under itself, or is a second root")
        for unit in units:
            if sum(other.slug == unit.slug for other in units) > 1:
                blame(unit.unit_id, "slug", "ORG-UNIT-EXISTS", f"another unit has this short name on {when}")


# Staff


@router.post("/imports/staff", summary="Take a table of staff", openapi_extra=BODY)
async def import_staff(request: Request, door: Annotated[Door, needs("hr-officer")], dry_run: DryRun = False) -> Report:
    """CSV in UTF-8, separated by commas, semicolons or tabs. All lines are done, or none.

    Names go to the vault; that they were held against those in it is recorded.
    """
    lines, faults = await table(request, STAFF, MOST_STAFF)
    difference = Difference(faults)
    places = await door.state("tree", tree.TREE)
    states = await door.states("person", [line["person_id"] for line in lines])
    await queries.reads.record(door, "staff_import", states, "staff_import")
    names = await queries.imports.names_of(door, states)
    tos, letters, origins = staff_of(lines, places[0] if places else tree.NEW, states, names, difference, door)
    difference.missing = await queries.imports.others_present(door, [line["person_id"] for line in lines])
    report = difference.report(len(lines), STAFF_NOTE, dry_run=dry_run)
    if not dry_run and tos:
        read = {("person", person_id): version for person_id, (_, version) in states.items()}
        if places:
            read["tree", tree.TREE] = places[1]
        try:
            await door.commands(tos, "ImportStaff", read=read, letters=letters)
        except RuleRefused as refused:
            blame = Blamed(field=refused.field or "line", mend="see the rule", line=origins[refused.at], rule=refused.rule)
            raise Refusing(409, "table", errors=[blame]) from None
    return report


def staff_of(
    lines: Iterable[Line],
    places: tree.Tree,
    states: dict[UUID, tuple[Any, int]],
    names: dict[UUID, dict[str, str]],
    difference: Difference,
    door: Door,
) -> tuple[list[To], list[Letter], list[int]]:
    """The commands that make it so, what goes to the vault, and the line that each command comes from."""
    tos: list[To] = []
    letters: list[Letter] = []
    origins: list[int] = []
    seen: dict[UUID, int] = {}
    for line in lines:
        person_id, start = line["person_id"], line["from"]
        if person_id in seen:
            difference.faults.append(Fault(line.number, "person_id", "ORG-PERSON", f"line {seen[person_id]} is about the same person"))
            continue
        seen[person_id] = line.number
        state: person.Person = states[person_id][0] if person_id in states else person.NEW
        unit_id = known_id(places, line["unit"], start, exactly=True)
        if unit_id is None:
            difference.faults.append(Fault(line.number, "unit", "ORG-UNIT", f"there is no unit {line['unit']} on {start}"))
            continue
        if state.status is person.Status.LEFT:
            difference.faults.append(Fault(line.number, "person_id", "ORG-PERSON", "this person has left the police"))
            continue
        said = {"given": line["given"], "family": line["family"]}
        fields = [] if names.get(person_id) == said else [Was(field="names")]
        if state.language != line["language"]:
            fields.append(Was(field="language", before=state.language, after=line["language"]))
        move = person.Transfer(unit_id, start, door.now)
        moves = state.status is person.Status.NEW or person.decide(state, move) != []
        if moves:
            was = next((each for each in person.employed(state) if each.valid_from <= start and (each.valid_to is None or start < each.valid_to)), None)
            fields.append(Was(field="unit", before=unit_name(places, was.unit_id, start) if was else None, after=line["unit"]))
        if not fields:
            difference.unchanged += 1
            continue
        if state.status is person.Status.NEW:
            difference.new.append(RowNew(line=line.number, id=person_id, name=None, valid_from=start))
        else:
            changed = RowChanged(line=line.number, id=person_id, name=None, valid_from=start, correction=moves and start < day_of(door.now), fields=fields)
            difference.changed.append(changed)
        ref = state.vault
        if names.get(person_id) != said:
            ref = door.new_id()
            letters.append(Letter(ref, person_id, {"names": said}))
        mine: list[person.Command] = [person.Register(ref, line["language"], door.now), *([move] if moves else [])]
        tos += [To("person", person_id, command) for command in mine]
        origins += [line.number] * len(mine)
    return tos, letters, origins


def unit_name(places: tree.Tree, unit_id: UUID | None, when: date) -> str | None:
    """The short name of a unit on a day."""
    found = tree.unit_on(places, unit_id, when) if unit_id else None
    return found.unit.slug if found else None
