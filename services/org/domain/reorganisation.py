"""A reorganisation: what it changes, who stands behind it, and what it comes to on its day; part of the tree, because ORG-1, 4 and 9 are about both."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import assert_never
from uuid import UUID

from cg_contracts.org import MappingKind
from cg_kit.pure import Refused
from cg_kit.pure.terms import day_of, start_of
from services.org.domain.unit import Unit, Version, abolished, changed, established, fault, units_on

MOST_POSTS = 500
"""Posts that one reorganisation touches at most, so that all of them go in one transaction and one message; what is larger goes in several."""


class Status(StrEnum):
    """How far a reorganisation is. One that could not take effect on its day is approved again, with the reason, to be mended and scheduled anew."""

    DRAFT = "draft"
    UNION_CONSULTED = "union_consulted"
    APPROVED = "approved"
    SCHEDULED = "scheduled"
    IN_EFFECT = "in_effect"
    CANCELLED = "cancelled"


OPEN = frozenset({Status.DRAFT, Status.UNION_CONSULTED, Status.APPROVED, Status.SCHEDULED})


class ItemKind(StrEnum):
    """What must have a place in the new order before a unit ends (ORG-4)."""

    POST = "post"
    MANDATE = "mandate"
    UNIT = "unit"


@dataclass(frozen=True, slots=True)
class Mapping:
    """Units that become others. `units` describes those of `to_ids` that are new, or different from then on; a unit of `from_ids` not in `to_ids` ends."""

    kind: MappingKind
    from_ids: tuple[UUID, ...]
    to_ids: tuple[UUID, ...]
    units: tuple[Unit, ...] = ()


@dataclass(frozen=True, slots=True)
class PostLine:
    """Where one post goes, or (no unit) that it ends; a running mandate ends with it only when that is said."""

    post_id: UUID
    to_unit_id: UUID | None
    ends_mandate: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """What is proposed, why, and by which decision."""

    reason: str
    legal_basis: str
    effective_date: date
    mappings: tuple[Mapping, ...]
    lines: tuple[PostLine, ...] = ()


@dataclass(frozen=True, slots=True)
class Holder:
    """An assignment that lives in a post, and whose it is."""

    assignment_id: UUID
    person_id: UUID


@dataclass(frozen=True, slots=True)
class Seated:
    """A post that the reorganisation touches: where it is, who holds it or is proposed for it, and whether a mandate runs in it."""

    post_id: UUID
    unit_id: UUID
    holders: tuple[Holder, ...] = ()
    mandate: bool = False


@dataclass(frozen=True, slots=True)
class Unmapped:
    """Something without a place in the new order, that is not said to end either."""

    what: ItemKind
    id: UUID


@dataclass(frozen=True, slots=True)
class Blockage:
    """Why a reorganisation did not take effect on its day."""

    on: date
    rule: str
    unmapped: tuple[Unmapped, ...]


@dataclass(frozen=True, slots=True)
class OpenAt:
    """How much of a service hangs on a post."""

    post_id: UUID
    open_items: int


@dataclass(frozen=True, slots=True)
class Impact:
    """What another service has open there. It never blocks: it is that service's to mend."""

    service: str
    open_items: int
    unmapped_total: int
    unmapped_ids: tuple[UUID, ...]
    reported_at: datetime
    posts: tuple[OpenAt, ...] = ()


@dataclass(frozen=True, slots=True)
class Reorganisation:
    """One reorganisation as it stands."""

    id: UUID
    plan: Plan
    drafted_by: UUID
    drafted_at: datetime
    seated: tuple[Seated, ...] = ()
    status: Status = Status.DRAFT
    consulted_on: date | None = None
    consultation_ref: str | None = None
    approved_by: UUID | None = None
    approved_at: datetime | None = None
    scheduled_at: datetime | None = None
    blocked: Blockage | None = None
    impacts: tuple[Impact, ...] = ()
    in_effect_at: datetime | None = None
    cancelled_at: datetime | None = None
    reason_code: str | None = None


