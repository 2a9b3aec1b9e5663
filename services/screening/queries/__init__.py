"""The read side: SQL in the open."""

from services.screening.queries import aftercare, appeals, cases, clearances, drafts, gatherings, register, terms, watch

__all__ = ["aftercare", "appeals", "cases", "clearances", "drafts", "gatherings", "register", "terms", "watch"]
