"""A clearance is withdrawn while its holder is in the post; the appeal is founded, and still nobody comes back by themselves."""

from __future__ import annotations

from datetime import timedelta

from cg_cli.stage import Stage
from cg_cli.stories.steps import decides, granted, wait
from cg_contracts.screening import AppealDecisionReceivedV1, AppealLodgedV1, AppealOutcome, ClearanceDecisionNotifiedV1, Ground, Means


def play(stage: Stage) -> dict[str, tuple[str, str]]:
    """Withdrawn, access off within the hour, appealed, granted again, briefed anew, and let in again by a person."""
    stage.scene("Somebody holds a post that needs a clearance")
    told = granted(stage)
    post_id, clearance = told["post"]["post_id"], told["clearance"]
    wait(stage, timedelta(days=22))
    stage.hears("AssignmentStarted", post_id=post_id)
    stage.scene("The security authority withdraws the clearance: suspended at once, access off within the hour")
    decides(stage, "withdrawn", clearance_id=clearance)
    assignment = stage.hears("AssignmentSuspended", post_id=post_id).data["assignment_id"]
    off(stage, post_id)
    stage.publish("nvo", ClearanceDecisionNotifiedV1(clearance_id=clearance, notified_at=stage.now(), means=Means.REGISTERED_LETTER))
    stage.hears("ClearanceAppealWindowOpened", clearance_id=clearance)
    stage.scene("The holder appeals within thirty days; the appeal body finds that it is right, and the authority grants again")
    wait(stage, timedelta(days=10))
    lodged = AppealLodgedV1(
        request_id=stage.ids.new(), requester_ref=f"BO/{stage.today().year}/7", clearance_id=clearance, ground=Ground.WITHDRAWN, posted_on=stage.today()
    )
    stage.publish("appeals", lodged)
    appeal = stage.hears("AppealFiled").data["appeal_id"]
    decided = AppealDecisionReceivedV1(appeal_id=appeal, decision_ref=lodged.requester_ref, outcome=AppealOutcome.FOUNDED, decided_at=stage.now())
    stage.publish("appeals", decided)
    stage.hears("AppealDecided")
    decides(stage, "granted", application_id=told["application"], level=told["level"], expires_at=stage.now() + timedelta(days=4 * 365))
    again = stage.hears("ClearanceGranted", application_id=told["application"]).data["clearance_id"]
    stage.scene("Back in the post: never by itself, but after a new briefing and by a person")
    stage.does("security-officer", "screening", f"/clearances/{again}/briefing", {}, "briefs the holder anew")
    stage.hears("SecurityBriefingGiven", clearance_id=again)
    stage.does("hr-officer", "org", f"/posts/{post_id}/assignments/{assignment}/reactivation", None, "lets the holder act in the post again")
    stage.hears("AccessEntitlementGranted", post_id=post_id)
    return {"withdrawn and back": (told["opened"], told["trace"])}


def off(stage: Stage, post_id: str) -> None:
    """The security officer confirms for each resource of a post that access is technically off."""
    for row in stage.sees("security-officer", "org", "/entitlements/owed")["items"]:
        if row["post_id"] == post_id:
            path = f"/posts/{post_id}/entitlements/{row['entitlement_id']}/revocation"
            stage.does("security-officer", "org", path, None, f"confirms within the hour that access is off: {row['resource']}")
            stage.hears("AccessEntitlementRevoked", post_id=post_id)
