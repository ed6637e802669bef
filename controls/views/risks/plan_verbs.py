"""The verbs of a plan with what controls know of it, each asked for on a page of its own."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, cast

from django import forms
from django.http import Http404, HttpRequest, HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods

from controls.follow_ups.opening import Opened, open_follow_ups
from controls.models import Closing
from controls.plan_controls.left_to_do import what_is_left
from riskreg.access.grants import may
from riskreg.access.verbs import NotPermitted, Verb
from riskreg.models import ControlPlan, User
from riskreg.plans.gate import PLANS
from riskreg.views import plan_verbs as of_plans
from riskreg.web.asking import AskingForm, Button, Place, RecordVerb, ask, buttons_of


class AdoptForm(of_plans.AdoptForm):
    """The committee's decision, and what the plan still lacks."""

    def remarks(self) -> list[str]:
        lacks = what_is_left(self.subject, self.by)
        said = [_("The plan still lacks: %(what)s.") % {"what": ", ".join(lacks)}] if lacks else []
        return [*super().remarks(), *said]


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


def _may_open(plan: ControlPlan, user: User) -> bool:
    return plan.state != ControlPlan.State.CLOSED and may(user, Verb.CHANGE_PLAN, plan.unit)


def _why_not_open(plan: ControlPlan, name: str, user: User) -> Exception | None:
    return None if may(user, Verb.CHANGE_PLAN, plan.unit) else NotPermitted(Verb.CHANGE_PLAN)


def _message(plan: ControlPlan, opened: Opened) -> str:
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


def with_what_is_left(verb: RecordVerb) -> RecordVerb:
    """Return the verb of a plan, asking with what controls know."""
    return replace(verb, form=AdoptForm) if verb.name == "adopt" else verb


OPEN_FOLLOW_UPS = RecordVerb(
    "open_follow_ups",
    lambda: _("Open follow-ups for closing"),
    open_follow_ups,
    _may_open,
    form=ClosingChoiceForm,
    said=_message,
    why_not=_why_not_open,
)
PLAN_VERBS = (*map(with_what_is_left, of_plans.PLAN_VERBS), OPEN_FOLLOW_UPS)


def buttons(plan: ControlPlan, user: User) -> list[Button]:
    """Return the plan's verbs that the user may do now, in the plan's order."""
    return buttons_of(PLAN_VERBS, plan, user, lambda name: reverse("plan_verb", args=[plan.pk, name]))


@require_http_methods(["GET", "HEAD", "POST"])
def plan_verb(request: HttpRequest, pk: int, verb: str) -> HttpResponseBase:
    """Ask for what a plan's verb needs (GET), or do it (POST)."""
    user = cast(User, request.user)
    found = next((one for one in PLAN_VERBS if one.name == verb), None)
    plan = ControlPlan.objects.visible_to(user).select_related("unit", "matrix").filter(pk=pk).first()
    if found is None or plan is None:
        raise Http404
    if found.name == "carry_over":
        found = replace(found, goes_to=lambda following: reverse("plan_review", args=[following.pk]))
    if found.name in PLANS.labels:
        found = replace(found, why_not=PLANS.why_not)
    page = plan.get_absolute_url()
    return ask(request, found, plan, Place(page, str(plan), [(str(plan), page)]))
