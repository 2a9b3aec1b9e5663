"""`python -m tests.simulation.days [--days N] [--staff N] [--seed N]`: a house lives day after day, with crashes on the way, and keeps every promise."""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import time
import warnings
from collections import Counter
from datetime import timedelta

DAYS, STAFF, POSTS = 500, 2_000, 400
MESSAGES, ERRANDS = 8, 12
"""Each day: what the staff system says, and what people at their screens take up."""

A_DAY = 2.0
"""Virtual seconds that a day of the house takes at least."""


async def live(loop: asyncio.AbstractEventLoop, seed: int, days: int, staff: int) -> tuple[list[str], Counter[str]]:
    """The house from its first day to its last; what was broken, and what was done."""
    from tests.simulation import invariants  # noqa: PLC0415
    from tests.simulation.people import People  # noqa: PLC0415
    from tests.simulation.seeds import settle  # noqa: PLC0415
    from tests.simulation.world import SERVICES, World, use_virtual_time  # noqa: PLC0415

    use_virtual_time(loop)
    world = World(seed, loop)
    people = People(world, persons=staff, posts=min(POSTS, staff // 5))
    for service in SERVICES:
        for n in range(2):
            await world.bring(service, f"{service}-{n}")
    await people.found()
    for n in range(staff):
        people.register(n)
    for day in range(days):
        ends = loop.time() + A_DAY
        trouble = loop.create_task(world.a_bad_day(A_DAY)) if day % 5 == 0 else None
        for n in range(MESSAGES):
            people.message(day * MESSAGES + n)
        for _ in range(ERRANDS):
            await people.office(ends + A_DAY)
        if day % 3 == 0:
            await people.operator(loop.time() + 0.5)
        if trouble is not None:
            await trouble
        if day % 21 == 20:
            for store in world.stores.values():
                await store.rotate_inbox()
        await asyncio.sleep(max(0.0, ends - loop.time()))
        world.passes(timedelta(days=1))
    await world.heal()
    await settle(world)
    if not world.findings:
        world.findings.extend(invariants.violations(world))
    counts = world.counts
    counts["records"] = sum(map(len, world.broker.logs.values()))
    for service, store in world.stores.items():
        counts[f"{service} steps"] = len(store.table("journal"))
        counts[f"{service} deadlines"] = sum(fired is not None for _, fired in store.table("timer").values())
    return world.findings, counts


def main() -> int:
    """Lives the days asked for; under a fixed hash seed, because the order of sets of text is part of a run."""
    if os.environ.get("PYTHONHASHSEED") != "0":
        os.execve(sys.executable, [sys.executable, "-m", "tests.simulation.days", *sys.argv[1:]], {**os.environ, "PYTHONHASHSEED": "0"})
    parser = argparse.ArgumentParser(prog="tests.simulation.days", description=__doc__)
    parser.add_argument("--days", type=int, default=DAYS)
    parser.add_argument("--staff", type=int, default=STAFF)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    warnings.simplefilter("ignore")
    from tests.simulation.seeds import prepare  # noqa: PLC0415
    from tests.simulation.virtual import run  # noqa: PLC0415

    prepare()
    began = time.perf_counter()
    findings, counts = run(lambda loop: live(loop, asked.seed, asked.days, asked.staff))
    for finding in findings[:12]:
        print(f"  {finding}")  # noqa: T201
    print(f"{asked.days} days, staff of {asked.staff}, seed {asked.seed}: {time.perf_counter() - began:.1f} s, {dict(counts)}")  # noqa: T201
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
