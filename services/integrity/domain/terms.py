"""The terms of the integrity service: a table of named lengths, each with its source."""

from __future__ import annotations

from datetime import date, time

from cg_kit.pure.terms import Term

ACKNOWLEDGE = Term(7, "days")
"""To acknowledge a report, from its receipt (Directive 2019/1937, art. 9; K)."""

DEPUTY_ACKNOWLEDGES = Term(5, "days", rolls=False)
"""When the deputy takes over a report that nobody has acknowledged (a choice of this house)."""

FEEDBACK = Term(3, "months")
"""To tell the reporter what was done, from the acknowledgement, else from the end of the term for it (art. 9; K)."""

FEEDBACK_WARNINGS = (30, 15, 3)
"""Days before the feedback is due at which the handler is warned (a choice of this house)."""

DEPUTY_GIVES_FEEDBACK = 15
"""The warning at which the deputy takes over where nothing was told yet (a choice of this house)."""

REFERRAL = Term(10, "working_days")
"""For another body to accept or refuse what was referred to it; after silence it comes back (a choice of this house)."""

CHECK_INS = (3, 6, 12)
"""Months after the end of a case at which the reporter is asked, in the conversation, whether anything was done to them (a choice of this house)."""

PROTECTION = Term(3, "years")
"""How long a reporter is protected after the end of the case (the earlier law; U)."""

REMEDY = Term(20, "working_days")
"""For the service to say what is done about a reprisal that was alleged (a choice of this house)."""

RETENTION = Term(5, "years")
"""How long the file is kept after its end (U)."""

OPENING = Term(14, "days")
"""How long an identity that two custodians opened can be read by who asked (a choice of this house)."""

TOOL = Term(10, "working_days")
"""For the service to answer a leader who asks for help with a tool or a training (a choice of this house)."""

K = 10
"""Fewest persons in what is told of a group (ruling of this house)."""

FLOOR = 5
"""Fewest cases in a count that is told, and the lowest k that a survey may be given (ruling of this house)."""

BULLETIN = time(6)
"""When, once a day, others hear what they may hear."""


def quarter_of(day: date) -> str:
    """The quarter of a day, as `2026-Q4`."""
    return f"{day.year}-Q{(day.month + 2) // 3}"
