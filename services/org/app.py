"""The organisation service in one table."""

from __future__ import annotations

from cg_contracts import org, screening
from cg_kit.pure import on
from cg_kit.service import Aggregate, Service
from services.org import api, outgoing, reactions
from services.org.domain import mandate, person, plans, post, reorganisation, tree, zones
from services.org.domain.rules import RULES
from services.org.queries.holds import HOLDS

SERVICE = Service(
    name="org",
    keeps=(
        Aggregate("tree", tree, outgoing.tell_tree),
        Aggregate("post", post, outgoing.tell_post),
        Aggregate("person", person, outgoing.tell_person),
        Aggregate("zones", zones, outgoing.tell_zones),
        Aggregate("plans", plans, outgoing.tell_plans),
    ),
    accepts=(
        on(org.PersonRegisteredV1, reactions.register_person),
        on(org.PersonTransferredV1, reactions.transfer_person),
        on(org.PersonLeftV1, reactions.let_person_go),
        on(org.AppointmentRequestedV1, reactions.appoint),
        on(org.ReorganisationImpactReportedV1, reactions.take_impact),
    ),
    hears=(
        on(screening.ScreeningCaseOpenedV1, reactions.note_case),
        on(screening.ScreeningRequestRejectedV1, reactions.reject_unscreened),
        on(screening.ScreeningDecidedV1, reactions.take_decision),
        on(screening.ScreeningCancelledV1, reactions.reject_cancelled),
        on(screening.DecisionTermResumedV1, reactions.note_term),
        on(screening.DecisionTermExtendedV1, reactions.note_term),
        on(screening.DecisionDeadlineMissedV1, reactions.note_late),
        on(screening.ClearanceApplicationTransmittedV1, reactions.note_application),
        on(screening.ClearanceGrantedV1, reactions.take_clearance),
        on(screening.ClearanceReusedV1, reactions.take_clearance),
        on(screening.SecurityBriefingGivenV1, reactions.take_briefing),
        on(screening.ClearanceRefusedV1, reactions.reject_refused),
        on(screening.ClearanceWithdrawnV1, reactions.lose_withdrawn),
        on(screening.ClearanceExpiredV1, reactions.lose_expired),
        on(screening.ClearanceRelinquishedV1, reactions.lose_relinquished),
        on(screening.ClearanceLoweredV1, reactions.lose_lowered),
        on(screening.SecurityAdviceExpiredV1, reactions.lose_advice),
        on(screening.SecurityAdviceReassessedV1, reactions.lose_reassessed),
        on(screening.AppealDecidedV1, reactions.note_appeal),
    ),
    follows=(
        on(person.Asked, reactions.propose),
        on(person.ClearanceRestedOn, reactions.clear),
        on(person.Briefed, reactions.brief),
        on(person.ClearanceLost, reactions.suspend_uncleared),
        on(person.AdviceLost, reactions.suspend_unadvised),
        on(person.Left, reactions.end_all),
        on(person.Detached, reactions.leave_home),
        on(person.DetachmentOver, reactions.come_home),
        on(post.Opened, reactions.note_post),
        on(mandate.TermBegan, reactions.note_mandate),
        on(mandate.MandateOver, reactions.forget_mandate),
        on(reorganisation.ReorganisationTookEffect, reactions.carry_out),
        on(tree.Redirected, reactions.redirect_post),
        on(post.Proposed, reactions.hold),
        on(post.AdviceTaken, reactions.rest_on_advice),
        on(post.Rejected, reactions.release),
        on(post.Ended, reactions.release),
        on(post.DetachmentBegan, reactions.detach),
        on(zones.MergerTookEffect, reactions.end_plans),
    ),
    api=api.router,
    rules=RULES,
    bodies=api.imports.BODIES,
    holds=HOLDS,
)
