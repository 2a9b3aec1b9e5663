"""The zonal security plans of one zone: one aggregate, because no two of them may cover the same day."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import assert_never
from uuid import UUID

from cg_contracts.org import ApprovalGround
from cg_kit.pure import Deadline, Due, Refused, named
from cg_kit.pure.terms import Term, day_of, start_of, valid_until

PERIOD = Term(6, "years")
"""What a plan covers, with the municipal legislature (DL-16, V); less for a zone that begins in between."""

TACIT = Term(2, "months")
"""From the submission; without a decision of the ministers at its end a person may enter tacit approval (U, `org.zvp.tacitApprovalMonths`: PLP 35)."""


class Status(StrEnum):
    """How far a plan is."""

    PREPARING = "preparing"
    DRAFT = "draft"
    COUNCIL_ADOPTED = "council_adopted"
    SUBMITTED_TO_MINISTERS = "submitted_to_ministers"
    RETURNED = "returned"
    APPROVED = "approved"
    IN_FORCE = "in_force"
    EVALUATED = "evaluated"
    EXPIRED = "expired"


class Standing(StrEnum):
    """How far an addendum is."""

    ADOPTED = "adopted"
    IN_FORCE = "in_force"
    EXPIRED = "expired"


OPEN = frozenset({Status.PREPARING, Status.DRAFT, Status.RETURNED})
"""The zone works on it, and may give it up."""

RUNNING = frozenset({Status.IN_FORCE, Status.EVALUATED})


@dataclass(frozen=True, slots=True)
class Priority:
    """What a plan puts first: a priority of the national security plan that it works out, or (`nvp_ref` none) one of its own."""

    code: str
    nvp_ref: str | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """A status that a plan reached: on which day, by which decision, recorded when."""

    status: Status
    on: date
    recorded_at: datetime
    ref: str | None = None


@dataclass(frozen=True, slots=True)
class Addendum:
    """A change of a plan in the middle of its period, for the days in [period_from, period_to)."""

    id: UUID
    period_from: date
    period_to: date
    priorities: tuple[Priority, ...]
    adopted_on: date
    decision_ref: str
    recorded_at: datetime
    standing: Standing = Standing.ADOPTED


@dataclass(frozen=True, slots=True)
class Plan:
    """One plan, for the days in [period_from, period_to). `asked_at`: the term for the ministers ended without a decision known here."""

    id: UUID
    period_from: date
    period_to: date
    status: Status
    steps: tuple[Step, ...]
    priorities: tuple[Priority, ...] = ()
    approval_due_at: datetime | None = None
    asked_at: datetime | None = None
    ground: ApprovalGround | None = None
    reason_code: str | None = None
    addenda: tuple[Addendum, ...] = ()


@dataclass(frozen=True, slots=True)
class Plans:
    """All plans of a zone."""

    plans: tuple[Plan, ...] = ()


NEW = Plans()


def plan_of(zone_id: UUID, period_from: date) -> UUID:
    """The id of the plan of a zone whose period begins on this day: there is one."""
    return named("org", "zonal security plan", zone_id, period_from.isoformat())


def full_period(period_from: date) -> date:
    """The day after the last of a plan that runs as long as it may."""
    return day_of(valid_until(start_of(period_from), PERIOD)) if period_from.year + PERIOD.n <= date.max.year else date.max


@dataclass(frozen=True, slots=True)
class Prepare:
    """The zone begins to prepare its plan for a period."""

    plan_id: UUID
    period_from: date
    period_to: date
    at: datetime


@dataclass(frozen=True, slots=True)
class Draft:
    """The plan is written, or rewritten, with these priorities."""

    plan_id: UUID
    priorities: tuple[Priority, ...]
    at: datetime


@dataclass(frozen=True, slots=True)
class Abandon:
    """The zone gives up a plan that it works on."""

    plan_id: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class Adopt:
    """The zonal security council has adopted the plan."""

    plan_id: UUID
    on: date
    decision_ref: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Submit:
    """The plan was submitted to the ministers."""

    plan_id: UUID
    on: date
    at: datetime


@dataclass(frozen=True, slots=True)
class Approve:
    """A person enters that the plan is approved: by a decision of the ministers, or tacitly."""

    plan_id: UUID
    ground: ApprovalGround
    on: date
    decision_ref: str | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Return:
    """The ministers have sent the plan back."""

    plan_id: UUID
    on: date
    decision_ref: str
    reason_code: str
    at: datetime


@dataclass(frozen=True, slots=True)
class AdoptAddendum:
    """The zonal security council has adopted an addendum to the plan in force."""

    plan_id: UUID
    addendum_id: UUID
    period_from: date
    period_to: date
    priorities: tuple[Priority, ...]
    on: date
    decision_ref: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Evaluate:
    """The execution of the plan was evaluated."""

    plan_id: UUID
    on: date
    report_ref: str
    at: datetime


@dataclass(frozen=True, slots=True)
class EndZone:
    """The zone no longer exists."""

    at: datetime


@dataclass(frozen=True, slots=True)
class Prepared:
    """A plan for a period is being prepared."""

    plan_id: UUID
    period_from: date
    period_to: date
    at: datetime


@dataclass(frozen=True, slots=True)
class Drafted:
    """There is a text, with these priorities."""

    plan_id: UUID
    priorities: tuple[Priority, ...]
    at: datetime


@dataclass(frozen=True, slots=True)
class Adopted:
    """The council has adopted the plan."""

    plan_id: UUID
    on: date
    decision_ref: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Submitted:
    """The plan lies with the ministers until `approval_due_at`."""

    plan_id: UUID
    on: date
    approval_due_at: datetime
    at: datetime


@dataclass(frozen=True, slots=True)
class ApprovalAsked:
    """The ministers' term has ended: somebody is to enter what became of the plan. Nothing else changes."""

    plan_id: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class Approved:
    """The plan is approved."""

    plan_id: UUID
    ground: ApprovalGround
    on: date
    decision_ref: str | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Returned:
    """The plan goes back to be rewritten."""

    plan_id: UUID
    on: date
    decision_ref: str
    reason_code: str
    at: datetime


