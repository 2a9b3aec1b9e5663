"""A home: the folder with the data, the ports and the secrets of one embedded house."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import random
import secrets
import shutil
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from cg_contracts.accounts import OUTSIDE, SERVICES

DEFAULT = Path(".cg")
"""The home that is meant when none is named; only it uses fixed ports."""

ADMIN = "admin"
"""The broker's super user: provisions, and is used by nothing else."""

MECHANISM = "SCRAM-SHA-512"
"""How accounts log in on the broker."""

HTTP_PORTS = {name: 18081 + number for number, name in enumerate(SERVICES)}
FIXED_PORTS = {"kafka": 19092, "controller": 19093, "traces": 19411, **HTTP_PORTS}
"""TCP ports of the default home, all on 127.0.0.1."""

REPLICA_APART = 100
"""How far the fixed ports of a service's second process lie from those of its first."""

NEEDED = 512 * 1024 * 1024
"""Bytes that must be free on the disk before anything is started."""

SOCKET = ".s.PGSQL.5432"
LONGEST_SOCKET_PATH = 100
"""The kernel allows 107 bytes for the path of a unix socket; macOS a little less."""


class Trouble(Exception):
    """What stops the house from starting, in one sentence for the person who asked."""


class Wrong(Trouble):
    """What was asked wrongly: nothing was done, and exit code 2 says so."""


