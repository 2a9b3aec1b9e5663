"""The scale of severity with its terms, and the other terms of audit: choices of this house (no law sets them), each in one place."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from cg_contracts.audit import Severity
from cg_kit.pure.terms import Term

Text = dict[str, str]
"""A text by language (nl, fr, en)."""

TONGUES = ("nl", "fr")
"""The languages in which whatever leaves audit is there (coordinated laws of 18 July 1966 on the use of languages); English is a courtesy."""


@dataclass(frozen=True, slots=True)
class Row:
    """What follows from a severity: how soon management answers, by when it is mended if nothing else is agreed, and how heavy it weighs in the risk."""

    response: Term
    action: Term
    weight: int


SCALE: dict[Severity, Row] = {
    Severity.CRITICAL: Row(Term(5, "working_days"), Term(30, "days"), 10),
    Severity.HIGH: Row(Term(15, "working_days"), Term(90, "days"), 6),
    Severity.MEDIUM: Row(Term(20, "working_days"), Term(180, "days"), 3),
    Severity.LOW: Row(Term(20, "working_days"), Term(365, "days"), 1),
}
"""A choice of the head of audit."""

RIGHT_OF_REPLY = Term(15, "working_days")
"""How long a unit may take to reply to a draft (a choice)."""

INDEPENDENCE = Term(12, "months", before=True)
"""How far back an auditor may not have been responsible for what is audited, and how long a declaration of that counts (IIA standard 2.2)."""

REPEAT = Term(3, "years", before=True)
"""How far back a finding on the same theme in the same unit makes another a repeat finding (a choice)."""

QUARTER = Term(3, "months", before=True)
"""Within which several signals of others propose a special engagement (a choice)."""

YEAR = Term(12, "months", before=True)
"""How long a signal counts (a choice)."""


def beyond(of: date) -> bool:
    """Whether a day lies where no term of ours reckons."""
    return not 1900 <= of.year < 2200


def since(term: Term, at: datetime) -> date:
    """The first day of a term that counts back from an instant."""
    return term.due(at).due_date


def whole(text: Text) -> bool:
    """Whether it is there in both languages of the house."""
    return all(text.get(tongue, "").strip() for tongue in TONGUES)


def missing(**texts: Text) -> str | None:
    """The first of these that is not there in both languages."""
    return next((name for name, text in texts.items() if not whole(text)), None)
