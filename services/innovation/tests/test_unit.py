"""Units and what a reorganisation touches: each rule as a sentence that may be false."""

from dataclasses import replace
from datetime import date, datetime
from types import SimpleNamespace
from typing import Any

from cg_kit.pure import Due, named
from cg_kit.pure.terms import BRUSSELS
from services.innovation.domain import impact
from services.innovation.domain.unit import NEW, End, Ended, Item, Note, Noted, Touch, TouchBy, UnitTouched, What, after, decide, due, evolve
from services.innovation.outgoing import impact_tells

NOON = datetime(2026, 4, 15, 12, tzinfo=BRUSSELS)
UNIT, NEXT, THIRD, IDEA, PLAN = (named("test", name) for name in ("unit", "next", "third", "idea", "plan"))
ITEM = Item(What.IDEA, IDEA)
TOUCH = Touch(PLAN, date(2027, 1, 1), UNIT, True)


def given(*commands: Any, start: Any = NEW, domain: Any = None) -> Any:
    """The state after these commands."""
    state = start
    for command in commands:
        for event in (domain.decide if domain else decide)(state, command):
            state = (domain.evolve if domain else evolve)(state, event)
    return state


HAS = given(Note(ITEM, NOON))
STATES = {"new": NEW, "has": HAS, "ended": given(End((NEXT,), NOON), start=HAS)}
COMMANDS: list[Any] = [Note(ITEM, NOON), TouchBy(TOUCH), End((NEXT, THIRD), NOON), Due("no", NOON)]
ASKED = given(impact.Ask(TOUCH.effective_date, (TOUCH,)), start=impact.NEW, domain=impact)
FOUND = given(impact.Add(TOUCH, ITEM), start=ASKED, domain=impact)
IMPACTS = SimpleNamespace(
    STATES={"new": impact.NEW, "asked": ASKED, "found": FOUND},
    COMMANDS=[impact.Ask(date(2027, 2, 1), (TOUCH,)), impact.Add(TOUCH, ITEM), impact.Gather(TOUCH.effective_date), Due("no", NOON)],
)


def test_what_belongs_to_a_unit_goes_to_what_came_after_it() -> None:
    assert decide(HAS, End((NEXT,), NOON)) == [Ended((ITEM,), (NEXT,), NOON)]
    assert decide(STATES["ended"], End((NEXT,), NOON)) == []
    other = Item(What.IDEA, THIRD)
    assert decide(STATES["ended"], Note(other, NOON)) == [Noted(other), Ended((other,), (NEXT,), NOON)], "also what comes late"
    assert [after(Ended((), way, NOON)) for way in ((NEXT,), (NEXT, THIRD), ())] == [NEXT, None, None], "nobody guesses"
    assert decide(HAS, TouchBy(TOUCH)) == [UnitTouched(TOUCH, (ITEM,))]
    assert decide(NEW, TouchBy(TOUCH)) == []
    assert due(HAS) == set()


def test_what_is_open_is_reported_once_in_one_figure() -> None:
    unplaced = replace(TOUCH, placed=False)
    state = given(impact.Add(unplaced, Item(What.IDEA, THIRD)), start=FOUND, domain=impact)
    gather = impact.Gather(TOUCH.effective_date)
    reported = given(gather, gather, gather, start=state, domain=impact)
    assert (reported.status, impact.decide(reported, gather), impact.due(reported)) == (impact.Status.REPORTED, [], set())
    (told,) = impact_tells(PLAN, impact.ImpactReported(TOUCH.effective_date), reported)
    assert (told.open_items, told.unmapped_total, told.unmapped_ids) == (2, 1, (THIRD,))  # type: ignore[attr-defined]
    assert list(impact_tells(PLAN, impact.ItemAdded(ITEM, True), FOUND)) == []
    later = impact.Add(replace(TOUCH, effective_date=date(2027, 3, 1)), ITEM)
    assert impact.decide(FOUND, later) == [], "of another day"
