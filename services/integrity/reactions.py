"""Messages in, and own events that concern another aggregate, as commands."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from cg_contracts import audit, integrity, org
from cg_contracts.base import Contract
from cg_kit.pure import Cause, To, named
from cg_kit.pure.terms import day_of, start_of
from services.integrity.domain import bulletin, desk, identity, post, protection, report, survey, tip, training, unit


def report_for(account: str, request_id: UUID) -> UUID:
    """The report that an account's request opens."""
    return named("report", account, request_id)


# Asked of us


def take_referred(request: integrity.IntegrityMatterReferredV1, cause: Cause) -> Iterable[To]:
    """What another service met becomes a report like any other; that it is here is told with the next bulletin."""
    at = start_of(day_of(cause.at))
    taken = report.TakeReferred(
        request.request_id, request.requester_ref, report.Category(request.category), request.unit_id, request.facts_on, cause.vault, at
    )
    yield To("report", report_for(cause.account, request.request_id), taken)
    yield told_on(integrity.IntegrityMatterTakenV1(request_id=request.request_id, requester_ref=request.requester_ref), cause.at)


def told_on(message: Contract, at: datetime) -> To:
    """A message for the bulletin after this day."""
    item = bulletin.Item(message.about.type, message.model_dump_json(exclude_none=True))
    return To("bulletin", bulletin.DAILY, bulletin.Queue(item, day_of(at)))


# A handler, and another one


def look_for_handler(event: report.HandlerWanted, cause: Cause) -> Iterable[To]:
    """The desk looks for somebody who is there and may."""
    assert cause.aggregate
    yield To("desk", desk.DESK, desk.Find(cause.aggregate, event.but))


def give_to(event: desk.Found, _cause: Cause) -> Iterable[To]:
    """The report learns whom the desk has found."""
    yield To("report", event.report_id, report.GiveTo(event.handler))


def note_given(event: report.Given, cause: Cause) -> Iterable[To]:
    """The desk keeps who has what."""
    assert cause.aggregate
    yield To("desk", desk.DESK, desk.NoteHolding(cause.aggregate, event.handler))


def note_free(_event: report.Recused | report.Dropped, cause: Cause) -> Iterable[To]:
    """Nobody has it for the moment."""
    assert cause.aggregate
    yield To("desk", desk.DESK, desk.NoteHolding(cause.aggregate, None))


def cover(event: desk.WentAway | desk.Left, _cause: Cause) -> Iterable[To]:
    """Whose handler is away gets another one: a report is never with one absent person."""
    for report_id in event.reports:
        yield To("report", report_id, report.Cover(event.person_id))


def tell_reporter(event: identity.Asked, cause: Cause) -> Iterable[To]:
    """The reporter hears that somebody asks who they are, before anybody knows."""
    assert cause.aggregate
    yield To("report", cause.aggregate, report.Show(f"identity_asked_{event.asking.ground.value}", event.asking.asked_at))


# Protection


def show_protection(event: protection.Granted | protection.RetaliationAlleged | protection.Resolved, cause: Cause) -> Iterable[To]:
    """The reporter finds in the conversation how it is with their protection."""
    assert cause.aggregate
    match event:
        case protection.Granted():
            code = "protected"
        case protection.RetaliationAlleged():
            code = "reprisal_alleged"
        case protection.Resolved(finding):
            code = f"reprisal_{finding.value}"
    yield To("report", cause.aggregate, report.Show(code, event.at))


# Counts


def count_received(event: report.Received, _cause: Cause) -> Iterable[To]:
    """One more."""
    yield counted("received", event.at)


def count_acknowledged(event: report.Acknowledged, _cause: Cause) -> Iterable[To]:
    """One more."""
    yield counted("acknowledged", event.at)


def count_acknowledgement_missed(event: report.AcknowledgementMissed, _cause: Cause) -> Iterable[To]:
    """One more."""
    yield counted("acknowledgements_missed", event.at)


def count_feedback(event: report.FeedbackGiven, _cause: Cause) -> Iterable[To]:
    """One more."""
    yield counted("feedback_given", event.at)


