"""The radar as a picture that a person can read: a ring for each place, a sector for each source, and the same in words below it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from html import escape
from math import cos, pi, sin

from cg_contracts.innovation import Impact, Ring, Steeple
from cg_kit.pure.terms import BRUSSELS
from services.innovation.queries.trends import TrendSeen

SIZE, CENTRE, OUTER = 900, 450, 360
"""Of the picture, its middle, and the radius of the outermost ring; in pixels."""

RINGS = {Ring.ADOPT: (0.0, 0.34), Ring.TRIAL: (0.34, 0.58), Ring.EXPLORE: (0.58, 0.8), Ring.WATCH: (0.8, 1.0)}
"""From and to which part of the radius each ring lies."""

WORDS = {
    "nl": {
        "title": "Trendradar",
        "of": "stand van {on}",
        "none": "Er staan nog geen trends op de radar.",
        "watch": "volgen",
        "explore": "verkennen",
        "trial": "uitproberen",
        "adopt": "invoeren",
        "social": "Sociaal",
        "technological": "Technologisch",
        "economic": "Economisch",
        "environmental": "Milieu",
        "political": "Politiek",
        "legal": "Juridisch",
        "ethical": "Ethisch",
        "opportunity": "kans",
        "threat": "bedreiging",
        "both": "kans en bedreiging",
        "stale": "al een jaar niet bekeken",
        "head": ("Nr.", "Trend", "Bron", "Ring", "Brengt", "Laatste stap", "Reden"),
    },
    "fr": {
        "title": "Radar des tendances",
        "of": "état au {on}",
        "none": "Le radar ne montre encore aucune tendance.",
        "watch": "suivre",
        "explore": "explorer",
        "trial": "essayer",
        "adopt": "adopter",
        "social": "Social",
        "technological": "Technologique",
        "economic": "Économique",
        "environmental": "Environnement",
        "political": "Politique",
        "legal": "Juridique",
        "ethical": "Éthique",
        "opportunity": "opportunité",
        "threat": "menace",
        "both": "opportunité et menace",
        "stale": "pas revu depuis un an",
        "head": ("N°", "Tendance", "Source", "Anneau", "Apporte", "Dernier pas", "Motif"),
    },
    "en": {
        "title": "Trend radar",
        "of": "as of {on}",
        "none": "There are no trends on the radar yet.",
        "watch": "watch",
        "explore": "explore",
        "trial": "try",
        "adopt": "adopt",
        "social": "Social",
        "technological": "Technological",
        "economic": "Economic",
        "environmental": "Environmental",
        "political": "Political",
        "legal": "Legal",
        "ethical": "Ethical",
        "opportunity": "opportunity",
        "threat": "threat",
        "both": "opportunity and threat",
        "stale": "not looked at for a year",
        "head": ("No.", "Trend", "Source", "Ring", "Brings", "Last step", "Reason"),
    },
}

COLOURS = {Impact.OPPORTUNITY: "#0a6b52", Impact.THREAT: "#a3162a", Impact.BOTH: "#6b3fa0"}
GREY = "#6b7480"
"""Of what nobody has looked at for a year; its shape says the same for who sees no colours: a dashed edge."""

STYLE = """
body { font: 15px/1.45 Arial, 'Liberation Sans', Helvetica, sans-serif; color: #16202c; margin: 1.2rem; max-width: 1100px }
svg { max-width: 100%; height: auto } svg text { font-family: Arial, 'Liberation Sans', Helvetica, sans-serif }
.ring { fill: none; stroke: #9aa6b4 } .cut { stroke: #c4ccd5 } .sector { font-size: 15px; font-weight: bold; fill: #12305a }
.name { font-size: 13px; fill: #44505e; paint-order: stroke; stroke: #fff; stroke-width: 4px } .nr { font-size: 12px; font-weight: bold; fill: #fff }
.stale { stroke: #16202c; stroke-width: 2; stroke-dasharray: 3 2 }
table { border-collapse: collapse; width: 100%; margin-top: 1rem } th, td { text-align: left; padding: .3rem .6rem; border-bottom: 1px solid #c4ccd5 }
.key span { display: inline-block; margin-right: 1.4rem }
.key .dot { width: .8rem; height: .8rem; border-radius: 50%; vertical-align: -.1rem; margin-right: .4rem }
"""


def page(trends: Sequence[TrendSeen], now: datetime, language: str) -> str:
    """The page: the picture, its key, and the same as a table."""
    words = WORDS[language]
    shown = ordered(trends)
    on = f"{now.astimezone(BRUSSELS):%d/%m/%Y}"
    title = f"{words['title']}, {str(words['of']).format(on=on)}"
    body = f"{svg(shown, title, language)}{key(language)}{table(shown, language)}" if shown else f"<p>{escape(str(words['none']))}</p>"
    return (
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{STYLE}</style></head><body><h1>{escape(title)}</h1>{body}</body></html>"
    )


def ordered(trends: Sequence[TrendSeen]) -> list[TrendSeen]:
    """Those on a ring, from the middle outwards within each sector; so are they numbered."""
    rings, sectors = list(RINGS), list(Steeple)
    found = [each for each in trends if each.ring is not None and each.impact is not None]
    return sorted(found, key=lambda each: (sectors.index(each.steeple), rings.index(each.ring or Ring.WATCH), each.trend_id))


def places(trends: Sequence[TrendSeen]) -> list[tuple[float, float]]:
    """Where each trend stands: those that share a sector and a ring are spread over it."""
    found: list[tuple[float, float]] = []
    for each in trends:
        together = [one for one in trends if (one.steeple, one.ring) == (each.steeple, each.ring)]
        n, many = together.index(each), len(together)
        inner, outer = RINGS[each.ring or Ring.WATCH]
        angle = (list(Steeple).index(each.steeple) + (n + 1) / (many + 1)) * 2 * pi / len(Steeple) - pi / 2
        wave = 0.5 if many == 1 else (0.32, 0.68)[n % 2]
        radius = OUTER * (inner + (outer - inner) * (max(wave, 0.55) if inner == 0 else wave))
        found.append((CENTRE + radius * cos(angle), CENTRE + radius * sin(angle)))
    return found


def svg(trends: Sequence[TrendSeen], title: str, language: str) -> str:
    """The picture alone."""
    words = WORDS[language]
    parts = [f'<circle class="ring" cx="{CENTRE}" cy="{CENTRE}" r="{OUTER * outer:.0f}"/>' for _, outer in RINGS.values()]
    for n, sector in enumerate(Steeple):
        cut, middle = (n * 2 * pi / len(Steeple) - pi / 2, (n + 0.5) * 2 * pi / len(Steeple) - pi / 2)
        parts.append(f'<line class="cut" x1="{CENTRE}" y1="{CENTRE}" x2="{CENTRE + OUTER * cos(cut):.1f}" y2="{CENTRE + OUTER * sin(cut):.1f}"/>')
        x, y = CENTRE + (OUTER + 16) * cos(middle), CENTRE + (OUTER + 22) * sin(middle) + 5
        anchor = "middle" if abs(cos(middle)) < 0.3 else "start" if cos(middle) > 0 else "end"
        parts.append(f'<text class="sector" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(str(words[sector.value]))}</text>')
    for ring, (_, outer) in RINGS.items():
        y = CENTRE - OUTER * outer + 18
        parts.append(f'<text class="name" x="{CENTRE}" y="{y:.1f}" text-anchor="middle">{escape(str(words[ring.value]))}</text>')
    for n, (each, (x, y)) in enumerate(zip(trends, places(trends), strict=True), 1):
        assert each.impact
        told = f"{n}. {name(each, language)}: {words[each.impact.value]}" + (f", {words['stale']}" if each.stale else "")
        colour, edge = (GREY, ' class="stale"') if each.stale else (COLOURS[each.impact], "")
        parts.append(
            f'<g><title>{escape(told)}</title><circle cx="{x:.1f}" cy="{y:.1f}" r="12" fill="{colour}"{edge}/>'
            f'<text class="nr" x="{x:.1f}" y="{y + 4:.1f}" text-anchor="middle">{n}</text></g>'
        )
    box = f'viewBox="-90 50 {SIZE + 180} {SIZE - 90}" width="{SIZE + 180}" height="{SIZE - 90}"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {box} role="img" aria-label="{escape(title)}">{"".join(parts)}</svg>'


def key(language: str) -> str:
    """What the colours mean."""
    words = WORDS[language]
    shown = [(colour, words[impact.value]) for impact, colour in COLOURS.items()] + [(GREY, words["stale"])]
    dots = (f'<span><span class="dot" style="background:{colour}"></span>{escape(str(text))}</span>' for colour, text in shown)
    return f'<p class="key">{"".join(dots)}</p>'


def table(trends: Sequence[TrendSeen], language: str) -> str:
    """The same in words, with the reason of the last step."""
    words = WORDS[language]
    head = "".join(f'<th scope="col">{escape(each)}</th>' for each in words["head"])
    rows = ""
    for n, each in enumerate(trends, 1):
        assert each.impact
        assert each.ring
        last = each.moves[-1]
        brings = f"{words[each.impact.value]}" + (f" ({words['stale']})" if each.stale else "")
        on = f"{last.at.astimezone(BRUSSELS):%d/%m/%Y}"
        cells = (str(n), name(each, language), str(words[each.steeple.value]), str(words[each.ring.value]), brings, on, last.text)
        rows += "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in cells) + "</tr>"
    return f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"


def name(each: TrendSeen, language: str) -> str:
    """The title in this language, or in Dutch where there is none."""
    return each.titles.get(language) or each.titles["nl"]
