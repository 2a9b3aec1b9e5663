"""Who asks the house for things: the staff system, the security authority, strangers with broken records, and people at their screens."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid5

from pydantic_core import to_json

from cg_contracts.accounts import source_of
from cg_contracts.levels import Level
from cg_contracts.org import Sensitivity
from cg_contracts.screening import Means, Outcome
from cg_kit.pure import To
from services.org.domain import post, tree
from services.screening.domain import application, case, clearance
from tests.simulation.auditors import Auditors
from tests.simulation.errands import BASE, UNITS, Errands, a_unit, unit_id
from tests.simulation.world import SERVICES, World, words_of

PERSONS = 20
POSTS = 14
LATELY = 150
"""How far back a sender repeats itself: the inbox remembers the last two of its generations, and no longer."""

OVER = (case.Status.NOTIFIED, case.Status.FINAL)
OFFICERS = (uuid5(BASE, "officer 1"), uuid5(BASE, "officer 2"), uuid5(BASE, "officer 3"))


def person(n: int) -> UUID:
    """One of the persons."""
    return uuid5(BASE, f"person {n}")


def post_id(n: int) -> UUID:
    """One of the posts."""
    return uuid5(BASE, f"post {n}")


@dataclass(slots=True)
class People:
    """All of them, for one world."""

    world: World
    persons: int = PERSONS
    posts: int = POSTS
    said: list[tuple[str, bytes, bytes, list[tuple[str, bytes | None]]]] = field(default_factory=list)
    read: dict[tuple[str, str, UUID], tuple[int, Any]] = field(default_factory=dict)

    # -- the doors ----------------------------------------------------------------------------------------------------

    def say(self, account: str, service: str, name: str, key: str, **data: Any) -> None:
        """Publishes a request as an outside account; sometimes twice, sometimes again later, sometimes its id with other content."""
        world, chance = self.world, self.world.chance
        world.counts["requests"] += 1
        value = to_json(data)
        trace = f"00-{world.ids.count + 1:032x}-{1:016x}-00"
        headers: list[tuple[str, bytes | None]] = [
            ("ce_specversion", b"1.0"),
            ("ce_id", str(world.ids.new()).encode()),
            ("ce_source", source_of(account).encode()),
            ("ce_type", f"be.police.cg.{service}.{name}.v1".encode()),
            ("ce_subject", str(data[key]).encode()),
            ("ce_time", (world.now() - world.offset).isoformat().replace("+00:00", "Z").encode()),
            ("ce_traceparent", trace.encode()),
            ("content-type", b"application/json"),
        ]
        record = (f"cg.{service}.intake.{account}", str(data[key]).encode(), value, headers)
        copies = chance.choices((1, 2, 3), (85, 12, 3))[0]
        for _ in range(copies):
            world.broker.append(*record)
        world.counts["duplicates"] += copies - 1
        self.said.append(record)
        if chance.random() < 0.08:
            world.counts["duplicates"] += 1
            world.broker.append(*chance.choice(self.said[-LATELY:]))
        if chance.random() < 0.03 and "decision_ref" in data:
            world.counts["reused"] += 1
            world.broker.append(record[0], record[1], to_json({**data, "decision_ref": "something else"}), headers)

    def broken(self) -> None:
        """A stranger's record that is no message."""
        world, chance = self.world, self.world.chance
        world.counts["broken"] += 1
        topic, key, value, headers = chance.choice(self.said)
        headers = [*headers]
        headers[1] = ("ce_id", str(world.ids.new()).encode())
        match chance.randrange(6):
            case 0:
                value = b"{no json"
            case 1:
                headers.append(headers[3])
            case 2:
                headers[3] = ("ce_type", b"be.police.cg.org.Nothing.v1")
            case 3:
                headers[2] = ("ce_source", b"tag:police.be,2026:cg/org")
            case 4:
                value = json.dumps({**json.loads(value), "extra": "field"}).encode()
            case _:
                headers[1] = ("ce_id", b"\xff\xfe")
        world.broker.append(topic, key, value, headers)

    # -- outside -------------------------------------------------------------------------------------------------------

    async def staff(self, messages: int) -> None:
        """The staff system, and what strangers send."""
        chance = self.world.chance
        for n in range(self.persons):
            self.register(n)
            if chance.random() < 0.3:
                await asyncio.sleep(chance.choice((0.0, 0.05)))
        for n in range(messages):
            await asyncio.sleep(chance.choice((0.0, 0.0, 0.02, 0.1, 0.3)))
            self.message(n)

    def anybody(self) -> UUID:
        """One of the persons."""
        return person(self.world.chance.randrange(self.persons))

    def register(self, n: int) -> None:
        """A person comes into service."""
        self.say("hr", "org", "PersonRegistered", "person_id", person_id=person(n), names={"given": "A", "family": f"B{n}"}, language="nl")

    def message(self, n: int) -> None:
        """The next thing that the staff system says, or a stranger."""
        world, chance = self.world, self.world.chance
        who = person(chance.randrange(self.persons + 1))
        blocked = sorted(key for store in world.stores.values() for key in store.table("blocked") if key[0] == source_of("hr"))
        if blocked and chance.random() < 0.5:
            who = UUID(chance.choice(blocked)[1])
        today = world.now().date()
        match chance.choices(range(6), (50, 30, 8, 4, 6, 2))[0]:
            case 0:
                self.say(
                    "hr",
                    "org",
                    "AppointmentRequested",
                    "person_id",
                    request_id=world.ids.new(),
                    post_id=post_id(chance.randrange(self.posts + 1)),
                    person_id=who,
                    kind="permanent",
                    planned_start=today + timedelta(days=chance.choice((0, 1, 30))),
                    decision_ref="UNSTORABLE" if chance.random() < 0.02 else f"D{n}",
                )
            case 1:
                self.say(
                    "hr",
                    "screening",
                    "ScreeningRequested",
                    "person_id",
                    request_id=world.ids.new(),
                    requester_ref=f"candidate {n}",
                    kind="recruitment",
                    purpose="recruitment",
                    person_id=who,
                    needed_by=today + timedelta(days=60),
                    person_data={"names": {"given": "A", "family": "B"}, "birth_date": "1990-01-02", "national_number": "90010200197"},
                )
            case 2:
                self.say("hr", "org", "PersonRegistered", "person_id", person_id=who, names={"given": "C", "family": f"D{n}"}, language="fr")
            case 3:
                self.say("hr", "org", "PersonLeft", "person_id", person_id=who, left_on=today)
            case 4:
                self.broken()
            case _:
                self.say("hr", "screening", "DecisionNotified", "case_id", case_id=world.ids.new(), notified_at=world.now(), means="registered_letter")

    # -- people at their screens ----------------------------------------------------------------------------------------

    async def found(self) -> None:
        """Posts that can be held."""
        world = self.world
        since = world.now().date() - timedelta(days=30)
        units = (a_unit(BASE, None, "root"), *(a_unit(unit_id(n), BASE, f"unit-{n}") for n in range(UNITS)))
        await self._do("org", "tree", tree.TREE, tree.Establish(units, since, world.now()), OFFICERS[0])
        for n in range(self.posts):
            sensitivity = (Sensitivity.ADVICE_REQUIRED, Sensitivity.CLEARANCE_REQUIRED, Sensitivity.NONE)[n % 3]
            level = Level.GEHEIM if sensitivity is Sensitivity.CLEARANCE_REQUIRED else None
            resources = (post.Resource("archive", level),)
            labels = {"nl": "Ambt", "fr": "Emploi"}
            seat = post.Seat(unit_id(n % UNITS), "analyst", labels, False, sensitivity, level, resources, "law", since)
            await self._do("org", "post", post_id(n), post.Open(seat, OFFICERS[0], world.now()), OFFICERS[0])
            await self._do("org", "post", post_id(n), post.Approve(OFFICERS[1], world.now()), OFFICERS[1])

    async def _do(self, service: str, kind: str, id_: UUID, command: Any, who: UUID) -> None:
        await self.world.command(service, lambda _: To(kind, id_, command), who)

    def _states(self, service: str, kind: str) -> list[tuple[UUID, Any]]:
        return [(id_, self._state(service, kind, id_)) for id_ in sorted(self.world.stores[service].table(kind))]

    def _state(self, service: str, kind: str, id_: UUID) -> Any:
        row = self.world.stores[service].table(kind)[id_]
        known = self.read.get((service, kind, id_))
        if known is None or known[0] != row.version:
            known = self.read[service, kind, id_] = (row.version, words_of(service).kept[kind].state.validate_json(row.state))
        return known[1]

    async def offices(self, worker: int, ends: float) -> None:
        """Somebody who takes a case, an application, a clearance or a post, and does what is next."""
        world, chance = self.world, self.world.chance
        await asyncio.sleep(worker * 0.3)
        while world.loop.time() < ends:
            await asyncio.sleep(chance.choice((0.02, 0.1, 0.4)))
            await self.office(ends)

    async def office(self, ends: float) -> None:
        """The next thing that somebody takes up."""
        world, chance = self.world, self.world.chance
        cases = [(id_, state) for id_, state in self._states("screening", "case") if state.status not in OVER]
        if cases and chance.random() < 0.7:
            id_, _ = chance.choice(cases)
            for _ in range(16):
                state = self._state("screening", "case", id_)
                if chance.random() < 0.08 or not await self._work(id_, state) or world.loop.time() > ends:
                    break
            return
        match chance.randrange(6):
            case 0:
                self._authority()
            case 1:
                await self._clearance()
            case 2:
                await self._post()
            case 3 | 4:
                for _ in range(6):
                    await Auditors(self).run()
            case _:
                await Errands(self, OFFICERS).run()

    async def operator(self, ends: float) -> None:
        """Somebody who retries what is parked, and now and then discards it."""
        world, chance = self.world, self.world.chance
        while world.loop.time() < ends:
            await asyncio.sleep(chance.uniform(0.3, 2.0))
            service = chance.choice(sorted(SERVICES))
            parked = world.stores[service].table("parked")
            waiting = sorted(n for n, one in parked.items() if one.state == "waiting")
            if waiting:
                one = parked[chance.choice(waiting)]
                what = chance.choices(("retry", "edit", "discard" if one.origin == "record" else "retry"), (6, 2, 1))[0]
                await world.operate(service, one.id, what, one.raw if what == "edit" else None)

    async def _work(self, id_: UUID, state: case.Case) -> bool:
        world, chance = self.world, self.world.chance
        one, two = OFFICERS[0], OFFICERS[1]

        async def do(command: Any, who: UUID = one) -> bool:
            await self._do("screening", "case", id_, command, who)
            return True

        match state.status:
            case case.Status.CONSENT_PENDING:
                who = state.person_id or one
                consents = chance.random() < 0.85
                return await do((case.Consent if consents else case.RefuseConsent)(who, world.now()), who)
            case case.Status.INCOMPLETE | case.Status.IN_VERIFICATION | case.Status.WITH_SECURITY_OFFICER if not state.officers:
                return await do(case.Designate((one, two), OFFICERS[2], world.now()), OFFICERS[2])
            case case.Status.INCOMPLETE | case.Status.WITH_SECURITY_OFFICER if state.person_data is None:
                personal = {"names": "A B"}
                await world.command("screening", lambda ref: To("case", id_, case.EnterPerson(ref or BASE, False, one, world.now())), one, personal)
                return True
            case case.Status.IN_VERIFICATION:
                checks = [check for check in state.checks if check.result is None]
                result = case.Result.INFO_FOUND if chance.random() < 0.1 else case.Result.NOTHING_FOUND
                return await do(case.AnswerCheck(checks[0].source, result, None, one, world.now()))
            case case.Status.ASSESSMENT:
                return await do(case.Assess(Outcome.POSITIVE, None, one, world.now()))
            case case.Status.PREPARED:
                return await do(case.Decide(Outcome.POSITIVE, None, None, two, world.now()), two)
            case case.Status.WITH_SECURITY_OFFICER:
                return await do(case.Submit(one, world.now()))
            case case.Status.AT_CG:
                return await do(case.Examine((), one, world.now()))
            case case.Status.CENTRALISED:
                return await do(case.Transmit(one, world.now()))
            case case.Status.DECIDED | case.Status.ANSWERED:
                self.say("hr", "screening", "DecisionNotified", "case_id", case_id=id_, notified_at=world.now(), means=Means.REGISTERED_LETTER)
                return False
            case _:
                return False

    def _authority(self) -> None:
        world, chance = self.world, self.world.chance
        applications = self._states("screening", "application")
        if not applications:
            return
        id_, state = chance.choice(applications)
        if state.status is application.Status.UNDER_INVESTIGATION:
            granted = chance.random() < 0.8
            self.say(
                "nvo",
                "screening",
                "NvoDecisionReceived",
                "application_id",
                decision_ref=f"N{id_}",
                application_id=id_,
                outcome="granted" if granted else "refused",
                level=state.level if granted else None,
                decided_at=world.now(),
                expires_at=world.now() + timedelta(days=5 * 365) if granted else None,
            )

    async def _clearance(self) -> None:
        world, chance = self.world, self.world.chance
        clearances = self._states("screening", "clearance")
        if not clearances:
            return
        id_, state = chance.choice(clearances)
        if state.briefed_at is None:
            await self._do("screening", "clearance", id_, clearance.Brief(OFFICERS[0], world.now(), world.now()), OFFICERS[0])
        elif chance.random() < 0.3:
            self.say(
                "nvo",
                "screening",
                "NvoDecisionReceived",
                "clearance_id",
                decision_ref=f"W{id_}",
                clearance_id=id_,
                outcome="withdrawn",
                decided_at=world.now(),
            )

    async def _post(self) -> None:
        world, chance = self.world, self.world.chance
        for id_, state in chance.sample(posts := self._states("org", "post"), len(posts)):
            for it in state.assignments:
                owed = [e for e in it.entitlements if e.access is post.Access.SUSPENDED]
                if owed:
                    await self._do("org", "post", id_, post.ConfirmRevocation(owed[0].id, world.now()), OFFICERS[0])
                    return
                if it.standing is post.Standing.ACTIVE and chance.random() < 0.2:
                    day = world.now().date()
                    await self._do("org", "post", id_, post.End(it.id, day, "moved", world.now()), OFFICERS[0])
                    return
