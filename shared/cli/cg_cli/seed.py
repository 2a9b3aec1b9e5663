"""Fills a fresh house with the reference tree and, unless left out, sample posts, police zones and persons: by the real doors, as often as one likes."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import yaml

from cg_cli.home import Home, Trouble
from cg_contracts.accounts import source_of
from cg_contracts.org import PersonRegisteredV1
from cg_kit.auth import token
from cg_kit.clock import SystemClock
from cg_kit.pure import named

REFERENCE = Path(__file__).resolve().parents[3] / "deploy" / "reference"
"""Where the data stands, to be read and changed by people."""

AT_ONCE = 12
"""Commands that are under way at the same time."""

WITHIN = 30.0
"""Seconds in which what was asked must have been done."""

PROPOSER, APPROVER = named("reference", "proposer"), named("reference", "approver")
"""Who proposes the posts and who approves them: two, because of four eyes."""

CLOCK = SystemClock()


def unit_id(slug: str) -> UUID:
    """The id of the reference unit with this short name."""
    return named("reference", "unit", slug)


def post_id(unit: str, role: str, number: int = 1) -> UUID:
    """The id of the reference post of this role in this unit."""
    return named("reference", "post", unit, role, number)


def person_id(number: int) -> UUID:
    """The id of the sample person at this place of the list, from 1."""
    return named("reference", "person", number)


def zone_id(number: str) -> UUID:
    """The id of the sample police zone of this number."""
    return named("reference", "zone", number)


def korpschef_post_id(number: str) -> UUID:
    """The id of the post of korpschef of the sample police zone of this number."""
    return named("reference", "post", "zone", number, "korpschef")


def seed(home: Home, *, sample: bool = True) -> None:
    """Sees that all of the reference data is there; what is there already is left as it is. Raises `Trouble`."""
    try:
        asyncio.run(_seed(home, sample))
    except httpx.HTTPError as error:
        raise Trouble(f"the reference data could not be filled in: {error or type(error).__name__}") from error


async def _seed(home: Home, sample: bool) -> None:
    house, more = _read("organisation"), _read("sample")
    persons = list(more["persons"]) if sample else []
    async with _door(home, PROPOSER, "org-administrator") as proposer, _door(home, APPROVER, "appointing-authority") as approver:
        registering = asyncio.to_thread(_register, home, persons, await _there(proposer, "/persons", "person_id"))
        await _establish(proposer, house)
        if sample:
            await _zone(proposer, house, more)
        wanted = {**heads(house), **(vacancies(house, more) | chiefs(house, more) if sample else {})}
        await asyncio.gather(registering, _open(proposer, approver, wanted))
        await _arrived(proposer, {person_id(number) for number, _ in enumerate(persons, 1)})


def _read(name: str) -> dict[str, Any]:
    data: dict[str, Any] = yaml.safe_load((REFERENCE / f"{name}.yaml").read_text(encoding="utf-8"))
    return data


def _door(home: Home, who: UUID, role: str) -> httpx.AsyncClient:
    pass_ = token(home.issuer_key(), who, (role,), CLOCK.real())
    limits = httpx.Limits(max_connections=AT_ONCE)
    return httpx.AsyncClient(base_url=home.service_url("org"), headers={"authorization": f"Bearer {pass_}"}, timeout=WITHIN, limits=limits)


async def _there(door: httpx.AsyncClient, path: str, key: str) -> dict[UUID, dict[str, Any]]:
    """Everything that org lists at this path, by id."""
    found: dict[UUID, dict[str, Any]] = {}
    after: dict[str, str] = {}
    while True:
        page = _good(await door.get(path, params={"limit": 1000, **after})).json()
        found |= {UUID(item[key]): item for item in page["items"]}
        if not page["next"]:
            return found
        after = {"after": page["next"]}


async def _command(door: httpx.AsyncClient, path: str, key: str, body: Mapping[str, Any] | None = None) -> None:
    _good(await door.post(path, json=body, headers={"idempotency-key": key, "x-reason": "reference data"}))


def _good(answer: httpx.Response) -> httpx.Response:
    if answer.is_error:
        raise Trouble(f"org answers {answer.status_code} to {answer.request.url.path} while the reference data is filled in: {answer.text[:300]}")
    return answer


async def _establish(door: httpx.AsyncClient, house: Mapping[str, Any]) -> None:
    there = {item["unit_id"] for item in _good(await door.get("/units")).json()["items"]}
    units = [
        {
            "unit_id": str(unit_id(unit["slug"])),
            "slug": unit["slug"],
            "kind": unit["kind"],
            "parent_id": str(unit_id(unit["parent"])) if unit["parent"] else None,
            "labels": unit["labels"],
            "legal_basis": house["legal_basis"],
            "head_post_id": str(head_of(unit)),
        }
        for unit in house["units"]
    ]
    if any(unit["unit_id"] not in there for unit in units):
        await _command(door, "/units", "reference-units", {"valid_from": house["valid_from"].isoformat(), "units": units})


async def _zone(door: httpx.AsyncClient, house: Mapping[str, Any], sample: Mapping[str, Any]) -> None:
    there = {item["zone_id"] for item in _good(await door.get("/zones")).json()["items"]}
    wanted = zones(sample)
    if any(zone["zone_id"] not in there for zone in wanted):
        await _command(door, "/zones", "reference-zones", {"valid_from": house["valid_from"].isoformat(), "zones": wanted})


def zones(sample: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The sample's police zones, each linked to the directorate of its district."""
    return [
        {
            "zone_id": str(zone_id(zone["number"])),
            "zone_number": zone["number"],
            "kind": "one_municipality" if len(zone["municipalities"]) == 1 else "multi_municipality",
            "municipalities": [{"nis_code": code, "labels": {"nl": name, "fr": name}} for code, name in zone["municipalities"].items()],
            "csd_id": str(unit_id(zone["csd"])),
            "korpschef_post_id": str(korpschef_post_id(zone["number"])),
            "labels": {"nl": f"PZ {zone['name']}", "fr": f"ZP {zone['name']}", "en": f"{zone['name']} police zone"},
            "legal_basis": "invented",
        }
        for zone in sample["zones"]
    ]


