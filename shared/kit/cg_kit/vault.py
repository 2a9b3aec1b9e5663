"""The vault's cipher: personal data is sealed before it reaches the database, each entry bound to its own id, and with a key of the person it is about."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from pathlib import Path
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from cg_kit.seam import Entry, Sealed

DESTROYED, WITH_MASTER, WITH_KEY = b"\x00", b"\x01", b"\x02"
"""The first byte of an entry: overwritten; sealed with the service's key (what is about nobody, and what is older than persons' keys); with a person's."""

NONCE = 12
KEY = 32


class Unopenable(Exception):
    """An entry that this key does not open: another key, or bytes that were changed."""


class Forgotten(Exception):
    """An entry about a person who was forgotten: nobody can open it any more."""


class Vault:
    """Seals and opens with AES-256-GCM. The service's key of 32 bytes encrypts persons' keys, which encrypt entries."""

    def __init__(self, key: bytes) -> None:
        if len(key) != KEY:
            raise ValueError("the vault's key is 32 bytes")
        self._cipher = AESGCM(key)
        self._mark = hashlib.sha256(b"cg mark" + key).digest()

    @classmethod
    def from_file(cls, path: Path) -> Vault:
        """The vault whose key, as 64 hexadecimal digits, stands in this file."""
        return cls(bytes.fromhex(path.read_text().strip()))

    def mark(self, *parts: object) -> bytes:
        """A name that only who has this key can make or check, always the same for the same parts."""
        return hmac.digest(self._mark, "\n".join(map(str, parts)).encode(), "sha256")

    def fresh(self, about: str) -> bytes:
        """A new key for a person, encrypted: the only copy there will be."""
        nonce = secrets.token_bytes(NONCE)
        return nonce + self._cipher.encrypt(nonce, secrets.token_bytes(KEY), about.encode())

    def seal(self, entry: Entry, wrapped: bytes | None) -> Sealed:
        """An entry, with the key of the person it is about (None: it is about nobody)."""
        nonce = secrets.token_bytes(NONCE)
        first = WITH_MASTER if wrapped is None else WITH_KEY
        cipher = self._cipher if wrapped is None else self._unwrapped(entry.ref, entry.about, wrapped)
        return Sealed(entry.ref, entry.about, first + nonce + cipher.encrypt(nonce, entry.content, entry.ref.bytes), entry.at)

    def open(self, ref: UUID, sealed: bytes, about: str | None = None, wrapped: bytes | None = None) -> bytes:
        """The content of an entry about a person, with their key as it is kept (None: there is none); raises Unopenable, Forgotten."""
        first = sealed[:1]
        if first == DESTROYED or (first == WITH_KEY and wrapped is None and about is not None):
            raise Forgotten(str(ref))
        if first not in (WITH_MASTER, WITH_KEY) or len(sealed) <= NONCE:
            raise Unopenable(str(ref))
        cipher = self._cipher if first == WITH_MASTER else self._unwrapped(ref, about, wrapped or b"")
        try:
            return cipher.decrypt(sealed[1 : 1 + NONCE], sealed[1 + NONCE :], ref.bytes)
        except InvalidTag:
            raise Unopenable(str(ref)) from None

    def _unwrapped(self, ref: UUID, about: str | None, wrapped: bytes) -> AESGCM:
        try:
            return AESGCM(self._cipher.decrypt(wrapped[:NONCE], wrapped[NONCE:], (about or "").encode()))
        except (InvalidTag, ValueError):
            raise Unopenable(str(ref)) from None
