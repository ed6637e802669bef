"""Earlier wording of a risk that was confidential: whether it may be shown now that the risk is open.

Asked when a risk is opened (change_risk), with no for an answer unless a person says yes and why. A mind can be changed
later, in either direction, by whoever may see the earlier wording. Both go through the gate (riskreg.verbs.gate).
"""

from __future__ import annotations

from django.utils.translation import gettext as _

from riskreg import clock
from riskreg.access.sight import confidential_open_to
from riskreg.access.verbs import NotPermitted, Verb
from riskreg.models import Risk, User
from riskreg.plans.gate import RISKS
from riskreg.verbs.errors import Refused


def show_earlier(risk: Risk, *, by: User, reason: str, version: int | None = None) -> Risk:
    """Let what was written until now be shown to everybody who sees the risk."""
    with RISKS.open(risk, "show_earlier", by=by, reason=reason, version=version) as turn:
        _ask(turn.row, by)
        if not has_withheld_wording(turn.row):
            raise Refused(_("%(risk)s has no earlier wording that is withheld.") % {"risk": turn.row})
        turn.row.opened_before = clock.now()
        return turn.save()


def withhold_earlier(risk: Risk, *, by: User, reason: str, version: int | None = None) -> Risk:
    """Withhold again what was written while the risk was confidential."""
    with RISKS.open(risk, "withhold_earlier", by=by, reason=reason, version=version) as turn:
        _ask(turn.row, by)
        if turn.row.opened_before is None:
            raise Refused(_("Of %(risk)s no earlier wording is shown.") % {"risk": turn.row})
        turn.row.opened_before = None
        return turn.save()


def may_decide(risk: Risk, by: User) -> bool:
    """Return whether the user may see the risk's earlier wording, and so decide whether others may."""
    opened = confidential_open_to(by)
    return opened is None or Risk.objects.filter(opened, pk=risk.pk).exists()


def has_withheld_wording(risk: Risk) -> bool:
    """Return whether something was written while the risk was confidential that is not shown yet."""
    times = Risk.history.filter(id=risk.pk, is_confidential=True)
    return (times if risk.opened_before is None else times.filter(history_date__gte=risk.opened_before)).exists()


def _ask(row: Risk, by: User) -> None:
    if not may_decide(row, by):
        raise NotPermitted(Verb.CHANGE_PLAN)
    if row.is_confidential:
        raise Refused(_("%(risk)s is confidential: open it first.") % {"risk": row})
