"""Ideas as anybody in the house sees them, those that are alike, those that wait, and what whoever follows one hears."""

from __future__ import annotations

from datetime import date, datetime
from statistics import mean, stdev
from uuid import UUID

from pydantic import BaseModel

from cg_contracts.innovation import BenefitOutcome, PilotStage
from cg_kit.http import Door
from services.innovation.domain import idea

LISTED = """
SELECT id, version, state ->> 'title' AS title, status, ARRAY(SELECT jsonb_array_elements_text(state -> 'themes')) AS theme_codes,
       (state ->> 'unit_id')::uuid AS unit_id,
       (state ->> 'submitted_at')::timestamptz AS submitted_at, (state ->> 'answer_due_at')::timestamptz AS answer_due_at,
       (state ->> 'answered_at')::timestamptz AS answered_at, state ->> 'answer_late_at' IS NOT NULL AS late, (state ->> 'stalled')::int AS stalled
  FROM idea_state
 WHERE ($1::text IS NULL OR status = $1) AND ($2::text IS NULL OR state -> 'themes' ? $2) AND ($3::uuid IS NULL OR state ->> 'unit_id' = $3::text)
   AND id > $4 ORDER BY id LIMIT $5
"""

SIMILAR = """
WITH word AS (
  SELECT DISTINCT w FROM regexp_split_to_table($1, '[[:space:]]+') AS w
   WHERE to_tsvector('pg_catalog.dutch', w) <> '' AND to_tsvector('pg_catalog.french', w) <> '' AND to_tsvector('pg_catalog.english', w) <> ''
), said AS (
  SELECT string_agg(DISTINCT quote_literal(lexeme), ' | ')::tsquery AS query
    FROM word, unnest(to_tsvector('pg_catalog.dutch', w) || to_tsvector('pg_catalog.french', w) || to_tsvector('pg_catalog.english', w))
)
SELECT id, state ->> 'title' AS title, status, (state ->> 'unit_id')::uuid AS unit_id, (state ->> 'adopted_by')::uuid AS adopted_by,
       (state ->> 'merged_into')::uuid AS merged_into, (state ->> 'owner')::uuid AS owner, state -> 'steps' -> -1 ->> 'code' AS last_code,
       ts_rank(words, query, 1)::float8 AS alike
  FROM idea_state, said WHERE words @@ query ORDER BY alike DESC, id LIMIT $2
"""
"""A word that says nothing in one of the three languages is left out: it would be a word like any other in the next."""

WAITING = """
SELECT id, state ->> 'title' AS title, status, (state ->> 'unit_id')::uuid AS unit_id, (state ->> 'submitted_at')::timestamptz AS submitted_at,
       (state ->> 'answer_due_at')::timestamptz AS due_at
  FROM idea_state WHERE status IN ('SUBMITTED', 'TRIAGED') AND state ->> 'answered_at' IS NULL ORDER BY due_at, id LIMIT $1
"""

TO_EVALUATE = """
SELECT id, state ->> 'title' AS title, state ->> 'problem' AS problem, (state ->> 'evaluate_by')::timestamptz AS due_at
  FROM idea_state
 WHERE state -> 'evaluations' @> jsonb_build_array(jsonb_build_object('person_id', $1::text, 'scores', NULL, 'conflict', false))
   AND state ->> 'scored_at' IS NULL AND status IN ('TRIAGED', 'QUALIFIED', 'CONCEPT') ORDER BY due_at, id
"""

CANDIDATES = """
SELECT e.id, (e.state ->> 'unit_id')::uuid AS unit_id, ARRAY(SELECT jsonb_array_elements_text(e.state -> 'themes')) AS themes,
       (SELECT count(*) FROM idea_state i WHERE i.state ->> 'scored_at' IS NULL
           AND i.state -> 'evaluations' @> jsonb_build_array(jsonb_build_object('person_id', e.id::text, 'scores', NULL))) AS open
  FROM evaluator_state e WHERE e.state -> 'themes' ?| $1 ORDER BY open, e.id LIMIT 100
"""