class Running(Trouble):
    """Another supervisor has this home."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """How an account logs in on the broker."""

    username: str
    password: str
    bootstrap: str
    mechanism: str = MECHANISM
    security_protocol: str = "SASL_PLAINTEXT"


class Home:
    """The folder of one house. Opening it makes nothing; `settle` makes what is missing and can be repeated after a crash at any step."""

    def __init__(self, path: Path | str = DEFAULT) -> None:
        self.path = Path(path).absolute()
        self.fixed = Path(path) == DEFAULT or self.path == DEFAULT.absolute()

    def __str__(self) -> str:
        with suppress(ValueError):
            return str(self.path.relative_to(Path.cwd()))
        return str(self.path)

    @property
    def exists(self) -> bool:
        """Whether the home was settled once."""
        return (self.path / "home.json").exists()

    @property
    def logs(self) -> Path:
        """Where each process writes what it says."""
        return self.path / "log"

    @property
    def run(self) -> Path:
        """What only matters while the house runs."""
        return self.path / "run"

    @property
    def jwks(self) -> Path:
        """The public keys of the token issuer."""
        return self.path / "jwks.json"

    def settle(self) -> None:
        """Makes folders, ports and secrets that are missing. Raises `Trouble` when the disk is full."""
        try:
            self.path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise Trouble(f"the home {self} cannot be made: {error.strerror}") from error
        free = shutil.disk_usage(self.path).free
        if free < NEEDED:
            raise Trouble(f"the disk of {self} is nearly full: {free // 2**20} MiB free, {NEEDED // 2**20} MiB needed")
        for folder in (self.logs, self.run):
            folder.mkdir(exist_ok=True)
        (self.path / "secrets").mkdir(mode=0o700, exist_ok=True)
        if not self.exists:
            write(self.path / "home.json", json.dumps({"ports": FIXED_PORTS if self.fixed else free_ports(list(FIXED_PORTS))}, indent=1))
        else:
            self._add_missing_ports()
        for account in (ADMIN, "controller", *self.accounts):
            self.secret_file("kafka", account)
        for role in ("postgres", *(f"{service}{suffix}" for service in SERVICES for suffix in ("", "_owner"))):
            self.secret_file("postgres", role)
        for service in SERVICES:
            self.secret_file("vault", service)
        self.issuer_key()

    def _add_missing_ports(self) -> None:
        ports = self.ports
        missing = [name for name in FIXED_PORTS if name not in ports]
        if missing:
            more = {name: FIXED_PORTS[name] for name in missing} if self.fixed else free_ports(missing)
            write(self.path / "home.json", json.dumps({"ports": ports | more}, indent=1))

    @property
    def accounts(self) -> tuple[str, ...]:
        """The accounts that may log in here: all that the contracts name, without those that were closed."""
        return tuple(name for name in (*SERVICES, *OUTSIDE) if not self._closed(name).exists())

    def _closed(self, account: str) -> Path:
        return self.path / "secrets" / f"closed-{account}"

    def close_account(self, account: str) -> None:
        """Forgets an account's password and remembers that it is closed."""
        write(self._closed(account), "")
        (self.path / "secrets" / f"kafka-{account}").unlink(missing_ok=True)

    def open_account(self, account: str) -> None:
        """Gives a closed account a password again."""
        self._closed(account).unlink(missing_ok=True)
        self.secret_file("kafka", account)

    @property
    def ports(self) -> dict[str, int]:
        """The TCP ports of this home by part: kafka, controller, traces and one for each service and each replica that it ever had."""
        try:
            ports: dict[str, int] = json.loads((self.path / "home.json").read_text())["ports"]
        except FileNotFoundError:
            raise Trouble(f"there is no house at {self}: start it with `cg up`") from None
        except (ValueError, KeyError) as error:
            raise Trouble(f"{self}/home.json cannot be read ({error}); `cg reset` makes the home anew") from None
        return ports

    def move_port(self, name: str) -> None:
        """Gives a part another free port, where the home does not use fixed ones."""
        write(self.path / "home.json", json.dumps({"ports": self.ports | free_ports([name])}, indent=1))

    def secret_file(self, kind: str, name: str) -> Path:
        """The file (mode 600) with a secret of 32 random bytes in hex; made when it is not there."""
        path = self.path / "secrets" / f"{kind}-{name}"
        if not path.exists():
            write_once(path, secrets.token_hex(32))
        return path

    def secret(self, kind: str, name: str) -> str:
        """The secret itself, of a kind (kafka, postgres, vault) and a name (account, role, service)."""
        path = self.path / "secrets" / f"{kind}-{name}"
        try:
            return path.read_text().strip()
        except FileNotFoundError:
            raise Trouble(f"there is no {kind} password of {name} at {self}: is the house made (`cg up`), or the account closed?") from None

    def issuer_key(self) -> dict[str, Any]:
        """The private key (JWK, RS256) of the token issuer; its public half is in `jwks`."""
        path = self.path / "secrets" / "issuer.jwk"
        if not path.exists():
            from joserfc.jwk import RSAKey  # noqa: PLC0415

            made = RSAKey.generate_key(2048, {"use": "sig", "alg": "RS256", "kid": secrets.token_hex(8)})
            write_once(path, json.dumps(made.as_dict(private=True)))
        key: dict[str, Any] = json.loads(path.read_text())
        public = json.dumps({"keys": [{name: value for name, value in key.items() if name not in {"d", "p", "q", "dp", "dq", "qi"}}]})
        if not self.jwks.exists() or self.jwks.read_text() != public:
            write(self.jwks, public, mode=0o644)
        return key

    def processes(self, service: str) -> tuple[str, ...]:
        """A service and the replicas that it has or had here."""
        return (service, *sorted(name for name in self.ports if name != service and service_of(name)[0] == service))

    def give_port(self, part: str) -> None:
        """Sees that a replica of a service has a port: the default home's is fixed, like that of its first process."""
        if part not in self.ports:
            service, number = service_of(part)
            port = {part: FIXED_PORTS[service] + REPLICA_APART * number} if self.fixed else free_ports([part])
            write(self.path / "home.json", json.dumps({"ports": self.ports | port}, indent=1))

    @property
    def bootstrap(self) -> str:
        """Where the broker listens."""
        return f"127.0.0.1:{self.ports['kafka']}"

    @property
    def traces_url(self) -> str:
        """The trace server's web page."""
        return f"http://127.0.0.1:{self.ports['traces']}"

    def service_url(self, service: str) -> str:
        """Where a service answers HTTP."""
        return f"http://127.0.0.1:{self.ports[service]}"

    def credentials(self, account: str) -> Credentials:
        """How an account logs in on the broker."""
        return Credentials(account, self.secret("kafka", account), self.bootstrap)

    def client_config(self, account: str) -> dict[str, str]:
        """An account's connection as librdkafka (confluent-kafka, kcat) is configured."""
        login = self.credentials(account)
        return {
            "bootstrap.servers": login.bootstrap,
            "security.protocol": login.security_protocol,
            "sasl.mechanism": login.mechanism,
            "sasl.username": login.username,
            "sasl.password": login.password,
        }

    @property
    def socket_dir(self) -> Path:
        """The folder of PostgreSQL's unix socket: in the home, or under the temporary folder when that path would be too long."""
        inside = self.run / "postgres"
        if len(os.fsencode(inside / SOCKET)) <= LONGEST_SOCKET_PATH:
            return inside
        return Path(tempfile.gettempdir()) / f"cg-{os.getuid()}-{hashlib.sha256(os.fsencode(self.path)).hexdigest()[:12]}"

    def database_url(self, service: str, *, owner: bool = False, password: bool = False) -> str:
        """The libpq URL of a service's database, as the role that runs or as the one that owns; the password only when asked for."""
        role = f"{service}_owner" if owner else service
        login = f"{role}:{self.secret('postgres', role)}" if password else role
        return f"postgresql://{login}@/{service}?host={self.socket_dir}"

    def environment(self, part: str, *, traces: bool = True) -> dict[str, str]:
        """The variables with which a service, or a replica of it, runs in this home."""
        service, number = service_of(part)
        return {
            "CG_KAFKA_BOOTSTRAP": self.bootstrap,
            "CG_KAFKA_SECURITY": "SASL_PLAINTEXT",
            "CG_KAFKA_USERNAME": service,
            "CG_KAFKA_PASSWORD_FILE": str(self.secret_file("kafka", service)),
            "CG_DATABASE_URL": self.database_url(service),
            "CG_DATABASE_PASSWORD_FILE": str(self.secret_file("postgres", service)),
            "CG_HTTP_HOST": "127.0.0.1",
            "CG_HTTP_PORT": str(self.ports[part]),
            "CG_JWKS_FILE": str(self.jwks),
            "CG_VAULT_KEY_FILE": str(self.secret_file("vault", service)),
            "CG_CLOCK": "movable",
            "CG_INSTANCE": f"{service}-{number}",
            "CG_BUILD": build_of(service),
            "OTEL_TRACES_EXPORTER": "zipkin_json" if traces else "none",
            "OTEL_EXPORTER_ZIPKIN_ENDPOINT": f"{self.traces_url}/api/v2/spans",
            "OTEL_TRACES_SAMPLER_ARG": os.environ.get("OTEL_TRACES_SAMPLER_ARG", "0.1"),
        }

    def migration_environment(self, service: str) -> dict[str, str]:
        """The variables with which a service's migrations run: those of the service and the owner's login."""
        return self.environment(service, traces=False) | {
            "CG_DATABASE_OWNER_URL": self.database_url(service, owner=True),
            "CG_DATABASE_OWNER_PASSWORD_FILE": str(self.secret_file("postgres", f"{service}_owner")),
        }

    @contextmanager
    def held(self) -> Iterator[None]:
        """Holds the home for one supervisor; the system lets go of it when that process ends in whatever way. Raises `Running`."""
        self.run.mkdir(parents=True, exist_ok=True)
        with (self.run / "lock").open("a") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise Running(f"the house at {self} runs already") from None
            yield

    @property
    def is_held(self) -> bool:
        """Whether a supervisor has this home now."""
        try:
            with (self.run / "lock").open("a") as file:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        except FileNotFoundError:
            return False
        return False


