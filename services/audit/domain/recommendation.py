"""A recommendation from its issue until audit closes it: of our own reports and of other bodies alike, one register with one watch over it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from hashlib import sha256
from typing import assert_never
from uuid import UUID

from cg_contracts.audit import Decision, EscalatedTo, RecommendationSource, Severity
from cg_kit.pure import Deadline, Due, Refused
from cg_kit.pure.terms import Term, day_of, start_of
from services.audit.domain.scale import SCALE, Text, beyond, missing

Source = RecommendationSource

REMINDERS = {30: Term(30, "days", before=True), 7: Term(7, "days", before=True), 1: Term(1, "days", before=True)}
"""Before its date the owner is reminded (a choice)."""

LADDER: dict[str, tuple[Term | None, EscalatedTo]] = {
    "late:0": (None, EscalatedTo.OWNER),
    "late:14": (Term(14, "days", rolls=False), EscalatedTo.DIRECTOR),
    "late:30": (Term(30, "days", rolls=False), EscalatedTo.COMMISSIONER_GENERAL),
}
"""After it, who is told so many days later (a choice)."""

PLACING = Term(10, "working_days")
"""How long a recommendation may be without an owner after a reorganisation before the commissioner-general hears of it (a choice)."""

OWN_EXTENSIONS = 2
"""Extensions that audit gives; a further one is the commissioner-general's (AUD-5)."""

MOST_ACTIONS = 50


class Status(StrEnum):
    """How far it is. That its date is over is no state."""

    NEW = "NEW"
    ISSUED = "ISSUED"
    ACCEPTED = "ACCEPTED"
    PARTIALLY_ACCEPTED = "PARTIALLY_ACCEPTED"
    REJECTED = "REJECTED"
    IN_PROGRESS = "IN_PROGRESS"
    REPORTED_IMPLEMENTED = "REPORTED_IMPLEMENTED"
    CLOSED = "CLOSED"
    RISK_ACCEPTED = "RISK_ACCEPTED"


OPEN = tuple(status for status in Status if status not in (Status.NEW, Status.CLOSED, Status.RISK_ACCEPTED))
OWED = (Status.ISSUED, Status.ACCEPTED, Status.PARTIALLY_ACCEPTED, Status.REJECTED, Status.IN_PROGRESS)
"""While somebody else than audit has to do something by its date."""
DOING = (Status.ACCEPTED, Status.PARTIALLY_ACCEPTED, Status.IN_PROGRESS)


@dataclass(frozen=True, slots=True)
class Action:
    """A step of the owner's plan, with how far it is."""

    action_id: UUID
    text: str
    due_on: date
    percent: int = 0


@dataclass(frozen=True, slots=True)
class Asked:
    """Somebody asks for a later date; granted, refused, or not decided yet."""

    to: date
    reason: str
    by: UUID
    at: datetime
    granted: bool | None = None
    decided_by: UUID | None = None


@dataclass(frozen=True, slots=True)
class Accepted:
    """The commissioner-general lives with the risk, of exactly this content, until a day."""

    content: str
    review_on: date
    by: UUID
    at: datetime
    lapsed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Claim:
    """The owner said that it was done, and what audit made of that."""

    evidence: tuple[str, ...]
    note: str
    by: UUID
    at: datetime
    verified: bool | None = None
    verified_by: UUID | None = None
    verified_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Recommendation:
    """A recommendation as it stands; without an owner's post it is the commissioner-general's."""

    status: Status = Status.NEW
    source: RecommendationSource = Source.AUDIT
    reference: str = ""
    engagement_id: UUID | None = None
    finding_ids: tuple[UUID, ...] = ()
    unit_id: UUID | None = None
    owner_post_id: UUID | None = None
    priority: Severity = Severity.LOW
    text: Text | None = None
    content: str = ""
    issued_at: datetime | None = None
    response_due_at: datetime | None = None
    target_on: date | None = None
    first_target_on: date | None = None
    decision: Decision | None = None
    rationale: str = ""
    responded_at: datetime | None = None
    actions: tuple[Action, ...] = ()
    asked: tuple[Asked, ...] = ()
    acceptances: tuple[Accepted, ...] = ()
    claims: tuple[Claim, ...] = ()
    passed: tuple[str, ...] = ()
    """Reminders and steps of the ladder that were taken for the date that holds now."""
    response_late: bool = False
    unplaced: tuple[UUID, ...] = ()
    """Its unit was split into these, and nobody has said yet in which it is."""
    unplaced_at: datetime | None = None
    closed_at: datetime | None = None


