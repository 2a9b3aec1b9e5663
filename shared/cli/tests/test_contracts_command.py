"""`cg contracts`: what breaks a reader is shown with a document, examples can be said as they are, and what is generated is fresh and valid."""

from __future__ import annotations

import copy
import io
import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml
from cloudevents.core.formats.json import JSONFormat
from jsonschema_rs import Draft202012Validator

from cg_cli import main
from cg_cli.compatibility import breaks
from cg_cli.examples import ABOUT_THE_HOUSE, House, Unsaid, about_what_is_there, fresh
from cg_cli.home import Home
from cg_cli.provision import hears
from cg_contracts import catalogue, frozen
from cg_contracts.accounts import source_of
from cg_contracts.base import CATALOGUE, Contract
from cg_contracts.topics import speakers

PARSER = "@asyncapi/parser@3.6.3"
FACT, REQUEST = "be.police.cg.screening.ScreeningDecided.v1", "be.police.cg.org.AppointmentRequested.v1"
PAIRS = [(c, account) for c in CATALOGUE.values() for account in speakers(c)]
Change = Callable[[dict[str, Any]], object]


def run(*words: str) -> SimpleNamespace:
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        code = main.run(list(words))
    return SimpleNamespace(exit_code=code, stdout=out.getvalue(), stderr=err.getvalue())


def after(type_: str, change: Change) -> tuple[dict[str, Any], dict[str, Any]]:
    before = {type_: frozen.release(CATALOGUE[type_])}
    now = copy.deepcopy(before)
    change(now[type_])
    return before, now


