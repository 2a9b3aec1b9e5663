"""`cg replay`, `cg replays`: records read again, as a job on record that outlives the command."""

from __future__ import annotations

import time
from typing import Annotated, Any

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from cg_cli.asking import Asker, as_document, asking
from cg_cli.commands.operate import house_of, instant_of
from cg_cli.home import DEFAULT, Trouble
from cg_cli.options import HomeOption, JsonOption
from cg_cli.shown import console, local
from cg_contracts.accounts import SERVICES
from cg_contracts.base import CATALOGUE

BECAME = {
    "taken": "had their effect before: nothing is done",
    "fresh": "had none",
    "applied": "have it now",
    "refused": "were refused by a rule of the domain, which is told as usual",
    "parked": "are parked: see `cg parked`",
    "turned_away": "the gate does not let in, which was told when they came",
    "forgotten": "are older than the inbox remembers, so nobody can say: left alone (`--again --type TYPE` takes them)",
    "unheard": "are of types that are not heard, or not asked for",
}


def register(app: typer.Typer) -> None:
    """Adds the commands."""
    app.command("replay")(replay)
    group = typer.Typer(help="Records that were read again: who asked for it, why, and what became of them.", invoke_without_command=True)
    group.callback()(replays)
    group.command("stop")(stop)
    app.add_typer(group, name="replays")


def replay(
    service: Annotated[str, typer.Argument(metavar="SERVICE", help="Who reads again.")],
    topic: Annotated[str, typer.Argument(metavar="TOPIC[/PARTITION]", help="A topic that it reads: cg.org.events, or one partition of it: cg.org.events/3.")],
    begin: Annotated[
        str, typer.Option("--from", metavar="TIME|OFFSET", help="From this instant of real time, or this offset of the partition (0: the beginning).")
    ],
    end: Annotated[str | None, typer.Option("--to", metavar="TIME|OFFSET", help="To here; without it, to where the service stands now. Never further.")] = None,
    reason: Annotated[str | None, typer.Option("--reason", help="Why; kept for ever beside what was done.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would happen.")] = False,
    again: Annotated[bool, typer.Option("--again", help="Each record counts as a new one, though it had its effect. Tried dry first, and asked for.")] = False,
    types: Annotated[list[str] | None, typer.Option("--type", metavar="TYPE", help="Only messages of this type; may be repeated.")] = None,
    rate: Annotated[str, typer.Option("--rate", metavar="N/s", help="Records a second at most.")] = "500/s",
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    as_json: JsonOption = False,
    home: HomeOption = DEFAULT,
) -> None:
    """Have a service read again what it read before: what had its effect has none again, what had none has it now, in the order of the topic."""
    if service not in SERVICES:
        raise typer.BadParameter(f"{service} is no service; services are {', '.join(SERVICES)}")
    if not (reason or dry_run):
        raise typer.BadParameter("say why with --reason; it is kept for ever")
    name, part = _place(topic)
    wanted: dict[str, Any] = {
        "topic": name,
        "part": part,
        "types": [_type(one) for one in types] if types else None,
        **_bound("from", begin),
        **(_bound("to", end) if end is not None else {}),
        "rate": _rate(rate),
        "reason": reason or "a dry run",
        "again": again,
    }
    with asking("replay", home) as asker:
        tried = None
        if dry_run or again:
            tried = _run(asker, service, {**wanted, "dry_run": True}, quiet=as_json)
            if dry_run:
                _told(tried, as_json)
                return
            if not as_json:
                _told(tried, as_json)
            if not yes and not typer.confirm(f"Have {tried['counts'].get('fresh', 0)} records their effect once more?"):
                raise typer.Abort
        _told(_run(asker, service, {**wanted, "tried": tried["id"] if tried else None}, quiet=as_json), as_json)


