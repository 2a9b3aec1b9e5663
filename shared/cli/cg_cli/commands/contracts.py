"""`cg contracts`: every message, shown, tried, checked against what was released, and written out for other tools."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from cg_cli.examples import ABOUT_THE_HOUSE, Unsaid, event, found
from cg_cli.home import DEFAULT, Home, Trouble, Wrong
from cg_cli.options import HomeOption, JsonOption
from cg_cli.provision import hears
from cg_contracts import asyncapi, catalogue
from cg_contracts.base import CATALOGUE, Contract
from cg_contracts.frozen import FILES, baseline, example, kind, release
from cg_contracts.frozen import path as frozen_path
from cg_contracts.schema import described, whole_schema
from cg_contracts.topics import listeners, speakers

Type = Annotated[str, typer.Argument(metavar="TYPE", help="As be.police.cg.screening.ScreeningRequested.v1, or ScreeningRequested.")]


def register(app: typer.Typer) -> None:
    """Adds `cg contracts ...`."""
    group = typer.Typer(help="Every message: who says it, to whom, and what it means.", no_args_is_help=True)
    group.command("list")(list_)
    group.command("show")(show)
    group.command("example")(example_)
    group.command("check")(check)
    group.command("export")(export)
    group.command("docs")(docs)
    app.add_typer(group, name="contracts")


def list_(as_json: JsonOption = False) -> None:
    """List every message: type, owner, kind, key."""
    rows = [{"type": c.about.type, "owner": c.about.owner, "kind": kind(c), "key": c.about.key, "by": list(speakers(c))} for c in CATALOGUE.values()]
    if as_json:
        _print(rows)
        return
    widths = [max(len(str(row[column])) for row in rows) for column in ("type", "kind", "key")]
    for row in rows:
        cells = (str(row[column]).ljust(width) for column, width in zip(("type", "kind", "key"), widths, strict=True))
        typer.echo(f"{'  '.join(cells)}  by {', '.join(row['by'])}")


def show(type_: Type, as_json: JsonOption = False) -> None:
    """Show one message: what it means, who says it, who listens, its fields, its schema and its frozen example."""
    contract = _found(type_)
    about = contract.about
    said: dict[str, Any] = {
        "type": about.type,
        "says": described(contract),
        "owner": about.owner,
        "kind": kind(contract),
        "key": about.key,
        "by": {account: None if kinds is None else sorted(kinds) for account, kinds in about.by.items()} or {about.owner: None},
        "read_by": list(listeners(contract, hears())),
        "answers": list(about.answers),
        "refusal": about.refusal,
        "tier": about.tier,
        "legal_basis": about.legal_basis,
        "purpose": about.purpose,
        "example": example(contract),
        "schema": whole_schema(contract),
    }
    if as_json:
        _print(said)
        return
    typer.echo("\n".join(catalogue.described_fully(contract, hears())))
    typer.echo(f"\nThe frozen example of its data:\n\n{json.dumps(said['example'], ensure_ascii=False, indent=2)}")


def example_(
    type_: Type,
    account: Annotated[str | None, typer.Option("--as", metavar="ACCOUNT", help="Who says it. Default: the first who may.")] = None,
    as_json: JsonOption = True,
    home: HomeOption = DEFAULT,
) -> None:
    """Print a CloudEvent that this account can publish as it is, with new ids and the time of now, about what is there in the house that runs."""
    house = Home(home)
    try:
        made = event(found(type_), account, house)
    except Unsaid as why:
        raise (Wrong if why.usage else Trouble)(str(why)) from None
    if not house.is_held and made["type"] in ABOUT_THE_HOUSE:
        typer.echo(f"no house runs at {house}: what this is about is invented", err=True)
    _print(made)


def check(
    as_json: JsonOption = False,
    accept: Annotated[bool, typer.Option("--release", help="Write what breaks nothing as the new baseline.")] = False,
) -> None:
    """Compare with what was released, as who reads it; a change that breaks is shown with a document that breaks. Returns 1 then."""
    from cg_cli.compatibility import breaks  # noqa: PLC0415

    released, today = baseline(), {c.about.type: release(c) for c in CATALOGUE.values()}
    broken = list(breaks(released, today))
    fresh = [type_ for type_ in today if type_ not in released]
    if as_json:
        _print({"breaks": [{"type": b.type, "why": b.why, "document": b.document} for b in broken], "new": fresh})
    else:
        for one in broken:
            typer.echo(f"{one.type}: {one.why}")
            if one.document is not None:
                typer.echo("  a document that breaks:")
                typer.echo("\n".join(f"    {line}" for line in json.dumps(one.document, ensure_ascii=False, indent=2).splitlines()))
        typer.echo(
            f"{len(released)} released messages: {len(broken)} changes break a reader." if broken else f"{len(released)} released messages: nothing breaks."
        )
        if fresh:
            typer.echo(f"{len(fresh)} not yet released: {', '.join(fresh)}")
    if broken:
        if not as_json:
            typer.echo("A change that breaks is a new version beside the old one: see CONTRIBUTING.md.", err=True)
        raise typer.Exit(1)
    if accept:
        for type_, said in today.items():
            _write(frozen_path("baseline", type_), json.dumps(said, ensure_ascii=False, indent=2) + "\n")


def export(folder: Annotated[Path, typer.Argument(metavar="DIR", help="Where schemas/*.json and asyncapi.yaml are written.")]) -> None:
    """Write JSON Schemas, and one AsyncAPI 3.0 document of the whole system."""
    import yaml  # noqa: PLC0415

    class Plain(yaml.SafeDumper):
        """YAML without anchors, which some readers do not follow."""

        def ignore_aliases(self, data: Any) -> bool:
            return True

    try:
        for contract in CATALOGUE.values():
            _write(folder / "schemas" / f"{contract.about.type}.json", json.dumps(whole_schema(contract), ensure_ascii=False, indent=2) + "\n")
        document = asyncapi.document(hears())
        _write(folder / "asyncapi.yaml", yaml.dump(document, Dumper=Plain, sort_keys=False, allow_unicode=True, width=160))
    except OSError as error:
        raise Trouble(f"{folder} cannot be written: {error.strerror}") from None
    typer.echo(f"{len(CATALOGUE)} schemas and asyncapi.yaml in {folder}", err=True)


def docs(
    file: Annotated[Path, typer.Argument(help="Where the catalogue is written.")] = FILES.parent.parent / "docs" / "events.md",
    check: Annotated[bool, typer.Option("--check", help="Write nothing; end with 1 when it is not fresh.")] = False,
) -> None:
    """Write the catalogue for people (docs/events.md) anew."""
    text = catalogue.markdown(hears())
    if not check:
        _write(file, text)
    elif not file.exists() or file.read_text(encoding="utf-8") != text:
        raise Trouble(f"{file.name} is not what the contracts say now")


def _found(type_: str) -> type[Contract]:
    try:
        return found(type_)
    except Unsaid as why:
        raise Wrong(str(why)) from None


def _print(document: Any) -> None:
    typer.echo(json.dumps(document, ensure_ascii=False, indent=2))


def _write(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
