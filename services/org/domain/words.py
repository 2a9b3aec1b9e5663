"""The words that tree, post and person share: days in Brussels, and the label of a thing by language."""

from __future__ import annotations

from datetime import date, datetime, time

from cg_kit.pure.terms import BRUSSELS

Labels = dict[str, str]
"""A label by language (nl, fr, en, de); Dutch and French are always there."""


def day(at: datetime) -> date:
    """The calendar day of an instant in Brussels."""
    return at.astimezone(BRUSSELS).date()


def morning(of: date) -> datetime:
    """The instant at which a day begins in Brussels."""
    return datetime.combine(of, time(), BRUSSELS)
