"""The supervisor, with tiny programs as its parts: who ends is started again, the status is true, and nobody is left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import psutil
import pytest

from cg_cli import supervisor as supervising
from cg_cli.home import Home, Trouble
from cg_cli.processes import Known, Launch, end, launch
from cg_cli.status import status
from cg_cli.supervisor import Part, State, Supervisor, end_leftovers

SERVICE = """
import http.server, pathlib, sys
class Health(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(503 if pathlib.Path(sys.argv[2]).exists() else 200); self.end_headers()
    def log_message(self, *_): pass
http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Health).serve_forever()
"""
STUBBORN = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(600)"


@pytest.fixture
def home(tmp_path: Path) -> Home:
    made = Home(tmp_path / "home")
    made.settle()
    return made


@pytest.fixture
def said() -> list[str]:
    """What the supervisor tells."""
    return []


@pytest.fixture
def house(home: Home, tmp_path: Path, said: list[str]) -> Iterator[Supervisor]:
    """Two services that are well while there is no file `ill`."""
    made = Supervisor(home, ("org", "screening"), said.append)
    with home.held():
        for name in ("org", "screening"):
            argv = [sys.executable, "-c", SERVICE, str(home.ports[name]), str(tmp_path / f"ill-{name}")]
            how = partial(Launch, argv, home.logs / f"{name}.log")
            made._add(Part(name, home.service_url(name), how, made._is_well(name), is_asked=True))
        until(made, lambda: all(part.state == State.READY for part in made.parts.values()))
        made.ready = True
        made.tick()
        yield made
        made.stop()


def until(house: Supervisor, done: Callable[[], bool], seconds: float = 15) -> None:
    limit = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < limit, {name: part.state for name, part in house.parts.items()}
        house.tick()
        time.sleep(0.02)


def of(house: Supervisor, name: str) -> dict[str, object]:
    found: dict[str, object] = status(house.home)["services"][name]
    return found


def test_who_is_killed_is_back_by_itself_and_the_status_is_true_meanwhile(house: Supervisor) -> None:
    first = house.parts["org"].process
    assert first is not None
    assert status(house.home)["ready"] is True
    first.kill()
    first.wait()
    assert of(house, "org")["state"] == "starting"
    assert status(house.home)["ready"] is False
    until(house, lambda: house.parts["org"].restarts == 1 and house.parts["org"].state == State.READY)
    assert of(house, "org")["state"] == "ready"
    assert of(house, "org")["pid"] != first.pid
    assert status(house.home)["ready"] is True


def test_who_is_alive_but_not_well_is_degraded_not_restarted(house: Supervisor, tmp_path: Path) -> None:
    pid = of(house, "org")["pid"]
    (tmp_path / "ill-org").touch()
    assert of(house, "org")["state"] == "degraded"
    house.parts["org"].asked_at = 0
    house.tick()
    assert house.parts["org"].state == State.DEGRADED
    (tmp_path / "ill-org").unlink()
    until(house, lambda: house.parts["org"].state == State.READY)
    assert of(house, "org")["pid"] == pid


def test_who_is_told_to_end_is_started_again_at_once_and_has_not_failed(house: Supervisor, said: list[str]) -> None:
    for turn in range(1, 4):
        house.parts["org"].process.terminate()  # type: ignore[union-attr]
        until(house, lambda turn=turn: house.parts["org"].restarts == turn and house.parts["org"].state == State.READY)  # type: ignore[misc]
    assert house.parts["org"].failures == 0
    assert said.count("org ended as it was told; it is started again") == 3


def test_a_replica_has_a_port_and_an_instance_of_its_own_and_stands_beside_its_service(home: Home) -> None:
    home.give_port("org-1")
    home.give_port("org-1")
    assert home.processes("org") == ("org", "org-1")
    assert home.processes("screening") == ("screening",)
    mine, other = home.environment("org"), home.environment("org-1")
    assert {name for name in mine if mine[name] != other[name]} == {"CG_HTTP_PORT", "CG_INSTANCE"}
    assert (mine["CG_INSTANCE"], other["CG_INSTANCE"]) == ("org-0", "org-1")
    house = Supervisor(home, ("org", "org-1"), lambda _: None)
    with home.held():
        for name in house.wanted:
            argv = [sys.executable, "-c", SERVICE, str(home.ports[name]), str(home.path / "ill")]
            house._add(Part(name, home.service_url(name), partial(Launch, argv, home.logs / f"{name}.log"), house._is_well(name), is_asked=True))
        until(house, lambda: all(part.state == State.READY for part in house.parts.values()))
        house.ready = True
        house.tick()
        there = status(home)
        assert there["ready"] is True
        assert there["services"]["org"]["replicas"]["org-1"]["url"] == home.service_url("org-1")
        house.parts["org-1"].process.kill()  # type: ignore[union-attr]
        house.parts["org-1"].process.wait()  # type: ignore[union-attr]
        assert status(home)["ready"] is False
        house.stop()
    assert house.parts["org-1"].process is None


def test_pauses_grow_while_a_part_keeps_ending(house: Supervisor, said: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervising, "PAUSES", (0.0, 0.05, 0.1))
    house.parts["org"].how = partial(Launch, [sys.executable, "-c", "raise SystemExit(3)"], house.home.logs / "org.log")
    house.parts["org"].process.kill()  # type: ignore[union-attr]
    until(house, lambda: house.parts["org"].failures >= 4)
    assert said == [
        "org was ended by SIGKILL; it is started again",
        "org ended with 3; it is started again in 0.05 s",
        "org ended with 3; it is started again in 0.1 s",
        "org ended with 3; it is started again in 0.1 s",
    ]
    assert house.parts["screening"].state == State.READY


def test_a_part_that_cannot_start_ends_the_start_with_its_own_words(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervising, "PAUSES", (0.0,))
    house = Supervisor(home, ("org",), lambda _: None)
    how = partial(Launch, [sys.executable, "-c", "print('no such thing'); raise SystemExit(1)"], home.logs / "org.log")
    house._add(Part("org", "", how, lambda _: False, is_asked=True))
    with pytest.raises(Trouble, match=r"org does not start: .*no such thing"):
        house._wait(lambda: False, time.monotonic() + 20)
    house.stop()


def test_stopping_leaves_no_process_even_of_one_that_does_not_listen(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervising, "PATIENCE", 0.3)
    house = Supervisor(home, ("org",), lambda _: None)
    house._add(Part("org", "", partial(Launch, [sys.executable, "-c", STUBBORN], home.logs / "org.log"), lambda _: True, is_asked=True))
    pid = house.parts["org"].process.pid  # type: ignore[union-attr]
    until(house, lambda: "deaf" in (home.logs / "org.log").read_text())
    house.stop()
    assert not psutil.pid_exists(pid)
    assert status(home)["services"]["org"]["state"] == "stopped"


def test_what_a_killed_supervisor_left_is_ended_and_nobody_else(home: Home) -> None:
    house = Supervisor(home, ("org",), lambda _: None)
    house._add(Part("org", "", partial(Launch, [sys.executable, "-c", "import time; time.sleep(600)"], home.logs / "org.log"), lambda _: True, is_asked=True))
    process = house.parts["org"].process
    assert process is not None
    assert status(home)["services"]["org"]["state"] != "ready"  # nobody holds the home: it cannot be well
    assert end_leftovers(home) == ["org"]
    assert process.wait(5) is not None
    assert end_leftovers(home) == []
    stranger = Known(os.getpid(), psutil.Process().create_time() - 60)  # our number, given to somebody else before
    end([(stranger, signal.SIGKILL)], 0)


def test_a_part_ends_with_its_supervisor(tmp_path: Path) -> None:
    if sys.platform != "linux":
        pytest.skip("only Linux tells a process that its parent is gone; elsewhere the next `cg up` ends it")
    program = (
        "import os, sys, signal, pathlib\n"
        "from cg_cli.processes import Launch, launch\n"
        f"child = launch(Launch([sys.executable, '-c', 'import time; time.sleep(600)'], pathlib.Path({str(tmp_path / 'log')!r})))\n"
        "print(child.pid, flush=True)\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False, timeout=20)
    pid, limit = int(done.stdout), time.monotonic() + 5
    while psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE:
        assert time.monotonic() < limit
        time.sleep(0.02)


def test_a_long_log_is_put_aside(tmp_path: Path) -> None:
    log = tmp_path / "org.log"
    log.write_bytes(b"x" * (8 * 1024 * 1024 + 1))
    launch(Launch([sys.executable, "-c", "print('fresh')"], log)).wait(20)
    assert log.read_text().strip() == "fresh"
    assert (tmp_path / "org.old").exists()
