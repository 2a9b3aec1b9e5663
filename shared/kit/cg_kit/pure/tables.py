"""Tables that people send as CSV: bytes to rows, and each fault with its line, its column, its rule and what would mend it."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

SEPARATORS = (",", ";", "\t")
"""Whichever the header uses: spreadsheets in Belgium write semicolons."""

WRITTEN = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
"""A day as people write it; what Python reads besides, such as 2026-W16-3, is rather a mistake."""


class Amiss(ValueError):
    """A value that cannot be: by which rule, and what would mend it."""

    def __init__(self, mend: str, rule: str = "table-value") -> None:
        super().__init__(mend)
        self.mend, self.rule = mend, rule


def a_day(raw: str) -> date:
    """Reads the column of a day."""
    try:
        if not WRITTEN.fullmatch(raw):
            raise ValueError(raw)
        return date.fromisoformat(raw)
    except ValueError:
        raise Amiss("a day as 2026-04-15") from None


def an_id(raw: str) -> UUID:
    """Reads the column of an id."""
    try:
        return UUID(raw)
    except ValueError:
        raise Amiss("an id such as 01936b2e-8c00-7000-8000-0000000000a1") from None


@dataclass(frozen=True, slots=True)
class Column:
    """How a column is read (`read` raises Amiss), and whether each line must fill it; one that need not be filled may be left out of the table too."""

    read: Callable[[str], Any]
    filled: bool = True


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong, on which line of the file (1 is the header), in which column (none: the whole line), and what would mend it."""

    line: int
    column: str | None
    rule: str
    mend: str


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the table: None for a column that is not filled (which is in the line) or not there (which is not)."""

    number: int
    values: Mapping[str, Any]

    def __getitem__(self, column: str) -> Any:
        return self.values.get(column)

    def __contains__(self, column: str) -> bool:
        return column in self.values


def read_table(raw: bytes, columns: Mapping[str, Column], most: int) -> tuple[list[Line], list[Fault]]:
    """The lines that are right, and all that is wrong. UTF-8, with or without byte order mark; the separator is whichever the header uses."""
    try:
        text = _text(raw)
    except _Unreadable as unreadable:
        return [], [unreadable.fault]
    separator, skipped = _separator(text, columns)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    lines: list[Line] = []
    faults: list[Fault] = []
    header: list[str] | None = None
    before = 0
    while True:
        try:
            row = next(reader, None)
        except csv.Error as error:
            why = "a quote is opened and not closed, or stands in the middle of a value: quote the whole value, and double each quote in it"
            return lines, [*faults, Fault(before + 1, None, "table-line", why if "expected" in str(error) or "unexpected" in str(error) else str(error))]
        number, before = before + 1, reader.line_num
        if row is None:
            break
        if number <= skipped or not any(value.strip() for value in row):
            continue
        if header is None:
            header = [name.strip().lower() for name in row]
            wrong = _wrong_header(header, columns, number)
            if wrong:
                return [], wrong
            continue
        if len(lines) + len(faults) >= most:
            return lines, [*faults, Fault(number, None, "table-size", f"at most {most} lines: send the rest as a table of its own")]
        line, amiss = _line(number, header, row, columns)
        faults += amiss
        if not amiss:
            lines.append(line)
    if header is None:
        return [], [Fault(1, None, "table-header", f"the file is empty: the first line names the columns, {', '.join(columns)}")]
    if not lines and not faults:
        return [], [Fault(2, None, "table-line", "there is a header and no line below it")]
    return lines, faults


class _Unreadable(Exception):
    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.mend)
        self.fault = fault


def _text(raw: bytes) -> str:
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise _Unreadable(Fault(1, None, "table-encoding", "this is UTF-16: save it as CSV UTF-8"))
    raw = raw.removeprefix(b"\xef\xbb\xbf")
    try:
        text = raw.decode()
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        mend = f"the byte 0x{raw[error.start]:02x} is no UTF-8, perhaps Windows-1252: save it as CSV UTF-8"
        raise _Unreadable(Fault(line, None, "table-encoding", mend)) from None
    if "\x00" in text:
        raise _Unreadable(Fault(text.count("\n", 0, text.index("\x00")) + 1, None, "unstorable-text", "the character U+0000 cannot be stored: leave it out"))
    return text


def _separator(text: str, columns: Mapping[str, Column]) -> tuple[str, int]:
    """The separator, and how many lines come before the header: a spreadsheet may say `sep=;` on the first."""
    first = text.partition("\n")[0].strip()
    if first.lower().startswith("sep=") and len(first) == 5:
        return first[4], 1
    known = {name: sum(part.strip(' "\r').lower() in columns for part in first.split(name)) for name in SEPARATORS}
    return max(SEPARATORS, key=lambda name: (known[name], first.count(name))), 0


def _wrong_header(header: list[str], columns: Mapping[str, Column], line: int) -> list[Fault]:
    names = ", ".join(columns)
    unknown = [
        Fault(line, name or None, "table-header", f"no column has this name: columns are {names}" if name else f"a column has no name: columns are {names}")
        for name in header
        if name not in columns
    ]
    twice = [Fault(line, name, "table-header", "this column is there twice") for name in dict.fromkeys(header) if name in columns and header.count(name) > 1]
    missing = [
        Fault(line, name, "table-header", f"this column is missing: columns are {names}")
        for name, column in columns.items()
        if column.filled and name not in header
    ]
    return [*unknown, *twice, *missing]


def _line(number: int, header: list[str], row: list[str], columns: Mapping[str, Column]) -> tuple[Line, list[Fault]]:
    if len(row) != len(header):
        mend = f"{len(row)} values, the header names {len(header)}: put a value that holds the separator between quotes"
        return Line(number, {}), [Fault(number, None, "table-line", mend)]
    values: dict[str, Any] = dict.fromkeys(header)
    faults: list[Fault] = []
    for name, raw in zip(header, row, strict=True):
        text = raw.strip()
        try:
            if text:
                values[name] = columns[name].read(text)
            elif columns[name].filled:
                raise Amiss("must be filled")
        except Amiss as amiss:
            faults.append(Fault(number, name, amiss.rule, amiss.mend))
    return Line(number, values), faults
