"""The rows of the deadline register that are org's (DL-15, DL-16) and the rulings on its terms: each by a property that names it, reckoned here anew."""

from calendar import monthrange
from dataclasses import replace
from datetime import date, datetime, timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from cg_contracts.org import AppointmentKind
from cg_kit.pure import Deadline, Due, Refused, named
from cg_kit.pure.terms import day_of, day_off, start_of
from services.org.domain import plans, post
from services.org.domain.mandate import DecideRenewal, Mandate
from services.org.domain.post import Approve, LoseClearance, Open, Post, due, find
from services.org.tests import test_plans
from services.org.tests.test_post import ACTIVE, ASSIGNMENT, CHIEF, CLEARANCE, CLERK, NEW, NOON, PLAIN, PROPOSE, after

DAYS = st.dates(date(2026, 5, 1), date(2080, 1, 1))
HELD = named("mandate", ASSIGNMENT)


def months_on(of: date, n: int) -> date:
    """The same day number so many months on, or the last day of that month (T2)."""
    year, month = divmod(of.year * 12 + of.month - 1 + n, 12)
    return date(year, month + 1, min(of.day, monthrange(year, month + 1)[1]))


def rolled(last: date) -> date:
    """The last day of a term that may be moved: to the next working day (T1)."""
    while day_off(last):
        last += timedelta(days=1)
    return last


def mandate_from(start: date) -> Post:
    """A mandate whose first term begins on a day."""
    vacant = after(NEW, Open(replace(PLAIN, is_mandate=True), CLERK, NOON), Approve(CHIEF, NOON))
    appointed = replace(PROPOSE, kind=AppointmentKind.MANDATE, planned_start=start)
    return after(vacant, appointed, Due(f"start:{ASSIGNMENT}", start_of(start)))


def held(state: Post) -> Mandate:
    it = post.mandate_of(state, HELD)
    assert it is not None
    return it


def deadlines(state: Post) -> dict[str, datetime]:
    return {each.name.partition(":")[0]: each.at for each in due(state)}


@given(DAYS)
def test_dl_15_a_mandate_lasts_five_years_and_is_evaluated_in_its_third(start: date) -> None:
    state = mandate_from(start)
    [term] = held(state).terms
    assert (term.start, term.end) == (start, months_on(start, 60))
    assert deadlines(state)["mid_term"] == start_of(months_on(start, 24))
    assert deadlines(state)["mid_term_late"] == start_of(months_on(start, 36))
    assert deadlines(state)["end"] == start_of(term.end)


@given(DAYS)
def test_dl_15_renewal_is_asked_from_twelve_to_six_months_before_the_end(start: date) -> None:
    state = mandate_from(start)
    [term] = held(state).terms
    assert deadlines(state)["window"] == start_of(months_on(term.end, -12))
    assert deadlines(state)["unrequested"] == start_of(months_on(term.end, -6) + timedelta(days=1)), "the whole of the last day counts"


@given(DAYS, st.integers(0, 400))
def test_dl_15_a_correction_moves_the_term_with_its_first_day(start: date, earlier: int) -> None:
    began = start - timedelta(days=earlier)
    state = mandate_from(start)
    known = find(state, ASSIGNMENT)
    assert known is not None
    corrected = (
        after(state, post.Correct(ASSIGNMENT, began, known.valid_to, "wrong_start", "act 4", start_of(start) + timedelta(hours=9))) if earlier else state
    )
    assert [(term.start, term.end) for term in held(corrected).terms] == [(began, months_on(began, 60))]


@given(DAYS)
def test_dl_16_a_zonal_security_plan_runs_for_six_years_at_most(begins: date) -> None:
    assert plans.full_period(begins) == months_on(begins, 72)
    asked = plans.Prepare(plan_of(begins), begins, months_on(begins, 72), test_plans.SPRING)
    assert isinstance(plans.decide(plans.NEW, asked), list)
    assert plans.decide(plans.NEW, replace(asked, period_to=months_on(begins, 72) + timedelta(days=1))) == Refused("ORG-ZVP-PERIOD", "period_to")


def plan_of(begins: date) -> UUID:
    return plans.plan_of(test_plans.ZONE, begins)


@given(st.dates(test_plans.ADOPTED_ON, date(2031, 12, 31)))
def test_ruling_the_timer_asks_for_tacit_approval_after_two_months_and_approves_nothing(submitted_on: date) -> None:
    state = test_plans.after(test_plans.ADOPTED, plans.Submit(test_plans.PLAN, submitted_on, datetime(2032, 6, 1, 10, tzinfo=test_plans.UTC)))
    asked_at = start_of(rolled(months_on(submitted_on, 2)) + timedelta(days=1))
    assert test_plans.deadlines(state)["approval"] == asked_at
    asked = test_plans.after(state, Due(f"approval:{test_plans.PLAN}", asked_at))
    assert test_plans.status(asked) is plans.Status.SUBMITTED_TO_MINISTERS


@given(DAYS)
def test_ruling_a_head_post_is_unattended_after_twenty_working_days(since: date) -> None:
    state = after(NEW, Open(replace(PLAIN, is_head=True), CLERK, NOON), Approve(CHIEF, start_of(since)))
    ends, left = since, 20
    while left:
        ends += timedelta(days=1)
        left -= day_off(ends) is None
    assert due(state) == {Deadline("unattended", start_of(ends + timedelta(days=1)))}


@given(st.timedeltas(timedelta(0), timedelta(days=3000)))
def test_ruling_access_is_technically_off_within_the_hour_on_the_clock(later: timedelta) -> None:
    at = start_of(date(2026, 7, 1)) + later
    lost = after(ACTIVE, LoseClearance(ASSIGNMENT, CLEARANCE, None, "clearance_withdrawn", at))
    by = {each.at for each in due(lost) if each.name.startswith("revoke:")}
    assert by == {at + timedelta(hours=1)}


@given(DAYS)
def test_dl_15_another_term_lasts_five_years_from_the_end_of_the_one_before(start: date) -> None:
    state = mandate_from(start)
    [term] = held(state).terms
    concluded = replace(held(state), stage=post.mandate.Stage.FINAL_EVALUATED)
    renewed = after(replace(state, mandates=(concluded,)), DecideRenewal(HELD, True, None, "act 9", start_of(day_of(NOON))))
    assert (held(renewed).terms[1].start, held(renewed).terms[1].end) == (term.end, months_on(term.end, 60))
