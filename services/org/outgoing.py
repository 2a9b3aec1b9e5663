"""What the organisation service tells others of its own events."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any
from uuid import UUID

from cg_contracts.base import Contract
from cg_contracts.org import (
    AccessEntitlementGrantedV1,
    AccessEntitlementRevokedV1,
    AccessEntitlementSuspendedV1,
    AccessRevocationDeadlineMissedV1,
    AppointmentKind,
    AppointmentProposedV1,
    AssignmentConfirmedV1,
    AssignmentCorrectedV1,
    AssignmentEndedV1,
    AssignmentEndPlannedV1,
    AssignmentRejectedV1,
    AssignmentStartedV1,
    AssignmentSuspendedV1,
    HeadPostUnattendedV1,
    HolderAbsenceRegisteredV1,
    HolderAbsenceStartedV1,
    HolderReturnedV1,
    InterimDesignatedV1,
    Labels,
    MandateEndedV1,
    MandateEndPlannedV1,
    MandateEvaluatedV1,
    MandateEvaluationDeadlineMissedV1,
    MandateMidTermEvaluationDueV1,
    MandateRenewalRequestedV1,
    MandateRenewalWindowOpenedV1,
    MandateRenewedV1,
    MandateStartedV1,
    MandateTermCorrectedV1,
    MandateVacancyDeclaredV1,
    Municipality,
    OrgUnitAbolishedV1,
    OrgUnitChangedV1,
    OrgUnitChangeTookEffectV1,
    OrgUnitCorrectedV1,
    OrgUnitEstablishedV1,
    PersonUnitChangedV1,
    PoliceZoneChangedV1,
    PoliceZoneCorrectedV1,
    PoliceZoneEstablishedV1,
    PoliceZoneLinkedV1,
    PoliceZoneMergerCancelledV1,
    PoliceZoneMergerScheduledV1,
    PoliceZonesMergedV1,
    PoliceZoneTookEffectV1,
    PostAbolishedV1,
    PostMovedV1,
    PostOpenedV1,
    ReorganisationBlockedV1,
    ReorganisationCancelledV1,
    ReorganisationScheduledV1,
    ReorganisationTookEffectV1,
    Sensitivity,
    TouchedHolder,
    TouchedPost,
    UnitMapping,
    ZonalPriority,
    ZonalSecurityPlanAddendumAdoptedV1,
    ZonalSecurityPlanAddendumEnteredIntoForceV1,
    ZonalSecurityPlanAddendumExpiredV1,
    ZonalSecurityPlanAdoptedV1,
    ZonalSecurityPlanApprovalDueV1,
    ZonalSecurityPlanApprovedV1,
    ZonalSecurityPlanEnteredIntoForceV1,
    ZonalSecurityPlanEvaluatedV1,
    ZonalSecurityPlanExpiredV1,
    ZonalSecurityPlanReturnedV1,
    ZonalSecurityPlanSubmittedV1,
)
from cg_contracts.screening import ScreeningKind, ScreeningRequestedV1
from cg_kit.pure.terms import day_of
from services.org.domain import absence, mandate, person, plans, post, reorganisation, tree, zones
from services.org.domain.unit import Unit, change_for


def tell_tree(_id: UUID, event: tree.Event, state: tree.Tree) -> Iterable[Contract]:
    """Units are told as they become known, with the day from which it holds, and again on that day; a reorganisation once it has a day."""
    match event:
        case tree.Established(unit, valid_from, at):
            yield established(unit, valid_from, change_for(unit.unit_id, valid_from, at))
        case tree.Changed(unit, valid_from, at):
            yield changed(unit, valid_from, change_for(unit.unit_id, valid_from, at))
        case tree.Corrected(unit, valid_from, at):
            yield OrgUnitCorrectedV1(
                unit_id=unit.unit_id,
                slug=unit.slug,
                kind=unit.kind,
                parent_id=unit.parent_id,
                labels=Labels.model_validate(unit.labels),
                effective_from=valid_from,
                recorded_at=at,
            )
        case tree.Began(on, changes):
            for change_id, unit in ((each.change_id, each.unit) for each in changes):
                yield OrgUnitChangeTookEffectV1(
                    unit_id=unit.unit_id,
                    change_id=change_id,
                    slug=unit.slug,
                    kind=unit.kind,
                    parent_id=unit.parent_id,
                    labels=Labels.model_validate(unit.labels),
                    effective_from=on,
                )
        case tree.Redirected():
            return
        case _:
            it = tree.find(state, event.reorganisation_id)
            assert it is not None
            yield from tell_reorganisation(event, it)


def tell_reorganisation(event: reorganisation.Event, it: reorganisation.Reorganisation) -> Iterable[Contract]:
    """A reorganisation as it is scheduled, and when its day has come; a draft is nobody else's business."""
    match event:
        case reorganisation.Scheduled(_, effective_date, seated, _):
            placed = reorganisation.placed(it.plan, seated)
            yield ReorganisationScheduledV1(
                reorganisation_id=it.id,
                effective_date=effective_date,
                mappings=mappings(it.plan),
                posts=tuple(TouchedPost(post_id=each.post_id, to_unit_id=placed.get(each.post_id), holders=holders(each)) for each in seated),
            )
        case reorganisation.ReorganisationTookEffect(_, on, outcome, at):
            yield ReorganisationTookEffectV1(reorganisation_id=it.id, effective_date=on, decision_ref=it.plan.legal_basis, mappings=mappings(it.plan))
            for unit in reorganisation.parents_first(outcome.established):
                before = tuple(unit_id for mapping in it.plan.mappings if unit.unit_id in mapping.to_ids for unit_id in mapping.from_ids)
                yield established(unit, on, change_for(unit.unit_id, on, at), before, it.id)
            for unit in outcome.changed:
                yield changed(unit, on, change_for(unit.unit_id, on, at), it.id)
            for each in outcome.abolished:
                yield OrgUnitAbolishedV1(unit_id=each.unit_id, successor_ids=each.successor_ids, effective_from=on, reorganisation_id=it.id)
        case reorganisation.Blocked(_, blockage, _):
            yield ReorganisationBlockedV1(
                reorganisation_id=it.id,
                effective_date=blockage.on,
                rule=blockage.rule,
                unmapped_total=len(blockage.unmapped),
                unmapped_ids=tuple(each.id for each in blockage.unmapped[:100]),
            )
        case reorganisation.ReorganisationCancelled(_, reason_code, _) if it.scheduled_at is not None:
            yield ReorganisationCancelledV1(reorganisation_id=it.id, reason_code=reason_code)
        case _:
            return


