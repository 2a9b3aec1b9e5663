"""Partners, and who comes from outside: screened first, once for all pilots."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import product
from types import SimpleNamespace
from typing import Any

import pytest

from cg_contracts.innovation import PartnerKind
from cg_kit.pure import Due, Refused, named
from cg_kit.pure.terms import BRUSSELS
from services.innovation.domain import partner
from services.innovation.domain.external import NEW, Answer, Answered, External, Lapse, ScreeningAsked, Standing, Unuse, Use, Used, decide, due, evolve, ours
from services.innovation.domain.words import Why
from services.innovation.outgoing import external_tells, partner_tells

NOON = datetime(2026, 4, 15, 12, tzinfo=BRUSSELS)
DEV, PILOT, OTHER, CASE, OFFICER = (named("test", name) for name in ("dev", "pilot", "other", "case", "officer"))
UNTIL = NOON + timedelta(days=365)
USE = Use(DEV, PILOT, date(2026, 6, 1), NOON)
POSITIVE = Answer(1, Standing.POSITIVE, CASE, UNTIL, NOON)


def given(*commands: Any, start: Any = NEW, domain: Any = None) -> Any:
    """The state after these commands."""
    state = start
    for command in commands:
        decided = (domain.decide if domain else decide)(state, command)
        assert decided, command
        for event in decided:
            state = (domain.evolve if domain else evolve)(state, event)
    return state


ASKED = given(USE)
CLEAR = given(POSITIVE, start=ASKED)
STATES = {
    "new": NEW,
    "asked": ASKED,
    "clear": CLEAR,
    "lapsed": given(Lapse(CASE, Standing.LAPSED, NOON), start=CLEAR),
    "refused": given(replace(POSITIVE, standing=Standing.NEGATIVE), start=ASKED),
    "closed": given(Answer(1, Standing.CLOSED, None, None, NOON), start=ASKED),
}
COMMANDS: list[Any] = [
    USE,
    replace(USE, pilot_id=OTHER),
    replace(USE, pilot_id=OTHER, at=UNTIL),
    Unuse(PILOT),
    POSITIVE,
    replace(POSITIVE, nth=2),
    Lapse(CASE, Standing.LAPSED, NOON),
    Lapse(OTHER, Standing.LAPSED, NOON),
    Due("no", NOON),
]


@pytest.mark.parametrize(("name", "command"), list(product(STATES, COMMANDS)))
def test_whatever_is_decided_changes_the_person_and_is_decided_once(name: str, command: Any) -> None:
    state = STATES[name]
    for event in decide(state, command):  # type: ignore[union-attr]
        after = evolve(state, event)
        assert after != state
        state = after
        list(external_tells(DEV, event, state))
    assert decide(state, command) == []
    assert due(state) == set()


def test_inn_3_screening_is_asked_once_for_all_pilots_and_again_when_it_lapsed() -> None:
    assert decide(NEW, USE) == [Used(PILOT, DEV, Standing.ASKED, None, NOON), ScreeningAsked(DEV, 1, date(2026, 6, 1), NOON)]
    second = replace(USE, pilot_id=OTHER)
    assert decide(CLEAR, second) == [Used(OTHER, DEV, Standing.POSITIVE, UNTIL, NOON)], "what holds is reused"
    assert decide(ASKED, second) == [Used(OTHER, DEV, Standing.ASKED, None, NOON)]
    assert decide(STATES["refused"], second) == [Used(OTHER, DEV, Standing.NEGATIVE, None, NOON)], "a no is not asked again"
    for name in ("lapsed", "closed"):
        assert decide(STATES[name], second)[-1] == ScreeningAsked(DEV, 2, date(2026, 6, 1), NOON)  # type: ignore[index]
    assert decide(CLEAR, replace(second, at=UNTIL))[-1] == ScreeningAsked(DEV, 2, date(2026, 6, 1), UNTIL)  # type: ignore[index]
    assert decide(CLEAR, Lapse(CASE, Standing.NEGATIVE, NOON)) == [Answered(Standing.NEGATIVE, CASE, None, (PILOT,), NOON)]


def test_an_answer_finds_its_person() -> None:
    (asked,) = external_tells(DEV, ScreeningAsked(DEV, 3, date(2026, 6, 1), NOON), ASKED)
    assert ours(asked.requester_ref) == (DEV, 3)  # type: ignore[attr-defined]
    assert [ours(ref) for ref in ("post:x/assignment:y", "external:x/1", f"external:{DEV}/no", "")] == [None] * 4


def test_a_state_of_older_code_is_kept() -> None:
    assert External(Standing.POSITIVE, valid_until=None).nth == 0


MEET = partner.Meet("Kleine zaak", PartnerKind.SME, ("drones",), OFFICER, NOON)
WHY = Why("done", "Gedaan.", OFFICER)
MET = given(MEET, domain=partner, start=partner.NEW)
ENGAGED = given(partner.Engage(OFFICER, NOON), domain=partner, start=MET)
SIGNED = given(partner.Sign("OV/1", date(2027, 1, 1), OFFICER, NOON), domain=partner, start=ENGAGED)
PARTNERS = SimpleNamespace(
    STATES={"new": partner.NEW, "met": MET, "engaged": ENGAGED, "signed": SIGNED, "over": given(partner.EndPartner(WHY, NOON), domain=partner, start=SIGNED)},
    COMMANDS=[
        MEET,
        replace(MEET, name="Andere zaak"),
        partner.Engage(OFFICER, NOON),
        partner.Sign("OV/1", date(2027, 1, 1), OFFICER, NOON),
        partner.Sign("OV/1", date(2026, 1, 1), OFFICER, NOON),
        partner.EndPartner(WHY, NOON),
        Due("agreement", datetime(2027, 1, 1, tzinfo=BRUSSELS)),
    ],
)


@pytest.mark.parametrize(("name", "command"), list(product(PARTNERS.STATES, PARTNERS.COMMANDS)))
def test_whatever_is_decided_changes_the_partner_and_is_decided_once(name: str, command: Any) -> None:
    state = PARTNERS.STATES[name]
    decided = partner.decide(state, command)
    if isinstance(decided, Refused):
        return
    for event in decided:
        after = partner.evolve(state, event)
        assert after != state
        state = after
        list(partner_tells(DEV, event, state))
    assert partner.decide(state, command) == []


def test_an_agreement_ends_on_its_day_and_the_work_goes_on() -> None:
    (deadline,) = partner.due(SIGNED)
    over = given(Due(deadline.name, deadline.at), domain=partner, start=SIGNED)
    assert (over.status, over.status in partner.WORKING) == (partner.Status.ENGAGED, True)
    assert partner.decide(MET, partner.Sign("OV/1", date(2027, 1, 1), OFFICER, NOON)) == Refused("INN-STATE")
