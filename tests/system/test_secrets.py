"""What a person says to one officer or system is in the vault and nowhere else: planted through every door, looked for in everything that is kept."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import httpx
import pytest

from cg_cli.people import person_of
from cg_contracts.accounts import SERVICES
from cg_kit.pure import named
from tests.system.house import City, Ear, until

PLANTED = {
    "candidate": "Xylandraquest",
    "candidate's number": "91111100117",
    "staff": "Brimstonquell",
    "officer": "Vornaklipp",
    "officer's number": "88080800132",
    "cohabitant": "Ostrelvund",
    "source": "Quintarblum",
    "assessment": "Merrowfaint",
    "reasons": "Glimverhout",
    "notifiable": "Tarnkelvis",
}
"""Where it is said, and the word that is said there and nowhere else."""


def works(city: City, case: UUID | str) -> None:
    """The sample officers need to know."""
    officers = [str(person_of(role)) for role in ("security-officer", "verifier", "decider")]
    city.does("screening", f"/cases/{case}/officers", "head-of-service", {"officers": officers})


@pytest.fixture(scope="module")
def said(city: City, hr: Ear) -> str:
    """Everything planted; the id of the recruitment's request."""
    candidate = {
        "names": {"given": PLANTED["candidate"], "family": PLANTED["candidate"]},
        "birth_date": "1991-11-11",
        "national_number": PLANTED["candidate's number"],
    }
    asked = city.draft("ScreeningRequested", "hr", person_data=candidate)
    person = city.draft("PersonRegistered", "hr", names={"given": PLANTED["staff"], "family": PLANTED["staff"]})
    posts = city.asks("org", "/posts", vacant=True, sensitive=True, limit=500)["items"]
    post = next(post["post_id"] for post in posts if post["sensitivity"] == "advice_required")
    appointed = city.draft("AppointmentRequested", "hr", post_id=post, person_id=person.data["person_id"])
    city.publish(asked, person, appointed, partition=0)

    case = hr.answer(asked.id, "ScreeningCaseOpened").data["case_id"]
    works(city, case)
    city.does("screening", f"/cases/{case}/consent", "person", person=UUID(asked.data["person_id"]))
    for check in city.asks("screening", f"/cases/{case}", "head-of-service")["checks"]:
        city.does("screening", f"/cases/{case}/checks/{check['source']}", "verifier", {"result": "INFO_FOUND", "content": PLANTED["source"]})

    proposed = hr.answer(appointed.id, "AppointmentProposed")
    advice = named("org", named("screening-request", UUID(proposed.data["assignment_id"])))
    with city.door("screening", "head-of-service") as head:
        until(lambda: head.get(f"/cases/{advice}").status_code == 200, f"the case {advice}")
    works(city, advice)
    city.does("screening", f"/cases/{advice}/consent", "person", person=UUID(person.data["person_id"]))
    known = {
        "names": {"given": PLANTED["officer"], "family": PLANTED["officer"]},
        "birth_date": "1988-08-08",
        "national_number": PLANTED["officer's number"],
    }
    city.does(
        "screening", f"/cases/{advice}/person", "security-officer", {**known, "cohabitants": [{"given": PLANTED["cohabitant"], "family": "X"}]}, fine=False
    )  # no advice takes those
    city.does("screening", f"/cases/{advice}/person", "security-officer", known)
    for check in city.asks("screening", f"/cases/{advice}", "head-of-service")["checks"]:
        city.does("screening", f"/cases/{advice}/checks/{check['source']}", "verifier", {"result": "NOTHING_FOUND"})
    city.does("screening", f"/cases/{advice}/assessment", "verifier", {"proposal": "negative", "reasons": PLANTED["assessment"]})
    reasons = {"full": PLANTED["reasons"], "notifiable": PLANTED["notifiable"]}
    city.does("screening", f"/cases/{advice}/decision", "decider", {"outcome": "negative", "reasons": reasons})
    hr.waits(lambda h: h.name == "AssignmentRejected" and h.data["request_id"] == appointed.data["request_id"], "the rejection of the appointment")
    return asked.id


