"""Whatever a person can command over HTTP, and an outside account can ask, with plausible content: half of it is refused, all of it must do no harm."""

from __future__ import annotations

import ast
import inspect
import random
import types
from collections.abc import Iterator
from dataclasses import MISSING, fields, is_dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import Enum
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from typing import TYPE_CHECKING, Any, Literal, Union, get_args, get_origin, get_type_hints
from uuid import UUID, uuid5

from cg_contracts.org import MappingKind, UnitKind
from cg_contracts.screening import AdverseCategory, AppealOutcome, Ground, Means
from cg_kit.pure import To
from cg_kit.pure.terms import day_of
from services.org.domain import mandate, post, reorganisation, tree, zones
from tests.simulation.world import SERVICES

if TYPE_CHECKING:
    from tests.simulation.people import People

BASE = UUID(int=0)
"""The root of the tree."""

UNITS = 9

DIGITS = {"nis_code": 3, "zone_number": 2}
"""Texts that are numbers, with how many digits follow 99."""

ONLY = {"tree": tree.TREE, "zones": zones.ZONES}
"""Aggregates of which there is one."""


def unit_id(n: int) -> UUID:
    """One of the units under the root."""
    return uuid5(BASE, f"unit {n}")


def a_unit(id_: UUID, parent: UUID | None, slug: str) -> tree.Unit:
    """A unit as it might be described."""
    return tree.Unit(id_, slug, UnitKind.SERVICE if parent else UnitKind.FORMAL_ORGANIZATION, parent, {"nl": slug, "fr": slug}, "law")


@cache
def commands(service: str) -> tuple[tuple[str, type[Any]], ...]:
    """The aggregates of a service, each with what the service's routes construct of its commands."""
    package = import_module(f"services.{service}.api")
    sources = [inspect.getsource(import_module(f"{package.__name__}.{each.name}")) for each in iter_modules(package.__path__)]
    made = {node.func.attr for source in sources for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)}
    return tuple((kept.kind, command) for kept in SERVICES[service].keeps for command in get_args(kept.domain.Command) if command.__name__ in made)


def ids(value: Any) -> Iterator[UUID]:
    """Every id that is named in a state."""
    if isinstance(value, UUID):
        yield value
    elif is_dataclass(value) and not isinstance(value, type):
        for each in fields(value):
            yield from ids(getattr(value, each.name))
    elif isinstance(value, tuple | list | frozenset):
        for each in value:
            yield from ids(each)


class Content:
    """Makes content of any type that a command has."""

    def __init__(self, chance: random.Random, now: datetime, known: list[UUID], people: list[UUID]) -> None:
        self.chance, self.now, self.known, self.people = chance, now, known, people

    def of(self, made: type[Any]) -> Any:
        """Something of this dataclass."""
        hints = get_type_hints(made)
        given = {}
        for each in fields(made):
            if each.default is not MISSING and self.chance.random() < 0.5:
                continue
            given[each.name] = self.value(hints[each.name], each.name)
        return made(**given)

    def value(self, hint: Any, name: str) -> Any:
        """Something of this type, for a field of this name."""
        chance = self.chance
        origin, inner = get_origin(hint), get_args(hint)
        if origin in (Union, types.UnionType):
            rest = [each for each in inner if each is not type(None)]
            return None if len(rest) < len(inner) and chance.random() < 0.3 else self.value(chance.choice(rest), name)
        if origin is Literal:
            return chance.choice(inner)
        if origin is tuple and inner[-1] is not Ellipsis:
            return tuple(self.value(each, name) for each in inner)
        if origin in (tuple, frozenset):
            return origin(self.value(inner[0], name.removesuffix("s")) for _ in range(chance.choice((1, 1, 2))))
        if origin is dict:
            return {"nl": "Naam", "fr": "Nom"}
        if is_dataclass(hint):
            return self.of(hint)
        if isinstance(hint, type) and issubclass(hint, Enum):
            return chance.choice(list(hint))
        makers: dict[Any, Any] = {
            UUID: lambda: self._id(name),
            datetime: lambda: self.now + (timedelta(0) if name == "at" else timedelta(days=chance.choice((-20, 0, 0, 5, 400)))),
            date: lambda: day_of(self.now) + timedelta(days=chance.choice((-40, 0, 0, 1, 30, 400))),
            str: lambda: self._text(name),
            bool: lambda: chance.random() < 0.5,
            int: lambda: chance.randrange(1, 6),
            Decimal: lambda: Decimal(chance.randrange(0, 60_000)),
            float: lambda: chance.randrange(1, 60) / 2,
        }
        return makers[hint]()

    def _text(self, name: str) -> str:
        if name in DIGITS:
            return f"99{self.chance.randrange(10 ** DIGITS[name]):0{DIGITS[name]}}"
        return f"{name}{'-' if name == 'slug' else '_'}{self.chance.randrange(40)}"

    def _id(self, name: str) -> UUID:
        if name in ("by", "officer", "owner"):
            return self.chance.choice(self.people)
        return self.chance.choice(self.known) if self.known and self.chance.random() < 0.8 else UUID(int=self.chance.getrandbits(128))


