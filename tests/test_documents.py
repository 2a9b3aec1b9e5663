"""The documents hold together: what they link to, name and promise exists."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from cg_cli.main import MODULES
from cg_contracts.accounts import SERVICES

ROOT = Path(__file__).resolve().parents[1]
ADRS = sorted((ROOT / "docs" / "adr").glob("*.md"))
DOCUMENTS = [
    *ROOT.glob("*.md"),
    *ROOT.glob("docs/*.md"),
    *ADRS,
    *ROOT.glob("deploy/*.md"),
    *ROOT.glob("shared/*/README.md"),
    *ROOT.glob("services/*/README.md"),
]
FENCED = re.compile(r"^```\w*[^\n]*\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def links(path: Path, text: str) -> list[str]:
    """Links to files that are not there."""
    targets = re.findall(r"\]\((?!https?://|#)([^)#\s]+)(?:#[^)]*)?\)", text)
    return [target for target in targets if not (path.parent / target).exists()]


def commands(text: str) -> set[str]:
    """Commands of `cg` that the code in a document names."""
    code = [*re.findall(r"`([^`\n]+)`", FENCED.sub("", text)), *FENCED.findall(text)]
    return {word for piece in code for word in re.findall(r"(?m)(?:^|uv run |\$\(|, |  )cg ([a-z]+)\b", piece)}


def unguarded(adr: str) -> list[str]:
    """What an ADR lacks: a part, a file, or a test that it names."""
    missing = [part for part in ("Context", "Decision", "Consequences", "Alternatives", "Files", "Guarded by") if f"**{part}" not in adr]
    _, _, after = adr.partition("**Files.**")
    files, _, guards = after.partition("**Guarded by**")
    missing += [file for file in re.findall(r"`([\w./*]+/[\w./*]+)`", files) if not list(ROOT.glob(file))]
    where, named = None, 0
    for file, test in re.findall(r"`([\w./]*)::(\w+)`", guards):
        where, named = ROOT / file if file else where, named + 1
        if where is None or not where.is_file() or not re.search(rf"^\s*(?:async )?def {test}\b", where.read_text(encoding="utf-8"), re.MULTILINE):
            missing.append(f"{file}::{test}")
    return missing if named else [*missing, "a test"]


@pytest.mark.parametrize("document", DOCUMENTS, ids=name)
def test_every_link_leads_somewhere(document: Path) -> None:
    assert links(document, document.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=name)
def test_every_command_that_is_named_exists(document: Path) -> None:
    assert commands(document.read_text(encoding="utf-8")) <= {command for added in MODULES.values() for command in added}


@pytest.mark.parametrize("adr", ADRS, ids=name)
def test_a_decision_names_the_files_and_the_check_that_guards_it(adr: Path) -> None:
    assert unguarded(adr.read_text(encoding="utf-8")) == []


def test_decisions_are_numbered_in_order() -> None:
    assert [file.name[:4] for file in ADRS] == [f"{number:04}" for number in range(1, len(ADRS) + 1)]
    assert [file.read_text(encoding="utf-8").split(".")[0] for file in ADRS] == [f"# {number}" for number in range(1, len(ADRS) + 1)]


def test_each_service_and_package_says_what_it_is() -> None:
    folders = [*(ROOT / "services" / service for service in SERVICES), *(ROOT / "shared").glob("*/"), ROOT / "deploy"]
    assert [folder.name for folder in folders if not (folder / "README.md").is_file()] == []


def test_the_picture_names_topics_that_exist() -> None:
    from cg_contracts.topics import topics  # noqa: PLC0415

    known = {topic.name for topic in topics()} | {"cg.answers.&lt;account&gt;"}
    assert set(re.findall(r">(cg\.[^<\s]+)<", (ROOT / "docs" / "picture.svg").read_text(encoding="utf-8"))) <= known


def test_before_a_commit_and_in_ci_the_same_command_checks() -> None:
    hooks = [hook for repo in yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))["repos"] for hook in repo["hooks"]]
    assert [hook["entry"] for hook in hooks] == ["uv run check"]
    lines = (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if line.startswith("uv run")] == ["uv run check", "uv run pytest"]
    assert "`uv run pytest`" in (ROOT / "README.md").read_text(encoding="utf-8")


# The tests of these tests


def test_what_is_planted_is_found() -> None:
    assert links(ROOT / "README.md", "[gone](docs/gone.md) [here](docs/adr) [web](https://example.org/x.md) [place](#here)") == ["docs/gone.md"]
    assert commands("`cg fly away`, `uv run cg up`\n```sh\ncg swim\n```\n") == {"fly", "up", "swim"}
    whole = ADRS[0].read_text(encoding="utf-8")
    assert unguarded(whole.replace("equal_path_only", "no_path_at_all")) == ["shared/kit/tests/test_seams.py::test_faststream_routes_by_no_path_at_all"]
    assert unguarded(whole.replace("**Alternatives.**", "")) == ["Alternatives"]
    assert unguarded(whole.partition("**Guarded by**")[0] + "**Guarded by** good intentions.") == ["a test"]
    assert "shared/kit/cg_kit/gone.py" in unguarded(whole.replace("cg_kit/reader.py", "cg_kit/gone.py"))
