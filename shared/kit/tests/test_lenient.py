"""What a stranger may write is read: header names that are no text, every compression, and batches as before."""

from __future__ import annotations

from typing import Any

import pytest
from aiokafka import codec
from aiokafka.consumer import fetcher
from aiokafka.record.default_records import DefaultRecordBatchBuilder
from aiokafka.record.memory_records import MemoryRecords

from cg_kit import lenient
from cg_kit.cloudevents import Broken, decode

CODECS = {"none": 0, "gzip": 1, "snappy": 2, "lz4": 3, "zstd": 4}


def batch(name: str = "ok", compression: int = 0, records: int = 3) -> bytes:
    """Some records; the second has a header of this name."""
    made: Any = DefaultRecordBatchBuilder(2, compression, False, -1, -1, -1, 1 << 20)
    for number in range(records):
        made.append(number, 1_700_000_000_000, b"key", b"value %d" % number, [(name if number == 1 else "ok", b"x"), ("null", None)])
    return bytes(made.build())


def read(kind: Any, raw: bytes) -> list[tuple[Any, ...]]:
    found, records = [], kind(raw)
    while records.has_next():
        found += [(r.offset, r.timestamp, r.key, r.value, r.headers) for r in records.next_batch()]
    return found


@pytest.mark.parametrize("compression", CODECS)
def test_every_compression_is_read_as_before(compression: str) -> None:
    assert getattr(codec, f"has_{compression}", lambda: True)()
    raw = batch(compression=CODECS[compression]) + batch()
    assert read(lenient.Records, raw) == read(MemoryRecords, raw)
    assert len(read(lenient.Records, raw)) == 6


def test_aiokafka_still_raises_for_a_header_name_that_is_no_text() -> None:
    with pytest.raises(UnicodeDecodeError):
        read(MemoryRecords, batch("zz").replace(b"zz", b"\xff\xfe"))


def test_a_header_name_that_is_no_text_is_read_and_turned_away() -> None:
    found = read(lenient.Records, batch("zz").replace(b"zz", b"\xff\xfe") + batch())
    assert [record[0] for record in found] == [0, 1, 2, 0, 1, 2]
    assert [record[3] for record in found[:3]] == [b"value 0", b"value 1", b"value 2"]
    name, value = found[1][4][0]
    assert (name, value) == (lenient.UNREADABLE * 2, b"x")
    with pytest.raises(Broken) as caught:
        decode(b"{}", found[1][4])
    assert caught.value.rule == "header-encoding"


def test_a_half_batch_at_the_end_of_a_fetch_is_left() -> None:
    raw = batch()
    assert read(lenient.Records, raw + raw[:-1]) == read(MemoryRecords, raw)


def test_install_reaches_the_consumer(monkeypatch: pytest.MonkeyPatch) -> None:
    assert fetcher.MemoryRecords in (MemoryRecords, lenient.Records)  # the seam that we lean on
    monkeypatch.setattr(fetcher, "MemoryRecords", MemoryRecords)
    lenient.install()
    assert fetcher.MemoryRecords is lenient.Records
