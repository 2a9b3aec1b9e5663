"""What the engine may rely on in a store: one suite over PostgreSQL and over the simulation's model of it."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Coroutine
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any
from uuid import UUID, uuid5

import asyncpg
import pytest

from cg_cli.servers import House
from cg_kit import postgres
from cg_kit.migrate import migrate, of_package
from cg_kit.postgres import PostgresStore, open_store
from cg_kit.seam import Again, Answered, BadData, Conflict, KeptOf, KeyOf, Message, Move, NotOurs, Parked, Rejected, Replay, Row, Sealed, Step, Store, Timer
from cg_kit.simulated import SimulatedStore

NOON = datetime(2026, 4, 15, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
KEY = ("urn:cg:org", "7")
NUMBERS = count(1)


def id_(name: object) -> UUID:
    return uuid5(UUID(int=0), str(name))


def row(name: object, version: int = 1, state: str = '{"n": 1}') -> Row:
    return Row(id_(name), version, state, "{}", "{}")


def step(name: object, *, topic: str | None = None, kind: str = "event", type_: str = "Opened", body: str = '{"n": 1}') -> Step:
    return Step(kind, id_(name), NOON, type_, "case", id_(name), 1, topic, str(name), "{}", body, None, "cause", "story")


def timer(name: object, at: datetime = NOON, what: str = "decide") -> Timer:
    return Timer(id_(name), what, at, None, "trace", "cause", "story")


def parked(n: int, key: tuple[str, str] | None = KEY, build: str = "1", next_try_at: datetime | None = None) -> Parked:
    source, subject = key or (None, None)
    return Parked(
        source, subject, "record", f"m{n}", "t", "topic", 0, n, b"\xff\0", b"k", "[]", NOON, NOON, "code-raised", None, "why", "s", build, 0, next_try_at
    )


# -- the two stores ----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def places(house: House) -> dict[str, str]:
    """The URL of a database made for this suite, as its owner and as its runtime role."""
    where = f"host={house.home.socket_dir}"
    return {
        "super": house.superuser_url(),
        "owner": f"postgresql://contract_owner:secret@/{{}}?{where}",
        "runtime": f"postgresql://contract:secret@/{{}}?{where}",
    }


@pytest.fixture(scope="session")
async def template(places: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> str:
    """A database with the kit's tables and one kind of aggregate."""
    server = await asyncpg.connect(places["super"])
    for statement in (
        "CREATE ROLE contract LOGIN PASSWORD 'secret'",
        "CREATE ROLE contract_owner LOGIN PASSWORD 'secret'",
        "CREATE DATABASE contract OWNER contract_owner",
    ):
        await server.execute(statement)
    await server.close()
    package = tmp_path_factory.mktemp("packages") / "contract_service"
    (package / "migrations").mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / "migrations" / "0001_cases.sql").write_text("SELECT keeps('case');")
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(package.parent))
        url = places["owner"].format("contract")
        both = await asyncio.gather(migrate(url, "contract_service", "contract"), migrate(url, "contract_service", "contract"))
        assert sorted(both) == [[], [*(migration.name for migration in of_package("cg_kit", "kit")), "contract_service/0001_cases.sql"]]
    return "contract"


@pytest.fixture
async def database(places: dict[str, str], template: str) -> AsyncIterator[str]:
    """A fresh database's name."""
    name = f"contract_{next(NUMBERS)}"
    server = await asyncpg.connect(places["super"])
    await server.execute(f"CREATE DATABASE {name} TEMPLATE {template} OWNER contract_owner")
    yield name
    await server.execute(f"DROP DATABASE {name} WITH (FORCE)")
    await server.close()


@pytest.fixture
async def real(places: dict[str, str], database: str) -> AsyncIterator[PostgresStore]:
    store = await open_store(places["runtime"].format(database), None, "contract", size=10)
    yield store
    await store.close()


@pytest.fixture(params=["simulated", "postgres"])
def store(request: pytest.FixtureRequest) -> Store:
    if request.param == "simulated":
        return SimulatedStore()
    found: PostgresStore = request.getfixturevalue("real")
    return found


async def waits(task: asyncio.Task[Any]) -> bool:
    """Whether a task is held up by a lock: it has done nothing for a while that is long for one statement."""
    await asyncio.wait({task}, timeout=0.2)
    return not task.done()


