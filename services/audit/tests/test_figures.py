"""Figures: what is counted where, and the picture of it."""

from __future__ import annotations

from datetime import date
from xml.etree import ElementTree

import pytest

from cg_contracts.org import UnitKind
from cg_kit.pure import named
from services.audit.api import chart
from services.audit.api.wording import FIGURES
from services.audit.domain.recommendation import Status
from services.audit.domain.unit import Described, Unit
from services.audit.queries.figures import Line, counted, directorate
from services.audit.tests.door import Audit

TODAY = date(2026, 11, 24)
ROOT, DGR, TEAM, ISPO = (named("figures", name) for name in ("root", "dgr", "team", "ispo"))


def unit(slug: str, kind: UnitKind, parent: object) -> Unit:
    return Unit(Described(slug, kind, parent, {"nl": f"Dienst {slug}", "fr": f"Service {slug}"}, date(2020, 1, 1)))  # type: ignore[arg-type]


UNITS = {
    ROOT: unit("fedpol", UnitKind.FORMAL_ORGANIZATION, None),
    DGR: unit("dgr", UnitKind.GENERAL_DIRECTORATE, ROOT),
    TEAM: unit("team", UnitKind.UNIT, DGR),
    ISPO: unit("ispo", UnitKind.SERVICE, ROOT),
}


def line(unit_id: object, status: Status, issued: date, target: date, closed: date | None = None, **more: int) -> Line:
    return Line(unit_id, status, issued, closed, target, target, more.get("claims", 0), more.get("not_done", 0))  # type: ignore[arg-type]


LINES = [
    line(TEAM, Status.CLOSED, date(2025, 3, 1), date(2025, 9, 1), date(2025, 8, 1), claims=2, not_done=1),
    line(TEAM, Status.CLOSED, date(2025, 3, 1), date(2025, 9, 1), date(2025, 12, 1), claims=1),
    line(DGR, Status.IN_PROGRESS, date(2025, 3, 1), date(2025, 9, 1)),
    line(DGR, Status.REPORTED_IMPLEMENTED, date(2026, 3, 1), date(2026, 9, 1), claims=1),
    line(ISPO, Status.RISK_ACCEPTED, date(2026, 3, 1), date(2026, 9, 1)),
    line(ISPO, Status.ISSUED, date(2026, 10, 1), date(2027, 3, 1)),
]
FOUND = counted(LINES, UNITS, TODAY)


def test_a_unit_counts_for_the_directorate_in_which_it_is() -> None:
    assert [directorate(each, UNITS) for each in (TEAM, DGR, ISPO, ROOT)] == [DGR, DGR, ISPO, ROOT]


def test_it_counts_by_directorate_and_year() -> None:
    dgr, ispo = FOUND.directorates
    assert [(year.year, year.issued, year.closed, year.closed_in_time, year.late, year.open) for year in dgr.years] == [
        (2026, 1, 0, 0, 0, 1),
        (2025, 3, 2, 1, 1, 0),
    ]
    assert (dgr.years[1].implemented_pct, dgr.years[1].claims, dgr.years[1].not_done) == (67, 3, 1)
    assert [(year.accepted, year.open) for year in ispo.years] == [(1, 1)]
    assert (dgr.ageing, ispo.ageing, FOUND.ageing) == ([0, 0, 1, 1], [1, 0, 0, 0], [1, 0, 1, 1])
    assert (FOUND.total.issued, FOUND.total.closed, FOUND.total.implemented_pct) == (6, 2, 33)


@pytest.mark.parametrize("language", ["nl", "fr", "en"])
def test_the_picture_and_the_table_say_what_was_counted(language: str) -> None:
    drawn = chart.svg(FOUND, language)
    assert ElementTree.fromstring(drawn).tag.endswith("svg")
    assert "67 %" in drawn
    assert "Dienst dgr" in drawn or "Service dgr" in drawn
    page = chart.page(FOUND, language)
    assert f'<html lang="{language}">' in page
    assert FIGURES[language]["share"] in page
    empty = chart.page(counted([], UNITS, TODAY), language)
    assert FIGURES[language]["none"] in empty


def test_every_word_is_there_in_three_languages() -> None:
    assert len({frozenset(words) for words in FIGURES.values()}) == 1


async def test_figures_are_for_who_reads_reports(audit: Audit) -> None:
    assert (await audit.get("/figures", "unit-head"))["total"]["issued"] == 0
    for path, kind in (("/figures.svg", "image/svg+xml"), ("/figures.html", "text/html")):
        answer = await audit.ask("GET", f"{path}?lang=fr", "commissioner-general")
        assert answer.headers["content-type"].startswith(kind)
        assert FIGURES["fr"]["none"] in answer.text
    assert await audit.refused("GET", "/figures", "person") == (403, "role-needed")
