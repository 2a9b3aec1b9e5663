"""The door for people, on the real engine and a real PostgreSQL: who may in, what is done once, and what is said when it is not done."""

from __future__ import annotations

import asyncio
import json
import re
import secrets
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Annotated, Any
from uuid import UUID

import asyncpg
import httpx
import pytest
from fastapi import APIRouter, FastAPI, Request
from joserfc.jwk import ECKey
from pydantic import BaseModel, ConfigDict, Field

from cg_cli.servers import House
from cg_contracts.org import AssignmentEndedV1
from cg_kit.auth import token
from cg_kit.clock import RisingIds, SystemClock
from cg_kit.engine import Engine, RuleRefused
from cg_kit.http import RULES, Blamed, Done, Door, Problem, Refusing, application, needs, preferred, public
from cg_kit.migrate import migrate
from cg_kit.postgres import open_pool, open_store
from cg_kit.pure import To, on
from cg_kit.seam import Letter
from cg_kit.service import Aggregate, Service
from cg_kit.telemetry import Tracing
from cg_kit.vault import Vault

from . import toy

KEY = ECKey.generate_key("P-256", {"kid": "one", "use": "sig", "alg": "ES256"})
ANNA, BRAM = UUID(int=1), UUID(int=2)

router = APIRouter()


class Coins(BaseModel):
    model_config = ConfigDict(extra="forbid")
    coins: Annotated[int, Field(ge=1, le=1000)]
    note: Annotated[str, Field(max_length=200)] = ""


class Owned(BaseModel):
    model_config = ConfigDict(extra="forbid")
    name: Annotated[str, Field(min_length=1, max_length=200)]
    count_in_days: Annotated[int, Field(ge=0, le=1000)] = 0


class Seen(BaseModel):
    coins: int
    name: str | None = None


@router.post("/jars/{jar_id}/open", summary="Open a jar")
async def open_jar(jar_id: UUID, body: Owned, door: Annotated[Door, needs("keeper")]) -> Done:
    at = door.now + timedelta(days=body.count_in_days) if body.count_in_days else None
    return await door.command(lambda ref: To("jar", jar_id, toy.Open(ref, at)), personal={"name": body.name}, about=door.actor.person_id)


@router.post("/jars/{jar_id}/coins", summary="Put coins in")
async def put(jar_id: UUID, body: Coins, door: Annotated[Door, needs("keeper", "guest")]) -> Done:
    return await door.command(To("jar", jar_id, toy.Put(body.coins)))


@router.post("/jars/{jar_id}/pour/{other_id}", summary="Put coins in as long as the other jar is as it was")
async def pour(jar_id: UUID, other_id: UUID, door: Annotated[Door, needs("keeper")]) -> Done:
    other = await door.state("jar", other_id)
    if other is None:
        raise door.missing()
    if other_id in PAUSES:
        has_read, may_go_on = PAUSES[other_id]
        has_read.set()
        await may_go_on.wait()
    return await door.command(To("jar", jar_id, toy.Put(1)), read={("jar", other_id): other[1]})


@router.get("/jars/{jar_id}", summary="Look into a jar")
async def look(jar_id: UUID, door: Annotated[Door, needs()]) -> Seen:
    found = await door.state("jar", jar_id)
    if found is None:
        raise door.missing()
    jar, version = found
    door.tag(version)
    if "guest" in door.actor.roles and jar.coins > 5:
        raise door.deny("JAR-SECRET")
    name = (await door.read_vault(jar.owner, "to greet the owner"))["name"] if jar.owner else None
    return Seen(coins=jar.coins, name=name)


@router.get("/away", summary="A database that went away")
async def away(door: Annotated[Door, needs()]) -> Seen:
    raise asyncpg.ConnectionDoesNotExistError("postgres://secret@host")