NEW = Recommendation()


# Commands


@dataclass(frozen=True, slots=True)
class Issue:
    """A recommendation goes out; without a day, its severity says when it is due."""

    source: RecommendationSource
    reference: str
    engagement_id: UUID | None
    finding_ids: tuple[UUID, ...]
    unit_id: UUID
    owner_post_id: UUID | None
    priority: Severity
    text: Text
    target_on: date | None
    content: str
    by: UUID | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Respond:
    """Management accepts it with a plan, accepts it in part, or rejects it and says why."""

    decision: Decision
    rationale: str
    actions: tuple[Action, ...]
    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class AcceptRisk:
    """The commissioner-general lives with the risk of what they have read."""

    content: str
    review_on: date
    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class Overrule:
    """The commissioner-general has it done all the same."""

    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class Progress:
    """The owner says how far an action is."""

    action_id: UUID
    percent: int
    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class AddActions:
    """The owner plans more."""

    actions: tuple[Action, ...]
    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class AskExtension:
    """The owner asks for a later date."""

    to: date
    reason: str
    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class DecideExtension:
    """Somebody else decides on that; `commissioner`: it is the commissioner-general."""

    granted: bool
    commissioner: bool
    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class ReportDone:
    """The owner says that it is done, and where that can be seen."""

    evidence: tuple[str, ...]
    note: str
    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class Verify:
    """Audit has looked: it is done, or it is not."""

    verified: bool
    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class Restate:
    """What it rests on says something else now."""

    finding_ids: tuple[UUID, ...]
    content: str
    at: datetime


@dataclass(frozen=True, slots=True)
class MoveOn:
    """Its unit is no more, and these go on in its place (AUD-7)."""

    unit_id: UUID
    successors: tuple[UUID, ...]
    at: datetime


@dataclass(frozen=True, slots=True)
class FollowOwner:
    """The owner's post is in another unit."""

    post_id: UUID
    unit_id: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class LoseOwner:
    """The owner's post is no more."""

    post_id: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class Reown:
    """Who heads this unit answers for it now; without a head, the commissioner-general."""

    post_id: UUID | None
    unit_id: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class Place:
    """The head of audit says in which unit it is, and who answers for it."""

    unit_id: UUID
    post_id: UUID
    by: UUID
    at: datetime


Command = (
    Issue
    | Respond
    | AcceptRisk
    | Overrule
    | Progress
    | AddActions
    | AskExtension
    | DecideExtension
    | ReportDone
    | Verify
    | Restate
    | MoveOn
    | FollowOwner
    | LoseOwner
    | Reown
    | Place
    | Due
)


# Events


@dataclass(frozen=True, slots=True)
class Issued:
    """It waits for an answer."""

    source: RecommendationSource
    reference: str
    engagement_id: UUID | None
    finding_ids: tuple[UUID, ...]
    unit_id: UUID
    owner_post_id: UUID | None
    priority: Severity
    text: Text
    content: str
    response_due_at: datetime
    target_on: date
    by: UUID | None
    at: datetime


@dataclass(frozen=True, slots=True)
class RecommendationAnswered:
    """Management has answered, in time or late."""

    engagement_id: UUID | None
    decision: Decision
    rationale: str
    actions: tuple[Action, ...]
    late: bool
    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class ResponseOverdue:
    """Nobody has answered in time."""

    at: datetime


@dataclass(frozen=True, slots=True)
class RiskAccepted:
    """The risk of this content is accepted."""

    accepted: Accepted
    unit_id: UUID
    owner_post_id: UUID | None
    engagement_id: UUID | None


@dataclass(frozen=True, slots=True)
class AcceptanceLapsed:
    """It is accepted no more: what it rests on changed, or its day has come; it waits for an answer anew."""

    reason: str
    response_due_at: datetime
    unit_id: UUID
    owner_post_id: UUID | None
    engagement_id: UUID | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Overruled:
    """It is to be done all the same."""

    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class Progressed:
    """An action is this far."""

    action_id: UUID
    percent: int
    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class ActionsAdded:
    """More is planned."""

    actions: tuple[Action, ...]
    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class ExtensionAsked:
    """A later date is asked for."""

    asked: Asked


@dataclass(frozen=True, slots=True)
class Extended:
    """It is due later; the first date stays (AUD-5)."""

    target_on: date
    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class ExtensionRefused:
    """It is not."""

    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class ReportedDone:
    """The owner says that it is done; audit has not looked yet."""

    claim: Claim