def _head(unit: Mapping[str, Any]) -> tuple[str, str]:
    """The unit and role of the post that heads a unit."""
    role, _, elsewhere = unit["head"].partition("@")
    return elsewhere or unit["slug"], role


def head_of(unit: Mapping[str, Any]) -> UUID:
    """The id of the post that heads a unit."""
    return post_id(*_head(unit))


def heads(house: Mapping[str, Any]) -> dict[UUID, dict[str, Any]]:
    """The posts that head the units, by id."""
    return {post_id(*_head(unit)): _post(house, house["heads"], *_head(unit), is_head=True) for unit in house["units"]}


def vacancies(house: Mapping[str, Any], sample: Mapping[str, Any]) -> dict[UUID, dict[str, Any]]:
    """The sample's vacant posts, by id."""
    return {
        post_id(unit, role, number): _post(house, sample["roles"], unit, role, is_head=False)
        for row in sample["vacancies"]
        for unit in row["units"]
        for role, count in row["roles"].items()
        for number in range(1, count + 1)
    }


def chiefs(house: Mapping[str, Any], sample: Mapping[str, Any]) -> dict[UUID, dict[str, Any]]:
    """The vacant posts of korpschef of the sample's police zones, by id."""
    about = {**sample["korpschef"], "role": "korpschef", "is_head": True, "legal_basis": "invented", "valid_from": house["valid_from"].isoformat()}
    return {korpschef_post_id(zone["number"]): {**about, "unit_id": str(zone_id(zone["number"]))} for zone in sample["zones"]}


def _post(house: Mapping[str, Any], roles: Mapping[str, Any], unit: str, role: str, *, is_head: bool) -> dict[str, Any]:
    about = {"unit_id": str(unit_id(unit)), "role": role, "is_head": is_head}
    return {**roles[role], **about, "legal_basis": house["legal_basis"], "valid_from": house["valid_from"].isoformat()}


async def _open(proposer: httpx.AsyncClient, approver: httpx.AsyncClient, wanted: Mapping[UUID, Mapping[str, Any]]) -> None:
    there = await _there(proposer, "/posts", "post_id")
    turn = asyncio.Semaphore(AT_ONCE)

    async def one(id_: UUID, body: Mapping[str, Any]) -> None:
        async with turn:
            if id_ not in there:
                await _command(proposer, "/posts", f"reference-post-{id_}", {**body, "post_id": str(id_)})
            if id_ not in there or there[id_]["status"] == "proposed":
                await _command(approver, f"/posts/{id_}/approval", f"reference-approval-{id_}")

    await asyncio.gather(*(one(id_, body) for id_, body in wanted.items()))


def _register(home: Home, persons: Iterable[Mapping[str, str]], there: Mapping[UUID, Any]) -> None:
    """Publishes, as the staff system, who exists. Raises `Trouble`."""
    from confluent_kafka import KafkaError, Message, Producer  # noqa: PLC0415

    missing = [(person_id(number), one) for number, one in enumerate(persons, 1) if person_id(number) not in there]
    failed: list[KafkaError] = []

    def sent(error: KafkaError | None, _: Message) -> None:
        if error is not None:
            failed.append(error)

    producer = Producer({**home.client_config("hr"), "enable.idempotence": True, "linger.ms": 5, "delivery.timeout.ms": int(WITHIN * 1000)})
    for id_, one in missing:
        event = {
            "specversion": "1.0",
            "id": str(named("reference", "registered", id_)),
            "source": source_of("hr"),
            "type": PersonRegisteredV1.about.type,
            "subject": str(id_),
            "time": CLOCK.real().isoformat(),
            "datacontenttype": "application/json",
            "data": {"person_id": str(id_), "names": {"given": one["given"], "family": one["family"]}, "language": one["language"]},
        }
        headers: list[tuple[str, str | bytes | None]] = [("content-type", b"application/cloudevents+json")]
        producer.produce("cg.org.intake.hr", json.dumps(event), key=str(id_), headers=headers, on_delivery=sent)
    if producer.flush(WITHIN) or failed:
        raise Trouble(f"the sample persons could not be published: {failed[0].str() if failed else 'the broker does not answer'}")


async def _arrived(door: httpx.AsyncClient, wanted: set[UUID]) -> None:
    """Returns when org knows all these persons. Raises `Trouble`."""
    try:
        async with asyncio.timeout(WITHIN):
            while wanted - (await _there(door, "/persons", "person_id")).keys():  # noqa: ASYNC110 (org says nothing when it has taken a person)
                await asyncio.sleep(0.1)
    except TimeoutError:
        raise Trouble(f"org has not taken the sample persons within {WITHIN:.0f} s; see `cg parked`") from None