def holders(seated: reorganisation.Seated) -> tuple[TouchedHolder, ...]:
    """Who sits in a post that is touched."""
    return tuple(TouchedHolder(assignment_id=each.assignment_id, person_id=each.person_id) for each in seated.holders[:10])


def mappings(plan: reorganisation.Plan) -> tuple[UnitMapping, ...]:
    """What becomes of units, without what they are called."""
    return tuple(UnitMapping(kind=each.kind, from_unit_ids=each.from_ids, to_unit_ids=each.to_ids) for each in plan.mappings)


def established(unit: Unit, on: date, change_id: UUID, predecessor_ids: tuple[UUID, ...] = (), reorganisation_id: UUID | None = None) -> OrgUnitEstablishedV1:
    """A unit begins."""
    return OrgUnitEstablishedV1(
        unit_id=unit.unit_id,
        slug=unit.slug,
        kind=unit.kind,
        parent_id=unit.parent_id,
        labels=Labels.model_validate(unit.labels),
        effective_from=on,
        change_id=change_id,
        predecessor_ids=predecessor_ids,
        reorganisation_id=reorganisation_id,
    )


def changed(unit: Unit, on: date, change_id: UUID, reorganisation_id: UUID | None = None) -> OrgUnitChangedV1:
    """A unit becomes different."""
    return OrgUnitChangedV1(
        unit_id=unit.unit_id,
        slug=unit.slug,
        kind=unit.kind,
        parent_id=unit.parent_id,
        labels=Labels.model_validate(unit.labels),
        effective_from=on,
        change_id=change_id,
        reorganisation_id=reorganisation_id,
    )


