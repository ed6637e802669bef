"""The alerts of a follow-up's period as a file, from which a sample can be drawn: the same columns, whoever takes it."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from controls.models import Alert, FollowUp
from controls.monitoring.behind_follow_ups.period import read_periods
from controls.monitoring.watching.words import facts_in_a_line, rule_label
from riskreg import clock
from riskreg.models import User


@dataclass(frozen=True, slots=True)
class AlertsFile:
    """The file, what its columns mean, and how many alerts of the period it leaves out."""

    content: bytes
    key: str
    groups: str
    personal: tuple[str, ...]
    count: int
    left_out: int


def alerts_file(follow_up: FollowUp, user: User) -> AlertsFile:
    """Return the alerts of the period, one a row, in the installation's language.

    Left out are alerts that the user may not read, and those of registers that others read than will read the rows: an
    alert's readers are those of its rule's unit and above, a population's those of the follow-up's. Five queries more than
    the period itself.
    """
    [seen] = read_periods([follow_up])
    of_period = dict(seen.alerts) if seen is not None else {}
    found = Alert.objects.visible_to(user).filter(pk__in=of_period, watch__seen_at__path__startswith=follow_up.unit.path)
    alerts = list(found.select_related("watch__register__unit").order_by("pk"))
    with translation.override(settings.LANGUAGE_CODE):
        key, rule, name, facts, reason = _("Alert"), _("Rule"), _("Name"), _("Facts"), _("Reason")
        states = dict(Alert.State.choices)
        columns = (
            *(key, rule, _("Register"), _("About"), name, _("Organisation number"), _("Came"), _("State in the period")),
            *(_("State now"), reason, _("Times it returned"), _("Amount"), facts),
        )
        rows = [
            (
                str(alert.pk),
                rule_label(alert.watch.rule),
                f"{alert.watch.register.name}, {alert.watch.register.unit}",
                alert.subject,
                alert.subject_name,
                alert.identity,
                clock.municipal(alert.came_at).date().isoformat(),
                str(states[Alert.State(of_period[alert.pk])]),
                str(states[Alert.State(alert.state)]),
                " ".join(alert.reason.split()),
                str(alert.times_returned),
                "" if alert.amount is None else str(alert.amount).replace(".", ","),
                facts_in_a_line(alert),
            )
            for alert in alerts
        ]
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows(rows)
    content = text.getvalue().encode("utf-8-sig")
    return AlertsFile(content, key, rule, (name, reason, facts), len(alerts), len(of_period) - len(alerts))
