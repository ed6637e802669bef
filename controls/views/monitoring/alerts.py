"""The desk of alerts: the list with its filters, the same as a file, and how often each rule is right."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any, cast

from django.core.paginator import Paginator
from django.db.models import Max, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from controls.data_files.for_excel import is_soon_written
from controls.models import Alert, Watch
from controls.monitoring.watching.tally import count_by_month, count_by_rule
from controls.monitoring.watching.words import facts_in_a_line, rule_label
from controls.views.monitoring.alerts_filter import AlertsFilter
from controls.views.monitoring.marks import alert_mark
from controls.views.monitoring.table_file import table_file
from riskreg import clock
from riskreg.access.grants import may, require
from riskreg.access.verbs import Verb
from riskreg.models import User

PER_PAGE = 50


def asked_alerts(request: HttpRequest, user: User) -> tuple[AlertsFilter, QuerySet[Alert]]:
    """Return the filters of the address, and the alerts that the user may read and that they keep."""
    seen = Alert.objects.visible_to(user)
    form = AlertsFilter(user, seen, request.GET)
    found = form.narrow(seen, user) if form.is_valid() else seen.none()
    return form, found.select_related("watch__register__unit", "assignee")


@require_safe
def alerts(request: HttpRequest) -> HttpResponse:
    """Show the alerts, filtered; without filters those that are open."""
    user, today = cast(User, request.user), clock.today()
    require(user, Verb.READ_REGISTER)
    form, found = asked_alerts(request, user)
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    rows = [
        {
            "alert": alert,
            "rule": rule_label(alert.watch.rule),
            "facts": facts_in_a_line(alert),
            "mark": alert_mark(alert),
            "is_late": alert.is_open and alert.due_on is not None and alert.due_on < today,
        }
        for alert in page
    ]
    context = {
        "title": _("Alerts"),
        "filter": {"form": form},
        "page_obj": page,
        "rows": rows,
        "query": request.GET.urlencode(),
        "is_narrowed": any(request.GET.get(name) for name in form.fields if name != "order"),
        "has_watches": bool(rows) or Watch.objects.visible_to(user).exclude(state=Watch.State.OFF).exists(),
        "may_weigh": may(user, Verb.WEIGH_ALERT),
    }
    return TemplateResponse(request, "controls/alerts/list.html", context)


@require_safe
def alerts_file(request: HttpRequest, ending: str) -> HttpResponseBase:
    """Serve the alerts as they are seen, with the same filters and order, as CSV or XLSX."""
    user = cast(User, request.user)
    require(user, Verb.READ_REGISTER)
    _form, found = asked_alerts(request, user)
    headings = [
        *(_("Number"), _("About"), _("Organisation number"), _("Rule"), _("Facts"), _("Kronor"), _("State"), _("Reason")),
        *(_("Until"), _("Still holds"), _("Register"), _("Unit"), _("Came"), _("Last told"), _("Assigned to"), _("Due")),
    ]
    if not is_soon_written(found.count(), len(headings)):
        raise Http404(_("There are more alerts than a spreadsheet opens. Filter for fewer."))

    def lines() -> Iterator[list[str]]:
        yield headings
        yield from (_cells(alert) for alert in found.iterator(chunk_size=500))

    return table_file(lines(), ending, name=_("alerts"), sheet=_("Alerts"), keys=[2], came_at=_last_told(found))


def _last_told(alerts: QuerySet[Alert]) -> datetime:
    """Return when something was last told of the alerts."""
    moment: datetime | None = alerts.order_by().aggregate(last=Max("told_at"))["last"]
    return moment or clock.now()


def _cells(alert: Alert) -> list[str]:
    def day(moment: Any) -> str:
        return timezone.localtime(moment).date().isoformat()

    return [
        str(alert.pk),
        str(alert),
        alert.identity,
        rule_label(alert.watch.rule),
        facts_in_a_line(alert),
        "" if alert.amount is None else str(alert.amount),
        alert.get_state_display(),
        alert.reason,
        alert.quiet_until.isoformat() if alert.quiet_until else "",
        _("Yes") if alert.holds else _("No"),
        alert.watch.register.name,
        alert.watch.register.unit.name,
        day(alert.came_at),
        day(alert.told_at),
        str(alert.assignee or ""),
        alert.due_on.isoformat() if alert.due_on else "",
    ]


@require_safe
def alerts_tally(request: HttpRequest) -> HttpResponse:
    """Show how many alerts each rule has given, and how many of those that were concluded were confirmed; and by month."""
    user = cast(User, request.user)
    require(user, Verb.READ_REGISTER)
    seen = Alert.objects.visible_to(user)
    context = {
        "title": _("How often the rules are right"),
        "crumbs": [(_("Alerts"), reverse("alerts"))],
        "rules": [(rule_label(one.rule), one) for one in count_by_rule(seen)],
        "months": count_by_month(seen, clock.today()),
    }
    return TemplateResponse(request, "controls/alerts/tally.html", context)
