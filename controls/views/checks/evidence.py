"""Files on a check's page: keeping those that came with its form, and taking one away."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods

from controls.checks import verbs as checking
from controls.checks.evidence import attach_to_check, detach_from_check
from controls.models import Check, Evidence
from riskreg.access.verbs import NotPermitted
from riskreg.models import User
from riskreg.verbs.concurrency import version_of
from riskreg.verbs.errors import Refused
from riskreg.web.accepted_files import CheckedFile


def keep_files(request: HttpRequest, check: Check, files: Sequence[CheckedFile], *, by: User, version: int | None) -> int | None:
    """Attaches each; one that is there already is told of and does not stop the rest. Gives the version that whoever
    opened `version` goes on from. Raises what the verb raises, when nothing of what follows is kept."""
    kept = 0
    for file in files:
        try:
            with transaction.atomic():
                attach_to_check(check, by=by, file=file, version=version)
                version = version_of(check) if version is not None else None
            kept += 1
        except ValidationError as refusal:
            for message in refusal.messages:
                messages.warning(request, message)
    if kept:
        said = ngettext("%(count)d file is kept with the check.", "%(count)d files are kept with the check.", kept)
        messages.success(request, said % {"count": kept})
    return version


class RemovalForm(forms.Form):
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("It is kept in the history, with the file's name and hash."),
    )


@require_http_methods(["GET", "HEAD", "POST"])
def check_evidence_remove(request: HttpRequest, pk: int, evidence: int) -> HttpResponseBase:
    """Takes a file away until the check is recorded, with the reason."""
    user = cast(User, request.user)
    found = get_object_or_404(Check.objects.visible_to(user).select_related("unit", "performer", "control__risk"), pk=pk)
    refusal = checking.CHECKS.why_not(found, "detach", user)
    if isinstance(refusal, NotPermitted):
        raise refusal
    file = get_object_or_404(Evidence.objects.visible_to(user), pk=evidence, occasion=found)
    form = RemovalForm(request.POST or None)
    if request.method != "POST" and refusal is not None:
        messages.error(request, str(refusal))
        return redirect(found)
    if request.method == "POST" and form.is_valid():
        try:
            detach_from_check(file, by=user, reason=form.cleaned_data["reason"])
        except Refused as wrong:
            form.add_error(None, str(wrong))
        except ValidationError as wrong:
            form.add_error(None, wrong.messages)
        else:
            messages.success(request, _("Removed: %(name)s.") % {"name": file.name})
            return redirect(found)
    label = checking.VERB_LABELS["detach"]()
    context = {"title": f"{label}: {file.name}", "check": found, "form": form, "label": label}
    return TemplateResponse(request, "controls/check_ask.html", context)
