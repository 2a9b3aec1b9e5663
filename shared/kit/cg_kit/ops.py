"""What operators ask a running service, and what they do: health, state of the work, journal, parked and rejected records, deadlines."""

from __future__ import annotations

import asyncio
import base64
import difflib
import json
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal, Protocol
from uuid import UUID

import asyncpg
from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.responses import PlainTextResponse
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from cg_kit.http import AsWritten, Door, Refusing, needs
from cg_kit.postgres import PARKED_COLUMNS, REJECTED_COLUMNS, STEP_COLUMNS, ask_replay, counts, parked_actions, replays, standings, take_as_read
from cg_kit.seam import Again, Parked, Rejected, Replay, ReplayPlace, Step
from cg_kit.service import places_of

router = APIRouter(prefix="/ops", tags=["operators"])

Operator = Annotated[Door, needs("operator")]

MOST = 2000
"""Rows of one answer; `next` says where to go on."""

LARGEST_ID = 2**63 - 1
LARGEST_OFFSET = 2**53 - 1
"""What every JSON reader holds exactly."""


Reason = Annotated[str, StringConstraints(max_length=500, pattern=r"[A-Za-z0-9]")]
Text = Annotated[str, StringConstraints(max_length=256)]
After = Annotated[int, Query(ge=0, le=LARGEST_ID, description="Only rows after this one (`next` of the answer before).")]
Limit = Annotated[int, Query(ge=1, le=MOST)]


class Pulse(Protocol):
    """How the running process is."""

    def ready(self) -> bool:
        """Assigned, database and producer usable."""

    def progress(self) -> bool:
        """Whether what waits is being taken."""

    def why(self) -> list[str]:
        """Why it is not ready, in words."""

    def lag(self) -> Mapping[tuple[str, int], int]:
        """Records not yet taken, by partition."""

    @property
    def reader(self) -> Any:
        """The reader, once there is one: `halted` (partition to reason) and `release(topic, part)`."""


class Health(BaseModel):
    """Live: the loop turns. Ready: assigned, database and producer usable. Progress: what waits is taken."""

    live: bool
    ready: bool
    progress: bool
    why: list[str]


class Partition(BaseModel):
    """Where the reading of one partition stands. `caught_up_at`: the instant (domain time) whose end of the log was read. `lag` in records."""

    topic: str
    part: int
    next: int
    lag: int | None
    caught_up_at: datetime | None
    halted: str | None = None


class Outbox(BaseModel):
    """What waits to be sent, and since when the oldest does."""

    backlog: int
    oldest_at: datetime | None
    oldest_seconds: float


class Times(BaseModel):
    """Real and domain time; domain time is real time plus the offset."""

    real: datetime
    domain: datetime
    offset_seconds: float
    movable: bool


class CanaryHeard(BaseModel):
    """The sign of life that another service gives each minute, as it was last heard here: how long ago it was sent, and how long it took to come."""

    service: str
    age_seconds: float | None
    took_seconds: float | None


class Deadlines(BaseModel):
    """How many deadlines run, how many of them are due and not yet fired, and when the next one falls."""

    open: int
    overdue: int
    next_at: datetime | None


class Status(BaseModel):
    """The truth about one process of a service."""

    name: str
    instance: str
    build: str
    ready: bool
    progress: bool
    why: list[str]
    clock: Times
    caught_up_at: datetime | None
    lag: int
    partitions: list[Partition]
    relay: Outbox
    journal: int
    parked: int
    blocked: int
    rejected: int
    denied_uncounted: int
    deadlines: Deadlines
    canaries: list[CanaryHeard]
    tally: dict[str, float]


class JournalStep(BaseModel):
    """One row of the journal. `headers` of a message are its CloudEvents attributes; `body` is there for facts and refusals only."""

    seq: int
    step: str
    id: UUID
    at: datetime
    type: str
    kind: str | None
    aggregate: UUID | None
    version: int | None
    topic: str | None
    key: str | None
    headers: dict[str, Any]
    body: dict[str, Any] | None
    actor: dict[str, Any] | None
    cause: str
    correlation: str


class Journal(BaseModel):
    """Steps in order. `correlations`: the stories that the id asked for belongs to. `next`: where to go on, if there is more."""

    service: str
    correlations: list[str]
    steps: list[JournalStep]
    next: int | None


