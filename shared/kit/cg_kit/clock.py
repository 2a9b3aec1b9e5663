"""Real time, domain time, and ids that rise with time."""

from __future__ import annotations

import secrets
import struct
from datetime import UTC, datetime, timedelta
from time import time_ns

from cg_kit.seam import Ids
from cg_kit.uuids import UUID


class SystemClock:
    """Real time from the machine; domain time is real time plus an offset that only grows."""

    def __init__(self) -> None:
        self.offset = timedelta(0)

    def real(self) -> datetime:
        """Now, in UTC."""
        return datetime.now(UTC)  # noqa: TID251  (the one place that reads the clock)

    def domain(self, real: datetime | None = None) -> datetime:
        """Domain time of a real instant, by default of now."""
        return (real or self.real()) + self.offset

    def move(self, offset: timedelta) -> bool:
        """Moves domain time forward to this offset; a smaller one is ignored."""
        if offset <= self.offset:
            return False
        self.offset = offset
        return True


class RisingIds:
    """UUIDv7 (RFC 9562): milliseconds, then a counter that rises within the millisecond, then chance."""

    _HALVES = struct.Struct(">QQ")
    _CHANCES = struct.Struct(">512Q")

    def __init__(self) -> None:
        self._last = 0
        self._chances: list[int] = []

    def new(self) -> UUID:
        """A new id, greater than all before it from here."""
        stamp = (time_ns() // 1_000_000) << 12
        if stamp <= self._last:
            stamp = self._last + 1
        self._last = stamp
        if not self._chances:
            self._chances = list(self._CHANCES.unpack(secrets.token_bytes(self._CHANCES.size)))
        return UUID(self._HALVES.pack((stamp >> 12) << 16 | 0x7000 | stamp & 0xFFF, 1 << 63 | self._chances.pop() >> 2))


A_DAY_MS = 86_400_000


class DailyIds:
    """The same ids with the first millisecond of their day: they tell neither the hour nor the order in which they were made."""

    def __init__(self, ids: Ids) -> None:
        self._ids = ids

    def new(self) -> UUID:
        """A new id of today."""
        made = self._ids.new().int
        stamp = made >> 80
        return UUID((((stamp - stamp % A_DAY_MS) << 80) | made & (1 << 80) - 1).to_bytes(16))
