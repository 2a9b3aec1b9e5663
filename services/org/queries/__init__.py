"""The read side: SQL in the open."""

from services.org.queries import alarms, changes, holders, imports, mandates, persons, plans, posts, reads, reorganisations, units, zones

__all__ = ["alarms", "changes", "holders", "imports", "mandates", "persons", "plans", "posts", "reads", "reorganisations", "units", "zones"]
