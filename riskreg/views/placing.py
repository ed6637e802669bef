"""Placing a risk in the matrix: the cells offered, and the two clicks that do it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, cast

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import View

from riskreg.access.grants import may
from riskreg.access.verbs import Verb
from riskreg.models import ImpactLevel, LikelihoodLevel, Risk, User
from riskreg.plans.placing import can_be_placed, place
from riskreg.scoring import Cell
from riskreg.web.asking import press


@dataclass(frozen=True, slots=True)
class Option:
    """A cell that the score could mean, in figures and words."""

    likelihood: LikelihoodLevel
    impact: ImpactLevel

    @property
    def words(self) -> str:
        return Cell(self.likelihood.value, self.impact.value).words


@dataclass(frozen=True, slots=True)
class Placing:
    """A risk without factors, and the cells it could belong to."""

    risk: Risk
    options: list[Option]
    allowed: bool
    """Whether this user may place it, now."""

    @property
    def could_be(self) -> str:
        """The possible cells in words: "2 × 3 or 3 × 2"."""
        options = [option.words for option in self.options]
        if len(options) < 2:
            return "".join(options)
        return _("%(cells)s or %(last)s") % {"cells": ", ".join(options[:-1]), "last": options[-1]}


def placings(risks: Iterable[Risk], *, by: User) -> list[Placing]:
    """Return the cells of each risk, and whether the user may place it. Plan, unit and matrix should be loaded."""
    made = []
    for risk in risks:
        likelihoods = {level.value: level for level in risk.plan.matrix.likelihoods}
        impacts = {level.value: level for level in risk.plan.matrix.impacts}
        options = [Option(likelihoods[cell.likelihood], impacts[cell.impact]) for cell in risk.possible_cells]
        made.append(Placing(risk, options, can_be_placed(risk) and may(by, Verb.CHANGE_PLAN, risk.unit)))
    return made


class PlacingForm(forms.Form):
    likelihood = forms.IntegerField(label=gettext_lazy("Likelihood"), min_value=1, max_value=10)
    impact = forms.IntegerField(label=gettext_lazy("Impact"), min_value=1, max_value=10)
    note = forms.CharField(
        label=gettext_lazy("Note on the assessment"), required=False, max_length=Risk._meta.get_field("placement_note").max_length
    )


class PlaceRiskView(View):
    """Takes the second click. Goes back to where the first one was made."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest, pk: int, *args: Any, **kwargs: Any) -> HttpResponseBase:
        user = cast(User, request.user)
        risk = Risk.objects.visible_to(user).filter(pk=pk).first()
        if risk is None:
            raise Http404
        form = PlacingForm(request.POST)
        if not form.is_valid():
            for name, errors in form.errors.items():
                messages.error(request, f"{form.fields[name].label}: {' '.join(map(str, errors))}")
            return redirect(self._page(risk))
        cell = Cell(form.cleaned_data["likelihood"], form.cleaned_data["impact"])
        return press(
            request,
            lambda: place(risk, cell, by=user, note=form.cleaned_data["note"]),
            back=self._page(risk),
            said=lambda placed: _("%(risk)s is placed at %(cell)s.") % {"risk": placed, "cell": cell.words},
        )

    def _page(self, risk: Risk) -> str:
        """Return the address of the page that the first click was made on."""
        goal = self.request.POST.get("next", "")
        is_ours = url_has_allowed_host_and_scheme(goal, {self.request.get_host()}, require_https=self.request.is_secure())
        return goal if is_ours else risk.get_absolute_url()
