"""Admin of a municipality's own Word templates: uploaded, checked before they are stored, taken out of use."""

from __future__ import annotations

from contextlib import suppress
from typing import Any, cast

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponseBase
from django.utils.translation import gettext_lazy

from controls.models import ReportTemplate
from controls.reporting.writers.word.own_template import check_upload, set_in_use, upload_template
from controls.reporting.writers.word.template_words import FILTERS, ROWS, TAGS
from riskreg.access.verbs import Verb
from riskreg.admin.base import ScopedAdmin, ScopedRelatedFilter, signed_in


class TemplateForm(forms.ModelForm):
    class Meta:
        model = ReportTemplate
        fields = ["unit", "file", "note"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "file" in self.fields:
            self.fields["file"].help_text = gettext_lazy(
                "A Word document (.docx) with logo, fonts and headings of your own. {{ content }}, alone in a paragraph, is "
                "where the report goes. Further tags: %(tags)s. {%% for … in %(rows)s %%} … {%% endfor %%} and {%% if … %%} … "
                "{%% endif %%} are allowed, and the filters %(filters)s."
            ) % {
                "tags": ", ".join(f"{{{{ {tag} }}}}" for tag in TAGS if tag != "content"),
                "rows": "/".join(ROWS),
                "filters": ", ".join(FILTERS),
            }
            self.fields["file"].widget.attrs["accept"] = ".docx"

    def clean_file(self) -> Any:
        upload = self.cleaned_data["file"]
        if isinstance(upload, UploadedFile):
            try:
                check_upload(upload)
            except ValidationError as refusal:
                raise ValidationError(refusal.message_dict["file"]) from None
        return upload


@admin.register(ReportTemplate)
class ReportTemplateAdmin(ScopedAdmin[ReportTemplate]):
    nothing_yet = gettext_lazy("Until an administrator uploads a Word template, reports are written in the product's own.")
    add_verb = Verb.ADMINISTER
    change_verb = Verb.ADMINISTER
    form = TemplateForm
    list_display = ["name", "unit", "version", "is_active", "note", "uploaded_by", "uploaded_at"]
    list_filter = ["is_active", ("unit", ScopedRelatedFilter)]
    list_select_related = ["unit", "uploaded_by"]

    def get_fields(self, request: HttpRequest, obj: ReportTemplate | None = None) -> Any:
        if obj is None:
            return ["unit", "file", "note"]
        return ["unit", "name", "version", "sha256", "note", "uploaded_by", "uploaded_at", "is_active"]

    def get_readonly_fields(self, request: HttpRequest, obj: ReportTemplate | None = None) -> Any:
        kept = list(super().get_readonly_fields(request, obj))
        return kept if obj is None else [*kept, "unit", "name", "version", "sha256", "note", "uploaded_by", "uploaded_at"]

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponseBase:
        """Read an uploaded template before Django's transaction begins: on SQLite nobody else could save meanwhile."""
        upload = request.FILES.get("file") if request.method == "POST" and self.has_add_permission(request) else None
        if isinstance(upload, UploadedFile):
            with suppress(ValidationError):  # said by the form
                check_upload(upload)
        return super().changeform_view(request, object_id, form_url, extra_context)

    def save_model(self, request: HttpRequest, obj: ReportTemplate, form: Any, change: bool) -> None:
        if change:
            set_in_use(obj, form.cleaned_data["is_active"], by=signed_in(request))
            return
        upload = cast(UploadedFile, form.cleaned_data["file"])
        kept = upload_template(obj.unit, upload, by=signed_in(request), note=form.cleaned_data["note"])
        obj.pk, obj.version, obj.name = kept.pk, kept.version, kept.name
