"""The read side: SQL in the open."""

from services.oversight.queries import obligations, why

__all__ = ["obligations", "why"]
