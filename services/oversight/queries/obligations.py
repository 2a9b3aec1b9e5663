"""What is owed, whose, since when, and why."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from pydantic import BaseModel

from cg_contracts.obligations import NAMED, OBLIGATIONS, WAITING, Carried, Obligation, Taken, proofs
from cg_contracts.oversight import DebtorKind
from cg_kit.http import Door
from services.oversight.domain import obligation

OWED = """
WITH RECURSIVE here AS (
  SELECT $3::uuid AS id WHERE $3::uuid IS NOT NULL
  UNION
  SELECT p.id FROM party_state p JOIN here h ON p.within = h.id),
last AS (SELECT coalesce(due_at, 'infinity') AS at, id FROM obligation_state WHERE id = $6)
SELECT o.id FROM obligation_state o
 WHERE ($1::text[] IS NULL OR o.status = ANY ($1)) AND o.status <> 'NEW'
   AND (NOT $2::bool OR o.late)
   AND ($3::uuid IS NULL OR o.debtor IN (SELECT here.id::text FROM here))
   AND ($4::text IS NULL OR o.debtor = $4)
   AND ($5::text IS NULL OR o.name = $5)
   AND ($8::text IS NULL OR o.about = $8)
   AND ($9::text IS NULL OR o.state -> 'before' ? $9)
   AND ($6::uuid IS NULL OR (coalesce(o.due_at, 'infinity'), o.id) > (SELECT last.at, last.id FROM last))
 ORDER BY coalesce(o.due_at, 'infinity'), o.id LIMIT $7
"""

COUNTS = """
SELECT name, count(*) FILTER (WHERE status IN ('OPEN', 'SUSPENDED')) AS open, count(*) FILTER (WHERE status IN ('OPEN', 'SUSPENDED') AND late) AS late,
       count(*) FILTER (WHERE status = 'MET' AND NOT late) AS met, count(*) FILTER (WHERE status = 'MET' AND late) AS met_late,
       count(*) FILTER (WHERE status = 'CANCELLED') AS cancelled
  FROM obligation_state WHERE status <> 'NEW' GROUP BY name
"""

RUNNING = [obligation.Status.OPEN.value, obligation.Status.SUSPENDED.value]


class Which(StrEnum):
    """Those that are owed now, those that were met, those that are owed no more, or all."""

    OPEN = "open"
    MET = "met"
    CANCELLED = "cancelled"
    ALL = "all"


STATUSES: dict[Which, list[str] | None] = {Which.OPEN: RUNNING, Which.MET: ["MET"], Which.CANCELLED: ["CANCELLED"], Which.ALL: None}


class DebtorSeen(BaseModel):
    """Who owes it: the name of a service or account, or the id of a post, unit or zone."""

    kind: DebtorKind
    name: str


class ObligationSeen(BaseModel):
    """One obligation: what for, because of which message, by whom, until when at first and now, how it stands, and on whose list."""

    obligation_id: UUID
    version: int
    name: str
    says: str | None
    status: obligation.Status
    about: str
    owed_by: DebtorSeen
    because_of: str
    trigger: str
    opened_at: datetime
    first_due_at: datetime
    due_at: datetime | None
    late: bool
    late_since: datetime | None
    before: list[str]
    proof: str | None
    ended_at: datetime | None
    round: int


class ObligationsSeen(BaseModel):
    """Obligations by their due instant; `next` is where the next page begins."""

    items: list[ObligationSeen]
    next: UUID | None


class KindSeen(BaseModel):
    """A promise as it is declared, and how many of it stand how.

    `acted`: its proof is that the debtor itself took that message; `waits_for`: why it is not watched yet.
    """

    name: str
    says: str
    opens: str | None
    owed_by: str
    within: str
    met_by: list[str]
    acted: bool = False
    reminders: list[int]
    escalates: dict[int, str]
    shown_to: list[str] = []
    waits_for: str | None = None
    open: int = 0
    late: int = 0
    met: int = 0
    met_late: int = 0
    cancelled: int = 0


class KindsSeen(BaseModel):
    """Every declared promise: first those that are watched."""

    items: list[KindSeen]


def seen(obligation_id: UUID, state: obligation.Owed, version: int) -> ObligationSeen:
    """One obligation in full."""
    assert state.debtor
    assert state.opened_at
    assert state.first_due_at
    promise = NAMED.get(state.name)
    return ObligationSeen(
        obligation_id=obligation_id,
        version=version,
        name=state.name,
        says=promise.says if promise else None,
        status=state.status,
        about=state.about,
        owed_by=DebtorSeen(kind=state.debtor.kind, name=state.debtor.name),
        because_of=state.because_of,
        trigger=state.trigger,
        opened_at=state.opened_at,
        first_due_at=state.first_due_at,
        due_at=state.due_at,
        late=state.late,
        late_since=state.missed_at,
        before=list(state.before),
        proof=state.proof.id if state.proof and state.status is obligation.Status.MET else None,
        ended_at=state.ended_at,
        round=state.round,
    )


async def obligations(
    door: Door,
    which: Which,
    late: bool,
    unit: UUID | None,
    debtor: str | None,
    name: str | None,
    about: str | None,
    before: str | None,
    after: UUID | None,
    limit: int,
) -> ObligationsSeen:
    """What is owed. `unit`: by it, by the units under it, and by their posts; `before`: what stands on the list of this role."""
    rows = await door.fetch(OWED, STATUSES[which], late, unit, debtor, name, after, limit, about, before)
    states = await door.states("obligation", [row["id"] for row in rows])
    items = [seen(row["id"], *states[row["id"]]) for row in rows if row["id"] in states]
    return ObligationsSeen(items=items, next=items[-1].obligation_id if len(rows) == limit and items else None)


async def kinds(door: Door) -> KindsSeen:
    """Every promise that is declared, with how it is kept."""
    counts = {row["name"]: dict(row) for row in await door.fetch(COUNTS)}
    watched = [KindSeen.model_validate({**_kind(each), **counts.get(each.name, {})}) for each in OBLIGATIONS]
    waiting = [
        KindSeen(
            name=each.name,
            says=each.says,
            opens=None,
            owed_by=each.owed_by,
            within=each.within,
            met_by=[each.proof],
            reminders=[],
            escalates={},
            waits_for=each.waits_for,
        )
        for each in WAITING
    ]
    return KindsSeen(items=watched + waiting)


def _kind(each: Obligation) -> dict[str, object]:
    within = each.within
    acted = any(isinstance(it, Taken) for it in each.met_by)
    return {
        "name": each.name,
        "says": each.says,
        "opens": each.opens.about.type,
        "owed_by": ", ".join(each.owed_by.names) or each.owed_by.kind.value,
        "within": within.field if isinstance(within, Carried) else f"{within.n} {within.unit.replace('_', ' ')}",
        "met_by": [proof.about.type for proof in proofs(each)],
        "acted": acted,
        "reminders": list(each.reminders),
        "escalates": dict(each.escalates),
        "shown_to": list(each.shown_to),
    }
