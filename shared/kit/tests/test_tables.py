"""Tables from spreadsheets: what is taken, and where each fault is said to be."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cg_kit.pure.tables import Amiss, Column, Fault, a_day, an_id, read_table


def number(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise Amiss("a whole number") from None


COLUMNS = {"name": Column(str), "age": Column(number), "note": Column(str, filled=False)}


def rows(raw: bytes | str, most: int = 100) -> list[tuple[object, ...]]:
    lines, faults = read_table(raw if isinstance(raw, bytes) else raw.encode(), COLUMNS, most)
    assert faults == []
    return [(line.number, line["name"], line["age"], line["note"]) for line in lines]


def faults(raw: bytes | str, most: int = 100) -> list[tuple[int, str | None, str]]:
    return [(fault.line, fault.column, fault.rule) for fault in read_table(raw if isinstance(raw, bytes) else raw.encode(), COLUMNS, most)[1]]


@pytest.mark.parametrize(
    "raw",
    [
        "name,age,note\nAnn,3,x\n",
        "name;age;note\r\nAnn;3;x\r\n",
        "name\tage\tnote\nAnn\t3\tx",
        "sep=;\nname;age;note\nAnn;3;x\n",
        '"Name","AGE", note\n" Ann ",3, x \n',
        "note,age,name\n\nx,3,Ann\n,,\n",
        "\ufeffname,age,note\nAnn,3,x\n",
    ],
)
def test_it_is_read_as_spreadsheets_write_it(raw: str) -> None:
    assert [row[1:] for row in rows(raw)] == [("Ann", 3, "x")]


def test_a_column_that_need_not_be_filled_may_be_left_out() -> None:
    assert rows("name,age\nAnn,3\n") == [(2, "Ann", 3, None)]


def test_a_value_over_two_lines_counts_as_they_stand_in_the_file() -> None:
    assert rows('name,age\n"Ann\nof here",3\nBob,4\n') == [(2, "Ann\nof here", 3, None), (4, "Bob", 4, None)]


@pytest.mark.parametrize(
    ("raw", "found"),
    [
        (b"", [(1, None, "table-header")]),
        ("name,age\n", [(2, None, "table-line")]),
        ("name,years\nAnn,3\n", [(1, "years", "table-header"), (1, "age", "table-header")]),
        ("name,age,age\nAnn,3,3\n", [(1, "age", "table-header")]),
        ("name,age,\nAnn,3,\n", [(1, None, "table-header")]),
        ("name,age\nAnn,x\n,4\nBob,5,6\n", [(2, "age", "table-value"), (3, "name", "table-value"), (4, None, "table-line")]),
        ('name,age\n"Ann,3\nBob,4\n', [(2, None, "table-line")]),
        ('name,age\n"Ann" x,3\n', [(2, None, "table-line")]),
        ("name,age\nAnne-Laure,3\n".encode("utf-16"), [(1, None, "table-encoding")]),
        ("name,age\nAnn,3\nZoë,4\n".encode("cp1252"), [(3, None, "table-encoding")]),
        ("name,age\nAnn,3\nB\x00b,4\n", [(3, None, "unstorable-text")]),
    ],
)
def test_each_fault_has_its_line_its_column_and_its_rule(raw: bytes | str, found: list[tuple[int, str | None, str]]) -> None:
    assert faults(raw) == found


def test_no_more_lines_are_read_than_are_taken() -> None:
    assert faults("name,age\n" + "Ann,3\n" * 4, most=3) == [(5, None, "table-size")]


def test_what_would_mend_it_is_said() -> None:
    _, [fault] = read_table("name,age\nZoë,4\n".encode("cp1252"), COLUMNS, 9)
    assert fault == Fault(2, None, "table-encoding", "the byte 0xeb is no UTF-8, perhaps Windows-1252: save it as CSV UTF-8")


@given(st.binary(max_size=200))
def test_no_file_is_too_strange(raw: bytes) -> None:
    for start in (b"", b"name,age\n", b"name;age;note\r\n"):
        lines, found = read_table(start + raw, COLUMNS, 50)
        assert lines or found
        assert all(1 <= each.line <= (start + raw).count(b"\n") + (start + raw).count(b"\r") + 1 for each in found)


@pytest.mark.parametrize("raw", ["15/04/2026", "2026-4-15", "20260415", "2026-02-30", "2026-W16-3"])
def test_a_day_is_written_out(raw: str) -> None:
    assert a_day("2026-04-15").isoformat() == "2026-04-15"
    with pytest.raises(Amiss, match="a day as 2026-04-15"):
        a_day(raw)


def test_an_id_is_a_uuid() -> None:
    assert str(an_id("01936B2E-8C00-7000-8000-0000000000A1")) == "01936b2e-8c00-7000-8000-0000000000a1"
    with pytest.raises(Amiss, match="an id such as"):
        an_id("A-17")
