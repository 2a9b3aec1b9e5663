"""A hundred seeds hold every promise, and the simulation finds what was planted: a test of the test."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

SEEDS = 100
PROCESSES = 2
ROOT = Path(__file__).parents[2]

FOUND_WITHIN = {
    "position-first": 5,
    "no-inbox": 5,
    "no-journal-lock": 5,
    "no-parked-order": 10,
    "last-parked-first": 10,
    "fired-forgotten": 5,
    "batch-blind": 5,
    "advance-first": 10,
    "wall-clock": 60,
    "no-share": 60,
}
"""Each planted fault (see planted.py), and within how many seeds it must be found."""


def start(*arguments: str) -> subprocess.Popen[str]:
    """A process of the simulation; its order of sets of text is fixed, so that a seed repeats."""
    return subprocess.Popen(
        [sys.executable, "-m", "tests.simulation", *arguments],
        cwd=ROOT,
        env={**os.environ, "PYTHONHASHSEED": "0"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


@pytest.mark.timeout(600)
def test_every_seed_holds_every_promise(pytestconfig: pytest.Config) -> None:
    seed = pytestconfig.getoption("--seed", None)
    if seed is not None:
        runs = [start(str(seed), "--verbose")]
    else:
        share = SEEDS // PROCESSES
        runs = [start(str(n * share), str((n + 1) * share)) for n in range(PROCESSES)]
    said = "".join(run.communicate()[0] for run in runs)
    assert all(run.returncode == 0 for run in runs), said


def test_a_seed_repeats_itself() -> None:
    runs = [start("7", "--trace") for _ in range(2)]
    first, second = (run.communicate()[0] for run in runs)
    assert "digest" in first
    assert first == second


@pytest.mark.timeout(300)
@pytest.mark.parametrize("fault", FOUND_WITHIN)
def test_a_planted_fault_is_found(fault: str, pytestconfig: pytest.Config) -> None:
    if pytestconfig.getoption("--seed", None) is not None:
        pytest.skip("one seed was asked for")
    run = start("0", str(FOUND_WITHIN[fault]), "--plant", fault, "--until-found")
    said, _ = run.communicate()
    assert run.returncode == 1, f"{fault} was not found in {FOUND_WITHIN[fault]} seeds"
    assert "FAILED" in said, said


@pytest.mark.parametrize(
    ("days", "staff"),
    [(60, 500), pytest.param(500, 2_000, marks=[pytest.mark.soak, pytest.mark.timeout(900)])],
)
def test_a_house_lives_day_after_day(days: int, staff: int, pytestconfig: pytest.Config) -> None:
    if pytestconfig.getoption("--seed", None) is not None:
        pytest.skip("one seed was asked for")
    lived = subprocess.run(
        [sys.executable, "-m", "tests.simulation.days", "--days", str(days), "--staff", str(staff)],
        cwd=ROOT,
        env={**os.environ, "PYTHONHASHSEED": "0"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert lived.returncode == 0, lived.stdout + lived.stderr
