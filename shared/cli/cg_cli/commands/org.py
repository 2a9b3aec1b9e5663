"""`cg org`: who was responsible for what on a day, as was known then; what is amiss; and tables of units and staff."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.text import Text
from rich.tree import Tree

from cg_cli.asking import Asker, Refused, as_document, asking
from cg_cli.home import DEFAULT, Trouble
from cg_cli.options import HomeOption, JsonOption
from cg_cli.people import ROLES
from cg_cli.shown import console, local, table_of
from cg_kit.pure.terms import BRUSSELS

LANGUAGES = ("nl", "fr", "en")


def register(app: typer.Typer) -> None:
    """Adds `cg org ...`."""
    group = typer.Typer(help="The organisation: who answers for what, what is amiss, tables of units and staff.", no_args_is_help=True)
    group.command("at")(at)
    group.command("alarms")(alarms)
    group.command("import")(import_units)
    group.command("import-staff")(import_staff)
    app.add_typer(group, name="org")


As = Annotated[str, typer.Option("--as", metavar="ROLE", help="In which role it is asked; the sample person of that role asks.")]
Lang = Annotated[str, typer.Option("--lang", metavar="nl|fr|en", help="The language of the labels.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only say what would be done.")]
File = Annotated[Path, typer.Argument(metavar="FILE", help="CSV in UTF-8, separated by commas, semicolons or tabs.")]


# -- at --------------------------------------------------------------------------------------------------------------


def at(
    on: Annotated[str, typer.Argument(metavar="DATE", help="The day asked about: 2026-01-31, or today.")],
    known: Annotated[
        str | None, typer.Option("--known", metavar="DATE", help="As was known then: a day (at its end) or an instant. Default: as known now.")
    ] = None,
    unit: Annotated[str | None, typer.Option("--unit", metavar="SLUG", help="Only this unit and what is under it.")] = None,
    role: As = "org-administrator",
    names: Annotated[
        str | None, typer.Option("--names", metavar="PURPOSE", help="With names, asked as hr-officer for this purpose; that you read them is recorded.")
    ] = None,
    language: Lang = "en",
    as_json: JsonOption = False,
    home: HomeOption = DEFAULT,
) -> None:
    """Show the units of a day and who was responsible for each, as is known now or, with `--known`, as was known then."""
    _chosen(role, ROLES, "--as")
    _chosen(language, LANGUAGES, "--lang")
    if names is not None and re.fullmatch(r"[a-z][a-z0-9_]{0,63}", names) is None:
        raise typer.BadParameter(f"{names!r} is no purpose such as audit_2026", param_hint="--names")
    asked = {"on": _day(on), "known_at": _instant(known) if known is not None else None}
    with asking("org at", home, "hr-officer" if names else role) as asker:
        units = asker.ask("org", "/units", **asked)["items"]
        known_units = {one["unit_id"]: one for one in units}
        seen = asker.ask("org", "/responsible", **asked, purpose=names)
        heads = {one["unit_id"]: one for one in seen["items"]}
        tops = [one for one in units if (one["slug"] == unit if unit else one["parent_id"] not in known_units)]
        if unit and not tops:
            raise Trouble(f"there is no unit {unit} on {seen['on']}{', as was known then' if known else ''}")
        shown = _within(tops, units)
        called = _names(asker, [heads[one["unit_id"]] for one in shown if one["unit_id"] in heads], names) if names else {}
        if as_json:
            items = [{**one, **_head(heads.get(one["unit_id"]), called)} for one in shown]
            as_document({"on": seen["on"], "known_at": seen["known_at"], "items": items})
            return
        if not units:
            typer.echo(f"No unit was known{' then' if known else ''} to exist on {seen['on']}: the record begins later, or nothing was entered yet.")
            return
        screen = console()
        for top in tops:
            screen.print(_tree(top, units, heads, called, language))
        screen.print(Text(f"on {seen['on']}, as known {local(seen['known_at'])}", "dim"))


def _within(tops: list[dict[str, Any]], units: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """These units and all under them, each before what is under it."""
    found: list[dict[str, Any]] = []
    for top in tops:
        found += [top, *_within([one for one in units if one["parent_id"] == top["unit_id"]], units)]
    return found


def _names(asker: Asker, heads: list[dict[str, Any]], purpose: str) -> dict[str, str]:
    """The names of those who are named, each read for itself."""
    persons = sorted({holder["person_id"] for head in heads for holder in head["holders"]})
    called: dict[str, str] = {}
    for person in persons:
        try:
            told = asker.ask("org", f"/persons/{person}/names", purpose=purpose)
            called[person] = f"{told['given']} {told['family']}"
        except Refused:
            called[person] = "(no name kept)"
    return called


def _head(head: dict[str, Any] | None, called: dict[str, str]) -> dict[str, Any]:
    if head is None:
        return {"holders": None, "why": "not for this role"}
    holders = [{**holder, **({"name": called[holder["person_id"]]} if holder["person_id"] in called else {})} for holder in head["holders"]]
    return {"head_labels": head["head_labels"], "holders": holders, "why": head["why"]}


def _tree(unit: dict[str, Any], units: list[dict[str, Any]], heads: dict[str, dict[str, Any]], called: dict[str, str], language: str) -> Tree:
    label = Text.assemble((_label(unit["labels"], language), "bold"), (f"  {unit['slug']}", "dim"))
    head = heads.get(unit["unit_id"])
    if head is not None:
        label.append("\n")
        if head["head_labels"]:
            label.append(f"{_label(head['head_labels'], language)}: ", "dim")
        if head["holders"]:
            for n, holder in enumerate(head["holders"]):
                label.append(", " if n else "")
                label.append(called.get(holder["person_id"], holder["person_id"]), "cyan")
                how = [] if holder["standing"] == "active" else [holder["standing"]]
                how += [*(["away"] if holder["away"] else []), *(["interim"] if holder["kind"] == "interim" else [])]
                how += [f"since {holder['valid_from']}", *([f"until {holder['valid_to']}"] if holder["valid_to"] else [])]
                label.append(f" ({', '.join(how)})", "dim")
        else:
            label.append(head["texts"][language], "yellow")
    branch = Tree(label, guide_style="dim")
    for child in units:
        if child["parent_id"] == unit["unit_id"]:
            branch.add(_tree(child, units, heads, called, language))
    return branch


def _label(labels: dict[str, Any], language: str) -> str:
    return str(labels.get(language) or labels["nl"])


def _day(text: str) -> str | None:
    """A day; None: today by the house's clock, which the service knows."""
    if text.strip().lower() == "today":
        return None
    try:
        return date.fromisoformat(text.strip()).isoformat()
    except ValueError:
        raise typer.BadParameter(f"{text!r} is no day such as 2026-01-31, or today", param_hint="DATE") from None


