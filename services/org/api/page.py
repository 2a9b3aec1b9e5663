"""The organisation as a page that a person can read: the picture, the same as a list, and the ways to another day and another language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from html import escape
from uuid import UUID

from cg_kit.pure.tongues import said
from services.org.api.picture import FONT, NARROW, WIDE, Children, children_of, label, svg
from services.org.api.wording import WORDS
from services.org.queries.changes import ChangeSeen
from services.org.queries.units import UnitSeen
from services.org.queries.zones import ZoneSeen

STYLE = f"""
* {{ box-sizing: border-box }}
body {{ margin: 0; color: #16202c; background: #f4f6f8; font: 16px/1.5 {FONT} }}
header, main, footer {{ max-width: 1240px; margin: 0 auto; padding: 0 20px }}
header {{ padding-top: 18px }}
h1 {{ font-size: 26px; line-height: 1.2; margin: 0 0 4px }}
h2 {{ font-size: 20px; margin: 32px 0 8px }}
p {{ margin: 4px 0 }}
a {{ color: #1d4f91 }}
a:focus-visible, button:focus-visible, input:focus-visible, summary:focus-visible {{ outline: 3px solid #d07000; outline-offset: 2px }}
.bar {{ display: flex; flex-wrap: wrap; gap: 10px 26px; align-items: center; justify-content: space-between; margin: 14px 0 }}
.bar form, nav {{ display: flex; flex-wrap: wrap; gap: 8px; align-items: center }}
input, button {{ font: inherit; padding: 7px 10px; border: 1px solid #7d8998; border-radius: 4px; background: #fff; min-height: 44px }}
button {{ background: #1d4f91; border-color: #1d4f91; color: #fff; cursor: pointer }}
nav a, nav strong, form a {{ display: inline-flex; align-items: center; padding: 0 12px; min-height: 44px; border-radius: 4px }}
nav strong {{ background: #12305a; color: #fff }}
.skip {{ position: absolute; left: -9999px }}
.skip:focus {{ left: 20px; top: 8px; background: #fff; padding: 8px 12px; z-index: 1 }}
.note {{ background: #fff3df; border-left: 5px solid #d07000; padding: 10px 14px; margin: 12px 0 }}
figure {{ margin: 10px 0; background: #fff; border: 1px solid #d4dae1; border-radius: 6px; padding: 8px }}
figure svg {{ display: block; max-width: 100%; height: auto; margin: 0 auto }}
.narrow {{ display: none }}
ul {{ list-style: none; padding-left: 20px; margin: 0; border-left: 2px solid #d4dae1 }}
main > ul {{ padding-left: 0; border: 0 }}
li {{ padding: 3px 0 }}
li:target > b {{ background: #fff3df; outline: 3px solid #d07000; outline-offset: 2px }}
small {{ color: #4a5664; font-size: 14px }}
summary {{ cursor: pointer; padding: 9px 0 }}
footer {{ padding-top: 20px; padding-bottom: 40px; color: #4a5664 }}
footer a {{ display: inline-block; padding: 9px 6px }}
@media (max-width: 900px) {{
  .wide {{ display: none }}
  .narrow {{ display: block }}
  header, main, footer {{ padding-left: 12px; padding-right: 12px }}
  h1 {{ font-size: 22px }}
}}
@media print {{
  .bar, .skip, details {{ display: none }}
  body {{ background: #fff }}
  figure {{ border: 0 }}
}}
"""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a page is about: the day, the language, the days on which anything changes as far as is known, and a day that was asked and is none."""

    on: date
    today: date
    language: str
    changes: tuple[date, ...] = ()
    wrong: str | None = None


@dataclass(frozen=True, slots=True)
class Shown:
    """What a page shows: the units, label and unit of each post that heads one, the police zones, and what became of what by that day."""

    units: Sequence[UnitSeen]
    posts: Mapping[UUID, tuple[Mapping[str, str], UUID]]
    zones: Sequence[ZoneSeen] = ()
    became: Sequence[ChangeSeen] = ()


def page(shown: Shown, asked: Asked) -> str:
    """The whole page."""
    language, on = asked.language, asked.on
    words = WORDS[language]
    zones = linked_to(shown.zones, shown.units)
    notes = [words["wrong"].format(text=asked.wrong)] if asked.wrong is not None else []
    since = max((day for day in asked.changes if day <= on), default=None)
    until = min((day for day in asked.changes if day > on), default=None)
    holds = ""
    if shown.units and since is not None:
        holds = words["until"].format(since=said(since, language), until=said(until, language)) if until else words["since"].format(since=said(since, language))
    wide, narrow = (svg(shown.units, on, language, measure, name=name, zones=zones) for measure, name in ((WIDE, "w"), (NARROW, "n")))
    main = f'<figure class="wide">{wide}</figure><figure class="narrow">{narrow}</figure><h2 id="list">{words["list"]}</h2>'
    main += _list(shown, children_of(shown.units, language), None, zones, language) + _unlinked(shown, zones, language) + _became(shown, language)
    if not shown.units:
        first = min(asked.changes, default=None)
        why = words["first"].format(first=f'<a href="?on={first}&amp;lang={language}">{said(first, language)}</a>') if first else words["nothing"]
        main = f'<p class="note">{words["none"].format(on=said(on, language))} {why}</p>'
    head = "".join(f'<p class="note">{escape(note)}</p>' for note in notes)
    links = f'<a href="organisation.svg?on={on}&amp;lang={language}">{words["image"]}</a> <a href="organisation.jsonld?on={on}">{words["linked"]}</a>'
    skip = f'<a class="skip" href="#list">{words["skip"]}</a>' if shown.units else ""
    return (
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{words['title']} – {said(on, language)}</title><style>{STYLE}</style></head><body>{skip}<header><h1>{words['title']}</h1>"
        f"<p>{words['on'].format(on=f'<strong>{said(on, language)}</strong>')} {holds}</p>{_bar(asked)}{head}</header><main>{main}</main>"
        f"<footer><p>{words['public']}</p><p>{words['data']} {links}</p></footer></body></html>"
    )


def linked_to(zones: Sequence[ZoneSeen], units: Sequence[UnitSeen]) -> dict[UUID, list[ZoneSeen]]:
    """The zones that are linked to each of these units."""
    found: dict[UUID, list[ZoneSeen]] = {unit.unit_id: [] for unit in units}
    for zone in zones:
        if zone.csd_id in found:
            found[zone.csd_id].append(zone)
    return {unit_id: its for unit_id, its in found.items() if its}


def _bar(asked: Asked) -> str:
    words = WORDS[asked.language]
    tongues = {"nl": "Nederlands", "fr": "Français", "en": "English"}
    switch = "".join(
        f'<strong lang="{code}" aria-current="true">{name}</strong>'
        if code == asked.language
        else f'<a lang="{code}" hreflang="{code}" href="?on={asked.on}&amp;lang={code}">{name}</a>'
        for code, name in tongues.items()
    )
    today = "" if asked.on == asked.today else f'<a href="?lang={asked.language}">{words["today"]}</a>'
    days = "".join(
        f"<strong>{said(day, asked.language)}</strong>" if day == asked.on else f'<a href="?on={day}&amp;lang={asked.language}">{said(day, asked.language)}</a>'
        for day in asked.changes
    )
    more = f'<details><summary>{words["changes"]} ({len(asked.changes)})</summary><nav aria-label="{words["changes"]}">{days}</nav></details>' if days else ""
    return (
        f'<div class="bar"><form method="get"><label for="on">{words["day"]}</label><input type="date" id="on" name="on" value="{asked.on}" required>'
        f'<input type="hidden" name="lang" value="{asked.language}"><button>{words["show"]}</button>{today}</form>'
        f'<nav aria-label="{words["language"]}">{switch}</nav></div>{more}'
    )


def _list(shown: Shown, children: Children, above: UUID | None, zones: Mapping[UUID, Sequence[ZoneSeen]], language: str) -> str:
    words = WORDS[language]
    there = {unit.unit_id: unit for unit in shown.units}
    items: list[str] = []
    for unit in children.get(above, ()):
        tongue = "" if getattr(unit.labels, language) else ' lang="nl"'
        head = words["headless"]
        if unit.head_post_id is not None and unit.head_post_id in shown.posts:
            labels, home = shown.posts[unit.head_post_id]
            text = labels.get(language) or labels["nl"]
            elsewhere = home != unit.unit_id and home in there
            head = words["elsewhere"].format(post=text, unit=label(there[home], language)) if elsewhere else words["head"].format(post=text)
        parent = there.get(unit.parent_id) if unit.parent_id else None
        since = f"; {words['exists'].format(since=said(unit.valid_from, language))}" if parent is None or parent.valid_from != unit.valid_from else ""
        about = f"<small>{escape(head)}{since}</small>"
        if unit.unit_id in zones:
            about += f"<br><small>{words['linked to'].format(zones=_zones(zones[unit.unit_id], language))}</small>"
        below = _list(shown, children, unit.unit_id, zones, language)
        items.append(f'<li id="{escape(unit.slug)}"><b{tongue}>{escape(label(unit, language))}</b><br>{about}{below}</li>')
    return f"<ul>{''.join(items)}</ul>" if items else ""


def _zones(zones: Sequence[ZoneSeen], language: str) -> str:
    return escape(", ".join(sorted(label(zone, language) for zone in zones)))


def _unlinked(shown: Shown, zones: Mapping[UUID, Sequence[ZoneSeen]], language: str) -> str:
    """Zones whose directorate has ended: they exist all the same."""
    known = {zone.zone_id for found in zones.values() for zone in found}
    loose = [zone for zone in shown.zones if zone.zone_id not in known]
    return f"<h2>{WORDS[language]['unlinked']}</h2><p>{_zones(loose, language)}</p>" if loose else ""


def _became(shown: Shown, language: str) -> str:
    words = WORDS[language]
    items = [
        words["change"].format(
            on=said(each.on, language),
            before=escape(", ".join(label(unit, language) for unit in each.originals)) or words["began"],
            after=escape(", ".join(label(unit, language) for unit in each.results)) or words["ended"],
        )
        for each in shown.became
    ]
    return f'<h2>{words["became"]}</h2><ul class="became">{"".join(f"<li>{item}</li>" for item in items)}</ul>' if items else ""