@dataclass(frozen=True, slots=True)
class RecommendationClosed:
    """Audit has seen that it is done."""

    engagement_id: UUID | None
    unit_id: UUID
    owner_post_id: UUID | None
    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class Reopened:
    """Audit has seen that it is not."""

    unit_id: UUID
    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class Reminded:
    """So many days are left."""

    step: str
    days: int


@dataclass(frozen=True, slots=True)
class OverdueEscalated:
    """Its date is over by so much that this one is told."""

    step: str
    to: EscalatedTo
    unit_id: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class RecommendationRestated:
    """It rests on this now."""

    finding_ids: tuple[UUID, ...]
    content: str


@dataclass(frozen=True, slots=True)
class MovedOn:
    """It is in another unit; of several nobody can tell which, so somebody has to say it (`unplaced`)."""

    unit_id: UUID
    unplaced: tuple[UUID, ...]
    owner_post_id: UUID | None
    at: datetime


@dataclass(frozen=True, slots=True)
class OwnerLost:
    """Nobody answers for it until the unit in which it is says who does."""

    unit_id: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class Reowned:
    """This post answers for it, in this unit; without a post, the commissioner-general."""

    from_post_id: UUID | None
    from_unit_id: UUID
    post_id: UUID | None
    unit_id: UUID
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Unplaced:
    """Ten working days after a reorganisation nobody has said where it is: the commissioner-general hears of it."""

    unit_id: UUID
    at: datetime


Event = (
    Issued
    | RecommendationAnswered
    | ResponseOverdue
    | RiskAccepted
    | AcceptanceLapsed
    | Overruled
    | Progressed
    | ActionsAdded
    | ExtensionAsked
    | Extended
    | ExtensionRefused
    | ReportedDone
    | RecommendationClosed
    | Reopened
    | Reminded
    | OverdueEscalated
    | RecommendationRestated
    | MovedOn
    | OwnerLost
    | Reowned
    | Unplaced
)


def decide(it: Recommendation, command: Command) -> list[Event] | Refused:
    """What a command makes of a recommendation."""
    match it.status, command:
        case _, Due(name, at):
            return _fall_due(it, name, at)
        case Status.NEW, Issue():
            return _issuing(command)
        case Status.NEW, Restate() | MoveOn() | FollowOwner() | LoseOwner() | Reown():
            return []
        case Status.NEW, _:
            return Refused("NOT-FOUND", "recommendation_id")
        case _, Issue():
            return [] if (it.source, it.reference, it.text) == (command.source, command.reference, command.text) else Refused("AUD-3", "recommendation_id")
        case Status.ISSUED, Respond():
            return _responding(it, command)
        case Status.REJECTED, AcceptRisk(content, review_on, by, at):
            if content != it.content:
                return Refused("AUD-CONTENT", "content")
            if review_on <= day_of(at) or beyond(review_on):
                return Refused("AUD-DATE", "review_on")
            assert it.unit_id
            return [RiskAccepted(Accepted(content, review_on, by, at), it.unit_id, it.owner_post_id, it.engagement_id)]
        case Status.REJECTED, Overrule(by, at):
            return [Overruled(by, at)]
        case ((Status.ACCEPTED | Status.PARTIALLY_ACCEPTED | Status.IN_PROGRESS), Progress(action_id, percent, by, at)):
            return _progressing(it, action_id, percent, by, at)
        case ((Status.ACCEPTED | Status.PARTIALLY_ACCEPTED | Status.IN_PROGRESS), AddActions(actions, by, at)):
            new = tuple(each for each in actions if each.action_id not in {known.action_id for known in it.actions})
            if len(it.actions) + len(new) > MOST_ACTIONS:
                return Refused("AUD-SIZE", "actions")
            return [ActionsAdded(new, by, at)] if new else []
        case ((Status.ACCEPTED | Status.PARTIALLY_ACCEPTED | Status.IN_PROGRESS), AskExtension(to, reason, by, at)):
            return _asking(it, Asked(to, reason, by, at))
        case ((Status.ACCEPTED | Status.PARTIALLY_ACCEPTED | Status.IN_PROGRESS), DecideExtension()):
            return _extending(it, command)
        case ((Status.ACCEPTED | Status.PARTIALLY_ACCEPTED | Status.IN_PROGRESS), ReportDone(evidence, note, by, at)):
            return [ReportedDone(Claim(evidence, note, by, at))] if evidence else Refused("AUD-EVIDENCE", "evidence")
        case Status.REPORTED_IMPLEMENTED, Verify():
            return _verifying(it, command)
        case Status.CLOSED, Verify(verified=True):
            return []
        case _, Restate(finding_ids, content, at):
            return _restating(it, finding_ids, content, at)
        case _, MoveOn(unit_id, successors, at):
            return _moving(it, unit_id, successors, at)
        case _, FollowOwner(post_id, unit_id, at):
            return _following(it, post_id, unit_id, at)
        case _, LoseOwner(post_id, at):
            assert it.unit_id
            return [OwnerLost(it.unit_id, at)] if it.owner_post_id == post_id and it.status is not Status.CLOSED else []
        case _, Reown(post_id, unit_id, at):
            return _reowning(it, post_id, unit_id, "reorganisation", at)
        case _, Place(unit_id, post_id, by, at):
            return _placing(it, command)
        case _:
            return Refused("AUD-STATE")


