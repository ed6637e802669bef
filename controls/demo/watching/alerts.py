"""The demonstration's watched rules and their alerts: switched on after the first month, run on each new snapshot, weighed."""

from __future__ import annotations

from collections.abc import Iterable

from controls.demo.watching.follow_ups import RULES_OF_FOLLOW_UPS
from controls.models import Alert, Register, Watch
from controls.models.watch import USUAL_ALERTS
from controls.monitoring.registers.latest import latest_snapshots
from controls.monitoring.watching import alerts, watches
from controls.monitoring.watching.runs import waiting_runs
from controls.monitoring.watching.work import perform
from riskreg.models import User

REASON = "Bevakas från och med 2025 enligt internkontrollplanen."
EXPLAINED = "Ekonomienheten har gått igenom underlaget: betalningen är riktig och styrkt."
FALSE_ALARM = "Uppgiften är inläst från en gammal lista. Regeln hade fel här."
CONFIRMED = "Bekräftat mot verifikationen och leverantörens eget besked. Ärendet är överlämnat till ekonomichefen."
BOUGHT = "Upphandling pågår; inköpen är beslutade av nämnden till dess avtalet är på plats."
ASLEEP = "Leverantören rättar uppgiften. Nytt besked väntas inom en månad."


_TURNS = 9
"""Of so many rules five have their first alert weighed."""


def watch_rules(registers: Iterable[Register], *, by: User) -> None:
    """Watch every rule that can be run on the registers' latest snapshots and is not watched yet."""
    for register in registers:
        latest = latest_snapshots(by, register)
        watched = set(register.watches.values_list("rule", flat=True))
        ready = [
            rule.code
            for rule in watches.rules_beginning_in(register)
            if rule.code not in watched and all(alias in latest for alias in rule.needs)
        ]
        watches.propose_all(register, by=by, rules=dict.fromkeys(ready, USUAL_ALERTS), reason=REASON)


def run_rules() -> None:
    """Perform the runs that wait, as the worker does."""
    for pk in waiting_runs():
        perform(pk)


def explain_purchases(*, by: User) -> None:
    """Explain the largest purchases outside agreements: the alert returns when the next ledger has more of them."""
    largest = Alert.objects.open().filter(watch__rule="off_contract").order_by("-amount").first()
    if largest is not None:
        alerts.explain(largest, by=by, reason=BOUGHT)


def weigh(*, by: User) -> None:
    """Conclude some of the open alerts in each way, and leave the others: of each rule the first, in a fixed turn.

    Rules that follow up a control are left for that.
    """
    others = Watch.objects.exclude(rule__in=RULES_OF_FOLLOW_UPS)
    for number, watch in enumerate(others.order_by("register", "rule")):
        first = Alert.objects.open().filter(watch=watch).order_by("subject", "pk").first()
        if first is None:
            continue
        turn = number % _TURNS
        if turn == 0:
            alerts.confirm(first, by=by, reason=CONFIRMED)
        elif turn == 1:
            alerts.explain(first, by=by, reason=EXPLAINED)
        elif turn == 2:
            alerts.dismiss(first, by=by, reason=FALSE_ALARM)
        elif turn == 3:
            alerts.sleep(first, by=by, reason=ASLEEP)
        elif turn == 4:
            alerts.examine(first, by=by)
