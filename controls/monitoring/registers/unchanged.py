"""A register that was asked and is unchanged: its latest snapshot is confirmed as of the day, and its rules are run anew.

They are run because many of them count from today: an agreement ends though no file says anything new.
"""

from __future__ import annotations

from datetime import date

from django.utils.translation import gettext as _

from controls.models import Register, RegisterSnapshot, SnapshotConfirmation
from controls.monitoring.registers.gate import REGISTERS
from controls.monitoring.registers.parts import newest_of
from controls.monitoring.watching.runs import Cause, run_on
from riskreg import clock
from riskreg.verbs.gate import Turn


def confirm(turn: Turn[Register], snapshot: RegisterSnapshot, *, on: date, way: str) -> bool:
    """Note that the register is on that day as the snapshot says, in the turn of the verb feed.

    Return False when it cannot be said: the snapshot is not the register's latest, or tells of that day itself or a later one.
    """
    latest = newest_of(turn.row)
    if latest is None or latest.pk != snapshot.pk or on <= latest.as_of:
        return False
    if not latest.confirmations.filter(unchanged_on=on).exists():
        user = turn.author.user if way == RegisterSnapshot.Way.UPLOAD else None
        made = SnapshotConfirmation(snapshot=latest, unchanged_on=on, way=way, confirmed_at=clock.now(), confirmed_by=user)
        turn.save_also(made, reason=_("Unchanged on %(day)s") % {"day": on.isoformat()})
        run_on(latest, by=turn.author, cause=Cause.UNCHANGED)
    return True


def confirm_fetched(register: Register, sha256: str, *, on: date) -> bool:
    """Note that the register's address still gives the file with this hash; return whether that confirms the latest snapshot."""
    there = register.snapshots.filter(original_sha256=sha256, state=RegisterSnapshot.State.TAKEN).first() if sha256 else None
    if there is None:
        return False
    with REGISTERS.open(register, "feed", by=None) as turn:
        return confirm(turn, there, on=on, way=RegisterSnapshot.Way.FETCHED)
