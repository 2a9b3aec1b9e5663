"""`--seed N` repeats one seed."""

from __future__ import annotations

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """The seed to repeat, as a failure printed it."""
    parser.addoption("--seed", type=int, default=None, help="run this seed of the simulation only")
