"""Forms about evidence: several files at once, each checked before any is stored; and the reason for removing one."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy

from controls.evidence.files import check_upload
from riskreg.web.accepted_files import CheckedFile
from riskreg.web.asking import ReasonForm
from riskreg.web.file_kinds import EXTENSIONS
from riskreg.web.form_fields import ReasonField


class SeveralFilesInput(forms.FileInput):
    allow_multiple_selected = True


class EvidenceField(forms.FileField):
    """Several files at once; cleaned to CheckedFile, each refused one named with its reason."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("widget", SeveralFilesInput(attrs={"accept": ",".join(EXTENSIONS)}))
        kwargs.setdefault("template_name", "components/file_drop.html")
        super().__init__(**kwargs)

    def clean(self, data: Any, initial: Any = None) -> list[CheckedFile]:
        uploads: list[UploadedFile] = [one for one in (data or []) if one]
        kept, refused = [], []
        for upload in uploads:
            try:
                kept.append(check_upload(upload))
            except forms.ValidationError as refusal:
                refused.append(refusal)
        if refused:
            raise forms.ValidationError(refused)
        return kept


class RemovalForm(ReasonForm):
    """Ask why a file is taken away."""

    reason = ReasonField(
        max_length=2000, rows=4, help_text=gettext_lazy("It is kept in the history, with the file's name and hash.")
    )