def _issuing(said: Issue) -> list[Event] | Refused:
    """With a day that is to come, in both languages; another body's keeps its reference and its own deadline."""
    if (lacks := missing(text=said.text)) is not None:
        return Refused("AUD-LANGUAGES", lacks)
    if said.source is not Source.AUDIT and not said.reference.strip():
        return Refused("AUD-REFERENCE", "reference")
    if said.target_on is not None and beyond(said.target_on):
        return Refused("AUD-DATE", "target_on")
    row = SCALE[said.priority]
    target_on = said.target_on if said.target_on is not None and (said.source is not Source.AUDIT or said.target_on > day_of(said.at)) else None
    return [
        Issued(
            said.source,
            said.reference,
            said.engagement_id,
            said.finding_ids,
            said.unit_id,
            said.owner_post_id,
            said.priority,
            said.text,
            said.content,
            row.response.due(said.at).due,
            target_on or row.action.due(said.at).due_date,
            said.by,
            said.at,
        )
    ]


def _responding(it: Recommendation, said: Respond) -> list[Event] | Refused:
    """What is accepted comes with a plan, what is not with reasons; a late answer is taken, and said to be late."""
    assert it.response_due_at
    if said.decision is not Decision.REJECTED and not said.actions:
        return Refused("AUD-ACTIONS", "actions")
    if said.decision is not Decision.ACCEPTED and not said.rationale.strip():
        return Refused("AUD-RATIONALE", "rationale")
    late = said.at >= it.response_due_at
    actions = said.actions if said.decision is not Decision.REJECTED else ()
    return [RecommendationAnswered(it.engagement_id, said.decision, said.rationale, actions, late, said.by, said.at)]


def _progressing(it: Recommendation, action_id: UUID, percent: int, by: UUID, at: datetime) -> list[Event] | Refused:
    action = next((each for each in it.actions if each.action_id == action_id), None)
    if action is None:
        return Refused("NOT-FOUND", "action_id")
    if not 0 <= percent <= 100:
        return Refused("AUD-PERCENT", "percent")
    return [] if action.percent == percent and it.status is Status.IN_PROGRESS else [Progressed(action_id, percent, by, at)]


def _asking(it: Recommendation, asked: Asked) -> list[Event] | Refused:
    assert it.target_on
    pending = _pending(it)
    if pending is not None:
        return [] if (pending.to, pending.reason) == (asked.to, asked.reason) else Refused("AUD-STATE")
    return [ExtensionAsked(asked)] if asked.to > it.target_on and asked.to > day_of(asked.at) and not beyond(asked.to) else Refused("AUD-DATE", "to")


def _extending(it: Recommendation, said: DecideExtension) -> list[Event] | Refused:
    """By another than who asked; the third is the commissioner-general's (AUD-5)."""
    pending = _pending(it)
    if pending is None:
        return Refused("AUD-STATE")
    if said.by == pending.by:
        return Refused("AUD-EYES")
    if not said.granted:
        return [ExtensionRefused(said.by, said.at)]
    if extensions(it) >= OWN_EXTENSIONS and not said.commissioner:
        return Refused("AUD-5")
    return [Extended(pending.to, said.by, said.at)]


def _verifying(it: Recommendation, said: Verify) -> list[Event] | Refused:
    """By audit, never by who said that it was done (AUD-4)."""
    assert it.unit_id
    if said.by == it.claims[-1].by:
        return Refused("AUD-4")
    if said.verified:
        return [RecommendationClosed(it.engagement_id, it.unit_id, it.owner_post_id, said.by, said.at)]
    return [Reopened(it.unit_id, said.by, said.at)]


