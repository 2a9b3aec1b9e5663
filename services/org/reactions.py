"""What messages, and own events that concern another aggregate, make the organisation service do."""

from __future__ import annotations

import re
from collections.abc import Iterable
from uuid import UUID

from cg_contracts.org import AppointmentRequestedV1, PersonLeftV1, PersonRegisteredV1, PersonTransferredV1, ReorganisationImpactReportedV1
from cg_contracts.screening import (
    AppealDecidedV1,
    AppealOutcome,
    ClearanceApplicationTransmittedV1,
    ClearanceExpiredV1,
    ClearanceGrantedV1,
    ClearanceLoweredV1,
    ClearanceRefusedV1,
    ClearanceRelinquishedV1,
    ClearanceReusedV1,
    ClearanceWithdrawnV1,
    DecisionDeadlineMissedV1,
    DecisionTermExtendedV1,
    DecisionTermResumedV1,
    Outcome,
    ScreeningCancelledV1,
    ScreeningCaseOpenedV1,
    ScreeningDecidedV1,
    ScreeningRequestRejectedV1,
    SecurityAdviceExpiredV1,
    SecurityAdviceReassessedV1,
    SecurityBriefingGivenV1,
)
from cg_kit.pure import Cause, To, named
from cg_kit.pure.terms import day_of
from services.org.domain import absence, mandate, person, plans, post, reorganisation, tree, zones

OURS = re.compile(r"post:(?P<post>[0-9a-f-]{36})/assignment:(?P<assignment>[0-9a-f-]{36})")


def ours(requester_ref: str) -> person.Holding | None:
    """The assignment that a `requester_ref` names, if it is one that we wrote."""
    parts = OURS.fullmatch(requester_ref)
    try:
        return parts and person.Holding(UUID(parts["post"]), UUID(parts["assignment"]))
    except ValueError:
        return None


# Asked by the staff system


def register_person(asked: PersonRegisteredV1, cause: Cause) -> Iterable[To]:
    """A person is known from now on; the names lie in the vault."""
    yield To("person", asked.person_id, person.Register(cause.vault, asked.language, cause.at))


def transfer_person(asked: PersonTransferredV1, cause: Cause) -> Iterable[To]:
    """A person is employed in another unit, if that is there on the day (ORG-9)."""
    yield To("person", asked.person_id, person.Transfer(asked.unit_id, asked.effective_from, cause.at))
    yield To("tree", tree.TREE, tree.NeedUnit(asked.unit_id, asked.effective_from))


def let_person_go(asked: PersonLeftV1, cause: Cause) -> Iterable[To]:
    """A person leaves, and then their assignments end."""
    yield To("person", asked.person_id, person.Leave(asked.left_on, cause.at))


def appoint(asked: AppointmentRequestedV1, cause: Cause) -> Iterable[To]:
    """The person must exist; then the post is asked."""
    holding = person.Holding(asked.post_id, named(cause.account, asked.request_id))
    command = person.Appoint(asked.request_id, holding, asked.kind, asked.planned_start, asked.decision_ref, cause.at, asked.planned_end)
    yield To("person", asked.person_id, command, matter=holding.assignment_id)


# Asked by services that hear of a reorganisation


def take_impact(said: ReorganisationImpactReportedV1, cause: Cause) -> Iterable[To]:
    """What a service has open is shown with the reorganisation."""
    posts = tuple(reorganisation.OpenAt(each.post_id, each.open_items) for each in said.posts)
    impact = reorganisation.Impact(cause.account, said.open_items, said.unmapped_total, said.unmapped_ids, cause.at, posts)
    yield To("tree", tree.TREE, reorganisation.ReportImpact(said.reorganisation_id, impact), matter=said.reorganisation_id)


# Said by screening about an assignment


def note_case(said: ScreeningCaseOpenedV1, _cause: Cause) -> Iterable[To]:
    """The case that screening has opened for an assignment."""
    if it := ours(said.requester_ref):
        yield _to_post(it, post.NoteCase(it.assignment_id, said.case_id, said.decision_due_at))


def reject_unscreened(said: ScreeningRequestRejectedV1, cause: Cause) -> Iterable[To]:
    """Without screening nobody holds a sensitive post."""
    if it := ours(said.requester_ref):
        yield _to_post(it, post.Reject(it.assignment_id, "screening_request_rejected", cause.at))


def take_decision(said: ScreeningDecidedV1, cause: Cause) -> Iterable[To]:
    """A positive advice confirms, a negative one rejects."""
    if it := ours(said.requester_ref):
        if said.outcome is Outcome.POSITIVE:
            yield _to_post(it, post.TakeAdvice(it.assignment_id, post.Advice(said.case_id, said.valid_until), cause.at))
        else:
            yield _to_post(it, post.Reject(it.assignment_id, "advice_negative", cause.at))


def reject_cancelled(said: ScreeningCancelledV1, cause: Cause) -> Iterable[To]:
    """No decision will come, for example because the person withdrew consent."""
    if it := ours(said.requester_ref):
        yield _to_post(it, post.Reject(it.assignment_id, said.reason_code, cause.at))


