"""Every declared obligation can be met by somebody, and lives its life in time and late; and the rules of that life one by one."""

from __future__ import annotations

import importlib
import inspect
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import product
from typing import Any
from uuid import UUID

import pytest

from cg_contracts.accounts import OUTSIDE, SERVICES, source_of
from cg_contracts.base import Contract, Fact, Request
from cg_contracts.frozen import example
from cg_contracts.obligations import NAMED, OBLIGATIONS, WAITING, Carried, Obligation, Says, Taken, proofs
from cg_contracts.oversight import DebtorKind, Step, StepKind, StepsTakenV1
from cg_kit.pure import Cause, Due, To
from services.oversight import outgoing, reactions
from services.oversight.domain import obligation
from services.oversight.domain.obligation import NEW, Debtor, Meet, Move, Open, Owed, Proof, Reown, Status, Suspend, decide, due, evolve

NOON = datetime(2026, 4, 15, 10, tzinfo=UTC)
KEY = "01936b2e-8c00-7000-8000-0000000000ff"
every = pytest.mark.parametrize("promise", OBLIGATIONS, ids=lambda each: each.name)


def said(contract: type[Contract], promise: Obligation, key: str, *, opens: bool = False) -> Contract:
    """A message about this thing."""
    data = example(contract)
    it = next((each for each in (*promise.met_by, *promise.cancelled_by) if isinstance(each, Says) and each.what is contract), None)
    if it is not None:
        data[it.key] = it.form.format(key) if it.form else key
    else:
        names = contract.about.key if issubclass(contract, Request) else promise.key
        present = [name for name in names.split("|") if name in contract.model_fields]
        for name in {*present[1:], *contract.about.keys} if present[0] in contract.about.keys else present[1:]:
            data.pop(name, None)
        data[present[0]] = key
    if opens:
        data |= dict(promise.only)
        if isinstance(promise.within, Carried):
            data.setdefault(promise.within.field, "2026-06-01T00:00:00+02:00")
    return contract.model_validate(data)


def commands(message: Contract, speaker: str, at: datetime, id_: str, taken_by: str = "") -> list[To]:
    """What oversight makes of a message: of a fact itself, of a request (or a fact as `taken_by` a service) by the steps of who took it."""
    if isinstance(message, Fact) and not taken_by:
        found = list(reactions.hear(message, Cause(id_, message.about.type, source_of(speaker), speaker, at)))
    else:
        step = Step(id=id_, step=StepKind.ACCEPTED, type=message.about.type, source=source_of(speaker), subject=message.subject, at=at)
        by = taken_by or message.about.owner
        found = list(reactions.hear_steps(StepsTakenV1(service=by, steps=(step,)), Cause("taken", "StepsTaken", source_of(by), by, at)))
    return [to for to in found if to.kind == "obligation"]


def run(owed: Owed, command: Any) -> tuple[Owed, list[Any]]:
    """The obligation after a command, and what happened."""
    events = decide(owed, command)
    assert isinstance(events, list)
    for event in events:
        owed = evolve(owed, event)
        list(outgoing.tell(UUID(int=7), event, owed))
    return owed, events


def opened(promise: Obligation, key: str = KEY) -> dict[UUID, Owed]:
    """What is owed once the trigger was heard: one for each debtor."""
    message = said(promise.opens, promise, key, opens=True)
    found = commands(message, message.about.owner, NOON, "trigger")
    owed = {to.id: run(NEW, to.command)[0] for to in found if isinstance(to.command, Open) and to.command.name == promise.name}
    assert owed
    return owed


# Somebody can meet each


HEARS = {name: {row.what for row in importlib.import_module(f"services.{name}.app").SERVICE.hears} for name in SERVICES}


@cache
def source(service: str) -> str:
    """What a service tells, and what it accepts."""
    return inspect.getsource(importlib.import_module(f"services.{service}.app")) + "".join(inspect.getsource(module) for module in modules(service, "outgoing"))


def modules(service: str, name: str) -> list[Any]:
    """A module, or all of a folder."""
    found = importlib.import_module(f"services.{service}.{name}")
    return [found, *(each for _, each in inspect.getmembers(found, inspect.ismodule) if each.__name__.startswith(found.__name__))]


