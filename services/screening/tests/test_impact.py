"""What a reorganisation touches here: everything that is open, each once, in one figure for org."""

from __future__ import annotations

from datetime import UTC, date, datetime
from itertools import product
from typing import Any, get_args

import pytest

from cg_contracts import org
from cg_kit.pure import Cause, Due, Refused, To, named
from services.screening import outgoing
from services.screening.app import SERVICE
from services.screening.domain import case, impact, person
from services.screening.domain.impact import NEW, Add, Ask, Gather, Holder, Impact, Item, Post, PostAsked, Status, Touch, What, decide, due, evolve
from services.screening.reactions import application_for, case_for, clearance_for, count_touched
from services.screening.tests import test_application, test_clearance

NOON = datetime(2026, 4, 15, 10, tzinfo=UTC)
DAY, OTHER_DAY = date(2026, 7, 1), date(2026, 9, 1)
IT, POST, ENDING, ANN = (named("test", name) for name in ("reorganisation", "post", "ending post", "ann"))
ONE, TWO = Item(What.CASE, named("case"), POST, True), Item(What.CLEARANCE, named("clearance"), ENDING, False)


def given(*commands: Any, start: Impact = NEW) -> Impact:
    for command in commands:
        events = decide(start, command)
        assert not isinstance(events, Refused)
        for event in events:
            start = evolve(start, event)
    return start


ASK, ASK_AGAIN = Ask(DAY, (Post(Touch(IT, DAY, POST, True), (Holder(named("a"), ANN),)),)), Ask(OTHER_DAY, ())
ASKED, ADDING = given(ASK), given(ASK, Add(DAY, ONE))
GATHERED = given(Gather(DAY), Gather(DAY), Add(DAY, TWO), start=ADDING)
REPORTED = given(Gather(DAY), Gather(DAY), Gather(DAY), start=ADDING)
STATES = {"new": NEW, "asked": ASKED, "adding": ADDING, "gathered": GATHERED, "reported": REPORTED, "asked again": given(ASK_AGAIN, start=REPORTED)}
COMMANDS: list[Any] = [ASK, ASK_AGAIN, Add(DAY, ONE), Add(DAY, TWO), Add(OTHER_DAY, TWO), Gather(DAY), Due("any", NOON)]


@pytest.mark.parametrize(("name", "command"), list(product(STATES, COMMANDS)), ids=lambda each: each if isinstance(each, str) else type(each).__name__)
def test_whatever_is_decided_changes_the_impact_and_can_be_told(name: str, command: Any) -> None:
    state = STATES[name]
    decided = decide(state, command)
    for event in [] if isinstance(decided, Refused) else decided:
        after = evolve(state, event)
        assert after != state or isinstance(event, PostAsked)
        assert due(after) == set()
        for message in outgoing.impact_tells(IT, event, after):
            assert message.subject == str(IT)
        state = after
    if not isinstance(command, Gather):
        assert decide(state, command) == []


def told(state: Impact, command: Any) -> list[Any]:
    events = decide(state, command)
    assert not isinstance(events, Refused)
    messages: list[Any] = []
    for event in events:
        state = evolve(state, event)
        messages += outgoing.impact_tells(IT, event, state)
    return messages


def test_nothing_is_said_before_everything_was_asked_and_answered() -> None:
    assert told(NEW, ASK) == told(ASKED, Add(DAY, ONE)) == told(ADDING, Gather(DAY)) == told(given(Gather(DAY), start=ADDING), Gather(DAY)) == []


def test_the_figure_says_what_has_no_place_and_how_much_hangs_on_each_post() -> None:
    [said] = told(GATHERED, Gather(DAY))
    assert (said.open_items, said.unmapped_total, said.unmapped_ids) == (2, 1, (TWO.id,))
    assert {each.post_id: each.open_items for each in said.posts} == {POST: 1, ENDING: 1}


def test_what_is_found_late_is_said_anew() -> None:
    [said] = told(REPORTED, Add(DAY, TWO))
    assert said.open_items == 2