def test_the_staff_system_is_answered_with_a_code(city: City, hr: Ear, said: str) -> None:
    opened = hr.answer(said, "ScreeningCaseOpened")
    answer = hr.waits(lambda h: h.name == "RecruitmentScreeningAnswered" and h.data["case_id"] == opened.data["case_id"], "the answer")
    assert set(answer.data) == {"case_id", "request_id", "requester_ref", "result_code"}
    assert answer.data["result_code"] == "information_found"
    assert {row["correlationid"] for row in city.told("story", said)} == {said}


def found_in(raw: bytes) -> set[str]:
    """Which of the planted stand there, as text or as the hexadecimal of it."""
    return {where for where, word in PLANTED.items() if word.encode() in raw or word.encode().hex().encode() in raw}


def test_on_no_topic_but_the_intake_by_which_it_came(city: City, said: str) -> None:
    by_topic: dict[str, set[str]] = {}
    for record in city.records():
        by_topic.setdefault(str(record.topic()), set()).update(found_in(repr((record.key(), record.value(), record.headers())).encode()))
    assert {topic: where for topic, where in by_topic.items() if where} == {
        "cg.screening.intake.hr": {"candidate", "candidate's number"},
        "cg.org.intake.hr": {"staff"},
    }
    assert {"cg.org.events", "cg.screening.events", "cg.screening.intake.org", "cg.answers.hr"} <= by_topic.keys()


KEEPERS = {"org", "screening"}
"""Services that are told here who somebody is."""


async def every_row(city: City, service: str) -> dict[str, set[str]]:
    """What of the planted each table of a service holds, read as super user."""
    connection = await asyncpg.connect(host=str(city.home.socket_dir), user="postgres", password=city.home.secret("postgres", "postgres"), database=service)
    try:
        tables = await connection.fetch("SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace")
        found: dict[str, set[str]] = {}
        likes = [f"%{form}%" for word in PLANTED.values() for form in (word, word.encode().hex())]
        for (table,) in tables:
            row = await connection.fetchval(f'SELECT t::text FROM "{table}" t WHERE t::text LIKE ANY ($1) LIMIT 1', likes)
            if row is not None:
                found[table] = found_in(row.encode())
        assert (await connection.fetchval("SELECT count(*) FROM vault") > 0) == (service in KEEPERS)
        return found
    finally:
        await connection.close()


@pytest.mark.parametrize("service", SERVICES)
def test_in_no_journal_state_or_other_table_and_sealed_in_the_vault(city: City, said: str, service: str) -> None:
    assert asyncio.run(every_row(city, service)) == {}


def test_in_no_log(city: City, said: str) -> None:
    logs = list(city.home.logs.glob("*"))
    assert {"org.log", "screening.log", "postgres.log", "kafka.log"} <= {log.name for log in logs}
    for log in logs:
        assert found_in(log.read_bytes()) == set(), log.name


def data_files(city: City) -> Iterator[Path]:
    """The database's own files, its log of changes among them."""
    yield from (path for path in (city.home.path / "postgres" / "data").rglob("*") if path.is_file())


def test_in_no_file_of_the_database(city: City, said: str) -> None:
    for path in data_files(city):
        assert found_in(path.read_bytes()) == set(), path


def test_in_no_trace(city: City, said: str) -> None:
    spans = httpx.get(f"{city.home.traces_url}/api/v2/traces", params={"limit": 10_000, "lookback": 86_400_000}, timeout=60, trust_env=False)
    assert spans.status_code == 200
    assert len(spans.json()) > 0
    assert found_in(spans.content) == set()


def test_and_who_needs_it_reads_it_which_is_recorded(city: City, hr: Ear, said: str) -> None:
    case = hr.answer(said, "ScreeningCaseOpened").data["case_id"]
    seen = city.asks("screening", f"/cases/{case}/person", "verifier", purpose="verification")
    assert seen["names"]["family"] == PLANTED["candidate"]
    assert json.dumps(seen).count(PLANTED["candidate's number"]) == 1

    async def readings() -> list[Any]:
        connection = await asyncpg.connect(city.home.database_url("screening", password=True))
        try:
            return list(await connection.fetch("SELECT actor, purpose FROM vault_read ORDER BY at DESC LIMIT 1"))
        finally:
            await connection.close()

    ((actor, purpose),) = asyncio.run(readings())
    assert purpose == "verification"
    assert str(person_of("verifier")) in actor
