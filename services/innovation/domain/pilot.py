"""A pilot: proposed with what it measures, let through by every gate that it needs, run for a while, and taken further or stopped with its data gone."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import assert_never
from uuid import UUID

from cg_contracts.innovation import AiClass, Colour, Disposal, Gate
from cg_kit.pure import Deadline, Due, Refused, named
from cg_kit.pure.terms import Term, day_of, start_of
from services.innovation.domain.external import Standing
from services.innovation.domain.unit import Touch
from services.innovation.domain.words import Why, ends

LENGTH, EXTENSION = Term(6, "months", rolls=False), Term(3, "months", rolls=False)
"""How long a pilot runs at most, and by how much it is extended, once."""

DATA = "20 working days"
"""Within which the data of a pilot that ended are gone (a choice of this house)."""

IDLE, IDLE_LONG = "60 days", "90 days"


@dataclass(frozen=True, slots=True)
class Keeper:
    """Who answers a gate: the service, the role of the person who does until it exists (none: the service exists), and within which term."""

    service: str
    role: str | None
    within: str = "20 working days"


KEEPERS = {
    Gate.DPIA: Keeper("ispo", "dpo"),
    Gate.INFOSEC: Keeper("ispo", "security-adviser"),
    Gate.LEGAL: Keeper("policy", "legal-adviser"),
    Gate.WELFARE: Keeper("prevention", "prevention-adviser"),
    Gate.AI_ACT: Keeper("ispo", "ai-adviser"),
    Gate.BUDGET: Keeper("internalops", "budget-holder", "10 working days"),
    Gate.SCREENING: Keeper("screening", None, "30 working days"),
}
"""Terms are choices of this house: the twenty working days of the other gates, ten for money, and for screening what an advice takes."""


class Status(StrEnum):
    """Where a pilot stands. Late, stalled and waiting for a gate are no states."""

    NEW = "NEW"
    PROPOSED = "PROPOSED"
    PRECHECKS = "PRECHECKS"
    APPROVED = "APPROVED"
    RUNNING = "RUNNING"
    EVALUATING = "EVALUATING"
    SCALED = "SCALED"
    STOPPED = "STOPPED"
    REJECTED = "REJECTED"


BEFORE = frozenset({Status.PROPOSED, Status.PRECHECKS, Status.APPROVED})
LIVE = BEFORE | {Status.RUNNING, Status.EVALUATING}
OVER = frozenset({Status.SCALED, Status.STOPPED, Status.REJECTED})


@dataclass(frozen=True, slots=True)
class Nature:
    """What the pilot touches, from which follows what must say yes."""

    personal_data: bool = False
    police_systems: bool = False
    staff_affected: bool = False
    externals: bool = False
    uses_ai: bool = False
    ai_class: AiClass | None = None


@dataclass(frozen=True, slots=True)
class Measured:
    """A measure at an instant."""

    value: Decimal
    at: datetime


@dataclass(frozen=True, slots=True)
class Kpi:
    """What is measured, what is aimed at, and what was found."""

    code: str
    target: Decimal
    found: tuple[Measured, ...] = ()


@dataclass(frozen=True, slots=True)
class Asked:
    """A gate that was asked: no colour while it is open, `released` when nobody needs its answer any more."""

    gate: Gate
    gate_id: UUID
    due_at: datetime
    late_at: datetime | None = None
    colour: Colour | None = None
    code: str = ""
    text: str = ""
    by: UUID | None = None
    account: str = ""
    answered_at: datetime | None = None
    released: bool = False


@dataclass(frozen=True, slots=True)
class Guest:
    """Somebody from outside who takes part, and whether they may come in."""

    person_id: UUID
    partner_id: UUID
    standing: Standing = Standing.NOT_ASKED
    valid_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Pilot:
    """A pilot as it stands."""

    status: Status = Status.NEW
    pilot_id: UUID | None = None
    idea_id: UUID | None = None
    hypothesis: str = ""
    nature: Nature = Nature()
    budget: Decimal = Decimal(0)
    unit_id: UUID | None = None
    lead: UUID | None = None
    sponsor: UUID | None = None
    endorsed_by: UUID | None = None
    kpis: tuple[Kpi, ...] = ()
    stop_criteria: tuple[str, ...] = ()
    gates: tuple[Asked, ...] = ()
    guests: tuple[Guest, ...] = ()
    cleared_at: datetime | None = None
    started_at: datetime | None = None
    ends_on: date | None = None
    extended: bool = False
    outcome: Why | None = None
    data_due_at: datetime | None = None
    data_late_at: datetime | None = None
    disposal: Disposal | None = None
    proof_ref: str = ""
    moved_at: datetime | None = None
    stalled: int = 0


NEW = Pilot()


# Commands


@dataclass(frozen=True, slots=True)
class Propose:
    """Somebody wants to try an idea out in a unit. `ready`: the idea was found good enough, as far as was read."""

    pilot_id: UUID
    idea_id: UUID
    ready: bool
    hypothesis: str
    nature: Nature
    budget: Decimal
    unit_id: UUID
    sponsor: UUID
    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class Plan:
    """The lead says what is measured, and when the pilot is stopped."""

    kpis: tuple[Kpi, ...]
    stop_criteria: tuple[str, ...]
    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class Endorse:
    """The sponsor is for it: the gates are asked."""

    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class AnswerGate:
    """A gate says yes or no: a person with its role, or its service (`account`). For the AI act also which class it is."""

    gate: Gate
    colour: Colour
    code: str
    text: str
    by: UUID | None
    account: str
    at: datetime
    ai_class: AiClass | None = None


@dataclass(frozen=True, slots=True)
class Invite:
    """Somebody from outside is to take part. `works`: we work with their organisation, as far as was read."""

    person_id: UUID
    partner_id: UUID
    works: bool
    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class Uninvite:
    """They are not."""

    person_id: UUID
    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class NoteGuest:
    """What screening says of somebody from outside."""

    person_id: UUID
    standing: Standing
    valid_until: datetime | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Approve:
    """The steering board lets it go ahead."""

    why: Why
    at: datetime


@dataclass(frozen=True, slots=True)
class RejectPilot:
    """The steering board does not."""

    why: Why
    at: datetime


@dataclass(frozen=True, slots=True)
class Start:
    """It runs until that day."""

    ends_on: date
    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class Measure:
    """Something was measured."""

    code: str
    value: Decimal
    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class Extend:
    """The steering board lets it run until that day instead."""

    until: date
    why: Why
    at: datetime


@dataclass(frozen=True, slots=True)
class Stop:
    """It is not taken further."""

    why: Why
    at: datetime


@dataclass(frozen=True, slots=True)
class Scale:
    """It works, and is taken further."""

    why: Why
    at: datetime


@dataclass(frozen=True, slots=True)
class Dispose:
    """Its data are gone, and there is proof."""

    disposal: Disposal
    proof_ref: str
    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class Reown:
    """A reorganisation has ended the unit, and this one comes after it; none, when that is not clear."""

    from_unit_id: UUID
    to_unit_id: UUID | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Place:
    """An officer says in which unit it is, after a reorganisation that left that open."""

    unit_id: UUID
    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class TouchBy:
    """A reorganisation is scheduled that ends its unit."""

    touch: Touch


Command = (
    Propose
    | Plan
    | Endorse
    | AnswerGate
    | Invite
    | Uninvite
    | NoteGuest
    | Approve
    | RejectPilot
    | Start
    | Measure
    | Extend
    | Stop
    | Scale
    | Dispose
    | Reown
    | Place
    | TouchBy
    | Due
)


# Events


@dataclass(frozen=True, slots=True)
class Proposed:
    """It is to be tried; these will have to say yes."""

    pilot_id: UUID
    idea_id: UUID
    hypothesis: str
    nature: Nature
    budget: Decimal
    unit_id: UUID
    sponsor: UUID
    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class Planned:
    """What is measured, and when it is stopped."""

    kpis: tuple[Kpi, ...]
    stop_criteria: tuple[str, ...]
    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class Endorsed:
    """These gates are asked, each with its clock."""

    gates: tuple[Asked, ...]
    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class GateAnswered:
    """A gate has said yes or no."""

    gate: Gate
    gate_id: UUID
    colour: Colour
    code: str
    text: str
    by: UUID | None
    account: str
    ai_class: AiClass | None
    at: datetime


@dataclass(frozen=True, slots=True)
class GateReopened:
    """Screening has said no of somebody, or somebody new takes part: the gate is open again."""

    at: datetime


@dataclass(frozen=True, slots=True)
class GateOverdue:
    """A gate has not answered in time."""

    gate: Gate
    gate_id: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class GatesReleased:
    """Nobody needs these any more, answered or not."""

    gates: tuple[Gate, ...]
    code: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Cleared:
    """Every gate has said yes."""

    at: datetime


@dataclass(frozen=True, slots=True)
class Invited:
    """Somebody from outside is to take part, once screened."""

    pilot_id: UUID
    person_id: UUID
    partner_id: UUID
    needed_by: date
    at: datetime


@dataclass(frozen=True, slots=True)
class Uninvited:
    """They are not any more."""

    pilot_id: UUID
    person_id: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class GuestNoted:
    """Whether they may come in, until when."""

    person_id: UUID
    standing: Standing
    valid_until: datetime | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Approved:
    """The steering board lets it go ahead."""

    idea_id: UUID
    why: Why
    at: datetime


@dataclass(frozen=True, slots=True)
class PilotRejected:
    """It will not be."""

    idea_id: UUID
    why: Why
    at: datetime


@dataclass(frozen=True, slots=True)
class Started:
    """It runs."""

    idea_id: UUID
    ends_on: date
    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class MeasureTaken:
    """Something was measured."""

    code: str
    value: Decimal
    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class Extended:
    """It runs longer."""

    idea_id: UUID
    until: date
    why: Why
    at: datetime


@dataclass(frozen=True, slots=True)
class EndReached:
    """Its last day is over."""

    idea_id: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class Stopped:
    """It is not taken further; its data are gone before that instant, if it had any."""

    idea_id: UUID
    why: Why
    data_due_at: datetime | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Scaled:
    """It works."""

    idea_id: UUID
    why: Why
    at: datetime


@dataclass(frozen=True, slots=True)
class Disposed:
    """Its data are gone."""

    disposal: Disposal
    proof_ref: str
    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class DataOverdue:
    """There is no proof that they are."""

    at: datetime


@dataclass(frozen=True, slots=True)
class PilotStalled:
    """Nothing has moved; `nth` 1: the lead is told, 2: the head."""

    nth: int
    since: datetime
    at: datetime


@dataclass(frozen=True, slots=True)
class PilotReowned:
    """The unit is another one after a reorganisation; none: nobody has said which."""

    from_unit_id: UUID
    to_unit_id: UUID | None
    at: datetime


@dataclass(frozen=True, slots=True)
class PilotPlaced:
    """It is in this unit."""

    unit_id: UUID
    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class PilotTouched:
    """It is not over, and in a unit that a reorganisation ends."""

    touch: Touch


Event = (
    Proposed
    | Planned
    | Endorsed
    | GateAnswered
    | GateReopened
    | GateOverdue
    | GatesReleased
    | Cleared
    | Invited
    | Uninvited
    | GuestNoted
    | Approved
    | PilotRejected
    | Started
    | MeasureTaken
    | Extended
    | EndReached
    | Stopped
    | Scaled
    | Disposed
    | DataOverdue
    | PilotStalled
    | PilotReowned
    | PilotPlaced
    | PilotTouched
)


def decide(pilot: Pilot, command: Command) -> list[Event] | Refused:
    """What a command makes of a pilot."""
    match pilot.status, command:
        case _, Due(name, at):
            return fallen_due(pilot, name, at)
        case Status.NEW, Propose():
            return proposing(command)
        case _, Propose():
            return [] if (pilot.idea_id, pilot.hypothesis) == (command.idea_id, command.hypothesis) else Refused("INN-STATE", "pilot_id")
        case Status.NEW, (NoteGuest() | Reown() | TouchBy()):
            return []
        case Status.NEW, _:
            return Refused("NOT-FOUND", "pilot_id")
        case _, Reown(from_unit_id, to_unit_id, at):
            return [PilotReowned(from_unit_id, to_unit_id, at)] if pilot.unit_id == from_unit_id != to_unit_id else []
        case _, Place(unit_id, by, at):
            return [PilotPlaced(unit_id, by, at)] if pilot.unit_id is None else [] if pilot.unit_id == unit_id else Refused("INN-STATE", "unit_id")
        case _, TouchBy(touch):
            return [PilotTouched(touch)] if pilot.status in LIVE and pilot.unit_id == touch.unit_id else []
        case _, Plan(kpis, stop_criteria, by, at) if pilot.status in BEFORE:
            if by != pilot.lead:
                return Refused("INN-OWNER")
            return [] if (kpis, stop_criteria) == (pilot.kpis, pilot.stop_criteria) else [Planned(kpis, stop_criteria, by, at)]
        case Status.PROPOSED, Endorse(by, at):
            if by != pilot.sponsor or by == pilot.lead:
                return Refused("INN-SPONSOR")
            gates = tuple(asking(pilot, gate, at) for gate in required(pilot))
            return cleared(pilot, [Endorsed(gates, by, at)], at)
        case _, Endorse():
            return [] if pilot.endorsed_by == command.by else Refused("INN-STATE")
        case _, AnswerGate():
            return answering(pilot, command)
        case _, (Invite() | Uninvite() | NoteGuest()):
            return hosting(pilot, command)
        case Status.PRECHECKS, Approve(why, at):
            if why.by in (pilot.lead, pilot.sponsor):
                return Refused("INN-SELF")
            if any(each.colour is not Colour.GREEN for each in pilot.gates):
                return Refused("INN-1")
            assert pilot.idea_id
            return [Approved(pilot.idea_id, why, at)]
        case Status.APPROVED, Approve():
            return []
        case _, RejectPilot(why, at) if pilot.status in BEFORE:
            assert pilot.idea_id
            return Refused("INN-SELF") if why.by == pilot.lead else [PilotRejected(pilot.idea_id, why, at), *releasing(pilot, "rejected", at)]
        case Status.REJECTED, RejectPilot():
            return []
        case Status.APPROVED, Start():
            return starting(pilot, command)
        case Status.RUNNING, Start(ends_on):
            return [] if ends_on == pilot.ends_on else Refused("INN-STATE")
        case ((Status.RUNNING | Status.EVALUATING), Measure(code, value, by, at)):
            if by != pilot.lead:
                return Refused("INN-OWNER")
            kpi = next((each for each in pilot.kpis if each.code == code), None)
            if kpi is None:
                return Refused("INN-KPI", "code")
            return [] if kpi.found and kpi.found[-1] == Measured(value, at) else [MeasureTaken(code, value, by, at)]
        case Status.RUNNING, Extend():
            return extending(pilot, command)
        case _, Stop(why, at) if pilot.status in LIVE:
            return stopping(pilot, why, at)
        case Status.STOPPED, Stop():
            return []
        case Status.EVALUATING, Scale(why, at):
            if why.by in (pilot.lead, pilot.sponsor):
                return Refused("INN-SELF")
            if has_data(pilot) and pilot.disposal is None:
                return Refused("INN-6")
            assert pilot.idea_id
            return [Scaled(pilot.idea_id, why, at)]
        case Status.SCALED, Scale():
            return []
        case _, Dispose(disposal, proof_ref, by, at) if has_data(pilot) and (pilot.status is Status.EVALUATING or pilot.data_due_at):
            if pilot.disposal:
                return [] if (pilot.disposal, pilot.proof_ref) == (disposal, proof_ref) else Refused("INN-STATE")
            return [Disposed(disposal, proof_ref, by, at)]
        case _:
            return Refused("INN-STATE")


def proposing(propose: Propose) -> list[Event] | Refused:
    """Of an idea that was found good enough; with its class where it uses AI, and never what is prohibited (INN-2)."""
    it = propose
    if not it.ready:
        return Refused("INN-IDEA", "idea_id")
    if it.nature.uses_ai and it.nature.ai_class is None:
        return Refused("INN-2", "ai_class")
    if it.sponsor == it.by:
        return Refused("INN-SPONSOR", "sponsor")
    proposed = Proposed(it.pilot_id, it.idea_id, it.hypothesis, it.nature, it.budget, it.unit_id, it.sponsor, it.by, it.at)
    if it.nature.uses_ai and it.nature.ai_class is AiClass.PROHIBITED:
        return [proposed, PilotRejected(it.idea_id, Why("ai_prohibited", "", it.by), it.at)]
    return [proposed]


def required(pilot: Pilot) -> tuple[Gate, ...]:
    """What must say yes: always the law, and what follows from what the pilot touches."""
    nature = pilot.nature
    asked = {
        Gate.DPIA: nature.personal_data,
        Gate.INFOSEC: nature.police_systems,
        Gate.LEGAL: True,
        Gate.WELFARE: nature.staff_affected,
        Gate.AI_ACT: nature.uses_ai,
        Gate.BUDGET: pilot.budget > 0,
        Gate.SCREENING: nature.externals or bool(pilot.guests),
    }
    return tuple(gate for gate, is_asked in asked.items() if is_asked)


def asking(pilot: Pilot, gate: Gate, at: datetime) -> Asked:
    """A gate, with the clock of its keeper."""
    return Asked(gate, named("gate", pilot.pilot_id, gate), ends(at, KEEPERS[gate].within))


def cleared(pilot: Pilot, events: list[Event], at: datetime) -> list[Event]:
    """With, at the end, that screening has nothing against the guests, and that every gate has said yes, where that is so now."""
    after = pilot
    for event in events:
        after = evolve(after, event)
    screening = next((each for each in after.gates if each.gate is Gate.SCREENING), None)
    open_still = after.status in BEFORE and screening is not None and screening.colour is None and not screening.released
    if screening and open_still and (after.guests or pilot.guests) and all(map(positive, after.guests)):
        code = "all_positive" if after.guests else "nobody_left"
        said = GateAnswered(Gate.SCREENING, screening.gate_id, Colour.GREEN, code, "", None, "screening", None, at)
        events, after = [*events, said], evolve(after, said)
    ready = after.status is Status.PRECHECKS and after.cleared_at is None and all(each.colour is Colour.GREEN for each in after.gates)
    return [*events, Cleared(at)] if ready else events


def answering(pilot: Pilot, answer: AnswerGate) -> list[Event] | Refused:
    """Each gate once; one no stops the pilot and releases the rest, and a class of AI that is prohibited rejects it."""
    asked = next((each for each in pilot.gates if each.gate is answer.gate), None)
    if asked is None or answer.gate is Gate.SCREENING:
        return Refused("INN-GATE", "gate")
    if asked.colour is not None:
        return [] if (asked.colour, asked.code) == (answer.colour, answer.code) else Refused("INN-GATE", "gate")
    if asked.released or pilot.status not in BEFORE:
        return Refused("INN-STATE")
    if answer.by is not None and answer.by in (pilot.lead, pilot.sponsor):
        return Refused("INN-SELF")
    colour = Colour.RED if answer.ai_class is AiClass.PROHIBITED else answer.colour
    said = GateAnswered(answer.gate, asked.gate_id, colour, answer.code, answer.text, answer.by, answer.account, answer.ai_class, answer.at)
    if colour is Colour.GREEN:
        return cleared(pilot, [said], answer.at)
    assert pilot.idea_id
    why = Why(answer.code, answer.text, answer.by or UUID(int=0))
    after = evolve(pilot, said)
    if answer.ai_class is AiClass.PROHIBITED:
        return [said, PilotRejected(pilot.idea_id, replace(why, code="ai_prohibited"), answer.at), *releasing(after, "ai_prohibited", answer.at)]
    return [said, Stopped(pilot.idea_id, replace(why, code="gate_red"), None, answer.at), *releasing(after, "gate_red", answer.at)]


def releasing(pilot: Pilot, code: str, at: datetime) -> list[Event]:
    """Every gate but the one that said no: what it promised or is still to answer is not needed."""
    gates = tuple(each.gate for each in pilot.gates if each.colour is not Colour.RED and not each.released)
    return [GatesReleased(gates, code, at)] if gates else []


def hosting(pilot: Pilot, command: Invite | Uninvite | NoteGuest) -> list[Event] | Refused:
    """People from outside: each is screened, and while one is not, the gate is open (INN-3)."""
    guests = {each.person_id: each for each in pilot.guests}
    reopened = [GateReopened(command.at)] if gate_is_green(pilot) else []
    match command:
        case Invite(person_id, partner_id, works, by, at):
            if pilot.status not in BEFORE | {Status.RUNNING}:
                return Refused("INN-STATE")
            if by != pilot.lead:
                return Refused("INN-OWNER")
            if person_id in guests:
                return [] if guests[person_id].partner_id == partner_id else Refused("INN-STATE", "partner_id")
            if not works:
                return Refused("INN-PARTNER", "partner_id")
            assert pilot.pilot_id
            return [Invited(pilot.pilot_id, person_id, partner_id, day_of(ends(at, KEEPERS[Gate.SCREENING].within)), at), *reopened]
        case Uninvite(person_id, by, at):
            if by != pilot.lead:
                return Refused("INN-OWNER")
            assert pilot.pilot_id
            return cleared(pilot, [Uninvited(pilot.pilot_id, person_id, at)], at) if person_id in guests else []
        case NoteGuest(person_id, standing, valid_until, at):
            guest = guests.get(person_id)
            if guest is None or (guest.standing, guest.valid_until) == (standing, valid_until) or pilot.status in OVER:
                return []
            noted = GuestNoted(person_id, standing, valid_until, at)
            return cleared(pilot, [noted], at) if standing is Standing.POSITIVE else [noted, *reopened]
        case _:
            assert_never(command)


def gate_is_green(pilot: Pilot) -> bool:
    """Whether screening has said yes of all guests, before the pilot runs."""
    return pilot.status in BEFORE and any(each.gate is Gate.SCREENING and each.colour is Colour.GREEN for each in pilot.gates)


def positive(guest: Guest) -> bool:
    """Whether screening has nothing against the person."""
    return guest.standing is Standing.POSITIVE


def may_enter(guest: Guest, at: datetime) -> bool:
    """Whether the person may come on premises or see data at an instant (INN-3)."""
    return positive(guest) and (guest.valid_until is None or at < guest.valid_until)


def starting(pilot: Pilot, start: Start) -> list[Event] | Refused:
    """With measures and stop criteria, everybody screened, and for six months at most."""
    if start.by != pilot.lead:
        return Refused("INN-OWNER")
    if not pilot.kpis or not pilot.stop_criteria:
        return Refused("INN-4")
    if not all(may_enter(each, start.at) for each in pilot.guests):
        return Refused("INN-3")
    if not day_of(start.at) < start.ends_on <= LENGTH.due(start.at).due_date:
        return Refused("INN-LENGTH", "ends_on")
    assert pilot.idea_id
    return [Started(pilot.idea_id, start.ends_on, start.by, start.at)]


def extending(pilot: Pilot, extend: Extend) -> list[Event] | Refused:
    """Once, and by three months at most."""
    assert pilot.ends_on
    if pilot.extended:
        return [] if extend.until == pilot.ends_on else Refused("INN-EXTEND")
    if extend.why.by in (pilot.lead, pilot.sponsor):
        return Refused("INN-SELF")
    if not pilot.ends_on < extend.until <= EXTENSION.due(start_of(pilot.ends_on)).due_date:
        return Refused("INN-LENGTH", "until")
    assert pilot.idea_id
    return [Extended(pilot.idea_id, extend.until, extend.why, extend.at)]


def has_data(pilot: Pilot) -> bool:
    """Whether there are data to delete or hand over once it ends."""
    return pilot.nature.personal_data or pilot.nature.police_systems


def stopping(pilot: Pilot, why: Why, at: datetime) -> list[Event]:
    """At any moment; what ran leaves its data to be disposed of."""
    ran = pilot.status in (Status.RUNNING, Status.EVALUATING)
    owed = ends(at, DATA) if ran and has_data(pilot) and pilot.disposal is None else None
    assert pilot.idea_id
    stopped = Stopped(pilot.idea_id, why, owed, at)
    return [stopped] if ran else [stopped, *releasing(pilot, why.code, at)]


def fallen_due(pilot: Pilot, name: str, at: datetime) -> list[Event]:
    """What a clock means that still runs when it falls due."""
    if Deadline(name, at) not in due(pilot):
        return []
    kind, _, gate = name.partition(":")
    match kind:
        case "gate":
            asked = next(each for each in pilot.gates if each.gate == gate)
            return [GateOverdue(asked.gate, asked.gate_id, at)]
        case "end":
            assert pilot.idea_id
            return [EndReached(pilot.idea_id, at)]
        case "data":
            return [DataOverdue(at)]
        case _:
            assert pilot.moved_at
            return [PilotStalled(pilot.stalled + 1, pilot.moved_at, at)]


def evolve(pilot: Pilot, event: Event) -> Pilot:
    """The pilot after an event."""
    match event:
        case Proposed():
            return Pilot(
                Status.PROPOSED,
                event.pilot_id,
                event.idea_id,
                event.hypothesis,
                event.nature,
                event.budget,
                event.unit_id,
                event.by,
                event.sponsor,
                moved_at=event.at,
            )
        case Planned(kpis, stop_criteria, at=at):
            return moved(replace(pilot, kpis=kpis, stop_criteria=stop_criteria), pilot.status, at)
        case Endorsed(gates, by, at):
            return moved(replace(pilot, gates=gates, endorsed_by=by), Status.PRECHECKS, at)
        case GateAnswered():
            nature = replace(pilot.nature, ai_class=event.ai_class) if event.ai_class else pilot.nature
            said = {"colour": event.colour, "code": event.code, "text": event.text, "by": event.by, "account": event.account, "answered_at": event.at}
            return moved(replace(_gate(pilot, event.gate, **said), nature=nature), pilot.status, event.at)
        case GateReopened():
            reopened = _gate(pilot, Gate.SCREENING, colour=None, code="", account="", answered_at=None)
            back = Status.PRECHECKS if pilot.status is Status.APPROVED else pilot.status
            return replace(reopened, status=back, cleared_at=None)
        case GateOverdue(gate, _, at):
            return _gate(pilot, gate, late_at=at)
        case GatesReleased(gates):
            return replace(pilot, gates=tuple(replace(each, released=True) if each.gate in gates else each for each in pilot.gates))
        case Cleared(at):
            return moved(replace(pilot, cleared_at=at), pilot.status, at)
        case Invited(_, person_id, partner_id):
            return replace(pilot, guests=(*pilot.guests, Guest(person_id, partner_id)))
        case Uninvited(_, person_id):
            return replace(pilot, guests=tuple(each for each in pilot.guests if each.person_id != person_id))
        case GuestNoted(person_id, standing, valid_until):
            noted = (replace(each, standing=standing, valid_until=valid_until) if each.person_id == person_id else each for each in pilot.guests)
            return replace(pilot, guests=tuple(noted))
        case Approved(_, _, at):
            return moved(pilot, Status.APPROVED, at)
        case PilotRejected(_, why, at):
            return moved(replace(pilot, outcome=why), Status.REJECTED, at)
        case Started(_, ends_on, _, at):
            return moved(replace(pilot, ends_on=ends_on, started_at=at), Status.RUNNING, at)
        case MeasureTaken(code, value, _, at):
            taken = (replace(each, found=(*each.found, Measured(value, at))) if each.code == code else each for each in pilot.kpis)
            return moved(replace(pilot, kpis=tuple(taken)), pilot.status, at)
        case Extended(_, until, _, at):
            return moved(replace(pilot, ends_on=until, extended=True), pilot.status, at)
        case EndReached(_, at):
            return moved(pilot, Status.EVALUATING, at)
        case Stopped(_, why, data_due_at, at):
            return moved(replace(pilot, outcome=why, data_due_at=data_due_at), Status.STOPPED, at)
        case Scaled(_, why, at):
            return moved(replace(pilot, outcome=why), Status.SCALED, at)
        case Disposed(disposal, proof_ref, _, at):
            return moved(replace(pilot, disposal=disposal, proof_ref=proof_ref), pilot.status, at)
        case DataOverdue(at):
            return replace(pilot, data_late_at=at)
        case PilotStalled(nth):
            return replace(pilot, stalled=nth)
        case PilotReowned(_, to_unit_id):
            return replace(pilot, unit_id=to_unit_id)
        case PilotPlaced(unit_id):
            return replace(pilot, unit_id=unit_id)
        case PilotTouched():
            return pilot
        case _:
            assert_never(event)


def _gate(pilot: Pilot, gate: Gate, **changed: object) -> Pilot:
    gates = tuple(replace(each, **changed) if each.gate is gate else each for each in pilot.gates)  # type: ignore[arg-type]
    return replace(pilot, gates=gates)


def moved(pilot: Pilot, status: Status, at: datetime) -> Pilot:
    """In this state, and not stalled."""
    return replace(pilot, status=status, moved_at=at, stalled=0)


def due(pilot: Pilot) -> set[Deadline]:
    """Which clocks run: of each open gate, of the pilot itself, of its data, and of silence."""
    found: set[Deadline] = set()
    if pilot.status is Status.PRECHECKS:
        found |= {Deadline(f"gate:{each.gate}", each.due_at) for each in pilot.gates if each.colour is None and not each.late_at and not each.released}
    if pilot.status is Status.RUNNING and pilot.ends_on:
        found.add(Deadline("end", start_of(pilot.ends_on)))
    if pilot.status is Status.STOPPED and pilot.data_due_at and pilot.disposal is None and not pilot.data_late_at:
        found.add(Deadline("data", pilot.data_due_at))
    waits = pilot.status is Status.PRECHECKS and pilot.cleared_at is None
    if pilot.status in LIVE - {Status.RUNNING} and not waits and pilot.moved_at and pilot.stalled < 2:
        found.add(Deadline("idle", ends(pilot.moved_at, IDLE_LONG if pilot.stalled else IDLE)))
    return found
