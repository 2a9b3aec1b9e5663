"""`cg story`, `cg parked`, `cg deadlines`, `cg clock`: what an operator asks of a house that runs."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from cg_cli.asking import Asker, Refused, Silent
from cg_cli.chain import Link, Story, gather, instant
from cg_cli.home import Home, Trouble
from cg_contracts.accounts import SERVICES

Json = Annotated[bool, typer.Option("--json", help="One JSON document on stdout, all rows, nothing else.")]
Where = Annotated[Path, typer.Option("--home", envvar="CG_HOME", help="The house that is asked.", show_default=True)]
Why = Annotated[str, typer.Option("--reason", help="Why; kept for ever beside what was done.")]

HERE = Path(".cg")

COLOURS = {"org": "cyan", "screening": "magenta", "person": "green", "deadline": "blue"}
OUTSIDE_COLOUR = "yellow"
BAD = "bold red"


def register(app: typer.Typer) -> None:
    """Adds `cg story`, `cg parked ...`, `cg deadlines` and `cg clock ...`."""
    app.command("story")(story)
    app.command("deadlines")(deadlines)
    group = typer.Typer(help="Records that wait for a mend, and what was turned away.", invoke_without_command=True)
    group.callback()(parked)
    group.command("show")(show)
    group.command("retry")(retry)
    group.command("edit")(edit)
    group.command("discard")(discard)
    app.add_typer(group, name="parked")
    watch = typer.Typer(help="Domain time: what the house holds for now.", invoke_without_command=True)
    watch.callback()(clock)
    watch.command("move")(move)
    app.add_typer(watch, name="clock")


@contextmanager
def asking(command: str, home: Path) -> Iterator[Asker]:
    """Asks the house; what goes wrong is one line on stderr and exit code 1. So is a house of which no part answers."""
    try:
        with Asker(Home(home)) as asker:
            yield asker
            for reason in asker.silent.values():
                _warn(command, f"{reason}: what it knows is missing here")
    except (Trouble, Silent, Refused) as trouble:
        _fail(command, str(trouble))


def _fail(command: str, why: str) -> NoReturn:
    typer.echo(f"cg {command}: {why}", err=True)
    raise typer.Exit(1)


def _warn(command: str, why: str) -> None:
    typer.echo(f"cg {command}: {why}", err=True)


def _answered(asker: Asker) -> None:
    if asker.nobody():
        raise Trouble(f"no service of {asker.home} answers: start it with `cg up`")


def _print(document: Any) -> None:
    typer.echo(json.dumps(document, ensure_ascii=False, indent=2))


def _console() -> Console:
    return Console(highlight=False, width=None if sys.stdout.isatty() else 200, soft_wrap=False)


# -- story -----------------------------------------------------------------------------------------------------------


def story(
    id_: Annotated[str, typer.Argument(metavar="ID", help="Any id of the story: a message's, a command's, a deadline's.")],
    as_json: Json = False,
    private: Annotated[bool, typer.Option("--all", help="Also the services' own events.")] = False,
    ids: Annotated[bool, typer.Option("--ids", help="Each step's id.")] = False,
    home: Where = HERE,
) -> None:
    """Tell the chain of causes and effects that a message belongs to, from the services' journals: complete, whatever was traced."""
    with asking("story", home) as asker:
        told = gather(asker, id_.strip(), private=private)
        _answered(asker)
        if told is None:
            raise Trouble(f"no service knows {id_}")
        if as_json:
            _print([link.row() for link in told.links])
        else:
            draw(told, _console(), asker.home, ids=ids)


