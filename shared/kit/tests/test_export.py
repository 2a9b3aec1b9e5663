"""The journal outside the database: whole, chained, resumed after a kill, and no partition goes that stands nowhere else; on a real PostgreSQL."""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import json
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from cg_cli.main import run
from cg_cli.servers import House
from cg_kit import export as exporting
from cg_kit.export import BEGINNING, MANIFEST, Checkpoint, Manifest, Unsound, export, verify
from cg_kit.relay import Relay

from .running import Bench, Recorder, running


@pytest.fixture
async def bench(house: House) -> AsyncIterator[Bench]:
    async with running(house) as made:
        yield made


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """A few rows a file."""
    monkeypatch.setattr(exporting, "ROWS_OF_A_FILE", 10)
    monkeypatch.setattr(exporting, "ROWS_AT_ONCE", 4)


async def exported(bench: Bench, folder: Path, begin: Checkpoint | None = None, on_rows: Callable[[int, int], None] = lambda seq, top: None) -> Manifest:
    return await export(bench.url, "screening", folder, begin, on_rows)


async def happened(bench: Bench, count: int = 10) -> None:
    """Rows of the journal, with a number that was drawn and rolled back among them."""
    await bench.feed(*[bench.asked() for _ in range(count)])
    await bench.rows("SELECT nextval('journal_seq_seq')")
    await bench.feed(bench.asked())


def lines(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for file in sorted(folder.glob("*.jsonl.gz")) for line in gzip.decompress(file.read_bytes()).splitlines()]


async def test_what_is_exported_is_the_journal_row_for_row(bench: Bench, tmp_path: Path) -> None:
    await happened(bench)
    manifest = await exported(bench, tmp_path)
    kept = await bench.rows("SELECT seq, id::text, step, type, headers::text, body::text, cause FROM journal ORDER BY seq")
    found = lines(tmp_path)
    assert len(kept) > 30
    assert [(r["seq"], r["id"], r["step"], r["type"], r["cause"]) for r in found] == [(k[0], k[1], k[2], k[3], k[6]) for k in kept]
    assert [(r["headers"], r["body"]) for r in found] == [(json.loads(k[4]), json.loads(k[5])) for k in kept]
    assert (manifest.rows, manifest.end.seq) == (len(kept), kept[-1][0])
    assert verify(tmp_path, manifest.end) == manifest
    assert len(manifest.stretches) > 3


async def test_it_goes_on_where_it_stood_and_is_on_record(bench: Bench, tmp_path: Path) -> None:
    await happened(bench)
    first = await exported(bench, tmp_path)
    assert await exported(bench, tmp_path) == first  # nothing new
    await happened(bench)
    second = await exported(bench, tmp_path)
    assert second.stretches[: len(first.stretches)] == first.stretches
    assert verify(tmp_path, first.end) == second  # a checkpoint noted long ago is among them
    on_record = await bench.rows("SELECT first, last, rows, checkpoint FROM journal_export ORDER BY first")
    assert [tuple(row) for row in on_record] == [(s.first, s.last, s.rows, s.checkpoint) for s in second.stretches]


async def test_after_a_kill_it_goes_on_with_nothing_lost_or_twice(bench: Bench, tmp_path: Path) -> None:
    await happened(bench, 20)
    left = [1]

    def killed(seq: int, top: int) -> None:
        left[0] -= 1
        if left[0] < 0:
            raise KeyboardInterrupt

    for patience in range(1, 40, 3):
        left[0] = patience
        try:
            await exported(bench, tmp_path, on_rows=killed)
            break
        except KeyboardInterrupt:
            (tmp_path / ".half.part").write_bytes(b"half")
    (tmp_path / f"{verify(tmp_path).end.seq + 1:012d}.jsonl.gz").write_bytes(b"killed before the manifest named it")
    verify(tmp_path)
    await happened(bench, 1)
    manifest = await exported(bench, tmp_path)
    assert verify(tmp_path) == manifest
    seqs = [row["seq"] for row in lines(tmp_path)]
    assert seqs == [row[0] for row in await bench.rows("SELECT seq FROM journal ORDER BY seq")]
    await bench.rows("DELETE FROM journal_export WHERE last = $1", manifest.end.seq)  # it was killed before it could say so
    await exported(bench, tmp_path)
    assert await bench.value("SELECT max(last) FROM journal_export") == manifest.end.seq


