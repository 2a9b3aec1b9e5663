"""`cg parked`, `cg deadlines`, `cg clock`: what waits, what runs, and what time the house holds for now."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.text import Text

from cg_cli.asking import Asker, Refused, as_document, asking
from cg_cli.home import DEFAULT, Home, Trouble, Wrong
from cg_cli.options import HomeOption, JsonOption
from cg_cli.shown import COLOURS, age, bare, console, here, instant, local, short, table_of
from cg_contracts.accounts import SERVICES
from cg_kit.pure.terms import BRUSSELS

Why = Annotated[str, typer.Option("--reason", help="Why; kept for ever beside what was done.")]


def register(app: typer.Typer) -> None:
    """Adds `cg parked ...`, `cg deadlines` and `cg clock ...`."""
    group = typer.Typer(help="Records that wait for a mend, and what was turned away.", invoke_without_command=True)
    group.callback()(parked)
    group.command("show")(show)
    group.command("retry")(retry)
    group.command("edit")(edit)
    group.command("discard")(discard)
    app.add_typer(group, name="parked")
    app.command("deadlines")(deadlines)
    watch = typer.Typer(help="Domain time: what the house holds for now.", invoke_without_command=True)
    watch.callback()(clock)
    watch.command("move")(move)
    app.add_typer(watch, name="clock")


# -- parked ----------------------------------------------------------------------------------------------------------

Which = Annotated[list[str] | None, typer.Argument(metavar="[ID]...", help="As listed: screening:12.")]
Rule = Annotated[str | None, typer.Option("--rule", help="All with this rule.")]
Topic = Annotated[str | None, typer.Option("--topic", help="All of this topic.")]


def parked(
    context: typer.Context,
    as_json: JsonOption = False,
    rejected: Annotated[bool, typer.Option("--rejected", help="Only what strangers sent and was turned away.")] = False,
    state: Annotated[str, typer.Option("--state", help="waiting, applied, discarded or all.")] = "waiting",
    home: HomeOption = DEFAULT,
) -> None:
    """List the records that wait, behind whose key later ones wait too; or try them again, edit or discard them."""
    context.obj = home
    if context.invoked_subcommand is not None:
        return
    if state not in ("waiting", "applied", "discarded", "all"):
        raise Wrong(f"{state} is no state; states are waiting, applied, discarded, all")
    with asking("parked", home) as asker:
        rows = asker.rows("/ops/rejected") if rejected else asker.rows("/ops/parked", state=state)
        asker.answered()
        rows = [{**row, "id": f"{row['service']}:{row['id']}"} for row in sorted(rows, key=lambda row: row["received_at"])]
        if as_json:
            as_document(rows)
            return
        if not rows:
            typer.echo("Nothing was turned away in the last 14 days." if rejected else "Nothing waits.")
            return
        table = table_of("id", "since", "topic", "message", "key", "rule", "why")
        for row in rows:
            why = Text(row["reason"])
            if not rejected:
                why.append(f"\n{_next(row)}", "dim")
            rule = Text(row["rule"], "red").append(f"\n{row['field']}" if row["field"] else "", "dim")
            table.add_row(row["id"], local(row["received_at"]), row["topic"], short(row["type"] or "?"), row["key"] or "", rule, why)
        console().print(table)


def _next(row: dict[str, Any]) -> str:
    if row["state"] != "waiting":
        return str(row["state"])
    tried = f"tried {row['tries']} times, " if row["tries"] else ""
    return f"{tried}tried again at {local(row['next_try_at'])}" if row["next_try_at"] else f"{tried}waits for you"


def show(context: typer.Context, id_: Annotated[str, typer.Argument(metavar="ID")], as_json: JsonOption = False, home: HomeOption = DEFAULT) -> None:
    """Show one parked record with its content (that you read it is recorded) and what was done to it."""
    with asking("parked", house_of(context, home)) as asker:
        service, number = _one(asker, id_)
        row = _known(asker.ask, service, number, "", content=True)
        if as_json:
            as_document({**row, "id": id_})
            return
        screen = console()
        for name in ("topic", "type", "key", "rule", "field", "reason", "state", "received_at", "correlation"):
            screen.print(Text.assemble((f"{name:<12} ", "dim"), str(row[name] if row[name] is not None else "")))
        for name, value in row["headers"] or ():
            screen.print(Text.assemble((f"  {name}: ", "dim"), str(value)))
        screen.print(_pretty(row["content"]) if row["content"] is not None else Text(row["content_base64"] or "(no value)", "dim"))
        for action in row["actions"]:
            screen.print(Text.assemble((f"{local(action['at'])} {action['what']}", "bold"), f" {action['reason'] or ''}"))
            for line in action["diff"] or ():
                screen.print(Text(f"  {line}", "green" if line.startswith("+") else "red" if line.startswith("-") else "dim"))


def retry(context: typer.Context, which: Which = None, reason: Why = "tried again", rule: Rule = None, topic: Topic = None, home: HomeOption = DEFAULT) -> None:
    """Try parked records again: those named, or all with a rule or of a topic."""
    _act("retry", which, reason, rule, topic, house_of(context, home))


def discard(context: typer.Context, reason: Why, which: Which = None, rule: Rule = None, topic: Topic = None, home: HomeOption = DEFAULT) -> None:
    """Give parked records up: those named, or all with a rule (and of a topic); what waits behind them goes on."""
    _act("discard", which, reason, rule, topic, house_of(context, home))


def _act(what: str, which: list[str] | None, reason: str, rule: str | None, topic: str | None, home: Path) -> None:
    if bool(which) == bool(rule or topic):
        raise typer.BadParameter("name the records, or give --rule or --topic")
    if what == "discard" and not which and rule is None:
        raise typer.BadParameter("what is given up as a group is named by --rule, and --topic may narrow it")
    with asking("parked", home) as asker:
        for id_ in which or ():
            service, number = _one(asker, id_)
            _became(service, _known(asker.tell, service, number, f"/{what}", body={"reason": reason}))
        if not which:
            for service in SERVICES:
                _became(service, asker.tell(service, f"/ops/parked/{what}", {"reason": reason, "rule": rule, "topic": topic}))


def edit(
    context: typer.Context,
    id_: Annotated[str, typer.Argument(metavar="ID")],
    reason: Why,
    file: Annotated[Path | None, typer.Option("--file", help="What it should have said; default: your editor opens.")] = None,
    home: HomeOption = DEFAULT,
) -> None:
    """Say what a parked record should have said; the raw record is kept, with the difference, your name and your reason."""
    with asking("parked", house_of(context, home)) as asker:
        service, number = _one(asker, id_)
        if file is not None:
            content: str | None = _read(file)
        else:
            row = _known(asker.ask, service, number, "", content=True)
            if row["content"] is None:
                raise Wrong(f"{id_} holds no text: give --file")
            content = _edited(_pretty(row["content"]))
        if not content or not content.strip():
            raise Wrong("nothing was changed")
        _became(service, _known(asker.tell, service, number, "/edit", body={"reason": reason, "content": content.strip()}))


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise Wrong(f"{file} cannot be read: {getattr(error, 'strerror', None) or error}") from None


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
        raise Wrong(f"{id_} is not the id of a parked record, such as screening:12")
    if service:
        return service, int(number)
    have = [row["service"] for row in asker.rows("/ops/parked", state="all") if row["id"] == int(number)]
    if len(have) != 1:
        raise Trouble(f"{' and '.join(have)} have a record {number}: say {have[0]}:{number}" if have else f"no service has a parked record {number}")
    return have[0], int(number)


def _known(ask: Callable[..., dict[str, Any]], service: str, number: int, step: str, **given: Any) -> dict[str, Any]:
    """What the service says of one of its parked records; one that it does not have is told by its id."""
    try:
        return ask(service, f"/ops/parked/{number}{step}", **given)
    except Refused as error:
        if error.rule != "NOT-FOUND":
            raise
        raise Trouble(f"{service} has no parked record {service}:{number}") from None


def house_of(context: typer.Context, home: Path) -> Path:
    """The house that is meant, also when it was named before the second word of the command."""
    return home if home != DEFAULT or context.obj is None else Path(context.obj)


def _became(service: str, done: dict[str, Any]) -> None:
    for number in done["settled"]:
        typer.echo(f"{service}:{number} is settled")
    for number, why in done["waiting"].items():
        typer.echo(f"{service}:{number} still waits: {why}")


# -- deadlines -------------------------------------------------------------------------------------------------------


def deadlines(
    as_json: JsonOption = False,
    service: Annotated[str | None, typer.Option("--service", help="Only this service's.")] = None,
    near: Annotated[str | None, typer.Option("--near", help="Only those within this time: 7d, 12h, '3 days'.")] = None,
    missed: Annotated[bool, typer.Option("--missed", help="Those that fell due, and what they wait for if they have not fired.")] = False,
    home: HomeOption = DEFAULT,
) -> None:
    """List the deadlines that run, by domain time."""
    if service is not None and service not in SERVICES:
        raise Wrong(f"there is no service {service}: {', '.join(SERVICES)}")
    within = None if near is None else duration(near)
    with asking("deadlines", home) as asker:
        services = (service,) if service else SERVICES
        before = None
        if within is not None:
            times = [instant(a.body["clock"]["domain"]) for a in asker.all("/ops/status", services)]
            before = (max(times) + within).isoformat() if times else None
        pages = list(asker.pages("/ops/deadlines", tuple(s for s in services if s not in asker.silent), which="missed" if missed else "open", before=before))
        if not pages:
            raise Trouble(f"{service} does not answer" if service else f"no service of {asker.home} answers: start it with `cg up`")
        rows = sorted((row for page in pages for row in page.body["rows"]), key=lambda row: row["at"])
        if as_json:
            as_document(rows)
            return
        if not rows:
            typer.echo("No deadline has fallen due." if missed else "No deadline runs.")
            return
        now = max(instant(page.body["now"]) for page in pages)
        table = table_of("due", "", "service", "deadline", "of", "story")
        for row in rows:
            left = instant(row["at"]) - now
            style = {"open": "yellow" if left < timedelta(days=2) else "", "due": "red", "fired": "dim"}[row["state"]]
            when = "fired" if row["state"] == "fired" else f"in {age(left)}" if left > timedelta() else f"{age(-left)} ago, waits for the backlog"
            about = f"{row['kind']} {row['aggregate']}"
            owner = Text(row["service"], COLOURS.get(row["service"], ""))
            table.add_row(Text(local(row["at"]), style), Text(when, style), owner, bare(row["name"]), about, row["correlation"])
        console().print(table)


UNITS = {"s": 1, "second": 1, "m": 60, "min": 60, "minute": 60, "h": 3600, "hour": 3600, "d": 86400, "day": 86400, "w": 604800, "week": 604800}


def duration(text: str) -> timedelta:
    """`7d`, `12 h`, `31 days` as time; raises `Wrong`."""
    found = re.fullmatch(r"(\d{1,6})\s*([a-z]+)", text.strip().lower())
    unit = found and (found[2] if found[2] in UNITS else found[2].removesuffix("s"))
    if not found or unit not in UNITS:
        raise Wrong(f"{text!r} is no length of time such as '31 days', 12h or 7d")
    return timedelta(seconds=int(found[1]) * UNITS[str(unit)])


# -- clock -----------------------------------------------------------------------------------------------------------


def clock(context: typer.Context, as_json: JsonOption = False, home: HomeOption = DEFAULT) -> None:
    """Show domain time: real time plus an offset that may only grow, and only where CG_CLOCK=movable."""
    context.obj = home
    if context.invoked_subcommand is not None:
        return
    with asking("clock", home) as asker:
        clocks = _clocks(asker)
        latest = max(clocks.values(), key=lambda c: c["offset_seconds"])
        if as_json:
            services = {name: c["offset_seconds"] for name, c in clocks.items()}
            as_document({**latest, "services": services})
            return
        typer.echo(f"domain time  {_long(latest['domain'])}")
        typer.echo(f"real time    {_long(latest['real'])}")
        typer.echo(f"offset       {_offset(latest['offset_seconds'])}{'' if latest['movable'] else ' (not movable here)'}")
        for name, c in clocks.items():
            if c["offset_seconds"] != latest["offset_seconds"]:
                typer.echo(f"{name} has not followed yet: {_offset(c['offset_seconds'])}")


def _clocks(asker: Asker) -> dict[str, dict[str, Any]]:
    clocks: dict[str, dict[str, Any]] = {answer.service: answer.body["clock"] for answer in asker.all("/ops/status")}
    asker.answered()
    return clocks


def move(
    context: typer.Context,
    by: Annotated[str | None, typer.Argument(metavar="[TIME]", help="How far: '31 days', 12h.")] = None,
    to: Annotated[str | None, typer.Option("--to", help="To this instant: 2026-06-01T09:00+02:00; without an offset, Brussels time.")] = None,
    as_json: JsonOption = False,
    home: HomeOption = DEFAULT,
) -> None:
    """Move domain time forward, and wait until every service has followed."""
    if (by is None) == (to is None):
        raise typer.BadParameter("say how far ('31 days') or --to which instant")
    ahead = None if by is None else duration(by).total_seconds()
    goal = None if to is None else instant_of(to)
    with asking("clock", house_of(context, home)) as asker:
        clocks = _clocks(asker)
        fixed = [name for name, c in clocks.items() if not c["movable"]]
        if fixed:
            raise Trouble(f"domain time is real time here: {', '.join(fixed)} run with CG_CLOCK=real")
        now = max(float(c["offset_seconds"]) for c in clocks.values())
        offset = now + ahead if ahead is not None else ((goal or datetime.now(UTC)) - datetime.now(UTC)).total_seconds()
        if offset <= now:
            raise Trouble(f"domain time only moves forward; it is {_long(max(c['domain'] for c in clocks.values()))} now")
        move_to(asker, round(offset, 3))
        moved = _clocks(asker)
        latest = max(moved.values(), key=lambda c: c["offset_seconds"])
        if as_json:
            as_document(latest)
        else:
            typer.echo(f"domain time is {_long(latest['domain'])}")


def move_to(asker: Asker, offset: float) -> None:
    """Moves domain time to this offset (seconds ahead of real time) and waits until every service that runs has followed. Raises `Trouble`."""
    _publish(asker.home, offset)
    _follow(asker, offset)


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


def instant_of(text: str) -> datetime:
    """An instant as a person writes it; without an offset, Brussels time."""
    try:
        given = datetime.fromisoformat(text.strip())
    except ValueError:
        raise Wrong(f"{text!r} is no instant such as 2026-06-01T09:00+02:00") from None
    return given if given.tzinfo is not None else given.replace(tzinfo=BRUSSELS)


def _long(text: str) -> str:
    return f"{here(instant(text)):%Y-%m-%d %H:%M:%S %Z}"


def _offset(seconds: float) -> str:
    if not seconds:
        return "none"
    days, rest = divmod(round(seconds), 86400)
    return f"{days} days and {timedelta(seconds=rest)}" if days else str(timedelta(seconds=rest))
