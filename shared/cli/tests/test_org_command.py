"""`cg org`: tables in, the organisation of a day out, and what is amiss, against a real org."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from cg_cli.home import Home
from cg_cli.main import run
from cg_cli.servers import House, temporary
from cg_kit.migrate import migrate
from cg_kit.pure import named

HEAD = named("org command", "head of team")
ANN = named("org command", "ann")
UNITS = f"""slug;kind;parent;nl;fr;en;legal_basis;valid_from;head_post_id
top;formal_organization;;Politie;Police;Police;KB 2014;2014-10-01;
team;service;top;Ploeg;Équipe;Team;KB 2014;2015-01-01;{HEAD}
"""


@pytest.fixture(scope="module")
def house() -> Iterator[House]:
    """A house of its own: the tree of the shared one is other tests' to fill."""
    with temporary() as made:
        yield made


@pytest.fixture(scope="module")
def home(house: House) -> Iterator[Home]:
    asyncio.run(migrate(house.database_url("org", owner=True), "services.org", "org"))
    serving = subprocess.Popen(
        [sys.executable, "-m", "cg_kit", "serve", "services.org.app:SERVICE"],
        env={**os.environ, **house.home.environment("org", traces=False)},
        stderr=subprocess.DEVNULL,
    )
    try:
        until = time.monotonic() + 60
        while not _ready(house.home):
            assert time.monotonic() < until, "org is not ready"
            time.sleep(0.05)
        yield house.home
    finally:
        serving.terminate()
        serving.wait(20)


def _ready(home: Home) -> bool:
    try:
        return httpx.get(f"{home.service_url('org')}/ops/health", timeout=2).status_code == 200
    except httpx.HTTPError:
        return False


Cg = Callable[..., tuple[int, str, str]]


@pytest.fixture
def cg(home: Home, capsys: pytest.CaptureFixture[str]) -> Cg:
    def call(*words: str) -> tuple[int, str, str]:
        capsys.readouterr()
        code = run(["org", *words, "--home", str(home.path)])
        said = capsys.readouterr()
        return code, said.out, said.err

    return call


def document(said: tuple[int, str, str]) -> Any:
    assert said[0] == 0, said[2]
    return json.loads(said[1])


@pytest.fixture
def units(tmp_path: Path) -> str:
    file = tmp_path / "units.csv"
    file.write_text(UNITS, encoding="utf-8-sig")
    return str(file)


def test_a_table_is_tried_then_taken_then_changes_nothing(cg: Cg, units: str) -> None:
    code, out, _ = cg("import", units, "--dry-run")
    assert code == 0
    assert "2 new, 0 changed, 0 unchanged" in out
    assert "nothing was done, this was a dry run" in out
    assert document(cg("at", "2020-01-01", "--json"))["items"] == []
    assert "2 new" in cg("import", units)[1]
    again = document(cg("import", units, "--json"))
    assert (again["unchanged"], again["new"], again["done"]) == (2, [], True)


def test_a_table_with_errors_names_each_by_its_line_and_is_not_taken(cg: Cg, tmp_path: Path) -> None:
    file = tmp_path / "wrong.csv"
    file.write_text(UNITS + "x;team;team;;x;;KB;2015-01-01;\ny;unit;nowhere;y;y;;KB;2015-01-01;\n", encoding="utf-8")
    for words in (("--dry-run",), ()):
        code, out, _ = cg("import", str(file), *words)
        assert code == 1
        lines = [line.split()[:3] for line in out.splitlines()]
        assert ["4", "kind", "table-value"] in lines
        assert ["5", "parent", "ORG-UNIT"] in lines
        assert "nothing was done" in out
    assert [each["line"] for each in json.loads(cg("import", str(file), "--json")[1])["errors"]] == [4, 4, 5]


def test_who_was_responsible_is_shown_as_a_tree_with_why_nobody_is(cg: Cg, units: str, tmp_path: Path) -> None:
    cg("import", units)
    staff = tmp_path / "staff.csv"
    staff.write_text(f"person_id,given,family,language,unit,from\n{ANN},Ann,Voorbeeld,nl,team,2026-01-01\n", encoding="utf-8")
    code, out, _ = cg("import-staff", str(staff))
    assert (code, "1 new" in out, "Voorbeeld" in out) == (0, True, False)

    code, out, _ = cg("at", "2026-01-01", "--lang", "en")
    assert code == 0
    assert [line.strip("│├└─ ") for line in out.splitlines()[:4]] == [
        "Police  top",
        "No post is named as the head of this unit.",
        "Team  team",
        "The post that is named did not exist, as far as was known then: not approved yet, or abolished.",
    ]
    assert "top" not in cg("at", "2026-01-01", "--unit", "team")[1].splitlines()[0]
    [team] = document(cg("at", "today", "--unit", "team", "--json"))["items"]
    assert (team["slug"], team["holders"], team["why"]) == ("team", [], "post_unknown")
    assert "No unit was known then" in cg("at", "2026-01-01", "--known", "2020-01-01")[1]
    assert document(cg("at", "2026-01-01", "--names", "audit_2026", "--json"))["items"]


def test_what_is_amiss_is_listed_and_what_is_well_too(cg: Cg, units: str) -> None:
    cg("import", units)
    code, out, _ = cg("alarms", "--lang", "fr")
    assert code == 0
    assert "l'emploi à la tête n'existe pas" in out
    assert "Aucune désignation ne prend fin dans les 30 jours. (nothing was there to look at)" in out
    assert {each["check"] for each in document(cg("alarms", "--json"))["checks"]} >= {"no_head", "two_heads", "ending_soon", "lost_unit"}


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("at", "gisteren"), 2),
        (("at", "2026-01-01", "--known", "ooit"), 2),
        (("at", "2026-01-01", "--as", "nobody"), 2),
        (("at", "2026-01-01", "--lang", "de"), 2),
        (("at", "2026-01-01", "--names", "a purpose in words"), 2),
        (("at", "2026-01-01", "--unit", "nowhere"), 1),
        (("at", "2026-01-01", "--as", "reader"), 1),
        (("import", "no such file.csv"), 1),
    ],
)
def test_what_is_asked_wrongly_is_one_line(cg: Cg, words: tuple[str, ...], code: int) -> None:
    said, out, err = cg(*words)
    assert (said, out, len(err.splitlines())) == (code, "", 1), err
