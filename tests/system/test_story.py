"""The story that `cg demo` tells, in a whole house: message by message to a decision, from the journals and the trace server; and what nobody may see."""

from __future__ import annotations

import asyncio
from typing import Any

import asyncpg
import httpx
import pytest
from rich.console import Console

from cg_cli.commands.demo import play
from cg_cli.people import person_of
from cg_cli.stories import STORIES
from cg_contracts.accounts import SERVICES, source_of
from tests.system.house import City, Ear, until

Story = list[dict[str, Any]]


@pytest.fixture(scope="module")
def played(city: City, hr: Ear) -> dict[str, tuple[str, str]]:
    """The stories, played; for each the id of the message that began it, and its trace."""
    return play(city.home, Console(quiet=True), list(STORIES))


def story(city: City, played: dict[str, tuple[str, str]], scene: str) -> Story:
    told: Story = city.told("story", played[scene][0])
    return told


SCENES = {
    "advice": (
        "AppointmentRequested",
        "AppointmentProposed",
        "ScreeningRequested",
        "ScreeningCaseOpened",
        "ConsentGiven",
        "ScreeningDecided",
        "AssignmentConfirmed",
    ),
    "clearance": ("ClearanceApplicationTransmitted", "NvoDecisionReceived", "ClearanceGranted", "SecurityBriefingGiven", "AssignmentConfirmed"),
    "refusal": ("NvoDecisionReceived", "ClearanceRefused", "AssignmentRejected", "DecisionNotified", "AppealWindowOpened"),
    "late decision": ("ScreeningCaseOpened", "DecisionDeadlineMissed"),
    "withdrawal": ("NvoDecisionReceived", "ClearanceWithdrawn", "AssignmentSuspended", "AccessEntitlementRevoked"),
    "withdrawn and back": (
        "ClearanceWithdrawn",
        "AssignmentSuspended",
        "AccessEntitlementRevoked",
        "ClearanceAppealWindowOpened",
        "AppealLodged",
        "AppealFiled",
        "AppealDecisionReceived",
        "AppealDecided",
        "Reactivate",
    ),
    "renewed": ("AppointmentRequested", "ClearanceGranted", "ClearanceRenewalDue", "AskRenewal", "ClearanceRenewed"),
    "lapsed": ("ClearanceRenewalDue", "AssignmentSuspended", "AccessEntitlementRevoked"),  # org's own deadline, whether screening's comes before it or after
    "reorganisation": ("Draft", "Consult", "ApproveReorganisation", "Schedule", "ReorganisationScheduled", "ReorganisationBlocked", "MapPosts"),
}


@pytest.mark.parametrize("scene", SCENES)
def test_each_scene_is_told_whole_and_in_order_from_the_journals(city: City, played: dict[str, tuple[str, str]], scene: str) -> None:
    told = story(city, played, scene)
    names = [row["type"].rsplit(".", 2)[-2] if "." in row["type"] else row["type"] for row in told]
    places = [names.index(name) for name in SCENES[scene]]
    assert places == sorted(places), names
    known = {row["id"] for row in told}
    assert names[0] == ("Draft" if scene == "reorganisation" else "AppointmentRequested")
    assert {row["source"] for row in told if row["causationid"] is None} <= {source_of(account) for account in ("hr", "nvo", "appeals", "org", "screening")}
    assert all(row["causationid"] in known for row in told if row["causationid"] is not None)
    assert scene != "lapsed" or "ClearanceExpired" in names
    assert {row["correlationid"] for row in told} == {played[scene][0]}
    assert all(row["time"] and row["source"] for row in told)


def test_commands_of_people_and_deadlines_are_steps_of_the_story(city: City, played: dict[str, tuple[str, str]]) -> None:
    types = {row["type"] for row in story(city, played, "clearance")}
    assert {"Consent", "Submit", "Examine", "Transmit", "Brief"} <= types
    assert any(row["step"] == "deadline" for row in story(city, played, "late decision"))


