"""Oversight in one table: it hears every fact, and what every service did, and keeps what is owed."""

from __future__ import annotations

from cg_contracts.base import CATALOGUE, Fact
from cg_contracts.oversight import StepsTakenV1
from cg_contracts.topics import events_topic, spoken_on
from cg_kit.pure import on
from cg_kit.service import Aggregate, Service
from services.oversight import api, outgoing, reactions
from services.oversight.domain import obligation, party
from services.oversight.domain.rules import RULES

FACTS = tuple(
    fact
    for fact in CATALOGUE.values()
    if issubclass(fact, Fact) and fact in spoken_on(events_topic(fact.about.owner)) and not fact.about.type.endswith(".Canary.v1")
)
"""Whatever stands on `.events`, of whichever service; a sign of life is noted before anything is taken."""

SERVICE = Service(
    name="oversight",
    keeps=(Aggregate("obligation", obligation, outgoing.tell), Aggregate("party", party, outgoing.nothing)),
    hears=(on(StepsTakenV1, reactions.hear_steps), *(on(fact, reactions.hear) for fact in FACTS)),
    follows=(
        on(obligation.Opened, reactions.burden),
        on(obligation.Reowned, reactions.burden),
        on(obligation.Met, reactions.settle),
        on(obligation.Cancelled, reactions.settle),
        on(party.Succeeded, reactions.pass_on),
    ),
    api=api.router,
    rules=RULES,
    remembers=reactions.remember,
)