class ParkedRow(BaseModel):
    """A record that waits (or waited). `id` is the number to name it by, `key` source and subject."""

    id: int
    service: str
    topic: str
    partition: int
    offset: int
    key: str | None
    origin: str
    message_id: str | None
    type: str | None
    source: str | None
    subject: str | None
    rule: str
    field: str | None
    reason: str
    state: str
    tries: int
    next_try_at: datetime | None
    received_at: datetime
    domain_at: datetime
    correlation: str | None
    build: str
    edited: bool


class ParkedPage(BaseModel):
    """Parked records in the order in which they were parked."""

    rows: list[ParkedRow]
    next: int | None


class Action(BaseModel):
    """What a person did to a parked record."""

    at: datetime
    actor: dict[str, Any]
    what: str
    diff: Any
    reason: str | None


class ParkedWhole(ParkedRow):
    """A parked record with what was done to it; its content only when it was asked for, which is recorded."""

    actions: list[Action]
    headers: list[tuple[str, str | None]] | None = None
    content: str | None = None
    content_base64: str | None = None


class RejectedRow(BaseModel):
    """A stranger's record that was turned away."""

    id: int
    service: str
    account: str
    topic: str
    partition: int
    offset: int
    key: str | None
    message_id: str | None
    type: str | None
    source: str | None
    subject: str | None
    rule: str
    field: str | None
    reason: str
    state: str
    received_at: datetime


class RejectedPage(BaseModel):
    """Rejected records in the order in which they came."""

    rows: list[RejectedRow]
    next: int | None


class DeadlineRow(BaseModel):
    """A deadline. `state`: open, due (it fell due and will fire when the backlog of that instant is read), fired."""

    service: str
    kind: str
    aggregate: UUID
    name: str
    at: datetime
    matter: UUID | None
    state: Literal["open", "due", "fired"]
    fired_at: datetime | None
    cause: str
    correlation: str


class DeadlinePage(BaseModel):
    """Deadlines by instant. `next` is given back as `after`."""

    now: datetime
    rows: list[DeadlineRow]
    next: str | None


class Why(BaseModel):
    """Why something is done to a parked record."""

    model_config = ConfigDict(extra="forbid")
    reason: Reason


class Edit(Why):
    """What a parked record should have said: `content` takes the place of its value; the raw record is kept."""

    content: Annotated[str, StringConstraints(min_length=1, max_length=60_000)]


class Group(Why):
    """All waiting records with this rule, and this topic, where they are named."""

    rule: Text | None = None
    topic: Text | None = None


class NamedGroup(Why):
    """All waiting records with this rule, and this topic where it is named."""

    rule: Text
    topic: Text | None = None


class Done(BaseModel):
    """What became of the records named: those that wait no longer, and those that still do, with why."""

    settled: list[int]
    waiting: dict[int, str]


class Release(Why):
    """A stopped partition that may go on."""

    topic: Text
    part: int = Field(ge=0, le=10_000)


class TakenAsRead(Why):
    """A partition that is to count as read up to an instant of domain time."""

    topic: Text
    part: int = Field(ge=0, le=10_000)
    upto: AwareDatetime


class AskedReplay(Why):
    """What is to be read again: a topic, or one partition of it, from an instant (real time) or an offset, to one or to where the service stands."""

    topic: Text
    part: int | None = Field(None, ge=0, le=10_000)
    types: list[Text] | None = Field(None, min_length=1, max_length=50)
    from_at: AwareDatetime | None = None
    from_offset: int | None = Field(None, ge=0, le=LARGEST_OFFSET)
    to_at: AwareDatetime | None = None
    to_offset: int | None = Field(None, ge=0, le=LARGEST_OFFSET)
    dry_run: bool = False
    again: bool = Field(False, description="Each record counts as a new one, though its effect was had. Needs `tried`.")
    tried: UUID | None = Field(None, description="The dry run that said what the same replay would do.")
    rate: int = Field(500, ge=1, le=5000, description="Records a second at most.")


class ReplayPart(BaseModel):
    """How far a replay is in one partition: it began at `start`, goes on at `next`, ends before `until`."""

    part: int
    start: int
    next: int
    until: int
    counts: dict[str, int]


