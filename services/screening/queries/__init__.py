"""The read side: SQL in the open."""

from services.screening.queries import cases, clearances

__all__ = ["cases", "clearances"]