def tell_post(post_id: UUID, event: post.Event, state: post.Post) -> Iterable[Contract]:
    """A post is told once it is approved, an assignment step by step; what screening has said to us is not said again."""
    seat = state.seat
    if seat is None or state.approved_by is None:
        return
    match event:
        case post.Approved():
            yield PostOpenedV1(
                post_id=post_id,
                unit_id=seat.unit_id,
                role=seat.role,
                is_head=seat.is_head,
                is_mandate=seat.is_mandate,
                sensitivity=seat.sensitivity,
                required_level=seat.required_level,
                effective_from=seat.valid_from,
            )
        case post.Moved(from_unit_id, to_unit_id, is_head, on, reorganisation_id, _):
            yield PostMovedV1(
                post_id=post_id, from_unit_id=from_unit_id, to_unit_id=to_unit_id, is_head=is_head, effective_from=on, reorganisation_id=reorganisation_id
            )
        case post.Abolished(on, reason_code, reorganisation_id, _):
            yield PostAbolishedV1(post_id=post_id, reason_code=reason_code, effective_from=on, reorganisation_id=reorganisation_id)
        case post.UnattendedNoticed(since, due_at):
            yield HeadPostUnattendedV1(post_id=post_id, unit_id=seat.unit_id, since_at=since, due_at=due_at)
        case post.Opened():
            return
        case _:
            if isinstance(event, mandate.Event):
                held = post.mandate_of(state, event.mandate_id)
                if held is not None:
                    yield from tell_mandate(post_id, event, held)
                return
            it = post.find(state, event.assignment_id)
            if it is not None:
                yield from tell_assignment(post_id, seat, event, it)


