"""What each event of our own tells the others: codes and opaque ids, never a text, a proposer or a score."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from cg_contracts import innovation as said
from cg_contracts import org
from cg_contracts.base import Contract
from services.innovation.domain import idea, impact


def nothing(_id: UUID, _event: object, _state: object) -> Iterable[Contract]:
    """What is kept for ourselves alone is told to nobody."""
    return ()


def idea_tells(idea_id: UUID, event: idea.Event, state: idea.Idea) -> Iterable[Contract]:
    """The public messages of one event of an idea."""
    match event:
        case idea.Submitted():
            yield said.IdeaSubmittedV1(
                idea_id=idea_id,
                unit_id=event.unit_id,
                theme_codes=event.themes,
                challenge_id=event.challenge_id,
                triage_due_at=event.triage_due_at,
                answer_due_at=event.answer_due_at,
            )
        case idea.Triaged(themes):
            yield said.IdeaTriagedV1(idea_id=idea_id, theme_codes=themes)
        case idea.TriageOverdue(at):
            yield said.IdeaTriageDeadlineMissedV1(idea_id=idea_id, due_at=at)
        case idea.AnswerOverdue(at):
            yield said.IdeaAnswerDeadlineMissedV1(idea_id=idea_id, due_at=at)
        case idea.Qualified(why, at):
            yield said.IdeaQualifiedV1(idea_id=idea_id, reason_code=why.code, at=at)
        case idea.Parked(why, until, at):
            yield said.IdeaParkedV1(idea_id=idea_id, reason_code=why.code, until=until, at=at)
        case idea.Rejected(why, at):
            yield said.IdeaRejectedV1(idea_id=idea_id, reason_code=why.code, at=at)
        case idea.Resumed(_, at):
            yield said.IdeaResumedV1(idea_id=idea_id, at=at)
        case idea.Validated(why, at):
            yield said.IdeaValidatedV1(idea_id=idea_id, reason_code=why.code, at=at)
        case idea.Merged(into, _, why, at):
            yield said.IdeaMergedV1(idea_id=idea_id, into_idea_id=into, reason_code=why.code, at=at)
        case idea.Separated(taken_from, why, at):
            yield said.IdeaSeparatedV1(idea_id=idea_id, from_idea_id=taken_from, reason_code=why.code, at=at)
        case idea.Stalled(nth, since):
            yield said.IdeaStalledV1(idea_id=idea_id, unit_id=state.unit_id, nth=nth, since_at=since)
        case idea.Offered(unit_id, _, due_at):
            yield said.IdeaAdoptionOfferedV1(idea_id=idea_id, unit_id=unit_id, due_at=due_at)
        case idea.OfferOverdue(at):
            yield said.IdeaAdoptionDeadlineMissedV1(idea_id=idea_id, unit_id=state.offered_to, due_at=at)
        case idea.Declined(unit_id, why, at):
            yield said.IdeaAdoptionDeclinedV1(idea_id=idea_id, unit_id=unit_id, reason_code=why.code, at=at)
        case idea.Adopted(unit_id, at=at):
            yield said.IdeaAdoptedV1(idea_id=idea_id, unit_id=unit_id, at=at)
        case idea.ReviewOpened(months, due_at):
            yield said.BenefitReviewDueV1(idea_id=idea_id, unit_id=state.adopted_by, months=months, due_at=due_at)
        case idea.ReviewOverdue(months, at):
            yield said.BenefitReviewDeadlineMissedV1(idea_id=idea_id, unit_id=state.adopted_by, months=months, due_at=at)
        case idea.BenefitReviewed(months, outcome, at=at):
            yield said.BenefitReviewedV1(idea_id=idea_id, unit_id=state.adopted_by, months=months, outcome=outcome, at=at)
        case _:
            pass


def impact_tells(reorganisation_id: UUID, _event: impact.Event, state: impact.Impact) -> Iterable[Contract]:
    """What a reorganisation touches here, in one message; once more when something was found late."""
    if state.status is impact.Status.REPORTED:
        yield org.ReorganisationImpactReportedV1(
            reorganisation_id=reorganisation_id,
            open_items=len(state.items),
            unmapped_total=len(state.unplaced),
            unmapped_ids=tuple(item.id for item in state.unplaced[:100]),
        )
