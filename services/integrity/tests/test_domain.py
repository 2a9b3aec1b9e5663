"""Desk, custody, identity, protection, surveys, offers, the bulletin and the line: each state meets each command."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from itertools import product
from typing import Any

import pytest
from hypothesis import given as for_all
from hypothesis import settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from cg_kit.pure import Deadline, Due, Refused, named
from cg_kit.pure.terms import BRUSSELS
from services.integrity import outgoing
from services.integrity.domain import bulletin, custody, desk, identity, line, post, protection, report, survey, tip, tool, training, unit
from services.integrity.domain.terms import FLOOR, K
from services.integrity.tests import test_report

ANN, BEA, HEAD, FIRST, SECOND, ID, TEXT, UNIT, OTHER = (
    named("test", name) for name in ("ann", "bea", "head", "first", "second", "id", "text", "unit", "other")
)
NOON = datetime(2026, 11, 24, tzinfo=BRUSSELS)
LATER = datetime(2026, 12, 24, tzinfo=BRUSSELS)


def after(domain: Any, *commands: Any) -> Any:
    """The state after these commands, each of which changes it."""
    state = domain.NEW
    for command in commands:
        events = domain.decide(state, command)
        assert isinstance(events, list), (command, events)
        assert events, command
        for event in events:
            state = domain.evolve(state, event)
    return state


JOIN = desk.Join(ANN, desk.Part.HANDLER, HEAD, NOON)
DESK = {
    "new": desk.NEW,
    "one": after(desk, JOIN),
    "two": after(desk, JOIN, replace(JOIN, person_id=BEA, part=desk.Part.CONFIDANT), desk.NoteHolding(ID, ANN)),
    "away": after(desk, JOIN, desk.NoteHolding(ID, ANN), desk.NoteAbsence(ANN, OTHER)),
}
TO_DESK: list[Any] = [
    JOIN,
    replace(JOIN, part=desk.Part.CONFIDANT),
    desk.Leave(ANN, NOON),
    desk.NoteAbsence(ANN, OTHER),
    desk.NoteAbsence(ANN, TEXT),
    desk.NoteReturn(ANN, OTHER),
    desk.Find(ID, ()),
    desk.NoteHolding(ID, BEA),
    desk.NoteHolding(ID, None),
]
OFFER = custody.Offer(1, FIRST, "key", NOON)
CUSTODY = {
    "new": custody.NEW,
    "offered": after(custody, OFFER),
    "one": after(custody, OFFER, custody.Confirm(1, "key", HEAD, NOON)),
    "both": after(custody, OFFER, custody.Confirm(1, "key", HEAD, NOON), replace(OFFER, seat=2, person_id=SECOND), custody.Confirm(2, "key", HEAD, NOON)),
}
TO_CUSTODY: list[Any] = [
    OFFER,
    replace(OFFER, public_key="another"),
    replace(OFFER, seat=2),
    custody.Confirm(1, "key", HEAD, NOON),
    custody.Confirm(1, "key", FIRST, NOON),
    custody.Confirm(1, "wrong", HEAD, NOON),
]
HALVES = (identity.Half(FIRST, "a"), identity.Half(SECOND, "b"))
SEAL = identity.Seal("box", HALVES, NOON)
ASK = identity.Ask(ID, ANN, identity.Ground.CONSENT, TEXT, "key", True, NOON)
ASKED = after(identity, SEAL, ASK)
IDENTITY = {
    "new": identity.NEW,
    "sealed": after(identity, SEAL),
    "asked": ASKED,
    "half": after(identity, SEAL, ASK, identity.HandOn(ID, FIRST, "c", NOON)),
    "opened": after(identity, SEAL, ASK, identity.HandOn(ID, FIRST, "c", NOON), identity.HandOn(ID, SECOND, "d", NOON)),
    "denied": after(identity, SEAL, ASK, identity.Deny(ID, SECOND, TEXT, NOON)),
}
TO_IDENTITY: list[Any] = [
    SEAL,
    replace(SEAL, halves=(HALVES[0], HALVES[0])),
    ASK,
    replace(ASK, request_id=OTHER),
    replace(ASK, request_id=OTHER, agreed=False),
    replace(ASK, request_id=OTHER, by=FIRST),
    replace(ASK, request_id=OTHER, ground=identity.Ground.LAW, agreed=False),
    identity.HandOn(ID, FIRST, "c", NOON),
    identity.HandOn(ID, SECOND, "d", NOON),
    identity.HandOn(ID, ANN, "e", NOON),
    identity.Deny(ID, SECOND, TEXT, NOON),
    Due(f"end:{ID}", LATER),
]
PROTECTION = {
    "new": protection.NEW,
    "asked": after(protection, protection.AskProtection(NOON)),
    "active": after(protection, protection.AskProtection(NOON), protection.Grant(ANN, ("x",), NOON)),
    "review": after(protection, protection.Allege(TEXT, NOON)),
    "late": after(protection, protection.Allege(TEXT, NOON), Due("remedy", LATER)),
    "counting": after(protection, protection.AskProtection(NOON), protection.CountDown(NOON)),
    "ended": after(protection, protection.AskProtection(NOON), protection.CountDown(NOON), Due("end", LATER)),
}
TO_PROTECTION: list[Any] = [
    protection.AskProtection(NOON),
    protection.Grant(ANN, ("y",), NOON),
    protection.Allege(TEXT, NOON),
    protection.Resolve(ANN, protection.Finding.REMEDIED, TEXT, NOON),
    protection.Resolve(ANN, protection.Finding.OPEN, TEXT, NOON),
    protection.WatchOver(ANN, TEXT, NOON),
    protection.CountDown(NOON),
]
QUESTIONS = (survey.Question("a", "a", "a"), survey.Question("b", "b", "b"))
WRITE = survey.Write("trust", QUESTIONS, (UNIT, OTHER), K, date(2026, 12, 20), ANN, NOON)
APPROVE, OPEN = survey.ApproveSurvey(BEA, NOON), survey.OpenSurvey(NOON)
TABLE = survey.Table(10, (survey.Score("a", None, 3.0),))
SURVEY = {
    "new": survey.NEW,
    "draft": after(survey, WRITE),
    "approved": after(survey, WRITE, APPROVE),
    "open": after(survey, WRITE, APPROVE, OPEN),
    "locked": after(survey, WRITE, APPROVE, OPEN, survey.Lock(NOON)),
    "closed": after(survey, WRITE, APPROVE, OPEN, survey.CloseSurvey(NOON)),
    "analysed": after(survey, WRITE, APPROVE, OPEN, survey.CloseSurvey(NOON), survey.Analyse(TABLE, NOON)),
}
TO_SURVEY: list[Any] = [
    WRITE,
    replace(WRITE, topic_code="other"),
    replace(WRITE, k=4),
    replace(WRITE, questions=()),
    replace(WRITE, closes_on=date(2026, 11, 24)),
    APPROVE,
    replace(APPROVE, by=ANN),
    OPEN,
    survey.OpenSurvey(LATER),
    survey.Lock(NOON),
    survey.CloseSurvey(NOON),
    survey.Analyse(TABLE, NOON),
    survey.Analyse(survey.Table(0, ()), NOON),
    survey.PublishSurvey(HEAD, NOON),
    Due("close", LATER),
]
PROPOSE = training.Propose("gifts", (UNIT,), None, NOON)
SCHEDULE = training.Schedule((UNIT, OTHER), date(2026, 12, 1), 10, NOON)
TRAINING = {
    "new": training.NEW,
    "proposed": after(training, PROPOSE),
    "scheduled": after(training, PROPOSE, SCHEDULE),
    "given": after(training, PROPOSE, SCHEDULE, training.Complete(9, LATER)),
    "cancelled": after(training, PROPOSE, training.Cancel("declined", NOON)),
}
TO_TRAINING: list[Any] = [
    PROPOSE,
    replace(PROPOSE, unit_ids=()),
    SCHEDULE,
    replace(SCHEDULE, planned_on=date(2026, 12, 2)),
    replace(SCHEDULE, planned_on=date(2026, 11, 1)),
    training.Complete(9, LATER),
    training.Complete(11, LATER),
    training.Complete(9, NOON),
    training.Cancel("declined", NOON),
]
DRAFT = tip.Draft(tip.Sort.TIP, tip.Text("nl", "fr"), "all_staff", None, ANN, NOON)
CAMPAIGN = replace(DRAFT, sort=tip.Sort.CAMPAIGN, until=date(2026, 12, 20))
TIP = {
    "new": tip.NEW,
    "draft": after(tip, DRAFT),
    "out": after(tip, DRAFT, tip.Publish(BEA, NOON)),
    "campaign": after(tip, CAMPAIGN, tip.Publish(BEA, NOON)),
    "back": after(tip, DRAFT, tip.Publish(BEA, NOON), tip.Withdraw(ANN, NOON)),
}
TO_TIP: list[Any] = [
    DRAFT,
    CAMPAIGN,
    replace(CAMPAIGN, until=None),
    tip.Publish(BEA, NOON),
    tip.Publish(ANN, NOON),
    tip.Withdraw(ANN, NOON),
    Due("end", LATER),
]
ASK_TOOL = tool.AskTool(UNIT, "gifts", TEXT, ANN, NOON)
TOOL = {
    "new": tool.NEW,
    "asked": after(tool, ASK_TOOL),
    "late": after(tool, ASK_TOOL, Due("answer", LATER)),
    "yes": after(tool, ASK_TOOL, tool.AnswerTool(True, TEXT, BEA, NOON)),
    "no": after(tool, ASK_TOOL, tool.AnswerTool(False, TEXT, BEA, NOON)),
}
TO_TOOL: list[Any] = [
    ASK_TOOL,
    tool.AnswerTool(True, TEXT, BEA, NOON),
    tool.AnswerTool(True, TEXT, ANN, NOON),
    tool.Deliver(BEA, NOON),
    Due("answer", datetime(2026, 12, 9, tzinfo=BRUSSELS)),
]
ENDING = bulletin.Ending("fraud", "founded", (UNIT, OTHER))
COUNT = bulletin.Count("received", date(2026, 11, 24))
BULLETIN = {
    "new": bulletin.NEW,
    "one": after(bulletin, COUNT),
    "several": after(bulletin, COUNT, *(bulletin.CountEnding(ENDING, date(2026, 11, 24)) for _ in range(FLOOR))),
    "queued": after(bulletin, bulletin.Queue(bulletin.Item("t", "{}"), date(2026, 11, 24))),
}
TO_BULLETIN: list[Any] = [COUNT, bulletin.CountEnding(ENDING, date(2026, 11, 24)), bulletin.Queue(bulletin.Item("t", "{}"), date(2026, 11, 24))]
VERSION = unit.Version(date(2020, 1, 1), None, "cg", "a", "b")
UNITS_ = {"new": unit.NEW, "known": after(unit, unit.Know(VERSION)), "ended": after(unit, unit.Know(VERSION), unit.End(date(2026, 1, 1)))}
TO_UNIT: list[Any] = [unit.Know(VERSION), unit.Know(replace(VERSION, slug="x")), unit.End(date(2026, 1, 1))]
PUT, STAY = post.Put(post.Place(date(2020, 1, 1), UNIT, True)), post.Stay(ID, ANN, date(2020, 1, 1))
POSTS = {"new": post.NEW, "put": after(post, PUT), "held": after(post, PUT, post.Hold(STAY))}
TO_POST: list[Any] = [
    PUT,
    post.Hold(STAY),
    post.Hold(replace(STAY, interim=True, person_id=BEA)),
    post.EndStay(ID, date(2025, 1, 1)),
    post.Abolish(date(2026, 1, 1)),
    post.NoteAct(post.Act(ANN, "suspended", date(2026, 1, 1))),
]
TRIED: dict[str, tuple[Any, dict[str, Any], list[Any]]] = {
    "desk": (desk, DESK, TO_DESK),
    "custody": (custody, CUSTODY, TO_CUSTODY),
    "identity": (identity, IDENTITY, TO_IDENTITY),
    "protection": (protection, PROTECTION, TO_PROTECTION),
    "survey": (survey, SURVEY, TO_SURVEY),
    "training": (training, TRAINING, TO_TRAINING),
    "tip": (tip, TIP, TO_TIP),
    "tool": (tool, TOOL, TO_TOOL),
    "bulletin": (bulletin, BULLETIN, TO_BULLETIN),
    "unit": (unit, UNITS_, TO_UNIT),
    "post": (post, POSTS, TO_POST),
    "report": (report, test_report.STATES, test_report.COMMANDS),
}
ALIKE = (desk.Found, report.HandlerWanted, report.FeedbackNear, report.AcknowledgementMissed, report.FeedbackMissed)
"""Events that may leave the state as it is."""


@pytest.mark.parametrize("kind", TRIED)
def test_each_command_in_each_state_is_decided_kept_and_told_to_nobody(kind: str) -> None:
    domain, states, commands = TRIED[kind]
    kept = TypeAdapter(type(domain.NEW))
    for state, command in product(states.values(), commands):
        assert kept.validate_json(kept.dump_json(state)) == state
        decided = domain.decide(state, command)
        current = state
        for event in [] if isinstance(decided, Refused) else decided:
            one = TypeAdapter(type(event))
            assert one.validate_json(one.dump_json(event)) == event
            changed = domain.evolve(current, event)
            assert changed != current or isinstance(event, ALIKE), (kind, event)
            assert list(outgoing.nothing(ID, event, changed)) == []
            assert domain.due(changed) is not None
            current = changed


# The desk


def test_a_report_is_never_with_one_absent_person() -> None:
    assert desk.decide(DESK["two"], desk.NoteAbsence(ANN, OTHER)) == [desk.WentAway(ANN, OTHER, (ID,))]
    assert desk.decide(DESK["away"], desk.Find(ID, ())) == [desk.Found(ID, None)]
    assert desk.decide(after(desk, JOIN, desk.NoteAbsence(ANN, OTHER), desk.NoteReturn(ANN, OTHER)), desk.Find(ID, ())) == [desk.Found(ID, ANN)]


def test_handlers_come_before_confidants_and_who_has_least_first() -> None:
    assert desk.free(DESK["two"], ()) == ANN
    assert desk.free(DESK["two"], (ANN,)) == BEA


# Identities


def test_int_1_two_of_two_and_never_one_of_themselves() -> None:
    sealed = IDENTITY["sealed"]
    assert identity.decide(identity.NEW, replace(SEAL, halves=(HALVES[0], HALVES[0]))) == Refused("INT-CUSTODIANS")
    assert identity.decide(sealed, replace(ASK, by=FIRST)) == Refused("INT-1")
    assert identity.decide(ASKED, identity.HandOn(ID, ANN, "e", NOON)) == Refused("INT-1")
    assert identity.decide(ASKED, identity.HandOn(ID, FIRST, "c", NOON)) == [identity.HandedOn(ID, identity.Half(FIRST, "c"), NOON)]
    assert identity.Opened(ID, ANN, NOON) in identity.decide(IDENTITY["half"], identity.HandOn(ID, SECOND, "d", NOON))
    assert identity.decide(IDENTITY["half"], identity.HandOn(ID, FIRST, "again", NOON)) == [], "one of them twice is not two"
    assert identity.decide(sealed, replace(ASK, agreed=False)) == Refused("INT-CONSENT", "ground")
    assert custody.decide(CUSTODY["offered"], custody.Confirm(1, "key", FIRST, NOON)) == Refused("INT-CUSTODIANS")
    assert custody.decide(CUSTODY["one"], replace(OFFER, seat=2)) == Refused("INT-CUSTODIANS", "seat"), "two seats, two persons"


# Surveys


def test_int_8_nothing_changes_after_the_first_answer() -> None:
    assert survey.decide(SURVEY["locked"], replace(WRITE, topic_code="other")) == Refused("INT-8")
    rewritten = survey.decide(SURVEY["open"], replace(WRITE, topic_code="other"))
    assert isinstance(rewritten, list)
    assert survey.evolve(SURVEY["open"], rewritten[0]).status is survey.Status.DRAFT, "approved anew"


@for_all(
    st.lists(st.tuples(st.integers(0, 5), st.integers(1, 5)), max_size=90),
    st.integers(FLOOR, K),
)
@settings(max_examples=150, deadline=None)
def test_int_7_no_figure_tells_of_fewer_than_k_also_not_by_subtraction(answers: list[tuple[int, int]], k: int) -> None:
    """From the total and whatever groups are shown, the rest is empty or at least k persons."""
    groups = tuple(named("group", n) for n in range(5))
    state = replace(SURVEY["closed"], questions=QUESTIONS[:1], groups=groups, k=k)
    ballots = [survey.Ballot(groups[group] if group < 5 else None, (answer,)) for group, answer in answers]
    table = survey.tabulate(state, ballots)
    shown = {score.group for score in table.scores} - {None}
    sizes = {group: sum(each.group == group for each in ballots) for group in groups}
    assert all(sizes[group] >= k for group in shown)
    assert table.at_least % k == 0
    if table.scores:
        assert len(ballots) >= k
        rest = len(ballots) - sum(sizes[group] for group in shown)
        assert rest == 0 or rest >= k
    else:
        assert len(ballots) < k


# The bulletin


@for_all(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2), st.integers(0, 3)), max_size=60))
@settings(max_examples=150, deadline=None)
def test_int_2_each_ending_is_told_once_among_five_at_least_or_waits(endings: list[tuple[int, int, int]]) -> None:
    root, upper, *lower = (named("unit", n) for n in range(6))
    made = tuple(bulletin.Ending(f"c{c}", f"o{o}", (lower[u], upper, root) if u < 3 else (root,)) for c, o, u in endings)
    cells, left = bulletin.cells_of(made)
    assert all(cell.cases >= FLOOR for cell in cells)
    assert sum(cell.cases for cell in cells) + len(left) == len(made)
    assert len({(cell.category, cell.outcome, cell.unit_id) for cell in cells}) == len(cells)


def test_a_day_without_anything_is_told_like_any_other() -> None:
    state = after(bulletin, COUNT)
    (at,) = bulletin.due(state)
    assert at == Deadline("bulletin", datetime(2026, 11, 25, 6, tzinfo=BRUSSELS))
    told = bulletin.decide(state, Due("bulletin", at.at))
    assert told == [bulletin.Told(date(2026, 11, 25), 0, 0, ())], "one is fewer than ten"
    (message,) = outgoing.bulletin_tells(bulletin.DAILY, told[0], state)
    assert message.open_at_least == 0


def test_the_numbers_of_a_quarter_with_few_reports_are_not_told() -> None:
    state = replace(BULLETIN["several"], last=date(2026, 12, 31))
    quarter, _ = bulletin.decide(state, Due("bulletin", datetime(2027, 1, 1, 6, tzinfo=BRUSSELS)))
    counted, concluded = outgoing.bulletin_tells(bulletin.DAILY, quarter, state)
    assert (counted.quarter, counted.received) == ("2026-Q4", None)
    assert (concluded.cases, concluded.unit_id) == (FLOOR, UNIT)


# The line


def test_int_3_the_line_goes_up_from_who_is_named_as_of_the_day() -> None:
    top, middle, low = (named("unit", name) for name in ("top", "middle", "low"))
    units = {
        top: after(unit, unit.Know(replace(VERSION, slug="police"))),
        middle: after(unit, unit.Know(replace(VERSION, slug="dgr", parent_id=top))),
        low: after(
            unit,
            unit.Know(replace(VERSION, slug="low", parent_id=middle)),
            unit.Know(replace(VERSION, slug="low", parent_id=top, since=date(2026, 1, 1))),
        ),
    }
    posts = {
        name: after(post, post.Put(post.Place(date(2020, 1, 1), where, head)), post.Hold(post.Stay(name, who, date(2020, 1, 1))))
        for name, where, head, who in (
            (named("p", 1), low, False, ANN),
            (named("p", 2), middle, True, BEA),
            (named("p", 3), top, True, HEAD),
            (named("p", 4), middle, False, SECOND),
        )
    }
    before = line.above(date(2025, 6, 1), (ANN,), None, posts, units)
    assert set(before.excluded) == {ANN, BEA, HEAD}
    assert set(line.above(date(2026, 6, 1), (ANN,), None, posts, units).excluded) == {ANN, HEAD}, "the unit has moved since"
    assert not before.top
    assert set(line.above(date(2025, 6, 1), (), middle, posts, units).excluded) == {BEA, HEAD}
    home = units | {low: after(unit, unit.Know(replace(VERSION, slug=unit.HOME, parent_id=top)))}
    assert line.above(date(2025, 6, 1), (ANN,), None, posts, home).top, "of this service"
    assert line.counted(low, date(2025, 6, 1), posts, units, 3) == (middle, top), "INT-2: the nearest above with enough"