def draw(told: Story, console: Console, home: Home, *, ids: bool = False) -> None:
    """The story as a tree: when, who, what."""
    lines = list(_lines(told.roots))
    if not lines:
        return
    first = min(link.time for link in told.links).astimezone()
    count = f"{len(told.links)} steps" if len(told.links) > 1 else "1 step"
    console.print(Text.assemble((f"{first:%A %d %B %Y}", "bold"), (f"   {count}, from {_span(told.links)}", "dim")))
    width = max(console.width, 60)
    who_width = max(len(_who(link)[0]) for _, _, link in lines)
    day = first.date()
    for lead, rest, link in lines:
        local = link.time.astimezone()
        if local.date() != day:
            day = local.date()
            console.print(Text(f"{day:%A %d %B %Y}", "bold"))
        who, colour = _who(link)
        margin = Text.assemble((f"{local:%H:%M:%S}.{local.microsecond // 1000:03d} ", "dim"), (f"{who:<{who_width}} ", colour))
        text = _what(link, ids=ids, asked=link.id == told.id)
        for number, part in enumerate(text.wrap(console, max(30, width - margin.cell_len - len(lead)))):
            part.rstrip()
            before = margin + Text(lead, "dim") if number == 0 else Text(" " * margin.cell_len + rest, "dim")
            console.print(before + part, no_wrap=True, crop=False)
    if told.open:
        console.print()
        console.print(Text("Deadlines that still run", "bold"))
        for row in told.open:
            owner = (f"{row['service']} ", COLOURS.get(row["service"], ""))
            console.print(Text.assemble((f"  {_local(row['at'])}  ", "blue"), owner, f"{_bare(row['name'])} of {row['kind']}"))
    page = _trace(told, home)
    if page:
        console.print()
        console.print(Text.assemble(("Trace  ", "bold"), page))


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
            return link.account, OUTSIDE_COLOUR
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
                text.append(f" of {_local(link.domain_at.isoformat())}", COLOURS["deadline"])
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
        text.append(f"  [{_local(link.domain_at.isoformat())}]", "blue dim")
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
            return _local(value) if len(value) > 10 else value
        except ValueError:
            return value
    return str(value)


def _span(links: list[Link]) -> str:
    seconds = (max(link.time for link in links) - min(link.time for link in links)).total_seconds()
    return f"first to last {seconds * 1000:.0f} ms" if seconds < 10 else f"first to last {_age(timedelta(seconds=seconds))}"


def _trace(told: Story, home: Home) -> str | None:
    for link in told.links:
        parts = (link.traceparent or "").split("-")
        if len(parts) == 4 and parts[3] == "01":
            return f"{home.traces_url}/zipkin/traces/{parts[1]}"
    return None


def short(type_: str) -> str:
    """`ScreeningRequested` for `be.police.cg.screening.ScreeningRequested.v1`."""
    return type_.rsplit(".", 2)[-2] if type_.startswith("be.police.cg.") else type_


def _local(text: str) -> str:
    at = instant(text).astimezone()
    return f"{at:%Y-%m-%d}" if (at.hour, at.minute, at.second) == (0, 0, 0) else f"{at:%Y-%m-%d %H:%M}"


def _bare(name: str) -> str:
    return name.split(":", 1)[0]


# -- parked ----------------------------------------------------------------------------------------------------------

Which = Annotated[list[str] | None, typer.Argument(metavar="[ID]...", help="As listed: screening:12.")]
Rule = Annotated[str | None, typer.Option("--rule", help="All with this rule.")]
Topic = Annotated[str | None, typer.Option("--topic", help="All of this topic.")]


def parked(
    context: typer.Context,
    as_json: Json = False,
    rejected: Annotated[bool, typer.Option("--rejected", help="Only what strangers sent and was turned away.")] = False,
    state: Annotated[str, typer.Option("--state", help="waiting, applied, discarded or all.")] = "waiting",
    home: Where = HERE,
) -> None:
    """List the records that wait, behind whose key later ones wait too; or try them again, edit or discard them."""
    if context.invoked_subcommand is not None:
        return
    with asking("parked", home) as asker:
        rows = asker.rows("/ops/rejected") if rejected else asker.rows("/ops/parked", state=state)
        _answered(asker)
        rows = [{**row, "id": f"{row['service']}:{row['id']}"} for row in sorted(rows, key=lambda row: row["received_at"])]
        if as_json:
            _print(rows)
            return
        if not rows:
            typer.echo("Nothing was turned away in the last 14 days." if rejected else "Nothing waits.")
            return
        table = _table("id", "since", "topic", "message", "key", "rule", "why")
        for row in rows:
            why = Text(row["reason"])
            if not rejected:
                why.append(f"\n{_next(row)}", "dim")
            rule = Text(row["rule"], "red").append(f"\n{row['field']}" if row["field"] else "", "dim")
            table.add_row(row["id"], _local(row["received_at"]), row["topic"], short(row["type"] or "?"), row["key"] or "", rule, why)
        _console().print(table)


def _next(row: dict[str, Any]) -> str:
    if row["state"] != "waiting":
        return str(row["state"])
    tried = f"tried {row['tries']} times, " if row["tries"] else ""
    return f"{tried}tried again at {_local(row['next_try_at'])}" if row["next_try_at"] else f"{tried}waits for you"