@dataclass(frozen=True, slots=True)
class EnteredIntoForce:
    """The plan's period has begun, and it was approved."""

    plan_id: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class AddendumAdopted:
    """The plan is changed for a period within its own."""

    plan_id: UUID
    addendum: Addendum


@dataclass(frozen=True, slots=True)
class AddendumEnteredIntoForce:
    """The addendum's period has begun."""

    plan_id: UUID
    addendum_id: UUID


@dataclass(frozen=True, slots=True)
class AddendumExpired:
    """The addendum's period is over, or its plan's."""

    plan_id: UUID
    addendum_id: UUID


@dataclass(frozen=True, slots=True)
class Evaluated:
    """The plan was evaluated; it stays in force until its period ends."""

    plan_id: UUID
    on: date
    report_ref: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Expired:
    """The plan no longer counts."""

    plan_id: UUID
    reason_code: str
    at: datetime


Command = Prepare | Draft | Abandon | Adopt | Submit | Approve | Return | AdoptAddendum | Evaluate | EndZone | Due
Event = (
    Prepared
    | Drafted
    | Adopted
    | Submitted
    | ApprovalAsked
    | Approved
    | Returned
    | EnteredIntoForce
    | AddendumAdopted
    | AddendumEnteredIntoForce
    | AddendumExpired
    | Evaluated
    | Expired
)
AboutPlan = Draft | Abandon | Adopt | Submit | Approve | Return | AdoptAddendum | Evaluate


def decide(plans: Plans, command: Command) -> list[Event] | Refused:
    """What follows for the plans of the zone; what is about one plan is decided in `decide_plan`."""
    match command:
        case Prepare():
            return _prepare(plans, command)
        case EndZone(at):
            return [event for plan in plans.plans if plan.status is not Status.EXPIRED for event in _expire(plan, "zone_ended", at)]
        case Due(name, at):
            return _fall_due(plans, name, at)
        case _:
            plan = find(plans, command.plan_id)
            return Refused("ORG-ZVP", "plan_id") if plan is None else decide_plan(plan, command)


