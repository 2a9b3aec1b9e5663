"""Files from zones and directorates: a table of persons to be screened, with a dry run, each error by its line, and what is missing kept apart."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request

from cg_contracts.levels import Level
from cg_contracts.screening import Scope
from cg_kit.engine import RuleRefused
from cg_kit.gate import national_number
from cg_kit.http import Blamed, Done, Door, Limit, Refusing, needs
from cg_kit.pure import Refused, To, named
from cg_kit.pure.tables import Amiss, Column, Fault, Line, a_day, an_id, read_table
from cg_kit.pure.terms import day_of
from cg_kit.seam import Letter
from services.screening import queries
from services.screening.api.registers import must_be_charged
from services.screening.api.shared import NUMBER
from services.screening.domain import draft, gathering
from services.screening.domain.case import Signed
from services.screening.queries.drafts import DraftsSeen, IntakeReport, LineIncomplete, LineTaken
from services.screening.reactions import case_of_event

router = APIRouter()

BODIES = {"/imports/": 1024 * 1024}
"""Bytes of a table, which is larger than a command."""

MOST, MOST_ERRORS = 1_000, 200
"""Lines of one table, and errors that are told of it."""

WHOLE = {"table-encoding": 422, "unstorable-text": 422, "table-header": 409}
"""The rules of a file that is no text, or another table, with what is answered."""

BODY: dict[str, Any] = {"requestBody": {"required": True, "content": {"text/csv": {"schema": {"type": "string", "minLength": 1}}}}}


def text(most: int) -> Any:
    """Reads a text of at most so many characters in which no national register number stands."""

    def read(raw: str) -> str:
        if len(raw) > most or not raw.isprintable():
            raise Amiss(f"one line of at most {most} printable characters")
        if national_number(raw):
            raise Amiss("no national register number here", "personal-data")
        return raw

    return read


def code(raw: str) -> str:
    """Reads a code in English."""
    if not raw[0].isalpha() or len(raw) > 64 or not all(c in "abcdefghijklmnopqrstuvwxyz0123456789_" for c in raw):
        raise Amiss("a code of a-z, 0-9 and _, such as sensitive_post")
    return raw


def reference(raw: str) -> str:
    """Reads what the unit calls the line: a number of its own, which says nothing of the person."""
    if not NUMBER.fullmatch(raw):
        raise Amiss("a number of your own: at most five capitals, then digits with - / or . between them, such as PZ2026-0118")
    if national_number(raw):
        raise Amiss("no national register number here", "personal-data")
    return raw


def a_number(raw: str) -> str:
    """Reads a national register number, and checks it modulo 97."""
    digits = "".join(c for c in raw if c not in " .-")
    if len(digits) != 11 or not digits.isascii() or not digits.isdigit() or not national_number(digits):
        raise Amiss("eleven digits, of which the last two are right modulo 97", "national-number")
    return digits


def one_of(words: Any) -> Any:
    """Reads one of a list of words."""

    def read(raw: str) -> Any:
        for word in words:
            if word.lower() == raw.lower().replace(" ", "_"):
                return word
        raise Amiss(f"one of {', '.join(words)}")

    return read


def some_of(words: Any) -> Any:
    """Reads some of a list of words, with a space or a plus between them."""
    one = one_of(words)
    return lambda raw: tuple(dict.fromkeys(one(each) for each in raw.replace("+", " ").split()))


CLEARED = tuple(level for level in Level if level is not Level.BEPERKT)
COLUMNS = {
    "reference": Column(reference),
    "kind": Column(one_of(tuple(draft.Wanted))),
    "given": Column(text(100), filled=False),
    "family": Column(text(100), filled=False),
    "birth_date": Column(a_day, filled=False),
    "national_number": Column(a_number, filled=False),
    "person_id": Column(an_id, filled=False),
    "purpose": Column(code, filled=False),
    "needed_by": Column(a_day, filled=False),
    "level": Column(one_of(CLEARED), filled=False),
    "scopes": Column(some_of(tuple(Scope)), filled=False),
    "post_id": Column(an_id, filled=False),
    "signed": Column(some_of(tuple(draft.Signer)), filled=False),
    "event_id": Column(an_id, filled=False),
    "consent_form": Column(reference, filled=False),
    "consent_on": Column(a_day, filled=False),
}


@dataclass(slots=True)
class Intake:
    """What is found while the lines are held against what is kept."""

    faults: list[Fault]
    tos: list[To] = field(default_factory=list)
    letters: list[Letter] = field(default_factory=list)
    origins: list[int] = field(default_factory=list)
    complete: list[LineTaken] = field(default_factory=list)
    incomplete: list[LineIncomplete] = field(default_factory=list)
    unchanged: int = 0

    def report(self, lines: int, *, dry_run: bool) -> IntakeReport:
        """What is answered; raises the errors when something was to be done."""
        faults = sorted(self.faults, key=lambda fault: fault.line)
        errors = [Blamed(field=fault.column or "line", mend=fault.mend, line=fault.line, rule=fault.rule) for fault in faults[:MOST_ERRORS]]
        if errors and not dry_run:
            raise Refusing(409, "table", errors=errors)
        return IntakeReport(dry_run=dry_run, lines=lines, errors=errors, complete=self.complete, incomplete=self.incomplete, unchanged=self.unchanged)


@router.post("/imports/screenings", summary="Take a table of persons to be screened", openapi_extra=BODY)
async def import_screenings(
    request: Request,
    unit_id: Annotated[UUID, Query(description="The unit whose security officer sends it.")],
    door: Annotated[Door, needs("security-officer", "head-of-service")],
    dry_run: Annotated[bool, Query(description="Only say what would be done.")] = False,
) -> IntakeReport:
    """CSV in UTF-8. With an error nothing is done; a line that misses something is kept and starts no term, a complete one is asked for.

    A line is known by its `reference`: sent again, mended, it takes the place of what was kept. Names and numbers go to the vault.
    """
    await must_be_charged(door, unit_id)
    sort = request.headers.get("content-type", "text/csv").partition(";")[0].strip().lower()
    if sort != "text/csv":
        raise Refusing(422, "invalid", field="Content-Type", mend="text/csv; charset=utf-8")
    body = await request.body()
    if not body:
        raise Refusing(422, "invalid", field="body", mend=f"a table whose first line names the columns: {', '.join(COLUMNS)}")
    lines, faults = read_table(body, COLUMNS, MOST)
    if amiss_as_a_whole := [fault for fault in faults if fault.rule in WHOLE]:  # there is nothing to say of its lines
        errors = [Blamed(field=fault.column or "line", mend=fault.mend, line=fault.line, rule=fault.rule) for fault in amiss_as_a_whole]
        raise Refusing(max(WHOLE[fault.rule] for fault in amiss_as_a_whole), "table", errors=errors)
    kept = await door.states("draft", [draft_of(unit_id, line) for line in lines])
    events = await door.states("gathering", [line["event_id"] for line in lines if line["event_id"]])
    intake = Intake(faults)
    take(lines, unit_id, kept, events, intake, door)
    report = intake.report(len(lines), dry_run=dry_run)
    if not dry_run and intake.tos:
        read = {("draft", id_): version for id_, (_, version) in kept.items()}
        try:
            await door.commands(intake.tos, "ImportScreenings", read=read, letters=intake.letters)
        except RuleRefused as refused:
            blamed = Blamed(field=refused.field or "line", mend="see the rule", line=intake.origins[refused.at], rule=refused.rule)
            raise Refusing(409, "table", errors=[blamed]) from None
    return report


def draft_of(unit_id: UUID, line: Line) -> UUID:
    """The line's id: its own reference within its unit."""
    return named("draft", unit_id, line["reference"])


