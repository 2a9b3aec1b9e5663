"""Each file of tests that knocks has the service with a database of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from cg_cli.servers import House
from services.integrity.tests.door import Integrity, behind_the_door


@pytest.fixture(scope="module")
async def integrity(house: House, request: pytest.FixtureRequest) -> AsyncIterator[Integrity]:
    async with behind_the_door(house, f"integrity_{request.module.__name__.rpartition('.')[2]}") as made:
        yield made
