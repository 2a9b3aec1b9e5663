"""The invented people of an embedded house: one for each role, always the same."""

from __future__ import annotations

from uuid import UUID

from cg_kit.pure.words import named

ROLES = (
    "reader",
    "org-administrator",
    "appointing-authority",
    "hr-officer",
    "unit-head",
    "korpschef",
    "dirco",
    "person",
    "security-officer",
    "clearance-clerk",
    "verifier",
    "decider",
    "head-of-service",
    "dpo",
    "operator",
    "commission-member",
    "head-of-audit",
    "auditor",
    "commissioner-general",
    "innovation-officer",
    "steering-board",
    "sponsor",
    "security-adviser",
    "legal-adviser",
    "prevention-adviser",
    "ai-adviser",
    "budget-holder",
    "policy-adviser",
    "international-officer",
    "integrity-handler",
    "confidant",
    "custodian",
)
"""The roles that a token can carry."""


def person_of(role: str) -> UUID:
    """The sample person who has this role; different roles are different people, so that who prepares is not who decides."""
    return named("sample person", role)
