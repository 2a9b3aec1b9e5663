"""A security clearance: granted by the security authority, of use after a briefing for each need, reused for another post, renewed, expired or given up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from functools import lru_cache
from typing import assert_never
from uuid import UUID

from cg_contracts.levels import Level
from cg_contracts.screening import AppealOutcome, Ground, Means, NvoOutcome, Scope
from cg_contracts.screening import ScreeningKind as Kind
from cg_kit.pure import Deadline, Due, Refused
from cg_kit.pure.terms import day_of, start_of
from services.screening.domain import case
from services.screening.domain.appeal import Against, Brought, Filing, Ruling, bringing, concluded, is_open
from services.screening.domain.application import Imported
from services.screening.domain.impact import Touch, noted
from services.screening.domain.regime import BY_ID, NEED_REVIEW, Renewal, day_before, end_of_term, whole


class Status(StrEnum):
    """Where a clearance stands. A clearance that is due for renewal stays active until it expires (SCR-7) or the new one is of use."""

    NEW = "NEW"
    GRANTED = "GRANTED"
    ACTIVE = "ACTIVE"
    EXPIRED = "EXPIRED"
    WITHDRAWN = "WITHDRAWN"
    RELINQUISHED = "RELINQUISHED"
    RENEWED = "RENEWED"


LIVE = frozenset({Status.GRANTED, Status.ACTIVE})


class Milestone(StrEnum):
    """What is said of a clearance before it expires, in this order."""

    INVITE = "invite"
    APPLY = "apply"
    AT_RISK = "at_risk"


@dataclass(frozen=True, slots=True)
class Use:
    """A post or purpose for which the holder needs to know, under the id of the application it would have led to; each takes its own briefing."""

    id: UUID | None
    request_id: UUID
    requester_ref: str
    since: datetime
    briefed_at: datetime | None = None
    ended_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Clearance:
    """A clearance as it stands; it keeps the terms for renewal and appeal of the regime under which it was granted.

    What it was asked for stands in `request_id`, `briefed_at` and `need_ended_at`; what it was reused for, in `uses`. One that renews another has only these.
    """

    status: Status = Status.NEW
    application_id: UUID | None = None
    person_id: UUID | None = None
    request_id: UUID | None = None
    requester_ref: str = ""
    level: Level | None = None
    granted_at: datetime | None = None
    expires_at: datetime | None = None
    renewal: Renewal | None = None
    briefed_at: datetime | None = None
    passed: tuple[Milestone, ...] = ()
    decisions: tuple[Imported, ...] = ()
    need_ended_at: datetime | None = None
    ended_at: datetime | None = None
    scopes: tuple[Scope, ...] = ()
    uses: tuple[Use, ...] = ()
    review_at: datetime | None = None
    renews: UUID | None = None
    renewals: tuple[UUID, ...] = ()
    renewed_by: UUID | None = None
    appeal: str = "30 days"
    notified_at: datetime | None = None
    appeal_until: datetime | None = None
    appeals: tuple[Brought, ...] = ()
    touched: tuple[Touch, ...] = ()
    questioned_at: datetime | None = None


NEW = Clearance()


# Commands


@dataclass(frozen=True, slots=True)
class Grant:
    """An application was granted."""

    application_id: UUID
    decision: Imported
    person_id: UUID
    request_id: UUID
    requester_ref: str
    level: Level
    expires_at: datetime
    regime_id: str
    scopes: tuple[Scope, ...] = ()
    renews: UUID | None = None
    need_ended_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Brief:
    """A security officer has briefed the holder at `given_at`, for one request or for all that needs it; `at` is now."""

    by: UUID
    given_at: datetime
    at: datetime
    request_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class ImportDecision:
    """The security authority has decided on a clearance that it granted; `at` is when this service first had the decision."""

    decision: Imported
    at: datetime


@dataclass(frozen=True, slots=True)
class Reuse:
    """The holder needs to know for something else as well; without this clearance the request opens the case `case_id`."""

    case_id: UUID
    use: UUID
    request: case.Request


@dataclass(frozen=True, slots=True)
class EndNeed:
    """The assignment for which the clearance was asked has ended, or (`use`) one for which it was reused."""

    at: datetime
    use: UUID | None = None


@dataclass(frozen=True, slots=True)
class Question:
    """The holder is employed in another unit from a day on: do they still need to know?"""

    to_unit_id: UUID
    effective_from: date
    at: datetime


@dataclass(frozen=True, slots=True)
class EndNeeds:
    """It was looked into: the holder no longer needs to know, for anything."""

    at: datetime


@dataclass(frozen=True, slots=True)
class Relinquish:
    """The holder gives the clearance up, or a security officer finds that nobody needs it."""

    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class AskRenewal:
    """The chief confirms that the holder still needs to know, and asks for a new clearance by this case; `earlier_over`: no earlier renewal runs."""

    case_id: UUID
    earlier_over: bool
    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class Replace:
    """A clearance was granted that renews this one."""

    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class Carry:
    """What the renewed clearance was needed for needs this one from now on."""

    uses: tuple[Use, ...]
    at: datetime


@dataclass(frozen=True, slots=True)
class Retire:
    """The clearance that renews this one is of use."""

    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class Notify:
    """The authority says when the holder was told that the clearance is withdrawn or lowered; `at` is when this service first had that."""

    notified_at: datetime
    means: Means
    at: datetime


@dataclass(frozen=True, slots=True)
class Appeal:
    """The appeal body has a letter of the holder against the withdrawal or the lowering."""

    filing: Filing


@dataclass(frozen=True, slots=True)
class ConcludeAppeal:
    """The appeal body has decided; what the authority must do then is for the application."""

    appeal_id: UUID
    ruling: Ruling
    at: datetime


@dataclass(frozen=True, slots=True)
class TouchBy:
    """A reorganisation touches the post that this is for."""

    touch: Touch


Command = (
    Grant
    | Brief
    | ImportDecision
    | Reuse
    | EndNeed
    | Question
    | EndNeeds
    | Relinquish
    | AskRenewal
    | Replace
    | Carry
    | Retire
    | Notify
    | Appeal
    | ConcludeAppeal
    | TouchBy
    | Due
)


# Events


@dataclass(frozen=True, slots=True)
class Granted:
    """The clearance exists."""

    application_id: UUID
    decision: Imported
    person_id: UUID
    request_id: UUID
    requester_ref: str
    level: Level
    expires_at: datetime
    renewal: Renewal
    appeal: str = "30 days"
    scopes: tuple[Scope, ...] = ()
    renews: UUID | None = None


@dataclass(frozen=True, slots=True)
class Briefed:
    """The holder was briefed: for what the clearance was asked for, or (`use`) for what it was reused for. `replaces`: what it renews is of no more use."""

    by: UUID
    given_at: datetime
    use: UUID | None = None
    replaces: UUID | None = None


@dataclass(frozen=True, slots=True)
class RenewalApproached:
    """An instant before expiry has come at which the holder is invited to renew, or the gap is near."""

    milestone: Milestone
    at: datetime


@dataclass(frozen=True, slots=True)
class RenewalDue:
    """The application for renewal must be in by this day."""

    apply_by: date
    at: datetime


@dataclass(frozen=True, slots=True)
class Expired:
    """The clearance no longer counts."""

    at: datetime
    person_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """The security authority has withdrawn the clearance."""

    decision: Imported
    person_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Lowered:
    """The security authority has lowered the clearance to this level."""

    decision: Imported
    level: Level


@dataclass(frozen=True, slots=True)
class Reused:
    """The clearance answers one more request; it is of use for it after a briefing."""

    use: UUID
    person_id: UUID
    request_id: UUID
    requester_ref: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ReuseFailed:
    """The clearance no longer answers this request: it was lost meanwhile, or is being replaced."""

    person_id: UUID
    case_id: UUID
    use: UUID
    request: case.Request


@dataclass(frozen=True, slots=True)
class NeedEnded:
    """The holder no longer needs to know for one thing. `review_at`: nor for any other, and then the clearance is given up unless a need comes."""

    at: datetime
    use: UUID | None = None
    review_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class NeedQuestioned:
    """The clearance is still needed for something, and its holder moves: whether they need to know is to be looked into."""

    person_id: UUID
    to_unit_id: UUID
    effective_from: date
    at: datetime


@dataclass(frozen=True, slots=True)
class Relinquished:
    """The clearance is given up."""

    reason_code: str
    at: datetime
    person_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class RenewalAsked:
    """A new clearance is applied for; all that its case needs to know."""

    case_id: UUID
    person_id: UUID
    level: Level
    scopes: tuple[Scope, ...]
    needed_by: date
    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class Replacing:
    """A clearance was granted in place of this one; what still needs this one is to rest on that one."""

    by: UUID
    uses: tuple[Use, ...]
    at: datetime


@dataclass(frozen=True, slots=True)
class Renewed:
    """The new clearance is of use, and this one no longer counts."""

    by: UUID
    at: datetime
    person_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Notified:
    """The holder was told, and may appeal until then (exclusive)."""

    notified_at: datetime
    means: Means
    appeal_until: datetime


@dataclass(frozen=True, slots=True)
class AppealWindowClosed:
    """The term for appeal is over."""

    at: datetime


@dataclass(frozen=True, slots=True)
class ClearanceAppealed:
    """An appeal is pending; all that the appeal needs to know of the clearance. `until`: the end of the term for filing, if it has begun."""

    filing: Filing
    application_id: UUID
    person_id: UUID
    requester_ref: str
    against: datetime
    until: datetime | None


@dataclass(frozen=True, slots=True)
class AppealConcluded:
    """The appeal body has decided. Whatever it says, this clearance does not come back: a new one does, if the authority grants it."""

    appeal_id: UUID
    outcome: AppealOutcome
    at: datetime


@dataclass(frozen=True, slots=True)
class ClearanceTouched:
    """The clearance lives, and a post that it is needed for is touched by a reorganisation."""

    touch: Touch


Event = (
    Granted
    | Briefed
    | RenewalApproached
    | RenewalDue
    | Expired
    | Withdrawn
    | Lowered
    | Reused
    | ReuseFailed
    | NeedEnded
    | NeedQuestioned
    | Relinquished
    | RenewalAsked
    | Replacing
    | Renewed
    | Notified
    | AppealWindowClosed
    | ClearanceAppealed
    | AppealConcluded
    | ClearanceTouched
)


def decide(clearance: Clearance, command: Command) -> list[Event] | Refused:
    """What a command makes of a clearance: the state diagram."""
    match clearance.status, command:
        case Status.NEW, Grant():
            return granting(command)
        case Status.NEW, EndNeed() | EndNeeds() | Question() | TouchBy():
            return []
        case Status.NEW, ImportDecision() | Notify() | Appeal():
            return Refused("NOT-FOUND", "clearance_id")
        case Status.NEW, _:
            return Refused("NOT-FOUND")
        case _, Grant():
            return []

        # what it is needed for
        case _, EndNeed():
            return ending(clearance, command)
        case _, EndNeeds(at):
            return ending_all(clearance, at)
        case status, Question(to_unit_id, effective_from, at):
            assert clearance.person_id
            asked = status in LIVE and live_needs(clearance) and clearance.questioned_at != at
            return [NeedQuestioned(clearance.person_id, to_unit_id, effective_from, at)] if asked else []
        case status, TouchBy(touch):
            return [ClearanceTouched(touch)] if status in LIVE and touch not in clearance.touched else []
        case _, Reuse(_, use) if any(each.id == use for each in clearance.uses):
            return []
        case status, Reuse(case_id, use, request):
            assert clearance.person_id
            if status in LIVE and clearance.renewed_by is None and answers(clearance, request):
                return [Reused(use, clearance.person_id, request.request_id, request.requester_ref, request.at)]
            return [ReuseFailed(clearance.person_id, case_id, use, request)]
        case _, Brief(by) if by == clearance.person_id:
            return Refused("SCR-3")
        case _, Brief(_, given_at, at) if given_at > at:
            return Refused("SCR-FUTURE", "given_at")
        case _, Brief(_, given_at) if clearance.granted_at and day_of(given_at) < day_of(clearance.granted_at):
            return Refused("SCR-2", "given_at")
        case status, Brief() if status in LIVE:
            return briefing(clearance, command)

        # what the authority and the appeal body say
        case _, Appeal(filing):
            return appealing(clearance, filing)
        case _, ConcludeAppeal(appeal_id, ruling, at):
            return [AppealConcluded(appeal_id, ruling.outcome, at)] if is_open(clearance.appeals, appeal_id) else []
        case _, Notify() if taken_away(clearance) is None:
            return Refused("SCR-UNDECIDED", "clearance_id")
        case _, Notify(notified_at) if clearance.notified_at:
            return [] if notified_at == clearance.notified_at else Refused("SCR-NOTIFIED", "notified_at")
        case _, Notify():
            return notifying(clearance, command)
        case _, Due("appeal", at) if clearance.appeal_until:
            return [AppealWindowClosed(at)]
        case _, ImportDecision(decision) if decision in clearance.decisions:
            return []
        case _, ImportDecision(decision) if decision.decision_ref in {known.decision_ref for known in clearance.decisions}:
            return Refused("SCR-4", "decision_ref")
        case status, ImportDecision(decision, at) if status in LIVE:
            return importing(clearance, decision, at)

        # given up
        case Status.RELINQUISHED, Relinquish():
            return []
        case status, Relinquish(by, at) if status in LIVE and by == clearance.person_id:
            return [Relinquished("given_up", at, by)]
        case status, Relinquish(_, at) if status in LIVE:
            return Refused("SCR-NEEDED") if live_needs(clearance) else [Relinquished("need_ended", at, clearance.person_id)]
        case status, Due("review", at) if status in LIVE and clearance.review_at:
            return [Relinquished("need_ended", at, clearance.person_id)]

        # renewed
        case _, AskRenewal(by=by) if by == clearance.person_id:
            return Refused("SCR-3")
        case status, AskRenewal() if status in LIVE:
            return renewing(clearance, command)
        case _, Replace(by, at):
            return [] if clearance.renewed_by else [Replacing(by, carried(clearance, at), at)]
        case status, Carry(uses, at) if status in LIVE:
            return carrying(clearance, uses, at)
        case status, Retire(by, at) if status in LIVE:
            return [Renewed(by, at, clearance.person_id)]
        case _, Carry() | Retire():
            return []

        # in time
        case status, Due("expiry", at) if status in LIVE:
            return [Expired(at, clearance.person_id)]
        case status, Due(Milestone.APPLY, at) if status in LIVE and Milestone.APPLY not in clearance.passed:
            assert clearance.renewal
            assert clearance.expires_at
            return [RenewalDue(day_before(clearance.renewal.apply, day_of(clearance.expires_at)), at)]
        case status, Due((Milestone.INVITE | Milestone.AT_RISK) as name, at) if status in LIVE and name not in clearance.passed:
            return [RenewalApproached(Milestone(name), at)]
        case _, Due():
            return []
        case _:
            return Refused("SCR-STATE")


def granting(grant: Grant) -> list[Event]:
    """What nobody needs any more when it comes is reviewed; a renewal takes up the needs of the one it renews."""
    regime = BY_ID[grant.regime_id]
    granted = Granted(
        grant.application_id,
        grant.decision,
        grant.person_id,
        grant.request_id,
        grant.requester_ref,
        grant.level,
        grant.expires_at,
        regime.renewal[grant.level],
        regime.terms[Kind.CLEARANCE].appeal,
        grant.scopes,
        grant.renews,
    )
    if grant.need_ended_at is None or grant.renews:
        return [granted]
    at = grant.decision.decided_at
    return [granted, NeedEnded(at, None, end_of_term(NEED_REVIEW, day_of(at)))]


def answers(clearance: Clearance, request: case.Request) -> bool:
    """Whether a live clearance is high and wide enough for a request, and will not be due for renewal before it is needed."""
    assert clearance.level
    assert clearance.renewal
    assert clearance.expires_at
    return reusable(clearance.level, clearance.scopes, clearance.expires_at, clearance.renewal, request)


def reusable(level: Level, scopes: tuple[Scope, ...], expires_at: datetime, renewal: Renewal, request: case.Request) -> bool:
    """An equal or higher clearance of at least the same scopes, of which the application for renewal is not due yet on the day it is needed."""
    if request.level is None or not level.covers(request.level) or not set(whole(request.scopes)) <= set(whole(scopes)):
        return False
    return max(day_of(request.at), request.needed_by) < day_before(renewal.apply, day_of(expires_at))


def needs(clearance: Clearance) -> tuple[Use, ...]:
    """All that the clearance is or was needed for: what it was asked for, and what it was reused for."""
    if clearance.renews or clearance.request_id is None or clearance.granted_at is None:
        return clearance.uses
    first = Use(None, clearance.request_id, clearance.requester_ref, clearance.granted_at, clearance.briefed_at, clearance.need_ended_at)
    return (first, *clearance.uses)


def live_needs(clearance: Clearance) -> tuple[Use, ...]:
    """What the clearance is needed for now."""
    return tuple(use for use in needs(clearance) if use.ended_at is None)


def carried(clearance: Clearance, at: datetime) -> tuple[Use, ...]:
    """What the clearance is needed for, as uses of the one that renews it: to be briefed again."""
    assert clearance.application_id
    return tuple(Use(use.id or clearance.application_id, use.request_id, use.requester_ref, at) for use in live_needs(clearance))


def ending(clearance: Clearance, end: EndNeed) -> list[Event]:
    """One need less; without any left the clearance is reviewed, for ten working days a new post can take it up (it follows the function)."""
    if all(use.id != end.use for use in live_needs(clearance)):
        return []
    last = len(live_needs(clearance)) == 1 and clearance.status in LIVE
    return [NeedEnded(end.at, end.use, end_of_term(NEED_REVIEW, day_of(end.at)) if last else None)]


def ending_all(clearance: Clearance, at: datetime) -> list[Event]:
    """No need is left, one after the other; then the clearance is reviewed."""
    events: list[Event] = []
    for use in live_needs(clearance):
        for event in ending(clearance, EndNeed(at, use.id)):
            clearance = evolve(clearance, event)
            events.append(event)
    return events


def briefing(clearance: Clearance, brief: Brief) -> list[Event] | Refused:
    """A briefing is for what needs it on its day: for one request, or for all. The first of a renewed clearance takes the old one out of use."""
    wanted = [use for use in live_needs(clearance) if brief.request_id in (None, use.request_id)]
    if not wanted:
        return Refused("SCR-2", "request_id" if brief.request_id else None)
    fresh = [use for use in wanted if day_of(use.since) <= day_of(brief.given_at) and (use.briefed_at is None or use.briefed_at < brief.given_at)]
    if fresh:
        replaces = clearance.renews if clearance.status is Status.GRANTED else None
        last = len(fresh) - 1
        return [Briefed(brief.by, brief.given_at, use.id, replaces if n == last else None) for n, use in enumerate(fresh)]
    return [] if any(use.briefed_at == brief.given_at for use in wanted) else Refused("SCR-STATE")


def renewing(clearance: Clearance, ask: AskRenewal) -> list[Event] | Refused:
    """Once the holder is invited to renew, while somebody needs the clearance, and one application at a time."""
    assert clearance.person_id
    assert clearance.level
    assert clearance.expires_at
    if not live_needs(clearance):
        return Refused("SCR-2")
    if ask.case_id in clearance.renewals or clearance.renewed_by or not ask.earlier_over:
        return []
    if Milestone.INVITE not in clearance.passed:
        return Refused("SCR-RENEWAL")
    return [RenewalAsked(ask.case_id, clearance.person_id, clearance.level, clearance.scopes, day_of(clearance.expires_at), ask.by, ask.at)]


def carrying(clearance: Clearance, uses: tuple[Use, ...], at: datetime) -> list[Event]:
    """What the old clearance was needed for rests on this one; when that is nothing, this one is reviewed at once."""
    assert clearance.person_id
    known = {use.id for use in clearance.uses}
    new: list[Event] = [Reused(use.id, clearance.person_id, use.request_id, use.requester_ref, at) for use in uses if use.id and use.id not in known]
    if new or known or clearance.review_at:
        return new
    return [NeedEnded(at, None, end_of_term(NEED_REVIEW, day_of(at)))]


def importing(clearance: Clearance, decision: Imported, at: datetime) -> list[Event] | Refused:
    """On a clearance the authority can only take away: all of it, or the levels above a lower one."""
    assert clearance.level
    assert clearance.granted_at
    if decision.decided_at > at:
        return Refused("SCR-FUTURE", "decided_at")
    if day_of(decision.decided_at) < day_of(clearance.granted_at):
        return Refused("SCR-4", "decided_at")
    match decision:
        case Imported(outcome=NvoOutcome.WITHDRAWN):
            return [Withdrawn(decision, clearance.person_id)]
        case Imported(outcome=NvoOutcome.LOWERED, level=Level() as level) if level is not Level.BEPERKT and level.rank < clearance.level.rank:
            return [Lowered(decision, level)]
        case Imported(outcome=NvoOutcome.LOWERED):
            return Refused("SCR-LEVEL", "level")
        case _:
            return Refused("SCR-4", "outcome")


def taken_away(clearance: Clearance) -> Imported | None:
    """The last decision by which the authority withdrew or lowered the clearance."""
    last = clearance.decisions[-1] if clearance.decisions else None
    return last if last is not None and last.outcome in {NvoOutcome.WITHDRAWN, NvoOutcome.LOWERED} else None


def notifying(clearance: Clearance, told: Notify) -> list[Event] | Refused:
    """The term for appeal starts on the day on which the holder was told, which lies between the decision and now (SCR-12)."""
    decision = taken_away(clearance)
    assert decision
    if told.notified_at > told.at:
        return Refused("SCR-FUTURE", "notified_at")
    if day_of(told.notified_at) < day_of(decision.decided_at):
        return Refused("SCR-12", "notified_at")
    return [Notified(told.notified_at, told.means, end_of_term(clearance.appeal, day_of(told.notified_at)))]


def grounds(clearance: Clearance) -> Mapping[Ground, Against]:
    """Against what an appeal lies now: withdrawal, wholly or of the levels above a lower one. All else is appealed at the application."""
    decision = taken_away(clearance)
    if decision is None:
        return {}
    told = clearance.notified_at
    return {Ground.WITHDRAWN: Against(decision.decided_at, end_of_term(clearance.appeal, day_of(told)) if told else None)}


def appealing(clearance: Clearance, filing: Filing) -> list[Event] | Refused:
    """An appeal is taken whether it is in time or not: that is for the body to say. It is not suspensive."""
    assert clearance.application_id
    assert clearance.person_id
    open_to = grounds(clearance)
    match bringing(clearance.appeals, open_to, filing):
        case Refused() as refused:
            return refused
        case None:
            return []
        case brought:
            until = open_to[filing.ground].until
            return [ClearanceAppealed(filing, clearance.application_id, clearance.person_id, clearance.requester_ref, brought.against, until)]


def evolve(clearance: Clearance, event: Event) -> Clearance:
    """The clearance after an event."""
    match event:
        case Granted():
            return Clearance(
                status=Status.GRANTED,
                application_id=event.application_id,
                person_id=event.person_id,
                request_id=event.request_id,
                requester_ref=event.requester_ref,
                level=event.level,
                granted_at=event.decision.decided_at,
                expires_at=event.expires_at,
                renewal=event.renewal,
                decisions=(event.decision,),
                appeal=event.appeal,
                scopes=event.scopes,
                renews=event.renews,
            )
        case Briefed(_, given_at, None):
            return replace(clearance, status=Status.ACTIVE, briefed_at=given_at)
        case Briefed(_, given_at, use_id):
            briefed = tuple(replace(use, briefed_at=given_at) if use.id == use_id else use for use in clearance.uses)
            return replace(clearance, status=Status.ACTIVE, uses=briefed)
        case RenewalApproached(milestone):
            return replace(clearance, passed=(*clearance.passed, milestone))
        case RenewalDue():
            return replace(clearance, passed=(*clearance.passed, Milestone.APPLY))
        case Expired(at):
            return replace(clearance, status=Status.EXPIRED, ended_at=at)
        case Withdrawn(decision):
            return replace(decided_again(clearance, decision), status=Status.WITHDRAWN, ended_at=decision.decided_at)
        case Lowered(decision, level):
            return replace(decided_again(clearance, decision), level=level)
        case Notified(notified_at, _, appeal_until):
            return replace(clearance, notified_at=notified_at, appeal_until=appeal_until)
        case AppealWindowClosed():
            return replace(clearance, appeal_until=None)
        case ClearanceAppealed(filing, against=against):
            brought = Brought(filing.appeal_id, filing.ground, filing.posted_on, against)
            return replace(clearance, appeals=(*clearance.appeals, brought), appeal_until=None)
        case AppealConcluded(appeal_id):
            return replace(clearance, appeals=concluded(clearance.appeals, appeal_id))
        case Reused(use_id, _, request_id, requester_ref, at):
            return replace(clearance, uses=(*clearance.uses, Use(use_id, request_id, requester_ref, at)), review_at=None)
        case ReuseFailed():
            return clearance
        case ClearanceTouched(touch):
            return replace(clearance, touched=noted(clearance.touched, touch))
        case NeedEnded(at, None, review_at):
            return replace(clearance, need_ended_at=at, review_at=review_at)
        case NeedEnded(at, use_id, review_at):
            ended = tuple(replace(use, ended_at=at) if use.id == use_id else use for use in clearance.uses)
            return replace(clearance, uses=ended, review_at=review_at)
        case NeedQuestioned(at=at):
            return replace(clearance, questioned_at=at)
        case Relinquished(_, at):
            return replace(clearance, status=Status.RELINQUISHED, ended_at=at)
        case RenewalAsked(case_id):
            return replace(clearance, renewals=(*clearance.renewals, case_id))
        case Replacing(by):
            return replace(clearance, renewed_by=by)
        case Renewed(_, at):
            return replace(clearance, status=Status.RENEWED, ended_at=at)
        case _:
            assert_never(event)


def decided_again(clearance: Clearance, decision: Imported) -> Clearance:
    """The clearance with a new decision of the authority, of which the holder is not notified yet."""
    return replace(clearance, decisions=(*clearance.decisions, decision), notified_at=None, appeal_until=None)


def due(clearance: Clearance) -> set[Deadline]:
    """The clocks of a clearance: while it lives its milestones before expiry, its expiry and the review once nobody needs it; and the term for appeal."""
    window = {Deadline("appeal", clearance.appeal_until)} if clearance.appeal_until else set()
    if clearance.status not in LIVE:
        return window
    assert clearance.renewal
    assert clearance.expires_at
    ahead = {Deadline(m, at) for m, at in milestones(clearance.renewal, clearance.expires_at) if m not in clearance.passed}
    if clearance.review_at:
        ahead.add(Deadline("review", clearance.review_at))
    return ahead | window | {Deadline("expiry", clearance.expires_at)}


@lru_cache(maxsize=4096)
def milestones(renewal: Renewal, expires_at: datetime) -> tuple[tuple[Milestone, datetime], ...]:
    """When each milestone of a clearance begins: the start of its day in Brussels."""
    end = day_of(expires_at)
    return (
        (Milestone.INVITE, start_of(day_before(renewal.invite, end))),
        (Milestone.APPLY, start_of(day_before(renewal.apply, end))),
        (Milestone.AT_RISK, start_of(day_before(renewal.at_risk, end))),
    )


def usable(clearance: Clearance, needed: Level, at: datetime, scope: Scope = Scope.NATIONAL) -> bool:
    """SCR-2: granted and briefed, not expired, withdrawn or too low, and the holder still needs to know. A pending renewal changes nothing (SCR-7)."""
    return (
        clearance.status is Status.ACTIVE
        and clearance.level is not None
        and clearance.level.covers(needed)
        and scope in whole(clearance.scopes)
        and any(use.briefed_at for use in live_needs(clearance))
        and clearance.expires_at is not None
        and at < clearance.expires_at
    )
