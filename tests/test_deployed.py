"""The compose file played on this machine: its jobs and services with their own commands and variables, on the broker's deployed configuration with TLS."""

from __future__ import annotations

import json
import re
import runpy
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
import yaml
from confluent_kafka import KafkaException, Producer
from confluent_kafka.admin import AdminClient

from cg_cli.home import ADMIN, MECHANISM, Home, free_ports
from cg_cli.processes import Launch
from cg_cli.servers import House, Kafka, answers
from cg_contracts import topics as contracts
from cg_contracts.accounts import OUTSIDE, SERVICES, source_of
from cg_contracts.org import PersonRegisteredV1
from cg_kit.auth import token
from cg_kit.clock import SystemClock

ROOT = Path(__file__).resolve().parents[1]
MOUNTED = "/run/secrets"
PERSON = UUID("01900000-0000-7000-8000-000000000001")


class Deployed:
    """What the compose file says, with this machine's files, ports and socket in the place of the containers'."""

    def __init__(self, folder: Path) -> None:
        self.compose: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
        self.home: Home = runpy.run_path(str(ROOT / "deploy" / "make_secrets.py"))["make"](folder / "house")
        self.ports = {"9092": self.home.ports["kafka"], "9093": self.home.ports["controller"], "19092": free_ports(["outside"])["outside"]}

    @property
    def outside(self) -> str:
        """Where publishers outside find the broker."""
        return f"localhost:{self.ports['19092']}"

    @property
    def authority(self) -> str:
        """The file that vouches for the broker."""
        return self.here(f"{MOUNTED}/ca.pem")

    def here(self, value: str) -> str:
        """A value of the compose file, or of what it mounts, as it is here."""
        name = value.removeprefix(f"{MOUNTED}/")
        if name in self.compose["secrets"]:
            return str(self.home.path / self.compose["secrets"][name]["file"].removeprefix("deploy/house/"))
        if value.startswith("postgresql://"):
            return value.replace("@postgres/", "@/") + f"?host={self.home.socket_dir}"
        value = value.replace(MOUNTED, str(self.home.path / "secrets")).replace("kafka:9092", "localhost:9092").replace("0.0.0.0:", "127.0.0.1:")
        return re.sub(r"(?<=:)(9092|9093|19092)\b", lambda port: str(self.ports[port[1]]), value)

    def environment(self, part: str, **more: str) -> dict[str, str]:
        """A part's variables. There is no collector here, so traces go nowhere."""
        given: dict[str, str] = self.compose["services"][part]["environment"]
        return {name: self.here(value) for name, value in given.items() if name != "CG_BUILD"} | {"OTEL_TRACES_EXPORTER": "none"} | more

    def argv(self, part: str) -> list[str]:
        """A part's command, as the image begins it."""
        said = self.compose["services"][part]
        entry = said.get("entrypoint") or json.loads(re.findall(r"(?m)^ENTRYPOINT (.+)$", (ROOT / "deploy" / "Dockerfile").read_text())[0])
        begin = [sys.executable, "-m", "cg_cli.main"] if entry[0] == "cg" else [sys.executable]
        return [*begin, *entry[1:], *said.get("command", ())]

    def run(self, job: str) -> None:
        """Runs a job to its end."""
        done = subprocess.run(self.argv(job), env=self.environment(job), capture_output=True, text=True, check=False, timeout=120, cwd=ROOT)
        assert done.returncode == 0, f"{job}: {done.stdout}{done.stderr}"

    def login(self, account: str, mechanism: str = MECHANISM, **more: Any) -> dict[str, Any]:
        """A client of the broker from outside."""
        return {
            "bootstrap.servers": self.outside,
            "security.protocol": "SASL_SSL",
            "ssl.ca.location": self.authority,
            "sasl.mechanism": mechanism,
            "sasl.username": account,
            "sasl.password": self.home.secret("kafka", account),
            "log_level": 0,
            **more,
        }


class Broker(Kafka):
    """Kafka with the configuration that the compose file mounts."""

    def __init__(self, deployed: Deployed) -> None:
        super().__init__(deployed.home)
        self.deployed = deployed

    def settings(self, data: Path) -> dict[str, object]:
        lines = Path(self.deployed.here(f"{MOUNTED}/kafka-server.properties")).read_text().splitlines()
        mounted = {name: value for name, _, value in (line.partition("=") for line in lines)}
        return {name: self.deployed.here(value) for name, value in mounted.items()} | {"log.dirs": data}

    def is_ready(self, pid: int) -> bool:
        with suppress(OSError), socket.create_connection(("127.0.0.1", self.home.ports["kafka"]), timeout=0.5):
            return True
        return False


