"""Verbs on alerts: examine, assign, confirm, explain, dismiss, sleep, exclude, reopen; explain_all; and the waking.

They raise what the gate raises, and ValidationError by field.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from controls.models import Alert
from controls.monitoring.watching.assigned import unassign_if_gone
from controls.monitoring.watching.gate import ALERTS
from riskreg import clock
from riskreg.access.grants import may
from riskreg.access.verbs import Verb
from riskreg.models import User
from riskreg.models.author import RISKREG
from riskreg.models.history import save_with_history
from riskreg.verbs.naming import require_open_accounts

LONGEST_DAYS = 5 * 366
"""How far ahead an alert is put to sleep or excluded."""
MOST_AT_ONCE = 200
"""Alerts that are explained with one reason."""


def examine(alert: Alert, *, by: User, version: int | None = None) -> Alert:
    """Begin to examine it; it is the user's then, unless it is somebody's."""
    with ALERTS.open(alert, "examine", by=by, version=version) as turn:
        if turn.row.assignee is None:
            turn.row.assignee = by
        return turn.save()


def assign(alert: Alert, *, by: User, assignee: User, due_on: date | None = None, version: int | None = None) -> Alert:
    """Let a person of the unit examine it, by a day."""
    with ALERTS.open(alert, "assign", by=by, version=version) as turn:
        if not may(assignee, Verb.WEIGH_ALERT, turn.row.watch.readers_unit):
            raise ValidationError({"assignee": [_("%(name)s has no role here that weighs alerts.") % {"name": assignee}]})
        if due_on is not None and due_on < clock.today():
            raise ValidationError({"due_on": [_("%(day)s is past. Write a day to come.") % {"day": due_on}]})
        require_open_accounts([assignee])
        turn.row.assignee, turn.row.due_on = assignee, due_on
        return turn.save()


def confirm(alert: Alert, *, by: User, reason: str, version: int | None = None) -> Alert:
    """Conclude that it is a deviation."""
    return _conclude(alert, "confirm", by, reason, version)


def explain(alert: Alert, *, by: User, reason: str, version: int | None = None) -> Alert:
    """Conclude that it has an explanation."""
    return _conclude(alert, "explain", by, reason, version)


def dismiss(alert: Alert, *, by: User, reason: str, version: int | None = None) -> Alert:
    """Conclude that the rule was wrong about it."""
    return _conclude(alert, "dismiss", by, reason, version)


def _conclude(alert: Alert, verb: str, by: User, reason: str, version: int | None) -> Alert:
    with ALERTS.open(alert, verb, by=by, reason=reason, version=version) as turn:
        turn.row.reason, turn.row.quiet_until = reason.strip(), None
        return turn.save()


def sleep(alert: Alert, *, by: User, reason: str, until: date | None = None, version: int | None = None) -> Alert:
    """Put it to sleep until the day, or until its facts change, whichever comes first."""
    with ALERTS.open(alert, "sleep", by=by, reason=reason, version=version) as turn:
        if until is not None:
            _require_to_come(until)
        turn.row.reason, turn.row.quiet_until = reason.strip(), until
        return turn.save()


def exclude(alert: Alert, *, by: User, reason: str, until: date, version: int | None = None) -> Alert:
    """Tell nothing of the subject by this rule up to and including the day, whatever happens to it."""
    with ALERTS.open(alert, "exclude", by=by, reason=reason, version=version) as turn:
        _require_to_come(until)
        turn.row.reason, turn.row.quiet_until = reason.strip(), until
        return turn.save()


def _require_to_come(until: date) -> None:
    today = clock.today()
    if not today < until <= today + timedelta(LONGEST_DAYS):
        said = {"day": until, "last": today + timedelta(LONGEST_DAYS)}
        raise ValidationError({"until": [_("%(day)s is no day to come before %(last)s.") % said]})


def reopen(alert: Alert, *, by: User, reason: str, version: int | None = None) -> Alert:
    """Take up again what was concluded, asleep or excluded."""
    with ALERTS.open(alert, "reopen", by=by, reason=reason, version=version) as turn:
        turn.row.quiet_until = None
        unassign_if_gone(turn.row)
        return turn.save()


def explain_all(alerts: Sequence[Alert], *, by: User, reason: str) -> int:
    """Explain several with one reason, all or none; return their number."""
    if len(alerts) > MOST_AT_ONCE:
        raise ValidationError(_("At most %(most)d alerts are explained at once.") % {"most": MOST_AT_ONCE})
    with transaction.atomic():
        # In the order of their keys, as everybody locks them.
        for alert in sorted(alerts, key=lambda alert: alert.pk):
            explain(alert, by=by, reason=reason)
    return len(alerts)


def wake_due(today: date) -> int:
    """Wake the alerts whose day has come and that still hold; return their number.

    A sleeping one wakes on its day, an excluded one the day after its last. What no longer holds waits for its facts.
    """
    asleep = Alert.objects.filter(state=Alert.State.ASLEEP, quiet_until__lte=today)
    excluded = Alert.objects.filter(state=Alert.State.EXCLUDED, quiet_until__lt=today)
    due = [*asleep.filter(holds=True).values_list("pk", flat=True), *excluded.filter(holds=True).values_list("pk", flat=True)]
    return sum(_wake(pk, today) for pk in due)


def _wake(pk: int, today: date) -> bool:
    """Wake one, once; return False when somebody has done something else with it meanwhile."""
    with translation.override("sv"), transaction.atomic():
        # The calendar's, no verb's.
        alert = Alert.objects.select_for_update(of=("self",)).filter(pk=pk, holds=True).first()
        if alert is None or alert.quiet_until is None or alert.quiet_until > today:
            return False
        if alert.state not in {Alert.State.ASLEEP, Alert.State.EXCLUDED}:
            return False
        words = _("It slept until %(day)s") if alert.state == Alert.State.ASLEEP else _("It was excluded until %(day)s")
        said = words % {"day": alert.quiet_until}
        alert.state, alert.quiet_until = Alert.State.NEW, None
        unassign_if_gone(alert)
        save_with_history(alert, by=RISKREG, reason=said)
    return True
