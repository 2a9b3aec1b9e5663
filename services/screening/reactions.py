"""Messages in, and own events that concern another aggregate, as commands."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from cg_contracts import org, screening
from cg_kit.pure import Cause, To, named
from cg_kit.pure.terms import day_of
from services.screening.domain import aftercare, appeal, application, case, clearance, draft, gathering, impact, officer, person, post, unit
from services.screening.domain.impact import Touch


def case_for(account: str, request_id: UUID) -> UUID:
    """The case that an account's request opens."""
    return named(account, request_id)


def application_for(case_id: UUID) -> UUID:
    """The application that a case brings to the security authority."""
    return named("application", case_id)


def clearance_for(application_id: UUID, nth: int = 1) -> UUID:
    """The clearance that an application may lead to; after an appeal, the next one."""
    return named("clearance", application_id) if nth == 1 else named("clearance", application_id, nth)


def clearance_of(application_id: UUID, state: application.Application) -> UUID | None:
    """The clearance that came of an application last, if one did."""
    granted = state.decision is not None and state.decision.outcome in {screening.NvoOutcome.GRANTED, screening.NvoOutcome.GRANTED_LIMITED}
    nth = len(application.granted_before(state)) + granted
    return clearance_for(application_id, nth) if nth else None


def appeal_for(account: str, request_id: UUID) -> UUID:
    """The appeal that an account's request files."""
    return named(account, request_id)


OVER_CASES = frozenset({screening.ScreeningKind.NUCLEAR, screening.ScreeningKind.CLEARANCE})
"""What depends on what the person had before, and so is asked of the person first."""


def occasion_of(said: screening.Occasion | None) -> case.Occasion | None:
    """The place and period in words of our own."""
    return None if said is None else case.Occasion(said.place, said.starts_at, said.ends_at, said.event_id)


def open_case(request: screening.ScreeningRequestedV1, cause: Cause) -> Iterable[To]:
    """Whoever is to be screened gets a case, under the law of the day on which we first had the request."""
    case_id = case_for(cause.account, request.request_id)
    asked = case.Request(
        request.request_id,
        request.requester_ref,
        cause.account,
        request.kind,
        request.purpose,
        request.person_id,
        request.required_level,
        request.needed_by,
        cause.vault,
        cause.at,
        request.scopes,
        occasion_of(request.occasion),
        request.exception_code,
    )
    if request.kind in OVER_CASES:
        yield To("person", request.person_id, person.Ask(case_id, application_for(case_id), asked), matter=case_id)
    else:
        yield To("case", case_id, asked)


def open_needed(event: person.CaseNeeded, _cause: Cause) -> Iterable[To]:
    """What the person has does not answer the request: a case does."""
    yield To("case", event.case_id, event.request)


def import_decision(message: screening.NvoDecisionReceivedV1, cause: Cause) -> Iterable[To]:
    """The security authority has decided on an application, or on a clearance that it granted."""
    decision = application.Imported(message.decision_ref, message.outcome, message.level, message.decided_at, message.expires_at, message.scopes)
    if message.application_id:
        yield To("application", message.application_id, application.ImportDecision(decision, cause.at))
    if message.clearance_id:
        yield To("clearance", message.clearance_id, clearance.ImportDecision(decision, cause.at))


def import_extension(message: screening.NvoExtensionReceivedV1, cause: Cause) -> Iterable[To]:
    """The security authority takes more time for an application."""
    extension = application.Extension(message.decision_ref, message.reason_code, message.more, message.decided_at)
    yield To("application", message.application_id, application.Extend(extension, cause.at))


def open_appeal_window(message: screening.DecisionNotifiedV1, cause: Cause) -> Iterable[To]:
    """Whoever told the person says when, and the term for appeal runs from that day."""
    if message.case_id:
        yield To("case", message.case_id, case.Notify(cause.account, message.notified_at, message.means, cause.at))
    if message.application_id:
        yield To("application", message.application_id, application.Notify(cause.account, message.notified_at, message.means, cause.at))


