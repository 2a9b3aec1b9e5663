"""Two clearances near their end: one is renewed in time, for the other nobody asks, and it lapses."""

from __future__ import annotations

from datetime import datetime, timedelta

from cg_cli.stage import Stage
from cg_cli.stories.steps import decides, granted, screened, wait
from cg_cli.stories.withdrawal import off


def play(stage: Stage) -> dict[str, tuple[str, str]]:
    """The years pass, renewal falls due, one chief confirms the need to know, the other does not."""
    stage.scene("Two people get a clearance for four years")
    kept, lost = granted(stage), granted(stage)
    stage.scene("Seven months (ten for the highest level) before it ends, renewal is due")
    stage.correlation = kept["opened"]
    expires = datetime.fromisoformat(lost["expires_at"])
    wait(stage, expires - timedelta(days=200) - stage.now())
    stage.hears("ClearanceRenewalDue", clearance_id=kept["clearance"])
    stage.hears("ClearanceRenewalDue", clearance_id=lost["clearance"])
    stage.scene("One chief confirms that the holder needs to know: a new application, a new clearance, a new briefing")
    stage.does("unit-head", "screening", f"/clearances/{kept['clearance']}/renewal", None, "asks that it be renewed")
    case = stage.hears("ScreeningCaseOpened").data["case_id"]
    application = screened(stage, case, kept["person"])
    decides(stage, "granted", application_id=application, level=kept["level"], expires_at=stage.now() + timedelta(days=5 * 365))
    new = stage.hears("ClearanceGranted", application_id=application).data["clearance_id"]
    stage.does("security-officer", "screening", f"/clearances/{new}/briefing", {}, "briefs the holder on the new one")
    stage.hears("ClearanceRenewed", clearance_id=kept["clearance"])
    stage.scene("For the other nobody asked: it lapses, and its holder is suspended on that day")
    stage.correlation = lost["opened"]
    wait(stage, expires + timedelta(minutes=5) - stage.now())
    stage.hears("ClearanceExpired", clearance_id=lost["clearance"])
    stage.hears("AssignmentSuspended", post_id=lost["post"]["post_id"])
    off(stage, lost["post"]["post_id"])
    return {"renewed": (kept["opened"], kept["trace"]), "lapsed": (lost["opened"], lost["trace"])}
