"""The gates of watched rules and of alerts (riskreg.verbs.gate)."""

from __future__ import annotations

from collections.abc import Callable

from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext as _

from controls.models import Alert, Register, Watch
from controls.transitions import ALERT, WATCH
from riskreg.access.verbs import NotPermitted
from riskreg.models import User
from riskreg.verbs.errors import Refused
from riskreg.verbs.gate import Gated, lock_row

WATCH_LABELS: dict[str, Callable[[], str]] = {
    "propose": lambda: _("Watch the rule"),
    "switch_on": lambda: _("Switch on"),
    "switch_off": lambda: _("Switch off"),
}
ALERT_LABELS: dict[str, Callable[[], str]] = {
    "examine": lambda: _("Examine"),
    "assign": lambda: _("Assign"),
    "attach": lambda: _("Add files"),
    "detach": lambda: _("Remove the file"),
    "ask": lambda: _("Record an inquiry"),
    "confirm": lambda: _("Confirm the deviation"),
    "explain": lambda: _("Explained"),
    "dismiss": lambda: _("False alarm"),
    "sleep": lambda: _("Put to sleep"),
    "exclude": lambda: _("Exclude"),
    "reopen": lambda: _("Take up again"),
}


class NotTheFirst(NotPermitted):
    """The role would do, but not for the person who proposed it."""

    def __init__(self) -> None:
        PermissionDenied.__init__(self, _("You proposed this yourself. The register wants a second person, who switches it on."))


def is_second_person(watch: Watch, by: User) -> None:
    """Raise NotTheFirst when the register wants a second person, and the user is the one who proposed it."""
    if watch.register.takes_two and watch.proposed_by_id == by.pk and watch.state == Watch.State.PROPOSED:
        raise NotTheFirst


def require_register_in_use(register: Register) -> None:
    """Raise Refused when the register is closed: nothing comes any more that a rule could be run on."""
    if not register.is_in_use:
        raise Refused(_("The register is closed. Take it into use again first."))


def _lock_register(watch: Watch) -> None:
    """Lock the register first, as the run of its rules does: what they tell is written for rules that stand still."""
    lock_row(Register.objects.all(), watch.register_id)


WATCHES: Gated[Watch] = Gated(
    workflow=WATCH,
    labels=WATCH_LABELS,
    rows=lambda: Watch.objects.select_related("register__unit"),
    unit=lambda watch: watch.register.unit,
    guards={"is_second_person": is_second_person},
    lock_first=_lock_register,
)

ALERTS: Gated[Alert] = Gated(
    workflow=ALERT,
    labels=ALERT_LABELS,
    rows=lambda: Alert.objects.select_related("watch__register__unit", "watch__seen_at", "assignee"),
    unit=lambda alert: alert.watch.readers_unit,
)
