"""An idea: answered with a reason by a date, judged blind, tried out, handed over to a unit, and looked at again a year later."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import assert_never
from uuid import UUID

from cg_contracts.innovation import BenefitOutcome, PilotStage
from cg_kit.pure import Deadline, Due, Refused
from cg_kit.pure.terms import day_of, start_of
from services.innovation.domain.unit import Touch
from services.innovation.domain.words import Why, ends

TRIAGE, ANSWER = "10 working days", "20 working days"
"""Within which an idea is triaged, and its first reasoned answer given (ruling: both)."""

EVALUATION, ADOPTION, REVIEW = "10 working days", "20 working days", "20 working days"
"""For evaluators to score, for a unit to accept what it is offered, for the owner to review the benefit (choices of this house)."""

IDLE, IDLE_LONG = "60 days", "90 days"
"""Without a step for so long, an idea that was answered is stalled: its owner is told, then the head (choices of this house)."""

REVIEWS = {6: "6 months", 12: "12 months"}
"""When the benefit of what was adopted is looked at."""

SCORES = 2
"""How many blind scores an idea needs at least before it is validated (a choice of this house)."""


class Status(StrEnum):
    """Where an idea stands. Late and stalled are no states."""

    NEW = "NEW"
    SUBMITTED = "SUBMITTED"
    TRIAGED = "TRIAGED"
    QUALIFIED = "QUALIFIED"
    CONCEPT = "CONCEPT"
    VALIDATED = "VALIDATED"
    PILOTING = "PILOTING"
    EVALUATED = "EVALUATED"
    ADOPTED = "ADOPTED"
    MERGED = "MERGED"
    PARKED = "PARKED"
    REJECTED = "REJECTED"


UNANSWERED = frozenset({Status.SUBMITTED, Status.TRIAGED})
JUDGED = frozenset({Status.TRIAGED, Status.QUALIFIED, Status.CONCEPT})
"""In which evaluators are named and score."""
MOVING = frozenset({Status.QUALIFIED, Status.CONCEPT, Status.VALIDATED, Status.EVALUATED})
"""In which somebody is to take the next step, so that silence is a stall."""
MERGEABLE = UNANSWERED | {Status.QUALIFIED, Status.CONCEPT, Status.VALIDATED}
TAKING = MERGEABLE | {Status.PILOTING, Status.EVALUATED}
"""Into which another idea can be merged."""
REFUSABLE = MERGEABLE | {Status.EVALUATED, Status.PARKED}
OVER = frozenset({Status.NEW, Status.ADOPTED, Status.MERGED, Status.REJECTED})


@dataclass(frozen=True, slots=True)
class Step:
    """What happened, for whoever follows the idea: the status after it or a word for it, the reason, and who decided."""

    at: datetime
    what: str
    code: str
    text: str = ""
    by: UUID | None = None


@dataclass(frozen=True, slots=True)
class Scores:
    """What one evaluator finds, each from 1 (little) to 5 (much)."""

    impact: int
    feasibility: int
    fit: int
    risk: int


@dataclass(frozen=True, slots=True)
class Evaluation:
    """One evaluator: still to score, scored, or stepped out for a conflict of interest."""

    person_id: UUID
    scores: Scores | None = None
    remark: str = ""
    conflict: bool = False


@dataclass(frozen=True, slots=True)
class Taken:
    """An idea that was merged into this one, and who followed it."""

    idea_id: UUID
    followers: tuple[UUID, ...]


@dataclass(frozen=True, slots=True)
class Tried:
    """A pilot of this idea, and how far it came."""

    pilot_id: UUID
    stage: PilotStage


@dataclass(frozen=True, slots=True)
class Review:
    """A look at the benefit, so many months after adoption."""

    months: int
    due_at: datetime
    late_at: datetime | None = None
    outcome: BenefitOutcome | None = None
    text: str = ""
    by: UUID | None = None


@dataclass(frozen=True, slots=True)
class Idea:
    """An idea as it stands. `unit_id`: whose it is; `before`: where it stood when it was merged or parked."""

    status: Status = Status.NEW
    title: str = ""
    problem: str = ""
    themes: tuple[str, ...] = ()
    unit_id: UUID | None = None
    proposer: UUID | None = None
    challenge_id: UUID | None = None
    submitted_at: datetime | None = None
    triage_due_at: datetime | None = None
    triage_late_at: datetime | None = None
    answer_due_at: datetime | None = None
    answer_late_at: datetime | None = None
    answered_at: datetime | None = None
    owner: UUID | None = None
    concept: str = ""
    evaluations: tuple[Evaluation, ...] = ()
    evaluate_by: datetime | None = None
    evaluation_late_at: datetime | None = None
    scored_at: datetime | None = None
    supporters: tuple[UUID, ...] = ()
    taken: tuple[Taken, ...] = ()
    merged_into: UUID | None = None
    before: Status | None = None
    parked_until: date | None = None
    tried: tuple[Tried, ...] = ()
    offered_to: UUID | None = None
    offered_by: UUID | None = None
    offer_due_at: datetime | None = None
    offer_late_at: datetime | None = None
    benefit: str = ""
    adopted_by: UUID | None = None
    adopted_at: datetime | None = None
    reviews: tuple[Review, ...] = ()
    moved_at: datetime | None = None
    stalled: int = 0
    steps: tuple[Step, ...] = ()


NEW = Idea()


# Commands


@dataclass(frozen=True, slots=True)
class Submit:
    """Somebody has an idea; `challenge_id`: the challenge that it answers."""

    title: str
    problem: str
    themes: tuple[str, ...]
    unit_id: UUID
    by: UUID
    at: datetime
    challenge_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Support:
    """Somebody supports the idea, and hears every later step."""

    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class Unsupport:
    """Somebody does not any more."""

    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class Triage:
    """An innovation officer has looked at the idea, and says whose it is to bring further."""

    themes: tuple[str, ...]
    owner: UUID
    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class Own:
    """Somebody else brings it further."""

    owner: UUID
    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class Expert:
    """Somebody who might judge: what they know, and the unit they are in."""

    person_id: UUID
    themes: tuple[str, ...]
    unit_id: UUID | None


@dataclass(frozen=True, slots=True)
class AskEvaluators:
    """These are to judge the idea."""

    experts: tuple[Expert, ...]
    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class Score:
    """An evaluator says what they find, not having seen the others."""

    scores: Scores
    remark: str
    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class DeclareConflict:
    """An evaluator has an interest in it, and steps out."""

    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class CloseScores:
    """The officer waits for no more scores."""

    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class Qualify:
    """The answer: worth working out."""

    why: Why
    at: datetime


@dataclass(frozen=True, slots=True)
class Park:
    """The answer: not now, and looked at again on that day."""

    why: Why
    until: date
    at: datetime


@dataclass(frozen=True, slots=True)
class Reject:
    """The answer: no."""

    why: Why
    at: datetime


@dataclass(frozen=True, slots=True)
class Resume:
    """What was parked is taken up again before its day."""

    why: Why
    at: datetime


@dataclass(frozen=True, slots=True)
class WorkOut:
    """The owner has written down how it would work."""

    concept: str
    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class Validate:
    """The steering board finds the concept good enough to be tried or done."""

    why: Why
    at: datetime


@dataclass(frozen=True, slots=True)
class Merge:
    """It is the same as another one. `takes`: that one can take it, as far as was read."""

    into: UUID
    takes: bool
    why: Why
    at: datetime


@dataclass(frozen=True, slots=True)
class Separate:
    """It is not the same after all."""

    why: Why
    at: datetime


@dataclass(frozen=True, slots=True)
class Take:
    """Another idea is merged into this one."""

    taken: Taken
    at: datetime


@dataclass(frozen=True, slots=True)
class Release:
    """It stands on its own again."""

    idea_id: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class NotePilot:
    """A pilot of this idea has come further."""

    pilot_id: UUID
    stage: PilotStage
    code: str
    text: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Offer:
    """It works: a unit is asked to take it over, for this benefit."""

    unit_id: UUID
    benefit: str
    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class Accept:
    """The head of the unit takes it over, and names who owns it there (INN-8)."""

    unit_id: UUID
    owner: UUID
    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class Decline:
    """The head of the unit does not."""

    unit_id: UUID
    why: Why
    at: datetime


@dataclass(frozen=True, slots=True)
class ReviewBenefit:
    """The owner says what it has brought."""

    months: int
    outcome: BenefitOutcome
    text: str
    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class Reown:
    """A reorganisation has ended the unit, and this one comes after it; none, when that is not clear."""

    from_unit_id: UUID
    to_unit_id: UUID | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Place:
    """An officer says whose it is, after a reorganisation that left that open."""

    unit_id: UUID
    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class TouchBy:
    """A reorganisation is scheduled that ends its unit."""

    touch: Touch


Command = (
    Submit
    | Support
    | Unsupport
    | Triage
    | Own
    | AskEvaluators
    | Score
    | DeclareConflict
    | CloseScores
    | Qualify
    | Park
    | Reject
    | Resume
    | WorkOut
    | Validate
    | Merge
    | Separate
    | Take
    | Release
    | NotePilot
    | Offer
    | Accept
    | Decline
    | ReviewBenefit
    | Reown
    | Place
    | TouchBy
    | Due
)


# Events


@dataclass(frozen=True, slots=True)
class Submitted:
    """The idea is there, and both clocks run."""

    title: str
    problem: str
    themes: tuple[str, ...]
    unit_id: UUID
    by: UUID
    challenge_id: UUID | None
    triage_due_at: datetime
    answer_due_at: datetime
    at: datetime


@dataclass(frozen=True, slots=True)
class Supported:
    """Somebody supports it."""

    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class Unsupported:
    """Somebody does not any more."""

    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class Triaged:
    """It has an owner, and can be judged."""

    themes: tuple[str, ...]
    owner: UUID
    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class Owned:
    """It has this owner."""

    owner: UUID
    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class EvaluatorsAsked:
    """These are to score before that instant."""

    persons: tuple[UUID, ...]
    due_at: datetime
    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class Scored:
    """One evaluator has."""

    scores: Scores
    remark: str
    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class ConflictDeclared:
    """One evaluator has stepped out."""

    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class ScoresClosed:
    """The scores are complete, and can be seen."""

    at: datetime


@dataclass(frozen=True, slots=True)
class EvaluationOverdue:
    """Some evaluators have not scored in time."""

    at: datetime


@dataclass(frozen=True, slots=True)
class Qualified:
    """Worth working out."""

    why: Why
    at: datetime


@dataclass(frozen=True, slots=True)
class Parked:
    """Not now."""

    why: Why
    until: date
    at: datetime


@dataclass(frozen=True, slots=True)
class Rejected:
    """No."""

    why: Why
    at: datetime


@dataclass(frozen=True, slots=True)
class Resumed:
    """Taken up again; without a reason because its day has come."""

    why: Why | None
    at: datetime


@dataclass(frozen=True, slots=True)
class WorkedOut:
    """There is a concept."""

    concept: str
    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class Validated:
    """Good enough to be tried or done."""

    why: Why
    at: datetime


@dataclass(frozen=True, slots=True)
class Merged:
    """It goes on as part of another one, with whoever followed it."""

    into: UUID
    followers: tuple[UUID, ...]
    why: Why
    at: datetime


@dataclass(frozen=True, slots=True)
class Separated:
    """It stands on its own again, where it stood."""

    taken_from: UUID
    why: Why
    at: datetime


@dataclass(frozen=True, slots=True)
class Took:
    """Another one goes on as part of this."""

    taken: Taken
    at: datetime


@dataclass(frozen=True, slots=True)
class Released:
    """It does not any more."""

    idea_id: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class PilotNoted:
    """A pilot has come further, and the idea with it."""

    pilot_id: UUID
    stage: PilotStage
    code: str
    text: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Offered:
    """A unit is asked to take it over."""

    unit_id: UUID
    benefit: str
    due_at: datetime
    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class OfferOverdue:
    """The unit has not answered in time."""

    at: datetime


@dataclass(frozen=True, slots=True)
class Adopted:
    """It is the unit's, and its benefit is looked at on these instants."""

    unit_id: UUID
    owner: UUID
    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class Declined:
    """The unit does not want it."""

    unit_id: UUID
    why: Why
    at: datetime


