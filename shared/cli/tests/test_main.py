"""Whatever is asked of `cg`, it answers in one line and an exit code, never a traceback."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
import typer

from cg_cli import main
from cg_cli.home import Home
from cg_cli.people import person_of
from cg_kit.auth import Keys, Verifier


def said(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    code = main.run(list(words))
    out, err = capsys.readouterr()
    assert "Traceback" not in err
    return code, out, err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("nonsense",), "No such command 'nonsense'"),
        (("up", "--nonsense"), "No such option: --nonsense"),
        (("up", "--only", "kafka,nothing"), "nothing is no part"),
        (("account",), "Missing argument"),
        (("account", "bob"), "bob is no account"),
        (("account", "hr", "--format", "xml"), "xml is no format"),
        (("account", "hr", "--json", "--format", "env"), "one of the two"),
        (("account", "lose", "hr"), "one NAME, or one of add, rotate, close"),
        (("token", "--as", "king"), "king is no role"),
        (("token", "--as", "reader", "--person", "me"), "cg token: Invalid value for '--person'"),
    ],
)
def test_a_wrong_question_gets_one_line_and_two(capsys: pytest.CaptureFixture[str], words: tuple[str, ...], message: str) -> None:
    code, out, err = said(capsys, *words)
    assert (code, out) == (2, "")
    assert message in err
    assert err.count("\n") == 1


@pytest.mark.parametrize("words", [("account", "hr"), ("token", "--as", "reader"), ("account", "close", "hr")])
def test_a_house_that_is_not_there_is_said(capsys: pytest.CaptureFixture[str], tmp_path: Path, words: tuple[str, ...]) -> None:
    code, _, err = said(capsys, *words, "--home", str(tmp_path / "nowhere"))
    assert code == 1
    assert err.count("\n") == 1


def test_an_error_of_ours_is_one_line_too(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    app = typer.Typer()
    monkeypatch.setattr(main, "build", lambda _: app)
    monkeypatch.delenv("CG_DEBUG", raising=False)

    @app.command()
    def broken() -> None:
        raise ZeroDivisionError("by\nzero")

    assert said(capsys) == (1, "", "cg: ZeroDivisionError: by zero (CG_DEBUG=1 shows where)\n")


def test_ctrl_c_is_clean(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    app = typer.Typer()
    monkeypatch.setattr(main, "build", lambda _: app)

    @app.command()
    def long() -> None:
        raise KeyboardInterrupt

    code, out, err = said(capsys)
    assert (code, out) == (130, "")
    assert err in {"", "cg: interrupted\n"}


def test_each_command_is_found_in_the_module_that_is_said_to_have_it() -> None:
    everything = {command.name for command in main.build().registered_commands} | {group.name for group in main.build().registered_groups}
    for module, commands in main.MODULES.items():
        for command in set(commands) & everything:
            alone = main.build(command)
            assert command in {one.name for one in (*alone.registered_commands, *alone.registered_groups)}, module


def test_status_of_nothing_is_stopped(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    code, out, _ = said(capsys, "status", "--json", "--home", str(tmp_path / "nowhere"))
    house = json.loads(out)
    assert code == 0
    assert house["ready"] is False
    assert {part["state"] for part in (*house["services"].values(), *house["parts"].values())} == {"stopped"}
    assert not (tmp_path / "nowhere").exists()


def test_an_account_says_how_to_connect(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    home.settle()
    _, out, _ = said(capsys, "account", "hr", "--json", "--home", str(home.path))
    hr = json.loads(out)
    assert set(hr) == {"bootstrap", "security_protocol", "mechanism", "username", "password", "source", "writes", "reads"}
    assert hr["bootstrap"] == home.bootstrap
    assert hr["reads"] == ["cg.answers.hr"]
    assert "cg.screening.intake.hr" in hr["writes"]
    _, out, _ = said(capsys, "account", "hr", "--format", "kcat", "--home", str(home.path))
    assert f"sasl.password={hr['password']}" in out.splitlines()
    _, out, _ = said(capsys, "account", "hr", "--format", "env", "--home", str(home.path))
    shell = subprocess.run(["sh", "-c", f'{out}\nprintf %s "$KAFKA_SASL_PASSWORD $CG_SOURCE"'], capture_output=True, text=True, check=True)
    assert shell.stdout == f"{hr['password']} {hr['source']}"


async def test_a_token_names_its_person_and_roles(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    home.settle()
    _, out, _ = said(capsys, "token", "--as", "decider,verifier", "--home", str(home.path))
    caller = await Verifier(Keys(file=home.jwks), lambda: datetime.now(UTC)).caller(out.strip())
    assert caller.person_id == person_of("decider") != person_of("verifier")
    assert caller.roles == {"decider", "verifier"}


def test_help_is_quick() -> None:
    begun = time.monotonic()
    done = subprocess.run([sys.executable, "-m", "cg_cli.main", "--help"], capture_output=True, text=True, check=True)
    assert "status" in done.stdout
    assert time.monotonic() - begun < 8
