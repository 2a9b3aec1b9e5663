"""The tree of units with its dated versions and its reorganisations: one aggregate, because ORG-1 and ORG-9 are about all of it at once."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

from cg_kit.pure import Deadline, Due, Refused, named
from cg_kit.pure.terms import day_of, start_of
from services.org.domain import reorganisation
from services.org.domain.reorganisation import Reorganisation, ReorganisationTookEffect, Seated, Status
from services.org.domain.unit import Unit, Version, change_for, changed, ending, established, fault, resolved, units_on

TREE = named("org", "tree")
"""The id of the one tree there is."""


@dataclass(frozen=True, slots=True)
class Awaited:
    """A change that was recorded for a day to come."""

    change_id: UUID
    on: date


@dataclass(frozen=True, slots=True)
class Tree:
    """Every version of every unit that was ever known, the changes that are still to take effect, and every reorganisation."""

    versions: tuple[Version, ...] = ()
    awaited: tuple[Awaited, ...] = ()
    reorganisations: tuple[Reorganisation, ...] = ()


NEW = Tree()


@dataclass(frozen=True, slots=True)
class Establish:
    """Units begin to exist on a day, parents and children together."""

    units: tuple[Unit, ...]
    valid_from: date
    at: datetime


@dataclass(frozen=True, slots=True)
class Change:
    """From `valid_from` until the next change that is already known, the unit is like this."""

    unit: Unit
    valid_from: date
    at: datetime


@dataclass(frozen=True, slots=True)
class Enter:
    """Units as they are to be, new ones and others, each from a day on: all of it or nothing."""

    rows: tuple[tuple[Unit, date], ...]
    at: datetime


@dataclass(frozen=True, slots=True)
class NeedUnit:
    """Something else is done only if this unit is there on a day: refused, or nothing happens here."""

    unit_id: UUID
    on: date


@dataclass(frozen=True, slots=True)
class NotePost:
    """A post is in this unit."""

    seated: Seated
    at: datetime


@dataclass(frozen=True, slots=True)
class NoteMandate:
    """A mandate runs in a post, or runs no longer."""

    post_id: UUID
    runs: bool


@dataclass(frozen=True, slots=True)
class Established:
    """A unit exists from a day on."""

    unit: Unit
    valid_from: date
    at: datetime


@dataclass(frozen=True, slots=True)
class Changed:
    """A unit becomes different, today or later."""

    unit: Unit
    valid_from: date
    at: datetime


@dataclass(frozen=True, slots=True)
class Corrected:
    """It turns out that a unit was different since a day in the past."""

    unit: Unit
    valid_from: date
    at: datetime


@dataclass(frozen=True, slots=True)
class Begun:
    """How a unit is from now on, by a change that was recorded before."""

    change_id: UUID
    unit: Unit


@dataclass(frozen=True, slots=True)
class Began:
    """A day has come, and with it the changes that were recorded for it before."""

    on: date
    changes: tuple[Begun, ...]


@dataclass(frozen=True, slots=True)
class Redirected:
    """A post was opened in a unit while that ended: it goes to the one unit that goes on."""

    post_id: UUID
    to_unit_id: UUID
    on: date
    at: datetime


Command = Establish | Change | Enter | NeedUnit | NotePost | NoteMandate | reorganisation.Command | Due
Event = Established | Changed | Corrected | Began | Redirected | reorganisation.Event


def decide(tree: Tree, command: Command) -> list[Event] | Refused:
    """Says yes only to what leaves one tree with one root on every day."""
    match command:
        case Establish(units, valid_from, at):
            new = [unit for unit in units if not _was_established(tree, unit, valid_from)]
            if {unit.unit_id for unit in new} & {version.unit.unit_id for version in tree.versions}:
                return Refused("ORG-UNIT-EXISTS", "unit_id")
            return _if_one_tree(tree, valid_from, [Established(unit, valid_from, at) for unit in new])
        case Change(unit, valid_from, at):
            current = unit_on(tree, unit.unit_id, valid_from)
            if current is None:
                return Refused("ORG-UNIT", "unit_id")
            if current.unit == unit:
                return []
            if valid_from < day_of(at):  # ORG-6
                return _if_one_tree(tree, valid_from, [Corrected(unit, valid_from, at)])
            return _if_one_tree(tree, valid_from, [Changed(unit, valid_from, at)])
        case Enter(rows, at):
            events = entered(tree, rows, at)
            return events if isinstance(events, Refused) else _if_one_tree(tree, min((valid_from for _, valid_from in rows), default=day_of(at)), events)
        case NeedUnit(unit_id, on):
            return Refused("ORG-UNIT", "unit_id") if unit_on(tree, unit_id, on) is None else []  # ORG-9
        case NotePost(seated, at):
            return _note(tree, seated, at)
        case NoteMandate(post_id, runs):
            return [event for each in tree.reorganisations for event in reorganisation.note_mandate(each, post_id, runs)]
        case Due(name, at):
            return _fall_due(tree, name, at)
        case _:
            decided = reorganisation.decide(tree.versions, find(tree, command.reorganisation_id), command)
            return decided if isinstance(decided, Refused) else [*decided]


def evolve(tree: Tree, event: Event) -> Tree:
    """The tree after an event: what was known before is superseded and stays readable."""
    match event:
        case Established(unit, valid_from, at):
            return _awaiting(replace(tree, versions=established(tree.versions, unit, valid_from, at)), unit, valid_from, at)
        case Changed(unit, valid_from, at) | Corrected(unit, valid_from, at):
            return _awaiting(replace(tree, versions=changed(tree.versions, unit, valid_from, at)), unit, valid_from, at)
        case Began(on):
            return replace(tree, awaited=tuple(each for each in tree.awaited if each.on != on))
        case Redirected():
            return tree
        case _:
            after = _with(tree, reorganisation.evolve(find(tree, event.reorganisation_id), event))
            return _in_effect(after, event) if isinstance(event, ReorganisationTookEffect) else after


def due(tree: Tree) -> set[Deadline]:
    """The days on which a known change or a reorganisation takes effect; nothing is left of those that are past, however many there were."""
    changes = {Deadline(f"day:{on.isoformat()}", start_of(on)) for on in {each.on for each in tree.awaited}}
    scheduled = (each for each in tree.reorganisations if each.status is Status.SCHEDULED)
    return changes | {Deadline(f"reorganisation:{each.id}", start_of(each.plan.effective_date), each.id) for each in scheduled}


def entered(tree: Tree, rows: Collection[tuple[Unit, date]], at: datetime) -> list[Event] | Refused:
    """What makes the units as these rows say, whether or not that leaves one tree; a unit that exists does not begin earlier by it."""
    events: list[Event] = []
    for unit, valid_from in rows:
        current = unit_on(tree, unit.unit_id, valid_from)
        if current is not None and current.unit == unit:
            continue
        if current is not None:
            event: Event = Corrected(unit, valid_from, at) if valid_from < day_of(at) else Changed(unit, valid_from, at)
        elif any(version.unit.unit_id == unit.unit_id for version in tree.versions):
            return Refused("ORG-UNIT", "valid_from")
        else:
            event = Established(unit, valid_from, at)
        tree = evolve(tree, event)
        events.append(event)
    return events


def unit_on(tree: Tree, unit_id: UUID, when: date) -> Version | None:
    """The unit as it is on a day, as we know it now."""
    return next((version for version in tree.versions if version.unit.unit_id == unit_id and version.holds_on(when)), None)


def find(tree: Tree, reorganisation_id: UUID) -> Reorganisation | None:
    """The reorganisation of this id."""
    return next((each for each in tree.reorganisations if each.id == reorganisation_id), None)


def reports_to(tree: Tree, post_id: UUID, unit_id: UUID, when: date) -> UUID | None:
    """The post to which one reports on a day: the head of its unit, or, for a head, of the first unit above that somebody else heads."""
    at, above = unit_on(tree, unit_id, when), 0
    while at is not None and above <= len(tree.versions):
        if at.unit.head_post_id not in {None, post_id}:
            return at.unit.head_post_id
        at, above = unit_on(tree, at.unit.parent_id, when) if at.unit.parent_id else None, above + 1
    return None


def led_by(tree: Tree, posts: Collection[UUID], when: date) -> set[UUID]:
    """The units that these posts head on a day, with all units under them: whoever sits there reports to who holds the posts."""
    units = units_on(tree.versions, when).values()
    under = level = {unit.unit_id for unit in units if unit.head_post_id in posts}
    while level := {unit.unit_id for unit in units if unit.parent_id in level} - under:
        under = under | level
    return under


def _note(tree: Tree, seated: Seated, at: datetime) -> list[Event] | Refused:
    """The reorganisations that a post concerns; one that was opened in a unit while that ended goes where the unit went."""
    gone = ending(tree.versions, seated.unit_id, day_of(at))
    if gone is None:
        return [event for each in tree.reorganisations for event in reorganisation.note(each, seated)]
    heirs = resolved(tree.versions, seated.unit_id, day_of(at))
    return [Redirected(seated.post_id, heirs[0], day_of(at), at)] if len(heirs) == 1 else Refused("ORG-9", "unit_id")


def _fall_due(tree: Tree, name: str, at: datetime) -> list[Event]:
    what, _, which = name.partition(":")
    if what == "day":
        on = date.fromisoformat(which)
        wanted = {each.change_id for each in tree.awaited if each.on == on}
        begun = {
            version.change_id: version.unit for version in tree.versions if version.change_id in wanted and version.valid_from == on and version.holds_on(on)
        }
        return [Began(on, tuple(Begun(change_id, unit) for change_id, unit in begun.items() if change_id))]
    it = find(tree, UUID(which))
    return list(reorganisation.fall_due(tree.versions, it, at)) if it is not None else []


def _in_effect(tree: Tree, event: ReorganisationTookEffect) -> Tree:
    """The units as they are from now on; and what the posts that moved mean for reorganisations that are still to come."""
    moved = {each.post_id: each.to_unit_id for each in event.outcome.posts}
    for each in tree.reorganisations:
        known = {one.post_id: one for one in each.seated}
        for post_id, to_unit_id in moved.items():
            one = known.get(post_id)
            told = (
                reorganisation.forget(each, post_id)
                if to_unit_id is None
                else reorganisation.note(each, Seated(post_id, to_unit_id, (), bool(one and one.mandate)))
            )
            for more in told:
                tree = _with(tree, reorganisation.evolve(find(tree, each.id), more))
    return replace(tree, versions=reorganisation.applied(tree.versions, event.outcome, event.on, event.at))


def _with(tree: Tree, it: Reorganisation) -> Tree:
    """The tree with this reorganisation as it now is."""
    if find(tree, it.id) is None:
        return replace(tree, reorganisations=(*tree.reorganisations, it))
    return replace(tree, reorganisations=tuple(it if each.id == it.id else each for each in tree.reorganisations))


def _awaiting(tree: Tree, unit: Unit, valid_from: date, at: datetime) -> Tree:
    """Waiting for the day on which a change takes effect, when that is still to come."""
    if valid_from <= day_of(at):
        return tree
    return replace(tree, awaited=(*tree.awaited, Awaited(change_for(unit.unit_id, valid_from, at), valid_from)))


def _if_one_tree(tree: Tree, since: date, events: list[Event]) -> list[Event] | Refused:
    """The events, unless on some day after them the units were no single tree or two had one slug."""
    after = tree
    for event in events:
        after = evolve(after, event)
    broken = fault(after.versions, since) if events else None
    return events if broken is None else Refused(*broken)


def _was_established(tree: Tree, unit: Unit, valid_from: date) -> bool:
    return any(version.unit == unit and version.valid_from == valid_from for version in tree.versions)