def _instant(text: str) -> str:
    """An instant; of a day its end, when all that was recorded on it was known; without an offset, Brussels time."""
    try:
        if len(text.strip()) == 10:
            return (datetime.combine(date.fromisoformat(text.strip()) + timedelta(days=1), time(), BRUSSELS) - timedelta(microseconds=1)).isoformat()
        given = datetime.fromisoformat(text.strip())
    except ValueError:
        raise typer.BadParameter(f"{text!r} is no day such as 2026-01-31 and no instant such as 2026-01-31T09:00+01:00", param_hint="--known") from None
    return (given if given.tzinfo is not None else given.replace(tzinfo=BRUSSELS)).isoformat()


def _chosen(given: str, of: tuple[str, ...], option: str) -> None:
    if given not in of:
        raise typer.BadParameter(f"{given} is none of {', '.join(of)}", param_hint=option)


# -- alarms ----------------------------------------------------------------------------------------------------------


def alarms(role: As = "org-administrator", language: Lang = "en", as_json: JsonOption = False, home: HomeOption = DEFAULT) -> None:
    """List units without a head or with two, assignments that end within 30 days, and links to units that do not exist."""
    _chosen(role, ROLES, "--as")
    _chosen(language, LANGUAGES, "--lang")
    with asking("org alarms", home, role) as asker:
        seen = asker.ask("org", "/alarms")
        if as_json:
            as_document(seen)
            return
        screen = console()
        if seen["items"]:
            table = table_of("check", "unit", "what", "who")
            for item in seen["items"]:
                about = _label(item["labels"], language) if item["labels"] else item["unit_id"] or ""
                where = Text(about).append(f"  {item['slug']}" if item["slug"] else "", "dim")
                table.add_row(Text(item["check"], "red"), where, item["texts"][language], "\n".join(item["person_ids"]))
            screen.print(table)
        for check in seen["checks"]:
            if not check["found"]:
                nothing = "nothing was there to look at" if not check["looked_at"] else f"{check['looked_at']} looked at"
                screen.print(Text.assemble((f"{check['check']:<12} ", "green"), check["texts"][language], (f" ({nothing})", "dim")))


