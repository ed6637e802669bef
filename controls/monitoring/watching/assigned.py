"""An alert that comes back is nobody's when the person it was assigned to has left meanwhile: whoever may takes it."""

from __future__ import annotations

from controls.models import Alert
from riskreg.access.grants import may
from riskreg.access.verbs import Verb


def unassign_if_gone(alert: Alert) -> None:
    """Empty the assignee, and the day, of an alert that comes back, when that person no longer weighs alerts at its unit.

    Nothing is saved. Only what is open is handed over when somebody leaves: what is concluded stays theirs in its history.
    """
    person = alert.assignee
    if person is not None and not (person.is_active and may(person, Verb.WEIGH_ALERT, alert.watch.readers_unit)):
        alert.assignee = alert.due_on = None
