"""The read side: SQL in the open."""

from services.audit.queries import engagements, plans, posts, recommendations, universe

__all__ = ["engagements", "plans", "posts", "recommendations", "universe"]