@every
def test_somebody_can_meet_it(promise: Obligation) -> None:
    for contract in (promise.opens, *proofs(promise)):
        assert contract.about.owner in SERVICES
        assert re.search(rf"\b{contract.__name__}\b", source(contract.about.owner)), f"{contract.about.owner} does not say or take {contract.__name__}"
        if issubclass(contract, Request):
            assert set(contract.about.by) & {*SERVICES, *OUTSIDE}


@every
def test_its_debtors_exist_and_its_proof_finds_it(promise: Obligation) -> None:
    assert promise.says.endswith(".")
    owes = promise.owed_by
    assert set(owes.names) <= {*SERVICES, *OUTSIDE} if owes.names else owes.field in promise.opens.model_fields
    ids = set(opened(promise))
    for each, contract in zip(promise.met_by, proofs(promise), strict=True):
        proof, owner = said(contract, promise, KEY), contract.about.owner
        if isinstance(each, Taken):
            found = [to for name in owes.names for to in commands(proof, owner, NOON, "proof", name)]
            assert all(contract in HEARS[name] for name in owes.names), "who is to take it does not hear it"
            assert commands(proof, owner, NOON, "proof", "hr") == []
        else:
            found = [to for speaker in (owes.names if issubclass(contract, Request) else (owner,)) for to in commands(proof, speaker, NOON, "proof")]
        assert ids <= {to.id for to in found if isinstance(to.command, Meet)}


def test_names_are_names_once_and_what_waits_is_not_watched() -> None:
    names = [each.name for each in (*OBLIGATIONS, *WAITING)]
    assert len(names) == len(set(names))
    assert all(re.fullmatch(r"[a-z][a-z0-9_]{0,63}", name) for name in names)


# Its life


@every
def test_met_in_time_it_is_over_and_its_clock_stops(promise: Obligation) -> None:
    for owed in opened(promise).values():
        assert owed.due_at
        running = {deadline.name for deadline in due(owed)}
        assert "missed" in running
        met, events = run(owed, Meet(Proof("proof", "type", NOON), False))
        late = owed.due_at <= NOON
        assert events == [obligation.Met(Proof("proof", "type", NOON), owed.debtor, late, late)]
        assert met.status is Status.MET
        assert due(met) == set()


@every
def test_late_it_is_reminded_missed_and_escalated_once_each_and_can_still_be_met(promise: Obligation) -> None:
    for begun in opened(promise).values():
        assert begun.due_at
        now, first = min(NOON, begun.due_at - timedelta(days=60)), begun.due_at
        owed = replace(begun, opened_at=now, since=now)
        happened = []
        while running := due(owed):
            deadline = min(running, key=lambda each: (each.at, each.name))
            owed, events = run(owed, Due(deadline.name, deadline.at))
            happened += [(type(event).__name__, getattr(event, "days", None)) for event in events]
        reminders = [("Reminded", days) for days in sorted(promise.reminders, reverse=True)]
        assert happened == [*reminders, ("Missed", None), *(("Escalated", days) for days, _ in promise.escalates)]
        assert owed.late
        assert owed.status is Status.OPEN
        late = first + timedelta(days=100)
        met, _ = run(owed, Meet(Proof("proof", "type", late), False))
        assert (met.status, met.late, met.first_due_at) == (Status.MET, True, first)


@every
def test_suspended_and_moved_its_clock_stands_still_and_runs_to_another_instant(promise: Obligation) -> None:
    for id_, begun in opened(promise).items():
        owed = begun
        for each in promise.suspended_by:
            contract = each.what if isinstance(each, Says) else each
            (stop,) = [to.command for to in commands(said(contract, promise, KEY), contract.about.owner, NOON, "stop") if to.id == id_]
            owed, _ = run(owed, stop)
            assert (owed.status, due(owed)) == (Status.SUSPENDED, set())
        for moves in promise.moved_by:
            message = said(moves.what, promise, KEY).model_copy(update={moves.due: NOON + timedelta(days=900)})
            (move,) = [to.command for to in commands(message, moves.what.about.owner, NOON, "move") if to.id == id_ and isinstance(to.command, Move)]
            moved, _ = run(owed, move)
            assert (moved.status, moved.due_at, moved.first_due_at) == (Status.OPEN, NOON + timedelta(days=900), owed.first_due_at)


@every
def test_reowned_it_is_owed_by_who_is_named(promise: Obligation) -> None:
    for contract in promise.reowned_by:
        message = said(contract, promise, KEY)
        for id_, owed in opened(promise).items():
            (to,) = [to.command for to in commands(message, contract.about.owner, NOON, "reown") if to.id == id_ and isinstance(to.command, Reown)]
            owner = getattr(message, promise.owed_by.field)
            assert run(replace(owed, debtor=ORG), to)[0].debtor == Debtor(promise.owed_by.kind, str(owner))


