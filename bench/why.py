"""How long oversight takes to say why: over a million remembered envelopes, `uv run python -m bench.why`."""

from __future__ import annotations

import asyncio
import json
import random
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import asyncpg

from cg_cli.home import Home
from cg_cli.servers import running
from cg_kit.migrate import migrate
from cg_kit.postgres import open_pool
from services.oversight.queries.why import why

MESSAGES = 1_000_000
STORY = 20
"""Envelopes of one story: a request, and what came of it in two services, a third of it in a chain."""

FILL = """
INSERT INTO remembered (id, service, step, type, source, subject, at, causationid, correlationid)
SELECT md5('s' || s || '.' || n)::uuid::text, CASE n % 2 WHEN 0 THEN 'org' ELSE 'screening' END, CASE WHEN n = 0 THEN 'accepted' ELSE 'said' END,
       'be.police.cg.org.Measured.v1', 'tag:police.be,2026:cg/org', md5('a' || s)::uuid::text, now() - (1000000 - s) * interval '2 seconds',
       CASE WHEN n = 0 THEN NULL ELSE md5('s' || s || '.' || CASE WHEN n % 3 = 0 THEN n / 3 ELSE n - 1 END)::uuid::text END,
       md5('s' || s || '.0')::uuid::text
  FROM generate_series($1::int, $2::int) s, generate_series(0, $3::int - 1) n
"""


@dataclass(frozen=True, slots=True)
class Measured:
    """What was measured, in milliseconds."""

    rows: int
    asked: int
    steps: int
    p50: float
    p95: float
    longest: float
    megabytes: int


async def measure(url: str, messages: int = MESSAGES, asked: int = 500, seed: int = 1) -> Measured:
    """Fills the table up to so many rows, and asks about that many of them, without a warm-up."""
    pool = await open_pool(url, None, "bench why", size=2)
    stories = messages // STORY
    for start in range(0, stories, 5_000):
        await pool.execute(FILL, start, min(start + 5_000, stories) - 1, STORY)
    chance = random.Random(seed)
    door: Any = SimpleNamespace(fetch=pool.fetch)
    taken, steps = [], 0
    for _ in range(asked):
        story, n = chance.randrange(stories), chance.randrange(STORY)
        id_ = await pool.fetchval("SELECT md5('s' || $1::text || '.' || $2::text)::uuid::text", str(story), str(n))
        began = time.perf_counter()
        found = await why(door, id_)
        taken.append((time.perf_counter() - began) * 1000)
        assert found is not None
        assert found.first == found.causes[-1].correlationid
        steps += len(found.causes) + len(found.effects)
    rows = await pool.fetchval("SELECT count(*) FROM remembered")
    size = await pool.fetchval("SELECT pg_total_relation_size('remembered')")
    pool.terminate()
    taken.sort()
    return Measured(rows, asked, steps // asked, round(taken[asked // 2], 1), round(taken[int(asked * 0.95)], 1), round(taken[-1], 1), size >> 20)


async def prepared(house: Any, database: str = "oversight_why") -> str:
    """A database of its own with oversight's tables; its address as superuser."""
    server = await asyncpg.connect(house.superuser_url())
    await server.execute(f"CREATE DATABASE {database} OWNER oversight_owner")
    await server.close()
    await migrate(house.database_url("oversight", owner=True).replace("@/oversight?", f"@/{database}?"), "services.oversight", "oversight")
    return str(house.superuser_url(database))


def main() -> None:
    """Measures in a house of its own, which is removed after."""
    with tempfile.TemporaryDirectory(prefix="cg-why-") as folder, running(Home(Path(folder) / "home"), {"postgres"}) as house:
        found = asyncio.run(_measured(house))
    json.dump(asdict(found), sys.stdout, indent=2)
    print()


async def _measured(house: Any) -> Measured:
    return await measure(await prepared(house))


if __name__ == "__main__":
    main()