@dataclass(frozen=True, slots=True)
class TriageOverdue:
    """Nobody has looked at it in time."""

    at: datetime


@dataclass(frozen=True, slots=True)
class AnswerOverdue:
    """It was not answered in time."""

    at: datetime


@dataclass(frozen=True, slots=True)
class Stalled:
    """Nothing has moved since an instant; `nth` 1: the owner is told, 2: the head."""

    nth: int
    since: datetime
    at: datetime


@dataclass(frozen=True, slots=True)
class ReviewOpened:
    """The benefit is to be looked at before that instant."""

    months: int
    due_at: datetime
    at: datetime


@dataclass(frozen=True, slots=True)
class ReviewOverdue:
    """It was not."""

    months: int
    at: datetime


@dataclass(frozen=True, slots=True)
class BenefitReviewed:
    """What it has brought."""

    months: int
    outcome: BenefitOutcome
    text: str
    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class Reowned:
    """The unit is another one after a reorganisation; none: nobody has said which."""

    from_unit_id: UUID
    to_unit_id: UUID | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Placed:
    """It is this unit's."""

    unit_id: UUID
    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class IdeaTouched:
    """It is open, and belongs to a unit that a reorganisation ends."""

    touch: Touch


Event = (
    Submitted
    | Supported
    | Unsupported
    | Triaged
    | Owned
    | EvaluatorsAsked
    | Scored
    | ConflictDeclared
    | ScoresClosed
    | EvaluationOverdue
    | Qualified
    | Parked
    | Rejected
    | Resumed
    | WorkedOut
    | Validated
    | Merged
    | Separated
    | Took
    | Released
    | PilotNoted
    | Offered
    | OfferOverdue
    | Adopted
    | Declined
    | TriageOverdue
    | AnswerOverdue
    | Stalled
    | ReviewOpened
    | ReviewOverdue
    | BenefitReviewed
    | Reowned
    | Placed
    | IdeaTouched
)