def tell_assignment(post_id: UUID, seat: post.Seat, event: post.Event, it: post.Assignment) -> Iterable[Contract]:
    """One step of one assignment, and of the access that goes with it."""
    match event:
        case post.Proposed():
            yield AppointmentProposedV1(
                assignment_id=it.id,
                request_id=it.request_id,
                post_id=post_id,
                person_id=it.person_id,
                kind=it.kind,
                sensitivity=seat.sensitivity,
                required_level=seat.required_level,
                planned_start=it.valid_from,
                planned_end=it.valid_to,
            )
        case post.ScreeningAsked(_, request_id):
            yield ScreeningRequestedV1(
                request_id=request_id,
                requester_ref=requester_ref(post_id, it.id),
                kind=ScreeningKind.CLEARANCE if seat.sensitivity is Sensitivity.CLEARANCE_REQUIRED else ScreeningKind.ADVICE,
                purpose="appointment",
                person_id=it.person_id,
                required_level=seat.required_level,
                needed_by=it.valid_from,
            )
        case post.Confirmed(_, reason_code, _):
            yield AssignmentConfirmedV1(
                assignment_id=it.id,
                request_id=it.request_id,
                post_id=post_id,
                person_id=it.person_id,
                case_id=None if it.application_id else it.case_id,
                application_id=it.application_id,
                reason_code=reason_code,
                planned_start=it.valid_from,
                planned_end=it.valid_to,
            )
            if it.kind is AppointmentKind.INTERIM:
                yield InterimDesignatedV1(assignment_id=it.id, post_id=post_id, person_id=it.person_id, effective_from=it.valid_from, effective_to=it.valid_to)
        case post.Rejected(_, _, reason_code, _):
            yield AssignmentRejectedV1(
                assignment_id=it.id,
                request_id=it.request_id,
                post_id=post_id,
                person_id=it.person_id,
                case_id=None if it.application_id else it.case_id,
                application_id=it.application_id,
                reason_code=reason_code,
            )
        case post.Started(_, at):
            yield AssignmentStartedV1(assignment_id=it.id, post_id=post_id, person_id=it.person_id, started_at=at)
        case post.Suspended(_, reason_code, at):
            yield AssignmentSuspendedV1(assignment_id=it.id, post_id=post_id, person_id=it.person_id, reason_code=reason_code, suspended_at=at)
        case post.EndPlanned(_, on, reason_code, _):
            yield AssignmentEndPlannedV1(assignment_id=it.id, post_id=post_id, person_id=it.person_id, reason_code=reason_code, ends_on=on)
        case post.Ended(_, _, on, reason_code, at):
            yield AssignmentEndedV1(assignment_id=it.id, post_id=post_id, person_id=it.person_id, reason_code=reason_code, ended_at=at)
            if on < day_of(at):
                yield _corrected(post_id, it, reason_code, at)  # somebody was thought to hold the post on days that are over (ORG-6)
        case post.Corrected(_, _, _, reason_code, _, at):
            yield _corrected(post_id, it, reason_code, at)
        case absence.AbsenceRegistered(_, since, until, _, _, _):
            yield HolderAbsenceRegisteredV1(assignment_id=it.id, post_id=post_id, person_id=it.person_id, effective_from=since, effective_to=until)
        case absence.AbsenceBegan(_, at):
            yield HolderAbsenceStartedV1(assignment_id=it.id, post_id=post_id, person_id=it.person_id, started_at=at)
        case absence.Returned(_, _, at):
            yield HolderReturnedV1(assignment_id=it.id, post_id=post_id, person_id=it.person_id, returned_at=at)
        case post.AccessGranted(_, entitlement_id, resource, at):
            yield AccessEntitlementGrantedV1(
                entitlement_id=entitlement_id,
                person_id=it.person_id,
                post_id=post_id,
                resource=resource.code,
                required_level=resource.required_level,
                granted_at=at,
            )
        case post.AccessSuspended(_, entitlement_id, reason_code, at, revoke_by):
            yield AccessEntitlementSuspendedV1(
                entitlement_id=entitlement_id,
                person_id=it.person_id,
                post_id=post_id,
                resource=_resource(it, entitlement_id),
                reason_code=reason_code,
                suspended_at=at,
                revocation_due_at=revoke_by,
            )
        case post.AccessRevoked(_, entitlement_id, at):
            yield AccessEntitlementRevokedV1(
                entitlement_id=entitlement_id,
                person_id=it.person_id,
                post_id=post_id,
                resource=_resource(it, entitlement_id),
                reason_code=_reason(it, entitlement_id),
                revoked_at=at,
            )
        case post.RevocationMissed(_, entitlement_id, due_at):
            yield AccessRevocationDeadlineMissedV1(
                entitlement_id=entitlement_id, person_id=it.person_id, post_id=post_id, resource=_resource(it, entitlement_id), due_at=due_at
            )
        case _:
            return


def tell_mandate(post_id: UUID, event: mandate.Event, held: mandate.Mandate) -> Iterable[Contract]:
    """One step of a mandate; who is proposed by a selection is told to nobody before the appointment."""
    if isinstance(event, mandate.VacancyDeclared):
        yield MandateVacancyDeclaredV1(mandate_id=held.id, post_id=post_id, vacant_from=event.vacant_from)
    if held.person_id is None or not held.begun:
        return
    about: dict[str, Any] = {"mandate_id": held.id, "post_id": post_id, "person_id": held.person_id, "term_no": held.begun}
    match event:
        case mandate.TermBegan(_, office):
            yield MandateStartedV1(**about, assignment_id=held.assignment_id, starts_on=office.start, ends_on=office.end)
        case mandate.TermCorrected(_, office):
            yield MandateTermCorrectedV1(**about | {"term_no": office.no}, starts_on=office.start, ends_on=office.end)
        case mandate.MidTermFellDue(_, due_at):
            yield MandateMidTermEvaluationDueV1(**about, due_at=due_at)
        case mandate.EvaluationLate(_, due_at):
            yield MandateEvaluationDeadlineMissedV1(**about, due_at=due_at)
        case mandate.Evaluated(_, kind, outcome, at):
            yield MandateEvaluatedV1(**about, kind=kind, outcome=outcome, evaluated_at=at)
        case mandate.WindowOpened(_, closes_at):
            yield MandateRenewalWindowOpenedV1(**about, closes_at=closes_at)
        case mandate.RenewalRequested(_, at):
            yield MandateRenewalRequestedV1(**about, requested_at=at)
        case mandate.Renewed(_, office):
            yield MandateRenewedV1(**about | {"term_no": office.no}, starts_on=office.start, ends_on=office.end)
        case mandate.LeavingPlanned(_, on, outcome_code, _):
            yield MandateEndPlannedV1(**about, ends_on=on, outcome_code=outcome_code)
        case mandate.MandateOver(_, on, outcome_code, _):
            yield MandateEndedV1(**about, ended_on=on, outcome_code=outcome_code)
        case _:
            return


