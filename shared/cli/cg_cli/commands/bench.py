"""`cg bench`: what a reaction costs, beside a hand-written loop and FastStream's own."""

from __future__ import annotations

import json
import time
from typing import Annotated, Any

import typer

from cg_cli.options import JsonOption

TARGETS = (
    ("reactions_to_ceiling", "throughput, of the ceiling", ">=", 0.5),
    ("reactions_to_faststream", "throughput, times FastStream's own", ">=", 30.0),
    ("p50_to_ceiling", "p50, times the ceiling's", "<=", 2.5),
    ("p99_to_ceiling", "p99, times the ceiling's", "<=", 3.0),
)
"""What the medians are to reach."""


def register(app: typer.Typer) -> None:
    """Adds the command."""
    group = typer.Typer(help="Measures, in a house of their own that is removed after.", no_args_is_help=True, rich_markup_mode=None)
    group.command("reaction")(reaction)
    group.callback()(lambda: None)
    app.add_typer(group, name="bench")


def reaction(
    rounds: Annotated[int, typer.Option("--rounds", min=1, max=9, help="How often each is measured, interleaved.")] = 3,
    as_json: JsonOption = False,
) -> None:
    """From ScreeningRequested on hr's intake to its ScreeningCaseOpened: throughput of a filled topic, and latency at 200 a second."""
    from rich.console import Console  # noqa: PLC0415
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn  # noqa: PLC0415

    from bench.reaction import measure  # noqa: PLC0415

    began = time.monotonic()
    with Progress(TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn(), console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("prepares", total=rounds * 3 + 1)

        def say(what: str) -> None:
            progress.update(task, description=what, advance=0 if what.startswith("starts") else 1)

        found = measure(rounds, say)
    if as_json:
        typer.echo(json.dumps(found, ensure_ascii=False, indent=2))
        return
    show(found, time.monotonic() - began)


def show(found: dict[str, Any], seconds: float) -> None:
    """The figures as a table, each with its spread, and the ratios beside what they are to reach."""
    from rich.console import Console  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415

    console = Console(highlight=False)
    table = Table("", "min", "median", "max", box=None, title=f"{found['rounds']} rounds, interleaved, {seconds:.0f} s", title_justify="left")
    for column in table.columns[1:]:
        column.justify = "right"
    rows = (
        ("reactions/s, the service", "reactions_per_s"),
        ("reactions/s, hand-written ceiling", "ceiling_per_s"),
        ("reactions/s, FastStream's own", "faststream_per_s"),
        ("p50 ms at 200/s, the service", "p50_ms"),
        ("p50 ms at 200/s, ceiling", "ceiling_p50_ms"),
        ("p99 ms at 200/s, the service", "p99_ms"),
        ("p99 ms at 200/s, ceiling", "ceiling_p99_ms"),
    )
    for title, key in rows:
        table.add_row(title, *(f"{found[key][what]:,.1f}" for what in ("min", "median", "max")))
    console.print(table)
    for key, title, sign, target in TARGETS:
        value = found["ratios"][key]
        reached = value >= target if sign == ">=" else value <= target
        console.print(f"  {title:36}{value:8g}   to reach {sign} {target:g}   {'reached' if reached else 'NOT reached'}")
