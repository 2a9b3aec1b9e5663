"""One process of one service: engine, reader, relay, deadlines, followers and HTTP on one event loop."""

from __future__ import annotations

import asyncio
import gc
import importlib
import logging
import os
import secrets
import sys
import threading
import time
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from typing import Any

import structlog
import uvicorn
from aiokafka.errors import KafkaError
from faststream.kafka import KafkaBroker
from faststream.security import SASLScram512

from cg_kit.clock import RisingIds, SystemClock
from cg_kit.engine import Engine, Halted
from cg_kit.postgres import FAILURES, PostgresStore, open_pool, open_store
from cg_kit.pure.terms import legal_holidays
from cg_kit.reader import ClockReader, Reader
from cg_kit.relay import KafkaSender, Relay
from cg_kit.relay import run as relay_run
from cg_kit.replay import Replays
from cg_kit.replicas import COMMITTED, Replica
from cg_kit.seam import Again, Conflict, NotOurs
from cg_kit.service import Service, places_of
from cg_kit.settings import Settings
from cg_kit.telemetry import Tracing, exporter
from cg_kit.vault import Vault

log = structlog.get_logger("cg.serve")

GARBAGE_AT = 50_000
"""Objects made before the cycle collector looks: a batch makes tens of thousands, none of them a cycle, and looking at each would cost a tenth of the time."""

CANARY_EVERY = 60.0
"""Seconds between two signs of life on our `.events` topic."""

HUNG_SECONDS = 60.0
"""A loop that does not turn for this long is ended; the supervisor starts it again."""


class Runtime:
    """What runs in this process, as health and operators ask for it."""

    def __init__(self, engine: Engine, settings: Settings) -> None:
        self.engine, self.settings = engine, settings
        self.reader: Reader | None = None
        self.relay: Relay | None = None
        self.replica: Replica | None = None
        self.tasks: dict[str, asyncio.Task[None]] = {}
        self.wake_relay = asyncio.Event()
        self.wake_follower = asyncio.Event()
        self.wake_others = asyncio.Event()
        self.halted: dict[str, str] = {}
        self.stopping = False
        self.turned = time.monotonic()

    def committed(self, followed: bool) -> None:
        """Wakes the relay after each commit, here or where it runs, and the follower when there is something to follow."""
        if self.replica is None or self.replica.relays:
            self.wake_relay.set()
        else:
            self.wake_others.set()
        if followed:
            self.wake_follower.set()

    def why(self) -> list[str]:
        """Why this process is not ready, in words."""
        why = [f"{name} stopped: {reason}" for name, reason in self.halted.items()]
        why += [f"{name} has ended" for name, task in self.tasks.items() if task.done() and not self.stopping and not self.stopped(name)]
        reader = self.reader
        if reader is None:
            why.append("the broker is not reached yet")
        else:
            if not reader.assigned():
                why.append(reader.why or "waits for its partitions")
            elif reader.why:
                why.append(reader.why)
            why.extend(f"{topic}/{part} stopped: {reason}" for (topic, part), reason in reader.halted.items())
            if reader.deadlines_stopped:
                why.append(f"deadlines stopped: {reader.deadlines_stopped}")
            if not reader.progress():
                why.append("lag grows while the position stands still")
        return why

    def stopped(self, name: str) -> bool:
        """Whether the breaker stopped this part: it waits for a person, the others go on."""
        return name in self.halted or (name == "deadlines" and self.reader is not None and bool(self.reader.deadlines_stopped))

    def ready(self) -> bool:
        """Assigned, database and producer usable."""
        return not self.why()

    def progress(self) -> bool:
        """Whether records that wait are being taken."""
        return self.reader is not None and self.reader.progress() and not self.reader.halted

    def lag(self) -> dict[tuple[str, int], int]:
        """Records not yet taken, by partition."""
        return self.reader.lag() if self.reader is not None else {}


def load(path: str) -> Service:
    """The service that `services.org.app:SERVICE` names."""
    module, _, name = path.partition(":")
    service = getattr(importlib.import_module(module), name or "SERVICE")
    if not isinstance(service, Service):
        raise TypeError(f"{path} is not a Service")
    return service


def client_settings(settings: Settings, client_id: str) -> dict[str, Any]:
    """How this process connects to the broker."""
    return {
        "bootstrap_servers": settings.kafka_bootstrap,
        "security_protocol": settings.kafka_security,
        "sasl_mechanism": "SCRAM-SHA-512",
        "sasl_plain_username": settings.kafka_username,
        "sasl_plain_password": settings.kafka_password(),
        "ssl_context": settings.tls(),
        "client_id": client_id,
    }


async def again_and_again(name: str, work: Callable[[], Awaitable[int]], wake: asyncio.Event | None, every: float, runtime: Runtime) -> None:
    """Does a piece of work whenever woken, and each `every` seconds as guarantee."""
    pause = 0.05
    while not runtime.stopping:
        try:
            if wake is not None:
                wake.clear()
            done = await work()
            pause = 0.05
            if done:
                continue
        except NotOurs:
            pass
        except Halted as halted:
            log.error(f"{name} stopped", why=halted.why)
            runtime.halted[name] = halted.why
            return
        except (Again, Conflict) as error:
            log.warning(f"{name} waits", error=str(error)[:300])
            await asyncio.sleep(pause)
            pause = min(pause * 2, 2.0)
            continue
        if wake is None:
            await asyncio.sleep(every)
        else:
            with suppress(TimeoutError):
                await asyncio.wait_for(wake.wait(), every)