def note_application(said: ClearanceApplicationTransmittedV1, _cause: Cause) -> Iterable[To]:
    """The application lies with the security authority."""
    if it := ours(said.requester_ref):
        yield _to_post(it, post.NoteApplication(it.assignment_id, said.case_id, said.application_id, said.due_at))


def note_term(said: DecisionTermExtendedV1 | DecisionTermResumedV1, _cause: Cause) -> Iterable[To]:
    """It is decided later than was said."""
    if it := ours(said.requester_ref):
        yield _to_post(it, post.NoteTerm(it.assignment_id, said.due_at))


def note_late(said: DecisionDeadlineMissedV1, _cause: Cause) -> Iterable[To]:
    """No decision in time is noted, and is never a positive one."""
    if it := ours(said.requester_ref):
        yield _to_post(it, post.NoteLate(it.assignment_id, said.due_at))


def reject_refused(said: ClearanceRefusedV1, cause: Cause) -> Iterable[To]:
    """The security authority refuses the clearance that the post asks."""
    if it := ours(said.requester_ref):
        yield _to_post(it, post.Reject(it.assignment_id, "clearance_refused", cause.at))


# Said by screening about a person's clearance or advice: the person knows what rests on it


def take_clearance(said: ClearanceGrantedV1 | ClearanceReusedV1, cause: Cause) -> Iterable[To]:
    """A clearance was granted for an assignment, or one that the person holds is reused for it."""
    if it := ours(said.requester_ref):
        command = person.RestOnClearance(said.clearance_id, said.level, said.expires_at, it, cause.at)
        yield To("person", said.person_id, command, matter=it.assignment_id)


def take_briefing(said: SecurityBriefingGivenV1, cause: Cause) -> Iterable[To]:
    """The holder of a clearance was briefed."""
    if it := ours(said.requester_ref):
        yield To("person", said.person_id, person.Brief(said.clearance_id, said.given_at, it, cause.at), matter=it.assignment_id)
        if said.replaces:
            yield To("person", said.person_id, person.LoseClearance(said.replaces, None, "clearance_renewed", cause.at))


def lose_withdrawn(said: ClearanceWithdrawnV1, cause: Cause) -> Iterable[To]:
    """The security authority has withdrawn a clearance."""
    yield To("person", said.person_id, person.LoseClearance(said.clearance_id, None, "clearance_withdrawn", cause.at))


def lose_expired(said: ClearanceExpiredV1, cause: Cause) -> Iterable[To]:
    """A clearance has expired."""
    yield To("person", said.person_id, person.LoseClearance(said.clearance_id, None, "clearance_expired", cause.at))


def lose_relinquished(said: ClearanceRelinquishedV1, cause: Cause) -> Iterable[To]:
    """A clearance was given up."""
    yield To("person", said.person_id, person.LoseClearance(said.clearance_id, None, "clearance_relinquished", cause.at))


def lose_lowered(said: ClearanceLoweredV1, cause: Cause) -> Iterable[To]:
    """The security authority has lowered a clearance."""
    yield To("person", said.person_id, person.LoseClearance(said.clearance_id, said.level, "clearance_lowered", cause.at))


def lose_advice(said: SecurityAdviceExpiredV1, cause: Cause) -> Iterable[To]:
    """An advice no longer counts."""
    yield To("person", said.person_id, person.LoseAdvice(said.case_id, cause.at))


def lose_reassessed(said: SecurityAdviceReassessedV1, cause: Cause) -> Iterable[To]:
    """A positive advice was looked at again, and is negative now."""
    if said.outcome is Outcome.NEGATIVE and ours(said.requester_ref):
        yield To("person", said.person_id, person.LoseAdvice(said.case_id, cause.at, "advice_reassessed"))


def note_appeal(said: AppealDecidedV1, _cause: Cause) -> Iterable[To]:
    """An appeal that is founded is noted on the assignment, for who appoints: nothing comes back by itself."""
    if said.outcome is AppealOutcome.FOUNDED and (it := ours(said.screening_ref)):
        yield _to_post(it, post.NoteAppeal(it.assignment_id, said.decided_at))


# Own events of a person that command posts


def propose(event: person.Asked, cause: Cause) -> Iterable[To]:
    """The person exists: now the post is asked whether it is free."""
    it = event.holding
    command = post.Propose(it.assignment_id, event.request_id, _of(cause), event.kind, event.planned_start, event.decision_ref, event.at, event.planned_end)
    yield _to_post(it, command)


def end_all(event: person.Left, _cause: Cause) -> Iterable[To]:
    """What a person who leaves holds ends on the same day."""
    for it in event.holdings:
        yield _to_post(it, post.End(it.assignment_id, event.left_on, "person_left", event.at))


def clear(event: person.ClearanceRestedOn, _cause: Cause) -> Iterable[To]:
    """The post notes the clearance."""
    it = event.holding
    yield _to_post(it, post.TakeClearance(it.assignment_id, event.clearance_id, event.level, event.expires_at, event.at))


