"""The read side: SQL in the open."""

from services.innovation.queries import ideas, pilots

__all__ = ["ideas", "pilots"]
