"""Messages in, and own events that concern another aggregate, as commands."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from cg_contracts import org
from cg_kit.pure import Cause, To
from services.innovation.domain import idea, impact, unit
from services.innovation.domain.unit import Item, Touch, What


def take_merged(event: idea.Merged, cause: Cause) -> Iterable[To]:
    """The idea that goes on gets the followers of the one that was merged into it."""
    assert cause.aggregate
    yield To("idea", event.into, idea.Take(idea.Taken(cause.aggregate, event.followers), event.at))


def release_separated(event: idea.Separated, cause: Cause) -> Iterable[To]:
    """The other idea loses them again, but for those who follow it by themselves."""
    assert cause.aggregate
    yield To("idea", event.taken_from, idea.Release(cause.aggregate, event.at))


# Whose it is, and a reorganisation in org


def note_idea(event: idea.Submitted, cause: Cause) -> Iterable[To]:
    """The unit knows that there is an idea about its work."""
    yield _of(event.unit_id, What.IDEA, cause)


def note_adopter(event: idea.Offered | idea.Placed, cause: Cause) -> Iterable[To]:
    """The unit that is to own it, or that it was given to."""
    yield _of(event.unit_id, What.IDEA, cause)


def note_successor(event: idea.Reowned, cause: Cause) -> Iterable[To]:
    """It came to this unit, which may itself be no more."""
    if event.to_unit_id is not None:
        yield _of(event.to_unit_id, What.IDEA, cause)


def _of(unit_id: UUID, what: What, cause: Cause) -> To:
    assert cause.aggregate
    return To("unit", unit_id, unit.Note(Item(what, cause.aggregate), cause.at))


def ended(mappings: Iterable[org.UnitMapping]) -> dict[UUID, tuple[UUID, ...]]:
    """The units that a reorganisation ends, with what comes after each."""
    return {each: mapping.to_unit_ids for mapping in mappings for each in mapping.from_unit_ids if each not in mapping.to_unit_ids}


def count_touched(fact: org.ReorganisationScheduledV1, _cause: Cause) -> Iterable[To]:
    """A reorganisation is scheduled: what belongs to units that end is gathered."""
    touches = (Touch(fact.reorganisation_id, fact.effective_date, each, len(after) == 1) for each, after in ended(fact.mappings).items())
    yield To("impact", fact.reorganisation_id, impact.Ask(fact.effective_date, tuple(touches)))


def ask_unit(event: impact.UnitAsked, _cause: Cause) -> Iterable[To]:
    """A unit is asked what belongs to it."""
    yield To("unit", event.touch.unit_id, unit.TouchBy(event.touch))


def ask_items(event: unit.UnitTouched, _cause: Cause) -> Iterable[To]:
    """Each of that is asked whether it is open."""
    for item in event.items:
        yield To(item.what.value, item.id, TOUCHES[item.what](event.touch))


TOUCHES = {What.IDEA: idea.TouchBy}


def add_idea(event: idea.IdeaTouched, cause: Cause) -> Iterable[To]:
    """An idea is open."""
    yield _add(event.touch, What.IDEA, cause)


def _add(touch: Touch, what: What, cause: Cause) -> To:
    assert cause.aggregate
    return To("impact", touch.reorganisation_id, impact.Add(touch, Item(what, cause.aggregate)))


def gather(event: impact.ImpactAsked | impact.RoundOver, cause: Cause) -> Iterable[To]:
    """Own events are followed in their order, so this comes behind the answers of its round."""
    assert cause.aggregate
    yield To("impact", cause.aggregate, impact.Gather(event.effective_date))


def follow_units(fact: org.ReorganisationTookEffectV1, cause: Cause) -> Iterable[To]:
    """Units are no more, and others came of them."""
    for each, after in ended(fact.mappings).items():
        yield To("unit", each, unit.End(after, cause.at))


def reown(event: unit.Ended, cause: Cause) -> Iterable[To]:
    """What belonged to the unit belongs to the one that came after it, or waits for somebody to say whose it is."""
    assert cause.aggregate
    for item in event.items:
        yield To(item.what.value, item.id, REOWNS[item.what](cause.aggregate, unit.after(event), event.at))


REOWNS = {What.IDEA: idea.Reown}
