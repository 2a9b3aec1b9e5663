"""`cg demo`: starts a house of its own and plays the story in it, through the doors that everybody uses."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated, Any

import typer

from cg_cli.home import Home, Wrong

DEMO_HOME = Path(".cg-demo")


def register(app: typer.Typer) -> None:
    """Adds the command."""
    app.command("demo")(demo)


def demo(
    names: Annotated[list[str] | None, typer.Argument(metavar="[STORY]...", help="Which stories; all, when none is named.")] = None,
    listed: Annotated[bool, typer.Option("--list", help="Say which stories there are, and start nothing.")] = False,
    home: Annotated[Path, typer.Option("--home", envvar="CG_DEMO_HOME", help="The folder of the demo's own house.", metavar="DIR")] = DEMO_HOME,
    leave: Annotated[bool, typer.Option("--leave", help="Come back after the story and leave the house running.")] = False,
) -> None:
    """Start what does not run, play the stories as they happen, print the links to their traces, and stay up.

    The house is one of its own, because the stories move domain time.
    """
    from rich.console import Console  # noqa: PLC0415

    from cg_cli.commands import house  # noqa: PLC0415
    from cg_cli.stories import STORIES  # noqa: PLC0415
    from cg_cli.supervisor import PARTS  # noqa: PLC0415

    console = Console(soft_wrap=True, highlight=False)
    if unknown := ", ".join(name for name in names or () if name not in STORIES):
        raise Wrong(f"{unknown} is no story; stories are {', '.join(STORIES)}")
    if listed:
        for name, story in STORIES.items():
            console.print(f"{name:16} {story.flow:4} {story.about}")
        return
    here = Home(home)
    if not here.is_held:
        house.fetch(console, PARTS)
        house.leave_running(console, here, PARTS, sample=True)
    try:
        play(here, console, names or list(STORIES))
    except KeyboardInterrupt:
        if not leave:
            house.stop(here)
        raise
    if leave:
        return
    console.print("\nThe house stays up: look at it with the commands above. Ctrl-C stops it.")
    try:
        while here.is_held:
            time.sleep(0.5)
    except KeyboardInterrupt:
        house.stop(here)
        console.print("stopped")


def play(home: Home, console: Any, names: list[str]) -> dict[str, tuple[str, str]]:
    """The stories; gives for each scene the id of the message that began it and its trace. Raises Trouble with what did not happen."""
    from cg_cli.stage import Stage  # noqa: PLC0415
    from cg_cli.stories import STORIES  # noqa: PLC0415

    stage = Stage(home, console)
    try:
        traces = {title: trace for name in names for title, trace in STORIES[name].play(stage).items()}
    finally:
        stage.close()
    console.print("\nThe traces, and the stories from the journals:")
    for title, (opened, trace) in traces.items():
        console.print(f"  {title:18} {home.traces_url}/zipkin/traces/{trace}")
        console.print(f"  {'':18} uv run cg story {opened} --home {home}", style="dim")
    return traces
