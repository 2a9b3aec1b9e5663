"""The figures as a picture and as a page: how much is done by directorate and year, and how old the rest is."""

from __future__ import annotations

from html import escape

from cg_kit.pure.tongues import said
from services.audit.api.wording import FIGURES, capital
from services.audit.queries.figures import DirectorateSeen, FiguresSeen, YearSeen

FONT = '"Source Sans Pro", "Segoe UI", "Liberation Sans", Arial, sans-serif'
PARTS = (("closed", "#2f6b4f", "#fff"), ("open", "#8fb3d9", "#16202c"), ("late", "#b3411e", "#fff"), ("accepted", "#7d6aa3", "#fff"))
AGES = (("#cfe0f1", "#16202c"), ("#f0d9a8", "#16202c"), ("#dd9a55", "#16202c"), ("#a63a1b", "#fff"))
WIDTH, LABEL, YEAR, RATE, ROW, GAP = 1000, 300, 46, 70, 24, 12
BAR = WIDTH - LABEL - YEAR - RATE

DRAWN = f"""
.c text {{ font: 14px {FONT}; fill: #16202c }}
.c .h {{ font-size: 18px; font-weight: 600; fill: #12305a }}
.c .s {{ font-size: 13px; fill: #44505e }}
.c .d {{ font-weight: 600 }}
.c .v {{ font-size: 12px; text-anchor: middle }}
.c .r {{ font-weight: 600; text-anchor: end }}
"""


def label(it: DirectorateSeen, language: str) -> str:
    """What a directorate is called."""
    return it.labels.get(language) or it.labels.get("nl") or str(it.unit_id)


def svg(figures: FiguresSeen, language: str) -> str:
    """The picture; loads nothing."""
    words = FIGURES[language]
    parts, y = [f'<text class="h" x="0" y="18">{words["rate"]}</text>'], 34.0
    parts.append(_legend([(words[name], fill) for name, fill, _ in PARTS], y))
    y += 30
    most = max((year.issued for each in figures.directorates for year in each.years), default=1)
    for each in figures.directorates:
        lines = _fitted(label(each, language))
        top = y
        for year in each.years:
            parts.append(_year(year, y, most, words))
            y += ROW
        parts += [f'<text class="d" x="0" y="{top + 15 + 17 * n:.0f}">{escape(line)}</text>' for n, line in enumerate(lines)]
        y = max(y, top + 17 * len(lines) + 5) + GAP
    if not figures.directorates:
        parts.append(f'<text x="0" y="{y + 14:.0f}">{words["none"]}</text>')
        y += 30
    y += 18
    parts.append(f'<text class="h" x="0" y="{y:.0f}">{words["ageing"]}</text>')
    y += 14
    names = [words["bucket"].format(range=f"{first}–{last}" if last else f"> {first - 1}") for first, last in figures.buckets]
    parts.append(_legend([(name, fill) for name, (fill, _) in zip(names, AGES, strict=True)], y))
    y += 30
    open_ones = [each for each in figures.directorates if sum(each.ageing)]
    oldest = max((sum(each.ageing) for each in open_ones), default=1)
    for each in open_ones:
        lines = _fitted(label(each, language))
        parts += [f'<text class="d" x="0" y="{y + 15 + 17 * n:.0f}">{escape(line)}</text>' for n, line in enumerate(lines)]
        segments = [(n, fill, ink) for n, (fill, ink) in zip(each.ageing, AGES, strict=True)]
        parts.append(_bar(segments, y, oldest) + f'<text class="r" x="{WIDTH}" y="{y + 15:.0f}">{sum(each.ageing)}</text>')
        y += max(ROW, 17 * len(lines) + 5) + GAP
    if not open_ones:
        parts.append(f'<text x="0" y="{y + 14:.0f}">{words["nothing open"]}</text>')
        y += 30
    height = y + 6
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="c" viewBox="-8 -8 {WIDTH + 16} {height + 16:.0f}" width="{WIDTH + 16}" height="{height + 16:.0f}" '
        f'role="img" lang="{language}" aria-labelledby="t" aria-describedby="d"><title id="t">{words["title"]}, {said(figures.on, language)}</title>'
        f'<desc id="d">{described(figures.total, language)}</desc><style>{DRAWN}</style>{"".join(parts)}</svg>'
    )


def described(total: YearSeen, language: str) -> str:
    """The whole in a sentence."""
    return FIGURES[language]["described"].format(
        issued=total.issued, closed=total.closed, rate=total.implemented_pct, late=total.late, open=total.open, accepted=total.accepted
    )