def decide(idea: Idea, command: Command) -> list[Event] | Refused:
    """What a command makes of an idea."""
    match idea.status, command:
        case _, Due(name, at):
            return fallen_due(idea, name, at)
        case Status.NEW, Submit():
            return submitting(command)
        case _, Submit():
            return [] if same(idea, command) else Refused("INN-STATE", "idea_id")
        case Status.NEW, (Take() | Release() | NotePilot() | Reown() | TouchBy()):
            return []
        case Status.NEW, _:
            return Refused("NOT-FOUND", "idea_id")
        case Status.MERGED, Support():
            return Refused("INN-MERGED", "idea_id")
        case _, Support(by, at):
            return [] if by == idea.proposer or by in idea.supporters else [Supported(by, at)]
        case _, Unsupport(by, at):
            return [Unsupported(by, at)] if by in idea.supporters else []
        case _, Take(taken, at):
            return [] if taken in idea.taken else [Took(taken, at)] if idea.status in TAKING else Refused("INN-MERGE", "into")
        case _, Release(idea_id, at):
            return [Released(idea_id, at)] if any(each.idea_id == idea_id for each in idea.taken) else []
        case _, NotePilot():
            return noting(idea, command)
        case _, Reown(from_unit_id, to_unit_id, at):
            concerned = from_unit_id in (idea.unit_id, idea.adopted_by, idea.offered_to)
            return [Reowned(from_unit_id, to_unit_id, at)] if concerned and from_unit_id != to_unit_id else []
        case _, TouchBy(touch):
            return [IdeaTouched(touch)] if is_open(idea) and touch.unit_id in (idea.unit_id, idea.adopted_by, idea.offered_to) else []
        case _, Place(unit_id, by, at):
            return [Placed(unit_id, by, at)] if idea.unit_id is None else [] if idea.unit_id == unit_id else Refused("INN-STATE", "unit_id")
        case Status.SUBMITTED, Triage(themes, owner, by, at):
            return Refused("INN-SELF") if by == idea.proposer else [Triaged(themes, owner, by, at)]
        case _, Triage(themes, owner):
            return [] if (themes, owner) == (idea.themes, idea.owner) else Refused("INN-STATE")
        case _, Own(owner, by, at) if idea.status not in OVER | {Status.SUBMITTED} or idea.status is Status.ADOPTED:
            return [] if owner == idea.owner else [Owned(owner, by, at)]
        case _, (AskEvaluators() | Score() | DeclareConflict() | CloseScores()):
            return judging(idea, command)
        case Status.TRIAGED, Qualify(why, at):
            return Refused("INN-SELF") if why.by == idea.proposer else [Qualified(why, at)]
        case Status.QUALIFIED, Qualify():
            return []
        case _, Park(why, until, at) if idea.status in MERGEABLE | {Status.EVALUATED}:
            return Refused("INN-DATE", "until") if until <= day_of(at) else Refused("INN-SELF") if why.by == idea.proposer else [Parked(why, until, at)]
        case Status.PARKED, Park(_, until):
            return [] if until == idea.parked_until else Refused("INN-STATE")
        case _, Reject(why, at) if idea.status in REFUSABLE:
            return Refused("INN-SELF") if why.by == idea.proposer else [Rejected(why, at)]
        case Status.REJECTED, Reject():
            return []
        case Status.PARKED, Resume(why, at):
            return [Resumed(why, at)]
        case ((Status.QUALIFIED | Status.CONCEPT), WorkOut(concept, by, at)):
            return Refused("INN-OWNER") if by != idea.owner else [] if concept == idea.concept else [WorkedOut(concept, by, at)]
        case Status.CONCEPT, Validate(why, at):
            return validating(idea, why, at)
        case Status.VALIDATED, Validate():
            return []
        case _, Merge():
            return merging(idea, command)
        case Status.MERGED, Separate(why, at):
            assert idea.merged_into
            return [Separated(idea.merged_into, why, at)]
        case _, (Offer() | Accept() | Decline() | ReviewBenefit()):
            return handing_over(idea, command)
        case _:
            return Refused("INN-STATE")


