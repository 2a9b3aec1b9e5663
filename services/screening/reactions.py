"""Messages in, and own events that concern another aggregate, as commands."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from cg_contracts import org, screening
from cg_kit.pure import Cause, To, named
from services.screening.domain import application, case, clearance


def case_for(account: str, request_id: UUID) -> UUID:
    """The case that an account's request opens."""
    return named(account, request_id)


def application_for(case_id: UUID) -> UUID:
    """The application that a case brings to the security authority."""
    return named("application", case_id)


def clearance_for(application_id: UUID) -> UUID:
    """The clearance that an application may lead to."""
    return named("clearance", application_id)


def open_case(request: screening.ScreeningRequestedV1, cause: Cause) -> Iterable[To]:
    """Whoever is to be screened gets a case, under the law of the day on which we first had the request."""
    yield To(
        "case",
        case_for(cause.account, request.request_id),
        case.Request(
            request.request_id,
            request.requester_ref,
            cause.account,
            request.kind,
            request.purpose,
            request.person_id,
            request.required_level,
            request.needed_by,
            cause.vault,
            cause.at,
        ),
    )


def import_decision(message: screening.NvoDecisionReceivedV1, cause: Cause) -> Iterable[To]:
    """The security authority has decided on an application, or on a clearance that it granted."""
    decision = application.Imported(message.decision_ref, message.outcome, message.level, message.decided_at, message.expires_at)
    if message.application_id:
        yield To("application", message.application_id, application.ImportDecision(decision, cause.at))
    if message.clearance_id:
        yield To("clearance", message.clearance_id, clearance.ImportDecision(decision, cause.at))


def open_appeal_window(message: screening.DecisionNotifiedV1, cause: Cause) -> Iterable[To]:
    """Whoever told the person says when, and the term for appeal runs from that day."""
    if message.case_id:
        yield To("case", message.case_id, case.Notify(cause.account, message.notified_at, message.means, cause.at))
    if message.application_id:
        yield To("application", message.application_id, application.Notify(cause.account, message.notified_at, message.means, cause.at))


def end_need_to_know(fact: org.AssignmentEndedV1, cause: Cause) -> Iterable[To]:
    """What was opened or granted for an assignment that has ended is no longer needed. Org names its request after the assignment."""
    case_id = case_for("org", named("screening-request", fact.assignment_id))
    yield To("case", case_id, case.EndNeed(fact.ended_at))
    yield To("clearance", clearance_for(application_for(case_id)), clearance.EndNeed(fact.ended_at))


def start_application(event: case.SentToAuthority, cause: Cause) -> Iterable[To]:
    """A case that is transmitted becomes an application at the security authority."""
    assert cause.aggregate
    yield To(
        "application",
        application_for(cause.aggregate),
        application.Receive(cause.aggregate, event.person_id, event.request_id, event.requester_ref, event.level, event.regime_id, event.terms, event.at),
    )


def grant_clearance(event: application.GrantImported, cause: Cause) -> Iterable[To]:
    """An application that is granted becomes a clearance."""
    assert cause.aggregate
    yield To(
        "clearance",
        clearance_for(cause.aggregate),
        clearance.Grant(
            cause.aggregate, event.decision, event.person_id, event.request_id, event.requester_ref, event.level, event.expires_at, event.regime_id
        ),
    )
