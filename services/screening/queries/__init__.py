"""The read side: SQL in the open."""

from services.screening.queries import appeals, cases, clearances

__all__ = ["appeals", "cases", "clearances"]
