"""Cases: to the person concerned, to who handles them, to who has to plan with them."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from cg_contracts.levels import Level
from cg_contracts.screening import FilesResult, Ground, NvoOutcome, Outcome, Scope, ScreeningKind
from cg_kit.http import Door
from services.screening.domain import application, case
from services.screening.domain.regime import BY_ID, Source
from services.screening.reactions import application_for, clearance_of

CASES_OF_PERSON = "SELECT id FROM case_state WHERE person_id = $1 ORDER BY state ->> 'opened_at', id LIMIT 500"

CASES_OF_OFFICER = """
SELECT id, status, state ->> 'kind' AS kind, (state ->> 'decision_due_at')::timestamptz AS decision_due_at, state ->> 'late_at' IS NOT NULL AS late
  FROM case_state
 WHERE state -> 'officers' <> '[]' AND state -> 'officers' ? $1::text AND id > $3 AND ($2::text IS NULL OR status = $2)
 ORDER BY id LIMIT $4
"""

ALL_CASES = """
SELECT id, status, state ->> 'kind' AS kind, (state ->> 'decision_due_at')::timestamptz AS decision_due_at, state ->> 'late_at' IS NOT NULL AS late
  FROM case_state
 WHERE id > $2 AND ($1::text IS NULL OR status = $1)
 ORDER BY id LIMIT $3
"""

OPEN_APPLICATIONS = """
SELECT id AS application_id, NULL::uuid AS case_id, state ->> 'level' AS level FROM application_state WHERE status = ANY ($1) ORDER BY id LIMIT $2
"""

RUNNING_APPLICATIONS = """
SELECT id AS application_id, NULL::uuid AS case_id, state ->> 'level' AS level
  FROM application_state WHERE status = 'UNDER_INVESTIGATION' AND state ->> 'late_at' IS NULL ORDER BY id LIMIT $1
"""

CASES_TO_NOTIFY = """
SELECT NULL::uuid AS application_id, id AS case_id, NULL::text AS level
  FROM case_state
 WHERE status IN ('DECIDED', 'ANSWERED')
   AND $1 = CASE WHEN state ->> 'kind' = 'nuclear' THEN 'fanc' WHEN state ->> 'asked_by' = 'screening' THEN 'screening' ELSE 'hr' END
 ORDER BY id LIMIT $2
"""


CASES_TO_APPEAL = """
SELECT id AS case_id, CASE WHEN state ->> 'kind' = 'advice' THEN 'negative' ELSE 'refused' END AS ground FROM case_state
 WHERE status IN ('NOTIFIED', 'FINAL') AND state -> 'decision' ->> 'outcome' = 'negative' AND coalesce(state -> 'appeals', '[]') = '[]' ORDER BY id LIMIT $1
"""

CLEARANCES_TO_NOTIFY = """
SELECT id AS clearance_id FROM clearance_state
 WHERE state -> 'decisions' -> -1 ->> 'outcome' IN ('withdrawn', 'lowered') AND state ->> 'notified_at' IS NULL ORDER BY id LIMIT $1