# -- import ----------------------------------------------------------------------------------------------------------


def import_units(file: File, dry_run: DryRun = False, as_json: JsonOption = False, home: HomeOption = DEFAULT) -> None:
    """Take a table of units: slug, kind, parent, nl, fr, legal_basis, valid_from; and as you like en, de, head_post_id, unit_id. Whole or not at all."""
    _import("/imports/units", "org-administrator", file, dry_run=dry_run, as_json=as_json, home=home)


def import_staff(file: File, dry_run: DryRun = False, as_json: JsonOption = False, home: HomeOption = DEFAULT) -> None:
    """Take a table of staff: person_id, given, family, language, unit, from. Whole or not at all; names go to the vault."""
    _import("/imports/staff", "hr-officer", file, dry_run=dry_run, as_json=as_json, home=home)


def _import(path: str, role: str, file: Path, *, dry_run: bool, as_json: bool, home: Path) -> None:
    try:
        table = file.read_bytes()
    except OSError as error:
        raise Trouble(f"{file} cannot be read: {error.strerror}") from None
    with asking("org import", home, role) as asker:
        try:
            report = asker.send("org", path, table, dry_run=dry_run)
        except Refused as refused:
            if refused.rule != "table":
                raise
            report = {"dry_run": dry_run, "done": False, "errors": refused.errors}
        if as_json:
            as_document(report)
        else:
            _show(report, file)
        if report["errors"]:
            raise typer.Exit(1)


def _show(report: dict[str, Any], file: Path) -> None:
    screen = console()
    if report["errors"]:
        table = table_of("line", "column", "rule", "mend")
        for error in report["errors"]:
            table.add_row(str(error.get("line", "")), error["field"], Text(str(error.get("rule", "")), "red"), error["mend"])
        screen.print(table)
        screen.print(f"{file}: {len(report['errors'])} error{'s' if len(report['errors']) > 1 else ''}; nothing was done")
        return
    if report["new"] or report["changed"]:
        table = table_of("line", "", "what", "from", "field", "before", "after")
        for row in report["new"]:
            table.add_row(str(row["line"]), Text("new", "green"), row["name"] or row["id"], row["valid_from"], "", "", "")
        for row in report["changed"]:
            what = Text("correction", "yellow") if row["correction"] else Text("changed", "cyan")
            for n, field in enumerate(row["fields"]):
                first = (str(row["line"]), what, row["name"] or row["id"], row["valid_from"]) if n == 0 else ("", "", "", "")
                table.add_row(*first, field["field"], field["before"] or "", field["after"] or "")
        screen.print(table)
    said = f"{len(report['new'])} new, {len(report['changed'])} changed, {report['unchanged']} unchanged, {len(report['missing'])} here and not in the table"
    screen.print(f"{said}; {'nothing was done, this was a dry run' if report['dry_run'] else 'done'}")
    if report["missing"]:
        few = [row["name"] for row in report["missing"][:10] if row["name"]]
        more = f" and {len(report['missing']) - 10} more" if len(report["missing"]) > 10 else ""
        which = f"Missing: {', '.join(few)}{more}." if few else "Their ids: --json."
        screen.print(Text(f"{report['note']['en']} {which}", "dim"))
