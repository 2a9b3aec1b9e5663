"""The reporter's page: a form, a receipt and a conversation, for a screen of any size, with nothing that runs and nothing loaded from elsewhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from html import escape
from uuid import UUID

from cg_kit.pure.tongues import said
from services.integrity.api.wording import CATEGORIES, CHANGES, TONGUES, WORDS, label
from services.integrity.domain.protection import Status as Guarded
from services.integrity.domain.report import Change, Mode, Side

STYLE = """
* { box-sizing: border-box }
body { margin: 0; color: #16202c; background: #f4f6f8; font: 17px/1.55 system-ui, "Segoe UI", Roboto, Arial, sans-serif }
header, main, footer { max-width: 720px; margin: 0 auto; padding: 0 20px }
header { padding-top: 14px }
h1 { font-size: 28px; line-height: 1.2; margin: 18px 0 8px }
h2 { font-size: 20px; margin: 0 0 10px }
p { margin: 6px 0 }
a { color: #1d4f91 }
section { background: #fff; border: 1px solid #d4dae1; border-radius: 8px; padding: 20px; margin: 18px 0 }
nav { display: flex; gap: 4px; justify-content: flex-end }
nav a, nav strong { padding: 10px 12px; border-radius: 4px; font-size: 15px }
nav strong { background: #12305a; color: #fff }
label, legend { display: block; font-weight: 600; margin-top: 18px; padding: 0 }
label.plain { font-weight: 400; margin: 0; display: flex; gap: 12px; align-items: flex-start; padding: 9px 0 }
label.plain input { width: 22px; height: 22px; min-height: 0; flex: none; margin: 2px 0 0 }
fieldset { border: 0; margin: 0; padding: 0 }
small { display: block; color: #4a5664; font-size: 15px; font-weight: 400 }
input, select, textarea, button { font: inherit; width: 100%; padding: 10px 12px; border: 1px solid #7d8998; border-radius: 5px; background: #fff;
  min-height: 48px }
input[type=date] { width: auto }
textarea { min-height: 190px; resize: vertical }
textarea.short { min-height: 110px }
button { background: #1d4f91; border-color: #1d4f91; color: #fff; font-weight: 600; cursor: pointer; margin-top: 20px }
button.quiet { background: #fff; color: #1d4f91 }
a:focus-visible, button:focus-visible, input:focus-visible, textarea:focus-visible, select:focus-visible { outline: 3px solid #d07000; outline-offset: 2px }
.note { background: #eef4fb; border-left: 5px solid #1d4f91; padding: 10px 14px; margin: 12px 0 }
.wrong { background: #fdeceb; border-left: 5px solid #b3261e; padding: 10px 14px; margin: 12px 0 }
.late { background: #fff3df; border-left: 5px solid #d07000; padding: 10px 14px; margin: 12px 0 }
.code { font: 600 25px/1.4 ui-monospace, Consolas, monospace; letter-spacing: 1px; background: #f4f6f8; border: 2px dashed #7d8998; border-radius: 6px;
  padding: 14px; text-align: center; margin: 14px 0; overflow-wrap: anywhere; user-select: all }
.hash { font: 13px/1.4 ui-monospace, Consolas, monospace; overflow-wrap: anywhere; color: #4a5664 }
ol { list-style: none; padding: 0; margin: 0 }
li { padding: 12px 0; border-top: 1px solid #e3e8ed }
li:first-child { border-top: 0 }
li time { color: #4a5664; font-size: 15px; margin-left: 8px }
li .text { white-space: pre-wrap; overflow-wrap: anywhere; margin-top: 6px; padding: 10px 14px; border-radius: 8px; background: #f4f6f8 }
li.reporter .text { background: #eaf3ea }
.fresh { border: 2px solid #1d4f91 }
footer { padding-bottom: 40px; color: #4a5664; font-size: 15px }
@media (max-width: 500px) {
  header, main, footer { padding-left: 12px; padding-right: 12px }
  section { padding: 16px 14px }
  h1 { font-size: 24px }
  .code { font-size: 21px }
}
"""


@dataclass(frozen=True, slots=True)
class Form:
    """What the form shows: what was filled in before, and what was wrong with it."""

    code: str
    today: date
    units: Sequence[tuple[UUID, str]]
    named: bool
    filled: Mapping[str, str] = field(default_factory=dict)
    wrong: Sequence[str] = ()


def start(form: Form, language: str) -> str:
    """The first page: the way back to a conversation, and the form."""
    words = WORDS[language]
    return _page(
        words["title"],
        language,
        f"<p>{words['lead']}</p>{_wrongs(form.wrong, words)}"
        f'<section><h2>{words["have"]}</h2><form method="post" action="/report/conversation">{_hidden("lang", language)}'
        f'<label for="code">{words["code"]}</label><input id="code" name="code" autocomplete="off" spellcheck="false" required maxlength="60" '
        f'placeholder="XXXX-XXXX-XXXX-XXXX-XXXX"><button class="quiet">{words["open"]}</button></form></section>'
        f'<section><h2 id="new">{words["new"]}</h2><p class="note">{words["kept"]}</p>{_form(form, words, language)}</section>'
        f"<p>{words['outside']}</p>",
    )


def _form(form: Form, words: Mapping[str, str], language: str) -> str:
    filled = form.filled
    options = "".join(_option(code, label(CATEGORIES, code, language), filled.get("category")) for code in CATEGORIES)
    units = "".join(_option(str(id_), text, filled.get("unit_id")) for id_, text in form.units)
    modes = [Mode.ANONYMOUS, Mode.CONFIDENTIAL, Mode.SIGNED] if form.named else [Mode.ANONYMOUS]
    chosen = filled.get("mode", Mode.ANONYMOUS.value)
    radios = "".join(
        f'<label class="plain"><input type="radio" name="mode" value="{mode.value}"{" checked" if mode.value == chosen else ""}>'
        f"<span>{words[mode.value]}<small>{words[f'{mode.value} help']}</small></span></label>"
        for mode in modes
    )
    who = (
        f'<label for="name">{words["name"]}<small>{words["identity help"]}</small></label>'
        f'<input id="name" name="name" autocomplete="off" maxlength="200" value="{escape(filled.get("name", ""))}">'
        f'<label for="reach">{words["reach"]}</label>'
        f'<input id="reach" name="reach" autocomplete="off" maxlength="200" value="{escape(filled.get("reach", ""))}">'
        if form.named
        else f'<p class="note">{words["no custody"]}</p>'
    )
    return (
        f'<form method="post" action="/report">{_hidden("lang", language)}{_hidden("code", form.code)}'
        f'<label for="text">{words["what"]}<small>{words["what help"]}</small></label>'
        f'<textarea id="text" name="text" required maxlength="10000">{escape(filled.get("text", ""))}</textarea>'
        f'<label for="category">{words["category"]}</label><select id="category" name="category" required>'
        f'<option value="">{words["choose"]}</option>{options}</select>'
        f'<label for="unit_id">{words["unit"]}<small>{words["unit help"]}</small></label><select id="unit_id" name="unit_id">'
        f'<option value="">{words["unknown"]}</option>{units}</select>'
        f'<label for="facts_on">{words["facts"]}<small>{words["facts help"]}</small></label>'
        f'<input type="date" id="facts_on" name="facts_on" max="{form.today}" value="{escape(filled.get("facts_on", ""))}">'
        f"{_box('top', words, filled)}<fieldset><legend>{words['who']}</legend>{radios}</fieldset>{who}{_box('contact', words, filled)}"
        f"<button>{words['send']}</button></form>"
    )


def _box(name: str, words: Mapping[str, str], filled: Mapping[str, str]) -> str:
    checked = " checked" if filled.get(name) else ""
    return (
        f'<label class="plain"><input type="checkbox" name="{name}" value="yes"{checked}>'
        f"<span>{words[name]}<small>{words[f'{name} help']}</small></span></label>"
    )


def _option(value: str, text: str, chosen: str | None) -> str:
    return f'<option value="{value}"{" selected" if value == chosen else ""}>{escape(text)}</option>'


def _hidden(name: str, value: str) -> str:
    return f'<input type="hidden" name="{name}" value="{escape(value)}">'


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a reporter keeps: the code, what is promised, and the proof of what was sent."""

    code: str
    proof: str
    acknowledge_by: date | None
    feedback_by: date | None


def receipt(made: Receipt, language: str) -> str:
    """The page after sending."""
    words = WORDS[language]
    by = ""
    if made.acknowledge_by and made.feedback_by:
        by = f"<p>{words['by'].format(ack=said(made.acknowledge_by, language), feedback=said(made.feedback_by, language))}</p>"
    return _page(
        words["sent"],
        language,
        f'<section class="fresh"><p><strong>{words["your code"]}</strong></p><p class="code">{escape(made.code)}</p><p>{words["only once"]}</p></section>'
        f"<section><p>{words['then']}</p>{by}<p>{words['leave']}</p><p><small>{words['proof']}</small></p>"
        f'<p class="hash">{made.proof}</p></section><p><a href="/report?lang={language}">{words["back"]}</a></p>',
        switch=False,
    )


@dataclass(frozen=True, slots=True)
class Talk:
    """A conversation as the reporter sees it: `seen` of its changes were there at the last visit."""

    code: str
    changes: Sequence[Change]
    texts: Mapping[UUID, str]
    seen: int
    next_acknowledgement: date | None
    next_feedback: date | None
    late: bool
    may_agree: bool
    agreed: bool
    is_open: bool
    protection: Guarded = Guarded.NOT_REQUESTED
    note: str = ""
    wrong: Sequence[str] = ()


def conversation(talk: Talk, language: str) -> str:
    """The page that the code opens: what changed first, then all of it."""
    words = WORDS[language]
    fresh = [each for each in talk.changes[talk.seen :] if each.side is Side.SERVICE]
    old = [each for n, each in enumerate(talk.changes) if n < talk.seen or each.side is Side.REPORTER]
    news = (
        f'<section class="fresh"><h2>{words["since"]}</h2><ol>{_changes(fresh, talk, language)}</ol></section>'
        if fresh
        else f'<p class="note">{words["nothing new"]}</p>'
    )
    promised = ""
    if talk.late:
        promised = f'<p class="late">{words["late"]}</p>'
    elif talk.next_acknowledgement:
        promised = f"<p>{words['next ack'].format(day=said(talk.next_acknowledgement, language))}</p>"
    elif talk.next_feedback:
        promised = f"<p>{words['next feedback'].format(day=said(talk.next_feedback, language))}</p>"
    code, lang = _hidden("code", talk.code), _hidden("lang", language)
    write = (
        f'<section><h2>{words["write"]}</h2><form method="post" action="/report/message">{lang}{code}<label for="text">{words["message"]}</label>'
        f'<textarea class="short" id="text" name="text" required maxlength="10000"></textarea><button>{words["reply"]}</button></form></section>'
        if talk.is_open
        else f'<p class="note">{words["closed"]}</p>'
    )
    agree = ""
    if talk.may_agree and talk.is_open:
        agree = (
            f'<p class="note">{words["agreed note"]}</p>'
            if talk.agreed
            else f'<section><form method="post" action="/report/agreement">{lang}{code}<p>{words["agree"]}</p>'
            f'<button class="quiet">{words["agree button"]}</button></form></section>'
        )
    guard = ""
    if talk.is_open and talk.protection is not Guarded.ENDED:
        asked = (
            f'<form method="post" action="/report/protection">{lang}{code}<p>{words["protection"]}</p><button class="quiet">{words["protect"]}</button></form>'
            if talk.protection is Guarded.NOT_REQUESTED
            else f'<p class="note">{words["protection asked"]}</p>'
        )
        guard = (
            f'<section><h2>{words["guard"]}</h2>{asked}<form method="post" action="/report/reprisal">{lang}{code}<label for="reprisal">{words["reprisal"]}'
            f'<small>{words["reprisal help"]}</small></label><textarea class="short" id="reprisal" name="text" required maxlength="10000"></textarea>'
            f'<button class="quiet">{words["allege"]}</button></form></section>'
        )
    note = f'<p class="note">{words[talk.note]}</p>' if talk.note else ""
    earlier = f"<section><h2>{words['earlier']}</h2><ol>{_changes(list(reversed(old)), talk, language)}</ol></section>" if old else ""
    return _page(
        words["conversation"],
        language,
        f"{_wrongs(talk.wrong, words)}{note}{news}{promised}{write}{earlier}{agree}{guard}"
        f'<p>{words["leave"]} <a href="/report?lang={language}">{words["back"]}</a></p>',
        switch=False,
    )


def _changes(changes: Sequence[Change], talk: Talk, language: str) -> str:
    words = WORDS[language]
    items = []
    for each in changes:
        text = f'<div class="text">{escape(talk.texts[each.text])}</div>' if each.text in talk.texts and each.text else ""
        who = words["you" if each.side is Side.REPORTER else "we"]
        head = who if each.code == "message" else escape(label(CHANGES, each.code, language))
        items.append(f'<li class="{each.side.value}"><strong>{head}</strong><time datetime="{each.on}">{said(each.on, language)}</time>{text}</li>')
    return "".join(items)


def _wrongs(wrong: Sequence[str], words: Mapping[str, str]) -> str:
    return "".join(f'<p class="wrong" role="alert">{words[each]}</p>' for each in wrong)


def _page(title: str, language: str, body: str, *, switch: bool = True) -> str:
    tongues = "".join(
        f'<strong lang="{code}" aria-current="true">{name}</strong>'
        if code == language
        else f'<a lang="{code}" hreflang="{code}" href="/report?lang={code}">{name}</a>'
        for code, name in TONGUES.items()
    )
    nav = f'<nav aria-label="{WORDS[language]["language"]}">{tongues}</nav>' if switch else ""
    return (
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<meta name="robots" content="noindex"><title>{title}</title><style>{STYLE}</style></head>'
        f"<body><header>{nav}<h1>{title}</h1></header><main>{body}</main></body></html>"
    )
