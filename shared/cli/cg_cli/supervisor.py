"""One process for each home that starts its parts in order, watches them, starts again what ended, and stops all of them."""

from __future__ import annotations

import json
import os
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from enum import StrEnum
from functools import partial
from importlib import import_module
from pathlib import Path
from types import FrameType
from typing import Any

from cg_cli import provision, servers
from cg_cli.home import Home, Trouble, service_of, write
from cg_cli.processes import Known, Launch, end, last_lines, launch
from cg_contracts.accounts import SERVICES

PARTS = (*servers.SERVERS, *SERVICES)
"""All that can run in a home, in the order in which it is shown; a second process of a service is `<service>-1`."""

START_WITHIN = 120.0
"""Seconds in which all must be ready, or the start is given up."""

TRIES = 3
"""How often a part may end during the start before it is given up."""

PAUSES = (0.0, 0.5, 1.0, 2.0, 4.0, 8.0, 15.0, 30.0)
"""Seconds before a part that ended is started again: longer each time."""

STEADY = 60.0
"""Seconds of being ready after which the pauses begin anew."""

LOOK_EVERY = 2.0
"""Seconds between two questions to a service about its health."""

PATIENCE = 3.5
"""Seconds for services, and again for servers, to end by themselves when the house stops."""


COMPILED_ONCE = (
    {"PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": str(Path.home() / ".cache" / "commissariaat" / "pycache")} if sys.dont_write_bytecode else {}
)
"""Where this user's Python keeps no compiled files, the services keep theirs in a cache: it halves what a start costs."""


class State(StrEnum):
    """How a part is: on its way, taking work, alive but not taking work, or not there."""

    STARTING = "starting"
    READY = "ready"
    DEGRADED = "degraded"
    STOPPED = "stopped"


@dataclass(slots=True)
class Part:
    """One process that is kept running."""

    name: str
    url: str
    how: Callable[[], Launch]
    is_ready: Callable[[int], bool]
    is_asked: bool
    """Whether its health is asked again and again; of the others only the process is watched."""
    process: subprocess.Popen[bytes] | None = None
    known: Known | None = None
    state: State = State.STARTING
    restarts: int = 0
    failures: int = 0
    again_at: float = 0.0
    ready_since: float = 0.0
    asked_at: float = 0.0
    ends_on: signal.Signals = signal.SIGTERM


