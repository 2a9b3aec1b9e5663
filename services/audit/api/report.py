"""The report of an engagement as a page: one source, read in a browser as it is, and printed from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from html import escape
from uuid import UUID

from cg_contracts.audit import EngagementType, Severity
from cg_kit.pure.terms import day_of
from cg_kit.pure.tongues import said
from services.audit.api.wording import KINDS, REPORT, SEVERITIES, THEMES, TONGUES, capital
from services.audit.domain.engagement import REPORTED, Engagement, Reply, scope_units
from services.audit.domain.finding import STANDS, Advice, Finding, Standing
from services.audit.domain.scale import SCALE, Text

COLOURS = {Severity.CRITICAL: "#8f1d1d", Severity.HIGH: "#b3541e", Severity.MEDIUM: "#8a6d00", Severity.LOW: "#3d6b4f"}

STYLE = """
* { box-sizing: border-box }
html { color: #1a222c; font: 10.5pt/1.5 "Source Sans Pro", "Segoe UI", "Liberation Sans", Arial, sans-serif }
body { margin: 0 auto; max-width: 175mm }
header { border-top: 5pt solid #12305a; padding-top: 10pt; margin-bottom: 16pt }
.house { color: #44505e; font-size: 9.5pt; margin: 0 }
.house b { color: #12305a }
h1 { font-size: 23pt; line-height: 1.15; margin: 20pt 0 4pt; color: #12305a; font-weight: 600 }
.under { font-size: 12.5pt; color: #44505e; margin: 0 0 14pt }
.note { border-left: 4pt solid #b3541e; background: #fdf1e7; padding: 7pt 10pt; margin: 0 0 14pt; break-inside: avoid }
.facts { margin: 0; width: auto }
.facts th, .facts td { border: 0; padding: 1.5pt 14pt 1.5pt 0; vertical-align: top }
.facts th { font-weight: 400; white-space: nowrap }
.facts td { font-weight: 600 }
section { break-inside: avoid }
h2 { font-size: 14.5pt; color: #12305a; font-weight: 600; margin: 20pt 0 7pt; padding-bottom: 2.5pt; border-bottom: .8pt solid #c3ccd7; break-after: avoid }
h3 { font-size: 12pt; margin: 0; font-weight: 600; color: #1a222c }
p { margin: 0 0 6pt; orphans: 3; widows: 3 }
table { border-collapse: collapse; width: 100%; margin: 2pt 0 8pt; break-inside: avoid }
th { text-align: left; font-weight: 600; color: #44505e; border-bottom: 1pt solid #12305a; padding: 3pt 6pt 3pt 0 }
td { border-bottom: .5pt solid #d9dfe6; padding: 4pt 6pt 4pt 0; vertical-align: top }
.n { text-align: right; width: 28mm }
.w { white-space: nowrap }
tr.sum td { font-weight: 600; border-bottom: 0 }
.dot { display: inline-block; width: 8pt; height: 8pt; border-radius: 4pt; margin-right: 5pt }
article { break-inside: avoid; margin: 0 0 14pt; border: .8pt solid #c3ccd7; border-left-width: 5pt; padding: 9pt 12pt 4pt }
.top { break-inside: avoid; break-after: avoid }
.line { color: #44505e; font-size: 9.5pt; margin: 1pt 0 7pt }
.badge { color: #fff; font-size: 8.5pt; font-weight: 600; padding: 1pt 6pt 1.5pt; border-radius: 8pt; margin-left: 5pt }
.flag { font-size: 9.5pt; color: #8f1d1d; font-weight: 600; margin: 0 0 6pt }
.part { margin: 0 0 6pt; break-inside: avoid }
.part b { display: block; font-size: 9pt; color: #12305a; font-weight: 600 }
.other { color: #44505e; font-style: italic; font-size: 9.5pt }
.advice { background: #f1f4f8; margin: 8pt -12pt -4pt; padding: 7pt 12pt 6pt; break-inside: avoid }
.advice + .advice { border-top: .8pt solid #c3ccd7; margin-top: 4pt }
.alone { background: #f1f4f8; padding: 8pt 12pt 4pt; margin: 0 0 8pt; break-inside: avoid }
.advice p, .alone p { margin-bottom: 4pt }
.reply { margin: 0 0 10pt; break-inside: avoid }
.reply h3 { font-size: 11pt }
.quote { border-left: 2.5pt solid #9aa6b4; padding-left: 9pt; white-space: pre-line }
.gone { color: #5b6673 }
footer { margin-top: 20pt; border-top: .8pt solid #c3ccd7; padding-top: 6pt; font-size: 8.5pt; color: #5b6673 }
@media screen { body { padding: 22px 18px } html { font-size: 16px } }
@media screen and (max-width: 560px) { .facts th, .facts td { display: block; padding: 0 } .facts th { margin-top: 6px } .n { width: auto } }
"""


@dataclass(frozen=True, slots=True)
class Seat:
    """A post as a report names it: never who holds it."""

    unit_id: UUID | None
    role: str
    is_head: bool


@dataclass(frozen=True, slots=True)
class Known:
    """What a report needs from elsewhere: what units are called, and which posts answer."""

    units: Mapping[UUID, Text]
    posts: Mapping[UUID, Seat]
    made_at: datetime


def report(engagement_id: UUID, it: Engagement, known: Known, language: str) -> str:
    """The whole report, as a draft or final, in one language."""
    return _Report(engagement_id, it, known, language).page()


class _Report:
    def __init__(self, engagement_id: UUID, it: Engagement, known: Known, language: str) -> None:
        self.id, self.it, self.known, self.language = engagement_id, it, known, language
        self.words = REPORT[language]
        order = list(Severity)
        shown = [each for each in it.findings if each.standing in (*STANDS, Standing.SUPERSEDED)]
        self.findings = sorted(shown, key=lambda each: (each.standing is Standing.SUPERSEDED, order.index(each.said.severity)))
        self.final = it.status in REPORTED
        assert it.brief
        self.brief = it.brief

    def page(self) -> str:
        """The page."""
        words, final = self.words, self.final
        kind = words["advice" if self.brief.kind is EngagementType.ADVISORY else "report"]
        title = self.text(self.brief.title)
        state = words["final" if final else "draft"]
        foot = f"{words['service']} · {kind} {self.ref()} · {state}"
        paged = (
            "@page { size: A4; margin: 20mm 17mm 20mm 18mm;"
            f' @bottom-left {{ content: "{_css(foot)}"; font: 8.5pt "Source Sans Pro"; color: #5b6673 }}'
            f' @bottom-right {{ content: "{words["page"]} " counter(page) " / " counter(pages); font: 8.5pt "Source Sans Pro"; color: #5b6673 }}'
            f' @top-right {{ content: "{_css(words["marking"])}"; font: 8.5pt "Source Sans Pro"; color: #8f1d1d }} }}'
        )
        parts = (self.head(kind, title, state), self.summary(), self.scope(), self.found(), self.replies(), self.annexes())
        plain = escape(self.plain(self.brief.title))
        return (
            f'<!doctype html><html lang="{self.language}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'
            f"<title>{kind} – {plain}</title><style>{STYLE}{paged}</style></head><body>{''.join(parts)}"
            f"<footer><p>{escape(words['basis'])}</p></footer></body></html>"
        )

    def ref(self) -> str:
        """What the report is called."""
        assert self.it.brief
        return f"IA/{self.brief.starts_on.year}/{str(self.id)[-6:].upper()}"

    def plain(self, text: Text) -> str:
        """A text in the language of the report, or in one in which it is there."""
        return text.get(self.language) or text.get("nl") or text.get("fr") or text.get("en") or ""

    def text(self, text: Text) -> str:
        """The same as markup; what is not there in the language says in which it is."""
        if text.get(self.language):
            return _lines(text[self.language])
        tongue = next((each for each in ("nl", "fr", "en") if text.get(each)), None)
        if tongue is None:
            return escape(self.words["none"])
        note = escape(self.words["untranslated"].format(tongue=TONGUES[self.language][tongue]))
        return f'<span class="other">{note}</span> <span lang="{tongue}">{_lines(text[tongue])}</span>'

    def unit(self, unit_id: UUID) -> str:
        """What a unit is called."""
        return self.plain(self.known.units.get(unit_id, {})) or str(unit_id)

    def day(self, at: datetime | None) -> str:
        """A day as people write it."""
        return said(day_of(at), self.language) if at else ""

    def head(self, kind: str, title: str, state: str) -> str:
        """Title, and what the report is about."""
        words, it = self.words, self.it
        note = ""
        if not self.final and it.reply_due_at:
            note = f'<p class="note">{escape(words["draft note"].format(until=self.last_day(it.reply_due_at)))}</p>'
        rows = [
            (words["reference"], self.ref()),
            (words["kind"], KINDS[self.language][self.brief.kind.value]),
            (words["units"], ", ".join(self.unit(each) for each in scope_units(it))),
            (words["announced"], self.day(it.announced_at)),
            (words["sent"], self.last_day(it.reply_due_at) if it.reply_due_at else ""),
            (words["finalised"], self.day(it.final_at)),
        ]
        about = "".join(f'<tr><th scope="row">{escape(name)}</th><td>{escape(value)}</td></tr>' for name, value in rows if value)
        return (
            f'<header><p class="house"><b>{escape(words["service"])}</b> · {escape(words["house"])}</p><h1>{title}</h1>'
            f'<p class="under">{escape(kind)} · {escape(state)}</p>{note}<table class="facts"><tbody>{about}</tbody></table></header>'
        )

    def last_day(self, due_at: datetime) -> str:
        """The last day in time of a term that ends before this instant."""
        last = day_of(due_at).toordinal() - 1
        return said(type(day_of(due_at)).fromordinal(last), self.language)

    def summary(self) -> str:
        """The opinion, and how much was found of what severity."""
        words = self.words
        counted = [each for each in self.findings if each.standing in STANDS]
        rows = []
        for severity in Severity:
            found = sum(each.said.severity is severity for each in counted)
            advised = sum(each.priority is severity for each in self.advices())
            if found or advised:
                dot = f'<span class="dot" style="background:{COLOURS[severity]}"></span>'
                rows.append(f'<tr><td>{dot}{SEVERITIES[self.language][severity.value]}</td><td class="n">{found}</td><td class="n">{advised}</td></tr>')
        total = f'<tr class="sum"><td>{words["total"]}</td><td class="n">{len(counted)}</td><td class="n">{len(self.advices())}</td></tr>'
        table = (
            f'<table><thead><tr><th>{words["severity"]}</th><th class="n">{words["findings"]}</th>'
            f'<th class="n">{words["recommendations"]}</th></tr></thead><tbody>{"".join(rows)}{total}</tbody></table>'
        )
        opinion = f"<p>{self.text(self.it.opinion or {})}</p>"
        return f"<h2>{words['summary']}</h2>{opinion}{table if rows else ''}{self.overview()}"

    def overview(self) -> str:
        """All recommendations on one table: what a director looks for first."""
        words = self.words
        rows = ""
        for n, each in self.numbered():
            priority = f'<span class="dot" style="background:{COLOURS[each.priority]}"></span>{SEVERITIES[self.language][each.priority.value]}'
            owner, due = escape(capital(self.owner(each))), escape(self.due(each))
            rows += f'<tr><td>{n}</td><td class="w">{priority}</td><td>{owner}</td><td class="w">{due}</td></tr>'
        if not rows:
            return ""
        head = f"<tr><th>{words['recommendation']}</th><th>{words['priority']}</th><th>{words['owner']}</th><th>{words['due']}</th></tr>"
        return f"<table><thead>{head}</thead><tbody>{rows}</tbody></table>"

    def numbered(self) -> list[tuple[str, Advice]]:
        """Each recommendation under the number of the first finding that it rests on; advice alone is just counted."""
        if self.brief.kind is EngagementType.ADVISORY:
            return [(str(n), each) for n, each in enumerate(self.advices(), 1)]
        found = []
        for n, finding in enumerate(self.findings, 1):
            own = [each for each in self.advices() if each.finding_ids[0] == finding.finding_id]
            found += [(f"{n}.{m}", each) for m, each in enumerate(own, 1)]
        return found

    def due(self, it: Advice) -> str:
        """The day by which it is to be done, or how that follows from its severity."""
        term = SCALE[it.priority].action
        target_on = it.target_on or (term.due(it.issued_at).due_date if it.issued_at else None)
        return said(target_on, self.language) if target_on else self.words["due by severity"].format(days=term.n)

    def advices(self) -> list[Advice]:
        """The recommendations that the report holds."""
        standing = {each.finding_id for each in self.findings if each.standing in STANDS}
        return [each for each in self.it.advices if set(each.finding_ids) <= standing]

    def scope(self) -> str:
        """What was looked at, and against what."""
        scope, words = self.it.scope, self.words
        if scope is None:
            return ""
        rows = [("objectives", self.text(scope.objectives)), ("included", self.text(scope.included))]
        if scope.excluded:
            rows.append(("excluded", self.text(scope.excluded)))
        rows.append(("criteria used", escape("; ".join(scope.criteria))))
        return self.section("scope", [f'<div class="part"><b>{words[name]}</b>{text}</div>' for name, text in rows])

    def section(self, name: str, parts: list[str]) -> str:
        """A heading that stays with what comes first under it."""
        first, *rest = parts or [f"<p>{escape(self.words['none'])}</p>"]
        return f"<section><h2>{self.words[name]}</h2>{first}</section>{''.join(rest)}"

    def found(self) -> str:
        """Each finding with the recommendations on it; or, where nothing was to be found, the advice."""
        words = self.words
        if self.brief.kind is EngagementType.ADVISORY:
            return self.section("advice heading", [self.advice(n, each, "alone") for n, each in self.numbered()])
        articles = [self.finding(n, each) for n, each in enumerate(self.findings, 1)]
        return self.section("findings", articles or [f"<p>{escape(words['no findings'])}</p>"])

    def finding(self, n: int, it: Finding) -> str:
        """A finding with its four attributes."""
        words, language = self.words, self.language
        colour = COLOURS[it.said.severity]
        themes = ", ".join(THEMES[language][theme.value] for theme in it.said.themes)
        flags = [words["repeat"]] if it.repeats else []
        flags += [words["superseded"]] if it.standing is Standing.SUPERSEDED else []
        flags += [words["supersedes"]] if it.supersedes else []
        line = f"{escape(self.unit(it.said.unit_id))} · {escape(themes)}"
        top = (
            f'<div class="top"><h3>{words["finding"]} {n}<span class="badge" style="background:{colour}">'
            f'{SEVERITIES[language][it.said.severity.value]}</span></h3><p class="line">{line}</p></div>'
        )
        parts = "".join(
            f'<div class="part"><b>{words[name]}</b>{self.text(text)}</div>'
            for name, text in (("condition", it.said.condition), ("criteria", it.said.criteria), ("cause", it.said.cause), ("effect", it.said.effect))
        )
        refs = "; ".join(each.ref for each in self.it.evidence if each.evidence_id in it.said.evidence)
        parts += f'<div class="part"><b>{words["evidence"]}</b>{escape(refs)}</div>'
        below = "".join(self.advice(m, each, "advice") for m, each in self.numbered() if m.startswith(f"{n}."))
        flagged = "".join(f'<p class="flag">{escape(each)}</p>' for each in flags)
        gone = " gone" if it.standing is Standing.SUPERSEDED else ""
        return f'<article class="f{gone}" style="border-left-color:{colour}">{top}{flagged}{parts}{below}</article>'

    def advice(self, n: str, it: Advice, kind: str) -> str:
        """A recommendation: what, by whom, by when."""
        words = self.words
        told = ((words["priority"], SEVERITIES[self.language][it.priority.value].lower()), (words["owner"], self.owner(it)), (words["due"], self.due(it)))
        facts = " · ".join(f"{name}{words['colon']} {value}" for name, value in told)
        return f'<div class="{kind}"><h3>{words["recommendation"]} {n}</h3><p>{self.text(it.text)}</p><p class="line">{escape(facts)}</p></div>'

    def owner(self, it: Advice) -> str:
        """The post that answers for it, by its place; never a person."""
        seat = self.known.posts.get(it.owner_post_id) if it.owner_post_id else None
        if seat is None or seat.unit_id is None:
            return self.words["the cg"]
        where = self.unit(seat.unit_id)
        return self.words["head of"].format(unit=where) if seat.is_head else self.words["post in"].format(role=seat.role.replace("_", " "), unit=where)

    def replies(self) -> str:
        """What each unit said of the draft, or that it said nothing."""
        it = self.it
        if it.reply_due_at is None:
            return ""
        known = {each.unit_id: each for each in it.replies}
        units = list(dict.fromkeys((*scope_units(it), *known)))
        return self.section("replies", [f'<div class="reply"><h3>{escape(self.unit(each))}</h3>{self.reply(known.get(each))}</div>' for each in units])

    def reply(self, it: Reply | None) -> str:
        """One reply."""
        words = self.words
        if it is None:
            return f"<p>{escape(words['awaited'])}</p>"
        if it.text is None:
            return f"<p>{escape(words['silent'])}</p>"
        late = f" {words['late']}" if self.it.reply_due_at and it.at >= self.it.reply_due_at else ""
        return f'<p class="line">{escape(words["replied on"].format(on=self.day(it.at)))}.{escape(late)}</p><p class="quote">{escape(it.text)}</p>'

    def annexes(self) -> str:
        """What bears the findings out: where it is kept, and of what is classified nothing more (AUD-9)."""
        words = self.words
        used = {each for finding in self.findings for each in finding.said.evidence}
        rows = "".join(
            f"<tr><td>{escape(each.ref)}</td><td>{each.classification.value.replace('_', ' ') if each.classification else words['not classified']}</td></tr>"
            for each in self.it.evidence
            if each.evidence_id in used
        )
        if not rows:
            return ""
        head = f"<thead><tr><th>{words['where']}</th><th>{words['level']}</th></tr></thead>"
        return f'<section><h2>{words["annexes"]}</h2><table>{head}<tbody>{rows}</tbody></table><p class="line">{escape(words["annex note"])}</p></section>'


def _lines(text: str) -> str:
    return escape(text).replace("\n", "<br>")


def _css(text: str) -> str:
    """A text of our own between quotes in a style sheet."""
    return text.replace("'", "’")
