"""Who holds a post on which day: interims, absences, detachment, and a head post in which nobody acts."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import product
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cg_contracts.org import AppointmentKind
from cg_kit.pure import Deadline, Due, Refused, named
from cg_kit.pure.terms import day_of, day_off, start_of
from services.org import outgoing
from services.org.domain import absence, mandate, post
from services.org.domain.absence import AbsenceBegan, AbsenceRegistered, RegisterAbsence, Return, Returned
from services.org.domain.post import (
    DetachmentBegan,
    End,
    Ended,
    Post,
    Propose,
    Rejected,
    Seat,
    Standing,
    Started,
    Status,
    decide,
    due,
    evolve,
    find,
)
from services.org.tests.test_post import (
    ACTIVE,
    ADVISED,
    ANN,
    ASSIGNMENT,
    AT_START,
    BOB,
    LATER,
    NOON,
    OTHER,
    PENDING,
    PLAIN,
    POST,
    PROPOSE,
    START,
    SUSPENDED,
    after,
    told,
    vacant,
)

INTERIM = replace(PROPOSE, assignment_id=OTHER, person_id=BOB, kind=AppointmentKind.INTERIM, planned_start=day_of(LATER))
DETACHED = replace(PROPOSE, kind=AppointmentKind.DETACHED, planned_end=date(2026, 12, 1))
TODAY, BACK = day_of(LATER), date(2026, 9, 1)
AWAY = RegisterAbsence(ASSIGNMENT, TODAY, BACK, "leave", LATER)
THERE = after(vacant(PLAIN), PROPOSE, Due(f"start:{ASSIGNMENT}", AT_START))
GONE = after(THERE, AWAY)
STOOD_IN = after(GONE, INTERIM, Due(f"start:{OTHER}", LATER))
HEAD = replace(PLAIN, is_head=True)


def standing(state: Post, which: Any) -> Standing:
    it = find(state, which)
    assert it is not None
    return it.standing


class TestAbsence:
    def test_an_absence_is_told_when_it_is_registered_and_when_it_begins_and_ends(self) -> None:
        soon = replace(AWAY, since=TODAY + timedelta(days=10))
        assert told(THERE, soon) == ["HolderAbsenceRegistered"]
        leaving = after(THERE, soon)
        assert told(leaving, Due(f"absence:{ASSIGNMENT}", start_of(soon.since))) == ["HolderAbsenceStarted"]
        assert told(GONE, Due(f"return:{ASSIGNMENT}", start_of(BACK))) == ["HolderReturned"]

    def test_an_absence_from_today_begins_at_once(self) -> None:
        assert [type(each) for each in done(THERE, AWAY)] == [AbsenceRegistered, AbsenceBegan]
        assert due(GONE) == {Deadline(f"return:{ASSIGNMENT}", start_of(BACK), ASSIGNMENT)}

    def test_why_is_told_to_nobody(self) -> None:
        [registered, _] = done(THERE, AWAY)
        [message] = outgoing.tell_post(POST, registered, GONE)
        assert "leave" not in message.model_dump_json()

    def test_the_same_first_day_changes_the_period(self) -> None:
        longer = after(GONE, replace(AWAY, until=None))
        assert [(each.until, each.superseded_at) for each in held(longer).absences] == [(BACK, LATER), (None, None)], "ORG-6"
        assert decide(GONE, AWAY) == []

    def test_another_absence_waits_until_this_one_is_over(self) -> None:
        assert decide(GONE, replace(AWAY, since=BACK, until=None)) == Refused("ORG-ABSENT", "since")
        assert held(after(GONE, Return(ASSIGNMENT, LATER), replace(AWAY, since=BACK, until=None))).absences[-1].since == BACK

    @pytest.mark.parametrize("until", [TODAY, TODAY - timedelta(days=1)])
    def test_an_absence_that_is_over_is_none(self, until: date) -> None:
        assert decide(THERE, replace(AWAY, since=TODAY - timedelta(days=20), until=until)) == Refused("ORG-PERIOD", "until")

    def test_who_does_not_hold_the_post_cannot_be_away(self) -> None:
        assert decide(PENDING, AWAY) == Refused("ORG-STATE")

    def test_who_is_there_returns_from_nowhere(self) -> None:
        assert decide(THERE, Return(ASSIGNMENT, LATER)) == []


class TestInterim:
    def test_org_2_an_interim_stands_in_for_a_holder_who_is_away(self) -> None:
        assert decide(THERE, INTERIM) == Refused("ORG-2", "post_id")
        assert standing(STOOD_IN, OTHER) is Standing.ACTIVE

    def test_an_interim_is_designated_when_nothing_stands_in_the_way(self) -> None:
        assert told(GONE, INTERIM) == ["AppointmentProposed", "AssignmentConfirmed", "InterimDesignated"]
        assert "InterimDesignated" not in told(SUSPENDED, INTERIM)

    def test_org_3_an_interim_is_screened_like_everybody(self) -> None:
        assert told(SUSPENDED, INTERIM) == ["AppointmentProposed", "ScreeningRequested"]

    def test_org_2_there_is_one_interim_at_most(self) -> None:
        assert decide(STOOD_IN, replace(INTERIM, assignment_id=named("third"))) == Refused("ORG-2", "post_id")

    def test_org_2_the_interim_stands_down_when_the_holder_is_back(self) -> None:
        assert told(STOOD_IN, Return(ASSIGNMENT, LATER)) == ["HolderReturned", "AssignmentEnded"]
        by_itself = after(STOOD_IN, Due(f"return:{ASSIGNMENT}", start_of(BACK)))
        assert standing(by_itself, OTHER) is Standing.ENDED

    def test_an_interim_with_an_end_ends_by_itself(self) -> None:
        brief = after(GONE, replace(INTERIM, planned_end=date(2026, 8, 1)), Due(f"start:{OTHER}", LATER))
        assert Deadline(f"end:{OTHER}", start_of(date(2026, 8, 1)), OTHER) in due(brief)
        assert told(brief, Due(f"end:{OTHER}", start_of(date(2026, 8, 1)))) == ["AssignmentEnded"]

    def test_org_2_an_interim_of_a_vacant_post_stands_down_for_the_new_holder(self) -> None:
        alone = after(vacant(PLAIN), replace(INTERIM, planned_start=START), Due(f"start:{OTHER}", AT_START))
        assert alone.status is Status.VACANT, "a holder can be appointed"
        found = after(alone, replace(PROPOSE, planned_start=day_of(LATER)))
        assert standing(found, OTHER) is Standing.ACTIVE
        assert [type(each) for each in done(found, Due(f"start:{ASSIGNMENT}", LATER))][:2] == [Started, Ended]

    def test_who_is_still_screened_when_their_time_is_over_is_rejected(self) -> None:
        waiting = after(SUSPENDED, replace(INTERIM, planned_end=date(2026, 8, 1)))
        assert decide(waiting, Due(f"end:{OTHER}", start_of(date(2026, 8, 1)))) == [Rejected(OTHER, BOB, "period_over", start_of(date(2026, 8, 1)))]

    def test_org_6_who_was_away_is_answered_as_it_was_known(self) -> None:
        early = LATER + timedelta(days=30)
        back = after(STOOD_IN, Return(ASSIGNMENT, early))
        when = day_of(early) + timedelta(days=10)
        assert [it.person_id for it, _ in post.holders(back, when, LATER + timedelta(days=1))] == [BOB, ANN], "who acts comes first"
        assert [it.person_id for it, _ in post.holders(back, when, early)] == [ANN]

    def test_org_2_a_correction_of_a_holder_leaves_who_stood_in_for_them(self) -> None:
        later = LATER + timedelta(days=30)
        earlier = post.Correct(ASSIGNMENT, START - timedelta(days=20), None, "act_found", "act 3", later)
        assert not isinstance(decide(STOOD_IN, earlier), Refused)
        long_ago = replace(earlier, assignment_id=OTHER, valid_from=START)
        assert decide(STOOD_IN, long_ago) == Refused("ORG-2", "valid_from"), "the holder acted then"

    def test_an_end_comes_after_its_beginning(self) -> None:
        assert decide(GONE, replace(INTERIM, planned_end=INTERIM.planned_start)) == Refused("ORG-PERIOD", "planned_end")


class TestDetachment:
    HERE = after(vacant(PLAIN), DETACHED)

    def test_a_detachment_has_an_end(self) -> None:
        assert decide(vacant(PLAIN), replace(DETACHED, planned_end=None)) == Refused("ORG-PERIOD", "planned_end")

    def test_it_begins_with_the_first_day_and_ends_by_itself(self) -> None:
        begun = done(self.HERE, Due(f"start:{ASSIGNMENT}", AT_START))
        assert DetachmentBegan(ASSIGNMENT, ANN, date(2026, 12, 1), AT_START) in begun
        assert told(after(self.HERE, Due(f"start:{ASSIGNMENT}", AT_START)), Due(f"end:{ASSIGNMENT}", start_of(date(2026, 12, 1)))) == ["AssignmentEnded"]

    def test_org_2_it_holds_the_post(self) -> None:
        successor = replace(PROPOSE, assignment_id=OTHER, person_id=BOB)
        assert decide(self.HERE, successor) == Refused("ORG-2", "post_id")
        assert find(after(self.HERE, replace(successor, planned_start=date(2026, 12, 1))), OTHER) is not None

    def test_the_person_comes_back_from_the_detachment_that_took_them_and_no_other(self) -> None:
        lent = after(THERE, replace(AWAY, reason_code="detached", detachment_id=OTHER))
        assert decide(lent, Return(ASSIGNMENT, LATER, named("another"))) == []
        assert [type(each) for each in done(lent, Return(ASSIGNMENT, LATER, OTHER))] == [Returned]


class TestUnattended:
    EMPTY = vacant(HEAD)
    AT = post.UNATTENDED.due(NOON).due

    def test_a_head_post_in_which_nobody_acts_is_told_after_twenty_working_days(self) -> None:
        assert due(self.EMPTY) == {Deadline("unattended", self.AT)}
        days = [NOON.date() + timedelta(days=n) for n in range(1, (self.AT.date() - NOON.date()).days)]
        assert len([each for each in days if day_off(each) is None]) == 20
        assert told(self.EMPTY, Due("unattended", self.AT)) == ["HeadPostUnattended"]

    def test_it_is_told_once(self) -> None:
        noticed = after(self.EMPTY, Due("unattended", self.AT))
        assert due(noticed) == set()
        assert decide(noticed, Due("unattended", self.AT)) == []

    def test_a_post_that_is_still_to_begin_waits_for_its_first_day(self) -> None:
        later = vacant(replace(HEAD, valid_from=date(2026, 9, 1)))
        assert due(later) == {Deadline("unattended", post.UNATTENDED.due(start_of(date(2026, 9, 1))).due)}

    def test_any_other_post_may_wait(self) -> None:
        assert due(vacant(PLAIN)) == set()

    def test_whoever_acts_stops_the_clock_and_whoever_leaves_starts_it_again(self) -> None:
        taken = after(self.EMPTY, PROPOSE, Due(f"start:{ASSIGNMENT}", AT_START))
        assert taken.unattended_since is None
        assert after(taken, AWAY).unattended_since == LATER, "away"
        assert after(taken, End(ASSIGNMENT, TODAY, "moved", LATER)).unattended_since == LATER, "vacant"
        stood_in = after(taken, AWAY, INTERIM, Due(f"start:{OTHER}", LATER))
        assert stood_in.unattended_since is None, "an interim acts"
        assert decide(stood_in, Due("unattended", self.AT)) == []

    def test_a_suspended_holder_does_not_act(self) -> None:
        assert SUSPENDED.unattended_since == LATER


def done(state: Post, command: Any) -> list[post.Event]:
    decided = decide(state, command)
    assert not isinstance(decided, Refused)
    return decided


def held(state: Post) -> post.Assignment:
    it = find(state, ASSIGNMENT)
    assert it is not None
    return it


STATES = {
    "there": THERE,
    "gone": GONE,
    "leaving": after(THERE, replace(AWAY, since=BACK, until=None)),
    "stood in": STOOD_IN,
    "interim pending": after(SUSPENDED, INTERIM),
    "interim of a vacancy": after(vacant(PLAIN), replace(INTERIM, planned_start=START), Due(f"start:{OTHER}", AT_START)),
    "detached": after(TestDetachment.HERE, Due(f"start:{ASSIGNMENT}", AT_START)),
    "detachment to come": TestDetachment.HERE,
    "empty head post": TestUnattended.EMPTY,
    "noticed": after(TestUnattended.EMPTY, Due("unattended", TestUnattended.AT)),
    "active": ACTIVE,
}
COMMANDS = [
    PROPOSE,
    INTERIM,
    replace(INTERIM, planned_end=date(2026, 8, 1)),
    DETACHED,
    AWAY,
    replace(AWAY, until=None),
    replace(AWAY, since=BACK, until=None),
    Return(ASSIGNMENT, LATER),
    Return(ASSIGNMENT, LATER, OTHER),
    End(OTHER, TODAY, "over", LATER),
    *(
        Due(f"{what}:{which}", at)
        for what in ("start", "end", "absence", "return")
        for which in (ASSIGNMENT, OTHER)
        for at in (AT_START, LATER, start_of(BACK))
    ),
    Due(f"end:{ASSIGNMENT}", start_of(date(2026, 12, 1))),
    Due("unattended", TestUnattended.AT),
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


def test_every_command_about_an_absence_is_tried_above() -> None:
    assert set(get_args(absence.Command)) <= {type(each) for each in COMMANDS}


# ORG-2, whatever happens


WHAT = ["propose", "propose", "propose", "clear", "lose", "reactivate", "end", "away", "away", "back", "reject", "nothing", "leave"]
KINDS = [AppointmentKind.PERMANENT, AppointmentKind.MANDATE, AppointmentKind.INTERIM, AppointmentKind.INTERIM, AppointmentKind.DETACHED]
STEPS = st.tuples(
    st.sampled_from(WHAT),
    st.integers(0, 9),
    st.sampled_from([0, 0, 1, 3, 10, 200]),
    st.sampled_from([-3, 0, 0, 2, 10]),
    st.sampled_from([0, 0, 0, 15, 60]),
    st.sampled_from(KINDS),
)
"""What happens, to whom, how many days later, from how many days off on, for how many days (0: without end), as what."""


def command_of(what: str, who: Any, at: datetime, start: date, days: int, kind: AppointmentKind) -> Any:
    until = start + timedelta(days=days) if days else None
    match what:
        case "propose":
            return Propose(who, named("request", who), named("person", who), kind, start, "act", at, until)
        case "clear":
            return post.TakeAdvice(who, post.Advice(named("case", who), at + timedelta(days=days + 1)), at)
        case "lose":
            return post.Reject(who, "advice_negative", at) if days % 2 else post.LoseAdvice(who, named("case", who), at)
        case "reactivate":
            return post.Reactivate(who, at)
        case "end":
            return End(who, start, "moved", at)
        case "away":
            return RegisterAbsence(who, start, until, "leave", at)
        case "back":
            return Return(who, at)
        case "reject":
            return post.Reject(who, "consent_withdrawn", at)
        case "leave":
            return mandate.Leave(named("mandate", who), start, "resigned", at)
        case _:
            return None


@settings(max_examples=300, deadline=None)
@given(st.lists(STEPS, min_size=8, max_size=30), st.sampled_from([PLAIN, PLAIN, ADVISED, replace(PLAIN, is_mandate=True)]))
def test_org_2_no_day_has_two_holders_or_two_interims_or_both_acting(happens: list[Any], seat: Seat) -> None:
    state, now, fired = vacant(seat), LATER, set[Deadline]()
    for what, n, later, off, days, kind in happens:
        until = now + timedelta(days=later)
        while ready := sorted((each for each in due(state) - fired if each.at <= until), key=lambda each: (each.at, each.name)):
            fired.add(ready[0])
            now = max(now, ready[0].at)
            state = after(state, Due(ready[0].name, ready[0].at))
            org_2(state, day_of(now))
        now, there = until, len(state.assignments)
        who = named("holder", there) if what == "propose" or not there else state.assignments[-1 - n % min(there, 3)].id
        command = command_of(what, who, now, day_of(now) + timedelta(days=off), days, kind)
        decided = decide(state, command) if command is not None else []
        for event in [] if isinstance(decided, Refused) else decided:
            state = evolve(state, event)
        org_2(state, day_of(now))


def org_2(state: Post, today: date) -> None:
    kept = [it for it in state.assignments if it.standing is not Standing.REJECTED and it.valid_from != it.valid_to]
    days = {it.valid_from for it in kept} | {it.valid_to for it in kept if it.valid_to} | {today}
    for when in days:
        there = [it for it in kept if it.valid_from <= when and (it.valid_to is None or when < it.valid_to)]
        holders = [it for it in there if it.kind is not AppointmentKind.INTERIM]
        assert len(holders) <= 1, f"ORG-2: {holders}"
        assert len(there) - len(holders) <= 1, f"ORG-2: {there}"
    assert len([it for it in state.assignments if post.acts(it)]) <= 1, f"ORG-2: on {today} two act"
