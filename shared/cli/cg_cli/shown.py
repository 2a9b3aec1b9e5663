"""How times, names and their owners are written for people at the command line."""

from __future__ import annotations

import sys
from datetime import datetime, timedelta
from uuid import UUID

from rich.console import Console
from rich.table import Table

from cg_kit.pure.terms import BRUSSELS

COLOURS = {
    "org": "cyan",
    "screening": "magenta",
    "audit": "bright_blue",
    "integrity": "bright_magenta",
    "innovation": "bright_cyan",
    "oversight": "bright_black",
    "person": "green",
    "deadline": "blue",
}
OUTSIDE = "yellow"
BAD = "bold red"


def console() -> Console:
    """The terminal; what is piped gets long lines and no colours."""
    return Console(highlight=False, width=None if sys.stdout.isatty() else 200)


def instant(text: str) -> datetime:
    """An instant as the services write it."""
    return datetime.fromisoformat(text)


def here(at: datetime) -> datetime:
    """The same instant on the clocks of Brussels, by which the house lives and the law counts."""
    return at.astimezone(BRUSSELS)


def short(type_: str) -> str:
    """`ScreeningRequested` for `be.police.cg.screening.ScreeningRequested.v1`."""
    return type_.rsplit(".", 2)[-2] if type_.startswith("be.police.cg.") else type_


def local(text: str) -> str:
    """An instant in Brussels; midnight is a day."""
    at = here(instant(text))
    return f"{at:%Y-%m-%d}" if (at.hour, at.minute, at.second) == (0, 0, 0) else f"{at:%Y-%m-%d %H:%M}"


def bare(name: str) -> str:
    """A deadline's name without the id of the thing that it is about: `start` for `start:<assignment_id>`; `check:criminal_record` stays."""
    first, _, rest = name.partition(":")
    try:
        UUID(rest)
    except ValueError:
        return name
    return first


def age(span: timedelta) -> str:
    """A length of time in its largest unit."""
    seconds = int(span.total_seconds())
    for size, unit in ((86400, "day"), (3600, "hour"), (60, "minute")):
        if seconds >= 2 * size or (unit == "day" and seconds >= size):
            return f"{seconds // size} {unit}{'s' if seconds // size > 1 else ''}"
    return f"{seconds} seconds"


def table_of(*columns: str) -> Table:
    """A table without lines, whose long values go on below."""
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    for column in columns:
        table.add_column(column, overflow="fold")
    return table
