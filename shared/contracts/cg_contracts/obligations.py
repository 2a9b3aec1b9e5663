"""What services owe each other when something is said: who, within which term, what proves it, and what happens when it is late. Data; oversight watches it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from cg_contracts import audit, innovation, org, screening
from cg_contracts.base import Contract, Fact
from cg_contracts.oversight import DebtorKind

Unit = Literal["hours", "days", "months", "working_days"]
Said = type[Contract]

HEAD, DIRECTOR, SECURITY_OFFICER, COMMISSIONER_GENERAL = "head", "director", "security_officer", "commissioner_general"
"""Before whom something late is put."""


@dataclass(frozen=True, slots=True)
class Term:
    """A length of legal time, from the instant or day in this field of the trigger; without one, from when it was heard."""

    n: int
    unit: Unit
    start: str = ""


@dataclass(frozen=True, slots=True)
class Carried:
    """The trigger carries the due instant in this field; nothing is owed where it is empty. A date: what is owed is due before it begins, or (`ends`) ends."""

    field: str
    ends: bool = False


@dataclass(frozen=True, slots=True)
class Owes:
    """Who owes it: these services or accounts, each for itself; or the post, unit or zone whose id stands in a field of the trigger, else `otherwise`."""

    kind: DebtorKind
    names: tuple[str, ...] = ()
    field: str = ""
    otherwise: Owes | None = None


@dataclass(frozen=True, slots=True)
class Says:
    """A message that concerns an obligation, with the field that says which; `form`: what the text there is made of, with `{}` for the key.

    `due`: the field with the due instant from then on.
    """

    what: Said
    key: str
    form: str = ""
    due: str = ""


@dataclass(frozen=True, slots=True)
class Taken:
    """That the debtor itself took this fact, and did what it asks of it, if only that there is nothing to do: told on its `.steps`."""

    what: type[Fact]


@dataclass(frozen=True, slots=True)
class Obligation:
    """One promise. `key`: the field of the trigger (or the fields, of which one is set) that says what it is about; other messages have it too, or say where.

    `only`: the values that the trigger must have. `reminders`: so many days before it is due. `escalates`: so many days after, to whom.
    `shown_to`: on whose list it stands from the day on which it opens.
    `moved_by` brings another due instant, and lets a clock run again that `suspended_by` stopped, as the trigger said anew does; `cancelled_by` ends it.
    `reowned_by` names another debtor, in the field in which the trigger does.
    A request that opens or meets something is known by its envelope alone, hence by the key of its contract and by who said it.
    Of several debtors each proves its own; of any other, who says the proof does not matter.
    """

    name: str
    says: str
    opens: Said
    key: str
    owed_by: Owes
    within: Term | Carried
    met_by: tuple[Said | Says | Taken, ...]
    only: Mapping[str, str] = field(default_factory=dict)
    reminders: tuple[int, ...] = ()
    escalates: tuple[tuple[int, str], ...] = ((0, HEAD),)
    shown_to: tuple[str, ...] = ()
    moved_by: tuple[Says, ...] = ()
    suspended_by: tuple[Said | Says, ...] = ()
    cancelled_by: tuple[Said | Says, ...] = ()
    reowned_by: tuple[Said, ...] = ()


@dataclass(frozen=True, slots=True)
class Waiting:
    """A promise whose other end does not exist yet; `waits_for` names the service that has to come."""

    name: str
    says: str
    owed_by: str
    within: str
    proof: str
    waits_for: str


def service(*names: str) -> Owes:
    """Each of these services."""
    return Owes(DebtorKind.SERVICE, names)


def account(name: str) -> Owes:
    """A system or body outside."""
    return Owes(DebtorKind.ACCOUNT, (name,))


def at(kind: DebtorKind, field: str, otherwise: Owes | None = None) -> Owes:
    """Who answers for the post, unit or zone that this field names; where it is empty, somebody else."""
    return Owes(kind, field=field, otherwise=otherwise)


DECIDED = (screening.ScreeningDecidedV1, screening.RecruitmentScreeningAnsweredV1, screening.NuclearVerificationAnsweredV1)
"""A case has its answer."""

IMPORTED = (screening.ClearanceGrantedV1, screening.ClearanceRefusedV1)
"""The security authority has decided on an application."""

ADOPTED = (org.ZonalSecurityPlanApprovedV1, org.ZonalSecurityPlanReturnedV1)
"""The ministers have decided on a plan, or it counts as decided."""

ANSWERED = (innovation.IdeaQualifiedV1, innovation.IdeaParkedV1, innovation.IdeaRejectedV1)
"""An idea has its reasoned answer."""

OWNER = at(DebtorKind.POST, "owner_post_id", at(DebtorKind.UNIT, "unit_id"))
"""Who answers for a recommendation; without a post, the unit."""

OBLIGATIONS: tuple[Obligation, ...] = (
    Obligation(
        "impact_of_a_reorganisation",
        "A reorganisation is scheduled: each service says what it has open that hangs on it, before it takes effect.",
        opens=org.ReorganisationScheduledV1,
        key="reorganisation_id",
        owed_by=service(*sorted(org.ReorganisationImpactReportedV1.about.by)),
        within=Carried("effective_date"),
        met_by=(org.ReorganisationImpactReportedV1,),
        reminders=(30, 7),
        escalates=((0, HEAD), (7, COMMISSIONER_GENERAL)),
        suspended_by=(org.ReorganisationBlockedV1,),
        cancelled_by=(org.ReorganisationCancelledV1,),
    ),
    Obligation(
        "reorganisation_followed",
        "A reorganisation took effect: what each service keeps of the units that ended is theirs who came of them, by the end of the next working day.",
        opens=org.ReorganisationTookEffectV1,
        key="reorganisation_id",
        owed_by=service("audit", "innovation", "screening"),
        within=Term(1, "working_days"),
        met_by=(Taken(org.ReorganisationTookEffectV1),),
        escalates=((0, HEAD), (7, COMMISSIONER_GENERAL)),
    ),
    Obligation(
        "access_off",
        "What a person may not use any more (clearance withdrawn, expired, lowered, advice gone, post left) is technically off within the hour.",
        opens=org.AccessEntitlementSuspendedV1,
        key="entitlement_id",
        owed_by=at(DebtorKind.POST, "post_id"),
        within=Carried("revocation_due_at"),
        met_by=(org.AccessEntitlementRevokedV1,),
        escalates=((0, SECURITY_OFFICER), (1, COMMISSIONER_GENERAL)),
        cancelled_by=(org.AccessEntitlementGrantedV1,),
    ),
    Obligation(
        "access_off_after_all",
        "Nobody confirmed in time that access is off: the head sees to it within one working day.",
        opens=org.AccessRevocationDeadlineMissedV1,
        key="entitlement_id",
        owed_by=at(DebtorKind.POST, "post_id"),
        within=Term(1, "working_days", "due_at"),
        met_by=(org.AccessEntitlementRevokedV1,),
        escalates=((0, COMMISSIONER_GENERAL),),
        cancelled_by=(org.AccessEntitlementGrantedV1,),
    ),
    Obligation(
        "decision_on_a_case",
        "A screening case is decided within the term of its law.",
        opens=screening.ScreeningCaseOpenedV1,
        key="case_id",
        owed_by=service("screening"),
        within=Carried("decision_due_at"),
        met_by=DECIDED,
        reminders=(7, 1),
        moved_by=(Says(screening.DecisionTermResumedV1, "case_id", due="due_at"),),
        suspended_by=(screening.DecisionTermSuspendedV1,),
        cancelled_by=(screening.ScreeningCancelledV1,),
    ),
    Obligation(
        "decision_on_an_application",
        "The security authority decides on an application for a clearance within its term, or that which the appeal body sets.",
        opens=screening.ClearanceApplicationTransmittedV1,
        key="application_id",
        owed_by=account("nvo"),
        within=Carried("due_at"),
        met_by=IMPORTED,
        reminders=(30,),
        moved_by=(Says(screening.AppealDecidedV1, "application_id", due="decide_before"),),
        cancelled_by=(screening.ScreeningCancelledV1,),
    ),
    Obligation(
        "decision_after_the_term",
        "A term ended without a decision: the head of service has it decided, or cancelled, within one working day more; the person may appeal.",
        opens=screening.DecisionDeadlineMissedV1,
        key="case_id|application_id",
        owed_by=service("screening"),
        within=Term(1, "working_days", "due_at"),
        met_by=(*DECIDED, *IMPORTED),
        escalates=((0, HEAD), (7, COMMISSIONER_GENERAL)),
        cancelled_by=(screening.ScreeningCancelledV1,),
    ),
    Obligation(
        "notice_of_a_negative_decision",
        "Who is turned down by an advice or certificate is told, and the term for appeal opens (8 days to tell: a choice, no law says so).",
        opens=screening.ScreeningDecidedV1,
        key="case_id",
        only={"outcome": screening.Outcome.NEGATIVE},
        owed_by=service("screening"),
        within=Term(8, "days"),
        met_by=(screening.AppealWindowOpenedV1,),
        reminders=(1,),
    ),
    Obligation(
        "notice_of_a_refused_clearance",
        "Who is refused a clearance is told by the security authority, and the term for appeal opens (8 days to tell: a choice, no law says so).",
        opens=screening.ClearanceRefusedV1,
        key="application_id",
        owed_by=account("nvo"),
        within=Term(8, "days"),
        met_by=(screening.AppealWindowOpenedV1,),
        reminders=(1,),
    ),
    Obligation(
        "notice_of_a_withdrawn_clearance",
        "Whose clearance is withdrawn is told by the security authority, and the term for appeal opens (8 days to tell: a choice, no law says so).",
        opens=screening.ClearanceWithdrawnV1,
        key="clearance_id",
        owed_by=account("nvo"),
        within=Term(8, "days", "at"),
        met_by=(screening.ClearanceAppealWindowOpenedV1,),
        reminders=(1,),
    ),
    Obligation(
        "notice_of_a_lowered_clearance",
        "Whose clearance is lowered is told by the security authority, and the term for appeal opens (8 days to tell: a choice, no law says so).",
        opens=screening.ClearanceLoweredV1,
        key="clearance_id",
        owed_by=account("nvo"),
        within=Term(8, "days", "at"),
        met_by=(screening.ClearanceAppealWindowOpenedV1,),
        reminders=(1,),
    ),
    Obligation(
        "decision_on_an_appeal",
        "The appeal body decides within its term.",
        opens=screening.AppealFiledV1,
        key="appeal_id",
        owed_by=account("appeals"),
        within=Carried("decision_due_at"),
        met_by=(screening.AppealDecidedV1,),
        reminders=(7,),
    ),
    Obligation(
        "renewal_asked",
        "A clearance that is to be renewed is applied for again in time, or given up.",
        opens=screening.ClearanceRenewalDueV1,
        key="clearance_id",
        owed_by=service("screening"),
        within=Carried("apply_by", ends=True),
        met_by=(Says(screening.ScreeningCaseOpenedV1, "requester_ref", "clearance:{}/renewal"), screening.ClearanceRenewedV1),
        reminders=(30, 7),
        escalates=((0, SECURITY_OFFICER), (30, HEAD)),
        cancelled_by=(screening.ClearanceRelinquishedV1, screening.ClearanceWithdrawnV1),
    ),
    Obligation(
        "plan_decided",
        "A zonal security plan that was submitted is approved or sent back within the ministers' term.",
        opens=org.ZonalSecurityPlanSubmittedV1,
        key="plan_id",
        owed_by=at(DebtorKind.ZONE, "zone_id"),
        within=Carried("approval_due_at"),
        met_by=ADOPTED,
        reminders=(14,),
        cancelled_by=(org.ZonalSecurityPlanExpiredV1,),
    ),
    Obligation(
        "plan_entered",
        "The ministers' term has ended: somebody enters what became of the plan within five working days, for silence alone approves nothing.",
        opens=org.ZonalSecurityPlanApprovalDueV1,
        key="plan_id",
        owed_by=at(DebtorKind.ZONE, "zone_id"),
        within=Term(5, "working_days", "due_at"),
        met_by=ADOPTED,
        cancelled_by=(org.ZonalSecurityPlanExpiredV1,),
    ),
    Obligation(
        "critical_finding_mended",
        "A critical finding stands on the commissioner-general's list from the day on which it is raised, until audit closes it.",
        opens=audit.AuditFindingRaisedV1,
        key="finding_id",
        only={"severity": audit.Severity.CRITICAL},
        owed_by=at(DebtorKind.UNIT, "unit_id"),
        within=Term(30, "days"),
        met_by=(audit.AuditFindingClosedV1,),
        reminders=(7, 1),
        shown_to=(COMMISSIONER_GENERAL,),
        cancelled_by=(audit.AuditFindingSupersededV1,),
    ),
    Obligation(
        "response_to_a_recommendation",
        "Who owns a recommendation says what will be done about it: within 5, 15 or 20 working days, by how grave it is.",
        opens=audit.AuditRecommendationIssuedV1,
        key="recommendation_id",
        owed_by=OWNER,
        within=Carried("response_due_at"),
        met_by=(audit.ManagementResponseRecordedV1,),
        reminders=(7, 1),
        escalates=((0, HEAD), (14, COMMISSIONER_GENERAL)),
        cancelled_by=(audit.RecommendationClosedV1,),
        reowned_by=(audit.RecommendationReownedV1,),
    ),
    Obligation(
        "response_after_a_lapse",
        "A risk is accepted no more: what was rejected is answered anew.",
        opens=audit.RiskAcceptanceLapsedV1,
        key="recommendation_id",
        owed_by=OWNER,
        within=Carried("response_due_at"),
        met_by=(audit.ManagementResponseRecordedV1,),
        reminders=(7, 1),
        escalates=((0, HEAD), (14, COMMISSIONER_GENERAL)),
        cancelled_by=(audit.RecommendationClosedV1,),
        reowned_by=(audit.RecommendationReownedV1,),
    ),
    Obligation(
        "recommendation_carried_out",
        "What was recommended is done by its day, which can be put off while the first is kept; only audit says that it is.",
        opens=audit.AuditRecommendationIssuedV1,
        key="recommendation_id",
        owed_by=OWNER,
        within=Carried("target_on", ends=True),
        met_by=(audit.RecommendationClosedV1,),
        reminders=(30, 7, 1),
        escalates=((0, HEAD), (14, DIRECTOR), (30, COMMISSIONER_GENERAL)),
        moved_by=(Says(audit.RecommendationExtendedV1, "recommendation_id", due="target_on"),),
        cancelled_by=(audit.RiskAcceptedByManagementV1,),
        reowned_by=(audit.RecommendationReownedV1,),
    ),
    Obligation(
        "idea_triaged",
        "Somebody looks at each idea within ten working days.",
        opens=innovation.IdeaSubmittedV1,
        key="idea_id",
        owed_by=service("innovation"),
        within=Carried("triage_due_at"),
        met_by=(innovation.IdeaTriagedV1, *ANSWERED),
        reminders=(2,),
        cancelled_by=(innovation.IdeaMergedV1,),
    ),
    Obligation(
        "idea_answered",
        "Each idea has an answer with its reason within twenty working days.",
        opens=innovation.IdeaSubmittedV1,
        key="idea_id",
        owed_by=service("innovation"),
        within=Carried("answer_due_at"),
        met_by=ANSWERED,
        reminders=(5, 1),
        escalates=((0, HEAD), (14, COMMISSIONER_GENERAL)),
        cancelled_by=(innovation.IdeaMergedV1,),
    ),
    Obligation(
        "adoption_answered",
        "A unit that is asked to take over what works says whether it does.",
        opens=innovation.IdeaAdoptionOfferedV1,
        key="idea_id",
        owed_by=at(DebtorKind.UNIT, "unit_id"),
        within=Carried("due_at"),
        met_by=(innovation.IdeaAdoptedV1, innovation.IdeaAdoptionDeclinedV1),
        reminders=(7, 1),
    ),
    Obligation(
        "gate_of_a_pilot_answered",
        "Who is asked whether a pilot may go ahead (data protection, security, law, welfare) says yes or no in time; until then the pilot waits for it.",
        opens=innovation.PilotGateRequestedV1,
        key="gate_id",
        owed_by=at(DebtorKind.SERVICE, "asked_of"),
        within=Carried("due_at"),
        met_by=(innovation.PilotGateClosedV1,),
        reminders=(7, 1),
        escalates=((0, HEAD), (14, COMMISSIONER_GENERAL)),
        cancelled_by=(innovation.PilotGateReleasedV1,),
    ),
    Obligation(
        "data_of_a_pilot_gone",
        "A pilot has stopped: its data are deleted or handed over, with proof.",
        opens=innovation.PilotStoppedV1,
        key="pilot_id",
        owed_by=service("innovation"),
        within=Carried("data_due_at"),
        met_by=(innovation.PilotDataDisposedV1,),
        reminders=(7,),
        escalates=((0, HEAD), (14, COMMISSIONER_GENERAL)),
    ),
    Obligation(
        "benefit_reviewed",
        "Six and twelve months after a unit took an idea over it says what that has brought.",
        opens=innovation.BenefitReviewDueV1,
        key="idea_id",
        owed_by=at(DebtorKind.UNIT, "unit_id", service("innovation")),
        within=Carried("due_at"),
        met_by=(innovation.BenefitReviewedV1,),
        reminders=(7,),
    ),
)

NAMED: Mapping[str, Obligation] = {each.name: each for each in OBLIGATIONS}


def proofs(promise: Obligation) -> Iterable[Said]:
    """The messages that prove it."""
    return (each.what if isinstance(each, Says | Taken) else each for each in promise.met_by)


ACKNOWLEDGED = frozenset(each.what.about.type for promise in OBLIGATIONS for each in promise.met_by if isinstance(each, Taken))
"""Facts of which every service that hears one tells that it took it, also when there was nothing to do."""


WAITING: tuple[Waiting, ...] = (
    Waiting(
        "need_to_know_after_a_move",
        "Who is transferred or leaves: screening closes the review of their need to know.",
        "screening",
        "10 working days",
        "review closed",
        "screening, which reviews and tells nobody",
    ),
    Waiting(
        "adverse_information_concluded",
        "What was reported of a person is looked into and concluded.",
        "screening",
        "95 days",
        "conclusion, told",
        "screening, which tells nobody",
    ),
    Waiting(
        "access_of_who_moved_off", "Who is transferred or leaves: the access of their accounts is off.", "ispo", "1 working day", "proof of each system", "ispo"
    ),
    Waiting(
        "accounts_off", "A clearance is withdrawn or expired: the accounts that rest on it are off.", "ispo", "1 working day", "proof of each system", "ispo"
    ),
    Waiting("not_fit_for_the_post", "A clearance is withdrawn or expired: the post is marked.", "internalops", "1 working day", "mark", "internalops"),
    Waiting("not_deployable", "A clearance is withdrawn or expired: the holder is not deployed.", "coordination", "1 working day", "mark", "coordination"),
    Waiting(
        "file_kept_for_appeal",
        "A negative decision: the file stays whole until the appeal is over.",
        "screening",
        "30 or 8 days",
        "release",
        "screening, retention",
    ),
    Waiting("referral_taken", "Integrity refers a report: it is accepted or declined.", "audit, or outside", "10 working days", "answer", "integrity"),
    Waiting(
        "report_acknowledged",
        "A report was received: it is acknowledged.",
        "integrity",
        "7 days",
        "count of the quarter",
        "integrity, which watches it itself: nobody else may learn of a single report",
    ),
    Waiting(
        "feedback_given",
        "A report was acknowledged: the reporter hears what was done.",
        "integrity",
        "3 months",
        "count of the quarter",
        "integrity, which watches it itself: nobody else may learn of a single report",
    ),
    Waiting("overdue_on_the_agenda", "A recommendation is late by more than 30 days: it is decided on.", "policy", "next meeting", "decision", "policy"),
    Waiting(
        "decision_acknowledged", "A decision is taken: each directorate acknowledges it and plans.", "directorates", "5 and 10 working days", "plan", "policy"
    ),
    Waiting(
        "budget_of_a_pilot",
        "A pilot is proposed: its budget is reserved.",
        "internalops",
        "20 working days",
        "reservation",
        "internalops",
    ),
    Waiting("uses_stopped", "An accreditation lapses: each use stops, or has a waiver.", "owners of uses", "at once", "stop or waiver", "ispo"),
    Waiting("breach_notified", "A breach is discovered: the supervisor is told.", "ispo", "72 hours", "reference number", "ispo"),
    Waiting("request_for_support_answered", "A request is validated: zones and services answer.", "zones", "by urgency", "answers", "coordination"),
    Waiting(
        "foreign_request_answered",
        "A foreign request is received: the units that have it answer.",
        "routed units",
        "its own clock less a margin",
        "answer",
        "international",
    ),
    Waiting("norm_acknowledged", "A norm is published: every addressed unit acknowledges it.", "units", "20 working days", "ledger", "policy"),
    Waiting("correction_plan", "A budget is used for 90 %: its holder plans a correction.", "holder", "10 working days", "plan", "internalops"),
)
"""Rows whose services do not exist yet, or whose proof nobody tells yet: declared, shown, and not watched."""


def read(message: Contract, names: str) -> str | None:
    """The text of a field, or of the first of several (`a|b`) that is set."""
    for name in names.split("|"):
        value: Any = getattr(message, name, None)
        if value is not None:
            return str(value)
    return None


__all__ = ["ACKNOWLEDGED", "NAMED", "OBLIGATIONS", "WAITING", "Carried", "Obligation", "Owes", "Says", "Taken", "Term", "Waiting", "proofs", "read"]