def count_feedback_missed(event: report.FeedbackMissed, _cause: Cause) -> Iterable[To]:
    """One more."""
    yield counted("feedback_missed", event.at)


def count_redirected(event: report.Redirected, _cause: Cause) -> Iterable[To]:
    """One more."""
    yield counted("redirected", event.at)


def count_concluded(event: report.Concluded, cause: Cause) -> Iterable[To]:
    """One less is open; how it ended waits for the quarter, without which one it was."""
    yield counted("concluded", event.at)
    ending = bulletin.Ending(event.category.value, event.outcome.value, event.path)
    yield To("bulletin", bulletin.DAILY, bulletin.CountEnding(ending, day_of(event.at)))
    assert cause.aggregate
    yield To("desk", desk.DESK, desk.NoteHolding(cause.aggregate, None))
    yield To("protection", cause.aggregate, protection.CountDown(event.at))


def counted(what: str, at: datetime) -> To:
    """One more of something, on a day."""
    return To("bulletin", bulletin.DAILY, bulletin.Count(what, day_of(at)))


# What the service offers


def propose_training(fact: audit.AuditFindingRaisedV1, cause: Cause) -> Iterable[To]:
    """Audit has found something about integrity in a unit: it is offered a training, once for a finding and what replaces it."""
    if audit.Theme.INTEGRITY in fact.themes:
        training_id = named("training", "audit", fact.supersedes or fact.finding_id)
        yield To("training", training_id, training.Propose("integrity_at_work", (fact.unit_id,), fact.finding_id, start_of(day_of(cause.at))))


def tell_proposed(event: training.TrainingProposed, cause: Cause) -> Iterable[To]:
    """With the next bulletin."""
    assert cause.aggregate
    yield told_on(
        integrity.IntegrityTrainingProposedV1(training_id=cause.aggregate, topic_code=event.topic_code, unit_ids=event.unit_ids, finding_id=event.finding_id),
        event.at,
    )


def tell_scheduled(event: training.TrainingScheduled, cause: Cause) -> Iterable[To]:
    """With the next bulletin."""
    assert cause.aggregate
    yield told_on(
        integrity.IntegrityTrainingScheduledV1(
            training_id=cause.aggregate, topic_code=event.topic_code, unit_ids=event.unit_ids, planned_on=event.planned_on, capacity=event.capacity
        ),
        event.at,
    )


def tell_completed(event: training.TrainingCompleted, cause: Cause) -> Iterable[To]:
    """With the next bulletin."""
    assert cause.aggregate
    yield told_on(
        integrity.IntegrityTrainingCompletedV1(training_id=cause.aggregate, topic_code=event.topic_code, unit_ids=event.unit_ids, attended=event.attended),
        event.at,
    )


def tell_published(event: tip.TipPublished, cause: Cause) -> Iterable[To]:
    """With the next bulletin."""
    assert cause.aggregate
    text = integrity.TipText(nl=event.text.nl, fr=event.text.fr, en=event.text.en)
    if event.until is None:
        yield told_on(integrity.IntegrityTipPublishedV1(tip_id=cause.aggregate, audience=event.audience, text=text), event.at)
    else:
        yield told_on(integrity.IntegrityCampaignStartedV1(campaign_id=cause.aggregate, audience=event.audience, text=text, until=event.until), event.at)


def tell_survey(event: survey.SurveyPublished, cause: Cause) -> Iterable[To]:
    """With the next bulletin: what may be shown, and nothing else."""
    assert cause.aggregate
    scores = tuple(integrity.SurveyScore(question_code=each.question, unit_id=each.group, mean_tenths=round(each.mean * 10)) for each in event.table.scores)
    yield told_on(
        integrity.IntegritySurveyPublishedV1(survey_id=cause.aggregate, topic_code=event.topic_code, respondents_at_least=event.table.at_least, scores=scores),
        event.at,
    )


def tell_withheld(event: survey.SurveyWithheld, cause: Cause) -> Iterable[To]:
    """With the next bulletin."""
    assert cause.aggregate
    yield told_on(integrity.IntegritySurveyResultWithheldV1(survey_id=cause.aggregate, topic_code=event.topic_code), event.at)


