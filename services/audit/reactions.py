"""Messages in, and own events that concern another aggregate, as commands."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from cg_contracts import org, screening
from cg_contracts.base import Contract
from cg_kit.pure import Cause, To, named
from services.audit.domain import engagement, post, unit
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


def end_unit(fact: org.OrgUnitAbolishedV1, cause: Cause) -> Iterable[To]:
    """A unit is no more: what was open in it goes where it went (AUD-7)."""
    yield To("unit", fact.unit_id, unit.End(fact.effective_from, fact.successor_ids, fact.reorganisation_id, cause.at))


def note_post(fact: org.PostOpenedV1, _cause: Cause) -> Iterable[To]:
    """Org has opened a post."""
    yield To("post", fact.post_id, post.Open(fact.unit_id, fact.is_head))


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


def set_head(event: post.PostOpened | post.PostMoved, cause: Cause) -> Iterable[To]:
    """A post that heads a unit is known there."""
    assert cause.aggregate
    if isinstance(event, post.PostMoved):
        yield To("unit", event.from_unit_id, unit.LoseHead(cause.aggregate))
    if event.is_head:
        yield To("unit", event.unit_id, unit.SetHead(cause.aggregate))


def lose_head(event: post.PostAbolished, cause: Cause) -> Iterable[To]:
    """A post that is no more heads nothing."""
    assert cause.aggregate
    yield To("unit", event.unit_id, unit.LoseHead(cause.aggregate))


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


def attach_remapped(event: engagement.ScopeRemapped, cause: Cause) -> Iterable[To]:
    """The engagement is open in the units that go on."""
    assert cause.aggregate
    for unit_id in event.successors:
        yield To("unit", unit_id, unit.Attach(Item(What.ENGAGEMENT, cause.aggregate)))
