"""The bench measures three ways to react and says all figures; how fast they are is no matter of a test."""

from __future__ import annotations

import json

import pytest

from bench import reaction
from cg_cli.main import run

FIGURES = ("reactions_per_s", "faststream_per_s", "ceiling_per_s", "p50_ms", "p99_ms", "ceiling_p50_ms", "ceiling_p99_ms")


def test_a_percentile_is_a_value_that_was_measured() -> None:
    values = [5.0, 1.0, 4.0, 2.0, 3.0]
    assert [reaction.percentile(values, share) for share in (0.0, 0.5, 0.99)] == [1.0, 3.0, 5.0]
    assert reaction.spread(values) == {"min": 1.0, "median": 3.0, "max": 5.0}


@pytest.mark.timeout(240)
def test_the_bench_says_every_figure_in_one_document(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(reaction.Ours, "filled", 2_000)
    monkeypatch.setattr(reaction.Ceiling, "filled", 2_000)
    monkeypatch.setattr(reaction.FastStreamAlone, "filled", 100)
    monkeypatch.setattr(reaction, "SECONDS", 2)
    assert run(["bench", "reaction", "--rounds", "1", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    for name in FIGURES:
        assert 0 < found[name]["min"] <= found[name]["median"] <= found[name]["max"], name
    assert set(found["ratios"]) == {"reactions_to_ceiling", "reactions_to_faststream", "p50_to_ceiling", "p99_to_ceiling"}
