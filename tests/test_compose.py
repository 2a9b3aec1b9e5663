"""The compose file as data: it is valid, and it says the same as embedded mode about services, accounts, variables, servers and secrets."""

from __future__ import annotations

import copy
import re
import runpy
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from cg_cli.home import Home
from cg_cli.servers import INITDB, SETTINGS, Kafka
from cg_contracts.accounts import OUTSIDE, SERVICES
from cg_kit.settings import Settings

ROOT = Path(__file__).resolve().parents[1]
COMPOSE = ROOT / "docker-compose.yml"
MAKING = runpy.run_path(str(ROOT / "deploy" / "make_secrets.py"))

EMBEDDED_ONLY = {"OTEL_EXPORTER_ZIPKIN_ENDPOINT"}
COMPOSE_ONLY = {"CG_KAFKA_CA_FILE", "OTEL_EXPORTER_OTLP_ENDPOINT"}
"""Variables that one mode has and the other has not: where traces go, and who vouches for the broker's certificate."""

NO_SOCKET = {"unix_socket_permissions"}
"""PostgreSQL's settings that a server reached by its name has no use for."""

OWN_LISTENERS = {
    "controller.quorum.voters",
    "listeners",
    "advertised.listeners",
    "listener.security.protocol.map",
    "log.dirs",
    "ssl.keystore.type",
    "ssl.keystore.location",
    "ssl.truststore.type",
    "ssl.truststore.location",
}


@pytest.fixture
def compose() -> dict[str, Any]:
    """The file, its anchors resolved."""
    loaded: dict[str, Any] = yaml.safe_load(COMPOSE.read_text())
    return loaded


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """An embedded home, settled."""
    made = Home(tmp_path / "home")
    made.settle()
    return made


def differences(compose: dict[str, Any], home: Home) -> Iterator[str]:
    """What the compose file says otherwise than embedded mode."""
    parts, secrets = compose["services"], compose["secrets"]
    known = {"CG_" + name.upper() for name in Settings.model_fields} | {str(f.validation_alias) for f in Settings.model_fields.values() if f.validation_alias}
    apart = {"kafka", "postgres", "provision", "otel-collector", "jaeger"}
    other = (set(parts) - apart) ^ {*SERVICES, *(f"migrate-{service}" for service in SERVICES)}
    if other or not apart <= set(parts):
        yield f"services: {sorted(other | apart - set(parts))}"
        return
    for service in SERVICES:
        here, there = parts[service]["environment"], home.environment(service)
        if set(here) - COMPOSE_ONLY != set(there) - EMBEDDED_ONLY:
            yield f"{service}: variables {set(here) ^ set(there)}"
        if set(here) - known:
            yield f"{service}: unknown variables {set(here) - known}"
        for name in ("CG_KAFKA_USERNAME", "CG_INSTANCE"):
            if here[name] != there[name]:
                yield f"{service}: {name}"
        if here["CG_CLOCK"] != "real":
            yield f"{service}: domain time may be moved"
        if set(parts[f"migrate-{service}"]["environment"]) - COMPOSE_ONLY != set(home.migration_environment(service)) - EMBEDDED_ONLY:
            yield f"migrate-{service}: variables"
        mounted = {f"/run/secrets/{name}" for name in parts[service]["secrets"]}
        if {value for name, value in here.items() if name.endswith("_FILE")} != mounted:
            yield f"{service}: mounts {mounted}"
        if f"services.{service}.app:SERVICE" not in parts[service]["command"]:
            yield f"{service}: command"
    wanted = {f"kafka-{account}" for account in (*SERVICES, *OUTSIDE)} | {f"postgres-{role}" for s in SERVICES for role in (s, f"{s}_owner")}
    if not wanted <= set(parts["provision"]["secrets"]):
        yield f"provision: accounts {wanted - set(parts['provision']['secrets'])}"
    used = {name for part in parts.values() for name in part.get("secrets", ())}
    if used != set(secrets):
        yield f"secrets {used ^ set(secrets)}"
    if any(not secret["file"].startswith("deploy/house/") for secret in secrets.values()):
        yield "secrets outside deploy/house"
    flags = dict(word.removeprefix("--").split("=", 1) for word in parts["postgres"]["command"] if "=" in word)
    if flags != {name: str(value).strip("'") for name, value in SETTINGS.items() if name not in NO_SOCKET}:
        yield f"postgres: {flags}"
    if parts["postgres"]["environment"]["POSTGRES_INITDB_ARGS"].split() != list(INITDB):
        yield "postgres: how its cluster is made"
    for name, job in (("provision", {"kafka": "service_healthy", "postgres": "service_healthy"}), *_in_order()):
        if {before: how["condition"] for before, how in parts[name]["depends_on"].items()} != job:
            yield f"{name}: starts too early"


