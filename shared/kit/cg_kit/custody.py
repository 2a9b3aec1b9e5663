"""What two custodians open together and nobody alone: each is sealed one half of its key, and the private key that opens a half is in a file of theirs only."""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

KEY = 32
BLOCK = 1024
"""What is sealed is filled up to whole blocks: its length tells nothing of a name."""


class Unsealable(Exception):
    """Not a key, or not what this key opens."""


@dataclass(frozen=True, slots=True)
class Box:
    """Something sealed: the box, and for each of two public keys one half of its key. All base64."""

    box: str
    halves: tuple[str, str]


def keygen() -> tuple[str, str]:
    """A new key pair: (private, public)."""
    from nacl.public import PrivateKey  # noqa: PLC0415  (a library that only this needs)

    made = PrivateKey.generate()
    return _text(bytes(made)), _text(bytes(made.public_key))


def public_of(private: str) -> str:
    """The public half of a private key."""
    from nacl.public import PrivateKey  # noqa: PLC0415

    return _text(bytes(PrivateKey(_bytes(private)).public_key))


def is_public(key: str) -> bool:
    """Whether this is a public key as `keygen` makes them."""
    try:
        return len(_bytes(key)) == KEY
    except Unsealable:
        return False


def seal(content: Mapping[str, Any], first: str, second: str) -> Box:
    """Seals to two public keys; neither half tells anything without the other."""
    from nacl.secret import SecretBox  # noqa: PLC0415
    from nacl.utils import random  # noqa: PLC0415

    one, other = random(KEY), random(KEY)
    text = json.dumps(dict(content), ensure_ascii=False).encode()
    text += b" " * (-len(text) % BLOCK)
    box = SecretBox(_joined(one, other)).encrypt(text)
    return Box(_text(bytes(box)), (seal_to(first, one), seal_to(second, other)))


def seal_to(public: str, half: bytes) -> str:
    """One half, for who has the private key."""
    from nacl.public import PublicKey, SealedBox  # noqa: PLC0415

    return _text(bytes(SealedBox(PublicKey(_bytes(public))).encrypt(half)))


def half_of(private: str, sealed: str) -> bytes:
    """The half that was sealed to this key."""
    from nacl.exceptions import CryptoError  # noqa: PLC0415
    from nacl.public import PrivateKey, SealedBox  # noqa: PLC0415

    try:
        half = SealedBox(PrivateKey(_bytes(private))).decrypt(_bytes(sealed))
    except (CryptoError, ValueError, TypeError):
        raise Unsealable("this key does not open that half") from None
    return bytes(half)


def handed_on(private: str, sealed: str, to: str) -> str:
    """A custodian's half, opened with their key and sealed to who may read; it is in clear in their process alone."""
    return seal_to(to, half_of(private, sealed))


def opened(private: str, box: str, halves: tuple[str, str]) -> dict[str, Any]:
    """What was sealed, by who was handed both halves."""
    from nacl.exceptions import CryptoError  # noqa: PLC0415
    from nacl.secret import SecretBox  # noqa: PLC0415

    one, other = (half_of(private, half) for half in halves)
    try:
        content: dict[str, Any] = json.loads(SecretBox(_joined(one, other)).decrypt(_bytes(box)))
    except (CryptoError, ValueError):
        raise Unsealable("these halves do not open this box") from None
    return content


def _joined(one: bytes, other: bytes) -> bytes:
    if len(one) != KEY or len(other) != KEY:
        raise Unsealable("a half is 32 bytes")
    return bytes(a ^ b for a, b in zip(one, other, strict=True))


def _text(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def _bytes(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise Unsealable("this is no base64") from None
