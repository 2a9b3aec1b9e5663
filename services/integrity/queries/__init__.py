"""The read side: SQL in the open."""

from services.integrity.queries import desks, lines, reports, surveys

__all__ = ["desks", "lines", "reports", "surveys"]
