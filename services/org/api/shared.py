"""What routes share."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from fastapi import Query
from pydantic import StringConstraints

from cg_contracts.base import Code, Instant
from cg_kit.http import AsWritten

Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,63}$")]
KnownAt = Annotated[Instant | None, AsWritten, Query(description="As was known at this instant; by default now.")]
Purpose = Annotated[Code | None, Query(description="What for; recorded with the reading.")]
OnDay = Annotated[date | None, AsWritten, Query(description="The day asked about; by default today in Brussels.")]

STRUCTURE = ("reader", "org-administrator", "appointing-authority", "hr-officer", "unit-head", "korpschef", "dirco", "security-officer", "operator")
"""Who may look up units and posts without their holders."""

STAFF = ("org-administrator", "appointing-authority", "hr-officer", "security-officer")
"""Who may see the holders of every post; a unit head sees those of the own subtree."""
