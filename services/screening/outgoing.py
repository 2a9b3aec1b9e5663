"""What each event of our own tells the others: outcome codes and opaque ids, never a reason or a name (SCR-5)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from uuid import UUID

from cg_contracts import org, screening
from cg_contracts.base import Contract
from cg_contracts.screening import Outcome
from services.screening.domain import appeal, application, case, clearance, impact, officer, person
from services.screening.domain.regime import whole

LATE = "no_decision_in_time"


def case_tells(case_id: UUID, event: case.Event, state: case.Case) -> Iterable[Contract]:
    """The public messages of one event of a case."""
    match event:
        case case.Opened():
            yield screening.ScreeningCaseOpenedV1(
                case_id=case_id,
                request_id=event.request_id,
                requester_ref=event.requester_ref,
                kind=event.kind,
                regime_id=event.regime_id,
                decision_due_at=event.decision_due_at,
            )
        case case.Consented(at):
            yield screening.ConsentGivenV1(case_id=case_id, at=at)
        case case.ConsentRefused():
            yield cancelled_case(case_id, state, "consent_refused")
        case case.MonitoringStopped(at):
            yield screening.ConsentWithdrawnV1(case_id=case_id, at=at)
        case case.ConsentWithdrawn(at):
            yield screening.ConsentWithdrawnV1(case_id=case_id, at=at)
            yield cancelled_case(case_id, state, "consent_withdrawn")
        case case.VerificationStarted(_, at):
            yield screening.VerificationStartedV1(case_id=case_id, at=at)
        case case.CheckAnswered(source=source, at=at):
            yield screening.SourceCheckCompletedV1(case_id=case_id, source=source.value, at=at)
        case case.RecruitmentAnswered(result):
            assert state.request_id
            yield screening.RecruitmentScreeningAnsweredV1(case_id=case_id, request_id=state.request_id, requester_ref=state.requester_ref, result_code=result)
        case case.NuclearAnswered(_, result):
            assert state.request_id
            yield screening.NuclearVerificationAnsweredV1(case_id=case_id, request_id=state.request_id, requester_ref=state.requester_ref, result_code=result)
        case case.EventStarted():
            yield cancelled_case(case_id, state, "event_started")
        case case.EventCancelled():
            yield cancelled_case(case_id, state, "event_called_off")
        case case.Decided(outcome, valid_until):
            assert state.request_id
            yield screening.ScreeningDecidedV1(
                case_id=case_id, request_id=state.request_id, requester_ref=state.requester_ref, outcome=outcome, valid_until=valid_until
            )
        case case.TermSuspended(reason_code, until):
            assert state.request_id
            yield screening.DecisionTermSuspendedV1(
                case_id=case_id, request_id=state.request_id, requester_ref=state.requester_ref, reason_code=reason_code, until=until
            )
        case case.TermResumed(due_at):
            assert state.request_id
            yield screening.DecisionTermResumedV1(case_id=case_id, request_id=state.request_id, requester_ref=state.requester_ref, due_at=due_at)
        case case.DecisionOverdue(at, appeal_until):
            assert state.request_id
            yield screening.DecisionDeadlineMissedV1(
                case_id=case_id, request_id=state.request_id, requester_ref=state.requester_ref, reason_code=LATE, due_at=at
            )
            yield screening.AppealWindowOpenedV1(case_id=case_id, appeal_until=appeal_until)
        case case.Notified(appeal_until=appeal_until):
            yield screening.AppealWindowOpenedV1(case_id=case_id, appeal_until=appeal_until)
        case case.GivenOnAppeal(_, valid_until):
            assert state.request_id
            yield screening.ScreeningDecidedV1(
                case_id=case_id, request_id=state.request_id, requester_ref=state.requester_ref, outcome=Outcome.POSITIVE, valid_until=valid_until
            )
        case case.Reassessed(outcome=Outcome() as outcome):
            assert state.person_id
            assert state.request_id
            yield screening.SecurityAdviceReassessedV1(
                case_id=case_id, person_id=state.person_id, request_id=state.request_id, requester_ref=state.requester_ref, outcome=outcome
            )
        case case.AdviceExpired(at):
            assert state.person_id
            yield screening.SecurityAdviceExpiredV1(case_id=case_id, person_id=state.person_id, at=at)
        case _:
            pass


def cancelled_case(case_id: UUID, state: case.Case, reason_code: str) -> Contract:
    """No decision will come."""
    assert state.request_id
    return screening.ScreeningCancelledV1(
        case_id=case_id, request_id=state.request_id, requester_ref=state.requester_ref, reason_code=reason_code, due_at=state.decision_due_at
    )


def nothing(_id: UUID, _event: object, _state: object) -> Iterable[Contract]:
    """What is kept for ourselves alone is told to nobody."""
    return ()


def application_tells(application_id: UUID, event: application.Event, state: application.Application) -> Iterable[Contract]:
    """The public messages of one event of an application; a clearance that is granted is told by the clearance."""
    assert state.case_id
    assert state.person_id
    assert state.request_id
    match event:
        case application.Transmitted():
            yield screening.ClearanceApplicationTransmittedV1(
                application_id=application_id,
                case_id=event.case_id,
                request_id=event.request_id,
                requester_ref=event.requester_ref,
                level=event.level,
                scopes=whole(event.scopes),
                due_at=event.decision_due_at,
            )
        case application.RefusalImported():
            yield screening.ClearanceRefusedV1(
                application_id=application_id, person_id=state.person_id, request_id=state.request_id, requester_ref=state.requester_ref
            )
        case application.ConsentWithdrawn(at):
            yield screening.ScreeningCancelledV1(
                application_id=application_id,
                request_id=state.request_id,
                requester_ref=state.requester_ref,
                reason_code="consent_withdrawn",
                due_at=state.decision_due_at,
            )
        case application.TermExtended(extension, due_at):
            yield screening.DecisionTermExtendedV1(
                application_id=application_id,
                request_id=state.request_id,
                requester_ref=state.requester_ref,
                reason_code=extension.reason_code,
                due_at=due_at,
            )
        case application.DecisionOverdue(at, appeal_until):
            yield screening.DecisionDeadlineMissedV1(
                application_id=application_id, request_id=state.request_id, requester_ref=state.requester_ref, reason_code=LATE, due_at=at
            )
            yield screening.AppealWindowOpenedV1(application_id=application_id, appeal_until=appeal_until)
        case application.Notified(appeal_until=appeal_until):
            yield screening.AppealWindowOpenedV1(application_id=application_id, appeal_until=appeal_until)
        case _:
            pass


def clearance_tells(clearance_id: UUID, event: clearance.Event, state: clearance.Clearance) -> Iterable[Contract]:
    """The public messages of one event of a clearance."""
    assert state.person_id
    assert state.request_id
    assert state.application_id
    assert state.level
    assert state.expires_at
    match event:
        case clearance.Granted():
            yield screening.ClearanceGrantedV1(
                clearance_id=clearance_id,
                application_id=event.application_id,
                person_id=event.person_id,
                request_id=event.request_id,
                requester_ref=event.requester_ref,
                level=event.level,
                scopes=whole(event.scopes),
                expires_at=event.expires_at,
            )
        case clearance.Reused():
            yield screening.ClearanceReusedV1(
                clearance_id=clearance_id,
                person_id=event.person_id,
                request_id=event.request_id,
                requester_ref=event.requester_ref,
                level=state.level,
                scopes=whole(state.scopes),
                expires_at=state.expires_at,
            )
        case clearance.Briefed(_, given_at, use_id, replaces):
            use = next(use for use in clearance.needs(state) if use.id == use_id)
            yield screening.SecurityBriefingGivenV1(
                clearance_id=clearance_id,
                person_id=state.person_id,
                request_id=use.request_id,
                requester_ref=use.requester_ref,
                given_at=given_at,
                replaces=replaces,
            )
        case clearance.RenewalDue(apply_by):
            yield screening.ClearanceRenewalDueV1(
                clearance_id=clearance_id, person_id=state.person_id, level=state.level, expires_at=state.expires_at, apply_by=apply_by
            )
        case clearance.Expired(at):
            yield screening.ClearanceExpiredV1(clearance_id=clearance_id, person_id=state.person_id, at=at)
        case clearance.Withdrawn(decision):
            yield screening.ClearanceWithdrawnV1(clearance_id=clearance_id, person_id=state.person_id, at=decision.decided_at)
        case clearance.Relinquished(reason_code, at):
            yield screening.ClearanceRelinquishedV1(clearance_id=clearance_id, person_id=state.person_id, reason_code=reason_code, at=at)
        case clearance.Renewed(by, at):
            yield screening.ClearanceRenewedV1(clearance_id=clearance_id, renewed_by=by, person_id=state.person_id, at=at)
        case clearance.Lowered(decision, level):
            yield screening.ClearanceLoweredV1(clearance_id=clearance_id, person_id=state.person_id, level=level, at=decision.decided_at)
        case clearance.Notified(appeal_until=appeal_until):
            yield screening.ClearanceAppealWindowOpenedV1(clearance_id=clearance_id, appeal_until=appeal_until)
        case _:
            pass


def appeal_tells(appeal_id: UUID, event: appeal.Event, state: appeal.Appeal) -> Iterable[Contract]:
    """The public messages of one event of an appeal; motives never leave the body and the vault."""
    assert state.request_id
    assert state.instrument
    assert state.ground
    assert state.person_id
    about = {f"{state.target}_id": state.target_id}
    match event:
        case appeal.Filed():
            yield screening.AppealFiledV1(
                appeal_id=appeal_id,
                request_id=state.request_id,
                requester_ref=state.requester_ref,
                instrument=state.instrument,
                ground=state.ground,
                person_id=state.person_id,
                posted_on=event.filing.posted_on,
                in_time=event.in_time,
                decision_due_at=event.decision_due_at,
                **about,
            )
        case appeal.RulingOverdue(at):
            yield screening.AppealDecisionDeadlineMissedV1(appeal_id=appeal_id, due_at=at)
        case appeal.Ruled(ruling, decide_before=decide_before):
            yield screening.AppealDecidedV1(
                appeal_id=appeal_id,
                request_id=state.request_id,
                requester_ref=state.requester_ref,
                instrument=state.instrument,
                ground=state.ground,
                outcome=ruling.outcome,
                person_id=state.person_id,
                screening_ref=state.screening_ref,
                decided_at=ruling.decided_at,
                decide_before=decide_before,
                **about,
            )
        case _:
            pass


def person_tells(_id: UUID, event: person.Event, _state: person.Person) -> Iterable[Contract]:
    """That a report was taken is told to who made it, without a word of what the person has."""
    if isinstance(event, person.Reported) and event.report.request_id:
        report = event.report
        yield screening.AdverseInformationRecordedV1(aftercare_id=report.report_id, request_id=report.request_id, requester_ref=report.requester_ref)


def officer_tells(person_id: UUID, event: officer.Event, _state: officer.Officer) -> Iterable[Contract]:
    """The public messages of one event of a security officer."""
    match event:
        case officer.Appointed(_, charge):
            yield screening.SecurityOfficerAppointedV1(person_id=person_id, unit_id=charge.unit_id, effective_from=charge.since, effective_until=charge.until)
        case officer.Lapsed(unit_id, reason_code, at):
            yield screening.SecurityOfficerEndedV1(person_id=person_id, unit_id=unit_id, reason_code=reason_code, at=at)
        case _:
            pass


def impact_tells(reorganisation_id: UUID, event: impact.Event, state: impact.Impact) -> Iterable[Contract]:
    """What a reorganisation touches here, in one message; once more when something was found late."""
    if state.status is impact.Status.REPORTED:
        left = [item for item in state.items if not item.placed]
        posts = Counter(item.post_id for item in state.items)
        yield org.ReorganisationImpactReportedV1(
            reorganisation_id=reorganisation_id,
            open_items=len(state.items),
            unmapped_total=len(left),
            unmapped_ids=tuple(item.id for item in left[:100]),
            posts=tuple(org.PostImpact(post_id=post_id, open_items=n) for post_id, n in posts.items()),
        )
