"""Who has the whole database, all that was published, logs and traces cannot tell who reported, nor when on the day."""

from __future__ import annotations

import json
import logging
import re
from datetime import UTC, datetime, timedelta

import pytest
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from cg_kit import custody as boxes
from cg_kit.telemetry import Tracing
from services.integrity.api.reporter import report_of
from services.integrity.tests.door import ANN, BEA, FIRST, HEAD, SECOND, STRANGER, Integrity, organised, shown, staffed, uid

NAME, REACH = "Marieke Vanderstraeten-Delcroix", "+32 470 99 88 77"


@pytest.fixture(scope="module")
async def privates(integrity: Integrity) -> dict[object, str]:
    await organised(integrity)
    return dict(await staffed(integrity))


async def everything(integrity: Integrity) -> str:
    """Every row of every table, as text."""
    tables = await integrity.database.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")
    rows = [await integrity.database.fetch(f'SELECT to_jsonb(t)::text AS row FROM "{table["tablename"]}" t') for table in tables]
    return "\n".join(row["row"] for found in rows for row in found)


async def test_nobody_can_tell_who_reported(
    integrity: Integrity, privates: dict[object, str], caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    """INT-1: the identity is in the sealed box and nowhere else, and the code nowhere at all."""
    caplog.set_level(logging.DEBUG)
    spans = InMemorySpanExporter()
    tracing = Tracing("integrity", "test", spans, 1.0)
    tracing.provider.add_span_processor(SimpleSpanProcessor(spans))
    before, integrity.engine.telemetry = integrity.engine.telemetry, tracing
    text = "In room 214 envelopes change hands on Fridays."
    code = await integrity.reported(mode="confidential", name=NAME, reach=REACH, text=text, unit_id=str(uid("dgr")))
    await integrity.send("/report/conversation", code=code, lang="fr")
    await integrity.send("/report/message", code=code, text=f"Please call me, {NAME}.", lang="fr")
    integrity.engine.telemetry = before
    tracing.close()
    out = capfd.readouterr()
    logged = "\n".join(record.getMessage() for record in caplog.records if not record.name.startswith(("httpx", "httpcore")))
    seen = "\n".join((await everything(integrity), logged, out.out, out.err, str([span.to_json() for span in spans.get_finished_spans()])))
    for secret in (NAME, REACH, code, code.replace("-", ""), text, "Marieke", "Vanderstraeten"):
        assert secret not in seen
    assert not spans.get_finished_spans(), "what a reporter does leaves no trace"
    assert "/report" not in logged + out.out + out.err, "and no access log"


async def test_the_journal_keeps_the_day_and_no_hour(integrity: Integrity, privates: dict[object, str]) -> None:
    """Every instant of every row is the beginning of a day, and ids hold no more of the time."""
    mark = await integrity.database.fetchval("SELECT max(seq) FROM journal")
    code = await integrity.reported(mode="signed", name=NAME, reach=REACH)
    await integrity.send("/report/conversation", code=code, lang="en")
    await integrity.send("/report/message", code=code, text="More to come.", lang="en")
    rows = await integrity.database.fetch("SELECT * FROM journal WHERE seq > $1", mark)
    assert rows
    report_id = report_of(code)
    dated = [row["at"] for row in rows]
    dated += [row["recorded_at"] for row in await integrity.database.fetch("SELECT recorded_at FROM report_state WHERE id = $1", report_id)]
    dated += [row["at"] for row in await integrity.database.fetch("SELECT at FROM vault WHERE about = $1", str(report_id))]
    reads = "SELECT at FROM vault_read JOIN vault USING (ref) WHERE about = $1"
    dated += [row["at"] for row in await integrity.database.fetch(reads.replace("SELECT at", "SELECT vault_read.at"), str(report_id))]
    for at in dated:
        assert at.astimezone(UTC).strftime("%M:%S.%f") == "00:00.000000", at
        assert at.astimezone(UTC).hour in (0, 22, 23), at
    ids = {row["id"] for row in rows} | {row["ref"] for row in await integrity.database.fetch("SELECT ref FROM vault")}
    assert {datetime.fromtimestamp((int(each) >> 80) / 1000, UTC).strftime("%H:%M:%S.%f") for each in ids} == {"00:00:00.000000"}
    text = " ".join(json.dumps([row["headers"], row["body"]]) for row in rows)
    assert set(re.findall(r"\d{4}-\d\d-\d\dT(\d\d:\d\d:\d\d)", text)) <= {"00:00:00", "22:00:00", "23:00:00", "06:00:00"}
    assert "traceparent" not in text.replace('\\"traceparent\\": null', "")
    timers = await integrity.database.fetch("SELECT at, trace FROM timer WHERE id = $1", report_id)
    assert timers
    assert all(row["trace"] is None for row in timers)


async def test_two_custodians_open_it_together_for_who_asked(integrity: Integrity, privates: dict[object, str]) -> None:
    """INT-1: one half tells nothing; both, handed on from the custodians' own machines, open it for one reader, who gave a reason; all of it is on record."""
    code = await integrity.reported(mode="signed", name=NAME, reach=REACH)
    report_id = report_of(code)
    state, _ = await state_of(integrity, code)
    handler = state["handler"]
    private, public = boxes.keygen()
    asked = {"ground": "consent", "reason": "The buyer has to be heard as a witness.", "public_key": public}
    other = BEA if handler == str(ANN) else ANN
    assert await integrity.refused("POST", f"/reports/{report_id}/identity/requests", "integrity-handler", other, asked) == (403, "INT-HANDLER")
    await integrity.post(f"/reports/{report_id}/acknowledgement", "integrity-handler", uuid_of(handler))
    await integrity.post(f"/reports/{report_id}/identity/requests", "integrity-handler", uuid_of(handler), asked)
    told = await integrity.send("/report/conversation", code=code, lang="en")
    assert "asks the custodians who you are" in shown(told), "the reporter hears it first"
    for n, custodian in enumerate((FIRST, SECOND)):
        (wanted,) = [each for each in await integrity.get("/custody/requests", "custodian", custodian) if each["report_id"] == str(report_id)]
        assert wanted["reason"] == asked["reason"]
        with pytest.raises(boxes.Unsealable):
            boxes.half_of(privates[SECOND if custodian == FIRST else FIRST], wanted["half"])
        (mine,) = await integrity.get(f"/reports/{report_id}/identity/requests", "integrity-handler", uuid_of(handler))
        assert (mine["verdict"], mine["box"], mine["halves"]) == ("asked", None, []), "not with one"
        half = boxes.handed_on(privates[custodian], wanted["half"], wanted["public_key"])
        path = f"/custody/requests/{report_id}/{wanted['request_id']}/half"
        assert await integrity.refused("POST", path, "custodian", STRANGER, {"sealed": half}) == (409, "INT-1")
        await integrity.post(path, "custodian", custodian, {"sealed": half})
        assert n in (0, 1)
    (mine,) = await integrity.get(f"/reports/{report_id}/identity/requests", "integrity-handler", uuid_of(handler))
    assert mine["verdict"] == "opened"
    assert boxes.opened(private, mine["box"], tuple(mine["halves"])) == {"name": NAME, "reach": REACH}
    assert NAME not in await everything(integrity), "also not when it was opened"
    names = [row["type"] for row in await integrity.database.fetch("SELECT type FROM journal WHERE kind = 'identity' AND aggregate = $1", report_id)]
    assert {"SealedIn", "Asked", "HandedOn", "Opened"} <= set(names)
    await integrity.pass_time(integrity.clock.domain() + timedelta(days=20))
    (mine,) = await integrity.get(f"/reports/{report_id}/identity/requests", "integrity-handler", uuid_of(handler))
    assert (mine["verdict"], mine["box"], mine["halves"]) == ("ended", None, [])


async def test_a_custodian_says_no_and_who_asked_sees_why(integrity: Integrity, privates: dict[object, str]) -> None:
    code = await integrity.reported(mode="confidential", name=NAME, reach=REACH)
    report_id = report_of(code)
    state, _ = await state_of(integrity, code)
    handler = uuid_of(state["handler"])
    _, public = boxes.keygen()
    asked = {"ground": "consent", "reason": "To hear more.", "public_key": public}
    path = f"/reports/{report_id}/identity/requests"
    assert await integrity.refused("POST", path, "integrity-handler", handler, asked) == (409, "INT-CONSENT"), "the reporter has not agreed"
    await integrity.send("/report/agreement", code=code, lang="nl")
    await integrity.post(path, "integrity-handler", handler, asked)
    (wanted,) = [each for each in await integrity.get("/custody/requests", "custodian", FIRST) if each["report_id"] == str(report_id)]
    denial = f"/custody/requests/{report_id}/{wanted['request_id']}/denial"
    await integrity.post(denial, "custodian", FIRST, {"reason": "Ask in the conversation first."})
    (mine,) = await integrity.get(path, "integrity-handler", handler)
    assert (mine["verdict"], mine["denied_reason"], mine["box"]) == ("denied", "Ask in the conversation first.", None)


async def test_without_custodians_there_is_no_name_to_give(integrity: Integrity, privates: dict[object, str]) -> None:
    form = {"text": "x", "category": "other", "mode": "confidential", "name": "", "reach": "", "lang": "en"}
    assert (await integrity.send("/report", **form)).status_code == 422
    assert await integrity.refused("POST", "/custody/keys/confirmation", "head-of-service", HEAD, {"seat": 1, "public_key": boxes.keygen()[1]}) == (
        409,
        "INT-KEY",
    )


async def state_of(integrity: Integrity, code: str) -> tuple[dict[str, str], int]:
    row = await integrity.database.fetchrow("SELECT state::text, version FROM report_state WHERE id = $1", report_of(code))
    assert row
    return json.loads(row["state"]), row["version"]


def uuid_of(text: str) -> object:
    return type(ANN)(text)