NOTICES = """
SELECT i.id, i.state ->> 'title' AS title, n.nth, n.step ->> 'what' AS what, n.step ->> 'code' AS code, n.step ->> 'text' AS text,
       (n.step ->> 'at')::timestamptz AS at
  FROM idea_state i CROSS JOIN LATERAL jsonb_array_elements(i.state -> 'steps') WITH ORDINALITY AS n(step, nth)
 WHERE (i.proposer = $1 OR i.state -> 'supporters' ? $1::text
        OR i.state -> 'taken' @> jsonb_build_array(jsonb_build_object('followers', jsonb_build_array($1::text))))
   AND (n.step ->> 'at')::timestamptz > $2 ORDER BY at, i.id, n.nth LIMIT $3
"""

STUCK = """
SELECT id, state ->> 'title' AS title, status, (state ->> 'owner')::uuid AS owner, (state ->> 'moved_at')::timestamptz AS moved_at,
       CASE WHEN state ->> 'triage_late_at' IS NOT NULL AND status = 'SUBMITTED' THEN 'not_triaged'
            WHEN state ->> 'answer_late_at' IS NOT NULL AND state ->> 'answered_at' IS NULL THEN 'not_answered'
            WHEN state ->> 'offer_late_at' IS NOT NULL AND status <> 'ADOPTED' THEN 'offer_not_answered'
            WHEN status = 'ADOPTED' THEN 'benefit_not_reviewed'
            WHEN state ->> 'owner' IS NULL THEN 'no_owner'
            WHEN state ->> 'unit_id' IS NULL THEN 'no_unit'
            WHEN state ->> 'evaluation_late_at' IS NOT NULL AND state ->> 'scored_at' IS NULL THEN 'not_judged'
            ELSE 'idle' END AS why
  FROM idea_state
 WHERE status NOT IN ('MERGED', 'REJECTED', 'PARKED')
   AND ((status = 'SUBMITTED' AND state ->> 'triage_late_at' IS NOT NULL)
        OR (status IN ('SUBMITTED', 'TRIAGED') AND state ->> 'answer_late_at' IS NOT NULL AND state ->> 'answered_at' IS NULL)
        OR (status = 'TRIAGED' AND state ->> 'evaluation_late_at' IS NOT NULL AND state ->> 'scored_at' IS NULL)
        OR (status <> 'ADOPTED' AND (state ->> 'offer_late_at' IS NOT NULL OR (state ->> 'stalled')::int > 0))
        OR (status NOT IN ('SUBMITTED', 'ADOPTED') AND (state ->> 'owner' IS NULL OR state ->> 'unit_id' IS NULL))
        OR (status = 'ADOPTED' AND state -> 'reviews' @? '$[*] ? (@.late_at != null && @.outcome == null)'))
 ORDER BY moved_at, id LIMIT $1
"""


class IdeaRow(BaseModel):
    """An idea in a list."""

    idea_id: UUID
    version: int
    title: str
    status: idea.Status
    theme_codes: list[str]
    unit_id: UUID | None
    submitted_at: datetime
    answer_due_at: datetime
    answered_at: datetime | None
    late: bool
    stalled: int


class Ideas(BaseModel):
    """Ideas in order of their id; `next` is where the next page begins."""

    items: list[IdeaRow]
    next: UUID | None


class StepSeen(BaseModel):
    """What happened to an idea, and why."""

    at: datetime
    what: str
    code: str
    text: str


class TriedSeen(BaseModel):
    """A pilot of the idea."""

    pilot_id: UUID
    stage: PilotStage


class ReviewSeen(BaseModel):
    """A look at the benefit."""

    months: int
    due_at: datetime
    late: bool
    outcome: BenefitOutcome | None
    text: str


class IdeaSeen(BaseModel):
    """An idea whole, but for who judged it and how: its reasons too, for everybody (INN-7)."""

    idea_id: UUID
    version: int
    status: idea.Status
    title: str
    problem: str
    concept: str
    theme_codes: list[str]
    unit_id: UUID | None
    proposer: UUID | None
    owner: UUID | None
    challenge_id: UUID | None
    votes: int
    supported_by_me: bool
    submitted_at: datetime | None
    triage_due_at: datetime | None
    triage_late: bool
    answer_due_at: datetime | None
    answer_late: bool
    answered_at: datetime | None
    stalled: int
    merged_into: UUID | None
    merged: list[UUID]
    parked_until: date | None
    pilots: list[TriedSeen]
    offered_to: UUID | None
    offer_due_at: datetime | None
    adopted_by: UUID | None
    benefit: str
    reviews: list[ReviewSeen]
    steps: list[StepSeen]


