"""Admin of imports of a plan or a follow-up table: upload, preview, confirm."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import models
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from controls import operation, tasks
from controls.admin.import_account import account_context, stored_account
from controls.admin.import_pages import pages_context, picture_answer
from controls.importing import waiting
from controls.importing.changes import Effect, PlanChanges, what_becomes_of
from controls.importing.confidential import WaitsForSomebody
from controls.importing.kept_upload import claimed, find_kept_upload, keep_upload
from controls.importing.plan import ImportRefused
from controls.importing.session import Preview, abandon, answer, choose_columns, confirm, open_import, preview
from controls.importing.target import NoMatrixInForce, Target, UnknownTarget, find_target, with_its_first_day
from controls.models import ImportReading, PlanImport
from riskreg import clock
from riskreg.access.verbs import Verb
from riskreg.admin.base import ScopedAdmin, ScopedRelatedFilter, column, signed_in
from riskreg.importing.columns import IGNORED, ColumnMatch, Field, ImportRow, normalise_heading
from riskreg.importing.tables import UnreadableFile, check_upload
from riskreg.importing.unreadable import EXTENSIONS
from riskreg.importing.years import by_row
from riskreg.verbs.errors import Refused
from riskreg.web.kept_uploads import KeptUpload, sent_or_kept

ROWS_SHOWN = 200
"""Rows of the comparison on the page; the counts above it are of all rows."""


class UploadForm(forms.ModelForm):
    """The file and what it is for.

    `kept` is the file that was sent now, or before; `refusal` says why one that was sent now is not taken.
    """

    kept: KeptUpload | None = None
    refusal: ValidationError | None = None
    target: Target

    class Meta:
        model = PlanImport
        fields = ["file", "unit", "year", "closing", "matrix"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        fields["file"].help_text = _("Word, Excel, OpenDocument, CSV or PDF with a text table: %(types)s.") % {
            "types": ", ".join(f".{extension}" for extension in EXTENSIONS)
        }
        fields["file"].widget.attrs["accept"] = ",".join(f".{extension}" for extension in EXTENSIONS)
        if self.kept is not None:
            fields["file"].required, fields["file"].label = False, _("Another file instead")
        fields["closing"].help_text = _("When the file holds results: the closing they belong to.")
        fields["matrix"].required = False
        fields["matrix"].help_text = _("Leave empty for the plan's own matrix, or the newest in force.")
        fields["matrix"].label_from_instance = with_its_first_day

    def clean_file(self) -> Any:
        if self.refusal is not None:
            raise self.refusal
        return self.cleaned_data["file"]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if {"unit", "year"} <= cleaned.keys() and "closing" in cleaned:
            try:
                target = find_target(cleaned["unit"], cleaned["year"], cleaned.get("matrix"), cleaned["closing"])
            except NoMatrixInForce as refusal:
                self.add_error("matrix", str(refusal))
                return cleaned
            except UnknownTarget as refusal:
                raise ValidationError(str(refusal)) from None
            self.instance.matrix = cleaned["matrix"] = target.matrix
            self.target = target
        return cleaned

    def _get_validation_exclusions(self) -> set[str]:
        return {*super()._get_validation_exclusions(), "matrix", "name", "sha256"}  # type: ignore[misc]


@admin.register(PlanImport)
class PlanImportAdmin(ScopedAdmin[PlanImport]):
    nothing_yet = gettext_lazy("Choose Add, then the file. Nothing is written before you have seen what would change.")
    view_verb = Verb.CHANGE_PLAN
    add_verb = Verb.CHANGE_PLAN
    change_verb = Verb.CHANGE_PLAN
    form = UploadForm
    list_display = ["name", "unit", "year_shown", "closing", "state", "uploaded_by", "uploaded_at"]
    list_filter = ["state", "year", ("unit", ScopedRelatedFilter)]
    list_select_related = ["unit", "closing__unit", "uploaded_by"]

    year_shown = column(gettext_lazy("year"), lambda row: str(row.year), ordering="year")

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        return {"year": clock.today().year, **super().get_changeform_initial_data(request)}

    def save_model(self, request: HttpRequest, obj: PlanImport, form: Any, change: bool) -> None:
        try:
            with claimed(form.kept) as file:
                stored = open_import(file, form.kept.name, form.target, by=signed_in(request))
        except UnreadableFile as refusal:
            raise ValidationError({"file": str(refusal)}) from None
        obj.pk, obj.name = stored.pk, stored.name

    def get_form(self, request: HttpRequest, obj: PlanImport | None = None, change: bool = False, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, change=change, **kwargs)
        return type(form.__name__, (form,), getattr(request, "_sent", {}))

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None) -> HttpResponse:
        if request.method == "POST" and self.has_add_permission(request):
            request._sent = _keep_sent(request)  # type: ignore[attr-defined]
        context = {"title": _("Import a plan"), "show_save_and_add_another": False, "show_save_and_continue": False}
        answer = cast(HttpResponse, super().add_view(request, form_url, {**context, **(extra_context or {})}))
        # Only now is the admin's transaction over, which would keep everybody else from writing while the file is read.
        if isinstance(answer, _Stored):
            _start_reading(answer.plan_import)
        return answer

    def response_add(self, request: HttpRequest, obj: PlanImport, post_url_continue: str | None = None) -> HttpResponse:
        return _Stored(obj)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Serve the preview: the meaning of the columns, the problems by row, the changes."""
        plan_import = self.get_object(request, object_id)
        if plan_import is None:
            raise Http404
        if not self.has_change_permission(request, plan_import):
            raise PermissionDenied
        if request.method == "POST":
            return self._act(request, plan_import)
        reading = ImportReading.objects.filter(plan_import=plan_import).first()
        if "progress" in request.GET:
            return JsonResponse(_progress(reading))
        context = {
            **self.admin_site.each_context(request),
            "title": plan_import.name,
            "opts": self.opts,
            "plan_import": plan_import,
            "waits": plan_import.state == PlanImport.State.UPLOADED,
            **(extra_context or {}),
        }
        if context["waits"] and (reading is None or reading.is_open):
            context |= {"reading": reading, "progress": _progress(reading), "pulse": operation.pulse(clock.now())}
        elif context["waits"]:
            context |= self._look(request, plan_import)
        else:
            context |= account_context(request, *stored_account(plan_import, signed_in(request)))
        return TemplateResponse(request, "admin/controls/planimport/preview.html", context)

    def _act(self, request: HttpRequest, plan_import: PlanImport) -> HttpResponse:
        user = signed_in(request)
        try:
            if "_columns" in request.POST:
                choose_columns(plan_import, _posted_mapping(request), by=user)
                self.message_user(request, _("The columns are remembered for %(unit)s.") % {"unit": plan_import.unit})
            elif "_answers" in request.POST:
                answer(plan_import.pk, _posted_answers(request), by=user)
                self.message_user(request, _("The answers are kept. Look below at what they change."))
            elif "_abandon" in request.POST:
                abandon(plan_import.pk, by=user)
                self.message_user(request, _("%(name)s was put aside; nothing was imported.") % {"name": plan_import.name})
                return HttpResponseRedirect(reverse("admin:controls_planimport_changelist"))
            elif "_confirm" in request.POST:
                outcome = confirm(plan_import.pk, by=user)
                done = (
                    _("The file agrees with the plan already: nothing was changed.")
                    if outcome.changed_nothing
                    else _("%(name)s was imported.") % {"name": plan_import.name}
                )
                self.message_user(request, " ".join([done, *what_becomes_of(outcome.counts)]), messages.SUCCESS)
                return HttpResponseRedirect(outcome.plan.get_absolute_url())
        except (Refused, ImportRefused, UnreadableFile, UnknownTarget) as refusal:
            self.message_user(request, str(refusal), messages.ERROR)
        return HttpResponseRedirect(_preview_url(plan_import))

    def _look(self, request: HttpRequest, plan_import: PlanImport) -> dict[str, Any]:
        try:
            found = preview(plan_import, by=signed_in(request))
        except (UnreadableFile, UnknownTarget, WaitsForSomebody) as refusal:
            return {"refusal": str(refusal)}
        account = found.account
        columns = [_column(match) for match in found.reading.open_columns]
        return {
            "preview": found,
            "questions": found.questions,
            "is_own": found.reading.is_own,
            "columns": columns,
            "columns_are_doubtful": any(column["unknown"] for column in columns) or bool(found.errors),
            "fields": [(field.value, field.label) for field in Field],
            "summary": _summary(found.changes),
            "what_becomes": what_becomes_of(found.changes.counts()),
            "problems": found.problems[:ROWS_SHOWN],
            "hidden_problems": max(0, len(found.problems) - ROWS_SHOWN),
            "missing": _missing(found.changes),
            "lines": _lines(found)[:ROWS_SHOWN],
            "hidden_lines": max(0, len(_lines(found)) - ROWS_SHOWN),
            **pages_context(request, plan_import, found.reading.content, account),
            **account_context(request, account),
        }

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.picture_view)
        address = path("<int:pk>/pictures/<int:page>.png", view, name="controls_planimport_picture")
        return [address, *super().get_urls()]

    def picture_view(self, request: HttpRequest, pk: int, page: int) -> HttpResponse:
        """Serve the picture of a page to those who are shown the preview."""
        plan_import = self.get_object(request, str(pk))
        if plan_import is None:
            raise Http404
        return picture_answer(request, plan_import, page)

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[PlanImport]:
        found = super().get_queryset(request).select_related("unit", "matrix", "closing__unit", "uploaded_by", "plan")
        return found.defer("account")  # a large file's is some megabytes


