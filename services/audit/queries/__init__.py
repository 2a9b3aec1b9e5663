"""The read side: SQL in the open."""

from services.audit.queries import engagements, posts, universe

__all__ = ["engagements", "posts", "universe"]
