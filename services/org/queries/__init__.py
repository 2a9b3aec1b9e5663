"""The read side: SQL in the open."""

from services.org.queries import persons, plans, posts, units, zones

__all__ = ["persons", "plans", "posts", "units", "zones"]