def tell_person(person_id: UUID, event: person.Event, state: person.Person) -> Iterable[Contract]:
    """That a person exists is the staff system's to say, and what they hold is told of the post; only that they moved is told here."""
    if isinstance(event, person.Transferred) and (before := person.unit_before(state, event.effective_from)) not in {None, event.unit_id}:
        assert before is not None
        yield PersonUnitChangedV1(person_id=person_id, from_unit_id=before, to_unit_id=event.unit_id, effective_from=event.effective_from)


def requester_ref(post_id: UUID, assignment_id: UUID) -> str:
    """What screening gives back with every answer, so that our reaction finds its post without looking."""
    return f"post:{post_id}/assignment:{assignment_id}"


def _corrected(post_id: UUID, it: post.Assignment, reason_code: str, at: datetime) -> AssignmentCorrectedV1:
    held = post.known(it)
    return AssignmentCorrectedV1(
        assignment_id=it.id,
        post_id=post_id,
        person_id=it.person_id,
        effective_from=held[0].valid_from if held else it.valid_from,
        effective_to=it.valid_to if held else it.valid_from,
        reason_code=reason_code,
        recorded_at=at,
    )


def _resource(it: post.Assignment, entitlement_id: UUID) -> str:
    return next(each.resource.code for each in it.entitlements if each.id == entitlement_id)


def _reason(it: post.Assignment, entitlement_id: UUID) -> str:
    return next(each.reason_code for each in it.entitlements if each.id == entitlement_id) or "suspended"


def tell_zones(_id: UUID, event: zones.Event, state: zones.Zones) -> Iterable[Contract]:
    """Zones are told as they become known, with the day from which it holds, and again when a day comes that was registered ahead."""
    match event:
        case zones.Established(zone, valid_from, _):
            yield PoliceZoneEstablishedV1(**_zone(zone), effective_from=valid_from)
        case zones.Changed(zone, valid_from, _):
            yield PoliceZoneChangedV1(**_zone(zone), effective_from=valid_from)
        case zones.Linked(zone, valid_from, _):
            yield PoliceZoneLinkedV1(zone_id=zone.zone_id, csd_id=zone.csd_id, effective_from=valid_from)
        case zones.Corrected(zone, valid_from, at):
            yield PoliceZoneCorrectedV1(**_zone(zone), effective_from=valid_from, recorded_at=at)
        case zones.MergerRegistered(merger_id, from_zone_ids, zone, valid_from, _):
            yield PoliceZoneEstablishedV1(**_zone(zone), effective_from=valid_from)
            yield PoliceZoneMergerScheduledV1(merger_id=merger_id, from_zone_ids=from_zone_ids, to_zone_id=zone.zone_id, effective_from=valid_from)
        case zones.MergerCancelled(merger_id):
            yield PoliceZoneMergerCancelledV1(**_merger(zones.find(state, merger_id)))
        case zones.TookEffect(zone_id, valid_from):
            version = zones.zone_on(state, zone_id, valid_from)
            assert version is not None
            yield PoliceZoneTookEffectV1(**_zone(version.zone), effective_from=valid_from)
        case zones.MergerTookEffect(merger_id):
            yield PoliceZonesMergedV1(**_merger(zones.find(state, merger_id)))


