"""`cg forget`: what can be read of a person is destroyed in every service; what happened stays on record."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

import typer
from rich.table import Table

from cg_cli.asking import Asker, Refused, Silent, as_document
from cg_cli.home import DEFAULT, Home, Trouble
from cg_cli.options import HomeOption, JsonOption
from cg_cli.shown import console
from cg_contracts.accounts import SERVICES


def register(app: typer.Typer) -> None:
    """Adds `cg forget`."""
    app.command("forget")(forget)


def forget(
    person: Annotated[UUID, typer.Argument(metavar="PERSON", help="The person's opaque id.")],
    reason: Annotated[str, typer.Option("--reason", help="Why; kept for ever beside what was done.")] = "retention is over",
    despite_holds: Annotated[bool, typer.Option("--despite-holds", help="Also although a case, an appeal or the like is not over.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be destroyed, and what stands in the way.")] = False,
    as_json: JsonOption = False,
    home: HomeOption = DEFAULT,
) -> None:
    """Destroy what can be read of a person (the keys of the vaults, and copies that were kept in clear); journals stay and can still be read by machine.

    What lies on an intake topic goes with its 14 days; a backup keeps what it holds until it is destroyed.
    """
    with Asker(Home(home), "head-of-service") as asker:
        try:
            kept = [_of(service, asker.ask(service, f"/vault/{person}")) for service in SERVICES]
            _known(person, kept)
            hindered = _hindrance(kept, despite_holds)
            if not dry_run and not hindered:
                body = {"reason": reason, "despite_holds": despite_holds}
                kept = [_of(service, asker.tell(service, f"/vault/{person}/forgetting", body)) for service in SERVICES]
        except (Silent, Refused) as why:
            raise Trouble(f"{why}; what other services knew may be destroyed already: do it again") from None
    if as_json:
        as_document({"person_id": str(person), "destroyed": not dry_run and not hindered, "services": kept, "hindered": hindered})
    else:
        _show(kept, "would be destroyed" if dry_run or hindered else "destroyed")
    if hindered:
        if not as_json:
            typer.echo(f"cg forget: {hindered}", err=True)
        raise typer.Exit(1)


def _of(service: str, body: dict[str, Any]) -> dict[str, Any]:
    return {"service": service, **body}


def _known(person: UUID, kept: list[dict[str, Any]]) -> None:
    """Turns a person away of whom there is nothing to forget: a slip of the pen must not look like a job done."""
    if any(each[what] for each in kept for what in ("entries", "copies", "turned_away", "waiting", "holds", "forgotten_at")):
        return
    raise typer.BadParameter(f"nothing can be read of a person {person}, in no service: nobody was forgotten; is that the id?")


def _hindrance(kept: list[dict[str, Any]], despite_holds: bool) -> str | None:
    """What stands in the way, before anything is destroyed anywhere."""
    waiting = [f"{each['service']}:{number}" for each in kept for number in each["waiting"]]
    if waiting:
        return f"records about this person wait (`cg parked`): {', '.join(waiting)}"
    holds = [f"{each['service']} {hold['kind']} {hold['id']}" for each in kept for hold in each["holds"]]
    return f"not over yet (--despite-holds does it all the same): {'; '.join(holds)}" if holds and not despite_holds else None


def _show(kept: list[dict[str, Any]], what: str) -> None:
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0), title=what, title_justify="left")
    for column in ("service", "entries of the vault", "copies of parked records", "of records turned away", "not over"):
        table.add_column(column, overflow="fold")
    for each in kept:
        holds = "\n".join(f"{hold['kind']} {hold['id']}" for hold in each["holds"])
        table.add_row(each["service"], str(each["entries"]), str(each["copies"]), str(each["turned_away"]), holds)
    console().print(table)
