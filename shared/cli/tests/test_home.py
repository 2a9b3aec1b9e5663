"""A home's first start can be broken off anywhere; its secrets are its own, its ports free, its messages clear."""

from __future__ import annotations

import shutil
import socket
import stat
from collections import namedtuple
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from cg_cli import home as homes
from cg_cli.home import FIXED_PORTS, Home, Running, Trouble, is_free, write, write_once
from cg_cli.servers import free_or_moved


@pytest.fixture
def home(tmp_path: Path) -> Home:
    made = Home(tmp_path / "home")
    made.settle()
    return made


def test_settling_again_changes_nothing(home: Home) -> None:
    before = {path: path.read_bytes() for path in home.path.rglob("*") if path.is_file()}
    home.settle()
    assert {path: path.read_bytes() for path in home.path.rglob("*") if path.is_file()} == before


@pytest.mark.parametrize("step", range(1, 30, 2))
def test_a_first_start_broken_off_at_any_write_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: int) -> None:
    made, whole, left = Home(tmp_path / "home"), homes._beside, [step]

    def breaks(path: Path, text: str, mode: int) -> Path:
        fresh = whole(path, text, mode)
        left[0] -= 1
        if left[0] == 0:
            raise KeyboardInterrupt
        return fresh

    monkeypatch.setattr(homes, "_beside", breaks)
    try:
        made.settle()
    except KeyboardInterrupt:
        made.settle()
    assert all(len(path.read_text()) == 64 for path in made.path.glob("secrets/kafka-*"))
    assert made.issuer_key()["kid"] in made.jwks.read_text()
    assert set(made.ports) == set(FIXED_PORTS)


def test_secrets_are_for_their_owner_alone(home: Home) -> None:
    for path in (home.path / "secrets").iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path
    assert '"d"' not in home.jwks.read_text()


def test_who_writes_a_secret_first_wins(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda number: write_once(tmp_path / "secret", str(number)), range(50)))
    assert (tmp_path / "secret").read_text() in {str(number) for number in range(50)}
    assert [path.name for path in tmp_path.iterdir()] == ["secret"]


def test_only_the_default_home_has_fixed_ports(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    default, other = Home(), Home("other")
    default.settle()
    other.settle()
    assert default.ports == FIXED_PORTS
    assert not set(other.ports.values()) & set(FIXED_PORTS.values())
    assert Home("other").ports == other.ports


def test_a_taken_port_is_named_with_who_has_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(FIXED_PORTS, "kafka", 19999)
    default = Home()
    default.settle()
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind(("127.0.0.1", 19999))
        taken.listen()
        with pytest.raises(Trouble, match=r"port 19999 \(kafka\) is taken \(pid \d+, \S+\)"):
            free_or_moved(default, ["kafka"])


def test_another_home_leaves_a_taken_port_for_a_free_one(home: Home) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", home.ports["traces"]))
        taken.listen()
        free_or_moved(home, ["traces"])
        assert is_free(home.ports["traces"])


def test_a_full_disk_is_said_before_anything_starts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(10**9, 10**9 - 1, 1))
    with pytest.raises(Trouble, match="nearly full"):
        Home(tmp_path / "home").settle()


def test_a_place_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(Trouble, match="cannot be made"):
        Home(tmp_path / "file" / "home").settle()


def test_a_home_is_held_by_one(home: Home) -> None:
    assert not home.is_held
    with home.held():
        assert home.is_held
        with pytest.raises(Running), Home(home.path).held():
            pass
    assert not home.is_held


def test_a_deep_home_has_its_socket_elsewhere(tmp_path: Path) -> None:
    deep = Home(tmp_path / ("d" * 80))
    assert len(str(deep.socket_dir)) < 90
    assert deep.socket_dir != Home(tmp_path / ("e" * 80)).socket_dir
    assert Home("/h").socket_dir == Path("/h/run/postgres")


def test_a_file_that_is_written_is_whole_or_the_old_one(tmp_path: Path) -> None:
    write(tmp_path / "file", "old")
    with pytest.raises(UnicodeEncodeError):
        write(tmp_path / "file", "\ud800")
    assert (tmp_path / "file").read_text() == "old"


def test_a_closed_account_stays_closed_until_it_is_opened(home: Home) -> None:
    first = home.secret("kafka", "hr")
    home.close_account("hr")
    home.settle()
    with pytest.raises(Trouble, match="closed"):
        home.credentials("hr")
    assert "hr" not in home.accounts
    home.open_account("hr")
    assert home.secret("kafka", "hr") != first
