"""The vault: what is sealed opens with the same key under the same id, and with nothing else."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cg_kit.vault import Unopenable, Vault

NOON = datetime(2026, 4, 15, 10, tzinfo=UTC)
REF, OTHER = UUID(int=1), UUID(int=2)
VAULT = Vault(bytes(range(32)))


@given(st.binary(max_size=300))
def test_what_is_sealed_opens(content: bytes) -> None:
    sealed = VAULT.seal(REF, "somebody", content, NOON)
    assert VAULT.open(REF, sealed.sealed) == content
    assert (sealed.ref, sealed.about, sealed.at) == (REF, "somebody", NOON)
    assert len(content) < 4 or content not in sealed.sealed


def test_the_same_content_is_sealed_differently_each_time() -> None:
    assert VAULT.seal(REF, None, b"x", NOON).sealed != VAULT.seal(REF, None, b"x", NOON).sealed


def test_an_entry_does_not_open_under_another_id_or_key() -> None:
    sealed = VAULT.seal(REF, None, b"secret", NOON).sealed
    for vault, ref in ((VAULT, OTHER), (Vault(bytes(32)), REF)):
        with pytest.raises(Unopenable):
            vault.open(ref, sealed)


@given(st.integers(0, 34), st.integers(1, 255))
def test_a_changed_byte_is_noticed(place: int, change: int) -> None:
    sealed = bytearray(VAULT.seal(REF, None, b"secret", NOON).sealed)
    sealed[place] ^= change
    with pytest.raises(Unopenable):
        VAULT.open(REF, bytes(sealed))


@pytest.mark.parametrize("cut", [b"", b"\x01", b"\x01" + bytes(11), b"\x02" + bytes(40)])
def test_what_was_never_sealed_does_not_open(cut: bytes) -> None:
    with pytest.raises(Unopenable):
        VAULT.open(REF, cut)


def test_a_key_is_32_bytes_in_hex_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "key").write_text(bytes(range(32)).hex() + "\n")
    assert Vault.from_file(tmp_path / "key").open(REF, VAULT.seal(REF, None, b"x", NOON).sealed) == b"x"
    with pytest.raises(ValueError, match="32 bytes"):
        Vault(b"short")
