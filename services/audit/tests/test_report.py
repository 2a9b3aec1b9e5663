"""Reports: one source for page and paper, in three languages, read by who may read them."""

from __future__ import annotations

from html.parser import HTMLParser

import pypdfium2
import pytest

from services.audit.api.paper import pdf
from services.audit.api.wording import KINDS, REPORT, SEVERITIES, THEMES, TONGUES
from services.audit.tests.door import ANN, ISPO, LEAD, STRANGER, Audit, in_fieldwork, raised, tongues


def words_of(paper: bytes) -> list[str]:
    """The text of each page."""
    document = pypdfium2.PdfDocument(paper)
    pages = [page.get_textpage().get_text_range() for page in document]
    document.close()
    return pages


class Words(HTMLParser):
    """The words of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(page.partition("</style>")[2])

    def handle_data(self, data: str) -> None:
        self.found += data.split()


def test_every_sentence_is_there_in_three_languages() -> None:
    for words in (REPORT, SEVERITIES, KINDS, THEMES, TONGUES):
        assert set(words) == {"nl", "fr", "en"}
        assert len({frozenset(texts) for texts in words.values()}) == 1


def test_what_somebody_wrote_is_text_and_nothing_is_loaded() -> None:
    page = "<!doctype html><html lang='nl'><head><style>p{}</style></head><body><p>wel</p><img src='http://elsewhere.invalid/x.png'></body></html>"
    assert "wel" in words_of(pdf(page, "x"))[0]


async def test_a_report_says_the_same_on_the_page_and_on_paper(audit: Audit) -> None:
    path = await in_fieldwork(audit)
    finding_id = await raised(audit, path, "critical")
    recommendation = {"finding_ids": [finding_id], "unit_id": str(ISPO), "text": tongues("<b>doe het</b> & snel"), "priority": "critical"}
    await audit.post(f"{path}/recommendations", "auditor", recommendation)
    assert await audit.refused("GET", f"{path}/report", "auditor") == (404, "AUD-REPORT-UNKNOWN")
    await audit.post(f"{path}/conclusion", "auditor", {"opinion": {"nl": "beheerst", "fr": "maîtrisé"}}, LEAD)
    assert await audit.refused("GET", f"{path}/report", "unit-head") == (403, "AUD-NEED"), "before it is sent"
    await audit.post(f"{path}/draft", "auditor", who=LEAD)
    draft = await audit.ask("GET", f"{path}/report?lang=nl", "unit-head")
    assert "Ontwerp voor tegenspraak" in draft.text
    assert await audit.refused("GET", f"{path}/report", "commissioner-general") == (403, "AUD-NEED"), "before it is final"
    assert await audit.refused("GET", f"{path}/report", "unit-head", who=STRANGER) == (403, "AUD-NEED")
    await audit.post(f"{path}/replies", "unit-head", {"unit_id": str(ISPO), "text": "wij zijn het eens"})
    await audit.post(f"{path}/report", "head-of-audit")
    for language, opinion in (("nl", "beheerst"), ("fr", "maîtrisé"), ("en", "Not translated; in Dutch:")):
        page = await audit.ask("GET", f"{path}/report?lang={language}", "commissioner-general")
        assert page.headers["content-language"] == language
        assert f'<html lang="{language}">' in page.text
        assert opinion in page.text
        assert "&lt;b&gt;doe het&lt;/b&gt; &amp; snel" in page.text
        paper = await audit.ask("GET", f"{path}/report.pdf?lang={language}", "commissioner-general")
        assert paper.content.startswith(b"%PDF-")
        printed = " ".join(words_of(paper.content)).split()
        missing = [word for word in Words(page.text).found if word not in " ".join(printed)]
        assert missing == [], "each word of the page is on paper"


@pytest.mark.parametrize("lang", ["de", ""])
async def test_another_language_is_a_wrong_question(audit: Audit, lang: str) -> None:
    path = await in_fieldwork(audit)
    assert await audit.refused("GET", f"{path}/report?lang={lang}", "auditor", who=ANN) == (422, "invalid")
