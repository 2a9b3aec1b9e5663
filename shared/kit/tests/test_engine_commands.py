"""What persons' commands promise: done once, on what was read, on record with who, as what and why; and personal data in the vault alone."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterable
from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID

import pytest

from cg_cli.servers import House
from cg_contracts.screening import PersonData, ScreeningRequestedV1
from cg_kit.engine import OtherBody, RuleRefused, Stale
from cg_kit.pure import Cause, To, on
from cg_kit.pure.words import Actor
from cg_kit.vault import Forgotten
from services.screening.app import SERVICE
from services.screening.domain import case

from .running import ORG, Bench, Raises, running


@pytest.fixture
async def bench(house: House) -> AsyncIterator[Bench]:
    async with running(house) as made:
        yield made


async def opened(bench: Bench) -> UUID:
    """A case that was just opened."""
    record = bench.asked(topic=ORG)
    await bench.feed(record)
    return bench.case(record)


def designate(bench: Bench, id_: UUID) -> To:
    """A command that changes something each time."""
    return To("case", id_, case.Designate((bench.ids.new(),), bench.ids.new(), bench.clock.domain()))


async def officers(bench: Bench, id_: UUID) -> int:
    """How often `designate` was done."""
    return len((await bench.state("case", id_)).officers)


# -- once ------------------------------------------------------------------------------------------------------------------


async def test_the_same_key_with_the_same_body_is_done_once_and_answered_alike(bench: Bench) -> None:
    id_, by = await opened(bench), bench.ids.new()
    first = await bench.command(designate(bench, id_), by=by, idempotency=("K-1", b"body"))
    second = await bench.command(designate(bench, id_), by=by, idempotency=("K-1", b"body"))
    assert first == second
    assert await officers(bench, id_) == 1
    assert await bench.value("SELECT count(*) FROM journal WHERE step = 'command'") == 1


async def test_the_same_key_at_once_is_done_once(bench: Bench) -> None:
    id_, by = await opened(bench), bench.ids.new()
    answers = await asyncio.gather(*(bench.command(designate(bench, id_), by=by, idempotency=("K-1", b"body")) for _ in range(6)))
    assert len({answer.step for answer in answers}) == 1
    assert await officers(bench, id_) == 1


async def test_the_same_key_with_another_body_is_not_done(bench: Bench) -> None:
    id_, by = await opened(bench), bench.ids.new()
    await bench.command(designate(bench, id_), by=by, idempotency=("K-1", b"body"))
    with pytest.raises(OtherBody):
        await bench.command(designate(bench, id_), by=by, idempotency=("K-1", b"other"))
    assert await officers(bench, id_) == 1


async def test_another_person_s_key_is_another_key(bench: Bench) -> None:
    id_ = await opened(bench)
    await bench.command(designate(bench, id_), idempotency=("K-1", b"body"))
    await bench.command(designate(bench, id_), idempotency=("K-1", b"other"))
    assert await officers(bench, id_) == 2


async def test_a_refused_command_may_be_given_again_under_its_key(bench: Bench) -> None:
    id_, by = await opened(bench), bench.ids.new()
    with pytest.raises(RuleRefused):
        await bench.command(To("case", id_, case.Consent(by, bench.clock.domain())), by=by, idempotency=("K-1", b"body"))
    await bench.command(designate(bench, id_), by=by, idempotency=("K-1", b"body"))
    assert await officers(bench, id_) == 1


# -- on what was read ------------------------------------------------------------------------------------------------------


async def test_a_command_on_an_old_version_is_not_done(bench: Bench) -> None:
    id_ = await opened(bench)
    done = await bench.command(designate(bench, id_), expected=1)
    assert done.version == 2
    before = await bench.value("SELECT count(*) FROM journal")
    with pytest.raises(Stale) as stale:
        await bench.command(designate(bench, id_), expected=1)
    assert (stale.value.name, stale.value.version) == (("case", id_), 2)
    assert await bench.value("SELECT count(*) FROM journal") == before
    await bench.command(designate(bench, id_), expected=2)


async def test_a_command_is_not_done_when_what_it_rests_on_has_changed(bench: Bench) -> None:
    id_, other = await opened(bench), await opened(bench)
    await bench.command(designate(bench, id_), read={("case", other): 1})
    await bench.command(designate(bench, other))
    with pytest.raises(Stale) as stale:
        await bench.command(designate(bench, id_), read={("case", other): 1})
    assert (stale.value.name, stale.value.version) == (("case", other), 2)
    assert await officers(bench, id_) == 1


async def test_of_many_at_the_same_version_one_is_done(bench: Bench) -> None:
    id_ = await opened(bench)
    done = await asyncio.gather(*(bench.command(designate(bench, id_), expected=1) for _ in range(6)), return_exceptions=True)
    assert sorted(type(one).__name__ for one in done) == ["Commanded"] + ["Stale"] * 5


# -- on record -------------------------------------------------------------------------------------------------------------


async def test_who_commanded_as_what_and_why_stands_in_the_journal_and_is_the_cause_of_what_follows(bench: Bench) -> None:
    id_, by = await opened(bench), bench.ids.new()
    actor = Actor(by, frozenset({"head-of-service", "decider"}), "two are ill")
    done = await bench.command(designate(bench, id_), actor=actor)
    (row,) = await bench.rows("SELECT step, type, kind, aggregate, actor FROM journal WHERE id = $1", done.step)
    assert (row["step"], row["type"], row["kind"], row["aggregate"]) == ("command", "Designate", "case", id_)
    assert json.loads(row["actor"]) == {"person_id": str(by), "roles": ["decider", "head-of-service"], "reason": "two are ill"}
    (event,) = await bench.rows("SELECT type, cause FROM journal WHERE step = 'event' AND cause = $1", str(done.step))
    assert event["type"] == "OfficersDesignated"
    assert done.events == ("OfficersDesignated",)


async def test_who_was_refused_stands_in_the_journal_with_the_rule(bench: Bench) -> None:
    id_, by = await opened(bench), bench.ids.new()
    actor = Actor(by, frozenset({"person"}), "it is mine")
    with pytest.raises(RuleRefused) as refused:
        await bench.command(To("case", id_, case.Consent(by, bench.clock.domain())), actor=actor)
    assert refused.value.rule == "SCR-PERSON"
    (row,) = await bench.rows("SELECT body, actor, aggregate FROM journal WHERE step = 'refused'")
    assert (json.loads(row["body"])["rule"], row["aggregate"]) == ("SCR-PERSON", id_)
    assert json.loads(row["actor"]) == {"person_id": str(by), "roles": ["person"], "reason": "it is mine"}


# -- personal data ---------------------------------------------------------------------------------------------------------

GIVEN, FAMILY, NUMBER = "Zephyrine", "Quackelbeen", "85073003328"


async def tables_with(bench: Bench, text: str) -> set[str]:
    """All tables in which this text stands, as such or in bytes."""
    tables = [row[0] for row in await bench.rows("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")]
    found = set()
    for table in tables:
        sql = f"SELECT EXISTS (SELECT FROM {table} t WHERE t::text LIKE '%' || $1 || '%' OR t::text LIKE '%' || $2 || '%')"
        if await bench.value(sql, text, text.encode().hex()):
            found.add(table)
    return found


async def test_what_a_request_says_of_a_person_is_in_the_vault_and_nowhere_else(bench: Bench) -> None:
    person = bench.ids.new()
    data = PersonData.model_validate({"names": {"given": GIVEN, "family": FAMILY}, "birth_date": date(1985, 7, 30), "national_number": NUMBER})
    record = bench.asked(person_id=person, person_data=data, requester_ref="CANDIDATE-7")
    assert FAMILY.encode() in (record.value or b"")
    await bench.feed(record)
    assert {"case_state", "journal"} <= await tables_with(bench, "CANDIDATE-7")  # the search finds what is there
    for text in (GIVEN, FAMILY, NUMBER):
        assert await tables_with(bench, text) == set()
    (entry,) = await bench.rows("SELECT ref, about, sealed, wrapped FROM vault JOIN vault_key USING (about)")
    assert entry["about"] == str(person)
    assert json.loads(bench.vault.open(entry["ref"], entry["sealed"], entry["about"], entry["wrapped"]))["person_data"]["names"]["family"] == FAMILY
    assert (await bench.state("case", bench.case(record))).person_data == entry["ref"]


async def test_what_a_refused_request_says_of_a_person_is_kept_nowhere(bench: Bench) -> None:
    request = bench.ids.new()
    data = PersonData.model_validate({"names": {"given": GIVEN, "family": FAMILY}, "birth_date": date(1985, 7, 30), "national_number": NUMBER})
    await bench.feed(bench.asked(request=request))
    await bench.feed(bench.asked(request=request, requester_ref="REF-2", person_data=data))
    assert await bench.value("SELECT count(*) FROM journal WHERE step = 'refused'") == 1
    assert await tables_with(bench, FAMILY) == set()
    assert await bench.value("SELECT count(*) FROM vault") == 0


async def test_what_a_command_says_of_a_person_is_in_the_vault_and_nowhere_else(bench: Bench) -> None:
    record = bench.asked()
    await bench.feed(record)
    id_, officer, now = bench.case(record), bench.ids.new(), bench.clock.domain()
    await bench.command(To("case", id_, case.Designate((officer,), bench.ids.new(), now)))

    def enter(ref: UUID | None) -> To:
        assert ref is not None
        return To("case", id_, case.EnterPerson(ref, False, officer, now))

    about = bench.ids.new()
    await bench.usual.command(enter, actor=Actor(officer, frozenset({"security-officer"})), at=now, personal={"names": [GIVEN, FAMILY]}, about=about)
    for text in (GIVEN, FAMILY):
        assert await tables_with(bench, text) == set()
    (entry,) = await bench.rows("SELECT ref, about, sealed, wrapped FROM vault JOIN vault_key USING (about)")
    assert json.loads(bench.vault.open(entry["ref"], entry["sealed"], entry["about"], entry["wrapped"])) == {"names": [GIVEN, FAMILY]}
    assert (await bench.state("case", id_)).person_data == entry["ref"]


async def test_who_is_forgotten_cannot_be_read_by_whoever_has_everything_and_the_journal_stays(bench: Bench) -> None:
    person, other = bench.ids.new(), bench.ids.new()
    data = PersonData.model_validate({"names": {"given": GIVEN, "family": FAMILY}, "birth_date": date(1985, 7, 30), "national_number": NUMBER})
    for each in (person, other):
        await bench.feed(bench.asked(person_id=each, person_data=data))
    journal = await bench.rows("SELECT seq, id, step, type, headers::text, body::text, cause, correlation FROM journal ORDER BY seq")
    actor = Actor(bench.ids.new(), frozenset({"dpo"}))
    gone = await bench.usual.forget(person, actor, "retention is over", [])
    assert (gone.entries, gone.copies, gone.turned_away) == (1, 0, 0)

    # with the whole database and the service's key
    kept = await bench.rows("SELECT ref, v.about, sealed, wrapped FROM vault v LEFT JOIN vault_key k ON k.about = v.about")
    opened = {}
    for entry in kept:
        try:
            opened[entry["about"]] = bench.vault.open(entry["ref"], entry["sealed"], entry["about"], entry["wrapped"])
        except Forgotten:
            opened[entry["about"]] = None
    assert opened[str(person)] is None
    assert FAMILY.encode() in opened[str(other)], "nobody else is forgotten"
    for text in (GIVEN, FAMILY, NUMBER):
        assert await tables_with(bench, text) == set()

    # and what happened is still there to be read
    after = await bench.rows("SELECT seq, id, step, type, headers::text, body::text, cause, correlation FROM journal ORDER BY seq")
    assert after[:-1] == journal
    assert (after[-1]["step"], after[-1]["type"]) == ("operated", "PersonForgotten")
    assert json.loads(after[-1]["body"])["entries"] == 1
    assert json.loads(await bench.value("SELECT actor::text FROM journal ORDER BY seq DESC LIMIT 1"))["reason"] == "retention is over"


async def test_nobody_is_forgotten_while_a_record_about_them_waits(bench: Bench) -> None:
    person = bench.ids.new()
    data = PersonData.model_validate({"names": {"given": GIVEN, "family": FAMILY}, "birth_date": date(1985, 7, 30), "national_number": NUMBER})

    def raises(message: Any, cause: Cause) -> Iterable[To]:
        raise Raises("a fault of ours")

    faulty = bench.engine(replace(SERVICE, accepts=(on(ScreeningRequestedV1, raises),)))
    await bench.feed(bench.asked(person_id=person, person_data=data), engine=faulty)
    actor = Actor(bench.ids.new(), frozenset({"dpo"}))
    assert await tables_with(bench, FAMILY) == {"parked"}, "as it came"
    with pytest.raises(RuleRefused, match="record-waits"):
        await bench.usual.forget(person, actor, "why", [])
    (number,) = [row["id"] for row in await bench.rows("SELECT id FROM parked")]
    await bench.usual.operate(number, "discard", "{}", "it is withdrawn")
    assert (await bench.usual.forget(person, actor, "why", [])).copies == 1
    assert await tables_with(bench, FAMILY) == set()
