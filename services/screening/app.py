"""The screening service in one table: what it keeps, hears, accepts and follows."""

from __future__ import annotations

from cg_contracts import org, screening
from cg_kit.pure import on
from cg_kit.service import Aggregate, Service
from services.screening import api, outgoing, reactions
from services.screening.domain import aftercare, appeal, application, case, clearance, draft, gathering, impact, officer, person, post, unit
from services.screening.domain.rules import RULES
from services.screening.queries.holds import HOLDS

SERVICE = Service(
    name="screening",
    keeps=(
        Aggregate("case", case, outgoing.case_tells),
        Aggregate("application", application, outgoing.application_tells),
        Aggregate("clearance", clearance, outgoing.clearance_tells),
        Aggregate("appeal", appeal, outgoing.appeal_tells),
        Aggregate("person", person, outgoing.person_tells),
        Aggregate("aftercare", aftercare, outgoing.nothing),
        Aggregate("gathering", gathering, outgoing.nothing),
        Aggregate("draft", draft, outgoing.nothing),
        Aggregate("officer", officer, outgoing.officer_tells),
        Aggregate("post", post, outgoing.nothing),
        Aggregate("unit", unit, outgoing.nothing),
        Aggregate("impact", impact, outgoing.impact_tells),
    ),
    hears=(
        on(org.AssignmentEndedV1, reactions.end_need_to_know),
        on(org.AssignmentRejectedV1, reactions.end_need_to_know),
        on(org.PostOpenedV1, reactions.note_post),
        on(org.PostMovedV1, reactions.move_post),
        on(org.PostAbolishedV1, reactions.drop_post),
        on(org.AssignmentConfirmedV1, reactions.note_holder),
        on(org.AssignmentStartedV1, reactions.note_holder),
        on(org.AssignmentSuspendedV1, reactions.note_holder),
        on(org.ReorganisationTookEffectV1, reactions.follow_units),
        on(org.ReorganisationScheduledV1, reactions.count_touched),
    ),
    accepts=(
        on(screening.ScreeningRequestedV1, reactions.open_case),
        on(screening.NvoDecisionReceivedV1, reactions.import_decision),
        on(screening.NvoExtensionReceivedV1, reactions.import_extension),
        on(screening.DecisionNotifiedV1, reactions.open_appeal_window),
        on(screening.ClearanceDecisionNotifiedV1, reactions.open_clearance_window),
        on(screening.AppealLodgedV1, reactions.take_appeal),
        on(screening.AppealDecisionReceivedV1, reactions.rule_on_appeal),
        on(screening.AdverseInformationReportedV1, reactions.take_report),
    ),
    follows=(
        on(case.SentToAuthority, reactions.start_application),
        on(case.NuclearAnswered, reactions.note_nuclear),
        on(case.NuclearAbandoned, reactions.forget_nuclear),
        on(person.CaseNeeded, reactions.open_needed),
        on(draft.Completed, reactions.ask_for_line),
        on(gathering.PersonsInvited, reactions.open_for_event),
        on(gathering.TeamDesignated, reactions.designate_for_event),
        on(gathering.EventCalledOff, reactions.cancel_for_event),
        on(person.ClearanceFound, reactions.reuse),
        on(person.UseEnded, reactions.end_use),
        on(application.GrantImported, reactions.grant_clearance),
        on(application.RetentionEnded, reactions.seal_case),
        on(case.CaseAppealed, reactions.file_against_case),
        on(application.ApplicationAppealed, reactions.file_against_application),
        on(clearance.ClearanceAppealed, reactions.file_against_withdrawal),
        on(appeal.Ruled, reactions.conclude_appeal),
        on(clearance.Granted, reactions.note_clearance),
        on(clearance.Reused, reactions.note_use),
        on(clearance.ReuseFailed, reactions.look_further),
        on(clearance.RenewalAsked, reactions.apply_again),
        on(clearance.Expired, reactions.lapse_officer),
        on(clearance.Withdrawn, reactions.lapse_officer),
        on(clearance.Relinquished, reactions.lapse_officer),
        on(clearance.Renewed, reactions.keep_officer),
        on(clearance.Replacing, reactions.carry_uses),
        on(clearance.Briefed, reactions.retire_renewed),
        on(case.VerificationStarted, reactions.keep_verified),
        on(person.Reported, reactions.look_into),
        on(case.ReassessmentOpened, reactions.note_reassessment),
        on(case.Reassessed, reactions.note_reassessed),
        on(person.UseTouched, reactions.ask_reused),
        on(case.CaseTouched, reactions.add_case),
        on(application.ApplicationTouched, reactions.add_application),
        on(clearance.ClearanceTouched, reactions.add_clearance),
        on(impact.ImpactAsked, reactions.gather),
        on(impact.RoundOver, reactions.gather),
        on(impact.PostAsked, reactions.ask_touched),
    ),
    api=api.router,
    rules=RULES,
    bodies=api.drafts.BODIES,
    holds=HOLDS,
)
