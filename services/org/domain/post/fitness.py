"""ORG-3: whether what the post asks of its holder is there."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from cg_contracts.levels import Level
from cg_contracts.org import Sensitivity
from services.org.domain.post.state import Assignment, Clearance, Post, Seat


def clearance(it: Assignment, clearance_id: UUID) -> Clearance | None:
    """The clearance of this id that the assignment may rest on."""
    return next((each for each in it.clearances if each.id == clearance_id), None)


def lacks_level(seat: Seat) -> bool:
    """A post that asks for a clearance says of which level, and no other post does."""
    return (seat.sensitivity is Sensitivity.CLEARANCE_REQUIRED) is (seat.required_level is None)


def enough(post: Post, level: Level) -> bool:
    """Whether a clearance of this level is what the post asks."""
    needed = post.seat.required_level if post.seat else None
    return needed is None or level.covers(needed)


def cleared_to(it: Assignment, at: datetime) -> Level | None:
    """The highest level at which the person may see things at an instant: granted, briefed, not expired."""
    usable = (each.level for each in it.clearances if each.briefed_at is not None and at < each.expires_at)
    return max(usable, key=lambda level: level.rank, default=None)


def is_fit(post: Post, it: Assignment, at: datetime) -> bool:
    """ORG-3: whether what the post asks of its holder is there at an instant."""
    match post.seat:
        case Seat(sensitivity=Sensitivity.ADVICE_REQUIRED):
            return it.advice is not None and (it.advice.until is None or at < it.advice.until)
        case Seat(sensitivity=Sensitivity.CLEARANCE_REQUIRED):
            level = cleared_to(it, at)
            return level is not None and enough(post, level)
        case _:
            return True


def fit_until(post: Post, it: Assignment) -> datetime | None:
    """The instant from which on the holder is no longer fit, as far as is known now."""
    match post.seat:
        case Seat(sensitivity=Sensitivity.ADVICE_REQUIRED):
            return it.advice.until if it.advice else None
        case Seat(sensitivity=Sensitivity.CLEARANCE_REQUIRED):
            return max((each.expires_at for each in it.clearances if each.briefed_at is not None and enough(post, each.level)), default=None)
        case _:
            return None


def covers(level: Level | None, needed: Level | None) -> bool:
    """Whether a level lets somebody at what needs one."""
    return needed is None or (level is not None and level.covers(needed))
