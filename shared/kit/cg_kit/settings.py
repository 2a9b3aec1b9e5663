"""What a service's process is told by its environment."""

from __future__ import annotations

import ssl
from pathlib import Path
from typing import Literal
from urllib.parse import quote, urlsplit, urlunsplit

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Variables `CG_*` and the OpenTelemetry ones. Secrets come from files."""

    model_config = SettingsConfigDict(env_prefix="CG_", extra="ignore")

    kafka_bootstrap: str
    kafka_security: Literal["SASL_PLAINTEXT", "SASL_SSL"] = "SASL_SSL"
    kafka_ca_file: Path | None = None
    kafka_username: str
    kafka_password_file: Path
    database_url: str
    database_password_file: Path | None = None
    database_owner_url: str | None = None
    database_owner_password_file: Path | None = None
    http_host: str = "127.0.0.1"
    http_port: int = 8080
    jwks_file: Path | None = None
    jwks_url: str | None = None
    issuer: str | None = None
    vault_key_file: Path
    clock: Literal["movable", "real"] = "real"
    instance: str = "0"
    build: str = "0"
    traces_exporter: str = Field("none", validation_alias="OTEL_TRACES_EXPORTER")
    zipkin_endpoint: str | None = Field(None, validation_alias="OTEL_EXPORTER_ZIPKIN_ENDPOINT")
    otlp_endpoint: str | None = Field(None, validation_alias="OTEL_EXPORTER_OTLP_ENDPOINT")
    sampler_ratio: float = Field(0.1, validation_alias="OTEL_TRACES_SAMPLER_ARG", ge=0, le=1)

    def kafka_password(self) -> str:
        """The account's password on the broker."""
        return self.kafka_password_file.read_text().strip()

    def tls(self) -> ssl.SSLContext | None:
        """How the broker's certificate is checked, where TLS is on."""
        return ssl.create_default_context(cafile=self.kafka_ca_file) if self.kafka_security == "SASL_SSL" else None

    def database(self) -> str:
        """The runtime role's address of the database, password included."""
        return with_password(self.database_url, self.database_password_file)

    def database_owner(self) -> str:
        """The owner's address of the database; only the migration has it."""
        if self.database_owner_url is None:
            raise ValueError("CG_DATABASE_OWNER_URL is not set: the migration runs as the database's owner")
        return with_password(self.database_owner_url, self.database_owner_password_file)


def with_password(url: str, file: Path | None) -> str:
    """The same address with the password of a file in it."""
    if file is None:
        return url
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    user = parts.netloc.rpartition("@")[0].partition(":")[0]
    return urlunsplit(parts._replace(netloc=f"{user}:{quote(file.read_text().strip(), safe='')}@{host}"))
