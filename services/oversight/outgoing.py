"""What each event of an obligation tells the others: its name, who owes it, when, and what proves it."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from cg_contracts import oversight
from cg_contracts.base import Contract
from services.oversight.domain import obligation


def tell(obligation_id: UUID, event: obligation.Event, state: obligation.Owed) -> Iterable[Contract]:
    """The public messages of one event of an obligation; a proof that came early is nobody's business yet."""
    assert state.debtor or isinstance(event, obligation.CameEarly)
    if state.debtor is None:
        return
    owed_by = oversight.Debtor(kind=state.debtor.kind, id=state.debtor.name)
    match event:
        case obligation.Opened():
            yield oversight.ObligationOpenedV1(
                obligation_id=obligation_id, obligation=event.name, concerns=event.about, owed_by=owed_by, because_of=event.because_of, due_at=event.due_at
            )
        case obligation.Moved() | obligation.Reowned() | obligation.Suspended():
            assert state.first_due_at
            yield oversight.ObligationMovedV1(
                obligation_id=obligation_id, obligation=state.name, owed_by=owed_by, due_at=state.due_at, first_due_at=state.first_due_at
            )
        case obligation.Reminded(days):
            assert state.due_at
            yield oversight.ObligationRemindedV1(obligation_id=obligation_id, obligation=state.name, owed_by=owed_by, due_at=state.due_at, days_left=days)
        case obligation.Met(proof, _, late, late_against_first):
            yield oversight.ObligationMetV1(
                obligation_id=obligation_id,
                obligation=state.name,
                owed_by=owed_by,
                proof=proof.id,
                met_at=proof.at,
                late=late,
                late_against_first=late_against_first,
            )
        case obligation.Missed():
            assert state.due_at
            assert state.first_due_at
            yield oversight.ObligationMissedV1(
                obligation_id=obligation_id, obligation=state.name, owed_by=owed_by, due_at=state.due_at, first_due_at=state.first_due_at
            )
        case obligation.Escalated(days, to):
            yield oversight.ObligationEscalatedV1(obligation_id=obligation_id, obligation=state.name, owed_by=owed_by, to=to, days_late=days)
        case obligation.Cancelled(because_of):
            yield oversight.ObligationCancelledV1(obligation_id=obligation_id, obligation=state.name, owed_by=owed_by, because_of=because_of)
        case _:
            pass


def nothing(_id: UUID, _event: object, _state: object) -> Iterable[Contract]:
    """Where things are is told by org."""
    return ()