@dataclass(frozen=True, slots=True)
class Ending:
    """A unit that ends, and the units that go on in its place."""

    unit_id: UUID
    successor_ids: tuple[UUID, ...]


@dataclass(frozen=True, slots=True)
class Placing:
    """Where a post goes, and whether it heads a unit there; without a unit it ends."""

    post_id: UUID
    to_unit_id: UUID | None
    is_head: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a plan comes to on a day, and what has no place in it yet."""

    established: tuple[Unit, ...]
    changed: tuple[Unit, ...]
    abolished: tuple[Ending, ...]
    posts: tuple[Placing, ...]
    unmapped: tuple[Unmapped, ...]


@dataclass(frozen=True, slots=True)
class Draft:
    """Somebody proposes a reorganisation, or proposes it otherwise; then it is consulted on and approved anew."""

    reorganisation_id: UUID
    plan: Plan
    seated: tuple[Seated, ...]
    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class Consult:
    """The trade unions were consulted on a day, as the record says."""

    reorganisation_id: UUID
    on: date
    record_ref: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ApproveReorganisation:
    """Somebody else than who proposed it approves it."""

    reorganisation_id: UUID
    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class Schedule:
    """It is to take effect when this day begins; `seated` are the posts that it touches today."""

    reorganisation_id: UUID
    effective_date: date
    seated: tuple[Seated, ...]
    at: datetime


@dataclass(frozen=True, slots=True)
class MapPosts:
    """Somebody says where posts go. Once it is approved that is somebody else than who proposed it, and only for posts that have no place yet."""

    reorganisation_id: UUID
    lines: tuple[PostLine, ...]
    seated: tuple[Seated, ...]
    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class CancelReorganisation:
    """It will not take effect."""

    reorganisation_id: UUID
    reason_code: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ReportImpact:
    """Another service says what it has open there."""

    reorganisation_id: UUID
    impact: Impact


@dataclass(frozen=True, slots=True)
class Drafted:
    """There is a proposal."""

    reorganisation_id: UUID
    plan: Plan
    seated: tuple[Seated, ...]
    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class UnionConsulted:
    """The trade unions were consulted."""

    reorganisation_id: UUID
    on: date
    record_ref: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ReorganisationApproved:
    """Two people stand behind it."""

    reorganisation_id: UUID
    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class Scheduled:
    """It takes effect when this day begins, if everything has its place by then."""

    reorganisation_id: UUID
    effective_date: date
    seated: tuple[Seated, ...]
    at: datetime


@dataclass(frozen=True, slots=True)
class PostsMapped:
    """More posts have their place."""

    reorganisation_id: UUID
    lines: tuple[PostLine, ...]
    seated: tuple[Seated, ...]
    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class PostNoted:
    """A post that the reorganisation touches is opened, moved there, or changes hands."""

    reorganisation_id: UUID
    seated: Seated


@dataclass(frozen=True, slots=True)
class PostForgotten:
    """A post that the reorganisation touched is no longer there."""

    reorganisation_id: UUID
    post_id: UUID


@dataclass(frozen=True, slots=True)
class ImpactReported:
    """It is known what another service has open there."""

    reorganisation_id: UUID
    impact: Impact


@dataclass(frozen=True, slots=True)
class ReorganisationTookEffect:
    """The units are as planned from this day on, and each post goes where it was said to go."""

    reorganisation_id: UUID
    on: date
    outcome: Outcome
    at: datetime


@dataclass(frozen=True, slots=True)
class Blocked:
    """It did not take effect on its day, and nothing has changed."""

    reorganisation_id: UUID
    blockage: Blockage
    at: datetime


@dataclass(frozen=True, slots=True)
class ReorganisationCancelled:
    """It will not take effect."""

    reorganisation_id: UUID
    reason_code: str
    at: datetime


Command = Draft | Consult | ApproveReorganisation | Schedule | MapPosts | CancelReorganisation | ReportImpact
Event = (
    Drafted
    | UnionConsulted
    | ReorganisationApproved
    | Scheduled
    | PostsMapped
    | PostNoted
    | PostForgotten
    | ImpactReported
    | ReorganisationTookEffect
    | Blocked
    | ReorganisationCancelled
)


def decide(versions: tuple[Version, ...], it: Reorganisation | None, command: Command) -> list[Event] | Refused:
    """What follows for one reorganisation of a tree with these versions."""
    match it.status if it else None, command:
        case _, Draft() if it is None:
            return _draft(versions, command)
        case _, Draft(plan=plan) if it is not None and it.plan == plan and it.status in OPEN:
            return []
        case ((Status.DRAFT | Status.UNION_CONSULTED | Status.APPROVED), Draft()):
            return _draft(versions, command)
        case None, _:
            return Refused("ORG-REORGANISATION", "reorganisation_id")
        case _, ReportImpact(_, impact):
            assert it is not None
            return [] if impact in it.impacts else [ImpactReported(it.id, impact)]

        case Status.DRAFT, Consult(id_, on, record_ref, at):
            return Refused("ORG-CONSULTATION", "held_on") if on > day_of(at) else [UnionConsulted(id_, on, record_ref, at)]
        case Status.UNION_CONSULTED, Consult(_, on, record_ref):
            return [] if it is not None and (it.consulted_on, it.consultation_ref) == (on, record_ref) else Refused("ORG-STATE")
        case Status.UNION_CONSULTED, ApproveReorganisation(id_, by, at):
            return Refused("ORG-FOUR-EYES") if it is not None and it.drafted_by == by else [ReorganisationApproved(id_, by, at)]
        case ((Status.APPROVED | Status.SCHEDULED), ApproveReorganisation(_, by)):
            return [] if it is not None and it.approved_by == by else Refused("ORG-STATE")
        case ((Status.APPROVED | Status.SCHEDULED), Schedule()):
            assert it is not None
            return _schedule(versions, it, command)
        case ((Status.DRAFT | Status.UNION_CONSULTED | Status.APPROVED | Status.SCHEDULED), MapPosts()):
            assert it is not None
            return _map(versions, it, command)
        case ((Status.DRAFT | Status.UNION_CONSULTED | Status.APPROVED | Status.SCHEDULED), CancelReorganisation(id_, reason_code, at)):
            return [ReorganisationCancelled(id_, reason_code, at)]
        case Status.CANCELLED, CancelReorganisation():
            return []
        case _:
            return Refused("ORG-STATE")


def evolve(it: Reorganisation | None, event: Event) -> Reorganisation:
    """The reorganisation after an event about it."""
    if isinstance(event, Drafted):
        impacts, scheduled_at = (it.impacts, it.scheduled_at) if it else ((), None)
        return Reorganisation(event.reorganisation_id, event.plan, event.by, event.at, event.seated, impacts=impacts, scheduled_at=scheduled_at)
    assert it is not None
    match event:
        case UnionConsulted(_, on, record_ref, _):
            return replace(it, status=Status.UNION_CONSULTED, consulted_on=on, consultation_ref=record_ref)
        case ReorganisationApproved(_, by, at):
            return replace(it, status=Status.APPROVED, approved_by=by, approved_at=at)
        case Scheduled(_, effective_date, seated, at):
            plan = replace(it.plan, effective_date=effective_date)
            return replace(it, status=Status.SCHEDULED, plan=plan, seated=seated, scheduled_at=at, blocked=None)
        case PostsMapped(_, lines, seated, _, _):
            said = {line.post_id for line in lines}
            plan = replace(it.plan, lines=(*(line for line in it.plan.lines if line.post_id not in said), *lines))
            return replace(it, plan=plan, seated=seated)
        case PostNoted(_, seated):
            return replace(it, seated=(*_without(it, seated.post_id), seated))
        case PostForgotten(_, post_id):
            lines = tuple(line for line in it.plan.lines if line.post_id != post_id)
            return replace(it, plan=replace(it.plan, lines=lines), seated=_without(it, post_id))
        case ImpactReported(_, impact):
            return replace(it, impacts=(*(each for each in it.impacts if each.service != impact.service), impact))
        case ReorganisationTookEffect(_, _, _, at):
            return replace(it, status=Status.IN_EFFECT, in_effect_at=at)
        case Blocked(_, blockage, _):
            return replace(it, status=Status.APPROVED, blocked=blockage)
        case ReorganisationCancelled(_, reason_code, at):
            return replace(it, status=Status.CANCELLED, cancelled_at=at, reason_code=reason_code)
        case _:
            assert_never(event)


def fall_due(versions: tuple[Version, ...], it: Reorganisation, at: datetime) -> list[Event]:
    """The day has come: everything at once, or nothing (ORG-4)."""
    outcome = work_out(versions, it.plan, it.seated)
    rule = outcome.rule if isinstance(outcome, Refused) else "ORG-4" if outcome.unmapped else None
    if rule is None and isinstance(outcome, Outcome):
        return [ReorganisationTookEffect(it.id, it.plan.effective_date, outcome, at)]
    unmapped = () if isinstance(outcome, Refused) else outcome.unmapped
    return [Blocked(it.id, Blockage(it.plan.effective_date, rule or "ORG-4", unmapped), at)]


def note(it: Reorganisation, seated: Seated) -> list[Event]:
    """A post is there, or elsewhere than before: whether that is the reorganisation's concern."""
    known = next((each for each in it.seated if each.post_id == seated.post_id), None)
    concerned = seated.unit_id in endings(it.plan) or any(line.post_id == seated.post_id for line in it.plan.lines)
    same = known is not None and (known.unit_id, known.mandate) == (seated.unit_id, seated.mandate)
    if it.status not in OPEN or same or (known is None and not concerned):
        return []
    return [PostNoted(it.id, seated)] if concerned else [PostForgotten(it.id, seated.post_id)]