class ReplayRow(BaseModel):
    """A replay: who asked for it and why, how far it is, and what became of the records so far."""

    id: UUID
    service: str
    at: datetime
    actor: dict[str, Any]
    reason: str
    topic: str
    part: int | None
    types: list[str] | None
    from_at: datetime | None
    from_offset: int | None
    to_at: datetime | None
    to_offset: int | None
    dry_run: bool
    again: bool
    tried: UUID | None
    rate: int
    state: Literal["asked", "running", "done", "stopped"]
    ended_at: datetime | None
    why: str | None
    stopped_by: dict[str, Any] | None
    parts: list[ReplayPart]
    counts: dict[str, int]


class ReplayPage(BaseModel):
    """Replays, the latest first."""

    rows: list[ReplayRow]


# -- health and state ------------------------------------------------------------------------------------------------


@router.get("/health", summary="Whether the process is well", responses={503: {"model": Health, "description": "Not ready; `why` says why."}})
async def health(request: Request, response: Response) -> Health:
    """Needs no token: for supervisors and load balancers."""
    pulse: Pulse | None = request.app.state.pulse
    why = list(pulse.why()) if pulse is not None else []
    try:
        await asyncio.wait_for(request.app.state.pool.fetchval("SELECT 1"), 2)
    except (TimeoutError, OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        why.append(f"the database does not answer ({type(error).__name__})")
    if why:
        response.status_code = 503
    return Health(live=True, ready=not why, progress=pulse is None or pulse.progress(), why=why)


@router.get("/status", summary="The state of this process and its work")
async def status(request: Request, door: Operator) -> Status:
    """What `cg status`, `cg clock` and the console show."""
    return await _status(request)


async def _status(request: Request) -> Status:
    state = request.app.state
    engine, pool = state.engine, state.pool
    pulse: Pulse | None = state.pulse
    real = engine.clock.real()
    domain = engine.clock.domain(real)
    now = await counts(pool, domain)
    lag = dict(pulse.lag()) if pulse is not None else {}
    halted: dict[tuple[str, int], str] = dict(pulse.reader.halted) if pulse is not None and pulse.reader is not None else {}
    partitions = [
        Partition(topic=s.topic, part=s.part, next=s.next, lag=lag.get((s.topic, s.part)), caught_up_at=s.caught_up_at, halted=halted.get((s.topic, s.part)))
        for s in await standings(pool)
    ]
    reached = [p.caught_up_at for p in partitions]
    known = [at for at in reached if at is not None]
    return Status(
        name=engine.service.name,
        instance=state.settings.instance,
        build=engine.build,
        ready=pulse is None or pulse.ready(),
        progress=pulse is None or pulse.progress(),
        why=list(pulse.why()) if pulse is not None else [],
        clock=Times(real=real, domain=domain, offset_seconds=(domain - real).total_seconds(), movable=state.settings.clock == "movable"),
        caught_up_at=min(known) if known and len(known) == len(reached) else None,
        lag=sum(lag.values()),
        partitions=partitions,
        relay=Outbox(
            backlog=now.backlog, oldest_at=now.unsent_since, oldest_seconds=max(0.0, (real - now.unsent_since).total_seconds()) if now.unsent_since else 0.0
        ),
        journal=now.journal,
        parked=now.parked,
        blocked=now.blocked,
        rejected=now.rejected,
        denied_uncounted=state.access.uncounted,
        deadlines=Deadlines(open=now.timers_open, overdue=now.timers_overdue, next_at=now.next_deadline_at),
        canaries=_canaries(engine, real),
        tally={name: float(getattr(engine.tally, name)) for name in engine.tally.__dataclass_fields__},
    )


def _canaries(engine: Any, now: datetime) -> list[CanaryHeard]:
    heard = {row.what.about.owner for row in engine.service.hears}
    found = {service: engine.canaries.get(service) for service in sorted(heard)}
    return [
        CanaryHeard(
            service=service,
            age_seconds=(now - one.sent_at).total_seconds() if one else None,
            took_seconds=(one.heard_at - one.sent_at).total_seconds() if one else None,
        )
        for service, one in found.items()
    ]


@router.get("/metrics", summary="The same numbers for Prometheus", response_class=PlainTextResponse)
async def metrics(request: Request, door: Operator) -> PlainTextResponse:
    """Text exposition format 0.0.4."""
    now = await _status(request)
    lines: list[str] = []

    def say(name: str, sort: str, meaning: str, values: Iterable[tuple[str, float]]) -> None:
        lines.append(f"# HELP {name} {meaning}")
        lines.append(f"# TYPE {name} {sort}")
        lines.extend(f'{name}{{service="{now.name}"{labels}}} {value:g}' for labels, value in values)

    say("cg_ready", "gauge", "1 when the process is ready.", [("", now.ready)])
    say("cg_progress", "gauge", "1 when what waits is taken.", [("", now.progress)])
    places = [(f',topic="{p.topic}",partition="{p.part}"', p) for p in now.partitions]
    say("cg_lag_records", "gauge", "Records not yet taken.", [(labels, p.lag) for labels, p in places if p.lag is not None])
    caught = [(labels, (now.clock.domain - p.caught_up_at).total_seconds()) for labels, p in places if p.caught_up_at]
    say("cg_caught_up_seconds", "gauge", "Seconds since a partition was last read to its end.", caught)
    say("cg_halted", "gauge", "1 when a partition is stopped because one error hit too many keys.", [(labels, p.halted is not None) for labels, p in places])
    say("cg_relay_backlog", "gauge", "Messages of the journal not yet sent.", [("", now.relay.backlog)])
    say("cg_relay_dwell_seconds", "gauge", "Age of the oldest message not yet sent.", [("", now.relay.oldest_seconds)])
    say("cg_journal_rows_total", "counter", "Rows of the journal.", [("", now.journal)])
    say("cg_parked", "gauge", "Records that wait.", [("", now.parked)])
    say("cg_blocked_keys", "gauge", "Keys behind which records wait.", [("", now.blocked)])
    say("cg_rejected", "gauge", "Strangers' records turned away, of the last 14 days.", [("", now.rejected)])
    say("cg_deadlines_open", "gauge", "Deadlines that run.", [("", now.deadlines.open)])
    say("cg_deadlines_due", "gauge", "Deadlines that fell due and have not fired.", [("", now.deadlines.overdue)])
    heard = [(f',from="{c.service}"', c) for c in now.canaries]
    say(
        "cg_canary_age_seconds",
        "gauge",
        "Seconds since the last canary of a service was sent that came.",
        [(b, c.age_seconds) for b, c in heard if c.age_seconds is not None],
    )
    say("cg_canary_took_seconds", "gauge", "Seconds that it was on its way.", [(b, c.took_seconds) for b, c in heard if c.took_seconds is not None])
    say("cg_clock_offset_seconds", "gauge", "Domain time minus real time.", [("", now.clock.offset_seconds)])
    for name, value in now.tally.items():
        say(f"cg_{name}_total", "counter", f"{name.replace('_', ' ').capitalize()} since the process started.", [("", value)])
    return PlainTextResponse("\n".join(lines) + "\n", media_type="text/plain; version=0.0.4")


@router.post("/partitions/release", summary="Let a stopped partition go on", status_code=204)
async def release(request: Request, body: Release, door: Operator) -> Response:
    """After the fault that stopped it has been mended."""
    pulse: Pulse | None = request.app.state.pulse
    if pulse is None or pulse.reader is None or (body.topic, body.part) not in pulse.reader.halted:
        raise door.missing()
    await pulse.reader.release(body.topic, body.part)
    return Response(status_code=204)


@router.post("/partitions/read", summary="Take a partition that nobody reads as read", status_code=204)
async def take_read(request: Request, body: TakenAsRead, door: Operator) -> Response:
    """Deadlines up to this instant no longer wait for it, not even those that a message in it would have met: when there is no other way, and on record."""
    if body.upto > door.now:
        raise Refusing(409, "not-yet", field="upto")
    place = (body.topic, body.part)
    if not await take_as_read(request.app.state.pool, place, body.upto, request.app.state.engine.clock.real(), _actor(door), body.reason):
        raise door.missing()
    return Response(status_code=204)


# -- replays -----------------------------------------------------------------------------------------------------------


@router.post("/replays", summary="Have records read again", status_code=202)
async def ask_for_replay(request: Request, body: AskedReplay, door: Operator) -> ReplayRow:
    """It runs beside the live reading, under the same locks, one replay at a time; what had its effect already has none again, unless `again` says so."""
    state = request.app.state
    service = state.engine.service
    if (body.topic, body.part or 0) not in places_of(service):
        raise door.missing()
    _range(body)
    replay = Replay(
        id=state.engine.ids.new(),
        at=state.engine.clock.real(),
        actor=_actor(door),
        dry=body.dry_run,
        types=tuple(sorted(set(body.types))) if body.types is not None else None,
        **body.model_dump(include={"reason", "topic", "part", "from_at", "from_offset", "to_at", "to_offset", "again", "tried", "rate"}),
    )
    if replay.again and not replay.dry:
        tried = await replays(state.pool, id_=replay.tried) if replay.tried is not None else []
        if not (tried and tried[0][0].dry and tried[0][0].state == "done" and all(getattr(tried[0][0], name) == getattr(replay, name) for name in SAME)):
            raise Refusing(409, "dry-run-first", field="tried")
    await ask_replay(state.pool, replay)
    return _replay(service.name, replay, [])


SAME = ("topic", "part", "types", "from_at", "from_offset", "to_at", "to_offset", "again")
"""What a replay and its dry run have in common."""


def _range(body: AskedReplay) -> None:
    if (body.from_at is None) == (body.from_offset is None):
        raise Refusing(409, "replay-range", field="from_at", mend="name an instant or an offset to begin at")
    if body.to_at is not None and body.to_offset is not None:
        raise Refusing(409, "replay-range", field="to_at", mend="name an instant or an offset to end at, not both")
    if body.part is None and (body.from_offset or body.to_offset is not None):
        raise Refusing(409, "replay-range", field="part", mend="an offset other than 0 belongs to one partition: name it")


@router.get("/replays", summary="What was read again")
async def list_replays(request: Request, door: Operator, limit: Limit = 100) -> ReplayPage:
    """The latest first, with who asked for it and why."""
    name = request.app.state.engine.service.name
    return ReplayPage(rows=[_replay(name, *one) for one in await replays(request.app.state.pool, limit=limit)])


@router.get("/replays/{replay_id}", summary="How far a replay is")
async def one_replay(request: Request, door: Operator, replay_id: UUID) -> ReplayRow:
    """With what became of the records so far."""
    found = await replays(request.app.state.pool, id_=replay_id)
    if not found:
        raise door.missing()
    return _replay(request.app.state.engine.service.name, *found[0])


@router.post("/replays/{replay_id}/stop", summary="Stop a replay")
async def stop_replay(request: Request, door: Operator, replay_id: UUID, body: Why) -> ReplayRow:
    """What it did stays; the records that it did not come to are left alone."""
    engine = request.app.state.engine
    before = await one_replay(request, door, replay_id)
    if not await engine.store.end_replay(replay_id, "stopped", engine.clock.real(), body.reason, _actor(door)):
        raise Refusing(409, "not-waiting", field="replay_id")
    return await one_replay(request, door, before.id)


def _replay(service: str, replay: Replay, places: list[ReplayPlace]) -> ReplayRow:
    counts: Counter[str] = Counter()
    for place in places:
        counts.update(place.counts)
    kept = {name: getattr(replay, name) for name in ReplayRow.model_fields if hasattr(replay, name)}
    parts = [ReplayPart(part=p.part, start=p.start, next=p.next, until=p.until, counts=dict(p.counts)) for p in places]
    more = {"service": service, "dry_run": replay.dry, "actor": _object(replay.actor), "parts": parts, "counts": dict(counts)}
    return ReplayRow(**kept | more | {"stopped_by": _object(replay.stopped_by) if replay.stopped_by else None})


# -- journal ---------------------------------------------------------------------------------------------------------

STORIES_OF = """
SELECT correlation FROM journal WHERE id = $1::text::uuid
UNION SELECT correlation FROM journal WHERE correlation = $2
UNION SELECT correlation FROM parked WHERE message_id = $2 AND correlation IS NOT NULL
"""
"""The stories that an id of ours, or the first message of a story, belongs to: by index."""

STORY_CAUSED_BY = "SELECT correlation FROM journal WHERE cause = $1 ORDER BY seq DESC LIMIT 1"
"""The story of a stranger's later message, which the journal knows as a cause only: looks from the newest row back."""

STEPS = f"SELECT {STEP_COLUMNS} FROM journal WHERE correlation = ANY ($1) AND seq > $2 ORDER BY seq LIMIT $3"


@router.get("/journal", summary="The steps of a story")
async def journal(
    door: Operator,
    request: Request,
    id: Annotated[Text | None, Query(description="Any id of the story: a message's, a command's, a deadline's.")] = None,
    correlation: Annotated[Text | None, Query(description="The story's own id.")] = None,
    after: After = 0,
    limit: Limit = MOST,
) -> Journal:
    """All steps of the stories that an id belongs to, and of the story that is named."""
    stories = sorted({*([correlation] if correlation is not None else []), *(await _stories(door, id) if id is not None else [])})
    steps = [Step(*row) for row in await door.fetch(STEPS, stories, after, limit)] if stories else []
    return Journal(
        service=request.app.state.engine.service.name,
        correlations=stories,
        steps=[_step(step) for step in steps],
        next=steps[-1].seq if len(steps) == limit else None,
    )


async def _stories(door: Door, id_: str) -> list[str]:
    try:
        own = str(UUID(id_))
    except ValueError:
        own = None
    found = [row[0] for row in await door.fetch(STORIES_OF, own, id_)]
    return found or [row[0] for row in await door.fetch(STORY_CAUSED_BY, id_)]


def _step(step: Step) -> JournalStep:
    told = step.step == "refused" or (step.topic is not None and ".intake." not in step.topic)
    return JournalStep(
        seq=step.seq,
        step=step.step,
        id=step.id,
        at=step.at,
        type=step.type,
        kind=step.kind,
        aggregate=step.aggregate,
        version=step.version,
        topic=step.topic,
        key=step.key,
        headers=json.loads(step.headers),
        body=json.loads(step.body) if told else None,
        actor=json.loads(step.actor) if step.actor else None,
        cause=step.cause,
        correlation=step.correlation,
    )


# -- parked and rejected ---------------------------------------------------------------------------------------------

PARKED = f"""
SELECT {PARKED_COLUMNS} FROM parked
 WHERE id > $1 AND ($2::text IS NULL OR state = $2) AND ($3::text IS NULL OR correlation = $3) AND ($4::text IS NULL OR message_id = $4)
 ORDER BY id LIMIT $5
"""

WAITING = """
SELECT id FROM parked WHERE state = 'waiting' AND ($1::text IS NULL OR rule = $1) AND ($2::text IS NULL OR topic = $2) ORDER BY id
"""

REJECTED = f"""
SELECT {REJECTED_COLUMNS} FROM rejected
 WHERE id > $1 AND ($2::text IS NULL OR account = $2) AND ($3::text[] IS NULL OR message_id = ANY ($3)) ORDER BY id LIMIT $4
"""


@router.get("/parked", summary="Records that wait")
async def parked(
    door: Operator,
    request: Request,
    state: Annotated[Literal["waiting", "applied", "discarded", "all"], Query()] = "waiting",
    correlation: Text | None = None,
    message_id: Text | None = None,
    after: After = 0,
    limit: Limit = MOST,
) -> ParkedPage:
    """In the order in which they were parked."""
    rows = [Parked(*row) for row in await door.fetch(PARKED, after, None if state == "all" else state, correlation, message_id, limit)]
    service = request.app.state.engine.service.name
    return ParkedPage(rows=[ParkedRow(**_parked(row, service)) for row in rows], next=rows[-1].id if len(rows) == limit else None)


@router.get("/parked/{parked_id:int}", summary="One parked record")
async def parked_one(
    door: Operator,
    request: Request,
    parked_id: Annotated[int, Path(ge=1, le=LARGEST_ID)],
    content: Annotated[bool, Query(description="With what it says: it may hold personal data, so the reading is recorded.")] = False,
) -> ParkedWhole:
    """With everything that people did to it."""
    row = await _parked_row(door, parked_id)
    whole: dict[str, Any] = _parked(row, request.app.state.engine.service.name)
    if content:
        sql = "INSERT INTO parked_action (parked_id, at, actor, what, reason) VALUES ($1, $2, $3, 'read', $4)"
        await request.app.state.pool.execute(sql, parked_id, request.app.state.engine.clock.real(), _actor(door), door.actor.reason)
        value = row.edited if row.edited is not None else row.raw
        whole["headers"] = [(name, None if kept is None else _readable(base64.b64decode(kept))) for name, kept in json.loads(row.headers)]
        try:
            whole["content"] = value.decode() if value is not None else None
        except UnicodeDecodeError:
            whole["content_base64"] = base64.b64encode(value or b"").decode()
    actions = [
        Action(at=a.at, actor=_object(a.actor), what=a.what, diff=json.loads(a.diff) if a.diff else None, reason=a.reason)
        for a in await parked_actions(request.app.state.pool, parked_id)
    ]
    return ParkedWhole(**whole, actions=actions)


@router.post("/parked/{parked_id:int}/retry", summary="Try a parked record again")
async def retry(door: Operator, request: Request, parked_id: Annotated[int, Path(ge=1, le=LARGEST_ID)], body: Why) -> Done:
    """With all that waits behind the same key, in order, until one fails again."""
    return await _operate(door, request, [parked_id], "retry", body.reason)


@router.post("/parked/{parked_id:int}/edit", summary="Say what a parked record should have said")
async def edit(door: Operator, request: Request, parked_id: Annotated[int, Path(ge=1, le=LARGEST_ID)], body: Edit) -> Done:
    """The raw record is kept; the difference, who and why are recorded. Then it is tried again when its turn comes."""
    row = await _parked_row(door, parked_id)
    before = row.edited if row.edited is not None else row.raw
    diff = list(difflib.unified_diff(_lines(before), _lines(body.content.encode()), "before", "after", lineterm="", n=1))
    return await _operate(door, request, [parked_id], "edit", body.reason, body.content.encode(), json.dumps(diff))


@router.post("/parked/{parked_id:int}/discard", summary="Give a parked record up")
async def discard(door: Operator, request: Request, parked_id: Annotated[int, Path(ge=1, le=LARGEST_ID)], body: Why) -> Done:
    """It stays on record with the reason; what waits behind it goes on."""
    return await _operate(door, request, [parked_id], "discard", body.reason)


@router.post("/parked/retry", summary="Try a group of parked records again")
async def retry_group(door: Operator, request: Request, body: Group) -> Done:
    """All that wait, or those of a rule and a topic."""
    return await _operate(door, request, [row[0] for row in await door.fetch(WAITING, body.rule, body.topic)], "retry", body.reason)


@router.post("/parked/discard", summary="Give a group of parked records up")
async def discard_group(door: Operator, request: Request, body: NamedGroup) -> Done:
    """Those of a rule, and of a topic where it is named; never all at once."""
    return await _operate(door, request, [row[0] for row in await door.fetch(WAITING, body.rule, body.topic)], "discard", body.reason)


async def _operate(door: Door, request: Request, ids: list[int], what: str, reason: str, edited: bytes | None = None, diff: str | None = None) -> Done:
    from cg_kit.engine import Unknown  # noqa: PLC0415 (the engine needs no HTTP to start)

    alone = len(ids) == 1
    left: dict[int, str] = {}
    for parked_id in ids:
        try:
            await request.app.state.engine.operate(parked_id, what, _actor(door), reason, edited, diff)
        except Unknown:
            if alone:
                raise Refusing(409, "not-waiting", field="parked_id") from None
        except Again as error:
            if alone:
                raise
            left[parked_id] = str(error)
    rows = await door.fetch("SELECT id, state, reason FROM parked WHERE id = ANY ($1) ORDER BY id", ids)
    return Done(
        settled=[row["id"] for row in rows if row["state"] != "waiting"],
        waiting={row["id"]: left.get(row["id"], row["reason"]) for row in rows if row["state"] == "waiting"},
    )


async def _parked_row(door: Door, parked_id: int) -> Parked:
    rows = await door.fetch(f"SELECT {PARKED_COLUMNS} FROM parked WHERE id = $1", parked_id)
    if not rows:
        raise door.missing()
    return Parked(*rows[0])


def _parked(row: Parked, service: str) -> dict[str, Any]:
    key = f"{row.source} {row.subject}" if row.block is not None else _readable(row.key)
    kept = {name: getattr(row, name) for name in ParkedRow.model_fields if hasattr(row, name)}
    return kept | {"service": service, "partition": row.part, "key": key, "edited": row.edited is not None}


@router.get("/rejected", summary="What strangers sent and was turned away")
async def rejected(
    door: Operator,
    request: Request,
    account: Text | None = None,
    message_id: Annotated[list[Text] | None, Query(max_length=100)] = None,
    after: After = 0,
    limit: Limit = MOST,
) -> RejectedPage:
    """Of the last 14 days, in the order in which it came."""
    rows = [Rejected(*row) for row in await door.fetch(REJECTED, after, account, message_id, limit)]
    service = request.app.state.engine.service.name
    return RejectedPage(rows=[_rejected(row, service) for row in rows], next=rows[-1].id if len(rows) == limit else None)


def _rejected(row: Rejected, service: str) -> RejectedRow:
    kept = {name: getattr(row, name) for name in RejectedRow.model_fields if hasattr(row, name)}
    key = f"{row.source} {row.subject}" if row.source and row.subject else row.subject
    return RejectedRow(**kept | {"service": service, "partition": row.part, "key": key, "state": "rejected"})


def _actor(door: Door) -> str:
    return json.dumps({"person_id": str(door.actor.person_id), "roles": sorted(door.actor.roles)})


def _object(text: str) -> dict[str, Any]:
    value = json.loads(text)
    return value if isinstance(value, dict) else {"name": value}


def _readable(value: bytes | None) -> str | None:
    return None if value is None else value.decode("utf-8", "backslashreplace").replace("\x00", "\\x00")


def _lines(value: bytes | None) -> list[str]:
    try:
        return json.dumps(json.loads(value or b""), indent=1, ensure_ascii=False, sort_keys=True).splitlines()
    except ValueError:
        return (_readable(value) or "").splitlines()


# -- deadlines -------------------------------------------------------------------------------------------------------

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
PLACE = r"^[0-9]{1,16}\|[a-z0-9_]{1,41}\|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\|[ -~]{1,300}$"
"""Where a page of deadlines ended: microseconds since 1970, kind, aggregate, name."""

DEADLINES = """
SELECT kind, id, name, at, matter, fired_at, cause, correlation FROM timer
 WHERE ($1::timestamptz IS NULL OR (at, kind, id, name) > ($1, $2, $3, $4))
   AND CASE $5 WHEN 'open' THEN fired_at IS NULL WHEN 'missed' THEN fired_at IS NOT NULL OR at <= $6 ELSE true END
   AND ($7::timestamptz IS NULL OR at <= $7)
   AND ($8::text IS NULL OR correlation = $8)
   AND ($9::uuid[] IS NULL OR id = ANY ($9))
 ORDER BY at, kind, id, name LIMIT $10
"""


@router.get("/deadlines", summary="Deadlines that run, or that fell due")
async def deadlines(
    door: Operator,
    request: Request,
    which: Annotated[Literal["open", "missed", "all"], Query(description="Open: not fired. Missed: fell due.")] = "open",
    before: Annotated[AwareDatetime | None, AsWritten, Query(description="Only those due until this instant of domain time.")] = None,
    correlation: Text | None = None,
    aggregate: Annotated[list[UUID] | None, Query(max_length=100)] = None,
    after: Annotated[str | None, Query(pattern=PLACE, max_length=500, description="`next` of the answer before.")] = None,
    limit: Limit = MOST,
) -> DeadlinePage:
    """By instant, the earliest first."""
    start = _place(after)
    rows = await door.fetch(DEADLINES, *start, which, door.now, before, correlation, aggregate, limit)
    service = request.app.state.engine.service.name
    made = [
        DeadlineRow(
            service=service,
            kind=row["kind"],
            aggregate=row["id"],
            name=row["name"],
            at=row["at"],
            matter=row["matter"],
            state="fired" if row["fired_at"] else "due" if row["at"] <= door.now else "open",
            fired_at=row["fired_at"],
            cause=row["cause"],
            correlation=row["correlation"],
        )
        for row in rows
    ]
    last = made[-1] if len(made) == limit else None
    return DeadlinePage(now=door.now, rows=made, next=_next(last) if last else None)


def _next(row: DeadlineRow) -> str:
    return f"{(row.at - EPOCH) // timedelta(microseconds=1)}|{row.kind}|{row.aggregate}|{row.name}"


def _place(after: str | None) -> tuple[datetime | None, str | None, UUID | None, str | None]:
    if after is None:
        return None, None, None, None
    micros, kind, id_, name = after.split("|", 3)
    return EPOCH + timedelta(microseconds=int(micros)), kind, UUID(id_), name
