"""What pure files may import from the kit: the words between a service and its engine, and legal time."""

from cg_kit.pure.words import Actor, Cause, Deadline, Due, Refused, Remembered, To, named, on

__all__ = ["Actor", "Cause", "Deadline", "Due", "Refused", "Remembered", "To", "named", "on"]
