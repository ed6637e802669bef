"""A chart: a drawing for the page, a drawing for a file, and their content as sentences and as a table."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple
from xml.etree import ElementTree as ET

from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from riskreg.charts.svg import PAPER, SCREEN, Paint, serialise, sheet, text
from riskreg.charts.svg import symbol as draw_symbol
from riskreg.numbers import number_text

MARGIN = 24
LINE = 22


class Series(NamedTuple):
    """A counted series (a band, a conclusion): its label, tone (colour and weave) and symbol."""

    label: Any
    tone: str
    symbol: str


class Bar(NamedTuple):
    """A committee, a closing, a month: its label, and a number for each series."""

    label: str
    numbers: Sequence[int]

    @property
    def total(self) -> int:
        return sum(self.numbers)


@dataclass(frozen=True)
class Chart:
    """The text alternative is never left out: `words` stands in the drawing's <desc>, `head` and `rows` are the table."""

    title: str
    words: list[str]
    head: list[str]
    rows: list[list[str]]
    """The first column names the row."""
    draw: Callable[[Paint], ET.Element]

    @property
    def file(self) -> str:
        """An SVG file that stands on its own, in literal colours."""
        return serialise(self.draw(PAPER), as_file=True)

    @property
    def inline(self) -> SafeString:
        """The drawing as a part of a page, in the page's colours."""
        return mark_safe(serialise(self.draw(SCREEN), as_file=False))  # noqa: S308 - written by ElementTree, which escapes

    @property
    def alternative(self) -> str:
        """The whole text alternative, for a document's picture."""
        return " ".join([f"{self.title}.", *self.words])


def titled_sheet(
    width: float, height: float, paint: Paint, *, name: str, title: str, subtitle: str, words: Sequence[str]
) -> ET.Element:
    """Return a sheet with its title and subtitle drawn; `words` are its text alternative."""
    desc = " ".join([subtitle, *words]).strip()
    svg = sheet(width, height, name=name, title=title, desc=desc, language=get_language() or "sv", paint=paint)
    heading(svg, title, subtitle, paint)
    return svg


def heading(svg: ET.Element, title: str, subtitle: str, paint: Paint) -> None:
    """Draw the title, with the subtitle below it."""
    text(svg, MARGIN, 40, title, size=20, weight="bold", fill=paint.ink)
    if subtitle:
        text(svg, MARGIN, 62, subtitle, fill=paint.ink_soft)


def legend(
    svg: ET.Element, series: Sequence[Series], totals: Sequence[int] | None, top: float, paint: Paint, *, left: float = MARGIN
) -> None:
    """Draw one line a series, with its total where totals are given; `top` is the first line's baseline in pixels."""
    for index, one in enumerate(series):
        draw_symbol(svg, one.symbol, left + 8, top - 5, ink=paint.tones[one.tone][0])
        words = one.label if totals is None else f"{one.label}: {number_text(totals[index])}"
        text(svg, left + 24, top, words, fill=paint.ink)
        top += LINE


def counted_in_words(bars: Sequence[Bar], series: Sequence[Series]) -> list[str]:
    """Return one sentence a bar with its numbers; zeros are left out."""
    made = []
    for bar in bars:
        held = [f"{one.label} {number_text(number)}" for one, number in zip(series, bar.numbers, strict=True) if number]
        parts = ", ".join(held) or _("nothing")
        made.append(
            _("%(label)s: %(parts)s. Total: %(total)s.") % {"label": bar.label, "parts": parts, "total": number_text(bar.total)}
        )
    return made


def as_table(bars: Sequence[Bar], series: Sequence[Series]) -> list[list[str]]:
    """Return one table row a bar: label, number of each series, total."""
    return [[bar.label, *(number_text(number) for number in bar.numbers), number_text(bar.total)] for bar in bars]
