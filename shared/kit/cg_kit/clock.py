"""Real time, domain time, and ids that rise with time."""

from __future__ import annotations

import secrets
import time
from datetime import UTC, datetime, timedelta
from uuid import UUID

from asyncpg.pgproto import pgproto  # its UUID is one whose making, text and hash cost a tenth


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

    def __init__(self) -> None:
        self._last = 0
        self._pool = b""
        self._at = 0

    def new(self) -> UUID:
        """A new id, greater than all before it from here."""
        stamp = (time.time_ns() // 1_000_000) << 12
        self._last = stamp = stamp if stamp > self._last else self._last + 1
        if self._at >= len(self._pool):
            self._pool, self._at = secrets.token_bytes(4096), 0
        chance = int.from_bytes(self._pool[self._at : self._at + 8]) & 0x3FFFFFFFFFFFFFFF
        self._at += 8
        return pgproto.UUID(((((stamp >> 12) << 16) | 0x7000 | (stamp & 0xFFF)) << 64 | 0x8000000000000000 | chance).to_bytes(16))
