"""`uv run check`: all that a machine can say about the code, in order; CI and the pre-commit hook call it and nothing else."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parents[3]

STEPS: tuple[tuple[str, tuple[str, ...], str], ...] = (
    ("format", ("ruff", "format", "--check", "--quiet", "."), "uv run ruff format"),
    ("lint", ("ruff", "check", "--quiet", "."), "uv run ruff check --fix"),
    ("types", ("mypy", "--no-error-summary"), "read what mypy says"),
    ("imports", ("lint-imports",), "read which import goes against which rule"),
    ("contracts", ("cg", "contracts", "check"), "a released message is never changed: add a version"),
    ("catalogue", ("cg", "contracts", "docs", "--check"), "uv run cg contracts docs"),
)
"""What is run, and what to do when it fails."""


def main() -> None:
    """Runs every step, also after one that failed, and ends with 1 when any did."""
    failed: list[str] = []
    for name, command, mend in STEPS:
        begun = time.monotonic()
        program = str(Path(sys.executable).parent / command[0])
        done = subprocess.run([program, *command[1:]], cwd=ROOT, capture_output=True, text=True, check=False)
        print(f"{'ok    ' if done.returncode == 0 else 'FAILED'} {name:10} {time.monotonic() - begun:5.1f} s", flush=True)
        if done.returncode:
            failed.append(name)
            print((done.stdout + done.stderr).strip(), f"-> {mend}", sep="\n", flush=True)
    if failed:
        print(f"failed: {', '.join(failed)}")
        sys.exit(1)
