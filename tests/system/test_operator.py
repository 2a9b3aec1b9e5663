"""What operators and outside systems ask of a house with `cg`: every document as promised, and a record that waits holds up its own key alone."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any
from uuid import uuid4

import psutil
import pytest

from cg_cli.people import ROLES, person_of
from cg_cli.provision import hears
from cg_contracts.accounts import OUTSIDE, SERVICES, source_of
from cg_contracts.base import CATALOGUE, Request
from cg_contracts.topics import reads, writes
from tests.system.house import City, Draft, Ear, contract_of, until

REQUESTS = sorted((c.about.name, account) for c in CATALOGUE.values() if issubclass(c, Request) for account in c.about.by if account in OUTSIDE)
"""Each message that an outside account may say."""


def test_status(city: City) -> None:
    until(lambda: city.told("status")["ready"], "the house is ready")
    house = city.told("status")
    assert set(house["services"]) == set(SERVICES)
    for name, service in house["services"].items():
        assert service["state"] == "ready"
        assert service["url"] == city.home.service_url(name)
        assert any(f"services.{name}.app" in word for word in psutil.Process(service["pid"]).cmdline())
    assert house["kafka"]["bootstrap"] == city.home.bootstrap
    assert house["traces"]["url"] == city.home.traces_url
    assert {name: part["state"] for name, part in house["parts"].items()} == {"kafka": "ready", "postgres": "ready", "traces": "ready"}


def test_canaries_come_from_each_service_to_each_that_hears_it(city: City) -> None:
    pairs = {(fact.about.owner, service) for service, heard in hears().items() for fact in heard}

    def heard() -> bool:
        told = {(one["from"], one["to"]): one for one in city.told("status")["canaries"]}
        assert set(told) == pairs
        return all(one["age_seconds"] is not None and one["age_seconds"] < 70 for one in told.values())

    until(heard, "canaries of all", 90, every=1)
    assert "canary" in city.cg("status").stdout
    told = [json.loads(line) for line in city.cg("tail", "--end", "--last", "500", "--json", "--canaries").stdout.splitlines()]
    mine = [one for one in told if one["type"].endswith(".Canary.v1")]
    assert {one["source"] for one in mine} == {source_of(service) for service in SERVICES}
    assert not any("sequence" in one for one in mine)
    assert ".Canary.v1" not in city.cg("tail", "--end", "--last", "500", "--json").stdout


@pytest.mark.parametrize("account", [*SERVICES, *OUTSIDE])
def test_account(city: City, account: str) -> None:
    said = city.told("account", account)
    assert said == {
        "bootstrap": city.home.bootstrap,
        "security_protocol": "SASL_PLAINTEXT",
        "mechanism": "SCRAM-SHA-512",
        "username": account,
        "password": city.home.secret("kafka", account),
        "source": source_of(account),
        "writes": list(writes(account)),
        "reads": list(reads(account, hears())),
    }


@pytest.mark.skipif(shutil.which("kcat") is None, reason="needs kcat: apt-get install kcat")
def test_account_as_a_file_for_kcat(city: City, tmp_path: Path) -> None:
    settings = tmp_path / "kcat.conf"
    settings.write_text(city.cg("account", "hr", "--format", "kcat").stdout)
    done = subprocess.run(["kcat", "-F", str(settings), "-L", "-J"], capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    assert {topic["topic"] for topic in json.loads(done.stdout)["topics"]} == {*writes("hr"), *reads("hr", hears())}


def test_account_as_variables(city: City) -> None:
    script = city.cg("account", "nvo", "--format", "env").stdout + 'printf %s "$KAFKA_SASL_PASSWORD"'
    assert subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=True).stdout == city.home.secret("kafka", "nvo")


def test_token(city: City) -> None:
    bearer = city.cg("token", "--as", "operator,reader").stdout.strip()
    with city.door("org") as door:
        assert door.get("/ops/status", headers={"Authorization": f"Bearer {bearer}"}).status_code == 200
        assert door.get("/entitlements/owed", headers={"Authorization": f"Bearer {bearer}"}).status_code == 200
    somebody = uuid4()
    mine = city.cg("token", "--as", "person", "--person", str(somebody)).stdout.strip()
    with city.door("screening") as door:
        assert door.get("/me/cases", headers={"Authorization": f"Bearer {mine}"}).status_code == 200
        assert door.get("/ops/status", headers={"Authorization": f"Bearer {mine}"}).status_code == 403
    assert city.cg("token", "--as", "king", fine=False).returncode == 2
    assert len({person_of(role) for role in ROLES}) == len(ROLES)


def test_contracts_list(city: City) -> None:
    rows = city.told("contracts", "list")
    assert {row["type"] for row in rows} == set(CATALOGUE)
    for row in rows:
        about = CATALOGUE[row["type"]].about
        assert (row["owner"], row["key"]) == (about.owner, about.key)
        assert row["kind"] in ("fact", "request")


@pytest.mark.parametrize(("name", "account"), REQUESTS)
def test_an_example_can_be_published_as_it_is(city: City, hr: Ear, nvo: Ear, name: str, account: str) -> None:
    first = city.cg("contracts", "example", name, "--as", account, fine=False)
    if first.returncode:  # about an open matter, and there is none
        assert re.search(r"\b(none|nobody|no \w+) ", first.stderr), first.stderr
        assert len(first.stderr.splitlines()) == 1
        return
    said = json.loads(first.stdout)
    again = json.loads(city.cg("contracts", "example", name, "--as", account).stdout)
    assert said["id"] != again["id"]
    assert (said["specversion"], said["source"], said["type"]) == ("1.0", source_of(account), contract_of(name).about.type)
    owner = contract_of(name).about.owner
    body = json.dumps(said).encode()
    draft = Draft(account, f"cg.{owner}.intake.{account}", said["subject"], body, [("content-type", b"application/cloudevents+json")])
    (place,) = city.publish(draft)
    until(lambda: taken(city, owner, place.topic, place.partition) > place.offset, f"{owner} has taken {name}")
    told = [h for h in (hr if account == "hr" else nvo).heard if said["id"] in (h.about.get("causationid"), h.data.get("message_id"))]
    assert not [dict(h.data) for h in told if h.name in ("MessageRejected", "RequestRefused", "ScreeningRequestRejected")]
    assert not [row for row in city.asks(owner, "/ops/rejected")["rows"] if row["message_id"] == said["id"]]


def taken(city: City, service: str, topic: str, part: int) -> int:
    """Where the reading of a partition stands."""
    rows: list[dict[str, Any]] = city.asks(service, "/ops/status")["partitions"]
    return next((int(row["next"]) for row in rows if (row["topic"], row["part"]) == (topic, part)), 0)


def test_due(city: City) -> None:
    said = city.told("due", "8 days", "--from", "2026-04-15T10:00+02:00")
    assert {"due", "due_date", "raw_date", "explanation"} <= said.keys()


def test_deadlines_and_clock(city: City, hr: Ear) -> None:
    asked = city.draft("AppointmentRequested", "hr")
    city.publish(asked)
    hr.answer(asked.id, "AppointmentProposed")
    rows = city.told("deadlines")
    assert {"service", "kind", "aggregate", "name", "at", "state", "cause", "correlation"} <= rows[0].keys()
    assert [row["at"] for row in rows] == sorted(row["at"] for row in rows)
    clock = city.told("clock")
    assert clock["movable"] is True
    assert set(clock["services"]) == set(SERVICES)


# -- a record that waits ---------------------------------------------------------------------------------------------


def ended(city: City, post: str, *, right: bool = True) -> Draft:
    """What org says when an assignment has ended, as our own producer would write it; or as it must never be."""
    said = json.loads(city.cg("contracts", "example", "AssignmentEnded", "--as", "org").stdout)
    data = said.pop("data") | {"post_id": post} | ({} if right else {"ended_at": "yesterday"})
    said["subject"] = post
    headers: list[tuple[str, str | bytes | None]] = [(f"ce_{name}", str(value)) for name, value in said.items() if name != "datacontenttype"]
    return Draft("org", "cg.org.events", post, json.dumps(data).encode(), [*headers, ("content-type", "application/json")])


def test_a_fact_of_our_own_that_breaks_its_contract_waits_and_holds_up_its_key_alone(city: City, hr: Ear) -> None:
    sick, well = str(uuid4()), str(uuid4())
    broken, behind, other = ended(city, sick, right=False), ended(city, sick), ended(city, well)
    city.publish(broken, behind, other, partition=5)
    asked = city.draft("ScreeningRequested", "hr", person_data=None)
    city.publish(asked)
    hr.answer(asked.id, "ScreeningCaseOpened")

    def waiting() -> dict[str, dict[str, Any]]:
        return {row["message_id"]: row for row in city.told("parked") if row["subject"] in (sick, well) and row["service"] == "screening"}

    rows = until(lambda: rows if len(rows := waiting()) == 2 else None, "both of the sick key wait", every=0.2)
    assert rows.keys() == {broken.id, behind.id}
    first, second = rows[broken.id], rows[behind.id]
    assert {"id", "service", "topic", "key", "rule", "field", "reason", "state"} <= first.keys()
    assert (first["service"], first["topic"], first["state"]) == ("screening", "cg.org.events", "waiting")
    assert (first["rule"], first["field"], second["rule"]) == ("data-invalid", "ended_at", "behind")
    assert sick in first["key"]
    assert not [row for row in city.told("parked", "--rejected") if row["message_id"] == broken.id]
    assert city.asks("screening", "/ops/status")["blocked"] == 1
    house = city.told("status")
    assert house["ready"] is True  # one key waits, the service works

    assert "still waits" in city.cg("parked", "retry", first["id"]).stdout
    assert city.cg("parked", "discard", first["id"], fine=False).returncode == 2  # without a reason nothing is given up
    assert "settled" in city.cg("parked", "discard", first["id"], "--reason", "written by a test").stdout
    until(lambda: not waiting(), "what waited behind has gone on", every=0.2)
    for row in city.told("parked"):  # so it waits wherever it is heard, in oversight for one, which hears whatever is said
        if row["message_id"] == broken.id:
            assert "settled" in city.cg("parked", "discard", row["id"], "--reason", "written by a test").stdout
    until(lambda: not [row for row in city.told("parked") if row["subject"] == sick], "nothing waits there either", every=0.2)
    states = {row["message_id"]: row["state"] for row in city.told("parked", "--state", "all") if row["subject"] == sick}
    assert states == {broken.id: "discarded", behind.id: "applied"}
    whole = city.told("parked", "show", first["id"])
    assert [(action["what"], action["reason"]) for action in whole["actions"] if action["what"] == "discard"] == [("discard", "written by a test")]
    parked = next(row for row in city.told("story", broken.id) if row["step"] == "parked")
    assert (parked["rule"], parked["parked_id"]) == ("data-invalid", first["id"])


def test_the_journal_is_exported_as_the_role_that_runs(city: City, tmp_path: Path) -> None:
    for service in SERVICES:
        folder = tmp_path / service
        said = city.told("journal", "export", service, str(folder))
        assert said["rows"] > 0
        assert city.told("journal", "verify", str(folder), "--expect", said["checkpoint"]) == said
        assert {file.stat().st_mode & 0o077 for file in (folder, *folder.iterdir())} == {0}
        refused = city.cg("journal", "drop", service, "0", str(folder), "--reason", "a test", "--yes", fine=False)
        assert f"the export in {folder} ends at" in refused.stderr


def test_a_person_whom_nobody_knows_is_not_said_to_be_forgotten(city: City) -> None:
    stranger = str(uuid4())
    for more in ((), ("--dry-run",), ("--json",)):
        done = city.cg("forget", stranger, *more, fine=False)
        assert (done.returncode, done.stdout) == (2, "")
        assert f"nothing can be read of a person {stranger}" in done.stderr