def take(
    lines: Iterable[Line],
    unit_id: UUID,
    kept: dict[UUID, tuple[draft.Draft, int]],
    events: dict[UUID, tuple[gathering.Gathering, int]],
    intake: Intake,
    door: Door,
) -> None:
    """Each line as a command, with its names and numbers as a letter to the vault."""
    seen: dict[str, int] = {}
    for line in lines:
        before = kept.get(draft_of(unit_id, line), (draft.NEW, 0))[0]
        wrong = [*amiss(line, seen, events, door)]
        seen.setdefault(line["reference"], line.number)
        if wrong:
            intake.faults += wrong
            continue
        person_id = line["person_id"] or before.person_id or door.new_id()
        personal = {name: line[name] for name in draft.PERSON if line[name] is not None}
        ref = door.new_id() if personal else None
        draft_id = draft_of(unit_id, line)
        case_id = case_of_event(line["event_id"], person_id) if line["event_id"] else named("draft-case", draft_id)
        row = row_of(line, tuple(personal), door.actor.person_id, before)
        enter = draft.Enter(unit_id, line["reference"], case_id, person_id, row, ref, door.actor.person_id, door.now)
        decided = draft.decide(before, enter)
        if isinstance(decided, Refused):
            intake.faults.append(Fault(line.number, decided.field, decided.rule, "see the rule"))
            continue
        if not decided:
            intake.unchanged += 1
            continue
        intake.tos.append(To("draft", draft_id, enter))
        intake.origins.append(line.number)
        if ref:
            intake.letters.append(Letter(ref, person_id, {"person_data": held(personal)}))
        if missing := draft.lacks(row):
            intake.incomplete.append(LineIncomplete(line=line.number, reference=line["reference"], draft_id=draft_id, missing=list(missing)))
        else:
            intake.complete.append(LineTaken(line=line.number, reference=line["reference"], draft_id=draft_id, case_id=case_id))


