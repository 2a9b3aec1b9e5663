"""Over a month of traffic, a million messages, why anything happened is said in under 300 ms at the 95th percentile."""

from __future__ import annotations

import pytest

from bench.why import MESSAGES, measure, prepared
from cg_cli.servers import House


@pytest.mark.soak
async def test_why_is_said_in_time_over_a_million_messages(house: House) -> None:
    found = await measure(await prepared(house, "oversight_soak"))
    assert found.rows == MESSAGES
    assert found.steps > 5
    assert found.p95 < 300
