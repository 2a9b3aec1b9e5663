"""Brings a service's database to its newest form: numbered files, forward only, the kit's first."""

from __future__ import annotations

import hashlib
import importlib
import re
from dataclasses import dataclass
from importlib.resources import files

import asyncpg

NAME = re.compile(r"^\d{4}_[a-z0-9_]+\.sql$")

RECORD = """
CREATE TABLE IF NOT EXISTS migration (name text PRIMARY KEY, checksum text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())
"""


class Changed(Exception):
    """A migration that was applied before has another content now: files are never edited, only added."""


@dataclass(frozen=True, slots=True)
class Migration:
    """One file: `screening/0001_cases.sql` and its SQL."""

    name: str
    sql: str

    @property
    def checksum(self) -> str:
        """What it must still be once it was applied."""
        return hashlib.sha256(self.sql.encode()).hexdigest()


def of_package(package: str, label: str) -> list[Migration]:
    """The migrations in a package's folder `migrations`, in order."""
    folder = files(importlib.import_module(package)) / "migrations"
    found = sorted((entry.name, entry.read_text(encoding="utf-8")) for entry in folder.iterdir() if NAME.match(entry.name)) if folder.is_dir() else []
    return [Migration(f"{label}/{name}", sql) for name, sql in found]


async def migrate(owner_url: str, service_package: str, runtime_role: str, *, password: str | None = None) -> list[str]:
    """Applies what is missing, each file in a transaction of its own, and returns the names applied.

    `owner_url` is that of the database's owner, `service_package` the service's (`services.screening`), `runtime_role` whom the files grant rights to.
    Two migrators wait for each other; one that is killed leaves whole files only.
    """
    wanted = of_package("cg_kit", "kit") + of_package(service_package, service_package.rsplit(".", 1)[-1])
    connection = await asyncpg.connect(owner_url, password=password, server_settings={"application_name": "migrate", "lock_timeout": "10s"})
    applied: list[str] = []
    try:
        await connection.execute("SET lock_timeout = '60s'")
        await connection.execute("SELECT pg_advisory_lock(hashtextextended('cg.migrate', 0))")
        await connection.execute("SET lock_timeout = '10s'")
        await connection.execute("SET client_min_messages = warning")
        await connection.execute(RECORD)
        known: dict[str, str] = {row["name"]: row["checksum"] for row in await connection.fetch("SELECT name, checksum FROM migration")}
        for migration in wanted:
            if migration.name in known:
                if known[migration.name] != migration.checksum:
                    raise Changed(migration.name)
                continue
            async with connection.transaction():
                await connection.execute("SELECT set_config('cg.runtime', $1, true)", runtime_role)
                await connection.execute(migration.sql)
                await connection.execute("INSERT INTO migration (name, checksum) VALUES ($1, $2)", migration.name, migration.checksum)
            applied.append(migration.name)
    finally:
        await connection.close()
    return applied
