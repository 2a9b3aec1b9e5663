"""Five appointments to sensitive posts: a positive advice, a clearance, a refusal, a decision that comes too late, a withdrawal."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from cg_cli.stage import Stage
from cg_cli.stories.steps import appoint, consent, decides, granted, transmitted, wait
from cg_contracts.screening import DecisionNotifiedV1, Means


def play(stage: Stage) -> dict[str, tuple[str, str]]:
    """All five; for each the id of the message that began it, and its trace."""
    traces = {"advice": _advice(stage)}
    held = _clearance(stage)
    traces["clearance"] = (held["opened"], held["trace"])
    traces["refusal"] = _refusal(stage)
    traces["late decision"] = _late(stage)
    traces["withdrawal"] = _withdrawal(stage, traces["clearance"], held)
    return traces


def _advice(stage: Stage) -> tuple[str, str]:
    stage.scene("1. A post that needs a security advice: positive")
    told = appoint(stage, "advice_required")
    consent(stage, told["case"], told["person"])
    case = told["case"]
    checks = stage.sees("head-of-service", "screening", f"/cases/{case}")["checks"]
    for check in checks:
        stage.does("verifier", "screening", f"/cases/{case}/checks/{check['source']}", {"result": "NOTHING_FOUND"}, f"nothing found: {check['source']}")
    stage.does("verifier", "screening", f"/cases/{case}/assessment", {"proposal": "positive"}, "prepares the decision")
    stage.does("decider", "screening", f"/cases/{case}/decision", {"outcome": "positive"}, "decides, not having prepared it")
    stage.hears("AssignmentConfirmed")
    return told["opened"], told["trace"]


def _clearance(stage: Stage) -> dict[str, Any]:
    stage.scene("2. A post that needs a security clearance: granted, and usable only after a briefing")
    return granted(stage)


def _refusal(stage: Stage) -> tuple[str, str]:
    stage.scene("3. The security authority refuses; the appeal window runs from notification")
    told = transmitted(stage)
    decides(stage, "refused", application_id=told["application"])
    stage.hears("AssignmentRejected")
    notified = DecisionNotifiedV1(application_id=told["application"], notified_at=stage.now(), means=Means.REGISTERED_LETTER)
    stage.publish("nvo", notified)
    stage.hears("AppealWindowOpened")
    return told["opened"], told["trace"]


def _late(stage: Stage) -> tuple[str, str]:
    stage.scene("4. Nobody decides in time: late is not positive, and it is said")
    told = appoint(stage, "advice_required")
    consent(stage, told["case"], told["person"])
    wait(stage, timedelta(days=40))
    stage.hears("DecisionDeadlineMissed")
    return told["opened"], told["trace"]


def _withdrawal(stage: Stage, began: tuple[str, str], told: dict[str, Any]) -> tuple[str, str]:
    stage.hears("AssignmentStarted", post_id=told["post"]["post_id"])  # its day has come with the forty that passed
    stage.scene("5. The clearance of scene 2 is withdrawn while its holder is in the post")
    stage.correlation, _ = began
    decides(stage, "withdrawn", clearance_id=told["clearance"])
    stage.hears("AssignmentSuspended", post_id=told["post"]["post_id"])
    owed = [row for row in stage.sees("security-officer", "org", "/entitlements/owed")["items"] if row["post_id"] == told["post"]["post_id"]]
    for row in owed:
        path = f"/posts/{row['post_id']}/entitlements/{row['entitlement_id']}/revocation"
        stage.does("security-officer", "org", path, None, f"confirms within the hour that access is off: {row['resource']}")
    if owed:
        stage.hears("AccessEntitlementRevoked", post_id=told["post"]["post_id"])
    return began
