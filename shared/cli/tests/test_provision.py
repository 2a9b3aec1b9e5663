"""The broker has exactly the declared topics and rights, however it was before."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from confluent_kafka import KafkaException
from confluent_kafka.admin import (
    AclBinding,
    AclBindingFilter,
    AclOperation,
    AclPermissionType,
    AdminClient,
    ConfigResource,
    ResourcePatternType,
    ResourceType,
)

from cg_cli import main, provision
from cg_cli.servers import House
from cg_contracts import topics as contracts

EVERYTHING = AclBindingFilter(ResourceType.ANY, None, ResourcePatternType.ANY, None, None, AclOperation.ANY, AclPermissionType.ANY)


def rights(client: AdminClient) -> set[tuple[str, ...]]:
    return {provision._key(binding) for binding in client.describe_acls(EVERYTHING).result(timeout=30)}


def declared() -> set[tuple[str, ...]]:
    return {provision._key(provision._binding(acl)) for acl in contracts.acls(provision.hears())}


def waits(condition: Callable[[], bool]) -> bool:
    """Whether it comes true within 15 s: the broker acts on what its controller confirmed a moment later."""
    until = time.monotonic() + 15
    while not condition():
        if time.monotonic() > until:
            return False
        time.sleep(0.05)
    return True


def test_exactly_the_declared_rights_are_there(house: House) -> None:
    assert rights(house.admin()) == declared()


def test_a_right_that_nobody_declared_is_taken_away_and_a_lost_one_comes_back(house: House) -> None:
    client = house.admin()
    planted = AclBinding(ResourceType.TOPIC, "cg.org.events", ResourcePatternType.LITERAL, "User:hr", "*", AclOperation.WRITE, AclPermissionType.ALLOW)
    for made in client.create_acls([planted]).values():
        made.result(timeout=30)
    lost = AclBindingFilter(ResourceType.TOPIC, "cg.org.intake.hr", ResourcePatternType.LITERAL, "User:hr", "*", AclOperation.WRITE, AclPermissionType.ALLOW)
    for gone in client.delete_acls([lost]).values():
        gone.result(timeout=30)
    assert waits(lambda: len(rights(client) ^ declared()) == 2)
    provision.topics_and_rights(client)
    assert rights(client) == declared()


def test_every_topic_has_its_partitions_and_settings(house: House) -> None:
    client = house.admin()
    there = client.list_topics(timeout=30).topics
    for topic in contracts.topics():
        assert len(there[topic.name].partitions) == topic.partitions
        resource = ConfigResource(ConfigResource.Type.TOPIC, topic.name)
        settings = client.describe_configs([resource])[resource].result(timeout=30)
        assert {name: settings[name].value for name in topic.config} == dict(topic.config)


def test_a_closed_account_is_not_let_in_and_an_opened_one_is(house: House) -> None:
    client, config = house.admin(), {**house.client_config("justice"), "log_level": 0}

    def let_in() -> bool:
        try:
            return "cg.answers.justice" in AdminClient(config).list_topics(timeout=3).topics
        except KafkaException:
            return False

    assert waits(let_in)
    provision.close_account(client, "justice")
    refused = waits(lambda: not let_in())
    provision.accounts(client, {"justice": house.credentials("justice").password})
    assert refused
    assert waits(let_in)


def test_a_deployment_provisions_its_own_servers_from_its_environment(
    house: House, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    secrets = house.home.path / "secrets"
    for variable, value in {
        "CG_KAFKA_BOOTSTRAP": house.bootstrap,
        "CG_KAFKA_SECURITY": "SASL_PLAINTEXT",
        "CG_KAFKA_ADMIN_PASSWORD_FILE": str(secrets / "kafka-admin"),
        "CG_DATABASE_ADMIN_URL": f"postgresql://postgres@/postgres?host={house.home.socket_dir}",
        "CG_DATABASE_ADMIN_PASSWORD_FILE": str(secrets / "postgres-postgres"),
        "CG_SECRETS": str(secrets),
    }.items():
        monkeypatch.setenv(variable, value)
    assert main.run(["provision"]) == 0, capsys.readouterr()
    assert rights(house.admin()) == declared()
    monkeypatch.delenv("CG_SECRETS")
    assert main.run(["provision"]) == 1
    assert "CG_SECRETS is not set" in capsys.readouterr().err
