"""What a register's page shows of its watched rules: each with its state and open alerts, and the latest runs."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, Q, Sum

from controls.models import Alert, Register, Watch, WatchRun
from controls.monitoring.watching.words import problem_words, rule_label

MOST_RUNS = 6


def watching_context(register: Register) -> dict[str, Any]:
    """Return the watched rules, those that need somebody first, and the latest runs of them."""
    opened = Count("alerts", filter=Q(alerts__state__in=Alert.OPEN_STATES))
    rows: list[Any] = list(register.watches.exclude(state=Watch.State.OFF).select_related("register").annotate(opened=opened))
    rows.sort(key=lambda watch: (not watch.needs_somebody, rule_label(watch.rule).lower()))
    telling = [_row(watch) for watch in rows if watch.needs_somebody or watch.opened]
    silent = [_row(watch) for watch in rows if not (watch.needs_somebody or watch.opened)]
    watched = {"telling": telling, "silent": silent} if rows else {}
    runs = WatchRun.objects.filter(register=register).select_related("snapshot__register")
    numbers = {"came": Sum("outcomes__new"), "came_back": Sum("outcomes__returned")}
    return {"watched": watched, "watch_runs": list(runs.annotate(**numbers)[:MOST_RUNS]) if rows else []}


def _row(watch: Watch) -> dict[str, Any]:
    return {"watch": watch, "label": rule_label(watch.rule), "problem": problem_words(watch)}
