"""The practical ceiling: one reaction by hand as a batch loop, with the rows that the engine writes, without contracts, traces, parking or rules.

500 records a transaction, set-based SQL, positions owned by the database and committed to Kafka in the background, an idempotent producer with
acks=all that is given whole batches, a relay woken in process, no `await` for each event. Whoever wants to know what the engine costs compares with this file.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import signal
import sys
import zlib
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4, uuid5

import asyncpg
import uvloop
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.producer.message_accumulator import BatchBuilder
from pydantic_core import from_json

from cg_kit.clock import RisingIds

TYPE = "be.police.cg.screening.ScreeningRequested.v1"
TOLD = "be.police.cg.screening.ScreeningCaseOpened.v1"
STEPS_TAKEN = "be.police.cg.oversight.StepsTaken.v1"
MOST_STEPS = 400
HR = UUID("6ba7b810-9dad-11d1-80b4-00c04fd430c8")
"""What a request of hr opens is named within it: by chance in the index, as the service's cases are."""

SOURCE = "tag:police.be,2026:cg/screening"
COLUMNS = ("at", "id", "step", "type", "kind", "aggregate", "version", "topic", "key", "headers", "body", "actor", "cause", "correlation")

MOVE = """
UPDATE position p SET next = u.upto FROM unnest($1::text[], $2::int[], $3::bigint[], $4::bigint[]) u(topic, part, start, upto)
WHERE p.topic = u.topic AND p.part = u.part AND p.next = u.start
"""
INBOX = "INSERT INTO inbox (gen, key, digest) SELECT 1, * FROM unnest($1::uuid[], $2::bytea[]) ON CONFLICT DO NOTHING"
CASES = """
INSERT INTO case_state (id, version, state, told, matters)
SELECT * FROM unnest($1::uuid[], $2::int[], $3::jsonb[], $4::jsonb[], $5::jsonb[])
"""
OUTBOX = "SELECT seq, topic, key, headers, body FROM journal WHERE seq > $1 AND topic IS NOT NULL ORDER BY seq LIMIT 2000"


class Ceiling:
    """The batch loop and its relay, on one event loop."""

    def __init__(self, kafka: dict[str, Any], database: str, topic: str, events: str, answers: str, steps: str) -> None:
        self.kafka, self.database = kafka, database
        self.topic, self.events, self.answers, self.steps = topic, events, answers, steps
        self.ids = RisingIds()
        self.wake = asyncio.Event()
        self.next: dict[TopicPartition, int] = {}

    async def run(self) -> None:
        """Reads, writes, relays, until it is ended."""
        self.pool = await asyncpg.create_pool(self.database, min_size=3, max_size=3)
        self.consumer = AIOKafkaConsumer(
            **self.kafka, group_id=f"ceiling-{uuid4()}", enable_auto_commit=False, auto_offset_reset="earliest", max_poll_interval_ms=900_000
        )
        self.producer = AIOKafkaProducer(**self.kafka, enable_idempotence=True, acks="all", linger_ms=0, max_batch_size=262144)
        await self.producer.start()
        self.parts = {topic: len(await self.producer.partitions_for(topic)) for topic in (self.events, self.answers, self.steps)}
        await self.consumer.start()
        parts = [TopicPartition(self.topic, n) for n in range(3)]
        self.consumer.assign(parts)
        for tp in parts:
            row = "INSERT INTO position (topic, part, next) VALUES ($1, $2, 0) ON CONFLICT (topic, part) DO UPDATE SET next = position.next RETURNING next"
            self.next[tp] = await self.pool.fetchval(row, tp.topic, tp.partition)
            self.consumer.seek(tp, self.next[tp])
        print("ready", flush=True)
        await asyncio.gather(self._read(), self._relay(), self._commit())

    async def _read(self) -> None:
        while True:
            fetched = await self.consumer.getmany(timeout_ms=500, max_records=500)
            if fetched:
                await self._take(fetched)
                self.wake.set()

    async def _take(self, fetched: dict[TopicPartition, list[Any]]) -> None:
        now = datetime.now(UTC)
        stamp = now.isoformat()
        moves, letters, digests, cases, took = [], [], [], [], []
        journal: list[tuple[Any, ...]] = []
        for tp, records in fetched.items():
            upto = records[-1].offset + 1
            moves.append((tp.topic, tp.partition, self.next[tp], upto))
            for record in records:
                headers = dict(record.headers)
                event, sent = headers["ce_id"].decode(), headers["ce_time"].decode()
                data = from_json(record.value)
                request, ref, person = data["request_id"], data["requester_ref"], data["person_id"]
                trace = f"00-{self.ids.new().hex}-{self.ids.new().hex[:16]}-00"
                letters.append(UUID(bytes=hashlib.sha256(event.encode()).digest()[:16]))
                digests.append(hashlib.blake2b(record.value, digest_size=16).digest())
                case_id = uuid5(HR, request)
                case = str(case_id)
                cases.append(
                    (
                        case_id,
                        1,
                        STATE % (person, data["purpose"], data["needed_by"], stamp, request, ref),
                        TOLD_ONE,
                        MATTER % (case, event, trace, stamp, event),
                    )
                )
                cause = CAUSE % (stamp, event, sent, event, request, ref, case, trace)
                body = EVENT % (stamp, data["purpose"], data["needed_by"], person, request, ref)
                journal.append((now, self.ids.new(), "event", "Opened", "case", case_id, 1, None, None, cause, body, None, event, event))
                id_ = self.ids.new()
                attributes = ATTRIBUTES % (str(id_), stamp, case, event, trace, event)
                said = SAID % (case, request, ref)
                message = [now, id_, "message", TOLD, "case", case_id, None, self.events, case, attributes, said, None, event, event]
                journal.append(tuple(message))
                message[7] = self.answers
                journal.append(tuple(message))
                took.append(TOOK % (event, person, sent, event))
        for start in range(0, len(took), MOST_STEPS):
            id_ = self.ids.new()
            attributes, said = STEPS_ATTRIBUTES % (str(id_), stamp), STEPS % ",".join(took[start : start + MOST_STEPS])
            journal.append((now, id_, "message", STEPS_TAKEN, None, None, None, self.steps, "screening", attributes, said, None, str(id_), str(id_)))
        async with self.pool.acquire() as connection, connection.transaction():
            moved = await connection.execute(MOVE, *map(list, zip(*moves, strict=True)))
            if moved != f"UPDATE {len(moves)}":
                raise RuntimeError("positions moved elsewhere")
            await connection.execute(INBOX, letters, digests)
            await connection.execute(CASES, *map(list, zip(*cases, strict=True)))
            await connection.copy_records_to_table("journal", records=journal, columns=COLUMNS)
        for topic, part, _, upto in moves:
            self.next[TopicPartition(topic, part)] = upto

    async def _relay(self) -> None:
        last = await self.pool.fetchval("SELECT last FROM relay")
        while True:
            self.wake.clear()
            rows = await self.pool.fetch(OUTBOX, last)
            if not rows:
                with suppress(TimeoutError):
                    await asyncio.wait_for(self.wake.wait(), 0.5)
                continue
            batches: dict[TopicPartition, list[BatchBuilder]] = {}
            for _, topic, key, headers, body in rows:
                sent = [("ce_" + name, value.encode()) for name, value in from_json(headers).items()]
                message = {"timestamp": None, "key": key.encode(), "value": body.encode(), "headers": sent}
                filled = batches.setdefault(TopicPartition(topic, zlib.crc32(message["key"]) % self.parts[topic]), [])
                if not filled or filled[-1].append(**message) is None:
                    filled.append(self.producer.create_batch())
                    filled[-1].append(**message)
            sending = [await self.producer.send_batch(one, place.topic, partition=place.partition) for place, filled in batches.items() for one in filled]
            await asyncio.gather(*sending)
            last = rows[-1][0]
            await self.pool.execute("UPDATE relay SET last = $1", last)

    async def _commit(self) -> None:
        while True:
            await asyncio.sleep(1)
            await self.consumer.commit(dict(self.next))


