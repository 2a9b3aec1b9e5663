"""Messages in, and own events that concern another aggregate, as commands."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from cg_contracts import integrity, org, screening
from cg_contracts.audit import EscalatedTo
from cg_contracts.base import Contract
from cg_kit.pure import Cause, To, named
from services.audit.domain import engagement, impact, plan, post, recommendation, unit
from services.audit.domain.impact import Touch
from services.audit.domain.recommendation import Source
from services.audit.domain.scale import SCALE
from services.audit.domain.unit import Item, Signal, What

SIGNALS: dict[type[Contract], tuple[str, int]] = {
    org.HeadPostUnattendedV1: ("head_post_unattended", 4),
    org.AccessRevocationDeadlineMissedV1: ("access_not_revoked_in_time", 5),
    org.AssignmentSuspendedV1: ("holder_without_clearance", 2),
    org.MandateEvaluationDeadlineMissedV1: ("mandate_not_evaluated", 2),
    screening.SecurityOfficerEndedV1: ("security_officer_lost", 3),
}
"""What others say that counts in a unit's risk, and how heavy (choices of the head of audit)."""


# The universe, as org tells it


def note_unit(fact: org.OrgUnitEstablishedV1 | org.OrgUnitChangedV1 | org.OrgUnitChangeTookEffectV1 | org.OrgUnitCorrectedV1, cause: Cause) -> Iterable[To]:
    """Org says how a unit is from a day on."""
    labels = {tongue: text for tongue, text in fact.labels.model_dump().items() if text}
    described = unit.Described(fact.slug, fact.kind, fact.parent_id, labels, fact.effective_from)
    yield To("unit", fact.unit_id, unit.Note(described, cause.at))


def end_units(fact: org.ReorganisationTookEffectV1, cause: Cause) -> Iterable[To]:
    """Units are no more: what was open in them goes where they went (AUD-7)."""
    for unit_id, successors in ends(fact.mappings):
        yield To("unit", unit_id, unit.End(fact.effective_date, successors, fact.reorganisation_id, cause.at))


def ends(mappings: Iterable[org.UnitMapping]) -> Iterable[tuple[UUID, tuple[UUID, ...]]]:
    """The units that a reorganisation ends, each with what goes on in its place."""
    for mapping in mappings:
        for unit_id in dict.fromkeys(mapping.from_unit_ids):
            if unit_id not in mapping.to_unit_ids:
                yield unit_id, mapping.to_unit_ids


def count_touched(fact: org.ReorganisationScheduledV1, _cause: Cause) -> Iterable[To]:
    """A reorganisation is scheduled: what hangs on its units and posts is gathered."""
    about = (fact.reorganisation_id, fact.effective_date)
    units = tuple((unit_id, Touch(*about, len(successors) == 1)) for unit_id, successors in ends(fact.mappings))
    posts = tuple((each.post_id, Touch(*about, each.to_unit_id is not None)) for each in fact.posts)
    yield To("impact", fact.reorganisation_id, impact.Ask(fact.effective_date, units, posts))


def ask_unit(event: impact.UnitAsked, _cause: Cause) -> Iterable[To]:
    """A unit that ends is asked what is open in it."""
    yield To("unit", event.unit_id, unit.TouchBy(event.touch))


def ask_post(event: impact.PostAsked, _cause: Cause) -> Iterable[To]:
    """A post that is touched is asked what it owns."""
    yield To("post", event.post_id, post.TouchBy(event.touch))


def add_of_unit(event: unit.UnitTouched, _cause: Cause) -> Iterable[To]:
    """What is open in a unit."""
    items = tuple(impact.Item(each.id, None, event.touch.placed) for each in event.open)
    yield To("impact", event.touch.reorganisation_id, impact.Add(event.touch.effective_date, items))


def add_of_post(event: post.PostTouched, cause: Cause) -> Iterable[To]:
    """What a post owns."""
    items = tuple(impact.Item(each, cause.aggregate, event.touch.placed) for each in event.owns)
    yield To("impact", event.touch.reorganisation_id, impact.Add(event.touch.effective_date, items))


def gather(event: impact.ImpactAsked | impact.Answered, cause: Cause) -> Iterable[To]:
    """Own events are followed in their order, so this comes behind the answers."""
    assert cause.aggregate
    yield To("impact", cause.aggregate, impact.Gather(event.effective_date))


def note_post(fact: org.PostOpenedV1, cause: Cause) -> Iterable[To]:
    """Org has opened a post."""
    yield To("post", fact.post_id, post.Open(fact.unit_id, fact.is_head, cause.at, fact.role))