def decide_plan(plan: Plan, command: AboutPlan) -> list[Event] | Refused:
    """What follows for one plan: the state diagram of the plan."""
    match plan.status, command:
        case Status.DRAFT, Draft(_, priorities) if priorities == plan.priorities:
            return []
        case ((Status.PREPARING | Status.DRAFT | Status.RETURNED), Draft(_, priorities, at)):
            return [Drafted(plan.id, priorities, at)]
        case _, Abandon(_, at) if plan.status in OPEN:
            return [Expired(plan.id, "abandoned", at)]
        case Status.EXPIRED, Abandon() if plan.reason_code == "abandoned":
            return []

        case Status.DRAFT, Adopt(_, on, decision_ref, at):
            if not any(priority.nvp_ref for priority in plan.priorities):
                return Refused("ORG-ZVP-NVP", "priorities")
            return _if_dated(plan, [Adopted(plan.id, on, decision_ref, at)], on, at)
        case Status.COUNCIL_ADOPTED, Adopt(_, on, decision_ref) if is_step(plan, on, decision_ref):
            return []

        case Status.COUNCIL_ADOPTED, Submit(_, on, at):
            return _if_dated(plan, [Submitted(plan.id, on, TACIT.due(start_of(on)).due, at)], on, at)
        case Status.SUBMITTED_TO_MINISTERS, Submit(_, on) if is_step(plan, on, None):
            return []

        case Status.SUBMITTED_TO_MINISTERS, Approve(_, ApprovalGround.TACIT, on) if plan.approval_due_at is None or start_of(on) < plan.approval_due_at:
            return Refused("ORG-ZVP-TERM", "on")  # silence says nothing before its term has passed
        case Status.SUBMITTED_TO_MINISTERS, Approve(_, ground, on, decision_ref, at):
            if (decision_ref is None) is not (ground is ApprovalGround.TACIT):
                return Refused("ORG-ZVP-DECISION", "decision_ref")
            return _if_dated(plan, [Approved(plan.id, ground, on, decision_ref, at)], on, at)
        case _, Approve(_, ground, on, decision_ref) if plan.ground is ground and is_step(plan, on, decision_ref, Status.APPROVED):
            return []
        case Status.SUBMITTED_TO_MINISTERS, Return(_, on, decision_ref, reason_code, at):
            return _if_dated(plan, [Returned(plan.id, on, decision_ref, reason_code, at)], on, at)
        case Status.RETURNED, Return(_, on, decision_ref) if is_step(plan, on, decision_ref):
            return []
        case _, Approve() | Return() if plan.ground is not None or plan.status is Status.RETURNED:
            return Refused("ORG-ZVP-DECIDED")

        case _, AdoptAddendum() if command.addendum_id in {each.id for each in plan.addenda}:
            return [] if any(_is_same(each, command) for each in plan.addenda) else Refused("ORG-ZVP-ADDENDUM", "addendum_id")
        case Status.IN_FORCE, AdoptAddendum(_, addendum_id, period_from, period_to, priorities, on, decision_ref, at):
            if not plan.period_from <= period_from < period_to <= plan.period_to:
                return Refused("ORG-ZVP-PERIOD", "period_from")
            addendum = Addendum(addendum_id, period_from, period_to, priorities, on, decision_ref, at)
            return _if_dated(plan, [AddendumAdopted(plan.id, addendum)], on, at)

        case Status.IN_FORCE, Evaluate(_, on, report_ref, at):
            return _if_dated(plan, [Evaluated(plan.id, on, report_ref, at)], on, at)
        case Status.EVALUATED, Evaluate(_, on, report_ref) if is_step(plan, on, report_ref):
            return []
        case _:
            return Refused("ORG-STATE")


