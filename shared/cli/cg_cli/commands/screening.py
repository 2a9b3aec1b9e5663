"""`cg screening`: what is late, what is stuck, and which clearances end."""

from __future__ import annotations

from typing import Any

import typer
from rich.text import Text

from cg_cli.asking import as_document, asking
from cg_cli.home import DEFAULT
from cg_cli.options import HomeOption, JsonOption
from cg_cli.shown import console, local, table_of

HEAD = "head-of-service"


def register(app: typer.Typer) -> None:
    """Adds `cg screening ...`."""
    group = typer.Typer(help="The clearance office: what is late, what is stuck, which clearances end.", no_args_is_help=True)
    group.command("late")(late)
    group.command("watch")(watch)
    group.command("renewals")(renewals)
    app.add_typer(group, name="screening")


def late(as_json: JsonOption = False, home: HomeOption = DEFAULT) -> None:
    """List what is late, the longest first, with the days since the date that holds now and since the first one."""
    with asking("screening late", home, HEAD) as asker:
        items = asker.ask("screening", "/late", limit=1000)["items"]
    if as_json:
        as_document(items)
        return
    if not items:
        typer.echo("Nothing is late.")
        return
    table = table_of("what", "which", "source", "was due before", "days late", "first date", "days since")
    for each in items:
        which = next(each[name] for name in ("application_id", "case_id", "appeal_id", "aftercare_id") if each[name])
        days = Text(str(each["days_late"]), "red")
        table.add_row(each["what"], which, each["source"] or "", local(each["due_at"]), days, local(each["first_due_at"]), str(each["days_late_first"]))
    console().print(table)


def watch(as_json: JsonOption = False, home: HomeOption = DEFAULT) -> None:
    """List what would not go on by itself: without an owner, without anybody for what comes next, idle, suspended past its end, or to be forgotten."""
    with asking("screening watch", home, HEAD) as asker:
        items = asker.ask("screening", "/watch", limit=1000)["items"]
    if as_json:
        as_document(items)
        return
    if not items:
        typer.echo("Nothing is stuck.")
        return
    table = table_of("why", "kind", "which", "status", "since", "days")
    for each in items:
        which = f"{each['id']}\nperson {each['person_id']}" if each["person_id"] else each["id"]
        table.add_row(each["what"].replace("_", " "), each["kind"], which, each["status"], local(each["since"]), str(each["days"]))
    console().print(table)


def renewals(as_json: JsonOption = False, home: HomeOption = DEFAULT) -> None:
    """List the clearances that end, from the invitation to renew on, and who works in a post without the clearance that it asks."""
    with asking("screening renewals", home, HEAD) as asker:
        seen: dict[str, Any] = asker.ask("screening", "/renewals", limit=1000)
    if as_json:
        as_document(seen)
        return
    if not seen["ending"] and not seen["uncovered"]:
        typer.echo("No clearance ends soon, and nobody works without one.")
        return
    if seen["ending"]:
        table = table_of("clearance", "person", "level", "expires", "stage", "renewed")
        for each in seen["ending"]:
            row = (each["clearance_id"], each["person_id"], each["level"], local(each["expires_at"]), each["stage"].replace("_", " "))
            table.add_row(*row, "asked" if each["in_renewal"] else "")
        console().print(table)
    if seen["uncovered"]:
        table = table_of("works without", "post", "needs", "last clearance", "ended")
        for each in seen["uncovered"]:
            had = each["clearance_id"] or "none"
            table.add_row(Text(each["person_id"], "red"), each["post_id"], each["required_level"], had, local(each["ended_at"]) if each["ended_at"] else "")
        console().print(table)
