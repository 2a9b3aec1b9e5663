"""Who is calling: bearer tokens checked against an issuer's public keys, and the tokens that the embedded issuer makes."""

from __future__ import annotations

import asyncio
import json
import time
import urllib.request
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, import_key

AUDIENCE = "commissariaat"
"""What a token must be meant for (`aud`)."""

ISSUER = "tag:police.be,2026:cg/issuer"
"""Who makes tokens in embedded mode (`iss`); elsewhere the setting CG_ISSUER names the realm's address."""

ALGORITHMS = ["ES256", "ES384", "EdDSA", "RS256", "PS256"]
"""Signatures with a public key only: neither `none` nor a shared secret is ever accepted."""

LEEWAY = 30
"""Seconds by which an issuer's clock may differ from ours."""

KEYS_FRESH = 300.0
"""Seconds for which fetched keys are used without asking again."""

KEYS_PAUSE = 10.0
"""Seconds between two fetches because of a key that we do not know."""


class BadToken(Exception):
    """The token proves nothing; the text says why and holds nothing of the token."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Whom a valid token names: a person's id (`sub`) and roles (`roles`, or Keycloak's `realm_access.roles`)."""

    person_id: UUID
    roles: frozenset[str]


class Keys:
    """The issuer's public keys (JWKS), from a file that is read again when it changes, or from an address."""

    def __init__(self, *, file: Path | None = None, url: str | None = None) -> None:
        if (file is None) == (url is None):
            raise ValueError("set exactly one of CG_JWKS_FILE and CG_JWKS_URL")
        if url is not None and not url.startswith(("https://", "http://")):
            raise ValueError("CG_JWKS_URL must be an http address")
        self._file = file
        self._url = url
        self._set: KeySet | None = None
        self._stamp = 0
        self._fetched = 0.0
        self._fetching = asyncio.Lock()

    async def current(self, *, unknown: bool = False) -> KeySet:
        """The keys to check with; `unknown` asks for newer ones because a token names a key that is not among them."""
        if self._file is not None:
            stamp = self._file.stat().st_mtime_ns
            if self._set is None or stamp != self._stamp:
                self._set = KeySet.import_key_set(json.loads(self._file.read_bytes()))
                self._stamp = stamp
            return self._set
        async with self._fetching:
            age = time.monotonic() - self._fetched
            if self._set is None or age > KEYS_FRESH or (unknown and age > KEYS_PAUSE):
                try:
                    self._set = KeySet.import_key_set(json.loads(await asyncio.to_thread(self._fetch)))
                    self._fetched = time.monotonic()
                except OSError:
                    if self._set is None:
                        raise
            return self._set

    def _fetch(self) -> bytes:
        assert self._url is not None
        with urllib.request.urlopen(self._url, timeout=5) as answer:  # noqa: S310 the scheme is checked above
            body: bytes = answer.read(1 << 20)
            return body


class Verifier:
    """Checks tokens: signature, issuer, audience, and the time of expiry on real time."""

    def __init__(self, keys: Keys, now: Callable[[], datetime], issuer: str = ISSUER) -> None:
        self._keys = keys
        self._now = now
        self._issuer = issuer

    async def caller(self, token: str) -> Caller:
        """Whom the token names; raises BadToken."""
        try:
            claims = await self._claims(token)
            registry = jwt.JWTClaimsRegistry(
                now=int(self._now().timestamp()),
                leeway=LEEWAY,
                iss={"essential": True, "value": self._issuer},
                aud={"essential": True, "value": AUDIENCE},
                exp={"essential": True},
                sub={"essential": True},
            )
            registry.validate(claims)
        except JoseError as error:
            raise BadToken(f"{error.error}: {error.description}" if error.description else error.error) from None
        except (ValueError, TypeError, UnicodeError):
            raise BadToken("this is no signed token") from None
        try:
            person_id = UUID(str(claims["sub"]))
        except ValueError:
            raise BadToken("claim 'sub' is not the id of a person") from None
        return Caller(person_id, frozenset(_roles(claims)))

    async def _claims(self, token: str) -> dict[str, Any]:
        try:
            return jwt.decode(token, await self._keys.current(), algorithms=ALGORITHMS).claims
        except (JoseError, ValueError):
            # a key that was rotated in a moment ago: ask once more, bounded
            return jwt.decode(token, await self._keys.current(unknown=True), algorithms=ALGORITHMS).claims


def _roles(claims: Mapping[str, Any]) -> Iterable[str]:
    for roles in (claims.get("roles"), (claims.get("realm_access") or {}).get("roles") if isinstance(claims.get("realm_access"), Mapping) else None):
        if isinstance(roles, list):
            yield from (role for role in roles if isinstance(role, str))


def token(jwk: Mapping[str, Any], person_id: UUID, roles: Iterable[str], now: datetime, *, seconds: int = 3600, issuer: str = ISSUER) -> str:
    """A token signed with a private key (JWK with `kid` and `alg`) that names this person in these roles, valid for `seconds` from `now` (real time)."""
    at = int(now.timestamp())
    claims = {"iss": issuer, "aud": AUDIENCE, "sub": str(person_id), "roles": sorted(roles), "iat": at, "exp": at + seconds}
    return jwt.encode({"alg": jwk["alg"], "kid": jwk["kid"]}, claims, import_key(dict(jwk)), algorithms=ALGORITHMS)
