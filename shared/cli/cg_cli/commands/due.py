"""`cg due`: when a legal term ends, and why then."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Annotated

import typer

from cg_cli.home import Wrong
from cg_cli.options import JsonOption
from cg_kit.pure.terms import BRUSSELS, Term


def register(app: typer.Typer) -> None:
    """Adds `cg due`."""
    app.command("due", context_settings={"ignore_unknown_options": True})(due)  # so that "-3 days" is told to be no term


def due(
    term: Annotated[list[str], typer.Argument(help="A term: '8 days', '72 hours', '3 months', '20 working days', '7 months before'.", metavar="TERM")],
    start: Annotated[
        str | None, typer.Option("--from", help="The instant it starts at; without an offset, Brussels time. Default: now.", metavar="INSTANT")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Say when a legal term ends (the first instant that is too late) and why then."""
    try:
        reckoned = Term.parse(" ".join(term)).due(_instant(start))
    except ValueError as error:
        raise Wrong(str(error)) from None
    if as_json:
        said = {
            "due": reckoned.due.isoformat(),
            "due_date": reckoned.due_date.isoformat(),
            "raw_date": reckoned.raw_date.isoformat(),
            "explanation": reckoned.explanation,
        }
        typer.echo(json.dumps(said, ensure_ascii=False, indent=2))
    else:
        typer.echo(f"{reckoned.due.isoformat()}\n{reckoned.explanation}")


def _instant(text: str | None) -> datetime:
    if text is None:
        return datetime.now(UTC)
    try:
        start = datetime.fromisoformat(text.strip())
    except ValueError:
        raise ValueError(f"{text!r} is not an instant such as 2026-04-15T10:00+02:00") from None
    return start if start.tzinfo is not None else start.replace(tzinfo=BRUSSELS)
