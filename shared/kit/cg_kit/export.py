"""The journal outside the database: files of JSON lines with a manifest in which each stretch is chained to the one before, and their verification."""

from __future__ import annotations

import asyncio
import fcntl
import gzip
import hashlib
import json
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import asyncpg

ROWS_OF_A_FILE = 50_000
ROWS_AT_ONCE = 5_000
MANIFEST = "manifest.json"
FORMAT = 1

LINES = "SELECT seq, to_json(j)::text FROM journal j WHERE seq > $1 AND seq <= $2 ORDER BY seq LIMIT $3"


class Unsound(Exception):
    """The files are not what the manifest says, or the manifest is not what it was."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """Up to which number the journal was exported, and the digest of all that led there. Written `1200-9f86d0...`."""

    seq: int
    digest: str

    def __str__(self) -> str:
        return f"{self.seq}-{self.digest}"

    @classmethod
    def of(cls, text: str) -> Checkpoint:
        """Raises `Unsound` for what is none."""
        seq, _, digest = text.partition("-")
        if not seq.isdecimal() or len(digest) != 64 or set(digest) - set("0123456789abcdef"):
            raise Unsound(f"{text!r} is no checkpoint: a number, a dash and 64 hexadecimal digits")
        return cls(int(seq), digest)


BEGINNING = Checkpoint(0, "0" * 64)


@dataclass(frozen=True, slots=True)
class Stretch:
    """One file: rows `first` to `last` of the journal (numbers in between may be missing: what was rolled back), and the checkpoint after it."""

    file: str
    first: int
    last: int
    rows: int
    sha256: str
    checkpoint: str

    def chained(self, before: Checkpoint) -> Checkpoint:
        """The checkpoint that follows from this stretch after that one."""
        text = "\n".join(map(str, (before, self.first, self.last, self.rows, self.sha256)))
        return Checkpoint(self.last, hashlib.sha256(text.encode()).hexdigest())


@dataclass(frozen=True, slots=True)
class Manifest:
    """What lies in a folder: from which checkpoint on, and its stretches in order."""

    service: str
    begin: str
    stretches: tuple[Stretch, ...] = ()
    format: int = FORMAT

    @property
    def end(self) -> Checkpoint:
        """The checkpoint after the last stretch."""
        return Checkpoint.of(self.stretches[-1].checkpoint if self.stretches else self.begin)

    @property
    def rows(self) -> int:
        """How many rows lie there."""
        return sum(stretch.rows for stretch in self.stretches)


def manifest_of(folder: Path) -> Manifest | None:
    """The manifest of a folder, if there is one. Raises `Unsound`."""
    try:
        kept: dict[str, Any] = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        if kept["format"] != FORMAT:
            raise Unsound(f"{folder} has format {kept['format']}, this is {FORMAT}")
        return Manifest(kept["service"], kept["begin"], tuple(Stretch(**one) for one in kept["stretches"]))
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError) as error:
        raise Unsound(f"{folder / MANIFEST} cannot be read: {type(error).__name__} {error}") from None


async def export(url: str, service: str, folder: Path, begin: Checkpoint | None, on_rows: Callable[[int, int], None] = lambda seq, top: None) -> Manifest:
    """Writes what the journal holds after the folder's last checkpoint, or after `begin` in a new folder; whoever is killed goes on there the next time.

    What is visible is a prefix of the journal, so no row can appear later among those that were written. Raises `Unsound`.
    """
    connection = await asyncpg.connect(url, server_settings={"application_name": "journal export", "timezone": "UTC"})
    try:
        with _alone(folder):
            manifest = _begun(folder, service, begin)
            await _record(connection, manifest, manifest.stretches)
            top: int = await connection.fetchval("SELECT coalesce(max(seq), 0) FROM journal")
            while manifest.end.seq < top:
                stretch = await _stretch(connection, folder, manifest.end, top, on_rows)
                manifest = replace(manifest, stretches=(*manifest.stretches, stretch))
                _place(folder / MANIFEST, json.dumps(asdict(manifest), indent=1).encode())
                await _record(connection, manifest, [stretch])
    finally:
        await connection.close()
    return manifest


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Nobody else exports to this folder meanwhile; the lock ends with the process."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    lock = os.open(folder / ".lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Unsound(f"another export writes to {folder} now") from None
        yield
    finally:
        os.close(lock)


def _begun(folder: Path, service: str, begin: Checkpoint | None) -> Manifest:
    """The manifest to go on with."""
    manifest = manifest_of(folder)
    if manifest is None:
        return Manifest(service, str(begin or BEGINNING))
    if manifest.service != service or (begin is not None and str(begin) != manifest.begin):
        raise Unsound(f"{folder} holds the journal of {manifest.service} from {manifest.begin} on")
    return manifest


async def _stretch(connection: Any, folder: Path, before: Checkpoint, top: int, on_rows: Callable[[int, int], None]) -> Stretch:
    lines: list[str] = []
    last = before.seq
    while len(lines) < ROWS_OF_A_FILE and last < top:
        rows = await connection.fetch(LINES, last, top, min(ROWS_AT_ONCE, ROWS_OF_A_FILE - len(lines)))
        if not rows:  # what was there is not: somebody dropped it meanwhile
            raise Unsound(f"the journal has no rows between {last} and {top}")
        lines += [row[1] for row in rows]
        last = rows[-1][0]
        on_rows(last, top)
    packed = await asyncio.to_thread(_packed, lines)
    name = _name(before)
    _place(folder / name, packed)
    stretch = Stretch(name, before.seq + 1, last, len(lines), hashlib.sha256(packed).hexdigest(), "")
    return replace(stretch, checkpoint=str(stretch.chained(before)))


def _name(before: Checkpoint) -> str:
    """The file after a checkpoint: whoever was killed before the manifest named it writes it anew."""
    return f"{before.seq + 1:012d}.jsonl.gz"


def _packed(lines: Sequence[str]) -> bytes:
    return gzip.compress(("\n".join(lines) + "\n").encode(), compresslevel=6, mtime=0)


async def _record(connection: Any, manifest: Manifest, stretches: Sequence[Stretch]) -> None:
    """Says in the database what lies outside it; what it knows already stays."""
    previous = (manifest.begin, *(stretch.checkpoint for stretch in manifest.stretches))
    before = dict(zip((stretch.last for stretch in manifest.stretches), previous, strict=False))
    rows = [(s.first, s.last, s.rows, before[s.last], s.checkpoint, datetime.now(UTC)) for s in stretches]  # noqa: TID251  (a tool, not the engine)
    sql = "INSERT INTO journal_export (first, last, rows, previous, checkpoint, at) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING"
    await connection.executemany(sql, rows)


def _place(path: Path, content: bytes) -> None:
    """Writes a file so that it is there whole or not at all, also after a power cut."""
    fresh = path.with_name(f".{path.name}.part")
    with open(fresh, "wb", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def verify(folder: Path, expect: Checkpoint | None = None) -> Manifest:
    """Reads all of it again: every file is what the manifest says, every stretch follows from the one before. Raises `Unsound`, naming the first fault.

    Without `expect`, a checkpoint that was noted elsewhere, nobody can say that the whole folder was not made anew.
    """
    manifest = manifest_of(folder)
    if manifest is None:
        raise Unsound(f"there is no {MANIFEST} in {folder}")
    before = Checkpoint.of(manifest.begin)
    passed = {manifest.begin}
    for stretch in manifest.stretches:
        if stretch.first != before.seq + 1:
            raise Unsound(f"{stretch.file} begins at {stretch.first}, after {before.seq}")
        if stretch.checkpoint != str(stretch.chained(before)):
            raise Unsound(f"the checkpoint after {stretch.file} does not follow from the one before")
        _verify_file(folder / stretch.file, stretch)
        before = Checkpoint.of(stretch.checkpoint)
        passed.add(stretch.checkpoint)
    strangers = {path.name for path in folder.glob("*.jsonl.gz")} - {stretch.file for stretch in manifest.stretches} - {_name(before)}
    if strangers:
        raise Unsound(f"the manifest does not name {', '.join(sorted(strangers))}")
    if expect is not None and str(expect) not in passed:
        raise Unsound(f"the checkpoint {expect} is none of this folder's")
    return manifest


def _verify_file(path: Path, stretch: Stretch) -> None:
    try:
        packed = path.read_bytes()
    except FileNotFoundError:
        raise Unsound(f"{stretch.file} is missing") from None
    if hashlib.sha256(packed).hexdigest() != stretch.sha256:
        raise Unsound(f"{stretch.file} has another content than when it was written")
    last, rows = stretch.first - 1, 0
    for seq in _numbers(packed):
        if seq <= last:
            raise Unsound(f"{stretch.file}: row {seq} comes after {last}")
        last, rows = seq, rows + 1
    if (last, rows) != (stretch.last, stretch.rows):
        raise Unsound(f"{stretch.file} holds {rows} rows up to {last}, the manifest says {stretch.rows} up to {stretch.last}")


def _numbers(packed: bytes) -> Iterator[int]:
    for line in gzip.decompress(packed).splitlines():
        yield int(json.loads(line)["seq"])
