"""The README's list of promises names tests, invariants and planted faults that exist."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[3]
README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
TESTS = [*ROOT.glob("shared/*/tests/test_*.py"), *ROOT.glob("tests/*/test_*.py"), *ROOT.glob("tests/test_*.py")]


def test_every_test_that_is_named_exists() -> None:
    known = {name for file in TESTS for name in re.findall(r"^(?:async )?def (test_\w+)", file.read_text(encoding="utf-8"), re.MULTILINE)}
    assert set(re.findall(r"`(test_\w+)`", README)) <= known


def test_every_planted_fault_that_is_named_exists_and_none_is_left_out() -> None:
    planted = (ROOT / "tests" / "simulation" / "planted.py").read_text(encoding="utf-8")
    known = set(re.findall(r'Plant\("([a-z-]+)"', planted))
    named = {name for row in re.findall(r"plants? ((?:`[a-z-]+`(?:, )?)+)", README) for name in re.findall(r"`([a-z-]+)`", row)}
    assert named == known


def test_every_module_has_its_line() -> None:
    modules = {file.name for file in (Path(__file__).parents[1] / "cg_kit").glob("*.py")} - {"__init__.py"}
    assert modules - set(re.findall(r"`([a-z_]+\.py)`", README)) == set()
