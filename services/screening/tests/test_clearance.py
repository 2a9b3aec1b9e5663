"""A clearance: each rule as a sentence that may be false, and every command in every state."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import product
from typing import Any

import pytest
from hypothesis import given as all_of
from hypothesis import strategies as st

from cg_contracts.levels import Level
from cg_contracts.screening import AppealOutcome, Ground, Means, NvoOutcome, Scope
from cg_contracts.screening import ScreeningKind as Kind
from cg_kit.pure import Due, Refused, named
from cg_kit.pure.terms import day_of
from services.screening import outgoing
from services.screening.domain import case
from services.screening.domain.appeal import Filing, Ruling
from services.screening.domain.application import Imported
from services.screening.domain.clearance import (
    NEW,
    Appeal,
    AskRenewal,
    Brief,
    Briefed,
    Carry,
    Clearance,
    ConcludeAppeal,
    EndNeed,
    EndNeeds,
    Expired,
    Grant,
    ImportDecision,
    Lowered,
    Milestone,
    NeedEnded,
    NeedQuestioned,
    Notified,
    Notify,
    Question,
    Relinquish,
    Relinquished,
    RenewalApproached,
    RenewalAsked,
    RenewalDue,
    Renewed,
    Replace,
    Replacing,
    Retire,
    Reuse,
    Reused,
    ReuseFailed,
    Status,
    TouchBy,
    Use,
    Withdrawn,
    decide,
    due,
    evolve,
    grounds,
    live_needs,
    usable,
)
from services.screening.domain.impact import Touch
from services.screening.domain.regime import BRUSSELS, NEED_REVIEW, end_of_term

NOON = datetime(2026, 4, 15, 12, tzinfo=BRUSSELS)
LATER = NOON + timedelta(days=3)
EXPIRY = datetime(2031, 4, 1, tzinfo=BRUSSELS)
PERSON, OFFICER = named("test", "person"), named("test", "officer")
CLEARANCE = named("test", "clearance")
GRANT = Grant(
    named("test", "application"),
    Imported("NVO/1", NvoOutcome.GRANTED, Level.GEHEIM, NOON, EXPIRY),
    PERSON,
    named("test", "request"),
    "post:1/assignment:2",
    Level.GEHEIM,
    EXPIRY,
    "2025",
)


def given(*commands: Any, start: Clearance = NEW) -> Clearance:
    """The clearance after these commands, each of which changes it."""
    state = start
    for command in commands:
        events = decide(state, command)
        assert not isinstance(events, Refused), (command, events)
        assert events, command
        for event in events:
            state = evolve(state, event)
    return state


def decision(outcome: NvoOutcome, level: Level | None = None, ref: str = "NVO/2") -> ImportDecision:
    return ImportDecision(Imported(ref, outcome, level, LATER, None), LATER)


WITHDRAW = decision(NvoOutcome.WITHDRAWN)
LOWER = decision(NvoOutcome.LOWERED, Level.VERTROUWELIJK)
GRANTED = given(GRANT)
ACTIVE = given(Brief(OFFICER, LATER, LATER), start=GRANTED)
INVITED = given(Due("invite", NOON), start=ACTIVE)
RENEWAL_DUE = given(Due("apply", NOON), start=INVITED)
AT_RISK = given(Due("at_risk", NOON), start=RENEWAL_DUE)
EXPIRED = given(Due("expiry", EXPIRY), start=AT_RISK)
WITHDRAWN = given(WITHDRAW, start=ACTIVE)
LOWERED = given(LOWER, start=ACTIVE)
UNNEEDED = given(EndNeed(LATER), start=ACTIVE)
TELL = Notify(LATER, Means.REGISTERED_LETTER, LATER)
NOTIFIED = given(TELL, start=WITHDRAWN)
APPEAL = named("test", "appeal")
LODGE = Appeal(Filing(APPEAL, named("test", "lodged"), "BO/1", Ground.WITHDRAWN, LATER.date(), LATER))
RULE = ConcludeAppeal(APPEAL, Ruling("BO/1", AppealOutcome.FOUNDED, LATER), LATER)
APPEALED = given(LODGE, start=NOTIFIED)
CHIEF = named("test", "chief")
SECOND, USE, RENEWAL, NEXT = (named("test", name) for name in ("second case", "use", "renewal", "next clearance"))
AGAIN = case.Request(
    named("test", "again"), "post:3/assignment:4", "org", Kind.CLEARANCE, "appointment", PERSON, Level.VERTROUWELIJK, date(2026, 7, 1), None, LATER
)
REUSE = Reuse(SECOND, USE, AGAIN)
REUSED = given(REUSE, start=ACTIVE)
BRIEFED_TWICE = given(Brief(OFFICER, LATER, LATER, AGAIN.request_id), start=REUSED)
ASK_RENEWAL = AskRenewal(RENEWAL, True, CHIEF, LATER)
IN_RENEWAL = given(ASK_RENEWAL, start=RENEWAL_DUE)
REPLACED = given(Replace(NEXT, LATER), start=IN_RENEWAL)
RENEWED = given(Retire(NEXT, LATER), start=REPLACED)
CARRIED = (Use(named("test", "application"), GRANT.request_id, GRANT.requester_ref, LATER), Use(USE, AGAIN.request_id, AGAIN.requester_ref, LATER))
NEW_ONE = given(replace(GRANT, renews=CLEARANCE))
TAKEN_OVER = given(Carry(CARRIED, LATER), start=NEW_ONE)
STATES = {
    "new": NEW,
    "granted": GRANTED,
    "active": ACTIVE,
    "invited": INVITED,
    "renewal due": RENEWAL_DUE,
    "at risk": AT_RISK,
    "expired": EXPIRED,
    "withdrawn": WITHDRAWN,
    "lowered": LOWERED,
    "unneeded": UNNEEDED,
    "notified": NOTIFIED,
    "appealed": APPEALED,
    "reused": REUSED,
    "briefed twice": BRIEFED_TWICE,
    "in renewal": IN_RENEWAL,
    "replaced": REPLACED,
    "renewed": RENEWED,
    "relinquished": given(Relinquish(PERSON, LATER), start=ACTIVE),
    "renewing": NEW_ONE,
    "taken over": TAKEN_OVER,
}
TOUCHED = TouchBy(Touch(named("test", "reorganisation"), date(2026, 7, 1), named("test", "post"), True))
MOVED = Question(named("test", "unit"), date(2026, 5, 1), LATER)
COMMANDS: list[Any] = [
    MOVED,
    EndNeeds(LATER),
    TOUCHED,
    GRANT,
    Brief(OFFICER, LATER, LATER),
    Brief(OFFICER, LATER + timedelta(days=1), LATER + timedelta(days=1)),
    Brief(PERSON, LATER, LATER),
    WITHDRAW,
    LOWER,
    decision(NvoOutcome.GRANTED, Level.GEHEIM, "NVO/3"),
    EndNeed(LATER),
    TELL,
    LODGE,
    RULE,
    Due("appeal", LATER),
    EndNeed(LATER, USE),
    REUSE,
    Reuse(SECOND, named("test", "third use"), replace(AGAIN, level=Level.ZEER_GEHEIM)),
    Relinquish(PERSON, LATER),
    Relinquish(OFFICER, LATER),
    ASK_RENEWAL,
    replace(ASK_RENEWAL, by=PERSON),
    Replace(NEXT, LATER),
    Carry(CARRIED, LATER),
    Carry((), LATER),
    Retire(NEXT, LATER),
    Due("review", LATER),
    Due("invite", NOON),
    Due("apply", NOON),
    Due("at_risk", NOON),
    Due("expiry", EXPIRY),
]


@pytest.mark.parametrize(("name", "command"), list(product(STATES, COMMANDS)))
def test_whatever_is_decided_changes_the_clearance_and_can_be_told(name: str, command: Any) -> None:
    state = STATES[name]
    decided = decide(state, command)
    if isinstance(decided, Refused):
        return
    for event in decided:
        after = evolve(state, event)
        assert after != state or isinstance(event, ReuseFailed)
        for message in outgoing.clearance_tells(CLEARANCE, event, after):
            assert message.subject == str(CLEARANCE)
        state = after


@pytest.mark.parametrize("name", STATES)
def test_a_deadline_that_falls_due_runs_no_longer(name: str) -> None:
    for deadline in due(STATES[name]):
        assert deadline not in due(given(Due(deadline.name, deadline.at), start=STATES[name]))


def test_scr_2_only_an_active_briefed_sufficient_and_needed_clearance_is_usable() -> None:
    assert usable(ACTIVE, Level.GEHEIM, LATER)
    assert usable(ACTIVE, Level.VERTROUWELIJK, LATER), "a clearance covers the levels below"
    assert not usable(ACTIVE, Level.ZEER_GEHEIM, LATER)
    assert not usable(NEW, Level.BEPERKT, LATER)
    assert not usable(GRANTED, Level.GEHEIM, LATER), "not briefed"
    assert not usable(UNNEEDED, Level.GEHEIM, LATER)
    assert not usable(WITHDRAWN, Level.GEHEIM, LATER)
    assert not usable(LOWERED, Level.GEHEIM, LATER)
    assert usable(LOWERED, Level.VERTROUWELIJK, LATER)


def test_scr_2_a_briefing_lies_between_the_grant_and_now_and_somebody_else_gives_it() -> None:
    assert decide(GRANTED, Brief(OFFICER, LATER, LATER)) == [Briefed(OFFICER, LATER)]
    assert decide(GRANTED, Brief(PERSON, LATER, LATER)) == Refused("SCR-3")
    assert decide(GRANTED, Brief(OFFICER, LATER + timedelta(minutes=1), LATER)) == Refused("SCR-FUTURE", "given_at")
    assert decide(GRANTED, Brief(OFFICER, NOON - timedelta(days=1), LATER)) == Refused("SCR-2", "given_at")
    assert decide(UNNEEDED, Brief(OFFICER, LATER, LATER)) == Refused("SCR-2")
    assert decide(EXPIRED, Brief(OFFICER, LATER, LATER)) == Refused("SCR-STATE")
    assert decide(ACTIVE, Brief(OFFICER, LATER, LATER)) == []


def test_scr_7_an_expired_clearance_does_not_count_whatever_is_pending() -> None:
    assert usable(AT_RISK, Level.GEHEIM, EXPIRY - timedelta(seconds=1))
    assert not usable(AT_RISK, Level.GEHEIM, EXPIRY), "also before the clock has struck"
    assert decide(RENEWAL_DUE, Due("expiry", EXPIRY)) == [Expired(EXPIRY, PERSON)]
    assert not usable(EXPIRED, Level.GEHEIM, LATER)
    assert due(EXPIRED) == set()


@pytest.mark.parametrize(
    ("level", "dates"),
    [
        (Level.GEHEIM, {"invite": date(2030, 4, 1), "apply": date(2030, 9, 1), "at_risk": date(2031, 1, 1), "expiry": date(2031, 4, 1)}),
        (Level.ZEER_GEHEIM, {"invite": date(2030, 1, 1), "apply": date(2030, 6, 1), "at_risk": date(2031, 1, 1), "expiry": date(2031, 4, 1)}),
    ],
)
def test_a_clearance_is_spoken_of_in_time(level: Level, dates: dict[str, date]) -> None:
    granted = given(replace(GRANT, level=level))
    assert {d.name: d.at for d in due(granted)} == {name: datetime.combine(day, datetime.min.time(), BRUSSELS) for name, day in dates.items()}


def test_renewal_is_due_seven_months_before_and_told() -> None:
    decided = decide(INVITED, Due("apply", NOON))
    assert decided == [RenewalDue(date(2030, 9, 1), NOON)]
    (said,) = outgoing.clearance_tells(CLEARANCE, decided[0], RENEWAL_DUE)
    assert said.about.name == "ClearanceRenewalDue"
    assert decide(ACTIVE, Due("invite", NOON)) == [RenewalApproached(Milestone.INVITE, NOON)]
    assert decide(RENEWAL_DUE, Due("at_risk", NOON)) == [RenewalApproached(Milestone.AT_RISK, NOON)]


def test_the_authority_withdraws_and_lowers_with_its_reference_once() -> None:
    assert decide(ACTIVE, WITHDRAW) == [Withdrawn(WITHDRAW.decision, PERSON)]
    assert decide(WITHDRAWN, WITHDRAW) == []
    assert decide(ACTIVE, LOWER) == [Lowered(LOWER.decision, Level.VERTROUWELIJK)]
    assert decide(LOWERED, LOWER) == []
    assert decide(LOWERED, WITHDRAW) == Refused("SCR-4", "decision_ref")
    assert decide(LOWERED, decision(NvoOutcome.WITHDRAWN, ref="NVO/3")) != []
    assert decide(NEW, WITHDRAW) == Refused("NOT-FOUND", "clearance_id")
    assert decide(EXPIRED, WITHDRAW) == Refused("SCR-STATE")


@pytest.mark.parametrize("level", [Level.GEHEIM, Level.ZEER_GEHEIM, Level.BEPERKT, None])
def test_a_clearance_is_lowered_to_a_lower_level_that_exists(level: Level | None) -> None:
    assert decide(ACTIVE, decision(NvoOutcome.LOWERED, level)) == Refused("SCR-LEVEL", "level")


@pytest.mark.parametrize("outcome", [NvoOutcome.GRANTED, NvoOutcome.GRANTED_LIMITED, NvoOutcome.REFUSED])
def test_scr_4_a_clearance_is_not_granted_again(outcome: NvoOutcome) -> None:
    assert decide(ACTIVE, decision(outcome, Level.GEHEIM)) == Refused("SCR-4", "outcome")


def test_a_withdrawal_is_dated_between_the_grant_and_now() -> None:
    ahead = ImportDecision(replace(WITHDRAW.decision, decided_at=LATER + timedelta(seconds=1)), LATER)
    assert decide(ACTIVE, ahead) == Refused("SCR-FUTURE", "decided_at")
    before = ImportDecision(replace(WITHDRAW.decision, decided_at=NOON - timedelta(days=1)), LATER)
    assert decide(ACTIVE, before) == Refused("SCR-4", "decided_at")


def test_before_the_briefing_it_can_be_withdrawn_and_never_used() -> None:
    assert given(WITHDRAW, start=GRANTED).status is Status.WITHDRAWN


# Appeals (SCR-12)


def test_the_withdrawal_or_lowering_of_a_clearance_is_appealed_within_thirty_days() -> None:
    assert decide(WITHDRAWN, TELL) == [Notified(LATER, Means.REGISTERED_LETTER, datetime(2026, 5, 19, tzinfo=BRUSSELS))], "30 days to Monday 18 May"
    assert set(grounds(NOTIFIED)) == set(grounds(LOWERED)) == {Ground.WITHDRAWN}
    assert decide(ACTIVE, LODGE) == Refused("SCR-GROUND", "ground")
    assert decide(ACTIVE, TELL) == Refused("SCR-UNDECIDED", "clearance_id")
    assert due(APPEALED) == set()


def test_scr_12_the_holder_is_told_once_between_the_decision_and_now() -> None:
    later, earlier = LATER + timedelta(seconds=1), LATER - timedelta(days=1)
    assert decide(WITHDRAWN, replace(TELL, notified_at=later)) == Refused("SCR-FUTURE", "notified_at")
    assert decide(WITHDRAWN, replace(TELL, notified_at=earlier)) == Refused("SCR-12", "notified_at")
    assert decide(NOTIFIED, TELL) == []
    assert decide(NOTIFIED, replace(TELL, notified_at=earlier)) == Refused("SCR-NOTIFIED", "notified_at")


def test_scr_12_an_appeal_is_posted_between_the_decision_and_now() -> None:
    day = timedelta(days=1)
    ahead, before = (replace(LODGE, filing=replace(LODGE.filing, posted_on=LATER.date() + off)) for off in (day, -day))
    assert decide(NOTIFIED, ahead) == Refused("SCR-FUTURE", "posted_on")
    assert decide(NOTIFIED, before) == Refused("SCR-12", "posted_on")


def test_scr_2_a_briefing_that_was_given_already_changes_nothing_and_an_earlier_one_is_too_late() -> None:
    assert decide(ACTIVE, Brief(OFFICER, LATER, LATER)) == []
    assert decide(ACTIVE, Brief(OFFICER, LATER - timedelta(hours=1), LATER)) == Refused("SCR-STATE")


def test_an_appeal_suspends_nothing_and_brings_no_clearance_back() -> None:
    assert not usable(APPEALED, Level.VERTROUWELIJK, LATER)
    assert given(RULE, start=APPEALED).status is Status.WITHDRAWN


def test_each_decision_that_takes_away_is_notified_and_appealed_by_itself() -> None:
    lowered = given(TELL, LODGE, start=LOWERED)
    withdrawn = given(decision(NvoOutcome.WITHDRAWN, ref="NVO/7"), start=lowered)
    assert withdrawn.notified_at is None
    again = Appeal(Filing(named("test", "second"), named("test", "lodged"), "BO/2", Ground.WITHDRAWN, LATER.date(), LATER))
    assert decide(withdrawn, again) == Refused("SCR-APPEALED", "ground"), "decided at the same instant here"
    later = ImportDecision(Imported("NVO/8", NvoOutcome.WITHDRAWN, None, LATER + timedelta(minutes=1), None), LATER + timedelta(days=1))
    assert isinstance(decide(given(later, start=lowered), again), list)


# Reused for another post


def test_a_live_clearance_that_is_high_and_wide_enough_answers_another_request() -> None:
    assert decide(ACTIVE, REUSE) == [Reused(USE, PERSON, AGAIN.request_id, AGAIN.requester_ref, LATER)]
    assert decide(REUSED, REUSE) == []
    (said,) = outgoing.clearance_tells(CLEARANCE, decide(ACTIVE, REUSE)[0], REUSED)  # type: ignore[index]
    assert (said.about.name, said.model_dump()["requester_ref"]) == ("ClearanceReused", AGAIN.requester_ref)


@pytest.mark.parametrize(
    ("name", "request_"),
    [
        ("withdrawn", AGAIN),
        ("expired", AGAIN),
        ("replaced", AGAIN),
        ("active", replace(AGAIN, level=Level.ZEER_GEHEIM)),
        ("active", replace(AGAIN, scopes=(Scope.NATO,))),
        ("active", replace(AGAIN, scopes=(Scope.NUCLEAR,))),
        ("active", replace(AGAIN, needed_by=date(2030, 9, 1))),
    ],
)
def test_what_it_does_not_answer_goes_on_to_a_case(name: str, request_: case.Request) -> None:
    assert decide(STATES[name], Reuse(SECOND, USE, request_)) == [ReuseFailed(PERSON, SECOND, USE, request_)]


@all_of(st.sampled_from(list(Level)), st.sampled_from([Level.VERTROUWELIJK, Level.GEHEIM, Level.ZEER_GEHEIM]), st.dates(date(2026, 4, 15), date(2031, 12, 1)))
def test_it_is_reused_only_up_to_its_level_and_while_no_renewal_is_due(needed: Level, level: Level, needed_by: date) -> None:
    held = given(replace(GRANT, level=level), Brief(OFFICER, LATER, LATER))
    (event,) = decide(held, Reuse(SECOND, USE, replace(AGAIN, level=needed, needed_by=needed_by)))  # type: ignore[misc]
    months = 10 if level is Level.ZEER_GEHEIM else 7
    apply_by = date(2030, 6, 1) if months == 10 else date(2030, 9, 1)
    assert isinstance(event, Reused) is (level.covers(needed) and needed_by < apply_by)


def test_scr_2_each_need_takes_its_own_briefing() -> None:
    assert decide(REUSED, Brief(OFFICER, LATER, LATER, AGAIN.request_id)) == [Briefed(OFFICER, LATER, USE)]
    (said,) = outgoing.clearance_tells(CLEARANCE, Briefed(OFFICER, LATER, USE), BRIEFED_TWICE)
    assert said.model_dump()["requester_ref"] == AGAIN.requester_ref
    assert decide(REUSED, Brief(OFFICER, LATER, LATER, named("test", "unknown"))) == Refused("SCR-2", "request_id")
    assert decide(REUSED, Brief(OFFICER, LATER, LATER)) == [Briefed(OFFICER, LATER, USE)], "the first was briefed on that day already"


def test_scr_2_it_is_usable_while_one_briefed_need_lives() -> None:
    first_over = given(EndNeed(LATER), start=REUSED)
    assert not usable(first_over, Level.GEHEIM, LATER), "the second need was not briefed"
    assert usable(given(EndNeed(LATER), start=BRIEFED_TWICE), Level.GEHEIM, LATER)
    assert not usable(BRIEFED_TWICE, Level.GEHEIM, LATER, Scope.NATO)


def test_scopes_are_those_that_were_granted() -> None:
    nato = given(replace(GRANT, scopes=(Scope.NATIONAL, Scope.NATO)), Brief(OFFICER, LATER, LATER))
    assert usable(nato, Level.GEHEIM, LATER, Scope.NATO)
    assert not usable(nato, Level.GEHEIM, LATER, Scope.EU)
    assert isinstance(decide(nato, Reuse(SECOND, USE, replace(AGAIN, scopes=(Scope.NATO,))))[0], Reused)  # type: ignore[index]


# Given up


def test_a_clearance_that_nobody_needs_waits_ten_working_days_for_a_new_post() -> None:
    review_at = end_of_term(NEED_REVIEW, day_of(LATER))
    assert decide(ACTIVE, EndNeed(LATER)) == [NeedEnded(LATER, None, review_at)]
    assert {d.at for d in due(UNNEEDED) if d.name == "review"} == {review_at}
    assert decide(UNNEEDED, Due("review", review_at)) == [Relinquished("need_ended", review_at, PERSON)]
    taken_up = given(REUSE, start=UNNEEDED)
    assert "review" not in {d.name for d in due(taken_up)}
    assert decide(taken_up, Due("review", review_at)) == []


def test_what_nobody_needs_when_it_comes_is_reviewed_and_never_usable() -> None:
    came_late = given(replace(GRANT, need_ended_at=NOON))
    assert {d.name for d in due(came_late)} >= {"review"}
    assert decide(came_late, Brief(OFFICER, LATER, LATER)) == Refused("SCR-2")


def test_one_need_of_two_changes_nothing_for_the_other() -> None:
    assert decide(BRIEFED_TWICE, EndNeed(LATER)) == [NeedEnded(LATER)]
    both = given(EndNeed(LATER), EndNeed(LATER, USE), start=BRIEFED_TWICE)
    assert both.review_at
    assert live_needs(both) == ()


def test_the_holder_gives_it_up_and_an_officer_only_what_nobody_needs() -> None:
    assert decide(ACTIVE, Relinquish(PERSON, LATER)) == [Relinquished("given_up", LATER, PERSON)]
    assert decide(ACTIVE, Relinquish(OFFICER, LATER)) == Refused("SCR-NEEDED")
    assert decide(UNNEEDED, Relinquish(OFFICER, LATER)) == [Relinquished("need_ended", LATER, PERSON)]
    assert decide(EXPIRED, Relinquish(PERSON, LATER)) == Refused("SCR-STATE")
    (said,) = outgoing.clearance_tells(CLEARANCE, Relinquished("given_up", LATER), STATES["relinquished"])
    assert said.about.name == "ClearanceRelinquished"


# Renewed


def test_the_chief_asks_for_the_renewal_once_invited_and_never_the_holder() -> None:
    assert decide(INVITED, ASK_RENEWAL) == [RenewalAsked(RENEWAL, PERSON, Level.GEHEIM, (), date(2031, 4, 1), CHIEF, LATER)]
    assert decide(ACTIVE, ASK_RENEWAL) == Refused("SCR-RENEWAL")
    assert decide(INVITED, replace(ASK_RENEWAL, by=PERSON)) == Refused("SCR-3")
    assert decide(given(EndNeed(LATER), start=INVITED), ASK_RENEWAL) == Refused("SCR-2"), "the need to know is confirmed, or there is no renewal"


def test_one_application_for_renewal_at_a_time() -> None:
    second = AskRenewal(named("test", "second renewal"), False, CHIEF, LATER)
    assert decide(IN_RENEWAL, ASK_RENEWAL) == []
    assert decide(IN_RENEWAL, second) == []
    assert given(replace(second, earlier_over=True), start=IN_RENEWAL).renewals == (RENEWAL, second.case_id)


def test_scr_7_the_old_one_counts_until_the_new_one_is_of_use_or_it_expires() -> None:
    assert usable(REPLACED, Level.GEHEIM, LATER)
    assert not usable(REPLACED, Level.GEHEIM, EXPIRY)
    assert decide(REPLACED, Retire(NEXT, LATER)) == [Renewed(NEXT, LATER, PERSON)]
    assert not usable(RENEWED, Level.GEHEIM, LATER)
    assert due(RENEWED) == set()
    assert decide(EXPIRED, Retire(NEXT, LATER)) == []


def test_what_needed_the_old_one_needs_the_new_one() -> None:
    (event,) = decide(given(ASK_RENEWAL, start=given(REUSE, start=INVITED)), Replace(NEXT, LATER))  # type: ignore[misc]
    assert event == Replacing(NEXT, CARRIED, LATER)
    assert decide(REPLACED, Replace(NEXT, LATER)) == []
    assert [use.request_id for use in live_needs(TAKEN_OVER)] == [GRANT.request_id, AGAIN.request_id]
    assert decide(TAKEN_OVER, Carry(CARRIED, LATER)) == []


def test_the_first_briefing_on_the_new_one_is_for_all_and_takes_the_old_one_away_last() -> None:
    decided = decide(TAKEN_OVER, Brief(OFFICER, LATER, LATER))
    assert decided == [Briefed(OFFICER, LATER, CARRIED[0].id), Briefed(OFFICER, LATER, CARRIED[1].id, replaces=CLEARANCE)]
    of_use = given(Brief(OFFICER, LATER, LATER), start=TAKEN_OVER)
    assert usable(of_use, Level.GEHEIM, LATER)
    later = LATER + timedelta(days=1)
    assert decide(of_use, Brief(OFFICER, later, later, AGAIN.request_id)) == [Briefed(OFFICER, later, USE)], "only the first replaces"


def test_a_renewal_that_nobody_needs_any_more_is_reviewed_at_once() -> None:
    assert decide(NEW_ONE, Brief(OFFICER, LATER, LATER)) == Refused("SCR-2")
    assert decide(NEW_ONE, Carry((), LATER)) == [NeedEnded(LATER, None, end_of_term(NEED_REVIEW, day_of(LATER)))]


# A state written before there were uses


def test_a_clearance_kept_by_older_code_is_needed_for_what_it_was_asked_for() -> None:
    (need,) = live_needs(ACTIVE)
    assert (need.request_id, need.briefed_at) == (GRANT.request_id, LATER)


def test_a_clearance_that_is_needed_is_questioned_when_its_holder_moves_and_one_that_is_not_has_its_review() -> None:
    assert decide(ACTIVE, MOVED) == [NeedQuestioned(PERSON, MOVED.to_unit_id, MOVED.effective_from, LATER)]
    assert decide(given(MOVED, start=ACTIVE), MOVED) == [], "once"
    for state in (UNNEEDED, EXPIRED, WITHDRAWN, NEW):
        assert decide(state, MOVED) == []


def test_what_is_found_needed_no_longer_is_reviewed_once_for_all_needs() -> None:
    ended = given(EndNeeds(LATER), start=BRIEFED_TWICE)
    assert live_needs(ended) == ()
    assert ended.review_at == end_of_term(NEED_REVIEW, day_of(LATER))
    assert [event.use for event in decide(BRIEFED_TWICE, EndNeeds(LATER)) if isinstance(event, NeedEnded)] == [None, USE]
    assert given(REUSE, start=given(EndNeeds(LATER), start=ACTIVE)).review_at is None, "a new post takes it up"