def note_mandate(it: Reorganisation, post_id: UUID, runs: bool) -> list[Event]:
    """A mandate runs in a post that is touched, or runs no longer."""
    known = next((each for each in it.seated if each.post_id == post_id), None)
    if it.status not in OPEN or known is None or known.mandate is runs:
        return []
    return [PostNoted(it.id, replace(known, mandate=runs))]


def forget(it: Reorganisation, post_id: UUID) -> list[Event]:
    """A post is no longer there."""
    return [PostForgotten(it.id, post_id)] if it.status in OPEN and any(each.post_id == post_id for each in it.seated) else []


def endings(plan: Plan) -> dict[UUID, tuple[UUID, ...]]:
    """The units that end by the plan, each with the units that go on in its place."""
    return {unit_id: mapping.to_ids for mapping in plan.mappings for unit_id in mapping.from_ids if unit_id not in mapping.to_ids}


def work_out(versions: tuple[Version, ...], plan: Plan, seated: Iterable[Seated]) -> Outcome | Refused:
    """What the plan comes to on its day, in a tree with these versions; refused when it cannot come to anything (ORG-1, ORG-9)."""
    there, heirs = units_on(versions, plan.effective_date), endings(plan)
    described = {unit.unit_id: unit for mapping in plan.mappings for unit in mapping.units}
    wrong = _misfit(versions, plan, there, described)
    if wrong is not None:
        return wrong
    children = [unit for unit in there.values() if unit.parent_id in heirs and unit.unit_id not in heirs and unit.unit_id not in described]
    along = {unit.unit_id: replace(unit, parent_id=heirs[unit.parent_id][0]) for unit in children if unit.parent_id and len(heirs[unit.parent_id]) == 1}
    after = {unit_id: unit for unit_id, unit in (there | described | along).items() if unit_id not in heirs}
    if any(line.to_unit_id is not None and line.to_unit_id not in after for line in plan.lines):
        return Refused("ORG-9", "to_unit_id")
    heading = {unit.head_post_id for unit in after.values()}
    placed, unplaced = _placed(plan, seated, heirs)
    outcome = Outcome(
        established=tuple(unit for unit in described.values() if unit.unit_id not in there),
        changed=(*(unit for unit in described.values() if unit.unit_id in there and unit != there[unit.unit_id]), *along.values()),
        abolished=tuple(Ending(unit_id, successor_ids) for unit_id, successor_ids in heirs.items()),
        posts=tuple(replace(each, is_head=each.to_unit_id is not None and each.post_id in heading) for each in placed),
        unmapped=(*unplaced, *(Unmapped(ItemKind.UNIT, unit.unit_id) for unit in children if unit.unit_id not in along)),
    )
    if any(each.what is ItemKind.UNIT for each in outcome.unmapped):
        return outcome  # until these have a place the units are no tree, and that says less
    broken = fault(applied(versions, outcome, plan.effective_date, start_of(plan.effective_date)), plan.effective_date)
    return outcome if broken is None else Refused(*broken)