def service_of(part: str) -> tuple[str, int]:
    """The service of a part, and which of its processes it is: `screening` is the first (0), `screening-1` a second one."""
    service, _, number = part.rpartition("-")
    return (service, int(number)) if number.isdecimal() else (part, 0)


@cache
def build_of(service: str) -> str:
    """A short name of the code that a service runs with: what was parked under another is tried again."""
    root = Path(__file__).resolve().parents[3]
    digest = hashlib.blake2b(digest_size=6)
    for folder in (root / "services" / service, root / "shared" / "kit" / "cg_kit", root / "shared" / "contracts" / "cg_contracts"):
        for file in sorted(folder.rglob("*.py")):
            digest.update(file.read_bytes())
    return digest.hexdigest()


def write(path: Path, text: str, mode: int = 0o600) -> None:
    """Writes a file so that it is there whole or not at all."""
    fresh = _beside(path, text, mode)
    fresh.replace(path)


def write_once(path: Path, text: str, mode: int = 0o600) -> None:
    """Like `write`, but whoever comes first wins."""
    fresh = _beside(path, text, mode)
    with suppress(FileExistsError):
        os.link(fresh, path)
    fresh.unlink()


def _beside(path: Path, text: str, mode: int) -> Path:
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
        with os.fdopen(handle, "w") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(name, mode)
    except OSError as error:
        raise Trouble(f"{path} cannot be written: {error.strerror}") from error
    return Path(name)


def free_ports(names: list[str]) -> dict[str, int]:
    """A free TCP port on 127.0.0.1 for each name, below the range that the system gives to outgoing connections."""
    ports: dict[str, int] = {}
    for port in random.sample(range(20000, 32000), 2000):
        if len(ports) == len(names):
            return ports
        if is_free(port):
            ports[names[len(ports)]] = port
    raise Trouble("no free TCP port found on 127.0.0.1")


def is_free(port: int) -> bool:
    """Whether nothing listens on this port of 127.0.0.1."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def holder_of(port: int) -> str:
    """Who listens on a port, as far as this user may know: ` (pid 12, java)` or nothing."""
    import psutil  # noqa: PLC0415

    with suppress(psutil.Error, OSError):
        for connection in psutil.net_connections("tcp"):
            if connection.laddr and connection.laddr.port == port and connection.status == psutil.CONN_LISTEN and connection.pid:
                return f" (pid {connection.pid}, {psutil.Process(connection.pid).name()})"
    return ""
