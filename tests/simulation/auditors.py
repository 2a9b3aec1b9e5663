"""Who works at audit: they take an engagement a step further, or a recommendation, so that every state is reached while things go wrong around them."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid5

from cg_contracts.audit import Decision, EngagementType, Severity, Theme
from cg_contracts.integrity import MatterCategory
from cg_kit.pure import To
from cg_kit.pure.terms import day_of
from services.audit.domain import engagement, recommendation
from services.audit.domain.engagement import Status
from services.audit.domain.finding import Evidence, Said, Standing

if TYPE_CHECKING:
    from tests.simulation.people import People

BASE = UUID(int=0)
HEAD, LEAD, AUDITOR, CHIEF, CG = (uuid5(BASE, f"at audit: {name}") for name in ("head", "lead", "auditor", "chief", "commissioner"))
ENGAGEMENTS = 4
"""How many are under way at once."""


def text(words: str) -> dict[str, str]:
    """In both languages."""
    return {"nl": words, "fr": words}


class Auditors:
    """All of them, and who answers to them."""

    def __init__(self, people: People) -> None:
        self.people, self.world = people, people.world

    async def run(self) -> None:
        """The next step of something."""
        chance = self.world.chance
        engagements = self.people._states("audit", "engagement")
        open_ones = [each for each in engagements if each[1].status in engagement.OPEN and each[1].status is not Status.DEFERRED]
        recommendations = [each for each in self.people._states("audit", "recommendation") if each[1].status in recommendation.OPEN]
        if recommendations and chance.random() < 0.4:
            await self._answer(*chance.choice(recommendations))
        elif len(open_ones) < ENGAGEMENTS:
            await self._plan()
        elif open_ones:
            await self._work(*chance.choice(open_ones))

    async def _do(self, kind: str, id_: UUID, command: Any, who: UUID) -> None:
        done = await self.world.command("audit", lambda _: To(kind, id_, command), who)
        self.world.counts[f"{'did' if done else 'refused'} audit.{kind}.{type(command).__name__}"] += 1

    async def _plan(self) -> None:
        chance, now = self.world.chance, self.world.now()
        units = [id_ for id_, state in self.people._states("audit", "unit") if state.described and state.ended_on is None]
        if not units:
            return
        brief = engagement.Brief(EngagementType.ASSURANCE, text("titel"), (chance.choice(units),), "risk", day_of(now), 10)
        await self._do("engagement", UUID(int=chance.getrandbits(128)), engagement.Plan(brief, HEAD, now), HEAD)

    async def _work(self, id_: UUID, it: engagement.Engagement) -> None:
        chance, now = self.world.chance, self.world.now()
        units = engagement.scope_units(it)
        match it.status:
            case Status.PROPOSED:
                assert it.brief
                await self._do("engagement", id_, engagement.Confirm(it.brief, HEAD, now), HEAD)
            case Status.PLANNED:
                await self._do("engagement", id_, engagement.Announce(LEAD, (AUDITOR,), day_of(now), HEAD, now), HEAD)
            case Status.ANNOUNCED:
                scope = engagement.Scope(text("doel"), text("alles"), {}, ("CP3",))
                await self._do("engagement", id_, engagement.SetScope(scope, LEAD, now), LEAD)
            case Status.PLANNING if not it.programme:
                await self._do("engagement", id_, engagement.DrawUp("programma", LEAD, now), LEAD)
            case Status.PLANNING | Status.FIELDWORK if len(it.declarations) < 2 * len(units):
                who = chance.choice((LEAD, AUDITOR))
                await self._do("engagement", id_, engagement.Declare(who, units, (), now), who)
            case Status.PLANNING:
                await self._do("engagement", id_, engagement.ApproveProgramme(HEAD, now), HEAD)
            case Status.FIELDWORK:
                await self._fieldwork(id_, it)
            case Status.DRAFT_REPORT:
                await self._do("engagement", id_, engagement.SendDraft(LEAD, now), LEAD)
            case Status.RIGHT_OF_REPLY if chance.random() < 0.5:
                await self._do("engagement", id_, engagement.TakeReply(chance.choice(units), "antwoord", CHIEF, now), CHIEF)
            case Status.RIGHT_OF_REPLY:
                await self._do("engagement", id_, engagement.Finalise(HEAD, now), HEAD)
            case Status.FINAL_REPORT:
                await self._do("engagement", id_, engagement.Close(HEAD, now), HEAD)

    async def _fieldwork(self, id_: UUID, it: engagement.Engagement) -> None:
        chance, now, new = self.world.chance, self.world.now(), UUID(int=self.world.chance.getrandbits(128))
        units = engagement.scope_units(it)
        if not it.evidence:
            await self._do("engagement", id_, engagement.AddEvidence(Evidence(new, "WP/1", None, "lijst", AUDITOR, now)), AUDITOR)
            return
        pending = [each for each in it.findings if each.standing in (Standing.DRAFT, Standing.DISCUSSED)]
        if not pending and len(it.findings) < 2:
            severity = chance.choice(list(Severity))
            said = Said(
                chance.choice(units),
                (chance.choice(list(Theme)),),
                severity,
                text("is"),
                text("hoort"),
                text("want"),
                text("dus"),
                (it.evidence[0].evidence_id,),
            )
            await self._do("engagement", id_, engagement.DraftFinding(new, said, (), AUDITOR, now), AUDITOR)
        elif pending and chance.random() < 0.1:
            it_ = pending[0]
            refer = engagement.Refer(new, it_.said.unit_id, engagement.Destination.INTEGRITY, MatterCategory.FRAUD, None, it_.finding_id, None, AUDITOR, now)
            await self._do("engagement", id_, refer, AUDITOR)
        elif pending and pending[0].standing is Standing.DRAFT:
            await self._do("engagement", id_, engagement.DiscussFinding(pending[0].finding_id, AUDITOR, now), AUDITOR)
        elif pending:
            await self._do("engagement", id_, engagement.RaiseFinding(pending[0].finding_id, LEAD, now), LEAD)
        elif len(it.advices) < len(it.findings):
            finding = chance.choice([each for each in it.findings if each.standing is Standing.RAISED] or [None])
            if finding is None:
                await self._do("engagement", id_, engagement.Conclude(text("besluit"), LEAD, now), LEAD)
                return
            owner = chance.choice([None, *(post_id for post_id, _ in self.people._states("audit", "post"))])
            advice = engagement.Recommend(new, (finding.finding_id,), finding.said.unit_id, text("doe"), finding.said.severity, owner, None, AUDITOR, now)
            await self._do("engagement", id_, advice, AUDITOR)
        else:
            await self._do("engagement", id_, engagement.Conclude(text("besluit"), LEAD, now), LEAD)

    async def _answer(self, id_: UUID, it: recommendation.Recommendation) -> None:
        chance, now = self.world.chance, self.world.now()
        action = recommendation.Action(UUID(int=chance.getrandbits(128)), "stap", day_of(now) + timedelta(days=20))
        match it.status:
            case recommendation.Status.ISSUED:
                decision = chance.choice(list(Decision))
                await self._do("recommendation", id_, recommendation.Respond(decision, "reden", (action,), CHIEF, now), CHIEF)
            case recommendation.Status.REJECTED:
                take = recommendation.AcceptRisk(it.content, day_of(now) + timedelta(days=chance.choice((1, 200))), CG, now)
                await self._do("recommendation", id_, take if chance.random() < 0.5 else recommendation.Overrule(CG, now), CG)
            case recommendation.Status.REPORTED_IMPLEMENTED:
                await self._do("recommendation", id_, recommendation.Verify(chance.random() < 0.7, HEAD, now), HEAD)
            case _ if it.asked and it.asked[-1].granted is None:
                await self._do("recommendation", id_, recommendation.DecideExtension(chance.random() < 0.7, chance.random() < 0.5, HEAD, now), HEAD)
            case _ if it.target_on and chance.random() < 0.3:
                ask = recommendation.AskExtension(max(it.target_on, day_of(now)) + timedelta(days=30), "reden", CHIEF, now)
                await self._do("recommendation", id_, ask, CHIEF)
            case _:
                await self._do("recommendation", id_, recommendation.ReportDone(("foto",), "", CHIEF, now), CHIEF)