def test_what_belongs_to_a_day_that_was_given_up_does_nothing() -> None:
    again = STATES["asked again"]
    assert decide(again, Add(DAY, TWO)) == decide(again, Gather(DAY)) == []
    assert again.items == ()


# Through the reactions, in the order of the journal


SCHEDULED = org.ReorganisationScheduledV1(
    reorganisation_id=IT,
    effective_date=DAY,
    mappings=(),
    posts=(
        org.TouchedPost(post_id=POST, to_unit_id=named("unit"), holders=(org.TouchedHolder(assignment_id=named("a"), person_id=ANN),)),
        org.TouchedPost(post_id=ENDING, holders=(org.TouchedHolder(assignment_id=named("b"), person_id=ANN),)),
    ),
)
KEPT = {each.kind: each for each in SERVICE.keeps}
FOLLOWS = {row.what: row.reaction for row in SERVICE.follows}


class House:
    """Aggregates in memory, and followers that read their events in order, as the engine does."""

    def __init__(self) -> None:
        self.states: dict[tuple[str, Any], Any] = {}
        self.said: list[Any] = []

    def hear(self, tos: list[To]) -> None:
        journal = self._apply(tos)
        while journal:
            step = journal.pop(0)
            if type(step[2]) in FOLLOWS:
                cause = Cause("1", "type", "source", "", NOON, aggregate=step[1])
                journal += self._apply(list(FOLLOWS[type(step[2])](step[2], cause)))

    def _apply(self, tos: list[To]) -> list[tuple[str, Any, Any]]:
        steps = []
        for to in tos:
            kept = KEPT[to.kind]
            state = self.states.get((to.kind, to.id), kept.domain.NEW)
            decided = kept.domain.decide(state, to.command)
            assert not isinstance(decided, Refused), (to, decided)
            for event in decided:
                state = self.states[to.kind, to.id] = kept.domain.evolve(state, event)
                steps.append((to.kind, to.id, event))
                self.said += kept.tell(to.id, event, state)
        return steps


def asked(assignment: str) -> Any:
    return case_for("org", named("screening-request", named(assignment)))


def test_all_that_is_open_is_counted_in_one_answer_with_clearances_that_were_reused() -> None:
    house, first, second = House(), asked("a"), asked("b")
    reused = named("reused")
    house.states["case", first] = case.Case(case.Status.ASSESSMENT)
    house.states["case", second] = case.Case(case.Status.TRANSMITTED)
    house.states["application", application_for(second)] = test_application.STATES["open"]
    house.states["person", ANN] = person.Person(uses=(person.Use(application_for(first), (reused,)),))
    house.states["clearance", reused] = test_clearance.STATES["active"]
    house.hear(list(count_touched(SCHEDULED, Cause("1", "type", "source", "org", NOON))))
    [said] = [message for message in house.said if isinstance(message, org.ReorganisationImpactReportedV1)]
    assert (said.open_items, said.unmapped_total, said.unmapped_ids) == (3, 1, (application_for(second),))
    assert {each.post_id: each.open_items for each in said.posts} == {POST: 2, ENDING: 1}


@pytest.mark.parametrize("over", ["expired", "withdrawn"])
def test_what_is_over_is_not_counted(over: str) -> None:
    house, first = House(), asked("a")
    house.states["case", first] = case.Case(case.Status.FINAL)
    house.states["clearance", clearance_for(application_for(first))] = test_clearance.STATES[over]
    house.hear(list(count_touched(SCHEDULED, Cause("1", "type", "source", "org", NOON))))
    [said] = house.said
    assert said.open_items == 0


def test_a_reorganisation_that_touches_nobody_is_answered_too() -> None:
    house = House()
    house.hear(list(count_touched(SCHEDULED.model_copy(update={"posts": ()}), Cause("1", "type", "source", "org", NOON))))
    assert [message.open_items for message in house.said] == [0]
    assert house.states["impact", IT].status is Status.REPORTED


def test_every_command_is_tried() -> None:
    assert {type(each) for each in COMMANDS} == set(get_args(impact.Command))
