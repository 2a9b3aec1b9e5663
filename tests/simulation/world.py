"""A world that a seed rules: two instances of each service that crash, overlap and come back, over one store each and one broker."""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cache
from types import SimpleNamespace
from typing import Any, ClassVar
from uuid import UUID

from cg_kit import engine as engine_module
from cg_kit import relay as relay_module
from cg_kit.engine import Commanded, Engine, RuleRefused, Stale, Unknown
from cg_kit.pure import Actor, Deadline, To, on
from cg_kit.reader import Reader, record_of
from cg_kit.relay import Relay
from cg_kit.replay import Replayer
from cg_kit.seam import Again, Conflict, NotOurs, Replay
from cg_kit.serve import again_and_again
from cg_kit.service import Aggregate, Service, topics_of
from cg_kit.simulated import SimulatedStore
from cg_kit.vault import Vault
from cg_kit.workspace import Words
from services.audit.app import SERVICE as AUDIT
from services.innovation.app import SERVICE as INNOVATION
from services.integrity.app import SERVICE as INTEGRITY
from services.org.app import SERVICE as ORG
from services.oversight.app import SERVICE as OVERSIGHT
from services.screening.app import SERVICE as SCREENING
from tests.simulation.broker import Broker, Connection, Member, Sender
from tests.simulation.virtual import Untraced, VirtualClock, VirtualIds

CRASH_POINTS = ("before commit", "after commit", "after move", "after take", "before journal", "after journal", "after save", "before fetch", "sent")
LATENCIES = (0.0, 0.0, 0.0005, 0.001, 0.004, 0.02)
AT_ONCE = 0.45
"""How often a statement lets nobody else run."""

MOST_POISON = 6


class Poison(Exception):
    """What a service's code raises for a poisoned message."""


def reminded(aggregate: Aggregate) -> Aggregate:
    """The aggregate with one more deadline, which its `Due` does not take away: it must fire once all the same."""
    domain = aggregate.domain

    def due(state: Any) -> set[Deadline]:
        since = getattr(state, "opened_at", None)
        own: set[Deadline] = domain.due(state)
        return own | ({Deadline("reminder", since + timedelta(hours=1))} if since is not None else set())

    copy = SimpleNamespace(NEW=domain.NEW, Command=domain.Command, Event=domain.Event, decide=domain.decide, evolve=domain.evolve, due=due)
    return replace(aggregate, domain=copy)


def poisonable(service: Service) -> Service:
    """The service with reactions that raise for what the world of the moment has poisoned."""

    def wrapped(reaction: Callable[[Any, Any], Iterable[To]]) -> Callable[[Any, Any], Iterable[To]]:
        def react(message: Any, cause: Any) -> Iterable[To]:
            assert World.current is not None
            World.current.judge((service.name, cause.id, type(message).__name__, cause.aggregate))
            return reaction(message, cause)

        return react

    tables: dict[str, Any] = {name: tuple(on(row.what, wrapped(row.reaction)) for row in getattr(service, name)) for name in ("hears", "accepts", "follows")}
    return replace(service, keeps=tuple(map(reminded, service.keeps)), **tables)


SERVICES = {service.name: poisonable(service) for service in (ORG, SCREENING, AUDIT, INTEGRITY, INNOVATION, OVERSIGHT)}

words_of = cache(lambda name: Words(SERVICES[name]))
"""Made once in a process; an engine makes its own at each start, which takes longer than a whole simulation."""
setattr(engine_module, "Words", lambda service: words_of(service.name))  # noqa: B010


@dataclass(frozen=True, slots=True)
class Plant:
    """What is really used of the kit; a planted fault replaces one of these."""

    name: str = "none"
    store: type[SimulatedStore] = SimulatedStore
    engine: type[Engine] = Engine
    relay: type[Relay] = Relay
    reader: type[Reader] = Reader


class Leader:
    """Leadership of one service's relay: at most one holder, who may not know yet that it lost it."""

    def __init__(self, world: World, instance: Instance) -> None:
        self.world, self.instance = world, instance

    async def acquire(self) -> bool:
        """As the kit's."""
        leaders = self.world.leaders
        return leaders.setdefault(self.instance.service.name, self.instance) is self.instance