async def test_an_export_in_another_folder_goes_on_from_the_checkpoint(bench: Bench, tmp_path: Path) -> None:
    await happened(bench)
    first = await exported(bench, tmp_path / "a")
    await happened(bench)
    second = await exported(bench, tmp_path / "b", first.end)
    assert second.stretches[0].first == first.end.seq + 1
    assert verify(tmp_path / "b", first.end) == second
    with pytest.raises(Unsound, match="holds the journal of screening from"):
        await exported(bench, tmp_path / "b", BEGINNING)
    with pytest.raises(Unsound, match="holds the journal of screening"):
        await export(bench.url, "org", tmp_path / "a", None)


def changed(folder: Path, what: str) -> None:
    """One thing in an export is not as it was."""
    files = sorted(folder.glob("*.jsonl.gz"))
    manifest = json.loads((folder / MANIFEST).read_text())
    match what:
        case "a row":
            rows = gzip.decompress(files[1].read_bytes()).replace(b"recruitment", b"recruitmant", 1)
            files[1].write_bytes(gzip.compress(rows, mtime=0))
        case "a row and its digest":
            changed(folder, "a row")
            manifest["stretches"][1]["sha256"] = hashlib.sha256(files[1].read_bytes()).hexdigest()
        case "a file that is gone":
            files[1].unlink()
        case "a stretch that is gone":
            files[1].unlink()
            del manifest["stretches"][1]
        case "the end that is gone":
            files[-1].unlink()
            del manifest["stretches"][-1]
        case "a stranger's file":
            (folder / "000000000900.jsonl.gz").write_bytes(files[0].read_bytes())
        case "another order":
            manifest["stretches"][0], manifest["stretches"][1] = manifest["stretches"][1], manifest["stretches"][0]
        case "no manifest":
            (folder / MANIFEST).unlink()
            return
        case "half a manifest":
            (folder / MANIFEST).write_text("{")
            return
    (folder / MANIFEST).write_text(json.dumps(manifest))


@pytest.mark.parametrize(
    "what",
    [
        "a row",
        "a row and its digest",
        "a file that is gone",
        "a stretch that is gone",
        "the end that is gone",
        "a stranger's file",
        "another order",
        "no manifest",
        "half a manifest",
    ],
)
async def test_what_was_changed_is_found(bench: Bench, tmp_path: Path, what: str) -> None:
    await happened(bench)
    manifest = await exported(bench, tmp_path)
    changed(tmp_path, what)
    with pytest.raises(Unsound):
        verify(tmp_path, manifest.end)


@pytest.mark.parametrize("text", ["", "12", "12-abc", "x-" + "0" * 64, "1-" + "g" * 64])
def test_what_is_no_checkpoint_is_said_to_be_none(text: str) -> None:
    with pytest.raises(Unsound):
        Checkpoint.of(text)


def test_the_command_says_what_is_wrong(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["journal", "verify", str(tmp_path)]) == 1
    assert capsys.readouterr().err == f"cg journal: there is no manifest.json in {tmp_path}\n"
    assert run(["journal", "export", "elsewhere", str(tmp_path)]) == 2
    assert run(["journal", "export", "org", str(tmp_path), "--from", "12"]) == 2
    assert run(["journal", "verify", str(tmp_path), "--expect", "12"]) == 2
    assert run(["journal", "keep", "org", "0", "--reason", "a test"]) == 2
    assert run(["journal", "drop", "org", "0", str(tmp_path)]) == 2  # says no reason
    assert run(["journal", "export", "org", str(tmp_path), "--home", str(tmp_path / "none")]) == 1


# -- dropping ------------------------------------------------------------------------------------------------------------------


async def refused(bench: Bench, why: str) -> None:
    with pytest.raises(asyncpg.PostgresError, match=why):
        await bench.value("SELECT drop_journal(0, 'a test')")


async def told(bench: Bench, *words: object) -> int:
    """How `cg journal ...` on this database ends."""
    return await asyncio.to_thread(run, ["journal", *map(str, words), "--database", bench.url])