def submitting(submit: Submit) -> list[Event]:
    """Both clocks run from now on."""
    due = (ends(submit.at, TRIAGE), ends(submit.at, ANSWER))
    themes = tuple(dict.fromkeys(submit.themes))
    return [Submitted(submit.title, submit.problem, themes, submit.unit_id, submit.by, submit.challenge_id, *due, submit.at)]


def same(idea: Idea, submit: Submit) -> bool:
    """Whether this is what was submitted."""
    return (idea.title, idea.problem, idea.proposer) == (submit.title, submit.problem, submit.by)


def judging(idea: Idea, command: AskEvaluators | Score | DeclareConflict | CloseScores) -> list[Event] | Refused:
    """Evaluators score without seeing each other; the last one closes the round."""
    if idea.status not in JUDGED:
        return Refused("INN-STATE")
    asked = {each.person_id: each for each in idea.evaluations}
    match command:
        case AskEvaluators(experts, by, at):
            new = [each for each in experts if each.person_id not in asked]
            if idea.scored_at is not None:
                return Refused("INN-FROZEN") if new else []
            for expert in new:
                if involved(idea, expert):
                    return Refused("INN-CONFLICT", "persons")
                if not set(expert.themes) & set(idea.themes):
                    return Refused("INN-EXPERTISE", "persons")
            return [EvaluatorsAsked(tuple(dict.fromkeys(each.person_id for each in new)), ends(at, EVALUATION), by, at)] if new else []
        case Score(scores, remark, by, at):
            mine = asked.get(by)
            if mine is None or mine.conflict:
                return Refused("INN-EVALUATOR")
            if (mine.scores, mine.remark) == (scores, remark):
                return []
            if idea.scored_at is not None:
                return Refused("INN-FROZEN")
            return closing(idea, Scored(scores, remark, by, at))
        case DeclareConflict(by, at):
            mine = asked.get(by)
            if mine is None:
                return Refused("INN-EVALUATOR")
            if mine.conflict:
                return []
            return Refused("INN-FROZEN") if idea.scored_at is not None else closing(idea, ConflictDeclared(by, at))
        case CloseScores(_, at):
            if idea.scored_at is not None:
                return []
            return [ScoresClosed(at)] if sum(each.scores is not None for each in idea.evaluations) >= SCORES else Refused("INN-SCORES")
        case _:
            assert_never(command)


