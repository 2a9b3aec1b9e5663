"""Reorganisations, and what they touch: computed when it is asked, from the posts and persons of that moment."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from datetime import date, datetime
from uuid import UUID

from pydantic import BaseModel

from cg_contracts.org import AppointmentKind, Labels, MappingKind, ReorganisationImpactReportedV1, UnitKind
from cg_kit.http import Door
from cg_kit.pure import Refused
from services.org.domain import post, reorganisation, tree
from services.org.domain.reorganisation import MOST_POSTS, ItemKind
from services.org.domain.unit import Unit, units_on
from services.org.queries.zones import zones

TOUCHED = """
SELECT id, status, state -> 'seat' AS seat,
       jsonb_path_exists(state, '$.mandates[*] ? (@.begun > 0 && @.ended_on == null)') AS mandate,
       (SELECT coalesce(jsonb_agg(a), '[]') FROM jsonb_array_elements(state -> 'assignments') a WHERE a ->> 'standing' = ANY ($3)) AS assignments
  FROM post_state
 WHERE status <> 'abolished' AND (unit_id = ANY ($1) OR id = ANY ($2))
 ORDER BY id LIMIT $4
"""

EMPLOYED = """
SELECT count(DISTINCT p.id) AS n
  FROM person_state p, jsonb_array_elements(p.state -> 'employments') e
 WHERE p.status = 'present' AND e ->> 'superseded_at' IS NULL AND (e ->> 'unit_id')::uuid = ANY ($1)
   AND (e ->> 'valid_from')::date <= $2 AND (e ->> 'valid_to' IS NULL OR $2 < (e ->> 'valid_to')::date)
"""


class UnitDescribedSeen(BaseModel):
    """A unit as it is from the effective date on."""

    unit_id: UUID
    slug: str
    kind: UnitKind
    parent_id: UUID | None
    labels: Labels
    legal_basis: str
    head_post_id: UUID | None


class MappingSeen(BaseModel):
    """Units that become others."""

    kind: MappingKind
    from_unit_ids: list[UUID]
    to_unit_ids: list[UUID]
    units: list[UnitDescribedSeen]


class PostLineSeen(BaseModel):
    """Where a post goes; with no unit it ends."""

    post_id: UUID
    to_unit_id: UUID | None
    ends_mandate: bool


class UnmappedSeen(BaseModel):
    """Something without a place; for a mandate, the id is that of its post."""

    what: ItemKind
    id: UUID


class BlockageSeen(BaseModel):
    """Why it did not take effect on its day."""

    on: date
    rule: str
    unmapped: list[UnmappedSeen]


class ReorganisationSeen(BaseModel):
    """A reorganisation as it stands."""

    reorganisation_id: UUID
    status: reorganisation.Status
    reason: str
    legal_basis: str
    effective_date: date
    mappings: list[MappingSeen]
    posts: list[PostLineSeen]
    drafted_by: UUID
    drafted_at: datetime
    consulted_on: date | None
    consultation_ref: str | None
    approved_by: UUID | None
    approved_at: datetime | None
    scheduled_at: datetime | None
    blocked: BlockageSeen | None
    in_effect_at: datetime | None
    cancelled_at: datetime | None
    reason_code: str | None


class ReorganisationsSeen(BaseModel):
    """Reorganisations, the first to take effect first."""

    items: list[ReorganisationSeen]


class HolderSeen(BaseModel):
    """Who holds a post that is touched, or is proposed for it."""

    assignment_id: UUID
    person_id: UUID
    kind: AppointmentKind
    standing: post.Standing


class PostTouched(BaseModel):
    """A post that is touched. Neither `to_unit_id` nor `ends`: it stays where it is, or, when `unmapped`, nobody has said.

    `open_elsewhere` is how much other services have said hangs on it.
    """

    post_id: UUID
    unit_id: UUID
    role: str
    labels: Labels
    is_head: bool
    status: post.Status
    mandate: bool
    to_unit_id: UUID | None
    ends: bool
    unmapped: bool
    open_elsewhere: int
    holders: list[HolderSeen]


class ChildTouched(BaseModel):
    """A unit under one that ends, and where it goes."""

    unit_id: UUID
    slug: str
    parent_id: UUID | None
    to_parent_id: UUID | None
    unmapped: bool


class ZoneTouched(BaseModel):
    """A police zone that is linked to a unit that ends, and what it is linked to then; with nothing, somebody is to link it: it blocks nothing."""

    zone_id: UUID
    zone_number: str
    labels: Labels
    csd_id: UUID
    to_csd_id: UUID | None


class ServiceImpact(BaseModel):
    """What another service has open there; without `reported_at` it has not said yet."""

    service: str
    reported_at: datetime | None
    open_items: int
    unmapped_total: int
    unmapped_ids: list[UUID]


class Totals(BaseModel):
    """How much it is. `employed` are the persons who are in a unit on the day it ends: the staff system transfers them, and they block nothing."""

    posts: int
    holders: int
    mandates: int
    units: int
    employed: int
    unmapped: int


class ImpactSeen(BaseModel):
    """What a reorganisation touches as things stand now; `rule` is what would keep it from taking effect."""

    reorganisation_id: UUID
    effective_date: date
    rule: str | None
    total: Totals
    unmapped: list[UnmappedSeen]
    posts: list[PostTouched]
    units: list[ChildTouched]
    zones: list[ZoneTouched]
    services: list[ServiceImpact]


class Touched(BaseModel):
    """A post as it lies in the database, with its assignments that live."""

    post_id: UUID
    unit_id: UUID
    role: str
    labels: Labels
    is_head: bool
    status: post.Status
    mandate: bool
    assignments: list[HolderSeen]

    def seated(self) -> reorganisation.Seated:
        """The same in the domain's words."""
        holders = tuple(reorganisation.Holder(each.assignment_id, each.person_id) for each in self.assignments)
        return reorganisation.Seated(self.post_id, self.unit_id, holders, self.mandate)


