"""What an engagement brings forth: evidence, findings with their four attributes, and recommendations as they are drafted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from hashlib import sha256
from uuid import UUID

from cg_contracts.audit import Severity, Theme
from cg_contracts.levels import Level
from cg_kit.pure import Refused
from services.audit.domain.scale import Text, missing


class Standing(StrEnum):
    """How far a finding is. A matter that smells of a crime or a breach of integrity is referred, and is no finding (AUD-8)."""

    DRAFT = "DRAFT"
    DISCUSSED = "DISCUSSED"
    RAISED = "RAISED"
    RESPONDED = "RESPONDED"
    CLOSED = "CLOSED"
    SUPERSEDED = "SUPERSEDED"
    DROPPED = "DROPPED"
    REFERRED = "REFERRED"


STANDS = (Standing.RAISED, Standing.RESPONDED, Standing.CLOSED)
"""A finding that the report holds."""

SHOWN = (Standing.DISCUSSED, *STANDS, Standing.SUPERSEDED)
"""A finding that the audited unit may read (AUD-6)."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """Something that bears a finding out: where it is kept, and what it shows; of something classified only where it is kept (AUD-9)."""

    evidence_id: UUID
    ref: str
    classification: Level | None
    note: str | None
    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class Said:
    """What a finding says: the condition (what is), the criteria (what should be), cause and effect, how severe, where, on what, borne out by what."""

    unit_id: UUID
    themes: tuple[Theme, ...]
    severity: Severity
    condition: Text
    criteria: Text
    cause: Text
    effect: Text
    evidence: tuple[UUID, ...]


@dataclass(frozen=True, slots=True)
class Finding:
    """A finding as it stands. `repeats`: earlier ones on a theme in the unit; `over`: recommendations of it that are closed."""

    finding_id: UUID
    said: Said
    standing: Standing
    drafted_by: UUID
    repeats: tuple[UUID, ...] = ()
    raised_at: datetime | None = None
    raised_by: UUID | None = None
    supersedes: UUID | None = None
    superseded_by: UUID | None = None


@dataclass(frozen=True, slots=True)
class Advice:
    """A recommendation as it is drafted. In an advisory engagement it may rest on no finding."""

    recommendation_id: UUID
    finding_ids: tuple[UUID, ...]
    unit_id: UUID
    text: Text
    priority: Severity
    owner_post_id: UUID | None
    target_on: date | None
    by: UUID
    issued_at: datetime | None = None
    responded: bool = False
    over: bool = False


def unfit(said: Said, known: tuple[UUID, ...]) -> Refused | None:
    """Why a finding cannot be raised: it needs all four attributes in both languages, evidence that is there, a theme and a severity (AUD-1)."""
    lacks = missing(condition=said.condition, criteria=said.criteria, cause=said.cause, effect=said.effect)
    if lacks is not None:
        return Refused("AUD-1", lacks)
    if not said.evidence or set(said.evidence) - set(known):
        return Refused("AUD-1", "evidence")
    return None if said.themes else Refused("AUD-1", "themes")


def content(advice: Advice, findings: tuple[Finding, ...]) -> str:
    """A digest of what a recommendation and its findings say: what somebody accepted the risk of, can be told from what it became."""
    parts: list[object] = [sorted(advice.text.items()), advice.priority.value, str(advice.unit_id)]
    for each in sorted((each for each in findings if each.finding_id in advice.finding_ids), key=lambda each: str(each.finding_id)):
        said = each.said
        texts = [sorted(text.items()) for text in (said.condition, said.criteria, said.cause, said.effect)]
        parts.append([texts, said.severity.value, str(said.unit_id), sorted(theme.value for theme in said.themes)])
    return sha256(repr(parts).encode()).hexdigest()