def end_need_to_know(fact: org.AssignmentEndedV1 | org.AssignmentRejectedV1, cause: Cause) -> Iterable[To]:
    """What was opened, granted or reused for an assignment that has ended, or never began, is no longer needed. Org names its request after it."""
    at = fact.ended_at if isinstance(fact, org.AssignmentEndedV1) else cause.at
    case_id = case_for("org", named("screening-request", fact.assignment_id))
    use = application_for(case_id)
    yield To("case", case_id, case.EndNeed(at))
    yield To("application", use, application.EndNeed(at))
    yield To("clearance", clearance_for(use), clearance.EndNeed(at))
    yield To("person", fact.person_id, person.EndUse(use, at))
    yield To("post", fact.post_id, post.Leave(fact.assignment_id))


# A line of a file


def ask_for_line(event: draft.Completed, _cause: Cause) -> Iterable[To]:
    """A complete line is asked for in our own name: of the event, of the person (who may hold what is asked), or by a case at once."""
    request = event.request
    if event.event_id:
        invited = gathering.Invited(request.person_id, request.person_data, request.signed)
        yield To("gathering", event.event_id, gathering.Invite((invited,), event.at))
    elif request.kind in OVER_CASES:
        yield To("person", request.person_id, person.Ask(event.case_id, application_for(event.case_id), request), matter=event.case_id)
    else:
        yield To("case", event.case_id, request)


# An event


def case_of_event(event_id: UUID, person_id: UUID) -> UUID:
    """The case of one person for one event."""
    return named("event", event_id, person_id)


def open_for_event(event: gathering.PersonsInvited, cause: Cause) -> Iterable[To]:
    """Every person gets a case, which the event's officers handle."""
    assert cause.aggregate
    for each in event.invited:
        case_id = case_of_event(cause.aggregate, each.person_id)
        asked = case.Request(
            case_id,
            f"event:{cause.aggregate}",
            case.SELF,
            event.kind,
            event.purpose,
            each.person_id,
            None,
            day_of(event.occasion.starts_at),
            each.person_data,
            event.at,
            occasion=event.occasion,
            signed=each.signed,
        )
        yield To("case", case_id, asked)
        if event.officers:
            yield To("case", case_id, case.Designate(event.officers, event.by, event.at))


def designate_for_event(event: gathering.TeamDesignated, cause: Cause) -> Iterable[To]:
    """The officers of the event handle the cases that are open already."""
    assert cause.aggregate
    for person_id in event.persons:
        yield To("case", case_of_event(cause.aggregate, person_id), case.Designate(event.officers, event.by, event.at))


def cancel_for_event(event: gathering.EventCalledOff, cause: Cause) -> Iterable[To]:
    """What is undecided will not be decided."""
    assert cause.aggregate
    for person_id in event.persons:
        yield To("case", case_of_event(cause.aggregate, person_id), case.CallOff(event.at))


# A reorganisation in org


def count_touched(fact: org.ReorganisationScheduledV1, _cause: Cause) -> Iterable[To]:
    """A reorganisation is scheduled: what hangs on its posts is gathered."""
    posts = [
        impact.Post(
            Touch(fact.reorganisation_id, fact.effective_date, each.post_id, each.to_unit_id is not None),
            tuple(impact.Holder(holder.assignment_id, holder.person_id) for holder in each.holders),
        )
        for each in fact.posts
    ]
    yield To("impact", fact.reorganisation_id, impact.Ask(fact.effective_date, tuple(posts)))


def ask_touched(event: impact.PostAsked, _cause: Cause) -> Iterable[To]:
    """All that may hang on a post is asked whether it is open. Org names its request after the assignment."""
    touch = event.post.touch
    for holder in event.post.holders:
        case_id = case_for("org", named("screening-request", holder.assignment_id))
        use = application_for(case_id)
        yield To("case", case_id, case.TouchBy(touch))
        yield To("application", use, application.TouchBy(touch))
        yield To("clearance", clearance_for(use), clearance.TouchBy(touch))
        yield To("person", holder.person_id, person.TouchUse(use, touch))