def reorganisation_seen(it: reorganisation.Reorganisation) -> ReorganisationSeen:
    """A reorganisation for who may know of it."""
    plan, blocked = it.plan, it.blocked
    return ReorganisationSeen(
        reorganisation_id=it.id,
        status=it.status,
        reason=plan.reason,
        legal_basis=plan.legal_basis,
        effective_date=plan.effective_date,
        mappings=[
            MappingSeen(kind=each.kind, from_unit_ids=list(each.from_ids), to_unit_ids=list(each.to_ids), units=[_described(unit) for unit in each.units])
            for each in plan.mappings
        ],
        posts=[PostLineSeen(post_id=each.post_id, to_unit_id=each.to_unit_id, ends_mandate=each.ends_mandate) for each in plan.lines],
        blocked=BlockageSeen(on=blocked.on, rule=blocked.rule, unmapped=_unmapped(blocked.unmapped)) if blocked else None,
        drafted_by=it.drafted_by,
        drafted_at=it.drafted_at,
        consulted_on=it.consulted_on,
        consultation_ref=it.consultation_ref,
        approved_by=it.approved_by,
        approved_at=it.approved_at,
        scheduled_at=it.scheduled_at,
        in_effect_at=it.in_effect_at,
        cancelled_at=it.cancelled_at,
        reason_code=it.reason_code,
    )


def reorganisations_seen(state: tree.Tree, status: reorganisation.Status | None) -> ReorganisationsSeen:
    """All of them, or those that are as far as this."""
    found = sorted((each for each in state.reorganisations if status in {None, each.status}), key=lambda each: (each.plan.effective_date, each.id))
    return ReorganisationsSeen(items=[reorganisation_seen(each) for each in found])


async def seated(door: Door, plan: reorganisation.Plan, more: Iterable[UUID] = ()) -> tuple[reorganisation.Seated, ...]:
    """The posts that a plan touches today; one more than may be, when there are too many."""
    return tuple(each.seated() for each in await _touched(door, plan, more))


