"""How a house is, as far as anybody can see from outside: what its supervisor noted, held against the processes themselves."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from rich.console import Console
from rich.table import Table

from cg_cli.home import FIXED_PORTS, Home, Trouble, service_of
from cg_cli.servers import SERVERS, answers
from cg_cli.supervisor import PARTS, State, known_of, noted
from cg_contracts.accounts import SERVICES


def status(home: Home) -> dict[str, Any]:
    """The whole truth in one document: `ready`, `services.<name>.state`, `.url`, `.pid`, `.replicas.<name-1>` ..., `parts`, `kafka.bootstrap`, `traces.url`."""
    state = noted(home)
    supervisor = known_of(state.get("supervisor", {}))
    watched = supervisor is not None and supervisor.is_alive and home.is_held
    ports = _ports(home)
    wanted = state.get("wanted", [])
    replicas = [name for name in wanted if name not in PARTS]
    found = {name: _part(name, state.get("parts", {}).get(name, {}), watched, ports.get(name)) for name in (*PARTS, *replicas)}
    for name in SERVICES:
        found[name]["url"] = f"http://127.0.0.1:{ports[name]}" if name in ports else None
        found[name]["replicas"] = {other: found[other] for other in replicas if service_of(other)[0] == name}
    return {
        "ready": bool(watched and state.get("ready") and wanted and all(found[name]["state"] == State.READY for name in wanted)),
        "home": str(home),
        "stage": state.get("stage") if watched else "stopped",
        "supervisor": {"state": "running" if watched else "stopped", "pid": supervisor.pid if watched and supervisor else None},
        "kafka": {"bootstrap": f"127.0.0.1:{ports['kafka']}" if ports else None},
        "traces": {"url": f"http://127.0.0.1:{ports['traces']}" if ports else None},
        "services": {name: found[name] for name in SERVICES},
        "parts": {name: found[name] for name in SERVERS},
    }


def _ports(home: Home) -> dict[str, int]:
    with suppress(Trouble):
        return home.ports
    return FIXED_PORTS if home.fixed else {}


def _part(name: str, seen: dict[str, Any], watched: bool, port: int | None) -> dict[str, Any]:
    known = known_of(seen)
    alive = known is not None and known.is_alive
    state = seen.get("state", State.STOPPED)
    if not alive:
        state = State.STARTING if watched and state != State.STOPPED else State.STOPPED
    elif service_of(name)[0] in SERVICES and port is not None:
        was_ready = state in {State.READY, State.DEGRADED}
        state = State.READY if answers(port, "/ops/health") == 200 else State.DEGRADED if was_ready else State.STARTING
    return {"state": str(state), "url": seen.get("url"), "pid": known.pid if alive and known else None, "restarts": seen.get("restarts", 0)}


LATE = 150.0
"""Seconds after which a canary that comes each minute is missing."""


def canaries(home: Home, house: dict[str, Any]) -> list[dict[str, Any]]:
    """For each service that runs, of each service that it hears, how old its last sign of life is (`age_seconds`) and how long that took to come."""
    from cg_cli.asking import Asker, Refused, Silent  # noqa: PLC0415

    if not any(part["pid"] for part in house["services"].values()):
        return []
    found: dict[tuple[str, str], dict[str, Any]] = {}
    with Asker(home) as asker:
        for name, first in house["services"].items():
            for process, part in {name: first, **first["replicas"]}.items():
                if not part["pid"]:
                    continue
                with suppress(Silent, Refused):
                    for one in asker.ask(process, "/ops/status")["canaries"]:
                        said = {"from": one["service"], "to": name, "age_seconds": one["age_seconds"], "took_seconds": one["took_seconds"]}
                        known = found.setdefault((one["service"], name), said)
                        if one["age_seconds"] is not None and (known["age_seconds"] is None or one["age_seconds"] < known["age_seconds"]):
                            found[one["service"], name] = said
    return list(found.values())


def show_canaries(console: Console, heard: list[dict[str, Any]]) -> None:
    """Whether what one service says reaches the other."""
    for one in heard:
        age, took = one["age_seconds"], one["took_seconds"]
        said = "no canary yet" if age is None else f"canary {age:.0f} s ago, on its way for {took * 1000:.0f} ms"
        console.print(f"{one['from']} -> {one['to']}: {said}", style="red" if age is None or age > LATE else "dim", highlight=False)


def show(console: Console, house: dict[str, Any]) -> None:
    """The one table of addresses and health."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("part", "state", "address", "pid"):
        table.add_column(heading, overflow="fold")
    colours = {State.READY: "green", State.STARTING: "yellow", State.DEGRADED: "red", State.STOPPED: "dim"}
    services = {name: part for first, part in house["services"].items() for name, part in {first: part, **part["replicas"]}.items()}
    for name, part in {**house["parts"], **services}.items():
        state = State(part["state"])
        table.add_row(name, f"[{colours[state]}]{state}[/]", part["url"] or "", str(part["pid"] or ""))
    console.print(table)
