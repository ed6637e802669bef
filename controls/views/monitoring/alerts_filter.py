"""The filters of the desk of alerts: rule, state, unit, age, whose, any text; and the order."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.db.models import F, Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from controls.models import Alert
from controls.models.follow_up import people_served_by
from controls.monitoring.watching.words import rule_label
from riskreg import clock
from riskreg.access.sight import units_where
from riskreg.access.verbs import Verb
from riskreg.models import Unit, User

EVERY, GONE, LATE = "all", "gone", "late"
ORDERS: dict[str, tuple[Any, ...]] = {
    "": ("-told_at", "-pk"),
    "oldest": ("told_at", "pk"),
    "amount": (F("amount").desc(nulls_last=True), "-told_at", "-pk"),
    "subject": ("subject_name", "subject", "pk"),
    "due": (F("due_on").asc(nulls_last=True), "-told_at", "-pk"),
}
AGES = {"week": (0, 7), "month": (0, 30), "older": (30, None), "old": (90, None)}
"""By choice: told at least, and less than, so many days ago."""


class AlertsFilter(forms.Form):
    q = forms.CharField(label=gettext_lazy("About"), required=False, max_length=200)
    rule = forms.ChoiceField(label=gettext_lazy("Rule"), required=False)
    state = forms.ChoiceField(label=gettext_lazy("State"), required=False)
    unit = forms.ModelChoiceField(
        label=gettext_lazy("Unit"), queryset=Unit.objects.none(), required=False, empty_label=gettext_lazy("All units")
    )
    age = forms.ChoiceField(label=gettext_lazy("Told"), required=False)
    whose = forms.ChoiceField(label=gettext_lazy("Whose"), required=False)
    order = forms.ChoiceField(label=gettext_lazy("Order"), required=False)

    def __init__(self, user: User, seen: QuerySet[Alert], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = dict(self.fields)
        rules = seen.order_by("watch__rule").values_list("watch__rule", flat=True).distinct()
        named = sorted(((code, rule_label(code)) for code in rules), key=lambda pair: pair[1].lower())
        fields["rule"].choices = [("", _("Every rule")), *named]
        fields["state"].choices = [
            ("", pgettext("alerts", "Open")),
            *Alert.State.choices,
            (LATE, _("Late")),
            (GONE, _("Open, but no longer holding")),
            (EVERY, _("Every state")),
        ]
        fields["unit"].queryset = Unit.objects.filter(units_where(user, Verb.READ_REGISTER)).order_by("path")
        fields["age"].choices = [
            ("", _("Whenever")),
            ("week", _("In the last 7 days")),
            ("month", _("In the last 30 days")),
            ("older", _("More than 30 days ago")),
            ("old", _("More than 90 days ago")),
        ]
        fields["whose"].choices = [("", _("Everybody's")), ("mine", _("Mine")), ("nobody", _("Nobody's yet"))]
        fields["order"].choices = [
            ("", _("Last told first")),
            ("oldest", _("Longest told first")),
            ("amount", _("Largest amount first")),
            ("subject", _("By name")),
            ("due", _("By due day")),
        ]

    def narrow(self, alerts: QuerySet[Alert], user: User) -> QuerySet[Alert]:
        """Return the alerts that are asked for, in the order that is asked for."""
        chosen = self.cleaned_data
        alerts = _of_state(alerts, chosen["state"])
        if chosen["q"]:
            text = chosen["q"].strip()
            digits = "".join(sign for sign in text if sign.isdigit())
            about = Q(subject_name__icontains=text) | Q(subject__icontains=text)
            alerts = alerts.filter(about | Q(identity=digits[-10:]) if len(digits) >= 10 else about)
        if chosen["rule"]:
            alerts = alerts.filter(watch__rule=chosen["rule"])
        if chosen["unit"]:
            alerts = alerts.filter(watch__register__unit__path__startswith=chosen["unit"].path)
        if chosen["age"]:
            least, most = AGES[chosen["age"]]
            now = clock.now()
            alerts = alerts.filter(told_at__lte=now - timedelta(least))
            alerts = alerts if most is None else alerts.filter(told_at__gt=now - timedelta(most))
        if chosen["whose"] == "mine":
            alerts = alerts.filter(assignee__in=people_served_by(user))
        elif chosen["whose"] == "nobody":
            alerts = alerts.filter(assignee__isnull=True)
        return alerts.order_by(*ORDERS[chosen["order"]])


def _of_state(alerts: QuerySet[Alert], state: str) -> QuerySet[Alert]:
    if state == EVERY:
        return alerts
    if state in Alert.State.values:
        return alerts.filter(state=state)
    found = alerts.filter(state__in=Alert.OPEN_STATES)
    if state == LATE:
        return found.filter(due_on__lt=clock.today())
    return found.filter(holds=False) if state == GONE else found
