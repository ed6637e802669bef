"""A list of operations with their continuity plans, watched, and what the worker makes of each new file."""

from __future__ import annotations

from datetime import date
from typing import Any

from controls.models import Alert, Register, RegisterSnapshot, Watch, WatchRun
from controls.monitoring.watching import watches
from controls.monitoring.watching.runs import waiting_runs
from controls.monitoring.watching.work import perform
from riskreg.models import User
from tests.cast import Cast
from tests.monitoring.registers.scene import a_register, fed

HEADINGS = ("Verksamhet", "Förvaltning", "Kontinuitetsplan", "Plan daterad", "Ansvarig")
HOME_CARE = ("Hemtjänst", "Vård", "nej", "", "Anna Ek")
WATER = ("Vatten", "Teknik", "nej", "", "Bo Ek")
SCHOOL = ("Skola", "Barn", "ja", "2025-01-10", "Ulla Ek")
RULE = "plan_missing"


def operations(cast: Cast, name: str = "Verksamheter") -> Register:
    return a_register(cast.board, cast.johan, kind="operations", name=name)


def came(register: Register, by: User, *rows: tuple[str, ...], as_of: date, **given: Any) -> RegisterSnapshot:
    """Hand in a file of the register, and read it."""
    return fed(register, by, *rows, headings=given.pop("headings", HEADINGS), as_of=as_of, **given)


def watched(register: Register, by: User, rule: str = RULE, **given: Any) -> Watch:
    """Watch a rule with its usual limits, unless others are given."""
    return watches.propose(register, by=by, rule=rule, **{"values": {}, "most_alerts": 50, "reason": "Följs från i år", **given})


def let_the_worker_run() -> list[WatchRun]:
    """Perform the runs that wait; return them as they ended."""
    waiting = waiting_runs()
    for pk in waiting:
        assert perform(pk)
    return list(WatchRun.objects.filter(pk__in=waiting).order_by("pk"))


def told(register: Register) -> dict[str, str]:
    """Return the state of each alert of the register, by its subject."""
    return {alert.subject_name: alert.state for alert in Alert.objects.filter(watch__register=register)}


def the_alert(name: str) -> Alert:
    return Alert.objects.get(subject_name=name)
