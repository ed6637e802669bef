"""The page of one alert: what it tells, in words; what changed; the rows; its history; and what can be done with it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from controls.data_files.long_work import Failed
from controls.models import Alert
from controls.monitoring.registers.rows import SHOWN, Rows, columns_of, known_columns
from controls.monitoring.registers.runs import WORKSHOP
from controls.monitoring.registers.stored_file import path_of
from controls.monitoring.snapshots.parts import split_row
from controls.monitoring.watching.gate import ALERTS
from controls.monitoring.watching.words import differences, rule_label, signals_in_words, watch_sentence
from controls.views.monitoring.alert_ask import buttons
from controls.views.monitoring.files import files_context
from controls.views.monitoring.inquiry_rows import inquiries_of_alert
from controls.views.monitoring.marks import alert_mark
from controls.views.monitoring.seen import Crumbs, seen_alert
from riskreg import clock
from riskreg.models import User

MOST_ROWS, MOST_CHANGES, MOST_OTHERS = 20, 30, 20


@require_safe
def alert(request: HttpRequest, pk: int) -> HttpResponse:
    """Show an alert."""
    user = cast(User, request.user)
    found = seen_alert(user, pk)
    columns, rows, note = _rows(found)
    context = {
        "title": str(found),
        "crumbs": crumbs_of_alerts(),
        "alert": found,
        "mark": alert_mark(found),
        "rule": rule_label(found.watch.rule),
        "sentence": watch_sentence(found.watch),
        "signals": signals_in_words(found),
        "differences": differences(found),
        "columns": columns,
        "rows": rows,
        "rows_note": note,
        "buttons": buttons(found, user),
        **files_context(found, ALERTS, user),
        "inquiries": inquiries_of_alert(found, user),
        "changes": found.history.order_by("-history_id")[:MOST_CHANGES],
        "others": alerts_about(user, key=found.subject_key, beside=found),
        "is_late": found.is_open and found.due_on is not None and found.due_on < clock.today(),
    }
    return render(request, "controls/alerts/page.html", context)


def crumbs_of_alerts() -> Crumbs:
    """Return the breadcrumbs of a page below the desk of alerts."""
    return [(_("Alerts"), reverse("alerts"))]


def alerts_about(user: User, *, key: str, beside: Alert | None = None) -> list[tuple[Alert, str, Any]]:
    """Return the alerts of a subject that the user may read, each with its rule and the tag of its state."""
    found = Alert.objects.visible_to(user).filter(subject_key=key).select_related("watch__register__unit")
    if beside is not None:
        found = found.exclude(pk=beside.pk)
    return [(one, rule_label(one.watch.rule), alert_mark(one)) for one in found.order_by("-told_at", "-pk")[:MOST_OTHERS]]


def _rows(found: Alert) -> tuple[list[Any], list[Any], str]:
    """Return the columns and rows that the alert is about, each row with its snapshot; or words on why there are none."""
    numbers = sorted({row for signal in found.facts for row in signal["rows"]})[:MOST_ROWS]
    if not numbers:
        return [], [], ""
    by_snapshot: dict[int, list[int]] = {}
    for number in numbers:
        snapshot, in_file = split_row(number, found.snapshot_id)
        by_snapshot.setdefault(snapshot, []).append(in_file)
    there = {found.snapshot_id: found.snapshot}
    if set(by_snapshot) != set(there):
        there = found.snapshot.register.snapshots.select_related("register").in_bulk(by_snapshot)
    kept = [one for one in there.values() if one.pk in by_snapshot and not one.is_weeded]
    if not kept:
        return [], [], _("The snapshot has been weeded, and its rows with it.")
    columns = columns_of(found.snapshot)
    if len(by_snapshot) > 1 or found.snapshot_id not in by_snapshot:
        # Only what is known has the same place in each file.
        columns = known_columns(found.snapshot)
    rows = []
    try:
        with WORKSHOP.scratch_engine() as engine:
            for one in kept:
                for row in Rows(engine, one, path_of(one)).of(by_snapshot[one.pk], columns):
                    rows.append((row, one))
    except Failed as failure:
        return [], [], str(failure)
    telling = _telling([row.cells for row, _one in rows], len(columns))
    columns = [columns[at] for at in telling]
    return (
        columns,
        [(row.number, one, [(row.cells[at], column) for at, column in zip(telling, columns, strict=True)]) for row, one in rows],
        "",
    )


def _telling(rows: Sequence[Sequence[str]], width: int) -> list[int]:
    """Return the places of the columns that are shown: those that tell the rows apart first, of one row those that are filled."""
    values = [{row[at] for row in rows} for at in range(width)]
    filled = [at for at in range(width) if values[at] != {""}]
    apart = [at for at in filled if len(values[at]) > 1]
    chosen = [*apart, *(at for at in filled if at not in apart)][:SHOWN]
    return sorted(chosen)
