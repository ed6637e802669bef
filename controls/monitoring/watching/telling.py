"""What becomes of the alerts when a watched rule has been run: new, returned, changed, as they were, no longer holding.

The same facts are never told twice. An alert that a person has concluded, or put to sleep, is new again when its facts
change; an excluded one stays quiet until its last day. What no longer holds keeps its state, and says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.utils.translation import gettext as _

from controls.models import Alert, RegisterSnapshot, Watch
from controls.monitoring.rules.rule import Rule
from controls.monitoring.watching.assigned import unassign_if_gone
from controls.monitoring.watching.signals import Told
from riskreg.models.author import RISKREG
from riskreg.models.history import save_with_history

QUIET = (*Alert.CONCLUDED_STATES, Alert.State.ASLEEP, Alert.State.EXCLUDED)


@dataclass(slots=True)
class Counts:
    """How many subjects a rule tells of, and what became of their alerts."""

    hits: int = 0
    new: int = 0
    returned: int = 0
    changed: int = 0
    unchanged: int = 0
    gone: int = 0


@dataclass(frozen=True, slots=True)
class Telling:
    """One rule's run on its snapshots, at the moment when it is written down."""

    watch: Watch
    rule: Rule
    snapshot: RegisterSnapshot
    now: datetime
    today: date

    def alerts(self) -> dict[str, Alert]:
        """Return the watch's alerts by subject."""
        return {alert.subject_key: alert for alert in self.watch.alerts.all()}

    def count_new(self, told: Iterable[Told]) -> int:
        """Return how many alerts would be new or return."""
        there = self.alerts()
        return sum(1 for one in told if one.key not in there or self._returns(there[one.key], one))

    def write(self, told: Sequence[Told]) -> Counts:
        """Write what is told into the alerts; in the run's transaction."""
        there, counts = self.alerts(), Counts(hits=len(told))
        for one in told:
            alert = there.pop(one.key, None)
            if alert is None:
                self._begin(one)
                counts.new += 1
            elif self._is_as_before(alert, one):
                counts.unchanged += 1
            elif not self._fresh(alert, one) and not self._returns(alert, one):
                self._keep(alert, one)
                counts.unchanged += 1
            elif self._returns(alert, one):
                self._return(alert, one)
                counts.returned += 1
            else:
                self._change(alert, one)
                counts.changed += 1
        for alert in there.values():
            if alert.holds:
                alert.holds = False
                save_with_history(alert, by=RISKREG, reason=_("It no longer holds by the snapshot of %(day)s") % self._day())
                counts.gone += 1
        return counts

    def _is_as_before(self, alert: Alert, one: Told) -> bool:
        return alert.holds and alert.facts_sha256 == one.sha256 and not self._is_over(alert)

    def _fresh(self, alert: Alert, one: Told) -> bool:
        """Return whether something is told that was not told before.

        An invoice is told once. Of what stands today the last facts count: a rating that fell, rose and fell is told twice.
        """
        before = alert.told if self.rule.is_of_invoice else [signal["mark"] for signal in alert.facts]
        return not set(one.marks) <= set(before)

    def _returns(self, alert: Alert, one: Told) -> bool:
        if alert.state == Alert.State.EXCLUDED:
            return self._is_over(alert)
        return alert.state in QUIET and self._fresh(alert, one)

    def _is_over(self, alert: Alert) -> bool:
        """Return whether the alert is excluded, and its last day is past."""
        return alert.state == Alert.State.EXCLUDED and alert.quiet_until is not None and alert.quiet_until < self.today

    def _begin(self, one: Told) -> None:
        alert = Alert(watch=self.watch, subject_key=one.key, came_at=self.now)
        self._set(alert, one)
        save_with_history(alert, by=RISKREG, reason=_("Told by the snapshot of %(day)s") % self._day())

    def _keep(self, alert: Alert, one: Told) -> None:
        """Write facts that are a part of those told before, or the same again."""
        alert.previous = alert.facts
        self._set(alert, one, moment=alert.told_at)
        save_with_history(alert, by=RISKREG, reason=_("Nothing new by the snapshot of %(day)s") % self._day())

    def _change(self, alert: Alert, one: Told) -> None:
        alert.previous = alert.facts
        self._set(alert, one)
        save_with_history(alert, by=RISKREG, reason=_("The facts changed by the snapshot of %(day)s") % self._day())

    def _return(self, alert: Alert, one: Told) -> None:
        alert.previous = alert.facts
        self._set(alert, one)
        alert.state, alert.quiet_until = Alert.State.NEW, None
        alert.times_returned += 1
        unassign_if_gone(alert)
        save_with_history(alert, by=RISKREG, reason=_("It returned by the snapshot of %(day)s") % self._day())

    def _set(self, alert: Alert, one: Told, *, moment: datetime | None = None) -> None:
        alert.snapshot, alert.subject, alert.subject_name, alert.identity = self.snapshot, one.subject, one.name, one.identity
        alert.facts, alert.facts_sha256, alert.amount = list(one.facts), one.sha256, one.amount
        alert.told = sorted({*alert.told, *one.marks})
        alert.holds, alert.told_at = True, moment or self.now

    def _day(self) -> dict[str, str]:
        return {"day": self.snapshot.as_of.isoformat()}