def evolve(plans: Plans, event: Event) -> Plans:
    """The plans after an event."""
    match event:
        case Prepared(plan_id, period_from, period_to, at):
            before = find(plans, plan_id)
            step = Step(Status.PREPARING, day_of(at), at)
            plan = Plan(plan_id, period_from, period_to, Status.PREPARING, (*(before.steps if before else ()), step))
            return Plans((*(each for each in plans.plans if each.id != plan_id), plan))
        case AddendumAdopted(plan_id, addendum):
            return _changed(plans, plan_id, lambda plan: replace(plan, addenda=(*plan.addenda, addendum)))
        case AddendumEnteredIntoForce(plan_id, addendum_id):
            return _changed(plans, plan_id, lambda plan: _standing(plan, addendum_id, Standing.IN_FORCE))
        case AddendumExpired(plan_id, addendum_id):
            return _changed(plans, plan_id, lambda plan: _standing(plan, addendum_id, Standing.EXPIRED))
        case ApprovalAsked(plan_id, at):
            return _changed(plans, plan_id, lambda plan: replace(plan, asked_at=at))
        case _:
            return _changed(plans, event.plan_id, lambda plan: _moved(plan, event))


def due(plans: Plans) -> set[Deadline]:
    """The ministers' term, the first and last days of plans, and those of their addenda."""
    return {deadline for plan in plans.plans if plan.status is not Status.EXPIRED for deadline in _due(plan)}


def find(plans: Plans, plan_id: UUID) -> Plan | None:
    """A plan of the zone."""
    return next((plan for plan in plans.plans if plan.id == plan_id), None)


def last(plan: Plan, status: Status) -> Step | None:
    """When the plan last reached a status."""
    return next((step for step in reversed(plan.steps) if step.status is status), None)


def is_step(plan: Plan, on: date, ref: str | None, status: Status | None = None) -> bool:
    """Whether the plan reached this status (by default the one that it has) on this day and by this decision."""
    step = last(plan, status or plan.status)
    return step is not None and (step.on, step.ref) == (on, ref)


def in_force_from(plan: Plan) -> date:
    """The first day of the period, or that of the approval where it came later."""
    approved = last(plan, Status.APPROVED)
    return plan.period_from if approved is None else max(plan.period_from, approved.on)


def _moved(plan: Plan, event: Drafted | Adopted | Submitted | Approved | Returned | EnteredIntoForce | Evaluated | Expired) -> Plan:
    """The plan in the status that the event brings it to."""
    match event:
        case Drafted(_, priorities, at):
            return _reached(replace(plan, priorities=priorities), Status.DRAFT, day_of(at), at)
        case Adopted(_, on, decision_ref, at):
            return _reached(plan, Status.COUNCIL_ADOPTED, on, at, decision_ref)
        case Submitted(_, on, approval_due_at, at):
            return _reached(replace(plan, approval_due_at=approval_due_at, asked_at=None), Status.SUBMITTED_TO_MINISTERS, on, at)
        case Approved(_, ground, on, decision_ref, at):
            return _reached(replace(plan, ground=ground), Status.APPROVED, on, at, decision_ref)
        case Returned(_, on, decision_ref, _, at):
            return _reached(replace(plan, approval_due_at=None, asked_at=None), Status.RETURNED, on, at, decision_ref)
        case EnteredIntoForce(_, at):
            return _reached(plan, Status.IN_FORCE, day_of(at), at)
        case Evaluated(_, on, report_ref, at):
            return _reached(plan, Status.EVALUATED, on, at, report_ref)
        case Expired(_, reason_code, at):
            return _reached(replace(plan, reason_code=reason_code), Status.EXPIRED, day_of(at), at)
        case _:
            assert_never(event)


def _reached(plan: Plan, status: Status, on: date, at: datetime, ref: str | None = None) -> Plan:
    return replace(plan, status=status, steps=(*plan.steps, Step(status, on, at, ref)))


