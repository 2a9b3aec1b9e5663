"""What several aggregates share: days, terms, and a decision with its reason."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from cg_kit.pure.terms import Term


@dataclass(frozen=True, slots=True)
class Why:
    """A decision's reason: a code that may be told outside, and the sentence that whoever it concerns reads."""

    code: str
    text: str
    by: UUID


def ends(start: datetime, term: str) -> datetime:
    """The first instant that is too late for a term such as `10 working days`."""
    return Term.parse(term).due(start).due
