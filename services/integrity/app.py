"""The integrity service in one table: what it keeps, hears, accepts and follows."""

from __future__ import annotations

from cg_contracts import audit, integrity, org
from cg_kit.pure import on
from cg_kit.service import Aggregate, Service
from services.integrity import api, outgoing, reactions
from services.integrity.domain import bulletin, custody, desk, identity, post, protection, report, survey, tip, tool, training, unit
from services.integrity.domain.rules import RULES

SERVICE = Service(
    name="integrity",
    discreet=True,
    keeps=(
        Aggregate("report", report, outgoing.nothing),
        Aggregate("identity", identity, outgoing.nothing),
        Aggregate("custody", custody, outgoing.nothing),
        Aggregate("desk", desk, outgoing.nothing),
        Aggregate("bulletin", bulletin, outgoing.bulletin_tells),
        Aggregate("protection", protection, outgoing.nothing),
        Aggregate("survey", survey, outgoing.nothing),
        Aggregate("training", training, outgoing.nothing),
        Aggregate("tip", tip, outgoing.nothing),
        Aggregate("tool", tool, outgoing.nothing),
        Aggregate("unit", unit, outgoing.nothing),
        Aggregate("post", post, outgoing.nothing),
    ),
    hears=(
        on(org.OrgUnitEstablishedV1, reactions.know_unit),
        on(org.OrgUnitChangedV1, reactions.know_unit),
        on(org.OrgUnitCorrectedV1, reactions.know_unit),
        on(org.OrgUnitAbolishedV1, reactions.end_unit),
        on(org.PostOpenedV1, reactions.put_post),
        on(org.PostMovedV1, reactions.move_post),
        on(org.PostAbolishedV1, reactions.abolish_post),
        on(org.AssignmentStartedV1, reactions.hold_post),
        on(org.AssignmentEndedV1, reactions.end_stay),
        on(org.AssignmentCorrectedV1, reactions.correct_stay),
        on(org.InterimDesignatedV1, reactions.stand_in),
        on(org.HolderAbsenceStartedV1, reactions.note_absence),
        on(org.HolderReturnedV1, reactions.note_return),
        on(org.AssignmentSuspendedV1, reactions.note_suspended),
        on(org.MandateEvaluatedV1, reactions.note_evaluated),
        on(audit.AuditFindingRaisedV1, reactions.propose_training),
    ),
    accepts=(on(integrity.IntegrityMatterReferredV1, reactions.take_referred),),
    follows=(
        on(report.HandlerWanted, reactions.look_for_handler),
        on(report.Given, reactions.note_given),
        on(report.Recused, reactions.note_free),
        on(report.Dropped, reactions.note_free),
        on(desk.Found, reactions.give_to),
        on(desk.WentAway, reactions.cover),
        on(desk.Left, reactions.cover),
        on(identity.Asked, reactions.tell_reporter),
        on(report.Received, reactions.count_received),
        on(report.Acknowledged, reactions.count_acknowledged),
        on(report.AcknowledgementMissed, reactions.count_acknowledgement_missed),
        on(report.FeedbackGiven, reactions.count_feedback),
        on(report.FeedbackMissed, reactions.count_feedback_missed),
        on(report.Redirected, reactions.count_redirected),
        on(report.Concluded, reactions.count_concluded),
        on(protection.Granted, reactions.show_protection),
        on(protection.RetaliationAlleged, reactions.show_protection),
        on(protection.Resolved, reactions.show_protection),
        on(training.TrainingProposed, reactions.tell_proposed),
        on(training.TrainingScheduled, reactions.tell_scheduled),
        on(training.TrainingCompleted, reactions.tell_completed),
        on(tip.TipPublished, reactions.tell_published),
        on(survey.SurveyPublished, reactions.tell_survey),
        on(survey.SurveyWithheld, reactions.tell_withheld),
    ),
    api=api.router,
    rules=RULES,
)