def _table(*columns: str) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    for column in columns:
        table.add_column(column, overflow="fold")
    return table


def show(id_: Annotated[str, typer.Argument(metavar="ID")], as_json: Json = False, home: Where = HERE) -> None:
    """Show one parked record with its content (that you read it is recorded) and what was done to it."""
    with asking("parked", home) as asker:
        service, number = _one(asker, id_)
        row = asker.ask(service, f"/ops/parked/{number}", content=True)
        if as_json:
            _print({**row, "id": id_})
            return
        console = _console()
        for name in ("topic", "type", "key", "rule", "field", "reason", "state", "received_at", "correlation"):
            console.print(Text.assemble((f"{name:<12} ", "dim"), str(row[name] if row[name] is not None else "")))
        for name, value in row["headers"] or ():
            console.print(Text.assemble((f"  {name}: ", "dim"), str(value)))
        console.print(_pretty(row["content"]) if row["content"] is not None else Text(row["content_base64"] or "(no value)", "dim"))
        for action in row["actions"]:
            console.print(Text.assemble((f"{_local(action['at'])} {action['what']}", "bold"), f" {action['reason'] or ''}"))
            for line in action["diff"] or ():
                console.print(Text(f"  {line}", "green" if line.startswith("+") else "red" if line.startswith("-") else "dim"))


def retry(which: Which = None, reason: Why = "tried again", rule: Rule = None, topic: Topic = None, home: Where = HERE) -> None:
    """Try parked records again: those named, or all with a rule or of a topic."""
    _act("retry", which, reason, rule, topic, home)


def discard(reason: Why, which: Which = None, rule: Rule = None, topic: Topic = None, home: Where = HERE) -> None:
    """Give parked records up: those named, or all with a rule or of a topic; what waits behind them goes on."""
    _act("discard", which, reason, rule, topic, home)


def _act(what: str, which: list[str] | None, reason: str, rule: str | None, topic: str | None, home: Path) -> None:
    if bool(which) == bool(rule or topic):
        _fail("parked", "name the records, or give --rule or --topic")
    with asking("parked", home) as asker:
        for id_ in which or ():
            service, number = _one(asker, id_)
            _became(service, asker.tell(service, f"/ops/parked/{number}/{what}", {"reason": reason}))
        if not which:
            for service in SERVICES:
                _became(service, asker.tell(service, f"/ops/parked/{what}", {"reason": reason, "rule": rule, "topic": topic}))


def edit(
    id_: Annotated[str, typer.Argument(metavar="ID")],
    reason: Why,
    file: Annotated[Path | None, typer.Option("--file", help="What it should have said; default: your editor opens.")] = None,
    home: Where = HERE,
) -> None:
    """Say what a parked record should have said; the raw record is kept, with the difference, your name and your reason."""
    with asking("parked", home) as asker:
        service, number = _one(asker, id_)
        if file is not None:
            content: str | None = file.read_text(encoding="utf-8")
        else:
            row = asker.ask(service, f"/ops/parked/{number}", content=True)
            if row["content"] is None:
                raise Trouble(f"{id_} holds no text: give --file")
            content = _edited(_pretty(row["content"]))
        if not content or not content.strip():
            raise Trouble("nothing was changed")
        _became(service, asker.tell(service, f"/ops/parked/{number}/edit", {"reason": reason, "content": content.strip()}))


def _edited(text: str) -> str:
    """The text as it comes back from the person's editor."""
    with tempfile.TemporaryDirectory(prefix="cg-") as folder:
        file = Path(folder) / "record.json"
        file.write_text(text, encoding="utf-8")
        editor = shlex.split(os.environ.get("VISUAL") or os.environ.get("EDITOR") or "vi")
        try:
            done = subprocess.run([*editor, str(file)], check=False)
        except OSError as error:
            raise Trouble(f"{editor[0]} cannot be started ({error.strerror}): set EDITOR, or give --file") from None
        changed = file.read_text(encoding="utf-8")
    if done.returncode or changed == text:
        return ""
    return changed


def _pretty(content: str) -> str:
    try:
        return json.dumps(json.loads(content), ensure_ascii=False, indent=2)
    except ValueError:
        return content


