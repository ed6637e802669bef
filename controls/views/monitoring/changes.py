"""The page of what has changed since the snapshot before, and the files of a snapshot's rows."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from typing import Any, cast

from django.core.paginator import Paginator
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from controls.data_files.for_excel import csv_pieces, is_soon_written, workbook_pieces
from controls.monitoring.kinds import KINDS
from controls.monitoring.registers import changes
from controls.monitoring.registers.rows import PAGE, Rows, columns_of
from controls.monitoring.registers.runs import WORKSHOP
from controls.monitoring.registers.stored_file import path_of
from controls.monitoring.snapshots.differences import Counts, What
from controls.views.monitoring.seen import crumbs_of, reading, seen_snapshot
from controls.views.monitoring.table_file import TYPES
from riskreg.access.verbs import Verb
from riskreg.models import User


@require_safe
def register_changes(request: HttpRequest, pk: int, snapshot: int) -> HttpResponse:
    """Show what is new, gone and changed; ?what= and ?field= keep one of them."""
    user = cast(User, request.user)
    found = seen_snapshot(user, pk, snapshot, right=Verb.READ_REGISTER)
    before = changes.before(found)
    if before is None or not found.is_taken:
        raise Http404(_("There is no snapshot before this one to compare it with."))
    kind = KINDS[found.register.kind]
    with reading(found), changes.comparing(before, found) as comparison:
        counts = comparison.counts()
        what, name = _asked(request, counts)
        page = Paginator(range(_number(counts, what, name)), PAGE).get_page(request.GET.get("page"))
        first = page.start_index() - 1 if page.object_list else 0
        rows = comparison.rows(what=what, of_field=name, first=first, most=PAGE)
    context = {
        "title": _("What has changed"),
        "crumbs": crumbs_of(snapshot=found),
        "snapshot": found,
        "register": found.register,
        "before": before,
        "counts": counts,
        "what": what,
        "field": name,
        "by_field": [(one, changes.field_label(kind, one), count) for one, count in counts.by_field.items()],
        "by_supplier": not kind.key and kind.code != "own",
        "rows": [changes.told(row, kind, on=found.as_of) for row in rows],
        "page_obj": page,
    }
    return render(request, "controls/registers/changes.html", context)


def _asked(request: HttpRequest, counts: Counts) -> tuple[What | None, str]:
    """Return which rows are asked for: of one kind of change, or where one field changed."""
    name = request.GET.get("field", "")
    if name in counts.by_field:
        return What.CHANGED, name
    what = request.GET.get("what", "")
    return (What(what) if what in set(What) else None), ""


def _number(counts: Counts, what: What | None, name: str) -> int:
    if name:
        return counts.by_field[name]
    return int(getattr(counts, what)) if what else counts.new + counts.gone + counts.changed


@require_safe
def register_rows(request: HttpRequest, pk: int, snapshot: int, ending: str) -> HttpResponseBase:
    """Serve the rows as they are shown, all columns, as CSV or XLSX; ?q= keeps what the search finds."""
    user = cast(User, request.user)
    found = seen_snapshot(user, pk, snapshot, right=Verb.READ_REGISTER)
    columns = columns_of(found)
    if not found.is_read:
        raise Http404(_("The snapshot's file is missing. Restore it from the backup."))
    with reading(found), WORKSHOP.scratch_engine() as engine:
        rows = Rows(engine, found, path_of(found), request.GET.get("q", "").strip())
        if not is_soon_written(rows.count(), len(columns)):
            raise Http404(_("There are more rows than a spreadsheet opens. Search for fewer, or take the CSV."))
        # Its name is gone at once: nothing of it outlives the process.
        out = tempfile.TemporaryFile(dir=engine.work)  # noqa: SIM115 - the response closes it
        keys = [i for i, each in enumerate(columns) if not each.is_number]

        def lines() -> Iterator[list[str]]:
            yield [each.label for each in columns]
            yield from rows.all(columns, plain=True)

        if ending == "xlsx":
            about = [str(found.register), found.as_of.isoformat(), f"SHA-256 {found.sha256}"]
            pieces = workbook_pieces(lines(), keys, about=about, sheet=_("Rows"), came_at=found.uploaded_at)
        else:
            pieces = csv_pieces(lines(), keys, swedish=get_language() == "sv")
        out.writelines(pieces)
    out.seek(0)
    name = f"register-{found.register_id}-{found.as_of.isoformat()}.{ending}"
    response = FileResponse(out, as_attachment=True, filename=name, content_type=TYPES[ending])
    response.headers["Cache-Control"] = "private, no-store"
    return response


def changes_context(found: Any, *, reads: bool) -> dict[str, Any]:
    """Return the counts of what has changed since the snapshot before, where they are quickly made."""
    before = changes.before(found) if found is not None and found.is_taken and reads else None
    if before is None:
        return {}
    quick = changes.is_quick(found, before)
    with reading(found):
        return {"before": before, "counts": changes.count_changes(before, found) if quick else None}
