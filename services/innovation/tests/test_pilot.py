"""Pilots: each rule as a sentence that may be false, and every command in every state."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import product
from typing import Any

import pytest

from cg_contracts import frozen
from cg_contracts.innovation import AiClass, Colour, Disposal, Gate, PilotGateAnsweredV1, PilotStage
from cg_kit.pure import Cause, Deadline, Due, Refused, named
from cg_kit.pure.terms import BRUSSELS
from services.innovation.domain.external import Standing
from services.innovation.domain.pilot import (
    KEEPERS,
    NEW,
    AnswerGate,
    Approve,
    Approved,
    Cleared,
    DataOverdue,
    Dispose,
    Endorse,
    EndReached,
    Extend,
    GateAnswered,
    GateOverdue,
    GateReopened,
    GatesReleased,
    GuestNoted,
    Invite,
    Kpi,
    Measure,
    Nature,
    NoteGuest,
    Pilot,
    PilotRejected,
    PilotTouched,
    Place,
    Plan,
    Propose,
    RejectPilot,
    Reown,
    Scale,
    Start,
    Started,
    Status,
    Stop,
    Stopped,
    TouchBy,
    Uninvite,
    decide,
    due,
    evolve,
    may_enter,
    required,
)
from services.innovation.domain.unit import Touch
from services.innovation.domain.words import Why
from services.innovation.outgoing import pilot_tells
from services.innovation.reactions import STAGES, answer_gate, note_stage

NOON = datetime(2026, 4, 15, 12, tzinfo=BRUSSELS)
PILOT, IDEA, UNIT, UNIT2, SME = (named("test", name) for name in ("pilot", "idea", "unit", "unit2", "sme"))
LEAD, SPONSOR, BOARD, DPO, LAWYER, DEV = (named("test", name) for name in ("lead", "sponsor", "board", "dpo", "lawyer", "dev"))
NATURE = Nature(personal_data=True, externals=True)
PROPOSE = Propose(PILOT, IDEA, True, "Searching takes half the time", NATURE, Decimal(0), UNIT, SPONSOR, LEAD, NOON)
PLAN = Plan((Kpi("minutes", Decimal(30)),), ("an accident",), LEAD, NOON)
BY_BOARD = Why("good_enough", "It may.", BOARD)
INVITE = Invite(DEV, SME, True, LEAD, NOON)
LATER = NOON + timedelta(days=700)
YES = NoteGuest(DEV, Standing.POSITIVE, LATER, NOON)


def answer(gate: Gate, colour: Colour = Colour.GREEN, **more: Any) -> AnswerGate:
    """A person with the role says so."""
    return AnswerGate(gate, colour, "looked_at", "Fine.", more.pop("by", DPO), "", NOON, **more)


def given(*commands: Any, start: Pilot = NEW) -> Pilot:
    """The pilot after these commands, each of which changes it."""
    state = start
    for command in commands:
        events = decide(state, command)
        assert isinstance(events, list), (command, events)
        assert events, command
        for event in events:
            state = evolve(state, event)
    return state


def fired(state: Pilot, name: str) -> Pilot:
    """The pilot after a clock that runs has fallen due."""
    at = next(each.at for each in due(state) if each.name == name)
    return given(Due(name, at), start=state)


PROPOSED = given(PROPOSE)
WITH_GUEST = given(INVITE, PLAN, start=PROPOSED)
PRECHECKS = given(Endorse(SPONSOR, NOON), start=WITH_GUEST)
HALF = given(answer(Gate.DPIA), start=PRECHECKS)
CLEARED = given(answer(Gate.LEGAL), YES, start=HALF)
APPROVED = given(Approve(BY_BOARD, NOON), start=CLEARED)
RUNNING = given(Start(date(2026, 10, 15), LEAD, NOON), start=APPROVED)
EXTENDED = given(Extend(date(2027, 1, 15), BY_BOARD, NOON), start=RUNNING)
EVALUATING = fired(RUNNING, "end")
DISPOSED = given(Dispose(Disposal.DELETED, "PV 12", DPO, NOON), start=EVALUATING)
SCALED = given(Scale(BY_BOARD, NOON), start=DISPOSED)
STOPPED = given(Stop(BY_BOARD, NOON), start=RUNNING)
RED = given(answer(Gate.LEGAL, Colour.RED), start=HALF)
STATES = {
    "new": NEW,
    "proposed": PROPOSED,
    "with a guest": WITH_GUEST,
    "prechecks": PRECHECKS,
    "half": HALF,
    "cleared": CLEARED,
    "approved": APPROVED,
    "running": RUNNING,
    "extended": EXTENDED,
    "evaluating": EVALUATING,
    "disposed": DISPOSED,
    "scaled": SCALED,
    "stopped": STOPPED,
    "red": RED,
    "rejected": given(RejectPilot(BY_BOARD, NOON), start=HALF),
    "nowhere": given(Reown(UNIT, None, NOON), start=RUNNING),
}
COMMANDS: list[Any] = [
    PROPOSE,
    replace(PROPOSE, hypothesis="Another"),
    replace(PROPOSE, ready=False),
    replace(PROPOSE, nature=Nature(uses_ai=True, ai_class=AiClass.PROHIBITED)),
    PLAN,
    replace(PLAN, by=SPONSOR),
    Endorse(SPONSOR, NOON),
    Endorse(LEAD, NOON),
    answer(Gate.DPIA),
    answer(Gate.LEGAL, Colour.RED),
    answer(Gate.AI_ACT),
    answer(Gate.DPIA, by=LEAD),
    answer(Gate.SCREENING),
    INVITE,
    replace(INVITE, person_id=LAWYER),
    Uninvite(DEV, LEAD, NOON),
    YES,
    NoteGuest(DEV, Standing.NEGATIVE, None, NOON),
    Approve(BY_BOARD, NOON),
    Approve(replace(BY_BOARD, by=SPONSOR), NOON),
    RejectPilot(BY_BOARD, NOON),
    Start(date(2026, 10, 15), LEAD, NOON),
    Start(date(2026, 10, 17), LEAD, NOON),
    Measure("minutes", Decimal("28.5"), LEAD, NOON),
    Measure("nothing", Decimal(1), LEAD, NOON),
    Extend(date(2027, 1, 15), BY_BOARD, NOON),
    Stop(BY_BOARD, NOON),
    Scale(BY_BOARD, NOON),
    Dispose(Disposal.DELETED, "PV 12", DPO, NOON),
    Reown(UNIT, UNIT2, NOON),
    Place(UNIT2, DPO, NOON),
    Due("no such clock", NOON),
]


@pytest.mark.parametrize(("name", "command"), list(product(STATES, COMMANDS)))
def test_whatever_is_decided_changes_the_pilot_is_told_and_is_decided_once(name: str, command: Any) -> None:
    state = STATES[name]
    decided = decide(state, command)
    if isinstance(decided, Refused):
        return
    for event in decided:
        after = evolve(state, event)
        assert after != state
        state = after
        list(pilot_tells(PILOT, event, state))
    again = decide(state, command)
    assert again == [] or (isinstance(command, AnswerGate) and isinstance(again, Refused)), again


@pytest.mark.parametrize(
    ("nature", "gates"),
    [
        (Nature(), {Gate.LEGAL}),
        (Nature(personal_data=True), {Gate.LEGAL, Gate.DPIA}),
        (Nature(police_systems=True, staff_affected=True), {Gate.LEGAL, Gate.INFOSEC, Gate.WELFARE}),
        (Nature(uses_ai=True, ai_class=AiClass.HIGH_RISK, externals=True), {Gate.LEGAL, Gate.AI_ACT, Gate.SCREENING}),
    ],
)
def test_inn_1_what_must_say_yes_follows_from_what_it_touches(nature: Nature, gates: set[Gate]) -> None:
    assert set(required(given(replace(PROPOSE, nature=nature)))) == gates
    assert Gate.BUDGET in required(given(replace(PROPOSE, nature=nature, budget=Decimal("0.01"))))


def test_inn_1_it_is_approved_only_when_every_gate_is_green() -> None:
    for state in (PRECHECKS, HALF):
        assert decide(state, Approve(BY_BOARD, NOON)) == Refused("INN-1")
    assert decide(CLEARED, Approve(BY_BOARD, NOON)) == [Approved(IDEA, BY_BOARD, NOON)]
    assert decide(CLEARED, Approve(replace(BY_BOARD, by=LEAD), NOON)) == Refused("INN-SELF")
    last = decide(given(answer(Gate.LEGAL), start=HALF), YES)
    assert [type(each) for each in last] == [GuestNoted, GateAnswered, Cleared]  # type: ignore[union-attr]


def test_each_gate_has_a_clock_and_late_blocks_nothing() -> None:
    clocks = {each.name: each.at for each in due(PRECHECKS)}
    assert clocks.keys() == {"gate:dpia", "gate:legal", "gate:screening"}
    assert clocks["gate:dpia"] == datetime(2026, 5, 16, tzinfo=BRUSSELS), "20 working days, two holidays left out"
    asked = next(each for each in PRECHECKS.gates if each.gate is Gate.DPIA)
    assert decide(PRECHECKS, Due("gate:dpia", asked.due_at)) == [GateOverdue(Gate.DPIA, asked.gate_id, asked.due_at)]
    late = fired(PRECHECKS, "gate:dpia")
    assert "gate:dpia" not in {each.name for each in due(late)}
    answered = given(answer(Gate.DPIA), start=late)
    assert [(each.colour, each.late_at) for each in answered.gates if each.gate is Gate.DPIA] == [(Colour.GREEN, asked.due_at)]


def test_one_no_stops_it_and_releases_the_rest() -> None:
    events = decide(HALF, answer(Gate.LEGAL, Colour.RED))
    assert [type(each) for each in events] == [GateAnswered, Stopped, GatesReleased]  # type: ignore[union-attr]
    assert events[-1].gates == (Gate.DPIA, Gate.SCREENING), "what was promised, and what is still open"  # type: ignore[index, union-attr]
    assert (RED.status, due(RED), RED.outcome and RED.outcome.code) == (Status.STOPPED, set(), "gate_red")
    told = [type(message).__name__ for event in events for message in pilot_tells(PILOT, event, RED)]  # type: ignore[union-attr]
    assert told == ["PilotGateClosedV1", "PilotStoppedV1", "PilotGateReleasedV1", "PilotGateReleasedV1"]
    assert decide(RED, answer(Gate.SCREENING)) == Refused("INN-GATE", "gate")


def test_inn_2_a_pilot_with_ai_has_a_class_and_what_is_prohibited_is_rejected() -> None:
    assert decide(NEW, replace(PROPOSE, nature=Nature(uses_ai=True))) == Refused("INN-2", "ai_class")
    prohibited = given(replace(PROPOSE, nature=Nature(uses_ai=True, ai_class=AiClass.PROHIBITED)))
    assert (prohibited.status, prohibited.outcome and prohibited.outcome.code) == (Status.REJECTED, "ai_prohibited")
    asked = given(Endorse(SPONSOR, NOON), start=given(replace(PROPOSE, nature=Nature(uses_ai=True, ai_class=AiClass.LIMITED))))
    found = decide(asked, answer(Gate.AI_ACT, Colour.GREEN, ai_class=AiClass.PROHIBITED))
    assert [type(each) for each in found] == [GateAnswered, PilotRejected, GatesReleased]  # type: ignore[union-attr]
    assert found[0].colour is Colour.RED, "whatever was said"  # type: ignore[index, union-attr]
    raised = given(answer(Gate.AI_ACT, ai_class=AiClass.HIGH_RISK), start=asked)
    assert raised.nature.ai_class is AiClass.HIGH_RISK


def test_inn_3_nobody_from_outside_comes_in_before_a_positive_decision() -> None:
    assert decide(APPROVED, replace(INVITE, person_id=LAWYER))[-1] == GateReopened(NOON)  # type: ignore[index]
    again = given(replace(INVITE, person_id=LAWYER), start=APPROVED)
    assert (again.status, again.cleared_at) == (Status.PRECHECKS, None)
    lapsed = given(replace(YES, valid_until=NOON), start=PRECHECKS)
    assert not may_enter(lapsed.guests[0], NOON)
    soon = replace(YES, valid_until=NOON + timedelta(days=1))
    approved = given(Approve(BY_BOARD, NOON), start=given(answer(Gate.LEGAL), soon, start=HALF))
    late = Start(date(2026, 8, 1), LEAD, NOON + timedelta(days=2))
    assert decide(approved, late) == Refused("INN-3"), "an advice that has expired"
    assert decide(given(Uninvite(DEV, LEAD, NOON), start=approved), late) == [Started(IDEA, date(2026, 8, 1), LEAD, late.at)]
    barred = given(NoteGuest(DEV, Standing.NEGATIVE, None, NOON), start=RUNNING)
    assert (barred.status, may_enter(barred.guests[0], NOON)) == (Status.RUNNING, False)
    (told,) = pilot_tells(PILOT, GuestNoted(DEV, Standing.NEGATIVE, None, NOON), barred)
    assert type(told).__name__ == "PilotExternalBarredV1"
    assert decide(PROPOSED, replace(INVITE, works=False)) == Refused("INN-PARTNER", "partner_id")
    assert decide(PRECHECKS, answer(Gate.SCREENING)) == Refused("INN-GATE", "gate"), "only screening says so"


def test_inn_4_it_does_not_start_without_measures_and_stop_criteria() -> None:
    bare = replace(APPROVED, kpis=())
    assert decide(bare, Start(date(2026, 10, 15), LEAD, NOON)) == Refused("INN-4")
    assert decide(replace(APPROVED, stop_criteria=()), Start(date(2026, 10, 15), LEAD, NOON)) == Refused("INN-4")
    assert decide(RUNNING, PLAN) == Refused("INN-STATE"), "and they do not change while it runs"


def test_inn_6_its_data_are_gone_with_proof() -> None:
    assert decide(EVALUATING, Scale(BY_BOARD, NOON)) == Refused("INN-6")
    assert SCALED.proof_ref == "PV 12"
    assert STOPPED.data_due_at == datetime(2026, 5, 16, tzinfo=BRUSSELS)
    assert due(STOPPED) == {Deadline("data", STOPPED.data_due_at)}
    assert decide(STOPPED, Due("data", STOPPED.data_due_at)) == [DataOverdue(STOPPED.data_due_at)]
    late = fired(STOPPED, "data")
    assert given(Dispose(Disposal.HANDED_OVER, "PV 13", DPO, NOON), start=late).disposal is Disposal.HANDED_OVER
    assert due(given(Stop(BY_BOARD, NOON), start=replace(RUNNING, nature=Nature()))) == set(), "no data, no proof"
    assert given(Stop(BY_BOARD, NOON), start=APPROVED).data_due_at is None, "it never ran"


def test_it_runs_for_six_months_and_three_more_once() -> None:
    assert decide(APPROVED, Start(date(2026, 10, 16), LEAD, NOON)) == Refused("INN-LENGTH", "ends_on")
    assert decide(APPROVED, Start(date(2026, 4, 15), LEAD, NOON)) == Refused("INN-LENGTH", "ends_on")
    assert decide(RUNNING, Extend(date(2027, 1, 16), BY_BOARD, NOON)) == Refused("INN-LENGTH", "until")
    assert decide(EXTENDED, Extend(date(2027, 2, 1), BY_BOARD, NOON)) == Refused("INN-EXTEND")
    assert due(EXTENDED) == {Deadline("end", datetime(2027, 1, 15, tzinfo=BRUSSELS))}
    assert decide(RUNNING, Due("end", datetime(2026, 10, 15, tzinfo=BRUSSELS))) == [EndReached(IDEA, datetime(2026, 10, 15, tzinfo=BRUSSELS))]


def test_the_sponsor_vouches_and_is_not_the_lead() -> None:
    assert decide(NEW, replace(PROPOSE, sponsor=LEAD)) == Refused("INN-SPONSOR", "sponsor")
    assert decide(PROPOSED, Endorse(LEAD, NOON)) == Refused("INN-SPONSOR")
    assert decide(PRECHECKS, answer(Gate.DPIA, by=SPONSOR)) == Refused("INN-SELF")
    assert decide(NEW, replace(PROPOSE, ready=False)) == Refused("INN-IDEA", "idea_id")


def test_a_service_answers_with_the_same_effect_as_a_person() -> None:
    data = frozen.example(PilotGateAnsweredV1) | {"pilot_id": str(PILOT), "kind": "dpia", "colour": "green", "reason_code": "looked_at"}
    data.pop("ai_class", None)
    (to,) = answer_gate(PilotGateAnsweredV1.model_validate(data), Cause("1", "t", "s", "ispo", NOON))
    by_service, by_person = given(to.command, start=PRECHECKS), HALF
    assert (to.kind, to.id) == ("pilot", PILOT)
    assert [(each.gate, each.colour, each.code, each.answered_at) for each in by_service.gates] == [
        (each.gate, each.colour, each.code, each.answered_at) for each in by_person.gates
    ]
    assert by_service.gates[0].account == "ispo"


def test_whoever_follows_the_idea_hears_of_every_stage() -> None:
    cause = Cause("1", "t", "s", "", NOON, aggregate=PILOT)
    assert set(STAGES.values()) == set(PilotStage)
    (stopped,) = note_stage(Stopped(IDEA, BY_BOARD, None, NOON), cause)
    assert (stopped.kind, stopped.id, stopped.command.stage, stopped.command.code) == ("idea", IDEA, PilotStage.STOPPED, "good_enough")


def test_what_stands_still_is_said_twice_but_not_while_a_gate_is_open() -> None:
    assert "idle" in {each.name for each in due(CLEARED)}
    assert "idle" not in {each.name for each in due(PRECHECKS)}
    twice = fired(fired(APPROVED, "idle"), "idle")
    assert (twice.stalled, due(twice)) == (2, set())


def test_f7_a_pilot_goes_with_its_unit() -> None:
    touch = Touch(IDEA, date(2027, 1, 1), UNIT, True)
    assert decide(RUNNING, TouchBy(touch)) == [PilotTouched(touch)]
    assert decide(SCALED, TouchBy(touch)) == []
    assert given(Reown(UNIT, UNIT2, NOON), start=RUNNING).unit_id == UNIT2
    assert decide(RUNNING, Place(UNIT2, DPO, NOON)) == Refused("INN-STATE", "unit_id")


def test_every_gate_is_kept_by_somebody() -> None:
    assert KEEPERS.keys() == set(Gate)
    assert [gate for gate, keeper in KEEPERS.items() if keeper.role is None] == [Gate.SCREENING]
