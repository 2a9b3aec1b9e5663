"""What each event of our own tells the others: codes and opaque ids, never a text, a proposer or a score."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from cg_contracts import innovation as said
from cg_contracts import org, screening
from cg_contracts.base import Contract
from services.innovation.domain import challenge, external, gathering, idea, impact, partner, pilot, trend
from services.innovation.domain.external import Standing


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


def pilot_tells(pilot_id: UUID, event: pilot.Event, state: pilot.Pilot) -> Iterable[Contract]:
    """The public messages of one event of a pilot."""
    assert state.idea_id
    match event:
        case pilot.Proposed(nature=nature, unit_id=unit_id):
            yield said.PilotProposedV1(
                pilot_id=pilot_id,
                idea_id=state.idea_id,
                unit_id=unit_id,
                gates=pilot.required(state),
                uses_ai=nature.uses_ai,
                ai_class=nature.ai_class,
            )
        case pilot.Endorsed(gates):
            for each in gates:
                yield said.PilotGateRequestedV1(
                    pilot_id=pilot_id, gate_id=each.gate_id, gate=each.gate, asked_of=pilot.KEEPERS[each.gate].service, due_at=each.due_at
                )
        case pilot.GateAnswered(gate, gate_id, colour, code, at=at):
            yield said.PilotGateClosedV1(pilot_id=pilot_id, gate_id=gate_id, gate=gate, colour=colour, reason_code=code, at=at)
        case pilot.GateOverdue(gate, gate_id, at):
            yield said.PilotGateDeadlineMissedV1(pilot_id=pilot_id, gate_id=gate_id, gate=gate, asked_of=pilot.KEEPERS[gate].service, due_at=at)
        case pilot.GatesReleased(gates, code, at):
            for each in state.gates:
                if each.gate in gates:
                    yield said.PilotGateReleasedV1(pilot_id=pilot_id, gate_id=each.gate_id, gate=each.gate, reason_code=code, at=at)
        case pilot.Cleared(at):
            yield said.PilotClearedV1(pilot_id=pilot_id, at=at)
        case pilot.Approved(_, why, at):
            yield said.PilotApprovedV1(pilot_id=pilot_id, reason_code=why.code, at=at)
        case pilot.PilotRejected(_, why, at):
            yield said.PilotRejectedV1(pilot_id=pilot_id, reason_code=why.code, at=at)
        case pilot.Started(_, ends_on, _, at):
            yield said.PilotStartedV1(pilot_id=pilot_id, idea_id=state.idea_id, unit_id=state.unit_id, ends_on=ends_on, at=at)
        case pilot.Extended(_, until, why, at):
            yield said.PilotExtendedV1(pilot_id=pilot_id, ends_on=until, reason_code=why.code, at=at)
        case pilot.EndReached(_, at):
            yield said.PilotEndedV1(pilot_id=pilot_id, at=at)
        case pilot.Stopped(_, why, data_due_at, at):
            yield said.PilotStoppedV1(pilot_id=pilot_id, idea_id=state.idea_id, reason_code=why.code, data_due_at=data_due_at, at=at)
        case pilot.Scaled(_, why, at):
            yield said.PilotScaledV1(pilot_id=pilot_id, idea_id=state.idea_id, reason_code=why.code, at=at)
        case pilot.Disposed(disposal, proof_ref, _, at):
            yield said.PilotDataDisposedV1(pilot_id=pilot_id, disposal=disposal, proof_ref=proof_ref, at=at)
        case pilot.DataOverdue(at):
            yield said.PilotDataDeadlineMissedV1(pilot_id=pilot_id, due_at=at)
        case pilot.GuestNoted(person_id, standing, at=at) if standing not in (Standing.POSITIVE, Standing.ASKED):
            yield said.PilotExternalBarredV1(pilot_id=pilot_id, person_id=person_id, at=at)
        case pilot.PilotStalled(nth, since):
            yield said.PilotStalledV1(pilot_id=pilot_id, unit_id=state.unit_id, nth=nth, since_at=since)
        case _:
            pass


def external_tells(person_id: UUID, event: external.Event, _state: external.External) -> Iterable[Contract]:
    """Screening is asked about who comes from outside (INN-3)."""
    if isinstance(event, external.ScreeningAsked):
        yield screening.ScreeningRequestedV1(
            request_id=external.request_for(person_id, event.nth),
            requester_ref=external.reference(person_id, event.nth),
            kind=screening.ScreeningKind.ADVICE,
            purpose="innovation_pilot",
            person_id=person_id,
            needed_by=event.needed_by,
        )


def partner_tells(partner_id: UUID, event: partner.Event, state: partner.Partner) -> Iterable[Contract]:
    """The public messages of one event of a partner; never its name."""
    assert state.kind
    match event:
        case partner.Engaged(_, at):
            yield said.PartnerEngagedV1(organisation_id=partner_id, kind=state.kind, at=at)
        case partner.Signed(agreement_ref, until):
            yield said.PartnerAgreementSignedV1(organisation_id=partner_id, agreement_ref=agreement_ref, until=until)
        case partner.PartnerOver(why, at):
            yield said.PartnerEndedV1(organisation_id=partner_id, reason_code=why.code, at=at)
        case _:
            pass


def trend_tells(trend_id: UUID, event: trend.Event, state: trend.Trend) -> Iterable[Contract]:
    """The public messages of one event of a trend."""
    match event:
        case trend.PutOnRing(ring, impact_, _, themes, why, at):
            assert state.steeple
            assert state.horizon
            yield said.TrendMovedV1(
                trend_id=trend_id,
                ring=ring,
                impact=impact_,
                steeple=state.steeple,
                horizon=state.horizon,
                theme_codes=themes,
                reason_code=why.code,
                at=at,
            )
        case trend.Signalled(services, due_at):
            yield said.TrendSignalledV1(trend_id=trend_id, services=services, due_at=due_at)
        case trend.Acknowledged(service, _, at):
            yield said.TrendSignalAcknowledgedV1(trend_id=trend_id, service=service, at=at)
        case trend.SignalOverdue(service, at):
            yield said.TrendSignalDeadlineMissedV1(trend_id=trend_id, service=service, due_at=at)
        case trend.ReviewDue(at):
            yield said.TrendReviewDueV1(trend_id=trend_id, due_at=at)
        case trend.Retired(why, at):
            yield said.TrendRetiredV1(trend_id=trend_id, reason_code=why.code, at=at)
        case _:
            pass


def challenge_tells(challenge_id: UUID, event: challenge.Event, _state: challenge.Challenge) -> Iterable[Contract]:
    """The public messages of one event of a challenge; never whose finding it was, nor how severe."""
    match event:
        case challenge.Posed(origin, _, _, themes, _, _, at):
            yield said.ChallengeOpenedV1(challenge_id=challenge_id, origin=origin, theme_codes=themes, at=at)
        case challenge.IdeaNoted(idea_id, at):
            yield said.ChallengeAnsweredV1(challenge_id=challenge_id, idea_id=idea_id, at=at)
        case challenge.Closed(why, at):
            yield said.ChallengeClosedV1(challenge_id=challenge_id, reason_code=why.code, at=at)


def gathering_tells(event_id: UUID, event: gathering.Event, state: gathering.Gathering) -> Iterable[Contract]:
    """The public messages of one event of an event; nobody who took part."""
    it = state.occasion
    assert it
    match event:
        case gathering.Announced():
            title = org.Labels(**dict(it.titles))
            times = {"registration_until_at": it.registration_until, "starts_at": it.starts_at, "ends_at": it.ends_at}
            if it.kind is said.EventKind.HACKATHON:
                yield said.HackathonAnnouncedV1(event_id=event_id, title=title, theme_codes=it.themes, **times)
            else:
                yield said.InnovationEventAnnouncedV1(event_id=event_id, kind=it.kind, title=title, theme_codes=it.themes, **times)
        case gathering.Ranked(ranking, _, at):
            yield said.HackathonAwardedV1(event_id=event_id, team_ids=ranking, at=at)
        case gathering.FollowedUp(outputs, _, at):
            yield said.InnovationEventFollowedUpV1(event_id=event_id, idea_ids=tuple(each.idea_id for each in outputs), at=at)
        case gathering.FollowUpOverdue(at):
            yield said.InnovationEventFollowUpMissedV1(event_id=event_id, due_at=at)
        case gathering.Cancelled(why, at):
            yield said.InnovationEventCancelledV1(event_id=event_id, reason_code=why.code, at=at)
        case _:
            pass
