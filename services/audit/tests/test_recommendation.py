"""A recommendation and a year plan: each rule as a sentence that may be false, and every command in every state."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import product
from typing import Any

import pytest

from cg_contracts.audit import Decision, EngagementType, EscalatedTo, Severity
from cg_kit.pure import Due, Refused, named
from cg_kit.pure.terms import BRUSSELS
from services.audit.domain import plan as p
from services.audit.domain import recommendation as r
from services.audit.domain.recommendation import NEW, Action, Recommendation, Source, Status, decide, due, evolve
from services.audit.outgoing import plan_tells, recommendation_tells

NOON = datetime(2026, 4, 15, 12, tzinfo=BRUSSELS)
IN_TIME = datetime(2026, 4, 20, 12, tzinfo=BRUSSELS)
REC, UNIT, LEFT, RIGHT, POST, NEXT, OWNER, HEAD, CG, STEP, FINDING, OTHER = (
    named("test", name) for name in ("rec", "unit", "left", "right", "post", "next", "owner", "head", "cg", "step", "finding", "other")
)
TEXT = {"nl": "doe het", "fr": "faites-le"}
ISSUE = r.Issue(Source.AUDIT, "", OTHER, (FINDING,), UNIT, POST, Severity.HIGH, TEXT, None, "c1", HEAD, NOON)
PLAN = (Action(STEP, "sleutels beheren", date(2026, 6, 30)),)
ACCEPT = r.Respond(Decision.ACCEPTED, "", PLAN, OWNER, IN_TIME)
REJECT = r.Respond(Decision.REJECTED, "te duur", (), OWNER, IN_TIME)
TAKE = r.AcceptRisk("c1", date(2027, 4, 20), CG, IN_TIME)
ASK = r.AskExtension(date(2026, 9, 30), "levering te laat", OWNER, IN_TIME)
GRANT = r.DecideExtension(True, False, HEAD, IN_TIME)
DONE = r.ReportDone(("foto",), "", OWNER, IN_TIME)
SEEN = r.Verify(True, HEAD, IN_TIME)


def given(*commands: Any, start: Recommendation = NEW) -> Recommendation:
    """The recommendation after these commands, each of which changes it."""
    state = start
    for command in commands:
        events = decide(state, command)
        assert isinstance(events, list), (command, events)
        assert events, command
        for event in events:
            state = evolve(state, event)
    return state


ISSUED = given(ISSUE)
ACCEPTED = given(ACCEPT, start=ISSUED)
REJECTED = given(REJECT, start=ISSUED)
TAKEN = given(TAKE, start=REJECTED)
STATES = {
    "new": NEW,
    "issued": ISSUED,
    "accepted": ACCEPTED,
    "in part": given(replace(ACCEPT, decision=Decision.PARTIALLY_ACCEPTED, rationale="niet alles"), start=ISSUED),
    "rejected": REJECTED,
    "risk accepted": TAKEN,
    "lapsed": given(r.Restate((OTHER,), "c2", IN_TIME), start=TAKEN),
    "overruled": given(r.Overrule(CG, IN_TIME), start=REJECTED),
    "in progress": given(r.Progress(STEP, 50, OWNER, IN_TIME), start=ACCEPTED),
    "asked": given(ASK, start=ACCEPTED),
    "reported": given(DONE, start=ACCEPTED),
    "reopened": given(DONE, replace(SEEN, verified=False), start=ACCEPTED),
    "closed": given(DONE, SEEN, start=ACCEPTED),
    "split": given(r.MoveOn(UNIT, (LEFT, RIGHT), IN_TIME), start=ACCEPTED),
    "late": given(Due("late:0", r.late_at(date(2026, 7, 14), None)), start=ACCEPTED),
    "external": given(replace(ISSUE, source=Source.COURT_OF_AUDIT, reference="RH/2026/12", target_on=date(2026, 1, 31), engagement_id=None)),
}
COMMANDS: list[Any] = [
    ISSUE,
    replace(ISSUE, source=Source.COC),
    ACCEPT,
    REJECT,
    replace(ACCEPT, actions=()),
    TAKE,
    replace(TAKE, content="c0"),
    r.Overrule(CG, IN_TIME),
    r.Progress(STEP, 50, OWNER, IN_TIME),
    r.Progress(OTHER, 50, OWNER, IN_TIME),
    r.AddActions((Action(OTHER, "meer", date(2026, 6, 1)),), OWNER, IN_TIME),
    ASK,
    replace(ASK, to=date(2026, 5, 1)),
    GRANT,
    replace(GRANT, granted=False),
    replace(GRANT, by=OWNER),
    DONE,
    replace(DONE, evidence=()),
    SEEN,
    replace(SEEN, verified=False),
    replace(SEEN, by=OWNER),
    r.Restate((OTHER,), "c2", IN_TIME),
    r.MoveOn(UNIT, (), IN_TIME),
    r.MoveOn(UNIT, (LEFT,), IN_TIME),
    r.MoveOn(UNIT, (LEFT, RIGHT), IN_TIME),
    r.FollowOwner(POST, LEFT, IN_TIME),
    r.LoseOwner(POST, IN_TIME),
    r.Reown(NEXT, UNIT, IN_TIME),
    r.Reown(None, UNIT, IN_TIME),
    r.Place(RIGHT, NEXT, HEAD, IN_TIME),
    *(Due(each.name, each.at) for state in ("issued", "risk accepted", "split") for each in due(STATES[state])),
    Due("no such clock", NOON),
]


@pytest.mark.parametrize(("name", "command"), list(product(STATES, COMMANDS)))
def test_whatever_is_decided_changes_the_recommendation_and_can_be_told(name: str, command: Any) -> None:
    state = STATES[name]
    decided = decide(state, command)
    if isinstance(decided, Refused):
        return
    for event in decided:
        after = evolve(state, event)
        assert after != state
        state = after
        assert all("doe het" not in str(told) for told in recommendation_tells(REC, event, state))
        assert all(each.name not in state.passed for each in due(state))
    again = decide(state, command)
    assert isinstance(again, Refused) or again == []


def test_severity_sets_the_terms() -> None:
    assert ISSUED.response_due_at == datetime(2026, 5, 8, tzinfo=BRUSSELS), "15 working days, without 1 May"
    assert ISSUED.target_on == date(2026, 7, 14), "90 days"
    critical = given(replace(ISSUE, priority=Severity.CRITICAL))
    assert (critical.response_due_at, critical.target_on) == (datetime(2026, 4, 23, tzinfo=BRUSSELS), date(2026, 5, 15))


def test_aud_4_only_audit_closes_and_never_who_said_that_it_was_done() -> None:
    reported = STATES["reported"]
    assert reported.status is Status.REPORTED_IMPLEMENTED, "said to be done is not done"
    assert decide(reported, replace(SEEN, by=OWNER)) == Refused("AUD-4")
    assert given(replace(SEEN, verified=False), start=reported).status is Status.IN_PROGRESS
    assert [claim.verified for claim in given(DONE, SEEN, start=STATES["reopened"]).claims] == [False, True]


def test_aud_5_the_first_date_is_kept_and_a_third_extension_is_the_commissioner_generals() -> None:
    state = ACCEPTED
    for month in (8, 9):
        state = given(replace(ASK, to=date(2026, month, 30)), GRANT, start=state)
    assert (state.target_on, state.first_target_on, r.extensions(state)) == (date(2026, 9, 30), date(2026, 7, 14), 2)
    third = given(replace(ASK, to=date(2026, 10, 30)), start=state)
    assert decide(third, GRANT) == Refused("AUD-5")
    assert decide(third, replace(GRANT, commissioner=True, by=OWNER)) == Refused("AUD-EYES")
    assert given(replace(GRANT, commissioner=True, by=CG), start=third).target_on == date(2026, 10, 30)
    assert r.days_late(state, date(2026, 9, 30)) == (0, 78), "late against the first date"


def test_a_refused_extension_changes_no_date() -> None:
    state = given(ASK, replace(GRANT, granted=False), start=ACCEPTED)
    assert (state.target_on, r.extensions(state)) == (date(2026, 7, 14), 0)


def test_it_reminds_and_climbs_the_ladder_each_step_once() -> None:
    at = {each.name: each.at for each in due(ACCEPTED)}
    assert sorted(at) == ["late:0", "late:14", "late:30", "remind:1", "remind:30", "remind:7"]
    assert at["remind:30"] == datetime(2026, 6, 14, tzinfo=BRUSSELS)
    assert at["late:0"] == datetime(2026, 7, 15, tzinfo=BRUSSELS)
    assert at["late:30"] == datetime(2026, 8, 14, tzinfo=BRUSSELS)
    state = ACCEPTED
    told = []
    for name in ("late:0", "late:14", "late:30"):
        (event,) = decide(state, Due(name, at[name]))  # type: ignore[misc]
        state = evolve(state, event)
        (message,) = recommendation_tells(REC, event, state)
        told.append((message.escalated_to, message.days_late))  # type: ignore[attr-defined]
    assert told == [(EscalatedTo.OWNER, 1), (EscalatedTo.DIRECTOR, 15), (EscalatedTo.COMMISSIONER_GENERAL, 31)]
    assert {each.name for each in due(given(ASK, GRANT, start=state))} >= {"late:0", "remind:7"}, "a later date is watched anew"
    assert "late:0" not in {each.name for each in due(STATES["reported"])}, "while audit looks, its owner is not late"
    assert "late:0" in {each.name for each in due(STATES["reopened"])}


def test_an_acceptance_is_of_what_was_read_and_lapses_by_itself() -> None:
    assert decide(REJECTED, replace(TAKE, content="c0")) == Refused("AUD-CONTENT", "content")
    lapsed = STATES["lapsed"]
    assert lapsed.status is Status.ISSUED
    assert lapsed.acceptances[0].lapsed_at == IN_TIME
    assert lapsed.response_due_at == datetime(2026, 5, 13, tzinfo=BRUSSELS), "to be answered anew"
    (review,) = due(TAKEN)
    assert given(Due(review.name, review.at), start=TAKEN).status is Status.ISSUED, "and when its day has come"
    assert given(r.Restate((OTHER,), "c1", IN_TIME), start=TAKEN).status is Status.RISK_ACCEPTED, (
        "the same content in other words of the register stays accepted"
    )


def test_what_is_accepted_has_a_plan_and_what_is_not_has_reasons() -> None:
    assert decide(ISSUED, replace(ACCEPT, actions=())) == Refused("AUD-ACTIONS", "actions")
    assert decide(ISSUED, replace(REJECT, rationale=" ")) == Refused("AUD-RATIONALE", "rationale")
    (late,) = decide(ISSUED, replace(ACCEPT, at=NOON + timedelta(days=60)))  # type: ignore[misc]
    assert late.late, "a late answer is taken"  # type: ignore[union-attr]


def test_aud_7_it_follows_the_unit_and_of_several_somebody_says_which() -> None:
    assert given(r.MoveOn(UNIT, (LEFT,), IN_TIME), start=ACCEPTED).unit_id == LEFT
    split = STATES["split"]
    assert split.unplaced == (LEFT, RIGHT)
    assert given(r.FollowOwner(POST, RIGHT, IN_TIME), start=split).unit_id == RIGHT, "where its owner is"
    placing = next(each for each in due(split) if each.name == "placing")
    assert placing.at == datetime(2026, 5, 6, tzinfo=BRUSSELS), "ten working days, without 1 May"
    assert given(r.Place(LEFT, NEXT, HEAD, IN_TIME), start=split).owner_post_id == NEXT
    assert given(r.MoveOn(UNIT, (), IN_TIME), start=ACCEPTED).owner_post_id is None, "without a successor it is the commissioner-general's"


def test_another_bodys_recommendation_has_its_reference_and_its_own_deadline() -> None:
    external = STATES["external"]
    assert external.target_on == date(2026, 1, 31), "also when that is over"
    assert "remind:30" not in {each.name for each in due(external)}
    assert decide(NEW, replace(ISSUE, source=Source.COMITE_P)) == Refused("AUD-REFERENCE", "reference")


# The year plan

LINE = p.Line(OTHER, EngagementType.ASSURANCE, TEXT, (UNIT,), "risk", date(2027, 3, 1), 40)
CONTENT = p.Content((LINE,), 100, 20)
DRAFT = p.DraftPlan(2027, CONTENT, HEAD, NOON)


def planned(*commands: Any, start: p.AuditPlan = p.NEW) -> p.AuditPlan:
    """The plan after these commands."""
    for command in commands:
        events = p.decide(start, command)
        assert isinstance(events, list), (command, events)
        assert events, command
        for event in events:
            start = p.evolve(start, event)
    return start


DRAFTED = planned(DRAFT)
APPROVED = planned(p.Submit(HEAD, NOON), p.Approve(CG, NOON), start=DRAFTED)
RUNNING = planned(Due("year", datetime(2027, 1, 1, tzinfo=BRUSSELS)), start=APPROVED)
PLANS = {
    "new": p.NEW,
    "drafted": DRAFTED,
    "submitted": planned(p.Submit(HEAD, NOON), start=DRAFTED),
    "approved": APPROVED,
    "running": RUNNING,
    "revised": planned(replace(DRAFT, content=replace(CONTENT, lines=(replace(LINE, engagement_id=REC),))), start=RUNNING),
    "late": planned(Due("approval", datetime(2026, 12, 31, tzinfo=BRUSSELS)), start=DRAFTED),
    "closed": planned(p.ClosePlan(HEAD, datetime(2027, 12, 20, tzinfo=BRUSSELS)), start=RUNNING),
}
PLAN_COMMANDS: list[Any] = [
    DRAFT,
    replace(DRAFT, content=replace(CONTENT, capacity_days=10)),
    replace(DRAFT, content=replace(CONTENT, lines=(replace(LINE, starts_on=date(2026, 3, 1)),))),
    p.Submit(HEAD, NOON),
    p.Approve(CG, NOON),
    p.Approve(HEAD, NOON),
    p.Return("too_much", CG, NOON),
    p.ClosePlan(HEAD, NOON),
    p.ClosePlan(HEAD, datetime(2027, 12, 20, tzinfo=BRUSSELS)),
    Due("approval", datetime(2026, 12, 31, tzinfo=BRUSSELS)),
    Due("year", datetime(2027, 1, 1, tzinfo=BRUSSELS)),
]


@pytest.mark.parametrize(("name", "command"), list(product(PLANS, PLAN_COMMANDS)))
def test_whatever_is_decided_changes_the_plan_and_can_be_told(name: str, command: Any) -> None:
    state = PLANS[name]
    decided = p.decide(state, command)
    if isinstance(decided, Refused):
        return
    for event in decided:
        after = p.evolve(state, event)
        assert after != state
        state = after
        list(plan_tells(REC, event, state))
        p.due(state)
    again = p.decide(state, command)
    assert isinstance(again, Refused) or again == []


def test_a_plan_is_approved_by_another_and_fits_in_the_days_there_are() -> None:
    assert p.decide(PLANS["submitted"], p.Approve(HEAD, NOON)) == Refused("AUD-EYES")
    over = planned(replace(DRAFT, content=replace(CONTENT, capacity_days=49)))
    assert p.decide(over, p.Submit(HEAD, NOON)) == Refused("AUD-CAPACITY", "lines")
    assert planned(replace(DRAFT, content=replace(CONTENT, capacity_days=50)), p.Submit(HEAD, NOON)).status is p.Status.SUBMITTED


def test_what_was_approved_holds_until_something_else_is() -> None:
    revised = PLANS["revised"]
    assert revised.approved == CONTENT
    (approved, begun) = p.decide(planned(p.Submit(HEAD, NOON), start=revised), p.Approve(CG, datetime(2027, 5, 1, tzinfo=BRUSSELS)))  # type: ignore[misc]
    assert isinstance(approved, p.PlanApproved)
    assert ([line.engagement_id for line in approved.new], approved.gone) == ([REC], (OTHER,))
    assert isinstance(begun, p.Begun)


def test_a_plan_is_to_be_approved_before_the_last_day_of_the_year_before() -> None:
    (deadline,) = p.due(DRAFTED)
    assert deadline.at == datetime(2026, 12, 31, tzinfo=BRUSSELS)
    assert planned(p.Submit(HEAD, NOON), p.Approve(CG, NOON), start=PLANS["late"]).status is p.Status.APPROVED, "late action is not blocked"


@pytest.mark.parametrize("far", [date(1, 1, 1), date(9999, 12, 31)])
def test_a_day_with_which_no_term_reckons_is_refused(far: date) -> None:
    assert decide(NEW, replace(ISSUE, source=Source.COC, reference="x", target_on=far)) == Refused("AUD-DATE", "target_on")
    assert decide(ACCEPTED, replace(ASK, to=far)) == Refused("AUD-DATE", "to")
    assert decide(REJECTED, replace(TAKE, review_on=far)) == Refused("AUD-DATE", "review_on")
