"""The pages of a waiting PDF file as pictures, with what was read drawn over them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from controls.admin.import_account import FATES, LOOKS
from controls.importing.confidential import WaitsForSomebody
from controls.importing.pictures import pages_shown
from controls.importing.session import page_picture
from controls.importing.target import UnknownTarget
from controls.models import ImportReading, PlanImport
from riskreg.access.verbs import NotPermitted
from riskreg.admin.base import signed_in
from riskreg.importing.account import Account, Entry, Fate
from riskreg.importing.cells import Box, Content, Table
from riskreg.importing.tables import UnreadableFile
from riskreg.verbs.errors import Refused
from riskreg.web.whole_number import whole_number

_GUTTER = 34.0
"""Points beside the page, for the numbers of the rows."""
_LETTER = 4.0
"""Points that a letter of a column's label takes, about."""


@dataclass(frozen=True, slots=True)
class Mark:
    """Something drawn over the page: where, and what became of it."""

    box: Box
    look: str
    said: str = ""

    @property
    def place(self) -> dict[str, str]:
        """The box as a drawing's attributes: figures as machines write them."""
        left, top, right, bottom = self.box
        return {"x": _figure(left), "y": _figure(top), "width": _figure(right - left), "height": _figure(bottom - top)}


def pages_context(request: HttpRequest, plan_import: PlanImport, content: Content, account: Account) -> dict[str, Any]:
    """Return what the template shows: one page's picture with its marks, and the way to the others; nothing without pages."""
    reading = ImportReading.objects.filter(plan_import=plan_import).first()
    if reading is None or not reading.pages:
        return {}
    shown = pages_shown(reading)
    if not shown:
        return {"pages": {"problem": reading.pages.get("problem", "")}}
    wanted = whole_number(request.GET.get("picture", ""))
    number = wanted if wanted in shown else min(shown)
    entries = [entry for entry in account.entries if entry.box and _is_on(entry.place, number)]
    tables = [table for table in content.tables if table.boxes and _is_on(table.place, number)]
    box = shown[number]
    return {
        "pages": {
            "number": number,
            "numbers": list(shown),
            "not_shown": max(0, reading.pages["count"] - len(shown)),
            "address": reverse("admin:controls_planimport_picture", args=[plan_import.pk, number]),
            "view_box": " ".join(map(_figure, (box[0] - _GUTTER, box[1], box[2] - box[0] + _GUTTER, box[3] - box[1]))),
            "picture": Mark(box, "").place,
            "empty": [Mark(one, "empty") for table in tables for one in _empty_cells(table)],
            "marks": [Mark(entry.box, entry.fate.value, _what_became_of(entry)) for entry in entries if entry.box],
            "rows": list(_row_labels(tables, entries, box[0])),
            "columns": list(_column_labels(entries)),
            "legend": [
                {"fate": fate.value, "tone": LOOKS[fate].tone, "symbol": LOOKS[fate].symbol, "label": fate.label}
                for fate in reversed(FATES)
            ],
            "said": _in_words(number, entries),
        }
    }


def picture_answer(request: HttpRequest, plan_import: PlanImport, page: int) -> HttpResponse:
    """Return the picture of a page. Raises Http404 for whom the preview shows nothing."""
    try:
        png = page_picture(plan_import, page, by=signed_in(request))
    except (NotPermitted, Refused, WaitsForSomebody, UnknownTarget, UnreadableFile):
        png = None
    if png is None:
        raise Http404
    return HttpResponse(png, content_type="image/png", headers={"Cache-Control": "private, no-store"})


def _is_on(place: Any, page: int) -> bool:
    return place.kind == "page" and place.number == page


def _empty_cells(table: Table) -> Iterator[Box]:
    for row, boxes in zip(table.rows, table.boxes, strict=False):
        for cell, box in zip(row, boxes, strict=False):
            if box is not None and not cell.text and not cell.merged:
                yield box


def _what_became_of(entry: Entry) -> str:
    field = f"{entry.field.label}: " if entry.field else ""
    return f"{field}{entry.text[:200]} – {entry.reason}"


def _row_labels(tables: Sequence[Table], entries: Iterable[Entry], left: float) -> Iterator[dict[str, str]]:
    """Yield the number of each row, beside it, with the symbol of what became of it; of several tables their numbers.

    A row of which something is taken is taken; else it is kept, or left out.
    """
    fates: dict[tuple[Any, int], set[Fate]] = {}
    for entry in entries:
        if entry.row is not None:
            fates.setdefault((entry.place, entry.row), set()).add(entry.fate)
    for table in tables:
        for index, boxes in enumerate(table.boxes):
            tops = [box[1] for box in boxes if box]
            found = fates.get((table.place, table.number_of(index)))
            if not tops:
                continue
            at = {"x": _figure(left - 3), "fate": ""}
            if index == 0 and table.place.table:
                said = _("Table %(number)s") % {"number": table.place.table}
                yield {**at, "y": _figure(max(tops) - 2), "text": said}
            if found:
                fate = next(fate for fate in reversed(FATES) if fate in found)
                text = f"{table.number_of(index)} {LOOKS[fate].symbol}"
                yield {**at, "y": _figure(max(tops) + 9), "fate": fate.value, "text": text}


def _column_labels(entries: Iterable[Entry]) -> Iterator[dict[str, str]]:
    """Yield, above each heading that names a column, what the column was read as."""
    for entry in entries:
        if entry.box and entry.field and entry.settlement.reason == "heading":
            width = entry.box[2] - entry.box[0]
            label, most = str(entry.field.label), max(3, int(width / _LETTER))
            text = label if len(label) <= most else f"{label[: most - 1]}…"
            yield {"x": _figure(entry.box[0] + 1), "y": _figure(entry.box[1] - 2), "text": text}


def _in_words(number: int, entries: Sequence[Entry]) -> str:
    """Return what the picture shows, for those who do not see it."""
    counts = [sum(entry.fate is fate for entry in entries) for fate in (Fate.TAKEN, Fate.KEPT, Fate.LEFT_OUT)]
    return _("Page %(number)d: %(taken)s, %(kept)s, %(left)s.") % {
        "number": number,
        "taken": ngettext("%(count)d text taken", "%(count)d texts taken", counts[0]) % {"count": counts[0]},
        "kept": ngettext("%(count)d kept as text", "%(count)d kept as text", counts[1]) % {"count": counts[1]},
        "left": ngettext("%(count)d left out", "%(count)d left out", counts[2]) % {"count": counts[2]},
    }


def _figure(value: float) -> str:
    return f"{value:.1f}"
