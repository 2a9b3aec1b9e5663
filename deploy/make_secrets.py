"""Makes what the compose file mounts: passwords, vault keys, the token issuer's keys, the broker's certificate and its configuration, in `deploy/house`.

Run it once, `uv run python deploy/make_secrets.py`; what is there already stays. Nothing of it is ever committed.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from cg_cli.home import Home, write, write_once
from cg_cli.servers import Kafka

HOUSE = Path(__file__).parent / "house"
MOUNTED = "/run/secrets"
VALID = timedelta(days=3650)


def deployed(settings: dict[str, object]) -> dict[str, object]:
    """The embedded broker's configuration with the deployment's listeners, all TLS: one for the containers and, the same under a name
    that publishers elsewhere can reach, one for outside. The controller listens inside the container only."""
    outside = {name.replace(".house.", ".outside.", 1): value for name, value in settings.items() if name.startswith("listener.name.house.")}
    return {
        **settings,
        **outside,
        "controller.quorum.voters": "1@127.0.0.1:9093",
        "listeners": "HOUSE://0.0.0.0:9092,OUTSIDE://0.0.0.0:19092,CONTROLLER://127.0.0.1:9093",
        "advertised.listeners": "HOUSE://kafka:9092,OUTSIDE://localhost:19092",
        "listener.security.protocol.map": "HOUSE:SASL_SSL,OUTSIDE:SASL_SSL,CONTROLLER:SASL_PLAINTEXT",
        "ssl.keystore.type": "PEM",
        "ssl.keystore.location": f"{MOUNTED}/kafka.pem",
        "ssl.truststore.type": "PEM",
        "ssl.truststore.location": f"{MOUNTED}/ca.pem",
        "log.dirs": "/var/lib/kafka/data",
    }


def certificates(folder: Path) -> None:
    """A certificate authority of the deployment's own, and the broker's certificate for the name `kafka`."""
    if (folder / "kafka.pem").exists():
        return
    now = datetime.now(UTC)  # noqa: TID251

    def made(name: str, key: ec.EllipticCurvePrivateKey, issuer: str, signed_by: ec.EllipticCurvePrivateKey, *, authority: bool) -> x509.Certificate:
        return (
            x509.CertificateBuilder()
            .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
            .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)]))
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now)
            .not_valid_after(now + VALID)
            .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
            .add_extension(x509.SubjectAlternativeName([x509.DNSName(name), x509.DNSName("localhost")]), critical=False)
            .sign(signed_by, hashes.SHA256())
        )

    authority_key, broker_key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    authority = made("commissariaat", authority_key, "commissariaat", authority_key, authority=True)
    broker = made("kafka", broker_key, "commissariaat", authority_key, authority=False)
    pem = serialization.Encoding.PEM
    private = broker_key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    write_once(folder / "ca.pem", authority.public_bytes(pem).decode(), 0o644)
    write_once(folder / "kafka.pem", (private + broker.public_bytes(pem) + authority.public_bytes(pem)).decode())


def make(house: Path) -> Home:
    """Everything, in an order in which a crash does no harm."""
    home = Home(house)
    home.settle()
    secrets = house / "secrets"
    certificates(secrets)
    settings = deployed(Kafka(home).settings(Path("/var/lib/kafka/data")))
    write(secrets / "kafka-server.properties", "".join(f"{name}={value}\n" for name, value in settings.items()))
    house.chmod(0o700)  # nobody looks in; the files themselves are mounted for users of the containers
    for file in (*secrets.iterdir(), home.jwks):
        file.chmod(0o444)
    return home


if __name__ == "__main__":
    make(HOUSE)
    print("deploy/house has all secrets; `docker compose up --detach --build` starts the house")
