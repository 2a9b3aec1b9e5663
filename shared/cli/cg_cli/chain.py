"""The chain of causes and effects of one story, put together from what the services' journals say."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import quote

from cg_cli.asking import Asker, Refused, Silent
from cg_cli.shown import bare, instant
from cg_contracts.accounts import OUTSIDE, source_of

ACCOUNTS = {source_of(account): account for account in OUTSIDE}

TOLD = (
    "kind",
    "source",
    "outcome",
    "level",
    "result_code",
    "reason_code",
    "sensitivity",
    "required_level",
    "rule",
    "field",
    "decision_due_at",
    "due_at",
    "appeal_until",
    "valid_until",
    "expires_at",
    "mend",
)
"""Fields of a fact that say in one word what came of it."""


@dataclass(slots=True)
class Link:
    """One step of the story. `sort`: message, command, deadline, event, refused, parked, rejected."""

    sort: str
    id: str
    type: str
    source: str
    time: datetime
    service: str
    said: str | None
    """What the step itself says caused it (`causationid`)."""
    parent: str | None
    """The step under which it hangs: what it says, or else what opened the matter it is about."""
    correlation: str | None
    traceparent: str | None
    seq: int = 0
    account: str | None = None
    subject: str | None = None
    rule: str | None = None
    blamed: str | None = None
    domain_at: datetime | None = None
    actor: dict[str, Any] | None = None
    told: dict[str, Any] = field(default_factory=dict)
    topics: list[str] = field(default_factory=list)
    heard: list[str] = field(default_factory=list)
    note: str = ""
    parked_id: str | None = None
    children: list[Link] = field(default_factory=list)

    def row(self) -> dict[str, Any]:
        """What `cg story --json` says of it."""
        told: dict[str, Any] = {
            "id": self.id,
            "type": self.type,
            "source": self.source,
            "time": self.time.isoformat(),
            "causationid": self.said,
            "correlationid": self.correlation,
            "traceparent": self.traceparent,
            "step": self.sort,
            "service": self.service,
            "parent": self.parent,
            "subject": self.subject,
            "topics": self.topics,
            "actor": self.actor,
            "rule": self.rule,
            "field": self.blamed,
        }
        if self.sort == "deadline":
            told["due_at"] = self.domain_at.isoformat() if self.domain_at else None
        if self.parked_id is not None:
            told |= {"parked_id": self.parked_id, "reason": self.note}
        return told


@dataclass(slots=True)
class Story:
    """All steps, each under its cause; `roots` are those without one, `open` the deadlines that still run."""

    id: str
    links: list[Link]
    roots: list[Link]
    open: list[dict[str, Any]]
    correlations: list[str]


def gather(asker: Asker, id_: str, *, private: bool = False) -> Story | None:
    """The story that any id belongs to; None when no service knows the id."""
    journals, correlations = _journals(asker, id_)
    parked: list[dict[str, Any]] = []
    rejected: list[dict[str, Any]] = []
    if correlations:
        for correlation in correlations:
            parked += asker.rows("/ops/parked", correlation=correlation, state="all")
        causes = sorted({step["cause"] for _, step in journals if step["type"].endswith(".MessageRejected.v1")})
        for start in range(0, len(causes), 100):
            rejected += asker.rows("/ops/rejected", message_id=causes[start : start + 100])
    else:
        parked = asker.rows("/ops/parked", message_id=id_, state="all")
        rejected = asker.rows("/ops/rejected", message_id=[id_])
    if not journals and not parked and not rejected:
        return None
    open_ = [row for correlation in correlations for row in asker.rows("/ops/deadlines", which="open", correlation=correlation)]
    links = weave(journals, parked, rejected, private=private)
    return Story(id_, links, hang(links), sorted(open_, key=lambda row: row["at"]), correlations)


def _journals(asker: Asker, id_: str) -> tuple[list[tuple[str, dict[str, Any]]], list[str]]:
    """The steps of all services in the stories of an id, and those stories."""
    found: dict[tuple[str, int], dict[str, Any]] = {}
    known = _remembered(asker, id_)
    complete: set[tuple[str, str]] = set()
    for answer in () if known else asker.pages("/ops/journal", id=id_):
        known.update(answer.body["correlations"])
        complete.update((answer.service, correlation) for correlation in answer.body["correlations"])
        found.update({(answer.service, step["seq"]): step for step in answer.body["steps"]})
    for correlation in sorted(known):
        rest = tuple(s for s in asker.services if (s, correlation) not in complete)
        for answer in asker.pages("/ops/journal", rest, correlation=correlation):
            found.update({(answer.service, step["seq"]): step for step in answer.body["steps"]})
    return [(service, step) for (service, _), step in sorted(found.items())], sorted(known)


def _remembered(asker: Asker, id_: str) -> set[str]:
    """The stories of an id as oversight remembers them; none when it does not run, has not heard of it, or knows only that it was turned away."""
    try:
        (asked, *_) = asker.ask("oversight", f"/why/{quote(id_, safe='')}")["causes"]
    except (Refused, Silent):
        return set()
    taken = {asked["step"], *(each["step"] for each in asked["taken"])}
    return {asked["correlationid"]} if asked["correlationid"] and not taken <= {"parked", "rejected"} else set()


def weave(
    journals: Iterable[tuple[str, dict[str, Any]]], parked: Iterable[dict[str, Any]], rejected: Iterable[dict[str, Any]], *, private: bool = False
) -> list[Link]:
    """One link for each step that others can see (with `private`, also for own events), in order of time."""
    loom = _Loom()
    steps = list(journals)
    for service, step in steps:
        loom.learn(service, step)
    for service, step in steps:
        loom.put(service, step, private=private)
    for row in rejected:
        loom.put_rejected(row)
    for row in parked:
        loom.put_parked(row)
    return loom.finish()


class _Loom:
    """What is known while a story is put together."""

    def __init__(self) -> None:
        self.links: dict[str, Link] = {}
        self.opened: dict[tuple[str, str, str], str] = {}
        """(service, aggregate, matter) to the id of what opened it."""
        self.first: dict[tuple[str, str], str] = {}
        """(service, aggregate) to the id of what made it."""
        self.matter_of: dict[tuple[str, str], tuple[str, str]] = {}
        """(service, cause) to the (aggregate, matter) that it touched first."""
        self.domain: dict[tuple[str, str], datetime] = {}
        """(service, cause) to the domain time of that cause there."""
        self.event_cause: dict[str, str] = {}
        self.answered: set[tuple[str, str]] = set()
        """(service, cause) of what was answered with a refusal that names its rule."""

    def learn(self, service: str, step: dict[str, Any]) -> None:
        """What later steps need: openers of matters, causes of private events, domain times."""
        headers = step["headers"]
        cause = headers.get("cause")
        if cause:
            self.domain.setdefault((service, cause["id"]), instant(cause["at"]))
        match step["step"]:
            case "event":
                aggregate, matter = str(step["aggregate"]), headers.get("matter", str(step["aggregate"]))
                self.opened.setdefault((service, aggregate, matter), step["cause"])
                self.first.setdefault((service, aggregate), step["cause"])
                self.matter_of.setdefault((service, step["cause"]), (aggregate, matter))
                self.event_cause[step["id"]] = step["cause"]
            case "command" | "deadline":
                at = headers.get("at")
                if at:
                    self.domain.setdefault((service, step["id"]), instant(at))
                if step["aggregate"]:
                    self.matter_of.setdefault((service, step["id"]), (str(step["aggregate"]), str(step["aggregate"])))
            case "message" if (step["body"] or {}).get("rule"):
                self.answered.add((service, step["cause"]))

    def opener(self, service: str, id_: str, aggregate: str | None = None) -> str | None:
        """What opened the matter that this step is about, unless it did so itself."""
        touched = self.matter_of.get((service, id_))
        found = self.opened.get((service, *touched)) if touched else None
        if found is None and (aggregate or touched):
            found = self.first.get((service, aggregate or (touched[0] if touched else "")))
        return found if found != id_ else None

    def put(self, service: str, step: dict[str, Any], *, private: bool) -> None:
        """The link of one row of a journal, and that of the stranger's message that caused it."""
        headers = step["headers"]
        if headers.get("cause"):
            self._cause(service, headers["cause"], step)
        match step["step"]:
            case "message":
                self._message(service, step)
            case "command":
                link = self._own(service, step, "command")
                link.actor = step["actor"]
                link.said = link.parent = self.opener(service, link.id, _text(step["aggregate"]))
            case "deadline":
                link = self._own(service, step, "deadline")
                link.type = bare(step["type"])
                link.said = step["cause"] if step["cause"] != link.id else None
                link.parent = self.event_cause.get(link.said or "", link.said)
            case "refused":
                self._refused(service, step)
            case "accepted":
                if step["cause"] in self.links:
                    self.links[step["cause"]].note = f"{service}: without effect, it is so already"
            case "event" if private:
                link = self._own(service, step, "event")
                link.said = link.parent = step["cause"]

    def _own(self, service: str, step: dict[str, Any], sort: str) -> Link:
        link = Link(
            sort,
            step["id"],
            step["type"],
            source_of(service),
            instant(step["at"]),
            service,
            None,
            None,
            step["correlation"],
            step["headers"].get("traceparent"),
            seq=step["seq"],
            subject=_text(step["aggregate"]),
            domain_at=self.domain.get((service, step["id"])),
        )
        self.links[link.id] = link
        return link

    def _message(self, service: str, step: dict[str, Any]) -> None:
        attributes = step["headers"]
        there = self.links.get(step["id"])
        if there is not None and there.seq:
            there.topics.append(step["topic"])
            return
        link = self._own(service, step, "message")
        link.source, link.subject = attributes["source"], attributes.get("subject")
        link.time = instant(attributes["time"])
        link.said = attributes.get("causationid")
        link.parent = link.said
        link.domain_at = self.domain.get((service, step["cause"]))
        link.topics = [step["topic"]]
        link.told = {name: step["body"][name] for name in TOLD if (step["body"] or {}).get(name) is not None}
        link.rule, link.blamed = link.told.get("rule"), link.told.get("field")
        if there is not None:
            link.heard = there.heard

    def _cause(self, service: str, cause: dict[str, Any], step: dict[str, Any]) -> None:
        """A message that came from elsewhere is known from what it caused here."""
        if cause["sort"] == "follow" or cause["sort"] == "deadline":
            return
        link = self.links.get(cause["id"])
        if link is None and cause["sort"] == "command" and step["step"] == "refused":
            link = self._own(service, step, "command")
            del self.links[link.id]
            link.id, link.type, link.actor = cause["id"], cause["type"], step["actor"]
            link.domain_at = instant(cause["at"])
            link.said = link.parent = self.opener(service, link.id, _text(step["aggregate"]))
            self.links[link.id] = link
        elif link is None and cause["sort"] in ("request", "fact"):
            said = cause.get("causationid")
            link = Link(
                "message",
                cause["id"],
                cause["type"],
                cause["source"],
                instant(cause.get("time") or step["at"]),
                service,
                said,
                said or self.opener(service, cause["id"]),
                step["correlation"],
                cause.get("traceparent"),
                account=cause["account"] or None,
                domain_at=instant(cause["at"]),
            )
            self.links[link.id] = link
        if link is not None and cause["sort"] in ("request", "fact") and service not in link.heard:
            link.heard.append(service)

    def _refused(self, service: str, step: dict[str, Any]) -> None:
        rule, field_ = step["body"]["rule"], step["body"].get("field")
        cause = self.links.get(step["cause"])
        if cause is not None and cause.sort == "command":
            cause.rule, cause.blamed = rule, field_
            return
        if (service, step["cause"]) in self.answered:
            return
        link = self._own(service, step, "refused")
        link.said = link.parent = step["cause"]
        link.rule, link.blamed = rule, field_

    def put_rejected(self, row: dict[str, Any]) -> None:
        """A stranger's record that the gate turned away."""
        id_ = row["message_id"] or f"{row['topic']}/{row['partition']}/{row['offset']}"
        there = self.links.get(id_)
        answer = next((link for link in self.links.values() if link.said == id_ and link.type.endswith(".MessageRejected.v1")), None)
        link = Link(
            "rejected",
            id_ if there is None else f"{row['topic']}/{row['partition']}/{row['offset']}",
            row["type"] or "unknown",
            row["source"] or "unknown",
            instant(row["received_at"]),
            row["service"],
            None if there is None else id_,
            None if there is None else id_,
            answer.correlation if answer else id_,
            answer.traceparent if answer else None,
            account=row["account"],
            subject=row["subject"],
            rule=row["rule"],
            blamed=row["field"],
            note=row["reason"],
            topics=[row["topic"]],
        )
        self.links[link.id] = link

    def put_parked(self, row: dict[str, Any]) -> None:
        """A record that waits, under the message it holds."""
        service = row["service"]
        parked_id = f"{service}:{row['id']}"
        about: str | None
        if row["origin"] == "record":
            about = row["message_id"] or f"{row['topic']}/{row['partition']}/{row['offset']}"
            if about not in self.links:
                self.links[about] = Link(
                    "message",
                    about,
                    row["type"] or "unknown",
                    row["source"] or "unknown",
                    instant(row["received_at"]),
                    service,
                    None,
                    None,
                    row["correlation"],
                    None,
                    account=ACCOUNTS.get(row["source"] or ""),
                    subject=row["subject"],
                    domain_at=instant(row["domain_at"]),
                    topics=[row["topic"]],
                    heard=[service],
                )
        else:
            about = self.event_cause.get(row["message_id"] or "") or self.first.get((service, row["message_id"] or ""))
        self.links[f"parked:{parked_id}"] = Link(
            "parked",
            f"parked:{parked_id}",
            row["type"] or "unknown",
            row["source"] or source_of(service),
            instant(row["received_at"]),
            service,
            about,
            about,
            row["correlation"],
            None,
            subject=row["subject"],
            rule=row["rule"],
            blamed=row["field"],
            note=row["reason"],
            topics=[row["topic"]],
            parked_id=parked_id,
            told={"state": row["state"], "tries": row["tries"], "next_try_at": row["next_try_at"], "origin": row["origin"]},
        )

    def finish(self) -> list[Link]:
        """All links in order of time; a cause that is private is replaced by what caused it."""
        for link in self.links.values():
            if link.parent is not None and link.parent not in self.links:
                link.parent = self.event_cause.get(link.parent)
            if link.parent == link.id:
                link.parent = None
        return sorted(self.links.values(), key=lambda link: (link.time, link.seq))


def hang(links: list[Link]) -> list[Link]:
    """Puts each link under its parent, in order of time, and returns those that have none here. A ring is cut at its earliest link."""
    by_id = {link.id: link for link in links}
    roots: list[Link] = []
    for link in links:
        parent = by_id.get(link.parent or "")
        if parent is None or link.id in _ancestors(parent, by_id):
            link.parent = None if parent is not None else link.parent
            roots.append(link)
        else:
            parent.children.append(link)
    return roots


def _ancestors(link: Link, by_id: dict[str, Link]) -> Iterator[str]:
    seen: set[str] = set()
    at: Link | None = link
    while at is not None and at.id not in seen:
        seen.add(at.id)
        yield at.id
        at = by_id.get(at.parent or "")


def _text(value: Any) -> str | None:
    return None if value is None else str(value)