async def test_a_partition_goes_only_when_it_is_exported_sent_followed_and_need_not_be_kept(
    bench: Bench, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One reason after the other is taken away; before the last one it stays."""
    why = ("--reason", "a test")
    folder = tmp_path / "export"
    await happened(bench)
    await refused(bench, "kept for ever here")
    assert await told(bench, "keep", "screening", 10, *why) == 0
    await refused(bench, "10 days are kept")
    await bench.rows("UPDATE journal SET at = at - interval '11 days'")
    await refused(bench, "it is in use")
    await bench.rows("ALTER TABLE journal ALTER COLUMN seq RESTART WITH 50000000")
    await happened(bench, 3)
    await refused(bench, "the relay is not past it")
    relay = Relay(bench.store, Recorder())
    await relay.take_over()
    while await relay.step():
        pass
    await bench.store.cursor("local")
    await refused(bench, "a follower is not past it")
    while await bench.usual.follow():
        pass
    await bench.rows("UPDATE follower SET last = 50000001")
    await refused(bench, "rows from 1 on were not exported")
    assert await told(bench, "export", "screening", folder) == 0
    manifest = verify(folder)
    other = await exported(bench, tmp_path / "other")
    await bench.rows("DELETE FROM journal_export WHERE last = $1", manifest.stretches[0].last)
    await refused(bench, "rows from 1 on were not exported")
    await exported(bench, tmp_path / "other")  # says again what it holds
    await bench.rows("UPDATE journal_export SET checkpoint = previous WHERE last = $1", manifest.stretches[1].last)
    capsys.readouterr()
    assert await told(bench, "drop", "screening", 0, folder, *why, "--yes") == 1
    assert "its database does not know" in capsys.readouterr().err
    assert await told(bench, "export", "screening", folder) == 0
    before = await bench.value("SELECT count(*) FROM journal_0")
    assert await told(bench, "drop", "screening", 1, folder, *why, "--yes") == 1
    assert await told(bench, "drop", "screening", 0, folder, *why, "--yes") == 0
    assert f"dropped {before} rows" in capsys.readouterr().out
    assert before > 30
    assert await bench.value("SELECT count(*) FROM journal WHERE seq < 50000000") == 0
    assert await bench.value("SELECT count(*) FROM journal") > 0
    assert [tuple(row) for row in await bench.rows("SELECT part, rows, reason FROM journal_dropped")] == [(0, before, "a test")]
    assert verify(folder) == manifest == other
    with pytest.raises(asyncpg.PostgresError, match="there is no partition 0"):
        await bench.value("SELECT drop_journal(0, 'a test')")
    await bench.feed(bench.asked())  # and the service goes on
    assert (await exported(bench, folder)).rows == manifest.rows + await bench.value("SELECT count(*) FROM journal WHERE seq > $1", manifest.end.seq)
    assert await told(bench, "keep", "screening", "forever", *why) == 0
    assert await bench.value("SELECT days FROM journal_kept ORDER BY id DESC LIMIT 1") is None


async def test_of_two_exports_to_one_folder_one_is_refused(bench: Bench, tmp_path: Path) -> None:
    await happened(bench)

    def meanwhile(seq: int, top: int) -> None:
        with pytest.raises(Unsound, match="another export writes"), exporting._alone(tmp_path):
            pass

    await exported(bench, tmp_path, on_rows=meanwhile)
    with exporting._alone(tmp_path):
        pass


async def test_where_nothing_is_to_be_followed_the_followers_place_goes_on_all_the_same(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    await bench.feed(bench.asked())
    while await bench.usual.follow():
        pass
    await bench.rows(
        "INSERT INTO journal (at, id, step, type, headers, body, cause, correlation) SELECT now(), gen_random_uuid(), 'accepted', 'x', '{}', '{}', 'x', 'x'"
        " FROM generate_series(1, 50)"
    )
    monkeypatch.setattr("cg_kit.engine.LOOKED_FAR", 40)
    assert await bench.usual.follow() == 0
    assert await bench.value("SELECT last FROM follower") == await bench.value("SELECT max(seq) FROM journal")