def closing(idea: Idea, event: Scored | ConflictDeclared) -> list[Event]:
    """Once nobody is left to score, and enough have, the scores can be seen."""
    after = evolve(idea, event)
    left = any(each.scores is None and not each.conflict for each in after.evaluations)
    enough = sum(each.scores is not None for each in after.evaluations) >= SCORES
    return [event, ScoresClosed(event.at)] if enough and not left else [event]


def involved(idea: Idea, expert: Expert) -> bool:
    """Whether somebody has a stake in the idea: proposed, supports or owns it, or is in its unit."""
    return expert.person_id in {idea.proposer, idea.owner, *followers(idea)} or (expert.unit_id is not None and expert.unit_id == idea.unit_id)


def validating(idea: Idea, why: Why, at: datetime) -> list[Event] | Refused:
    """By somebody who neither proposed nor owns it, on scores that are complete."""
    if why.by in (idea.proposer, idea.owner):
        return Refused("INN-SELF")
    return Refused("INN-SCORES") if idea.scored_at is None else [Validated(why, at)]


def merging(idea: Idea, merge: Merge) -> list[Event] | Refused:
    """Into another that goes on; one that took others itself stays, so that each can be separated."""
    if idea.status is Status.MERGED and idea.merged_into == merge.into:
        return []
    if idea.status not in MERGEABLE or idea.taken or not merge.takes:
        return Refused("INN-MERGE", "into")
    return [Merged(merge.into, followers(idea), merge.why, merge.at)]


