"""Messages in, and own events that concern another aggregate, as commands."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from cg_contracts import audit, org, screening
from cg_contracts.innovation import Impact, Origin, PilotGateAnsweredV1, PilotStage, Ring
from cg_contracts.screening import Outcome
from cg_kit.pure import Cause, To, named
from services.innovation.domain import challenge, external, gathering, idea, impact, pilot, trend, unit
from services.innovation.domain.external import Standing
from services.innovation.domain.unit import Item, Touch, What
from services.innovation.domain.words import Why


def take_merged(event: idea.Merged, cause: Cause) -> Iterable[To]:
    """The idea that goes on gets the followers of the one that was merged into it."""
    assert cause.aggregate
    yield To("idea", event.into, idea.Take(idea.Taken(cause.aggregate, event.followers), event.at))


def release_separated(event: idea.Separated, cause: Cause) -> Iterable[To]:
    """The other idea loses them again, but for those who follow it by themselves."""
    assert cause.aggregate
    yield To("idea", event.taken_from, idea.Release(cause.aggregate, event.at))


# Whose it is, and a reorganisation in org


def note_idea(event: idea.Submitted, cause: Cause) -> Iterable[To]:
    """The unit knows that there is an idea about its work, and a challenge that it is answered."""
    yield _of(event.unit_id, What.IDEA, cause)
    if event.challenge_id and cause.aggregate:
        yield To("challenge", event.challenge_id, challenge.NoteIdea(cause.aggregate, event.at))


def note_adopter(event: idea.Offered | idea.Placed, cause: Cause) -> Iterable[To]:
    """The unit that is to own it, or that it was given to."""
    yield _of(event.unit_id, What.IDEA, cause)


def note_successor(event: idea.Reowned, cause: Cause) -> Iterable[To]:
    """It came to this unit, which may itself be no more."""
    if event.to_unit_id is not None:
        yield _of(event.to_unit_id, What.IDEA, cause)


def note_pilot(event: pilot.PilotPlaced, cause: Cause) -> Iterable[To]:
    """The unit knows that there is a pilot in it."""
    yield _of(event.unit_id, What.PILOT, cause)


def note_pilot_successor(event: pilot.PilotReowned, cause: Cause) -> Iterable[To]:
    """It came to this unit, which may itself be no more."""
    if event.to_unit_id is not None:
        yield _of(event.to_unit_id, What.PILOT, cause)


def _of(unit_id: UUID, what: What, cause: Cause) -> To:
    assert cause.aggregate
    return To("unit", unit_id, unit.Note(Item(what, cause.aggregate), cause.at))


def ended(mappings: Iterable[org.UnitMapping]) -> dict[UUID, tuple[UUID, ...]]:
    """The units that a reorganisation ends, with what comes after each."""
    return {each: mapping.to_unit_ids for mapping in mappings for each in mapping.from_unit_ids if each not in mapping.to_unit_ids}


def count_touched(fact: org.ReorganisationScheduledV1, _cause: Cause) -> Iterable[To]:
    """A reorganisation is scheduled: what belongs to units that end is gathered."""
    touches = (Touch(fact.reorganisation_id, fact.effective_date, each, len(after) == 1) for each, after in ended(fact.mappings).items())
    yield To("impact", fact.reorganisation_id, impact.Ask(fact.effective_date, tuple(touches)))


def ask_unit(event: impact.UnitAsked, _cause: Cause) -> Iterable[To]:
    """A unit is asked what belongs to it."""
    yield To("unit", event.touch.unit_id, unit.TouchBy(event.touch))


def ask_items(event: unit.UnitTouched, _cause: Cause) -> Iterable[To]:
    """Each of that is asked whether it is open."""
    for item in event.items:
        yield To(item.what.value, item.id, TOUCHES[item.what](event.touch))


TOUCHES = {What.IDEA: idea.TouchBy, What.PILOT: pilot.TouchBy}


def add_idea(event: idea.IdeaTouched, cause: Cause) -> Iterable[To]:
    """An idea is open."""
    yield _add(event.touch, What.IDEA, cause)


def add_pilot(event: pilot.PilotTouched, cause: Cause) -> Iterable[To]:
    """A pilot is not over."""
    yield _add(event.touch, What.PILOT, cause)


def _add(touch: Touch, what: What, cause: Cause) -> To:
    assert cause.aggregate
    return To("impact", touch.reorganisation_id, impact.Add(touch, Item(what, cause.aggregate)))


def gather(event: impact.ImpactAsked | impact.RoundOver, cause: Cause) -> Iterable[To]:
    """Own events are followed in their order, so this comes behind the answers of its round."""
    assert cause.aggregate
    yield To("impact", cause.aggregate, impact.Gather(event.effective_date))


def follow_units(fact: org.ReorganisationTookEffectV1, cause: Cause) -> Iterable[To]:
    """Units are no more, and others came of them."""
    for each, after in ended(fact.mappings).items():
        yield To("unit", each, unit.End(after, cause.at))


def reown(event: unit.Ended, cause: Cause) -> Iterable[To]:
    """What belonged to the unit belongs to the one that came after it, or waits for somebody to say whose it is."""
    assert cause.aggregate
    for item in event.items:
        yield To(item.what.value, item.id, REOWNS[item.what](cause.aggregate, unit.after(event), event.at))


REOWNS = {What.IDEA: idea.Reown, What.PILOT: pilot.Reown}


# A pilot, and the idea that it tries out


def answer_gate(message: PilotGateAnsweredV1, cause: Cause) -> Iterable[To]:
    """A service says what a person with its role says as long as there is no such service."""
    answer = pilot.AnswerGate(message.kind, message.colour, message.reason_code, message.answer_ref, None, cause.account, cause.at, message.ai_class)
    yield To("pilot", message.pilot_id, answer)


STAGES: dict[type, PilotStage] = {
    pilot.Proposed: PilotStage.PROPOSED,
    pilot.Approved: PilotStage.APPROVED,
    pilot.PilotRejected: PilotStage.REJECTED,
    pilot.Started: PilotStage.STARTED,
    pilot.Extended: PilotStage.EXTENDED,
    pilot.EndReached: PilotStage.ENDED,
    pilot.Stopped: PilotStage.STOPPED,
    pilot.Scaled: PilotStage.SCALED,
}
"""What a step of a pilot is for its idea."""

Staged = pilot.Proposed | pilot.Approved | pilot.PilotRejected | pilot.Started | pilot.Extended | pilot.EndReached | pilot.Stopped | pilot.Scaled


def note_stage(event: Staged, cause: Cause) -> Iterable[To]:
    """Whoever follows the idea follows its pilots."""
    assert cause.aggregate
    stage = STAGES[type(event)]
    why = getattr(event, "why", None)
    code, text = (why.code, why.text) if why else (stage.value, "")
    yield To("idea", event.idea_id, idea.NotePilot(cause.aggregate, stage, code, text, event.at))
    if isinstance(event, pilot.Proposed):
        yield _of(event.unit_id, What.PILOT, cause)


# People from outside


def use_external(event: pilot.Invited, _cause: Cause) -> Iterable[To]:
    """Whoever is invited is screened, once for all pilots."""
    yield To("external", event.person_id, external.Use(event.person_id, event.pilot_id, event.needed_by, event.at))


def unuse_external(event: pilot.Uninvited, _cause: Cause) -> Iterable[To]:
    """The pilot does not need the person any more."""
    yield To("external", event.person_id, external.Unuse(event.pilot_id))


def tell_pilot(event: external.Used, _cause: Cause) -> Iterable[To]:
    """How the person stands now."""
    yield To("pilot", event.pilot_id, pilot.NoteGuest(event.person_id, event.standing, event.valid_until, event.at))


def tell_pilots(event: external.Answered, cause: Cause) -> Iterable[To]:
    """All pilots that the person is for."""
    assert cause.aggregate
    for pilot_id in event.uses:
        yield To("pilot", pilot_id, pilot.NoteGuest(cause.aggregate, event.standing, event.valid_until, event.at))


def take_decision(said: screening.ScreeningDecidedV1, cause: Cause) -> Iterable[To]:
    """Screening has decided on somebody whom we asked about."""
    if it := external.ours(said.requester_ref):
        standing = Standing.POSITIVE if said.outcome is Outcome.POSITIVE else Standing.NEGATIVE
        yield To("external", it[0], external.Answer(it[1], standing, said.case_id, said.valid_until, cause.at))


def close_unscreened(said: screening.ScreeningCancelledV1 | screening.ScreeningRequestRejectedV1, cause: Cause) -> Iterable[To]:
    """No decision will come; who is asked for again is screened again."""
    if it := external.ours(said.requester_ref):
        yield To("external", it[0], external.Answer(it[1], Standing.CLOSED, None, None, cause.at))


def lapse_advice(said: screening.SecurityAdviceExpiredV1, cause: Cause) -> Iterable[To]:
    """An advice counts no longer."""
    yield To("external", said.person_id, external.Lapse(said.case_id, Standing.LAPSED, cause.at))


def take_reassessment(said: screening.SecurityAdviceReassessedV1, cause: Cause) -> Iterable[To]:
    """A positive advice was looked at again, and is negative now."""
    if said.outcome is Outcome.NEGATIVE:
        yield To("external", said.person_id, external.Lapse(said.case_id, Standing.NEGATIVE, cause.at))


# Challenges, trends and events


def challenge_for(finding_id: UUID) -> UUID:
    """The challenge that a finding of audit is."""
    return named("finding", finding_id)


NOBODY = UUID(int=0)

TITLES = {
    Origin.AUDIT_FINDING: (("nl", "Vaststelling van de audit"), ("fr", "Constat de l'audit"), ("en", "Audit finding")),
}


def pose_finding(fact: audit.AuditFindingRaisedV1, cause: Cause) -> Iterable[To]:
    """What audit found is a challenge to answer; what it says stays with audit and the unit."""
    themes = tuple(str(each.value if hasattr(each, "value") else each) for each in fact.themes)
    posed = challenge.Pose(Origin.AUDIT_FINDING, fact.finding_id, TITLES[Origin.AUDIT_FINDING], themes, fact.unit_id, fact.severity.value, cause.at)
    yield To("challenge", challenge_for(fact.finding_id), posed)
    if fact.supersedes:
        yield To("challenge", challenge_for(fact.supersedes), challenge.Close(Why("superseded", "", NOBODY), cause.at))


def pose_trend(event: trend.PutOnRing, cause: Cause) -> Iterable[To]:
    """An opportunity that is taken closer than the edge of the radar asks for ideas."""
    assert cause.aggregate
    if event.impact is not Impact.THREAT and event.ring is not Ring.WATCH:
        posed = challenge.Pose(Origin.TREND, cause.aggregate, event.titles, event.themes, None, "", event.at)
        yield To("challenge", named("trend", cause.aggregate), posed)


def submit_outputs(event: gathering.FollowedUp, _cause: Cause) -> Iterable[To]:
    """What came of an event is an idea like any other, with its clocks."""
    for each in event.outputs:
        submit = idea.Submit(each.title, each.problem, each.themes, each.unit_id, each.proposer, event.at, each.challenge_id)
        yield To("idea", each.idea_id, submit)
