"""What happens in several stories: somebody is appointed and screened, the authority decides, time passes."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from cg_cli.asking import Asker
from cg_cli.commands.operate import move_to
from cg_cli.people import person_of
from cg_cli.stage import Stage
from cg_contracts.org import AppointmentKind, AppointmentRequestedV1
from cg_contracts.screening import NvoDecisionReceivedV1


def appoint(stage: Stage, sensitivity: str) -> dict[str, Any]:
    """The staff system asks that a person be appointed to a vacant sensitive post."""
    posts = stage.sees("operator", "org", "/posts", vacant=True, sensitive=True, mandate=False, limit=500)["items"]
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


def consent(stage: Stage, case: str, person: UUID) -> None:
    """Officers are designated, the person consents, and who they are goes to the vault."""
    officers = [str(person_of(role)) for role in ("security-officer", "clearance-clerk", "verifier", "decider")]
    stage.does("head-of-service", "screening", f"/cases/{case}/officers", {"officers": officers}, "designates who handles the case")
    stage.does("person", "screening", f"/cases/{case}/consent", None, "gives consent", person=person)
    stage.hears("ConsentGiven")
    known = {"names": {"given": "Invented", "family": "Person"}, "birth_date": "1990-01-01", "national_number": "90010100178"}
    stage.does("security-officer", "screening", f"/cases/{case}/person", known, "enters names and numbers, to the vault")


def transmitted(stage: Stage) -> dict[str, Any]:
    """An appointment to a post that asks a clearance, up to where the application lies with the security authority."""
    told = appoint(stage, "clearance_required")
    told["application"] = screened(stage, told["case"], told["person"])
    return told


def screened(stage: Stage, case: str, person: UUID) -> str:
    """A case for a clearance, up to where the application lies with the security authority; returns its id."""
    consent(stage, case, person)
    stage.does("security-officer", "screening", f"/cases/{case}/submission", None, "submits the application")
    stage.does("clearance-clerk", "screening", f"/cases/{case}/completeness", {"missing": []}, "finds the application complete")
    stage.does("clearance-clerk", "screening", f"/cases/{case}/transmission", None, "transmits it to the security authority")
    return str(stage.hears("ClearanceApplicationTransmitted", case_id=case).data["application_id"])


def decides(stage: Stage, outcome: str, **said: Any) -> None:
    """The security authority decides on an application or a clearance."""
    reference = f"NVO/{stage.today().year}/{stage.ids.new().int % 100000}"
    stage.publish("nvo", NvoDecisionReceivedV1.model_validate({"decision_ref": reference, "outcome": outcome, "decided_at": stage.now(), **said}))


def wait(stage: Stage, span: timedelta) -> None:
    """Domain time passes, for the whole house."""

    def move(offset: float) -> None:
        with Asker(stage.home) as asker:
            move_to(asker, offset)

    stage.passes(span, move)


def granted(stage: Stage) -> dict[str, Any]:
    """The same, up to the clearance, the briefing and the confirmed assignment."""
    told = transmitted(stage)
    expires = stage.now() + timedelta(days=4 * 365)
    decides(stage, "granted", application_id=told["application"], level=told["level"], expires_at=expires)
    told |= {key: value for key, value in stage.hears("ClearanceGranted").data.items() if key in ("clearance_id", "expires_at")}
    told["clearance"] = told["clearance_id"]
    stage.does("security-officer", "screening", f"/clearances/{told['clearance']}/briefing", {}, "briefs the holder")
    stage.hears("AssignmentConfirmed")
    return told
