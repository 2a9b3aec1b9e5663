"""`cg publish` and `cg tail` on the real house, and what a stranger's own tool may write that no tool of ours can."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from cg_cli.commands.account import kcat
from tests.system.house import City, Ear


def asked(city: City) -> dict[str, Any]:
    """An appointment that can be asked for now."""
    said: dict[str, Any] = json.loads(city.cg("contracts", "example", "AppointmentRequested", "--as", "hr").stdout)
    return said


def test_published_answered_and_read(city: City) -> None:
    said = asked(city)
    (told,) = json.loads(city.cg("publish", "--as", "hr", "--wait", "30", "--json", given=json.dumps(said)).stdout)
    assert (told["id"], told["accepted"], told["topic"]) == (said["id"], True, "cg.org.intake.hr")
    (answer,) = told["answers"]
    assert answer["type"].endswith(".AppointmentProposed.v1")
    read = [json.loads(line) for line in city.cg("tail", "--as", "hr", "--last", "50", "--end", "--json").stdout.splitlines()]
    assert answer in read
    assert "AppointmentProposed" in city.cg("tail", "cg.org.events", "--beginning", "--end").stdout


def test_several_go_out_in_their_order(city: City) -> None:
    first = json.loads(city.cg("contracts", "example", "PersonRegistered", "--as", "hr").stdout)
    several = [{**first, "id": f"{first['id']}-{number}", "sequence": number} for number in range(1, 6)]
    told = json.loads(city.cg("publish", "--as", "hr", "--json", given="\n".join(map(json.dumps, several))).stdout)
    assert [one["id"] for one in told] == [one["id"] for one in several]
    assert len({one["partition"] for one in told}) == 1
    assert [one["offset"] for one in told] == sorted(one["offset"] for one in told)


def test_what_is_turned_away_is_said_before_and_after(city: City) -> None:
    wrong = asked(city)
    wrong["data"]["kind"] = "forever"
    done = city.cg("publish", "--as", "hr", "--wait", "30", given=json.dumps(wrong), fine=False)
    assert done.returncode == 1
    assert "will be turned away: data-invalid, field kind" in done.stderr
    assert "MessageRejected" in done.stdout


def test_what_is_too_large_for_the_broker_is_one_line(city: City) -> None:
    large = asked(city)
    large["data"]["decision_ref"] = "x" * 2_000_000
    done = city.cg("publish", "--as", "hr", given=json.dumps(large), fine=False)
    assert done.returncode == 1
    assert "too large for the broker" in done.stderr.splitlines()[-1]


def test_what_an_account_may_not_read_is_one_line(city: City) -> None:
    done = city.cg("tail", "cg.answers.hr", "--as", "nvo", "--end", fine=False)
    assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (1, "", 1)


@pytest.fixture
def hr_conf(city: City, tmp_path: Path) -> Path:
    """kcat's configuration for hr."""
    if shutil.which("kcat") is None:
        pytest.skip("needs kcat: apt-get install kcat")
    (tmp_path / "hr.conf").write_text("\n".join(f"{name}={value}" for name, value in kcat(city.home, "hr").items()))
    return tmp_path / "hr.conf"


def write(conf: Path, event: dict[str, Any], *words: str | bytes) -> None:
    subprocess.run(
        ["kcat", "-F", conf, "-P", "-t", "cg.org.intake.hr", "-p", "1", "-H", "content-type=application/cloudevents+json", *words],
        input=json.dumps(event).encode(),
        check=True,
        capture_output=True,
        timeout=30,
    )


@pytest.mark.parametrize("compression", ["gzip", "snappy", "lz4", "zstd"])
def test_every_compression_is_read(city: City, hr: Ear, hr_conf: Path, compression: str) -> None:
    said = asked(city)
    write(hr_conf, said, "-z", compression)
    hr.answer(said["id"], "AppointmentProposed")


def test_a_header_whose_name_is_no_text_stops_nobody(city: City, hr: Ear, hr_conf: Path) -> None:
    bad, good = asked(city), asked(city)
    heard = len(hr.heard)
    write(hr_conf, bad, "-H", b"\xff\xfe=1")
    write(hr_conf, good)
    hr.answer(good["id"], "AppointmentProposed")
    assert [one.data["rule"] for one in hr.heard[heard:] if one.name == "MessageRejected"] == ["header-encoding"]
