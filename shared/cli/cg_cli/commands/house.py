"""`cg up`, `down`, `reset`, `restart`, `status`: the house itself."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Annotated

import typer

from cg_cli.home import DEFAULT, Home, Running, Trouble
from cg_cli.options import HomeOption, JsonOption

if TYPE_CHECKING:
    from rich.console import Console

READY_WITHIN = 60.0
"""Seconds in which a restarted service must take work again, or the next one is not restarted."""

LEAVE_WITHIN = 12.0
"""Seconds after which a supervisor that was told to stop is given up."""

OURS = ("kafka", "postgres", "log", "run", "secrets", "home.json", "jwks.json", "seeded")
"""All that a house keeps in its home."""


def register(app: typer.Typer) -> None:
    """Adds the commands."""
    app.command("up")(up)
    app.command("down")(down)
    app.command("reset")(reset)
    app.command("restart")(restart)
    app.command("status")(status)


def up(
    home: HomeOption = DEFAULT,
    detach: Annotated[bool, typer.Option("--detach", "-d", help="Come back when all is ready, and leave it running.")] = False,
    only: Annotated[str | None, typer.Option("--only", metavar="A,B", help="These parts and what they need: kafka, postgres, traces, or a service.")] = None,
    no_sample: Annotated[bool, typer.Option("--no-sample", help="Leave the invented vacancies, police zones and persons out of a fresh home.")] = False,
    replicas: Annotated[int, typer.Option("--replicas", min=1, max=5, help="So many processes of each service: another goes on when one is gone.")] = 1,
) -> None:
    """Prepare, start and watch the house; Ctrl-C stops it."""
    console = _console()
    here, parts = Home(home), wanted(only, replicas)
    if here.is_held:
        return _runs_already(console, here)
    fetch(console, parts)
    try:
        if detach:
            leave_running(console, here, parts, sample=not no_sample)
        else:
            _stay(console, here, parts, sample=not no_sample)
    except Running:
        return _runs_already(console, here)


def down(home: HomeOption = DEFAULT) -> None:
    """Stop the house and all its processes."""
    here = Home(home)
    typer.echo(f"stopped {here}" if stop(here) else f"nothing runs at {here}")


def reset(home: HomeOption = DEFAULT, yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False) -> None:
    """Stop the house and delete its data, accounts and secrets."""
    here = Home(home)
    if not here.path.exists():
        typer.echo(f"there is nothing at {here}")
        return
    if not yes:
        typer.confirm(f"Delete all data, accounts and secrets in {here}?", abort=True)
    stop(here)
    shutil.rmtree(here.socket_dir, ignore_errors=True)
    for name in OURS:
        path = here.path / name
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
    for left in here.path.glob(".*-*"):
        left.unlink()
    with suppress(OSError):
        here.path.rmdir()
    typer.echo(f"deleted {here}")


def restart(
    services: Annotated[list[str] | None, typer.Argument(metavar="[SERVICE]...", help="These services, one after the other.")] = None,
    every: Annotated[bool, typer.Option("--all", help="All services that run.")] = False,
    home: HomeOption = DEFAULT,
    as_json: JsonOption = False,
) -> None:
    """End and start services one process after the other, each when the one before takes work again; with --replicas there is no gap."""
    from cg_cli.status import status as look  # noqa: PLC0415
    from cg_contracts.accounts import SERVICES  # noqa: PLC0415

    unknown = ", ".join(sorted(set(services or ()) - set(SERVICES)))
    if unknown or bool(services) == every:
        raise typer.BadParameter(f"{unknown} is no service; services are {', '.join(SERVICES)}" if unknown else "name services, or say --all")
    here = Home(home)
    running = {name: part for name, part in look(here)["services"].items() if name in (services or SERVICES)}
    processes = [(name, part["pid"]) for first, one in running.items() for name, part in {first: one, **one["replicas"]}.items()]
    ended = [name for name, pid in processes if pid is None]
    if ended and (services or len(ended) == len(processes)):
        raise Trouble(f"{', '.join(ended)} does not run at {here}")
    took = {name: _renew(here, name, pid) for name, pid in processes if pid is not None}
    if as_json:
        typer.echo(json.dumps({"seconds": took}, indent=1))
    else:
        for name, seconds in took.items():
            typer.echo(f"{name} was restarted in {seconds:.1f} s")


def _renew(home: Home, name: str, pid: int) -> float:
    """Tells a process to end and waits until the supervisor's new one takes work; says how long that took. Raises `Trouble`."""
    from cg_cli.home import service_of  # noqa: PLC0415
    from cg_cli.status import status as look  # noqa: PLC0415

    began = time.monotonic()
    os.kill(pid, signal.SIGTERM)
    while time.monotonic() - began < READY_WITHIN:
        service = look(home)["services"][service_of(name)[0]]
        part = service["replicas"].get(name, service)
        if part["pid"] not in (pid, None) and part["state"] == "ready":
            return time.monotonic() - began
        time.sleep(0.1)
    raise Trouble(f"{name} does not take work again after {READY_WITHIN:.0f} s: the others were left alone; see {home}/log/{name}.log")


def status(home: HomeOption = DEFAULT, as_json: JsonOption = False) -> None:
    """Say what runs, where, and how it is."""
    from cg_cli.status import canaries, show, show_canaries  # noqa: PLC0415
    from cg_cli.status import status as look  # noqa: PLC0415

    here = Home(home)
    house = look(here)
    heard = canaries(here, house)
    if as_json:
        typer.echo(json.dumps({**house, "canaries": heard}, ensure_ascii=False, indent=2))
        return
    console = _console()
    show(console, house)
    show_canaries(console, heard)
    console.print("ready" if house["ready"] else f"not ready: {house['stage']}", highlight=False)


