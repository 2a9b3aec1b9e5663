"""A page on paper: the same HTML, laid out on A4 with a typeface that comes with the service, so that it looks alike on every machine."""

from __future__ import annotations

from functools import cache
from io import BytesIO
from pathlib import Path

FACES = {"Regular": (400, "normal"), "Semibold": (600, "normal"), "Bold": (700, "normal"), "It": (400, "italic")}
OURS = "https://typeface.invalid/"
"""Where the page believes its typeface to be; nothing is fetched."""


def pdf(html: str, title: str) -> bytes:
    """The page as a PDF. Loads nothing but the typeface; takes some tenths of a second, so not on the loop."""
    import plutoprint  # noqa: PLC0415  (20 MB, of use only when somebody prints)

    class Fetcher(plutoprint.ResourceFetcher):
        def fetch_url(self, url: str) -> plutoprint.ResourceData:
            name = url.removeprefix(OURS)
            if name not in FACES:
                raise ValueError(f"a report loads nothing: {url}")
            return plutoprint.ResourceData(_face(name), "font/ttf")

    faces = "".join(
        f'@font-face {{ font-family: "Source Sans Pro"; font-weight: {weight}; font-style: {style}; src: url("{OURS}{name}") }}'
        for name, (weight, style) in FACES.items()
    )
    book = plutoprint.Book(plutoprint.PAGE_SIZE_A4, plutoprint.PAGE_MARGINS_NORMAL, plutoprint.MEDIA_TYPE_PRINT)
    book.custom_resource_fetcher = Fetcher()
    book.load_html(html.replace("<style>", f"<style>{faces}", 1))
    book.set_metadata(plutoprint.PDF_METADATA_TITLE, title)
    book.set_metadata(plutoprint.PDF_METADATA_AUTHOR, "Commissariaat-generaal")
    out = BytesIO()
    book.write_to_pdf_stream(out)
    return out.getvalue()


@cache
def _face(name: str) -> bytes:
    import font_source_sans_pro  # noqa: PLC0415

    return (Path(font_source_sans_pro.font_directory) / f"SourceSansPro-{name}.ttf").read_bytes()
