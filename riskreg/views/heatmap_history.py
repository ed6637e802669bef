"""The heatmap of any day, compared with another day or another year: a page, an SVG file, a bitmap."""

from __future__ import annotations

from typing import Any

from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import TemplateView

from riskreg.filtering.history import BOTH
from riskreg.heatmap.as_of import Pair, Seen
from riskreg.heatmap.cells import Heatmap
from riskreg.heatmap.codes import State
from riskreg.views.drawn_file import PngFile, SvgFile
from riskreg.views.looks_back import LooksBack
from riskreg.views.named_risks import NamesRisks, state_code, which_of
from riskreg.web.file_names import download_stem


class HeatmapHistoryView(NamesRisks, TemplateView):
    template_name = "riskreg/heatmap_history.html"
    extra_context = {"title": gettext_lazy("Heatmap over time")}
    without_filters = ("matrix",)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(scope=self.scope, filter=self.filter, heat=self.heat, total=None, **kwargs)
        return context if self.heat is None else context | self._of(self.heat) | {"hidden": self.hidden}

    def _of(self, heat: Heatmap) -> dict[str, Any]:
        scope, listed = self.scope, self.listed
        if self.moved is not None:
            self.moved.show(listed)
        stops = self.filter.stops
        at = max((index for index, stop in enumerate(stops) if stop.day <= self.filter.shown_day), default=0)
        return {
            "subtitle": self.subtitle,
            "picture": self._picture(),
            "moved": self.moved,
            "changes": [(one, self._which(which_of(one.before, one.after))) for one in self.moved.changes] if self.moved else [],
            "named": self.named,
            "unnamed_url": self._link(),
            "few": bool(listed),
            "rows": self._rows(heat, listed),
            "unplaced": [
                (row, self._in(listed, state), self._which(state_code(state)))
                for row in heat.not_placed
                for state in [State(None, None, row.score)]
            ],
            "not_scored_url": self._which(state_code(State(None, None, None))),
            "stops": [(stop, scope.link(self.page, day=stop.day.isoformat()), index == at) for index, stop in enumerate(stops)],
            "stop": at,
            "carried": {name: value for name, value in self._set().items() if name not in {"day", "stop"}},
            "comparisons": self._comparisons(),
            "several_plans": len(self.filter.plans) > 1,
            "svg_url": scope.link("heatmap_history_svg"),
            "png_url": scope.link("heatmap_history_png"),
            "other_matrices": heat.scored_otherwise or (self.moves is not None and self.filter.several_matrices),
        }

    page = "heatmap_history"

    def _picture(self) -> SafeString:
        return mark_safe(self.drawn(for_page=True))  # noqa: S308 - written by ElementTree, which escapes

    def _rows(self, heat: Heatmap, listed: list[Pair]) -> list[dict[str, Any]]:
        """Return every cell that holds risks, as the table shows it."""
        return [
            {"cell": cell, "level": row.level, "risks": self._in(listed, state), "url": self._which(state_code(state))}
            for row in heat.rows
            for cell in row.cells
            if cell.number
            for state in [State(*cell.cell, cell.score)]
        ]

    def _link(self, **changes: Any) -> str:
        return self.scope.link(self.page, **({"day": self.filter.shown_day.isoformat()} | changes))

    def _which(self, which: str) -> str:
        """Return the address at which the risks are named that have, or got, this state."""
        return f"{self._link(which=which)}#named"

    def _in(self, listed: list[Pair], state: State) -> list[Seen]:
        return [seen for seen, _before, after in listed if after == state]

    def _set(self) -> dict[str, Any]:
        """Return the filters that are set, as the slider's form carries them along."""
        return {name: self.filter.data.get(name) for name in self.filter.filters if self.filter.data.get(name)}

    def _comparisons(self) -> list[tuple[str, str]]:
        """Return (label, address) of the most usual comparisons, each one click away."""
        scope, chosen, day = self.scope, self.filter, self.filter.shown_day
        made = []
        earlier = [stop for stop in chosen.stops if stop.day < day]
        plain = {"against_year": "", "values": "" if chosen.chosen.get("values") == BOTH else chosen.chosen.get("values", "")}
        if earlier:
            made.append((_("With %(day)s") % {"day": earlier[-1].label}, scope.link(self.page, against=earlier[-1].day, **plain)))
        if len(earlier) > 1:
            made.append((_("With %(day)s") % {"day": earlier[0].label}, scope.link(self.page, against=earlier[0].day, **plain)))
        year = chosen.shown_year
        before = [one for one in chosen.choices.years if year is not None and one < year]
        if before:
            url = scope.link(self.page, **(plain | {"against": "", "against_year": before[0]}))
            made.append((_("With the plans for %(year)d") % {"year": before[0]}, url))
        made.append((_("Before and after controls"), scope.link(self.page, values=BOTH, against="", against_year="")))
        if self.moves is not None:
            made.append((_("Compare with nothing"), scope.link(self.page, **(plain | {"against": ""}))))
        return made


class HeatmapHistorySvgView(LooksBack, SvgFile):
    def draw(self, heat: Heatmap) -> tuple[str, str]:
        name = f"heatmap-{download_stem(self.scope.title)}-{self.ends[1].day.isoformat()}"
        return self.drawn(for_page=False), name


class HeatmapHistoryPngView(PngFile, HeatmapHistorySvgView):
    """The same drawing as a bitmap."""