def move_post(fact: org.PostMovedV1, cause: Cause) -> Iterable[To]:
    """A post is in another unit."""
    yield To("post", fact.post_id, post.Move(fact.to_unit_id, fact.is_head, cause.at))


def drop_post(fact: org.PostAbolishedV1, cause: Cause) -> Iterable[To]:
    """A post is no more."""
    yield To("post", fact.post_id, post.Abolish(cause.at))


def note_holder(fact: org.AssignmentStartedV1, _cause: Cause) -> Iterable[To]:
    """Somebody acts in a post."""
    yield To("post", fact.post_id, post.Hold(post.Holder(fact.assignment_id, fact.person_id, fact.started_at)))


def suspend_holder(fact: org.AssignmentSuspendedV1, cause: Cause) -> Iterable[To]:
    """Somebody may not act in their post any more, which also says something of the unit."""
    yield To("post", fact.post_id, post.Hold(post.Holder(fact.assignment_id, fact.person_id, fact.suspended_at, suspended=True)))
    yield from hear_of_post(fact, cause)


def drop_holder(fact: org.AssignmentEndedV1, _cause: Cause) -> Iterable[To]:
    """Somebody has left a post."""
    yield To("post", fact.post_id, post.Leave(fact.assignment_id, fact.ended_at))


def place_post(event: post.PostOpened | post.PostMoved, cause: Cause) -> Iterable[To]:
    """A post that heads a unit is known there; one that moved tells what it owns where that is."""
    assert cause.aggregate
    if isinstance(event, post.PostMoved):
        yield To("unit", event.from_unit_id, unit.LoseHead(cause.aggregate))
    if event.is_head:
        yield To("unit", event.unit_id, unit.SetHead(cause.aggregate, event.at))
    if isinstance(event, post.PostMoved):
        for recommendation_id in event.owns:
            yield To("recommendation", recommendation_id, recommendation.FollowOwner(cause.aggregate, event.unit_id, event.at))


def end_post(event: post.PostAbolished, cause: Cause) -> Iterable[To]:
    """A post that is no more heads nothing, and answers for nothing."""
    assert cause.aggregate
    yield To("unit", event.unit_id, unit.LoseHead(cause.aggregate))
    for recommendation_id in event.owns:
        yield To("recommendation", recommendation_id, recommendation.LoseOwner(cause.aggregate, event.at))


# What is said of a unit


def hear_of_unit(fact: org.HeadPostUnattendedV1 | screening.SecurityOfficerEndedV1, cause: Cause) -> Iterable[To]:
    """Something that counts in the unit's risk. That an officer ended regularly does not."""
    if isinstance(fact, screening.SecurityOfficerEndedV1) and fact.reason_code != "clearance_lost":
        return
    code, weight = SIGNALS[type(fact)]
    yield To("unit", fact.unit_id, unit.Hear(Signal(code, fact.about.owner, weight, cause.at)))


def hear_of_post(fact: org.AccessRevocationDeadlineMissedV1 | org.AssignmentSuspendedV1 | org.MandateEvaluationDeadlineMissedV1, cause: Cause) -> Iterable[To]:
    """Something that counts in the risk of the unit in which the post is."""
    code, weight = SIGNALS[type(fact)]
    yield To("post", fact.post_id, post.PassOn(code, fact.about.owner, weight, cause.at))


def pass_on(event: post.PassedOn, _cause: Cause) -> Iterable[To]:
    """The unit hears what was said of its post."""
    yield To("unit", event.unit_id, unit.Hear(Signal(event.code, event.said_by, event.weight, event.at)))


def propose_special(event: unit.AttentionRaised, cause: Cause) -> Iterable[To]:
    """So much was reported of a unit that a special engagement is proposed; the head of audit decides."""
    assert cause.aggregate
    yield To("engagement", special_for(cause.aggregate, event.at), engagement.Propose(cause.aggregate, event.codes, event.at))


def special_for(unit_id: UUID, at: datetime) -> UUID:
    """The special engagement that signals of this instant propose."""
    return named("special engagement", unit_id, at.isoformat())


def weigh_finding(event: engagement.FindingRaised, _cause: Cause) -> Iterable[To]:
    """What audit finds counts in the unit's risk, a repeated finding twice."""
    code = f"finding_{event.said.severity.value}" + ("_repeated" if event.repeats else "")
    weight = SCALE[event.said.severity].weight * (2 if event.repeats else 1)
    yield To("unit", event.said.unit_id, unit.Hear(Signal(code, "audit", weight, event.at)))


