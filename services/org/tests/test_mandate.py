"""A mandate: from the vacancy to its end, with what each step means for the assignment through which it is held."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import product
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cg_contracts.org import AppointmentKind, EvaluationKind, EvaluationOutcome
from cg_kit.pure import Deadline, Due, Refused, named
from cg_kit.pure.terms import day_of, start_of
from services.org import outgoing
from services.org.domain import mandate, post
from services.org.domain.mandate import (
    CancelVacancy,
    ComposeCommission,
    Continue,
    DecideRenewal,
    DeclareVacancy,
    Evaluate,
    Leave,
    Mandate,
    MandateOver,
    Member,
    NoteMissionLetter,
    ProposeCandidate,
    Purpose,
    RequestRenewal,
    Stage,
)
from services.org.domain.post import Correct, End, EndPlanned, Post, Standing, Status, decide, due, evolve, find
from services.org.tests.test_post import ANN, ASSIGNMENT, AT_START, BOB, NOON, OTHER, PLAIN, POST, PROPOSE, START, after, told, vacant

SEAT = replace(PLAIN, is_mandate=True)
HELD = named("mandate", ASSIGNMENT)
NEXT = named("test", "next mandate")
END = date(2031, 6, 1)
CHAIR, SECOND, INSPECTOR, STRANGER = (named("test", name) for name in ("chair", "second", "inspector", "stranger"))
MEMBERS = (Member(CHAIR, "chair"), Member(SECOND, "other_director_general"), Member(INSPECTOR, "inspector_general"))
APPOINT = replace(PROPOSE, kind=AppointmentKind.MANDATE)
YEAR_3, YEAR_4 = start_of(date(2028, 6, 1)), start_of(date(2029, 6, 1))
OPENS, CLOSES = start_of(date(2030, 6, 1)), start_of(date(2030, 12, 2))
SPRING = OPENS + timedelta(days=30)
GOOD, BAD = EvaluationOutcome.GOOD, EvaluationOutcome.INSUFFICIENT

DECLARE = DeclareVacancy(NEXT, START, "vacancy 3", NOON)
SELECT = ComposeCommission(NEXT, Purpose.SELECTION, MEMBERS, (), NOON)
CANDIDATE = ProposeCandidate(NEXT, ANN, (), CHAIR, NOON)
MID_TERM = ComposeCommission(HELD, Purpose.MID_TERM, MEMBERS, (), YEAR_3)
EVALUATE = Evaluate(HELD, EvaluationKind.MID_TERM, GOOD, (), CHAIR, YEAR_3)
ASK = RequestRenewal(HELD, ANN, SPRING)
FINAL = ComposeCommission(HELD, Purpose.FINAL, MEMBERS, (), SPRING)
CONCLUDE = Evaluate(HELD, EvaluationKind.FINAL, GOOD, (), SECOND, SPRING)
RENEW = DecideRenewal(HELD, True, None, "act 9", SPRING)
REFUSE = replace(RENEW, renewed=False)
RESIGN = Leave(HELD, date(2027, 1, 1), "resigned", YEAR_3 - timedelta(days=600))

VACANT = vacant(SEAT)
DECLARED = after(VACANT, DECLARE)
SELECTING = after(DECLARED, SELECT)
CHOSEN = after(SELECTING, CANDIDATE)
APPOINTED = after(VACANT, APPOINT)
RUNNING = after(APPOINTED, Due(f"start:{ASSIGNMENT}", AT_START))
EVALUATED = after(RUNNING, MID_TERM, EVALUATE)
ASKED = after(RUNNING, ASK)
CONCLUDED = after(ASKED, FINAL, CONCLUDE)
RENEWED = after(CONCLUDED, RENEW)
SECOND_TERM = after(RENEWED, Due(f"term:{HELD}", start_of(END)))
NOT_RENEWED = after(CONCLUDED, REFUSE)
LEAVING = after(RUNNING, RESIGN)
EXPIRED = after(RUNNING, Due(f"unrequested:{HELD}", CLOSES), Due(f"end:{ASSIGNMENT}", start_of(END)))


def the(state: Post, which: Any = HELD) -> Mandate:
    it = post.mandate_of(state, which)
    assert it is not None
    return it


def names(state: Post) -> set[str]:
    return {each.name.partition(":")[0] for each in due(state)}


class TestAppointment:
    def test_a_mandate_is_for_a_mandate_post_and_such_a_post_for_a_mandate(self) -> None:
        assert decide(vacant(PLAIN), APPOINT) == Refused("ORG-MANDATE-KIND", "kind")
        assert decide(VACANT, PROPOSE) == Refused("ORG-MANDATE-KIND", "kind")
        assert decide(vacant(PLAIN), DECLARE) == Refused("ORG-MANDATE-KIND")

    def test_the_term_begins_when_the_holder_does(self) -> None:
        assert the(APPOINTED).stage is Stage.APPOINTED
        assert told(APPOINTED, Due(f"start:{ASSIGNMENT}", AT_START)) == [
            "AssignmentStarted",
            "MandateStarted",
            "AssignmentEndPlanned",
            "AccessEntitlementGranted",
        ]

    def test_org_7_a_term_lasts_five_years(self) -> None:
        assert [(each.start, each.end) for each in the(RUNNING).terms] == [(START, END)]
        assert find(RUNNING, ASSIGNMENT).valid_to == END  # type: ignore[union-attr]

    def test_org_7_unless_the_act_says_otherwise(self) -> None:
        shorter = after(VACANT, replace(APPOINT, planned_end=date(2028, 1, 1)), Due(f"start:{ASSIGNMENT}", AT_START))
        assert the(shorter).terms[0].end == date(2028, 1, 1)

    @given(st.dates(date(2000, 1, 1), date(2090, 1, 1)))
    def test_org_7_a_term_ends_on_the_same_day_five_years_on(self, start: date) -> None:
        end = mandate.term_end(start)
        assert end.year == start.year + 5
        assert (end.month, end.day) == ((start.month, start.day) if (start.month, start.day) != (2, 29) else (2, 28))

    def test_org_7_an_interim_is_never_a_mandate_term(self) -> None:
        interim = after(VACANT, replace(PROPOSE, kind=AppointmentKind.INTERIM), Due(f"start:{ASSIGNMENT}", AT_START))
        assert interim.mandates == ()
        assert find(interim, ASSIGNMENT).standing is Standing.ACTIVE  # type: ignore[union-attr]

    def test_who_is_rejected_has_no_mandate(self) -> None:
        sensitive = after(vacant(replace(SEAT, sensitivity=post.Sensitivity.ADVICE_REQUIRED)), APPOINT)
        assert the(after(sensitive, post.Reject(ASSIGNMENT, "advice_negative", NOON))).stage is Stage.CANCELLED


class TestSelection:
    def test_a_vacancy_is_told(self) -> None:
        assert told(VACANT, DECLARE) == ["MandateVacancyDeclared"]

    def test_whom_the_commission_proposes_is_told_to_nobody(self) -> None:
        assert told(DECLARED, SELECT, CANDIDATE) == []
        assert the(CHOSEN, NEXT).stage is Stage.PROPOSED

    def test_one_procedure_at_a_time(self) -> None:
        assert decide(DECLARED, replace(DECLARE, mandate_id=OTHER)) == Refused("ORG-MANDATE-EXISTS")
        assert decide(DECLARED, DECLARE) == []
        assert decide(DECLARED, replace(DECLARE, decision_ref="another")) == Refused("ORG-MANDATE-EXISTS", "mandate_id")

    def test_only_whom_the_commission_proposed_is_appointed(self) -> None:
        assert decide(CHOSEN, replace(APPOINT, person_id=BOB)) == Refused("ORG-MANDATE-SELECTION", "person_id")
        assert decide(SELECTING, APPOINT) == Refused("ORG-MANDATE-SELECTION", "person_id")
        assert the(after(CHOSEN, APPOINT), NEXT).assignment_id == ASSIGNMENT

    def test_who_is_rejected_sends_the_procedure_back_to_the_commission(self) -> None:
        back = after(after(CHOSEN, APPOINT), End(ASSIGNMENT, START, "withdrew", NOON + timedelta(days=60)))
        assert the(back, NEXT).stage is Stage.SELECTION
        assert the(back, NEXT).person_id is None

    def test_who_does_not_sit_in_the_commission_proposes_nobody(self) -> None:
        assert decide(SELECTING, replace(CANDIDATE, by=STRANGER)) == Refused("ORG-NEED-TO-KNOW")

    def test_org_8_no_member_proposes_themselves_or_whom_a_member_reports_to(self) -> None:
        assert decide(SELECTING, replace(CANDIDATE, person_id=SECOND)) == Refused("ORG-8")
        assert decide(SELECTING, replace(CANDIDATE, reporting=(INSPECTOR,))) == Refused("ORG-8")

    def test_a_commission_has_three_different_members(self) -> None:
        assert decide(DECLARED, replace(SELECT, members=MEMBERS[:2])) == Refused("ORG-COMMISSION", "members")
        assert decide(DECLARED, replace(SELECT, members=(*MEMBERS[:2], MEMBERS[0]))) == Refused("ORG-COMMISSION", "members")

    def test_a_procedure_can_be_stopped_before_somebody_is_appointed(self) -> None:
        assert the(after(CHOSEN, CancelVacancy(NEXT, NOON)), NEXT).stage is Stage.CANCELLED
        assert decide(after(CHOSEN, APPOINT), CancelVacancy(NEXT, NOON)) == Refused("ORG-STATE")

    @pytest.mark.parametrize("state", [RUNNING, ASKED, CONCLUDED, RENEWED])
    def test_org_2_nobody_is_to_succeed_who_may_be_renewed(self, state: Post) -> None:
        assert decide(state, replace(DECLARE, vacant_from=END)) == Refused("ORG-2", "vacant_from")
        assert decide(state, replace(APPOINT, assignment_id=OTHER, person_id=BOB, planned_start=END)) == Refused("ORG-2", "post_id")

    @pytest.mark.parametrize("state", [NOT_RENEWED, after(RUNNING, Due(f"unrequested:{HELD}", CLOSES))])
    def test_a_successor_is_looked_for_once_it_is_certain(self, state: Post) -> None:
        assert told(state, replace(DECLARE, vacant_from=END)) == ["MandateVacancyDeclared"]
        assert decide(state, replace(DECLARE, vacant_from=END - timedelta(days=1))) == Refused("ORG-2", "vacant_from")


class TestMidTerm:
    def test_it_falls_due_with_the_third_year_and_is_late_when_that_is_over(self) -> None:
        assert {Deadline(f"mid_term:{HELD}", YEAR_3, ASSIGNMENT), Deadline(f"mid_term_late:{HELD}", YEAR_4, ASSIGNMENT)} <= due(RUNNING)
        assert told(RUNNING, Due(f"mid_term:{HELD}", YEAR_3)) == ["MandateMidTermEvaluationDue"]
        assert told(RUNNING, Due(f"mid_term_late:{HELD}", YEAR_4)) == ["MandateEvaluationDeadlineMissed"]

    def test_each_is_told_once(self) -> None:
        assert names(after(RUNNING, Due(f"mid_term:{HELD}", YEAR_3), Due(f"mid_term_late:{HELD}", YEAR_4))) == {"end", "window", "unrequested"}

    def test_an_evaluation_meets_the_deadline_and_late_it_is_still_taken(self) -> None:
        assert "mid_term" not in names(EVALUATED)
        assert told(RUNNING, MID_TERM, replace(EVALUATE, at=YEAR_4)) == ["MandateEvaluated"]

    def test_not_before_the_third_year(self) -> None:
        assert decide(after(RUNNING, MID_TERM), replace(EVALUATE, at=YEAR_3 - timedelta(seconds=1))) == Refused("ORG-MANDATE-MID-TERM")

    def test_the_mandate_runs_on_when_the_authority_has_seen_it(self) -> None:
        assert the(EVALUATED).stage is Stage.MID_TERM_EVALUATED
        assert the(after(EVALUATED, Continue(HELD, YEAR_3))).stage is Stage.RUNNING
        assert decide(RUNNING, Continue(HELD, YEAR_3)) == Refused("ORG-STATE")

    def test_an_evaluation_is_given_once(self) -> None:
        assert decide(EVALUATED, EVALUATE) == []
        assert decide(EVALUATED, replace(EVALUATE, outcome=BAD)) == Refused("ORG-MANDATE-EVALUATED", "outcome")

    def test_without_a_commission_nothing_is_evaluated(self) -> None:
        assert decide(RUNNING, EVALUATE) == Refused("ORG-COMMISSION")

    @pytest.mark.parametrize("command", [replace(MID_TERM, members=(*MEMBERS, Member(ANN, "chair"))), replace(MID_TERM, reporting=(SECOND,))])
    def test_org_8_neither_the_holder_nor_who_reports_to_them_evaluates(self, command: ComposeCommission) -> None:
        assert decide(RUNNING, command) == Refused("ORG-8", "members")

    def test_org_8_is_looked_at_again_when_the_outcome_is_told(self) -> None:
        assert decide(after(RUNNING, MID_TERM), replace(EVALUATE, reporting=(SECOND,))) == Refused("ORG-8")

    def test_only_a_member_tells_the_outcome(self) -> None:
        assert decide(after(RUNNING, MID_TERM), replace(EVALUATE, by=STRANGER)) == Refused("ORG-NEED-TO-KNOW")

    def test_it_is_due_in_the_first_term_only(self) -> None:
        assert "mid_term" not in names(SECOND_TERM)


class TestRenewal:
    def test_the_window_is_told_and_closes_six_months_before_the_end(self) -> None:
        assert {Deadline(f"window:{HELD}", OPENS, ASSIGNMENT), Deadline(f"unrequested:{HELD}", CLOSES, ASSIGNMENT)} <= due(RUNNING)
        assert told(RUNNING, Due(f"window:{HELD}", OPENS)) == ["MandateRenewalWindowOpened"]

    @pytest.mark.parametrize("at", [OPENS - timedelta(seconds=1), CLOSES])
    def test_not_before_and_not_after(self, at: datetime) -> None:
        assert decide(RUNNING, replace(ASK, at=at)) == Refused("ORG-MANDATE-WINDOW")

    @pytest.mark.parametrize("at", [OPENS, CLOSES - timedelta(seconds=1)])
    def test_the_holder_asks(self, at: datetime) -> None:
        assert told(RUNNING, replace(ASK, at=at)) == ["MandateRenewalRequested"]
        assert decide(RUNNING, replace(ASK, at=at, by=BOB)) == Refused("ORG-NEED-TO-KNOW")

    def test_a_mid_term_evaluation_that_nobody_looked_at_stands_in_no_ones_way(self) -> None:
        assert the(after(EVALUATED, ASK)).stage is Stage.RENEWAL_REQUESTED

    def test_who_does_not_ask_is_told_that_it_ends(self) -> None:
        assert told(RUNNING, Due(f"unrequested:{HELD}", CLOSES)) == ["MandateEndPlanned"]
        assert "unrequested" not in names(ASKED)

    def test_it_is_evaluated_and_then_decided(self) -> None:
        assert told(ASKED, FINAL, CONCLUDE) == ["MandateEvaluated"]
        assert decide(ASKED, RENEW) == Refused("ORG-STATE")

    def test_another_term_is_told_when_it_is_given_and_when_it_begins(self) -> None:
        assert "MandateRenewed" in told(CONCLUDED, RENEW)
        assert told(RENEWED, Due(f"term:{HELD}", start_of(END))) == ["MandateStarted"]

    def test_the_holder_stays_and_the_end_moves(self) -> None:
        assert find(RENEWED, ASSIGNMENT).valid_to == date(2036, 6, 1)  # type: ignore[union-attr]
        assert (the(RENEWED).begun, the(SECOND_TERM).begun) == (1, 2)
        assert [each.no for each in the(SECOND_TERM).terms] == [1, 2]
        assert "end" not in {each.name for each in due(RENEWED) if each.at == start_of(END)}

    def test_org_7_the_act_may_give_another_length(self) -> None:
        assert the(after(CONCLUDED, replace(RENEW, until=date(2033, 1, 1)))).terms[-1].end == date(2033, 1, 1)
        assert decide(CONCLUDED, replace(RENEW, until=END)) == Refused("ORG-PERIOD", "until")

    def test_a_second_term_can_be_renewed_too(self) -> None:
        later = timedelta(days=365 * 5 + 1)
        asked = after(SECOND_TERM, replace(ASK, at=SPRING + later))
        assert the(asked).stage is Stage.RENEWAL_REQUESTED
        assert told(asked, replace(FINAL, at=SPRING + later), replace(CONCLUDE, at=SPRING + later)) == ["MandateEvaluated"]

    def test_a_refusal_is_told_at_once_and_ends_it_on_its_day(self) -> None:
        assert told(CONCLUDED, REFUSE) == ["MandateEndPlanned"]
        assert told(NOT_RENEWED, Due(f"end:{ASSIGNMENT}", start_of(END))) == ["MandateEnded", "AssignmentEnded"]
        assert the(after(NOT_RENEWED, Due(f"end:{ASSIGNMENT}", start_of(END)))).stage is Stage.NOT_RENEWED


class TestEnd:
    def test_without_a_decision_it_expires_and_the_post_is_vacant(self) -> None:
        assert (the(EXPIRED).stage, the(EXPIRED).ended_on, EXPIRED.status) == (Stage.EXPIRED, END, Status.VACANT)
        assert find(EXPIRED, ASSIGNMENT).reason_code == "mandate_expired"  # type: ignore[union-attr]
        undecided = after(CONCLUDED, Due(f"end:{ASSIGNMENT}", start_of(END)))
        assert the(undecided).stage is Stage.EXPIRED, "a request that nobody decided gives nothing"

    def test_who_resigns_holds_it_until_the_day(self) -> None:
        assert the(LEAVING).stage is Stage.RESIGNED
        assert find(LEAVING, ASSIGNMENT).standing is Standing.ACTIVE  # type: ignore[union-attr]
        over = after(LEAVING, Due(f"end:{ASSIGNMENT}", start_of(RESIGN.on)))
        assert (the(over).stage, the(over).ended_on, over.status) == (Stage.RESIGNED, RESIGN.on, Status.VACANT)

    def test_from_today_on_it_is_over_at_once(self) -> None:
        assert told(RUNNING, replace(RESIGN, on=day_of(RESIGN.at), outcome_code="withdrawn")) == ["MandateEnded", "AssignmentEnded"]

    @pytest.mark.parametrize("on", [day_of(RESIGN.at) - timedelta(days=1), END])
    def test_not_in_the_past_and_not_after_the_term(self, on: date) -> None:
        assert decide(RUNNING, replace(RESIGN, on=on)) == Refused("ORG-PERIOD", "on")

    def test_a_known_end_is_not_put_off(self) -> None:
        assert decide(LEAVING, replace(RESIGN, on=RESIGN.on + timedelta(days=1))) == Refused("ORG-PERIOD", "on")
        assert the(after(LEAVING, replace(RESIGN, on=RESIGN.on - timedelta(days=1)))).leaving.on == RESIGN.on - timedelta(days=1)  # type: ignore[union-attr]

    def test_with_its_assignment_it_ends(self) -> None:
        gone = after(RUNNING, End(ASSIGNMENT, date(2027, 3, 1), "person_left", YEAR_3))
        assert (the(gone).stage, the(gone).ended_on) == (Stage.ENDED, date(2027, 3, 1))
        assert MandateOver(HELD, date(2027, 3, 1), "person_left", YEAR_3) in done(RUNNING, End(ASSIGNMENT, date(2027, 3, 1), "person_left", YEAR_3))

    def test_an_end_of_the_assignment_that_is_planned_is_that_of_the_mandate(self) -> None:
        going = after(RUNNING, End(ASSIGNMENT, date(2027, 3, 1), "retired", AT_START + timedelta(days=9)))
        assert told(going, Due(f"end:{ASSIGNMENT}", start_of(date(2027, 3, 1)))) == ["MandateEnded", "AssignmentEnded"]
        assert decide(going, ASK) == Refused("ORG-MANDATE-WINDOW")

    def test_who_is_renewed_and_resigns_in_the_first_term_begins_no_second(self) -> None:
        left = after(RENEWED, Leave(HELD, END - timedelta(days=1), "resigned", SPRING))
        assert names(left) == {"end"}
        later = after(RENEWED, Leave(HELD, END + timedelta(days=1), "resigned", SPRING))
        assert names(later) == {"end", "term"}
        assert the(after(later, Due(f"term:{HELD}", start_of(END)))).stage is Stage.RESIGNED

    def test_after_the_end_nothing_runs(self) -> None:
        assert due(EXPIRED) == set()
        assert decide(EXPIRED, RESIGN) == Refused("ORG-STATE")


def test_a_suspended_holder_keeps_the_mandate() -> None:
    seat = replace(SEAT, sensitivity=post.Sensitivity.ADVICE_REQUIRED)
    advice = post.TakeAdvice(ASSIGNMENT, post.Advice(OTHER, None), NOON)
    suspended = after(vacant(seat), APPOINT, advice, Due(f"start:{ASSIGNMENT}", AT_START), post.LoseAdvice(ASSIGNMENT, OTHER, YEAR_3))
    assert the(suspended).stage is Stage.RUNNING
    assert told(suspended, Due(f"end:{ASSIGNMENT}", start_of(END))) == ["MandateEnded", "AssignmentEnded"]


FURTHER = AT_START + timedelta(days=400)
EARLIER = Correct(ASSIGNMENT, date(2026, 5, 1), END, "wrong_start", "act 4", FURTHER)


class TestCorrection:
    def test_org_7_a_term_that_began_on_another_day_ends_five_years_after_that_day(self) -> None:
        assert told(RUNNING, EARLIER) == ["AssignmentCorrected", "MandateTermCorrected", "AssignmentEndPlanned"]
        corrected = after(RUNNING, EARLIER)
        assert [(each.start, each.end) for each in the(corrected).terms] == [(date(2026, 5, 1), date(2031, 5, 1))]
        assert find(corrected, ASSIGNMENT).valid_to == date(2031, 5, 1)  # type: ignore[union-attr]
        assert Deadline(f"mid_term:{HELD}", start_of(date(2028, 5, 1)), ASSIGNMENT) in due(corrected)
        assert decide(corrected, replace(EARLIER, valid_to=date(2031, 5, 1))) == [], "said again"

    def test_org_7_an_end_that_the_act_set_stays(self) -> None:
        until = date(2028, 1, 1)
        shorter = after(VACANT, replace(APPOINT, planned_end=until), Due(f"start:{ASSIGNMENT}", AT_START))
        assert [(each.start, each.end) for each in the(after(shorter, replace(EARLIER, valid_to=until))).terms] == [(EARLIER.valid_from, until)]

    @pytest.mark.parametrize("state", [RENEWED, NOT_RENEWED, LEAVING])
    def test_org_2_an_end_that_was_said_stays_because_a_successor_may_count_on_it(self, state: Post) -> None:
        known = find(state, ASSIGNMENT).valid_to  # type: ignore[union-attr]
        at = start_of(date(2030, 9, 1))
        corrected = after(state, replace(EARLIER, valid_to=known, at=at if state is not LEAVING else RESIGN.at))
        assert find(corrected, ASSIGNMENT).valid_to == known  # type: ignore[union-attr]
        assert the(corrected).terms[0].start == EARLIER.valid_from
        assert the(corrected).terms[0].end == END

    def test_org_6_a_mandate_that_has_ended_ended_when_the_assignment_did(self) -> None:
        at = start_of(END) + timedelta(days=30)
        corrected = after(EXPIRED, Correct(ASSIGNMENT, EARLIER.valid_from, END - timedelta(days=9), "wrong_end", "act 4", at))
        assert (the(corrected).ended_on, the(corrected).stage) == (END - timedelta(days=9), Stage.EXPIRED)

    def test_who_holds_no_mandate_has_no_term_to_correct(self) -> None:
        plain = after(vacant(PLAIN), PROPOSE, Due(f"start:{ASSIGNMENT}", AT_START))
        assert told(plain, replace(EARLIER, valid_to=None)) == ["AssignmentCorrected"]


LETTER = NoteMissionLetter(HELD, "letter 1", NOON)


@pytest.mark.parametrize(
    ("state", "command"),
    [
        (DECLARED, DECLARE),
        (SELECTING, SELECT),
        (CHOSEN, CANDIDATE),
        (after(DECLARED, CancelVacancy(NEXT, NOON)), CancelVacancy(NEXT, NOON)),
        (after(RUNNING, LETTER), LETTER),
        (after(EVALUATED, Continue(HELD, YEAR_3)), Continue(HELD, YEAR_3)),
        (ASKED, ASK),
        (CONCLUDED, ASK),
        (RENEWED, RENEW),
        (NOT_RENEWED, REFUSE),
        (LEAVING, RESIGN),
    ],
    ids=lambda each: type(each).__name__,
)
def test_what_is_said_twice_changes_nothing(state: Post, command: post.Command) -> None:
    assert decide(state, command) == []


def test_where_the_objectives_stand_is_kept_and_may_move_while_the_mandate_lives() -> None:
    assert the(after(RUNNING, LETTER)).mission_letter_ref == "letter 1"
    assert the(after(RUNNING, LETTER, replace(LETTER, mission_letter_ref="letter 2"))).mission_letter_ref == "letter 2"
    assert decide(EXPIRED, LETTER) == Refused("ORG-STATE")


@pytest.mark.parametrize(
    ("state", "command"),
    [(CHOSEN, replace(SELECT, members=MEMBERS[::-1])), (APPOINTED, MID_TERM), (EVALUATED, MID_TERM), (RUNNING, FINAL), (CONCLUDED, FINAL)],
)
def test_a_commission_is_composed_while_there_is_something_for_it_to_do(state: Post, command: ComposeCommission) -> None:
    assert decide(state, command) == Refused("ORG-STATE")


def done(state: Post, command: Any) -> list[post.Event]:
    decided = decide(state, command)
    assert not isinstance(decided, Refused)
    return decided


STATES = {
    "vacant": VACANT,
    "declared": DECLARED,
    "selecting": SELECTING,
    "chosen": CHOSEN,
    "appointed": APPOINTED,
    "appointed after selection": after(CHOSEN, APPOINT),
    "running": RUNNING,
    "evaluated": EVALUATED,
    "asked": ASKED,
    "concluded": CONCLUDED,
    "renewed": RENEWED,
    "second term": SECOND_TERM,
    "not renewed": NOT_RENEWED,
    "leaving": LEAVING,
    "expired": EXPIRED,
    "with commissions": after(ASKED, FINAL),
    "with a commission": after(RUNNING, MID_TERM),
}
COMMANDS = [
    APPOINT,
    *(
        replace(each, mandate_id=which)
        for which in (HELD, NEXT)
        for each in (DECLARE, SELECT, CANDIDATE, MID_TERM, FINAL, EVALUATE, CONCLUDE, ASK, RENEW, REFUSE, RESIGN)
    ),
    *(command for which in (HELD, NEXT) for command in (CancelVacancy(which, NOON), Continue(which, YEAR_3), NoteMissionLetter(which, "letter", NOON))),
    replace(RESIGN, outcome_code="withdrawn", on=day_of(RESIGN.at)),
    EARLIER,
    End(ASSIGNMENT, START, "moved", AT_START),
    End(ASSIGNMENT, date(2026, 12, 1), "moved", AT_START),
    Due(f"start:{ASSIGNMENT}", AT_START),
    Due(f"end:{ASSIGNMENT}", start_of(END)),
    Due(f"mid_term:{HELD}", YEAR_3),
    Due(f"mid_term_late:{HELD}", YEAR_4),
    Due(f"window:{HELD}", OPENS),
    Due(f"unrequested:{HELD}", CLOSES),
    Due(f"term:{HELD}", start_of(END)),
]


@pytest.mark.parametrize(("name", "command"), list(product(STATES, COMMANDS)), ids=lambda each: each if isinstance(each, str) else type(each).__name__)
def test_whatever_is_decided_changes_the_post_and_can_be_told(name: str, command: post.Command) -> None:
    state = STATES[name]
    decided = decide(state, command)
    for event in [] if isinstance(decided, Refused) else decided:
        later = evolve(state, event)
        assert later != state, f"{event} changes nothing"
        list(outgoing.tell_post(POST, event, later))
        due(later)
        state = later
    for it in state.mandates:
        assert it.ended_on is None or post.find(state, it.assignment_id or OTHER) is None or find(state, ASSIGNMENT).standing is Standing.ENDED  # type: ignore[union-attr]


def test_every_command_is_tried_above() -> None:
    assert set(get_args(mandate.Command)) <= {type(each) for each in COMMANDS}


def test_the_end_of_the_term_is_planned_with_its_beginning() -> None:
    assert EndPlanned(ASSIGNMENT, END, "mandate_term", AT_START) in done(APPOINTED, Due(f"start:{ASSIGNMENT}", AT_START))
