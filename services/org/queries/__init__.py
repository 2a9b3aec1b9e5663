"""The read side: SQL in the open."""

from services.org.queries import persons, posts, units

__all__ = ["persons", "posts", "units"]
