"""Two processes of each service: restarted one after the other under load nothing is lost, and there is no gap."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from cg_cli.home import Home
from cg_cli.status import status
from tests.system.house import City, until
from tests.system.test_kills import RATE, loaded, nothing_lost

GAP = 3.0
"""Seconds in which another process goes on; longer by as much as others keep the machine from us."""


@pytest.fixture(scope="module")
def pair() -> Iterator[City]:
    """A house with two processes of each service, without the trace server."""
    folder = Path(tempfile.mkdtemp(prefix="cg-pair-"))
    made = City(Home(folder / "home"))
    try:
        made.cg("up", "--detach", "--replicas", "2", "--only", "org,screening", "--no-sample", apart=True)
        yield made
    finally:
        made.close()
        subprocess.run([sys.executable, "-m", "cg_cli.main", "down", "--home", str(made.home.path)], check=False, capture_output=True, timeout=60)
        shutil.rmtree(folder, ignore_errors=True)


@pytest.mark.timeout(300)
def test_a_rolling_restart_under_load_loses_nothing_and_leaves_no_gap(pair: City) -> None:
    facts = pair.ear("operator", "cg.screening.events")
    try:
        with loaded(pair) as load:
            until(lambda: len(load.answers) > RATE and load.lag() < 1, "the first answers")
            load.slowest = 0.0
            took = pair.told("restart", "--all")["seconds"]
            assert list(took) == ["org", "org-1", "screening", "screening-1"]
            slowest = max(load.slowest, load.lag())
            until(lambda: load.lag() < 1, "lag under a second again")
        nothing_lost(pair, load, facts)
    finally:
        facts.close()
    sys.stdout.write(f"\nslowest answer during the restart: {slowest:.2f} s of {len(load.asked)} requests; {took}\n")
    assert slowest < GAP * max(1.0, os.getloadavg()[0] / (2 * (os.cpu_count() or 1)))


def test_while_one_process_is_gone_an_operator_is_answered_by_the_other(pair: City) -> None:
    until(lambda: status(pair.home)["ready"], "both are there")
    first = pair.pid("screening")
    os.kill(first, signal.SIGKILL)
    began = time.monotonic()
    assert pair.told("parked") == []
    assert time.monotonic() - began < 2 * max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))
    until(lambda: status(pair.home)["ready"], "it is back")
    assert pair.pid("screening") != first
