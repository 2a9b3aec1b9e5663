"""What tests of several packages share: a house with a real broker and a real PostgreSQL, started once."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from cg_cli.servers import House, temporary


@pytest.fixture(scope="session")
def house() -> Iterator[House]:
    """Kafka and PostgreSQL in a home of their own, removed afterwards. `house.kill`, `start` and `restart` are for tests of faults."""
    with temporary({"kafka", "postgres"}) as made:
        yield made