@dataclass(slots=True)
class Supervisor:
    """The parts of one home. `say` gets a line for each thing that a person may want to know."""

    home: Home
    wanted: tuple[str, ...]
    say: Callable[[str], None]
    sample: bool = True
    parts: dict[str, Part] = field(default_factory=dict)
    ready: bool = False
    stage: str = "starts"
    error: str | None = None
    written: str = ""
    me: Known | None = field(default_factory=lambda: Known.of(os.getpid()))

    def start(self) -> None:
        """Prepares and starts everything and returns when all is ready. Raises `Trouble`."""
        until = time.monotonic() + START_WITHIN
        here = {name: servers.server(name, self.home) for name in servers.SERVERS if name in self.wanted}
        services = [name for name in SERVICES if name in self.wanted]
        processes = [name for name in self.wanted if service_of(name)[0] in SERVICES]
        for name in processes:
            self.home.give_port(name)
        servers.free_or_moved(self.home, [port for one in here.values() for port in one.ports] + processes)
        for name, one in here.items():
            self._enter(f"prepares {name}")
            one.prepare()
            self._add(Part(name, one.url, one.launch, one.is_ready, is_asked=False))
        self._enter("starts the servers")
        migrations: dict[str, subprocess.Popen[bytes]] = {}
        if "postgres" in here:
            self._wait(lambda: self.parts["postgres"].state == State.READY, until)
            provision.databases(self.home)
            migrations = {name: launch(self._migration(name)) for name in services}
        if "kafka" in here:
            self._wait(lambda: self.parts["kafka"].state == State.READY, until)
            self._enter("makes topics, accounts and rights")
            provision.broker(self.home)
        self._enter("brings the databases up to date" if services else self.stage)
        for name, migration in migrations.items():
            self._wait(partial(_has_ended, migration), until)
            if migration.returncode:
                raise Trouble(f"the migrations of {name} failed: {last_lines(self.home.logs / f'{name}-migrate.log')}")
        self._enter("starts the services" if services else self.stage)
        for name in processes:
            self._add(Part(name, self.home.service_url(name), partial(self._service, name), self._is_well(name), is_asked=True))
        self._wait(lambda: all(part.state == State.READY for part in self.parts.values()), until)
        if set(services) == set(SERVICES):
            self._seed()
        self.ready = True
        self._enter("runs")

    def _seed(self) -> None:
        """Fills in the reference data once in a home's life; what it does may be repeated, for a crash half way."""
        done = self.home.path / "seeded"
        try:
            seed = import_module("cg_cli.seed").seed
        except ModuleNotFoundError as error:
            if error.name != "cg_cli.seed":
                raise
            return
        if not done.exists():
            self._enter("fills in the reference data")
            seed(self.home, sample=self.sample)
            write(done, "with samples\n" if self.sample else "without samples\n")

    def watch(self) -> None:
        """Keeps everything running until a signal ends it (as KeyboardInterrupt)."""
        with _woken_by_children() as wake:
            while True:
                self.tick()
                pending = [part.again_at - time.monotonic() for part in self.parts.values() if part.process is None]
                starting = any(part.state != State.READY for part in self.parts.values())
                wake(max(0.05, min([0.3 if starting else 1.0, *pending])))

    def tick(self) -> None:
        """Looks at each part once: notes who ended, starts again whose pause is over, asks who is ready."""
        for part in self.parts.values():
            now = time.monotonic()
            if part.process is not None and part.process.poll() is not None:
                self._ended(part, now)
            if part.process is None and part.again_at <= now:
                self._launch(part)
            if part.process is None:
                continue
            if part.state != State.READY or (part.is_asked and now - part.asked_at >= LOOK_EVERY):
                part.asked_at = now
                self._note(part, part.is_ready(part.process.pid), now)
        self._write()

    def stop(self) -> None:
        """Ends all parts, services first, and leaves no process."""
        self.ready = False
        self._enter("stops")
        for group in (SERVICES, servers.SERVERS):
            ending = [part for part in self.parts.values() if service_of(part.name)[0] in group and part.process is not None]
            end(
                [(part.known, part.ends_on) for part in ending if part.known is not None],
                PATIENCE,
                reap=partial(_reap, ending),
            )
            for part in ending:
                if part.process is not None:
                    with suppress(subprocess.TimeoutExpired):
                        part.process.wait(1)
                part.process, part.known, part.state = None, None, State.STOPPED
        for part in self.parts.values():
            part.state = State.STOPPED
        self._enter("stopped")

    def _add(self, part: Part) -> None:
        self.parts[part.name] = part
        self._launch(part)

    def _launch(self, part: Part) -> None:
        how = part.how()
        part.ends_on = how.ends_on
        part.state = State.STARTING
        try:
            part.process = launch(how)
        except OSError as error:
            part.failures += 1
            part.again_at = time.monotonic() + PAUSES[min(part.failures, len(PAUSES) - 1)]
            self.say(f"{part.name} cannot be started: {error}")
        else:
            part.known = Known.of(part.process.pid)
        self._write()

    def _ended(self, part: Part, now: float) -> None:
        assert part.process is not None
        code = part.process.returncode
        if part.state in {State.READY, State.DEGRADED} and now - part.ready_since > STEADY:
            part.failures = 0
        told = code in {0, -signal.SIGTERM} and part.is_asked  # somebody told a service to end: no failure, and no pause
        pause = 0.0 if told else PAUSES[min(part.failures, len(PAUSES) - 1)]
        part.failures += not told
        part.restarts += 1
        part.process, part.known, part.state, part.again_at = None, None, State.STARTING, now + pause
        how = "ended as it was told" if told else f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended with {code}"
        self.say(f"{part.name} {how}; it is started again{f' in {pause:g} s' if pause else ''}")

    def _note(self, part: Part, well: bool, now: float) -> None:
        before = part.state
        if well:
            part.state = State.READY
        elif before == State.READY:
            part.state = State.DEGRADED
        if part.state != before:
            part.ready_since = now if well else part.ready_since
            if part.restarts or State.DEGRADED in {before, part.state}:
                self.say(f"{part.name} is {part.state}")

    def _wait(self, done: Callable[[], bool], until: float) -> None:
        while True:
            self.tick()
            if done():
                return
            for part in self.parts.values():
                if part.failures >= TRIES:
                    raise Trouble(f"{part.name} does not start: {last_lines(self.home.logs / f'{part.name}.log') or 'it said nothing'}")
            if time.monotonic() > until:
                late = ", ".join(part.name for part in self.parts.values() if part.state != State.READY)
                raise Trouble(f"not ready after {START_WITHIN:.0f} s: {late}; see {self.home}/log")
            time.sleep(0.1)

    def _is_well(self, part: str) -> Callable[[int], bool]:
        port = self.home.ports[part]
        return lambda _: servers.answers(port, "/ops/health") == 200

    def _service(self, name: str) -> Launch:
        return Launch(
            [sys.executable, "-m", "cg_kit", "serve", f"services.{service_of(name)[0]}.app:SERVICE"],
            self.home.logs / f"{name}.log",
            {**self.home.environment(name, traces="traces" in self.wanted), **COMPILED_ONCE},
        )

    def _migration(self, name: str) -> Launch:
        return Launch(
            [sys.executable, "-m", "cg_kit", "migrate", f"services.{name}.app:SERVICE"],
            self.home.logs / f"{name}-migrate.log",
            {**self.home.migration_environment(name), **COMPILED_ONCE},
        )

    def _enter(self, stage: str) -> None:
        if stage != self.stage:
            self.stage = stage
            self.say(stage)
        self._write()

    def _write(self) -> None:
        said = {
            "supervisor": _of(self.me),
            "ready": self.ready,
            "stage": self.stage,
            "error": self.error,
            "parts": {
                name: {"state": part.state, "url": part.url, "restarts": part.restarts, "ends_on": int(part.ends_on), **_of(part.known)}
                for name, part in self.parts.items()
            },
            "wanted": self.wanted,
        }
        text = json.dumps(said)
        if text == self.written:
            return
        try:
            write(state_file(self.home), text)
        except Trouble as trouble:  # a disk that is full now must not stop what runs
            if self.written:
                self.say(str(trouble))
            self.written = ""
        else:
            self.written = text


