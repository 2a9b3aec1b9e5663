"""Units and posts as org tells them, and the risk that follows from what others report."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import product
from typing import Any

import pytest

from cg_contracts.org import UnitKind
from cg_kit.pure import Due, Refused, named
from cg_kit.pure.terms import BRUSSELS
from services.audit.domain import impact, post, unit
from services.audit.domain.unit import NEW, Attach, AttentionRaised, Described, Detach, End, Hear, Heard, Inherit, Item, Note, Rate, Signal, Unit, What
from services.audit.outgoing import impact_tells

NOON = datetime(2026, 4, 15, 12, tzinfo=BRUSSELS)
UNIT, OTHER, ANN, POST, ASSIGNMENT, REC, REORG = (named("test", name) for name in ("unit", "other", "ann", "post", "assignment", "rec", "reorg"))
DESCRIBED = Described("cg-ispo", UnitKind.SERVICE, None, {"nl": "ISPO", "fr": "ISPO"}, date(2026, 1, 1))
ITEM = Item(What.RECOMMENDATION, REC)
TOUCH = impact.Touch(REORG, date(2026, 6, 1), True)


def signal(n: int = 0, said_by: str = "org", weight: int = 4) -> Signal:
    return Signal("head_post_unattended", said_by, weight, NOON + timedelta(days=n))


def given(domain: Any, *commands: Any, start: Any) -> Any:
    """The state after these commands."""
    for command in commands:
        for event in domain.decide(start, command):
            start = domain.evolve(start, event)
    return start


KNOWN: Unit = given(unit, Note(DESCRIBED, NOON), start=NEW)
UNITS: dict[str, Unit] = {
    "new": NEW,
    "known": KNOWN,
    "rated": given(unit, Rate("", 5, 1, ANN, NOON), Attach(ITEM), unit.SetHead(POST, NOON), start=KNOWN),
    "heard": given(unit, Hear(signal()), Hear(signal(1)), start=KNOWN),
    "proposed": given(unit, Hear(signal()), Hear(signal(1)), Hear(signal(2)), start=KNOWN),
    "waiting": given(unit, unit.FindHead(REC, NOON), start=KNOWN),
    "ended": given(unit, Attach(ITEM), End(date(2026, 4, 15), (OTHER,), REORG, NOON), start=KNOWN),
}
UNIT_COMMANDS: list[Any] = [
    Note(DESCRIBED, NOON),
    Note(replace(DESCRIBED, since=date(2026, 5, 1)), NOON),
    Note(replace(DESCRIBED, slug="ispo", since=date(2026, 2, 1)), NOON),
    Note(replace(DESCRIBED, slug="old", since=date(2025, 2, 1)), NOON),
    End(date(2026, 4, 15), (OTHER,), REORG, NOON),
    unit.SetHead(POST, NOON),
    unit.LoseHead(POST),
    unit.FindHead(REC, NOON),
    unit.TouchBy(TOUCH),
    Rate("", 3, 3, ANN, NOON),
    Rate("payments", 6, 3, ANN, NOON),
    Hear(signal(3)),
    Hear(signal(3, "audit")),
    Attach(ITEM),
    Detach(ITEM),
    unit.NoteAudited(NOON),
    Inherit((unit.Rating("", 4, 2, ANN, NOON),), (signal(9),), NOON),
    Due("none", NOON),
]
OPENED: post.Post = given(post, post.Open(UNIT, True, NOON), start=post.NEW)
HOLDER = post.Holder(ASSIGNMENT, ANN, NOON)
POSTS: dict[str, post.Post] = {
    "new": post.NEW,
    "open": OPENED,
    "held": given(post, post.Hold(HOLDER), post.Own(REC, NOON), start=OPENED),
    "left": given(post, post.Hold(HOLDER), post.Leave(ASSIGNMENT, NOON), start=OPENED),
    "abolished": given(post, post.Abolish(NOON), start=OPENED),
}
POST_COMMANDS: list[Any] = [
    post.Open(UNIT, False, NOON),
    post.Move(OTHER, True, NOON),
    post.Abolish(NOON),
    post.Hold(HOLDER),
    post.Hold(replace(HOLDER, suspended=True)),
    post.Leave(ASSIGNMENT, NOON),
    post.Own(REC, NOON),
    post.Disown(REC),
    post.SayWhere(REC, NOON),
    post.TouchBy(TOUCH),
    post.PassOn("late", "org", 2, NOON),
    Due("none", NOON),
]


ONLY_TOLD = post.PassedOn | post.NotThere | post.SaidWhere | post.PostTouched | unit.HeadFound | unit.Forwarded | unit.UnitTouched


@pytest.mark.parametrize(("name", "command"), list(product(UNITS, UNIT_COMMANDS)))
def test_whatever_is_said_of_a_unit_is_kept_once(name: str, command: Any) -> None:
    decided = unit.decide(UNITS[name], command)
    if isinstance(decided, Refused):
        return
    after = UNITS[name]
    for event in decided:
        now = unit.evolve(after, event)
        assert now != after or isinstance(event, ONLY_TOLD)
        after = now
    again = unit.decide(after, command)
    assert isinstance(again, list)
    assert all(isinstance(event, ONLY_TOLD) for event in again)
    assert unit.due(after) == set()
    assert 0 <= unit.score(after, NOON) <= 100


@pytest.mark.parametrize(("name", "command"), list(product(POSTS, POST_COMMANDS)))
def test_whatever_is_said_of_a_post_is_kept_once(name: str, command: Any) -> None:
    decided = post.decide(POSTS[name], command)
    assert isinstance(decided, list)
    after = POSTS[name]
    for event in decided:
        now = post.evolve(after, event)
        assert now != after or isinstance(event, ONLY_TOLD)
        after = now
    assert all(isinstance(event, ONLY_TOLD) for event in post.decide(after, command))
    assert post.due(after) == set()


def test_a_change_for_a_day_to_come_changes_nothing_before_it() -> None:
    assert unit.decide(KNOWN, Note(replace(DESCRIBED, since=date(2026, 5, 1)), NOON)) == []
    assert unit.decide(KNOWN, Note(replace(DESCRIBED, slug="old", since=date(2025, 5, 1)), NOON)) == [], "a later version is known already"


def test_what_others_report_raises_the_score() -> None:
    before = unit.score(KNOWN, NOON)
    assert unit.decide(KNOWN, Hear(signal())) == [Heard(signal(), before + 4)]
    heard = UNITS["heard"]
    assert unit.score(heard, NOON + timedelta(days=400)) == before, "for a year"
    assert unit.score(given(unit, unit.NoteAudited(NOON), start=KNOWN), NOON) == before - 25, "an audit lowers it"


def test_three_signals_of_others_in_a_quarter_propose_a_special_engagement_once() -> None:
    third = unit.decide(UNITS["heard"], Hear(signal(2)))
    assert isinstance(third, list)
    assert isinstance(third[-1], AttentionRaised)
    fourth = unit.decide(UNITS["proposed"], Hear(signal(3)))
    assert isinstance(fourth, list)
    assert [type(each) for each in fourth] == [Heard]
    own = unit.decide(UNITS["heard"], Hear(signal(2, "audit")))
    assert isinstance(own, list)
    assert [type(each) for each in own] == [Heard], "what audit finds itself does not"


def test_a_rating_goes_from_one_to_five_and_is_of_a_unit_that_lives() -> None:
    assert unit.decide(KNOWN, Rate("", 6, 1, ANN, NOON)) == Refused("AUD-RATING")
    assert unit.decide(NEW, Rate("", 3, 1, ANN, NOON)) == Refused("AUD-UNIT", "unit_id")


def test_aud_7_a_unit_that_ends_says_what_was_open_in_it() -> None:
    (ended,) = unit.decide(UNITS["rated"], End(date(2026, 4, 15), (OTHER,), REORG, NOON))  # type: ignore[misc]
    assert isinstance(ended, unit.UnitEnded)
    assert ended.open == (ITEM,)
    assert ended.successors == (OTHER,)


def test_aud_7_who_heads_the_unit_answers_and_a_unit_without_a_head_asks_again_when_it_has_one() -> None:
    assert unit.decide(UNITS["rated"], unit.FindHead(REC, NOON)) == [unit.HeadFound(REC, POST, NOON)]
    assert unit.decide(UNITS["known"], unit.FindHead(REC, NOON)) == [unit.HeadFound(REC, None, NOON)]
    assert unit.decide(UNITS["waiting"], unit.SetHead(POST, NOON)) == [unit.HeadSet(POST), unit.HeadFound(REC, POST, NOON)]
    assert unit.decide(UNITS["ended"], unit.FindHead(REC, NOON)) == [unit.Forwarded(REC, OTHER, NOON)]


# What a reorganisation touches

SPLIT = replace(TOUCH, placed=False)
ASK = impact.Ask(TOUCH.effective_date, ((UNIT, SPLIT),), ((POST, TOUCH),))
IN_UNIT, ELSEWHERE, OWNED = impact.Item(REC, None, False), impact.Item(ANN, None, False), impact.Item(REC, POST, True)
ADD = impact.Add(TOUCH.effective_date, (IN_UNIT, ELSEWHERE, OWNED))
GATHER = impact.Gather(TOUCH.effective_date)
IMPACTS = {
    "new": impact.NEW,
    "asked": given(impact, ASK, start=impact.NEW),
    "answered": given(impact, ASK, GATHER, ADD, start=impact.NEW),
    "reported": given(impact, ASK, GATHER, ADD, GATHER, start=impact.NEW),
}
IMPACT_COMMANDS: list[Any] = [ASK, replace(ASK, effective_date=date(2026, 7, 1)), ADD, replace(ADD, effective_date=date(2026, 7, 1)), GATHER, Due("no", NOON)]


@pytest.mark.parametrize(("name", "command"), list(product(IMPACTS, IMPACT_COMMANDS)))
def test_whatever_hangs_on_a_reorganisation_can_be_told(name: str, command: Any) -> None:
    state = IMPACTS[name]
    decided = impact.decide(state, command)
    assert isinstance(decided, list)
    for event in decided:
        after = impact.evolve(state, event)
        assert after != state or isinstance(event, impact.UnitAsked | impact.PostAsked)
        state = after
        list(impact_tells(REORG, event, state))
    assert impact.due(state) == set()


def test_f7_what_is_open_is_counted_once_and_what_has_no_place_is_said() -> None:
    reported = IMPACTS["reported"]
    (told,) = impact_tells(REORG, impact.ImpactReported(TOUCH.effective_date), reported)
    assert told.model_dump(include={"open_items", "unmapped_total", "unmapped_ids"}) == {"open_items": 2, "unmapped_total": 1, "unmapped_ids": (ANN,)}
    nothing = given(impact, ASK, GATHER, GATHER, start=impact.NEW)
    (told,) = impact_tells(REORG, impact.ImpactReported(TOUCH.effective_date), nothing)
    assert told.model_dump()["open_items"] == 0, "that nothing is open is said too"