class OneService:
    """A service as the compose file starts it, with a port of this machine."""

    ports: tuple[str, ...] = ()

    def __init__(self, name: str, deployed: Deployed) -> None:
        self.name, self.deployed, self.port = name, deployed, deployed.home.ports[name]

    @property
    def url(self) -> str:
        return self.deployed.home.service_url(self.name)

    def prepare(self) -> None: ...

    def launch(self) -> Launch:
        environment = self.deployed.environment(self.name, CG_HTTP_HOST="127.0.0.1", CG_HTTP_PORT=str(self.port))
        return Launch(self.deployed.argv(self.name), self.deployed.home.logs / f"{self.name}.log", environment, cwd=ROOT)

    def is_ready(self, pid: int) -> bool:
        return answers(self.port, "/ops/health") == 200


@pytest.fixture(scope="module")
def deployed() -> Iterator[Deployed]:
    """All servers, jobs and services of the compose file in its order, ready."""
    folder = Path(tempfile.mkdtemp(prefix="cg-deployed-"))
    made = Deployed(folder)
    house = House(made.home, ("postgres",))
    house.servers["kafka"] = Broker(made)
    try:
        for name, server in house.servers.items():
            server.prepare()
            house.start(name)
        for job in ("provision", *(f"migrate-{service}" for service in SERVICES)):
            made.run(job)
        for service in SERVICES:
            house.servers[service] = OneService(service, made)
            house.start(service)
        yield made
    finally:
        house.stop()
        shutil.rmtree(made.home.socket_dir, ignore_errors=True)
        shutil.rmtree(folder, ignore_errors=True)


def test_the_broker_has_the_topics_of_the_contracts(deployed: Deployed) -> None:
    there = AdminClient(deployed.login(ADMIN)).list_topics(timeout=30).topics
    ours = {name: len(topic.partitions) for name, topic in there.items() if not name.startswith("__")}
    assert ours == {topic.name: topic.partitions for topic in contracts.topics()}


@pytest.mark.parametrize("mechanism", [MECHANISM, "PLAIN"])
@pytest.mark.parametrize("account", OUTSIDE)
def test_an_outside_account_logs_in_either_way(deployed: Deployed, account: str, mechanism: str) -> None:
    assert AdminClient(deployed.login(account, mechanism)).list_topics(timeout=30).brokers


@pytest.mark.parametrize("account", [*SERVICES, ADMIN])
def test_plain_is_for_outside_accounts_only(deployed: Deployed, account: str) -> None:
    with pytest.raises(KafkaException):
        AdminClient(deployed.login(account, "PLAIN")).list_topics(timeout=2)


def test_nobody_logs_in_without_tls(deployed: Deployed) -> None:
    with pytest.raises(KafkaException):
        AdminClient(deployed.login("hr", **{"security.protocol": "SASL_PLAINTEXT"})).list_topics(timeout=2)


def test_a_broker_that_our_authority_does_not_vouch_for_is_not_spoken_to(deployed: Deployed, tmp_path: Path) -> None:
    other = Deployed(tmp_path)
    with pytest.raises(KafkaException):
        AdminClient(deployed.login("hr", **{"ssl.ca.location": other.authority})).list_topics(timeout=2)


def test_a_person_whom_the_staff_system_registers_from_outside_stands_in_org(deployed: Deployed) -> None:
    event = {
        "specversion": "1.0",
        "id": "registered-1",
        "source": source_of("hr"),
        "type": PersonRegisteredV1.about.type,
        "subject": str(PERSON),
        "time": SystemClock().real().isoformat(),
        "datacontenttype": "application/json",
        "data": {"person_id": str(PERSON), "names": {"given": "An", "family": "Peeters"}, "language": "nl"},
    }
    producer = Producer(deployed.login("hr"))
    producer.produce("cg.org.intake.hr", json.dumps(event), key=str(PERSON), headers=[("content-type", b"application/cloudevents+json")])
    assert producer.flush(30) == 0
    pass_ = token(deployed.home.issuer_key(), PERSON, ("org-administrator",), SystemClock().real())
    with httpx.Client(base_url=deployed.home.service_url("org"), headers={"authorization": f"Bearer {pass_}"}) as door:
        until = time.monotonic() + 30
        while not (there := door.get("/persons").raise_for_status().json()["items"]) and time.monotonic() < until:
            time.sleep(0.1)
    assert [item["person_id"] for item in there] == [str(PERSON)]
