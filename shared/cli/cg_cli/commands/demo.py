"""`cg demo`: starts a house of its own and plays the story in it, through the doors that everybody uses."""

from __future__ import annotations

import time
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import typer

from cg_cli.home import Home

DEMO_HOME = Path(".cg-demo")


def register(app: typer.Typer) -> None:
    """Adds the command."""
    app.command("demo")(demo)


def demo(
    home: Annotated[Path, typer.Option("--home", envvar="CG_DEMO_HOME", help="The folder of the demo's own house.", metavar="DIR")] = DEMO_HOME,
    leave: Annotated[bool, typer.Option("--leave", help="Come back after the story and leave the house running.")] = False,
) -> None:
    """Start what does not run, play the story of five appointments as it happens, print the link to its trace, and stay up.

    The house is one of its own, because the story moves domain time.
    """
    from rich.console import Console  # noqa: PLC0415

    from cg_cli.commands import house  # noqa: PLC0415
    from cg_cli.supervisor import PARTS  # noqa: PLC0415

    console = Console(soft_wrap=True, highlight=False)
    here = Home(home)
    if not here.is_held:
        house.fetch(console, PARTS)
        house.leave_running(console, here, PARTS, sample=True)
    try:
        play(here, console)
    except KeyboardInterrupt:
        if not leave:
            house.stop(here)
        raise
    if leave:
        return
    console.print("\nThe house stays up: look at it with the commands above. Ctrl-C stops it.")
    try:
        while here.is_held:
            time.sleep(0.5)
    except KeyboardInterrupt:
        house.stop(here)
        console.print("stopped")


def play(home: Home, console: Any) -> dict[str, tuple[str, str]]:
    """The whole story; gives for each scene the id of the message that began it and its trace. Raises Trouble with what did not happen."""
    from cg_cli.stage import Stage  # noqa: PLC0415

    stage = Stage(home, console)
    try:
        traces = {"advice": _advice(stage)}
        opened, trace, held = _clearance(stage)
        traces["clearance"] = (opened, trace)
        traces["refusal"] = _refusal(stage)
        traces["late decision"] = _late(stage)
        traces["withdrawal"] = _withdrawal(stage, traces["clearance"], held)
    finally:
        stage.close()
    console.print("\nThe traces, and the stories from the journals:")
    for title, (opened, trace) in traces.items():
        console.print(f"  {title:14} {home.traces_url}/zipkin/traces/{trace}")
        console.print(f"  {'':14} uv run cg story {opened} --home {home}", style="dim")
    return traces


def _appoint(stage: Any, sensitivity: str) -> dict[str, Any]:
    """The staff system asks that a person be appointed to a vacant sensitive post."""
    from cg_contracts.org import AppointmentKind, AppointmentRequestedV1  # noqa: PLC0415

    posts = stage.sees("operator", "org", "/posts", vacant=True, sensitive=True, limit=500)["items"]
    persons = stage.sees("operator", "org", "/persons", unassigned=True, limit=500)["items"]
    post = next(p for p in posts if p["sensitivity"] == sensitivity)
    request_id = stage.ids.new()
    person = UUID(persons[0]["person_id"])
    opened = stage.publish(
        "hr",
        AppointmentRequestedV1(
            request_id=request_id,
            post_id=post["post_id"],
            person_id=person,
            kind=AppointmentKind.PERMANENT,
            planned_start=stage.today() + timedelta(days=21),
            decision_ref=f"CG/{stage.today().year}/{request_id.int % 100000}",
        ),
        opens=True,
    )
    case = stage.hears("ScreeningCaseOpened").data
    return {"opened": opened, "person": person, "case": case["case_id"], "post": post, "level": post.get("required_level"), "trace": stage.trace}


def _consent(stage: Any, told: dict[str, Any]) -> None:
    from cg_cli.people import person_of  # noqa: PLC0415

    officers = [str(person_of(role)) for role in ("security-officer", "clearance-clerk", "verifier", "decider")]
    case = told["case"]
    stage.does("head-of-service", "screening", f"/cases/{case}/officers", {"officers": officers}, "designates who handles the case")
    stage.does("person", "screening", f"/cases/{case}/consent", None, "gives consent", person=told["person"])
    stage.hears("ConsentGiven")
    known = {"names": {"given": "Invented", "family": "Person"}, "birth_date": "1990-01-01", "national_number": "90010100178"}
    stage.does("security-officer", "screening", f"/cases/{case}/person", known, "enters names and numbers, to the vault")


