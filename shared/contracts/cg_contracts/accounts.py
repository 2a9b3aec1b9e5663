"""Who has an account on the broker: the services of the house, and the systems outside it."""

from __future__ import annotations

SERVICES: tuple[str, ...] = ("org", "screening", "audit", "integrity", "innovation", "oversight")
"""Services that run today; each has its own process, database, consumer group and account."""

OUTSIDE: dict[str, str] = {
    "hr": "staff system",
    "nvo": "security authority",
    "fanc": "nuclear control",
    "appeals": "appeal body",
    "justice": "adverse information from justice",
    "inspection": "adverse information from the general inspectorate",
    "operator": "reads what is said, writes nothing",
    "clock": "moves domain time where that is allowed",
}
"""Systems outside the house, with what they are."""


def source_of(account: str) -> str:
    """The CloudEvents `source` under which an account speaks: `tag:police.be,2026:cg/<service>` or `tag:police.be,2026:outside/<account>`."""
    return f"tag:police.be,2026:{'cg' if account in SERVICES else 'outside'}/{account}"