@router.post("/tables/jars", summary="Open many jars, each with its owner's name")
async def open_jars(request: Request, door: Annotated[Door, needs("keeper")]) -> Done:
    """All or none."""
    tos, letters = [], []
    for line in (await request.body()).decode().splitlines():
        jar_id, coins, name = line.split(",")
        letters.append(Letter(door.new_id(), door.actor.person_id, {"name": name}))
        tos += [To("jar", UUID(jar_id), toy.Open(letters[-1].ref, None)), To("jar", UUID(jar_id), toy.Put(int(coins)))]
    try:
        return await door.commands(tos, "OpenJars", letters=letters)
    except RuleRefused as refused:
        raise Refusing(422, "table", errors=[Blamed(field="coins", mend="fewer", line=refused.at // 2 + 1, rule=refused.rule)]) from None


@router.get("/shelf", summary="How many jars there are")
async def shelf(door: Annotated[Door, public()]) -> Seen:
    """For anybody."""
    return Seen(coins=len(await door.fetch("SELECT FROM jar_state")))


PAUSES: dict[UUID, tuple[asyncio.Event, asyncio.Event]] = {}

SERVICE = Service(
    name="screening",
    keeps=(Aggregate("jar", toy.jar, lambda id_, event, state: ()),),
    hears=(on(AssignmentEndedV1, lambda fact, cause: ()),),
    api=router,
    bodies={"/tables/": 200_000},
    rules={
        "JAR-FULL": {"nl": "De pot is vol.", "fr": "Le pot est plein.", "en": "The jar is full."},
        "JAR-SECRET": {"nl": "Geheim.", "fr": "Secret.", "en": "Secret."},
    },
)


class Toy:
    """The toy service over HTTP; `token(roles)` is a header of a person in roles."""

    def __init__(self, app: FastAPI, engine: Engine, pool: Any, clock: SystemClock) -> None:
        self.app, self.engine, self.pool, self.clock = app, engine, pool, clock
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        self.client = httpx.AsyncClient(transport=transport, base_url="http://toy")

    def token(self, *roles: str, person: UUID = ANNA) -> dict[str, str]:
        return {"Authorization": f"Bearer {token(dict(KEY.as_dict(private=True)), person, roles, datetime.now(UTC))}"}

    async def post(self, path: str, body: Any = None, headers: dict[str, str] | None = None, *roles: str) -> httpx.Response:
        return await self.client.post(path, json=body, headers=self.token(*(roles or ("keeper",))) | (headers or {}))

    async def get(self, path: str, *roles: str, **params: Any) -> httpx.Response:
        return await self.client.get(path, params=params or None, headers=self.token(*(roles or ("operator",))))

    async def jar(self, coins: int = 0, days: int = 0) -> str:
        """A new jar with coins."""
        path = f"/jars/{self.engine.ids.new()}"
        assert (await self.post(f"{path}/open", {"name": "Anna", "count_in_days": days})).status_code == 200
        if coins:
            assert (await self.post(f"{path}/coins", {"coins": coins})).status_code == 200
        return path


@pytest.fixture(scope="module")
async def toy_house(house: House, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Toy]:
    """A database of its own, with the engine's tables and one table of jars."""
    folder: Path = tmp_path_factory.mktemp("toy")
    admin = await asyncpg.connect(house.superuser_url())
    await admin.execute("DROP DATABASE IF EXISTS toy")
    await admin.execute("CREATE DATABASE toy")
    await admin.close()
    url = house.superuser_url("toy")
    await migrate(url, "cg_contracts", "postgres")  # which has no migrations: only the kit's
    owner = await asyncpg.connect(url)
    async with owner.transaction():
        await owner.execute("SELECT set_config('cg.runtime', 'postgres', true)")
        await owner.execute("SELECT keeps('jar')")
    await owner.close()
    store = await open_store(url, None, "toy")
    pool = await open_pool(url, None, "toy reads", size=2)
    (folder / "jwks.json").write_text(json.dumps({"keys": [KEY.as_dict(private=False)]}))
    settings = SimpleNamespace(jwks_file=folder / "jwks.json", jwks_url=None, issuer=None, instance="toy-0", clock="movable")
    clock = SystemClock()
    engine = Engine(SERVICE, store, clock, RisingIds(), Tracing("toy", "toy-0", None, 0.0), Vault(secrets.token_bytes(32)))
    made = Toy(application(engine, settings, pool), engine, pool, clock)
    async with made.client:
        yield made
    await store.close()
    pool.terminate()


def said(answer: httpx.Response, status: int, rule: str) -> Problem:
    """The problem that this answer must be."""
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json"), answer.text
    problem = Problem.model_validate(answer.json())
    assert (problem.status, problem.rule) == (status, rule)
    assert problem.detail in problem.texts.model_dump().values()
    return problem


# -- who may in --------------------------------------------------------------------------------------------------------


async def denied(house: Toy) -> list[asyncpg.Record]:
    return list(await house.pool.fetch("SELECT actor, roles, route, rule FROM denied ORDER BY at"))


async def test_without_a_token_nothing_is_done_and_the_denial_is_recorded(toy_house: Toy) -> None:
    path = await toy_house.jar()
    answer = await toy_house.client.post(f"{path}/coins", json={"coins": 1})
    said(answer, 401, "no-token")
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="commissariaat"'
    assert (await denied(toy_house))[-1]["route"] == f"POST {path}/coins"


@pytest.mark.parametrize("text", ["Bearer x", "Bearer ", "Bearer a.b.c", "bearer " + "x" * 5000])
async def test_a_bad_token_is_told_so(toy_house: Toy, text: str) -> None:
    answer = await toy_house.client.get("/jars/" + str(ANNA), headers={"Authorization": text})
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Bearer realm=")


async def test_the_wrong_role_is_denied_and_recorded_with_who_it_was(toy_house: Toy) -> None:
    path = await toy_house.jar()
    said(await toy_house.post(f"{path}/open", {"name": "x"}, None, "guest"), 403, "role-needed")
    last = (await denied(toy_house))[-1]
    assert (last["actor"], last["roles"], last["rule"]) == (str(ANNA), ["guest"], "role-needed")


async def test_a_need_to_know_is_denied_by_its_rule_and_recorded(toy_house: Toy) -> None:
    path = await toy_house.jar(coins=6)
    problem = said(await toy_house.get(path, "guest"), 403, "JAR-SECRET")
    assert problem.texts.nl == "Geheim."
    assert (await denied(toy_house))[-1]["rule"] == "JAR-SECRET"


async def test_strangers_cannot_fill_the_record_of_denials(toy_house: Toy) -> None:
    access = toy_house.app.state.access
    before = len(await denied(toy_house)), access.uncounted
    for _ in range(access.UNKNOWN_A_MINUTE + 10):
        await toy_house.client.get("/jars/" + str(ANNA))
    written, uncounted = len(await denied(toy_house)) - before[0], access.uncounted - before[1]
    assert written + uncounted == access.UNKNOWN_A_MINUTE + 10
    assert uncounted >= 10 or written <= 2 * access.UNKNOWN_A_MINUTE


# -- commands ----------------------------------------------------------------------------------------------------------


async def test_a_command_answers_what_happened_and_at_which_version(toy_house: Toy) -> None:
    path = await toy_house.jar()
    answer = await toy_house.post(f"{path}/coins", {"coins": 2}, {"X-Reason": "pocket money"})
    done = Done.model_validate(answer.json())
    assert (done.kind, done.version, done.events, answer.headers["ETag"]) == ("jar", 2, ["Filled"], '"2"')
    row = await toy_house.pool.fetchrow("SELECT step, type, actor::text FROM journal WHERE id = $1", done.step)
    assert (row["step"], row["type"]) == ("command", "Put")
    assert json.loads(row["actor"]) == {"person_id": str(ANNA), "roles": ["keeper"], "reason": "pocket money"}


async def test_what_does_not_exist_is_404(toy_house: Toy) -> None:
    nowhere = f"/jars/{toy_house.engine.ids.new()}"
    said(await toy_house.post(f"{nowhere}/coins", {"coins": 2}), 404, "NOT-FOUND")
    said(await toy_house.get(nowhere), 404, "NOT-FOUND")
    said(await toy_house.get("/nowhere"), 404, "no-route")


@pytest.mark.parametrize(("asked", "text"), [("fr-BE, nl;q=0.5", "Le pot est plein."), ("nl", "De pot is vol."), ("de", "The jar is full.")])
async def test_a_refusal_names_its_rule_and_field_in_the_caller_s_language(toy_house: Toy, asked: str, text: str) -> None:
    path = await toy_house.jar()
    answer = await toy_house.post(f"{path}/coins", {"coins": 11}, {"Accept-Language": asked})
    problem = said(answer, 409, "JAR-FULL")
    assert (problem.field, problem.detail, problem.texts.en) == ("coins", text, "The jar is full.")


async def test_who_was_refused_stands_in_the_journal(toy_house: Toy) -> None:
    path = await toy_house.jar()
    await toy_house.post(f"{path}/coins", {"coins": 11})
    row = await toy_house.pool.fetchrow("SELECT actor::text, body::text, type FROM journal WHERE step = 'refused' ORDER BY seq DESC LIMIT 1")
    assert json.loads(row["actor"])["person_id"] == str(ANNA)
    assert (row["type"], json.loads(row["body"])["rule"]) == ("Put", "JAR-FULL")


async def test_the_same_key_does_a_command_once(toy_house: Toy) -> None:
    path = await toy_house.jar()
    key = {"Idempotency-Key": "k-1" + path}
    answers = await asyncio.gather(*(toy_house.post(f"{path}/coins", {"coins": 2}, key) for _ in range(5)))
    assert len({a.text for a in answers}) == 1
    assert (await toy_house.get(path)).json()["coins"] == 2


async def test_the_same_key_with_another_body_path_or_person(toy_house: Toy) -> None:
    path, other = await toy_house.jar(), await toy_house.jar()
    key = {"Idempotency-Key": "k-2" + path}
    assert (await toy_house.post(f"{path}/coins", {"coins": 2}, key)).status_code == 200
    problem = said(await toy_house.post(f"{path}/coins", {"coins": 3}, key), 422, "idempotency-key-reused")
    assert problem.field == "Idempotency-Key"
    said(await toy_house.post(f"{other}/coins", {"coins": 2}, key), 422, "idempotency-key-reused")
    bram = toy_house.token("keeper", person=BRAM) | key
    assert (await toy_house.client.post(f"{path}/coins", json={"coins": 2}, headers=bram)).json()["version"] == 3


@pytest.mark.parametrize("key", ["", "x" * 201, "a b", "é"])
async def test_a_key_that_is_none(toy_house: Toy, key: str) -> None:
    path = await toy_house.jar()
    headers = toy_house.token("keeper") | {"Idempotency-Key": key}
    answer = await toy_house.client.post(f"{path}/coins", json={"coins": 1}, headers={k: v.encode("latin-1") for k, v in headers.items()})
    assert said(answer, 422, "invalid").field == "Idempotency-Key"


async def test_only_at_the_version_that_was_read(toy_house: Toy) -> None:
    path = await toy_house.jar()
    etag = (await toy_house.get(path)).headers["ETag"]
    assert (await toy_house.post(f"{path}/coins", {"coins": 1}, {"If-Match": etag})).status_code == 200
    said(await toy_house.post(f"{path}/coins", {"coins": 1}, {"If-Match": etag}), 412, "version-changed")
    said(await toy_house.post(f"{path}/coins", {"coins": 1}, {"If-Match": '"what"'}), 412, "version-changed")
    assert (await toy_house.post(f"{path}/coins", {"coins": 1}, {"If-Match": "*"})).status_code == 200


async def test_what_a_command_rests_on_must_not_change_meanwhile(toy_house: Toy) -> None:
    path, other = await toy_house.jar(), await toy_house.jar()
    other_id = UUID(other.rsplit("/", 1)[1])
    has_read, may_go_on = PAUSES[other_id] = asyncio.Event(), asyncio.Event()
    pouring = asyncio.create_task(toy_house.post(f"{path}/pour/{other_id}"))
    await has_read.wait()
    await toy_house.post(f"{other}/coins", {"coins": 1})
    may_go_on.set()
    assert said(await pouring, 409, "read-changed").field == f"jar:{other_id}"
    assert (await toy_house.post(f"{path}/pour/{other_id}")).status_code == 200


async def test_personal_data_rests_in_the_vault_and_each_reading_has_a_purpose(toy_house: Toy) -> None:
    path = await toy_house.jar()
    assert (await toy_house.get(path)).json() == {"coins": 0, "name": "Anna"}
    last = await toy_house.pool.fetchrow("SELECT actor::text, purpose FROM vault_read ORDER BY at DESC LIMIT 1")
    assert (json.loads(last["actor"])["person_id"], last["purpose"]) == (str(ANNA), "to greet the owner")
    assert await toy_house.pool.fetchval("SELECT count(*) FROM vault WHERE position('Anna'::bytea in sealed) > 0") == 0


async def test_a_person_is_forgotten_by_who_may_and_on_record(toy_house: Toy) -> None:
    path = await toy_house.jar()
    where = f"/vault/{ANNA}"
    assert (await toy_house.get(where)).status_code == 403
    kept = (await toy_house.get(where, "dpo")).json()
    assert kept["entries"] >= 1
    assert kept["holds"] == kept["waiting"] == []
    assert kept["forgotten_at"] is None
    assert (await toy_house.post(f"{where}/forgetting", {}, None, "dpo")).json()["errors"][0]["field"] == "reason"
    done = await toy_house.post(f"{where}/forgetting", {"reason": "she asked"}, None, "dpo")
    assert done.json()["entries"] == kept["entries"]
    left = (await toy_house.get(where, "head-of-service")).json()
    assert left["entries"] == 0
    assert left["forgotten_at"] is not None
    answer = await toy_house.get(path)
    assert (answer.status_code, answer.json()["rule"]) == (404, "forgotten")
    last = await toy_house.pool.fetchrow("SELECT actor::text, body::text FROM journal WHERE type = 'PersonForgotten'")
    assert (json.loads(last["actor"])["reason"], json.loads(last["body"])["person_id"]) == ("she asked", str(ANNA))


# -- the page of the API -------------------------------------------------------------------------------------------------


async def test_the_page_of_the_api_needs_nothing_from_elsewhere(toy_house: Toy) -> None:
    page = await toy_house.client.get("/docs")
    assert page.status_code == 200
    needs = re.findall(r"""(?:src|href)=["']([^"']+)|url: ["']([^"']+)""", page.text)
    assert len(needs) == 4
    assert "//" not in "".join(map("".join, needs))
    for one in needs:
        assert (await toy_house.client.get(f"/{''.join(one)}")).status_code == 200


# -- what cannot be taken ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "rule", "field"),
    [
        (b"{", "no-json", "body"),
        (b"", "invalid", "body"),
        (b"[]", "invalid", "body"),
        (b'{"coins": "two"}', "invalid", "coins"),
        (b'{"coins": 0}', "invalid", "coins"),
        (b'{"coins": 1, "more": 1}', "invalid", "more"),
        (b'{"coins": 1, "note": "\\u0000"}', "unstorable-text", "note"),
        (b'{"coins": 1, "note": "\\ud800"}', "unstorable-text", "note"),
        (b'{"coins": 1, "note": "\xff"}', "no-json", "body"),
        (b'{"coins": 1, "note": "\x00"}', "no-json", "body"),
        (b"[" * 20000, "no-json", "body"),
    ],
)
async def test_a_bad_body_is_told_where_it_is_bad(toy_house: Toy, body: bytes, rule: str, field: str) -> None:
    path = await toy_house.jar()
    headers = toy_house.token("keeper") | {"Content-Type": "application/json"}
    assert said(await toy_house.client.post(f"{path}/coins", content=body, headers=headers), 422, rule).field == field


async def test_the_address_is_looked_at_too(toy_house: Toy) -> None:
    assert said(await toy_house.get("/jars/no-uuid"), 422, "invalid").field == "jar_id"
    said(await toy_house.get("/jars/%00"), 422, "unstorable-text")
    said(await toy_house.get("/jars/%FF"), 422, "unstorable-text")
    said(await toy_house.get("/ops/journal?id=%00"), 422, "unstorable-text")


async def test_more_than_64_kib_is_refused_declared_or_not(toy_house: Toy) -> None:
    path = await toy_house.jar()
    headers = toy_house.token("keeper") | {"Content-Type": "application/json"}
    big = b'{"coins": 1, "note": "' + b"x" * 70_000 + b'"}'

    async def pieces() -> AsyncIterator[bytes]:
        for start in range(0, len(big), 10_000):
            yield big[start : start + 10_000]

    said(await toy_house.client.post(f"{path}/coins", content=big, headers=headers), 413, "too-large")
    said(await toy_house.client.post(f"{path}/coins", content=pieces(), headers=headers), 413, "too-large")


async def test_where_the_table_says_so_a_larger_body_is_taken(toy_house: Toy) -> None:
    headers = toy_house.token("keeper") | {"Content-Type": "text/csv"}
    ids = [toy_house.engine.ids.new() for _ in range(1500)]
    table = "\n".join(f"{id_},1,Anna of number {id_}" for id_ in ids)
    assert 64 * 1024 < len(table) < 200_000
    done = Done.model_validate((await toy_house.client.post("/tables/jars", content=table, headers=headers)).json())
    assert len(done.events) == 3000
    assert Seen.model_validate((await toy_house.get(f"/jars/{ids[700]}", "keeper")).json()).name == f"Anna of number {ids[700]}"
    too_large = said(await toy_house.client.post("/tables/jars", content="x" * 200_001, headers=headers), 413, "too-large")
    assert too_large.errors == [Blamed(field="body", mend="at most 195 KiB")]


async def test_many_commands_are_done_all_or_none_and_the_one_to_blame_is_named(toy_house: Toy) -> None:
    headers = toy_house.token("keeper") | {"Content-Type": "text/csv"}
    first, second, third = (toy_house.engine.ids.new() for _ in range(3))
    before = await toy_house.pool.fetchval("SELECT count(*) FROM vault")
    problem = said(await toy_house.client.post("/tables/jars", content=f"{first},1,A\n{second},11,B\n{third},1,C", headers=headers), 422, "table")
    assert problem.errors == [Blamed(field="coins", mend="fewer", line=2, rule="JAR-FULL")]
    said(await toy_house.get(f"/jars/{first}"), 404, "NOT-FOUND")
    assert await toy_house.pool.fetchval("SELECT count(*) FROM vault") == before
    assert await toy_house.pool.fetchval("SELECT body ->> 'rule' FROM journal WHERE step = 'refused' ORDER BY seq DESC LIMIT 1") == "JAR-FULL"


async def test_what_is_for_anybody_needs_no_token(toy_house: Toy) -> None:
    await toy_house.jar()
    answer = await toy_house.client.get("/shelf")
    assert answer.status_code == 200
    assert answer.json()["coins"] >= 1


async def test_a_reason_is_short(toy_house: Toy) -> None:
    path = await toy_house.jar()
    headers = {**toy_house.token("keeper"), "X-Reason": "x" * 201}
    problem = said(await toy_house.client.post(f"{path}/coins", json={"coins": 1}, headers=headers), 422, "invalid")
    assert problem.field == "X-Reason"


@pytest.mark.parametrize(("reason", "kept"), [("café à côté".encode(), "café à côté"), (b"\xc2\x84a", "a"), (b"a\tb", "a b")])
async def test_a_reason_is_in_any_letters_on_one_line(toy_house: Toy, reason: bytes, kept: str) -> None:
    path = await toy_house.jar()
    answer = await toy_house.client.post(f"{path}/coins", json={"coins": 1}, headers={**toy_house.token("keeper"), "X-Reason": reason})
    assert answer.status_code == 200
    told = await toy_house.pool.fetchval("SELECT actor ->> 'reason' FROM journal WHERE step = 'command' ORDER BY seq DESC LIMIT 1")
    assert told == kept


async def test_another_method_is_told_which_are_known(toy_house: Toy) -> None:
    answer = await toy_house.client.delete("/jars/" + str(ANNA), headers=toy_house.token("keeper"))
    said(answer, 405, "no-method")
    assert answer.headers["Allow"] == "GET"
    assert (await toy_house.client.get("/ops/parked/discard")).headers["Allow"] == "POST"


async def test_an_unforeseen_failure_shows_nothing_of_its_inside(toy_house: Toy) -> None:
    path = await toy_house.jar()
    answer = await toy_house.post(f"{path}/coins", {"coins": 13})
    said(answer, 500, "failed")
    assert "secret" not in answer.text
    assert "Traceback" not in answer.text


async def test_a_database_that_is_away_is_told_without_its_address(toy_house: Toy) -> None:
    answer = await toy_house.get("/away")
    said(answer, 503, "unavailable")
    assert answer.headers["Retry-After"] == "1"
    assert "secret" not in answer.text


# -- the document ------------------------------------------------------------------------------------------------------


def test_every_route_says_what_it_answers(toy_house: Toy) -> None:
    document = toy_house.app.openapi()
    assert document["components"]["securitySchemes"]["token"] == {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
        "description": document["components"]["securitySchemes"]["token"]["description"],
    }
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            if path in ("/ops/health", "/shelf"):
                assert "security" not in operation
                assert "401" not in operation["responses"]
                continue
            assert operation["security"] == [{"token": []}], path
            assert {"401", "403", "404", "409", "412", "413", "422"} <= operation["responses"].keys(), path
            assert operation["summary"]
            assert operation["responses"]["422"]["content"].keys() == {"application/problem+json"}
            if method == "post" and not path.startswith("/ops/"):
                assert "X-Reason" in {p["name"] for p in operation["parameters"]}


def test_every_rule_of_the_kit_has_three_texts() -> None:
    for rule, texts in RULES.items():
        assert texts.keys() == {"nl", "fr", "en"}, rule
        assert len(set(texts.values())) == 3, rule


@pytest.mark.parametrize(
    ("asked", "language"),
    [(None, "en"), ("", "en"), ("fr", "fr"), ("nl-BE", "nl"), ("de, fr;q=0.3, nl;q=0.7", "nl"), ("fr;q=x, nl", "nl"), ("*", "en"), (";;,,q", "en")],
)
def test_the_caller_s_best_language(asked: str | None, language: str) -> None:
    assert preferred(asked) == language


# -- what operators ask ------------------------------------------------------------------------------------------------


async def test_health_needs_no_token_and_the_rest_the_operator(toy_house: Toy) -> None:
    assert (await toy_house.client.get("/ops/health")).json() == {"live": True, "ready": True, "progress": True, "why": []}
    for path in ("status", "journal?id=x", "parked", "parked/1", "rejected", "deadlines", "metrics"):
        said(await toy_house.client.get(f"/ops/{path}"), 401, "no-token")
        said(await toy_house.get(f"/ops/{path}", "reader"), 403, "role-needed")


async def test_status_tells_clock_and_work(toy_house: Toy) -> None:
    await toy_house.jar(days=3)
    status = (await toy_house.get("/ops/status")).json()
    assert (status["name"], status["instance"], status["parked"], status["clock"]["movable"]) == ("screening", "toy-0", 0, True)
    assert status["deadlines"]["open"] >= 1
    assert status["tally"]["commands"] > 0
    assert 'cg_deadlines_open{service="screening"}' in (await toy_house.get("/ops/metrics")).text


async def test_the_journal_is_found_by_any_id_of_a_story(toy_house: Toy) -> None:
    path = f"/jars/{toy_house.engine.ids.new()}"
    opened = (await toy_house.post(f"{path}/open", {"name": "Anna"})).json()
    filled = (await toy_house.post(f"{path}/coins", {"coins": 2})).json()
    told = (await toy_house.get("/ops/journal", id=filled["step"])).json()
    assert told["correlations"] == [opened["step"]]
    assert [(s["step"], s["type"]) for s in told["steps"]] == [("command", "Open"), ("event", "Opened"), ("command", "Put"), ("event", "Filled")]
    assert all(s["body"] is None for s in told["steps"])
    by_story = (await toy_house.get("/ops/journal", correlation=opened["step"], limit=3)).json()
    assert len(by_story["steps"]) == 3
    rest = (await toy_house.get("/ops/journal", correlation=opened["step"], after=by_story["next"])).json()
    assert [s["type"] for s in rest["steps"]] == ["Filled"]
    assert (await toy_house.get("/ops/journal", id="nobody's")).json()["steps"] == []
    assert (await toy_house.get("/ops/journal")).json()["steps"] == []


async def test_deadlines_come_page_by_page_open_and_missed(toy_house: Toy) -> None:
    path = await toy_house.jar(days=30)
    mine = path.rsplit("/", 1)[1]
    for days in (31, 32, 33):
        await toy_house.jar(days=days)
    seen: list[str] = []
    after: str | None = None
    while True:
        page = (await toy_house.get("/ops/deadlines", limit=2, **({"after": after} if after else {}))).json()
        seen += [row["aggregate"] for row in page["rows"]]
        after = page["next"]
        if after is None:
            break
    assert len(seen) == len(set(seen)) >= 4
    assert mine in seen
    until = (toy_house.clock.domain() + timedelta(days=30, hours=1)).isoformat()
    near = [row["aggregate"] for row in (await toy_house.get("/ops/deadlines", before=until)).json()["rows"]]
    assert mine in near
    await toy_house.engine.fire(toy_house.clock.domain() + timedelta(days=30, hours=1))
    missed = (await toy_house.get("/ops/deadlines", which="missed")).json()["rows"]
    assert [row["state"] for row in missed if row["aggregate"] == mine] == ["fired"]
    for bad in ({"after": "nonsense"}, {"before": "0"}, {"before": "tomorrow"}, {"limit": 0}, {"which": "none"}):
        said(await toy_house.get("/ops/deadlines", **bad), 422, "invalid")


# -- what operators do with parked records -------------------------------------------------------------------------------

PARK = """
INSERT INTO parked (source, subject, origin, message_id, type, topic, part, "offset", raw, headers, received_at, domain_at, rule, reason, build, tries, state)
VALUES ($1, $2, 'record', $3, 'be.police.cg.org.Thing.v1', 'cg.org.events', 0, 7, $4, '[["ce_id", "YQ=="]]', now(), now(),
        'code-raised', 'because', '0', 0, 'waiting')
RETURNING id
"""


async def park(house: Toy, subject: str, raw: bytes = b'{"a": 1}') -> int:
    await house.pool.execute("INSERT INTO blocked (source, subject) VALUES ('toy', $1) ON CONFLICT DO NOTHING", subject)
    return int(await house.pool.fetchval(PARK, "toy", subject, f"m-{subject}", raw))


async def test_a_parked_record_is_listed_read_and_discarded_on_record(toy_house: Toy) -> None:
    first, second = await park(toy_house, "one"), await park(toy_house, "one", b"\xff")
    rows = [row for row in (await toy_house.get("/ops/parked")).json()["rows"] if row["id"] in (first, second)]
    assert [(row["key"], row["state"], row["rule"], row["service"]) for row in rows] == [("toy one", "waiting", "code-raised", "screening")] * 2
    assert (await toy_house.get(f"/ops/parked/{first}")).json()["content"] is None
    whole = (await toy_house.get(f"/ops/parked/{first}", content=True)).json()
    assert (whole["content"], whole["headers"]) == ('{"a": 1}', [["ce_id", "a"]])
    assert [action["what"] for action in whole["actions"]] == ["read"]
    assert (await toy_house.get(f"/ops/parked/{second}", content=True)).json()["content_base64"] == "/w=="
    answer = await toy_house.post(f"/ops/parked/{first}/discard", {"reason": "made by a test"}, None, "operator")
    assert answer.json()["settled"] == [first]
    actions = (await toy_house.get(f"/ops/parked/{first}")).json()["actions"]
    assert [(a["what"], a["reason"], a["actor"]["person_id"]) for a in actions][1:] == [("discard", "made by a test", str(ANNA))]
    said(await toy_house.post(f"/ops/parked/{first}/discard", {"reason": "again"}, None, "operator"), 409, "not-waiting")
    said(await toy_house.post(f"/ops/parked/{second}/discard", {}, None, "operator"), 422, "invalid")
    said(await toy_house.get("/ops/parked/999999"), 404, "NOT-FOUND")


async def test_an_edit_keeps_the_raw_record_and_its_difference(toy_house: Toy) -> None:
    parked_id = await park(toy_house, "two")
    answer = await toy_house.post(f"/ops/parked/{parked_id}/edit", {"reason": "a typo", "content": '{"a": 2}'}, None, "operator")
    assert answer.status_code == 200, answer.text
    raw, edited = await toy_house.pool.fetchrow("SELECT raw, edited FROM parked WHERE id = $1", parked_id)
    assert (raw, edited) == (b'{"a": 1}', b'{"a": 2}')
    action = (await toy_house.get(f"/ops/parked/{parked_id}")).json()["actions"][-1]
    assert {'- "a": 1', '+ "a": 2'} <= {line.replace("-  ", "- ").replace("+  ", "+ ") for line in action["diff"]}


async def test_a_group_is_discarded_by_rule_or_topic_but_never_all_at_once(toy_house: Toy) -> None:
    ids = [await park(toy_house, f"group {n}") for n in range(3)]
    said(await toy_house.post("/ops/parked/discard", {"reason": "x"}, None, "operator"), 422, "invalid")
    assert (await toy_house.post("/ops/parked/discard", {"reason": "x", "rule": "another"}, None, "operator")).json() == {"settled": [], "waiting": {}}
    done = (await toy_house.post("/ops/parked/discard", {"reason": "x", "rule": "code-raised", "topic": "cg.org.events"}, None, "operator")).json()
    assert set(ids) <= set(done["settled"])
    assert await toy_house.pool.fetchval("SELECT count(*) FROM blocked WHERE subject LIKE 'group %'") == 0


async def test_rejected_records_are_listed_by_account_and_message(toy_house: Toy) -> None:
    sql = """INSERT INTO rejected (account, message_id, type, topic, part, "offset", raw, headers, received_at, rule, field, reason)
             VALUES ($1, $2, 'x', 'cg.screening.intake.hr', 0, 1, 'x', '[]', now(), 'unknown-type', 'type', 'say a known type')"""
    for account, message in (("hr", "r-1"), ("hr", "r-2"), ("nvo", "r-3")):
        await toy_house.pool.execute(sql, account, message)
    rows = (await toy_house.get("/ops/rejected", account="hr")).json()["rows"]
    assert [(r["message_id"], r["rule"], r["field"], r["state"]) for r in rows] == [(m, "unknown-type", "type", "rejected") for m in ("r-1", "r-2")]
    assert [r["account"] for r in (await toy_house.get("/ops/rejected", message_id="r-3")).json()["rows"]] == ["nvo"]


async def test_a_partition_that_nobody_reads_is_taken_as_read_on_record(toy_house: Toy) -> None:
    await toy_house.pool.execute("INSERT INTO position (topic, part, next) VALUES ('cg.screening.events', 7, 0) ON CONFLICT DO NOTHING")
    body = {"topic": "cg.screening.events", "part": 7, "upto": "2026-01-05T09:00:00+01:00", "reason": "its broker is gone for good"}
    said(await toy_house.post("/ops/partitions/read", body, None, "decider"), 403, "role-needed")
    said(await toy_house.post("/ops/partitions/read", {**body, "upto": "2999-01-01T00:00:00Z"}, None, "operator"), 409, "not-yet")
    said(await toy_house.post("/ops/partitions/read", {**body, "part": 99}, None, "operator"), 404, "NOT-FOUND")
    said(await toy_house.post("/ops/partitions/read", {**body, "reason": ""}, None, "operator"), 422, "invalid")
    assert (await toy_house.post("/ops/partitions/read", body, None, "operator")).status_code == 204
    assert await toy_house.pool.fetchval("SELECT caught_up_at FROM position WHERE part = 7") == datetime(2026, 1, 5, 8, tzinfo=UTC)
    assert await toy_house.pool.fetch("SELECT topic, part, reason FROM taken_as_read") == [("cg.screening.events", 7, body["reason"])]


async def test_a_replay_is_asked_for_on_record_and_again_needs_a_dry_run_of_the_same_choice(toy_house: Toy) -> None:
    body = {"topic": "cg.org.events", "from_offset": 0, "reason": "its effect was lost"}
    said(await toy_house.post("/ops/replays", body, None, "decider"), 403, "role-needed")
    said(await toy_house.post("/ops/replays", {**body, "reason": " "}, None, "operator"), 422, "invalid")
    said(await toy_house.post("/ops/replays", {**body, "topic": "cg.screening.events"}, None, "operator"), 404, "NOT-FOUND")
    said(await toy_house.post("/ops/replays", {**body, "part": 12}, None, "operator"), 404, "NOT-FOUND")
    for wrong in (
        {"from_at": "2026-01-01T00:00:00Z"},
        {"from_offset": None},
        {"from_offset": 3},
        {"to_offset": 3},
        {"part": 1, "to_offset": 3, "to_at": "2026-01-01T00:00:00Z"},
    ):
        said(await toy_house.post("/ops/replays", {**body, **wrong}, None, "operator"), 409, "replay-range")
    asked = (await toy_house.post("/ops/replays", {**body, "part": 3, "again": True, "dry_run": True}, None, "operator")).json()
    assert (asked["state"], asked["reason"], asked["actor"]["roles"], asked["parts"]) == ("asked", body["reason"], ["operator"], [])
    again = {**body, "part": 3, "again": True}
    said(await toy_house.post("/ops/replays", again, None, "operator"), 409, "dry-run-first")
    said(await toy_house.post("/ops/replays", {**again, "tried": asked["id"]}, None, "operator"), 409, "dry-run-first")  # it is not done
    await toy_house.pool.execute("UPDATE replay SET state = 'done' WHERE id = $1", UUID(asked["id"]))
    said(await toy_house.post("/ops/replays", {**again, "part": 4, "tried": asked["id"]}, None, "operator"), 409, "dry-run-first")
    made = await toy_house.post("/ops/replays", {**again, "tried": asked["id"]}, None, "operator")
    assert made.status_code == 202
    one = (await toy_house.get(f"/ops/replays/{made.json()['id']}")).json()
    assert [row["id"] for row in (await toy_house.get("/ops/replays")).json()["rows"]] == [one["id"], asked["id"]]
    stop = f"/ops/replays/{one['id']}/stop"
    stopped = (await toy_house.post(stop, {"reason": "a mistake"}, None, "operator")).json()
    assert (stopped["state"], stopped["why"], stopped["stopped_by"]["roles"]) == ("stopped", "a mistake", ["operator"])
    said(await toy_house.post(stop, {"reason": "a mistake"}, None, "operator"), 409, "not-waiting")
    said(await toy_house.get("/ops/replays/0197c0de-0000-7000-8000-000000000000"), 404, "NOT-FOUND")
