"""FastStream's own at-least-once: one message at a time, one transaction each, the offset committed after it, the outbox polled every 100 ms.

The outbox goes on after what it published last, as each message is marked once it is sent: after a crash one may come twice, none is lost.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import signal
import sys
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4, uuid5

import asyncpg
import uvloop
from faststream import AckPolicy, FastStream
from faststream.kafka import KafkaBroker, KafkaMessage
from faststream.security import SASLScram512

from bench.ceiling import (
    ATTRIBUTES,
    CAUSE,
    COLUMNS,
    EVENT,
    HR,
    MATTER,
    SAID,
    STATE,
    STEPS,
    STEPS_ATTRIBUTES,
    STEPS_TAKEN,
    TOLD,
    TOLD_ONE,
    TOOK,
)
from cg_kit.clock import RisingIds

POLL_SECONDS = 0.1
JOURNAL = f"INSERT INTO journal ({', '.join(COLUMNS)}) VALUES ({', '.join(f'${n}' for n in range(1, len(COLUMNS) + 1))})"


async def main() -> None:
    """`python -m bench.faststream_alone` with its settings as JSON on standard input."""
    settings: dict[str, Any] = json.load(sys.stdin)
    kafka, events, answers, steps = (settings[name] for name in ("kafka", "events", "answers", "steps"))
    ids = RisingIds()
    pool = await asyncpg.create_pool(settings["database"], min_size=3, max_size=3)
    security = SASLScram512(kafka["sasl_plain_username"], kafka["sasl_plain_password"], use_ssl=False)
    broker = KafkaBroker(kafka["bootstrap_servers"], security=security, acks="all", enable_idempotence=True, allow_auto_create_topics=False, logger=None)

    @broker.subscriber(settings["topic"], group_id=f"faststream-{uuid4()}", auto_offset_reset="earliest", ack_policy=AckPolicy.NACK_ON_ERROR)
    async def handle(data: dict[str, Any], message: KafkaMessage) -> None:
        now = datetime.now(UTC)
        stamp = now.isoformat()
        event = str(message.headers["ce_id"])
        request, ref, person = data["request_id"], data["requester_ref"], data["person_id"]
        case_id, id_ = uuid5(HR, request), ids.new()
        case = str(case_id)
        trace = f"00-{ids.new().hex}-{ids.new().hex[:16]}-00"
        async with pool.acquire() as connection, connection.transaction():
            key = UUID(bytes=hashlib.sha256(event.encode()).digest()[:16])
            digest = hashlib.blake2b(message.body, digest_size=16).digest()
            fresh = await connection.fetchval("INSERT INTO inbox (gen, key, digest) VALUES (1, $1, $2) ON CONFLICT DO NOTHING RETURNING true", key, digest)
            if not fresh:
                return
            state = STATE % (person, data["purpose"], data["needed_by"], stamp, request, ref)
            matter = MATTER % (case, event, trace, stamp, event)
            await connection.execute("INSERT INTO case_state (id, version, state, told, matters) VALUES ($1, 1, $2, $3, $4)", case_id, state, TOLD_ONE, matter)
            cause = CAUSE % (stamp, event, stamp, event, request, ref, case, trace)
            body = EVENT % (stamp, data["purpose"], data["needed_by"], person, request, ref)
            said = SAID % (case, request, ref)
            attributes = ATTRIBUTES % (str(id_), stamp, case, event, trace, event)
            rows: list[tuple[Any, ...]] = [(now, ids.new(), "event", "Opened", "case", case_id, 1, None, None, cause, body, None, event, event)]
            rows += [(now, id_, "message", TOLD, "case", case_id, None, topic, case, attributes, said, None, event, event) for topic in (events, answers)]
            taken = ids.new()
            told, took = STEPS_ATTRIBUTES % (str(taken), stamp), STEPS % (TOOK % (event, person, stamp, event))
            rows.append((now, taken, "message", STEPS_TAKEN, None, None, None, steps, "screening", told, took, None, str(taken), str(taken)))
            await connection.executemany(JOURNAL, rows)

    async def relay() -> None:
        last = await pool.fetchval("SELECT last FROM relay")
        while True:
            for seq, topic, key, headers, body in await pool.fetch(
                "SELECT seq, topic, key, headers, body FROM journal WHERE seq > $1 AND topic IS NOT NULL ORDER BY seq LIMIT 100", last
            ):
                sent = {"ce_" + name: value for name, value in json.loads(headers).items()}
                await broker.publish(body.encode(), topic, key=key.encode(), headers=sent)
                await pool.execute("UPDATE relay SET last = $1", seq)
                last = seq
            await asyncio.sleep(POLL_SECONDS)

    app = FastStream(broker, logger=None)
    relaying: list[asyncio.Task[None]] = []

    @app.after_startup
    async def begin() -> None:
        relaying.append(asyncio.create_task(relay()))
        print("ready", flush=True)

    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, app.exit)
    await app.run()
    for task in relaying:
        task.cancel()


if __name__ == "__main__":
    uvloop.run(main())
