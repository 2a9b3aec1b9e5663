"""Each file of tests that knocks has the service with a database of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from cg_cli.servers import House
from services.org.tests.door import Org, behind_the_door


@pytest.fixture(scope="module")
async def org(house: House, request: pytest.FixtureRequest) -> AsyncIterator[Org]:
    async with behind_the_door(house, f"org_{request.module.__name__.rpartition('.')[2]}") as made:
        yield made
