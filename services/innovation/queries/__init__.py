"""The read side: SQL in the open."""

from services.innovation.queries import ideas

__all__ = ["ideas"]