def note_taken(fact: integrity.IntegrityMatterTakenV1, cause: Cause) -> Iterable[To]:
    """Integrity has a matter that was referred to it."""
    if fact.requester_ref.startswith("engagement:"):
        engagement_id = UUID(fact.requester_ref.partition(":")[2])
        yield To("engagement", engagement_id, engagement.NoteReferred(fact.request_id, "taken", cause.at))


def hear_of_cases(fact: integrity.IntegrityCaseConcludedV1, cause: Cause) -> Iterable[To]:
    """What integrity concluded in or under a unit, in counts of a quarter, counts in its risk."""
    if fact.unit_id is not None:
        yield To("unit", fact.unit_id, unit.Hear(Signal("integrity_cases_concluded", "integrity", 6, cause.at)))


# What is open in a unit


def attach_engagement(event: engagement.EngagementPlanned | engagement.SpecialProposed, cause: Cause) -> Iterable[To]:
    """An engagement is open in each of its units."""
    assert cause.aggregate
    for unit_id in event.brief.unit_ids:
        yield To("unit", unit_id, unit.Attach(Item(What.ENGAGEMENT, cause.aggregate)))


def detach_engagement(event: engagement.EngagementCancelled | engagement.EngagementClosed, cause: Cause) -> Iterable[To]:
    """It is over in all of them."""
    assert cause.aggregate
    for unit_id in event.units:
        yield To("unit", unit_id, unit.Detach(Item(What.ENGAGEMENT, cause.aggregate)))


def note_audited(event: engagement.Finalised, _cause: Cause) -> Iterable[To]:
    """The units of a final report were audited; advice is no audit."""
    for unit_id in event.audited:
        yield To("unit", unit_id, unit.NoteAudited(event.at))


# A reorganisation


def follow_unit(event: unit.UnitEnded, cause: Cause) -> Iterable[To]:
    """What was open in a unit that is no more, and what was known of it, goes where it went (AUD-7)."""
    assert cause.aggregate
    for successor in event.successors:
        yield To("unit", successor, unit.Inherit(event.ratings, event.signals, event.last_audited_at))
    for item in event.open:
        if item.what is What.ENGAGEMENT:
            yield To("engagement", item.id, engagement.Remap(cause.aggregate, event.successors, event.at))
        else:
            yield To("recommendation", item.id, recommendation.MoveOn(cause.aggregate, event.successors, event.at))


def attach_remapped(event: engagement.ScopeRemapped, cause: Cause) -> Iterable[To]:
    """The engagement is open in the units that go on."""
    assert cause.aggregate
    for unit_id in event.successors:
        yield To("unit", unit_id, unit.Attach(Item(What.ENGAGEMENT, cause.aggregate)))


# The year plan


def plan_engagements(event: plan.PlanApproved, cause: Cause) -> Iterable[To]:
    """What the commissioner-general approved is planned; what a revision left out is not any more."""
    assert cause.aggregate
    for line in event.new:
        brief = engagement.Brief(line.kind, line.title, line.unit_ids, line.reason, line.starts_on, line.days, cause.aggregate, line.follows)
        yield To("engagement", line.engagement_id, engagement.Plan(brief, event.by, event.at))
    for engagement_id in event.gone:
        yield To("engagement", engagement_id, engagement.Cancel("plan_revised", event.by, event.at))


# Recommendations


def issue(event: engagement.AdviceIssued, cause: Cause) -> Iterable[To]:
    """A recommendation of a report leads a life of its own from now on."""
    it = event.advice
    said = (Source.AUDIT, "", cause.aggregate, it.finding_ids, it.unit_id, it.owner_post_id, it.priority, it.text, it.target_on, event.content, it.by, event.at)
    yield To("recommendation", it.recommendation_id, recommendation.Issue(*said))


def restate(event: engagement.AdviceRestated, _cause: Cause) -> Iterable[To]:
    """What it rests on says something else."""
    yield To("recommendation", event.recommendation_id, recommendation.Restate(event.finding_ids, event.content, event.at))


def attach_issued(event: recommendation.Issued, cause: Cause) -> Iterable[To]:
    """It is open in its unit and at its owner; without one, who heads the unit answers for it."""
    assert cause.aggregate
    yield To("unit", event.unit_id, unit.Attach(Item(What.RECOMMENDATION, cause.aggregate)))
    if event.owner_post_id is None:
        yield To("unit", event.unit_id, unit.FindHead(cause.aggregate, event.at))
    else:
        yield To("post", event.owner_post_id, post.Own(cause.aggregate, event.at))


