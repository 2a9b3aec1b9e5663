"""The read side: SQL in the open."""

from services.org.queries import alarms, holders, imports, mandates, persons, plans, posts, reads, reorganisations, units, zones

__all__ = ["alarms", "holders", "imports", "mandates", "persons", "plans", "posts", "reads", "reorganisations", "units", "zones"]
