"""The read side: SQL in the open."""

from services.integrity.queries import desks, lines, reports

__all__ = ["desks", "lines", "reports"]