def ask_reused(event: person.UseTouched, _cause: Cause) -> Iterable[To]:
    """Clearances that were reused are asked in turn."""
    for clearance_id in event.clearances:
        yield To("clearance", clearance_id, clearance.TouchBy(event.touch))


def add_case(event: case.CaseTouched, cause: Cause) -> Iterable[To]:
    """An open case hangs on a post."""
    yield from _add(impact.What.CASE, event.touch, cause)


def add_application(event: application.ApplicationTouched, cause: Cause) -> Iterable[To]:
    """An application that the authority has not decided on hangs on a post."""
    yield from _add(impact.What.APPLICATION, event.touch, cause)


def add_clearance(event: clearance.ClearanceTouched, cause: Cause) -> Iterable[To]:
    """A clearance that lives hangs on a post."""
    yield from _add(impact.What.CLEARANCE, event.touch, cause)


def _add(what: impact.What, touch: Touch, cause: Cause) -> Iterable[To]:
    assert cause.aggregate
    item = impact.Item(what, cause.aggregate, touch.post_id, touch.placed)
    yield To("impact", touch.reorganisation_id, impact.Add(touch.effective_date, item))


def gather(event: impact.ImpactAsked | impact.RoundOver, cause: Cause) -> Iterable[To]:
    """Own events are followed in their order, so this comes behind the answers of its round."""
    assert cause.aggregate
    yield To("impact", cause.aggregate, impact.Gather(event.effective_date))


# What a person has


def note_nuclear(event: case.NuclearAnswered, cause: Cause) -> Iterable[To]:
    """The person was verified for nuclear control, and is not again too soon (SCR-10)."""
    assert cause.aggregate
    yield To("person", event.person_id, person.NoteAnswer(cause.aggregate, event.at), matter=cause.aggregate)


def forget_nuclear(event: case.NuclearAbandoned, cause: Cause) -> Iterable[To]:
    """What was never answered stands in nobody's way."""
    assert cause.aggregate
    yield To("person", event.person_id, person.NoteAbandoned(cause.aggregate), matter=cause.aggregate)


def note_clearance(event: clearance.Granted, cause: Cause) -> Iterable[To]:
    """The person has a clearance; the one that it renews hands over what it is needed for."""
    assert cause.aggregate
    held = person.Held(cause.aggregate, event.level, event.scopes, event.expires_at, event.renewal)
    yield To("person", event.person_id, person.NoteClearance(held), matter=cause.aggregate)
    if event.renews:
        yield To("clearance", event.renews, clearance.Replace(cause.aggregate, event.decision.decided_at))


def reuse(event: person.ClearanceFound, _cause: Cause) -> Iterable[To]:
    """The person holds what is asked: no new enquiry."""
    yield To("clearance", event.clearance_id, clearance.Reuse(event.case_id, event.use, event.request))


def note_use(event: clearance.Reused, cause: Cause) -> Iterable[To]:
    """The person knows what rests on which clearance."""
    assert cause.aggregate
    yield To("person", event.person_id, person.NoteUse(event.use, cause.aggregate), matter=cause.aggregate)


def look_further(event: clearance.ReuseFailed, cause: Cause) -> Iterable[To]:
    """Another clearance may answer, or a case is opened after all."""
    assert cause.aggregate
    yield To("person", event.person_id, person.LoseClearance(cause.aggregate, event.case_id, event.use, event.request), matter=event.case_id)


def end_use(event: person.UseEnded, _cause: Cause) -> Iterable[To]:
    """The clearances that were reused for what has ended are needed once less."""
    for clearance_id in event.clearances:
        yield To("clearance", clearance_id, clearance.EndNeed(event.at, event.use))


# Security officers and the posts of their units


