"""What org and screening make of each other, by their pure functions alone: every message is heard, every follower runs, every clock strikes."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from cg_contracts import org, screening
from cg_contracts.base import Contract, Fact
from cg_contracts.levels import Level
from cg_kit.pure import Cause, Due, Refused, To, named
from services.org.app import SERVICE as ORG
from services.org.domain import person as org_person
from services.org.domain import post as org_post
from services.screening.app import SERVICE as SCREENING
from services.screening.domain import case, clearance
from services.screening.domain.regime import BRUSSELS
from services.screening.reactions import application_for, case_for, clearance_for

SERVICES = {"org": ORG, "screening": SCREENING}
NOON = datetime(2026, 4, 15, 12, tzinfo=BRUSSELS)
UNIT, ANN, HEAD, OTHER, OFFICER, CHIEF, VAULT = (named("test", name) for name in ("unit", "ann", "head", "other", "officer", "chief", "vault"))


@dataclass
class House:
    """Two services in memory, without an engine: one thing at a time, in order."""

    now: datetime = NOON
    states: dict[tuple[str, str, UUID], Any] = field(default_factory=dict)
    said: list[Contract] = field(default_factory=list)
    refused: list[tuple[str, str]] = field(default_factory=list)
    struck: set[tuple[str, str, UUID, str, datetime]] = field(default_factory=set)

    def state(self, service: str, kind: str, id_: UUID) -> Any:
        """An aggregate as it stands."""
        keeps = next(each for each in SERVICES[service].keeps if each.kind == kind)
        return self.states.get((service, kind, id_), keeps.domain.NEW)

    def do(self, service: str, *tos: To) -> None:
        """Commands, and all that follows from them."""
        queue: deque[tuple[str, To | Contract, Cause | str]] = deque((service, to, self.cause()) for to in tos)
        while queue:
            where, what, why = queue.popleft()
            if isinstance(what, To):
                queue.extend(self.command(where, what))
                continue
            self.said.append(what)
            for name, heard in SERVICES.items():
                rows = heard.hears if isinstance(what, Fact) else heard.accepts if what.about.owner == name else ()
                for row in rows:
                    if row.what is type(what):
                        queue.extend((name, to, "") for to in row.reaction(what, self.cause(account=str(why))))

    def command(self, service: str, to: To) -> list[tuple[str, To | Contract, str]]:
        """One command: its events, their messages and followers."""
        keeps = next(each for each in SERVICES[service].keeps if each.kind == to.kind)
        key, after = (service, to.kind, to.id), self.state(service, to.kind, to.id)
        decided = keeps.domain.decide(after, to.command)
        if isinstance(decided, Refused):
            self.refused.append((type(to.command).__name__, decided.rule))
            return []
        out: list[tuple[str, To | Contract, str]] = []
        for event in decided:
            after = self.states[key] = keeps.domain.evolve(after, event)
            out += [(service, message, service) for message in keeps.tell(to.id, event, after)]
            for row in SERVICES[service].follows:
                if row.what is type(event):
                    out += [(service, follow, "") for follow in row.reaction(event, self.cause(aggregate=to.id))]
        return out

    def cause(self, account: str = "", aggregate: UUID | None = None) -> Cause:
        return Cause("1", "type", "source", account, self.now, VAULT, aggregate=aggregate)

    def say(self, account: str, message: Contract) -> None:
        """What an outside account says."""
        owner = SERVICES[message.about.owner]
        row = next(each for each in owner.accepts if each.what is type(message))
        self.do(owner.name, *row.reaction(message, self.cause(account=account)))

    def pass_time(self, until: datetime) -> None:
        """All clocks that strike before this instant, in order."""
        while True:
            due = [
                (deadline.at, service, kind, id_, deadline.name)
                for (service, kind, id_), state in self.states.items()
                for deadline in next(each for each in SERVICES[service].keeps if each.kind == kind).domain.due(state)
                if deadline.at <= until and (service, kind, id_, deadline.name, deadline.at) not in self.struck
            ]
            if not due:
                break
            at, service, kind, id_, name = min(due)
            self.now = max(self.now, at)
            self.struck.add((service, kind, id_, name, at))
            self.do(service, To(kind, id_, Due(name, at)))
        self.now = until

    # The story's steps

    def post(self, name: str, level: Level) -> UUID:
        """A vacant post that asks for a clearance of this level, and gives access to something of it."""
        post_id = named("test", "post", name)
        resource = org_post.Resource(f"archive_{name}", level)
        labels = {"nl": name, "fr": name}
        seat = org_post.Seat(
            UNIT, "analyst", labels, False, org.Sensitivity.CLEARANCE_REQUIRED, level, (resource,), "Royal Decree of 14 November 2006", date(2026, 1, 1)
        )
        self.do("org", To("post", post_id, org_post.Open(seat, HEAD, self.now)))
        self.do("org", To("post", post_id, org_post.Approve(OTHER, self.now)))
        return post_id

    def appoint(self, post_id: UUID) -> UUID:
        """Ann is to hold the post; the assignment's id."""
        request_id = named("test", "appointment", post_id)
        asked = org.AppointmentRequestedV1(
            request_id=request_id,
            post_id=post_id,
            person_id=ANN,
            kind=org.AppointmentKind.PERMANENT,
            planned_start=(self.now + timedelta(days=30)).date(),
            decision_ref="d",
        )
        self.say("hr", asked)
        return named("hr", request_id)

    def clear(self, case_id: UUID, level: Level) -> UUID:
        """The security authority grants what the case asks for; the clearance's id."""
        handled = (
            case.Designate((OFFICER,), HEAD, self.now),
            case.Consent(ANN, self.now),
            case.EnterPerson(VAULT, False, OFFICER, self.now),
            case.Submit(OFFICER, self.now),
            case.Examine((), OFFICER, self.now),
            case.Transmit(OFFICER, self.now),
        )
        for command in handled:
            self.do("screening", To("case", case_id, command))
        self.nvo("granted", application_id=application_for(case_id), level=level, expires_at=self.now + timedelta(days=1800))
        return clearance_for(application_for(case_id))

    def nvo(self, outcome: str, **more: Any) -> None:
        """A decision of the security authority."""
        said = {"decision_ref": f"NVO/{len(self.said)}", "outcome": outcome, "decided_at": self.now, **more}
        self.say("nvo", screening.NvoDecisionReceivedV1.model_validate(said))

    def brief(self, clearance_id: UUID, request_id: UUID | None = None) -> None:
        """A security officer briefs Ann."""
        self.do("screening", To("clearance", clearance_id, clearance.Brief(OFFICER, self.now, self.now, request_id)))

    def standing(self, post_id: UUID) -> tuple[str, ...]:
        """How Ann stands in the post."""
        return tuple(str(each.standing) for each in self.state("org", "post", post_id).assignments)

    def access(self, post_id: UUID) -> tuple[str, ...]:
        """Whether Ann has the access that goes with it."""
        return tuple(str(each.access) for it in self.state("org", "post", post_id).assignments for each in it.entitlements)


