"""What others hear: the bulletin of the day, and nothing else of anything."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from cg_contracts import integrity
from cg_contracts.base import CATALOGUE, Contract
from services.integrity.domain import bulletin


def nothing(_id: UUID, _event: object, _state: object) -> Iterable[Contract]:
    """What happens to a report, an identity, a survey or anything else is told to nobody when it happens."""
    return ()


def bulletin_tells(_id: UUID, event: bulletin.Event, _state: bulletin.Bulletin) -> Iterable[Contract]:
    """Once a day: counts, and what waited."""
    match event:
        case bulletin.QuarterTold(quarter, counts, enough, cells):
            yield integrity.IntegrityQuarterCountedV1(quarter=quarter, **{name: counts.get(name, 0) for name in COUNTED} if enough else {})
            for cell in cells:
                yield integrity.IntegrityCaseConcludedV1(
                    quarter=quarter, category_code=cell.category, outcome_code=cell.outcome, unit_id=cell.unit_id, cases=cell.cases
                )
        case bulletin.Told(on, open_at_least, received_at_least, items):
            yield integrity.IntegrityWorkCountedV1(counted_on=on, open_at_least=open_at_least, received_at_least=received_at_least)
            for item in items:
                yield CATALOGUE[item.type].model_validate_json(item.data)
        case _:
            pass


COUNTED = ("received", "acknowledged", "acknowledgements_missed", "feedback_given", "feedback_missed", "redirected")
"""What of a quarter is told."""
