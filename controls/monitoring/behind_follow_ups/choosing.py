"""The verb choose_watches: which watched rules follow up a control."""

from __future__ import annotations

from collections.abc import Collection

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from controls.models import Control, ControlWatch, Watch
from controls.plan_controls.gate import CONTROLS
from controls.plan_controls.verbs import refuse_dropped
from riskreg.access.sight import units_where
from riskreg.access.verbs import Verb
from riskreg.models import User

WATCHES = "watches"
"""The field that a ValidationError names."""


def watches_to_choose(control: Control, user: User) -> QuerySet[Watch]:
    """Return the municipality's watched rules whose alerts the user may read, and that are watched or wait for somebody."""
    of_municipality = Watch.objects.filter(register__unit__path__startswith=control.risk.plan.unit.root_path)
    read = of_municipality.filter(units_where(user, Verb.READ_REGISTER, "seen_at"))
    chosen = ControlWatch.objects.filter(control=control.pk).order_by().values("watch")
    current = read.exclude(state=Watch.State.OFF) | read.filter(pk__in=chosen)
    return current.select_related("register__unit").order_by("register__unit__path", "register__name", "rule")


def choose_watches(control: Control, watches: Collection[Watch], *, by: User, reason: str, version: int | None = None) -> Control:
    """Let exactly these watched rules follow up the control, beside those already chosen that the user may not read.

    Follow-ups that are handed in keep what backs them. Raises ValidationError for a rule that the user may not choose.
    """
    with CONTROLS.open(control, "choose_watches", by=by, reason=reason, version=version) as turn:
        row = turn.row
        refuse_dropped(row)
        possible = set(watches_to_choose(row, by).values_list("pk", flat=True))
        wanted = {watch.pk for watch in watches}
        if not wanted <= possible:
            raise ValidationError({WATCHES: [_("Choose among the watched rules whose alerts you may read.")]})
        there = {one.watch_id: one for one in row.control_watches.all() if one.watch_id in possible}
        if wanted == there.keys():
            return row
        for pk in sorted(wanted - there.keys()):
            turn.save_also(ControlWatch(control=row, watch_id=pk), reason=turn.reason.strip())
        for pk in sorted(there.keys() - wanted):
            turn.delete_also(there[pk], reason=turn.reason.strip())
        return turn.save()
