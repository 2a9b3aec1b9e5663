"""Tokens: what is accepted, and that nothing else is."""

from __future__ import annotations

import http.server
import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey, RSAKey

from cg_kit.auth import AUDIENCE, ISSUER, BadToken, Keys, Verifier, token

NOW = datetime(2026, 4, 15, 10, tzinfo=UTC)
PERSON = UUID(int=7)
KEY = ECKey.generate_key("P-256", {"kid": "one", "use": "sig", "alg": "ES256"})
OTHER = ECKey.generate_key("P-256", {"kid": "two", "use": "sig", "alg": "ES256"})


def secret(key: ECKey | RSAKey) -> dict[str, Any]:
    return dict(key.as_dict(private=True))


def write_keys(path: Path, *keys: ECKey | RSAKey) -> Path:
    path.write_text(json.dumps({"keys": [key.as_dict(private=False) for key in keys]}))
    return path


@pytest.fixture
def verifier(tmp_path: Path) -> Verifier:
    return Verifier(Keys(file=write_keys(tmp_path / "jwks.json", KEY)), lambda: NOW)


def signed(**changed: Any) -> str:
    claims: dict[str, Any] = {"iss": ISSUER, "aud": AUDIENCE, "sub": str(PERSON), "roles": ["reader"], "exp": int(NOW.timestamp()) + 60}
    return jwt.encode({"alg": "ES256", "kid": "one"}, {k: v for k, v in (claims | changed).items() if v is not None}, KEY)


async def test_a_token_names_a_person_in_roles(verifier: Verifier) -> None:
    caller = await verifier.caller(token(secret(KEY), PERSON, {"decider", "reader"}, NOW))
    assert (caller.person_id, caller.roles) == (PERSON, {"decider", "reader"})


async def test_keycloak_names_roles_in_realm_access(verifier: Verifier) -> None:
    assert (await verifier.caller(signed(roles=None, realm_access={"roles": ["operator"]}))).roles == {"operator"}


@pytest.mark.parametrize(
    "changed",
    [
        {"iss": "https://elsewhere"},
        {"iss": None},
        {"aud": "somebody else"},
        {"aud": None},
        {"exp": int(NOW.timestamp()) - 31},
        {"exp": None},
        {"nbf": int(NOW.timestamp()) + 3600},
        {"sub": "nobody"},
        {"sub": None},
    ],
)
async def test_a_token_for_others_of_another_time_or_of_nobody_proves_nothing(verifier: Verifier, changed: dict[str, Any]) -> None:
    with pytest.raises(BadToken):
        await verifier.caller(signed(**changed))


@pytest.mark.parametrize("text", ["", "x", "a.b.c", "\u20ac.\u20ac.\u20ac", signed()[:-4], signed() + "x", "." + signed()])
async def test_what_is_no_signed_token_proves_nothing(verifier: Verifier, text: str) -> None:
    with pytest.raises(BadToken):
        await verifier.caller(text)


async def test_another_key_proves_nothing_even_under_our_name(verifier: Verifier) -> None:
    forged = secret(OTHER) | {"kid": "one"}
    with pytest.raises(BadToken):
        await verifier.caller(token(forged, PERSON, {"operator"}, NOW))


async def test_neither_no_signature_nor_a_shared_secret_is_accepted(verifier: Verifier) -> None:
    claims = {"iss": ISSUER, "aud": AUDIENCE, "sub": str(PERSON), "exp": int(NOW.timestamp()) + 60}
    public = json.dumps(KEY.as_dict(private=False)).encode()
    with pytest.raises(BadToken):
        await verifier.caller(jwt.encode({"alg": "HS256", "kid": "one"}, claims, OctKey.import_key(public)))
    unsigned = ".".join(part.rstrip("=") for part in ("eyJhbGciOiJub25lIn0", signed().split(".")[1], ""))
    with pytest.raises(BadToken):
        await verifier.caller(unsigned)


async def test_rsa_keys_of_a_home_do_as_well(tmp_path: Path) -> None:
    key = RSAKey.generate_key(2048, {"kid": "rsa", "use": "sig", "alg": "RS256"})
    verifier = Verifier(Keys(file=write_keys(tmp_path / "jwks.json", key)), lambda: NOW)
    assert (await verifier.caller(token(secret(key), PERSON, {"reader"}, NOW))).person_id == PERSON


async def test_a_rotated_key_file_is_read_again(tmp_path: Path, verifier: Verifier) -> None:
    new = token(secret(OTHER), PERSON, {"reader"}, NOW)
    with pytest.raises(BadToken):
        await verifier.caller(new)
    write_keys(tmp_path / "jwks.json", KEY, OTHER)
    assert (await verifier.caller(new)).person_id == PERSON


class Issuer(http.server.BaseHTTPRequestHandler):
    asked = 0
    body = b""

    def do_GET(self) -> None:
        type(self).asked += 1
        self.send_response(200)
        self.end_headers()
        self.wfile.write(self.body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def issuer(tmp_path: Path) -> Iterator[str]:
    Issuer.asked = 0
    Issuer.body = write_keys(tmp_path / "served.json", KEY).read_bytes()
    server = http.server.HTTPServer(("127.0.0.1", 0), Issuer)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/jwks"
    server.shutdown()
    thread.join()
    server.server_close()


async def test_keys_at_an_address_are_asked_once_and_not_again_for_every_forgery(issuer: str) -> None:
    verifier = Verifier(Keys(url=issuer), lambda: NOW)
    for _ in range(3):
        assert (await verifier.caller(token(secret(KEY), PERSON, {"reader"}, NOW))).person_id == PERSON
        with pytest.raises(BadToken):
            await verifier.caller(token(secret(OTHER), PERSON, {"reader"}, NOW))
    assert Issuer.asked == 1


@pytest.mark.parametrize("given", [{}, {"file": Path("x"), "url": "https://x"}, {"url": "file:///etc/passwd"}])
def test_exactly_one_place_of_keys_is_named(given: dict[str, Any]) -> None:
    with pytest.raises(ValueError):
        Keys(**given)


def test_a_token_expires_when_it_was_said_to() -> None:
    made = jwt.decode(token(secret(KEY), PERSON, (), NOW, seconds=60), KEY, algorithms=["ES256"]).claims
    assert datetime.fromtimestamp(made["exp"], UTC) == NOW + timedelta(minutes=1)