def _has_ended(process: subprocess.Popen[bytes]) -> bool:
    return process.poll() is not None


def _reap(parts: list[Part]) -> None:
    for part in parts:
        if part.process is not None:
            part.process.poll()


def _of(known: Known | None) -> dict[str, Any]:
    return {"pid": known.pid if known else None, "started": known.started if known else None}


def known_of(noted: dict[str, Any]) -> Known | None:
    """The process that a state file names, which may have ended since."""
    return Known(noted["pid"], noted["started"]) if noted.get("pid") else None


def state_file(home: Home) -> Path:
    """Where a supervisor writes what it knows."""
    return home.run / "state.json"


def noted(home: Home) -> dict[str, Any]:
    """What the last supervisor of a home wrote; empty when there was none."""
    with suppress(OSError, ValueError):
        state: dict[str, Any] = json.loads(state_file(home).read_text())
        return state
    return {}


def end_leftovers(home: Home) -> list[str]:
    """Ends what a supervisor left that could not stop it, recognised by number and start time; returns the names."""
    left = [
        (name, known, signal.Signals(part["ends_on"]))
        for name, part in noted(home).get("parts", {}).items()
        for known in [known_of(part)]
        if known is not None and known.is_alive
    ]
    end([(known, how) for _, known, how in left], PATIENCE)
    return [name for name, _, _ in left]


@contextmanager
def _woken_by_children() -> Iterator[Callable[[float], None]]:
    """Gives a pause that ends at once when a child does."""
    reads, writes = socket.socketpair()
    reads.setblocking(False)
    writes.setblocking(False)
    before = signal.signal(signal.SIGCHLD, lambda *_: None)
    fd = signal.set_wakeup_fd(writes.fileno(), warn_on_full_buffer=False)

    def pause(seconds: float) -> None:
        if select.select([reads], [], [], seconds)[0]:
            with suppress(BlockingIOError):
                while reads.recv(512):
                    pass

    try:
        yield pause
    finally:
        signal.set_wakeup_fd(fd)
        signal.signal(signal.SIGCHLD, before)
        reads.close()
        writes.close()


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def supervise(home: Home, wanted: Collection[str], say: Callable[[str], None], *, sample: bool = True, ready: Callable[[], None] = lambda: None) -> None:
    """Runs a house in this process until it is told to stop. Raises `Trouble` when it does not get ready; then nothing is left running."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupt)
    home.settle()
    with home.held():
        left = end_leftovers(home)
        if left:
            say(f"ended what an earlier supervisor left: {', '.join(left)}")
        supervisor = Supervisor(home, tuple(sorted(wanted, key=lambda part: (PARTS.index(service_of(part)[0]), part))), say, sample)
        try:
            supervisor.start()
            ready()
            supervisor.watch()
        except KeyboardInterrupt:
            pass
        except Trouble as trouble:
            supervisor.error = str(trouble)
            raise
        except Exception as error:
            supervisor.error = f"{type(error).__name__}: {error}"
            raise
        finally:
            for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
                signal.signal(number, signal.SIG_IGN)
            supervisor.stop()


def main(arguments: list[str]) -> int:
    """`python -m cg_cli.supervisor HOME PARTS SAMPLE`: what `cg up --detach` leaves behind."""
    path, parts, sample = arguments
    try:
        supervise(Home(path), parts.split(","), _log, sample=sample == "sample")
    except Trouble as trouble:
        _log(str(trouble))
        return 1
    return 0


def _log(line: str) -> None:
    print(time.strftime("%Y-%m-%dT%H:%M:%S"), line, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
