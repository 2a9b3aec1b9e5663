"""The audit service in one table: what it keeps, hears, accepts and follows."""

from __future__ import annotations

from cg_contracts import integrity, org, screening
from cg_kit.pure import on
from cg_kit.service import Aggregate, Service
from services.audit import api, outgoing, reactions
from services.audit.domain import engagement, impact, plan, post, recommendation, unit
from services.audit.domain.rules import RULES

SERVICE = Service(
    name="audit",
    keeps=(
        Aggregate("unit", unit, outgoing.unit_tells),
        Aggregate("post", post, outgoing.nothing),
        Aggregate("plan", plan, outgoing.plan_tells),
        Aggregate("engagement", engagement, outgoing.engagement_tells),
        Aggregate("recommendation", recommendation, outgoing.recommendation_tells),
        Aggregate("impact", impact, outgoing.impact_tells),
    ),
    hears=(
        on(org.OrgUnitEstablishedV1, reactions.note_unit),
        on(org.OrgUnitChangedV1, reactions.note_unit),
        on(org.OrgUnitChangeTookEffectV1, reactions.note_unit),
        on(org.OrgUnitCorrectedV1, reactions.note_unit),
        on(org.ReorganisationScheduledV1, reactions.count_touched),
        on(org.ReorganisationTookEffectV1, reactions.end_units),
        on(org.PostOpenedV1, reactions.note_post),
        on(org.PostMovedV1, reactions.move_post),
        on(org.PostAbolishedV1, reactions.drop_post),
        on(org.AssignmentStartedV1, reactions.note_holder),
        on(org.AssignmentSuspendedV1, reactions.suspend_holder),
        on(org.AssignmentEndedV1, reactions.drop_holder),
        on(org.HeadPostUnattendedV1, reactions.hear_of_unit),
        on(org.AccessRevocationDeadlineMissedV1, reactions.hear_of_post),
        on(org.MandateEvaluationDeadlineMissedV1, reactions.hear_of_post),
        on(screening.SecurityOfficerEndedV1, reactions.hear_of_unit),
        on(integrity.IntegrityMatterTakenV1, reactions.note_taken),
        on(integrity.IntegrityCaseConcludedV1, reactions.hear_of_cases),
    ),
    follows=(
        on(post.PostOpened, reactions.place_post),
        on(post.PostMoved, reactions.place_post),
        on(post.PostAbolished, reactions.end_post),
        on(post.SaidWhere, reactions.follow_owner),
        on(post.NotThere, reactions.lose_owner),
        on(post.PassedOn, reactions.pass_on),
        on(unit.AttentionRaised, reactions.propose_special),
        on(unit.UnitEnded, reactions.follow_unit),
        on(unit.HeadFound, reactions.reown),
        on(unit.Forwarded, reactions.forward),
        on(impact.UnitAsked, reactions.ask_unit),
        on(impact.PostAsked, reactions.ask_post),
        on(unit.UnitTouched, reactions.add_of_unit),
        on(post.PostTouched, reactions.add_of_post),
        on(impact.ImpactAsked, reactions.gather),
        on(impact.Answered, reactions.gather),
        on(plan.PlanApproved, reactions.plan_engagements),
        on(engagement.EngagementPlanned, reactions.attach_engagement),
        on(engagement.SpecialProposed, reactions.attach_engagement),
        on(engagement.ScopeRemapped, reactions.attach_remapped),
        on(engagement.EngagementCancelled, reactions.detach_engagement),
        on(engagement.EngagementClosed, reactions.detach_engagement),
        on(engagement.FindingRaised, reactions.weigh_finding),
        on(engagement.Finalised, reactions.note_audited),
        on(engagement.AdviceIssued, reactions.issue),
        on(engagement.AdviceRestated, reactions.restate),
        on(recommendation.Issued, reactions.attach_issued),
        on(recommendation.RecommendationAnswered, reactions.note_answer),
        on(recommendation.RiskAccepted, reactions.note_accepted),
        on(recommendation.AcceptanceLapsed, reactions.note_lapsed),
        on(recommendation.RecommendationClosed, reactions.note_closed),
        on(recommendation.Reopened, reactions.weigh_reopened),
        on(recommendation.OverdueEscalated, reactions.weigh_overdue),
        on(recommendation.MovedOn, reactions.attach_moved),
        on(recommendation.OwnerLost, reactions.find_owner),
        on(recommendation.Reowned, reactions.note_reowned),
    ),
    api=api.router,
    rules=RULES,
)
