"""Examples that can be published as they are: the frozen one of each message, made new, about things that are there in the house that runs."""

from __future__ import annotations

import random
import re
from contextlib import closing
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from cg_cli.home import Home
from cg_contracts.accounts import OUTSIDE, SERVICES, source_of
from cg_contracts.base import CATALOGUE, Contract, Request
from cg_contracts.frozen import example
from cg_contracts.topics import speakers
from cg_kit.clock import RisingIds, SystemClock
from cg_kit.pure.terms import BRUSSELS

WRITTEN_AT = datetime.fromisoformat("2026-04-15T10:00:00+02:00")
"""The day on which the frozen examples play; a new one moves all their dates by as much."""

AN_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}")
ABOUT_THE_HOUSE = frozenset(
    f"be.police.cg.{name}.v1"
    for name in (
        "org.AppointmentRequested",
        "org.PersonTransferred",
        "org.PersonLeft",
        "screening.NvoDecisionReceived",
        "screening.NvoExtensionReceived",
        "screening.DecisionNotified",
        "screening.ClearanceDecisionNotified",
        "screening.AdverseInformationReported",
        "screening.AppealLodged",
        "screening.AppealDecisionReceived",
    )
)
"""The messages that name what must be there already."""

OPERATOR = UUID("01936b2e-8c00-7000-8000-00000000000f")
CLOCK, IDS, CHANCE = SystemClock(), RisingIds(), random.SystemRandom()


class Unsaid(Exception):
    """There is no such example, with the reason in one sentence; `usage` when the question was wrong."""

    def __init__(self, why: str, *, usage: bool = False) -> None:
        super().__init__(why)
        self.usage = usage


def found(name: str) -> type[Contract]:
    """The contract of a type, given in full, without `be.police.cg.`, or by its name alone (then its newest version). Raises `Unsaid`."""
    whole = {name, f"be.police.cg.{name}"} & CATALOGUE.keys()
    if whole:
        return CATALOGUE[whole.pop()]
    bare = name.removeprefix("be.police.cg.")
    fits = [c for c in CATALOGUE.values() if bare in (c.about.name, f"{c.about.owner}.{c.about.name}", f"{c.about.name}.v{c.about.version}")]
    newest = {(c.about.owner, c.about.name): c for c in sorted(fits, key=lambda c: c.about.version)}
    if len(newest) == 1:
        return newest.popitem()[1]
    if newest:
        raise Unsaid(f"{name} is said by more than one: {', '.join(f'{owner}.{short}' for owner, short in newest)}", usage=True)
    raise Unsaid(f"there is no message {name}; `cg contracts list` has them all", usage=True)


def event(contract: type[Contract], account: str | None, home: Home) -> dict[str, Any]:
    """A structured CloudEvent of this message, said by this account, with new ids and the time of now. Raises `Unsaid`."""
    said_by = speakers(contract)
    if not said_by:
        raise Unsaid(f"nobody may say {contract.about.type} yet: the services that will do not exist")
    account = account or said_by[0]
    if account not in said_by:
        known = account in SERVICES or account in OUTSIDE
        raise Unsaid(f"{account} may not say {contract.about.type}, only {', '.join(said_by)}" if known else f"there is no account {account}", usage=True)
    now = CLOCK.real()
    if home.is_held and issubclass(contract, Request):
        with closing(House(home)) as house:
            data = about_what_is_there(contract, account, fresh(contract, account, house.now()), house)
    else:
        data = fresh(contract, account, now)
    message = contract.model_validate(data)
    return {
        "specversion": "1.0",
        "id": str(IDS.new()),
        "source": source_of(account),
        "type": contract.about.type,
        "subject": message.subject,
        "time": now.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "datacontenttype": "application/json",
        "data": data,
    }


def fresh(contract: type[Contract], account: str, now: datetime) -> dict[str, Any]:
    """The frozen example with new ids, as if its day were today, in what this account may say."""
    new: dict[str, str] = {}
    data = {name: _moved(value, new, now - WRITTEN_AT) for name, value in example(contract).items()}
    if "decision_ref" in data:
        data["decision_ref"] = f"{data['decision_ref'].split('/')[0]}/{now.year}/{CHANCE.randint(100_000, 999_999)}"
    kinds = contract.about.by.get(account)
    if kinds and data["kind"] not in kinds:
        data["kind"] = min(kinds)
    if contract.about.name == "ScreeningRequested" and data["kind"] == "recruitment":
        data |= {"requester_ref": f"candidate/{data['person_id']}", "purpose": "recruitment", "person_data": _candidate()}
    if contract.about.name == "ScreeningRequested" and data["kind"] == "nuclear":
        data |= {"requester_ref": f"FANC/{now.year}/{CHANCE.randint(1, 99_999)}", "purpose": "site_access"}
    if contract.about.name == "DecisionNotified" and account == "nvo":
        data["application_id"] = data.pop("case_id")
    return data


def _moved(value: Any, new: dict[str, str], by: timedelta) -> Any:
    if isinstance(value, dict):
        return {name: _moved(one, new, by) for name, one in value.items()}
    if not isinstance(value, str):
        return value
    if re.fullmatch(r"\d{4}-\d\d-\d\d", value):
        return (date.fromisoformat(value) + timedelta(days=by.days)).isoformat()
    if re.fullmatch(r"\d{4}-\d\d-\d\dT.*", value):
        return (datetime.fromisoformat(value) + by).astimezone(BRUSSELS).isoformat(timespec="milliseconds")
    return AN_ID.sub(lambda id_: new.setdefault(id_[0], str(IDS.new())), value)