@every
def test_cancelled_it_is_owed_no_more(promise: Obligation) -> None:
    for each in promise.cancelled_by:
        contract = each.what if isinstance(each, Says) else each
        ends = {to.id: to.command for to in commands(said(contract, promise, KEY), contract.about.owner, NOON, "end")}
        for id_, owed in opened(promise).items():
            over, _ = run(owed, ends[id_])
            assert over.status is Status.CANCELLED
            assert due(over) == set()


# The rules of that life, one by one


A_CASE = NAMED["decision_on_a_case"]
ORG = Debtor(DebtorKind.SERVICE, "org")
OPEN = Open("decision_on_a_case", "case", ORG, "m1", "type", NOON + timedelta(days=30), NOON)
GIVEN = run(NEW, OPEN)[0]
STATES = {
    Status.NEW: NEW,
    Status.OPEN: GIVEN,
    Status.SUSPENDED: run(GIVEN, Suspend("m2", NOON))[0],
    Status.MET: run(GIVEN, Meet(Proof("p", "t", NOON), False))[0],
    Status.CANCELLED: run(GIVEN, obligation.Cancel("m3", NOON))[0],
}
LATER = NOON + timedelta(days=3)
COMMANDS = (
    OPEN,
    replace(OPEN, because_of="m9", due_at=LATER, at=LATER),
    Meet(Proof("p2", "t", LATER), False),
    Meet(Proof("p3", "t", NOON - timedelta(days=1)), True),
    Move(LATER, NOON),
    Reown(Debtor(DebtorKind.UNIT, str(UUID(int=3))), NOON),
    Suspend("m4", NOON),
    obligation.Cancel("m5", NOON),
    Due("missed", NOON + timedelta(days=30)),
    Due("remind:7", NOON),
    Due("escalate:0", NOON),
)


@pytest.mark.parametrize(("status", "command"), list(product(STATES, COMMANDS)), ids=str)
def test_whatever_is_decided_changes_the_obligation_and_can_be_told(status: Status, command: Any) -> None:
    after, events = run(STATES[status], command)
    assert (after != STATES[status]) == bool(events)
    assert all(deadline.at.tzinfo for deadline in due(after))


def test_the_first_due_instant_is_kept_for_ever_and_lateness_is_told_against_both() -> None:
    moved, _ = run(GIVEN, Move(NOON + timedelta(days=60), LATER))
    assert moved.first_due_at == OPEN.due_at
    _, (met,) = run(moved, Meet(Proof("p", "t", NOON + timedelta(days=40)), False))
    assert (met.late, met.late_against_first) == (False, True)


def test_the_due_instant_is_the_first_that_is_too_late() -> None:
    _, (met,) = run(GIVEN, Meet(Proof("p", "t", OPEN.due_at), False))
    assert met.late
    _, (met,) = run(GIVEN, Meet(Proof("p", "t", OPEN.due_at - timedelta(microseconds=1)), False))
    assert not met.late


def test_a_proof_that_is_heard_before_its_trigger_counts_and_an_older_one_does_not() -> None:
    early, _ = run(NEW, Meet(Proof("old", "t", NOON - timedelta(days=2)), False))
    early, _ = run(early, Meet(Proof("good", "t", LATER), False))
    assert early.status is Status.NEW
    met, events = run(early, OPEN)
    assert [type(event).__name__ for event in events] == ["Opened", "Met"]
    assert met.proof == Proof("good", "t", LATER)
    assert run(NEW, Meet(Proof("old", "t", LATER), True))[1] == []


def test_what_is_heard_of_it_before_its_trigger_counts_in_the_order_in_which_it_was_said() -> None:
    later = [LATER + timedelta(days=n) for n in range(4)]
    early = NEW
    for command in (Move(NOON + timedelta(days=80), later[2]), Suspend("m2", later[1]), Move(NOON + timedelta(days=50), later[0])):
        early, _ = run(early, command)
    assert (early.status, due(early)) == (Status.NEW, set())
    moved, events = run(early, OPEN)
    assert [type(event).__name__ for event in events] == ["Opened", "Moved", "Suspended", "Moved"]
    assert (moved.status, moved.due_at, moved.first_due_at) == (Status.OPEN, NOON + timedelta(days=80), OPEN.due_at)
    over, _ = run(run(early, obligation.Cancel("m3", later[3]))[0], OPEN)
    assert over.status is Status.CANCELLED