class _Stored(HttpResponseRedirect):
    """The way to the page of an upload that was stored."""

    def __init__(self, plan_import: PlanImport) -> None:
        super().__init__(_preview_url(plan_import))
        self.plan_import = plan_import


def _keep_sent(request: HttpRequest) -> dict[str, Any]:
    """Store the file that was sent; return it, or the one kept from before and why the one sent is refused."""
    user = signed_in(request)
    kept, refusal = sent_or_kept(
        request, find=lambda token: find_kept_upload(token, by=user), keep=lambda file: keep_upload(file, by=user)
    )
    return {"kept": kept} if refusal is None else {"kept": kept, "refusal": refusal}


def _start_reading(plan_import: PlanImport) -> None:
    """Read a small file while the user waits; hand every other one to the worker."""
    plan_import = PlanImport.objects.select_related("reading").get(pk=plan_import.pk)
    with plan_import.file.open("rb") as file:
        is_swift = check_upload(file, plan_import.name, max_bytes=settings.IMPORT_MAX_BYTES)
    if is_swift:
        waiting.perform(plan_import.reading.pk)
    else:
        cast(Any, tasks.read_import).delay_on_commit(plan_import.reading.pk)


def _progress(reading: ImportReading | None) -> dict[str, Any]:
    """Return how far the reading of a file has come, for the page that waits for it."""
    if reading is None:
        return {"is_open": False, "checked": 0, "total": 1, "text": ""}
    said = _("%(percent)d %% done") % {"percent": 100 * reading.done // max(reading.total, 1)}
    if waiting.QUEUE.is_silent(reading, clock.now()):
        said = _("The worker has been silent for a while. Another takes over by itself.")
    return {"is_open": reading.is_open, "checked": reading.done, "total": reading.total, "text": said}


def _preview_url(plan_import: PlanImport) -> str:
    return reverse("admin:controls_planimport_change", args=[plan_import.pk])


def _posted_mapping(request: HttpRequest) -> dict[str, str]:
    """Return {normalised heading: field or IGNORED} from the column selects."""
    headings = request.POST.getlist("heading")
    chosen = request.POST.getlist("field")
    allowed = {field.value for field in Field} | {IGNORED}
    return {
        normalise_heading(heading): field
        for heading, field in zip(headings, chosen, strict=False)
        if heading.strip() and field in allowed
    }


def _posted_answers(request: HttpRequest) -> dict[str, str]:
    """Return {the question's key: the choice's code} from the questions' fields."""
    prefix = "answer-"
    return {name.removeprefix(prefix): str(value) for name, value in request.POST.items() if name.startswith(prefix)}


_HOW = {
    "exact": gettext_lazy("recognised"),
    "synonym": gettext_lazy("recognised"),
    "close": gettext_lazy("resembles a known heading"),
    "remembered": gettext_lazy("chosen before"),
    "other_year": gettext_lazy("another year's, left out"),
    "other_closing": gettext_lazy("another closing's, left out"),
    "compared": gettext_lazy("another year's, kept to be compared"),
}


def _column(match: ColumnMatch) -> dict[str, Any]:
    left_out = match.field is None and match.how == "remembered"
    return {
        "heading": match.heading,
        "field": match.field.value if match.field else IGNORED,
        "how": _("left out, chosen before") if left_out else _HOW.get(match.how or "", _("not recognised")),
        "compared": match.how == "compared",
        "unknown": match.field is None and not left_out and match.how not in ("other_year", "compared"),
        "id": f"column-{match.index}",
    }


def _summary(changes: PlanChanges) -> list[dict[str, Any]]:
    counts = changes.counts()
    labels = {"risks": _("Risks"), "controls": _("Controls"), "follow_ups": _("Follow-ups")}
    return [
        {"label": label, **{effect.value: counts.get(f"{name}_{effect}", 0) for effect in Effect}}
        for name, label in labels.items()
    ]


def _missing(changes: PlanChanges) -> dict[str, Any]:
    """Return the risks and controls that the plan holds and the file does not."""
    risks, controls = changes.not_in_file, changes.controls_not_in_file
    hidden = max(0, len(risks) - ROWS_SHOWN) + max(0, len(controls) - ROWS_SHOWN)
    return {
        "risks": risks[:ROWS_SHOWN],
        "controls": controls[:ROWS_SHOWN],
        "total": len(risks) + len(controls),
        "hidden": hidden,
    }


def _score(row: ImportRow) -> str:
    """Return the score as the file states it: 3 × 2 = 6, or 3 × 2 ≠ 8."""
    score = "–" if row.score is None else str(row.score)
    if row.likelihood is None or row.impact is None:
        return score
    product = row.likelihood * row.impact
    return f"{row.likelihood} × {row.impact} {'=' if row.score in (None, product) else '≠'} {row.score or product}"


def _lines(found: Preview) -> list[dict[str, Any]]:
    """Return one line a risk: the row, its state, the changes field by field, and what other years' columns say."""
    compared = by_row(found.reading.compared)
    return [
        {
            "risk": risk,
            "effect": risk.overall.value,
            "label": {Effect.NEW: _("New"), Effect.CHANGED: _("Changed"), Effect.SAME: _("Unchanged")}[risk.overall],
            "score": _score(risk.row),
            "is_confidential": risk.is_confidential,
            "fields": risk.all_fields,
            "compared": [one for row in (risk.row, *risk.further_rows) for one in compared.get(id(row), ())],
        }
        for risk in found.changes.risks
    ]