def lapse_officer(event: clearance.Expired | clearance.Withdrawn | clearance.Relinquished, cause: Cause) -> Iterable[To]:
    """Who loses a clearance is no security officer on it any more."""
    if event.person_id and cause.aggregate:
        yield To("officer", event.person_id, officer.LoseClearance(cause.aggregate, cause.at))


def keep_officer(event: clearance.Renewed, cause: Cause) -> Iterable[To]:
    """Who renews a clearance stays."""
    if event.person_id and cause.aggregate:
        yield To("officer", event.person_id, officer.ReplaceClearance(cause.aggregate, event.by))


def note_post(fact: org.PostOpenedV1, _cause: Cause) -> Iterable[To]:
    """Org has opened a post."""
    yield To("post", fact.post_id, post.Open(fact.unit_id, fact.role, fact.sensitivity, fact.required_level))


def move_post(fact: org.PostMovedV1, _cause: Cause) -> Iterable[To]:
    """A post is in another unit."""
    yield To("post", fact.post_id, post.Move(fact.to_unit_id))


def drop_post(fact: org.PostAbolishedV1, _cause: Cause) -> Iterable[To]:
    """A post is no more."""
    yield To("post", fact.post_id, post.Abolish())


def note_holder(fact: org.AssignmentConfirmedV1 | org.AssignmentStartedV1 | org.AssignmentSuspendedV1, cause: Cause) -> Iterable[To]:
    """Somebody holds a post, in this standing."""
    match fact:
        case org.AssignmentStartedV1():
            standing, since = post.Standing.ACTIVE, fact.started_at
        case org.AssignmentSuspendedV1():
            standing, since = post.Standing.SUSPENDED, fact.suspended_at
        case _:
            standing, since = post.Standing.CONFIRMED, cause.at
    yield To("post", fact.post_id, post.Hold(post.Holder(fact.assignment_id, fact.person_id, standing, since)))


def follow_units(fact: org.ReorganisationTookEffectV1, _cause: Cause) -> Iterable[To]:
    """Who was the security officer of a unit that is no more is that of what came of it."""
    for mapping in fact.mappings:
        for unit_id in set(mapping.from_unit_ids) - set(mapping.to_unit_ids):
            yield To("unit", unit_id, unit.Succeed(mapping.to_unit_ids))


# A clearance that is renewed


def apply_again(event: clearance.RenewalAsked, cause: Cause) -> Iterable[To]:
    """The chief asked for a new clearance: a case for it, in our own name."""
    assert cause.aggregate
    asked = case.Request(
        event.case_id,
        f"clearance:{cause.aggregate}/renewal",
        case.SELF,
        screening.ScreeningKind.CLEARANCE,
        "renewal",
        event.person_id,
        event.level,
        event.needed_by,
        None,
        event.at,
        event.scopes,
        renews=cause.aggregate,
    )
    yield To("case", event.case_id, asked)


def carry_uses(event: clearance.Replacing, _cause: Cause) -> Iterable[To]:
    """What the old clearance is needed for rests on the new one."""
    yield To("clearance", event.by, clearance.Carry(event.uses, event.at))


def retire_renewed(event: clearance.Briefed, cause: Cause) -> Iterable[To]:
    """The new clearance is of use: the old one is not any more."""
    if event.replaces and cause.aggregate:
        yield To("clearance", event.replaces, clearance.Retire(cause.aggregate, event.given_at))


# A clearance that is applied for


def start_application(event: case.SentToAuthority, cause: Cause) -> Iterable[To]:
    """A case that is transmitted becomes an application at the security authority, and is known to be about the person."""
    assert cause.aggregate
    yield To("person", event.person_id, person.Keep(cause.aggregate))
    received = application.Receive(
        cause.aggregate,
        event.person_id,
        event.request_id,
        event.requester_ref,
        event.level,
        event.regime_id,
        event.terms,
        event.at,
        event.scopes,
        event.renews,
    )
    yield To("application", application_for(cause.aggregate), received)


