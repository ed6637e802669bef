"""The start page."""

from __future__ import annotations

from typing import Any, cast

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from controls import operation
from controls.checks.waiting import waiting_checks
from controls.follow_ups.inbox import SOON_DAYS, Inbox, inbox_of
from controls.models import Digest
from controls.reporting.progress import reports_left
from controls.start_page.first_steps import first_steps
from riskreg import clock
from riskreg.access.grants import grants_of, may, standing_of
from riskreg.access.verbs import Verb
from riskreg.database.compiled import count_once_compiled
from riskreg.models import Role, User
from riskreg.plans.coverage import missing_for

LEFT_SHOWN = 12
"""Reports that still lack something; the rest is behind a link to the list of reports."""


@require_safe
def inbox(request: HttpRequest) -> HttpResponse:
    """Show the start page: what is due, by date, with the one thing to do next on top."""
    user = cast(User, request.user)
    found, checks = inbox_of(user, clock.today()), waiting_checks(user, clock.today())
    chases = may(user, Verb.CHASE)
    nothing_waits = found.is_empty and not checks.total
    steps = first_steps(user, clock.today()) if nothing_waits else []
    # A controller: who also answers for what is reported.
    left = reports_left(user, clock.today()) if chases and may(user, Verb.REOPEN_FOLLOW_UP) and not steps else []
    context = {
        "title": _("My follow-ups"),
        "inbox": found,
        "checks": checks,
        "lede": _lede(found),
        "soon_days": SOON_DAYS,
        "list_url": reverse("admin:controls_followup_changelist"),
        "steps": steps,
        "missing_plans": missing_for(user, clock.today()),
        "empty": _empty(user) if nothing_waits and not steps and not left else None,
        "left": left[:LEFT_SHOWN],
        "left_total": len(left),
        "today": clock.today(),
        "pulse": operation.pulse(clock.now()) if chases else None,
        "given_up": _given_up(user) if chases else 0,
        "ledger_url": reverse("admin:controls_digest_changelist"),
        "shows_own": bool(found.total or found.done) or may(user, Verb.LOG_FOLLOW_UP),
    }
    return TemplateResponse(request, "controls/inbox.html", context)


def _given_up(user: User) -> int:
    key = "given up", standing_of(user)
    return count_once_compiled(key, lambda: Digest.objects.visible_to(user).filter(state=Digest.State.GIVEN_UP).values("pk"))


def _lede(found: Inbox) -> str:
    near = found.now.total
    if not near and not found.total:
        return ""
    if not near:
        return _("Nothing is due in the next %(days)d days. The rest of the year is below.") % {"days": SOON_DAYS}
    return ngettext("%(count)d follow-up waits for you now.", "%(count)d follow-ups wait for you now.", near) % {"count": near}


def _empty(user: User) -> dict[str, Any]:
    """Return what to do instead, by the user's roles."""
    roles = {grant.role for grant in grants_of(user)}
    if not roles and not user.is_superuser:
        return {
            "title": _("You have no role yet."),
            "text": _("Ask your administrator to give you one at your unit. Then what waits for you is shown here."),
        }
    if roles & {Role.CONTROL_OWNER, Role.MANAGER, Role.CONTROLLER}:
        return {
            "title": _("Nothing waits for you."),
            "text": _("When a follow-up is planned for you, or waits for your approval, it is shown here."),
            "url": reverse("admin:controls_followup_changelist"),
            "action": _("See all follow-ups"),
        }
    if Role.AUDITOR in roles:
        return {
            "title": _("You have no follow-ups of your own."),
            "text": _("As an auditor you read everything in your units: results, evidence and the history of changes."),
            "url": reverse("admin:controls_followup_changelist"),
            "action": _("Read the follow-ups"),
        }
    return {
        "title": _("You have no follow-ups of your own."),
        "text": _("Users, units and risk matrices are found under Administration."),
        "url": reverse("admin:index"),
        "action": _("Go to Administration"),
    }