def _due(plan: Plan) -> Iterator[Deadline]:
    yield Deadline(f"expire:{plan.id}", start_of(plan.period_to), plan.id)
    if plan.status is Status.SUBMITTED_TO_MINISTERS and plan.asked_at is None and plan.approval_due_at is not None:
        yield Deadline(f"approval:{plan.id}", plan.approval_due_at, plan.id)
    if plan.status is Status.APPROVED:
        yield Deadline(f"force:{plan.id}", start_of(in_force_from(plan)), plan.id)
    for each in plan.addenda:
        if each.standing is Standing.ADOPTED:
            yield Deadline(f"addendum:{each.id}", start_of(max(each.period_from, each.adopted_on)), plan.id)
        if each.standing is Standing.IN_FORCE:
            yield Deadline(f"addendum-end:{each.id}", start_of(each.period_to), plan.id)


def _prepare(plans: Plans, command: Prepare) -> list[Event] | Refused:
    begins, ends = command.period_from, command.period_to
    if not begins < ends <= full_period(begins) or ends <= day_of(command.at):
        return Refused("ORG-ZVP-PERIOD", "period_to")
    known = find(plans, command.plan_id)
    if known is not None and known.status is not Status.EXPIRED and known.period_to == ends:
        return []
    if any(begins < plan.period_to and plan.period_from < ends and not _came_to_nothing(plan) for plan in plans.plans):
        return Refused("ORG-ZVP-OVERLAP", "period_from")
    return [Prepared(command.plan_id, begins, ends, command.at)]


def _came_to_nothing(plan: Plan) -> bool:
    return plan.status is Status.EXPIRED and last(plan, Status.IN_FORCE) is None


def _if_dated(plan: Plan, events: list[Event], on: date, at: datetime) -> list[Event] | Refused:
    """The events, unless their day is still to come, lies before what went before, or before the plans of the period before."""
    earlier = [step.on for step in plan.steps if step.status not in (Status.PREPARING, Status.DRAFT)]
    too_early = on < max(earlier, default=on) or on.year < plan.period_from.year - PERIOD.n
    return Refused("ORG-ZVP-DATE", "on") if on > day_of(at) or too_early else events


def _fall_due(plans: Plans, name: str, at: datetime) -> list[Event]:
    what, _, which = name.partition(":")
    plan = next((plan for plan in plans.plans if which in {str(plan.id), *(str(each.id) for each in plan.addenda)}), None)
    match what, plan:
        case "approval", Plan(status=Status.SUBMITTED_TO_MINISTERS, asked_at=None):
            return [ApprovalAsked(plan.id, at)]  # T7: passing a deadline never changes a legal outcome
        case "force", Plan(status=Status.APPROVED):
            return [EnteredIntoForce(plan.id, at)]
        case "expire", Plan() if plan.status is not Status.EXPIRED:
            return list(_expire(plan, "period_ended", at))
        case "addendum", Plan() if plan.status in RUNNING and _stands(plan, which) is Standing.ADOPTED:
            return [AddendumEnteredIntoForce(plan.id, UUID(which))]
        case "addendum-end", Plan() if plan.status in RUNNING and _stands(plan, which) is Standing.IN_FORCE:
            return [AddendumExpired(plan.id, UUID(which))]
        case _:
            return []


def _expire(plan: Plan, reason_code: str, at: datetime) -> Iterator[Event]:
    for each in plan.addenda:
        if each.standing is not Standing.EXPIRED:
            yield AddendumExpired(plan.id, each.id)
    yield Expired(plan.id, reason_code, at)


def _is_same(addendum: Addendum, command: AdoptAddendum) -> bool:
    written = (addendum.id, addendum.period_from, addendum.period_to, addendum.priorities, addendum.adopted_on, addendum.decision_ref)
    return written == (command.addendum_id, command.period_from, command.period_to, command.priorities, command.on, command.decision_ref)


def _stands(plan: Plan, addendum_id: str) -> Standing | None:
    return next((each.standing for each in plan.addenda if str(each.id) == addendum_id), None)


def _standing(plan: Plan, addendum_id: UUID, standing: Standing) -> Plan:
    return replace(plan, addenda=tuple(replace(each, standing=standing) if each.id == addendum_id else each for each in plan.addenda))


def _changed(plans: Plans, plan_id: UUID, change: Callable[[Plan], Plan]) -> Plans:
    return Plans(tuple(change(plan) if plan.id == plan_id else plan for plan in plans.plans))
