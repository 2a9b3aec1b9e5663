"""How a story is put together from journals: every step under its cause, whoever recorded it and however much is missing."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from cg_cli.chain import Link, Story, hang, weave
from cg_cli.commands.story import draw

ORG, SCREENING, HR = "tag:police.be,2026:cg/org", "tag:police.be,2026:cg/screening", "tag:police.be,2026:outside/hr"
CASE = "00000000-0000-0000-0000-0000000000ca"
TRACE = "00-0123456789abcdef0123456789abcdef-0123456789abcdef-01"


class Journals:
    """Rows as `/ops/journal` gives them, in the order in which they are said."""

    def __init__(self) -> None:
        self.rows: list[tuple[str, dict[str, Any]]] = []

    def row(self, service: str, step: str, id_: str, type_: str, cause: str, **more: Any) -> None:
        seq = len(self.rows) + 1
        made = {
            "seq": seq,
            "step": step,
            "id": id_,
            "type": type_,
            "cause": cause,
            "at": f"2026-04-15T10:00:{seq:02d}+00:00",
            "kind": None,
            "aggregate": None,
            "version": None,
            "topic": None,
            "key": None,
            "headers": {},
            "body": None,
            "actor": None,
            "correlation": "m1",
        }
        self.rows.append((service, made | more))

    def event(self, service: str, cause: dict[str, Any], aggregate: str = CASE, id_: str | None = None) -> None:
        headers = {"cause": {"at": "2026-04-15T10:00:00Z", "account": "", **cause}, "traceparent": TRACE, "matter": aggregate}
        self.row(service, "event", id_ or f"e{len(self.rows)}", "Opened", cause["id"], kind="case", aggregate=aggregate, headers=headers)

    def message(self, service: str, id_: str, name: str, cause: str, topic: str | None = None, **body: Any) -> None:
        source = f"tag:police.be,2026:cg/{service}"
        headers = {"id": id_, "source": source, "type": name, "time": f"2026-04-15T10:00:{len(self.rows) + 1:02d}Z", "causationid": cause, "traceparent": TRACE}
        self.row(service, "message", id_, f"be.police.cg.{service}.{name}.v1", cause, topic=topic or f"cg.{service}.events", headers=headers, body=body)


def opened() -> Journals:
    """hr asks org, org asks screening, screening opens a case."""
    said = Journals()
    hr = {"sort": "request", "id": "m1", "type": "be.police.cg.org.AppointmentRequested.v1", "source": HR, "account": "hr", "traceparent": TRACE}
    said.event("org", hr, aggregate="p1")
    said.message("org", "m2", "ScreeningRequested", "m1", topic="cg.screening.intake.org")
    said.event("screening", {"sort": "request", "id": "m2", "type": "be.police.cg.screening.ScreeningRequested.v1", "source": ORG, "account": "org"})
    said.message("screening", "m3", "ScreeningCaseOpened", "m2", kind="advice")
    said.message("screening", "m3", "ScreeningCaseOpened", "m2", topic="cg.answers.hr")
    said.event("org", {"sort": "fact", "id": "m3", "type": "be.police.cg.screening.ScreeningCaseOpened.v1", "source": SCREENING, "account": "screening"}, "p1")
    return said


def command(said: Journals, id_: str = "c1", effect: bool = True) -> None:
    actor = {"person_id": "00000000-0000-0000-0000-0000000000aa", "roles": ["person"], "reason": "it is fine"}
    if effect:
        said.row("screening", "command", id_, "GiveConsent", id_, aggregate=CASE, kind="case", actor=actor, headers={"at": "2026-04-15T10:00:00Z"})
        said.event("screening", {"sort": "command", "id": id_, "type": "GiveConsent", "source": SCREENING})
    else:
        cause = {"sort": "command", "id": id_, "type": "GiveConsent", "source": SCREENING, "account": "", "at": "2026-04-15T10:00:00Z"}
        body = {"rule": "SCR-1", "field": "consent"}
        said.row("screening", "refused", "r" + id_, "GiveConsent", id_, aggregate=CASE, kind="case", actor=actor, headers={"cause": cause}, body=body)


def tree(links: list[Link]) -> dict[str, Any]:
    return {link.id: tree(link.children) for link in links}


def woven(said: Journals, parked: tuple[dict[str, Any], ...] = (), rejected: tuple[dict[str, Any], ...] = (), *, private: bool = False) -> dict[str, Any]:
    return tree(hang(weave(said.rows, parked, rejected, private=private)))


def by_id(said: Journals) -> dict[str, Link]:
    return {link.id: link for link in weave(said.rows, (), ())}


def test_a_stranger_s_message_is_known_from_what_it_caused() -> None:
    first = by_id(opened())["m1"]
    assert (first.source, first.type, first.account, first.heard, first.said) == (HR, "be.police.cg.org.AppointmentRequested.v1", "hr", ["org"], None)
    assert first.traceparent == TRACE


def test_messages_hang_under_their_causes_and_a_copy_is_no_second_message() -> None:
    assert woven(opened()) == {"m1": {"m2": {"m3": {}}}}
    assert by_id(opened())["m3"].topics == ["cg.screening.events", "cg.answers.hr"]
    assert by_id(opened())["m3"].heard == ["org"]


def test_the_sender_s_own_record_wins_whichever_journal_is_read_first() -> None:
    said = opened()
    turned = Journals()
    turned.rows = sorted(said.rows, key=lambda row: row[0], reverse=True)
    assert woven(turned) == woven(said)
    assert (by_id(turned)["m3"].service, by_id(turned)["m3"].heard) == ("screening", ["org"])


def test_a_service_that_does_not_answer_leaves_what_others_know_of_its_messages() -> None:
    said = opened()
    said.rows = [row for row in said.rows if row[0] == "org"]
    assert woven(said) == {"m1": {"m2": {}, "m3": {}}}


def test_a_person_s_command_hangs_under_what_opened_the_matter() -> None:
    said = opened()
    command(said)
    said.message("screening", "m4", "ConsentGiven", "c1")
    assert woven(said) == {"m1": {"m2": {"m3": {}, "c1": {"m4": {}}}}}
    row = by_id(said)["c1"].row()
    assert (row["step"], row["type"], row["source"], row["causationid"]) == ("command", "GiveConsent", SCREENING, "m2")
    assert row["actor"]["roles"] == ["person"]


def test_a_refused_command_is_told_with_its_rule_and_who_it_was() -> None:
    said = opened()
    command(said, effect=False)
    link = by_id(said)["c1"]
    assert (link.sort, link.rule, link.blamed, link.parent) == ("command", "SCR-1", "consent", "m2")
    assert link.actor is not None
    assert woven(said) == {"m1": {"m2": {"m3": {}, "c1": {}}}}


def test_a_fact_that_is_refused_hangs_a_refusal_under_it_but_an_answered_request_does_not() -> None:
    said = opened()
    fact = {
        "sort": "fact",
        "id": "m3",
        "type": "be.police.cg.screening.ScreeningCaseOpened.v1",
        "source": SCREENING,
        "account": "screening",
        "at": "2026-04-15T10:00:00Z",
    }
    said.row("org", "refused", "r1", fact["type"], "m3", headers={"cause": fact}, body={"rule": "ORG-1", "field": None})
    request = {
        "sort": "request",
        "id": "m9",
        "type": "be.police.cg.screening.ScreeningRequested.v1",
        "source": HR,
        "account": "hr",
        "at": "2026-04-15T10:00:00Z",
    }
    said.message("screening", "m10", "ScreeningRequestRejected", "m9", rule="SCR-1")
    said.row("screening", "refused", "r2", request["type"], "m9", headers={"cause": request}, body={"rule": "SCR-1", "field": None})
    assert woven(said) == {"m1": {"m2": {"m3": {"r1": {}}}}, "m9": {"m10": {}}}
    assert by_id(said)["m10"].rule == "SCR-1"


def test_a_deadline_hangs_under_the_step_that_set_it() -> None:
    said = opened()
    said.row("screening", "deadline", "d1", "decision", "m2", aggregate=CASE, kind="case", headers={"at": "2026-05-15T10:00:00Z"})
    said.message("screening", "m5", "DecisionDeadlineMissed", "d1")
    assert woven(said) == {"m1": {"m2": {"m3": {}, "d1": {"m5": {}}}}}
    assert by_id(said)["d1"].row()["due_at"] == "2026-05-15T10:00:00+00:00"


def test_private_events_are_told_only_when_asked_for() -> None:
    said = opened()
    assert all(link.sort != "event" for link in weave(said.rows, (), ()))
    assert woven(said, private=True) == {"m1": {"e0": {}, "m2": {"e2": {}, "m3": {"e5": {}}}}}


def parked(**more: Any) -> dict[str, Any]:
    made = {
        "id": 12,
        "service": "org",
        "origin": "record",
        "topic": "cg.screening.events",
        "partition": 0,
        "offset": 3,
        "message_id": "m3",
        "type": "be.police.cg.screening.ScreeningCaseOpened.v1",
        "source": SCREENING,
        "subject": CASE,
        "rule": "code-raised",
        "field": None,
        "reason": "KeyError",
        "state": "waiting",
        "tries": 1,
        "next_try_at": None,
        "received_at": "2026-04-15T10:00:30+00:00",
        "domain_at": "2026-04-15T10:00:30+00:00",
        "correlation": "m1",
    }
    return made | more


def test_a_parked_record_hangs_under_the_message_it_holds_known_or_not() -> None:
    assert woven(opened(), (parked(),)) == {"m1": {"m2": {"m3": {"parked:org:12": {}}}}}
    assert woven(Journals(), (parked(source=HR, message_id="mx"),)) == {"mx": {"parked:org:12": {}}}


def test_a_parked_follower_or_timer_hangs_under_what_made_it() -> None:
    assert woven(opened(), (parked(service="screening", origin="follow", message_id="e2"),)) == {"m1": {"m2": {"m3": {}, "parked:screening:12": {}}}}
    assert woven(opened(), (parked(service="screening", origin="timer", message_id=CASE),)) == {"m1": {"m2": {"m3": {}, "parked:screening:12": {}}}}


def test_what_was_turned_away_is_told_with_its_answer() -> None:
    said = Journals()
    said.message("org", "m2", "MessageRejected", "mx", topic="cg.answers.hr", rule="unknown-type")
    row = {"id": 1, "service": "org", "account": "hr", "topic": "cg.org.intake.hr", "partition": 0, "offset": 1, "message_id": "mx", "type": "nonsense"}
    row |= {"source": HR, "subject": None, "rule": "unknown-type", "field": "type", "reason": "say a known type", "received_at": "2026-04-15T10:00:00+00:00"}
    assert woven(said, rejected=(row,)) == {"mx": {"m2": {}}}


@given(st.lists(st.tuples(st.integers(0, 8), st.integers(0, 8)), unique_by=lambda pair: pair[0]))
def test_whatever_strangers_claim_as_cause_every_step_is_told_once(pairs: list[tuple[int, int]]) -> None:
    links = [
        Link("message", str(id_), "t", "s", datetime(2026, 1, 1, 0, 0, n, tzinfo=UTC), "org", str(cause), str(cause), None, None)
        for n, (id_, cause) in enumerate(pairs)
    ]

    def count(roots: list[Link]) -> int:
        return sum(1 + count(link.children) for link in roots)

    assert count(hang(links)) == len(links)


def test_the_drawing_names_times_services_commands_deadlines_and_parked_records() -> None:
    said = opened()
    command(said)
    command(said, "c2", effect=False)
    said.row("screening", "deadline", "d1", "decision", "m2", aggregate=CASE, kind="case", headers={"at": "2026-05-15T10:00:00Z"})
    links = weave(said.rows, (parked(),), ())
    row = {"at": "2026-06-01T22:00:00Z", "service": "org", "name": "start:00000000-0000-0000-0000-0000000000ca", "kind": "post"}
    out = io.StringIO()
    draw(Story("m2", links, hang(links), [row], ["m1"]), Console(file=out, width=100), "http://traces")
    text = out.getvalue()
    for line in (
        "12:00:02.000 org       └─ ScreeningRequested → screening",
        "☞ GiveConsent by 0000000000aa as person: “it is fine”",
        "☞ GiveConsent by 0000000000aa as person: “it is fine”  SCR-1 (consent)",
        "⏰ deadline decision of 2026-05-15 12:00",
        "⏸ parked org:12, waiting  code-raised  KeyError",
        "2026-06-02  org start of post",
        "http://traces/zipkin/traces/0123456789abcdef0123456789abcdef",
    ):
        assert line in text, text
    assert max(map(len, text.splitlines())) <= 100