def two_posts() -> tuple[House, UUID, UUID, UUID]:
    """Ann holds a post for which she was cleared, and a second one that rests on the same clearance."""
    house = House()
    house.do("org", To("person", ANN, org_person.Register(VAULT, org.Language.NL, NOON)))
    high, low = house.post("high", Level.GEHEIM), house.post("low", Level.VERTROUWELIJK)
    first = house.appoint(high)
    case_id = case_for("org", named("screening-request", first))
    clearance_id = house.clear(case_id, Level.GEHEIM)
    house.brief(clearance_id)
    house.pass_time(house.now + timedelta(days=40))
    assert house.standing(high) == ("active",)
    second = house.appoint(low)
    assert [type(message) for message in house.said[-3:]] == [org.AppointmentProposedV1, screening.ScreeningRequestedV1, screening.ClearanceReusedV1]
    assert house.standing(low) == ("screening_pending",), "SCR-2: it takes a briefing for this post"
    house.brief(clearance_id, named("screening-request", second))
    house.pass_time(house.now + timedelta(days=40))
    assert house.standing(low) == ("active",)
    assert house.access(low) == ("granted",)
    assert house.refused == []
    return house, high, low, clearance_id


def test_f2_a_withdrawal_suspends_every_post_that_rests_on_the_clearance() -> None:
    house, high, low, clearance_id = two_posts()
    house.nvo("withdrawn", clearance_id=clearance_id)
    assert house.standing(high) == house.standing(low) == ("suspended",)
    assert house.access(high) == house.access(low) == ("suspended",)


def test_f2_a_lowering_suspends_only_what_lies_above_it() -> None:
    house, high, low, clearance_id = two_posts()
    house.nvo("lowered", clearance_id=clearance_id, level=Level.VERTROUWELIJK)
    assert (house.standing(high), house.standing(low)) == (("suspended",), ("active",))
    assert (house.access(high), house.access(low)) == (("suspended",), ("granted",))
    house.nvo("withdrawn", clearance_id=clearance_id)
    assert house.standing(low) == ("suspended",)


def test_what_its_holder_gives_up_suspends_every_post() -> None:
    house, high, low, clearance_id = two_posts()
    house.do("screening", To("clearance", clearance_id, clearance.Relinquish(ANN, house.now)))
    assert house.standing(high) == house.standing(low) == ("suspended",)


def test_f3_a_renewed_clearance_carries_both_posts_over_the_end_of_the_old_one() -> None:
    house, high, low, old = two_posts()
    expires_at = house.state("screening", "clearance", old).expires_at
    house.pass_time(expires_at - timedelta(days=200))
    renewal = named("renewal", old, 0)
    house.do("screening", To("clearance", old, clearance.AskRenewal(renewal, True, CHIEF, house.now)))
    new = house.clear(renewal, Level.GEHEIM)
    assert house.state("screening", "clearance", old).status is clearance.Status.ACTIVE, "SCR-7: until the new one is of use"
    house.brief(new)
    assert house.state("screening", "clearance", old).status is clearance.Status.RENEWED
    house.pass_time(expires_at + timedelta(days=30))
    assert house.standing(high) == house.standing(low) == ("active",)
    assert house.access(high) == house.access(low) == ("granted",)
    house.nvo("withdrawn", clearance_id=new)
    assert house.standing(high) == house.standing(low) == ("suspended",)
    assert house.refused == []


def test_f3_without_a_renewal_the_end_of_the_clearance_suspends_both() -> None:
    house, high, low, clearance_id = two_posts()
    house.pass_time(house.state("screening", "clearance", clearance_id).expires_at)
    assert house.standing(high) == house.standing(low) == ("suspended",)
    assert {"ClearanceRenewalDue", "ClearanceExpired"} <= {message.about.name for message in house.said}


def test_a_clearance_is_given_up_when_the_last_post_has_ended() -> None:
    house, high, low, clearance_id = two_posts()
    for post_id in (high, low):
        (it,) = house.state("org", "post", post_id).assignments
        house.do("org", To("post", post_id, org_post.End(it.id, house.now.date(), "moved_on", house.now)))
        assert house.state("screening", "clearance", clearance_id).status is clearance.Status.ACTIVE
    house.pass_time(house.now + timedelta(days=20))
    assert house.state("screening", "clearance", clearance_id).status is clearance.Status.RELINQUISHED
    assert house.said[-1].about.name == "ClearanceRelinquished"
