"""Verbs that controls adds to a plan's page in the admin: opening the follow-ups of a closing."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from controls.follow_ups.opening import Opened, open_follow_ups
from controls.models import Closing
from riskreg.access.grants import may
from riskreg.access.verbs import Verb
from riskreg.admin.plan import PlanAdmin
from riskreg.models import ControlPlan, User
from riskreg.web.asking import AskingForm, RecordVerb


class ClosingChoiceForm(AskingForm):
    closing = forms.ModelChoiceField(
        label=gettext_lazy("Closing"),
        queryset=Closing.objects.none(),
        empty_label=None,
        help_text=gettext_lazy(
            "Each control gets a planned follow-up, due the closing's day. Those that are there already stay."
        ),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["closing"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = Closing.objects.of_unit(self.subject.unit).filter(year=self.subject.year).order_by("cut_off")

    def remarks(self) -> list[str]:
        if self.fields["closing"].queryset.exists():  # type: ignore[attr-defined]
            return []
        return [_("%(year)d has no closing yet: make one under Administration, Closings.") % {"year": self.subject.year}]


def _is_open_to(plan: ControlPlan, user: User) -> bool:
    return plan.state != ControlPlan.State.CLOSED and may(user, Verb.CHANGE_PLAN, plan.unit)


def _said(plan: ControlPlan, opened: Opened) -> str:
    counts = {"count": len(opened.created), "there": opened.already_there}
    if opened.already_there:
        return (
            ngettext(
                "%(count)d follow-up opened; %(there)d there already.",
                "%(count)d follow-ups opened; %(there)d there already.",
                len(opened.created),
            )
            % counts
        )
    return ngettext("%(count)d follow-up opened.", "%(count)d follow-ups opened.", len(opened.created)) % counts


PlanAdmin.verbs = [
    *PlanAdmin.verbs,
    RecordVerb(
        "open_follow_ups",
        lambda: _("Open follow-ups for closing"),
        open_follow_ups,
        _is_open_to,
        form=ClosingChoiceForm,
        said=_said,
    ),
]