def _candidate() -> dict[str, Any]:
    """An invented person, whose national register number has a right check (97 less the rest of the first nine digits by 97) and a day that does not exist."""
    born = date(CHANCE.randint(1985, 2005), CHANCE.randint(1, 12), CHANCE.randint(1, 28))
    first = f"{born:%y%m}00{CHANCE.randint(1, 997):03}"
    check = 97 - int(f"2{first}" if born.year >= 2000 else first) % 97
    names = {"given": CHANCE.choice(("Amina", "Bram", "Chloé", "Daan", "Elise")), "family": CHANCE.choice(("Voorbeeld", "Exemple", "Muster"))}
    return {"names": names, "birth_date": born.isoformat(), "national_number": f"{first}{check:02}"}


def about_what_is_there(contract: type[Contract], account: str, data: dict[str, Any], house: House) -> dict[str, Any]:
    """The same about things of the house, chosen at random among those that fit. Raises `Unsaid` when there is none."""
    match contract.about.name:
        case "AppointmentRequested":
            post = house.one("org", "/posts?vacant=true&sensitive=true&mandate=false", "no sensitive post is vacant")
            person = house.one("org", "/persons?unassigned=true", "no person is without assignment")
            return data | {"post_id": _id(post, "post_id"), "person_id": _id(person, "person_id")}
        case "PersonTransferred":
            unit = house.one("org", "/units", "there is no unit")
            person = house.one("org", "/persons?unassigned=true", "no person is without assignment")
            return data | {"person_id": _id(person, "person_id"), "unit_id": _id(unit, "unit_id")}
        case "PersonLeft":
            person = house.one("org", "/persons?unassigned=true", "no person is without assignment")
            return data | {"person_id": _id(person, "person_id")}
        case "NvoDecisionReceived":
            matter = house.one("screening", "/ops/open?type=NvoDecisionReceived", "no application lies with the security authority now")
        case "NvoExtensionReceived":
            matter = house.one("screening", "/ops/open?type=NvoExtensionReceived", "no application lies with the security authority within its term")
        case "DecisionNotified":
            matter = house.one("screening", f"/ops/open?type=DecisionNotified&account={account}", f"no decision waits now to be notified by {account}")
        case "ClearanceDecisionNotified":
            none = "no clearance was withdrawn or lowered of which the holder is not told yet"
            matter = house.one("screening", "/ops/open?type=ClearanceDecisionNotified", none)
            return data | {"clearance_id": matter["clearance_id"], "notified_at": house.now().astimezone(BRUSSELS).isoformat(timespec="milliseconds")}
        case "AdverseInformationReported":
            matter = house.one("screening", "/ops/open?type=AdverseInformationReported", "nobody has a case or a clearance")
            return data | {"person_id": matter["person_id"]}
        case "AppealLodged":
            matter = house.one("screening", "/ops/open?type=AppealLodged", "no negative decision was notified that is not appealed")
            return data | {"case_id": matter["case_id"], "ground": matter["ground"], "posted_on": house.now().astimezone(BRUSSELS).date().isoformat()}
        case "AppealDecisionReceived":
            matter = house.one("screening", "/ops/open?type=AppealDecisionReceived", "no appeal is pending")
            return data | {"appeal_id": matter["appeal_id"], "decided_at": house.now().astimezone(BRUSSELS).isoformat(timespec="milliseconds")}
        case _:
            return data
    about = {name: matter[name] for name in ("case_id", "application_id", "clearance_id") if matter.get(name) is not None}
    kept = {name: value for name, value in data.items() if name not in ("case_id", "application_id", "clearance_id")}
    level = {"level": matter["level"]} if matter.get("level") and "level" in kept else {}
    return kept | about | level


def _id(row: dict[str, Any], name: str) -> str:
    return str(row.get(name) or row["id"])


class House:
    """A house that runs, asked over HTTP by an operator."""

    def __init__(self, home: Home) -> None:
        import httpx  # noqa: PLC0415

        from cg_kit.auth import token  # noqa: PLC0415

        self.home = home
        pass_ = token(home.issuer_key(), OPERATOR, ("operator", "reader"), CLOCK.real())
        self.client = httpx.Client(headers={"authorization": f"Bearer {pass_}"}, timeout=10)

    def close(self) -> None:
        """Asks no more."""
        self.client.close()

    def ask(self, service: str, path: str) -> Any:
        """What a service answers, as JSON. Raises `Unsaid` when it does not."""
        import httpx  # noqa: PLC0415

        try:
            answer = self.client.get(self.home.service_url(service) + path)
            answer.raise_for_status()
            return answer.json()
        except httpx.HTTPStatusError as error:
            raise Unsaid(f"{service} answers {error.response.status_code} to {path}") from None
        except (httpx.HTTPError, ValueError):
            raise Unsaid(f"the house at {self.home} is not ready: {service} does not answer") from None

    def one(self, service: str, path: str, none: str) -> dict[str, Any]:
        """One row at random of what a service lists."""
        answer = self.ask(service, path)
        rows: list[dict[str, Any]] = answer if isinstance(answer, list) else answer["items"]
        if not rows:
            raise Unsaid(none)
        return CHANCE.choice(rows)

    def now(self) -> datetime:
        """Domain time."""
        return datetime.fromisoformat(self.ask("screening", "/ops/status")["clock"]["domain"])
