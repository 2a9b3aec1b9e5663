"""What we lean on in FastStream and aiokafka: a canary for each seam, so that an upgrade cannot move it unseen."""

from __future__ import annotations

import inspect
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.producer.message_accumulator import MessageAccumulator
from faststream import AckPolicy
from faststream.asgi import AsgiFastStream
from faststream.kafka import KafkaBroker
from faststream.kafka.parser import AioKafkaParser
from faststream.security import SASLScram512

from cg_cli.servers import House


async def test_faststream_routes_by_equal_path_only() -> None:
    async def answers(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    async def status(path: str) -> int:
        sent: list[dict[str, Any]] = []

        async def send(message: dict[str, Any]) -> None:
            sent.append(message)

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": b""}

        await app({"type": "http", "path": path, "method": "GET", "headers": []}, receive, send)  # type: ignore[arg-type]
        return int(sent[0]["status"])

    app = AsgiFastStream(asgi_routes=[("/cases", answers)])
    assert await status("/cases") == 200
    assert await status("/cases/1") == 404


def broker_of(house: House) -> KafkaBroker:
    who = house.credentials("screening")
    security = SASLScram512(who.username, who.password, use_ssl=False)
    return KafkaBroker(house.bootstrap, security=security, consumer_only=True, apply_types=False, logger=None, graceful_timeout=8.0)


async def test_a_subscriber_without_handler_gives_its_consumer_and_takes_nothing_itself(house: House) -> None:
    broker = broker_of(house)
    subscriber = broker.subscriber("cg.screening.intake.hr", batch=True, group_id="screening", auto_offset_reset="earliest", ack_policy=AckPolicy.MANUAL)
    await broker.start()
    try:
        assert isinstance(subscriber.consumer, AIOKafkaConsumer)
        assert not subscriber.calls
        assert subscriber.consumer._enable_auto_commit is False
        assert {"timeout_ms", "max_records"} <= inspect.signature(subscriber.consumer.getmany).parameters.keys()
    finally:
        await broker.stop()
    assert subscriber.consumer is None


async def test_faststream_decodes_headers_in_its_own_parser_so_we_never_use_it() -> None:
    assert ".decode()" in inspect.getsource(AioKafkaParser)


@pytest.mark.parametrize("name", ["enable_idempotence", "acks", "linger_ms", "max_batch_size"])
def test_the_producer_takes_what_the_relay_sets(name: str) -> None:
    assert name in inspect.signature(AIOKafkaProducer.__init__).parameters


def test_the_idempotent_sequence_is_drawn_when_a_batch_is_drained() -> None:
    """Hence a lost batch makes later ones fail: after any failed future the relay drops the producer."""
    assert "sequence_number" in inspect.getsource(MessageAccumulator)
