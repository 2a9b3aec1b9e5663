"""`cg journal export`, `verify`, `keep`, `drop`: the record outside the database, and what may then go from it."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from cg_cli.asking import as_document
from cg_cli.home import DEFAULT, Home, Trouble
from cg_cli.options import HomeOption, JsonOption
from cg_cli.shown import console
from cg_contracts.accounts import SERVICES

Folder = Annotated[Path, typer.Argument(metavar="DIR", help="The folder with the export.")]
Reason = Annotated[str, typer.Option("--reason", help="Why; kept for ever beside what was done.")]
OwnersDatabase = Annotated[str | None, typer.Option("--database", metavar="URL", help="Another database than the home's, as its owner.")]
Service = Annotated[str, typer.Argument(metavar="SERVICE", help="Whose journal.")]

ROWS_OF_A_PARTITION = 50_000_000


def register(app: typer.Typer) -> None:
    """Adds the commands."""
    group = typer.Typer(
        help="The journal outside the database: export, verify, say for how long it is kept inside, and drop what was exported.", no_args_is_help=True
    )
    group.command("export")(export)
    group.command("verify")(verify)
    group.command("keep")(keep)
    group.command("drop")(drop)
    app.add_typer(group, name="journal")


def export(
    service: Service,
    folder: Folder,
    begin: Annotated[str | None, typer.Option("--from", metavar="CHECKPOINT", help="In a new folder: after this checkpoint of an earlier export.")] = None,
    database: Annotated[str | None, typer.Option("--database", metavar="URL", help="Another database than the home's.")] = None,
    as_json: JsonOption = False,
    home: HomeOption = DEFAULT,
) -> None:
    """Write what the journal holds since the last time as files of JSON lines, chained by checkpoints; after a kill say the same again."""
    import asyncpg  # noqa: PLC0415

    from cg_kit import export as exporting  # noqa: PLC0415

    _known(service)
    start = _checkpoint(begin, "--from")
    url = database or Home(home).database_url(service, password=True)
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console(), disable=as_json or not console().is_terminal, transient=True) as progress:
        task = progress.add_task(f"exports the journal of {service}", total=None)
        try:
            done = asyncio.run(exporting.export(url, service, folder, start, lambda seq, top: progress.update(task, completed=seq, total=top)))
        except exporting.Unsound as error:
            raise Trouble(str(error)) from None
        except (asyncpg.PostgresError, OSError) as error:
            raise Trouble(f"the journal of {service} cannot be exported to {folder}: {error}") from None
    _told(folder, done, as_json)


def verify(
    folder: Folder,
    expect: Annotated[str | None, typer.Option("--expect", metavar="CHECKPOINT", help="A checkpoint that was noted elsewhere and must be among these.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Read an export again: every file is what was written, every stretch follows from the one before, no row is missing at a border."""
    _told(folder, _sound(folder, expect), as_json)


def keep(
    service: Service,
    days: Annotated[str, typer.Argument(metavar="DAYS|forever", help="After how many days a partition may be dropped; `forever`, as it begins: never.")],
    reason: Reason,
    database: OwnersDatabase = None,
    home: HomeOption = DEFAULT,
) -> None:
    """Say for how long the journal is kept in the database; nothing is dropped by itself."""
    _known(service)
    if days != "forever" and not (days.isdecimal() and 0 < int(days) < 100_000):
        raise typer.BadParameter(f"{days!r} is neither a number of days nor `forever`")
    wanted = None if days == "forever" else int(days)
    url = database or Home(home).database_url(service, owner=True, password=True)
    _asked(url, "INSERT INTO journal_kept (days, reason) VALUES ($1, $2)", wanted, reason, else_=f"the journal of {service} is kept as before")
    typer.echo(f"the journal of {service} is kept {'for ever' if wanted is None else f'for {wanted} days'}")


def drop(
    service: Service,
    part: Annotated[int, typer.Argument(metavar="N", help="The partition: its rows are N x 50 million and on.", min=0, max=1_000_000)],
    folders: Annotated[list[Path], typer.Argument(metavar="DIR...", help="The folders with its export; they are verified first.")],
    reason: Reason,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    database: OwnersDatabase = None,
    home: HomeOption = DEFAULT,
) -> None:
    """Drop a partition of the journal that was exported, that relay and followers are past, and that need not be kept (by default all must)."""
    _known(service)
    first, last = part * ROWS_OF_A_PARTITION, (part + 1) * ROWS_OF_A_PARTITION - 1
    url = database or Home(home).database_url(service, owner=True, password=True)
    stretches = sorted((one for folder in folders for one in _sound(folder, None, service).stretches), key=lambda one: one.first)
    named = ", ".join(map(str, folders))
    reached = max(first, 1)
    for stretch in stretches:
        if stretch.first <= reached:
            reached = max(reached, stretch.last + 1)
    if reached <= last:
        raise Trouble(f"the export in {named} ends at {reached - 1}, partition {part} at {last}")
    else_ = f"partition {part} of {service} stays"
    known = {tuple(row) for row in _asked(url, "SELECT first, last, checkpoint FROM journal_export", else_=else_)}
    for stretch in stretches:
        if stretch.first <= last and stretch.last >= first and (stretch.first, stretch.last, stretch.checkpoint) not in known:
            raise Trouble(f"{else_}: its database does not know {stretch.file} of {named}; that is another database's export, or this one was put back")
    if not yes:
        typer.confirm(f"Drop rows {first} to {last} of the journal of {service}? They are then in {named} only.", abort=True)
    rows = _asked(url, "SELECT drop_journal($1, $2)", part, reason, else_=else_)[0][0]
    typer.echo(f"dropped {rows} rows of the journal of {service}")


def _asked(url: str, sql: str, *values: Any, else_: str) -> list[Any]:
    """What a database answers its owner."""
    import asyncpg  # noqa: PLC0415

    async def answered() -> list[Any]:
        connection = await asyncpg.connect(url, server_settings={"application_name": "cg journal", "lock_timeout": "10s"})
        try:
            return list(await connection.fetch(sql, *values))
        finally:
            await connection.close()

    try:
        return asyncio.run(answered())
    except (asyncpg.PostgresError, OSError) as error:
        raise Trouble(f"{else_}: {error}") from None


def _known(service: str) -> None:
    if service not in SERVICES:
        raise typer.BadParameter(f"{service} is no service; services are {', '.join(SERVICES)}")


def _checkpoint(text: str | None, option: str) -> Any:
    from cg_kit import export as exporting  # noqa: PLC0415

    try:
        return exporting.Checkpoint.of(text) if text is not None else None
    except exporting.Unsound as error:
        raise typer.BadParameter(str(error), param_hint=option) from None


def _sound(folder: Path, expect: str | None, service: str | None = None) -> Any:
    from cg_kit import export as exporting  # noqa: PLC0415

    expected = _checkpoint(expect, "--expect")
    try:
        found = exporting.verify(folder, expected)
    except exporting.Unsound as error:
        raise Trouble(str(error)) from None
    if service is not None and found.service != service:
        raise Trouble(f"{folder} holds the journal of {found.service}")
    return found


def _told(folder: Path, manifest: Any, as_json: bool) -> None:
    said = {
        "service": manifest.service,
        "folder": str(folder),
        "rows": manifest.rows,
        "files": len(manifest.stretches),
        "begin": manifest.begin,
        "checkpoint": str(manifest.end),
    }
    if as_json:
        as_document(said)
    else:
        typer.echo(f"{said['rows']} rows of {said['service']} in {said['files']} files; checkpoint {said['checkpoint']}")