def _restating(it: Recommendation, finding_ids: tuple[UUID, ...], content: str, at: datetime) -> list[Event]:
    """What was accepted is accepted no more when it says something else."""
    assert it.unit_id
    if it.status is Status.CLOSED or (it.finding_ids, it.content) == (finding_ids, content):
        return []
    events: list[Event] = [RecommendationRestated(finding_ids, content)]
    if it.status is Status.RISK_ACCEPTED and content != it.content:
        events.append(_lapse(it, "content_changed", at))
    return events


def _lapse(it: Recommendation, reason: str, at: datetime) -> AcceptanceLapsed:
    assert it.unit_id
    return AcceptanceLapsed(reason, SCALE[it.priority].response.due(at).due, it.unit_id, it.owner_post_id, it.engagement_id, at)


def _moving(it: Recommendation, unit_id: UUID, successors: tuple[UUID, ...], at: datetime) -> list[Event]:
    """To the one unit that goes on; of several somebody has to say which, and with none it is the commissioner-general's (AUD-7)."""
    if it.unit_id != unit_id or it.status is Status.CLOSED or it.unplaced:
        return []
    if not successors:
        return [] if it.owner_post_id is None else [Reowned(it.owner_post_id, unit_id, None, unit_id, "no_successor", at)]
    if len(successors) == 1:
        return [MovedOn(successors[0], (), it.owner_post_id, at)]
    return [MovedOn(unit_id, successors, it.owner_post_id, at)]


def _following(it: Recommendation, post_id: UUID, unit_id: UUID, at: datetime) -> list[Event]:
    """Where a unit was split, it is in the part in which its owner's post is."""
    assert it.unit_id
    if it.owner_post_id != post_id or unit_id not in it.unplaced:
        return []
    return [Reowned(post_id, it.unit_id, post_id, unit_id, "owner_moved", at)]


def _reowning(it: Recommendation, post_id: UUID | None, unit_id: UUID, reason: str, at: datetime) -> list[Event]:
    assert it.unit_id
    if it.status is Status.CLOSED or ((it.owner_post_id, it.unit_id) == (post_id, unit_id) and not it.unplaced):
        return []
    return [Reowned(it.owner_post_id, it.unit_id, post_id, unit_id, reason, at)]


def _placing(it: Recommendation, said: Place) -> list[Event] | Refused:
    if it.status is Status.CLOSED:
        return Refused("AUD-STATE")
    return _reowning(it, said.post_id, said.unit_id, "placed", said.at) or Refused("AUD-7")


def _fall_due(it: Recommendation, name: str, at: datetime) -> list[Event]:
    """Reminders before its date, the ladder after it, an answer that is late, an acceptance that is over, a place that nobody said."""
    if Deadline(name, at) not in due(it):
        return []
    if name.startswith("remind:"):
        return [Reminded(name, int(name.partition(":")[2]))]
    if name in LADDER:
        assert it.unit_id
        return [OverdueEscalated(name, LADDER[name][1], it.unit_id, at)]
    match name:
        case "response":
            return [ResponseOverdue(at)]
        case "review":
            return [_lapse(it, "review_due", at)]
        case _:
            assert it.unit_id
            return [Unplaced(it.unit_id, at)]


