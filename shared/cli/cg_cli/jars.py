"""The Java programs of the embedded servers: which jars exactly (`jars.lock`), fetched once into the local Maven repository."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cg_cli.home import Trouble

WANTED = {
    "kafka": ("org.apache.kafka:kafka_2.13:4.2.0", "org.apache.logging.log4j:log4j-slf4j-impl:2.25.3"),
    "traces": ("io.zipkin:zipkin-server:3.6.1:exec",),
}
"""What the lock is made from: for Kafka with all that it depends on; Zipkin's jar holds its own."""

LOCK = Path(__file__).with_name("jars.lock")
"""A line for each jar: part, coordinates, bytes, SHA-256."""


@dataclass(frozen=True, slots=True)
class Jar:
    """One jar as the lock names it."""

    part: str
    coordinates: str
    size: int
    sha256: str

    @property
    def name(self) -> str:
        """The file's name in a Maven repository."""
        _, artifact, *rest = self.coordinates.split(":")
        return "-".join([artifact, *rest]) + ".jar"

    @property
    def path(self) -> Path:
        """Where it is kept, shared by all homes of this user."""
        group, artifact, version, *_ = self.coordinates.split(":")
        return repository() / group.replace(".", "/") / artifact / version / self.name

    @property
    def is_here(self) -> bool:
        """Whether it is there whole; a fetch that was broken off leaves a shorter file."""
        return self.path.exists() and self.path.stat().st_size == self.size


Shown = Callable[[str, int], AbstractContextManager[Callable[[int], None]]]
"""Shows how far a fetch is: given a file's name and bytes, a context with a function that takes the bytes which arrived since."""


def repository() -> Path:
    """The local Maven repository, which also keeps what other programs of this user fetched."""
    return Path.home() / ".m2" / "repository"


def jars(*parts: str) -> list[Jar]:
    """The locked jars of these parts (kafka, traces)."""
    rows = (line.split() for line in LOCK.read_text().splitlines() if line and not line.startswith("#"))
    return [Jar(part, coordinates, int(size), sha256) for part, coordinates, size, sha256 in rows if part in parts]


def missing(*parts: str) -> list[Jar]:
    """The jars of these parts that still have to be fetched."""
    return [jar for jar in jars(*parts) if not jar.is_here]


def classpath(part: str) -> str:
    """The class path of a part whose jars are all there."""
    return ":".join(str(jar.path) for jar in jars(part))


@contextmanager
def _silent(name: str, size: int) -> Iterator[Callable[[int], None]]:
    yield lambda _: None


def fetch(wanted: list[Jar], shown: Shown = _silent) -> None:
    """Fetches jars and compares each with the lock. Raises `Trouble` when one cannot be had or is not what was locked."""
    if not wanted:
        return
    import requests  # noqa: PLC0415
    from jgo.maven import MavenContext, PythonResolver  # noqa: PLC0415

    maven = MavenContext(repo_cache=repository(), resolver=PythonResolver(progress_callback=shown))
    for jar in wanted:
        jar.path.unlink(missing_ok=True)
        group, artifact, version, *classifier = jar.coordinates.split(":")
        try:
            found: Any = maven.project(group, artifact).at_version(version).artifact(*classifier).resolve()
        except (requests.RequestException, RuntimeError, OSError) as error:
            jar.path.unlink(missing_ok=True)
            raise Trouble(f"{jar.coordinates} could not be fetched from Maven Central ({type(error).__name__}); try again when the network is there") from error
        if hashlib.sha256(Path(found).read_bytes()).hexdigest() != jar.sha256:
            jar.path.unlink(missing_ok=True)
            raise Trouble(f"{jar.coordinates} is not the file that jars.lock names; it was thrown away")


def lock() -> str:
    """The lock's text, resolved anew from `WANTED`; fetches everything."""
    import jgo  # noqa: PLC0415
    from jgo.maven import MavenContext  # noqa: PLC0415

    maven = MavenContext(repo_cache=repository())
    lines = ["# part coordinates bytes sha256"]
    for part, wanted in WANTED.items():
        first, *more = wanted
        found: list[Any] = list(jgo.resolve(first)) if part == "kafka" else [first]
        for one in (*found, *more):
            coordinates = one if isinstance(one, str) else f"{one.groupId}:{one.artifactId}:{one.version}"
            group, artifact, version, *classifier = coordinates.split(":")
            content = Path(maven.project(group, artifact).at_version(version).artifact(*classifier).resolve()).read_bytes()
            lines.append(f"{part} {coordinates} {len(content)} {hashlib.sha256(content).hexdigest()}")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    LOCK.write_text(lock())