def note_answer(event: recommendation.RecommendationAnswered, cause: Cause) -> Iterable[To]:
    """Its engagement knows that it was answered."""
    assert cause.aggregate
    if event.engagement_id:
        yield To("engagement", event.engagement_id, engagement.NoteResponse(cause.aggregate, event.at))


def note_accepted(event: recommendation.RiskAccepted, cause: Cause) -> Iterable[To]:
    """Nothing is open on it as long as the risk is accepted."""
    assert cause.aggregate
    if event.engagement_id:
        yield To("engagement", event.engagement_id, engagement.NoteOver(cause.aggregate, True, event.accepted.at))


def note_lapsed(event: recommendation.AcceptanceLapsed, cause: Cause) -> Iterable[To]:
    """Something is open on it again."""
    assert cause.aggregate
    if event.engagement_id:
        yield To("engagement", event.engagement_id, engagement.NoteOver(cause.aggregate, False, event.at))


def note_closed(event: recommendation.RecommendationClosed, cause: Cause) -> Iterable[To]:
    """It is over everywhere."""
    assert cause.aggregate
    yield To("unit", event.unit_id, unit.Detach(Item(What.RECOMMENDATION, cause.aggregate)))
    if event.owner_post_id:
        yield To("post", event.owner_post_id, post.Disown(cause.aggregate))
    if event.engagement_id:
        yield To("engagement", event.engagement_id, engagement.NoteOver(cause.aggregate, True, event.at))


def weigh_reopened(event: recommendation.Reopened, _cause: Cause) -> Iterable[To]:
    """That something was said to be done and is not, counts in the unit's risk."""
    yield To("unit", event.unit_id, unit.Hear(Signal("done_was_not_done", "audit", 3, event.at)))


def weigh_overdue(event: recommendation.OverdueEscalated, _cause: Cause) -> Iterable[To]:
    """So does that it is late by more than thirty days."""
    if event.to is EscalatedTo.COMMISSIONER_GENERAL:
        yield To("unit", event.unit_id, unit.Hear(Signal("recommendation_late", "audit", 4, event.at)))


def attach_moved(event: recommendation.MovedOn, cause: Cause) -> Iterable[To]:
    """It is open in the unit that goes on; of several, its owner's post may say in which."""
    assert cause.aggregate
    if not event.unplaced:
        yield To("unit", event.unit_id, unit.Attach(Item(What.RECOMMENDATION, cause.aggregate)))
        if event.owner_post_id is None:
            yield To("unit", event.unit_id, unit.FindHead(cause.aggregate, event.at))
    elif event.owner_post_id:
        yield To("post", event.owner_post_id, post.SayWhere(cause.aggregate, event.at))


def follow_owner(event: post.SaidWhere, cause: Cause) -> Iterable[To]:
    """It is where its owner is."""
    assert cause.aggregate
    yield To("recommendation", event.recommendation_id, recommendation.FollowOwner(cause.aggregate, event.unit_id, event.at))


def find_owner(event: recommendation.OwnerLost, cause: Cause) -> Iterable[To]:
    """Who heads its unit answers for it."""
    assert cause.aggregate
    yield To("unit", event.unit_id, unit.FindHead(cause.aggregate, event.at))


def forward(event: unit.Forwarded, _cause: Cause) -> Iterable[To]:
    """Who heads the unit that goes on does."""
    yield To("unit", event.to_unit_id, unit.FindHead(event.recommendation_id, event.at))


def reown(event: unit.HeadFound, cause: Cause) -> Iterable[To]:
    """The head of this unit does."""
    assert cause.aggregate
    yield To("recommendation", event.recommendation_id, recommendation.Reown(event.post_id, cause.aggregate, event.at))


def lose_owner(event: post.NotThere, cause: Cause) -> Iterable[To]:
    """The post that was to answer for it is not there."""
    assert cause.aggregate
    yield To("recommendation", event.recommendation_id, recommendation.LoseOwner(cause.aggregate, event.at))


def note_reowned(event: recommendation.Reowned, cause: Cause) -> Iterable[To]:
    """It is open where it is now, and no more where it was."""
    assert cause.aggregate
    item = Item(What.RECOMMENDATION, cause.aggregate)
    if event.from_unit_id != event.unit_id:
        yield To("unit", event.from_unit_id, unit.Detach(item))
        yield To("unit", event.unit_id, unit.Attach(item))
    if event.from_post_id is not None and event.from_post_id != event.post_id:
        yield To("post", event.from_post_id, post.Disown(cause.aggregate))
    if event.post_id is not None:
        yield To("post", event.post_id, post.Own(cause.aggregate, event.at))
