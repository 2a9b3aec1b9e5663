"""A clearance: each rule as a sentence that may be false, and every command in every state."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import product
from typing import Any

import pytest

from cg_contracts.levels import Level
from cg_contracts.screening import AppealOutcome, Ground, Means, NvoOutcome
from cg_kit.pure import Due, Refused, named
from services.screening import outgoing
from services.screening.domain.appeal import Filing, Ruling
from services.screening.domain.application import Imported
from services.screening.domain.clearance import (
    NEW,
    Appeal,
    Brief,
    Briefed,
    Clearance,
    ConcludeAppeal,
    EndNeed,
    Expired,
    Grant,
    ImportDecision,
    Lowered,
    Milestone,
    Notified,
    Notify,
    RenewalApproached,
    RenewalDue,
    Status,
    Withdrawn,
    decide,
    due,
    evolve,
    grounds,
    usable,
)
from services.screening.domain.regime import BRUSSELS

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
}
COMMANDS: list[Any] = [
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
        assert after != state
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
    assert decide(RENEWAL_DUE, Due("expiry", EXPIRY)) == [Expired(EXPIRY)]
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
    assert decide(ACTIVE, WITHDRAW) == [Withdrawn(WITHDRAW.decision)]
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


# Appeals (domain.md 4.3; SCR-12)


def test_the_withdrawal_or_lowering_of_a_clearance_is_appealed_within_thirty_days() -> None:
    assert decide(WITHDRAWN, TELL) == [Notified(LATER, Means.REGISTERED_LETTER, datetime(2026, 5, 19, tzinfo=BRUSSELS))], "30 days to Monday 18 May"
    assert set(grounds(NOTIFIED)) == set(grounds(LOWERED)) == {Ground.WITHDRAWN}
    assert decide(ACTIVE, LODGE) == Refused("SCR-GROUND", "ground")
    assert decide(ACTIVE, TELL) == Refused("SCR-UNDECIDED", "clearance_id")
    assert due(APPEALED) == set()


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