def _one(asker: Asker, id_: str) -> tuple[str, int]:
    """The service and the number of `screening:12`; a bare number will do when only one service has it."""
    service, _, number = id_.rpartition(":")
    if not number.isascii() or not number.isdigit() or (service and service not in SERVICES):
        raise Trouble(f"{id_} is not the id of a parked record, such as screening:12")
    if service:
        return service, int(number)
    have = [row["service"] for row in asker.rows("/ops/parked", state="all") if row["id"] == int(number)]
    if len(have) != 1:
        raise Trouble(f"{' and '.join(have)} have a record {number}: say {have[0]}:{number}" if have else f"no service has a parked record {number}")
    return have[0], int(number)


def _became(service: str, done: dict[str, Any]) -> None:
    for number in done["settled"]:
        typer.echo(f"{service}:{number} is settled")
    for number, why in done["waiting"].items():
        typer.echo(f"{service}:{number} still waits: {why}")


# -- deadlines -------------------------------------------------------------------------------------------------------


def deadlines(
    as_json: Json = False,
    service: Annotated[str | None, typer.Option("--service", help="Only this service's.")] = None,
    near: Annotated[str | None, typer.Option("--near", help="Only those within this time: 7d, 12h, '3 days'.")] = None,
    missed: Annotated[bool, typer.Option("--missed", help="Those that fell due, and what they wait for if they have not fired.")] = False,
    home: Where = HERE,
) -> None:
    """List the deadlines that run, by domain time."""
    with asking("deadlines", home) as asker:
        if service is not None and service not in SERVICES:
            raise Trouble(f"there is no service {service}: {', '.join(SERVICES)}")
        services = (service,) if service else SERVICES
        before = None
        if near is not None:
            times = [instant(a.body["clock"]["domain"]) for a in asker.all("/ops/status", services)]
            before = (max(times) + duration(near)).isoformat() if times else None
        pages = list(asker.pages("/ops/deadlines", tuple(s for s in services if s not in asker.silent), which="missed" if missed else "open", before=before))
        if not pages:
            raise Trouble(f"{service} does not answer" if service else f"no service of {asker.home} answers: start it with `cg up`")
        rows = sorted((row for page in pages for row in page.body["rows"]), key=lambda row: row["at"])
        if as_json:
            _print(rows)
            return
        if not rows:
            typer.echo("No deadline has fallen due." if missed else "No deadline runs.")
            return
        now = max(instant(page.body["now"]) for page in pages)
        table = _table("due", "", "service", "deadline", "of", "story")
        for row in rows:
            left = instant(row["at"]) - now
            style = {"open": "yellow" if left < timedelta(days=2) else "", "due": "red", "fired": "dim"}[row["state"]]
            when = "fired" if row["state"] == "fired" else f"in {_age(left)}" if left > timedelta() else f"{_age(-left)} ago, waits for the backlog"
            about = f"{row['kind']} {row['aggregate']}"
            owner = Text(row["service"], COLOURS.get(row["service"], ""))
            table.add_row(Text(_local(row["at"]), style), Text(when, style), owner, _bare(row["name"]), about, row["correlation"])
        _console().print(table)


def _age(span: timedelta) -> str:
    seconds = int(span.total_seconds())
    for size, unit in ((86400, "day"), (3600, "hour"), (60, "minute")):
        if seconds >= 2 * size or (unit == "day" and seconds >= size):
            return f"{seconds // size} {unit}{'s' if seconds // size > 1 else ''}"
    return f"{seconds} seconds"


UNITS = {"s": 1, "second": 1, "m": 60, "min": 60, "minute": 60, "h": 3600, "hour": 3600, "d": 86400, "day": 86400, "w": 604800, "week": 604800}


def duration(text: str) -> timedelta:
    """`7d`, `12 h`, `31 days` as time; raises Trouble."""
    found = re.fullmatch(r"(\d{1,6})\s*([a-z]+)", text.strip().lower())
    unit = found and (found[2] if found[2] in UNITS else found[2].removesuffix("s"))
    if not found or unit not in UNITS:
        raise Trouble(f"{text!r} is no length of time such as '31 days', 12h or 7d")
    return timedelta(seconds=int(found[1]) * UNITS[str(unit)])


# -- clock -----------------------------------------------------------------------------------------------------------