def placed(plan: Plan, seated: Iterable[Seated]) -> dict[UUID, UUID | None]:
    """Where the posts go that go anywhere by the plan."""
    return {each.post_id: each.to_unit_id for each in _placed(plan, seated, endings(plan))[0]}


def parents_first(units: Iterable[Unit]) -> list[Unit]:
    """New units in an order in which each comes after the one that it is under."""
    waiting, ordered = list(units), list[Unit]()
    while waiting:
        still = {unit.unit_id for unit in waiting}
        ready = [unit for unit in waiting if unit.parent_id not in still] or waiting
        ordered += ready
        waiting = [unit for unit in waiting if unit not in ready]
    return ordered


def applied(versions: tuple[Version, ...], outcome: Outcome, on: date, at: datetime) -> tuple[Version, ...]:
    """The versions once the reorganisation is in effect; `at` is the instant of record."""
    for unit in outcome.established:
        versions = established(versions, unit, on, at)
    for unit in outcome.changed:
        versions = changed(versions, unit, on, at)
    for each in outcome.abolished:
        versions = abolished(versions, each.unit_id, on, each.successor_ids, at)
    return versions


def _draft(versions: tuple[Version, ...], command: Draft) -> list[Event] | Refused:
    plan = command.plan
    if plan.effective_date <= day_of(command.at):
        return Refused("ORG-EFFECTIVE-DATE", "effective_date")
    outcome = _complete(versions, plan, command.seated)
    return outcome if isinstance(outcome, Refused) else [Drafted(command.reorganisation_id, plan, command.seated, command.by, command.at)]


