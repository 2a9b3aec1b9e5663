"""`cg publish --dry-run` says what the gate would say; what is asked wrongly gets one line."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cg_cli.commands.publish import events, said_as
from cg_cli.examples import event, fresh
from cg_cli.home import Home
from cg_cli.main import run
from cg_contracts.accounts import OUTSIDE, SERVICES, source_of
from cg_contracts.base import CATALOGUE, Request
from cg_contracts.topics import speakers
from cg_kit.gate import RULES, Passed, Rejected

ASK = "be.police.cg.screening.ScreeningRequested.v1"


@pytest.fixture
def given_file(tmp_path: Path) -> Any:
    def write(*documents: Any) -> str:
        file = tmp_path / "events.json"
        file.write_text("\n".join(one if isinstance(one, str) else json.dumps(one) for one in documents))
        return str(file)

    return write


def example(type_: str, account: str, tmp_path: Path) -> dict[str, Any]:
    return event(CATALOGUE[type_], account, Home(tmp_path / "none"))


@pytest.mark.parametrize("type_", [type_ for type_, contract in CATALOGUE.items() if issubclass(contract, Request)])
def test_every_example_would_be_accepted(type_: str, tmp_path: Path, given_file: Any, capsys: pytest.CaptureFixture[str]) -> None:
    for account in speakers(CATALOGUE[type_]):
        assert run(["publish", "--as", account, "--dry-run", given_file(example(type_, account, tmp_path))]) == 0
        said = capsys.readouterr().out
        assert said.startswith("accepted: ")
        assert said.rstrip().endswith(f"cg.{CATALOGUE[type_].about.owner}.intake.{account}")


def test_json_says_rule_field_and_mend(tmp_path: Path, given_file: Any, capsys: pytest.CaptureFixture[str]) -> None:
    right = example(ASK, "hr", tmp_path)
    wrong = {**right, "data": {**right["data"], "needed_by": "soon"}}
    assert run(["publish", "--as", "hr", "--dry-run", "--json", given_file(right, wrong, "{")]) == 1
    first, second, third = json.loads(capsys.readouterr().out)
    assert first == {"id": right["id"], "type": ASK, "topic": "cg.screening.intake.hr", "accepted": True, "rule": None, "field": None, "mend": None}
    assert (second["accepted"], second["rule"], second["field"]) == (False, "data-invalid", "needed_by")
    assert (third["id"], third["rule"]) == (None, "not-json")


def test_the_gate_of_the_owner_is_asked(tmp_path: Path) -> None:
    right = example(ASK, "hr", tmp_path)
    for change, rule in (
        ({"type": "be.police.cg.org.Nothing.v1"}, "unknown-type"),
        ({"type": "com.example.nothing"}, "unknown-type"),
        ({"type": ASK.replace(".v1", ".v8")}, "unknown-version"),
        ({"type": "be.police.cg.screening.NvoDecisionReceived.v1"}, "not-allowed"),
        ({"source": source_of("nvo")}, "source-differs"),
        ({"subject": "85073003328"}, "personal-data"),
        ({"x": "y" * 3_000}, "attribute-invalid"),
        ({"data": {"purpose": "y" * 70_000}}, "too-large"),
        ({"data": None}, "no-data"),
    ):
        verdict = said_as("hr", json.dumps({**right, **change}).encode()).verdict
        assert isinstance(verdict, Rejected)
        assert verdict.rule == rule


def test_what_cannot_be_sent_is_said_before_anything_is_sent(tmp_path: Path, given_file: Any, capsys: pytest.CaptureFixture[str]) -> None:
    said = example(ASK, "hr", tmp_path)
    assert run(["publish", "--as", "operator", given_file(said)]) == 2
    assert "operator may write; nothing was sent" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "code", "expected"),
    [
        (["--as", "nobody"], 2, "nobody is no account"),
        (["--as", "org", "--wait", "1"], 2, "has no answers topic"),
        (["--as", "hr", "no/such/file"], 2, "no/such/file cannot be read"),
    ],
)
def test_wrong_words_get_one_line(words: list[str], code: int, expected: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["publish", *words]) == code
    said = capsys.readouterr()
    assert said.out == ""
    assert expected in said.err
    assert len(said.err.splitlines()) == 1


def test_a_house_that_was_never_made_gets_one_line(tmp_path: Path, given_file: Any, capsys: pytest.CaptureFixture[str]) -> None:
    said = {"source": source_of("hr"), "specversion": "1.0", "id": "1", "type": ASK, "data": fresh(CATALOGUE[ASK], "hr", datetime.now(UTC))}
    for words in (["publish", "--as", "hr", given_file(said)], ["tail"]):
        assert run([*words, "--home", str(tmp_path / "none")]) == 1
        assert "cg up" in capsys.readouterr().err


@given(st.lists(st.dictionaries(st.text(max_size=5), st.integers()), max_size=5), st.sampled_from(["", " ", "\n", "\r\n\r\n"]))
def test_events_are_found_one_after_the_other_or_in_an_array(documents: list[dict[str, int]], between: str) -> None:
    lines = between.join(json.dumps(document) for document in documents).encode()
    assert [json.loads(one) for one in events(lines)] == documents
    assert [json.loads(one) for one in events(json.dumps(documents).encode())] == documents


@given(st.binary(max_size=100), st.sampled_from([*SERVICES, *OUTSIDE]))
def test_no_bytes_raise(given_bytes: bytes, account: str) -> None:
    for raw in events(given_bytes):
        verdict = said_as(account, raw).verdict
        assert isinstance(verdict, Passed) or verdict.rule in RULES
