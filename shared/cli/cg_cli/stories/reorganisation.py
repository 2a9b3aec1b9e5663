"""A reorganisation: an office is split in two. First a post has no place and nothing takes effect; then it has, and everything moves at one moment."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from cg_cli.home import Trouble
from cg_cli.stage import Stage
from cg_cli.stories.steps import wait

DECISION = "CG/2026/17"


def play(stage: Stage) -> dict[str, tuple[str, str]]:
    """Proposed, consulted on, approved by somebody else, blocked, mended, in effect."""
    units = {unit["slug"]: unit["unit_id"] for unit in stage.sees("operator", "org", "/units")["items"]}
    year = next(str(number) for number in range(1, 1000) if f"cg-projects-{number}" not in units)
    stage.scene("An office is to be split in two: proposed, consulted on, approved by somebody else")
    office, analysis, design = (str(stage.ids.new()) for _ in range(3))
    stage.does("org-administrator", "org", "/units", {"valid_from": str(stage.today()), "units": [_unit(units, office, "projects", year)]}, "founds an office")
    head, analyst = (_post(stage, office, role) for role in ("head_of_office", "project_analyst"))
    plan = {
        "reorganisation_id": str(stage.ids.new()),
        "reason": "analysis and design each become an office of their own",
        "legal_basis": DECISION,
        "effective_date": str(stage.today() + timedelta(days=30)),
        "mappings": [
            {
                "kind": "split",
                "from_unit_ids": [office],
                "to_unit_ids": [analysis, design],
                "units": [_unit(units, analysis, "analysis", year), _unit(units, design, "design", year)],
            }
        ],
        "posts": [{"post_id": head, "to_unit_id": design}],
    }
    stage.does("org-administrator", "org", "/reorganisations", plan, "proposes to split it", opens=True)
    opened = (stage.correlation, stage.trace)
    path = f"/reorganisations/{plan['reorganisation_id']}"
    held = {"held_on": str(stage.today()), "record_ref": "HOC/2026/4"}
    stage.does("org-administrator", "org", f"{path}/consultation", held, "enters that the unions were consulted")
    stage.does("appointing-authority", "org", f"{path}/approval", None, "approves it, not having proposed it")
    stage.does("org-administrator", "org", f"{path}/schedule", {}, "gives it its day")
    stage.hears("ReorganisationScheduled")
    _impact(stage, path)
    stage.scene("Its day comes, and a post has no place: nothing takes effect, and why is said (ORG-4)")
    wait(stage, timedelta(days=31))
    stage.hears("ReorganisationBlocked")
    placed = {"posts": [{"post_id": analyst, "to_unit_id": analysis}]}
    stage.does("appointing-authority", "org", f"{path}/posts", placed, "gives the post a place, not having proposed the split")
    again = {"effective_date": str(stage.today() + timedelta(days=7))}
    stage.does("org-administrator", "org", f"{path}/schedule", again, "gives it another day")
    stage.scene("At one moment the office ends, two begin, and every post is in its place")
    wait(stage, timedelta(days=8))
    stage.hears("ReorganisationTookEffect")
    stage.hears("OrgUnitAbolished", unit_id=office)
    stage.hears("PostMoved", post_id=analyst)
    return {"reorganisation": opened}


def _unit(units: dict[str, str], unit_id: str, name: str, number: str) -> dict[str, Any]:
    nl, fr, en = {
        "projects": ("Projectbureau", "Bureau de projets", "Project office"),
        "analysis": ("Bureau analyse", "Bureau d'analyse", "Analysis office"),
        "design": ("Bureau ontwerp", "Bureau de conception", "Design office"),
    }[name]
    labels = {"nl": f"{nl} {number}", "fr": f"{fr} {number}", "en": f"{en} {number}"}
    return {
        "unit_id": unit_id,
        "slug": f"cg-{name}-{number}",
        "kind": "service",
        "parent_id": units["cg-innov"],
        "labels": labels,
        "legal_basis": DECISION,
    }


def _post(stage: Stage, unit_id: str, role: str) -> str:
    post_id = str(stage.ids.new())
    body = {
        "post_id": post_id,
        "unit_id": unit_id,
        "role": role,
        "labels": {"nl": "Ambt", "fr": "Emploi", "en": "Post"},
        "is_head": role.startswith("head"),
        "sensitivity": "none",
        "legal_basis": DECISION,
        "valid_from": str(stage.today()),
    }
    stage.does("org-administrator", "org", "/posts", body, f"proposes a post: {role}")
    stage.does("appointing-authority", "org", f"/posts/{post_id}/approval", None, "approves it")
    return post_id


def _impact(stage: Stage, path: str) -> None:
    """What it touches here, and what others report; waits until they have."""
    for _ in range(100):
        impact = stage.sees("org-administrator", "org", f"{path}/impact")
        if all(each["reported_at"] for each in impact["services"]):
            break
        stage.rests(0.2)
    else:
        raise Trouble("no service has reported what the reorganisation touches")
    total = ", ".join(f"{count} {what}" for what, count in impact["total"].items())
    stage.tells("org", "the preview", f"{total}; without a place: {len(impact['unmapped'])}")
    for each in impact["services"]:
        stage.tells(each["service"], "reports what it has open there", str(each["open_items"]))