def amiss(line: Line, seen: dict[str, int], events: dict[UUID, tuple[gathering.Gathering, int]], door: Door) -> Iterable[Fault]:
    """What is wrong with a line that its columns alone do not show."""
    if line["reference"] in seen:
        yield Fault(line.number, "reference", "SCR-DRAFT", f"line {seen[line['reference']]} has the same reference")
    if line["birth_date"] and line["birth_date"] >= day_of(door.now):
        yield Fault(line.number, "birth_date", "SCR-FUTURE", "a day that is past")
    if line["needed_by"] and line["needed_by"] < day_of(door.now):
        yield Fault(line.number, "needed_by", "SCR-PAST", "a day to come")
    if (line["consent_form"] is None) is not (line["consent_on"] is None):
        yield Fault(line.number, "consent_form", "table-value", "a consent on paper has both its form and the day of its signature")
    if line["consent_on"] and line["consent_on"] > day_of(door.now):
        yield Fault(line.number, "consent_on", "SCR-FUTURE", "a day that is past, or today")
    if line["kind"] is not draft.Wanted.EVENT and line["event_id"]:
        yield Fault(line.number, "event_id", "SCR-OCCASION", "only a line of kind event names one")
    if line["event_id"]:
        planned = events.get(line["event_id"])
        if planned is None or planned[0].occasion is None or planned[0].status is not gathering.Status.PLANNED:
            yield Fault(line.number, "event_id", "NOT-FOUND", "an event that is planned here")
        elif door.now >= planned[0].occasion.starts_at:
            yield Fault(line.number, "event_id", "SCR-EVENT", "an event that has not begun")


def row_of(line: Line, personal: tuple[str, ...], by: UUID, before: draft.Draft) -> draft.Row:
    """What the line says. A consent that was brought in before stays as it was."""
    signed = Signed(line["consent_form"], line["consent_on"], by) if line["consent_form"] else None
    earlier = before.row.consent if before.row else None
    if signed and earlier and (signed.form, signed.on) == (earlier.form, earlier.on):
        signed = earlier
    return draft.Row(
        line["kind"],
        personal,
        line["purpose"],
        line["needed_by"],
        line["level"],
        line["scopes"] or (),
        line["post_id"],
        line["signed"] or (),
        line["event_id"],
        signed,
    )


def held(personal: dict[str, Any]) -> dict[str, Any]:
    """Names and numbers as a case keeps them."""
    kept: dict[str, Any] = {"names": {name: personal[name] for name in ("given", "family") if name in personal}}
    return kept | {name: str(personal[name]) for name in ("birth_date", "national_number") if name in personal}


@router.get("/drafts", summary="Lines that wait to be completed")
async def list_drafts(
    unit_id: UUID,
    door: Annotated[Door, needs("security-officer", "head-of-service")],
    after: Annotated[UUID | None, Query(description="`next` of the page before.")] = None,
    limit: Limit = 500,
) -> DraftsSeen:
    """Of the own unit, each with what it misses."""
    await must_be_charged(door, unit_id)
    return await queries.drafts.incomplete(door, unit_id, after, limit)


@router.post("/drafts/{draft_id}/drop", summary="Drop a line that waits")
async def drop_draft(draft_id: UUID, door: Annotated[Door, needs("security-officer", "head-of-service")]) -> Done:
    """Nobody is screened for it."""
    found = await door.known("draft", draft_id)
    await must_be_charged(door, found[0].unit_id)
    return await door.command(To("draft", draft_id, draft.Drop(door.now)))
