"""Evidence, findings, matters that are referred, and recommendations as they are drafted."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from cg_contracts.audit import Severity, Theme
from cg_contracts.base import Code
from cg_contracts.integrity import MatterCategory
from cg_contracts.levels import Level
from cg_kit.http import Body, Done, Door, needs
from cg_kit.pure import To
from services.audit import queries
from services.audit.api.shared import AUDITOR, COMMISSIONER, HEAD, MANAGER, Short, Tongues, Words, known, must_work_on, order
from services.audit.domain import engagement, finding

router = APIRouter()


class EvidenceFiled(Body):
    """Where a piece of evidence is kept, and what it shows; of a classified one only where it is kept (AUD-9)."""

    evidence_id: UUID | None = None
    ref: Short
    classification: Level | None = None
    note: Words | None = None


class FindingGiven(Body):
    """What is (condition), what should be (criteria), why it is not (cause), what comes of it (effect), how severe, and what bears it out."""

    unit_id: UUID
    themes: list[Theme] = Field(default_factory=list, max_length=10)
    severity: Severity
    condition: Tongues = Field(default_factory=Tongues)
    criteria: Tongues = Field(default_factory=Tongues)
    cause: Tongues = Field(default_factory=Tongues)
    effect: Tongues = Field(default_factory=Tongues)
    evidence: list[UUID] = Field(default_factory=list, max_length=50)

    def said(self) -> finding.Said:
        """The same in the domain's words."""
        texts = (self.condition.text(), self.criteria.text(), self.cause.text(), self.effect.text())
        return finding.Said(self.unit_id, tuple(dict.fromkeys(self.themes)), self.severity, *texts, tuple(dict.fromkeys(self.evidence)))


class FindingDrafted(FindingGiven):
    """A finding; one that has a `finding_id` already, drafted otherwise."""

    finding_id: UUID | None = None


class FindingReplaced(FindingGiven):
    """The finding that takes the place of another."""

    new_id: UUID | None = None


class MatterReferred(Body):
    """A suspected crime, or breach of integrity: to whom it goes, of what category, and what was seen, which lies in the vault and is on no topic."""

    matter_id: UUID | None = None
    unit_id: UUID
    destination: engagement.Destination
    category: MatterCategory
    what_was_seen: Words
    facts_on: date | None = None
    finding_id: UUID | None = None


Purpose = Annotated[Code, Query(description="What it is read for; recorded with the reading.")]


class MatterRead(BaseModel):
    """What the vault holds of a matter; this reading is recorded."""

    held: dict[str, Any]


class RecommendationDrafted(Body):
    """What is to be done about findings, by which post, by when; without a day, as the severity says once it is issued."""

    recommendation_id: UUID | None = None
    finding_ids: list[UUID] = Field(default_factory=list, max_length=50)
    unit_id: UUID
    text: Tongues
    priority: Severity
    owner_post_id: UUID | None = None
    target_on: date | None = None


@router.post("/engagements/{engagement_id}/evidence", summary="File a working paper")
async def add_evidence(engagement_id: UUID, body: EvidenceFiled, door: Annotated[Door, needs(AUDITOR, HEAD)]) -> Done:
    """For the team alone."""
    evidence = finding.Evidence(body.evidence_id or door.new_id(), body.ref, body.classification, body.note, door.actor.person_id, door.now)
    return await order(door, engagement_id, engagement.AddEvidence(evidence))


@router.post("/engagements/{engagement_id}/findings", summary="Draft a finding")
async def draft_finding(engagement_id: UUID, body: FindingDrafted, door: Annotated[Door, needs(AUDITOR, HEAD)]) -> Done:
    """Flagged as a repeat where the unit had one on the same theme within three years."""
    said = FindingDrafted.said(body)
    repeats = await queries.engagements.repeats(door, said.unit_id, said.themes, engagement_id)
    draft = engagement.DraftFinding(body.finding_id or door.new_id(), said, repeats, door.actor.person_id, door.now)
    return await order(door, engagement_id, draft)


@router.post("/engagements/{engagement_id}/findings/{finding_id}/discussion", summary="Say that a finding was discussed with the unit")
async def discuss_finding(engagement_id: UUID, finding_id: UUID, door: Annotated[Door, needs(AUDITOR, HEAD)]) -> Done:
    """The unit may read it from now on (AUD-6)."""
    return await order(door, engagement_id, engagement.DiscussFinding(finding_id, door.actor.person_id, door.now))