def _schedule(versions: tuple[Version, ...], it: Reorganisation, command: Schedule) -> list[Event] | Refused:
    if it.status is Status.SCHEDULED:
        return [] if it.plan.effective_date == command.effective_date else Refused("ORG-STATE")
    if command.effective_date <= day_of(command.at):
        return Refused("ORG-EFFECTIVE-DATE", "effective_date")
    outcome = _complete(versions, replace(it.plan, effective_date=command.effective_date), command.seated)
    return outcome if isinstance(outcome, Refused) else [Scheduled(it.id, command.effective_date, command.seated, command.at)]


def _map(versions: tuple[Version, ...], it: Reorganisation, command: MapPosts) -> list[Event] | Refused:
    known = {line.post_id: line for line in it.plan.lines}
    new = tuple(line for line in command.lines if known.get(line.post_id) != line)
    if not new:
        return []
    if it.approved_by is not None:
        before = work_out(versions, it.plan, command.seated)
        open_ = {each.id for each in before.unmapped} if isinstance(before, Outcome) else set()
        if command.by == it.drafted_by or any(line.post_id in known.keys() - open_ for line in new):
            return Refused("ORG-FOUR-EYES")
    lines = (*(line for line in it.plan.lines if line.post_id not in {each.post_id for each in new}), *new)
    outcome = _complete(versions, replace(it.plan, lines=lines), command.seated)
    return outcome if isinstance(outcome, Refused) else [PostsMapped(it.id, new, command.seated, command.by, command.at)]