def watchdog(runtime: Runtime) -> None:
    """Ends a process whose loop no longer turns (an endless loop in pure code); what it held is rolled back."""
    while not runtime.stopping:
        time.sleep(5)
        if time.monotonic() - runtime.turned > HUNG_SECONDS:
            sys.stderr.write('{"event": "the loop has not turned for a minute: ending", "level": "critical"}\n')
            os._exit(70)


async def heartbeat(runtime: Runtime) -> None:
    """Shows the watchdog that the loop turns."""
    while not runtime.stopping:
        runtime.turned = time.monotonic()
        await asyncio.sleep(2)


class Seldom(logging.Filter):
    """Lets the same complaint of a library through once in ten seconds: while the broker is away its client makes forty a second."""

    def __init__(self) -> None:
        super().__init__()
        self.said: dict[tuple[str, str], float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether it was not said lately; what differs in its values only is the same."""
        sort = (record.name, str(record.msg))
        if record.created - self.said.get(sort, 0.0) < 10:
            return False
        if len(self.said) > 1000:
            self.said.clear()
        self.said[sort] = record.created
        return True


def configure_logging() -> None:
    """One JSON object a line on standard error, also for what libraries say."""
    stamp = structlog.processors.TimeStamper(fmt="iso")
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            stamp,
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.add_log_level, structlog.stdlib.add_logger_name, stamp],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                structlog.processors.JSONRenderer(),
            ],
        )
    )
    handler.addFilter(Seldom())
    logging.basicConfig(level=logging.WARNING, handlers=[handler])
    logging.getLogger("asyncpg.pool").setLevel(logging.ERROR)  # we say ourselves that the database is away


class Process:
    """Engine, reader, relay, deadlines, follower and retries of one service, on one event loop: all but HTTP."""

    def __init__(self, service: Service, settings: Settings) -> None:
        self.service, self.settings = service, settings
        self.clock, self.ids = SystemClock(), RisingIds()
        traces = exporter(settings.traces_exporter, settings.zipkin_endpoint, settings.otlp_endpoint)
        self.tracing = Tracing(service.name, settings.instance, traces, settings.sampler_ratio)
        self.name = f"{service.name}/{settings.instance}.{secrets.token_hex(3)}"
        self.client = client_settings(settings, f"{service.name}-{settings.instance}")
        self.failed = asyncio.Event()

    async def start(self) -> None:
        """Begins everything; comes back as soon as the database is there, the broker is reached in the background."""
        settings = self.settings
        legal_holidays(self.clock.real().year)  # loads hundreds of modules at its first use: not while a record waits, and others take us for dead
        self.store = await reach_database(settings, self.name)
        self.reads = await open_pool(settings.database(), None, f"{self.name} reads", size=2)
        vault = Vault.from_file(settings.vault_key_file)
        self.engine = Engine(self.service, self.store, self.clock, self.ids, self.tracing, vault, build=settings.build)
        self.runtime = runtime = Runtime(self.engine, settings)
        self.engine.on_commit = runtime.committed
        self.sender = KafkaSender(self.client, self.tracing)
        runtime.relay = Relay(self.store, self.sender)
        self.clock_reader = ClockReader(self.client, self.clock) if settings.clock == "movable" else None
        self.run("follower", again_and_again("follower", self.engine.follow, runtime.wake_follower, 0.5, runtime))
        self.run("retries", again_and_again("retries", self.engine.retry, None, 2.0, runtime))
        self.run("housekeeping", again_and_again("housekeeping", self._keep_house, None, 3600.0, runtime))
        self.run("reader", self._read())

    def run(self, name: str, work: Coroutine[Any, Any, None]) -> None:
        """Adds a part that must not end by itself."""
        task = asyncio.create_task(work, name=name)
        task.add_done_callback(self._ended)
        self.runtime.tasks[name] = task

    def _ended(self, task: asyncio.Task[None]) -> None:
        """A part that ends by itself is a fault: the process ends too, and the supervisor starts it again."""
        if task.cancelled() or self.runtime.stopping:
            return
        error = task.exception()
        if error is None and self.runtime.stopped(task.get_name()):
            return
        log.critical("a part has ended", part=task.get_name(), exc_info=error)
        self.failed.set()

    async def _tell_others(self) -> None:
        """Says after a commit that there is something to send, to whom relays; at most each 5 ms, for a NOTIFY holds up every commit of the server."""
        runtime = self.runtime
        while not runtime.stopping:
            await runtime.wake_others.wait()
            runtime.wake_others.clear()
            with suppress(*FAILURES):  # then the relay looks by itself
                await self.reads.execute("SELECT pg_notify($1, '')", COMMITTED)
            await asyncio.sleep(0.005)

    async def _canaries(self) -> None:
        """Each minute a sign of life, from the process that relays."""
        runtime, due = self.runtime, 0.0
        while not runtime.stopping:
            await asyncio.sleep(0.5)
            if runtime.replica is not None and runtime.replica.relays and time.monotonic() >= due:
                try:
                    await self.engine.canary(self.sender.send)
                    due = time.monotonic() + CANARY_EVERY
                except (Again, Conflict, KafkaError) as error:
                    log.warning("canary waits", error=str(error)[:300])

    async def _keep_house(self) -> int:
        await self.store.keep_house(self.clock.real())
        return 0

    async def _read(self) -> None:
        settings, runtime = self.settings, self.runtime
        await reach(self.clock_reader, runtime)
        tls = settings.kafka_security == "SASL_SSL"
        security = SASLScram512(settings.kafka_username, settings.kafka_password(), ssl_context=settings.tls(), use_ssl=tls)
        broker = KafkaBroker(
            settings.kafka_bootstrap,
            security=security,
            client_id=self.client["client_id"],
            consumer_only=True,
            apply_types=False,
            logger=None,
            graceful_timeout=8.0,
        )
        reader = Reader(self.engine, self.store, self.clock, broker, places_of(self.service), self.tracing)
        while not runtime.stopping:
            try:
                await broker.start()
                break
            except (KafkaError, OSError) as error:
                log.warning("the broker is not reached yet", error=str(error)[:300])
                await asyncio.sleep(0.5)
        await reader.own([])
        runtime.reader = reader
        replica = Replica(settings.database(), self.name, reader.places, reader.own, runtime.wake_relay.set)
        runtime.replica = replica
        self.run("replica", replica.run(lambda: runtime.stopping))
        assert runtime.relay is not None
        self.run("relay", relay_run(runtime.relay, replica, runtime.wake_relay, lambda: runtime.stopping))
        self.run("others", self._tell_others())
        self.run("canaries", self._canaries())
        replays = Replays(self.engine, self.store, self.client, reader.places, lambda: replica.relays, lambda: runtime.stopping)
        self.run("replays", replays.run())
        self.run("courtesy", reader.courtesy())
        self.run("deadlines", reader.deadlines())
        if self.clock_reader is not None:
            self.run("clock", self.clock_reader.run())
        try:
            await reader.run()
        finally:
            await replica.close()  # first of all: others go on at once
            with suppress(Exception):
                await broker.stop()

    async def stop(self) -> None:
        """Lets the batch in flight end, for at most five seconds, and closes everything."""
        runtime = self.runtime
        runtime.stopping = True
        if runtime.reader is not None:
            runtime.reader.stopping = True
        if self.clock_reader is not None:
            self.clock_reader.stopping = True
        for wake in (runtime.wake_relay, runtime.wake_follower, runtime.wake_others):
            wake.set()
        _, late = await asyncio.wait(runtime.tasks.values(), timeout=5)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)
        if self.clock_reader is not None:
            with suppress(Exception):
                await self.clock_reader.stop()
        await self.sender.drop()
        await self.store.close()
        self.reads.terminate()
        self.tracing.close()


async def serve(service: Service, settings: Settings) -> int:
    """Runs until SIGINT or SIGTERM (exit code 0), or until a part of it ends by itself (1)."""
    from cg_kit.http import application  # noqa: PLC0415  (takes a while to load)

    process = Process(service, settings)
    await process.start()
    gc.collect()
    gc.freeze()
    gc.set_threshold(GARBAGE_AT, 20, 50)
    process.run("heartbeat", heartbeat(process.runtime))
    threading.Thread(target=watchdog, args=(process.runtime,), daemon=True).start()
    app = application(process.engine, settings, process.reads, process.runtime)
    server = uvicorn.Server(
        uvicorn.Config(app, host=settings.http_host, port=settings.http_port, log_level="warning", access_log=False, timeout_graceful_shutdown=3)
    )
    log.info("service starts", service=service.name, instance=settings.instance, port=settings.http_port)

    async def end_on_failure() -> None:
        await process.failed.wait()
        server.should_exit = True

    ending = asyncio.create_task(end_on_failure())
    try:
        await server.serve()
    finally:
        ending.cancel()
        await process.stop()
    return 1 if process.failed.is_set() else 0


async def reach_database(settings: Settings, name: str) -> PostgresStore:
    """The store, as soon as the database is there."""
    pause = 0.05
    while True:
        try:
            return await open_store(settings.database(), None, name)
        except Again as error:
            log.warning("the database is not reached yet", error=str(error)[:300])
            await asyncio.sleep(pause)
            pause = min(pause * 2, 2.0)


async def reach(clock_reader: ClockReader | None, runtime: Runtime) -> None:
    """Domain time must be known before the first record is read."""
    while clock_reader is not None and not runtime.stopping:
        try:
            await clock_reader.start()
            return
        except (KafkaError, OSError) as error:
            log.warning("the broker is not reached yet", error=str(error)[:300])
            with suppress(Exception):
                await clock_reader.stop()
            clock_reader.stopping = False
            await asyncio.sleep(0.5)
