"""Messages in, commands out: who is asked what, and whose answers concern us at all."""

import re
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from cg_contracts import org, screening
from cg_contracts.base import Contract
from cg_contracts.levels import Level
from cg_kit.pure import Cause, To, named
from services.org import outgoing, reactions
from services.org.app import RULES, SERVICE
from services.org.domain import absence, mandate, person, post, reorganisation, tree, zones
from services.org.domain.person import Holding

NOON = datetime(2026, 4, 15, 10, tzinfo=UTC)
POST, ANN, REQUEST, CASE, APPLICATION, CLEARANCE, VAULT = (
    named("test", name) for name in ("post", "ann", "request", "case", "application", "clearance", "vault")
)
ASSIGNMENT = named("hr", REQUEST)
IT = Holding(POST, ASSIGNMENT)
REF = outgoing.requester_ref(POST, ASSIGNMENT)
HR = Cause("1", "type", "source", "hr", NOON, vault=VAULT)
SCREENING = Cause("2", "type", "source", "screening", NOON)
REACTION = {row.what: row.reaction for row in (*SERVICE.accepts, *SERVICE.hears)}


def react(message: Contract, cause: Cause = SCREENING) -> list[To]:
    return list(REACTION[type(message)](message, cause))


def test_names_are_never_seen_only_where_they_lie() -> None:
    said = org.PersonRegisteredV1.model_construct(person_id=ANN, names=None, language=org.Language.NL)
    assert react(said, HR) == [To("person", ANN, person.Register(VAULT, org.Language.NL, NOON))]


def test_an_appointment_goes_to_the_person_first_under_an_id_nobody_else_can_make() -> None:
    asked = org.AppointmentRequestedV1(
        request_id=REQUEST, post_id=POST, person_id=ANN, kind=org.AppointmentKind.INTERIM, planned_start=date(2026, 6, 1), decision_ref="d"
    )
    [to] = react(asked, HR)
    assert (to.kind, to.id, to.matter) == ("person", ANN, ASSIGNMENT)
    assert named("nvo", REQUEST) != ASSIGNMENT


def answer(contract: type[Contract], **more: Any) -> Contract:
    """A message of screening with this requester_ref, filled as the contract asks."""
    some: dict[str, Any] = {
        "case_id": CASE,
        "application_id": APPLICATION,
        "clearance_id": CLEARANCE,
        "person_id": ANN,
        "request_id": REQUEST,
        "requester_ref": REF,
        "kind": screening.ScreeningKind.ADVICE,
        "regime_id": "2025",
        "outcome": screening.Outcome.POSITIVE,
        "level": Level.GEHEIM,
        "rule": "SCR-REGIME",
        "reason_code": "consent_withdrawn",
        "at": NOON,
        "given_at": NOON,
        "due_at": NOON,
        "expires_at": NOON,
    }
    if contract in {screening.ScreeningCancelledV1, screening.DecisionDeadlineMissedV1}:
        del some["application_id"]
    if contract is screening.SecurityAdviceReassessedV1:
        some["outcome"] = screening.Outcome.NEGATIVE
    if contract is screening.AppealDecidedV1:
        del some["application_id"], some["clearance_id"]
        appealed = {"appeal_id": REQUEST, "instrument": "advice", "ground": "negative", "outcome": "founded"}
        some |= appealed | {"screening_ref": REF, "requester_ref": "BO/1", "decided_at": NOON}
    return contract.model_validate({name: value for name, value in (some | more).items() if name in contract.model_fields})


