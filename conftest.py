"""What tests of several packages share: a house with a real broker and a real PostgreSQL, started once."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from cg_cli.servers import House, temporary


@pytest.fixture(scope="session")
def house() -> Iterator[House]:
    """Kafka and PostgreSQL in a home of their own, removed afterwards. `house.kill`, `start` and `restart` are for tests of faults."""
    with temporary({"kafka", "postgres"}) as made:
        yield made


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Where everything is installed (CI), a skipped test is a failure."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if os.environ.get("CI") == "true" and exitstatus == 0 and reporter is not None and reporter.stats.get("skipped"):
        session.exitstatus = 1
        for report in reporter.stats["skipped"]:
            reporter.write_line(f"skipped, which CI does not allow: {report.nodeid}: {report.longrepr}", red=True)
