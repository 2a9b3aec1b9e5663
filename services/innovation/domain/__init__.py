"""The aggregates of the innovation service, and its rules in three languages."""
