"""`cg obligations`: what services owe each other, what is late, whose, since when, and because of what."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

import typer
from rich.table import Table
from rich.text import Text

from cg_cli.asking import as_document, asking
from cg_cli.home import DEFAULT
from cg_cli.options import HomeOption, JsonOption
from cg_cli.shown import BAD, COLOURS, age, console, instant, local, short


def register(app: typer.Typer) -> None:
    """Adds `cg obligations`."""
    app.command("obligations")(obligations)


def obligations(
    late: Annotated[bool, typer.Option("--late", help="Only what is late.")] = False,
    of: Annotated[
        str | None, typer.Option("--of", metavar="UNIT", help="Owed by this unit, by those under it or their posts (its id); or a service's or account's name.")
    ] = None,
    about: Annotated[
        str | None, typer.Option("--about", metavar="ID", help="About this thing, done or not: the ledger of who has acted on a reorganisation, for one.")
    ] = None,
    before: Annotated[str | None, typer.Option("--before", metavar="ROLE", help="On the list of this role: commissioner_general, for one.")] = None,
    declared: Annotated[bool, typer.Option("--declared", help="Every promise that is declared, how it is kept, and what waits for what.")] = False,
    as_json: JsonOption = False,
    home: HomeOption = DEFAULT,
) -> None:
    """Show what is owed now, by its due instant."""
    with asking("obligations", home) as asker:
        if declared:
            kinds = asker.ask("oversight", "/obligations/declared")["items"]
            if as_json:
                as_document(kinds)
            else:
                console().print(_declared(kinds))
            return
        rows = list[dict[str, Any]]()
        after: str | None = None
        while True:
            which = "all" if about else None
            page = asker.ask("oversight", "/obligations", which=which, late=late or None, about=about, before=before, after=after, **_whose(of))
            rows += page["items"]
            after = page["next"]
            if after is None:
                break
        if as_json:
            as_document(rows)
        elif rows:
            now = instant(asker.ask("oversight", "/ops/status")["clock"]["domain"])
            console().print(_owed(rows, now))
        else:
            typer.echo("Nothing is late." if late else "Nothing is owed.")


def _whose(of: str | None) -> dict[str, str]:
    if of is None:
        return {}
    try:
        return {"unit": str(UUID(of))}
    except ValueError:
        return {"debtor": of}


def _owed(rows: list[dict[str, Any]], now: Any) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim")
    for head in ("due", "", "what", "owed by", "about", "because of", "before"):
        table.add_column(head, no_wrap=head != "what", overflow="fold")
    for row in rows:
        due = row["due_at"]
        moved = Text(f"{local(due) if due else '-'}")
        if due and due != row["first_due_at"]:
            moved.append(f" (first {local(row['first_due_at'])})", "dim")
        debtor = row["owed_by"]
        table.add_row(
            moved,
            _stands(row, now),
            row["name"].replace("_", " "),
            Text(debtor["name"] if debtor["kind"] in ("service", "account") else f"{debtor['kind']} {debtor['name'][-12:]}", COLOURS.get(debtor["name"], "")),
            row["about"][-12:],
            f"{short(row['trigger'])} {row['because_of']}",
            ", ".join(row["before"]).replace("_", " "),
        )
    return table


def _stands(row: dict[str, Any], now: Any) -> Text:
    if row["ended_at"]:
        how = "met" if row["status"] == "MET" else "no longer owed"
        return Text(f"{how} {local(row['ended_at'])}{', late' if row['late'] else ''}", BAD if row["late"] else "dim")
    if not row["due_at"]:
        return Text("suspended", "dim")
    return Text(f"{age(now - instant(row['due_at']))} late", BAD) if row["late"] else Text("")


def _declared(kinds: list[dict[str, Any]]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim")
    for head in ("what", "when", "owed by", "within", "proof", "open", "late", "met", "met late"):
        table.add_column(head, overflow="fold", justify="right" if head in ("open", "late", "met", "met late") else "left")
    for kind in kinds:
        counts = [str(kind[name] or "") for name in ("open", "late", "met", "met_late")]
        if kind["waits_for"]:
            counts = [Text(f"waits for {kind['waits_for']}", "dim"), "", "", ""]  # type: ignore[list-item]
        proof = ", ".join(short(each) for each in kind["met_by"])
        table.add_row(kind["name"].replace("_", " "), short(kind["opens"] or ""), kind["owed_by"], kind["within"], proof, *counts)
    return table