def clock(context: typer.Context, as_json: Json = False, home: Where = HERE) -> None:
    """Show domain time: real time plus an offset that may only grow, and only where CG_CLOCK=movable."""
    if context.invoked_subcommand is not None:
        return
    with asking("clock", home) as asker:
        clocks = _clocks(asker)
        latest = max(clocks.values(), key=lambda c: c["offset_seconds"])
        if as_json:
            services = {name: c["offset_seconds"] for name, c in clocks.items()}
            _print({**latest, "services": services})
            return
        typer.echo(f"domain time  {_long(latest['domain'])}")
        typer.echo(f"real time    {_long(latest['real'])}")
        typer.echo(f"offset       {_offset(latest['offset_seconds'])}{'' if latest['movable'] else ' (not movable here)'}")
        for name, c in clocks.items():
            if c["offset_seconds"] != latest["offset_seconds"]:
                typer.echo(f"{name} has not followed yet: {_offset(c['offset_seconds'])}")


def _clocks(asker: Asker) -> dict[str, dict[str, Any]]:
    clocks: dict[str, dict[str, Any]] = {answer.service: answer.body["clock"] for answer in asker.all("/ops/status")}
    _answered(asker)
    return clocks


def move(
    by: Annotated[str | None, typer.Argument(metavar="[TIME]", help="How far: '31 days', 12h.")] = None,
    to: Annotated[str | None, typer.Option("--to", help="To this instant: 2026-06-01T09:00+02:00; without an offset, local time.")] = None,
    as_json: Json = False,
    home: Where = HERE,
) -> None:
    """Move domain time forward, and wait until every service has followed."""
    if (by is None) == (to is None):
        _fail("clock", "say how far ('31 days') or --to which instant")
    with asking("clock", home) as asker:
        clocks = _clocks(asker)
        fixed = [name for name, c in clocks.items() if not c["movable"]]
        if fixed:
            raise Trouble(f"domain time is real time here: {', '.join(fixed)} run with CG_CLOCK=real")
        now = max(float(c["offset_seconds"]) for c in clocks.values())
        offset = now + duration(by).total_seconds() if by is not None else (_instant(to or "") - datetime.now(UTC)).total_seconds()
        if offset <= now:
            raise Trouble(f"domain time only moves forward; it is {_long(max(c['domain'] for c in clocks.values()))} now")
        _publish(asker.home, round(offset, 3))
        _follow(asker, round(offset, 3))
        moved = _clocks(asker)
        latest = max(moved.values(), key=lambda c: c["offset_seconds"])
        if as_json:
            _print(latest)
        else:
            typer.echo(f"domain time is {_long(latest['domain'])}")


def _publish(home: Home, offset: float) -> None:
    """Writes the new offset as the account `clock`, the only one that may."""
    from confluent_kafka import KafkaException, Producer  # noqa: PLC0415  (its library takes a while to load)

    failures: list[str] = []
    confirmed: Callable[[Any, Any], None] = lambda error, _: failures.append(str(error)) if error else None  # noqa: E731
    try:
        producer = Producer({**home.client_config("clock"), "acks": "all", "enable.idempotence": True, "message.timeout.ms": 10_000, "log_level": 0})
        producer.produce("cg.clock", key=b"offset", value=json.dumps({"offset_seconds": offset}).encode(), on_delivery=confirmed)
        left = producer.flush(15)
    except KafkaException as error:
        raise Trouble(f"the broker does not take it: {error}") from None
    if failures or left:
        raise Trouble(f"the broker does not take it: {failures[0] if failures else 'no answer'}")


def _follow(asker: Asker, offset: float) -> None:
    """Waits until every service that runs reports the offset."""
    until = time.monotonic() + 30
    behind: list[str] = list(asker.services)
    while behind and time.monotonic() < until:
        behind = [answer.service for answer in asker.all("/ops/status") if float(answer.body["clock"]["offset_seconds"]) < offset - 0.01]
        if behind:
            time.sleep(0.1)
    if behind:
        raise Trouble(f"domain time was moved, but {', '.join(behind)} did not follow within 30 s")


def _instant(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text.strip()).astimezone()
    except ValueError:
        raise Trouble(f"{text!r} is no instant such as 2026-06-01T09:00+02:00") from None


def _long(text: str) -> str:
    return f"{instant(text).astimezone():%Y-%m-%d %H:%M:%S %Z}"


def _offset(seconds: float) -> str:
    if not seconds:
        return "none"
    days, rest = divmod(round(seconds), 86400)
    return f"{days} days and {timedelta(seconds=rest)}" if days else str(timedelta(seconds=rest))
