"""Runs one seed from an empty house to rest, and says what was broken."""

from __future__ import annotations

import asyncio
import gc
from collections import Counter
from dataclasses import dataclass
from hashlib import sha256

import structlog

from cg_kit import simulated
from cg_kit.seam import BadData
from tests.simulation import invariants
from tests.simulation.people import People
from tests.simulation.virtual import run
from tests.simulation.world import SERVICES, Plant, World, use_virtual_time

SECONDS = 12.0
MESSAGES = 130
REST_WITHIN = 600.0
"""Virtual seconds."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a seed came to."""

    seed: int
    violations: tuple[str, ...]
    counts: Counter[str]
    digest: str
    """Over all that stands on the topics: the same for every run of the seed."""


def storable(*texts: str | None) -> None:
    """As the model's, and a word that no database can keep."""
    if any(text is not None and "UNSTORABLE" in text for text in texts):
        raise BadData("22023 simulated")


async def live(loop: asyncio.AbstractEventLoop, seed: int, plant: Plant) -> Outcome:
    """One seed."""
    use_virtual_time(loop)
    world = World(seed, loop, plant)
    people = People(world)
    for service in SERVICES:
        for n in range(2):
            await world.bring(service, f"{service}-{n}")
    await people.found()
    begin = loop.time()
    offices = [loop.create_task(people.offices(n, begin + SECONDS)) for n in range(4)]
    offices.append(loop.create_task(people.operator(begin + SECONDS)))
    staff = loop.create_task(people.staff(MESSAGES))
    await world.trouble(SECONDS)
    await staff
    await asyncio.gather(*offices)
    await world.heal()
    await settle(world)
    if not world.findings:
        world.findings.extend(invariants.violations(world))
    counts = world.counts
    counts["messages"] = counts["requests"] + counts["duplicates"] + counts["broken"] + counts["reused"]
    counts["records"] = sum(map(len, world.broker.logs.values()))
    counts["keys"] = len({raw.key for log in world.broker.logs.values() for raw in log})
    if counts["messages"] < 200 or counts["keys"] < 20 or counts["crashes"] < 3:
        world.found(f"too little happened: {dict(counts)}")
    told = repr([(place, [(raw.value, raw.headers) for raw in log]) for place, log in sorted(world.broker.logs.items())])
    return Outcome(seed, tuple(world.findings), counts, sha256(told.encode()).hexdigest())


async def settle(world: World) -> None:
    """Waits until nothing is left to do; what no code can mend, a person discards."""
    limit = world.loop.time() + REST_WITHIN
    while (why := world.unrest()) is not None:
        await asyncio.sleep(0.5)
        if world.loop.time() > limit:
            world.found(f"does not come to rest: {why}")
            return
        for name, store in world.stores.items():
            for one in sorted(store.table("parked").values(), key=lambda one: one.id):
                if one.state == "waiting" and one.rule == "data-unstorable":
                    await world.operate(name, one.id, "discard")
                    break


def try_seed(seed: int, plant: Plant | None = None) -> Outcome:
    """Runs a seed in a loop of its own."""
    outcome: Outcome = run(lambda loop: live(loop, seed, plant or Plant()))
    gc.collect()
    return outcome


def prepare() -> None:
    """What must be so in this process before the first seed: a word that cannot be stored, no logs, and garbage collected between seeds only."""
    gc.collect()
    gc.freeze()
    gc.disable()
    simulated.storable = storable
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
