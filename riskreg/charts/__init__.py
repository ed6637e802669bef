"""Charts as vector graphics with a text alternative each: for pages (in the page's tokens) and files (literal colours).

`stacked_bars(bars, series, title=…)`, `stacked_columns(…)` and `lines(moments, lines, title=…)` answer a Chart:
`.file` is an SVG file, `.inline` the same for a page, `.alternative` the text for a document's picture, `.head` and
`.rows` the table that says the same. `riskreg.charts.png.as_png(svg)` makes a bitmap of any of them.
"""

from riskreg.charts.bars import stacked_bars, stacked_columns
from riskreg.charts.chart import Bar, Chart, Series
from riskreg.charts.lines import Line, lines

__all__ = ["Bar", "Chart", "Line", "Series", "lines", "stacked_bars", "stacked_columns"]