def wanted(only: str | None, replicas: int = 1) -> tuple[str, ...]:
    """The parts that `--only` names, with what a service needs; all without it. Of each service so many processes."""
    from cg_cli.supervisor import PARTS  # noqa: PLC0415
    from cg_contracts.accounts import SERVICES  # noqa: PLC0415

    named = set(PARTS) if only is None else {name.strip() for name in only.split(",") if name.strip()}
    unknown = ", ".join(sorted(named - set(PARTS)))
    if unknown or not named:
        raise typer.BadParameter(f"{unknown or 'nothing'} is no part; parts are {', '.join(PARTS)}", param_hint="--only")
    if named & set(SERVICES):
        named |= {"kafka", "postgres"}
    more = (f"{service}-{number}" for service in SERVICES if service in named for number in range(1, replicas))
    return (*(part for part in PARTS if part in named), *more)


def stop(home: Home) -> bool:
    """Tells the supervisor of a home to stop, or does it in its place when it was killed; says whether anything ran. Raises `Trouble`."""
    from cg_cli.supervisor import end_leftovers, known_of, noted  # noqa: PLC0415

    supervisor = known_of(noted(home).get("supervisor", {}))
    process = supervisor.process if supervisor is not None and home.is_held else None
    if process is not None:
        process.terminate()
        until = time.monotonic() + LEAVE_WITHIN
        while home.is_held:
            if time.monotonic() > until:
                raise Trouble(f"the supervisor (pid {process.pid}) does not stop; see {home}/log")
            time.sleep(0.05)
    elif home.is_held:
        raise Trouble(f"{home} is in use by a process that is no supervisor of ours (a test or a measure?)")
    return bool(end_leftovers(home)) or process is not None


def fetch(console: Console, parts: tuple[str, ...]) -> None:
    """Fetches the servers that are not here yet, and shows how far it is."""
    from cg_cli import jars  # noqa: PLC0415

    missing = jars.missing(*parts)
    if not missing:
        return
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn  # noqa: PLC0415

    size = sum(jar.size for jar in missing)
    if not console.is_terminal:
        console.print(f"fetches {len(missing)} files, {size / 1e6:.0f} MB; only this first time", highlight=False)
    with Progress(TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn(), console=console) as progress:
        task = progress.add_task("fetches Kafka and Zipkin, only this first time", total=size)

        @contextmanager
        def shown(name: str, _: int) -> Iterator[Callable[[int], None]]:
            yield lambda arrived: progress.advance(task, arrived)

        jars.fetch(missing, shown)


def _stay(console: Console, home: Home, parts: tuple[str, ...], *, sample: bool) -> None:
    from cg_cli.status import show  # noqa: PLC0415
    from cg_cli.status import status as look  # noqa: PLC0415
    from cg_cli.supervisor import supervise  # noqa: PLC0415

    def ready() -> None:
        show(console, look(home))
        console.print("ready; Ctrl-C stops it", highlight=False)

    supervise(home, parts, lambda line: console.print(line, style="dim", highlight=False, markup=False), sample=sample, ready=ready)


def leave_running(console: Console, home: Home, parts: tuple[str, ...], *, sample: bool) -> None:
    """Starts a house that outlives this command, and comes back when it is ready. Raises `Trouble`."""
    from cg_cli.processes import last_lines  # noqa: PLC0415
    from cg_cli.status import show  # noqa: PLC0415
    from cg_cli.status import status as look  # noqa: PLC0415
    from cg_cli.supervisor import noted  # noqa: PLC0415

    home.settle()
    log = home.logs / "supervisor.log"
    with log.open("ab") as file:
        supervisor = subprocess.Popen(
            [sys.executable, "-m", "cg_cli.supervisor", str(home.path), ",".join(parts), "sample" if sample else "none"],
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=file,
            start_new_session=True,
        )
    stage = ""
    try:
        while True:
            code = supervisor.poll()
            state = noted(home)
            mine = state.get("supervisor", {}).get("pid") == supervisor.pid
            if code is not None:
                raise Trouble((mine and state.get("error")) or last_lines(log, 1) or f"the supervisor ended with {code}")
            if mine and state["stage"] != stage:
                stage = state["stage"]
                console.print(stage, style="dim", highlight=False, markup=False)
            if mine and state["ready"]:
                break
            time.sleep(0.1)
    except KeyboardInterrupt:
        supervisor.terminate()
        supervisor.wait(LEAVE_WITHIN)
        raise
    supervisor.returncode = 0  # it is not ours any more
    show(console, look(home))
    console.print(f"ready; `cg down{'' if home.fixed else f' --home {home}'}` stops it", highlight=False)


def _runs_already(console: Console, home: Home) -> None:
    from cg_cli.status import show  # noqa: PLC0415
    from cg_cli.status import status as look  # noqa: PLC0415

    house = look(home)
    if not house["ready"]:
        raise Trouble(f"the house at {home} runs already, and is not ready: {house['stage']}")
    show(console, house)
    console.print(f"the house at {home} runs already", highlight=False)


def _console() -> Console:
    from rich.console import Console  # noqa: PLC0415

    return Console(soft_wrap=True)
