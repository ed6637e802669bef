"""A control that watched rules follow up: a list of operations with their plans, and the control's follow-up."""

from __future__ import annotations

from datetime import date
from typing import Any

from controls.follow_ups.backing import Backing, backings_of
from controls.models import Control, FollowUp, Register, Watch
from controls.monitoring.behind_follow_ups.choosing import choose_watches
from controls.monitoring.watching import alerts
from riskreg.models import User
from tests.cast import Cast
from tests.follow_ups.follow_ups import fresh, in_state
from tests.monitoring.registers.scene import AUGUST, JUNE
from tests.monitoring.watching.scene import HOME_CARE, SCHOOL, WATER, came, let_the_worker_run, operations, the_alert, watched

REASON = "Följs från i år"


def chosen(follow_up: FollowUp, *watches: Watch, by: User) -> Control:
    return choose_watches(follow_up.control, watches, by=by, reason=REASON)


def watched_operations(cast: Cast, *rows: tuple[str, ...], until: date = AUGUST) -> tuple[Register, Watch]:
    """A register with a file of June and one of the cut-off, in which operations without a plan are looked for."""
    register = operations(cast)
    came(register, cast.karin, *(rows or (HOME_CARE, WATER, SCHOOL)), as_of=JUNE)
    watch = watched(register, cast.johan)
    let_the_worker_run()
    if until != JUNE:
        came(
            register,
            cast.karin,
            *(rows or (HOME_CARE, WATER, SCHOOL)),
            ("Bad", "Kultur", "ja", "2025-02-01", "Eva Ek"),
            as_of=until,
        )
        let_the_worker_run()
    return register, watch


def followed_up(cast: Cast, watch: Watch, **given: Any) -> FollowUp:
    """A follow-up in progress of the period, of a control that the watched rule follows up."""
    follow_up = in_state(cast, "in_progress", title="Energibrist", **given)
    chosen(follow_up, watch, by=cast.eva)
    return fresh(follow_up)


def explained(*names: str, by: User) -> None:
    for name in names:
        alerts.explain(the_alert(name), by=by, reason="Planen finns, listan var gammal")


def confirmed(*names: str, by: User) -> None:
    for name in names:
        alerts.confirm(the_alert(name), by=by, reason="Planen saknas")


def the_backing(follow_up: FollowUp) -> Backing:
    [found] = backings_of(fresh(follow_up))
    return found