def page(figures: FiguresSeen, language: str) -> str:
    """The picture with the same figures as a table."""
    words = FIGURES[language]
    rows = "".join(_row(label(each, language), year, str(year.year), n == 0) for each in figures.directorates for n, year in enumerate(each.years))
    total = _row(words["all"], figures.total, "–", True) if figures.directorates else ""
    names = ("directorate", "year", "issued", "closed", "in time", "open", "late", "accepted", "share", "not done")
    head = "".join(f'<th scope="col">{capital(words[name])}</th>' for name in names)
    tongues = "".join(
        f'<strong lang="{code}" aria-current="true">{name}</strong>'
        if code == language
        else f'<a lang="{code}" hreflang="{code}" href="?lang={code}">{name}</a>'
        for code, name in {"nl": "Nederlands", "fr": "Français", "en": "English"}.items()
    )
    return (
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{words['title']}</title><style>{STYLE}</style></head><body><header><h1>{words['title']}</h1>"
        f"<nav>{tongues}</nav><p>{escape(words['as of'].format(on=said(figures.on, language)))}</p><p><b>{described(figures.total, language)}</b></p></header>"
        f'<main><figure>{svg(figures, language)}</figure><div class="wide"><table><thead><tr>{head}</tr></thead><tbody>{rows}{total}</tbody></table></div>'
        "</main></body></html>"
    )


STYLE = f"""
* {{ box-sizing: border-box }}
body {{ margin: 0 auto; max-width: 1080px; padding: 18px 20px 40px; color: #16202c; background: #f4f6f8; font: 16px/1.5 {FONT} }}
h1 {{ font-size: 26px; line-height: 1.2; margin: 0 0 8px; color: #12305a }}
p {{ margin: 4px 0 }}
nav {{ display: flex; gap: 8px; margin: 6px 0 }}
nav a, nav strong {{ display: inline-flex; align-items: center; padding: 0 12px; min-height: 44px; border-radius: 4px; color: #1d4f91 }}
nav strong {{ background: #12305a; color: #fff }}
figure {{ margin: 14px 0; background: #fff; border: 1px solid #d4dae1; border-radius: 6px; padding: 14px }}
figure svg {{ display: block; max-width: 100%; height: auto; margin: 0 auto }}
.wide {{ overflow-x: auto; background: #fff; border: 1px solid #d4dae1; border-radius: 6px; padding: 6px 14px }}
table {{ border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums }}
th {{ text-align: right; font-size: 14px; color: #44505e; border-bottom: 2px solid #12305a; padding: 6px; vertical-align: bottom }}
td {{ text-align: right; border-bottom: 1px solid #e3e8ee; padding: 6px }}
th:first-child, td:first-child {{ text-align: left }}
tr:last-child td {{ font-weight: 600; border-bottom: 0 }}
@media print {{ body {{ background: #fff; padding: 0 }} nav {{ display: none }} figure, .wide {{ border: 0; padding: 0 }} }}
"""


def _row(name: str, year: YearSeen, which: str, first: bool) -> str:
    numbers = (year.issued, year.closed, year.closed_in_time, year.open, year.late, year.accepted)
    cells = "".join(f"<td>{number}</td>" for number in numbers)
    claims = f"{year.not_done} / {year.claims}" if year.claims else "–"
    return f"<tr><td>{escape(name) if first else ''}</td><td>{which}</td>{cells}<td>{year.implemented_pct} %</td><td>{claims}</td></tr>"


def _year(year: YearSeen, y: float, most: int, words: dict[str, str]) -> str:
    segments = [(getattr(year, name), fill, ink) for name, fill, ink in PARTS]
    return (
        f'<text class="s" x="{LABEL}" y="{y + 15:.0f}">{year.year}</text>{_bar(segments, y, most)}'
        f'<text class="r" x="{WIDTH}" y="{y + 15:.0f}">{year.implemented_pct} %</text>'
    )


def _bar(segments: list[tuple[int, str, str]], y: float, most: int) -> str:
    x, parts = float(LABEL + YEAR), []
    for number, fill, ink in segments:
        if number:
            width = BAR * number / most
            parts.append(f'<rect x="{x:.1f}" y="{y:.0f}" width="{max(width - 1, 1):.1f}" height="{ROW - 4}" fill="{fill}"/>')
            if width > 9 * len(str(number)) + 4:
                parts.append(f'<text class="v" x="{x + width / 2:.1f}" y="{y + 14.5:.1f}" style="fill:{ink}">{number}</text>')
            x += width
    return "".join(parts)


def _legend(entries: list[tuple[str, str]], y: float) -> str:
    x, parts = 0.0, []
    for name, fill in entries:
        parts.append(
            f'<rect x="{x:.0f}" y="{y - 4:.0f}" width="13" height="13" fill="{fill}"/><text class="s" x="{x + 19:.0f}" y="{y + 7:.0f}">{escape(name)}</text>'
        )
        x += 19 + 7.2 * len(name) + 26
    return "".join(parts)


def _fitted(name: str, most: int = 38) -> list[str]:
    """A name on at most two lines."""
    lines = [""]
    for word in name.split():
        if lines[-1] and len(lines[-1]) + len(word) + 1 > most:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    if len(lines) > 2:
        lines = [lines[0], lines[1][: most - 1].rstrip() + "…"]
    return [line if len(line) <= most else line[: most - 1] + "…" for line in lines]
