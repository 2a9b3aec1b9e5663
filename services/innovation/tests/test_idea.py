"""Ideas: each rule as a sentence that may be false, and every command in every state."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import product
from typing import Any

import pytest

from cg_contracts.innovation import BenefitOutcome, PilotStage
from cg_kit.pure import Cause, Deadline, Due, Refused, named
from cg_kit.pure.terms import BRUSSELS
from services.innovation.domain.idea import (
    NEW,
    Accept,
    Adopted,
    AnswerOverdue,
    AskEvaluators,
    CloseScores,
    ConflictDeclared,
    DeclareConflict,
    Decline,
    Expert,
    Idea,
    IdeaTouched,
    Merge,
    Merged,
    NotePilot,
    Offer,
    Own,
    Park,
    Place,
    Qualify,
    Reject,
    Release,
    Reown,
    Resume,
    ReviewBenefit,
    ReviewOpened,
    ReviewOverdue,
    Score,
    Scored,
    Scores,
    ScoresClosed,
    Separate,
    Stalled,
    Status,
    Submit,
    Submitted,
    Support,
    Take,
    Taken,
    TouchBy,
    Triage,
    TriageOverdue,
    Unsupport,
    Validate,
    WorkOut,
    decide,
    due,
    evolve,
    followers,
    votes,
)
from services.innovation.domain.unit import Touch
from services.innovation.domain.words import Why
from services.innovation.outgoing import idea_tells
from services.innovation.reactions import release_separated, take_merged

NOON = datetime(2026, 4, 15, 12, tzinfo=BRUSSELS)
IDEA, OTHER, UNIT, UNIT2, PILOT = (named("test", name) for name in ("idea", "other", "unit", "unit2", "pilot"))
ANN, BO, CAS, OFFICER, OWNER, BOARD, HEAD, EVA, EVI = (named("test", name) for name in ("ann", "bo", "cas", "officer", "owner", "board", "head", "eva", "evi"))
SUBMIT = Submit("Drones for lost persons", "Searching takes hours", ("drones",), UNIT, ANN, NOON)
TRIAGE = Triage(("drones", "search"), OWNER, OFFICER, NOON)
WHY = Why("fits_the_plan", "It fits the plan.", OFFICER)
BY_BOARD = replace(WHY, by=BOARD)
ASK = AskEvaluators((Expert(EVA, ("drones",), None), Expert(EVI, ("search",), UNIT2)), OFFICER, NOON)
GOOD = Scores(5, 4, 4, 2)


def given(*commands: Any, start: Idea = NEW) -> Idea:
    """The idea after these commands, each of which changes it."""
    state = start
    for command in commands:
        events = decide(state, command)
        assert isinstance(events, list), (command, events)
        assert events, command
        for event in events:
            state = evolve(state, event)
    return state


def fired(state: Idea, name: str) -> Idea:
    """The idea after a clock that runs has fallen due."""
    at = next(each.at for each in due(state) if each.name == name)
    return given(Due(name, at), start=state)


SUBMITTED = given(SUBMIT)
TRIAGED = given(TRIAGE, start=SUBMITTED)
JUDGED = given(ASK, Score(GOOD, "", EVA, NOON), start=TRIAGED)
SCORED = given(Score(Scores(3, 3, 3, 3), "hm", EVI, NOON), start=JUDGED)
QUALIFIED = given(Qualify(WHY, NOON), start=SCORED)
CONCEPT = given(WorkOut("A drone in each zone", OWNER, NOON), start=QUALIFIED)
VALIDATED = given(Validate(BY_BOARD, NOON), start=CONCEPT)
PILOTING = given(NotePilot(PILOT, PilotStage.STARTED, "started", "", NOON), start=VALIDATED)
EVALUATED = given(NotePilot(PILOT, PilotStage.SCALED, "works", "", NOON), start=PILOTING)
OFFERED = given(Offer(UNIT2, "an hour less", OFFICER, NOON), start=EVALUATED)
ADOPTED = given(Accept(UNIT2, CAS, HEAD, NOON), start=OFFERED)
REVIEWING = fired(ADOPTED, "review:6")
PARKED = given(Park(WHY, date(2026, 9, 1), NOON), start=TRIAGED)
MERGED = given(Merge(OTHER, True, WHY, NOON), start=given(Support(BO, NOON), start=SUBMITTED))
STATES = {
    "new": NEW,
    "submitted": SUBMITTED,
    "supported": given(Support(BO, NOON), start=SUBMITTED),
    "triaged": TRIAGED,
    "judged by one": JUDGED,
    "scored": SCORED,
    "qualified": QUALIFIED,
    "concept": CONCEPT,
    "validated": VALIDATED,
    "piloting": PILOTING,
    "evaluated": EVALUATED,
    "offered": OFFERED,
    "adopted": ADOPTED,
    "reviewing": REVIEWING,
    "parked": PARKED,
    "rejected": given(Reject(WHY, NOON), start=TRIAGED),
    "merged": MERGED,
    "nobody's": given(Reown(UNIT, None, NOON), start=TRIAGED),
    "took": given(Take(Taken(OTHER, (BO,)), NOON), start=TRIAGED),
}
COMMANDS: list[Any] = [
    SUBMIT,
    replace(SUBMIT, title="Another"),
    Support(BO, NOON),
    Support(ANN, NOON),
    Unsupport(BO, NOON),
    TRIAGE,
    replace(TRIAGE, by=ANN),
    Own(BO, OFFICER, NOON),
    ASK,
    AskEvaluators((Expert(ANN, ("drones",), None),), OFFICER, NOON),
    Score(GOOD, "", EVA, NOON),
    Score(GOOD, "", BO, NOON),
    DeclareConflict(EVI, NOON),
    CloseScores(OFFICER, NOON),
    Qualify(WHY, NOON),
    Qualify(replace(WHY, by=ANN), NOON),
    Park(WHY, date(2026, 9, 1), NOON),
    Park(WHY, date(2026, 4, 15), NOON),
    Reject(WHY, NOON),
    Resume(WHY, NOON),
    WorkOut("A drone in each zone", OWNER, NOON),
    WorkOut("Something else", BO, NOON),
    Validate(BY_BOARD, NOON),
    Validate(replace(WHY, by=OWNER), NOON),
    Merge(OTHER, True, WHY, NOON),
    Merge(OTHER, False, WHY, NOON),
    Separate(WHY, NOON),
    Take(Taken(OTHER, (BO,)), NOON),
    Release(OTHER, NOON),
    NotePilot(PILOT, PilotStage.STARTED, "started", "", NOON),
    NotePilot(PILOT, PilotStage.STOPPED, "stopped", "why", NOON),
    Offer(UNIT2, "an hour less", OFFICER, NOON),
    Accept(UNIT2, CAS, HEAD, NOON),
    Accept(UNIT, CAS, HEAD, NOON),
    Accept(UNIT2, CAS, OFFICER, NOON),
    Decline(UNIT2, WHY, NOON),
    ReviewBenefit(6, BenefitOutcome.REALISED, "an hour less", CAS, NOON),
    ReviewBenefit(6, BenefitOutcome.REALISED, "an hour less", BO, NOON),
    Reown(UNIT, UNIT2, NOON),
    Reown(UNIT2, None, NOON),
    Place(UNIT2, OFFICER, NOON),
    Due("no such clock", NOON),
]
TWICE = (Separate, Resume, Decline, Unsupport)
"""What is decided once and then refused, because its state is gone."""


@pytest.mark.parametrize(("name", "command"), list(product(STATES, COMMANDS)))
def test_whatever_is_decided_changes_the_idea_is_told_and_is_decided_once(name: str, command: Any) -> None:
    state = STATES[name]
    decided = decide(state, command)
    if isinstance(decided, Refused):
        return
    for event in decided:
        after = evolve(state, event)
        assert after != state
        state = after
        list(idea_tells(IDEA, event, state))
    again = decide(state, command)
    assert again == [] or (isinstance(command, TWICE) and isinstance(again, Refused)) or isinstance(command, (Resume, Reown)), again


def test_both_clocks_run_from_submission() -> None:
    (submitted,) = decide(NEW, SUBMIT)  # type: ignore[misc]
    assert isinstance(submitted, Submitted)
    assert submitted.triage_due_at == datetime(2026, 4, 30, tzinfo=BRUSSELS), "10 working days"
    assert submitted.answer_due_at == datetime(2026, 5, 16, tzinfo=BRUSSELS), "20 working days, without Labour Day and Ascension"
    assert due(SUBMITTED) == {Deadline("triage", submitted.triage_due_at), Deadline("answer", submitted.answer_due_at)}


def test_late_is_said_once_and_blocks_nothing() -> None:
    late = fired(fired(SUBMITTED, "triage"), "answer")
    assert due(late) == set()
    assert late.answer_due_at == SUBMITTED.answer_due_at, "the first date is kept"
    assert given(TRIAGE, Qualify(WHY, NOON), start=late).status is Status.QUALIFIED
    assert SUBMITTED.triage_due_at
    assert SUBMITTED.answer_due_at
    assert decide(SUBMITTED, Due("triage", SUBMITTED.triage_due_at)) == [TriageOverdue(SUBMITTED.triage_due_at)]
    assert decide(SUBMITTED, Due("answer", SUBMITTED.answer_due_at)) == [AnswerOverdue(SUBMITTED.answer_due_at)]
    assert decide(late, Due("answer", SUBMITTED.answer_due_at)) == []


@pytest.mark.parametrize("answer", [Qualify(WHY, NOON), Park(WHY, date(2026, 9, 1), NOON), Reject(WHY, NOON)])
def test_every_answer_stops_the_clock_and_carries_its_reason(answer: Any) -> None:
    state = given(answer, start=TRIAGED)
    assert state.answered_at == NOON
    assert "answer" not in {each.name for each in due(state)}
    assert (state.steps[-1].code, state.steps[-1].text) == (WHY.code, WHY.text)


def test_inn_7_whoever_follows_an_idea_sees_each_status_with_its_reason() -> None:
    assert [step.what for step in ADOPTED.steps] == [
        "SUBMITTED",
        "TRIAGED",
        "SCORED",
        "QUALIFIED",
        "CONCEPT",
        "VALIDATED",
        "PILOT_STARTED",
        "PILOT_SCALED",
        "OFFERED",
        "ADOPTED",
    ]
    assert all(step.code for step in ADOPTED.steps)
    for name, state in STATES.items():
        if name != "new":
            assert ANN in followers(state), name


def test_inn_8_adoption_is_accepted_by_the_unit_that_was_asked() -> None:
    assert decide(EVALUATED, Accept(UNIT2, CAS, HEAD, NOON)) == Refused("INN-8", "unit_id")
    assert decide(OFFERED, Accept(UNIT, CAS, HEAD, NOON)) == Refused("INN-8", "unit_id")
    assert decide(OFFERED, Accept(UNIT2, CAS, OFFICER, NOON)) == Refused("INN-SELF"), "not by who offered it"
    assert decide(OFFERED, Accept(UNIT2, CAS, HEAD, NOON)) == [Adopted(UNIT2, CAS, HEAD, NOON)]
    declined = given(Decline(UNIT2, WHY, NOON), start=OFFERED)
    assert declined.status is Status.EVALUATED
    assert given(Offer(UNIT, "the same", OFFICER, NOON), start=declined).offered_to == UNIT, "another unit can be asked"
    assert decide(PILOTING, Offer(UNIT2, "an hour less", OFFICER, NOON)) == Refused("INN-STATE")


def test_nobody_decides_on_their_own_idea() -> None:
    mine = replace(WHY, by=ANN)
    assert decide(SUBMITTED, replace(TRIAGE, by=ANN)) == Refused("INN-SELF")
    for command in (Qualify(mine, NOON), Park(mine, date(2026, 9, 1), NOON), Reject(mine, NOON)):
        assert decide(TRIAGED, command) == Refused("INN-SELF")
    assert decide(CONCEPT, Validate(mine, NOON)) == Refused("INN-SELF")
    assert decide(CONCEPT, Validate(replace(WHY, by=OWNER), NOON)) == Refused("INN-SELF")


@pytest.mark.parametrize(
    ("expert", "rule"),
    [
        (Expert(ANN, ("drones",), None), "INN-CONFLICT"),
        (Expert(BO, ("drones",), None), "INN-CONFLICT"),
        (Expert(OWNER, ("drones",), None), "INN-CONFLICT"),
        (Expert(EVA, ("drones",), UNIT), "INN-CONFLICT"),
        (Expert(EVA, ("horses",), None), "INN-EXPERTISE"),
        (Expert(EVA, (), None), "INN-EXPERTISE"),
    ],
    ids=["proposer", "supporter", "owner", "own unit", "other expertise", "none"],
)
def test_evaluators_know_the_theme_and_have_no_stake(expert: Expert, rule: str) -> None:
    state = given(Support(BO, NOON), start=TRIAGED)
    assert decide(state, AskEvaluators((expert,), OFFICER, NOON)) == Refused(rule, "persons")


def test_the_last_score_closes_the_round_and_freezes_it() -> None:
    assert decide(JUDGED, Score(GOOD, "", EVI, NOON)) == [Scored(GOOD, "", EVI, NOON), ScoresClosed(NOON)]
    assert decide(SCORED, Score(Scores(1, 1, 1, 1), "", EVA, NOON)) == Refused("INN-FROZEN")
    assert decide(TRIAGED, Score(GOOD, "", EVA, NOON)) == Refused("INN-EVALUATOR")
    assert decide(JUDGED, DeclareConflict(EVI, NOON)) == [ConflictDeclared(EVI, NOON)], "one score is not enough to close"
    assert decide(JUDGED, CloseScores(OFFICER, NOON)) == Refused("INN-SCORES")
    assert decide(given(Qualify(WHY, NOON), WorkOut("c", OWNER, NOON), start=JUDGED), Validate(BY_BOARD, NOON)) == Refused("INN-SCORES")


def test_what_was_merged_counts_each_person_once_and_is_separated_again() -> None:
    source = given(Support(BO, NOON), Support(CAS, NOON), start=SUBMITTED)
    (merged,) = decide(source, Merge(OTHER, True, WHY, NOON))  # type: ignore[misc]
    assert isinstance(merged, Merged)
    (to,) = take_merged(merged, Cause("1", "t", "s", "", NOON, aggregate=IDEA))
    target = given(replace(SUBMIT, by=BO, title="Search from the air"), start=NEW)
    target = given(to.command, start=given(Support(CAS, NOON), start=target))
    assert (to.id, votes(target)) == (OTHER, 3), "Bo proposed the other, Cas supports both, Ann proposed this one"
    gone = evolve(source, merged)
    assert (gone.title, gone.status, due(gone)) == (source.title, Status.MERGED, set()), "both texts stay, one clock runs"
    (separated,) = decide(gone, Separate(WHY, NOON))  # type: ignore[misc]
    (back,) = release_separated(separated, Cause("1", "t", "s", "", NOON, aggregate=IDEA))  # type: ignore[arg-type]
    assert votes(given(back.command, start=target)) == 2
    assert evolve(gone, separated).status is Status.SUBMITTED  # type: ignore[arg-type]
    assert due(evolve(gone, separated)) == due(source)  # type: ignore[arg-type]


def test_only_what_goes_on_takes_another() -> None:
    assert decide(SUBMITTED, Merge(OTHER, False, WHY, NOON)) == Refused("INN-MERGE", "into")
    assert decide(given(Take(Taken(OTHER, (BO,)), NOON), start=TRIAGED), Merge(OTHER, True, WHY, NOON)) == Refused("INN-MERGE", "into")
    assert decide(MERGED, Support(CAS, NOON)) == Refused("INN-MERGED", "idea_id")
    assert decide(ADOPTED, Take(Taken(OTHER, ()), NOON)) == Refused("INN-MERGE", "into")


def test_what_is_parked_comes_back_on_its_day() -> None:
    assert due(PARKED) == {Deadline("parked", datetime(2026, 9, 1, tzinfo=BRUSSELS))}
    back = fired(PARKED, "parked")
    assert (back.status, back.answered_at) == (Status.TRIAGED, NOON)
    assert given(Resume(WHY, NOON), start=given(Park(WHY, date(2026, 9, 1), NOON), start=VALIDATED)).status is Status.VALIDATED


def test_what_stands_still_is_said_to_the_owner_then_to_the_head() -> None:
    (first,) = due(QUALIFIED)
    assert (first.name, first.at.date() >= (NOON + timedelta(days=60)).date()) == ("idle", True)
    assert decide(QUALIFIED, Due("idle", first.at)) == [Stalled(1, NOON, first.at)]
    once = fired(QUALIFIED, "idle")
    twice = fired(once, "idle")
    assert (once.stalled, twice.stalled, due(twice)) == (1, 2, set())
    assert given(WorkOut("now", OWNER, NOON), start=twice).stalled == 0, "a step ends it"


def test_the_benefit_is_looked_at_after_6_and_12_months() -> None:
    assert {each.name: each.at for each in due(ADOPTED)} == {
        "review:6": datetime(2026, 10, 16, tzinfo=BRUSSELS),
        "review:12": datetime(2027, 4, 16, tzinfo=BRUSSELS),
    }
    assert decide(ADOPTED, ReviewBenefit(6, BenefitOutcome.REALISED, "", CAS, NOON)) == Refused("INN-REVIEW", "months")
    opened = REVIEWING.reviews[0]
    assert decide(ADOPTED, Due("review:6", datetime(2026, 10, 16, tzinfo=BRUSSELS)))[0] == ReviewOpened(  # type: ignore[index]
        6, opened.due_at, datetime(2026, 10, 16, tzinfo=BRUSSELS)
    )
    assert decide(REVIEWING, Due("reviewed:6", opened.due_at)) == [ReviewOverdue(6, opened.due_at)]
    assert decide(REVIEWING, ReviewBenefit(6, BenefitOutcome.REALISED, "", BO, NOON)) == Refused("INN-OWNER")
    late = fired(REVIEWING, "reviewed:6")
    done = given(ReviewBenefit(6, BenefitOutcome.PARTLY_REALISED, "half an hour", CAS, NOON), start=late)
    assert done.reviews[0].late_at == opened.due_at, "late stays on record"
    assert {each.name for each in due(done)} == {"review:12"}


def test_f7_an_idea_goes_with_its_unit() -> None:
    assert given(Reown(UNIT, OTHER, NOON), start=ADOPTED).unit_id == OTHER
    assert given(Reown(UNIT2, OTHER, NOON), start=ADOPTED).adopted_by == OTHER
    assert given(Reown(UNIT, None, NOON), start=TRIAGED).unit_id is None
    assert decide(TRIAGED, Reown(UNIT2, OTHER, NOON)) == []
    assert decide(TRIAGED, Place(OTHER, OFFICER, NOON)) == Refused("INN-STATE", "unit_id")
    touch = Touch(OTHER, date(2027, 1, 1), UNIT, True)
    assert decide(TRIAGED, TouchBy(touch)) == [IdeaTouched(touch)]
    assert decide(ADOPTED, TouchBy(replace(touch, unit_id=UNIT2))) == [IdeaTouched(replace(touch, unit_id=UNIT2))], "a review is to come"
    assert [decide(STATES[name], TouchBy(touch)) for name in ("new", "rejected", "merged")] == [[], [], []]


def test_a_pilot_that_stops_before_it_runs_leaves_the_idea_where_it_was() -> None:
    stopped = given(NotePilot(PILOT, PilotStage.STOPPED, "gate_red", "no", NOON), start=VALIDATED)
    assert (stopped.status, stopped.steps[-1].code) == (Status.VALIDATED, "gate_red")
    assert given(NotePilot(PILOT, PilotStage.STOPPED, "no_effect", "no", NOON), start=PILOTING).status is Status.EVALUATED


def test_nothing_is_told_of_who_proposed_supports_or_judges() -> None:
    people = {str(each) for each in (ANN, BO, CAS, OFFICER, OWNER, BOARD, HEAD, EVA, EVI)}
    for state, command in product(STATES.values(), COMMANDS):
        decided = decide(state, command)
        after = state
        for event in [] if isinstance(decided, Refused) else decided:
            after = evolve(after, event)
            for message in idea_tells(IDEA, event, after):
                assert not [one for one in people if one in message.model_dump_json()]
