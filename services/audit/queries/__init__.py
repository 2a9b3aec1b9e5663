"""The read side: SQL in the open."""

from services.audit.queries import engagements, figures, plans, posts, recommendations, universe

__all__ = ["engagements", "figures", "plans", "posts", "recommendations", "universe"]