def tell_plans(zone_id: UUID, event: plans.Event, state: plans.Plans) -> Iterable[Contract]:
    """A plan is told from its adoption on: what a zone prepares, writes or gives up before is its own affair."""
    plan = plans.find(state, event.plan_id)
    assert plan is not None
    its: Any = {"zone_id": zone_id, "plan_id": plan.id}
    period: Any = {"period_from": plan.period_from, "period_to": plan.period_to}
    match event:
        case plans.Adopted(_, on):
            yield ZonalSecurityPlanAdoptedV1(**its, **period, priorities=_priorities(plan.priorities), adopted_on=on)
        case plans.Submitted(_, on, approval_due_at):
            yield ZonalSecurityPlanSubmittedV1(**its, submitted_on=on, approval_due_at=approval_due_at)
        case plans.ApprovalAsked(_, at):
            yield ZonalSecurityPlanApprovalDueV1(**its, due_at=at)
        case plans.Approved(_, ground, on):
            yield ZonalSecurityPlanApprovedV1(**its, **period, ground=ground, approved_on=on)
        case plans.Returned(_, on, _, reason_code):
            yield ZonalSecurityPlanReturnedV1(**its, reason_code=reason_code, returned_on=on)
        case plans.EnteredIntoForce():
            yield ZonalSecurityPlanEnteredIntoForceV1(**its, **period, priorities=_priorities(plan.priorities), effective_from=plans.in_force_from(plan))
        case plans.AddendumAdopted(_, addendum):
            yield ZonalSecurityPlanAddendumAdoptedV1(
                **its,
                addendum_id=addendum.id,
                period_from=addendum.period_from,
                period_to=addendum.period_to,
                priorities=_priorities(addendum.priorities),
                adopted_on=addendum.adopted_on,
            )
        case plans.AddendumEnteredIntoForce(_, addendum_id):
            addendum = next(each for each in plan.addenda if each.id == addendum_id)
            since = max(addendum.period_from, addendum.adopted_on)
            yield ZonalSecurityPlanAddendumEnteredIntoForceV1(**its, addendum_id=addendum_id, priorities=_priorities(addendum.priorities), effective_from=since)
        case plans.AddendumExpired(_, addendum_id):
            yield ZonalSecurityPlanAddendumExpiredV1(**its, addendum_id=addendum_id)
        case plans.Evaluated(_, on):
            yield ZonalSecurityPlanEvaluatedV1(**its, evaluated_on=on)
        case plans.Expired(_, reason_code, at) if plans.last(plan, plans.Status.COUNCIL_ADOPTED):
            was_in_force = plans.last(plan, plans.Status.IN_FORCE) is not None
            yield ZonalSecurityPlanExpiredV1(**its, reason_code=reason_code, was_in_force=was_in_force, expired_at=at)


def _zone(zone: zones.Zone) -> Any:
    """A zone in the words of its messages."""
    return {
        "zone_id": zone.zone_id,
        "zone_number": zone.zone_number,
        "kind": zone.kind,
        "municipalities": tuple(Municipality(nis_code=each.nis_code, labels=Labels.model_validate(each.labels)) for each in zone.municipalities),
        "csd_id": zone.csd_id,
        "korpschef_post_id": zone.korpschef_post_id,
        "labels": Labels.model_validate(zone.labels),
    }


def _merger(merger: zones.Merger) -> Any:
    return {"merger_id": merger.id, "from_zone_ids": merger.from_zone_ids, "to_zone_id": merger.to_zone_id, "effective_from": merger.valid_from}


def _priorities(them: tuple[plans.Priority, ...]) -> tuple[ZonalPriority, ...]:
    return tuple(ZonalPriority(code=each.code, nvp_ref=each.nvp_ref) for each in them)
