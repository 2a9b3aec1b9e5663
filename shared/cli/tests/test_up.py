"""`cg up` and `cg down` with real servers: whatever happens on the way, the next start works and no process is left."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from cg_cli.home import FIXED_PORTS, Home
from cg_cli.status import status
from cg_cli.supervisor import noted

ONLY = ("--only", "kafka,postgres")


def cg(*words: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    done = subprocess.run([sys.executable, "-m", "cg_cli.main", *words], capture_output=True, text=True, check=False, timeout=150, cwd=cwd)
    assert "Traceback" not in done.stdout + done.stderr
    return done


def until(done: Callable[[], object], seconds: float, what: str) -> None:
    limit = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < limit, what
        time.sleep(0.02)


def left(home: Home) -> list[str]:
    """The processes that still run for a home."""
    found = []
    for process in psutil.process_iter(["cmdline", "status"]):
        line = " ".join(process.info["cmdline"] or [])
        if str(home.path) in line and process.info["status"] != psutil.STATUS_ZOMBIE:
            found.append(line[:200])
    return found


@pytest.fixture(scope="module")
def home() -> Iterator[Home]:
    folder = Path(tempfile.mkdtemp(prefix="cg-up-"))
    made = Home(folder / "home")
    yield made
    with suppress(Exception):
        cg("down", "--home", str(made.path))
    shutil.rmtree(folder, ignore_errors=True)


@pytest.mark.parametrize("stage", ["prepares kafka", "prepares postgres", "starts the servers", "makes topics, accounts and rights"])
def test_1_a_first_start_that_is_killed_leaves_no_process(home: Home, stage: str) -> None:
    with (home.path.parent / "said").open("w") as said:
        starting = subprocess.Popen([sys.executable, "-m", "cg_cli.main", "up", "--home", str(home.path), *ONLY], stdout=said, stderr=said)
    until(lambda: noted(home).get("stage") == stage and noted(home)["supervisor"]["pid"] == starting.pid, 60, f"never got to {stage}")
    starting.kill()
    starting.wait()
    until(lambda: not left(home), 15, f"still there: {left(home)}")
    assert status(home)["ready"] is False


def test_2_and_the_next_start_works_and_leaves_a_supervisor(home: Home) -> None:
    done = cg("up", "--detach", "--home", str(home.path), *ONLY)
    assert done.returncode == 0, done.stderr
    house = status(home)
    assert house["ready"] is True
    assert house["kafka"]["bootstrap"] == home.bootstrap
    assert {name: part["state"] for name, part in house["parts"].items()} == {"kafka": "ready", "postgres": "ready", "traces": "stopped"}


def test_3_a_second_one_says_that_it_runs_already(home: Home) -> None:
    done = cg("up", "--home", str(home.path))
    assert done.returncode == 0
    assert "runs already" in done.stdout


def test_4_a_killed_broker_and_a_killed_database_are_back(home: Home) -> None:
    for part in ("postgres", "kafka"):
        before = status(home)["parts"][part]["pid"]
        os.kill(before, signal.SIGKILL)
        until(lambda: not status(home)["ready"], 5, "nobody noticed")
        until(lambda: status(home)["ready"], 60, "did not come back")
        assert status(home)["parts"][part]["pid"] != before


def test_5_a_killed_supervisor_takes_its_parts_with_it_and_the_next_start_works(home: Home) -> None:
    os.kill(status(home)["supervisor"]["pid"], signal.SIGKILL)
    until(lambda: not home.is_held, 5, "still held")
    assert status(home)["ready"] is False
    assert status(home)["supervisor"] == {"state": "stopped", "pid": None}
    with (home.path.parent / "said").open("w") as said:
        running = subprocess.Popen([sys.executable, "-m", "cg_cli.main", "up", "--home", str(home.path), *ONLY], stdout=said, stderr=said)
    until(lambda: (noted(home)["ready"] and noted(home)["supervisor"]["pid"] == running.pid) or running.poll() is not None, 90, "did not get ready")
    assert running.poll() is None, (home.path.parent / "said").read_text()
    begun = time.monotonic()
    running.send_signal(signal.SIGINT)
    assert running.wait(20) == 0
    assert time.monotonic() - begun < 10
    assert not left(home)
    assert "Traceback" not in (home.path.parent / "said").read_text()


def test_6_down_and_reset_of_what_does_not_run(home: Home) -> None:
    assert "nothing runs" in cg("down", "--home", str(home.path)).stdout
    assert cg("reset", "--home", str(home.path)).returncode != 0  # nobody said yes
    assert home.exists
    assert cg("reset", "--yes", "--home", str(home.path)).returncode == 0
    assert not home.path.exists()


def test_a_taken_port_is_said_and_nothing_is_left(tmp_path: Path) -> None:
    with socket.socket() as taken, suppress(OSError):
        taken.bind(("127.0.0.1", FIXED_PORTS["kafka"]))
        taken.listen()
        done = cg("up", "--detach", *ONLY, cwd=tmp_path)
    assert done.returncode == 1
    assert f"port {FIXED_PORTS['kafka']} (kafka) is taken" in done.stderr
    assert done.stderr.count("\n") == 1
    assert not left(Home(tmp_path / ".cg"))
