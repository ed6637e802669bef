"""What is left to do in a plan: who performs, who owns, what has no control and no place; naming one person for many at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter
from typing import Any, cast

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods

from controls.follow_ups.people import performers_at
from controls.models import Control
from controls.plan_controls.left_to_do import LeftToDo, left_to_do, name_owner, name_performer, what_is_left
from riskreg.access.grants import require
from riskreg.access.verbs import Verb
from riskreg.models import ControlPlan, Risk, User
from riskreg.sorting import swedish_key
from riskreg.web.asking import REFUSALS, add_refusal

SHOWN_AT_ONCE = 100
"""Rows of one group on the page; the rest follow when these are done."""


class NamingForm(forms.Form):
    """One person for the chosen rows. The rows are those that the file words alike ("as stated")."""

    kind = forms.CharField(widget=forms.HiddenInput)
    stated = forms.CharField(widget=forms.HiddenInput, required=False, strip=False)
    person = forms.ModelChoiceField(label=gettext_lazy("Person"), queryset=User.objects.none())
    rows = forms.MultipleChoiceField(
        widget=forms.CheckboxSelectMultiple, error_messages={"required": gettext_lazy("Choose at least one row.")}
    )

    def __init__(self, *args: Any, group: Group, people: Sequence[tuple[str, Any]], user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["kind"].initial, self.fields["stated"].initial = group.kind, group.stated
        person, rows = cast(Any, self.fields["person"]), cast(Any, self.fields["rows"])
        person.queryset = User.objects.visible_to(user).filter(is_active=True)
        person.choices = people
        person.label, rows.label = group.person_label, group.rows_label
        rows.choices = [(str(row.pk), str(row)) for row in group.rows]
        rows.initial = [str(row.pk) for row in group.rows]
        self.chosen = set(map(str, cast(Any, self["rows"].value()) or ()))


@dataclass(slots=True)
class Group:
    """The rows without a person that the plan's source words alike, "" for no words."""

    kind: str
    stated: str
    rows: list[Any]
    total: int
    form: NamingForm | None = None

    @property
    def person_label(self) -> str:
        return _("Performed by") if self.kind == "performer" else _("Risk owner")

    @property
    def rows_label(self) -> str:
        return _("Controls") if self.kind == "performer" else _("Risks")

    @property
    def lines(self) -> list[tuple[Any, Risk, bool]]:
        """The rows as the page shows them: the record, its risk, and whether it is chosen."""
        chosen = self.form.chosen if self.form is not None else set()
        return [(row, row.risk if isinstance(row, Control) else row, str(row.pk) in chosen) for row in self.rows]


@require_http_methods(["GET", "HEAD", "POST"])
def plan_left_to_do(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Show what is left (GET); name one person for the chosen rows (POST)."""
    user = cast(User, request.user)
    plan = ControlPlan.objects.visible_to(user).select_related("unit", "matrix").filter(pk=pk).first()
    if plan is None:
        raise Http404
    require(user, Verb.CHANGE_PLAN, plan.unit)
    left = left_to_do(plan, user)
    is_open = plan.state != ControlPlan.State.CLOSED
    groups = _groups(left) if is_open else []
    people = _people(plan, user) if groups else []
    status = 200
    for group in groups:
        group.form = NamingForm(group=group, people=people, user=user, auto_id=f"id-{groups.index(group)}-%s")
    if request.method == "POST":
        asked = (request.POST.get("kind", ""), request.POST.get("stated", ""))
        sent = next((group for group in groups if (group.kind, group.stated) == asked), None)
        if sent is None:
            messages.warning(request, _("Somebody has been named for these meanwhile: nothing was changed."))
            return redirect("plan_left_to_do", plan.pk)
        sent.form = NamingForm(request.POST, group=sent, people=people, user=user, auto_id=f"id-{groups.index(sent)}-%s")
        status = _name(request, sent, user)
        if status == 302:
            return redirect("plan_left_to_do", plan.pk)
    context = {
        "title": _("Left to do"),
        "crumbs": [(str(plan), plan.get_absolute_url())],
        "plan": plan,
        "left": left,
        "words": what_is_left(plan, user),
        "is_open": is_open,
        "performer_groups": [group for group in groups if group.kind == "performer"],
        "owner_groups": [group for group in groups if group.kind == "owner"],
    }
    return render(request, "controls/plan_left_to_do.html", context, status=status)


def _name(request: HttpRequest, group: Group, user: User) -> int:
    """Save the person for the chosen rows and say so; return 302, or the status of the page with what is wrong."""
    form = group.form
    assert form is not None
    if not form.is_valid():
        return 200
    person, chosen = form.cleaned_data["person"], [row for row in group.rows if str(row.pk) in form.cleaned_data["rows"]]
    try:
        count = (name_performer if group.kind == "performer" else name_owner)(chosen, person, by=user)
    except REFUSALS as refusal:
        return add_refusal(form, refusal)
    said = (
        ngettext("%(name)s performs %(count)d control.", "%(name)s performs %(count)d controls.", count)
        if group.kind == "performer"
        else ngettext("%(name)s owns %(count)d risk.", "%(name)s owns %(count)d risks.", count)
    )
    messages.success(request, said % {"name": person, "count": count})
    return 302


def _groups(left: LeftToDo) -> list[Group]:
    """Return the rows without a person by what the source says of it; those without words last."""
    return [
        *_by_words("performer", left.without_performer, "performer_text"),
        *_by_words("owner", left.without_owner, "owner_text"),
    ]


def _by_words(kind: str, rows: Sequence[Any], name: str) -> list[Group]:
    stated = attrgetter(name)
    ordered = sorted(rows, key=lambda row: (not stated(row), swedish_key(stated(row)), stated(row)))
    groups = [(words, list(found)) for words, found in groupby(ordered, key=stated)]
    return [Group(kind, words, found[:SHOWN_AT_ONCE], len(found)) for words, found in groups]


def _people(plan: ControlPlan, user: User) -> list[tuple[str, Any]]:
    """Return the choices of a person: those with a role at the plan's unit first."""
    seen = User.objects.visible_to(user).filter(is_active=True).order_by("name_sort")
    near = list(seen.filter(pk__in=performers_at(plan.unit).order_by().values("pk")))
    others = seen.exclude(pk__in=[person.pk for person in near])
    groups = [(str(plan.unit), near), (_("Others"), list(others))]
    return [("", "---------"), *((label, [(person.pk, str(person)) for person in found]) for label, found in groups if found)]