@router.post("/engagements/{engagement_id}/findings/{finding_id}/validation", summary="Raise a finding")
async def raise_finding(engagement_id: UUID, finding_id: UUID, door: Annotated[Door, needs(AUDITOR, HEAD)]) -> Done:
    """By the lead auditor or the head of audit, never who drafted it; with all that AUD-1 asks."""
    it, _ = await known(door, engagement_id)
    if HEAD not in door.actor.roles and door.actor.person_id != it.lead:
        raise door.deny("AUD-LEAD")
    return await order(door, engagement_id, engagement.RaiseFinding(finding_id, door.actor.person_id, door.now))


@router.post("/engagements/{engagement_id}/findings/{finding_id}/removal", summary="Drop a finding that is none")
async def drop_finding(engagement_id: UUID, finding_id: UUID, door: Annotated[Door, needs(AUDITOR, HEAD)]) -> Done:
    """Before it was raised."""
    return await order(door, engagement_id, engagement.DropFinding(finding_id, door.actor.person_id, door.now))


@router.post("/engagements/{engagement_id}/findings/{finding_id}/supersession", summary="Put another finding in the place of one that was raised")
async def supersede_finding(engagement_id: UUID, finding_id: UUID, body: FindingReplaced, door: Annotated[Door, needs(HEAD)]) -> Done:
    """What was raised is never edited (AUD-3); a risk that was accepted on it is to be accepted anew."""
    said = FindingReplaced.said(body)
    return await order(door, engagement_id, engagement.Supersede(finding_id, body.new_id or door.new_id(), said, door.actor.person_id, door.now))


@router.post("/engagements/{engagement_id}/findings/{finding_id}/closure", summary="Close a finding on which nothing is open")
async def close_finding(engagement_id: UUID, finding_id: UUID, door: Annotated[Door, needs(HEAD)]) -> Done:
    """Only audit closes (AUD-4)."""
    return await order(door, engagement_id, engagement.CloseFinding(finding_id, door.actor.person_id, door.now))


@router.post("/engagements/{engagement_id}/referrals", summary="Refer a matter that is not audit's")
async def refer_matter(engagement_id: UUID, body: MatterReferred, door: Annotated[Door, needs(AUDITOR, HEAD)]) -> Done:
    """A suspected crime or breach of integrity is in no report (AUD-8). Integrity is told at once; the prosecutor by whoever refers it."""
    it, _ = await known(door, engagement_id)
    must_work_on(door, it)
    matter_id = body.matter_id or door.new_id()

    def refer(ref: UUID | None) -> To:
        about = (matter_id, body.unit_id, body.destination, body.category, body.facts_on, body.finding_id)
        return To("engagement", engagement_id, engagement.Refer(*about, ref, door.actor.person_id, door.now))

    return await door.command(refer, personal={"what_was_seen": body.what_was_seen})


@router.get("/engagements/{engagement_id}/referrals/{matter_id}", summary="What was seen of a matter that was referred")
async def read_matter(engagement_id: UUID, matter_id: UUID, purpose: Purpose, door: Annotated[Door, needs(AUDITOR, HEAD)]) -> MatterRead:
    """For the lead auditor and the head of audit; the reading is recorded with its purpose."""
    it, _ = await known(door, engagement_id)
    if HEAD not in door.actor.roles and door.actor.person_id != it.lead:
        raise door.deny("AUD-NEED")
    matter = next((each for each in it.referrals if each.matter_id == matter_id), None)
    if matter is None or matter.sealed is None:
        raise door.missing()
    return MatterRead(held=await door.read_vault(matter.sealed, purpose))


@router.post("/engagements/{engagement_id}/recommendations", summary="Draft a recommendation")
async def draft_recommendation(engagement_id: UUID, body: RecommendationDrafted, door: Annotated[Door, needs(AUDITOR, HEAD)]) -> Done:
    """It is issued with the final report, on a critical finding at once; without an owner's post, who heads the unit answers for it."""
    head = (await door.states("unit", [body.unit_id])).get(body.unit_id)
    recommend = engagement.Recommend(
        body.recommendation_id or door.new_id(),
        tuple(dict.fromkeys(body.finding_ids)),
        body.unit_id,
        body.text.text(),
        body.priority,
        body.owner_post_id or (head[0].head_post_id if head else None),
        body.target_on,
        door.actor.person_id,
        door.now,
    )
    return await order(door, engagement_id, recommend)


@router.get("/units/{unit_id}/findings", summary="Findings on a unit, for who heads it")
async def list_findings(unit_id: UUID, door: Annotated[Door, needs(MANAGER, HEAD, COMMISSIONER)]) -> queries.engagements.FindingsSeen:
    """Those that were discussed with it, no others (AUD-6), and no working papers."""
    if not door.actor.roles & {HEAD, COMMISSIONER} and unit_id not in await queries.posts.headed_by(door, door.actor.person_id):
        raise door.deny("AUD-NEED")
    return await queries.engagements.findings(door, unit_id)