class Instance:
    """One process of one service, from its start to its crash or stop."""

    def __init__(self, world: World, service: Service, name: str) -> None:
        self.world, self.service, self.name = world, service, name
        self.alive = True
        self.crash_at: str | None = None
        self.tasks: dict[asyncio.Task[Any], None] = {}
        self.clock = VirtualClock(world.loop)
        self.clock.move(world.offset)
        base = world.stores[service.name]
        self.store = world.plant.store(self.pause, self.clock.real)
        self.store.tables, self.store.locks, self.store.sequences = base.tables, base.locks, base.sequences
        self.runtime: Any = SimpleNamespace(stopping=False, halted={})
        self.wake_relay, self.wake_follower = asyncio.Event(), asyncio.Event()
        untraced: Any = Untraced()
        vault = Vault(bytes(range(32)))
        self.engine = world.plant.engine(service, self.store, self.clock, world.ids, untraced, vault, build=world.build, on_commit=self.committed)
        connection: Any = Connection(world.broker, self.pause)
        clock: Any = self.clock
        places = [(topic, part) for topic in topics_of(service) for part in range(world.broker.parts(topic))]
        self.reader = world.plant.reader(self.engine, self.store, clock, connection, places, untraced)
        self.relay = world.plant.relay(self.store, Sender(world.broker, self.pause, self.sending_fails))

    def committed(self, followed: bool = True) -> None:
        """Wakes relay and follower."""
        self.wake_relay.set()
        self.wake_follower.set()

    def start(self) -> None:
        """All loops of a process."""
        self.spawn(self._read())
        self.spawn(self.reader.deadlines())
        self.spawn(relay_module.run(self.relay, Leader(self.world, self), self.wake_relay, lambda: self.runtime.stopping))
        self.spawn(again_and_again("follower", self.engine.follow, self.wake_follower, 0.5, self.runtime))
        self.spawn(again_and_again("retries", self.engine.retry, None, 2.0, self.runtime))

    async def _read(self) -> None:
        await self.reader.subscriber.start()
        await self.reader.own([])
        self.world.broker.join(self.service.name, Member(self.name, self.reader))
        await self.reader.run()

    def spawn(self, work: Any) -> asyncio.Task[Any]:
        """A task that dies with this instance; one that ends by an error of its own is a finding."""
        task: asyncio.Task[Any] = self.world.loop.create_task(work)
        self.tasks[task] = None
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self.tasks.pop(task, None)
        if (
            not task.cancelled()
            and (error := task.exception()) is not None
            and not isinstance(error, RuleRefused | Stale | Unknown | Again | Conflict | NotOurs)
        ):
            self.world.found(f"{self.name}: a loop ended with {type(error).__name__}: {error}")

    # -- what goes wrong --------------------------------------------------------------------------------------------

    async def pause(self, what: str) -> None:
        """A statement takes its time; here the process may die, or the connection."""
        world = self.world
        if world.chaos:
            if self.crash_at == what:
                self.crash()
            elif world.chance.random() < 0.002:
                raise Again(f"the connection broke: {what}")
        if not self.alive or world.chance.random() > AT_ONCE:
            await asyncio.sleep(world.chance.choice(LATENCIES))

    def sending_fails(self) -> bool:
        """Whether the broker does not answer now."""
        return self.world.chaos and self.world.chance.random() < 0.004

    def crash(self) -> None:
        """All tasks end where they wait; what was not committed is rolled back."""
        if not self.alive:
            return
        self.world.counts["crashes"] += 1
        self._gone(3.0)
        for task in list(self.tasks):
            task.cancel()

    async def stop(self) -> None:
        """Ends as after SIGTERM."""
        self.runtime.stopping = self.reader.stopping = True
        self.committed()
        self._gone(0.0)
        if self.tasks:
            await asyncio.wait(set(self.tasks), timeout=5)
        for task in list(self.tasks):
            task.cancel()

    def _gone(self, expires: float) -> None:
        world = self.world
        self.alive = False
        world.broker.leave(self.service.name, self.name, expires=expires)
        if world.leaders.get(self.service.name) is self:
            del world.leaders[self.service.name]
        if world.instances.get(self.name) is self:
            del world.instances[self.name]
        world.broker.later(world.chance.choice((0.05, 0.5, 2.0, 6.0)) if world.chaos else 0.1, lambda: world.bring(self.service.name, self.name))