# What org tells


def know_unit(fact: org.OrgUnitEstablishedV1 | org.OrgUnitChangedV1 | org.OrgUnitCorrectedV1, _cause: Cause) -> Iterable[To]:
    """How a unit is from a day on."""
    labels = fact.labels
    yield To("unit", fact.unit_id, unit.Know(unit.Version(fact.effective_from, fact.parent_id, fact.slug, labels.nl, labels.fr, labels.en)))


def end_unit(fact: org.OrgUnitAbolishedV1, _cause: Cause) -> Iterable[To]:
    """A unit is no more from a day on."""
    yield To("unit", fact.unit_id, unit.End(fact.effective_from))


def put_post(fact: org.PostOpenedV1, _cause: Cause) -> Iterable[To]:
    """A post is in a unit."""
    yield To("post", fact.post_id, post.Put(post.Place(fact.effective_from, fact.unit_id, fact.is_head)))


def move_post(fact: org.PostMovedV1, _cause: Cause) -> Iterable[To]:
    """A post is in another unit from a day on."""
    yield To("post", fact.post_id, post.Put(post.Place(fact.effective_from, fact.to_unit_id, fact.is_head)))


def abolish_post(fact: org.PostAbolishedV1, _cause: Cause) -> Iterable[To]:
    """A post is no more from a day on."""
    yield To("post", fact.post_id, post.Abolish(fact.effective_from))


def hold_post(fact: org.AssignmentStartedV1, _cause: Cause) -> Iterable[To]:
    """Somebody holds a post."""
    yield To("post", fact.post_id, post.Hold(post.Stay(fact.assignment_id, fact.person_id, day_of(fact.started_at))))


def stand_in(fact: org.InterimDesignatedV1, _cause: Cause) -> Iterable[To]:
    """Somebody stands in."""
    yield To("post", fact.post_id, post.Hold(post.Stay(fact.assignment_id, fact.person_id, fact.effective_from, fact.effective_to, True)))


def end_stay(fact: org.AssignmentEndedV1, _cause: Cause) -> Iterable[To]:
    """Somebody no longer holds a post: an end in the middle of a day still leaves them the day."""
    ended = day_of(fact.ended_at)
    until = ended if fact.ended_at == start_of(ended) else ended + timedelta(days=1)
    yield To("post", fact.post_id, post.EndStay(fact.assignment_id, until))


def correct_stay(fact: org.AssignmentCorrectedV1, _cause: Cause) -> Iterable[To]:
    """When somebody held a post was otherwise than was said."""
    yield To("post", fact.post_id, post.Hold(post.Stay(fact.assignment_id, fact.person_id, fact.effective_from, fact.effective_to)))


def note_suspended(fact: org.AssignmentSuspendedV1, _cause: Cause) -> Iterable[To]:
    """Somebody may no longer act in a post."""
    yield To("post", fact.post_id, post.NoteAct(post.Act(fact.person_id, "suspended", day_of(fact.suspended_at))))


def note_evaluated(fact: org.MandateEvaluatedV1, _cause: Cause) -> Iterable[To]:
    """Somebody was evaluated as not satisfactory."""
    if fact.outcome is org.EvaluationOutcome.INSUFFICIENT:
        yield To("post", fact.post_id, post.NoteAct(post.Act(fact.person_id, "evaluated_insufficient", day_of(fact.evaluated_at))))


def note_absence(fact: org.HolderAbsenceStartedV1, _cause: Cause) -> Iterable[To]:
    """Somebody is away, perhaps of the desk."""
    yield To("desk", desk.DESK, desk.NoteAbsence(fact.person_id, fact.assignment_id))


def note_return(fact: org.HolderReturnedV1 | org.AssignmentEndedV1, _cause: Cause) -> Iterable[To]:
    """Somebody is back, perhaps of the desk."""
    yield To("desk", desk.DESK, desk.NoteReturn(fact.person_id, fact.assignment_id))