def start(work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
    return asyncio.get_running_loop().create_task(work)


async def refused(work: Awaitable[Any], *errors: type[Exception]) -> None:
    with pytest.raises(errors):
        await work


class Boom(Exception):
    """Ends a transaction without a commit."""


# -- positions -----------------------------------------------------------------------------------------------------------


async def test_an_unknown_partition_begins_where_it_is_told_and_stays_where_it_stands(store: Store) -> None:
    assert await store.positions({("a", 0): 5, ("a", 1): 0}) == {("a", 0): 5, ("a", 1): 0}
    async with store.transaction() as tx:
        await tx.move([Move("a", 0, 5, 9)])
    assert await store.positions({("a", 0): 0, ("a", 1): 3}) == {("a", 0): 9, ("a", 1): 0}


async def test_a_zombie_moves_nothing(store: Store) -> None:
    await store.positions({("a", 0): 0, ("a", 1): 0})

    async def zombie(*moves: Move) -> None:
        async with store.transaction() as tx:
            await tx.move(moves)

    await zombie(Move("a", 0, 0, 4))
    await refused(zombie(Move("a", 0, 0, 4)), NotOurs)
    await refused(zombie(Move("a", 1, 0, 2), Move("a", 0, 0, 4)), NotOurs)
    await refused(zombie(Move("b", 0, 0, 1)), NotOurs)
    assert await store.positions({("a", 0): 0, ("a", 1): 0}) == {("a", 0): 4, ("a", 1): 0}


async def test_of_two_that_move_from_the_same_place_one_waits_and_loses(store: Store) -> None:
    await store.positions({("a", 0): 0, ("a", 1): 0})

    async def second() -> None:
        async with store.transaction() as tx:
            await tx.move([Move("a", 1, 0, 1), Move("a", 0, 0, 3)])

    async with store.transaction() as tx:
        await tx.move([Move("a", 0, 0, 3)])
        task = start(second())
        assert await waits(task)
    await refused(task, NotOurs)


async def test_of_two_the_second_wins_when_the_first_rolls_back(store: Store) -> None:
    await store.positions({("a", 0): 0})

    async def second() -> None:
        async with store.transaction() as tx:
            await tx.move([Move("a", 0, 0, 7)])

    task: asyncio.Task[Any] | None = None
    with suppress(Boom):
        async with store.transaction() as tx:
            await tx.move([Move("a", 0, 0, 3)])
            task = start(second())
            assert await waits(task)
            raise Boom
    assert task is not None
    await task
    assert await store.positions({("a", 0): 0}) == {("a", 0): 7}


async def test_the_watermark_is_the_earliest_and_goes_only_forward(store: Store) -> None:
    await store.positions({("a", 0): 0, ("a", 1): 0})
    both = [("a", 0), ("a", 1)]
    await store.caught_up([("a", 0)], NOON)
    assert await store.watermark(both) is None
    await store.caught_up([("a", 1)], NOON + HOUR)
    assert await store.watermark(both) == NOON
    await store.caught_up(both, NOON - HOUR)
    assert await store.watermark(both) == NOON
    assert await store.watermark([*both, ("b", 0)]) is None
    async with store.transaction() as tx:
        await tx.move([Move("a", 0, 0, 1)])
    assert await store.watermark(both) == NOON


# -- inbox ---------------------------------------------------------------------------------------------------------------


async def test_a_key_is_known_with_its_first_digest(store: Store) -> None:
    async with store.transaction() as tx:
        assert await tx.take({id_(1): b"one", id_(2): b"two"}) == {}
    async with store.transaction() as tx:
        assert await tx.take({id_(1): b"other", id_(3): b"three"}) == {id_(1): b"one"}
    async with store.transaction() as tx:
        assert await tx.take({id_(1): b"x", id_(2): b"x", id_(3): b"x"}) == {id_(1): b"one", id_(2): b"two", id_(3): b"three"}


async def test_the_same_key_in_two_transactions_at_once_is_taken_once(store: Store) -> None:
    async def second() -> dict[UUID, bytes]:
        async with store.transaction() as tx:
            return await tx.take({id_(2): b"two", id_(1): b"other", id_(0): b"zero"})

    async with store.transaction() as tx:
        await tx.take({id_(1): b"one"})
        task = start(second())
        assert await waits(task)
    assert await task == {id_(1): b"one"}


async def test_the_same_key_at_once_is_taken_by_the_second_when_the_first_rolls_back(store: Store) -> None:
    async def second() -> dict[UUID, bytes]:
        async with store.transaction() as tx:
            return await tx.take({id_(1): b"other"})

    with suppress(Boom):
        async with store.transaction() as tx:
            await tx.take({id_(1): b"one"})
            task = start(second())
            assert await waits(task)
            raise Boom
    assert await task == {}


async def test_a_key_is_known_over_one_border_of_generations_and_forgotten_after_the_second(store: Store) -> None:
    assert isinstance(store, SimulatedStore | PostgresStore)
    async with store.transaction() as tx:
        await tx.take({id_(1): b"one"})
    assert await store.rotate_inbox() == 2
    async with store.transaction() as tx:
        assert await tx.take({id_(1): b"other", id_(2): b"two"}) == {id_(1): b"one"}
    assert await store.rotate_inbox() == 3
    async with store.transaction() as tx:
        assert await tx.take({id_(1): b"again", id_(2): b"other"}) == {id_(2): b"two"}


async def begun(store: Store) -> UUID:
    """A replay of ten records of one partition."""
    replay = Replay(id_("replay"), NOON, '{"person_id": "p"}', "tested", "t", 0, from_offset=10)
    if isinstance(store, PostgresStore):
        await postgres.ask_replay(store.pool, replay)
        await store.begin_replay(replay.id, {0: (10, 20)})
        await store.begin_replay(replay.id, {0: (0, 99)})  # once only
    else:
        assert isinstance(store, SimulatedStore)
        store.table("replay_place")[replay.id, 0] = (10, {})
    return replay.id


async def test_a_replay_moves_by_compare_and_set_and_keeps_what_became_of_its_records(store: Store) -> None:
    replay = await begun(store)

    async def move(begin: int, upto: int, **counts: int) -> None:
        async with store.transaction() as tx:
            await tx.replay(replay, 0, begin, upto)
            await tx.replayed(replay, 0, counts)

    await move(10, 12, read=2, taken=2)
    await refused(move(10, 12), NotOurs)
    results = await asyncio.gather(move(12, 15, read=3, fresh=3), move(12, 14, read=2, fresh=3), return_exceptions=True)
    assert sorted(type(result).__name__ for result in results) == ["NoneType", "NotOurs"]
    if isinstance(store, PostgresStore):
        ((_, (place,)),) = await postgres.replays(store.pool)
        assert (place.start, place.until, place.counts["taken"], place.counts["fresh"]) == (10, 20, 2, 3)
        assert await store.next_replay() is not None
        assert await store.end_replay(replay, "stopped", NOON, "enough", '{"person_id": "p"}')
        assert not await store.end_replay(replay, "done", NOON)
        assert await store.next_replay() is None
        await refused(move(place.next, 20), NotOurs)


async def test_what_the_inbox_knows_can_be_asked_and_since_when_it_forgets_nothing(store: Store) -> None:
    assert isinstance(store, SimulatedStore | PostgresStore)

    async def asked() -> tuple[datetime, set[UUID]]:
        async with store.transaction() as tx:
            return await tx.remembers(), await tx.known([id_(1), id_(2), id_(3)])

    async with store.transaction() as tx:
        await tx.take({id_(1): b"one"})
    always, known = await asked()
    assert (always.year, known) == (1970 if isinstance(store, PostgresStore) else 2020, {id_(1)})
    await store.rotate_inbox()
    async with store.transaction() as tx:
        await tx.take({id_(2): b"two"})
    assert await asked() == (always, {id_(1), id_(2)})
    await store.rotate_inbox()
    since, known = await asked()
    assert known == {id_(2)}
    assert since > always if isinstance(store, PostgresStore) else since == always


async def test_a_border_waits_for_the_batches_before_it(store: Store) -> None:
    assert isinstance(store, SimulatedStore | PostgresStore)
    async with store.transaction() as tx:
        await tx.take({id_(1): b"one"})
        task = start(store.rotate_inbox())
        assert await waits(task)
    assert await task == 2
    async with store.transaction() as tx:
        assert await tx.take({id_(1): b"other"}) == {id_(1): b"one"}


async def test_an_idempotency_key_is_answered_once_and_waits_for_its_twin(store: Store) -> None:
    answered = Answered(b"digest", '{"id": 1}')

    async def second() -> Answered | None:
        async with store.transaction() as tx:
            return await tx.idempotent("person", "k")

    async with store.transaction() as tx:
        assert await tx.idempotent("person", "k") is None
        task = start(second())
        assert await waits(task)
        await tx.answer("person", "k", answered)
    assert await task == answered
    async with store.transaction() as tx:
        assert await tx.idempotent("other", "k") is None


# -- parking ---------------------------------------------------------------------------------------------------------------


async def test_what_is_parked_blocks_its_key_and_no_other(store: Store) -> None:
    async with store.transaction() as tx:
        assert await tx.blocked({KEY, ("urn:cg:org", "8")}) == set()
        await tx.park([parked(1), parked(2), parked(3, None)])
    async with store.transaction() as tx:
        assert await tx.blocked({KEY, ("urn:cg:org", "8"), ("urn:cg:hr", "7")}) == {KEY}
        await tx.park([parked(4)])
    async with store.transaction() as tx:
        assert await tx.hold(KEY)
        rows = await tx.waiting(KEY, 2)
        assert [one.offset for one in rows] == [1, 2]
        assert replace(rows[0], id=0) == parked(1)
        assert [one.offset for one in await tx.waiting(KEY, 10)] == [1, 2, 4]


async def test_a_drain_passes_by_a_key_that_a_batch_or_another_drain_has(store: Store) -> None:
    async with store.transaction() as tx:
        await tx.park([parked(1)])

    async def drain() -> bool:
        async with store.transaction() as tx:
            return await tx.hold(KEY)

    async with store.transaction() as batch:
        assert await batch.blocked({KEY}) == {KEY}
        assert await drain() is False
    async with store.transaction() as first:
        assert await first.hold(KEY)
        assert await drain() is False
    assert await drain() is True
    async with store.transaction() as tx:
        assert await tx.hold(("nobody", "1")) is False


async def test_a_batch_waits_for_a_drain_and_then_sees_what_it_left(store: Store) -> None:
    async with store.transaction() as tx:
        await tx.park([parked(1), parked(2, ("urn:cg:org", "8"))])

    async def batch() -> set[tuple[str, str]]:
        async with store.transaction() as tx:
            return await tx.blocked({KEY, ("urn:cg:org", "8")})

    async with store.transaction() as tx:
        assert await tx.hold(KEY)
        (head,) = await tx.waiting(KEY, 10)
        task = start(batch())
        assert await waits(task)
        await tx.settle(head.id, "applied", 1, None, "2", None)
        await tx.unblock(KEY)
    assert await task == {("urn:cg:org", "8")}


async def test_a_key_stays_blocked_while_something_waits(store: Store) -> None:
    async with store.transaction() as tx:
        await tx.park([parked(1), parked(2)])
    async with store.transaction() as tx:
        assert await tx.hold(KEY)
        head, second = await tx.waiting(KEY, 10)
        await tx.settle(head.id, "discarded", 3, None, "2", "a duplicate")
        await tx.unblock(KEY)
    async with store.transaction() as tx:
        assert await tx.blocked({KEY}) == {KEY}
        assert await tx.parked_row(head.id) == replace(head, state="discarded", tries=3, build="2", reason="a duplicate")
        await tx.settle(second.id, "waiting", 1, NOON, "2", None)
        assert await tx.parked_row(second.id) == replace(second, tries=1, next_try_at=NOON, build="2")
        await tx.settle(second.id, "waiting", 2, None, "2", "now this", "data-unstorable")
        assert await tx.parked_row(second.id) == replace(second, tries=2, build="2", reason="now this", rule="data-unstorable")
        assert await tx.parked_row(10_000) is None


async def test_a_key_blocked_by_another_meanwhile_is_not_unblocked_under_a_second_parking(store: Store) -> None:
    async with store.transaction() as late:
        assert await late.blocked({KEY}) == set()
        async with store.transaction() as tx:
            await tx.park([parked(1)])
        await late.park([parked(2)])

        async def drain() -> None:
            async with store.transaction() as tx:
                assert await tx.hold(KEY) is False

        await drain()
    async with store.transaction() as tx:
        assert await tx.hold(KEY)
        assert [one.offset for one in await tx.waiting(KEY, 10)] == [1, 2]


async def test_an_edit_stands_beside_the_raw_record(store: Store) -> None:
    async with store.transaction() as tx:
        await tx.park([parked(1)])
    async with store.transaction() as tx:
        assert await tx.hold(KEY)
        (head,) = await tx.waiting(KEY, 1)
        await tx.acted(head.id, '{"person_id": "x"}', "edit", '{"a": 1}', "typo", NOON)
        await tx.edit(head.id, b"{}")
    async with store.transaction() as tx:
        found = await tx.parked_row(head.id)
        assert found is not None
        assert (found.raw, found.edited) == (b"\xff\0", b"{}")


async def test_a_key_is_retried_when_its_pause_is_over_or_the_build_is_new(store: Store) -> None:
    async with store.transaction() as tx:
        await tx.park(
            [
                parked(1, ("s", "due"), next_try_at=NOON),
                parked(2, ("s", "later"), next_try_at=NOON + HOUR),
                parked(3, ("s", "never")),
                parked(4, ("s", "old"), build="0"),
                parked(5, ("s", "later"), next_try_at=NOON - HOUR),
            ]
        )
    assert set(await store.ready_to_retry(NOON, "1", 10)) == {("s", "due"), ("s", "old")}
    assert len(await store.ready_to_retry(NOON, "2", 10)) == 4
    assert len(await store.ready_to_retry(NOON, "2", 3)) == 3


# -- aggregates --------------------------------------------------------------------------------------------------------------


async def test_what_is_saved_is_loaded(store: Store) -> None:
    async with store.transaction() as tx:
        await tx.lock([("case", id_(1)), ("case", id_(2))])
        assert await tx.load("case", [id_(1), id_(2)]) == {}
        await tx.save("case", [(row(1), 0), (row(2, 3), 0)])
        assert await tx.load("case", [id_(1)]) == {id_(1): row(1)}
    async with store.transaction() as tx:
        assert await tx.load("case", [id_(1), id_(2), id_(3)]) == {id_(1): row(1), id_(2): row(2, 3)}
        await tx.save("case", [(row(1, 4, '{"n": 2}'), 1), (row(3), 0)])
    async with store.transaction() as tx:
        assert await tx.load("case", [id_(1), id_(3)]) == {id_(1): row(1, 4, '{"n": 2}'), id_(3): row(3)}


@pytest.mark.parametrize("was", [0, 2])
async def test_a_row_of_another_version_is_a_conflict_and_nothing_is_written(store: Store, was: int) -> None:
    async with store.transaction() as tx:
        await tx.save("case", [(row(1), 0)])

    async def late() -> None:
        async with store.transaction() as tx:
            await tx.save("case", [(row(2), 0), (row(1, 5), was)])

    await refused(late(), Conflict)
    async with store.transaction() as tx:
        assert await tx.load("case", [id_(1), id_(2)]) == {id_(1): row(1)}


async def test_an_aggregate_is_locked_before_it_exists_and_then_read_fresh(store: Store) -> None:
    async def second() -> dict[UUID, Row]:
        async with store.transaction() as tx:
            await tx.lock([("case", id_(2)), ("case", id_(1))])
            return await tx.load("case", [id_(1)])

    async with store.transaction() as tx:
        await tx.lock([("case", id_(1))])
        task = start(second())
        assert await waits(task)
        await tx.save("case", [(row(1), 0)])
    assert await task == {id_(1): row(1)}


async def test_many_batches_on_the_same_aggregates_never_deadlock(store: Store) -> None:
    chance = random.Random(1)

    async def batch() -> None:
        names = chance.sample(range(40), 30)
        async with store.transaction() as tx:
            await tx.lock([("case", id_(n)) for n in names])
            rows = await tx.load("case", [id_(n) for n in names])
            await tx.save("case", [(row(n, rows[id_(n)].version + 1), rows[id_(n)].version) if id_(n) in rows else (row(n), 0) for n in names])
            await tx.journal([step(n) for n in names])

    await asyncio.gather(*(batch() for _ in range(24)))
    async with store.transaction() as tx:
        rows = await tx.load("case", [id_(n) for n in range(40)])
    assert sum(r.version for r in rows.values()) == 24 * 30


async def test_a_deadlock_is_taken_again_by_one(store: Store) -> None:
    met = asyncio.Barrier(2)

    async def one(first: object, then: object) -> str:
        try:
            async with store.transaction() as tx:
                await tx.lock([("case", id_(first))])
                await met.wait()
                await tx.lock([("case", id_(then))])
        except Again:
            return "again"
        return "done"

    assert sorted(await asyncio.gather(one(1, 2), one(2, 1))) == ["again", "done"]


async def test_a_rollback_leaves_nothing(store: Store) -> None:
    await store.positions({("a", 0): 0})
    await store.cursor("f")
    with suppress(Boom):
        async with store.transaction() as tx:
            await tx.move([Move("a", 0, 0, 1)])
            await tx.take({id_(1): b"one"})
            await tx.idempotent("p", "k")
            await tx.answer("p", "k", Answered(b"d", "{}"))
            await tx.blocked({KEY})
            await tx.lock([("case", id_(1))])
            await tx.save("case", [(row(1), 0)])
            await tx.set_timers("case", [id_(1)], [timer(1)])
            await tx.park([parked(1)])
            await tx.seal([Sealed(id_(1), None, b"x", NOON)])
            await tx.follow("f", 0, 1)
            await tx.journal([step(1, topic="t")])
            raise Boom
    assert await store.positions({("a", 0): 0}) == {("a", 0): 0}
    assert await store.cursor("f") == 0
    assert await store.outbox(0, 10) == []
    assert await store.due(NOON + HOUR, 10) == []
    async with store.transaction() as tx:
        assert await tx.take({id_(1): b"one"}) == {}
        assert await tx.idempotent("p", "k") is None
        assert await tx.blocked({KEY}) == set()
        assert await tx.load("case", [id_(1)]) == {}


async def test_a_cancelled_transaction_leaves_nothing_and_no_lock(store: Store) -> None:
    entered = asyncio.Event()

    async def killed() -> None:
        async with store.transaction() as tx:
            await tx.lock([("case", id_(1))])
            await tx.save("case", [(row(1), 0)])
            entered.set()
            await asyncio.Event().wait()

    task = start(killed())
    await entered.wait()
    task.cancel()
    await refused(task, asyncio.CancelledError)  # type: ignore[arg-type]
    async with store.transaction() as tx:
        await tx.lock([("case", id_(1))])
        assert await tx.load("case", [id_(1)]) == {}


@pytest.mark.parametrize("what", ["state", "journal", "too large"])
async def test_data_that_cannot_be_stored_is_said_to_be_that(store: Store, what: str) -> None:
    async def bad() -> None:
        async with store.transaction() as tx:
            if what == "state":
                await tx.save("case", [(row(1, state='{"a": "\\u0000"}'), 0)])
            elif what == "journal":
                await tx.journal([step(1, body='{"a": "\\u0000"}')])
            else:
                await tx.journal([step(1, topic="t", body='{"a": "' + "x" * 950_000 + '"}')])

    await refused(bad(), BadData)


# -- timers ------------------------------------------------------------------------------------------------------------------


async def test_open_timers_become_what_is_wanted(store: Store) -> None:
    async with store.transaction() as tx:
        await tx.set_timers("case", [id_(1), id_(2)], [timer(1), timer(1, NOON + HOUR, "remind"), timer(2)])
    async with store.transaction() as tx:
        await tx.set_timers("case", [id_(1)], [timer(1, NOON + HOUR)])
        await tx.set_timers("post", [id_(2)], [])
    assert await store.due(NOON, 10) == [("case", id_(2))]
    async with store.transaction() as tx:
        assert await tx.fire("case", [id_(1), id_(2)], NOON + 2 * HOUR) == [timer(2), timer(1, NOON + HOUR)]
    async with store.transaction() as tx:
        await tx.set_timers("case", [id_(1)], [timer(1, NOON + 3 * HOUR)])
        await tx.set_timers("case", [id_(1)], [])
    assert await store.due(NOON + 9 * HOUR, 10) == []


async def test_a_timer_fires_once_for_ever(store: Store) -> None:
    async with store.transaction() as tx:
        await tx.set_timers("case", [id_(1)], [timer(1)])
    async with store.transaction() as tx:
        assert await tx.fire("case", [id_(1)], NOON - HOUR) == []
        assert await tx.fire("case", [id_(1)], NOON) == [timer(1)]
        await tx.set_timers("case", [id_(1)], [timer(1)])
        assert await tx.fire("case", [id_(1)], NOON) == []
    for wanted in ([], [timer(1)]):
        async with store.transaction() as tx:
            await tx.set_timers("case", [id_(1)], wanted)
    assert await store.due(NOON + HOUR, 10) == []
    async with store.transaction() as tx:
        await tx.set_timers("case", [id_(1)], [timer(1, NOON + HOUR)])
    assert await store.due(NOON + HOUR, 10) == [("case", id_(1))]


async def test_a_firing_that_rolls_back_is_due_again(store: Store) -> None:
    async with store.transaction() as tx:
        await tx.set_timers("case", [id_(1)], [timer(1)])
    with suppress(Boom):
        async with store.transaction() as tx:
            await tx.lock([("case", id_(1))])
            await tx.fire("case", [id_(1)], NOON)
            raise Boom
    assert await store.due(NOON, 10) == [("case", id_(1))]


async def test_two_that_fire_the_same_aggregate_take_turns(store: Store) -> None:
    async with store.transaction() as tx:
        await tx.set_timers("case", [id_(1)], [timer(1)])

    async def fire() -> list[Timer]:
        async with store.transaction() as tx:
            await tx.lock([("case", id_(1))])
            return await tx.fire("case", [id_(1)], NOON)

    assert sorted(map(len, await asyncio.gather(fire(), fire(), fire()))) == [0, 0, 1]


async def test_what_is_due_comes_in_order_of_its_instant(store: Store) -> None:
    async with store.transaction() as tx:
        ids = [id_(n) for n in range(6)]
        await tx.set_timers("case", ids, [timer(n, NOON - n * HOUR) for n in range(6)] + [timer(5, NOON + HOUR, "remind")])
    assert await store.due(NOON, 4) == [("case", id_(n)) for n in (5, 4, 3, 2)]


# -- journal, relay, follower -----------------------------------------------------------------------------------------------


async def test_messages_come_out_as_they_were_put_in(store: Store) -> None:
    put = [step(1, topic="t", kind="message")._replace(actor='{"id": 1}'), step(2), step(3, topic="u", kind="message")]
    async with store.transaction() as tx:
        await tx.journal(put)
    got = await store.outbox(0, 10)
    assert [one[1:] for one in got] == [(one.id, one.topic, one.type, one.key, one.headers, one.body) for one in (put[0], put[2])]
    assert await store.outbox(got[0].seq, 10) == [got[1]]
    assert await store.outbox(0, 1) == [got[0]]


async def test_a_writer_that_is_late_to_commit_is_early_in_the_journal_only_if_it_was_first(store: Store) -> None:
    async def second() -> None:
        async with store.transaction() as tx:
            await tx.journal([step(2, topic="t")])

    async with store.transaction() as tx:
        await tx.journal([step(1, topic="t")])
        task = start(second())
        assert await waits(task)
        assert await store.outbox(0, 10) == []
    await task
    assert [one.key for one in await store.outbox(0, 10)] == ["1", "2"]


async def test_what_is_visible_is_a_prefix_in_order_of_commits(store: Store) -> None:
    committed: list[str] = []
    seen: list[Message] = []
    chance = random.Random(2)

    async def writer(n: int) -> None:
        for turn in range(8):
            try:
                async with store.transaction() as tx:
                    await tx.lock([("case", id_(chance.randrange(5)))])
                    await tx.journal([step(f"{n}-{turn}", topic="t"), step(f"{n}-{turn}-b", topic="t")])
                    if chance.random() < 0.3:
                        raise Boom
            except Boom:
                continue
            committed.append(f"{n}-{turn}")

    async def relay(done: asyncio.Event) -> None:
        last = 0
        while True:
            ending = done.is_set()
            steps = await store.outbox(last, 3)
            seen.extend(steps)
            last = steps[-1].seq if steps else last
            if ending and not steps:
                return
            await asyncio.sleep(0)

    done = asyncio.Event()
    reading = start(relay(done))
    await asyncio.gather(*(writer(n) for n in range(6)))
    done.set()
    await reading
    assert [one.seq for one in seen] == sorted(one.seq for one in seen)
    assert sorted(one.key for one in seen) == sorted([*committed, *(f"{name}-b" for name in committed)])  # type: ignore[type-var]


async def test_a_deposed_relay_advances_nothing(store: Store) -> None:
    last, epoch = await store.take_relay()
    assert last == 0
    assert await store.relayed(5, epoch)
    assert await store.relayed(5, epoch)
    assert not await store.relayed(4, epoch)
    again, newer = await store.take_relay()
    assert (again, newer) == (5, epoch + 1)
    assert not await store.relayed(9, epoch)
    assert await store.relayed(7, newer)
    assert (await store.take_relay())[0] == 7


async def test_a_follower_reads_its_types_and_knows_how_far_it_looked(store: Store) -> None:
    assert await store.events(0, ["Opened"], 10) == ([], 0)
    async with store.transaction() as tx:
        await tx.journal([step(1), step(2, type_="Closed"), step(3), step(4, kind="message"), step(5, type_="Closed")])
    steps, upto = await store.events(0, ["Opened"], 10)
    assert [one.key for one in steps] == ["1", "3"]
    assert upto >= steps[-1].seq + 2
    first, there = await store.events(0, ["Opened"], 1)
    assert there == first[-1].seq
    assert [one.key for one in (await store.events(there, ["Opened", "Closed"], 10))[0]] == ["2", "3", "5"]
    assert await store.events(upto, ["Opened"], 10) == ([], upto)


async def test_a_followers_cursor_moves_by_compare_and_set(store: Store) -> None:
    assert await store.cursor("f") == 0

    async def move(begin: int, upto: int) -> None:
        async with store.transaction() as tx:
            await tx.follow("f", begin, upto)

    await move(0, 4)
    await refused(move(0, 5), NotOurs)
    assert await store.cursor("f") == 4
    results = await asyncio.gather(move(4, 6), move(4, 7), return_exceptions=True)
    assert sorted(type(result).__name__ for result in results) == ["NoneType", "NotOurs"]


async def test_rejected_and_sealed_are_kept(store: Store) -> None:
    async with store.transaction() as tx:
        await tx.reject([Rejected("hr", None, None, None, None, "t", 0, 1, b"\xff", "[]", NOON, "json", None, "no JSON")])
        await tx.seal([Sealed(id_(1), "person", b"first", NOON)])
        await tx.seal([Sealed(id_(1), "person", b"second", NOON), Sealed(id_(2), None, b"x", NOON)])
    if isinstance(store, PostgresStore):
        assert [(one.account, one.raw) for one in await postgres.rejected_list(store.pool)] == [("hr", b"\xff")]
        found = await postgres.read_sealed(store.pool, [id_(1)], '{"person_id": "p"}', "case", NOON)
        assert found == {id_(1): postgres.Kept(b"first", "person", None)}
        assert await postgres.read_sealed(store.pool, [id_(9)], '{"person_id": "p"}', "case", NOON) == {}
        assert await store.pool.fetchval("SELECT count(*) FROM vault_read") == 1
    else:
        assert isinstance(store, SimulatedStore)
        assert [one.account for one in store.table("rejected").values()] == ["hr"]
        assert [one.sealed for one in store.table("vault").values()] == [b"first", b"x"]


def copy(raw: bytes, state: str = "applied", edited: bytes | None = None) -> Parked:
    return replace(parked(1), raw=raw, state=state, edited=edited, source=None, subject=None)


async def test_a_person_has_one_key_and_is_forgotten_with_it(store: Store) -> None:
    person = str(id_(7))
    async with store.transaction() as tx:
        assert await tx.vault_keys({person: (b"first", NOON), "other": (b"x", NOON)}) == {person: KeyOf(b"first"), "other": KeyOf(b"x")}
        await tx.seal([Sealed(id_(1), person, b"\x02new", NOON), Sealed(id_(2), person, b"\x01old", NOON), Sealed(id_(3), "other", b"\x02x", NOON)])
    async with store.transaction() as tx:
        assert await tx.vault_keys({person: (b"second", NOON)}) == {person: KeyOf(b"first")}
        named = b'{"person_id": "' + person.encode() + b'"}'
        await tx.park([copy(named.upper()), copy(b"{}", edited=person.replace("-", "").encode()), copy(b"\xff another"), copy(named, "waiting")])
        await tx.reject([Rejected("hr", None, None, None, None, "t", 0, 1, named, "[]", NOON, "json", None, "no JSON")])
    async with store.transaction() as tx:
        gone = await tx.forget(person, NOON)
    assert gone == KeptOf(2, 2, 1, [4])
    async with store.transaction() as tx:
        again = await tx.forget(person, NOON)
        assert await tx.vault_keys({person: (b"third", NOON)}) == {person: KeyOf(None, NOON)}, "what came before has no key any more"
        assert await tx.vault_keys({person: (b"third", NOON + HOUR)}) == {person: KeyOf(b"third", NOON)}, "who comes back is somebody new"
    assert again == KeptOf(0, 0, 0, [4])
    if isinstance(store, PostgresStore):
        assert {row["ref"]: row["sealed"] for row in await store.pool.fetch("SELECT ref, sealed FROM vault")} == {
            id_(1): b"\x00",
            id_(2): b"\x00",
            id_(3): b"\x02x",
        }
        raws = [row["raw"] for row in await store.pool.fetch("SELECT raw FROM parked ORDER BY id")]
    else:
        assert isinstance(store, SimulatedStore)
        assert [one.sealed for one in store.table("vault").values()] == [b"\x00", b"\x00", b"\x02x"]
        raws = [one.raw for one in store.table("parked").values()]
    assert [raw is None for raw in raws] == [True, True, False, False]


async def test_what_is_sealed_while_somebody_is_forgotten_has_another_key(store: Store) -> None:
    async def forget() -> None:
        async with store.transaction() as tx:
            await tx.forget("p", NOON)

    async with store.transaction() as tx:
        assert await tx.vault_keys({"p": (b"first", NOON)}) == {"p": KeyOf(b"first")}
        forgetting = asyncio.create_task(forget())
        await asyncio.sleep(0.05)
        assert not forgetting.done(), "what is sealed in this transaction is destroyed with the key"
    await forgetting
    async with store.transaction() as tx:
        assert await tx.vault_keys({"p": (b"second", NOON + HOUR)}) == {"p": KeyOf(b"second", NOON)}


async def test_nothing_to_do_is_no_statement(store: Store) -> None:
    async with store.transaction() as tx:
        await tx.move([])
        assert await tx.take({}) == {}
        assert await tx.blocked(set()) == set()
        await tx.lock([])
        assert await tx.load("case", []) == {}
        await tx.save("case", [])
        await tx.set_timers("case", [], [])
        assert await tx.fire("case", [], NOON) == []
        await tx.park([])
        await tx.reject([])
        await tx.seal([])
        await tx.journal([])
    assert await store.positions({}) == {}
    assert await store.watermark([]) is None


# -- PostgreSQL alone --------------------------------------------------------------------------------------------------------


async def test_the_journal_draws_its_numbers_one_by_one_under_the_trigger(real: PostgresStore) -> None:
    sequence = await real.pool.fetchval("SELECT pg_get_serial_sequence('journal', 'seq')")
    assert await real.pool.fetchval("SELECT seqcache FROM pg_sequence WHERE seqrelid = $1::text::regclass", sequence) == 1
    assert await real.pool.fetchval("SELECT attidentity FROM pg_attribute WHERE attrelid = 'journal'::regclass AND attname = 'seq'") == b"a"
    assert await real.pool.fetchval("SELECT tgenabled FROM pg_trigger WHERE tgrelid = 'journal'::regclass AND tgname = 'in_commit_order'") == b"O"


async def test_the_runtime_role_may_do_no_more_than_the_engine_does(real: PostgresStore) -> None:
    may = "SELECT has_table_privilege(current_user, $1, $2)"
    partitions = [name for (name,) in await real.pool.fetch("SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'journal'::regclass")]
    assert len(partitions) >= 2
    forbidden = [(name, right) for name in partitions for right in ("INSERT", "UPDATE", "DELETE", "TRUNCATE")]
    forbidden += [
        (name, right) for name in ("journal", "parked_action", "vault", "vault_key", "vault_read", "denied") for right in ("UPDATE", "DELETE", "TRUNCATE")
    ]
    forbidden += [
        ("parked", "DELETE"),
        ("position", "DELETE"),
        ("generation", "UPDATE"),
        ("migration", "INSERT"),
        ("case_state", "DELETE"),
        ("vault_key", "INSERT"),
    ]
    assert [pair for pair in forbidden if await real.pool.fetchval(may, *pair)] == []
    for right in ("SELECT", "INSERT", "UPDATE"):
        assert await real.pool.fetchval(may, "case_state", right)
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await real.pool.execute("CREATE TABLE mine (n int)")


async def test_a_server_with_too_few_locks_is_unsuitable(places: dict[str, str], database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgres, "LOCKS_WANTED", 100_000)
    with pytest.raises(postgres.Unsuitable, match="max_locks_per_transaction"):
        await open_store(places["runtime"].format(database), None, "contract")


async def test_a_whole_batch_of_locks_fits(real: PostgresStore) -> None:
    async def batch(turn: int) -> None:
        async with real.transaction() as tx:
            await tx.lock([("case", id_(f"{turn}-{n}")) for n in range(500)])
            await tx.save("case", [(row(f"{turn}-{n}"), 0) for n in range(500)])

    await asyncio.gather(*(batch(turn) for turn in range(8)))


async def test_a_lost_connection_is_taken_again(real: PostgresStore, places: dict[str, str], database: str) -> None:
    async def cut() -> None:
        async with real.transaction() as tx:
            await tx.lock([("case", id_(1))])
            server = await asyncpg.connect(places["super"])
            await server.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1 AND state = 'idle in transaction'", database)
            await server.close()
            await tx.save("case", [(row(1), 0)])

    await refused(cut(), Again)
    async with real.transaction() as tx:
        await tx.lock([("case", id_(1))])
        assert await tx.load("case", [id_(1)]) == {}


async def test_what_operators_read(real: PostgresStore) -> None:
    await real.positions({("a", 0): 3})
    async with real.transaction() as tx:
        await tx.set_timers("case", [id_(1)], [timer(1), timer(1, NOON + HOUR, "remind")])
        await tx.fire("case", [id_(1)], NOON - HOUR)
        await tx.park([parked(1), parked(2, None)])
        await tx.acted(1, '{"person_id": "p"}', "retry", None, "once more", NOON)
        await tx.journal([step(1, topic="t"), step(2)])
    pool = real.pool
    counted = await postgres.counts(pool, NOON)
    assert (counted.backlog, counted.unsent_since, counted.parked, counted.blocked) == (1, NOON, 2, 1)
    assert (counted.timers_open, counted.timers_overdue, counted.next_deadline_at) == (2, 1, NOON)
    assert [one.key for one in await postgres.journal_correlated(pool, "story")] == ["1", "2"]
    assert [one.key for one in await postgres.journal_of(pool, id_(2))] == ["2"]
    assert [one.key for one in await postgres.journal_about(pool, "case", id_(1))] == ["1"]
    assert [one.offset for one in await postgres.parked_list(pool)] == [1, 2]
    assert [one.what for one in await postgres.parked_actions(pool, 1)] == ["retry"]
    assert [one.timer.name for one in await postgres.timers(pool)] == ["decide", "remind"]
    assert [one.timer.name for one in await postgres.timers(pool, upto=NOON)] == ["decide"]
    assert await postgres.timers(pool, fired=True) == []
    assert [(one.topic, one.next) for one in await postgres.standings(pool)] == [("a", 3)]
    await postgres.record_denied(pool, NOON, None, [], "/cases", "SCR-3")
    await real.keep_house(NOON + timedelta(days=3650))
    assert await pool.fetchval("SELECT gen FROM generation") == 2
