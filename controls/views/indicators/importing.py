"""The import of values: a file, what each of its rows would do, and the press that records all of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, cast

from django import forms
from django.contrib import messages
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods

from controls.indicators.gate import SERIES_GATE
from controls.indicators.importing.file import EXTENSIONS, MOST_ROWS, Line, NoHeadings, read_lines
from controls.indicators.importing.rows import Preview, check, record
from controls.indicators.known import read_figures
from controls.models import Indicator, IndicatorSeries
from controls.views.indicators.seen import crumbs_of, seen_indicator, seen_series
from riskreg import clock
from riskreg.access.grants import require
from riskreg.access.sight import units_where
from riskreg.access.verbs import Verb
from riskreg.importing.unreadable import UnreadableFile
from riskreg.models import User
from riskreg.verbs.errors import Refused
from riskreg.web.asking import REFUSALS, add_refusal
from riskreg.web.form_fields import ReasonField

HOURS = 12
"""So long a preview can be confirmed."""
SHOWN = 200
"""Rows of each kind that a preview lists; all are counted."""


class FileForm(forms.Form):
    file = forms.FileField(
        label=gettext_lazy("File"),
        widget=forms.FileInput(attrs={"accept": ",".join(f".{one}" for one in EXTENSIONS)}),
        help_text=gettext_lazy("Excel, OpenDocument or CSV, with the headings Period and Value in the first rows."),
    )


class ConfirmForm(forms.Form):
    """What was read, signed, so that nothing is kept of a file that nobody confirms."""

    lines = forms.CharField(widget=forms.HiddenInput)
    seen = forms.CharField(widget=forms.HiddenInput, required=False)
    reason = ReasonField(rows=2, required=False, label=gettext_lazy("Reason for the revisions"))

    def __init__(self, *args: Any, revises: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.conflict: Any = None
        if not revises:
            del self.fields["reason"]


@require_http_methods(["GET", "HEAD", "POST"])
def series_import(request: HttpRequest, pk: int) -> HttpResponse:
    """Import values of one series."""
    user = cast(User, request.user)
    found = seen_series(user, pk)
    SERIES_GATE.require_right(found, "record", user)
    refusal = SERIES_GATE.why_not(found, "record", user)
    if refusal is not None:
        messages.error(request, str(refusal))
        return redirect(found)
    return _import(request, user, [found], crumbs_of(series=found), found)


@require_http_methods(["GET", "HEAD", "POST"])
def indicator_import(request: HttpRequest, pk: int) -> HttpResponse:
    """Import values of several units' series of one indicator."""
    user = cast(User, request.user)
    found = seen_indicator(user, pk)
    require(user, Verb.RECORD_INDICATOR)
    mine = IndicatorSeries.objects.visible_to(user).expecting().filter(units_where(user, Verb.RECORD_INDICATOR, "unit"))
    series = list(mine.filter(indicator=found).select_related("indicator__unit", "unit", "responsible").order_by("unit__path"))
    if not series or not found.is_in_use:
        messages.error(request, _("There is no series in use here whose values you enter."))
        return redirect(found)
    return _import(request, user, series, crumbs_of(found), found)


def _import(
    request: HttpRequest, user: User, series: Sequence[IndicatorSeries], crumbs: Any, back: Indicator | IndicatorSeries
) -> HttpResponse:
    figures = read_figures(series)
    salt = salt_of(series)
    form, confirm, preview, status = FileForm(), None, None, 200
    if request.method == "POST" and "lines" in request.POST:
        lines = _signed_lines(request.POST["lines"], salt)
        if lines is None:
            messages.error(request, _("The preview is too old. Choose the file again."))
            return redirect(request.path)
        preview = check(lines, list(figures.values()), clock.today())
        confirm = ConfirmForm(request.POST, revises=_revises(preview))
        if confirm.is_valid() and not preview.wrongs:
            try:
                if confirm.cleaned_data["seen"] != preview.signature:
                    raise Refused(_("The series has changed since the preview. Look at it again, and confirm."))
                done = record(preview, series, by=user, reason=confirm.cleaned_data.get("reason", ""))
            except REFUSALS as refusal:
                status = add_refusal(confirm, refusal)
                again = request.POST.copy()
                again["seen"] = preview.signature
                confirm.data = again
            else:
                messages.success(request, _done_words(done.new, done.revised))
                return redirect(back)
    elif request.method == "POST":
        form = FileForm(request.POST, request.FILES)
        if form.is_valid():
            lines = _read(form)
            if lines is not None:
                preview = check(lines, list(figures.values()), clock.today())
                initial = {"lines": signed(lines, salt), "seen": preview.signature}
                confirm = ConfirmForm(initial=initial, revises=_revises(preview))
    context = {
        "title": _("Import values"),
        "crumbs": crumbs,
        "back": back.get_absolute_url(),
        "form": form,
        "confirm": confirm,
        "preview": preview,
        "shown": SHOWN,
        "most_rows": MOST_ROWS,
        "rows": preview.checked[:SHOWN] if preview else [],
        "wrongs": preview.wrongs[:SHOWN] if preview else [],
        "counts": preview.counts if preview else {},
        "series": series,
        "takes_units": len(series) > 1,
        "indicator": series[0].indicator,
    }
    return TemplateResponse(request, "controls/indicators/import.html", context, status=status)


def salt_of(series: Sequence[IndicatorSeries]) -> str:
    """Return what binds the rows of a preview to the series that they were read for."""
    return f"{__name__}-{'-'.join(str(one.pk) for one in series)}"


def signed(lines: Sequence[Line], salt: str) -> str:
    """Return the rows of a file as a signed text, which the form carries until they are confirmed."""
    return signing.dumps([asdict(one) for one in lines], salt=salt, compress=True)


def _revises(preview: Preview) -> bool:
    return preview.counts.get("revised", 0) > 0


def _read(form: FileForm) -> list[Line] | None:
    """Return the file's rows, or None with the form's error."""
    upload = form.cleaned_data["file"]
    try:
        lines = read_lines(upload, upload.name)
    except UnreadableFile as unreadable:
        form.add_error("file", str(unreadable))
    except NoHeadings:
        form.add_error(
            "file", _("The headings were not found. The file needs the columns Period and Value, in Swedish or English.")
        )
    else:
        if lines:
            return lines
        form.add_error("file", _("There are no rows below the headings."))
    return None


def _signed_lines(text: str, salt: str) -> list[Line] | None:
    try:
        return [Line(**one) for one in signing.loads(text, salt=salt, max_age=HOURS * 3600)]
    except (signing.BadSignature, TypeError):
        return None


def _done_words(new: int, revised: int) -> str:
    said = [ngettext("%(count)d value is recorded.", "%(count)d values are recorded.", new) % {"count": new}]
    if revised:
        said.append(ngettext("%(count)d is revised.", "%(count)d are revised.", revised) % {"count": revised})
    return " ".join(said)
