"""A drawing as a file that stands on its own: as SVG, and the same as a bitmap."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.generic import View

from riskreg.charts.png import as_png
from riskreg.heatmap.cells import Heatmap


class SvgFile(View):
    heat: Any
    """The heatmap that is drawn; None without a plan."""

    def draw(self, heat: Heatmap) -> tuple[str, str]:
        """Return the drawing, and the file's name without its ending."""
        raise NotImplementedError

    def get(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        if self.heat is None:
            words = _("There is no heatmap to draw: no plan matches these filters.")
            return HttpResponse(words, status=404, content_type="text/plain; charset=utf-8")
        return self.answer(*self.draw(self.heat))

    def answer(self, svg: str, name: str) -> HttpResponse:
        return _file(svg, "image/svg+xml; charset=utf-8", f"{name}.svg")


class PngFile(SvgFile):
    def answer(self, svg: str, name: str) -> HttpResponse:
        return _file(as_png(svg), "image/png", f"{name}.png")


def _file(content: str | bytes, content_type: str, name: str) -> HttpResponse:
    return HttpResponse(content, content_type=content_type, headers={"Content-Disposition": f'attachment; filename="{name}"'})