def noting(idea: Idea, note: NotePilot) -> list[Event]:
    """Each stage of each pilot once."""
    known = next((each.stage for each in idea.tried if each.pilot_id == note.pilot_id), None)
    return [] if known is note.stage else [PilotNoted(note.pilot_id, note.stage, note.code, note.text, note.at)]


def handing_over(idea: Idea, command: Offer | Accept | Decline | ReviewBenefit) -> list[Event] | Refused:
    """A unit is asked, accepts, and says later what it brought."""
    match command:
        case Offer(unit_id, benefit, by, at):
            if idea.offered_to is not None:
                return [] if (idea.offered_to, idea.benefit) == (unit_id, benefit) else Refused("INN-OFFER", "unit_id")
            worked = idea.status is Status.VALIDATED or (idea.status is Status.EVALUATED and any(each.stage is PilotStage.SCALED for each in idea.tried))
            return [Offered(unit_id, benefit, ends(at, ADOPTION), by, at)] if worked else Refused("INN-STATE")
        case Accept(unit_id, owner, by, at):
            if idea.status is Status.ADOPTED:
                return [] if (idea.adopted_by, idea.owner) == (unit_id, owner) else Refused("INN-STATE")
            if idea.offered_to != unit_id:
                return Refused("INN-8", "unit_id")
            return Refused("INN-SELF") if by in (idea.offered_by, idea.proposer) else [Adopted(unit_id, owner, by, at)]
        case Decline(unit_id, why, at):
            if idea.offered_to != unit_id or idea.status is Status.ADOPTED:
                return Refused("INN-8", "unit_id")
            return [Declined(unit_id, why, at)]
        case ReviewBenefit(months, outcome, text, by, at):
            review = next((each for each in idea.reviews if each.months == months), None)
            if review is None:
                return Refused("INN-REVIEW", "months")
            if by != idea.owner:
                return Refused("INN-OWNER")
            if review.outcome is not None:
                return [] if (review.outcome, review.text) == (outcome, text) else Refused("INN-REVIEW", "months")
            return [BenefitReviewed(months, outcome, text, by, at)]
        case _:
            assert_never(command)


def fallen_due(idea: Idea, name: str, at: datetime) -> list[Event]:
    """What a clock means that still runs when it falls due."""
    if Deadline(name, at) not in due(idea):
        return []
    kind, _, months = name.partition(":")
    match kind:
        case "triage":
            return [TriageOverdue(at)]
        case "answer":
            return [AnswerOverdue(at)]
        case "evaluation":
            return [EvaluationOverdue(at)]
        case "offer":
            return [OfferOverdue(at)]
        case "parked":
            return [Resumed(None, at)]
        case "idle":
            assert idea.moved_at
            return [Stalled(idea.stalled + 1, idea.moved_at, at)]
        case "review":
            return [ReviewOpened(int(months), ends(at, REVIEW), at)]
        case _:
            return [ReviewOverdue(int(months), at)]


def followers(idea: Idea) -> tuple[UUID, ...]:
    """Who hears of it, once each: proposer, supporters, and those of what was merged into it."""
    own = (idea.proposer,) if idea.proposer else ()
    return tuple(dict.fromkeys((*own, *idea.supporters, *(person for each in idea.taken for person in each.followers))))


def votes(idea: Idea) -> int:
    """How many people want it, each counted once, whatever was merged."""
    return len(followers(idea))


AFTER_PILOT = {PilotStage.STARTED: Status.PILOTING, PilotStage.SCALED: Status.EVALUATED}


