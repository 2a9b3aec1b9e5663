"""Police zones and their plans by the door for people, on a real database."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from cg_kit.pure import named
from cg_kit.pure.terms import day_of, start_of
from services.org.tests.door import CHIEF, CLERK, STRANGER, Org, a_post, appointed, opened, registered, unit

CSDS = ("csd-north", "csd-south")


def a_zone(name: str, number: str, csd: str = "csd-north", *codes: str) -> dict[str, Any]:
    municipalities = codes or (f"99{number[1:]}",)
    return {
        "zone_id": str(named("api zone", name)),
        "zone_number": number,
        "kind": "one_municipality" if len(municipalities) == 1 else "multi_municipality",
        "municipalities": [{"nis_code": code, "labels": {"nl": code, "fr": code}} for code in municipalities],
        "csd_id": str(named("api", csd)),
        "labels": {"nl": f"PZ {name}", "fr": f"ZP {name}", "en": f"{name} police zone"},
        "legal_basis": "KB",
        "korpschef_post_id": str(named("api", "korpschef of", name)),
    }


async def zoned(org: Org, *zones: dict[str, Any], since: str = "2015-01-01") -> None:
    """Zones that exist, with the directorates that they are linked to."""
    there = {each["slug"] for each in (await org.get("/units", "reader"))["items"]}
    if new := [unit(slug, "cg") | {"kind": "deconcentrated"} for slug in CSDS if slug not in there]:
        await org.post("/units", "org-administrator", {"valid_from": "2014-10-01", "units": new})
    if zones:
        await org.post("/zones", "org-administrator", {"valid_from": since, "zones": list(zones)})


async def led(org: Org, name: str, who: str) -> str:
    """Somebody who holds the post of korpschef of a zone."""
    body = a_post("cg", name, "none", None, is_head=True)
    post_id = await opened(org, body | {"post_id": str(named("api", "korpschef of", name)), "unit_id": str(named("api zone", name)), "role": "korpschef"})
    person_id = await registered(org, who)
    await appointed(org, post_id, person_id, day_of(org.clock.domain()))
    return person_id


async def test_zones_are_told_on_a_day_as_known_then(org: Org) -> None:
    await zoned(org, a_zone("alfa", "9701"), a_zone("beta", "9702", "csd-south"))
    before = org.clock.domain()
    zone_id = str(named("api zone", "alfa"))
    renamed = {name: value for name, value in a_zone("alfa", "9701").items() if name != "zone_id"} | {"legal_basis": "KB 2"}
    await org.post(f"/zones/{zone_id}/changes", "org-administrator", renamed | {"valid_from": "2020-01-01"})
    assert (await org.get(f"/zones/{zone_id}?on=2021-01-01", "reader"))["legal_basis"] == "KB 2"
    assert (await org.get(f"/zones/{zone_id}?on=2019-12-31", "reader"))["legal_basis"] == "KB"
    known = await org.get(f"/zones/{zone_id}?on=2021-01-01&known_at={before.isoformat().replace('+', '%2B')}", "reader")
    assert known["legal_basis"] == "KB"
    assert len((await org.get(f"/zones/{zone_id}/versions", "reader"))["items"]) == 3
    assert (await org.ask("GET", f"/zones/{zone_id}?on=2014-12-31", "reader")).json()["rule"] == "ORG-ZONE"
    [beta] = [each for each in (await org.get(f"/zones?csd_id={named('api', 'csd-south')}", "reader"))["items"] if each["zone_number"] == "9702"]
    assert "parent" not in str(beta.keys()), "ORG-5"


async def test_org_5_a_zone_is_linked_to_a_deconcentrated_directorate_and_is_no_unit(org: Org) -> None:
    await zoned(org, a_zone("gamma", "9703"))
    wrong = await org.ask("POST", "/zones", "org-administrator", CLERK, {"valid_from": "2015-01-01", "zones": [a_zone("delta", "9704", "audit")]})
    assert (wrong.status_code, wrong.json()["rule"]) == (404, "ORG-ZONE-LINK")
    units = (await org.get("/units", "reader"))["items"]
    assert str(named("api zone", "gamma")) not in {each["unit_id"] for each in units} | {each["parent_id"] for each in units}


async def test_only_an_administrator_establishes_zones_and_a_rule_has_its_text(org: Org) -> None:
    await zoned(org, a_zone("epsilon", "9705"))
    body = {"valid_from": "2015-01-01", "zones": [a_zone("zeta", "9705", "csd-north", "99997")]}
    assert (await org.ask("POST", "/zones", "korpschef", CLERK, body)).json()["rule"] == "role-needed"
    refused = await org.ask("POST", "/zones", "org-administrator", CLERK, body)
    assert (refused.status_code, refused.json()["rule"], refused.json()["field"]) == (409, "ORG-ZONE-EXISTS", "zone_number")
    assert set(refused.json()["texts"]) == {"nl", "fr", "en"}


async def test_zones_are_linked_to_another_directorate_that_exists_on_the_day(org: Org) -> None:
    await zoned(org, a_zone("eta", "9706", "csd-south"))
    zone_id, csd = str(named("api zone", "eta")), str(named("api", "csd-south"))
    before = "2014-09-30"
    await org.post("/zone-links", "org-administrator", {"zone_ids": [zone_id], "csd_id": str(named("api", "csd-north")), "valid_from": "2021-01-01"})
    assert (await org.get(f"/zones/{zone_id}?on=2021-01-01", "reader"))["csd_id"] == str(named("api", "csd-north"))
    assert (await org.get(f"/zones/{zone_id}?on=2020-12-31", "reader"))["csd_id"] == csd
    assert (await org.get("/zones?unlinked=true", "operator"))["items"] == []
    early = a_zone("theta", "9707")
    answer = await org.ask("POST", "/zones", "org-administrator", CLERK, {"valid_from": before, "zones": [early]})
    assert answer.json()["rule"] == "ORG-ZONE-LINK", "the directorate exists since 1 October 2014"


async def reorganised(org: Org, ends: str, *successors: str) -> tuple[dict[str, Any], date]:
    """A directorate that ends, and what was said beforehand of what this touches."""
    who = "org-administrator"
    on = day_of(org.clock.domain()) + timedelta(days=10)
    gone = {"kind": "abolish", "from_unit_ids": [str(named("api", ends))], "to_unit_ids": [str(named("api", each)) for each in successors]}
    await org.post("/reorganisations", who, {"reason": "simpler", "legal_basis": "KB", "effective_date": on.isoformat(), "mappings": [gone], "posts": []})
    [it] = [each for each in (await org.get("/reorganisations?status=draft", who))["items"] if each["effective_date"] == on.isoformat()]
    at = f"/reorganisations/{it['reorganisation_id']}"
    await org.post(f"{at}/consultation", who, {"held_on": day_of(org.clock.domain()).isoformat(), "record_ref": "minutes 7"})
    await org.post(f"{at}/approval", "appointing-authority", who=CHIEF)
    impact: dict[str, Any] = await org.get(f"{at}/impact", who)
    await org.post(f"{at}/schedule", who, {})
    await org.pass_time(start_of(on))
    await org.settle()
    assert (await org.get(at, who))["status"] == "in_effect"
    return impact, on


async def test_a_directorate_that_ends_raises_an_alarm_for_its_zones_until_they_are_linked_to_another(org: Org) -> None:
    await zoned(org)
    east = unit("csd-east", "cg") | {"kind": "deconcentrated"}
    await org.post("/units", "org-administrator", {"valid_from": "2014-10-01", "units": [east]})
    await zoned(org, a_zone("sigma", "9718", "csd-east"))
    impact, on = await reorganised(org, "csd-east")
    zone_id = str(named("api zone", "sigma"))
    assert [(each["zone_id"], each["to_csd_id"]) for each in impact["zones"]] == [(zone_id, None)]
    assert impact["rule"] is None, "a zone is under nobody: it blocks nothing (ORG-5)"
    assert (await org.get(f"/zones/{zone_id}", "reader"))["csd_id"] == east["unit_id"]
    assert [each["zone_id"] for each in (await org.get("/zones?unlinked=true", "dirco"))["items"]] == [zone_id]
    [alarm] = [each for each in (await org.get("/alarms", "operator"))["items"] if each["check"] == "lost_link"]
    assert (alarm["zone_id"], alarm["unit_id"], alarm["labels"]["nl"]) == (zone_id, east["unit_id"], "PZ sigma")
    relinked = {"zone_ids": [zone_id], "csd_id": str(named("api", "csd-north")), "valid_from": on.isoformat()}
    await org.post("/zone-links", "org-administrator", relinked)
    assert (await org.get("/zones?unlinked=true", "dirco"))["items"] == []
    assert not [each for each in (await org.get("/alarms", "operator"))["items"] if each["check"] == "lost_link"]


async def test_zones_go_with_the_one_directorate_that_goes_on(org: Org) -> None:
    await zoned(org)
    west = unit("csd-west", "cg") | {"kind": "deconcentrated"}
    await org.post("/units", "org-administrator", {"valid_from": "2014-10-01", "units": [west]})
    await zoned(org, a_zone("tau", "9719", "csd-west"))
    impact, _ = await reorganised(org, "csd-west", "csd-north")
    assert [each["to_csd_id"] for each in impact["zones"]] == [str(named("api", "csd-north"))]
    assert (await org.get(f"/zones/{named('api zone', 'tau')}", "reader"))["csd_id"] == str(named("api", "csd-north"))
    assert (await org.get("/zones?unlinked=true", "reader"))["items"] == []


async def test_zones_merge_at_one_moment_and_the_korpschef_of_an_old_one_has_no_zone_left(org: Org) -> None:
    await zoned(org, a_zone("iota", "9708"), a_zone("kappa", "9709"))
    ids = [str(named("api zone", name)) for name in ("iota", "kappa")]
    chief = await led(org, "iota", "Iris")
    assert [each["zone_number"] for each in (await org.get("/zones?own=true", "korpschef", named("api", "Iris")))["items"]] == ["9708"]
    when = day_of(org.clock.domain()) + timedelta(days=60)
    merged = a_zone("iota kappa", "9710", "csd-north", "99708", "99709")
    done = await org.post("/zone-mergers", "org-administrator", {"from_zone_ids": ids, "zone": merged, "valid_from": when.isoformat()})
    assert done["events"] == ["MergerRegistered"]
    assert {each["zone_number"] for each in (await org.get(f"/zones?on={when}", "reader"))["items"]} >= {"9710"}
    [merger] = [each for each in (await org.get("/zone-mergers", "reader"))["items"] if each["to_zone_id"] == merged["zone_id"]]
    assert merger["took_effect_at"] is None
    first = day_of(org.clock.domain())
    await org.post(f"/zones/{ids[0]}/plans", "korpschef", {"period_from": first.isoformat()}, named("api", "Iris"))
    await org.pass_time(start_of(when) + timedelta(hours=9))
    await org.settle()
    [merger] = [each for each in (await org.get("/zone-mergers", "reader"))["items"] if each["to_zone_id"] == merged["zone_id"]]
    assert merger["took_effect_at"] is not None
    [plan] = (await org.get(f"/zones/{ids[0]}/plans", "org-administrator"))["items"]
    assert (plan["status"], plan["reason_code"]) == ("expired", "zone_ended")
    assert (await org.get("/zones?own=true", "korpschef", named("api", "Iris")))["items"] == []
    assert chief == str(named("api", "Iris"))
    late = await org.ask("POST", f"/zone-mergers/{merger['merger_id']}/cancellation", "org-administrator")
    assert (late.status_code, late.json()["rule"]) == (409, "ORG-STATE")
    assert (await org.ask("POST", f"/zone-mergers/{STRANGER}/cancellation", "org-administrator")).status_code == 404
    said = [step for step in await org.engine.store.outbox(0, 100_000) if step.key == merged["zone_id"]]
    names = [step.type.split(".")[-2] for step in said if step.topic == "cg.org.events"]
    assert names == ["PoliceZoneEstablished", "PoliceZoneMergerScheduled", "PoliceZoneTookEffect", "PoliceZonesMerged"]


async def test_a_plan_is_led_through_its_steps_by_its_korpschef_and_tacitly_approved_by_a_person(org: Org) -> None:
    await zoned(org, a_zone("lambda", "9711"), a_zone("mu", "9712"))
    zone_id, other_id = (str(named("api zone", name)) for name in ("lambda", "mu"))
    await led(org, "lambda", "Lou")
    lou = named("api", "Lou")
    today = day_of(org.clock.domain())
    begins = date(today.year, today.month, 1) + timedelta(days=400)
    prepared = await org.post(f"/zones/{zone_id}/plans", "korpschef", {"period_from": begins.isoformat()}, lou)
    assert prepared["events"] == ["Prepared"]
    [listed] = (await org.get("/plans", "korpschef", lou))["items"]
    plan = f"/zones/{zone_id}/plans/{listed['plan_id']}"

    denied = await org.ask("POST", f"/zones/{other_id}/plans", "korpschef", lou, {"period_from": begins.isoformat()})
    assert (denied.status_code, denied.json()["rule"]) == (403, "ORG-ZONE-OWN")
    assert (await org.ask("GET", plan, "reader")).json()["rule"] == "ORG-ZONE-OWN"
    rows = await org.pool.fetch("SELECT route FROM denied WHERE rule = 'ORG-ZONE-OWN' AND actor = $1", str(lou))
    assert [row["route"] for row in rows] == [f"POST /zones/{other_id}/plans"]

    await org.post(f"{plan}/draft", "korpschef", {"priorities": [{"code": "drugs", "nvp_ref": "nvp_drugs"}, {"code": "noise"}]}, lou)
    await org.post(f"{plan}/adoption", "korpschef", {"on": today.isoformat(), "decision_ref": "council 12"}, lou)
    await org.post(f"{plan}/submission", "korpschef", {"on": today.isoformat()}, lou)
    assert (await org.ask("POST", f"{plan}/approval", "korpschef", lou, {"ground": "tacit", "on": today.isoformat()})).json()["rule"] == "role-needed"
    shown = await org.get(plan, "org-administrator")
    assert shown["approval_due_explained"].startswith("2 months from")
    early = await org.ask("POST", f"{plan}/approval", "org-administrator", CLERK, {"ground": "tacit", "on": today.isoformat()})
    assert (early.status_code, early.json()["rule"]) == (409, "ORG-ZVP-TERM")

    await org.pass_time(start_of(today) + timedelta(days=75))
    await org.settle()
    assert listed["plan_id"] in {each["plan_id"] for each in (await org.get("/plans?approval_is_due=true", "operator"))["items"]}
    assert (await org.get(plan, "org-administrator"))["status"] == "submitted_to_ministers", "the timer only asks"
    await org.post(f"{plan}/approval", "org-administrator", {"ground": "tacit", "on": day_of(org.clock.domain()).isoformat()})
    assert (await org.get(plan, "korpschef", lou))["ground"] == "tacit"

    await org.pass_time(start_of(begins) + timedelta(hours=9))
    await org.settle()
    assert (await org.get(plan, "reader"))["status"] == "in_force", "everybody may read it now"
    since, until = begins + timedelta(days=365), begins + timedelta(days=700)
    addendum = {"period_from": since.isoformat(), "period_to": until.isoformat(), "on": begins.isoformat(), "decision_ref": "council 30"}
    await org.post(f"{plan}/addenda", "korpschef", addendum | {"priorities": [{"code": "fraud", "nvp_ref": "nvp_fraud"}]}, lou)
    await org.post(f"{plan}/evaluation", "korpschef", {"on": begins.isoformat(), "report_ref": "report 1"}, lou)
    [addendum] = (await org.get(plan, "reader"))["addenda"]
    assert addendum["standing"] == "adopted"


async def test_the_dirco_sees_the_plans_of_the_own_district_only(org: Org) -> None:
    await zoned(org, a_zone("nu", "9713", "csd-north"), a_zone("xi", "9714", "csd-south"))
    heading = await opened(org, a_post("csd-north", "dirco", "none", None, is_head=True) | {"post_id": str(named("api", "head of", "csd-north"))})
    dirco = await registered(org, "Dora")
    await appointed(org, heading, dirco, day_of(org.clock.domain()))
    begins = day_of(org.clock.domain()).isoformat()
    for name in ("nu", "xi"):
        await org.post(f"/zones/{named('api zone', name)}/plans", "org-administrator", {"period_from": begins})
    who = named("api", "Dora")
    seen = {each["zone_id"] for each in (await org.get("/plans", "dirco", who))["items"]}
    assert str(named("api zone", "nu")) in seen
    assert str(named("api zone", "xi")) not in seen
    assert {each["csd_id"] for each in (await org.get("/zones?own=true", "dirco", who))["items"]} == {str(named("api", "csd-north"))}
    assert len((await org.get(f"/zones/{named('api zone', 'nu')}/plans", "dirco", who))["items"]) == 1
    assert (await org.get(f"/zones/{named('api zone', 'xi')}/plans", "dirco", who))["items"] == []
    assert (await org.ask("POST", f"/zones/{named('api zone', 'nu')}/plans", "dirco", who, {"period_from": begins})).json()["rule"] == "role-needed"


async def test_a_post_in_a_zone_is_no_lost_post_and_its_korpschef_sees_who_holds_it(org: Org) -> None:
    await zoned(org, a_zone("pi", "9716"), a_zone("rho", "9717"))
    chief = await led(org, "pi", "Pia")
    await led(org, "rho", "Rob")
    own, other = (str(named("api", "korpschef of", name)) for name in ("pi", "rho"))
    alarms = await org.get("/alarms", "hr-officer")
    lost = {each["post_id"] for each in alarms["items"] if each["check"] in ("lost_unit", "lost_link")}
    assert not lost & {own, other}
    assert next(check for check in alarms["checks"] if check["check"] == "lost_link")["looked_at"] >= 2
    pia = named("api", "Pia")
    assert [each["person_id"] for each in (await org.get(f"/posts/{own}/holders", "korpschef", pia))["holders"]] == [chief]
    assert (await org.ask("GET", f"/posts/{other}/holders", "korpschef", pia)).json()["rule"] == "ORG-NEED-TO-KNOW"
    assert (await org.get(f"/posts/{other}", "korpschef", pia))["assignments"] == []


async def test_a_plan_needs_a_zone_and_its_period_is_free_once(org: Org) -> None:
    await zoned(org, a_zone("omicron", "9715"))
    zone_id = named("api zone", "omicron")
    nowhere = await org.ask("POST", f"/zones/{STRANGER}/plans", "org-administrator", CLERK, {"period_from": "2040-01-01"})
    assert (nowhere.status_code, nowhere.json()["rule"]) == (404, "ORG-ZONE")
    await org.post(f"/zones/{zone_id}/plans", "org-administrator", {"period_from": "2040-01-01"})
    twice = await org.ask("POST", f"/zones/{zone_id}/plans", "org-administrator", CLERK, {"period_from": "2045-12-31"})
    assert (twice.status_code, twice.json()["rule"]) == (409, "ORG-ZVP-OVERLAP")
    endless = await org.ask("POST", f"/zones/{zone_id}/plans", "org-administrator", CLERK, {"period_from": "9999-12-31", "period_to": "9999-12-31"})
    assert (endless.status_code, endless.json()["rule"]) == (409, "ORG-ZVP-PERIOD")
    assert (await org.ask("POST", f"/zones/{zone_id}/plans/{STRANGER}/draft", "org-administrator", CLERK, {"priorities": [{"code": "x"}]})).status_code == 404