ANSWERS = {
    screening.ScreeningCaseOpenedV1: post.NoteCase(ASSIGNMENT, CASE, None),
    screening.ScreeningRequestRejectedV1: post.Reject(ASSIGNMENT, "screening_request_rejected", NOON),
    screening.ScreeningDecidedV1: post.TakeAdvice(ASSIGNMENT, post.Advice(CASE, None), NOON),
    screening.ScreeningCancelledV1: post.Reject(ASSIGNMENT, "consent_withdrawn", NOON),
    screening.DecisionDeadlineMissedV1: post.NoteLate(ASSIGNMENT, NOON),
    screening.DecisionTermResumedV1: post.NoteTerm(ASSIGNMENT, NOON),
    screening.DecisionTermExtendedV1: post.NoteTerm(ASSIGNMENT, NOON),
    screening.ClearanceApplicationTransmittedV1: post.NoteApplication(ASSIGNMENT, CASE, APPLICATION, NOON),
    screening.ClearanceRefusedV1: post.Reject(ASSIGNMENT, "clearance_refused", NOON),
    screening.AppealDecidedV1: post.NoteAppeal(ASSIGNMENT, NOON),
}
ABOUT_PERSONS = {
    screening.ClearanceGrantedV1: person.RestOnClearance(CLEARANCE, Level.GEHEIM, NOON, IT, NOON),
    screening.ClearanceReusedV1: person.RestOnClearance(CLEARANCE, Level.GEHEIM, NOON, IT, NOON),
    screening.ClearanceRelinquishedV1: person.LoseClearance(CLEARANCE, None, "clearance_relinquished", NOON),
    screening.SecurityBriefingGivenV1: person.Brief(CLEARANCE, NOON, IT, NOON),
    screening.ClearanceWithdrawnV1: person.LoseClearance(CLEARANCE, None, "clearance_withdrawn", NOON),
    screening.ClearanceExpiredV1: person.LoseClearance(CLEARANCE, None, "clearance_expired", NOON),
    screening.ClearanceLoweredV1: person.LoseClearance(CLEARANCE, Level.GEHEIM, "clearance_lowered", NOON),
    screening.SecurityAdviceExpiredV1: person.LoseAdvice(CASE, NOON),
    screening.SecurityAdviceReassessedV1: person.LoseAdvice(CASE, NOON, "advice_reassessed"),
}


@pytest.mark.parametrize("contract", ANSWERS, ids=lambda each: each.__name__)
def test_an_answer_finds_its_assignment_without_looking(contract: type[Contract]) -> None:
    assert react(answer(contract)) == [To("post", POST, ANSWERS[contract], matter=ASSIGNMENT)]


def test_a_negative_advice_rejects_without_a_reason_of_its_own() -> None:
    assert react(answer(screening.ScreeningDecidedV1, outcome="negative"))[0].command == post.Reject(ASSIGNMENT, "advice_negative", NOON)


def test_an_advice_that_stays_positive_and_an_appeal_that_is_lost_change_nothing() -> None:
    assert react(answer(screening.SecurityAdviceReassessedV1, outcome="positive")) == []
    assert react(answer(screening.AppealDecidedV1, outcome="unfounded")) == []
    assert react(answer(screening.AppealDecidedV1, screening_ref="recruitment-2026-118")) == []


@pytest.mark.parametrize("contract", ABOUT_PERSONS, ids=lambda each: each.__name__)
def test_a_clearance_or_advice_is_the_persons(contract: type[Contract]) -> None:
    [to] = react(answer(contract))
    assert (to.kind, to.id, to.command) == ("person", ANN, ABOUT_PERSONS[contract])


def test_the_briefing_on_a_renewed_clearance_takes_the_old_one_away_after_it() -> None:
    brief, lose = react(answer(screening.SecurityBriefingGivenV1, replaces=CASE))
    assert brief.command == person.Brief(CLEARANCE, NOON, IT, NOON)
    assert lose.command == person.LoseClearance(CASE, None, "clearance_renewed", NOON)


def test_every_message_that_is_heard_is_tried_above() -> None:
    assert {row.what for row in SERVICE.hears} == set(ANSWERS) | set(ABOUT_PERSONS)


@pytest.mark.parametrize(
    "ref", ["", "recruitment-2026-118", f"{REF} ", REF.upper(), REF.replace("post:", "POST:"), "post:" + "-" * 36 + "/assignment:" + "-" * 36, f"x{REF}"]
)
@pytest.mark.parametrize("contract", [each for each in REACTION if "requester_ref" in each.model_fields], ids=lambda each: each.__name__)
def test_what_others_asked_is_none_of_our_business(contract: type[Contract], ref: str) -> None:
    said = answer(contract).model_copy(update={"requester_ref": ref, "screening_ref": ref})
    assert react(said) == []


