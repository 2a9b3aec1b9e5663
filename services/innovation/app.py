"""The innovation service in one table: what it keeps, hears, accepts and follows."""

from __future__ import annotations

from cg_contracts import org
from cg_kit.pure import on
from cg_kit.service import Aggregate, Service
from services.innovation import api, outgoing, reactions
from services.innovation.domain import evaluator, idea, impact, unit
from services.innovation.domain.rules import RULES

SERVICE = Service(
    name="innovation",
    keeps=(
        Aggregate("idea", idea, outgoing.idea_tells),
        Aggregate("evaluator", evaluator, outgoing.nothing),
        Aggregate("unit", unit, outgoing.nothing),
        Aggregate("impact", impact, outgoing.impact_tells),
    ),
    hears=(
        on(org.ReorganisationScheduledV1, reactions.count_touched),
        on(org.ReorganisationTookEffectV1, reactions.follow_units),
    ),
    follows=(
        on(idea.Merged, reactions.take_merged),
        on(idea.Separated, reactions.release_separated),
        on(idea.Submitted, reactions.note_idea),
        on(idea.Offered, reactions.note_adopter),
        on(idea.Placed, reactions.note_adopter),
        on(idea.Reowned, reactions.note_successor),
        on(impact.UnitAsked, reactions.ask_unit),
        on(unit.UnitTouched, reactions.ask_items),
        on(idea.IdeaTouched, reactions.add_idea),
        on(impact.ImpactAsked, reactions.gather),
        on(impact.RoundOver, reactions.gather),
        on(unit.Ended, reactions.reown),
    ),
    api=api.router,
    rules=RULES,
)
