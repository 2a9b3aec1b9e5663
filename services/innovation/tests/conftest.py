"""The service with a database of its own, once for all files of tests that knock."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from cg_cli.servers import House
from services.innovation.tests.door import Innovation, behind_the_door


@pytest.fixture(scope="session")
async def innovation(house: House) -> AsyncIterator[Innovation]:
    async with behind_the_door(house, "innovation_door") as made:
        yield made
