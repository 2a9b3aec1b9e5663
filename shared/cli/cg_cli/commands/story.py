"""`cg story`: the chain of causes and effects that a message belongs to, as a tree."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.text import Text

from cg_cli.asking import as_document, asking
from cg_cli.chain import Link, Story, gather
from cg_cli.home import DEFAULT, Trouble
from cg_cli.options import HomeOption, JsonOption
from cg_cli.shown import BAD, COLOURS, OUTSIDE, age, bare, console, here, local, short
from cg_contracts.accounts import SERVICES


def register(app: typer.Typer) -> None:
    """Adds `cg story`."""
    app.command("story")(story)


def story(
    id_: Annotated[str, typer.Argument(metavar="ID", help="Any id of the story: a message's, a command's, a deadline's.")],
    as_json: JsonOption = False,
    private: Annotated[bool, typer.Option("--all", help="Also the services' own events.")] = False,
    ids: Annotated[bool, typer.Option("--ids", help="Each step's id.")] = False,
    home: HomeOption = DEFAULT,
) -> None:
    """Tell the chain of causes and effects that a message belongs to, from the services' journals: complete, whatever was traced."""
    with asking("story", home) as asker:
        told = gather(asker, id_.strip(), private=private)
        asker.answered()
        if told is None:
            raise Trouble(f"no service knows {id_}")
        if as_json:
            as_document([link.row() for link in told.links])
        else:
            draw(told, console(), asker.home.traces_url, ids=ids)


def draw(told: Story, screen: Console, traces: str, *, ids: bool = False) -> None:
    """The story as a tree: when, who, what. `traces` is the trace server's address."""
    lines = list(_lines(told.roots))
    if not lines:
        return
    first = here(min(link.time for link in told.links))
    count = f"{len(told.links)} steps" if len(told.links) > 1 else "1 step"
    screen.print(Text.assemble((f"{first:%A %d %B %Y}", "bold"), (f"   {first:%Z}   {count}, {_span(told.links)}", "dim")))
    width = max(screen.width, 60)
    who_width = max(len(_who(link)[0]) for _, _, link in lines)
    day = first.date()
    for lead, rest, link in lines:
        at = here(link.time)
        if at.date() != day:
            day = at.date()
            screen.print(Text(f"{day:%A %d %B %Y}", "bold"))
        who, colour = _who(link)
        margin = Text.assemble((f"{at:%H:%M:%S}.{at.microsecond // 1000:03d} ", "dim"), (f"{who:<{who_width}} ", colour))
        text = _what(link, ids=ids, asked=link.id == told.id)
        for number, part in enumerate(text.wrap(screen, max(30, width - margin.cell_len - len(lead)))):
            part.rstrip()
            before = margin + Text(lead, "dim") if number == 0 else Text(" " * margin.cell_len + rest, "dim")
            screen.print(before + part, no_wrap=True, crop=False)
    if told.open:
        screen.print()
        screen.print(Text("Deadlines that still run", "bold"))
        for row in told.open:
            owner = (f"{row['service']} ", COLOURS.get(row["service"], ""))
            screen.print(Text.assemble((f"  {local(row['at'])}  ", "blue"), owner, f"{bare(row['name'])} of {row['kind']}"))
    page = _trace(told, traces)
    if page:
        screen.print()
        screen.print(Text.assemble(("Trace  ", "bold"), page))


def _lines(roots: list[Link], before: str = "", *, top: bool = True) -> Iterator[tuple[str, str, Link]]:
    """Each link with the guides of its first line and of the lines after it."""
    for number, link in enumerate(roots):
        last = number == len(roots) - 1
        lead, rest = ("", "") if top else (before + ("└─ " if last else "├─ "), before + ("   " if last else "│  "))
        yield lead, rest + ("│  " if link.children else "   "), link
        yield from _lines(link.children, rest, top=False)


def _who(link: Link) -> tuple[str, str]:
    match link.sort:
        case "command":
            return link.service, COLOURS.get(link.service, "")
        case _ if link.account and link.account not in SERVICES:
            return link.account, OUTSIDE
        case _:
            return link.service, COLOURS.get(link.service, "")


def _what(link: Link, *, ids: bool, asked: bool) -> Text:
    text = Text()
    name = short(link.type)
    style = "bold reverse" if asked else "bold"
    match link.sort:
        case "message":
            text.append(name, style)
            strangers = [s for s in link.heard if s != link.service or link.account]
            if strangers:
                text.append(f" → {', '.join(strangers)}", "dim")
        case "command":
            text.append("☞ ", COLOURS["person"])
            text.append(name, style + " " + COLOURS["person"])
            text.append(_by(link), COLOURS["person"])
        case "deadline":
            text.append("⏰ ", COLOURS["deadline"])
            text.append(f"deadline {name}", style + " " + COLOURS["deadline"])
            if link.domain_at:
                text.append(f" of {local(link.domain_at.isoformat())}", COLOURS["deadline"])
        case "event":
            text.append(f"· {name}", "bold reverse" if asked else "dim italic")
        case "refused":
            text.append("✗ ", BAD)
            text.append(f"refuses {name}", BAD)
        case "parked":
            waits = link.told["state"] == "waiting"
            text.append("⏸ " if waits else "▹ ", BAD if waits else "dim")
            text.append(f"parked {link.parked_id}, {link.told['state']}", BAD if waits else "dim")
        case "rejected":
            text.append("✗ ", BAD)
            text.append(name, style)
            text.append(f" turned away by {link.service}", BAD)
    if link.rule:
        text.append(f"  {link.rule}", BAD if link.sort != "parked" or link.told["state"] == "waiting" else "dim")
        if link.blamed:
            text.append(f" ({link.blamed})", "red")
    if link.sort in ("parked", "rejected"):
        text.append(f"  {link.note}", "dim")
    elif link.note:
        text.append(f"  {link.note}", "dim italic")
    if link.sort == "message":
        for key, value in link.told.items():
            if key in ("rule", "field"):
                continue
            text.append(f"  {key.removesuffix('_at')} ", "dim")
            text.append(_value(key, value))
    if link.domain_at and link.sort != "deadline" and abs(link.domain_at - link.time) > timedelta(hours=1):
        text.append(f"  [{local(link.domain_at.isoformat())}]", "blue dim")
    if ids:
        text.append(f"  {link.id}", "dim")
    return text


def _by(link: Link) -> str:
    if link.actor is None:
        return ""
    roles = ", ".join(link.actor.get("roles") or ())
    reason = f": “{link.actor['reason']}”" if link.actor.get("reason") else ""
    return f" by {str(link.actor['person_id'])[-12:]} as {roles}{reason}"


def _value(key: str, value: Any) -> str:
    if isinstance(value, str) and (key.endswith("_at") or key in ("appeal_until", "valid_until")):
        try:
            return local(value) if len(value) > 10 else value
        except ValueError:
            return value
    return str(value)


def _span(links: list[Link]) -> str:
    seconds = (max(link.time for link in links) - min(link.time for link in links)).total_seconds()
    return f"{seconds * 1000:.0f} ms from first to last" if seconds < 10 else f"{age(timedelta(seconds=seconds))} from first to last"


def _trace(told: Story, traces: str) -> str | None:
    for link in told.links:
        parts = (link.traceparent or "").split("-")
        if len(parts) == 4 and parts[3] == "01":
            return f"{traces}/zipkin/traces/{parts[1]}"
    return None
