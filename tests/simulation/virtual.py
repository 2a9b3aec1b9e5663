"""An event loop whose time leaps to the next thing to do: hours pass in milliseconds, and the same seed always runs the same way."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from cg_kit.telemetry import Span

BEGIN = datetime(2026, 4, 15, 8, tzinfo=UTC)


class AtRest(Exception):
    """Nothing is left to do and nobody waits for a time: a deadlock."""


class Leap(selectors.SelectSelector):
    """Waits for nothing: leaps to where the loop would wake."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0

    def select(self, timeout: float | None = None) -> list[Any]:
        """Never any input."""
        if timeout is None:
            raise AtRest
        self.now += timeout
        return []


class VirtualLoop(asyncio.SelectorEventLoop):
    """asyncio's own loop on virtual seconds."""

    def __init__(self) -> None:
        self.leap = Leap()
        super().__init__(self.leap)

    def time(self) -> float:
        """Virtual seconds since the beginning."""
        return self.leap.now


class VirtualClock:
    """Real time is the loop's; each instance has its own view of the offset of domain time."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self.offset = timedelta(0)

    def real(self) -> datetime:
        """Now."""
        return BEGIN + timedelta(seconds=round(self.loop.time(), 6))

    def domain(self, real: datetime | None = None) -> datetime:
        """Domain time of a real instant, by default of now."""
        return (real or self.real()) + self.offset

    def move(self, offset: timedelta) -> bool:
        """Forward only."""
        if offset <= self.offset:
            return False
        self.offset = offset
        return True


class VirtualIds:
    """UUIDv7 of virtual time and a counter."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self.count = 0

    def new(self) -> UUID:
        """Greater than all before it."""
        self.count += 1
        stamp = int(BEGIN.timestamp() * 1000 + self.loop.time() * 1000)
        return UUID(int=(stamp << 80) | (0x7 << 76) | (0x2 << 62) | self.count)


class Untraced:
    """Carries a trace on without chance and without exporting."""

    def __init__(self) -> None:
        self.count = 0

    def begin(self, _origin: Any, parent: str | None, _links: Any, _correlation: str) -> Span:
        """A child of its parent, or the root of a new trace."""
        self.count += 1
        trace = parent[3:35] if parent and len(parent) == 55 else f"{self.count:032x}"
        return Span(f"00-{trace}-{self.count:016x}-00")

    def end(self, _spans: Any) -> None:
        """Nothing."""

    def failed(self, _origin: Any, _rule: str, _reason: str) -> None:
        """Nothing."""

    def batch(self, _name: str, _topic: str, _parents: Any, _start_ns: int) -> None:
        """Nothing."""


def run(main: Callable[[asyncio.AbstractEventLoop], Any]) -> Any:
    """Runs a coroutine function to its end on a loop of its own."""
    loop = VirtualLoop()
    asyncio.set_event_loop(loop)
    try:
        return loop.run_until_complete(main(loop))
    finally:
        rest = asyncio.all_tasks(loop)
        for task in rest:
            task.cancel()
        with suppress(AtRest):
            loop.run_until_complete(asyncio.gather(*rest, return_exceptions=True))
        asyncio.set_event_loop(None)
        loop.close()