STATE = (
    '{"kind":"recruitment","level":null,"terms":{"appeal":"16 days","decision":null,"validity_years":null},"checks":[],"result":null,'
    '"status":"CONSENT_PENDING","late_at":null,"missing":[],"person_id":"%s","purpose":"%s","asked_by":"hr","decision":null,"excluded":[],"officers":[],"needed_by":"%s",'
    '"opened_at":"%s",'
    '"regime_id":"2025","assessment":null,"decided_at":null,"expired_at":null,"request_id":"%s","notified_at":null,"person_data":null,"appeal_until":null,'
    '"consented_at":null,"need_ended_at":null,"requester_ref":"%s","decision_due_at":null}'
)
TOLD_ONE = '{"cg.screening.events": 1}'
MATTER = '{"%s":{"c":"%s","t":"%s","at":"%s","request":{"id":"%s","type":"' + TYPE + '","account":"hr"}}}'
CAUSE = (
    '{"cause":{"at":"%s","id":"%s","sort":"request","time":"%s","type":"' + TYPE + '","source":"tag:police.be,2026:outside/hr","account":"hr",'
    '"request":{"id":"%s","echo":{"request_id":"%s","requester_ref":"%s"},"type":"' + TYPE + '","account":"hr"}},"matter":"%s","traceparent":"%s"}'
)
EVENT = (
    '{"at":"%s","kind":"recruitment","level":null,"terms":{"appeal":"16 days","decision":null,"validity_years":null},"purpose":"%s","asked_by":"hr",'
    '"needed_by":"%s","person_id":"%s","regime_id":"2025","request_id":"%s","person_data":null,"requester_ref":"%s","decision_due_at":null}'
)
ATTRIBUTES = (
    '{"id":"%s","time":"%s","type":"'
    + TOLD
    + '","source":"'
    + SOURCE
    + '","subject":"%s","sequence":"1","causationid":"%s","specversion":"1.0","traceparent":"%s",'
    '"sequencetype":"Integer","correlationid":"%s","datacontenttype":"application/json"}'
)
STEPS_ATTRIBUTES = (
    '{"id":"%s","time":"%s","type":"'
    + STEPS_TAKEN
    + '","source":"'
    + SOURCE
    + '","subject":"screening","specversion":"1.0","datacontenttype":"application/json"}'
)
STEPS = '{"service":"screening","steps":[%s]}'
TOOK = '{"id":"%s","step":"accepted","type":"' + TYPE + '","source":"tag:police.be,2026:outside/hr","subject":"%s","at":"%s","correlationid":"%s"}'
SAID = '{"kind":"recruitment","case_id":"%s","regime_id":"2025","request_id":"%s","requester_ref":"%s"}'


async def main() -> None:
    """`python -m bench.ceiling` with its settings as JSON on standard input."""
    settings = json.load(sys.stdin)
    task = asyncio.current_task()
    assert task is not None
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    await Ceiling(**settings).run()


if __name__ == "__main__":
    try:
        uvloop.run(main())
    except asyncio.CancelledError:
        sys.exit(0)