class SimilarIdea(BaseModel):
    """An idea that is alike: what became of it, and whom to ask."""

    idea_id: UUID
    title: str
    status: idea.Status
    unit_id: UUID | None
    adopted_by: UUID | None
    merged_into: UUID | None
    owner: UUID | None
    last_code: str | None
    alike: float


class Similar(BaseModel):
    """Ideas that are alike, most first."""

    items: list[SimilarIdea]


class Unanswered(BaseModel):
    """An idea that waits for its answer."""

    idea_id: UUID
    title: str
    status: idea.Status
    unit_id: UUID | None
    submitted_at: datetime
    due_at: datetime
    late: bool


class AllUnanswered(BaseModel):
    """Those that wait, most urgent first."""

    items: list[Unanswered]


class ToEvaluate(BaseModel):
    """An idea that is to be judged: what it says, and not whose it is."""

    idea_id: UUID
    title: str
    problem: str
    due_at: datetime


class AllToEvaluate(BaseModel):
    """What I am still to judge, most urgent first."""

    items: list[ToEvaluate]


class Candidate(BaseModel):
    """Who may judge an idea, what they know of it, and how much lies with them."""

    person_id: UUID
    theme_codes: list[str]
    open: int


class Candidates(BaseModel):
    """Who may judge an idea, who has least to do first; nobody who has a stake in it."""

    items: list[Candidate]


class Spread(BaseModel):
    """How far evaluators are apart on one question: each value, without a name."""

    values: list[int]
    mean: float
    deviation: float


class ScoresSeen(BaseModel):
    """The closed scores of an idea: the spread, not only the mean."""

    asked: int
    stepped_out: int
    impact: Spread
    feasibility: Spread
    fit: Spread
    risk: Spread
    remarks: list[str]


class MyScore(BaseModel):
    """What I found, and nobody else's."""

    scored: bool
    closed: bool
    impact: int | None = None
    feasibility: int | None = None
    fit: int | None = None
    risk: int | None = None
    remark: str = ""


class Notice(BaseModel):
    """Something that happened to an idea that I follow."""

    idea_id: UUID
    title: str
    nth: int
    what: str
    code: str
    text: str
    at: datetime


class Notices(BaseModel):
    """In their order; `next`: ask for what came after this instant."""

    items: list[Notice]
    next: datetime | None


class StuckIdea(BaseModel):
    """An idea that does not go on by itself, and why."""

    idea_id: UUID
    title: str
    status: idea.Status
    owner: UUID | None
    moved_at: datetime
    why: str


class StuckIdeas(BaseModel):
    """Those that have stood still longest first."""

    items: list[StuckIdea]


async def listed(door: Door, status: idea.Status | None, theme: str | None, unit_id: UUID | None, after: UUID | None, limit: int) -> Ideas:
    """Ideas by their id."""
    rows = await door.fetch(LISTED, status, theme, unit_id, after or UUID(int=0), limit)
    items = [IdeaRow(idea_id=row["id"], **{k: v for k, v in row.items() if k != "id"}) for row in rows]
    return Ideas(items=items, next=items[-1].idea_id if len(items) == limit else None)


