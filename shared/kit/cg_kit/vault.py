"""The vault's cipher: personal data is sealed before it reaches the database, each entry bound to its own id."""

from __future__ import annotations

import secrets
from datetime import datetime
from pathlib import Path
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from cg_kit.seam import Sealed

VERSION = b"\x01"
NONCE = 12


class Unopenable(Exception):
    """An entry that this key does not open: another key, or bytes that were changed."""


class Vault:
    """Seals and opens entries with AES-256-GCM under one master key of 32 bytes."""

    def __init__(self, key: bytes) -> None:
        if len(key) != 32:
            raise ValueError("the vault's key is 32 bytes")
        self._cipher = AESGCM(key)

    @classmethod
    def from_file(cls, path: Path) -> Vault:
        """The vault whose key, as 64 hexadecimal digits, stands in this file."""
        return cls(bytes.fromhex(path.read_text().strip()))

    def seal(self, ref: UUID, about: str | None, content: bytes, at: datetime) -> Sealed:
        """An entry about a person, of this instant of domain time."""
        nonce = secrets.token_bytes(NONCE)
        return Sealed(ref, about, VERSION + nonce + self._cipher.encrypt(nonce, content, ref.bytes), at)

    def open(self, ref: UUID, sealed: bytes) -> bytes:
        """The content of an entry; raises Unopenable."""
        if sealed[:1] != VERSION or len(sealed) <= NONCE:
            raise Unopenable(str(ref))
        try:
            return self._cipher.decrypt(sealed[1 : 1 + NONCE], sealed[1 + NONCE :], ref.bytes)
        except InvalidTag:
            raise Unopenable(str(ref)) from None
