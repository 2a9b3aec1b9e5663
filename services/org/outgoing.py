"""What the organisation service tells others of its own events."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from cg_contracts.base import Contract
from cg_contracts.org import (
    AccessEntitlementGrantedV1,
    AccessEntitlementRevokedV1,
    AccessEntitlementSuspendedV1,
    AccessRevocationDeadlineMissedV1,
    AppointmentProposedV1,
    AssignmentConfirmedV1,
    AssignmentEndedV1,
    AssignmentRejectedV1,
    AssignmentStartedV1,
    AssignmentSuspendedV1,
    Labels,
    OrgUnitChangedV1,
    OrgUnitCorrectedV1,
    OrgUnitEstablishedV1,
    PostOpenedV1,
    Sensitivity,
)
from cg_contracts.screening import ScreeningKind, ScreeningRequestedV1
from services.org.domain import person, post, tree


def tell_tree(_id: UUID, event: tree.Event, _state: tree.Tree) -> Iterable[Contract]:
    """Units are told as they become known, with the day from which it holds."""
    unit = event.unit
    labels = Labels.model_validate(unit.labels)
    match event:
        case tree.Established():
            yield OrgUnitEstablishedV1(
                unit_id=unit.unit_id, slug=unit.slug, kind=unit.kind, parent_id=unit.parent_id, labels=labels, effective_from=event.valid_from
            )
        case tree.Changed():
            yield OrgUnitChangedV1(
                unit_id=unit.unit_id, slug=unit.slug, kind=unit.kind, parent_id=unit.parent_id, labels=labels, effective_from=event.valid_from
            )
        case tree.Corrected():
            yield OrgUnitCorrectedV1(
                unit_id=unit.unit_id,
                slug=unit.slug,
                kind=unit.kind,
                parent_id=unit.parent_id,
                labels=labels,
                effective_from=event.valid_from,
                recorded_at=event.at,
            )


def tell_post(post_id: UUID, event: post.Event, state: post.Post) -> Iterable[Contract]:
    """A post is told once it is approved, an assignment step by step; what screening has said to us is not said again."""
    seat = state.seat
    if seat is None or isinstance(event, post.Opened):
        return
    if isinstance(event, post.Approved):
        yield PostOpenedV1(
            post_id=post_id,
            unit_id=seat.unit_id,
            role=seat.role,
            is_head=seat.is_head,
            sensitivity=seat.sensitivity,
            required_level=seat.required_level,
            effective_from=seat.valid_from,
        )
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
            )
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
        case post.Ended(_, _, _, reason_code, at):
            yield AssignmentEndedV1(assignment_id=it.id, post_id=post_id, person_id=it.person_id, reason_code=reason_code, ended_at=at)
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


def tell_person(_id: UUID, _event: person.Event, _state: person.Person) -> Iterable[Contract]:
    """Nothing is told of a person: that they exist is the staff system's to say, and what they hold is told of the post."""
    return ()


def requester_ref(post_id: UUID, assignment_id: UUID) -> str:
    """What screening gives back with every answer, so that our reaction finds its post without looking."""
    return f"post:{post_id}/assignment:{assignment_id}"


def _resource(it: post.Assignment, entitlement_id: UUID) -> str:
    return next(each.resource.code for each in it.entitlements if each.id == entitlement_id)


def _reason(it: post.Assignment, entitlement_id: UUID) -> str:
    return next(each.reason_code for each in it.entitlements if each.id == entitlement_id) or "suspended"
