"""What the relay promises: the journal's order, from its cursor, one relay at a time, and no other database in its way."""

from __future__ import annotations

from collections.abc import AsyncIterator
from uuid import UUID

import asyncpg
import pytest

from cg_cli.servers import House
from cg_kit.relay import Deposed, Relay

from .running import ORG, Bench, Recorder, running

STEPS = 1
"""What a batch did is told in one message more than those of its facts."""


@pytest.fixture
async def bench(house: House) -> AsyncIterator[Bench]:
    async with running(house) as made:
        yield made


async def messages(bench: Bench) -> list[tuple[UUID, str]]:
    """All messages of the journal, in the order of commits."""
    return [(row[0], row[1]) for row in await bench.rows("SELECT id, topic FROM journal WHERE topic IS NOT NULL ORDER BY seq")]


def first_times(sender: Recorder) -> list[tuple[UUID, str]]:
    """What was sent, each message at its first time."""
    return list(dict.fromkeys((step.id, step.topic or "") for step in sender.sent))


async def test_after_a_failure_it_begins_again_at_its_cursor_and_in_order(bench: Bench) -> None:
    sender = Recorder()
    relay = Relay(bench.store, sender)
    await relay.take_over()
    await bench.feed(*[bench.asked(topic=ORG) for _ in range(3)])
    assert await relay.step() == 3 + STEPS
    stood = relay.last

    await bench.feed(*[bench.asked(topic=ORG) for _ in range(6)])
    sender.fails = {sender.tried + 4}
    with pytest.raises(OSError, match="away"):
        await relay.step()
    assert (relay.last, await bench.value("SELECT last FROM relay")) == (stood, stood)
    assert len(sender.sent) == 6 + STEPS

    await bench.feed(bench.asked(topic=ORG))
    assert await relay.step() == 7 + 2 * STEPS
    assert [(step.id, step.topic) for step in sender.sent[6 + STEPS :]] == (await messages(bench))[3 + STEPS :]
    assert first_times(sender) == await messages(bench)
    assert await relay.step() == 0


async def test_one_that_starts_anew_begins_where_the_last_one_stood(bench: Bench) -> None:
    await bench.feed(*[bench.asked(topic=ORG) for _ in range(3)])
    before = Relay(bench.store, Recorder())
    await before.take_over()
    await before.step()
    await bench.feed(bench.asked(topic=ORG))
    sender = Recorder()
    after = Relay(bench.store, sender)
    await after.take_over()
    assert await after.step() == 1 + STEPS
    assert first_times(sender) == (await messages(bench))[3 + STEPS :]


async def test_of_two_relays_the_older_one_is_deposed_and_each_message_is_first_sent_in_order(bench: Bench) -> None:
    sender = Recorder()
    older, newer = Relay(bench.store, sender), Relay(bench.store, sender)
    await older.take_over()
    await bench.feed(*[bench.asked(topic=ORG) for _ in range(3)])
    await older.step()
    await newer.take_over()
    await bench.feed(*[bench.asked(topic=ORG) for _ in range(3)])
    with pytest.raises(Deposed):
        await older.step()
    assert await newer.step() == 3 + STEPS
    assert first_times(sender) == await messages(bench)
    await bench.feed(bench.asked(topic=ORG))
    await newer.step()
    with pytest.raises(Deposed):
        await older.step()
    assert await bench.value("SELECT last FROM relay") == await bench.value("SELECT max(seq) FROM journal WHERE topic IS NOT NULL")
    assert first_times(sender) == await messages(bench)


async def test_a_writer_held_open_in_another_database_does_not_stop_it(bench: Bench, house: House) -> None:
    relay = Relay(bench.store, Recorder())
    await relay.take_over()
    other = await asyncpg.connect(house.superuser_url())
    await other.execute("CREATE TABLE held_open (n int)")
    held = other.transaction()
    await held.start()
    await other.execute("INSERT INTO held_open VALUES (1)")
    number = await other.fetchval("SELECT pg_current_xact_id()::text")
    try:
        await bench.feed(*[bench.asked(topic=ORG) for _ in range(4)])
        assert await bench.value("SELECT pg_snapshot_xmin(pg_current_snapshot()) <= $1::text::xid8", number)  # whoever waits for that waits for it
        assert await relay.step() == 4 + STEPS
        assert await other.fetchval("SELECT pg_xact_status($1::text::xid8)", number) == "in progress"
    finally:
        await held.rollback()
        await other.execute("DROP TABLE held_open")
        await other.close()


async def test_a_reader_of_our_own_database_held_open_does_not_stop_it_either(bench: Bench) -> None:
    relay = Relay(bench.store, Recorder())
    await relay.take_over()
    other = await asyncpg.connect(bench.url)
    held = other.transaction(isolation="repeatable_read")
    await held.start()
    assert await other.fetchval("SELECT count(*) FROM journal") == 0
    await other.execute("INSERT INTO counted (source, subject, last) VALUES ('a', 'b', 1)")
    await bench.feed(bench.asked(topic=ORG))
    assert await relay.step() == 1 + STEPS
    assert await other.fetchval("SELECT count(*) FROM journal") == 0
    await held.rollback()
    await other.close()
