"""The heatmap as one SVG file that stands on its own: no style sheet, no font, no script.

Drawn with presentation attributes only, so that browsers under a strict policy, Word and LibreOffice show the same.
Levels are told apart by a drawn symbol and the band's name, the colour only helps.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from xml.etree import ElementTree as ET

from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from riskreg.charts.svg import LETTER, PAPER, Paint, box, line, serialise, sheet, symbol, text, without_controls, wrap_label
from riskreg.heatmap.cells import HeatCell, Heatmap
from riskreg.heatmap.changes import Change, Changes, Kind
from riskreg.models import RiskBand
from riskreg.numbers import number_text

MARGIN, GAP = 24, 6
ROW_HEAD, CELL_WIDTH = 190, 132
LINE = 22
BESIDE = 420
"""Room for what stands beside the cells in a document."""


@dataclass(frozen=True, slots=True)
class _Place:
    """The place of the cells: the distance from the top to their first row, and the height of each, in pixels."""

    head: float
    tall: float

    def x(self, column: int) -> float:
        return MARGIN + ROW_HEAD + column * (CELL_WIDTH + GAP)

    def y(self, row: int) -> float:
        return self.head + row * (self.tall + GAP)


ON_ITS_OWN = _Place(150, 84)
"""Title, subtitle and the impact scale above the cells."""


def draw(
    heat: Heatmap,
    *,
    title: str,
    subtitle: str,
    hidden: int = 0,
    moved: Changes | None = None,
    paint: Paint = PAPER,
    as_file: bool = True,
) -> str:
    """Draw the heatmap; return the file's text, or with as_file=False the drawing for a page.

    Each cell is a group with the id cell-<likelihood>-<impact> and a title with the same in words. `moved` is drawn
    over it: arrows, + new, − gone. `hidden` confidential risks are kept from the reader.
    """
    notes = list(_notes(heat, hidden))
    if moved is not None:
        notes += [f"{kind.symbol} {kind.label}: {number_text(number)}" for kind, number in moved.totals]
    place = ON_ITS_OWN
    grid_end = place.y(len(heat.rows))
    height = grid_end + 48 + LINE * (len(heat.bands) + len(notes)) + MARGIN
    svg = sheet(
        2 * MARGIN + ROW_HEAD + len(heat.impacts) * (CELL_WIDTH + GAP),
        height,
        name="",
        title=_("Heatmap: %(title)s") % {"title": title},
        desc=" ".join([subtitle, *in_words(heat, hidden), *(moved.in_words() if moved else ())]),
        language=get_language() or "sv",
        paint=paint,
    )
    text(svg, MARGIN, 44, title, size=22, weight="bold", fill=paint.ink)
    text(svg, MARGIN, 68, subtitle, fill=paint.ink_soft)
    _cells(svg, heat, place, paint)
    if moved is not None:
        _draw_moves(svg, heat, moved, place, paint)
    top = grid_end + 48
    for total in reversed(heat.bands):
        symbol(svg, total.band.symbol, MARGIN + 8, top - 5, ink=paint.tones[total.band.tone][0])
        text(svg, MARGIN + 24, top, _legend(total.band, total.lowest, total.highest, total.number), fill=paint.ink)
        top += LINE
    for note in notes:
        text(svg, MARGIN, top, note, fill=paint.ink_soft)
        top += LINE
    return serialise(svg, as_file=as_file)


def draw_for_document(heat: Heatmap, *, title: str, subtitle: str) -> str:
    """Draw the cells for a document that has its own heading: wide and low, the bands beside them."""
    lines = max((len(_scale_lines(f"{impact.value} {impact.label}")) for impact in heat.impacts), default=1)
    place = _Place(18 * lines + 22, 60)
    left = place.x(len(heat.impacts)) + 2 * MARGIN
    letters = int((BESIDE - 24) / LETTER)
    bands = [(total, wrap_label(_legend(total.band, total.lowest, total.highest, total.number), letters)) for total in heat.bands]
    notes = [wrap_label(note, letters) for note in _notes(heat)]
    beside = sum(18 * len(words) + 8 for words in [*(words for _total, words in bands), *notes])
    grid_end = place.y(len(heat.rows))
    svg = sheet(
        left + BESIDE,
        max(grid_end, place.head + beside) + 30,
        name="",
        title=_("Heatmap: %(title)s") % {"title": title},
        desc=" ".join([subtitle, *in_words(heat)]),
        language=get_language() or "sv",
        paint=PAPER,
    )
    _cells(svg, heat, place, PAPER)
    top = place.head + 14
    for total, words in reversed(bands):
        symbol(svg, total.band.symbol, left + 8, top - 5, ink=PAPER.tones[total.band.tone][0])
        top = _below_each_other(svg, words, left + 24, top, PAPER.ink)
    for words in notes:
        top = _below_each_other(svg, words, left, top, PAPER.ink_soft)
    return serialise(svg, as_file=True)


def _below_each_other(svg: ET.Element, lines: list[str], x: float, top: float, ink: str) -> float:
    """Draw the lines below each other; return the y where the next begin."""
    for number, words in enumerate(lines):
        text(svg, x, top + 18 * number, words, fill=ink)
    return top + 18 * len(lines) + 8


def in_words(heat: Heatmap, hidden: int = 0) -> Iterator[str]:
    """Yield a sentence for every cell that holds risks, then for the risks in no cell."""
    for cell in heat.cells:
        if cell.number:
            yield _cell_in_words(cell)
    yield from _notes(heat, hidden)


def _cell_in_words(cell: HeatCell) -> str:
    return _("Likelihood %(likelihood)d, impact %(impact)d, score %(score)d (%(band)s): %(number)s.") % {
        "likelihood": cell.cell.likelihood,
        "impact": cell.cell.impact,
        "score": cell.score,
        "band": cell.band.name if cell.band else "–",
        "number": number_text(cell.number),
    }


def _notes(heat: Heatmap, hidden: int = 0) -> Iterator[str]:
    for row in heat.not_placed:
        yield _("Not placed, score %(score)d: %(number)s.") % {"score": row.score, "number": number_text(row.number)}
    if heat.not_scored:
        yield _("Not scored: %(number)s.") % {"number": number_text(heat.not_scored)}
    if heat.off_scale:
        yield _("Values that the matrix does not have: %(number)s.") % {"number": number_text(heat.off_scale)}
    if heat.scored_otherwise:
        yield _("Scored by another matrix and not shown: %(number)s.") % {"number": number_text(heat.scored_otherwise)}
    yield _("Total: %(number)s.") % {"number": number_text(heat.total)}
    if hidden:
        words = ngettext("%(counter)s confidential risk is not shown.", "%(counter)s confidential risks are not shown.", hidden)
        yield words % {"counter": number_text(hidden)}


def _legend(band: RiskBand, lowest: int, highest: int, number: int) -> str:
    return _("%(band)s, %(lowest)d–%(highest)d: %(demand)s. Risks: %(number)s.") % {
        "band": band.name,
        "lowest": lowest,
        "highest": highest,
        "demand": band.get_demand_display(),
        "number": number_text(number),
    }


def _cells(svg: ET.Element, heat: Heatmap, place: _Place, paint: Paint) -> None:
    """Draw the cells between their scales."""
    _scales(svg, heat, place, paint)
    for index, row in enumerate(heat.rows):
        for column, cell in enumerate(row.cells):
            _cell(svg, cell, place.x(column), place.y(index), place.tall, paint)
    middle = MARGIN + ROW_HEAD + (len(heat.impacts) * (CELL_WIDTH + GAP)) / 2
    text(svg, middle, place.y(len(heat.rows)) + 16, _("Impact") + " →", anchor="middle", weight="bold", fill=paint.ink_soft)


def _scale_lines(words: str) -> list[str]:
    return wrap_label(words, int(CELL_WIDTH / LETTER))


def _scales(svg: ET.Element, heat: Heatmap, place: _Place, paint: Paint) -> None:
    base = place.head - 14
    text(svg, MARGIN + ROW_HEAD - 14, base, _("Likelihood") + " ↓", anchor="end", weight="bold", fill=paint.ink_soft)
    for column, impact in enumerate(heat.impacts):
        middle = place.x(column) + CELL_WIDTH / 2
        lines = _scale_lines(f"{impact.value} {impact.label}")
        for index, one in enumerate(lines):
            at = base - 18 * (len(lines) - 1 - index)
            text(svg, middle, at, one, anchor="middle", weight="bold", fill=paint.ink_soft)
    for index, row in enumerate(heat.rows):
        lines = wrap_label(f"{row.level.value} {row.level.label}", int((ROW_HEAD - 14) / LETTER))
        top = place.y(index) + place.tall / 2 + 5 - 9 * (len(lines) - 1)
        for number, one in enumerate(lines):
            text(svg, MARGIN + ROW_HEAD - 14, top + 18 * number, one, anchor="end", weight="bold", fill=paint.ink_soft)


def _cell(svg: ET.Element, cell: HeatCell, x: float, y: float, tall: float, paint: Paint) -> None:
    tone = cell.band.tone if cell.band else "none"
    ink, soft = paint.tones[tone]
    group = ET.SubElement(svg, "g", id=f"cell-{cell.cell.likelihood}-{cell.cell.impact}")
    ET.SubElement(group, "title").text = without_controls(_cell_in_words(cell))
    box(group, x, y, CELL_WIDTH, tall, fill=soft, stroke=ink)
    symbol(group, cell.band.symbol if cell.band else "–", x + 16, y + 16, ink=ink)
    text(group, x + CELL_WIDTH - 10, y + 21, str(cell.score), anchor="end", fill=ink, weight="bold")
    if cell.number:
        base = y + tall - 28
        text(group, x + CELL_WIDTH / 2, base, number_text(cell.number), size=28, anchor="middle", weight="bold", fill=ink)
    if cell.band:
        name = wrap_label(cell.band.name, int(CELL_WIDTH / 6.4), lines=1)[0]
        text(group, x + CELL_WIDTH / 2, y + tall - 8, name, size=12, anchor="middle", fill=ink)


def _draw_moves(svg: ET.Element, heat: Heatmap, moved: Changes, place: _Place, paint: Paint) -> None:
    """Draw arrows between cells, and beside a cell's number how many are new in it (+) and how many left (−)."""
    places = {
        cell.cell: (place.x(column) + CELL_WIDTH / 2, place.y(index) + place.tall / 2)
        for index, row in enumerate(heat.rows)
        for column, cell in enumerate(row.cells)
    }
    beside: Counter[tuple[tuple[int | None, int | None], Kind]] = Counter()
    for change in moved.changes:
        if change.kind in {Kind.NEW, Kind.GONE}:
            state = change.after or change.before
            if state is not None:
                beside[(state.likelihood, state.impact), change.kind] += change.number
    for change in moved.changes:
        if change.is_arrow and change.before and change.after:
            start, end = (places.get((one.likelihood, one.impact)) for one in (change.before, change.after))  # type: ignore[call-overload]
            if start and end:
                _arrow(svg, change, start, end, paint)
    for (cell, kind), number in beside.items():
        middle = places.get(cell)  # type: ignore[call-overload]
        if middle is not None:
            x = middle[0] + (-CELL_WIDTH / 2 + 10 if kind is Kind.NEW else CELL_WIDTH / 2 - 10)
            anchor = "start" if kind is Kind.NEW else "end"
            text(svg, x, middle[1] + 12, f"{kind.symbol}{number_text(number)}", anchor=anchor, weight="bold", fill=paint.ink)