def properties(said: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = said["schema"]["properties"]
    return found


def required(said: dict[str, Any]) -> list[str]:
    found: list[str] = said["schema"]["required"]
    return found


def demand(said: dict[str, Any]) -> None:
    properties(said)["later"] = {"type": "string", "maxLength": 10}
    required(said).append("later")


def drop(name: str) -> Change:
    def change(said: dict[str, Any]) -> None:
        del properties(said)[name]
        required(said).remove(name)

    return change


# What breaks a reader


@pytest.mark.parametrize("type_", [FACT, REQUEST])
@pytest.mark.parametrize(
    ("change", "says"),
    [
        (demand, "later"),
        (drop("request_id"), "request_id"),
        (lambda said: properties(said).update(request_id={"type": "integer"}), "request_id"),
        (lambda said: properties(said).update(request_id={"type": "string", "format": "date-time"}), "request_id"),
        (lambda said: said.update(key="request_id"), "key"),
        (lambda said: said.update(kind="other"), "was a"),
        (lambda said: said["example"].update(request_id="01936b2e-8c00-7000-8000-00000000beef"), "edited"),
    ],
)
def test_what_breaks_a_reader_is_shown_with_a_document(type_: str, change: Change, says: str) -> None:
    found = list(breaks(*after(type_, change)))
    assert found
    assert any(says in one.why for one in found)
    assert all(one.document for one in found)


@pytest.mark.parametrize(
    ("type_", "change"),
    [
        (REQUEST, lambda said: properties(said)["decision_ref"].update(maxLength=20)),
        (REQUEST, lambda said: said["schema"]["$defs"]["AppointmentKind"]["enum"].remove("mandate")),
        (REQUEST, lambda said: properties(said)["decision_ref"].update(pattern="^[A-Z]+$")),
        (FACT, lambda said: said["schema"]["$defs"]["Outcome"]["enum"].append("unclear")),
        (FACT, lambda said: said["schema"]["$defs"]["Outcome"]["enum"].remove("negative")),
        (FACT, lambda said: properties(said)["requester_ref"].update(maxLength=500)),
        (FACT, lambda said: required(said).append("valid_until")),
        (FACT, lambda said: said.update(answers=[])),
        (FACT, lambda said: said.update(numbered=False)),
        ("be.police.cg.screening.ScreeningRequested.v1", lambda said: said["by"].pop("hr")),
        ("be.police.cg.screening.ScreeningRequested.v1", lambda said: said["by"]["org"].remove("advice")),
        ("be.police.cg.screening.AppealWindowOpened.v1", lambda said: said["schema"].update(required=["appeal_until", "case_id"])),
        ("be.police.cg.screening.ScreeningRequested.v1", lambda said: said["schema"]["$defs"]["Names"]["properties"]["given"].update(maxLength=30)),
    ],
)
def test_a_narrower_or_wider_word_breaks_its_reader(type_: str, change: Change) -> None:
    found = list(breaks(*after(type_, change)))
    assert found
    assert all(one.document for one in found)


@pytest.mark.parametrize(
    ("type_", "change"),
    [
        (FACT, lambda said: properties(said).update(later={"type": "string", "maxLength": 10})),
        (REQUEST, lambda said: properties(said).update(later={"anyOf": [{"type": "string", "maxLength": 10}, {"type": "null"}], "default": None})),
        (REQUEST, lambda said: properties(said).update(later={"type": "string", "pattern": "^[a-z]$", "maxLength": 1})),
        (REQUEST, lambda said: properties(said)["decision_ref"].update(maxLength=500)),
        (REQUEST, lambda said: said["schema"]["$defs"]["AppointmentKind"]["enum"].append("seconded")),
        (REQUEST, lambda said: said["by"].update(nvo=None)),
        (FACT, lambda said: said["schema"].update(description="Said better.")),
        (FACT, lambda said: said.update(answers=[*said["answers"], "be.police.cg.screening.Other.v1"])),
    ],
)
def test_what_breaks_nobody_is_let_through(type_: str, change: Change) -> None:
    assert not list(breaks(*after(type_, change)))


def test_a_message_that_is_gone_breaks_and_a_new_one_does_not() -> None:
    before, _ = after(FACT, lambda _: None)
    assert [one.document for one in breaks(before, {})] == [before[FACT]["example"]]
    assert not list(breaks({}, before))


def test_the_document_shown_was_understood_and_no_longer_is() -> None:
    before, now = after(REQUEST, lambda said: properties(said)["decision_ref"].update(maxLength=20))
    for one in breaks(before, now):
        assert Draft202012Validator(before[REQUEST]["schema"]).is_valid(one.document)
        assert not Draft202012Validator(now[REQUEST]["schema"]).is_valid(one.document)


def test_the_contracts_of_today_keep_what_was_released() -> None:
    said = run("contracts", "check", "--json")
    assert said.exit_code == 0, said.output
    assert json.loads(said.stdout) == {"breaks": [], "new": []}


# What is said about them


def test_the_list_names_type_owner_kind_and_key() -> None:
    rows = {row["type"]: row for row in json.loads(run("contracts", "list", "--json").stdout)}
    assert set(rows) == set(CATALOGUE)
    assert {key: rows[REQUEST][key] for key in ("type", "owner", "kind", "key")} == {"type": REQUEST, "owner": "org", "kind": "request", "key": "person_id"}


@pytest.mark.parametrize("name", [FACT, "ScreeningDecided", "screening.ScreeningDecided", "ScreeningDecided.v1", "screening.ScreeningDecided.v1"])
def test_a_type_may_be_given_short(name: str) -> None:
    assert json.loads(run("contracts", "show", name, "--json").stdout)["type"] == FACT


@pytest.mark.parametrize(
    "words",
    [
        ("show", "Nothing"),
        ("show", "RequestRefused"),
        ("example", "NvoDecisionReceived", "--as", "hr"),
        ("example", "NvoDecisionReceived", "--as", "nobody"),
    ],
)
def test_what_cannot_be_shown_is_one_line_and_code_2(words: tuple[str, ...]) -> None:
    said = run("contracts", *words)
    assert (said.exit_code, said.stdout) == (2, "")
    assert len(said.stderr.splitlines()) == 1


# Examples


@pytest.mark.parametrize(("contract", "account"), PAIRS, ids=lambda one: one if isinstance(one, str) else one.about.type[14:])
def test_an_example_is_understood_and_new_each_time(contract: type[Contract], account: str) -> None:
    now = datetime(2026, 11, 24, 9, tzinfo=UTC)
    first, second = fresh(contract, account, now), fresh(contract, account, now)
    for data in (first, second):
        message = contract.model_validate_json(json.dumps(data), strict=True)
        kinds = contract.about.by.get(account)
        assert kinds is None or data["kind"] in kinds
        assert {key for key in contract.about.keys if data.get(key)}
    ids = {value for data in (first, second) for name, value in data.items() if name.endswith("_id") and isinstance(value, str) and len(value) == 36}
    assert len(ids) == 2 * len({first[name] for name in first if name.endswith("_id") and isinstance(first[name], str) and len(first[name]) == 36})
    del message


def test_an_example_is_a_cloudevent_of_now_from_its_account(tmp_path: Path) -> None:
    said = run("contracts", "example", "ScreeningRequested", "--as", "hr", "--home", str(tmp_path))
    event = JSONFormat().read(None, said.stdout)
    data = json.loads(said.stdout)["data"]
    assert event.get_source() == source_of("hr")
    assert event.get_subject() == data["person_id"]
    assert datetime.now(UTC) - datetime.fromisoformat(json.loads(said.stdout)["time"]) < timedelta(minutes=1)
    assert data["kind"] == "recruitment"


def test_an_example_about_the_house_says_when_none_runs(tmp_path: Path) -> None:
    said = run("contracts", "example", "DecisionNotified", "--as", "nvo", "--home", str(tmp_path))
    assert said.exit_code == 0
    assert "no house runs" in said.stderr
    assert not Home(tmp_path).exists


# What is generated


def test_the_catalogue_is_fresh() -> None:
    page = frozen.FILES.parent.parent / "docs" / "events.md"
    assert page.read_text() == catalogue.markdown(hears()), "run: uv run cg contracts docs"


def test_the_catalogue_links_to_what_is_there() -> None:
    page = catalogue.markdown({})
    anchors = {re.sub(r"[^a-z0-9 -]", "", line[4:].lower()) for line in page.splitlines() if line.startswith("### ")}
    assert set(re.findall(r"\(#([a-z0-9]+v\d+)\)", page)) == anchors


def test_the_schemas_are_written_and_take_the_examples(tmp_path: Path) -> None:
    assert run("contracts", "export", str(tmp_path)).exit_code == 0
    for type_, contract in CATALOGUE.items():
        written = json.loads((tmp_path / "schemas" / f"{type_}.json").read_text())
        assert Draft202012Validator(written, validate_formats=True).is_valid(frozen.example(contract))


def test_a_folder_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    said = run("contracts", "export", str(tmp_path / "file"))
    assert (said.exit_code, len(said.stderr.splitlines())) == (1, 1)


def test_the_system_is_one_asyncapi_document_that_the_reference_parser_accepts(tmp_path: Path) -> None:
    assert run("contracts", "export", str(tmp_path)).exit_code == 0
    document = yaml.safe_load((tmp_path / "asyncapi.yaml").read_text())
    assert document["asyncapi"] == "3.0.0"
    assert {"cg.org.events", "cg.screening.intake.nvo", "cg.answers.hr", "cg.clock"} <= set(document["channels"])
    assert {type_ for type_, c in CATALOGUE.items() if speakers(c)} <= set(document["components"]["messages"])
    said = subprocess.run(
        [shutil.which("node") or "node", "--input-type=module", "-"],
        input=PARSE,
        env={**os.environ, "DOCUMENT": str(tmp_path / "asyncapi.yaml"), "NODE_MODULES": str(reference_parser() / "node_modules")},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert said.returncode == 0, said.stderr
    result = json.loads(said.stdout)
    assert result["parsed"]
    assert [one for one in result["diagnostics"] if one["severity"] < 2] == []


PARSE = """
import {createRequire} from 'node:module'; import {readFileSync} from 'node:fs';
const {Parser} = createRequire(process.env.NODE_MODULES + '/')('@asyncapi/parser');
const {document, diagnostics} = await new Parser().parse(readFileSync(process.env.DOCUMENT, 'utf8'));
const said = diagnostics.map(({severity, code, message, path}) => ({severity, code, message, path}));
console.log(JSON.stringify({parsed: document !== undefined, diagnostics: said}));
"""


def reference_parser() -> Path:
    """The folder into which npm put the reference parser; made once for this user."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "commissariaat" / PARSER.replace("/", "_")
    line = f"npm install --no-save --prefix {cache} {PARSER}"
    if (cache / "node_modules" / "@asyncapi" / "parser" / "package.json").is_file():
        return cache
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        pytest.skip(f"needs Node 18 or newer with npm; then: {line}")
    cache.mkdir(parents=True, exist_ok=True)
    made = subprocess.run(
        [npm, "install", "--no-save", "--ignore-scripts", "--no-audit", "--no-fund", "--prefix", str(cache), PARSER],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    if made.returncode != 0:
        shutil.rmtree(cache)
        pytest.skip(f"{PARSER} could not be installed; try: {line}\n{made.stderr[-500:]}")
    return cache


# What is there in a house


class Imagined(House):
    """A house that lists what the test says."""

    def __init__(self, *rows: dict[str, Any]) -> None:
        self.rows = rows
        self.asked: list[str] = []

    def ask(self, service: str, path: str) -> Any:
        self.asked.append(f"{service} {path}")
        return {"items": list(self.rows)}


@pytest.mark.parametrize(
    ("name", "account", "row", "about"),
    [
        ("org.AppointmentRequested", "hr", {"post_id": "p", "person_id": "q"}, {"post_id": "p", "person_id": "q"}),
        ("org.PersonLeft", "hr", {"id": "q"}, {"person_id": "q"}),
        ("org.PersonTransferred", "hr", {"id": "q"}, {"person_id": "q", "unit_id": "q"}),
        ("screening.NvoDecisionReceived", "nvo", {"application_id": "a", "level": "ZEER_GEHEIM"}, {"application_id": "a", "level": "ZEER_GEHEIM"}),
        ("screening.NvoExtensionReceived", "nvo", {"application_id": "a"}, {"application_id": "a"}),
        ("screening.DecisionNotified", "hr", {"case_id": "c"}, {"case_id": "c"}),
        ("screening.DecisionNotified", "nvo", {"application_id": "a", "case_id": None}, {"application_id": "a"}),
    ],
)
def test_an_example_names_what_is_there_or_says_that_there_is_none(name: str, account: str, row: dict[str, Any], about: dict[str, Any]) -> None:
    contract = CATALOGUE[f"be.police.cg.{name}.v1"]
    assert contract.about.type in ABOUT_THE_HOUSE
    data = fresh(contract, account, datetime(2026, 11, 24, 9, tzinfo=UTC))
    made = about_what_is_there(contract, account, data, Imagined(row))
    assert about.items() <= made.items()
    assert len([key for key in contract.about.keys if key in made]) == 1
    with pytest.raises(Unsaid, match=r"^(no|there is no) "):
        about_what_is_there(contract, account, data, Imagined())
