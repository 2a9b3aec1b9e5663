"""The levels of classification in the law's own words, and their order."""

from __future__ import annotations

from enum import StrEnum


class Level(StrEnum):
    """A level of classification (law of 11 December 1998, as reformed in 2023); a clearance covers its own level and those below."""

    BEPERKT = "BEPERKT"
    VERTROUWELIJK = "VERTROUWELIJK"
    GEHEIM = "GEHEIM"
    ZEER_GEHEIM = "ZEER_GEHEIM"

    @property
    def rank(self) -> int:
        """Its place from low to high, from 1 to 4."""
        return tuple(Level).index(self) + 1

    def covers(self, needed: Level) -> bool:
        """Whether who is cleared at this level may see what needs that one."""
        return self.rank >= needed.rank
