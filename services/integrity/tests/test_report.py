"""A report: its two clocks, who may handle it, where it goes, and what its reporter hears."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import product
from typing import Any

import pytest

from cg_kit.pure import Deadline, Due, Refused, named
from cg_kit.pure.terms import BRUSSELS
from services.integrity import outgoing
from services.integrity.domain import report
from services.integrity.domain.report import (
    NEW,
    Acknowledge,
    AcknowledgementMissed,
    Admit,
    AgreeToBeKnown,
    Answer,
    AskedAfter,
    Assess,
    Category,
    Claim,
    Conclude,
    Cover,
    DecideMeasures,
    Destination,
    Dropped,
    FeedbackMissed,
    FindInadmissible,
    GiveFeedback,
    GiveTo,
    HandlerWanted,
    HoldFalse,
    Investigate,
    Measure,
    Mode,
    Name,
    Outcome,
    Owed,
    Receive,
    RecordAnswer,
    Recuse,
    Redirect,
    Report,
    ReportToCg,
    Show,
    Status,
    TakeReferred,
    Visit,
    Write,
    WriteBack,
    decide,
    due,
    evolve,
)


def at(month: int, day: int, year: int = 2026) -> datetime:
    return datetime(year, month, day, tzinfo=BRUSSELS)


ANN, BEA, BOSS, CHIEF, CG, UNIT, TEXT, REF = (named("test", name) for name in ("ann", "bea", "boss", "chief", "cg", "unit", "text", "referral"))
RECEIVED_ON = at(11, 24)
RECEIVE = Receive(Mode.CONFIDENTIAL, Category.FRAUD, UNIT, date(2026, 10, 1), True, TEXT, (CHIEF,), False, REF, RECEIVED_ON)


def given(*commands: Any, start: Report = NEW) -> Report:
    """The report after these commands, each of which changes it."""
    state = start
    for command in commands:
        events = decide(state, command)
        assert isinstance(events, list), (command, events)
        assert events, command
        for event in events:
            state = evolve(state, event)
    return state


RECEIVED = given(RECEIVE)
GIVEN = given(GiveTo(ANN), start=RECEIVED)
ACKNOWLEDGED = given(Acknowledge(ANN, at(11, 26)), start=GIVEN)
ASSESSED = given(Assess(ANN, at(11, 27)), start=ACKNOWLEDGED)
NAMED = given(Name(ANN, (BOSS,), None, (CHIEF,), False, at(11, 27)), start=ASSESSED)
ADMITTED = given(Admit(ANN, at(11, 28)), start=NAMED)
INVESTIGATED = given(Investigate(ANN, at(11, 29)), start=ADMITTED)
BEFORE_CG = given(ReportToCg(ANN, TEXT, at(12, 20)), start=INVESTIGATED)
DECIDED = given(DecideMeasures(CG, (Measure("reprimand", BOSS, True),), at(12, 22)), start=BEFORE_CG)
TOLD = given(GiveFeedback(ANN, TEXT, at(12, 23)), start=DECIDED)
CONCLUDED = given(Conclude(ANN, Outcome.FOUNDED, (UNIT,), at(12, 28)), start=TOLD)
INADMISSIBLE = given(FindInadmissible(ANN, "not_in_scope", TEXT, at(11, 28)), start=ASSESSED)
REDIRECTED = given(Redirect(ANN, REF, Destination.AIG, False, at(11, 30)), start=ASSESSED)
TOP = given(replace(RECEIVE, top=True), GiveTo(ANN))
STATES: dict[str, Report] = {
    "new": NEW,
    "received": RECEIVED,
    "given": GIVEN,
    "acknowledged": ACKNOWLEDGED,
    "assessed": ASSESSED,
    "named": NAMED,
    "admitted": ADMITTED,
    "investigated": INVESTIGATED,
    "before the commissioner-general": BEFORE_CG,
    "decided": DECIDED,
    "told": TOLD,
    "concluded": CONCLUDED,
    "inadmissible": INADMISSIBLE,
    "redirected": REDIRECTED,
    "accepted elsewhere": given(RecordAnswer(ANN, REF, Answer.ACCEPTED, "AIG/1", at(12, 2)), start=REDIRECTED),
    "top": TOP,
    "without contact": given(replace(RECEIVE, contact=False), GiveTo(ANN)),
    "referred": given(TakeReferred(REF, "engagement:1", Category.FRAUD, UNIT, None, None, RECEIVED_ON)),
    "missed": given(Due("acknowledgement", at(12, 2)), start=GIVEN),
    "archived": given(Due("retention", at(12, 28, 2031)), start=CONCLUDED),
}
COMMANDS: list[Any] = [
    RECEIVE,
    TakeReferred(REF, "engagement:1", Category.FRAUD, UNIT, None, TEXT, RECEIVED_ON),
    GiveTo(BEA),
    GiveTo(CHIEF),
    GiveTo(None),
    Claim(BEA, (CHIEF, BOSS), False, at(12, 1)),
    Claim(CHIEF, (), False, at(12, 1)),
    Cover(ANN),
    Recuse(ANN, at(12, 1)),
    Name(ANN, (BEA,), date(2026, 9, 1), (CHIEF,), False, at(12, 1)),
    Name(ANN, (ANN,), None, (), False, at(12, 1)),
    Name(ANN, (CG,), None, (), True, at(12, 1)),
    Acknowledge(ANN, at(12, 1)),
    Acknowledge(BEA, at(12, 1)),
    Assess(ANN, at(12, 1)),
    Admit(ANN, at(12, 1)),
    FindInadmissible(ANN, "not_in_scope", TEXT, at(12, 1)),
    Redirect(ANN, named("test", "another"), Destination.COMITE_P, False, at(12, 1)),
    Redirect(ANN, named("test", "another"), Destination.PSYCHOSOCIAL, False, at(12, 1)),
    RecordAnswer(ANN, REF, Answer.ACCEPTED, "AIG/1", at(12, 1)),
    RecordAnswer(ANN, REF, Answer.ACCEPTED, None, at(12, 1)),
    RecordAnswer(ANN, REF, Answer.REFUSED, None, at(12, 1)),
    Investigate(ANN, at(12, 1)),
    ReportToCg(ANN, TEXT, at(12, 1)),
    DecideMeasures(CG, (), at(12, 1)),
    DecideMeasures(CG, (Measure("reprimand", BEA, False),), at(12, 1)),
    GiveFeedback(ANN, TEXT, at(12, 1)),
    Write(ANN, TEXT, at(12, 1)),
    WriteBack(TEXT, at(12, 1)),
    AgreeToBeKnown(at(12, 1)),
    Visit(1),
    Visit(4),
    Show("identity_asked_law", at(12, 1)),
    *(Conclude(ANN, outcome, (UNIT,), at(12, 29)) for outcome in Outcome),
    HoldFalse(CHIEF, TEXT, at(12, 29)),
    HoldFalse(CHIEF, None, at(12, 29)),
    Due("deputy", at(11, 30)),
    Due("acknowledgement", at(12, 2)),
    Due("feedback-near:15", at(2, 12, 2027)),
    Due("feedback", at(3, 2, 2027)),
    Due(f"referral:{REF}", at(12, 15)),
    Due("check-in:3", at(3, 29, 2027)),
]
SILENT = (HandlerWanted, report.FeedbackNear)
"""Events that only set others to work."""


@pytest.mark.parametrize(("name", "command"), list(product(STATES, COMMANDS)))
def test_whatever_is_decided_changes_the_report_and_is_told_to_nobody(name: str, command: Any) -> None:
    state = STATES[name]
    decided = decide(state, command)
    for event in [] if isinstance(decided, Refused) else decided:
        after = evolve(state, event)
        assert after != state or isinstance(event, (SILENT, AcknowledgementMissed | FeedbackMissed))
        assert list(outgoing.nothing(REF, event, after)) == []
        assert due(after) is not None
        state = after
        assert state.handler not in state.excluded or state.handler is None, "INT-3"


# The clocks


def test_the_terms_of_the_law_run_as_the_examples_say() -> None:
    """Received 2026-11-24: acknowledgement due 2026-12-01; acknowledged 11-26: feedback due 2027-02-26; never acknowledged: 2027-03-01."""
    running = due(GIVEN)
    assert Deadline("acknowledgement", at(12, 2)) in running, "the first instant that is too late"
    assert Deadline("feedback", at(3, 2, 2027)) in running
    assert Deadline("feedback", at(2, 27, 2027)) in due(ACKNOWLEDGED)
    assert report.feedback_day(ACKNOWLEDGED) == date(2027, 2, 26)


def test_a_deputy_takes_over_before_either_term_is_missed() -> None:
    names = {deadline.name: deadline.at for deadline in due(GIVEN)}
    assert names["deputy"] < names["acknowledgement"]
    assert names["feedback-near:15"] < names["feedback"]
    for name in ("deputy", "feedback-near:15"):
        decided = decide(GIVEN, Due(name, names[name]))
        assert isinstance(decided, list)
        (wanted,) = [event for event in decided if isinstance(event, HandlerWanted)]
        assert {ANN, CHIEF} <= set(wanted.but)
    assert given(GiveTo(BEA), start=GIVEN).handler == BEA


def test_missed_is_on_record_and_still_owed() -> None:
    late = given(Acknowledge(ANN, at(12, 5)), start=STATES["missed"])
    assert (late.acknowledgement, late.acknowledged_at) == (Owed.MISSED, at(12, 5))
    assert report.feedback_by(late) == report.feedback_by(STATES["missed"]), "what is late does not move what comes next"


def test_int_4_feedback_is_owed_even_if_inadmissible() -> None:
    assert any(deadline.name == "feedback" for deadline in due(INADMISSIBLE))
    assert decide(INADMISSIBLE, Conclude(ANN, Outcome.INADMISSIBLE, (), at(12, 1))) == Refused("INT-4")
    told = given(GiveFeedback(ANN, TEXT, at(12, 1)), Conclude(ANN, Outcome.INADMISSIBLE, (), at(12, 1)), start=INADMISSIBLE)
    assert told.status is Status.CONCLUDED


def test_who_wants_no_contact_is_owed_none_and_the_report_goes_on() -> None:
    quiet = STATES["without contact"]
    assert {deadline.name for deadline in due(quiet)} == set()
    assert given(Assess(ANN, at(11, 25)), start=quiet).status is Status.ASSESSMENT
    assert decide(quiet, Write(ANN, TEXT, at(11, 25))) == Refused("INT-NO-CONTACT")
    assert decide(GIVEN, Assess(ANN, at(11, 25))) == Refused("INT-ACKNOWLEDGE")


# Who handles it


def test_int_3_nobody_named_nor_in_their_line_handles_it() -> None:
    assert decide(RECEIVED, GiveTo(CHIEF)) == Refused("INT-3")
    assert decide(RECEIVED, Claim(CHIEF, (), False, at(11, 25))) == Refused("INT-3")
    assert decide(RECEIVED, Claim(BEA, (BEA,), False, at(11, 25))) == Refused("INT-3")
    dropped = decide(GIVEN, Name(ANN, (ANN,), None, (), False, at(11, 25)))
    assert isinstance(dropped, list)
    assert [type(event) for event in dropped] == [Dropped, report.Named, HandlerWanted]
    assert decide(given(Name(ANN, (BOSS,), None, (ANN,), False, at(11, 25)), start=GIVEN), Acknowledge(ANN, at(11, 26))) == Refused("INT-HANDLER")


def test_int_3_what_concerns_the_top_goes_to_comite_p_and_nowhere_else() -> None:
    assert (TOP.status, TOP.referrals[-1].destination) == (Status.REDIRECTED, Destination.COMITE_P)
    later = given(Name(ANN, (CG,), None, (), True, at(11, 27)), start=ASSESSED)
    for command in (Admit(ANN, at(11, 28)), FindInadmissible(ANN, "x", TEXT, at(11, 28))):
        assert decide(later, command) == Refused("INT-3")
    assert decide(later, Redirect(ANN, REF, Destination.AIG, False, at(11, 28))) == Refused("INT-3", "destination")
    assert given(Redirect(ANN, REF, Destination.COMITE_P, False, at(11, 28)), start=later).status is Status.REDIRECTED


def test_who_steps_back_never_gets_it_again() -> None:
    free = given(Recuse(ANN, at(11, 25)), start=GIVEN)
    assert free.handler is None
    assert decide(free, GiveTo(ANN)) == Refused("INT-3")
    assert decide(free, Claim(ANN, (), False, at(11, 25))) == Refused("INT-3")
    assert given(GiveTo(BEA), start=free).handler == BEA


def test_only_the_handler_does_anything_with_it() -> None:
    for command in COMMANDS:
        if getattr(command, "by", None) == ANN:
            assert decide(ASSESSED, replace(command, by=BEA)) == Refused("INT-HANDLER"), command


# Where it goes


def test_silence_brings_a_referral_back() -> None:
    (running,) = [deadline for deadline in due(REDIRECTED) if deadline.name.startswith("referral")]
    assert running.at == at(12, 15), "ten working days from Monday 30 November"
    back = given(Due(running.name, running.at), start=REDIRECTED)
    assert (back.status, back.referrals[-1].answer) == (Status.ASSESSMENT, Answer.SILENT)
    assert not any(deadline.name.startswith("referral") for deadline in due(back))


def test_a_referral_is_accepted_with_a_receipt_or_comes_back() -> None:
    assert decide(REDIRECTED, RecordAnswer(ANN, REF, Answer.ACCEPTED, None, at(12, 2))) == Refused("INT-REFERRAL", "receipt")
    assert decide(REDIRECTED, Conclude(ANN, Outcome.REFERRED, (), at(12, 2))) == Refused("INT-REFERRAL")
    assert given(RecordAnswer(ANN, REF, Answer.REFUSED, None, at(12, 2)), start=REDIRECTED).status is Status.ASSESSMENT
    ended = given(GiveFeedback(ANN, TEXT, at(12, 3)), Conclude(ANN, Outcome.REFERRED, (), at(12, 3)), start=STATES["accepted elsewhere"])
    assert ended.outcome is Outcome.REFERRED


def test_to_the_psychosocial_adviser_only_with_consent_and_never_handled_here() -> None:
    assert decide(ASSESSED, Redirect(ANN, REF, Destination.PSYCHOSOCIAL, False, at(11, 28))) == Refused("INT-AGREED", "agreed")
    bullied = replace(ASSESSED, category=Category.PSYCHOSOCIAL)
    assert decide(bullied, Admit(ANN, at(11, 28))) == Refused("INT-SCOPE")


def test_int_6_a_measure_is_against_who_is_named_and_decided_by_the_authority() -> None:
    assert decide(BEFORE_CG, DecideMeasures(CG, (Measure("reprimand", BEA, False),), at(12, 22))) == Refused("INT-6", "measures")
    assert decide(BEFORE_CG, DecideMeasures(BOSS, (), at(12, 22))) == Refused("INT-3")
    assert given(DecideMeasures(CG, (), at(12, 22)), start=BEFORE_CG).measures == ()


def test_int_9_a_report_is_false_only_with_proof_that_its_maker_knew() -> None:
    unfounded = given(Conclude(ANN, Outcome.UNFOUNDED, (), at(12, 28)), start=TOLD)
    assert decide(unfounded, HoldFalse(CHIEF, None, at(12, 29))) == Refused("INT-9", "proof")
    assert decide(CONCLUDED, HoldFalse(CHIEF, TEXT, at(12, 29))) == Refused("INT-9", "proof")
    assert given(HoldFalse(CHIEF, TEXT, at(12, 29)), start=unfounded).false_proof == TEXT


# What the reporter hears


def test_each_step_is_there_to_see_and_is_new_until_it_was_seen() -> None:
    codes = [change.code for change in CONCLUDED.changes]
    assert codes[:4] == ["received", "acknowledged", "assessment", "admissible"]
    assert codes[-1] == "concluded_founded"
    seen = given(Visit(len(CONCLUDED.changes)), start=CONCLUDED)
    assert seen.seen == len(seen.changes)
    assert decide(seen, Visit(2)) == []


def test_after_the_end_the_reporter_is_asked_three_times_and_the_file_closes() -> None:
    asked = {deadline.name: deadline.at for deadline in due(CONCLUDED)}
    assert set(asked) == {"check-in:3", "check-in:6", "check-in:12", "retention"}
    state = CONCLUDED
    for months in (3, 6, 12):
        assert decide(state, Due(f"check-in:{months}", asked[f"check-in:{months}"])) == [AskedAfter(months, asked[f"check-in:{months}"])]
    assert given(WriteBack(TEXT, asked["check-in:3"] + timedelta(days=1)), start=state).unread == 1


def test_int_10_after_the_retention_nobody_does_anything_with_it() -> None:
    archived = STATES["archived"]
    assert due(archived) == set()
    for command in COMMANDS:
        assert decide(archived, command) == Refused("INT-10") or isinstance(command, Receive | TakeReferred | Due)
