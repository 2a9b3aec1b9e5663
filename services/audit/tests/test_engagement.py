"""An engagement: each rule as a sentence that may be false, and every command in every state."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import product
from typing import Any

import pytest

from cg_contracts.audit import EngagementType, Severity, Theme
from cg_contracts.integrity import MatterCategory
from cg_contracts.levels import Level
from cg_kit.pure import Due, Refused, named
from cg_kit.pure.terms import BRUSSELS
from services.audit.domain import engagement as e
from services.audit.domain.engagement import NEW, Brief, Engagement, Scope, Status, decide, due, evolve
from services.audit.domain.finding import Evidence, Said, Standing
from services.audit.outgoing import engagement_tells

NOON = datetime(2026, 4, 15, 12, tzinfo=BRUSSELS)
LATER = datetime(2026, 5, 8, 9, tzinfo=BRUSSELS)
UNIT, OTHER, LEAD, ANN, HEAD, CHIEF, PAPER, SECRET, F1, F2, F3, R1, R2, MATTER, POST = (
    named("test", name) for name in ("unit", "other", "lead", "ann", "head", "chief", "paper", "secret", "f1", "f2", "f3", "r1", "r2", "matter", "post")
)
ENGAGEMENT = named("test", "engagement")


def text(words: str) -> dict[str, str]:
    return {"nl": words, "fr": words}


BRIEF = Brief(EngagementType.ASSURANCE, text("Toegang"), (UNIT,), "year_plan", date(2026, 5, 4), 20)
SCOPE = Scope(text("doel"), text("alles"), {}, ("CP3",))
SAID = Said(UNIT, (Theme.SAFETY,), Severity.HIGH, text("is"), text("hoort"), text("want"), text("dus"), (PAPER,))
CRITICAL = replace(SAID, severity=Severity.CRITICAL)
ANNOUNCE = e.Announce(LEAD, (ANN,), date(2026, 5, 4), HEAD, NOON)
PROGRAMME = e.DrawUp("interviews, steekproef", LEAD, NOON)
OPINION = e.Conclude(text("beheerst, met gaten"), LEAD, NOON)
EVIDENCE = e.AddEvidence(Evidence(PAPER, "WP/1", None, "lijst", ANN, NOON))
DRAFT = e.DraftFinding(F1, SAID, (), ANN, NOON)
DISCUSS = e.DiscussFinding(F1, ANN, NOON)
RAISE = e.RaiseFinding(F1, LEAD, NOON)
RECOMMEND = e.Recommend(R1, (F1,), UNIT, text("doe het"), Severity.HIGH, POST, None, ANN, NOON)
REFER = e.Refer(MATTER, UNIT, e.Destination.INTEGRITY, MatterCategory.FRAUD, None, F1, SECRET, ANN, NOON)
REPLY = e.TakeReply(UNIT, "akkoord", CHIEF, NOON)


def given(*commands: Any, start: Engagement = NEW) -> Engagement:
    """The engagement after these commands, each of which changes it."""
    state = start
    for command in commands:
        events = decide(state, command)
        assert isinstance(events, list), (command, events)
        assert events, command
        for event in events:
            state = evolve(state, event)
    return state


PLANNED = given(e.Plan(BRIEF, HEAD, NOON))
ANNOUNCED = given(ANNOUNCE, start=PLANNED)
DECLARED = [e.Declare(LEAD, (UNIT,), (), NOON), e.Declare(ANN, (UNIT,), (), NOON)]
PLANNING = given(e.SetScope(SCOPE, LEAD, NOON), *DECLARED, PROGRAMME, start=ANNOUNCED)
FIELDWORK = given(e.ApproveProgramme(HEAD, NOON), start=PLANNING)
DRAFTED = given(EVIDENCE, DRAFT, start=FIELDWORK)
RAISED = given(DISCUSS, RAISE, RECOMMEND, start=DRAFTED)
SENT = given(OPINION, e.SendDraft(LEAD, NOON), start=RAISED)
SILENT = given(Due("reply", SENT.reply_due_at), start=SENT)  # type: ignore[arg-type]
FINAL = given(e.Finalise(HEAD, LATER), start=SILENT)
STATES = {
    "new": NEW,
    "proposed": given(e.Propose(UNIT, ("late", "late"), NOON)),
    "planned": PLANNED,
    "announced": ANNOUNCED,
    "deferred": given(e.Defer(date(2026, 9, 1), "reorganisation", HEAD, NOON), start=ANNOUNCED),
    "cancelled": given(e.Cancel("no_need", HEAD, NOON), start=PLANNED),
    "planning": PLANNING,
    "fieldwork": FIELDWORK,
    "drafted": DRAFTED,
    "raised": RAISED,
    "critical": given(EVIDENCE, replace(DRAFT, said=CRITICAL), DISCUSS, RECOMMEND, RAISE, start=FIELDWORK),
    "referred": given(REFER, start=DRAFTED),
    "draft report": given(OPINION, start=RAISED),
    "sent": SENT,
    "silent": SILENT,
    "final": FINAL,
    "closed": given(e.Close(HEAD, LATER), start=FINAL),
    "advice": given(
        e.Plan(replace(BRIEF, kind=EngagementType.ADVISORY), HEAD, NOON),
        ANNOUNCE,
        e.SetScope(SCOPE, LEAD, NOON),
        *DECLARED,
        PROGRAMME,
        e.ApproveProgramme(HEAD, NOON),
        replace(RECOMMEND, finding_ids=()),
        OPINION,
    ),
}
COMMANDS: list[Any] = [
    e.Plan(BRIEF, HEAD, NOON),
    e.Plan(replace(BRIEF, unit_ids=()), HEAD, NOON),
    e.Propose(UNIT, ("late",), NOON),
    e.Confirm(BRIEF, HEAD, NOON),
    e.Confirm(replace(BRIEF, kind=EngagementType.FOLLOW_UP), HEAD, NOON),
    ANNOUNCE,
    replace(ANNOUNCE, starts_on=date(2026, 1, 1)),
    e.Defer(date(2026, 9, 1), "reorganisation", HEAD, NOON),
    e.Cancel("no_need", HEAD, NOON),
    e.SetTeam(ANN, (LEAD,), HEAD, NOON),
    e.SetTeam(LEAD, (CHIEF,), HEAD, NOON),
    e.SetScope(SCOPE, LEAD, NOON),
    e.SetScope(replace(SCOPE, criteria=("CP3", "NVP")), LEAD, NOON),
    *DECLARED,
    e.Declare(ANN, (UNIT,), (UNIT,), NOON),
    PROGRAMME,
    e.DrawUp("anders", LEAD, NOON),
    e.ApproveProgramme(HEAD, NOON),
    EVIDENCE,
    e.AddEvidence(Evidence(SECRET, "kluis 3", Level.GEHEIM, None, ANN, NOON)),
    e.AddEvidence(Evidence(SECRET, "kluis 3", Level.GEHEIM, "de inhoud", ANN, NOON)),
    DRAFT,
    replace(DRAFT, said=CRITICAL),
    DISCUSS,
    RAISE,
    e.DropFinding(F1, LEAD, NOON),
    e.Supersede(F1, F2, replace(SAID, severity=Severity.LOW), HEAD, NOON),
    e.Supersede(F1, F2, CRITICAL, HEAD, NOON),
    REFER,
    replace(REFER, finding_id=None),
    e.NoteReferred(MATTER, "accepted", NOON),
    RECOMMEND,
    replace(RECOMMEND, recommendation_id=R2, finding_ids=()),
    OPINION,
    e.SendDraft(LEAD, NOON),
    REPLY,
    replace(REPLY, unit_id=OTHER),
    e.Finalise(HEAD, LATER),
    e.NoteResponse(R1, LATER),
    e.NoteOver(R1, True, LATER),
    e.NoteOver(R1, False, LATER),
    e.CloseFinding(F1, HEAD, LATER),
    e.Close(HEAD, LATER),
    e.Remap(UNIT, (OTHER,), NOON),
    e.Remap(UNIT, (), NOON),
    Due("reply", SENT.reply_due_at),  # type: ignore[arg-type]
    Due("no such clock", NOON),
]
ONLY_TOLD = (e.Escalated, e.AdviceRestated)


@pytest.mark.parametrize(("name", "command"), list(product(STATES, COMMANDS)))
def test_whatever_is_decided_changes_the_engagement_can_be_told_and_is_decided_once(name: str, command: Any) -> None:
    state = STATES[name]
    decided = decide(state, command)
    if isinstance(decided, Refused):
        return
    for event in decided:
        after = evolve(state, event)
        assert after != state or isinstance(event, ONLY_TOLD)
        state = after
        assert all(words not in str(told) for told in engagement_tells(ENGAGEMENT, event, state) for words in ("hoort", "doe het"))
        assert all(deadline.name == "reply" for deadline in due(state))
    again = decide(state, command)
    assert isinstance(again, Refused) or again == []


@pytest.mark.parametrize("lacking", ["condition", "criteria", "cause", "effect", "evidence", "themes"])
def test_aud_1_a_finding_is_raised_with_four_attributes_evidence_a_theme_and_a_severity(lacking: str) -> None:
    empty: Any = () if lacking in ("evidence", "themes") else {"nl": "alleen Nederlands"}
    state = given(EVIDENCE, replace(DRAFT, said=replace(SAID, **{lacking: empty})), DISCUSS, start=FIELDWORK)
    assert decide(state, RAISE) == Refused("AUD-1", lacking)


def test_aud_1_evidence_must_be_there() -> None:
    state = given(DRAFT, DISCUSS, start=FIELDWORK)
    assert decide(state, RAISE) == Refused("AUD-1", "evidence")


def test_aud_2_no_fieldwork_before_each_member_has_declared_for_each_unit() -> None:
    half = given(e.SetScope(SCOPE, LEAD, NOON), DECLARED[0], PROGRAMME, start=ANNOUNCED)
    assert decide(half, e.ApproveProgramme(HEAD, NOON)) == Refused("AUD-2", "team")
    assert given(DECLARED[1], e.ApproveProgramme(HEAD, NOON), start=half).status is Status.FIELDWORK
    in_13_months = NOON + timedelta(days=400)
    assert decide(PLANNING, e.ApproveProgramme(HEAD, in_13_months)) == Refused("AUD-2", "team"), "a declaration counts for twelve months"


def test_aud_2_nobody_declares_against_what_org_knows_nor_works_undeclared() -> None:
    assert decide(ANNOUNCED, e.Declare(ANN, (UNIT,), (UNIT, OTHER), NOON)) == Refused("AUD-2", "unit_ids")
    assert decide(FIELDWORK, e.SetTeam(LEAD, (CHIEF,), HEAD, NOON)) == Refused("AUD-2", "team")
    assert decide(FIELDWORK, replace(EVIDENCE, evidence=replace(EVIDENCE.evidence, by=CHIEF))) == Refused("AUD-TEAM")
    moved = given(e.Remap(UNIT, (OTHER,), NOON), start=FIELDWORK)
    assert decide(moved, EVIDENCE) == Refused("AUD-2", "team"), "of the unit that goes on nobody has declared yet"


def test_aud_3_what_is_in_the_final_report_changes_only_by_another_finding() -> None:
    assert decide(FINAL, replace(DRAFT, said=CRITICAL)) == Refused("AUD-3")
    assert decide(RAISED, replace(DRAFT, said=CRITICAL)) == Refused("AUD-3", "finding_id")
    assert decide(FINAL, RECOMMEND) == Refused("AUD-3")
    events = decide(FINAL, e.Supersede(F1, F2, replace(SAID, severity=Severity.LOW), HEAD, LATER))
    assert isinstance(events, list)
    assert [type(each) for each in events] == [e.FindingSuperseded, e.FindingRaised, e.AdviceRestated]
    after = FINAL
    for event in events:
        after = evolve(after, event)
    old, new = e.find(after, F1), e.find(after, F2)
    assert old is not None
    assert new is not None
    assert (old.said, old.standing, new.said.severity) == (SAID, Standing.SUPERSEDED, Severity.LOW), "the old one stays readable as it was"


def test_aud_4_a_finding_closes_only_when_nothing_is_open_on_it() -> None:
    assert decide(FINAL, e.CloseFinding(F1, HEAD, LATER)) == Refused("AUD-4", "finding_id")
    over = given(e.NoteOver(R1, True, LATER), start=FINAL)
    assert e.find(over, F1).standing is Standing.CLOSED  # type: ignore[union-attr]
    again = given(e.NoteOver(R1, False, LATER), start=over)
    assert e.find(again, F1).standing is Standing.RESPONDED, "reopened with its recommendation"  # type: ignore[union-attr]


def test_aud_7_the_scope_follows_the_reorganisation() -> None:
    assert e.scope_units(given(e.Remap(UNIT, (OTHER,), NOON), start=PLANNED)) == (OTHER,)
    assert decide(PLANNED, e.Remap(UNIT, (), NOON)) == [], "with no successor it stays what it was"
    assert decide(STATES["closed"], e.Remap(UNIT, (OTHER,), NOON)) == []


def test_aud_8_a_matter_that_is_referred_is_in_no_report() -> None:
    referred = STATES["referred"]
    assert e.find(referred, F1).standing is Standing.REFERRED  # type: ignore[union-attr]
    assert decide(referred, DISCUSS) == Refused("AUD-STATE")
    assert decide(referred, RAISE) == Refused("AUD-DISCUSS", "finding_id")
    assert decide(RAISED, REFER) == Refused("AUD-8", "finding_id")
    final = given(OPINION, e.SendDraft(LEAD, NOON), REPLY, e.Finalise(HEAD, NOON), start=referred)
    told = list(engagement_tells(ENGAGEMENT, e.Finalised((UNIT,), HEAD, NOON), final))
    assert told[0].findings == 0  # type: ignore[attr-defined]


def test_aud_9_a_classified_annex_is_referenced_and_never_embedded() -> None:
    secret = Evidence(SECRET, "kluis 3", Level.GEHEIM, "de inhoud", ANN, NOON)
    assert decide(FIELDWORK, e.AddEvidence(secret)) == Refused("AUD-9", "note")
    state = given(e.AddEvidence(replace(secret, note=None)), replace(DRAFT, said=replace(SAID, evidence=(SECRET,))), DISCUSS, start=FIELDWORK)
    (raised,) = decide(state, RAISE)  # type: ignore[misc]
    assert raised.classification is Level.GEHEIM, "the label of its annexes goes with it"  # type: ignore[union-attr]


def test_silence_is_recorded_and_blocks_nothing() -> None:
    assert SENT.reply_due_at == datetime(2026, 5, 8, tzinfo=BRUSSELS), "15 working days, without 1 May"
    assert decide(SENT, e.Finalise(HEAD, NOON)) == Refused("AUD-REPLY")
    assert decide(SENT, Due("reply", SENT.reply_due_at)) == [e.StayedSilent(UNIT, SENT.reply_due_at)]  # type: ignore[arg-type]
    assert given(e.Finalise(HEAD, LATER), start=SILENT).status is Status.FINAL_REPORT
    (late,) = decide(SILENT, replace(REPLY, at=LATER))  # type: ignore[misc]
    assert late.late, "a late reply is taken, and said to be late"  # type: ignore[union-attr]


def test_who_does_something_does_not_approve_it() -> None:
    assert decide(PLANNING, e.ApproveProgramme(LEAD, NOON)) == Refused("AUD-EYES")
    assert decide(given(DISCUSS, start=DRAFTED), replace(RAISE, by=ANN)) == Refused("AUD-EYES")
    assert decide(SILENT, e.Finalise(LEAD, LATER)) == Refused("AUD-EYES")


def test_a_critical_finding_is_the_commissioner_generals_at_once_and_its_recommendations_do_not_wait() -> None:
    state = given(EVIDENCE, replace(DRAFT, said=CRITICAL), DISCUSS, RECOMMEND, start=FIELDWORK)
    events = decide(state, RAISE)
    assert isinstance(events, list)
    assert [type(each) for each in events] == [e.FindingRaised, e.Escalated, e.AdviceIssued]
    more = decide(STATES["critical"], replace(RECOMMEND, recommendation_id=R2))
    assert isinstance(more, list)
    assert [type(each) for each in more] == [e.Recommended, e.AdviceIssued]


def test_advice_has_no_findings_and_needs_no_reply() -> None:
    advice = STATES["advice"]
    assert decide(advice, DRAFT) == Refused("AUD-ADVISORY")
    final = given(e.Finalise(HEAD, NOON), start=advice)
    assert final.status is Status.FINAL_REPORT
    assert final.advices[0].issued_at == NOON
    assert decide(FIELDWORK, replace(RECOMMEND, finding_ids=())) == Refused("AUD-RESTS", "finding_ids")


def test_a_finding_is_answered_when_all_its_recommendations_are() -> None:
    two = given(replace(RECOMMEND, recommendation_id=R2), start=RAISED)
    half = given(e.NoteResponse(R1, NOON), start=two)
    assert e.find(half, F1).standing is Standing.RAISED  # type: ignore[union-attr]
    assert e.find(given(e.NoteResponse(R2, NOON), start=half), F1).standing is Standing.RESPONDED  # type: ignore[union-attr]
