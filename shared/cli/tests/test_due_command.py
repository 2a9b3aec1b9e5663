"""`cg due`: the due instant and why, or one line that says what was wrong."""

from __future__ import annotations

import json

import pytest

from cg_cli.main import run


@pytest.mark.parametrize(
    ("term", "start", "due"),
    [
        ("8 days", "2026-04-15T10:00+02:00", "2026-04-24T00:00:00+02:00"),
        ("8 days", "2026-04-23", "2026-05-05T00:00:00+02:00"),
        ("72 hours", "2026-03-28T14:30+01:00", "2026-03-31T15:30:00+02:00"),
        ("72 hours", "2026-03-28T14:30", "2026-03-31T15:30:00+02:00"),
        ("3 months", "2026-11-30T09:00+01:00", "2027-03-02T00:00:00+01:00"),
        ("20 working days", "2026-04-01T09:00+02:00", "2026-05-01T00:00:00+02:00"),
        ("7 months before", "2026-06-30T00:00+02:00", "2025-12-01T00:00:00+01:00"),
    ],
)
def test_it_says_when_and_why(term: str, start: str, due: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["due", term, "--from", start, "--json"]) == 0
    said = capsys.readouterr()
    assert said.err == ""
    result = json.loads(said.out)
    assert set(result) == {"due", "due_date", "raw_date", "explanation"}
    assert result["due"] == due
    assert run(["due", *term.split(), "--from", start]) == 0
    assert due in capsys.readouterr().out


@pytest.mark.parametrize(
    "words", [("8 weeks",), ("-3", "days"), ("8 days", "--from", "gisteren"), ("8 days", "--from", "2026-13-01"), ("9 days", "--from", "9999-12-30")]
)
def test_what_cannot_be_reckoned_is_one_line_and_code_2(words: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["due", *words]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("cg due: ")
    assert len(said.err.splitlines()) == 1