def _advice(stage: Any) -> tuple[str, str]:
    stage.scene("1. A post that needs a security advice: positive")
    told = _appoint(stage, "advice_required")
    _consent(stage, told)
    case = told["case"]
    checks = stage.sees("head-of-service", "screening", f"/cases/{case}")["checks"]
    for check in checks:
        stage.does("verifier", "screening", f"/cases/{case}/checks/{check['source']}", {"result": "NOTHING_FOUND"}, f"nothing found: {check['source']}")
    stage.does("verifier", "screening", f"/cases/{case}/assessment", {"proposal": "positive"}, "prepares the decision")
    stage.does("decider", "screening", f"/cases/{case}/decision", {"outcome": "positive"}, "decides, not having prepared it")
    stage.hears("AssignmentConfirmed")
    return told["opened"], told["trace"]


def _transmitted(stage: Any) -> dict[str, Any]:
    told = _appoint(stage, "clearance_required")
    _consent(stage, told)
    case = told["case"]
    stage.does("security-officer", "screening", f"/cases/{case}/submission", None, "submits the application")
    stage.does("clearance-clerk", "screening", f"/cases/{case}/completeness", {"missing": []}, "finds the application complete")
    stage.does("clearance-clerk", "screening", f"/cases/{case}/transmission", None, "transmits it to the security authority")
    told["application"] = stage.hears("ClearanceApplicationTransmitted").data["application_id"]
    return told


def _decides(stage: Any, outcome: str, **said: Any) -> None:
    from cg_contracts.screening import NvoDecisionReceivedV1  # noqa: PLC0415

    reference = f"NVO/{stage.today().year}/{stage.ids.new().int % 100000}"
    stage.publish("nvo", NvoDecisionReceivedV1.model_validate({"decision_ref": reference, "outcome": outcome, "decided_at": stage.now(), **said}))


def _clearance(stage: Any) -> tuple[str, str, dict[str, Any]]:
    stage.scene("2. A post that needs a security clearance: granted, and usable only after a briefing")
    told = _transmitted(stage)
    expires = stage.now() + timedelta(days=4 * 365)
    _decides(stage, "granted", application_id=told["application"], level=told["level"], expires_at=expires)
    told["clearance"] = stage.hears("ClearanceGranted").data["clearance_id"]
    stage.does("security-officer", "screening", f"/clearances/{told['clearance']}/briefing", {}, "briefs the holder")
    stage.hears("AssignmentConfirmed")
    return told["opened"], told["trace"], told


def _refusal(stage: Any) -> tuple[str, str]:
    from cg_contracts.screening import DecisionNotifiedV1, Means  # noqa: PLC0415

    stage.scene("3. The security authority refuses; the appeal window runs from notification")
    told = _transmitted(stage)
    _decides(stage, "refused", application_id=told["application"])
    stage.hears("AssignmentRejected")
    notified = DecisionNotifiedV1(application_id=told["application"], notified_at=stage.now(), means=Means.REGISTERED_LETTER)
    stage.publish("nvo", notified)
    stage.hears("AppealWindowOpened")
    return told["opened"], told["trace"]


def _late(stage: Any) -> tuple[str, str]:
    stage.scene("4. Nobody decides in time: late is not positive, and it is said")
    told = _appoint(stage, "advice_required")
    _consent(stage, told)
    stage.passes(timedelta(days=40), _mover(stage))
    stage.hears("DecisionDeadlineMissed")
    return told["opened"], told["trace"]


def _withdrawal(stage: Any, began: tuple[str, str], told: dict[str, Any]) -> tuple[str, str]:
    stage.hears("AssignmentStarted", post_id=told["post"]["post_id"])  # its day has come with the forty that passed
    stage.scene("5. The clearance of scene 2 is withdrawn while its holder is in the post")
    stage.correlation, _ = began
    _decides(stage, "withdrawn", clearance_id=told["clearance"])
    stage.hears("AssignmentSuspended", post_id=told["post"]["post_id"])
    owed = [row for row in stage.sees("security-officer", "org", "/entitlements/owed")["items"] if row["post_id"] == told["post"]["post_id"]]
    for row in owed:
        path = f"/posts/{row['post_id']}/entitlements/{row['entitlement_id']}/revocation"
        stage.does("security-officer", "org", path, None, f"confirms within the hour that access is off: {row['resource']}")
    if owed:
        stage.hears("AccessEntitlementRevoked", post_id=told["post"]["post_id"])
    return began


def _mover(stage: Any) -> Any:
    from cg_cli.asking import Asker  # noqa: PLC0415
    from cg_cli.commands.operate import move_to  # noqa: PLC0415

    def move(offset: float) -> None:
        with Asker(stage.home) as asker:
            move_to(asker, offset)

    return move
