"""What an operator asks the services that run in a home, with a token of the home's own issuer."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import typer

from cg_cli.home import Home, Trouble
from cg_cli.people import person_of
from cg_contracts.accounts import SERVICES
from cg_kit.auth import token
from cg_kit.pure import named

OPERATOR = named("person", "operator")
"""The person in whose name `cg` asks; what is done with a parked record carries this id."""


class Silent(Exception):
    """A service does not answer."""


class Refused(Exception):
    """A service answers that it will not, and why. `rule` names the rule, `errors` each field or line to blame."""

    def __init__(self, rule: str, text: str, errors: Sequence[dict[str, Any]] = ()) -> None:
        super().__init__(text)
        self.rule, self.errors = rule, list(errors)


@dataclass(frozen=True, slots=True)
class Answer:
    """What one service said."""

    service: str
    body: dict[str, Any]


class Asker:
    """Asks each service in turn, as an operator or in another role; those that do not answer are remembered in `silent` with the reason."""

    def __init__(self, home: Home, role: str = "operator", person: UUID | None = None) -> None:
        self.home = home
        self.silent: dict[str, str] = {}
        if not home.exists:
            raise Trouble(f"there is no house at {home}: start it with `cg up`")
        who = person or (OPERATOR if role == "operator" else person_of(role))
        bearer = token(home.issuer_key(), who, {role}, datetime.now(UTC), seconds=900)
        self._client = httpx.Client(
            headers={"Authorization": f"Bearer {bearer}", "Accept-Language": "en"}, timeout=httpx.Timeout(30, connect=2), trust_env=False
        )

    def __enter__(self) -> Asker:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def ask(self, service: str, path: str, **params: Any) -> dict[str, Any]:
        """A query; raises Silent, Refused."""
        return self._send(service, "GET", path, params={k: v for k, v in params.items() if v is not None})

    def tell(self, service: str, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """A command; raises Silent, Refused."""
        return self._send(service, "POST", path, json=body)

    def send(self, service: str, path: str, table: bytes, **params: Any) -> dict[str, Any]:
        """A table as CSV; raises Silent, Refused."""
        return self._send(service, "POST", path, content=table, params=params, headers={"Content-Type": "text/csv; charset=utf-8"})

    def _send(self, service: str, method: str, path: str, **given: Any) -> dict[str, Any]:
        for process in self.home.processes(service) if service in SERVICES else (service,):
            try:
                answer = self._client.request(method, self.home.service_url(process) + path, **given)
                break
            except httpx.ConnectError:
                continue
            except httpx.HTTPError as error:
                raise Silent(f"{service} does not answer ({type(error).__name__})") from None
        else:
            raise Silent(f"{service} does not answer (ConnectError)")
        try:
            body = answer.json() if answer.content else {}
        except ValueError:
            raise Silent(f"{service} answers something else than JSON: another program on its port?") from None
        if answer.status_code == 503:
            raise Silent(f"{service} cannot answer now")
        if answer.is_error:
            errors = "; ".join(f"{e['field']}: {e['mend']}" for e in body.get("errors") or ())
            raise Refused(body.get("rule", str(answer.status_code)), errors or body.get("detail", answer.reason_phrase), body.get("errors") or ())
        return {"items": body} if isinstance(body, list) else dict(body)

    @property
    def services(self) -> tuple[str, ...]:
        """Those that have answered so far, or were not asked yet."""
        return tuple(service for service in SERVICES if service not in self.silent)

    def all(self, path: str, services: tuple[str, ...] | None = None, **params: Any) -> Iterator[Answer]:
        """The same query to each service; those that do not answer are left out and remembered."""
        for service in self.services if services is None else services:
            try:
                yield Answer(service, self.ask(service, path, **params))
            except Silent as error:
                self.silent[service] = str(error)

    def pages(self, path: str, services: tuple[str, ...] | None = None, **params: Any) -> Iterator[Answer]:
        """The same, page after page."""
        for service in self.services if services is None else services:
            after = None
            while True:
                try:
                    body = self.ask(service, path, after=after, **params)
                except Silent as error:
                    self.silent[service] = str(error)
                    break
                yield Answer(service, body)
                after = body["next"]
                if after is None:
                    break

    def rows(self, path: str, services: tuple[str, ...] | None = None, **params: Any) -> list[dict[str, Any]]:
        """All rows of all pages."""
        return [row for answer in self.pages(path, services, **params) for row in answer.body["rows"]]

    def answered(self) -> None:
        """Raises `Trouble` when no service has."""
        if len(self.silent) == len(SERVICES):
            raise Trouble(f"no service of {self.home} answers: start it with `cg up`")


@contextmanager
def asking(command: str, home: Path, role: str = "operator") -> Iterator[Asker]:
    """Asks the house for a command of `cg`, as the operator or the sample person of another role.

    A service that does not answer is told on stderr, a refusal is `Trouble`."""
    try:
        with Asker(Home(home), role) as asker:
            yield asker
            for reason in asker.silent.values():
                typer.echo(f"cg {command}: {reason}: what it knows is missing here", err=True)
    except (Silent, Refused) as why:
        raise Trouble(str(why)) from None


def as_document(document: Any) -> None:
    """One JSON document on stdout."""
    typer.echo(json.dumps(document, ensure_ascii=False, indent=2))