class Errands:
    """What people do besides the cases that lie on their desks."""

    def __init__(self, people: People, officers: tuple[UUID, ...]) -> None:
        self.people, self.world, self.officers = people, people.world, officers

    async def run(self) -> None:
        """One of them."""
        match self.world.chance.choices(range(3), (4, 3, 3))[0]:
            case 0:
                await self.anything()
            case 1:
                await self.reorganise()
            case _:
                self.outside()

    async def anything(self) -> None:
        """Some command of some route, to something that is there, or is not."""
        world, chance = self.world, self.world.chance
        service = chance.choice([each for each in sorted(SERVICES) if commands(each)])
        kind, made = chance.choice(commands(service))
        there = self.people._states(service, kind)
        id_, state = chance.choice(there) if there and chance.random() < 0.9 else (ONLY.get(kind) or UUID(int=chance.getrandbits(128)), None)
        who = chance.choice(self.officers)
        command = Content(chance, world.now(), [each for each in ids(state) if each != id_], [*self.officers, *ids(getattr(state, "person_id", None))]).of(made)
        world.counts["errands"] += 1
        if await world.command(service, lambda _: To(kind, id_, command), who) is not None:
            world.counts["errands done"] += 1
            world.counts[f"did {service}.{kind}.{made.__name__}"] += 1

    async def reorganise(self) -> None:
        """The next step of the reorganisation that is under way, or a new one."""
        world, chance = self.world, self.world.chance
        state: tree.Tree = self.people._state("org", "tree", tree.TREE)
        now = world.now()
        under_way = [each for each in state.reorganisations if each.status in reorganisation.OPEN]
        if not under_way:
            await self._command(reorganisation.Draft(UUID(int=chance.getrandbits(128)), self._plan(state), self._seated(), self.officers[0], now))
            return
        it = chance.choice(under_way)
        match it.status:
            case reorganisation.Status.DRAFT:
                await self._command(reorganisation.Consult(it.id, day_of(now), "record", now))
            case reorganisation.Status.UNION_CONSULTED:
                await self._command(reorganisation.ApproveReorganisation(it.id, self.officers[chance.choice((0, 1, 1, 1))], now))
            case _ if it.blocked is not None and chance.random() < 0.5:
                left = dict.fromkeys(each.id for each in it.blocked.unmapped if each.what is not reorganisation.ItemKind.UNIT)
                lines = tuple(reorganisation.PostLine(each, None, ends_mandate=True) for each in left)
                await self._command(reorganisation.MapPosts(it.id, lines, self._seated(), self.officers[1], now))
            case reorganisation.Status.APPROVED if chance.random() < 0.9:
                soon = day_of(now) + timedelta(days=chance.choice((1, 1, 30)))
                await self._command(reorganisation.Schedule(it.id, soon, self._seated(), now))
            case _ if chance.random() < 0.1:
                await self._command(reorganisation.CancelReorganisation(it.id, "given_up", now))

    async def _command(self, command: reorganisation.Command) -> None:
        done = await self.world.command("org", lambda _: To("tree", tree.TREE, command, matter=command.reorganisation_id), self.officers[0])
        self.world.counts[f"{'did' if done else 'refused'} org.tree.{type(command).__name__}"] += 1

    def _plan(self, state: tree.Tree) -> reorganisation.Plan:
        chance, today = self.world.chance, day_of(self.world.now())
        standing = sorted(each.unit.unit_id for each in state.versions if each.holds_on(today) and each.unit.parent_id is not None)
        new = UUID(int=chance.getrandbits(128))
        described = a_unit(new, BASE, f"unit-{new.hex[:8]}")
        if len(standing) < 3:
            mapping = reorganisation.Mapping(MappingKind.CREATE, (), (new,), (described,))
        elif chance.random() < 0.5:
            mapping = reorganisation.Mapping(MappingKind.MERGE, tuple(chance.sample(standing, 2)), (new,), (described,))
        else:
            other = UUID(int=chance.getrandbits(128))
            units = (described, a_unit(other, BASE, f"unit-{other.hex[:8]}"))
            mapping = reorganisation.Mapping(MappingKind.SPLIT, (chance.choice(standing),), (new, other), units)
        return reorganisation.Plan("reason", "law", today + timedelta(days=chance.choice((1, 30))), (mapping,))

    def _seated(self) -> tuple[reorganisation.Seated, ...]:
        return tuple(
            reorganisation.Seated(
                id_,
                state.seat.unit_id,
                tuple(reorganisation.Holder(it.id, it.person_id) for it in state.assignments if it.standing in post.LIVE),
                any(mandate.runs(each) for each in state.mandates),
            )
            for id_, state in self.people._states("org", "post")
            if state.seat is not None and state.status is not post.Status.ABOLISHED
        )

    def outside(self) -> None:
        """What the appeal body, justice, nuclear control and the security authority say."""
        world, chance, say = self.world, self.world.chance, self.people.say
        ref = f"ref {chance.randrange(1_000)}"
        who = self.people.anybody()
        decided = [(kind, id_) for kind in ("case", "application", "clearance") for id_, _ in self.people._states("screening", kind)]
        clearances = self.people._states("screening", "clearance")
        appeals = self.people._states("screening", "appeal")
        match chance.randrange(6):
            case 0 if decided:
                kind, id_ = chance.choice(decided)
                about = {"requester_ref": ref, f"{kind}_id": id_, "ground": chance.choice(list(Ground)), "posted_on": day_of(world.now())}
                say("appeals", "screening", "AppealLodged", f"{kind}_id", request_id=world.ids.new(), **about)
            case 1 if appeals:
                outcome = chance.choice(list(AppealOutcome))
                within = {"within": "60 days"} if outcome in (AppealOutcome.REINVESTIGATE, AppealOutcome.EXTRA_TIME) else {}
                id_, _ = chance.choice(appeals)
                said = {"decision_ref": ref, "outcome": outcome, "decided_at": world.now()}
                say("appeals", "screening", "AppealDecisionReceived", "appeal_id", appeal_id=id_, **said, **within)
            case 2:
                about = {"requester_ref": ref, "person_id": who, "category": chance.choice(list(AdverseCategory))}
                say(chance.choice(("justice", "inspection")), "screening", "AdverseInformationReported", "person_id", request_id=world.ids.new(), **about)
            case 3:
                about = {"requester_ref": ref, "kind": "nuclear", "purpose": "access", "person_id": who, "needed_by": day_of(world.now()) + timedelta(days=60)}
                say("fanc", "screening", "ScreeningRequested", "person_id", request_id=world.ids.new(), **about)
            case 4 if clearances:
                id_, _ = chance.choice(clearances)
                about = {"clearance_id": id_, "decision_ref": f"L{id_}", "outcome": "lowered", "level": "VERTROUWELIJK", "decided_at": world.now()}
                say("nvo", "screening", "NvoDecisionReceived", "clearance_id", **about)
            case _ if clearances:
                id_, _ = chance.choice(clearances)
                say("nvo", "screening", "ClearanceDecisionNotified", "clearance_id", clearance_id=id_, notified_at=world.now(), means=Means.REGISTERED_LETTER)
            case _:
                pass