def evolve(idea: Idea, event: Event) -> Idea:
    """The idea after an event."""
    match event:
        case Submitted():
            first = Step(event.at, Status.SUBMITTED, "submitted", "", event.by)
            return Idea(
                Status.SUBMITTED,
                event.title,
                event.problem,
                event.themes,
                event.unit_id,
                event.by,
                event.challenge_id,
                event.at,
                event.triage_due_at,
                answer_due_at=event.answer_due_at,
                moved_at=event.at,
                steps=(first,),
            )
        case Supported(by):
            return replace(idea, supporters=(*idea.supporters, by))
        case Unsupported(by):
            return replace(idea, supporters=tuple(each for each in idea.supporters if each != by))
        case Triaged(themes, owner, by, at):
            return moved(replace(idea, themes=themes, owner=owner), Status.TRIAGED, at, "triaged", "", by)
        case Owned(owner):
            return replace(idea, owner=owner)
        case EvaluatorsAsked(persons, due_at):
            return replace(idea, evaluations=(*idea.evaluations, *map(Evaluation, persons)), evaluate_by=due_at, evaluation_late_at=None)
        case Scored(scores, remark, by):
            return replace(idea, evaluations=tuple(replace(each, scores=scores, remark=remark) if each.person_id == by else each for each in idea.evaluations))
        case ConflictDeclared(by):
            return replace(idea, evaluations=tuple(Evaluation(by, conflict=True) if each.person_id == by else each for each in idea.evaluations))
        case ScoresClosed(at):
            return noted(replace(idea, scored_at=at), Step(at, "SCORED", "scores_complete"))
        case EvaluationOverdue(at):
            return replace(idea, evaluation_late_at=at)
        case Qualified(why, at):
            return answered(idea, Status.QUALIFIED, why, at)
        case Parked(why, until, at):
            return replace(answered(idea, Status.PARKED, why, at), before=idea.status, parked_until=until)
        case Rejected(why, at):
            return answered(idea, Status.REJECTED, why, at)
        case Resumed(why, at):
            back = Status.TRIAGED if idea.before in UNANSWERED or idea.before is None else idea.before
            after = moved(idea, back, at, why.code, why.text, why.by) if why else moved(idea, back, at, "day_has_come", "", None)
            return replace(after, before=None, parked_until=None)
        case WorkedOut(concept, by, at):
            return moved(replace(idea, concept=concept), Status.CONCEPT, at, "worked_out", "", by)
        case Validated(why, at):
            return moved(idea, Status.VALIDATED, at, why.code, why.text, why.by)
        case Merged(into, _, why, at):
            return replace(moved(idea, Status.MERGED, at, why.code, why.text, why.by), before=idea.status, merged_into=into)
        case Separated(_, why, at):
            assert idea.before
            return replace(moved(idea, idea.before, at, why.code, why.text, why.by), before=None, merged_into=None)
        case Took(taken, at):
            kept = tuple(each for each in idea.taken if each.idea_id != taken.idea_id)
            return noted(replace(idea, taken=(*kept, taken)), Step(at, "TOOK", "another_idea_merged"))
        case Released(idea_id, at):
            return noted(replace(idea, taken=tuple(each for each in idea.taken if each.idea_id != idea_id)), Step(at, "RELEASED", "an_idea_separated"))
        case PilotNoted():
            return piloted(idea, event)
        case Offered(unit_id, benefit, due_at, by, at):
            changed = replace(idea, offered_to=unit_id, offered_by=by, offer_due_at=due_at, offer_late_at=None, benefit=benefit)
            return noted(changed, Step(at, "OFFERED", "adoption_offered", "", by))
        case OfferOverdue(at):
            return replace(idea, offer_late_at=at)
        case Adopted(unit_id, owner, by, at):
            return moved(replace(idea, adopted_by=unit_id, owner=owner, adopted_at=at), Status.ADOPTED, at, "adopted", "", by)
        case Declined(_, why, at):
            changed = replace(idea, offered_to=None, offered_by=None, offer_due_at=None, offer_late_at=None)
            return noted(changed, Step(at, "DECLINED", why.code, why.text, why.by))
        case TriageOverdue(at):
            return replace(idea, triage_late_at=at)
        case AnswerOverdue(at):
            return replace(idea, answer_late_at=at)
        case Stalled(nth):
            return replace(idea, stalled=nth)
        case ReviewOpened(months, due_at):
            return replace(idea, reviews=(*idea.reviews, Review(months, due_at)))
        case ReviewOverdue(months, at):
            return replace(idea, reviews=tuple(replace(each, late_at=at) if each.months == months else each for each in idea.reviews))
        case BenefitReviewed(months, outcome, text, by, at):
            done = tuple(replace(each, outcome=outcome, text=text, by=by) if each.months == months else each for each in idea.reviews)
            return noted(replace(idea, reviews=done), Step(at, "REVIEWED", outcome.value, text, by))
        case Reowned(old, new, _):
            return replace(
                idea,
                unit_id=new if idea.unit_id == old else idea.unit_id,
                adopted_by=new if idea.adopted_by == old else idea.adopted_by,
                offered_to=new if idea.offered_to == old else idea.offered_to,
            )
        case Placed(unit_id):
            return replace(idea, unit_id=unit_id)
        case IdeaTouched():
            return idea
        case _:
            assert_never(event)