FOLLOWS = {row.what: row.reaction for row in SERVICE.follows}
OF_PERSON = Cause("3", "type", "source", "hr", NOON, aggregate=ANN)
OF_TREE = Cause("5", "type", "source", "", NOON, aggregate=tree.TREE)
UNIT, REORGANISATION = named("test", "unit"), named("test", "reorganisation")
OFFICE = mandate.Office(1, date(2026, 6, 1), date(2031, 6, 1), "act", NOON)
SEAT = post.Seat(UNIT, "analyst", {"nl": "A", "fr": "A"}, False, org.Sensitivity.NONE, None, (), "KB", date(2020, 1, 1))
OF_POST = Cause("4", "type", "source", "hr", NOON, aggregate=POST)


@pytest.mark.parametrize(
    ("event", "cause", "expected"),
    [
        (
            person.Asked(REQUEST, IT, org.AppointmentKind.PERMANENT, date(2026, 6, 1), "d", NOON),
            OF_PERSON,
            To("post", POST, post.Propose(ASSIGNMENT, REQUEST, ANN, org.AppointmentKind.PERMANENT, date(2026, 6, 1), "d", NOON), matter=ASSIGNMENT),
        ),
        (
            person.ClearanceRestedOn(CLEARANCE, Level.GEHEIM, NOON, IT, NOON),
            OF_PERSON,
            To("post", POST, post.TakeClearance(ASSIGNMENT, CLEARANCE, Level.GEHEIM, NOON, NOON), matter=ASSIGNMENT),
        ),
        (person.Briefed(CLEARANCE, NOON, IT, NOON), OF_PERSON, To("post", POST, post.Brief(ASSIGNMENT, CLEARANCE, NOON, NOON), matter=ASSIGNMENT)),
        (
            person.ClearanceLost(CLEARANCE, None, "clearance_withdrawn", (IT,), NOON),
            OF_PERSON,
            To("post", POST, post.LoseClearance(ASSIGNMENT, CLEARANCE, None, "clearance_withdrawn", NOON), matter=ASSIGNMENT),
        ),
        (person.AdviceLost(CASE, (IT,), NOON), OF_PERSON, To("post", POST, post.LoseAdvice(ASSIGNMENT, CASE, NOON), matter=ASSIGNMENT)),
        (
            person.Left(date(2026, 6, 1), (IT,), NOON),
            OF_PERSON,
            To("post", POST, post.End(ASSIGNMENT, date(2026, 6, 1), "person_left", NOON), matter=ASSIGNMENT),
        ),
        (
            post.Proposed(ASSIGNMENT, REQUEST, ANN, org.AppointmentKind.PERMANENT, date(2026, 6, 1), "d", NOON),
            OF_POST,
            To("person", ANN, person.Hold(ASSIGNMENT), matter=ASSIGNMENT),
        ),
        (
            post.AdviceTaken(ASSIGNMENT, ANN, post.Advice(CASE, None)),
            OF_POST,
            To("person", ANN, person.RestOnAdvice(CASE, IT), matter=ASSIGNMENT),
        ),
        (
            post.Opened(SEAT, ANN, NOON),
            OF_POST,
            To("tree", tree.TREE, tree.NotePost(reorganisation.Seated(POST, UNIT), NOON)),
        ),
        (mandate.TermBegan(CASE, OFFICE), OF_POST, To("tree", tree.TREE, tree.NoteMandate(POST, True))),
        (mandate.MandateOver(CASE, date(2026, 7, 1), "expired", NOON), OF_POST, To("tree", tree.TREE, tree.NoteMandate(POST, False))),
        (
            tree.Redirected(POST, UNIT, date(2026, 7, 1), NOON),
            OF_TREE,
            To("post", POST, post.Move(UNIT, False, date(2026, 7, 1), None, NOON)),
        ),
        (post.Rejected(ASSIGNMENT, ANN, "advice_negative", NOON), OF_POST, To("person", ANN, person.Release(ASSIGNMENT, NOON), matter=ASSIGNMENT)),
        (post.Ended(ASSIGNMENT, ANN, date(2026, 6, 1), "moved", NOON), OF_POST, To("person", ANN, person.Release(ASSIGNMENT, NOON), matter=ASSIGNMENT)),
        (
            post.DetachmentBegan(ASSIGNMENT, ANN, date(2026, 6, 1), NOON),
            OF_POST,
            To("person", ANN, person.Detach(ASSIGNMENT, date(2026, 6, 1), NOON), matter=ASSIGNMENT),
        ),
        (
            person.Detached(CASE, (IT,), date(2026, 6, 1), NOON),
            OF_PERSON,
            To("post", POST, absence.RegisterAbsence(ASSIGNMENT, NOON.date(), date(2026, 6, 1), "detached", NOON, CASE), matter=ASSIGNMENT),
        ),
        (person.DetachmentOver(CASE, (IT,), NOON), OF_PERSON, To("post", POST, absence.Return(ASSIGNMENT, NOON, CASE), matter=ASSIGNMENT)),
    ],
    ids=lambda each: type(each).__name__,
)
def test_what_one_aggregates_event_means_for_another(event: Any, cause: Cause, expected: To) -> None:
    assert list(FOLLOWS[type(event)](event, cause)) == [expected]


