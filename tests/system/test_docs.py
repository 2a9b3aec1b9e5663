"""The examples of docs/publishing.md and docs/listening.md, run as they stand there, in their order, on the real house; and their table of rules."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from cg_contracts.accounts import source_of
from cg_contracts.base import CATALOGUE
from cg_kit.gate import RULES, schema_of
from tests.system.house import City, Ear

DOCS = Path(__file__).parents[2] / "docs"
BLOCK = re.compile(r"^```(?P<language>\w+)(?: (?P<file>\S+))?\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
NEEDED = {"kcat": "apt-get install kcat", "node": "apt-get install nodejs npm", "npm": "apt-get install nodejs npm"}
"""Tools that an example may use, and the line that installs each."""


@dataclass(frozen=True, slots=True)
class Example:
    """A block of shell, with the heading under which it stands."""

    document: str
    number: int
    text: str

    def __str__(self) -> str:
        return f"{self.document}-{self.number}"


def blocks(document: str) -> list[re.Match[str]]:
    return list(BLOCK.finditer((DOCS / f"{document}.md").read_text()))


def examples(document: str) -> list[Example]:
    return [Example(document, number, block["text"]) for number, block in enumerate(blocks(document)) if block["language"] == "sh"]


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the files that the documents show, and a `uv run` that means this environment."""
    folder = tmp_path_factory.mktemp("desk")
    for document in ("publishing", "listening"):
        for block in blocks(document):
            if block["file"]:
                (folder / block["file"]).write_text(block["text"])
    (folder / "bin").mkdir()
    (folder / "bin" / "uv").write_text('#!/bin/sh\n[ "$1" = run ] && shift && exec "$@"\n')
    (folder / "bin" / "uv").chmod(0o755)
    return folder


def run(example: Example, desk: Path, city: City) -> str:
    for tool, line in NEEDED.items():
        if re.search(rf"^{tool} ", example.text, re.MULTILINE) and shutil.which(tool) is None:
            pytest.skip(f"needs {tool}: {line}")
    path = os.pathsep.join((str(desk / "bin"), str(Path(sys.executable).parent), os.environ["PATH"]))
    environment = {**os.environ, "PATH": path, "CG_HOME": str(city.home.path)}
    done = subprocess.run(["bash", "-euo", "pipefail", "-c", example.text], cwd=desk, env=environment, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, f"{example.text}\n{done.stdout}\n{done.stderr}"
    assert "Traceback" not in done.stderr
    return done.stdout


@pytest.mark.parametrize("example", examples("publishing"), ids=str)
def test_publishing(example: Example, desk: Path, city: City, hr: Ear) -> None:
    said = run(example, desk, city)
    if "wrong.json" in example.text:
        assert "rejected:" in said
        assert said.count("unknown-version") >= 3  # dry run, answer, tail
        return
    if "> appointment.json" in example.text:
        asked = json.loads((desk / "appointment.json").read_text())["data"]["request_id"]
        hr.waits(lambda heard: heard.name == "AppointmentProposed" and heard.data["request_id"] == asked, f"the answer to {asked}")
        if "appoint.py" in example.text or "appoint.mjs" in example.text or "--wait" in example.text:
            assert "AppointmentProposed" in said
    if "person.json" in example.text:
        person = json.loads((desk / "person.json").read_text())["person_id"]
        _registered(city, person)
    if "-t cg.answers.hr" in example.text:
        assert "ce_type=be.police.cg.org.AppointmentProposed.v1" in said


def _registered(city: City, person: str) -> None:
    """The person that the example registered can be appointed: a vacancy is asked for them, and the answer is not that nobody knows them."""
    draft = city.draft("AppointmentRequested", "hr", person_id=person)
    ear = city.ear("hr")
    try:
        city.publish(draft)
        ear.answer(draft.id, "AppointmentProposed")
    finally:
        ear.close()


@pytest.mark.parametrize("example", examples("listening"), ids=str)
def test_listening(example: Example, desk: Path, city: City) -> None:
    said = run(example, desk, city)
    if "listen.py" in example.text:
        first, second = said.splitlines()
        assert first == second
        assert int(first.split()[0]) >= 200
    else:
        assert re.search(r"(PoliceZone|OrgUnit)Established|PostOpened|AppointmentProposed", said)


def test_the_table_of_rules_is_the_gate_s() -> None:
    rows = "\n".join(f"| `{rule}` | {meaning} | {mend} |" for rule, (meaning, mend) in RULES.items())
    text = (DOCS / "publishing.md").read_text()
    found = re.search(r"<!-- rules -->\n(.*?)<!-- end of rules -->", text, re.DOTALL)
    assert found is not None
    assert found[1] == f"\n| rule | means | mend |\n|---|---|---|\n{rows}\n\n"


@pytest.mark.parametrize("document", ["publishing", "listening"])
def test_what_the_documents_name_exists(document: str) -> None:
    text = (DOCS / f"{document}.md").read_text()
    names: Any = {contract.about.name for contract in CATALOGUE.values()}
    for type_ in re.findall(r"be\.police\.cg\.\w+\.\w+\.v1", text):
        assert type_ in CATALOGUE
    for source in re.findall(r"tag:police\.be,2026:outside/\w+", text):
        assert source == source_of(source.rsplit("/", 1)[1])
    for name in re.findall(r"`([A-Z][a-z]+[A-Z]\w+)`", text):
        assert name in names
    for link in re.findall(r"\]\((\w[\w.-]+\.md)\)", text):
        assert (DOCS / link).exists()
    assert schema_of("<type>") in text or document == "listening"
