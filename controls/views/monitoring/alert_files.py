"""Files on an alert: added from its page, and taken away with a reason."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_POST

from controls.evidence.field import EvidenceField, RemovalForm
from controls.models import Alert, Evidence
from controls.monitoring.watching.evidence import attach_to_alert, detach_from_alert
from controls.monitoring.watching.gate import ALERT_LABELS, ALERTS
from controls.views.monitoring.seen import seen_alert
from riskreg.models import User
from riskreg.verbs.errors import Refused
from riskreg.web.asking import Place, RecordVerb, ask, words_of


class FilesForm(forms.Form):
    evidence = EvidenceField(label=gettext_lazy("Add files"))


def files_context(alert: Alert, user: User) -> dict[str, Any]:
    """Return the alert's files, and what the user may do with them."""
    return {
        "files": list(alert.evidence.select_related("uploaded_by")),
        "files_form": FilesForm() if ALERTS.why_not(alert, "attach", user) is None else None,
        "can_detach": ALERTS.why_not(alert, "detach", user) is None,
    }


@require_POST
def alert_attach(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Add files to the alert; none is kept when one of them is not accepted, which is said."""
    user = cast(User, request.user)
    found = seen_alert(user, pk)
    ALERTS.require_right(found, "attach", user)
    form, kept = FilesForm(request.POST, request.FILES), 0
    if not form.is_valid():
        for words in form.errors["evidence"]:
            messages.error(request, str(words))
        return redirect(found)
    for file in form.cleaned_data["evidence"]:
        try:
            attach_to_alert(found, by=user, file=file)
            kept += 1
        except (Refused, ValidationError) as refusal:
            messages.error(request, words_of(refusal))
    if kept:
        said = ngettext("%(count)d file is kept with the alert.", "%(count)d files are kept with the alert.", kept)
        messages.success(request, said % {"count": kept})
    return redirect(found)


DETACH = RecordVerb(
    "detach",
    ALERT_LABELS["detach"],
    detach_from_alert,
    form=RemovalForm,
    said=lambda file, _done: _("Removed: %(name)s.") % {"name": file.name},
    why_not=lambda file, verb, user: ALERTS.why_not(file.alert, verb, user),
)


@require_http_methods(["GET", "HEAD", "POST"])
def alert_evidence_remove(request: HttpRequest, pk: int, evidence: int) -> HttpResponseBase:
    """Take a file away while the alert is examined, with the reason."""
    user = cast(User, request.user)
    found = seen_alert(user, pk)
    file = get_object_or_404(Evidence.objects.visible_to(user), pk=evidence, alert=found)
    file.alert = found
    crumbs = [(_("Alerts"), reverse("alerts")), (str(found), found.get_absolute_url())]
    return ask(request, DETACH, file, Place(found.get_absolute_url(), file.name, crumbs))
