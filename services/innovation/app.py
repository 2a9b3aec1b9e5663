"""The innovation service in one table: what it keeps, hears, accepts and follows."""

from __future__ import annotations

from cg_contracts import audit, innovation, org, screening
from cg_kit.pure import on
from cg_kit.service import Aggregate, Service
from services.innovation import api, outgoing, reactions
from services.innovation.domain import challenge, evaluator, external, gathering, idea, impact, partner, pilot, trend, unit
from services.innovation.domain.rules import RULES
from services.innovation.queries.holds import HOLDS

SERVICE = Service(
    name="innovation",
    keeps=(
        Aggregate("idea", idea, outgoing.idea_tells),
        Aggregate("pilot", pilot, outgoing.pilot_tells),
        Aggregate("partner", partner, outgoing.partner_tells),
        Aggregate("external", external, outgoing.external_tells),
        Aggregate("trend", trend, outgoing.trend_tells),
        Aggregate("challenge", challenge, outgoing.challenge_tells),
        Aggregate("gathering", gathering, outgoing.gathering_tells),
        Aggregate("evaluator", evaluator, outgoing.nothing),
        Aggregate("unit", unit, outgoing.nothing),
        Aggregate("impact", impact, outgoing.impact_tells),
    ),
    hears=(
        on(org.ReorganisationScheduledV1, reactions.count_touched),
        on(org.ReorganisationTookEffectV1, reactions.follow_units),
        on(screening.ScreeningDecidedV1, reactions.take_decision),
        on(screening.ScreeningCancelledV1, reactions.close_unscreened),
        on(screening.ScreeningRequestRejectedV1, reactions.close_unscreened),
        on(screening.SecurityAdviceExpiredV1, reactions.lapse_advice),
        on(screening.SecurityAdviceReassessedV1, reactions.take_reassessment),
        on(audit.AuditFindingRaisedV1, reactions.pose_finding),
    ),
    accepts=(on(innovation.PilotGateAnsweredV1, reactions.answer_gate),),
    follows=(
        on(idea.Merged, reactions.take_merged),
        on(idea.Separated, reactions.release_separated),
        on(idea.Submitted, reactions.note_idea),
        on(idea.Offered, reactions.note_adopter),
        on(idea.Placed, reactions.note_adopter),
        on(idea.Reowned, reactions.note_successor),
        *(on(stage, reactions.note_stage) for stage in reactions.STAGES),
        on(pilot.Invited, reactions.use_external),
        on(pilot.Uninvited, reactions.unuse_external),
        on(external.Used, reactions.tell_pilot),
        on(external.Answered, reactions.tell_pilots),
        on(pilot.PilotPlaced, reactions.note_pilot),
        on(pilot.PilotReowned, reactions.note_pilot_successor),
        on(pilot.PilotTouched, reactions.add_pilot),
        on(trend.PutOnRing, reactions.pose_trend),
        on(gathering.FollowedUp, reactions.submit_outputs),
        on(impact.UnitAsked, reactions.ask_unit),
        on(unit.UnitTouched, reactions.ask_items),
        on(idea.IdeaTouched, reactions.add_idea),
        on(impact.ImpactAsked, reactions.gather),
        on(impact.RoundOver, reactions.gather),
        on(unit.Ended, reactions.reown),
    ),
    api=api.router,
    rules=RULES,
    holds=HOLDS,
)