def test_each_post_goes_where_the_reorganisation_sends_it_or_ends() -> None:
    day = date(2026, 7, 1)
    posts = (reorganisation.Placing(POST, UNIT, True), reorganisation.Placing(CASE, None))
    ended = (reorganisation.Ending(UNIT, (ANN,)), reorganisation.Ending(CASE, (ANN, POST)))
    event = reorganisation.ReorganisationTookEffect(REORGANISATION, day, reorganisation.Outcome((), (), ended, posts, ()), NOON)
    assert list(reactions.carry_out(event, OF_TREE)) == [
        To("post", POST, post.Move(UNIT, True, day, REORGANISATION, NOON)),
        To("post", CASE, post.Abolish(day, "reorganisation", REORGANISATION, NOON)),
        To("zones", zones.ZONES, zones.Relink(UNIT, ANN, day, NOON)),
    ]


def test_org_9_a_transfer_asks_whether_the_unit_is_there() -> None:
    said = org.PersonTransferredV1(person_id=ANN, unit_id=UNIT, effective_from=date(2026, 7, 1))
    assert react(said, HR) == [
        To("person", ANN, person.Transfer(UNIT, date(2026, 7, 1), NOON)),
        To("tree", tree.TREE, tree.NeedUnit(UNIT, date(2026, 7, 1))),
    ]


def test_what_a_service_reports_is_shown_with_the_reorganisation() -> None:
    impact = org.PostImpact(post_id=POST, open_items=3)
    said = org.ReorganisationImpactReportedV1(reorganisation_id=REORGANISATION, open_items=3, unmapped_total=1, unmapped_ids=(CASE,), posts=(impact,))
    [to] = react(said)
    assert to.command == reorganisation.ReportImpact(REORGANISATION, reorganisation.Impact("screening", 3, 1, (CASE,), NOON, (reorganisation.OpenAt(POST, 3),)))
    assert to.matter == REORGANISATION


def test_every_rule_has_its_text_in_three_languages() -> None:
    files = [file for folder in ("domain", "api") for file in (Path(reactions.__file__).parent / folder).rglob("*.py") if file.name != "rules.py"]
    source = "".join(file.read_text(encoding="utf-8") for file in files)
    assert {rule for rule in RULES if set(RULES[rule]) != {"nl", "fr", "en"}} == set()
    assert set(re.findall(r'"(ORG-[A-Z0-9-]+)"', source)) == set(RULES)


def test_what_is_told_again_is_found_again() -> None:
    assert reactions.ours(REF) == IT
