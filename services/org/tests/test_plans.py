"""Zonal security plans: through council and ministers, never approved by silence alone, and no two for one day."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise, product
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cg_contracts.org import ApprovalGround
from cg_kit.pure import Deadline, Due, Refused, named
from cg_kit.pure.terms import day_of, day_off, start_of
from services.org import outgoing
from services.org.domain import plans
from services.org.domain.plans import (
    NEW,
    TACIT,
    Abandon,
    Adopt,
    AdoptAddendum,
    Approve,
    Approved,
    Draft,
    EndZone,
    EnteredIntoForce,
    Evaluate,
    Expired,
    Plan,
    Plans,
    Prepare,
    Priority,
    Return,
    Standing,
    Status,
    Submit,
    decide,
    due,
    evolve,
    find,
    full_period,
    plan_of,
)

ZONE = named("zone")
FROM, TO = date(2026, 1, 1), date(2032, 1, 1)
PLAN, NEXT, ADDENDUM = plan_of(ZONE, FROM), plan_of(ZONE, TO), named("addendum")
SPRING = datetime(2025, 4, 15, 10, tzinfo=UTC)
ADOPTED_ON, SUBMITTED_ON = date(2025, 10, 2), date(2025, 10, 14)
OCTOBER = datetime(2025, 10, 20, 10, tzinfo=UTC)
TERM_ENDS = start_of(date(2025, 12, 16))  # two months end on Sunday 14 December
WINTER = datetime(2025, 12, 20, 10, tzinfo=UTC)
BEGUN = start_of(FROM)
IN_2027 = datetime(2027, 11, 20, 10, tzinfo=UTC)
IN_2031 = datetime(2031, 9, 15, 10, tzinfo=UTC)
OVER = start_of(TO)

PREPARE = Prepare(PLAN, FROM, TO, SPRING)
DRAFT = Draft(PLAN, (Priority("drugs", "nvp_drugs"), Priority("bicycle_theft")), SPRING)
ADOPT = Adopt(PLAN, ADOPTED_ON, "council 12", OCTOBER)
SUBMIT = Submit(PLAN, SUBMITTED_ON, OCTOBER)
EXPLICIT = Approve(PLAN, ApprovalGround.EXPLICIT, date(2025, 12, 1), "ministers 7", WINTER)
TACITLY = Approve(PLAN, ApprovalGround.TACIT, date(2025, 12, 16), None, WINTER)
RETURN = Return(PLAN, date(2025, 11, 20), "ministers 3", "national_priorities_missing", WINTER)
ADD = AdoptAddendum(
    PLAN, ADDENDUM, date(2028, 1, 1), date(2030, 1, 1), (Priority("online_fraud", "nvp_cybercrime"),), date(2027, 11, 18), "council 40", IN_2027
)
EVALUATE = Evaluate(PLAN, date(2031, 9, 1), "report 1", IN_2031)


def after(state: Plans, *commands: Any) -> Plans:
    for command in commands:
        events = decide(state, command)
        assert not isinstance(events, Refused), f"{command} is refused: {events}"
        for event in events:
            state = evolve(state, event)
    return state


def told(state: Plans, *commands: Any) -> list[str]:
    names = []
    for command in commands:
        events = decide(state, command)
        assert not isinstance(events, Refused)
        for event in events:
            state = evolve(state, event)
            names += [message.about.name.removeprefix("ZonalSecurityPlan") for message in outgoing.tell_plans(ZONE, event, state)]
    return names


def status(state: Plans, plan_id: Any = PLAN) -> Status:
    plan = find(state, plan_id)
    assert plan is not None
    return plan.status


def deadlines(state: Plans) -> dict[str, datetime]:
    return {deadline.name.partition(":")[0]: deadline.at for deadline in due(state)}


PREPARING = after(NEW, PREPARE)
DRAFTED = after(PREPARING, DRAFT)
ADOPTED = after(DRAFTED, ADOPT)
SUBMITTED = after(ADOPTED, SUBMIT)
ASKED = after(SUBMITTED, Due(f"approval:{PLAN}", TERM_ENDS))
RETURNED = after(SUBMITTED, RETURN)
APPROVED = after(SUBMITTED, EXPLICIT)
IN_FORCE = after(APPROVED, Due(f"force:{PLAN}", BEGUN))
CHANGED = after(IN_FORCE, ADD)
ADDED = after(CHANGED, Due(f"addendum:{ADDENDUM}", start_of(date(2028, 1, 1))))
EVALUATED = after(ADDED, EVALUATE)
EXPIRED = after(EVALUATED, Due(f"expire:{PLAN}", OVER))


class TestPeriods:
    def test_a_plan_runs_six_years_and_no_longer(self) -> None:
        assert full_period(FROM) == TO
        assert decide(NEW, replace(PREPARE, period_to=TO + timedelta(days=1))) == Refused("ORG-ZVP-PERIOD", "period_to")
        assert status(after(NEW, replace(PREPARE, period_to=TO - timedelta(days=1)))) is Status.PREPARING, "a zone may begin in between"

    @pytest.mark.parametrize("period_to", [FROM, FROM - timedelta(days=1), date.min])
    def test_a_period_ends_after_it_begins(self, period_to: date) -> None:
        assert decide(NEW, replace(PREPARE, period_to=period_to)) == Refused("ORG-ZVP-PERIOD", "period_to")

    def test_what_is_over_is_not_prepared(self) -> None:
        assert decide(NEW, replace(PREPARE, at=OVER)) == Refused("ORG-ZVP-PERIOD", "period_to")

    @given(st.dates(), st.dates())
    def test_no_day_breaks_it(self, begins: date, ends: date) -> None:
        decided = decide(NEW, Prepare(plan_of(ZONE, begins), begins, ends, SPRING))
        if not isinstance(decided, Refused):
            assert begins < ends <= full_period(begins)
            assert due(after(NEW, Prepare(plan_of(ZONE, begins), begins, ends, SPRING)))

    def test_the_same_plan_again_changes_nothing(self) -> None:
        assert decide(IN_FORCE, PREPARE) == []

    @pytest.mark.parametrize("begins", [FROM, date(2027, 1, 1), date(2031, 12, 31), date(2021, 1, 1)])
    def test_no_two_plans_cover_one_day(self, begins: date) -> None:
        asked = Prepare(plan_of(ZONE, begins), begins, min(full_period(begins), date(2034, 1, 1)) - timedelta(days=1), SPRING)
        assert decide(APPROVED, asked) == Refused("ORG-ZVP-OVERLAP", "period_from")

    def test_the_next_plan_is_prepared_while_this_one_is_in_force(self) -> None:
        both = after(IN_FORCE, Prepare(NEXT, TO, full_period(TO), IN_2031))
        assert (status(both), status(both, NEXT)) == (Status.IN_FORCE, Status.PREPARING)

    def test_a_plan_that_is_given_up_frees_its_period(self) -> None:
        given_up = after(DRAFTED, Abandon(PLAN, SPRING))
        assert told(DRAFTED, Abandon(PLAN, SPRING)) == [], "nobody ever heard of it"
        again = after(given_up, PREPARE)
        assert status(again) is Status.PREPARING
        assert [step.status for step in again.plans[0].steps] == [Status.PREPARING, Status.DRAFT, Status.EXPIRED, Status.PREPARING]
        assert status(after(given_up, Prepare(plan_of(ZONE, date(2026, 3, 1)), date(2026, 3, 1), TO, SPRING)), PLAN) is Status.EXPIRED

    @pytest.mark.parametrize("state", [ADOPTED, SUBMITTED, APPROVED, IN_FORCE, EXPIRED], ids=["adopted", "submitted", "approved", "in force", "expired"])
    def test_what_the_council_has_adopted_is_not_given_up(self, state: Plans) -> None:
        assert decide(state, Abandon(PLAN, WINTER)) == Refused("ORG-STATE")


class TestCouncilAndMinisters:
    def test_a_plan_goes_its_way_and_is_told_from_its_adoption_on(self) -> None:
        assert told(NEW, PREPARE, DRAFT) == []
        assert told(DRAFTED, ADOPT, SUBMIT, EXPLICIT, Due(f"force:{PLAN}", BEGUN)) == ["Adopted", "Submitted", "Approved", "EnteredIntoForce"]
        assert told(IN_FORCE, EVALUATE, Due(f"expire:{PLAN}", OVER)) == ["Evaluated", "Expired"]

    def test_a_plan_works_out_a_priority_of_the_national_plan(self) -> None:
        own = after(PREPARING, replace(DRAFT, priorities=(Priority("bicycle_theft"),)))
        assert decide(own, ADOPT) == Refused("ORG-ZVP-NVP", "priorities")

    @pytest.mark.parametrize(
        ("state", "command"),
        [
            (DRAFTED, replace(ADOPT, on=day_of(OCTOBER) + timedelta(days=1))),
            (DRAFTED, replace(ADOPT, on=date(2019, 12, 31))),
            (ADOPTED, replace(SUBMIT, on=ADOPTED_ON - timedelta(days=1))),
            (ADOPTED, replace(SUBMIT, on=day_of(OCTOBER) + timedelta(days=1))),
            (SUBMITTED, replace(EXPLICIT, on=SUBMITTED_ON - timedelta(days=1))),
            (SUBMITTED, replace(RETURN, on=day_of(WINTER) + timedelta(days=1))),
            (IN_FORCE, replace(EVALUATE, on=FROM - timedelta(days=1))),
            (IN_FORCE, replace(ADD, on=day_of(IN_2027) + timedelta(days=1))),
        ],
        ids=lambda each: type(each).__name__,
    )
    def test_no_step_is_dated_before_the_one_before_it_or_in_the_future(self, state: Plans, command: plans.AboutPlan) -> None:
        assert decide(state, command) == Refused("ORG-ZVP-DATE", "on")

    def test_a_returned_plan_is_written_anew_and_starts_a_new_term(self) -> None:
        assert told(SUBMITTED, RETURN) == ["Returned"]
        assert "approval" not in deadlines(RETURNED)
        again = after(RETURNED, replace(DRAFT, at=WINTER), replace(ADOPT, on=date(2025, 12, 5), at=WINTER), Submit(PLAN, date(2025, 12, 8), WINTER))
        assert deadlines(again)["approval"] == TACIT.due(start_of(date(2025, 12, 8))).due

    def test_whoever_enters_an_explicit_approval_names_the_decision(self) -> None:
        assert decide(SUBMITTED, replace(EXPLICIT, decision_ref=None)) == Refused("ORG-ZVP-DECISION", "decision_ref")
        assert decide(SUBMITTED, replace(TACITLY, decision_ref="a letter")) == Refused("ORG-ZVP-DECISION", "decision_ref")

    def test_what_is_approved_late_is_in_force_from_the_day_of_its_approval(self) -> None:
        late = after(SUBMITTED, replace(EXPLICIT, on=date(2026, 2, 10), at=IN_2027))
        assert deadlines(late)["force"] == start_of(date(2026, 2, 10))

    def test_what_never_was_approved_expires_and_says_so(self) -> None:
        state = after(ASKED, Due(f"expire:{PLAN}", OVER))
        [said] = outgoing.tell_plans(ZONE, Expired(PLAN, "period_ended", OVER), state)
        assert said.was_in_force is False  # type: ignore[attr-defined]


class TestTacitApproval:
    def test_the_timer_only_asks(self) -> None:
        assert deadlines(SUBMITTED)["approval"] == TERM_ENDS
        assert told(SUBMITTED, Due(f"approval:{PLAN}", TERM_ENDS)) == ["ApprovalDue"]
        before, asked = find(SUBMITTED, PLAN), find(ASKED, PLAN)
        assert isinstance(before, Plan)
        assert asked == replace(before, asked_at=TERM_ENDS), "nothing else changes"

    def test_a_person_enters_it_with_its_date_after_the_term(self) -> None:
        for state in (SUBMITTED, ASKED):
            assert decide(state, TACITLY) == [Approved(PLAN, ApprovalGround.TACIT, date(2025, 12, 16), None, WINTER)]

    def test_before_the_term_has_passed_it_is_refused(self) -> None:
        assert decide(SUBMITTED, replace(TACITLY, on=date(2025, 12, 15))) == Refused("ORG-ZVP-TERM", "on")

    def test_a_day_to_come_is_refused_even_after_the_term(self) -> None:
        early = start_of(date(2025, 12, 15))
        assert decide(SUBMITTED, replace(TACITLY, at=early)) == Refused("ORG-ZVP-DATE", "on")

    @pytest.mark.parametrize("state", [APPROVED, RETURNED, IN_FORCE], ids=["approved", "returned", "in force"])
    def test_once_the_ministers_have_decided_it_is_refused(self, state: Plans) -> None:
        assert decide(state, TACITLY) == Refused("ORG-ZVP-DECIDED")

    def test_the_other_way_round_too(self) -> None:
        assert decide(after(ASKED, TACITLY), EXPLICIT) == Refused("ORG-ZVP-DECIDED")
        assert decide(after(ASKED, TACITLY), RETURN) == Refused("ORG-ZVP-DECIDED")

    def test_said_again_it_changes_nothing(self) -> None:
        assert decide(after(ASKED, TACITLY), TACITLY) == []

    @given(st.dates(ADOPTED_ON, date(2031, 12, 31)), st.integers(0, 100))
    def test_property_of_the_term(self, submitted_on: date, later: int) -> None:
        """Two months from the submission, to the next working day: on no day before may it be entered, on every day after it may."""
        entered = datetime(2032, 6, 1, 10, tzinfo=UTC)
        state = after(ADOPTED, Submit(PLAN, submitted_on, entered))
        ends = deadlines(state)["approval"]
        last_day = day_of(ends - timedelta(seconds=1))
        assert 59 <= (last_day - submitted_on).days <= 62 + 4
        assert day_off(last_day) is None
        command = Approve(PLAN, ApprovalGround.TACIT, last_day - timedelta(days=later), None, entered)
        assert decide(state, command) == Refused("ORG-ZVP-TERM", "on")
        assert isinstance(decide(state, replace(command, on=min(last_day + timedelta(days=1 + later), day_of(entered)))), list)


class TestAddenda:
    def test_an_addendum_has_days_of_its_own_within_the_plans(self) -> None:
        assert told(IN_FORCE, ADD) == ["AddendumAdopted"]
        for begins, ends in ((date(2025, 12, 31), TO), (FROM, TO + timedelta(days=1)), (TO, TO), (date(2029, 1, 1), date(2028, 1, 1))):
            assert decide(IN_FORCE, replace(ADD, period_from=begins, period_to=ends)) == Refused("ORG-ZVP-PERIOD", "period_from")

    def test_it_is_told_when_its_days_begin_and_end(self) -> None:
        assert told(CHANGED, Due(f"addendum:{ADDENDUM}", deadlines(CHANGED)["addendum"])) == ["AddendumEnteredIntoForce"]
        assert told(ADDED, Due(f"addendum-end:{ADDENDUM}", deadlines(ADDED)["addendum-end"])) == ["AddendumExpired"]

    def test_it_ends_with_its_plan(self) -> None:
        assert told(ADDED, EndZone(IN_2031)) == ["AddendumExpired", "Expired"]
        assert {each.standing for plan in EXPIRED.plans for each in plan.addenda} == {Standing.EXPIRED}

    @pytest.mark.parametrize("state", [PREPARING, SUBMITTED, APPROVED, EXPIRED], ids=["preparing", "submitted", "approved", "expired"])
    def test_only_a_plan_in_force_is_changed(self, state: Plans) -> None:
        assert decide(state, replace(ADD, addendum_id=named("other"))) == Refused("ORG-STATE")

    def test_the_same_again_changes_nothing_and_another_under_its_id_is_refused(self) -> None:
        assert decide(ADDED, ADD) == []
        assert decide(ADDED, replace(ADD, decision_ref="council 41")) == Refused("ORG-ZVP-ADDENDUM", "addendum_id")


STATES = {
    "new": NEW,
    "preparing": PREPARING,
    "draft": DRAFTED,
    "adopted": ADOPTED,
    "submitted": SUBMITTED,
    "asked": ASKED,
    "returned": RETURNED,
    "approved": APPROVED,
    "tacit": after(ASKED, TACITLY),
    "in force": IN_FORCE,
    "changed": CHANGED,
    "added": ADDED,
    "evaluated": EVALUATED,
    "expired": EXPIRED,
    "given up": after(DRAFTED, Abandon(PLAN, SPRING)),
    "two": after(IN_FORCE, Prepare(NEXT, TO, full_period(TO), IN_2031)),
}
COMMANDS = [
    PREPARE,
    Prepare(NEXT, TO, full_period(TO), IN_2031),
    DRAFT,
    replace(DRAFT, priorities=(Priority("bicycle_theft"),)),
    Abandon(PLAN, WINTER),
    ADOPT,
    SUBMIT,
    EXPLICIT,
    TACITLY,
    RETURN,
    ADD,
    replace(ADD, addendum_id=named("other addendum"), period_from=FROM),
    EVALUATE,
    EndZone(IN_2031),
    Draft(NEXT, DRAFT.priorities, IN_2031),
    Due(f"approval:{PLAN}", TERM_ENDS),
    Due(f"force:{PLAN}", BEGUN),
    Due(f"expire:{PLAN}", OVER),
    Due(f"addendum:{ADDENDUM}", start_of(date(2028, 1, 1))),
    Due(f"addendum-end:{ADDENDUM}", start_of(date(2030, 1, 1))),
]


@pytest.mark.parametrize(("name", "command"), list(product(STATES, COMMANDS)), ids=lambda each: each if isinstance(each, str) else type(each).__name__)
def test_whatever_is_decided_changes_the_plans_and_can_be_told(name: str, command: plans.Command) -> None:
    state = STATES[name]
    decided = decide(state, command)
    for event in [] if isinstance(decided, Refused) else decided:
        later = evolve(state, event)
        assert later != state, f"{event} changes nothing"
        list(outgoing.tell_plans(ZONE, event, later))
        due(later)
        state = later


def test_every_command_is_tried_above() -> None:
    assert {type(each) for each in COMMANDS} == set(get_args(plans.Command))


@pytest.mark.parametrize(
    ("state", "command"),
    [
        (DRAFTED, DRAFT),
        (after(PREPARING, Abandon(PLAN, SPRING)), Abandon(PLAN, SPRING)),
        (ADOPTED, ADOPT),
        (SUBMITTED, SUBMIT),
        (APPROVED, EXPLICIT),
        (RETURNED, RETURN),
        (CHANGED, ADD),
        (EVALUATED, EVALUATE),
    ],
    ids=lambda each: type(each).__name__,
)
def test_what_is_said_twice_changes_nothing(state: Plans, command: plans.Command) -> None:
    assert decide(state, command) == []


def test_a_plan_that_does_not_exist_is_not_found() -> None:
    assert decide(NEW, DRAFT) == Refused("ORG-ZVP", "plan_id")


PERIODS = [
    (date(2026, 1, 1), date(2032, 1, 1)),
    (date(2028, 6, 1), date(2032, 1, 1)),
    (date(2027, 1, 1), date(2028, 6, 1)),
    (date(2032, 1, 1), date(2038, 1, 1)),
]
prepared = st.sampled_from([Prepare(plan_of(ZONE, begins), begins, ends, SPRING) for begins, ends in PERIODS])
about = st.builds(
    lambda command, period: replace(command, plan_id=plan_of(ZONE, period[0])) if hasattr(command, "plan_id") else command,
    st.sampled_from([command for command in COMMANDS if not isinstance(command, Due | Prepare)]),
    st.sampled_from(PERIODS),
)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.one_of(prepared, about, st.integers(0, 4)), max_size=30))
def test_no_day_has_two_plans_and_silence_approves_nothing_whatever_comes(asked: list[Any]) -> None:
    state = NEW
    for each in asked:
        running = sorted(due(state), key=lambda deadline: (deadline.at, deadline.name))
        if isinstance(each, int) and not running:
            continue
        command = Due(running[each % len(running)].name, running[each % len(running)].at) if isinstance(each, int) else each
        before, decided = state, decide(state, command)
        for event in [] if isinstance(decided, Refused) else decided:
            state = evolve(state, event)
            list(outgoing.tell_plans(ZONE, event, state))
            assert not isinstance(event, EnteredIntoForce) or find(before, event.plan_id).ground is not None  # type: ignore[union-attr]
        if isinstance(command, Due):
            grounds = [(plan.id, plan.ground) for plan in before.plans]
            assert [(plan.id, plan.ground) for plan in state.plans] == grounds, "T7: a deadline changes no outcome"
        counted = [plan for plan in state.plans if plan.status is not Status.EXPIRED or any(step.status is Status.IN_FORCE for step in plan.steps)]
        days = sorted((plan.period_from, plan.period_to) for plan in counted)
        assert all(earlier[1] <= later[0] for earlier, later in pairwise(days))
        assert all(deadline.matter is not None for deadline in due(state))


def test_deadlines_belong_to_their_plan() -> None:
    assert Deadline(f"approval:{PLAN}", TERM_ENDS, PLAN) in due(SUBMITTED)
