"""The organisation as a picture that a person can read: which box goes where, and the SVG that shows it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from html import escape
from types import MappingProxyType
from uuid import UUID

from cg_contracts.org import UnitKind
from cg_kit.pure.tongues import said
from services.org.api.linked import KINDS
from services.org.api.wording import WORDS
from services.org.queries.units import UnitSeen
from services.org.queries.zones import ZoneSeen

FONT = "Arial, 'Liberation Sans', Helvetica, sans-serif"
SIZE, LEADING, PAD = 13, 17, 9
"""Of the text in a box: its size, from one line to the next, and the room around it; in pixels, as all below."""

GAP, STEP, TRUNK, INDENT, NAME, DROP, MARGIN = 18, 9, 7, 20, 28, 34, 10
"""Between columns; between boxes; where a column's line runs; how far its boxes stand in; a group's name; from a box to the row below; around all."""


@dataclass(frozen=True, slots=True)
class Measure:
    """How wide a box is, how wide the whole may be, and how many boxes stand below each other before a group takes another column."""

    box: float
    whole: float
    column: int


WIDE, NARROW = Measure(200, 1180, 7), Measure(280, 340, 1000)
"""For a screen, and for a telephone."""

Children = Mapping[UUID | None, Sequence[UnitSeen]]
Linked = Mapping[UUID, str]
"""What is linked to a unit, in words."""


@dataclass(frozen=True, slots=True)
class Box:
    """One unit on the paper; `linked` is what is linked to it, in words."""

    x: float
    y: float
    width: float
    height: float
    unit: UnitSeen
    lines: tuple[str, ...]
    leads: bool
    linked: str = ""


@dataclass(frozen=True, slots=True)
class Block:
    """A part of the picture. Its line comes in at `enter` above it, or from the left at height `stub` to where its first box begins, `left`."""

    width: float
    height: float
    enter: float
    stub: float
    left: float
    boxes: tuple[Box, ...] = ()
    lines: tuple[tuple[float, float, float, float], ...] = ()
    names: tuple[tuple[float, float, str], ...] = ()

    def moved(self, x: float, y: float) -> Block:
        """The same elsewhere."""
        return replace(
            self,
            boxes=tuple(replace(box, x=box.x + x, y=box.y + y) for box in self.boxes),
            lines=tuple((a + x, b + y, c + x, d + y) for a, b, c, d in self.lines),
            names=tuple((a + x, b + y, text) for a, b, text in self.names),
        )


# -- the layout ------------------------------------------------------------------------------------------------------


def laid_out(unit: UnitSeen, children: Children, language: str, measure: Measure, linked: Linked = MappingProxyType({})) -> Block:
    """A unit with all that is under it: side by side where that fits, else below each other."""
    below = children.get(unit.unit_id, ())
    lines = wrapped(label(unit, language), measure.box - 2 * PAD - 4)
    height = (len(lines) + (unit.unit_id in linked)) * LEADING + 2 * PAD
    box = Box(0, 0, measure.box, height, unit, lines, bool(below), linked.get(unit.unit_id, ""))
    if not below:
        return Block(measure.box, height, measure.box / 2, height / 2, 0, (box,))
    return _across(box, below, children, language, measure, linked) or _down(box, below, children, language, measure, linked)


def _across(box: Box, below: Sequence[UnitSeen], children: Children, language: str, measure: Measure, linked: Linked) -> Block | None:
    parts = [laid_out(unit, children, language, measure, linked) for unit in below if children.get(unit.unit_id)]
    for kind, group in grouped(below, children):
        size = -(-len(group) // -(-len(group) // measure.column))
        for start in range(0, len(group), size):
            parts.append(_column(group[start : start + size], KINDS[kind][language] if start == 0 else "", children, language, measure, linked))
    width = sum(part.width for part in parts) + GAP * (len(parts) - 1)
    if width > measure.whole:
        return None
    placed: list[Block] = []
    x = 0.0
    for part in parts:
        placed.append(replace(part.moved(x, box.height + DROP), enter=part.enter + x))
        x += part.width + GAP
    first, last = placed[0].enter, placed[-1].enter
    centre = max((first + last) / 2, box.width / 2)
    bus = box.height + DROP / 2
    lines = [(centre, box.height, centre, bus), (min(first, centre), bus, max(last, centre), bus)]
    lines += [(part.enter, bus, part.enter, box.height + DROP) for part in placed]
    return Block(
        max(width, centre + box.width / 2),
        box.height + DROP + max(part.height for part in parts),
        centre,
        box.height / 2,
        centre - box.width / 2,
        (replace(box, x=centre - box.width / 2), *(each for part in placed for each in part.boxes)),
        (*lines, *(each for part in placed for each in part.lines)),
        tuple(each for part in placed for each in part.names),
    )


def _down(box: Box, below: Sequence[UnitSeen], children: Children, language: str, measure: Measure, linked: Linked) -> Block:
    inner = replace(measure, whole=measure.whole - INDENT, box=min(measure.box, measure.whole - INDENT))
    blocks: list[Block] = [laid_out(unit, children, language, inner, linked) for unit in below if children.get(unit.unit_id)]
    blocks += [_column(group, KINDS[kind][language], children, language, measure, linked) for kind, group in grouped(below, children)]
    boxes: list[Box] = [box]
    lines: list[tuple[float, float, float, float]] = []
    names: list[tuple[float, float, str]] = []
    y, end, width = box.height + STEP, box.height, box.width
    for n, block in enumerate(blocks):
        is_column = n >= len(blocks) - len(grouped(below, children))
        shift = 0 if is_column else INDENT
        placed = block.moved(shift, y)
        boxes += placed.boxes
        names += placed.names
        lines += placed.lines
        end = y + block.stub
        if not is_column:
            lines.append((TRUNK, end, shift + block.left, end))
        width = max(width, shift + block.width)
        y += block.height + STEP
    lines.append((TRUNK, box.height, TRUNK, end))
    return Block(width, y - STEP, box.width / 2, box.height / 2, 0, tuple(boxes), tuple(lines), tuple(names))


def _column(group: Sequence[UnitSeen], name: str, children: Children, language: str, measure: Measure, linked: Linked) -> Block:
    """Units of one kind below each other, under their common name, along a line that comes in above. `stub`: where the line ends."""
    boxes: list[Box] = []
    lines: list[tuple[float, float, float, float]] = []
    y, end = float(NAME), 0.0
    for unit in group:
        block = laid_out(unit, children, language, measure, linked)
        boxes += block.moved(INDENT, y).boxes
        end = y + block.stub
        lines.append((TRUNK, end, INDENT, end))
        y += block.height + STEP
    lines.append((TRUNK, 0, TRUNK, end))
    return Block(INDENT + measure.box, y - STEP, TRUNK, end, INDENT, tuple(boxes), tuple(lines), ((INDENT, NAME - 10, name),) if name else ())


def grouped(below: Sequence[UnitSeen], children: Children) -> list[tuple[UnitKind, list[UnitSeen]]]:
    """The units with nothing under them, by kind, in the order in which the kinds are named."""
    leaves = [unit for unit in below if not children.get(unit.unit_id)]
    return [(kind, group) for kind in UnitKind if (group := [unit for unit in leaves if unit.kind is kind])]


def children_of(units: Iterable[UnitSeen], language: str) -> dict[UUID | None, list[UnitSeen]]:
    """The units under each, by kind and then by label; under None those that are under no other of them."""
    there = {unit.unit_id: unit for unit in units}
    found: dict[UUID | None, list[UnitSeen]] = {}
    kinds = list(UnitKind)
    for unit in sorted(there.values(), key=lambda unit: (kinds.index(unit.kind), label(unit, language).casefold())):
        found.setdefault(unit.parent_id if unit.parent_id in there else None, []).append(unit)
    return found


def label(unit: UnitSeen | ZoneSeen, language: str) -> str:
    """The label in this language, or in Dutch where there is none."""
    return str(getattr(unit.labels, language) or unit.labels.nl)


def wrapped(text: str, width: float) -> tuple[str, ...]:
    """The text in lines that are not wider than this; a word that is wider stands alone, or is cut."""
    lines: list[str] = []
    for word in text.split():
        if lines and wide(f"{lines[-1]} {word}") <= width:
            lines[-1] += f" {word}"
            continue
        rest = word
        while wide(rest) > width:
            size = next((n for n in range(len(rest) - 1, 0, -1) if wide(rest[:n] + "-") <= width), 1)
            lines.append(rest[:size] + "-")
            rest = rest[size:]
        lines.append(rest)
    return tuple(lines) or ("",)


def wide(text: str) -> float:
    """About how wide a text is: what Arial needs, and a little more."""
    return sum(SIZE * (0.3 if c in "iIjltf.,:;'’|()[] -" else 0.92 if c in "mwMW%" else 0.73 if c.isupper() or c == "&" else 0.58) for c in text)


# -- the picture -----------------------------------------------------------------------------------------------------

NONE: Mapping[UUID, Sequence[ZoneSeen]] = MappingProxyType({})

BARS = {
    UnitKind.FORMAL_ORGANIZATION: "#12305a",
    UnitKind.UNIT: "#5b6673",
    UnitKind.GENERAL_DIRECTORATE: "#6b3fa0",
    UnitKind.DIRECTORATE: "#1d4f91",
    UnitKind.DECONCENTRATED: "#0a6b52",
    UnitKind.SERVICE: "#a34b00",
}
"""The bar at the left of a box; what kind it is stands above its group too."""

DRAWN = f"""
.o text {{ font: {SIZE}px {FONT}; fill: #16202c }}
.o .lead text {{ fill: #fff; font-weight: bold }}
.o .name {{ font-weight: bold; fill: #44505e }}
.o .link {{ font-size: 12px; font-style: italic; fill: #44505e }}
.o rect {{ fill: #fff; stroke: #9aa6b4 }}
.o .lead rect {{ fill: #1d4f91; stroke: #1d4f91 }}
.o .top rect {{ fill: #12305a; stroke: #12305a }}
.o path {{ fill: none; stroke: #8390a0; stroke-width: 1.5 }}
.o a:focus {{ outline: none }}
.o a:hover rect.box, .o a:focus rect.box {{ stroke: #d07000; stroke-width: 3 }}
.o rect.bar {{ stroke: none }}
"""


def svg(
    units: Sequence[UnitSeen], on: date, language: str, measure: Measure, base: str = "", name: str = "o", zones: Mapping[UUID, Sequence[ZoneSeen]] = NONE
) -> str:
    """The picture of the units of a day, with the number of police zones that are linked to each.

    Each box leads to the unit in the list of the page `base`; `name` makes its ids unlike another picture's.
    """
    words = WORDS[language]
    children = children_of(units, language)
    linked = {unit_id: words["zone" if len(found) == 1 else "zones"].format(many=len(found)) for unit_id, found in zones.items() if found}
    blocks = [laid_out(unit, children, language, measure, linked) for unit in children.get(None, ())]
    height = sum(block.height for block in blocks) + DROP * max(len(blocks) - 1, 0)
    width = max((block.width for block in blocks), default=measure.whole)
    parts: list[str] = []
    y = 0.0
    for block in blocks:
        placed = block.moved((width - block.width) / 2, y)
        path = " ".join(f"M{_n(a)} {_n(b)}L{_n(c)} {_n(d)}" for a, b, c, d in placed.lines)
        parts += [f'<path d="{path}"/>'] if path else []
        parts += [f'<text class="name" x="{_n(a)}" y="{_n(b)}">{escape(text)}</text>' for a, b, text in placed.names]
        parts += [_box(box, units, language, base) for box in placed.boxes]
        y += block.height + DROP
    if not blocks:
        height = 40
        parts.append(f'<text x="0" y="24">{escape(words["none"].format(on=said(on, language)))}</text>')
    title = f"{words['title']}, {said(on, language)}"
    text = words["described"].format(many=len(units), on=said(on, language), tops=", ".join(label(unit, language) for unit in children.get(None, ())))
    size = (
        f'viewBox="{-MARGIN} {-MARGIN} {_n(width + 2 * MARGIN)} {_n(height + 2 * MARGIN)}" width="{_n(width + 2 * MARGIN)}" height="{_n(height + 2 * MARGIN)}"'
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="o" {size} role="group" lang="{language}" aria-labelledby="{name}-t" aria-describedby="{name}-d">'
        f'<title id="{name}-t">{escape(title)}</title><desc id="{name}-d">{escape(text)}</desc><style>{DRAWN}</style>{"".join(parts)}</svg>'
    )


def _box(box: Box, units: Sequence[UnitSeen], language: str, base: str) -> str:
    unit = box.unit
    kind = "top lead" if box.leads and unit.parent_id is None else "lead" if box.leads else ""
    above = next((label(each, language) for each in units if each.unit_id == unit.parent_id), None)
    told = label(unit, language) + (f" ({WORDS[language]['under'].format(above=above)})" if above else "") + (f"; {box.linked}" if box.linked else "")
    x = box.x + (box.width / 2 if box.leads else PAD + 5)
    anchor = ' text-anchor="middle"' if box.leads else ""
    lines = "".join(f'<tspan x="{_n(x)}" y="{_n(box.y + PAD + LEADING * n + SIZE)}">{escape(line)}</tspan>' for n, line in enumerate(box.lines))
    if box.linked:
        lines += f'<tspan class="link" x="{_n(x)}" y="{_n(box.y + PAD + LEADING * len(box.lines) + SIZE)}">{escape(box.linked)}</tspan>'
    place = f'x="{_n(box.x)}" y="{_n(box.y)}"'
    bar = f'<rect class="bar" {place} width="5" height="{_n(box.height)}" style="fill:{BARS[unit.kind]}"/>' if not box.leads else ""
    return (
        f'<a href="{escape(base)}#{escape(unit.slug)}" class="{kind}" aria-label="{escape(told)}">'
        f'<rect {place} width="{_n(box.width)}" height="{_n(box.height)}" class="box" rx="3"/>{bar}<text{anchor}>{lines}</text></a>'
    )


def _n(number: float) -> str:
    return f"{number:.1f}".removesuffix(".0")