def brief(event: person.Briefed, _cause: Cause) -> Iterable[To]:
    """The post can rest on the clearance."""
    it = event.holding
    yield _to_post(it, post.Brief(it.assignment_id, event.clearance_id, event.given_at, event.at))


def suspend_uncleared(event: person.ClearanceLost, _cause: Cause) -> Iterable[To]:
    """Every post that rests on the clearance."""
    for it in event.holdings:
        yield _to_post(it, post.LoseClearance(it.assignment_id, event.clearance_id, event.remaining, event.reason_code, event.at))


def suspend_unadvised(event: person.AdviceLost, _cause: Cause) -> Iterable[To]:
    """Every post that rests on the advice."""
    for it in event.holdings:
        yield _to_post(it, post.LoseAdvice(it.assignment_id, event.case_id, event.at, event.reason_code))


# Own events of a post and of the tree that command each other


def note_post(event: post.Opened, cause: Cause) -> Iterable[To]:
    """The tree knows the posts that a reorganisation touches, also those opened since."""
    yield To("tree", tree.TREE, tree.NotePost(reorganisation.Seated(_of(cause), event.seat.unit_id), event.at))


def note_mandate(_event: mandate.TermBegan, cause: Cause) -> Iterable[To]:
    """A mandate ends with its post only where that is said (ORG-4), so the tree knows where one runs."""
    yield To("tree", tree.TREE, tree.NoteMandate(_of(cause), True))


def forget_mandate(_event: mandate.MandateOver, cause: Cause) -> Iterable[To]:
    """Nothing is left to be said of it."""
    yield To("tree", tree.TREE, tree.NoteMandate(_of(cause), False))


def carry_out(event: reorganisation.ReorganisationTookEffect, _cause: Cause) -> Iterable[To]:
    """Each post goes where the reorganisation sends it, or ends; zones go with the one directorate that goes on."""
    for each in event.outcome.posts:
        if each.to_unit_id is None:
            command: post.Command = post.Abolish(event.on, "reorganisation", event.reorganisation_id, event.at)
        else:
            command = post.Move(each.to_unit_id, each.is_head, event.on, event.reorganisation_id, event.at)
        yield To("post", each.post_id, command)
    for ended in event.outcome.abolished:
        if len(ended.successor_ids) == 1:
            yield To("zones", zones.ZONES, zones.Relink(ended.unit_id, ended.successor_ids[0], event.on, event.at))


def redirect_post(event: tree.Redirected, _cause: Cause) -> Iterable[To]:
    """A post that was opened in a unit while that ended goes after it."""
    yield To("post", event.post_id, post.Move(event.to_unit_id, False, event.on, None, event.at))


def leave_home(event: person.Detached, _cause: Cause) -> Iterable[To]:
    """Every post that the person holds keeps them, and knows them away."""
    for it in event.homes:
        command = absence.RegisterAbsence(it.assignment_id, day_of(event.at), event.until, "detached", event.at, event.assignment_id)
        yield _to_post(it, command)


def come_home(event: person.DetachmentOver, _cause: Cause) -> Iterable[To]:
    """Every post that the person left for it has them back."""
    for it in event.homes:
        yield _to_post(it, absence.Return(it.assignment_id, event.at, event.assignment_id))


# Own events of a post that command its person


def hold(event: post.Proposed, _cause: Cause) -> Iterable[To]:
    """The person has an assignment."""
    yield To("person", event.person_id, person.Hold(event.assignment_id), matter=event.assignment_id)


def rest_on_advice(event: post.AdviceTaken, cause: Cause) -> Iterable[To]:
    """The person knows which assignment rests on the advice."""
    it = person.Holding(_of(cause), event.assignment_id)
    yield To("person", event.person_id, person.RestOnAdvice(event.advice.case_id, it), matter=event.assignment_id)


def release(event: post.Rejected | post.Ended, _cause: Cause) -> Iterable[To]:
    """The person no longer has the assignment."""
    yield To("person", event.person_id, person.Release(event.assignment_id, event.at), matter=event.assignment_id)


def detach(event: post.DetachmentBegan, _cause: Cause) -> Iterable[To]:
    """The person knows what else they hold."""
    yield To("person", event.person_id, person.Detach(event.assignment_id, event.until, event.at), matter=event.assignment_id)


# Own events of the zones that command their plans


def end_plans(event: zones.MergerTookEffect, _cause: Cause) -> Iterable[To]:
    """A zone that no longer exists has no plan; the one in its place makes its own."""
    for zone_id in event.from_zone_ids:
        yield To("plans", zone_id, plans.EndZone(event.at))


def _to_post(it: person.Holding, command: post.Command) -> To:
    return To("post", it.post_id, command, matter=it.assignment_id)


def _of(cause: Cause) -> UUID:
    """The aggregate whose own event is followed."""
    assert cause.aggregate is not None
    return cause.aggregate
