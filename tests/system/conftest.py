"""The whole house that all system tests share: started once, with everything that a person gets from `cg up`, and removed afterwards."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from cg_cli.home import Home
from tests.system.house import City, Ear


@pytest.fixture(scope="session")
def city() -> Iterator[City]:
    """Kafka, PostgreSQL, the trace server, org and screening, with the sample vacancies and persons, under a supervisor.

    Who works on a test can let it play in a house that runs already: CG_TEST_HOME=DIR.
    """
    if there := os.environ.get("CG_TEST_HOME"):
        running = City(Home(there))
        yield running
        running.close()
        return
    folder = Path(tempfile.mkdtemp(prefix="cg-city-"))
    made = City(Home(folder / "home"))
    try:
        made.cg("up", "--detach", apart=True)
        yield made
    finally:
        made.close()
        subprocess.run([sys.executable, "-m", "cg_cli.main", "down", "--home", str(made.home.path)], check=False, capture_output=True, timeout=60)
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def hr(city: City) -> Iterator[Ear]:
    """What the staff system is answered, from the beginning of this module's tests."""
    ear = city.ear("hr")
    yield ear
    ear.close()


@pytest.fixture(scope="module")
def nvo(city: City) -> Iterator[Ear]:
    """What the security authority is answered."""
    ear = city.ear("nvo")
    yield ear
    ear.close()


@pytest.fixture(scope="module")
def facts(city: City) -> Iterator[Ear]:
    """All that the services say, as an operator reads it."""
    ear = city.ear("operator")
    yield ear
    ear.close()
