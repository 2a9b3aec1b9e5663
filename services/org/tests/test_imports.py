"""Tables of units and of staff: what is said of each line, that it is done whole or not at all, and that what was said is what is done."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

import httpx
import pytest

from cg_kit.auth import token
from cg_kit.pure import named
from cg_kit.pure.terms import day_of
from services.org.tests.door import CLERK, OFFICER, Org, registered

HEADER = "slug,kind,parent,nl,fr,legal_basis,valid_from\n"
STAFF = "person_id,given,family,language,unit,from\n"
ANN, BEN = (named("imports", name) for name in ("ann", "ben"))


async def sent(org: Org, what: str, table: str | bytes, *, dry_run: bool = False, role: str = "", **headers: str) -> httpx.Response:
    role = role or {"units": "org-administrator", "staff": "hr-officer"}[what]
    pass_ = token(org.key, CLERK, [role], org.clock.real())
    body = table if isinstance(table, bytes) else table.encode()
    given = {"authorization": f"Bearer {pass_}", "content-type": "text/csv", **headers}
    answer = await org.http.post(f"/imports/{what}", params={"dry_run": dry_run}, content=body, headers=given)
    await org.settle()
    return answer


async def report(org: Org, what: str, table: str, *, dry_run: bool = False) -> dict[str, Any]:
    answer = await sent(org, what, table, dry_run=dry_run)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def errors(said: dict[str, Any]) -> list[tuple[int, str, str]]:
    return [(each["line"], each["field"], each["rule"]) for each in said["errors"]]


async def slugs(org: Org) -> dict[str, dict[str, Any]]:
    return {each["slug"]: each for each in (await org.get("/units", "reader"))["items"]}


# Units


async def test_a_dry_run_says_the_difference_and_does_nothing(org: Org) -> None:
    before = await slugs(org)
    table = HEADER + "cg,unit,police,Commissariaat-generaal,Commissariat général,KB 2006,2014-10-01\nnew-one,service,cg,Nieuw,Nouveau,KB 2026,2026-01-01\n"
    said = await report(org, "units", table, dry_run=True)
    assert (said["dry_run"], said["done"], said["errors"]) == (True, False, [])
    assert [(each["line"], each["name"]) for each in said["new"]] == [(3, "new-one")]
    [changed] = said["changed"]
    assert (changed["line"], changed["correction"]) == (2, True)
    assert {each["field"]: (each["before"], each["after"]) for each in changed["fields"]} == {
        "nl": ("cg", "Commissariaat-generaal"),
        "fr": ("cg", "Commissariat général"),
    }
    assert {each["name"] for each in said["missing"]} == {"police", "audit", "ispo"}
    assert "reorganisatie" in said["note"]["nl"]
    assert await slugs(org) == before


async def test_what_was_said_is_done_and_a_second_time_nothing_is_left_to_do(org: Org) -> None:
    table = "\ufeff" + (
        HEADER + "team-a,unit,dir-a,Team A,Équipe A,KB 2026,2026-01-01\ndir-a,directorate,cg,Directie A,Direction A,KB 2026,2026-01-01\n"
    ).replace(",", ";")
    said = await report(org, "units", table)
    assert (said["done"], len(said["new"])) == (True, 2)
    there = await slugs(org)
    assert there["team-a"]["parent_id"] == there["dir-a"]["unit_id"]
    assert there["team-a"]["labels"]["fr"] == "Équipe A"
    again = await report(org, "units", table)
    assert (again["new"], again["changed"], again["unchanged"]) == ([], [], 2)
    assert len((await org.get(f"/units/{there['team-a']['unit_id']}/versions", "reader"))["items"]) == 1


async def test_a_unit_is_moved_and_renamed_by_its_id_and_what_is_left_out_stays(org: Org) -> None:
    await report(org, "units", HEADER + "movable,unit,cg,Te verplaatsen,À déplacer,KB 2026,2026-01-01\n")
    was = (await slugs(org))["movable"]
    today = day_of(org.clock.domain()).isoformat()
    said = await report(
        org, "units", f"unit_id,slug,kind,parent,nl,fr,legal_basis,valid_from\n{was['unit_id']},moved,unit,audit,Verplaatst,Déplacé,KB 2027,{today}\n"
    )
    [changed] = said["changed"]
    assert not changed["correction"]
    assert {each["field"]: (each["before"], each["after"]) for each in changed["fields"]}["parent"] == ("cg", "audit")
    now = await slugs(org)
    assert "movable" not in now
    assert now["moved"]["unit_id"] == was["unit_id"]


@pytest.mark.parametrize(
    ("lines", "found"),
    [
        ("a,unit,nowhere,A,A,KB,2026-01-01", [(2, "parent", "ORG-UNIT")]),
        ("a,unit,,A,A,KB,2026-01-01", [(2, "parent", "ORG-1")]),
        ("a,unit,b,A,A,KB,2026-01-01\nb,unit,a,B,B,KB,2026-01-01", [(2, "parent", "ORG-1"), (3, "parent", "ORG-1")]),
        ("b,unit,a,B,B,KB,2026-01-01\na,unit,cg,A,A,KB,2026-06-01", [(2, "parent", "ORG-1")]),
        ("a,unit,cg,A,A,KB,2026-01-01\na,unit,cg,B,B,KB,2026-01-01", [(3, "slug", "ORG-UNIT-EXISTS")]),
        ("police,unit,,P,P,KB,2000-01-01", [(2, "valid_from", "ORG-UNIT")]),
        ("A B,team,cg,A,,KB,1 januari", [(2, "slug", "table-value"), (2, "kind", "table-value"), (2, "fr", "table-value"), (2, "valid_from", "table-value")]),
        ("a,unit,cg,850730-033-28,A,KB,2026-01-01", [(2, "nl", "personal-data")]),
        (f"a,unit,cg,{'x' * 201},A,KB,2026-01-01", [(2, "nl", "table-value")]),
        ("a,unit,cg,A", [(2, "line", "table-line")]),
    ],
)
async def test_each_error_is_told_with_its_line_column_and_rule_and_nothing_is_done(org: Org, lines: str, found: list[tuple[int, str, str]]) -> None:
    before = await slugs(org)
    good = "\nfine,unit,cg,Goed,Bien,KB,2026-01-01"
    said = await report(org, "units", HEADER + lines + good, dry_run=True)
    assert errors(said) == found
    assert all(each["mend"] for each in said["errors"])
    refused = await sent(org, "units", HEADER + lines + good)
    assert (refused.status_code, refused.json()["rule"]) == (409, "table")
    assert errors(refused.json()) == found
    assert refused.json()["texts"]["nl"].startswith("De tabel")
    assert await slugs(org) == before


async def test_a_file_that_is_no_table_is_told_so(org: Org) -> None:
    for dry_run in (True, False):
        for body, rule in (((HEADER + "é").encode("cp1252"), "table-encoding"), ((HEADER + "a\0b").encode(), "unstorable-text")):
            refused = await sent(org, "units", body, dry_run=dry_run)
            assert refused.status_code == 422
            assert errors(refused.json()) == [(2, "line", rule)]
    assert errors((await sent(org, "units", b"\n")).json()) == [(1, "line", "table-header")]
    for dry_run in (True, False):
        empty = await sent(org, "units", b"", dry_run=dry_run)
        assert (empty.status_code, empty.json()["field"]) == (422, "body")
    assert errors((await sent(org, "units", "slug,naam\n")).json())[0] == (1, "naam", "table-header")
    assert (await sent(org, "units", HEADER, **{"content-type": "application/json"})).json()["field"] == "Content-Type"
    assert (await sent(org, "units", b"x" * (2 * 1024 * 1024 + 1))).status_code == 413


async def test_who_may_send_tables(org: Org) -> None:
    assert (await sent(org, "units", HEADER, role="hr-officer")).status_code == 403
    assert (await sent(org, "staff", STAFF, role="org-administrator")).status_code == 403


# Staff


async def names(org: Org, person_id: UUID) -> dict[str, Any]:
    return dict(await org.get(f"/persons/{person_id}/names?purpose=test", "hr-officer"))


async def test_staff_is_registered_and_placed_and_their_names_are_in_the_vault_alone(org: Org) -> None:
    table = STAFF + f"{ANN},Ann,Uitvoorbeeld,nl,audit,2025-03-01\n{BEN},Benoît,Exemple,fr,cg,2026-01-01\n"
    dry = await report(org, "staff", table, dry_run=True)
    assert (len(dry["new"]), dry["done"]) == (2, False)
    assert (await org.ask("GET", f"/persons/{ANN}", "hr-officer")).status_code == 404
    assert "Uitvoorbeeld" not in json.dumps(dry)
    done = await report(org, "staff", table)
    assert (len(done["new"]), done["done"]) == (2, True)
    assert (await names(org, BEN))["given"] == "Benoît"
    shown = await org.get(f"/persons/{ANN}", "hr-officer")
    audit = (await slugs(org))["audit"]["unit_id"]
    assert [(each["unit_id"], each["valid_from"]) for each in shown["employments"]] == [(audit, "2025-03-01")]
    rows = await org.engine.store.events(0, ("Registered", "Transferred"), 1000)
    assert "Uitvoorbeeld" not in str(rows)


async def test_the_same_staff_again_changes_nothing_and_what_differs_is_said_without_names(org: Org) -> None:
    table = STAFF + f"{ANN},Ann,Uitvoorbeeld,nl,audit,2025-03-01\n{BEN},Benoît,Exemple,fr,cg,2026-01-01\n"
    await report(org, "staff", table)
    again = await report(org, "staff", table)
    assert (again["new"], again["changed"], again["unchanged"]) == ([], [], 2)
    other = await report(org, "staff", STAFF + f"{ANN},Anna,Uitvoorbeeld,de,ispo,2026-02-01\n")
    [changed] = other["changed"]
    assert {each["field"]: (each["before"], each["after"]) for each in changed["fields"]} == {
        "names": (None, None),
        "language": ("nl", "de"),
        "unit": ("audit", "ispo"),
    }
    assert str(BEN) in {each["id"] for each in other["missing"]}
    assert "PersonLeft" in other["note"]["en"]
    assert (await names(org, ANN))["given"] == "Anna"
    await report(org, "staff", STAFF + f"{ANN},Anna,Uitvoorbeeld,fr,ispo,2026-02-01\n")
    assert (await names(org, ANN))["given"] == "Anna"
    seen = (await org.get(f"/reads?person_id={ANN}", "dpo", OFFICER))["items"]
    assert "staff_import" in {each["what"] for each in seen}


async def test_org_6_somebody_who_was_elsewhere_all_along_is_a_correction(org: Org) -> None:
    cis = named("imports", "cis")
    await report(org, "staff", STAFF + f"{cis},Cis,Voorbeeld,nl,audit,2025-03-01\n")
    [changed] = (await report(org, "staff", STAFF + f"{cis},Cis,Voorbeeld,nl,ispo,2025-06-01\n"))["changed"]
    assert changed["correction"]


async def test_one_wrong_line_and_nobody_is_registered(org: Org) -> None:
    left = await registered(org, "left")
    await org.say("hr", "org.PersonLeft", {"person_id": left, "left_on": "2026-01-01"})
    dan = named("imports", "dan")
    table = (
        STAFF
        + f"{dan},Dan,Voorbeeld,nl,audit,2026-01-01\n{dan},Dan,Voorbeeld,nl,audit,2026-01-01\n{left},Lea,Weg,nl,audit,2026-01-01\n"
        + f"{named('imports', 'eva')},Eva,Nergens,nl,audit,2000-01-01\nno-id,Fay,Voorbeeld,en,audit,2026-01-01\n"
    )
    found = [
        (3, "person_id", "ORG-PERSON"),
        (4, "person_id", "ORG-PERSON"),
        (5, "unit", "ORG-UNIT"),
        (6, "person_id", "table-value"),
        (6, "language", "table-value"),
    ]
    assert errors(await report(org, "staff", table, dry_run=True)) == found
    assert errors((await sent(org, "staff", table)).json()) == found
    assert (await org.ask("GET", f"/persons/{dan}", "hr-officer")).status_code == 404


async def test_two_thousand_are_taken_at_once(org: Org) -> None:
    table = STAFF + "".join(f"{named('imports', n)},Voornaam {n},Familienaam {n},nl,cg,2026-01-01\n" for n in range(2000))
    assert len(table) > 64 * 1024
    assert len((await report(org, "staff", table))["new"]) == 2000
    assert (await report(org, "staff", table, dry_run=True))["unchanged"] == 2000
