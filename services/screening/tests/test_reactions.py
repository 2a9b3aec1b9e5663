"""Messages in: whose case they are about, and that nobody reaches into another's."""

from datetime import date, datetime
from typing import Any, get_args

import pytest

from cg_contracts import org, screening
from cg_contracts.levels import Level
from cg_kit.pure import Cause, named
from services.screening.app import SERVICE
from services.screening.domain import aftercare, appeal, application, case, clearance, draft, gathering, impact, officer, person, post, unit
from services.screening.domain.regime import BRUSSELS, TERMS, Kind
from services.screening.domain.rules import RULES
from services.screening.reactions import (
    application_for,
    case_for,
    clearance_for,
    end_need_to_know,
    grant_clearance,
    import_decision,
    look_into,
    open_case,
    open_needed,
    start_application,
    take_report,
)
from services.screening.tests import (
    test_aftercare,
    test_appeal,
    test_application,
    test_case,
    test_clearance,
    test_draft,
    test_gathering,
    test_impact,
    test_officer,
    test_person,
    test_post,
)

NOON = datetime(2026, 4, 15, 12, tzinfo=BRUSSELS)
REQUEST = named("test", "request")
PERSON = named("test", "person")
ASKED = screening.ScreeningRequestedV1(
    request_id=REQUEST, requester_ref="me", kind=screening.ScreeningKind.ADVICE, purpose="appointment", person_id=PERSON, needed_by=date(2026, 7, 1)
)


TRIED: tuple[tuple[Any, Any], ...] = (
    (test_case, case),
    (test_application, application),
    (test_clearance, clearance),
    (test_appeal, appeal),
    (test_person, person),
    (test_gathering, gathering),
    (test_officer, officer),
    (test_post, post),
    (test_post.UNITS, unit),
    (test_draft, draft),
    (test_aftercare, aftercare),
    (test_impact, impact),
)


def cause(account: str = "org", aggregate: object = None) -> Cause:
    return Cause("1", "type", "source", account, NOON, named("vault"), aggregate=aggregate)  # type: ignore[arg-type]


def test_a_case_belongs_to_who_asked() -> None:
    (ours,) = open_case(ASKED, cause("org"))
    (theirs,) = open_case(ASKED, cause("hr"))
    assert ours.id == case_for("org", REQUEST) != theirs.id
    assert ours.command.person_data == named("vault")
    assert ours.command.at == NOON, "the instant at which we first had it"


def test_what_depends_on_the_past_is_asked_of_the_person_first() -> None:
    asked = ASKED.model_copy(update={"kind": screening.ScreeningKind.NUCLEAR})
    (to,) = open_case(asked, cause("fanc"))
    assert (to.kind, to.id) == ("person", PERSON)
    (needed,) = person.decide(person.NEW, to.command)  # type: ignore[misc]
    (next_,) = open_needed(needed, cause(aggregate=PERSON))
    assert (next_.kind, next_.id) == ("case", case_for("fanc", REQUEST))


@pytest.mark.parametrize("kind", ["application", "clearance"])
def test_a_decision_goes_to_what_it_names(kind: str) -> None:
    about = {f"{kind}_id": named("test", kind)}
    said = screening.NvoDecisionReceivedV1(decision_ref="NVO/1", outcome=screening.NvoOutcome.REFUSED, decided_at=NOON, **about)
    (to,) = import_decision(said, cause("nvo"))
    assert (to.kind, to.id) == (kind, named("test", kind))


def test_a_transmitted_case_becomes_an_application_and_a_granted_one_a_clearance() -> None:
    case_id = named("test", "case")
    sent = case.SentToAuthority(PERSON, REQUEST, "me", Level.GEHEIM, "2025", TERMS[Kind.CLEARANCE], PERSON, NOON)
    kept, to = start_application(sent, cause(aggregate=case_id))
    assert (kept.kind, kept.id, kept.command) == ("person", PERSON, person.Keep(case_id))
    assert (to.kind, to.id) == ("application", application_for(case_id))
    decision = application.Imported("NVO/1", screening.NvoOutcome.GRANTED, Level.GEHEIM, NOON, NOON)
    granted = application.GrantImported(decision, PERSON, REQUEST, "me", Level.GEHEIM, NOON, "2025")
    (next_,) = grant_clearance(granted, cause(aggregate=to.id))
    assert (next_.kind, next_.id) == ("clearance", clearance_for(to.id))


def test_the_end_of_an_assignment_ends_the_need_for_case_and_clearance() -> None:
    assignment_id = named("test", "assignment")
    ended = org.AssignmentEndedV1(assignment_id=assignment_id, post_id=PERSON, person_id=PERSON, reason_code="left", ended_at=NOON)
    case_id = case_for("org", named("screening-request", assignment_id))
    assert [(to.kind, to.id) for to in end_need_to_know(ended, cause("org"))] == [
        ("case", case_id),
        ("application", application_for(case_id)),
        ("clearance", clearance_for(application_for(case_id))),
        ("person", PERSON),
        ("post", PERSON),
    ]


def test_adverse_information_reaches_the_cases_and_a_change_of_circumstances_does_not() -> None:
    had = (person.Had(person.Thing.CASE, named("test", "case")), person.Had(person.Thing.CLEARANCE, named("test", "clearance")))
    for origin, doubted in ((person.Origin.ADVERSE_INFORMATION, ["case"]), (person.Origin.CHANGE_OF_CIRCUMSTANCES, [])):
        report = person.Report(REQUEST, origin, "other", REQUEST, "OM/1", "justice", None, None, NOON)
        opened, *others = look_into(person.Reported(report, had), cause(aggregate=PERSON))
        assert (opened.kind, opened.id, opened.command.person_had) == ("aftercare", REQUEST, had)
        assert [to.kind for to in others] == doubted


def test_a_report_belongs_to_who_made_it() -> None:
    said = screening.AdverseInformationReportedV1(request_id=REQUEST, requester_ref="OM/1", person_id=PERSON, category=screening.AdverseCategory.OTHER)
    ids = {to.command.report_id for account in ("justice", "inspection") for to in take_report(said, cause(account))}
    assert len(ids) == 2


def test_every_refusal_has_its_text_in_three_languages() -> None:
    rules = set()
    for tried, domain in TRIED:
        for state in tried.STATES.values():
            for command in tried.COMMANDS:
                decided = domain.decide(state, command)
                rules |= set() if isinstance(decided, list) else {decided.rule}
    assert rules <= set(RULES)
    assert all(set(texts) == {"nl", "fr", "en"} for texts in RULES.values())
    assert SERVICE.rules is RULES


def test_every_kind_of_event_is_reached_by_a_test() -> None:
    for tried, domain in TRIED:
        seen = {
            type(event)
            for state in tried.STATES.values()
            for command in tried.COMMANDS
            if isinstance(decided := domain.decide(state, command), list)
            for event in decided
        }
        assert seen == set(get_args(domain.Event) or (domain.Event,))