def is_open(idea: Idea) -> bool:
    """Whether something is still to be done about it; of what was adopted, a review."""
    if idea.status is Status.ADOPTED:
        return sum(each.outcome is not None for each in idea.reviews) < len(REVIEWS)
    return idea.status not in OVER


def noted(idea: Idea, step: Step) -> Idea:
    """With one more step, which whoever follows it hears of."""
    return replace(idea, steps=(*idea.steps, step), moved_at=step.at, stalled=0)


def moved(idea: Idea, status: Status, at: datetime, code: str, text: str, by: UUID | None) -> Idea:
    """In another state, which is a step."""
    return noted(replace(idea, status=status), Step(at, status, code, text, by))


def answered(idea: Idea, status: Status, why: Why, at: datetime) -> Idea:
    """Answered with a reason; the first answer stops the clock."""
    return replace(moved(idea, status, at, why.code, why.text, why.by), answered_at=idea.answered_at or at)


def piloted(idea: Idea, event: PilotNoted) -> Idea:
    """The idea goes with its pilot: it runs, it was evaluated, or it ended before it ran."""
    kept = tuple(each for each in idea.tried if each.pilot_id != event.pilot_id)
    changed = replace(idea, tried=(*kept, Tried(event.pilot_id, event.stage)))
    status = AFTER_PILOT.get(event.stage)
    if event.stage is PilotStage.STOPPED and idea.status is Status.PILOTING:
        status = Status.EVALUATED
    step = Step(event.at, f"PILOT_{event.stage.value.upper()}", event.code, event.text)
    live = idea.status in {Status.VALIDATED, Status.PILOTING, Status.EVALUATED}
    return noted(replace(changed, status=status) if status and live else changed, step)


def due(idea: Idea) -> set[Deadline]:
    """Which clocks run."""
    found: set[Deadline] = set()
    if idea.status is Status.SUBMITTED and idea.triage_due_at and not idea.triage_late_at:
        found.add(Deadline("triage", idea.triage_due_at))
    if idea.status in UNANSWERED and idea.answered_at is None and idea.answer_due_at and not idea.answer_late_at:
        found.add(Deadline("answer", idea.answer_due_at))
    if idea.status in JUDGED and idea.evaluate_by and idea.scored_at is None and not idea.evaluation_late_at:
        found.add(Deadline("evaluation", idea.evaluate_by))
    if idea.status is Status.PARKED and idea.parked_until:
        found.add(Deadline("parked", start_of(idea.parked_until)))
    if idea.status not in OVER and idea.offer_due_at and not idea.offer_late_at:
        found.add(Deadline("offer", idea.offer_due_at))
    if idea.status in MOVING and idea.moved_at and idea.stalled < 2:
        found.add(Deadline("idle", ends(idea.moved_at, IDLE_LONG if idea.stalled else IDLE)))
    if idea.status is Status.ADOPTED and idea.adopted_at:
        opened = {each.months for each in idea.reviews}
        found |= {Deadline(f"review:{months}", ends(idea.adopted_at, term)) for months, term in REVIEWS.items() if months not in opened}
        found |= {Deadline(f"reviewed:{each.months}", each.due_at) for each in idea.reviews if each.outcome is None and not each.late_at}
    return found