def _run(asker: Asker, service: str, wanted: dict[str, Any], *, quiet: bool) -> dict[str, Any]:
    """Asks for a replay and waits for its end; leaving earlier leaves it going on."""
    row = asker.tell(service, "/ops/replays", wanted)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console(), disable=quiet or not console().is_terminal, transient=True) as progress:
        task = progress.add_task(f"{'tries' if row['dry_run'] else 'replays'} {row['topic']}", total=None)
        try:
            while row["state"] in ("asked", "running"):
                time.sleep(0.2)
                row = asker.ask(service, f"/ops/replays/{row['id']}")
                if row["parts"]:
                    total = sum(p["until"] - p["start"] for p in row["parts"])
                    progress.update(task, total=total, completed=sum(p["next"] - p["start"] for p in row["parts"]))
        except KeyboardInterrupt:
            typer.echo(f"the replay goes on; `cg replays stop {service}:{row['id']} --reason ...` ends it", err=True)
            raise
    return row


def _told(row: dict[str, Any], as_json: bool) -> None:
    if as_json:
        as_document(row)
    else:
        counts = row["counts"]
        place = row["topic"] if row["part"] is None else f"{row['topic']}/{row['part']}"
        typer.echo(f"{counts.get('read', 0)} records of {place}{', tried only' if row['dry_run'] else ''}:")
        for key, meaning in BECAME.items():
            if counts.get(key):
                typer.echo(f"  {counts[key]:>7} {meaning}")
    if row["state"] == "stopped":
        raise Trouble(f"the replay {row['service']}:{row['id']} was stopped: {row['why']}")


def replays(context: typer.Context, as_json: JsonOption = False, home: HomeOption = DEFAULT) -> None:
    """List replays, the latest first; or stop one."""
    context.obj = home
    if context.invoked_subcommand is not None:
        return
    with asking("replays", home) as asker:
        rows = [row for answer in asker.all("/ops/replays") for row in answer.body["rows"]]
        asker.answered()
        rows.sort(key=lambda row: row["at"], reverse=True)
        if as_json:
            as_document([{**row, "id": f"{row['service']}:{row['id']}"} for row in rows])
            return
        if not rows:
            typer.echo("Nothing was read again.")
            return
        table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
        for column in ("id", "asked", "topic", "state", "what became of it", "why"):
            table.add_column(column, overflow="fold")
        for row in rows:
            how = " ".join(word for word, is_so in (("dry", row["dry_run"]), ("again", row["again"])) if is_so)
            became = ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in row["counts"].items() if count)
            state = Text(row["state"]).append(f"\n{how}" if how else "", "dim").append(f"\n{row['why']}" if row["why"] else "", "dim")
            place = row["topic"] if row["part"] is None else f"{row['topic']}/{row['part']}"
            table.add_row(f"{row['service']}:{row['id']}", local(row["at"]), place, state, became, row["reason"])
        console().print(table)


def stop(
    context: typer.Context,
    id_: Annotated[str, typer.Argument(metavar="ID", help="As listed.")],
    reason: Annotated[str, typer.Option("--reason", help="Why; kept for ever beside what was done.")],
    home: HomeOption = DEFAULT,
) -> None:
    """Stop a replay; what it did stays."""
    service, _, number = id_.partition(":")
    if service not in SERVICES or not number:
        raise typer.BadParameter(f"{id_} is no replay; they are listed by `cg replays`")
    with asking("replays stop", house_of(context, home)) as asker:
        _told(asker.tell(service, f"/ops/replays/{number}/stop", {"reason": reason}) | {"state": "done"}, as_json=False)


def _place(text: str) -> tuple[str, int | None]:
    topic, slash, part = text.partition("/")
    if slash and not part.isdecimal():
        raise typer.BadParameter(f"{part!r} is no partition")
    return topic, int(part) if slash else None


def _bound(name: str, text: str) -> dict[str, Any]:
    return {f"{name}_offset": int(text)} if text.isdecimal() else {f"{name}_at": instant_of(text).isoformat()}


def _type(text: str) -> str:
    """A message's type, also by its short name."""
    found = [type_ for type_, contract in CATALOGUE.items() if text in (type_, contract.about.name)]
    if len(found) != 1:
        raise typer.BadParameter(f"{text} is the name of {len(found)} types; `cg contracts list` names them")
    return found[0]


def _rate(text: str) -> int:
    number = text.removesuffix("/s")
    if not number.isdecimal() or not int(number):
        raise typer.BadParameter(f"{text} is no rate such as 500/s")
    return int(number)
