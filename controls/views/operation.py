"""The page of the operation, for controllers and administrators."""

from __future__ import annotations

from typing import cast

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from controls.models import TaskFailure, WeededLetters
from controls.operation import FAILURES_KEPT, FAILURES_SHOWN, SILENT_AFTER, ledger_counts, pulse, queue
from riskreg import clock
from riskreg.access.grants import require
from riskreg.access.verbs import Verb
from riskreg.models import User
from riskreg.trail.anchors.making import places_now


@never_cache
@require_safe
def operation(request: HttpRequest) -> HttpResponse:
    """Show beat, worker, queue, ledger and failed tasks, as they are now."""
    user = cast(User, request.user)
    require(user, Verb.CHASE)
    now = clock.now()
    failures = TaskFailure.objects.all()[:FAILURES_SHOWN]
    context = {
        **admin.site.each_context(request),
        "title": _("Operation"),
        "pulse": pulse(now),
        "queue": queue(),
        "ledger": ledger_counts(user),
        "ledger_url": reverse("admin:controls_digest_changelist"),
        "weeded": WeededLetters.objects.order_by("-year", "state"),
        "failures": failures,
        "anchor_places": places_now(),
        "silent_after": int(SILENT_AFTER.total_seconds() // 60),
        "kept_days": FAILURES_KEPT.days,
        "now": now,
    }
    return TemplateResponse(request, "admin/operation.html", context)
