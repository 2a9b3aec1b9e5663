"""What a post, unit or zone owes is owed by its heir when it is gone."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import product
from typing import Any
from uuid import UUID

import pytest

from cg_contracts import org
from cg_contracts.base import Contract
from cg_contracts.frozen import example
from cg_contracts.oversight import DebtorKind
from cg_kit.pure import Cause
from services.oversight import reactions
from services.oversight.domain.obligation import Debtor, Met, Opened, Proof, Reown, Reowned
from services.oversight.domain.party import NEW, End, Owe, Party, Place, Settle, Succeeded, decide, due, evolve

NOON = datetime(2026, 4, 15, 10, tzinfo=UTC)
UNIT, OTHER, OWED = UUID(int=1), UUID(int=2), UUID(int=3)
HEIR = Debtor(DebtorKind.UNIT, str(OTHER))


def after(*commands: Any) -> Party:
    party = NEW
    for command in commands:
        events = decide(party, command)
        assert isinstance(events, list)
        for event in events:
            party = evolve(party, event)
    return party


POST = after(Place(DebtorKind.POST, UNIT), Owe(DebtorKind.POST, OWED, NOON))
STATES = (NEW, POST, after(Place(DebtorKind.POST, UNIT), End(None, NOON)))
COMMANDS = (Place(DebtorKind.POST, OTHER), Owe(DebtorKind.POST, UUID(int=4), NOON), Settle(OWED), End(None, NOON), End(HEIR, NOON))


@pytest.mark.parametrize(("party", "command"), list(product(STATES, COMMANDS)), ids=str)
def test_whatever_is_decided_changes_it_or_passes_something_on(party: Party, command: Any) -> None:
    events = decide(party, command)
    assert isinstance(events, list)
    later = party
    for event in events:
        later = evolve(later, event)
    assert later != party or not events or all(isinstance(event, Succeeded) for event in events)
    assert due(later) == set()


def test_what_an_abolished_post_owed_its_unit_owes() -> None:
    assert decide(POST, End(None, NOON)) == [Succeeded((OWED,), Debtor(DebtorKind.UNIT, str(UNIT)), NOON)]


def test_what_comes_to_who_is_gone_is_passed_on() -> None:
    gone = after(Place(DebtorKind.UNIT, None), End(HEIR, NOON))
    assert decide(gone, Owe(DebtorKind.UNIT, OWED, NOON)) == [Succeeded((OWED,), HEIR, NOON)]


def test_who_is_there_again_owes_for_itself() -> None:
    assert after(Place(DebtorKind.UNIT, None), End(HEIR, NOON), Place(DebtorKind.UNIT, OTHER)).heir is None


def test_without_an_heir_what_was_owed_stays() -> None:
    assert decide(after(Owe(DebtorKind.ZONE, OWED, NOON)), End(None, NOON)) == []


# What is heard of the organisation, and what follows from it


def heard(contract: type[Contract], **more: Any) -> list[Any]:
    message = contract.model_validate({**example(contract), **more})
    found = reactions.hear(message, Cause("m", contract.about.type, "tag", "org", NOON))  # type: ignore[arg-type]
    return [(to.id, to.command) for to in found if to.kind == "party"]


def test_where_posts_and_units_are_is_known() -> None:
    assert heard(org.PostOpenedV1, post_id=str(OWED), unit_id=str(UNIT)) == [(OWED, Place(DebtorKind.POST, UNIT))]
    assert heard(org.PostMovedV1, post_id=str(OWED), to_unit_id=str(OTHER)) == [(OWED, Place(DebtorKind.POST, OTHER))]
    assert heard(org.OrgUnitEstablishedV1, unit_id=str(UNIT), parent_id=str(OTHER)) == [(UNIT, Place(DebtorKind.UNIT, OTHER))]
    assert heard(org.PostAbolishedV1, post_id=str(OWED)) == [(OWED, End(None, NOON))]
    assert heard(org.OrgUnitAbolishedV1, unit_id=str(UNIT), successor_ids=[str(OTHER)]) == [(UNIT, End(HEIR, NOON))]
    zones = heard(org.PoliceZonesMergedV1, from_zone_ids=[str(UNIT), str(OWED)], to_zone_id=str(OTHER))
    assert zones == [(each, End(Debtor(DebtorKind.ZONE, str(OTHER)), NOON)) for each in (UNIT, OWED)]


def test_a_post_knows_what_it_owes_until_that_is_done() -> None:
    post = Debtor(DebtorKind.POST, str(UNIT))
    cause = Cause("m", "t", "tag", "org", NOON, aggregate=OWED)
    (to,) = reactions.burden(Opened("access_off", "x", post, "m", "t", NOON, NOON), cause)
    assert (to.id, to.command) == (UNIT, Owe(DebtorKind.POST, OWED, NOON))
    (to,) = reactions.burden(Reowned(HEIR, NOON), cause)
    assert (to.id, to.command) == (OTHER, Owe(DebtorKind.UNIT, OWED, NOON))
    (to,) = reactions.settle(Met(Proof("p", "t", NOON), post, False, False), cause)
    assert (to.id, to.command) == (UNIT, Settle(OWED))
    (to,) = reactions.pass_on(Succeeded((OWED,), HEIR, NOON), cause)
    assert (to.kind, to.id, to.command) == ("obligation", OWED, Reown(HEIR, NOON))
    assert list(reactions.burden(Opened("decision_on_a_case", "x", Debtor(DebtorKind.SERVICE, "org"), "m", "t", NOON, NOON), cause)) == []