def _complete(versions: tuple[Version, ...], plan: Plan, seated: tuple[Seated, ...]) -> Outcome | Refused:
    """What a plan that people ask for comes to: it names posts that are there, each once, and not too many."""
    if len(seated) > MOST_POSTS:
        return Refused("ORG-REORGANISATION-SIZE", "mappings")
    named = [line.post_id for line in plan.lines]
    if len(set(named)) < len(named) or not set(named) <= {each.post_id for each in seated}:
        return Refused("ORG-POST", "post_id")
    return work_out(versions, plan, seated)


def _misfit(versions: tuple[Version, ...], plan: Plan, there: dict[UUID, Unit], described: dict[UUID, Unit]) -> Refused | None:
    """What is wrong with the mappings, each for itself and together: they are total, and name only units that are there on the day (ORG-9)."""
    heirs = endings(plan)
    sources = [unit_id for mapping in plan.mappings for unit_id in mapping.from_ids]
    targets = {unit_id for mapping in plan.mappings for unit_id in mapping.to_ids}
    ever = {version.unit.unit_id for version in versions}
    if not all(_is_well_formed(mapping, there) for mapping in plan.mappings) or not (plan.mappings or plan.lines):
        return Refused("ORG-MAPPING", "mappings")
    if len(set(sources)) < len(sources) or len(described) < sum(len(mapping.units) for mapping in plan.mappings):
        return Refused("ORG-MAPPING", "mappings")
    if not set(sources) <= there.keys():
        return Refused("ORG-UNIT", "from_unit_ids")
    if any(unit_id in ever and unit_id not in there for unit_id in described):
        return Refused("ORG-UNIT-EXISTS", "unit_id")
    if targets & heirs.keys() or not targets <= there.keys() | described.keys():
        return Refused("ORG-9", "to_unit_ids")
    return None


def _is_well_formed(mapping: Mapping, there: dict[UUID, Unit]) -> bool:
    """Whether a mapping is what its kind says."""
    before, after, described = mapping.from_ids, mapping.to_ids, {unit.unit_id: unit for unit in mapping.units}
    if len(set(before)) < len(before) or len(set(after)) < len(after) or not described.keys() <= set(after):
        return False
    new = not described.keys() & there.keys()
    match mapping.kind, len(before), len(after):
        case ((MappingKind.RENAME | MappingKind.MOVE), 1, 1):
            [unit_id] = before
            if before != after or unit_id not in described or unit_id not in there:
                return False
            stays = described[unit_id].parent_id == there[unit_id].parent_id
            return stays is (mapping.kind is MappingKind.RENAME) and described[unit_id] != there[unit_id]
        case MappingKind.MERGE, many, 1:
            return many > 1
        case MappingKind.SPLIT, 1, many:
            return many > 1
        case MappingKind.CREATE, 0, many:
            return many > 0 and described.keys() == set(after) and new
        case MappingKind.ABOLISH, 1, _:
            return not set(before) & set(after) and not described
        case _:
            return False


def _placed(plan: Plan, seated: Iterable[Seated], heirs: dict[UUID, tuple[UUID, ...]]) -> tuple[list[Placing], list[Unmapped]]:
    """Where each post goes: as its line says, else to the one unit that goes on; and what is left over."""
    lines = {line.post_id: line for line in plan.lines}
    placed: list[Placing] = []
    left: list[Unmapped] = []
    for each in seated:
        line, sole = lines.get(each.post_id), heirs.get(each.unit_id, ())
        if line is not None and line.to_unit_id is None and each.mandate and not line.ends_mandate:
            left.append(Unmapped(ItemKind.MANDATE, each.post_id))
        elif line is not None:
            placed += [Placing(each.post_id, line.to_unit_id)] if line.to_unit_id != each.unit_id else []
        elif len(sole) == 1:
            placed.append(Placing(each.post_id, sole[0]))
        elif each.unit_id in heirs:
            left.append(Unmapped(ItemKind.POST, each.post_id))
            left += [Unmapped(ItemKind.MANDATE, each.post_id)] if each.mandate else []
    return placed, left


def _without(it: Reorganisation, post_id: UUID) -> tuple[Seated, ...]:
    return tuple(each for each in it.seated if each.post_id != post_id)