def _in_order() -> Iterator[tuple[str, dict[str, str]]]:
    for service in SERVICES:
        yield f"migrate-{service}", {"provision": "service_completed_successfully"}
        yield service, {f"migrate-{service}": "service_completed_successfully"}


def test_the_file_is_valid_by_the_compose_schema() -> None:
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec", str(COMPOSE)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_compose_and_embedded_mode_say_the_same(compose: dict[str, Any], home: Home) -> None:
    assert list(differences(compose, home)) == []


def plant(compose: dict[str, Any], where: str) -> None:
    match where:
        case "variable":
            compose["services"]["org"]["environment"] |= {"CG_INSTANCES": "org-0"}
        case "clock":
            compose["services"]["screening"]["environment"]["CG_CLOCK"] = "movable"
        case "account":
            compose["services"]["provision"]["secrets"].remove("kafka-nvo")
        case "service":
            compose["services"]["audit"] = compose["services"]["org"]
        case "left out":
            del compose["services"]["migrate-screening"]
        case "server":
            del compose["services"]["otel-collector"]
        case "setting":
            compose["services"]["postgres"]["command"].remove("--max_locks_per_transaction=256")
        case "locale":
            compose["services"]["postgres"]["environment"]["POSTGRES_INITDB_ARGS"] = "--auth=scram-sha-256"
        case "order":
            del compose["services"]["screening"]["depends_on"]["migrate-screening"]
        case "secret":
            compose["services"]["org"]["secrets"].append("vault-screening")


@pytest.mark.parametrize("where", ["variable", "clock", "account", "service", "left out", "server", "setting", "locale", "order", "secret"])
def test_a_planted_difference_is_found(compose: dict[str, Any], home: Home, where: str) -> None:
    planted = copy.deepcopy(compose)
    plant(planted, where)
    assert list(differences(planted, home)), where


def test_the_deployments_broker_is_the_embedded_one_with_listeners_of_its_own(home: Home) -> None:
    here = Kafka(home).settings(home.path)
    there = MAKING["deployed"](here)
    outside = {name: value for name, value in there.items() if name.startswith("listener.name.outside.")}
    assert {name for name in there.keys() - outside.keys() if there[name] != here.get(name)} == OWN_LISTENERS
    assert outside == {name.replace(".house.", ".outside."): value for name, value in there.items() if name.startswith("listener.name.house.")}
    assert there["listener.security.protocol.map"] == "HOUSE:SASL_SSL,OUTSIDE:SASL_SSL,CONTROLLER:SASL_PLAINTEXT"
    assert "CONTROLLER://127.0.0.1" in str(there["listeners"])


def test_images_are_pinned_services_have_no_rights_and_no_secret_stands_in_the_file(compose: dict[str, Any]) -> None:
    text = COMPOSE.read_text()
    for name, part in compose["services"].items():
        assert re.fullmatch(r"[a-z/-]+:\d+(\.\d+)+", part["image"]), name
    for service in SERVICES:
        part = compose["services"][service]
        assert part["user"] == "10001:10001"
        assert part["read_only"]
        assert part["cap_drop"] == ["ALL"]
    dockerfile = (ROOT / "deploy" / "Dockerfile").read_text()
    assert "USER 10001" in dockerfile
    assert all(re.search(r":\d+\.\d+\.\d+-slim", line) for line in dockerfile.splitlines() if line.startswith("FROM"))
    assert "/ops/health" in dockerfile
    assert "HEALTHCHECK" in dockerfile
    assert not re.search(r"(?i)password\s*[:=]\s*[\"']?[0-9a-z]{8,}", text)
    assert "deploy/house/" in (ROOT / ".gitignore").read_text().splitlines()
