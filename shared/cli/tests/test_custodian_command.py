"""`cg custodian`: keys are files of their own; the rest is integrity's tests."""

from __future__ import annotations

from pathlib import Path

import pytest

from cg_cli.main import run
from cg_kit import custody


def test_a_key_is_a_file_that_only_its_owner_reads_and_is_never_overwritten(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "mine.key"
    assert run(["custodian", "keygen", str(file)]) == 0
    public = capsys.readouterr().out.strip()
    assert custody.is_public(public)
    assert file.stat().st_mode & 0o777 == 0o600
    assert custody.public_of(file.read_text().strip()) == public
    before = file.read_text()
    assert run(["custodian", "keygen", str(file)]) == 1
    assert "never overwritten" in capsys.readouterr().err
    assert file.read_text() == before


def test_two_of_two_open_and_one_does_not() -> None:
    (first, to_first), (second, to_second), (reader, to_reader) = (custody.keygen() for _ in range(3))
    box = custody.seal({"name": "Ann"}, to_first, to_second)
    other = custody.seal({"name": "Ann " * 100}, to_first, to_second)
    assert len(box.box) == len(other.box), "its length tells nothing of a name"
    halves = (custody.handed_on(first, box.halves[0], to_reader), custody.handed_on(second, box.halves[1], to_reader))
    assert custody.opened(reader, box.box, halves) == {"name": "Ann"}
    for wrong in ((halves[0], halves[0]), (box.halves[0], halves[1]), halves[::-1][:1] * 2):
        with pytest.raises(custody.Unsealable):
            custody.opened(reader, box.box, (wrong[0], wrong[1]))
    with pytest.raises(custody.Unsealable):
        custody.handed_on(second, box.halves[0], to_reader)
    assert not custody.is_public("no key")


@pytest.mark.parametrize("content", ["", "no key", "QUJD"])
def test_what_is_no_key_is_said_to_be_none(tmp_path: Path, capsys: pytest.CaptureFixture[str], content: str) -> None:
    file = tmp_path / "wrong.key"
    file.write_text(content)
    assert run(["custodian", "offer", "--key", str(file), "--seat", "1", "--home", str(tmp_path)]) == 1
    assert "holds no private key" in capsys.readouterr().err