def evolve(it: Recommendation, event: Event) -> Recommendation:
    """The recommendation after an event."""
    match event:
        case Issued():
            return Recommendation(
                Status.ISSUED,
                event.source,
                event.reference,
                event.engagement_id,
                event.finding_ids,
                event.unit_id,
                event.owner_post_id,
                event.priority,
                event.text,
                event.content,
                event.at,
                event.response_due_at,
                event.target_on,
                event.target_on,
            )
        case RecommendationAnswered(_, decision, rationale, actions, _, _, at):
            return replace(it, status=Status[decision.name], decision=decision, rationale=rationale, actions=(*it.actions, *actions), responded_at=at)
        case ResponseOverdue():
            return replace(it, response_late=True)
        case RiskAccepted(accepted):
            return replace(it, status=Status.RISK_ACCEPTED, acceptances=(*it.acceptances, accepted))
        case AcceptanceLapsed(_, response_due_at, at=at):
            ended = replace(it.acceptances[-1], lapsed_at=at)
            return replace(it, status=Status.ISSUED, acceptances=(*it.acceptances[:-1], ended), response_due_at=response_due_at, response_late=False)
        case Overruled():
            return replace(it, status=Status.ACCEPTED, decision=Decision.ACCEPTED)
        case Progressed(action_id, percent):
            actions = tuple(replace(each, percent=percent) if each.action_id == action_id else each for each in it.actions)
            return replace(it, status=Status.IN_PROGRESS, actions=actions)
        case ActionsAdded(actions):
            return replace(it, actions=(*it.actions, *actions))
        case ExtensionAsked(asked):
            return replace(it, asked=(*it.asked, asked))
        case Extended(target_on, by):
            decided = replace(it.asked[-1], granted=True, decided_by=by)
            return replace(it, target_on=target_on, asked=(*it.asked[:-1], decided), passed=())
        case ExtensionRefused(by):
            return replace(it, asked=(*it.asked[:-1], replace(it.asked[-1], granted=False, decided_by=by)))
        case ReportedDone(claim):
            return replace(it, status=Status.REPORTED_IMPLEMENTED, claims=(*it.claims, claim))
        case RecommendationClosed(_, _, _, by, at):
            return replace(it, status=Status.CLOSED, claims=_judged(it, True, by, at), closed_at=at, unplaced=())
        case Reopened(_, by, at):
            return replace(it, status=Status.IN_PROGRESS, claims=_judged(it, False, by, at))
        case Reminded(step) | OverdueEscalated(step):
            return replace(it, passed=(*it.passed, step))
        case RecommendationRestated(finding_ids, content):
            return replace(it, finding_ids=finding_ids, content=content)
        case MovedOn(unit_id, unplaced, _, at):
            return replace(it, unit_id=unit_id, unplaced=unplaced, unplaced_at=at if unplaced else None)
        case OwnerLost(_, at):
            return replace(it, owner_post_id=None)
        case Reowned(_, _, post_id, unit_id):
            return replace(it, owner_post_id=post_id, unit_id=unit_id, unplaced=(), unplaced_at=None)
        case Unplaced():
            return replace(it, passed=(*it.passed, "placing"))
        case _:
            assert_never(event)


def _judged(it: Recommendation, verified: bool, by: UUID, at: datetime) -> tuple[Claim, ...]:
    return (*it.claims[:-1], replace(it.claims[-1], verified=verified, verified_by=by, verified_at=at))


def due(it: Recommendation) -> set[Deadline]:
    """Which deadlines run while it is as it is."""
    found: set[Deadline] = set()
    if it.status is Status.ISSUED and it.response_due_at and not it.response_late:
        found.add(Deadline("response", it.response_due_at))
    if it.status in OWED and it.target_on:
        found |= {Deadline(f"remind:{days}", start_of(term.due(start_of(it.target_on)).due_date)) for days, term in REMINDERS.items() if _ahead(it, term)}
        found |= {Deadline(step, late_at(it.target_on, term)) for step, (term, _) in LADDER.items()}
    if it.status is Status.RISK_ACCEPTED:
        found.add(Deadline("review", start_of(it.acceptances[-1].review_on)))
    if it.unplaced and it.unplaced_at and it.status is not Status.CLOSED:
        found.add(Deadline("placing", PLACING.due(it.unplaced_at).due))
    return {each for each in found if each.name not in it.passed}


def _ahead(it: Recommendation, term: Term) -> bool:
    """A reminder of a day that was over when it was issued reminds nobody."""
    assert it.target_on
    assert it.issued_at
    return term.due(start_of(it.target_on)).due_date > day_of(it.issued_at)


def late_at(target_on: date, term: Term | None) -> datetime:
    """The first instant that is too late, or so many days later."""
    last = target_on if term is None else term.due(start_of(target_on)).due_date
    return start_of(Term(1, "days", rolls=False).due(start_of(last)).due_date)


def external_content(source: RecommendationSource, reference: str, text: Text) -> str:
    """A digest of what another body recommends."""
    return sha256(repr((source.value, reference, sorted(text.items()))).encode()).hexdigest()


def _pending(it: Recommendation) -> Asked | None:
    return it.asked[-1] if it.asked and it.asked[-1].granted is None else None


def extensions(it: Recommendation) -> int:
    """How often it was given a later date."""
    return sum(each.granted is True for each in it.asked)


def days_late(it: Recommendation, on: date) -> tuple[int, int]:
    """By how many days it is late, against the date that holds now and against the first one; what is closed stopped being late on that day."""
    assert it.target_on
    assert it.first_target_on
    last = min(on, day_of(it.closed_at)) if it.closed_at else on
    return max((last - it.target_on).days, 0), max((last - it.first_target_on).days, 0)