def grant_clearance(event: application.GrantImported, cause: Cause) -> Iterable[To]:
    """An application that is granted becomes a clearance; granted again after an appeal, one that renews the one before."""
    assert cause.aggregate
    grant = clearance.Grant(
        cause.aggregate,
        event.decision,
        event.person_id,
        event.request_id,
        event.requester_ref,
        event.level,
        event.expires_at,
        event.regime_id,
        event.scopes,
        event.renews if event.nth == 1 else clearance_for(cause.aggregate, event.nth - 1),
        event.need_ended_at,
    )
    yield To("clearance", clearance_for(cause.aggregate, event.nth), grant)


def keep_verified(event: case.VerificationStarted, cause: Cause) -> Iterable[To]:
    """From the moment somebody is verified, what is said of them bears on the case."""
    assert cause.aggregate
    if event.person_id:
        yield To("person", event.person_id, person.Keep(cause.aggregate))


def seal_case(event: application.RetentionEnded, _cause: Cause) -> Iterable[To]:
    """The file of a clearance lies in its case."""
    yield To("case", event.case_id, case.Seal(event.at))


# Appeals


def open_clearance_window(message: screening.ClearanceDecisionNotifiedV1, cause: Cause) -> Iterable[To]:
    """The security authority says when it told the holder, and the term for appeal runs from that day."""
    yield To("clearance", message.clearance_id, clearance.Notify(message.notified_at, message.means, cause.at))


def take_appeal(message: screening.AppealLodgedV1, cause: Cause) -> Iterable[To]:
    """What is appealed knows whether there is a ground, and then files the appeal."""
    appeal_id = appeal_for(cause.account, message.request_id)
    filing = appeal.Filing(appeal_id, message.request_id, message.requester_ref, message.ground, message.posted_on, cause.at)
    if message.case_id:
        yield To("case", message.case_id, case.Appeal(filing))
    if message.application_id:
        yield To("application", message.application_id, application.Appeal(filing))
    if message.clearance_id:
        yield To("clearance", message.clearance_id, clearance.Appeal(filing))


def rule_on_appeal(message: screening.AppealDecisionReceivedV1, cause: Cause) -> Iterable[To]:
    """The appeal body has decided."""
    ruling = appeal.Ruling(message.decision_ref, message.outcome, message.decided_at, message.within, message.valid_until)
    yield To("appeal", message.appeal_id, appeal.Rule(ruling, cause.at))


INSTRUMENTS = {
    screening.ScreeningKind.ADVICE: screening.Instrument.ADVICE,
    screening.ScreeningKind.CERTIFICATE: screening.Instrument.CERTIFICATE,
    screening.ScreeningKind.NUCLEAR: screening.Instrument.CERTIFICATE,
}


def file_against_case(event: case.CaseAppealed, cause: Cause) -> Iterable[To]:
    """An advice or a certificate is appealed."""
    assert cause.aggregate
    target = (INSTRUMENTS[event.kind], appeal.Target.CASE, cause.aggregate, None)
    yield To("appeal", event.filing.appeal_id, appeal.File(event.filing, *target, event.person_id, event.requester_ref, event.until))


def file_against_application(event: application.ApplicationAppealed, cause: Cause) -> Iterable[To]:
    """The refusal of a clearance, or less of it than was asked, or no decision in time."""
    assert cause.aggregate
    target = (screening.Instrument.CLEARANCE, appeal.Target.APPLICATION, cause.aggregate, cause.aggregate)
    yield To("appeal", event.filing.appeal_id, appeal.File(event.filing, *target, event.person_id, event.requester_ref, event.until))


def file_against_withdrawal(event: clearance.ClearanceAppealed, cause: Cause) -> Iterable[To]:
    """The withdrawal or the lowering of a clearance."""
    assert cause.aggregate
    target = (screening.Instrument.CLEARANCE, appeal.Target.CLEARANCE, cause.aggregate, event.application_id)
    yield To("appeal", event.filing.appeal_id, appeal.File(event.filing, *target, event.person_id, event.requester_ref, event.until))