def test_the_trace_carries_on_the_publishers_own_through_both_services(city: City, played: dict[str, tuple[str, str]]) -> None:
    opened, trace = played["clearance"]
    spans: list[dict[str, Any]] = until(lambda: complete(city, trace), "both services' spans at the trace server")
    by_id = {span["id"]: span for span in spans}
    roots = [span for span in spans if span.get("parentId") not in by_id]
    publisher = next(row["traceparent"] for row in story(city, played, "clearance") if row["id"] == opened).split("-")
    assert publisher[1] == trace
    assert [(root["name"], root["parentId"]) for root in roots] == [("process appointment requested", publisher[2])]
    named = {span["name"]: span for span in spans}
    asked = named["process screening requested"]
    assert asked["localEndpoint"]["serviceName"] == "screening"
    assert by_id[asked["parentId"]]["localEndpoint"]["serviceName"] == "org"
    opening = by_id[named["command consent"]["parentId"]]
    assert (opening["name"], opening["parentId"]) == ("follow case needed", asked["id"])
    assert named["process nvo decision received"]["localEndpoint"]["serviceName"] == "screening"
    assert named["process security briefing given"]["parentId"] == named["command brief"]["id"]


def complete(city: City, trace: str) -> list[dict[str, Any]]:
    """The trace, once the last step of the story is in it."""
    answer = httpx.get(f"{city.home.traces_url}/zipkin/api/v2/trace/{trace}", timeout=10, trust_env=False)
    spans: list[dict[str, Any]] = answer.json() if answer.status_code == 200 else []
    return spans if sum(span["name"].startswith("command confirm") for span in spans) >= 1 else []


def test_an_answer_is_copied_to_who_asked_with_the_same_id(city: City, played: dict[str, tuple[str, str]], hr: Ear) -> None:
    confirmed = next(row for row in story(city, played, "advice") if row["type"].endswith(".AssignmentConfirmed.v1"))
    assert hr.waits(lambda heard: heard.about.get("id") == confirmed["id"], "the copy on hr's answers topic").name == "AssignmentConfirmed"


def test_nothing_is_parked(city: City, played: dict[str, tuple[str, str]]) -> None:
    assert city.told("parked") == []


NAME, NUMBER = "Quetzalcoatl-Unmistakable", "85073003328"


def test_names_and_numbers_are_in_the_intake_and_the_vault_and_nowhere_else(city: City, hr: Ear) -> None:
    data = {"names": {"given": NAME, "family": NAME}, "birth_date": "1985-07-30", "national_number": NUMBER}
    asked = city.draft("ScreeningRequested", "hr", person_data=data)
    city.publish(asked)
    case = hr.answer(asked.id, "ScreeningCaseOpened").data["case_id"]
    needles = (NAME.encode(), NUMBER.encode())
    for record in city.records():
        if record.topic() != asked.topic:
            raw = repr((record.value(), record.key(), record.headers())).encode()
            assert not any(needle in raw for needle in needles), record.topic()
    for service in SERVICES:
        found = asyncio.run(tables_with(city, service))
        assert not found, f"{service}: {found}"
    for log in city.home.logs.glob("*.log"):
        assert not any(needle in log.read_bytes() for needle in needles), log.name
    city.does("screening", f"/cases/{case}/officers", "head-of-service", {"officers": [str(person_of("verifier"))]})
    seen = city.asks("screening", f"/cases/{case}/person", "verifier", purpose="verification")
    assert seen["names"]["family"] == NAME


async def tables_with(city: City, service: str) -> list[str]:
    """The tables in which the planted name or number stands in clear."""
    secret = city.home.secret("postgres", "postgres")
    connection = await asyncpg.connect(f"postgresql://postgres:{secret}@/{service}?host={city.home.socket_dir}")
    try:
        tables = await connection.fetch("SELECT relname FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace WHERE relkind = 'r' AND nspname = 'public'")
        found = []
        for (table,) in tables:
            if await connection.fetchval(
                f'SELECT EXISTS (SELECT FROM "{table}" t WHERE t::text LIKE $1 OR t::text LIKE $2 OR t::text LIKE $3)',
                f"%{NAME}%",
                f"%{NUMBER}%",
                f"%{NAME.encode().hex()}%",
            ):
                found.append(table)
        return found
    finally:
        await connection.close()
