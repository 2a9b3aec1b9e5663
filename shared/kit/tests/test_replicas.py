"""Several processes of one service, on a real PostgreSQL: each partition has one reader, and what a dead or hung one had is taken over soon."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Collection

import asyncpg
import pytest

from cg_cli.servers import House
from cg_kit import replicas
from cg_kit.replicas import RELAY, Replica, duty, holders, share
from cg_kit.seam import Place, Refusal

from .running import Bench, running

PLACES = [(topic, part) for topic in ("a", "b") for part in range(3)]


@pytest.fixture
async def bench(house: House) -> AsyncIterator[Bench]:
    async with running(house) as made:
        yield made


class Owner:
    """A process that only holds its duties; `owned` is what it was last told to read."""

    def __init__(self, bench: Bench, name: str) -> None:
        self.owned: set[Place] = set()
        self.told: list[set[Place]] = []
        self.woken = 0
        self.replica = Replica(bench.url, name, PLACES, self.own, self.wake)

    async def own(self, places: Collection[Place]) -> None:
        self.owned = set(places)
        self.told.append(self.owned)

    async def look(self) -> None:
        """As its loop does it."""
        try:
            await self.replica.look()
        except Refusal:
            await self.replica._lose("tested")

    def wake(self) -> None:
        self.woken += 1


async def looking(*owners: Owner, rounds: int = 4) -> None:
    """All look, in turns."""
    for _ in range(rounds):
        for owner in owners:
            await owner.look()


async def ended(*owners: Owner) -> None:
    for owner in owners:
        await owner.replica.close()


def test_partitions_are_dealt_out_like_cards_and_each_to_one() -> None:
    for names in (["a"], ["a", "b"], ["a", "b", "c"], ["b", "a"]):
        parts = [share(PLACES, names, name) for name in names]
        assert set().union(*parts) == set(PLACES)
        assert sum(map(len, parts)) == len(PLACES)
        assert max(map(len, parts)) - min(map(len, parts)) <= 1


async def test_one_alone_reads_all_and_relays(bench: Bench) -> None:
    one = Owner(bench, "s/s-0.1")
    await looking(one, rounds=1)
    assert one.owned == set(PLACES)
    assert await one.replica.acquire()
    assert await holders(bench.store.pool, PLACES) == dict.fromkeys([RELAY, *map(duty, PLACES)], "s/s-0.1")
    await ended(one)


async def test_a_second_one_gets_half_and_no_partition_ever_has_two_readers(bench: Bench) -> None:
    one, two = Owner(bench, "s/s-0.1"), Owner(bench, "s/s-1.2")
    await looking(one, rounds=1)
    for _ in range(4):
        for owner in (two, one):
            await owner.replica.look()
            assert not one.owned & two.owned
    assert one.owned | two.owned == set(PLACES)
    assert len(one.owned) == len(two.owned)
    assert (await one.replica.acquire(), await two.replica.acquire()) == (True, False)  # who relays goes on
    await ended(one, two)


async def test_what_one_had_whose_session_ended_is_free_at_once(bench: Bench) -> None:
    one, two = Owner(bench, "s/s-0.1"), Owner(bench, "s/s-1.2")
    await looking(one, two)
    await one.replica.close()
    until = time.monotonic() + 5
    while two.owned != set(PLACES) or not await two.replica.acquire():
        assert time.monotonic() < until
        await two.replica.look()
    await ended(two)


async def test_of_one_that_hangs_all_sessions_are_ended_and_its_open_transaction_with_them(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replicas, "DEAD_AFTER", 0.4)
    one, two = Owner(bench, "s/s-0.1"), Owner(bench, "s/s-1.2")
    bystander = await asyncpg.connect(bench.url, server_settings={"application_name": "s/s-0.10"})
    pool = await asyncpg.connect(bench.url, server_settings={"application_name": "s/s-0.1"})
    await looking(one, two)
    await bench.store.positions(dict.fromkeys(PLACES, 0))
    await pool.execute("BEGIN")
    await pool.execute("SELECT FROM position FOR UPDATE")  # and then nothing more is heard of it
    began = time.monotonic()
    while two.owned != set(PLACES):
        assert time.monotonic() - began < 5
        await asyncio.sleep(0.1)
        await two.replica.look()
    assert time.monotonic() - began > 0.3
    await asyncio.wait_for(bench.rows("SELECT FROM position FOR UPDATE"), 5)
    assert await bystander.fetchval("SELECT 1") == 1
    with pytest.raises((asyncpg.PostgresError, asyncpg.InterfaceError)):
        await pool.execute("COMMIT")
    one.told.clear()
    await looking(one, two)  # it wakes, learns what it lost, and is one of two again
    assert one.told[0] == set()
    assert (await one.replica.acquire(), await two.replica.acquire()) == (False, True)
    assert one.owned | two.owned == set(PLACES)
    assert not one.owned & two.owned
    await bystander.close()
    pool.terminate()
    await ended(one, two)


async def test_one_that_was_away_itself_does_not_judge_who_was_silent_meanwhile(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replicas, "DEAD_AFTER", 0.4)
    one, two = Owner(bench, "s/s-0.1"), Owner(bench, "s/s-1.2")
    await looking(one, two)
    await asyncio.sleep(0.6)  # the whole machine
    await looking(one, two, rounds=2)
    assert one.replica._session is not None
    assert not one.replica._session.is_closed()
    assert not one.owned & two.owned
    assert one.owned | two.owned == set(PLACES)
    await ended(one, two)


async def test_services_on_other_databases_are_not_looked_at(bench: Bench, house: House) -> None:
    one = Owner(bench, "s/s-0.1")
    async with running(house) as other:
        stranger = Owner(other, "t/t-0.1")
        await looking(one, stranger)
        assert one.owned == stranger.owned == set(PLACES)
        await ended(stranger)
    await ended(one)


async def test_who_does_not_relay_wakes_who_does(bench: Bench) -> None:
    one = Owner(bench, "s/s-0.1")
    await looking(one, rounds=1)
    await bench.rows("SELECT pg_notify($1, '')", replicas.COMMITTED)
    async with asyncio.timeout(5):
        while not one.woken:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    await ended(one)