def conclude_appeal(event: appeal.Ruled, cause: Cause) -> Iterable[To]:
    """What was appealed follows the body; for a clearance the application too, on which the authority decides again."""
    assert cause.aggregate
    match event.target:
        case appeal.Target.CASE:
            yield To("case", event.target_id, case.ConcludeAppeal(cause.aggregate, event.ruling, event.at))
        case appeal.Target.CLEARANCE:
            yield To("clearance", event.target_id, clearance.ConcludeAppeal(cause.aggregate, event.ruling, event.at))
        case appeal.Target.APPLICATION:
            pass
    if event.application_id:
        command = application.ConcludeAppeal(cause.aggregate, event.ruling, event.decide_before, event.at)
        yield To("application", event.application_id, command)


# Aftercare


def take_report(message: screening.AdverseInformationReportedV1, cause: Cause) -> Iterable[To]:
    """An authority has learnt something of a person."""
    origin = person.Origin.ADVERSE_INFORMATION
    said = (message.category.value, message.request_id, message.requester_ref, cause.account)
    yield To("person", message.person_id, person.Report(named(cause.account, message.request_id), origin, *said, None, None, cause.at))


def look_into(event: person.Reported, cause: Cause) -> Iterable[To]:
    """What was said of a person opens an aftercare case; adverse information has their positive advices looked at again at once."""
    assert cause.aggregate
    it = event.report
    said = (it.origin, it.category, it.account, it.requester_ref, it.by, it.content)
    yield To("aftercare", it.report_id, aftercare.Open(cause.aggregate, *said, event.person_had, it.at))
    for had in event.person_had:
        if it.origin is person.Origin.ADVERSE_INFORMATION and had.thing is person.Thing.CASE:
            yield To("case", had.id, case.Doubt(it.report_id, it.at))


def ask_need(fact: org.PersonUnitChangedV1, cause: Cause) -> Iterable[To]:
    """A clearance follows the function: who moves may need to know no longer."""
    yield To("person", fact.person_id, person.NoteTransfer(fact.to_unit_id, fact.effective_from, cause.at))


def question_needs(event: person.HolderTransferred, _cause: Cause) -> Iterable[To]:
    """Each clearance that the person holds says whether it is still needed for something."""
    for clearance_id in event.clearances:
        yield To("clearance", clearance_id, clearance.Question(event.to_unit_id, event.effective_from, event.at))


def review_need(event: clearance.NeedQuestioned, cause: Cause) -> Iterable[To]:
    """It is: an aftercare case, with a term of its own, says whether the holder still needs to know."""
    assert cause.aggregate
    review = named("transfer", cause.aggregate, event.to_unit_id, event.effective_from.isoformat())
    had = (person.Had(person.Thing.CLEARANCE, cause.aggregate),)
    opening = aftercare.Open(event.person_id, person.Origin.TRANSFER, "transfer", "org", "", None, None, had, event.at, event.effective_from)
    yield To("aftercare", review, opening)


def end_needs(event: aftercare.AftercareConcluded, _cause: Cause) -> Iterable[To]:
    """Nobody needs what was reviewed: it is given up, unless a new post takes it up in time."""
    for had in event.unneeded:
        yield To("clearance", had.id, clearance.EndNeeds(event.at))


def note_reassessment(event: case.ReassessmentOpened, cause: Cause) -> Iterable[To]:
    """The aftercare case waits for the advice."""
    assert cause.aggregate
    yield To("aftercare", event.aftercare_id, aftercare.NoteReassessment(cause.aggregate, event.at))


def note_reassessed(event: case.Reassessed, cause: Cause) -> Iterable[To]:
    """The aftercare case waits no longer."""
    assert cause.aggregate
    yield To("aftercare", event.aftercare_id, aftercare.NoteReassessed(cause.aggregate, event.outcome, event.at))