"""

VERIFIED_PERSONS = "SELECT id AS person_id FROM person_state WHERE state -> 'had' <> '[]' ORDER BY id LIMIT $1"

PENDING_APPEALS = "SELECT id AS appeal_id FROM appeal_state WHERE status <> 'DECIDED' ORDER BY id LIMIT $1"


class Phase(StrEnum):
    """What the person concerned may know of where their case stands: never an outcome before it was notified."""

    YOUR_CONSENT = "your_consent"
    PREPARATION = "preparation"
    VERIFICATION = "verification"
    DECISION = "decision"
    WITH_SECURITY_AUTHORITY = "with_security_authority"
    NOTIFIED = "notified"
    UNDER_APPEAL = "under_appeal"
    CLOSED = "closed"


PHASES = {
    case.Status.CONSENT_PENDING: Phase.YOUR_CONSENT,
    case.Status.INCOMPLETE: Phase.PREPARATION,
    case.Status.WITH_SECURITY_OFFICER: Phase.PREPARATION,
    case.Status.AT_CG: Phase.PREPARATION,
    case.Status.CENTRALISED: Phase.PREPARATION,
    case.Status.IN_VERIFICATION: Phase.VERIFICATION,
    case.Status.ASSESSMENT: Phase.DECISION,
    case.Status.PREPARED: Phase.DECISION,
    case.Status.DECIDED: Phase.DECISION,
    case.Status.ANSWERED: Phase.DECISION,
    case.Status.TRANSMITTED: Phase.WITH_SECURITY_AUTHORITY,
    case.Status.NOTIFIED: Phase.NOTIFIED,
    case.Status.UNDER_APPEAL: Phase.UNDER_APPEAL,
    case.Status.GRANT_ORDERED: Phase.DECISION,
    case.Status.REASSESSMENT: Phase.NOTIFIED,
    case.Status.FINAL: Phase.NOTIFIED,
    case.Status.CLOSED_NO_CONSENT: Phase.CLOSED,
    case.Status.CANCELLED: Phase.CLOSED,
}
APPLICATION_PHASES = {
    application.Status.NOTIFIED: Phase.NOTIFIED,
    application.Status.CLOSED: Phase.NOTIFIED,
    application.Status.WITHDRAWN_BY_PERSON: Phase.CLOSED,
}


class MyCase(BaseModel):
    """What the person concerned sees: the phase, and by when a decision is expected."""

    case_id: UUID
    kind: ScreeningKind
    phase: Phase
    expected_before: datetime | None


class MyCases(BaseModel):
    """All cases about the person who asks, the oldest first."""

    items: list[MyCase]


class MyReasons(BaseModel):
    """What the person is told of the reasons of a negative decision, or why they are told none."""

    reasons: str | None = None
    withheld: str | None = None


class CaseStatus(BaseModel):
    """What staff and chiefs see: the status, and until when a positive advice counts. No outcome but that, and no reason."""

    case_id: UUID
    kind: ScreeningKind
    status: str
    valid_until: datetime | None


class SuspensionSeen(BaseModel):
    """A time in which the term for deciding stood still."""

    model_config = ConfigDict(from_attributes=True)

    reason_code: str
    since: datetime
    until: datetime
    resumed_at: datetime | None


class OccasionSeen(BaseModel):
    """The place and period a case is for; with an event, its start is a hard stop."""

    model_config = ConfigDict(from_attributes=True)

    place: str
    starts_at: datetime
    ends_at: datetime
    event_id: UUID | None


class CheckSeen(BaseModel):
    """One source: what was asked, and the result without its content."""

    source: Source
    asked_at: datetime
    due_at: datetime
    result: case.Result | None
    answered_at: datetime | None
    late: bool
    first_due_at: datetime | None
    extended_for: str | None


class ApplicationSeen(BaseModel):
    """The application at the security authority."""

    application_id: UUID
    status: application.Status
    transmitted_at: datetime
    decision_due_at: datetime
    late: bool
    decision_ref: str | None
    outcome: NvoOutcome | None
    notified_at: datetime | None
    appeal_until: datetime | None


class FeeSeen(BaseModel):
    """The fee of the instrument, in euro (none: the security authority sets it), and whether it was paid."""

    amount: Decimal | None
    paid_on: date | None
    payment_ref: str | None


class CaseSeen(BaseModel):
    """A case as those see it who are designated to handle it, without names, contents or reasons: these are read from the vault, one by one."""

    case_id: UUID
    version: int
    status: case.Status
    kind: ScreeningKind
    regime_id: str
    person_id: UUID
    purpose: str
    level: Level | None
    scopes: list[Scope]
    occasion: OccasionSeen | None
    opened_at: datetime
    decision_due_at: datetime | None
    first_due_at: datetime | None
    """The first due date, when a suspension has moved it."""
    suspensions: list[SuspensionSeen]
    late: bool
    consented_at: datetime | None
    sealed_at: datetime | None
    person_data: bool
    checks: list[CheckSeen]
    officers: list[UUID]
    missing: list[str]
    prepared_by: UUID | None
    decided_by: UUID | None
    outcome: Outcome | None
    result: FilesResult | None
    valid_until: datetime | None
    notified_at: datetime | None
    appeal_until: datetime | None
    need_ended_at: datetime | None
    reassessed_for: UUID | None
    monitoring_stopped_at: datetime | None
    fee: FeeSeen | None
    """None where the instrument is free."""
    application: ApplicationSeen | None
    clearance_id: UUID | None


class CaseLine(BaseModel):
    """A case in a list."""

    case_id: UUID
    kind: ScreeningKind
    status: case.Status
    decision_due_at: datetime | None
    late: bool


class CaseLines(BaseModel):
    """Cases in order of their id; `next` is where the next page begins."""

    items: list[CaseLine]
    next: UUID | None


class Open(BaseModel):
    """An open matter that an outside account may speak about."""

    case_id: UUID | None = None
    application_id: UUID | None = None
    level: Level | None = None
    clearance_id: UUID | None = None
    person_id: UUID | None = None
    appeal_id: UUID | None = None
    ground: Ground | None = None


class Opens(BaseModel):
    """Open matters."""

    items: list[Open]


async def my_cases(door: Door) -> MyCases:
    """The cases about the person who asks."""
    items = []
    for row in await door.fetch(CASES_OF_PERSON, door.actor.person_id):
        found = await door.state("case", row["id"])
        assert found is not None
        state: case.Case = found[0]
        assert state.kind
        phase, expected = PHASES[state.before or state.status], state.decision_due_at
        if state.status is case.Status.TRANSMITTED and (sent := await door.state("application", application_for(row["id"]))):
            phase, expected = APPLICATION_PHASES.get(sent[0].status, phase), sent[0].decision_due_at
        expected = None if phase in {Phase.NOTIFIED, Phase.UNDER_APPEAL, Phase.CLOSED} else expected
        items.append(MyCase(case_id=row["id"], kind=state.kind, phase=phase, expected_before=expected))
    return MyCases(items=items)


async def cases(door: Door, status: case.Status | None, after: UUID | None, limit: int) -> CaseLines:
    """All cases for the head of service; for an officer those they are designated for."""
    start = after or UUID(int=0)
    if "head-of-service" in door.actor.roles:
        rows = await door.fetch(ALL_CASES, status, start, limit)
    else:
        rows = await door.fetch(CASES_OF_OFFICER, str(door.actor.person_id), status, start, limit)
    items = [CaseLine(case_id=row["id"], **{name: row[name] for name in ("kind", "status", "decision_due_at", "late")}) for row in rows]
    return CaseLines(items=items, next=items[-1].case_id if len(items) == limit else None)


async def case_seen(door: Door, case_id: UUID, state: case.Case, version: int) -> CaseSeen:
    """A case in full, as far as it is not in the vault."""
    assert state.kind
    assert state.person_id
    assert state.opened_at
    sent = await door.state("application", application_for(case_id)) if state.status is case.Status.TRANSMITTED else None
    return CaseSeen(
        case_id=case_id,
        version=version,
        status=state.status,
        kind=state.kind,
        regime_id=state.regime_id,
        person_id=state.person_id,
        purpose=state.purpose,
        level=state.level,
        scopes=list(state.scopes),
        occasion=OccasionSeen.model_validate(state.occasion) if state.occasion else None,
        opened_at=state.opened_at,
        decision_due_at=state.decision_due_at,
        first_due_at=state.first_due_at,
        suspensions=[SuspensionSeen.model_validate(each) for each in state.suspensions],
        late=state.late_at is not None,
        consented_at=state.consented_at,
        sealed_at=state.sealed_at,
        person_data=state.person_data is not None,
        checks=[
            CheckSeen(
                source=c.source,
                asked_at=c.asked_at,
                due_at=c.due_at,
                result=c.result,
                answered_at=c.answered_at,
                late=c.late,
                first_due_at=c.first_due_at,
                extended_for=c.extended_for or None,
            )
            for c in state.checks
        ],
        officers=list(state.officers),
        missing=list(state.missing),
        prepared_by=state.assessment.by if state.assessment else None,
        decided_by=state.decision.by if state.decision else None,
        outcome=state.decision.outcome if state.decision else None,
        result=state.result,
        valid_until=state.decision.valid_until if state.decision else None,
        notified_at=state.notified_at,
        appeal_until=state.appeal_until,
        need_ended_at=state.need_ended_at,
        reassessed_for=state.reassessed_for,
        monitoring_stopped_at=state.monitoring_stopped_at,
        fee=fee_seen(state),
        application=application_seen(application_for(case_id), sent[0]) if sent else None,
        clearance_id=clearance_of(application_for(case_id), sent[0]) if sent else None,
    )


def fee_seen(state: case.Case) -> FeeSeen | None:
    """The fee by the law under which the case is kept."""
    fees = BY_ID[state.regime_id].fees
    if state.kind is None or state.kind not in fees:
        return None
    paid = state.fee
    return FeeSeen(amount=fees[state.kind], paid_on=paid.on if paid else None, payment_ref=paid.payment_ref if paid else None)


def application_seen(application_id: UUID, state: application.Application) -> ApplicationSeen:
    """An application with what the security authority decided."""
    assert state.transmitted_at
    assert state.decision_due_at
    return ApplicationSeen(
        application_id=application_id,
        status=state.status,
        transmitted_at=state.transmitted_at,
        decision_due_at=state.decision_due_at,
        late=state.late_at is not None,
        decision_ref=state.decision.decision_ref if state.decision else None,
        outcome=state.decision.outcome if state.decision else None,
        notified_at=state.notified_at,
        appeal_until=state.appeal_until,
    )


async def states_of(door: Door, kind: str, sql: str, person_id: UUID) -> list[tuple[UUID, Any, int]]:
    """The aggregates of one person."""
    found = [(row["id"], await door.state(kind, row["id"])) for row in await door.fetch(sql, person_id)]
    return [(id_, *kept) for id_, kept in found if kept is not None]


async def undecided_applications(door: Door, limit: int) -> Opens:
    """What the security authority may decide on."""
    return Opens(
        items=[
            Open(**dict(row)) for row in await door.fetch(OPEN_APPLICATIONS, [application.Status.UNDER_INVESTIGATION, application.Status.GRANT_ORDERED], limit)
        ]
    )


async def running_applications(door: Door, limit: int) -> Opens:
    """What the security authority may take more time for."""
    return Opens(items=[Open(**dict(row)) for row in await door.fetch(RUNNING_APPLICATIONS, limit)])


async def clearances_to_notify(door: Door, limit: int) -> Opens:
    """Clearances that were withdrawn or lowered, of which the holder was not told yet."""
    return Opens(items=[Open(**dict(row)) for row in await door.fetch(CLEARANCES_TO_NOTIFY, limit)])


async def verified_persons(door: Door, limit: int) -> Opens:
    """Of whom something may be reported: they have a case or a clearance here."""
    return Opens(items=[Open(**dict(row)) for row in await door.fetch(VERIFIED_PERSONS, limit)])


async def to_appeal(door: Door, limit: int) -> Opens:
    """Negative decisions that were notified and not appealed."""
    return Opens(items=[Open(**dict(row)) for row in await door.fetch(CASES_TO_APPEAL, limit)])


async def under_appeal(door: Door, limit: int) -> Opens:
    """What the appeal body may decide on."""
    return Opens(items=[Open(**dict(row)) for row in await door.fetch(PENDING_APPEALS, limit)])


async def to_notify(door: Door, account: str, limit: int) -> Opens:
    """What was decided and not yet notified by who has to."""
    if account == "nvo":
        return Opens(items=[Open(**dict(row)) for row in await door.fetch(OPEN_APPLICATIONS, sorted(application.DECIDED), limit)])
    return Opens(items=[Open(**dict(row)) for row in await door.fetch(CASES_TO_NOTIFY, account, limit)])
