"""Files on what a person examines, an alert or an inquiry: added from its page, none kept unsaid when one is not accepted."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy

from controls.evidence.field import EvidenceField
from controls.models import Alert, Inquiry
from riskreg.models import User
from riskreg.verbs.errors import Refused
from riskreg.verbs.gate import Gated
from riskreg.web.asking import words_of


class FilesForm(forms.Form):
    evidence = EvidenceField(label=gettext_lazy("Add files"))


def files_context(found: Alert | Inquiry, gated: Gated[Any], user: User) -> dict[str, Any]:
    """Return its files, and what the user may do with them."""
    return {
        "files": list(found.evidence.select_related("uploaded_by")),
        "files_form": FilesForm() if gated.why_not(found, "attach", user) is None else None,
        "can_detach": gated.why_not(found, "detach", user) is None,
    }


def attach_files(
    request: HttpRequest, found: Alert | Inquiry, *, keep: Callable[[UploadedFile], object], said: Callable[[int], str]
) -> HttpResponseBase:
    """Keep the files that were sent. When the form refuses one, none is kept, and why is said.

    `said`: how many were kept, in words.
    """
    form, kept = FilesForm(request.POST, request.FILES), 0
    if not form.is_valid():
        for words in form.errors["evidence"]:
            messages.error(request, str(words))
        return redirect(found)
    for file in form.cleaned_data["evidence"]:
        try:
            keep(file)
            kept += 1
        except (Refused, ValidationError) as refusal:
            messages.error(request, words_of(refusal))
    if kept:
        messages.success(request, said(kept) % {"count": kept})
    return redirect(found)
