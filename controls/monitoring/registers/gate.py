"""The gates of registers and their snapshots (riskreg.verbs.gate)."""

from __future__ import annotations

from collections.abc import Callable

from django.utils.translation import gettext as _

from controls.models import Register, RegisterSnapshot
from controls.transitions import REGISTER, SNAPSHOT
from riskreg.verbs.gate import Gated, lock_row

VERB_LABELS: dict[str, Callable[[], str]] = {
    "change": lambda: _("Change the register"),
    "map_columns": lambda: _("Choose columns"),
    "feed": lambda: _("Hand in a file"),
    "close": lambda: _("Close the register"),
    "reopen": lambda: _("Take into use again"),
    "take": lambda: _("Take the snapshot"),
    "discard": lambda: _("Discard"),
}

REGISTERS: Gated[Register] = Gated(
    workflow=REGISTER,
    labels=VERB_LABELS,
    rows=lambda: Register.objects.select_related("unit"),
    unit=lambda register: register.unit,
    # A file that a system leaves in the watched folder, or the operator hands in on the server.
    by_itself=frozenset({"feed"}),
)


def _lock_register(snapshot: RegisterSnapshot) -> None:
    """Lock the register first, as everybody does: its columns must stand still."""
    lock_row(Register.objects.all(), snapshot.register_id)


SNAPSHOTS: Gated[RegisterSnapshot] = Gated(
    workflow=SNAPSHOT,
    labels=VERB_LABELS,
    rows=lambda: RegisterSnapshot.objects.select_related("register__unit"),
    unit=lambda snapshot: snapshot.register.unit,
    lock_first=_lock_register,
    # A file from the folder that cannot be read: nobody waits for it.
    by_itself=frozenset({"discard"}),
)
