"""The read side: SQL in the open."""

from services.innovation.queries import ideas, pilots, trends

__all__ = ["ideas", "pilots", "trends"]
