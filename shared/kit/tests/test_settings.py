"""What a process says of an environment that it cannot start with."""

import pytest
from pydantic import ValidationError

from cg_kit.__main__ import amiss
from cg_kit.settings import Settings


def test_each_variable_that_is_missing_or_wrong_is_named_as_it_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CG_KAFKA_BOOTSTRAP", raising=False)
    monkeypatch.setenv("CG_HTTP_PORT", "eighty")
    monkeypatch.setenv("OTEL_TRACES_SAMPLER_ARG", "2")
    with pytest.raises(ValidationError) as caught:
        Settings()  # type: ignore[call-arg]
    said = amiss(caught.value)
    assert "CG_KAFKA_BOOTSTRAP: Field required" in said
    assert "CG_HTTP_PORT: Input should be a valid integer" in said
    assert ", OTEL_TRACES_SAMPLER_ARG: Input should be less than or equal to 1" in said