@dataclass(slots=True)
class World:
    """Everything of one seed."""

    seed: int
    loop: asyncio.AbstractEventLoop
    plant: Plant = field(default_factory=Plant)
    chaos: bool = True
    healed: bool = False
    build: str = "1"
    offset: timedelta = timedelta(0)
    current: ClassVar[World | None] = None

    chance: random.Random = field(init=False)
    broker: Broker = field(init=False)
    ids: VirtualIds = field(init=False)
    stores: dict[str, SimulatedStore] = field(init=False)
    instances: dict[str, Instance] = field(init=False, default_factory=dict)
    leaders: dict[str, Instance] = field(init=False, default_factory=dict)
    poison: dict[Any, float] = field(init=False, default_factory=dict)
    judged: set[Any] = field(init=False, default_factory=set)
    findings: list[str] = field(init=False, default_factory=list)
    counts: Counter[str] = field(init=False, default_factory=Counter)
    moves: list[tuple[datetime, timedelta]] = field(init=False, default_factory=list)

    def __post_init__(self) -> None:
        self.chance = random.Random(f"seed {self.seed}")
        self.broker = Broker(self.loop, self.chance)
        self.ids = VirtualIds(self.loop)
        self.stores = {name: self.plant.store() for name in SERVICES}
        World.current = self

    def found(self, what: str) -> None:
        """Something that may not be."""
        self.findings.append(what)

    def now(self) -> datetime:
        """Domain time as the mover of the clock sees it."""
        clock = VirtualClock(self.loop)
        clock.move(self.offset)
        return clock.domain()

    def judge(self, sign: Any) -> None:
        """Raises for what is poisoned, for some seconds or for good; a message is judged once, when it is first met."""
        if self.healed:
            return
        if sign not in self.judged:
            self.judged.add(sign)
            if self.chaos and len(self.poison) < MOST_POISON and self.chance.random() < 0.012:
                self.poison[sign] = self.loop.time() + self.chance.choice((2.0, 5.0, 8.0, 1000.0))
                self.counts["poisoned"] += 1
        if self.poison.get(sign, 0.0) > self.loop.time():
            raise Poison("poisoned")

    # -- instances ---------------------------------------------------------------------------------------------------

    async def bring(self, service: str, name: str) -> None:
        """Starts an instance that does not run."""
        if name not in self.instances:
            instance = self.instances[name] = Instance(self, SERVICES[service], name)
            instance.start()

    def of(self, service: str) -> list[Instance]:
        """The running instances of a service."""
        return [instance for instance in self.instances.values() if instance.service.name == service]

    async def trouble(self, seconds: float) -> None:
        """Crashes, rebalances, lost leaderships, clock moves and a border of inbox generations, at times that the seed chooses."""
        chance = self.chance
        plan: list[tuple[float, Callable[[], Awaitable[None]]]] = []
        plan += [(chance.uniform(0.5, seconds), self._arm) for _ in range(chance.randint(4, 7))]
        plan += [(chance.uniform(0.5, seconds), self._rebalance) for _ in range(chance.randint(2, 4))]
        plan += [(chance.uniform(0.5, seconds), self._depose) for _ in range(2)]
        plan += [(chance.uniform(0.5, seconds), self._move_clock) for _ in range(chance.randint(2, 4))]
        plan += [(chance.uniform(0.5, seconds), self._go) for _ in range(2)]
        plan += [(chance.uniform(0.5, seconds), self._rotate)]
        plan += [(chance.uniform(0.5, seconds), self._replay) for _ in range(2)]
        begin = self.loop.time()
        for at, act in sorted(plan, key=lambda pair: pair[0]):
            await asyncio.sleep(max(0.0, begin + at - self.loop.time()))
            await act()
        await asyncio.sleep(max(0.0, begin + seconds - self.loop.time()))
        while self.counts["crashes"] < 3:
            for instance in list(self.instances.values())[:1]:
                instance.crash()
            await asyncio.sleep(1)

    async def a_bad_day(self, seconds: float) -> None:
        """A crash and two other troubles."""
        for act in (self._arm, self._rebalance, *self.chance.choices((self._depose, self._go, self._arm), k=2)):
            await asyncio.sleep(self.chance.uniform(0, seconds / 4))
            await act()

    async def _arm(self) -> None:
        if self.instances:
            self.chance.choice(sorted(self.instances.values(), key=lambda i: i.name)).crash_at = self.chance.choice(CRASH_POINTS)

    async def _rebalance(self) -> None:
        self.broker.rebalance(self.chance.choice(sorted(SERVICES)), shuffle=True)

    async def _depose(self) -> None:
        self.leaders.pop(self.chance.choice(sorted(SERVICES)), None)

    async def _go(self) -> None:
        if self.instances:
            instance = self.chance.choice(sorted(self.instances.values(), key=lambda i: i.name))
            self.broker.later(0, instance.stop)

    async def _replay(self) -> None:
        """An operator has something read again that was taken before: nothing of it may have an effect."""
        service = self.chance.choice(sorted(SERVICES))
        here = sorted(self.of(service), key=lambda i: i.name)
        stands = {place: found[0] for place, found in self.stores[service].table("position").items() if found[0] > 0}
        if not here or not stands:
            return
        (topic, part), stood = self.chance.choice(sorted(stands.items()))
        start = self.chance.randrange(stood)
        upto = min(stood, start + 100)
        records = [record_of(raw) for raw in self.broker.log((topic, part))[start:upto]]
        replay = Replay(self.ids.new(), here[0].clock.real(), '{"person_id": "operator"}', "because", topic, part, from_offset=start, state="running")
        places = self.stores[service].table("replay_place")
        places[replay.id, part] = (start, {})
        task = here[0].spawn(Replayer(here[0].engine).take(replay, part, start, upto, records))
        await asyncio.wait({task})
        counts = places[replay.id, part][1]
        self.counts["replayed"] += counts.get("taken", 0)
        if counts.get("fresh") or counts.get("forgotten"):
            self.found(f"{service}: replaying {topic}/{part} from {start} to {upto} had effects: {counts}")

    async def _rotate(self) -> None:
        await self.stores[self.chance.choice(sorted(SERVICES))].rotate_inbox()

    async def _move_clock(self) -> None:
        self.passes(self.chance.choice((timedelta(hours=2), timedelta(days=1), timedelta(days=15), timedelta(days=40))))

    def passes(self, span: timedelta) -> None:
        """Domain time moves on; each instance hears of it when it does."""
        self.offset += span
        clock = VirtualClock(self.loop)
        self.moves.append((clock.real(), self.offset))
        for instance in self.instances.values():
            offset = self.offset

            async def tell(instance: Instance = instance, offset: timedelta = offset) -> None:
                instance.clock.move(offset)

            self.broker.later(self.chance.choice((0.0, 0.2, 1.0)), tell)

    async def heal(self) -> None:
        """No more trouble, and a new build in which the code no longer raises."""
        self.chaos, self.healed, self.build = False, True, "2"
        for instance in list(self.instances.values()):
            await instance.stop()

    # -- people ---------------------------------------------------------------------------------------------------------

    async def command(self, service: str, make: Callable[[UUID | None], To], who: UUID, personal: dict[str, Any] | None = None) -> Commanded | None:
        """A person's command through any instance, sent again under the same Idempotency-Key until it is answered; None when refused."""
        self.counts["commands"] += 1
        at = self.now() + timedelta(microseconds=self.counts["commands"])
        actor, key = Actor(who, frozenset({"person"})), str(self.ids.new())
        for _ in range(200):
            here = sorted(self.of(service), key=lambda i: i.name)
            if not here:
                await asyncio.sleep(0.3)
                continue
            engine = self.chance.choice(here)
            task = engine.spawn(engine.engine.command(make, actor=actor, at=at, personal=personal, idempotency=(key, b"body")))
            await asyncio.wait({task})
            if task.cancelled():
                continue
            error = task.exception()
            if error is None:
                result: Commanded = task.result()
                return result
            if not isinstance(error, Again | Conflict):
                if not isinstance(error, RuleRefused | Stale | Unknown):
                    self.found(f"a command ended with {type(error).__name__}: {error}: {make(None)}")
                return None
            await asyncio.sleep(0.1)
        self.found("a command was never answered")
        return None

    async def operate(self, service: str, parked_id: int, what: str, edited: bytes | None = None) -> None:
        """What an operator does to a parked record, through any instance; an instance that dies meanwhile leaves it open."""
        for instance in self.of(service)[:1]:
            self.counts["operated"] += 1
            actor = '{"person_id": "operator"}'
            await asyncio.wait({instance.spawn(instance.engine.operate(parked_id, what, actor, "because", edited))})

    # -- rest -------------------------------------------------------------------------------------------------------------

    def unrest(self) -> str | None:
        """What is still to be done; None when the world is at rest."""
        for name, store in self.stores.items():
            position = store.table("position")
            for topic in topics_of(SERVICES[name]):
                for part in range(self.broker.parts(topic)):
                    stands = position.get((topic, part), (0, None))[0]
                    if stands < len(self.broker.log((topic, part))):
                        return f"{name}: {topic}/{part} stands at {stands} of {len(self.broker.log((topic, part)))}"
            journal = store.table("journal")
            if journal and store.table("relay")[()][0] < max((seq for seq, step in journal.items() if step.topic), default=0):
                return f"{name}: the relay is behind"
            followed = {row.what.__name__ for row in SERVICES[name].follows}
            cursor = store.table("follower").get("local", 0)
            if any(seq > cursor and step.step == "event" and step.type in followed for seq, step in journal.items()):
                return f"{name}: the follower is behind"
            overdue = [key for key, (_, fired_at) in store.table("timer").items() if fired_at is None and key[3] <= self.now()]
            if overdue:
                return f"{name}: {len(overdue)} deadlines are overdue"
            if store.table("blocked"):
                return f"{name}: blocked {next(iter(store.table('blocked')))}"
            if store.locks:
                return f"{name}: {len(store.locks)} locks are held"
        return None


def use_virtual_time(loop: asyncio.AbstractEventLoop) -> None:
    """Code that asks for monotonic time gets the loop's."""
    time.monotonic = loop.time
