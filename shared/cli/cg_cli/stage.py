"""The stage on which a story is played: outside systems publish over Kafka, people command over HTTP, and an operator's ear hears what follows."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from types import MappingProxyType
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import httpx
from confluent_kafka import Consumer, Producer
from rich.console import Console
from rich.text import Text

from cg_cli.home import Home, Trouble
from cg_cli.people import person_of
from cg_contracts.accounts import SERVICES, source_of
from cg_contracts.base import Contract
from cg_kit.auth import token
from cg_kit.clock import RisingIds
from cg_kit.cloudevents import headers

PATIENCE = 30.0
"""Seconds that the stage waits for what must follow."""


@dataclass(frozen=True, slots=True)
class Heard:
    """A fact as an operator reads it."""

    id: str
    name: str
    service: str
    correlation: str
    data: dict[str, Any]


class Stage:
    """Everything a player needs. It goes through the same doors as everybody: accounts on the broker, tokens over HTTP."""

    def __init__(self, home: Home, console: Console) -> None:
        self.home, self.console = home, console
        self.ids = RisingIds()
        self.correlation = ""
        self.trace = ""
        self._heard: list[Heard] = []
        self._http = httpx.Client(timeout=30, trust_env=False)
        self._producers: dict[str, Producer] = {}
        self._ear = Consumer(
            {
                **home.client_config("operator"),
                "group.id": f"operator.{self.ids.new()}",
                "auto.offset.reset": "latest",
                "enable.auto.commit": False,
                "log_level": 0,
            }
        )
        self._ear.subscribe([f"cg.{service}.events" for service in SERVICES])
        self._listen()

    def _listen(self) -> None:
        """The ear must be on the topics before anything is said."""
        until = time.monotonic() + PATIENCE
        while not self._ear.assignment():
            self._take(0.2)
            if time.monotonic() > until:
                raise Trouble("the broker gives the operator no partitions to read")

    def close(self) -> None:
        """Leaves the stage."""
        self._ear.close()
        self._http.close()

    # -- outside systems -----------------------------------------------------------------------------------------

    def publish(self, account: str, message: Contract, *, opens: bool = False) -> str:
        """An outside system says a message; returns its id. `opens`: a new story begins with it, sampled so that the trace server shows it."""
        about = message.about
        id_ = str(self.ids.new())
        attributes = {
            "specversion": "1.0",
            "id": id_,
            "source": source_of(account),
            "type": about.type,
            "subject": message.subject,
            "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "datacontenttype": "application/json",
        }
        if opens:
            self.correlation = id_
            attributes["traceparent"] = self._traced()
        producer = self._producers.get(account)
        if producer is None:
            producer = self._producers[account] = Producer({**self.home.client_config(account), "acks": "all", "log_level": 0})
        failed: list[str] = []
        producer.produce(
            f"cg.{about.owner}.intake.{account}",
            message.model_dump_json(exclude_none=True).encode(),
            key=message.subject,
            headers=dict(headers(attributes)),
            on_delivery=lambda error, _: failed.append(str(error)) if error else None,
        )
        if producer.flush(PATIENCE) or failed:
            raise Trouble(f"{account} could not publish {about.name}: {failed[0] if failed else 'no answer'}")
        self._say(account, about.name, f"→ {about.owner}", "yellow")
        self._catch_up()
        return id_

    def _traced(self) -> str:
        """The context of a new trace, sampled so that the trace server shows it."""
        self.trace = f"{self.ids.new().int:032x}"
        return f"00-{self.trace}-{self.ids.new().int & 0xFFFFFFFFFFFFFFFF | 1:016x}-01"

    # -- people --------------------------------------------------------------------------------------------------

    def does(
        self, role: str, service: str, path: str, body: dict[str, Any] | None, what: str, *, person: UUID | None = None, opens: bool = False
    ) -> dict[str, Any]:
        """A person in a role commands over HTTP. `opens`: a new story begins with it."""
        traced = {"traceparent": self._traced()} if opens else {}
        answer = self._call("POST", role, service, path, person, json=body, headers=traced)
        if opens:
            self.correlation = str(answer["step"])
        self._say(role, what, "", "cyan")
        self._catch_up()
        return answer

    def sees(self, role: str, service: str, path: str, *, person: UUID | None = None, **params: Any) -> dict[str, Any]:
        """A person in a role asks over HTTP."""
        return self._call("GET", role, service, path, person, params=params)

    def _call(
        self, method: str, role: str, service: str, path: str, person: UUID | None, headers: Mapping[str, str] = MappingProxyType({}), **given: Any
    ) -> dict[str, Any]:
        who = person or person_of(role)
        bearer = token(self.home.issuer_key(), who, {role}, datetime.now(UTC), seconds=900)
        url = self.home.service_url(service) + path
        answer = self._http.request(method, url, headers={"Authorization": f"Bearer {bearer}", "Idempotency-Key": str(self.ids.new()), **headers}, **given)
        if answer.is_error:
            raise Trouble(f"{role} on {service} {path}: {answer.status_code} {answer.text[:300]}")
        return dict(answer.json())

    # -- domain time ---------------------------------------------------------------------------------------------

    def today(self) -> date:
        """The day it is in domain time."""
        return self._domain().date()

    def now(self) -> datetime:
        """The instant it is in domain time."""
        return self._domain()

    def _clock(self) -> dict[str, Any]:
        return dict(self.sees("operator", "org", "/ops/status")["clock"])

    def _domain(self) -> datetime:
        return datetime.fromisoformat(self._clock()["domain"])

    def passes(self, span: timedelta, move: Callable[[float], None]) -> None:
        """Lets domain time pass, for the whole house."""
        move(round(float(self._clock()["offset_seconds"]) + span.total_seconds(), 3))
        self._say("clock", f"{span.days} days pass", f"it is {self._domain():%d %B %Y}", "magenta")

    # -- the ear -------------------------------------------------------------------------------------------------

    def hears(self, name: str, **where: Any) -> Heard:
        """Waits for a fact of the present story, or with these values, and tells all facts of the story on the way."""
        until = time.monotonic() + PATIENCE
        looked = 0
        while True:
            for heard in self._heard[looked:]:
                looked += 1
                wanted = all(heard.data.get(key) == str(value) for key, value in where.items()) if where else heard.correlation == self.correlation
                if heard.name == name and wanted:
                    return heard
            if time.monotonic() > until:
                raise Trouble(f"{name} was not heard within {PATIENCE:.0f} s; `cg story {self.correlation} --home {self.home}` tells how far it came")
            self._take(0.2)

    def _catch_up(self) -> None:
        """Tells what follows at once before the next thing is done."""
        while self._take(0.08):
            pass

    def _take(self, seconds: float) -> bool:
        record = self._ear.poll(seconds)
        if record is None or record.error():
            return False
        about = {str(name): (raw if isinstance(raw, bytes) else b"").decode(errors="replace") for name, raw in dict(record.headers() or ()).items()}
        _, _, _, service, name, _ = about["ce_type"].split(".")
        heard = Heard(about["ce_id"], name, service, about.get("ce_correlationid", ""), json.loads(record.value() or b"{}"))
        self._heard.append(heard)
        if heard.correlation == self.correlation:
            self._say(service, name, telling(heard.data), "green")
        return True

    # -- telling -------------------------------------------------------------------------------------------------

    def tells(self, who: str, what: str, more: str) -> None:
        """Says what somebody sees."""
        self._say(who, what, more, "cyan")

    def rests(self, seconds: float) -> None:
        """Listens for a while, because what is waited for is no fact."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            self._take(left)

    def scene(self, title: str) -> None:
        """Begins a scene."""
        self._heard.clear()
        self.console.print()
        self.console.print(Text(title, "bold"))

    def _say(self, who: str, what: str, more: str, style: str) -> None:
        self.console.print(
            Text.assemble((f"  {time.strftime('%H:%M:%S')}  ", "dim"), (f"{who:21}", style), (f"{what}", ""), (f"  {more}" if more else "", "dim"))
        )


INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:")
TOLD: Collection[str] = (
    "outcome",
    "reason_code",
    "level",
    "kind",
    "valid_until",
    "expires_at",
    "appeal_until",
    "due_at",
    "decision_due_at",
    "resource",
    "rule",
)


def telling(data: dict[str, Any]) -> str:
    """What of a fact a reader wants to see: outcomes and terms, not ids."""
    return "  ".join(f"{key.removesuffix('_at')} {_local(str(value))}" for key, value in data.items() if key in TOLD and value is not None)


def _local(value: str) -> str:
    """An instant in the time of Brussels; anything else as it is."""
    if not INSTANT.match(value):
        return value
    return f"{datetime.fromisoformat(value).astimezone(ZoneInfo('Europe/Brussels')):%Y-%m-%d %H:%M}"
