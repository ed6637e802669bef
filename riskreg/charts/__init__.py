"""Charts as vector graphics, each with a text alternative: for pages (in the page's tokens) and files (literal colours).

`stacked_bars(bars, series, title=…)`, `stacked_columns(…)`, `paired_columns(…)`, `level_plot(…)` and `lines(moments, lines,
title=…)` return a Chart: `.file` is an SVG file, `.inline` the same for a page, `.alternative` the text for a document's
picture, `.head` and `.rows` the table with the same content. `riskreg.charts.png.as_png(svg)` makes a bitmap of any of them.

The room stands on the ground floor and imports no other room of riskreg (contract rooms-of-riskreg). Begin reading in
`chart`, then `bars`.
"""

from riskreg.charts.bars import stacked_bars, stacked_columns
from riskreg.charts.chart import Bar, Chart, Series
from riskreg.charts.levels import Band, Mark, Steps, level_plot
from riskreg.charts.lines import Line, lines
from riskreg.charts.pairs import Pair, paired_columns

__all__ = [
    "Band",
    "Bar",
    "Chart",
    "Line",
    "Mark",
    "Pair",
    "Series",
    "Steps",
    "level_plot",
    "lines",
    "paired_columns",
    "stacked_bars",
    "stacked_columns",
]
