"""Lets aiokafka read what a stranger may write: the name of a header that is not UTF-8 would end every fetch of its partition, for ever."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, SupportsIndex, cast

from aiokafka.consumer import fetcher
from aiokafka.record.default_records import DefaultRecordBatch, _DefaultRecordBatchPy
from aiokafka.record.memory_records import _MemoryRecordsPy

UNREADABLE = "\ufffd"
"""What stands for bytes that are no text; the gate turns such a header away."""


class _Text(bytearray):
    """Bytes whose slices decode whatever they hold."""

    def __getitem__(self, key: SupportsIndex | slice) -> Any:
        part = super().__getitem__(key)
        return _Text(part) if isinstance(part, bytearray) else part

    def decode(self, encoding: str = "utf-8", errors: str = "replace") -> str:
        return super().decode(encoding, "replace")


class _SlowBatch(_DefaultRecordBatchPy):  # type: ignore[misc]  # the pure one of two implementations
    """Reads any header name, an order of magnitude slower."""

    _buffer: bytearray

    def _maybe_uncompress(self) -> None:
        super()._maybe_uncompress()
        self._buffer = _Text(self._buffer)


class _Batch:
    """A batch that is read quickly, and again slowly from where that fails."""

    __slots__ = ("_quick", "_raw")

    def __init__(self, raw: memoryview) -> None:
        self._raw = raw
        self._quick = DefaultRecordBatch(raw)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._quick, name)

    def __iter__(self) -> Iterator[Any]:
        done = -1
        try:
            for record in self._quick:
                done = record.offset
                yield record
        except UnicodeDecodeError:
            yield from (record for record in _SlowBatch(bytearray(self._raw)) if record.offset > done)

    def __next__(self) -> Any:
        return next(self._quick)


class Records(_MemoryRecordsPy):  # type: ignore[misc]  # final for others; a canary test holds it
    """What a fetch brought, batch by batch."""

    def next_batch(self, *args: Any) -> Any:
        """The next batch; None when there is none."""
        raw = self._next_slice
        if raw is None or len(raw) < _DefaultRecordBatchPy.HEADER_STRUCT.size or raw[self.MAGIC_OFFSET] < 2:
            return super().next_batch(*args)
        self._cache_next()
        return _Batch(raw)


def install() -> None:
    """From now on consumers of this process read with it."""
    cast(Any, fetcher).MemoryRecords = Records
