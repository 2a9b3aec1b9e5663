"""What routes share."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from pydantic import Field, StringConstraints

from cg_kit.http import Body, Done, Door
from cg_kit.pure import To
from services.audit.domain import engagement
from services.audit.domain.scale import Text

HEAD, AUDITOR, COMMISSIONER, MANAGER = "head-of-audit", "auditor", "commissioner-general", "unit-head"
"""The head of audit, an auditor, the commissioner-general, and who heads a unit."""

Words = Annotated[str, StringConstraints(min_length=1, max_length=10_000)]
Short = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Units = Annotated[list[UUID], Field(min_length=1, max_length=50)]


class Tongues(Body):
    """A text in the languages of the house. What leaves audit is there in Dutch and French; English is a courtesy."""

    nl: Words | None = None
    fr: Words | None = None
    en: Words | None = None

    def text(self) -> Text:
        """The same in the domain's words."""
        return {tongue: text for tongue, text in self.model_dump().items() if text}


async def known(door: Door, engagement_id: UUID) -> tuple[engagement.Engagement, int]:
    """An engagement that exists, with its version."""
    return await door.known("engagement", engagement_id)


def must_work_on(door: Door, it: engagement.Engagement) -> None:
    """Only its team works on an engagement, and the head of audit."""
    if HEAD not in door.actor.roles and door.actor.person_id not in it.team:
        raise door.deny("AUD-NEED")


async def order(door: Door, engagement_id: UUID, command: engagement.Command) -> Done:
    """A command for an engagement, by who works on it."""
    it, _ = await known(door, engagement_id)
    must_work_on(door, it)
    return await door.command(To("engagement", engagement_id, command))
