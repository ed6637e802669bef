"""Files on an alert: added from its page, and taken away with a reason."""

from __future__ import annotations

from typing import cast

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from controls.evidence.field import RemovalForm
from controls.models import Evidence
from controls.monitoring.watching.evidence import attach_to_alert, detach_from_alert
from controls.monitoring.watching.gate import ALERT_LABELS, ALERTS
from controls.views.monitoring.files import attach_files
from controls.views.monitoring.seen import seen_alert
from riskreg.models import User
from riskreg.web.asking import Place, RecordVerb, ask


@require_POST
def alert_attach(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Add files to the alert."""
    user = cast(User, request.user)
    found = seen_alert(user, pk)
    ALERTS.require_right(found, "attach", user)
    return attach_files(
        request,
        found,
        keep=lambda file: attach_to_alert(found, by=user, file=file),
        said=lambda kept: ngettext("%(count)d file is kept with the alert.", "%(count)d files are kept with the alert.", kept),
    )


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