def _arrow(svg: ET.Element, change: Change, start: tuple[float, float], end: tuple[float, float], paint: Paint) -> None:
    """Draw an arrow, solid where the score rose, dashed where it fell, with its number in the middle if above 1."""
    length = math.dist(start, end)
    across, down = (end[0] - start[0]) / length, (end[1] - start[1]) / length
    # A little to the right of its way, so that two arrows that go opposite ways lie apart.
    x1, y1 = start[0] + 22 * across - 22 * down, start[1] + 22 * down + 22 * across
    x2, y2 = end[0] - 30 * across - 22 * down, end[1] - 30 * down + 22 * across
    group = ET.SubElement(svg, "g")
    ET.SubElement(group, "title").text = change.words
    dashes = "7 5" if change.kind is Kind.LOWERED else ""
    line(group, x1, y1, x2, y2, stroke=paint.surface, width=7)
    line(group, x1, y1, x2, y2, stroke=paint.ink, width=2.5, dashes=dashes)
    corners = [(12, 0), (-3, 7), (-3, -7)]
    points = " ".join(f"{x2 + dx * across - dy * down:g},{y2 + dx * down + dy * across:g}" for dx, dy in corners)
    ET.SubElement(group, "polygon", {"points": points, "fill": paint.ink, "stroke": paint.surface, "stroke-width": "1"})
    if change.number > 1:
        x, y, words = (x1 + x2) / 2, (y1 + y2) / 2, number_text(change.number)
        width = 9 * len(words) + 10
        box(group, x - width / 2, y - 10, width, 20, fill=paint.surface, stroke=paint.ink, round_by=10)
        text(group, x, y + 5, words, anchor="middle", weight="bold", fill=paint.ink)
