"""The vault: what is sealed opens with the same keys under the same id, and with nothing else; without the person's key with nothing at all."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cg_kit.seam import Entry
from cg_kit.vault import Forgotten, Unopenable, Vault

NOON = datetime(2026, 4, 15, 10, tzinfo=UTC)
REF, OTHER = UUID(int=1), UUID(int=2)
VAULT = Vault(bytes(range(32)))
PERSON = "somebody"
KEY = VAULT.fresh(PERSON)


def entry(content: bytes, about: str | None = PERSON) -> Entry:
    return Entry(REF, about, content, NOON, NOON)


def sealed(content: bytes = b"secret") -> bytes:
    return VAULT.seal(entry(content), KEY).sealed


@given(st.binary(max_size=300))
def test_what_is_sealed_opens(content: bytes) -> None:
    kept = VAULT.seal(entry(content), KEY)
    assert VAULT.open(REF, kept.sealed, PERSON, KEY) == content
    assert (kept.ref, kept.about, kept.at) == (REF, PERSON, NOON)
    assert len(content) < 4 or content not in kept.sealed


def test_the_same_content_is_sealed_differently_each_time() -> None:
    assert sealed() != sealed()


def test_an_entry_does_not_open_under_another_id_or_key_or_person() -> None:
    other = VAULT.fresh("somebody else")
    for vault, ref, about, key in ((VAULT, OTHER, PERSON, KEY), (Vault(bytes(32)), REF, PERSON, KEY), (VAULT, REF, PERSON, VAULT.fresh(PERSON))):
        with pytest.raises(Unopenable):
            vault.open(ref, sealed(), about, key)
    for about, key in ((PERSON, other), ("somebody else", KEY)):
        with pytest.raises(Unopenable):
            VAULT.open(REF, sealed(), about, key)


def test_without_the_person_s_key_nobody_opens_it_not_even_with_the_service_s() -> None:
    with pytest.raises(Forgotten):
        VAULT.open(REF, sealed(), PERSON, None)
    with pytest.raises(Forgotten):
        VAULT.open(REF, b"\x00", PERSON, KEY)
    with pytest.raises(Unopenable):
        VAULT.open(REF, b"\x01" + sealed()[1:], PERSON, None)


def test_what_is_about_nobody_and_what_is_older_than_persons_keys_opens_with_the_service_s() -> None:
    old = VAULT.seal(entry(b"old", None), None).sealed
    assert VAULT.open(REF, old) == VAULT.open(REF, old, PERSON, KEY) == b"old"


@given(st.integers(0, 34), st.integers(1, 255))
def test_a_changed_byte_is_noticed(place: int, change: int) -> None:
    changed = bytearray(sealed())
    changed[place] ^= change
    with pytest.raises((Unopenable, Forgotten)):
        VAULT.open(REF, bytes(changed), PERSON, KEY)


@pytest.mark.parametrize("cut", [b"", b"\x01", b"\x01" + bytes(11), b"\x02" + bytes(40)])
def test_what_was_never_sealed_does_not_open(cut: bytes) -> None:
    with pytest.raises(Unopenable):
        VAULT.open(REF, cut)


def test_a_key_is_32_bytes_in_hex_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "key").write_text(bytes(range(32)).hex() + "\n")
    assert Vault.from_file(tmp_path / "key").open(REF, VAULT.seal(entry(b"x", None), None).sealed) == b"x"
    with pytest.raises(ValueError, match="32 bytes"):
        Vault(b"short")
