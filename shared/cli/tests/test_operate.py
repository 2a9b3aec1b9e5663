"""What an operator asks of a house that runs, with real services, a real broker and a real database."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID

import asyncpg
import httpx
import pytest
from confluent_kafka import Producer

from cg_cli.examples import event
from cg_cli.home import Home
from cg_cli.main import run
from cg_cli.people import ROLES
from cg_cli.servers import House
from cg_contracts.org import AssignmentEndedV1
from cg_contracts.screening import ScreeningRequestedV1
from cg_kit.auth import token
from cg_kit.migrate import migrate

T = TypeVar("T")
SERVICES = ("org", "screening")
HEAD = UUID(int=11)


def until(found: Callable[[], T], what: str, seconds: float = 60) -> T:
    """The first answer that is not nothing."""
    limit = time.monotonic() + seconds
    while not (answer := found()):
        assert time.monotonic() < limit, what
        time.sleep(0.05)
    return answer


@pytest.fixture(scope="module")
def home(house: House) -> Iterator[Home]:
    """A house in which both services run, as the supervisor runs them."""
    import asyncio  # noqa: PLC0415  (nothing else here is asynchronous)

    for service in SERVICES:
        asyncio.run(migrate(house.database_url(service, owner=True), f"services.{service}", service))
    running = [
        subprocess.Popen(
            [sys.executable, "-m", "cg_kit", "serve", f"services.{service}.app:SERVICE"],
            env={**os.environ, **house.home.environment(service, traces=False)},
            stderr=subprocess.DEVNULL,
        )
        for service in SERVICES
    ]
    try:
        for service in SERVICES:
            until(lambda s=service: _ready(house.home, s), f"{service} is not ready")  # type: ignore[misc]
        yield house.home
    finally:
        for process in running:
            process.terminate()
        for process in running:
            process.wait(20)


def _ready(home: Home, service: str) -> bool:
    try:
        return httpx.get(f"{home.service_url(service)}/ops/health", timeout=2).status_code == 200
    except httpx.HTTPError:
        return False


class Said:
    """What one call of `cg` came to."""

    def __init__(self, code: int, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out, err

    @property
    def document(self) -> Any:
        """What stands on stdout, which must be one JSON document and nothing else."""
        assert self.code == 0, self.err
        return json.loads(self.out)


@pytest.fixture
def cg(home: Home, capsys: pytest.CaptureFixture[str]) -> Callable[..., Said]:
    def call(*words: str) -> Said:
        capsys.readouterr()
        code = run([*words, "--home", str(home.path)])
        said = capsys.readouterr()
        return Said(code, said.out, said.err)

    return call


Cg = Callable[..., Said]


def publish(home: Home, account: str, topic: str, said: dict[str, Any]) -> str:
    failures: list[Any] = []
    producer = Producer({**home.client_config(account), "acks": "all"})
    headers = [(f"ce_{name}", value.encode()) for name, value in said.items() if name not in ("data", "datacontenttype")]
    headers.append(("content-type", b"application/json"))
    value = json.dumps(said["data"])
    producer.produce(topic, value, said["subject"], headers=headers, on_delivery=lambda error, _: failures.append(error) if error else None)
    assert producer.flush(20) == 0
    assert not failures
    return str(said["id"])


def asked(home: Home) -> dict[str, Any]:
    """A screening that hr asks for, in a trace that nobody samples."""
    said = event(ScreeningRequestedV1, "hr", home)
    said["traceparent"] = "00-0123456789abcdef0123456789abcdef-0123456789abcdef-00"
    return said


def told(cg: Cg, id_: str) -> list[dict[str, Any]]:
    said = cg("story", id_, "--json")
    return list(json.loads(said.out)) if said.code == 0 else []


def types(rows: list[dict[str, Any]]) -> set[str]:
    return {row["type"].rsplit(".", 2)[-2] if "." in row["type"] else row["type"] for row in rows}


def test_a_story_is_complete_from_each_of_its_ids_though_nothing_is_sampled(home: Home, cg: Cg) -> None:
    said = asked(home)
    first = publish(home, "hr", "cg.screening.intake.hr", said)
    rows = until(lambda: rows if "ScreeningCaseOpened" in types(rows := told(cg, first)) else None, "no case was opened")
    case_id = next(row["subject"] for row in rows if row["type"].endswith("ScreeningCaseOpened.v1"))
    bearer = {"Authorization": f"Bearer {token(home.issuer_key(), HEAD, ['head-of-service', 'decider'], datetime.now(UTC))}"}
    url = f"{home.service_url('screening')}/cases/{case_id}"
    assert httpx.post(f"{url}/officers", json={"officers": [str(HEAD)]}, headers={**bearer, "X-Reason": "alone today"}).status_code == 200
    assert httpx.post(f"{url}/decision", json={"outcome": "positive"}, headers=bearer).status_code == 409
    rows = told(cg, first)
    assert {"id", "type", "source", "time", "causationid", "correlationid", "traceparent"} <= rows[0].keys()
    assert (rows[0]["id"], rows[0]["source"], rows[0]["causationid"]) == (first, said["source"], None)
    assert {row["correlationid"] for row in rows} == {first}
    known = {row["id"] for row in rows}
    assert all(row["causationid"] in known for row in rows[1:])
    done, refused = [row for row in rows if row["step"] == "command"]
    assert (done["source"], done["actor"]["person_id"], done["actor"]["reason"]) == ("tag:police.be,2026:cg/screening", str(HEAD), "alone today")
    assert (refused["type"], refused["rule"], refused["actor"]["person_id"]) == ("Decide", "SCR-STATE", str(HEAD))
    for row in rows:
        assert told(cg, row["id"]) == rows, row
    drawing = cg("story", first).out
    assert "ScreeningRequested → screening" in drawing
    assert "☞ Designate" in drawing


def test_an_id_that_nobody_knows_is_one_line_and_an_error(cg: Cg) -> None:
    said = cg("story", "01900000-0000-7000-8000-000000000000", "--json")
    assert (said.code, said.out, len(said.err.splitlines())) == (1, "", 1)


def test_what_was_turned_away_is_listed_apart_and_has_its_story(home: Home, cg: Cg) -> None:
    said = asked(home)
    said["data"]["kind"] = "nonsense"
    id_ = publish(home, "hr", "cg.screening.intake.hr", said)
    row = until(lambda: next((r for r in cg("parked", "--rejected", "--json").document if r["message_id"] == id_), None), "it was not turned away")
    assert {"id", "service", "topic", "key", "rule", "field", "reason", "state"} <= row.keys()
    assert (row["service"], row["topic"], row["field"], row["state"]) == ("screening", "cg.screening.intake.hr", "kind", "rejected")
    assert all(r["state"] == "waiting" for r in cg("parked", "--json").document)
    assert [r["step"] for r in told(cg, id_)] == ["rejected", "message"]
    assert row["rule"] in cg("story", id_).out


def ended(home: Home, subject: str | None = None) -> dict[str, Any]:
    said = event(AssignmentEndedV1, "org", home)
    if subject is not None:
        said["data"]["post_id"] = said["subject"] = subject
    return said


def test_a_parked_fact_holds_its_key_until_a_person_mends_it(home: Home, cg: Cg, tmp_path: Path) -> None:
    broken = ended(home)
    right = json.loads(json.dumps(broken))
    broken["data"]["ended_at"] = "yesterday"
    first = publish(home, "org", "cg.org.events", broken)
    second = publish(home, "org", "cg.org.events", ended(home, broken["subject"]))

    def waiting() -> list[dict[str, Any]]:
        return [row for row in cg("parked", "--json").document if row["message_id"] in (first, second)]

    rows = until(lambda: rows if len(rows := waiting()) == 2 else None, "not both were parked")
    assert {"id", "service", "topic", "key", "rule", "field", "reason", "state"} <= rows[0].keys()
    assert [(row["message_id"], row["field"], row["service"], row["state"]) for row in rows] == [
        (first, "ended_at", "screening", "waiting"),
        (second, None, "screening", "waiting"),
    ]
    assert rows[1]["rule"] == "behind"
    assert [row["rule"] for row in told(cg, first) if row["step"] == "parked"] == [rows[0]["rule"]]
    assert "ended_at" in cg("parked").out
    assert cg("parked", "show", rows[0]["id"], "--json").document["actions"][-1]["what"] == "read"
    assert "still waits" in cg("parked", "retry", rows[0]["id"]).out
    mended = tmp_path / "mended.json"
    mended.write_text(json.dumps(right["data"]))
    assert "settled" in cg("parked", "edit", rows[0]["id"], "--reason", "a date, not a word", "--file", str(mended)).out
    assert until(lambda: not waiting(), "what waited behind did not go on")
    whole = cg("parked", "show", rows[0]["id"], "--json").document
    edit = next(action for action in whole["actions"] if action["what"] == "edit")
    assert (edit["reason"], whole["state"]) == ("a date, not a word", "applied")
    assert any("yesterday" in line for line in edit["diff"])


def test_a_parked_fact_can_be_given_up_with_a_reason_only(home: Home, cg: Cg) -> None:
    broken = ended(home)
    broken["type"] = "be.police.cg.org.AssignmentEnded.v9"
    id_ = publish(home, "org", "cg.org.events", broken)
    row = until(lambda: next((r for r in cg("parked", "--json").document if r["message_id"] == id_), None), "it was not parked")
    assert cg("parked", "discard", row["id"]).code == 2
    assert "settled" in cg("parked", "discard", row["id"], "--reason", "a version of tomorrow").out
    assert all(r["message_id"] != id_ for r in cg("parked", "--json").document)
    assert next(r for r in told(cg, id_) if r["step"] == "parked")["rule"] == row["rule"]
    assert cg("parked", "retry", "screening:999999").code == 1
    unknown = cg("parked", "show", "screening:999999")
    assert (unknown.code, unknown.err) == (1, "cg parked: screening has no parked record screening:999999\n")
    assert cg("parked", "retry", "elsewhere:1").code == 2
    assert cg("parked", "retry").code == 2


def test_records_are_read_again_as_a_job_on_record(home: Home, cg: Cg) -> None:
    """What was taken is taken no second time; again, each has a new identity, after a dry run; who asked and why is kept."""
    topic = "cg.screening.intake.hr"
    id_ = publish(home, "hr", topic, asked(home))
    until(lambda: "ScreeningCaseOpened" in types(told(cg, id_)), "nothing was opened")
    first = cg("replay", "screening", topic, "--from", "2020-01-01", "--dry-run", "--json").document
    assert (first["state"], first["dry_run"]) == ("done", True)
    assert first["counts"]["read"] == first["counts"].get("taken", 0) + first["counts"].get("turned_away", 0) > 0
    done = cg("replay", "screening", topic, "--from", "0", "--reason", "to be sure", "--json").document
    assert done["counts"] == first["counts"]
    assert (done["reason"], done["actor"]["roles"], done["state"]) == ("to be sure", ["operator"], "done")
    again = cg(
        "replay", "screening", f"{topic}/0", "--from", "0", "--again", "--yes", "--reason", "the effects were lost", "--rate", "1000/s", "--json"
    ).document
    assert (again["again"], again["part"], again["counts"].get("taken", 0)) == (True, 0, 0)
    assert cg("replay", "screening", topic, "--from", "0", "--type", "AssignmentEnded", "--dry-run", "--json").document["counts"].keys() <= {"read", "unheard"}
    assert "had their effect before" in cg("replay", "screening", topic, "--from", "0", "--reason", "once more").out
    listed = cg("replays", "--json").document
    assert [row["id"] for row in listed if row["reason"] == "to be sure"] == [f"screening:{done['id']}"]
    assert next(row for row in listed if row["id"] == f"screening:{again['id']}")["tried"] is not None
    assert "to be sure" in cg("replays").out
    stopped = cg("replays", "stop", f"screening:{done['id']}", "--reason", "too late")
    assert (stopped.code, "does not wait" in stopped.err) == (1, True), stopped.err


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("replay", "screening", "cg.screening.intake.hr", "--from", "0"), 2),  # no reason
        (("replay", "screening", "cg.screening.intake.hr", "--from", "yesterday", "--dry-run"), 2),
        (("replay", "elsewhere", "cg.org.events", "--from", "0", "--dry-run"), 2),
        (("replay", "screening", "cg.screening.intake.hr", "--from", "0", "--rate", "fast", "--dry-run"), 2),
        (("replay", "screening", "cg.screening.intake.hr", "--from", "7", "--dry-run"), 1),  # an offset of which partition?
        (("replay", "screening", "cg.screening.events", "--from", "0", "--dry-run"), 1),  # not a topic that it reads
        (("replay", "screening", "cg.org.events/99", "--from", "0", "--dry-run"), 1),
        (("replays", "stop", "screening:1", "--reason", "x"), 1),
    ],
)
def test_a_replay_that_is_asked_for_wrongly_is_not_begun(cg: Cg, words: tuple[str, ...], code: int) -> None:
    said = cg(*words)
    assert (said.code, said.out) == (code, ""), said.err


async def test_domain_time_moves_forward_only_and_every_service_follows(home: Home, cg: Cg) -> None:
    before = cg("clock", "--json").document
    assert before["movable"]
    moved = cg("clock", "move", "90 minutes", "--json").document
    assert moved["offset_seconds"] == pytest.approx(before["offset_seconds"] + 5400, abs=0.1)
    after = cg("clock", "--json").document
    assert set(after["services"].values()) == {moved["offset_seconds"]}
    assert "domain time" in cg("clock").out
    back = cg("clock", "move", "--to", "2020-01-01T00:00:00Z")
    assert (back.code, "only moves forward" in back.err) == (1, True)
    assert cg("clock", "move", "3 moons").code == 2
    assert cg("clock", "move").code == 2


def test_deadlines_are_listed_near_and_missed(home: Home, cg: Cg) -> None:
    id_ = publish(home, "hr", "cg.screening.intake.hr", asked(home))
    until(lambda: "ScreeningCaseOpened" in types(told(cg, id_)), "no case was opened")
    rows = cg("deadlines", "--json").document
    mine = [row for row in rows if row["correlation"] == id_]
    assert rows == sorted(rows, key=lambda row: row["at"])
    if mine:
        first = datetime.fromisoformat(mine[0]["at"])
        now = datetime.fromisoformat(cg("clock", "--json").document["domain"])
        days = max(1, (first - now) // timedelta(days=1) + 1)
        assert mine[0] in cg("deadlines", "--json", "--near", f"{days}d", "--service", "screening").document
    assert all(row["state"] in ("due", "fired") for row in cg("deadlines", "--missed", "--json").document)
    assert cg("deadlines", "--service", "elsewhere").code == 2


def test_a_house_that_does_not_run_is_one_clear_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for words in (["story", "x"], ["parked"], ["deadlines"], ["clock"], ["clock", "move", "1 day"]):
        assert run([*words, "--home", str(tmp_path / "none")]) == 1
        said = capsys.readouterr()
        assert (said.out, len(said.err.splitlines())) == ("", 1)
        assert "cg up" in said.err


async def test_a_service_that_is_down_is_said_and_the_rest_is_told(home: Home, cg: Cg, house: House) -> None:
    connection = await asyncpg.connect(house.database_url("screening"))
    id_ = await connection.fetchval("SELECT id::text FROM journal WHERE step = 'message' ORDER BY seq LIMIT 1")
    await connection.close()
    ports = json.loads((home.path / "home.json").read_text())
    elsewhere = home.path / "home.json"
    kept = elsewhere.read_text()
    try:
        elsewhere.write_text(json.dumps({"ports": ports["ports"] | {"org": 1}}))
        said = cg("story", id_, "--json")
        assert json.loads(said.out)
        assert said.err.startswith("cg story: org does not answer")
    finally:
        elsewhere.write_text(kept)


@pytest.mark.parametrize("service", SERVICES)
def test_http_does_what_its_document_says(home: Home, service: str, tmp_path: Path) -> None:
    bearer = token(home.issuer_key(), HEAD, ROLES, datetime.now(UTC))
    words = [str(Path(sys.executable).parent / "schemathesis"), "run", f"{home.service_url(service)}/openapi.json"]
    words += ["--header", f"Authorization: Bearer {bearer}", "--checks", "all", "--phases", "coverage,fuzzing", "--max-examples", "4", "--seed", "1"]
    words += ["--suppress-health-check", "too_slow"]  # of its own making of examples, on a busy machine
    done = subprocess.run([*words, "--no-color", "--warnings", "off"], capture_output=True, text=True, check=False, timeout=600, cwd=tmp_path)
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr
