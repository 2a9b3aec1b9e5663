"""Processes of the house: started so that none outlives its supervisor, recognised after a crash, stopped to the last child."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil

_LIBC = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None
_PR_SET_PDEATHSIG = 1
LOG_LIMIT = 8 * 1024 * 1024
"""Bytes after which a log is put aside as `.old` at the next start."""


@dataclass(frozen=True, slots=True)
class Launch:
    """How a process is started and told to end."""

    argv: list[str]
    log: Path
    env: Mapping[str, str] = field(default_factory=dict)
    user: int | None = None
    ends_on: signal.Signals = signal.SIGTERM
    cwd: Path | None = None


@dataclass(frozen=True, slots=True)
class Known:
    """A process as it can be recognised later: the system gives numbers again, but not with the same start time."""

    pid: int
    started: float

    @classmethod
    def of(cls, pid: int) -> Known | None:
        """The process that has this number now, if any."""
        with suppress(psutil.Error):
            return cls(pid, psutil.Process(pid).create_time())
        return None

    @property
    def process(self) -> psutil.Process | None:
        """The process, while it lives."""
        with suppress(psutil.Error):
            process = psutil.Process(self.pid)
            if abs(process.create_time() - self.started) < 1 and process.status() != psutil.STATUS_ZOMBIE:
                return process
        return None

    @property
    def is_alive(self) -> bool:
        """Whether it still runs."""
        return self.process is not None


def launch(how: Launch) -> subprocess.Popen[bytes]:
    """Starts a process in a session of its own (Ctrl-C is for the supervisor), which ends when the starting thread's process does."""
    if how.log.exists() and how.log.stat().st_size > LOG_LIMIT:
        how.log.replace(how.log.with_suffix(".old"))
    parent = os.getpid()

    def end_with_parent() -> None:
        if _LIBC is not None:
            _LIBC.prctl(_PR_SET_PDEATHSIG, how.ends_on)
            if os.getppid() != parent:
                os._exit(1)

    with how.log.open("ab") as log:
        return subprocess.Popen(
            how.argv,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            env={**os.environ, **how.env},
            user=how.user,
            group=how.user,
            extra_groups=[] if how.user is not None else None,
            cwd=how.cwd,
            start_new_session=True,
            preexec_fn=end_with_parent,  # noqa: PLW1509  (the supervisor has one thread)
        )


def end(processes: Iterable[tuple[Known, signal.Signals]], patience: float, *, reap: Callable[[], object] = lambda: None) -> None:
    """Tells processes to end, waits so many seconds, and kills what is left of them with all their children."""
    told: list[psutil.Process] = []
    family: list[psutil.Process] = []
    for known, how in processes:
        process = known.process
        if process is None:
            continue
        with suppress(psutil.Error):
            family += process.children(recursive=True)
        with suppress(psutil.Error):
            process.send_signal(how)
        told.append(process)
    until = time.monotonic() + patience
    while time.monotonic() < until and (reap(), any(map(_lives, told)))[1]:
        time.sleep(0.05)
    left = [process for process in (*told, *family) if _lives(process)]
    for process in left:
        with suppress(psutil.Error):
            process.kill()
    until = time.monotonic() + 2
    while time.monotonic() < until and (reap(), any(map(_lives, left)))[1]:
        time.sleep(0.02)


def _lives(process: psutil.Process) -> bool:
    with suppress(psutil.Error):
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    return False


def last_lines(log: Path, count: int = 3) -> str:
    """What a process said last, for a message about its end."""
    with suppress(OSError):
        text = log.read_bytes()[-4000:].decode(errors="replace")
        return " | ".join(line.strip() for line in text.splitlines() if line.strip())[-count * 200 :]
    return ""