def test_what_was_said_before_the_trigger_or_of_what_is_over_does_nothing() -> None:
    for command in (Move(LATER, NOON - timedelta(days=1)), Suspend("m2", NOON - timedelta(days=1)), obligation.Cancel("m3", NOON - timedelta(days=1))):
        assert run(GIVEN, command)[1] == []
        assert run(run(NEW, command)[0], OPEN)[0].status is Status.OPEN
        assert run(STATES[Status.MET], command)[1] == []
        assert run(NEW, replace(command, ordered=True))[1] == []


def test_suspended_it_has_no_clock_and_the_trigger_said_anew_sets_another() -> None:
    still = STATES[Status.SUSPENDED]
    assert due(still) == set()
    again, _ = run(still, replace(OPEN, because_of="m8", due_at=NOON + timedelta(days=90), at=LATER))
    assert again.status is Status.OPEN
    assert Due("missed", NOON + timedelta(days=90)).at in {deadline.at for deadline in due(again)}
    assert again.first_due_at == OPEN.due_at


def test_what_was_met_can_be_owed_again() -> None:
    again, _ = run(STATES[Status.MET], replace(OPEN, because_of="m8", at=LATER))
    assert (again.status, again.round) == (Status.OPEN, 2)
    assert run(STATES[Status.MET], OPEN)[1] == []


def test_a_reminder_that_lies_behind_is_not_given() -> None:
    soon, _ = run(NEW, replace(OPEN, due_at=NOON + timedelta(days=3)))
    assert {deadline.name for deadline in due(soon)} == {"missed", "remind:1"}


def test_it_stands_on_a_list_from_its_first_day_or_once_it_is_late_enough() -> None:
    shown = replace(GIVEN, shown_to=("head",), before=("head",))
    late, _ = run(run(shown, Due("missed", OPEN.due_at))[0], Due("escalate:0", OPEN.due_at))
    assert late.before == ("head",)
    late = evolve(late, obligation.Escalated(7, "commissioner_general", NOON))
    assert late.before == ("head", "commissioner_general")
    assert run(late, Move(NOON + timedelta(days=90), NOON))[0].before == ("head",)


def test_nothing_is_owed_where_the_trigger_carries_no_due_instant_or_another_outcome() -> None:
    whole = said(A_CASE.opens, A_CASE, KEY)
    cause = Cause("m", "t", source_of("screening"), "screening", NOON)
    assert not [to for to in reactions.hear(whole.model_copy(update={"decision_due_at": None}), cause) if isinstance(to.command, Open)]
    positive = NAMED["notice_of_a_negative_decision"]
    decided = said(positive.opens, positive, KEY).model_copy(update={"outcome": "positive"})
    assert not [to for to in reactions.hear(decided, cause) if isinstance(to.command, Open)]


def test_what_no_post_owns_its_unit_owes() -> None:
    promise = NAMED["recommendation_carried_out"]
    issued = said(promise.opens, promise, KEY).model_copy(update={"owner_post_id": None})
    (to,) = [to for to in commands(issued, "audit", NOON, "m") if isinstance(to.command, Open) and to.command.name == promise.name]
    assert isinstance(to.command, Open)
    assert to.command.debtor == Debtor(DebtorKind.UNIT, str(issued.unit_id))  # type: ignore[attr-defined]


def test_a_critical_finding_is_on_the_commissioner_generals_list_from_its_first_day_and_no_other_is() -> None:
    promise = NAMED["critical_finding_mended"]
    (owed,) = opened(promise).values()
    assert owed.before == ("commissioner_general",)
    high = said(promise.opens, promise, KEY).model_copy(update={"severity": "high"})
    assert commands(high, "audit", NOON, "m") == []


def test_each_of_several_debtors_proves_its_own() -> None:
    promise = NAMED["impact_of_a_reorganisation"]
    assert isinstance(promise.within, Carried)
    for name in promise.owed_by.names:
        (to,) = commands(said(promise.met_by[0], promise, KEY), name, NOON, "p")  # type: ignore[arg-type]
        assert to.id in opened(promise)
        assert opened(promise)[to.id].debtor == Debtor(DebtorKind.SERVICE, name)