async def impact(door: Door, state: tree.Tree, it: reorganisation.Reorganisation, seen_in: set[UUID] | None) -> ImpactSeen:
    """What the plan would come to today. Holders are shown in these units only (none: in all)."""
    plan, heirs = it.plan, reorganisation.endings(it.plan)
    touched = await _touched(door, plan)
    worked_out = reorganisation.work_out(state.versions, plan, [each.seated() for each in touched])
    outcome = None if isinstance(worked_out, Refused) else worked_out
    unmapped = outcome.unmapped if outcome else ()
    left = {each.id for each in unmapped}
    goes = {each.post_id: each for each in outcome.posts} if outcome else {}
    after = {unit.unit_id: unit.parent_id for unit in outcome.changed} if outcome else {}
    elsewhere = Counter[UUID]()
    for said in it.impacts:
        elsewhere.update({one.post_id: one.open_items for one in said.posts})
    children = [unit for unit in units_on(state.versions, plan.effective_date).values() if unit.parent_id in heirs and unit.unit_id not in heirs]
    posts = [
        PostTouched(
            **each.model_dump(exclude={"assignments"}),
            to_unit_id=goes[each.post_id].to_unit_id if each.post_id in goes else None,
            ends=each.post_id in goes and goes[each.post_id].to_unit_id is None,
            unmapped=each.post_id in left,
            open_elsewhere=elsewhere[each.post_id],
            holders=each.assignments if seen_in is None or each.unit_id in seen_in else [],
        )
        for each in touched
    ]
    linked = [zone for zone in await zones(door, plan.effective_date, door.now) if zone.csd_id in heirs]
    [row] = await door.fetch(EMPLOYED, list(heirs), plan.effective_date)
    return ImpactSeen(
        reorganisation_id=it.id,
        effective_date=plan.effective_date,
        rule=worked_out.rule if isinstance(worked_out, Refused) else "ORG-4" if unmapped else None,
        total=Totals(
            posts=len(posts),
            holders=sum(len(each.assignments) for each in touched),
            mandates=sum(each.mandate for each in posts),
            units=len(children),
            employed=row["n"],
            unmapped=len(unmapped),
        ),
        unmapped=_unmapped(unmapped),
        posts=posts,
        units=[
            ChildTouched(unit_id=unit.unit_id, slug=unit.slug, parent_id=unit.parent_id, to_parent_id=after.get(unit.unit_id), unmapped=unit.unit_id in left)
            for unit in children
        ],
        zones=[
            ZoneTouched(
                zone_id=zone.zone_id,
                zone_number=zone.zone_number,
                labels=zone.labels,
                csd_id=zone.csd_id,
                to_csd_id=heirs[zone.csd_id][0] if len(heirs[zone.csd_id]) == 1 else None,
            )
            for zone in linked
        ],
        services=_services(it),
    )


async def _touched(door: Door, plan: reorganisation.Plan, more: Iterable[UUID] = ()) -> list[Touched]:
    named = {line.post_id for line in plan.lines} | set(more)
    rows = await door.fetch(TOUCHED, list(reorganisation.endings(plan)), list(named), list(post.LIVE), MOST_POSTS + 1)
    return [
        Touched.model_validate(
            json.loads(row["seat"])
            | {
                "post_id": row["id"],
                "status": row["status"],
                "mandate": row["mandate"],
                "assignments": [{**each, "assignment_id": each["id"]} for each in json.loads(row["assignments"])],
            }
        )
        for row in rows
    ]


def _services(it: reorganisation.Reorganisation) -> list[ServiceImpact]:
    """Every service that is to report, whether it has or not."""
    said = {each.service: each for each in it.impacts}
    return [
        ServiceImpact(
            service=service,
            reported_at=said[service].reported_at if service in said else None,
            open_items=said[service].open_items if service in said else 0,
            unmapped_total=said[service].unmapped_total if service in said else 0,
            unmapped_ids=list(said[service].unmapped_ids) if service in said else [],
        )
        for service in sorted(ReorganisationImpactReportedV1.about.by)
    ]


def _described(unit: Unit) -> UnitDescribedSeen:
    return UnitDescribedSeen(
        unit_id=unit.unit_id,
        slug=unit.slug,
        kind=unit.kind,
        parent_id=unit.parent_id,
        labels=Labels.model_validate(unit.labels),
        legal_basis=unit.legal_basis,
        head_post_id=unit.head_post_id,
    )


def _unmapped(items: Iterable[reorganisation.Unmapped]) -> list[UnmappedSeen]:
    return [UnmappedSeen(what=each.what, id=each.id) for each in items]
