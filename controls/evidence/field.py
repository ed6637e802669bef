"""The form field for evidence: several files at once, each looked at before any is kept."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile

from controls.evidence.files import check_upload
from riskreg.web.accepted_files import CheckedFile
from riskreg.web.file_kinds import EXTENSIONS


class SeveralFilesInput(forms.FileInput):
    allow_multiple_selected = True


class EvidenceField(forms.FileField):
    """Several files at once; cleaned to CheckedFile, each refused one named with its reason."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("widget", SeveralFilesInput(attrs={"accept": ",".join(EXTENSIONS)}))
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