def seen(door: Door, idea_id: UUID, state: idea.Idea, version: int) -> IdeaSeen:
    """An idea as it stands now."""
    return IdeaSeen(
        idea_id=idea_id,
        version=version,
        status=state.status,
        title=state.title,
        problem=state.problem,
        concept=state.concept,
        theme_codes=list(state.themes),
        unit_id=state.unit_id,
        proposer=state.proposer,
        owner=state.owner,
        challenge_id=state.challenge_id,
        votes=idea.votes(state),
        supported_by_me=door.actor.person_id in idea.followers(state),
        submitted_at=state.submitted_at,
        triage_due_at=state.triage_due_at,
        triage_late=state.triage_late_at is not None,
        answer_due_at=state.answer_due_at,
        answer_late=state.answer_late_at is not None,
        answered_at=state.answered_at,
        stalled=state.stalled,
        merged_into=state.merged_into,
        merged=[each.idea_id for each in state.taken],
        parked_until=state.parked_until,
        pilots=[TriedSeen(pilot_id=each.pilot_id, stage=each.stage) for each in state.tried],
        offered_to=state.offered_to,
        offer_due_at=state.offer_due_at,
        adopted_by=state.adopted_by,
        benefit=state.benefit,
        reviews=[
            ReviewSeen(months=each.months, due_at=each.due_at, late=each.late_at is not None, outcome=each.outcome, text=each.text) for each in state.reviews
        ],
        steps=[StepSeen(at=each.at, what=each.what, code=each.code, text=each.text) for each in state.steps],
    )


async def similar(door: Door, text: str, most: int) -> Similar:
    """Ideas with the same words, in any of the three languages."""
    return Similar(items=[SimilarIdea(idea_id=row["id"], **{k: v for k, v in row.items() if k != "id"}) for row in await door.fetch(SIMILAR, text, most)])


async def unanswered(door: Door, limit: int) -> AllUnanswered:
    """Ideas without an answer."""
    rows = await door.fetch(WAITING, limit)
    return AllUnanswered(items=[Unanswered(idea_id=row["id"], late=row["due_at"] <= door.now, **{k: v for k, v in row.items() if k != "id"}) for row in rows])


async def to_evaluate(door: Door) -> AllToEvaluate:
    """What the caller is still to judge."""
    rows = await door.fetch(TO_EVALUATE, str(door.actor.person_id))
    return AllToEvaluate(items=[ToEvaluate(idea_id=row["id"], **{k: v for k, v in row.items() if k != "id"}) for row in rows])


async def candidates(door: Door, state: idea.Idea) -> Candidates:
    """Who knows a theme of the idea and has no stake in it."""
    asked = {each.person_id for each in state.evaluations}
    rows = await door.fetch(CANDIDATES, list(state.themes))
    free = [row for row in rows if row["id"] not in asked and not idea.involved(state, idea.Expert(row["id"], tuple(row["themes"]), row["unit_id"]))]
    return Candidates(items=[Candidate(person_id=row["id"], theme_codes=sorted(set(row["themes"]) & set(state.themes)), open=row["open"]) for row in free])


def scores(state: idea.Idea) -> ScoresSeen:
    """The scores, once they are closed."""
    given = [each.scores for each in state.evaluations if each.scores]

    def spread(values: list[int]) -> Spread:
        return Spread(values=sorted(values), mean=round(mean(values), 2), deviation=round(stdev(values), 2) if len(values) > 1 else 0.0)

    return ScoresSeen(
        asked=len(state.evaluations),
        stepped_out=sum(each.conflict for each in state.evaluations),
        impact=spread([each.impact for each in given]),
        feasibility=spread([each.feasibility for each in given]),
        fit=spread([each.fit for each in given]),
        risk=spread([each.risk for each in given]),
        remarks=sorted(each.remark for each in state.evaluations if each.remark),
    )


def my_score(state: idea.Idea, mine: idea.Evaluation) -> MyScore:
    """What the caller found."""
    found = mine.scores
    values = {name: getattr(found, name) for name in ("impact", "feasibility", "fit", "risk")} if found else {}
    return MyScore(scored=found is not None, closed=state.scored_at is not None, remark=mine.remark, **values)


async def notices(door: Door, after: datetime, limit: int) -> Notices:
    """What happened to the ideas that the caller follows."""
    rows = await door.fetch(NOTICES, door.actor.person_id, after, limit)
    items = [Notice(idea_id=row["id"], **{k: v for k, v in row.items() if k != "id"}) for row in rows]
    return Notices(items=items, next=items[-1].at if items else None)


async def stuck(door: Door, limit: int) -> StuckIdeas:
    """What would not go on by itself."""
    return StuckIdeas(items=[StuckIdea(idea_id=row["id"], **{k: v for k, v in row.items() if k != "id"}) for row in await door.fetch(STUCK, limit)])
